//! What a session is asked to do, and what can be wrong with it before anything is sent.

use std::{fmt, time::Duration};

use bytes::Bytes;
use transport::Target;
use wire::{Version, packet::Subscription};

/// Everything a session needs to connect and stay connected.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The server.
    pub target: Target,
    /// 3.1.1 or 5.0.
    pub version: Version,
    /// May be empty where the server chooses one: 5.0, or 3.1.1 with a clean start.
    pub client_id: String,
    /// Whether the server forgets what it kept for this client id.
    pub clean_start: bool,
    /// 5.0: seconds the server keeps the session after a disconnect. `None` means 0 with a clean
    /// start and "never expires" without one, which is what 3.1.1 does.
    pub session_expiry: Option<u32>,
    /// Seconds; 0 switches keep-alive off.
    pub keep_alive: u16,
    /// User name and password.
    pub credentials: Option<Credentials>,
    /// The largest packet taken from the server, bytes.
    pub max_packet_size: u32,
    /// For the connection to open, and again for the server to answer CONNECT.
    pub connect_timeout: Duration,
    /// How long to wait between attempts.
    pub reconnect: ReconnectPolicy,
    /// Requested as soon as the session is online, and again whenever the server forgot them.
    pub subscriptions: Vec<Subscription>,
    /// Acknowledge a received `QoS` 1 or 2 message only when its [`AckHandle`] is completed.
    ///
    /// [`AckHandle`]: crate::AckHandle
    pub ack_after_commit: bool,
    /// How long [`Session::publish`] waits for the last acknowledgement.
    ///
    /// [`Session::publish`]: crate::Session::publish
    pub publish_timeout: Duration,
    /// How long [`Session::disconnect`] waits for outstanding acknowledgements.
    ///
    /// [`Session::disconnect`]: crate::Session::disconnect
    pub disconnect_timeout: Duration,
}

impl Config {
    /// A 5.0 session with a clean start, an empty client id and a keep-alive of a minute.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            version: Version::V5,
            client_id: String::new(),
            clean_start: true,
            session_expiry: None,
            keep_alive: 60,
            credentials: None,
            max_packet_size: MAX_PACKET_SIZE,
            connect_timeout: Duration::from_secs(10),
            reconnect: ReconnectPolicy::default(),
            subscriptions: Vec::new(),
            ack_after_commit: false,
            publish_timeout: Duration::from_secs(30),
            disconnect_timeout: Duration::from_secs(2),
        }
    }

    /// Whether a session can be started with it.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if self.target.host.trim().is_empty() {
            return Err(ConfigError::NoHost);
        }
        if self.target.port == 0 {
            return Err(ConfigError::NoPort);
        }
        if self.version == Version::V31 {
            return Err(ConfigError::VersionNotAvailable);
        }
        if self.client_id.is_empty() && !self.clean_start && self.version == Version::V311 {
            return Err(ConfigError::ClientIdNeeded);
        }
        if self.client_id.len() > usize::from(u16::MAX) {
            return Err(ConfigError::ClientIdTooLong { bytes: self.client_id.len() });
        }
        if let Some(at) = self.client_id.find('\0') {
            return Err(ConfigError::ClientIdNull { at });
        }
        if let Some(credentials) = &self.credentials {
            credentials.validate()?;
        }
        if self.max_packet_size < SMALLEST_PACKET_LIMIT {
            return Err(ConfigError::PacketLimit { bytes: self.max_packet_size });
        }
        Ok(())
    }

    /// The Session Expiry Interval to send.
    pub(crate) fn effective_session_expiry(&self) -> u32 {
        self.session_expiry.unwrap_or(if self.clean_start { 0 } else { u32::MAX })
    }
}

/// User name and password. The password is not shown by `Debug`.
#[derive(Clone, Eq, PartialEq)]
pub struct Credentials {
    /// User name.
    pub username: String,
    /// Any bytes; `None` sends a user name alone.
    pub password: Option<Bytes>,
}

