//! kitty's graphics protocol: the terminal keeps a picture, and cells of text say where its parts are
//! (<https://sw.kovidgoyal.net/kitty/graphics-protocol/>, "Unicode placeholders"). So scrolling and what lies over a
//! picture are the cells' business, as with all text.

mod diacritics;

use base64::Engine as _;
use ratatui::buffer::Cell;
use ratatui::style::Color;

use diacritics::DIACRITICS;

/// What stands for a part of a picture.
const PLACEHOLDER: char = '\u{10EEEE}';
/// The most bytes of data in a sequence.
const CHUNK: usize = 4096;

/// The sequences that give a picture to the terminal, with a placement of so many columns and rows. The terminal
/// answers nothing (`q=2`): its answers would be taken for keys.
pub fn transmit(id: u32, (columns, rows): (u16, u16), png: &[u8], tmux: bool) -> Vec<u8> {
    let data = base64::engine::general_purpose::STANDARD.encode(png);
    let mut chunks = data.as_bytes().chunks(CHUNK).peekable();
    let mut out = Vec::with_capacity(data.len() + data.len() / 64 + 128);
    let mut keys = format!("a=T,U=1,f=100,t=d,i={id},c={columns},r={rows},q=2,");
    while let Some(chunk) = chunks.next() {
        let more = u8::from(chunks.peek().is_some());
        let mut sequence = format!("\x1b_G{keys}m={more};").into_bytes();
        sequence.extend_from_slice(chunk);
        sequence.extend_from_slice(b"\x1b\\");
        out.extend(wrapped(sequence, tmux));
        "q=2,".clone_into(&mut keys);
    }
    out
}

/// The sequence that deletes a picture, and its data with it.
pub fn delete(id: u32, tmux: bool) -> Vec<u8> {
    wrapped(format!("\x1b_Ga=d,d=I,i={id},q=2\x1b\\").into_bytes(), tmux)
}

/// The sequence as tmux hands it through: every escape twice.
fn wrapped(sequence: Vec<u8>, tmux: bool) -> Vec<u8> {
    if !tmux {
        return sequence;
    }
    let mut out = b"\x1bPtmux;".to_vec();
    for byte in sequence {
        if byte == 0x1b {
            out.push(byte);
        }
        out.push(byte);
    }
    out.extend_from_slice(b"\x1b\\");
    out
}

/// Makes a cell show this column and row of a picture. The foreground is the picture's number.
pub fn draw(id: u32, column: u16, row: u16, cell: &mut Cell) {
    let mark = |number: u16| DIACRITICS.get(usize::from(number));
    if let (Some(row), Some(column)) = (mark(row), mark(column)) {
        cell.reset();
        cell.set_symbol(&String::from_iter([PLACEHOLDER, *row, *column])).set_fg(color(id));
    }
}

/// A number of 24 bits as a colour.
pub const fn color(id: u32) -> Color {
    let [_, red, green, blue] = id.to_be_bytes();
    Color::Rgb(red, green, blue)
}

#[cfg(test)]
mod tests;
