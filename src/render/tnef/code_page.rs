//! Windows code pages and the strings in them.

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, IBM866, ISO_2022_JP, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5,
    ISO_8859_6, ISO_8859_7, ISO_8859_8, ISO_8859_8_I, ISO_8859_13, ISO_8859_15, KOI8_R, KOI8_U, MACINTOSH, SHIFT_JIS,
    UTF_8, UTF_16BE, UTF_16LE, WINDOWS_874, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254,
    WINDOWS_1255, WINDOWS_1256, WINDOWS_1257, WINDOWS_1258, X_MAC_CYRILLIC,
};

/// The encoding of a Windows code page ("Code Page Identifiers" of the Windows documentation); `None` for one that has
/// no encoding, such as those of DOS.
pub(super) fn encoding(page: u32) -> Option<&'static Encoding> {
    let encoding = match page {
        866 => IBM866,
        874 => WINDOWS_874,
        932 => SHIFT_JIS,
        936 | 20936 | 51936 => GBK,
        949 | 51949 => EUC_KR,
        950 => BIG5,
        1200 => UTF_16LE,
        1201 => UTF_16BE,
        1250 => WINDOWS_1250,
        1251 => WINDOWS_1251,
        // Latin-1 and ASCII are read as Windows 1252 by everybody.
        1252 | 20127 | 28591 => WINDOWS_1252,
        1253 => WINDOWS_1253,
        1254 | 28599 => WINDOWS_1254,
        1255 => WINDOWS_1255,
        1256 => WINDOWS_1256,
        1257 => WINDOWS_1257,
        1258 => WINDOWS_1258,
        10000 => MACINTOSH,
        10007 | 10017 => X_MAC_CYRILLIC,
        20866 => KOI8_R,
        21866 => KOI8_U,
        28592 => ISO_8859_2,
        28593 => ISO_8859_3,
        28594 => ISO_8859_4,
        28595 => ISO_8859_5,
        28596 => ISO_8859_6,
        28597 => ISO_8859_7,
        28598 => ISO_8859_8,
        38598 => ISO_8859_8_I,
        28603 => ISO_8859_13,
        28605 => ISO_8859_15,
        20932 | 51932 => EUC_JP,
        50220..=50222 => ISO_2022_JP,
        54936 => GB18030,
        65001 => UTF_8,
        _ => return None,
    };
    Some(encoding)
}

/// The encoding of a code page in which text is mixed with ASCII control words.
pub(super) fn ascii_compatible(page: u32) -> Option<&'static Encoding> {
    encoding(page).filter(|encoding| encoding.is_ascii_compatible())
}

/// The encoding that a font's character set stands for (`\fcharset` of RTF 1.9.1, "Font Table"); `None` where that is
/// the document's own.
pub(super) fn font_charset(charset: i32) -> Option<&'static Encoding> {
    let encoding = match charset {
        0 => WINDOWS_1252,
        77 => MACINTOSH,
        128 => SHIFT_JIS,
        129 | 130 => EUC_KR,
        134 => GBK,
        136 => BIG5,
        161 => WINDOWS_1253,
        162 => WINDOWS_1254,
        163 => WINDOWS_1258,
        177 => WINDOWS_1255,
        178 => WINDOWS_1256,
        186 => WINDOWS_1257,
        204 => WINDOWS_1251,
        222 => WINDOWS_874,
        238 => WINDOWS_1250,
        _ => return None,
    };
    Some(encoding)
}

/// The code pages of a message.
pub(super) struct Pages {
    narrow: Option<&'static Encoding>,
    html: Option<&'static Encoding>,
}

impl Pages {
    /// From the numbers that a message gives: for its strings, the best first, and for its HTML.
    pub(super) fn new(strings: [Option<u32>; 2], html: Option<u32>) -> Self {
        let narrow = strings.into_iter().chain([html]).flatten().find_map(ascii_compatible);
        Self { narrow, html: html.and_then(encoding) }
    }

    /// A string of one byte per character or so, up to its terminator.
    pub(super) fn narrow(&self, bytes: &[u8]) -> String {
        let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        self.narrow.unwrap_or_else(|| guess(text)).decode_without_bom_handling(text).0.into_owned()
    }

    /// HTML, with or without a byte order mark, which is believed before the code page.
    pub(super) fn html(&self, bytes: &[u8]) -> String {
        let html = match self.html {
            Some(encoding) if !encoding.is_ascii_compatible() => bytes,
            _ => bytes.get(..bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)).unwrap_or_default(),
        };
        let encoding = self.html.or(self.narrow).unwrap_or_else(|| guess(html));
        encoding.decode(html).0.trim_end_matches('\0').to_owned()
    }
}

/// A UTF-16LE string, up to its terminator.
pub(super) fn wide(bytes: &[u8]) -> String {
    let units = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair.first().copied().unwrap_or(0), pair.last().copied().unwrap_or(0)]));
    char::decode_utf16(units.take_while(|unit| *unit != 0)).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// What bytes of no declared code page are in.
fn guess(bytes: &[u8]) -> &'static Encoding {
    if str::from_utf8(bytes).is_ok() { UTF_8 } else { WINDOWS_1252 }
}
