//! The reader pane: who, what and when above; a line of safety news; the laid text below.

use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};

use crate::app::action::Id;
use crate::app::cursor::unconnected;
use crate::app::geometry::{self, note_columns};
use crate::app::model::{Body, Model};
use crate::app::msg::Press;
use crate::app::notice::lines;
use crate::app::search::places;
use crate::mail::message::MessageRow;
use crate::query::Field;
use crate::render::facts::{Trust, registered};
use crate::render::{Document, Hit, Laid, Line, Part, Person, Span, SpanRole};
use crate::ui::keys::{Labels, base_context};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::{columns, conversation, format, names, row};

/// Columns left of the text.
const MARGIN: u16 = 2;
/// Columns of a name or address that are looked at, so that one of any length costs no frame.
const LONGEST: u16 = 300;

/// Draws the head of the message.
pub fn draw_head(model: &Model, message: &MessageRow, pen: &mut Pen<'_>, area: Rect) {
    let x = area.x + MARGIN;
    // as wide as the text below, so that the date stands above its right edge
    let end = (x + geometry::reader_width(model)).min(area.right().saturating_sub(MARGIN));
    let laid = laid(model);
    let subject = laid.map_or("", |laid| laid.document.head.subject.as_str());
    let subject = [subject, message.subject.as_str(), "(no subject)"].into_iter().find(|text| !text.is_empty());
    let unread = pen.style(Role::Unread);
    if area.height > 0 {
        let (labels, label) = (row::labels(message), pen.style(Role::Q2));
        let room = (columns::width(&labels) + 2).min((end - x) / 3);
        let left = pen.put_right(end.saturating_sub(room), end, area.y, &labels, label);
        let stop = if labels.is_empty() { end } else { left.saturating_sub(2) };
        put_found(model, (x, area.y, stop), subject.unwrap_or_default(), &[Field::Subject], unread, pen);
    }
    if area.height > 1 {
        draw_sender(model, message, laid, pen, (x, area.y + 1, end));
    }
    if area.height > 2 {
        draw_recipients(model, laid, pen, (x, area.y + 2, end));
    }
}

/// Draws the head of the message as lines of words: what about; from whom and when; to whom, and with which files.
pub fn draw_words(model: &Model, message: &MessageRow, pen: &mut Pen<'_>, area: Rect) {
    let head = laid(model).map(|laid| &laid.document);
    let subject = if message.subject.as_str().is_empty() { "(no subject)" } else { message.subject.as_str() };
    let date = format::long_date(message.received, model.clock);
    let from = format!("From {}, {}, {date}", columns::clip(message.from.as_str(), LONGEST), message.address);
    let to = head.map(|document| {
        let files: Vec<&Part> = document.parts.iter().filter(|part| !part.inline).collect();
        let names = files.iter().map(|part| format!("{}{}", part_name(part), size_after(part)));
        let names = names.collect::<Vec<_>>().join(", ");
        let trust = match &document.trust {
            Trust::Unknown | Trust::Unproved => String::new(),
            Trust::Proved(domain) => format!(", proved to be from {domain}"),
            Trust::Failed(domain) => format!(", not from {domain}"),
        };
        let files = match files.len() {
            0 => String::new(),
            1 => format!(", 1 attachment: {names}"),
            count => format!(", {count} attachments: {names}"),
        };
        format!("To {}{trust}{files}", people_list(model, &document.head.to))
    });
    let (title, fg) = (pen.bold(Role::Unread), pen.style(Role::Fg));
    let lines = [(subject, title), (from.as_str(), fg), (to.as_deref().unwrap_or_default(), fg)];
    for (y, (text, style)) in (area.top()..area.bottom()).zip(lines) {
        pen.put(area.x, y, area.right(), text, style);
    }
}

/// Writes a text of the head with what the message was found by set off; gives the column after it.
fn put_found(
    model: &Model,
    (x, y, end): (u16, u16, u16),
    text: &str,
    fields: &[Field],
    style: Style,
    pen: &mut Pen<'_>,
) -> u16 {
    let query = model.reader.find.as_ref().and_then(|find| find.query.as_ref());
    let text = columns::clip(text, LONGEST);
    let places = query.map(|query| places(&query.phrases(), fields, text)).unwrap_or_default();
    let hit = pen.hit(style);
    pen.put_marked((x, y, end), text, &places, (style, hit))
}

/// The laid message, when it is here.
fn laid(model: &Model) -> Option<&Laid> {
    match &model.reader.body {
        Body::Ready(laid) => Some(laid),
        Body::None | Body::Loading { .. } | Body::Failed(_) => None,
    }
}

