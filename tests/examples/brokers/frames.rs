//! Packets as bytes: made once, told apart by their first byte and length.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
};

use bytes::{Bytes, BytesMut};
use wire::{
    Packet, PacketId, QoS, Version,
    packet::{Connect, Publish, RetainHandling, Subscribe, Subscription},
    property::{ConnectProperties, PublishProperties, SubscribeProperties},
};

use crate::Result;

/// Bytes read at once.
const CHUNK: usize = 256 * 1024;

/// A client's socket, cut into packets.
pub(crate) struct Client {
    pub(crate) socket: TcpStream,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Client {
    /// Connects with MQTT 3.1.1.
    pub(crate) fn connect(port: u16, name: &str, clean: bool) -> Result<Self> {
        let mut socket = TcpStream::connect(("127.0.0.1", port))?;
        socket.set_nodelay(true)?;
        let connect = Connect {
            version: Version::V311,
            clean_start: clean,
            keep_alive: 0,
            client_id: name.into(),
            will: None,
            username: None,
            password: None,
            properties: ConnectProperties::default(),
        };
        socket.write_all(&encoded(&Packet::Connect(Box::new(connect)))?)?;
        let mut connack = [0; 4];
        socket.read_exact(&mut connack)?;
        if connack[3] != 0 {
            return Err(format!("refused with {}", connack[3]).into());
        }
        Ok(Self { socket, buffer: vec![0; CHUNK], start: 0, end: 0 })
    }

    pub(crate) fn subscribe(&mut self, filter: &str, qos: QoS) -> Result {
        self.subscribe_all(&[filter.to_owned()], qos)
    }

    /// Subscribes with one packet.
    pub(crate) fn subscribe_all(&mut self, filters: &[String], qos: QoS) -> Result {
        let subscription = |filter: &String| -> Result<Subscription> {
            Ok(Subscription {
                filter: filter.parse()?,
                qos,
                no_local: false,
                retain_as_published: false,
                retain_handling: RetainHandling::Send,
            })
        };
        let packet = Subscribe {
            packet_id: PacketId::MIN,
            filters: filters.iter().map(subscription).collect::<Result<_>>()?,
            properties: SubscribeProperties::default(),
        };
        self.socket.write_all(&encoded(&Packet::Subscribe(packet))?)?;
        match self.next()? {
            Some((0x90, _)) => Ok(()),
            other => Err(format!("no SUBACK but {other:?}").into()),
        }
    }

    /// The first byte of the next packet and its packet identifier, if it has one at its beginning
    /// (acknowledgements) or after its topic (PUBLISH with `QoS` 1 or 2). `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<(u8, u16)>> {
        loop {
            if let Some(found) = self.take() {
                return Ok(Some(found));
            }
            if self.fill()? == 0 {
                return Ok(None);
            }
        }
    }

    /// The next packet that is there as a whole.
    pub(crate) fn take(&mut self) -> Option<(u8, u16)> {
        let bytes = &self.buffer[self.start..self.end];
        let (mut length, mut at) = (0, 1);
        loop {
            let byte = *bytes.get(at)?;
            length |= usize::from(byte & 0x7F) << (7 * (at - 1));
            at += 1;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let packet = bytes.get(..at + length)?;
        let number = |at: usize| {
            let pair = packet.get(at..at + 2);
            pair.map_or(0, |pair| u16::from_be_bytes([pair[0], pair[1]]))
        };
        let id = match packet[0] {
            first if first >> 4 == 3 && first & 0b110 != 0 => {
                number(at + 2 + usize::from(number(at)))
            }
            first if first >> 4 == 3 => 0,
            _ => number(at),
        };
        let first = packet[0];
        self.start += at + length;
        Some((first, id))
    }

    /// Reads once; 0 is the end.
    pub(crate) fn fill(&mut self) -> io::Result<usize> {
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let count = self.socket.read(&mut self.buffer[self.end..])?;
        self.end += count;
        Ok(count)
    }
}

/// A PUBLISH; `QoS` 1 and 2 with this packet identifier.
pub(crate) fn publish(topic: &str, qos: QoS, id: u16, payload: &Bytes) -> Result<BytesMut> {
    message(topic, qos, id, payload, false)
}

/// A retained `QoS` 1 PUBLISH.
pub(crate) fn retained(topic: &str, id: u16) -> Result<BytesMut> {
    message(topic, QoS::AtLeastOnce, id, &Bytes::from_static(b"kept"), true)
}

fn message(topic: &str, qos: QoS, id: u16, payload: &Bytes, retain: bool) -> Result<BytesMut> {
    encoded(&Packet::Publish(Publish {
        dup: false,
        qos,
        retain,
        topic: Some(topic.parse()?),
        packet_id: PacketId::new(id).filter(|_| qos != QoS::AtMostOnce),
        payload: payload.clone(),
        properties: PublishProperties::default(),
    }))
}

/// PUBACK, PUBREC, PUBREL or PUBCOMP by its first byte.
pub(crate) fn ack(first: u8, id: u16) -> [u8; 4] {
    let [high, low] = id.to_be_bytes();
    [first, 2, high, low]
}

fn encoded(packet: &Packet) -> Result<BytesMut> {
    let mut bytes = BytesMut::new();
    wire::encode(packet, Version::V311, &mut bytes)?;
    Ok(bytes)
}
