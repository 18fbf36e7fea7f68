//! The short message at the bottom right: what happened, how to take it back, and how long that stands.

use ratatui::layout::Rect;

use crate::app::action::Id;
use crate::app::float::toast_undoes;
use crate::app::model::{Model, Motion, Toast, Tone};
use crate::app::msg::Press;
use crate::ui::keys::label;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::{columns, format};

/// Columns of the line that runs down.
const COUNTDOWN: u16 = 10;
/// Lines that its words may take.
const LINES: u16 = 3;
/// Columns beside its words: its edges, a space at either side, its sign.
const BESIDE: u16 = 6;

/// Draws the toast above the footer.
pub fn draw(model: &Model, toast: &Toast, pen: &mut Pen<'_>, area: Rect) {
    let Some(spot) = spot(model, toast, area) else { return };
    let left = u64::try_from(toast.until.0.saturating_sub(model.clock.now.0)).unwrap_or_default();
    let undo = toast_undoes(model, toast);
    let inside = pen.float(spot, "", "", Role::Rule);
    let (sign, role) = match toast.tone {
        Tone::Ok => (pen.glyphs.ok, Role::Ok),
        Tone::Info => (pen.glyphs.dot, Role::Info),
        Tone::Warn => ("!", Role::Warn),
    };
    let (sign_style, text) = (pen.style(role), pen.style(Role::Fg));
    let (x, y, end) = (inside.x + 1, inside.y, inside.right().saturating_sub(1));
    let first = pen.put_all(x, y, end, &[(sign, sign_style), (" ", text)]);
    let rows = inside.height.saturating_sub(u16::from(undo));
    for (y, line) in (y..y + rows).zip(lines(toast, spot.width, rows)) {
        pen.put(first, y, end, &line, text);
    }
    let y = y + rows.saturating_sub(1);
    if undo {
        let (key, muted) = (pen.style(Role::Key), pen.style(Role::Muted));
        let label = label(model, Id::Undo).unwrap_or_default();
        let begin = x;
        let x = pen.put_all(x, y + 1, end, &[(&label, key), (" undo   ", muted)]);
        pen.spot((begin, y + 1, x.saturating_sub(3)), Press::Run(Id::Undo));
        let after = x + COUNTDOWN + 2;
        if after + 4 <= end && model.options.motion == Motion::Full {
            pen.progress(x, y + 1, COUNTDOWN, left, u64::from(toast.seconds));
            pen.put(after, y + 1, end, &format!("{} s", format::count(left)), muted);
        }
    }
}

/// Its words in at most so many lines of a toast so wide; the last has what is left.
fn lines(toast: &Toast, width: u16, most: u16) -> Vec<String> {
    let mut lines = columns::wrap(toast.text.as_str(), width.saturating_sub(BESIDE));
    let rest = lines.split_off(lines.len().min(usize::from(most).saturating_sub(1)));
    if !rest.is_empty() {
        lines.push(rest.join(" "));
    }
    lines
}

/// Where the toast lies; nowhere if there is no room for it.
pub fn spot(model: &Model, toast: &Toast, area: Rect) -> Option<Rect> {
    let least = if toast_undoes(model, toast) { 4 } else { 3 };
    let wanted = columns::width(toast.text.as_str()).saturating_add(8).max(38);
    let width = wanted.min(area.width.saturating_sub(2));
    if width < 12 || area.height < least {
        return None;
    }
    let most = LINES.min(area.height - least + 1);
    let more = u16::try_from(lines(toast, width, most).len()).unwrap_or(most).saturating_sub(1);
    let rows = least + more;
    // a row of air above the footer, where there are rows to spare
    let air = u16::from(area.height >= 18);
    Some(Rect::new(area.right() - width - 1, area.bottom() - rows - air, width, rows))
}
