//! Messages and bytes per second, over about the last second.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// How much went each way since the application started.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[allow(missing_docs, reason = "the names say it")]
pub(crate) struct Totals {
    pub(crate) received: u64,
    pub(crate) sent: u64,
    pub(crate) received_bytes: u64,
    pub(crate) sent_bytes: u64,
}

/// Per second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "the names say it")]
pub(crate) struct Rates {
    pub(crate) received: f32,
    pub(crate) sent: f32,
    pub(crate) received_bytes: f32,
    pub(crate) sent_bytes: f32,
}

/// Turns totals, looked at now and then, into rates.
#[derive(Debug, Default)]
pub(crate) struct RateMeter {
    samples: VecDeque<(Instant, Totals)>,
}

/// Samples closer than this tell nothing new.
const SPACING: Duration = Duration::from_millis(100);
/// What the rate is taken over.
const WINDOW: Duration = Duration::from_secs(1);

impl RateMeter {
    /// The rates up to `now`; zero until there are two looks.
    pub(crate) fn update(&mut self, now: Instant, totals: Totals) -> Rates {
        if self.samples.back().is_none_or(|(last, _)| now.duration_since(*last) >= SPACING) {
            self.samples.push_back((now, totals));
        }
        while self.samples.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= WINDOW) {
            self.samples.pop_front();
        }
        let Some((since, before)) = self.samples.front() else { return Rates::default() };
        let seconds = now.duration_since(*since).as_secs_f64();
        if seconds < SPACING.as_secs_f64() {
            return Rates::default();
        }
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "for display"
        )]
        let rate = |now: u64, before: u64| (now.saturating_sub(before) as f64 / seconds) as f32;
        Rates {
            received: rate(totals.received, before.received),
            sent: rate(totals.sent, before.sent),
            received_bytes: rate(totals.received_bytes, before.received_bytes),
            sent_bytes: rate(totals.sent_bytes, before.sent_bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_taken_over_the_last_second() {
        let start = Instant::now();
        let mut meter = RateMeter::default();
        let received = |received| Totals { received, ..Totals::default() };

        meter.update(start, received(0));
        meter.update(start + Duration::from_secs(10), received(1000));
        let rates = meter.update(start + Duration::from_secs(11), received(1500));

        assert!((rates.received - 500.0).abs() < f32::EPSILON);
    }

    #[test]
    fn one_look_is_no_rate() {
        let rates = RateMeter::default()
            .update(Instant::now(), Totals { received: 5, ..Totals::default() });

        assert_eq!(rates, Rates::default());
    }
}
