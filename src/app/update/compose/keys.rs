//! Keys, pastes and clicks in a letter.

use super::super::{Effects, act};
use super::{changed, coming, fields, is_here, open_mut};
use crate::app::compose::editor::{Edit, Editor, Move};
use crate::app::compose::order::Order;
use crate::app::compose::place::places;
use crate::app::compose::{Dropped, Field, shown};
use crate::app::key::{Code, Key};
use crate::app::model::Model;
use crate::app::msg::{Effect, Mouse};
use crate::safe_text::SafeText;
use act::Step;

/// A longer text that is pasted is no path.
const LONGEST_PATH: usize = 4096;
/// How many lines a notch of the wheel is.
const NOTCH: isize = 3;

/// Takes a key before it is looked up: text, and the answer to whether a pasted path is attached. False: it is looked up.
pub(crate) fn takes(model: &mut Model, fx: &mut Effects, key: Key) -> bool {
    if !is_here(model) || model.prefix.is_some() {
        return false;
    }
    if answers(model, fx, key) || copies(model, fx, key) {
        return true;
    }
    let Some(c) = key.text() else { return false };
    typed(model, fx, c);
    true
}

/// Enter attaches the path that was pasted, esc pastes it as text, any other key too and then does what it does.
fn answers(model: &mut Model, fx: &mut Effects, key: Key) -> bool {
    let Some(Dropped { text, path }) = open_mut(model).and_then(|open| open.dropped.take()) else { return false };
    match (key.code, path) {
        (Code::Enter, Some(path)) => {
            if let Some(open) = open_mut(model) {
                coming::file(open, fx, path);
            }
            return true;
        }
        (Code::Esc, Some(_)) => {
            put_in(model, fx, &text);
            return true;
        }
        (_, Some(_) | None) => put_in(model, fx, &text),
    }
    false
}

/// Ctrl-c copies what is selected; where nothing is, it does what it does.
fn copies(model: &mut Model, fx: &mut Effects, key: Key) -> bool {
    let ctrl_c = Key { ctrl: true, ..Key::char('c') };
    if key != ctrl_c || shown(model).is_none_or(|open| open.field != Field::Body) {
        return false;
    }
    let text = open_mut(model).and_then(|open| open.lines.body.copy());
    let copied = text.is_some();
    fx.extend(text.map(|text| Effect::CopyLines(text.split('\n').map(SafeText::new).collect())));
    copied
}

/// A key with shift that steps through the text selects what it steps over.
fn selects(model: &mut Model, key: Key) -> bool {
    let Some(height) =
        shown(model).filter(|open| open.field == Field::Body).map(|open| places(model, open).body.height)
    else {
        return false;
    };
    let page = isize::try_from(height).unwrap_or(1).saturating_sub(1).max(1);
    let far = key.ctrl || key.alt;
    let step = match key.code {
        Code::Left if far => Move::To(Edit::WordLeft),
        Code::Right if far => Move::To(Edit::WordRight),
        Code::Home if far => Move::To(Edit::TextStart),
        Code::End if far => Move::To(Edit::TextEnd),
        Code::Left => Move::Left,
        Code::Right => Move::Right,
        Code::Up => Move::Rows(-1),
        Code::Down => Move::Rows(1),
        Code::PageUp => Move::Rows(-page),
        Code::PageDown => Move::Rows(page),
        Code::Home => Move::To(Edit::LineStart),
        Code::End => Move::To(Edit::LineEnd),
        Code::Char(_) | Code::Enter | Code::Esc | Code::Tab | Code::Backspace | Code::Delete => return false,
    };
    if let Some(open) = open_mut(model).filter(|_| key.shift) {
        open.lines.body.select(step);
    }
    key.shift
}

/// A letter was typed.
fn typed(model: &mut Model, fx: &mut Effects, c: char) {
    let Some(open) = open_mut(model) else { return };
    let field = open.field;
    let Some(line) = open.line_mut(field) else { return };
    let mut bytes = [0; 4];
    line.insert(c.encode_utf8(&mut bytes));
    after(model, fx, field);
}

