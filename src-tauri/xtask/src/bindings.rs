//! `cargo xtask bindings`: the types of the Rust commands, written for the pages.
//!
//! The test that finds the file out of date writes it when it is asked to.

use crate::{
    failure::Outcome,
    project::Project,
    setup::{
        node,
        packages::{self, Purpose},
    },
    steps::{self, Done, Kind, Step},
    tool,
};

/// Writes `ui/src/ipc/bindings.ts`.
pub(crate) fn write(project: &Project) -> Outcome {
    let steps = [
        Step {
            name: "System packages",
            kind: Kind::SetUp,
            action: |_| packages::ensure(&[Purpose::Build]),
        },
        Step { name: "Node packages", kind: Kind::SetUp, action: node::packages },
        // The binary contains the pages, so there have to be some, even if they do not fit any more.
        Step { name: "Pages of the window", kind: Kind::SetUp, action: node::pages },
        Step { name: "Bindings", kind: Kind::SetUp, action: export },
    ];
    steps::run(project, &steps).into_outcome()?;
    println!("\nwrote {}", project.ui().join("src/ipc/bindings.ts").display());
    Ok(())
}

fn export(project: &Project) -> Outcome<Done> {
    let arguments = ["test", "--package", "topicscope", "--lib", "--quiet", "bindings_are_current"];
    tool::run(tool::cargo(project, arguments).env("UPDATE_BINDINGS", "1"))?;
    Ok(Done::Well)
}
