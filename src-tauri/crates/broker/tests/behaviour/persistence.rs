//! What survives the end of a broker, whether it was stopped or ended in the middle of everything.

use std::{path::Path, time::Duration};

use broker::{Broker, BrokerConfig, StoreNotice, StoreStatus};
use tempfile::TempDir;
use wire::{
    Packet, ReasonCode, Version,
    packet::{Connect, Publish},
};

use crate::{
    lives::{End, config, live},
    peer::{
        Peer, QOS0, QOS1, QOS2, ack, connect, persistent, publish, retained, subscription, text,
        will,
    },
};

const BOTH: [End; 2] = [End::Stop, End::Crash];

/// Two brokers, one after the other, with the same store; what the second one shows.
fn two_lives<T>(
    end: End,
    first: impl AsyncFnOnce(&Broker),
    second: impl AsyncFnOnce(&Broker) -> T,
) -> T {
    let folder = TempDir::new().unwrap();
    live(config(folder.path()), end, first);
    live(config(folder.path()), End::Stop, async |broker| {
        assert_eq!(broker.notices(), []);
        second(broker).await
    })
}

#[test]
fn retained_messages_survive_with_their_properties_and_cleared_ones_do_not_come_back() {
    for end in BOTH {
        let mut full = retained("a/full", "1");
        full.properties.content_type = Some("text/plain".into());
        full.properties.correlation_data = Some(b"c"[..].into());
        full.properties.response_topic = Some("r".parse().unwrap());
        full.properties.user_properties = vec![("k".into(), "v".into())];
        full.properties.payload_format_indicator = Some(true);
        let expected = full.properties.clone();

        let found = two_lives(
            end,
            async |broker| {
                let mut peer = Peer::v5(broker, "p").await;
                peer.publish(full).await;
                peer.publish(retained("a/replaced", "1")).await;
                peer.publish(retained("a/replaced", "2")).await;
                peer.publish(retained("a/cleared", "1")).await;
                peer.publish(retained("a/cleared", "")).await;
                peer.publish(Publish { retain: true, ..publish("a/qos2", "2", QOS2) }).await;
            },
            async |broker| {
                let mut peer = Peer::v5(broker, "s").await;
                peer.subscribe("a/#", QOS0).await;
                [
                    peer.receive_publish().await,
                    peer.receive_publish().await,
                    peer.receive_publish().await,
                ]
            },
        );

        let texts = found.each_ref().map(text);
        let wanted = [("a/full", "1"), ("a/qos2", "2"), ("a/replaced", "2")];
        assert_eq!(texts, wanted.map(|(topic, payload)| (topic.to_owned(), payload.to_owned())));
        assert_eq!(found[0].properties, expected);
        assert!(found.iter().all(|publish| publish.retain));
    }
}

#[test]
fn subscriptions_survive_with_their_options_and_identifiers() {
    for end in BOTH {
        let (present, messages) = two_lives(
            end,
            async |broker| {
                let mut peer = Peer::join(broker, persistent(Version::V5, "s")).await;
                let mut own = subscription("own", QOS1);
                own.no_local = true;
                let mut flagged = subscription("flag/+", QOS0);
                flagged.retain_as_published = true;
                peer.subscribe_with(vec![own, flagged], Some(7)).await;
                peer.subscribe_with(vec![subscription("flag/#", QOS1)], Some(9)).await;
                peer.subscribe("gone", QOS1).await;
                peer.unsubscribe("gone").await;
                peer.subscribe("$share/g/shared", QOS1).await;
            },
            async |broker| {
                let (mut peer, answer) = Peer::attempt(broker, persistent(Version::V5, "s")).await;
                peer.publish(publish("own", "not for me", QOS1)).await;
                let mut other = Peer::v5(broker, "p").await;
                other.publish(retained("flag/a", "flag")).await;
                other.publish(publish("gone", "gone", QOS1)).await;
                other.publish(publish("shared", "shared", QOS1)).await;
                let flag = peer.receive_publish().await;
                let shared = peer.receive_publish().await;
                assert_eq!(peer.receive().await, None);
                (answer.session_present, [flag, shared])
            },
        );

        let [flag, shared] = messages;
        let mut identifiers = flag.properties.subscription_identifiers.clone();
        identifiers.sort_unstable();
        assert!(present);
        assert_eq!((text(&flag).1.as_str(), flag.retain, identifiers), ("flag", true, vec![7, 9]));
        assert_eq!(text(&shared).1, "shared");
    }
}

