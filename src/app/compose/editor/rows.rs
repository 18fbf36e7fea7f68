//! How a line is broken into rows: between words where that can be, at any wide character, never within a grapheme.

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};
use unicode_width::UnicodeWidthStr;

use crate::safe_text::{SafeText, is_safe_char};

/// Columns between tab stops.
const TAB: u16 = 8;

/// The rows of a line: where each begins, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// Never empty: the first row begins at 0.
    starts: Vec<usize>,
    /// Columns before the text of every row but the first: of a quoted line, those of its marks.
    indent: u16,
}

/// The grapheme that begins at this byte.
pub fn grapheme_at(text: &str, at: usize) -> Option<&str> {
    let bytes = text.as_bytes();
    let first = bytes.get(at)?;
    // Between two letters of ASCII there always is a border: no break of a line stands in a line.
    if first.is_ascii() && bytes.get(at + 1).is_none_or(u8::is_ascii) {
        return text.get(at..=at);
    }
    text.get(at..)?.graphemes(true).next()
}

/// The grapheme that ends at this byte.
pub fn grapheme_before(text: &str, at: usize) -> Option<&str> {
    text.get(..at)?.graphemes(true).next_back()
}

/// The last border between graphemes that is not beyond this byte.
pub fn boundary(text: &str, byte: usize) -> usize {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    // It looks back as far as it has to, and no further.
    let mut cursor = GraphemeCursor::new(byte, text.len(), true);
    match cursor.is_boundary(text, 0) {
        Ok(false) => cursor.prev_boundary(text, 0).ok().flatten().unwrap_or(0),
        Ok(true) | Err(_) => byte,
    }
}

/// Columns that a grapheme takes at this column.
pub fn cells(grapheme: &str, column: u16) -> u16 {
    let mut bytes = grapheme.bytes();
    match (bytes.next(), bytes.next()) {
        (Some(b' '..=b'~'), None) => 1,
        (Some(b'\t'), None) => TAB - column % TAB,
        _ if grapheme.chars().all(is_safe_char) => u16::try_from(grapheme.width()).unwrap_or(2),
        _ => u16::try_from(SafeText::new(grapheme).width()).unwrap_or(2),
    }
}

/// How deep a line is quoted: the marks at its beginning.
pub fn depth(text: &str) -> usize {
    text.bytes().take_while(|byte| *byte == b'>').count()
}

/// Columns that stand before every row but the first.
fn indent(text: &str, width: u16) -> u16 {
    match depth(text) {
        0 => 0,
        deep => u16::try_from(deep + 1).unwrap_or(u16::MAX).min(width / 2),
    }
}

/// Breaks a text from this byte on, where a row begins; `row` is told where the next one begins, and says whether to end.
fn wrap(text: &str, from: usize, (width, indent): (u16, u16), mut row: impl FnMut(usize) -> bool) {
    let (mut start, mut at) = (from, from);
    let mut column = if from == 0 { 0 } else { indent };
    let mut may_break = None;
    while let Some(grapheme) = grapheme_at(text, at) {
        let wide = cells(grapheme, column);
        let blank = matches!(grapheme, " " | "\t");
        if wide > 1 && !blank {
            may_break = Some(at);
        }
        // Blanks hang over the edge: they begin no row.
        if column.saturating_add(wide) > width && !blank && at > start {
            start = may_break.filter(|place| *place > start).unwrap_or(at);
            if row(start) {
                return;
            }
            (at, column, may_break) = (start, indent, None);
            continue;
        }
        column = column.saturating_add(wide);
        at += grapheme.len();
        if blank || wide > 1 {
            may_break = Some(at);
        }
    }
}

impl Rows {
    /// The rows of this text in so many columns.
    pub fn of(text: &str, width: u16) -> Self {
        let indent = indent(text, width);
        let mut starts = vec![0];
        // A tab alone takes more columns than bytes.
        if text.len() > usize::from(width) || text.contains('\t') {
            wrap(text, 0, (width, indent), |start| {
                starts.push(start);
                false
            });
        }
        Self { starts, indent }
    }

    /// The text was changed: at a byte so many bytes went and so many came. Rows before and after that stay.
    pub fn edited(&mut self, text: &str, width: u16, (at, removed, inserted): (usize, usize, usize)) {
        if self.indent != indent(text, width) || text.len() <= usize::from(width) {
            *self = Self::of(text, width);
            return;
        }
        // A word may fit into the row before now; and where the first row has more room, into the one before that.
        let kept = self.row_of(at).saturating_sub(2) + 1;
        let old = self.starts.split_off(kept.min(self.starts.len()));
        let from = self.starts.last().copied().unwrap_or(0);
        let mut same = None;
        wrap(text, from, (width, self.indent), |start| {
            if start > at + inserted {
                same = old.binary_search(&(start - inserted + removed)).ok();
            }
            if same.is_none() {
                self.starts.push(start);
            }
            same.is_some()
        });
        let rest = same.and_then(|place| old.get(place..)).unwrap_or_default();
        self.starts.extend(rest.iter().map(|start| start - removed + inserted));
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The row that this byte is in.
    pub fn row_of(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte).saturating_sub(1)
    }

    /// The bytes of a row, in a line of so many.
    pub fn range(&self, row: usize, bytes: usize) -> std::ops::Range<usize> {
        let start = self.starts.get(row).copied().unwrap_or(bytes);
        start..self.starts.get(row + 1).copied().unwrap_or(bytes)
    }

    /// Columns before the text of a row.
    pub const fn indent_of(&self, row: usize) -> u16 {
        if row == 0 { 0 } else { self.indent }
    }
}

/// The column of a byte in a row of a line.
pub fn column_of(text: &str, rows: &Rows, row: usize, byte: usize) -> u16 {
    let range = rows.range(row, text.len());
    let (mut at, mut column) = (range.start, rows.indent_of(row));
    while at < byte.min(range.end) {
        let Some(grapheme) = grapheme_at(text, at) else { break };
        column = column.saturating_add(cells(grapheme, column));
        at += grapheme.len();
    }
    column
}

/// The byte of a row that lies at this column, or before it.
pub fn byte_of(text: &str, rows: &Rows, row: usize, wanted: u16) -> usize {
    let range = rows.range(row, text.len());
    let (mut at, mut column) = (range.start, rows.indent_of(row));
    let last_row = row + 1 >= rows.count();
    while at < range.end {
        let Some(grapheme) = grapheme_at(text, at) else { break };
        let next = column.saturating_add(cells(grapheme, column));
        // The place behind a row's last grapheme is the beginning of the next row.
        if next > wanted || (!last_row && at + grapheme.len() >= range.end) {
            break;
        }
        (at, column) = (at + grapheme.len(), next);
    }
    at
}
