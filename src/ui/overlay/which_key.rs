//! The popup after a prefix key: what can follow, in columns, above the footer.

use ratatui::layout::Rect;

use crate::app::action::argument::{Call, names};
use crate::app::action::{Context, Id};
use crate::app::model::{Model, Prefix};
use crate::app::msg::Press;
use crate::ui::columns;
use crate::ui::keys::{base_context, written};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;

/// Columns of one entry, and the fewest that it can do with.
const ENTRY: (u16, u16) = (26, 18);

/// Columns of the keys of one entry.
const KEYS: u16 = 6;

/// Draws the popup at the bottom of `area`; what lies above it stays bright.
pub fn draw(model: &Model, prefix: &Prefix, pen: &mut Pen<'_>, area: Rect) {
    let entries = entries(model, prefix);
    let hint = format!("esc cancel {} ? all keys", pen.glyphs.dot);
    let entry = if area.width < ENTRY.0 * 2 + 2 { ENTRY.1 } else { ENTRY.0 };
    let across = if pen.linear { 1 } else { (area.width.saturating_sub(2) / entry).clamp(1, 4) };
    let count = u16::try_from(entries.len()).unwrap_or(u16::MAX);
    let each = count.div_ceil(across).clamp(1, area.height.saturating_sub(2).max(1));
    let room = each.saturating_mul(across);
    let rows = (each + 2).min(area.height);
    let title = match prefix.keys.as_str() {
        "g" => "g  go to".to_owned(),
        "y" => "y  copy".to_owned(),
        keys => written(keys),
    };
    let title = format!("{title}{}", pen.glyphs.more);
    let inside = pen.float(Rect::new(area.x, area.bottom() - rows, area.width, rows), &title, &hint, Role::Accent);
    let wide = inside.width / across;
    let (key, fg, muted) = (pen.style(Role::Key), pen.style(Role::Fg), pen.style(Role::Muted));
    for (place, (keys, first, name)) in (0_u16..).zip(&entries) {
        let (column, row) = (place / each, place % each);
        if row >= inside.height || column >= across {
            continue;
        }
        // The last place says that there are more than fit.
        if place + 1 == room && usize::from(room) < entries.len() {
            let more = format!("{} {} more", pen.glyphs.more, entries.len() - usize::from(place));
            pen.put(
                inside.x + column * wide + 3,
                inside.y + row,
                (inside.x + (column + 1) * wide).min(inside.right()),
                &more,
                muted,
            );
            continue;
        }
        let (x, y) = (inside.x + column * wide, inside.y + row);
        let gap = if entry == ENTRY.0 { KEYS } else { 3 };
        pen.put_right(x, x + gap, y, keys, key);
        let after = pen.put(x + gap + 2, y, (x + wide).min(inside.right()), name, fg);
        pen.spot((x, y, after), Press::Keys(first.clone()));
    }
}

/// The rest of each sequence as it is shown, the first one as the keymap writes it, and the action's name; the accounts' keys
/// stand together.
fn entries(model: &Model, prefix: &Prefix) -> Vec<(String, String, String)> {
    let context: Context = base_context(model);
    let begin = format!("{} ", prefix.keys);
    let mut entries: Vec<(String, String, String)> = Vec::new();
    for bound in model.keymap.bindings(context) {
        let Some(rest) = bound.keys.strip_prefix(&begin) else { continue };
        let saved = |number| model.search.saved.iter().find(|saved| saved.key == Some(number));
        let name = match &*bound.calls {
            // Those that there are, by their names.
            [Call { id: Id::Saved(number), argument: None }] => {
                let Some(saved) = saved(*number) else { continue };
                saved.name.clone()
            }
            [Call { id: Id::Account(_), argument: None }] => "account".to_owned(),
            calls => names(calls),
        };
        match entries.last_mut() {
            // Several keys for the same stand together, as long as they fit.
            Some((last, _, same)) if *same == name && columns::width(last) + columns::width(&written(rest)) < KEYS => {
                last.push(' ');
                last.push_str(&written(rest));
            }
            _ => entries.push((written(rest), rest.to_owned(), name)),
        }
    }
    entries
}
