//! Times in the future as people type them: `3h`, `tomorrow 8`, `mon`, `30 nov`; and as the screen writes them. Pure.
//!
//! A date of the past is the business of searches (`query`): there `mon` is the last Monday, here the next.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan as _};

use crate::config::Hours;
use crate::mail::UnixTime;
use crate::query::calendar::{month_named, weekday};

/// The time now, where, and when a day begins.
#[derive(Debug, Clone, Copy)]
pub struct Now<'z> {
    /// Now.
    pub now: UnixTime,
    /// The time zone of this place: with its changes to and from summer time.
    pub zone: &'z TimeZone,
    /// What morning and evening are.
    pub hours: Hours,
}

/// A time that is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// "tomorrow": typed, it means this time.
    pub name: &'static str,
    /// The time.
    pub at: UnixTime,
}

/// What can be typed, for hints and refusals.
pub const EXAMPLES: &str = "3h, tomorrow 9, mon, 18:30, next week, 30 nov";

/// What is offered before anything is typed. What would be past is left out.
pub fn choices(now: Now<'_>) -> Vec<Choice> {
    let names = ["later today", "this evening", "tomorrow", "this weekend", "next week"];
    let today = now.today();
    let mut choices: Vec<Choice> = Vec::new();
    for name in names {
        let Ok(at) = read(name, now) else { continue };
        let weekend = matches!(today.weekday(), Weekday::Saturday | Weekday::Sunday);
        let wrong = match name {
            "later today" | "this evening" => now.local(at).date() != today,
            "this weekend" => weekend,
            _ => false,
        };
        if !wrong && choices.iter().all(|choice| choice.at != at) {
            choices.push(Choice { name, at });
        }
    }
    choices.sort_by_key(|choice| choice.at);
    choices
}

/// The time that this text means.
///
/// # Errors
/// Why it means none, or one that is past, in a sentence.
pub fn read(text: &str, now: Now<'_>) -> Result<UnixTime, String> {
    let lower = text.trim().to_lowercase();
    let filler = |word: &&str| !matches!(*word, "at" | "on" | "in" | "until" | "by" | "um" | "the");
    let words: Vec<&str> = lower.split([' ', ',', '\t']).filter(|word| !word.is_empty()).filter(filler).collect();
    if words.is_empty() {
        return Err(format!("Type a time: {EXAMPLES}"));
    }
    let unknown = || format!("\"{}\" is no time. Times are {EXAMPLES}", text.trim());
    let at = now.meant(&words).ok_or_else(unknown)?;
    // The keyword that keeps it knows minutes.
    let at = UnixTime(at.0.saturating_add(59).div_euclid(60).saturating_mul(60));
    if at <= now.now {
        return Err(format!("{} is past", words_of(at, now)));
    }
    Ok(at)
}

/// A time in full: "Mon 30 Nov 08:00", with the year where it is another one.
pub fn words_of(at: UnixTime, now: Now<'_>) -> String {
    let local = now.local(at);
    let year = if local.year() == now.today().year() { String::new() } else { format!(" {}", local.year()) };
    format!("{}{year} {}", local.strftime("%a %-d %b"), local.strftime("%H:%M"))
}

/// A time in a list, in at most ten columns: "08:00", "Mon 08:00", "30 Nov", "2027-11-30".
pub fn short(at: UnixTime, now: Now<'_>) -> String {
    let (local, today) = (now.local(at), now.today());
    let days = today.until(local.date()).map_or(i32::MAX, |span| span.get_days());
    match days {
        0 => local.strftime("%H:%M").to_string(),
        1..=6 => local.strftime("%a %H:%M").to_string(),
        _ if local.year() == today.year() => local.strftime("%-d %b").to_string(),
        _ => local.strftime("%Y-%m-%d").to_string(),
    }
}

/// How far away: "in 40 min", "in 3 hours", "in 2 days".
pub fn distance(at: UnixTime, now: Now<'_>) -> String {
    let seconds = at.0.saturating_sub(now.now.0).max(0);
    let minutes = (seconds + 30) / 60;
    let days = now.today().until(now.local(at).date()).map_or(0, |span| i64::from(span.get_days()));
    let count = |number: i64, unit: &str| format!("in {number} {unit}{}", if number == 1 { "" } else { "s" });
    match (minutes, days) {
        (0..=59, _) => format!("in {minutes} min"),
        (60..=1439, 0..=1) => count((minutes + 30) / 60, "hour"),
        (_, days @ 0..=20) => count(days.max(1), "day"),
        (_, days @ 21..=75) => count(days / 7, "week"),
        (_, days) => count(days / 30, "month"),
    }
}

