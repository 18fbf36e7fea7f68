//! Decoding, within limits.
//!
//! Who honours `image::Limits::max_alloc`: PNG (its inner buffers too) and GIF (a frame's buffer). JPEG and WebP do not
//! know it; their memory is bounded by the pixels of the header alone, which `header` checks before.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits, RgbImage};

use super::Refusal;
use super::header::{self, MAX_SIDE};

/// The most bytes that a decoder may ask for, and that its pixels may take.
pub const MAX_ALLOC: u64 = 128 * 1024 * 1024;

/// A picture without transparency.
#[derive(Debug)]
pub struct Decoded {
    image: DynamicImage,
    orientation: Orientation,
}

/// Decodes the first frame of a picture. What is transparent shows the ground.
pub fn decode(bytes: &[u8], ground: [u8; 3]) -> Result<Decoded, Refusal> {
    let header = header::check(bytes)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOC);
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), header.format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| refusal(&error))?;
    // A decoder may find another size than the header claimed, in a chunk further down.
    let (width, height) = decoder.dimensions();
    header::sized(header.format, width, height)?;
    if decoder.total_bytes() > MAX_ALLOC {
        return Err(Refusal::TooLarge);
    }
    // Cameras turn their JPEGs; elsewhere the metadata are not worth another parser's eyes.
    let turned = if header.format == ImageFormat::Jpeg { decoder.orientation().ok() } else { None };
    let orientation = turned.unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(|error| refusal(&error))?;
    Ok(Decoded { image: opaque(image, ground), orientation })
}

fn refusal(error: &ImageError) -> Refusal {
    if matches!(error, ImageError::Limits(_)) { Refusal::TooLarge } else { Refusal::Damaged }
}

/// Lays a picture over the ground before it is scaled: the colour of what cannot be seen would bleed into what can.
fn opaque(image: DynamicImage, ground: [u8; 3]) -> DynamicImage {
    if !image.color().has_alpha() {
        return image;
    }
    let mut image = image.into_rgba8();
    for pixel in image.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        let over = |top: u8, below: u8| {
            let sum = u32::from(top) * u32::from(alpha) + u32::from(below) * u32::from(255 - alpha);
            (sum / 255) as u8
        };
        pixel.0 = [over(red, ground[0]), over(green, ground[1]), over(blue, ground[2]), 255];
    }
    DynamicImage::ImageRgba8(image)
}

impl Decoded {
    /// Width and height in pixels, the right way up.
    pub fn size(&self) -> (u32, u32) {
        let (width, height) = (self.image.width(), self.image.height());
        if self.turned() { (height, width) } else { (width, height) }
    }

    /// Whether it lies on its side.
    const fn turned(&self) -> bool {
        match self.orientation {
            Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH => true,
            Orientation::NoTransforms
            | Orientation::Rotate180
            | Orientation::FlipHorizontal
            | Orientation::FlipVertical => false,
        }
    }

    /// This picture scaled down to a size, the right way up.
    pub fn scaled(self, (width, height): (u32, u32)) -> RgbImage {
        let wanted = if self.turned() { (height, width) } else { (width, height) };
        let mut image = if wanted == (self.image.width(), self.image.height()) {
            self.image
        } else {
            self.image.thumbnail_exact(wanted.0, wanted.1)
        };
        image.apply_orientation(self.orientation);
        image.into_rgb8()
    }
}

#[cfg(test)]
mod tests;
