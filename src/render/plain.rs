//! text/plain to blocks: quotes, format=flowed (RFC 3676), signature, links, and what must keep its columns.

use unicode_width::UnicodeWidthStr;

use crate::render::lay;
use crate::render::link::{Links, Piece, pieces, superscript};
use crate::render::{Block, BlockKind, Span, SpanRole};
use crate::safe_text::{SafeText, expand_tabs, raw_lines};

/// Quote levels that are told apart.
pub(crate) const MAX_QUOTE: u8 = 10;

/// How a text/plain part is folded (RFC 3676, section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Line breaks are the author's.
    Hard,
    /// Lines that end in a space go on; the space stays.
    Flowed,
    /// Lines that end in a space go on; the space goes.
    FlowedDelSp,
}

/// A logical line: quote depth and text without the quote marks.
struct Row {
    quote: u8,
    text: String,
}

/// Makes blocks of a decoded text/plain part.
pub(crate) fn blocks(text: &str, flow: Flow, links: &mut Links) -> Vec<Block> {
    let rows = match flow {
        Flow::Hard => raw_lines(text).map(hard_row).collect(),
        Flow::Flowed | Flow::FlowedDelSp => flowed_rows(text, flow),
    };
    let mut builder = Builder { out: Vec::new(), links, gap: false, signature: None, patches: 0 };
    let mut paragraph: Vec<Row> = Vec::new();
    for row in rows {
        let blank = row.text.trim().is_empty();
        let starts_signature = is_signature(&row.text);
        let breaks = paragraph.last().is_some_and(|last| last.quote != row.quote) || starts_signature;
        if blank || breaks {
            builder.add(&paragraph);
            paragraph.clear();
        }
        builder.enter(&row, starts_signature);
        if blank {
            builder.gap = true;
        } else {
            paragraph.push(row);
        }
    }
    builder.add(&paragraph);
    builder.out
}

/// The separator before a signature (RFC 3676, section 4.3); many programs lose its space.
fn is_signature(text: &str) -> bool {
    matches!(text, "-- " | "--")
}

/// Quote marks as people write them: `>`, `> >`, `>>`; a mark stuck to a word is only one when it starts the line.
fn hard_row(line: &str) -> Row {
    let mut quote = 0u8;
    let mut rest = line;
    loop {
        let Some(after) = rest.strip_prefix('>') else {
            // A space may stand between two marks, but the text's own indent must stay.
            match rest.strip_prefix(' ').filter(|after| quote > 0 && after.starts_with('>')) {
                Some(after) => {
                    rest = after;
                    continue;
                }
                None => break,
            }
        };
        // An escaped "From " of an mbox file is no quote.
        if quote == 0 && after.starts_with("From ") {
            break;
        }
        quote = quote.saturating_add(1);
        rest = after;
    }
    let text = if quote > 0 { rest.strip_prefix(' ').unwrap_or(rest) } else { rest };
    let text = expand_tabs(text);
    let text = if is_signature(&text) { text } else { text.trim_end().to_owned() };
    Row { quote: quote.min(MAX_QUOTE), text }
}

fn flowed_rows(text: &str, flow: Flow) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut open = false;
    for line in raw_lines(text) {
        let bare = line.trim_start_matches('>');
        let quote = u8::try_from(line.len() - bare.len()).unwrap_or(u8::MAX).min(MAX_QUOTE);
        let content = expand_tabs(bare.strip_prefix(' ').unwrap_or(bare));
        let signature = content == "-- ";
        let goes_on = content.ends_with(' ') && !signature;
        let kept = if goes_on && flow == Flow::FlowedDelSp {
            content.strip_suffix(' ').unwrap_or(&content)
        } else {
            content.as_str()
        };
        match rows.last_mut() {
            Some(last) if open && last.quote == quote && !signature => last.text.push_str(kept),
            _ => rows.push(Row { quote, text: kept.to_owned() }),
        }
        open = goes_on;
    }
    for row in &mut rows {
        if !is_signature(&row.text) {
            row.text.truncate(row.text.trim_end().len());
        }
    }
    rows
}

struct Builder<'a> {
    out: Vec<Block>,
    links: &'a mut Links,
    /// Whether an empty line came since the last block.
    gap: bool,
    /// Quote depth of the signature that has begun.
    signature: Option<u8>,
    /// A bit for each quote depth in which a patch has begun: its lines are all fixed, also between a reviewer's words.
    patches: u16,
}

