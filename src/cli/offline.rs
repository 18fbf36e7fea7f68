//! Changes without a network: appended to the journal, laid over the cache, sent by whoever connects next.

use std::collections::BTreeSet;

use super::Failure;
use super::engine::{Engine, Error, Outcome, Report, State};
use crate::config::paths::Paths;
use crate::dir_lock::Access;
use crate::journal::{Error as JournalError, Journal, NewOp, NewStep, Step, StepState, Verb};
use crate::mail::flags::{Flag, FlagChange, Flags};
use crate::mail::folder::Role;
use crate::mail::message::{MessageRow, ServerPlace};
use crate::mail::{FolderId, MessageId, UnixTime};
use crate::protocol::{Action, OpId};
use crate::safe_text::SafeText;
use crate::store::{Cache, Error as StoreError, Overlay, Writer};

/// The journal and the cache, owned by this process.
pub(super) struct Offline {
    journal: Journal,
    writer: Writer,
    generation: i64,
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<JournalError> for Error {
    fn from(error: JournalError) -> Self {
        failed(&error.to_string())
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        failed(&error.to_string())
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
        let cache = Cache::open(&paths.cache, Access::Owner)?;
        let journal = Journal::open(&paths.data, Access::Owner)?;
        Ok(Self { journal, writer: cache.writer()?, generation: cache.generation() })
    }

    /// What must be done to this message, `None` when it is so already.
    fn verb(&self, action: &Action, row: &MessageRow) -> Result<Option<Verb>, Error> {
        let to = match action {
            Action::Flag(change) => {
                let changes = row.flags.clone().with(change) != row.flags;
                return Ok(changes.then(|| Verb::Flag(change.clone())));
            }
            Action::Move(folder) => *folder,
            Action::Archive => self.role_folder(row, Role::Archive)?,
            Action::Trash => self.role_folder(row, Role::Trash)?,
            Action::Copy(_)
            | Action::Junk
            | Action::NotJunk
            | Action::DeleteForever
            | Action::CreateFolder { .. }
            | Action::RenameFolder { .. }
            | Action::DeleteFolder { .. } => return Err(failed("this cannot be asked for on the command line")),
        };
        if to == row.folder {
            return Ok(None);
        }
        let info = self.writer.reader().folder(to)?.ok_or_else(|| failed("the folder is gone"))?;
        if info.row.account != row.account {
            return Err(failed("a message can be moved within its own account alone"));
        }
        Ok(Some(Verb::Move { to: info.raw }))
    }

    fn role_folder(&self, row: &MessageRow, role: Role) -> Result<FolderId, Error> {
        self.writer.reader().folder_by_role(row.account, role)?.ok_or_else(|| {
            let role = role.as_str();
            failed(&format!("the account has no {role} folder: name one in its [folders] section, as {role} = \"…\""))
        })
    }

    fn steps(&self, action: &Action, messages: &[MessageId]) -> Result<Vec<NewStep>, Error> {
        let mut steps = Vec::new();
        for (message, place, _, _) in self.writer.reader().places(messages)? {
            let Some(row) = self.writer.reader().row(message)? else { continue };
            let Some(verb) = self.verb(action, &row)? else { continue };
            steps.push(self.step(message, verb, place, row.flags));
        }
        if steps.is_empty() {
            return Err(failed("there is nothing to do: it is so already"));
        }
        Ok(steps)
    }

    fn step(&self, message: MessageId, verb: Verb, place: ServerPlace, prior: Flags) -> NewStep {
        NewStep {
            account: place.account.clone(),
            verb,
            local: Some(message),
            generation: self.generation,
            place: Some(place),
            prior,
        }
    }

    /// Into the journal first, on disk; then over the cache.
    fn append(&mut self, summary: String, undo_of: Option<OpId>, steps: Vec<NewStep>) -> Result<Outcome, Error> {
        let messages = steps.iter().filter_map(|step| step.local).collect();
        let op = self.journal.next_op()?;
        let created = UnixTime(jiff::Timestamp::now().as_second());
        let outcome = Outcome { op, summary: SafeText::new(&summary), state: State::Queued };
        self.journal.append(&NewOp { op, created, summary, undo_of, undoable: undo_of.is_none(), steps })?;
        self.lay(&messages)?;
        Ok(outcome)
    }

    /// Lays what waits for these messages over the cache, anew.
    fn lay(&mut self, messages: &BTreeSet<MessageId>) -> Result<(), Error> {
        let pending = self.journal.all_pending()?;
        let mut overlays = Vec::new();
        for message in messages {
            let Some(row) = self.writer.reader().row(*message)? else { continue };
            let mine = pending.iter().filter(|step| step.local == Some(*message) && step.generation == self.generation);
            let laid = laid(mine);
            let folder = match &laid.to {
                Some(raw) => self.writer.reader().folder_by_raw(row.account, raw)?,
                None => None,
            };
            let Laid { flags, pending, .. } = laid;
            overlays.push(Overlay { message: *message, folder, gone: false, flags, pending });
        }
        self.writer.set_overlay(&overlays)?;
        Ok(())
    }
}

impl Engine for Offline {
    fn apply(&mut self, action: Action, messages: Vec<MessageId>) -> Result<Outcome, Error> {
        let steps = self.steps(&action, &messages)?;
        let summary = summary(&action, steps.len());
        self.append(summary, None, steps)
    }

