//! `cargo xtask check`: everything that can be said about the code without running it.

mod layering;
mod length;

use crate::{
    failure::{Failure, Outcome},
    project::Project,
    setup::{node, packages, packages::Purpose, rust},
    steps::{self, Done, Kind, Step},
    tool,
};

/// Runs all checks; nothing is changed.
pub(crate) fn check(project: &Project) -> Outcome {
    let mut steps = QUICK.to_vec();
    steps.extend([
        Step {
            name: "System packages",
            kind: Kind::SetUp,
            action: |_| packages::ensure(&[Purpose::Build]),
        },
        Step { name: "Node packages", kind: Kind::SetUp, action: node::packages },
        Step { name: "Pages of the window", kind: Kind::SetUp, action: node::pages },
    ]);
    steps.extend_from_slice(THOROUGH);
    let report = steps::run(project, &steps);
    report.print();
    report.into_outcome()
}

/// Runs only the checks that take no time.
pub(crate) fn quick(project: &Project) -> Outcome {
    steps::run(project, QUICK).into_outcome()
}

/// The checks that take no time, and need nothing but Rust.
pub(crate) const QUICK: &[Step] = &[
    Step { name: "Rust components", kind: Kind::SetUp, action: rust::components },
    Step { name: "Rust format", kind: Kind::Check, action: format },
    Step { name: "Layering", kind: Kind::Check, action: layering::check },
    Step { name: "File length", kind: Kind::Check, action: length::check },
];

/// The checks that need the set-up.
pub(crate) const THOROUGH: &[Step] = &[
    Step {
        name: "Lints, types and dead code of the pages",
        kind: Kind::Check,
        action: |project| node::script(project, "lint"),
    },
    Step { name: "Lints of Rust", kind: Kind::Check, action: clippy },
];

fn format(project: &Project) -> Outcome<Done> {
    tool::run(&mut tool::cargo(project, ["fmt", "--all", "--check"])).map_err(|_| {
        Failure::new("the Rust format is not as rustfmt writes it").advice("cargo fmt --all")
    })?;
    Ok(Done::Well)
}

fn clippy(project: &Project) -> Outcome<Done> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
    tool::run(&mut tool::cargo(project, arguments))?;
    Ok(Done::Well)
}
