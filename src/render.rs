//! Message bytes in, text for a reader out: `parse` makes a [`Document`], `lay` wraps it to a width.
//!
//! Knows no ratatui and opens nothing. Every string it gives out is a [`SafeText`]. Both steps run off the screen's
//! loop, on a thread with a large stack, with limits checked before any parser sees the bytes (STACK.md).

mod body;
mod find;
mod header;
mod html;
mod lay;
mod limits;
mod link;
mod part;
mod plain;
mod snippet;
mod source;

use std::io;
use std::sync::Arc;

use mail_parser::{Message, MessageParser};

use crate::header_repair;
use crate::mail::UnixTime;
use crate::safe_text::SafeText;

/// Prose is wrapped at this many columns at most (UX.md: the measure).
pub const MEASURE: u16 = 84;

/// What parsing must know besides the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// The reader's own addresses: among the recipients they are called "you".
    pub own_addresses: Vec<String>,
    /// Whether the bytes are only the beginning of a larger message.
    pub extent: Extent,
}

/// How much of a message is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Extent {
    /// All of it.
    #[default]
    Whole,
    /// Its beginning.
    Prefix,
}

/// What a message says, before it is wrapped to a width.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    /// The header block above the text.
    pub head: Head,
    /// Attachments and other parts, in the order of the message.
    pub parts: Vec<Part>,
    /// The text.
    pub blocks: Vec<Block>,
    /// Targets of the links in `blocks`; a span names one by its place in here. Shown numbered from 1.
    pub links: Vec<Link>,
    /// What the reader should know: blocked images, a cut-off body, an unknown charset.
    pub notes: Vec<SafeText>,
    /// Which view of the message this is.
    pub view: View,
    /// Views that the message offers.
    pub offers: Vec<View>,
    /// Whether only the beginning of a large message was here to parse.
    pub partial: bool,
}

/// Which view of a message is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum View {
    /// The best there is: text/plain when the message's author wrote one that is no stub, else HTML.
    #[default]
    Best,
    /// The text/plain part.
    Plain,
    /// The text/html part.
    Html,
    /// All header fields, then the text.
    Headers,
    /// The bytes as they came.
    Source,
}

/// The header block: who, to whom, when, what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// Subject, decoded.
    pub subject: SafeText,
    /// From: name and address apart.
    pub from: Vec<Person>,
    /// Reply-To where it differs from From.
    pub reply_to: Vec<Person>,
    /// To.
    pub to: Vec<Person>,
    /// Cc.
    pub cc: Vec<Person>,
    /// Date field.
    pub sent: Option<UnixTime>,
    /// Message-ID without brackets.
    pub message_id: SafeText,
}

/// A name and an address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// Display name, may be empty.
    pub name: SafeText,
    /// Address, may be empty.
    pub address: SafeText,
}

/// A part that is not shown as text: an attachment, an inline image, a forwarded message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Part {
    /// `application/pdf`.
    pub media_type: SafeText,
    /// File name as the message gives it, sanitised, never a path.
    pub name: SafeText,
    /// Decoded bytes, as far as they are here.
    pub size: u64,
    /// Whether it is meant to be shown inside the text.
    pub inline: bool,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Link {
    /// The whole target, bytes 0x21-0x7E only.
    pub target: SafeText,
    /// The host that it really leads to, empty for mailto and the like.
    pub host: SafeText,
}

/// A block of text; blocks are set apart by an empty line unless `tight`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Its runs of text; a span never holds a line break: a break inside a block is a span of
    /// [`SpanRole::Break`].
    pub spans: Vec<Span>,
    /// Quote depth: 0 for the author's own words.
    pub quote: u8,
    /// Columns of indent (lists).
    pub indent: u16,
    /// Whether it follows the block before it without an empty line.
    pub tight: bool,
    /// What html2text lays out in place of `spans`, which then name its links alone: [`BlockKind::Page`].
    pub page: Option<Arc<str>>,
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlockKind {
    /// Prose: wrapped at the measure.
    Paragraph,
    /// A heading.
    Heading,
    /// Text whose line breaks and columns are its meaning (code, tables, ASCII art): cut, never wrapped.
    Fixed,
    /// A rule across the measure.
    Rule,
    /// The signature, after "-- ".
    Signature,
    /// HTML, cleaned and bounded: its paragraphs, lists and tables are laid out anew for each width.
    Page,
}

