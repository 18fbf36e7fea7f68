//! The palette: every action by name, with its group, its key, and what it does.

use ratatui::layout::Rect;

use crate::app::action::argument::Argument;
use crate::app::action::available::available;
use crate::app::action::{Context, Entry, Id, table};
use crate::app::float;
use crate::app::help::keyed;
use crate::app::model::{Argued, Model, Picker};
use crate::app::update::palette::{told, verdict};
use crate::ui::columns;
use crate::ui::keys::{Labels, base_context};
use crate::ui::overlay::{area_of, draw_hit, draw_none, draw_prompt, tally};
use crate::ui::pen::Pen;
use crate::ui::rect;
use crate::ui::theme::Role;

/// Draws the palette.
pub fn draw(model: &Model, picker: &Picker, pen: &mut Pen<'_>, area: Rect) {
    let chosen =
        picker.hits.get(picker.cursor).and_then(|place| table().get(*place)).filter(|_| picker.argument.is_none());
    let takes = chosen.is_some_and(|entry| entry.argument != Argument::None);
    let completes = picker.argument.as_ref().is_some_and(|argued| !argued.offers.is_empty());
    let tab = match Labels::of(model, Context::Picker).key(Id::EditArgument) {
        Some(key) if takes => format!("{key} edit arguments"),
        Some(key) if completes => format!("{key} completes"),
        Some(_) | None => String::new(),
    };
    let free = picker.argument.as_ref().is_some_and(|argued| argued.offers.is_empty());
    let asked = picker.argument.as_ref().is_some_and(|argued| argued.asked);
    let choose = if free { "" } else { "↑↓ choose" };
    let hints = [choose, "enter run", &tab, if asked { "esc back" } else { "esc close" }];
    let hints: Vec<&str> = hints.into_iter().filter(|hint| !hint.is_empty()).collect();
    let hint = hints.join(&format!(" {} ", pen.glyphs.dot));
    let spot = float::palette(area_of(area));
    let inside = pen.float(rect(spot.frame), &title(picker), &hint, Role::Accent);
    if inside.height == 0 {
        return;
    }
    let tally = if free { String::new() } else { tally(picker) };
    draw_prompt(&picker.text, picker.text.chars().count(), &tally, pen, inside);
    pen.hline(inside.x, inside.right(), inside.y + 1);
    let list = rect(spot.list);
    let explained = list.bottom() < inside.bottom();
    if picker.hits.is_empty() && !free {
        draw_none(pen, list);
    }
    match &picker.argument {
        Some(argued) => draw_offers(picker, argued, pen, list),
        None => draw_hits(model, picker, pen, list),
    }
    let entry = picker.argument.as_ref().map(|argued| argued.id.entry()).or(chosen);
    if let Some(entry) = entry.filter(|_| explained) {
        pen.hline(inside.x, inside.right(), list.bottom());
        // an action that cannot run now, or not with this, says why
        let fits = || if told(picker).is_empty() { Ok(()) } else { verdict(model, picker).map(|_| ()) };
        let help = keyed(model, entry.help);
        let verdict = available(model, entry.id).and_then(|()| fits());
        let (text, role) = match &verdict {
            Ok(()) => (help.as_str(), Role::Muted),
            Err(reason) => (reason.as_str(), Role::Warn),
        };
        let style = pen.style(role);
        let lines = columns::wrap(text, inside.width.saturating_sub(4));
        for (y, line) in (list.bottom() + 1..inside.bottom()).zip(&lines) {
            pen.put(inside.x + 2, y, inside.right(), line, style);
        }
    }
}

/// The box's title: the action that is told something.
fn title(picker: &Picker) -> String {
    let Some(argued) = &picker.argument else { return "Commands".to_owned() };
    let entry = argued.id.entry();
    // Where there is nothing to choose from, what is to be typed.
    let typed = if argued.offers.is_empty() { entry.argument.placeholder() } else { "" };
    format!("{} {typed}", entry.name).trim_end().to_owned()
}

/// What the action can be told.
fn draw_offers(picker: &Picker, argued: &Argued, pen: &mut Pen<'_>, list: Rect) {
    let fg = pen.style(Role::Fg);
    let first = float::first_row(picker.cursor, list.height);
    for (y, (place, hit)) in (list.top()..list.bottom()).zip(picker.hits.iter().enumerate().skip(first)) {
        let Some(offer) = argued.offers.get(*hit) else { continue };
        let row = Rect { y, height: 1, ..list };
        draw_hit(offer.as_str(), told(picker), fg, pen, (row.x + 2, y, row.right().saturating_sub(2)));
        if place == picker.cursor {
            pen.select(row, Role::Sel);
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
    let end = group.saturating_sub(1);
    let x = draw_hit(entry.name, typed, fg, pen, (row.x + 2, row.y, end));
    // what it can be told
    let placeholder = entry.argument.placeholder();
    if x + 1 + columns::width(placeholder) < end {
        pen.put(x + 1, row.y, end, placeholder, faint);
    }
}
