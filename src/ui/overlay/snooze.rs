//! Until when messages are put off: what is typed, what it means, and what else can be chosen.

use ratatui::layout::Rect;

use crate::app::float;
use crate::app::model::{Model, Picker};
use crate::app::snooze::{about, offers, problem};
use crate::app::when::EXAMPLES;
use crate::ui::overlay::{area_of, draw_prompt};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::{columns, rect};

/// Columns of a time in full: "Mon 30 Nov 2026 08:00".
const TIME: u16 = 21;
/// Columns of how far away it is: "in 10 months".
const DISTANCE: u16 = 12;

/// What stands above it for so many messages; `back`: they are put off already.
pub fn title(messages: usize, back: bool) -> String {
    match (back, messages) {
        (true, _) => "Snoozed until".to_owned(),
        (false, 1) => "Snooze until".to_owned(),
        (false, count) => format!("Snooze {count} messages until"),
    }
}

/// Draws the line with what can be chosen below it; `word` is what enter does.
pub fn draw(model: &Model, title: &str, (word, back): (&str, bool), picker: &Picker, pen: &mut Pen<'_>, area: Rect) {
    let spot = float::folders(picker, area_of(area));
    let hint = format!("enter {word} {} esc close", pen.glyphs.dot);
    let inside = pen.float(rect(spot.frame), title, &hint, Role::Accent);
    if inside.height == 0 {
        return;
    }
    draw_prompt(&picker.text, picker.text.chars().count(), "", pen, inside);
    let (faint, fg, muted, warn) =
        (pen.style(Role::Faint), pen.style(Role::Fg), pen.style(Role::Muted), pen.style(Role::Warn));
    if picker.text.is_empty() {
        pen.put(inside.x + 5, inside.y, inside.right().saturating_sub(1), EXAMPLES, faint);
    }
    pen.hline(inside.x, inside.right(), inside.y + 1);
    let list = rect(spot.list);
    let offers = offers(model, &picker.text, back);
    let end = list.right().saturating_sub(2);
    if offers.is_empty() {
        let words = problem(model, &picker.text);
        let lines = columns::wrap(words.as_str(), end.saturating_sub(list.x + 2));
        for (y, line) in (list.top()..list.bottom()).zip(&lines) {
            pen.put(list.x + 2, y, end, line, warn);
        }
    }
    let abouts: Vec<(String, String)> = offers.iter().map(|offer| about(model, offer)).collect();
    let widest = |widths: &mut dyn Iterator<Item = u16>| widths.max().unwrap_or(0);
    let names = widest(&mut offers.iter().map(|offer| columns::width(&offer.name)));
    // Where there is no room for everything, how far away it is goes first: name and time say it too.
    let roomy = end.saturating_sub(list.x + 2) > names + TIME + DISTANCE + 2;
    let time_columns = if roomy { TIME } else { widest(&mut abouts.iter().map(|(time, _)| columns::width(time))) };
    let shown = offers.iter().zip(&abouts).enumerate().skip(float::first_row(picker.cursor, list.height));
    for (y, (place, (offer, (time, distance)))) in (list.top()..list.bottom()).zip(shown) {
        let row = Rect { y, height: 1, ..list };
        let left = if roomy {
            pen.put_right(row.x, end, y, distance, faint).min(end.saturating_sub(DISTANCE)).saturating_sub(1)
        } else {
            end
        };
        let start = left.saturating_sub(time_columns);
        pen.put(start, y, left, time, muted);
        pen.put(row.x + 2, y, start.saturating_sub(1), &offer.name, fg);
        if place == picker.cursor {
            pen.select(row, Role::Sel);
        }
    }
}
