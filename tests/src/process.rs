//! Other programs: finding them, and ending the ones that were started.

use std::{
    env,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
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
