//! `cargo xtask run`: from a fresh checkout to the open window.

use std::{
    env,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use crate::{
    display::VirtualDisplay,
    failure::{Failure, Outcome},
    project::Project,
    screenshot,
    setup::{
        node,
        packages::{self, Purpose},
    },
    steps::{self, Done, Kind, Step},
    tool::{self, Companion},
};

/// What the person asked for.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Options {
    release: bool,
    exit_after_screenshot: bool,
}

impl Options {
    /// Reads the words after `run`.
    pub(crate) fn parse(words: &[&str]) -> Outcome<Self> {
        let mut options = Self::default();
        for word in words {
            match *word {
                "--release" => options.release = true,
                "--exit-after-screenshot" => options.exit_after_screenshot = true,
                other => {
                    return Err(Failure::new(format!("`run` has no option `{other}`"))
                        .advice("`cargo xtask help` lists what it has"));
                }
            }
        }
        Ok(options)
    }
}

/// Sets up, builds and starts the application, and stays until its window is closed.
pub(crate) fn run(project: &Project, options: &Options) -> Outcome {
    let build: fn(&Project) -> Outcome<Done> =
        if options.release { build_release } else { build_debug };
    let steps = [
        Step { name: "System packages", kind: Kind::SetUp, action: system_packages },
        Step { name: "Node packages", kind: Kind::SetUp, action: node::packages },
        Step { name: "Pages of the window", kind: Kind::SetUp, action: node::pages },
        Step {
            name: "Topicscope itself (minutes the first time)",
            kind: Kind::SetUp,
            action: build,
        },
    ];
    steps::run(project, &steps).into_outcome()?;
    let binary = project.binary("topicscope", options.release);
    if packages::has_display() {
        println!("\nTopicscope is running; close its window to end it");
        let mut app = Companion::start(&binary, |_| {})?;
        return wait(&mut app);
    }
    let display = VirtualDisplay::start(project)?;
    println!(
        "\nthere is no display: Topicscope is running on the virtual display {}",
        display.name()
    );
    let mut app = Companion::start(&binary, |command| on_display(command, &display))?;
    let picture = project.artifacts()?.join("run.png");
    thread::sleep(Duration::from_millis(500));
    screenshot::take(&display.picture(), &picture, PATIENCE)?;
    if let Some(status) = app.ended() {
        return Err(Failure::new(format!("Topicscope ended by itself ({status})"))
            .advice("read what it said above"));
    }
    println!("screenshot: {}", picture.display());
    if options.exit_after_screenshot || env::var_os("CI").is_some() {
        return Ok(());
    }
    println!("end it with Ctrl+C");
    wait(&mut app)
}

/// How long the window may take to show something.
const PATIENCE: Duration = Duration::from_secs(20);

fn system_packages(_: &Project) -> Outcome<Done> {
    if packages::has_display() {
        packages::ensure(&[Purpose::Build])
    } else {
        packages::ensure(&[Purpose::Build, Purpose::Display])
    }
}

fn build_debug(project: &Project) -> Outcome<Done> {
    tool::run(&mut tool::cargo(
        project,
        ["build", "--package", "topicscope", "--bin", "topicscope"],
    ))?;
    Ok(Done::Well)
}

fn build_release(project: &Project) -> Outcome<Done> {
    tool::run(&mut tool::cargo(
        project,
        ["build", "--release", "--package", "topicscope", "--bin", "topicscope"],
    ))?;
    Ok(Done::Well)
}

fn on_display(command: &mut Command, display: &VirtualDisplay) {
    command.env("DISPLAY", display.name()).env("GDK_BACKEND", "x11");
}

fn wait(app: &mut Companion) -> Outcome {
    let started = Instant::now();
    let status =
        app.child().wait().map_err(|error| Failure::io("waiting for Topicscope", &error))?;
    if status.success() {
        return Ok(());
    }
    let seconds = started.elapsed().as_secs();
    Err(Failure::new(format!("Topicscope ended with {status} after {seconds} s"))
        .advice("read what it said above"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_unknown_ones_refused() {
        let wanted = Options { release: true, exit_after_screenshot: true };

        assert_eq!(Options::parse(&["--release", "--exit-after-screenshot"]).unwrap(), wanted);
        assert!(Options::parse(&["--relaese"]).is_err());
    }
}
