//! The local broker beside Mosquitto: the same load on each in turn, three rounds, medians and ratios.
//!
//! `TOPICSCOPE_CLI` is an optimised `tscope`; `cargo xtask bench broker` builds it and runs this.

#![allow(clippy::print_stdout, reason = "a report is what it is for")]

mod frames;
mod load;
mod peers;

use std::{env, error::Error, path::PathBuf, result};

use self::{
    load::{Fan, Figure},
    peers::Peer,
};

type Result<T = ()> = result::Result<T, Box<dyn Error + Send + Sync>>;

/// Rounds of each scenario; the median counts.
const ROUNDS: usize = 3;

/// What is measured, and what the ratio to Mosquitto should be.
struct Scenario {
    name: &'static str,
    unit: Unit,
    /// The ratio that is aimed at: at least for rates, at most for the rest.
    target: f64,
    persistent: bool,
    run: fn(&Peer) -> Result<Figure>,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Unit {
    PerSecond,
    Microseconds,
    Megabytes,
}

const SCENARIOS: &[Scenario] = &[
    rate("50 -> 1    QoS 0  64 B", 5.0, |peer| load::fan(peer, &Fan::new(50, 1, 0, 64))),
    rate("1 -> 1     QoS 1  64 B", 5.0, |peer| load::fan(peer, &Fan::new(1, 1, 1, 64))),
    rate("1 -> 100   QoS 0  64 B", 12.0, |peer| load::fan(peer, &Fan::new(1, 100, 0, 64))),
    rate("1 -> 1     QoS 2  64 B", 4.0, |peer| load::fan(peer, &Fan::new(1, 1, 2, 64))),
    rate("10 -> 1    QoS 0  16 KiB", 1.0, |peer| load::fan(peer, &Fan::new(10, 1, 0, 16 * 1024))),
    rate("connections", 1.0, load::connections),
    Scenario {
        name: "1 -> 1     QoS 1  round trip p99",
        unit: Unit::Microseconds,
        target: 1.0,
        persistent: false,
        run: load::round_trip,
    },
    Scenario {
        name: "10,000 idle connections  memory",
        unit: Unit::Megabytes,
        target: f64::INFINITY,
        persistent: false,
        run: load::idle,
    },
    rate("1 -> 1 beside 100 subscriptions", 1.0, |peer| load::beside(peer, 100)),
    rate("1 -> 1 beside 1,000 subscriptions", 1.0, |peer| load::beside(peer, 1_000)),
    rate("1 -> 1 beside 10,000 subscriptions", 1.0, |peer| load::beside(peer, 10_000)),
    rate("1 -> 1 beside 100,000 subscriptions", 1.0, |peer| load::beside(peer, 100_000)),
    Scenario {
        persistent: true,
        ..rate("1 -> 1     QoS 1  64 B  kept on disk", 1.0, |peer| {
            load::fan(peer, &Fan::new(1, 1, 1, 64).kept())
        })
    },
];

const fn rate(name: &'static str, target: f64, run: fn(&Peer) -> Result<Figure>) -> Scenario {
    Scenario { name, unit: Unit::PerSecond, target, persistent: false, run }
}

fn main() -> Result {
    let program = env::var_os("TOPICSCOPE_CLI").map(PathBuf::from);
    let program = program.ok_or("TOPICSCOPE_CLI names no tscope")?;
    println!(
        "{:<36} {:>11} {:>11} {:>7} {:>8}   {:>7} {:>7} {:>6}",
        "", "topicscope", "mosquitto", "ratio", "target", "CPU µs", "CPU µs", "ratio"
    );
    // A word of a scenario's name measures only that.
    let wanted = env::args().nth(1).unwrap_or_default();
    for scenario in SCENARIOS.iter().filter(|scenario| scenario.name.contains(&wanted)) {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let peer = Peer::topicscope(&program, scenario.persistent)?;
            ours.push((scenario.run)(&peer).map_err(|error| format!("topicscope: {error}"))?);
            drop(peer);
            let peer = Peer::mosquitto(scenario.persistent)?;
            theirs.push((scenario.run)(&peer).map_err(|error| format!("mosquitto: {error}"))?);
        }
        print(scenario, median(ours), median(theirs));
    }
    Ok(())
}

fn median(mut figures: Vec<Figure>) -> Figure {
    figures.sort_by(|a, b| a.value.total_cmp(&b.value));
    figures[figures.len() / 2]
}

fn print(scenario: &Scenario, ours: Figure, theirs: Figure) {
    let ratio = ours.value / theirs.value;
    let text = |value: f64| match scenario.unit {
        Unit::PerSecond => format!("{:.1} k/s", value / 1000.0),
        Unit::Microseconds => format!("{value:.0} µs"),
        Unit::Megabytes => format!("{value:.0} MB"),
    };
    let (target, is_met) = match scenario.unit {
        Unit::PerSecond => (format!(">= {}", scenario.target), ratio >= scenario.target),
        Unit::Microseconds => (format!("<= {}", scenario.target), ratio <= scenario.target),
        Unit::Megabytes => ("<= 60 MB".to_owned(), ours.value <= 60.0),
    };
    let cpu = match (ours.cpu, theirs.cpu) {
        (Some(ours), Some(theirs)) => {
            format!("{ours:>7.2} {theirs:>7.2} {:>6.2}", ours / theirs)
        }
        _ => String::new(),
    };
    let lost: Vec<_> = [("topicscope", ours.lost), ("mosquitto", theirs.lost)]
        .into_iter()
        .filter(|(_, lost)| *lost > 0.0)
        .map(|(who, lost)| format!("  {who} lost {lost:.2} %"))
        .collect();
    println!(
        "{:<36} {:>11} {:>11} {:>7.2} {:>8} {} {cpu}{}",
        scenario.name,
        text(ours.value),
        text(theirs.value),
        ratio,
        target,
        if is_met { "✓" } else { "✗" },
        lost.concat(),
    );
}
