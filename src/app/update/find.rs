//! Finding words in the open message: searched for off the loop while they are typed, gone through by `n` and `N`.

use super::reader::{last_scroll, page, sheet};
use super::{Effects, results, toast};
use crate::app::model::{InputPurpose, Model, Overlay, Ticket};
use crate::app::msg::Effect;
use crate::app::reading::Find;
use crate::render::Hit;
use crate::safe_text::SafeText;

/// Asks for what to find.
pub(crate) fn ask(model: &mut Model) {
    let purpose = InputPurpose::Find;
    model.overlay = Some(Overlay::Input { purpose, text: String::new(), cursor: 0 });
}

/// What is searched for has changed.
pub(crate) fn typed(model: &mut Model, fx: &mut Effects, text: &str) {
    if text.trim().is_empty() {
        model.reader.find = None;
        return;
    }
    let before = model.reader.find.take().unwrap_or_default();
    let found = Find { query: None, fresh: false, ..before };
    model.reader.find = Some(Find { text: SafeText::new(text), at: 0, seek: true, ..found });
    again(model, fx);
}

/// Searches anew, where something is searched for: the text, or how it is laid out, has changed.
pub(crate) fn again(model: &mut Model, fx: &mut Effects) {
    let (ticket, sheet) = (model.ticket(), sheet(model));
    let Some(message) = model.reader.message.as_ref().map(|row| row.id) else { return };
    if let Some(find) = &mut model.reader.find {
        find.waiting = Some(ticket);
        fx.push(Effect::Find { ticket, message, sheet, text: find.text.clone(), query: find.query.clone() });
    }
}

/// The places are here: the view goes to the first one that is not above it.
pub(crate) fn found(model: &mut Model, ticket: Ticket, hits: Vec<Hit>) {
    let from = model.reader.scroll.saturating_sub(offset(model));
    let Some(find) = model.reader.find.as_mut().filter(|find| find.waiting == Some(ticket)) else { return };
    let below = |hit: &Hit| hit.pieces.first().is_some_and(|piece| piece.line >= from);
    let seek = std::mem::take(&mut find.seek);
    find.at = if seek { hits.iter().position(below).unwrap_or(0) } else { find.at.min(hits.len().saturating_sub(1)) };
    find.hits = hits;
    find.waiting = None;
    if seek {
        reveal(model);
    }
}

/// The words that were looked for in the message are not any more: those of the search that found it are marked again.
pub(crate) fn end(model: &mut Model, fx: &mut Effects) -> bool {
    if model.reader.find.as_ref().is_none_or(|find| find.query.is_some()) {
        return false;
    }
    model.reader.find = results::marks(model);
    again(model, fx);
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
