//! HTTP requests and WebSocket frames, good and bad, in memory and on a paused clock.

use std::time::Duration;

use broker::{
    Broker, BrokerConfig, BrokerEvent, ConnectFailure, DisconnectCause, Limits, WebSocketFailure,
    WebSocketSettings,
};
use bytes::BytesMut;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::timeout,
};
use transport::websocket::BrokenFrame;
use wire::{Packet, Version};

use super::client::{Client, MQTT, next_failure, request, upgrade};
use crate::peer::{QOS1, address, connect, id, publish, start, subscription};

const FIN: u8 = 0x80;
const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

fn dial_at(broker: &Broker, path: Option<&str>) -> DuplexStream {
    let (ours, theirs) = tokio::io::duplex(256 * 1024);
    let settings = WebSocketSettings { path: path.map(Into::into) };
    broker.serve_websocket(theirs, settings, address()).unwrap();
    ours
}

fn dial(broker: &Broker) -> DuplexStream {
    dial_at(broker, None)
}

/// A masked frame, as a client sends it.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x11, 0x22, 0x33, 0x44];
    let mut bytes = vec![first];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length), _) if length < 126 => bytes.push(0x80 | length),
        (_, Ok(length)) => {
            bytes.push(0xFE);
            bytes.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            bytes.push(0xFF);
            bytes.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(&mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
    bytes
}

fn packets(packets: &[Packet]) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    for packet in packets {
        wire::encode(packet, Version::V311, &mut bytes).unwrap();
    }
    bytes.to_vec()
}

fn hello() -> Packet {
    Packet::Connect(Box::new(connect(Version::V311, "c")))
}

