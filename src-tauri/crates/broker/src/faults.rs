//! What the broker does wrong on purpose.
//!
//! A connection asks its [`Judge`] about every packet, on the way in before it is decoded, on the way
//! out after it was encoded, and does as the verdict says (`connection::interference`).
//!
//! # Invariants
//!
//! * Without a rule that concerns it, a connection looks at one number a batch, relaxed.
//! * Whether a rule fires, and all it draws by chance, follows from its seed, its position, the client
//!   identifier, the direction and how many packets of this client it was asked about before, this
//!   way: neither from other clients nor from the clock. Only `at_most` is common to all.

mod active;
mod file;
mod judge;
mod mark;
mod presets;
mod random;
mod restart;
mod rule;
mod scope;
mod table;

pub use active::FaultState;
pub use file::{FaultEntryError, FaultFileError, from_json};
pub use mark::FaultMark;
pub use presets::{FaultPreset, presets};
pub use rule::{
    FaultClose, FaultDirection, FaultEffect, FaultMatch, FaultMoment, FaultPacket, FaultRule,
    FaultTrigger,
};
pub use scope::{FaultError, FaultProblem, check};
pub(crate) use {
    judge::{Judge, Subject, Topics, Verdict},
    random::Random,
    restart::restart,
    table::{FaultTable, Rules},
};
