//! The durable queue of what the user did, in its own SQLite file with synchronous=FULL.
//!
//! Every function that writes has its change on the disk before it returns (P3). An operation is a set of steps, one a
//! message or folder; it ends when its last step does, and its end is reported once. The file lies in the data directory
//! and is never thrown away: one that cannot be read is kept beside a new one that holds all that could be saved. No
//! network and no cache here: sync turns steps into commands.

use std::cell::Cell;
use std::time::Duration;

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::dir_lock::{DirLock, Still};
use crate::letter::{DraftCopy, LetterId, Relation};
use crate::mail::flags::{FlagChange, Flags};
use crate::mail::message::ServerPlace;
use crate::mail::rule::Rule;
use crate::mail::{MessageId, Uid, UidValidity, UnixTime};
use crate::protocol::{OpId, OpState, Origin};

mod account;
mod clicks;
mod drafts;
mod file;
pub mod gone;
mod letters;
mod ops;
mod salvage;
mod steps;
mod sum;
mod verb;

/// Whether a process owns the journal or only reads it.
pub type Access = crate::dir_lock::Access;

/// What can go wrong with the journal. `task` says what was being done, for people.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite failed.
    #[error("The queue failed to {task}: {source}")]
    Sqlite {
        /// What was being done.
        task: &'static str,
        /// SQLite's words.
        source: rusqlite::Error,
    },
    /// The file is damaged; the next `Journal::open` by an owner saves what can be read.
    #[error("The queue's file is damaged, found when it was asked to {task}")]
    Damaged {
        /// What was being done.
        task: &'static str,
    },
    /// No space left on the disk; nothing of the task was written, and it works again when there is space.
    #[error("The disk is full: the queue could not {task}")]
    Full {
        /// What was being done.
        task: &'static str,
    },
    /// Another process owns the journal.
    #[error("The queue is in use by {}", process(*pid))]
    Locked {
        /// Which, if it is known.
        pid: Option<u32>,
    },
    /// The file was written by a newer program. It was not touched.
    #[error("The queue was written by a newer posthaste (schema {found}, this one knows {known}): update posthaste")]
    NewerSchema {
        /// The file's version.
        found: i64,
        /// This program's version.
        known: i64,
    },
    /// The operation is there already.
    #[error("The operation {} is in the queue already", op.0)]
    OpExists {
        /// Which.
        op: OpId,
    },
    /// A change was asked of a journal that was opened to be read.
    #[error("The queue was opened to be read only")]
    ReadOnly,
    /// The file system failed.
    #[error("Could not {task} in {}: {source}", path.display())]
    Io {
        /// What was being done.
        task: &'static str,
        /// Where.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

fn process(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

/// What the functions of the journal return.
pub type Result<T> = std::result::Result<T, Error>;

/// The queue. One connection; `Send`, not `Sync`.
#[derive(Debug)]
pub struct Journal {
    connection: Connection,
    access: Access,
    /// How long a change waits while another process holds the file.
    patience: Cell<Duration>,
    salvage: Option<Salvage>,
    dir: std::path::PathBuf,
    _lock: Option<DirLock>,
    /// What keeps the file as it is, where it is read without SQLite's own locks.
    _still: Option<Still>,
}

/// What was saved from a damaged file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Salvage {
    /// Operations that could be read.
    pub ops: u32,
    /// Steps that could be read.
    pub steps: u32,
}

/// The number of a step: unique for the life of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepId(pub i64);

/// What a step does to its message or folder. Names are raw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// Set and clear flags.
    Flag(FlagChange),
    /// Move to this folder.
    Move {
        /// Raw name.
        to: String,
    },
    /// Copy to this folder.
    Copy {
        /// Raw name.
        to: String,
    },
    /// Add a mail to this folder, as a draft. Nothing queues it any more: journals of older versions hold it.
    Append {
        /// Raw name.
        to: String,
        /// Its Message-ID, without angle brackets: one that was added already is known by it.
        message_id: String,
        /// The mail, with CRLF.
        mail: String,
    },
    /// Hand a mail over to everybody whom it is for. The connections of IMAP pass over it: it has a task of its own.
    Send(Box<Outgoing>),
    /// Add the user's copy of a mail that was sent to this folder.
    Keep {
        /// Raw name.
        to: String,
        /// The Message-ID that stands in it, without angle brackets.
        message_id: String,
        /// The file that holds it, below the data directory.
        file: String,
        /// The letter that it was made of: discarded when the copy is there.
        letter: LetterId,
        /// Its Message-ID is another mail's, which may be there as well: it was sent again as it is.
        resent: bool,
    },
    /// Have a letter in Drafts as it is in a file, and none of the copies before it.
    Draft(Box<Drafting>),
    /// Have no copy of a letter in Drafts any more.
    Undraft(Box<Undrafting>),
    /// Tell a server by a POST that the user wants no more of a mailing (RFC 8058). The connections of IMAP pass over it.
    Click(Click),
    /// A rule that was made with the rest of the operation: done as soon as it is written down, and taken back with it.
    /// The connections of IMAP never see it.
    Rule(Box<Rule>),
    /// Remove for ever.
    Delete,
    /// Create a folder.
    CreateFolder {
        /// Raw name.
        raw: String,
    },
    /// Rename a folder.
    RenameFolder {
        /// Raw name now.
        from: String,
        /// Raw name afterwards.
        to: String,
    },
    /// Delete a folder.
    DeleteFolder {
        /// Raw name.
        raw: String,
    },
}

