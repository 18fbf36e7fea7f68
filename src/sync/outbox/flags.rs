//! Flags: STORE, and what its OK is worth.

use std::collections::{BTreeMap, BTreeSet};

use super::{End, all, uids};
use crate::imap::error::Error;
use crate::imap::session::StoreChange;
use crate::imap::uid_set::UidSet;
use crate::journal::{Journal, SentMark, Step, StepState, Verb};
use crate::mail::flags::{DELETED, Flag, FlagChange, Flags, MUTED};
use crate::mail::folder::Namespace;
use crate::mail::marks::{self, Mark};
use crate::mail::{FolderId, MessageId, Uid};
use crate::protocol::OpId;
use crate::sync::account::Trouble;
use crate::sync::desk::Urgency;
use crate::sync::worker::Worker;

/// Why a step failed whose STORE was answered OK.
pub(super) const IGNORED: &str = "the server said OK and left it as it was: you may lack that right in this folder";

/// Why a conversation is not muted.
const UNMUTED: &str =
    "the server keeps no tags in this folder, so that it cannot remember that a conversation is muted";

/// Why messages are not put off.
const FORGETFUL: &str = "this server keeps no keywords: nothing would bring the message back, so it stays where it is";

/// Whether this says until when messages are put off.
fn is_time(change: &FlagChange) -> bool {
    change.add.iter().any(|flag| matches!(flag, Flag::Keyword(word) if word.as_str().starts_with(marks::UNTIL)))
        && change.add.iter().any(|flag| Mark::Snoozed.flag().as_ref() == Some(flag))
}

/// Whether this is the engine's bringing back of what is due: nothing else of its own only takes flags away.
fn is_wake(op: OpId, change: &FlagChange) -> bool {
    Journal::is_own(op) && change.add.is_empty()
}

/// What STORE came to: the flags as the server has them now, of messages that it was asked about afterwards.
#[derive(Debug, Default)]
pub(super) struct Stored {
    flags: BTreeMap<Uid, Flags>,
}

impl Stored {
    /// Whether the server was seen to have left this message as it was.
    pub fn left(&self, step: &Step, change: &FlagChange) -> bool {
        let uid = step.place.as_ref().and_then(|place| place.uid);
        uid.and_then(|uid| self.flags.get(&uid)).is_some_and(|flags| !flags.show(change))
    }
}

/// `\Deleted` set.
pub(super) fn deleted() -> FlagChange {
    FlagChange { add: vec![Flag::System(DELETED)], remove: Vec::new() }
}

impl Worker {
    /// STORE, one for the flags to set and one for those to clear, and the cache after it.
    pub(super) async fn send_flags(&mut self, batch: Vec<Step>, change: &FlagChange) -> Result<(), Trouble> {
        let Some(batch) = self.prepare(batch).await? else { return Ok(()) };
        let batch = if batch.first().is_some_and(|step| is_wake(step.op, change)) {
            self.still_due(batch).await?
        } else {
            batch
        };
        let batch = self.mark(batch, &SentMark::default()).await?;
        let Some(raw) = batch.first().and_then(|step| step.place.as_ref()).map(|place| place.folder.clone()) else {
            return Ok(());
        };
        let stored = match self.store(&raw, &uids(&batch), change).await {
            Ok(stored) => stored,
            Err(error) if !error.fatal() => {
                let reason = self.refused(&error);
                return self.settle_refused(batch, change, &reason).await;
            }
            Err(error) => return Err(error.into()),
        };
        if is_time(change) {
            let (lost, kept): (Vec<Step>, Vec<Step>) = batch.into_iter().partition(|step| stored.left(step, change));
            self.settle_refused(lost, change, FORGETFUL).await?;
            return self.settle_stored(kept, &raw, change, stored).await;
        }
        self.settle_stored(batch, &raw, change, stored).await
    }

