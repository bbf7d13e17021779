//! The parts of the Rust tool chain beyond the compiler.

use std::process::Command;

use crate::{
    failure::{Failure, Outcome},
    project::Project,
    steps::Done,
    tool,
};

/// Sees to it that rustfmt and clippy are there: a minimal tool chain has neither.
pub(crate) fn components(project: &Project) -> Outcome<Done> {
    let missing: Vec<&str> = [("fmt", "rustfmt"), ("clippy", "clippy")]
        .into_iter()
        .filter(|(command, _)| !tool::succeeds(&mut tool::cargo(project, [command, "--version"])))
        .map(|(_, component)| component)
        .collect();
    if missing.is_empty() {
        return Ok(Done::NotNeeded("all there"));
    }
    let advice =
        format!("install {} with the package manager that Rust came from", missing.join(" and "));
    if tool::find("rustup").is_none() {
        return Err(Failure::new(format!("{} is missing", missing.join(" and "))).advice(advice));
    }
    tool::run(Command::new("rustup").args(["component", "add"]).args(&missing))?;
    Ok(Done::Well)
}

/// Whether cargo-nextest is installed.
pub(crate) fn has_nextest(project: &Project) -> bool {
    tool::succeeds(&mut tool::cargo(project, ["nextest", "--version"]))
}
