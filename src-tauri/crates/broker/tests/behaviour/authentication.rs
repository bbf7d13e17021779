use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use broker::{
    Access, AccessRules, AclEffect, AclRule, AclWho, Broker, BrokerEvent, ConnectFailure,
};
use bytes::Bytes;
use hmac::{Hmac, Mac};
use rand::{Rng, SeedableRng, rngs::StdRng};
use sha2::{Digest, Sha256};
use wire::{
    Packet, ReasonCode, Version,
    packet::{Auth, ConnAck, Connect},
    property::AuthProperties,
};

use crate::{
    access::{start_with, users_only},
    peer::{Peer, QOS0, QOS1, clients, connect, disconnect, publish},
};

const METHOD: &str = "SCRAM-SHA-256";

/// The client's side of one exchange.
struct Client {
    username: &'static str,
    password: &'static str,
    server_first: String,
    server_signature: String,
    /// The password with a salt, which takes its time.
    salted: Option<(String, [u8; 32])>,
}

impl Client {
    fn new(username: &'static str, password: &'static str) -> Self {
        let (server_first, server_signature) = (String::new(), String::new());
        Self { username, password, server_first, server_signature, salted: None }
    }

    fn first(&self) -> Bytes {
        format!("n,,{}", self.bare()).into()
    }

    fn bare(&self) -> String {
        format!("n={},r=fyko+d2lbbFgONRv9qkxdawL", self.username)
    }

    /// Salt and iterations of a challenge.
    fn parameters(&self) -> (String, u32) {
        let mut parts = self.server_first.split(',').skip(1);
        let salt = parts.next().unwrap().strip_prefix("s=").unwrap();
        (salt.to_owned(), parts.next().unwrap()[2..].parse().unwrap())
    }

    fn last(&mut self, challenge: &[u8]) -> Bytes {
        self.server_first = String::from_utf8(challenge.to_vec()).unwrap();
        let (salt, iterations) = self.parameters();
        let nonce = self.server_first.split(',').next().unwrap();
        if self.salted.as_ref().is_none_or(|(known, _)| *known != salt) {
            let (password, bytes) = (self.password.as_bytes(), BASE64.decode(&salt).unwrap());
            let salted = pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password, &bytes, iterations);
            self.salted = Some((salt.clone(), salted));
        }
        let salted = self.salted.as_ref().unwrap().1;
        let client_key = mac(&salted, b"Client Key");
        let without_proof = format!("c=biws,{nonce}");
        let said = format!("{},{},{without_proof}", self.bare(), self.server_first);
        let signature = mac(&Sha256::digest(&client_key), said.as_bytes());
        let proof: Vec<u8> = client_key.iter().zip(signature).map(|(a, b)| a ^ b).collect();
        let server_key = mac(&salted, b"Server Key");
        self.server_signature = format!("v={}", BASE64.encode(mac(&server_key, said.as_bytes())));
        format!("{without_proof},p={}", BASE64.encode(proof)).into()
    }
}

fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

fn with_method(client_id: &str, method: &str, data: Option<Bytes>) -> Connect {
    let mut connect = connect(Version::V5, client_id);
    connect.properties.authentication_method = Some(method.into());
    connect.properties.authentication_data = data;
    connect
}

fn auth(reason: ReasonCode, method: &str, data: impl Into<Bytes>) -> Packet {
    let properties = AuthProperties {
        authentication_method: Some(method.into()),
        authentication_data: Some(data.into()),
        ..AuthProperties::default()
    };
    Packet::Auth(Auth { reason, properties })
}

fn proceed(data: impl Into<Bytes>) -> Packet {
    auth(ReasonCode::CONTINUE_AUTHENTICATION, METHOD, data)
}

async fn challenge(peer: &mut Peer) -> Bytes {
    match peer.receive().await {
        Some(Packet::Auth(Auth { reason: ReasonCode::CONTINUE_AUTHENTICATION, properties })) => {
            assert_eq!(properties.authentication_method.as_deref(), Some(METHOD));
            properties.authentication_data.unwrap_or_default()
        }
        other => panic!("no AUTH but {other:?}"),
    }
}

async fn connack(peer: &mut Peer) -> ConnAck {
    match peer.receive().await {
        Some(Packet::ConnAck(answer)) => *answer,
        other => panic!("no CONNACK but {other:?}"),
    }
}

