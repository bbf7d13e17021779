//! A command as a list of named steps, with progress, durations and a table at the end.

use std::time::{Duration, Instant};

use crate::{
    failure::{Failure, Outcome},
    project::Project,
    tally::Tally,
};

/// One thing to do.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) action: fn(&Project) -> Outcome<Done>,
}

/// What a failure of a step means for the steps after it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// The others need it: a failure ends the command.
    SetUp,
    /// The others are worth running all the same.
    Check,
}

/// How a step ended that did not fail outright.
pub(crate) enum Done {
    /// It did its work.
    Well,
    /// There was nothing to do, for this reason.
    NotNeeded(&'static str),
    /// It ran tests.
    Tests(Tally),
}

/// What all steps together came to.
pub(crate) struct Report {
    lines: Vec<Line>,
}

struct Line {
    name: &'static str,
    result: String,
    failed: bool,
    tally: Tally,
    took: Duration,
}

/// Runs the steps in order. A failed check does not hide what comes after it.
pub(crate) fn run(project: &Project, steps: &[Step]) -> Report {
    let mut lines = Vec::with_capacity(steps.len());
    for (index, step) in steps.iter().enumerate() {
        let number = format!("[{}/{}]", index + 1, steps.len());
        println!("\n{number} {}", step.name);
        let started = Instant::now();
        let outcome = (step.action)(project);
        let line = Line::new(step.name, outcome, started.elapsed());
        println!("{number} {}: {} ({})", step.name, line.result, in_words(line.took));
        let stop = line.failed && step.kind == Kind::SetUp;
        lines.push(line);
        if stop {
            break;
        }
    }
    Report { lines }
}

impl Report {
    /// Every test that ran; a step that failed otherwise counts as one failure.
    pub(crate) fn tally(&self) -> Tally {
        self.lines.iter().fold(Tally::default(), |sum, line| sum + line.tally)
    }

    /// Prints how long each step took.
    pub(crate) fn print(&self) {
        let width = self.lines.iter().map(|line| line.name.chars().count()).max().unwrap_or(0);
        println!();
        for line in &self.lines {
            println!("  {:<width$}  {:>10}  {}", line.name, in_words(line.took), line.result);
        }
        let total = self.lines.iter().map(|line| line.took).sum();
        println!("  {:<width$}  {:>10}", "all", in_words(total));
    }

    /// An error naming the steps that failed.
    pub(crate) fn into_outcome(self) -> Outcome {
        let failed: Vec<_> =
            self.lines.iter().filter(|line| line.failed).map(|line| line.name).collect();
        if failed.is_empty() {
            return Ok(());
        }
        Err(Failure::new(format!("failed: {}", failed.join(", ")))
            .advice("read the first failure above; each step can be run by itself, see README.md"))
    }
}

impl Line {
    fn new(name: &'static str, outcome: Outcome<Done>, took: Duration) -> Self {
        let (result, failed, tally) = match outcome {
            Ok(Done::Well) => ("ok".to_owned(), false, Tally::default()),
            Ok(Done::NotNeeded(why)) => (why.to_owned(), false, Tally::default()),
            Ok(Done::Tests(tally)) => (
                format!("{} passed, {} failed", tally.passed, tally.failed),
                tally.failed > 0,
                tally,
            ),
            Err(failure) => {
                eprintln!("{failure}");
                ("FAILED".to_owned(), true, Tally { passed: 0, failed: 1 })
            }
        };
        Self { name, result, failed, tally, took }
    }
}

fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds >= 60 {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_check_does_not_stop_the_next_step_and_fails_the_command() {
        let steps = [
            Step { name: "one", kind: Kind::Check, action: |_| Err(Failure::new("broken")) },
            Step {
                name: "two",
                kind: Kind::Check,
                action: |_| Ok(Done::Tests(Tally { passed: 4, failed: 0 })),
            },
        ];

        let report = run(&Project::find().unwrap(), &steps);

        assert_eq!(report.tally(), Tally { passed: 4, failed: 1 });
        assert!(report.into_outcome().unwrap_err().to_string().contains("failed: one"));
    }

    #[test]
    fn failed_set_up_stops_everything() {
        let steps = [
            Step { name: "one", kind: Kind::SetUp, action: |_| Err(Failure::new("broken")) },
            Step {
                name: "two",
                kind: Kind::Check,
                action: |_| Ok(Done::Tests(Tally { passed: 4, failed: 0 })),
            },
        ];

        let report = run(&Project::find().unwrap(), &steps);

        assert_eq!(report.tally(), Tally { passed: 0, failed: 1 });
    }
}
