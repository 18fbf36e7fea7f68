//! The journal's steps on their way to the server: grouped, proved, sent, written down as done or refused.
//!
//! RELIABILITY.md ("The move, in detail") is the rule here. Moves and copies live in `outbox/moves.rs`, actions on
//! folders in `outbox/folders.rs`; this file chooses batches, sends flags and keeps the books.

mod expunge;
mod flags;
mod folders;
mod moves;

use std::collections::{BTreeMap, BTreeSet};

use crate::imap::error::Error;
use crate::imap::session::{Mode as SelectMode, Search};
use crate::imap::uid_set::UidSet;
use crate::journal::{SentMark, Step, StepId, Verb};
use crate::mail::message::ServerPlace;
use crate::mail::{FolderId, MessageId, Uid};
use crate::protocol::{Event, OpId, OpState};
use crate::safe_text::SafeText;
use crate::sync::account::Trouble;
use crate::sync::desk::Urgency;
use crate::sync::lay::{lay_some, local};
use crate::sync::plan::batch::{MAX_BATCH, next_batch};
use crate::sync::worker::Worker;

/// How many steps are looked at to make a batch.
const LOOK_AHEAD: u32 = 2 * MAX_BATCH as u32;

/// How many ended connections show that a batch is what ends them; not understood counts for half.
const STUCK: u32 = 6;

/// How a step ended.
#[derive(Debug, Clone)]
pub(super) enum End {
    /// Done; where the message is now, if it is elsewhere.
    Done(Option<ServerPlace>),
    /// The message no longer exists.
    Gone,
    /// Refused; why.
    Failed(String),
}

impl Worker {
    /// Sends what waits, batch by batch, until nothing waits or the user wants to read.
    pub(super) async fn outbox(&mut self) -> Result<(), Trouble> {
        // Taken back first: what is queued while this runs sets it again.
        self.account.desires().outbox = false;
        loop {
            let name = self.account.config.name.clone();
            let steps =
                self.account.on_desk(Urgency::Now, move |files| files.journal.pending(&name, LOOK_AHEAD)).await?;
            let batch = next_batch(&steps).to_vec();
            let Some(first) = batch.first().cloned() else { return Ok(()) };
            if self.is_stuck(first.id) {
                let reason = "the connection ended each time this was sent";
                self.settle(all(batch, &End::Failed(reason.into()))).await?;
                continue;
            }
            let sent = match first.verb {
                Verb::Flag(change) => self.send_flags(batch, &change).await,
                Verb::Move { to } => self.send_moves(batch, &to).await,
                Verb::Copy { to } => self.send_copies(batch, &to).await,
                Verb::Delete => self.send_deletes(batch).await,
                Verb::CreateFolder { .. } | Verb::RenameFolder { .. } | Verb::DeleteFolder { .. } => {
                    self.send_folder(batch).await
                }
            };
            self.note_stuck(first.id, &sent);
            sent?;
            let mut desires = self.account.desires();
            let open = desires.wants.next().is_some_and(|wish| wish.priority == crate::protocol::Priority::Open);
            if open || desires.stop {
                desires.outbox = true;
                return Ok(());
            }
        }
    }

    /// Whether a batch that begins with this step ended so many connections that the rest of the queue is let by
    /// (invariants 8 and 9).
    fn is_stuck(&self, first: StepId) -> bool {
        let mut desires = self.account.desires();
        let stuck = desires.stuck.is_some_and(|(step, weight)| step == first && weight >= STUCK);
        if stuck {
            desires.stuck = None;
        }
        stuck
    }

    /// Counts what ended a connection. A server that does not understand a command will not learn to; one that wants to
    /// be left alone says nothing about this command.
    fn note_stuck(&self, first: StepId, sent: &Result<(), Trouble>) {
        let weight = match sent {
            Ok(()) => {
                self.account.desires().stuck = None;
                return;
            }
            Err(Trouble::Imap(Error::Bad { .. })) => STUCK / 2,
            Err(
                Trouble::Imap(Error::Throttled { .. }) | Trouble::Store(_) | Trouble::Journal(_) | Trouble::Gone(_),
            ) => 0,
            Err(Trouble::Imap(_)) => 1,
        };
        let mut desires = self.account.desires();
        let before = desires.stuck.filter(|(step, _)| *step == first).map_or(0, |(_, weight)| weight);
        desires.stuck = Some((first, before + weight));
    }

