//! The journal's file: schema, opening, transactions that are on the disk when they return, errors sorted.

use std::cell::Cell;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::{Access, Error, Journal, Result, Salvage, salvage, sum};
use crate::dir_lock::{Claim, DirLock, Still, immutable, is_read_only, private_dir, private_file, sync_dir};
use crate::step::{failure, step};

/// The name of the file; SQLite adds `-wal` and `-shm` to it.
pub(super) const FILE: &str = "journal.db";

/// How long a statement waits for another process.
const BUSY: Duration = Duration::from_secs(5);

/// How long a write waits for readers before it leaves its checkpoint to the next write.
const READERS: Duration = Duration::from_millis(20);

/// One string of SQL a version: the file's `user_version` says how many have been run. Never edit one that was released.
/// `ops.ended`: 0 not ended, 1 done, 2 failed, 3 dropped: whether its end was reported, and as what.
/// `ops.undoable`: 0 no, 1 yes, 2 yes but not by `z` because it was done silently, 3 the same because a rule did it.
/// `ops.undone`: 0 no; n > 1 taken back as the n-th, and can be done again; 1 and below taken back, and cannot (any more).
/// `steps.state`: 0 queued, 1 sending, 2 done, 3 gone, 4 failed, 5 dropped.
pub(super) const MIGRATIONS: &[&str] = &[
    "
CREATE TABLE ops (
    op INTEGER PRIMARY KEY AUTOINCREMENT,
    created INTEGER NOT NULL,
    summary TEXT NOT NULL,
    undo_of INTEGER,
    undoable INTEGER NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0,
    ended INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE steps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    op INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    account TEXT NOT NULL,
    verb TEXT NOT NULL,
    local INTEGER,
    generation INTEGER NOT NULL,
    prior_flags INTEGER NOT NULL,
    prior_keywords TEXT NOT NULL,
    state INTEGER NOT NULL DEFAULT 0,
    reason TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    sent INTEGER NOT NULL DEFAULT 0,
    sent_uid_next INTEGER,
    sent_uid_validity INTEGER,
    sent_phase INTEGER NOT NULL DEFAULT 0,
    place_folder TEXT,
    place_uid_validity INTEGER,
    place_uid INTEGER,
    place_message_id TEXT,
    place_size INTEGER,
    result_folder TEXT,
    result_uid_validity INTEGER,
    result_uid INTEGER,
    result_message_id TEXT,
    result_size INTEGER,
    UNIQUE (op, seq)
) STRICT;
CREATE INDEX steps_pending ON steps (account, id) WHERE state <= 1;
CREATE INDEX steps_state ON steps (op, state);
CREATE INDEX steps_place ON steps (account, place_folder, place_uid) WHERE place_folder IS NOT NULL;
CREATE INDEX steps_result ON steps (account, result_folder, result_uid) WHERE result_folder IS NOT NULL;
",
    "
ALTER TABLE ops ADD COLUMN sum INTEGER;
ALTER TABLE steps ADD COLUMN sum INTEGER;
UPDATE ops SET sum = row_sum(op, created, summary, undo_of, undoable, undone, ended);
UPDATE steps SET sum = row_sum(id, op, seq, account, verb, local, generation, prior_flags, prior_keywords, state, reason,
    attempts, sent, sent_uid_next, sent_uid_validity, sent_phase,
    place_folder, place_uid_validity, place_uid, place_message_id, place_size,
    result_folder, result_uid_validity, result_uid, result_message_id, result_size);
",
    // An index over the state itself was rewritten with each step that went out.
    "
DROP INDEX steps_state;
CREATE INDEX steps_open ON steps (op) WHERE state <= 1;
CREATE INDEX steps_failed ON steps (op) WHERE state = 4;
",
    // What waits for one message, however much waits for others.
    "CREATE INDEX steps_message ON steps (account, generation, local) WHERE state <= 1;",
];

/// The `user_version` of a file that this program writes.
pub(super) fn version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

impl Journal {
    /// Opens the journal in `dir`, made with everything in it if it is not there.
    ///
    /// An owner locks the directory. What can be read of a damaged file is saved into a new one ([`Journal::salvaged`]
    /// tells); the old one is kept as `journal.db.damaged` (or `.damaged-2` and so on). A reader of a journal that is not
    /// there yet reads an empty one.
    ///
    /// # Errors
    /// `Locked` when another process owns it; `NewerSchema` when a newer program wrote it: then nothing was touched;
    /// `Io` and `Full` when the directory cannot be written.
    pub fn open(dir: &Path, access: Access) -> Result<Self> {
        match access {
            Access::Owner => Self::own(dir),
            Access::ReadOnly => Self::look(dir),
        }
    }

    /// The data directory that it lies in.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What was saved from a damaged file when this journal was opened; `None`: it was sound.
    pub fn salvaged(&self) -> Option<Salvage> {
        self.salvage
    }

