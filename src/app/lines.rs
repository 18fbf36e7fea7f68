//! What stands on which line of the list and of the folder pane: shared by drawing, scrolling and the mouse.

use crate::app::compose::order::{Stand, Waiting};
use crate::app::day::{DayGroup, group, group_ahead};
use crate::app::geometry::{has_heads, list_body, panes, rows_per_message};
use crate::app::model::Model;
use crate::app::tasks;
use crate::mail::folder::{FolderRow, Namespace};
use crate::mail::list::{Order, Source};
use crate::mail::marks::{self, Mark};
use crate::mail::message::MessageRow;
use crate::mail::{AccountId, UnixTime};
use crate::protocol::{OpRow, OpState};
use crate::safe_text::SafeText;

/// A visible line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListLine {
    /// The head of a day group; the first line always is one, so that the group of what is below is known.
    Head(DayGroup),
    /// A row of `list.rows` by its place, and which of the row's lines this is, from 0.
    Row(usize, u16),
    /// A message below an unfolded row: the row's place, and the message's among those below it.
    Child(usize, usize),
}

/// A line of the folder pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FolderLine {
    /// Nothing.
    Blank,
    /// "FAVOURITES".
    Favourites,
    /// The name of an account.
    Account(AccountId),
    /// What stands above folders of other users, or shared ones.
    Namespace(Namespace),
    /// All inboxes, Starred, or a saved search.
    Favourite(Source),
    /// A folder by its place in `folders.rows`.
    Folder(usize),
}

/// The place in `list.rows` of the row at the top of the pane.
pub fn list_top(model: &Model) -> usize {
    let Some(top) = model.list.top else { return 0 };
    // Newest first: the first row that is not newer than the key, whether or not the key's own row is still there.
    let index = model.list.rows.partition_point(|row| row.key() > top);
    index.min(model.list.rows.len().saturating_sub(1))
}

/// The visible lines of the list, from the top of [`list_body`]. Only as many as fit; a row that does not fit whole at the
/// bottom is cut.
pub fn list_lines(model: &Model) -> Vec<ListLine> {
    list_lines_from(model, list_top(model))
}

/// The lines that would be visible were this row at the top.
pub fn list_lines_from(model: &Model, top: usize) -> Vec<ListLine> {
    let height = usize::from(list_body(model).height);
    let class = panes(model).class;
    // Pinned messages, and those that came back, stand elsewhere than their time alone says.
    let order = model.list.arrangement.order;
    let day_of = |row: &MessageRow| match order {
        Order::Newest => group(model.clock, UnixTime(row.place)),
        Order::Return => group_ahead(model.clock, marks::wakes(&row.flags).unwrap_or(row.received)),
        Order::Oldest | Order::Sender | Order::Subject | Order::Size | Order::Unread | Order::Starred => {
            group(model.clock, row.received)
        }
    };
    let heads = has_heads(class) && order.by_time();
    let mut lines = Vec::with_capacity(height);
    let mut current = None;
    for (index, row) in model.list.rows.iter().enumerate().skip(top) {
        if lines.len() >= height {
            break;
        }
        let day = day_of(row);
        if heads && current != Some(day) {
            lines.push(ListLine::Head(day));
            current = Some(day);
        }
        lines.extend((0..rows_per_message(class)).map(|line| ListLine::Row(index, line)));
        // Of a conversation that is longer than the pane, the part with the cursor.
        let here =
            if index == top && model.list.cursor_index() == Some(top) { model.list.cursor_child() } else { None };
        let room = height.saturating_sub(lines.len());
        let first = here.map_or(0, |child| (child + 1).saturating_sub(room));
        let children = model.list.children(row).len();
        lines.extend((first..children).take(room).map(|child| ListLine::Child(index, child)));
    }
    lines.truncate(height);
    lines
}