/// The line or text of this field was changed.
fn after(model: &mut Model, fx: &mut Effects, field: Field) {
    if field == Field::Path {
        return fields::ask(model, fx);
    }
    changed(model, fx);
    if field.is_people() {
        fields::ask(model, fx);
    }
}

/// Does something to the focused line or text.
fn with_line(model: &mut Model, fx: &mut Effects, change: impl FnOnce(&mut Editor)) {
    let Some(open) = open_mut(model) else { return };
    let field = open.field;
    let Some(line) = open.line_mut(field) else { return };
    let before = line.revision();
    change(line);
    let same = line.revision() == before;
    if same {
        // The list is about what stood left of the cursor.
        open.close_list();
    } else {
        after(model, fx, field);
    }
}

/// A key that is bound to nothing: steps in the text that every terminal has other keys for.
pub(crate) fn raw(model: &mut Model, fx: &mut Effects, key: Key) {
    if selects(model, key) {
        return;
    }
    let far = key.ctrl || key.alt;
    match key.code {
        Code::Char('x') if key.ctrl => with_line(model, fx, Editor::cut),
        Code::Char('v') if key.ctrl => edit(model, fx, Edit::Yank),
        Code::Backspace if far => edit(model, fx, Edit::KillWordBack),
        Code::Delete if far => edit(model, fx, Edit::KillWord),
        Code::Backspace | Code::Char('h') if key.code == Code::Backspace || key.ctrl => erase(model, fx, true),
        Code::Delete => erase(model, fx, false),
        Code::Char('d') if key.ctrl => erase(model, fx, false),
        Code::Left if far => edit(model, fx, Edit::WordLeft),
        Code::Right if far => edit(model, fx, Edit::WordRight),
        Code::Home if key.ctrl => edit(model, fx, Edit::TextStart),
        Code::End if key.ctrl => edit(model, fx, Edit::TextEnd),
        Code::Home => edit(model, fx, Edit::LineStart),
        Code::End => edit(model, fx, Edit::LineEnd),
        Code::Left => sideways(model, fx, -1),
        Code::Right => sideways(model, fx, 1),
        Code::Up => step(model, fx, Step::Lines(-1)),
        Code::Down => step(model, fx, Step::Lines(1)),
        // What a terminal sends for ctrl-_ and ctrl-/.
        Code::Char('7' | '_' | '/') if key.ctrl => edit(model, fx, Edit::Undo),
        Code::Enter => fields::enter(model, fx),
        Code::Char(_) | Code::Backspace | Code::Esc | Code::Tab | Code::PageUp | Code::PageDown => {}
    }
}

/// Takes away a grapheme, or the chosen attachment.
fn erase(model: &mut Model, fx: &mut Effects, back: bool) {
    if shown(model).is_some_and(|open| open.field == Field::Attached) {
        return fields::detach(model, fx);
    }
    with_line(model, fx, |line| if back { line.backspace() } else { line.delete() });
}

/// An action on the text.
pub(crate) fn edit(model: &mut Model, fx: &mut Effects, edit: Edit) {
    if edit == Edit::Undo && shown(model).is_some_and(|open| open.field == Field::Attached) {
        return fields::reattach(model, fx);
    }
    with_line(model, fx, |line| line.run(edit));
}

/// To the left or right: in a line a grapheme, else another identity or attachment.
pub(crate) fn sideways(model: &mut Model, fx: &mut Effects, by: isize) {
    let Some(open) = open_mut(model) else { return };
    match open.field {
        Field::From => fields::turn_identity(model, fx, by),
        Field::Attached => {
            let last = open.letter.attachments.len().saturating_sub(1);
            open.chosen = open.chosen.saturating_add_signed(by).min(last);
        }
        Field::To | Field::Cc | Field::Bcc | Field::Subject | Field::Path | Field::Body => {
            let step = if by < 0 { Move::Left } else { Move::Right };
            with_line(model, fx, |line| line.step(step));
        }
    }
}

