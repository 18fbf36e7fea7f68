//! One folder brought in step: what is new, what changed, what is gone. Resumable after any cut: every chunk is a
//! transaction that also writes down what was asked for.

use tokio::sync::oneshot;

use crate::imap::session::{Mode as SelectMode, Search, Selected};
use crate::imap::uid_set::UidSet;
use crate::mail::folder::Role;
use crate::mail::message::NewMessage;
use crate::mail::{FolderId, Uid};
use crate::protocol::Event;
use crate::store::{PutReport, SyncState};
use crate::sync::account::Trouble;
use crate::sync::desk::{Gone, Urgency};
use crate::sync::plan::folder::{
    CHUNK, FIRST_CHUNK, FLAG_CHUNK, FlagPlan, Known, Seen, close_gap, next_chunk, open_gap, steps, suspicious_loss,
};
use crate::sync::worker::Worker;

impl Worker {
    /// SELECTs the folder and brings its newest part in step.
    pub(super) async fn head(&mut self, id: FolderId) -> Result<(), Trouble> {
        let Some((selected, state)) = self.select(id).await? else { return Ok(()) };
        let seen = self.seen(&selected).await?;
        let known = Known {
            uid_validity: state.uid_validity,
            uid_next: state.uid_next,
            highest_modseq: state.highest_modseq,
            exists: state.exists,
        };
        let plan = steps(&known, &seen);
        if plan.reset {
            self.reset(id, &seen).await?;
        }
        let first = state.uid_validity.is_none() || plan.reset;
        let mut gaps = if first { Vec::new() } else { state.gaps.clone() };
        if let Some(new) = plan.new {
            gaps = open_gap(&gaps, new);
        }
        // Flags first while the list is short: what was read elsewhere must not look unread until all is fetched.
        let mut next = SyncState {
            uid_validity: Some(seen.uid_validity),
            uid_next: Some(seen.uid_next),
            highest_modseq: state.highest_modseq.filter(|_| !first),
            // Unknown until the end: a cut before what is gone was looked for must not leave a count that seems right.
            exists: None,
            gaps,
            complete: state.complete && !first,
        };
        if let Some(folder) = self.folders.get_mut(&id) {
            folder.exists = seen.exists;
            folder.gaps.clone_from(&next.gaps);
        }
        self.put_state(id, next.clone()).await?;
        let fresh = plan.new.is_some();
        if fresh {
            let target = if first { FIRST_CHUNK } else { CHUNK };
            self.fetch_chunk(id, &mut next, target, if first { Chunk::Old } else { Chunk::New }).await?;
            self.written().await?;
        }
        self.flags(id, plan.flags, &next).await?;
        next.highest_modseq = seen.highest_modseq;
        let sure = first || !plan.may_have_lost || self.find_lost(id, &mut next, seen.exists).await?;
        next.exists = Some(seen.exists).filter(|_| sure);
        self.put_state(id, next.clone()).await?;
        if let Some(folder) = self.folders.get_mut(&id) {
            folder.dirty = false;
            folder.failures = 0;
            folder.gaps = next.gaps;
        }
        Ok(())
    }

    /// Fetches the next chunk of older headers, while the chunk before it is still being written down.
    pub(super) async fn backfill(&mut self, id: FolderId) -> Result<(), Trouble> {
        let underway = self.writing.as_ref().filter(|writing| writing.is_of(id)).map(|writing| writing.state.clone());
        let state = match underway {
            // What is being written down is what the cache is about to know; nothing else ran since.
            Some(state) => state,
            None => match self.enter(id).await? {
                Some(state) => state,
                None => return Ok(()),
            },
        };
        let mut next = state;
        self.fetch_chunk(id, &mut next, CHUNK, Chunk::Old).await?;
        if let Some(folder) = self.folders.get_mut(&id) {
            folder.gaps = next.gaps;
        }
        Ok(())
    }