impl Now<'_> {
    fn local(&self, at: UnixTime) -> DateTime {
        self.zone.to_datetime(Timestamp::from_second(at.0).unwrap_or_default())
    }

    fn today(&self) -> Date {
        self.local(self.now).date()
    }

    /// The time of a place on the calendar. One that a change of the clocks leaves out is an hour later.
    fn second(&self, at: DateTime) -> Option<UnixTime> {
        if at.year() < 1970 {
            return None;
        }
        Some(UnixTime(at.to_zoned(self.zone.clone()).ok()?.timestamp().as_second()))
    }

    fn morning(&self) -> Time {
        Time::new(i8::try_from(self.hours.morning).unwrap_or(8), 0, 0, 0).unwrap_or_default()
    }

    fn evening(&self) -> Time {
        Time::new(i8::try_from(self.hours.evening).unwrap_or(18), 0, 0, 0).unwrap_or_default()
    }

    /// What the words mean.
    fn meant(&self, words: &[&str]) -> Option<UnixTime> {
        match words {
            ["later"] | ["later", "today"] => return self.later(),
            ["noon"] => return self.next(Time::constant(12, 0, 0, 0)),
            ["evening" | "tonight"] | ["this", "evening"] => return self.next(self.evening()),
            ["morning"] => return self.next(self.morning()),
            ["afternoon"] | ["this", "afternoon"] => return self.next(Time::constant(14, 0, 0, 0)),
            _ => {}
        }
        if let [only] = words
            && let Some(time) = time(only)
        {
            return self.next(time);
        }
        if let [hour, half @ ("am" | "pm")] = words {
            return self.next(time(&format!("{hour}{half}"))?);
        }
        if let Some(at) = self.length(words) {
            return Some(at);
        }
        // The day first, then the hour: as much as is a day.
        let mut tries = (1..=words.len()).rev().filter_map(|count| words.split_at_checked(count));
        let (day, rest) = tries.find_map(|(head, rest)| Some((self.day(head)?, rest)))?;
        let time = match rest {
            [] | ["morning"] => self.morning(),
            ["evening" | "night"] => self.evening(),
            ["noon"] => Time::constant(12, 0, 0, 0),
            ["afternoon"] => Time::constant(14, 0, 0, 0),
            [hour] => time(hour)?,
            [hour, half @ ("am" | "pm")] => time(&format!("{hour}{half}"))?,
            _ => return None,
        };
        match day {
            Day::This(day) => self.second(day.to_datetime(time)),
            // Without a year: this one's, unless that is over.
            Day::EachYear(month, number) => {
                let year = self.today().year();
                let days = (0..=8).filter_map(|more| Date::new(year.checked_add(more)?, month, number).ok());
                days.into_iter().find_map(|day| self.second(day.to_datetime(time)).filter(|at| *at > self.now))
            }
        }
    }

    /// Three hours from now, at the full hour.
    fn later(&self) -> Option<UnixTime> {
        let then = UnixTime(self.now.0.checked_add(3 * 3600 + 1800)?);
        let local = self.local(then);
        self.second(local.date().at(local.hour(), 0, 0, 0))
    }

    /// The next time that a clock shows this.
    fn next(&self, time: Time) -> Option<UnixTime> {
        let today = self.second(self.today().to_datetime(time)).filter(|at| *at > self.now);
        today.or_else(|| self.second(self.today().tomorrow().ok()?.to_datetime(time)))
    }

    /// `3h`, `1h30m`, `45 min`: so long from now. `2d`, `1w`, `3 months`: on that day in the morning, or at the hour that
    /// follows.
    fn length(&self, words: &[&str]) -> Option<UnixTime> {
        let mut amounts: Vec<(i64, Unit)> = Vec::new();
        let mut rest = words;
        while let Some((first, tail)) = rest.split_first() {
            if let Some(more) = amounts_in(first) {
                amounts.extend(more);
                rest = tail;
            } else if let (Ok(number), Some((Some(unit), tail))) =
                (first.parse(), tail.split_first().map(|(word, tail)| (unit(word), tail)))
            {
                amounts.push((number, unit));
                rest = tail;
            } else {
                break;
            }
        }
        if amounts.is_empty() {
            return None;
        }
        let sum = |wanted: Unit| {
            let of = amounts.iter().filter(|(_, unit)| *unit == wanted);
            of.map(|(number, _)| *number).try_fold(0_i64, i64::checked_add)
        };
        let seconds = sum(Unit::Minutes)?.checked_mul(60)?.checked_add(sum(Unit::Hours)?.checked_mul(3600)?)?;
        let (days, weeks, months) = (sum(Unit::Days)?, sum(Unit::Weeks)?, sum(Unit::Months)?);
        if (days, weeks, months) == (0, 0, 0) {
            return rest.is_empty().then(|| self.now.0.checked_add(seconds).map(UnixTime))?;
        }
        let time = match rest {
            [] if seconds == 0 => self.morning(),
            [hour] if seconds == 0 => time(hour)?,
            _ => return None,
        };
        let span = Span::new().try_days(days).ok()?.try_weeks(weeks).ok()?.try_months(months).ok()?;
        self.second(self.today().checked_add(span).ok()?.to_datetime(time))
    }

    /// The day that these words mean, all of them.
    fn day(&self, words: &[&str]) -> Option<Day> {
        let today = self.today();
        let first_of_next_month = || today.last_of_month().tomorrow().ok();
        let day = match *words {
            ["today"] => today,
            [word] if word.len() >= 3 && "tomorrow".starts_with(word) || word == "tmr" => today.tomorrow().ok()?,
            ["weekend"] | ["this", "weekend"] => self.coming(Weekday::Saturday)?,
            ["next", "weekend"] => self.coming(Weekday::Saturday)?.checked_add(7.days()).ok()?,
            ["next", "week"] => self.coming(Weekday::Monday)?,
            ["next", "month"] => first_of_next_month()?,
            ["this" | "next", name] => self.coming(weekday(name)?)?,
            [name] if weekday(name).is_some() => self.coming(weekday(name)?)?,
            [date] if date.contains('-') => date.parse().ok()?,
            [date] if date.contains('.') => return dotted(date),
            [one, other] => {
                let (month, number) = month_and_day(one, other).or_else(|| month_and_day(other, one))?;
                return Some(Day::EachYear(month, number));
            }
            [one, other, year] if year.len() == 4 => {
                let (month, number) = month_and_day(one, other).or_else(|| month_and_day(other, one))?;
                Date::new(year.parse().ok()?, month, number).ok()?
            }
            _ => return None,
        };
        Some(Day::This(day))
    }

    /// The next such day; today is none.
    fn coming(&self, weekday: Weekday) -> Option<Date> {
        self.today().nth_weekday(1, weekday).ok()
    }
}

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    This(Date),
    /// Of the first year in which it is still to come: month, day.
    EachYear(i8, i8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Minutes,
    Hours,
    Days,
    Weeks,
    Months,
}

