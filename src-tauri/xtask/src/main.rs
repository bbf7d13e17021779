//! Build, run, check, test and measure Topicscope: `cargo xtask help`.
//!
//! Each command does its own set-up, so a machine with Rust and Node is enough. What a command does
//! is a list of [`steps::Step`]s; each says what it is, how long it took and, when it fails, what to do.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

mod bench;
mod bindings;
mod bundle;
mod check;
mod conformance;
mod display;
mod failure;
mod project;
mod run;
mod screenshot;
mod setup;
mod steps;
mod tally;
mod test;
mod tool;

use std::{env, process::ExitCode};

use failure::{Failure, Outcome};
use project::Project;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match obey(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\n{failure}");
            ExitCode::FAILURE
        }
    }
}

fn obey(arguments: &[String]) -> Outcome {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let project = Project::find()?;
    match words.as_slice() {
        ["run", options @ ..] => run::run(&project, &run::Options::parse(options)?),
        ["test"] => test::test(&project),
        ["setup"] => test::set_up(&project),
        ["check"] => check::check(&project),
        ["check", "--quick"] => check::quick(&project),
        ["bench", names @ ..] => bench::bench(&project, names),
        ["conformance", options @ ..] => conformance::conformance(&project, options),
        ["bindings"] => bindings::write(&project),
        ["bundle", options @ ..] => bundle::bundle(&project, options),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        [other, ..] => {
            Err(Failure::new(format!("`{}` is not a command of xtask", words.join(" ")))
                .advice(format!("`cargo xtask help` lists them; `{other}` may take no options")))
        }
    }
}

const HELP: &str = "\
cargo xtask <command>

  run       Set up, build and start Topicscope. Without a display: on a virtual one, with a screenshot.
              --release                 optimised
              --exit-after-screenshot   on a virtual display, end once the screenshot is written
  test      Everything: set-up, `check`, all tests, the real window. What CI runs.
              With TOPICSCOPE_README_PICTURE set, the picture of README.md is taken anew.
  setup     Only the set-up of `test`: packages, a broker and a browser to test with, the pages.
  check     Format, lints, types, dead code, layering, file length. Nothing is changed.
              --quick                   only what takes no time
  conformance --target HOST:PORT
            Play the cases of tests/conformance against any broker.
              --version 5|3.1.1|3.1     only the cases of this version
              --only NAME               only cases with this in their name, or of this statement
              --failed                  print only what fails
              --table                   instead: write src-tauri/docs/conformance.md
  bindings  Write ui/src/ipc/bindings.ts from the Rust commands.
  bench     Measure an optimised build: all benchmarks, or those named:
              codec ingest throughput session moments flood
  bundle    Build the installers of this system into target/<profile>/bundle.
              --debug                   not optimised, much faster
              --bundles <list>          only these, e.g. deb,rpm
  help      This text.";
