//! Invitations: the calendar part of a mail in plain words, and the answer to it (iTIP, RFC 5546; iMIP, RFC 6047;
//! iCalendar, RFC 5545).
//!
//! Only what a reader asks is read: what, when, where, who. No rule is expanded, no alarm set, no address fetched.
//! All strings are the sender's: a screen takes them through `SafeText` only.

mod answer;
mod calendar;
pub(crate) mod person;
mod rule;
mod screen;
mod when;
mod windows;
mod zone;

use jiff::tz::TimeZone;

use self::calendar::{Calendar, find, text};
use self::rule::Rule;
use self::when::{Moment, Period, Value, day_words, note};
use self::zone::Zones;
use crate::render::content_line::{Line, cut};

pub(crate) use self::answer::{Answer, answer, invites};
use self::person::{Attendee, Person};

/// Bytes of a calendar that are read; what comes after is as if it were not there.
pub(crate) const MAX_INPUT: usize = 1 << 20;

/// Events that are read; the rest is counted.
pub(crate) const MAX_EVENTS: usize = 20;

/// Bytes of a title or a place.
const MAX_SHORT: usize = 1000;

/// Bytes of a description.
const MAX_LONG: usize = 20_000;

/// Attendees of one event that are read; the rest is counted.
const MAX_ATTENDEES: usize = 200;

/// What a calendar asks of its reader (RFC 5546 section 1.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Method {
    /// Here is an event; also where no method is given.
    Publish,
    /// Will you come?
    Request,
    /// This is who comes.
    Reply,
    /// More dates of a series.
    Add,
    /// It is off.
    Cancel,
    /// Send the newest version.
    Refresh,
    /// Another time, please.
    Counter,
    /// The other time is refused.
    DeclineCounter,
    /// A method that RFC 5546 does not know.
    Other(String),
}

/// A calendar that came with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invite {
    /// What it asks.
    pub(crate) method: Method,
    /// Its events, at least one and at most [`MAX_EVENTS`].
    pub(crate) events: Vec<Event>,
    /// Events beyond those.
    pub(crate) left_out: usize,
}

/// Whether an event takes place (RFC 5545 section 3.8.1.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Status {
    /// It does, or nothing is said.
    #[default]
    Confirmed,
    /// Perhaps.
    Tentative,
    /// It does not.
    Cancelled,
}

/// One event in words. Texts may be empty, and may hold line breaks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Event {
    /// SUMMARY.
    pub(crate) summary: String,
    /// LOCATION.
    pub(crate) location: String,
    /// ORGANIZER.
    pub(crate) organizer: Option<Person>,
    /// ATTENDEEs in their order.
    pub(crate) attendees: Vec<Attendee>,
    /// ATTENDEEs beyond [`MAX_ATTENDEES`].
    pub(crate) attendees_left_out: usize,
    /// When it is, in words; empty without a date.
    pub(crate) when: String,
    /// The same by the sender's own clock.
    pub(crate) own_when: String,
    /// How it repeats, in words.
    pub(crate) repeats: Option<String>,
    /// DESCRIPTION.
    pub(crate) description: String,
    /// COMMENT: what the sender of an answer says.
    pub(crate) comment: String,
    /// URL, or the address of the conference.
    pub(crate) url: String,
    /// STATUS.
    pub(crate) status: Status,
    /// UID, empty when missing.
    pub(crate) uid: String,
    /// SEQUENCE: how often the organizer changed it.
    pub(crate) sequence: u32,
    /// What is doubtful or special.
    pub(crate) notes: Vec<String>,
}

/// Reads a calendar for a reader in a time zone. Nothing when it holds no event. Looks at [`MAX_INPUT`] bytes.
pub(crate) fn read(ics: &str, zone: &TimeZone) -> Option<Invite> {
    let calendar = calendar::read(ics)?;
    let zones = Zones::new(&calendar.zones);
    let events = calendar.events.iter().map(|lines| event(lines, &zones, zone)).collect();
    Some(Invite { method: method(&calendar), events, left_out: calendar.left_out })
}

fn method(calendar: &Calendar) -> Method {
    let word = text(&calendar.lines, "METHOD", 64).unwrap_or_default().to_ascii_uppercase();
    match word.as_str() {
        "" | "PUBLISH" => Method::Publish,
        "REQUEST" => Method::Request,
        "REPLY" => Method::Reply,
        "ADD" => Method::Add,
        "CANCEL" => Method::Cancel,
        "REFRESH" => Method::Refresh,
        "COUNTER" => Method::Counter,
        "DECLINECOUNTER" => Method::DeclineCounter,
        _ => Method::Other(word),
    }
}

