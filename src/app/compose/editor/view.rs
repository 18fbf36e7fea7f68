//! What of a text is seen: rows from the first visible one on, long quotes folded.

use std::borrow::Cow;

use super::rows::{Rows, byte_of, column_of, depth};
use super::{Editor, Spot};

/// A quote of more lines than this is folded.
const SHORT: usize = 4;

/// A row of a text: a line, and which of its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Pos {
    /// Which line; of a folded quote, its second.
    pub line: usize,
    /// Which of its rows.
    pub row: usize,
}

/// A row that is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown<'e> {
    /// Text.
    Text {
        /// Which line.
        line: usize,
        /// The part of it that stands on this row.
        text: &'e str,
        /// How deep it is quoted.
        depth: usize,
        /// Whether it is the line's first row: the marks of a quote stand in its text.
        first: bool,
        /// Columns before the text.
        indent: u16,
        /// Whether the cursor is in this line: then it is shown as it is.
        here: bool,
        /// The columns of what is selected of it, from and to; a selected line break has one.
        selected: Option<(u16, u16)>,
    },
    /// Quoted lines that are not shown.
    Fold {
        /// The first of them.
        line: usize,
        /// How many.
        count: usize,
        /// How deep the first is quoted.
        depth: usize,
    },
}

impl Editor {
    /// The rows of a line: those that are kept, else made anew.
    pub(super) fn rows_of(&self, line: usize) -> Cow<'_, Rows> {
        match self.lines.get(line) {
            Some(kept) => {
                kept.rows.as_ref().map_or_else(|| Cow::Owned(Rows::of(&kept.text, self.width)), Cow::Borrowed)
            }
            None => Cow::Owned(Rows::of("", self.width)),
        }
    }

    /// Keeps the rows of a line.
    pub(super) fn lay(&mut self, line: usize) {
        let width = self.width;
        if let Some(line) = self.lines.get_mut(line)
            && line.rows.is_none()
        {
            line.rows = Some(Rows::of(&line.text, width));
        }
    }

    /// Rows have so many columns from now on.
    pub fn set_width(&mut self, width: u16) {
        if self.width == width {
            return;
        }
        self.width = width;
        for line in &mut self.lines {
            line.rows = None;
        }
        (self.top.row, self.goal) = (0, None);
    }

    fn is_quoted(&self, line: usize) -> bool {
        self.line_text(line).starts_with('>')
    }

    /// The first and the last line of the folded quote that this line is in; `None`: it is shown whole.
    fn fold(&self, line: usize) -> Option<(usize, usize)> {
        if !self.is_quoted(line) {
            return None;
        }
        let before = self.lines.get(..line)?.iter().rev().take_while(|line| line.text.starts_with('>')).count();
        let first = line - before;
        let run = self.lines.get(first..)?.iter().take_while(|line| line.text.starts_with('>'));
        let (count, open) = run.fold((0, false), |(count, open), line| (count + 1, open || line.open));
        (count > SHORT && !open).then_some((first, first + count - 1))
    }

    /// Whether a quote is folded.
    pub fn has_folds(&self) -> bool {
        let mut line = 0;
        while line < self.lines.len() {
            if self.fold(line).is_some() {
                return true;
            }
            let rest = self.lines.get(line..).unwrap_or_default();
            let quoted = rest.iter().take_while(|line| line.text.starts_with('>')).count();
            line += quoted.max(1);
        }
        false
    }

    /// Shows every quote whole; where none is folded, folds those that the cursor is not in.
    pub fn toggle_folds(&mut self) {
        let open = self.has_folds();
        for line in &mut self.lines {
            line.open = open;
        }
    }

    /// The row after this one; `None`: it is the last.
    fn after(&self, pos: Pos) -> Option<Pos> {
        let next = match self.fold(pos.line) {
            Some((first, last)) if pos.line > first => last + 1,
            _ if pos.row + 1 < self.rows_of(pos.line).count() => return Some(Pos { row: pos.row + 1, ..pos }),
            _ => pos.line + 1,
        };
        (next < self.lines.len()).then_some(Pos { line: next, row: 0 })
    }

    /// The row before this one; `None`: it is the first.
    fn before(&self, pos: Pos) -> Option<Pos> {
        if pos.row > 0 {
            return Some(Pos { row: pos.row - 1, ..pos });
        }
        let line = pos.line.checked_sub(1)?;
        match self.fold(line) {
            // The whole of what is folded is one row.
            Some((first, last)) if line > first && pos.line > last => Some(Pos { line: first + 1, row: 0 }),
            _ => Some(Pos { line, row: self.rows_of(line).count().saturating_sub(1) }),
        }
    }

    /// The row that the cursor is in.
    fn here(&self) -> Pos {
        Pos { line: self.cursor.line, row: self.rows_of(self.cursor.line).row_of(self.cursor.byte) }
    }

    /// Scrolls as little as needed to show the cursor in so many rows, unfolds the quote that it is in, and keeps the rows of
    /// what is seen.
    pub fn reveal(&mut self, height: u16) {
        let height = usize::from(height).max(1);
        let line = self.cursor.line;
        if self.fold(line).is_some_and(|(first, _)| line > first)
            && let Some(line) = self.lines.get_mut(line)
        {
            line.open = true;
        }
        self.lay(line);
        self.seat();
        let here = self.here();
        if here < self.top {
            self.top = here;
        }
        let (mut pos, mut seen) = (self.top, 1);
        while pos < here && seen < height {
            self.lay(pos.line);
            let Some(next) = self.after(pos) else { break };
            (pos, seen) = (next, seen + 1);
        }
        if pos < here {
            self.top = self.back(here, height - 1);
        }
        // Where rows went away below, there is no need for empty ones.
        let (mut pos, mut seen) = (self.top, 1);
        while seen < height {
            self.lay(pos.line);
            let Some(next) = self.after(pos) else { break };
            (pos, seen) = (next, seen + 1);
        }
        self.lay(pos.line);
        self.top = self.back(self.top, height - seen);
    }

    /// So many rows up from here.
    fn back(&mut self, from: Pos, rows: usize) -> Pos {
        let mut pos = from;
        for _ in 0..rows {
            self.lay(pos.line.saturating_sub(1));
            let Some(before) = self.before(pos) else { break };
            pos = before;
        }
        pos
    }

    /// The first visible row is one that there is.
    fn seat(&mut self) {
        self.top.line = self.top.line.min(self.lines.len().saturating_sub(1));
        self.lay(self.top.line);
        if let Some((first, _)) = self.fold(self.top.line)
            && self.top.line > first
        {
            self.top = Pos { line: first + 1, row: 0 };
        }
        self.top.row = self.top.row.min(self.rows_of(self.top.line).count().saturating_sub(1));
    }

    /// Scrolls by so many rows, and takes the cursor along, so that it stays visible.
    pub fn scroll(&mut self, by: isize, height: u16) {
        for _ in 0..by.unsigned_abs() {
            let next = if by > 0 { self.after(self.top) } else { self.before(self.top) };
            let Some(next) = next else { break };
            self.top = next;
            self.lay(next.line);
        }
        let here = self.here();
        let mut rows = self.visible(height);
        // What is folded stays so.
        rows.retain(|pos| self.fold(pos.line).is_none_or(|(first, _)| pos.line == first));
        let (Some(first), Some(last)) = (rows.first().copied(), rows.last().copied()) else { return };
        let to = here.clamp(first, last);
        if to != here {
            let line = self.line_text(to.line);
            let column = column_of(self.line_text(here.line), &self.rows_of(here.line), here.row, self.cursor.byte);
            let byte = byte_of(line, &self.rows_of(to.line), to.row, column);
            self.put(Spot { line: to.line, byte });
        }
    }

    /// The visible rows.
    fn visible(&self, height: u16) -> Vec<Pos> {
        let mut rows = vec![self.top];
        while rows.len() < usize::from(height) {
            let Some(next) = rows.last().and_then(|last| self.after(*last)) else { break };
            rows.push(next);
        }
        rows
    }

    /// What is seen in so many rows.
    pub fn shown(&self, height: u16) -> Vec<Shown<'_>> {
        self.visible(height).into_iter().map(|pos| self.show(pos)).collect()
    }

    fn show(&self, pos: Pos) -> Shown<'_> {
        let text = self.line_text(pos.line);
        if let Some((first, last)) = self.fold(pos.line).filter(|(first, _)| pos.line > *first) {
            return Shown::Fold { line: first + 1, count: last - first, depth: depth(text) };
        }
        let rows = self.rows_of(pos.line);
        Shown::Text {
            line: pos.line,
            text: text.get(rows.range(pos.row, text.len())).unwrap_or_default(),
            depth: depth(text),
            first: pos.row == 0,
            indent: rows.indent_of(pos.row),
            here: pos.line == self.cursor.line,
            selected: self.selected_of(pos, text, &rows),
        }
    }

    /// The columns of a row that are selected.
    fn selected_of(&self, pos: Pos, text: &str, rows: &Rows) -> Option<(u16, u16)> {
        let (from, to) = self.selection()?;
        let range = rows.range(pos.row, text.len());
        let spot = |byte: usize| Spot { line: pos.line, byte };
        let last = range.end == text.len();
        let beyond = last && to.line > pos.line;
        if to <= spot(range.start) || from > spot(range.end) || from == spot(range.end) && !beyond {
            return None;
        }
        let column = |spot: Spot| column_of(text, rows, pos.row, spot.byte);
        let begin = column(from.max(spot(range.start)));
        Some((begin, column(to.min(spot(range.end))).saturating_add(u16::from(beyond))))
    }

    /// Where the cursor is among what is seen: row and column from the top left; `None`: it is not seen.
    pub fn cursor_cell(&self, height: u16) -> Option<(u16, u16)> {
        let here = self.here();
        let row = self.visible(height).into_iter().position(|pos| pos == here)?;
        let column = column_of(self.line_text(here.line), &self.rows_of(here.line), here.row, self.cursor.byte);
        // Blanks may hang over the edge.
        Some((u16::try_from(row).ok()?, column.min(self.width)))
    }

    /// Puts the cursor where was clicked: row and column from the top left.
    pub fn click(&mut self, (row, column): (u16, u16), height: u16) {
        let rows = self.visible(height);
        let Some(pos) = rows.get(usize::from(row)).or(rows.last()).copied() else { return };
        self.lay(pos.line);
        let byte = byte_of(self.line_text(pos.line), &self.rows_of(pos.line), pos.row, column);
        self.put(Spot { line: pos.line, byte });
    }
}
