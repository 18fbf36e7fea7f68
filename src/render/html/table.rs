//! Tables: data stays a table, short rows of a layout become one line, the rest is read from top to bottom.

use std::fmt::Write as _;

use crate::render::html::grid::{GAP, HEAD, RIGHT, START};

/// Columns that a table of data may take before its cells are wrapped.
const MAX_WIDTH: usize = 84;

/// A cell of data that is wider is prose.
const MAX_CELL: usize = 76;

/// A row of a layout that is no wider is shown as one line.
const MAX_ROW: usize = 76;

/// Columns of a table of data; a cell that takes more of them takes these.
pub(super) const MAX_COLUMNS: usize = 12;

/// Cells beyond this leave the table as it is.
const MAX_CELLS: usize = 5_000;

/// A table while it is read; offsets are those of the cleaned source.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Where it begins.
    pub(super) start: usize,
    /// The containers open around it.
    pub(super) base: usize,
    /// Its rows.
    pub(super) rows: Vec<Vec<Cell>>,
    /// The open cell: where it begins, the paragraphs before it, whether it is a `th`, the columns it takes.
    pub(super) open: Option<(usize, usize, bool, usize)>,
    /// Whether another table is inside.
    pub(super) nested: bool,
}

/// A cell: its source from `start` up to `end`.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// Where it begins.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
    /// Whether it shows nothing.
    pub(super) empty: bool,
    /// Its text and columns, when it is one paragraph.
    pub(super) text: Option<(String, usize)>,
    /// Whether that paragraph has line breaks.
    pub(super) broken: bool,
    /// Whether it is a `th`.
    pub(super) header: bool,
    /// The columns of the table that it takes, from 1.
    pub(super) span: usize,
}

impl Cell {
    fn width(&self) -> usize {
        self.text.as_ref().map_or(0, |(_, width)| *width)
    }

    fn is_line(&self) -> bool {
        self.empty || !self.broken && self.width() > 0 && self.width() <= MAX_CELL
    }

    /// Whether it is text that a column can hold, in as many lines as it takes.
    fn is_text(&self) -> bool {
        self.empty || self.width() > 0
    }

    /// The cell's source without the tags of its only paragraph.
    fn inner<'a>(&self, source: &'a str) -> &'a str {
        let cell = source.get(self.start..self.end).unwrap_or("");
        let cell = cell.strip_prefix("<br>").unwrap_or(cell);
        let open = cell.find('>').map_or(0, |at| at + 1);
        let close = cell.rfind("</").unwrap_or(cell.len());
        if self.empty { "" } else { cell.get(open..close).unwrap_or("") }
    }

    /// Whether it is a number or an amount: those stand on the right.
    fn is_number(&self) -> bool {
        let text = self.text.as_ref().map_or("", |(text, _)| text.as_str());
        text.chars().any(|c| c.is_ascii_digit())
            && text.chars().all(|c| c.is_ascii_digit() || ".,-+%()$€£¥ ".contains(c))
    }
}

impl Table {
    /// Takes in a cell that ended.
    pub(super) fn close_cell(&mut self, cell: Cell) {
        match self.rows.last_mut() {
            Some(row) => row.push(cell),
            None => self.rows.push(vec![cell]),
        }
    }

    /// Turns the source since the table's beginning into what html2text is to lay out.
    pub(super) fn finish(&self, source: &mut String) {
        let cells: usize = self.rows.iter().map(Vec::len).sum();
        if !(2..=MAX_CELLS).contains(&cells) || self.start > source.len() {
            return;
        }
        let data = if self.nested { None } else { self.as_data(source) };
        if let Some(data) = data {
            source.truncate(self.start);
            source.push_str(&data);
        } else {
            self.join_rows(source);
        }
    }

