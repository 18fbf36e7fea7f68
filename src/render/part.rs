//! The parts of a message that are not its text: names that are safe on a disk, kinds, sizes and bytes.

use std::collections::HashSet;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Encoding, Message, MessagePart, MimeHeaders, PartType};

use crate::render::gallery::{Inline, Inlines};
use crate::render::{Part, View, body, cards, winmail};
use crate::safe_text::SafeText;

/// Parts listed; the rest is counted in a note.
pub(crate) const MAX_PARTS: usize = 500;

/// Bytes of a file name, so that it fits every file system even with a number added.
const MAX_NAME: usize = 180;

/// The parts of a message in its order, each with the way to it.
pub(crate) struct Parts {
    /// What is shown.
    pub(crate) list: Vec<Part>,
    /// Where each is.
    pub(crate) places: Vec<Place>,
    /// How many there were beyond [`MAX_PARTS`].
    pub(crate) left_out: usize,
    /// What is known of images.
    pub(crate) images: Images,
    taken: HashSet<String>,
}

/// What is known of the images of a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Images {
    /// Those that have a Content-ID, by it.
    pub(crate) inline: Inlines,
    /// Columns and rows of pixels of each part; none where it is no image.
    pub(crate) pixels: Vec<Option<(u32, u32)>>,
}

/// The way to a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its place in [`Message::parts`], after those of the messages around it.
    pub(crate) path: Vec<usize>,
    /// Its place in the `winmail.dat` that the path leads to.
    file: Option<usize>,
}

/// Collects everything that is neither a container nor one of the parts shown as text; what is inside of forwarded
/// messages and of `winmail.dat` too.
pub(crate) fn collect(message: &Message<'_>, shown: &[usize]) -> Parts {
    let mut parts =
        Parts { list: Vec::new(), places: Vec::new(), left_out: 0, images: Images::default(), taken: HashSet::new() };
    parts.add_all(message, shown, &mut Vec::new());
    parts
}

impl Parts {
    fn add_all(&mut self, message: &Message<'_>, shown: &[usize], path: &mut Vec<usize>) {
        let shown: HashSet<usize> = shown.iter().copied().collect();
        for (place, part) in message.parts.iter().enumerate() {
            if matches!(part.body, PartType::Multipart(_)) || shown.contains(&place) {
                continue;
            }
            if place == 0 && part.contents().iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            path.push(place);
            self.add(message, part, path);
            if let PartType::Message(inner) = &part.body {
                let text = body::choose(inner, View::Best).text;
                self.add_all(inner, &text, path);
            }
            path.pop();
        }
    }

    fn add(&mut self, message: &Message<'_>, part: &MessagePart<'_>, path: &[usize]) {
        let kind = media_type(part);
        let inline = is_inline(part) || part.attachment_name().is_none() && cards::tells(message, part);
        let listed = Listed { name: raw_name(part), size: part_size(message, part), inline };
        let Some(index) = self.list_part(&listed, &kind, Place { path: path.to_vec(), file: None }) else { return };
        let size = if kind.starts_with("image/") { pixels(part.contents()) } else { None };
        self.images.pixels.resize(index, None);
        self.images.pixels.push(size);
        if let Some(id) = part.content_id().filter(|_| kind.starts_with("image/")) {
            let name = self.list.get(index).map(|part| part.name.clone()).unwrap_or_default();
            let inline = Inline { part: index, name, bytes: part.len() as u64, size };
            self.images.inline.entry(id.trim_matches(['<', '>']).to_lowercase()).or_insert(inline);
        }
        if winmail::is_stream(part) {
            for (number, (name, kind, size)) in winmail::files(part).into_iter().enumerate() {
                let place = Place { path: path.to_vec(), file: Some(number) };
                self.list_part(&Listed { name, size, inline: false }, &kind, place);
            }
        }
    }

    /// Only the beginning of the message is here: its last part, and the messages around that, end too early. How large
    /// they are is not known, and a picture of it cannot be drawn.
    pub(crate) fn cut_off(&mut self, message: &Message<'_>) {
        let mut path = Vec::new();
        let mut inside = message;
        while let Some(last) = inside.parts.len().checked_sub(1) {
            path.push(last);
            match inside.parts.last().map(|part| &part.body) {
                Some(PartType::Message(inner)) => inside = inner,
                Some(_) | None => break,
            }
        }
        for (index, place) in self.places.iter().enumerate().filter(|(_, place)| path.starts_with(&place.path)) {
            // What is in a winmail.dat that was cut says how large it is itself.
            if let Some(part) = self.list.get_mut(index).filter(|_| place.file.is_none()) {
                part.size = None;
            }
            if let Some(pixels) = self.images.pixels.get_mut(index) {
                *pixels = None;
            }
            for inline in self.images.inline.values_mut().filter(|inline| inline.part == index) {
                inline.size = None;
            }
        }
    }

    fn list_part(&mut self, listed: &Listed, kind: &str, place: Place) -> Option<usize> {
        if self.list.len() == MAX_PARTS {
            self.left_out += 1;
            return None;
        }
        let name = safe_name(&listed.name, kind, self.list.len() + 1);
        let name = unique_name(&name, &mut self.taken);
        self.list.push(Part {
            media_type: SafeText::squeezed(kind).cut(80),
            name: SafeText::new(&name),
            size: Some(listed.size),
            inline: listed.inline,
        });
        self.places.push(place);
        Some(self.list.len() - 1)
    }
}

/// What a part says of itself.
struct Listed {
    name: String,
    size: u64,
    inline: bool,
}

/// The decoded bytes of the part at this place, as they were sent: text keeps its own charset.
pub(crate) fn bytes_at(message: &Message<'_>, place: &Place) -> Option<Vec<u8>> {
    let (last, around) = place.path.split_last()?;
    let mut inside = message;
    for step in around {
        let PartType::Message(inner) = &inside.parts.get(*step)?.body else { return None };
        inside = inner;
    }
    let part = inside.parts.get(*last)?;
    match place.file {
        Some(file) => winmail::file(part, file),
        None => Some(contents(inside, part)),
    }
}

/// Columns and rows of an image's pixels by its header; nothing of it is decoded.
pub(crate) fn pixels(bytes: &[u8]) -> Option<(u32, u32)> {
    // Of other kinds nothing is drawn.
    let drawn = imagesize::image_type(bytes).is_ok_and(|kind| {
        use imagesize::ImageType;
        matches!(kind, ImageType::Png | ImageType::Jpeg | ImageType::Gif | ImageType::Webp)
    });
    let size = imagesize::blob_size(bytes).ok().filter(|_| drawn)?;
    Some((u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?))
}

/// Whether a part counts as an attachment for the paper clip in the list: signatures and keys and pictures inside of
/// the text do not.
pub(crate) fn is_attachment(part: &Part) -> bool {
    const PLUMBING: [&str; 9] = [
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-keys",
        "application/pgp-encrypted",
        "message/delivery-status",
        "message/global-delivery-status",
        "text/rfc822-headers",
        "message/global-headers",
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
    let raw = &raw.replace(super::header::TICKS, "_");
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
