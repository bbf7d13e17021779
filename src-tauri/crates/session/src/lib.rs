//! One client session over MQTT 3.1.1 or 5.0: connect, stay connected, deliver, publish.
//!
//! [`Session::start`] spawns one task that owns the connection; [`Session`] is its handle.
//! Messages and events go to a [`Sink`], states are watched, outcomes are returned.
//!
//! # Invariants
//!
//! * The task never waits for a consumer. When the sink is full it stops reading the socket;
//!   keep-alive and commands go on.
//! * Sequence numbers have no holes: every message and event delivered takes the next one.
//! * With [`Config::ack_after_commit`] a `QoS` 1 or 2 message is acknowledged only after its
//!   [`AckHandle`] is completed, in the order of reception.
//! * rumqttc is the protocol engine and nothing more: no type of it leaves the crate.

mod acks;
mod actor;
mod config;
mod connection;
mod desk;
mod error;
mod outbox;
mod roster;
mod session;
mod sink;
mod state;
mod topics;

pub use acks::AckHandle;
pub use config::{Config, ConfigError, Credentials, ReconnectPolicy};
pub use error::{ConnectError, PublishError, Stage, SubscribeError};
pub use session::{PublishRequest, Receipt, Session};
pub use sink::Sink;
pub use state::{Online, ServerLimits, SessionState, SubscriptionState, SubscriptionView};
pub use transport::{DialError, NotMqtt, Target};
