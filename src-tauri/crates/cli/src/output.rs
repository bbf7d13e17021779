//! What `tscope` prints: data to the standard output, everything else to the standard error.

use std::io::{self, Write as _};

use workbench::Failure;

/// Says what failed and what to do.
pub(crate) fn failure(failure: &Failure) {
    // Nothing is left to tell when the standard error is gone.
    let mut out = io::stderr().lock();
    let _ = writeln!(out, "tscope: {}", failure.message);
    if let Some(hint) = &failure.hint {
        let _ = writeln!(out, "        {hint}");
    }
}

/// Says how it goes.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Writes a line of data; false when nobody reads it any more.
pub(crate) fn line(text: &[u8]) -> bool {
    let mut out = io::stdout().lock();
    out.write_all(text).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush()).is_ok()
}

/// Writes an object as a line of data; false when nobody reads it any more.
pub(crate) fn json(object: &impl serde::Serialize) -> bool {
    match serde_json::to_vec(object) {
        Ok(text) => line(&text),
        Err(error) => {
            note(&format!("not written: {error}"));
            true
        }
    }
}
