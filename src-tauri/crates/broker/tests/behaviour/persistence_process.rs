//! Brokers in processes of their own: killed in the middle of traffic, and out of disk space.
#![cfg(target_os = "linux")]

use std::{
    env,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use broker::{Broker, BrokerEvent, Limits, StoreNotice};
use bytes::BytesMut;
use tempfile::TempDir;
use wire::{Packet, PacketId, Version, packet::Publish};

use crate::{
    lives::{End, config, live},
    peer::{Peer, QOS1, QOS2, ack, connect, persistent, publish},
};

/// Tells the process to be a broker, and where its store is.
const VICTIM: &str = "BROKER_TEST_VICTIM";

fn roomy(store: &Path) -> broker::BrokerConfig {
    let limits = Limits { queued_messages: 1_000_000, ..Limits::default() };
    broker::BrokerConfig { limits, ..config(store) }
}

#[tokio::test]
#[ignore = "it is the process that other tests start and kill"]
async fn victim() {
    let Ok(store) = env::var(VICTIM) else { return };
    let broker = Broker::open(roomy(Path::new(&store))).await;
    assert_eq!(broker.notices(), []);
    let mut events = broker.events();
    let listener = broker.listen_tcp(([127, 0, 0, 1], 0).into()).unwrap();
    say(&format!("port {}", listener.address.port()));
    // Bounded, should nobody kill it.
    let watch = async {
        loop {
            match events.recv().await {
                Ok(BrokerEvent::Store(StoreNotice::Paused { .. })) => say("paused"),
                Ok(BrokerEvent::Store(StoreNotice::Resumed)) => say("resumed"),
                _ => {}
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_mins(2), watch).await;
}

fn say(line: &str) {
    writeln!(std::io::stdout().lock(), "victim: {line}").unwrap();
}

struct Victim {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Victim {
    fn start(store: &Path) -> Self {
        Self::from(Command::new(env::current_exe().unwrap()), store)
    }

    /// One that can make no file longer than `blocks` times 512 bytes.
    fn with_file_limit(store: &Path, blocks: u32) -> Self {
        let mut command = Command::new("sh");
        let script = format!("trap '' XFSZ; ulimit -S -f {blocks}; exec \"$0\" \"$@\"");
        command.arg("-c").arg(script).arg(env::current_exe().unwrap());
        Self::from(command, store)
    }

    fn from(mut command: Command, store: &Path) -> Self {
        let mut child = command
            .args(["--exact", "persistence_process::victim", "--ignored", "--nocapture"])
            .env(VICTIM, store)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    /// What it says that begins with `start`.
    fn wait_for(&mut self, start: &str) -> String {
        let mut line = String::new();
        while self.output.read_line(&mut line).unwrap() > 0 {
            if let Some((_, rest)) = line.split_once(&format!("victim: {start}")) {
                return rest.trim().to_owned();
            }
            line.clear();
        }
        panic!("it never said {start}");
    }

    fn dial(&mut self) -> Client {
        let port: u16 = self.wait_for("port").parse().unwrap();
        Client::dial(port)
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A publisher of 3.1.1 over TCP.
struct Client(TcpStream);

impl Client {
    fn dial(port: u16) -> Self {
        let mut client = Self(TcpStream::connect(("127.0.0.1", port)).unwrap());
        client.send(&Packet::Connect(Box::new(connect(Version::V311, "publisher"))));
        assert_eq!(client.answer(), [0x20, 2, 0, 0]);
        client
    }

    fn send(&mut self, packet: &Packet) {
        let mut bytes = BytesMut::new();
        wire::encode(packet, Version::V311, &mut bytes).unwrap();
        self.0.write_all(&bytes).unwrap();
    }

    /// The next four bytes: every answer here has that size.
    fn answer(&mut self) -> [u8; 4] {
        let mut answer = [0; 4];
        self.0.read_exact(&mut answer).unwrap();
        answer
    }

    /// Publishes numbered messages and returns when all are acknowledged.
    fn publish(&mut self, numbers: std::ops::Range<u32>, size: usize) {
        for number in numbers.clone() {
            self.send(&Packet::Publish(numbered(number, size)));
        }
        for _ in numbers {
            assert_eq!(self.answer()[..2], [0x40, 2]);
        }
    }
}

fn numbered(number: u32, size: usize) -> Publish {
    let id = PacketId::new(u16::try_from(number % 60_000 + 1).unwrap());
    Publish { packet_id: id, ..publish("t", &format!("{number:0size$}"), QOS1) }
}

/// Makes the session everything waits in.
fn subscribe(store: &Path) {
    live(roomy(store), End::Stop, async |broker| {
        let mut peer = Peer::join(broker, persistent(Version::V311, "s")).await;
        peer.subscribe("t", QOS2).await;
    });
}

/// Receives and acknowledges all that waits.
fn collect(store: &Path) -> Vec<u32> {
    live(roomy(store), End::Stop, async |broker| {
        assert_eq!(broker.notices(), []);
        let mut peer = Peer::join(broker, persistent(Version::V311, "s")).await;
        let mut numbers = Vec::new();
        while let Some(packet) = peer.receive().await {
            let Packet::Publish(message) = packet else { panic!("{packet:?}") };
            peer.send(Packet::PubAck(ack(message.packet_id.unwrap().get()))).await;
            numbers.push(std::str::from_utf8(&message.payload).unwrap().parse().unwrap());
        }
        numbers
    })
}

#[test]
fn every_acknowledged_message_is_there_after_the_broker_was_killed() {
    let folder = TempDir::new().unwrap();
    subscribe(folder.path());

    for round in 1..=3 {
        let mut victim = Victim::start(folder.path());
        let mut client = victim.dial();
        let mut acknowledged = 0;
        for burst in 0..10 * round {
            client.publish(burst * 100..(burst + 1) * 100, 1);
            acknowledged = (burst + 1) * 100;
        }
        // And some whose answers nobody waits for.
        for number in acknowledged..acknowledged + 50 {
            client.send(&Packet::Publish(numbered(number, 1)));
        }
        victim.kill();

        let found = collect(folder.path());

        let count = u32::try_from(found.len()).unwrap();
        assert!((acknowledged..=acknowledged + 50).contains(&count), "round {round}: {count}");
        assert_eq!(found, (0..count).collect::<Vec<_>>(), "round {round}");
    }
}

#[test]
fn a_full_disk_pauses_the_store_and_what_was_kept_in_memory_is_stored_afterwards() {
    let folder = TempDir::new().unwrap();
    subscribe(folder.path());
    let mut victim = Victim::with_file_limit(folder.path(), 512);
    let mut client = victim.dial();

    client.publish(0..400, 1_000);
    victim.wait_for("paused");
    client.publish(400..500, 1_000);
    let id = victim.child.id().to_string();
    let raised = Command::new("prlimit").args(["--pid", &id, "--fsize=unlimited"]).status();
    assert!(raised.unwrap().success());
    victim.wait_for("resumed");
    client.publish(500..600, 1_000);
    victim.kill();

    assert_eq!(collect(folder.path()), (0..600).collect::<Vec<_>>());
}
