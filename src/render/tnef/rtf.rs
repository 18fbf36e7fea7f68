//! The text of RTF, or the HTML that was wrapped in it (\[MS-OXRTFEX\]).
//!
//! One pass, no recursion. The output is at most three times as long as the input: no token gives more than three
//! bytes for each of its own.

mod token;

use std::collections::BTreeMap;
use std::mem;

use encoding_rs::{Encoding, WINDOWS_1252};

use super::code_page;
use token::{Token, Tokens};

/// Groups inside of each other that are read; what lies deeper is left out.
const MAX_DEPTH: usize = 256;

/// Fonts whose character set is remembered.
const MAX_FONTS: usize = 4096;

/// What RTF says. Not sanitised: the caller makes it `SafeText`, HTML by way of its HTML reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RtfBody {
    /// The HTML that the RTF was made from, with `\n` as its line end.
    Html(String),
    /// The text, with `\n` after each paragraph. Empty when the bytes are no RTF.
    Text(String),
}

/// Reads RTF. Bytes that do not begin with `{\rtf` give an empty text. Takes linear time.
pub(crate) fn rtf_text(rtf: &[u8]) -> RtfBody {
    let rtf = rtf.trim_ascii_start();
    let mut parser = Parser::default();
    if rtf.starts_with(b"{\\rtf") {
        for token in Tokens::new(rtf) {
            parser.token(token);
            if parser.groups.is_empty() {
                break;
            }
        }
    }
    parser.flush();
    if parser.html { RtfBody::Html(parser.out) } else { RtfBody::Text(parser.out) }
}

/// Where the text of a group goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Destination {
    /// To the reader.
    #[default]
    Body,
    /// Markup of the wrapped HTML, to the reader.
    HtmlTag,
    /// The font table.
    Fonts,
    /// Nowhere.
    Skipped,
}

/// What a group inherits and what ends with it.
#[derive(Debug, Clone, Copy)]
struct Group {
    destination: Destination,
    font: Option<i32>,
    /// Characters after `\u` that stand in for it (`\uc`).
    stand_ins: usize,
    /// Inside `\htmlrtf`: made up by the writer, not part of the HTML.
    made_up: bool,
    /// Hidden text (`\v`).
    hidden: bool,
}

impl Default for Group {
    fn default() -> Self {
        Self { destination: Destination::Body, font: None, stand_ins: 1, made_up: false, hidden: false }
    }
}

struct Parser {
    out: String,
    /// Bytes of text that are not decoded yet: a character may be spread over several tokens.
    pending: Vec<u8>,
    pending_encoding: &'static Encoding,
    /// The first half of a pair of `\u`.
    surrogate: Option<u16>,
    group: Group,
    groups: Vec<Group>,
    /// Open groups beyond [`MAX_DEPTH`].
    deeper: usize,
    /// Characters still to be skipped after `\u`.
    skip: usize,
    /// Whether `\*` came just before.
    starred: bool,
    html: bool,
    encoding: &'static Encoding,
    default_font: Option<i32>,
    /// The font that the font table is at.
    entry: Option<i32>,
    fonts: BTreeMap<i32, &'static Encoding>,
}

impl Default for Parser {
    fn default() -> Self {
        Self {
            out: String::new(),
            pending: Vec::new(),
            pending_encoding: WINDOWS_1252,
            surrogate: None,
            group: Group::default(),
            groups: Vec::new(),
            deeper: 0,
            skip: 0,
            starred: false,
            html: false,
            encoding: WINDOWS_1252,
            default_font: None,
            entry: None,
            fonts: BTreeMap::new(),
        }
    }
}

