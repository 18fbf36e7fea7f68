//! Drafts on the server: the newest of a letter takes the place of those before it, which go when it is there for sure.
//!
//! All copies of a letter bear its Message-ID; which of them is which says a field of ours. So whatever was cut off, the copy
//! that was made is found and not made again, and what another device or program wrote is told from it and left alone.

use std::collections::BTreeMap;

use super::flags::deleted;
use super::{End, all};
use crate::compose;
use crate::imap::error::Error;
use crate::imap::session::{Marked, Mode as SelectMode, Search};
use crate::imap::uid_set::UidSet;
use crate::journal::{Drafting, SentMark, Step, Undrafting};
use crate::letter::{DraftCopy, LetterId};
use crate::letters::Letters;
use crate::letters::copies::Copies;
use crate::mail::flags::{DRAFT, Flags, SEEN};
use crate::mail::{Uid, UidValidity, UnixTime};
use crate::protocol::Event;
use crate::sync::account::Trouble;
use crate::sync::apply::drafts::{FIELD, arrived, removed};
use crate::sync::desk::{Files, Urgency};
use crate::sync::post::Frozen;
use crate::sync::worker::Worker;

/// What is said where the draft's file is gone.
const LOST: &str = "the draft is not in its file any more; it is written again when the letter is kept the next time";
/// What is said where nothing can be changed in Drafts.
const READ_ONLY: &str = "the folder of drafts can only be read: the server gives no right to change it";

/// What APPEND came to.
enum Appended {
    /// It is there; where, if that is known.
    There(Option<DraftCopy>),
    /// It was refused, or is not wanted any more; that is written down.
    Not,
}

impl Worker {
    /// Writes a letter into Drafts, and removes the copies before it.
    pub(super) async fn send_draft(&mut self, batch: Vec<Step>, draft: &Drafting) -> Result<(), Trouble> {
        if self.is_overtaken(&batch, draft.letter).await? {
            return self.settle_draft(batch, End::Moot, draft).await;
        }
        let Some(mark) = self.destination_of(&batch, &draft.to).await? else { return Ok(()) };
        let validity = match self.switch(&draft.to, SelectMode::ReadWrite).await? {
            Ok(selected) if !selected.read_only => selected.uid_validity,
            Ok(_) => {
                self.denied += 1;
                return self.settle(all(batch, &End::Failed(READ_ONLY.to_owned()))).await;
            }
            Err(error) if !error.fatal() => {
                let reason = self.refused(&error);
                return self.settle(all(batch, &End::Failed(reason))).await;
            }
            Err(error) => return Err(error.into()),
        };
        let copies = self.copies_of(draft.letter).await?;
        let found = self.with_id(&draft.message_id).await?;
        let mark = batch.first().and_then(|step| step.sent).unwrap_or(mark);
        let written = match written(&found, draft) {
            Some(uid) => Appended::There(Some(copy_at(&draft.to, validity, uid))),
            None => self.append_draft(batch.clone(), draft, (mark, validity)).await?,
        };
        let Appended::There(place) = written else { return Ok(()) };
        self.tell_of_rival(draft, &copies, validity, &found);
        let ours = found.iter().filter(|one| one.mark.starts_with(&draft.stem));
        let ours = ours.map(|one| copy_at(&draft.to, validity, one.uid)).collect();
        let (name, noted) = (self.account.name().to_owned(), draft.clone());
        let old = self.account.on_desk(Urgency::Now, move |files| arrived(files, &name, &noted, (place, ours))).await?;
        self.soil_named(&draft.to);
        if let Err(reason) = self.remove_copies((draft.letter, &draft.message_id), &old).await? {
            let reason = format!("the draft is there, but the one before it could not be removed: {reason}");
            return self.settle(all(batch, &End::Failed(reason))).await;
        }
        self.note_removed(draft.letter, old).await?;
        self.settle_draft(batch, End::Done(None), draft).await
    }

