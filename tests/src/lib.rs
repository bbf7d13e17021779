//! Support for the acceptance tests: real peers and the real window.