/// Up and down: in the list below a field, in the text, else to another field.
pub(crate) fn step(model: &mut Model, fx: &mut Effects, step: Step) {
    let Some(height) = shown(model).map(|open| places(model, open).body.height) else { return };
    let page = isize::try_from(height).unwrap_or(1).saturating_sub(1).max(1);
    let Some(open) = open_mut(model) else { return };
    if let Some(completion) = &mut open.completion {
        let last = completion.offers.len().saturating_sub(1);
        let at = completion.cursor;
        completion.cursor = match step {
            Step::Lines(by) | Step::HalfPages(by) if by > 0 => Some(at.map_or(0, |at| (at + 1).min(last))),
            Step::Lines(_) | Step::HalfPages(_) => at.and_then(|at| at.checked_sub(1)),
            Step::First => Some(0),
            Step::Last => Some(last),
        };
        completion.chosen = true;
        return;
    }
    if open.field != Field::Body {
        return match step {
            Step::Lines(by) | Step::HalfPages(by) => fields::next(model, fx, by.signum(), false),
            Step::First | Step::Last => {}
        };
    }
    let body = &mut open.lines.body;
    match step {
        // Out at the top, as one goes from line to line.
        Step::Lines(by) if by < 0 && body.is_at_first_row() => fields::next(model, fx, -1, false),
        Step::Lines(by) => body.step(Move::Rows(by)),
        Step::HalfPages(by) => body.step(Move::Rows(by.saturating_mul(page) / 2)),
        Step::First => body.step(Move::To(Edit::TextStart)),
        Step::Last => body.step(Move::To(Edit::TextEnd)),
    }
}

/// Text was pasted: into the text as it is, unless it is the path of a file.
pub(crate) fn paste(model: &mut Model, fx: &mut Effects, text: &str) {
    if let Some(before) = open_mut(model).and_then(|open| open.dropped.take()) {
        put_in(model, fx, &before.text);
    }
    let Some(open) = open_mut(model) else { return };
    if matches!(open.field, Field::Body | Field::Attached | Field::Subject) && looks_like_a_path(text) {
        open.dropped = Some(Dropped { text: text.to_owned(), path: None });
        let id = open.letter.id;
        fx.push(Effect::Letters(Order::Drop(id, text.to_owned())));
        return;
    }
    put_in(model, fx, text);
}

/// Whether it is worth asking whether there is such a file.
fn looks_like_a_path(text: &str) -> bool {
    let text = text.trim();
    let bare = text.trim_start_matches(['"', '\'']);
    let begins = ["/", "~/", "file:"].iter().any(|start| bare.starts_with(start));
    begins && text.len() <= LONGEST_PATH && !text.contains('\n') && !bare.starts_with("//")
}

/// Puts a pasted text into the focused line or text.
pub(super) fn put_in(model: &mut Model, fx: &mut Effects, text: &str) {
    let Some(open) = open_mut(model) else { return };
    let field = if open.field == Field::Attached { Field::Body } else { open.field };
    open.field = field;
    let Some(line) = open.line_mut(field) else { return };
    if field == Field::Body {
        line.paste(text);
    } else {
        // A list of addresses has one on each line; elsewhere a line break is a blank.
        let between = if field.is_people() { ", " } else { " " };
        let parts: Vec<&str> = text.split(['\n', '\r']).map(str::trim).filter(|part| !part.is_empty()).collect();
        line.paste(&parts.join(between).replace('\t', " "));
    }
    if field.is_people() {
        // The list was about what stood there before.
        if let Some(open) = open_mut(model) {
            open.close_list();
        }
        changed(model, fx);
    } else {
        after(model, fx, field);
    }
}

/// The mouse was used in a letter.
pub(crate) fn mouse(model: &mut Model, what: Mouse, (x, y): (u16, u16)) {
    let Some(body) = shown(model).map(|open| places(model, open).body) else { return };
    let Some(open) = open_mut(model) else { return };
    match what {
        Mouse::WheelUp => open.lines.body.scroll(-NOTCH, body.height),
        Mouse::WheelDown => open.lines.body.scroll(NOTCH, body.height),
        Mouse::Click | Mouse::DoubleClick | Mouse::CtrlClick => {
            let inside = y >= body.y && y < body.y + body.height && open.letter.resend.is_none();
            if inside {
                open.close_list();
                open.field = Field::Body;
                open.lines.body.click((y - body.y, x.saturating_sub(body.x)), body.height);
            }
        }
        Mouse::Drag | Mouse::Release => {}
    }
}
