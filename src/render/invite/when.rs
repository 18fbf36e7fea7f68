//! Dates and times of an event: reading them (RFC 5545 sections 3.3.4 to 3.3.6) and saying them in plain words, in the
//! reader's own time zone and, where that differs, in the event's.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp};

use super::calendar::find;
use super::zone::Zones;
use crate::render::content_line::{Line, breaks};

/// Seconds of the longest DURATION that is believed: a hundred years.
const MAX_DURATION: i64 = 100 * 366 * 86400;

/// A DATE or DATE-TIME as it is written, before any zone is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    /// A whole day.
    Day(Date),
    /// A local time.
    Local(DateTime),
    /// A time in UTC.
    Utc(DateTime),
}

impl Value {
    /// Reads `20260404`, `20260404T140000` or `20260404T140000Z`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() == 8 {
            return Some(Self::Day(date(text)?));
        }
        let (day, rest) = text.split_at_checked(8)?;
        let rest = rest.strip_prefix(['T', 't'])?;
        let (clock, utc) = match rest.strip_suffix(['Z', 'z']) {
            Some(clock) => (clock, true),
            None => (rest, false),
        };
        let at = date(day)?.to_datetime(time(clock)?);
        Some(if utc { Self::Utc(at) } else { Self::Local(at) })
    }

    /// The last moment that the value covers, by its own clock.
    pub(crate) fn latest(self) -> DateTime {
        match self {
            Self::Day(day) => day.to_datetime(Time::MAX),
            Self::Local(at) | Self::Utc(at) => at,
        }
    }
}

/// The local or UTC time of a DATE-TIME, whichever it is.
pub(crate) fn date_time(text: &str) -> Option<DateTime> {
    match Value::parse(text)? {
        Value::Day(_) => None,
        Value::Local(at) | Value::Utc(at) => Some(at),
    }
}

/// Digits at a place of a text as a number.
fn number(text: &str, from: usize, to: usize) -> Option<i16> {
    let digits = text.get(from..to)?;
    if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None }
}

fn date(text: &str) -> Option<Date> {
    let month = i8::try_from(number(text, 4, 6)?).ok()?;
    let day = i8::try_from(number(text, 6, 8)?).ok()?;
    Date::new(number(text, 0, 4)?, month, day).ok().filter(|date| date.year() > 0)
}

/// `140000`; seconds may be missing, and a leap second is the one before it.
fn time(text: &str) -> Option<Time> {
    if !matches!(text.len(), 4 | 6) {
        return None;
    }
    let hour = i8::try_from(number(text, 0, 2)?).ok()?;
    let minute = i8::try_from(number(text, 2, 4)?).ok()?;
    let second = if text.len() == 6 { i8::try_from(number(text, 4, 6)?).ok()? } else { 0 };
    let second = if second == 60 { 59 } else { second };
    Time::new(hour, minute, second, 0).ok()
}

/// A point in time as far as the calendar fixes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Moment {
    /// A whole day, wherever the reader is.
    Day(Date),
    /// A time of the clock, wherever the reader is.
    Floating(DateTime),
    /// One instant for everybody.
    Fixed(Fixed),
}

/// An instant, and how the sender wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fixed {
    /// The instant.
    pub(crate) at: Timestamp,
    /// The sender's local time.
    pub(crate) civil: DateTime,
    /// The sender's offset from UTC then.
    pub(crate) offset: Offset,
    /// TZID, and what the zone is called; nothing for a time in UTC, which says nothing about where the sender is.
    pub(crate) zone: Option<(String, String)>,
}

impl Moment {
    /// Reads a property that holds a DATE or DATE-TIME. What is doubtful is added to the notes once.
    pub(crate) fn read(line: &Line, zones: &Zones, notes: &mut Vec<String>) -> Option<Self> {
        let Some(value) = Value::parse(&line.value) else {
            let shown: String = line.value.chars().filter(|c| !breaks(*c)).take(40).collect();
            note(notes, format!("“{shown}” is no date"));
            return None;
        };
        Self::place(value, line.parameter("TZID"), zones, notes)
    }

    /// Puts a value into its zone.
    pub(crate) fn place(value: Value, tzid: Option<&str>, zones: &Zones, notes: &mut Vec<String>) -> Option<Self> {
        let (at, tzid) = match (value, tzid) {
            (Value::Day(day), _) => return Some(Self::Day(day)),
            (Value::Utc(civil), _) => {
                let at = Offset::UTC.to_timestamp(civil).ok()?;
                return Some(Self::Fixed(Fixed { at, civil, offset: Offset::UTC, zone: None }));
            }
            (Value::Local(at), None) => return Some(Self::Floating(at)),
            (Value::Local(at), Some(tzid)) => (at, tzid),
        };
        let Some(place) = zones.place(tzid, at) else {
            let shown: String = tzid.chars().filter(|c| !breaks(*c)).take(60).collect();
            note(notes, format!("The time zone “{shown}” is unknown: the time is shown as it was written"));
            return Some(Self::Floating(at));
        };
        for text in place.notes {
            note(notes, text);
        }
        let instant = place.offset.to_timestamp(at).ok()?;
        let zone = Some((tzid.to_owned(), place.name));
        Some(Self::Fixed(Fixed { at: instant, civil: at, offset: place.offset, zone }))
    }

