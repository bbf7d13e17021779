//! One transaction of the writer.
//!
//! Rows go in fifty to a statement: the round trip to SQLite's thread, not SQLite, is what a
//! single row costs.

use std::{
    collections::HashMap,
    fmt::Write as _,
    sync::{Arc, LazyLock},
};

use sqlx::{Sqlite, SqliteConnection, query::Query, sqlite::SqliteArguments};

use crate::{
    error::Cause,
    properties,
    read::HEAD_BYTES,
    record::{Entry, NotStored},
    schema::{ConnectionId, Flags},
};

/// The writer's connection.
pub(crate) struct Store {
    pub(crate) connection: SqliteConnection,
    topics: HashMap<Arc<str>, i64>,
    topic_bytes: usize,
}

/// Rows of a connection that were not recorded and are not in the file's `gaps` yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct PendingGap {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) count: u64,
    pub(crate) cause: Cause,
}

impl Store {
    pub(crate) fn new(connection: SqliteConnection) -> Self {
        Self { connection, topics: HashMap::new(), topic_bytes: 0 }
    }

    /// Writes all of `batch` and `gaps`, or nothing. The answer has one entry for each record;
    /// the only reason for one not to be stored is [`NotStored::Duplicate`].
    pub(crate) async fn commit(
        &mut self,
        batch: &[Entry],
        gaps: &HashMap<ConnectionId, PendingGap>,
    ) -> Result<Vec<Result<(), NotStored>>, Cause> {
        let mut outcome = self.transaction(batch, gaps, Insert::Many).await;
        if matches!(&outcome, Ok(None)) {
            // Rare: only then is it worth a statement for each row to learn which they are.
            outcome = self.transaction(batch, gaps, Insert::OneByOne).await;
        }
        Ok(outcome?.unwrap_or_default())
    }

    /// `None`: there are duplicates, which [`Insert::Many`] cannot tell, and nothing was written.
    ///
    /// The statements are plain ones: after an error that made SQLite roll back by itself (a full
    /// disk), sqlx's own transactions count one too many and no other can begin.
    async fn transaction(
        &mut self,
        batch: &[Entry],
        gaps: &HashMap<ConnectionId, PendingGap>,
        insert: Insert,
    ) -> Result<Option<Vec<Result<(), NotStored>>>, sqlx::Error> {
        if self.topic_bytes > TOPIC_CACHE_BYTES {
            self.forget_topics();
        }
        let mut outcome = self.write(batch, gaps, insert).await;
        if matches!(&outcome, Ok(Some(_)))
            && let Err(error) = sqlx::query("COMMIT").execute(&mut self.connection).await
        {
            outcome = Err(error);
        }
        if !matches!(&outcome, Ok(Some(_))) {
            // It fails when SQLite did it already.
            let _ = sqlx::query("ROLLBACK").execute(&mut self.connection).await;
            // Topics that were new have no number.
            self.forget_topics();
        }
        outcome
    }

    async fn write(
        &mut self,
        batch: &[Entry],
        gaps: &HashMap<ConnectionId, PendingGap>,
        insert: Insert,
    ) -> Result<Option<Vec<Result<(), NotStored>>>, sqlx::Error> {
        sqlx::query("BEGIN IMMEDIATE").execute(&mut self.connection).await?;
        let mut topic_ids = Vec::with_capacity(batch.len());
        for entry in batch {
            topic_ids.push(self.topic_id(&entry.message.topic).await?);
        }
        let mut outcome = Vec::with_capacity(batch.len());
        let (mut entries, mut topics) = (batch, topic_ids.as_slice());
        while !entries.is_empty() {
            let (size, sql) = match insert {
                Insert::Many if entries.len() >= MANY => (MANY, INSERT_MANY.as_str()),
                Insert::Many if entries.len() >= SOME => (SOME, INSERT_SOME.as_str()),
                Insert::Many | Insert::OneByOne => (1, INSERT_ONE.as_str()),
            };
            let mut query = sqlx::query(sql);
            for (entry, topic) in entries.iter().zip(topics).take(size) {
                query = bind(query, entry, *topic);
            }
            let inserted = query.execute(&mut self.connection).await?.rows_affected();
            match insert {
                _ if inserted == size as u64 => outcome.extend((0..size).map(|_| Ok(()))),
                Insert::OneByOne => outcome.push(Err(NotStored::Duplicate)),
                Insert::Many => return Ok(None),
            }
            entries = &entries[size..];
            topics = &topics[size..];
        }
        for (connection, gap) in gaps {
            sqlx::query(INSERT_GAP)
                .bind(connection.row(gap.first))
                .bind(connection.row(gap.last))
                .bind(gap.count.cast_signed())
                .bind(gap.cause.to_string())
                .execute(&mut self.connection)
                .await?;
        }
        Ok(Some(outcome))
    }

