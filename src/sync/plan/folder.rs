//! How a folder is brought in step: what SELECT says against what the cache knows. Pure.

use std::time::Duration;

use crate::mail::{Uid, UidValidity};

/// How many headers the first chunk of a folder brings: one screen, soon.
pub const FIRST_CHUNK: u32 = 200;
/// How many headers a later chunk brings: two are in memory at once.
pub const CHUNK: u32 = 1_000;
/// How many headers a chunk of a very slow line brings.
pub const LEAST_CHUNK: u32 = 25;
/// How many headers the first chunk brings of a line of which nothing is known.
pub const TRIAL_CHUNK: u32 = 100;
/// How long a chunk that nobody waits for may take: what has come is on the screen so soon, and no cut takes more away.
const LONGEST_CHUNK: Duration = Duration::from_secs(3);
/// How many flags a chunk compares.
pub const FLAG_CHUNK: u32 = 10_000;

/// What the cache knows of a folder from earlier syncs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// UIDVALIDITY of the UIDs in the cache.
    pub uid_validity: Option<UidValidity>,
    /// UIDNEXT at the last sync.
    pub uid_next: Option<Uid>,
    /// HIGHESTMODSEQ at the last sync (RFC 7162).
    pub highest_modseq: Option<u64>,
    /// EXISTS at the last sync.
    pub exists: Option<u32>,
}

/// What SELECT said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// UIDVALIDITY.
    pub uid_validity: UidValidity,
    /// UIDNEXT, or one more than the highest UID where the server does not say it.
    pub uid_next: Uid,
    /// HIGHESTMODSEQ, if the mailbox has mod-sequences.
    pub highest_modseq: Option<u64>,
    /// EXISTS.
    pub exists: u32,
}

/// How flags are brought in step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagPlan {
    /// Nothing changed.
    Nothing,
    /// Only what changed since this mod-sequence (RFC 7162, section 3.1.4).
    Since(u64),
    /// Everything, range by range.
    Sweep,
}

/// What is to be done in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steps {
    /// Forget every UID of this folder first: the UIDs mean other messages now (RL14-RL16).
    pub reset: bool,
    /// UIDs whose headers were never asked for.
    pub new: Option<(u32, u32)>,
    /// Flags of the messages that were known.
    pub flags: FlagPlan,
    /// Whether something may have been removed on the server (before the new messages were counted).
    pub may_have_lost: bool,
}

/// What to do, from what the cache knew and what SELECT said.
pub fn steps(known: &Known, seen: &Seen) -> Steps {
    let last = last_before(seen.uid_next);
    let all = (last > 0).then_some((1, last));
    let went_back = known.uid_next.is_some_and(|next| next > seen.uid_next);
    if known.uid_validity != Some(seen.uid_validity) || went_back {
        let reset = known.uid_validity.is_some();
        return Steps { reset, new: all, flags: FlagPlan::Nothing, may_have_lost: false };
    }
    let first = known.uid_next.map_or(1, |next| next.0);
    let new = (first <= last).then_some((first, last));
    let flags = match (known.highest_modseq, seen.highest_modseq) {
        (Some(old), Some(now)) if now == old => FlagPlan::Nothing,
        (Some(old), Some(now)) if now > old && old > 0 => FlagPlan::Since(old),
        _ => FlagPlan::Sweep,
    };
    // New UIDs may be fewer than the range is wide, so an unchanged count beside new mail proves nothing.
    let may_have_lost = new.is_some() || known.exists != Some(seen.exists);
    Steps { reset: false, new, flags, may_have_lost }
}

/// The highest UID that a message may have where the next one gets this. The highest of all has no next one that could
/// be written down: it is asked for together with those below it, whether it is there or not (RL52).
pub fn last_before(uid_next: Uid) -> u32 {
    if uid_next.0 == u32::MAX { u32::MAX } else { uid_next.0.saturating_sub(1) }
}

/// How many headers the next chunk is to bring, where nobody waits for what comes after it: as many as came in that time
/// before. `None`: so few headers in so short a time say nothing.
pub fn fitting(came: usize, took: Duration) -> Option<u32> {
    let enough = came >= LEAST_CHUNK as usize || took > LONGEST_CHUNK;
    #[expect(clippy::cast_precision_loss, reason = "a chunk is a few thousand")]
    let rate = came as f64 / took.as_secs_f64().max(0.001);
    #[expect(clippy::cast_sign_loss, reason = "neither is negative")]
    let fits = (rate * LONGEST_CHUNK.as_secs_f64()) as u32;
    enough.then(|| fits.clamp(LEAST_CHUNK, CHUNK))
}

/// Whether so few messages lie in so many UIDs that walking through them would take a thousand commands (RL52).
pub fn is_sparse((low, high): (u32, u32), exists: u32) -> bool {
    let width = high.saturating_sub(low);
    width > 2_000_000 && width / 100 > exists
}

/// The part of the highest gap to ask for next: about `target` messages, judged by how densely the UIDs of the last
/// chunk were used (messages for each UID, 0 to 1).
pub fn next_chunk(gaps: &[(u32, u32)], target: u32, density: f64) -> Option<(u32, u32)> {
    let (low, high) = gaps.last().copied()?;
    // A chunk that came back empty says little: widen at most a hundredfold.
    let width = (f64::from(target) / density.clamp(0.01, 1.0)).ceil();
    #[expect(clippy::cast_sign_loss, reason = "positive: target and density are")]
    let width = (width as u32).max(1);
    Some((high.saturating_sub(width - 1).max(low), high))
}

/// Takes a range out of the gaps; they stay sorted and apart.
pub fn close_gap(gaps: &[(u32, u32)], done: (u32, u32)) -> Vec<(u32, u32)> {
    let mut left = Vec::with_capacity(gaps.len() + 1);
    for &(low, high) in gaps {
        if high < done.0 || low > done.1 {
            left.push((low, high));
            continue;
        }
        if low < done.0 {
            left.push((low, done.0 - 1));
        }
        if high > done.1 {
            left.push((done.1 + 1, high));
        }
    }
    left
}

/// Adds a range to the gaps; they stay sorted and apart.
pub fn open_gap(gaps: &[(u32, u32)], range: (u32, u32)) -> Vec<(u32, u32)> {
    let mut all = close_gap(gaps, range);
    all.push(range);
    all.sort_unstable();
    let mut merged: Vec<(u32, u32)> = Vec::with_capacity(all.len());
    for (low, high) in all {
        match merged.last_mut() {
            Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
            _ => merged.push((low, high)),
        }
    }
    merged
}

/// Whether so many rows would go that a second command must confirm it (RL04): all of them, or over a fifth of more
/// than twenty.
pub fn suspicious_loss(local: u64, going: u64) -> bool {
    going > 0 && (going >= local || (local > 20 && going.saturating_mul(5) > local))
}