/// A run of text in one style.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Span {
    /// The text.
    pub text: SafeText,
    /// What it is.
    pub role: SpanRole,
    /// Bold.
    pub strong: bool,
    /// Italic.
    pub emphasis: bool,
    /// The place of its target in [`Document::links`].
    pub link: Option<u16>,
}

/// What a run of text is; the theme gives it a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SpanRole {
    /// Body text.
    #[default]
    Text,
    /// A line break inside a block; its text is empty, or a blank where the author's program broke prose at its width
    /// and the line may as well go on.
    Break,
    /// Less important.
    Muted,
    /// A heading.
    Heading,
    /// A link's text.
    Link,
    /// A link's number or its host: the little text beside a link.
    LinkNote,
    /// Code.
    Code,
    /// Quoted text, by depth 1, 2, 3 (deeper ones start again at 1).
    Quote(u8),
    /// The bar before quoted text, coloured by the same depths.
    Bar(u8),
    /// The line that stands for folded ones.
    Fold,
    /// A line that a patch adds.
    Added,
    /// A line that a patch takes away.
    Removed,
    /// Where in a file a patch goes on.
    Hunk,
    /// A rule.
    Rule,
}

/// Whether long quotes are shown whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Quotes {
    /// Every line of them.
    #[default]
    Open,
    /// Their ends, with a line that says how much is folded away: where an answer needs no more of what it answers.
    Folded,
}

/// A document wrapped to a width: what the reader pane draws.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Laid {
    /// Columns that it was wrapped to.
    pub width: u16,
    /// The lines, quote bars included.
    pub lines: Vec<Line>,
    /// How many lines of quotes are folded away.
    pub folded: usize,
    /// Head, parts, links, notes of the document.
    pub document: Document,
}

/// A line of a laid document: no wider than the width it was laid for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// Its runs of text, from the left.
    pub spans: Vec<Span>,
}

/// A place where a searched text stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Its cells: one piece, or one on each line that it goes over.
    pub pieces: Vec<Piece>,
}

/// Cells of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// The line, by its place in [`Laid::lines`].
    pub line: usize,
    /// The first column.
    pub from: u16,
    /// The column after the last.
    pub to: u16,
}

/// Where this text stands in a laid message, from the top: over the ends of lines, and whatever the case of its letters
/// unless one of them is a capital. At most 5,000 places.
pub fn find(laid: &Laid, text: &str) -> Vec<Hit> {
    find::find(laid, text)
}

/// Reads a message. Every input gives a document: bytes that are no message are shown as they are, with a note.
///
/// Not to be called on a thread with a small stack: see [`run`].
pub fn parse(bytes: &[u8], view: View, context: &Context) -> Document {
    let mut document = if limits::too_nested(bytes) {
        too_nested(bytes, context)
    } else {
        let repaired = header_repair::repaired(bytes);
        match MessageParser::default().parse(&repaired).filter(|message| !message.parts.is_empty()) {
            Some(message) => read(&message, bytes, view, context),
            None => no_message(bytes),
        }
    };
    if context.extent == Extent::Prefix {
        document.partial = true;
        document.notes.push(SafeText::from_static("Only the beginning of this message is here yet"));
    }
    document
}

/// Wraps a document to `width` columns; below 10 it is laid for 10. Prose keeps to [`MEASURE`] columns.
pub fn lay(document: Document, width: u16) -> Laid {
    lay::lay(document, width, Quotes::Open)
}

/// As [`lay`], with long quotes folded if wished.
pub fn lay_with(document: Document, width: u16, quotes: Quotes) -> Laid {
    lay::lay(document, width, quotes)
}

