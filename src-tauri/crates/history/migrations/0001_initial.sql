-- Layout version 1; what the columns mean is told in src/schema.rs.
CREATE TABLE connections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- NULL: deleted, its messages are still being removed.
    key TEXT UNIQUE
) STRICT;

CREATE TABLE topics (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    packet_id INTEGER,
    topic_id INTEGER NOT NULL,
    head BLOB,
    properties BLOB,
    payload BLOB NOT NULL
) STRICT;

CREATE TABLE gaps (
    first_id INTEGER PRIMARY KEY,
    last_id INTEGER NOT NULL,
    count INTEGER NOT NULL,
    cause TEXT NOT NULL
) STRICT;

PRAGMA application_id = 0x54505343;
PRAGMA user_version = 1;
