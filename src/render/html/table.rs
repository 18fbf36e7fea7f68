//! Tables: data gets columns, short rows of a layout become one line, the rest is read from top to bottom.

use crate::render::{Block, BlockKind, Span, SpanRole};
use crate::safe_text::SafeText;

/// Columns that a table of data may take; a wider one is no table on a terminal.
const MAX_WIDTH: usize = 84;

/// A row of a layout that is no wider is shown as one line.
const MAX_ROW: usize = 76;

/// Columns between two cells.
const GAP: usize = 2;

/// Cells beyond this leave the table as it is.
const MAX_CELLS: usize = 5_000;

/// A table while it is read.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The number of blocks before it.
    pub(super) start: usize,
    /// Its rows.
    pub(super) rows: Vec<Vec<Cell>>,
    /// The number of blocks before the open cell, and whether that is a `th`.
    pub(super) open: Option<(usize, bool)>,
    /// Whether another table is inside.
    pub(super) nested: bool,
}

/// The blocks of a cell: from `start` up to `end`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    start: usize,
    end: usize,
    header: bool,
}

impl Table {
    /// Closes the open cell at `end` blocks.
    pub(super) fn close_cell(&mut self, end: usize) {
        if let Some((start, header)) = self.open.take() {
            let cell = Cell { start, end: end.max(start), header };
            match self.rows.last_mut() {
                Some(row) => row.push(cell),
                None => self.rows.push(vec![cell]),
            }
        }
    }

    /// Turns the blocks since the table's beginning into what is shown.
    pub(super) fn finish(&self, blocks: &mut Vec<Block>) {
        let cells: usize = self.rows.iter().map(Vec::len).sum();
        if !(2..=MAX_CELLS).contains(&cells) || self.start > blocks.len() {
            return;
        }
        let data = if self.nested { None } else { self.as_data(blocks) };
        if let Some(block) = data {
            blocks.truncate(self.start);
            blocks.push(block);
            return;
        }
        self.join_rows(blocks);
    }

    fn as_data(&self, blocks: &[Block]) -> Option<Block> {
        let mut rows: Vec<Vec<Option<&Block>>> = Vec::new();
        let mut header = false;
        for row in &self.rows {
            let cells: Vec<Option<&Block>> =
                row.iter().map(|cell| only_line(blocks, *cell)).collect::<Option<Vec<_>>>()?;
            if cells.iter().any(Option::is_some) {
                header |= rows.is_empty() && row.iter().all(|cell| cell.header);
                rows.push(cells);
            }
        }
        let columns = rows.iter().map(Vec::len).max()?;
        let full = rows.iter().filter(|row| row.iter().flatten().count() >= 2).count();
        let covered: usize = rows.iter().flatten().flatten().count();
        if full < 2 || full * 2 < rows.len() || columns > 12 || covered != blocks.len() - self.start {
            return None;
        }
        let width_of = |column: usize| {
            rows.iter().filter_map(|row| row.get(column).copied().flatten()).map(width).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width_of).collect();
        if widths.iter().sum::<usize>() + GAP * columns.saturating_sub(1) > MAX_WIDTH {
            return None;
        }
        let right: Vec<bool> = (0..columns)
            .map(|column| {
                let mut cells =
                    rows.iter().skip(usize::from(header)).filter_map(|row| row.get(column).copied().flatten());
                let first = cells.next();
                first.is_some_and(is_number) && cells.all(is_number)
            })
            .collect();
        let mut spans = Vec::new();
        for (number, row) in rows.iter().enumerate() {
            if number > 0 {
                spans.push(Span { role: SpanRole::Break, ..Span::default() });
            }
            data_row(row, &widths, &right, header && number == 0, &mut spans);
            if header && number == 0 {
                let total = widths.iter().sum::<usize>() + GAP * columns.saturating_sub(1);
                spans.push(Span { role: SpanRole::Break, ..Span::default() });
                spans.push(Span { text: SafeText::new(&"─".repeat(total)), role: SpanRole::Rule, ..Span::default() });
            }
        }
        let first = blocks.get(self.start)?;
        Some(Block { kind: BlockKind::Fixed, spans, quote: first.quote, indent: first.indent, tight: first.tight })
    }

    /// Rows whose cells are a line each become one line.
    fn join_rows(&self, blocks: &mut Vec<Block>) {
        let joins: Vec<&Vec<Cell>> = self
            .rows
            .iter()
            .filter(|row| {
                let cells: Option<Vec<_>> = row.iter().map(|cell| only_line(blocks, *cell)).collect();
                cells.is_some_and(|cells| {
                    let count = cells.iter().flatten().count();
                    let total: usize = cells.iter().flatten().map(|block| width(block) + GAP).sum();
                    count >= 2 && total <= MAX_ROW + GAP
                })
            })
            .collect();
        if joins.is_empty() {
            return;
        }
        let mut old: Vec<Option<Block>> = blocks.drain(self.start..).map(Some).collect();
        for row in joins {
            let mut places = row.iter().filter(|cell| cell.end > cell.start).map(|cell| cell.start - self.start);
            let Some(first) = places.next() else { continue };
            for place in places {
                let Some(mut next) = old.get_mut(place).and_then(Option::take) else { continue };
                if let Some(Some(into)) = old.get_mut(first) {
                    into.spans.push(blanks(GAP));
                    into.spans.append(&mut next.spans);
                }
            }
        }
        blocks.extend(old.into_iter().flatten());
    }
}

/// `None` when the cell holds more than one line, `Some(None)` when it is empty.
#[expect(clippy::option_option, reason = "empty and unsuitable are different answers")]
fn only_line(blocks: &[Block], cell: Cell) -> Option<Option<&Block>> {
    match blocks.get(cell.start..cell.end)? {
        [] => Some(None),
        [block] => {
            let line = block.spans.iter().all(|span| span.role != SpanRole::Break);
            let prose = matches!(block.kind, BlockKind::Paragraph | BlockKind::Heading);
            (line && prose && width(block) <= MAX_ROW).then_some(Some(block))
        }
        _ => None,
    }
}

fn width(block: &Block) -> usize {
    block.spans.iter().map(|span| span.text.width()).sum()
}

fn blanks(count: usize) -> Span {
    Span { text: SafeText::new(&" ".repeat(count)), ..Span::default() }
}

/// Whether a cell is a number or an amount: those stand on the right.
fn is_number(block: &Block) -> bool {
    let text: String = block.spans.iter().map(|span| span.text.as_str()).collect();
    text.chars().any(|c| c.is_ascii_digit()) && text.chars().all(|c| c.is_ascii_digit() || ".,-+%()$€£¥ ".contains(c))
}

fn data_row(row: &[Option<&Block>], widths: &[usize], right: &[bool], header: bool, spans: &mut Vec<Span>) {
    let last = row.iter().rposition(Option::is_some).unwrap_or(0);
    for (column, cell) in row.iter().enumerate().take(last + 1) {
        let room = widths.get(column).copied().unwrap_or(0);
        let fill = room.saturating_sub(cell.map_or(0, width));
        let to_right = right.get(column).copied().unwrap_or(false);
        if column > 0 {
            spans.push(blanks(GAP));
        }
        if to_right && fill > 0 {
            spans.push(blanks(fill));
        }
        for span in cell.iter().flat_map(|block| &block.spans) {
            spans.push(Span { strong: span.strong || header, ..span.clone() });
        }
        if !to_right && fill > 0 && column < last {
            spans.push(blanks(fill));
        }
    }
}
