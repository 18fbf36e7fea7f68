//! The header block: subject, people and date, decoded by mail-parser and made honest for the screen.

use mail_parser::{Address, HeaderName, Message};

use crate::mail::UnixTime;
use crate::render::{Context, Head, Person};
use crate::safe_text::SafeText;

/// Characters of a header value that are kept: longer ones are an attack or an accident (H20).
const MAX_VALUE: usize = 1_000;

/// People of one field that are kept (H30).
const MAX_PEOPLE: usize = 200;

/// Reads the header block.
pub(crate) fn head(message: &Message<'_>, context: &Context) -> Head {
    let from = people(message.from());
    let reply_to = people(message.reply_to());
    let differs = reply_to
        .iter()
        .any(|person| !from.iter().any(|other| other.address.as_str().eq_ignore_ascii_case(person.address.as_str())));
    Head {
        subject: text(message.subject().unwrap_or("")),
        reply_to: if differs { reply_to } else { Vec::new() },
        from,
        to: named_you(all_people(message.all_to()), context),
        cc: named_you(all_people(message.all_cc()), context),
        sent: message.date().and_then(unix_time),
        message_id: text(message.message_id().unwrap_or("")),
    }
}

/// What the reader should know about the header: fields that may stand there once only (RFC 5322, section 3.6).
pub(crate) fn notes(message: &Message<'_>) -> Vec<SafeText> {
    let once = [
        (HeaderName::From, "From"),
        (HeaderName::Subject, "Subject"),
        (HeaderName::Date, "Date"),
        (HeaderName::MessageId, "Message-ID"),
    ];
    let repeated: Vec<&str> = once
        .into_iter()
        .filter(|(name, _)| message.headers().iter().filter(|header| header.name == *name).count() > 1)
        .map(|(_, label)| label)
        .collect();
    if repeated.is_empty() {
        return Vec::new();
    }
    vec![SafeText::new(&format!("Duplicate {}: the last one is shown", repeated.join(", ")))]
}

/// A decoded header value for one line.
pub(crate) fn text(value: &str) -> SafeText {
    let end = value.char_indices().nth(MAX_VALUE * 4).map_or(value.len(), |(at, _)| at);
    let safe = SafeText::squeezed(value.get(..end).unwrap_or(""));
    match safe.as_str().char_indices().nth(MAX_VALUE) {
        Some((at, _)) => SafeText::new(&format!("{}…", safe.as_str().get(..at).unwrap_or(""))),
        None => safe,
    }
}

fn all_people<'a, 'x: 'a>(fields: impl Iterator<Item = &'a Address<'x>>) -> Vec<Person> {
    fields.flat_map(|field| people(Some(field))).take(MAX_PEOPLE).collect()
}

fn people(field: Option<&Address<'_>>) -> Vec<Person> {
    let Some(field) = field else { return Vec::new() };
    field
        .iter()
        .take(MAX_PEOPLE)
        .map(|addr| Person {
            name: text(addr.name().unwrap_or("")),
            address: text(&super::link::honest_address(addr.address().unwrap_or(""))),
        })
        .filter(|person| !person.name.is_empty() || !person.address.is_empty())
        .collect()
}

/// The reader's own addresses are called "you" among the recipients.
fn named_you(mut people: Vec<Person>, context: &Context) -> Vec<Person> {
    for person in &mut people {
        let own = |address: &String| address.eq_ignore_ascii_case(person.address.as_str());
        if context.own_addresses.iter().any(own) {
            person.name = SafeText::from_static("you");
        }
    }
    people
}

/// A date field as a point in time, when it is one that can be (H33): years 1970 to 9999.
fn unix_time(date: &mail_parser::DateTime) -> Option<UnixTime> {
    let sane = date.is_valid() && (1970..=9999).contains(&date.year) && date.tz_hour < 24;
    sane.then(|| UnixTime(date.to_timestamp())).filter(|time| time.0 >= 0)
}
