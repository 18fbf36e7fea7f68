//! The editor of letters and of their fields: text as lines, a cursor between graphemes, undo, soft wrap. Pure.
//!
//! A key costs what its line costs, never what the text does: each line keeps the rows that it was broken into, and of an
//! edited line only those that change are made anew. Nothing here changes the text but what the user does.

mod history;
mod moves;
pub mod rows;
mod select;
#[cfg(test)]
mod tests;
pub mod view;

use std::borrow::Cow;

use history::{Change, History, Kind};
use rows::Rows;
use view::Pos;

/// A line break and what may stand for one.
const BREAKS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// A place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Spot {
    /// Which line.
    pub line: usize,
    /// Where in it, in bytes, between two graphemes.
    pub byte: usize,
}

/// What is done to the text besides typing, by an action of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Edit {
    /// To the beginning of the row; there already: of the line.
    LineStart,
    /// To the end of the row; there already: of the line.
    LineEnd,
    /// A word to the left.
    WordLeft,
    /// A word to the right.
    WordRight,
    /// To the beginning of the text.
    TextStart,
    /// To its end.
    TextEnd,
    /// Takes away what stands right of the cursor; at the end of a line, its break.
    KillLine,
    /// Takes away what stands left of the cursor in the line.
    KillBack,
    /// Takes away the word right of the cursor.
    KillWord,
    /// Takes away the word left of the cursor.
    KillWordBack,
    /// Puts back what was taken away last, here.
    Yank,
    /// Takes the last change back.
    Undo,
    /// Makes it again.
    Redo,
}

/// A step of the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// A grapheme to the left.
    Left,
    /// A grapheme to the right.
    Right,
    /// So many rows down, up if negative; the column is kept.
    Rows(isize),
    /// Where an [`Edit`] leads that only moves.
    To(Edit),
}

/// A line, with what is known of how it is shown.
#[derive(Debug, Clone, Default)]
struct Line {
    text: String,
    /// The rows that it is broken into; `None`: not known yet.
    rows: Option<Rows>,
    /// Whether the quote that it belongs to is shown whole.
    open: bool,
}

impl Line {
    const fn new(text: String, open: bool) -> Self {
        Self { text, rows: None, open }
    }
}

/// A text that is edited.
#[derive(Debug, Clone)]
pub struct Editor {
    /// Never empty.
    lines: Vec<Line>,
    cursor: Spot,
    /// Where what is selected begins, or ends; never where the cursor is.
    anchor: Option<Spot>,
    /// The column that steps up and down keep.
    goal: Option<u16>,
    /// The first row that is shown.
    top: Pos,
    /// Columns of a row.
    width: u16,
    history: History,
    /// What was taken away last.
    killed: String,
    /// Whether the next that is taken away belongs to that.
    killing: bool,
    revision: u64,
    bytes: usize,
}

impl Default for Editor {
    fn default() -> Self {
        Self::new("", 0)
    }
}

/// The text with line feeds alone and without control characters: what a mail can say.
fn clean(text: &str) -> Cow<'_, str> {
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\t') || BREAKS.contains(&c) && c != '\n';
    if !text.contains(odd) {
        return Cow::Borrowed(text);
    }
    let text = text.replace("\r\n", "\n");
    let plain = |c: char| if BREAKS.contains(&c) { '\n' } else { c };
    Cow::Owned(text.chars().map(plain).filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect())
}

impl Editor {
    /// With this text, the cursor at this byte of it.
    pub fn new(text: &str, cursor: usize) -> Self {
        let text = clean(text);
        let lines: Vec<Line> = text.split('\n').map(|line| Line::new(line.to_owned(), false)).collect();
        let mut editor = Self {
            bytes: text.len(),
            lines,
            cursor: Spot::default(),
            anchor: None,
            goal: None,
            top: Pos::default(),
            width: u16::MAX,
            history: History::default(),
            killed: String::new(),
            killing: false,
            revision: 0,
        };
        editor.cursor = editor.spot_at(cursor);
        editor
    }

    /// A line with this text, the cursor at its end.
    pub fn line(text: &str) -> Self {
        let one = text.replace(BREAKS, " ");
        Self::new(&one, usize::MAX)
    }

