//! The wizard's face: a column of rows in the middle of the screen, the same rows as lines of words on the linear one.
//!
//! What each step shows is in the files below; here rows are fitted to the height, and drawn.

use ratatui::layout::{Position, Rect};

use crate::app::model::Model;
use crate::app::msg::Press;
use crate::app::wizard::{Field, Step, Wizard};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::{columns, footer, rect, toast};

mod parts;
mod servers;
mod steps;

use parts::{Ink, Part, Row};

/// Columns of the text, at most.
const WIDE: u16 = 60;

/// What a step needs to know to be drawn.
pub(super) struct Face<'a> {
    model: &'a Model,
    wizard: &'a Wizard,
    /// Columns of a row.
    width: u16,
    linear: bool,
    spinner: &'static str,
    ok: &'static str,
    prompt: &'static str,
    marks: [&'static str; 2],
    line: &'static str,
    ascii: bool,
}

/// Draws it, with the footer.
pub(super) fn draw(model: &Model, wizard: &Wizard, footer: crate::app::geometry::Area, pen: &mut Pen<'_>) {
    let whole = pen.area();
    let room = Rect { height: footer.y, ..whole };
    let margin = if pen.linear { 0 } else { 2 };
    let width = WIDE.min(room.width.saturating_sub(2 * margin));
    let face = Face {
        model,
        wizard,
        width,
        linear: pen.linear,
        spinner: pen.glyphs.spinner(model.spinner),
        ok: pen.glyphs.ok,
        prompt: pen.glyphs.prompt,
        marks: pen.glyphs.steps,
        line: pen.glyphs.hline,
        ascii: pen.glyphs.bar == ">",
    };
    let mut rows = steps::head(&face);
    match wizard.step {
        Step::Address => steps::address(&face, &mut rows),
        Step::Servers => servers::rows(&face, &mut rows),
        Step::SignIn => steps::sign_in(&face, &mut rows),
        Step::Done => steps::done(&face, &mut rows),
    }
    fit(&mut rows, usize::from(room.height));
    let x = if pen.linear { 0 } else { (room.width - width) / 2 };
    let top = first(&rows, wizard.focus, usize::from(room.height));
    let spare = usize::from(room.height).saturating_sub(rows.len());
    let down = if pen.linear { 0 } else { u16::try_from(spare / 3).unwrap_or(0).min(2) };
    for (y, row) in (room.y + down..room.bottom()).zip(rows.iter().skip(top)) {
        draw_row(row, (x, y, x + width), wizard, pen);
    }
    footer::draw(model, None, pen, rect(footer));
    if let Some(toast) = model.toast.as_ref().filter(|_| model.overlay.is_none()) {
        toast::draw(model, toast, pen, room);
    }
}

/// Takes rows away until the rest fits: empty ones first, then what matters least.
fn fit(rows: &mut Vec<Row>, height: usize) {
    for least in 0..parts::ALWAYS {
        while rows.len() > height {
            let Some(at) = rows.iter().rposition(|row| row.keep == least) else { break };
            rows.remove(at);
        }
    }
}

/// The first row that is drawn, so that the focused one is seen.
fn first(rows: &[Row], focus: Field, height: usize) -> usize {
    let at = rows.iter().position(|row| row.parts.iter().any(|part| part.field == Some(focus))).unwrap_or(0);
    // What is wrong with it stands below it.
    let last = (at + 3).min(rows.len().saturating_sub(1));
    (last + 1).saturating_sub(height).min(at)
}

fn draw_row(row: &Row, (x, y, end): (u16, u16, u16), wizard: &Wizard, pen: &mut Pen<'_>) {
    if row.card && !pen.linear {
        let edge = x.saturating_sub(2);
        pen.ground(Rect { x: edge, y, width: end + 2 - edge, height: 1 }, Role::Surface);
    }
    let mut at = x;
    for part in &row.parts {
        at = draw_part(part, (x, at, y, end), wizard, pen);
    }
}

/// Draws a part from column `at` on; gives the column after it.
fn draw_part(part: &Part, (x, at, y, end): (u16, u16, u16, u16), wizard: &Wizard, pen: &mut Pen<'_>) -> u16 {
    let at = if pen.linear { at } else { at.max(x + part.column) };
    let focused = part.field.is_some_and(|field| field == wizard.focus);
    let style = match part.ink {
        Ink::Plain(role) => pen.style(role),
        Ink::Bold(role) => pen.bold(role),
        Ink::Button if focused && !pen.linear => pen.button(),
        Ink::Button => pen.style(Role::Muted),
    };
    let text = match (part.ink, pen.linear) {
        (Ink::Button, false) => format!("  {}  ", part.text),
        (Ink::Button, true) => format!("[{}] ", part.text),
        (_, true) if at > x => format!(" {}", part.text),
        _ => part.text.clone(),
    };
    let after = pen.put(at, y, end, &text, style);
    if focused {
        let typed = part.cursor.filter(|_| wizard.is_typing());
        if typed.is_none() && part.ink != Ink::Button && !pen.linear {
            let shown = Rect { x: at, y, width: after.saturating_sub(at).max(1), height: 1 };
            pen.tint(shown, pen.style(Role::Sel));
        }
        let column = at.saturating_add(typed.unwrap_or(0)).min(end.saturating_sub(1));
        let lead = u16::from(pen.linear && at > x);
        pen.cursor = Some(Position::new(if typed.is_some() { column + lead } else { at }, y));
        pen.selected = pen.cursor;
    }
    match (&part.press, part.field) {
        (Some(press), _) => pen.spot((at, y, after.max(at + 1)), press.clone()),
        (None, Some(field)) => {
            // A line that is empty has somewhere to click, too.
            let until = if part.cursor.is_some() { end } else { after };
            pen.spot((at, y, until.max(at + 1)), Press::Field(field));
        }
        (None, None) => {}
    }
    // Buttons have room between them.
    if part.ink == Ink::Button { after } else { after.max(at.saturating_add(columns::width(&part.text)).min(end)) }
}
