//! The folder pane: its rows, its cursor, folds; moving between the panes.

use super::act::Step;
use super::{Effects, list, overlay, reader, saved, toast, triage};
use crate::app::cursor::{current_folder, folder, role_folder};
use crate::app::geometry::panes;
use crate::app::lines::{folder_lines, has_children, source_of};
use crate::app::model::{Model, Pane, Ticket};
use crate::app::msg::Query;
use crate::app::work::Shown;
use crate::mail::folder::{FolderRow, Role};
use crate::mail::list::Source;
use crate::mail::marks::Mark;
use crate::mail::{AccountId, FolderId};
use crate::protocol::{Action, Connection};

/// Reads the folders again, at most one request at a time.
pub(crate) fn load(model: &mut Model, fx: &mut Effects) {
    if model.work.folders.waiting.is_some() {
        model.work.folders.dirty = true;
        return;
    }
    model.work.folders.waiting = Some(model.load(fx, Query::Folders));
}

/// Rows, starred messages, accounts that are nearly full, messages with each mark.
type Loaded = (Vec<FolderRow>, u64, Vec<(AccountId, u64)>, Vec<(Mark, u64)>);

/// The folders have come: rows, how many messages are starred, and which accounts are nearly full.
pub(crate) fn loaded(model: &mut Model, fx: &mut Effects, ticket: Ticket, answer: Loaded) {
    if model.work.folders.waiting != Some(ticket) {
        return;
    }
    model.work.folders.waiting = None;
    model.work.folders.answered = true;
    let (rows, starred, full, marked) = answer;
    let gone_account = current_folder(model).map(|row| row.account);
    let shown_before = match model.list.source {
        Some(Source::Folder(id)) => folder(model, id).map(|row| (id, row.account, row.label.clone())),
        Some(Source::AllInboxes | Source::Starred | Source::Marked(_) | Source::Search(_)) | None => None,
    };
    model.folders.all_unread =
        rows.iter().filter(|row| row.role == Some(Role::Inbox)).map(|row| row.unread).fold(0, u64::saturating_add);
    model.folders.starred = starred;
    model.folders.marked = marked.into_iter().collect();
    model.folders.full = full.into_iter().collect();
    let picked = overlay::picked_folder(model);
    model.folders.rows = rows;
    overlay::folders_changed(model, picked);
    if !model.search.saved.is_empty() && model.search.saved.iter().any(|saved| saved.tally.is_none()) {
        saved::changed(model, fx);
    }
    if let Some(Source::Folder(id)) = model.folders.cursor
        && folder(model, id).is_none()
    {
        let inbox = gone_account.and_then(|account| role_folder(model, account, Role::Inbox)).map(|row| row.id);
        model.folders.cursor = inbox.map(Source::Folder).or(model.list.source);
    }
    show_something(model, fx, shown_before.filter(|(id, _, _)| folder(model, *id).is_none()));
    reveal(model);
    if std::mem::take(&mut model.work.folders.dirty) {
        load(model, fx);
    }
}

/// Whether nothing is known of an account's folders yet.
fn unlisted(model: &Model, account: AccountId) -> bool {
    !model.folders.rows.iter().any(|row| row.account == account)
}

/// Whether an account's folders cannot be expected soon.
fn is_down(state: &Connection) -> bool {
    match state {
        Connection::Starting | Connection::Connecting | Connection::Online { .. } | Connection::Syncing => false,
        Connection::Offline { .. }
        | Connection::SignInRefused { .. }
        | Connection::SignInNeeded { .. }
        | Connection::Blocked { .. } => true,
    }
}

/// Opens an inbox at the start, or when the folder that was shown is gone.
fn show_something(
    model: &mut Model,
    fx: &mut Effects,
    gone: Option<(FolderId, AccountId, crate::safe_text::SafeText)>,
) {
    let mut accounts: Vec<_> = model.accounts.iter().map(|account| account.id).collect();
    if let Some((_, account, label)) = gone {
        toast::info(model, fx, &format!("The folder {label} is gone"));
        accounts.insert(0, account);
    } else if model.list.source.is_some() {
        return;
    }
    // The first account is the one to begin with: an account whose folders are still on their way is waited for.
    let coming = |account: AccountId| {
        unlisted(model, account)
            && model.options.read_only.is_none()
            && model.accounts.iter().any(|view| view.id == account && !is_down(&view.state))
    };
    let inbox = accounts
        .into_iter()
        .take_while(|account| !coming(*account))
        .find_map(|account| role_folder(model, account, Role::Inbox))
        .map(|row| row.id);
    if let Some(inbox) = inbox {
        let (focus, cursor) = (model.focus, model.folders.cursor);
        list::open_source(model, fx, Source::Folder(inbox));
        if focus == Pane::Folders {
            model.focus = focus;
            model.folders.cursor = cursor.or(model.folders.cursor);
        }
    }
}