    /// The table as `html::grid` reads it, when it is one of data.
    fn as_data(&self, source: &str) -> Option<String> {
        let rows: Vec<&Vec<Cell>> = self.rows.iter().filter(|row| row.iter().any(|cell| !cell.empty)).collect();
        let columns = rows.iter().map(|row| columns_of(row)).max()?;
        let full = rows.iter().filter(|row| row.iter().filter(|cell| !cell.empty).count() >= 2).count();
        let covered: usize = self.rows.iter().flatten().map(|cell| cell.end - cell.start).sum();
        if full < 2 || full * 2 < rows.len() || columns > MAX_COLUMNS || covered != source.len() - self.start {
            return None;
        }
        let rows: Vec<Vec<Option<&Cell>>> = rows.into_iter().map(|row| placed(row, columns)).collect();
        let head = is_head(&rows);
        let right: Vec<bool> = (0..columns).map(|column| is_right(&rows, column, usize::from(head))).collect();
        let cells = || rows.iter().flatten().flatten();
        if head {
            // A header says that these are data, also when they have to be wrapped.
            if !cells().all(|cell| cell.is_text()) {
                return None;
            }
        } else {
            let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)?.map(Cell::width)).max();
            let total = (0..columns).filter_map(widest).sum::<usize>() + GAP * columns.saturating_sub(1);
            if total > MAX_WIDTH || !cells().all(|cell| cell.is_line()) {
                return None;
            }
        }
        let mut out = START.to_owned();
        out.push(if head { HEAD } else { '-' });
        out.extend(right.iter().map(|right| if *right { RIGHT } else { '-' }));
        out.push_str("\">");
        for row in &rows {
            out.push_str("<tr>");
            for cell in row {
                // Writing to a String cannot fail.
                let _ = write!(out, "<td>{}</td>", cell.map_or("", |cell| cell.inner(source)));
            }
            out.push_str("</tr>");
        }
        out.push_str("</table>");
        Some(out)
    }

    /// Rows whose cells are a line each become one line.
    fn join_rows(&self, source: &mut String) {
        let joins = |row: &&Vec<Cell>| {
            let count = row.iter().filter(|cell| !cell.empty).count();
            let total: usize = row.iter().map(|cell| cell.width() + GAP).sum();
            row.iter().all(Cell::is_line) && count >= 2 && total <= MAX_ROW + GAP
        };
        let rows: Vec<&Vec<Cell>> = self.rows.iter().filter(joins).collect();
        let Some(from) = rows.first().and_then(|row| row.first()).map(|cell| cell.start) else { return };
        let tail = source.split_off(from);
        let mut done = from;
        let at =
            |begin: usize, end: usize| tail.get(begin.saturating_sub(from)..end.saturating_sub(from)).unwrap_or("");
        for row in rows {
            let mut line = row.iter().filter(|cell| !cell.empty);
            let Some(first) = line.next() else { continue };
            let last_end = row.last().map_or(first.end, |cell| cell.end);
            source.push_str(at(done, first.end));
            let close_at = source.rfind("</").unwrap_or(source.len());
            let close = source.split_off(close_at);
            for cell in line {
                source.push_str("\u{a0} ");
                let shifted = Cell { start: cell.start - from, end: cell.end - from, ..cell.clone() };
                source.push_str(shifted.inner(&tail));
            }
            source.push_str(&close);
            done = last_end;
        }
        source.push_str(at(done, from + tail.len()));
    }
}

fn columns_of(row: &[Cell]) -> usize {
    row.iter().map(|cell| cell.span).sum()
}

/// A row with nothing in the columns that its wide cells take beside their first; a row that is one wide cell stays so.
fn placed(row: &[Cell], columns: usize) -> Vec<Option<&Cell>> {
    let mut filled = row.iter().filter(|cell| !cell.empty);
    if let (Some(only), None) = (filled.next(), filled.next())
        && only.span > 1
    {
        return vec![Some(only)];
    }
    let mut out: Vec<Option<&Cell>> = Vec::new();
    for cell in row {
        out.push(Some(cell));
        out.extend((1..cell.span).map(|_| None));
    }
    out.resize(columns, None);
    out
}

/// Whether the first row names the columns: its cells are `th`, or it is words above what has a column of numbers.
fn is_head(rows: &[Vec<Option<&Cell>>]) -> bool {
    let Some((first, rest)) = rows.split_first() else { return false };
    if first.iter().flatten().all(|cell| cell.header) {
        return true;
    }
    let names = first.iter().all(|cell| cell.is_some_and(|cell| !cell.empty && cell.is_line() && !cell.is_number()));
    let even = rest.iter().all(|row| row.len() == first.len() || row.len() == 1);
    let columns = first.len();
    let whole = |column: usize| rest.iter().all(|row| row.len() == 1 || row.get(column).is_some_and(Option::is_some));
    let figures = |column: usize| is_right(rows, column, 1) && whole(column);
    names && even && columns >= 3 && !is_right(rows, 0, 1) && (1..columns).any(figures)
}

/// Whether a column holds numbers alone, below so many rows.
fn is_right(rows: &[Vec<Option<&Cell>>], column: usize, below: usize) -> bool {
    let rows = rows.iter().skip(below).filter(|row| row.len() > 1);
    let cells = rows.filter_map(|row| row.get(column).copied().flatten());
    let mut filled = cells.filter(|cell| !cell.empty).peekable();
    filled.peek().is_some() && filled.all(Cell::is_number)
}
