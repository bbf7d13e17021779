//! Where a session delivers what it sees.

use std::{pin::Pin, sync::Arc};

use wire::Message;

use crate::acks::AckHandle;

/// The receiver of a session's messages and events, in the order of their sequence numbers.
///
/// It is called from the task that drives the connection, so nothing in it may block.
pub trait Sink: Send + Sync + 'static {
    /// Takes one received or sent message or one event.
    ///
    /// `ack` is there for a received `QoS` 1 or 2 message of a session with
    /// [`Config::ack_after_commit`]: complete it when the message is stored.
    ///
    /// A full sink must still take what is on its way when [`Sink::has_room`] turns false: the rest
    /// of one read of the socket (8 KiB, after large packets 64 KiB), the few messages that are
    /// being written, and events.
    ///
    /// [`Config::ack_after_commit`]: crate::Config::ack_after_commit
    fn accept(&self, message: Arc<Message>, ack: Option<AckHandle>);

    /// Whether the session may go on reading. Asked after every message, so it must be cheap.
    fn has_room(&self) -> bool {
        true
    }

    /// Resolves when there is room again. Until then the session does not read the socket and takes
    /// no message to publish; keep-alive and commands go on.
    fn ready(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}
