//! Wrapping: a document's blocks to lines that are never wider than the pane.

mod fold;
mod picture;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::render::lay::picture::Pictures;
use crate::render::link::superscript;
use crate::render::{Block, BlockKind, Document, Laid, Line, MEASURE, Quotes, Shape, Span, SpanRole, html};
use crate::safe_text::SafeText;

/// Columns that text must have beside bars and indent.
const MIN_TEXT: usize = 8;

/// Columns of the label of a field, the blank after it included.
const LABEL: usize = 14;

/// Wraps a document to its columns; below 10 it is laid for 10.
pub(crate) fn lay(document: Document, shape: Shape) -> Laid {
    let width = shape.width.max(10);
    let pictures = Pictures::new(&document, width, shape.cell);
    let mut layout = Layout { width: usize::from(width), lines: Vec::new(), pictures };
    let mut before: Option<&Block> = None;
    for block in &document.blocks {
        if let Some(previous) = before.filter(|_| !block.tight) {
            layout.gap(previous.quote.min(block.quote));
        }
        layout.block(block);
        before = Some(block);
    }
    let folded = match shape.quotes {
        Quotes::Folded => fold::fold(&mut layout.lines, document.head.subject.as_str()),
        Quotes::Open => 0,
    };
    layout.targets(&document);
    let lines = layout.lines.into_iter().map(|row| row.line).collect();
    Laid { width, lines, folded, document }
}

/// A line and how deep what it says is quoted.
struct Row {
    quote: u8,
    line: Line,
}

/// Up to this many links have their targets listed under the text; more are clutter and found in the list of links.
const MAX_LISTED: usize = 12;

/// Links whose text does not say where they lead, in the order of their numbers.
fn hidden_targets(document: &Document) -> Vec<u16> {
    let spans = document
        .blocks
        .iter()
        .flat_map(|block| &block.spans)
        .filter(|span| matches!(span.role, SpanRole::Link | SpanRole::Button));
    let mut places: Vec<u16> = spans
        .filter_map(|span| {
            let place = span.link?;
            let link = document.links.get(usize::from(place))?;
            let shown = span.text.as_str().trim().trim_end_matches('/');
            let target = link.target.as_str().trim_start_matches("mailto:").trim_end_matches('/');
            (shown != target).then_some(place)
        })
        .collect();
    places.sort_unstable();
    places.dedup();
    places
}

struct Layout {
    width: usize,
    lines: Vec<Row>,
    pictures: Pictures,
}

impl Layout {
    /// An empty line; inside of a quote its bars go through.
    fn gap(&mut self, quote: u8) {
        let (mut spans, _) = self.prefix(quote, 0);
        spans.retain(|span| span.role != SpanRole::Text);
        self.push(quote, spans);
    }

    fn push(&mut self, quote: u8, spans: Vec<Span>) {
        self.lines.push(Row { quote, line: Line { spans, picture: None } });
    }

    /// Bars and indent before the text, and their columns.
    fn prefix(&self, quote: u8, indent: u16) -> (Vec<Span>, usize) {
        let room = self.width.saturating_sub(MIN_TEXT);
        let bars = usize::from(quote).min(room.saturating_sub(1));
        let mut spans: Vec<Span> = (1..=bars)
            .map(|level| Span {
                text: SafeText::from_static("▏"),
                role: SpanRole::Bar(quote_colour(level)),
                ..Span::default()
            })
            .collect();
        let mut used = bars;
        let mut blank = usize::from(bars > 0) + usize::from(indent);
        blank = blank.min(room.saturating_sub(used));
        if blank > 0 {
            spans.push(Span { text: SafeText::new(&" ".repeat(blank)), ..Span::default() });
            used += blank;
        }
        (spans, used)
    }

    /// A short rule and the targets of the links above it.
    fn targets(&mut self, document: &Document) {
        let places = hidden_targets(document);
        if places.is_empty() || places.len() > MAX_LISTED {
            return;
        }
        let rule =
            Span { text: SafeText::from_static("────────"), role: SpanRole::Rule, ..Span::default() };
        self.push(0, Vec::new());
        self.push(0, vec![rule]);
        for place in places {
            let Some(link) = document.links.get(usize::from(place)) else { continue };
            let note = |text: String| Span {
                text: SafeText::new(&text),
                role: SpanRole::LinkNote,
                link: Some(place),
                ..Span::default()
            };
            let segment = [note(format!("{} ", superscript(place))), note(link.target.as_str().to_owned())];
            let target = cut_line(&segment, self.width.min(usize::from(MEASURE)));
            self.push(0, target.spans);
        }
    }