    /// Date and time in the reader's zone.
    pub(crate) fn words(&self, zone: &TimeZone) -> String {
        match self {
            Self::Day(day) => day_words(*day),
            Self::Floating(at) => clock_words(*at, None, None),
            Self::Fixed(fixed) => clock_words(zone.to_datetime(fixed.at), None, None),
        }
    }

    /// The moment a DURATION later. Days are days of the calendar, hours are exact (RFC 5545 section 3.3.6).
    fn after(&self, duration: Duration, zones: &Zones) -> Option<Self> {
        let days = Span::new().try_days(duration.days).ok()?;
        let seconds = SignedDuration::from_secs(duration.seconds);
        Some(match self {
            Self::Day(day) => {
                let whole = Span::new().try_days(duration.days + duration.seconds / 86400).ok()?;
                Self::Day(day.checked_add(whole).ok()?)
            }
            Self::Floating(at) => Self::Floating(at.checked_add(days).ok()?.checked_add(seconds).ok()?),
            Self::Fixed(fixed) => {
                let civil = fixed.civil.checked_add(days).ok()?;
                let tzid = fixed.zone.as_ref().map(|(tzid, _)| tzid.as_str());
                let offset = tzid.and_then(|tzid| zones.place(tzid, civil)).map_or(fixed.offset, |place| place.offset);
                let at = offset.to_timestamp(civil).ok()?.checked_add(seconds).ok()?;
                let civil = tzid.map_or_else(|| offset.to_datetime(at), |tzid| zones.local(tzid, at, offset));
                let offset = Offset::UTC.to_datetime(at).duration_until(civil).as_secs();
                let offset = Offset::from_seconds(i32::try_from(offset).ok()?).ok()?;
                Self::Fixed(Fixed { at, civil, offset, zone: fixed.zone.clone() })
            }
        })
    }

    /// Whether another moment of the same kind is later.
    fn is_before(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Day(a), Self::Day(b)) => Some(a < b),
            (Self::Floating(a), Self::Floating(b)) => Some(a < b),
            (Self::Fixed(a), Self::Fixed(b)) => Some(a.at < b.at),
            (Self::Day(_) | Self::Floating(_) | Self::Fixed(_), _) => None,
        }
    }
}

/// Adds a note that is not there yet.
pub(crate) fn note(notes: &mut Vec<String>, text: String) {
    if !notes.contains(&text) && notes.len() < 20 {
        notes.push(text);
    }
}

/// A positive DURATION.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Duration {
    days: i64,
    seconds: i64,
}

impl Duration {
    /// Reads `P1W`, `PT1H30M`, `P1DT12H`; nothing for a negative, an endless or a malformed one.
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_uppercase();
        let text = text.strip_prefix('+').unwrap_or(&text).strip_prefix('P')?;
        let (mut days, mut seconds, mut digits, mut any) = (0i64, 0i64, 0i64, false);
        for c in text.chars() {
            let unit = match c {
                '0'..='9' => {
                    digits = digits.checked_mul(10)?.checked_add(i64::from(c.to_digit(10)?))?;
                    continue;
                }
                'T' => continue,
                'W' => (7, 0),
                'D' => (1, 0),
                'H' => (0, 3600),
                'M' => (0, 60),
                'S' => (0, 1),
                _ => return None,
            };
            days = days.checked_add(digits.checked_mul(unit.0)?)?;
            seconds = seconds.checked_add(digits.checked_mul(unit.1)?)?;
            (digits, any) = (0, true);
        }
        let believed = any && days.checked_mul(86400)?.checked_add(seconds)? <= MAX_DURATION;
        believed.then_some(Self { days, seconds })
    }
}

/// When an event is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Period {
    /// DTSTART.
    pub(crate) start: Moment,
    /// DTEND, or DTSTART and DURATION; later than the start. For whole days it is the day after the last.
    pub(crate) end: Option<Moment>,
}

impl Period {
    /// Reads the times of an event; nothing without a start.
    pub(crate) fn read(event: &[Line], zones: &Zones, notes: &mut Vec<String>) -> Option<Self> {
        let start = Moment::read(find(event, "DTSTART")?, zones, notes)?;
        let end = match (find(event, "DTEND"), find(event, "DURATION")) {
            (Some(end), _) => Moment::read(end, zones, notes),
            (None, Some(duration)) => Duration::parse(&duration.value).and_then(|length| start.after(length, zones)),
            (None, None) => None,
        };
        let period = Self { start, end }.checked(notes);
        let flag = find(event, "X-MICROSOFT-CDO-ALLDAYEVENT");
        let whole = flag.is_some_and(|line| line.value.trim().eq_ignore_ascii_case("TRUE"));
        Some(if whole { period.whole_days() } else { period })
    }

