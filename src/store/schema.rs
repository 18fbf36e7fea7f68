//! The schema of the cache: a history of migrations that is only ever added to, and the connection's settings.

use rusqlite::{Connection, OptionalExtension as _};

use crate::priority;
use crate::step::step;

/// Steps of SQLite's machine, a fraction of a millisecond's, after which others are let pass.
const TURN: i32 = 20_000;

/// One string of SQL a version: the file's `user_version` says how many have been run. Never edit one that was released.
///
/// Counters in `folders` are kept by the writer (`tally`): `base_*` count rows by the server's columns, `shown_*` by the
/// columns with the queue laid over them. `thread_refs.key` is a hash of account and Message-ID: a row says which thread
/// that Message-ID belongs to, and how many stored messages bear it.
pub(super) const MIGRATIONS: &[&str] = &[
    "
CREATE TABLE meta (
    name TEXT PRIMARY KEY NOT NULL,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    body_bytes INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE folders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL,
    raw TEXT NOT NULL,
    name TEXT NOT NULL,
    shown_name TEXT,
    delimiter TEXT,
    role TEXT,
    selectable INTEGER NOT NULL,
    subscribed INTEGER NOT NULL,
    namespace INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    uid_validity INTEGER,
    uid_next INTEGER,
    highest_modseq INTEGER,
    message_count INTEGER,
    gaps TEXT NOT NULL DEFAULT '',
    complete INTEGER NOT NULL DEFAULT 0,
    status_messages INTEGER NOT NULL DEFAULT 0,
    status_unread INTEGER NOT NULL DEFAULT 0,
    base_messages INTEGER NOT NULL DEFAULT 0,
    base_unread INTEGER NOT NULL DEFAULT 0,
    shown_messages INTEGER NOT NULL DEFAULT 0,
    shown_unread INTEGER NOT NULL DEFAULT 0,
    starred INTEGER NOT NULL DEFAULT 0,
    starred_unread INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account, raw)
) STRICT;

CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL,
    folder INTEGER NOT NULL,
    uid INTEGER,
    flags INTEGER NOT NULL,
    shown_folder INTEGER,
    shown_flags INTEGER NOT NULL,
    received INTEGER NOT NULL,
    size INTEGER NOT NULL,
    thread INTEGER NOT NULL,
    attachments INTEGER NOT NULL,
    placeholder INTEGER NOT NULL DEFAULT 0,
    overlaid INTEGER NOT NULL DEFAULT 0,
    pending INTEGER NOT NULL DEFAULT 0,
    body INTEGER NOT NULL DEFAULT 0,
    body_failures INTEGER NOT NULL DEFAULT 0,
    body_retry INTEGER NOT NULL DEFAULT 0,
    modseq INTEGER,
    sent INTEGER,
    keywords TEXT NOT NULL,
    shown_keywords TEXT NOT NULL,
    snippet TEXT NOT NULL DEFAULT '',
    message_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    senders TEXT NOT NULL,
    reply_to TEXT NOT NULL,
    list_id TEXT NOT NULL,
    body_error TEXT,
    recipients TEXT NOT NULL,
    cc TEXT NOT NULL,
    refs TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX messages_uid ON messages (folder, uid);
CREATE INDEX messages_shown ON messages (shown_folder, received);
CREATE INDEX messages_unread ON messages (shown_folder, received) WHERE (shown_flags & 1) = 0;
CREATE INDEX messages_starred ON messages (received) WHERE (shown_flags & 4) <> 0 AND shown_folder IS NOT NULL;
CREATE INDEX messages_unbound ON messages (folder, message_id) WHERE uid IS NULL;
CREATE INDEX messages_wanted ON messages (folder, received, size) WHERE body = 0 AND uid IS NOT NULL;
CREATE INDEX messages_thread ON messages (thread);

CREATE TABLE overlays (
    message INTEGER PRIMARY KEY,
    folder INTEGER,
    gone INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    add_flags INTEGER NOT NULL,
    remove_flags INTEGER NOT NULL,
    add_keywords TEXT NOT NULL,
    remove_keywords TEXT NOT NULL
) STRICT;

CREATE TABLE threads (
    id INTEGER PRIMARY KEY,
    members INTEGER NOT NULL,
    merged_into INTEGER
) STRICT;
CREATE TABLE thread_refs (
    key INTEGER PRIMARY KEY,
    thread INTEGER NOT NULL,
    copies INTEGER NOT NULL
) STRICT;

