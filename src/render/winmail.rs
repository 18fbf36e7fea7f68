//! What Outlook packs into a `winmail.dat` (TNEF): its files are listed with the others, its text is shown where the
//! message has none of its own.

use mail_parser::{Message, MessagePart};

use crate::render::limits::{MAX_HTML, MAX_TEXT, cut_text};
use crate::render::part::media_type;
use crate::render::tnef::{self, RtfBody};

/// Bytes of a stream that are read.
const MAX_STREAM: usize = 64 << 20;

/// The text of a stream.
pub(crate) enum Text {
    /// text/plain.
    Plain(String),
    /// text/html.
    Html(String),
}

/// Whether a part is a stream.
pub(crate) fn is_stream(part: &MessagePart<'_>) -> bool {
    matches!(media_type(part).as_str(), "application/ms-tnef" | "application/vnd.ms-tnef")
}

fn open<'a>(part: &'a MessagePart<'_>) -> Option<tnef::Tnef<'a>> {
    let bytes = part.contents();
    tnef::open(bytes.get(..MAX_STREAM).unwrap_or(bytes))
}

/// Name, type and size of each file in a stream.
pub(crate) fn files(part: &MessagePart<'_>) -> Vec<(String, String, u64)> {
    let Some(stream) = open(part) else { return Vec::new() };
    let listed = |file: &tnef::File<'_>| (file.name.clone(), kind(file), file.data.len() as u64);
    stream.files.iter().map(listed).collect()
}

/// The bytes of the file at this place in a stream.
pub(crate) fn file(part: &MessagePart<'_>, place: usize) -> Option<Vec<u8>> {
    open(part)?.files.get(place).map(|file| file.data.to_vec())
}

fn kind(file: &tnef::File<'_>) -> String {
    match &file.media_type {
        // A message in a stream is a stream again.
        _ if file.embedded => "application/ms-tnef".to_owned(),
        Some(kind) if kind.contains('/') => kind.to_ascii_lowercase(),
        Some(_) | None => "application/octet-stream".to_owned(),
    }
}

/// The text of the first stream of a message that has one.
pub(crate) fn text(message: &Message<'_>) -> Option<Text> {
    message.parts.iter().filter(|part| is_stream(part)).take(5).find_map(|part| {
        let stream = open(part)?;
        let own = |text: &String| text.chars().any(char::is_alphanumeric);
        if let Some(html) = stream.html.filter(own) {
            return Some(Text::Html(cut_text(&html, MAX_HTML).0.to_owned()));
        }
        let rich = stream.rtf.as_deref().map(tnef::rtf_text);
        match (rich, stream.plain.filter(own)) {
            (Some(RtfBody::Html(html)), _) if own(&html) => Some(Text::Html(cut_text(&html, MAX_HTML).0.to_owned())),
            (_, Some(plain)) => Some(Text::Plain(cut_text(&plain, MAX_TEXT).0.to_owned())),
            (Some(RtfBody::Text(text)), None) if own(&text) => {
                Some(Text::Plain(cut_text(&text, MAX_TEXT).0.to_owned()))
            }
            _ => None,
        }
    })
}
