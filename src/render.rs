//! Message bytes in, text for a reader out: `parse` makes a [`Document`], `lay` wraps it to a width.
//!
//! Knows no ratatui and opens nothing. Every string it gives out is a [`SafeText`]. Both steps run off the screen's
//! loop, on a thread with a large stack, with limits checked before any parser sees the bytes (STACK.md).

mod body;
mod cards;
mod content_line;
mod ends;
pub mod facts;
mod find;
mod gallery;
mod gist;
mod header;
mod html;
mod invite;
mod lay;
mod limits;
mod link;
mod part;
mod plain;
pub mod protected;
pub mod quotable;
mod snippet;
mod source;
mod tnef;
mod tracker;
mod trust;
pub mod unsubscribe;
mod vcard;
mod winmail;

use std::io;
use std::sync::Arc;

use jiff::tz::TimeZone;
use mail_parser::{Message, MessageParser};

use crate::header_repair;
use crate::mail::UnixTime;
use crate::query::Query;
use crate::render::facts::{Acquaintance, Answer, Answered, LinkStyle, MailServer, Picture, Remote, Seal, Trust};
use crate::safe_text::SafeText;

/// Prose is wrapped at this many columns at most (UX.md: the measure).
pub const MEASURE: u16 = 84;

/// The note on a message that is here only in part.
pub const PARTIAL: &str = "Only the beginning of this message is here yet";

/// What parsing must know besides the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// The reader's own addresses: among the recipients they are called "you".
    pub own_addresses: Vec<String>,
    /// The reader's own names.
    pub own_names: Vec<String>,
    /// Whether the bytes are only the beginning of a larger message.
    pub extent: Extent,
    /// The reader's time zone; UTC when it is not known.
    pub zone: Option<TimeZone>,
    /// The server that the message came through.
    pub server: MailServer,
    /// What is known of its sender.
    pub sender: Acquaintance,
    /// What becomes of links.
    pub links: LinkStyle,
    /// Images on the net that were loaded because the reader asked for them: URL, columns and rows of pixels.
    pub loaded: Vec<(String, (u32, u32))>,
    /// How far a long text is read.
    pub reach: Reach,
}

/// How far a long text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Reach {
    /// As far as any text is.
    #[default]
    All,
    /// Its first screens, which are there at once: [`Document::reach`] says whether there is more.
    FirstScreens,
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
    /// Content on the net that the message names.
    pub remote: Remote,
    /// The pictures that can be shown in the text; a span of [`SpanRole::Picture`] names one by its place in here.
    pub pictures: Vec<Picture>,
    /// Whether it comes from whom it says.
    pub trust: Trust,
    /// How it is protected.
    pub seal: Seal,
    /// Whether it holds an invitation that can be answered.
    pub invitation: bool,
    /// What was found when its signature was checked or it was opened.
    pub opened: Option<SafeText>,
    /// Whether it is the first mail from its sender's address.
    pub first_time: bool,
    /// [`Reach::FirstScreens`]: only those of its text were read, and there is more.
    pub reach: Reach,
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
    /// Decoded bytes; `None` where only their beginning is here.
    pub size: Option<u64>,
    /// Whether it is meant to be shown inside the text.
    pub inline: bool,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Link {
    /// The whole target, bytes 0x21-0x7E only, without trackers where that is wished.
    pub target: SafeText,
    /// The host that it really leads to, empty for mailto and the like.
    pub host: SafeText,
    /// The target as the message has it, where a tracker was taken out of it; else empty.
    pub sent: SafeText,
    /// Who counts the click, or did in the target as it was sent; empty when nobody is known to.
    pub tracker: SafeText,
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
    /// A label, its first span, and what belongs to it: "When", and the date.
    Field,
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
    /// The text of a link that the page draws as a button.
    Button,
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
    /// What stands for a picture, which [`Span::link`] names by its place in [`Document::pictures`].
    Picture,
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
    /// The picture that goes over it.
    pub picture: Option<PictureRow>,
}

