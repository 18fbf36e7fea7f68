//! The books: how steps ended, written into journal, cache and overlay in one job, and told to the screen.
//!
//! What a batch came to may be owed while the server already does the next one: until it is written down its steps count
//! as on their way, as if the connection had been lost at that moment, which is always mended (RL23).

use std::collections::{BTreeMap, BTreeSet, HashSet};

use tokio::sync::oneshot;

use super::End;
use crate::journal::{Step, StepId, StepState, Verb};
use crate::mail::message::ServerPlace;
use crate::mail::{AccountId, FolderId, MessageId};
use crate::protocol::{Event, OpId, OpState};
use crate::safe_text::SafeText;
use crate::sync::account::Trouble;
use crate::sync::desk::{Files, Gone, Urgency};
use crate::sync::lay::{lay_some, local};
use crate::sync::plan::batch::place;
use crate::sync::worker::Worker;

/// What is being written down while something else is done.
pub(super) struct Paying(Option<oneshot::Receiver<Result<Outcome, Trouble>>>);

impl Worker {
    /// Writes down how steps ended: journal, cache, overlay, in one job; then tells the screen.
    pub(super) async fn settle(&mut self, ends: Vec<(Step, End)>) -> Result<(), Trouble> {
        if ends.is_empty() {
            return Ok(());
        }
        let gone = ends.iter().filter(|(_, end)| matches!(end, End::Gone)).count();
        let refused = if self.denied > 0 { refused_folders(&ends) } else { BTreeSet::new() };
        let outcome = self.account.on_desk(Urgency::Now, self.booking(ends)).await?;
        if gone > 0 {
            let text = match gone {
                1 => "a message was already gone from the server".to_owned(),
                n => format!("{n} messages were already gone from the server"),
            };
            self.account.activity(&text);
        }
        self.tell(outcome);
        if !refused.is_empty() {
            self.denied = 0;
            self.ask_rights(&refused).await?;
        }
        Ok(())
    }

    /// Notes what a batch came to without writing it down yet: [`Worker::pay`].
    pub(super) fn owe(&mut self, ends: Vec<(Step, End)>) {
        self.owed.extend(ends);
    }

    /// Begins to write down what is owed.
    pub(super) fn pay(&mut self) -> Paying {
        let ends = std::mem::take(&mut self.owed);
        if ends.is_empty() {
            return Paying(None);
        }
        let job = self.booking(ends);
        Paying(Some(self.account.desk.begin(Urgency::Now, job)))
    }

    /// Waits until it is written down, and tells the screen.
    pub(super) async fn paid(&mut self, paying: Paying) -> Result<(), Trouble> {
        let Some(written) = paying.0 else { return Ok(()) };
        let outcome = written.await.map_err(|_| Gone)??;
        self.tell(outcome);
        Ok(())
    }

    /// Whether this batch may go out before what is owed is written down: it does the same to other messages of the same
    /// folder, and none of it went out before.
    pub(super) fn may_overtake(&self, batch: &[Step]) -> bool {
        let (Some(first), Some((owed, _))) = (batch.first(), self.owed.first()) else { return false };
        let same = matches!(first.verb, Verb::Move { .. }) && first.verb == owed.verb && place(first) == place(owed);
        let fresh = |step: &Step| step.state == StepState::Queued && step.sent.is_none();
        let uid = |step: &Step| step.place.as_ref().and_then(|place| place.uid);
        let taken: HashSet<_> = self.owed.iter().map(|(step, _)| uid(step)).collect();
        same && batch.iter().all(|step| fresh(step) && uid(step).is_some() && !taken.contains(&uid(step)))
    }

    /// The job that writes down how these ended.
    fn booking(&self, ends: Vec<(Step, End)>) -> impl FnOnce(&mut Files) -> Result<Outcome, Trouble> + Send + use<> {
        let (id, name, generation) = (self.account.id, self.account.config.name.clone(), self.generation);
        move |files| write_down(files, (id, &name), generation, ends)
    }

    fn tell(&self, outcome: Outcome) {
        for folder in outcome.folders {
            self.account.folder_changed(folder);
        }
        for (op, words) in outcome.gone {
            self.account.outlet.send(Event::OpGone { op, words: SafeText::new(&words) });
        }
        for op in outcome.done {
            self.account.outlet.send(Event::OpDone(op));
        }
        for (op, reason) in outcome.failed {
            self.account.outlet.send(Event::OpFailed { op, reason: SafeText::new(&reason), kept: true });
        }
    }
}

/// What [`write_down`] changed.
pub(super) struct Outcome {
    folders: BTreeSet<FolderId>,
    /// Operations that found fewer messages than were meant, in words.
    gone: Vec<(OpId, String)>,
    done: Vec<OpId>,
    failed: Vec<(OpId, String)>,
}