impl Credentials {
    fn validate(&self) -> Result<(), ConfigError> {
        let limit = usize::from(u16::MAX);
        if self.username.len() > limit || self.username.contains('\0') {
            return Err(ConfigError::Username);
        }
        match &self.password {
            Some(password) if password.len() > limit => {
                Err(ConfigError::PasswordTooLong { bytes: password.len() })
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let password = self.password.as_ref().map(|_| "(not shown)");
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .field("password", &password)
            .finish()
    }
}

/// Exponential back-off with jitter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReconnectPolicy {
    /// The wait after the first failure; doubled after each further one.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// A connection that lasted this long starts the series anew, so that a server which accepts
    /// and drops is not hammered.
    pub stable_after: Duration,
}

impl ReconnectPolicy {
    /// The wait before attempt `attempt + 1`; `jitter` in 0 ..= 1 takes up to a fifth off, so that
    /// clients of a restarted server do not come back in step.
    pub fn delay(&self, attempt: u32, jitter: f64) -> Duration {
        let doublings = attempt.saturating_sub(1).min(16);
        let full = self.first.saturating_mul(1 << doublings).min(self.longest);
        full.mul_f64(1.0 - 0.2 * jitter.clamp(0.0, 1.0))
    }
}

impl Default for ReconnectPolicy {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_mins(1),
            stable_after: Duration::from_secs(10),
        }
    }
}

/// Why a [`Config`] cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// No host name.
    #[error("the host is empty")]
    NoHost,
    /// Port 0.
    #[error("the port cannot be 0")]
    NoPort,
    /// MQTT 3.1.
    #[error("MQTT 3.1 is not available for a session: choose 3.1.1 or 5.0")]
    VersionNotAvailable,
    /// MQTT 3.1.1 §3.1.3.1.
    #[error("without a clean start MQTT 3.1.1 needs a client identifier")]
    ClientIdNeeded,
    /// MQTT 5.0 §1.5.4.
    #[error("the client identifier has {bytes} bytes, more than the 65,535 MQTT allows")]
    ClientIdTooLong {
        /// Its length in UTF-8.
        bytes: usize,
    },
    /// MQTT 5.0 §1.5.4.
    #[error("the client identifier contains the null character at byte {at}")]
    ClientIdNull {
        /// Byte offset.
        at: usize,
    },
    /// MQTT 5.0 §1.5.4.
    #[error("the user name is longer than 65,535 bytes or contains the null character")]
    Username,
    /// MQTT 5.0 §1.5.6.
    #[error("the password has {bytes} bytes, more than the 65,535 MQTT allows")]
    PasswordTooLong {
        /// Its length.
        bytes: usize,
    },
    /// Nothing could be received.
    #[error("a limit of {bytes} bytes a packet is too small to connect")]
    PacketLimit {
        /// The limit asked for.
        bytes: u32,
    },
}

/// The largest packet MQTT can express (5.0 §2.1.4: the remaining length), so nothing is refused.
const MAX_PACKET_SIZE: u32 = 268_435_455;
/// Room for a CONNACK with a few properties.
const SMALLEST_PACKET_LIMIT: u32 = 128;

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config::new(Target::new("localhost", 1883))
    }

    #[test]
    fn the_default_configuration_is_valid() {
        assert_eq!(config().validate(), Ok(()));
    }

    #[test]
    fn a_kept_session_in_3_1_1_needs_a_client_id() {
        let config = Config { version: Version::V311, clean_start: false, ..config() };

        assert_eq!(config.validate(), Err(ConfigError::ClientIdNeeded));
    }

    #[test]
    fn a_kept_session_does_not_expire_unless_told() {
        let kept = Config { clean_start: false, ..config() };
        let told = Config { session_expiry: Some(60), ..kept.clone() };

        assert_eq!(kept.effective_session_expiry(), u32::MAX);
        assert_eq!(told.effective_session_expiry(), 60);
        assert_eq!(config().effective_session_expiry(), 0);
    }

    #[test]
    fn the_password_is_not_in_the_debug_text() {
        let password = Some(Bytes::from_static(b"hunter2"));
        let credentials = Credentials { username: "anna".into(), password };

        let text = format!("{credentials:?}");

        assert!(text.contains("anna") && !text.contains("hunter2"), "{text}");
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let policy = ReconnectPolicy::default();

        let seconds: Vec<_> = (1..=8).map(|n| policy.delay(n, 0.0).as_secs()).collect();

        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(policy.delay(u32::MAX, 0.0), policy.longest);
    }

    #[test]
    fn jitter_takes_at_most_a_fifth_off() {
        let policy = ReconnectPolicy::default();

        assert_eq!(policy.delay(1, 1.0), Duration::from_millis(800));
    }
}
