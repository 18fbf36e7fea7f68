//! The linear screen, for screen readers and braille: one thing at a time over the whole width, each row a line of words that
//! begins with what matters, no columns, no lines drawn; the terminal's cursor stands at the beginning of the focused line.

use std::borrow::Cow;

use ratatui::layout::{Position, Rect};

use crate::app::action::Id;
use crate::app::geometry::{self, Class, Panes};
use crate::app::lines::{FolderLine, ListLine, folder_lines, has_children, list_lines, source_of};
use crate::app::model::{Model, Overlay, Pane};
use crate::app::msg::Press;
use crate::mail::flags::{ANSWERED, Flag, Keyword};
use crate::mail::folder::Namespace;
use crate::mail::list::Source;
use crate::mail::message::MessageRow;
use crate::ui::keys::label;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::{banner, empty, footer, format, list, names, overlay, reader, rect, row, search, tasks, top};

/// Draws the screen.
pub fn draw(model: &Model, panes: &Panes, pen: &mut Pen<'_>) {
    let whole = pen.area();
    let above = Rect { height: panes.footer.y.saturating_sub(1), ..whole };
    if let Some(Overlay::Tasks { cursor, top }) = &model.overlay {
        let style = pen.bold(Role::Accent);
        pen.put(0, 0, whole.right(), "Sync and tasks, esc closes", style);
        tasks::draw(model, *cursor, *top, pen, Rect { y: 1, height: above.height.saturating_sub(1), ..above });
    } else {
        match model.focus {
            Pane::List => draw_list(model, panes, pen),
            Pane::Folders => draw_folders(model, panes, pen),
            Pane::Reader => draw_reader(model, panes, pen),
        }
    }
    footer::draw(model, None, pen, rect(panes.footer));
    draw_news(model, pen, whole.right(), above.bottom());
    if let Some(prefix) = model.prefix.as_ref().filter(|prefix| prefix.shown) {
        overlay::which_key::draw(model, prefix, pen, above);
    }
    search::draw_offers(model, pen, above);
    if let Some(floating) = &model.overlay {
        let before = pen.selected.take();
        overlay::draw(model, floating, pen, rect(geometry::float_area(model)));
        pen.selected = pen.selected.or(before.filter(|_| pen.cursor.is_none()));
    }
}

/// What a toast says, in the line above the footer: it stays until the next key.
fn draw_news(model: &Model, pen: &mut Pen<'_>, end: u16, y: u16) {
    let Some(toast) = &model.toast else { return };
    let style = pen.style(Role::Fg);
    let after = pen.put(0, y, end, toast.text.as_str(), style);
    if let Some(key) = label(model, Id::Undo).filter(|_| toast.undo.is_some()) {
        let text = format!(", {key} undoes it");
        let end = pen.put(after, y, end, &text, style);
        pen.spot((after, y, end), Press::Run(Id::Undo));
    }
}

fn draw_list(model: &Model, panes: &Panes, pen: &mut Pen<'_>) {
    let area = rect(panes.list.unwrap_or_default());
    let state = top::phrase(model, pen);
    let (about, _) = if model.search.of(model.list.source).is_some() { Default::default() } else { list::about(model) };
    let order = model.list.arrangement.order.words().to_owned();
    let parts = [names::source(model, model.list.source).to_owned(), about, order, state.text];
    let title = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    let style = pen.bold(Role::Accent);
    pen.put(0, area.y, area.right(), &title, style);
    if let Some(banner) = &model.banner {
        banner::draw(model, banner, pen, rect(panes.content(Pane::List).top(geometry::banner_rows(model))));
    }
    let body = rect(geometry::list_body(model));
    if model.list.rows.is_empty() {
        empty::draw(model, pen, body);
    } else {
        draw_rows(model, pen, body);
    }
    search::draw(model, pen, rect(geometry::search_area(model)));
}

fn draw_rows(model: &Model, pen: &mut Pen<'_>, area: Rect) {
    for (y, line) in (area.top()..area.bottom()).zip(list_lines(model)) {
        let (place, child) = match line {
            ListLine::Row(place, 0) => (place, None),
            ListLine::Child(place, child) => (place, Some(child)),
            ListLine::Row(..) | ListLine::Head(_) => continue,
        };
        let Some(head) = model.list.rows.get(place) else { continue };
        let Some(message) = child.map_or(Some(head), |child| model.list.children(head).get(child)) else { continue };
        let style = pen.style(if row::is_unread(message) { Role::Unread } else { Role::Fg });
        let text = words(model, message, child.is_some());
        pen.put(area.x, y, area.right(), &text, style);
        if model.list.cursor == Some(head.key()) && model.list.cursor_child() == child {
            pen.select(Rect { y, height: 1, ..area }, Role::Sel);
        }
    }
}

