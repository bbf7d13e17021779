//! From an HTTP request to a WebSocket (RFC 6455 §4.2, MQTT 5.0 §6).

use std::{io, time::Duration};

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use transport::websocket::{BrokenFrame, Role, WebSocket, accept_key};

use super::{ListenError, WebSocketSettings, entry::Rejected};
use crate::event::ConnectFailure;

/// Why a WebSocket came to nothing.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum WebSocketFailure {
    /// The request is for another path.
    #[error("no WebSocket at the path `{path}`")]
    WrongPath {
        /// What was asked for.
        path: Box<str>,
    },
    /// The request does not say that MQTT is to be spoken.
    #[error("the client offered {}, and `mqtt` is needed", offer(.offered))]
    NoSubprotocol {
        /// The subprotocols it offered; may be empty.
        offered: Box<str>,
    },
    /// An HTTP request, but not for a WebSocket.
    #[error("an HTTP request that does not ask for a WebSocket: {request}")]
    NotUpgrade {
        /// Method and path.
        request: Box<str>,
    },
    /// The first bytes are no HTTP.
    #[error("not a WebSocket but {protocol}")]
    NotHttp {
        /// What they look like.
        protocol: &'static str,
    },
    /// The request is malformed.
    #[error("not a valid WebSocket request: {detail}")]
    BadRequest {
        /// What is wrong.
        detail: Box<str>,
    },
    /// The request does not end.
    #[error("the HTTP request has more than {limit} bytes")]
    TooLong {
        /// What is allowed.
        limit: usize,
    },
    /// The client closed the connection in the middle of the request.
    #[error("closed by the client after {bytes} bytes of the HTTP request")]
    Closed {
        /// Bytes received.
        bytes: usize,
    },
    /// It took too long.
    #[error("the WebSocket handshake was not done within {} s", .waited.as_secs())]
    Timeout {
        /// How long the broker waited.
        waited: Duration,
    },
    /// A frame broke the WebSocket protocol, before there was a whole CONNECT.
    #[error("the client broke the WebSocket: {0}")]
    Frame(BrokenFrame),
}

fn offer(subprotocols: &str) -> String {
    if subprotocols.is_empty() {
        "no subprotocol".to_owned()
    } else {
        format!("the subprotocol `{subprotocols}`")
    }
}

/// Bytes of a request: browsers send the cookies of everything else on this host too.
const LARGEST_HEAD: usize = 16 * 1024;

/// What an upgrade must ask for.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    path: Option<Box<str>>,
}

impl Rules {
    pub(crate) fn new(settings: WebSocketSettings) -> Result<Self, ListenError> {
        let is_path = |path: &str| {
            path.starts_with('/')
                && path.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#'))
        };
        match settings.path {
            Some(path) if !is_path(&path) => Err(ListenError::Path { path }),
            path => Ok(Self { path }),
        }
    }

    fn path(&self) -> &str {
        self.path.as_deref().unwrap_or("/mqtt")
    }

    fn accepts(&self, path: &str) -> bool {
        path == self.path() || (self.path.is_none() && path == "/")
    }
}

/// Reads the request and answers it.
pub(super) async fn upgrade<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    rules: &Rules,
) -> Result<WebSocket<S>, Rejected<S>> {
    let mut bytes = BytesMut::new();
    let judged = match read_head(&mut stream, &mut bytes).await {
        Ok(length) => {
            let head = bytes.split_to(length);
            judge(&head, rules)
        }
        Err(failed) => Err(failed),
    };
    match judged {
        Ok(answer) => match send(&mut stream, &answer).await {
            Ok(()) => Ok(WebSocket::new(stream, Role::Server, bytes.freeze())),
            Err(error) => Err(Rejected {
                cause: ConnectFailure::from_io(&error),
                stream,
                answer: Box::default(),
            }),
        },
        Err(Refused { cause, answer }) => {
            Err(Rejected { cause, stream, answer: answer.into_bytes().into() })
        }
    }
}

/// A request that is not answered with a WebSocket.
struct Refused {
    cause: ConnectFailure,
    /// The whole response; empty when HTTP is not spoken.
    answer: String,
}

impl Refused {
    fn silent(cause: impl Into<ConnectFailure>) -> Self {
        Self { cause: cause.into(), answer: String::new() }
    }

    /// With a status and a text for whoever looks at it.
    fn with(cause: WebSocketFailure, status: &str, headers: &str, text: &str) -> Self {
        let answer = format!(
            "HTTP/1.1 {status}\r\n{headers}Content-Type: text/plain; charset=utf-8\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{text}\n",
            text.len() + 1,
        );
        Self { cause: cause.into(), answer }
    }

    fn bad_request(detail: &str) -> Self {
        let cause = WebSocketFailure::BadRequest { detail: detail.into() };
        let text = format!("This is not a valid WebSocket request: {detail}.");
        Self::with(cause, "400 Bad Request", "", &text)
    }
}

