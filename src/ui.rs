//! Drawing: the model in, cells out. Pure: it changes nothing, reads no clock, and asks nobody.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::compose as letters;
use crate::app::geometry::{self, Area, Class, Panes};
use crate::app::model::{Glyphs, Model, Overlay, Pane};
use crate::app::msg::Press;
use crate::app::wizard::Wizard;

mod banner;
mod columns;
mod compose;
mod context;
mod conversation;
mod empty;
mod folders;
mod footer;
pub mod format;
mod glyphs;
mod keys;
mod linear;
mod list;
mod names;
mod overlay;
mod pen;
pub mod pictures;
mod reader;
mod row;
mod search;
pub mod sweep;
mod tasks;
pub mod theme;
mod title;
mod toast;
mod top;
mod wizard;

use glyphs::Set;
use pen::Pen;
use theme::{Role, Theme};
use title::{Focus, Title};

/// Columns that a message is laid out at for this model's reader.
pub fn body_width(model: &Model) -> u16 {
    geometry::reader_width(model)
}

/// Draws the model. The terminal's cursor goes to the focused row or input; the last step is the sweep (TM14).
pub fn draw(model: &Model, theme: &Theme, frame: &mut Frame<'_>) {
    let (cursor, _) = paint(model, theme, frame.buffer_mut());
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
}

/// What a click on this cell is for, where it is for something that drawing alone knows the place of: a hint, a tab, a link
/// beside the text. What is drawn is what is clicked: this draws.
pub fn pressed(model: &Model, theme: &Theme, at: (u16, u16)) -> Option<Press> {
    let mut buffer = Buffer::empty(Rect::new(0, 0, model.size.0, model.size.1));
    let (_, spots) = paint(model, theme, &mut buffer);
    spots.into_iter().rev().find(|(area, _)| area.contains(at.into())).map(|(_, press)| press)
}

/// Fills the buffer; gives where the cursor goes, and what can be clicked.
fn paint(model: &Model, theme: &Theme, buffer: &mut Buffer) -> (Option<Position>, Vec<(Rect, Press)>) {
    let linear = model.options.face.is_linear();
    let glyphs = if linear { Glyphs::Ascii } else { model.options.glyphs };
    let mut pen = Pen::new(buffer, theme, Set::of(glyphs));
    pen.linear = linear;
    let whole = pen.area();
    pen.ground(whole, Role::Bg);
    let panes = geometry::panes(model);
    match &model.overlay {
        _ if panes.class == Class::Tiny || whole.width < 40 || whole.height < 10 => draw_tiny(&mut pen),
        _ if model.wizard.is_some() => draw_wizard(model, &panes, &mut pen),
        Some(Overlay::Tasks { .. }) if linear => linear::draw(model, &panes, &mut pen),
        Some(Overlay::Tasks { cursor, top }) => draw_tasks(model, &panes, *cursor, *top, &mut pen),
        _ => match letters::shown(model) {
            Some(open) => compose::draw(model, open, &panes, &mut pen),
            None if linear => linear::draw(model, &panes, &mut pen),
            None => draw_panes(model, &panes, &mut pen),
        },
    }
    // The line that one is at: what is typed stands above it and is known.
    let filled = model.overlay.is_none() && model.wizard.as_deref().is_some_and(Wizard::is_typing);
    let written = model.overlay.is_none() && letters::shown(model).is_some();
    let typing = filled || written || matches!(model.overlay, Some(Overlay::Input { .. } | Overlay::Confirm { .. }));
    let focused = pen.selected.filter(|_| linear && !typing);
    let cursor = focused.or(pen.cursor).filter(|at| whole.contains(*at));
    let spots = std::mem::take(&mut pen.spots);
    sweep::sweep(buffer);
    if !model.options.utf8 {
        sweep::to_ascii(buffer);
    }
    (cursor, spots)
}

/// The area as the terminal library has it.
const fn rect(area: Area) -> Rect {
    Rect::new(area.x, area.y, area.width, area.height)
}

fn draw_tiny(pen: &mut Pen<'_>) {
    let (area, fg, key) = (pen.area(), pen.style(Role::Fg), pen.style(Role::Key));
    pen.put_all(0, 0, area.right(), &[("needs 40×10  ", fg), ("q", key), (" quit", fg)]);
}

fn draw_panes(model: &Model, panes: &Panes, pen: &mut Pen<'_>) {
    let reader_alone = panes.reader.is_some() && !panes.reader_titled;
    if panes.top_bar.height > 0 && reader_alone {
        top::draw_back(model, pen, rect(panes.top_bar));
    } else if panes.top_bar.height > 0 {
        top::draw_accounts(model, pen, rect(panes.top_bar));
    }
    draw_separators(panes, pen);
    if let Some(area) = panes.list {
        draw_list(model, panes, pen, rect(area));
    }
    if let Some(area) = panes.reader {
        draw_reader(model, panes, pen, rect(area));
    }
    if let Some(area) = panes.context {
        let title = Title { name: "Context", about: "", right: "", right_role: Role::Faint, focus: Focus::Elsewhere };
        title::draw(&title, pen, area.x, area.x + area.width, area.y);
        context::draw(model, pen, rect(area.below(panes.title_rows())));
    }
    if let Some(area) = panes.folders {
        draw_folders(model, panes, pen, rect(area));
    }
    let text_rows = geometry::reader_parts(model).text.height;
    let progress = panes.reader.and_then(|_| reader::progress(model, text_rows));
    footer::draw(model, progress, pen, rect(panes.footer));
    draw_floating(model, panes, pen);
}