/// "unread, starred, 3 messages, attachment: Dana Whitfield: Q3 numbers, 13:58"
fn words(model: &Model, message: &MessageRow, child: bool) -> String {
    let forwarded = Keyword::new("$Forwarded").is_some_and(|word| message.flags.has(&Flag::Keyword(word)));
    let (bundle, shown) = (message.bundle.as_ref(), model.search.of(model.list.source));
    let states = [
        (model.list.shows_mark(message) || model.list.in_range(message.key()), "marked"),
        (model.list.leaving.contains(&message.id), "leaving"),
        (row::is_unread(message), "unread"),
        (bundle.map_or(message.flags.flagged(), |bundle| bundle.starred), "starred"),
        (message.flags.system & ANSWERED != 0, "answered"),
        (forwarded, "forwarded"),
        (message.pending, "waits for the server"),
        (shown.is_some_and(|shown| shown.is_servers(message)), "on the server"),
        (bundle.map_or(message.attachments, |bundle| bundle.attachments), "attachments"),
        (child, "in this conversation"),
    ];
    let mut said: Vec<String> =
        states.into_iter().filter(|(holds, _)| *holds).map(|(_, word)| word.to_owned()).collect();
    if message.thread > 1 && !child {
        said.push(format!("{} messages", message.thread));
    }
    let folder = shown.map(|shown| names::where_of(model, shown.within, message)).unwrap_or_default();
    let subject = if message.subject.as_str().is_empty() { "(no subject)" } else { message.subject.as_str() };
    let date = format::list_date(message.received, model.clock);
    let place = if folder.is_empty() { String::new() } else { format!(", in {folder}") };
    let states = if said.is_empty() { String::new() } else { format!("{}: ", said.join(", ")) };
    format!("{states}{}: {subject}, {date}{place}", few(row::people(message)))
}

/// Of many people the first, so that what it is about is on the line.
fn few(people: &str) -> Cow<'_, str> {
    let names: Vec<&str> = people.split(" … ").flat_map(|part| part.split(", ")).collect();
    match names.as_slice() {
        [first, _, _, ..] => Cow::Owned(format!("{first} and others")),
        _ => Cow::Borrowed(people),
    }
}

fn draw_folders(model: &Model, panes: &Panes, pen: &mut Pen<'_>) {
    let area = rect(panes.content(Pane::Folders));
    let title = pen.bold(Role::Accent);
    pen.put(0, panes.folders.unwrap_or_default().y, area.right(), "Folders", title);
    pen.selected = Some(Position::new(area.x, area.y));
    let lines = folder_lines(model);
    for (y, line) in (area.top()..area.bottom()).zip(lines.iter().skip(model.folders.top)) {
        let style = pen.style(Role::Fg);
        pen.put(area.x, y, area.right(), &folder_words(model, *line), style);
        let source = source_of(model, *line);
        if source.is_some() && source == model.folders.cursor {
            pen.select(Rect { y, height: 1, ..area }, Role::Sel);
        }
    }
}

/// "Projects/atlas, 3 unread, shown"
fn folder_words(model: &Model, line: FolderLine) -> String {
    let unread = |number: u64| if number == 0 { String::new() } else { format!(", {} unread", format::count(number)) };
    let shown = |source: Source| if model.list.source == Some(source) { ", shown" } else { "" };
    match line {
        FolderLine::Blank => String::new(),
        FolderLine::Favourites => "Favourites:".to_owned(),
        FolderLine::Account(id) => {
            format!("{}:", names::account_of(model, id).map(names::account).unwrap_or_default())
        }
        FolderLine::Namespace(Namespace::Personal) => "Own folders:".to_owned(),
        FolderLine::Namespace(Namespace::Other) => "Folders of other users:".to_owned(),
        FolderLine::Namespace(Namespace::Shared) => "Shared folders:".to_owned(),
        FolderLine::Favourite(source) => {
            let number = if source == Source::AllInboxes { model.folders.all_unread } else { 0 };
            format!("{}{}{}", names::source(model, Some(source)), unread(number), shown(source))
        }
        FolderLine::Folder(place) => {
            let Some(row) = model.folders.rows.get(place) else { return String::new() };
            let folded = match (has_children(&model.folders.rows, place), model.folders.folded.contains(&row.id)) {
                (true, true) => ", folded",
                (true, false) => ", unfolded",
                (false, _) => "",
            };
            let waits = if row.pending { ", waits for the server" } else { "" };
            format!("{}{}{folded}{waits}{}", row.path, unread(row.unread), shown(Source::Folder(row.id)))
        }
    }
}

fn draw_reader(model: &Model, panes: &Panes, pen: &mut Pen<'_>) {
    let parts = geometry::reader_parts(model);
    debug_assert!(panes.class == Class::Short || panes.class == Class::Tiny, "the linear screen has few parts");
    if let Some(message) = &model.reader.message {
        reader::draw_words(model, message, pen, rect(parts.head));
        reader::draw_notes(model, pen, rect(parts.notes));
    }
    reader::draw_body(model, pen, rect(parts.text));
}
