//! What search knows of a message: its text without its looks, the names of its files, and what is inside.

use std::cell::RefCell;
use std::fmt::Write as _;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use mail_parser::{Message, MessageParser, PartType};

use crate::render::facts::Gist;
use crate::render::html::splits;
use crate::render::link::Links;
use crate::render::{View, body, cards, limits, part, snippet, winmail};

/// Messages inside of a message whose texts are read.
const MAX_INNER: usize = 20;

/// Not to be called on a thread with a small stack: see [`super::run`]. Of the text about `most` bytes are read.
pub(crate) fn gist(bytes: &[u8], most: usize, with_snippet: bool) -> Gist {
    let mut gist = Gist::default();
    let Some(readable) = limits::readable(bytes) else {
        // As `has_attachments` says of what cannot be read.
        gist.attachments = true;
        return gist;
    };
    let Some(message) = MessageParser::default().parse(&readable).filter(|message| !message.parts.is_empty()) else {
        return gist;
    };
    let chosen = body::choose(&message, View::Best);
    if with_snippet {
        gist.snippet = snippet::of(&message, &chosen);
    }
    let mut left = MAX_INNER;
    read(&message, &chosen.parts, most, &mut left, &mut gist);
    if gist.body.trim().is_empty() {
        match winmail::text(&message) {
            Some(winmail::Text::Html(text)) => html(&text, most, &mut gist),
            Some(winmail::Text::Plain(text)) => plain(&text, most, &mut gist),
            None => {}
        }
    }
    invitations(&message, &mut gist);
    let files = part::collect(&message, &chosen.text).list;
    gist.attachments = files.iter().any(part::is_attachment);
    for file in files {
        // Infallible: it is written into memory.
        let _infallible = writeln!(gist.files, "{}", file.name);
    }
    gist
}

fn read(message: &Message<'_>, parts: &[usize], most: usize, left: &mut usize, gist: &mut Gist) {
    for place in parts {
        let Some(part) = message.parts.get(*place) else { continue };
        if gist.body.len() >= most {
            gist.cut = true;
            return;
        }
        match body::text_of(message, part) {
            Some((text, true)) => html(&text, most, gist),
            Some((text, false)) => plain(&text, most, gist),
            None => {}
        }
    }
    for part in &message.parts {
        let PartType::Message(inner) = &part.body else { continue };
        if *left == 0 || gist.body.len() >= most {
            gist.cut = true;
            return;
        }
        *left -= 1;
        if let Some(subject) = inner.subject() {
            plain(subject, most, gist);
        }
        let parts = body::choose(inner, View::Best).parts;
        read(inner, &parts, most, left, gist);
    }
}

/// The words of invitations, and that there are some.
fn invitations(message: &Message<'_>, gist: &mut Gist) {
    if !message.parts.iter().any(cards::is_calendar) {
        return;
    }
    let (blocks, _) = cards::invitations(message, None, &mut Links::default());
    gist.invite = !blocks.is_empty();
    for span in blocks.iter().flat_map(|block| &block.spans) {
        gist.body.push(' ');
        gist.body.push_str(span.text.as_str());
    }
}

fn plain(text: &str, most: usize, gist: &mut Gist) {
    let (text, cut) = limits::cut_text(text, most.saturating_sub(gist.body.len()));
    gist.cut |= cut;
    gist.body.push('\n');
    gist.body.push_str(text);
    gist.link |= ["http://", "https://", "www."].iter().any(|start| text.contains(start));
}

/// The text of a page: what it hides by style is read too, but nothing that is no text.
fn html(text: &str, most: usize, gist: &mut Gist) {
    let (text, cut) = limits::cut_text(text, limits::MAX_HTML);
    gist.cut |= cut;
    gist.body.push('\n');
    let most = most.max(gist.body.len());
    let page = Page { body: std::mem::take(&mut gist.body), link: gist.link, most, silent: None };
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(text));
    let tokenizer = Tokenizer::new(Sink(RefCell::new(page)), TokenizerOpts::default());
    // A page needs no answer of ours: nothing runs in it.
    let _done = tokenizer.feed(&input);
    tokenizer.end();
    let page = tokenizer.sink.0.into_inner();
    gist.cut |= page.body.len() >= most;
    (gist.body, gist.link) = (page.body, page.link);
}

struct Sink(RefCell<Page>);

struct Page {
    body: String,
    link: bool,
    most: usize,
    /// The element whose content is no text.
    silent: Option<String>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let Ok(mut page) = self.0.try_borrow_mut() else { return TokenSinkResult::Continue };
        match token {
            Token::CharacterTokens(text) if page.silent.is_none() && page.body.len() < page.most => {
                page.body.push_str(&text);
            }
            Token::TagToken(tag) => return page.tag(&tag),
            Token::CharacterTokens(_)
            | Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::NullCharacterToken
            | Token::EOFToken
            | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

impl Page {
    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name = &*tag.name;
        if splits(name) && self.body.len() < self.most {
            self.body.push('\n');
        }
        if tag.kind == TagKind::EndTag {
            if self.silent.as_deref() == Some(name) {
                self.silent = None;
            }
            return TokenSinkResult::Continue;
        }
        let target = |attr: &html5ever::Attribute| &*attr.name.local == "href" && attr.value.starts_with("http");
        self.link |= name == "a" && tag.attrs.iter().any(target);
        let raw = match name {
            "style" | "xmp" | "iframe" | "noembed" | "noframes" => RawKind::Rawtext,
            "script" => RawKind::ScriptData,
            "title" | "textarea" => RawKind::Rcdata,
            _ => return TokenSinkResult::Continue,
        };
        if name != "textarea" && name != "xmp" {
            self.silent = Some(name.to_owned());
        }
        TokenSinkResult::RawData(raw)
    }
}

#[cfg(test)]
mod tests;
