//! Ends of parts that a message lacks: those that a program forgot, and those that a cut took.

use mail_parser::{Message, MessageParser, MimeHeaders as _, PartType};

use crate::render::limits::{boundaries, hyphens};

/// The message with the missing ends of its parts (RFC 2046, section 5.1.1): the parser decodes no text that has none. `None`: it lacks none, or all that is in it can be read as it is.
pub(crate) fn ended(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut missing = missing(bytes)?;
    let message = MessageParser::default().parse(bytes).filter(is_unread)?;
    // A text may speak of boundaries: only those of parts count.
    let mut declared = Vec::new();
    declare(&message, &mut declared);
    missing.retain(|(_, boundary)| declared.contains(boundary));
    if missing.is_empty() {
        return None;
    }
    let mut out = Vec::with_capacity(bytes.len() + missing.len() * 80);
    let mut done = 0;
    for (at, boundary) in missing {
        out.extend_from_slice(bytes.get(done..at).unwrap_or_default());
        if !out.ends_with(b"\n") {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"--");
        out.extend_from_slice(boundary);
        out.extend_from_slice(b"--\r\n");
        done = at;
    }
    out.extend_from_slice(bytes.get(done..).unwrap_or_default());
    Some(out)
}

/// Which boundaries have no end, and where it should be: before the next line of a boundary around it, or at the end.
fn missing(bytes: &[u8]) -> Option<Vec<(usize, &[u8])>> {
    let all = boundaries(bytes).filter(|all| !all.is_empty())?;
    let mut open: Vec<&[u8]> = Vec::new();
    let mut missing = Vec::new();
    for at in hyphens(bytes) {
        let (before, line) = bytes.split_at(at);
        if !before.is_empty() && !before.ends_with(b"\n") {
            continue;
        }
        let Some((boundary, ends)) = all.iter().find_map(|boundary| Some((*boundary, ends(line, boundary)?))) else {
            continue;
        };
        match open.iter().rposition(|other| *other == boundary) {
            Some(place) => {
                missing.extend(open.drain(place + 1..).rev().map(|inner| (at, inner)));
                if ends {
                    open.pop();
                }
            }
            None if !ends => open.push(boundary),
            None => {}
        }
    }
    missing.extend(open.into_iter().rev().map(|boundary| (bytes.len(), boundary)));
    Some(missing).filter(|missing| !missing.is_empty())
}

/// Whether a line of this boundary is the one that ends its parts. `None`: it is no line of it.
fn ends(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let rest = line.get(2..)?.strip_prefix(boundary)?;
    let rest = rest.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    match rest {
        b"" => Some(false),
        b"--" => Some(true),
        _ => None,
    }
}

/// The boundaries of all parts.
fn declare<'m>(message: &'m Message<'_>, declared: &mut Vec<&'m [u8]>) {
    for part in &message.parts {
        let field = part.content_type().filter(|field| field.ctype().eq_ignore_ascii_case("multipart"));
        declared.extend(field.and_then(|field| field.attribute("boundary")).map(str::as_bytes));
        if let PartType::Message(inner) = &part.body {
            declare(inner, declared);
        }
    }
}

/// Whether the parser could not decode a part, or did not find its end.
fn is_unread(message: &Message<'_>) -> bool {
    message
        .parts
        .iter()
        .any(|part| part.is_encoding_problem || matches!(&part.body, PartType::Message(inner) if is_unread(inner)))
}

#[cfg(test)]
mod tests;
