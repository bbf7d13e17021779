//! What the broker does wrong on purpose.

mod mark;
mod rule;

pub use mark::FaultMark;
pub use rule::{
    FaultClose, FaultDirection, FaultEffect, FaultMatch, FaultMoment, FaultPacket, FaultRule,
    FaultTrigger,
};
