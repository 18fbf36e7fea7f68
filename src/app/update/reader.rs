//! The reader: which message it shows, its text, scrolling, links, attachments, copying.

use std::sync::Arc;

use unicode_width::UnicodeWidthStr as _;

use super::act::Step;
use super::{Effects, list, toast, triage};
use crate::app::cursor::{current, reader_beside, reader_is_current};
use crate::app::geometry::{reader_parts, reader_width};
use crate::app::model::{Body, Model, Overlay, Pane, Picker, ReaderPane, Ticket};
use crate::app::msg::{Effect, Timer};
use crate::app::work::{LinkUse, WindowPurpose};
use crate::mail::MessageId;
use crate::mail::message::MessageRow;
use crate::protocol::{Command, Priority};
use crate::render::{Document, Laid, View};
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
pub(crate) fn show(model: &mut Model, fx: &mut Effects, row: MessageRow) {
    if model.reader.message.as_ref().is_some_and(|shown| shown.id == row.id) {
        return;
    }
    let view = View::default();
    let body = Body::Loading { progress: None };
    model.reader = ReaderPane { message: Some(row), body, view, scroll: 0, waiting: None };
    model.work.opened = false;
    model.work.save_when_whole = None;
    if matches!(model.overlay, Some(Overlay::Links(_))) {
        model.overlay = None;
    }
    lay(model, fx);
}

fn lay(model: &mut Model, fx: &mut Effects) {
    let Some(message) = model.reader.message.as_ref().map(|row| row.id) else { return };
    let (ticket, width, view) = (model.ticket(), reader_width(model), model.reader.view);
    model.reader.waiting = Some(ticket);
    model.work.laid_width = width;
    fx.push(Effect::Lay { ticket, message, width, view });
}

