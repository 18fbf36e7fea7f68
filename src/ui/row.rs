//! One message in a list: on one line, or on two where the pane is narrow.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::model::Clock;
use crate::app::msg::Press;
use crate::app::search::places;
use crate::app::when::{self, Now};
use crate::mail::flags::{ANSWERED, Flag, Keyword, MUTED};
use crate::mail::labels;
use crate::mail::marks::{self, Mark};
use crate::mail::message::MessageRow;
use crate::query::{Field, Phrase};
use crate::safe_text::SafeText;
use crate::theme::Ink;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::{columns, format};

/// Columns left of the sender: bar, unread or mark, star or reply, space.
const GUTTER: u16 = 4;
/// The narrowest rest of a line that is worth a snippet.
const SNIPPET: u16 = 8;

/// Columns of the name of a folder.
const FOLDER: u16 = 14;
/// Labels of a message that are shown, and letters of each.
const LABELS: usize = 4;
const LABEL: usize = 24;
/// Columns of a text that are looked through, so that one of any length costs no frame.
const LONGEST: u16 = 300;
/// Fields whose words are set off in names, subjects and first words. In Sent the names are those of To.
const PEOPLE: &[Field] = &[Field::From, Field::To];
const SUBJECT: &[Field] = &[Field::Subject];
const BODY: &[Field] = &[Field::Body];

/// What the rows of one list have in common.
#[derive(Debug, Clone, Copy)]
pub struct Look<'q> {
    /// What is set off: the phrases that were searched for.
    pub phrases: &'q [(Field, &'q Phrase)],
    /// The time, for dates.
    pub clock: Clock,
    /// The time, for times to come.
    pub now: Now<'q>,
    /// Columns of the date, the same in every row.
    pub date: u16,
    /// Whether there is room for the first words of the body.
    pub snippet: Snippet,
}

/// Whether rows show the first words of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Snippet {
    /// After the subject.
    Shown,
    /// Not at all.
    Hidden,
}

/// How one message stands in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'w> {
    /// The folder that it is in, where the list shows several.
    pub folder: &'w str,
    /// What that is written with, by the user's choice for the account.
    pub ink: Option<Ink>,
    /// A server found it, and its text is not here.
    pub remote: bool,
    /// It is marked, or lies in the range that `v` began.
    pub marked: bool,
    /// An action on it is on its way: it steps back.
    pub leaving: bool,
}

/// Draws a message on one line.
pub fn draw_single(row: &MessageRow, place: Place<'_>, look: Look<'_>, pen: &mut Pen<'_>, area: Rect) {
    let styles = Styles::of(row, place, pen);
    draw_gutter(row, place, pen, area);
    let mut right = draw_right(row, place, look, &styles, pen, area);
    let sender = (area.width / 5).clamp(8, 28);
    let from = area.x + GUTTER;
    let count = from + sender;
    let number = number(row.thread);
    // A third digit stands in the gap before the others.
    let more = columns::width(&number).saturating_sub(2);
    put_found((from, area.y, (count - 1 - more).min(right)), people(row), PEOPLE, look, styles.from, pen);
    if row.thread > 1 && count + 3 < right {
        pen.put_right(count - more, count + 2, area.y, &number, styles.faint);
        fold_spot(row, (count - more, area.y, count + 2), pen);
    }
    let subject = count + 3;
    if !place.folder.is_empty() && right.saturating_sub(subject) >= FOLDER * 3 {
        pen.put_right(right - FOLDER, right, area.y, place.folder, styles.place);
        right -= FOLDER + 2;
    }
    let text = if row.subject.as_str().is_empty() { "(no subject)" } else { row.subject.as_str() };
    let labels = labels(row);
    let room = label_room(&labels, right.saturating_sub(subject));
    let mut end = put_found((subject, area.y, right.saturating_sub(room)), text, SUBJECT, look, styles.subject, pen);
    if room > 0 {
        end = pen.put(end + 2, area.y, (end + room).min(right), &labels, styles.label);
    }
    if look.snippet == Snippet::Shown && right.saturating_sub(end) >= SNIPPET + 2 {
        put_found((end + 2, area.y, right), row.snippet.as_str(), BODY, look, styles.faint, pen);
    }
}

