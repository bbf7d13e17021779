//! `tscope` as a process, ended when the test ends.

use std::{
    io::{BufRead as _, BufReader, Lines, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio},
};

use serde_json::Value;

/// Runs a command to its end.
pub(crate) fn tscope(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tscope"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// A running `tscope broker`.
pub(crate) struct Broker {
    process: Child,
    /// Protocol and address of each.
    pub(crate) listeners: Vec<(String, String)>,
    lines: Lines<BufReader<ChildStdout>>,
    input: Option<ChildStdin>,
}

impl Broker {
    /// Starts it; returns when all of its listeners are announced.
    pub(crate) fn start(options: &[&str]) -> Self {
        let mut broker = Self::spawn(options, Stdio::null());
        let wanted = options.iter().filter(|option| LISTENERS.contains(option)).count();
        for _ in 0..wanted {
            let line = broker.lines.next().unwrap().unwrap();
            let mut words = line.strip_prefix("listening ").unwrap().split(' ');
            let (protocol, address) = (words.next().unwrap(), words.next().unwrap());
            broker.listeners.push((protocol.into(), address.into()));
        }
        broker
    }

    /// Starts it with `--json`; returns when its first listener is up.
    pub(crate) fn start_json(options: &[&str]) -> Self {
        let mut broker = Self::spawn(&[options, &["--json"]].concat(), Stdio::piped());
        broker.input = broker.process.stdin.take();
        let up = broker.line(|line| line["event"]["kind"] == "listenerUp");
        let text = |name: &str| up["event"][name].as_str().unwrap().to_owned();
        broker.listeners.push((text("protocol"), text("address")));
        broker
    }

    fn spawn(options: &[&str], input: Stdio) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_tscope"))
            .arg("broker")
            .args(options)
            .stdin(input)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, listeners: Vec::new(), lines, input: None }
    }

    /// The address of its first listener.
    pub(crate) fn tcp(&self) -> String {
        self.listeners[0].1.clone()
    }

    /// The next line that is wanted.
    pub(crate) fn line(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = self.lines.next().unwrap().unwrap();
            let line: Value = serde_json::from_str(&line).unwrap();
            if wanted(&line) {
                return line;
            }
        }
    }

    /// Gives it a command.
    pub(crate) fn tell(&mut self, command: &Value) {
        writeln!(self.input.as_mut().unwrap(), "{command}").unwrap();
    }

    /// Ends it as a crash would.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const LISTENERS: [&&str; 4] = [&"--tcp", &"--tls", &"--ws", &"--wss"];
