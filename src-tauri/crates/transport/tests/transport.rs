//! Dialling and tapping real sockets on loopback.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "panicking is what a test wants")]

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use transport::{
    DialError, DialOptions, Lingering, NotMqtt, Observer, Tap, Tapped, Target, dial,
    tap::{ReadEnd, tap},
};

/// Keeps everything it sees.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<(Vec<u8>, Vec<u8>)>>);

impl Log {
    fn sent(&self) -> Vec<u8> {
        self.0.lock().unwrap().0.clone()
    }

    fn received(&self) -> Vec<u8> {
        self.0.lock().unwrap().1.clone()
    }
}

impl Observer for Log {
    fn sent(&mut self, bytes: &[u8]) {
        self.0.lock().unwrap().0.extend_from_slice(bytes);
    }

    fn received(&mut self, bytes: &[u8]) {
        self.0.lock().unwrap().1.extend_from_slice(bytes);
    }
}

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A tapped connection and the other end of it.
async fn tapped() -> (Tapped<TcpStream, Log>, Tap, Log, TcpStream) {
    let (listener, address) = listener().await;
    let target = Target::new("127.0.0.1", address.port());
    let (stream, peer) = tokio::join!(dial(&target, DialOptions::default()), listener.accept());
    let log = Log::default();
    let (stream, tap) = tap(stream.unwrap(), log.clone());
    (stream, tap, log, peer.unwrap().0)
}

#[tokio::test]
async fn a_listener_is_reached_by_name_whatever_family_it_listens_on() {
    let (_listener, address) = listener().await;

    let stream = dial(&Target::new("localhost", address.port()), DialOptions::default()).await;

    let stream = stream.expect("the listener is there");
    assert_eq!(stream.peer_addr().unwrap(), address);
    assert!(stream.nodelay().unwrap());
}

#[tokio::test]
async fn a_port_without_a_listener_refuses() {
    let (listener, address) = listener().await;
    drop(listener);

    let outcome = dial(&Target::new("127.0.0.1", address.port()), DialOptions::default()).await;

    assert_eq!(outcome.unwrap_err(), DialError::Refused { address });
}

