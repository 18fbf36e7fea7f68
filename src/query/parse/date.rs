//! Dates as people write them: `2026-03-14`, `14-mar`, `last-week`, `3d`; each is a stretch of time on the local calendar.
//!
//! No clock is read here: what `today` means is told.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::Offset;
use jiff::{Span, Timestamp, ToSpan as _};

use super::value::Wrong;
use super::{Clock, quoted};
use crate::mail::UnixTime;
use crate::query::Term;
use crate::query::calendar::{MONTHS, WEEKDAYS, month_named, weekday};
use crate::query::field::Key;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// What may begin a date, besides the names of months and days.
const OTHERS: [&str; 7] = ["today", "yesterday", "this", "last", "week", "month", "year"];

/// From the first second to the one after the last; a moment has both alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    from: i64,
    until: i64,
}

/// The condition that a field with this date means.
pub(super) fn term(key: Key, text: &str, clock: Clock) -> Result<Term, Wrong> {
    let range = text.split_once("..").map(|(first, last)| (first.trim(), last.trim()));
    let (from, until) = match (key, range) {
        (Key::On, Some(("", _))) => return Err(Wrong::new("Nothing stands before \"..\".")),
        (Key::On, Some((_, ""))) => {
            return Err(Wrong { message: "Nothing follows \"..\".".to_owned(), beginning: true });
        }
        (Key::On, Some((first, last))) => {
            let (first, last) = (stretch(first, clock)?, stretch(last, clock)?);
            if first.from >= last.until {
                return Err(Wrong::new(format!("{} ends before it begins.", quoted(text))));
            }
            (Some(first.from), Some(last.until))
        }
        (Key::On, None) => {
            let stretch = stretch(text, clock)?;
            if stretch.from == stretch.until {
                let message =
                    "\"on:\" takes a day, a month or a year. Use \"older:\" or \"newer:\" with a length of time.";
                return Err(Wrong::new(message));
            }
            (Some(stretch.from), Some(stretch.until))
        }
        (_, Some(_)) => return Err(Wrong::new("From one day to another is \"on:\", as in on:2026-01..2026-03.")),
        (Key::Before | Key::Older, None) => (None, Some(stretch(text, clock)?.from)),
        (_, None) => (Some(stretch(text, clock)?.from), None),
    };
    Ok(Term::Received { from: from.map(UnixTime), until: until.map(UnixTime) })
}

fn stretch(text: &str, clock: Clock) -> Result<Stretch, Wrong> {
    let lower = text.to_lowercase();
    let calendar = Calendar::new(clock);
    if let Some(second) = lower.strip_prefix('@').and_then(|second| second.parse::<i64>().ok()) {
        return Ok(Stretch { from: second, until: second.saturating_add(1) });
    }
    if let Some(moment) = calendar.ago(&lower) {
        return Ok(Stretch { from: moment, until: moment });
    }
    let found = if lower.contains(['/', '.']) { calendar.numbers(&lower)? } else { calendar.words(&lower)? };
    found.ok_or_else(|| {
        let message =
            format!("{} is no date. Dates are 2026-03-14, 14-mar, 2026-03, yesterday, last-week, 3d.", quoted(text));
        Wrong { message, beginning: is_beginning(&lower) }
    })
}

/// Whether more letters could make it a date.
fn is_beginning(text: &str) -> bool {
    let text = text.strip_prefix('@').unwrap_or(text);
    let last = text.rsplit(['-', '_', '.', '/', ' ']).next().unwrap_or(text);
    let months = MONTHS.iter().copied();
    let words = months.chain(WEEKDAYS.iter().map(|(name, _)| *name)).chain(OTHERS);
    (last.len() <= 4 && last.chars().all(|letter| letter.is_ascii_digit()))
        || words.into_iter().any(|word| word.starts_with(last))
}

/// The local calendar, and what day it is.
struct Calendar {
    now: i64,
    offset: Offset,
    today: Date,
}

impl Calendar {
    fn new(clock: Clock) -> Self {
        let offset = Offset::from_seconds(clock.offset).unwrap_or(Offset::UTC);
        let now = Timestamp::from_second(clock.now.0).unwrap_or_default();
        Self { now: clock.now.0, offset, today: offset.to_datetime(now).date() }
    }

