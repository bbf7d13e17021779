//! `tscope` as a script sees it: lines, exit codes, signals.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "support of tests")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{Child, Command, Output, Stdio},
};

const TSCOPE: &str = env!("CARGO_BIN_EXE_tscope");

/// A running `tscope broker`, ended when the test ends.
struct Broker {
    process: Child,
    address: String,
}

impl Broker {
    fn start() -> Self {
        let mut process = Command::new(TSCOPE)
            .args(["broker", "--tcp", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening tcp ").unwrap().to_owned();
        Self { process, address }
    }

    fn signal(&mut self, name: &str) -> Option<i32> {
        let id = self.process.id().to_string();
        Command::new("kill").args(["-s", name, &id]).status().unwrap();
        self.process.wait().unwrap().code()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn tscope(arguments: &[&str]) -> Output {
    Command::new(TSCOPE).args(arguments).output().unwrap()
}

fn subscriber(broker: &Broker, arguments: &[&str]) -> Child {
    let mut command = Command::new(TSCOPE);
    command.arg("sub").arg(&broker.address).args(arguments);
    command.stdout(Stdio::piped()).spawn().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_retained_message_is_printed_with_its_topic() {
    let broker = Broker::start();

    let sent = tscope(&["pub", &broker.address, "-t", "plant/1", "-m", "21.5", "-q", "1", "-r"]);
    let seen = subscriber(&broker, &["-t", "plant/#", "-C", "1"]).wait_with_output().unwrap();

    assert!(sent.status.success(), "{}", text(&sent.stderr));
    assert_eq!(text(&seen.stdout), "plant/1 21.5\n");
    assert_eq!(seen.status.code(), Some(0));
}

#[test]
fn json_lines_carry_flags_and_bytes_that_are_not_text() {
    let broker = Broker::start();
    let mut sender = Command::new(TSCOPE)
        .args(["pub", &broker.address, "-t", "raw", "-f", "-", "-q", "2", "-r"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    sender.stdin.take().unwrap().write_all(&[0xff, 0]).unwrap();
    assert!(sender.wait().unwrap().success());

    let arguments = ["-t", "raw", "-q", "2", "-C", "1", "--json", "-V", "3.1.1"];
    let seen = subscriber(&broker, &arguments).wait_with_output().unwrap();

    let line: serde_json::Value = serde_json::from_slice(&seen.stdout).unwrap();
    assert_eq!(line["payload_base64"], "/wA=");
    assert_eq!((&line["qos"], &line["retain"]), (&2.into(), &true.into()));
}

#[test]
fn a_broker_ends_cleanly_on_interrupt_and_on_terminate() {
    for signal in ["INT", "TERM"] {
        assert_eq!(Broker::start().signal(signal), Some(0), "{signal}");
    }
}

#[test]
fn a_subscriber_says_that_the_connection_was_lost_and_fails() {
    let mut broker = Broker::start();
    tscope(&["pub", &broker.address, "-t", "ready", "-m", "yes", "-r"]);
    let mut child = subscriber(&broker, &["-t", "ready"]);
    let mut first = [0];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();

    broker.signal("TERM");
    let ended = child.wait().unwrap();

    assert_eq!(ended.code(), Some(5));
}

#[test]
fn what_cannot_work_is_explained_with_an_exit_code_for_its_kind() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    let taken = tscope(&["broker", "--tcp", &address]);
    drop(free);
    let unreachable = tscope(&["pub", &address, "-t", "a", "-m", "1"]);
    let bad_url = tscope(&["sub", "http://127.0.0.1", "-t", "a"]);
    let bad_filter = tscope(&["sub", &address, "-t", "a/#/b"]);

    for (output, code, words) in [
        (taken, 6, "cannot start"),
        (unreachable, 3, "refused the connection"),
        (bad_url, 2, "http:// is not MQTT"),
        (bad_filter, 2, "wildcard"),
    ] {
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(words), "{said}");
    }
}
