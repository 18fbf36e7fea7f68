//! Sixel (DEC STD 070, chapter 9): six rows of pixels at a time, one colour after the other.

use std::collections::BTreeMap;

use color_quant::NeuQuant;
use image::RgbImage;

/// The most colours; every terminal with sixels in colour has so many registers.
const COLORS: usize = 256;
/// Every how many pixels one teaches the palette, in a picture of some size.
const SAMPLE: i32 = 10;
/// From how many pixels on a picture has some size.
const LARGE: u32 = 20_000;

/// The sequence that paints a picture from the cursor on.
pub fn encode(picture: &RgbImage) -> Vec<u8> {
    let (palette, indexes) = quantize(picture);
    let width = picture.width() as usize;
    // Pixels that no colour is given stay as they are (P2 = 1); the raster attributes say the size.
    let mut out = format!("\x1bP0;1;0q\"1;1;{};{}", picture.width(), picture.height()).into_bytes();
    for (number, color) in palette.iter().enumerate() {
        let [red, green, blue] = color.map(|value| (u32::from(value) * 100 + 127) / 255);
        out.extend_from_slice(format!("#{number};2;{red};{green};{blue}").as_bytes());
    }
    for rows in indexes.chunks(width.max(1) * 6) {
        band(rows, width, &mut out);
    }
    out.extend_from_slice(b"\x1b\\");
    out
}

/// At most [`COLORS`] colours, and each pixel's number among them: exact where the picture has no more.
fn quantize(picture: &RgbImage) -> (Vec<[u8; 3]>, Vec<u8>) {
    let mut known = BTreeMap::new();
    for pixel in picture.pixels() {
        let next = known.len();
        known.entry(pixel.0).or_insert(next);
        if known.len() > COLORS {
            return learn(picture);
        }
    }
    let mut palette = vec![[0; 3]; known.len()];
    for (color, number) in &known {
        if let Some(place) = palette.get_mut(*number) {
            *place = *color;
        }
    }
    let number = |pixel: &image::Rgb<u8>| known.get(&pixel.0).map_or(0, |number| *number as u8);
    (palette, picture.pixels().map(number).collect())
}

fn learn(picture: &RgbImage) -> (Vec<[u8; 3]>, Vec<u8>) {
    let pixels: Vec<u8> = picture.pixels().flat_map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2], 255]).collect();
    let sample = if picture.width() * picture.height() < LARGE { 1 } else { SAMPLE };
    let learned = NeuQuant::new(sample, COLORS, &pixels);
    let palette = learned.color_map_rgb().as_chunks::<3>().0.to_vec();
    let indexes = pixels.as_chunks::<4>().0.iter().map(|pixel| learned.index_of(pixel) as u8).collect();
    (palette, indexes)
}

/// Six rows, or what there is of them: for each of their colours a line of sixels.
fn band(rows: &[u8], width: usize, out: &mut Vec<u8>) {
    let mut lines: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
    for (row, pixels) in rows.chunks(width.max(1)).enumerate() {
        for (column, color) in pixels.iter().enumerate() {
            let line = lines.entry(*color).or_insert_with(|| vec![0; width]);
            if let Some(sixel) = line.get_mut(column) {
                *sixel |= 1 << row;
            }
        }
    }
    for (color, line) in lines {
        out.extend_from_slice(format!("#{color}").as_bytes());
        for run in line.chunk_by(|one, next| one == next) {
            let character = b'?' + run.first().copied().unwrap_or(0);
            if run.len() > 3 {
                out.extend_from_slice(format!("!{}", run.len()).as_bytes());
                out.push(character);
            } else {
                out.extend(run.iter().map(|_| character));
            }
        }
        out.push(b'$');
    }
    out.push(b'-');
}

#[cfg(test)]
mod tests;
