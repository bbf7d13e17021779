//! Other programs: finding them, and ending the ones that were started.

use std::{
    collections::BTreeMap,
    env, fs,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use crate::trouble::{Result, Trouble};

/// A program that was started here; it is killed when this value is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    name: String,
}

impl Running {
    /// Starts a program. What it reads is nothing; where it writes is up to the command.
    pub fn start(command: &mut Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command
            .stdin(Stdio::null())
            .spawn()
            .map_err(Trouble::io(format!("starting {name}")))?;
        Ok(Self { child, name })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The process itself, to take its pipes.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Asks it to end (SIGTERM) and waits until it has.
    pub fn terminate(mut self) -> Result<ExitStatus> {
        signal("TERM", self.id())?;
        self.child.wait().map_err(Trouble::io(format!("waiting for {}", self.name)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.ended().is_none() {
            // Failing means that it ended in this moment.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Sends a signal, e.g. `TERM` or `KILL`, to one process.
pub fn signal(name: &str, id: u32) -> Result {
    let status = Command::new("kill")
        .args(["-s", name, &id.to_string()])
        .status()
        .map_err(Trouble::io(format!("sending {name} to process {id}")))?;
    if status.success() {
        Ok(())
    } else {
        Err(Trouble::Unexpected(format!("process {id} took no signal {name}")))
    }
}

/// Where a program is: on the PATH or where systems hide the ones for administrators.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let hidden = ["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from);
    env::split_paths(&path)
        .chain(hidden)
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

/// A port on the loopback address that was free a moment ago.
pub fn free_port() -> Result<u16> {
    let doing = "finding a free port";
    let listener = TcpListener::bind("127.0.0.1:0").map_err(Trouble::io(doing))?;
    Ok(listener.local_addr().map_err(Trouble::io(doing))?.port())
}

/// Whether something listens on a loopback port.
pub fn is_listening(port: u16) -> bool {
    std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// The processor time that a process and all its descendants have used, by the name of the program.
pub fn processor_time(id: u32) -> BTreeMap<String, Duration> {
    let entries = fs::read_dir("/proc").into_iter().flatten().filter_map(std::result::Result::ok);
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let all: BTreeMap<u32, Stat> = ids.filter_map(|id| Some((id, Stat::of(id)?))).collect();
    let mut times = BTreeMap::new();
    for (other, stat) in &all {
        let mut above = *other;
        while above != id
            && let Some(stat) = all.get(&above)
        {
            above = stat.parent;
        }
        if above == id {
            *times.entry(stat.name.clone()).or_default() += stat.processor_time;
        }
    }
    times
}

/// What `/proc/<id>/stat` says of a process.
#[derive(Debug)]
pub struct Stat {
    /// Name of the program, at most 15 characters.
    pub name: String,
    /// `R`, `S`, … ; `Z` has ended and is not waited for yet.
    pub state: char,
    /// The process that started it.
    pub parent: u32,
    /// Time it ran on processors.
    pub processor_time: Duration,
    /// When it was started, since the machine was.
    pub started: Duration,
}

impl Stat {
    /// Of a process; `None` when there is none with this id.
    pub fn of(id: u32) -> Option<Self> {
        let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name is in brackets and may contain anything.
        let (before, after) = text.rsplit_once(") ")?;
        let fields: Vec<&str> = after.split(' ').collect();
        let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
        Some(Self {
            name: before.split_once('(')?.1.to_owned(),
            state: fields.first()?.chars().next()?,
            parent: fields.get(1)?.parse().ok()?,
            processor_time: Duration::from_millis((ticks(11)? + ticks(12)?) * MILLISECONDS_A_TICK),
            started: Duration::from_millis(ticks(19)? * MILLISECONDS_A_TICK),
        })
    }
}

/// Linux counts in hundredths of a second here, whatever the kernel's own clock.
const MILLISECONDS_A_TICK: u64 = 10;
