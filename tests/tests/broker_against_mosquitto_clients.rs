//! Our local broker and the mosquitto command line clients, and our session.

use std::{sync::Arc, time::Duration};

use acceptance::{
    client::{Client, config},
    mosquitto::{self, Subscriber},
    process::{self, Running},
    wait::{self, Look},
};
use broker::{AccessRules, Accounts, Broker, BrokerConfig, User};
use wire::{QoS, Version};

const ANY_PORT: ([u8; 4], u16) = ([127, 0, 0, 1], 0);
const SOON: Duration = Duration::from_secs(5);

fn start(config: BrokerConfig) -> (Broker, u16) {
    let broker = Broker::start(config);
    let port = broker.listen_tcp(ANY_PORT.into()).map_or(0, |info| info.address.port());
    (broker, port)
}

#[tokio::test(flavor = "multi_thread")]
async fn mosquitto_clients_of_every_version_and_qos_exchange_messages() {
    let (_broker, port) = start(BrokerConfig::default());
    for version in ["mqttv31", "mqttv311", "mqttv5"] {
        let mut subscriber =
            Subscriber::start(port, &["-V", version, "-t", "plant/#", "-q", "2"]).unwrap();
        for qos in ["0", "1", "2"] {
            mosquitto::publish(
                port,
                &["-V", version, "-t", "plant/1/temp", "-m", "21.5", "-q", qos],
            )
            .unwrap();

            let seen = subscriber.next(SOON).unwrap();

            assert_eq!((&*seen.topic, &*seen.payload), ("plant/1/temp", &b"21.5"[..]), "{version}");
            assert_eq!(seen.qos.to_string(), qos, "{version}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn retained_message_reaches_a_later_mosquitto_sub_until_it_is_cleared() {
    // Arrange
    let (_broker, port) = start(BrokerConfig::default());
    mosquitto::publish(port, &["-t", "plant/state", "-m", "on", "-r", "-q", "1"]).unwrap();

    // Act
    let before = Subscriber::start(port, &["-t", "plant/#"]).unwrap().next(SOON).unwrap();
    mosquitto::publish(port, &["-t", "plant/state", "-n", "-r", "-q", "1"]).unwrap();
    let mut after = Subscriber::start(port, &["-t", "plant/#"]).unwrap();
    mosquitto::publish(port, &["-t", "plant/end", "-m", "end", "-q", "1"]).unwrap();

    // Assert
    assert!(before.retained);
    assert_eq!(before.payload, b"on");
    assert_eq!(after.next(SOON).unwrap().topic, "plant/end");
}

#[tokio::test(flavor = "multi_thread")]
async fn will_of_a_killed_mosquitto_client_is_published() {
    // Arrange
    let (broker, port) = start(BrokerConfig::default());
    let mut witness = Subscriber::start(port, &["-t", "will/#", "-q", "1"]).unwrap();
    let will = ["--will-topic", "will/sensor", "--will-payload", "gone", "--will-qos", "1"];
    let mut command = std::process::Command::new(process::find("mosquitto_sub").unwrap());
    command
        .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-t", "x", "-i", "sensor"])
        .args(will);
    let sensor = Running::start(&mut command).unwrap();
    let mut online = false;
    for _ in 0..500 {
        let sensor = broker.client("sensor").await.unwrap();
        online = sensor.is_some_and(|sensor| sensor.subscriptions.len() == 1);
        if online {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(online, "the sensor never came online");

    // Act
    process::signal("KILL", sensor.id()).unwrap();

    // Assert
    let seen = witness.next(SOON).unwrap();
    assert_eq!((&*seen.topic, &*seen.payload), ("will/sensor", &b"gone"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_wait_for_a_mosquitto_sub_that_was_away() {
    // Arrange
    let (_broker, port) = start(BrokerConfig::default());
    let kept = ["-t", "kept/#", "-q", "1", "-c", "-i", "kept"];
    drop(Subscriber::start(port, &kept).unwrap());

    // Act
    mosquitto::publish(port, &["-t", "kept/1", "-m", "missed", "-q", "1"]).unwrap();
    let mut back = Subscriber::start(port, &kept).unwrap();

    // Assert
    assert_eq!(back.next(SOON).unwrap().payload, b"missed");
}

#[tokio::test(flavor = "multi_thread")]
async fn mosquitto_pub_with_a_wrong_password_is_refused() {
    let users = vec![User::new("ada", b"engine")];
    let rules = AccessRules { anonymous: false, users, acl: Vec::new() };
    let access = Arc::new(Accounts::new(rules));
    let (_broker, port) = start(BrokerConfig { access, ..BrokerConfig::default() });

    let wrong = mosquitto::publish(port, &["-u", "ada", "-P", "wrong", "-t", "a", "-m", "1"]);
    let right = mosquitto::publish(port, &["-u", "ada", "-P", "engine", "-t", "a", "-m", "1"]);

    assert!(wrong.is_err());
    right.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn five_megabytes_pass_through_unchanged() {
    // Arrange
    let (_broker, port) = start(BrokerConfig::default());
    let client = Client::connect(config(port, Version::V5, "big")).await.unwrap();
    client.subscribe("big", QoS::AtLeastOnce).await.unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let payload: Vec<u8> = (0..5_000_000_u32).map(|at| at.to_le_bytes()[at as usize % 3]).collect();
    std::fs::write(file.path(), &payload).unwrap();

    // Act
    mosquitto::publish(port, &["-t", "big", "-q", "2", "-f", file.path().to_str().unwrap()])
        .unwrap();

    // Assert
    let messages = client.received(1).await.unwrap();
    assert!(messages[0].payload[..] == payload[..], "{} bytes", messages[0].payload.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn our_session_comes_back_when_our_broker_restarts_on_its_port() {
    for version in [Version::V311, Version::V5] {
        // Arrange
        let (broker, port) = start(BrokerConfig::default());
        let client = Client::connect(config(port, version, "survivor")).await.unwrap();
        client.subscribe("plant/#", QoS::AtLeastOnce).await.unwrap();

        // Act
        broker.stop().await;
        client.offline().await.unwrap();
        let broker = Broker::start(BrokerConfig::default());
        broker.listen_tcp(([127, 0, 0, 1], port).into()).unwrap();
        client.online().await.unwrap();
        mosquitto::publish(port, &["-t", "plant/1", "-m", "back", "-q", "1"]).unwrap();

        // Assert
        assert_eq!(&client.received(1).await.unwrap()[0].payload[..], b"back", "{version:?}");
        client.disconnect().await;
        broker.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_broker_leaves_its_port_free() {
    let (broker, port) = start(BrokerConfig::default());
    mosquitto::publish(port, &["-t", "a", "-m", "1"]).unwrap();

    broker.stop().await;

    let free = wait::until("a free port", SOON, || {
        Ok(match std::net::TcpListener::bind(("127.0.0.1", port)) {
            Ok(_) => Look::Found(()),
            Err(error) => Look::NotYet(error.to_string()),
        })
    });
    free.unwrap();
}
