//! The first words of a message, for its row in the list.

use mail_parser::{Message, MessageParser};

use crate::render::body::Body;
use crate::render::{Block, BlockKind, Document, Span, SpanRole, View, body, html, limits};

/// Characters of a snippet.
const LENGTH: usize = 160;

/// The first 160 visible characters of the author's own words: without quotes, greetings of programs and signature.
///
/// Not to be called on a thread with a small stack: see [`super::run`].
pub(crate) fn snippet(bytes: &[u8]) -> String {
    let Some(bytes) = limits::readable(bytes) else { return String::new() };
    let Some(message) = MessageParser::default().parse(&bytes).filter(|message| !message.parts.is_empty()) else {
        return String::new();
    };
    of(&message, &body::choose(&message, View::Best))
}

/// The snippet of a message that was read, of which this is the text.
pub(crate) fn of(message: &Message<'_>, text: &Body) -> String {
    let mut document = Document { view: View::Best, ..Document::default() };
    body::own_words(message, text, &mut document);
    let lines: Vec<(Whose, String)> = document.blocks.iter().flat_map(block_lines).collect();
    let own = words(&lines, Whose::Own);
    if own.is_empty() { words(&lines, Whose::Quoted) } else { own }
}

/// Whose words a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Own,
    Quoted,
    Signature,
}

/// Columns at which the lines of a page are asked for: its paragraphs are one line each.
const WIDE: usize = 2_000;

/// The texts of a block, without the little texts beside links.
fn block_lines(block: &Block) -> Vec<(Whose, String)> {
    let told = |spans: &[Span]| -> String {
        let shown = spans.iter().filter(|span| !matches!(span.role, SpanRole::LinkNote | SpanRole::Rule));
        shown.map(|span| span.text.as_str()).collect()
    };
    let whose = |quote: u8| match (quote, block.kind == BlockKind::Signature) {
        (0, true) => Whose::Signature,
        (0, false) => Whose::Own,
        _ => Whose::Quoted,
    };
    match &block.page {
        Some(source) => html::lines(source, WIDE).iter().map(|line| (whose(line.quote), told(&line.spans))).collect(),
        None if block.kind == BlockKind::Rule => Vec::new(),
        None => {
            let lines = block.spans.split(|span| span.role == SpanRole::Break);
            lines.map(|line| (whose(block.quote), told(line))).collect()
        }
    }
}

fn words(lines: &[(Whose, String)], wanted: Whose) -> String {
    let mut out = String::new();
    let mut count = 0;
    for (_, text) in lines.iter().filter(|(whose, _)| *whose == wanted) {
        if is_original(text) {
            break;
        }
        if is_preamble(text) {
            continue;
        }
        for word in text.split_whitespace() {
            let length = word.chars().count();
            if count > 0 {
                if count + 1 + length > LENGTH {
                    return out;
                }
                out.push(' ');
                count += 1;
            }
            out.extend(word.chars().take(LENGTH));
            count += length.min(LENGTH);
        }
    }
    out
}

/// The line above a forwarded or quoted message: what follows is somebody else's.
fn is_original(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("diff --git ")
        || line.starts_with("-----Original Message")
        || line.starts_with("-----Ursprüngliche Nachricht")
}

/// Lines that say nothing of their own.
fn is_preamble(line: &str) -> bool {
    let line = line.trim();
    let lower = line.to_lowercase();
    let attribution = lower.ends_with("wrote:")
        || lower.ends_with("schrieb:")
        || lower.ends_with("a écrit :")
        || lower.ends_with("writes:")
        || lower.ends_with("said:");
    // The first line of an attribution that goes over two.
    let year = lower.contains(" 20") || lower.contains(" 19") || lower.contains("/20");
    let half = lower.starts_with("on ") && year && lower.len() < 120 && (lower.contains(':') || lower.ends_with('>'));
    let image = line.starts_with('[') && line.ends_with(']');
    let drawn = !line.is_empty() && !line.chars().any(char::is_alphanumeric);
    let browser = ["in your browser", "in a browser", "view online", "view this email", "view email", "im browser"];
    let url = lower.starts_with("http") && !line.contains(' ');
    attribution
        || half
        || image
        || drawn
        || url
        || lower.len() < 120 && browser.iter().any(|words| lower.contains(words))
        || lower.starts_with("this is a multi-part message in mime format")
        || line.starts_with("-----BEGIN PGP")
        || line.starts_with("Hash: SHA")
}