    /// Writes down what the server refused. Where it is the time until which messages are put off, they stay where they are:
    /// nothing would bring them back.
    async fn settle_refused(&mut self, batch: Vec<Step>, change: &FlagChange, reason: &str) -> Result<(), Trouble> {
        let after = if is_time(change) { self.after(&batch).await? } else { Vec::new() };
        for step in after.iter().filter(|step| matches!(step.verb, Verb::CreateFolder { .. })) {
            self.take_back(Some(step)).await?;
        }
        let ends = batch.into_iter().chain(after).collect();
        self.settle(all(ends, &End::Failed(reason.to_owned()))).await
    }

    /// Those of a batch that is to bring messages back which are still put off until the time that was meant. The others were
    /// put off anew by another device while this waited to be sent: they stay, and come back at that time.
    async fn still_due(&mut self, batch: Vec<Step>) -> Result<Vec<Step>, Trouble> {
        let mut now = BTreeMap::new();
        let mut take = |uid, flags: Flags, _| {
            now.insert(uid, marks::until(&flags));
        };
        match self.session.fetch_flags(&uids(&batch), None, &mut take).await {
            Ok(()) => {}
            Err(error) if !error.fatal() => return Ok(batch),
            Err(error) => return Err(error.into()),
        }
        let later = |step: &Step| {
            let uid = step.place.as_ref().and_then(|place| place.uid);
            let until = uid.and_then(|uid| now.get(&uid).copied().flatten());
            until.is_some() && until != marks::until(&step.prior)
        };
        let (later, due): (Vec<Step>, Vec<Step>) = batch.into_iter().partition(later);
        if !later.is_empty() {
            if let Some(place) = later.first().and_then(|step| step.place.clone()) {
                self.soil_named(&place.folder);
            }
            let after = self.after(&later).await?;
            self.settle(all(later.into_iter().chain(after).collect(), &End::Moot)).await?;
        }
        Ok(due)
    }

    /// What is queued of the same operations for these messages after their flags: their moves; and, when no move is left
    /// that needs it, the making of the folder to which they go.
    async fn after(&self, steps: &[Step]) -> Result<Vec<Step>, Trouble> {
        let mut ops: BTreeMap<OpId, BTreeSet<Option<MessageId>>> = BTreeMap::new();
        for step in steps {
            ops.entry(step.op).or_default().insert(step.local);
        }
        self.account
            .on_desk(Urgency::Now, move |files| {
                let mut after = Vec::new();
                for (op, messages) in ops {
                    let mut steps = files.journal.op(op)?.map(|(_, steps)| steps).unwrap_or_default();
                    steps.retain(|step| step.state == StepState::Queued);
                    let moves = |step: &Step| matches!(step.verb, Verb::Move { .. });
                    let needed = steps.iter().any(|step| moves(step) && !messages.contains(&step.local));
                    steps.retain(|step| match step.verb {
                        Verb::Move { .. } => messages.contains(&step.local),
                        Verb::CreateFolder { .. } => !needed,
                        Verb::Flag(_)
                        | Verb::Copy { .. }
                        | Verb::Append { .. }
                        | Verb::Send(_)
                        | Verb::Click(_)
                        | Verb::Rule(_)
                        | Verb::Keep { .. }
                        | Verb::Draft(_)
                        | Verb::Undraft(_)
                        | Verb::Delete
                        | Verb::RenameFolder { .. }
                        | Verb::DeleteFolder { .. } => false,
                    });
                    after.extend(steps);
                }
                Ok::<_, Trouble>(after)
            })
            .await
    }

