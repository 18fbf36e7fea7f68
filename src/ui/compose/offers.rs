//! The list below a field: people, or paths.

use ratatui::layout::Rect;

use crate::app::compose::place::Places;
use crate::app::compose::{Offers, Open, readable};
use crate::app::msg::Press;
use crate::letter::Mailbox;
use crate::safe_text::SafeText;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::{columns, rect};

/// Draws it, where there is one.
pub(super) fn draw(open: &Open, places: &Places, footer: u16, pen: &mut Pen<'_>) {
    let Some(completion) = &open.completion else { return };
    let Some(area) = places.list(open, footer) else { return };
    let dot = pen.glyphs.dot;
    let hint = match completion.cursor {
        Some(_) => format!("tab takes {dot} esc closes"),
        None => format!("down chooses {dot} esc closes"),
    };
    let cursor = pen.cursor;
    let inside = pen.float(rect(area), "", &hint, Role::Rule);
    let selected = completion.cursor.unwrap_or(0);
    let first = (selected + 1).saturating_sub(usize::from(inside.height));
    for (y, place) in (inside.top()..inside.bottom()).zip(first..completion.offers.len()) {
        let row = Rect { y, height: 1, ..inside };
        match &completion.offers {
            Offers::People(people) => {
                if let Some(person) = people.get(place) {
                    draw_person(person, pen, row);
                }
            }
            Offers::Paths(paths) => {
                let path = paths.get(place).map(|path| SafeText::new(path)).unwrap_or_default();
                let room = usize::from(row.width.saturating_sub(3));
                pen.put(row.x + 2, y, row.right(), path.cut_start(room).as_str(), pen.style(Role::Fg));
            }
        }
        if completion.cursor == Some(place) {
            pen.select(row, Role::Sel);
        }
        pen.spot((row.x, y, row.right()), Press::Person(place));
    }
    pen.cursor = cursor;
}

/// The name, and the address at its right.
fn draw_person(person: &Mailbox, pen: &mut Pen<'_>, row: Rect) {
    let (fg, muted) = (pen.style(Role::Fg), pen.style(Role::Muted));
    let name = SafeText::squeezed(&person.name);
    let address = readable(person);
    let end = row.right().saturating_sub(1);
    if name.as_str().is_empty() {
        pen.put(row.x + 2, row.y, end, address.as_str(), fg);
        return;
    }
    let room = end.saturating_sub(row.x + 2);
    let most = room.saturating_sub(columns::width(address.as_str()).min(room / 2) + 2);
    let at = pen.put(row.x + 2, row.y, row.x + 2 + most, name.as_str(), fg);
    pen.put(at + 2, row.y, end, address.as_str(), muted);
}
