//! A process that is killed loses nothing that was completed.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "only tests are here")]

mod support;

use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use history::{History, OpenMode, Record};
use support::message;

/// Tells the process to be the one that is killed, and where to write.
const VICTIM: &str = "HISTORY_TEST_VICTIM";

#[tokio::test]
async fn every_completed_message_is_there_after_the_process_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let mut completed = 0;

    for round in 1..=3 {
        let victim = Victim::start(path.to_str().unwrap());
        completed = victim.kill_after(completed + 4000 * round);

        let history = History::open(&path, OpenMode::ReadWrite).await.unwrap();
        let connection = history.connection("bench").await.unwrap();
        let bounds = history.bounds(connection).await.unwrap().unwrap();
        let mut found = Vec::new();
        for from in (1..=completed).step_by(1000) {
            for row in history.page(connection, from, 1000).await.unwrap() {
                assert_eq!(row.head, format!("message {}", row.seq));
                found.push(row.seq);
            }
        }
        history.close().await;

        assert!(bounds.last >= completed);
        found.retain(|seq| *seq <= completed);
        assert_eq!(found, (1..=completed).collect::<Vec<_>>(), "round {round}");
    }
}

#[tokio::test]
#[ignore = "it is the process that the other test starts and kills"]
async fn victim() {
    let Ok(path) = env::var(VICTIM) else { return };
    let history = History::open(path, OpenMode::ReadWrite).await.unwrap();
    let connection = history.connection("bench").await.unwrap();
    let first = history.bounds(connection).await.unwrap().map_or(1, |bounds| bounds.last + 1);
    let writer = history.writer();
    // Bounded, should nobody kill it.
    for seq in first..first + 5_000_000 {
        writer.ready().await;
        let committed = Box::new(move |outcome: Result<(), _>| {
            outcome.unwrap();
            let _ = writeln!(std::io::stdout().lock(), "completed {seq}");
        });
        let message = Arc::new(message(seq, format!("message {seq}")));
        writer.submit(Record { connection, message, committed: Some(committed) }).unwrap();
    }
}

struct Victim(Child);

impl Victim {
    fn start(path: &str) -> Self {
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "victim", "--ignored", "--nocapture"])
            .env(VICTIM, path)
            .stdout(Stdio::piped())
            .spawn();
        Self(child.unwrap())
    }

    /// Kills it as soon as it has completed message `seq`; the last it reported.
    fn kill_after(mut self, seq: u64) -> u64 {
        let mut last = 0;
        let mut killed = false;
        for line in BufReader::new(self.0.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            // The last line may be cut.
            if let Some(Ok(completed)) = line.strip_prefix("completed ").map(str::parse::<u64>) {
                last = if completed > last { completed } else { last };
            }
            if last >= seq && !killed {
                self.0.kill().unwrap();
                killed = true;
            }
        }
        self.0.wait().unwrap();
        assert!(killed, "it ended by itself after {last}");
        last
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
