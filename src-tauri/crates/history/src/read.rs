//! Reading, on connections of its own.

use std::sync::Arc;

use bytes::Bytes;
use sqlx::{Row as _, SqlitePool, sqlite::SqliteRow};
use wire::{Direction, QoS, Timestamp, property::PublishProperties};

use crate::{
    error::{Cause, HistoryError},
    open::History,
    properties,
    schema::{ConnectionId, Flags, seq_of},
};

/// Most bytes of a payload in a [`Row`]: enough to tell what it is and to show its beginning.
pub const HEAD_BYTES: usize = 4096;
/// Most rows in one page.
pub const PAGE_ROWS: u32 = 1000;

/// The sequence numbers of a connection in the history.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bounds {
    /// The first that is stored.
    pub first: u64,
    /// The last that is stored or known to be missing: the next message takes the one after it.
    pub last: u64,
}

/// A message as a list shows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row {
    /// Position in its connection's history.
    pub seq: u64,
    /// When it crossed the socket.
    pub time: Timestamp,
    /// Received, sent or event.
    pub direction: Direction,
    /// Topic name; empty for an event.
    pub topic: Arc<str>,
    /// Quality of service.
    pub qos: QoS,
    /// RETAIN flag.
    pub retain: bool,
    /// DUP flag.
    pub dup: bool,
    /// The first [`HEAD_BYTES`] of the payload; an event's is whole.
    pub head: Bytes,
    /// Size of the whole payload, bytes.
    pub size: u64,
}

/// Everything about a message but its payload.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Detail {
    /// Position in its connection's history.
    pub seq: u64,
    /// When it crossed the socket.
    pub time: Timestamp,
    /// Received, sent or event.
    pub direction: Direction,
    /// Topic name; empty for an event.
    pub topic: Arc<str>,
    /// Quality of service.
    pub qos: QoS,
    /// RETAIN flag.
    pub retain: bool,
    /// DUP flag.
    pub dup: bool,
    /// Packet identifier of `QoS` 1 and 2.
    pub packet_id: Option<std::num::NonZeroU16>,
    /// MQTT 5.0 properties.
    pub properties: Option<Arc<PublishProperties>>,
    /// Size of the payload, bytes.
    pub size: u64,
}

/// Messages that were not recorded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Gap {
    /// The first of them.
    pub first: u64,
    /// The last of them.
    pub last: u64,
    /// How many of those in between are missing.
    pub count: u64,
    /// Why, in words.
    pub cause: String,
}

impl History {
    /// The sequence numbers in use; `None` when nothing was recorded.
    pub async fn bounds(&self, connection: ConnectionId) -> Result<Option<Bounds>, HistoryError> {
        let (first, last) = connection.rows();
        let (stored_first, stored_last, missing_last): (Option<i64>, Option<i64>, Option<i64>) =
            sqlx::query_as(BOUNDS_SQL).bind(first).bind(last).fetch_one(&self.reader.pool).await?;
        let Some(last) = stored_last.max(missing_last) else { return Ok(None) };
        Ok(Some(Bounds { first: seq_of(stored_first.unwrap_or(last)), last: seq_of(last) }))
    }

    /// The rows with numbers from `from` to `from + count - 1` that are stored, in order; at most
    /// [`PAGE_ROWS`] numbers are looked at.
    pub async fn page(
        &self,
        connection: ConnectionId,
        from: u64,
        count: u32,
    ) -> Result<Vec<Row>, HistoryError> {
        let end = from.saturating_add(u64::from(count.min(PAGE_ROWS)));
        let rows = sqlx::query(PAGE_SQL)
            .bind(connection.row(from))
            .bind(connection.row(end))
            .fetch_all(&self.reader.pool)
            .await?;
        rows.iter().map(row).collect()
    }

    /// Everything about one message but its payload.
    pub async fn message(
        &self,
        connection: ConnectionId,
        seq: u64,
    ) -> Result<Detail, HistoryError> {
        let found = sqlx::query(DETAIL_SQL)
            .bind(connection.row(seq))
            .fetch_optional(&self.reader.pool)
            .await?;
        detail(&found.ok_or(HistoryError::NotFound)?)
    }

    /// The whole payload of one message.
    pub async fn payload(&self, connection: ConnectionId, seq: u64) -> Result<Bytes, HistoryError> {
        let found: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT payload FROM messages WHERE id = ?")
                .bind(connection.row(seq))
                .fetch_optional(&self.reader.pool)
                .await?;
        found.map(Bytes::from).ok_or(HistoryError::NotFound)
    }