    /// SELECTs the folder of a batch and makes sure that its UIDs are known and mean what they meant. `None`: the
    /// batch was dealt with, or its steps have new places and come again.
    pub(super) async fn prepare(&mut self, batch: Vec<Step>) -> Result<Option<Vec<Step>>, Trouble> {
        let Some(place) = batch.first().and_then(|step| step.place.clone()) else {
            self.settle(all(batch, &End::Failed("the journal does not say which message was meant".into()))).await?;
            return Ok(None);
        };
        let selected = match self.switch(&place.folder, SelectMode::ReadWrite).await? {
            Ok(selected) => selected,
            Err(error) if !error.fatal() => {
                let reason = self.refused(&error);
                self.settle(all(batch, &End::Failed(reason))).await?;
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        // A copy changes nothing here.
        let copies = batch.iter().all(|step| matches!(step.verb, Verb::Copy { .. }));
        if selected.read_only && !copies {
            self.denied += 1;
            let reason = "this folder can only be read: the server gives no right to change it";
            self.settle(all(batch, &End::Failed(reason.into()))).await?;
            return Ok(None);
        }
        let renumbered = selected.uid_validity != place.uid_validity;
        if !renumbered && batch.iter().all(|step| step.place.as_ref().is_some_and(|place| place.uid.is_some())) {
            return Ok(Some(batch));
        }
        self.find_again(batch, selected.uid_validity).await?;
        Ok(None)
    }

    /// Finds messages whose UID is not known, or means nothing any more, by Message-ID; unique ones get a new place,
    /// others are parked (RL14).
    async fn find_again(&mut self, batch: Vec<Step>, validity: crate::mail::UidValidity) -> Result<(), Trouble> {
        let mut ends = Vec::new();
        for step in batch {
            let Some(old) = step.place.clone() else { continue };
            // A message without a UID was moved by us: there was no number that could have changed its meaning.
            let renumbered = old.uid.is_some() && validity != old.uid_validity;
            if old.uid.is_some() && !renumbered {
                continue;
            }
            let found = self.by_message_id(&old).await?;
            let uid = match (found.as_slice(), renumbered) {
                ([uid], _) => *uid,
                // Copies of one message in the folder that we moved it to: the last to arrive is ours.
                ([.., last], false) => *last,
                ([], false) => {
                    ends.push((step, End::Gone));
                    continue;
                }
                (_, true) => {
                    let reason = "the server numbered this folder anew and the message cannot be told from others";
                    ends.push((step, End::Failed(reason.into())));
                    continue;
                }
            };
            let new = ServerPlace { uid_validity: validity, uid: Some(uid), ..old.clone() };
            self.account.on_desk(Urgency::Now, move |files| files.journal.relocate(&[(old, new)])).await?;
        }
        self.settle(ends).await
    }

    /// The UIDs in the selected folder of messages with this Message-ID and size.
    async fn by_message_id(&mut self, place: &ServerPlace) -> Result<Vec<Uid>, Trouble> {
        if place.message_id.is_empty() {
            return Ok(Vec::new());
        }
        let hits = self.session.search(&Search::HeaderMessageId(place.message_id.clone())).await?;
        if hits.is_empty() {
            return Ok(Vec::new());
        }
        let identities = self.session.fetch_identity(&hits).await?;
        let mut uids: Vec<Uid> = identities
            .into_iter()
            .filter(|one| one.message_id == place.message_id && (place.size == 0 || one.size == place.size))
            .map(|one| one.uid)
            .collect();
        uids.sort_unstable();
        Ok(uids)
    }

    /// Writes down how steps ended: journal, cache, overlay, in one job; then tells the screen.
    pub(super) async fn settle(&mut self, ends: Vec<(Step, End)>) -> Result<(), Trouble> {
        if ends.is_empty() {
            return Ok(());
        }
        let gone = ends.iter().filter(|(_, end)| matches!(end, End::Gone)).count();
        let refused = if self.denied > 0 { refused_folders(&ends) } else { BTreeSet::new() };
        let account = (self.account.id, self.account.config.name.clone());
        let generation = self.generation;
        let outcome = self
            .account
            .on_desk(Urgency::Now, move |files| write_down(files, (account.0, &account.1), generation, ends))
            .await?;
        if gone > 0 {
            let text = match gone {
                1 => "a message was already gone from the server".to_owned(),
                n => format!("{n} messages were already gone from the server"),
            };
            self.account.activity(&text);
        }
        for folder in outcome.folders {
            self.account.folder_changed(folder);
        }
        for op in outcome.done {
            self.account.outlet.send(Event::OpDone(op));
        }
        for (op, reason) in outcome.failed {
            self.account.outlet.send(Event::OpFailed { op, reason: SafeText::new(&reason), kept: true });
        }
        if !refused.is_empty() {
            self.denied = 0;
            self.ask_rights(&refused).await?;
        }
        Ok(())
    }

    /// A refusal in the server's words. Where it is for want of a right, the rights are asked for again when it is
    /// written down.
    pub(super) fn refused(&mut self, error: &Error) -> String {
        if matches!(error, Error::Rejected { code: Some(code), .. } if code == "NOPERM") {
            self.denied += 1;
        }
        words(error)
    }

    /// Writes down, on disk, that these are about to be sent. Gives those that may be: what the user took back while the
    /// batch was looked at stays here (RL62).
    pub(super) async fn mark(&self, batch: Vec<Step>, mark: &SentMark) -> Result<Vec<Step>, Trouble> {
        let ids: Vec<_> = batch.iter().map(|step| step.id).collect();
        let mark = *mark;
        let marked: BTreeSet<StepId> = self
            .account
            .on_desk(Urgency::Now, move |files| files.journal.mark_sending(&ids, &mark))
            .await?
            .into_iter()
            .collect();
        Ok(batch.into_iter().filter(|step| marked.contains(&step.id)).collect())
    }

    /// The local numbers of a batch's messages.
    async fn locals(&self, batch: &[Step]) -> Result<Vec<MessageId>, Trouble> {
        let (account, generation, steps) = (self.account.id, self.generation, batch.to_vec());
        self.account
            .on_desk(Urgency::Now, move |files| {
                let mut ids = Vec::new();
                for step in &steps {
                    ids.extend(local(files.cache.reader(), account, generation, step)?);
                }
                Ok::<_, Trouble>(ids)
            })
            .await
    }

    /// Marks a folder for a new look.
    pub(super) fn soil(&mut self, raw: &str) {
        for folder in self.folders.values_mut().filter(|folder| folder.raw == raw) {
            folder.dirty = true;
        }
    }
}

/// What [`write_down`] changed.
struct Outcome {
    folders: BTreeSet<FolderId>,
    done: Vec<OpId>,
    failed: Vec<(OpId, String)>,
}

/// The books: the message's new place in the cache and in every later step, the step's end, the overlay without it.
fn write_down(
    files: &mut crate::sync::desk::Files,
    account: (crate::mail::AccountId, &str),
    generation: i64,
    ends: Vec<(Step, End)>,
) -> Result<Outcome, Trouble> {
    let mut touched = BTreeSet::new();
    let mut folders = BTreeSet::new();
    let mut done: Vec<(StepId, Option<ServerPlace>)> = Vec::new();
    let mut gone = Vec::new();
    let mut failed: BTreeMap<String, Vec<StepId>> = BTreeMap::new();
    let mut reasons = BTreeMap::new();
    let mut moved = Vec::new();
    for (step, end) in ends {
        let message = local(files.cache.reader(), account.0, generation, &step)?;
        touched.extend(message);
        match end {
            End::Done(place) => {
                if let (Verb::Move { .. }, Some(from), Some(to)) = (&step.verb, &step.place, &place) {
                    moved.push((message, from.clone(), to.clone()));
                }
                if let (Verb::Delete, Some(message)) = (&step.verb, message) {
                    folders.extend(forget(files, message)?);
                }
                done.push((step.id, place));
            }
            End::Gone => gone.push(step.id),
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
    for (reason, ids) in failed {
        ended.extend(files.journal.mark_failed(&ids, &reason)?);
    }
    folders.extend(bind(files, account.0, moved)?);
    folders.extend(lay_some(files, account, generation, &touched)?);
    let mut outcome = Outcome { folders, done: Vec::new(), failed: Vec::new() };
    for end in ended {
        match end.state {
            OpState::Failed => {
                let reason = reasons.get(&end.op).cloned().unwrap_or_else(|| "the server refused a part of it".into());
                outcome.failed.push((end.op, reason));
            }
            OpState::Done | OpState::Dropped | OpState::Queued | OpState::Sending => outcome.done.push(end.op),
        }
    }
    Ok(outcome)
}

/// Takes a message that was removed for ever out of the cache.
fn forget(files: &mut crate::sync::desk::Files, message: MessageId) -> Result<Option<FolderId>, Trouble> {
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
            Verb::Move { to } | Verb::Copy { to } => folders.extend([to.clone()]),
            Verb::RenameFolder { from: raw, .. } | Verb::DeleteFolder { raw } => folders.extend([raw.clone()]),
            Verb::Flag(_) | Verb::Delete | Verb::CreateFolder { .. } => {}
        }
    }
    folders
}

/// The same end for every step.
pub(super) fn all(batch: Vec<Step>, end: &End) -> Vec<(Step, End)> {
    batch.into_iter().map(|step| (step, end.clone())).collect()
}

/// The UIDs of a batch.
pub(super) fn uids(batch: &[Step]) -> UidSet {
    batch.iter().filter_map(|step| step.place.as_ref().and_then(|place| place.uid)).collect()
}

/// A refusal in the server's words.
fn words(error: &Error) -> String {
    if let Error::Rejected { text, .. } = error
        && !text.is_empty()
    {
        return format!("the server said: {text}");
    }
    error.to_string()
}

/// Writes into the cache where moved messages are now. Gives the folders that they left and came to.
fn bind(
    files: &mut crate::sync::desk::Files,
    account: crate::mail::AccountId,
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
