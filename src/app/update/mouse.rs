//! The mouse: click selects, double click opens, the wheel scrolls the pane under the pointer. Never needed.

use super::act::Step;
use super::{Effects, compose, dividers, folders, list, marks, overlay, parts, reader, search, settle, wizard};
use crate::app::float::{self, Cell};
use crate::app::geometry::{Class, Panes, list_body, panes, search_area};
use crate::app::lines::{ListLine, folder_lines, list_lines, list_top, source_of};
use crate::app::model::{Model, Overlay, Pane};
use crate::app::msg::Mouse;
use crate::mail::message::MessageRow;

/// How many lines a notch of the wheel is.
const NOTCH: isize = 3;
/// Columns of a row's signs: the bar, unread or mark, star or answer.
const GUTTER: u16 = 3;

/// The mouse was used at this column and row.
pub(crate) fn used(model: &mut Model, fx: &mut Effects, what: Mouse, at: (u16, u16)) {
    let panes = panes(model);
    if panes.class == Class::Tiny {
        return;
    }
    match what {
        Mouse::Drag => return dividers::drag(model, at),
        Mouse::Release => return dividers::release(model, fx),
        // Where the end of a drag was not told, the next press is it.
        Mouse::Click | Mouse::DoubleClick | Mouse::CtrlClick => dividers::release(model, fx),
        Mouse::WheelUp | Mouse::WheelDown => {}
    }
    (model.prefix, model.count) = (None, None);
    let press = matches!(what, Mouse::Click | Mouse::DoubleClick | Mouse::CtrlClick);
    if press && search_area(model).contains(at.0, at.1) {
        if !search::is_typing(model) {
            search::open(model, fx, false);
        }
        return;
    }
    if press && search::is_typing(model) {
        // As enter: what was found gets the keys, and then what is under the pointer.
        overlay::accept(model, fx);
        if search::is_typing(model) {
            return;
        }
    }
    if model.wizard.is_some() && model.overlay.is_none() {
        match what {
            Mouse::WheelUp => wizard::step(model, -1),
            Mouse::WheelDown => wizard::step(model, 1),
            Mouse::Click | Mouse::DoubleClick | Mouse::CtrlClick | Mouse::Drag | Mouse::Release => {}
        }
        return;
    }
    if compose::is_here(model) {
        return compose::keys::mouse(model, what, at);
    }
    let floats = |overlay: &Overlay| !matches!(overlay, Overlay::FolderDrawer) && !search::is_typing(model);
    if model.overlay.as_ref().is_some_and(floats) {
        match what {
            Mouse::WheelUp => overlay::step(model, Step::Lines(-1)),
            Mouse::WheelDown => overlay::step(model, Step::Lines(1)),
            Mouse::Click | Mouse::DoubleClick | Mouse::CtrlClick => on_picker(model, fx, what, at),
            Mouse::Drag | Mouse::Release => {}
        }
        return;
    }
    if press && dividers::grab(model, fx, &panes, at, what == Mouse::DoubleClick) {
        return;
    }
    let Some(pane) = panes.at(at.0, at.1) else { return };
    match what {
        Mouse::CtrlClick => mark(model, fx, pane, at),
        Mouse::Click | Mouse::DoubleClick if in_gutter(&panes, at) => mark(model, fx, pane, at),
        Mouse::Click => click(model, fx, pane, at),
        Mouse::DoubleClick => {
            click(model, fx, pane, at);
            if pane == Pane::List && row_at(model, at.1).is_some() {
                reader::open(model, fx);
            }
        }
        Mouse::WheelUp => wheel(model, fx, pane, -NOTCH),
        Mouse::WheelDown => wheel(model, fx, pane, NOTCH),
        Mouse::Drag | Mouse::Release => {}
    }
}

/// Whether the cell lies left of the senders, where the signs are.
fn in_gutter(panes: &Panes, at: (u16, u16)) -> bool {
    let list = panes.content(Pane::List);
    panes.at(at.0, at.1) == Some(Pane::List) && list.contains(at.0, at.1) && at.0 < list.x + GUTTER
}

