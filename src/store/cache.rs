//! Opening the cache: lock, permissions, damage moved aside; errors sorted; transactions.

use std::fs::{self, File};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::roll::Roll;
use super::{Access, Cache, Error, Reader, Readers, Result, Writer, schema};
use crate::dir_lock::{Claim, DirLock, Still, immutable, is_read_only, private_dir, private_file};
use crate::step::{failure, step};

/// The name of the file; SQLite adds `-wal` and `-shm` to it.
const FILE: &str = "cache.db";
const WAL: &str = "cache.db-wal";
/// When this file is there, damage was found while the program ran: the cache is not to be used again.
const CONDEMNED: &str = "cache.db.condemned";
pub(super) const WRITER_CACHE_KIB: u32 = 3584;
const READER_CACHE_KIB: u32 = 1536;

impl Cache {
    /// Opens the cache in `dir`, made with everything in it if it is not there.
    ///
    /// An owner locks the directory. A file that is damaged, or was written by a newer program, is moved aside
    /// (`cache.db.damaged-N`, the newest only is kept) and a new one is begun, which [`Cache::was_rebuilt`] tells. Only
    /// what can be seen in a few statements is seen here; damage that shows later is [`Error::Damaged`], and the next
    /// open starts anew. A reader of a cache that is not there yet reads an empty one, until one is there.
    ///
    /// # Errors
    /// `Locked` when another process owns it; `Io` and `Full` when the directory cannot be written.
    pub fn open(dir: &Path, access: Access) -> Result<Self> {
        let mut cache =
            Self { dir: dir.to_owned(), access, lock: None, generation: 0, rebuilt: false, roll: Roll::default() };
        match access {
            Access::Owner => {
                private_dir(dir).map_err(|source| io("make the cache directory", dir, source))?;
                match DirLock::claim(dir).map_err(|source| io("lock the cache", dir, source))? {
                    Claim::Ours(lock) => cache.lock = Some(Arc::new(lock)),
                    Claim::Theirs(pid) => return Err(Error::Locked { pid }),
                }
                cache.prepare()?;
            }
            Access::ReadOnly => cache.generation = open_to_read(dir, &cache.roll)?.1,
        }
        Ok(cache)
    }

    /// Whether a damaged or foreign file was moved aside when this cache was opened.
    pub fn was_rebuilt(&self) -> bool {
        self.rebuilt
    }

    /// The number drawn when the cache file was made: local ids mean nothing in another generation. 0 for a cache that
    /// is not there yet (read only).
    pub fn generation(&self) -> i64 {
        self.generation
    }

    /// Whose mail its readers show.
    pub fn roll(&self) -> &Roll {
        &self.roll
    }

    /// Makes the writer. There should be one at a time.
    ///
    /// # Errors
    /// `ReadOnly` when the cache was opened to be read; else what SQLite says.
    pub fn writer(&self) -> Result<Writer> {
        if self.access == Access::ReadOnly {
            return Err(Error::ReadOnly);
        }
        let connection = Connection::open_with_flags(self.dir.join(FILE), write_flags())
            .and_then(|connection| {
                schema::configure(&connection, WRITER_CACHE_KIB)?;
                schema::configure_owner(&connection)?;
                self.roll.join(&connection)?;
                Ok(connection)
            })
            .map_err(|source| classify("open for writing", source))?;
        let reader = Reader { connection, roll: self.roll.clone(), dir: Some(self.dir.clone()), _still: None };
        Ok(Writer {
            reader,
            generation: self.generation,
            checkpointer: None,
            seen: super::seen::Seen::default(),
            vocabulary: super::index::Vocabulary::default(),
            wiped_to: None,
            _lock: self.lock.clone(),
        })
    }

    /// Makes a reader.
    ///
    /// # Errors
    /// `Damaged` and `OtherSchema` when the file cannot be used; an owner's `open` replaces it.
    pub fn reader(&self) -> Result<Reader> {
        open_to_read(&self.dir, &self.roll).map(|(reader, _)| reader)
    }

