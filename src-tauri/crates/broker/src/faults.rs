//! What the broker does wrong on purpose.

mod rule;

pub use rule::{
    FaultClose, FaultDirection, FaultEffect, FaultMatch, FaultMoment, FaultPacket, FaultRule,
    FaultTrigger,
};
