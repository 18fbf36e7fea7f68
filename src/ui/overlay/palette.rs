//! The palette: every action by name, with its group, its key, and what it does.

use ratatui::layout::Rect;

use crate::app::action::available::available;
use crate::app::action::{Entry, table};
use crate::app::float;
use crate::app::model::{Model, Picker};
use crate::ui::columns;
use crate::ui::keys::{Labels, base_context};
use crate::ui::overlay::{area_of, draw_hit, draw_none, draw_prompt, tally};
use crate::ui::pen::Pen;
use crate::ui::rect;
use crate::ui::theme::Role;

/// Draws the palette.
pub fn draw(model: &Model, picker: &Picker, pen: &mut Pen<'_>, area: Rect) {
    let hint = format!("enter run {dot} esc close", dot = pen.glyphs.dot);
    let spot = float::palette(area_of(area));
    let inside = pen.float(rect(spot.frame), "Commands", &hint, Role::Accent);
    if inside.height == 0 {
        return;
    }
    draw_prompt(&picker.text, picker.text.chars().count(), &tally(picker), pen, inside);
    pen.hline(inside.x, inside.right(), inside.y + 1);
    let list = rect(spot.list);
    let explained = list.bottom() < inside.bottom();
    if picker.hits.is_empty() {
        draw_none(pen, list);
    }
    draw_hits(model, picker, pen, list);
    let chosen = picker.hits.get(picker.cursor).and_then(|place| table().get(*place));
    if let Some(entry) = chosen.filter(|_| explained) {
        pen.hline(inside.x, inside.right(), list.bottom());
        // an action that cannot run now says why
        let verdict = available(model, entry.id);
        let (text, role) = match &verdict {
            Ok(()) => (entry.help, Role::Muted),
            Err(reason) => (reason.as_str(), Role::Warn),
        };
        let style = pen.style(role);
        let lines = columns::wrap(text, inside.width.saturating_sub(4));
        for (y, line) in (list.bottom() + 1..inside.bottom()).zip(&lines) {
            pen.put(inside.x + 2, y, inside.right(), line, style);
        }
    }
}

fn draw_hits(model: &Model, picker: &Picker, pen: &mut Pen<'_>, list: Rect) {
    let labels = Labels::of(model, base_context(model));
    let first = float::first_row(picker.cursor, list.height);
    let hits = picker.hits.iter().enumerate().skip(first);
    for (y, (place, hit)) in (list.top()..list.bottom()).zip(hits) {
        let Some(entry) = table().get(*hit) else { continue };
        let row = Rect { y, height: 1, ..list };
        let role = if available(model, entry.id).is_ok() { Role::Fg } else { Role::Faint };
        draw_entry(entry, role, &labels, &picker.text, pen, row);
        if place == picker.cursor {
            pen.select(row, Role::Sel);
        }
    }
}

fn draw_entry(entry: &Entry, role: Role, labels: &Labels, typed: &str, pen: &mut Pen<'_>, row: Rect) {
    let end = row.right().saturating_sub(2);
    let (fg, faint, key) = (pen.style(role), pen.style(Role::Faint), pen.style(Role::Key));
    let label = labels.key(entry.id).unwrap_or_default();
    let keys = pen.put_right(row.x, end, row.y, &label, key).min(end.saturating_sub(6));
    let group = if row.width >= 46 { keys.saturating_sub(12) } else { keys };
    if group < keys {
        pen.put(group, row.y, keys.saturating_sub(1), &entry.group.label().to_lowercase(), faint);
    }
    draw_hit(entry.name, typed, fg, pen, (row.x + 2, row.y, group.saturating_sub(1)));
}
