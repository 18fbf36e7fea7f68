//! One folder brought in step: what is new, what changed, what is gone. Resumable after any cut: every chunk is a
//! transaction that also writes down what was asked for.

use crate::imap::session::{Changes, Mode as SelectMode, Opening, Search, Selected, Since, Status};
use crate::imap::uid_set::UidSet;
use crate::mail::{FolderId, Uid};
use crate::store::SyncState;
use crate::sync::account::Trouble;
use crate::sync::apply::drafts::forget;
use crate::sync::backfill::{Chunk, chunks};
use crate::sync::desk::Urgency;
use crate::sync::plan::folder::{
    CHUNK, FIRST_CHUNK, FLAG_CHUNK, FlagPlan, Known, Seen, Steps, is_sparse, last_before, next_chunk, open_gap, steps,
    suspicious_loss,
};
use crate::sync::worker::{Much, Worker};

/// A folder on its way to being in step. It is gone on with where it was left when the user wanted something meanwhile:
/// opening it anew would let a server read a large folder anew.
#[derive(Debug)]
pub(super) struct Head {
    id: FolderId,
    /// Which opening of a folder it belongs to ([`crate::imap::session::Session::openings`]).
    opening: u64,
    seen: Seen,
    /// What the server told while it opened the folder.
    changes: Option<Changes>,
    plan: Steps,
    /// Whether nothing of it is known yet.
    first: bool,
    /// What was known before the new messages were fetched; `None`: they are not yet.
    begun: Option<SyncState>,
}

impl Head {
    pub(super) fn is_of(&self, id: FolderId) -> bool {
        self.id == id
    }
}

impl Worker {
    /// SELECTs the folder, unless it is open and half in step, and brings its newest part in step.
    pub(super) async fn head(&mut self, id: FolderId) -> Result<(), Trouble> {
        let opening = self.session.openings();
        let mut head = match self.unfinished.take().filter(|head| head.id == id && head.opening == opening) {
            Some(head) => head,
            None => match self.begin_head(id).await? {
                Some(head) => head,
                None => return Ok(()),
            },
        };
        if self.gives_way() {
            self.unfinished = Some(head);
            return Ok(());
        }
        if head.begun.is_none() {
            head.begun = Some(Box::pin(self.fetch_new(&head)).await?);
            if self.gives_way() {
                self.unfinished = Some(head);
                return Ok(());
            }
        }
        let Head { seen, changes, plan, first, begun, .. } = *head;
        let known = begun.unwrap_or_default();
        match changes {
            // The server told all of it while it opened the folder.
            Some(changes) if !first => self.take_changes(id, changes, seen.exists).await?,
            Some(_) | None => self.flags(id, plan.flags, &known).await?,
        }
        let sure = first || !plan.may_have_lost || self.find_lost(id, &known, seen.exists).await?;
        let known = self
            .change_state(id, move |state| {
                state.highest_modseq = seen.highest_modseq;
                state.exists = Some(seen.exists).filter(|_| sure);
            })
            .await?;
        if let Some(folder) = self.folders.get_mut(&id) {
            folder.dirty = false;
            folder.gaps = known.gaps;
            // With headers missing, only headers that come prove that the folder can be synced: a head that works would
            // forgive a refused backfill for ever, and be asked for again by it.
            if folder.gaps.is_empty() {
                folder.failures = 0;
            }
        }
        self.read_again(id).await?;
        self.ask_for_help(Much::Unknown);
        Ok(())
    }

    /// SELECTs the folder and finds out what is to be done. `None`: it is gone from the list.
    async fn begin_head(&mut self, id: FolderId) -> Result<Option<Box<Head>>, Trouble> {
        let Some((mut selected, state)) = self.open_in_step(id).await? else { return Ok(None) };
        let changes = selected.changes.take();
        let seen = self.seen(&selected).await?;
        let known = Known {
            uid_validity: state.uid_validity,
            uid_next: state.uid_next,
            highest_modseq: state.highest_modseq,
            exists: state.exists,
        };
        let plan = steps(&known, &seen);
        let first = state.uid_validity.is_none() || plan.reset;
        let opening = self.session.openings();
        Ok(Some(Box::new(Head { id, opening, seen, changes, plan, first, begun: None })))
    }

    /// Fetches the headers of what is new. Gives what was known before.
    async fn fetch_new(&mut self, head: &Head) -> Result<SyncState, Trouble> {
        let Head { id, seen, first, .. } = *head;
        if head.plan.reset {
            self.reset(id, &seen).await?;
        }
        // Flags first while the list is short: what was read elsewhere must not look unread until all is fetched.
        let new = self.used(head.plan.new, seen.exists).await?;
        let any = !new.is_empty();
        let known = self.change_state(id, move |state| begin(state, &seen, first, new)).await?;
        if let Some(folder) = self.folders.get_mut(&id) {
            folder.exists = seen.exists;
            folder.gaps.clone_from(&known.gaps);
        }
        if any {
            self.prefetched = false;
            let (target, chunk) = if first { (FIRST_CHUNK, Chunk::First) } else { (CHUNK, Chunk::New) };
            self.fetch_chunk(id, seen.uid_validity, target, chunk).await?;
            self.written().await?;
        }
        Ok(known)
    }