/// Reads up to the empty line; returns the length with it. `bytes` may hold more.
async fn read_head<S: AsyncRead + Unpin>(
    stream: &mut S,
    bytes: &mut BytesMut,
) -> Result<usize, Refused> {
    const END: &[u8] = b"\r\n\r\n";
    loop {
        let searched = bytes.len().saturating_sub(END.len() - 1);
        bytes.reserve(1024);
        let count = match stream.read_buf(bytes).await {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
            Err(error) => return Err(Refused::silent(ConnectFailure::from_io(&error))),
            Ok(count) => count,
        };
        if count == 0 {
            return Err(Refused::silent(WebSocketFailure::Closed { bytes: bytes.len() }));
        }
        if let Some(protocol) = other_protocol(bytes) {
            return Err(Refused::silent(WebSocketFailure::NotHttp { protocol }));
        }
        let end = bytes[searched..].windows(END.len()).position(|window| window == END);
        let length = end.map_or(bytes.len(), |end| searched + end + END.len());
        if length > LARGEST_HEAD {
            let cause = WebSocketFailure::TooLong { limit: LARGEST_HEAD };
            let status = "431 Request Header Fields Too Large";
            return Err(Refused::with(cause, status, "", "The request is too long."));
        }
        if end.is_some() {
            return Ok(length);
        }
    }
}

/// An HTTP request begins with a letter.
fn other_protocol(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [] => None,
        [0x16, ..] => Some("a TLS handshake, and this listener does not encrypt"),
        [0x10, ..] => Some("MQTT without WebSocket"),
        [first, ..] if first.is_ascii_alphabetic() => None,
        _ => Some("something else"),
    }
}

/// Whether this is a request for MQTT over WebSocket; the result is the response.
fn judge(head: &[u8], rules: &Rules) -> Result<String, Refused> {
    let Head { method, path, headers } = Head::parse(head).map_err(Refused::bad_request)?;
    let headers = &*headers;
    if method != "GET"
        || !has_token(headers, "Upgrade", "websocket")
        || !has_token(headers, "Connection", "upgrade")
    {
        let cause = WebSocketFailure::NotUpgrade { request: shown(&format!("{method} {path}")) };
        let text = format!(
            "This is an MQTT broker. Connect to it with an MQTT client that speaks WebSocket, \
             at the path {}.",
            rules.path()
        );
        let upgrade = "Upgrade: websocket\r\n";
        return Err(Refused::with(cause, "426 Upgrade Required", upgrade, &text));
    }
    if values(headers, "Sec-WebSocket-Version").all(|version| version != "13") {
        let cause =
            WebSocketFailure::BadRequest { detail: "the WebSocket version is not 13".into() };
        let version = "Sec-WebSocket-Version: 13\r\n";
        let text = "Only version 13 of WebSocket is spoken here.";
        return Err(Refused::with(cause, "426 Upgrade Required", version, text));
    }
    let accept = values(headers, "Sec-WebSocket-Key").next().and_then(accept_key);
    let Some(accept) = accept else {
        return Err(Refused::bad_request("Sec-WebSocket-Key is missing or not 16 bytes"));
    };
    if !rules.accepts(path) {
        let cause = WebSocketFailure::WrongPath { path: shown(path) };
        let text = format!("There is no MQTT here, but at the path {}.", rules.path());
        return Err(Refused::with(cause, "404 Not Found", "", &text));
    }
    let offers: Vec<_> = tokens(headers, "Sec-WebSocket-Protocol").collect();
    let Some(subprotocol) = offers.iter().find(|offer| SUBPROTOCOLS.contains(offer)) else {
        let cause = WebSocketFailure::NoSubprotocol { offered: shown(&offers.join(", ")) };
        let text = "MQTT over WebSocket needs the subprotocol `mqtt` in Sec-WebSocket-Protocol.";
        return Err(Refused::with(cause, "400 Bad Request", "", text));
    };
    Ok(format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: {subprotocol}\r\n\r\n"
    ))
}

/// The name of MQTT as a subprotocol, and the one that 3.1 clients use.
const SUBPROTOCOLS: [&str; 2] = ["mqtt", "mqttv3.1"];

async fn send<S: AsyncWrite + Unpin>(stream: &mut S, answer: &str) -> io::Result<()> {
    stream.write_all(answer.as_bytes()).await?;
    stream.flush().await
}

/// What matters of a request.
struct Head<'a> {
    method: &'a str,
    /// Without the query.
    path: &'a str,
    headers: Vec<Header<'a>>,
}

struct Header<'a> {
    name: &'a str,
    value: &'a str,
}

impl<'a> Head<'a> {
    /// Takes a request apart, up to its empty line; or says what is wrong with it.
    fn parse(head: &'a [u8]) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(head).map_err(|_| "it is not text")?;
        let mut lines = text.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (Some(method), Some(target), Some("HTTP/1.1"), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err("its first line is not that of HTTP/1.1");
        };
        let path = target.split(['?', '#']).next().unwrap_or_default();
        let headers = lines.take_while(|line| !line.is_empty()).map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_token = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
            is_token.then_some(Header { name, value: value.trim() })
        });
        let headers = headers.collect::<Option<_>>().ok_or("one of its headers is broken")?;
        Ok(Self { method, path, headers })
    }
}

/// The values of all headers with a name.
fn values<'a>(headers: &'a [Header<'a>], name: &str) -> impl Iterator<Item = &'a str> {
    let named = headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name));
    named.map(|header| header.value)
}

/// The comma-separated parts of these values.
fn tokens<'a>(headers: &'a [Header<'a>], name: &str) -> impl Iterator<Item = &'a str> {
    values(headers, name).flat_map(|value| value.split(',')).map(str::trim)
}

fn has_token(headers: &[Header<'_>], name: &str, token: &str) -> bool {
    tokens(headers, name).any(|candidate| candidate.eq_ignore_ascii_case(token))
}

/// A text of a stranger, short enough to be shown.
fn shown(text: &str) -> Box<str> {
    const MOST: usize = 100;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}
