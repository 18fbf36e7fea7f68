//! Raw 8-bit letters in header lines, made readable before any parser sees them.
//!
//! A leaf: the engine decodes headers for the list, the reader decodes them again, and both must come out alike.

use std::borrow::Cow;

/// The message with header lines that are no UTF-8 read as windows-1252: old programs send raw 8-bit letters (H37).
///
/// Bytes whose header is in order are not copied. Every call of a header parser goes through here, so that the list, the
/// search and the reader see the same letters.
pub fn repaired(bytes: &[u8]) -> Cow<'_, [u8]> {
    // Nearly all: faster than to look for the header's end.
    if std::str::from_utf8(bytes).is_ok() {
        return Cow::Borrowed(bytes);
    }
    let mut end = 0;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        if line.trim_ascii().is_empty() {
            break;
        }
        end += line.len();
    }
    let Some((header, rest)) = bytes.split_at_checked(end) else { return Cow::Borrowed(bytes) };
    if std::str::from_utf8(header).is_ok() {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len() + header.len() / 4);
    for line in header.split_inclusive(|b| *b == b'\n') {
        // Raw letters inside of an encoded word have the charset of that word.
        if std::str::from_utf8(line).is_ok() || line.windows(2).any(|pair| pair == b"=?") {
            out.extend_from_slice(line);
        } else {
            out.extend_from_slice(encoding_rs::WINDOWS_1252.decode_without_bom_handling(line).0.as_bytes());
        }
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::repaired;

    /// Protects old mail (H37): raw letters are read, encoded words and the body stay as they are, good bytes are lent.
    #[test]
    fn raw_letters_are_windows_1252() {
        let mail = b"From: J\xfcrgen <j@x>\r\nSubject: =?koi8-r?q?\xc1?=\r\n\r\nbody \xfc\r\n";
        let read = "From: Jürgen <j@x>\r\nSubject: =?koi8-r?q?".as_bytes();
        let out = repaired(mail);
        assert!(out.starts_with(read) && out.ends_with(b"body \xfc\r\n"), "{}", out.escape_ascii());
        assert!(matches!(repaired("Subject: ü\n\n\u{fc}".as_bytes()), std::borrow::Cow::Borrowed(_)));
    }
}
