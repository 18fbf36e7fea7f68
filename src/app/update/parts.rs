//! What one takes out of the open message: links, attachments, text to copy.

use unicode_width::UnicodeWidthStr as _;

use super::reader::{MARGIN, document};
use super::{Effects, compose, conversation, errand, reader};
use crate::app::geometry::reader_parts;
use crate::app::model::{Body, Model, Overlay, Picker};
use crate::app::msg::Effect;
use crate::app::reading::{Conversation, Errand, Spot, plain_lines};
use crate::app::work::LinkUse;
use crate::render::{Document, Line, SpanRole};
use crate::safe_text::SafeText;

/// What the message itself is called among its attachments.
pub const WHOLE: &str = "The whole message";

/// The list of links and attachments, for this.
pub(crate) fn links(model: &mut Model) {
    pick(model, LinkUse::Open);
}

/// Copies the link, or lists them if there are several.
pub(crate) fn copy_link(model: &mut Model, fx: &mut Effects) {
    if model.reader.selection.is_some() {
        return copy_text(model, fx);
    }
    let Some(document) = document(model) else { return };
    if let [only] = document.links.as_slice() {
        fx.push(Effect::Copy(only.target.clone()));
    } else {
        pick(model, LinkUse::Copy);
    }
}

/// Lists what of the links and attachments is offered for this use.
pub(crate) fn pick(model: &mut Model, link_use: LinkUse) {
    model.work.link_use = link_use;
    let Some(hits) = document(model).map(|document| offered(document, link_use)) else { return };
    let of = hits.len();
    model.overlay = Some(Overlay::Links(Picker { text: String::new(), cursor: 0, hits, of, argument: None }));
}

/// What is offered for this use, in its order: links by their place, then attachments, then the message itself.
pub(crate) fn offered(document: &Document, link_use: LinkUse) -> Vec<usize> {
    let (links, end) = (document.links.len(), document.links.len() + document.parts.len());
    match link_use {
        LinkUse::Open => (0..end).collect(),
        LinkUse::Copy => (0..links).collect(),
        LinkUse::Save | LinkUse::OpenWith | LinkUse::Attach => (links..end).collect(),
        LinkUse::Pipe => std::iter::once(end).chain(links..end).collect(),
    }
}

/// What the list of links says of each entry: links by their place, with their words, then attachments, then the message
/// itself.
pub(crate) fn link_entry(document: &Document, words: &[String], index: usize) -> String {
    match (document.links.get(index), document.parts.get(index.saturating_sub(document.links.len()))) {
        (Some(link), _) => format!("{} {}", words.get(index).map_or("", String::as_str), link.target),
        (None, Some(part)) => format!("{} {}", part.name, part.media_type),
        (None, None) => WHOLE.to_owned(),
    }
}

/// The places of the links whose number begins with the digits that were typed, that very number first; none where
/// something else was typed.
pub(crate) fn numbered(document: &Document, typed: &str) -> Vec<usize> {
    let typed = typed.trim();
    if typed.is_empty() || !typed.bytes().all(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    // In their order the shortest is the number itself.
    (0..document.links.len()).filter(|place| (place + 1).to_string().starts_with(typed)).collect()
}

/// An entry of the list of links was chosen.
pub(crate) fn chosen(model: &mut Model, fx: &mut Effects, index: usize) {
    let Some(document) = document(model) else { return };
    let part = index.checked_sub(document.links.len()).filter(|part| *part < document.parts.len());
    let target = document.links.get(index).map(|link| link.target.clone());
    match (target, model.work.link_use) {
        (Some(target), LinkUse::Copy) => fx.push(Effect::Copy(target)),
        (Some(target), _) => compose::follow(model, fx, target),
        (None, _) => with(model, fx, part),
    }
}

/// Does what was wished with an attachment, or with the message itself.
pub(crate) fn with(model: &mut Model, fx: &mut Effects, part: Option<usize>) {
    match model.work.link_use {
        LinkUse::Open | LinkUse::Copy => errand::take(model, fx, part, Errand::Open),
        LinkUse::Save => errand::take(model, fx, part, Errand::Save),
        LinkUse::OpenWith => errand::ask_program(model, part, false),
        LinkUse::Pipe => errand::ask_program(model, part, true),
        LinkUse::Attach => compose::bring_part(model, fx, part),
    }
}

/// The text was clicked: a link there is opened, a fold unfolded; in a conversation a message folded or opened.
pub(crate) fn clicked(model: &mut Model, fx: &mut Effects, (column, row): (u16, u16)) {
    let area = reader_parts(model).text;
    let line = row.checked_sub(area.y).map(|line| usize::from(line) + model.reader.scroll);
    let Some(mut line) = line.filter(|_| area.contains(column, row)) else { return };
    if let Some(conversation) = &model.reader.conversation {
        let Some((place, spot)) = conversation.at(line, &model.reader.body) else { return };
        if place != conversation.focus || spot == Spot::Head {
            return conversation::clicked(model, fx, place, spot);
        }
        let Spot::Line(text) = spot else { return };
        line = text;
    }
    let Body::Ready(laid) = &model.reader.body else { return };
    let Some(line) = laid.lines.get(line) else { return };
    if line.spans.iter().any(|span| span.role == SpanRole::Fold) {
        return reader::quotes(model, fx);
    }
    let column = usize::from(column).checked_sub(usize::from(area.x) + usize::from(MARGIN));
    if let Some(place) = column.and_then(|column| link_at(line, column)) {
        model.work.link_use = LinkUse::Open;
        chosen(model, fx, place);
    }
}

/// The text on a line of a conversation; nothing on lines without.
fn conversation_line(conversation: &Conversation, body: &Body, line: usize) -> Vec<SafeText> {
    match conversation.at(line, body) {
        Some((place, Spot::Line(number))) => match conversation.body_of(place, body) {
            Body::Ready(laid) => plain_lines(laid, (number, number)),
            Body::None | Body::Loading { .. } | Body::Failed(_) => Vec::new(),
        },
        Some((place, Spot::Head)) => conversation.sections.get(place).map(|s| s.row.from.clone()).into_iter().collect(),
        Some((_, Spot::Note | Spot::Gap)) => vec![SafeText::default()],
        None => Vec::new(),
    }
}

/// The link in this column of a line.
fn link_at(line: &Line, column: usize) -> Option<usize> {
    let mut right = 0;
    let span = line.spans.iter().find(|span| {
        right += span.text.as_str().width();
        right > column
    });
    // What stands for a picture names a picture.
    span.filter(|span| span.role != SpanRole::Picture).and_then(|span| span.link).map(usize::from)
}

/// Copies the selected lines, or the whole text.
pub(crate) fn copy_text(model: &mut Model, fx: &mut Effects) {
    let selection = model.reader.selection.take();
    let lines = match (selection, &model.reader.body, &model.reader.conversation) {
        (Some(selection), body, Some(conversation)) => {
            let (first, last) = selection.lines();
            (first..=last).flat_map(|line| conversation_line(conversation, body, line)).collect()
        }
        (Some(selection), Body::Ready(laid), None) => plain_lines(laid, selection.lines()),
        (None, Body::Ready(laid), _) => plain_lines(laid, (0, laid.lines.len())),
        (_, Body::None | Body::Loading { .. } | Body::Failed(_), _) => return,
    };
    fx.push(Effect::CopyLines(lines));
}
