//! A cleaned page through html2text, and its annotated lines as ours.

use html2text::config;
use html2text::render::RichAnnotation;

use crate::render::html::grid;
use crate::render::html::out::NO_MARK;
use crate::render::{Line, Span, SpanRole, lay};
use crate::safe_text::SafeText;

/// A line of a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PageLine {
    /// Quote depth.
    pub(crate) quote: u8,
    /// Whether it is (part of) a heading.
    pub(crate) heading: bool,
    /// Its runs of text; none in an empty line.
    pub(crate) spans: Vec<Span>,
}

/// A run of text with what html2text says about it, outermost first.
type Tagged = (String, Vec<RichAnnotation>);

/// Lays a cleaned page out to `width` columns.
pub(super) fn lines(source: &str, width: usize) -> Vec<PageLine> {
    let html2text = config::rich()
        .no_table_borders()
        .unicode_strikeout(false)
        .allow_width_overflow()
        .min_wrap_width(MIN_WRAP.min(width));
    let source = grid::laid(source, width);
    let Ok(rendered) = html2text.lines_from_read(source.as_bytes(), width) else {
        return vec![PageLine { spans: vec![remark()], ..PageLine::default() }];
    };
    let mut whole: Vec<PageLine> = Vec::new();
    for line in rendered {
        let runs: Vec<Tagged> = line.tagged_strings().map(|run| (run.s.clone(), run.tag.clone())).collect();
        let goes_on = goes_on(&runs);
        let line = page_line(runs, width);
        match whole.last_mut().filter(|_| goes_on) {
            Some(last) => last.spans.extend(line.spans),
            None => whole.push(line),
        }
    }
    let mut out: Vec<PageLine> = Vec::new();
    for mut line in whole {
        finish(&mut line);
        let blank = line.spans.is_empty();
        match out.last_mut() {
            None if blank => {}
            // Empty lines in a row are one.
            Some(last) if blank && last.spans.is_empty() => {}
            Some(last) if is_rule(last) && is_rule(&line) => {}
            _ => fit(line, width, &mut out),
        }
    }
    while out.last().is_some_and(|line| line.spans.is_empty()) {
        out.pop();
    }
    bar_gaps(&mut out);
    out
}

/// Whether html2text cut a preformatted line before this, wherever its width ended: we cut it between words.
fn goes_on(runs: &[Tagged]) -> bool {
    let continues = |tag: &RichAnnotation| matches!(tag, RichAnnotation::Preformat(true));
    runs.iter().any(|(_, tags)| tags.iter().any(continues))
}

/// An empty line has the bars that the lines before and after it have in common.
fn bar_gaps(lines: &mut [PageLine]) {
    let quotes: Vec<u8> = lines.iter().map(|line| line.quote).collect();
    for (at, line) in lines.iter_mut().enumerate().filter(|(_, line)| line.spans.is_empty()) {
        let beside = |place: Option<usize>| place.and_then(|place| quotes.get(place)).copied().unwrap_or(0);
        line.quote = beside(at.checked_sub(1)).min(beside(at.checked_add(1)));
    }
}

/// Columns that text in quotes and lists is not made narrower than.
const MIN_WRAP: usize = 5;

fn remark() -> Span {
    let text = SafeText::from_static("(this page could not be laid out: its source can be shown)");
    Span { text, role: SpanRole::Muted, ..Span::default() }
}

/// A line with html2text's marks read: `> ` of quotes, `# ` of headings, `* ` of lists. In the text itself those
/// characters stand behind [`NO_MARK`].
fn page_line(mut runs: Vec<Tagged>, width: usize) -> PageLine {
    let mut line = PageLine::default();
    while let Some((text, _)) = runs.first_mut() {
        if text.is_empty() {
            runs.remove(0);
        } else if let Some(rest) = text.strip_prefix("> ").or_else(|| text.strip_prefix('>')) {
            *text = rest.to_owned();
            line.quote = line.quote.saturating_add(1);
        } else if let Some(rest) = text.strip_prefix("# ").or_else(|| text.strip_prefix('#')) {
            *text = rest.to_owned();
            line.heading = true;
        } else {
            break;
        }
    }
    for (text, tags) in runs {
        push_run(&text, &tags, width, &mut line.spans);
    }
    line
}

/// Takes away blanks at the end, joins rules, and gives a heading its look.
fn finish(line: &mut PageLine) {
    while let Some(last) = line.spans.last_mut() {
        let trimmed = last.text.as_str().trim_end();
        if trimmed.len() == last.text.as_str().len() {
            break;
        }
        if trimmed.is_empty() {
            line.spans.pop();
        } else {
            last.text = SafeText::new(trimmed);
        }
    }
    join_rule(&mut line.spans);
    if line.heading {
        for span in &mut line.spans {
            span.strong = true;
            if span.role == SpanRole::Text {
                span.role = SpanRole::Heading;
            }
        }
    }
}

