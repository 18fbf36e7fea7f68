//! The text of a letter: quotes with bars but for the line that the cursor is in, long ones folded.

use ratatui::layout::{Position, Rect};

use crate::app::compose::editor::rows::{cells, grapheme_at};
use crate::app::compose::editor::view::Shown;
use crate::app::compose::{Field, Open, Tool};
use crate::app::geometry::Area;
use crate::app::model::Model;
use crate::safe_text::SafeText;
use crate::ui::pen::Pen;
use crate::ui::rect;
use crate::ui::theme::Role;

/// Draws what is seen of it.
pub(super) fn draw(model: &Model, open: &Open, area: Area, pen: &mut Pen<'_>) {
    let body = &open.lines.body;
    let focused = open.field == Field::Body;
    let whole = rect(area);
    // A blank that hangs over the edge has a column.
    let end = (whole.right() + 1).min(pen.area().right());
    for (y, row) in (whole.top()..whole.bottom()).zip(body.shown(area.height)) {
        let selected = if let Shown::Text { selected, .. } = &row { *selected } else { None };
        match row {
            Shown::Fold { count, depth, .. } => fold(model, (count, depth), pen, (whole.x, y, end)),
            Shown::Text { text, depth: 0, first, indent, .. } => {
                let role = if first && text == "-- " { Role::Faint } else { Role::Fg };
                put(text, indent, pen, (whole.x, y, end), role);
            }
            Shown::Text { text, depth, first, indent, here, .. } => {
                let role = quote_role(depth);
                let raw = here && focused;
                let marks = if first { depth.min(text.len()) } else { 0 };
                let x = whole.x + if first { 0 } else { indent };
                if raw || pen.linear {
                    put(text, indent, pen, (whole.x, y, end), role);
                } else {
                    let at = whole.x + u16::try_from(marks).unwrap_or(0);
                    let column = if first { at - whole.x } else { indent };
                    let rest = text.get(marks..).unwrap_or_default();
                    put(rest, column, pen, (whole.x, y, end), role);
                }
                if !raw && !pen.linear {
                    bars(depth, pen, (whole.x, y, if first { x + u16::try_from(marks).unwrap_or(0) } else { x }));
                }
            }
        }
        if let Some((from, to)) = selected.filter(|_| focused) {
            let (x, style) = (whole.x.saturating_add(from), pen.style(Role::Sel));
            let width = to.min(end.saturating_sub(whole.x)).saturating_sub(from);
            pen.tint(Rect { x, y, width, height: 1 }, style);
        }
    }
    if body.bytes() == 0 && !focused {
        pen.put(whole.x, whole.y, end, "(no text yet)", pen.style(Role::Faint));
    }
    if focused && let Some((row, column)) = body.cursor_cell(area.height) {
        let at = Position::new((whole.x + column).min(end.saturating_sub(1)), whole.y + row);
        pen.cursor = Some(at);
        pen.selected = Some(Position::new(whole.x, at.y)).filter(|_| pen.linear);
    }
}

/// Writes a part of a line from a column of the text on: tabs as the blanks that they are.
fn put(text: &str, column: u16, pen: &mut Pen<'_>, (x, y, end): (u16, u16, u16), role: Role) {
    let style = pen.style(role);
    if !text.contains('\t') {
        pen.put(x + column, y, end, SafeText::new(text).as_str(), style);
        return;
    }
    let (mut at, mut shown, mut wide) = (0, String::new(), column);
    while let Some(grapheme) = grapheme_at(text, at) {
        let cells = cells(grapheme, wide);
        if grapheme == "\t" {
            shown.extend(std::iter::repeat_n(' ', usize::from(cells)));
        } else {
            shown.push_str(grapheme);
        }
        (at, wide) = (at + grapheme.len(), wide.saturating_add(cells));
    }
    pen.put(x + column, y, end, SafeText::new(&shown).as_str(), style);
}

/// The bars before quoted text, each in the colour of its depth.
fn bars(depth: usize, pen: &mut Pen<'_>, (x, y, end): (u16, u16, u16)) {
    for level in 0..depth {
        let at = x + u16::try_from(level).unwrap_or(u16::MAX / 2);
        if at >= end {
            return;
        }
        let style = pen.style(quote_role(level + 1));
        pen.put(at, y, end, pen.glyphs.quote, style);
    }
}

/// "▏ … 6 quoted lines"
fn fold(model: &Model, (count, depth): (usize, usize), pen: &mut Pen<'_>, (x, y, end): (u16, u16, u16)) {
    let (faint, key) = (pen.style(Role::Faint), pen.style(Role::Key));
    let lead = x + u16::try_from(depth).unwrap_or(1);
    bars(depth, pen, (x, y, lead));
    let words = format!(" {} {count} quoted lines", pen.glyphs.more);
    let at = pen.put(lead, y, end, &words, faint);
    if let Some(label) = super::key(model, Tool::Quotes) {
        pen.put_all(at, y, end, &[("   ", faint), (&label, key), (" shows", faint)]);
    }
    pen.spot((x, y, end), crate::app::msg::Press::Run(crate::app::action::Id::Tool(Tool::Quotes)));
}

/// The colour of a quote's depth; deeper than three begins again.
const fn quote_role(depth: usize) -> Role {
    match depth % 3 {
        1 => Role::Q1,
        2 => Role::Q2,
        _ => Role::Q3,
    }
}
