//! Pictures in the reader: what the terminal can draw, and a mail's bytes made into what it draws.
//!
//! Nothing here asks the terminal: its answer would come to the event stream, which would take it for keys.

pub mod blocks;
pub mod decode;
pub mod header;
pub mod kitty;
pub mod protocol;
pub mod sixel;
pub mod stage;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use base64::Engine as _;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _, RgbImage};

use blocks::Blocks;
use protocol::{Graphics, Protocol};

/// The most columns or rows that a picture takes: kitty's placeholders can count no further.
pub const MAX_CELLS: u16 = 297;
/// The most pixels that go to a terminal; more are scaled down, or, in sixel, become half blocks.
const MAX_SENT: u64 = 4 * 1024 * 1024;
/// How many pictures have a number of their own before the numbers begin again.
const NUMBERS: u32 = 0xfff;

/// How many pictures were numbered.
static NUMBERED: AtomicU32 = AtomicU32::new(0);
/// Whether kitty has pictures of ours: 0 no, 1 yes, 2 yes and through tmux. For [`forget`], which has nobody to ask.
static KEPT: AtomicU8 = AtomicU8::new(0);

/// Why a picture is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is no PNG, JPEG, GIF or WebP.
    #[error("not a PNG, JPEG, GIF or WebP picture")]
    Unknown,
    /// More bytes than [`header::MAX_INPUT`].
    #[error("the picture has more than 20 MB")]
    TooLong,
    /// More pixels than [`header::MAX_PIXELS`] or [`header::MAX_SIDE`], or too much work for its pixels.
    #[error("the picture has too many pixels")]
    TooLarge,
    /// It is damaged, or cut off before its first picture ends.
    #[error("the picture is damaged")]
    Damaged,
    /// There is no cell to draw it in.
    #[error("there is no room for the picture")]
    NoRoom,
}

/// A picture as its terminal draws it, for one size of cell and one room. Immutable, and cheap to share by `Arc`.
#[derive(Debug, Clone)]
pub struct Encoded {
    id: u32,
    size: (u16, u16),
    blocks: Blocks,
    pixels: Pixels,
}

/// What of it goes to the terminal beside cells.
#[derive(Debug, Clone)]
enum Pixels {
    /// Nothing: half blocks are all there is.
    None,
    /// A PNG file that kitty keeps, and whether tmux stands between.
    Kitty(Arc<[u8]>, bool),
    /// Control sequences that paint it whole where the cursor is (iTerm2, sixel).
    Overlay(Arc<[u8]>),
}

impl Encoded {
    /// Its number: unique while fewer than 4,096 pictures follow it, 24 bits, never 0.
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// Columns and rows.
    pub const fn size(&self) -> (u16, u16) {
        self.size
    }

    /// Its half blocks, which every protocol falls back on.
    pub const fn blocks(&self) -> &Blocks {
        &self.blocks
    }

    /// What the terminal must have before the first frame that shows the picture; none where nothing is needed.
    /// It is to be given once a picture.
    pub fn transmit(&self) -> Option<Vec<u8>> {
        match &self.pixels {
            Pixels::Kitty(png, tmux) => Some(kitty::transmit(self.id, self.size, png, *tmux)),
            Pixels::None | Pixels::Overlay(_) => None,
        }
    }
}

/// The columns and rows of a picture of so many pixels, in cells of so many pixels, with room for so many columns and
/// rows. It keeps its proportions and is never enlarged. (0, 0) where something is 0.
pub fn fit(pixels: (u32, u32), cell: (u16, u16), room: (u16, u16)) -> (u16, u16) {
    if pixels.0 == 0 || pixels.1 == 0 || cell.0 == 0 || cell.1 == 0 || room.0 == 0 || room.1 == 0 {
        return (0, 0);
    }
    let space = (u32::from(cell.0) * u32::from(room.0), u32::from(cell.1) * u32::from(room.1));
    let scaled = within(pixels, space);
    let cells = |pixels: u32, cell: u16| u16::try_from(pixels.div_ceil(u32::from(cell))).unwrap_or(u16::MAX);
    (cells(scaled.0, cell.0).min(room.0), cells(scaled.1, cell.1).min(room.1))
}

/// The largest size with the same proportions that neither exceeds the space nor the picture.
fn within((width, height): (u32, u32), (wide, high): (u32, u32)) -> (u32, u32) {
    if width <= wide && height <= high {
        return (width, height);
    }
    let (w, h) = (u64::from(width), u64::from(height));
    let part = |whole: u64, num: u32, of: u64| u32::try_from(whole * u64::from(num) / of.max(1)).unwrap_or(num).max(1);
    if w * u64::from(high) >= h * u64::from(wide) {
        (wide, part(h, wide, w).min(high))
    } else {
        (part(w, high, h).min(wide), high)
    }
}