    fn block(&mut self, block: &Block) {
        if let Some(source) = &block.page {
            return self.page(source);
        }
        let (prefix, used) = self.prefix(block.quote, block.indent);
        let measure = match block.kind {
            BlockKind::Fixed => self.width,
            BlockKind::Paragraph
            | BlockKind::Heading
            | BlockKind::Signature
            | BlockKind::Rule
            | BlockKind::Field
            | BlockKind::Page => self.width.min(usize::from(MEASURE)),
        };
        let room = measure.saturating_sub(used).max(1);
        let mut lines = Vec::new();
        match block.kind {
            BlockKind::Rule => {
                let text = SafeText::new(&"─".repeat(room));
                let rule = Span { text, role: SpanRole::Rule, ..Span::default() };
                lines.push(Line { spans: vec![rule], picture: None });
            }
            BlockKind::Fixed => {
                for segment in block.spans.split(|span| span.role == SpanRole::Break) {
                    lines.push(cut_line(segment, room));
                }
            }
            BlockKind::Field => field(&block.spans, room, &mut lines),
            BlockKind::Paragraph | BlockKind::Heading | BlockKind::Signature | BlockKind::Page => {
                for segment in segments(&block.spans, room) {
                    wrap(&segment, room, &mut lines);
                }
            }
        }
        for mut line in lines {
            if self.picture(&line, block.quote) {
                continue;
            }
            for span in &mut line.spans {
                span.role = block_role(block, span.role);
                span.strong |= block.kind == BlockKind::Heading;
            }
            let mut spans = prefix.clone();
            spans.append(&mut line.spans);
            self.push(block.quote, spans);
        }
    }
}

impl Layout {
    /// HTML: its lines come from html2text, with their quote depth.
    fn page(&mut self, source: &str) {
        for line in html::lines(source, self.width.min(usize::from(MEASURE))) {
            if line.spans.is_empty() {
                self.gap(line.quote);
                continue;
            }
            let whole = Line { spans: line.spans, picture: None };
            if self.picture(&whole, line.quote) {
                continue;
            }
            let (mut spans, _) = self.prefix(line.quote, 0);
            let quoted = SpanRole::Quote(quote_colour(usize::from(line.quote)));
            spans.extend(whole.spans.into_iter().map(|span| {
                let plain = line.quote > 0 && span.role == SpanRole::Text;
                if plain { Span { role: quoted, ..span } } else { span }
            }));
            self.push(line.quote, spans);
        }
    }
}

/// A label, and what belongs to it beside it; below it where the pane is narrow.
fn field(spans: &[Span], room: usize, out: &mut Vec<Line>) {
    let Some((label, rest)) = spans.split_first() else { return };
    let label = Span { role: SpanRole::Muted, ..label.clone() };
    if room < LABEL + MIN_TEXT * 2 {
        wrap(
            &[vec![label], vec![Span { text: SafeText::from_static("  "), ..Span::default() }], rest.to_vec()].concat(),
            room,
            out,
        );
        return;
    }
    let mut lines = Vec::new();
    for segment in rest.split(|span| span.role == SpanRole::Break) {
        wrap(segment, room - LABEL, &mut lines);
    }
    let blank = Span { text: SafeText::new(&" ".repeat(LABEL)), ..Span::default() };
    for (number, line) in lines.into_iter().enumerate() {
        let first = Span { text: label.text.cut(LABEL - 1).pad(LABEL), ..label.clone() };
        let mut spans = vec![if number == 0 { first } else { blank.clone() }];
        spans.extend(line.spans);
        out.push(Line { spans, picture: None });
    }
}

/// The lines of a block. Where one is wider than `room`, all that the author's program broke at its own width go on in
/// one: else long and short lines would alternate.
fn segments(spans: &[Span], room: usize) -> Vec<Vec<Span>> {
    let width = |line: &[Span]| line.iter().map(|span| span.text.width()).sum::<usize>();
    let mut out: Vec<Vec<Span>> = Vec::new();
    // The lines of a paragraph that may be joined, and whether one of them is too wide.
    let mut open: Vec<&[Span]> = Vec::new();
    let mut rest = spans;
    loop {
        let end = rest.iter().position(|span| span.role == SpanRole::Break);
        let (line, after) = rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or((rest, &[]));
        open.push(line);
        let soft = after.first().is_some_and(|span| !span.text.is_empty());
        if !soft {
            if open.iter().any(|line| width(line) > room) {
                out.push(joined(&open));
            } else {
                out.extend(open.iter().map(|line| line.to_vec()));
            }
            open.clear();
        }
        match after.split_first() {
            Some((_, next)) => rest = next,
            None => return out,
        }
    }
}

