//! Transfer encodings and encoded words: what a sending program does to text (RFC 2045, RFC 2047).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::Encoding;

/// Text in a charset by its name; UTF-8 when there is no such charset.
pub fn charset_bytes(text: &str, charset: &str) -> Vec<u8> {
    let encoding = Encoding::for_label(charset.as_bytes()).unwrap_or(encoding_rs::UTF_8);
    encoding.encode(text).0.into_owned()
}

/// Base64 in lines of 76 characters.
pub fn base64_lines(bytes: &[u8]) -> Vec<u8> {
    // 57 bytes make 76 characters.
    let mut out = Vec::with_capacity(bytes.len() / 57 * 78 + 80);
    for chunk in bytes.chunks(57) {
        out.extend_from_slice(STANDARD.encode(chunk).as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// Quoted-printable with soft line breaks (RFC 2045, section 6.7).
pub fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut width = 0;
        for (at, byte) in line.iter().enumerate() {
            let at_end = at + 1 == line.len();
            let plain = matches!(byte, b'!'..=b'<' | b'>'..=b'~') || (*byte == b' ' && !at_end);
            let piece = if plain { vec![*byte] } else { format!("={byte:02X}").into_bytes() };
            if width + piece.len() > 75 {
                out.extend_from_slice(b"=\r\n");
                width = 0;
            }
            width += piece.len();
            out.extend(piece);
        }
        out.extend_from_slice(b"\r\n");
    }
    // The split gives one empty line after the last line end.
    out.truncate(out.len().saturating_sub(2));
    out
}

/// The value of a header field: as it is when it is ASCII, else in encoded words of at most 75 characters. In a field
/// of addresses only the names are encoded (RFC 2047, section 5).
pub fn header_value(name: &str, value: &str, charset: &str) -> String {
    if value.is_ascii() {
        return value.to_owned();
    }
    match name {
        "From" | "To" | "Cc" | "Reply-To" => {
            let addresses: Vec<String> = value.split(", ").map(|address| encoded_address(address, charset)).collect();
            addresses.join(", ")
        }
        _ => encoded_words(value, charset),
    }
}

fn encoded_address(text: &str, charset: &str) -> String {
    match text.split_once(" <") {
        Some((name, address)) if !name.is_ascii() => {
            format!("{} <{address}", encoded_words(name.trim_matches('"'), charset))
        }
        Some(_) | None => text.to_owned(),
    }
}

fn encoded_words(text: &str, charset: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut chunk = String::new();
    // Ten letters are at most 40 bytes, 56 in base64: with the frame of the word always under 75 (ISO-2022-JP too,
    // because every word is encoded by itself and so returns to ASCII).
    for letter in text.chars() {
        chunk.push(letter);
        if chunk.chars().count() == 10 {
            words.push(encoded_word(&std::mem::take(&mut chunk), charset));
        }
    }
    if !chunk.is_empty() {
        words.push(encoded_word(&chunk, charset));
    }
    words.join("\r\n ")
}

fn encoded_word(text: &str, charset: &str) -> String {
    format!("=?{charset}?B?{}?=", STANDARD.encode(charset_bytes(text, charset)))
}
