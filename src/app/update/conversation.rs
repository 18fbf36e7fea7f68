//! The conversation of the open message: its messages one below the other, the read ones folded to a line.

use std::sync::Arc;

use super::reader::{self, last_scroll, lay, look, page, want};
use super::{Effects, arrange, errand, toast, triage};
use crate::app::cursor::is_opened_as_one;
use crate::app::model::{Body, Model, Pane, ReaderPane, Ticket};
use crate::app::msg::{Effect, Query, Sheet};
use crate::app::reading::{Conversation, Section, Spot};
use crate::mail::MessageId;
use crate::mail::message::MessageRow;
use crate::protocol::Priority;
use crate::render::{Laid, Quotes, Shape, View};
use crate::safe_text::SafeText;

/// Messages that are opened by themselves; more unread ones wait for a key.
const OPENED: usize = 12;

/// Shows the open message among its conversation, or alone again.
pub(crate) fn toggle(model: &mut Model, fx: &mut Effects) {
    let on_its_way = model.work.conversation_load.take().is_some();
    if model.reader.conversation.take().is_some() || on_its_way {
        model.work.conversations = false;
        model.reader.scroll = 0;
        return;
    }
    model.work.conversations = true;
    if model.focus != Pane::Reader {
        reader::open(model, fx);
    } else if let Some(row) = model.reader.message.clone() {
        opened(model, fx, &row);
    }
    if model.reader.message.as_ref().is_some_and(|row| row.thread < 2) {
        toast::info(model, fx, "Nothing else belongs to this message; others open as conversations");
    }
}

/// A message was opened: its conversation is asked for, where that is wished.
pub(crate) fn opened(model: &mut Model, fx: &mut Effects, row: &MessageRow) {
    let wanted = model.work.conversations || model.list.arrangement.conversations;
    if wanted && row.thread > 1 && model.reader.conversation.is_none() {
        ask(model, fx, row.id);
    }
}

fn ask(model: &mut Model, fx: &mut Effects, message: MessageId) {
    let ticket = model.ticket();
    model.work.conversation_load = Some(ticket);
    fx.push(Effect::Load(ticket, Query::Conversation(message)));
}

/// The folder changed: what belongs to the conversation may have too.
pub(crate) fn changed(model: &mut Model, fx: &mut Effects) {
    if model.work.conversation_load.is_some() {
        return;
    }
    if let (Some(_), Some(row)) = (&model.reader.conversation, &model.reader.message) {
        let message = row.id;
        ask(model, fx, message);
    }
}

/// The conversation's messages are here. Those that were shown before keep how they were.
pub(crate) fn loaded(model: &mut Model, fx: &mut Effects, ticket: Ticket, rows: Vec<MessageRow>) {
    if arrange::loaded(model, ticket, &rows) {
        return;
    }
    if model.work.conversation_load.take_if(|waiting| *waiting == ticket).is_none() {
        return;
    }
    let Some(message) = model.reader.message.as_ref().map(|row| row.id) else { return };
    let Some(focus) = rows.iter().position(|row| row.id == message) else { return };
    if rows.len() < 2 {
        return;
    }
    let above = offset_of_focus(model);
    let before = model.reader.conversation.take();
    // Who has scrolled meanwhile looks at something.
    let (first, again) = (before.is_none() && model.reader.scroll == 0, before.is_some());
    let mut old: Vec<Section> = before.map(|conversation| conversation.sections).unwrap_or_default();
    let mut unread = 0;
    let sections = rows.into_iter().map(|row| {
        if let Some(place) = old.iter().position(|section| section.row.id == row.id) {
            return Section { row, ..old.swap_remove(place) };
        }
        unread += usize::from(!row.flags.seen());
        let open = row.id == message || !row.flags.seen() && unread <= OPENED;
        Section { row, open, late: again, body: Body::None }
    });
    let sections: Vec<Section> = sections.collect();
    if let Some(shown) = sections.get(focus) {
        model.reader.message = Some(shown.row.clone());
    }
    let begin = if first { start_at(model, &sections) } else { None };
    model.reader.conversation = Some(Conversation { sections, focus, seek: first });
    fetch(model, fx);
    keep_place(model, above);
    if first {
        read_all(model, fx);
    }
    if let Some(place) = begin.filter(|place| *place != focus) {
        self::focus(model, fx, place);
        if let Some(conversation) = &mut model.reader.conversation {
            conversation.seek = true;
        }
    }
    settled(model);
}

/// Where reading begins in a conversation that was opened from a list of them: at the first unread message.
fn start_at(model: &Model, sections: &[Section]) -> Option<usize> {
    is_opened_as_one(model).then(|| sections.iter().position(|section| !section.row.flags.seen())).flatten()
}

