//! Stores that were cut, damaged or written by somebody newer: the broker starts, and says what it did.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use broker::{Damage, SetAside, StoreNotice, StoreStatus};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use tempfile::TempDir;
use wire::Version;

use crate::{
    lives::{End, config, live},
    peer::{Peer, QOS0, QOS1, persistent, publish, retained, will},
};

/// Retained messages `r/0`, `r/1`, …, a session and what waits in it, in one journal.
fn small_store(retained_count: usize) -> TempDir {
    let folder = TempDir::new().unwrap();
    live(config(folder.path()), End::Crash, async |broker| {
        let mut attempt = persistent(Version::V5, "s");
        attempt.will = Some(will("will", "gone"));
        let mut sleeper = Peer::join(broker, attempt).await;
        sleeper.subscribe("r/#", QOS1).await;
        sleeper.disconnect().await;
        let mut publisher = Peer::v5(broker, "p").await;
        publisher.publish(publish("r/0", "waits", QOS1)).await;
        for number in 0..retained_count {
            // Each in a frame of its own: the broker has answered before the next one comes.
            publisher.publish(retained(&format!("r/{number}"), "1")).await;
        }
    });
    folder
}

fn journal(folder: &Path) -> PathBuf {
    folder.join("journal-00000001")
}

/// The retained topics a broker begins with, and what it says about its store.
fn begin(folder: &Path) -> (Vec<String>, Vec<StoreNotice>) {
    live(config(folder), End::Crash, async |broker| {
        let mut peer = Peer::v5(broker, "look").await;
        peer.subscribe("r/#", QOS0).await;
        let mut topics: Vec<_> =
            peer.messages().await.into_iter().map(|(topic, _)| topic).collect();
        topics.sort_unstable();
        (topics, broker.notices())
    })
}

/// A store with just this journal.
fn with_journal(bytes: &[u8]) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(journal(folder.path()), bytes).unwrap();
    folder
}

#[test]
fn a_journal_cut_anywhere_loses_only_its_last_unfinished_part() {
    let whole = fs::read(journal(small_store(3).path())).unwrap();
    let mut counts = Vec::new();

    for length in 0..=whole.len() {
        let folder = with_journal(&whole[..length]);
        let (topics, notices) = begin(folder.path());
        let again = begin(folder.path());

        assert_eq!(notices, [], "cut at {length}");
        let expected: Vec<_> = (0..topics.len()).map(|number| format!("r/{number}")).collect();
        assert_eq!(topics, expected, "cut at {length}");
        assert_eq!(again, (topics.clone(), vec![]), "the next start after a cut at {length}");
        counts.push(topics.len());
    }

    assert!(counts.is_sorted());
    assert_eq!(&counts[counts.len() - 2..], [2, 3]);
}

#[test]
fn a_journal_that_a_power_cut_ended_with_zeros_is_read_up_to_them() {
    let mut bytes = fs::read(journal(small_store(3).path())).unwrap();
    bytes.extend([0; 5_000]);

    let found = begin(with_journal(&bytes).path());

    assert_eq!(found.0.len(), 3);
    assert_eq!(found.1, []);
}

#[test]
fn a_flipped_bit_is_noticed_and_the_store_set_aside_whole() {
    let whole = fs::read(journal(small_store(3).path())).unwrap();
    let mut random = SmallRng::seed_from_u64(1);
    let mut set_aside = 0;

    for _ in 0..150 {
        let at = random.random_range(0..whole.len());
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << random.random_range(0..8);
        let folder = with_journal(&bytes);

        let (topics, notices) = begin(folder.path());

        match &notices[..] {
            // Only the last part may be taken for an unfinished one.
            [] => assert_eq!(topics, ["r/0", "r/1"], "flipped at {at}"),
            [StoreNotice::SetAside { path, .. }] => {
                assert!(topics.is_empty(), "flipped at {at}");
                assert_eq!(fs::read(journal(path)).unwrap(), bytes);
                set_aside += 1;
            }
            other => panic!("{other:?}"),
        }
    }

    assert!(set_aside > 100, "{set_aside}");
}

