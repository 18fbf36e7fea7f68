//! Sixels, read back by a reader of their own.

use image::{Rgb, RgbImage};
use rstest::rstest;

use super::*;

/// What a sequence paints; a small reader of the standard, written apart from the writer.
fn paint(sequence: &[u8]) -> Vec<Vec<Option<[u8; 3]>>> {
    let text = std::str::from_utf8(sequence).unwrap();
    let body = text.strip_prefix("\x1bP0;1;0q").unwrap().strip_suffix("\x1b\\").unwrap();
    let mut numbers = vec![];
    let (mut palette, mut color, mut repeat) = (vec![[0; 3]; 256], 0, 1);
    let (mut x, mut y, mut command, mut pixels) = (0, 0, ' ', vec![]);
    let mut chars = body.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' | '#' | '!' => {
                command = c;
                numbers.clear();
                numbers.push(0_usize);
            }
            ';' => numbers.push(0),
            '0'..='9' => *numbers.last_mut().unwrap() = numbers.last().unwrap() * 10 + c as usize - '0' as usize,
            '$' => x = 0,
            '-' => (x, y) = (0, y + 6),
            '?'..='~' => {
                for _ in 0..repeat {
                    for bit in (0..6).filter(|bit| (c as u8 - b'?') >> bit & 1 == 1) {
                        let row: &mut Vec<_> = &mut pixels[y + bit];
                        row[x] = Some(palette[color]);
                    }
                    x += 1;
                }
                repeat = 1;
            }
            _ => panic!("{c:?}"),
        }
        let ended = chars.peek().is_none_or(|next| !next.is_ascii_digit() && *next != ';');
        match (command, numbers.as_slice()) {
            ('"', [_, _, width, height]) if ended => pixels = vec![vec![None; *width]; *height],
            ('#', [number]) if ended => color = *number,
            ('#', [number, 2, red, green, blue]) if ended => palette[*number] = [red, green, blue].map(|c| *c as u8),
            ('!', [count]) if ended => repeat = *count,
            _ => continue,
        }
        command = ' ';
    }
    pixels
}

/// Protects logos: with few colours each pixel is painted once, exactly, and no row beyond the last one.
#[test]
fn few_colours_are_exact() {
    let colors = [[0, 0, 0], [255, 255, 255], [255, 0, 0]];
    let picture = RgbImage::from_fn(11, 8, |x, y| Rgb(colors[(x as usize / 5 + y as usize) % 3]));
    let painted = paint(&encode(&picture));
    assert_eq!((painted.len(), painted[0].len()), (8, 11));
    for (x, y, pixel) in picture.enumerate_pixels() {
        let percent = pixel.0.map(|value| (u32::from(value) * 100 / 255) as u8);
        assert_eq!(painted[y as usize][x as usize], Some(percent), "at {x}, {y}");
    }
}

/// Protects photographs, small and large: of more colours than fit, each pixel has one that is near.
#[rstest]
#[case(17, 17)]
#[case(300, 100)]
fn many_colours_are_near(#[case] width: u32, #[case] height: u32) {
    let picture = RgbImage::from_fn(width, height, |x, y| Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, 99]));
    let painted = paint(&encode(&picture));
    let far = |x: u32, y: u32, pixel: &Rgb<u8>| {
        let is = painted[y as usize][x as usize].unwrap();
        pixel.0.iter().zip(is).map(|(was, is)| u32::from(*was).abs_diff(u32::from(is) * 255 / 100)).sum::<u32>()
    };
    let sum: u32 = picture.enumerate_pixels().map(|(x, y, pixel)| far(x, y, pixel)).sum();
    assert!(sum / (width * height) < 45, "{}", sum / (width * height));
}
