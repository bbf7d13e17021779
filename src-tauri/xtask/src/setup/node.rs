//! Node, its packages, and the pages of the window built with them.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

use crate::{
    failure::{Failure, Outcome},
    project::Project,
    steps::Done,
    tool,
};

/// Installs the packages of the window when they are not what was installed last.
pub(crate) fn packages(project: &Project) -> Outcome<Done> {
    install(&project.ui())
}

/// Installs the MQTT clients the interoperation tests use.
pub(crate) fn test_clients(project: &Project) -> Outcome<Done> {
    install(&project.root().join("tests/clients"))
}

/// Installs what `package-lock.json` of a folder says, unless it is there.
fn install(folder: &Path) -> Outcome<Done> {
    check_version()?;
    let read = |path: &Path| {
        fs::read(path).map_err(|error| Failure::io(format!("reading {}", path.display()), &error))
    };
    let wanted = read(&folder.join("package-lock.json"))?;
    // Inside `node_modules`, so that it goes when they go.
    let stamp = folder.join("node_modules/.installed-package-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(Done::NotNeeded("all there"));
    }
    tool::run(&mut tool::npm_in(folder, ["ci", "--no-audit", "--no-fund"])).map_err(|failure| {
        let advice = "check the network, or run `npm ci` there and read what it says";
        failure.advice(format!("in {}: {advice}", folder.display()))
    })?;
    fs::write(&stamp, wanted)
        .map_err(|error| Failure::io(format!("writing {}", stamp.display()), &error))?;
    Ok(Done::Well)
}

/// Builds `ui/dist`, which the binary contains, when a file of `ui` is newer than it.
pub(crate) fn pages(project: &Project) -> Outcome<Done> {
    let built = fs::metadata(project.ui().join("dist/index.html")).and_then(|file| file.modified());
    let changed =
        newest(&project.ui()).map_err(|error| Failure::io("looking through ui/", &error))?;
    if built.is_ok_and(|built| built > changed) {
        return Ok(Done::NotNeeded("up to date"));
    }
    tool::run(&mut tool::npm(project, ["run", "build"]))?;
    Ok(Done::Well)
}

/// Runs a script of `ui/package.json`.
pub(crate) fn script(project: &Project, name: &str) -> Outcome<Done> {
    tool::run(&mut tool::npm(project, ["run", "--silent", name]))?;
    Ok(Done::Well)
}

fn check_version() -> Outcome {
    let advice =
        "get Node from https://nodejs.org, with npm, and see that `node --version` finds it";
    let said = tool::capture(Command::new("node").arg("--version"))
        .map_err(|_| Failure::new("Node is missing").advice(advice))?;
    match version(&said) {
        Some(version) if version >= OLDEST => {}
        _ => {
            let (major, minor) = OLDEST;
            return Err(Failure::new(format!(
                "Node {major}.{minor} or newer is needed, this is {}",
                said.trim()
            ))
            .advice(advice));
        }
    }
    if tool::succeeds(Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" }).arg("--version"))
    {
        return Ok(());
    }
    Err(Failure::new("npm is missing").advice(advice))
}

/// `v20.19.2` → (20, 19)
fn version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.trim().strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// When anything below `ui` that can change the built pages last changed. A folder counts too: its
/// time is that of the last file added or removed.
fn newest(ui: &Path) -> io::Result<SystemTime> {
    let mut newest = SystemTime::UNIX_EPOCH;
    let mut waiting: Vec<PathBuf> =
        fs::read_dir(ui)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    while let Some(path) = waiting.pop() {
        let name = path.file_name().unwrap_or_default();
        if NOT_SOURCES.iter().any(|folder| name == *folder) {
            continue;
        }
        let about = fs::metadata(&path)?;
        newest = newest.max(about.modified()?);
        if about.is_dir() {
            for entry in fs::read_dir(&path)? {
                waiting.push(entry?.path());
            }
        }
    }
    Ok(newest)
}

const OLDEST: (u32, u32) = (20, 19);
const NOT_SOURCES: &[&str] = &["node_modules", "dist", "dist-fake", "coverage", "e2e"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_read_from_what_node_says() {
        assert_eq!(version("v20.19.2\n"), Some((20, 19)));
        assert_eq!(version("not node"), None);
    }
}