/// Lines as one, with a blank for each break.
fn joined(lines: &[&[Span]]) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let mut line = line.to_vec();
        if number > 0 {
            out.push(Span { text: SafeText::from_static(" "), ..Span::default() });
            if let Some(first) = line.first_mut() {
                first.text = SafeText::new(first.text.as_str().trim_start());
            }
        }
        out.append(&mut line);
    }
    out
}

/// Wraps a run of spans without breaks to `room` columns.
pub(crate) fn wrap(segment: &[Span], room: usize, out: &mut Vec<Line>) {
    Wrap::new(segment, room).run(out);
}

/// The colour of a quote level: 1, 2, 3, then 1 again.
fn quote_colour(level: usize) -> u8 {
    match level % 3 {
        1 => 1,
        2 => 2,
        _ => 3,
    }
}

/// The block colours what has no colour of its own.
fn block_role(block: &Block, role: SpanRole) -> SpanRole {
    match (role, block.kind) {
        (SpanRole::Text, _) if block.quote > 0 => SpanRole::Quote(quote_colour(usize::from(block.quote))),
        (SpanRole::Text, BlockKind::Heading) => SpanRole::Heading,
        (SpanRole::Text, BlockKind::Signature) => SpanRole::Muted,
        _ => role,
    }
}

/// A line cut at `room` columns, with `…` where something is missing.
fn cut_line(segment: &[Span], room: usize) -> Line {
    let total: usize = segment.iter().map(|span| span.text.width()).sum();
    let mut left = room;
    let mut spans = Vec::new();
    for span in segment {
        let width = span.text.width();
        // The sign for the cut needs a cell as long as anything is left out.
        let fits = width < left || total <= room;
        let text = if fits { span.text.clone() } else { cut_always(&span.text, left) };
        left = left.saturating_sub(text.width());
        spans.push(Span { text, ..span.clone() });
        if !fits {
            break;
        }
    }
    Line { spans, picture: None }
}

/// Cut so that the sign is there even when the text alone would fit.
fn cut_always(text: &SafeText, width: usize) -> SafeText {
    if text.width() < width {
        return SafeText::concat(&[text, &SafeText::from_static("…")]);
    }
    SafeText::new(&format!("{text} ")).cut(width)
}

/// Wraps one run of spans without breaks.
struct Wrap<'a> {
    spans: &'a [Span],
    room: usize,
    /// Columns before the second and later lines: under the text of a list item or an indented line.
    hang: usize,
    line: Pieces,
    /// Whether the line holds no word yet.
    fresh: bool,
    word: Pieces,
    /// White space between the line and the word.
    blank: Pieces,
}

/// Pieces of text, each with the place of the span that it comes from.
#[derive(Default)]
struct Pieces {
    list: Vec<(usize, String)>,
    width: usize,
}

impl Pieces {
    fn push(&mut self, place: usize, text: &str, width: usize) {
        self.width += width;
        match self.list.last_mut() {
            Some((last, run)) if *last == place => run.push_str(text),
            _ => self.list.push((place, text.to_owned())),
        }
    }

    fn append(&mut self, other: &mut Self) {
        for (place, text) in other.list.drain(..) {
            self.push(place, &text, 0);
        }
        self.width += std::mem::take(&mut other.width);
    }

    fn clear(&mut self) {
        self.list.clear();
        self.width = 0;
    }
}

impl<'a> Wrap<'a> {
    fn new(spans: &'a [Span], room: usize) -> Self {
        let hang = hang(spans).min(room / 3);
        Self {
            spans,
            room,
            hang,
            line: Pieces::default(),
            fresh: true,
            word: Pieces::default(),
            blank: Pieces::default(),
        }
    }

    fn run(mut self, out: &mut Vec<Line>) {
        for (place, span) in self.spans.iter().enumerate() {
            let text = span.text.as_str();
            if text.is_ascii() {
                self.ascii(place, text, out);
                continue;
            }
            for grapheme in text.graphemes(true) {
                self.grapheme(place, grapheme, out);
            }
        }
        self.end_word(out);
        self.break_line(out);
    }

    /// Text in which every character is a column: word by word instead of letter by letter.
    fn ascii(&mut self, place: usize, mut text: &str, out: &mut Vec<Line>) {
        while !text.is_empty() {
            let end = text.find(' ').unwrap_or(text.len());
            let (word, rest) = text.split_at_checked(end).unwrap_or((text, ""));
            if !word.is_empty() {
                self.word.push(place, word, word.len());
            }
            let next = rest.find(|c| c != ' ').unwrap_or(rest.len());
            let (blank, after) = rest.split_at_checked(next).unwrap_or((rest, ""));
            if !blank.is_empty() {
                self.end_word(out);
                self.blank.push(place, blank, blank.len());
            }
            text = after;
        }
    }

