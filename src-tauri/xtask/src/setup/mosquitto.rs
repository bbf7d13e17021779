//! The mosquitto broker as a test peer.
//!
//! Installing Debian's package would start a service on port 1883 at once and enable it for ever.
//! So unless mosquitto is there already, its package is downloaded and unpacked into our own folder
//! under `target`, and only the libraries that it needs are installed. The tests start it themselves.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::apt;
use crate::{
    failure::{Failure, Outcome},
    project::Project,
    steps::Done,
    tool,
};

/// The variable that tells the tests where the broker is.
pub(crate) const VARIABLE: &str = "TOPICSCOPE_MOSQUITTO";

/// Sees to it that the broker can be started by hand.
pub(crate) fn ensure(project: &Project) -> Outcome<Done> {
    if locate(project).is_some() {
        return Ok(Done::NotNeeded("all there"));
    }
    if !apt::is_here() {
        return Err(Failure::new("the mosquitto broker is missing").advice(
            "install mosquitto (Fedora: dnf install mosquitto; Arch: pacman -S mosquitto; macOS: brew install \
             mosquitto; Windows: https://mosquitto.org/download); it need not run",
        ));
    }
    let folder = project.scratch(FOLDER)?;
    apt::download(&["mosquitto"], &folder)?;
    let package = downloaded(&folder)?;
    apt::install(&missing_libraries(&package)?)?;
    tool::run(Command::new("dpkg-deb").arg("--extract").arg(&package).arg(&folder))?;
    match locate(project) {
        Some(binary) => {
            println!(
                "the broker for the tests is {}; it was not installed as a service",
                binary.display()
            );
            Ok(Done::Well)
        }
        None => Err(Failure::new("the unpacked mosquitto does not start")
            .advice(format!("run {}", folder.join(UNPACKED).display()))),
    }
}

/// Where the broker is: installed, or unpacked by us.
pub(crate) fn locate(project: &Project) -> Option<PathBuf> {
    let unpacked = project.target().join("xtask").join(FOLDER).join(UNPACKED);
    tool::find("mosquitto").into_iter().chain([unpacked]).find(|binary| starts(binary))
}

/// Whether the libraries it needs are there: `-h` prints its version and ends with code 3.
fn starts(binary: &Path) -> bool {
    Command::new(binary)
        .arg("-h")
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("mosquitto version"))
}

fn downloaded(folder: &Path) -> Outcome<PathBuf> {
    let entries = fs::read_dir(folder)
        .map_err(|error| Failure::io(format!("reading {}", folder.display()), &error))?;
    let mut packages: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .collect();
    packages.sort();
    packages.pop().ok_or_else(|| Failure::new(format!("no package in {}", folder.display())))
}

fn missing_libraries(package: &Path) -> Outcome<Vec<String>> {
    let depends =
        tool::capture(Command::new("dpkg-deb").arg("--field").arg(package).arg("Depends"))?;
    Ok(libraries(&depends).filter(|name| !apt::has(name)).map(str::to_owned).collect())
}

/// The libraries in a `Depends` field, e.g. `libssl3` of `adduser, libssl3 (>= 3.0.0) | libssl4`.
fn libraries(depends: &str) -> impl Iterator<Item = &str> {
    depends
        .split(',')
        .filter_map(|dependency| dependency.split(['|', '(', ':']).next())
        .map(str::trim)
        .filter(|name| name.starts_with("lib"))
}

const FOLDER: &str = "mosquitto";
const UNPACKED: &str = "usr/sbin/mosquitto";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_libraries_of_the_package_are_wanted() {
        let depends =
            "adduser (>= 3.10), libcjson1 (>= 1.7.13), lsb-base, libssl3:amd64 | libssl4, libwrap0";

        let wanted: Vec<&str> = libraries(depends).collect();

        assert_eq!(wanted, ["libcjson1", "libssl3", "libwrap0"]);
    }
}
