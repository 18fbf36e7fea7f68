//! Half blocks: two pixels a cell, the upper one in the foreground. Every terminal has them.

use image::RgbImage;
use image::imageops::thumbnail;
use ratatui::buffer::Cell;
use ratatui::style::Color;

/// The upper half of a cell.
const UPPER: &str = "▀";
/// The six levels of a channel in xterm's cube of colours.
const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// A picture of half cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocks {
    columns: u16,
    /// Row by row, each as long as `columns`; an odd last one leaves the lower half of its cells to the terminal.
    colors: Vec<Color>,
}

impl Blocks {
    /// A picture in so many columns and half rows, in 24-bit colour or in xterm's 256.
    pub fn new(picture: &RgbImage, columns: u16, halves: u16, indexed: bool) -> Self {
        let small = thumbnail(picture, u32::from(columns), u32::from(halves));
        let color = |[red, green, blue]: [u8; 3]| {
            if indexed { Color::Indexed(nearest([red, green, blue])) } else { Color::Rgb(red, green, blue) }
        };
        Self { columns, colors: small.pixels().map(|pixel| color(pixel.0)).collect() }
    }

    /// Makes a cell show this column and row of the picture; a cell beyond it is left alone.
    pub fn draw(&self, column: u16, row: u16, cell: &mut Cell) {
        let at = |half: usize| {
            let columns = usize::from(self.columns);
            (column < self.columns).then(|| self.colors.get(half * columns + usize::from(column)).copied())?
        };
        let Some(upper) = at(usize::from(row) * 2) else {
            return;
        };
        cell.reset();
        cell.set_symbol(UPPER).set_fg(upper).set_bg(at(usize::from(row) * 2 + 1).unwrap_or(Color::Reset));
    }
}

/// The nearest of xterm's colours 16 to 255: a cube of six levels a channel, and 24 greys.
pub fn nearest(color: [u8; 3]) -> u8 {
    let level = |value: u8| (0_u8..).zip(LEVELS).min_by_key(|(_, level)| level.abs_diff(value)).unwrap_or_default();
    let distance = |other: [u8; 3]| -> u32 {
        color.iter().zip(other).map(|(one, other)| u32::from(one.abs_diff(other)).pow(2)).sum()
    };
    let [red, green, blue] = color.map(level);
    let average = color.iter().map(|value| u32::from(*value)).sum::<u32>() / 3;
    let step = (average.saturating_sub(3) / 10).min(23) as u8;
    let cube = distance([red.1, green.1, blue.1]);
    if distance([8 + 10 * step; 3]) < cube { 232 + step } else { 16 + 36 * red.0 + 6 * green.0 + blue.0 }
}

#[cfg(test)]
mod tests;
