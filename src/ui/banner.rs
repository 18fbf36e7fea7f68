//! An error above the list: what failed, what still works, what to press. The list below stays usable.

use ratatui::layout::Rect;
use ratatui::style::Modifier;

use crate::app::action::Context;
use crate::app::model::Banner;
use crate::app::model::Model;
use crate::ui::keys::Labels;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;

/// Draws the banner: three rows, or its title with the first key where rows are few.
pub fn draw(model: &Model, banner: &Banner, pen: &mut Pen<'_>, area: Rect) {
    let rows = area.height.min(3);
    let strip = Rect { height: rows, ..area };
    pen.ground(strip, Role::ErrBg);
    let (error, fg, muted, key) =
        (pen.style(Role::Error), pen.style(Role::Fg), pen.style(Role::Muted), pen.style(Role::Key));
    for y in strip.top()..strip.bottom() {
        pen.put(strip.x, y, strip.right(), pen.glyphs.bar, error.remove_modifier(Modifier::BOLD));
    }
    let (x, end) = (strip.x + 2, strip.right().saturating_sub(1));
    let sign = if pen.is_plain() { "! " } else { "" };
    let after = pen.put_all(x, strip.y, end, &[(sign, error), (banner.title.as_str(), error)]);
    let labels = Labels::of(model, Context::List);
    let keys = banner.keys.iter().filter_map(|(id, word)| Some((labels.key(*id)?, word.as_str())));
    if rows < 3 {
        let mut at = after + 3;
        for (label, word) in keys {
            at = pen.put_all(at, strip.y, end, &[(&label, key), (" ", muted), (word, muted)]) + 2;
        }
        return;
    }
    pen.put(x, strip.y + 1, end, banner.detail.as_str(), fg);
    let mut at = x;
    for (label, word) in keys {
        at = pen.put_all(at, strip.y + 2, end, &[(&label, key), (" ", muted), (word, muted)]) + 3;
    }
}
