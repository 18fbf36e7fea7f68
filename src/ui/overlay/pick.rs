//! Picking a folder by name, and picking one of the open message's links and attachments.

use ratatui::layout::Rect;

use crate::app::float;
use crate::app::model::{Body, FolderPurpose, Model, Picker};
use crate::app::reading::link_words;
use crate::app::update::overlay::entries;
use crate::app::update::parts::WHOLE;
use crate::app::work::LinkUse;
use crate::render::Document;
use crate::safe_text::SafeText;
use crate::ui::overlay::{area_of, draw_hit, draw_none, draw_prompt, tally};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::{columns, format, names, reader, rect};

/// Draws the folder picker.
pub fn draw_folders(model: &Model, purpose: &FolderPurpose, picker: &Picker, pen: &mut Pen<'_>, area: Rect) {
    let title = match purpose {
        FolderPurpose::Go => "Go to folder".to_owned(),
        FolderPurpose::Move(messages) => format!("Move {} to", messages_word(messages.len())),
        FolderPurpose::Copy(messages) => format!("Copy {} to", messages_word(messages.len())),
    };
    let verb = match purpose {
        FolderPurpose::Go => "open",
        FolderPurpose::Move(_) => "move",
        FolderPurpose::Copy(_) => "copy",
    };
    let hint = format!("enter {verb} {} esc close", pen.glyphs.dot);
    draw_picker(picker, &title, &hint, float::folders(picker, area_of(area)), pen, |hit, row, pen| {
        let Some(folder) = model.folders.rows.get(hit) else { return };
        let (fg, faint, accent) = (pen.style(Role::Fg), pen.style(Role::Faint), pen.style(Role::Accent));
        let end = row.right().saturating_sub(2);
        let number = if folder.unread > 0 { format::count(folder.unread) } else { String::new() };
        let count = pen.put_right(row.x, end, row.y, &number, accent).min(end.saturating_sub(5));
        let account = names::account_of(model, folder.account).map(names::account).unwrap_or_default();
        let wide = columns::width(&account).min(row.width / 3);
        let left = count.saturating_sub(wide + 2);
        if model.accounts.len() > 1 {
            pen.put(left, row.y, count.saturating_sub(1), &account, faint);
        }
        let stop = if model.accounts.len() > 1 { left.saturating_sub(1) } else { count };
        draw_hit(folder.path.as_str(), &picker.text, fg, pen, (row.x + 2, row.y, stop));
    });
    if picker.hits.is_empty()
        && let Some(why) = entries::why_no_folder(model, purpose, picker)
    {
        let (list, style) = (rect(float::folders(picker, area_of(area)).list), pen.style(Role::Faint));
        pen.put(list.x + 2, list.y, list.right(), &why, style);
    }
}

fn messages_word(number: usize) -> String {
    if number == 1 { "1 message".to_owned() } else { format!("{number} messages") }
}

/// Draws links and attachments: the links first, as the text numbers them.
pub fn draw_links(model: &Model, picker: &Picker, pen: &mut Pen<'_>, area: Rect) {
    let Body::Ready(laid) = &model.reader.body else { return };
    let document = &laid.document;
    let (title, verb) = match model.work.link_use {
        LinkUse::Open => ("Links and attachments", "open"),
        LinkUse::Copy => ("Copy link", "copy"),
        LinkUse::Save => ("Save attachment", "save"),
        LinkUse::OpenWith => ("Open attachment with", "choose"),
        LinkUse::Pipe => ("Pipe", "choose"),
        LinkUse::Attach => ("Attach to the draft", "attach"),
    };
    let hint = format!("enter {verb} {} esc close", pen.glyphs.dot);
    let words = link_words(laid);
    draw_picker(picker, title, &hint, float::links(picker, area_of(area)), pen, |hit, row, pen| {
        draw_target(document, (hit, words.get(hit).map_or("", String::as_str)), &picker.text, pen, row);
    });
}

