//! A conversation in the reader: a line a message, and below it the text of those that are open.

use ratatui::layout::{Position, Rect};

use crate::app::action::Id;
use crate::app::cursor::flags_to_be;
use crate::app::model::{Body, Model, Pane};
use crate::app::reading::{Conversation, Section, Spot};
use crate::ui::keys::{Labels, base_context};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::{columns, format, names, reader};

/// Columns left of the text.
const MARGIN: u16 = 2;
/// Columns of who wrote a message.
const SENDER: u16 = 18;

/// Draws the messages from the line that is scrolled to.
pub fn draw(model: &Model, shown: &Conversation, pen: &mut Pen<'_>, area: Rect) {
    let labels = Labels::of(model, base_context(model));
    let folds = labels.key(Id::Quotes);
    let (x, end) = (area.x + MARGIN, area.right().saturating_sub(1));
    for (y, line) in (area.top()..area.bottom()).zip(model.reader.scroll..) {
        let Some((place, spot)) = shown.at(line, &model.reader.body) else { return };
        let Some(section) = shown.sections.get(place) else { return };
        let focused = place == shown.focus;
        let row = Rect { y, height: 1, ..area };
        match (spot, shown.body_of(place, &model.reader.body)) {
            (Spot::Head, _) => draw_head(model, section, focused, pen, row),
            (Spot::Line(number), Body::Ready(laid)) => {
                let Some(text) = laid.lines.get(number) else { continue };
                reader::draw_line(text, folds.as_deref().filter(|_| focused), pen, (x, y, end));
                if focused {
                    reader::draw_found(model, number, pen, (x, y));
                }
            }
            (Spot::Note, body) => draw_note(model, section, body, pen, (x, y, end)),
            (Spot::Line(_) | Spot::Gap, _) => {}
        }
        reader::draw_selection(model, line, pen, row);
    }
}

/// The line of a message: fold sign, unread sign, who, the first words of what is folded, when.
fn draw_head(model: &Model, section: &Section, focused: bool, pen: &mut Pen<'_>, row: Rect) {
    let message = &section.row;
    let unread = !flags_to_be(model, message).seen();
    let (faint, muted, accent) = (pen.style(Role::Faint), pen.style(Role::Muted), pen.style(Role::Accent));
    let own = names::is_own(model, message);
    let name = match (unread, own) {
        (true, _) => pen.style(Role::Unread),
        (false, true) => pen.bold(Role::Q1),
        (false, false) => pen.bold(Role::Fg),
    };
    let y = row.y;
    let end = (row.x + MARGIN + crate::ui::body_width(model)).min(row.right().saturating_sub(1));
    if pen.linear {
        let states = [(section.open, "open"), (!section.open, "folded"), (unread, "unread")];
        let states: Vec<&str> = states.into_iter().filter(|(holds, _)| *holds).map(|(_, word)| word).collect();
        let from = if own { "you" } else { message.from.as_str() };
        let date = format::long_date(message.received, model.clock);
        let words = if section.open { "" } else { message.snippet.as_str() };
        let text = format!("{}: {from}, {date}  {words}", states.join(", "));
        pen.put(row.x, y, row.right(), &text, name);
        if focused && model.focus == Pane::Reader {
            pen.select(row, Role::Sel);
        }
        return;
    }
    let sign = if section.open { pen.glyphs.open } else { pen.glyphs.folded };
    let x = pen.put_all(row.x + MARGIN, y, end, &[(sign, faint), (" ", faint)]);
    if unread {
        pen.put(x, y, end, pen.glyphs.unread, accent);
    }
    let date = format::long_date(message.received, model.clock);
    let right = pen.put_right(x, end, y, &date, muted).saturating_sub(2);
    // A message in Sent says in a list whom it is to; here it stands among the others.
    let from = if own { "you" } else { message.from.as_str() };
    let from = columns::cut(from, SENDER.min(right.saturating_sub(x + 2)), pen.glyphs.more).into_owned();
    let after = pen.put(x + 2, y, right, &from, name);
    if section.open {
        pen.hline(after + 1, right, y);
    } else {
        pen.put((x + 2 + SENDER + 1).max(after + 1), y, right, message.snippet.as_str(), faint);
    }
    if focused {
        let here = model.focus == Pane::Reader;
        pen.select(row, if here { Role::Sel } else { Role::SelDim });
        if here {
            pen.cursor = Some(Position::new(row.x, y));
        }
    }
}

/// Why there is no text yet.
fn draw_note(model: &Model, section: &Section, body: &Body, pen: &mut Pen<'_>, (x, y, end): (u16, u16, u16)) {
    let (muted, error) = (pen.style(Role::Muted), pen.style(Role::Error));
    match body {
        Body::Failed(reason) => {
            pen.put_all(x, y, end, &[("! ", error), (reason.as_str(), error)]);
        }
        Body::None | Body::Loading { .. } | Body::Ready(_) => {
            let loading = || format!("{} loading", pen.glyphs.spinner(model.spinner));
            let text = reader::absent(model, &section.row).unwrap_or_else(loading);
            pen.put(x, y, end, &text, muted);
        }
    }
}
