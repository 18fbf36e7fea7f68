//! What an answer takes of a message: its text, plain, a paragraph a line, quotes with their marks; and its files.
//!
//! Nothing here is to be called on a thread with a small stack: see [`super::run`].

use std::borrow::Cow;

use mail_parser::{MessageParser, MessagePart, MimeHeaders as _};

use super::{
    Block, BlockKind, Context, Document, Link, Part, Span, SpanRole, View, body, cards, html, limits, parse, part,
};

/// Bytes of text that are taken: nobody reads more of it below an answer.
const LONGEST: usize = 256 * 1024;
/// Columns at which the lines of a page are asked for: its paragraphs are one line each.
const WIDE: usize = 2_000;
/// Quote marks of a line.
const DEEPEST: u8 = 20;
/// What stands where a text was cut.
const CUT: &str = "[…]";
/// Bytes of a link that is written out beside its text; of a longer one it is said whom it leads to.
const LONGEST_LINK: usize = 2_000;

/// The text of the best view, quoted lines with their marks (`>> text`): the lines of a text as its author broke them, of
/// flowed text and of a page a paragraph a line, with the links of a page behind their texts.
pub fn text(bytes: &[u8]) -> String {
    written(&document(bytes, Named::Text))
}

/// As [`text`], but for what [`files`] gives out: texts that have a file name.
pub fn text_beside_files(bytes: &[u8]) -> String {
    written(&document(bytes, Named::File))
}

/// What of a message may go to a parser: its first 10,000 parts, header lines repaired. `None`: too many messages inside of
/// each other.
pub fn within_limits(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    limits::readable(bytes)
}

/// The files of a message with their bytes, text in its own charset, also one that is shown; a message in it is one file, and
/// those in that are not listed.
pub fn files(bytes: &[u8]) -> Vec<(Part, Vec<u8>)> {
    let Some(readable) = limits::readable(bytes) else { return Vec::new() };
    let Some(message) = MessageParser::default().parse(&readable) else { return Vec::new() };
    let mut shown = body::choose(&message, View::Best).text;
    shown.retain(|place| !message.parts.get(*place).is_some_and(is_file));
    let parts = part::collect(&message, &shown);
    let own = parts.list.into_iter().zip(&parts.places).filter(|(_, place)| place.path.len() == 1);
    own.filter_map(|(part, place)| Some((part, part::bytes_at(&message, place)?))).collect()
}

/// What a text with a file name is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    /// Text, as the reader shows it.
    Text,
    /// A file.
    File,
}

/// Whether a part is a file by what it says of itself (RFC 2183, section 2.3). A name in the type alone is none: some programs
/// give one to every body.
fn is_file(part: &MessagePart<'_>) -> bool {
    part.content_disposition().is_some_and(|field| field.attribute("filename").is_some())
}

/// What of a message is its author's.
fn document(bytes: &[u8], named: Named) -> Document {
    let readable = limits::readable(bytes);
    let message = readable.as_ref().and_then(|readable| MessageParser::default().parse(&readable[..]));
    let Some(message) = message.filter(|message| !message.parts.is_empty()) else {
        return parse(bytes, View::Best, &Context::default());
    };
    let mut body = body::choose(&message, View::Best);
    if named == Named::File {
        body.parts.retain(|place| !message.parts.get(*place).is_some_and(is_file));
    }
    let images = part::collect(&message, &body.text).images;
    let (mut document, context) = (Document::default(), Context::default());
    body::show(&message, &body, &images, &context, &mut document);
    let told = cards::invitations(&message, None, &mut super::link::Links::default()).0.len();
    if told > 0 {
        // How the reader tells of an invitation are our words, and our reader's time: the sender's own come first.
        let own = document.blocks.split_off(told.min(document.blocks.len()));
        document.blocks = own;
        if written(&document).is_empty() {
            document.blocks.splice(0..0, cards::quoted_invitations(&message));
        }
    }
    document
}

