//! Our client session and the mosquitto broker.

use std::time::Duration;

use acceptance::{
    Mosquitto,
    client::{self, Client, config},
    mosquitto::{self, Subscriber},
    process::{self, Running},
};
use wire::{QoS, Version};

const VERSIONS: [Version; 2] = [Version::V311, Version::V5];
const ALL_QOS: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];

#[tokio::test]
async fn message_of_every_qos_and_version_comes_back_as_it_was_sent() {
    let broker = Mosquitto::start().unwrap();
    for version in VERSIONS {
        // Arrange
        let client =
            Client::connect(config(broker.port(), version, "there-and-back")).await.unwrap();
        client.subscribe("plant/#", QoS::ExactlyOnce).await.unwrap();

        // Act
        for (topic, qos) in ["plant/0", "plant/1", "plant/2"].into_iter().zip(ALL_QOS) {
            let receipt = client.publish(topic, &[0, 255, b'x'], qos, false).await.unwrap();
            assert_eq!(receipt.packet_id.is_some(), qos != QoS::AtMostOnce, "{version:?} {qos:?}");
            assert!(
                !receipt.reason.is_some_and(wire::ReasonCode::is_error),
                "{version:?} {qos:?} {receipt:?}"
            );
        }

        // Assert
        let messages = client.received(3).await.unwrap();
        let mut seen: Vec<_> =
            messages.iter().map(|message| (&*message.topic, message.qos)).collect();
        seen.sort_unstable();
        assert_eq!(
            seen,
            [("plant/0", ALL_QOS[0]), ("plant/1", ALL_QOS[1]), ("plant/2", ALL_QOS[2])],
            "{version:?}"
        );
        assert!(messages.iter().all(|message| message.payload[..] == [0, 255, b'x']
            && !message.retain
            && !message.dup));
        client.disconnect().await;
    }
}

#[tokio::test]
async fn mosquitto_sub_sees_what_the_session_published() {
    let broker = Mosquitto::start().unwrap();
    for version in VERSIONS {
        let mut subscriber =
            Subscriber::start(broker.port(), &["-t", "plant/#", "-q", "2"]).unwrap();
        let client = Client::connect(config(broker.port(), version, "publisher")).await.unwrap();

        for qos in ALL_QOS {
            client.publish("plant/1", b"{\"t\":21.5}", qos, false).await.unwrap();
        }

        for qos in 0..3 {
            let seen = subscriber.next(Duration::from_secs(5)).unwrap();
            assert_eq!(
                (&*seen.topic, seen.qos, &*seen.payload),
                ("plant/1", qos, &b"{\"t\":21.5}"[..]),
                "{version:?}"
            );
        }
        client.disconnect().await;
    }
}

#[tokio::test]
async fn session_sees_what_mosquitto_pub_published_with_properties() {
    // Arrange
    let broker = Mosquitto::start().unwrap();
    let client = Client::connect(config(broker.port(), Version::V5, "watcher")).await.unwrap();
    client.subscribe("plant/+", QoS::ExactlyOnce).await.unwrap();

    // Act
    let user_property = ["-D", "publish", "user-property", "line", "7"];
    let content_type = ["-D", "publish", "content-type", "text/plain"];
    let message = ["-V", "5", "-t", "plant/1", "-m", "21.5", "-q", "2"];
    let arguments: Vec<&str> =
        message.into_iter().chain(user_property).chain(content_type).collect();
    mosquitto::publish(broker.port(), &arguments).unwrap();

    // Assert
    let messages = client.received(1).await.unwrap();
    let properties = messages[0].properties.as_ref().unwrap();
    assert_eq!(&messages[0].payload[..], b"21.5");
    assert_eq!(properties.content_type.as_deref(), Some("text/plain"));
    assert_eq!(properties.user_properties, [("line".into(), "7".into())]);
}

#[tokio::test]
async fn retained_message_arrives_with_its_flag() {
    let broker = Mosquitto::start().unwrap();
    for version in VERSIONS {
        let client = Client::connect(config(broker.port(), version, "retainer")).await.unwrap();
        client.publish("plant/state", b"on", QoS::AtLeastOnce, true).await.unwrap();

        client.subscribe("plant/#", QoS::AtLeastOnce).await.unwrap();

        let messages = client.received(1).await.unwrap();
        assert!(messages[0].retain, "{version:?}");
        assert_eq!(&messages[0].payload[..], b"on");
        client.disconnect().await;
    }
}

