//! Waiting for something to become true, never longer than said.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::trouble::{Result, Trouble};

/// What one look found.
pub enum Look<T> {
    /// It is so.
    Found(T),
    /// Not yet; this is there instead.
    NotYet(String),
}

/// Looks again and again until it is found or `patience` is over.
pub fn until<T>(
    what: &str,
    patience: Duration,
    mut look: impl FnMut() -> Result<Look<T>>,
) -> Result<T> {
    let started = Instant::now();
    loop {
        let last = match look()? {
            Look::Found(value) => return Ok(value),
            Look::NotYet(last) => last,
        };
        if started.elapsed() > patience {
            return Err(Trouble::TooLate {
                what: what.to_owned(),
                seconds: patience.as_secs(),
                last,
            });
        }
        thread::sleep(PAUSE);
    }
}

const PAUSE: Duration = Duration::from_millis(20);