fn draw_sender(
    model: &Model,
    message: &MessageRow,
    laid: Option<&Laid>,
    pen: &mut Pen<'_>,
    (x, y, end): (u16, u16, u16),
) {
    let (muted, name_style) = (pen.style(Role::Muted), pen.bold(Role::Fg));
    let from = laid.and_then(|laid| laid.document.head.from.first());
    let (name, address) = match from {
        Some(person) => (person.name.as_str(), person.address.as_str()),
        None => (message.from.as_str(), message.address.as_str()),
    };
    let (name, address) = (columns::clip(name, LONGEST), columns::clip(address, LONGEST));
    let long = format::long_date(message.received, model.clock);
    let room = |date: &str| end.saturating_sub(x).saturating_sub(columns::width(date) + 2);
    // Where the address would have no room, the date is as short as in the list.
    let short = format::list_date(message.received, model.clock);
    let mark = pen.glyphs.more;
    let fits = |date: &str| !name.is_empty() && address_room(name, address, room(date), mark) > 0;
    let date = if name.is_empty() || fits(&long) || !fits(&short) { long } else { short };
    let right = pen.put_right(x, end, y, &date, muted).saturating_sub(2);
    if name.is_empty() {
        pen.put(x, y, right, address, name_style);
        return;
    }
    let room = right.saturating_sub(x);
    let share = address_room(name, address, room, mark);
    let after = put_found(model, (x, y, x + room.saturating_sub(share)), name, &[Field::From], name_style, pen) + 2;
    if share > 0 {
        let address = short_address(address, right.saturating_sub(after), mark);
        pen.put(after, y, right, &address, muted);
    }
}

/// Columns of a name that it keeps beside the end of an address.
const NAME: u16 = 8;

/// The columns of the address and the gap before it, on a line of so many. The real address is told however long the name
/// that came with it (H14): a third of the line is its own, and more where its registered domain needs it. Where that has no
/// room, what is left of it tells nobody anything: it is left out, unless the name itself could pass for an address.
fn address_room(name: &str, address: &str, room: u16, mark: &str) -> u16 {
    let whole = columns::width(address) + 2;
    let third = whole.min(room / 3 + 2);
    let host = address.rsplit_once('@').map_or(address, |(_, host)| host);
    let kept = registered(host);
    let cut = if kept.len() < address.len() { columns::width(mark) } else { 0 };
    let needed = (columns::width(kept) + cut + 2).min(whole);
    // The gap of a short name is the address's too.
    let left = room.saturating_sub(columns::width(name));
    if third.max(left) >= needed {
        third
    } else if needed + columns::width(name).min(NAME) <= room {
        needed
    } else if name.contains(['@', '.', '\u{ff20}', '\u{fe6b}', '\u{ff0e}', '\u{3002}']) {
        third
    } else {
        0
    }
}

/// The address in at most `room` columns: what is cut first is the part before the `@`, for the host says whose it is.
fn short_address(address: &str, room: u16, mark: &str) -> String {
    let Some((local, host)) = address.rsplit_once('@').filter(|_| columns::width(address) > room) else {
        return address.to_owned();
    };
    let left = room.saturating_sub(columns::width(host) + 1);
    if left > columns::width(mark) {
        return format!("{}@{host}", columns::cut(local, left, mark));
    }
    // the end of a host is what counts: "paypal.com.evil.example"
    let keep = room.saturating_sub(columns::width(mark));
    let mut start = host;
    while columns::width(start) > keep {
        let mut rest = start.chars();
        rest.next();
        start = rest.as_str();
    }
    format!("{mark}{start}")
}

