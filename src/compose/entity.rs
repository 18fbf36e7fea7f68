//! The body of a mail: its text, the same as a page, and what is attached (RFC 2045, RFC 2046).

use std::borrow::Cow;

use mail_builder::headers::HeaderType;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::{BodyPart, MimePart};

use super::address::one_line;
use super::narrow::quoted_printable;
use super::{Parts, Problem, flowed, header, markdown, narrow, resend};
use crate::letter::{Attachment, Letter};

/// Letters of a line on the wire, without its end (RFC 5322, section 2.1.1).
const LINE: usize = 998;
/// The longest parameter that is written as one, in bytes: with its name it has a line to itself.
const LONGEST_PARAMETER: usize = 900;

/// Whether the body is to survive the way byte by byte: what is signed must (RFC 3156, section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// As any mail.
    Usual,
    /// Seven bits, no blank at the end of a line, no line that begins with "From ".
    Sealed,
}

/// The body with its own fields: Content-Type and the like, then an empty line.
pub(super) fn write(letter: &Letter, parts: &dyn Parts, care: Care) -> Result<Vec<u8>, Problem> {
    let (mut forms, mut files) = (Vec::new(), Vec::new());
    for attachment in &letter.attachments {
        let bytes = parts.bytes(&attachment.stored).ok_or_else(|| Problem::Missing(attachment.name.clone()))?;
        match calendar(&attachment.media_type) {
            Some(kind) => {
                let body = BodyPart::Binary(base64(&bytes).into());
                forms.push(MimePart::new(kind, body).transfer_encoding("base64"));
            }
            None => files.push(attached(attachment, bytes)),
        }
    }
    let mut all = vec![words(letter, forms, care)];
    all.extend(files);
    let whole = match (all.pop(), all.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            all.extend(last);
            MimePart::new("multipart/mixed", all)
        }
    };
    let mut out = Vec::new();
    whole.write_part(&mut out);
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    Ok(out)
}

/// The text of the letter, and other forms of it.
fn words(letter: &Letter, forms: Vec<MimePart<'static>>, care: Care) -> MimePart<'static> {
    let text = flowed::tidy(&letter.text);
    let kind = ContentType::new("text/plain").attribute("charset", "utf-8").attribute("format", "flowed");
    let mut all = vec![written(kind, flowed::write(&text), care)];
    if letter.markdown {
        let kind = ContentType::new("text/html").attribute("charset", "utf-8");
        all.push(written(kind, markdown::page(&text).replace('\n', "\r\n"), care));
    }
    all.extend(forms);
    match (all.pop(), all.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            all.extend(last);
            MimePart::new("multipart/alternative", all)
        }
    }
}

/// A text as it goes on its way.
fn written(kind: ContentType<'static>, text: String, care: Care) -> MimePart<'static> {
    match care {
        Care::Usual => MimePart::new(kind, BodyPart::Text(text.into())),
        Care::Sealed => {
            let mut encoded = Vec::with_capacity(text.len() + text.len() / 8);
            quoted_printable(&with_crlf(text.as_bytes()), &mut encoded);
            MimePart::new(kind, BodyPart::Binary(encoded.into())).transfer_encoding("quoted-printable")
        }
    }
}

/// The type of an answer to an invitation, which is another form of the text and no file: calendars look for it there (RFC
/// 6047, section 2.4).
fn calendar(media_type: &str) -> Option<ContentType<'static>> {
    let (kind, charset) = kind(media_type);
    let method = media_type.split(';').find_map(|field| {
        let (name, value) = field.split_once('=')?;
        name.trim().eq_ignore_ascii_case("method").then(|| value.trim().to_ascii_uppercase())
    })?;
    let known = kind == "text/calendar" && method == "REPLY";
    let charset = charset.unwrap_or_else(|| "utf-8".to_owned());
    known.then(|| ContentType::new("text/calendar").attribute("method", method).attribute("charset", charset))
}

