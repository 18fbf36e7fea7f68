//! The list: its window of rows, its cursor, its marks.

use std::collections::{BTreeMap, BTreeSet};

use super::act::Step;
use super::{Effects, arrange, marks, results, saved, toast, unread};
use crate::app::cursor::{covers, folder, role_folder};
use crate::app::geometry::{list_body, panes, rows_per_message};
use crate::app::model::{AfterTriage, ListPane, Model, Pane, ReaderPane, Ticket};
use crate::app::msg::{Effect, Query};
use crate::app::search::{Origin, Want};
use crate::app::work::{Stage, Started, WindowPurpose};
use crate::mail::folder::Role;
use crate::mail::list::{Anchor, Arrangement, Source, Window};
use crate::mail::message::{MessageRow, RowKey};
use crate::mail::{MessageId, ThreadId};
use crate::protocol::{Command, Connection, OpId};

/// How many rows a window reaches to each side of its anchor.
const REACH: u32 = 150;
/// How near to the edge of the window the cursor comes before more is asked for.
const NEAR: usize = 50;

/// Shows another source: from where its cursor was in this session, else from its newest message on. What is shown already
/// goes back to its newest message.
pub(crate) fn open_source(model: &mut Model, fx: &mut Effects, source: Source) {
    open_for(model, fx, source, WindowPurpose::Open);
}

/// Shows another source at its first unread message, or its last one.
pub(crate) fn open_unread(model: &mut Model, fx: &mut Effects, source: Source, older: bool, open: bool) {
    open_for(model, fx, source, WindowPurpose::Unread { older, open });
}

fn open_for(model: &mut Model, fx: &mut Effects, source: Source, purpose: WindowPurpose) {
    if let Source::Search(id) = source
        && !saved::prepare(model, fx, id)
    {
        return;
    }
    remember_place(model);
    if model.list.source == Some(source) {
        model.work.places.remove(&source);
    }
    let arrangement = arrange::of(model, source);
    model.list = ListPane { source: Some(source), arrangement, loading: true, ..ListPane::default() };
    model.reader = ReaderPane::default();
    model.focus = Pane::List;
    model.overlay = None;
    model.folders.cursor = Some(source);
    let work = &mut model.work;
    (work.under, work.start, work.extended) = (None, None, None);
    work.kept.clear();
    (work.everything, work.read_out) = (None, None);
    work.leaving.clear();
    work.unfolds.clear();
    let opened: Vec<_> = match source {
        Source::Folder(id) => vec![id],
        Source::AllInboxes => {
            let inbox = |account| role_folder(model, account, Role::Inbox).map(|row| row.id);
            model.accounts.iter().filter_map(|account| inbox(account.id)).collect()
        }
        Source::Starred | Source::Marked(_) | Source::Search(_) => Vec::new(),
    };
    if let Source::Folder(id) = source {
        remember(model, id);
    }
    fx.extend(opened.into_iter().map(|id| Effect::Sync(Command::Open(id))));
    let anchor = model.work.places.get(&source).map_or(Anchor::Newest, |(cursor, _)| Anchor::Around(*cursor));
    request(model, fx, purpose, anchor);
    if let Source::Search(id) = source {
        results::ask_servers(model, fx, id);
    }
}

/// Shows the results of what is being typed: the rows that are here stay until the new ones come.
pub(crate) fn retype(model: &mut Model, fx: &mut Effects, source: Source) {
    let before = std::mem::take(&mut model.list);
    model.list = ListPane {
        source: Some(source),
        loading: before.loading,
        marks: BTreeSet::new(),
        range: None,
        leaving: BTreeSet::new(),
        waiting: None,
        arrangement: arrange::of(model, source),
        unfolded: BTreeMap::new(),
        child: None,
        ..before
    };
    forget_rows(model);
    request(model, fx, WindowPurpose::Open, Anchor::Newest);
}

/// Reads the list that is shown anew in another arrangement, around the same message.
pub(crate) fn rearrange(model: &mut Model, fx: &mut Effects, arrangement: Arrangement) {
    let same_order = model.list.arrangement.order == arrangement.order;
    model.list.arrangement = arrangement;
    model.list.unfolded.clear();
    model.list.child = None;
    model.list.range = None;
    model.list.top = None;
    if let Some(source) = model.list.source {
        model.work.places.remove(&source);
    }
    let cursor = model.list.cursor.filter(|_| same_order);
    model.list.waiting = None;
    let purpose = if cursor.is_some() { WindowPurpose::Refresh } else { WindowPurpose::Newest };
    request(model, fx, purpose, cursor.map_or(Anchor::Newest, Anchor::Around));
}