#[test]
fn what_waits_survives_in_order_and_once_for_every_session() {
    for end in BOTH {
        let received = two_lives(
            end,
            async |broker| {
                for name in ["a", "b"] {
                    let mut peer = Peer::join(broker, persistent(Version::V311, name)).await;
                    peer.subscribe("t/#", QOS2).await;
                    peer.disconnect().await;
                }
                let mut publisher = Peer::v5(broker, "p").await;
                for number in 0..50 {
                    let qos = [QOS0, QOS1, QOS2][number % 3];
                    publisher.publish(publish("t/x", &number.to_string(), qos)).await;
                }
            },
            async |broker| {
                let mut all = Vec::new();
                for name in ["a", "b"] {
                    let mut peer = Peer::join(broker, persistent(Version::V311, name)).await;
                    all.push(peer.payloads().await);
                }
                all
            },
        );

        let expected: Vec<_> =
            (0..50).filter(|number| number % 3 != 0).map(|number| number.to_string()).collect();
        assert_eq!(received, [expected.clone(), expected]);
    }
}

#[test]
fn what_was_on_its_way_out_is_repeated_with_dup_and_its_identifier() {
    for end in BOTH {
        let folder = TempDir::new().unwrap();
        let first = live(config(folder.path()), end, async |broker| {
            let mut peer = Peer::join(broker, persistent(Version::V5, "s")).await;
            peer.subscribe("t", QOS2).await;
            let mut publisher = Peer::v5(broker, "p").await;
            for (payload, qos) in [("1", QOS1), ("2", QOS2), ("3", QOS2), ("4", QOS1)] {
                publisher.publish(publish("t", payload, qos)).await;
            }
            let mut ids = Vec::new();
            for _ in 0..4 {
                ids.push(peer.receive_publish().await.packet_id.unwrap());
            }
            peer.send(Packet::PubAck(ack(ids[0].get()))).await;
            peer.send(Packet::PubRec(ack(ids[1].get()))).await;
            assert!(matches!(peer.receive().await, Some(Packet::PubRel(_))));
            peer.sync().await;
            ids
        });

        let (released, repeated, next) = live(config(folder.path()), End::Stop, async |broker| {
            let mut peer = Peer::join(broker, persistent(Version::V5, "s")).await;
            let released = peer.receive().await;
            let repeated = [peer.receive_publish().await, peer.receive_publish().await];
            let mut publisher = Peer::v5(broker, "p").await;
            publisher.publish(publish("t", "5", QOS1)).await;
            (released, repeated, peer.receive_publish().await)
        });

        assert_eq!(released, Some(Packet::PubRel(ack(first[1].get()))));
        let seen = repeated.map(|again| (text(&again).1, again.packet_id, again.dup));
        let expected = [("3", first[2]), ("4", first[3])];
        assert_eq!(seen, expected.map(|(payload, id)| (payload.to_owned(), Some(id), true)));
        assert!(!next.dup && next.packet_id.unwrap().get() > first[3].get());
    }
}

#[test]
fn a_qos_2_message_that_was_not_released_is_not_delivered_again() {
    for end in BOTH {
        let message = publish("t", "once", QOS2);
        let again = Publish { dup: true, ..message.clone() };

        let (answers, payloads) = two_lives(
            end,
            async |broker| {
                let mut subscriber = Peer::join(broker, persistent(Version::V5, "s")).await;
                subscriber.subscribe("t", QOS1).await;
                let mut peer = Peer::join(broker, persistent(Version::V5, "p")).await;
                peer.send(Packet::Publish(message)).await;
                assert_eq!(peer.receive().await, Some(Packet::PubRec(ack(1))));
            },
            async |broker| {
                let mut peer = Peer::join(broker, persistent(Version::V5, "p")).await;
                peer.send(Packet::Publish(again)).await;
                let received = peer.receive().await;
                peer.send(Packet::PubRel(ack(1))).await;
                let completed = peer.receive().await;
                let mut subscriber = Peer::join(broker, persistent(Version::V5, "s")).await;
                ([received, completed], subscriber.payloads().await)
            },
        );

        assert_eq!(answers, [Some(Packet::PubRec(ack(1))), Some(Packet::PubComp(ack(1)))]);
        assert_eq!(payloads, ["once"]);
    }
}

