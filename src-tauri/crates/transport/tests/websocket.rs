//! Both ends of a WebSocket, and streams of frames with everything wrong in them.

#![allow(clippy::unwrap_used, reason = "panicking is what a test wants")]

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use rand::{Rng, RngCore, SeedableRng, rngs::SmallRng, seq::IndexedRandom};
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex, split,
};
use transport::websocket::{BrokenFrame, Role, WebSocket, accept_key};

fn pair(buffer: usize) -> (WebSocket<DuplexStream>, WebSocket<DuplexStream>) {
    let (client, server) = duplex(buffer);
    let of = |stream, role| WebSocket::new(stream, role, Bytes::new());
    (of(client, Role::Client), of(server, Role::Server))
}

fn random(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    SmallRng::seed_from_u64(seed).fill_bytes(&mut bytes);
    bytes
}

#[tokio::test]
async fn bytes_of_any_amount_pass_both_ways_at_once() {
    let (client, server) = pair(1_000);
    let (there, back) = (random(1, 300_000), random(2, 200_001));
    let (mut client_source, mut client_sink) = split(client);
    let (mut server_source, mut server_sink) = split(server);

    let (mut at_server, mut at_client) = (Vec::new(), Vec::new());
    let (a, b, c, d) = tokio::join!(
        async {
            client_sink.write_all(&there).await?;
            client_sink.flush().await
        },
        async {
            server_sink.write_all(&back).await?;
            server_sink.flush().await
        },
        async { (&mut server_source).take(there.len() as u64).read_to_end(&mut at_server).await },
        async { (&mut client_source).take(back.len() as u64).read_to_end(&mut at_client).await },
    );

    a.unwrap();
    b.unwrap();
    c.unwrap();
    d.unwrap();
    assert!(at_server == there && at_client == back);
}

#[tokio::test]
async fn a_client_masks_and_a_server_does_not() {
    let (ours, theirs) = duplex(1_000);
    let mut client = WebSocket::new(theirs, Role::Client, Bytes::new());
    let mut peer = ours;

    client.write_all(b"hello").await.unwrap();
    client.flush().await.unwrap();

    let mut frame = [0; 11];
    peer.read_exact(&mut frame).await.unwrap();
    assert_eq!(frame[..2], [0x82, 0x85]);
    let unmasked: Vec<u8> = (0..5).map(|at| frame[6 + at] ^ frame[2 + at % 4]).collect();
    assert_eq!(unmasked, b"hello");
    // A masked frame from a server.
    peer.write_all(&frame).await.unwrap();
    let error = client.read_u8().await.unwrap_err();
    let broken = error.get_ref().and_then(|inner| inner.downcast_ref());
    assert_eq!(broken, Some(&BrokenFrame::Masked));
}

#[tokio::test]
async fn closing_one_end_ends_the_other_in_order() {
    let (mut client, mut server) = pair(1_000);

    client.write_all(b"last").await.unwrap();
    client.shutdown().await.unwrap();
    let mut received = Vec::new();
    server.read_to_end(&mut received).await.unwrap();

    assert_eq!(received, b"last");
    assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
    let refused = client.write(b"more").await.unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::BrokenPipe);
}

#[test]
fn the_answer_to_a_key_is_that_of_the_standard() {
    let answer = accept_key("dGhlIHNhbXBsZSBub25jZQ==");

    assert_eq!(answer.as_deref(), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    assert_eq!(
        ["", "!", "dGhl", "dGhlIHNhbXBsZSBub25jZT09PT09"].map(accept_key),
        [const { None }; 4]
    );
}

/// Gives its bytes in pieces and swallows what is written.
struct InPieces {
    bytes: Bytes,
    step: usize,
}

impl AsyncRead for InPieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let count = self.step.min(self.bytes.len()).min(buffer.remaining());
        buffer.put_slice(&self.bytes.split_to(count));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for InPieces {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// What a server makes of a stream: the payload, and how it was broken.
async fn read(stream: &[u8], step: usize, early: usize) -> (Vec<u8>, Option<BrokenFrame>) {
    let bytes = Bytes::copy_from_slice(&stream[early..]);
    let early = Bytes::copy_from_slice(&stream[..early]);
    let mut websocket = WebSocket::new(InPieces { bytes, step }, Role::Server, early);
    let mut payload = Vec::new();
    let end = websocket.read_to_end(&mut payload).await;
    let broken = end.err().and_then(|error| error.get_ref()?.downcast_ref().copied());
    (payload, broken)
}

#[tokio::test]
async fn mutated_frames_are_read_the_same_whatever_the_split() {
    const SEEDS: &[&[u8]] = &[
        b"\x82\x85\x01\x02\x03\x04hello",
        b"\x02\x81\x00\x00\x00\x00x\x80\x81\x09\x09\x09\x09y",
        b"\x89\x84\x01\x02\x03\x04ping",
        b"\x8A\x80\x01\x02\x03\x04",
        b"\x88\x82\x00\x00\x00\x00\x03\xE8",
        b"\x82\xFE\x00\x80\x01\x02\x03\x04",
        b"\x82\xFF\x00\x00\x00\x00\x00\x01\x00\x00\x01\x02\x03\x04",
        b"\x00\x80\x00\x00\x00\x00",
    ];
    let mut random = SmallRng::seed_from_u64(7);
    let mut ended = [0, 0];
    for _ in 0..4_000 {
        let mut stream = Vec::new();
        for _ in 0..random.random_range(1..6) {
            stream.extend_from_slice(SEEDS.choose(&mut random).copied().unwrap());
        }
        for _ in 0..random.random_range(0..4) {
            let at = random.random_range(0..stream.len());
            match random.random_range(0..4) {
                0 => stream[at] = random.random(),
                1 => stream[at] ^= 1 << random.random_range(0..8),
                2 => stream.insert(at, random.random()),
                _ => drop(stream.remove(at)),
            }
        }

        let whole = read(&stream, stream.len(), 0).await;
        let early = random.random_range(0..=stream.len());
        let pieces = read(&stream, random.random_range(1..9), early).await;

        assert_eq!(whole, pieces, "{stream:02X?}");
        assert!(whole.0.len() <= stream.len());
        ended[usize::from(whole.1.is_some())] += 1;
    }
    assert!(ended.iter().all(|count| *count > 300), "too much of one kind: {ended:?}");
}
