//! What stands in a message for somebody who reads it: encoded words, parts and transfer encodings taken off.

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use encoding_rs::Encoding;

use crate::demo::header;
use crate::words;

/// Parts lie no deeper in each other than this.
const MAX_DEPTH: usize = 10;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Whether a text holds another, without regard to case; and, as kind servers do, to accents and signs between words.
pub fn holds(text: &str, wanted: &str) -> bool {
    if text.to_lowercase().contains(&wanted.to_lowercase()) {
        return true;
    }
    let needle = words::split(wanted).join(" ");
    let mut folded = String::new();
    words::fold_into(text, &mut folded);
    !needle.is_empty() && folded.contains(&needle)
}

/// A field's value with its encoded words (RFC 2047) decoded.
pub fn header_value(value: &str) -> String {
    let (mut text, mut rest, mut after_word) = (String::new(), value, false);
    while let Some((before, word)) = rest.split_once("=?") {
        let Some((decoded, behind)) = encoded_word(word) else {
            text.push_str(before);
            text.push_str("=?");
            (rest, after_word) = (word, false);
            continue;
        };
        // A gap between two encoded words is none (RFC 2047, section 6.2).
        if !(after_word && before.trim().is_empty()) {
            text.push_str(before);
        }
        text.push_str(&decoded);
        (rest, after_word) = (behind, true);
    }
    text + rest
}

/// `charset?Q?text?=…`: what it says, and what stands behind it.
fn encoded_word(word: &str) -> Option<(String, &str)> {
    let (charset, rest) = word.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let (text, behind) = rest.split_once("?=")?;
    let bytes = match encoding {
        "B" | "b" => LENIENT.decode(text).ok()?,
        "Q" | "q" => quoted_printable(text.replace('_', " ").as_bytes()),
        _ => return None,
    };
    Some((decoded(&bytes, charset), behind))
}

/// All text of a message's body.
pub fn body(message: &[u8]) -> String {
    let mut text = String::new();
    collect(message, 0, &mut text);
    text
}

fn collect(entity: &[u8], depth: usize, text: &mut String) {
    let field = |name: &str| header::value(entity, name).unwrap_or_default();
    let (kind, encoding) = (field("Content-Type"), field("Content-Transfer-Encoding"));
    let (_, body) = header::split(entity);
    if let Some(boundary) = parameter(&kind, "boundary").filter(|_| depth < MAX_DEPTH) {
        for part in parts(body, &boundary) {
            collect(&part, depth + 1, text);
        }
    } else if kind.is_empty() || kind.to_ascii_lowercase().starts_with("text/") {
        let bytes = match encoding.to_ascii_lowercase().as_str() {
            "base64" => {
                let letters: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
                LENIENT.decode(letters).unwrap_or_default()
            }
            "quoted-printable" => quoted_printable(body),
            _ => body.to_vec(),
        };
        text.push_str(&decoded(&bytes, &parameter(&kind, "charset").unwrap_or_default()));
        text.push('\n');
    }
}

/// A parameter of a Content-Type.
fn parameter(kind: &str, name: &str) -> Option<String> {
    kind.split(';').skip(1).find_map(|part| {
        let (key, value) = part.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// The parts between the boundaries (RFC 2046, section 5.1.1).
fn parts(body: &[u8], boundary: &str) -> Vec<Vec<u8>> {
    let (open, close) = (format!("--{boundary}"), format!("--{boundary}--"));
    let mut parts: Vec<Vec<u8>> = Vec::new();
    let mut inside = false;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let bare = line.trim_ascii_end();
        if bare == close.as_bytes() {
            inside = false;
        } else if bare == open.as_bytes() {
            inside = true;
            parts.push(Vec::new());
        } else if let Some(part) = parts.last_mut().filter(|_| inside) {
            part.extend_from_slice(line);
        }
    }
    parts
}

fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        if *byte != b'=' {
            out.push(*byte);
        } else if let Some(behind) = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")) {
            rest = behind;
        } else if let Some((code, behind)) = rest.split_at_checked(2)
            && let Some(byte) = std::str::from_utf8(code).ok().and_then(|code| u8::from_str_radix(code, 16).ok())
        {
            out.push(byte);
            rest = behind;
        } else {
            out.push(b'=');
        }
    }
    out
}

fn decoded(bytes: &[u8], charset: &str) -> String {
    Encoding::for_label(charset.as_bytes()).unwrap_or(encoding_rs::UTF_8).decode(bytes).0.into_owned()
}
