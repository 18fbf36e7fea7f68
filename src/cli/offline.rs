//! Changes without a network: appended to the journal, laid over the cache, sent by whoever connects next.
//!
//! What a change comes to is decided where the screen's changes are decided, in `sync::apply`.

use std::sync::Arc;

use super::Failure;
use super::engine::{AccountReport, Engine, Error, Outcome, Report, Searched, State, open_elsewhere};
use crate::config::paths::Paths;
use crate::dir_lock::Access;
use crate::journal::{Error as JournalError, Journal};
use crate::mail::MessageId;
use crate::protocol::{Action, OpId};
use crate::query::Query;
use crate::safe_text::SafeText;
use crate::store::{Cache, Error as StoreError};
use crate::sync::apply;
use crate::sync::desk::Files;
use crate::sync::staff::enrol;

/// The journal and the cache, owned by this process.
pub(super) struct Offline {
    files: Files,
    generation: i64,
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        Error::from(error).into()
    }
}

impl From<JournalError> for Error {
    fn from(error: JournalError) -> Self {
        if let JournalError::Locked { pid } = error {
            return Self::Unreachable(open_elsewhere(pid));
        }
        failed(&error.to_string())
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        if let StoreError::Locked { pid } = error {
            return Self::Unreachable(open_elsewhere(pid));
        }
        failed(&error.to_string())
    }
}

impl From<apply::Refusal> for Error {
    fn from(refusal: apply::Refusal) -> Self {
        failed(&refusal.to_string())
    }
}

fn failed(text: &str) -> Error {
    Error::Failed(SafeText::new(text))
}

/// The newest change that can still be taken back.
pub(super) fn last_undoable(paths: &Paths) -> Result<OpId, Failure> {
    let nothing = || Failure::Failed("there is no change to take back".to_owned());
    if !paths.data.join("journal.db").exists() {
        return Err(nothing());
    }
    Journal::open(&paths.data, Access::ReadOnly)?.last_undoable()?.ok_or_else(nothing)
}

impl Offline {
    /// Opens both.
    ///
    /// # Errors
    /// When another process (a running screen) holds them: the change is to be made there.
    pub(super) fn open(paths: &Paths) -> Result<Self, Failure> {
        paths.create()?;
        // The queue first: where a newer program wrote it, nothing may be touched, the cache neither (RL59).
        let journal = Journal::open(&paths.data, Access::Owner)?;
        let cache = Cache::open(&paths.cache, Access::Owner)?;
        let generation = cache.generation();
        Ok(Self { files: Files { cache: cache.writer()?, journal }, generation })
    }

    /// Opens both for these accounts, which need not be in the cache yet. `None`: another process holds them.
    pub(super) fn try_open(paths: &Paths, accounts: &[String]) -> Result<Option<Self>, Failure> {
        paths.create()?;
        let journal = match Journal::open(&paths.data, Access::Owner) {
            Err(JournalError::Locked { .. }) => return Ok(None),
            other => other?,
        };
        let cache = match Cache::open(&paths.cache, Access::Owner) {
            Err(StoreError::Locked { .. }) => return Ok(None),
            other => other?,
        };
        let generation = cache.generation();
        let mut files = Files { cache: cache.writer()?, journal };
        enrol(&mut files, accounts).map_err(|trouble| Failure::Failed(trouble.to_string()))?;
        Ok(Some(Self { files, generation }))
    }

    /// Files, and the number of the cache, for what is done to mails on their way.
    pub(super) fn parts(&mut self) -> (&mut Files, i64) {
        (&mut self.files, self.generation)
    }
}

impl Engine for Offline {
    fn apply(&mut self, action: Action, messages: Vec<MessageId>) -> Result<Outcome, Error> {
        let op = self.files.journal.next_op()?;
        let applied = apply::apply(&mut self.files, self.generation, op, &action, &messages)?;
        Ok(Outcome { op, summary: SafeText::new(&applied.summary), state: State::Queued })
    }

    fn undo(&mut self, op: OpId) -> Result<Outcome, Error> {
        let applied = apply::back::undo(&mut self.files, self.generation, op)?;
        // What had been sent has to be done the other way round, and that waits for the server.
        let waits = self.files.journal.op(apply::back::undo_number(op))?.is_some();
        let state = if waits { State::Queued } else { State::Done };
        Ok(Outcome { op, summary: SafeText::new(&applied.summary), state })
    }

    fn deliver(&mut self, _: OpId) -> Result<Outcome, Error> {
        Err(Error::Unreachable(SafeText::new("sending needs the network: leave --offline out")))
    }

    fn sync(&mut self, _: Option<&str>, _: &mut dyn FnMut(&AccountReport)) -> Result<Report, Error> {
        Err(failed("sync needs the network: leave --offline out"))
    }

    fn index(&mut self) -> Result<(), Error> {
        while self.files.cache.index_headers(1_000).map_err(|error| failed(&error.to_string()))?.more {}
        Ok(())
    }

    fn search(&mut self, _: Arc<Query>) -> Result<Searched, Error> {
        Ok(Searched::default())
    }

    fn fetch(&mut self, _: MessageId) -> Result<(), Error> {
        Err(Error::Unreachable(SafeText::new("fetching a message needs the network: leave --offline out")))
    }
}

#[cfg(test)]
mod tests;
