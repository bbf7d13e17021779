//! Other programs: finding, running, listening to them.

use std::{
    env,
    ffi::OsStr,
    io::{self, BufRead, BufReader, IsTerminal, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use crate::{
    failure::{Failure, Outcome},
    project::Project,
    tally::Tally,
};

/// A command line of cargo, the one that runs us, in the root folder.
pub(crate) fn cargo<const N: usize>(project: &Project, arguments: [&str; N]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(project.root());
    command
}

/// A command line of npm in the `ui` folder.
pub(crate) fn npm<const N: usize>(project: &Project, arguments: [&str; N]) -> Command {
    npm_in(&project.ui(), arguments)
}

/// A command line of npm in another folder.
pub(crate) fn npm_in<const N: usize>(folder: &Path, arguments: [&str; N]) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.args(arguments).current_dir(folder);
    command
}

/// Where a program is: on the PATH or where systems hide the ones for administrators.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let hidden = ["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from);
    env::split_paths(&path)
        .chain(hidden)
        .map(|folder| folder.join(format!("{program}{}", env::consts::EXE_SUFFIX)))
        .find(|candidate| candidate.is_file())
}

/// Runs a command that talks to the person directly.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let status =
        command.stdin(Stdio::null()).status().map_err(|error| not_started(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!("`{}` failed ({status})", shown(command))))
    }
}

/// Runs a command quietly and returns what it printed.
pub(crate) fn capture(command: &mut Command) -> Outcome<String> {
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| not_started(command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!("`{}` failed ({}): {}", shown(command), output.status, said.trim())))
}

/// Whether a command can be run and ends well; what it prints is thrown away.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a test program: passes on what it prints and counts the tests it says it ran.
///
/// A command that fails without naming a failed test counts as one failed test.
pub(crate) fn run_tests(command: &mut Command) -> Outcome<Tally> {
    if io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always").env("FORCE_COLOR", "1");
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| not_started(command, &error))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let mut tally = thread::scope(|scope| {
        let said = scope.spawn(|| pass_on(stdout, io::stdout()));
        let complained = pass_on(stderr, io::stderr());
        said.join().unwrap_or_default() + complained
    });
    let status = child
        .wait()
        .map_err(|error| Failure::io(format!("waiting for `{}`", shown(command)), &error))?;
    if !status.success() && tally.failed == 0 {
        tally.failed = 1;
    }
    Ok(tally)
}

/// A child process that does not outlive us: it is ended when this value is dropped and, on Linux,
/// when this program is killed.
pub(crate) struct Companion(Child);

impl Companion {
    /// Starts `program`; `prepare` adds what else the command needs.
    pub(crate) fn start(program: &Path, prepare: impl FnOnce(&mut Command)) -> Outcome<Self> {
        let mut command = match find("setpriv") {
            Some(setpriv) if cfg!(target_os = "linux") => {
                let mut command = Command::new(setpriv);
                command.args(["--pdeathsig", "TERM", "--"]).arg(program);
                command
            }
            _ => Command::new(program),
        };
        command.stdin(Stdio::null());
        prepare(&mut command);
        command.spawn().map(Self).map_err(|error| not_started(&command, &error))
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Whether it has ended, and how.
    pub(crate) fn ended(&mut self) -> Option<std::process::ExitStatus> {
        self.0.try_wait().ok().flatten()
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        if self.ended().is_none() {
            // Failing means that it ended in this moment.
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}

fn pass_on(source: Option<impl Read>, mut sink: impl Write) -> Tally {
    let mut tally = Tally::default();
    let Some(source) = source else { return tally };
    let mut source = BufReader::new(source);
    let mut line = Vec::new();
    while source.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        // A closed terminal is no reason to stop the tests.
        let _ = sink.write_all(&line);
        let _ = sink.flush();
        tally = tally + Tally::of_line(&String::from_utf8_lossy(&line));
        line.clear();
    }
    tally
}

fn not_started(command: &Command, error: &io::Error) -> Failure {
    let program = command.get_program().to_string_lossy();
    Failure::new(format!("`{program}` could not be started: {error}"))
        .advice(format!("check that `{program}` is installed and on the PATH"))
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_stem().unwrap_or(command.get_program());
    let words: Vec<_> =
        std::iter::once(name).chain(command.get_args()).map(OsStr::to_string_lossy).collect();
    words.join(" ")
}
