//! Tables of data at a width: columns of which the prose is wrapped first, else a line for each cell.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

/// How a table of data begins in a cleaned page; a letter for its header and one for each column follow.
pub(super) const START: &str = "<table data-columns=\"";

/// The letter of a table whose first row names its columns.
pub(super) const HEAD: char = 'h';

/// The letter of a column that stands on the right.
pub(super) const RIGHT: char = 'r';

/// Columns between two cells.
pub(super) const GAP: usize = 2;

/// Lines that a row may take; a taller one is a pillar of words that nobody reads.
const MAX_HEIGHT: usize = 10;

/// A blank that html2text neither wraps at nor joins with another.
const BLANK: char = '\u{a0}';

/// The source with its tables of data as lines of at most `width` columns.
pub(super) fn laid(source: &str, width: usize) -> Cow<'_, str> {
    if !source.contains(START) {
        return Cow::Borrowed(source);
    }
    let mut out = String::with_capacity(source.len() + source.len() / 4);
    let mut rest = source;
    let mut inside = 0;
    while let Some((before, after)) = rest.split_once(START) {
        let (table, behind) = after.split_once("</table>").unwrap_or((after, ""));
        inside = (inside + columns_of("<", before)).saturating_sub(columns_of("</", before));
        out.push_str(before);
        Grid::read(table).write(width.saturating_sub(inside), &mut out);
        rest = behind;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The columns that the quotes and lists which begin (or end) in here take from what is inside of them.
fn columns_of(mark: &str, source: &str) -> usize {
    let count = |name: &str| source.matches(&format!("{mark}{name}")).count();
    count("blockquote") * 2 + count("ul>") * 2 + count("ol") * 4
}

/// A table of data.
struct Grid<'a> {
    head: bool,
    right: Vec<bool>,
    /// Its rows; one of a single cell goes over all columns.
    rows: Vec<Vec<&'a str>>,
}

impl<'a> Grid<'a> {
    fn read(table: &'a str) -> Self {
        let (letters, body) = table.split_once("\">").unwrap_or_default();
        let mut letters = letters.chars();
        let head = letters.next() == Some(HEAD);
        let row =
            |row: &'a str| row.split("<td>").skip(1).map(|cell| cell.split("</td>").next().unwrap_or("")).collect();
        Self {
            head,
            right: letters.map(|letter| letter == RIGHT).collect(),
            rows: body.split("<tr>").skip(1).map(row).collect(),
        }
    }

    fn write(&self, width: usize, out: &mut String) {
        out.push_str("<br>");
        match self.widths(width).and_then(|widths| self.lines(&widths, width)) {
            Some(lines) => {
                for line in lines {
                    out.push_str("<div>");
                    out.push_str(&line);
                    out.push_str("</div>");
                }
            }
            None => self.records(out),
        }
        out.push_str("<br>");
    }

    /// The columns of each column: the widest give way, none below its longest word. `None`: there is no room for them.
    fn widths(&self, width: usize) -> Option<Vec<usize>> {
        let columns = self.right.len();
        let room = width.checked_sub(GAP * columns.saturating_sub(1))?;
        let (mut least, mut widths) = (vec![0; columns], vec![0; columns]);
        for row in self.rows.iter().filter(|row| row.len() == columns) {
            for (column, cell) in row.iter().enumerate() {
                let (word, line) = measure(cell);
                let right = self.right.get(column).copied().unwrap_or(false);
                if let (Some(least), Some(width)) = (least.get_mut(column), widths.get_mut(column)) {
                    // A number has no place to be wrapped at.
                    *least = (*least).max(if right && is_number(cell) { line } else { word });
                    *width = (*width).max(line);
                }
            }
        }
        if least.iter().sum::<usize>() > room {
            return None;
        }
        for (width, least) in widths.iter_mut().zip(&least) {
            *width = (*width).min(room).max(*least);
        }
        while widths.iter().sum::<usize>() > room {
            let able = widths.iter_mut().zip(&least).filter(|(width, least)| **width > **least);
            let (widest, _) = able.max_by_key(|(width, _)| **width)?;
            *widest -= 1;
        }
        Some(widths)
    }

