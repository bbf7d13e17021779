//! Any valid packet of any version, for property tests.

use std::num::{NonZeroU16, NonZeroU32};

use bytes::Bytes;
use proptest::{collection::vec, option, prelude::*, sample::select, test_runner::RngSeed};
use wire::{
    Packet, PacketType, QoS, ReasonCode, TopicFilter, TopicName, Version,
    packet::{
        Ack, Auth, ConnAck, Connect, Disconnect, Publish, RetainHandling, SubAck, Subscribe,
        Subscription, UnsubAck, Unsubscribe, Will,
    },
    property::{
        AckProperties, AuthProperties, ConnAckProperties, ConnectProperties, DisconnectProperties,
        PublishProperties, SubscribeProperties, UnsubscribeProperties, UserProperties,
        WillProperties,
    },
};

/// The same cases in every run; `PROPTEST_RNG_SEED` asks for others.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    let mut config = ProptestConfig { cases, failure_persistence: None, ..Default::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(1883);
    }
    config
}

/// A packet that `version` can carry.
pub(crate) fn packet_of(version: Version) -> BoxedStrategy<Packet> {
    let mut packets = vec![
        connect(version).prop_map(|packet| Packet::Connect(Box::new(packet))).boxed(),
        connack(version).prop_map(|packet| Packet::ConnAck(Box::new(packet))).boxed(),
        publish(version).prop_map(Packet::Publish).boxed(),
        ack(version, PacketType::PubAck).prop_map(Packet::PubAck).boxed(),
        ack(version, PacketType::PubRec).prop_map(Packet::PubRec).boxed(),
        ack(version, PacketType::PubRel).prop_map(Packet::PubRel).boxed(),
        ack(version, PacketType::PubComp).prop_map(Packet::PubComp).boxed(),
        subscribe(version).prop_map(Packet::Subscribe).boxed(),
        suback(version).prop_map(Packet::SubAck).boxed(),
        unsubscribe(version).prop_map(Packet::Unsubscribe).boxed(),
        unsuback(version).prop_map(Packet::UnsubAck).boxed(),
        disconnect(version).prop_map(Packet::Disconnect).boxed(),
        Just(Packet::PingReq).boxed(),
        Just(Packet::PingResp).boxed(),
    ];
    if version == Version::V5 {
        packets.push(auth().prop_map(Packet::Auth).boxed());
    }
    proptest::strategy::Union::new(packets).boxed()
}

pub(crate) fn text() -> impl Strategy<Value = Box<str>> {
    vec(any::<char>().prop_filter("no null character", |&character| character != '\0'), 0..8)
        .prop_map(|characters| characters.into_iter().collect::<String>().into())
}

pub(crate) fn topic_name() -> impl Strategy<Value = TopicName> {
    vec(select(&["", "a", "b", "$SYS", "温度", "longer level"][..]), 1..5)
        .prop_map(|levels| levels.join("/"))
        .prop_filter_map("not empty", |topic| topic.parse().ok())
}

pub(crate) fn topic_filter() -> impl Strategy<Value = TopicFilter> {
    let levels = vec(select(&["", "a", "b", "+", "$SYS"][..]), 1..5);
    (levels, any::<bool>(), option::of(select(&["$share/g/", "$share/グループ/"][..])))
        .prop_filter_map("valid", |(mut levels, is_open, share)| {
            if is_open {
                levels.push("#");
            }
            format!("{}{}", share.unwrap_or_default(), levels.join("/")).parse().ok()
        })
}

fn bytes() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..20).prop_map(Bytes::from)
}

fn qos() -> impl Strategy<Value = QoS> {
    select(&[QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][..])
}

fn packet_id() -> impl Strategy<Value = NonZeroU16> {
    any::<NonZeroU16>()
}

fn user_properties() -> impl Strategy<Value = UserProperties> {
    vec((text(), text()), 0..3)
}

/// `some` in 5.0, the default in 3.x.
fn in_v5<T: Default + Clone + std::fmt::Debug + 'static>(
    version: Version,
    some: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<T> {
    if version == Version::V5 { some.boxed() } else { Just(T::default()).boxed() }
}

fn reason(packet: PacketType) -> BoxedStrategy<ReasonCode> {
    let codes: &[u8] = match packet {
        PacketType::ConnAck => &[0, 0x80, 0x84, 0x87, 0x8A, 0x8C, 0x95, 0x9D, 0x9F],
        PacketType::PubAck | PacketType::PubRec => &[0, 0x10, 0x80, 0x87, 0x91, 0x99],
        PacketType::PubRel | PacketType::PubComp => &[0, 0x92],
        PacketType::SubAck => &[0, 1, 2, 0x80, 0x87, 0x8F, 0x9E, 0xA1, 0xA2],
        PacketType::UnsubAck => &[0, 0x11, 0x80, 0x91],
        PacketType::Disconnect => &[0, 4, 0x80, 0x81, 0x8D, 0x8E, 0x9D, 0xA2],
        PacketType::Auth => &[0x18, 0x19],
        _ => &[0],
    };
    select(codes).prop_map(ReasonCode).boxed()
}

