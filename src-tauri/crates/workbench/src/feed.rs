//! The pull feed: rows on screen and counters in one compact buffer.
//!
//! The layout is described in `src-tauri/docs/data-flow.md`; the decoder is
//! `ui/src/features/messages/feedDecoder.ts`.

use wire::{Direction, QoS, Timestamp, TopicFilter};

use crate::rates::Rates;

/// Format version, the first byte.
const VERSION: u8 = 1;
/// Most rows in one answer; a window shows far fewer.
pub(crate) const MOST_ROWS: u16 = 512;

/// Counters of one connection.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs, reason = "the names say it")]
pub(crate) struct Header {
    pub(crate) recording: bool,
    pub(crate) rates: Rates,
    pub(crate) received: u64,
    pub(crate) sent: u64,
    pub(crate) stored: u64,
    pub(crate) dropped: u64,
    pub(crate) first_seq: u64,
    pub(crate) last_seq: u64,
    pub(crate) history_bytes: u64,
}

/// One row.
#[derive(Clone, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) seq: u64,
    pub(crate) time: Timestamp,
    pub(crate) kind: RowKind,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) dup: bool,
    pub(crate) payload_kind: payload::Kind,
    pub(crate) size: u32,
    pub(crate) topic: &'a str,
    pub(crate) preview: &'a str,
}

/// What a row stands for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names say it")]
pub(crate) enum RowKind {
    Received = 0,
    Sent = 1,
    Event = 2,
    NotAvailable = 3,
}

impl From<Direction> for RowKind {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Received => Self::Received,
            Direction::Sent => Self::Sent,
            Direction::Event => Self::Event,
        }
    }
}

/// Writes a feed.
pub(crate) struct FeedWriter<'a> {
    out: Vec<u8>,
    rows: u16,
    filters: &'a [Option<TopicFilter>],
}

impl<'a> FeedWriter<'a> {
    /// Starts with the counters; `filters` are the subscriptions that colour the rows, at most 32.
    #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53")]
    pub(crate) fn new(header: &Header, filters: &'a [Option<TopicFilter>]) -> Self {
        let mut out = Vec::with_capacity(8 * 1024);
        out.extend([VERSION, u8::from(header.recording), 0, 0]);
        let rates = header.rates;
        for rate in [rates.received, rates.sent, rates.received_bytes, rates.sent_bytes] {
            out.extend(rate.to_le_bytes());
        }
        out.extend([0; 4]);
        for count in [
            header.received,
            header.sent,
            header.stored,
            header.dropped,
            header.first_seq,
            header.last_seq,
            header.history_bytes,
        ] {
            out.extend((count as f64).to_le_bytes());
        }
        Self { out, rows: 0, filters }
    }

    /// Adds a row.
    #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53")]
    pub(crate) fn row(&mut self, row: &Row<'_>) {
        let topic = row.topic.as_bytes();
        let preview = row.preview.as_bytes();
        let out = &mut self.out;
        out.extend((row.seq as f64).to_le_bytes());
        out.extend(row.time.as_millis_f64().to_le_bytes());
        let flags = row.qos as u8 | u8::from(row.retain) << 2 | u8::from(row.dup) << 3;
        out.extend([row.kind as u8, flags, kind_code(row.payload_kind), 0]);
        out.extend(row.size.to_le_bytes());
        out.extend(matching(self.filters, row.topic).to_le_bytes());
        out.extend(length(topic).to_le_bytes());
        out.extend(length(preview).to_le_bytes());
        out.extend(topic);
        out.extend(preview);
        self.rows += 1;
    }

    /// A number for which there is nothing to show.
    pub(crate) fn not_available(&mut self, seq: u64) {
        self.row(&Row {
            seq,
            time: Timestamp(0),
            kind: RowKind::NotAvailable,
            qos: QoS::AtMostOnce,
            retain: false,
            dup: false,
            payload_kind: payload::Kind::Empty,
            size: 0,
            topic: "",
            preview: "",
        });
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.out[2..4].copy_from_slice(&self.rows.to_le_bytes());
        self.out
    }
}

fn kind_code(kind: payload::Kind) -> u8 {
    match kind {
        payload::Kind::Empty => 0,
        payload::Kind::Text => 1,
        payload::Kind::Json => 2,
        payload::Kind::Binary => 3,
    }
}

/// Topics have at most 65,535 bytes, previews far fewer.
fn length(text: &[u8]) -> u16 {
    u16::try_from(text.len()).unwrap_or(u16::MAX)
}

fn matching(filters: &[Option<TopicFilter>], topic: &str) -> u32 {
    if topic.is_empty() {
        return 0;
    }
    let matches = |filter: &Option<TopicFilter>| filter.as_ref().is_some_and(|f| f.matches(topic));
    filters
        .iter()
        .take(32)
        .enumerate()
        .filter(|(_, f)| matches(f))
        .fold(0, |bits, (at, _)| bits | 1 << at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn f64_at(feed: &[u8], at: usize) -> f64 {
        f64::from_le_bytes(feed[at..at + 8].try_into().unwrap())
    }

    fn assert_f64(feed: &[u8], at: usize, wanted: f64) {
        assert!((f64_at(feed, at) - wanted).abs() < f64::EPSILON, "at {at}");
    }

    #[test]
    fn the_buffer_has_the_documented_layout() {
        let header =
            Header { received: 7, dropped: 2, last_seq: 9, recording: true, ..Header::default() };
        let filters = ["other/#", "plant/#", "#"].map(|text| text.parse().ok());
        let mut writer = FeedWriter::new(&header, &filters);

        writer.row(&Row {
            seq: 9,
            time: Timestamp(1_500),
            kind: RowKind::Sent,
            qos: QoS::ExactlyOnce,
            retain: true,
            dup: false,
            payload_kind: payload::Kind::Json,
            size: 300,
            topic: "plant/1",
            preview: "{}",
        });
        let feed = writer.finish();

        assert_eq!(feed[..4], [1, 1, 1, 0]);
        for (at, wanted) in [(24, 7.0), (48, 2.0), (64, 9.0), (80, 9.0), (88, 1.5)] {
            assert_f64(&feed, at, wanted);
        }
        assert_eq!(feed[96..100], [1, 0b110, 2, 0]);
        assert_eq!(feed[100..108], [44, 1, 0, 0, 0b110, 0, 0, 0]);
        assert_eq!(feed[108..112], [7, 0, 2, 0]);
        assert_eq!(&feed[112..], b"plant/1{}");
    }
}
