//! text/html in two steps: a pass over its tokens bounds, cleans and numbers it; html2text lays out what is left.
//!
//! The pass builds no tree, so that no nesting costs more than its tags. Nothing is ever fetched. Colours, fonts and
//! positions of the document are ignored; what it hides stays hidden.

mod flow;
mod grid;
mod out;
mod style;
mod table;
mod tag;

use std::cell::RefCell;
use std::collections::HashSet;

use html5ever::LocalName;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

use crate::render::gallery::{Gallery, Shown};
use crate::render::html::out::{Kind, Out, Run};
use crate::render::html::style::Inline;
use crate::render::html::tag::{Flow, attribute, flow, has_class, is_filler, is_remote, is_space, is_void};
use crate::render::link::{Links, same_site, shown_host, superscript};
use crate::render::{Span, SpanRole, gallery};
use crate::safe_text::{SafeText, expand_tabs};

/// Open elements that are tracked; deeper ones are read as if their tags were not there.
const MAX_DEPTH: usize = 1_000;

/// How far up an end tag looks for its start.
const MAX_SEARCH: usize = 200;

/// Style sheets are read up to this many bytes.
const MAX_SHEET: usize = 256 << 10;

/// What came out of an HTML part.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// Clean, bounded HTML for [`lines`]; empty when there is nothing to see.
    pub(crate) source: String,
    /// The texts of the links as the author wrote them.
    pub(crate) shown: Vec<Span>,
    /// Letters and digits that are seen.
    pub(crate) letters: usize,
    /// Whether tags were nested too deeply to be kept apart.
    pub(crate) deep: bool,
    /// Whether only the beginning of a very long page is in `source`.
    pub(crate) cut: bool,
}

/// Cleans HTML. The caller has cut it to size.
pub(crate) fn page(html: &str, links: &mut Links, gallery: &mut Gallery) -> Page {
    let cleaner = Cleaner { links: std::mem::take(links), gallery: std::mem::take(gallery), ..Cleaner::default() };
    let tokenizer = Tokenizer::new(Sink(RefCell::new(cleaner)), TokenizerOpts::default());
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from_slice(html));
    // Without a script handle the tokenizer never stops before the end of its input.
    drop(tokenizer.feed(&queue));
    tokenizer.end();
    let mut cleaner = tokenizer.sink.0.into_inner();
    cleaner.finish();
    *links = cleaner.links;
    *gallery = cleaner.gallery;
    cleaner.page.cut = cleaner.out.is_full();
    cleaner.page.letters = cleaner.out.letters();
    cleaner.page.source = cleaner.out.into_source();
    cleaner.page
}

/// A cleaned page without the marks of ours that look like links.
pub(crate) fn without_links(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, after)) = rest.split_once("<a href=\"#") {
        out.push_str(before);
        rest = after.split_once('>').map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    out.replace("</a>", "")
}

/// Whether the text before this element and that in it are no one word.
pub(crate) fn splits(name: &str) -> bool {
    flow(name) != Flow::Inline || matches!(name, "br" | "img" | "input" | "button" | "select")
}

/// The cleaned page as lines of at most `width` columns, by html2text.
pub(crate) fn lines(source: &str, width: usize) -> Vec<flow::PageLine> {
    flow::lines(source, width)
}

