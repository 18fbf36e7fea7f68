//! What the commands need of the sync engine, as a trait: the program plugs the real one in, tests a small one.

use std::sync::Arc;

use crate::mail::MessageId;
use crate::protocol::{Action, OpId, ServerSearch};
use crate::query::Query;
use crate::safe_text::SafeText;

use crate::config::Config;
use crate::config::paths::Paths;

/// Does what the user asked for, on the server, before it returns.
pub trait Engine {
    /// Queues this action and sends it.
    ///
    /// # Errors
    /// When it could not even be queued. A server that refuses or cannot be reached is no error: see [`Outcome`].
    fn apply(&mut self, action: Action, messages: Vec<MessageId>) -> Result<Outcome, Error>;

    /// Takes this operation back, whether or not the server has done it yet.
    ///
    /// # Errors
    /// When that could not even be queued.
    fn undo(&mut self, op: OpId) -> Result<Outcome, Error>;

    /// Hands a mail over that is in the journal, and waits for its copy in Sent as long as the server answers.
    ///
    /// # Errors
    /// When cache or journal cannot be opened. A server that refuses or cannot be reached is no error: see [`Outcome`].
    fn deliver(&mut self, op: OpId) -> Result<Outcome, Error>;

    /// Brings cache and server together, the queue included: one account, or all. Each is told as it ends, and once more if
    /// something came of it after that.
    ///
    /// # Errors
    /// When the cache or the journal cannot be opened; what goes wrong with one account stands in the report.
    fn sync(&mut self, account: Option<&str>, tell: &mut dyn FnMut(&AccountReport)) -> Result<Report, Error>;

    /// Puts what was stored into the search index, so that the next search does not have to read it.
    ///
    /// # Errors
    /// When the cache cannot be opened or written.
    fn index(&mut self) -> Result<(), Error>;

    /// Asks the servers for what the cache cannot answer of this query; what they find is in the cache then.
    ///
    /// # Errors
    /// When the cache or the journal cannot be opened. A server that cannot be reached is none: see [`Searched`].
    fn search(&mut self, query: Arc<Query>) -> Result<Searched, Error>;

    /// Fetches the whole body of a message into the cache.
    ///
    /// # Errors
    /// Why it is not there now.
    fn fetch(&mut self, message: MessageId) -> Result<(), Error>;
}

/// Makes the engine when a command needs it: `--offline` never does.
pub type Factory<'f> = dyn Fn(&Config, &Paths) -> Result<Box<dyn Engine>, Error> + 'f;

/// What the servers found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Searched {
    /// The messages.
    pub hits: Vec<MessageId>,
    /// How the search on each account's server ended, in the order of the config.
    pub accounts: Vec<(String, ServerSearch)>,
}

/// What is said where another process owns the files, and what was asked for is to be done there or later.
pub fn open_elsewhere(pid: Option<u32>) -> SafeText {
    let who = pid.map_or_else(String::new, |pid| format!(" (process {pid})"));
    SafeText::new(&format!("posthaste is open{who}: do it there, or try again when it has ended; nothing was changed"))
}

/// What is said of a mail that a server has all of, and says nothing to.
pub const NO_ANSWER: &str = "the server has not said what became of it";

/// What became of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its number, for `undo`.
    pub op: OpId,
    /// "Archived 3 messages".
    pub summary: SafeText,
    /// How it stands.
    pub state: State,
}

/// How an operation stands when the command ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// The server has done it.
    Done,
    /// It was so before: nothing was done.
    Needless,
    /// It is in the journal; nothing was tried (`--offline`).
    Queued,
    /// It is in the journal; the server could not be reached.
    Unreachable {
        /// Why not.
        reason: SafeText,
    },
    /// The server refused it. It stays in the journal until it is tried again or discarded.
    Refused {
        /// The server's words.
        reason: SafeText,
    },
    /// Nobody knows whether it was done. It is not tried again by itself.
    Unknown {
        /// What happened.
        reason: SafeText,
    },
}

/// What a sync did, account by account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// One for each account that was asked for, in the order of the config.
    pub accounts: Vec<AccountReport>,
}

/// What a sync did with one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountReport {
    /// Its name in the config.
    pub account: String,
    /// How it ended.
    pub end: End,
    /// Messages that were new.
    pub new: u64,
    /// Operations that the server has done.
    pub sent: u64,
    /// Operations that still wait.
    pub queued: u64,
    /// Operations that the server refused.
    pub refused: u64,
}

/// How the sync of an account ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Cache and server agree.
    InStep,
    /// The server could not be reached, or went away in between.
    Unreachable {
        /// Why.
        reason: SafeText,
    },
    /// Something that the user must see to: a refused sign-in, a certificate.
    Failed {
        /// What.
        reason: SafeText,
    },
}

/// Why the engine could not work at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The server could not be reached and nothing could be queued (a body that is not in the cache).
    #[error("{0}")]
    Unreachable(SafeText),
    /// Anything else: another process holds the files, no such message, a full disk.
    #[error("{0}")]
    Failed(SafeText),
}