/// Sends a CONNECT with a method.
async fn begin(broker: &Broker, client_id: &str, data: Option<Bytes>) -> Peer {
    let mut peer = Peer::dial(broker, Version::V5);
    peer.send(Packet::Connect(Box::new(with_method(client_id, METHOD, data)))).await;
    peer
}

/// Plays the exchange to its end.
async fn log_in(broker: &Broker, client_id: &str, client: &mut Client) -> (Peer, ConnAck) {
    let mut peer = begin(broker, client_id, Some(client.first())).await;
    let challenge = challenge(&mut peer).await;
    let last = client.last(&challenge);
    peer.send(proceed(last)).await;
    let answer = connack(&mut peer).await;
    (peer, answer)
}

fn start() -> Broker {
    start_with(users_only(&[("ada", "engine"), ("bob", "builder")])).0
}

#[tokio::test(start_paused = true)]
async fn who_proves_to_know_the_password_is_let_in_and_sees_that_the_broker_knows_it_too() {
    let broker = start();
    let mut client = Client::new("ada", "engine");

    let (_peer, answer) = log_in(&broker, "c", &mut client).await;

    assert_eq!(answer.reason, ReasonCode::SUCCESS);
    assert_eq!(answer.properties.authentication_method.as_deref(), Some(METHOD));
    assert_eq!(answer.properties.authentication_data.unwrap(), client.server_signature.as_bytes());
    let clients = clients(&broker).await;
    let link = clients[0].online().unwrap();
    assert_eq!(link.username.as_deref(), Some("ada"));
}

#[tokio::test(start_paused = true)]
async fn the_user_of_the_exchange_is_the_one_of_the_rules() {
    let rule = AclRule {
        who: AclWho::Everyone,
        effect: AclEffect::Allow,
        publish: true,
        subscribe: false,
        receive: false,
        topics: "home/%u".into(),
    };
    let rules = AccessRules { acl: vec![rule], ..users_only(&[("ada", "engine")]) };
    let (broker, _) = start_with(rules);
    let (mut peer, _) = log_in(&broker, "c", &mut Client::new("ada", "engine")).await;

    let answers = [
        peer.publish(publish("home/ada", "1", QOS1)).await,
        peer.publish(publish("home/bob", "1", QOS1)).await,
    ];

    assert_eq!(answers, [ReasonCode::NO_MATCHING_SUBSCRIBERS, ReasonCode::NOT_AUTHORIZED]);
}

