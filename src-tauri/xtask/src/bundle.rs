//! `cargo xtask bundle`: the installers of this system.

use std::process::Command;

use crate::{
    failure::Outcome,
    project::Project,
    setup::{
        node,
        packages::{self, Purpose},
    },
    steps::{self, Kind, Step},
    tool,
};

/// Builds the installers; `options` go to `tauri build` as they are.
pub(crate) fn bundle(project: &Project, options: &[&str]) -> Outcome {
    let steps = [
        Step {
            name: "System packages",
            kind: Kind::SetUp,
            action: |_| packages::ensure(&[Purpose::Build]),
        },
        Step { name: "Node packages", kind: Kind::SetUp, action: node::packages },
    ];
    steps::run(project, &steps).into_outcome()?;
    println!("\nbuilding the installers (an optimised build takes minutes)");
    let cli = project.ui().join("node_modules/@tauri-apps/cli/tauri.js");
    let mut command = Command::new("node");
    command.arg(cli).arg("build").args(options).current_dir(project.root().join("src-tauri"));
    tool::run(&mut command)?;
    let profile = if options.contains(&"--debug") { "debug" } else { "release" };
    println!("\nthe installers are in {}", project.target().join(profile).join("bundle").display());
    Ok(())
}
