//! A virtual display for machines without one.

use std::{
    fs,
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
    folder: PathBuf,
    _server: Companion,
}

impl VirtualDisplay {
    /// Starts Xvfb on a display number that it finds free itself.
    pub(crate) fn start(project: &Project) -> Outcome<Self> {
        let program = tool::find("Xvfb")
            .ok_or_else(|| Failure::new("Xvfb is missing").advice("apt-get install xvfb"))?;
        let folder = project.scratch(&format!("display-{}", std::process::id()))?;
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
        Ok(Self { number, folder, _server: server })
    }

    /// What the variable DISPLAY has to be.
    pub(crate) fn name(&self) -> String {
        format!(":{}", self.number)
    }

    /// The file that always has what the screen shows, in the format of `xwd`.
    pub(crate) fn picture(&self) -> PathBuf {
        self.folder.join("Xvfb_screen0")
    }
}

impl Drop for VirtualDisplay {
    fn drop(&mut self) {
        // A few megabytes under `target`; nothing is lost when they stay.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

const SCREEN: &str = "1440x900x24";

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::screenshot;

    #[test]
    fn virtual_display_can_be_photographed() {
        // Arrange
        let project = Project::find().unwrap();
        let display = VirtualDisplay::start(&project).unwrap();
        let png = project.scratch("test").unwrap().join("empty.png");

        // Act
        screenshot::take(&display.picture(), &png, Duration::ZERO).unwrap();

        // Assert
        let bytes = fs::read(&png).unwrap();
        assert_eq!(bytes[1..4], *b"PNG");
        assert_eq!(bytes[16..24], [1440_u32.to_be_bytes(), 900_u32.to_be_bytes()].concat());
    }
}