/// The records of each frame of a journal.
fn payloads(journal: &[u8]) -> Vec<&[u8]> {
    let (mut rest, mut payloads) = (&journal[16..], Vec::new());
    while let Some((header, behind)) = rest.split_first_chunk::<12>() {
        let length = u32::from_le_bytes([header[0], header[1], header[2], header[3]]);
        let (payload, behind) = behind.split_at(usize::try_from(length).unwrap());
        payloads.push(payload);
        rest = behind;
    }
    payloads
}

#[test]
fn mutated_stores_are_read_or_refused_and_what_is_read_can_be_written_again() {
    let journal = fs::read(journal(small_store(3).path())).unwrap();
    let all = payloads(&journal).concat();
    let mut random = SmallRng::seed_from_u64(2);
    let started = Instant::now();
    broker::read_store_any(&[&[0], &journal[..]].concat());
    broker::read_store_any(&[&[1], &all[..]].concat());

    for round in 0..100_000 {
        if round >= 1_000 && started.elapsed() > Duration::from_secs(2) {
            break;
        }
        let whole: &[u8] = if round % 2 == 0 { &journal } else { &all };
        let mut input = vec![u8::try_from(round % 2).unwrap()];
        input.extend_from_slice(whole);
        for _ in 0..random.random_range(1..4) {
            if input.len() < 2 {
                break;
            }
            let at = random.random_range(1..input.len());
            match random.random_range(0..5) {
                0 => input[at] = random.random(),
                1 => input[at] ^= 1 << random.random_range(0..8),
                2 => input.insert(at, random.random()),
                3 => drop(input.remove(at)),
                _ => input.truncate(at + 1),
            }
        }
        broker::read_store_any(&input);
    }
}

#[test]
fn after_a_store_was_set_aside_the_new_one_works() {
    let folder = small_store(2);
    let mut bytes = fs::read(journal(folder.path())).unwrap();
    bytes[40] ^= 1;
    fs::write(journal(folder.path()), bytes).unwrap();

    let first = live(config(folder.path()), End::Crash, async |broker| {
        let mut peer = Peer::v5(broker, "p").await;
        peer.publish(retained("r/new", "1")).await;
        (broker.store_status(), broker.notices())
    });
    let second = begin(folder.path());

    assert!(matches!(first.0, StoreStatus::On { .. }), "{first:?}");
    let [StoreNotice::SetAside { cause, .. }] = &first.1[..] else { panic!("{first:?}") };
    assert_eq!(*cause, SetAside::Damaged(Damage::Checksum));
    assert_eq!(second, (vec!["r/new".to_owned()], vec![]));
}

#[test]
fn a_store_of_a_newer_version_is_set_aside_and_not_touched() {
    let folder = small_store(2);
    let mut bytes = fs::read(journal(folder.path())).unwrap();
    bytes[8] = 2;
    fs::write(journal(folder.path()), &bytes).unwrap();

    let (topics, notices) = begin(folder.path());

    let [StoreNotice::SetAside { path, cause }] = &notices[..] else { panic!("{notices:?}") };
    assert_eq!(*cause, SetAside::Newer { version: 2 });
    assert_eq!(fs::read(journal(path)).unwrap(), bytes);
    assert_eq!(topics, Vec::<String>::new());
}

#[test]
fn a_missing_file_is_damage() {
    let folder = small_store(2);
    begin(folder.path());
    begin(folder.path());
    fs::remove_file(folder.path().join("journal-00000002")).unwrap();

    let (_, notices) = begin(folder.path());

    let [StoreNotice::SetAside { cause, .. }] = &notices[..] else { panic!("{notices:?}") };
    assert_eq!(*cause, SetAside::Damaged(Damage::Missing));
}

#[test]
fn files_that_are_not_the_stores_are_left_alone() {
    let folder = small_store(2);
    for name in ["notes.txt", "journal-of-mine", "snapshot"] {
        fs::write(folder.path().join(name), "mine").unwrap();
    }

    let (topics, notices) = begin(folder.path());

    assert_eq!((topics.len(), notices), (2, vec![]));
    for name in ["notes.txt", "journal-of-mine", "snapshot"] {
        assert_eq!(fs::read(folder.path().join(name)).unwrap(), b"mine");
    }
}
