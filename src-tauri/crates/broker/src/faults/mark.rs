//! What a fault did to one packet.

use std::sync::Arc;

use super::rule::FaultEffect;

/// A fault that fired at a packet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FaultMark {
    /// Position of the rule in the list, from 0, when it fired.
    pub rule: usize,
    /// Its name.
    pub name: Arc<str>,
    /// What it did.
    pub effect: FaultEffect,
    /// How much later the packet is because of it, ms; jitter included.
    pub late: u32,
    /// The bytes that were changed, counted from the start of the packet.
    pub changed: Vec<usize>,
}