/// An attachment; its bytes come out as they went in, but of a mail what its writer alone may read.
fn attached<'b>(attachment: &Attachment, bytes: Cow<'b, [u8]>) -> MimePart<'b> {
    let (kind, charset) = kind(&attachment.media_type);
    // Said of nothing that may be in another one, and not where it says nothing.
    let is_utf8 = || kind.starts_with("text/") && !bytes.is_ascii() && std::str::from_utf8(&bytes).is_ok();
    let charset = charset.or_else(|| is_utf8().then(|| "utf-8".to_owned()));
    let name = one_line(&attachment.name);
    let disposition = if attachment.inline { "inline" } else { "attachment" };
    // What looks like an encoded word would be decoded, though none may stand in a parameter (RFC 2047, section 5); of a
    // quoted text that is folded some readers keep the line end.
    let plain = name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" ._-+()".contains(&byte));
    let disposition = if !plain {
        HeaderType::Raw(Raw::new(format!("{disposition}; {}", extended("filename", &name))))
    } else if name.is_empty() {
        ContentType::new(disposition).into()
    } else {
        ContentType::new(disposition).attribute("filename", name.clone()).into()
    };
    // Some old programs look for the name in the type, and know nothing of RFC 2231: for them it is in encoded words, as most
    // programs write it, though by the book none stands there. Others never look at it.
    let part = |kind: &str, bytes| {
        let mut field = ContentType::new(kind.to_owned());
        if let Some(charset) = &charset {
            field = field.attribute("charset", charset.clone());
        }
        if plain {
            let field = if name.is_empty() { field } else { field.attribute("name", name.clone()) };
            return MimePart::new(field, BodyPart::Binary(bytes));
        }
        let charset = charset.as_ref().map(|charset| format!("; charset=\"{charset}\"")).unwrap_or_default();
        let field = Raw::new(format!("{kind}{charset}; name=\"{}\"", header::encoded_words(&name)));
        MimePart::raw(BodyPart::Binary(bytes)).header("Content-Type", field)
    };
    let whole = if kind == "message/rfc822" {
        let bytes = resend::without_own(&bytes);
        // Encoded it would be no message to a reader (RFC 2046, section 5.2.1).
        match seven_bit(&bytes) {
            Some(message) => part(&kind, message.into()).transfer_encoding("7bit"),
            None => part("application/octet-stream", bytes.into()),
        }
    } else if kind.starts_with("text/") {
        let encoding = if is_plain(&bytes) { "7bit" } else { "base64" };
        let body = if encoding == "7bit" { bytes } else { base64(&bytes).into() };
        part(&kind, body).transfer_encoding(encoding)
    } else {
        part(&kind, bytes)
    };
    whole.header("Content-Disposition", disposition)
}

/// A parameter in which each byte that could mean something is written out (RFC 2231), as one where that fits a line; else in
/// pieces set apart by blanks.
fn extended(key: &str, value: &str) -> String {
    let byte = |byte: &u8| match byte {
        byte if byte.is_ascii_alphanumeric() || b".-_".contains(byte) => char::from(*byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    let written = |text: &str| text.as_bytes().iter().map(byte).collect::<String>();
    let whole = written(value);
    if whole.len() <= LONGEST_PARAMETER {
        return format!("{key}*=UTF-8''{whole}");
    }
    // Readers decode each piece alone: none ends within a character.
    let chars: Vec<char> = value.chars().collect();
    let pieces = chars.chunks(5).map(|piece| written(&piece.iter().collect::<String>())).enumerate();
    let charset = |number| if number == 0 { "UTF-8''" } else { "" };
    pieces.map(|(number, piece)| format!("{key}*{number}*={}{piece}", charset(number))).collect::<Vec<_>>().join("; ")
}

/// Base64 in lines of 76 (RFC 2045, section 6.8).
fn base64(bytes: &[u8]) -> Vec<u8> {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    text.as_bytes().chunks(76).flat_map(|line| [line, b"\r\n"].concat()).collect()
}

/// A media type that can stand in a field, and its charset. What is no type, or would need a boundary of ours, is bytes.
fn kind(media_type: &str) -> (String, Option<String>) {
    let token = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    let mut fields = media_type.split(';').map(str::trim);
    let kind = fields.next().unwrap_or_default().to_ascii_lowercase();
    let charset = fields.find_map(|field| {
        let (name, value) = field.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case("charset") && token(value)).then(|| value.to_owned())
    });
    let fine = kind.split_once('/').is_some_and(|(top, sub)| {
        token(top) && token(sub) && top != "multipart" && (top != "message" || sub == "rfc822") && kind.len() <= 127
    });
    if fine { (kind, charset) } else { ("application/octet-stream".to_owned(), None) }
}

/// Whether text can go as it is and will not be changed on the way: ASCII in short CRLF lines without blanks at their ends.
fn is_plain(bytes: &[u8]) -> bool {
    let fine = |line: &[u8]| {
        line.len() <= 76
            && line.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
            && !line.ends_with(b" ")
            && !line.ends_with(b"\t")
            && !line.starts_with(b"From ")
    };
    bytes.is_empty()
        || bytes.ends_with(b"\r\n") && lines(bytes).all(|line| line.strip_suffix(b"\r\n").is_some_and(fine))
}

/// Lines with their ends.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n')
}

/// A message as it can go over any wire: CRLF line ends, seven bits, no long line; `None`: not without changing more of it
/// than how its texts are encoded.
fn seven_bit(bytes: &[u8]) -> Option<Vec<u8>> {
    let narrow = |message: &[u8]| message.iter().all(|byte| matches!(byte, 1..=0x7f)) && lines(message).all(is_short);
    let message = with_crlf(bytes);
    if narrow(&message) {
        return Some(message);
    }
    narrow::narrowed(&message).filter(|message| narrow(message))
}

/// Whether a line, with its end or without, fits into what a server takes.
pub(super) fn is_short(line: &[u8]) -> bool {
    line.strip_suffix(b"\r\n").unwrap_or(line).len() <= LINE
}

/// Bytes with every line end made CRLF, a lone CR's too (SN01).
pub(super) fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
        let (line, end) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
        rest = match end {
            [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
            [] => &[],
        };
    }
    out.extend_from_slice(rest);
    out
}
