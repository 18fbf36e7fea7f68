//! An error above the list: what failed, what still works, what to press. The list below stays usable.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::app::action::Context;
use crate::app::geometry;
use crate::app::model::Banner;
use crate::app::model::Model;
use crate::app::msg::Press;
use crate::ui::columns;
use crate::ui::keys::Labels;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;

/// Draws the banner: title, detail and keys, or its title with the first key where rows are few.
pub fn draw(model: &Model, banner: &Banner, pen: &mut Pen<'_>, area: Rect) {
    let (title, detail) = geometry::banner_lines(model).unwrap_or((1, 1));
    let rows = area.height.min(title + detail + 1);
    let strip = Rect { height: rows, ..area };
    pen.ground(strip, Role::ErrBg);
    let (error, fg, muted, key) =
        (pen.style(Role::Error), pen.style(Role::Fg), pen.style(Role::Muted), pen.style(Role::Key));
    for y in strip.top()..strip.bottom() {
        pen.put(strip.x, y, strip.right(), pen.glyphs.bar, error.remove_modifier(Modifier::BOLD));
    }
    let (x, end) = (strip.x + 2, strip.right().saturating_sub(1));
    let sign = if pen.is_plain() { "! " } else { "" };
    let labels = Labels::of(model, Context::List);
    let keys = banner.keys.iter().filter_map(|(id, word)| Some((*id, labels.key(*id)?, word.as_str())));
    if rows < 3 {
        let after = pen.put_all(x, strip.y, end, &[(sign, error), (banner.title.as_str(), error)]);
        let mut at = after + 3;
        for (id, label, word) in keys {
            let after = pen.put_all(at, strip.y, end, &[(&label, key), (" ", muted), (word, muted)]);
            pen.spot((at, strip.y, after), Press::Run(id));
            at = after + 2;
        }
        return;
    }
    let y = put_lines(pen, &format!("{sign}{}", banner.title), (x, strip.y, end), title, error);
    let y = put_lines(pen, banner.detail.as_str(), (x, y, end), detail, fg);
    let mut at = x;
    for (id, label, word) in keys {
        let after = pen.put_all(at, y, end, &[(&label, key), (" ", muted), (word, muted)]);
        pen.spot((at, y, after), Press::Run(id));
        at = after + 3;
    }
}

/// Writes a text in so many rows, the last of them cut where it goes on; gives the row after them.
fn put_lines(pen: &mut Pen<'_>, text: &str, (x, y, end): (u16, u16, u16), rows: u16, style: Style) -> u16 {
    let lines = columns::wrap(text, end.saturating_sub(x));
    let last = usize::from(rows.saturating_sub(1));
    for (line, y) in (y..y.saturating_add(rows)).enumerate() {
        // The last row has all that is left: it is cut with its mark.
        let words = if line == last {
            lines.iter().skip(last).map(String::as_str).collect::<Vec<_>>().join(" ")
        } else {
            lines.get(line).cloned().unwrap_or_default()
        };
        pen.put(x, y, end, &words, style);
    }
    y.saturating_add(rows)
}
