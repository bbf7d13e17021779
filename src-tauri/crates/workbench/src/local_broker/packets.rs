//! Packets of one client as a person reads them: a line each, and one of them byte by byte.

use broker::{FailedAttempt, FaultDirection, PacketEntry};
use bytes::Bytes;
use wire::{
    Timestamp, Version,
    dissect::{Content, Dissected, Field, dissect},
};

use crate::views::{PacketDetail, PacketField, PacketPage, PacketRow};

/// The value of a flag that is set.
const SET: &str = "1";

/// The field whose value is nobody's business, and what is shown of it.
const PASSWORD: &str = "Password";
const HIDDEN: &str = "••••";
/// Bytes of the length before a text.
const LENGTH: usize = 2;

/// Values in a summary; the rest is in the detail.
const SUMMARY_CHARACTERS: usize = 160;

pub(super) fn page(page: &broker::PacketPage) -> PacketPage {
    PacketPage {
        rows: page.entries.iter().map(row).collect(),
        next: page.next_seq,
        skipped: page.skipped,
    }
}

pub(super) fn detail(entry: &PacketEntry) -> PacketDetail {
    let read = Read::new(&entry.bytes, Some(entry.version));
    PacketDetail {
        row: row(entry),
        bytes: read.hex(&entry.bytes),
        cut: count(entry.total_len.saturating_sub(entry.bytes.len())),
        fields: read.fields(),
    }
}

/// The first bytes of a connection that never got a session.
pub(super) fn attempt(attempt: &FailedAttempt) -> PacketDetail {
    let read = Read::new(&attempt.received, None);
    PacketDetail {
        row: PacketRow {
            seq: attempt.attempt,
            at: milliseconds(attempt.at),
            direction: FaultDirection::In,
            packet: read.name(),
            summary: read.summary(),
            size: count(attempt.received_len),
            fault: attempt.faults.last().map(|mark| mark.name.to_string()),
            problem: Some(attempt.cause.to_string()),
        },
        bytes: read.hex(&attempt.received),
        cut: count(attempt.received_len.saturating_sub(attempt.received.len())),
        fields: read.fields(),
    }
}

fn row(entry: &PacketEntry) -> PacketRow {
    let read = Read::new(&entry.bytes, Some(entry.version));
    PacketRow {
        seq: entry.seq,
        at: milliseconds(entry.at),
        direction: entry.direction,
        packet: read.name(),
        summary: read.summary(),
        size: count(entry.total_len),
        fault: entry.faults.last().map(|mark| mark.name.to_string()),
        problem: entry.error.as_deref().map(Into::into).or_else(|| read.problem(entry)),
    }
}

/// The first packet in some bytes.
struct Read(Option<Dissected>);

impl Read {
    fn new(bytes: &Bytes, version: Option<Version>) -> Self {
        Self(dissect(bytes, version, 0).into_iter().next())
    }

    fn name(&self) -> String {
        match self.0.as_ref().map(|packet| packet.content) {
            Some(Content::Packet(packet) | Content::Incomplete { packet, .. }) => packet.name(),
            Some(Content::Undecodable | Content::NotShown) | None => "?",
        }
        .into()
    }

    /// Topic, client identifier, packet identifier, reason: what tells one packet from the next.
    fn summary(&self) -> String {
        let Some(packet) = &self.0 else { return String::new() };
        let mut parts = Vec::new();
        collect(&packet.fields, &mut parts);
        parts.sort_by_key(|(place, _)| *place);
        let parts: Vec<_> = parts.into_iter().map(|(_, part)| part).collect();
        let mut text = parts.join(" · ");
        if let Some((at, _)) = text.char_indices().nth(SUMMARY_CHARACTERS) {
            text.truncate(at);
            text.push('…');
        }
        text
    }

    /// A packet that was cut for the log is not wrong because of it.
    fn problem(&self, entry: &PacketEntry) -> Option<String> {
        let is_cut = entry.bytes.len() < entry.total_len;
        let error = self.0.as_ref()?.error.as_ref()?;
        (!is_cut).then(|| error.to_string())
    }

