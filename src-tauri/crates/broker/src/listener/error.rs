//! Why a listener cannot be had.

use std::{io, net::SocketAddr};

/// Why a broker cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another socket listens there.
    #[error("{address} is in use by another program")]
    AddressInUse {
        /// What was asked for.
        address: SocketAddr,
    },
    /// The system does not allow it, e.g. ports below 1024.
    #[error("the system does not allow to listen on {address}")]
    Forbidden {
        /// What was asked for.
        address: SocketAddr,
    },
    /// This computer does not have the address.
    #[error("this computer has no address {}", .address.ip())]
    AddressNotAvailable {
        /// What was asked for.
        address: SocketAddr,
    },
    /// The certificate, the key or the authorities are of no use for TLS.
    #[error("TLS cannot be set up: {detail}")]
    Tls {
        /// What is wrong.
        detail: Box<str>,
    },
    /// A WebSocket path begins with `/` and has no blanks, `?` or `#`.
    #[error("`{path}` is not a path for a WebSocket")]
    Path {
        /// What was asked for.
        path: Box<str>,
    },
    /// Anything else.
    #[error("cannot listen on {address}: {source}")]
    Other {
        /// What was asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The broker is stopping.
    #[error("the broker is stopping")]
    Stopping,
}

/// Why the certificates of a listener stay as they are.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ReplaceTlsError {
    /// There is no such listener (any more).
    #[error("the listener is not there")]
    NoListener,
    /// It does not speak TLS.
    #[error("the listener does not speak TLS")]
    NotTls,
    /// As in [`ListenError::Tls`].
    #[error("TLS cannot be set up: {detail}")]
    Tls {
        /// What is wrong.
        detail: Box<str>,
    },
}

impl ListenError {
    pub(super) fn new(address: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::AddressInUse { address },
            io::ErrorKind::PermissionDenied => Self::Forbidden { address },
            io::ErrorKind::AddrNotAvailable => Self::AddressNotAvailable { address },
            _ => Self::Other { address, source },
        }
    }
}