    /// The number of `topic`, which gets one when it is new.
    async fn topic_id(&mut self, topic: &Arc<str>) -> Result<i64, sqlx::Error> {
        if topic.is_empty() {
            return Ok(NO_TOPIC);
        }
        if let Some(id) = self.topics.get(topic) {
            return Ok(*id);
        }
        let known = sqlx::query_scalar("SELECT id FROM topics WHERE text = ?")
            .bind(&**topic)
            .fetch_optional(&mut self.connection)
            .await?;
        let id = match known {
            Some(id) => id,
            None => {
                sqlx::query_scalar("INSERT INTO topics (text) VALUES (?) RETURNING id")
                    .bind(&**topic)
                    .fetch_one(&mut self.connection)
                    .await?
            }
        };
        self.topics.insert(Arc::clone(topic), id);
        self.topic_bytes += topic.len() + 64;
        Ok(id)
    }

    fn forget_topics(&mut self) {
        self.topics = HashMap::new();
        self.topic_bytes = 0;
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Insert {
    Many,
    OneByOne,
}

fn bind<'q>(
    query: Query<'q, Sqlite, SqliteArguments>,
    entry: &Entry,
    topic: i64,
) -> Query<'q, Sqlite, SqliteArguments> {
    let message = &*entry.message;
    let flags = Flags {
        direction: message.direction,
        qos: message.qos,
        retain: message.retain,
        dup: message.dup,
    };
    query
        .bind(entry.connection.row(message.seq))
        .bind(message.time.0)
        .bind(flags.to_column())
        .bind(message.packet_id.map(|id| i64::from(id.get())))
        .bind(topic)
        .bind((message.payload.len() >= LARGE).then(|| message.payload[..HEAD_BYTES].to_vec()))
        .bind(message.properties.as_deref().map(properties::encode))
        .bind(message.payload.to_vec())
}

/// Payloads from this size on have a head, which adds at most an eighth to them.
const LARGE: usize = 8 * HEAD_BYTES;
const MANY: usize = 50;
const SOME: usize = 8;
const NO_TOPIC: i64 = 0;
/// Texts of topics kept in memory with their numbers; a cache that outgrew it starts again.
const TOPIC_CACHE_BYTES: usize = 16 << 20;

static INSERT_MANY: LazyLock<String> = LazyLock::new(|| insert_sql(MANY));
static INSERT_SOME: LazyLock<String> = LazyLock::new(|| insert_sql(SOME));
static INSERT_ONE: LazyLock<String> = LazyLock::new(|| insert_sql(1));

/// A row that exists is left as it is: what was recorded once is never replaced.
fn insert_sql(rows: usize) -> String {
    let mut sql = String::from(
        "INSERT OR IGNORE INTO messages \
         (id, time, flags, packet_id, topic_id, head, properties, payload) VALUES ",
    );
    for row in 0..rows {
        let separator = if row == 0 { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(sql, "{separator}(?,?,?,?,?,?,?,?)");
    }
    sql
}

const INSERT_GAP: &str = "INSERT INTO gaps (first_id, last_id, count, cause) VALUES (?, ?, ?, ?) \
     ON CONFLICT (first_id) DO UPDATE SET \
     last_id = max(last_id, excluded.last_id), count = count + excluded.count";