/// A row of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureRow {
    /// The picture, by its place in [`Document::pictures`].
    pub picture: usize,
    /// Which of its rows this is, from 0.
    pub row: u16,
    /// Columns and rows that it takes.
    pub cells: (u16, u16),
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

/// Where the phrases of a query stand in a laid message, those that are looked for in its text, from the top: over the ends
/// of lines, by the rules of the index. At most 5,000 places.
pub fn find_phrases(laid: &Laid, query: &Query) -> Vec<Hit> {
    find::phrases(laid, query)
}

/// Reads a message. Every input gives a document: bytes that are no message are shown as they are, with a note.
///
/// Not to be called on a thread with a small stack: see [`run`].
pub fn parse(bytes: &[u8], view: View, context: &Context) -> Document {
    let mut document = contents_of(bytes, view, context);
    judge(bytes, context, &mut document);
    if context.extent == Extent::Prefix {
        document.partial = true;
        document.notes.push(SafeText::from_static(PARTIAL));
    }
    document
}

/// Says whom a message is from, and what is odd about that.
fn judge(bytes: &[u8], context: &Context, document: &mut Document) {
    let repaired = header_repair::repaired(bytes);
    if let Some(message) = MessageParser::default().parse_headers(&repaired[..]) {
        header::judge(&message, context, document);
    }
}

/// What a message says, but for whom it is from.
fn contents_of(bytes: &[u8], view: View, context: &Context) -> Document {
    let Some(readable) = limits::readable(bytes) else { return too_nested(bytes, context) };
    match MessageParser::default().parse(&readable).filter(|message| !message.parts.is_empty()) {
        Some(message) => read(&message, bytes, view, context),
        None => no_message(bytes),
    }
}

/// Wraps a document to `width` columns; below 10 it is laid for 10. Prose keeps to [`MEASURE`] columns.
pub fn lay(document: Document, width: u16) -> Laid {
    lay::lay(document, Shape { width, ..Shape::default() })
}

/// How a document is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Shape {
    /// Columns.
    pub width: u16,
    /// Whether long quotes are shown whole.
    pub quotes: Quotes,
    /// Columns and rows of pixels of a cell of the terminal, where it can show pictures.
    pub cell: Option<(u16, u16)>,
}

/// As [`lay`], with long quotes folded and room for pictures if wished.
pub fn lay_with(document: Document, shape: Shape) -> Laid {
    lay::lay(document, shape)
}

/// The first 160 visible characters of the author's own words: without quotes, greetings of programs and signature.
///
/// Not to be called on a thread with a small stack: see [`run`].
pub fn snippet(bytes: &[u8]) -> String {
    snippet::snippet(bytes)
}

/// What search knows of a message; about `most` bytes of its text are read.
///
/// Not to be called on a thread with a small stack: see [`run`].
pub fn gist(bytes: &[u8], most: usize) -> facts::Gist {
    gist::gist(bytes, most, true)
}

/// As [`gist`], without its first words, which take most of the time.
pub fn gist_for_index(bytes: &[u8], most: usize) -> facts::Gist {
    gist::gist(bytes, most, false)
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
    let Some(readable) = limits::readable(bytes) else { return true };
    let Some(message) = MessageParser::default().parse(&readable) else { return false };
    let body = body::choose(&message, View::Best);
    part::collect(&message, &body.text).list.iter().any(part::is_attachment)
}

/// The bytes of the part at `index` in [`Document::parts`] and a file name that is safe to create: no path, at most
/// 200 bytes, unlike that of every other part of the message. The bytes of text are in its own charset, as sent.
pub fn part_bytes(bytes: &[u8], index: usize) -> Option<(String, Vec<u8>)> {
    let readable = limits::readable(bytes)?;
    let message = MessageParser::default().parse(&readable)?;
    let body = body::choose(&message, View::Best);
    let parts = part::collect(&message, &body.text);
    let name = parts.list.get(index)?.name.as_str().to_owned();
    Some((name, part::bytes_at(&message, parts.places.get(index)?)?))
}

