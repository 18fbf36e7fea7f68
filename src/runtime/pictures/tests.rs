//! What the tests of pictures share, and those of the whole.

use std::sync::Arc;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use rstest::rstest;

use super::protocol::ASSUMED_CELL;
use super::*;

/// A picture file of one colour.
pub fn file(format: ImageFormat, width: u32, height: u32, color: [u8; 3]) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    let picture = RgbImage::from_pixel(width, height, Rgb(color));
    DynamicImage::ImageRgb8(picture).write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// What a terminal with this protocol draws with.
pub const fn graphics(protocol: Protocol) -> Graphics {
    Graphics { protocol, indexed: false, cell: ASSUMED_CELL, tmux: false, ground: [255; 3] }
}

/// A picture of four columns and three rows.
pub fn encoded(protocol: Protocol) -> Arc<Encoded> {
    let file = file(ImageFormat::Png, 32, 48, [200, 0, 0]);
    Arc::new(prepare(&file, &graphics(protocol), (80, 24)).unwrap())
}

/// Protects proportions, and pictures from being enlarged.
#[rstest]
#[case::natural((16, 32), (8, 16), (80, 24), (2, 2))]
#[case::part_of_a_cell((1, 1), (8, 16), (80, 24), (1, 1))]
#[case::too_wide((1600, 160), (8, 16), (100, 24), (100, 5))]
#[case::too_high((80, 1600), (8, 16), (80, 10), (1, 10))]
#[case::a_line((16_000, 1), (8, 16), (80, 24), (80, 1))]
#[case::no_room((16, 16), (8, 16), (0, 24), (0, 0))]
#[case::no_pixels((0, 16), (8, 16), (80, 24), (0, 0))]
#[case::no_cell((16, 16), (0, 16), (80, 24), (0, 0))]
#[case::extremes((u32::MAX, u32::MAX), (u16::MAX, u16::MAX), (u16::MAX, u16::MAX), (u16::MAX, u16::MAX))]
fn a_picture_keeps_its_proportions(
    #[case] pixels: (u32, u32),
    #[case] cell: (u16, u16),
    #[case] room: (u16, u16),
    #[case] cells: (u16, u16),
) {
    assert_eq!(fit(pixels, cell, room), cells);
}

/// Protects the memory of terminals: what is sent is bounded, and keeps its shape.
#[test]
fn a_large_picture_is_sent_with_fewer_pixels() {
    assert_eq!(fewer((2048, 2048)), (2048, 2048));
    let (width, height) = fewer((16_000, 2_000));
    let pixels = u64::from(width) * u64::from(height);
    assert!(pixels <= MAX_SENT && pixels > MAX_SENT / 10 * 9, "{width}x{height}");
    assert!((7..=8).contains(&(width / height)), "{width}x{height}");
}

/// Protects the exit: kitty keeps no picture of ours, and the signal's way needs no state but the process's.
#[test]
fn every_picture_is_forgotten() {
    let picture = encoded(Protocol::Kitty);
    let deletions = String::from_utf8(forget()).unwrap();
    assert!(deletions.contains(&format!("a=d,d=I,i={},q=2", picture.id())));
}

/// Protects pictures from each other: a number is a colour too, so it has 24 bits, and is not 0.
#[test]
fn numbers_differ() {
    let (one, two) = (encoded(Protocol::Sixel), encoded(Protocol::Blocks));
    assert_ne!(one.id(), two.id());
    assert!((1..1 << 24).contains(&one.id()) && (1..1 << 24).contains(&two.id()));
}

/// Protects the loop's worker: no bytes make it panic, and no room is no picture.
#[test]
fn what_is_no_picture_is_refused() {
    let graphics = graphics(Protocol::Kitty);
    assert_eq!(prepare(b"", &graphics, (80, 24)).unwrap_err(), Refusal::Unknown);
    assert_eq!(
        prepare(b"<svg xmlns='http://www.w3.org/2000/svg'/>", &graphics, (80, 24)).unwrap_err(),
        Refusal::Unknown
    );
    let good = file(ImageFormat::Png, 4, 4, [1, 2, 3]);
    assert_eq!(prepare(&good, &graphics, (0, 24)).unwrap_err(), Refusal::NoRoom);
}

/// Protects iTerm2's images: as large as their cells, and nothing in them ends the sequence early.
#[test]
fn an_image_for_iterm2_names_its_cells() {
    let sequence = String::from_utf8(iterm2(b"\x07\x1b\\", (4, 3))).unwrap();
    let data = sequence.strip_prefix("\x1b]1337;File=inline=1;size=3;width=4;height=3;").unwrap();
    assert_eq!(data, "preserveAspectRatio=1;doNotMoveCursor=1:Bxtc\x07");
}