    /// The rows as lines. `None`: one is too tall to be read.
    fn lines(&self, widths: &[usize], width: usize) -> Option<Vec<String>> {
        let mut rows: Vec<Vec<Vec<Piece>>> = Vec::new();
        let mut used = vec![0; widths.len()];
        for row in &self.rows {
            if row.len() < widths.len() {
                rows.push(row.iter().map(|cell| wrap(cell, width)).collect());
                continue;
            }
            let cells: Vec<Vec<Piece>> = row.iter().zip(widths).map(|(cell, width)| wrap(cell, *width)).collect();
            if cells.iter().any(|cell| cell.len() > MAX_HEIGHT) {
                return None;
            }
            for (used, cell) in used.iter_mut().zip(&cells) {
                *used = cell.iter().map(|piece| piece.width).max().unwrap_or(0).max(*used);
            }
            rows.push(cells);
        }
        let mut out = Vec::new();
        for (number, row) in rows.iter().enumerate() {
            let height = row.iter().map(Vec::len).max().unwrap_or(0);
            out.extend((0..height).map(|line| self.line(row, line, &used)));
            if self.head && number == 0 {
                let rules: Vec<String> = used.iter().map(|width| "─".repeat(*width)).collect();
                out.push(rules.join(&"─".repeat(GAP)));
            }
        }
        Some(out)
    }

    /// One line of a row.
    fn line(&self, row: &[Vec<Piece>], line: usize, widths: &[usize]) -> String {
        let mut out = String::new();
        if row.len() < widths.len() {
            out.extend(row.iter().filter_map(|cell| cell.get(line)).map(|piece| piece.source.as_str()));
            return out;
        }
        for (column, width) in widths.iter().enumerate() {
            let piece = row.get(column).and_then(|cell| cell.get(line));
            let blanks = width.saturating_sub(piece.map_or(0, |piece| piece.width));
            let (before, after) =
                if self.right.get(column).copied().unwrap_or(false) { (blanks, 0) } else { (0, blanks) };
            out.extend(std::iter::repeat_n(BLANK, before));
            out.push_str(piece.map_or("", |piece| piece.source.as_str()));
            if row.len() > column + 1 {
                out.extend(std::iter::repeat_n(BLANK, after + GAP));
            }
        }
        out
    }

    /// A line for each cell, behind the name of its column; the rows apart.
    fn records(&self, out: &mut String) {
        let names = self.rows.first().filter(|_| self.head);
        for (number, row) in self.rows.iter().skip(usize::from(self.head)).enumerate() {
            if number > 0 {
                out.push_str("<br>");
            }
            for (column, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                let name = names.and_then(|names| names.get(column)).filter(|name| !name.is_empty() && row.len() > 1);
                out.push_str("<div>");
                if let Some(name) = name {
                    let name = name.replace("<br>", " ");
                    let colon = if name.ends_with(':') || name.ends_with(":</b>") { "" } else { ":" };
                    // Writing to a String cannot fail.
                    let _ = write!(out, "{name}{colon} ");
                }
                out.push_str(cell);
                out.push_str("</div>");
            }
        }
    }
}

/// A line of a cell: its source, in which no tag is left open, and its columns.
#[derive(Debug, Default)]
struct Piece {
    source: String,
    width: usize,
}

