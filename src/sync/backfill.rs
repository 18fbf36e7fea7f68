//! Headers in chunks, and flags in chunks: what takes long in a folder. Each chunk is a transaction that also writes down
//! what was asked for, and the next one is fetched while it is written.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::imap::uid_set::UidSet;
use crate::mail::message::NewMessage;
use crate::mail::{AccountId, FolderId, Uid, UidValidity, UnixTime};
use crate::protocol::Event;
use crate::safe_text::SafeText;
use crate::store::{PutReport, SyncState};
use crate::sync::account::{Mode, Trouble};
use crate::sync::alarm::SPREAD_MILLIS;
use crate::sync::apply::arrivals::{self, Filed};
use crate::sync::apply::drafts::forget;
use crate::sync::desk::{Files, Gone, Urgency};
use crate::sync::plan::folder::{CHUNK, FIRST_CHUNK, TRIAL_CHUNK, close_gap, fitting, next_chunk, suspicious_loss};
use crate::sync::plan::poison::Ask;
use crate::sync::worker::{Lane, Worker};

/// A chunk that takes longer keeps the user waiting, who may want a body meanwhile.
const SLOW: Duration = Duration::from_millis(400);
/// A chunk that takes less costs more in turnarounds than it brings.
const QUICK: Duration = Duration::from_millis(100);

impl Worker {
    /// Fetches the next chunk of older headers, while the chunk before it is still being written down.
    pub(super) async fn backfill(&mut self, id: FolderId) -> Result<(), Trouble> {
        let underway = self.writing.as_ref().filter(|writing| writing.is_of(id)).map(|writing| writing.validity);
        let validity = match underway {
            Some(validity) => validity,
            None => match self.enter(id).await?.and_then(|state| state.uid_validity) {
                Some(validity) => validity,
                None => return Ok(()),
            },
        };
        let pace = self.account.desires().pace;
        let target = match pace {
            Some(pace) => self.chunk.min(pace),
            None if self.account.mode == Mode::Live => TRIAL_CHUNK,
            None => self.chunk,
        };
        let began = Instant::now();
        self.fetch_chunk(id, validity, target, Chunk::Old).await?;
        // A connection that is alone is soon back for what the user wants, also on a slow line.
        if self.lane == Lane::Work && target == self.chunk {
            self.chunk = paced(self.chunk, began.elapsed());
        }
        Ok(())
    }