/// Every line of the folder pane, the hidden ones included; `folders.top` is the first that is visible.
pub fn folder_lines(model: &Model) -> Vec<FolderLine> {
    let mut lines = vec![FolderLine::Favourites];
    if model.accounts.len() > 1 {
        lines.push(FolderLine::Favourite(Source::AllInboxes));
    }
    lines.push(FolderLine::Favourite(Source::Starred));
    // The others stand there while there is something on them.
    let shown = |mark: &Mark| {
        let open = model.list.source == Some(Source::Marked(*mark));
        *mark == Mark::Snoozed || open || model.folders.marked.get(mark).is_some_and(|count| *count > 0)
    };
    lines.extend(Mark::ALL.into_iter().filter(shown).map(|mark| FolderLine::Favourite(Source::Marked(mark))));
    lines.extend(model.search.saved.iter().map(|saved| FolderLine::Favourite(Source::Search(saved.id))));
    for account in &model.accounts {
        lines.extend([FolderLine::Blank, FolderLine::Account(account.id)]);
        // Below a folded folder everything deeper is hidden.
        let mut hidden_below: Option<u16> = None;
        let mut namespace = Namespace::Personal;
        for (index, row) in model.folders.rows.iter().enumerate().filter(|(_, row)| row.account == account.id) {
            if row.namespace != namespace {
                (namespace, hidden_below) = (row.namespace, None);
                lines.push(FolderLine::Namespace(namespace));
            }
            if hidden_below.is_some_and(|depth| row.depth > depth) {
                continue;
            }
            hidden_below = model.folders.folded.contains(&row.id).then_some(row.depth);
            lines.push(FolderLine::Folder(index));
        }
    }
    lines
}

/// What a line of the folder pane opens.
pub fn source_of(model: &Model, line: FolderLine) -> Option<Source> {
    match line {
        FolderLine::Blank | FolderLine::Favourites | FolderLine::Account(_) | FolderLine::Namespace(_) => None,
        FolderLine::Favourite(source) => Some(source),
        FolderLine::Folder(index) => model.folders.rows.get(index).map(|row| Source::Folder(row.id)),
    }
}

/// Whether this folder has folders below it: it then has a fold mark.
pub fn has_children(rows: &[FolderRow], index: usize) -> bool {
    match (rows.get(index), rows.get(index + 1)) {
        (Some(parent), Some(next)) => {
            next.account == parent.account && next.namespace == parent.namespace && next.depth > parent.depth
        }
        _ => false,
    }
}

/// How many lines the tasks screen has in all.
pub fn task_lines(model: &Model) -> usize {
    let works: usize = model.accounts.iter().map(|view| view.progress.len().max(1)).sum();
    let refusals = tasks::ops(model).filter(|op| op.error.is_some()).count();
    let recent = model.tasks.recent.len();
    let shelved = model.shelved.stock.len() + usize::from(model.shelved.leaving > 0);
    let index = usize::from(model.tasks.index.is_some()) + shelved;
    let ended = tasks::ops(model).count() - task_queue(model);
    let shelf = &model.letters.shelf;
    // Each with its head and the blank above it.
    let letters: usize =
        [shelf.outbox.len(), shelf.letters.len()].into_iter().filter(|count| *count > 0).map(|count| count + 2).sum();
    let reasons = shelf.outbox.iter().filter(|mail| reason(mail).is_some()).count();
    let heads = 2 * (usize::from(ended > 0) + usize::from(recent > 0));
    // A blank first, the heads with a blank above each, the note and the blank above it.
    1 + works + index + letters + reasons + 2 + task_queue(model).max(1) + refusals + ended + recent + heads + 2
}

/// How many operations of the tasks screen wait for a server or for the user: they stand before those that ended.
pub fn task_queue(model: &Model) -> usize {
    let waits = |row: &&OpRow| matches!(row.state, OpState::Queued | OpState::Sending | OpState::Failed);
    tasks::ops(model).take_while(waits).count()
}

/// Why a mail of the outbox has not gone, on a line of its own below it.
pub fn reason(mail: &Waiting) -> Option<&SafeText> {
    match &mail.stand {
        Stand::Waits { why, .. } => why.as_ref(),
        Stand::Unknown { why, .. } | Stand::Refused(why) => Some(why),
        Stand::Sending => None,
    }
}

/// How many of them are visible.
pub fn task_rows(model: &Model) -> u16 {
    let panes = panes(model);
    panes.footer.y.saturating_sub(panes.top_bar.height + 1)
}