    /// Leaves out an end that is none.
    fn checked(self, notes: &mut Vec<String>) -> Self {
        let Some(end) = self.end else { return self };
        let end = match (self.start.is_before(&end), self.start == end) {
            (Some(true), _) => Some(end),
            (_, true) => None,
            (Some(false), false) => {
                note(notes, "The end is before the start: it is left out".to_owned());
                None
            }
            (None, false) => {
                note(notes, "Start and end are of different kinds: the end is left out".to_owned());
                None
            }
        };
        Self { start: self.start, end }
    }

    /// Outlook writes whole days as times from midnight to midnight and says so in a property of its own.
    fn whole_days(self) -> Self {
        let midnight = |moment: &Moment| match moment {
            Moment::Day(day) => Some(*day),
            Moment::Floating(at) => (at.time() == Time::midnight()).then(|| at.date()),
            Moment::Fixed(fixed) => {
                (fixed.zone.is_some() && fixed.civil.time() == Time::midnight()).then(|| fixed.civil.date())
            }
        };
        match (midnight(&self.start), self.end.as_ref().map(midnight)) {
            (Some(start), None) => Self { start: Moment::Day(start), end: None },
            (Some(start), Some(Some(end))) => Self { start: Moment::Day(start), end: Some(Moment::Day(end)) },
            _ => self,
        }
    }

    /// The period in plain words: in the reader's zone, then in the event's own where the clock shows another time.
    pub(crate) fn words(&self, zone: &TimeZone) -> String {
        let Moment::Fixed(start) = &self.start else { return self.own_words() };
        let end = self.fixed_end();
        let local = zone.to_datetime(start.at);
        let here = clock_words(local, end.map(|end| zone.to_datetime(end.at)), None);
        let differs = |fixed: &Fixed| fixed.zone.is_some() && zone.to_offset(fixed.at) != fixed.offset;
        if !differs(start) && !end.is_some_and(differs) {
            return format!("{here} (your time)");
        }
        format!("{here} (your time); {}", there(start, end, Some(local.date())))
    }

    /// The period in plain words by the sender's own clock.
    pub(crate) fn own_words(&self) -> String {
        match (&self.start, &self.end) {
            (Moment::Day(day), Some(Moment::Day(end))) => days_words(*day, *end),
            (Moment::Day(day), _) => format!("{}, all day", day_words(*day)),
            (Moment::Floating(at), end) => {
                let end = match end {
                    Some(Moment::Floating(end)) => Some(*end),
                    Some(Moment::Day(_) | Moment::Fixed(_)) | None => None,
                };
                format!("{} wherever you are", clock_words(*at, end, None))
            }
            (Moment::Fixed(start), _) => there(start, self.fixed_end(), None),
        }
    }

    fn fixed_end(&self) -> Option<&Fixed> {
        match &self.end {
            Some(Moment::Fixed(end)) => Some(end),
            Some(Moment::Day(_) | Moment::Floating(_)) | None => None,
        }
    }
}

/// The sender's own times with the name of the zone, or of both when an event ends in another one: a flight.
fn there(start: &Fixed, end: Option<&Fixed>, known: Option<Date>) -> String {
    let name = |fixed: &Fixed| fixed.zone.as_ref().map_or_else(|| "UTC".to_owned(), |(_, name)| name.clone());
    match end {
        Some(end) if end.zone != start.zone => format!(
            "{} in {} to {} in {}",
            clock_words(start.civil, None, known),
            name(start),
            clock_words(end.civil, None, known),
            name(end)
        ),
        _ => format!("{} in {}", clock_words(start.civil, end.map(|end| end.civil), known), name(start)),
    }
}

/// "Saturday 4 April 2026, 14:00 to 15:00". A date that is `known` from before is not said again.
fn clock_words(start: DateTime, end: Option<DateTime>, known: Option<Date>) -> String {
    let clock = |at: DateTime| at.strftime("%H:%M").to_string();
    let mut words = clock(start);
    if known != Some(start.date()) {
        words = format!("{}, {words}", day_words(start.date()));
    }
    match end {
        None => words,
        Some(end) if end.date() == start.date() => format!("{words} to {}", clock(end)),
        Some(end) => format!("{words} to {}, {}", day_words(end.date()), clock(end)),
    }
}

/// "Monday 6 to Wednesday 8 April 2026"; `end` is the day after the last (RFC 5545 section 3.6.1).
fn days_words(start: Date, end: Date) -> String {
    let last = end.yesterday().unwrap_or(end);
    if last <= start {
        return format!("{}, all day", day_words(start));
    }
    let first = match (start.year() == last.year(), start.month() == last.month()) {
        (true, true) => start.strftime("%A %-d").to_string(),
        (true, false) => start.strftime("%A %-d %B").to_string(),
        (false, _) => day_words(start),
    };
    format!("{first} to {}", day_words(last))
}

/// "Monday 6 April 2026".
pub(crate) fn day_words(day: Date) -> String {
    day.strftime("%A %-d %B %-Y").to_string()
}

/// "UTC", "UTC+01:00", "UTC-03:30".
pub(crate) fn offset_name(offset: Offset) -> String {
    let seconds = offset.seconds();
    if seconds == 0 {
        return "UTC".to_owned();
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests;
