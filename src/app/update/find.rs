//! Finding words in the open message: searched for off the loop while they are typed, gone through by `n` and `N`.

use super::reader::{last_scroll, lay, page, sheet};
use super::{Effects, conversation, results, toast};
use crate::app::model::{Body, InputPurpose, Model, Overlay, Ticket};
use crate::app::msg::Effect;
use crate::app::reading::{Find, Folds, Places};
use crate::mail::MessageId;
use crate::render::{Hit, Quotes};
use crate::safe_text::SafeText;

/// Asks for what to find.
pub(crate) fn ask(model: &mut Model) {
    let purpose = InputPurpose::Find;
    model.overlay = Some(Overlay::Input { purpose, text: String::new(), cursor: 0 });
}

/// What is searched for has changed.
pub(crate) fn typed(model: &mut Model, fx: &mut Effects, text: &str) {
    if text.trim().is_empty() {
        return give_up(model, fx, None);
    }
    let before = model.reader.find.take().unwrap_or_default();
    let found = Find { query: None, fresh: false, ..before };
    model.reader.find = Some(Find { text: SafeText::new(text), at: 0, seek: true, ..found });
    again(model, fx);
}

/// The words are typed: now quotes are opened for any place in them, and in a conversation that has none in this message,
/// the others are looked at.
pub(crate) fn accepted(model: &mut Model, fx: &mut Effects) {
    let Some(find) = &mut model.reader.find else { return };
    if find.folded > 0 {
        find.seek = true;
        unfold(model, fx);
    } else if find.hits.is_empty() || find.waiting.is_some() {
        find.seek = true;
        let others = others(model);
        ask_for(model, fx, others);
    }
}

/// Searches anew, where something is searched for: the text, or how it is laid out, has changed.
pub(crate) fn again(model: &mut Model, fx: &mut Effects) {
    ask_for(model, fx, Vec::new());
}

fn ask_for(model: &mut Model, fx: &mut Effects, others: Vec<MessageId>) {
    let (ticket, sheet) = (model.ticket(), sheet(model));
    let Some(message) = model.reader.message.as_ref().map(|row| row.id) else { return };
    if let Some(find) = &mut model.reader.find {
        find.waiting = Some(ticket);
        let (text, query) = (find.text.clone(), find.query.clone());
        fx.push(Effect::Find { ticket, message, sheet, text, query, others });
    }
}

fn is_typed(model: &Model) -> bool {
    matches!(model.overlay, Some(Overlay::Input { purpose: InputPurpose::Find, .. }))
}

/// The other messages of the conversation, from the open one on.
fn others(model: &Model) -> Vec<MessageId> {
    let Some(conversation) = &model.reader.conversation else { return Vec::new() };
    let (before, after) = conversation.sections.split_at(conversation.focus.min(conversation.sections.len()));
    after.iter().skip(1).chain(before).map(|section| section.row.id).collect()
}

/// The places are here: the view goes to the first one that is not above it, for which quotes are opened if need be.
pub(crate) fn found(model: &mut Model, fx: &mut Effects, ticket: Ticket, places: Places) {
    let (from, typing) = (model.reader.scroll.saturating_sub(offset(model)), is_typed(model));
    let Some(find) = model.reader.find.as_mut().filter(|find| find.waiting == Some(ticket)) else { return };
    let Places { hits, folded, elsewhere } = places;
    (find.waiting, find.folded) = (None, folded);
    // While somebody types, quotes stay folded as long as there is another place to show.
    if folded > 0 && (hits.is_empty() || find.query.is_none() && !typing) && unfold(model, fx) {
        return;
    }
    if let Some(message) = elsewhere {
        return go_on(model, fx, message);
    }
    let Some(find) = &mut model.reader.find else { return };
    let below = |hit: &Hit| hit.pieces.first().is_some_and(|piece| piece.line >= from);
    let seek = std::mem::take(&mut find.seek);
    find.at = if seek { hits.iter().position(below).unwrap_or(0) } else { find.at.min(hits.len().saturating_sub(1)) };
    find.hits = hits;
    if seek {
        reveal(model);
    }
}

/// Opens the quotes for what was found in them; the places come anew once that is laid out.
fn unfold(model: &mut Model, fx: &mut Effects) -> bool {
    let Some(find) = model.reader.find.as_mut().filter(|find| find.folds == Folds::MayOpen) else { return false };
    if model.reader.quotes == Quotes::Open {
        return false;
    }
    find.folds = Folds::Opened;
    (model.reader.quotes, model.reader.selection) = (Quotes::Open, None);
    lay(model, fx);
    true
}

/// To another message of the conversation, in which the words stand.
fn go_on(model: &mut Model, fx: &mut Effects, message: MessageId) {
    let Some(text) = model.reader.find.as_ref().map(|find| find.text.clone()) else { return };
    conversation::reveal(model, fx, message);
    model.reader.find = Some(Find { text, seek: true, ..Find::default() });
    if matches!(model.reader.body, Body::Ready(_)) {
        again(model, fx);
    }
}

/// The user folds or opens the quotes: no search does any more.
pub(crate) fn left(model: &mut Model) {
    if let Some(find) = &mut model.reader.find {
        find.folds = Folds::Left;
    }
}

/// The search is another one, or none; quotes that were opened for what it found are folded again.
pub(crate) fn give_up(model: &mut Model, fx: &mut Effects, next: Option<Find>) {
    let opened = model.reader.find.take().is_some_and(|find| find.folds == Folds::Opened);
    model.reader.find = next;
    if opened && model.reader.quotes == Quotes::Open {
        model.reader.quotes = Quotes::Folded;
        lay(model, fx);
    } else {
        again(model, fx);
    }
}

/// The words that were looked for in the message are not any more: those of the search that found it are marked again.
pub(crate) fn end(model: &mut Model, fx: &mut Effects) -> bool {
    if model.reader.find.as_ref().is_none_or(|find| find.query.is_some()) {
        return false;
    }
    let marks = results::marks(model);
    give_up(model, fx, marks);
    true
}

/// To the next place, or the one before; after the last comes the first.
pub(crate) fn step(model: &mut Model, fx: &mut Effects, by: isize) {
    let Some(find) = model.reader.find.as_mut().filter(|find| !find.hits.is_empty()) else { return };
    let count = find.hits.len();
    if std::mem::take(&mut find.fresh) {
        find.at = if by > 0 { 0 } else { count - 1 };
        return reveal(model);
    }
    let next = find.at.checked_add_signed(by).filter(|at| *at < count);
    let words = if by > 0 { "From the top again" } else { "From the end again" };
    find.at = next.unwrap_or(if by > 0 { 0 } else { count - 1 });
    if next.is_none() {
        toast::info(model, fx, words);
    }
    reveal(model);
}

/// The line of the reader that the message's text begins at.
pub(crate) fn offset(model: &Model) -> usize {
    match &model.reader.conversation {
        // Its head and an empty line.
        Some(conversation) => conversation.start(conversation.focus, &model.reader.body) + 2,
        None => 0,
    }
}

/// Scrolls as little as needed to show the place, with a few lines around it.
fn reveal(model: &mut Model) {
    let start = offset(model);
    let hit = model.reader.find.as_ref().and_then(|find| find.hits.get(find.at));
    let Some(piece) = hit.and_then(|hit| hit.pieces.first()) else { return };
    let (line, page) = (start + piece.line, page(model).max(1));
    let margin = (page / 4).min(3);
    let scroll = model.reader.scroll;
    let wanted = scroll.min(line.saturating_sub(margin)).max((line + margin + 1).saturating_sub(page));
    model.reader.scroll = wanted.min(last_scroll(model));
}