/// Scrolls the pane so that the cursor's line is visible, and no further than its end. A pane that is not on the screen
/// is scrolled when it comes there.
pub(crate) fn reveal(model: &mut Model) {
    let height = usize::from(panes(model).content(Pane::Folders).height);
    if height == 0 {
        return;
    }
    let lines = folder_lines(model);
    let Some(line) =
        lines.iter().position(|line| source_of(model, *line) == model.folders.cursor && model.folders.cursor.is_some())
    else {
        return;
    };
    // The head of the first group comes into view with its first entry.
    let line_above = if line <= 1 { 0 } else { line };
    let top = model.folders.top.min(line_above).max((line + 1).saturating_sub(height));
    model.folders.top = top.min(lines.len().saturating_sub(height));
}

/// Moves the cursor.
pub(crate) fn step(model: &mut Model, step: Step) {
    let sources: Vec<_> = folder_lines(model).into_iter().filter_map(|line| source_of(model, line)).collect();
    let here = sources.iter().position(|source| Some(*source) == model.folders.cursor);
    let half = isize::try_from(panes(model).content(Pane::Folders).height / 2).unwrap_or(1).max(1);
    let last = sources.len().saturating_sub(1);
    let to = match step {
        Step::Lines(lines) => here.map_or(0, |here| here.saturating_add_signed(lines)),
        Step::HalfPages(halves) => here.map_or(0, |here| here.saturating_add_signed(halves.saturating_mul(half))),
        Step::First => 0,
        Step::Last => last,
    };
    model.folders.cursor = sources.get(to.min(last)).copied();
    reveal(model);
}

fn cursor_row(model: &Model) -> Option<usize> {
    let Some(Source::Folder(id)) = model.folders.cursor else { return None };
    model.folders.rows.iter().position(|row| row.id == id)
}

/// Opens what the cursor is on; a folder that holds only folders folds.
pub(crate) fn open(model: &mut Model, fx: &mut Effects) {
    let Some(source) = model.folders.cursor else { return };
    let selectable = match source {
        Source::Folder(id) => folder(model, id).is_some_and(|row| row.selectable),
        Source::AllInboxes | Source::Starred | Source::Marked(_) | Source::Search(_) => true,
    };
    if selectable {
        list::open_source(model, fx, source);
    } else {
        fold(model);
    }
}

/// Hides or shows the folders below.
pub(crate) fn fold(model: &mut Model) {
    let Some(index) = cursor_row(model) else { return };
    let Some(id) = model.folders.rows.get(index).map(|row| row.id) else { return };
    if !model.folders.folded.remove(&id) && has_children(&model.folders.rows, index) {
        model.folders.folded.insert(id);
    }
}

/// The pane on the left; in the folders: folds, then to the parent.
pub(crate) fn left(model: &mut Model) {
    match model.focus {
        Pane::Reader => model.focus = Pane::List,
        Pane::List => enter(model),
        Pane::Folders => {
            let Some(index) = cursor_row(model) else { return };
            let rows = &model.folders.rows;
            let Some(row) = rows.get(index) else { return };
            if has_children(rows, index) && !model.folders.folded.contains(&row.id) {
                fold(model);
                return;
            }
            let parent = |other: &&FolderRow| other.account == row.account && other.depth < row.depth;
            if let Some(parent) = rows.iter().take(index).rev().find(parent) {
                model.folders.cursor = Some(Source::Folder(parent.id));
                reveal(model);
            }
        }
    }
}

/// In the folders: unfolds, then opens.
pub(crate) fn right(model: &mut Model, fx: &mut Effects) {
    let folded = matches!(model.folders.cursor, Some(Source::Folder(id)) if model.folders.folded.contains(&id));
    if folded {
        fold(model);
    } else {
        open(model, fx);
    }
}

fn enter(model: &mut Model) {
    model.focus = Pane::Folders;
    if model.folders.cursor.is_none() {
        model.folders.cursor = model.list.source;
    }
    reveal(model);
}

/// Gives the keys to the pane `by` places further on in the circle folders, list, reader. Where one pane is shown at a time
/// the circle is list and folders.
pub(crate) fn next_pane(model: &mut Model, fx: &mut Effects, by: usize) {
    let beside = panes(model).shows(Pane::Reader) && panes(model).shows(Pane::List) && model.reader.message.is_some();
    let circle: &[Pane] =
        if beside { &[Pane::Folders, Pane::List, Pane::Reader] } else { &[Pane::Folders, Pane::List] };
    let here = circle.iter().position(|pane| *pane == model.focus).unwrap_or(0);
    let by = if by == 1 { 1 } else { circle.len() - 1 };
    match circle.iter().cycle().nth(here + by).copied() {
        Some(Pane::Folders) => enter(model),
        Some(Pane::Reader) => reader::entered(model, fx),
        Some(Pane::List) | None => model.focus = Pane::List,
    }
}

/// Deletes the folder under the cursor.
pub(crate) fn delete(model: &mut Model, fx: &mut Effects) {
    if let Some(folder) = current_folder(model).map(|row| row.id) {
        triage::start(model, fx, Action::DeleteFolder { folder }, Vec::new(), Shown::Toast);
    }
}

/// The request with this ticket will not be answered.
pub(crate) fn failed(model: &mut Model, ticket: Ticket) {
    if model.work.folders.waiting == Some(ticket) {
        model.work.folders.waiting = None;
    }
}
