//! How much goes on in a minute: averages over the last 1, 5 and 15 minutes, in which what is longer
//! ago counts exponentially less.

use std::time::Duration;

use crate::activity::Counters;

/// The averages of everything that has any.
#[derive(Debug, Default)]
pub(super) struct Loads {
    /// The sums of the last measurement and when it was, after the start.
    last: Option<([u64; NAMES.len()], Duration)>,
    averages: [[f64; SPANS.len()]; NAMES.len()],
}

/// What is measured.
const NAMES: [&str; 9] = [
    "messages/received",
    "messages/sent",
    "publish/received",
    "publish/sent",
    "publish/dropped",
    "bytes/received",
    "bytes/sent",
    "connections",
    "sockets",
];

/// What an average is over, and how many seconds that is.
const SPANS: [(&str, f64); 3] = [("1min", 60.0), ("5min", 300.0), ("15min", 900.0)];

/// Messages that got lost because somebody did not take them in time.
pub(super) fn dropped(counters: &Counters) -> u64 {
    counters.dropped.slow_consumer + counters.dropped.queue_full
}

impl Loads {
    /// Takes in what happened since the last time; `uptime` says when that is.
    pub(super) fn measure(&mut self, counters: &Counters, uptime: Duration) {
        let sums = [
            counters.packets_in,
            counters.packets_out,
            counters.messages_in,
            counters.messages_out,
            dropped(counters),
            counters.bytes_in,
            counters.bytes_out,
            counters.connections,
            counters.connections + counters.refused_connections,
        ];
        let Some((last, at)) = self.last.replace((sums, uptime)) else { return };
        let elapsed = uptime.saturating_sub(at).as_secs_f64();
        if elapsed <= 0.0 {
            self.last = Some((last, at));
            return;
        }
        for ((averages, sum), last) in self.averages.iter_mut().zip(sums).zip(last) {
            let in_a_minute = float(sum.saturating_sub(last)) * 60.0 / elapsed;
            for (average, (_, span)) in averages.iter_mut().zip(SPANS) {
                let kept = (-elapsed / span).exp();
                *average = in_a_minute + kept * (*average - in_a_minute);
            }
        }
    }

    /// The topics below the root, with their values.
    pub(super) fn values(&self) -> impl Iterator<Item = (String, String)> {
        NAMES.iter().zip(&self.averages).flat_map(|(name, averages)| {
            averages.iter().zip(SPANS).map(move |(average, (span, _))| {
                (format!("load/{name}/{span}"), format!("{average:.2}"))
            })
        })
    }
}

/// Exact up to 2^53, and an average needs no more.
#[allow(clippy::cast_precision_loss, reason = "an average is not exact anyway")]
const fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(packets_in: u64) -> Counters {
        Counters { packets_in, ..Counters::default() }
    }

    fn of_received(loads: &Loads) -> Vec<String> {
        loads.values().take(3).map(|(_, value)| value).collect()
    }

    #[test]
    fn a_steady_load_shows_first_in_the_shortest_average() {
        let mut loads = Loads::default();

        for tens in 0..=6 {
            loads.measure(&received(tens * 10), Duration::from_secs(tens * 10));
        }

        // 60 a minute, of which 1 - 1/e, 1 - e^-1/5 and 1 - e^-1/15 have come in.
        assert_eq!(of_received(&loads), ["37.93", "10.88", "3.87"]);
    }

    #[test]
    fn a_load_that_ends_fades_away() {
        let mut loads = Loads::default();
        loads.measure(&received(0), Duration::ZERO);
        loads.measure(&received(100), Duration::from_secs(10));

        loads.measure(&received(100), Duration::from_hours(1));

        assert_eq!(of_received(&loads)[..2], ["0.00", "0.00"]);
    }

    #[test]
    fn what_was_before_the_first_measurement_does_not_count() {
        let mut loads = Loads::default();

        loads.measure(&received(1_000_000), Duration::from_mins(1));

        assert_eq!(of_received(&loads), ["0.00"; 3]);
    }
}
