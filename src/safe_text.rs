//! `SafeText`: the only kind of text that a screen takes. It can only be made by the sanitiser in this file.
//!
//! A leaf. Nothing from a mail or a server reaches the terminal but through here (DESIGN.md, invariant 10). What each
//! character becomes is decided in `classify`; the rest of the file is measuring and cutting.

use std::fmt;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A single line of text that holds no control, bidi, tag or filler character, no line break, no more than
/// [`MAX_MARKS`] combining marks in a row, and joiners only where a script or an emoji needs them.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct SafeText(Box<str>);

/// How many combining marks may follow each other.
pub const MAX_MARKS: usize = 8;

/// How many zero width joiners one emoji sequence may hold: the longest in Unicode has three.
const MAX_JOINERS: usize = 4;

/// Columns between tab stops in multi-line text.
const TAB_WIDTH: usize = 8;

/// The sign for text that was cut.
const ELLIPSIS: &str = "…";

/// What the sanitiser does with a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Kept.
    Keep,
    /// Line breaks and tabs: one space.
    Space,
    /// Left out: invisible, and nothing is lost.
    Drop,
    /// Shown as U+FFFD: leaving it out would hide that something was there.
    Mark,
    /// U+200D: kept inside an emoji sequence.
    Joiner,
    /// U+200C: kept between letters of scripts that join.
    NonJoiner,
    /// U+FE00-FE0F: kept after a base.
    Selector,
    /// No width of its own: kept after a base, [`MAX_MARKS`] in a row.
    Combining,
}

fn classify(c: char) -> Class {
    match c {
        ' '..='~' => Class::Keep,
        '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Class::Space,
        // Embeddings, overrides and isolates turn text around: the reader should see that there was one.
        '\u{202a}' | '\u{202b}' | '\u{202d}' | '\u{202e}' | '\u{2066}'..='\u{2068}' => Class::Mark,
        // Controls, closing and weak bidi marks, and characters that show nothing at all.
        '\u{0}'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{202c}'
        | '\u{2069}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{61c}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{2060}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffc}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{e0000}'..='\u{e0fff}' => Class::Drop,
        // Private use, noncharacters and planes without any character: no two terminals agree on their width.
        '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}' | '\u{40000}'..='\u{10ffff}' => {
            Class::Mark
        }
        '\u{200d}' => Class::Joiner,
        '\u{200c}' => Class::NonJoiner,
        '\u{fe00}'..='\u{fe0f}' => Class::Selector,
        _ if c.width() == Some(0) => Class::Combining,
        _ => Class::Keep,
    }
}

/// Whether a character is drawn as an emoji or a pictograph, as far as joining is concerned.
fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2190}'..='\u{21ff}'
        | '\u{2300}'..='\u{23ff}' | '\u{2460}'..='\u{24ff}' | '\u{25a0}'..='\u{27bf}' | '\u{2900}'..='\u{297f}'
        | '\u{2b00}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

/// Whether a letter belongs to a script in which U+200C changes the shape of words (Arabic and the Indic scripts).
fn takes_non_joiner(c: char) -> bool {
    matches!(c, '\u{620}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{8a0}'..='\u{8ff}' | '\u{900}'..='\u{dff}')
}

/// The sanitiser's state between two characters.
#[derive(Default)]
struct Sanitiser {
    out: String,
    /// The last character kept.
    previous: Option<char>,
    marks: usize,
    joiners: usize,
}

impl Sanitiser {
    fn keep(&mut self, c: char) {
        self.out.push(c);
        self.previous = Some(c);
    }

