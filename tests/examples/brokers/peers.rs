//! The brokers that are compared, each a process of its own.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use acceptance::{
    mosquitto::Mosquitto,
    process::{Running, Stat},
};
use tempfile::TempDir;

use crate::Result;

/// A running broker.
pub(crate) struct Peer {
    pub(crate) port: u16,
    id: u32,
    _folder: TempDir,
    _running: Kept,
}

#[allow(dead_code, reason = "held until it is dropped")]
enum Kept {
    Ours(Running),
    Theirs(Mosquitto),
}

impl Peer {
    pub(crate) fn topicscope(program: &Path, persistent: bool) -> Result<Self> {
        let folder = TempDir::new()?;
        let mut command = Command::new(program);
        command.args(["broker", "--tcp", "127.0.0.1:0", "--max-connections", "20000"]);
        if persistent {
            command.arg("--data").arg(folder.path());
        }
        let mut running = Running::start(command.stdout(Stdio::piped()))?;
        let output = running.child().stdout.take().ok_or("the broker has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let port = line.trim().rsplit(':').next().unwrap_or_default().parse()?;
        Ok(Self { port, id: running.id(), _folder: folder, _running: Kept::Ours(running) })
    }

    pub(crate) fn mosquitto(persistent: bool) -> Result<Self> {
        let folder = TempDir::new()?;
        let plain = "allow_anonymous true\nmax_inflight_messages 1000\n\
            max_queued_messages 0\nset_tcp_nodelay true\nlog_dest none\n";
        let kept = format!("persistence true\npersistence_location {}/\n", folder.path().display());
        let configuration = if persistent { format!("{plain}{kept}") } else { plain.to_owned() };
        let broker = Mosquitto::start_quiet(&configuration)?;
        let id = broker.id().ok_or("mosquitto ended")?;
        Ok(Self { port: broker.port(), id, _folder: folder, _running: Kept::Theirs(broker) })
    }

    /// Processor time it has used.
    pub(crate) fn processor_time(&self) -> Result<Duration> {
        Ok(Stat::of(self.id).ok_or("the broker ended")?.processor_time)
    }

    /// Resident memory in bytes.
    pub(crate) fn memory(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        Ok(kilobytes.ok_or("no memory figure")?.parse::<u64>()? * 1024)
    }
}
