//! A parcel as it goes over the wire: addresses that can carry no command, lines that end with CR LF, dots doubled, no Bcc.
//! Pure.

use super::error::Error;
use crate::letter::Parcel;

/// The longest line without its end (RFC 5321, section 4.5.3.1.6).
const MAX_LINE: usize = 998;
/// The longest address (RFC 5321, section 4.5.3.1.3, with its brackets 256).
const MAX_ADDRESS: usize = 254;

/// A mail that is ready to be offered to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// MAIL FROM, without brackets; empty for a notice.
    pub from: String,
    /// RCPT TO: as it is sent, and as the parcel has it.
    pub to: Vec<(String, String)>,
    /// ENVID of a wish for notices.
    pub id: String,
    /// What goes behind DATA, up to the CR LF before the last dot; dots are doubled.
    pub body: Vec<u8>,
    /// Its size, dots not doubled (RFC 1870, section 5).
    pub size: u64,
    /// Whether it needs SMTPUTF8: an address that no A-label helps, or a header beyond ASCII.
    pub utf8: bool,
    /// Whether its text has bytes beyond ASCII.
    pub eight_bit: bool,
}

impl Mail {
    /// Makes it ready.
    ///
    /// # Errors
    /// [`Error::Unsendable`]: nobody is to get it, an address is none, a line is too long, there is a NUL in it.
    pub fn of(parcel: &Parcel) -> Result<Self, Error> {
        if parcel.to.is_empty() {
            return Err(unsendable("Nobody is to get this mail: add a recipient"));
        }
        let from = if parcel.from.is_empty() { String::new() } else { address(&parcel.from)? };
        let mut to: Vec<(String, String)> = Vec::new();
        for one in &parcel.to {
            let sent = address(one)?;
            if !to.iter().any(|(there, _)| *there == sent) {
                to.push((sent, one.clone()));
            }
        }
        let lines = lines(&parcel.bytes);
        let header = lines.get(..header_end(&lines)).unwrap_or_default();
        let odd_address = !from.is_ascii() || to.iter().any(|(sent, _)| !sent.is_ascii());
        let (utf8, eight_bit) = (odd_address || !header.is_ascii(), !lines.is_ascii());
        let lines = without_bcc(lines);
        check(&lines)?;
        let size = lines.len() as u64;
        let id = parcel.message_id.clone();
        Ok(Self { from, to, id, body: stuffed(&lines), size, utf8, eight_bit })
    }
}

/// An address as a command carries it: the domain in A-labels (RFC 5890), so that SMTPUTF8 is needed for what is before the
/// `@` alone.
///
/// # Errors
/// [`Error::Unsendable`] for what could be read as anything but one address.
pub fn address(text: &str) -> Result<String, Error> {
    let wrong = |why: &str| Err(unsendable(format!("\"{}\" {why}", text.escape_debug())));
    let Some((local, domain)) = text.rsplit_once('@') else { return wrong("is no address: there is no @ in it") };
    if local.is_empty() || domain.is_empty() {
        return wrong("is no address: something is missing beside the @");
    }
    let quoted = local.len() > 1 && local.starts_with('"') && local.ends_with('"');
    let odd = |c: char| c.is_control() || (!quoted && (c.is_whitespace() || "<>()[],;:\\\"@".contains(c)));
    if local.chars().any(odd) || (quoted && !is_quoted(local)) {
        return wrong("is no address: there is a character before the @ that does not belong there");
    }
    let literal = domain.starts_with('[') && domain.ends_with(']');
    let domain = if literal { Some(domain.to_owned()) } else { idna::domain_to_ascii(domain).ok() };
    let fits = |domain: &String| {
        let rest = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c) || (literal && "[]:".contains(c));
        !domain.is_empty() && domain.chars().all(rest)
    };
    let Some(domain) = domain.filter(fits) else { return wrong("is no address: behind the @ stands no domain") };
    if local.len() + 1 + domain.len() > MAX_ADDRESS {
        return wrong("is too long for an address");
    }
    Ok(format!("{local}@{domain}"))
}

