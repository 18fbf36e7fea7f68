//! The user's copy of what was sent: added once, and looked for where an answer was lost (SN07, P2). And mails of which
//! nobody knows whether they were sent: a copy of one tells.

use super::{End, all};
use crate::imap::error::Error;
use crate::imap::session::{Marked, Mode as SelectMode, Search};
use crate::imap::uid_set::UidSet;
use crate::journal::{Post, SentMark, Step, Try, Verb};
use crate::mail::flags::{Flags, SEEN};
use crate::mail::folder::Role;
use crate::mail::message::ServerPlace;
use crate::mail::{Uid, UidValidity};
use crate::protocol::Event;
use crate::sync::account::Trouble;
use crate::sync::apply::send::{kept, sent};
use crate::sync::desk::{Files, Urgency};
use crate::sync::mailer;
use crate::sync::post::{Frozen, makes_copies};
use crate::sync::worker::Worker;

/// What is said where the mail's file is gone.
const LOST: &str = "the mail that was sent is not on the disk any more";

impl Worker {
    /// APPEND of a mail that was sent.
    pub(super) async fn send_keep(&mut self, batch: Vec<Step>) -> Result<(), Trouble> {
        let Some(Verb::Keep { to, message_id, file, letter, resent }) = batch.first().map(|step| step.verb.clone())
        else {
            return Ok(());
        };
        if makes_copies(&self.account.config, self.session.capabilities().has("X-GM-EXT-1")) {
            return self.settle_kept(batch, End::Done(None), &file, letter).await;
        }
        let Some(mark) = self.destination_of(&batch, &to).await? else { return Ok(()) };
        let before = batch.first().and_then(|step| step.sent);
        if let Some(place) = self.copy_in(&to, (&message_id, resent), before.as_ref()).await? {
            return self.settle_kept(batch, End::Done(Some(place)), &file, letter).await;
        }
        let name = file.clone();
        let read = self
            .account
            .desk
            .run(Urgency::Now, move |files| Frozen { path: files.journal.dir().join(name), skip: 0 }.read());
        let Ok(Ok(mail)) = read.await else {
            return self.settle(all(batch, &End::Failed(LOST.to_owned()))).await;
        };
        let batch = self.mark(batch, &before.unwrap_or(mark)).await?;
        if batch.is_empty() {
            return Ok(());
        }
        let flags = Flags { system: SEEN, ..Flags::default() };
        let end = match self.session.append(&to, &flags, None, &mail).await {
            Ok(told) => End::Done(told.map(|(uid_validity, uid)| ServerPlace {
                account: self.account.config.name.clone(),
                folder: to.clone(),
                uid_validity,
                uid: Some(uid),
                message_id,
                size: mail.len() as u64,
            })),
            Err(error) if !error.fatal() => End::Failed(self.refused(&error)),
            Err(error) => {
                if matches!(error, Error::Timeout { .. }) {
                    self.account.desires().await_late();
                }
                return Err(error.into());
            }
        };
        self.soil_named(&to);
        if matches!(end, End::Done(_)) {
            return self.settle_kept(batch, end, &file, letter).await;
        }
        self.settle(all(batch, &end)).await
    }

    async fn settle_kept(
        &mut self,
        batch: Vec<Step>,
        end: End,
        file: &str,
        letter: crate::letter::LetterId,
    ) -> Result<(), Trouble> {
        self.settle(all(batch, &end)).await?;
        let file = file.to_owned();
        let done = self.account.desk.run(Urgency::Now, move |files| kept(files, &file, letter)).await;
        if let Ok(Some(letter)) = done {
            self.account.outlet.send(Event::Letter(letter));
        }
        Ok(())
    }

    /// Where UIDs of the folder will begin; it is made if it is not there. `None`: it cannot be had, the batch failed.
    pub(super) async fn destination_of(&mut self, batch: &[Step], to: &str) -> Result<Option<SentMark>, Trouble> {
        let status = match self.session.status(to).await {
            Ok(status) => status,
            Err(refused) if !refused.fatal() => match self.make(to).await {
                Ok(status) => status,
                Err(error) if !error.fatal() => {
                    let reason = self.refused(&refused);
                    self.settle(all(batch.to_vec(), &End::Failed(reason))).await?;
                    return Ok(None);
                }
                Err(error) => return Err(error.into()),
            },
            Err(error) => return Err(error.into()),
        };
        Ok(Some(SentMark { to_uid_next: status.uid_next, to_uid_validity: status.uid_validity, phase: 0 }))
    }