/// A line drawn in pieces, as under the head of a table, is one rule.
fn join_rule(spans: &mut Vec<Span>) {
    let text: String = spans.iter().map(|span| span.text.as_str()).collect();
    let drawn = text.trim_start();
    let indent = text.len() - drawn.len();
    if drawn.starts_with("────") && drawn.chars().all(|c| matches!(c, '─' | ' ')) && spans.iter().all(is_plain)
    {
        let text = SafeText::new(&format!("{}{}", " ".repeat(indent), drawn.replace(' ', "─")));
        *spans = vec![Span { text, role: SpanRole::Rule, ..Span::default() }];
    }
}

fn is_plain(span: &Span) -> bool {
    span.role == SpanRole::Text && span.link.is_none()
}

fn push_run(text: &str, tags: &[RichAnnotation], width: usize, spans: &mut Vec<Span>) {
    let mut span = Span::default();
    let mut rule = false;
    for tag in tags {
        match tag {
            RichAnnotation::Link(target) => match target.split_at_checked(2) {
                Some(("#t", place)) => (span.role, span.link) = (SpanRole::Link, place.parse().ok()),
                Some(("#b", place)) => (span.role, span.link) = (SpanRole::Button, place.parse().ok()),
                Some(("#n", place)) => (span.role, span.link) = (SpanRole::LinkNote, place.parse().ok()),
                Some(("#p", place)) => (span.role, span.link) = (SpanRole::Picture, place.parse().ok()),
                Some(("#r", _)) => (span.role, rule) = (SpanRole::Rule, true),
                Some(_) | None => {}
            },
            RichAnnotation::Emphasis => span.emphasis = true,
            RichAnnotation::Strong => span.strong = true,
            RichAnnotation::Code if span.role == SpanRole::Text => span.role = SpanRole::Code,
            RichAnnotation::Strikeout if span.role == SpanRole::Text => span.role = SpanRole::Muted,
            // Images are text already, and preformatted text has its breaks.
            RichAnnotation::Code
            | RichAnnotation::Strikeout
            | RichAnnotation::Default
            | RichAnnotation::Image(_)
            | RichAnnotation::Preformat(_)
            | RichAnnotation::Colour(_)
            | RichAnnotation::BgColour(_)
            | _ => {}
        }
    }
    if rule {
        span.text = SafeText::new(&"─".repeat(width));
        if spans.iter().all(|before| before.role != SpanRole::Rule) {
            spans.push(span);
        }
        return;
    }
    let at_start = spans.iter().all(|before| before.text.as_str().trim().is_empty());
    if let Some((indent, rest)) = text.split_once("* ").filter(|(indent, _)| at_start && indent.trim().is_empty()) {
        let mark = SafeText::new(&format!("{indent}• "));
        spans.push(Span { text: mark, role: SpanRole::Muted, ..Span::default() });
        return push_run(rest, tags, width, spans);
    }
    span.text = SafeText::new(&text.replace('\u{a0}', " ").replace([NO_MARK, '\u{200b}'], ""));
    match spans.last_mut() {
        _ if span.text.is_empty() => {}
        Some(last) if last.role == span.role && last.link == span.link && same_look(last, &span) => {
            last.text = SafeText::concat(&[&last.text, &span.text]);
        }
        _ => spans.push(span),
    }
}

fn same_look(one: &Span, two: &Span) -> bool {
    one.strong == two.strong && one.emphasis == two.emphasis
}

fn is_rule(line: &PageLine) -> bool {
    !line.spans.is_empty()
        && line.spans.iter().all(|span| span.role == SpanRole::Rule || span.text.as_str().trim().is_empty())
}

/// Adds a line; one that html2text left too wide is wrapped.
fn fit(line: PageLine, width: usize, out: &mut Vec<PageLine>) {
    let room = width.saturating_sub(usize::from(line.quote) + usize::from(line.quote > 0)).max(1);
    let total: usize = line.spans.iter().map(|span| span.text.width()).sum();
    if total <= room {
        out.push(line);
    } else if is_rule(&line) {
        let text = SafeText::new(&"─".repeat(room));
        out.push(PageLine { spans: vec![Span { text, role: SpanRole::Rule, ..Span::default() }], ..line });
    } else {
        let mut wrapped: Vec<Line> = Vec::new();
        lay::wrap(&line.spans, room, &mut wrapped);
        out.extend(wrapped.into_iter().map(|part| PageLine { spans: part.spans, ..line }));
    }
}
