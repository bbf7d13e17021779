//! What a peer speaks, told from the first bytes of its answer to CONNECT.
//!
//! An MQTT server answers with CONNACK or AUTH, or with DISCONNECT (MQTT 5.0 §3.1.4, §4.12). No
//! other first byte can come from one, so a web server or a TLS port is named at once instead of
//! being waited for.

use std::fmt;

/// What answered instead of an MQTT server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NotMqtt {
    /// A web server; a WebSocket port of an MQTT server looks the same.
    Http {
        /// The first line of the answer, as far as it arrived.
        status_line: Box<str>,
    },
    /// A port that expects TLS answered with a TLS record.
    Tls,
    /// An SSH server's greeting.
    Ssh,
    /// Something else.
    Unknown {
        /// The first bytes, at most 16.
        first_bytes: Box<[u8]>,
    },
}

/// Looks at the first bytes of an answer; `None` when it may be MQTT.
pub fn sniff(first: &[u8]) -> Option<NotMqtt> {
    let &[byte, ..] = first else { return None };
    if matches!(byte, CONNACK | DISCONNECT | AUTH) {
        return None;
    }
    Some(match byte {
        TLS_ALERT | TLS_HANDSHAKE if first.get(1).is_none_or(|&major| major == 3) => NotMqtt::Tls,
        b'H' if b"HTTP/".starts_with(&first[..first.len().min(5)]) => {
            NotMqtt::Http { status_line: first_line(first) }
        }
        b'S' if b"SSH-".starts_with(&first[..first.len().min(4)]) => NotMqtt::Ssh,
        _ => NotMqtt::Unknown { first_bytes: first[..first.len().min(16)].into() },
    })
}

impl fmt::Display for NotMqtt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http { status_line } => {
                write!(f, "the server speaks HTTP, not MQTT: it answered `{status_line}`")
            }
            Self::Tls => f.write_str("the server expects TLS on this port"),
            Self::Ssh => f.write_str("the server speaks SSH, not MQTT"),
            Self::Unknown { first_bytes } => {
                write!(
                    f,
                    "the server does not speak MQTT: its answer begins with {first_bytes:02X?}"
                )
            }
        }
    }
}

impl std::error::Error for NotMqtt {}

fn first_line(bytes: &[u8]) -> Box<str> {
    let line = bytes.split(|&byte| byte == b'\r' || byte == b'\n').next().unwrap_or_default();
    let line = &line[..line.len().min(80)];
    String::from_utf8_lossy(line).into()
}

const CONNACK: u8 = 0x20;
const DISCONNECT: u8 = 0xE0;
const AUTH: u8 = 0xF0;
const TLS_ALERT: u8 = 0x15;
const TLS_HANDSHAKE: u8 = 0x16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connack_is_mqtt() {
        assert_eq!(sniff(&[0x20, 2, 0, 0]), None);
    }

    #[test]
    fn a_web_server_is_named_with_its_status_line() {
        let peer = sniff(b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n");

        let status_line = "HTTP/1.1 400 Bad Request".into();
        assert_eq!(peer, Some(NotMqtt::Http { status_line }));
    }

    #[test]
    fn a_web_server_is_named_from_its_first_byte() {
        assert!(matches!(sniff(b"H"), Some(NotMqtt::Http { .. })));
    }

    #[test]
    fn a_tls_alert_is_tls() {
        assert_eq!(sniff(&[0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x46]), Some(NotMqtt::Tls));
    }

    #[test]
    fn an_ssh_greeting_is_ssh() {
        assert_eq!(sniff(b"SSH-2.0-OpenSSH_9.2\r\n"), Some(NotMqtt::Ssh));
    }

    #[test]
    fn anything_else_is_shown_by_its_bytes() {
        let first_bytes = Box::from(*b"220 mail");
        assert_eq!(sniff(b"220 mail"), Some(NotMqtt::Unknown { first_bytes }));
    }
}