/// Draws a message on two lines.
pub fn draw_double(row: &MessageRow, place: Place<'_>, look: Look<'_>, pen: &mut Pen<'_>, area: Rect) {
    let styles = Styles::of(row, place, pen);
    draw_gutter(row, place, pen, area);
    let right = draw_right(row, place, look, &styles, pen, area);
    let from = area.x + GUTTER;
    let count = if row.thread > 1 { format!(" {}", number(row.thread)) } else { String::new() };
    let name_end = right.saturating_sub(columns::width(&count));
    let end = put_found((from, area.y, name_end), people(row), PEOPLE, look, styles.from, pen);
    let after = pen.put(end, area.y, right, &count, styles.faint);
    fold_spot(row, (end, area.y, after), pen);
    let end = after + 2;
    if right.saturating_sub(end) >= SNIPPET {
        pen.put_right(end, right, area.y, place.folder, styles.place);
    }
    if area.height > 1 {
        let text = if row.subject.as_str().is_empty() { "(no subject)" } else { row.subject.as_str() };
        let (labels, stop) = (labels(row), area.right().saturating_sub(2));
        let room = label_room(&labels, stop.saturating_sub(from));
        let end = put_found((from, area.y + 1, stop.saturating_sub(room)), text, SUBJECT, look, styles.second, pen);
        if room > 0 {
            pen.put(end + 2, area.y + 1, (end + room).min(stop), &labels, styles.label);
        }
    }
}

/// How many messages a conversation has, in three columns at most.
fn number(messages: u32) -> String {
    if messages > 999 { "1k+".to_owned() } else { messages.to_string() }
}

/// A click on the number of messages of a conversation unfolds it.
fn fold_spot(row: &MessageRow, place: (u16, u16, u16), pen: &mut Pen<'_>) {
    if row.bundle.is_some() && row.thread > 1 {
        pen.spot(place, Press::FoldRow(row.key()));
    }
}

/// Draws a message of a conversation below its row: who wrote, its first words, when. `own`: the user wrote it; `depth`: how many
/// messages it stands below.
pub fn draw_child(
    row: &MessageRow,
    (own, depth): (bool, u16),
    place: Place<'_>,
    look: Look<'_>,
    pen: &mut Pen<'_>,
    area: Rect,
) {
    let styles = Styles::of(row, place, pen);
    let muted = pen.style(Role::Muted);
    draw_gutter(row, place, pen, area);
    let mut right = draw_right(row, place, look, &styles, pen, area);
    let text = area.x + GUTTER + 3 + (area.width / 5).clamp(14, 28) + 1;
    let from = area.x + GUTTER + 1 + (depth + 1).min(5);
    let name = if own { "you" } else { sender_name(row) };
    put_found((from, area.y, (text - 1).min(right)), name, PEOPLE, look, styles.from, pen);
    if !place.folder.is_empty() && right.saturating_sub(text) >= FOLDER * 2 {
        pen.put_right(right - FOLDER, right, area.y, place.folder, styles.faint);
        right -= FOLDER + 2;
    }
    let words = if row.snippet.as_str().is_empty() { row.subject.as_str() } else { row.snippet.as_str() };
    put_found((text, area.y, right), words, BODY, look, muted, pen);
}

/// Writes a text of a row with what was searched for in it set off; gives the column after it.
fn put_found(
    (x, y, end): (u16, u16, u16),
    text: &str,
    fields: &[Field],
    look: Look<'_>,
    style: Style,
    pen: &mut Pen<'_>,
) -> u16 {
    if look.phrases.is_empty() {
        return pen.put(x, y, end, text, style);
    }
    let text = columns::clip(text, LONGEST);
    let hit = pen.hit(style);
    pen.put_marked((x, y, end), text, &places(look.phrases, fields, text), (style, hit))
}

/// The styles of one row.
struct Styles {
    from: Style,
    subject: Style,
    /// The subject on a line of its own.
    second: Style,
    date: Style,
    faint: Style,
    /// Where the message is.
    place: Style,
    label: Style,
}

impl Styles {
    fn of(row: &MessageRow, place: Place<'_>, pen: &Pen<'_>) -> Self {
        let (faint, label) = (pen.style(Role::Faint), pen.style(Role::Q2));
        if place.leaving {
            return Self { from: faint, subject: faint, second: faint, date: faint, faint, place: faint, label: faint };
        }
        let place = pen.ink(place.ink, Role::Faint);
        if !is_unread(row) {
            let (fg, muted) = (pen.style(Role::Fg), pen.style(Role::Muted));
            return Self { from: fg, subject: fg, second: muted, date: muted, faint, place, label };
        }
        let unread = pen.style(Role::Unread);
        let (second, date) = (pen.style(Role::Fg), pen.style(Role::Accent));
        Self { from: unread, subject: unread, second, date, faint, place, label }
    }
}

/// Whether the message, or one that the row stands for, is unread.
pub fn is_unread(row: &MessageRow) -> bool {
    row.bundle.as_ref().map_or(!row.flags.seen(), |bundle| bundle.unread > 0)
}

/// Who wrote the conversation, or the message.
pub fn people(row: &MessageRow) -> &str {
    row.bundle
        .as_ref()
        .map(|bundle| bundle.people.as_str())
        .filter(|people| !people.is_empty())
        .unwrap_or(sender_name(row))
}

