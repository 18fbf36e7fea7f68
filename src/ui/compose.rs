//! A letter: title, fields, text, and what is said of it above the footer; on the linear screen the same as lines of words.

use ratatui::layout::{Position, Rect};

use crate::app::compose::place::{Places, Tone, places};
use crate::app::compose::{Field, Kept, Open, Tool};
use crate::app::geometry::Panes;
use crate::app::model::Model;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::title::{self, Focus, Title};
use crate::ui::{columns, footer, format, keys, names, overlay, rect, toast, top};

mod head;
mod offers;
mod text;

/// Draws the letter over the whole screen, with what floats above it.
pub fn draw(model: &Model, open: &Open, panes: &Panes, pen: &mut Pen<'_>) {
    let whole = pen.area();
    let places = places(model, open);
    if panes.top_bar.height > 0 {
        top::draw_accounts(model, pen, rect(panes.top_bar));
    }
    draw_title(model, open, &places, pen);
    head::draw(model, open, &places, pen);
    let (x, width) = places.column;
    if pen.linear || places.column.0 > 3 {
        pen.hline(x, x + width, places.rule);
    } else {
        pen.hline(0, whole.right(), places.rule);
    }
    if open.letter.resend.is_some() {
        draw_resent(open, &places, pen);
    } else {
        text::draw(model, open, places.body, pen);
    }
    draw_notes(&places, pen);
    offers::draw(open, &places, panes.footer.y, pen);
    footer::draw(model, None, pen, rect(panes.footer));
    let above = Rect { height: panes.footer.y, ..whole };
    if let Some(toast) = model.toast.as_ref().filter(|_| model.overlay.is_none()) {
        // What is said of the letter stays in sight.
        let free = if places.notes.height > 0 { places.notes.y } else { panes.footer.y };
        toast::draw(model, toast, pen, Rect { height: free, ..whole });
    }
    if let Some(prefix) = model.prefix.as_ref().filter(|prefix| prefix.shown) {
        overlay::which_key::draw(model, prefix, pen, above);
    }
    if let Some(floating) = &model.overlay {
        overlay::draw(model, floating, pen, rect(crate::app::geometry::float_area(model)));
    }
}

/// "Reply all  Work · dana@acme.example ──── saved locally"
fn draw_title(model: &Model, open: &Open, places: &Places, pen: &mut Pen<'_>) {
    let (right, right_role) = match &open.kept {
        Kept::Saved => ("saved locally".to_owned(), Role::Muted),
        Kept::Saving => (format!("saving{}", pen.glyphs.more), Role::Muted),
        Kept::Failed(reason) => (format!("NOT saved: {reason}"), Role::Error),
    };
    let several = model.letters.open.len();
    let name = if several > 1 { format!("{} (1 of {several})", open.title) } else { open.title.to_owned() };
    let end = pen.area().right();
    let y = places.title;
    // What went wrong is said before who writes.
    let room = end.saturating_sub(columns::width(&name) + columns::width(&right) + 12);
    let who = who(open, pen);
    let about = columns::cut(&who, room, pen.glyphs.more).into_owned();
    let focused = open.field == Field::From;
    let title = Title { name: &name, about: &about, right: &right, right_role, focus: Focus::Here };
    title::draw(&title, pen, 0, end, y);
    let x = 1 + columns::width(&name) + 2;
    if focused {
        let width = columns::width(&about);
        pen.tint(Rect { x, y, width, height: 1 }, pen.style(Role::Sel));
        pen.cursor = Some(Position::new(x, y));
        let hint = if pen.glyphs.bar == ">" { " left/right: another" } else { " ← → another " };
        let muted = pen.style(Role::Key);
        pen.put(x + width, y, end.saturating_sub(columns::width(&right) + 4), hint, muted);
    } else {
        pen.spot((x, y, x + columns::width(&about)), crate::app::msg::Press::Line(Field::From));
    }
}

/// "Work · dana@acme.example"
fn who(open: &Open, pen: &Pen<'_>) -> String {
    let address = crate::safe_text::SafeText::squeezed(&open.letter.from.address);
    let account = crate::safe_text::SafeText::squeezed(&open.letter.account);
    format!("{} {} {address}", names::capital(account.as_str()), pen.glyphs.dot)
}

/// A mail that is sent again as it is: nothing of it is written.
fn draw_resent(open: &Open, places: &Places, pen: &mut Pen<'_>) {
    let area = rect(places.body);
    let (fg, faint) = (pen.bold(Role::Fg), pen.style(Role::Faint));
    let subject = crate::safe_text::SafeText::squeezed(&open.letter.subject);
    pen.put(area.x, area.y, area.right(), subject.as_str(), fg);
    if area.height > 2 {
        let words = "It goes out as it came: its text, its sender and its date stay. Say to whom.";
        for (y, line) in (area.y + 2..area.bottom()).zip(columns::wrap(words, area.width)) {
            pen.put(area.x, y, area.right(), &line, faint);
        }
    }
}

/// What is said above the footer.
fn draw_notes(places: &Places, pen: &mut Pen<'_>) {
    let area = rect(places.notes);
    let loud = places.said.iter().flatten().any(|note| note.tone < Tone::Good);
    pen.ground(area, if loud { Role::WarnBg } else { Role::Surface });
    let x = places.column.0.saturating_sub(u16::from(places.column.0 > 2));
    for (y, row) in (area.top()..area.bottom()).zip(&places.said) {
        let mut at = x;
        for note in row {
            let (style, sign) = match note.tone {
                Tone::Question => (pen.bold(Role::Accent), "? "),
                Tone::Error => (pen.style(Role::Error), "! "),
                Tone::Warn => (pen.style(Role::Warn), ""),
                Tone::Good => (pen.style(Role::Ok), ""),
                Tone::Tell => (pen.style(Role::Muted), ""),
            };
            let end = area.right().saturating_sub(1);
            at = pen.put_all(at, y, end, &[(sign, style), (&note.words, style)]) + 2;
        }
    }
}

/// When its copy on the server was made: for the top bar.
pub fn copied(model: &Model, open: &Open) -> Option<String> {
    open.copied.map(|at| format!("draft saved {}", format::moment(at, model.clock)))
}

/// The key of something that is done with a letter.
fn key(model: &Model, tool: Tool) -> Option<String> {
    let keymap = &model.keymap;
    keymap.key_of(crate::app::action::Context::Compose, crate::app::action::Id::Tool(tool)).map(keys::written)
}