/// The first 160 visible characters of the author's own words: without quotes, greetings of programs and signature.
///
/// Not to be called on a thread with a small stack: see [`run`].
pub fn snippet(bytes: &[u8]) -> String {
    snippet::snippet(bytes)
}

/// Runs a job on a thread with a stack of 64 MiB and waits for it: for every call of [`parse`] and its kin that is not
/// on such a thread already. A panic of the job is passed on to the caller, who runs under a supervisor.
///
/// # Errors
/// The system gave no thread.
pub fn run<T: Send>(job: impl FnOnce() -> T + Send) -> io::Result<T> {
    limits::run(job)
}

/// A file name that can be no path, no hidden file, no option and no device, in at most 200 bytes; `number` names a
/// part without a name.
pub fn safe_name(raw: &str, media_type: &str, number: usize) -> String {
    part::safe_name(raw, media_type, number)
}

/// Whether a message has attachments worth a sign in the list: not its signature and not the pictures in its text.
pub fn has_attachments(bytes: &[u8]) -> bool {
    if limits::too_nested(bytes) {
        return true;
    }
    let repaired = header_repair::repaired(bytes);
    let Some(message) = MessageParser::default().parse(&repaired) else { return false };
    let body = body::choose(&message, View::Best);
    part::collect(&message, &body.text).list.iter().any(part::is_attachment)
}

/// The bytes of the part at `index` in [`Document::parts`] and a file name that is safe to create: no path, at most
/// 200 bytes, unlike that of every other part of the message. The bytes of text are in its own charset, as sent.
pub fn part_bytes(bytes: &[u8], index: usize) -> Option<(String, Vec<u8>)> {
    if limits::too_nested(bytes) {
        return None;
    }
    let repaired = header_repair::repaired(bytes);
    let message = MessageParser::default().parse(&repaired)?;
    let body = body::choose(&message, View::Best);
    let parts = part::collect(&message, &body.text);
    let part = message.parts.get(*parts.places.get(index)?)?;
    let name = parts.list.get(index)?.name.as_str().to_owned();
    Some((name, part::contents(&message, part)))
}

/// The document of a message that was parsed.
fn read(message: &Message<'_>, bytes: &[u8], view: View, context: &Context) -> Document {
    let body = body::choose(message, view);
    let parts = part::collect(message, &body.text);
    let mut document = Document {
        head: header::head(message, context),
        parts: parts.list,
        view,
        offers: body.offers.clone(),
        notes: header::notes(message),
        ..Document::default()
    };
    if view == View::Source {
        source::show(bytes, &mut document);
    } else {
        body::show(message, &body, body::Forwarded::Shown, &mut document);
    }
    document.notes.extend(body::notes(message));
    if parts.left_out > 0 {
        document.notes.push(SafeText::new(&format!("{} more parts are not listed", parts.left_out)));
    }
    if document.blocks.is_empty() {
        document.blocks.push(source::remark(if document.parts.is_empty() { "(empty message)" } else { "(no text)" }));
    }
    document
}

/// A message with more messages inside than are parsed: its bytes, under its own header.
fn too_nested(bytes: &[u8], context: &Context) -> Document {
    let mut document = Document { view: View::Source, offers: vec![View::Source], ..Document::default() };
    if let Some(message) = MessageParser::default().parse_headers(bytes) {
        let header_only = message.parts.is_empty();
        if !header_only {
            document.head = header::head(&message, context);
        }
    }
    document.notes.push(SafeText::from_static("Too many messages inside of each other: shown as its source"));
    source::show(bytes, &mut document);
    document
}

/// Bytes in which no header was found.
fn no_message(bytes: &[u8]) -> Document {
    let mut document = Document { view: View::Source, offers: vec![View::Source], ..Document::default() };
    if bytes.trim_ascii().is_empty() {
        document.blocks.push(source::remark("(empty message)"));
    } else {
        document.notes.push(SafeText::from_static("This is no message that can be read: shown as its source"));
        source::show(bytes, &mut document);
    }
    document
}
