//! Test support: peers that follow a script, so that a failure on the wire can be played exactly.
//!
//! Everything here panics with a sentence when the other side does not do what the test expects,
//! and nothing waits longer than [`PATIENCE`].

#![allow(clippy::missing_panics_doc, reason = "panicking is what a test wants")]

mod peer;

pub use peer::{Link, PATIENCE, Peer, ack};
