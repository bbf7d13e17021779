//! `tscope broker` from outside: every listener, users, rules, faults, a data folder, JSON.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::{fs, time::Duration};

use serde_json::{Value, json};
use support::{Broker, tscope};

#[test]
fn every_kind_of_listener_is_announced_with_the_port_it_got() {
    let any = "127.0.0.1:0";
    let broker = Broker::start(&["--tcp", any, "--tls", any, "--ws", any, "--wss", any, "--sys"]);

    let protocols: Vec<_> =
        broker.listeners.iter().map(|(protocol, _)| protocol.as_str()).collect();

    assert_eq!(protocols, ["tcp", "tls", "ws", "wss"]);
    assert!(broker.listeners.iter().all(|(_, address)| !address.ends_with(":0")));
}

#[test]
fn only_users_get_in_and_rules_say_where_they_may_publish() {
    let folder = tempfile::tempdir().unwrap();
    let acl = folder.path().join("acl.json");
    let rule = json!([{
        "who": { "kind": "everyone" }, "effect": "deny",
        "publish": true, "subscribe": false, "receive": false, "topics": "secret/#",
    }]);
    fs::write(&acl, rule.to_string()).unwrap();
    let broker = Broker::start(&[
        "--tcp",
        "127.0.0.1:0",
        "--no-anonymous",
        "--user",
        "ada:engine",
        "--acl",
        acl.to_str().unwrap(),
    ]);
    let url = |user: &str| format!("mqtt://{user}{}", broker.tcp());
    let publish = |user: &str, topic: &str| {
        tscope(&["pub", &url(user), "-t", topic, "-m", "1", "-q", "1"]).status.code()
    };

    let codes = [
        publish("", "plant/1"),
        publish("ada:wrong@", "plant/1"),
        publish("ada:engine@", "plant/1"),
        publish("ada:engine@", "secret/1"),
    ];

    assert_eq!(codes, [Some(4), Some(4), Some(0), Some(4)]);
}

#[test]
fn retained_messages_are_still_there_after_the_broker_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let options = ["--tcp", "127.0.0.1:0", "--data", data];
    let mut broker = Broker::start(&options);
    let sent = tscope(&["pub", &broker.tcp(), "-t", "plant/1", "-m", "21.5", "-q", "1", "-r"]);
    broker.kill();

    let broker = Broker::start(&options);
    let seen = tscope(&["sub", &broker.tcp(), "-t", "plant/#", "-C", "1"]);

    assert!(sent.status.success());
    assert!(String::from_utf8_lossy(&seen.stdout).contains("21.5"), "{seen:?}");
}

#[test]
fn a_preset_of_faults_is_in_force_from_the_start() {
    let broker = Broker::start(&["--tcp", "127.0.0.1:0", "--fault", "refuses-everybody"]);

    let refused = tscope(&["pub", &broker.tcp(), "-t", "a", "-m", "1"]);

    assert_eq!(refused.status.code(), Some(4), "{}", String::from_utf8_lossy(&refused.stderr));
}

#[test]
fn a_file_that_is_wrong_is_named_before_anything_listens() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("faults.json");
    fs::write(&file, r#"[{"effect": {"kind": "explode"}}]"#).unwrap();

    let failed = tscope(&["broker", "--tcp", "127.0.0.1:0", "--fault", file.to_str().unwrap()]);

    assert_eq!(failed.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&failed.stderr).contains("faults.json"), "{failed:?}");
}

#[test]
fn with_json_it_tells_what_happens_and_does_what_it_is_told() {
    // Arrange
    let mut broker = Broker::start_json(&["--tcp", "127.0.0.1:0"]);
    let tcp = broker.tcp();
    let sent = tscope(&["pub", &tcp, "-i", "press", "-t", "plant/1", "-m", "on", "-q", "1", "-r"]);
    assert!(sent.status.success());

    // Act
    let connected = broker.line(|line| line["event"]["kind"] == "clientConnected");
    broker.tell(&json!({ "id": 7, "do": "retained", "filter": "plant/#" }));
    let retained = broker.line(|line| line["id"] == 7);
    broker.tell(&json!({ "id": 8, "do": "packets", "clientId": "press" }));
    let packets = broker.line(|line| line["id"] == 8);
    broker.tell(&json!({ "id": 9, "do": "kick", "clientId": "nobody" }));
    let failed = broker.line(|line| line["id"] == 9);
    let activity = broker.line(|line| line["kind"] == "activity");

    // Assert
    assert_eq!(connected["event"]["clientId"], "press");
    assert_eq!(retained["answer"]["messages"][0]["preview"], "on");
    let kinds: Vec<_> = packets["answer"]["rows"].as_array().unwrap().iter().map(kind).collect();
    assert!(kinds.starts_with(&["CONNECT", "CONNACK", "PUBLISH", "PUBACK"]), "{kinds:?}");
    assert_eq!(failed["failure"]["code"], "notConnected");
    assert_eq!(activity["retained"], 1);
}

#[test]
fn a_connection_that_fails_is_told_as_the_broker_sees_it() {
    let mut broker = Broker::start_json(&["--tcp", "127.0.0.1:0"]);
    let mut socket = std::net::TcpStream::connect(broker.tcp()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    std::io::Write::write_all(&mut socket, b"GET / HTTP/1.1\r\n\r\n").unwrap();

    let failed = broker.line(|line| line["event"]["kind"] == "connectionFailed");

    assert_eq!(failed["event"]["code"], "otherProtocol");
    assert!(failed["event"]["cause"].as_str().unwrap().contains("HTTP"), "{failed}");
}

fn kind(row: &Value) -> &str {
    row["packet"].as_str().unwrap()
}