#[tokio::test(start_paused = true)]
async fn a_client_may_wait_with_its_first_message_until_it_is_asked() {
    let broker = start();
    let mut client = Client::new("ada", "engine");
    let mut peer = begin(&broker, "c", None).await;

    assert!(challenge(&mut peer).await.is_empty());
    peer.send(proceed(client.first())).await;
    let challenge = challenge(&mut peer).await;
    peer.send(proceed(client.last(&challenge))).await;

    assert_eq!(connack(&mut peer).await.reason, ReasonCode::SUCCESS);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_and_an_unknown_user_end_the_same_way() {
    let broker = start();
    let mut events = broker.events();

    for (username, password) in [("ada", "wrong"), ("eve", "engine")] {
        let mut client = Client::new(username, password);
        let (mut peer, answer) = log_in(&broker, "c", &mut client).await;

        assert_eq!(answer.reason, ReasonCode::NOT_AUTHORIZED);
        assert_eq!(answer.properties.authentication_data, None);
        assert!(peer.is_closed().await);
        let (salt, iterations) = client.parameters();
        assert_eq!((salt.len(), iterations), (24, 15_000));
        let event = events.recv().await.unwrap();
        let BrokerEvent::ConnectionFailed { cause, .. } = event else { panic!("{event:?}") };
        let ConnectFailure::Refused { username: told, .. } = cause else { panic!("{cause:?}") };
        assert_eq!(told.as_deref(), Some(username));
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_user_has_a_salt_that_stays_and_is_no_one_elses() {
    let rules = users_only(&[("ada", "engine")]);
    let mut salts = Vec::new();

    // A restart of the broker, with the same rules, tells nothing.
    for name in ["eve", "eve", "mallory", "ada"] {
        let (broker, _) = start_with(rules.clone());
        let mut client = Client::new(name, "x");
        log_in(&broker, "c", &mut client).await;
        salts.push(client.parameters().0);
    }

    assert_eq!(salts[0], salts[1]);
    assert_ne!(salts[0], salts[2]);
    assert_ne!(salts[0], salts[3]);
}

#[tokio::test(start_paused = true)]
async fn a_method_nobody_knows_is_refused_as_such() {
    let broker = start();
    let anyone = Broker::start(broker::BrokerConfig::default());

    for (broker, method) in [(&broker, "PLAIN"), (&broker, ""), (&anyone, METHOD)] {
        let (mut peer, answer) = Peer::attempt(broker, with_method("c", method, None)).await;

        assert_eq!(answer.reason, ReasonCode::BAD_AUTHENTICATION_METHOD, "{method:?}");
        assert!(peer.is_closed().await);
    }
}

#[tokio::test(start_paused = true)]
async fn messages_that_make_no_sense_are_protocol_errors() {
    let broker = start();
    let first = Client::new("ada", "engine").first();

    for begin_with in [None, Some("n"), Some("p=x,,n=ada,r=x"), Some("x,,n=ada,r=x")] {
        let mut peer = begin(&broker, "c", begin_with.map(Into::into)).await;
        if begin_with.is_none() {
            challenge(&mut peer).await;
            peer.send(proceed("n,,")).await;
        }
        let refused = begin_with.is_some_and(|text| text.starts_with("p="));
        let expected =
            if refused { ReasonCode::NOT_AUTHORIZED } else { ReasonCode::PROTOCOL_ERROR };
        assert_eq!(connack(&mut peer).await.reason, expected, "{begin_with:?}");
    }
    let others = [
        proceed("not base64"),
        auth(ReasonCode::CONTINUE_AUTHENTICATION, "PLAIN", "x"),
        auth(ReasonCode::RE_AUTHENTICATE, METHOD, "x"),
        Packet::PingReq,
    ];
    for packet in others {
        let mut peer = begin(&broker, "c", Some(first.clone())).await;
        challenge(&mut peer).await;
        peer.send(packet).await;
        assert_eq!(connack(&mut peer).await.reason, ReasonCode::PROTOCOL_ERROR);
        assert!(peer.is_closed().await);
    }
}

#[tokio::test(start_paused = true)]
async fn an_exchange_without_end_is_ended() {
    let broker = start();
    let mut peer = begin(&broker, "c", None).await;
    let mut asked = 0;

    let reason = loop {
        match peer.receive().await {
            Some(Packet::Auth(_)) => asked += 1,
            Some(Packet::ConnAck(answer)) => break answer.reason,
            other => panic!("{other:?}"),
        }
        peer.send(proceed("")).await;
    };

    assert_eq!((asked, reason), (8, ReasonCode::NOT_AUTHORIZED));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stops_answering_is_given_up() {
    let broker = start();
    let mut events = broker.events();
    let first = Client::new("ada", "engine").first();
    let mut silent = begin(&broker, "silent", Some(first.clone())).await;
    let mut leaving = begin(&broker, "leaving", Some(first)).await;
    challenge(&mut silent).await;
    challenge(&mut leaving).await;

    leaving.send(disconnect(ReasonCode::SUCCESS)).await;

    for name in ["leaving", "silent"] {
        let event = events.recv().await.unwrap();
        let BrokerEvent::ConnectionFailed { cause, .. } = event else { panic!("{event:?}") };
        assert_eq!(cause, ConnectFailure::NotAuthenticated { client_id: name.into() });
    }
    assert!(silent.is_closed().await);
}

#[tokio::test(start_paused = true)]
async fn a_client_can_prove_itself_again_while_messages_flow() {
    let broker = start();
    let mut client = Client::new("ada", "engine");
    let (mut peer, _) = log_in(&broker, "c", &mut client).await;
    peer.subscribe("a", QOS0).await;

    for _ in 0..2 {
        peer.send(auth(ReasonCode::RE_AUTHENTICATE, METHOD, client.first())).await;
        let challenge = challenge(&mut peer).await;
        peer.send(Packet::Publish(publish("a", "meanwhile", QOS0))).await;
        assert_eq!(peer.payloads().await, ["meanwhile"]);
        peer.send(proceed(client.last(&challenge))).await;
        let Some(Packet::Auth(done)) = peer.receive().await else { panic!("no AUTH") };

        assert_eq!(done.reason, ReasonCode::SUCCESS);
        let data = done.properties.authentication_data.unwrap();
        assert_eq!(data, client.server_signature.as_bytes());
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_re_authentication_ends_the_connection() {
    let broker = start();

    // A wrong password, and the right one of somebody else.
    for (username, password) in [("ada", "wrong"), ("bob", "builder")] {
        let (mut peer, _) = log_in(&broker, "c", &mut Client::new("ada", "engine")).await;
        let mut client = Client::new(username, password);
        peer.send(auth(ReasonCode::RE_AUTHENTICATE, METHOD, client.first())).await;
        let challenge = challenge(&mut peer).await;
        peer.send(proceed(client.last(&challenge))).await;

        assert_eq!(peer.receive_disconnect().await, ReasonCode::NOT_AUTHORIZED, "{username}");
        assert!(peer.is_closed().await);
    }
}

#[tokio::test(start_paused = true)]
async fn an_auth_out_of_place_is_a_protocol_error() {
    let broker = start();
    let again = auth(ReasonCode::RE_AUTHENTICATE, METHOD, Client::new("ada", "engine").first());
    let cases = [
        vec![proceed("unasked")],
        vec![again.clone(), again],
        vec![auth(ReasonCode::RE_AUTHENTICATE, "PLAIN", "x")],
        vec![auth(ReasonCode::RE_AUTHENTICATE, METHOD, "nonsense")],
    ];

    for packets in cases {
        let (mut peer, _) = log_in(&broker, "c", &mut Client::new("ada", "engine")).await;
        for packet in packets.clone() {
            peer.send(packet).await;
        }
        if packets.len() > 1 {
            challenge(&mut peer).await;
        }
        assert_eq!(peer.receive_disconnect().await, ReasonCode::PROTOCOL_ERROR, "{packets:?}");
    }
    let (open, _) = start_with(AccessRules::default());
    let mut plain = Peer::v5(&open, "c").await;
    plain.send(proceed("x")).await;
    assert_eq!(plain.receive_disconnect().await, ReasonCode::PROTOCOL_ERROR);
}

#[tokio::test(start_paused = true)]
async fn damaged_exchanges_let_nobody_in() {
    let rules = users_only(&[("ada", "engine")]);
    let (broker, accounts) = start_with(rules);
    let mut random = StdRng::seed_from_u64(5802);
    let mut client = Client::new("ada", "engine");

    for round in 0..400 {
        let mut first = client.first().to_vec();
        let is_first = round % 2 == 0;
        if is_first {
            damage(&mut first, &mut random);
        }
        let mut peer = begin(&broker, "c", Some(first.into())).await;
        let answer = match peer.receive().await {
            Some(Packet::Auth(question)) => {
                let data = question.properties.authentication_data.unwrap_or_default();
                // A proof that is none for a user who may be another one; else the right one, damaged.
                let nonsense = b"c=biws,r=x,p=AAAA".to_vec();
                let mut last = if is_first { nonsense } else { client.last(&data).to_vec() };
                damage(&mut last, &mut random);
                peer.send(proceed(last)).await;
                peer.receive().await
            }
            other => other,
        };
        let is_let_in = matches!(
            &answer, Some(Packet::ConnAck(answer)) if answer.reason == ReasonCode::SUCCESS
        );
        assert!(answer.is_some() && !is_let_in, "round {round}: {answer:?}");
    }

    assert!(accounts.exchange(METHOD).is_some());
    let (_, answer) = log_in(&broker, "c", &mut Client::new("ada", "engine")).await;
    assert_eq!(answer.reason, ReasonCode::SUCCESS);
}

fn damage(bytes: &mut Vec<u8>, random: &mut StdRng) {
    for _ in 0..random.random_range(1..4) {
        let at = random.random_range(0..=bytes.len());
        match random.random_range(0..4) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
            1 => bytes.truncate(at),
            2 if at < bytes.len() => {
                bytes.remove(at);
            }
            _ => bytes.insert(at, random.random()),
        }
    }
}