/// The wizard, and the keys or a question above it.
fn draw_wizard(model: &Model, panes: &Panes, pen: &mut Pen<'_>) {
    if let Some(shown) = &model.wizard {
        wizard::draw(model, shown, panes.footer, pen);
    }
    if let Some(overlay) = &model.overlay {
        let above = Rect { height: panes.footer.y, ..pen.area() };
        overlay::draw(model, overlay, pen, above);
    }
}

fn draw_list(model: &Model, panes: &Panes, pen: &mut Pen<'_>, area: Rect) {
    list::draw_title(model, panes.class, pen, area);
    if let Some(banner) = &model.banner {
        let content = panes.content(Pane::List).top(geometry::banner_rows(model));
        banner::draw(model, banner, pen, rect(content));
    }
    list::draw_rows(model, panes.class, pen, rect(geometry::list_body(model)));
    search::draw(model, pen, rect(geometry::search_area(model)));
}

fn draw_reader(model: &Model, panes: &Panes, pen: &mut Pen<'_>, area: Rect) {
    if panes.reader_titled {
        let focus = Focus::when(model.focus == Pane::Reader);
        let about =
            model.reader.conversation.as_ref().map(|shown| format!("{} of {}", shown.focus + 1, shown.sections.len()));
        let name = if about.is_some() { "Conversation" } else { "Message" };
        let about = about.unwrap_or_default();
        let title = Title { name, about: &about, right: "", right_role: Role::Faint, focus };
        title::draw(&title, pen, area.x, area.right(), area.y);
    }
    let parts = geometry::reader_parts(model);
    let before = pen.cursor;
    if let Some(message) = &model.reader.message {
        let head = rect(parts.head);
        reader::draw_head(model, message, pen, head);
        if head.height > 3 {
            pen.hline(head.x, head.right(), head.y + 3);
            if head.x > 0 {
                pen.joint(head.x - 1, head.y + 3, pen.glyphs.tee_right);
            }
        }
        reader::draw_notes(model, pen, rect(parts.notes));
        reader::draw_body(model, pen, rect(parts.text));
    } else {
        reader::draw_body(model, pen, rect(parts.head));
    }
    if model.focus != Pane::Reader {
        pen.cursor = before;
    }
}

fn draw_folders(model: &Model, panes: &Panes, pen: &mut Pen<'_>, area: Rect) {
    if panes.drawer {
        pen.dim();
        pen.clear(area);
        pen.ground(area, Role::Overlay);
        pen.vline(area.right(), area.y, area.bottom());
    }
    let focus = Focus::when(model.focus == Pane::Folders);
    let title = Title { name: "Folders", about: "", right: "", right_role: Role::Faint, focus };
    title::draw(&title, pen, area.x, area.right(), area.y);
    folders::draw(model, pen, rect(panes.content(Pane::Folders)));
}

/// One hairline between panes that lie side by side.
fn draw_separators(panes: &Panes, pen: &mut Pen<'_>) {
    for area in [panes.list, panes.reader, panes.context].into_iter().flatten().filter(|area| area.x > 0) {
        pen.vline(area.x - 1, area.y + 1, area.y + area.height);
        pen.joint(area.x - 1, area.y, pen.glyphs.tee_down);
    }
}

fn draw_floating(model: &Model, panes: &Panes, pen: &mut Pen<'_>) {
    let footer = panes.footer.y;
    let above = Rect { height: footer, ..pen.area() };
    if let Some(toast) = model.toast.as_ref().filter(|_| model.overlay.is_none()) {
        toast::draw(model, toast, pen, above);
    }
    if let Some(prefix) = model.prefix.as_ref().filter(|prefix| prefix.shown) {
        overlay::which_key::draw(model, prefix, pen, above);
    }
    search::draw_offers(model, pen, above);
    if let Some(overlay) = &model.overlay {
        overlay::draw(model, overlay, pen, above);
    }
}

fn draw_tasks(model: &Model, panes: &Panes, cursor: usize, top: usize, pen: &mut Pen<'_>) {
    if panes.top_bar.height > 0 {
        top::draw_accounts(model, pen, rect(panes.top_bar));
    }
    let whole = pen.area();
    let area = Rect::new(0, panes.top_bar.height, whole.width, panes.footer.y.saturating_sub(panes.top_bar.height));
    let title =
        Title { name: "Sync and tasks", about: "", right: "esc closes", right_role: Role::Faint, focus: Focus::Here };
    title::draw(&title, pen, area.x, area.right(), area.y);
    tasks::draw(model, cursor, top, pen, Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area });
    footer::draw(model, None, pen, rect(panes.footer));
    if let Some(toast) = &model.toast {
        toast::draw(model, toast, pen, Rect { height: panes.footer.y, ..whole });
    }
}
