//! The keys of where one is, by group and in two columns; typing filters them, enter runs one.

use ratatui::layout::Rect;

use crate::app::action::{Context, Entry, Group, table};
use crate::app::model::{Model, Picker};
use crate::ui::columns;
use crate::ui::keys::{Labels, base_context};
use crate::ui::overlay::{draw_hit, draw_none, draw_prompt, spot};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;

/// Columns that keys take, right-aligned.
const KEYS: u16 = 10;

/// A line of the help.
enum Line {
    Blank,
    Head(Group),
    /// A hit: its place among them, and its action.
    Hit(usize, &'static Entry),
}

/// Draws the help.
pub fn draw(model: &Model, picker: &Picker, pen: &mut Pen<'_>, area: Rect) {
    let context = base_context(model);
    let place = match context {
        Context::List => "message list",
        Context::Reader => "message",
        Context::Folders => "folders",
        Context::Tasks => "tasks",
        Context::Picker | Context::Input | Context::Confirm => "here",
    };
    let hint = format!("type to filter {dot} enter run {dot} esc close", dot = pen.glyphs.dot);
    let spot = spot(area, 76.max(area.width * 3 / 5).min(100), area.height.saturating_sub(1).min(40));
    let inside = pen.float(spot, &format!("Keys in: {place}"), &hint, Role::Accent);
    if inside.height < 2 {
        return;
    }
    let list = Rect {
        x: inside.x + 1,
        y: inside.y + 2,
        width: inside.width.saturating_sub(2),
        height: inside.height.saturating_sub(2),
    };
    let across = if list.width >= 66 { 2 } else { 1 };
    let lines = lines(picker, usize::from(list.height));
    let page = usize::from(list.height) * across;
    let at = lines.iter().position(|line| matches!(line, Line::Hit(place, _) if *place == picker.cursor));
    let first = at.unwrap_or_default().checked_div(page).unwrap_or_default() * page;
    let pages = lines.len().div_ceil(page.max(1));
    let number = if picker.text.is_empty() {
        format!("{} keys", picker.of)
    } else {
        format!("{} of {}", picker.hits.len(), picker.of)
    };
    let right = if pages > 1 {
        format!("{number} {} page {}/{pages}", pen.glyphs.dot, first / page.max(1) + 1)
    } else {
        number
    };
    draw_prompt(&picker.text, picker.text.chars().count(), &right, pen, inside);
    if picker.hits.is_empty() {
        draw_none(pen, list);
    }
    let labels = Labels::of(model, context);
    let wide = list.width / u16::try_from(across).unwrap_or(1);
    for (place, line) in lines.iter().skip(first).take(page).enumerate() {
        let (column, row) = (place / usize::from(list.height), place % usize::from(list.height));
        let (Ok(column), Ok(row)) = (u16::try_from(column), u16::try_from(row)) else { continue };
        let spot = Rect { x: list.x + column * wide, y: list.y + row, width: wide, height: 1 };
        draw_line(line, &labels, picker, pen, spot);
    }
}

/// The hits under the heads of their groups; a head never stands alone at the end of a column of `height` lines.
fn lines(picker: &Picker, height: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::with_capacity(picker.hits.len() + 20);
    let mut group = None;
    for (place, hit) in picker.hits.iter().enumerate() {
        let Some(entry) = table().get(*hit) else { continue };
        if group != Some(entry.group) {
            group = Some(entry.group);
            let row = |lines: &Vec<Line>| lines.len().checked_rem(height).unwrap_or_default();
            if row(&lines) > 0 {
                lines.push(Line::Blank);
            }
            while row(&lines) > 0 && row(&lines) + 2 > height {
                lines.push(Line::Blank);
            }
            lines.push(Line::Head(entry.group));
        }
        lines.push(Line::Hit(place, entry));
    }
    lines
}

fn draw_line(line: &Line, labels: &Labels, picker: &Picker, pen: &mut Pen<'_>, spot: Rect) {
    match line {
        Line::Blank => {}
        Line::Head(group) => {
            let style = pen.bold(Role::Faint);
            pen.put(spot.x + 1, spot.y, spot.right(), &group.label().to_uppercase(), style);
        }
        Line::Hit(place, entry) => {
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
