//! The reader: which message it shows, its text, scrolling.

use std::sync::Arc;

use super::act::Step;
use super::{Effects, conversation, errand, find, results, toast, triage, unread};
use crate::app::cursor::{current, reader_beside, reader_is_current, unconnected};
use crate::app::geometry::{panes, reader_parts, reader_width};
use crate::app::model::{Body, Model, Pane, ReaderPane, Ticket};
use crate::app::msg::{Effect, Sheet, Timer};
use crate::app::reading::Selection;
use crate::app::work::WindowPurpose;
use crate::mail::MessageId;
use crate::mail::message::MessageRow;
use crate::protocol::{Command, Priority};
use crate::render::{Document, Laid, Quotes, Shape, View};
use crate::safe_text::SafeText;

/// Columns left of the text.
pub const MARGIN: u16 = 2;
/// How long a message is looked at in the reader before it counts as read.
const LOOK_MILLIS: u64 = 1500;
/// How long the cursor rests on a message before its body is fetched.
const REST_MILLIS: u64 = 250;

/// An answer to `Effect::Lay`.
pub(crate) struct Answer {
    pub(crate) message: MessageId,
    pub(crate) laid: Option<Arc<Laid>>,
    pub(crate) whole: bool,
}

/// The document of the open message.
pub(crate) fn document(model: &Model) -> Option<&Document> {
    match &model.reader.body {
        Body::Ready(laid) => Some(&laid.document),
        Body::None | Body::Loading { .. } | Body::Failed(_) => None,
    }
}

/// Shows this message in the reader; nothing happens if it is there already.
pub(crate) fn show(model: &mut Model, fx: &mut Effects, row: &MessageRow) {
    if model.reader.message.as_ref().is_some_and(|shown| shown.id == row.id) {
        return;
    }
    let body = Body::Loading { progress: None };
    let find = results::marks(model);
    let row = row.alone();
    model.reader = ReaderPane { message: Some(row), body, quotes: Quotes::Folded, find, ..ReaderPane::default() };
    model.work.opened = false;
    model.work.unread_yet.clear();
    model.work.lays.clear();
    model.work.when_whole = None;
    model.work.aside += 1;
    errand::close(model);
    lay(model, fx);
}

/// How the open message is to be laid out now.
pub(crate) fn sheet(model: &Model) -> Sheet {
    let shape = Shape { width: reader_width(model), quotes: model.reader.quotes, cell: model.cell };
    Sheet { view: model.reader.view, shape }
}

/// Asks for the open message to be laid out.
pub(crate) fn lay(model: &mut Model, fx: &mut Effects) {
    let Some(message) = model.reader.message.as_ref().map(|row| row.id) else { return };
    let (ticket, sheet) = (model.ticket(), sheet(model));
    model.reader.waiting = Some(ticket);
    model.work.laid = sheet;
    fx.push(Effect::Lay { ticket, message, sheet, aside: None });
}

/// Lays the text out anew when the reader's width has changed.
pub(crate) fn relay(model: &mut Model, fx: &mut Effects) {
    let laid = model.reader.waiting.is_some() || matches!(model.reader.body, Body::Ready(_));
    let (before, now) = (model.work.laid, sheet(model));
    if laid && before != now {
        lay(model, fx);
        if (before.shape.width, before.shape.cell) != (now.shape.width, now.shape.cell) {
            conversation::relay(model, fx);
        }
    }
    let last = last_scroll(model);
    model.reader.scroll = model.reader.scroll.min(last);
}

/// Opens the message under the cursor.
pub(crate) fn open(model: &mut Model, fx: &mut Effects) {
    if let Some(row) = model.list.cursor_row().cloned() {
        open_row(model, fx, &row);
    }
}

/// Opens this message: the reader has the keys, it counts as read, and what is next to it is fetched.
pub(crate) fn open_row(model: &mut Model, fx: &mut Effects, row: &MessageRow) {
    show(model, fx, row);
    model.focus = Pane::Reader;
    opened(model, fx, row);
}

