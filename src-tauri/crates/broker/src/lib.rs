//! The local broker: MQTT 3.1, 3.1.1 and 5.0 for any number of listeners.
//!
//! [`Broker::start`] runs one router task, which alone owns the sessions, subscriptions and retained
//! messages. Each connection is a reader task and a writer task around a bounded queue; they do
//! what needs no shared state (decoding, topic aliases, access rules, encoding), so the router only
//! routes. [`Broker::listen`] starts listeners for TCP, TLS, WebSocket and secure WebSocket; any other
//! byte stream can be a connection through [`Broker::serve`].
//!
//! # Where to extend it
//!
//! * Another transport: accept it and call [`Broker::serve`], or add a stage to `listener::entry`.
//! * Access rules and other ways to authenticate: [`Access`], asked in `connection::handshake`; what
//!   it grants is kept in `connection::prepare` and in the link of a session.
//! * Faults on purpose: [`faults`], on the way between socket and codec; another effect is a variant
//!   of [`FaultEffect`] and what `connection::interference` does about it.
//! * Persistence: a change that is to survive is recorded where it is made; see `store`.
//! * Topics about the broker itself: `sys`; other messages of its own: [`Broker::publish`].
//!
//! # Invariants
//!
//! * No queue is unbounded. A `QoS` 0 message for a consumer that does not keep up is dropped, a
//!   `QoS` 1 or 2 message waits in its session up to a limit; whatever is dropped is counted.
//! * The router never waits for a connection; a connection that is too fast waits for the router,
//!   and TCP slows its peer down.
//! * A packet a client sent is handled in the order it was sent, and so is the end of the connection.

mod access;
mod activity;
mod admission;
mod broker;
mod config;
mod connection;
mod counters;
mod event;
mod expiry;
pub mod faults;
mod glob;
mod last_packet;
mod listener;
mod message;
mod origin;
mod outbound;
mod packet_log;
mod query;
mod refusals;
mod router;
mod store;
mod sys;

pub use access::{
    Access, AccessRules, AccessRulesError, Accounts, AclEffect, AclFileError, AclRule,
    AclRuleError, AclWho, Admitted, AnyOne, ConnectAttempt, Credentials, CredentialsError, Denied,
    Exchange, Identity, Rights, Step, User, Verdict, parse_acl,
};
pub use activity::{
    Activity, ClientInfo, ClientLink, Counters, Dropped, Held, LastPacket, OfflineSession, Presence,
};
pub use broker::{
    Broker, BrokerError, ClearJob, ClearProgress, ClearRetained, ClearState, DISCONNECT_REASONS,
    ImportProblem, ImportReport, NewMessage, Rejected, TransferError,
};
pub use config::{BrokerConfig, Limits};
pub use event::{BrokerEvent, ConnectFailure, DisconnectCause};
pub use faults::{
    FaultClose, FaultDirection, FaultEffect, FaultEntryError, FaultError, FaultFileError,
    FaultMark, FaultMatch, FaultMoment, FaultPacket, FaultPreset, FaultProblem, FaultRule,
    FaultState, FaultTrigger,
};
pub use listener::{
    Alert, ClientCertificates, ListenError, ListenerConfig, ListenerId, ListenerInfo,
    ListenerProtocol, ReplaceTlsError, TlsFailure, TlsSettings, WebSocketFailure,
    WebSocketSettings,
};
pub use origin::PeerCertificate;
pub use packet_log::{FailedAttempt, PacketEntry, PacketPage};
pub use query::{
    ClientDetail, ClientPage, ClientQuery, FilterInfo, Only, RetainedMessage, RetainedPage,
    RetainedQuery, Subscriber, SubscriptionOptions, SubscriptionPage, SubscriptionQuery,
};
#[doc(hidden)]
pub use store::fuzzing::read_store_any;
pub use store::{Damage, SetAside, StoreNotice, StoreStatus, Unavailable};