struct Sink(RefCell<Cleaner>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let Ok(mut cleaner) = self.0.try_borrow_mut() else { return TokenSinkResult::Continue };
        match token {
            Token::CharacterTokens(text) => cleaner.text(&text),
            Token::TagToken(tag) => match tag.kind {
                TagKind::StartTag => return cleaner.start(&tag),
                TagKind::EndTag => cleaner.end(&tag.name),
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
    strike: bool,
    code: bool,
    pre: bool,
    heading: bool,
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
    noted: bool,
}

#[derive(Default)]
struct Cleaner {
    page: Page,
    out: Out,
    links: Links,
    gallery: Gallery,
    look: Look,
    open: Vec<Open>,
    /// Start tags beyond [`MAX_DEPTH`] whose end tags are still to come.
    ignored: usize,
    link: Option<OpenLink>,
    hidden_names: HashSet<String>,
    /// The style sheet that is being read.
    sheet: Option<String>,
    /// White space before the next word.
    space: bool,
    /// Whether a no-break space stood alone, which makes an empty line real.
    blank_line: bool,
}

impl Cleaner {
    fn start(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name = &*tag.name;
        let style = attribute(tag, "style").map(style::inline).unwrap_or_default();
        self.count_remote(tag, style);
        match name {
            "br" => self.line_break(),
            "img" => self.image(tag, style),
            "hr" if !self.look.hidden => self.rule(),
            _ => {}
        }
        if is_void(name) {
            return TokenSinkResult::Continue;
        }
        self.close_implied(name);
        self.boundary(name, style.no_margin || has_class(tag, "MsoNormal"));
        let before = self.look;
        if self.open.len() < MAX_DEPTH {
            self.open.push(Open { name: tag.name.clone(), before });
            self.take_on(tag, style);
        } else {
            self.ignored += 1;
            self.page.deep = true;
        }
        if !self.look.hidden && (self.ignored == 0 || &*tag.name == "a") {
            self.structure(tag, style);
        }
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

    /// Ends elements whose end tags may be left out, so that what they hide or make bold ends with them.
    fn close_implied(&mut self, name: &str) {
        const PARAGRAPH_STOPS: &[&str] = &["td", "th", "table", "div", "li", "blockquote", "select", "button"];
        let (closes, stops): (&[&str], &[&str]) = match name {
            "li" => (&["li"], &["ul", "ol", "table"]),
            "td" | "th" => (&["td", "th"], &["table"]),
            "tr" => (&["tr", "td", "th"], &["table"]),
            "dt" | "dd" => (&["dt", "dd"], &["dl", "table"]),
            "option" | "legend" | "caption" | "body" | "html" | "tbody" | "thead" | "tfoot" => return,
            _ if flow(name) != Flow::Inline => (&["p"], PARAGRAPH_STOPS),
            _ => return,
        };
        let mut found = None;
        for (at, open) in self.open.iter().enumerate().rev().take(MAX_SEARCH) {
            if closes.contains(&&*open.name) {
                found = Some(at);
                if name != "tr" || &*open.name == "tr" {
                    break;
                }
            } else if stops.contains(&&*open.name) {
                break;
            }
        }
        if let Some(open) = found.and_then(|at| self.open.drain(at..).next()) {
            self.look = open.before;
        }
    }

    /// What the element changes in the look of its content.
    fn take_on(&mut self, tag: &Tag, style: Inline) {
        let hidden_by_name = |cleaner: &Self| {
            let class = attribute(tag, "class").unwrap_or("");
            let by_class = class.split_whitespace().any(|name| cleaner.hidden_names.contains(&format!(".{name}")));
            by_class || attribute(tag, "id").is_some_and(|id| cleaner.hidden_names.contains(&format!("#{id}")))
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
            "s" | "del" | "strike" => self.look.strike = true,
            "code" | "tt" | "kbd" | "samp" => self.look.code = true,
            "pre" => self.look.pre = true,
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.look.heading = true,
            "script" | "style" | "title" | "iframe" | "svg" | "math" | "template" | "select" | "textarea"
            | "canvas" | "object" | "audio" | "video" | "xmp" | "noembed" | "noframes" => self.look.hidden = true,
            _ => {}
        }
    }

    /// Links, lists, quotes and tables.
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
                        noted: false,
                    });
                }
            }
            "ul" => self.out.start_list(None),
            "ol" => self.out.start_list(Some(attribute(tag, "start").and_then(|n| n.parse().ok()).unwrap_or(1))),
            "li" => self.out.start_item(),
            "blockquote" => self.out.start_quote(),
            "table" => self.out.start_table(),
            "tr" => self.out.start_row(),
            "td" | "th" => {
                let span = attribute(tag, "colspan").and_then(|columns| columns.trim().parse().ok());
                self.out.start_cell(&*tag.name == "th", span.unwrap_or(1).clamp(1, table::MAX_COLUMNS));
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
            "p" if !self.open.iter().rev().take(MAX_SEARCH).any(|open| open.name == *name) => self.out.set_apart(),
            _ => {}
        }
        if self.ignored > 0 {
            self.ignored -= 1;
            return;
        }
        if !self.look.hidden {
            match &**name {
                "ul" | "ol" => self.out.end_list(),
                "blockquote" => self.out.end_quote(),
                "td" | "th" | "tr" => self.out.end_cell(),
                "table" => self.out.end_table(),
                _ => {}
            }
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
        let kind = flow(name);
        if kind == Flow::Inline {
            return;
        }
        self.note_link();
        self.space = false;
        let blank_line = std::mem::take(&mut self.blank_line) && !self.look.hidden;
        if !self.out.end_paragraph() && blank_line {
            self.out.set_apart();
        }
        let nested_list = matches!(name, "ul" | "ol") && self.out.in_list();
        let first_in_item = name == "p" && self.out.at_item_start();
        if kind == Flow::Apart && !no_margin && !nested_list && !first_in_item {
            self.out.set_apart();
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
                    self.out.pre_break();
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
            // Joiners between spaces only keep the text of the mail out of previews.
            if word.chars().any(|c| !matches!(c, '\u{200c}' | '\u{200d}')) {
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
        let space = std::mem::take(&mut self.space);
        if let Some(link) = &mut self.link {
            if link.place.is_none() {
                link.place = self.links.add(&link.target);
            }
            if link.shown.len() < 200 {
                if space && !link.shown.is_empty() {
                    link.shown.push(' ');
                }
                link.shown.push_str(text);
            }
        }
        let kind = match (self.look.pre, self.look.heading) {
            (true, _) => Kind::Pre,
            (false, true) => Kind::Heading,
            (false, false) => Kind::Prose,
        };
        let run = Run {
            link: self.link.as_ref().and_then(|link| link.place),
            button: self.link.as_ref().is_some_and(|link| link.button),
            strong: self.look.strong,
            emphasis: self.look.emphasis,
            strike: self.look.strike,
            code: self.look.code,
        };
        self.out.text(text, space, kind, run);
    }

    fn line_break(&mut self) {
        if !self.look.hidden {
            self.space = false;
            self.out.line_break();
        }
    }

    fn image(&mut self, tag: &Tag, style: Inline) {
        let side = |name: &str| {
            let text = attribute(tag, name)?.trim();
            text.trim_end_matches("px").trim_end().parse::<u32>().ok()
        };
        let shown = self.gallery.image(gallery::Tag {
            source: attribute(tag, "src").unwrap_or(""),
            alt: attribute(tag, "alt").unwrap_or(""),
            size: (side("width"), side("height")),
            hidden: style.hidden || self.look.hidden,
        });
        match shown {
            Shown::Nothing => {}
            Shown::Words(words) => {
                // The size of the font says nothing about an image.
                let font_zero = std::mem::take(&mut self.look.font_zero);
                self.text(&words);
                self.look.font_zero = font_zero;
            }
            Shown::Picture(place, words) => {
                self.space = false;
                self.out.picture(place, &words);
            }
        }
    }

    fn rule(&mut self) {
        self.note_link();
        self.out.rule();
    }

    /// Notes what the tag would load beside an image's source.
    fn count_remote(&mut self, tag: &Tag, style: Inline) {
        let remote = |name: &str| attribute(tag, name).is_some_and(is_remote);
        let named = match &*tag.name {
            "img" => !remote("src") && attribute(tag, "srcset").is_some(),
            "input" => remote("src") || attribute(tag, "srcset").is_some(),
            "image" => remote("href") || remote("xlink:href"),
            "link" | "use" | "object" | "iframe" | "embed" | "video" | "audio" | "source" | "track" | "frame" => {
                ["href", "src", "data", "poster", "srcset", "xlink:href"].into_iter().any(remote)
            }
            _ => false,
        };
        if named || remote("background") || style.remote {
            self.gallery.other();
        }
    }

    /// At the end of a link's paragraph: its number, and its host where the text says something else.
    fn note_link(&mut self) {
        let Some(link) = self.link.as_mut().filter(|link| !link.shown.is_empty()) else { return };
        let shown = std::mem::take(&mut link.shown);
        let Some(place) = link.place else { return };
        let first = !std::mem::replace(&mut link.noted, true);
        let real = self.links.host(place);
        let pretends = shown_host(&shown).is_some_and(|shown| !same_site(&shown, real));
        let host = (pretends || link.button && first) && !real.is_empty();
        if first || host {
            let number = superscript(place);
            self.out.link_note(place, &if host { format!("{number} {real}") } else { number });
        }
        let text = SafeText::new(&shown);
        self.page.shown.push(Span { text, role: SpanRole::Link, link: Some(place), ..Span::default() });
    }

    fn close_link(&mut self) {
        self.note_link();
        self.link = None;
    }

    fn finish(&mut self) {
        if self.sheet.take().is_some_and(|sheet| sheet.contains("url(")) {
            self.gallery.other();
        }
        self.close_link();
        self.out.finish();
    }
}

#[cfg(test)]
mod tests;
