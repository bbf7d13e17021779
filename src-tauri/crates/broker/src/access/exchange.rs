//! SCRAM-SHA-256 for the users of [`Accounts`](super::Accounts).
//!
//! # Invariants
//!
//! * Until its end, an exchange for a user who does not exist looks like any other.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    Admitted, Denied, Exchange, Step,
    accounts::State,
    scram::{Challenge, ClientFirst, ScramError},
};

/// The name of the method (§4.12).
pub(super) const METHOD: &str = "SCRAM-SHA-256";

pub(super) struct ScramExchange {
    state: Arc<State>,
    stage: Stage,
    username: Option<Box<str>>,
}

enum Stage {
    /// Waits for the first message.
    Begun,
    /// Waits for the proof.
    Challenged { challenge: Challenge, admitted: Option<Admitted> },
    /// Admitted or not, it is over.
    Over,
}

impl ScramExchange {
    pub(super) fn new(state: Arc<State>) -> Self {
        Self { state, stage: Stage::Begun, username: None }
    }
}

impl Exchange for ScramExchange {
    fn step(&mut self, data: &[u8]) -> Result<Step, Denied> {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            // The client begins: an empty challenge asks it to (RFC 4422 §3.3).
            Stage::Begun if data.is_empty() => {
                self.stage = Stage::Begun;
                Ok(Step::Continue(Bytes::new()))
            }
            Stage::Begun => {
                let first = ClientFirst::parse(data)?;
                let (verifier, admitted) = self.state.verifier(&first.username);
                let nonce = format!("{:032x}", rand::random::<u128>());
                self.username = Some(first.username.clone());
                let (challenge, message) = first.challenge(verifier, &nonce);
                self.stage = Stage::Challenged { challenge, admitted };
                Ok(Step::Continue(message.into()))
            }
            Stage::Challenged { challenge, admitted } => {
                let message = challenge.verify(data)?;
                let admitted = admitted.ok_or(Denied::NotAuthorized)?;
                Ok(Step::Done { admitted, data: message.into() })
            }
            Stage::Over => Err(Denied::Malformed),
        }
    }

    fn claimed(&self) -> Option<&str> {
        self.username.as_deref()
    }
}

/// The password is wrong: "not authorized", because "bad user name or password" is about the fields
/// of a CONNECT (§3.2.2.2) and no reason of the DISCONNECT that ends a failed re-authentication.
impl From<ScramError> for Denied {
    fn from(error: ScramError) -> Self {
        match error {
            ScramError::Malformed => Self::Malformed,
            ScramError::Refused => Self::NotAuthorized,
        }
    }
}