    fn grapheme(&mut self, place: usize, grapheme: &str, out: &mut Vec<Line>) {
        let width = grapheme.width();
        if is_blank(grapheme) {
            self.end_word(out);
            self.blank.push(place, grapheme, width);
            return;
        }
        let wide = width > 1 && grapheme.chars().next().is_some_and(|c| c >= '\u{2e80}');
        if wide && !closes(grapheme) {
            self.end_word(out);
        }
        if width > self.room - self.hang {
            // One cluster wider than the pane: what cannot be drawn is marked.
            self.word.push(place, "…", 1);
        } else {
            self.word.push(place, grapheme, width);
        }
    }

    fn end_word(&mut self, out: &mut Vec<Line>) {
        if self.word.list.is_empty() {
            return;
        }
        if self.line.width + self.blank.width + self.word.width > self.room {
            // Blanks at the break are dropped, but for the indent of the first line.
            if !self.fresh {
                self.break_line(out);
            } else if self.blank.width >= self.room / 2 {
                self.blank.clear();
            }
        }
        self.line.append(&mut self.blank);
        self.fresh = false;
        if self.line.width + self.word.width <= self.room {
            self.line.append(&mut self.word);
            return;
        }
        let word = std::mem::take(&mut self.word);
        for (place, text) in word.list {
            if text.is_ascii() {
                self.break_ascii(place, &text, out);
                continue;
            }
            for grapheme in text.graphemes(true) {
                let width = grapheme.width();
                if self.line.width + width > self.room {
                    self.break_line(out);
                }
                self.fresh = false;
                self.line.push(place, grapheme, width);
            }
        }
    }

    /// Breaks a word of plain letters wherever a line ends.
    fn break_ascii(&mut self, place: usize, mut text: &str, out: &mut Vec<Line>) {
        while !text.is_empty() {
            if self.line.width >= self.room {
                self.break_line(out);
            }
            let room = self.room.saturating_sub(self.line.width).max(1);
            let (piece, rest) = text.split_at_checked(room).unwrap_or((text, ""));
            self.fresh = false;
            self.line.push(place, piece, piece.len());
            text = rest;
        }
    }

    fn break_line(&mut self, out: &mut Vec<Line>) {
        let spans = self
            .line
            .list
            .drain(..)
            .filter_map(|(place, text)| {
                let span = self.spans.get(place).cloned().unwrap_or_default();
                let text = SafeText::new(&text);
                (!text.is_empty()).then_some(Span { text, ..span })
            })
            .collect();
        out.push(Line { spans, picture: None });
        self.line.width = 0;
        self.fresh = true;
        self.blank.clear();
        if self.hang > 0 {
            self.line.push(usize::MAX, &" ".repeat(self.hang), self.hang);
        }
    }
}

/// White space at which a line may break; a no-break space is none.
fn is_blank(grapheme: &str) -> bool {
    grapheme.chars().next().is_some_and(|c| c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{202f}' | '\u{2007}'))
}

/// Wide signs that must not begin a line.
pub(crate) fn closes(grapheme: &str) -> bool {
    matches!(
        grapheme,
        "、" | "。"
            | "，"
            | "．"
            | "："
            | "；"
            | "？"
            | "！"
            | "）"
            | "］"
            | "｝"
            | "」"
            | "』"
            | "】"
            | "》"
            | "〉"
            | "ー"
            | "々"
    )
}

/// The columns under which later lines of a run begin: its own indent and the mark of a list item.
fn hang(spans: &[Span]) -> usize {
    spans.first().map_or(0, |first| hang_of(first.text.as_str()))
}

/// The columns under which the text goes on that begins like this.
pub(crate) fn hang_of(text: &str) -> usize {
    let bare = text.trim_start_matches(' ');
    let indent = text.len() - bare.len();
    let (mark, _) = bare.split_once(' ').unwrap_or((bare, ""));
    let number = mark
        .strip_suffix(['.', ')'])
        .is_some_and(|n| !n.is_empty() && n.len() <= 3 && n.bytes().all(|b| b.is_ascii_digit()));
    if matches!(mark, "-" | "*" | "•" | "+" | "◦" | "–" | "o") || number {
        indent + mark.chars().count() + 1
    } else {
        indent
    }
}

#[cfg(test)]
mod tests;
