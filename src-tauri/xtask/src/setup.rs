//! Everything that has to be on the machine before the work begins.

pub(crate) mod apt;
pub(crate) mod chromium;
pub(crate) mod mosquitto;
pub(crate) mod node;
pub(crate) mod packages;
pub(crate) mod rust;
