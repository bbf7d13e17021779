//! Deleting a connection, piece by piece, so that messages are written in between.
//!
//! The connection first loses its key, which takes it out of every list; then its rows go, then
//! its gaps, then the space is given back to the disk, and at last the connection itself. A
//! connection without a key is therefore one whose deletion goes on after a restart.

use std::time::Duration;

use sqlx::SqliteConnection;

use crate::schema::ConnectionId;

/// Rows of the first piece; how many the next has depends on how long it took.
pub(crate) const FIRST_PIECE: u32 = 100;

/// Connections whose deletion was interrupted.
pub(crate) async fn unfinished(
    connection: &mut SqliteConnection,
) -> Result<Vec<ConnectionId>, sqlx::Error> {
    let ids: Vec<i64> = sqlx::query_scalar("SELECT id FROM connections WHERE key IS NULL")
        .fetch_all(connection)
        .await?;
    Ok(ids.into_iter().filter_map(ConnectionId::from_row).collect())
}

/// Removes `rows` rows of `deleted`, or returns some space when there are none left; whether
/// nothing is left to do.
pub(crate) async fn delete_piece(
    connection: &mut SqliteConnection,
    deleted: ConnectionId,
    rows: u32,
) -> Result<bool, sqlx::Error> {
    let (first, last) = deleted.rows();
    for sql in [DELETE_MESSAGES, DELETE_GAPS] {
        let removed = sqlx::query(sql).bind(first).bind(last).bind(rows);
        if removed.execute(&mut *connection).await?.rows_affected() > 0 {
            return Ok(false);
        }
    }
    let free: i64 = sqlx::query_scalar("PRAGMA freelist_count").fetch_one(&mut *connection).await?;
    sqlx::query(RETURN_SPACE).execute(&mut *connection).await?;
    let left: i64 = sqlx::query_scalar("PRAGMA freelist_count").fetch_one(&mut *connection).await?;
    if left > 0 && left < free {
        return Ok(false);
    }
    sqlx::query("DELETE FROM connections WHERE id = ?")
        .bind(deleted.as_row())
        .execute(connection)
        .await?;
    Ok(true)
}

/// How many rows the piece after one of `rows` has: large messages take longer than small ones.
pub(crate) fn next_piece(rows: u32, took: Duration) -> u32 {
    if took > SLOW {
        (rows / 2).max(1)
    } else if took < FAST {
        (rows * 2).min(MOST_ROWS)
    } else {
        rows
    }
}

const SLOW: Duration = Duration::from_millis(40);
const FAST: Duration = Duration::from_millis(10);
const MOST_ROWS: u32 = 5000;

const DELETE_MESSAGES: &str = "DELETE FROM messages WHERE id IN \
    (SELECT id FROM messages WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?)";
const DELETE_GAPS: &str = "DELETE FROM gaps WHERE first_id IN \
    (SELECT first_id FROM gaps WHERE first_id BETWEEN ? AND ? ORDER BY first_id LIMIT ?)";
/// The number is in pages of 4 KiB.
const RETURN_SPACE: &str = "PRAGMA incremental_vacuum(1000)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_grow_while_they_are_quick_and_shrink_when_they_are_slow() {
        assert_eq!(next_piece(100, Duration::from_millis(1)), 200);
        assert_eq!(next_piece(100, Duration::from_millis(20)), 100);
        assert_eq!(next_piece(100, Duration::from_millis(100)), 50);
        assert_eq!(next_piece(1, Duration::from_secs(1)), 1);
        assert_eq!(next_piece(MOST_ROWS, Duration::ZERO), MOST_ROWS);
    }
}
