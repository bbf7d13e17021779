//! Payloads: what bytes are, how a list shows them, and how typed text becomes bytes.
//!
//! A payload is never altered here: a [`preview`] is a picture of its beginning, and
//! [`parse_input`] gives exactly the bytes the person described.

mod binary;
mod classify;
mod input;
mod preview;

pub use classify::{Kind, SAMPLE_BYTES, classify};
pub use input::{InputError, InputErrorKind, InputFormat, Position, parse_input};
pub use preview::{PREVIEW_BYTES, Preview, preview, preview_head};