fn written(document: &Document) -> String {
    let mut out = String::new();
    let mut above: Option<u8> = None;
    for block in &document.blocks {
        for (number, (quote, line)) in lines(block, &document.links).into_iter().enumerate() {
            if out.len() > LONGEST {
                out.push_str(CUT);
                return out;
            }
            if let Some(above) = above.filter(|_| number == 0 && !block.tight) {
                push(&mut out, above.min(quote), "");
            }
            push(&mut out, quote, line.trim_end());
            above = Some(quote);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn push(out: &mut String, quote: u8, line: &str) {
    for _ in 0..quote.min(DEEPEST) {
        out.push('>');
    }
    if quote > 0 && !line.is_empty() {
        out.push(' ');
    }
    out.push_str(line);
    out.push('\n');
}

/// The lines of a block, with their depths. What is about the message, and not of it, is none.
fn lines(block: &Block, targets: &[Link]) -> Vec<(u8, String)> {
    match &block.page {
        Some(source) => {
            let mut page = Linked { targets, ..Linked::default() };
            let lines = html::lines(source, WIDE).into_iter();
            lines.map(|line| (line.quote, page.told(&line.spans))).collect()
        }
        None if block.kind == BlockKind::Rule => vec![(block.quote, "-----".to_owned())],
        None if block.spans.iter().all(|span| span.role == SpanRole::Muted) => Vec::new(),
        None => {
            let mut lines = vec![String::new()];
            for (number, span) in block.spans.iter().enumerate() {
                // Where prose may as well go on its author still broke it: columns of another width are not for us to undo, and
                // between letters without blanks one would be put.
                if span.role == SpanRole::Break {
                    lines.push(String::new());
                } else if let Some(last) = lines.last_mut() {
                    last.push_str(shown(span));
                    if number == 0 && block.kind == BlockKind::Field {
                        last.push_str(": ");
                    }
                }
            }
            let mut lines: Vec<(u8, String)> = lines.into_iter().map(|line| (block.quote, line)).collect();
            if block.kind == BlockKind::Signature
                && let Some((_, first)) = lines.first_mut()
                && first == "--"
            {
                first.push(' ');
            }
            lines
        }
    }
}

/// A page's lines, whose links are written out behind their texts.
#[derive(Default)]
struct Linked<'l> {
    targets: &'l [Link],
    /// The link whose text was read last, and that text.
    text: (Option<u16>, String),
    /// The link that was written out last, with no other text since.
    last: Option<u16>,
}

impl Linked<'_> {
    fn told(&mut self, spans: &[Span]) -> String {
        let mut out = String::new();
        for span in spans {
            let text = shown(span);
            match span.link {
                Some(place) if span.role == SpanRole::LinkNote => {
                    if let Some(target) = self.target(place).filter(|_| self.last != Some(place)) {
                        out.truncate(out.trim_end().len());
                        out.extend([" <", &target, ">"]);
                        self.last = Some(place);
                    }
                    self.text = (None, String::new());
                }
                Some(place) if matches!(span.role, SpanRole::Link | SpanRole::Button) => {
                    if self.text.0 != Some(place) {
                        self.text = (Some(place), String::new());
                    }
                    self.text.1.push_str(text);
                }
                _ if text.trim().is_empty() => {}
                _ => (self.text, self.last) = ((None, String::new()), None),
            }
            out.push_str(text);
        }
        squeezed(&out)
    }

    /// Where a link leads, if its text does not say so itself.
    fn target(&self, place: u16) -> Option<String> {
        let link = self.targets.get(usize::from(place))?;
        let said = self.text.0 == Some(place) && {
            let text = bare(&self.text.1);
            text == bare(link.target.as_str()) || text == bare(link.sent.as_str())
        };
        match link.target.as_str() {
            "" => None,
            _ if said => None,
            target if target.len() <= LONGEST_LINK => Some(target.to_owned()),
            _ if link.host.is_empty() => None,
            _ => Some(format!("https://{}/{CUT}", link.host)),
        }
    }
}

/// A link as people write it: without its scheme, and the slash at its end.
fn bare(link: &str) -> &str {
    let link = link.trim();
    let bare = ["https://", "http://", "mailto:"].iter().find_map(|scheme| link.strip_prefix(scheme)).unwrap_or(link);
    bare.trim_end_matches('/')
}

/// The text of a span, but for the little texts beside links.
fn shown(span: &Span) -> &str {
    match span.role {
        SpanRole::LinkNote | SpanRole::Rule | SpanRole::Picture | SpanRole::Fold | SpanRole::Bar(_) => "",
        SpanRole::Text
        | SpanRole::Break
        | SpanRole::Muted
        | SpanRole::Heading
        | SpanRole::Link
        | SpanRole::Button
        | SpanRole::Code
        | SpanRole::Quote(_)
        | SpanRole::Added
        | SpanRole::Removed
        | SpanRole::Hunk => span.text.as_str(),
    }
}

/// A line of a page that is as wide as no screen: gaps between columns are narrow.
fn squeezed(line: &str) -> String {
    let (mut out, mut gap) = (String::with_capacity(line.len()), 0);
    for c in line.chars() {
        gap = if c == ' ' { gap + 1 } else { 0 };
        if gap <= 3 {
            out.push(c);
        }
    }
    out
}