/// A place in links first, then attachments. The words of a link are its sender's: they get no more than a third of the
/// line, the rest is for where it leads.
fn draw_target(document: &Document, (hit, words): (usize, &str), typed: &str, pen: &mut Pen<'_>, row: Rect) {
    let end = row.right().saturating_sub(2);
    let (fg, faint, link) = (pen.style(Role::Fg), pen.style(Role::Faint), pen.style(Role::Link));
    if let Some(target) = document.links.get(hit) {
        let number = format!("{:>2}  ", hit + 1);
        let x = pen.put(row.x + 2, row.y, end, &number, faint);
        let by = if target.tracker.is_empty() { String::new() } else { format!("via {}", target.tracker) };
        let stop = pen.put_right(x, end, row.y, &by, faint).saturating_sub(u16::from(!by.is_empty()) * 2);
        let third = x + stop.saturating_sub(x) / 3;
        let x = if words.is_empty() { x } else { draw_hit(words, typed, fg, pen, (x, row.y, third)) + 2 };
        draw_hit(target.target.as_str(), typed, link, pen, (x, row.y, stop));
        return;
    }
    let Some(part) = document.parts.get(hit - document.links.len()) else {
        draw_hit(WHOLE, typed, fg, pen, (row.x + 2, row.y, end));
        return;
    };
    let x = pen.put_all(row.x + 2, row.y, end, &[(" ", faint), (pen.glyphs.attachment, faint), ("  ", faint)]);
    let kind = part.media_type.as_str();
    let kind = if kind.len() > 24 { kind.rsplit('/').next().unwrap_or_default() } else { kind };
    let size = part.size.map(|size| format!("  {}", format::size(size))).unwrap_or_default();
    let about = format!("{}{size}", columns::clip(kind, 24));
    let stop = pen.put_right(x, end, row.y, &about, faint).saturating_sub(2);
    draw_hit(reader::part_name(part), typed, fg, pen, (x, row.y, stop));
}

/// Draws a question with a few answers.
pub fn draw_choice(question: &SafeText, answers: &[SafeText], picker: &Picker, pen: &mut Pen<'_>, area: Rect) {
    let hint = format!("enter choose {} esc close", pen.glyphs.dot);
    draw_picker(picker, question.as_str(), &hint, float::folders(picker, area_of(area)), pen, |hit, row, pen| {
        let fg = pen.style(Role::Fg);
        let answer = answers.get(hit).map_or("", SafeText::as_str);
        draw_hit(answer, &picker.text, fg, pen, (row.x + 2, row.y, row.right().saturating_sub(2)));
    });
}

/// Draws the themes; the rest of the screen already looks as the one under the cursor.
pub fn draw_themes(model: &Model, picker: &Picker, pen: &mut Pen<'_>, area: Rect) {
    let hint = format!("enter keep {} esc as before", pen.glyphs.dot);
    draw_picker(picker, "Theme", &hint, float::themes(picker, area_of(area)), pen, |hit, row, pen| {
        let Some(theme) = model.look.themes.get(hit) else { return };
        let (fg, faint, accent) = (pen.style(Role::Fg), pen.style(Role::Faint), pen.style(Role::Accent));
        let chosen = theme.name == model.look.chosen;
        let end = row.right().saturating_sub(2);
        let kind = if theme.own { format!("yours, {}", theme.kind) } else { theme.kind.to_owned() };
        let stop = pen.put_right(row.x, end, row.y, &kind, faint).saturating_sub(2);
        let x = pen.put(row.x + 2, row.y, stop, if chosen { pen.glyphs.ok } else { "" }, accent);
        let x = x.max(row.x + 2 + columns::width(pen.glyphs.ok)) + 1;
        draw_hit(theme.label.as_str(), &picker.text, fg, pen, (x, row.y, stop));
    });
}

/// The box with prompt and hits that all pickers share; `draw` writes one hit into its row.
pub(super) fn draw_picker(
    picker: &Picker,
    title: &str,
    hint: &str,
    spot: float::Spot,
    pen: &mut Pen<'_>,
    draw: impl Fn(usize, Rect, &mut Pen<'_>),
) {
    let inside = pen.float(rect(spot.frame), title, hint, Role::Accent);
    if inside.height == 0 {
        return;
    }
    draw_prompt(&picker.text, picker.text.chars().count(), &tally(picker), pen, inside);
    pen.hline(inside.x, inside.right(), inside.y + 1);
    let list = rect(spot.list);
    if picker.hits.is_empty() {
        draw_none(pen, list);
    }
    let hits = picker.hits.iter().enumerate().skip(float::first_row(picker.cursor, list.height));
    for (y, (place, hit)) in (list.top()..list.bottom()).zip(hits) {
        let row = Rect { y, height: 1, ..list };
        draw(*hit, row, pen);
        if place == picker.cursor {
            pen.select(row, Role::Sel);
        }
    }
}
