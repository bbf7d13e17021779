//! A fault as a person describes it: on which packets, when, and what happens to them.
//!
//! # What a rule means
//!
//! * Rules are asked in their order. `Delay` and `Throttle` add up and let the next ones be asked; any
//!   other rule that fires decides about the packet, and those after it neither see nor count it.
//! * A rule concerns the packets its match and its effect have in common; one that concerns none is
//!   refused. A topic filter is compared with the topic of a PUBLISH (by its alias, if the rules were
//!   on when that was defined) and with each filter of a SUBSCRIBE or UNSUBSCRIBE. A CONNACK that
//!   refuses a client is no packet rules are asked about.
//! * Each direction is counted for itself: `Every` over all connections of a client, `Nth` on each.
//! * `at_most` counts over all clients from when the rule was switched on.
//! * A change of the rules is in force at the next packet, and lets go what the old ones held back.
//!
//! # What the effects do
//!
//! * A mebibyte may be late on each way of a connection; then the sender has to wait. A throttled
//!   packet arrives as a whole, when its last byte would. Beyond a mebibyte of packets that `Hold`
//!   holds, the first is let go.
//! * `Reorder`: the next packet overtakes it, or it is a second late; of two in a row that it fires at,
//!   the second overtakes the first.
//! * `WrongPacketId`: the next identifier. `FailAck` where the version has no words: the packet is lost.
//!   `FlipSessionPresent` changes nothing in 3.1, which has no such flag.
//! * `Disconnect` comes instead of the packet, or after a CONNACK. After `Close` and `Restart` the
//!   client is lost for the broker: its will is published, its session kept.
//! * `IgnorePing` is a sign of life for the broker, a PINGREQ that is dropped is not.
//! * `HalfOpen` and `IgnoreConnect`: the connection stays open until its client closes it, the rules
//!   change or the broker stops; the session ends by its keep-alive.
//! * `Restart`: a new connection is closed at once while the broker is down.
//! * A client whose packets are late is not taken for dead: a packet counts for the keep-alive when it
//!   arrives at the socket, and time stands still while packets of the client wait.
//! * What is late on the way out when a connection ends has
//!   [`Limits::close_timeout`](crate::Limits::close_timeout) to get there; what is held does not.

use serde::{Deserialize, Serialize};
use specta::Type;

/// One fault. Rules are asked in their order; the first one that fires decides about a packet.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FaultRule {
    /// What the packet log shows where it fired.
    pub name: String,
    /// Whether it is in force.
    pub on: bool,
    /// The packets it concerns.
    pub only: FaultMatch,
    /// Which of these it fires at.
    pub when: FaultTrigger,
    /// What happens to them.
    pub effect: FaultEffect,
    /// It never fires more often than this, over all clients.
    pub at_most: Option<u32>,
    /// The same seed and the same packets give the same faults.
    pub seed: u32,
}

/// The packets a rule concerns: all that is given must fit.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FaultMatch {
    /// Client identifier; `*` stands for any text and `?` for one character.
    pub client_id: Option<String>,
    /// User name, exactly.
    pub username: Option<String>,
    /// Topic filter for the topic of a PUBLISH, or a filter in a SUBSCRIBE.
    pub topic: Option<String>,
    /// Type of packet.
    pub packet: Option<FaultPacket>,
    /// Which way it goes.
    pub direction: Option<FaultDirection>,
}

/// Which way a packet goes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum FaultDirection {
    /// From the client to the broker.
    In,
    /// From the broker to the client.
    Out,
}

/// A type of packet (§2.1.2).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum FaultPacket {
    Connect,
    ConnAck,
    Publish,
    PubAck,
    PubRec,
    PubRel,
    PubComp,
    Subscribe,
    SubAck,
    Unsubscribe,
    UnsubAck,
    PingReq,
    PingResp,
    Disconnect,
    Auth,
}

/// Which of the packets it concerns a rule fires at.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
pub enum FaultTrigger {
    /// All.
    Always,
    /// Some, by chance.
    Chance {
        /// How many of a hundred, 0 to 100.
        #[specta(type = u32)]
        percent: f64,
    },
    /// Every `count`th of each client.
    Every {
        /// 1 is all.
        count: u32,
    },
    /// The `number`th of each connection, once.
    Nth {
        /// 1 is the first.
        number: u32,
    },
}

/// What happens to a packet, or to its connection.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
pub enum FaultEffect {
    /// It and what follows it arrive later, in their order.
    #[serde(rename_all = "camelCase")]
    Delay {
        /// ms.
        milliseconds: u32,
        /// Up to so many ms more or less.
        jitter: u32,
    },
    /// The line carries no more than this.
    #[serde(rename_all = "camelCase")]
    Throttle {
        /// At least 1.
        bytes_per_second: u32,
    },
    /// It never arrives.
    Drop,
    /// It arrives twice.
    Duplicate,
    /// The next packet overtakes it.
    Reorder,
    /// Bytes after its fixed header are changed.
    Corrupt {
        /// How many.
        bytes: u32,
    },
    /// CONNECT is answered with this reason code (mapped to a return code in 3.x).
    RefuseConnect {
        /// A CONNACK reason code of 5.0, §3.2.2.2.
        reason: u8,
    },
    /// CONNECT is never answered, the connection stays open.
    IgnoreConnect,
    /// The connection is closed.
    Close {
        /// How.
        how: FaultClose,
        /// Before or after the packet.
        moment: FaultMoment,
    },
    /// PINGREQ is never answered.
    IgnorePing,
    /// The server disconnects the client with this reason code (3.x: closes).
    Disconnect {
        /// A DISCONNECT reason code of 5.0, §3.14.2.1.
        reason: u8,
    },
    /// This packet is late; others pass it.
    Hold {
        /// ms; for ever when it is not given.
        milliseconds: Option<u32>,
    },
    /// An acknowledgement carries the packet identifier of another packet.
    WrongPacketId,
    /// An acknowledgement carries a failure (3.x: is not sent, SUBACK has 0x80).
    FailAck {
        /// A reason code of the packet.
        reason: u8,
    },
    /// CONNACK says the opposite about the session.
    FlipSessionPresent,
    /// From now on nothing arrives on either side, and nobody is told.
    HalfOpen,
    /// Every connection is cut again and again, and nobody can connect for a while.
    #[serde(rename_all = "camelCase")]
    Restart {
        /// Time between the cuts, s; at least 1.
        every_seconds: u32,
        /// How long connections are refused after each, s.
        down_seconds: u32,
    },
}

/// How a connection is closed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum FaultClose {
    /// In order: TCP FIN.
    Fin,
    /// Hard: TCP RST.
    Rst,
}

/// When it happens.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum FaultMoment {
    /// The packet is lost.
    Before,
    /// The packet arrives.
    After,
}