    fn undo(&mut self, op: OpId) -> Result<Outcome, Error> {
        let Some((row, steps)) = self.journal.op(op)? else {
            return Err(failed(&format!("there is no change {}", op.0)));
        };
        if steps.iter().any(|step| step.state == StepState::Sending) {
            return Err(failed("this change may have reached the server: take it back without --offline"));
        }
        let back: Vec<NewStep> =
            steps.iter().filter(|step| step.state == StepState::Done).filter_map(inverse).collect();
        let dropped = self.journal.drop_op(op)?;
        if dropped.is_empty() && back.is_empty() {
            return Err(failed(&format!("there is nothing left to take back of change {}", op.0)));
        }
        let summary = format!("Undo: {}", row.summary);
        let outcome = if back.is_empty() {
            Outcome { op, summary: SafeText::new(&summary), state: State::Done }
        } else {
            self.append(summary, Some(op), back)?
        };
        self.journal.mark_undone(op)?;
        self.lay(&dropped.iter().filter_map(|step| step.local).collect())?;
        Ok(outcome)
    }

    fn sync(&mut self, _: Option<&str>) -> Result<Report, Error> {
        Err(failed("sync needs the network: leave --offline out"))
    }

    fn fetch(&mut self, _: MessageId) -> Result<(), Error> {
        Err(Error::Unreachable(SafeText::new("fetching a message needs the network: leave --offline out")))
    }
}

/// What waits for one message.
#[derive(Debug, Default, PartialEq, Eq)]
struct Laid {
    to: Option<String>,
    flags: FlagChange,
    pending: bool,
}

/// The steps of one message, oldest first, as one change.
fn laid<'s>(steps: impl Iterator<Item = &'s Step>) -> Laid {
    let mut laid = Laid::default();
    for step in steps {
        laid.pending = true;
        match &step.verb {
            Verb::Flag(change) => {
                turn(&mut laid.flags.add, &mut laid.flags.remove, &change.add);
                turn(&mut laid.flags.remove, &mut laid.flags.add, &change.remove);
            }
            Verb::Move { to } => laid.to = Some(to.clone()),
            Verb::Copy { .. }
            | Verb::Delete
            | Verb::CreateFolder { .. }
            | Verb::RenameFolder { .. }
            | Verb::DeleteFolder { .. } => {}
        }
    }
    laid
}

/// Puts flags on one side of a change and takes them from the other.
fn turn(on: &mut Vec<Flag>, off: &mut Vec<Flag>, flags: &[Flag]) {
    off.retain(|flag| !flags.contains(flag));
    for flag in flags {
        if !on.contains(flag) {
            on.push(flag.clone());
        }
    }
}

/// What takes a step back that the server has done; `None` when nothing can.
fn inverse(step: &Step) -> Option<NewStep> {
    let place = step.place.as_ref()?;
    let (verb, place) = match &step.verb {
        Verb::Flag(change) => {
            let add = change.remove.iter().filter(|flag| step.prior.has(flag)).cloned().collect();
            let remove = change.add.iter().filter(|flag| !step.prior.has(flag)).cloned().collect();
            (Verb::Flag(FlagChange { add, remove }), step.result.clone().unwrap_or_else(|| place.clone()))
        }
        Verb::Move { to } => {
            // Nobody told the new UID: the message is searched by its Message-ID.
            let moved = || ServerPlace { folder: to.clone(), uid: None, ..place.clone() };
            (Verb::Move { to: place.folder.clone() }, step.result.clone().unwrap_or_else(moved))
        }
        Verb::Copy { .. }
        | Verb::Delete
        | Verb::CreateFolder { .. }
        | Verb::RenameFolder { .. }
        | Verb::DeleteFolder { .. } => return None,
    };
    Some(NewStep {
        account: place.account.clone(),
        verb,
        local: step.local,
        generation: step.generation,
        place: Some(place),
        prior: step.prior.clone(),
    })
}

/// "Archive 3 messages".
fn summary(action: &Action, count: usize) -> String {
    let what = if count == 1 { "1 message".to_owned() } else { format!("{count} messages") };
    match action {
        Action::Flag(change) => {
            let set = change.add.iter().map(|flag| format!("+{flag}"));
            let cleared = change.remove.iter().map(|flag| format!("-{flag}"));
            format!("Flag {what}: {}", set.chain(cleared).collect::<Vec<_>>().join(" "))
        }
        Action::Move(_) => format!("Move {what}"),
        Action::Archive => format!("Archive {what}"),
        Action::Trash => format!("Delete {what}"),
        Action::Copy(_)
        | Action::Junk
        | Action::NotJunk
        | Action::DeleteForever
        | Action::CreateFolder { .. }
        | Action::RenameFolder { .. }
        | Action::DeleteFolder { .. } => format!("Change {what}"),
    }
}

#[cfg(test)]
mod tests;
