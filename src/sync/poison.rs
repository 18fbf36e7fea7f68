//! Headers that a server cannot send: the message at fault is found, shown as a placeholder, and tried again much later;
//! once after minutes where the server only said NO, and when the user opens it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::imap::error::Error;
use crate::imap::uid_set::UidSet;
use crate::mail::{FolderId, MessageId, Uid, UidValidity};
use crate::sync::account::Trouble;
use crate::sync::desk::Urgency;
use crate::sync::plan::folder::close_gap;
use crate::sync::plan::poison::Failure;
use crate::sync::worker::Worker;

/// How many unreadable messages of a folder are tried again at once.
const AGAIN: u32 = 8;
/// After a bare NO, which a server in trouble for a moment says too, a message is asked for once more so soon. It is not
/// remembered beyond the program's end: then the first pause in the cache is what counts.
const SOON: Duration = Duration::from_mins(2);

impl Worker {
    /// Headers of this range did not come. `Ok`: the session goes on, and the next chunk is a smaller one.
    pub(super) fn accuse(&self, id: FolderId, range: (u32, u32), error: Error) -> Result<(), Trouble> {
        let Some(failure) = blame(&error) else { return Err(error.into()) };
        let mut desires = self.account.desires();
        if !desires.poison.entry(id).or_default().failed(range, failure) {
            return Err(error.into());
        }
        // The hunt goes on with less: the folder is not what ends connections (RL42).
        desires.deadly.remove(&id);
        if error.fatal() { Err(error.into()) } else { Ok(()) }
    }

    /// The headers of this UID cannot be had. Where its flags can, the message gets a placeholder; where it is not even
    /// there, nothing.
    pub(super) async fn give_up_headers(
        &mut self,
        id: FolderId,
        validity: UidValidity,
        uid: Uid,
    ) -> Result<(), Trouble> {
        self.written().await?;
        let mut flags = Vec::new();
        let mut sink = |uid, now, modseq| flags.push((uid, now, modseq));
        let told = self.session.fetch_flags(&UidSet::one(uid), None, &mut sink).await;
        let there = !flags.is_empty();
        let failure = {
            let mut desires = self.account.desires();
            let poison = desires.poison.entry(id).or_default();
            if told.is_err() {
                poison.acquit();
            }
            told?;
            poison.found()
        };
        if there && failure == Some(Failure::Refusal) {
            self.ask_soon(id, uid);
        }
        let now = self.account.now();
        let state = self
            .account
            .on_desk(Urgency::Background, move |files| {
                let mut state = files.cache.sync_state(id)?;
                if state.uid_validity != Some(validity) {
                    return Ok(state);
                }
                if there {
                    files.cache.put_placeholders(id, &[uid])?;
                    files.cache.put_flags(id, &flags)?;
                    files.cache.note_poison(id, &[uid], now)?;
                }
                state.gaps = close_gap(&state.gaps, (uid.0, uid.0));
                state.complete |= state.gaps.is_empty();
                files.cache.put_sync_state(id, &state)?;
                Ok::<_, crate::store::Error>(state)
            })
            .await?;
        if let Some(folder) = self.folders.get_mut(&id) {
            folder.gaps = state.gaps;
            if there {
                let text = format!("{}: the server cannot send one message; it is shown as such", folder.name);
                self.account.activity(&text);
            }
        }
        self.account.folder_changed(id);
        Ok(())
    }

    /// Has the headers of this message asked for once more, in some minutes.
    fn ask_soon(&self, id: FolderId, uid: Uid) {
        self.account.desires().soon.entry(id).or_default().push((uid, Instant::now() + SOON));
        // It keeps nothing alive: an engine that ends does not wait for it.
        let account = Arc::downgrade(&self.account);
        tokio::spawn(async move {
            tokio::time::sleep(SOON).await;
            if let Some(account) = account.upgrade() {
                account.want(|desires| {
                    desires.dirty.insert(id);
                });
            }
        });
    }

    /// Asks once more for a header that came before. Whether the server sends it says whether it is sound, however many
    /// messages in a row it refuses.
    pub(super) async fn prove_sound(&mut self, id: FolderId, uid: Uid) -> Result<(), Trouble> {
        let mut came = false;
        let told = self.session.fetch_headers(&UidSet::one(uid), &mut |_| came = true).await;
        if let Some(poison) = self.account.desires().poison.get_mut(&id) {
            if told.is_ok() && came { poison.proved() } else { poison.acquit() }
        }
        told?;
        Ok(())
    }

    /// Asks once more for messages that were refused minutes ago, or could not be read an hour ago, or a day ago.
    pub(super) async fn read_again(&mut self, id: FolderId) -> Result<(), Trouble> {
        let soon = self.account.desires().take_soon(id, AGAIN);
        for uid in soon {
            self.read_row(id, uid).await?;
        }
        let now = self.account.now();
        let due = self
            .account
            .on_desk(Urgency::Background, move |files| files.cache.reader().poison_due(id, now, AGAIN))
            .await?;
        for uid in due {
            // Noted before it is asked for: one that ends the connection is not asked for again at once.
            self.account.on_desk(Urgency::Background, move |files| files.cache.note_poison(id, &[uid], now)).await?;
            self.read_row(id, uid).await?;
        }
        Ok(())
    }

    /// The user opened this message of the folder that is selected: if it is shown without a header, that is asked for
    /// once more.
    pub(super) async fn read_opened(&mut self, id: FolderId, message: MessageId, uid: Uid) -> Result<(), Trouble> {
        let unread =
            self.account.on_desk(Urgency::Now, move |files| files.cache.reader().is_placeholder(message)).await?;
        if unread { self.read_row(id, uid).await } else { Ok(()) }
    }

    /// Asks for the headers of one message of the folder that is selected. A refusal changes nothing.
    async fn read_row(&mut self, id: FolderId, uid: Uid) -> Result<(), Trouble> {
        let mut messages = Vec::new();
        match self.session.fetch_headers(&UidSet::one(uid), &mut |message| messages.push(message)).await {
            Err(error) if error.fatal() => return Err(error.into()),
            Ok(_) | Err(_) => {}
        }
        if messages.is_empty() {
            return Ok(());
        }
        self.account.on_desk(Urgency::Background, move |files| files.cache.put_messages(id, &messages)).await?;
        self.account.folder_changed(id);
        Ok(())
    }
}

/// What a failure says of the messages that were asked for; `None`: nothing.
fn blame(error: &Error) -> Option<Failure> {
    match error {
        Error::Rejected { .. } => Some(Failure::Refusal),
        Error::Bad { .. } | Error::Protocol(_) => Some(Failure::Answer),
        // Yahoo says UNAVAILABLE of one message for ever, November 2026; a server that means it says how long, or of all.
        Error::Closed { .. } | Error::Timeout { .. } | Error::Throttled { wait: None, .. } => Some(Failure::Silence),
        Error::Throttled { wait: Some(_), .. } | Error::Auth { .. } | Error::Unreachable { .. } | Error::Tls { .. } => {
            None
        }
    }
}