/// Who it is from; the address when there is no name.
fn sender_name(row: &MessageRow) -> &str {
    match (row.from.as_str(), row.address.as_str()) {
        ("", "") => "(unknown)",
        ("", address) => address,
        (name, _) => name,
    }
}

/// Draws the two signs left of the sender: what is to do with it, and what was done.
fn draw_gutter(row: &MessageRow, place: Place<'_>, pen: &mut Pen<'_>, area: Rect) {
    let x = area.x + 1;
    let accent = pen.style(Role::Accent);
    if place.marked {
        pen.put(x, area.y, area.right(), pen.glyphs.mark, accent);
    } else if is_unread(row) && !place.leaving {
        pen.put(x, area.y, area.right(), pen.glyphs.unread, accent);
    }
    let has = |word| Keyword::new(word).is_some_and(|word| row.flags.has(&Flag::Keyword(word)));
    let starred = row.bundle.as_ref().map_or(row.flags.flagged(), |bundle| bundle.starred);
    let (sign, role) = if starred {
        (pen.glyphs.star, Role::Star)
    } else if has(MUTED) {
        (pen.glyphs.muted, Role::Muted)
    } else if row.flags.system & ANSWERED != 0 {
        (pen.glyphs.replied, Role::Muted)
    } else if has("$Forwarded") {
        (pen.glyphs.forwarded, Role::Muted)
    } else {
        return;
    };
    let style = pen.style(role);
    pen.put(x + 1, area.y, area.right(), sign, style);
}

/// Draws attachment, queue and date at the right; gives the column that the text must stay before.
fn draw_right(
    row: &MessageRow,
    place: Place<'_>,
    look: Look<'_>,
    styles: &Styles,
    pen: &mut Pen<'_>,
    area: Rect,
) -> u16 {
    let end = area.right().saturating_sub(1);
    let left = end.saturating_sub(look.date).max(area.x);
    pen.put_right(left, end, area.y, &date(row, look.clock, look.now), styles.date);
    // a space before the date, so that no sign sticks to one that fills its column
    let mut signs = left.saturating_sub(2).max(area.x);
    let muted = pen.style(Role::Muted);
    let attachments = row.bundle.as_ref().map_or(row.attachments, |bundle| bundle.attachments);
    let mut shown: Vec<(&str, Style)> = Vec::new();
    if attachments {
        shown.push((pen.glyphs.attachment, muted));
    }
    // What waits is to be known before where it was found.
    let sign = match (row.pending, place.remote) {
        (true, _) => pen.glyphs.pending,
        (false, true) => pen.glyphs.remote,
        (false, false) => "",
    };
    if !sign.is_empty() {
        shown.push((sign, styles.faint));
    }
    shown.extend(marks_of(row, styles, pen));
    for (place, (sign, style)) in shown.into_iter().enumerate() {
        signs = signs.saturating_sub(u16::from(place > 0)).max(area.x);
        pen.put(signs, area.y, signs + 1, sign, style);
    }
    signs.saturating_sub(1)
}

/// The signs of what is to come back to.
fn marks_of(row: &MessageRow, styles: &Styles, pen: &Pen<'_>) -> Vec<(&'static str, Style)> {
    if row.flags.keywords.is_empty() {
        return Vec::new();
    }
    let info = pen.style(Role::Info);
    let mut signs = Vec::new();
    if Mark::Snoozed.is_on(&row.flags) {
        signs.push((pen.glyphs.snoozed, styles.faint));
    } else if marks::back_since(&row.flags).is_some() {
        signs.push((pen.glyphs.snoozed, info));
    }
    if Mark::ReplyLater.is_on(&row.flags) {
        signs.push((pen.glyphs.later, pen.style(Role::Warn)));
    }
    if Mark::Pinned.is_on(&row.flags) {
        signs.push((pen.glyphs.pinned, info));
    }
    signs
}

/// The date of a row: when it comes back, or came back, if it was put off; else when it was received.
pub fn date(row: &MessageRow, clock: Clock, now: Now<'_>) -> String {
    match marks::wakes(&row.flags) {
        Some(at) => when::short(at, now),
        None => format::list_date(marks::unpinned(marks::sorted_at(row.received, &row.flags)), clock),
    }
}

/// "#work #todo"
pub fn labels(row: &MessageRow) -> String {
    let mut text = String::new();
    for label in labels::shown(&row.flags).take(LABELS) {
        text.push_str(if text.is_empty() { "#" } else { " #" });
        text.push_str(SafeText::new(&label).cut(LABEL).as_str());
    }
    text
}

/// The columns that labels may take of a line of so many, with the gap before them.
fn label_room(labels: &str, room: u16) -> u16 {
    if labels.is_empty() { 0 } else { (columns::width(labels) + 2).min(room / 3) }
}
