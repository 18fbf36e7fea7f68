//! The list pane: title, day groups, rows; and what stands there when there are none.

use std::collections::BTreeMap;

use ratatui::layout::{Position, Rect};

use crate::app::geometry::{self, Class};
use crate::app::lines::{ListLine, list_lines};
use crate::app::model::{Model, Pane};
use crate::app::snooze::now;
use crate::app::tree::tree;
use crate::mail::folder::Role as FolderRole;
use crate::mail::list::Arrangement;
use crate::mail::message::{MessageRow, RowKey};
use crate::ui::pen::Pen;
use crate::ui::row::{self, Look, Place, Snippet};
use crate::ui::theme::Role;
use crate::ui::title::{self, Focus, Title};
use crate::ui::{columns, empty, format, names, top};

/// Columns of a date within a year, and of one with its year or of a time to come.
const DATE: (u16, u16) = (6, 10);

/// Draws the title rule of the list.
pub fn draw_title(model: &Model, class: Class, pen: &mut Pen<'_>, area: Rect) {
    let list = &model.list;
    let name = names::source(model, list.source);
    let (long, short) = if model.search.of(list.source).is_some() { Default::default() } else { about(model) };
    let state = top::phrase(model, pen);
    let arranged = arrangement(model);
    // in few rows there is no top bar: the title says how things stand
    let grouped = model.search.of(list.source).is_some_and(|shown| shown.conversations);
    let (long_right, short_right, right_role) = match class {
        Class::Short | Class::Tiny => (state.text.as_str(), "", state.role),
        Class::S | Class::STall | Class::M | Class::L | Class::Xl if grouped => {
            ("newest of each conversation", "conversations", Role::Faint)
        }
        Class::S | Class::STall | Class::M | Class::L | Class::Xl => (&*arranged.0, arranged.1, Role::Faint),
    };
    let room = area.width.saturating_sub(columns::width(name) + 6);
    let fits = |about: &str, right: &str| columns::width(about) + columns::width(right) + 4 <= room;
    let pairs = [(&long, long_right), (&short, long_right), (&short, short_right), (&short, "")];
    let (about, right) = pairs.into_iter().find(|(about, right)| fits(about, right)).unwrap_or((&short, ""));
    let focus = Focus::when(model.focus == Pane::List);
    title::draw(&Title { name, about, right, right_role, focus }, pen, area.x, area.right(), area.y);
}

/// How the list is arranged, and shorter.
fn arrangement(model: &Model) -> (String, &'static str) {
    if model.list.source.is_none() {
        return (String::new(), "");
    }
    let Arrangement { conversations, order } = model.list.arrangement;
    let words = order.words();
    let short = words.trim_end_matches(" first").trim_start_matches("by ");
    if conversations == model.options.arrangement().conversations {
        (words.to_owned(), short)
    } else if conversations {
        (format!("conversations, {words}"), short)
    } else {
        (format!("messages, {words}"), short)
    }
}

/// "12 unread of 4 821" and, for a narrow pane, "12 unread".
pub fn about(model: &Model) -> (String, String) {
    let list = &model.list;
    if list.loading {
        return ("loading".to_owned(), String::new());
    }
    if list.unread == 0 {
        return match list.messages {
            0 if list.source.is_none() || list.syncing => (String::new(), String::new()),
            0 => ("all read".to_owned(), "all read".to_owned()),
            total => (format!("all read, {}", format::count(total)), "all read".to_owned()),
        };
    }
    let short = format!("{} unread", format::count(list.unread));
    (format!("{short} of {}", format::count(list.messages)), short)
}

