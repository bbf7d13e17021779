//! From a host and a port to a byte stream that can be watched and paused.
//!
//! [`dial()`] opens the TCP connection; later stages (proxy, TLS, WebSocket) wrap what it returns.
//! [`tap::tap`] is the last wrapper: it shows every byte to an [`Observer`], recognises a peer that
//! does not speak MQTT, and can stop reading for back-pressure. [`websocket::WebSocket`] is a byte
//! stream inside a WebSocket, for both of its ends.
//!
//! # Invariants
//!
//! * Failures are data ([`DialError`], [`NotMqtt`]): no caller has to read an error text.
//! * Nothing here waits longer than its timeout.

pub mod dial;
pub mod linger;
pub mod sniff;
pub mod tap;
pub mod websocket;

pub use dial::{DialError, DialOptions, Target, dial};
pub use linger::Lingering;
pub use sniff::NotMqtt;
pub use tap::{Observer, Tap, Tapped};
pub use websocket::WebSocket;
