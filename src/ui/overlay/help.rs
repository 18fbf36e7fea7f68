//! The keys of where one is, by group and in two columns; typing filters them, enter runs one.

use ratatui::layout::Rect;

use crate::app::action::Context;
use crate::app::float::{self, HelpLine};
use crate::app::model::{Model, Picker};
use crate::ui::columns;
use crate::ui::keys::{Labels, base_context};
use crate::ui::overlay::{area_of, draw_hit, draw_none, draw_prompt};
use crate::ui::pen::Pen;
use crate::ui::rect;
use crate::ui::theme::Role;

/// Columns that keys take, right-aligned.
const KEYS: u16 = 10;

/// Draws the help.
pub fn draw(model: &Model, picker: &Picker, pen: &mut Pen<'_>, area: Rect) {
    let context = base_context(model);
    let place = match context {
        Context::List => "message list",
        Context::Reader => "message",
        Context::Folders => "folders",
        Context::Tasks => "tasks",
        Context::Picker | Context::Input | Context::Search | Context::Confirm => "here",
    };
    let hint = format!("type to filter {dot} enter run {dot} esc close", dot = pen.glyphs.dot);
    let spot = float::help(area_of(area));
    let inside = pen.float(rect(spot.frame), &format!("Keys in: {place}"), &hint, Role::Accent);
    if inside.height < 2 {
        return;
    }
    let list = rect(spot.list);
    let shown = float::help_page(picker, spot.list);
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
    let labels = Labels::of(model, context);
    let wide = list.width / shown.across;
    for (place, line) in shown.lines.iter().enumerate().filter(|_| list.height > 0) {
        let (column, row) = (place / usize::from(list.height), place % usize::from(list.height));
        let (Ok(column), Ok(row)) = (u16::try_from(column), u16::try_from(row)) else { continue };
        let spot = Rect { x: list.x + column * wide, y: list.y + row, width: wide, height: 1 };
        draw_line(line, &labels, picker, pen, spot);
    }
}

fn draw_line(line: &HelpLine, labels: &Labels, picker: &Picker, pen: &mut Pen<'_>, spot: Rect) {
    match line {
        HelpLine::Blank => {}
        HelpLine::Head(group) => {
            let style = pen.bold(Role::Faint);
            pen.put(spot.x + 1, spot.y, spot.right(), &group.label().to_uppercase(), style);
        }
        HelpLine::Hit(place, entry) => {
            let (key, fg) = (pen.style(Role::Key), pen.style(Role::Fg));
            let mut keys = String::new();
            for label in labels.all(entry.id) {
                if !keys.is_empty() && columns::width(&keys) + columns::width(&label) + 1 > KEYS {
                    break;
                }
                if !keys.is_empty() {
                    keys.push(' ');
                }
                keys.push_str(&label);
            }
            pen.put_right(spot.x + 1, spot.x + 1 + KEYS, spot.y, &keys, key);
            draw_hit(entry.name, &picker.text, fg, pen, (spot.x + KEYS + 3, spot.y, spot.right().saturating_sub(1)));
            if *place == picker.cursor {
                pen.select(Rect { width: spot.width.saturating_sub(1), ..spot }, Role::Sel);
            }
        }
    }
}