fn event(lines: &[Line], zones: &Zones, zone: &TimeZone) -> Event {
    let mut notes = Vec::new();
    let period = Period::read(lines, zones, &mut notes);
    let repeats = repeats(lines, period.as_ref(), zones, zone, &mut notes);
    one_of_series(lines, zones, zone, &mut notes);
    let status = status(lines);
    if status == Status::Tentative {
        note(&mut notes, "Not fixed yet (tentative)".to_owned());
    }
    let short = |name| text(lines, name, MAX_SHORT).unwrap_or_default();
    let people = || lines.iter().filter(|line| line.name == "ATTENDEE");
    let url = ["URL", "CONFERENCE", "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL"];
    Event {
        summary: short("SUMMARY"),
        location: short("LOCATION"),
        organizer: find(lines, "ORGANIZER").map(Person::read),
        attendees: people().take(MAX_ATTENDEES).map(Attendee::read).collect(),
        attendees_left_out: people().count().saturating_sub(MAX_ATTENDEES),
        own_when: period.as_ref().map(Period::own_words).unwrap_or_default(),
        when: period.map(|period| period.words(zone)).unwrap_or_default(),
        repeats,
        description: text(lines, "DESCRIPTION", MAX_LONG).unwrap_or_default(),
        comment: text(lines, "COMMENT", MAX_LONG).unwrap_or_default(),
        url: url.into_iter().map(short).find(|url| !url.is_empty()).unwrap_or_default(),
        status,
        uid: short("UID"),
        sequence: sequence(lines),
        notes,
    }
}

fn status(lines: &[Line]) -> Status {
    match text(lines, "STATUS", 64).unwrap_or_default().to_ascii_uppercase().as_str() {
        "CANCELLED" => Status::Cancelled,
        "TENTATIVE" => Status::Tentative,
        _ => Status::Confirmed,
    }
}

fn sequence(lines: &[Line]) -> u32 {
    find(lines, "SEQUENCE").and_then(|line| line.value.trim().parse().ok()).unwrap_or(0)
}

/// A change of a single date of a series says which one it is (RECURRENCE-ID, RFC 5545 section 3.8.4.4).
fn one_of_series(lines: &[Line], zones: &Zones, zone: &TimeZone, notes: &mut Vec<String>) {
    let Some(line) = find(lines, "RECURRENCE-ID") else { return };
    let Some(moment) = Moment::read(line, zones, notes) else { return };
    let which = moment.words(zone);
    note(
        notes,
        if line.says("RANGE", "THISANDFUTURE") {
            format!("From {which} on: earlier dates of the series stay as they are")
        } else {
            format!("Only the date of the series that was on {which}")
        },
    );
}

/// RRULE, EXDATE and RDATE in words.
fn repeats(
    lines: &[Line],
    period: Option<&Period>,
    zones: &Zones,
    zone: &TimeZone,
    notes: &mut Vec<String>,
) -> Option<String> {
    let mut words = rule_words(lines, period, zones);
    let more = dates(lines, "RDATE", zones, zone);
    if !more.is_empty() {
        let known = words.take().map_or_else(|| "also on ".to_owned(), |words| format!("{words}, also on "));
        words = Some(format!("{known}{more}"));
    }
    let mut words = words?;
    let except = dates(lines, "EXDATE", zones, zone);
    if !except.is_empty() {
        words = format!("{words}, but not on {except}");
    }
    if let Some(Period { start: Moment::Fixed(start), .. }) = period
        && let Some((_, name)) = &start.zone
        && zone.to_datetime(start.at).date() != start.civil.date()
    {
        note(notes, format!("The days on which it repeats are those in {name}"));
    }
    Some(words)
}

fn rule_words(lines: &[Line], period: Option<&Period>, zones: &Zones) -> Option<String> {
    let value = &find(lines, "RRULE")?.value;
    let words = Rule::parse(value).and_then(|rule| {
        let until = rule.until.map(|until| last_day(until, period, zones));
        rule.words(until)
    });
    let several = lines.iter().filter(|line| line.name == "RRULE").count() > 1;
    match words {
        Some(words) if several => Some(format!("{words}, and by further rules")),
        Some(words) => Some(words),
        None => Some(format!("repeats ({})", cut(value.trim(), 100))),
    }
}

/// The day of UNTIL by the sender's clock: in UTC it is often the next or the day before.
fn last_day(until: Value, period: Option<&Period>, zones: &Zones) -> jiff::civil::Date {
    let (Value::Utc(civil), Some(Period { start: Moment::Fixed(start), .. })) = (until, period) else {
        return until.latest().date();
    };
    let Ok(at) = jiff::tz::Offset::UTC.to_timestamp(civil) else { return civil.date() };
    match &start.zone {
        Some((tzid, _)) => zones.local(tzid, at, start.offset).date(),
        None => civil.date(),
    }
}

/// The dates of a list property: the first three in words, and how many more; empty where there is none.
fn dates(lines: &[Line], name: &str, zones: &Zones, zone: &TimeZone) -> String {
    let mut values = lines
        .iter()
        .filter(|line| line.name == name)
        .flat_map(|line| line.value.split(',').map(|value| (line.parameter("TZID"), value)))
        // A period in RDATE begins with its start.
        .filter_map(|(tzid, value)| Some((tzid, Value::parse(value.split('/').next().unwrap_or(value))?)));
    let shown: Vec<String> = values
        .by_ref()
        .take(3)
        .filter_map(|(tzid, value)| match Moment::place(value, tzid, zones, &mut Vec::new())? {
            Moment::Fixed(fixed) => Some(day_words(zone.to_datetime(fixed.at).date())),
            Moment::Day(day) => Some(day_words(day)),
            Moment::Floating(at) => Some(day_words(at.date())),
        })
        .collect();
    match values.count() {
        0 => rule::join(shown),
        1 => format!("{} and one more date", shown.join(", ")),
        more => format!("{} and {more} more dates", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests;
