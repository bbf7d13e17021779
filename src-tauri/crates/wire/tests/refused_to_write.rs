//! What the types allow and the wire does not.

#![allow(clippy::unwrap_used, reason = "helpers of tests may unwrap as tests do")]

use bytes::{Bytes, BytesMut};
use wire::{
    EncodeError, Packet, PacketType, PropertyId, QoS, ReasonCode,
    Version::{self, V5, V31, V311},
    encode, encoded_len,
    packet::{
        Ack, Auth, ConnAck, Connect, Disconnect, Publish, RetainHandling, SubAck, Subscribe,
        Subscription, UnsubAck, Unsubscribe,
    },
    property::{
        AckProperties, AuthProperties, ConnAckProperties, ConnectProperties, DisconnectProperties,
        PublishProperties, SubscribeProperties, UnsubscribeProperties,
    },
};

fn assert_refused(packet: &Packet, version: Version, expected: &EncodeError) {
    let mut out = BytesMut::from(&b"before"[..]);
    assert_eq!(encode(packet, version, &mut out).as_ref(), Err(expected));
    assert_eq!(encoded_len(packet, version).as_ref(), Err(expected));
    assert_eq!(&out[..], b"before", "a refused packet must leave no trace");
}

fn connect(change: impl FnOnce(&mut Connect)) -> Packet {
    let mut connect = Connect {
        version: V5,
        clean_start: true,
        keep_alive: 60,
        client_id: "c".into(),
        will: None,
        username: None,
        password: None,
        properties: ConnectProperties::default(),
    };
    change(&mut connect);
    Packet::Connect(Box::new(connect))
}

fn publish(change: impl FnOnce(&mut Publish)) -> Packet {
    let mut publish = Publish {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: false,
        topic: Some("a".parse().unwrap()),
        packet_id: None,
        payload: Bytes::new(),
        properties: PublishProperties::default(),
    };
    change(&mut publish);
    Packet::Publish(publish)
}

fn subscribe(filter: &str, change: impl FnOnce(&mut Subscription)) -> Packet {
    let mut subscription = Subscription {
        filter: filter.parse().unwrap(),
        qos: QoS::AtMostOnce,
        no_local: false,
        retain_as_published: false,
        retain_handling: RetainHandling::Send,
    };
    change(&mut subscription);
    let properties = SubscribeProperties::default();
    Packet::Subscribe(Subscribe { packet_id: id(), filters: vec![subscription], properties })
}

fn connack(change: impl FnOnce(&mut ConnAck)) -> Packet {
    let (reason, properties) = (ReasonCode::SUCCESS, ConnAckProperties::default());
    let mut connack = ConnAck { session_present: false, reason, properties };
    change(&mut connack);
    Packet::ConnAck(Box::new(connack))
}

fn id() -> wire::PacketId {
    1.try_into().unwrap()
}

#[test]
fn texts_and_binary_data_longer_than_65535_bytes() {
    let long = "x".repeat(65_536);
    let too_long = |field| EncodeError::TooLong { field, bytes: 65_536 };

    let packet = connect(|connect| connect.client_id = long.as_str().into());
    assert_refused(&packet, V5, &too_long("client identifier"));
    let packet = connect(|connect| connect.password = Some(Bytes::from(long.clone())));
    assert_refused(&packet, V5, &too_long("password"));
    let packet = publish(|publish| publish.properties.content_type = Some(long.as_str().into()));
    assert_refused(&packet, V5, &too_long("Content Type"));
    let packet = publish(|publish| {
        publish.properties.user_properties = vec![("n".into(), long.as_str().into())];
    });
    assert_refused(&packet, V5, &too_long("user property value"));
}

#[test]
fn null_characters() {
    let packet = connect(|connect| connect.username = Some("a\0".into()));

    assert_refused(&packet, V5, &EncodeError::NullCharacter { field: "user name" });
}

#[test]
fn a_packet_beyond_the_remaining_length() {
    // The largest payload next to a three-byte topic; zeroed pages cost nothing until they are read.
    let largest = Bytes::from(vec![0; 268_435_455 - 3]);
    let fits = publish(|publish| publish.payload = largest);
    assert_eq!(encoded_len(&fits, V311), Ok(268_435_460));

    // 5.0 writes one byte more: the length of no properties.
    assert_refused(&fits, V5, &EncodeError::PacketTooLarge { bytes: 268_435_456 });
}

#[test]
fn what_the_version_does_not_have() {
    let not_in = |what, version| EncodeError::NotInVersion { what, version };
    let expiring = publish(|publish| publish.properties.message_expiry_interval = Some(1));
    assert_refused(&expiring, V311, &not_in("properties", V311));
    let no_local = subscribe("a", |subscription| subscription.no_local = true);
    assert_refused(&no_local, V31, &not_in("subscription options", V31));
    let auth =
        Packet::Auth(Auth { reason: ReasonCode::SUCCESS, properties: AuthProperties::default() });
    assert_refused(&auth, V311, &not_in("AUTH", V311));
    let properties = AckProperties::default();
    let reason = ReasonCode::NO_MATCHING_SUBSCRIBERS;
    let ack = Packet::PubAck(Ack { packet_id: id(), reason, properties: properties.clone() });
    assert_refused(&ack, V311, &not_in("reason code here", V311));
    let reasons = vec![ReasonCode::SUCCESS];
    let unsuback = Packet::UnsubAck(UnsubAck { packet_id: id(), reasons, properties });
    assert_refused(&unsuback, V311, &not_in("reason codes in UNSUBACK", V311));
    let resumed = connack(|connack| connack.session_present = true);
    assert_refused(&resumed, V31, &not_in("session present flag", V31));
    let (inside, version) = (V5, V311);
    let mismatch = EncodeError::VersionMismatch { inside, version };
    assert_refused(&connect(|_| {}), V311, &mismatch);
}

