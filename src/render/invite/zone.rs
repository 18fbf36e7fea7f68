//! Which offset from UTC a TZID means at a time, and what to say when a mail contradicts itself (RFC 5545 sections
//! 3.2.19 and 3.6.5).
//!
//! A TZID is looked up as an IANA name, behind a vendor's prefix too, then as a name of Windows, then by the
//! X-LIC-LOCATION of its VTIMEZONE. Where the VTIMEZONE itself gives another offset, that one counts: it is what the
//! sender's calendar shows.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{Span, Timestamp};

use super::calendar::{self, Zone};
use super::rule::Rule;
use super::when::{Value, date_time, offset_name};
use super::windows;
use crate::render::content_line::{Line, breaks};

/// Characters of a TZID that are shown.
const MAX_NAME: usize = 60;

/// The VTIMEZONEs of a calendar, ready to be asked.
#[derive(Debug, Default)]
pub(crate) struct Zones(Vec<(String, Option<TimeZone>, Vec<Observance>)>);

/// One STANDARD or DAYLIGHT part.
#[derive(Debug)]
struct Observance {
    /// Its first onset in local time.
    start: DateTime,
    from: Offset,
    to: Offset,
    rule: Yearly,
    /// Onsets by RDATE.
    dates: Vec<DateTime>,
}

/// How an onset comes again.
#[derive(Debug)]
enum Yearly {
    /// Never.
    Once,
    /// On a day of every year until, where there is an end, a time in UTC.
    On(OnsetDay, Option<DateTime>),
    /// By a rule that is not understood: only its first onset is known.
    Unknown,
}

#[derive(Debug)]
enum OnsetDay {
    /// The nth weekday of a month, counted from its end when negative.
    Weekday(i8, i8, Weekday),
    /// The first such weekday on or after a day of a month: how "second Sunday" was written in older rules.
    OnOrAfter(i8, i8, Weekday),
    /// A month and a day.
    Day(i8, i8),
}

/// Where a local time was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Offset from UTC at that time.
    pub(crate) offset: Offset,
    /// What the zone is called for a reader.
    pub(crate) name: String,
    /// What contradicts or is doubtful.
    pub(crate) notes: Vec<String>,
}

impl Zones {
    /// Reads the VTIMEZONEs of a calendar.
    pub(crate) fn new(zones: &[Zone]) -> Self {
        Self(zones.iter().filter_map(read).collect())
    }

    /// Places a local time. Nothing where the TZID is unknown in every way: then the time floats.
    pub(crate) fn place(&self, tzid: &str, at: DateTime) -> Option<Place> {
        let own = self.0.iter().find(|(name, ..)| name == tzid);
        let zone = iana(tzid).or_else(|| own.and_then(|(_, zone, _)| zone.clone()));
        let described = own.and_then(|(_, _, observances)| offset_at(observances, at));
        let shown = shown(tzid);
        let Some(zone) = zone else {
            let (offset, sure) = described?;
            let mut notes = Vec::new();
            if !sure {
                notes.push(format!("The rules of the time zone “{shown}” are unusual: its offset may be wrong"));
            }
            return Some(Place { offset, name: format!("“{shown}” ({})", offset_name(offset)), notes });
        };
        let name = zone.iana_name().unwrap_or(&shown).to_owned();
        let ambiguous = zone.to_ambiguous_timestamp(at).offset();
        let (usual, other, note) = choose(ambiguous, at, &name);
        if let Some((offset, true)) = described
            && offset != usual
            && Some(offset) != other
        {
            let note = format!(
                "The mail says {} for “{shown}”, where {name} has {}: the mail's own is used",
                offset_name(offset),
                offset_name(usual)
            );
            return Some(Place { offset, name: format!("“{shown}” ({})", offset_name(offset)), notes: vec![note] });
        }
        Some(Place { offset: usual, name, notes: note.into_iter().collect() })
    }

    /// The local time of an instant in a zone; `near` is an offset that the zone has about then.
    pub(crate) fn local(&self, tzid: &str, at: Timestamp, near: Offset) -> DateTime {
        let guess = near.to_datetime(at);
        self.place(tzid, guess).map_or(guess, |place| place.offset.to_datetime(at))
    }
}

/// The offset RFC 5545 section 3.3.5 asks for, the other one that is possible, and a note on the clocks being changed.
fn choose(offset: AmbiguousOffset, at: DateTime, name: &str) -> (Offset, Option<Offset>, Option<String>) {
    let time = at.strftime("%H:%M");
    match offset {
        AmbiguousOffset::Unambiguous { offset } => (offset, None, None),
        AmbiguousOffset::Gap { before, after } => {
            let note = format!("{time} does not exist that day in {name}: the clocks go forward");
            (before, Some(after), Some(note))
        }
        AmbiguousOffset::Fold { before, after } => {
            let note = format!("{time} comes twice that day in {name}: the first is meant");
            (before, Some(after), Some(note))
        }
    }
}

/// A TZID fit to stand in a sentence.
fn shown(tzid: &str) -> String {
    tzid.chars().filter(|c| !breaks(*c)).take(MAX_NAME).collect()
}

