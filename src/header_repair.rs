//! Raw 8-bit letters in header lines, made readable before any parser sees them.
//!
//! A leaf: the engine decodes headers for the list, the reader decodes them again, and both must come out alike.

use std::borrow::Cow;

/// The message with header lines that are no UTF-8 read as windows-1252: old programs send raw 8-bit letters (H37).
///
/// Bytes whose header is in order are not copied. Every call of a header parser goes through here, so that the list, the
/// search and the reader see the same letters.
pub fn repaired(bytes: &[u8]) -> Cow<'_, [u8]> {
    match with_padding(bytes) {
        Some(padded) => Cow::Owned(with_letters(&padded).into_owned()),
        None => with_letters(bytes),
    }
}

/// Bytes of a header that are looked through for encoded words.
const MAX_SEARCHED: usize = 256 << 10;

/// Encoded words in base64 whose padding a program left out (RFC 2047, section 4.1, wants it): a decoder would lose their
/// last letter. `None`: nothing is missing, as in nearly all.
fn with_padding(bytes: &[u8]) -> Option<Vec<u8>> {
    let searched = header(bytes.get(..MAX_SEARCHED).unwrap_or(bytes));
    let mut gaps: Vec<(usize, usize)> = Vec::new();
    let mut from = 0;
    while let Some(mark) = encoded_end(searched, from) {
        from = mark + 2;
        // =?charset?b?text?= backwards from its end.
        let before = searched.get(..mark).unwrap_or_default();
        let text = before.iter().rposition(|byte| *byte == b'?').map_or(0, |at| at + 1);
        let is_word = before.get(..text).is_some_and(|head| head.ends_with(b"?b?") || head.ends_with(b"?B?"));
        let length = mark - text;
        let missing = (4 - length % 4) % 4;
        let letters = before.get(text..).unwrap_or_default();
        let plain = letters.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
        if is_word && plain && (1..=2).contains(&missing) {
            gaps.push((mark, missing));
        }
    }
    if gaps.is_empty() {
        return None;
    }
    let mut out = Vec::with_capacity(bytes.len() + gaps.len() * 2);
    let mut done = 0;
    for (mark, missing) in gaps {
        out.extend_from_slice(bytes.get(done..mark).unwrap_or_default());
        out.extend_from_slice(b"==".get(..missing).unwrap_or_default());
        done = mark;
    }
    out.extend_from_slice(bytes.get(done..).unwrap_or_default());
    Some(out)
}

/// Where the next `?=` stands.
fn encoded_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == b'?')?;
        if bytes.get(at + 1) == Some(&b'=') {
            return Some(at);
        }
        at += 1;
    }
}

/// The bytes up to the empty line.
fn header(bytes: &[u8]) -> &[u8] {
    let mut at = 0;
    while let Some(line) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\n')) {
        at += line + 1;
        let rest = bytes.get(at..).unwrap_or_default();
        if rest.starts_with(b"\n") || rest.starts_with(b"\r\n") {
            return bytes.get(..at).unwrap_or(bytes);
        }
    }
    bytes
}

fn with_letters(bytes: &[u8]) -> Cow<'_, [u8]> {
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

    /// Protects the last letter of encoded words whose padding is missing; words that are whole, and bodies, stay as they are.
    #[test]
    fn padding_is_made_good() {
        let mail = b"Subject: =?utf-8?B?R3LDvMOfZQ?= =?utf-8?b?eA=?=\n\n=?utf-8?B?R3LDvMOfZQ?=";
        let out = repaired(mail);
        assert_eq!(out.as_ref(), b"Subject: =?utf-8?B?R3LDvMOfZQ==?= =?utf-8?b?eA=?=\n\n=?utf-8?B?R3LDvMOfZQ?=");
        let whole = b"Subject: =?utf-8?B?R3LDvMOfZQ==?= =?utf-8?q?abc?=\r\n\r\n";
        assert!(matches!(repaired(whole), std::borrow::Cow::Borrowed(_)));
    }

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
