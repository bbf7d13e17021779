use super::*;

fn seen(first: u8, len: usize) -> Seen {
    let mut bytes = vec![first];
    bytes.resize(len, 0);
    Seen {
        direction: FaultDirection::In,
        total_len: len,
        bytes: bytes.into(),
        version: Version::V5,
        faults: Vec::new(),
        error: None,
    }
}

fn seqs(page: &PacketPage) -> Vec<u64> {
    page.entries.iter().map(|entry| entry.seq).collect()
}

const CONNECT: u8 = 0x10;
const CONNACK: u8 = 0x20;
const PUBLISH: u8 = 0x30;

#[test]
fn connect_and_connack_stay_when_the_packets_between_are_gone() {
    let log = PacketLog::new(true);
    let client = log.client(&"c".into());

    log.append(&client, [seen(CONNECT, 20), seen(CONNACK, 5)]);
    log.append(&client, (0..600).map(|_| seen(PUBLISH, 10)));
    let page = log.page("c", 0, usize::MAX);

    let recent = 602 - KEPT_PACKETS as u64;
    assert_eq!(seqs(&page)[..3], [1, 2, recent + 1]);
    assert_eq!((page.entries.len(), page.next_seq), (KEPT_PACKETS + 2, 602));
    assert_eq!(page.skipped, recent - 2);
}

#[test]
fn a_new_connection_lets_the_greeting_of_the_last_one_go() {
    let log = PacketLog::new(true);
    let client = log.client(&"c".into());

    for _ in 0..3 {
        log.append(&client, [seen(CONNECT, 20), seen(CONNACK, 5)]);
        log.append(&client, (0..KEPT_PACKETS).map(|_| seen(PUBLISH, 10)));
    }
    let page = log.page("c", 0, usize::MAX);

    let begun = 2 * (KEPT_PACKETS as u64 + 2);
    assert_eq!(seqs(&page)[..3], [begun + 1, begun + 2, begun + 3]);
}

#[test]
fn pages_follow_each_other_without_a_hole() {
    let log = PacketLog::new(true);
    let client = log.client(&"c".into());
    log.append(&client, (0..5).map(|_| seen(PUBLISH, 10)));

    let first = log.page("c", 0, 3);
    let second = log.page("c", first.next_seq, 3);
    let third = log.page("c", second.next_seq, 3);

    assert_eq!([seqs(&first), seqs(&second), seqs(&third)], [vec![1, 2, 3], vec![4, 5], vec![]]);
    assert_eq!([first.skipped, second.skipped, third.skipped], [0, 0, 0]);
    assert_eq!(third.next_seq, 5);
}

#[test]
fn who_was_quiet_longest_loses_its_packets_when_the_budget_is_used_up() {
    const BUDGET: usize = 64 * 1024;
    let log = PacketLog::with_budget(true, BUDGET);
    let [quiet, gone, busy] = ["quiet", "gone", "busy"].map(|id| log.client(&id.into()));
    log.append(&gone, [seen(PUBLISH, 1000)]);
    log.append(&quiet, [seen(PUBLISH, 1000)]);
    drop(gone);

    for _ in 0..100 {
        log.append(&busy, (0..10).map(|_| seen(PUBLISH, 1000)));
        assert!(log.used.load(Relaxed) <= BUDGET);
    }

    let page = log.page("quiet", 0, 10);
    assert_eq!((page.entries.len(), page.skipped, page.next_seq), (0, 1, 1));
    let page = log.page("busy", 0, usize::MAX);
    assert_eq!(page.skipped + page.entries.len() as u64, 1000);
    assert!(!lock(&log.clients).contains_key("gone"));
    // A log that begins anew is shown from its beginning.
    log.append(&log.client(&"gone".into()), [seen(PUBLISH, 10)]);
    assert_eq!(seqs(&log.page("gone", 7, 10)), [1]);
}

#[test]
fn the_oldest_of_64_failed_attempts_makes_room() {
    let log = PacketLog::new(true);
    for attempt in 1..=65 {
        log.add_failed(FailedAttempt {
            attempt,
            at: Timestamp(0),
            address: ([127, 0, 0, 1], 1).into(),
            cause: ConnectFailure::Stopping,
            received: Bytes::new(),
            received_len: 0,
            answer: Bytes::new(),
            faults: Vec::new(),
        });
    }

    let kept = log.failed();

    assert_eq!((kept.len(), kept[0].attempt, kept[63].attempt), (64, 2, 65));
}