/// A mail that waits to be sent: its bytes are frozen in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// The letter that it was made of.
    pub letter: LetterId,
    /// The Message-ID that stands in it, without angle brackets.
    pub message_id: String,
    /// MAIL FROM.
    pub from: String,
    /// RCPT TO.
    pub to: Vec<String>,
    /// The file that holds the user's own copy, below the data directory: Bcc, and then what goes over the wire.
    pub file: String,
    /// Bytes of that file which do not go over the wire.
    pub skip: u64,
    /// Not before this time, in seconds since 1970; after a try that failed: the time of the next.
    pub at: i64,
    /// The last try came to no answer of the server: it need not be waited for longer than the server is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unreached: bool,
    /// It was sent again as it is, with another mail's Message-ID.
    #[serde(default)]
    pub resent: bool,
    /// What it is to messages of the cache of the step's generation.
    #[serde(default)]
    pub kin: Vec<(i64, Relation)>,
}

/// A click that leaves a mailing (RFC 8058). It does no harm twice, so one whose answer was lost is made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Click {
    /// The https link that is posted to.
    pub url: String,
    /// Not before this time, in seconds since 1970; after a try that failed: the time of the next.
    pub at: i64,
}

/// A letter that is to lie in Drafts: its bytes are frozen in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drafting {
    /// Which.
    pub letter: LetterId,
    /// The raw name of Drafts.
    pub to: String,
    /// The Message-ID that stands in it, without angle brackets: in every copy the same.
    pub message_id: String,
    /// What stands in every copy that this device wrote of it; the revision follows.
    pub stem: String,
    /// Which revision it is.
    pub revision: u64,
    /// The file that holds it, below the data directory.
    pub file: String,
    /// Which state of the letter it is.
    pub holds: u64,
    /// It is not encrypted.
    pub clear: bool,
    /// When the letter was so, in seconds since 1970.
    pub at: i64,
}

impl Drafting {
    /// What stands in this copy.
    pub fn mark(&self) -> String {
        format!("{}{}", self.stem, self.revision)
    }
}

/// A letter of which no copy is to lie in Drafts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undrafting {
    /// Which.
    pub letter: LetterId,
    /// The raw name of Drafts; empty: there is none.
    pub from: String,
    /// The Message-ID that stands in its copies.
    pub message_id: String,
    /// What stands in every copy that this device wrote of it.
    pub stem: String,
    /// The copies that were known when this was asked for.
    pub copies: Vec<DraftCopy>,
}

/// How a mail stands that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posting {
    /// Waits for its time; after a try that failed with why it did.
    Waits {
        /// What came of the last try, raw.
        why: Option<String>,
    },
    /// It is being handed over; nothing of it can have been taken yet.
    Begun,
    /// The end of it may have gone out, and the answer is not known yet.
    Ending,
    /// It may have been sent: the answer to its end was lost (SN04). Waits for the user.
    Unknown {
        /// What came in place of an answer, raw.
        why: String,
        /// Whether it was looked for among what was sent, and not found.
        looked: bool,
    },
    /// It was not sent and will not be by itself. Waits for the user.
    Refused {
        /// Why, in the server's words where it spoke, raw.
        why: String,
    },
    /// It was sent; what the server said, raw.
    Sent {
        /// The server's last word.
        said: String,
    },
    /// It was called back, or given up.
    CalledBack,
}