/// A CONNECT, the packet with the most parts.
pub(crate) fn connect(version: Version) -> impl Strategy<Value = Connect> {
    let credentials = (option::of(text()), option::of(bytes()));
    (
        any::<bool>(),
        any::<u16>(),
        text(),
        option::of(will(version)),
        credentials,
        in_v5(version, connect_properties()),
    )
        .prop_map(
            move |(clean_start, keep_alive, client_id, will, credentials, properties)| {
                let (username, password) = credentials;
                let password = password.filter(|_| username.is_some() || version == Version::V5);
                Connect {
                    version,
                    clean_start,
                    keep_alive,
                    client_id,
                    will,
                    username,
                    password,
                    properties,
                }
            },
        )
}

fn will(version: Version) -> impl Strategy<Value = Will> {
    let properties = (
        option::of(any::<u32>()),
        option::of(any::<bool>()),
        option::of(any::<u32>()),
        option::of(text()),
        option::of(topic_name()),
        option::of(bytes()),
        user_properties(),
    )
        .prop_map(|fields| WillProperties {
            will_delay_interval: fields.0,
            payload_format_indicator: fields.1,
            message_expiry_interval: fields.2,
            content_type: fields.3,
            response_topic: fields.4,
            correlation_data: fields.5,
            user_properties: fields.6,
        });
    (topic_name(), bytes(), qos(), any::<bool>(), in_v5(version, properties)).prop_map(
        |(topic, payload, qos, retain, properties)| Will {
            topic,
            payload,
            qos,
            retain,
            properties,
        },
    )
}

/// An authentication method, and data only with one.
fn authentication() -> impl Strategy<Value = (Option<Box<str>>, Option<Bytes>)> {
    option::of((text(), option::of(bytes())))
        .prop_map(|pair| pair.map_or((None, None), |(method, data)| (Some(method), data)))
}

fn connect_properties() -> impl Strategy<Value = ConnectProperties> {
    (
        option::of(any::<u32>()),
        option::of(any::<NonZeroU16>()),
        option::of(any::<NonZeroU32>()),
        option::of(any::<u16>()),
        option::of(any::<bool>()),
        option::of(any::<bool>()),
        user_properties(),
        authentication(),
    )
        .prop_map(|fields| ConnectProperties {
            session_expiry_interval: fields.0,
            receive_maximum: fields.1,
            maximum_packet_size: fields.2,
            topic_alias_maximum: fields.3,
            request_response_information: fields.4,
            request_problem_information: fields.5,
            user_properties: fields.6,
            authentication_method: fields.7.0,
            authentication_data: fields.7.1,
        })
}

fn connack(version: Version) -> impl Strategy<Value = ConnAck> {
    let reason = match version {
        Version::V5 => reason(PacketType::ConnAck),
        _ => (0_u8..=5).prop_filter_map("known", ReasonCode::from_v3_connack).boxed(),
    };
    (any::<bool>(), reason, in_v5(version, connack_properties())).prop_map(
        move |(session_present, reason, properties)| ConnAck {
            session_present: session_present
                && reason == ReasonCode::SUCCESS
                && version != Version::V31,
            reason,
            properties,
        },
    )
}

fn connack_properties() -> impl Strategy<Value = ConnAckProperties> {
    let numbers = (
        option::of(any::<u32>()),
        option::of(any::<NonZeroU16>()),
        option::of(select(&[QoS::AtMostOnce, QoS::AtLeastOnce][..])),
        option::of(any::<NonZeroU32>()),
        option::of(any::<u16>()),
        option::of(any::<u16>()),
    );
    let switches = (
        option::of(any::<bool>()),
        option::of(any::<bool>()),
        option::of(any::<bool>()),
        option::of(any::<bool>()),
    );
    let texts = (option::of(text()), option::of(text()), option::of(text()), option::of(text()));
    (numbers, switches, texts, user_properties(), authentication()).prop_map(
        |(numbers, switches, texts, user_properties, authentication)| ConnAckProperties {
            session_expiry_interval: numbers.0,
            receive_maximum: numbers.1,
            maximum_qos: numbers.2,
            retain_available: switches.0,
            maximum_packet_size: numbers.3,
            assigned_client_identifier: texts.0,
            topic_alias_maximum: numbers.4,
            reason_string: texts.1,
            user_properties,
            wildcard_subscription_available: switches.1,
            subscription_identifiers_available: switches.2,
            shared_subscription_available: switches.3,
            server_keep_alive: numbers.5,
            response_information: texts.2,
            server_reference: texts.3,
            authentication_method: authentication.0,
            authentication_data: authentication.1,
        },
    )
}

fn publish(version: Version) -> impl Strategy<Value = Publish> {
    let flags = (any::<bool>(), qos(), any::<bool>());
    (
        flags,
        option::weighted(0.8, topic_name()),
        topic_name(),
        packet_id(),
        bytes(),
        in_v5(version, publish_properties()),
    )
        .prop_map(|((dup, qos, retain), topic, fallback, id, payload, properties)| Publish {
            dup: dup && qos != QoS::AtMostOnce,
            qos,
            retain,
            topic: topic.or_else(|| properties.topic_alias.is_none().then_some(fallback)),
            packet_id: (qos != QoS::AtMostOnce).then_some(id),
            payload,
            properties,
        })
}