    /// Removes the copies of a letter that is not to lie in Drafts any more.
    pub(super) async fn send_undraft(&mut self, batch: Vec<Step>, draft: &Undrafting) -> Result<(), Trouble> {
        if self.is_overtaken(&batch, draft.letter).await? {
            return self.settle(all(batch, &End::Moot)).await;
        }
        let mut gone = self.copies_of(draft.letter).await?.of(self.account.name());
        gone.extend(draft.copies.iter().cloned());
        if !draft.from.is_empty() {
            match self.switch(&draft.from, SelectMode::ReadWrite).await? {
                Ok(selected) => {
                    let ours = self.with_id(&draft.message_id).await?;
                    let ours = ours.iter().filter(|one| one.mark.starts_with(&draft.stem));
                    gone.extend(ours.map(|one| copy_at(&draft.from, selected.uid_validity, one.uid)));
                }
                Err(error) if !error.fatal() => {}
                Err(error) => return Err(error.into()),
            }
        }
        let batch = self.mark(batch, &SentMark::default()).await?;
        if batch.is_empty() {
            return Ok(());
        }
        if let Err(reason) = self.remove_copies((draft.letter, &draft.message_id), &gone).await? {
            return self.settle(all(batch, &End::Failed(reason))).await;
        }
        self.note_removed(draft.letter, gone).await?;
        self.settle(all(batch, &End::Done(None))).await
    }

    /// Whether something else is to become of the draft meanwhile: whatever of it went out is found by that.
    async fn is_overtaken(&self, batch: &[Step], letter: LetterId) -> Result<bool, Trouble> {
        let Some(step) = batch.first().map(|step| step.id) else { return Ok(false) };
        let name = self.account.name().to_owned();
        self.account.on_desk(Urgency::Now, move |files| files.journal.is_overtaken(&name, letter, step)).await
    }

    async fn copies_of(&self, letter: LetterId) -> Result<Copies, Trouble> {
        let read = move |files: &mut Files| Letters::of(files.journal.dir()).copies(letter);
        Ok(self.account.desk.run(Urgency::Now, read).await?)
    }

    /// The messages of the open folder with exactly this Message-ID.
    pub(super) async fn with_id(&mut self, message_id: &str) -> Result<Vec<Marked>, Trouble> {
        let hits = self.session.search(&Search::HeaderMessageId(message_id.to_owned())).await?;
        if hits.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = self.session.fetch_marks(&hits, FIELD).await?;
        found.retain(|one| one.message_id == message_id);
        found.sort_unstable_by_key(|one| one.uid);
        Ok(found)
    }

    /// APPEND as a draft that was read. The open folder is the one that it goes to.
    async fn append_draft(
        &mut self,
        batch: Vec<Step>,
        draft: &Drafting,
        (mark, validity): (SentMark, UidValidity),
    ) -> Result<Appended, Trouble> {
        let name = draft.file.clone();
        let read = self
            .account
            .desk
            .run(Urgency::Now, move |files| Frozen { path: files.journal.dir().join(name), skip: 0 }.read());
        let Ok(mail) = read.await? else {
            self.settle(all(batch, &End::Failed(LOST.to_owned()))).await?;
            return Ok(Appended::Not);
        };
        let batch = self.mark(batch, &mark).await?;
        if batch.is_empty() {
            return Ok(Appended::Not);
        }
        crate::step::step("draft: goes out", "");
        let flags = Flags { system: DRAFT | SEEN, ..Flags::default() };
        match self.session.append(&draft.to, &flags, None, &mail).await {
            Ok(Some((validity, uid))) => Ok(Appended::There(Some(copy_at(&draft.to, validity, uid)))),
            Ok(None) => {
                let found = self.with_id(&draft.message_id).await?;
                let uid = written(&found, draft).or_else(|| unmarked(&found, mark.to_uid_next));
                Ok(Appended::There(uid.map(|uid| copy_at(&draft.to, validity, uid))))
            }
            Err(error) if !error.fatal() => {
                let reason = self.refused(&error);
                self.settle(all(batch, &End::Failed(reason))).await?;
                Ok(Appended::Not)
            }
            Err(error) => {
                if matches!(error, Error::Timeout { .. }) {
                    self.account.desires().await_late();
                }
                Err(error.into())
            }
        }
    }