fn unit(word: &str) -> Option<Unit> {
    Some(match word {
        "m" | "min" | "mins" | "minute" | "minutes" => Unit::Minutes,
        "h" | "hr" | "hrs" | "hour" | "hours" => Unit::Hours,
        "d" | "day" | "days" => Unit::Days,
        "w" | "wk" | "week" | "weeks" => Unit::Weeks,
        "mo" | "month" | "months" => Unit::Months,
        _ => return None,
    })
}

/// The amounts in one word: `1h30m` has two.
fn amounts_in(word: &str) -> Option<Vec<(i64, Unit)>> {
    let mut amounts = Vec::new();
    let mut rest = word;
    while !rest.is_empty() {
        let letters = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let number = rest.strip_suffix(letters)?.parse().ok()?;
        let after = letters.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        amounts.push((number, unit(letters.strip_suffix(after)?)?));
        rest = after;
    }
    Some(amounts)
}

/// `8`, `18:30`, `1830`, `8am`, `8:30pm`.
fn time(text: &str) -> Option<Time> {
    let (digits, shift) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(rest), _) => (rest, Some(0)),
        (_, Some(rest)) => (rest, Some(12)),
        (None, None) => (text, None),
    };
    let (hour, minute) = match digits.split_once(':') {
        Some((_, minute)) if minute.len() != 2 => return None,
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i8>().ok()).flatten();
    let (hour, minute) = (number(hour)?, number(minute)?);
    let hour = match shift {
        None => hour,
        Some(shift) if (1..=12).contains(&hour) => hour % 12 + shift,
        Some(_) => return None,
    };
    Time::new(hour, minute, 0, 0).ok()
}

/// `nov 30`, `november 30th`: 1 is January.
fn month_and_day(name: &str, day: &str) -> Option<(i8, i8)> {
    let month = month_named(name.trim_end_matches('.'))?;
    let digits = day.trim_end_matches(|c: char| c == '.' || c.is_ascii_alphabetic());
    let day = digits.parse().ok().filter(|day| (1..=31).contains(day))?;
    Some((month, day))
}

/// `30.11.`, `30.11`, `30.11.2026`.
fn dotted(text: &str) -> Option<Day> {
    let parts: Vec<&str> = text.trim_end_matches('.').split('.').collect();
    match *parts.as_slice() {
        [day, month] => {
            let (day, month): (i8, i8) = (day.parse().ok()?, month.parse().ok()?);
            ((1..=31).contains(&day) && (1..=12).contains(&month)).then_some(Day::EachYear(month, day))
        }
        [day, month, year] if year.len() == 4 => {
            let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
            date.ok().map(Day::This)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