/// What a cell is made of.
enum Token<'a> {
    /// A tag that is no line break.
    Tag(&'a str),
    /// Letters, or an entity.
    Text(&'a str),
    /// Where a line may end: at a blank, or between two letters without one.
    Gap(&'a str),
    /// A line break.
    Break,
}

fn tokens(cell: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = cell;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = match first {
            '<' => rest.find('>').map_or(rest.len(), |at| at + 1),
            '&' => rest.find(';').map_or(rest.len(), |at| at + 1),
            ' ' | '\u{200b}' => first.len_utf8(),
            _ => rest.find(['<', '&', ' ', '\u{200b}']).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(end);
        rest = after;
        Some(match first {
            '<' if token == "<br>" => Token::Break,
            '<' => Token::Tag(token),
            ' ' | '\u{200b}' => Token::Gap(token),
            _ => Token::Text(token),
        })
    })
}

fn width_of(text: &str) -> usize {
    if text.starts_with('&') { 1 } else { text.width() }
}

/// The columns of a cell's longest word, and of its longest line.
fn measure(cell: &str) -> (usize, usize) {
    let (mut longest, mut widest, mut word, mut line) = (0, 0, 0, 0);
    for token in tokens(cell) {
        match token {
            Token::Tag(_) => {}
            Token::Text(text) => {
                word += width_of(text);
                line += width_of(text);
            }
            Token::Gap(gap) => {
                line += gap.width();
                word = 0;
            }
            Token::Break => (word, line) = (0, 0),
        }
        longest = longest.max(word);
        widest = widest.max(line);
    }
    (longest, widest)
}

fn is_number(cell: &str) -> bool {
    tokens(cell).all(|token| !matches!(token, Token::Text(text) if text.contains(char::is_alphabetic)))
}

/// A word, with the tags beside it.
#[derive(Default)]
struct Word<'a> {
    source: String,
    width: usize,
    /// The tags that were open before it.
    open: Vec<&'a str>,
    /// Whether a blank stands before it.
    blank: bool,
}

/// A cell as lines of at most `room` columns; a longer word has one to itself.
fn wrap(cell: &str, room: usize) -> Vec<Piece> {
    let mut lines = Vec::new();
    let mut line = Piece::default();
    let mut open: Vec<&str> = Vec::new();
    let mut word = Word::default();
    for token in tokens(cell) {
        match token {
            Token::Text(text) => {
                word.source.push_str(text);
                word.width += width_of(text);
            }
            Token::Tag(tag) => {
                word.source.push_str(tag);
                if tag.starts_with("</") {
                    open.pop();
                } else {
                    open.push(tag);
                }
            }
            Token::Gap(gap) => {
                let next = Word { open: open.clone(), blank: gap == " ", ..Word::default() };
                place(&std::mem::replace(&mut word, next), room, &mut line, &mut lines);
            }
            Token::Break => {
                let next = Word { open: open.clone(), ..Word::default() };
                place(&std::mem::replace(&mut word, next), room, &mut line, &mut lines);
                end(&mut line, &open, &mut lines);
            }
        }
    }
    place(&word, room, &mut line, &mut lines);
    if line.width > 0 {
        lines.push(line);
    }
    lines
}

/// Puts a word on the line, or on the next where it does not fit.
fn place(word: &Word<'_>, room: usize, line: &mut Piece, lines: &mut Vec<Piece>) {
    let blank = usize::from(word.blank && line.width > 0);
    if word.width > 0 && line.width > 0 && line.width + blank + word.width > room {
        end(line, &word.open, lines);
    } else if blank > 0 && word.width > 0 {
        line.source.push(BLANK);
        line.width += 1;
    }
    line.source.push_str(&word.source);
    line.width += word.width;
}

/// Ends a line; the next goes on with the tags that are open.
fn end(line: &mut Piece, open: &[&str], lines: &mut Vec<Piece>) {
    let mut done = std::mem::replace(line, Piece { source: open.concat(), width: 0 });
    for tag in open.iter().rev() {
        let name = tag.trim_start_matches('<').split([' ', '>']).next().unwrap_or("");
        // Writing to a String cannot fail.
        let _ = write!(done.source, "</{name}>");
    }
    lines.push(done);
}