/// The IANA zone that a TZID names, itself, behind a vendor's prefix, or by its name in Windows.
fn iana(tzid: &str) -> Option<TimeZone> {
    let tzid = tzid.trim().trim_matches('"');
    if tzid.len() > 200 {
        return None;
    }
    if let Some(name) = windows::iana(tzid) {
        return TimeZone::get(name).ok();
    }
    // "/freeassociation.sourceforge.net/Europe/Berlin": shorter and shorter ends of the name.
    let mut rest = Some(tzid);
    let mut tries = 0;
    while let Some(name) = rest
        && tries < 8
    {
        let plain = !name.is_empty()
            && name.len() <= 64
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-' | b'+'));
        if plain
            && !name.starts_with('/')
            && !name.eq_ignore_ascii_case("local")
            && let Ok(zone) = TimeZone::get(name)
            && !zone.is_unknown()
        {
            return Some(zone);
        }
        rest = name.split_once('/').map(|(_, rest)| rest);
        tries += 1;
    }
    None
}

fn read(zone: &Zone) -> Option<(String, Option<TimeZone>, Vec<Observance>)> {
    let tzid = calendar::find(&zone.lines, "TZID")?.value.trim().trim_matches('"').to_owned();
    let location = calendar::find(&zone.lines, "X-LIC-LOCATION").and_then(|line| iana(&line.value));
    let observances = zone.observances.iter().filter_map(|(_, lines)| observance(lines)).collect();
    Some((tzid, location, observances))
}

fn observance(lines: &[Line]) -> Option<Observance> {
    let offset = |name| calendar::find(lines, name).and_then(|line| parse_offset(line.value.trim()));
    let start = date_time(&calendar::find(lines, "DTSTART")?.value)?;
    let rule = calendar::find(lines, "RRULE").map_or(Yearly::Once, |line| yearly(&line.value, start));
    let dates = lines
        .iter()
        .filter(|line| line.name == "RDATE")
        .flat_map(|line| line.value.split(','))
        .filter_map(date_time)
        .take(500)
        .collect();
    Some(Observance { start, from: offset("TZOFFSETFROM")?, to: offset("TZOFFSETTO")?, rule, dates })
}

/// `+0100`, `-0330` or `+013015` (RFC 5545 section 3.3.14).
fn parse_offset(text: &str) -> Option<Offset> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    if !matches!(digits.len(), 4 | 6) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number = |from: usize| digits.get(from..from + 2).map_or(Some(0), |pair| pair.parse::<i32>().ok());
    let (hours, minutes, seconds) = (number(0)?, number(2)?, number(4)?);
    if minutes > 59 || seconds > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60 + seconds)).ok()
}

/// The yearly rules that time zones have: a month with a counted weekday, a day, or a weekday on or after a day.
fn yearly(value: &str, start: DateTime) -> Yearly {
    let Some(rule) = Rule::parse(value) else { return Yearly::Unknown };
    if !rule.is_yearly() || rule.interval != 1 || rule.count.is_some() || !rule.positions.is_empty() {
        return Yearly::Unknown;
    }
    let month = match rule.months.as_slice() {
        [] => start.month(),
        [month] => *month,
        _ => return Yearly::Unknown,
    };
    let day = match (rule.days.as_slice(), rule.month_days.as_slice()) {
        ([], []) => OnsetDay::Day(month, start.day()),
        ([], [day @ 1..=31]) => OnsetDay::Day(month, *day),
        ([(nth, weekday)], []) if *nth != 0 => OnsetDay::Weekday(month, *nth, *weekday),
        ([(0, weekday)], [first @ 1..=31, rest @ ..]) if rest.len() == 6 => {
            OnsetDay::OnOrAfter(month, *first, *weekday)
        }
        _ => return Yearly::Unknown,
    };
    Yearly::On(day, rule.until.map(Value::latest))
}

impl OnsetDay {
    fn in_year(&self, year: i16) -> Option<Date> {
        match self {
            Self::Weekday(month, nth, weekday) => {
                Date::new(year, *month, 1).ok()?.nth_weekday_of_month(*nth, *weekday).ok()
            }
            Self::OnOrAfter(month, day, weekday) => {
                let day_before = Date::new(year, *month, *day).ok()?.yesterday().ok()?;
                day_before.nth_weekday(1, *weekday).ok()
            }
            Self::Day(month, day) => Date::new(year, *month, *day).ok(),
        }
    }
}

impl Observance {
    /// The latest onset not after a local time.
    fn latest(&self, at: DateTime) -> Option<DateTime> {
        let mut onsets = vec![self.start];
        onsets.extend(&self.dates);
        if let Yearly::On(day, until) = &self.rule {
            // Of the years before the last, only one can be the latest: the year in which the rule ended.
            let ending = until.map_or(at.year(), |until| until.year().min(at.year()));
            let years = [ending, ending.saturating_sub(1)];
            onsets.extend(years.iter().filter_map(|year| {
                let onset = day.in_year(*year)?.to_datetime(self.start.time());
                let utc = onset.checked_sub(Span::new().try_seconds(self.from.seconds()).ok()?).ok()?;
                (onset >= self.start && until.is_none_or(|until| utc <= until)).then_some(onset)
            }));
        }
        onsets.into_iter().filter(|onset| *onset <= at).max()
    }
}

/// The offset that a VTIMEZONE gives at a local time, and whether every rule that it rests on was understood. Nothing
/// where the VTIMEZONE does not reach back that far.
fn offset_at(observances: &[Observance], at: DateTime) -> Option<(Offset, bool)> {
    let sure = !observances.iter().any(|one| matches!(one.rule, Yearly::Unknown));
    let latest = observances.iter().filter_map(|one| Some((one.latest(at)?, one.to))).max_by_key(|(onset, _)| *onset);
    latest.map(|(_, to)| (to, sure))
}

#[cfg(test)]
mod tests;