    fn push(&mut self, c: char, next: Option<char>) {
        match classify(c) {
            Class::Keep => {
                let joined = self.previous == Some('\u{200d}') || is_skin_tone(c);
                if !joined {
                    self.joiners = 0;
                }
                self.marks = 0;
                self.keep(c);
            }
            Class::Space => {
                (self.marks, self.joiners) = (0, 0);
                self.keep(' ');
            }
            Class::Mark => {
                (self.marks, self.joiners) = (0, 0);
                self.keep('\u{fffd}');
            }
            Class::Drop => {}
            Class::Joiner => {
                // A selector U+FE0F was only kept after a pictograph.
                let after = self.previous.is_some_and(|p| is_pictograph(p) || p == '\u{fe0f}');
                if after && next.is_some_and(is_pictograph) && self.joiners < MAX_JOINERS {
                    self.joiners += 1;
                    self.keep(c);
                }
            }
            Class::NonJoiner => {
                if self.previous.is_some_and(takes_non_joiner) && next.is_some_and(takes_non_joiner) {
                    self.keep(c);
                }
            }
            Class::Selector => {
                // An emoji selector after a digit or a letter changes the width in some terminals only.
                let wide = matches!(c, '\u{fe0e}' | '\u{fe0f}');
                let base = |p: char| {
                    if wide { is_pictograph(p) } else { p != ' ' && classify(p) == Class::Keep }
                };
                if self.previous.is_some_and(base) {
                    self.keep(c);
                }
            }
            Class::Combining => {
                if self.previous.is_some() && self.marks < MAX_MARKS {
                    self.marks += 1;
                    self.keep(c);
                }
            }
        }
    }
}

impl SafeText {
    /// Makes any text safe for one line of the screen: line breaks and tabs become a space each.
    pub fn new(text: &str) -> Self {
        if is_plain(text) {
            return Self(text.into());
        }
        let mut sanitiser = Sanitiser { out: String::with_capacity(text.len()), ..Sanitiser::default() };
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c == '\r' && chars.peek() == Some(&'\n') {
                continue;
            }
            // Only joiners look ahead, past what is left out: so a second pass finds nothing more to do.
            let next = if matches!(c, '\u{200c}' | '\u{200d}') {
                chars.clone().find(|n| classify(*n) != Class::Drop)
            } else {
                None
            };
            sanitiser.push(c, next);
        }
        Self(sanitiser.out.into())
    }

    /// A text of the program's own.
    pub fn from_static(text: &'static str) -> Self {
        Self::new(text)
    }

    /// Safe text with every run of white space as one space and none at the ends: for names and subjects, where
    /// padding would push the rest out of view.
    pub fn squeezed(text: &str) -> Self {
        let safe = Self::new(text);
        let mut out = String::with_capacity(safe.0.len());
        for word in safe.0.split(char::is_whitespace).filter(|word| !word.is_empty()) {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
        }
        Self::new(&out)
    }

    /// Splits a text into safe lines at LF, CR LF, CR, FF, VT, NEL, LS and PS; tabs reach to the next of the stops
    /// every 8 columns.
    pub fn lines(text: &str) -> impl Iterator<Item = Self> + '_ {
        raw_lines(text).map(|line| Self::new(&expand_tabs(line)))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Columns that it takes on the screen: the sum over its grapheme clusters, which is how ratatui fills cells.
    pub fn width(&self) -> usize {
        if self.0.is_ascii() {
            return self.0.len();
        }
        self.graphemes().map(UnicodeWidthStr::width).sum()
    }

    /// Its grapheme clusters.
    pub fn graphemes(&self) -> impl Iterator<Item = &str> {
        self.0.graphemes(true)
    }

    /// The beginning that fits into `width` columns, ending in `…` when something was cut.
    #[must_use]
    pub fn cut(&self, width: usize) -> Self {
        if self.width() <= width {
            return self.clone();
        }
        if width == 0 {
            return Self::default();
        }
        let mut out = self.take(width - 1);
        out.push_str(ELLIPSIS);
        Self::new(&out)
    }

    /// The end that fits into `width` columns, beginning with `…` when something was cut.
    #[must_use]
    pub fn cut_start(&self, width: usize) -> Self {
        if self.width() <= width {
            return self.clone();
        }
        if width == 0 {
            return Self::default();
        }
        let mut used = 0;
        let mut tail: Vec<&str> = Vec::new();
        for grapheme in self.0.graphemes(true).rev() {
            used += grapheme.width();
            if used > width - 1 {
                break;
            }
            tail.push(grapheme);
        }
        tail.push(ELLIPSIS);
        tail.reverse();
        Self::new(&tail.concat())
    }

    /// Cut or filled with spaces on the right, so that it takes exactly `width` columns.
    #[must_use]
    pub fn pad(&self, width: usize) -> Self {
        let cut = self.cut(width);
        let fill = " ".repeat(width.saturating_sub(cut.width()));
        Self::new(&format!("{cut}{fill}"))
    }

    /// Cut or filled with spaces on the left, so that it takes exactly `width` columns.
    #[must_use]
    pub fn pad_start(&self, width: usize) -> Self {
        let cut = self.cut(width);
        let fill = " ".repeat(width.saturating_sub(cut.width()));
        Self::new(&format!("{fill}{cut}"))
    }

    /// The texts one after the other.
    #[must_use]
    pub fn concat(texts: &[&Self]) -> Self {
        Self(texts.iter().map(|text| text.as_str()).collect())
    }

    /// The texts with `separator` between them.
    #[must_use]
    pub fn join(texts: &[Self], separator: &'static str) -> Self {
        let parts: Vec<&str> = texts.iter().map(Self::as_str).collect();
        Self::new(&parts.join(separator))
    }

    fn take(&self, width: usize) -> String {
        let mut used = 0;
        let mut out = String::new();
        for grapheme in self.graphemes() {
            used += grapheme.width();
            if used > width {
                break;
            }
            out.push_str(grapheme);
        }
        out
    }
}

