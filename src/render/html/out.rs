//! The cleaned page while it is written: flat, well formed, of few tags, so that no later step can be made slow by it.
//!
//! A run of text stands in a paragraph; paragraphs follow each other and are never nested. Only quotes, lists and
//! tables of data are, and those to a limit. `html::flow` reads the marks that are set here.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use crate::render::html::table::{Cell, Table};
use crate::render::plain::MAX_QUOTE;
use crate::safe_text::SafeText;

/// Lists inside of each other that are told apart.
const MAX_LISTS: usize = 10;

/// Tables inside of each other that are looked at.
const MAX_TABLES: usize = 30;

/// Paragraphs and lines of one page; nobody reads on, and each costs time at every change of the width.
const MAX_LINES: usize = 20_000;

/// Stands before a character of the text that html2text's own marks begin with; it has no width and is never shown.
pub(super) const NO_MARK: char = '\u{2060}';

/// What a paragraph is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Kind {
    /// Text that is wrapped.
    #[default]
    Prose,
    /// A heading.
    Heading,
    /// Text whose breaks and columns are kept.
    Pre,
}

/// The look of a run of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is inherited on its own, as in CSS")]
pub(super) struct Run {
    /// The place of the link that it belongs to.
    pub(super) link: Option<u16>,
    /// Whether that link is drawn as a button.
    pub(super) button: bool,
    /// Bold.
    pub(super) strong: bool,
    /// Italic.
    pub(super) emphasis: bool,
    /// Struck through.
    pub(super) strike: bool,
    /// Code.
    pub(super) code: bool,
}

/// The open paragraph.
#[derive(Debug, Default)]
struct Paragraph {
    /// Where it begins in the source.
    at: usize,
    kind: Kind,
    /// Its text, as far as a table needs it.
    plain: String,
    width: usize,
    breaks: usize,
    /// Where the source ended after the last text that is seen.
    seen: usize,
}

/// What is open around a paragraph.
#[derive(Debug)]
enum Container {
    Quote { written: bool },
    List { start: Option<u32>, written: bool },
}

/// The source that is written.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "pending marks that are set and taken independently")]
pub(super) struct Out {
    source: String,
    letters: usize,
    paragraph: Option<Paragraph>,
    run: Run,
    containers: Vec<Container>,
    tables: Vec<Table>,
    /// Table tags beyond [`MAX_TABLES`] whose end tags are still to come.
    ignored: usize,
    /// Whether the next paragraph is set apart by an empty line.
    gap: bool,
    /// Whether a list item or a quote began and holds nothing yet.
    fresh: bool,
    /// Whether a row or cell of a layout began since the last paragraph.
    row: bool,
    /// Whether the next paragraph is an item of no list.
    bullet: bool,
    last_width: usize,
    /// The paragraphs that ended.
    count: usize,
    /// The line breaks in them.
    breaks: usize,
    /// Kind, text, columns and breaks of the last one.
    last: Option<(Kind, String, usize, usize)>,
}

impl Out {
    /// Letters and digits written.
    pub(super) fn letters(&self) -> usize {
        self.letters
    }

    /// The page.
    pub(super) fn into_source(self) -> String {
        self.source
    }

    /// Whether the page is so long that only its beginning is written.
    pub(super) fn is_full(&self) -> bool {
        self.count + self.breaks >= MAX_LINES
    }

    /// Whether a list is open in this cell.
    pub(super) fn in_list(&self) -> bool {
        self.containers.iter().skip(self.base()).any(|container| matches!(container, Container::List { .. }))
    }

    /// Whether a list item began and holds nothing yet.
    pub(super) fn at_item_start(&self) -> bool {
        self.fresh
    }

    /// The next paragraph is set apart by an empty line.
    pub(super) fn set_apart(&mut self) {
        self.gap = true;
    }

    /// Adds text to the paragraph, which begins when there is none.
    pub(super) fn text(&mut self, text: &str, space: bool, kind: Kind, run: Run) {
        if self.is_full() {
            return;
        }
        if self.paragraph.is_none() {
            self.begin(kind);
        }
        let at_start = self.paragraph.as_ref().is_none_or(|paragraph| paragraph.seen == paragraph.at)
            || self.source.ends_with("<br>");
        if run == self.run {
            if space && !at_start {
                self.source.push(' ');
            }
        } else {
            // The space before a link is not part of it.
            self.end_run();
            if space && !at_start {
                self.source.push(' ');
            }
            self.start_run(run);
        }
        let safe = SafeText::new(text);
        self.letters += safe.as_str().chars().filter(|c| c.is_alphanumeric()).count();
        escape(safe.as_str(), kind, &mut self.source);
        let seen = self.source.len();
        if let Some(paragraph) = &mut self.paragraph {
            paragraph.seen = seen;
            paragraph.width += safe.as_str().width() + usize::from(space && !at_start);
            if paragraph.plain.len() < 400 {
                if space && !at_start {
                    paragraph.plain.push(' ');
                }
                paragraph.plain.push_str(safe.as_str());
            }
        }
    }

