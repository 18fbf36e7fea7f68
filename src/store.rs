//! The cache: one SQLite file, one Writer, many Readers. It can be deleted at any time.
//!
//! It holds what the server last said. What the user did and the server has not confirmed yet (the overlay) is laid over
//! it: every message has the server's columns and the shown ones, and the writer keeps the shown ones, the counters of
//! folders and the threads right in the same transaction. Texts are stored as the mail has them and made safe when a row
//! for the screen is made. No network, no journal, no screen here.

use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::Connection;

use crate::dir_lock::{DirLock, Still};
use crate::mail::flags::{FlagChange, Flags};
use crate::mail::folder::FolderRow;
use crate::mail::message::{Envelope, MessageRow, ServerPlace};
use crate::mail::{AccountId, FolderId, MessageId, Uid, UidValidity, UnixTime};

mod arranged;
mod arrivals;
mod bodies;
mod cache;
mod checkpoint;
mod columns;
mod coverage;
mod find;
mod flags;
mod folders;
pub mod index;
pub mod leaving;
mod messages;
mod overlay;
mod pane;
pub mod people;
mod poison;
mod refs;
mod removal;
pub mod roll;
mod rows;
mod schema;
pub mod search;
mod seen;
mod shared;
mod snoozed;
pub mod strays;
pub mod suggest;
mod sweep;
mod tally;
mod threads;
mod window;
mod wipe;

/// Whether a process owns the cache or only reads it.
pub type Access = crate::dir_lock::Access;

/// What can go wrong with the cache. `task` says what was being done, for people.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite failed.
    #[error("The cache failed to {task}: {source}")]
    Sqlite {
        /// What was being done.
        task: &'static str,
        /// SQLite's words.
        source: rusqlite::Error,
    },
    /// The file is damaged. The next `Cache::open` by an owner moves it aside and starts a new one.
    #[error("The cache is damaged, found when it was asked to {task}; it will be rebuilt at the next start")]
    Damaged {
        /// What was being done.
        task: &'static str,
    },
    /// No space left on the disk; nothing of the task was written, and it works again when there is space.
    #[error("The disk is full: the cache could not {task}")]
    Full {
        /// What was being done.
        task: &'static str,
    },
    /// Another process owns the cache.
    #[error("The cache is in use by {}", process(*pid))]
    Locked {
        /// Which, if it is known.
        pid: Option<u32>,
    },
    /// A reader found a file of another version of the program; only an owner may replace it.
    #[error("The cache was written by another version of posthaste (schema {found}, this one knows {known})")]
    OtherSchema {
        /// The file's version.
        found: i64,
        /// This program's version.
        known: i64,
    },
    /// Nobody wants to know any more.
    #[error("what was asked of the cache was given up")]
    Stopped,
    /// A writer was asked of a cache that was opened to be read.
    #[error("The cache was opened to be read only")]
    ReadOnly,
    /// The folder is not in the cache (any more).
    #[error("The folder is not in the cache any more")]
    NoFolder,
    /// The file system failed.
    #[error("Could not {task} in {}: {source}", path.display())]
    Io {
        /// What was being done.
        task: &'static str,
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

fn process(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

/// The number of the cache's schema: how many migrations this program knows.
pub fn schema_version() -> i64 {
    schema::version()
}

/// The version of SQLite that the program was built with.
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}

/// What the functions of the cache return.
pub type Result<T> = std::result::Result<T, Error>;

/// A handle to the cache in a directory: makes writers and readers, and holds the lock while it or a writer lives.
#[derive(Debug)]
pub struct Cache {
    dir: PathBuf,
    access: Access,
    lock: Option<Arc<DirLock>>,
    generation: i64,
    rebuilt: bool,
    roll: roll::Roll,
}

/// A message, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Its local number.
    pub id: MessageId,
    /// Whose it is.
    pub account: AccountId,
    /// Where the server has it.
    pub place: ServerPlace,
    /// As [`Placed::place`] has it.
    pub server_folder: FolderId,
    /// Its flags on the server.
    pub server_flags: Flags,
    /// Where it is shown; one that is shown nowhere, where the server has it.
    pub folder: FolderId,
    /// Its flags as they are shown.
    pub flags: Flags,
}

/// A message that was put off, and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Its local number.
    pub id: MessageId,
    /// Whose it is.
    pub account: AccountId,
    /// Until when it was put off.
    pub until: UnixTime,
    /// When it is to be brought back here.
    pub at: UnixTime,
    /// Its subject; not sanitised.
    pub subject: String,
}