/// Shows a list again as it was, and reads what changed meanwhile.
pub(crate) fn put_back(model: &mut Model, fx: &mut Effects, origin: Origin) {
    forget_rows(model);
    model.list = ListPane { waiting: None, leaving: BTreeSet::new(), ..origin.list };
    model.work.kept = origin.kept;
    refresh(model, fx);
    if let Some(Source::Search(id)) = model.list.source {
        // Another search was asked for meanwhile.
        results::ask_again(model, fx, id);
    }
}

/// What was known of the rows of another list.
fn forget_rows(model: &mut Model) {
    let work = &mut model.work;
    (work.start, work.extended, work.everything) = (None, None, None);
    work.kept.clear();
    work.leaving.clear();
}

fn remember_place(model: &mut Model) {
    let list = &model.list;
    let (Some(source), Some(cursor)) = (list.source, list.cursor) else { return };
    if list.first == 0 && list.cursor_index() == Some(0) {
        // Who was at the newest message wants the newest message again.
        model.work.places.remove(&source);
    } else {
        model.work.places.insert(source, (cursor, list.top));
    }
}

/// Puts a folder first among the recent ones.
pub(crate) fn remember(model: &mut Model, id: crate::mail::FolderId) {
    let recent = &mut model.work.recent_folders;
    recent.retain(|other| *other != id);
    recent.push_front(id);
    recent.truncate(20);
}

fn request(model: &mut Model, fx: &mut Effects, purpose: WindowPurpose, anchor: Anchor) {
    let Some(source) = model.list.source else { return };
    let (from, arrangement) = (model.list.cursor, model.list.arrangement);
    let unread = match purpose {
        WindowPurpose::Unread { older, .. } => Some(older),
        WindowPurpose::Open | WindowPurpose::Refresh | WindowPurpose::Newest | WindowPurpose::Oldest => None,
    };
    let query = match (results::shown(model), unread) {
        (Some(search), Some(older)) => Query::Search(search, Want::Unread { from, older, reach: REACH }),
        (Some(search), None) => Query::Search(search, Want::Window(anchor, REACH)),
        (None, Some(older)) => Query::Unread { source, arrangement, from, older, reach: REACH },
        (None, None) => Query::Window { source, arrangement, anchor, reach: REACH },
    };
    let around = match anchor {
        Anchor::Around(key) if unread.is_none() => Some(key),
        Anchor::Around(_) | Anchor::Newest | Anchor::Oldest => None,
    };
    let work = &mut model.work;
    let ops = work.leaving.values().chain(work.assumed.values().map(|(op, _)| op));
    work.ripe = ops.filter(|op| !is_sent(&work.ops, **op)).copied().collect();
    // A request that takes the place of another must not lose the change that the other was for.
    model.work.list_dirty = model.list.waiting.is_some() && purpose != WindowPurpose::Open;
    model.list.waiting = Some(model.load(fx, query));
    model.work.window = Some((purpose, around));
}

/// Something in the list changed: reads it again, at most one request at a time.
pub(crate) fn refresh(model: &mut Model, fx: &mut Effects) {
    if model.list.waiting.is_some() {
        model.work.list_dirty = true;
        return;
    }
    let anchor = model.list.cursor.map_or(Anchor::Newest, Anchor::Around);
    request(model, fx, WindowPurpose::Refresh, anchor);
}

/// Asks the cache for the next unread message.
pub(crate) fn ask_unread(model: &mut Model, fx: &mut Effects, purpose: WindowPurpose) {
    request(model, fx, purpose, Anchor::Newest);
}

/// Asks for more rows when the cursor comes near the edge of what is loaded.
pub(crate) fn load_ahead(model: &mut Model, fx: &mut Effects) {
    let (Some(index), Some(cursor)) = (model.list.cursor_index(), model.list.cursor) else { return };
    if model.list.waiting.is_some() || model.work.extended == Some(cursor) {
        return;
    }
    let near_start = index < NEAR && model.list.first > 0;
    let near_end = index + NEAR >= model.list.rows.len() && !at_end(&model.list);
    if near_start || near_end {
        model.work.extended = Some(cursor);
        request(model, fx, WindowPurpose::Refresh, Anchor::Around(cursor));
    }
}

/// Whether the operation is still on its way to the journal.
fn is_sent(ops: &BTreeMap<OpId, Started>, op: OpId) -> bool {
    ops.get(&op).is_some_and(|started| started.stage == Stage::Sent)
}

pub(crate) fn at_end(list: &ListPane) -> bool {
    list.first.saturating_add(list.rows.len() as u64) >= list.total
}

/// The request with this ticket will not be answered.
pub(crate) fn failed(model: &mut Model, fx: &mut Effects, ticket: Ticket) {
    if model.list.waiting == Some(ticket) {
        model.list.waiting = None;
        model.list.loading = false;
        model.work.window = None;
    }
    if model.work.everything == Some(ticket) {
        model.work.everything = None;
        toast::info(model, fx, "Only the messages that are loaded are marked: the others could not be read");
    }
}

