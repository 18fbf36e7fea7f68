//! The last look over a frame (TM14): a cell that could control the terminal is replaced, whoever wrote it.

use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthChar;

use crate::safe_text::MAX_MARKS;

/// What stands in for a cell that may not be shown.
const REPLACEMENT: &str = "\u{FFFD}";

/// Replaces every cell whose symbol is not allowed.
pub fn sweep(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !allowed(cell.symbol()) {
            cell.set_symbol(REPLACEMENT);
        }
    }
}

/// Replaces every cell that a terminal without UTF-8 would take for something else (TM19).
pub fn to_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            cell.set_symbol("?");
        }
    }
}

/// Whether a cell may hold this symbol: no control, no bidi control, no tag, no invisible format character but the
/// joiners that emoji and scripts need, and no more than [`MAX_MARKS`] characters without a width of their own.
pub fn allowed(symbol: &str) -> bool {
    if let [byte] = symbol.as_bytes() {
        return matches!(byte, b' '..=b'~');
    }
    let marks = symbol.chars().filter(|c| c.width() == Some(0)).count();
    marks <= MAX_MARKS && !symbol.chars().any(forbidden)
}

const fn forbidden(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
        // bidi controls (UAX 9)
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        // line breaks and invisible format characters
        | '\u{180e}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        // tags and the rest of plane 14
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests;