fn opened(model: &mut Model, fx: &mut Effects, row: &MessageRow) {
    model.work.opened = true;
    if model.reader.waiting.is_none() && !matches!(model.reader.body, Body::Ready(_)) {
        model.reader.body = Body::Loading { progress: None };
        want(fx, row.id, Priority::Open);
    } else if model.reader.waiting.is_some() && !row.cached {
        // Before the neighbours: the connection takes what it hears of first, and those are trips to the server too.
        want(fx, row.id, Priority::Open);
    }
    read(model, fx, row);
    want_neighbours(model, fx);
    conversation::opened(model, fx, row);
}

/// The open message counts as read, now or once its text is here: what was not on the screen is not read.
fn read(model: &mut Model, fx: &mut Effects, row: &MessageRow) {
    if matches!(model.reader.body, Body::Ready(_)) {
        triage::mark_seen(model, fx, &[row]);
    } else {
        model.work.unread_yet.insert(row.id);
    }
}

/// The text of a message of the reader is here: it counts as read if that waited for it, and if the reader still shows it.
pub(crate) fn arrived(model: &mut Model, fx: &mut Effects, message: MessageId) {
    if !model.work.unread_yet.remove(&message) || !panes(model).shows(Pane::Reader) {
        return;
    }
    let sections = model.reader.conversation.iter().flat_map(|conversation| &conversation.sections);
    let mut rows = model.reader.message.iter().chain(sections.map(|section| &section.row));
    if let Some(row) = rows.find(|row| row.id == message).cloned() {
        triage::mark_seen(model, fx, &[&row]);
    }
}

/// Shows another message in the reader that has the keys already; it counts as read after a while.
pub(crate) fn pass_to(model: &mut Model, fx: &mut Effects, row: &MessageRow) {
    show(model, fx, row);
    model.focus = Pane::Reader;
    look(model, fx, row.id);
    conversation::opened(model, fx, row);
}

/// The message counts as read after it has been looked at for a while.
pub(crate) fn look(model: &mut Model, fx: &mut Effects, message: MessageId) {
    toast::arm(model, fx, LOOK_MILLIS, Timer::MarkSeen(message));
}

/// The reader got the keys without a message being opened.
pub(crate) fn entered(model: &mut Model, fx: &mut Effects) {
    if let Some(row) = model.reader.message.clone() {
        pass_to(model, fx, &row);
    }
}

/// The message has been on the screen for a while.
pub(crate) fn looked_at(model: &mut Model, fx: &mut Effects, message: MessageId) {
    let shown = model.reader.message.clone().filter(|row| row.id == message);
    if let Some(row) = shown.filter(|_| model.focus == Pane::Reader) {
        read(model, fx, &row);
    }
}

/// The cursor has rested on the message.
pub(crate) fn rested(model: &mut Model, fx: &mut Effects, message: MessageId) {
    if is_open(model, message) && model.reader.waiting.is_none() && matches!(model.reader.body, Body::Loading { .. }) {
        want(fx, message, Priority::Open);
        want_neighbours(model, fx);
    }
}

pub(crate) fn want(fx: &mut Effects, message: MessageId, priority: Priority) {
    fx.push(Effect::Sync(Command::WantBody { message, priority, whole: false }));
}

/// Two below and one above, unless they are here or were asked for.
fn want_neighbours(model: &mut Model, fx: &mut Effects) {
    let rows: Vec<_> = [1, 2, -1].into_iter().filter_map(|by| model.list.row_at_distance(by)).collect();
    let missing: Vec<_> = rows.into_iter().filter(|row| !row.cached).map(|row| row.id).collect();
    for id in missing {
        if model.reader.message.as_ref().is_some_and(|row| row.id == id) || model.work.wanted.contains(&id) {
            continue;
        }
        model.work.wanted.push_back(id);
        if model.work.wanted.len() > 200 {
            model.work.wanted.pop_front();
        }
        want(fx, id, Priority::Neighbour);
    }
}

/// The first screens of a long text are here.
pub(crate) fn glimpsed(model: &mut Model, fx: &mut Effects, ticket: Ticket, laid: Arc<Laid>) {
    if model.reader.waiting == Some(ticket) && !matches!(model.reader.body, Body::Ready(_)) {
        model.reader.body = Body::Ready(laid);
        if let Some(message) = model.reader.message.as_ref().map(|row| row.id) {
            arrived(model, fx, message);
        }
    }
}