/// A window has come.
pub(crate) fn window(model: &mut Model, fx: &mut Effects, ticket: Ticket, window: Window) {
    if model.list.waiting != Some(ticket) {
        return;
    }
    model.list.waiting = None;
    model.list.loading = false;
    let (purpose, around) = model.work.window.take().unwrap_or((WindowPurpose::Refresh, None));
    match purpose {
        WindowPurpose::Refresh => {
            let cursor = model.list.cursor;
            if let Some(cursor) = cursor.filter(|key| !covers(&window, *key) && Some(*key) != around) {
                // The cursor has moved on out of this window in the meantime.
                request(model, fx, WindowPurpose::Refresh, Anchor::Around(cursor));
                return;
            }
            replace(model, window);
        }
        WindowPurpose::Open if around.is_some() => {
            unmark_stale(model);
            model.list.cursor = around;
            replace(model, window);
            let place = model.list.source.and_then(|source| model.work.places.get(&source));
            model.list.top = place.and_then(|(_, top)| *top);
        }
        WindowPurpose::Open | WindowPurpose::Newest => {
            if purpose == WindowPurpose::Open {
                unmark_stale(model);
            }
            replace(model, window);
            model.list.cursor = model.list.rows.first().map(MessageRow::key);
            model.list.top = None;
        }
        WindowPurpose::Oldest => {
            replace(model, window);
            model.list.cursor = model.list.rows.last().map(MessageRow::key);
        }
        WindowPurpose::Unread { older, open } if window.rows.is_empty() && model.list.cursor.is_none() => {
            unread::none_there(model, fx, older, open);
            return;
        }
        WindowPurpose::Unread { .. } if window.rows.is_empty() => unread::none_here(model, fx, purpose),
        WindowPurpose::Unread { older, open } => {
            // In a list that was just opened the cursor is nowhere yet.
            let fresh = model.list.cursor.is_none();
            replace(model, window);
            if fresh {
                model.list.cursor = None;
            }
            unread::found(model, fx, older, open);
        }
    }
    arrange::refreshed(model, fx);
    results::windowed(model, fx);
    if std::mem::take(&mut model.work.list_dirty) {
        refresh(model, fx);
    }
}

/// What was marked before the list itself had come was marked among the rows of another one.
fn unmark_stale(model: &mut Model) {
    model.list.marks.clear();
    model.list.range = None;
    model.work.kept.clear();
}

/// Takes the rows of a window over and forgets what they say has happened.
fn replace(model: &mut Model, window: Window) {
    // A message that a row stands for is there as the row is.
    let bundled = window.rows.iter().flat_map(|row| row.all().skip(1));
    let mut rows: BTreeMap<MessageId, &MessageRow> = bundled.map(|row| (row.id, row)).collect();
    rows.extend(window.rows.iter().map(|row| (row.id, row)));
    let in_window = |id| rows.get(&id).copied();
    marks::renew(model, &window);
    let place = below(&model.list);
    let work = &mut model.work;
    // Once the journal has the operation, what the cache says of its messages holds.
    // A window that was cut before may still show them as they were.
    let ripe = std::mem::take(&mut work.ripe);
    work.leaving.retain(|id, op| !ripe.contains(op) && (in_window(*id).is_some() || is_sent(&work.ops, *op)));
    work.assumed.retain(|_, (op, _)| !ripe.contains(op));
    model.list.leaving.retain(|id| work.leaving.contains_key(id));
    if let Some(shown) = &mut model.reader.message
        && let Some(fresh) = in_window(shown.id)
    {
        // What a row stands for comes without its texts.
        (shown.flags, shown.folder, shown.pending) = (fresh.flags.clone(), fresh.folder, fresh.pending);
        if window.rows.iter().any(|row| row.id == fresh.id) {
            *shown = fresh.alone();
        }
    }
    let neighbour = survivor(&model.list, &window.rows, model.options.after_triage);
    model.list.cursor = neighbour;
    model.list.rows = window.rows;
    model.list.first = window.first;
    model.list.total = window.total;
    model.list.messages = window.messages;
    model.list.unread = window.unread;
    if let Some(place) = place {
        sit_below(&mut model.list, place);
    }
}

/// The conversation and the message below its row that the cursor is on.
fn below(list: &ListPane) -> Option<(ThreadId, MessageId)> {
    let bundle = list.head_row()?.bundle.as_ref()?;
    let message = list.cursor_child().is_some().then(|| list.cursor_row())??;
    Some((bundle.thread, message.id))
}

