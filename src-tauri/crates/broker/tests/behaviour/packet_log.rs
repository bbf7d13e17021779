//! The packets of each client, as the broker kept them.

use broker::{Broker, BrokerConfig, BrokerEvent, FaultDirection, Limits, PacketEntry, PacketPage};
use bytes::BytesMut;
use wire::{Packet, PacketType, ReasonCode, Version, dissect::Content};

use crate::peer::{Peer, QOS0, QOS1, connect, disconnect, persistent, publish, start};

fn start_logging() -> Broker {
    Broker::start(BrokerConfig { packet_log: true, ..BrokerConfig::default() })
}

fn all(broker: &Broker, client_id: &str) -> PacketPage {
    broker.packets(client_id, 0, usize::MAX)
}

/// Direction and type of each packet, by the dissector.
fn story(entries: &[PacketEntry]) -> Vec<(FaultDirection, PacketType)> {
    let types = entries.iter().map(|entry| {
        let packets = wire::dissect(&entry.bytes, Some(entry.version), 0);
        let [packet] = &packets[..] else { panic!("{packets:?}") };
        match packet.content {
            Content::Packet(packet) | Content::Incomplete { packet, .. } => {
                (entry.direction, packet)
            }
            other => panic!("{other:?}"),
        }
    });
    types.collect()
}

const IN: FaultDirection = FaultDirection::In;
const OUT: FaultDirection = FaultDirection::Out;

#[tokio::test(start_paused = true)]
async fn a_conversation_is_logged_in_its_order_in_every_version() {
    for version in [Version::V31, Version::V311, Version::V5] {
        let broker = start_logging();
        let mut peer = Peer::join(&broker, connect(version, "c")).await;

        peer.subscribe("a/#", QOS0).await;
        peer.publish(publish("b", "1", QOS1)).await;
        peer.send(Packet::PingReq).await;
        peer.receive().await;
        peer.disconnect().await;

        let page = all(&broker, "c");
        assert_eq!(
            story(&page.entries),
            [
                (IN, PacketType::Connect),
                (OUT, PacketType::ConnAck),
                (IN, PacketType::Subscribe),
                (OUT, PacketType::SubAck),
                (IN, PacketType::Publish),
                (OUT, PacketType::PubAck),
                (IN, PacketType::PingReq),
                (OUT, PacketType::PingResp),
                (IN, PacketType::Disconnect),
            ]
        );
        assert_eq!((page.skipped, page.next_seq), (0, 9));
        assert!(page.entries.iter().all(|entry| entry.version == version));
        assert!(page.entries.iter().all(|entry| entry.total_len == entry.bytes.len()));
    }
}

#[tokio::test(start_paused = true)]
async fn the_bytes_are_those_on_the_wire_up_to_one_kibibyte() {
    let broker = start_logging();
    let mut peer = Peer::v5(&broker, "c").await;
    let large = Packet::Publish(publish("a", &"x".repeat(5000), QOS0));
    let mut bytes = BytesMut::new();
    wire::encode(&large, Version::V5, &mut bytes).unwrap();

    peer.send(large).await;
    peer.sync().await;

    let entry = &all(&broker, "c").entries[2];
    assert_eq!((entry.total_len, &entry.bytes[..]), (bytes.len(), &bytes[..1024]));
}

#[tokio::test(start_paused = true)]
async fn the_log_is_off_at_first_and_can_be_switched_while_connections_run() {
    let broker = start();
    let mut peer = Peer::v5(&broker, "c").await;

    let off = all(&broker, "c");
    broker.set_packet_log(true);
    peer.sync().await;
    let on = all(&broker, "c");
    broker.set_packet_log(false);
    peer.sync().await;
    let off_again = all(&broker, "c");

    assert_eq!(off, PacketPage::default());
    assert_eq!(story(&on.entries), [(IN, PacketType::Unsubscribe), (OUT, PacketType::UnsubAck)]);
    assert_eq!(off_again, on);
}

#[tokio::test(start_paused = true)]
async fn a_log_outlives_session_and_connection_and_goes_on_with_the_next() {
    let broker = start_logging();

    Peer::v5(&broker, "c").await.disconnect().await;
    let ended = all(&broker, "c");
    Peer::join(&broker, persistent(Version::V311, "c")).await.disconnect().await;
    let again = all(&broker, "c");

    assert_eq!(ended.entries.len(), 3);
    assert_eq!(again.entries[..3], ended.entries[..]);
    let versions: Vec<_> = again.entries.iter().map(|entry| entry.version).collect();
    assert_eq!(versions, [[Version::V5; 3], [Version::V311; 3]].concat());
}

