//! text/html to blocks, in one pass over the tokens: no tree is built, so that no nesting costs more than its tags.
//!
//! Nothing is ever fetched. Colours, fonts and positions of the document are ignored; what it hides stays hidden.

mod style;
mod table;
mod tag;

use std::cell::RefCell;
use std::collections::HashSet;

use html5ever::LocalName;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

use crate::render::html::style::Inline;
use crate::render::html::table::Table;
use crate::render::html::tag::{Flow, attribute, flow, has_class, is_filler, is_remote, is_space, is_void};
use crate::render::link::{Links, same_site, shown_host, superscript};
use crate::render::plain::MAX_QUOTE;
use crate::render::{Block, BlockKind, Span, SpanRole};
use crate::safe_text::{SafeText, expand_tabs};

/// Open elements that are tracked; deeper ones are read as if their tags were not there.
const MAX_DEPTH: usize = 1_000;

/// How far up an end tag looks for its start.
const MAX_SEARCH: usize = 200;

/// Style sheets are read up to this many bytes.
const MAX_SHEET: usize = 256 << 10;

/// Characters of an image's alternative text.
const MAX_ALT: usize = 120;

/// What came out of an HTML part.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The text.
    pub(crate) blocks: Vec<Block>,
    /// Images on the net that were not loaded.
    pub(crate) images: usize,
    /// Whether anything else on the net was named to be loaded.
    pub(crate) remote: bool,
    /// Whether tags were nested too deeply to be kept apart.
    pub(crate) deep: bool,
}

/// Reads HTML. The caller has cut it to size.
pub(crate) fn page(html: &str, links: &mut Links) -> Page {
    let builder = Builder { links: std::mem::take(links), ..Builder::default() };
    let sink = Sink(RefCell::new(builder));
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from_slice(html));
    // Without a script handle the tokenizer never stops before the end of its input.
    drop(tokenizer.feed(&queue));
    tokenizer.end();
    let mut builder = tokenizer.sink.0.into_inner();
    builder.finish();
    *links = builder.links;
    builder.page
}

struct Sink(RefCell<Builder>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let Ok(mut builder) = self.0.try_borrow_mut() else { return TokenSinkResult::Continue };
        match token {
            Token::CharacterTokens(text) => builder.text(&text),
            Token::TagToken(tag) => match tag.kind {
                TagKind::StartTag => return builder.start(&tag),
                TagKind::EndTag => builder.end(&tag.name),
            },
            Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::NullCharacterToken
            | Token::EOFToken
            | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

/// What an element hands down to its content.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is inherited on its own, as in CSS")]
struct Look {
    hidden: bool,
    font_zero: bool,
    strong: bool,
    emphasis: bool,
    code: bool,
    pre: bool,
    heading: bool,
    quote: u8,
    indent: u16,
}

/// An open element and what was in force before it.
struct Open {
    name: LocalName,
    before: Look,
}

/// An open `a` element.
struct OpenLink {
    target: String,
    place: Option<u16>,
    shown: String,
    button: bool,
    /// Number of blocks when it began.
    start: usize,
}

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "pending marks that are set and taken independently")]
struct Builder {
    page: Page,
    links: Links,
    look: Look,
    open: Vec<Open>,
    /// Start tags beyond [`MAX_DEPTH`] whose end tags are still to come.
    ignored: usize,
    link: Option<OpenLink>,
    lists: Vec<Option<u32>>,
    marker: Option<String>,
    tables: Vec<Table>,
    hidden_names: HashSet<String>,
    /// The style sheet that is being read.
    sheet: Option<String>,
    /// The runs of the line or paragraph that is being read.
    runs: Vec<Span>,
    run: String,
    run_look: Span,
    space: bool,
    /// Whether the next block is set apart by an empty line.
    gap: bool,
    /// Whether a row or cell of a layout began since the last block.
    row: bool,
    /// Whether the line held a no-break space, which makes an empty line real.
    blank_line: bool,
    last_width: usize,
}

impl Builder {
    fn start(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name = &*tag.name;
        let style = attribute(tag, "style").map(style::inline).unwrap_or_default();
        self.count_remote(tag, style);
        match name {
            "br" => self.line_break(),
            "img" => self.image(tag, style),
            "hr" => self.rule(),
            _ => {}
        }
        if is_void(name) {
            return TokenSinkResult::Continue;
        }
        self.boundary(name, style.no_margin || has_class(tag, "MsoNormal"));
        let before = self.look;
        if self.open.len() < MAX_DEPTH {
            self.open.push(Open { name: tag.name.clone(), before });
            self.take_on(tag, style);
        } else {
            self.ignored += 1;
            self.page.deep = true;
        }
        self.structure(tag, style);
        match name {
            "style" => {
                self.sheet = Some(String::new());
                TokenSinkResult::RawData(RawKind::Rawtext)
            }
            "script" => TokenSinkResult::RawData(RawKind::ScriptData),
            "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
            "xmp" | "iframe" | "noembed" | "noframes" => TokenSinkResult::RawData(RawKind::Rawtext),
            _ => TokenSinkResult::Continue,
        }
    }