/// A conversation that was opened as one thing is read as one: what it shows open counts as read.
fn read_all(model: &mut Model, fx: &mut Effects) {
    if !is_opened_as_one(model) || !model.work.opened {
        return;
    }
    let Some(conversation) = &model.reader.conversation else { return };
    // What is on the disk is on the screen at once, the rest when it comes.
    let here = |place: usize, section: &Section| {
        section.row.cached || matches!(conversation.body_of(place, &model.reader.body), Body::Ready(_))
    };
    let open = conversation.sections.iter().enumerate().filter(|(_, section)| section.open);
    let (rows, missing): (Vec<_>, Vec<_>) = open.partition(|(place, section)| here(*place, section));
    let rows: Vec<MessageRow> = rows.into_iter().map(|(_, section)| section.row.clone()).collect();
    let missing: Vec<MessageId> = missing.into_iter().map(|(_, section)| section.row.id).collect();
    model.work.unread_yet.extend(missing);
    triage::mark_seen(model, fx, &rows.iter().collect::<Vec<_>>());
}

/// Asks for the texts of open messages that are not here yet.
fn fetch(model: &mut Model, fx: &mut Effects) {
    let shape = Shape { quotes: Quotes::Folded, ..reader::sheet(model).shape };
    let sheet = Sheet { shape, ..Sheet::default() };
    let Some(conversation) = &mut model.reader.conversation else { return };
    let focus = conversation.focus;
    let mut wanted = Vec::new();
    for (place, section) in conversation.sections.iter_mut().enumerate() {
        if section.open && place != focus && matches!(section.body, Body::None) {
            section.body = Body::Loading { progress: None };
            wanted.push(section.row.id);
        }
    }
    ask_for(model, fx, &wanted, sheet);
}

fn ask_for(model: &mut Model, fx: &mut Effects, messages: &[MessageId], sheet: Sheet) {
    for message in messages.iter().copied() {
        let ticket = model.ticket();
        model.work.lays.insert(ticket, message);
        fx.push(Effect::Lay { ticket, message, sheet, aside: Some(model.work.aside) });
    }
}

/// The reader's width has changed: each text stays as it is until it comes at the new width.
pub(crate) fn relay(model: &mut Model, fx: &mut Effects) {
    let shape = Shape { quotes: Quotes::Folded, ..reader::sheet(model).shape };
    let Some(conversation) = &model.reader.conversation else { return };
    let shown = conversation.sections.iter().enumerate().filter(|(place, section)| {
        *place != conversation.focus && matches!(section.body, Body::Ready(_) | Body::Loading { .. })
    });
    let wanted: Vec<MessageId> = shown.map(|(_, section)| section.row.id).collect();
    model.work.lays.clear();
    model.work.aside += 1;
    ask_for(model, fx, &wanted, Sheet { shape, ..Sheet::default() });
}

/// A text that is not the focused one looks different now.
pub(crate) fn changed_text(model: &mut Model, fx: &mut Effects, message: MessageId) {
    let shape = Shape { quotes: Quotes::Folded, ..reader::sheet(model).shape };
    if section(model, message).is_some_and(|section| matches!(section.body, Body::Ready(_))) {
        ask_for(model, fx, &[message], Sheet { shape, ..Sheet::default() });
    }
}

fn section(model: &mut Model, message: MessageId) -> Option<&mut Section> {
    let conversation = model.reader.conversation.as_mut()?;
    conversation.sections.iter_mut().find(|section| section.row.id == message)
}

/// A text that is not the focused one was laid out, or is not in the cache.
pub(crate) fn laid(model: &mut Model, fx: &mut Effects, message: MessageId, laid: Option<Arc<Laid>>) {
    let above = offset_of_focus(model);
    let Some(section) = section(model, message) else { return };
    match laid {
        Some(laid) => {
            section.body = Body::Ready(laid);
            reader::arrived(model, fx, message);
        }
        None => want(fx, message, Priority::Neighbour),
    }
    keep_place(model, above);
}

/// A text came from the server.
pub(crate) fn body_ready(model: &mut Model, fx: &mut Effects, message: MessageId) {
    if let Some(section) = section(model, message).filter(|section| section.open) {
        section.body = Body::None;
        fetch(model, fx);
    }
}

/// A text cannot be had.
pub(crate) fn body_failed(model: &mut Model, message: MessageId, reason: SafeText) {
    if let Some(section) = section(model, message).filter(|section| !matches!(section.body, Body::Ready(_))) {
        section.body = Body::Failed(reason);
    }
}

fn offset_of_focus(model: &Model) -> Option<usize> {
    let conversation = model.reader.conversation.as_ref()?;
    Some(conversation.start(conversation.focus, &model.reader.body))
}

/// What grew or shrank above the focused message does not move it on the screen.
fn keep_place(model: &mut Model, before: Option<usize>) {
    let (Some(before), Some(now)) = (before, offset_of_focus(model)) else { return };
    if model.reader.scroll >= before {
        model.reader.scroll = (model.reader.scroll - before).saturating_add(now);
    }
    model.reader.scroll = model.reader.scroll.min(last_scroll(model));
}

