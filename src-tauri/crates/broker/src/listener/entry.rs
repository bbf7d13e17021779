//! What a connection goes through before its first MQTT packet.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, split},
    net::TcpStream,
    time::timeout_at,
};
use tokio_rustls::server::TlsStream;
use transport::WebSocket;

use super::{
    ListenError, ListenerConfig, ReplaceTlsError, TlsFailure, TlsSettings, WebSocketFailure,
    tls::Tls,
    upgrade::{Rules, upgrade},
};
use crate::{
    admission::Admission,
    connection::{self, Shared},
    event::ConnectFailure,
    origin::Origin,
};

/// The stages of one listener.
#[derive(Debug)]
pub(super) struct Entry {
    tls: Option<Mutex<Arc<Tls>>>,
    websocket: Option<Rules>,
}

/// A connection that ends in one of the stages.
#[derive(Debug)]
pub(super) struct Rejected<S> {
    pub(super) cause: ConnectFailure,
    pub(super) stream: S,
    /// What the peer is told; may be empty.
    pub(super) answer: Box<[u8]>,
}

impl Entry {
    pub(super) fn new(config: ListenerConfig) -> Result<Self, ListenError> {
        let tls = config.tls.as_ref().map(Tls::new).transpose();
        let tls = tls.map_err(|error| ListenError::Tls { detail: error.to_string().into() })?;
        Ok(Self {
            tls: tls.map(|tls| Mutex::new(Arc::new(tls))),
            websocket: config.websocket.map(Rules::new).transpose()?,
        })
    }

    pub(super) fn replace_tls(&self, settings: &TlsSettings) -> Result<(), ReplaceTlsError> {
        let current = self.tls.as_ref().ok_or(ReplaceTlsError::NotTls)?;
        let tls = Tls::new(settings)
            .map_err(|error| ReplaceTlsError::Tls { detail: error.to_string().into() })?;
        *current.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(tls);
        Ok(())
    }

    fn tls(&self) -> Option<Arc<Tls>> {
        let current = self.tls.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current))
    }
}

/// Serves a connection of a listener that is more than plain TCP.
pub(super) async fn serve(
    stream: TcpStream,
    entry: Arc<Entry>,
    mut origin: Origin,
    admission: Admission,
    shared: Arc<Shared>,
) {
    let Some(tls) = entry.tls() else {
        return serve_on(stream, &entry, origin, admission, shared, super::reset).await;
    };
    let timeout = |waited| TlsFailure::Timeout { waited }.into();
    let accept = tls.accept(stream);
    let done = stage(accept, timeout, &origin, &admission, &shared).await;
    // The certificate may be replaced while this connection goes on.
    drop(tls);
    if let Some((stream, certificate)) = done {
        origin.certificate = certificate;
        let reset = |stream: TlsStream<TcpStream>| super::reset(stream.into_inner().0);
        serve_on(stream, &entry, origin, admission, shared, reset).await;
    }
}

async fn serve_on<S>(
    stream: S,
    entry: &Entry,
    origin: Origin,
    admission: Admission,
    shared: Arc<Shared>,
    reset: impl FnOnce(S) + Send,
) where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    if let Some(rules) = &entry.websocket {
        serve_websocket(stream, rules, origin, admission, shared, reset).await;
    } else {
        let (source, sink) = split(stream);
        let reset = |source: ReadHalf<S>, sink| reset(source.unsplit(sink));
        connection::run(source, sink, origin, admission, shared, reset).await;
    }
}

/// Serves a byte stream that begins with an HTTP request for a WebSocket.
pub(crate) async fn serve_websocket<S>(
    stream: S,
    rules: &Rules,
    origin: Origin,
    admission: Admission,
    shared: Arc<Shared>,
    reset: impl FnOnce(S) + Send,
) where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let timeout = |waited| WebSocketFailure::Timeout { waited }.into();
    let upgraded = stage(upgrade(stream, rules), timeout, &origin, &admission, &shared).await;
    if let Some(websocket) = upgraded {
        let (source, sink) = split(websocket);
        let reset = |source: ReadHalf<_>, sink| {
            let websocket: WebSocket<S> = source.unsplit(sink);
            reset(websocket.into_inner());
        };
        connection::run(source, sink, origin, admission, shared, reset).await;
    }
}

/// Runs a stage to its end in the time there is; tells what went wrong, to all who should know.
async fn stage<T, S: AsyncRead + AsyncWrite + Unpin>(
    work: impl Future<Output = Result<T, Rejected<S>>>,
    timed_out: impl FnOnce(Duration) -> ConnectFailure,
    origin: &Origin,
    admission: &Admission,
    shared: &Shared,
) -> Option<T> {
    let limits = &shared.config.limits;
    let done = tokio::select! {
        biased;
        () = shared.shutdown.cancelled() => {
            shared.fail(origin, ConnectFailure::Stopping);
            return None;
        }
        () = admission.gives_way() => {
            shared.fail(origin, ConnectFailure::TooManyConnections);
            return None;
        }
        done = timeout_at(admission.deadline, work) => done,
    };
    match done {
        Ok(Ok(done)) => Some(done),
        Ok(Err(Rejected { cause, stream, answer })) => {
            shared.fail(origin, cause);
            // Bounded, and nobody is interested in how it ends.
            tokio::select! {
                _ = part(stream, &answer) => {}
                () = shared.closing_time() => {}
            }
            None
        }
        Err(_) => {
            shared.fail(origin, timed_out(limits.connect_timeout));
            None
        }
    }
}

/// Says a last word. A socket closed with unread bytes would be reset, and the word lost.
async fn part<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, answer: &[u8]) -> io::Result<()> {
    stream.write_all(answer).await?;
    stream.shutdown().await?;
    let mut unread = vec![0; 2 * 1024];
    while stream.read(&mut unread).await? > 0 {}
    Ok(())
}