    /// Waits until the chunk of headers that is on the desk is written down, and tells the screen.
    pub(super) async fn written(&mut self) -> Result<(), Trouble> {
        let Some(Writing { folder: id, state, chunk, done }) = self.writing.take() else { return Ok(()) };
        let report = done.await.map_err(|_| Gone)??;
        if let Some(folder) = self.folders.get_mut(&id) {
            let left: u64 = state.gaps.iter().map(|(low, high)| u64::from(high - low) + 1).sum();
            let all = u64::from(state.uid_next.map_or(1, |next| next.0).saturating_sub(1)).max(1);
            let (name, role) = (folder.name.clone(), folder.role);
            if left > 0 || std::mem::take(&mut folder.progressing) {
                folder.progressing = left > 0;
                self.account.progress(&format!("{name}: headers"), all - left.min(all), all);
            }
            if report.new_unread > 0 && chunk == Chunk::New && role == Some(Role::Inbox) {
                self.account.outlet.send(Event::NewMail { folder: id, count: report.new_unread });
            }
        }
        self.account.folder_changed(id);
        Ok(())
    }

    /// Compares the next chunk of flags, and finds what is gone in its range.
    pub(super) async fn sweep(&mut self, id: FolderId) -> Result<(), Trouble> {
        let Some(_) = self.enter(id).await? else { return Ok(()) };
        let Some(range) = self.folders.get_mut(&id).and_then(|folder| folder.sweep.pop()) else { return Ok(()) };
        let mut found = Vec::new();
        self.session
            .fetch_flags(&UidSet::range(Uid(range.0), Uid(range.1)), None, &mut |uid, flags, modseq| {
                found.push((uid, flags, modseq));
            })
            .await?;
        let present: UidSet = found.iter().map(|(uid, _, _)| *uid).collect();
        let changed = self
            .account
            .on_desk(Urgency::Background, move |files| {
                let changed = files.cache.put_flags(id, &found)?;
                let local = files.cache.reader().uids(id)?;
                let here = count_in(&local, range);
                let staying = local_in(&local, range).filter(|uid| present.contains(Uid(*uid))).count() as u64;
                // A whole range gone at once is left to the count of the next head, which asks twice (RL04).
                if suspicious_loss(here, here.saturating_sub(staying)) {
                    return Ok::<_, crate::store::Error>(changed);
                }
                let gone = files.cache.remove_missing(id, (Uid(range.0), Uid(range.1)), present.ranges())?;
                Ok(changed + gone)
            })
            .await?;
        if changed > 0 {
            self.account.folder_changed(id);
        }
        Ok(())
    }

    /// SELECTs a folder; what SELECT said and what the cache knows. `None`: the folder is gone from the list.
    pub(super) async fn select(&mut self, id: FolderId) -> Result<Option<(Selected, SyncState)>, Trouble> {
        let Some(raw) = self.folders.get(&id).map(|folder| folder.raw.clone()) else { return Ok(None) };
        let selected = self.switch(&raw, SelectMode::ReadWrite).await??;
        let state = self.account.on_desk(Urgency::Background, move |files| files.cache.sync_state(id)).await?;
        Ok(Some((selected, state)))
    }

    /// Makes sure that the folder is selected and that its UIDs mean what the cache believes; else marks it for a new
    /// look and gives `None`.
    async fn enter(&mut self, id: FolderId) -> Result<Option<SyncState>, Trouble> {
        let raw = self.folders.get(&id).map(|folder| folder.raw.clone());
        if raw.is_some() && self.session.selected() == raw.as_deref() {
            let state = self.account.on_desk(Urgency::Background, move |files| files.cache.sync_state(id)).await?;
            return Ok(Some(state));
        }
        let Some((selected, state)) = self.select(id).await? else { return Ok(None) };
        if state.uid_validity == Some(selected.uid_validity) {
            return Ok(Some(state));
        }
        if let Some(folder) = self.folders.get_mut(&id) {
            folder.dirty = true;
        }
        Ok(None)
    }

    /// UIDNEXT where the server says it (163 and Winmail do not, November 2026), else found by a search.
    async fn seen(&mut self, selected: &Selected) -> Result<Seen, Trouble> {
        let uid_next = match selected.uid_next {
            Some(next) => next,
            None if selected.exists == 0 => Uid(1),
            None => {
                let all = self.session.search(&Search::All).await?;
                Uid(all.last().map_or(0, |uid| uid.0).saturating_add(1))
            }
        };
        Ok(Seen {
            uid_validity: selected.uid_validity,
            uid_next,
            highest_modseq: selected.highest_modseq,
            exists: selected.exists,
        })
    }