/// Connects a client with a will and a session that watches for it, and leaves both connected.
async fn with_will(broker: &Broker, delay: u32) -> (Peer, Peer) {
    let mut watcher = Peer::join(broker, persistent(Version::V5, "watcher")).await;
    watcher.subscribe("will", QOS1).await;
    let mut attempt = persistent(Version::V5, "mortal");
    let mut last = will("will", "gone");
    last.qos = QOS1;
    last.properties.will_delay_interval = Some(delay);
    last.properties.content_type = Some("text/plain".into());
    attempt.will = Some(last);
    (watcher, Peer::join(broker, attempt).await)
}

async fn watched(broker: &Broker) -> Vec<String> {
    Peer::join(broker, persistent(Version::V5, "watcher")).await.payloads().await
}

#[test]
fn the_will_of_a_client_is_published_once_whether_its_broker_stopped_or_crashed() {
    for end in BOTH {
        let folder = TempDir::new().unwrap();
        live(config(folder.path()), end, async |broker| {
            with_will(broker, 0).await;
        });
        let at_start = live(config(folder.path()), end, watched);
        let later = live(config(folder.path()), end, async |broker| {
            let mut watcher = Peer::join(broker, persistent(Version::V5, "watcher")).await;
            let message = watcher.receive_publish().await;
            (text(&message).1, message.dup)
        });

        assert_eq!(at_start, ["gone"], "{end:?}");
        assert_eq!(later, ("gone".to_owned(), true), "repeated, not published again");
    }
}

#[test]
fn a_delayed_will_waits_over_a_restart_and_a_client_that_is_back_takes_it_away() {
    for end in BOTH {
        let folder = TempDir::new().unwrap();
        live(config(folder.path()), end, async |broker| {
            let (_watcher, mortal) = with_will(broker, 1_000).await;
            mortal.vanish(broker).await;
        });

        let (early, late) = live(config(folder.path()), end, async |broker| {
            let early = watched(broker).await;
            tokio::time::sleep(Duration::from_secs(1_000)).await;
            (early, watched(broker).await)
        });

        assert_eq!((early, late), (vec![], vec!["gone".to_owned()]));
    }
    let folder = TempDir::new().unwrap();
    live(config(folder.path()), End::Crash, async |broker| {
        with_will(broker, 1_000).await;
    });
    let after = live(config(folder.path()), End::Crash, async |broker| {
        Peer::join(broker, persistent(Version::V5, "mortal")).await.disconnect().await;
        tokio::time::sleep(Duration::from_secs(2_000)).await;
        watched(broker).await
    });
    assert_eq!(after, Vec::<String>::new());
}

#[test]
fn sessions_and_messages_expire_by_the_wall_clock_while_no_broker_runs() {
    let folder = TempDir::new().unwrap();
    let short = || {
        let mut attempt = persistent(Version::V5, "short");
        attempt.properties.session_expiry_interval = Some(1);
        attempt
    };
    live(config(folder.path()), End::Crash, async |broker| {
        let mut keeper = Peer::join(broker, persistent(Version::V5, "long")).await;
        keeper.subscribe("t", QOS1).await;
        keeper.disconnect().await;
        Peer::join(broker, short()).await.disconnect().await;
        let mut publisher = Peer::v5(broker, "p").await;
        for (payload, seconds) in [("brief", 1), ("lasting", 100)] {
            let mut message = Publish { retain: true, ..publish("t", payload, QOS1) };
            message.topic = Some("t".parse().unwrap());
            message.properties.message_expiry_interval = Some(seconds);
            publisher.publish(message).await;
        }
        let mut brief = retained("brief", "1");
        brief.properties.message_expiry_interval = Some(1);
        publisher.publish(brief).await;
    });
    std::thread::sleep(Duration::from_millis(2_100));

    let (present, retained, waiting) = live(config(folder.path()), End::Stop, async |broker| {
        let (_peer, answer) = Peer::attempt(broker, short()).await;
        let retained = broker.snapshot().await.unwrap().retained;
        let mut keeper = Peer::join(broker, persistent(Version::V5, "long")).await;
        let waiting = keeper.receive_publish().await;
        assert_eq!(keeper.receive().await, None);
        (answer.session_present, retained, waiting)
    });

    assert!(!present);
    assert_eq!(retained, 1);
    assert_eq!(text(&waiting).1, "lasting");
    let left = waiting.properties.message_expiry_interval.unwrap();
    assert!((90..=98).contains(&left), "{left}");
}