/// What came of flags that were told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// How many messages have other server flags than before.
    pub altered: u32,
    /// Whether all of it could be taken. If not, the folder is to be asked.
    pub all: bool,
}

/// A connection that reads. `Send`, not `Sync`: each thread makes its own. It never waits for the writer (WAL).
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    roll: roll::Roll,
    /// Where to note that damage was found; `None` for a cache in memory.
    dir: Option<PathBuf>,
    /// What keeps the file as it is, where it is read without SQLite's own locks.
    _still: Option<Still>,
}

/// Makes readers of one cache without holding it.
#[derive(Debug, Clone)]
pub struct Readers {
    dir: Option<PathBuf>,
    roll: roll::Roll,
}

/// The connection that writes; there is one. Everything a [`Reader`] can, it can too.
#[derive(Debug)]
pub struct Writer {
    reader: Reader,
    generation: i64,
    checkpointer: Option<checkpoint::Checkpointer>,
    seen: seen::Seen,
    vocabulary: index::Vocabulary,
    /// The word up to which words of accounts that went were looked for.
    wiped_to: Option<String>,
    _lock: Option<Arc<DirLock>>,
}

/// How far a folder has been synced.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SyncState {
    /// UIDVALIDITY of the UIDs that are stored (RFC 9051, section 2.3.1.1).
    pub uid_validity: Option<UidValidity>,
    /// The next UID as the server last told it.
    pub uid_next: Option<Uid>,
    /// HIGHESTMODSEQ up to which flags are known (RFC 7162, section 3.1.2.1).
    pub highest_modseq: Option<u64>,
    /// Messages in the folder, by the server's last word.
    pub exists: Option<u32>,
    /// Inclusive UID ranges whose headers were never asked for, ascending: a cut costs no more than the chunk under way.
    pub gaps: Vec<(u32, u32)>,
    /// Whether the gaps were closed once: from then on our own counts are shown, not the server's.
    pub complete: bool,
    /// From which UID on messages are arrivals: what was there when the folder was first opened is none.
    pub arrivals: Option<Uid>,
}

/// What [`Writer::put_messages`] did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PutReport {
    /// Messages that were not known before.
    pub new: u32,
    /// Unread ones among them.
    pub new_unread: u32,
    /// Their local numbers, in the order in which they were given.
    pub ids: Vec<MessageId>,
}

/// What waits in the queue for a message, laid over what the server last said. The default lays nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    /// Which message.
    pub message: MessageId,
    /// The folder in which it is shown instead of the server's.
    pub folder: Option<FolderId>,
    /// Whether it is shown nowhere.
    pub gone: bool,
    /// Flags that are set and cleared over the server's.
    pub flags: FlagChange,
    /// Whether its row says that an action waits.
    pub pending: bool,
}

impl Overlay {
    /// An overlay that lays nothing: takes away what was there.
    pub fn none(message: MessageId) -> Self {
        Self { message, folder: None, gone: false, flags: FlagChange::default(), pending: false }
    }
}

/// What was seen in a body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digest {
    /// Its first words, for the list.
    pub snippet: String,
    /// Whether it has attachments.
    pub attachments: bool,
    /// What the index takes of it.
    pub text: index::Text,
}

/// A body that came from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Whose it is.
    pub message: MessageId,
    /// The message, or its first part.
    pub bytes: Vec<u8>,
    /// Whether that is all of it.
    pub whole: bool,
    /// What was seen in it.
    pub digest: Digest,
}

/// A body in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The message as the server sent it, header included, from its first byte on.
    pub bytes: Vec<u8>,
    /// Whether that is all of it.
    pub whole: bool,
}

/// A folder with what commands need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderInfo {
    /// As the pane shows it.
    pub row: FolderRow,
    /// The name on the wire.
    pub raw: String,
    /// The hierarchy delimiter, if the server has one.
    pub delimiter: Option<char>,
}

/// Everything about a message but its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// As a list shows it, the queue laid over.
    pub row: MessageRow,
    /// Its header as stored; not sanitised.
    pub envelope: Envelope,
    /// Its UID in `folder`; `None` after a move whose new UID nobody told.
    pub uid: Option<Uid>,
    /// The folder it is in on the server.
    pub folder: FolderId,
    /// Its flags on the server.
    pub server_flags: Flags,
    /// UIDVALIDITY of `folder`, if that was ever opened.
    pub uid_validity: Option<UidValidity>,
}

#[cfg(test)]
mod tests;
