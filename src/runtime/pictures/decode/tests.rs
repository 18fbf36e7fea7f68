//! Pictures that are decoded, and files that are refused.

use image::{ImageFormat, Rgba, RgbaImage};
use rstest::rstest;

use super::*;
use crate::runtime::pictures::header::tests::{gif_claiming, png_claiming};
use crate::runtime::pictures::tests::file;

/// Protects each format: what comes out is what went in.
#[rstest]
#[case(ImageFormat::Png)]
#[case(ImageFormat::Jpeg)]
#[case(ImageFormat::Gif)]
#[case(ImageFormat::WebP)]
fn a_picture_is_decoded(#[case] format: ImageFormat) {
    let decoded = decode(&file(format, 20, 10, [200, 40, 90]), [0; 3]).unwrap();
    assert_eq!(decoded.size(), (20, 10));
    let pixel = decoded.scaled((4, 2)).get_pixel(3, 1).0;
    assert!(pixel.iter().zip([200, 40, 90]).all(|(is, was)| is.abs_diff(was) <= 4), "{pixel:?}");
}

/// Protects against files that end early: no panic, and no whole picture out of half a file.
#[rstest]
#[case(ImageFormat::Png)]
#[case(ImageFormat::Jpeg)]
#[case(ImageFormat::Gif)]
#[case(ImageFormat::WebP)]
fn a_file_that_ends_early_is_no_panic(#[case] format: ImageFormat) {
    let bytes = file(format, 16, 16, [1, 2, 3]);
    for end in 0..bytes.len() {
        drop(decode(&bytes[..end], [0; 3]));
    }
    assert_eq!(decode(&bytes[..bytes.len() / 3], [0; 3]).unwrap_err(), Refusal::Damaged);
}

/// Protects memory: claims without data are refused by the header, and honest ones end as damage.
#[test]
fn claims_cost_nothing() {
    assert_eq!(decode(&png_claiming(60_000, 60_000), [0; 3]).unwrap_err(), Refusal::TooLarge);
    assert_eq!(decode(&png_claiming(50, 50), [0; 3]).unwrap_err(), Refusal::Damaged);
    assert_eq!(decode(&gif_claiming((1, 1), (65_535, 60_000)), [0; 3]).unwrap_err(), Refusal::TooLarge);
    assert_eq!(decode(&gif_claiming((1, 1), (1, 1)), [0; 3]).unwrap().size(), (1, 1));
}

/// Protects the look of transparent logos: the ground shows through, and hidden colours do not bleed.
#[test]
fn what_is_transparent_shows_the_ground() {
    let picture = RgbaImage::from_fn(4, 4, |x, _| Rgba(if x < 2 { [0, 0, 0, 0] } else { [0, 0, 255, 128] }));
    let mut out = Cursor::new(Vec::new());
    DynamicImage::ImageRgba8(picture).write_to(&mut out, ImageFormat::Png).unwrap();
    let small = decode(&out.into_inner(), [255, 255, 255]).unwrap().scaled((2, 1));
    assert_eq!((small.get_pixel(0, 0).0, small.get_pixel(1, 0).0), ([255, 255, 255], [127, 127, 255]));
}

/// Protects photographs that were taken upright: a turned picture has its sides changed.
#[test]
fn a_turned_photograph_is_turned_back() {
    let jpeg = file(ImageFormat::Jpeg, 32, 16, [9, 9, 9]);
    let exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let turned = [&jpeg[..2], &[0xff, 0xe1], &length, exif, &jpeg[2..]].concat();
    let decoded = decode(&turned, [0; 3]).unwrap();
    assert_eq!(decoded.size(), (16, 32));
    assert_eq!(decoded.scaled((4, 8)).dimensions(), (4, 8));
}
