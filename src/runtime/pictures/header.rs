//! What a picture's first bytes claim, looked at before any decoder sees them.

use image::ImageFormat;

use super::Refusal;

/// The most bytes of a picture.
pub const MAX_INPUT: usize = 20 * 1024 * 1024;
/// The most pixels of a picture.
pub const MAX_PIXELS: u64 = 40_000_000;
/// The most pixels of a side.
pub const MAX_SIDE: u32 = 16_384;
/// The most pixels of a progressive JPEG: its decoder keeps every coefficient, six bytes and more a pixel.
const MAX_PROGRESSIVE: u64 = 16_000_000;
/// The most pixels times scans of a JPEG: a scan of few bytes walks over all of the picture.
const MAX_SCANNED: u64 = 400_000_000;

/// What a picture claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Its format.
    pub format: ImageFormat,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
}

/// The format that the first bytes show, if it is one that is decoded. Names and content types are not asked.
pub fn sniff(bytes: &[u8]) -> Option<ImageFormat> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(ImageFormat::Png),
        [0xff, 0xd8, 0xff, ..] => Some(ImageFormat::Jpeg),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(ImageFormat::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(ImageFormat::WebP),
        _ => None,
    }
}

/// The header of a picture that may be decoded.
pub fn check(bytes: &[u8]) -> Result<Header, Refusal> {
    if bytes.len() > MAX_INPUT {
        return Err(Refusal::TooLong);
    }
    let format = sniff(bytes).ok_or(Refusal::Unknown)?;
    if format == ImageFormat::Jpeg {
        return jpeg(bytes);
    }
    let size = if format == ImageFormat::Png {
        png(bytes)
    } else if format == ImageFormat::Gif {
        gif(bytes)
    } else {
        webp(bytes)
    };
    let (width, height) = size.ok_or(Refusal::Damaged)?;
    sized(format, width, height)
}

/// A header of this size, unless it is too large.
pub fn sized(format: ImageFormat, width: u32, height: u32) -> Result<Header, Refusal> {
    if width == 0 || height == 0 {
        return Err(Refusal::Damaged);
    }
    if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(Refusal::TooLarge);
    }
    Ok(Header { format, width, height })
}

/// IHDR, which is first (PNG, 11.2.1).
fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    let header = bytes.get(12..24)?.strip_prefix(b"IHDR")?;
    let (width, height) = header.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*width), u32::from_be_bytes(*height.first_chunk()?)))
}

/// The logical screen, or the first frame where that is larger (`GIF89a`, 18 and 20): a decoder makes room for both.
fn gif(bytes: &[u8]) -> Option<(u32, u32)> {
    let (mut width, mut height) = (little(bytes, 6)?, little(bytes, 8)?);
    let mut at = 13 + table(*bytes.get(10)?);
    loop {
        match *bytes.get(at)? {
            b'!' => at = blocks_end(bytes, at + 2)?,
            b',' => {
                width = width.max(little(bytes, at + 5)?);
                height = height.max(little(bytes, at + 7)?);
                return Some((width, height));
            }
            _ => return None,
        }
    }
}

/// The bytes of a colour table with these flags.
const fn table(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Behind data in blocks, of which the last is empty.
fn blocks_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    }
}

fn little(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?)))
}

/// The first chunk: VP8X, VP8L or VP8 (RFC 9649, 2.5 to 2.7; RFC 6386, 9.1).
fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    let kind = bytes.get(12..16)?;
    match kind {
        b"VP8X" => Some((three(bytes, 24)? + 1, three(bytes, 27)? + 1)),
        b"VP8L" => {
            let packed = u32::from_le_bytes(*bytes.get(21..)?.first_chunk()?);
            Some(((packed & 0x3fff) + 1, (packed >> 14 & 0x3fff) + 1))
        }
        b"VP8 " => Some((little(bytes, 26)? & 0x3fff, little(bytes, 28)? & 0x3fff)),
        _ => None,
    }
}

fn three(bytes: &[u8], at: usize) -> Option<u32> {
    let [a, b, c] = *bytes.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes([a, b, c, 0]))
}

/// Every frame header and every scan (ITU T.81, B.1 and B.2): of several headers the largest counts.
fn jpeg(bytes: &[u8]) -> Result<Header, Refusal> {
    let (mut width, mut height, mut scans, mut progressive) = (0, 0, 0_u64, false);
    let mut at = 2;
    while let Some((kind, body)) = marker(bytes, at) {
        at = body;
        let length = bytes.get(body..).and_then(|rest| rest.first_chunk()).map(|pair| u16::from_be_bytes(*pair));
        match kind {
            // Start of a frame; C4, C8 and CC are tables and reserved.
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let size = bytes.get(body + 3..).and_then(|rest| rest.first_chunk::<4>()).ok_or(Refusal::Damaged)?;
                height = height.max(u32::from(u16::from_be_bytes([size[0], size[1]])));
                width = width.max(u32::from(u16::from_be_bytes([size[2], size[3]])));
                progressive |= kind & 3 == 2;
            }
            0xda => scans += 1,
            0xd9 => break,
            _ => {}
        }
        // What has no length of its own: restarts, the start, TEM.
        if !matches!(kind, 0x01 | 0xd0..=0xd8) {
            at += usize::from(length.unwrap_or(0).max(2));
        }
    }
    let header = sized(ImageFormat::Jpeg, width, height)?;
    let pixels = u64::from(width) * u64::from(height);
    if progressive && pixels > MAX_PROGRESSIVE || pixels.saturating_mul(scans) > MAX_SCANNED {
        return Err(Refusal::TooLarge);
    }
    Ok(header)
}

/// The next marker's kind, and what stands behind it. Within a scan FF is followed by 0 where it is data.
fn marker(bytes: &[u8], from: usize) -> Option<(u8, usize)> {
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)? + 1;
        match *bytes.get(at)? {
            0 | 0xff => {}
            kind => return Some((kind, at + 1)),
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