/// The books: the message's new place in the cache and in every later step, the step's end, the overlay without it.
fn write_down(
    files: &mut Files,
    account: (AccountId, &str),
    generation: i64,
    ends: Vec<(Step, End)>,
) -> Result<Outcome, Trouble> {
    let mut touched = BTreeSet::new();
    let mut folders = BTreeSet::new();
    let mut done: Vec<(StepId, Option<ServerPlace>)> = Vec::new();
    let (mut gone, mut moot) = (Vec::new(), Vec::new());
    let mut failed: BTreeMap<String, Vec<StepId>> = BTreeMap::new();
    let mut reasons = BTreeMap::new();
    let mut moved = Vec::new();
    let mut made = Vec::new();
    for (step, end) in ends {
        let message = local(files.cache.reader(), account.0, generation, &step)?;
        touched.extend(message);
        match end {
            End::Done(place) => {
                if let (Verb::Move { .. }, Some(from), Some(to)) = (&step.verb, &step.place, &place) {
                    moved.push((message, from.clone(), to.clone()));
                }
                if let Verb::CreateFolder { raw } = &step.verb {
                    made.push(raw.clone());
                }
                if let (Verb::Delete, Some(message)) = (&step.verb, message) {
                    folders.extend(forget(files, message)?);
                }
                done.push((step.id, place));
            }
            End::Gone => gone.push(step.id),
            End::Moot => moot.push(step.id),
            End::Failed(reason) => {
                reasons.insert(step.op, reason.clone());
                failed.entry(reason).or_default().push(step.id);
            }
        }
    }
    let relocations: Vec<(ServerPlace, ServerPlace)> =
        moved.iter().map(|(_, from, to)| (from.clone(), to.clone())).collect();
    // The journal first: if the power goes between the two, the cache is what can be fetched again.
    let mut ended = files.journal.finish(&done, &relocations)?;
    ended.extend(files.journal.mark_gone(&gone)?);
    ended.extend(files.journal.mark_moot(&moot)?);
    for (reason, ids) in failed {
        ended.extend(files.journal.mark_failed(&ids, &reason)?);
    }
    for raw in made {
        files.cache.pending_folder_made(account.0, &raw)?;
    }
    folders.extend(bind(files, account.0, moved)?);
    folders.extend(lay_some(files, account, generation, &touched)?);
    let mut outcome = Outcome { folders, gone: Vec::new(), done: Vec::new(), failed: Vec::new() };
    for end in ended {
        outcome.gone.extend(gone_words(files, account.0, end.op)?);
        match end.state {
            OpState::Failed => {
                // What was refused may have been written down before its last step ended.
                let reason = match reasons.get(&end.op) {
                    Some(reason) => Some(reason.clone()),
                    None => files.journal.op(end.op)?.and_then(|(row, _)| row.error).map(|error| error.to_string()),
                };
                let reason = reason.unwrap_or_else(|| "the server refused a part of it".into());
                outcome.failed.push((end.op, reason));
            }
            OpState::Done | OpState::Dropped | OpState::Queued | OpState::Sending => outcome.done.push(end.op),
        }
    }
    Ok(outcome)
}

/// What an operation came to of which messages were gone; `None`: none was, or nobody waits for a word.
fn gone_words(files: &mut Files, account: AccountId, op: OpId) -> Result<Option<(OpId, String)>, Trouble> {
    let Some(short) = files.journal.note_gone(op)?.filter(|short| short.asked) else { return Ok(None) };
    let cache = files.cache.reader();
    let folder = match &short.from {
        Some((_, raw)) => cache.folder_by_raw(account, raw)?.map(|id| cache.folder(id)).transpose()?.flatten(),
        None => None,
    };
    Ok(Some((op, short.words(folder.as_ref().map(|folder| folder.row.label.as_str())))))
}

/// Takes a message that was removed for ever out of the cache.
fn forget(files: &mut Files, message: MessageId) -> Result<Option<FolderId>, Trouble> {
    let Some(detail) = files.cache.reader().detail(message)? else { return Ok(None) };
    if let Some(uid) = detail.uid {
        files.cache.remove_uids(detail.folder, &[uid])?;
    }
    Ok(Some(detail.folder))
}

/// The folders that refused steps are about.
fn refused_folders(ends: &[(Step, End)]) -> BTreeSet<String> {
    let mut folders = BTreeSet::new();
    for (step, _) in ends.iter().filter(|(_, end)| matches!(end, End::Failed(_))) {
        folders.extend(step.place.as_ref().map(|place| place.folder.clone()));
        match &step.verb {
            Verb::Move { to } | Verb::Copy { to } | Verb::Append { to, .. } | Verb::Keep { to, .. } => {
                folders.extend([to.clone()]);
            }
            Verb::Draft(draft) => folders.extend([draft.to.clone()]),
            Verb::Undraft(draft) => folders.extend(draft.copies.iter().map(|copy| copy.folder.clone())),
            Verb::RenameFolder { from: raw, .. } | Verb::DeleteFolder { raw } => folders.extend([raw.clone()]),
            Verb::Flag(_)
            | Verb::Delete
            | Verb::CreateFolder { .. }
            | Verb::Send(_)
            | Verb::Click(_)
            | Verb::Rule(_) => {}
        }
    }
    folders
}

/// Writes into the cache where moved messages are now. Gives the folders that they left and came to.
fn bind(
    files: &mut Files,
    account: AccountId,
    moved: Vec<(Option<MessageId>, ServerPlace, ServerPlace)>,
) -> Result<BTreeSet<FolderId>, Trouble> {
    let mut names: BTreeMap<String, Option<FolderId>> = BTreeMap::new();
    let mut bound = Vec::with_capacity(moved.len());
    for (message, from, to) in moved {
        let Some(message) = message else { continue };
        for name in [&from.folder, &to.folder] {
            if !names.contains_key(name) {
                names.insert(name.clone(), files.cache.reader().folder_by_raw(account, name)?);
            }
        }
        if let Some(folder) = names.get(&to.folder).copied().flatten() {
            bound.push((message, folder, to.uid));
        }
    }
    if !bound.is_empty() {
        files.cache.bind_moved(&bound)?;
    }
    Ok(names.into_values().flatten().collect())
}
