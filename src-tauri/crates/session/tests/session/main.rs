//! Sessions against scripted servers: what goes over the wire, and what is told about it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "panicking is what a test wants")]

mod acknowledgement;
mod back_pressure;
mod conversation;
mod failures;
mod publishing;
mod reconnect;
mod support;
