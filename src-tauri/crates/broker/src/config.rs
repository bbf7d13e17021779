//! What a broker allows, and how much of it.

use std::{fmt, num::NonZeroU16, path::PathBuf, sync::Arc, time::Duration};

use crate::access::{Access, AnyOne};

/// The largest packet MQTT can frame and some clients accept an announcement of (§2.1.4).
const LARGEST_PACKET: u32 = 268_435_455;

/// How a broker behaves; the default is right for a developer's own machine.
#[derive(Clone)]
pub struct BrokerConfig {
    /// Who may connect, publish and subscribe.
    pub access: Arc<dyn Access>,
    /// Longest keep-alive in seconds a client may ask for; `None` allows all, and 0 too.
    pub max_keep_alive: Option<NonZeroU16>,
    /// Longest time a session is kept without a connection; `None` keeps as long as the client asked.
    pub max_session_expiry: Option<Duration>,
    /// Whether topics are abbreviated for 5.0 clients that announce a topic alias maximum. Off by
    /// default: then a message looks the same each time.
    pub use_topic_aliases: bool,
    /// Whether the packets of each client are logged from the start; see
    /// [`Broker::packets`](crate::Broker::packets).
    pub packet_log: bool,
    /// Whether a payload that is announced as UTF-8 has to be UTF-8 (§3.3.2.3.2). Off by default: it
    /// is for the receiver to judge.
    pub check_payload_format: bool,
    /// What 5.0 clients are given that ask for response information (§3.2.2.3.15), most likely the
    /// start of a topic for answers; `%c` stands for the client identifier.
    pub response_information: Option<Box<str>>,
    /// How often what the broker says about itself under `$SYS/broker/` is brought up to date, at least
    /// a second; `None` says nothing. See
    /// [`Broker::set_sys_interval`](crate::Broker::set_sys_interval).
    pub sys_interval: Option<Duration>,
    /// The directory retained messages and persistent sessions are kept in, so that they survive the
    /// broker; `None` keeps them in memory. It is made if it is not there.
    pub store: Option<PathBuf>,
    /// The bounds.
    pub limits: Limits,
}

/// Bounds on what one broker holds and one client may do.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Clients at the same time; more are answered "server busy". As many connections may wait for
    /// their CONNECT; then the oldest of these is closed.
    pub connections: usize,
    /// Sessions, online and kept; more are refused with "quota exceeded".
    pub sessions: usize,
    /// How long a new connection may take to send its CONNECT.
    pub connect_timeout: Duration,
    /// Largest CONNECT in bytes: all a stranger can make the broker buffer.
    pub connect_packet_size: u32,
    /// Largest packet in bytes after that, announced to 5.0 clients.
    pub packet_size: u32,
    /// Levels in a topic or filter.
    pub topic_levels: usize,
    /// Bytes of a topic or filter; MQTT itself allows 65,535.
    pub topic_length: usize,
    /// Filters in one SUBSCRIBE or UNSUBSCRIBE.
    pub filters_per_packet: usize,
    /// Subscriptions of one session.
    pub subscriptions_per_client: usize,
    /// User properties in one packet.
    pub user_properties: usize,
    /// `QoS` 2 publishes a 5.0 client may leave unfinished, announced as receive maximum.
    pub receive_maximum: NonZeroU16,
    /// Topic aliases a client may define, and the broker defines for it; 0 switches them off.
    pub topic_alias_maximum: u16,
    /// Unacknowledged `QoS` 1 and 2 messages on the way to one client.
    pub inflight: NonZeroU16,
    /// `QoS` 1 and 2 messages waiting in one session.
    pub queued_messages: usize,
    /// Bytes of them.
    pub queued_bytes: usize,
    /// Messages waiting for one socket.
    pub outbound_messages: usize,
    /// Bytes of them.
    pub outbound_bytes: usize,
    /// Retained messages, without those of the broker about itself.
    pub retained_messages: usize,
    /// Bytes of them.
    pub retained_bytes: usize,
    /// Bytes of packets that are decoded and wait for the router, over all connections.
    pub inbox_bytes: u32,
    /// How long a closing connection may take to write what is left and see the peer close; at most a
    /// second when the broker stops.
    pub close_timeout: Duration,
}

impl Default for BrokerConfig {
    fn default() -> Self {
        Self {
            access: Arc::new(AnyOne),
            max_keep_alive: None,
            max_session_expiry: None,
            use_topic_aliases: false,
            packet_log: false,
            check_payload_format: false,
            response_information: None,
            sys_interval: None,
            store: None,
            limits: Limits::default(),
        }
    }
}

impl fmt::Debug for BrokerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrokerConfig")
            .field("max_keep_alive", &self.max_keep_alive)
            .field("max_session_expiry", &self.max_session_expiry)
            .field("use_topic_aliases", &self.use_topic_aliases)
            .field("packet_log", &self.packet_log)
            .field("check_payload_format", &self.check_payload_format)
            .field("response_information", &self.response_information)
            .field("sys_interval", &self.sys_interval)
            .field("store", &self.store)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            sessions: 20_000,
            connect_timeout: Duration::from_secs(10),
            connect_packet_size: 64 * 1024,
            packet_size: 64 * 1024 * 1024,
            topic_levels: 128,
            topic_length: 65_535,
            filters_per_packet: 10_000,
            subscriptions_per_client: 10_000,
            user_properties: 256,
            receive_maximum: NonZeroU16::MIN.saturating_add(1023),
            topic_alias_maximum: 64,
            inflight: NonZeroU16::MIN.saturating_add(1023),
            queued_messages: 10_000,
            queued_bytes: 64 * 1024 * 1024,
            outbound_messages: 65_536,
            outbound_bytes: 8 * 1024 * 1024,
            retained_messages: 100_000,
            retained_bytes: 256 * 1024 * 1024,
            inbox_bytes: 512 * 1024,
            close_timeout: Duration::from_secs(2),
        }
    }
}

impl Limits {
    /// The packet size that is enforced and announced: never more than MQTT can frame.
    pub(crate) fn effective_packet_size(&self) -> u32 {
        self.packet_size.clamp(1, LARGEST_PACKET)
    }

    /// Whether a topic or filter is short enough, in bytes and levels.
    pub(crate) fn allow_topic(&self, topic: &str) -> bool {
        let slashes = topic.bytes().filter(|byte| *byte == b'/').count();
        topic.len() <= self.topic_length && slashes < self.topic_levels
    }
}
