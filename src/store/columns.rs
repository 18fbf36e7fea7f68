//! How values are written in columns and read from them; hostile ones are bounded here.

use crate::mail::flags::{Flags, Keyword, MUTED};
use crate::mail::message::Address;
use crate::mail::{Uid, UidValidity, UnixTime};

/// Characters of a subject that are kept.
pub(super) const SUBJECT_MAX: usize = 2000;
/// Characters of a name that are kept.
const NAME_MAX: usize = 200;
/// Characters of an address that are kept: 64 + 1 + 255 is the longest that SMTP carries (RFC 5321, section 4.5.3.1).
const ADDRESS_MAX: usize = 320;
/// Addresses of one field that are kept.
const ADDRESSES_MAX: usize = 100;
/// A longer Message-ID is no id: it is treated as if there were none, never cut, since a cut one names another message.
pub(super) const MESSAGE_ID_MAX: usize = 2000;
/// References that are kept: the newest.
const REFERENCES_MAX: usize = 100;
/// Bytes beside its first text that a list mostly has room in: one address with its name.
const LIST_ROOM: usize = 64;
/// Keywords of a message that are kept.
const KEYWORDS_MAX: usize = 200;

/// The first `max` characters.
pub(super) fn cut(text: &str, max: usize) -> &str {
    // No text has more characters than bytes: most need no counting.
    if text.len() <= max {
        return text;
    }
    text.char_indices().nth(max).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// As much of it as fits into `max` bytes.
pub(super) fn cut_bytes(text: &str, max: usize) -> &str {
    text.get(..text.floor_char_boundary(max)).unwrap_or(text)
}

/// A Message-ID, or nothing if it is too long to be one.
pub(super) fn message_id(text: &str) -> &str {
    if text.len() > MESSAGE_ID_MAX { "" } else { text }
}

/// The references that are kept.
pub(super) fn references(all: &[String]) -> impl Iterator<Item = &str> {
    all.iter().skip(all.len().saturating_sub(REFERENCES_MAX)).map(|id| message_id(id)).filter(|id| !id.is_empty())
}

/// A list of texts in one column: JSON, so that no text can look like a separator; empty for none.
pub(super) fn text_list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut list = String::new();
    for text in texts {
        if list.is_empty() {
            list.reserve(text.len() + LIST_ROOM);
        }
        list.push(if list.is_empty() { '[' } else { ',' });
        // Counted, not searched: a processor compares many at a time when none of them ends it.
        if text.bytes().filter(|byte| matches!(byte, 0..b' ' | b'"' | b'\\')).count() == 0 {
            list.push('"');
            list.push_str(text);
            list.push('"');
        } else {
            // A text always can be written as JSON.
            list.push_str(&serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_owned()));
        }
    }
    if !list.is_empty() {
        list.push(']');
    }
    list
}

/// Reads [`text_list`].
pub(super) fn read_text_list(column: &str) -> Vec<String> {
    if column.is_empty() { Vec::new() } else { serde_json::from_str(column).unwrap_or_default() }
}

/// A list of texts as one text.
pub(super) fn plain(column: &str) -> std::borrow::Cow<'_, str> {
    // Brackets, quotes and commas are no words; escapes might be.
    if column.contains('\\') { read_text_list(column).join(" ").into() } else { column.into() }
}

/// Names and addresses in turn.
pub(super) fn addresses(list: &[Address]) -> String {
    text_list(
        list.iter().take(ADDRESSES_MAX).flat_map(|one| [cut(&one.name, NAME_MAX), cut(&one.address, ADDRESS_MAX)]),
    )
}

/// Reads [`addresses`].
pub(super) fn read_addresses(column: &str) -> Vec<Address> {
    let mut texts = read_text_list(column).into_iter();
    let mut list = Vec::new();
    while let (Some(name), Some(address)) = (texts.next(), texts.next()) {
        list.push(Address { name, address });
    }
    list
}

/// Keywords, separated by spaces, which no keyword holds.
pub(super) fn keywords(flags: &Flags) -> String {
    let mut words = String::new();
    for keyword in flags.keywords.iter().take(KEYWORDS_MAX) {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(keyword.as_str());
    }
    words
}

/// Whether the keyword of a muted conversation is among those of this column.
pub(super) fn is_muted(keywords: &str) -> bool {
    !keywords.is_empty() && keywords.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case(MUTED))
}

/// Reads the two columns of a set of flags.
pub(super) fn read_flags(system: u8, keywords: &str) -> Flags {
    Flags { system, keywords: keywords.split_ascii_whitespace().filter_map(Keyword::new).collect() }
}

/// A number that SQLite cannot hold becomes the largest that it can.
pub(super) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A counter; one below 0 counts as 0.
pub(super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A time in the years 1 to 9999: what lies outside cannot be shown as a date.
pub(super) fn time(at: UnixTime) -> i64 {
    at.0.clamp(-62_135_596_800, 253_402_300_799)
}

/// A UID as a command needs it; 0 and numbers that are none are dropped.
pub(super) fn read_uid(column: Option<i64>) -> Option<Uid> {
    column.and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0).map(Uid)
}

/// A UIDVALIDITY, as [`read_uid`].
pub(super) fn read_uid_validity(column: Option<i64>) -> Option<UidValidity> {
    read_uid(column).map(|uid| UidValidity(uid.0))
}

/// Ranges as IMAP writes them: `1:5,9:9`.
pub(super) fn write_ranges(ranges: &[(u32, u32)]) -> String {
    ranges.iter().map(|(low, high)| format!("{low}:{high}")).collect::<Vec<_>>().join(",")
}

/// Reads what [`write_ranges`] wrote; what cannot be read is left out.
pub(super) fn read_ranges(text: &str) -> Vec<(u32, u32)> {
    let range = |part: &str| {
        let (low, high) = part.split_once(':')?;
        Some((low.parse().ok()?, high.parse().ok()?)).filter(|(low, high)| low <= high)
    };
    text.split(',').filter_map(range).collect()
}
