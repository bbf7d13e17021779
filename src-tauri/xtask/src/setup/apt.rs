//! Debian's package manager, used only when something is missing.

use std::{env, io, io::IsTerminal, path::Path, process::Command};

use crate::{
    failure::{Failure, Outcome},
    tool,
};

/// Whether this system is Debian, Ubuntu or a relative.
pub(crate) fn is_here() -> bool {
    Path::new("/etc/debian_version").exists() && tool::find("apt-get").is_some()
}

/// Whether a package is installed.
pub(crate) fn has(package: &str) -> bool {
    tool::capture(Command::new("dpkg-query").args(["-W", "-f", "${db:Status-Status}", package]))
        .is_ok_and(|status| status == "installed")
}

/// Installs packages, telling which first. Nothing happens when the list is empty.
pub(crate) fn install(packages: &[String]) -> Outcome {
    if packages.is_empty() {
        return Ok(());
    }
    println!("missing packages: {}", packages.join(" "));
    refresh();
    let by_hand = format!("install them by hand: apt-get install {}", packages.join(" "));
    let install = ["install", "--yes", "--no-install-recommends"];
    let mut command = as_root(&by_hand)?;
    tool::run(command.args(install).args(packages)).map_err(|failure| failure.advice(by_hand))
}

/// Downloads packages into a folder without installing them.
pub(crate) fn download(packages: &[&str], folder: &Path) -> Outcome {
    refresh();
    tool::run(Command::new("apt-get").arg("download").args(packages).current_dir(folder))
        .map_err(|failure| failure.advice("check the network and /etc/apt/sources.list"))
}

/// Reads the package lists again, once: those of a fresh machine or container are old or missing.
///
/// A source that cannot be reached is no reason to stop: the lists at hand may be enough.
fn refresh() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        if let Ok(mut command) = as_root("")
            && tool::run(command.args(["update", "--quiet"])).is_err()
        {
            println!("not all package lists could be refreshed; going on with those at hand");
        }
    });
}

/// `apt-get`, with sudo when we are not root.
fn as_root(by_hand: &str) -> Outcome<Command> {
    let is_root = tool::capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    let mut command = if is_root {
        Command::new("env")
    } else if tool::find("sudo").is_some() {
        let mut sudo = Command::new("sudo");
        if !io::stderr().is_terminal() || env::var_os("CI").is_some() {
            // Nobody is there to type a password.
            sudo.arg("--non-interactive");
        }
        sudo.arg("env");
        sudo
    } else {
        return Err(Failure::new("installing packages needs root or sudo").advice(by_hand));
    };
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    Ok(command)
}