    /// Fetches headers of the newest UIDs that were never asked for, and begins to write them down together with what
    /// is left: in one job, so that no cut leaves a gap closed whose messages are missing. [`Worker::written`] waits for
    /// it. The chunk before it is waited for here, so that no more than two are in memory.
    pub(super) async fn fetch_chunk(
        &mut self,
        id: FolderId,
        validity: UidValidity,
        target: u32,
        chunk: Chunk,
    ) -> Result<(), Trouble> {
        let Some(folder) = self.folders.get(&id) else { return Ok(()) };
        let asked = self.ahead.take().filter(|(ahead, range)| *ahead == id && is_open(&folder.gaps, *range));
        let range = asked.map(|(_, range)| range).or_else(|| next_chunk(&folder.gaps, target, folder.density));
        let Some(range) = range else { return Ok(()) };
        let (ask, hunting) = {
            let mut desires = self.account.desires();
            let poison = desires.poison.entry(id).or_default();
            (poison.next(range, &folder.gaps), !poison.is_clear())
        };
        let range = match ask {
            Ask::Headers(range) => range,
            Ask::Flags(uid) => return self.give_up_headers(id, validity, uid).await,
            Ask::Proof(uid) => return self.prove_sound(id, uid).await,
        };
        // The server goes on to the next chunk while this one is read; not where a user might come to wait for that.
        let nobody_waits = self.lane == Lane::Backfill || self.account.mode == Mode::Once;
        let ahead = (nobody_waits && chunk != Chunk::New && !hunting)
            .then(|| next_chunk(&close_gap(&folder.gaps, range), target, folder.density))
            .flatten();
        self.ahead = ahead.map(|ahead| (id, ahead));
        let next = ahead.map(|(low, high)| UidSet::range(Uid(low), Uid(high))).unwrap_or_default();
        let mut messages: Vec<NewMessage> = Vec::with_capacity(target as usize);
        let began = Instant::now();
        let unreadable = self
            .session
            .fetch_headers_before(&UidSet::range(Uid(range.0), Uid(range.1)), &next, &mut |message| {
                messages.push(message);
            })
            .await;
        // What came before a cut tells how fast the line is too; what came early, with the SELECT, does not.
        let fits = fitting(messages.len(), began.elapsed()).filter(|_| chunk == Chunk::Old);
        if let Some(fits) = fits {
            // What came while the chunk before was written down took no time to read: no more than twice as much.
            self.account.desires().pace = Some(fits.min(target.saturating_mul(2)));
        }
        let unreadable = match unreadable {
            Ok(unreadable) => unreadable,
            Err(error) => return self.accuse(id, range, error),
        };
        if let Some(poison) = self.account.desires().poison.get_mut(&id) {
            poison.came(range, messages.last().map(|message| message.uid));
        }
        if !self.session.capabilities().has("UIDPLUS") {
            // Without UID EXPUNGE what we moved away may stay behind as \Deleted: it is not shown again (RL25).
            messages.retain(|message| message.flags.system & crate::mail::flags::DELETED == 0);
        }
        let width = f64::from(range.1 - range.0 + 1);
        #[expect(clippy::cast_precision_loss, reason = "a chunk is a few thousand")]
        let density = messages.len() as f64 / width;
        if let Some(folder) = self.folders.get_mut(&id) {
            folder.density = density;
            folder.failures = 0;
            folder.gaps = close_gap(&folder.gaps, range);
        }
        let before = self.writing.take();
        let account = (self.account.id, self.account.config.name.clone());
        let (generation, now) = (self.generation, self.account.now());
        let done = self.account.desk.begin(Urgency::Background, move |files| {
            let mut state = files.cache.sync_state(id)?;
            if state.uid_validity != Some(validity) {
                // The folder was numbered anew while these came: they mean other messages now.
                return Ok(Written { report: PutReport::default(), state, messages, filed: Filed::default() });
            }
            let report = files.cache.put_messages(id, &messages)?;
            if !unreadable.is_empty() {
                let unreadable: Vec<Uid> = unreadable.iter().collect();
                files.cache.put_placeholders(id, &unreadable)?;
                files.cache.note_poison(id, &unreadable, now)?;
            }
            state.gaps = close_gap(&state.gaps, range);
            state.complete |= state.gaps.is_empty();
            files.cache.put_sync_state(id, &state)?;
            let (queued, _) = files.journal.counts()?;
            if queued > 0 {
                // Steps that were queued before the cache was lost find their messages again.
                let ids = report.ids.iter().copied().collect();
                crate::sync::lay::lay_some(files, (account.0, &account.1), generation, &ids)?;
            }
            let filed = file_arrivals(files, (account.0, &account.1), generation, now);
            Ok::<_, Trouble>(Written { report, state, messages, filed })
        });
        self.writing = Some(Writing { folder: id, validity, chunk, done });
        match before {
            Some(before) => self.tell_written(before).await,
            None => Ok(()),
        }
    }

    /// Waits until the chunk of headers that is on the desk is written down, and tells the screen.
    pub(super) async fn written(&mut self) -> Result<(), Trouble> {
        match self.writing.take() {
            Some(writing) => self.tell_written(writing).await,
            None => Ok(()),
        }
    }

    async fn tell_written(&mut self, writing: Writing) -> Result<(), Trouble> {
        let Writing { folder: id, chunk, done, .. } = writing;
        let Written { report, state, messages, filed } = done.await.map_err(|_| Gone)??;
        drop(messages);
        let new_unread = report.new_unread.saturating_sub(filed.quiet);
        self.tell_filed(filed);
        if let Some(folder) = self.folders.get_mut(&id) {
            let left: u64 = state.gaps.iter().map(|(low, high)| u64::from(high - low) + 1).sum();
            let all = u64::from(state.uid_next.map_or(1, |next| next.0).saturating_sub(1)).max(1);
            let name = folder.name.clone();
            if left > 0 || std::mem::take(&mut folder.progressing) {
                folder.progressing = left > 0;
                self.account.progress(&format!("{name}: headers"), all - left.min(all), all);
            }
            if new_unread > 0 && chunk == Chunk::New {
                self.account.outlet.send(Event::NewMail { folder: id, count: new_unread });
            }
        }
        self.account.folder_changed(id);
        Ok(())
    }