#[tokio::test]
async fn a_name_that_cannot_exist_is_not_found() {
    let host = "x".repeat(70);

    let outcome = dial(&Target::new(host.clone(), 1883), DialOptions::default()).await;

    let error = outcome.unwrap_err();
    assert!(
        matches!(&error, DialError::HostNotFound { host: named, .. } if **named == *host),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_given_up_in_time() {
    // A full backlog: the system takes no more connections and answers nothing.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = timeout(Duration::from_millis(50), TcpStream::connect(address)).await {
        waiting.push(stream);
        assert!(waiting.len() < 100, "the backlog has no end");
    }
    let after = Duration::from_millis(100);
    let options = DialOptions { timeout: after, ..DialOptions::default() };

    let outcome = dial(&Target::new("127.0.0.1", address.port()), options).await;

    assert_eq!(outcome.unwrap_err(), DialError::Timeout { address, after });
}

#[test]
fn an_address_of_version_six_is_shown_in_brackets() {
    assert_eq!(Target::new("::1", 1883).to_string(), "[::1]:1883");
    assert_eq!(Target::new("broker", 1883).to_string(), "broker:1883");
}

#[tokio::test]
async fn every_byte_is_seen_and_counted_both_ways() {
    let (mut stream, tap, log, mut peer) = tapped().await;

    stream.write_all(b"ping").await.unwrap();
    let mut bytes = [0; 4];
    peer.read_exact(&mut bytes).await.unwrap();
    peer.write_all(&[0x20, 2, 0, 0]).await.unwrap();
    stream.read_exact(&mut bytes).await.unwrap();

    assert_eq!((log.sent(), log.received()), (b"ping".to_vec(), vec![0x20, 2, 0, 0]));
    assert_eq!((tap.bytes_written(), tap.bytes_read()), (4, 4));
    assert!(tap.last_read().0 > 0);
}

#[tokio::test]
async fn a_paused_tap_reads_nothing_and_writes_on() {
    // Arrange
    let (mut stream, tap, log, mut peer) = tapped().await;
    tap.pause();
    peer.write_all(&[0x20, 2, 0, 0]).await.unwrap();
    let mut bytes = [0; 4];

    // Act
    let while_paused =
        timeout(Duration::from_millis(50), stream.read_exact(&mut bytes)).await.is_ok();
    stream.write_all(b"still").await.unwrap();
    let mut written = [0; 5];
    peer.read_exact(&mut written).await.unwrap();
    let read = tokio::spawn(async move {
        let mut bytes = [0; 4];
        stream.read_exact(&mut bytes).await.map(|_| bytes)
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    let before = log.received().len();
    tap.resume();

    // Assert
    assert!(!while_paused);
    assert_eq!(before, 0);
    assert_eq!(read.await.unwrap().unwrap(), [0x20, 2, 0, 0]);
}

#[tokio::test]
async fn one_read_takes_a_bounded_number_of_bytes() {
    let (mut stream, tap, log, mut peer) = tapped().await;
    let sent: Vec<u8> = (0..1 << 20).map(|index: u32| (index % 251) as u8 | 0x20).collect();
    let sent = [&[0x20][..], &sent[..]].concat();
    let expected = sent.clone();
    let sending = tokio::spawn(async move { peer.write_all(&sent).await });
    let mut bytes = vec![0; 1 << 21];

    let mut total = 0;
    while total < expected.len() {
        let count = stream.read(&mut bytes[total..]).await.unwrap();
        assert!((1..=transport::tap::MOST_AT_ONCE).contains(&count), "{count}");
        total += count;
    }

    sending.await.unwrap().unwrap();
    assert!(bytes[..total] == expected && log.received() == expected);
    assert_eq!(tap.bytes_read(), total as u64);
}

#[tokio::test]
async fn a_peer_that_speaks_http_ends_the_reading_with_its_name() {
    let (mut stream, tap, _, mut peer) = tapped().await;
    peer.write_all(b"HTTP/1.0 400 Bad Request\r\n\r\n").await.unwrap();

    let error = stream.read(&mut [0; 64]).await.unwrap_err();

    let status_line = "HTTP/1.0 400 Bad Request".into();
    assert_eq!(tap.not_mqtt(), Some(&NotMqtt::Http { status_line }));
    assert!(error.to_string().contains("HTTP"), "{error}");
}

#[tokio::test]
async fn an_end_in_order_and_a_reset_are_told_apart() {
    let (mut stream, tap, _, peer) = tapped().await;
    drop(peer);
    assert_eq!(stream.read_u8().await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    assert_eq!(tap.read_end(), Some(ReadEnd::Closed));

    let (mut stream, tap, _, peer) = tapped().await;
    peer.set_zero_linger().unwrap();
    drop(peer);
    stream.read_u8().await.unwrap_err();
    assert_eq!(tap.read_end(), Some(ReadEnd::Failed(io::ErrorKind::ConnectionReset)));
}

#[tokio::test]
async fn closing_with_bytes_unread_does_not_reset_the_peer() {
    // Arrange
    let (listener, address) = listener().await;
    let target = Target::new("127.0.0.1", address.port());
    let (stream, peer) = tokio::join!(dial(&target, DialOptions::default()), listener.accept());
    let (mut stream, (mut peer, _)) = (Lingering::from(stream.unwrap()), peer.unwrap());
    peer.write_all(&[0; 1000]).await.unwrap();
    stream.write_all(b"goodbye").await.unwrap();

    // Act
    drop(stream);

    // Assert: the end is an end in order, also for a peer that goes on sending for a while.
    tokio::time::sleep(Duration::from_millis(20)).await;
    peer.write_all(&[0; 1000]).await.unwrap();
    let mut last = Vec::new();
    peer.read_to_end(&mut last).await.expect("it is not reset");
    assert_eq!(last, b"goodbye");
}

#[tokio::test]
async fn a_peer_that_does_not_read_is_noticed() {
    let (mut stream, tap, _, mut peer) = tapped().await;
    assert_eq!(tap.write_blocked_since(), None);

    let chunk = vec![0; 1 << 20];
    let mut written = 0;
    while let Ok(count) = timeout(Duration::from_millis(50), stream.write(&chunk)).await {
        written += count.unwrap();
    }
    assert!(tap.write_blocked_since().is_some());

    let writing = tokio::spawn(async move { stream.write_all(&[0]).await });
    let mut rest = vec![0; written + 1];
    peer.read_exact(&mut rest).await.unwrap();
    writing.await.unwrap().unwrap();
    assert_eq!(tap.write_blocked_since(), None);
}