    fn own(dir: &Path) -> Result<Self> {
        private_dir(dir).map_err(|source| io("make the data directory", dir, source))?;
        let lock = match DirLock::claim(dir).map_err(|source| io("lock the queue", dir, source))? {
            Claim::Ours(lock) => lock,
            Claim::Theirs(pid) => return Err(Error::Locked { pid }),
        };
        let path = dir.join(FILE);
        let mut saved = salvage::resume(dir)?;
        let wal = dir.join(format!("{FILE}-wal"));
        if std::fs::symlink_metadata(&path).is_err() && length(&wal) == 0 {
            salvage::begin(dir)?;
        }
        let connection = match refuse_newer(&path).and_then(|()| open_sound(&path)) {
            Err(Error::Damaged { .. }) => {
                saved = Some(salvage::rescue(dir)?);
                open_sound(&path)?
            }
            other => other?,
        };
        // The names of the file and its WAL have to survive a power cut as well as what is in them.
        sync_dir(dir).map_err(|source| io("open the queue", dir, source))?;
        let journal = Self {
            connection,
            access: Access::Owner,
            patience: Cell::new(BUSY),
            salvage: saved,
            dir: dir.to_owned(),
            _lock: Some(lock),
            _still: None,
        };
        journal.settle();
        Ok(journal)
    }

    fn look(dir: &Path) -> Result<Self> {
        let path = dir.join(FILE);
        let failed = |source| classify("open", source);
        refuse_newer(&path)?;
        if std::fs::metadata(&path).is_ok_and(|meta| meta.len() > 0) {
            let (connection, found, still) = read_as_is(dir, &path)?;
            refuse_version(found)?;
            if found > 0 {
                return Ok(Self::only_read(connection, dir, still));
            }
        }
        Ok(Self::only_read(empty().map_err(failed)?, dir, None))
    }

    fn only_read(connection: Connection, dir: &Path, still: Option<Still>) -> Self {
        Self {
            connection,
            access: Access::ReadOnly,
            patience: Cell::new(BUSY),
            salvage: None,
            dir: dir.to_owned(),
            _lock: None,
            _still: still,
        }
    }

    /// Reads through the whole file (SQLite's `quick_check`): what is wrong first, `None` for a sound one.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn quick_check(&self) -> Result<Option<String>> {
        self.read("read through the queue", |connection| {
            let said: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            Ok((said != "ok").then_some(said))
        })
    }

    /// How long a change waits while another process holds the file; five seconds unless this is called (RL37).
    ///
    /// # Errors
    /// What SQLite says.
    pub fn wait_for_locks(&self, most: Duration) -> Result<()> {
        self.patience.set(most);
        self.connection.busy_timeout(most).map_err(|source| classify("wait for others", source))
    }

    /// Runs statements as one transaction, which is on the disk when this returns.
    pub(super) fn write<T>(
        &mut self,
        task: &'static str,
        body: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T> {
        if self.access == Access::ReadOnly {
            return Err(Error::ReadOnly);
        }
        let outcome =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|transaction| {
                let value = body(&transaction)?;
                if let Some(code) = failure() {
                    return Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None));
                }
                step("journal: before", task);
                transaction.commit()?;
                step("journal: written:", task);
                Ok(value)
            });
        if outcome.is_ok() {
            self.settle();
        }
        outcome.map_err(|source| classify(task, source))
    }

    /// Copies what was written from the WAL into the file itself and empties the WAL. SQLite takes a damaged WAL for a
    /// write that the power cut short, and drops what is in it; so nothing may stand there alone (RL36). Where a reader
    /// is in the way, or the disk, the write is safe in the WAL all the same, and the next one tries again.
    fn settle(&self) {
        let settle = || -> rusqlite::Result<()> {
            self.connection.busy_timeout(READERS)?;
            self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        };
        drop(settle());
        drop(self.connection.busy_timeout(self.patience.get()));
    }

    /// Runs statements that see one state of the journal.
    pub(super) fn read<T>(
        &self,
        task: &'static str,
        body: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let outcome = self.connection.unchecked_transaction().and_then(|transaction| {
            let value = body(&transaction)?;
            transaction.commit()?;
            Ok(value)
        });
        outcome.map_err(|source| classify(task, source))
    }
}

/// Looks at the version through a connection that cannot write, so that a newer file keeps every byte (RL59).
fn refuse_newer(path: &Path) -> Result<()> {
    let wal = length(&path.with_extension("db-wal"));
    let Ok(meta) = std::fs::symlink_metadata(path) else {
        return if wal == 0 { Ok(()) } else { Err(Error::Damaged { task: "open" }) };
    };
    // A file is never begun empty. SQLite would throw a WAL away that lies beside one.
    if !meta.is_file() || meta.len() == 0 {
        return Err(Error::Damaged { task: "open" });
    }
    if wal == 0 {
        // Without SQLite, which would leave an empty WAL beside the file.
        let found = header_version(path).map_err(|source| io("open the queue", path, source))?;
        return refuse_version(found.unwrap_or(0));
    }
    let found = open_to_read(path)
        .and_then(|connection| user_version(&connection))
        .map_err(|source| classify("open", source))?;
    refuse_version(found)
}

/// The bytes of a file; 0 for one that is not there.
fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |meta| meta.len())
}

fn refuse_version(found: i64) -> Result<()> {
    if found > version() { Err(Error::NewerSchema { found, known: version() }) } else { Ok(()) }
}