    /// SELECTs a folder that is to be brought in step: what changed since comes with it, and the headers that will be
    /// asked for next follow at once, if the last list told how far the folder goes.
    async fn open_in_step(&mut self, id: FolderId) -> Result<Option<(Selected, SyncState)>, Trouble> {
        let Some(folder) = self.folders.get(&id) else { return Ok(None) };
        let (raw, status, density) = (folder.raw.clone(), folder.status.clone().unwrap_or_default(), folder.density);
        let state = self.account.on_desk(Urgency::Background, move |files| files.cache.sync_state(id)).await?;
        // A folder that ended the connection the last time is opened in the plainest way.
        let deadly = self.account.desires().deadly.get(&id).is_some_and(|(times, _)| *times > 1);
        let since = match (state.uid_validity, state.highest_modseq) {
            // Where labels are no flags, what SELECT tells of flags is half of it.
            (Some(uid_validity), Some(modseq)) if !deadly && !self.session.labels_apart() => {
                Some(Since { uid_validity, modseq })
            }
            _ => None,
        };
        let headers = if deadly { UidSet::new() } else { foreseen(&state, &status, density) };
        self.unsolicited().await?;
        let selected = self.session.open(&raw, SelectMode::ReadWrite, &Opening { since, headers }).await?;
        self.note_select(&raw, &selected).await?;
        Ok(Some((selected, state)))
    }