    /// A picture, on lines of its own; the words stand for it where it is not shown.
    pub(super) fn picture(&mut self, place: u16, words: &str) {
        if self.is_full() {
            return;
        }
        self.end_paragraph();
        self.begin(Kind::Prose);
        // Writing to a String cannot fail.
        let _ = write!(self.source, "<a href=\"#p{place}\">");
        escape(words, Kind::Prose, &mut self.source);
        self.source.push_str("</a>");
        let seen = self.source.len();
        if let Some(paragraph) = &mut self.paragraph {
            paragraph.seen = seen;
            paragraph.width = words.width();
        }
        self.end_paragraph();
    }

    /// The little text beside a link.
    pub(super) fn link_note(&mut self, place: u16, note: &str) {
        self.end_run();
        if self.paragraph.is_none() {
            return;
        }
        // Writing to a String cannot fail.
        let _ = write!(self.source, "<a href=\"#n{place}\">");
        escape(note, Kind::Prose, &mut self.source);
        self.source.push_str("</a>");
        let seen = self.source.len();
        if let Some(paragraph) = &mut self.paragraph {
            paragraph.seen = seen;
            paragraph.width += note.width();
            paragraph.plain.push_str(note);
        }
    }

    /// A line break inside of preformatted text.
    pub(super) fn pre_break(&mut self) {
        if let Some(paragraph) = &mut self.paragraph {
            paragraph.breaks += 1;
            self.source.push('\n');
        }
    }

    /// A `br`: two in a row end the paragraph.
    pub(super) fn line_break(&mut self) {
        self.end_run();
        match &mut self.paragraph {
            None => self.gap = true,
            Some(paragraph) if paragraph.kind == Kind::Pre => {
                paragraph.breaks += 1;
                self.source.push('\n');
            }
            Some(_) if self.source.ends_with("<br>") => {
                self.end_paragraph();
                self.gap = true;
            }
            Some(paragraph) => {
                paragraph.breaks += 1;
                self.source.push_str("<br>");
            }
        }
    }

    /// A rule across the page; two in a row are one.
    pub(super) fn rule(&mut self) {
        const RULE: &str = "<div><a href=\"#r\">────────</a></div>";
        self.end_paragraph();
        if !self.source.ends_with(RULE) {
            self.write_lists();
            self.source.push_str("<br>");
            self.source.push_str(RULE);
            self.count += 1;
            self.last = None;
            self.fresh = false;
        }
        self.gap = true;
    }

    fn begin(&mut self, kind: Kind) {
        self.write_lists();
        let at = self.source.len();
        self.paragraph = Some(Paragraph { at, kind, seen: at, ..Paragraph::default() });
        if std::mem::take(&mut self.bullet) {
            self.source.push_str("• ");
        }
    }

    /// Ends the paragraph; `false` when there was none to see.
    pub(super) fn end_paragraph(&mut self) -> bool {
        self.end_run();
        let Some(paragraph) = self.paragraph.take() else { return false };
        if paragraph.seen == paragraph.at {
            self.source.truncate(paragraph.at);
            return false;
        }
        self.source.truncate(paragraph.seen);
        let row = std::mem::take(&mut self.row) && (paragraph.width > 60 || self.last_width > 60);
        let gap = (std::mem::take(&mut self.gap) || row) && !std::mem::take(&mut self.fresh);
        self.fresh = false;
        self.last_width = paragraph.width;
        let tag = match paragraph.kind {
            Kind::Prose => "div",
            Kind::Heading => "h1",
            Kind::Pre => "pre",
        };
        let apart = if gap && paragraph.at > 0 { "<br>" } else { "" };
        if paragraph.kind == Kind::Prose && has_marks(self.source.get(paragraph.at..).unwrap_or("")) {
            let body = self.source.split_off(paragraph.at);
            self.source.push_str(apart);
            list_lines(&body, &mut self.source);
        } else {
            self.source.insert_str(paragraph.at, &format!("{apart}<{tag}>"));
            // Writing to a String cannot fail.
            let _ = write!(self.source, "</{tag}>");
        }
        self.count += 1;
        self.breaks += paragraph.breaks;
        self.last = Some((paragraph.kind, paragraph.plain, paragraph.width, paragraph.breaks));
        true
    }

