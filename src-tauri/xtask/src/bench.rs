//! `cargo xtask bench`: what an optimised build does on this machine.

use std::{fs, process::Command};

use crate::{
    failure::{Failure, Outcome},
    project::Project,
    setup::{
        mosquitto, node,
        packages::{self, Purpose},
    },
    steps::{self, Done, Kind, Step},
    tool,
};

/// Runs the benchmarks named, or all of them.
pub(crate) fn bench(project: &Project, names: &[&str]) -> Outcome {
    if let Some(unknown) = names.iter().find(|name| BENCHES.iter().all(|step| step.name != **name))
    {
        let known: Vec<&str> = BENCHES.iter().map(|step| step.name).collect();
        return Err(Failure::new(format!("there is no benchmark `{unknown}`"))
            .advice(format!("name some of: {}", known.join(", "))));
    }
    print_machine(project);
    let chosen: Vec<Step> = BENCHES
        .iter()
        .filter(|step| names.is_empty() || names.contains(&step.name))
        .copied()
        .collect();
    let report = steps::run(project, &chosen);
    report.print();
    report.into_outcome()
}

const BENCHES: &[Step] = &[
    Step {
        name: "codec",
        kind: Kind::Check,
        action: |project| example(project, "wire", "codec_bench"),
    },
    Step {
        name: "ingest",
        kind: Kind::Check,
        action: |project| example(project, "history", "ingest"),
    },
    Step {
        name: "throughput",
        kind: Kind::Check,
        action: |project| example(project, "broker", "throughput"),
    },
    Step {
        name: "session",
        kind: Kind::Check,
        action: |project| example(project, "session", "session_throughput"),
    },
    Step { name: "broker", kind: Kind::Check, action: brokers },
    Step { name: "moments", kind: Kind::Check, action: |project| real_window(project, "moments") },
    Step { name: "flood", kind: Kind::Check, action: |project| real_window(project, "flood") },
];

fn example(project: &Project, package: &str, name: &str) -> Outcome<Done> {
    let arguments = ["run", "--release", "--quiet", "--package", package, "--example", name];
    tool::run(&mut tool::cargo(project, arguments))?;
    Ok(Done::Well)
}

/// The local broker beside Mosquitto.
fn brokers(project: &Project) -> Outcome<Done> {
    mosquitto::ensure(project)?;
    tool::run(&mut tool::cargo(project, ["build", "--release", "--package", "cli"]))?;
    let example = ["run", "--release", "--package", "acceptance", "--example", "brokers"];
    let mut run = tool::cargo(project, example);
    run.env("TOPICSCOPE_CLI", project.binary("tscope", true));
    if let Some(binary) = mosquitto::locate(project) {
        run.env(mosquitto::VARIABLE, binary);
    }
    tool::run(&mut run)?;
    Ok(Done::Well)
}

/// A benchmark that drives the real window.
fn real_window(project: &Project, name: &str) -> Outcome<Done> {
    packages::ensure(&[Purpose::Build, Purpose::Display, Purpose::Test])?;
    node::packages(project)?;
    node::pages(project)?;
    let both = [
        "build",
        "--release",
        "--package",
        "topicscope",
        "--package",
        "acceptance",
        "--bins",
        "--examples",
    ];
    tool::run(&mut tool::cargo(project, both))?;
    let program = project
        .target()
        .join("release/examples")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let app = project.binary("topicscope", true);
    tool::run(Command::new(program).current_dir(project.root()).env("TOPICSCOPE_APP", app))?;
    Ok(Done::Well)
}

/// Figures mean nothing without the machine they were taken on.
fn print_machine(project: &Project) {
    let cpu = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let system = fs::read_to_string("/etc/os-release").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
        Some(line.trim_matches('"').to_owned())
    });
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let describe = ["describe", "--always", "--dirty", "--abbrev=12"];
    let commit = tool::capture(Command::new("git").args(describe).current_dir(project.root()));
    println!("cpu     {} ({cores} cores)", cpu.as_deref().unwrap_or(std::env::consts::ARCH));
    println!("system  {}", system.as_deref().unwrap_or(std::env::consts::OS));
    println!("commit  {}", commit.as_deref().map_or("unknown", str::trim));
}
