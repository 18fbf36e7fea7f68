//! Header bytes to an envelope, by mail-parser; IMAP dates to Unix time and back.

use std::borrow::Cow;

use mail_parser::{Address as ParsedAddress, HeaderName, HeaderValue, Message, MessageParser};

use crate::header_repair;
use crate::mail::message::{Address, Envelope};
use crate::mail::{UnixTime, answers};

/// More than this of one header block is not parsed.
const MAX_HEADER: usize = 1024 * 1024;
/// How many addresses and references of one message are kept.
const MAX_LIST: usize = 100;

/// Decodes a header block. What cannot be read is left empty: a mail is shown whatever is in it.
pub fn envelope(header: &[u8]) -> Envelope {
    let header = header.get(..MAX_HEADER).unwrap_or(header);
    // mail-parser gives up a last line without its end.
    let ended: Cow<'_, [u8]> =
        if header.ends_with(b"\n") { header.into() } else { [header, b"\r\n\r\n"].concat().into() };
    let repaired = header_repair::repaired(&ended);
    let Some(message) = MessageParser::default().parse_headers(&*repaired) else { return Envelope::default() };
    let people = [message.from(), message.reply_to(), message.to(), message.cc()].map(addresses);
    let references = references(&message, &people);
    let [from, reply_to, to, cc] = people;
    Envelope {
        message_id: message.message_id().unwrap_or_default().to_owned(),
        references,
        subject: message.subject().unwrap_or_default().to_owned(),
        from,
        reply_to,
        to,
        cc,
        sent: message.date().map(|date| UnixTime(date.to_timestamp())),
        list_id: list_id(&message),
        attachments: attachments(&message),
    }
}

/// The Message-ID of a header block, without brackets; empty when there is none.
pub(crate) fn message_id(header: &[u8]) -> String {
    envelope(header).message_id
}

/// What stands in a field of a header block, as it stands there and on its first line; empty when it is not there.
pub(crate) fn field(header: &[u8], name: &str) -> String {
    let header = String::from_utf8_lossy(header.get(..MAX_HEADER).unwrap_or(header));
    let mut fields = header.lines().filter_map(|line| line.split_once(':'));
    let found = fields.find(|(field, _)| field.trim_end().eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

fn references(message: &Message<'_>, people: &[Vec<Address>]) -> Vec<String> {
    let is_person = |id: &str| people.iter().flatten().any(|one| one.address.eq_ignore_ascii_case(id));
    let mut references: Vec<String> = Vec::new();
    for name in [HeaderName::References, HeaderName::InReplyTo] {
        let Some(value) = message.header(name.clone()) else { continue };
        let words: Vec<&str> = match value.as_text_list() {
            Some(list) => list.iter().map(AsRef::as_ref).collect(),
            None => value.as_text().into_iter().collect(),
        };
        for word in answers::ids(message.header_raw(name).unwrap_or_default(), words, is_person) {
            if !references.iter().any(|known| known == word) {
                references.push(word.to_owned());
            }
        }
    }
    // The newest ones say most about where the message belongs.
    references.split_off(references.len().saturating_sub(MAX_LIST))
}

fn addresses(field: Option<&ParsedAddress<'_>>) -> Vec<Address> {
    let Some(field) = field else { return Vec::new() };
    field
        .iter()
        .take(MAX_LIST)
        .map(|address| Address {
            name: address.name.as_deref().unwrap_or_default().to_owned(),
            address: address.address.as_deref().unwrap_or_default().to_owned(),
        })
        .collect()
}

fn list_id(message: &Message<'_>) -> String {
    let value = message.list_id();
    if let Some(address) = value.as_address().and_then(ParsedAddress::first) {
        return address.address.as_deref().unwrap_or_default().to_owned();
    }
    let text = value.as_text().unwrap_or_default();
    let id = text.rsplit_once('<').map_or(text, |(_, id)| id.trim_end_matches(['>', ' ']));
    id.trim().to_owned()
}

/// A guess from the Content-Type alone, until the body is here.
fn attachments(message: &Message<'_>) -> bool {
    let Some(HeaderValue::ContentType(kind)) = message.header(HeaderName::ContentType) else { return false };
    let subtype = kind.subtype().unwrap_or_default();
    match kind.ctype().to_ascii_lowercase().as_str() {
        "multipart" => subtype.eq_ignore_ascii_case("mixed"),
        "text" | "message" => false,
        _ => true,
    }
}

/// The months as IMAP writes them (RFC 9051, section 9, `date-month`).
pub(crate) const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Reads INTERNALDATE: ` 1-Feb-2026 02:44:25 -0700` (RFC 9051, section 9, `date-time`).
pub(crate) fn internal_date(text: &str) -> Option<UnixTime> {
    let mut words = text.split_ascii_whitespace();
    let mut date = words.next()?.splitn(3, '-');
    let day: i64 = date.next()?.parse().ok()?;
    let month = date.next()?;
    let month = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month))? + 1;
    let year: i64 = date.next()?.parse().ok()?;
    let mut time = words.next()?.splitn(3, ':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    let zone: i64 = words.next().unwrap_or("+0000").parse().ok()?;
    let sound = (1..=31).contains(&day)
        && (1..=9999).contains(&year)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second)
        && (-9999..=9999).contains(&zone);
    let days = days_from_civil(year, i64::try_from(month).ok()?, day);
    let offset = (zone / 100) * 3600 + (zone % 100) * 60;
    sound.then(|| UnixTime(days * 86_400 + hour * 3600 + minute * 60 + second - offset))
}

/// Writes a date as APPEND wants it, in UTC, without quotes.
pub(crate) fn append_date(time: UnixTime) -> String {
    let seconds = time.0.clamp(0, 253_402_300_799);
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil_from_days(days);
    let month = usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).copied().unwrap_or("Jan");
    format!("{day:02}-{month}-{year:04} {:02}:{:02}:{:02} +0000", rest / 3600, rest / 60 % 60, rest % 60)
}

/// Days since 1970-01-01 of a date in the Gregorian calendar; years start in March so that leap days come last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests;
