//! The box that asks for other keys: what is pressed, what that means now, where it will hold, and where it is kept.

use ratatui::layout::{Position, Rect};

use crate::app::action::argument::names;
use crate::app::key::write_sequence;
use crate::app::model::{Model, Rebind};
use crate::app::update::rebind::clashes;
use crate::ui::columns;
use crate::ui::keys::written;
use crate::ui::overlay::spot;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;

/// Draws the box.
pub fn draw(model: &Model, rebind: &Rebind, pen: &mut Pen<'_>, area: Rect) {
    let dot = pen.glyphs.dot;
    let old = rebind.old.as_deref().map(written);
    let other = match (&old, rebind.beside) {
        (Some(old), false) => format!(" {dot} tab keep {old} too"),
        (Some(old), true) => format!(" {dot} tab instead of {old}"),
        (None, _) => String::new(),
    };
    let hint = format!("enter take{other} {dot} esc back");
    let title = format!("Keys for: {}", names(&rebind.calls));
    let clashes = if rebind.keys.is_empty() { Vec::new() } else { clashes(&model.keymap, rebind) };
    let width = 64.min(area.width.saturating_sub(2));
    let rows = u16::try_from(clashes.len().max(1)).unwrap_or(1).min(4);
    let inside = pen.float(spot(area, width, rows + 7), &title, &hint, Role::Accent);
    if inside.height == 0 {
        return;
    }
    let (key, fg, muted, faint, warn) = (
        pen.bold(Role::Key),
        pen.style(Role::Fg),
        pen.style(Role::Muted),
        pen.style(Role::Faint),
        pen.style(Role::Warn),
    );
    let (left, end) = (inside.x + 2, inside.right().saturating_sub(1));
    let line = |offset: u16| Some(inside.y + offset).filter(|y| *y < inside.bottom());
    if let Some(y) = line(0) {
        let pressed = written(&write_sequence(&rebind.keys));
        let x = if pressed.is_empty() {
            pen.put(left, y, end, "press the new keys", muted);
            left
        } else {
            pen.put(left, y, end, &pressed, key)
        };
        pen.cursor = Some(Position::new(x.min(end), y));
    }
    let says: Vec<(String, _)> = match &rebind.refused {
        Some(reason) => {
            columns::wrap(reason.as_str(), end.saturating_sub(left)).into_iter().map(|l| (l, warn)).collect()
        }
        None if rebind.keys.is_empty() => {
            vec![("any keys but enter, tab, esc; backspace takes one back".into(), faint)]
        }
        None if clashes.is_empty() => vec![("free".to_owned(), fg)],
        None => clashes.into_iter().map(|words| (words, warn)).collect(),
    };
    for (offset, (words, style)) in (2..2 + rows).zip(&says) {
        let Some(y) = line(offset) else { break };
        pen.put(left, y, end, words, *style);
    }
    let places: Vec<&str> = rebind.contexts.iter().map(|context| context.as_str()).collect();
    let instead = match (&old, rebind.beside) {
        (Some(old), false) => format!(", instead of {old}"),
        (Some(old), true) => format!(", beside {old}"),
        (None, _) => String::new(),
    };
    if let Some(y) = line(rows + 3) {
        pen.put(left, y, end, &format!("in {}{instead}", places.join(", ")), muted);
    }
    if let Some(y) = line(rows + 4) {
        let file = model.keymap.sources().own_file.as_ref().map(|file| file.display().to_string()).unwrap_or_default();
        let room = end.saturating_sub(left + 8);
        let kept = if model.options.demo {
            "kept until the demo ends".to_owned()
        } else if file.is_empty() {
            String::new()
        } else {
            format!("kept in {}", end_of(&file, room, pen.glyphs.more))
        };
        pen.put(left, y, end, &kept, faint);
    }
}

/// The end of a path that is too long, from one of its parts on.
fn end_of(path: &str, room: u16, more: &str) -> String {
    if columns::width(path) <= room {
        return path.to_owned();
    }
    let mut parts = path.match_indices('/').map(|(at, _)| path.get(at..).unwrap_or_default());
    let end = parts.find(|end| columns::width(end) + columns::width(more) <= room);
    end.map_or_else(|| path.to_owned(), |end| format!("{more}{end}"))
}
