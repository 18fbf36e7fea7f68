//! Marks: of messages, never of rows. A row that stands for several shows a mark where one of them has it.

use std::collections::BTreeSet;

use super::{Effects, results, toast, triage};
use crate::app::cursor::covers;
use crate::app::model::{Model, Ticket};
use crate::app::msg::Query;
use crate::app::search::Want;
use crate::app::work::Shown;
use crate::mail::MessageId;
use crate::mail::list::{Arrangement, Order, Window};
use crate::mail::message::MessageRow;

/// Marks the message, or all that its row stands for, or takes the marks away, and goes on.
pub(crate) fn mark(model: &mut Model) {
    toggle(model);
    if let Some(line) = model.list.line_at_distance(1) {
        model.list.put_cursor(line);
    }
}

/// Marks the message under the cursor, or all that its row stands for, or takes the marks away.
pub(crate) fn toggle(model: &mut Model) {
    let Some(row) = model.list.cursor_row() else { return };
    let rows: Vec<MessageRow> = row.all().map(MessageRow::alone).collect();
    if rows.iter().any(|row| model.list.marks.contains(&row.id)) {
        for row in &rows {
            model.list.marks.remove(&row.id);
            model.work.kept.remove(&row.id);
        }
    } else {
        put(model, rows);
    }
}

fn put(model: &mut Model, rows: Vec<MessageRow>) {
    model.list.marks.extend(rows.iter().map(|row| row.id));
    model.work.kept.extend(rows.into_iter().map(|row| (row.id, row)));
}

/// Begins a range, or keeps its messages marked. It goes over rows: from below an unfolded one, over that.
pub(crate) fn range(model: &mut Model) {
    if model.list.range.is_none() {
        model.list.child = None;
        model.list.range = model.list.cursor;
        return;
    }
    let list = &model.list;
    let ranged = list.rows.iter().chain(model.work.kept.values()).filter(|row| list.in_range(row.key()));
    let rows: Vec<MessageRow> = ranged.flat_map(MessageRow::all).map(MessageRow::alone).collect();
    model.list.range = None;
    put(model, rows);
}

/// Marks every message of the list: what is loaded at once, the others when the cache has named them.
pub(crate) fn mark_all(model: &mut Model, fx: &mut Effects) {
    let list = &model.list;
    let staying = |row: &&MessageRow| !list.leaving.contains(&row.id);
    let rows = list.rows.iter().flat_map(MessageRow::all).filter(staying).map(MessageRow::alone).collect();
    put(model, rows);
    if let Some(query) = rest(model) {
        model.work.everything = Some(model.load(fx, query));
    }
}

/// What names every message of the list, where not all of them are loaded.
fn rest(model: &Model) -> Option<Query> {
    let source = model.list.source?;
    let grouped = model.search.of(Some(source)).is_some_and(|lookup| lookup.conversations);
    let more = (model.list.rows.len() as u64) < model.list.total || grouped;
    more.then(|| match results::shown(model) {
        Some(search) => Query::Search(search, Want::Everything),
        None => Query::Everything(source),
    })
}

/// Marks every message of the list as read, as one operation; where not all are loaded, when the cache has named them.
pub(crate) fn read_all(model: &mut Model, fx: &mut Effects) {
    if let Some(query) = rest(model) {
        model.work.reading_all = Some(model.load(fx, query));
        return toast::info(model, fx, "Looking for what is unread…");
    }
    let rows: Vec<MessageRow> = model.list.rows.iter().flat_map(MessageRow::all).map(MessageRow::alone).collect();
    read_these(model, fx, &rows);
}

fn read_these(model: &mut Model, fx: &mut Effects, rows: &[MessageRow]) {
    let rows: Vec<&MessageRow> = rows.iter().collect();
    match triage::mark_read(model, fx, &rows, Shown::Toast) {
        0 => toast::info(model, fx, "There is nothing unread here that could be marked"),
        1 => toast::info(model, fx, "Marking 1 message as read"),
        many => toast::info(model, fx, &format!("Marking {many} messages as read")),
    }
}

/// All messages of the list have been named: they are marked, if that is still wanted.
pub(crate) fn everything(model: &mut Model, fx: &mut Effects, ticket: Ticket, rows: Vec<MessageRow>) {
    if model.work.reading_all == Some(ticket) {
        model.work.reading_all = None;
        return read_these(model, fx, &rows);
    }
    if model.work.everything != Some(ticket) {
        return;
    }
    model.work.everything = None;
    let staying = rows.into_iter().filter(|row| !model.list.leaving.contains(&row.id));
    for row in staying {
        model.list.marks.insert(row.id);
        // One that is known has its texts too.
        model.work.kept.entry(row.id).or_insert(row);
    }
    let marked = model.list.marks.len() as u64;
    let rest = if marked < model.list.messages { " of those that are here: no more at once" } else { "" };
    toast::info(model, fx, &format!("Marked {marked}{rest}"));
}

/// No marks, no range.
pub(crate) fn clear(model: &mut Model) {
    model.work.everything = None;
    model.list.marks.clear();
    model.list.range = None;
    model.work.kept.clear();
}

/// The list was read again: marked messages are as they are there now, and those that went are marked no more.
pub(crate) fn renew(model: &mut Model, window: &Window) {
    stash_range(model, window);
    if model.list.range.is_none() && model.work.kept.is_empty() {
        return;
    }
    let shown: std::collections::BTreeMap<MessageId, &MessageRow> =
        window.rows.iter().flat_map(MessageRow::all).map(|row| (row.id, row)).collect();
    let rows: BTreeSet<MessageId> = model.list.rows.iter().map(|row| row.id).collect();
    let gone = |row: &MessageRow| is_gone(model.list.arrangement, &rows, window, row);
    model.work.kept.retain(|id, row| {
        let fresh = shown.get(id);
        if let Some(fresh) = fresh {
            // What a row stands for comes without its texts.
            (row.flags, row.folder, row.pending) = (fresh.flags.clone(), fresh.folder, fresh.pending);
        }
        fresh.is_some() || !gone(row)
    });
    model.list.marks.retain(|id| model.work.kept.contains_key(id));
    // Where keys follow the order they change with it.
    if let Some(begin) = model.list.range {
        let row = window.rows.iter().find(|row| row.holds(begin.id));
        model.list.range = Some(row.map_or(begin, MessageRow::key));
    }
}

/// Whether a message that is not in the window would be, were it still in the list. In other orders, and below rows that
/// stand for several messages, its own key does not tell where it stands.
fn is_gone(arrangement: Arrangement, rows: &BTreeSet<MessageId>, window: &Window, row: &MessageRow) -> bool {
    let whole = window.first == 0 && window.total == window.rows.len() as u64;
    match arrangement {
        Arrangement { conversations: false, order: Order::Newest } => covers(window, row.key()),
        Arrangement { conversations: true, order: Order::Newest } => {
            rows.contains(&row.id) && covers(window, row.key())
        }
        Arrangement { .. } => whole && rows.contains(&row.id),
    }
}

/// Rows of a range that scroll out of the window stay in the range.
fn stash_range(model: &mut Model, window: &Window) {
    if model.list.range.is_none() {
        return;
    }
    let there = |row: &MessageRow| window.rows.iter().any(|other| other.holds(row.id));
    let outside = |row: &&MessageRow| model.list.in_range(row.key()) && !there(row) && !covers(window, row.key());
    let rows: Vec<_> = model.list.rows.iter().filter(outside).map(|row| (row.id, row.clone())).collect();
    model.work.kept.extend(rows);
}