    fn start_run(&mut self, run: Run) {
        if let Some(place) = run.link {
            // Writing to a String cannot fail.
            let kind = if run.button { 'b' } else { 't' };
            let _ = write!(self.source, "<a href=\"#{kind}{place}\">");
        }
        for (on, tag) in [(run.strong, "<b>"), (run.emphasis, "<i>"), (run.strike, "<s>"), (run.code, "<code>")] {
            if on {
                self.source.push_str(tag);
            }
        }
        self.run = run;
    }

    fn end_run(&mut self) {
        let run = std::mem::take(&mut self.run);
        for (on, tag) in [
            (run.code, "</code>"),
            (run.strike, "</s>"),
            (run.emphasis, "</i>"),
            (run.strong, "</b>"),
            (run.link.is_some(), "</a>"),
        ] {
            if on {
                self.source.push_str(tag);
            }
        }
        let length = self.source.len();
        if let Some(paragraph) = self.paragraph.as_mut().filter(|_| run != Run::default()) {
            paragraph.seen = length;
        }
    }

    /// The containers that belong to the cells around the open one, which its tags must not close.
    fn base(&self) -> usize {
        self.tables.last().map_or(0, |table| table.base)
    }

    /// A list is written when its first item or text comes: an empty one around another is only its indent.
    fn write_lists(&mut self) {
        let deep = self.lists() >= MAX_LISTS;
        let Some(Container::List { start, written: false }) = self.containers.last_mut() else { return };
        if deep {
            return;
        }
        let start = start.take();
        self.open_list(start);
        self.source.push_str("<li>");
        self.fresh = true;
    }

    fn lists(&self) -> usize {
        self.containers.iter().filter(|container| matches!(container, Container::List { written: true, .. })).count()
    }

    fn open_list(&mut self, start: Option<u32>) {
        match start {
            // Writing to a String cannot fail.
            Some(number) => drop(write!(self.source, "<ol start=\"{number}\">")),
            None => self.source.push_str("<ul>"),
        }
        if let Some(Container::List { written, start: kept }) = self.containers.last_mut() {
            (*written, *kept) = (true, start);
        }
    }

    /// A list begins.
    pub(super) fn start_list(&mut self, start: Option<u32>) {
        self.containers.push(Container::List { start, written: false });
    }

    /// An item begins; the one before it ends by that.
    pub(super) fn start_item(&mut self) {
        let lists = self.lists();
        match self.containers.last() {
            Some(Container::List { start, written: false }) if lists < MAX_LISTS => {
                let start = *start;
                if std::mem::take(&mut self.gap) && !self.fresh && lists == 0 && !self.source.is_empty() {
                    self.source.push_str("<br>");
                }
                self.open_list(start);
            }
            // Lists read best when they are tight.
            Some(Container::List { written: true, .. }) => self.gap = false,
            // An item of no list is a line with a mark.
            Some(Container::List { .. } | Container::Quote { .. }) | None => {
                self.bullet = true;
                return;
            }
        }
        self.source.push_str("<li>");
        self.fresh = true;
    }

    /// The innermost list of this cell ends, and all that is open in it.
    pub(super) fn end_list(&mut self) {
        let place = self.containers.iter().rposition(|container| matches!(container, Container::List { .. }));
        self.close_down_to(place);
    }

    /// A quote begins.
    pub(super) fn start_quote(&mut self) {
        let quotes = self.containers.iter().filter(|c| matches!(c, Container::Quote { written: true })).count();
        let written = quotes < usize::from(MAX_QUOTE);
        if written {
            self.write_lists();
            self.source.push_str("<blockquote>");
            self.fresh = true;
        }
        self.containers.push(Container::Quote { written });
    }

    /// The innermost quote of this cell ends, and all that is open in it.
    pub(super) fn end_quote(&mut self) {
        let place = self.containers.iter().rposition(|container| matches!(container, Container::Quote { .. }));
        self.close_down_to(place);
    }

    fn close_down_to(&mut self, place: Option<usize>) {
        if let Some(place) = place.filter(|place| *place >= self.base()) {
            self.end_paragraph();
            for container in self.containers.drain(place..).rev() {
                self.source.push_str(match container {
                    Container::Quote { written: true } => "</blockquote>",
                    Container::List { start: Some(_), written: true } => "</ol>",
                    Container::List { start: None, written: true } => "</ul>",
                    Container::Quote { written: false } | Container::List { written: false, .. } => "",
                });
            }
            self.gap = !self.in_list();
            self.fresh = false;
        }
    }

    /// A table begins.
    pub(super) fn start_table(&mut self) {
        if let Some(outer) = self.tables.last_mut() {
            outer.nested = true;
        }
        if self.tables.len() < MAX_TABLES {
            self.write_lists();
            let (start, base) = (self.source.len(), self.containers.len());
            self.tables.push(Table { start, base, ..Table::default() });
        } else {
            self.ignored += 1;
        }
    }

