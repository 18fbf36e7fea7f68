//! Bodies: the next piece of what somebody wants, and what the policy wants when nobody does.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::config::Prefetch;
use crate::imap::uid_set::UidSet;
use crate::mail::{FolderId, MessageId, Uid, UnixTime};
use crate::protocol::{Event, Priority};
use crate::store::index::Text;
use crate::store::{Arrived, Detail};
use crate::sync::account::{Digest, Trouble};
use crate::sync::bodies::{Piece, SLICE, Wish, next_piece};
use crate::sync::desk::Urgency;
use crate::sync::worker::{Download, Worker};

/// No body larger than this is fetched (PS25).
pub const MAX_BODY: u64 = 64 * 1024 * 1024;
/// How old a message may be for "recent".
const RECENT: i64 = 30 * 86_400;
/// How many bodies one command of the prefetch brings.
const BATCH: u32 = 25;
/// How many bytes it may bring.
const BATCH_BYTES: u64 = 1024 * 1024;
/// Larger messages are not fetched ahead.
const PREFETCH_SIZE: u64 = 200 * 1024;

/// What list and index show of a body that cannot be read here: a server may still search it.
fn unread() -> Digest {
    Digest { text: Text { cut: true, ..Text::default() }, ..Digest::default() }
}

impl Worker {
    /// Fetches the next piece of a body.
    pub(super) async fn body(&mut self, wish: Wish) -> Result<(), Trouble> {
        let message = wish.message;
        let found = self
            .account
            .on_desk(Urgency::Now, move |files| {
                let reader = files.cache.reader();
                let have = reader.body(message)?.map(|body| (body.bytes, body.whole));
                Ok::<_, crate::store::Error>((reader.detail(message)?, have))
            })
            .await?;
        let (Some(detail), have) = found else {
            self.give_up(wish, "this message is gone");
            return Ok(());
        };
        if have.as_ref().is_some_and(|(_, whole)| *whole) {
            self.account.desires().wants.done(message);
            self.account.outlet.send(Event::BodyReady(message));
            return Ok(());
        }
        let Some(uid) = detail.uid else {
            // It was moved and its new UID is not known yet: the folder's next sync binds it.
            self.account.desires().wants.done(message);
            self.soil(detail.folder);
            if wish.priority == Priority::Open {
                self.give_up(wish, "this message was just moved; it can be read when its folder is in step");
            }
            return Ok(());
        };
        if detail.row.size > MAX_BODY {
            self.give_up(wish, "this message is larger than 64 MB and is not fetched");
            return Ok(());
        }
        if !self.at(detail.folder, &detail).await? {
            self.give_up(wish, "its folder changed on the server; try again when it is in step");
            return Ok(());
        }
        self.piece(wish, uid, &detail, have.map(|(bytes, _)| bytes)).await?;
        if wish.priority == Priority::Open {
            self.read_opened(detail.folder, message, uid).await?;
        }
        Ok(())
    }

    /// SELECTs the folder if it is not; false if its UIDs mean something else now.
    async fn at(&mut self, id: FolderId, detail: &Detail) -> Result<bool, Trouble> {
        let raw = self.folders.get(&id).map(|folder| folder.raw.clone());
        if raw.is_some() && self.session.selected() == raw.as_deref() {
            return Ok(true);
        }
        let selected = match self.select(id).await {
            Ok(Some((selected, _))) => selected,
            Ok(None) => return Ok(false),
            Err(Trouble::Imap(error)) if !error.fatal() => return Ok(false),
            Err(trouble) => return Err(trouble),
        };
        if Some(selected.uid_validity) != detail.uid_validity {
            self.soil(id);
            return Ok(false);
        }
        Ok(true)
    }

