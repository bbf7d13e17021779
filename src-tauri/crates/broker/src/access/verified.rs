//! Passwords that were found right a short while ago, so that coming back is cheap.
//!
//! # Invariants
//!
//! * No password is kept, only what a key of this process makes of user name and password.
//! * It is bounded, and ends with the rules it was made for.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use hmac::Mac;

use super::credentials::{HASH, keyed};

/// Pairs remembered; when there are more, all are forgotten.
const ROOM: usize = 1_024;

pub(super) struct Verified {
    key: [u8; HASH],
    pairs: Mutex<HashSet<[u8; HASH]>>,
}

impl Verified {
    pub(super) fn new() -> Self {
        Self { key: rand::random(), pairs: Mutex::default() }
    }

    pub(super) fn contains(&self, username: &str, password: &[u8]) -> bool {
        let mark = self.mark(username, password);
        self.pairs.lock().unwrap_or_else(PoisonError::into_inner).contains(&mark)
    }

    pub(super) fn insert(&self, username: &str, password: &[u8]) {
        let mark = self.mark(username, password);
        let mut pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
        if pairs.len() >= ROOM {
            pairs.clear();
        }
        pairs.insert(mark);
    }

    fn mark(&self, username: &str, password: &[u8]) -> [u8; HASH] {
        let mut mac = keyed(&self.key);
        // With its length in front, no other pair gives the same bytes.
        mac.update(&username.len().to_be_bytes());
        mac.update(username.as_bytes());
        mac.update(password);
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_pair_is_recognised() {
        let verified = Verified::new();
        verified.insert("ada", b"engine");

        let pairs = [("ada", "engine"), ("ada", "engin"), ("adae", "ngine"), ("bob", "engine")];
        let known = pairs.map(|(name, password)| verified.contains(name, password.as_bytes()));

        assert_eq!(known, [true, false, false, false]);
    }

    #[test]
    fn it_never_grows_beyond_its_room() {
        let verified = Verified::new();

        for number in 0..3 * ROOM {
            verified.insert(&number.to_string(), b"");
        }

        assert!(verified.pairs.lock().unwrap().len() <= ROOM);
    }
}
