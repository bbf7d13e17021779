//! A virtual display of its own for each window under test.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use crate::{
    process::{self, Running},
    trouble::{Result, Trouble},
};

/// An X server without a screen.
#[derive(Debug)]
pub struct Display {
    name: String,
    _server: Running,
}

impl Display {
    /// Starts Xvfb on a display number that it finds free itself.
    pub fn start() -> Result<Self> {
        let program = process::find("Xvfb").ok_or(Trouble::Missing {
            what: "Xvfb".to_owned(),
            advice: "`cargo xtask setup` installs it (Debian: apt-get install xvfb)",
        })?;
        let screen =
            ["-displayfd", "1", "-screen", "0", "1440x900x24", "-nolisten", "tcp", "-noreset"];
        let mut command = Command::new(program);
        command.args(screen).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = Running::start(&mut command)?;
        let mut number = String::new();
        if let Some(stdout) = server.child().stdout.take() {
            BufReader::new(stdout)
                .read_line(&mut number)
                .map_err(Trouble::io("asking Xvfb for its display"))?;
        }
        let number = number.trim();
        if number.is_empty() {
            return Err(Trouble::Unexpected("Xvfb ended without opening a display".to_owned()));
        }
        Ok(Self { name: format!(":{number}"), _server: server })
    }

    /// What DISPLAY has to be.
    pub fn name(&self) -> &str {
        &self.name
    }
}
