//! Where a rule is written down.

use crate::packet::Version;

/// The section of a rule in the specification of each version.
///
/// MQTT 3.1 has few sections; the one of 3.1.1 that says the same is named for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section {
    v3: &'static str,
    v5: &'static str,
}

impl Section {
    pub(super) const fn new(v3: &'static str, v5: &'static str) -> Self {
        Self { v3, v5 }
    }

    pub(super) const fn text(self, version: Version) -> &'static str {
        match version {
            Version::V31 | Version::V311 => self.v3,
            Version::V5 => self.v5,
        }
    }
}

/// `section!("2.3.1", "2.2.1")`: the number in MQTT 3.1.1, then in MQTT 5.0. One number serves both.
macro_rules! section {
    ($both:literal) => {
        section!($both, $both)
    };
    ($v3:literal, $v5:literal) => {
        $crate::codec::section::Section::new(
            concat!("MQTT 3.1.1 §", $v3),
            concat!("MQTT 5.0 §", $v5),
        )
    };
}

pub(super) use section;