    /// The second of a local time. Where the calendar of the library ends, so does time.
    fn second(&self, time: DateTime) -> i64 {
        let end = if time.year() < 0 { i64::MIN } else { i64::MAX };
        self.offset.to_timestamp(time).map_or(end, Timestamp::as_second)
    }

    /// As many days, months or years from this day on.
    fn stretch(&self, first: Date, length: Span) -> Stretch {
        let until = first.checked_add(length).map_or(i64::MAX, |end| self.second(end.at(0, 0, 0, 0)));
        Stretch { from: self.second(first.at(0, 0, 0, 0)), until }
    }

    fn day(&self, day: Date) -> Stretch {
        self.stretch(day, 1.day())
    }

    /// `3d`, `2w`, `6m`, `1y`, `12h`: so long ago.
    fn ago(&self, text: &str) -> Option<i64> {
        let number = text.strip_suffix(['h', 'd', 'w', 'm', 'y'])?;
        if number.is_empty() || !number.chars().all(|letter| letter.is_ascii_digit()) {
            return None;
        }
        // A number that is too large for a number is long ago.
        let count = number.parse::<i64>().unwrap_or(i64::MAX);
        let seconds = |each: i64| Some(self.now.saturating_sub(count.saturating_mul(each)));
        match text.chars().next_back()? {
            'h' => seconds(3600),
            'd' => seconds(DAY),
            'w' => seconds(7 * DAY),
            'm' => Some(self.months_ago(count)),
            _ => Some(self.months_ago(count.saturating_mul(12))),
        }
    }

    fn months_ago(&self, count: i64) -> i64 {
        let now = Timestamp::from_second(self.now).unwrap_or_default();
        let then = Span::new().try_months(count).and_then(|span| self.offset.to_datetime(now).checked_sub(span));
        then.map_or(i64::MIN, |then| self.second(then))
    }

    /// `14.3.2026` and `2026/3/14`, with what else cannot be mistaken.
    fn numbers(&self, text: &str) -> Result<Option<Stretch>, Wrong> {
        let parts: Vec<&str> = text.split(['/', '.']).collect();
        if !parts.iter().all(|part| !part.is_empty() && part.chars().all(|letter| letter.is_ascii_digit())) {
            return Ok(None);
        }
        match *parts.as_slice() {
            [year, month] if year.len() == 4 => self.month(year, month),
            [year, month, day] if year.len() == 4 => self.date(year, month, day),
            _ if text.contains('/') => Err(ambiguous(text)),
            [day, month, year] if year.len() == 4 => self.date(year, month, day),
            [_, _, year] if year.len() == 2 => {
                Err(Wrong { message: "Write the year with four digits.".to_owned(), beginning: true })
            }
            _ => Ok(None),
        }
    }

    /// What is written with blanks or dashes.
    fn words(&self, text: &str) -> Result<Option<Stretch>, Wrong> {
        let blank = |letter: char| letter.is_whitespace() || matches!(letter, '-' | '_' | ',');
        let parts: Vec<&str> = text.split(blank).filter(|part| !part.is_empty()).collect();
        // A dash at the end waits for more.
        if text.ends_with(blank) {
            return Ok(None);
        }
        let is_number = |part: &str| part.chars().all(|letter| letter.is_ascii_digit());
        let is_year = |part: &str| part.len() == 4 && is_number(part);
        match *parts.as_slice() {
            ["today"] => Ok(Some(self.day(self.today))),
            ["yesterday"] => Ok(Some(self.day(self.days_ago(1)))),
            ["this", unit] => Ok(self.unit(unit, 0)),
            ["last", unit] => Ok(self.unit(unit, 1)),
            [year] if is_year(year) => Ok(self.year(year)),
            [year, month] if is_year(year) && is_number(month) => self.month(year, month),
            [year, month, day] if is_year(year) && is_number(month) && is_number(day) => self.date(year, month, day),
            [_, _, year] if is_year(year) && parts.iter().all(|part| is_number(part)) => Err(ambiguous(text)),
            [name] if weekday(name).is_some() => Ok(weekday(name).map(|weekday| self.day(self.last(weekday)))),
            _ => self.named(&parts),
        }
    }

