//! Listeners: TCP, TLS, WebSocket and secure WebSocket.
//!
//! A listener only accepts. What a connection goes through before its first MQTT packet (TLS, the
//! WebSocket upgrade) runs in a task of that connection, so that none holds up another.

mod alert;
mod broken;
mod entry;
mod error;
mod settings;
mod tls;
mod upgrade;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpSocket, TcpStream, tcp::OwnedReadHalf},
    task::JoinHandle,
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use self::entry::Entry;
pub use self::{
    alert::Alert,
    error::{ListenError, ReplaceTlsError},
    settings::{ClientCertificates, ListenerConfig, TlsSettings, WebSocketSettings},
    tls::TlsFailure,
    upgrade::WebSocketFailure,
};
pub(crate) use self::{entry::serve_websocket, upgrade::Rules};
use crate::{
    connection::{self, Shared},
    event::BrokerEvent,
    origin::Origin,
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
    /// What its clients speak below MQTT.
    pub protocol: ListenerProtocol,
}

/// What carries MQTT.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ListenerProtocol {
    /// TCP, `mqtt://`.
    Tcp,
    /// TLS, `mqtts://`.
    Tls,
    /// WebSocket, `ws://`.
    Ws,
    /// Secure WebSocket, `wss://`.
    Wss,
}

/// A running listener.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) info: ListenerInfo,
    entry: Arc<Entry>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Listener {
    /// Binds and begins to accept.
    pub(crate) fn start(
        id: ListenerId,
        config: ListenerConfig,
        shared: Arc<Shared>,
    ) -> Result<Self, ListenError> {
        let protocol = config.protocol();
        let asked = config.address;
        let entry = Arc::new(Entry::new(config)?);
        let explain = |error| ListenError::new(asked, error);
        let socket = bind(asked).map_err(explain)?;
        let address = socket.local_addr().map_err(explain)?;
        let info = ListenerInfo { id, address, protocol };
        let stop = shared.shutdown.child_token();
        shared.tell(BrokerEvent::ListenerUp(info));
        let task = tokio::spawn(accept(socket, info, Arc::clone(&entry), stop.clone(), shared));
        Ok(Self { info, entry, stop, task })
    }

    /// Uses other certificates for the handshakes that begin from now on.
    pub(crate) fn replace_tls(&self, settings: &TlsSettings) -> Result<(), ReplaceTlsError> {
        self.entry.replace_tls(settings)
    }

    /// Stops accepting; returns when the port is free.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "a listener failed");
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
    entry: Arc<Entry>,
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
            Ok((stream, address)) => serve(stream, address, info, &entry, &shared),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                shared.gate.make_room();
                sleep(AFTER_ERROR).await;
            }
        }
    }
    drop(socket);
    shared.tell(BrokerEvent::ListenerDown(info));
}

fn serve(
    stream: TcpStream,
    address: SocketAddr,
    info: ListenerInfo,
    entry: &Arc<Entry>,
    shared: &Arc<Shared>,
) {
    let origin =
        Origin { address, protocol: info.protocol, listener: Some(info.id), certificate: None };
    let Some(admission) = shared.admit(&origin) else { return };
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let shared = Arc::clone(shared);
    if info.protocol == ListenerProtocol::Tcp {
        let (source, sink) = stream.into_split();
        // Two halves of one stream: they cannot fail to fit.
        let reset = |source: OwnedReadHalf, sink| source.reunite(sink).map_or((), reset);
        let connection =
            connection::run(source, sink, origin, admission, Arc::clone(&shared), reset);
        shared.tasks.spawn(connection);
    } else {
        let entry = Arc::clone(entry);
        let connection = entry::serve(stream, entry, origin, admission, Arc::clone(&shared));
        shared.tasks.spawn(connection);
    }
}

/// Closes a connection with RST.
fn reset(stream: TcpStream) {
    if let Err(error) = stream.set_zero_linger() {
        tracing::debug!(%error, "no RST");
    }
    drop(stream);
}