    /// What the element changes in the look of its content.
    fn take_on(&mut self, tag: &Tag, style: Inline) {
        let hidden_by_name = |builder: &Self| {
            let class = attribute(tag, "class").unwrap_or("");
            let by_class = class.split_whitespace().any(|name| builder.hidden_names.contains(&format!(".{name}")));
            by_class || attribute(tag, "id").is_some_and(|id| builder.hidden_names.contains(&format!("#{id}")))
        };
        self.look.hidden |= style.hidden || attribute(tag, "hidden").is_some();
        if !self.look.hidden && !self.hidden_names.is_empty() {
            self.look.hidden = hidden_by_name(self);
        }
        self.look.font_zero = style.font_zero.unwrap_or(self.look.font_zero);
        self.look.strong |= style.bold;
        self.look.pre |= style.pre;
        match &*tag.name {
            "b" | "strong" | "th" => self.look.strong = true,
            "i" | "em" | "cite" => self.look.emphasis = true,
            "code" | "tt" | "kbd" | "samp" => self.look.code = true,
            "pre" => self.look.pre = true,
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.look.heading = true,
            "blockquote" => self.look.quote = (self.look.quote + 1).min(MAX_QUOTE),
            "script" | "style" | "title" | "iframe" | "svg" | "math" | "template" | "select" | "textarea"
            | "canvas" | "object" | "audio" | "video" | "xmp" | "noembed" | "noframes" => self.look.hidden = true,
            "dd" => self.look.indent = (self.look.indent + 2).min(20),
            "ul" | "ol" if !self.lists.is_empty() => self.look.indent = (self.look.indent + 2).min(20),
            _ => {}
        }
    }

