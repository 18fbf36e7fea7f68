//! What an answer takes of a message: its text, plain, a paragraph a line, quotes with their marks; and its files.
//!
//! Nothing here is to be called on a thread with a small stack: see [`super::run`].

use std::borrow::Cow;

use mail_parser::MessageParser;

use super::{Block, BlockKind, Context, Document, Part, Span, SpanRole, View, body, html, limits, parse, part};

/// Bytes of text that are taken: nobody reads more of it below an answer.
const LONGEST: usize = 256 * 1024;
/// Columns at which the lines of a page are asked for: its paragraphs are one line each.
const WIDE: usize = 2_000;
/// Quote marks of a line.
const DEEPEST: u8 = 20;
/// What stands where a text was cut.
const CUT: &str = "[…]";

/// The text of the best view: a paragraph a line, quoted lines with their marks (`>> text`).
pub fn text(bytes: &[u8]) -> String {
    written(&parse(bytes, View::Best, &Context::default()))
}

/// What of a message may go to a parser: its first 10,000 parts, header lines repaired. `None`: too many messages inside of
/// each other.
pub fn within_limits(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    limits::readable(bytes)
}

/// The files of a message with their bytes, text in its own charset; a message in it is one file, and those in that are not
/// listed.
pub fn files(bytes: &[u8]) -> Vec<(Part, Vec<u8>)> {
    let Some(readable) = limits::readable(bytes) else { return Vec::new() };
    let Some(message) = MessageParser::default().parse(&readable) else { return Vec::new() };
    let parts = part::collect(&message, &body::choose(&message, View::Best).text);
    let own = parts.list.into_iter().zip(&parts.places).filter(|(_, place)| place.path.len() == 1);
    own.filter_map(|(part, place)| Some((part, part::bytes_at(&message, place)?))).collect()
}

fn written(document: &Document) -> String {
    let mut out = String::new();
    let mut above: Option<u8> = None;
    for block in &document.blocks {
        for (number, (quote, line)) in lines(block).into_iter().enumerate() {
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
fn lines(block: &Block) -> Vec<(u8, String)> {
    match &block.page {
        Some(source) => {
            html::lines(source, WIDE).into_iter().map(|line| (line.quote, squeezed(&told(&line.spans)))).collect()
        }
        None if block.kind == BlockKind::Rule => vec![(block.quote, "-----".to_owned())],
        None if block.spans.iter().all(|span| span.role == SpanRole::Muted) => Vec::new(),
        None => {
            let mut lines = vec![String::new()];
            for span in &block.spans {
                if span.role == SpanRole::Break && span.text.is_empty() {
                    lines.push(String::new());
                } else if let Some(last) = lines.last_mut() {
                    last.push_str(shown(span));
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

fn told(spans: &[Span]) -> String {
    spans.iter().map(shown).collect()
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