/// A WebSocket whose frames are in the test's hands.
async fn open(broker: &Broker) -> DuplexStream {
    let mut stream = dial(broker);
    stream.write_all(request("/mqtt", MQTT).as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "));
    stream
}

/// The next frame of the broker: its first byte and its payload. It is not masked and is short.
async fn next_frame(stream: &mut DuplexStream) -> (u8, Vec<u8>) {
    let first = stream.read_u8().await.unwrap();
    let length = stream.read_u8().await.unwrap();
    assert!(length < 126, "masked or long: {length}");
    let mut payload = vec![0; length.into()];
    stream.read_exact(&mut payload).await.unwrap();
    (first, payload)
}

const CONNACK: &[u8] = &[0x20, 2, 0, 0];
const PINGRESP: &[u8] = &[0xD0, 0];

async fn refused(broker: &Broker, request: &str) -> (String, WebSocketFailure) {
    refused_at(broker, None, request).await
}

/// The answer to a request and what the broker says about it.
async fn refused_at(
    broker: &Broker,
    path: Option<&str>,
    request: &str,
) -> (String, WebSocketFailure) {
    let mut events = broker.events();
    let mut stream = dial_at(broker, path);
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    match next_failure(&mut events).await {
        ConnectFailure::WebSocket(failure) => (answer, failure),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn the_usual_paths_and_both_subprotocols_are_taken() {
    let broker = start();
    let offers = [
        ("/mqtt", "mqtt", "mqtt"),
        ("/", "mqttv3.1", "mqttv3.1"),
        ("/mqtt?token=x", "chat, mqttv3.1, mqtt", "mqttv3.1"),
    ];

    for (path, offer, taken) in offers {
        let mut stream = dial(&broker);
        let header = format!("Sec-WebSocket-Protocol: {offer}\r\n");
        stream.write_all(request(path, &header).as_bytes()).await.unwrap();
        let mut answer = [0; 200];
        let count = stream.read(&mut answer).await.unwrap();

        let expected = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
             Sec-WebSocket-Protocol: {taken}\r\n\r\n"
        );
        assert_eq!(String::from_utf8_lossy(&answer[..count]), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_subprotocol_may_be_one_of_several_headers() {
    let broker = start();
    let headers = format!("sec-websocket-protocol: chat\r\n{MQTT}");
    let mut stream = dial(&broker);

    stream.write_all(request("/mqtt", &headers).as_bytes()).await.unwrap();

    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 101");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_path_is_told_the_right_one() {
    let broker = start();

    let (answer, failure) = refused(&broker, &request("/ws", MQTT)).await;
    let (special, _) = refused_at(&broker, Some("/plant"), &request("/mqtt", MQTT)).await;

    assert!(answer.starts_with("HTTP/1.1 404 ") && answer.contains("/mqtt"), "{answer}");
    assert_eq!(failure.to_string(), "no WebSocket at the path `/ws`");
    assert!(special.starts_with("HTTP/1.1 404 ") && special.contains("/plant"), "{special}");
}

#[tokio::test(start_paused = true)]
async fn without_the_subprotocol_the_answer_says_which_one_is_missing() {
    let broker = start();

    let (none, first) = refused(&broker, &request("/mqtt", "")).await;
    let other = "Sec-WebSocket-Protocol: wamp, chat\r\n";
    let (_, second) = refused(&broker, &request("/mqtt", other)).await;

    assert!(none.starts_with("HTTP/1.1 400 ") && none.contains("subprotocol `mqtt`"), "{none}");
    let texts = [first, second].map(|failure| failure.to_string());
    let expected = [
        "the client offered no subprotocol, and `mqtt` is needed",
        "the client offered the subprotocol `wamp, chat`, and `mqtt` is needed",
    ];
    assert_eq!(texts, expected);
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_opens_the_address_is_told_what_this_is() {
    let broker = start();

    let (answer, failure) = refused(&broker, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await;

    assert!(answer.starts_with("HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n"));
    assert!(answer.contains("This is an MQTT broker."), "{answer}");
    assert_eq!(failure, WebSocketFailure::NotUpgrade { request: "GET /".into() });
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_a_request_is_told_to_both_sides() {
    let broker = start();
    let good = request("/mqtt", MQTT);
    let requests = [
        (good.replace("Version: 13", "Version: 8"), "426", "the WebSocket version is not 13"),
        (good.replace("dGhl", "!!!!"), "400", "Sec-WebSocket-Key is missing or not 16 bytes"),
        (good.replace("HTTP/1.1", "HTTP/9.9"), "400", "its first line is not that of HTTP/1.1"),
        (good.replace("Host:", "Host"), "400", "one of its headers is broken"),
    ];

    for (request, status, detail) in &requests {
        let (answer, failure) = refused(&broker, request).await;

        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert_eq!(failure, WebSocketFailure::BadRequest { detail: (*detail).into() });
    }
    let (_, failure) = refused(&broker, "POST /x HTTP/1.1\r\n\r\n").await;
    assert_eq!(failure, WebSocketFailure::NotUpgrade { request: "POST /x".into() });
}

#[tokio::test(start_paused = true)]
async fn a_request_that_does_not_end_is_cut_off() {
    let broker = start();
    let endless = format!("GET /mqtt HTTP/1.1\r\nCookie: {}", "x".repeat(100_000));

    let (answer, failure) = refused(&broker, &endless).await;
    let (_, closed) = refused(&broker, "GET /mqtt").await;

    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert_eq!(failure, WebSocketFailure::TooLong { limit: 16 * 1024 });
    assert_eq!(closed, WebSocketFailure::Closed { bytes: 9 });
}

#[tokio::test(start_paused = true)]
async fn what_is_spoken_instead_of_http_is_named() {
    let broker = start();

    for (bytes, expected) in [
        ("\u{10}\u{C}\0\u{4}MQTT", "not a WebSocket but MQTT without WebSocket"),
        (
            "\u{16}\u{3}\u{1}",
            "not a WebSocket but a TLS handshake, and this listener does not encrypt",
        ),
        ("\0\0", "not a WebSocket but something else"),
    ] {
        let (answer, failure) = refused(&broker, bytes).await;

        assert_eq!((&*answer, &*failure.to_string()), ("", expected));
    }
}

#[tokio::test(start_paused = true)]
async fn who_does_not_finish_the_request_in_time_is_dropped() {
    let broker = start();
    let mut events = broker.events();
    let mut stream = dial(&broker);
    // A byte now and then does not help.
    for _ in 0..11 {
        stream.write_all(b"G").await.unwrap();
        tokio::time::sleep(Duration::from_millis(900)).await;
    }

    let failure = next_failure(&mut events).await;

    let waited = Duration::from_secs(10);
    assert_eq!(failure, ConnectFailure::WebSocket(WebSocketFailure::Timeout { waited }));
}

#[tokio::test(start_paused = true)]
async fn the_request_counts_in_the_time_for_the_connect() {
    let broker = start();
    let mut events = broker.events();
    let mut stream = dial(&broker);

    tokio::time::sleep(Duration::from_secs(9)).await;
    stream.write_all(request("/mqtt", MQTT).as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;

    assert!(matches!(events.try_recv(), Ok(BrokerEvent::ConnectionFailed { .. })));
}

#[tokio::test(start_paused = true)]
async fn where_frames_begin_and_end_means_nothing() {
    let bytes = packets(&[hello(), Packet::PingReq, Packet::PingReq]);
    let one_byte_a_frame: Vec<u8> =
        bytes.iter().flat_map(|byte| frame(FIN | BINARY, &[*byte])).collect();
    let (first, rest) = bytes.split_at(3);
    let mut fragments = frame(BINARY, first);
    fragments.extend(frame(FIN | PING, b"between"));
    fragments.extend(frame(CONTINUATION, &[]));
    fragments.extend(frame(FIN | CONTINUATION, rest));
    let shorter_than_the_packet = [frame(FIN | BINARY, first), frame(FIN | BINARY, rest)].concat();

    for stream_of_frames in
        [frame(FIN | BINARY, &bytes), one_byte_a_frame, fragments, shorter_than_the_packet]
    {
        for step in [1, 7, stream_of_frames.len()] {
            let broker = start();
            let mut stream = open(&broker).await;
            for piece in stream_of_frames.chunks(step) {
                stream.write_all(piece).await.unwrap();
                tokio::task::yield_now().await;
            }

            let mut received = Vec::new();
            while received.len() < CONNACK.len() + 2 * PINGRESP.len() {
                let (first, payload) = next_frame(&mut stream).await;
                match first {
                    0x82 => received.extend(payload),
                    0x8A => assert_eq!(payload, b"between"),
                    other => panic!("{other:#x}"),
                }
            }
            received.sort_unstable();
            let mut expected = [CONNACK, PINGRESP, PINGRESP].concat();
            expected.sort_unstable();
            assert_eq!(received, expected);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn frames_sent_together_with_the_request_are_read() {
    let broker = start();
    let mut stream = dial(&broker);
    let mut bytes = request("/mqtt", MQTT).into_bytes();
    bytes.extend(frame(FIN | BINARY, &packets(&[hello()])));

    stream.write_all(&bytes).await.unwrap();

    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    assert_eq!(next_frame(&mut stream).await, (0x82, CONNACK.to_vec()));
}

#[tokio::test(start_paused = true)]
async fn many_packets_share_a_frame_on_the_way_out() {
    let broker = start();
    let mut stream = open(&broker).await;
    let subscribe = wire::packet::Subscribe {
        packet_id: id(1),
        filters: vec![subscription("a", QOS1)],
        properties: wire::property::SubscribeProperties::default(),
    };
    let mut messages = vec![hello(), Packet::Subscribe(subscribe)];
    messages.extend((1..=10).map(|number| {
        let mut publish = publish("a", "1", QOS1);
        publish.packet_id = Some(id(number));
        Packet::Publish(publish)
    }));

    stream.write_all(&frame(FIN | BINARY, &packets(&messages))).await.unwrap();

    let (mut frames, mut received) = (0, 0);
    // CONNACK, SUBACK, ten PUBACKs and ten PUBLISHes of eight bytes.
    while received < 4 + 5 + 10 * 4 + 10 * 8 {
        received += next_frame(&mut stream).await.1.len();
        frames += 1;
    }
    assert!(frames < 10, "{frames} frames");
}

#[tokio::test(start_paused = true)]
async fn a_ping_is_answered_and_a_pong_is_not() {
    let broker = start();
    let mut stream = open(&broker).await;

    stream.write_all(&frame(FIN | PONG, b"unasked")).await.unwrap();
    stream.write_all(&frame(FIN | PING, &[b'x'; 125])).await.unwrap();

    assert_eq!(next_frame(&mut stream).await, (FIN | PONG, vec![b'x'; 125]));
}

#[tokio::test(start_paused = true)]
async fn who_pings_and_does_not_read_costs_no_memory() {
    let broker = start();
    let (ours, theirs) = tokio::io::duplex(512);
    broker.serve_websocket(theirs, WebSocketSettings::default(), address()).unwrap();
    let (mut source, mut sink) = tokio::io::split(ours);
    sink.write_all(request("/mqtt", MQTT).as_bytes()).await.unwrap();

    // Many more pings than there is room for pongs; only the newest must be answered.
    for number in 0..10_000_u16 {
        sink.write_all(&frame(FIN | PING, &number.to_be_bytes())).await.unwrap();
    }
    sink.write_all(&frame(FIN | CLOSE, &[])).await.unwrap();
    let mut received = Vec::new();
    source.read_to_end(&mut received).await.unwrap();

    let newest = [FIN | PONG, 2, 0x27, 0x0F, FIN | CLOSE, 2, 0x03, 0xE8];
    assert!(received.ends_with(&newest), "{:02X?}", &received[received.len().min(200)..]);
    assert!(received.len() < 2_000, "{} bytes", received.len());
}

#[tokio::test(start_paused = true)]
async fn a_close_is_answered_with_its_code() {
    for (body, code) in [
        (&[][..], [0x03, 0xE8]),
        (&[0x03, 0xE9, b'b', b'y', b'e'], [0x03, 0xE9]),
        // Not a code that may be sent.
        (&[0x03, 0xED], [0x03, 0xEA]),
    ] {
        let broker = start();
        let mut stream = open(&broker).await;
        stream.write_all(&frame(FIN | BINARY, &packets(&[hello()]))).await.unwrap();
        next_frame(&mut stream).await;

        stream.write_all(&frame(FIN | CLOSE, body)).await.unwrap();

        assert_eq!(next_frame(&mut stream).await, (FIN | CLOSE, code.to_vec()));
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn the_broker_closes_with_a_close_frame() {
    let broker = start();
    let mut stream = open(&broker).await;
    stream.write_all(&frame(FIN | BINARY, &packets(&[hello()]))).await.unwrap();
    next_frame(&mut stream).await;

    let reason = wire::ReasonCode::ADMINISTRATIVE_ACTION;
    assert_eq!(broker.kick("c", reason).await, Ok(true));

    assert_eq!(next_frame(&mut stream).await, (FIN | CLOSE, vec![0x03, 0xE8]));
}

/// Frames that break the protocol, and how.
fn broken_frames() -> Vec<(Vec<u8>, BrokenFrame)> {
    let mut long_control = vec![FIN | PING, 0xFE, 0x01, 0x00];
    long_control.extend([0; 4 + 256]);
    let interrupted = [frame(BINARY, b""), frame(FIN | BINARY, b"")].concat();
    vec![
        (frame(FIN | TEXT, b"hi"), BrokenFrame::Text),
        (frame(TEXT, b""), BrokenFrame::Text),
        (vec![FIN | BINARY, 2, 1, 2], BrokenFrame::Unmasked),
        (frame(FIN | 0x40 | BINARY, b""), BrokenFrame::ReservedBits),
        (frame(FIN | 0x10 | PING, b""), BrokenFrame::ReservedBits),
        (frame(FIN | 3, b""), BrokenFrame::Opcode { opcode: 3 }),
        (frame(FIN | 15, b""), BrokenFrame::Opcode { opcode: 15 }),
        (frame(FIN | CONTINUATION, b"x"), BrokenFrame::Continuation),
        (interrupted, BrokenFrame::Interrupted),
        (frame(PING, b""), BrokenFrame::FragmentedControl),
        (long_control, BrokenFrame::LongControl { length: 256 }),
        (frame(FIN | CLOSE, &[3]), BrokenFrame::CloseBody),
        (vec![FIN | BINARY, 0xFE, 0, 125, 0, 0, 0, 0], BrokenFrame::Length),
        (vec![FIN | BINARY, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0], BrokenFrame::Length),
        (vec![FIN | BINARY, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], BrokenFrame::Length),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_broken_frame_is_named_and_answered_with_a_close_code() {
    for (bytes, expected) in broken_frames() {
        let broker = start();
        let mut events = broker.events();
        let mut stream = open(&broker).await;

        stream.write_all(&bytes).await.unwrap();

        let failure = next_failure(&mut events).await;
        assert_eq!(failure, ConnectFailure::WebSocket(WebSocketFailure::Frame(expected)));
        let code = if expected == BrokenFrame::Text { 0xEB } else { 0xEA };
        assert_eq!(next_frame(&mut stream).await, (FIN | CLOSE, vec![0x03, code]));
    }
}

#[tokio::test(start_paused = true)]
async fn what_came_before_a_broken_frame_counts() {
    let broker = start();
    let mut events = broker.events();
    let mut stream = open(&broker).await;
    let mut bytes = frame(FIN | BINARY, &packets(&[hello(), Packet::PingReq]));
    bytes.extend(frame(FIN | TEXT, b"hi"));

    stream.write_all(&bytes).await.unwrap();

    let connected = events.recv().await.unwrap();
    assert!(matches!(connected, BrokerEvent::ClientConnected { .. }), "{connected:?}");
    let event = events.recv().await.unwrap();
    let BrokerEvent::ClientDisconnected { cause, .. } = event else { panic!("{event:?}") };
    let DisconnectCause::BrokenTransport { detail } = cause else { panic!("{cause:?}") };
    assert!(detail.contains("a text message; MQTT is sent in binary ones"), "{detail}");
}

#[tokio::test(start_paused = true)]
async fn the_size_of_a_frame_is_no_limit_but_that_of_a_packet_is() {
    let limits = Limits { packet_size: 100, ..Limits::default() };
    let broker = Broker::start(BrokerConfig { limits, ..BrokerConfig::default() });
    let mut events = broker.events();
    // A frame of 2⁶² bytes: nobody waits for its end, nothing is kept for it.
    let endless = |first: &[u8]| {
        let mut bytes = vec![FIN | BINARY, 0xFF, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        bytes.extend_from_slice(first);
        bytes
    };
    let mut stream = open(&broker).await;
    stream.write_all(&endless(&packets(&[hello()]))).await.unwrap();
    assert_eq!(next_frame(&mut stream).await, (FIN | BINARY, CONNACK.to_vec()));

    // PUBLISH of 200,000 bytes.
    stream.write_all(&[0x30, 0xC0, 0x9A, 0x0C]).await.unwrap();

    events.recv().await.unwrap();
    let event = events.recv().await.unwrap();
    let BrokerEvent::ClientDisconnected { cause, .. } = event else { panic!("{event:?}") };
    assert!(matches!(cause, DisconnectCause::Violation { .. }), "{cause:?}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_does_not_stop_the_broker() {
    let broker = start();
    let stream = dial(&broker);
    let mut client = Client::on(upgrade(stream).await.unwrap(), Version::V311);
    client.attempt(connect(Version::V311, "c")).await;

    assert!(timeout(Duration::from_secs(10), broker.stop()).await.is_ok());
}