/// The text has been laid out, or is not in the cache.
pub(crate) fn laid(model: &mut Model, fx: &mut Effects, ticket: Ticket, answer: Answer) {
    if model.work.lays.remove(&ticket).is_some() {
        return conversation::laid(model, fx, answer.message, answer.laid);
    }
    if model.reader.waiting != Some(ticket) || !is_open(model, answer.message) {
        return;
    }
    model.reader.waiting = None;
    if let Some(laid) = answer.laid {
        model.reader.body = Body::Ready(laid);
        model.reader.selection = None;
        conversation::settled(model);
        arrived(model, fx, answer.message);
        find::again(model, fx);
        if answer.whole {
            errand::whole(model, fx);
        }
        errand::arrived(model, fx);
        return;
    }
    if !matches!(model.reader.body, Body::Loading { .. }) {
        model.reader.body = Body::Loading { progress: None };
    }
    if model.work.opened {
        want(fx, answer.message, Priority::Open);
    } else {
        toast::arm(model, fx, REST_MILLIS, Timer::Rest(answer.message));
    }
}

fn is_open(model: &Model, message: MessageId) -> bool {
    model.reader.message.as_ref().is_some_and(|row| row.id == message)
}

/// More of a body is in the cache.
pub(crate) fn body_ready(model: &mut Model, fx: &mut Effects, message: MessageId) {
    if !is_open(model, message) {
        return conversation::body_ready(model, fx, message);
    }
    if matches!(model.reader.body, Body::Failed(_)) {
        model.reader.body = Body::Loading { progress: None };
    }
    lay(model, fx);
}

/// Some bytes of a body have arrived.
pub(crate) fn body_progress(model: &mut Model, message: MessageId, bytes: (u64, u64)) {
    if !is_open(model, message) {
        return;
    }
    if let Body::Loading { progress } = &mut model.reader.body {
        *progress = Some(bytes);
    }
    if let Some(fetching) = &mut model.reader.fetching {
        *fetching = bytes;
    }
}

/// A body cannot be had.
pub(crate) fn body_failed(model: &mut Model, fx: &mut Effects, message: MessageId, reason: SafeText) {
    model.work.wanted.retain(|other| *other != message);
    if !is_open(model, message) {
        return conversation::body_failed(model, message, reason);
    }
    model.work.when_whole = None;
    model.reader.fetching = None;
    if matches!(model.reader.body, Body::Ready(_)) {
        toast::warn(model, fx, reason);
    } else {
        model.reader.body = Body::Failed(reason);
    }
}

/// The layout with this ticket failed.
pub(crate) fn failed(model: &mut Model, ticket: Ticket, reason: &SafeText) {
    if let Some(message) = model.work.lays.remove(&ticket) {
        return conversation::body_failed(model, message, reason.clone());
    }
    if model.reader.waiting == Some(ticket) {
        model.reader.waiting = None;
        model.reader.body = Body::Failed(reason.clone());
    }
}

pub(crate) fn page(model: &Model) -> usize {
    usize::from(reader_parts(model).text.height)
}

/// How many lines the reader has to show.
pub(crate) fn lines(model: &Model) -> usize {
    match (&model.reader.conversation, &model.reader.body) {
        (Some(conversation), body) => conversation.total(body),
        (None, Body::Ready(laid)) => laid.lines.len(),
        (None, Body::None | Body::Loading { .. } | Body::Failed(_)) => 0,
    }
}

/// The last line that the text can be scrolled to.
pub(crate) fn last_scroll(model: &Model) -> usize {
    lines(model).saturating_sub(page(model).max(1))
}

/// Scrolls the text, or moves the cursor of a selection; in a conversation a step goes to the next message.
pub(crate) fn step(model: &mut Model, fx: &mut Effects, step: Step) {
    if model.reader.selection.is_some() {
        return select_step(model, step);
    }
    if let (Step::Lines(by @ (1 | -1)), Some(_)) = (step, &model.reader.conversation) {
        return conversation::step(model, fx, by);
    }
    scroll(model, step);
    conversation::scrolled(model, fx);
}