    /// Makes the file usable: tries, and starts anew if that fails because of the file.
    fn prepare(&mut self) -> Result<()> {
        let path = self.dir.join(FILE);
        let found = fs::symlink_metadata(&path).ok();
        let unusable =
            found.as_ref().is_some_and(|meta| !meta.is_file() || meta.len() == 0) || self.dir.join(CONDEMNED).exists();
        if found.is_some() && !unusable {
            match self.try_file(&path) {
                Ok(()) => return Ok(()),
                Err(Error::Damaged { .. } | Error::OtherSchema { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        self.rebuilt = found.is_some();
        self.move_aside()?;
        self.try_file(&path)
    }

    fn try_file(&mut self, path: &Path) -> Result<()> {
        drop::<File>(private_file(path).map_err(|source| io("open the cache", path, source))?);
        let task = "open";
        let mut connection =
            Connection::open_with_flags(path, write_flags()).map_err(|source| classify(task, source))?;
        let found = schema::user_version(&connection).map_err(|source| classify(task, source))?;
        if found > schema::version() || found < 0 {
            return Err(Error::OtherSchema { found, known: schema::version() });
        }
        let probed = schema::configure(&connection, WRITER_CACHE_KIB)
            .and_then(|()| schema::configure_owner(&connection))
            .and_then(|()| schema::migrate(&mut connection))
            .and_then(|()| schema::probe(&connection));
        self.generation = probed.map_err(|source| {
            // A table that is missing or has other columns: the file is not what its version says.
            if is_schema_trouble(&source) { Error::Damaged { task } } else { classify(task, source) }
        })?;
        Ok(())
    }

    /// Puts the file away with its WAL, which belongs to it alone, and forgets the one put away before it.
    fn move_aside(&self) -> Result<()> {
        let failed = |source| io("move the damaged cache aside", &self.dir, source);
        let path = self.dir.join(FILE);
        let mut number = 0_u64;
        let mut older = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(failed)?.flatten() {
            let name = entry.file_name();
            let rest = name.to_str().and_then(|name| name.strip_prefix("cache.db.damaged-"));
            let digits = rest.and_then(|rest| rest.split('-').next());
            if let Some(taken) = digits.and_then(|digits| digits.parse::<u64>().ok()) {
                number = number.max(taken);
                older.push(entry.path());
            }
        }
        if fs::symlink_metadata(&path).is_ok() {
            let target = self.dir.join(format!("cache.db.damaged-{}", number.saturating_add(1)));
            fs::rename(&path, target).map_err(failed)?;
            for old in older {
                // Best effort: one that cannot be removed (a directory with something in it) is not in the way.
                drop(fs::remove_file(&old).or_else(|_| fs::remove_dir(&old)));
            }
        }
        for stale in ["cache.db-wal", "cache.db-shm", "cache.db-journal", CONDEMNED] {
            remove_if_there(&self.dir.join(stale)).map_err(failed)?;
        }
        Ok(())
    }
}

/// Removes what was put aside: mail of an account that went is in it.
pub(super) fn forget_aside(dir: Option<&Path>) {
    for entry in dir.into_iter().filter_map(|dir| fs::read_dir(dir).ok()).flatten().flatten() {
        if entry.file_name().to_str().is_some_and(|name| name.starts_with("cache.db.damaged-")) {
            // Best effort: a directory with something in it stays.
            drop(fs::remove_file(entry.path()));
        }
    }
}

fn remove_if_there(path: &Path) -> std::io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(_) => Ok(()),
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    }
}

fn write_flags() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

/// A reader with the cache's number; of an empty cache in memory when there is no file, or one that is just being made.
///
/// Where the disk has no room, or no right, for the files that SQLite has beside this one to read it, and there is nothing
/// but this one, it is read as it is while owners are kept away.
fn open_to_read(dir: &Path, roll: &Roll) -> Result<(Reader, i64)> {
    let first = read_by(dir, roll, None);
    let stuck =
        matches!(&first, Err(Error::Full { .. })) || (matches!(&first, Err(Error::Sqlite { .. })) && is_read_only(dir));
    let whole = || fs::metadata(dir.join(WAL)).map_or(0, |meta| meta.len()) == 0;
    let still = if stuck { Still::hold(dir).filter(|_| whole()) } else { None };
    match still {
        Some(still) => read_by(dir, roll, Some(still)),
        None => first,
    }
}

fn read_by(dir: &Path, roll: &Roll, still: Option<Still>) -> Result<(Reader, i64)> {
    let task = "open for reading";
    let path = dir.join(FILE);
    let failed = |source| classify(task, source);
    if fs::metadata(&path).is_ok_and(|meta| meta.len() > 0) {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match &still {
            Some(_) => Connection::open_with_flags(immutable(&path), flags | OpenFlags::SQLITE_OPEN_URI),
            None => Connection::open_with_flags(&path, flags),
        }
        .map_err(failed)?;
        schema::configure(&connection, READER_CACHE_KIB).map_err(failed)?;
        let found = schema::user_version(&connection).map_err(failed)?;
        if found == schema::version() {
            let generation = schema::probe(&connection).map_err(failed)?;
            roll.join(&connection).map_err(failed)?;
            let reader = Reader { connection, roll: roll.clone(), dir: Some(dir.to_owned()), _still: still };
            return Ok((reader, generation));
        }
        if found != 0 {
            return Err(Error::OtherSchema { found, known: schema::version() });
        }
    }
    empty(roll).map(|reader| (reader, 0))
}

pub(super) fn io(task: &'static str, path: &Path, source: std::io::Error) -> Error {
    if source.kind() == std::io::ErrorKind::StorageFull {
        return Error::Full { task };
    }
    Error::Io { task, path: PathBuf::from(path), source }
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
    // Our statements fit the tables of this version: one that names what is not there tells of a damaged schema.
    let misfit = matches!(&source, rusqlite::Error::SqlInputError { msg, .. } | rusqlite::Error::SqliteFailure(_, Some(msg))
        if msg.starts_with("no such "));
    if nonsense || misfit || matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)) {
        Error::Damaged { task }
    } else if code == Some(ErrorCode::OperationInterrupted) {
        Error::Stopped
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

/// Whether a statement did not fit the file's tables: `SQLITE_ERROR` at preparing it, or no row where one must be.
fn is_schema_trouble(source: &rusqlite::Error) -> bool {
    matches!(source, rusqlite::Error::QueryReturnedNoRows | rusqlite::Error::SqlInputError { .. })
        || matches!(source, rusqlite::Error::SqliteFailure(error, _) if error.extended_code == 1)
}

impl Reader {
    /// Reads through the whole file (SQLite's `quick_check`): what is wrong first, `None` for a sound one. In a large cache
    /// it takes seconds.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn quick_check(&self) -> Result<Option<String>> {
        self.read("read through the cache", |connection| {
            let said: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            Ok((said != "ok").then_some(said))
        })
    }

    /// What makes more readers like this one, later and elsewhere.
    pub fn readers(&self) -> Readers {
        Readers { dir: self.dir.clone(), roll: self.roll.clone() }
    }

    /// Whose mail it shows; every reader of its cache shares that.
    pub fn roll(&self) -> &Roll {
        &self.roll
    }

    /// Runs statements that see one state of the cache, and sorts their error.
    pub(super) fn read<T>(
        &self,
        task: &'static str,
        body: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T> {
        // Not nested in another one: nothing in here calls back into the public functions.
        let outcome = self.connection.unchecked_transaction().and_then(|transaction| {
            let value = body(&transaction)?;
            transaction.commit()?;
            Ok(value)
        });
        outcome.map_err(|source| self.sorted(task, source))
    }

    /// Sorts an error; damage is noted in the directory, so that the next start does not use the file again.
    pub(super) fn sorted(&self, task: &'static str, source: rusqlite::Error) -> Error {
        let error = classify(task, source);
        if let (Error::Damaged { .. }, Some(dir)) = (&error, &self.dir) {
            // Best effort: on a full or read-only disk the next start finds the damage by itself.
            drop(private_file(&dir.join(CONDEMNED)));
        }
        error
    }
}

impl Readers {
    /// One more reader.
    ///
    /// # Errors
    /// As [`Cache::reader`].
    pub fn reader(&self) -> Result<Reader> {
        match &self.dir {
            Some(dir) => open_to_read(dir, &self.roll).map(|(reader, _)| reader),
            None => empty(&self.roll),
        }
    }
}

/// A reader of a cache that is not there yet.
fn empty(roll: &Roll) -> Result<Reader> {
    let failed = |source| classify("open for reading", source);
    let mut connection = Connection::open_in_memory().map_err(failed)?;
    schema::migrate(&mut connection).map_err(failed)?;
    roll.join(&connection).map_err(failed)?;
    Ok(Reader { connection, roll: roll.clone(), dir: None, _still: None })
}

impl Writer {
    /// The same connection as a reader.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// The number of the cache file, as [`Cache::generation`] tells it.
    pub fn generation(&self) -> i64 {
        self.generation
    }

    /// How long a change waits while another process holds the file; five seconds unless this is called (RL37).
    ///
    /// # Errors
    /// What SQLite says.
    pub fn wait_for_locks(&self, most: std::time::Duration) -> Result<()> {
        self.reader.connection.busy_timeout(most).map_err(|source| classify("wait for others", source))
    }

    /// Runs statements as one transaction: all of them, or none.
    pub(super) fn write<T>(
        &mut self,
        task: &'static str,
        body: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let outcome =
            self.reader.connection.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|transaction| {
                let value = body(&transaction)?;
                if let Some(code) = failure() {
                    return Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None));
                }
                step("cache: before", task);
                transaction.commit()?;
                step("cache: written:", task);
                Ok(value)
            });
        outcome.map_err(|source| self.reader.sorted(task, source))
    }

    /// Gives pages that removals left free back to the disk, a few thousand at a time.
    pub(super) fn give_back(&mut self) -> Result<()> {
        let freed = self.reader.connection.execute_batch("PRAGMA incremental_vacuum(4000)");
        freed.map_err(|source| self.reader.sorted("give space back", source))
    }

    /// As above, of so many pages at most; tells how many are still free.
    pub(super) fn give_back_some(&mut self, pages: u32) -> Result<u64> {
        let connection = &self.reader.connection;
        let given = connection
            .execute_batch(&format!("PRAGMA incremental_vacuum({pages})"))
            .and_then(|()| connection.query_row("PRAGMA freelist_count", [], |row| row.get::<_, i64>(0)));
        let left = given.map_err(|source| self.reader.sorted("give space back", source))?;
        // A file that gives nothing back (it was made so) is not asked for ever.
        let mode: i64 = connection.query_row("PRAGMA auto_vacuum", [], |row| row.get(0)).unwrap_or(0);
        Ok(if mode == 2 { super::columns::count(left) } else { 0 })
    }
}

impl Deref for Writer {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}