    /// Writes down what was stored, in cache and journal.
    async fn settle_stored(
        &mut self,
        batch: Vec<Step>,
        raw: &str,
        change: &FlagChange,
        stored: Stored,
    ) -> Result<(), Trouble> {
        // In one's own folders what the server did not keep is shown as it is there, and there is nothing to decide.
        let promised = change.add.iter().any(|flag| matches!(flag, Flag::Keyword(word) if word.as_str() == MUTED));
        let (left, batch): (Vec<Step>, Vec<Step>) =
            batch.into_iter().partition(|step| (promised || !self.is_own(raw)) && stored.left(step, change));
        let reason = if promised && self.is_own(raw) { UNMUTED } else { IGNORED };
        let ids: Vec<MessageId> = self.locals(&batch).await?;
        let change = change.clone();
        self.account
            .on_desk(Urgency::Now, move |files| {
                let mut by_folder: BTreeMap<FolderId, Vec<_>> = BTreeMap::new();
                let mut unplaced = Vec::new();
                for at in files.cache.reader().places(&ids)? {
                    if let Some(uid) = at.place.uid {
                        let flags = stored.flags.get(&uid).cloned().unwrap_or_else(|| at.server_flags.with(&change));
                        by_folder.entry(at.server_folder).or_default().push((uid, flags, None));
                    } else {
                        unplaced.push((at.id, at.server_flags.with(&change)));
                    }
                }
                files.cache.put_flags_of(&unplaced)?;
                for (folder, flags) in by_folder {
                    files.cache.put_flags(folder, &flags)?;
                }
                Ok::<_, crate::store::Error>(())
            })
            .await?;
        self.settle(all(batch, &End::Done(None))).await?;
        self.settle_ignored(left, reason).await
    }

    /// Writes down that the server did not do what it said OK to.
    pub(super) async fn settle_ignored(&mut self, left: Vec<Step>, reason: &str) -> Result<(), Trouble> {
        self.denied += u32::from(!left.is_empty());
        self.settle(all(left, &End::Failed(reason.to_owned()))).await
    }

    /// STORE in the selected folder. Where the server may have said OK and done nothing, the flags are asked for: Dovecot
    /// (2.3.19, 2022) does so where a right is missing, and any server may with a flag that PERMANENTFLAGS does not name
    /// (RFC 9051, section 7.1). Until when a message is put off is asked for always: some say that they keep any keyword, and
    /// do not, and nothing would bring the message back.
    ///
    /// # Errors
    /// What STORE was answered. An OK stands though the flags are not told afterwards.
    pub(super) async fn store(&mut self, raw: &str, set: &UidSet, change: &FlagChange) -> Result<Stored, Error> {
        for (kind, flags) in [(StoreChange::Add, &change.add), (StoreChange::Remove, &change.remove)] {
            if !flags.is_empty() {
                self.session.store(set, kind, flags).await?;
            }
        }
        let mut stored = Stored::default();
        if set.is_empty() || self.is_believed(raw, change) && !is_time(change) {
            return Ok(stored);
        }
        let mut take = |uid, flags, _| {
            stored.flags.insert(uid, flags);
        };
        match self.session.fetch_flags(set, None, &mut take).await {
            Ok(()) => Ok(stored),
            Err(error) if !error.fatal() => Ok(Stored::default()),
            Err(error) => Err(error),
        }
    }

    fn is_own(&self, raw: &str) -> bool {
        self.folders.values().all(|folder| folder.raw != raw || folder.namespace == Namespace::Personal)
    }

    /// Whether an OK to this change is worth what it says.
    fn is_believed(&self, raw: &str, change: &FlagChange) -> bool {
        let terms = self.folders.values().find(|folder| folder.raw == raw).and_then(|folder| folder.terms.as_ref());
        let Some(named) = terms.and_then(|terms| terms.permanent_flags.as_ref()) else { return self.is_own(raw) };
        let kept = |flag: &Flag| match flag {
            Flag::System(_) => named.iter().any(|name| Flag::parse(name).as_ref() == Some(flag)),
            // That a conversation is muted is promised to other devices.
            Flag::Keyword(word) if word.as_str() == MUTED => named.iter().any(|name| name == "\\*" || name == MUTED),
            // A server that names no keyword and not `\*` either is not taken at its word: many do not say.
            Flag::Keyword(_) => true,
        };
        self.is_own(raw) && change.add.iter().chain(&change.remove).all(kept)
    }
}