/// Keeps the cursor on a message below its row, whichever message stands for the conversation now.
fn sit_below(list: &mut ListPane, (thread, message): (ThreadId, MessageId)) {
    let same = |row: &&MessageRow| row.bundle.as_ref().is_some_and(|bundle| bundle.thread == thread);
    let head = list.rows.iter().find(same).or_else(|| list.rows.iter().find(|row| row.holds(message)));
    if let Some(key) = head.map(MessageRow::key) {
        (list.cursor, list.child) = (Some(key), Some((key.id, message)));
    }
}

/// Where the cursor stands among other rows: on its message if that is there, else on the one that took its place.
fn survivor(list: &ListPane, rows: &[MessageRow], after: AfterTriage) -> Option<RowKey> {
    let Some(cursor) = list.cursor else { return rows.first().map(MessageRow::key) };
    let own = rows.iter().find(|row| row.id == cursor.id);
    // The conversation got a newer message, or the list shows conversations now.
    if let Some(row) = own.or_else(|| rows.iter().find(|row| row.holds(cursor.id))) {
        return Some(row.key());
    }
    let staying = |row: &&MessageRow| !list.leaving.contains(&row.id);
    let below = || rows.iter().filter(staying).find(|row| row.key() < cursor);
    let above = || rows.iter().rev().filter(staying).find(|row| row.key() > cursor);
    let found = match after {
        AfterTriage::Next | AfterTriage::List => below().or_else(above),
        AfterTriage::Previous => above().or_else(below),
    };
    found.or(rows.first()).map(MessageRow::key)
}

/// Puts the cursor on a row that is there.
pub(crate) fn seat(model: &mut Model) {
    if model.list.cursor_index().is_none() {
        model.list.cursor = survivor(&model.list, &model.list.rows, model.options.after_triage);
    }
}

/// Where the cursor goes after an action: this one's own way, else the config's.
pub(crate) fn way(model: &Model) -> AfterTriage {
    model.work.way.unwrap_or(model.options.after_triage)
}

/// Moves the cursor off a message that is on its way out.
pub(crate) fn pass_leaving(model: &mut Model) {
    let Some(row) = model.list.cursor_row() else { return };
    if !model.list.leaving.contains(&row.id) {
        return;
    }
    if model.list.cursor_child().is_some() {
        let first = if way(model) == AfterTriage::Previous { -1 } else { 1 };
        let next = model.list.line_at_distance(first).or_else(|| model.list.line_at_distance(-first));
        model.list.child = None;
        if let Some(line) = next {
            model.list.put_cursor(line);
        }
        return;
    }
    let first = match way(model) {
        AfterTriage::Next | AfterTriage::List => 1,
        AfterTriage::Previous => -1,
    };
    let next = model.list.row_at_distance(first).or_else(|| model.list.row_at_distance(-first)).map(MessageRow::key);
    if next.is_some() {
        model.list.cursor = next;
    }
}

/// Moves the cursor.
pub(crate) fn step(model: &mut Model, fx: &mut Effects, step: Step) {
    let page = usize::from(list_body(model).height / rows_per_message(panes(model).class)).max(2);
    let by = match step {
        Step::Lines(lines) => lines,
        Step::HalfPages(halves) => halves.saturating_mul(isize::try_from(page / 2).unwrap_or(1)),
        Step::First => return edge(model, fx, WindowPurpose::Newest, Anchor::Newest),
        Step::Last => return edge(model, fx, WindowPurpose::Oldest, Anchor::Oldest),
    };
    if let Some(line) = model.list.line_at_distance(by) {
        model.list.put_cursor(line);
    }
}

fn edge(model: &mut Model, fx: &mut Effects, purpose: WindowPurpose, anchor: Anchor) {
    let to_newest = purpose == WindowPurpose::Newest;
    if (to_newest && model.list.first > 0) || (!to_newest && !at_end(&model.list)) {
        request(model, fx, purpose, anchor);
        return;
    }
    let row = if to_newest { model.list.rows.first() } else { model.list.rows.last() };
    (model.list.cursor, model.list.child) = (row.map(MessageRow::key).or(model.list.cursor), None);
    // An operation may be taking the very last row away.
    pass_leaving(model);
}

/// Whether the server may have messages for this list that the cache has not seen.
pub(crate) fn is_syncing(model: &Model) -> bool {
    if let Some(lookup) = model.search.of(model.list.source) {
        return lookup.is_running();
    }
    let account = match model.list.source {
        Some(Source::Folder(id)) => folder(model, id).map(|row| row.account),
        Some(Source::AllInboxes | Source::Starred | Source::Marked(_) | Source::Search(_)) | None => None,
    };
    let here = |id| account.is_none_or(|account| account == id);
    model
        .accounts
        .iter()
        .filter(|view| here(view.id))
        .any(|view| matches!(view.state, Connection::Starting | Connection::Connecting | Connection::Syncing))
}