/// A mail that is to be sent, was, or was not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The step, and what tells this try from others.
    pub step: StepId,
    /// The operation.
    pub op: OpId,
    /// The account's name in the config.
    pub account: String,
    /// The mail.
    pub mail: Outgoing,
    /// The number of the cache that its kin are of.
    pub generation: i64,
    /// How it stands.
    pub posting: Posting,
    /// How often it was tried.
    pub tries: u32,
}

/// A click that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingClick {
    /// The step.
    pub step: StepId,
    /// The operation.
    pub op: OpId,
    /// The click.
    pub click: Click,
    /// How often it was tried.
    pub tries: u32,
}

/// A try to send a mail: an earlier one of the same mail can do nothing any more (SN09).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Try {
    /// The step.
    pub step: StepId,
    /// Which try it is.
    pub number: u32,
}

/// An operation to be queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOp {
    /// Its number, from [`Journal::next_op`].
    pub op: OpId,
    /// When the user asked for it.
    pub created: UnixTime,
    /// "Archive 3 messages".
    pub summary: String,
    /// The operation that this one takes back.
    pub undo_of: Option<OpId>,
    /// The operation that was taken back and is done once more by this one.
    pub redo_of: Option<OpId>,
    /// Whether it can be taken back.
    pub undoable: bool,
    /// Who asked for it.
    pub origin: Origin,
    /// What is to be done, in this order.
    pub steps: Vec<NewStep>,
}

/// A step to be queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStep {
    /// The account's name in the config.
    pub account: String,
    /// What to do.
    pub verb: Verb,
    /// The message's local number; means something only in the cache of this `generation`.
    pub local: Option<MessageId>,
    /// [`crate::mail`] ids are of the cache with this number.
    pub generation: i64,
    /// Where the message is on the server; its account is the step's.
    pub place: Option<ServerPlace>,
    /// Its flags on the server before, for undo.
    pub prior: Flags,
}

/// A step in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its number.
    pub id: StepId,
    /// The operation it belongs to.
    pub op: OpId,
    /// Its place in the operation, from 0.
    pub seq: u32,
    /// The account's name in the config.
    pub account: String,
    /// What to do.
    pub verb: Verb,
    /// The message's local number in the cache of this `generation`.
    pub local: Option<MessageId>,
    /// The number of the cache that `local` is of.
    pub generation: i64,
    /// Where the message is on the server, as far as is known now.
    pub place: Option<ServerPlace>,
    /// Its flags on the server before.
    pub prior: Flags,
    /// How it stands.
    pub state: StepState,
    /// How often it has been sent.
    pub attempts: u32,
    /// What was known when it was sent the last time.
    pub sent: Option<SentMark>,
    /// Where the message was afterwards.
    pub result: Option<ServerPlace>,
}

/// How a step stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepState {
    /// Waits.
    Queued,
    /// A command with it has been sent, or was about to be, and the answer is not known.
    Sending,
    /// Done on the server.
    Done,
    /// The message does not exist any more: counts as done.
    Gone,
    /// Refused.
    Failed {
        /// Why, in the server's words where it spoke; not sanitised.
        reason: String,
    },
    /// Taken back before it was sent, or given up.
    Dropped,
}

/// What is written before a command goes out, so that after a cut it can be found out whether it was done (RELIABILITY,
/// "The move, in detail").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SentMark {
    /// UIDNEXT of the destination before: a copy of ours has this UID or a higher one.
    pub to_uid_next: Option<Uid>,
    /// UIDVALIDITY of the destination that goes with it.
    pub to_uid_validity: Option<UidValidity>,
    /// 0: the move or STORE itself. 1: copied. 2: the original was marked deleted.
    pub phase: u8,
}

/// A later operation that keeps an earlier one from being taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Later {
    /// Its words.
    pub summary: String,
    /// Whether it can be taken back itself, so that the earlier one can be then.
    pub undoable: bool,
}

/// The end of an operation: every step is done, gone, failed or dropped. Told once; an operation that is queued again
/// ends again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Which.
    pub op: OpId,
    /// `Done`: no step failed. `Failed`: at least one did. `Dropped`: it was given up.
    pub state: OpState,
}

#[cfg(test)]
mod tests;