CREATE TABLE bodies (
    message INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    read_at INTEGER NOT NULL,
    size INTEGER NOT NULL,
    whole INTEGER NOT NULL,
    bytes BLOB NOT NULL
) STRICT;
CREATE INDEX bodies_read ON bodies (account, read_at, size);
CREATE TRIGGER bodies_added AFTER INSERT ON bodies BEGIN
    UPDATE accounts SET body_bytes = body_bytes + new.size WHERE id = new.account;
END;
CREATE TRIGGER bodies_removed AFTER DELETE ON bodies BEGIN
    UPDATE accounts SET body_bytes = body_bytes - old.size WHERE id = old.account;
END;
",
    "
CREATE TABLE poison (
    message INTEGER PRIMARY KEY,
    retry INTEGER NOT NULL
) STRICT;
",
    "
-- What the user may do in a folder (RFC 4314), by MYRIGHTS and by SELECT; NULL: the server did not say.
ALTER TABLE folders ADD COLUMN rights TEXT;
ALTER TABLE folders ADD COLUMN select_rights TEXT;
-- What the names of other users' (1) and shared (2) folders begin with (RFC 2342).
CREATE TABLE prefixes (
    account INTEGER NOT NULL,
    namespace INTEGER NOT NULL,
    prefix TEXT NOT NULL,
    PRIMARY KEY (account, prefix)
) STRICT, WITHOUT ROWID;
-- How full an account is (RFC 9208).
CREATE TABLE quotas (
    account INTEGER NOT NULL,
    root TEXT NOT NULL,
    resource TEXT NOT NULL,
    used INTEGER NOT NULL,
    quota INTEGER NOT NULL,
    PRIMARY KEY (account, root, resource)
) STRICT, WITHOUT ROWID;
",
    "
-- Rows on their way to thread_refs; where a key is in both, this one counts.
CREATE TABLE thread_recent (
    key INTEGER PRIMARY KEY,
    thread INTEGER NOT NULL,
    copies INTEGER NOT NULL
) STRICT;
",
    "
-- The words of messages. It keeps no text: its rows are numbered by docs.doc.
CREATE VIRTUAL TABLE search USING fts5(subject, sender, recipients, cc, list, files, body,
    content = '', contentless_delete = 1, tokenize = 'ascii');
-- Fewer pieces are joined at a time: what is found is found in 0.1 ms all the same, and the index is filled faster.
INSERT INTO search (search, rank) VALUES ('automerge', 16);
-- What the index holds. Numbers ascend with the hour of receipt, so that the newest is found first; text_bytes is 0 where
-- only the header is known.
CREATE TABLE docs (
    doc INTEGER PRIMARY KEY,
    message INTEGER NOT NULL UNIQUE,
    inside INTEGER NOT NULL,
    text_bytes INTEGER NOT NULL
) STRICT;
CREATE INDEX docs_text ON docs (doc, text_bytes) WHERE text_bytes > 0;
CREATE INDEX docs_part ON docs (message) WHERE (inside & 4) <> 0;
-- Messages up to meta's 'indexed' that are not in the index all the same, and messages whose body is here and not read.
CREATE TABLE unindexed (message INTEGER PRIMARY KEY) STRICT;
CREATE TABLE unread_texts (message INTEGER PRIMARY KEY) STRICT;
-- Every word that was ever indexed, and those of names, addresses and file names: for parts of words.
CREATE TABLE search_words (word TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE search_names (word TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta (name, value) VALUES ('indexed', 0), ('spill', 0);
INSERT INTO unread_texts (message) SELECT message FROM bodies;
",
    "
-- Conversations in the order of time: the newest message of one is found without reading the others.
DROP INDEX messages_thread;
CREATE INDEX messages_thread ON messages (thread, received);
-- Replies that do not say what they reply to, by a hash of account and subject. Messages up to meta's 'adopted' were looked at.
CREATE TABLE strays (message INTEGER PRIMARY KEY, subject INTEGER NOT NULL) STRICT;
CREATE INDEX strays_subject ON strays (subject, message);
INSERT INTO meta (name, value) VALUES ('adopted', 0);
-- UIDs from here on arrived since the folder was first synced, or last numbered anew.
ALTER TABLE folders ADD COLUMN arrivals INTEGER;
-- Messages that arrived in an inbox and that no rule has looked at yet.
CREATE TABLE unfiled (message INTEGER PRIMARY KEY, account INTEGER NOT NULL) STRICT;
CREATE INDEX unfiled_account ON unfiled (account);
-- What the shown keywords say (mail::marks): a bit a mark, and until when a message is, or was, put off. From here on
-- `received` is what lists sort by; where that is not when the server got the message, `arrived` is.
ALTER TABLE messages ADD COLUMN marks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN put_off INTEGER;
ALTER TABLE messages ADD COLUMN arrived INTEGER;
CREATE INDEX messages_snoozed ON messages (received) WHERE (marks & 1) <> 0 AND shown_folder IS NOT NULL;
CREATE INDEX messages_reply_later ON messages (received) WHERE (marks & 2) <> 0 AND shown_folder IS NOT NULL;
CREATE INDEX messages_pinned ON messages (received) WHERE (marks & 4) <> 0 AND shown_folder IS NOT NULL;
CREATE INDEX messages_put_off ON messages (put_off) WHERE put_off IS NOT NULL;
CREATE INDEX messages_arrived ON messages (id) WHERE arrived IS NOT NULL;
",
];

/// The version that knows marks: what was stored before is read for them once.
const MARKS: i64 = 6;

/// The `user_version` of a file that this program writes.
pub(super) fn version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Settings of every connection. `cache_kib` bounds the page cache.
pub(super) fn configure(connection: &Connection, cache_kib: u32) -> rusqlite::Result<()> {
    #[cfg(test)]
    super::tests::plans::watch(connection);
    connection.set_prepared_statement_cache_capacity(128);
    be_patient(connection)?;
    let go_on = || {
        priority::let_pass();
        false
    };
    connection.progress_handler(TURN, Some(go_on))?;
    connection.execute_batch(&format!(
        "PRAGMA cache_size = -{cache_kib}; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;"
    ))
}

/// How long a statement waits while another process holds the file.
pub(super) fn be_patient(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(std::time::Duration::from_secs(5))
}

/// Settings that only the owner of the file makes: WAL, so that readers never wait, and no sync at each commit, since the
/// cache can be had again from the server. The disk is synced only when the WAL is written back: by a thread of its own
/// (`checkpoint`), and by the writer itself when that has left 32 MB, which is also how the WAL comes to begin anew.
pub(super) fn configure_owner(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
         PRAGMA wal_autocheckpoint = 8000; PRAGMA journal_size_limit = 33554432;
         PRAGMA secure_delete = FAST;",
    )
}

