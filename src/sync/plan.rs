//! What to do next. Pure: decisions only, from plain data, without a clock, a file or a socket.

pub mod away;
pub mod batch;
pub mod folder;
pub mod limit;
pub mod links;
pub mod overlay;
pub mod poison;
pub mod search;

use std::time::Duration;

use crate::mail::FolderId;
use crate::mail::folder::Role;
use crate::protocol::Priority;
use crate::sync::bodies::Wish;

/// The next thing a working connection does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Fetch the next piece of this body.
    Body(Wish),
    /// Send what waits in the journal.
    Outbox,
    /// Go on with what the user searches for: ask in the next folder, or fetch the next headers of what was found.
    Search,
    /// Ask for the folders and their counts.
    ListFolders,
    /// Bring the newest part of this folder in step: new messages, flags, what is gone.
    Head(FolderId),
    /// Fetch the next chunk of older headers of this folder.
    Backfill(FolderId),
    /// Compare the next chunk of flags of this folder.
    Sweep(FolderId),
    /// Fetch bodies that the policy wants.
    Prefetch,
    /// Nothing: watch or wait.
    Idle,
}

/// How a folder stands in this session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct FolderView {
    /// Which.
    pub id: FolderId,
    /// What it is for.
    pub role: Option<Role>,
    /// Whether something is known to have changed since its head was last brought in step, or it never was.
    pub dirty: bool,
    /// Whether headers are still missing below.
    pub gaps: bool,
    /// Whether flags are still to be compared.
    pub sweep: bool,
    /// Whether it failed too often in this session to be tried again (RL42).
    pub barred: bool,
}

/// What a connection knows when it asks for its next task.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Situation<'a> {
    /// The folder that the user looks at, if it belongs to this account.
    pub open: Option<FolderId>,
    /// The most urgent body.
    pub wish: Option<Wish>,
    /// Whether the journal has something to send.
    pub outbox: bool,
    /// Whether the user waits for a search.
    pub search: bool,
    /// Whether the folders are to be listed.
    pub list_due: bool,
    /// Whether the folders were listed without their counts.
    pub count_due: bool,
    /// All folders that can be selected.
    pub folders: &'a [FolderView],
    /// Whether the prefetch policy may want more bodies.
    pub prefetch: bool,
    /// Do only what the queue needs.
    pub outbox_only: bool,
    /// Whether this connection also does what nobody waits for.
    pub far: bool,
}

/// The next task, the most urgent first: what the user looks at, what the user did, then the rest.
pub fn next_task(situation: &Situation<'_>) -> Task {
    if let Some(wish) = situation.wish.filter(|wish| wish.priority == Priority::Open) {
        return Task::Body(wish);
    }
    if situation.outbox {
        return Task::Outbox;
    }
    if situation.outbox_only {
        return Task::Idle;
    }
    if situation.list_due {
        return Task::ListFolders;
    }
    let order = in_order(situation);
    let near = |folder: &&&FolderView| Some(folder.id) == situation.open || folder.role == Some(Role::Inbox);
    if let Some(folder) = order.iter().filter(near).find(|folder| folder.dirty) {
        return Task::Head(folder.id);
    }
    if situation.search {
        return Task::Search;
    }
    if let Some(wish) = situation.wish {
        return Task::Body(wish);
    }
    if situation.count_due {
        return Task::ListFolders;
    }
    if let Some(folder) = order.iter().find(|folder| folder.dirty) {
        return Task::Head(folder.id);
    }
    if situation.far { far_task(situation) } else { Task::Idle }
}

/// The folders that may be worked in: the open one first, then by what they are for.
fn in_order<'a>(situation: &Situation<'a>) -> Vec<&'a FolderView> {
    let mut order: Vec<&FolderView> = situation.folders.iter().filter(|folder| !folder.barred).collect();
    order.sort_by_key(|folder| (Some(folder.id) != situation.open, rank(folder.role), folder.id));
    order
}

/// The next task of a connection that only does what nobody waits for.
pub fn far_task(situation: &Situation<'_>) -> Task {
    let order = in_order(situation);
    if let Some(folder) = order.iter().find(|folder| folder.gaps) {
        return Task::Backfill(folder.id);
    }
    if let Some(folder) = order.iter().find(|folder| folder.sweep) {
        return Task::Sweep(folder.id);
    }
    if situation.prefetch { Task::Prefetch } else { Task::Idle }
}

/// Inbox first, special folders in their order, All Mail and the view of starred mail last: they hold copies.
fn rank(role: Option<Role>) -> usize {
    match role {
        Some(Role::Inbox) => 0,
        Some(Role::Drafts | Role::Snoozed) => 1,
        Some(Role::Sent) => 2,
        Some(Role::Archive) => 3,
        None => 4,
        Some(Role::Trash) => 5,
        Some(Role::Junk) => 6,
        Some(Role::All) => 7,
        Some(Role::Flagged) => 8,
    }
}

/// How long to wait before the next try after `failures` failures in a row: 1, 2, 4 … 300 seconds, each up to a
/// quarter shorter or longer (`jitter` from 0 to 1), never shorter than what the server asked for (RL43).
pub fn back_off(failures: u32, hint: Option<Duration>, jitter: f64) -> Duration {
    let seconds = f64::from(2_u32.saturating_pow(failures.saturating_sub(1).min(9)).min(300));
    let wait = Duration::from_secs_f64(seconds * (0.75 + jitter.clamp(0.0, 1.0) / 2.0));
    hint.map_or(wait, |hint| hint.max(wait))
}

/// How long to look for a server of which nothing is heard, at most: nobody is bothered by that, and mail is to be here ten
/// seconds after the way is back (P12).
const SEARCH: Duration = Duration::from_secs(6);

/// As [`back_off`], while nothing is heard of the server.
pub fn seek(failures: u32, jitter: f64) -> Duration {
    back_off(failures, None, jitter).min(SEARCH)
}

#[cfg(test)]
mod tests;
