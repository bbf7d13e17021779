//! Keys and certificates: read, explained and issued.
