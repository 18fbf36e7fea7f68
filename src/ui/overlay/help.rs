//! The keys of where one is, by group and in two columns; typing filters them, enter runs one.

use ratatui::layout::Rect;

use crate::app::action::{Context, Id};
use crate::app::float::{self, HelpLine};
use crate::app::help::{self, Row};
use crate::app::model::{Model, Picker};
use crate::ui::columns;
use crate::ui::keys::{Labels, base_context, written};
use crate::ui::overlay::{area_of, draw_hit, draw_none, draw_prompt};
use crate::ui::pen::Pen;
use crate::ui::rect;
use crate::ui::theme::Role;

/// Columns that keys take, right-aligned.
const KEYS: u16 = 10;

/// Columns of what a changed row says of itself.
const CHANGED: u16 = 8;

/// Draws the help.
pub fn draw(model: &Model, picker: &Picker, pen: &mut Pen<'_>, area: Rect) {
    let context = base_context(model);
    let place = match context {
        Context::List => "message list",
        Context::Reader => "message",
        Context::Folders => "folders",
        Context::Tasks => "tasks",
        Context::Picker | Context::Input | Context::Search | Context::Confirm => "here",
        Context::Wizard => "adding an account",
        Context::Compose => "letter",
    };
    let rows = help::rows(model);
    let chosen = picker.hits.get(picker.cursor).and_then(|place| rows.get(*place));
    let labels = Labels::of(model, Context::Picker);
    let key = |id: Id, word: &str| labels.key(id).map(|key| format!("{key} {word}"));
    let away = match chosen {
        Some(row) if row.changed => "give back",
        Some(_) | None => "take away",
    };
    let hints = [
        Some("type to filter".to_owned()),
        key(Id::Open, "run"),
        key(Id::Rebind, "change"),
        key(Id::Unbind, away),
        key(Id::Back, "close"),
    ];
    let hint = hints.into_iter().flatten().collect::<Vec<_>>().join(&format!(" {} ", pen.glyphs.dot));
    let spot = float::help_box(area_of(area));
    let inside = pen.float(rect(spot.frame), &format!("Keys in: {place}"), &hint, Role::Accent);
    if inside.height < 2 {
        return;
    }
    let list = rect(spot.list);
    let shown = float::help_page(&rows, picker, spot.list);
    let number = if picker.text.is_empty() {
        format!("{} keys", picker.of)
    } else {
        format!("{} of {}", picker.hits.len(), picker.of)
    };
    let right = if shown.pages > 1 {
        format!("{number} {} page {}/{}", pen.glyphs.dot, shown.page + 1, shown.pages)
    } else {
        number
    };
    draw_prompt(&picker.text, picker.text.chars().count(), &right, pen, inside);
    if picker.hits.is_empty() {
        draw_none(pen, list);
    }
    let wide = list.width / shown.across;
    for (place, line) in shown.lines.iter().enumerate().filter(|_| list.height > 0) {
        let (column, row) = (place / usize::from(list.height), place % usize::from(list.height));
        let (Ok(column), Ok(row)) = (u16::try_from(column), u16::try_from(row)) else { continue };
        let spot = Rect { x: list.x + column * wide, y: list.y + row, width: wide, height: 1 };
        draw_line(line, &rows, picker, pen, spot);
    }
}

fn draw_line(line: &HelpLine, rows: &[Row], picker: &Picker, pen: &mut Pen<'_>, spot: Rect) {
    match line {
        HelpLine::Blank => {}
        HelpLine::Head(group) => {
            let style = pen.bold(Role::Faint);
            pen.put(spot.x + 1, spot.y, spot.right(), &group.label().to_uppercase(), style);
        }
        HelpLine::Hit(place, row) => {
            let Some(row) = rows.get(*row) else { return };
            let key = pen.style(Role::Key);
            // What has no key can be given one; what was changed says so.
            let fg = pen.style(if row.keys.is_empty() { Role::Faint } else { Role::Fg });
            let mut keys = String::new();
            for label in row.keys.iter().map(|keys| written(keys)) {
                if !keys.is_empty() && columns::width(&keys) + columns::width(&label) + 1 > KEYS {
                    break;
                }
                if !keys.is_empty() {
                    keys.push(' ');
                }
                keys.push_str(&label);
            }
            pen.put_right(spot.x + 1, spot.x + 1 + KEYS, spot.y, &keys, key);
            let faint = pen.style(Role::Faint);
            let end = spot.right().saturating_sub(1);
            let name = row.name();
            // Where there is room for it; what ^X would do says it too.
            if row.changed && spot.x + KEYS + 3 + columns::width(&name) + CHANGED < end {
                pen.put_right(spot.x + KEYS + 3, end, spot.y, "changed", faint);
            }
            draw_hit(&name, &picker.text, fg, pen, (spot.x + KEYS + 3, spot.y, end));
            if *place == picker.cursor {
                pen.select(Rect { width: spot.width.saturating_sub(1), ..spot }, Role::Sel);
            }
        }
    }
}