/// Lays the text out anew when the reader's width has changed.
pub(crate) fn relay(model: &mut Model, fx: &mut Effects) {
    let laid = model.reader.waiting.is_some() || matches!(model.reader.body, Body::Ready(_));
    if laid && model.work.laid_width != reader_width(model) {
        lay(model, fx);
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
    show(model, fx, row.clone());
    model.focus = Pane::Reader;
    opened(model, fx, row);
}

fn opened(model: &mut Model, fx: &mut Effects, row: &MessageRow) {
    model.work.opened = true;
    if model.reader.waiting.is_none() && !matches!(model.reader.body, Body::Ready(_)) {
        model.reader.body = Body::Loading { progress: None };
        want(fx, row.id, Priority::Open);
    } else if model.reader.waiting.is_some() && !row.cached {
        // Before the mark and the neighbours: the connection takes what it hears of first, and those are trips to the
        // server too.
        want(fx, row.id, Priority::Open);
    }
    triage::mark_seen(model, fx, row);
    want_neighbours(model, fx);
}

/// Shows another message in the reader that has the keys already; it counts as read after a while.
pub(crate) fn pass_to(model: &mut Model, fx: &mut Effects, row: MessageRow) {
    let message = row.id;
    show(model, fx, row);
    model.focus = Pane::Reader;
    toast::arm(model, fx, LOOK_MILLIS, Timer::MarkSeen(message));
}

/// The reader got the keys without a message being opened.
pub(crate) fn entered(model: &mut Model, fx: &mut Effects) {
    if let Some(row) = model.reader.message.clone() {
        pass_to(model, fx, row);
    }
}

/// The message has been on the screen for a while.
pub(crate) fn looked_at(model: &mut Model, fx: &mut Effects, message: MessageId) {
    let shown = model.reader.message.clone().filter(|row| row.id == message);
    if let Some(row) = shown.filter(|_| model.focus == Pane::Reader) {
        triage::mark_seen(model, fx, &row);
    }
}

/// The cursor has rested on the message.
pub(crate) fn rested(model: &mut Model, fx: &mut Effects, message: MessageId) {
    if is_open(model, message) && model.reader.waiting.is_none() && matches!(model.reader.body, Body::Loading { .. }) {
        want(fx, message, Priority::Open);
        want_neighbours(model, fx);
    }
}

fn want(fx: &mut Effects, message: MessageId, priority: Priority) {
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

/// The text has been laid out, or is not in the cache.
pub(crate) fn laid(model: &mut Model, fx: &mut Effects, ticket: Ticket, answer: Answer) {
    if model.reader.waiting != Some(ticket) || !is_open(model, answer.message) {
        return;
    }
    model.reader.waiting = None;
    if let Some(laid) = answer.laid {
        model.reader.body = Body::Ready(laid);
        if answer.whole {
            save_waiting(model, fx);
        }
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

fn save_waiting(model: &mut Model, fx: &mut Effects) {
    let here = model.reader.message.as_ref().map(|row| row.id);
    if let Some((message, part)) = model.work.save_when_whole.take_if(|(message, _)| Some(*message) == here) {
        fx.push(Effect::SavePart(message, part));
    }
}

fn is_open(model: &Model, message: MessageId) -> bool {
    model.reader.message.as_ref().is_some_and(|row| row.id == message)
}

/// More of a body is in the cache.
pub(crate) fn body_ready(model: &mut Model, fx: &mut Effects, message: MessageId) {
    if !is_open(model, message) {
        return;
    }
    if matches!(model.reader.body, Body::Failed(_)) {
        model.reader.body = Body::Loading { progress: None };
    }
    lay(model, fx);
}

/// Some bytes of a body have arrived.
pub(crate) fn body_progress(model: &mut Model, message: MessageId, bytes: (u64, u64)) {
    if is_open(model, message)
        && let Body::Loading { progress } = &mut model.reader.body
    {
        *progress = Some(bytes);
    }
}

/// A body cannot be had.
pub(crate) fn body_failed(model: &mut Model, fx: &mut Effects, message: MessageId, reason: SafeText) {
    model.work.wanted.retain(|other| *other != message);
    if !is_open(model, message) {
        return;
    }
    model.work.save_when_whole = None;
    if matches!(model.reader.body, Body::Ready(_)) {
        toast::warn(model, fx, reason);
    } else {
        model.reader.body = Body::Failed(reason);
    }
}

/// The layout with this ticket failed.
pub(crate) fn failed(model: &mut Model, ticket: Ticket, reason: &SafeText) {
    if model.reader.waiting == Some(ticket) {
        model.reader.waiting = None;
        model.reader.body = Body::Failed(reason.clone());
    }
}

fn page(model: &Model) -> usize {
    usize::from(reader_parts(model).text.height)
}

/// The last line that the text can be scrolled to.
fn last_scroll(model: &Model) -> usize {
    match &model.reader.body {
        Body::Ready(laid) => laid.lines.len().saturating_sub(page(model).max(1)),
        Body::None | Body::Loading { .. } | Body::Failed(_) => 0,
    }
}

/// Scrolls the text.
pub(crate) fn step(model: &mut Model, step: Step) {
    let half = isize::try_from(page(model) / 2).unwrap_or(1).max(1);
    let scroll = match step {
        Step::Lines(lines) => model.reader.scroll.saturating_add_signed(lines),
        Step::HalfPages(halves) => model.reader.scroll.saturating_add_signed(halves.saturating_mul(half)),
        Step::First => 0,
        Step::Last => usize::MAX,
    };
    model.reader.scroll = scroll.min(last_scroll(model));
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
        // Nothing to read yet: a second press must not skip it unread.
        Body::Loading { .. } => {}
        Body::Ready(_) if model.reader.scroll < last_scroll(model) => {
            // Two lines stay, so that the eye finds its place.
            let by = page(model).saturating_sub(2).max(1);
            model.reader.scroll = model.reader.scroll.saturating_add(by).min(last_scroll(model));
        }
        Body::Ready(_) | Body::None | Body::Failed(_) => {
            let open = model.focus == Pane::Reader;
            list::next_unread(model, fx, WindowPurpose::Unread { older: true, open });
        }
    }
}

/// The message `by` rows further down.
pub(crate) fn neighbour(model: &mut Model, fx: &mut Effects, by: isize) {
    let Some(row) = model.list.row_at_distance(by).cloned() else {
        toast::info(model, fx, if by > 0 { "This is the last message" } else { "This is the first message" });
        return;
    };
    model.list.cursor = Some(row.key());
    if model.focus == Pane::Reader {
        pass_to(model, fx, row);
    }
}

/// Another view of the message; the same key again leads back.
pub(crate) fn view(model: &mut Model, fx: &mut Effects, wanted: View) {
    model.reader.view = if model.reader.view == wanted { View::Best } else { wanted };
    model.reader.scroll = 0;
    lay(model, fx);
}

/// Text if HTML is shown, else HTML.
pub(crate) fn alternative(model: &mut Model, fx: &mut Effects) {
    let html = document(model).is_some_and(|document| document.view == View::Html);
    view(model, fx, if html { View::Plain } else { View::Html });
}

/// The list of links and attachments.
pub(crate) fn links(model: &mut Model) {
    let Some(of) = document(model).map(|document| document.links.len() + document.parts.len()) else { return };
    pick(model, LinkUse::Open, (0..of, of));
}

/// Copies the link, or lists them if there are several.
pub(crate) fn copy_link(model: &mut Model, fx: &mut Effects) {
    let Some(document) = document(model) else { return };
    if let [only] = document.links.as_slice() {
        fx.push(Effect::Copy(only.target.clone()));
    } else {
        let of = document.links.len();
        pick(model, LinkUse::Copy, (0..of, of));
    }
}

fn pick(model: &mut Model, link_use: LinkUse, (hits, of): (std::ops::Range<usize>, usize)) {
    model.work.link_use = link_use;
    model.overlay = Some(Overlay::Links(Picker { text: String::new(), cursor: 0, hits: hits.collect(), of }));
}

/// What the list of links says of each entry: links by their place, then attachments.
pub(crate) fn link_entry(document: &Document, index: usize) -> String {
    match (document.links.get(index), document.parts.get(index.saturating_sub(document.links.len()))) {
        (Some(link), _) => link.target.to_string(),
        (None, Some(part)) => format!("{} {}", part.name, part.media_type),
        (None, None) => String::new(),
    }
}

/// An entry of the list of links was chosen.
pub(crate) fn chosen(model: &mut Model, fx: &mut Effects, index: usize) {
    let Some(document) = document(model) else { return };
    match (document.links.get(index).map(|link| link.target.clone()), model.work.link_use) {
        (Some(target), LinkUse::Open) => fx.push(Effect::OpenLink(target)),
        (Some(target), LinkUse::Copy) => fx.push(Effect::Copy(target)),
        (None, _) => {
            let part = index.saturating_sub(document.links.len());
            save_part(model, fx, part);
        }
    }
}

/// The text was clicked: a link there is opened.
pub(crate) fn clicked(model: &mut Model, fx: &mut Effects, (column, row): (u16, u16)) {
    let area = reader_parts(model).text;
    let Body::Ready(laid) = &model.reader.body else { return };
    let line = row.checked_sub(area.y).map(|line| usize::from(line) + model.reader.scroll);
    let Some(line) = line.filter(|_| area.contains(column, row)).and_then(|line| laid.lines.get(line)) else { return };
    let mut right = usize::from(area.x) + usize::from(MARGIN);
    let mut target = None;
    for span in &line.spans {
        let left = right;
        right += span.text.as_str().width();
        if (left..right).contains(&usize::from(column)) {
            target = span.link.map(usize::from);
        }
    }
    if let Some(place) = target {
        model.work.link_use = LinkUse::Open;
        chosen(model, fx, place);
    }
}

/// Saves the attachment, or lists them if there are several.
pub(crate) fn save(model: &mut Model, fx: &mut Effects) {
    let Some(document) = document(model) else { return };
    let (links, parts) = (document.links.len(), document.parts.len());
    if parts == 1 {
        save_part(model, fx, 0);
        return;
    }
    pick(model, LinkUse::Open, (links..links + parts, links + parts));
}

fn save_part(model: &mut Model, fx: &mut Effects, part: usize) {
    let (Some(message), Some(partial)) =
        (model.reader.message.as_ref().map(|row| row.id), document(model).map(|document| document.partial))
    else {
        return;
    };
    if !partial {
        fx.push(Effect::SavePart(message, part));
        return;
    }
    // Only the beginning is here: the rest is fetched first.
    model.work.save_when_whole = Some((message, part));
    load_whole(model, fx);
    toast::info(model, fx, "Fetching the attachment…");
}

/// Asks for the rest of a large message.
pub(crate) fn load_whole(model: &mut Model, fx: &mut Effects) {
    if let Some(message) = model.reader.message.as_ref().map(|row| row.id) {
        fx.push(Effect::Sync(Command::WantBody { message, priority: Priority::Open, whole: true }));
    }
}
