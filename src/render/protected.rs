//! What of a message is signed or encrypted, and the exact bytes: PGP/MIME (RFC 3156), PGP armour in a text part
//! (RFC 9580, sections 6 and 7) and S/MIME (RFC 8551, section 3).
//!
//! Parts are cut by their boundary lines as RFC 2046 (section 5.1.1) has them, not as mail-parser forgives them: one
//! byte more or less spoils a signature. Where mail-parser sees other parts than this module, what the reader shows is
//! not what was signed, and [`Covers::Part`] says so.

mod inline;

use mail_parser::{ContentType, Message, MessageParser, MessagePart, MimeHeaders, PartType};

use super::limits;

/// Multiparts that are cut. Each may be nearly all of the message: thousands, one in the other, would take minutes.
const MAX_CUTS: usize = 16;

/// How much of a message a signature or an encryption covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Covers {
    /// All that is shown of it.
    All,
    /// A part of it; the rest (a mailing list's footer, text around an armour) may come from anybody.
    Part,
}

/// What of a message is signed or encrypted. All bytes come from whoever wrote the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protected {
    /// `multipart/signed` with a PGP signature (RFC 3156, section 5).
    PgpSigned {
        /// The signed part with its header, lines ended by CRLF.
        signed: Vec<u8>,
        /// The detached signature, armoured or binary, its transfer encoding undone.
        signature: Vec<u8>,
        /// How much of the message was signed.
        covers: Covers,
    },
    /// `multipart/encrypted` with PGP (RFC 3156, section 4). What it holds is a part with its header.
    PgpEncrypted {
        /// The encrypted message, armoured or binary.
        data: Vec<u8>,
        /// How much of the message was encrypted.
        covers: Covers,
    },
    /// PGP armour in a text part. What it holds is text alone.
    InlinePgp {
        /// The armour from its first to its last line, the transfer encoding of the part undone.
        text: Vec<u8>,
        /// Whether it is a text with a signature below (RFC 9580, section 7); else it is a message that may be
        /// encrypted, signed or both.
        signed_only: bool,
        /// Charset of the part, as the message names it; empty if it names none.
        charset: String,
        /// How much of the message it is.
        covers: Covers,
    },
    /// `multipart/signed` with a CMS signature (RFC 8551, section 3.5.3).
    SmimeSigned {
        /// The signed part with its header, lines ended by CRLF.
        signed: Vec<u8>,
        /// The detached signature, its transfer encoding undone.
        signature: Vec<u8>,
        /// How much of the message was signed.
        covers: Covers,
    },
    /// `application/pkcs7-mime`: signed-data or enveloped-data (RFC 8551, section 3.2). What it holds is a part with its
    /// header.
    SmimeOpaque {
        /// The CMS object, its transfer encoding undone; its own object identifier says what it is.
        der: Vec<u8>,
        /// How much of the message it is.
        covers: Covers,
    },
}

/// Looks for the first signed or encrypted part; messages inside of the message are not looked into. `None`: there is
/// none, or the message is cut off within it, or it names too many nested messages to be parsed.
///
/// To be called on a thread with a large stack, like all that parses.
pub fn find(bytes: &[u8]) -> Option<Protected> {
    if limits::too_nested(bytes) {
        return None;
    }
    // Not repaired: places in it are places in the message.
    let bytes = limits::first_parts(bytes);
    let message = MessageParser::default().parse(bytes)?;
    let order = in_order(&message);
    let mut cuts = MAX_CUTS;
    let mime = order.iter().find_map(|place| from_part(&message, *place, bytes, &mut cuts));
    mime.or_else(|| inline::find(&message, &order, bytes))
}

/// What the header of a message says of its encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announced {
    /// `multipart/encrypted` (RFC 3156, section 4).
    Pgp,
    /// `application/pkcs7-mime` with an `smime-type` of enveloped data (RFC 8551, section 3.2.2).
    Smime,
}