    async fn reset(&mut self, id: FolderId, seen: &Seen) -> Result<(), Trouble> {
        let validity = seen.uid_validity;
        self.account.on_desk(Urgency::Background, move |files| files.cache.reset_folder(id, validity)).await?;
        let name = self.folders.get(&id).map(|folder| folder.name.clone()).unwrap_or_default();
        self.account.activity(&format!("{name}: the server numbered its messages anew; fetching them again"));
        self.account.folder_changed(id);
        Ok(())
    }

    pub(super) async fn put_state(&self, id: FolderId, state: SyncState) -> Result<(), Trouble> {
        self.account.on_desk(Urgency::Background, move |files| files.cache.put_sync_state(id, &state)).await
    }

    /// Fetches headers of the newest UIDs that were never asked for, and begins to write them down together with what
    /// is left: in one job, so that no cut leaves a gap closed whose messages are missing. [`Worker::written`] waits for
    /// it. At most one chunk is on the desk.
    async fn fetch_chunk(
        &mut self,
        id: FolderId,
        state: &mut SyncState,
        target: u32,
        chunk: Chunk,
    ) -> Result<(), Trouble> {
        let density = self.folders.get(&id).map_or(1.0, |folder| folder.density);
        let Some(range) = next_chunk(&state.gaps, target, density) else { return Ok(()) };
        let mut messages: Vec<NewMessage> = Vec::with_capacity(target as usize);
        let unreadable = self
            .session
            .fetch_headers(&UidSet::range(Uid(range.0), Uid(range.1)), &mut |message| messages.push(message))
            .await?;
        if !self.session.capabilities().has("UIDPLUS") {
            // Without UID EXPUNGE what we moved away may stay behind as \Deleted: it is not shown again (RL25).
            messages.retain(|message| message.flags.system & crate::mail::flags::DELETED == 0);
        }
        state.gaps = close_gap(&state.gaps, range);
        state.complete |= state.gaps.is_empty();
        let width = f64::from(range.1 - range.0 + 1);
        #[expect(clippy::cast_precision_loss, reason = "a chunk is a few thousand")]
        let density = messages.len() as f64 / width;
        if let Some(folder) = self.folders.get_mut(&id) {
            folder.density = density;
            folder.gaps.clone_from(&state.gaps);
        }
        self.written().await?;
        let after = state.clone();
        let account = (self.account.id, self.account.config.name.clone());
        let generation = self.generation;
        let done = self.account.desk.begin(Urgency::Background, move |files| {
            let report = files.cache.put_messages(id, &messages)?;
            if !unreadable.is_empty() {
                files.cache.put_placeholders(id, &unreadable.iter().collect::<Vec<_>>())?;
            }
            files.cache.put_sync_state(id, &after)?;
            let (queued, _) = files.journal.counts()?;
            if queued > 0 {
                // Steps that were queued before the cache was lost find their messages again.
                let ids = report.ids.iter().copied().collect();
                crate::sync::lay::lay_some(files, (account.0, &account.1), generation, &ids)?;
            }
            Ok::<_, Trouble>(report)
        });
        self.writing = Some(Writing { folder: id, state: state.clone(), chunk, done });
        Ok(())
    }

    /// Brings the flags in step of messages that were known before.
    async fn flags(&mut self, id: FolderId, plan: FlagPlan, state: &SyncState) -> Result<(), Trouble> {
        let last = state.uid_next.map_or(1, |next| next.0).saturating_sub(1);
        match plan {
            FlagPlan::Since(modseq) if last > 0 => {
                let mut changed = Vec::new();
                self.session
                    .fetch_flags(&UidSet::range(Uid(1), Uid(last)), Some(modseq), &mut |uid, flags, modseq| {
                        changed.push((uid, flags, modseq));
                    })
                    .await?;
                if changed.is_empty() {
                    return Ok(());
                }
                let count =
                    self.account.on_desk(Urgency::Background, move |files| files.cache.put_flags(id, &changed)).await?;
                if count > 0 {
                    self.account.folder_changed(id);
                }
                Ok(())
            }
            FlagPlan::Nothing | FlagPlan::Since(_) => Ok(()),
            FlagPlan::Sweep => {
                let known =
                    self.account.on_desk(Urgency::Background, move |files| files.cache.reader().uids(id)).await?;
                if let Some(folder) = self.folders.get_mut(&id) {
                    folder.sweep = chunks(&known, FLAG_CHUNK);
                }
                // The newest part at once: it is what the user sees.
                if self.folders.get(&id).is_some_and(|folder| !folder.sweep.is_empty()) {
                    self.sweep(id).await?;
                }
                Ok(())
            }
        }
    }