/// The answer to the invitation in a message, by whichever of these addresses was invited. `now` is in seconds since 1970.
/// Nothing when there is no invitation that can be answered (RFC 5546, RFC 6047).
pub fn answer(bytes: &[u8], own: &[String], said: Answer, now: i64) -> Option<Answered> {
    cards::answer(&MessageParser::default().parse(&limits::readable(bytes)?)?, own, said, now)
}

/// What is inside a message that was encrypted: its text below the header of the message around it. Nothing on the net is
/// offered to be loaded for it: an attacker who wraps somebody's secret would learn of it (EFAIL).
pub fn parse_opened(around: &[u8], inside: &[u8], view: View, context: &Context) -> Document {
    let mut document = contents_of(inside, view, context);
    // Whoever wrote the inside may have written any header there: only the one around it was seen by a server.
    let repaired = header_repair::repaired(around);
    if let Some(message) = MessageParser::default().parse_headers(&repaired[..]) {
        document.head = header::head(&message, context);
        document.notes.extend(header::notes(&message));
    }
    judge(around, context, &mut document);
    document.remote = Remote { other: document.remote.count > 0 || document.remote.other, ..Remote::default() };
    document.invitation = false;
    document
}

/// What was inside a message as a message of its own: `charset` is that of bytes that are text alone; without one they
/// are a MIME part.
pub fn opened_message(inside: &[u8], charset: Option<&str>) -> Vec<u8> {
    let Some(charset) = charset else { return inside.to_vec() };
    let charset: String = charset.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.:".contains(*c)).collect();
    let head = format!("Content-Type: text/plain; charset=\"{charset}\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n");
    [head.as_bytes(), inside].concat()
}

/// A page of HTML as a file that nothing in it can make dangerous: the text and its structure, without scripts, styles,
/// images, forms and links. For programs that the reader opens it with.
pub fn clean_page(html: &str) -> String {
    let (html, _) = limits::cut_text(html, limits::MAX_HTML);
    let page = html::page(html, &mut link::Links::default(), &mut gallery::Gallery::default());
    format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'\"></head>\n<body>{}</body></html>\n",
        html::without_links(&page.source)
    )
}

/// Names and addresses of the cards in a file of an address book (vCard 2.1, 3.0 and 4.0), of at most so many cards; not
/// sanitised. A card with several addresses is there several times.
pub fn address_book(text: &str, most: usize) -> Vec<(String, String)> {
    let cards = vcard::read_some(text, most).list.into_iter();
    cards.flat_map(|card| card.emails.into_iter().map(move |email| (card.name.clone(), email.value))).collect()
}

/// Columns and rows of an image's pixels by its header; nothing of it is decoded.
pub fn pixels(bytes: &[u8]) -> Option<(u32, u32)> {
    part::pixels(bytes)
}

/// The bytes of several parts, by their places in [`Document::parts`], each once.
pub fn parts_bytes(bytes: &[u8], wanted: &[usize]) -> Vec<(usize, Vec<u8>)> {
    let Some(readable) = limits::readable(bytes) else { return Vec::new() };
    let Some(message) = MessageParser::default().parse(&readable) else { return Vec::new() };
    let body = body::choose(&message, View::Best);
    let parts = part::collect(&message, &body.text);
    let one = |index: &usize| Some((*index, part::bytes_at(&message, parts.places.get(*index)?)?));
    wanted.iter().filter_map(one).collect()
}

/// The document of a message that was parsed.
fn read(message: &Message<'_>, bytes: &[u8], view: View, context: &Context) -> Document {
    let body = body::choose(message, view);
    let mut parts = part::collect(message, &body.text);
    if context.extent == Extent::Prefix {
        parts.cut_off(message);
    }
    let mut document = Document {
        head: header::head(message, context),
        parts: parts.list,
        view,
        offers: body.offers.clone(),
        notes: header::notes(message),
        seal: body::seal(message),
        ..Document::default()
    };
    if view == View::Source {
        source::show(bytes, &mut document);
    } else {
        body::show(message, &body, &parts.images, context, &mut document);
    }
    document.notes.extend(body::notes(message));
    if limits::first_parts(bytes).len() < bytes.len() {
        document.notes.push(SafeText::from_static("More than 10,000 parts: those behind are not shown"));
    }
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
