//! Plays the cases against a broker at an address: `conformance --target HOST:PORT`.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::{
    net::{SocketAddr, ToSocketAddrs},
    process::ExitCode,
};

use conformance::{Case, Outcome, Suite, Version, play_at};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = Options::parse(&arguments).and_then(|options| run(&options));
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

const USAGE: &str = "\
cargo xtask conformance --target HOST:PORT [--version 5|3.1.1|3.1] [--only NAME] [--failed]
  --only NAME   only cases with NAME in their name or among their statements
  --failed      print only the cases that fail";

struct Options {
    target: SocketAddr,
    version: Option<Version>,
    only: Option<String>,
    failed_only: bool,
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self, String> {
        let (mut target, mut version, mut only, mut failed_only) = (None, None, None, false);
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            match &**argument {
                "--target" => {
                    let value = value()?;
                    let mut addresses =
                        value.to_socket_addrs().map_err(|error| format!("{value}: {error}"))?;
                    target = addresses.next();
                }
                "--version" => {
                    let value = value()?;
                    let found = Version::of_folder(&format!("v{value}"));
                    version = Some(found.ok_or(format!("no version is called {value}"))?);
                }
                "--only" => only = Some(value()?.clone()),
                "--failed" => failed_only = true,
                other => return Err(format!("`{other}` is not an option")),
            }
        }
        let target = target.ok_or("--target is missing")?;
        Ok(Self { target, version, only, failed_only })
    }

    fn chooses(&self, case: &Case) -> bool {
        self.version.is_none_or(|version| version == case.version)
            && self.only.as_ref().is_none_or(|only| {
                case.name.contains(only) || case.statements.iter().any(|number| number == only)
            })
    }
}

fn run(options: &Options) -> Result<bool, String> {
    let suite = Suite::read().map_err(|mistake| mistake.to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let (mut passed, mut failed, mut not_run) = (0, 0, 0);
    for case in suite.cases().filter(|case| options.chooses(case)) {
        let (word, detail) = match runtime.block_on(play_at(case, options.target)) {
            Outcome::Passed => {
                passed += 1;
                ("pass", String::new())
            }
            Outcome::Failed(why) => {
                failed += 1;
                ("FAIL", format!("\n      {why}"))
            }
            Outcome::NotRun(why) => {
                not_run += 1;
                ("  --", format!(" ({why})"))
            }
        };
        if !options.failed_only || word == "FAIL" {
            println!("{word}  {} [{}]{detail}", case.name, case.statements.join(" "));
        }
    }
    println!("\n{passed} passed, {failed} failed, {not_run} not run");
    Ok(failed == 0)
}