    /// What was not recorded, oldest first; at most [`PAGE_ROWS`] of them.
    pub async fn gaps(&self, connection: ConnectionId) -> Result<Vec<Gap>, HistoryError> {
        let (first, last) = connection.rows();
        let found: Vec<(i64, i64, i64, String)> = sqlx::query_as(
            "SELECT first_id, last_id, count, cause FROM gaps \
             WHERE first_id BETWEEN ? AND ? ORDER BY first_id LIMIT ?",
        )
        .bind(first)
        .bind(last)
        .bind(PAGE_ROWS)
        .fetch_all(&self.reader.pool)
        .await?;
        let gap = |(first, last, count, cause): (i64, i64, i64, String)| Gap {
            first: seq_of(first),
            last: seq_of(last),
            count: count.cast_unsigned(),
            cause,
        };
        Ok(found.into_iter().map(gap).collect())
    }
}

/// The connections for reading.
#[derive(Clone)]
pub(crate) struct Reader {
    pool: SqlitePool,
}

impl Reader {
    pub(crate) fn new(pool: SqlitePool) -> Self {
        Self { pool }
    }

    pub(crate) async fn connection(&self, key: &str) -> Result<Option<ConnectionId>, HistoryError> {
        let id: Option<i64> = sqlx::query_scalar("SELECT id FROM connections WHERE key = ?")
            .bind(key)
            .fetch_optional(&self.pool)
            .await?;
        Ok(id.and_then(ConnectionId::from_row))
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

fn row(row: &SqliteRow) -> Result<Row, HistoryError> {
    let Flags { direction, qos, retain, dup } = flags(row)?;
    Ok(Row {
        seq: seq_of(row.try_get("id")?),
        time: Timestamp(row.try_get("time")?),
        direction,
        topic: row.try_get::<Option<&str>, _>("topic")?.unwrap_or_default().into(),
        qos,
        retain,
        dup,
        head: row.try_get::<Vec<u8>, _>("start")?.into(),
        size: row.try_get::<i64, _>("size")?.cast_unsigned(),
    })
}

fn detail(row: &SqliteRow) -> Result<Detail, HistoryError> {
    let Flags { direction, qos, retain, dup } = flags(row)?;
    let packet_id = row.try_get::<Option<u16>, _>("packet_id")?;
    let properties = row.try_get::<Option<&[u8]>, _>("properties")?;
    Ok(Detail {
        seq: seq_of(row.try_get("id")?),
        time: Timestamp(row.try_get("time")?),
        direction,
        topic: row.try_get::<Option<&str>, _>("topic")?.unwrap_or_default().into(),
        qos,
        retain,
        dup,
        packet_id: packet_id.and_then(std::num::NonZeroU16::new),
        properties: properties.map(properties::decode).transpose()?.map(Arc::new),
        size: row.try_get::<i64, _>("size")?.cast_unsigned(),
    })
}

fn flags(row: &SqliteRow) -> Result<Flags, HistoryError> {
    let flags = Flags::from_column(row.try_get("flags")?);
    flags.ok_or_else(|| Cause::Damaged { detail: "unknown message flags".into() }.into())
}

/// 4096 is [`HEAD_BYTES`]. An event is read whole, whatever its size; the payload of a message that has a head is not
/// touched (`length` reads the record's header only).
pub(crate) const PAGE_SQL: &str = "\
    SELECT m.id, m.time, m.flags, t.text AS topic, length(m.payload) AS size, \
    CASE WHEN m.topic_id = 0 THEN m.payload \
    WHEN m.head IS NULL THEN substr(m.payload, 1, 4096) ELSE m.head END AS start \
    FROM messages m LEFT JOIN topics t ON t.id = m.topic_id \
    WHERE m.id >= ?1 AND m.id < ?2 ORDER BY m.id";

const DETAIL_SQL: &str = "\
    SELECT m.id, m.time, m.flags, m.packet_id, t.text AS topic, m.properties, \
    length(m.payload) AS size \
    FROM messages m LEFT JOIN topics t ON t.id = m.topic_id WHERE m.id = ?";

const BOUNDS_SQL: &str = "\
    SELECT (SELECT min(id) FROM messages WHERE id BETWEEN ?1 AND ?2), \
    (SELECT max(id) FROM messages WHERE id BETWEEN ?1 AND ?2), \
    (SELECT last_id FROM gaps WHERE first_id BETWEEN ?1 AND ?2 ORDER BY first_id DESC LIMIT 1)";
