//! The folder pane: favourites, then every account's folders with what is unread in them.

use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;

use crate::app::lines::{FolderLine, folder_lines, has_children, source_of};
use crate::app::model::{Model, Pane};
use crate::app::msg::Press;
use crate::mail::folder::{FolderRow, Namespace, Role as FolderRole};
use crate::mail::list::Source;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::{format, names};

/// Columns that a level of folders is indented.
const INDENT: u16 = 3;

/// Draws the lines of the pane.
pub fn draw(model: &Model, pen: &mut Pen<'_>, area: Rect) {
    let lines = folder_lines(model);
    let focused = model.focus == Pane::Folders;
    for (y, line) in (area.top()..area.bottom()).zip(lines.iter().skip(model.folders.top)) {
        let spot = Rect::new(area.x, y, area.width, 1);
        match *line {
            FolderLine::Blank => {}
            FolderLine::Favourites => draw_head("FAVOURITES", pen, spot),
            FolderLine::Account(id) => {
                let view = names::account_of(model, id);
                let name = view.map(|view| view.name.as_str().to_uppercase()).unwrap_or_default();
                let style = pen.ink(view.and_then(|view| view.ink), Role::Faint).add_modifier(Modifier::BOLD);
                pen.put(spot.x + 1, spot.y, spot.right(), &name, style);
                if let Some(percent) = model.folders.full.get(&id) {
                    let style = pen.style(Role::Warn);
                    pen.put_right(spot.x + 1, spot.right().saturating_sub(1), y, &format!("{percent}% full"), style);
                }
            }
            FolderLine::Namespace(namespace) => {
                let head = match namespace {
                    Namespace::Personal => "Own",
                    Namespace::Other => "Other users",
                    Namespace::Shared => "Shared",
                };
                let style = pen.style(Role::Faint);
                pen.put(spot.x + 1, y, spot.right(), head, style);
            }
            FolderLine::Favourite(source) => draw_favourite(model, source, pen, spot),
            FolderLine::Folder(place) => draw_folder(model, place, pen, spot),
        }
        let source = source_of(model, *line);
        if source.is_none() {
            continue;
        }
        if focused && source == model.folders.cursor {
            pen.select(spot, Role::Sel);
            pen.cursor = Some(Position::new(spot.x, y));
        } else if source == model.list.source {
            pen.select(spot, Role::SelDim);
        }
    }
    if focused && pen.cursor.is_none() {
        pen.cursor = Some(Position::new(area.x, area.y));
    }
}

fn draw_head(text: &str, pen: &mut Pen<'_>, spot: Rect) {
    let style = pen.bold(Role::Faint);
    pen.put(spot.x + 1, spot.y, spot.right(), text, style);
}

fn draw_favourite(model: &Model, source: Source, pen: &mut Pen<'_>, spot: Rect) {
    let number = match source {
        Source::AllInboxes => model.folders.all_unread,
        Source::Starred => model.folders.starred,
        Source::Marked(mark) => model.folders.marked.get(&mark).copied().unwrap_or(0),
        Source::Search(id) => model.search.saved(id).and_then(|saved| saved.tally).map_or(0, |tally| tally.unread),
        Source::Folder(id) => names::folder_of(model, id).map_or(0, |row| row.unread),
    };
    let open = model.list.source == Some(source);
    let name = names::source(model, Some(source));
    draw_name(name, number, Look { open, quiet: false, dead: false }, pen, spot, spot.x + 2);
}

fn draw_folder(model: &Model, place: usize, pen: &mut Pen<'_>, spot: Rect) {
    let Some(row) = model.folders.rows.get(place) else { return };
    let mut x = spot.x + 2 + INDENT.saturating_mul(row.depth).min(spot.width / 2);
    if has_children(&model.folders.rows, place) {
        let sign = if model.folders.folded.contains(&row.id) { pen.glyphs.folded } else { pen.glyphs.open };
        let style = pen.style(Role::Muted);
        pen.put(x, spot.y, spot.right(), sign, style);
        pen.spot((x, spot.y, x + 1), Press::FoldFolder(row.id));
        x += 2;
    }
    let look = Look {
        open: model.list.source == Some(Source::Folder(row.id)),
        quiet: matches!(row.role, Some(FolderRole::Junk | FolderRole::Trash)),
        dead: !row.selectable,
    };
    let number = number_of(row);
    draw_name(row.label.as_str(), number, look, pen, spot, x);
    if row.pending {
        let style = pen.style(Role::Faint);
        pen.put(spot.x + 1, spot.y, spot.right(), pen.glyphs.pending, style);
    }
}

/// What a folder's number counts: unread messages, in Drafts what is to finish.
fn number_of(row: &FolderRow) -> u64 {
    if row.role == Some(FolderRole::Drafts) { row.messages } else { row.unread }
}

/// How a line of the pane is written.
#[derive(Clone, Copy)]
struct Look {
    /// It is what the list shows.
    open: bool,
    /// Its number calls nobody.
    quiet: bool,
    /// It cannot be opened.
    dead: bool,
}

fn draw_name(name: &str, number: u64, look: Look, pen: &mut Pen<'_>, spot: Rect, x: u16) {
    let end = spot.right().saturating_sub(1);
    let mut right = end;
    if number > 0 {
        let style = pen.style(if look.quiet { Role::Faint } else { Role::Accent });
        right = pen.put_right(x, end, spot.y, &format::count(number), style).saturating_sub(1);
    }
    let role = match (look.dead, number > 0 && !look.quiet) {
        (true, _) => Role::Faint,
        (false, true) => Role::Fg,
        (false, false) => Role::Muted,
    };
    let mut style = pen.style(if look.open { Role::Unread } else { role });
    if look.open {
        style = style.add_modifier(Modifier::BOLD);
    }
    pen.put(x, spot.y, right, name, style);
}
