//! Bringing an older file up to date, with a copy of it kept first.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use sqlx::{
    SqliteConnection,
    migrate::{MigrateError, Migrator},
};

use crate::{error::Cause, open::OpenError};

pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The layout version these migrations lead to.
pub(crate) fn newest(migrations: &Migrator) -> i64 {
    migrations.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// Runs what is missing since layout `found` (0: an empty file). The copy made before is named
/// after the layout it holds, e.g. `history.db.v1-copy`; nothing is overwritten.
pub(crate) async fn bring_up_to_date(
    connection: &mut SqliteConnection,
    path: &Path,
    found: i64,
    migrations: &Migrator,
) -> Result<Option<PathBuf>, OpenError> {
    if found == newest(migrations) {
        return Ok(None);
    }
    let mut kept = None;
    if found > 0 {
        let copy = unused_name(path, &format!("v{found}-copy"))?;
        tracing::info!(copy = %copy.display(), "copying the history before migrating it");
        sqlx::query("VACUUM INTO ?")
            .bind(copy.to_string_lossy())
            .execute(&mut *connection)
            .await
            .map_err(Cause::from)?;
        kept = Some(copy);
    }
    migrations.run_direct(None, connection, false).await.map_err(|error| match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            OpenError::from(Cause::from(error))
        }
        other => OpenError::Damaged { detail: other.to_string() },
    })?;
    Ok(kept)
}

/// `path` with `suffix` and, when that is taken, a number behind it.
pub(crate) fn unused_name(path: &Path, suffix: &str) -> io::Result<PathBuf> {
    for number in 1..=MOST_COPIES {
        let mut name = path.as_os_str().to_owned();
        name.push(match number {
            1 => format!(".{suffix}"),
            number => format!(".{suffix}-{number}"),
        });
        if !fs::exists(&name)? {
            return Ok(name.into());
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "there are too many copies of the history"))
}

const MOST_COPIES: u32 = 1000;

#[cfg(test)]
mod tests;