/// The focused text is here: the view goes to it, if it has not yet.
pub(crate) fn settled(model: &mut Model) {
    let Some(conversation) = &mut model.reader.conversation else { return };
    let ready = matches!(model.reader.body, Body::Ready(_));
    if std::mem::take(&mut conversation.seek) {
        let start = conversation.start(conversation.focus, &model.reader.body);
        conversation.seek = !ready;
        model.reader.scroll = start.min(last_scroll(model));
    }
}

/// To the next message of the conversation, or the one before.
pub(crate) fn step(model: &mut Model, fx: &mut Effects, by: isize) {
    let Some(conversation) = &model.reader.conversation else { return };
    let count = conversation.sections.len();
    match conversation.focus.checked_add_signed(by).filter(|place| *place < count) {
        Some(place) => {
            focus(model, fx, place);
            bring(model);
        }
        // Within the last message and the first there may be more to read.
        None => reader::scroll(model, super::act::Step::Lines(by)),
    }
}

/// Goes to a message and opens it.
pub(crate) fn reveal(model: &mut Model, fx: &mut Effects, message: MessageId) {
    let Some(conversation) = &mut model.reader.conversation else { return };
    let Some(place) = conversation.sections.iter().position(|section| section.row.id == message) else { return };
    if let Some(section) = conversation.sections.get_mut(place) {
        section.open = true;
    }
    focus(model, fx, place);
    bring(model);
}

/// Makes another message the one that keys act on.
fn focus(model: &mut Model, fx: &mut Effects, place: usize) {
    let Some(mut conversation) = model.reader.conversation.take() else { return };
    let body = std::mem::take(&mut model.reader.body);
    let before = conversation.focus;
    // Another view of a message is not kept; the text as it is best read is.
    let plain = model.reader.view == View::Best && model.reader.quotes == Quotes::Folded;
    if let Some(section) = conversation.sections.get_mut(before) {
        section.body = if plain { body } else { Body::None };
    }
    let Some(section) = conversation.sections.get_mut(place) else { return };
    section.late = false;
    let (row, body) = (section.row.clone(), std::mem::take(&mut section.body));
    conversation.focus = place;
    let message = row.id;
    let scroll = model.reader.scroll;
    let missing = !matches!(body, Body::Ready(_));
    let body = if missing { Body::Loading { progress: None } } else { body };
    let quotes = Quotes::Folded;
    model.reader = ReaderPane { message: Some(row.clone()), body, quotes, scroll, ..ReaderPane::default() };
    model.reader.conversation = Some(conversation);
    // Keys follow the order of the list.
    if let Some(key) = model.list.rows.iter().find(|other| other.id == message).map(MessageRow::key) {
        model.list.cursor = Some(key);
    }
    model.work.when_whole = None;
    if missing {
        lay(model, fx);
    }
    let open = model.reader.conversation.as_ref().and_then(|c| c.sections.get(c.focus)).is_some_and(|s| s.open);
    if open {
        look(model, fx, message);
    }
    fetch(model, fx);
    errand::arrived(model, fx);
}

/// Scrolls the focused message's head into view, and as much of its text as fits below.
fn bring(model: &mut Model) {
    let Some(conversation) = &model.reader.conversation else { return };
    let start = conversation.start(conversation.focus, &model.reader.body);
    let end = conversation.start(conversation.focus + 1, &model.reader.body);
    let page = page(model).max(1);
    let top = model.reader.scroll;
    let wanted = if end.saturating_sub(start) >= page { start } else { top.min(start).max(end.saturating_sub(page)) };
    model.reader.scroll = wanted.min(last_scroll(model));
}

/// The text was scrolled: the message at the top has the focus when the focused one has left the pane.
pub(crate) fn scrolled(model: &mut Model, fx: &mut Effects) {
    let Some(conversation) = &model.reader.conversation else { return };
    let (top, page) = (model.reader.scroll, page(model).max(1));
    let start = conversation.start(conversation.focus, &model.reader.body);
    if (top..top + page).contains(&start) {
        return;
    }
    // What keys act on is what fills the pane.
    let Some((place, _)) = conversation.at(top + page / 3, &model.reader.body) else { return };
    if place != conversation.focus {
        focus(model, fx, place);
        model.reader.scroll = top.min(last_scroll(model));
    }
}

/// A message of the conversation was clicked: it gets the focus; its head folds and opens it.
pub(crate) fn clicked(model: &mut Model, fx: &mut Effects, place: usize, spot: Spot) {
    let elsewhere = model.reader.conversation.as_ref().is_some_and(|conversation| conversation.focus != place);
    if elsewhere {
        focus(model, fx, place);
    }
    if spot == Spot::Head {
        fold(model, fx);
    }
}

/// Folds the focused message to a line, or opens it.
pub(crate) fn fold(model: &mut Model, fx: &mut Effects) {
    let Some(conversation) = &mut model.reader.conversation else { return };
    let place = conversation.focus;
    let Some(section) = conversation.sections.get_mut(place) else { return };
    section.open = !section.open;
    let (open, message) = (section.open, section.row.id);
    if open && !matches!(model.reader.body, Body::Ready(_)) {
        lay(model, fx);
        look(model, fx, message);
    }
    bring(model);
}
