//! A virtual display for machines without one.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::Stdio,
};

use crate::{
    failure::{Failure, Outcome},
    project::Project,
    tool::{self, Companion},
};

/// An X server that draws into a file. It ends when this value is dropped.
pub(crate) struct VirtualDisplay {
    number: String,
    picture: PathBuf,
    _server: Companion,
}

impl VirtualDisplay {
    /// Starts Xvfb on a display number that it finds free itself.
    pub(crate) fn start(project: &Project) -> Outcome<Self> {
        let program = tool::find("Xvfb")
            .ok_or_else(|| Failure::new("Xvfb is missing").advice("apt-get install xvfb"))?;
        let folder = project.scratch("display")?;
        let mut server = Companion::start(&program, |command| {
            command
                .args([
                    "-displayfd",
                    "1",
                    "-screen",
                    "0",
                    SCREEN,
                    "-nolisten",
                    "tcp",
                    "-noreset",
                    "-fbdir",
                ])
                .arg(&folder)
                .stdout(Stdio::piped())
                .stderr(Stdio::null());
        })?;
        let mut number = String::new();
        if let Some(stdout) = server.child().stdout.take() {
            BufReader::new(stdout)
                .read_line(&mut number)
                .map_err(|error| Failure::io("asking Xvfb for its display", &error))?;
        }
        let number = number.trim().to_owned();
        if number.is_empty() {
            return Err(Failure::new("Xvfb ended without opening a display")
                .advice("run `Xvfb :99` to see why"));
        }
        Ok(Self { number, picture: folder.join("Xvfb_screen0"), _server: server })
    }

    /// What the variable DISPLAY has to be.
    pub(crate) fn name(&self) -> String {
        format!(":{}", self.number)
    }

    /// The file that always has what the screen shows, in the format of `xwd`.
    pub(crate) fn picture(&self) -> &std::path::Path {
        &self.picture
    }
}

const SCREEN: &str = "1440x900x24";