/// Decodes a picture and makes it what the terminal draws, in a room of so many columns and rows. It may take a second:
/// it belongs on a blocking thread. The bytes may be anything; a decoder that panics is a damaged picture.
pub fn prepare(bytes: &[u8], graphics: &Graphics, room: (u16, u16)) -> Result<Encoded, Refusal> {
    catch_unwind(AssertUnwindSafe(|| encode(bytes, graphics, room))).unwrap_or(Err(Refusal::Damaged))
}

fn encode(bytes: &[u8], graphics: &Graphics, room: (u16, u16)) -> Result<Encoded, Refusal> {
    let decoded = decode::decode(bytes, graphics.ground)?;
    let cell = (graphics.cell.0.clamp(2, 128), graphics.cell.1.clamp(2, 128));
    let size = fit(decoded.size(), cell, (room.0.min(MAX_CELLS), room.1.min(MAX_CELLS)));
    if size.0 == 0 || size.1 == 0 {
        return Err(Refusal::NoRoom);
    }
    let space = (u32::from(size.0) * u32::from(cell.0), u32::from(size.1) * u32::from(cell.1));
    // Sixels come six rows at a time; one row of cells more than the picture has would be touched.
    let sixel = graphics.protocol == Protocol::Sixel;
    let target = within(decoded.size(), if sixel { (space.0, (space.1 / 6 * 6).max(1)) } else { space });
    let sent = u64::from(target.0) * u64::from(target.1);
    let scaled = decoded.scaled(if sixel { target } else { fewer(target) });
    let halves = (target.1 * 2).div_ceil(u32::from(cell.1)).clamp(1, u32::from(size.1) * 2);
    let blocks = Blocks::new(&scaled, size.0, u16::try_from(halves).unwrap_or(1), graphics.indexed);
    let pixels = match graphics.protocol {
        Protocol::Blocks => Pixels::None,
        Protocol::Sixel if sent > MAX_SENT => Pixels::None,
        Protocol::Sixel => Pixels::Overlay(sixel::encode(&scaled).into()),
        Protocol::Iterm2 => Pixels::Overlay(iterm2(&png(&scaled)?, size).into()),
        Protocol::Kitty => {
            KEPT.fetch_max(if graphics.tmux { 2 } else { 1 }, Ordering::SeqCst);
            Pixels::Kitty(png(&scaled)?.into(), graphics.tmux)
        }
    };
    Ok(Encoded { id: next_id(), size, blocks, pixels })
}

/// This size, or a smaller one of the same proportions that may be sent.
fn fewer((width, height): (u32, u32)) -> (u32, u32) {
    let pixels = u64::from(width) * u64::from(height);
    if pixels <= MAX_SENT {
        return (width, height);
    }
    let side = |side: u32| {
        let square = u64::from(side) * u64::from(side) / 1024 * MAX_SENT / (pixels / 1024).max(1);
        u32::try_from(square.isqrt()).unwrap_or(1).max(1)
    };
    (side(width), side(height))
}

fn png(picture: &RgbImage) -> Result<Vec<u8>, Refusal> {
    let mut out = Vec::new();
    PngEncoder::new_with_quality(&mut out, CompressionType::Fast, FilterType::Adaptive)
        .write_image(picture.as_raw(), picture.width(), picture.height(), ExtendedColorType::Rgb8)
        .map_err(|_| Refusal::Damaged)?;
    Ok(out)
}

/// iTerm2's inline image (OSC 1337 ; File), as large as its cells.
fn iterm2(png: &[u8], (columns, rows): (u16, u16)) -> Vec<u8> {
    let data = base64::engine::general_purpose::STANDARD.encode(png);
    let size = png.len();
    let place = format!("width={columns};height={rows};preserveAspectRatio=1;doNotMoveCursor=1");
    format!("\x1b]1337;File=inline=1;size={size};{place}:{data}\x07").into_bytes()
}

/// The number before every picture's own: other programs in the same terminal must not have it, so the process has it.
fn session() -> u32 {
    (std::process::id() & 0xfff) << 12
}

fn next_id() -> u32 {
    session() | (NUMBERED.fetch_add(1, Ordering::SeqCst) % NUMBERS + 1)
}

/// Control sequences that delete all pictures of this process from the terminal; empty if there are none. Takes no lock
/// and needs no other state, so that a panic hook and a signal can use it.
pub fn forget() -> Vec<u8> {
    let kept = KEPT.load(Ordering::SeqCst);
    if kept == 0 {
        return Vec::new();
    }
    let last = NUMBERED.load(Ordering::SeqCst).min(NUMBERS);
    (1..=last).flat_map(|number| kitty::delete(session() | number, kept == 2)).collect()
}

#[cfg(test)]
mod tests;