/// Draws the rows.
pub fn draw_rows(model: &Model, class: Class, pen: &mut Pen<'_>, area: Rect) {
    if model.list.rows.is_empty() {
        empty::draw(model, pen, area);
        return;
    }
    let lines = list_lines(model);
    let row_of = |line: &ListLine| match line {
        ListLine::Row(place, 0) => model.list.rows.get(*place),
        ListLine::Child(place, child) => {
            model.list.rows.get(*place).and_then(|row| model.list.children(row).get(*child))
        }
        ListLine::Row(..) | ListLine::Head(_) => None,
    };
    let now = now(model);
    let year = lines.iter().filter_map(row_of).any(|row| row::date(row, model.clock, now).len() > usize::from(DATE.0));
    let shown = model.search.of(model.list.source);
    let phrases = shown.map(|shown| shown.query.phrases()).unwrap_or_default();
    let look = Look {
        phrases: &phrases,
        clock: model.clock,
        now,
        date: if year { DATE.1 } else { DATE.0 },
        snippet: if class == Class::Short { Snippet::Hidden } else { Snippet::Shown },
    };
    let mut depths = BTreeMap::new();
    for (y, line) in (area.top()..area.bottom()).zip(&lines) {
        if let ListLine::Head(group) = line {
            let style = pen.bold(Role::Faint);
            pen.put(area.x + 1, y, area.right(), &group.label(), style);
        } else if let (ListLine::Child(place, child), Some(message)) = (line, row_of(line)) {
            let depths = depths.entry(*place).or_insert_with(|| depths_of(model, *place));
            let depth = depths.get(*child).copied().unwrap_or(0);
            draw_child(model, (*place, message, depth), look, pen, Rect { y, height: 1, ..area });
        } else if let Some(message) = row_of(line) {
            let rows = geometry::rows_per_message(class).min(area.bottom() - y);
            draw_row(model, message, class, look, pen, Rect { y, height: rows, ..area });
        }
    }
}

fn draw_row(model: &Model, message: &MessageRow, class: Class, look: Look<'_>, pen: &mut Pen<'_>, spot: Rect) {
    let key = message.key();
    let shown = model.search.of(model.list.source);
    let folder =
        shown.map_or_else(|| names::owner_of(model, message), |shown| names::where_of(model, shown.within, message));
    let place = Place {
        folder: &folder,
        ink: names::account_of(model, message.account).and_then(|view| view.ink),
        remote: shown.is_some_and(|shown| shown.is_servers(message)),
        marked: model.list.shows_mark(message) || in_range(model, key),
        leaving: model.list.leaving.contains(&message.id),
    };
    if geometry::rows_per_message(class) > 1 {
        row::draw_double(message, place, look, pen, spot);
    } else {
        row::draw_single(message, place, look, pen, spot);
    }
    if model.list.cursor == Some(key) && model.list.cursor_child().is_none() {
        select(model, pen, spot);
    }
}

/// Draws the cursor.
fn select(model: &Model, pen: &mut Pen<'_>, spot: Rect) {
    let focused = model.focus == Pane::List;
    pen.select(spot, if focused { Role::Sel } else { Role::SelDim });
    if focused {
        pen.cursor = Some(Position::new(spot.x, spot.y));
    }
}

/// How many messages each of those below a row answers, one through the other; they stand in the order of their tree.
fn depths_of(model: &Model, place: usize) -> Vec<usize> {
    let row = model.list.rows.get(place);
    row.map(|row| tree(model.list.children(row)).iter().map(|branch| branch.depth).collect()).unwrap_or_default()
}

/// A message below the row of its conversation; where it lies, if that is elsewhere.
fn draw_child(
    model: &Model,
    (row, message, depth): (usize, &MessageRow, usize),
    look: Look<'_>,
    pen: &mut Pen<'_>,
    spot: Rect,
) {
    let head = model.list.rows.get(row);
    let elsewhere = head.is_some_and(|head| head.folder != message.folder);
    let folder =
        if elsewhere { names::folder_of(model, message.folder).map_or("", |row| row.label.as_str()) } else { "" };
    let place = Place {
        folder,
        ink: None,
        remote: false,
        marked: model.list.marks.contains(&message.id) || head.is_some_and(|head| in_range(model, head.key())),
        leaving: model.list.leaving.contains(&message.id),
    };
    // In Sent a row names who it went to.
    let sent = names::folder_of(model, message.folder).is_some_and(|folder| folder.role == Some(FolderRole::Sent));
    let own = sent || names::is_own(model, message);
    row::draw_child(message, (own, u16::try_from(depth).unwrap_or(u16::MAX)), place, look, pen, spot);
    let child = head.and_then(|head| model.list.cursor_child().and_then(|at| model.list.children(head).get(at)));
    if model.list.cursor_index() == Some(row) && child.is_some_and(|child| child.id == message.id) {
        select(model, pen, spot);
    }
}

/// Whether the row lies between where `v` began and the cursor.
fn in_range(model: &Model, key: RowKey) -> bool {
    match (model.list.range, model.list.cursor) {
        (Some(from), Some(to)) => (from.min(to)..=from.max(to)).contains(&key),
        _ => false,
    }
}