fn publish_properties() -> impl Strategy<Value = PublishProperties> {
    (
        option::of(any::<bool>()),
        option::of(any::<u32>()),
        option::of(any::<NonZeroU16>()),
        option::of(topic_name()),
        option::of(bytes()),
        user_properties(),
        vec(1_u32..=268_435_455, 0..3),
        option::of(text()),
    )
        .prop_map(|fields| PublishProperties {
            payload_format_indicator: fields.0,
            message_expiry_interval: fields.1,
            topic_alias: fields.2,
            response_topic: fields.3,
            correlation_data: fields.4,
            user_properties: fields.5,
            subscription_identifiers: fields.6,
            content_type: fields.7,
        })
}

fn ack_properties() -> impl Strategy<Value = AckProperties> {
    (option::of(text()), user_properties()).prop_map(|(reason_string, user_properties)| {
        AckProperties { reason_string, user_properties }
    })
}

fn ack(version: Version, packet: PacketType) -> impl Strategy<Value = Ack> {
    let reason = in_v5_or(version, reason(packet), ReasonCode::SUCCESS);
    (packet_id(), reason, in_v5(version, ack_properties()))
        .prop_map(|(packet_id, reason, properties)| Ack { packet_id, reason, properties })
}

fn in_v5_or<T: Clone + std::fmt::Debug + 'static>(
    version: Version,
    some: BoxedStrategy<T>,
    otherwise: T,
) -> BoxedStrategy<T> {
    if version == Version::V5 { some } else { Just(otherwise).boxed() }
}

fn subscribe(version: Version) -> impl Strategy<Value = Subscribe> {
    let properties = (option::of(1_u32..=268_435_455), user_properties()).prop_map(
        |(subscription_identifier, user_properties)| SubscribeProperties {
            subscription_identifier,
            user_properties,
        },
    );
    let handling =
        select(&[RetainHandling::Send, RetainHandling::SendIfNew, RetainHandling::DoNotSend][..]);
    let options = in_v5(version, (any::<bool>(), any::<bool>(), handling));
    let subscription = (topic_filter(), qos(), options).prop_map(|(filter, qos, options)| {
        let no_local = options.0 && filter.shared().is_none();
        Subscription {
            filter,
            qos,
            no_local,
            retain_as_published: options.1,
            retain_handling: options.2,
        }
    });
    (packet_id(), vec(subscription, 1..4), in_v5(version, properties))
        .prop_map(|(packet_id, filters, properties)| Subscribe { packet_id, filters, properties })
}

fn suback(version: Version) -> impl Strategy<Value = SubAck> {
    let reason = match version {
        Version::V31 => select(&[0_u8, 1, 2][..]).prop_map(ReasonCode).boxed(),
        Version::V311 => select(&[0_u8, 1, 2, 0x80][..]).prop_map(ReasonCode).boxed(),
        Version::V5 => reason(PacketType::SubAck),
    };
    (packet_id(), vec(reason, 1..4), in_v5(version, ack_properties()))
        .prop_map(|(packet_id, reasons, properties)| SubAck { packet_id, reasons, properties })
}

fn unsubscribe(version: Version) -> impl Strategy<Value = Unsubscribe> {
    let properties =
        user_properties().prop_map(|user_properties| UnsubscribeProperties { user_properties });
    (packet_id(), vec(topic_filter(), 1..4), in_v5(version, properties))
        .prop_map(|(packet_id, filters, properties)| Unsubscribe { packet_id, filters, properties })
}

fn unsuback(version: Version) -> impl Strategy<Value = UnsubAck> {
    let reasons = in_v5(version, vec(reason(PacketType::UnsubAck), 1..4));
    (packet_id(), reasons, in_v5(version, ack_properties()))
        .prop_map(|(packet_id, reasons, properties)| UnsubAck { packet_id, reasons, properties })
}

fn disconnect(version: Version) -> impl Strategy<Value = Disconnect> {
    let properties =
        (option::of(any::<u32>()), option::of(text()), user_properties(), option::of(text()))
            .prop_map(|fields| DisconnectProperties {
                session_expiry_interval: fields.0,
                reason_string: fields.1,
                user_properties: fields.2,
                server_reference: fields.3,
            });
    let reason = in_v5_or(version, reason(PacketType::Disconnect), ReasonCode::SUCCESS);
    (reason, in_v5(version, properties))
        .prop_map(|(reason, properties)| Disconnect { reason, properties })
}

fn auth() -> impl Strategy<Value = Auth> {
    (reason(PacketType::Auth), text(), option::of(bytes()), option::of(text()), user_properties())
        .prop_map(|(reason, method, data, reason_string, user_properties)| Auth {
            reason,
            properties: AuthProperties {
                authentication_method: Some(method),
                authentication_data: data,
                reason_string,
                user_properties,
            },
        })
}