/// Whether a character may stand in a cell of the screen at all.
pub fn is_safe_char(c: char) -> bool {
    match classify(c) {
        Class::Keep | Class::Joiner | Class::NonJoiner | Class::Selector | Class::Combining => true,
        // Icons of our own themes live in the private use area of the first plane.
        Class::Mark => matches!(c, '\u{e000}'..='\u{f8ff}'),
        Class::Space | Class::Drop => false,
    }
}

/// Whether the symbol of one cell is safe to be written to the terminal: the last sweep over the frame buffer.
pub fn is_safe_symbol(symbol: &str) -> bool {
    let (mut marks, mut joiners) = (0, 0);
    symbol.chars().all(|c| {
        match classify(c) {
            Class::Combining => marks += 1,
            Class::Joiner => joiners += 1,
            Class::Keep | Class::Space | Class::Drop | Class::Mark => marks = 0,
            Class::NonJoiner | Class::Selector => {}
        }
        is_safe_char(c) && marks <= MAX_MARKS && joiners <= MAX_JOINERS
    })
}

/// Splits text into lines at every kind of line break, without sanitising; a break at the end starts no new line.
pub(crate) fn raw_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.filter(|text| !text.is_empty())?;
        let is_break = |c: char| matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
        let Some((line, after)) = text.split_once(is_break) else {
            rest = None;
            return Some(text);
        };
        let carriage = text.get(line.len()..).is_some_and(|tail| tail.starts_with("\r\n"));
        rest = Some(if carriage { after.strip_prefix('\n').unwrap_or(after) } else { after });
        Some(line)
    })
}

/// Replaces tabs by spaces up to the next stop.
pub(crate) fn expand_tabs(line: &str) -> String {
    if !line.contains('\t') {
        return line.to_owned();
    }
    let mut out = String::with_capacity(line.len() + TAB_WIDTH);
    let mut column = 0;
    for c in line.chars() {
        if c == '\t' {
            let fill = TAB_WIDTH - column % TAB_WIDTH;
            out.extend(std::iter::repeat_n(' ', fill));
            column += fill;
        } else {
            out.push(c);
            column += c.width().unwrap_or(0);
        }
    }
    out
}

/// Printable ASCII alone, which most text is: nothing to do.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| (0x20..0x7f).contains(&b))
}

impl From<&str> for SafeText {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests;