    /// A copy of this mail in a folder. Where its Message-ID is another mail's too, only what came after it was to be added
    /// counts.
    async fn copy_in(
        &mut self,
        folder: &str,
        (message_id, resent): (&str, bool),
        before: Option<&SentMark>,
    ) -> Result<Option<ServerPlace>, Trouble> {
        if resent && before.is_none() {
            return Ok(None);
        }
        let selected = match self.switch(folder, SelectMode::ReadOnly).await? {
            Ok(selected) => selected,
            Err(error) if !error.fatal() => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let first = before
            .filter(|mark| resent && mark.to_uid_validity == Some(selected.uid_validity))
            .and_then(|mark| mark.to_uid_next);
        let found = self.with_message_id(message_id, first).await?;
        Ok(found.map(|uid| self.place_in(folder, selected.uid_validity, uid, message_id)))
    }

    fn place_in(&self, folder: &str, uid_validity: UidValidity, uid: Uid, message_id: &str) -> ServerPlace {
        ServerPlace {
            account: self.account.config.name.clone(),
            folder: folder.to_owned(),
            uid_validity,
            uid: Some(uid),
            message_id: message_id.to_owned(),
            size: 0,
        }
    }

    /// A message with exactly this Message-ID in the selected folder, at this UID or above.
    async fn with_message_id(&mut self, message_id: &str, first: Option<Uid>) -> Result<Option<Uid>, Trouble> {
        let hits = self.session.search(&Search::HeaderMessageId(message_id.to_owned())).await?;
        let hits: UidSet = hits.iter().filter(|uid| first.is_none_or(|first| *uid >= first)).collect();
        if hits.is_empty() {
            return Ok(None);
        }
        let identities = self.session.fetch_identity(&hits).await?;
        Ok(identities.into_iter().find(|one| one.message_id == message_id).map(|one| one.uid))
    }

    /// Looks for mails that may have been sent among what was sent: one that is there was.
    pub(super) async fn look_for_sent(&mut self) -> Result<(), Trouble> {
        if self.folders.is_empty() {
            // Not listed yet: it is looked for with the next that is queued, or by the next connection.
            return Ok(());
        }
        let name = self.account.config.name.clone();
        let posts = self.account.on_desk(Urgency::Now, move |files| files.journal.not_looked_for(&name)).await?;
        for post in posts {
            if !post.mail.resent && self.is_sent(&post).await? {
                let (generation, copy) = (self.generation, self.account.config.outgoing.sent_copy);
                let job = move |files: &mut Files| sent(files, generation, &post, copy, "found among what was sent");
                let followed = self.account.on_desk(Urgency::Now, job).await?;
                mailer::tell(&self.account, followed);
            } else {
                let of = Try { step: post.step, number: post.tries };
                self.account.on_desk(Urgency::Now, move |files| files.journal.looked_for(of)).await?;
            }
            self.account.outlet.send(Event::Outbox(self.account.id));
        }
        Ok(())
    }

    async fn is_sent(&mut self, post: &Post) -> Result<bool, Trouble> {
        let there = |role: Option<Role>| matches!(role, Some(Role::Sent | Role::All));
        let folders: Vec<String> =
            self.folders.values().filter(|folder| there(folder.role)).map(|folder| folder.raw.clone()).collect();
        for folder in folders {
            match self.switch(&folder, SelectMode::ReadOnly).await? {
                Ok(_) => {
                    // Where all mail is in one folder, the draft of it is too, and proves nothing.
                    let is_draft = |one: &Marked| one.draft || !one.mark.is_empty();
                    if !self.with_id(&post.mail.message_id).await?.iter().all(is_draft) {
                        return Ok(true);
                    }
                }
                Err(error) if !error.fatal() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(false)
    }
}
