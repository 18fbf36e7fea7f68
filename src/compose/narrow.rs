//! A message with letters of eight bits made one of seven, as servers do on the way (RFC 6152, section 3): what is attached
//! as message/rfc822 may not be encoded itself (RFC 2046, section 5.2.1), but its texts may.

use mail_parser::{MessageParser, MessagePart, MimeHeaders, PartType};

use super::entity::{is_short, with_crlf};
use crate::render::quotable::within_limits;

/// Letters of a line (RFC 2045, section 6.7).
const LINE: usize = 76;

/// The message, in CRLF lines, with its texts in quoted-printable where they have to be; signed ones are left alone. It is
/// not looked at whether all of it is of seven bits then.
///
/// Not to be called on a thread with a small stack.
pub(super) fn narrowed(message: &[u8]) -> Option<Vec<u8>> {
    // What the parser would see differently is not cut by its word.
    if within_limits(message)?.len() != message.len() {
        return None;
    }
    let parsed = MessageParser::default().parse(message)?;
    let mut out = Vec::with_capacity(message.len() + message.len() / 8);
    let mut done = 0;
    for part in &parsed.parts {
        let is_signed = part.content_type().and_then(|kind| kind.subtype()).is_some_and(|kind| kind == "signed");
        if is_signed || matches!(part.body, PartType::Message(_)) {
            return None;
        }
        let is_group = matches!(part.body, PartType::Multipart(_));
        let (start, body, end) = (part.raw_header_offset(), part.raw_body_offset(), part.raw_end_offset());
        let (start, body, end) = (start as usize, body as usize, end as usize);
        let raw = message.get(body..end)?;
        if is_encoded(part) || !is_group && is_narrow(raw) {
            continue;
        }
        out.extend_from_slice(message.get(done..start)?);
        out.extend_from_slice(&header(message.get(start..body)?, !is_group));
        done = body;
        if !is_group {
            quoted_printable(raw, &mut out);
            done = end;
        }
    }
    out.extend_from_slice(message.get(done..)?);
    Some(out)
}

/// See [`super::narrowed`].
pub(super) fn whole(mail: &[u8]) -> Option<Vec<u8>> {
    let mail = narrowed(&with_crlf(mail))?;
    let header = memchr::memmem::find(&mail, b"\r\n\r\n").and_then(|end| mail.get(..end)).unwrap_or_default();
    // Without it an encoding means nothing (RFC 2045, section 4).
    let version: &[u8] = b"MIME-Version: 1.0\r\n";
    let is_version = |line: &[u8]| line.get(..13).is_some_and(|name| name.eq_ignore_ascii_case(b"MIME-Version:"));
    let has_version = header.split(|byte| *byte == b'\n').any(is_version);
    let mail = if has_version { mail } else { [version, &mail].concat() };
    is_narrow(&mail).then_some(mail)
}

/// Whether a part is of seven bits by its encoding.
fn is_encoded(part: &MessagePart<'_>) -> bool {
    let encoding = part.content_transfer_encoding().unwrap_or_default();
    ["base64", "quoted-printable"].iter().any(|known| encoding.trim().eq_ignore_ascii_case(known))
}

fn is_narrow(raw: &[u8]) -> bool {
    raw.iter().all(|byte| matches!(byte, 1..=0x7f)) && raw.split_inclusive(|byte| *byte == b'\n').all(is_short)
}

/// A header with its empty line, with another encoding.
fn header(header: &[u8], quoted: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(header.len() + 50);
    let mut drop = false;
    for line in header.split_inclusive(|byte| *byte == b'\n').filter(|line| *line != b"\r\n") {
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
            drop = name.trim_ascii_end().eq_ignore_ascii_case(b"Content-Transfer-Encoding");
        }
        if !drop {
            out.extend_from_slice(line);
        }
    }
    if quoted {
        out.extend_from_slice(b"Content-Transfer-Encoding: quoted-printable\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// Quoted-printable (RFC 2045, section 6.7) of text in CRLF lines: no blank at the end of a line, no line that a mailbox file
/// would take for the beginning of a mail (RFC 3156, section 5).
pub(super) fn quoted_printable(text: &[u8], out: &mut Vec<u8>) {
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let (content, end) = line.strip_suffix(b"\r\n").map_or((line, b"".as_slice()), |content| (content, b"\r\n"));
        let mut column = 0;
        for (at, byte) in content.iter().enumerate() {
            let is_last = at + 1 == content.len();
            let mbox = at == 0 && content.starts_with(b"From ");
            let plain = matches!(byte, b'!'..=b'<' | b'>'..=b'~') && !mbox || matches!(byte, b' ' | b'\t') && !is_last;
            let wide = if plain { 1 } else { 3 };
            if column + wide >= LINE {
                out.extend_from_slice(b"=\r\n");
                column = 0;
            }
            if plain {
                out.push(*byte);
            } else {
                out.extend_from_slice(format!("={byte:02X}").as_bytes());
            }
            column += wide;
        }
        out.extend_from_slice(end);
    }
}