fn draw_recipients(model: &Model, laid: Option<&Laid>, pen: &mut Pen<'_>, (x, y, end): (u16, u16, u16)) {
    let Some(laid) = laid else { return };
    let head = &laid.document.head;
    let end = draw_trust(&laid.document, pen, (x, y, end));
    let (faint, muted, fg) = (pen.style(Role::Faint), pen.style(Role::Muted), pen.style(Role::Fg));
    let files: Vec<(usize, &Part)> = laid.document.parts.iter().enumerate().filter(|(_, part)| !part.inline).collect();
    // attachments come first when there is no room for both: they are what one acts on
    let wanted = files.first().map_or(0, |(_, part)| part_width(part) + 3 + room_for_more(files.len() - 1));
    let people_end = end.saturating_sub(wanted.min(end.saturating_sub(x) * 2 / 3));
    let mut at = x;
    for (word, people) in [("to ", &head.to), ("cc ", &head.cc), ("reply to ", &head.reply_to)] {
        if !people.is_empty() && at < people_end {
            let gap = if at == x { "" } else { "   " };
            at = pen.put_all(at, y, people_end, &[(gap, muted), (word, faint), (&people_list(model, people), muted)]);
        }
    }
    if at > x {
        at += 3;
    }
    for (place, (number, part)) in files.iter().enumerate() {
        // That there are more is told in any case: each leaves room for it.
        let end_here = end.saturating_sub(room_for_more(files.len() - place - 1)).max(x);
        if at + part_width(part) > end_here && place > 0 {
            let after = pen.put(at, y, end, &format!("+{}", files.len() - place), muted);
            pen.spot((at, y, after), Press::Run(Id::Links));
            break;
        }
        let size = size_after(part);
        let sign = format!("{} ", pen.glyphs.attachment);
        let name_end = end_here.saturating_sub(columns::width(&size));
        let begin = at;
        at = pen.put_all(at, y, name_end, &[(&sign, faint), (part_name(part), fg)]);
        at = pen.put(at, y, end_here, &size, muted);
        pen.spot((begin, y, at), Press::Entry(laid.document.links.len() + number));
        at += 3;
    }
}

/// Whom the own server vouches for, at the right; gives the column where the rest must end.
fn draw_trust(document: &Document, pen: &mut Pen<'_>, (x, y, mut end): (u16, u16, u16)) -> u16 {
    if document.first_time {
        let muted = pen.style(Role::Muted);
        end = pen.put_right(x, end, y, "first mail", muted).saturating_sub(3);
    }
    let (sign, domain, style) = match &document.trust {
        Trust::Unknown | Trust::Unproved => return end,
        Trust::Proved(domain) => (pen.glyphs.ok, domain, pen.style(Role::Ok)),
        Trust::Failed(domain) => ("! not from", domain, pen.style(Role::Error)),
    };
    // The end of a domain is what counts.
    let room = (end.saturating_sub(x) / 2).saturating_sub(columns::width(sign) + 1);
    let text = format!("{sign} {}", domain.cut_start(usize::from(room)));
    pen.put_right(x, end, y, &text, style).saturating_sub(3)
}

/// Columns of what tells that so many attachments more are there, with the gap before it.
fn room_for_more(more: usize) -> u16 {
    if more == 0 { 0 } else { columns::width(&format!("   +{more}")) }
}

fn part_width(part: &Part) -> u16 {
    columns::width(part_name(part)).saturating_add(columns::width(&size_after(part))).saturating_add(2)
}

/// The size of an attachment behind its name; nothing where only its beginning is here.
fn size_after(part: &Part) -> String {
    part.size.map(|size| format!(" {}", format::size(size))).unwrap_or_default()
}

/// What an attachment is called: its name, else its type.
pub fn part_name(part: &Part) -> &str {
    if part.name.as_str().is_empty() { part.media_type.as_str() } else { part.name.as_str() }
}

/// "you, Tom Becker, +3"
fn people_list(model: &Model, people: &[Person]) -> String {
    const SHOWN: usize = 4;
    let you = |person: &Person| model.accounts.iter().any(|view| view.owns(person.address.as_str()));
    let name = |person: &Person| match (you(person), person.name.as_str(), person.address.as_str()) {
        (true, _, _) => "you".to_owned(),
        (false, "", address) => columns::clip(address, LONGEST).to_owned(),
        (false, name, _) => columns::clip(name, LONGEST).to_owned(),
    };
    let mut names: Vec<String> = people.iter().take(SHOWN).map(name).collect();
    if people.len() > SHOWN {
        names.push(format!("+{}", people.len() - SHOWN));
    }
    names.join(", ")
}

