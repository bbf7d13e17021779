//! The mosquitto broker and its command line clients, the reference peers.

use std::{
    collections::VecDeque,
    env, fs,
    io::{BufRead, BufReader, Lines},
    path::{Path, PathBuf},
    process::{ChildStdout, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use tempfile::TempDir;

use crate::{
    process::{self, Running},
    trouble::{Result, Trouble},
    wait::{self, Look},
};

/// A mosquitto broker on a loopback port of its own.
#[derive(Debug)]
pub struct Mosquitto {
    port: u16,
    folder: TempDir,
    binary: PathBuf,
    logs: bool,
    running: Option<Running>,
}

impl Mosquitto {
    /// Starts one that lets everybody in and keeps nothing on disk.
    pub fn start() -> Result<Self> {
        Self::start_with("allow_anonymous true\npersistence false\n")
    }

    /// Starts one with these lines of configuration beside its listener.
    pub fn start_with(configuration: &str) -> Result<Self> {
        Self::start_logging(configuration, true)
    }

    /// Starts one that logs nothing, to be measured.
    pub fn start_quiet(configuration: &str) -> Result<Self> {
        Self::start_logging(configuration, false)
    }

    fn start_logging(configuration: &str, logs: bool) -> Result<Self> {
        let binary = locate()?;
        let folder = TempDir::new().map_err(Trouble::io("making a folder for mosquitto"))?;
        let mut broker = Self { port: 0, folder, binary, logs, running: None };
        // Another program may take the port between finding and using it.
        for _ in 0..5 {
            broker.port = process::free_port()?;
            let text = format!(
                "listener {} 127.0.0.1\nuser root\nmax_queued_messages 0\n{configuration}",
                broker.port
            );
            fs::write(broker.configuration(), text)
                .map_err(Trouble::io("configuring mosquitto"))?;
            if broker.restart().is_ok() {
                return Ok(broker);
            }
        }
        Err(Trouble::Unexpected(format!("mosquitto does not start:\n{}", broker.log())))
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.running.as_ref().map(Running::id)
    }

    /// Kills it, as a crash would.
    pub fn kill(&mut self) {
        self.running = None;
    }

    /// Starts it again on the same port, with nothing remembered unless its configuration says so.
    pub fn restart(&mut self) -> Result {
        self.running = None;
        let log =
            fs::File::create(self.log_file()).map_err(Trouble::io("making a log for mosquitto"))?;
        let mut command = Command::new(&self.binary);
        command
            .args(self.logs.then_some("-v"))
            .arg("-c")
            .arg(self.configuration())
            .stdout(Stdio::null())
            .stderr(log);
        let running = self.running.insert(Running::start(&mut command)?);
        let port = self.port;
        wait::until("mosquitto listening", Duration::from_secs(5), || match running.ended() {
            Some(status) => Err(Trouble::Unexpected(format!("mosquitto ended with {status}"))),
            None if process::is_listening(port) => Ok(Look::Found(())),
            None => Ok(Look::NotYet("nothing on its port".to_owned())),
        })
    }

    /// What it logged since it was started: every packet.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn configuration(&self) -> PathBuf {
        self.folder.path().join("mosquitto.conf")
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

/// Publishes with `mosquitto_pub` to a loopback port and waits until it is done.
///
/// `arguments` are its own, e.g. `["-t", "a", "-m", "1", "-q", "2"]`.
pub fn publish(port: u16, arguments: &[&str]) -> Result {
    let program = client("mosquitto_pub")?;
    let output = Command::new(program)
        .args(["-h", "127.0.0.1", "-p", &port.to_string()])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(Trouble::io("running mosquitto_pub"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Trouble::Unexpected(format!("mosquitto_pub ended with {}: {}", output.status, said.trim())))
}

/// A message as `mosquitto_sub` saw it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Seen {
    /// The topic.
    pub topic: String,
    /// The quality of service it was delivered with.
    pub qos: u8,
    /// Whether it was a retained message.
    pub retained: bool,
    /// The payload.
    pub payload: Vec<u8>,
}

/// A running `mosquitto_sub` whose subscription the broker has confirmed.
#[derive(Debug)]
pub struct Subscriber {
    lines: mpsc::Receiver<String>,
    early: VecDeque<Seen>,
    _running: Running,
}

impl Subscriber {
    /// Subscribes on a loopback port; `arguments` are its own, e.g. `["-t", "a/#", "-q", "1"]`.
    pub fn start(port: u16, arguments: &[&str]) -> Result<Self> {
        let program = client("mosquitto_sub")?;
        // It fills a block before it writes to a pipe, unless it is told to write lines.
        let mut command = Command::new("stdbuf");
        command
            .arg("--output=L")
            .arg(program)
            .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-d", "-F", "message %t %q %r %x"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut running = Running::start(&mut command)?;
        let stdout = running.child().stdout.take();
        let lines = stdout.map(BufReader::new).map(BufRead::lines).map(follow);
        let lines =
            lines.ok_or_else(|| Trouble::Unexpected("mosquitto_sub has no output".to_owned()))?;
        let mut subscriber = Self { lines, early: VecDeque::new(), _running: running };
        // What a kept session missed comes before the answer to its subscription.
        loop {
            let line = subscriber.line("the subscription", Duration::from_secs(10))?;
            if line.starts_with("Subscribed") {
                return Ok(subscriber);
            }
            subscriber.early.extend(parse(&line));
        }
    }

    /// The next message.
    pub fn next(&mut self, patience: Duration) -> Result<Seen> {
        if let Some(seen) = self.early.pop_front() {
            return Ok(seen);
        }
        loop {
            if let Some(seen) = parse(&self.line("a message", patience)?) {
                return Ok(seen);
            }
        }
    }

    fn line(&self, what: &str, patience: Duration) -> Result<String> {
        self.lines.recv_timeout(patience).map_err(|_| Trouble::TooLate {
            what: what.to_owned(),
            seconds: patience.as_secs(),
            last: "silence".to_owned(),
        })
    }
}

/// Reads lines on a thread of their own, which ends with the program.
fn follow(lines: Lines<BufReader<ChildStdout>>) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::sync_channel(1024);
    thread::spawn(move || {
        for line in lines.map_while(std::io::Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// `message plant/1 1 0 6869` → what was seen. The topic may contain spaces.
fn parse(line: &str) -> Option<Seen> {
    let mut words = line.strip_prefix("message ")?.rsplitn(4, ' ');
    let (payload, retained, qos, topic) =
        (words.next()?, words.next()?, words.next()?, words.next()?);
    let payload = (0..payload.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(payload.get(at..at + 2)?, 16).ok());
    Some(Seen {
        topic: topic.to_owned(),
        qos: qos.parse().ok()?,
        retained: retained == "1",
        payload: payload.collect::<Option<_>>()?,
    })
}

fn client(name: &str) -> Result<PathBuf> {
    process::find(name).ok_or_else(|| Trouble::Missing { what: name.to_owned(), advice: ADVICE })
}

fn locate() -> Result<PathBuf> {
    let named = env::var_os("TOPICSCOPE_MOSQUITTO").map(PathBuf::from);
    let unpacked =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/xtask/mosquitto/usr/sbin/mosquitto");
    named
        .into_iter()
        .chain(process::find("mosquitto"))
        .chain([unpacked])
        .find(|binary| binary.is_file())
        .ok_or_else(|| Trouble::Missing { what: "mosquitto".to_owned(), advice: ADVICE })
}

const ADVICE: &str = "`cargo xtask setup` fetches it (it leaves no service behind)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_of_mosquitto_sub_is_read_with_spaces_in_the_topic() {
        let seen = parse("message a b/c 2 1 00ff");

        let wanted = Seen { topic: "a b/c".into(), qos: 2, retained: true, payload: vec![0, 255] };
        assert_eq!(seen, Some(wanted));
    }

    #[test]
    fn message_without_payload_is_read() {
        assert_eq!(parse("message a 0 0 ").map(|seen| seen.payload), Some(Vec::new()));
    }
}
