//! Signing in: a password as dots, or where to go with a browser.

use ratatui::layout::{Position, Rect};

use crate::app::model::Model;
use crate::app::sign_in::{SignIn, Stage};
use crate::ui::overlay::spot;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::{columns, names};

/// Columns of the panel.
const WIDTH: u16 = 72;

/// A line of the panel and how it is painted.
type Line = (String, Role);

/// Draws the panel.
pub fn draw(model: &Model, panel: &SignIn, pen: &mut Pen<'_>, area: Rect) {
    let name = names::account_of(model, panel.account).map(names::account).unwrap_or_default();
    let title = format!("Sign in to {name}");
    let dot = pen.glyphs.dot;
    let width = WIDTH.min(area.width.saturating_sub(2));
    let room = width.saturating_sub(6);
    let wrap = |text: &str, role: Role| -> Vec<Line> {
        columns::wrap(text, room).into_iter().map(|line| (line, role)).collect()
    };
    let blank = || vec![(String::new(), Role::Fg)];
    let (lines, hint): (Vec<Line>, String) = match &panel.stage {
        Stage::Password(hidden) => {
            let shown = hidden.count().min(usize::from(room.saturating_sub(4)));
            return draw_password((&title, &name), shown, pen, area);
        }
        Stage::Starting(_) => (wrap("Asking the provider…", Role::Muted), "esc cancel".to_owned()),
        Stage::Browser(url) => {
            let mut lines = wrap("Open this address in a browser, and say yes there:", Role::Fg);
            lines.extend(blank());
            lines.extend(chunks(url.as_str(), room).into_iter().map(|line| (line, Role::Link)));
            lines.extend(blank());
            lines.extend(wrap(
                "The rest goes by itself. Is the browser on another computer? d shows a code to type there, where the \
                 provider has that; else: posthaste account login",
                Role::Faint,
            ));
            (lines, format!("enter open {dot} y copy {dot} d by a code {dot} esc cancel"))
        }
        Stage::Device { url, code } => {
            let mut lines = wrap("Open this address on any computer:", Role::Fg);
            lines.extend(chunks(url.as_str(), room).into_iter().map(|line| (line, Role::Link)));
            lines.extend(blank());
            lines.extend(wrap("and type this code there:", Role::Fg));
            lines.extend(wrap(code.as_str(), Role::Accent));
            lines.extend(blank());
            lines.extend(wrap("The rest goes by itself.", Role::Faint));
            (lines, format!("enter open {dot} y copy address {dot} c code {dot} b browser here {dot} esc cancel"))
        }
        Stage::Failed(reason) => {
            let mut lines = wrap(reason.as_str(), Role::Warn);
            lines.extend(blank());
            lines.extend(wrap("What waits for the server is kept, and sent once you are signed in.", Role::Faint));
            (lines, format!("enter again {dot} d by a code {dot} y copy {dot} esc later"))
        }
    };
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.height.saturating_sub(4)).max(1);
    let inside = pen.float(spot(area, width, rows + 2), &title, &hint, Role::Accent);
    let (x, end) = (inside.x + 2, inside.right().saturating_sub(1));
    for (y, (line, role)) in (inside.top()..inside.bottom()).zip(&lines) {
        let style = if *role == Role::Accent { pen.bold(*role) } else { pen.style(*role) };
        pen.put(x, y, end, line, style);
    }
    pen.cursor = Some(Position::new(x, inside.y));
}

/// An address in lines that can be put together again: it has no spaces to wrap at.
fn chunks(text: &str, room: u16) -> Vec<String> {
    let mut lines = vec![String::new()];
    for c in text.chars() {
        if let Some(line) = lines.last_mut().filter(|line| columns::width(line) < room) {
            line.push(c);
        } else {
            lines.push(c.to_string());
        }
    }
    lines
}

fn draw_password((title, name): (&str, &str), shown: usize, pen: &mut Pen<'_>, area: Rect) {
    let hint = format!("enter sign in {} esc later", pen.glyphs.dot);
    let inside = pen.float(spot(area, WIDTH, 5), title, &hint, Role::Accent);
    if inside.height == 0 {
        return;
    }
    let dots = if pen.is_plain() { "*" } else { "•" }.repeat(shown);
    let (fg, accent, faint) = (pen.style(Role::Fg), pen.style(Role::Accent), pen.style(Role::Faint));
    let (x, end) = (inside.x + 2, inside.right().saturating_sub(1));
    pen.put(x, inside.y, end, &format!("Password of {name}"), fg);
    let at = pen.put_all(x, inside.y + 1, end, &[(pen.glyphs.prompt, accent), (" ", fg), (&dots, fg)]);
    pen.put(x, inside.y + 2, end, "It is kept in memory, or in the keyring where the config says so.", faint);
    pen.cursor = Some(Position::new(at.min(end), inside.y + 1));
}
