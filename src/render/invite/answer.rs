//! The answer to an invitation: an iTIP REPLY (RFC 5546 section 3.2.3) and the mail around it (RFC 6047).
//!
//! The organizer's calendar must find its own event again, so UID, RECURRENCE-ID and DTSTART go back as they came,
//! with the time zones they name. Nothing of the invitation is copied as bytes: every line is written anew.

use jiff::Timestamp;

use super::calendar::{self, Zone, find, text};
use super::person::{Person, is_address};
use super::when::{Period, Value};
use super::zone::Zones;
use super::{MAX_SHORT, Method, method, sequence};
use crate::render::content_line::{Line, breaks, cut, escape};

/// Time zones that go back with an answer, and lines of each of their parts.
const MAX_ZONES: usize = 4;
const MAX_ZONE_LINES: usize = 64;

/// What the reader says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Comes.
    Yes,
    /// Perhaps.
    Maybe,
    /// Does not come.
    No,
}

/// A mail that answers an invitation. All fields are free of controls, but for the line breaks in `text` and `ics`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    /// The organizer's address: a plain addr-spec of ASCII.
    pub(crate) to: String,
    /// Subject, not encoded for a header yet.
    pub(crate) subject: String,
    /// The mail's text for people.
    pub(crate) text: String,
    /// The mail's part `text/calendar; method=REPLY; charset=UTF-8`, with CRLF.
    pub(crate) ics: String,
}

/// Whether this address is among those who were invited.
pub(crate) fn invites(ics: &str, address: &str) -> bool {
    let Some(calendar) = calendar::read(ics) else { return false };
    let mut lines = calendar.events.iter().flatten().filter(|line| line.name == "ATTENDEE");
    lines.any(|line| Person::read(line).address.eq_ignore_ascii_case(address))
}

/// Writes the answer of `me` (an address) to an invitation. `now` is in seconds since 1970-01-01 00:00 UTC.
///
/// Nothing when it is no request, when it has no UID, when the organizer's address or `me` is no plain address, when
/// `me` is the organizer, or when it names a date of a series that cannot be read. Who is not invited may still answer
/// (RFC 5546 section 3.2.3, "party crashing").
pub(crate) fn answer(ics: &str, me: &str, answer: Answer, now: i64) -> Option<Reply> {
    let calendar = calendar::read(ics)?;
    if method(&calendar) != Method::Request || !is_address(me) {
        return None;
    }
    let uid = find(calendar.events.first()?, "UID").map(|line| line.value.trim())?;
    if uid.is_empty() || uid.len() > MAX_SHORT {
        return None;
    }
    // All events of a request have one UID: the series and its changed dates (RFC 5546 section 3.2.2).
    let events: Vec<&Vec<Line>> = calendar
        .events
        .iter()
        .filter(|event| find(event, "UID").is_some_and(|line| line.value.trim() == uid))
        .collect();
    let first = events.first()?;
    let organizer = find(first, "ORGANIZER")?;
    let to = Person::read(organizer).address;
    if !is_address(&to) || to.eq_ignore_ascii_case(me) {
        return None;
    }
    let stamp = Timestamp::from_second(now).ok()?.strftime("%Y%m%dT%H%M%SZ").to_string();
    let written = events.iter().map(|event| reply_event(event, me, answer, &stamp)).collect::<Option<Vec<_>>>()?;
    let summary = one_line(&text(first, "SUMMARY", 200).unwrap_or_default());
    let words = words(first, &Zones::new(&calendar.zones), &summary, me, answer);
    Some(Reply { to, subject: subject(answer, &summary), text: words, ics: reply_calendar(&calendar.zones, &written) })
}

fn subject(answer: Answer, summary: &str) -> String {
    let word = match answer {
        Answer::Yes => "Accepted",
        Answer::Maybe => "Tentative",
        Answer::No => "Declined",
    };
    if summary.is_empty() { format!("{word}: invitation") } else { format!("{word}: {summary}") }
}

/// The answer for people, whose programs may know no calendars.
fn words(event: &[Line], zones: &Zones, summary: &str, me: &str, answer: Answer) -> String {
    let says = match answer {
        Answer::Yes => "accepts the invitation",
        Answer::Maybe => "may come (tentative)",
        Answer::No => "declines the invitation",
    };
    let mut words = format!("{me} {says}.\n");
    if !summary.is_empty() {
        words.extend(["\nWhat: ", summary, "\n"]);
    }
    if let Some(period) = Period::read(event, zones, &mut Vec::new()) {
        words.extend(["When: ", &one_line(&period.own_words()), "\n"]);
    }
    words
}

