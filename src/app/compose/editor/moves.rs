//! How the cursor goes through a text.

use unicode_segmentation::UnicodeSegmentation;

use super::rows::{byte_of, column_of, grapheme_at, grapheme_before};
use super::{Edit, Editor, Move, Spot};

impl Editor {
    /// A step of the cursor.
    pub fn step(&mut self, step: Move) {
        self.killing = false;
        self.history.close();
        self.anchor = None;
        let goal = self.goal.take();
        self.cursor = match step {
            Move::Left => self.left_of(self.cursor),
            Move::Right => self.right_of(self.cursor),
            Move::Rows(by) => self.by_rows(by, goal),
            Move::To(Edit::LineStart) => self.row_start(),
            Move::To(Edit::LineEnd) => self.row_end(),
            Move::To(Edit::WordLeft) => self.word_left(self.cursor),
            Move::To(Edit::WordRight) => self.word_right(self.cursor),
            Move::To(Edit::TextStart) => Spot::default(),
            Move::To(Edit::TextEnd) => self.end(),
            Move::To(
                Edit::KillLine
                | Edit::KillBack
                | Edit::KillWord
                | Edit::KillWordBack
                | Edit::Yank
                | Edit::Undo
                | Edit::Redo,
            ) => self.cursor,
        };
    }

    /// Puts the cursor here, as far as there is such a place.
    pub fn put(&mut self, spot: Spot) {
        self.killing = false;
        self.history.close();
        (self.goal, self.anchor) = (None, None);
        let line = spot.line.min(self.lines.len().saturating_sub(1));
        self.cursor = Spot { line, byte: super::rows::boundary(self.line_text(line), spot.byte) };
    }

    /// Whether the cursor is in the first row of the text.
    pub fn is_at_first_row(&self) -> bool {
        self.cursor.line == 0 && self.rows_of(0).row_of(self.cursor.byte) == 0
    }

    pub(super) fn left_of(&self, spot: Spot) -> Spot {
        match grapheme_before(self.line_text(spot.line), spot.byte) {
            Some(grapheme) => Spot { byte: spot.byte - grapheme.len(), ..spot },
            None if spot.line > 0 => Spot { line: spot.line - 1, byte: self.line_text(spot.line - 1).len() },
            None => spot,
        }
    }

    pub(super) fn right_of(&self, spot: Spot) -> Spot {
        match grapheme_at(self.line_text(spot.line), spot.byte) {
            Some(grapheme) => Spot { byte: spot.byte + grapheme.len(), ..spot },
            None if spot.line + 1 < self.lines.len() => Spot { line: spot.line + 1, byte: 0 },
            None => spot,
        }
    }

    /// The beginning of the word before; of the line before, its end.
    pub(super) fn word_left(&self, spot: Spot) -> Spot {
        let before = self.line_text(spot.line).get(..spot.byte).unwrap_or_default();
        if before.is_empty() {
            return self.left_of(spot);
        }
        let word = before.split_word_bound_indices().rev().find(|(_, word)| word.contains(char::is_alphanumeric));
        Spot { byte: word.map_or(0, |(at, _)| at), ..spot }
    }

    /// The end of the word after; of the line after, its beginning.
    pub(super) fn word_right(&self, spot: Spot) -> Spot {
        let after = self.line_text(spot.line).get(spot.byte..).unwrap_or_default();
        if after.is_empty() {
            return self.right_of(spot);
        }
        let word = after.split_word_bound_indices().find(|(_, word)| word.contains(char::is_alphanumeric));
        Spot { byte: spot.byte + word.map_or(after.len(), |(at, word)| at + word.len()), ..spot }
    }

    fn row_start(&self) -> Spot {
        let rows = self.rows_of(self.cursor.line);
        let range = rows.range(rows.row_of(self.cursor.byte), self.line_text(self.cursor.line).len());
        let byte = if self.cursor.byte == range.start { 0 } else { range.start };
        Spot { byte, ..self.cursor }
    }

    fn row_end(&self) -> Spot {
        let text = self.line_text(self.cursor.line);
        let rows = self.rows_of(self.cursor.line);
        let row = rows.row_of(self.cursor.byte);
        let range = rows.range(row, text.len());
        // Behind the last grapheme of a row that goes on, the next row begins.
        let last = row + 1 >= rows.count();
        let end = if last { range.end } else { range.end - grapheme_before(text, range.end).map_or(0, str::len) };
        let byte = if self.cursor.byte == end { text.len() } else { end };
        Spot { byte, ..self.cursor }
    }

    /// Rows up or down; beyond the first and the last row, the beginning and the end.
    fn by_rows(&mut self, by: isize, goal: Option<u16>) -> Spot {
        let mut line = self.cursor.line;
        self.lay(line);
        let rows = self.rows_of(line);
        let mut row = rows.row_of(self.cursor.byte);
        let goal = goal.unwrap_or_else(|| column_of(self.line_text(line), &rows, row, self.cursor.byte));
        drop(rows);
        self.goal = Some(goal);
        for _ in 0..by.unsigned_abs() {
            if by > 0 {
                self.lay(line);
                if row + 1 < self.rows_of(line).count() {
                    row += 1;
                } else if line + 1 < self.lines.len() {
                    (line, row) = (line + 1, 0);
                } else {
                    return self.end();
                }
            } else if row > 0 {
                row -= 1;
            } else if line > 0 {
                line -= 1;
                self.lay(line);
                row = self.rows_of(line).count().saturating_sub(1);
            } else {
                return Spot::default();
            }
        }
        self.lay(line);
        Spot { line, byte: byte_of(self.line_text(line), &self.rows_of(line), row, goal) }
    }
}