    /// The whole text.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.bytes);
        for (place, line) in self.lines.iter().enumerate() {
            if place > 0 {
                text.push('\n');
            }
            text.push_str(&line.text);
        }
        text
    }

    /// The beginning of the text, whole lines, at least so many bytes where there are.
    pub fn head(&self, bytes: usize) -> String {
        let mut text = String::new();
        for line in &self.lines {
            if text.len() >= bytes {
                break;
            }
            text.push_str(&line.text);
            text.push('\n');
        }
        text
    }

    /// The text of a line.
    pub fn line_text(&self, line: usize) -> &str {
        self.lines.get(line).map_or("", |line| line.text.as_str())
    }

    /// How many lines there are.
    pub fn line_count(&self) -> usize {
        self.lines.len()
    }

    /// Bytes of the text.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Goes up with each change of the text.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// Where the cursor is.
    pub const fn cursor(&self) -> Spot {
        self.cursor
    }

    /// Where it is, in bytes of the whole text.
    pub fn cursor_byte(&self) -> usize {
        let before: usize = self.lines.iter().take(self.cursor.line).map(|line| line.text.len() + 1).sum();
        before + self.cursor.byte
    }

    /// The place of a byte of the whole text: between two graphemes, not beyond the end.
    fn spot_at(&self, byte: usize) -> Spot {
        let mut rest = byte;
        for (line, shown) in self.lines.iter().enumerate() {
            if rest <= shown.text.len() {
                return Spot { line, byte: rows::boundary(&shown.text, rest) };
            }
            rest -= shown.text.len() + 1;
        }
        self.end()
    }

    /// Puts the cursor at a byte of the whole text.
    pub fn put_byte(&mut self, byte: usize) {
        let spot = self.spot_at(byte);
        self.put(spot);
    }

    /// Behind the last grapheme.
    fn end(&self) -> Spot {
        let line = self.lines.len().saturating_sub(1);
        Spot { line, byte: self.line_text(line).len() }
    }

    /// The text between two places.
    fn between(&self, from: Spot, to: Spot) -> String {
        if from.line == to.line {
            return self.line_text(from.line).get(from.byte..to.byte).unwrap_or_default().to_owned();
        }
        let mut text = self.line_text(from.line).get(from.byte..).unwrap_or_default().to_owned();
        for line in self.lines.iter().take(to.line).skip(from.line + 1) {
            text.push('\n');
            text.push_str(&line.text);
        }
        text.push('\n');
        text.push_str(self.line_text(to.line).get(..to.byte).unwrap_or_default());
        text
    }

    /// Puts a text in the place of what stands between two places; gives where it ends. The only way that a text changes.
    fn splice(&mut self, from: Spot, to: Spot, text: &str) -> Spot {
        let end = history::end_of(from, text);
        self.revision = self.revision.wrapping_add(1);
        (self.goal, self.anchor) = (None, None);
        if from.line == to.line && end.line == from.line {
            let width = self.width;
            if let Some(line) = self.lines.get_mut(from.line) {
                let removed = to.byte - from.byte;
                self.bytes = self.bytes.saturating_sub(removed) + text.len();
                line.text.replace_range(from.byte..to.byte, text);
                if let Some(rows) = &mut line.rows {
                    rows.edited(&line.text, width, (from.byte, removed, text.len()));
                }
            }
            return end;
        }
        let removed = self.between(from, to).len();
        self.bytes = self.bytes.saturating_sub(removed) + text.len();
        let head = self.line_text(from.line).get(..from.byte).unwrap_or_default().to_owned();
        let tail = self.line_text(to.line).get(to.byte..).unwrap_or_default().to_owned();
        let open = self.lines.get(from.line).is_some_and(|line| line.open);
        let mut fresh: Vec<Line> = text.split('\n').map(|line| Line::new(line.to_owned(), open)).collect();
        if let Some(first) = fresh.first_mut() {
            first.text.insert_str(0, &head);
        }
        if let Some(last) = fresh.last_mut() {
            last.text.push_str(&tail);
        }
        let after = (to.line + 1).min(self.lines.len());
        self.lines.splice(from.line..after, fresh);
        end
    }

    /// Changes the text, so that it can be taken back.
    fn change(&mut self, from: Spot, to: Spot, with: &str, kind: Kind) {
        if from == to && with.is_empty() {
            return;
        }
        let removed = self.between(from, to);
        let before = self.cursor;
        let end = self.splice(from, to, with);
        self.cursor = self.border(end);
        let change = Change { at: from, removed, inserted: with.to_owned(), before, after: self.cursor };
        self.history.push(change, kind);
    }

    /// This place, or the next border behind it: what was joined or cut may have moved the borders of graphemes.
    fn border(&self, spot: Spot) -> Spot {
        let text = self.line_text(spot.line);
        let byte = rows::boundary(text, spot.byte);
        let more = if byte < spot.byte { rows::grapheme_at(text, byte).map_or(0, str::len) } else { 0 };
        Spot { byte: byte + more, ..spot }
    }

    /// Text was typed.
    pub fn insert(&mut self, text: &str) {
        let text = clean(text);
        self.killing = false;
        let (from, to) = self.selection().unwrap_or((self.cursor, self.cursor));
        let kind = if text.contains('\n') || from != to { Kind::Other } else { Kind::Typing };
        self.change(from, to, &text, kind);
    }

    /// Text was pasted: it is taken back in one step.
    pub fn paste(&mut self, text: &str) {
        let text = clean(text);
        self.killing = false;
        let (from, to) = self.selection().unwrap_or((self.cursor, self.cursor));
        self.change(from, to, &text, Kind::Other);
    }

    /// Takes away what is left of the cursor: of an emoji or a letter with marks all that is seen as one.
    pub fn backspace(&mut self) {
        self.killing = false;
        if self.erase_selected() {
            return;
        }
        let from = self.left_of(self.cursor);
        self.change(from, self.cursor, "", Kind::Erasing);
    }

    /// Takes away what is right of the cursor.
    pub fn delete(&mut self) {
        self.killing = false;
        if self.erase_selected() {
            return;
        }
        let to = self.right_of(self.cursor);
        self.change(self.cursor, to, "", Kind::Other);
    }

    /// Another text stands here now; it can be taken back. The cursor stays where it can.
    pub fn set(&mut self, text: &str) {
        let (old, new) = (self.text(), clean(text));
        if old == new {
            return;
        }
        let byte = self.cursor_byte();
        self.killing = false;
        // Only what differs is changed, so that the cursor and what is known of the rest stay.
        let same = |pair: &(u8, u8)| pair.0 == pair.1;
        let mut start = old.bytes().zip(new.bytes()).take_while(same).count();
        while !old.is_char_boundary(start) || !new.is_char_boundary(start) {
            start -= 1;
        }
        let most = old.len().min(new.len()) - start;
        let mut end = old.bytes().rev().zip(new.bytes().rev()).take(most).take_while(same).count();
        while !old.is_char_boundary(old.len() - end) || !new.is_char_boundary(new.len() - end) {
            end -= 1;
        }
        let (from, to) = (self.raw_spot(start), self.raw_spot(old.len() - end));
        let with = new.get(start..new.len() - end).unwrap_or_default().to_owned();
        self.history.close();
        self.change(from, to, &with, Kind::Other);
        self.cursor = self.spot_at(byte.min(new.len()));
    }

    /// As [`Editor::spot_at`], for a byte that may be within a grapheme.
    fn raw_spot(&self, byte: usize) -> Spot {
        let mut rest = byte;
        for (line, shown) in self.lines.iter().enumerate() {
            if rest <= shown.text.len() {
                return Spot { line, byte: rest };
            }
            rest -= shown.text.len() + 1;
        }
        self.end()
    }

    /// Does what an action asks for.
    pub fn run(&mut self, edit: Edit) {
        match edit {
            Edit::LineStart | Edit::LineEnd | Edit::WordLeft | Edit::WordRight | Edit::TextStart | Edit::TextEnd => {
                self.step(Move::To(edit));
            }
            Edit::KillLine => {
                let end = self.line_text(self.cursor.line).len();
                let to =
                    if self.cursor.byte < end { Spot { byte: end, ..self.cursor } } else { self.right_of(self.cursor) };
                self.kill(self.cursor, to);
            }
            Edit::KillBack => self.kill(Spot { byte: 0, ..self.cursor }, self.cursor),
            Edit::KillWord => self.kill(self.cursor, self.word_right(self.cursor)),
            Edit::KillWordBack => self.kill(self.word_left(self.cursor), self.cursor),
            Edit::Yank => {
                let killed = self.killed.clone();
                self.paste(&killed);
            }
            Edit::Undo => self.undo(),
            Edit::Redo => self.redo(),
        }
    }

    /// Takes away a text that can be put back elsewhere; what is taken away in a row is one text.
    fn kill(&mut self, from: Spot, to: Spot) {
        if from == to {
            return;
        }
        let text = self.between(from, to);
        let goes_on = std::mem::replace(&mut self.killing, true);
        if !goes_on {
            self.killed.clear();
        }
        if from < self.cursor {
            self.killed.insert_str(0, &text);
        } else {
            self.killed.push_str(&text);
        }
        self.change(from, to, "", Kind::Other);
    }

    fn undo(&mut self) {
        self.killing = false;
        let Some(change) = self.history.back() else { return };
        let to = history::end_of(change.at, &change.inserted);
        self.splice(change.at, to, &change.removed);
        self.cursor = change.before;
    }

    fn redo(&mut self) {
        self.killing = false;
        let Some(change) = self.history.again() else { return };
        let to = history::end_of(change.at, &change.removed);
        self.splice(change.at, to, &change.inserted);
        self.cursor = change.after;
    }
}
