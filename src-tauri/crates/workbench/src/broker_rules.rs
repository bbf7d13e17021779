//! Rules of the local broker as they are described: in the window, in files, on the command line.

pub use broker::{
    AclEffect, AclRule, AclWho, FaultClose, FaultDirection, FaultEffect, FaultMatch, FaultMoment,
    FaultPacket, FaultRule, FaultTrigger,
};

use crate::views::FaultPreset;

/// Faults that belong together, ready to use.
pub fn fault_presets() -> Vec<FaultPreset> {
    Vec::new()
}