#[tokio::test(start_paused = true)]
async fn more_packets_than_are_kept_are_counted_and_the_greeting_stays() {
    let broker = start_logging();
    let mut peer = Peer::v5(&broker, "c").await;
    let mut burst = BytesMut::new();
    for _ in 0..2000 {
        wire::encode(&Packet::Publish(publish("a", "1", QOS0)), Version::V5, &mut burst).unwrap();
    }

    peer.send_raw(&burst).await;
    peer.sync().await;

    let page = all(&broker, "c");
    assert_eq!(page.entries.len(), 514);
    assert_eq!((page.skipped, page.next_seq), (2004 - 514, 2004));
    let story = story(&page.entries);
    assert_eq!(story[..2], [(IN, PacketType::Connect), (OUT, PacketType::ConnAck)]);
}

#[tokio::test(start_paused = true)]
async fn the_packet_that_broke_the_rules_says_what_is_wrong_with_it() {
    let broker = start_logging();
    let mut malformed = Peer::v5(&broker, "malformed").await;
    let mut header = Peer::v5(&broker, "header").await;
    let mut forbidden = Peer::v5(&broker, "forbidden").await;

    // A PUBLISH whose topic is longer than the packet; flags no PUBREL has; an alias never defined.
    malformed.send_raw(&[0x30, 4, 0, 200, b'a', 0]).await;
    header.send_raw(&[0x60, 2, 0, 1]).await;
    forbidden.send_raw(&[0x30, 6, 0, 0, 3, 0x23, 0, 5]).await;
    for peer in [&mut malformed, &mut header, &mut forbidden] {
        peer.receive_disconnect().await;
    }

    let errors = ["malformed", "header", "forbidden"].map(|client_id| {
        let entry = all(&broker, client_id).entries.swap_remove(2);
        (entry.bytes.to_vec(), entry.error.unwrap())
    });
    assert_eq!(errors[0].0, [0x30, 4, 0, 200, b'a', 0]);
    assert!(errors[0].1.contains("byte 4"), "{errors:?}");
    assert_eq!(errors[1].0, [0x60, 2, 0, 1]);
    assert!(errors[1].1.contains("flags"), "{errors:?}");
    assert_eq!(errors[2].0, [0x30, 6, 0, 0, 3, 0x23, 0, 5]);
    assert!(errors[2].1.contains("alias"), "{errors:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failed_attempt_keeps_its_first_bytes_for_the_dissector() {
    let limits = Limits { sessions: 0, ..Limits::default() };
    let broker = Broker::start(BrokerConfig { packet_log: true, limits, ..Default::default() });
    let mut events = broker.events();
    let mut bad = Peer::dial(&broker, Version::V311);
    let connect_with_reserved_flag = [0x10, 13, 0, 4, b'M', b'Q', b'T', b'T', 4, 1, 0, 0, 0, 1, 97];

    bad.send_raw(&connect_with_reserved_flag).await;
    assert!(bad.is_closed().await);
    let (_, refused) = Peer::attempt(&broker, connect(Version::V5, "c")).await;

    assert_eq!(refused.reason, ReasonCode::QUOTA_EXCEEDED);
    let attempts = broker.failed_attempts();
    assert_eq!(attempts.len(), 2);
    assert_eq!(&attempts[0].received[..], connect_with_reserved_flag);
    assert_eq!((attempts[0].attempt, attempts[0].received_len), (1, 15));
    assert!(attempts[0].answer.is_empty());
    assert_eq!((attempts[1].attempt, attempts[1].answer[0]), (2, 0x20));
    let BrokerEvent::ConnectionFailed { attempt, cause, .. } = events.recv().await.unwrap() else {
        panic!("no failure");
    };
    assert_eq!((attempt, cause), (1, attempts[0].cause.clone()));
}

#[tokio::test(start_paused = true)]
async fn the_last_packet_of_a_client_is_known_without_a_log() {
    let broker = start();
    let mut peer = Peer::v5(&broker, "c").await;

    peer.send(Packet::PingReq).await;
    peer.receive().await;
    let answered = last_packet(&broker).await;
    peer.send(Packet::Publish(publish("a", "1", QOS0))).await;
    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    let published = last_packet(&broker).await;
    peer.send(disconnect(ReasonCode::SUCCESS)).await;

    assert_eq!(answered, (PacketType::PingResp, OUT));
    assert_eq!(published, (PacketType::Publish, IN));
}

async fn last_packet(broker: &Broker) -> (PacketType, FaultDirection) {
    let clients = crate::peer::clients(broker).await;
    let last = clients[0].online().unwrap().last_packet.unwrap();
    (last.packet, last.direction)
}
