//! A store does not grow with what happened, only with what there is.

use std::{fs, path::Path, time::Duration};

use broker::{Broker, StoreStatus};
use bytes::Bytes;
use tempfile::TempDir;
use wire::{Packet, Version};

use crate::{
    lives::{End, config, live},
    peer::{Peer, QOS1, persistent, publish, retained},
};

const PAYLOAD: usize = 64 * 1024;

/// Messages of [`PAYLOAD`] that make the journal longer than it may be.
const MANY: usize = 560;

fn bytes(broker: &Broker) -> u64 {
    match broker.store_status() {
        StoreStatus::On { bytes, .. } => bytes,
        other => panic!("{other:?}"),
    }
}

/// Replaces one retained message again and again, and waits until the journal was replaced too.
async fn churn(broker: &Broker, folder: &Path) {
    let mut publisher = Peer::v5(broker, "churn").await;
    for number in 0..MANY {
        let mut message = retained("big", "");
        message.payload = Bytes::from(vec![u8::try_from(number % 251).unwrap(); PAYLOAD]);
        publisher.send(Packet::Publish(message)).await;
    }
    publisher.publish(publish("q", "after", QOS1)).await;
    // A thread writes the snapshot, and the router hears of it.
    for _ in 0..2_000 {
        if folder.join("snapshot-00000002").exists() && bytes(broker) < 16 << 20 {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
        publisher.sync().await;
    }
    panic!("there is no snapshot: {:?} {:?}", broker.notices(), broker.store_status());
}

fn story(retained_count: usize) {
    let folder = TempDir::new().unwrap();
    let small = live(config(folder.path()), End::Crash, async |broker| {
        let mut sleeper = Peer::join(broker, persistent(Version::V5, "s")).await;
        sleeper.subscribe("q", QOS1).await;
        sleeper.disconnect().await;
        let mut publisher = Peer::v5(broker, "p").await;
        publisher.publish(publish("q", "before", QOS1)).await;
        for number in 0..retained_count {
            publisher.send(Packet::Publish(retained(&format!("r/{number}"), "1"))).await;
        }
        publisher.sync().await;
        churn(broker, folder.path()).await;
        publisher.publish(publish("q", "late", QOS1)).await;
        bytes(broker)
    });
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap()).collect();
    let on_disk: u64 = names.iter().map(|entry| entry.metadata().unwrap().len()).sum();

    let (waiting, count) = live(config(folder.path()), End::Stop, async |broker| {
        assert_eq!(broker.notices(), []);
        let mut sleeper = Peer::join(broker, persistent(Version::V5, "s")).await;
        (sleeper.payloads().await, broker.snapshot().await.unwrap().retained)
    });

    assert_eq!(waiting, ["before", "after", "late"]);
    assert_eq!(count, retained_count + 1);
    assert!(small < 16 << 20 && on_disk < 16 << 20, "{small} {on_disk}");
}

#[test]
fn a_long_journal_is_replaced_by_a_snapshot_of_what_the_router_has() {
    story(10);
}

#[test]
fn with_much_state_the_snapshot_is_made_from_the_files() {
    story(20_001);
}

#[test]
fn a_snapshot_that_was_interrupted_anywhere_changes_nothing() {
    let folder = TempDir::new().unwrap();
    live(config(folder.path()), End::Crash, async |broker| {
        let mut sleeper = Peer::join(broker, persistent(Version::V5, "s")).await;
        sleeper.subscribe("q", QOS1).await;
        sleeper.disconnect().await;
        churn(broker, folder.path()).await;
    });
    // Before it had its name; before the old files were gone; before its journal began.
    fs::write(folder.path().join("snapshot.unfinished"), "half").unwrap();
    fs::write(folder.path().join("snapshot-00000001"), "old").unwrap();
    fs::write(folder.path().join("journal-00000001"), "old").unwrap();
    fs::remove_file(folder.path().join("journal-00000002")).unwrap();

    for _ in 0..2 {
        let found = live(config(folder.path()), End::Crash, async |broker| {
            let activity = broker.snapshot().await.unwrap();
            (broker.notices(), activity.offline, activity.retained)
        });
        assert_eq!(found, (vec![], 1, 1));
    }
}