/// Scrolls the text.
pub(crate) fn scroll(model: &mut Model, step: Step) {
    model.reader.scroll = moved(model, model.reader.scroll, step).min(last_scroll(model));
}

fn moved(model: &Model, from: usize, step: Step) -> usize {
    let half = isize::try_from(page(model) / 2).unwrap_or(1).max(1);
    match step {
        Step::Lines(lines) => from.saturating_add_signed(lines),
        Step::HalfPages(halves) => from.saturating_add_signed(halves.saturating_mul(half)),
        Step::First => 0,
        Step::Last => usize::MAX,
    }
}

/// Begins a selection at the top of what is visible, or ends it.
pub(crate) fn select(model: &mut Model) {
    let line = model.reader.scroll;
    let begin = Selection { anchor: line, head: line };
    model.reader.selection = if model.reader.selection.is_some() { None } else { Some(begin) };
}

/// Moves the selection's cursor, and the text where it would leave the pane.
fn select_step(model: &mut Model, step: Step) {
    let (last, page) = (lines(model).saturating_sub(1), page(model).max(1));
    let Some(selection) = model.reader.selection else { return };
    let head = moved(model, selection.head, step).min(last);
    model.reader.selection = Some(Selection { head, ..selection });
    let top = model.reader.scroll.min(head).max((head + 1).saturating_sub(page));
    model.reader.scroll = top;
}

/// A page down; at the end, the next unread message; in a list without a reader, opens the message.
pub(crate) fn read_on(model: &mut Model, fx: &mut Effects) {
    let Some(row) = current(model).cloned() else { return };
    if model.focus != Pane::Reader {
        if !reader_beside(model) || !reader_is_current(model) {
            open_row(model, fx, &row);
            return;
        }
        if !model.work.opened {
            opened(model, fx, &row);
        }
    }
    match model.reader.body {
        // Nothing to read yet: a second press must not skip it unread. What needs a connection first is not waited for.
        Body::Loading { .. } if model.reader.waiting.is_some() || unconnected(model, row.account).is_none() => {}
        Body::Ready(_) if model.reader.scroll < last_scroll(model) => {
            // Two lines stay, so that the eye finds its place.
            let by = page(model).saturating_sub(2).max(1);
            model.reader.scroll = model.reader.scroll.saturating_add(by).min(last_scroll(model));
            conversation::scrolled(model, fx);
        }
        Body::Ready(_) | Body::Loading { .. } | Body::None | Body::Failed(_) => {
            let open = model.focus == Pane::Reader;
            unread::next(model, fx, WindowPurpose::Unread { older: true, open });
        }
    }
}

/// The message `by` rows further down.
pub(crate) fn neighbour(model: &mut Model, fx: &mut Effects, by: isize) {
    let Some(row) = model.list.row_at_distance(by).cloned() else {
        toast::info(model, fx, if by > 0 { "This is the last message" } else { "This is the first message" });
        return;
    };
    (model.list.cursor, model.list.child) = (Some(row.key()), None);
    if model.focus == Pane::Reader {
        pass_to(model, fx, &row);
    }
}

/// Another view of the message; the same key again leads back.
pub(crate) fn view(model: &mut Model, fx: &mut Effects, wanted: View) {
    model.reader.view = if model.reader.view == wanted { View::Best } else { wanted };
    to_text(model);
    lay(model, fx);
}

/// Shows long quotes whole, or folds them.
pub(crate) fn quotes(model: &mut Model, fx: &mut Effects) {
    model.reader.quotes = match model.reader.quotes {
        Quotes::Folded => Quotes::Open,
        Quotes::Open => Quotes::Folded,
    };
    model.reader.selection = None;
    find::left(model);
    lay(model, fx);
}

/// Back to the beginning of the message.
fn to_text(model: &mut Model) {
    model.reader.selection = None;
    model.reader.scroll = match &model.reader.conversation {
        Some(conversation) => conversation.start(conversation.focus, &model.reader.body),
        None => 0,
    };
}

/// Text if HTML is shown, else HTML.
pub(crate) fn alternative(model: &mut Model, fx: &mut Effects) {
    let html = document(model).is_some_and(|document| document.view == View::Html);
    view(model, fx, if html { View::Plain } else { View::Html });
}