impl Builder<'_> {
    fn enter(&mut self, row: &Row, starts_signature: bool) {
        if starts_signature {
            self.signature = Some(row.quote);
        } else if self.signature.is_some_and(|quote| quote != row.quote) {
            self.signature = None;
        }
        let depth = 1_u16 << row.quote.min(MAX_QUOTE);
        if begins_patch(&row.text) {
            self.patches |= depth;
        } else if starts_signature {
            self.patches &= !depth;
        }
    }

    fn add(&mut self, rows: &[Row]) {
        let Some(first) = rows.first() else { return };
        let quote = first.quote;
        let kind = if self.signature == Some(quote) {
            BlockKind::Signature
        } else if is_rule(rows) {
            BlockKind::Rule
        } else if self.in_patch(quote) || is_fixed(rows) {
            BlockKind::Fixed
        } else {
            BlockKind::Paragraph
        };
        let patch = kind == BlockKind::Fixed && self.in_patch(quote);
        let mut spans = Vec::new();
        let fill = rows.iter().map(|row| row.text.width()).max().unwrap_or(0);
        let mut above: Option<&Row> = None;
        for row in rows {
            if let Some(above) = above.replace(row) {
                let soft = kind == BlockKind::Paragraph && is_filled(&above.text, &row.text, fill);
                let text = SafeText::from_static(if soft { " " } else { "" });
                spans.push(Span { text, role: SpanRole::Break, ..Span::default() });
            }
            if kind != BlockKind::Rule {
                self.spans(&row.text, if patch { patch_role(&row.text) } else { SpanRole::Text }, &mut spans);
            }
        }
        let tight = !self.gap || self.out.is_empty();
        self.out.push(Block { kind, spans, quote, indent: 0, tight, page: None });
        self.gap = false;
    }

    fn in_patch(&self, quote: u8) -> bool {
        self.patches & (1 << quote.min(MAX_QUOTE)) != 0
    }

    fn spans(&mut self, text: &str, role: SpanRole, spans: &mut Vec<Span>) {
        linked(text, role, self.links, spans);
    }
}

/// Adds a line of text with its URLs as numbered links.
pub(crate) fn linked(text: &str, role: SpanRole, links: &mut Links, spans: &mut Vec<Span>) {
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => spans.push(Span { text: SafeText::new(text), role, ..Span::default() }),
            Piece::Url(url) => {
                let link = links.add(url);
                let role = if link.is_some() { SpanRole::Link } else { role };
                spans.push(Span { text: SafeText::new(url), role, link, ..Span::default() });
                if let Some(place) = link {
                    let text = SafeText::new(&superscript(place));
                    spans.push(Span { text, role: SpanRole::LinkNote, link, ..Span::default() });
                }
            }
        }
    }
}

/// Whether a patch begins with this line, or goes on at another place of a file.
fn begins_patch(text: &str) -> bool {
    text.starts_with("diff --git ") || text.starts_with("@@ -") || text.starts_with("Index: ")
}

/// What a line of a patch is, by its first letters; the line that names a file is no line of it.
fn patch_role(text: &str) -> SpanRole {
    const NAMES: [&str; 8] =
        ["diff --git ", "index ", "Index: ", "--- ", "+++ ", "new file", "deleted file", "similarity index"];
    if text.starts_with("@@") || NAMES.iter().any(|name| text.starts_with(name)) {
        return SpanRole::Hunk;
    }
    match text.as_bytes().first() {
        Some(b'+') => SpanRole::Added,
        Some(b'-') => SpanRole::Removed,
        _ => SpanRole::Code,
    }
}

/// Whether a line of a paragraph was ended only because the next word did not fit: `fill` is the widest line. Lists,
/// verses, addresses and lines of other indents are left alone.
fn is_filled(line: &str, next: &str, fill: usize) -> bool {
    let indent = |text: &str| text.len() - text.trim_start_matches(' ').len();
    let word = next.split_whitespace().next().unwrap_or("");
    let item = lay::hang_of(next) > indent(next);
    (40..=100).contains(&fill)
        && line.width() + 1 + word.width() > fill
        && !item
        && (indent(next) == indent(line) || indent(next) == lay::hang_of(line))
}

/// A line of nothing but dashes, stars or the like.
fn is_rule(rows: &[Row]) -> bool {
    let [row] = rows else { return false };
    let text = row.text.trim();
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return false };
    matches!(first, '-' | '_' | '=' | '*' | '~' | '─' | '━') && text.chars().count() >= 10 && chars.all(|c| c == first)
}

/// Whether the columns of these lines mean something: tables, diagrams, code, listings.
fn is_fixed(rows: &[Row]) -> bool {
    let score = rows.iter().filter(|row| looks_fixed(&row.text)).count();
    let code = rows.iter().filter(|row| looks_like_code(&row.text)).count();
    let enough = |count: usize| count >= 2 && count * 2 >= rows.len();
    enough(score) || enough(code)
}

fn looks_fixed(text: &str) -> bool {
    let trimmed = text.trim();
    let drawn = trimmed.starts_with("+-")
        || trimmed.starts_with('|') && trimmed.ends_with('|')
        || trimmed.contains(['│', '┌', '└', '├', '╔', '║', '┼']);
    // Two gaps of three spaces or more make columns; one may be a typist's habit.
    let gaps = trimmed.split("   ").filter(|piece| !piece.trim().is_empty()).count();
    drawn || gaps >= 3
}

fn looks_like_code(text: &str) -> bool {
    let trimmed = text.trim_end();
    let indented = text.starts_with("    ");
    trimmed.ends_with(['{', '}', ';'])
        || indented && (trimmed.contains("()") || trimmed.contains(" = "))
        || text.starts_with("+ ") && indented
}

#[cfg(test)]
mod tests;