#[test]
fn a_session_that_was_ended_does_not_come_back() {
    for end in BOTH {
        let present = two_lives(
            end,
            async |broker| {
                for name in ["clean", "set to nothing"] {
                    let mut peer = Peer::join(broker, persistent(Version::V5, name)).await;
                    peer.subscribe("t", QOS1).await;
                    peer.disconnect().await;
                }
                Peer::join(broker, connect(Version::V5, "clean")).await;
                let mut resumed = persistent(Version::V5, "set to nothing");
                resumed.properties.session_expiry_interval = Some(0);
                let (_peer, answer) = Peer::attempt(broker, resumed).await;
                assert!(answer.session_present);
            },
            async |broker| {
                let mut present = Vec::new();
                for name in ["clean", "set to nothing"] {
                    let (_, answer) = Peer::attempt(broker, persistent(Version::V5, name)).await;
                    present.push(answer.session_present);
                }
                present
            },
        );

        assert_eq!(present, [false, false]);
    }
}

#[test]
fn clean_sessions_and_passing_qos_0_never_touch_the_store() {
    let folder = TempDir::new().unwrap();
    let bytes = |broker: &Broker| match broker.store_status() {
        StoreStatus::On { bytes, .. } => bytes,
        other => panic!("{other:?}"),
    };

    let (before, after) = live(config(folder.path()), End::Stop, async |broker| {
        let mut kept = Peer::join(broker, persistent(Version::V5, "kept")).await;
        kept.subscribe("#", QOS0).await;
        let before = bytes(broker);
        let mut clean = Peer::v5(broker, "clean").await;
        clean.subscribe("#", QOS2).await;
        for qos in [QOS0, QOS1, QOS2] {
            clean.send(Packet::Publish(publish("t", "1", qos))).await;
        }
        clean.messages_and_answers().await;
        assert_eq!(kept.payloads().await, ["1", "1", "1"]);
        (before, bytes(broker))
    });

    assert_eq!(before, after);
}

#[test]
fn without_a_store_nothing_is_written_and_the_status_says_so() {
    let status = live(BrokerConfig::default(), End::Stop, async |broker| broker.store_status());

    assert_eq!(status, StoreStatus::Off);
}

#[test]
fn a_second_broker_starts_in_memory_while_the_first_one_has_the_store() {
    let folder = TempDir::new().unwrap();

    let (status, notices) = live(config(folder.path()), End::Stop, async |_first| {
        let second = Broker::open(config(folder.path())).await;
        (second.store_status(), second.notices())
    });

    assert_eq!(status, StoreStatus::Off);
    assert_eq!(notices, [StoreNotice::Unavailable(broker::Unavailable::Locked)]);
}

#[test]
fn a_store_that_cannot_be_written_does_not_keep_the_broker_from_starting() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a directory").unwrap();

    let (notices, answer) = live(config(&file), End::Stop, async |broker| {
        let (_, answer) = Peer::attempt(broker, connect(Version::V5, "c")).await;
        (broker.notices(), answer.reason)
    });

    let [StoreNotice::Unavailable(broker::Unavailable::Unwritable { .. })] = &notices[..] else {
        panic!("{notices:?}")
    };
    assert_eq!(answer, ReasonCode::SUCCESS);
}

#[test]
fn a_store_is_at_hand_again_as_soon_as_its_broker_has_stopped() {
    let folder = TempDir::new().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();

    let statuses = runtime.block_on(async {
        let mut statuses = Vec::new();
        for _ in 0..10 {
            let broker = Broker::open(config(folder.path())).await;
            let peer = Peer::join(&broker, named(folder.path())).await;
            statuses.push(broker.store_status());
            drop(peer);
            broker.stop().await;
        }
        statuses
    });

    assert!(statuses.iter().all(|status| matches!(status, StoreStatus::On { .. })), "{statuses:?}");
}

fn named(path: &Path) -> Connect {
    persistent(Version::V311, &path.file_name().unwrap().to_string_lossy())
}