impl Parser {
    fn token(&mut self, token: Token<'_>) {
        match token {
            Token::Open => self.open(),
            Token::Close => self.close(),
            Token::Word { .. } | Token::Symbol(_) | Token::Hex(_) | Token::Text(_) if self.deeper > 0 => {}
            Token::Text(bytes) => self.text(bytes),
            Token::Hex(byte) => self.text(&[byte]),
            // A control word or symbol counts as one character (RTF 1.9.1, "Unicode RTF").
            Token::Word { .. } | Token::Symbol(_) if self.skip > 0 => self.skip -= 1,
            Token::Word { name, number } => self.word(name, number),
            Token::Symbol(symbol) => self.symbol(symbol),
        }
    }

    fn open(&mut self) {
        (self.skip, self.starred) = (0, false);
        if self.groups.len() == MAX_DEPTH {
            self.deeper += 1;
        } else {
            self.groups.push(self.group);
        }
    }

    fn close(&mut self) {
        (self.skip, self.starred) = (0, false);
        if self.deeper > 0 {
            self.deeper -= 1;
        } else if let Some(group) = self.groups.pop() {
            self.group = group;
        }
    }

    /// Whether text goes to the reader here.
    fn is_shown(&self) -> bool {
        let shown = match self.group.destination {
            Destination::Body | Destination::HtmlTag => true,
            Destination::Fonts | Destination::Skipped => false,
        };
        shown && if self.html { !self.group.made_up } else { !self.group.hidden }
    }

    /// The encoding of text here: that of the font, but that of the document for markup.
    fn current_encoding(&self) -> &'static Encoding {
        if self.group.destination == Destination::HtmlTag {
            return self.encoding;
        }
        let font = self.group.font.or(self.default_font);
        font.and_then(|font| self.fonts.get(&font)).copied().unwrap_or(self.encoding)
    }

    fn text(&mut self, bytes: &[u8]) {
        self.starred = false;
        let skipped = self.skip.min(bytes.len());
        self.skip -= skipped;
        let shown = bytes.get(skipped..).unwrap_or_default();
        if shown.is_empty() || !self.is_shown() {
            return;
        }
        self.end_surrogate();
        let encoding = self.current_encoding();
        if encoding != self.pending_encoding {
            self.flush();
            self.pending_encoding = encoding;
        }
        self.pending.extend_from_slice(shown);
    }

    fn flush(&mut self) {
        self.end_surrogate();
        if !self.pending.is_empty() {
            self.out.push_str(&self.pending_encoding.decode_without_bom_handling(&self.pending).0);
            self.pending.clear();
        }
    }

    /// The first half of a pair that has no second.
    fn end_surrogate(&mut self) {
        if self.surrogate.take().is_some() {
            self.out.push(char::REPLACEMENT_CHARACTER);
        }
    }

    fn push(&mut self, c: char) {
        if self.is_shown() {
            self.flush();
            self.out.push(c);
        }
    }

    fn symbol(&mut self, symbol: u8) {
        self.starred = symbol == b'*';
        match symbol {
            b'\\' | b'{' | b'}' => self.text(&[symbol]),
            b'~' => self.push('\u{a0}'),
            b'_' => self.push('\u{2011}'),
            b'-' => self.push('\u{ad}'),
            b'\r' | b'\n' => self.push('\n'),
            b'\t' => self.push('\t'),
            _ => {}
        }
    }

    fn word(&mut self, name: &[u8], number: Option<i32>) {
        let starred = mem::take(&mut self.starred);
        if self.group.destination == Destination::Skipped {
            return;
        }
        if let Some(destination) = destination(name, self.html) {
            self.group.destination = destination;
        } else if starred {
            // The writer says that a reader who does not know the word is to leave its group out.
            self.group.destination = Destination::Skipped;
        } else if let Some(c) = character(name) {
            self.push(c);
        } else {
            self.setting(name, number);
        }
    }

    /// A control word that changes how text is read.
    fn setting(&mut self, name: &[u8], number: Option<i32>) {
        let on = number != Some(0);
        match name {
            b"u" => {
                if let Some(number) = number {
                    self.unicode(number);
                }
            }
            b"uc" => self.group.stand_ins = number.and_then(|count| usize::try_from(count).ok()).unwrap_or(1),
            b"f" if self.group.destination == Destination::Fonts => self.entry = number,
            // The font counts inside of \htmlrtf as well ([MS-OXRTFEX]).
            b"f" => self.group.font = number,
            b"fcharset" => self.font_encoding(number.and_then(code_page::font_charset)),
            b"cpg" => self.font_encoding(number.and_then(page)),
            b"deff" => self.default_font = number,
            b"plain" => (self.group.font, self.group.hidden) = (None, false),
            b"v" => self.group.hidden = on,
            b"htmlrtf" => self.group.made_up = on,
            b"ansicpg" => self.encoding = number.and_then(page).unwrap_or(WINDOWS_1252),
            // It stands in the header, before any text ([MS-OXRTFEX] 2.2.3.1).
            b"fromhtml" if on && self.out.is_empty() && self.pending.is_empty() => self.html = true,
            _ => {}
        }
    }

    fn font_encoding(&mut self, encoding: Option<&'static Encoding>) {
        if self.group.destination != Destination::Fonts {
            return;
        }
        if let (Some(font), Some(encoding)) = (self.entry, encoding)
            && self.fonts.len() < MAX_FONTS
        {
            self.fonts.insert(font, encoding);
        }
    }

    /// `\u`: a UTF-16 unit, as a signed number from writers of old.
    fn unicode(&mut self, number: i32) {
        self.skip = self.group.stand_ins;
        if !self.is_shown() {
            return;
        }
        let Ok(unit) = u16::try_from(number & 0xffff) else { return };
        if (0xd800..0xdc00).contains(&unit) {
            self.flush();
            self.surrogate = Some(unit);
            return;
        }
        let high = self.surrogate.take();
        self.flush();
        let decoded = char::decode_utf16(high.into_iter().chain([unit]));
        self.out.extend(decoded.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
    }
}