/// Draws what the reader should know, a line each on the notice's ground; the last row of the area stays empty. What
/// does not fit is joined to the last line.
pub fn draw_notes(model: &Model, pen: &mut Pen<'_>, area: Rect) {
    let rows = area.height.saturating_sub(1);
    let strip = Rect { height: rows, ..area };
    pen.ground(strip, Role::WarnBg);
    let (warn, key, end) = (pen.style(Role::Warn), pen.bold(Role::Key), area.right().saturating_sub(1));
    let muted = pen.style(Role::Muted);
    let sign = if pen.is_plain() { "! " } else { "" };
    let separator = format!(" {} ", pen.glyphs.dot);
    let labels = Labels::of(model, base_context(model));
    let notices = lines(model, note_columns(area.width));
    for (place, y) in (strip.top()..strip.bottom()).enumerate() {
        let last = y + 1 == strip.bottom();
        let rest = notices.get(place..).unwrap_or_default();
        let shown = if last { rest } else { rest.get(..1).unwrap_or_default() };
        let mut x = pen.put(area.x + MARGIN, y, end, sign, warn);
        for (number, notice) in shown.iter().enumerate() {
            let mut keys: Vec<(Id, String, &str)> =
                notice.keys.iter().filter_map(|(id, word)| Some((*id, labels.key(*id)?, word.as_str()))).collect();
            let wide = |keys: &[(Id, String, &str)]| -> u16 {
                keys.iter().map(|(_, key, word)| columns::width(key) + columns::width(word) + 4).sum()
            };
            if x + columns::width(notice.text.as_str()) + wide(&keys) > end {
                for (_, _, word) in &mut keys {
                    *word = word.split(' ').next().unwrap_or_default();
                }
            }
            // The words give way to the keys: what can be done is worth more than the end of a sentence.
            let wanted = wide(&keys);
            let text_end = if last { end.saturating_sub(wanted.min(end.saturating_sub(x) / 2)) } else { end };
            let gap = if number > 0 { separator.as_str() } else { "" };
            x = pen.put_all(x, y, text_end, &[(gap, warn), (notice.text.as_str(), warn)]);
            for (id, label, word) in keys {
                let begin = x + 3;
                x = pen.put_all(x, y, end, &[("   ", muted), (&label, key), (" ", muted), (word, muted)]);
                pen.spot((begin, y, x), Press::Run(id));
            }
        }
    }
}

/// Why the text of a message that the cache does not have is not on its way either.
pub fn absent(model: &Model, message: &MessageRow) -> Option<String> {
    let open = model.reader.message.as_ref().is_some_and(|row| row.id == message.id);
    let asked =
        if open { model.reader.waiting.is_some() } else { model.work.lays.values().any(|id| *id == message.id) };
    let view = unconnected(model, message.account).filter(|_| !asked)?;
    Some(format!("not on this disk; it comes when {} is connected", names::account(view)))
}

/// Draws the text, or why there is none.
pub fn draw_body(model: &Model, pen: &mut Pen<'_>, area: Rect) {
    let x = area.x + MARGIN;
    let end = area.right().saturating_sub(1);
    let (faint, muted, error) = (pen.style(Role::Faint), pen.style(Role::Muted), pen.style(Role::Error));
    let labels = Labels::of(model, base_context(model));
    if let Some(shown) = &model.reader.conversation {
        return conversation::draw(model, shown, pen, area);
    }
    match &model.reader.body {
        Body::None => {
            pen.put(x, area.y, end, "No message selected", faint);
        }
        Body::Loading { progress } => {
            let absent = model.reader.message.as_ref().and_then(|row| absent(model, row));
            if let Some(words) = absent {
                for (y, line) in (area.top()..area.bottom()).zip(columns::wrap(&words, end.saturating_sub(x))) {
                    pen.put(x, y, end, &line, muted);
                }
                pen.cursor = pen.cursor.or(Some(Position::new(x.min(end), area.y)));
                return;
            }
            let spinner = pen.glyphs.spinner(model.spinner);
            let text = match progress {
                Some((done, total)) => {
                    format!("{spinner} loading  {} of {}", format::size(*done), format::size(*total))
                }
                None => format!("{spinner} loading"),
            };
            pen.put(x, area.y, end, &text, muted);
            if let Some((done, total)) = *progress
                && area.height > 1
            {
                pen.progress(x, area.y + 1, 20.min(end.saturating_sub(x)), done, total);
            }
        }
        Body::Failed(reason) => {
            let lines = columns::wrap(reason.as_str(), end.saturating_sub(x + 2));
            for (y, line) in (area.top()..area.bottom()).zip(&lines) {
                let sign = if y == area.y { "! " } else { "  " };
                pen.put_all(x, y, end, &[(sign, error), (line, error)]);
            }
        }
        Body::Ready(laid) => {
            let folds = labels.key(Id::Quotes);
            for (y, (number, line)) in
                (area.top()..area.bottom()).zip(laid.lines.iter().enumerate().skip(model.reader.scroll))
            {
                draw_line(line, folds.as_deref(), pen, (x, y, end));
                draw_found(model, number, pen, (x, y));
                draw_selection(model, number, pen, Rect { y, height: 1, ..area });
            }
        }
    }
    pen.cursor = pen.cursor.or(Some(Position::new(x.min(end), area.y)));
}

