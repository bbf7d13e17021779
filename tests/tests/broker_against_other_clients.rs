//! The local broker with clients other people wrote: paho-mqtt and mqtt.js, over all four listeners,
//! with MQTT 3.1.1 and 5.0.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Stdio,
};

use acceptance::other_clients;
use broker::{
    Broker, BrokerConfig, ClientCertificates, ListenerConfig, TlsSettings, WebSocketSettings,
};
use pki::{LocalAuthority, loopback_names};
use tempfile::TempDir;
use tokio::process::Command;

/// A broker with all kinds of listeners, and what clients need to trust it.
struct Open {
    broker: Broker,
    urls: [String; 4],
    authority: PathBuf,
    _folder: TempDir,
}

fn open() -> Open {
    let authority = LocalAuthority::create().unwrap();
    let identity = authority.issue_server(&loopback_names()).unwrap().identity;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("authority.pem");
    fs::write(&file, authority.certificate_pem()).unwrap();
    let tls =
        TlsSettings { identity, clients: ClientCertificates::Off, common_name_is_user: false };
    let websocket = WebSocketSettings { path: Some("/mqtt".into()) };
    let broker = Broker::start(BrokerConfig::default());
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listen = |scheme: &str,
                  tls: Option<&TlsSettings>,
                  websocket: Option<&WebSocketSettings>| {
        let config = ListenerConfig { address, tls: tls.cloned(), websocket: websocket.cloned() };
        let port = broker.listen(config).unwrap().address.port();
        let path = if websocket.is_some() { "/mqtt" } else { "" };
        format!("{scheme}://127.0.0.1:{port}{path}")
    };
    let urls = [
        listen("mqtt", None, None),
        listen("mqtts", Some(&tls), None),
        listen("ws", None, Some(&websocket)),
        listen("wss", Some(&tls), Some(&websocket)),
    ];
    Open { broker, urls, authority: file, _folder: folder }
}

#[tokio::test(flavor = "multi_thread")]
async fn paho_gets_back_what_it_publishes_over_every_listener_in_both_versions() {
    let python = other_clients::python_with_paho().unwrap();
    all_rounds(&python, &other_clients::script("paho_client.py")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mqtt_js_gets_back_what_it_publishes_over_every_listener_in_both_versions() {
    let node = other_clients::node_with_mqtt_js().unwrap();
    all_rounds(&node, &other_clients::script("mqttjs_client.mjs")).await;
}

async fn all_rounds(program: &Path, script: &Path) {
    let open = open();
    for url in &open.urls {
        for version in ["3.1.1", "5"] {
            let mut command = Command::new(program);
            command.arg(script).arg(url).arg(version).stdin(Stdio::null()).kill_on_drop(true);
            if url.starts_with("mqtts") || url.starts_with("wss") {
                command.arg(&open.authority);
            }
            let output = command.output().await.unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{url} with {version}: {said}");
        }
    }
    open.broker.stop().await;
}