/// Whether the header of a message says that it is encrypted: for one that is cut off where [`find`] would find how.
pub fn announced(bytes: &[u8]) -> Option<Announced> {
    let headers = MessageParser::default().parse_headers(bytes)?;
    let content_type = headers.content_type()?;
    if is(content_type, "multipart", "encrypted") {
        return Some(Announced::Pgp);
    }
    let kind = content_type.attribute("smime-type").filter(|_| is_cms(content_type))?;
    let enveloped = kind.eq_ignore_ascii_case("enveloped-data") || kind.eq_ignore_ascii_case("authEnveloped-data");
    enveloped.then_some(Announced::Smime)
}

/// Places of all parts that are not inside of a nested message, parents before their children.
fn in_order(message: &Message<'_>) -> Vec<usize> {
    let mut order = Vec::new();
    let mut open = vec![0];
    while let Some(place) = open.pop() {
        let Some(part) = message.parts.get(place) else { continue };
        // Each part has one parent: more places than parts would be a circle.
        if order.len() >= message.parts.len() {
            break;
        }
        order.push(place);
        open.extend(children(part).iter().rev().map(|child| *child as usize));
    }
    order
}

fn children<'a>(part: &'a MessagePart<'_>) -> &'a [u32] {
    if let PartType::Multipart(children) = &part.body { children } else { &[] }
}

/// Whether a content type is `main/sub`, in any case.
fn is(content_type: &ContentType<'_>, main: &str, sub: &str) -> bool {
    content_type.ctype().eq_ignore_ascii_case(main)
        && content_type.subtype().is_some_and(|found| found.eq_ignore_ascii_case(sub))
}

/// What is protected at one place of the message.
fn from_part(message: &Message<'_>, place: usize, bytes: &[u8], cuts: &mut usize) -> Option<Protected> {
    let part = message.parts.get(place)?;
    let content_type = part.content_type()?;
    let covers = if place == 0 { Covers::All } else { Covers::Part };
    if is_cms(content_type) {
        return opaque(part, content_type, covers);
    }
    if !content_type.ctype().eq_ignore_ascii_case("multipart") {
        return None;
    }
    *cuts = cuts.checked_sub(1)?;
    // The root ends where the message ends, whatever comes after its last boundary line.
    let end = if place == 0 { bytes.len() } else { part.offset_end as usize };
    let cut = Cut::new(bytes, part.offset_body as usize, end, content_type.attribute("boundary")?)?;
    if is(content_type, "multipart", "signed") {
        let covers = if cut.agrees(message, part) { covers } else { Covers::Part };
        signed(&cut, covers)
    } else {
        let covers =
            if cut.agrees(message, part) && is(content_type, "multipart", "encrypted") { covers } else { Covers::Part };
        encrypted(&cut, covers)
    }
}

/// S/MIME types, and the file name that programs give to what they do not know (RFC 8551, section 3.2.1).
fn is_cms(content_type: &ContentType<'_>) -> bool {
    is(content_type, "application", "pkcs7-mime")
        || is(content_type, "application", "x-pkcs7-mime")
        || is(content_type, "application", "octet-stream")
            && content_type.attribute("name").is_some_and(|name| name.eq_ignore_ascii_case("smime.p7m"))
}

fn opaque(part: &MessagePart<'_>, content_type: &ContentType<'_>, covers: Covers) -> Option<Protected> {
    let kind = content_type.attribute("smime-type").unwrap_or_default();
    // Neither is signed or encrypted: certificates alone, and compression.
    if kind.eq_ignore_ascii_case("certs-only") || kind.eq_ignore_ascii_case("compressed-data") {
        return None;
    }
    let der = part.contents().to_vec();
    (!der.is_empty()).then_some(Protected::SmimeOpaque { der, covers })
}

/// `multipart/signed`: what the signature part is counts, not the `protocol` parameter, which some programs leave out.
fn signed(cut: &Cut<'_>, covers: Covers) -> Option<Protected> {
    let second = MessageParser::default().parse(cut.second)?;
    let part = second.parts.first()?;
    let kind = part.content_type()?;
    let signature = part.contents().to_vec();
    let signed = with_crlf(cut.first);
    if is(kind, "application", "pgp-signature") {
        Some(Protected::PgpSigned { signed, signature, covers })
    } else if is(kind, "application", "pkcs7-signature") || is(kind, "application", "x-pkcs7-signature") {
        Some(Protected::SmimeSigned { signed, signature, covers })
    } else {
        None
    }
}

