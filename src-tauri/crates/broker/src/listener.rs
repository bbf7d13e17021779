//! TCP listeners.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{
        TcpListener, TcpSocket, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinHandle,
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use crate::{
    connection::{self, Shared},
    event::BrokerEvent,
};

/// A listener, unique as long as the broker runs.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ListenerId(pub(crate) u64);

/// A listener that accepts connections.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ListenerInfo {
    /// What to stop it by.
    pub id: ListenerId,
    /// Where it listens, with the port the system chose if 0 was asked for.
    pub address: SocketAddr,
}

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

/// A running listener.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) info: ListenerInfo,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Listener {
    /// Binds and begins to accept.
    pub(crate) fn start(
        id: ListenerId,
        address: SocketAddr,
        shared: Arc<Shared>,
    ) -> Result<Self, ListenError> {
        let explain = |error| ListenError::new(address, error);
        let socket = bind(address).map_err(explain)?;
        let address = socket.local_addr().map_err(explain)?;
        let info = ListenerInfo { id, address };
        let stop = shared.shutdown.child_token();
        shared.tell(BrokerEvent::ListenerUp(info));
        let task = tokio::spawn(accept(socket, info, stop.clone(), shared));
        Ok(Self { info, stop, task })
    }

    /// Stops accepting; returns when the port is free.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "a listener failed");
        }
    }
}

impl ListenError {
    fn new(address: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::AddressInUse { address },
            io::ErrorKind::PermissionDenied => Self::Forbidden { address },
            io::ErrorKind::AddrNotAvailable => Self::AddressNotAvailable { address },
            _ => Self::Other { address, source },
        }
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    const BACKLOG: u32 = 1_024;
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // On Unix it lets a broker come back while old connections fade away; on Windows it would let two
    // programs share the port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn accept(
    socket: TcpListener,
    info: ListenerInfo,
    stop: CancellationToken,
    shared: Arc<Shared>,
) {
    /// Out of file descriptors, most likely: some connections must end first.
    const AFTER_ERROR: Duration = Duration::from_millis(100);
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = socket.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => serve(stream, address, &shared),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(AFTER_ERROR).await;
            }
        }
    }
    drop(socket);
    shared.tell(BrokerEvent::ListenerDown(info));
}

fn serve(stream: TcpStream, address: SocketAddr, shared: &Arc<Shared>) {
    let Some(admission) = shared.admit(address) else { return };
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let (source, sink) = stream.into_split();
    let connection = connection::run(source, sink, address, admission, Arc::clone(shared), reset);
    shared.tasks.spawn(connection);
}

/// Closes a connection with RST.
fn reset(source: OwnedReadHalf, sink: OwnedWriteHalf) {
    // Two halves of one stream: they cannot fail to fit.
    if let Ok(stream) = source.reunite(sink)
        && let Err(error) = stream.set_zero_linger()
    {
        tracing::debug!(%error, "no RST");
    }
}
