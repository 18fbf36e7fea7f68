//! Text by columns: how wide it is and how it is cut, measured as the terminal library measures it.

use std::borrow::Cow;

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

/// Lines after which wrapping ends, so that a reason of any length costs no frame.
const MOST_LINES: usize = 64;

/// Columns that this text takes.
pub fn width(text: &str) -> u16 {
    if plain(text) {
        return u16::try_from(text.len()).unwrap_or(u16::MAX);
    }
    shown(text).fold(0, |sum, (_, columns)| sum.saturating_add(columns))
}

/// The text in at most `columns` columns: whole, or cut with `mark` at the end. A cut never leaves a space or
/// another mark before the mark and never splits a grapheme.
pub fn cut<'a>(text: &'a str, columns: u16, mark: &str) -> Cow<'a, str> {
    if text.len() <= usize::from(columns) && plain(text) {
        return Cow::Borrowed(text);
    }
    let limit = columns.saturating_sub(width(mark));
    let (mut taken, mut kept, mut all) = (0_u16, 0_usize, 0_usize);
    for (grapheme, wide) in shown(text) {
        taken = taken.saturating_add(wide);
        if taken > columns {
            // What was cut before, names between others, needs no second mark.
            let start = text.get(..kept).unwrap_or_default().trim_end_matches([' ', '…']);
            let room = columns >= width(mark);
            return Cow::Owned(if room { format!("{start}{mark}") } else { String::new() });
        }
        all = end_of(text, grapheme);
        if taken <= limit {
            kept = all;
        }
    }
    Cow::Borrowed(text.get(..all).unwrap_or(text))
}

/// The beginning of the text in at most `columns` columns, without a mark.
pub fn clip(text: &str, columns: u16) -> &str {
    let (mut taken, mut end) = (0_u16, 0);
    for (grapheme, wide) in shown(text) {
        taken = taken.saturating_add(wide);
        if taken > columns {
            break;
        }
        end = end_of(text, grapheme);
    }
    text.get(..end).unwrap_or_default()
}

/// The end of the text in at most `columns` columns, without a mark.
pub fn clip_start(text: &str, columns: u16) -> &str {
    let mut over = width(text).saturating_sub(columns);
    let mut start = 0;
    for (grapheme, wide) in shown(text) {
        if over == 0 {
            break;
        }
        over = over.saturating_sub(wide);
        start = end_of(text, grapheme);
    }
    text.get(start..).unwrap_or_default()
}

/// The text broken into lines of at most `columns` columns, between words where that can be; no more lines than a
/// screen could show.
pub fn wrap(text: &str, columns: u16) -> Vec<String> {
    if columns == 0 {
        return Vec::new();
    }
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let room = columns.saturating_sub(lines.last().map_or(0, |line| width(line)));
        let first = lines.last().is_none_or(String::is_empty);
        if !first && width(word).saturating_add(1) <= room {
            lines.extend_last(&format!(" {word}"));
            continue;
        }
        if !first {
            lines.push(String::new());
        }
        let mut rest = word;
        while width(rest) > columns {
            let piece = clip(rest, columns);
            if piece.is_empty() {
                // its first character alone is wider than a line
                rest = rest.graphemes(true).next().and_then(|first| rest.get(first.len()..)).unwrap_or_default();
                continue;
            }
            lines.extend_last(piece);
            lines.push(String::new());
            rest = rest.get(piece.len()..).unwrap_or_default();
            if lines.len() >= MOST_LINES {
                return lines;
            }
        }
        lines.extend_last(rest);
        if lines.len() >= MOST_LINES {
            break;
        }
    }
    lines
}

/// Appending to the last line of several.
trait ExtendLast {
    fn extend_last(&mut self, text: &str);
}

impl ExtendLast for Vec<String> {
    fn extend_last(&mut self, text: &str) {
        if let Some(line) = self.last_mut() {
            line.push_str(text);
        }
    }
}

/// Whether every byte is one column.
fn plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// The graphemes that the terminal library will draw, with their columns.
fn shown(text: &str) -> impl Iterator<Item = (&str, u16)> {
    text.graphemes(true)
        .filter(|grapheme| !grapheme.contains(char::is_control))
        .map(|grapheme| (grapheme, grapheme.cell_width()))
        .filter(|(_, columns)| *columns > 0)
}

/// Where in `text` its part `grapheme` ends, in bytes.
fn end_of(text: &str, grapheme: &str) -> usize {
    (grapheme.as_ptr().addr() + grapheme.len()).saturating_sub(text.as_ptr().addr())
}

#[cfg(test)]
mod tests;