    /// The bytes in hexadecimal digits; those of a password are asterisks.
    fn hex(&self, bytes: &[u8]) -> String {
        let mut shown = bytes.to_vec();
        let fields = self.0.as_ref().map(|packet| packet.fields.as_slice()).unwrap_or_default();
        for field in fields.iter().flat_map(|field| field.children.iter().chain([field])) {
            // The length before it may be seen.
            let secret = field.span.start + LENGTH..field.span.end;
            if field.name == PASSWORD
                && let Some(secret) = shown.get_mut(secret)
            {
                secret.fill(b'*');
            }
        }
        hex(&shown)
    }

    fn fields(&self) -> Vec<PacketField> {
        let mut flat = Vec::new();
        if let Some(packet) = &self.0 {
            flatten(&packet.fields, 0, &mut flat);
        }
        flat
    }
}

/// What a summary shows of the fields, with its place in it: names before numbers.
fn collect(fields: &[Field], parts: &mut Vec<(u8, String)>) {
    for field in fields {
        let value = field.value.as_str();
        let part = match &*field.name {
            "Topic name" | "Topic filter" | "Client identifier" | "User name" => (0, value.into()),
            "Reason code" | "Return code" => (1, value.into()),
            "QoS" if value != "0" => (2, format!("QoS {value}")),
            "RETAIN" if value == SET => (3, "retained".into()),
            "DUP" if value == SET => (3, "repeated".into()),
            "Session present" if value == SET => (3, "session present".into()),
            "Packet identifier" => (4, format!("id {value}")),
            "Payload" => (5, format!("{} B", field.span.len())),
            _ => {
                collect(&field.children, parts);
                continue;
            }
        };
        if !part.1.is_empty() {
            parts.push(part);
        }
    }
}

fn flatten(fields: &[Field], depth: u8, flat: &mut Vec<PacketField>) {
    for field in fields {
        flat.push(PacketField {
            name: field.name.to_string(),
            value: if field.name == PASSWORD { HIDDEN.into() } else { field.value.clone() },
            depth,
            start: count(field.span.start),
            end: count(field.span.end),
            note: field.note.as_deref().map(Into::into),
            problem: field.error.clone(),
        });
        flatten(&field.children, depth.saturating_add(1), flat);
    }
}

#[allow(clippy::cast_precision_loss, reason = "µs since 1970 fit into the 53 bits of a double")]
fn milliseconds(at: Timestamp) -> f64 {
    at.0 as f64 / 1000.0
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CONNECT of 5.0 for client `c` with user `u` and password `secret`.
    const CONNECT: &[u8] = b"\x10\x19\0\x04MQTT\x05\xc2\0\x3c\0\0\x01c\0\x01u\0\x06secret";

    fn entry(bytes: &'static [u8], total_len: usize) -> PacketEntry {
        PacketEntry {
            seq: 1,
            at: Timestamp(1_500),
            direction: FaultDirection::In,
            total_len,
            bytes: Bytes::from_static(bytes),
            version: Version::V5,
            faults: Vec::new(),
            error: None,
        }
    }

    #[test]
    fn a_password_is_shown_neither_as_text_nor_as_bytes() {
        let detail = detail(&entry(CONNECT, CONNECT.len()));

        let shown = format!("{detail:?}");
        assert!(!shown.contains("secret") && !detail.bytes.contains("736563726574"), "{shown}");
        assert!(detail.fields.iter().any(|field| field.value == HIDDEN));
        assert_eq!((detail.bytes.len(), detail.row.problem), (CONNECT.len() * 2, None));
    }

    #[test]
    fn a_summary_says_what_tells_one_packet_from_the_next() {
        const PUBLISH: &[u8] = b"\x3b\x08\0\x01a\0\x07\0hi";

        let row = row(&entry(PUBLISH, PUBLISH.len()));

        assert_eq!(row.packet, "PUBLISH");
        assert_eq!(row.summary, "a · QoS 1 · repeated · retained · id 7 · 2 B");
        assert!((row.at - 1.5).abs() < f64::EPSILON);
    }

    #[test]
    fn a_packet_that_was_cut_for_the_log_is_not_called_wrong() {
        let row = row(&entry(&CONNECT[..20], CONNECT.len()));

        assert_eq!((row.packet.as_str(), row.problem), ("CONNECT", None));
    }
}