/// Marks the message here, or takes its mark away; the cursor goes there and no further.
fn mark(model: &mut Model, fx: &mut Effects, pane: Pane, at: (u16, u16)) {
    click(model, fx, pane, at);
    if pane == Pane::List && row_at(model, at.1).is_some() {
        marks::toggle(model);
    }
}

/// In a picker a click selects, a second one on the same spot takes what it selected, and one beside the box leads out.
fn on_picker(model: &mut Model, fx: &mut Effects, what: Mouse, at: (u16, u16)) {
    match float::cell(model, at.0, at.1) {
        Some(Cell::Hit(place)) => {
            overlay::select(model, place);
            if what == Mouse::DoubleClick {
                overlay::accept(model, fx);
            }
        }
        Some(Cell::Outside) => _ = settle::back(model, fx),
        Some(Cell::Inside) | None => {}
    }
}

/// The line of the list at this row of the screen: a row's place, and the message's below it.
fn row_at(model: &Model, row: u16) -> Option<(usize, Option<usize>)> {
    let line = row.checked_sub(list_body(model).y)?;
    match list_lines(model).get(usize::from(line))? {
        ListLine::Row(index, _) => Some((*index, None)),
        ListLine::Child(index, child) => Some((*index, Some(*child))),
        ListLine::Head(_) => None,
    }
}

fn click(model: &mut Model, fx: &mut Effects, pane: Pane, at: (u16, u16)) {
    let row = at.1;
    match pane {
        Pane::List => {
            let line = row_at(model, row);
            model.focus = Pane::List;
            if let Some(line) = line {
                model.list.put_cursor(line);
            }
        }
        Pane::Folders => {
            let content = panes(model).content(Pane::Folders);
            let line = row.checked_sub(content.y).map(|line| usize::from(line) + model.folders.top);
            let source =
                line.and_then(|line| folder_lines(model).get(line).copied()).and_then(|line| source_of(model, line));
            model.focus = Pane::Folders;
            if let Some(source) = source {
                model.folders.cursor = Some(source);
                folders::open(model, fx);
            }
        }
        Pane::Reader if model.reader.message.is_some() && model.focus != Pane::Reader => reader::entered(model, fx),
        Pane::Reader => parts::clicked(model, fx, at),
    }
}

fn wheel(model: &mut Model, fx: &mut Effects, pane: Pane, by: isize) {
    match pane {
        Pane::Reader => reader::step(model, fx, Step::Lines(by)),
        Pane::Folders => {
            let content = usize::from(panes(model).content(Pane::Folders).height);
            let last = folder_lines(model).len().saturating_sub(content);
            model.folders.top = model.folders.top.saturating_add_signed(by).min(last);
        }
        Pane::List => scroll_list(model, by),
    }
}

/// Scrolls the list and drags the cursor along, so that it stays visible.
fn scroll_list(model: &mut Model, by: isize) {
    let last = model.list.rows.len().saturating_sub(1);
    let fits = list_lines(model).iter().any(|line| matches!(line, ListLine::Row(index, _) if *index == last));
    if by > 0 && fits {
        return;
    }
    let before = list_top(model);
    let top = before.saturating_add_signed(by).min(last);
    model.list.top = model.list.rows.get(top).map(MessageRow::key);
    let visible = list_lines(model);
    let mut rows = visible.iter().filter_map(|line| match line {
        ListLine::Row(index, _) => Some(*index),
        ListLine::Child(..) | ListLine::Head(_) => None,
    });
    let (Some(first), Some(cursor)) = (rows.next(), model.list.cursor_index()) else { return };
    // The last visible row may be cut: the one before it is whole.
    let whole = rows.next_back().unwrap_or(first).saturating_sub(1).max(first);
    let row = model.list.rows.get(cursor.clamp(first, whole));
    model.list.cursor = row.map(MessageRow::key).or(model.list.cursor);
    list::pass_leaving(model);
}
