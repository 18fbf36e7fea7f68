//! Compressed RTF (\[MS-OXRTFCP\]): compressed by `LZFu` or not at all.

use super::reader::Reader;

/// Bytes of RTF that are unpacked.
pub(super) const MAX_RTF: usize = 4 << 20;

/// `COMPTYPE` of compressed RTF: the letters `LZFu`.
const COMPRESSED: u32 = 0x7546_5a4c;

/// `COMPTYPE` of RTF that is not compressed: the letters `MELA`.
const UNCOMPRESSED: u32 = 0x414c_454d;

/// Bytes of the dictionary; a power of two.
const WINDOW: usize = 4096;

/// What the dictionary holds at first (\[MS-OXRTFCP\], "Dictionary").
const PRELOAD: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}\
{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier\
{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// RTF, unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rtf {
    /// The RTF, at most [`MAX_RTF`] bytes.
    pub(super) bytes: Vec<u8>,
    /// Whether it is all there.
    pub(super) whole: bool,
}

/// Unpacks RTF; `None` when the header is none. Neither the sizes in it nor its CRC are relied on.
pub(super) fn decompress(bytes: &[u8]) -> Option<Rtf> {
    let mut reader = Reader::new(bytes);
    let _compressed_size = reader.u32()?;
    let size = usize::try_from(reader.u32()?).ok()?;
    let kind = reader.u32()?;
    let _crc = reader.u32()?;
    match kind {
        COMPRESSED => Some(inflate(&mut reader, size)),
        UNCOMPRESSED => {
            let packed = reader.rest();
            let kept = packed.get(..size.min(MAX_RTF)).unwrap_or(packed.get(..MAX_RTF).unwrap_or(packed));
            Some(Rtf { bytes: kept.to_vec(), whole: kept.len() == size })
        }
        _ => None,
    }
}

/// The dictionary: a ring of the last bytes written.
struct Window {
    ring: [u8; WINDOW],
    position: usize,
}

impl Window {
    fn new() -> Self {
        let mut window = Self { ring: [0; WINDOW], position: 0 };
        for byte in PRELOAD {
            window.push(*byte);
        }
        window
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.ring.get_mut(self.position) {
            *place = byte;
        }
        self.position = (self.position + 1) % WINDOW;
    }

    fn at(&self, place: usize) -> u8 {
        self.ring.get(place % WINDOW).copied().unwrap_or_default()
    }
}

/// Unpacks up to the end mark, the end of the bytes or [`MAX_RTF`].
fn inflate(reader: &mut Reader<'_>, size: usize) -> Rtf {
    let mut window = Window::new();
    let mut bytes = Vec::new();
    'all: while bytes.len() < MAX_RTF {
        let Some(control) = reader.u8() else { break };
        for bit in 0..8 {
            let run = if (control >> bit) & 1 == 0 { literal(reader) } else { reference(reader) };
            match run {
                Some(Run::Literal(byte)) => {
                    window.push(byte);
                    bytes.push(byte);
                }
                Some(Run::Copy { from, .. }) if from == window.position => return Rtf { bytes, whole: true },
                // A run may overlap what it writes: each byte is there before it is copied.
                Some(Run::Copy { from, length }) => {
                    for offset in 0..length {
                        let byte = window.at(from + offset);
                        window.push(byte);
                        bytes.push(byte);
                    }
                }
                None => break 'all,
            }
        }
    }
    // Some writers leave the end mark out, and then the size must do.
    let whole = bytes.len() >= size && bytes.len() < MAX_RTF;
    bytes.truncate(MAX_RTF);
    Rtf { bytes, whole }
}

/// What a bit of the control byte stands for.
enum Run {
    /// A byte as it is.
    Literal(u8),
    /// Bytes out of the dictionary.
    Copy {
        /// Where they begin.
        from: usize,
        /// How many they are.
        length: usize,
    },
}

fn literal(reader: &mut Reader<'_>) -> Option<Run> {
    reader.u8().map(Run::Literal)
}

/// Twelve bits of place and four of length, less two; big-endian (\[MS-OXRTFCP\], "Dictionary Reference").
fn reference(reader: &mut Reader<'_>) -> Option<Run> {
    let pair = usize::from(reader.u16()?.swap_bytes());
    Some(Run::Copy { from: pair >> 4, length: (pair & 0xf) + 2 })
}

#[cfg(test)]
mod tests;