#[test]
fn publishes_that_contradict_themselves() {
    let dup = publish(|publish| publish.dup = true);
    assert_refused(&dup, V311, &EncodeError::DupWithQos0);
    let without_id = publish(|publish| publish.qos = QoS::AtLeastOnce);
    assert_refused(&without_id, V311, &EncodeError::PacketId);
    let needless_id = publish(|publish| publish.packet_id = Some(id()));
    assert_refused(&needless_id, V311, &EncodeError::PacketId);
    let nowhere = publish(|publish| publish.topic = None);
    assert_refused(&nowhere, V5, &EncodeError::NoTopic);
    let by_alias = publish(|publish| {
        publish.topic = None;
        publish.properties.topic_alias = Some(id());
    });
    assert_refused(&by_alias, V311, &EncodeError::NoTopic);
}

#[test]
fn subscription_identifiers_out_of_range() {
    let property = PropertyId::SubscriptionIdentifier;
    for value in [0, 268_435_456] {
        let packet = publish(|publish| publish.properties.subscription_identifiers = vec![value]);
        assert_refused(&packet, V5, &EncodeError::PropertyValue { property, value });
    }
}

#[test]
fn lists_without_an_entry() {
    let (packet_id, properties) = (id(), SubscribeProperties::default());
    let filters = Vec::new();
    let packet = Packet::Subscribe(Subscribe { packet_id, filters, properties });
    assert_refused(&packet, V311, &EncodeError::NoFilters { packet: PacketType::Subscribe });
    let (filters, properties) = (Vec::new(), UnsubscribeProperties::default());
    let packet = Packet::Unsubscribe(Unsubscribe { packet_id, filters, properties });
    assert_refused(&packet, V5, &EncodeError::NoFilters { packet: PacketType::Unsubscribe });
    let (reasons, properties) = (Vec::new(), AckProperties::default());
    let packet = Packet::SubAck(SubAck { packet_id, reasons, properties });
    assert_refused(&packet, V5, &EncodeError::NoReasons { packet: PacketType::SubAck });
    let (reasons, properties) = (Vec::new(), AckProperties::default());
    let packet = Packet::UnsubAck(UnsubAck { packet_id, reasons, properties });
    assert_refused(&packet, V5, &EncodeError::NoReasons { packet: PacketType::UnsubAck });
}

#[test]
fn reason_codes_of_other_packets() {
    let reason = ReasonCode::PACKET_IDENTIFIER_NOT_FOUND;
    let properties = AckProperties::default();
    let puback = Packet::PubAck(Ack { packet_id: id(), reason, properties: properties.clone() });
    let packet = PacketType::PubAck;
    assert_refused(&puback, V5, &EncodeError::ReasonNotAllowed { packet, reason });
    let reason = ReasonCode::GRANTED_QOS_1;
    let goodbye = Disconnect { reason, properties: DisconnectProperties::default() };
    let packet = PacketType::Disconnect;
    let expected = EncodeError::ReasonNotAllowed { packet, reason };
    assert_refused(&Packet::Disconnect(goodbye), V5, &expected);
    let reason = ReasonCode::NOT_AUTHORIZED;
    let suback = Packet::SubAck(SubAck { packet_id: id(), reasons: vec![reason], properties });
    let packet = PacketType::SubAck;
    assert_refused(&suback, V31, &EncodeError::ReasonNotAllowed { packet, reason });
}

#[test]
fn a_failed_subscription_has_one_code_in_mqtt_311() {
    let (reasons, properties) = (vec![ReasonCode::NOT_AUTHORIZED], AckProperties::default());
    let suback = Packet::SubAck(SubAck { packet_id: id(), reasons, properties });
    let mut out = BytesMut::new();

    encode(&suback, V311, &mut out).unwrap();

    assert_eq!(&out[..], b"\x90\x03\x00\x01\x80");
}

#[test]
fn combinations_the_specification_forbids() {
    let no_local = subscribe("$share/g/a", |subscription| subscription.no_local = true);
    assert_refused(&no_local, V5, &EncodeError::NoLocalOnShared);
    let refused_but_resumed = connack(|connack| {
        connack.session_present = true;
        connack.reason = ReasonCode::BANNED;
    });
    assert_refused(&refused_but_resumed, V5, &EncodeError::SessionPresentOnRefusal);
    let qos_2 = connack(|connack| connack.properties.maximum_qos = Some(QoS::ExactlyOnce));
    let property = PropertyId::MaximumQoS;
    assert_refused(&qos_2, V5, &EncodeError::PropertyValue { property, value: 2 });
    let password = connect(|connect| {
        connect.version = V311;
        connect.password = Some(Bytes::new());
    });
    assert_refused(&password, V311, &EncodeError::PasswordWithoutUserName { version: V311 });
    let data = connect(|connect| connect.properties.authentication_data = Some(Bytes::new()));
    assert_refused(&data, V5, &EncodeError::AuthenticationDataWithoutMethod);
    let (reason, properties) = (ReasonCode::RE_AUTHENTICATE, AuthProperties::default());
    let again = Packet::Auth(Auth { reason, properties });
    assert_refused(&again, V5, &EncodeError::NoAuthenticationMethod);
}
