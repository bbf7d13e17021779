//! Our local broker over TLS and the mosquitto command line clients, which speak it with OpenSSL.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{fs, net::Ipv4Addr, path::PathBuf, time::Duration};

use acceptance::mosquitto::{self, Subscriber};
use broker::{Broker, BrokerConfig, BrokerEvent, ClientCertificates, ListenerConfig, TlsSettings};
use pki::{Authorities, LocalAuthority, loopback_names};
use tempfile::TempDir;

const SOON: Duration = Duration::from_secs(5);

/// A broker that wants certificates of one authority, and takes their common names for users.
struct Secured {
    broker: Broker,
    port: u16,
    authority: LocalAuthority,
    folder: TempDir,
}

impl Secured {
    fn start() -> Self {
        let authority = LocalAuthority::create().unwrap();
        let trusted = Authorities::from_pem(authority.certificate_pem().as_bytes()).unwrap();
        let tls = TlsSettings {
            clients: ClientCertificates::Required(trusted),
            common_name_is_user: true,
            ..TlsSettings::new(authority.issue_server(&loopback_names()).unwrap().identity)
        };
        let broker = Broker::start(BrokerConfig::default());
        let address = (Ipv4Addr::LOCALHOST, 0).into();
        let config = ListenerConfig { tls: Some(tls), ..ListenerConfig::tcp(address) };
        let port = broker.listen(config).unwrap().address.port();
        Self { broker, port, authority, folder: TempDir::new().unwrap() }
    }

    fn keep(&self, name: &str, text: &str) -> String {
        let file: PathBuf = self.folder.path().join(name);
        fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    }

    /// Options of a client that trusts the broker's authority and has a certificate of its own.
    fn options(&self, common_name: &str) -> [String; 6] {
        let issued = self.authority.issue_client(common_name).unwrap();
        [
            "--cafile".to_owned(),
            self.keep("authority.pem", self.authority.certificate_pem()),
            "--cert".to_owned(),
            self.keep("certificate.pem", &issued.chain_pem),
            "--key".to_owned(),
            self.keep("key.pem", &issued.key_pem),
        ]
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mosquitto_clients_with_certificates_exchange_messages_and_are_known_by_name() {
    // Arrange
    let secured = Secured::start();
    let mut events = secured.broker.events();
    let options = secured.options("sensor 7");
    let with = |more: [&'static str; 6]| -> Vec<&str> {
        options.iter().map(String::as_str).chain(more).collect()
    };
    let subscribe = with(["-t", "plant/#", "-q", "1", "-V", "mqttv311"]);
    let publish = with(["-t", "plant/1", "-m", "21.5", "-V", "mqttv5"]);

    // Act
    let mut subscriber = Subscriber::start(secured.port, &subscribe).unwrap();
    mosquitto::publish(secured.port, &publish).unwrap();

    // Assert
    assert_eq!(subscriber.next(SOON).unwrap().payload, b"21.5");
    let event = events.recv().await.unwrap();
    let BrokerEvent::ClientConnected { username, .. } = event else { panic!("{event:?}") };
    assert_eq!(username.as_deref(), Some("sensor 7"));
}

#[tokio::test(flavor = "multi_thread")]
async fn mosquitto_pub_that_does_not_trust_the_broker_is_heard_saying_so() {
    let secured = Secured::start();
    let mut events = secured.broker.events();
    let stranger = LocalAuthority::create().unwrap();
    let file = secured.keep("stranger.pem", stranger.certificate_pem());

    let published = mosquitto::publish(secured.port, &["--cafile", &file, "-t", "a", "-m", "1"]);

    assert!(published.is_err());
    let event = events.recv().await.unwrap();
    let BrokerEvent::ConnectionFailed { cause, .. } = event else { panic!("{event:?}") };
    let expected =
        "the client does not trust this certificate (alert: unknown certificate authority)";
    assert_eq!(cause.to_string(), expected);
}