    /// Tells what rules did to mail that arrived, and has it sent.
    fn tell_filed(&mut self, filed: Filed) {
        let undoable = true;
        let news = filed.kept.iter().filter(|trouble| !self.unfiled.contains(trouble));
        for trouble in filed.troubles.iter().chain(news) {
            self.account.activity(trouble);
        }
        self.unfiled = filed.kept;
        for folder in filed.folders {
            self.account.folder_changed(folder);
        }
        if filed.ops.is_empty() {
            return;
        }
        for (op, words) in filed.ops {
            self.account.activity(&words);
            self.account.outlet.send(Event::OpQueued { op, summary: SafeText::new(&words), undoable });
        }
        self.send_filed();
    }

    /// Has sent what was done to mail that arrived. Without MOVE (RFC 6851) two machines that copy one message at the same
    /// moment leave two copies: they do not all come at once, and each looks whether the message is still there.
    fn send_filed(&self) {
        if self.session.capabilities().has("MOVE") || self.account.mode != Mode::Live {
            self.account.want(|desires| desires.outbox = true);
            return;
        }
        let wait = Duration::from_millis(rand::random_range(0..SPREAD_MILLIS));
        let account = Arc::downgrade(&self.account);
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            if let Some(account) = account.upgrade() {
                account.want(|desires| desires.outbox = true);
            }
        });
    }

    /// Compares the next chunk of flags, and finds what is gone in its range.
    pub(super) async fn sweep(&mut self, id: FolderId) -> Result<(), Trouble> {
        let Some(validity) = self.enter(id).await?.and_then(|state| state.uid_validity) else { return Ok(()) };
        let next = self.account.desires().sweeps.get(&id).and_then(|ranges| ranges.last().copied());
        let Some(range) = next else { return Ok(()) };
        let mut found = Vec::new();
        self.session
            .fetch_flags(&UidSet::range(Uid(range.0), Uid(range.1)), None, &mut |uid, flags, modseq| {
                found.push((uid, flags, modseq));
            })
            .await?;
        let present: UidSet = found.iter().map(|(uid, _, _)| *uid).collect();
        let (mut changed, missing) = self
            .account
            .on_desk(Urgency::Background, move |files| {
                if files.cache.sync_state(id)?.uid_validity != Some(validity) {
                    return Ok::<_, Trouble>((0, UidSet::new()));
                }
                let changed = files.cache.put_flags(id, &found)?;
                let local = UidSet::from_ranges(files.cache.reader().uids_within(id, &[range])?);
                let missing = local.difference(&present);
                // A whole range gone at once is left to the count of the next head (RL04).
                let believed = !suspicious_loss(local.len(), missing.len());
                Ok((changed, if believed { missing } else { UidSet::new() }))
            })
            .await?;
        let gone = self.missing_twice(missing).await?.unwrap_or_default();
        if !gone.is_empty() {
            let (removed, left) = self
                .account
                .on_desk(Urgency::Background, move |files| {
                    // What another connection may be moving at this moment is left to the next head: the queue knows
                    // where it went, the server's word not.
                    let (queued, _) = files.journal.counts()?;
                    if queued > 0 || files.cache.sync_state(id)?.uid_validity != Some(validity) {
                        return Ok((0, Vec::new()));
                    }
                    forget(files, id, &gone.iter().collect::<Vec<_>>())
                })
                .await?;
            changed += removed;
            self.account.letters_left(left);
        }
        if let Some(ranges) = self.account.desires().sweeps.get_mut(&id) {
            ranges.retain(|other| *other != range);
        }
        if changed > 0 {
            self.account.folder_changed(id);
        }
        Ok(())
    }
}

