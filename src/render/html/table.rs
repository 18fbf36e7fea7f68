//! Tables: data stays a table, short rows of a layout become one line, the rest is read from top to bottom.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The red of a link's text in a table; green and blue are its place.
pub(super) const TARGET: u8 = 1;

/// The red of the little text beside a link in a table.
pub(super) const NOTE: u8 = 2;

/// The red of what stands for a picture in a table.
pub(super) const PICTURE: u8 = 3;

/// The red of a button's text in a table.
pub(super) const BUTTON: u8 = 4;

/// The attribute of a table of data that says how many columns it takes.
const WIDTH: &str = "data-columns=";

/// Columns that a table of data may take before its cells are wrapped.
const MAX_WIDTH: usize = 84;

/// A cell of data that is wider is prose.
const MAX_CELL: usize = 76;

/// A row of a layout that is no wider is shown as one line.
const MAX_ROW: usize = 76;

/// Columns between two cells.
const GAP: usize = 2;

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
    /// The open cell: where it begins, the paragraphs before it, whether it is a `th`.
    pub(super) open: Option<(usize, usize, bool)>,
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
    /// Its text and columns, when it is one line.
    pub(super) text: Option<(String, usize)>,
    /// Whether it is a `th`.
    pub(super) header: bool,
}

impl Cell {
    fn width(&self) -> usize {
        self.text.as_ref().map_or(0, |(_, width)| *width)
    }

    fn is_line(&self) -> bool {
        self.empty || self.width() > 0 && self.width() <= MAX_CELL
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

/// Writes a cell with its links as colours of ours (`html::flow` reads them back): for a link html2text reserves
/// five columns more than it needs, which tears the columns of a table apart.
fn coloured(cell: &str, out: &mut String) {
    let mut pieces = cell.split("<a href=\"#");
    out.push_str(pieces.next().unwrap_or(""));
    for piece in pieces {
        let (target, text) = piece.split_once("\">").unwrap_or(("", piece));
        let kind = match target.as_bytes().first() {
            Some(b'n') => NOTE,
            Some(b'p') => PICTURE,
            Some(b'b') => BUTTON,
            _ => TARGET,
        };
        let place: u16 = target.get(1..).and_then(|place| place.parse().ok()).unwrap_or(0);
        // Writing to a String cannot fail.
        let _ = write!(out, "<span style=\"color:#{kind:02x}{place:04x}\">");
        out.push_str(&text.replacen("</a>", "</span>", 1));
    }
}

/// The source with tables that are wider than this bare of their padding and rule, which would be wrapped as words are.
pub(super) fn narrowed(source: &str, width: usize) -> Cow<'_, str> {
    let mark = format!("<table {WIDTH}\"");
    let mut out = String::new();
    let mut rest = source;
    while let Some(at) = rest.find(&mark) {
        let (before, table) = rest.split_at(at);
        let end = table.find("</table>").unwrap_or(table.len());
        let (table, after) = table.split_at(end);
        let columns = table.get(mark.len()..).and_then(|text| text.split('"').next()?.parse().ok()).unwrap_or(0);
        out.push_str(before);
        if columns > width {
            bare(table, &mut out);
        } else {
            out.push_str(table);
        }
        rest = after;
    }
    if out.is_empty() {
        return Cow::Borrowed(source);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// A table without what was put before its cells, and without the rule below its header.
fn bare(table: &str, out: &mut String) {
    for row in table.split_inclusive("</tr>") {
        if row.starts_with("<tr><td>─") {
            continue;
        }
        for cell in row.split_inclusive("<td>") {
            out.push_str(cell.trim_start_matches('\u{a0}'));
        }
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

    fn as_data(&self, source: &str) -> Option<String> {
        let rows: Vec<&Vec<Cell>> = self.rows.iter().filter(|row| row.iter().any(|cell| !cell.empty)).collect();
        let columns = rows.iter().map(|row| row.len()).max()?;
        let full = rows.iter().filter(|row| row.iter().filter(|cell| !cell.empty).count() >= 2).count();
        let covered: usize = self.rows.iter().flatten().map(|cell| cell.end - cell.start).sum();
        let lines = rows.iter().all(|row| row.iter().all(Cell::is_line));
        if !lines || full < 2 || full * 2 < rows.len() || columns > 12 || covered != source.len() - self.start {
            return None;
        }
        let header = rows.first().is_some_and(|row| row.iter().all(|cell| cell.header));
        let widths: Vec<usize> = (0..columns)
            .map(|column| rows.iter().filter_map(|row| row.get(column)).map(Cell::width).max().unwrap_or(0))
            .collect();
        let total = widths.iter().sum::<usize>() + GAP * columns.saturating_sub(1);
        // A header says that these are data, also when they have to be wrapped.
        if total > MAX_WIDTH && !(header && total <= MAX_WIDTH * 2) {
            return None;
        }
        let right: Vec<bool> = (0..columns)
            .map(|column| {
                let cells = rows.iter().skip(usize::from(header)).filter_map(|row| row.get(column));
                let mut filled = cells.filter(|cell| !cell.empty).peekable();
                filled.peek().is_some() && filled.all(Cell::is_number)
            })
            .collect();
        // `html::flow` takes the padding away again where the table is wider than the pane.
        let mut out = format!("<table {WIDTH}\"{total}\">");
        for (number, row) in rows.iter().enumerate() {
            out.push_str("<tr>");
            for (column, width) in widths.iter().enumerate() {
                let cell = row.get(column);
                let padding = width.saturating_sub(cell.map_or(0, Cell::width));
                out.push_str("<td>");
                if right.get(column).copied().unwrap_or(false) && total <= MAX_WIDTH {
                    out.push_str(&"\u{a0}".repeat(padding));
                }
                coloured(cell.map_or("", |cell| cell.inner(source)), &mut out);
                out.push_str(if column + 1 < columns { "\u{a0}</td>" } else { "</td>" });
            }
            out.push_str("</tr>");
            if header && number == 0 && total <= MAX_WIDTH {
                out.push_str("<tr>");
                for (column, width) in widths.iter().enumerate() {
                    let gap = usize::from(column + 1 < columns);
                    let _ = write!(out, "<td>{}</td>", "─".repeat(width + gap));
                }
                out.push_str("</tr>");
            }
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
