//! Half blocks, cell by cell.

use image::{Rgb, RgbImage};

use super::*;

/// Protects 256 colours: greys are greys, and pure colours stay pure.
#[test]
fn the_nearest_colour_is_found() {
    assert_eq!((nearest([0, 0, 0]), nearest([255, 255, 255])), (16, 231));
    assert_eq!((nearest([255, 0, 0]), nearest([0, 0, 255])), (196, 21));
    assert_eq!((nearest([8, 8, 8]), nearest([118, 118, 118]), nearest([238, 238, 238])), (232, 243, 255));
}

/// Protects the picture's lower edge: half a cell that it does not fill is the terminal's.
#[test]
fn a_cell_holds_two_pixels() {
    let picture = RgbImage::from_fn(1, 3, |_, y| Rgb([10 * (y as u8 + 1), 0, 0]));
    let blocks = Blocks::new(&picture, 1, 3, false);
    let mut cell = Cell::new("x");
    blocks.draw(0, 0, &mut cell);
    assert_eq!((cell.symbol(), cell.fg, cell.bg), ("▀", Color::Rgb(10, 0, 0), Color::Rgb(20, 0, 0)));
    blocks.draw(0, 1, &mut cell);
    assert_eq!((cell.fg, cell.bg), (Color::Rgb(30, 0, 0), Color::Reset));
    let mut beyond = Cell::new("x");
    blocks.draw(1, 0, &mut beyond);
    blocks.draw(0, 2, &mut beyond);
    assert_eq!(beyond, Cell::new("x"));
    blocks.draw(0, 0, &mut beyond);
    assert_ne!(beyond, Cell::new("x"));
    let indexed = Blocks::new(&RgbImage::from_pixel(1, 1, Rgb([255, 0, 0])), 1, 1, true);
    indexed.draw(0, 0, &mut cell);
    assert_eq!(cell.fg, Color::Indexed(196));
}