    /// Links, lists and tables.
    fn structure(&mut self, tag: &Tag, style: Inline) {
        match &*tag.name {
            "a" => {
                self.close_link();
                if let Some(target) = attribute(tag, "href") {
                    let class = attribute(tag, "class").unwrap_or("").to_ascii_lowercase();
                    self.link = Some(OpenLink {
                        target: target.to_owned(),
                        place: None,
                        shown: String::new(),
                        button: style.background || class.contains("button") || class.contains("btn"),
                        start: self.page.blocks.len(),
                    });
                }
            }
            "ul" => self.lists.push(None),
            "ol" => self.lists.push(Some(attribute(tag, "start").and_then(|n| n.parse().ok()).unwrap_or(1))),
            "li" => {
                self.marker = Some(match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number = number.saturating_add(1);
                        format!("{}. ", number.saturating_sub(1))
                    }
                    Some(None) | None => "• ".to_owned(),
                });
            }
            "table" => {
                if let Some(outer) = self.tables.last_mut() {
                    outer.nested = true;
                }
                if self.tables.len() < MAX_DEPTH {
                    self.tables.push(Table { start: self.page.blocks.len(), ..Table::default() });
                }
            }
            "tr" => {
                self.row = true;
                self.close_cell();
                if let Some(table) = self.tables.last_mut() {
                    table.rows.push(Vec::new());
                }
            }
            "td" | "th" => {
                self.row = true;
                self.close_cell();
                let start = self.page.blocks.len();
                if let Some(table) = self.tables.last_mut() {
                    table.open = Some((start, &*tag.name == "th"));
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &LocalName) {
        if let Some(sheet) = self.sheet.take_if(|_| &**name == "style") {
            style::hidden_names(&sheet, &mut self.hidden_names);
        }
        self.boundary(name, false);
        match &**name {
            "a" => self.close_link(),
            "ul" | "ol" => {
                self.lists.pop();
                self.marker = None;
            }
            "td" | "th" | "tr" => self.close_cell(),
            "table" => self.close_table(),
            "p" if !self.open.iter().rev().take(MAX_SEARCH).any(|open| open.name == *name) => self.gap = true,
            _ => {}
        }
        if self.ignored > 0 {
            self.ignored -= 1;
            return;
        }
        let scope = matches!(&**name, "table" | "td" | "th" | "tr" | "tbody" | "thead" | "tfoot" | "body" | "html");
        let mut found = None;
        for (at, open) in self.open.iter().enumerate().rev().take(MAX_SEARCH) {
            if open.name == *name {
                found = Some(at);
                break;
            }
            if !scope && matches!(&*open.name, "td" | "th" | "table") {
                break;
            }
        }
        if let Some(open) = found.and_then(|at| self.open.drain(at..).next()) {
            self.look = open.before;
        }
    }

    /// Ends the running paragraph where an element begins or ends that stands on its own lines.
    fn boundary(&mut self, name: &str, no_margin: bool) {
        match flow(name) {
            Flow::Inline => {}
            Flow::Block => self.flush(),
            Flow::Apart => {
                self.flush();
                let nested_list = matches!(name, "ul" | "ol") && !self.lists.is_empty();
                let in_item = name == "p" && self.marker.is_some();
                self.gap |= !no_margin && !nested_list && !in_item;
            }
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(sheet) = &mut self.sheet {
            if sheet.len() + text.len() <= MAX_SHEET {
                sheet.push_str(text);
            }
            return;
        }
        if self.look.hidden || self.look.font_zero {
            return;
        }
        if self.look.pre {
            for (number, line) in text.split('\n').enumerate() {
                if number > 0 {
                    self.end_run();
                    if !self.runs.is_empty() {
                        self.runs.push(Span { role: SpanRole::Break, ..Span::default() });
                    }
                }
                let line = expand_tabs(line.trim_end_matches('\r'));
                if !line.is_empty() {
                    self.append(&line);
                }
            }
            return;
        }
        let mut rest = text;
        while !rest.is_empty() {
            let word_end = rest.find(is_space).unwrap_or(rest.len());
            let (word, after) = rest.split_at_checked(word_end).unwrap_or((rest, ""));
            if !word.is_empty() {
                self.append(word);
            }
            let next = after.find(|c| !is_space(c)).unwrap_or(after.len());
            let (spaces, tail) = after.split_at_checked(next).unwrap_or((after, ""));
            self.space |= spaces.contains(|c| !is_filler(c));
            self.blank_line |= spaces.contains('\u{a0}');
            rest = tail;
        }
    }

    /// Adds text without white space to collapse.
    fn append(&mut self, text: &str) {
        if let Some(marker) = self.marker.take() {
            self.end_run();
            self.runs.push(Span { text: SafeText::new(&marker), role: SpanRole::Muted, ..Span::default() });
            self.space = false;
        }
        let at_start = self.run.is_empty() && self.runs.last().is_none_or(|run| run.role == SpanRole::Break);
        let space = std::mem::take(&mut self.space) && !at_start;
        if let Some(link) = &mut self.link {
            if link.place.is_none() {
                link.place = self.links.add(&link.target);
            }
            if link.shown.len() < 200 {
                if space {
                    link.shown.push(' ');
                }
                link.shown.push_str(text);
            }
        }
        let place = self.link.as_ref().and_then(|link| link.place);
        let role = match (place, self.look.code) {
            (Some(_), _) => SpanRole::Link,
            (None, true) => SpanRole::Code,
            (None, false) => SpanRole::Text,
        };
        let look = Span {
            text: SafeText::default(),
            role,
            strong: self.look.strong,
            emphasis: self.look.emphasis,
            link: place,
        };
        if look != self.run_look || self.run.is_empty() {
            // The space before a link is not part of it.
            if space && self.run_look.link.is_none() && !self.run.is_empty() {
                self.run.push(' ');
                self.end_run();
            } else {
                self.end_run();
                if space && place.is_some() {
                    self.runs.push(Span { text: SafeText::from_static(" "), ..Span::default() });
                } else if space {
                    self.run.push(' ');
                }
            }
            self.run_look = look;
        } else if space {
            self.run.push(' ');
        }
        self.run.push_str(text);
    }

    fn end_run(&mut self) {
        if !self.run.is_empty() {
            let run = std::mem::take(&mut self.run);
            let mut text = SafeText::new(&run);
            // Joiners between no-break spaces are a filler of previews; without them only blanks are left.
            if run.contains('\u{200c}') && text.as_str().contains("  ") {
                text = SafeText::squeezed(text.as_str());
            }
            if !text.is_empty() {
                self.runs.push(Span { text, ..self.run_look.clone() });
            }
        }
    }

    fn line_break(&mut self) {
        if self.look.hidden {
            return;
        }
        self.end_run();
        self.space = false;
        match self.runs.last() {
            None => self.gap = true,
            Some(run) if run.role == SpanRole::Break && !self.look.pre => {
                self.flush();
                self.gap = true;
            }
            Some(_) => self.runs.push(Span { role: SpanRole::Break, ..Span::default() }),
        }
    }

    fn image(&mut self, tag: &Tag, style: Inline) {
        let tiny = |name: &str| attribute(tag, name).is_some_and(|size| matches!(size.trim(), "0" | "1" | "2"));
        let alt: String = attribute(tag, "alt").unwrap_or("").chars().take(MAX_ALT).collect();
        let alt = SafeText::squeezed(&alt);
        if alt.is_empty() || tiny("width") || tiny("height") || style.hidden || self.look.hidden {
            return;
        }
        // The size of the font says nothing about an image.
        let font_zero = std::mem::take(&mut self.look.font_zero);
        self.text(&format!("[{alt}]"));
        self.look.font_zero = font_zero;
    }

    fn rule(&mut self) {
        self.flush();
        if !self.look.hidden && self.page.blocks.last().is_none_or(|block| block.kind != BlockKind::Rule) {
            self.gap = true;
            self.push_block(BlockKind::Rule, Vec::new());
            self.gap = true;
        }
    }

    fn count_remote(&mut self, tag: &Tag, style: Inline) {
        let remote = |name: &str| attribute(tag, name).is_some_and(is_remote);
        match &*tag.name {
            "img" | "input" if remote("src") || attribute(tag, "srcset").is_some() => self.page.images += 1,
            "image" if remote("href") || remote("xlink:href") => self.page.images += 1,
            "link" | "use" | "object" | "iframe" | "embed" | "video" | "audio" | "source" | "track" | "frame" => {
                let named = ["href", "src", "data", "poster", "srcset", "xlink:href"].into_iter().any(remote);
                self.page.remote |= named;
            }
            _ => {}
        }
        if remote("background") {
            self.page.images += 1;
        }
        self.page.remote |= style.remote;
    }

    /// Ends the `a` element: its number, and its host where the text says something else.
    fn close_link(&mut self) {
        let Some(link) = self.link.take() else { return };
        let Some(place) = link.place else { return };
        self.end_run();
        let real = self.links.host(place);
        let pretends = shown_host(&link.shown).is_some_and(|shown| !same_site(&shown, real));
        let note = if (pretends || link.button) && !real.is_empty() {
            format!("{} {real}", superscript(place))
        } else {
            superscript(place)
        };
        let span = Span { text: SafeText::new(&note), role: SpanRole::LinkNote, link: Some(place), ..Span::default() };
        let after_start = self.page.blocks.len() > link.start;
        if !self.runs.is_empty() {
            self.runs.push(span);
        } else if let Some(block) = self.page.blocks.last_mut().filter(|_| after_start) {
            block.spans.push(span);
        }
    }

    fn close_cell(&mut self) {
        self.flush();
        let end = self.page.blocks.len();
        if let Some(table) = self.tables.last_mut() {
            table.close_cell(end);
        }
    }

    fn close_table(&mut self) {
        self.close_cell();
        if let Some(table) = self.tables.pop() {
            table.finish(&mut self.page.blocks);
        }
        self.gap = true;
    }

    /// Makes a block of the running paragraph.
    fn flush(&mut self) {
        self.end_run();
        let mut runs = std::mem::take(&mut self.runs);
        self.space = false;
        let blank_line = std::mem::take(&mut self.blank_line);
        let visible = |run: &Span| run.role != SpanRole::Break && !run.text.as_str().trim().is_empty();
        let end = runs.iter().rposition(visible).map_or(0, |at| at + 1);
        runs.truncate(end);
        if runs.is_empty() {
            self.gap |= blank_line && !self.look.hidden;
            return;
        }
        let kind = if self.look.pre {
            BlockKind::Fixed
        } else if self.look.heading {
            BlockKind::Heading
        } else {
            BlockKind::Paragraph
        };
        self.push_block(kind, runs);
    }

    fn push_block(&mut self, kind: BlockKind, spans: Vec<Span>) {
        let width: usize = spans.iter().map(|span| span.text.width()).sum();
        let row = std::mem::take(&mut self.row) && (width > 60 || self.last_width > 60);
        let gap = std::mem::take(&mut self.gap) || row;
        self.last_width = width;
        let tight = !gap || self.page.blocks.is_empty();
        self.page.blocks.push(Block { kind, spans, quote: self.look.quote, indent: self.look.indent, tight });
    }

    fn finish(&mut self) {
        if let Some(sheet) = self.sheet.take() {
            self.page.remote |= sheet.contains("url(");
        }
        self.close_link();
        while !self.tables.is_empty() {
            self.close_table();
        }
        self.flush();
    }
}

#[cfg(test)]
mod tests;