/// One line without controls.
fn one_line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if breaks(c) { ' ' } else { c }).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A line of the answer itself.
fn line(name: &str, value: &str) -> Line {
    Line { name: name.to_owned(), parameters: Vec::new(), value: value.to_owned() }
}

/// The lines of one VEVENT of the answer.
fn reply_event(event: &[Line], me: &str, answer: Answer, stamp: &str) -> Option<Vec<Line>> {
    let mut lines = vec![line("DTSTAMP", stamp)];
    lines.push(line("UID", find(event, "UID")?.value.trim()));
    lines.push(line("SEQUENCE", &sequence(event).to_string()));
    if let Some(date) = find(event, "RECURRENCE-ID") {
        lines.push(date_line(date, &["TZID", "VALUE", "RANGE"])?);
    }
    lines.extend(find(event, "DTSTART").and_then(|date| date_line(date, &["TZID", "VALUE"])));
    lines.extend(find(event, "DTEND").and_then(|date| date_line(date, &["TZID", "VALUE"])));
    lines.extend(text(event, "SUMMARY", MAX_SHORT).map(|summary| line("SUMMARY", &escape(&summary))));
    lines.push(kept(find(event, "ORGANIZER")?, &["CN"]));
    lines.push(attendee(event, me, answer));
    lines.push(line("REQUEST-STATUS", "2.0;Success"));
    Some(lines)
}

/// The one who answers, by the address that was invited.
fn attendee(event: &[Line], me: &str, answer: Answer) -> Line {
    let invited = event
        .iter()
        .filter(|line| line.name == "ATTENDEE")
        .find(|line| Person::read(line).address.eq_ignore_ascii_case(me));
    let mut attendee = match invited {
        Some(line) => kept(line, &["CN", "EMAIL"]),
        None => line("ATTENDEE", &format!("mailto:{me}")),
    };
    let answer = match answer {
        Answer::Yes => "ACCEPTED",
        Answer::Maybe => "TENTATIVE",
        Answer::No => "DECLINED",
    };
    attendee.parameters.push(("PARTSTAT".to_owned(), answer.to_owned()));
    attendee
}

/// A line with some of its parameters.
fn kept(line: &Line, names: &[&str]) -> Line {
    let parameters = line
        .parameters
        .iter()
        .filter(|(name, value)| names.contains(&name.as_str()) && value.len() <= MAX_SHORT)
        .cloned()
        .collect();
    Line { name: line.name.clone(), parameters, value: cut(line.value.trim(), MAX_SHORT).to_owned() }
}

/// A line with a date, if it is one.
fn date_line(line: &Line, names: &[&str]) -> Option<Line> {
    Value::parse(&line.value)?;
    Some(kept(line, names))
}

fn reply_calendar(zones: &[Zone], events: &[Vec<Line>]) -> String {
    let mut out = String::new();
    line("BEGIN", "VCALENDAR").write(&mut out);
    line("PRODID", "-//posthaste//posthaste//EN").write(&mut out);
    line("VERSION", "2.0").write(&mut out);
    line("METHOD", "REPLY").write(&mut out);
    let named = |tzid: &str| events.iter().flatten().any(|line| line.parameter("TZID") == Some(tzid));
    let used = zones.iter().filter(|zone| find(&zone.lines, "TZID").is_some_and(|line| named(line.value.trim())));
    for zone in used.take(MAX_ZONES) {
        component("VTIMEZONE", &zone.lines, &mut out, |out| {
            for (name, lines) in &zone.observances {
                component(name, lines, out, |_| {});
            }
        });
    }
    for event in events {
        component("VEVENT", event, &mut out, |_| {});
    }
    line("END", "VCALENDAR").write(&mut out);
    out
}

/// Writes a component with its lines and what stands inside of it.
fn component(name: &str, lines: &[Line], out: &mut String, inside: impl Fn(&mut String)) {
    line("BEGIN", name).write(out);
    for line in lines.iter().take(MAX_ZONE_LINES) {
        line.write(out);
    }
    inside(out);
    line("END", name).write(out);
}

#[cfg(test)]
mod tests;