    /// A row of the table begins.
    pub(super) fn start_row(&mut self) {
        self.end_cell();
        self.row = true;
        if let Some(table) = self.tables.last_mut().filter(|_| self.ignored == 0) {
            table.rows.push(Vec::new());
        }
    }

    /// A cell of the row begins, that takes so many columns.
    pub(super) fn start_cell(&mut self, header: bool, span: usize) {
        self.end_cell();
        self.row = true;
        let (start, count) = (self.source.len(), self.count);
        if let Some(table) = self.tables.last_mut().filter(|_| self.ignored == 0) {
            table.open = Some((start, count, header, span));
        }
    }

    /// The open cell ends, if there is one.
    pub(super) fn end_cell(&mut self) {
        if self.ignored > 0 || self.tables.is_empty() {
            return;
        }
        self.end_paragraph();
        self.close_down_to(Some(self.base()).filter(|base| *base < self.containers.len()));
        let end = self.source.len();
        let count = self.count;
        let last = &self.last;
        if let Some(table) = self.tables.last_mut()
            && let Some((start, before, header, span)) = table.open.take()
        {
            let single = count == before + 1;
            let paragraph = last.as_ref().filter(|(kind, ..)| single && *kind != Kind::Pre);
            let text = paragraph.map(|(_, text, width, _)| (text.clone(), *width));
            let broken = paragraph.is_some_and(|(.., breaks)| *breaks > 0);
            table.close_cell(Cell { start, end, empty: count == before, text, broken, header, span });
        }
    }

    /// The table ends: what is no data is read from top to bottom.
    pub(super) fn end_table(&mut self) {
        if self.ignored > 0 {
            self.ignored -= 1;
            return;
        }
        self.end_cell();
        if let Some(table) = self.tables.pop() {
            let gap = self.gap;
            table.finish(&mut self.source);
            self.gap = gap;
        }
        self.gap = true;
    }

    /// Ends all that is open.
    pub(super) fn finish(&mut self) {
        self.end_paragraph();
        self.ignored = 0;
        while !self.tables.is_empty() {
            self.end_table();
        }
        self.close_down_to(Some(0).filter(|_| !self.containers.is_empty()));
    }
}

/// Whether a line of a paragraph begins as people write lists by hand.
fn has_marks(body: &str) -> bool {
    body.split("<br>").any(|line| list_mark(line).is_some())
}

/// Writes the lines of a paragraph that begin as items of a list as such, so that their later lines hang.
fn list_lines(body: &str, source: &mut String) {
    for line in body.split("<br>") {
        // Writing to a String cannot fail.
        let _ = match list_mark(line) {
            Some((Some(number), text)) => write!(source, "<ol start=\"{number}\"><li><div>{text}</div></ol>"),
            Some((None, text)) => write!(source, "<ul><li><div>{text}</div></ul>"),
            None if line.is_empty() => write!(source, "<br>"),
            None => write!(source, "<div>{line}</div>"),
        };
    }
}

/// The number, if it has one, and the text of a line that begins with `1. `, `- `, `* ` or `• `.
fn list_mark(line: &str) -> Option<(Option<u32>, &str)> {
    let (mark, text) = line.split_once(' ')?;
    let text = text.trim_start();
    if text.is_empty() || text.starts_with(['-', NO_MARK]) {
        return None;
    }
    if matches!(mark.trim_start_matches(NO_MARK), "-" | "*" | "•" | "·") {
        return Some((None, text));
    }
    let digits = mark.strip_suffix('.').filter(|digits| digits.len() <= 3 && !digits.starts_with('0'))?;
    Some((Some(digits.parse().ok()?), text))
}

/// Writes text so that html2text reads it as just that text, and breaks between wide letters.
fn escape(text: &str, kind: Kind, source: &mut String) {
    for c in text.chars() {
        match c {
            '&' => source.push_str("&amp;"),
            '<' => source.push_str("&lt;"),
            '>' => {
                source.push(NO_MARK);
                source.push_str("&gt;");
            }
            '#' | '*' => source.extend([NO_MARK, c]),
            _ if kind != Kind::Pre && c >= '\u{2e80}' && !is_joined(c) => source.extend(['\u{200b}', c]),
            _ => source.push(c),
        }
    }
}

/// Signs that must not begin a line, and what is no letter of its own.
fn is_joined(c: char) -> bool {
    let mut buffer = [0; 4];
    let text: &str = c.encode_utf8(&mut buffer);
    text.width() < 2 || crate::render::lay::closes(text) || ('\u{1f000}'..).contains(&c)
}
