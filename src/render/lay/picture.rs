//! Room for pictures: the cells that each takes, kept free in the text below the words that stand for it.

use super::Layout;
use crate::render::{Document, Line, MEASURE, PictureRow, Span, SpanRole};
use crate::safe_text::SafeText;

/// Pictures of one message that are shown; the words of the others stay.
const MAX_PICTURES: usize = 30;
/// Rows that one picture takes at most.
const MAX_ROWS: u16 = 24;
/// Rows that the pictures of one message take at most; what comes after stays words.
const MAX_ALL: usize = 600;

/// The cells of each picture of a document.
pub(super) struct Pictures {
    /// Columns and rows by the picture's place; none where it is not shown.
    cells: Vec<Option<(u16, u16)>>,
    /// The picture that was laid last: the words for it may go over several lines.
    last: Option<usize>,
    rows: usize,
}

impl Pictures {
    /// The cells that pictures take in a pane of this width, where a cell has this many pixels.
    pub(super) fn new(document: &Document, width: u16, cell: Option<(u16, u16)>) -> Self {
        let fit = |size| cell.and_then(|cell| fit(size, cell, (width.min(MEASURE), MAX_ROWS)));
        let shown = document.pictures.iter().take(MAX_PICTURES);
        Self { cells: shown.map(|picture| fit(picture.size)).collect(), last: None, rows: 0 }
    }
}

/// The cells that a picture takes: its natural size, or smaller so that it fits the room. Nothing for one that would
/// take no more than a letter.
pub(super) fn fit(pixels: (u32, u32), cell: (u16, u16), room: (u16, u16)) -> Option<(u16, u16)> {
    let (cell_width, cell_height) = (u64::from(cell.0.max(1)), u64::from(cell.1.max(1)));
    let (width, height) = (u64::from(pixels.0), u64::from(pixels.1));
    if width == 0 || height == 0 || width < cell_width * 3 || height < cell_height {
        return None;
    }
    let (most_width, most_height) = (u64::from(room.0) * cell_width, u64::from(room.1) * cell_height);
    // The larger of the two factors by which it would have to shrink, as a fraction.
    let (part, whole) =
        if width * most_height > height * most_width { (most_width, width) } else { (most_height, height) };
    let (part, whole) = if part >= whole { (1, 1) } else { (part, whole) };
    let columns = (width * part / whole).div_ceil(cell_width).clamp(1, u64::from(room.0.max(1)));
    let rows = (height * part / whole).div_ceil(cell_height).clamp(1, u64::from(room.1.max(1)));
    Some((u16::try_from(columns).ok()?, u16::try_from(rows).ok()?))
}

impl Layout {
    /// Lays the picture that a line stands for; `false` when it stands for none, or for one that is not shown.
    pub(super) fn picture(&mut self, line: &Line, quote: u8) -> bool {
        let Some(words) = line.spans.iter().find(|span| span.role == SpanRole::Picture) else { return false };
        let Some(place) = words.link.map(usize::from) else { return false };
        let Some(cells) = self.pictures.cells.get(place).copied().flatten() else { return false };
        if self.pictures.last.replace(place) == Some(place) {
            return true;
        }
        self.pictures.rows += usize::from(cells.1);
        if self.pictures.rows > MAX_ALL {
            return false;
        }
        if words.emphasis {
            let text = SafeText::new(words.text.as_str().trim_matches(['[', ']']));
            self.push(quote, vec![Span { text, role: SpanRole::Muted, ..Span::default() }]);
        }
        for row in 0..cells.1 {
            self.push(quote, Vec::new());
            if let Some(last) = self.lines.last_mut() {
                last.line.picture = Some(PictureRow { picture: place, row, cells });
            }
        }
        true
    }
}