/// Sets off where the searched words stand on this line; the place that was gone to last is reversed.
pub fn draw_found(model: &Model, line: usize, pen: &mut Pen<'_>, (x, y): (u16, u16)) {
    let Some(find) = &model.reader.find else { return };
    // The places are in order: those of a line stand together.
    let starts_before = |hit: &Hit| hit.pieces.last().is_some_and(|piece| piece.line < line);
    let first = find.hits.partition_point(starts_before);
    let found = pen.bold(Role::Match);
    for (place, hit) in find.hits.iter().enumerate().skip(first) {
        if hit.pieces.first().is_none_or(|piece| piece.line > line) {
            return;
        }
        let style = if place == find.at && !find.fresh { found.add_modifier(Modifier::REVERSED) } else { found };
        for piece in hit.pieces.iter().filter(|piece| piece.line == line) {
            let width = piece.to.saturating_sub(piece.from);
            pen.tint(Rect { x: x.saturating_add(piece.from), y, width, height: 1 }, style);
        }
    }
}

/// Shows a line as selected.
pub fn draw_selection(model: &Model, line: usize, pen: &mut Pen<'_>, row: Rect) {
    let Some(selection) = model.reader.selection.filter(|selection| selection.holds(line)) else { return };
    pen.select(row, Role::Sel);
    if selection.head == line {
        pen.cursor = Some(Position::new(row.x, row.y));
    }
}

/// Draws a line of a text; `folds` is the key that unfolds quotes.
pub fn draw_line(line: &Line, folds: Option<&str>, pen: &mut Pen<'_>, (mut x, y, end): (u16, u16, u16)) {
    for span in &line.spans {
        if x >= end {
            break;
        }
        if let (SpanRole::Fold, Some(key)) = (span.role, folds) {
            let (faint, key_style) = (pen.style(Role::Faint), pen.style(Role::Key));
            x = pen.put_all(
                x,
                y,
                end,
                &[(span.text.as_str(), faint), ("   ", faint), (key, key_style), (" shows", faint)],
            );
            continue;
        }
        let style = span_style(span, pen);
        // The rule of a table says nothing to who listens.
        if pen.linear && span.text.as_str().chars().all(|c| matches!(c, '\u{2500}'..='\u{257f}' | ' ')) {
            x = x.saturating_add(columns::width(span.text.as_str()));
            continue;
        }
        let text = if matches!(span.role, SpanRole::Bar(_)) { pen.glyphs.quote } else { span.text.as_str() };
        x = pen.put(x, y, end, text, style);
    }
}

/// The colour of a quote's depth; deeper than three begins again.
const fn quote_role(depth: u8) -> Role {
    match depth % 3 {
        1 => Role::Q1,
        2 => Role::Q2,
        _ => Role::Q3,
    }
}

fn span_style(span: &Span, pen: &Pen<'_>) -> Style {
    let mut style = match span.role {
        SpanRole::Text | SpanRole::Break => pen.style(Role::Fg),
        SpanRole::Muted | SpanRole::Picture => pen.style(Role::Muted),
        SpanRole::Heading => pen.bold(Role::Accent),
        SpanRole::Link => pen.style(Role::Link),
        SpanRole::Button => pen.button(),
        SpanRole::LinkNote | SpanRole::Fold => pen.style(Role::Faint),
        SpanRole::Code => pen.style(Role::Q3),
        SpanRole::Quote(depth) | SpanRole::Bar(depth) => pen.style(quote_role(depth)),
        SpanRole::Added => pen.style(Role::Ok),
        SpanRole::Removed => pen.style(Role::Error),
        SpanRole::Hunk => pen.style(Role::Info),
        SpanRole::Rule => pen.style(Role::Rule),
    };
    if span.strong {
        style = style.add_modifier(Modifier::BOLD);
    }
    if span.emphasis {
        style = style.add_modifier(Modifier::ITALIC);
    }
    style
}

/// How far down the reader is, in percent; `None` when all is on the screen.
pub fn progress(model: &Model, rows: u16) -> Option<u64> {
    let lines = match &model.reader.conversation {
        Some(conversation) => conversation.total(&model.reader.body),
        None => laid(model)?.lines.len(),
    };
    let shown = model.reader.scroll.saturating_add(usize::from(rows));
    if lines <= usize::from(rows) {
        return None;
    }
    Some(format::percent(u64::try_from(shown).ok()?, u64::try_from(lines).ok()?))
}