/// The `user_version` in the header of an SQLite file (bytes 60 to 63, big-endian); `None` for what is no such file.
fn header_version(path: &Path) -> std::io::Result<Option<i64>> {
    let mut header = Vec::new();
    File::open(path)?.take(100).read_to_end(&mut header)?;
    let number = header.get(60..64).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
    let ours = header.starts_with(b"SQLite format 3\0");
    Ok(number.filter(|_| ours).map(|bytes| i64::from(i32::from_be_bytes(bytes))))
}

/// A file that is opened to be read, with its version. Where the disk has no room, or no right, for the files that SQLite
/// has beside it, and there is nothing but this one, it is read as it is while owners are kept away.
fn read_as_is(dir: &Path, path: &Path) -> Result<(Connection, i64, Option<Still>)> {
    let read = |name: &Path| {
        let connection = open_to_read(name).map_err(|source| classify("open", source))?;
        let found = user_version(&connection).map_err(|source| classify("open", source))?;
        Ok((connection, found))
    };
    let first = read(path);
    let stuck =
        matches!(&first, Err(Error::Full { .. })) || (matches!(&first, Err(Error::Sqlite { .. })) && is_read_only(dir));
    let whole = || length(&path.with_extension("db-wal")) == 0;
    let still = if stuck { Still::hold(dir).filter(|_| whole()) } else { None };
    match still {
        Some(still) => read(&immutable(path)).map(|(connection, found)| (connection, found, Some(still))),
        None => first.map(|(connection, found)| (connection, found, None)),
    }
}

fn open_to_read(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

/// Opens a file to write, with its schema brought up to date. The journal is small, so the whole of it is checked.
pub(super) fn open_sound(path: &Path) -> Result<Connection> {
    drop(private_file(path).map_err(|source| io("open the queue", path, source))?);
    let connection = open_to_write(path).map_err(|source| damage_if_foreign("open", source))?;
    if check(&connection).map_err(|source| damage_if_foreign("check", source))? {
        Ok(connection)
    } else {
        Err(Error::Damaged { task: "check" })
    }
}

fn open_to_write(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(32);
    // With FULL each commit syncs the WAL before it returns. Not EXTRA: that adds nothing in WAL mode.
    connection.execute_batch(
        "PRAGMA cache_size = -2048; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;
         PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
    )?;
    migrate(&mut connection)?;
    sum::keep(&connection)?;
    Ok(connection)
}

/// Whether pages, schema and rows are as this program writes them.
fn check(connection: &Connection) -> rusqlite::Result<bool> {
    let pages: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    // A format that SQLite does not know, in a damaged header, makes a file that can only be read.
    Ok(pages == "ok"
        && !connection.is_readonly("main")?
        && user_version(connection)? == version()
        && schema(connection)? == schema(&empty()?)?
        && sum::sound(connection)?)
}

/// What the file says of its tables and indexes.
fn schema(connection: &Connection) -> rusqlite::Result<Vec<(String, String, Option<String>)>> {
    connection
        .prepare("SELECT name, tbl_name, sql FROM main.sqlite_schema ORDER BY name")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect()
}

/// An empty journal in memory.
fn empty() -> rusqlite::Result<Connection> {
    let connection = Connection::open_in_memory()?;
    sum::teach(&connection)?;
    connection.execute_batch(&MIGRATIONS.concat())?;
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    sum::teach(connection)?;
    let mut done = user_version(connection)?;
    for sql in MIGRATIONS.iter().skip(usize::try_from(done).unwrap_or(usize::MAX)) {
        done += 1;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", done)?;
        step("journal: before", "migrate");
        transaction.commit()?;
        step("journal: written:", "migrate");
    }
    Ok(())
}

fn user_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

pub(super) fn io(task: &'static str, path: &Path, source: std::io::Error) -> Error {
    if source.kind() == std::io::ErrorKind::StorageFull {
        return Error::Full { task };
    }
    Error::Io { task, path: path.to_owned(), source }
}

/// Sorts SQLite's errors by what can be done about them.
pub(super) fn classify(task: &'static str, source: rusqlite::Error) -> Error {
    let code = source.sqlite_error_code();
    let nonsense = matches!(
        source,
        rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..)
    );
    if nonsense || matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)) {
        Error::Damaged { task }
    } else if code == Some(ErrorCode::DiskFull) || is_no_room(&source) {
        Error::Full { task }
    } else {
        Error::Sqlite { task, source }
    }
}

/// Whether there was no room for the index of the WAL: SQLite calls it a failure of the disk.
fn is_no_room(source: &rusqlite::Error) -> bool {
    matches!(source, rusqlite::Error::SqliteFailure(error, _) if error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
}

/// As [`classify`]; a statement that does not fit the file's tables means that the file is not what its version says.
fn damage_if_foreign(task: &'static str, source: rusqlite::Error) -> Error {
    let foreign = matches!(source, rusqlite::Error::SqlInputError { .. })
        || matches!(source, rusqlite::Error::SqliteFailure(error, _) if error.extended_code == 1);
    if foreign { Error::Damaged { task } } else { classify(task, source) }
}
