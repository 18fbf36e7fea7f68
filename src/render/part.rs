//! The parts of a message that are not its text: names that are safe on a disk, kinds, sizes and bytes.

use std::collections::HashSet;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Encoding, Message, MessagePart, MimeHeaders, PartType};

use crate::render::Part;
use crate::safe_text::SafeText;

/// Parts listed; the rest is counted in a note.
pub(crate) const MAX_PARTS: usize = 500;

/// Bytes of a file name, so that it fits every file system even with a number added.
const MAX_NAME: usize = 180;

/// The parts of a message in its order, each with its place in the parser's list.
pub(crate) struct Parts {
    /// What is shown.
    pub(crate) list: Vec<Part>,
    /// Place of each in [`Message::parts`].
    pub(crate) places: Vec<usize>,
    /// How many there were beyond [`MAX_PARTS`].
    pub(crate) left_out: usize,
}

/// Collects everything that is neither a container nor one of the parts shown as text.
pub(crate) fn collect(message: &Message<'_>, shown: &[usize]) -> Parts {
    let shown: HashSet<usize> = shown.iter().copied().collect();
    let mut parts = Parts { list: Vec::new(), places: Vec::new(), left_out: 0 };
    let mut taken = HashSet::new();
    for (place, part) in message.parts.iter().enumerate() {
        if matches!(part.body, PartType::Multipart(_)) || shown.contains(&place) {
            continue;
        }
        if place == 0 && part.contents().iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        if parts.list.len() == MAX_PARTS {
            parts.left_out += 1;
            continue;
        }
        let media_type = media_type(part);
        let name = unique_name(&safe_name(&raw_name(part), &media_type, parts.list.len() + 1), &mut taken);
        parts.list.push(Part {
            media_type: SafeText::squeezed(&media_type).cut(80),
            name: SafeText::new(&name),
            size: part_size(message, part),
            inline: is_inline(part),
        });
        parts.places.push(place);
    }
    parts
}

/// Whether a part counts as an attachment for the paper clip in the list: signatures and keys and pictures inside of
/// the text do not.
pub(crate) fn is_attachment(part: &Part) -> bool {
    const PLUMBING: [&str; 7] = [
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-keys",
        "application/pgp-encrypted",
        "message/delivery-status",
        "text/rfc822-headers",
    ];
    !part.inline && !PLUMBING.contains(&part.media_type.as_str())
}

/// `type/subtype` in lower case; what RFC 2045 section 5.2 says when the field is missing.
pub(crate) fn media_type(part: &MessagePart<'_>) -> String {
    match part.content_type() {
        Some(field) => match field.subtype() {
            Some(subtype) => format!("{}/{subtype}", field.ctype()).to_ascii_lowercase(),
            None => field.ctype().to_ascii_lowercase(),
        },
        None if part.is_message() => "message/rfc822".to_owned(),
        None => "text/plain".to_owned(),
    }
}

fn is_inline(part: &MessagePart<'_>) -> bool {
    match part.content_disposition() {
        Some(disposition) if disposition.is_attachment() => false,
        Some(disposition) if disposition.is_inline() => {
            part.content_id().is_some() || matches!(part.body, PartType::InlineBinary(_))
        }
        _ => part.content_id().is_some() && media_type(part).starts_with("image/"),
    }
}

/// The name as the message gives it; a forwarded message is named by its subject.
fn raw_name(part: &MessagePart<'_>) -> String {
    if let Some(name) = part.attachment_name() {
        return name.to_owned();
    }
    match &part.body {
        PartType::Message(inner) => {
            inner.subject().map(|subject| format!("{}.eml", subject.replace(['/', '\\'], "-"))).unwrap_or_default()
        }
        PartType::Text(_)
        | PartType::Html(_)
        | PartType::Binary(_)
        | PartType::InlineBinary(_)
        | PartType::Multipart(_) => String::new(),
    }
}

/// A file name that can be no path, no hidden file, no option and no device, in at most 180 bytes.
pub(crate) fn safe_name(raw: &str, media_type: &str, number: usize) -> String {
    // Division and fraction slashes read like a slash; RFC 2047 words in a parameter are against the rules but common.
    let separators = ['/', '\\', '\u{2044}', '\u{2215}', '\u{29f8}', '\u{ff0f}', '\u{ff3c}', '\u{29f5}', '\0'];
    let last = raw.rsplit(separators).find(|piece| !piece.trim().is_empty()).unwrap_or("");
    let clean: String = SafeText::squeezed(last)
        .as_str()
        .chars()
        .map(|c| {
            if matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|' | '`' | '$' | ';' | '&' | '%' | '\'') {
                '_'
            } else {
                c
            }
        })
        .collect();
    let clean = clean.trim_start_matches(['.', '-', ' ', '~']).trim_end_matches(['.', ' ']);
    let clean = shorten(clean);
    if clean.is_empty() {
        return format!("part-{number}{}", extension(media_type));
    }
    let stem = clean.split('.').next().unwrap_or("").trim().to_ascii_uppercase();
    let device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || stem.len() == 4
            && (stem.starts_with("COM") || stem.starts_with("LPT"))
            && stem.ends_with(|c: char| c.is_ascii_digit());
    if device { format!("_{clean}") } else { clean }
}

/// Cuts the middle so that the extension stays.
fn shorten(name: &str) -> String {
    if name.len() <= MAX_NAME {
        return name.to_owned();
    }
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 16 => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    let mut end = MAX_NAME - ending.len();
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{ending}", stem.get(..end).unwrap_or(""))
}

fn unique_name(name: &str, taken: &mut HashSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut number = 2;
    while !taken.insert(candidate.to_lowercase()) {
        candidate = match name.rsplit_once('.') {
            Some((stem, ending)) => format!("{stem}-{number}.{ending}"),
            None => format!("{name}-{number}"),
        };
        number += 1;
    }
    candidate
}

fn extension(media_type: &str) -> &'static str {
    match media_type {
        "text/plain" => ".txt",
        "text/html" => ".html",
        "text/calendar" => ".ics",
        "text/csv" => ".csv",
        "message/rfc822" | "message/global" => ".eml",
        "application/pdf" => ".pdf",
        "application/zip" => ".zip",
        "application/json" => ".json",
        "application/pgp-signature" | "application/pgp-encrypted" => ".asc",
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => ".p7m",
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => ".p7s",
        "application/ms-tnef" => ".dat",
        "image/png" => ".png",
        "image/jpeg" => ".jpg",
        "image/gif" => ".gif",
        "image/svg+xml" => ".svg",
        _ => ".bin",
    }
}

fn part_size(message: &Message<'_>, part: &MessagePart<'_>) -> u64 {
    if part.is_text() { contents(message, part).len() as u64 } else { part.len() as u64 }
}

/// The decoded bytes of a part as they were sent: text keeps its own charset.
pub(crate) fn contents(message: &Message<'_>, part: &MessagePart<'_>) -> Vec<u8> {
    let raw = message.raw_message.get(part.offset_body as usize..part.offset_end as usize);
    match (part.is_text(), raw) {
        (true, Some(raw)) => match part.encoding {
            Encoding::None => raw.to_vec(),
            Encoding::Base64 => base64_decode(raw).unwrap_or_else(|| part.contents().to_vec()),
            Encoding::QuotedPrintable => quoted_printable_decode(raw).unwrap_or_else(|| part.contents().to_vec()),
        },
        _ => part.contents().to_vec(),
    }
}

#[cfg(test)]
mod tests;
