//! The journal's steps on their way to the server: grouped, proved, sent, written down as done or refused.
//!
//! RELIABILITY.md ("The move, in detail") is the rule here. Moves and copies live in `outbox/moves.rs`, actions on
//! folders in `outbox/folders.rs`, the books in `outbox/books.rs`; this file chooses batches.

mod append;
mod books;
mod drafts;
mod expunge;
mod flags;
mod folders;
mod keep;
mod moves;

use std::collections::BTreeSet;

use tokio::sync::oneshot;

use crate::imap::error::Error;
use crate::imap::session::{Mode as SelectMode, Search};
use crate::imap::uid_set::UidSet;
use crate::journal::{SentMark, Step, StepId, Verb};
use crate::mail::message::ServerPlace;
use crate::mail::{MessageId, Uid, UidValidity};
use crate::sync::account::Trouble;
use crate::sync::desk::{Files, Gone, Urgency};
use crate::sync::lay::local;
use crate::sync::plan::batch::{MAX_BATCH, next_batch};
use crate::sync::worker::Worker;

/// A batch of so many is worth that the connection that watches does not follow each change it makes.
const BULK: usize = 500;

/// How many ended connections show that a batch is what ends them; not understood counts for half.
const STUCK: u32 = 6;

/// How a step ended.
#[derive(Debug, Clone)]
pub(super) enum End {
    /// Done; where the message is now, if it is elsewhere.
    Done(Option<ServerPlace>),
    /// The message no longer exists.
    Gone,
    /// Not wanted any more: another device decided otherwise meanwhile.
    Moot,
    /// Refused; why.
    Failed(String),
}

/// What is being written down as about to be sent.
struct Marking(oneshot::Receiver<Result<Vec<StepId>, crate::journal::Error>>);

impl Marking {
    async fn done(self) -> Result<Marked, Trouble> {
        Ok(Marked(self.0.await.map_err(|_| Gone)??.into_iter().collect()))
    }
}

/// What may be sent.
struct Marked(BTreeSet<StepId>);

impl Marked {
    fn of(&self, batch: Vec<Step>) -> Vec<Step> {
        batch.into_iter().filter(|step| self.0.contains(&step.id)).collect()
    }
}

impl Worker {
    /// Sends what waits, batch by batch, until nothing waits or the user wants to read.
    pub(super) async fn outbox(&mut self) -> Result<(), Trouble> {
        let sent = self.send_batches().await;
        // Whatever came after it: what was done is written down.
        let owed = std::mem::take(&mut self.owed);
        let settled = self.settle(owed).await;
        self.account.links.bulk(false);
        sent.and(settled)
    }

    async fn send_batches(&mut self) -> Result<(), Trouble> {
        // Taken back first: what is queued while this runs sets it again.
        self.account.desires().outbox = false;
        self.look_for_sent().await?;
        loop {
            let name = self.account.config.name.clone();
            // Those that are done and not written down yet wait still.
            let limit = u32::try_from(MAX_BATCH + self.owed.len()).unwrap_or(u32::MAX);
            let steps = self.account.on_desk(Urgency::Now, move |files| files.journal.pending(&name, limit)).await?;
            let batch = self.next_of(steps);
            let Some(first) = batch.first().cloned() else { return Ok(()) };
            if !self.owed.is_empty() && !self.may_overtake(&batch) {
                let owed = std::mem::take(&mut self.owed);
                self.settle(owed).await?;
                continue;
            }
            if self.is_stuck(first.id) {
                let reason = "the connection ended each time this was sent";
                self.settle(all(batch, &End::Failed(reason.into()))).await?;
                continue;
            }
            if batch.len() >= BULK {
                self.account.links.bulk(true);
            }
            let sent = match first.verb {
                Verb::Flag(change) => self.send_flags(batch, &change).await,
                Verb::Move { to } => self.send_moves(batch, &to).await,
                Verb::Copy { to } => self.send_copies(batch, &to).await,
                Verb::Append { to, message_id, mail } => self.send_append(batch, (&to, &message_id, &mail)).await,
                Verb::Keep { .. } => self.send_keep(batch).await,
                Verb::Draft(draft) => self.send_draft(batch, &draft).await,
                Verb::Undraft(draft) => self.send_undraft(batch, &draft).await,
                Verb::Delete => self.send_deletes(batch).await,
                Verb::Send(_) | Verb::Click(_) | Verb::Rule(_) => return Ok(()),
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

    /// The next batch of what waits, without what is done and not written down yet.
    fn next_of(&self, mut steps: Vec<Step>) -> Vec<Step> {
        let owed: BTreeSet<StepId> = self.owed.iter().map(|(step, _)| step.id).collect();
        // Mails and clicks have tasks of their own.
        let elsewhere = |verb: &Verb| matches!(verb, Verb::Send(_) | Verb::Click(_) | Verb::Rule(_));
        steps.retain(|step| !owed.contains(&step.id) && !elsewhere(&step.verb));
        next_batch(&steps).to_vec()
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
                Trouble::Imap(Error::Throttled { .. })
                | Trouble::Store(_)
                | Trouble::Journal(_)
                | Trouble::Letters(_)
                | Trouble::Gone(_),
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
        // To open a large folder once more costs a server more than what is done there.
        let validity = match self.session.writable(&place.folder) {
            Some(validity) => validity,
            None => match self.open_for(&batch, &place.folder).await? {
                Ok(validity) => validity,
                Err(reason) => {
                    self.settle(all(batch, &End::Failed(reason))).await?;
                    return Ok(None);
                }
            },
        };
        let renumbered = validity != place.uid_validity;
        if !renumbered && batch.iter().all(|step| step.place.as_ref().is_some_and(|place| place.uid.is_some())) {
            return Ok(Some(batch));
        }
        self.find_again(batch, validity).await?;
        Ok(None)
    }

    /// SELECTs the folder of a batch; or why it cannot be had, or takes no changes.
    async fn open_for(&mut self, batch: &[Step], folder: &str) -> Result<Result<UidValidity, String>, Trouble> {
        let selected = match self.switch(folder, SelectMode::ReadWrite).await? {
            Ok(selected) => selected,
            Err(error) if !error.fatal() => return Ok(Err(self.refused(&error))),
            Err(error) => return Err(error.into()),
        };
        // A copy changes nothing here.
        let copies = batch.iter().all(|step| matches!(step.verb, Verb::Copy { .. }));
        if selected.read_only && !copies {
            self.denied += 1;
            return Ok(Err("this folder can only be read: the server gives no right to change it".to_owned()));
        }
        Ok(Ok(selected.uid_validity))
    }

    /// Finds messages whose UID is not known, or means nothing any more, by Message-ID; unique ones get a new place,
    /// others are parked (RL14).
    async fn find_again(&mut self, batch: Vec<Step>, validity: UidValidity) -> Result<(), Trouble> {
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
        let marked = self.begin_mark(&batch, mark).done().await?;
        Ok(marked.of(batch))
    }

    /// Begins to write that down, so that the server can be asked something meanwhile.
    fn begin_mark(&self, batch: &[Step], mark: &SentMark) -> Marking {
        let ids: Vec<_> = batch.iter().map(|step| step.id).collect();
        let mark = *mark;
        let job = move |files: &mut Files| files.journal.mark_sending(&ids, &mark);
        Marking(self.account.desk.begin(Urgency::Now, job))
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
    pub(super) fn soil_named(&mut self, raw: &str) {
        let id = self.folders.iter().find(|(_, folder)| folder.raw == raw).map(|(id, _)| *id);
        if let Some(id) = id {
            self.soil(id);
        }
    }
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