    /// Finds out which UIDs are gone, and which are there that were never fetched. False: it cannot be told
    /// now and is to be asked again.
    async fn find_lost(&mut self, id: FolderId, state: &mut SyncState, exists: u32) -> Result<bool, Trouble> {
        let local = self.account.on_desk(Urgency::Background, move |files| files.cache.reader().uids(id)).await?;
        let here: u64 = local.iter().map(|(low, high)| u64::from(high - low) + 1).sum();
        if state.gaps.is_empty() && here == u64::from(exists) {
            return Ok(true);
        }
        let server = self.session.search(&Search::All).await?;
        let mine = local.iter().fold(UidSet::new(), |mut set, (low, high)| {
            set.insert_range(Uid(*low), Uid(*high));
            set
        });
        let gone = mine.difference(&server);
        if suspicious_loss(here, gone.len()) && !self.confirmed(id, server.len()).await? {
            tracing::warn!("a search that would remove {} of {here} messages was not confirmed", gone.len());
            return Ok(false);
        }
        // UIDs at or above UIDNEXT came after SELECT; the next look takes them.
        let next = state.uid_next.map_or(1, |next| next.0);
        for &(low, high) in server.difference(&mine).ranges() {
            if low < next && self.session.capabilities().has("UIDPLUS") {
                state.gaps = open_gap(&state.gaps, (low, high.min(next - 1)));
            }
        }
        if gone.is_empty() {
            return Ok(true);
        }
        let removed = self
            .account
            .on_desk(Urgency::Background, move |files| files.cache.remove_uids(id, &gone.iter().collect::<Vec<_>>()))
            .await?;
        if removed > 0 {
            self.account.folder_changed(id);
        }
        Ok(true)
    }

    /// Asks by another command whether the folder really holds so few messages.
    async fn confirmed(&mut self, id: FolderId, count: u64) -> Result<bool, Trouble> {
        let Some(raw) = self.folders.get(&id).map(|folder| folder.raw.clone()) else { return Ok(false) };
        let status = self.session.status(&raw).await?;
        Ok(status.messages.map(u64::from) == Some(count))
    }
}

/// A chunk of headers that is being written down.
pub(super) struct Writing {
    /// Whose headers.
    folder: FolderId,
    /// How the folder stands once they are written.
    state: SyncState,
    chunk: Chunk,
    done: oneshot::Receiver<Result<PutReport, Trouble>>,
}

impl Writing {
    /// Whether the next chunk of this folder may be fetched meanwhile.
    pub(super) fn is_of(&self, folder: FolderId) -> bool {
        self.folder == folder
    }
}

/// Whether a chunk of headers is news to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chunk {
    /// Arrived since the last sync.
    New,
    /// Was there before we looked.
    Old,
}

/// Cuts ranges into chunks of about `width` UIDs, the newest last.
fn chunks(ranges: &[(u32, u32)], width: u32) -> Vec<(u32, u32)> {
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

/// The UIDs of these ranges that lie in another.
fn local_in(ranges: &[(u32, u32)], within: (u32, u32)) -> impl Iterator<Item = u32> {
    ranges.iter().flat_map(move |(low, high)| (*low).max(within.0)..=(*high).min(within.1))
}

fn count_in(ranges: &[(u32, u32)], within: (u32, u32)) -> u64 {
    ranges
        .iter()
        .map(|(low, high)| {
            let (low, high) = ((*low).max(within.0), (*high).min(within.1));
            if low > high { 0 } else { u64::from(high - low) + 1 }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::{chunks, count_in};

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
