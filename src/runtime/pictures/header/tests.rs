//! Headers as nobody's encoder writes them.

use rstest::rstest;

use super::*;
use crate::runtime::pictures::tests::file;

/// The start of a PNG that claims this size.
pub fn png_claiming(width: u32, height: u32) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    out.extend(width.to_be_bytes());
    out.extend(height.to_be_bytes());
    out.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
    out
}

/// A GIF whose screen and first frame claim these sizes.
pub fn gif_claiming(screen: (u16, u16), frame: (u16, u16)) -> Vec<u8> {
    let mut out = b"GIF89a".to_vec();
    out.extend([screen.0, screen.1].map(u16::to_le_bytes).concat());
    // A table of two colours; a comment; the frame.
    out.extend([0x80, 0, 0, 0, 0, 0, 255, 255, 255, b'!', 0xfe, 2, b'h', b'i', 0, b',', 0, 0, 0, 0]);
    out.extend([frame.0, frame.1].map(u16::to_le_bytes).concat());
    out.extend([0, 2, 2, 0x44, 1, 0, b';']);
    out
}

/// A JPEG's markers: a frame header of this kind and size, and so many scans of no data.
fn jpeg_claiming(kind: u8, (width, height): (u16, u16), scans: usize) -> Vec<u8> {
    let mut out = vec![0xff, 0xd8, 0xff, kind, 0, 11, 8];
    out.extend(height.to_be_bytes());
    out.extend(width.to_be_bytes());
    out.extend([1, 1, 0x11, 0]);
    for _ in 0..scans {
        out.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x12, 0xff, 0]);
    }
    out
}

/// Protects the decoders' callers: what encoders write is understood, format and size.
#[rstest]
#[case(ImageFormat::Png)]
#[case(ImageFormat::Jpeg)]
#[case(ImageFormat::Gif)]
#[case(ImageFormat::WebP)]
fn a_real_header_is_read(#[case] format: ImageFormat) {
    let bytes = file(format, 37, 21, [10, 200, 30]);
    assert_eq!(check(&bytes), Ok(Header { format, width: 37, height: 21 }));
}

/// Protects memory: a size that is only claimed is refused before a decoder makes room for it.
#[test]
fn a_claimed_size_is_refused() {
    assert_eq!(check(&png_claiming(60_000, 60_000)), Err(Refusal::TooLarge));
    assert_eq!(check(&png_claiming(MAX_SIDE + 1, 1)), Err(Refusal::TooLarge));
    assert_eq!(check(&png_claiming(10_000, 4_001)), Err(Refusal::TooLarge));
    assert!(check(&png_claiming(10_000, 4_000)).is_ok());
    assert_eq!(check(&png_claiming(0, 5)), Err(Refusal::Damaged));
    assert_eq!(check(&gif_claiming((1, 1), (65_535, 65_535))), Err(Refusal::TooLarge), "the frame, not the screen");
    assert_eq!(check(&gif_claiming((1, 1), (65_535, 1))), Err(Refusal::TooLarge));
    assert_eq!(check(&gif_claiming((1, 1), (1, 65_535))), Err(Refusal::TooLarge));
    assert_eq!(check(&gif_claiming((65_535, 1), (1, 1))), Err(Refusal::TooLarge));
    assert_eq!(check(&jpeg_claiming(0xc0, (60_000, 60_000), 1)), Err(Refusal::TooLarge));
    let extended = [b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0".as_slice(), &[0xff; 6]].concat();
    assert_eq!(check(&extended), Err(Refusal::TooLarge));
    assert_eq!(check(&[b"GIF89a".as_slice(), &vec![0; MAX_INPUT]].concat()), Err(Refusal::TooLong));
}

/// Protects time and memory: scans that cost few bytes and much work, and coefficients that are all kept.
#[test]
fn a_jpeg_of_many_scans_is_refused() {
    assert!(check(&jpeg_claiming(0xc2, (4_000, 3_000), 10)).is_ok(), "an honest progressive photograph");
    assert_eq!(check(&jpeg_claiming(0xc2, (4_000, 3_000), 40)), Err(Refusal::TooLarge));
    assert_eq!(check(&jpeg_claiming(0xc2, (6_000, 5_000), 1)), Err(Refusal::TooLarge));
    assert!(check(&jpeg_claiming(0xc0, (6_000, 5_000), 1)).is_ok(), "a baseline photograph needs no coefficients");
}

/// Protects against headers that end early: every beginning of a header is an answer, not a panic.
#[rstest]
#[case(ImageFormat::Png)]
#[case(ImageFormat::Jpeg)]
#[case(ImageFormat::Gif)]
#[case(ImageFormat::WebP)]
fn a_header_that_ends_early_is_no_panic(#[case] format: ImageFormat) {
    let bytes = file(format, 5, 5, [1, 2, 3]);
    assert_eq!(check(&bytes[..2]), Err(Refusal::Unknown));
    for end in 0..bytes.len() {
        if let Ok(header) = check(&bytes[..end]) {
            assert_eq!((header.width, header.height), (5, 5), "at {end}");
        }
    }
}