    /// A month by its name, with a day or a year or both, in any order. Without a year it is the last such.
    fn named(&self, parts: &[&str]) -> Result<Option<Stretch>, Wrong> {
        let (mut day, mut month, mut year) = (None, None, None);
        for part in parts {
            let digits = part.chars().all(|letter| letter.is_ascii_digit());
            let place = match part.len() {
                1 | 2 if digits => &mut day,
                4 if digits => &mut year,
                _ if month_named(part).is_some() => &mut month,
                _ => return Ok(None),
            };
            if place.replace(*part).is_some() {
                return Ok(None);
            }
        }
        let Some(month) = month.and_then(month_named) else { return Ok(None) };
        let number = month.to_string();
        match (day, year) {
            (Some(day), Some(year)) => self.date(year, &number, day),
            (None, Some(year)) => self.month(year, &number),
            (Some(day), None) => {
                let last = self.latest(month, day.parse().unwrap_or(0));
                let none = || {
                    no_such_day(&format!("{day} {}", MONTHS.get(usize::from(month.unsigned_abs()) - 1).unwrap_or(&"")))
                };
                Ok(Some(self.day(last.ok_or_else(none)?)))
            }
            (None, None) => Ok(self.latest(month, 1).map(|first| self.stretch(first, 1.month()))),
        }
    }

    /// The last time that this day of a year was; a leap day may be eight years away.
    fn latest(&self, month: i8, day: i8) -> Option<Date> {
        let year = self.today.year();
        let days = (0..=8).filter_map(|back| Date::new(year.checked_sub(back)?, month, day).ok());
        days.into_iter().find(|date| *date <= self.today)
    }

    fn year(&self, year: &str) -> Option<Stretch> {
        Some(self.stretch(Date::new(year.parse().ok()?, 1, 1).ok()?, 1.year()))
    }

    fn month(&self, year: &str, month: &str) -> Result<Option<Stretch>, Wrong> {
        let Some((year, month)) = year.parse().ok().zip(month_number(month)?) else { return Ok(None) };
        Ok(Date::new(year, month, 1).ok().map(|first| self.stretch(first, 1.month())))
    }

    fn date(&self, year: &str, month: &str, day: &str) -> Result<Option<Stretch>, Wrong> {
        let Some((number, month)) = year.parse().ok().zip(month_number(month)?) else { return Ok(None) };
        // As with a month: more digits may come.
        if day == "0" {
            return Ok(None);
        }
        let date = day.parse().ok().and_then(|day| Date::new(number, month, day).ok());
        let none = || no_such_day(&format!("{year}-{month:02}-{day}"));
        Ok(Some(self.day(date.ok_or_else(none)?)))
    }

    /// This week, month or year, or the one before. Weeks begin on Monday. The last Monday is before today.
    fn unit(&self, unit: &str, back: i64) -> Option<Stretch> {
        let monday = self.last(Weekday::Monday);
        let month = self.today.first_of_month();
        let year = self.today.first_of_year();
        match unit {
            "week" => Some(self.stretch(monday.checked_sub((back * 7).days()).ok()?, 7.days())),
            "month" => Some(self.stretch(month.checked_sub(back.months()).ok()?, 1.month())),
            "year" => Some(self.stretch(year.checked_sub(back.years()).ok()?, 1.year())),
            _ => {
                let weekday = weekday(unit).filter(|_| back == 1)?;
                let last = self.last(weekday);
                let last = if last == self.today { self.days_ago(7) } else { last };
                Some(self.day(last))
            }
        }
    }

    fn days_ago(&self, days: i64) -> Date {
        self.today.checked_sub(days.days()).unwrap_or(self.today)
    }

    /// The last such day; today is one.
    fn last(&self, weekday: Weekday) -> Date {
        self.days_ago(i64::from(self.today.weekday().since(weekday)))
    }
}

fn month_number(month: &str) -> Result<Option<i8>, Wrong> {
    if month.len() > 2 {
        return Ok(None);
    }
    match month.parse::<i8>() {
        Ok(month @ 1..=12) => Ok(Some(month)),
        // One digit may be the first of two.
        Ok(0) if month.len() == 1 => Ok(None),
        _ => Err(Wrong::new(format!("There is no month {}.", quoted(month)))),
    }
}

fn no_such_day(day: &str) -> Wrong {
    Wrong::new(format!("There is no day {}.", quoted(day)))
}

fn ambiguous(text: &str) -> Wrong {
    Wrong::new(format!("{} can be read in two ways. Write 2026-03-14, or 14-mar-2026.", quoted(text)))
}

#[cfg(test)]
mod tests;