/// `multipart/encrypted`, and what Exchange servers make of it: a `multipart/mixed` whose first part is empty.
fn encrypted(cut: &Cut<'_>, covers: Covers) -> Option<Protected> {
    let parts = [cut.first, cut.second, cut.third?];
    for pair in parts.windows(2) {
        let [control, data] = pair else { continue };
        if data.is_empty() || !has_type(control, "application", "pgp-encrypted") {
            continue;
        }
        let message = MessageParser::default().parse(*data)?;
        let part = message.parts.first()?;
        let data = part.contents().to_vec();
        return is(part.content_type()?, "application", "octet-stream")
            .then_some(Protected::PgpEncrypted { data, covers });
    }
    None
}

fn has_type(entity: &[u8], main: &str, sub: &str) -> bool {
    let headers = MessageParser::default().parse_headers(entity);
    headers.as_ref().and_then(Message::content_type).is_some_and(|found| is(found, main, sub))
}

/// The first parts of a multipart, cut by its boundary lines (RFC 2046, section 5.1.1).
struct Cut<'a> {
    first: &'a [u8],
    second: &'a [u8],
    /// Empty if there are two parts alone; `None` if a third one is cut off.
    third: Option<&'a [u8]>,
    /// Where the first two begin and end in the message.
    spans: [(usize, usize); 2],
}

impl<'a> Cut<'a> {
    /// `None` unless the first two parts are there as a whole.
    fn new(bytes: &'a [u8], start: usize, end: usize, boundary: &str) -> Option<Self> {
        if boundary.is_empty() {
            return None;
        }
        let mut spans = Vec::new();
        let mut from = None;
        let mut closed = false;
        let mut at = start;
        for line in bytes.get(start..end)?.split_inclusive(|byte| *byte == b'\n') {
            if let Some(closing) = delimiter(line, boundary.as_bytes()) {
                if let Some(from) = from {
                    spans.push((from, before_break(bytes, from, at)));
                }
                from = Some(at + line.len());
                if closing || spans.len() == 3 {
                    closed = closing;
                    break;
                }
            }
            at += line.len();
        }
        let (one, two) = (*spans.first()?, *spans.get(1)?);
        let third = match spans.get(2) {
            Some((from, to)) => Some(bytes.get(*from..*to)?),
            None => closed.then_some(&[][..]),
        };
        Some(Self { first: bytes.get(one.0..one.1)?, second: bytes.get(two.0..two.1)?, third, spans: [one, two] })
    }

    /// Whether mail-parser, and so the reader, sees exactly these two parts.
    fn agrees(&self, message: &Message<'_>, part: &MessagePart<'_>) -> bool {
        let places = children(part);
        places.len() == 2
            && self.third == Some(&[])
            && places.iter().zip(self.spans).all(|(place, (from, to))| {
                message
                    .parts
                    .get(*place as usize)
                    .is_some_and(|child| child.offset_header as usize == from && child.offset_end as usize == to)
            })
    }
}

/// Whether a line is a boundary line, and if it is, whether it is the last one. Blanks may follow the boundary.
fn delimiter(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?.trim_ascii_end();
    match rest {
        b"" => Some(false),
        b"--" => Some(true),
        _ => None,
    }
}

/// The line break before a boundary line belongs to the boundary.
fn before_break(bytes: &[u8], from: usize, to: usize) -> usize {
    let part = bytes.get(from..to).unwrap_or_default();
    let part = part.strip_suffix(b"\n").map_or(part, |part| part.strip_suffix(b"\r").unwrap_or(part));
    from + part.len()
}

/// Line breaks as they were on the wire: stores on disk may have LF alone (RFC 3156, section 5; RFC 8551, section 3.1.1).
fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    let mut last = 0;
    for byte in bytes {
        if *byte == b'\n' && last != b'\r' {
            out.push(b'\r');
        }
        out.push(*byte);
        last = *byte;
    }
    out
}

#[cfg(test)]
mod tests;
