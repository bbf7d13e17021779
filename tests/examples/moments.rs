//! How long a person waits: from the start to a page that can be used, and from a click on Publish to the row.
//!
//! `cargo xtask bench moments` builds everything optimised and runs it. It fails when a target is
//! missed.
#![allow(clippy::print_stdout, reason = "it prints figures")]

use std::{fs, process::ExitCode, time::SystemTime};

use acceptance::{
    AppUnderTest, composer,
    process::Stat,
    trouble::{Result, Trouble},
};

const STARTS: usize = 5;
const MESSAGES: usize = 20;
/// ms
const TARGET_START: f64 = 2000.0;
/// ms
const TARGET_SHOWN: f64 = 100.0;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(trouble) => {
            eprintln!("{trouble}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool> {
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let app = AppUnderTest::new()?;
        let running = app.start()?;
        let window = running.window()?;
        window.part("welcome-start")?;
        // With what the driver needs to find it: an upper bound.
        starts.push(now() - started(running.id())?);
        running.quit()?;
    }
    let app = AppUnderTest::new()?;
    app.choose_broker_port()?;
    let running = app.start()?;
    let window = running.window()?;
    window.part("welcome-demo")?.click()?;
    window.part("welcome-start")?.click()?;
    window.has("session-state", "data-state", "online")?;
    let shown = (0..MESSAGES)
        .map(|number| composer::publish(window, &format!("bench/{number}"), "{\"t\":21.5}"))
        .map(|shown| Ok(shown?.as_secs_f64() * 1000.0))
        .collect::<Result<Vec<_>>>()?;
    running.quit()?;
    let started = line("start to usable page", starts, TARGET_START);
    let shown = line("click to row", shown, TARGET_SHOWN);
    Ok(started && shown)
}

/// Prints the figures of one kind; whether the median meets the target.
fn line(what: &str, mut times: Vec<f64>, target: f64) -> bool {
    times.sort_by(f64::total_cmp);
    let at = |part: usize| times.get(times.len() * part / 10).or(times.last()).copied();
    let (Some(best), Some(median), Some(worst)) = (at(0), at(5), times.last()) else {
        return false;
    };
    let met = median < target;
    println!(
        "{what:<20} median {median:.0} ms, best {best:.0}, worst {worst:.0} of {}   target < {target:.0} ms {}",
        times.len(),
        if met { "met" } else { "MISSED" }
    );
    met
}

/// When the process was started, ms since the epoch, to 10 ms.
fn started(id: u32) -> Result<f64> {
    let stat = Stat::of(id).ok_or_else(|| Trouble::Unexpected("the process is gone".to_owned()))?;
    let uptime = fs::read_to_string("/proc/uptime").map_err(Trouble::io("reading the uptime"))?;
    let uptime: f64 = uptime.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0.0);
    Ok(now() - (uptime - stat.started.as_secs_f64()) * 1000.0)
}

/// ms since the epoch.
fn now() -> f64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    now.as_secs_f64() * 1000.0
}
