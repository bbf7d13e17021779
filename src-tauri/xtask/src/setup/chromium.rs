//! A Chromium for the user interface tests.
//!
//! Debian has a package. Ubuntu's package only fetches a snap, which cannot be driven from outside its
//! confinement, so there Playwright downloads its own build into the user's cache.

use std::{
    env, fs,
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

/// The variable that tells the tests where the browser is.
pub(crate) const VARIABLE: &str = "CHROMIUM";

/// Sees to it that there is a browser. Needs the node packages.
pub(crate) fn ensure(project: &Project) -> Outcome<Done> {
    if locate(project).is_some() {
        return Ok(Done::NotNeeded("all there"));
    }
    if apt::is_here() && !is_ubuntu() {
        apt::install(&["chromium".to_owned()])?;
    } else {
        println!("fetching Chromium with Playwright");
        let mut install = playwright(project);
        install.arg("install");
        if apt::is_here() {
            install.arg("--with-deps");
        }
        tool::run(install.arg("chromium"))?;
    }
    match locate(project) {
        Some(_) => Ok(Done::Well),
        None => Err(Failure::new("no Chromium was found")
            .advice(format!("install Chromium or Chrome, or set {VARIABLE} to its path"))),
    }
}

/// Where a browser is: named by the variable, installed, or fetched by Playwright.
pub(crate) fn locate(project: &Project) -> Option<PathBuf> {
    let named = env::var_os(VARIABLE).map(PathBuf::from);
    let installed =
        PROGRAMS.iter().filter_map(|program| tool::find(program)).filter(|path| !is_snap(path));
    let well_known = WELL_KNOWN.iter().map(PathBuf::from);
    named
        .into_iter()
        .chain(installed)
        .chain(well_known)
        .find(|path| path.is_file())
        .or_else(|| fetched(project))
}

/// Both the snap itself and Debian's placeholder, a small script that calls for it.
fn is_snap(path: &Path) -> bool {
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let is_placeholder = fs::metadata(&real).is_ok_and(|file| file.len() < 10_000)
        && fs::read_to_string(&real)
            .is_ok_and(|script| script.contains("snap install") || script.contains("/snap/bin"));
    path.starts_with("/snap") || real.ends_with("snap") || is_placeholder
}

fn fetched(project: &Project) -> Option<PathBuf> {
    let ask = "console.log(require('playwright-core').chromium.executablePath())";
    let said =
        tool::capture(Command::new("node").args(["-e", ask]).current_dir(project.ui())).ok()?;
    Some(PathBuf::from(said.trim())).filter(|path| path.is_file())
}

fn playwright(project: &Project) -> Command {
    let mut command = Command::new("node");
    command.arg("node_modules/playwright-core/cli.js").current_dir(project.ui());
    command
}

fn is_ubuntu() -> bool {
    fs::read_to_string("/etc/os-release").is_ok_and(|text| {
        text.lines().any(|line| {
            line == "ID=ubuntu" || line.starts_with("ID_LIKE=") && line.contains("ubuntu")
        })
    })
}

const PROGRAMS: &[&str] =
    &["chromium", "google-chrome", "google-chrome-stable", "chromium-browser"];
const WELL_KNOWN: &[&str] = &[
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];