    /// Says where both this device and another one changed a letter: what the other one wrote stays beside ours.
    fn tell_of_rival(&self, draft: &Drafting, copies: &Copies, validity: UidValidity, found: &[Marked]) {
        let Some(newest) = copies.newest.as_ref().filter(|_| copies.account == self.account.name()) else { return };
        let here = newest.folder == draft.to && newest.validity == validity.0;
        let left = here && !found.iter().any(|one| one.uid.0 == newest.uid);
        let is_ours = |one: &&Marked| one.deleted || one.mark.starts_with(&draft.stem);
        if left && !found.iter().all(|one| is_ours(&one)) {
            let text = "a draft was changed here and on another device: both are in Drafts now";
            self.account.activity(text);
            self.account.outlet.send(Event::Letter(draft.letter));
        }
    }

    /// Removes these copies of a letter and nothing else: a message that is not proved to be one stays. The error is why the
    /// server did not let go of one.
    async fn remove_copies(
        &mut self,
        (letter, message_id): (LetterId, &str),
        copies: &[DraftCopy],
    ) -> Result<Result<(), String>, Trouble> {
        let names = self.copies_of(letter).await?.names;
        let mut folders: BTreeMap<(&str, u32), UidSet> = BTreeMap::new();
        for copy in copies {
            folders.entry((&copy.folder, copy.validity)).or_default().insert(Uid(copy.uid));
        }
        for ((folder, validity), uids) in folders {
            let open = match self.session.writable(folder) {
                Some(validity) => Some(validity),
                None => match self.switch(folder, SelectMode::ReadWrite).await? {
                    Ok(selected) => Some(selected.uid_validity),
                    // Where there is no such folder any more there is no copy in it.
                    Err(error) if !error.fatal() => None,
                    Err(error) => return Err(error.into()),
                },
            };
            if open != Some(UidValidity(validity)) {
                continue;
            }
            // One that had no Message-ID, or one that is none, got another one with the letter that was made of it.
            let is_it = |one: &Marked| {
                one.message_id == message_id || names.contains(&one.message_id) || !compose::keeps(&one.message_id)
            };
            let there = self.session.fetch_marks(&uids, FIELD).await?;
            let ours: UidSet = there.iter().filter(|one| is_it(one)).map(|one| one.uid).collect();
            if ours.is_empty() {
                continue;
            }
            match self.store(folder, &ours, &deleted()).await {
                Ok(_) => {}
                Err(error) if !error.fatal() => return Ok(Err(self.refused(&error))),
                Err(error) => return Err(error.into()),
            }
            self.expunge_ours(&ours).await?;
            self.soil_named(folder);
        }
        Ok(Ok(()))
    }

    async fn note_removed(&self, letter: LetterId, gone: Vec<DraftCopy>) -> Result<(), Trouble> {
        let name = self.account.name().to_owned();
        let left = self.account.on_desk(Urgency::Now, move |files| removed(files, &name, letter, &gone)).await?;
        if left {
            // On the servers of other accounts.
            self.account.errands.send(letter).ok();
        }
        Ok(())
    }

    async fn settle_draft(&mut self, batch: Vec<Step>, end: End, draft: &Drafting) -> Result<(), Trouble> {
        let there = matches!(end, End::Done(_));
        self.settle(all(batch, &end)).await?;
        let file = draft.file.clone();
        let remove = move |files: &mut Files| drop(std::fs::remove_file(files.journal.dir().join(file)));
        // What stays is removed at the next start.
        self.account.desk.run(Urgency::Now, remove).await.ok();
        if there {
            self.account.outlet.send(Event::DraftKept { letter: draft.letter, at: UnixTime(draft.at) });
        }
        Ok(())
    }
}

/// The copy that was made, by its mark.
fn written(found: &[Marked], draft: &Drafting) -> Option<Uid> {
    let mark = draft.mark();
    found.iter().find(|one| one.mark == mark).map(|one| one.uid)
}

/// The only copy without a mark that came since then: after an OK it is ours, of a server that does not keep the field.
fn unmarked(found: &[Marked], since: Option<Uid>) -> Option<Uid> {
    let since = since?;
    let mut uids = found.iter().filter(|one| one.mark.is_empty() && one.uid >= since).map(|one| one.uid);
    uids.next().filter(|_| uids.next().is_none())
}

fn copy_at(folder: &str, validity: UidValidity, uid: Uid) -> DraftCopy {
    DraftCopy { folder: folder.to_owned(), validity: validity.0, uid: uid.0 }
}
