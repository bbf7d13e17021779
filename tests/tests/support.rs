//! The support itself: what the other tests stand on.

use std::time::Duration;

use acceptance::{Mosquitto, mosquitto};

#[test]
fn mosquitto_sub_sees_what_mosquitto_pub_published() {
    // Arrange
    let broker = Mosquitto::start().unwrap();
    let mut subscriber =
        mosquitto::Subscriber::start(broker.port(), &["-t", "plant/#", "-q", "2"]).unwrap();

    // Act
    mosquitto::publish(broker.port(), &["-t", "plant/1/outer door", "-m", "on", "-q", "2"])
        .unwrap();

    // Assert
    let seen = subscriber.next(Duration::from_secs(5)).unwrap();
    assert_eq!(seen.topic, "plant/1/outer door");
    assert_eq!(seen.payload, b"on");
    assert_eq!(seen.qos, 2);
}

#[test]
fn killed_mosquitto_comes_back_on_the_same_port() {
    let mut broker = Mosquitto::start().unwrap();
    broker.kill();
    let refused = mosquitto::publish(broker.port(), &["-t", "a", "-m", "1"]);

    broker.restart().unwrap();

    assert!(refused.is_err());
    mosquitto::publish(broker.port(), &["-t", "a", "-m", "1"]).unwrap();
}