/// Runs the migrations that the file lacks, each in a transaction of its own with its `user_version`, and makes sure that
/// the cache has its number.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let mut done = user_version(connection)?;
    for sql in MIGRATIONS.iter().skip(usize::try_from(done).unwrap_or(usize::MAX)) {
        done += 1;
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        transaction.execute_batch(sql)?;
        if done == MARKS {
            super::overlay::read_marks(&transaction)?;
        }
        transaction.pragma_update(None, "user_version", done)?;
        transaction.execute(
            "INSERT INTO meta (name, value) VALUES ('generation', ?1) ON CONFLICT (name) DO NOTHING",
            [i64::from(rand::random::<u32>()) << 16 | i64::from(rand::random::<u16>()) | 1],
        )?;
        step("cache: before", "migrate");
        transaction.commit()?;
        step("cache: written:", "migrate");
    }
    Ok(())
}

/// Which version the file has.
pub(super) fn user_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Statements that fail on a file with a broken header, schema or roots, and take no longer on a large one. Returns the
/// cache's number.
pub(super) fn probe(connection: &Connection) -> rusqlite::Result<i64> {
    for sql in [
        "SELECT COUNT(*) FROM (SELECT id, name, body_bytes FROM accounts ORDER BY id DESC LIMIT 50)",
        "SELECT COUNT(name) FROM folders",
        "SELECT length(refs) FROM messages ORDER BY id DESC LIMIT 1",
        "SELECT length(refs) FROM messages ORDER BY id LIMIT 1",
        "SELECT id FROM messages WHERE folder > 0 ORDER BY folder, uid LIMIT 1",
        "SELECT received FROM messages WHERE shown_folder > 0 ORDER BY shown_folder DESC, received DESC LIMIT 1",
        "SELECT id FROM messages WHERE (shown_flags & 4) <> 0 AND shown_folder IS NOT NULL ORDER BY received LIMIT 1",
        "SELECT gone FROM overlays ORDER BY message LIMIT 1",
        "SELECT members FROM threads ORDER BY id DESC LIMIT 1",
        "SELECT thread FROM thread_refs ORDER BY key LIMIT 1",
        "SELECT thread FROM thread_recent ORDER BY key LIMIT 1",
        "SELECT read_at FROM bodies ORDER BY account, read_at LIMIT 1",
        "SELECT inside FROM docs ORDER BY doc DESC LIMIT 1",
    ] {
        connection.query_row(sql, [], |row| row.get_ref(0).map(drop)).optional()?;
    }
    connection.query_row("SELECT value FROM meta WHERE name = 'generation'", [], |row| row.get(0))
}