#[tokio::test]
async fn will_of_a_killed_client_arrives() {
    // Arrange
    let broker = Mosquitto::start().unwrap();
    let client = Client::connect(config(broker.port(), Version::V5, "mourner")).await.unwrap();
    client.subscribe("will/#", QoS::AtLeastOnce).await.unwrap();
    let will = ["--will-topic", "will/sensor", "--will-payload", "gone", "--will-qos", "1"];
    let port = broker.port().to_string();
    let mut command = std::process::Command::new(process::find("mosquitto_sub").unwrap());
    command.args(["-h", "127.0.0.1", "-p", &port, "-t", "x", "-i", "sensor"]).args(will);
    let sensor = Running::start(&mut command).unwrap();
    acceptance::wait::until("the sensor online", Duration::from_secs(10), || {
        let log = broker.log();
        let online = log.contains("Sending SUBACK to sensor");
        Ok(if online {
            acceptance::wait::Look::Found(())
        } else {
            acceptance::wait::Look::NotYet(log)
        })
    })
    .unwrap();

    // Act
    process::signal("KILL", sensor.id()).unwrap();

    // Assert
    let messages = client.received(1).await.unwrap();
    assert_eq!((&*messages[0].topic, &messages[0].payload[..]), ("will/sensor", &b"gone"[..]));
}

#[tokio::test]
async fn payload_of_five_megabytes_is_whole() {
    let broker = Mosquitto::start().unwrap();
    let payload: Vec<u8> = (0..5_000_000_u32).map(|at| at.to_le_bytes()[at as usize % 3]).collect();
    for version in VERSIONS {
        let client = Client::connect(config(broker.port(), version, "big")).await.unwrap();
        client.subscribe("big", QoS::AtLeastOnce).await.unwrap();

        client.publish("big", &payload, QoS::AtLeastOnce, false).await.unwrap();

        let messages = client.received(1).await.unwrap();
        assert!(
            messages[0].payload[..] == payload[..],
            "{version:?}: {} bytes",
            messages[0].payload.len()
        );
        client.disconnect().await;
    }
}

#[tokio::test]
async fn session_and_its_subscriptions_come_back_after_the_broker_was_killed() {
    for version in VERSIONS {
        // Arrange
        let mut broker = Mosquitto::start().unwrap();
        let client = Client::connect(config(broker.port(), version, "survivor")).await.unwrap();
        client.subscribe("plant/#", QoS::AtLeastOnce).await.unwrap();

        // Act
        broker.kill();
        client.offline().await.unwrap();
        broker.restart().unwrap();
        client.online().await.unwrap();
        mosquitto::publish(broker.port(), &["-t", "plant/1", "-m", "back", "-q", "1"]).unwrap();

        // Assert
        let messages = client.received(1).await.unwrap();
        assert_eq!(&messages[0].payload[..], b"back", "{version:?}");
        client.disconnect().await;
    }
}

#[tokio::test]
async fn messages_of_a_kept_session_arrive_after_it_comes_back() {
    let broker = Mosquitto::start().unwrap();
    for (version, id) in [(Version::V311, "kept-3"), (Version::V5, "kept-5")] {
        // Arrange
        let mut kept = config(broker.port(), version, id);
        kept.clean_start = false;
        kept.subscriptions = vec![client::subscription("kept/#", QoS::ExactlyOnce).unwrap()];
        Client::connect(kept.clone()).await.unwrap().disconnect().await;

        // Act
        mosquitto::publish(broker.port(), &["-t", "kept/1", "-m", "missed", "-q", "2"]).unwrap();
        let client = Client::connect(kept).await.unwrap();

        // Assert
        let messages = client.received(1).await.unwrap();
        assert_eq!(
            (&messages[0].payload[..], messages[0].qos),
            (&b"missed"[..], QoS::ExactlyOnce),
            "{version:?}"
        );
        client.disconnect().await;
    }
}
