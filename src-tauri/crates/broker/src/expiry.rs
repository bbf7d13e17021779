//! How long a session outlives its connection (§3.1.2.11.2).

use std::time::Duration;

use wire::Timestamp;

/// When a session without a connection ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Expiry {
    /// With its connection.
    AtOnce,
    /// This long after it.
    After(Duration),
    Never,
}

impl Expiry {
    /// What a client gets that asks for `seconds`, when the broker keeps sessions up to `max`.
    pub(crate) fn granted(seconds: u32, max: Option<Duration>) -> Self {
        let wanted = (seconds != u32::MAX).then(|| Duration::from_secs(seconds.into()));
        let granted = match (wanted, max) {
            (Some(wanted), Some(max)) => Some(wanted.min(max)),
            (wanted, max) => wanted.or(max),
        };
        match granted {
            None => Self::Never,
            Some(Duration::ZERO) => Self::AtOnce,
            Some(time) => Self::After(time),
        }
    }

    /// When a session ends that has been without a connection since `offline_since`; `None` is never.
    pub(crate) fn end(self, offline_since: Timestamp) -> Option<Timestamp> {
        match self {
            Self::AtOnce => Some(offline_since),
            Self::After(time) => {
                let micros = i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
                Some(Timestamp(offline_since.0.saturating_add(micros)))
            }
            Self::Never => None,
        }
    }

    /// As a Session Expiry Interval.
    pub(crate) fn seconds(self) -> u32 {
        match self {
            Self::AtOnce => 0,
            Self::After(time) => u32::try_from(time.as_secs()).unwrap_or(u32::MAX - 1),
            Self::Never => u32::MAX,
        }
    }
}
