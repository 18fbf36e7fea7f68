//! PGP armour in a text part (RFC 9580, sections 6.2 and 7).

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{ContentType, Encoding, Message, MessagePart, MimeHeaders, PartType};

use super::{Covers, Protected, is};

/// The armour in the first text part, if there is one.
pub(super) fn find(message: &Message<'_>, order: &[usize], bytes: &[u8]) -> Option<Protected> {
    let place = *order.iter().find(|place| message.parts.get(**place).is_some_and(is_plain))?;
    let part = message.parts.get(place)?;
    let text = decoded(part, bytes)?;
    let armour = Armour::find(&text)?;
    let covers = if place == 0 && armour.alone { Covers::All } else { Covers::Part };
    let charset = part.content_type().and_then(|found| found.attribute("charset")).unwrap_or_default().to_owned();
    let signed_only = armour.signed_only;
    Some(Protected::InlinePgp { text: armour.text.to_vec(), signed_only, charset, covers })
}

fn is_plain(part: &MessagePart<'_>) -> bool {
    let attached = part.content_disposition().is_some_and(ContentType::is_attachment);
    let plain = part.content_type().is_none_or(|found| is(found, "text", "plain"));
    plain && !attached && matches!(part.body, PartType::Text(_))
}

/// The bytes of a text part before its charset is undone: the signature is over these.
fn decoded(part: &MessagePart<'_>, bytes: &[u8]) -> Option<Vec<u8>> {
    let raw = bytes.get(part.offset_body as usize..part.offset_end as usize)?;
    match part.encoding {
        Encoding::None => Some(raw.to_vec()),
        Encoding::QuotedPrintable => quoted_printable_decode(raw),
        Encoding::Base64 => base64_decode(raw),
    }
}

struct Armour<'a> {
    text: &'a [u8],
    signed_only: bool,
    /// Whether there is nothing but white space around it.
    alone: bool,
}

impl<'a> Armour<'a> {
    /// The first armour, from its first to its last line. A second beginning before the end is no armour that a program
    /// wrote: such lines are escaped in a signed text.
    fn find(text: &'a [u8]) -> Option<Self> {
        let mut begin: Option<(usize, bool)> = None;
        let mut in_signature = false;
        let mut at = 0;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let end = at + line.len();
            match (line.trim_ascii_end(), begin) {
                (b"-----BEGIN PGP SIGNED MESSAGE-----", None) => begin = Some((at, true)),
                (b"-----BEGIN PGP MESSAGE-----", None) => begin = Some((at, false)),
                (b"-----BEGIN PGP SIGNED MESSAGE-----" | b"-----BEGIN PGP MESSAGE-----", Some(_)) => return None,
                (b"-----BEGIN PGP SIGNATURE-----", Some((_, true))) if in_signature => return None,
                (b"-----BEGIN PGP SIGNATURE-----", Some((_, true))) => in_signature = true,
                (b"-----END PGP SIGNATURE-----", Some((from, true))) if in_signature => {
                    return Self::new(text, from, end, true);
                }
                (b"-----END PGP MESSAGE-----", Some((from, false))) => return Self::new(text, from, end, false),
                _ => {}
            }
            at = end;
        }
        None
    }

    fn new(text: &'a [u8], from: usize, to: usize, signed_only: bool) -> Option<Self> {
        let before = text.get(..from)?.trim_ascii();
        let after = text.get(to..)?.trim_ascii();
        Some(Self { text: text.get(from..to)?, signed_only, alone: before.is_empty() && after.is_empty() })
    }
}
