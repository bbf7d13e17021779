//! `cargo xtask test`: everything there is, as CI runs it.
//!
//! All crates are built once, with the features they have together, so that no test run compiles
//! anything again and the window that is tested is the one that was built.

use std::process::Command;

use crate::{
    check,
    failure::Outcome,
    project::Project,
    setup::{
        chromium, mosquitto, node,
        packages::{self, Purpose},
        rust,
    },
    steps::{self, Done, Kind, Step},
    tool,
};

/// Runs every check and every test; the last line says how many tests passed and failed.
pub(crate) fn test(project: &Project) -> Outcome {
    let mut steps = check::QUICK.to_vec();
    steps.extend_from_slice(SET_UP);
    steps.extend_from_slice(check::THOROUGH);
    steps.extend_from_slice(TESTS);
    let report = steps::run(project, &steps);
    report.print();
    let tally = report.tally();
    let outcome = report.into_outcome();
    if let Err(failure) = &outcome {
        println!("\n{failure}");
    }
    println!("\n{} passed, {} failed", tally.passed, tally.failed);
    if outcome.is_err() {
        // The last line is said; main would add another.
        std::process::exit(1);
    }
    outcome
}

/// Sees to it that everything is there, and does nothing with it.
pub(crate) fn set_up(project: &Project) -> Outcome {
    steps::run(project, SET_UP).into_outcome()
}

const SET_UP: &[Step] = &[
    Step {
        name: "System packages",
        kind: Kind::SetUp,
        action: |_| packages::ensure(&[Purpose::Build, Purpose::Display, Purpose::Test]),
    },
    Step { name: "A broker to test against", kind: Kind::SetUp, action: mosquitto::ensure },
    Step { name: "Node packages", kind: Kind::SetUp, action: node::packages },
    Step { name: "Other MQTT clients to test with", kind: Kind::SetUp, action: node::test_clients },
    Step { name: "A browser to test in", kind: Kind::SetUp, action: chromium::ensure },
    Step { name: "Pages of the window", kind: Kind::SetUp, action: node::pages },
];

const TESTS: &[Step] = &[
    Step { name: "Tests of the pages", kind: Kind::Check, action: pages },
    Step { name: "Build of all crates", kind: Kind::SetUp, action: build },
    Step { name: "Tests of the crates", kind: Kind::Check, action: crates },
    Step { name: "Pages in a browser", kind: Kind::Check, action: pages_in_browser },
    Step { name: "Real peers and the real window", kind: Kind::Check, action: acceptance },
];

fn build(project: &Project) -> Outcome<Done> {
    tool::run(&mut tool::cargo(project, ["build", "--workspace", "--all-targets"]))?;
    Ok(Done::Well)
}

fn pages(project: &Project) -> Outcome<Done> {
    tool::run_tests(&mut tool::npm(project, ["run", "--silent", "test"])).map(Done::Tests)
}

fn pages_in_browser(project: &Project) -> Outcome<Done> {
    let mut command = tool::npm(project, ["run", "--silent", "test:ui"]);
    if let Some(browser) = chromium::locate(project) {
        command.env(chromium::VARIABLE, browser);
    }
    tool::run_tests(&mut command).map(Done::Tests)
}

fn crates(project: &Project) -> Outcome<Done> {
    let mut command = if rust::has_nextest(project) {
        nextest(project, "not package(acceptance)")
    } else {
        tool::cargo(project, ["test", "--workspace", "--exclude", "acceptance", "--no-fail-fast"])
    };
    tool::run_tests(&mut command).map(Done::Tests)
}

fn acceptance(project: &Project) -> Outcome<Done> {
    let mut command = if rust::has_nextest(project) {
        nextest(project, "package(acceptance)")
    } else {
        // One after the other: there is one real window, and its timings are tested.
        tool::cargo(
            project,
            ["test", "--package", "acceptance", "--no-fail-fast", "--", "--test-threads=1"],
        )
    };
    if let Some(broker) = mosquitto::locate(project) {
        command.env(mosquitto::VARIABLE, broker);
    }
    tool::run_tests(&mut command).map(Done::Tests)
}

/// Always the whole workspace: a single package may get other features, and compile all over again.
fn nextest(project: &Project, filter: &str) -> Command {
    tool::cargo(project, ["nextest", "run", "--workspace", "--no-fail-fast", "-E", filter])
}