/// An encoding for a code page number of RTF.
fn page(number: i32) -> Option<&'static Encoding> {
    u32::try_from(number).ok().and_then(code_page::ascii_compatible)
}

/// Where the text of a group goes that has this word in it; `None` for a word that says nothing about it.
fn destination(name: &[u8], html: bool) -> Option<Destination> {
    match name {
        b"htmltag" if html => Some(Destination::HtmlTag),
        b"fonttbl" => Some(Destination::Fonts),
        // The bullets and numbers of lists, which HTML makes itself.
        b"pntext" | b"listtext" if html => Some(Destination::Skipped),
        b"htmltag" | b"mhtmltag" | b"colortbl" | b"stylesheet" | b"info" | b"pict" | b"objdata" | b"fldinst"
        | b"header" | b"headerl" | b"headerr" | b"headerf" | b"footer" | b"footerl" | b"footerr" | b"footerf"
        | b"filetbl" | b"revtbl" | b"listtable" | b"listoverridetable" | b"rsidtbl" | b"xe" | b"tc" | b"private" => {
            Some(Destination::Skipped)
        }
        _ => None,
    }
}

/// The character that a control word stands for (RTF 1.9.1, "Special Characters").
fn character(name: &[u8]) -> Option<char> {
    let c = match name {
        b"par" | b"line" | b"sect" | b"page" | b"column" | b"row" | b"nestrow" => '\n',
        b"tab" | b"cell" | b"nestcell" => '\t',
        b"bullet" => '\u{2022}',
        b"lquote" => '\u{2018}',
        b"rquote" => '\u{2019}',
        b"ldblquote" => '\u{201c}',
        b"rdblquote" => '\u{201d}',
        b"endash" => '\u{2013}',
        b"emdash" => '\u{2014}',
        b"enspace" => '\u{2002}',
        b"emspace" => '\u{2003}',
        b"qmspace" => '\u{2005}',
        b"zwj" => '\u{200d}',
        b"zwnj" => '\u{200c}',
        _ => return None,
    };
    Some(c)
}

#[cfg(test)]
mod tests;