/// Whether this is one quoted string and nothing more (RFC 5321, section 4.1.2).
fn is_quoted(text: &str) -> bool {
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return false,
            '\\' if chars.next().is_none() => return false,
            _ => {}
        }
    }
    true
}

/// With CR LF at the end of each line, the last included: a bare CR or LF is a line's end to one server and none to the next,
/// and whoever wrote the mail could hide a second one in it (SN01).
pub fn lines(bytes: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bytes.len() + 2);
    let mut rest = bytes;
    while let Some(at) = memchr::memchr2(b'\r', b'\n', rest) {
        let (line, end) = rest.split_at(at);
        lines.extend_from_slice(line);
        lines.extend_from_slice(b"\r\n");
        let ended = if end.starts_with(b"\r\n") { 2 } else { 1 };
        rest = end.get(ended..).unwrap_or_default();
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.extend_from_slice(rest);
        lines.extend_from_slice(b"\r\n");
    }
    lines
}

/// A dot at the beginning of a line is doubled (RFC 5321, section 4.5.2). Every line ends with CR LF here.
pub fn stuffed(lines: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(lines.len() + lines.len() / 64);
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line);
    }
    out
}

/// Where the header ends: at the empty line, or at the end.
fn header_end(lines: &[u8]) -> usize {
    if lines.starts_with(b"\r\n") {
        return 0;
    }
    memchr::memmem::find(lines, b"\r\n\r\n").map_or(lines.len(), |at| at + 2)
}

/// Without the fields that name hidden recipients, folded lines included. The parcel has none; this is the last door.
fn without_bcc(lines: Vec<u8>) -> Vec<u8> {
    let (header, body) = lines.split_at(header_end(&lines));
    let mut kept = Vec::with_capacity(lines.len());
    let mut hidden = false;
    for line in header.split_inclusive(|byte| *byte == b'\n') {
        let folded = line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        hidden = if folded { hidden } else { is_field(line, &["bcc", "resent-bcc"]) };
        if !hidden {
            kept.extend_from_slice(line);
        }
    }
    if kept.len() == header.len() {
        return lines;
    }
    kept.extend_from_slice(body);
    kept
}

/// Whether a line begins one of these fields, named in lower case.
pub(super) fn is_field(line: &[u8], names: &[&str]) -> bool {
    let Some(colon) = memchr::memchr(b':', line) else { return false };
    let name = line.get(..colon).unwrap_or_default().trim_ascii_end();
    names.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

/// The fields of a header, unfolded enough to be read: each with its folded lines.
pub(super) fn fields(lines: &[u8]) -> Vec<Vec<u8>> {
    let mut fields: Vec<Vec<u8>> = Vec::new();
    for line in lines.get(..header_end(lines)).unwrap_or_default().split_inclusive(|byte| *byte == b'\n') {
        let folded = line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        match fields.last_mut() {
            Some(field) if folded => field.extend_from_slice(line),
            Some(_) | None => fields.push(line.to_vec()),
        }
    }
    fields
}

fn check(lines: &[u8]) -> Result<(), Error> {
    if memchr::memchr(0, lines).is_some() {
        return Err(unsendable("There is a NUL byte in this mail, which no server takes"));
    }
    let longest = lines.split(|byte| *byte == b'\n').map(|line| line.len().saturating_sub(1)).max().unwrap_or(0);
    if longest > MAX_LINE {
        return Err(unsendable(format!(
            "A line of this mail has {longest} bytes, and servers take {MAX_LINE} at most"
        )));
    }
    Ok(())
}

/// Text as an argument of DSN carries it (RFC 3461, section 4).
pub(super) fn xtext(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'+' | b'=' => format!("+{byte:02X}"),
            0x21..=0x7e => char::from(byte).to_string(),
            _ => format!("+{byte:02X}"),
        })
        .collect()
}

pub(super) fn unsendable(text: impl Into<String>) -> Error {
    Error::Unsendable(text.into())
}

#[cfg(test)]
mod tests;