    /// Takes what the server told of the time since the folder was last in step. So many messages gone at once that it
    /// is hard to believe, or so many that fewer would be left than the server counts, are left to the count, which asks
    /// by other commands (RL04, RL21).
    async fn take_changes(&mut self, id: FolderId, changes: Changes, exists: u32) -> Result<(), Trouble> {
        let Changes { vanished, flags } = changes;
        if vanished.is_empty() && flags.is_empty() {
            return Ok(());
        }
        let (rows, left) = self
            .account
            .on_desk(Urgency::Background, move |files| {
                let mut left = Vec::new();
                let here = files.cache.reader().stored(id)?;
                let gone = UidSet::from_ranges(files.cache.reader().uids_within(id, vanished.ranges())?);
                let mut rows = files.cache.put_flags(id, &flags)?;
                let rest = here.saturating_sub(gone.len());
                let too_few = rest < u64::from(exists) && files.cache.sync_state(id)?.gaps.is_empty();
                if !too_few && !suspicious_loss(here, gone.len()) && !gone.is_empty() {
                    let forgotten = forget(files, id, &gone.iter().collect::<Vec<_>>())?;
                    rows += forgotten.0;
                    left = forgotten.1;
                }
                Ok::<_, Trouble>((rows, left))
            })
            .await?;
        self.account.letters_left(left);
        if rows > 0 {
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
    pub(super) async fn enter(&mut self, id: FolderId) -> Result<Option<SyncState>, Trouble> {
        let raw = self.folders.get(&id).map(|folder| folder.raw.clone());
        if raw.is_some() && self.session.selected() == raw.as_deref() {
            let state = self.account.on_desk(Urgency::Background, move |files| files.cache.sync_state(id)).await?;
            return Ok(Some(state));
        }
        let Some((selected, state)) = self.select(id).await? else { return Ok(None) };
        if state.uid_validity == Some(selected.uid_validity) {
            return Ok(Some(state));
        }
        self.soil(id);
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

    /// The UIDs to ask headers for: all of the range, or, where hardly any is in use, those that are.
    async fn used(&mut self, range: Option<(u32, u32)>, exists: u32) -> Result<Vec<(u32, u32)>, Trouble> {
        let Some((low, high)) = range else { return Ok(Vec::new()) };
        if !is_sparse((low, high), exists) {
            return Ok(vec![(low, high)]);
        }
        let found = self.session.search(&Search::UidFrom(Uid(low))).await?;
        Ok(found.intersection(&UidSet::range(Uid(low), Uid(high))).ranges().to_vec())
    }

    async fn reset(&mut self, id: FolderId, seen: &Seen) -> Result<(), Trouble> {
        let validity = seen.uid_validity;
        self.account.on_desk(Urgency::Background, move |files| files.cache.reset_folder(id, validity)).await?;
        {
            let mut desires = self.account.desires();
            desires.poison.remove(&id);
            desires.soon.remove(&id);
        }
        let name = self.folders.get(&id).map(|folder| folder.name.clone()).unwrap_or_default();
        self.account.activity(&format!("{name}: the server numbered its messages anew; fetching them again"));
        self.account.folder_changed(id);
        Ok(())
    }

    /// Changes how far a folder is synced, in one job: two connections may work in it. Gives what is then known.
    pub(super) async fn change_state(
        &self,
        id: FolderId,
        change: impl FnOnce(&mut SyncState) + Send + 'static,
    ) -> Result<SyncState, Trouble> {
        self.account
            .on_desk(Urgency::Background, move |files| {
                let mut state = files.cache.sync_state(id)?;
                change(&mut state);
                files.cache.put_sync_state(id, &state)?;
                Ok::<_, crate::store::Error>(state)
            })
            .await
    }

    /// Brings the flags in step of messages that were known before.
    async fn flags(&mut self, id: FolderId, plan: FlagPlan, state: &SyncState) -> Result<(), Trouble> {
        let last = last_before(state.uid_next.unwrap_or(Uid(1)));
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
                self.account.desires().sweeps.insert(id, chunks(&known, FLAG_CHUNK));
                // The newest part at once: it is what the user sees.
                self.sweep(id).await
            }
        }
    }

    /// Finds out which UIDs are gone, and which are there that were never fetched. False: it cannot be told
    /// now and is to be asked again.
    async fn find_lost(&mut self, id: FolderId, state: &SyncState, exists: u32) -> Result<bool, Trouble> {
        let (local, whole) = self
            .account
            .on_desk(Urgency::Background, move |files| {
                // As it is now: the new messages have been fetched since the state was looked at.
                let whole = files.cache.sync_state(id)?.gaps.is_empty();
                Ok::<_, crate::store::Error>((files.cache.reader().uids(id)?, whole))
            })
            .await?;
        let here: u64 = local.iter().map(|(low, high)| u64::from(high - low) + 1).sum();
        // Without UIDPLUS what we moved away may still be there, marked as deleted (RL25): a count that fits by that proves
        // nothing.
        if whole && here == u64::from(exists) && self.session.capabilities().has("UIDPLUS") {
            return Ok(true);
        }
        let server = self.session.search(&Search::All).await?;
        let mine = UidSet::from_ranges(local);
        let gone = mine.difference(&server);
        if suspicious_loss(here, gone.len()) && !self.confirmed(id, server.len()).await? {
            tracing::warn!("a search that would remove {} of {here} messages was not confirmed", gone.len());
            return Ok(false);
        }
        // UIDs at or above UIDNEXT came after SELECT; the next look takes them.
        let last = last_before(state.uid_next.unwrap_or(Uid(1)));
        let unknown = server.difference(&mine);
        if !unknown.is_empty() && self.session.capabilities().has("UIDPLUS") {
            self.change_state(id, move |state| {
                for &(low, high) in unknown.ranges().iter().filter(|(low, _)| *low <= last) {
                    state.gaps = open_gap(&state.gaps, (low, high.min(last)));
                }
            })
            .await?;
        }
        let Some(gone) = self.missing_twice(gone).await? else { return Ok(false) };
        if gone.is_empty() {
            return Ok(true);
        }
        let (removed, left) = self
            .account
            .on_desk(Urgency::Background, move |files| forget(files, id, &gone.iter().collect::<Vec<_>>()))
            .await?;
        self.account.letters_left(left);
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

/// The headers that will be asked for once the folder is open, judged by its last counts. Wrong only where something
/// came meanwhile; then they are asked for anew.
fn foreseen(state: &SyncState, status: &Status, density: f64) -> UidSet {
    let (Some(uid_validity), Some(uid_next)) = (status.uid_validity, status.uid_next) else { return UidSet::new() };
    let first = state.uid_validity.is_none();
    if !first && state.uid_validity != Some(uid_validity) {
        return UidSet::new();
    }
    let from = state.uid_next.filter(|_| !first).map_or(1, |next| next.0);
    let last = last_before(uid_next);
    if from > last {
        return UidSet::new();
    }
    let (gaps, target) =
        if first { (vec![(1, last)], FIRST_CHUNK) } else { (open_gap(&state.gaps, (from, last)), CHUNK) };
    next_chunk(&gaps, target, density).map_or_else(UidSet::new, |(low, high)| UidSet::range(Uid(low), Uid(high)))
}

/// What is written down before a folder's new messages are fetched: a cut after it costs no message.
fn begin(state: &mut SyncState, seen: &Seen, first: bool, new: Vec<(u32, u32)>) {
    if first {
        // What is there now did not arrive: no rule looks at it.
        let arrivals = Some(seen.uid_next);
        *state = SyncState { uid_validity: Some(seen.uid_validity), arrivals, ..SyncState::default() };
    }
    state.arrivals = state.arrivals.or(state.uid_next);
    state.uid_next = Some(seen.uid_next);
    // Unknown until the end: a cut before what is gone was looked for must not leave a count that seems right.
    state.exists = None;
    state.gaps.extend(new);
    state.gaps = UidSet::from_ranges(std::mem::take(&mut state.gaps)).ranges().to_vec();
}