impl Worker {
    /// Those of these UIDs of the open folder that the server does not know when it is asked once more: an answer may
    /// have left a message out that is there (RL17). `None`: it refuses to say.
    pub(super) async fn missing_twice(&mut self, missing: UidSet) -> Result<Option<UidSet>, Trouble> {
        if missing.is_empty() {
            return Ok(Some(missing));
        }
        let mut there = UidSet::new();
        match self.session.fetch_flags(&missing, None, &mut |uid, _, _| there.insert(uid)).await {
            Ok(()) => Ok(Some(missing.difference(&there))),
            Err(error) if !error.fatal() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// How many headers the next chunk is to bring when one of `chunk` took so long.
fn paced(chunk: u32, took: Duration) -> u32 {
    if took > SLOW {
        (chunk / 2).max(FIRST_CHUNK)
    } else if took < QUICK {
        chunk.saturating_mul(2).min(CHUNK)
    } else {
        chunk
    }
}

/// A chunk of headers that is being written down.
pub(super) struct Writing {
    /// Whose headers.
    folder: FolderId,
    /// What its UIDs mean.
    validity: UidValidity,
    chunk: Chunk,
    done: oneshot::Receiver<Result<Written, Trouble>>,
}

/// What became of a chunk of headers.
struct Written {
    report: PutReport,
    /// What is known of the folder now.
    state: SyncState,
    /// Freed where they were made: an allocator is at its best so.
    messages: Vec<NewMessage>,
    /// What rules did to those that arrived.
    filed: Filed,
}

impl Writing {
    /// Whether the next chunk of this folder may be fetched meanwhile.
    pub(super) fn is_of(&self, folder: FolderId) -> bool {
        self.folder == folder
    }
}

/// Whether a chunk of headers is news to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunk {
    /// Arrived since the last sync.
    New,
    /// The newest of what was there before we looked: one screen.
    First,
    /// The rest of it.
    Old,
}

/// Cuts ranges into chunks of about `width` UIDs, the newest last.
pub(super) fn chunks(ranges: &[(u32, u32)], width: u32) -> Vec<(u32, u32)> {
    let mut all = Vec::new();
    let mut open: Option<(u32, u32, u32)> = None;
    for &(mut low, high) in ranges {
        loop {
            let (start, _, had) = open.unwrap_or((low, low, 0));
            let room = width - had;
            let end = high.min(low.saturating_add(room - 1));
            let count = had + (end - low) + 1;
            if count >= width {
                all.push((start, end));
                open = None;
            } else {
                open = Some((start, end, count));
            }
            if end == high {
                break;
            }
            low = end + 1;
        }
    }
    if let Some((start, end, _)) = open {
        all.push((start, end));
    }
    all
}

/// Files what arrived. That it cannot be done keeps nobody from reading it.
pub(super) fn file_arrivals(files: &mut Files, account: (AccountId, &str), generation: i64, now: UnixTime) -> Filed {
    arrivals::file(files, account, generation, now).unwrap_or_else(|refusal| {
        tracing::warn!(account = account.1, "what arrived was not filed: {refusal}");
        Filed { kept: vec![format!("rules were not applied: {refusal}")], ..Filed::default() }
    })
}

/// Whether all of a range is still to be asked for.
fn is_open(gaps: &[(u32, u32)], range: (u32, u32)) -> bool {
    gaps.iter().any(|gap| gap.0 <= range.0 && range.1 <= gap.1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{chunks, paced};

    /// How many UIDs of these ranges lie in another.
    fn count_in(ranges: &[(u32, u32)], within: (u32, u32)) -> u64 {
        ranges
            .iter()
            .map(|(low, high)| {
                let (low, high) = ((*low).max(within.0), (*high).min(within.1));
                if low > high { 0 } else { u64::from(high - low) + 1 }
            })
            .sum()
    }

    /// A slow line gets smaller chunks, down to one screen; a fast one gets them back.
    #[test]
    fn chunks_follow_the_line() {
        let slow = std::iter::successors(Some(1_000), |chunk| Some(paced(*chunk, Duration::from_secs(1))));
        assert_eq!(slow.take(5).collect::<Vec<_>>(), [1_000, 500, 250, 200, 200]);
        assert_eq!(paced(200, Duration::from_millis(200)), 200);
        assert_eq!(paced(750, Duration::from_millis(20)), 1_000);
    }

    /// Protects the sweep: every UID is in exactly one chunk, the newest in the last.
    #[test]
    fn chunks_cover_every_range() {
        assert_eq!(chunks(&[(1, 10)], 4), [(1, 4), (5, 8), (9, 10)]);
        assert_eq!(chunks(&[(1, 2), (5, 6), (9, 9)], 4), [(1, 6), (9, 9)]);
        assert_eq!(chunks(&[(7, 7)], 1), [(7, 7)]);
        assert!(chunks(&[], 4).is_empty());
        let ranges = [(1, 999), (2_000, 2_500), (9_000, 9_001)];
        let total: u64 = chunks(&ranges, 100).iter().map(|chunk| count_in(&ranges, *chunk)).sum();
        assert_eq!(total, 999 + 501 + 2);
    }
}