    async fn piece(&mut self, wish: Wish, uid: Uid, detail: &Detail, have: Option<Vec<u8>>) -> Result<(), Trouble> {
        let (message, size) = (wish.message, detail.row.size);
        if let Some(have) = have
            && self.download.as_ref().is_none_or(|download| download.message != message)
        {
            self.download = Some(Download { message, bytes: have });
        }
        let have = self.download.as_ref().filter(|d| d.message == message).map(|d| d.bytes.len() as u64);
        let outlet = self.account.outlet.clone();
        let tell = wish.priority == Priority::Open || wish.whole;
        let base = have.unwrap_or(0);
        let mut progress = |done: u64| {
            if tell {
                outlet.send(Event::BodyProgress { message, done: base + done, total: size });
            }
        };
        let answer = match next_piece(size, have, wish.whole) {
            Piece::Enough => {
                self.account.desires().wants.fulfilled(wish);
                return Ok(());
            }
            Piece::Whole => self.session.fetch_body(uid, &mut progress).await,
            Piece::Range(from, length) => self.session.fetch_range(uid, from, length, &mut progress).await,
        };
        match answer {
            Ok(Some(bytes)) => self.arrived(wish, detail, bytes, have.is_some()).await,
            Ok(None) => {
                self.soil(detail.folder);
                self.give_up(wish, "this message is no longer on the server");
                Ok(())
            }
            Err(error) if !error.fatal() => {
                let reason = format!("the server refused: {error}");
                let (note, now) = (reason.clone(), self.account.now());
                self.account
                    .on_desk(Urgency::Background, move |files| files.cache.note_body_failure(message, &note, now))
                    .await?;
                self.give_up(wish, &reason);
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Bytes came: the whole, the first, or one more slice.
    async fn arrived(&mut self, wish: Wish, detail: &Detail, bytes: Vec<u8>, more: bool) -> Result<(), Trouble> {
        let (message, size) = (wish.message, detail.row.size);
        let asked_whole = !more && next_piece(size, None, wish.whole) == Piece::Whole;
        let short = more && bytes.len() < SLICE as usize;
        let mut all = match self.download.take().filter(|download| more && download.message == message) {
            Some(download) => download.bytes,
            None => Vec::new(),
        };
        all.extend_from_slice(&bytes);
        // A server whose sizes lie (iCloud, Exchange) is believed in what it sends: a short slice is the end (PS35).
        let whole = asked_whole || short || all.len() as u64 >= size;
        if whole || !more {
            self.keep(vec![(message, all.clone(), whole)]).await?;
        }
        // Before the screen is told, which may then ask for the rest.
        if whole {
            self.account.desires().wants.done(message);
        } else if !wish.whole {
            self.account.desires().wants.fulfilled(wish);
        }
        if whole || !more {
            self.account.outlet.send(Event::BodyReady(message));
        }
        if whole {
            self.evict().await?;
        } else if wish.whole {
            self.download = Some(Download { message, bytes: all });
        }
        Ok(())
    }

    /// Writes bodies into the cache, with what list and index show of them.
    async fn keep(&self, came: Vec<(MessageId, Vec<u8>, bool)>) -> Result<(), Trouble> {
        let digester = std::sync::Arc::clone(&self.account.digester);
        let arrived = tokio::task::spawn_blocking(move || {
            let all = came.into_iter().map(|(message, bytes, whole)| {
                // A mail that no limit foresaw costs its own line and words, not the account.
                let digest = catch_unwind(AssertUnwindSafe(|| digester(&bytes))).unwrap_or_else(|_| unread());
                Arrived { message, bytes, whole, digest }
            });
            all.collect::<Vec<_>>()
        })
        .await
        // Without a panic it is lost with the runtime alone.
        .map_err(|_| crate::sync::desk::Gone)?;
        self.account.on_desk(Urgency::Now, move |files| files.cache.keep_bodies(&arrived)).await
    }

    async fn evict(&self) -> Result<(), Trouble> {
        let (account, bytes) = (self.account.id, self.account.config.cache.max_mb.saturating_mul(1024 * 1024));
        self.account.on_desk(Urgency::Background, move |files| files.cache.evict(account, bytes).map(|_| ())).await
    }

    /// Fetches a batch of bodies that the policy wants. True: it wants no more for now.
    pub(super) async fn prefetch(&mut self) -> Result<bool, Trouble> {
        let newer = match self.account.config.cache.prefetch {
            Prefetch::None | Prefetch::Visible => return Ok(true),
            Prefetch::Recent => UnixTime(self.account.now().0 - RECENT),
            Prefetch::All => UnixTime(i64::MIN),
        };
        let (account, unwanted) = (self.account.id, self.unwanted());
        let room = self.account.config.cache.max_mb.saturating_mul(1024 * 1024);
        let (wanted, used) = self
            .account
            .on_desk(Urgency::Background, move |files| {
                let reader = files.cache.reader();
                let wanted = reader.wanted_bodies(account, newer, PREFETCH_SIZE, BATCH)?;
                Ok::<_, crate::store::Error>((wanted, reader.body_bytes(account)?))
            })
            .await?;
        let mut by_folder: BTreeMap<FolderId, Vec<(MessageId, Uid)>> = BTreeMap::new();
        let mut bytes = 0;
        for (message, folder, uid, size) in wanted {
            // Fetching what would push out what was read is a circle without end.
            if used + bytes + size > room.saturating_mul(9) / 10 || bytes > BATCH_BYTES {
                break;
            }
            if unwanted.contains(&folder) || !self.folders.contains_key(&folder) {
                continue;
            }
            bytes += size;
            by_folder.entry(folder).or_default().push((message, uid));
        }
        if by_folder.is_empty() {
            return Ok(true);
        }
        for (folder, messages) in by_folder {
            self.prefetch_in(folder, &messages).await?;
        }
        self.evict().await?;
        Ok(false)
    }

    async fn prefetch_in(&mut self, folder: FolderId, messages: &[(MessageId, Uid)]) -> Result<(), Trouble> {
        let ids: BTreeMap<Uid, MessageId> = messages.iter().map(|(message, uid)| (*uid, *message)).collect();
        let mut came: Vec<(Uid, Vec<u8>)> = Vec::new();
        let result = match self.enter(folder).await {
            Ok(None) => Ok(()),
            Ok(Some(_)) => {
                let set: UidSet = ids.keys().copied().collect();
                self.session
                    .fetch_bodies(&set, MAX_BODY, &mut |uid, bytes| came.push((uid, bytes)))
                    .await
                    .map_err(Trouble::from)
            }
            Err(trouble) => Err(trouble),
        };
        let mut missing = ids.clone();
        let mut kept = Vec::new();
        for (uid, bytes) in came {
            kept.extend(missing.remove(&uid).map(|message| (message, bytes, true)));
        }
        self.keep(kept).await?;
        self.account.folder_changed(folder);
        match result {
            Err(Trouble::Imap(error)) if error.fatal() => return Err(error.into()),
            Err(trouble @ (Trouble::Store(_) | Trouble::Journal(_) | Trouble::Letters(_) | Trouble::Gone(_))) => {
                return Err(trouble);
            }
            Ok(()) | Err(Trouble::Imap(_)) => {}
        }
        // What the server did not send is noted, so that the same batch is not asked for at every turn (invariant 8).
        let failed: Vec<MessageId> = missing.into_values().collect();
        let now = self.account.now();
        self.account
            .on_desk(Urgency::Background, move |files| {
                for message in failed {
                    files.cache.note_body_failure(message, "the server did not send it", now)?;
                }
                Ok::<_, crate::store::Error>(())
            })
            .await
    }
}
