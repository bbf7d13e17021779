//! The flood guard: the real window under 20,000 messages a second, for half a minute.
//!
//! `cargo xtask bench flood` builds everything optimised and runs it. It starts the application,
//! lets it connect to its own broker and opens the stream; a client of its own then publishes at an
//! even pace while the page measures the gaps between its frames. It fails when a target is missed.
#![allow(clippy::print_stdout, reason = "it prints figures")]

use std::{
    env,
    io::{Read, Write},
    net::TcpStream,
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use acceptance::{
    AppUnderTest, process,
    trouble::{Result, Trouble},
    wait::{self, Look},
    webdriver::Window,
};
use bytes::{Bytes, BytesMut};
use serde_json::Value;
use wire::{
    Packet, QoS, Version, encode,
    packet::{Connect, Publish},
    property::{ConnectProperties, PublishProperties},
};

const TARGET_GAP: f64 = 250.0;

fn main() -> ExitCode {
    match run(&Load::from_environment()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(trouble) => {
            eprintln!("{trouble}");
            ExitCode::FAILURE
        }
    }
}

/// What is sent.
struct Load {
    per_second: u32,
    seconds: u32,
    bytes: usize,
    topics: usize,
}

impl Load {
    fn from_environment() -> Self {
        let number = |name: &str, otherwise: u32| {
            env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
        };
        Self {
            per_second: number("FLOOD_RATE", 20_000),
            seconds: number("FLOOD_SECONDS", 30),
            bytes: 100,
            topics: 1000,
        }
    }

    fn total(&self) -> u32 {
        self.per_second * self.seconds
    }
}

fn run(load: &Load) -> Result<bool> {
    let app = AppUnderTest::new()?;
    let port = app.choose_broker_port()?;
    let running = app.start()?;
    let window = running.window()?;
    window.part("welcome-demo")?.click()?;
    window.part("welcome-start")?.click()?;
    window.has("session-state", "data-state", "online")?;
    // The flood comes to an open view, not to one that is being opened.
    window.part("stream")?;
    thread::sleep(Duration::from_secs(2));
    println!(
        "load    {} messages/s of {} bytes on {} topics for {} s",
        load.per_second, load.bytes, load.topics, load.seconds
    );

    let before = Counts::read(window)?;
    let idle = process::processor_time(running.id());
    window.run(MEASURE)?;
    let sending = publish(port, load)?;
    let at_once = Counts::read(window)?;
    let frames = window.run("return window.flood.stop();")?;
    let busy = process::processor_time(running.id());
    let caught_up = Instant::now();
    let after = settle(window, &before, load.total())?;
    let caught_up = caught_up.elapsed();
    running.screenshot("flood")?;
    let memory = memory(running.id());
    for (name, time) in &busy {
        let used = time.saturating_sub(idle.get(name).copied().unwrap_or_default());
        println!(
            "cpu     {name}: {:.0} % of one core",
            used.as_secs_f64() / sending.as_secs_f64() * 100.0
        );
    }
    running.quit()?;
    Ok(report(load, &Figures { sending, frames, before, at_once, after, caught_up, memory }))
}

/// Everything that was measured.
struct Figures {
    sending: Duration,
    frames: Value,
    before: Counts,
    at_once: Counts,
    after: Counts,
    caught_up: Duration,
    memory: Option<u64>,
}

fn report(load: &Load, figures: &Figures) -> bool {
    let frame = |name: &str| figures.frames.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let sent = u64::from(load.total());
    let received = figures.after.received - figures.before.received;
    let stored = figures.after.stored - figures.before.stored;
    let dropped = figures.after.dropped - figures.before.dropped;
    let seconds = figures.sending.as_secs_f64();
    println!("sent    {sent} in {seconds:.1} s ({:.0}/s)", f64::from(load.total()) / seconds);
    println!(
        "frames  {:.0} ({:.1}/s), gap p50 {:.0} ms, p99 {:.0} ms",
        frame("count"),
        frame("count") / seconds,
        frame("p50"),
        frame("p99")
    );
    if let Some(worst) =
        figures.frames.get("worst").and_then(Value::as_array).filter(|worst| !worst.is_empty())
    {
        let worst: Vec<String> =
            worst.iter().map(|gap| format!("{} ms at {} s", gap[0], gap[1])).collect();
        println!("worst   {}", worst.join(", "));
    }
    let behind = sent - (figures.at_once.received - figures.before.received).min(sent);
    println!(
        "behind  {behind} messages when the last was sent, all there {:.1} s later",
        figures.caught_up.as_secs_f64()
    );
    if let Some(memory) = figures.memory {
        println!("memory  {memory} MiB resident in the process of the application");
    }
    if let Ok(load) = std::fs::read_to_string("/proc/loadavg") {
        let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        println!(
            "machine {cores} cores, load average {} (frames need a quiet machine)",
            load.split(' ').next().unwrap_or_default()
        );
    }
    println!();
    let mut all = true;
    let mut line = |what: &str, got: String, target: String, met: bool| {
        println!(
            "{what:<20} {got:>12}   target {target:<12} {}",
            if met { "met" } else { "MISSED" }
        );
        all &= met;
    };
    let longest = frame("longest");
    line(
        "longest frame gap",
        format!("{longest:.0} ms"),
        format!("< {TARGET_GAP:.0} ms"),
        longest < TARGET_GAP,
    );
    line("received", received.to_string(), format!("{sent}"), received == sent);
    line("stored", stored.to_string(), format!("{received}"), stored == received);
    line("dropped", dropped.to_string(), "0".to_owned(), dropped == 0);
    all
}

/// The counters of the status bar.
#[derive(Debug, Default)]
struct Counts {
    received: u64,
    stored: u64,
    dropped: u64,
}

impl Counts {
    fn read(window: &Window) -> Result<Self> {
        let number = |id: &str| -> Result<u64> {
            let text = window.part(id)?.text()?;
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            digits.parse().map_err(|_| Trouble::Unexpected(format!("{id} shows `{text}`")))
        };
        Ok(Self {
            received: number("status-received")?,
            stored: number("status-stored")?,
            dropped: number("status-dropped")?,
        })
    }
}

/// Waits until everything sent is received and stored, or nothing changes any more.
fn settle(window: &Window, before: &Counts, sent: u32) -> Result<Counts> {
    let mut last = Counts::default();
    let mut changed = Instant::now();
    wait::until("the end of the flood", Duration::from_mins(2), || {
        let now = Counts::read(window)?;
        if now.received != last.received || now.stored != last.stored {
            changed = Instant::now();
        }
        let complete = now.received - before.received >= u64::from(sent)
            && now.stored - before.stored >= u64::from(sent);
        let still = changed.elapsed() > Duration::from_secs(5);
        last = now;
        Ok(if complete || still { Look::Found(()) } else { Look::NotYet(format!("{last:?}")) })
    })?;
    Ok(last)
}

/// Publishes at an even pace over a connection of its own; returns how long it took.
fn publish(port: u16, load: &Load) -> Result<Duration> {
    let doing = "publishing";
    let mut socket = TcpStream::connect(("127.0.0.1", port)).map_err(Trouble::io(doing))?;
    socket.set_nodelay(true).map_err(Trouble::io(doing))?;
    socket.write_all(&connect()?).map_err(Trouble::io(doing))?;
    let mut connack = [0; 4];
    socket.read_exact(&mut connack).map_err(Trouble::io(doing))?;
    if connack != [0x20, 2, 0, 0] {
        return Err(Trouble::Unexpected(format!("the broker answered {connack:02x?}")));
    }
    let messages: Vec<BytesMut> =
        (0..load.topics).map(|topic| message(topic, load.bytes)).collect::<Result<_>>()?;
    let mut messages = messages.iter().cycle();
    let started = Instant::now();
    let mut sent = 0;
    let mut batch = BytesMut::new();
    while sent < load.total() {
        let due = (started.elapsed().as_secs_f64() * f64::from(load.per_second))
            .min(f64::from(load.total()));
        batch.clear();
        while f64::from(sent) < due
            && let Some(message) = messages.next()
        {
            batch.extend_from_slice(message);
            sent += 1;
        }
        // Blocks when the broker does not keep up, which the duration then shows.
        socket.write_all(&batch).map_err(Trouble::io(doing))?;
        thread::sleep(PACE);
    }
    let took = started.elapsed();
    socket.write_all(&[0xe0, 0]).map_err(Trouble::io(doing))?;
    Ok(took)
}

fn connect() -> Result<BytesMut> {
    encoded(&Packet::Connect(Box::new(Connect {
        version: Version::V311,
        clean_start: true,
        keep_alive: 0,
        client_id: "flood".into(),
        will: None,
        username: None,
        password: None,
        properties: ConnectProperties::default(),
    })))
}

fn message(topic: usize, bytes: usize) -> Result<BytesMut> {
    let name = format!("flood/{}/{}", topic % 10, topic);
    let text =
        format!("{{\"sensor\":{topic},\"value\":{}.5,\"unit\":\"degC\",\"note\":\"", topic % 100);
    let padding = bytes.saturating_sub(text.len() + 2);
    let payload = format!("{text}{}\"}}", "x".repeat(padding));
    encoded(&Packet::Publish(Publish {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: false,
        topic: Some(name.parse().map_err(|error| Trouble::Unexpected(format!("{error}")))?),
        packet_id: None,
        payload: Bytes::from(payload),
        properties: PublishProperties::default(),
    }))
}

fn encoded(packet: &Packet) -> Result<BytesMut> {
    let mut bytes = BytesMut::new();
    encode(packet, Version::V311, &mut bytes)
        .map_err(|error| Trouble::Unexpected(error.to_string()))?;
    Ok(bytes)
}

/// Resident memory in MiB.
fn memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? / 1024)
}

const PACE: Duration = Duration::from_millis(4);

/// Records the gaps between animation frames in the page until it is stopped.
const MEASURE: &str = r"
    const gaps = [];
    const started = performance.now();
    let worst = [];
    let last = started;
    let on = true;
    const frame = () => {
        const now = performance.now();
        gaps.push(now - last);
        if (now - last > 100) worst.push([Math.round(now - last), Math.round(now - started) / 1000]);
        last = now;
        if (on) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    window.flood = {
        stop() {
            on = false;
            // The gap that is still open counts too.
            gaps.push(performance.now() - last);
            const sorted = [...gaps].sort((a, b) => a - b);
            const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
            worst = worst.sort((a, b) => b[0] - a[0]).slice(0, 5);
            return { worst, count: gaps.length, p50: at(0.5), p99: at(0.99), longest: sorted[sorted.length - 1] };
        },
    };
";
