//! The context column of very wide screens: the open message's sender, conversation, attachments and links; nothing
//! invented.

use ratatui::layout::Rect;

use crate::app::cursor::flags_to_be;
use crate::app::model::{Body, Model};
use crate::app::msg::Press;
use crate::app::tree::{Branch, tree};
use crate::mail::message::MessageRow;
use crate::render::Document;
use crate::ui::glyphs::Set;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::{columns, format, names, reader};

/// Steps of the tree that are drawn.
const DEEPEST: usize = 5;

/// Draws the column; it is empty while no message is open.
pub fn draw(model: &Model, pen: &mut Pen<'_>, area: Rect) {
    let (Some(message), Body::Ready(laid)) = (&model.reader.message, &model.reader.body) else {
        return;
    };
    let mut list = Column { x: area.x + 2, y: area.y, end: area.right().saturating_sub(1), bottom: area.bottom() };
    let document = &laid.document;
    let from = document.head.from.first();
    let (name, address) = match from {
        Some(person) => (person.name.as_str(), person.address.as_str()),
        None => (message.from.as_str(), message.address.as_str()),
    };
    for (text, style) in [(name, pen.bold(Role::Fg)), (address, pen.style(Role::Muted))] {
        if !text.is_empty() {
            list.line(pen, &[(text, style)]);
        }
    }
    draw_thread(model, pen, &mut list);
    draw_files(document, pen, &mut list);
    draw_links(document, pen, &mut list);
}

/// Where the next line of the column goes.
struct Column {
    x: u16,
    y: u16,
    end: u16,
    bottom: u16,
}

impl Column {
    fn line(&mut self, pen: &mut Pen<'_>, runs: &[(&str, ratatui::style::Style)]) {
        if self.y < self.bottom {
            pen.put_all(self.x, self.y, self.end, runs);
            self.y += 1;
        }
    }

    fn head(&mut self, pen: &mut Pen<'_>, text: &str) {
        self.y = self.y.saturating_add(1);
        let style = pen.bold(Role::Faint);
        self.line(pen, &[(text, style)]);
    }
}

/// The tree of the conversation: the open message stands out, unread ones have their sign.
fn draw_thread(model: &Model, pen: &mut Pen<'_>, list: &mut Column) {
    let Some(conversation) = &model.reader.conversation else { return };
    let rows: Vec<MessageRow> = conversation.sections.iter().map(|section| section.row.clone()).collect();
    let open = model.reader.message.as_ref().map(|row| row.id);
    list.head(pen, "THREAD");
    let (rule, unread) = (pen.style(Role::Faint), pen.style(Role::Accent));
    for branch in tree(&rows) {
        let row = branch.row;
        let own = names::is_own(model, row);
        let style = match (Some(row.id) == open, own) {
            (true, _) => pen.bold(Role::Fg),
            (false, true) => pen.style(Role::Q1),
            (false, false) => pen.style(Role::Muted),
        };
        let name = if own { "you" } else { row.from.as_str() };
        let sign = if flags_to_be(model, row).seen() { "" } else { pen.glyphs.unread };
        list.line(pen, &[(&trail(&branch, pen.glyphs), rule), (name, style), (" ", style), (sign, unread)]);
        if list.y >= list.bottom {
            return;
        }
    }
}

/// The lines left of a message in its tree.
fn trail(branch: &Branch<'_>, glyphs: &Set) -> String {
    let mut trail = String::new();
    let [branch_sign, last, trunk] = glyphs.branches;
    // What is deeper than a narrow column can show stands at its edge.
    for depth in 1..=branch.depth.min(DEEPEST) {
        trail.push_str(match (depth == branch.depth.min(DEEPEST), branch.goes_on(depth)) {
            (true, true) => branch_sign,
            (true, false) => last,
            (false, true) => trunk,
            (false, false) => "   ",
        });
    }
    trail
}

fn draw_files(document: &Document, pen: &mut Pen<'_>, list: &mut Column) {
    let mut files = document.parts.iter().enumerate().filter(|(_, part)| !part.inline).peekable();
    if files.peek().is_none() {
        return;
    }
    list.head(pen, "ATTACHMENTS");
    let (muted, faint) = (pen.style(Role::Muted), pen.style(Role::Faint));
    for (number, part) in files.take(12) {
        let size = part.size.map(format::size).unwrap_or_default();
        if list.y < list.bottom {
            let x = pen.put_right(list.x, list.end, list.y, &size, faint);
            pen.put(list.x, list.y, x.saturating_sub(1), reader::part_name(part), muted);
            pen.spot((list.x, list.y, list.end), Press::Entry(document.links.len() + number));
            list.y += 1;
        }
    }
}

fn draw_links(document: &Document, pen: &mut Pen<'_>, list: &mut Column) {
    if document.links.is_empty() {
        return;
    }
    list.head(pen, "LINKS");
    let (faint, link) = (pen.style(Role::Faint), pen.style(Role::Link));
    let digits = columns::width(&document.links.len().to_string());
    for (place, target) in document.links.iter().enumerate() {
        let number = format!("{:>width$} ", place + 1, width = usize::from(digits));
        let text = if target.host.as_str().is_empty() { target.target.as_str() } else { target.host.as_str() };
        pen.spot((list.x, list.y, list.end), Press::Entry(place));
        list.line(pen, &[(&number, faint), (text, link)]);
        if list.y >= list.bottom {
            break;
        }
    }
}
