//! Recurrence rules (RFC 5545 section 3.3.10): the usual ones in plain words. No rule is ever expanded.

use jiff::civil::{Date, Weekday};

use super::when::Value;

/// Values of one part of a rule that are read; a month has 31 days.
const MAX_LIST: usize = 31;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// A rule of which every part was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    frequency: Frequency,
    /// INTERVAL, at least 1.
    pub(crate) interval: u32,
    /// COUNT.
    pub(crate) count: Option<u64>,
    /// UNTIL.
    pub(crate) until: Option<Value>,
    /// BYDAY: which of its kind in the month or year (0: each), and the weekday.
    pub(crate) days: Vec<(i8, Weekday)>,
    /// BYMONTHDAY, negative from the end of the month.
    pub(crate) month_days: Vec<i8>,
    /// BYMONTH.
    pub(crate) months: Vec<i8>,
    /// BYSETPOS.
    pub(crate) positions: Vec<i8>,
}

impl Rule {
    /// Reads a rule; nothing when any part of it is malformed or rare (BYHOUR, BYWEEKNO and so on).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_uppercase();
        let frequency = text.split(';').find_map(|part| part.trim().strip_prefix("FREQ="))?;
        let frequency = match frequency {
            "DAILY" => Frequency::Daily,
            "WEEKLY" => Frequency::Weekly,
            "MONTHLY" => Frequency::Monthly,
            "YEARLY" => Frequency::Yearly,
            _ => return None,
        };
        let mut rule = Self {
            frequency,
            interval: 1,
            count: None,
            until: None,
            days: Vec::new(),
            month_days: Vec::new(),
            months: Vec::new(),
            positions: Vec::new(),
        };
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=')?;
            match name {
                // The week's first day matters to who counts the dates, not to who reads the rule.
                "FREQ" | "WKST" => {}
                "INTERVAL" => rule.interval = value.parse().ok().filter(|interval| *interval > 0)?,
                "COUNT" => rule.count = Some(value.parse().ok()?),
                "UNTIL" => rule.until = Some(Value::parse(value)?),
                "BYDAY" => rule.days = list(value, weekday)?,
                "BYMONTHDAY" => rule.month_days = list(value, |text| number(text, 31))?,
                "BYMONTH" => rule.months = list(value, |text| number(text, 12).filter(|month| *month > 0))?,
                "BYSETPOS" => rule.positions = list(value, |text| number(text, 100))?,
                _ => return None,
            }
        }
        rule.days.sort_by_key(|(nth, day)| (day.to_monday_zero_offset(), *nth));
        rule.days.dedup();
        Some(rule)
    }

    /// Whether it comes once a year.
    pub(crate) fn is_yearly(&self) -> bool {
        self.frequency == Frequency::Yearly
    }

    /// The rule in plain words; nothing for combinations that are hard to say. `until` is the last date.
    pub(crate) fn words(&self, until: Option<Date>) -> Option<String> {
        let on = match self.frequency {
            Frequency::Daily | Frequency::Weekly => self.weekly()?,
            Frequency::Monthly if self.months.is_empty() => self.in_month()?,
            Frequency::Monthly => return None,
            Frequency::Yearly => self.in_year()?,
        };
        let unit = match self.frequency {
            Frequency::Daily => "day",
            Frequency::Weekly => "week",
            Frequency::Monthly => "month",
            Frequency::Yearly => "year",
        };
        let every = match self.interval {
            1 if on == WORKDAYS => "every weekday".to_owned(),
            1 => format!("every {unit}"),
            interval => format!("every {interval} {unit}s"),
        };
        let on = if on.is_empty() || on == WORKDAYS && self.interval == 1 { String::new() } else { format!(" {on}") };
        match (self.count, until) {
            (Some(1), None) => Some(format!("{every}{on}, once")),
            (Some(count), None) => Some(format!("{every}{on}, {count} times")),
            (None, Some(until)) => Some(format!("{every}{on} until {}", until.strftime("%-d %B %-Y"))),
            (None, None) => Some(format!("{every}{on}")),
            (Some(_), Some(_)) => None,
        }
    }

    /// The weekdays of a daily or weekly rule.
    fn weekly(&self) -> Option<String> {
        let plain = self.month_days.is_empty() && self.months.is_empty() && self.positions.is_empty();
        if !plain || self.days.iter().any(|(nth, _)| *nth != 0) {
            return None;
        }
        Some(match self.days.len() {
            0 => String::new(),
            _ if self.is_workdays() => WORKDAYS.to_owned(),
            _ => format!("on {}", join(self.days.iter().map(|(_, day)| day_name(*day).to_owned()).collect())),
        })
    }

    fn is_workdays(&self) -> bool {
        self.days.len() == 5
            && self.days.iter().all(|(nth, day)| *nth == 0 && !matches!(day, Weekday::Saturday | Weekday::Sunday))
    }

    /// The days of a month.
    fn in_month(&self) -> Option<String> {
        let days = match (self.days.as_slice(), self.month_days.as_slice(), self.positions.as_slice()) {
            ([], [], []) => return Some(String::new()),
            ([], month_days, []) => month_days.iter().map(|day| month_day(*day)).collect::<Option<Vec<_>>>()?,
            (days, [], []) => days
                .iter()
                .map(|(nth, day)| match nth {
                    0 => Some(format!("every {}", day_name(*day))),
                    nth => Some(format!("the {} {}", nth_word(*nth)?, day_name(*day))),
                })
                .collect::<Option<Vec<_>>>()?,
            ([(0, day)], [], [nth]) => vec![format!("the {} {}", nth_word(*nth)?, day_name(*day))],
            (_, [], [nth]) if self.is_workdays() => vec![format!("the {} weekday", nth_word(*nth)?)],
            _ => return None,
        };
        Some(format!("on {}", join(days)))
    }

    /// The days of a year.
    fn in_year(&self) -> Option<String> {
        let months = self.months.iter().map(|month| month_name(*month)).collect::<Option<Vec<_>>>()?;
        let plain = self.days.is_empty() && self.month_days.is_empty() && self.positions.is_empty();
        match (months.as_slice(), self.month_days.as_slice(), plain) {
            ([], _, true) => Some(String::new()),
            ([], _, false) => None,
            (_, _, true) => Some(format!("in {}", join(months))),
            ([month], [day], false) if *day > 0 && self.days.is_empty() && self.positions.is_empty() => {
                Some(format!("on {day} {month}"))
            }
            (_, _, false) => Some(format!("{} of {}", self.in_month()?, join(months))),
        }
    }
}

/// What [`Rule::weekly`] says for Monday to Friday.
const WORKDAYS: &str = "on every weekday";

fn list<T>(value: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    if value.split(',').count() > MAX_LIST {
        return None;
    }
    value.split(',').map(|piece| read(piece.trim())).collect()
}

/// A number other than 0 within a limit on both sides.
fn number(text: &str, limit: i8) -> Option<i8> {
    text.parse::<i8>().ok().filter(|number| *number != 0 && (-limit..=limit).contains(number))
}

/// `MO`, `1MO`, `-1SU`.
fn weekday(text: &str) -> Option<(i8, Weekday)> {
    let (nth, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let day = match name {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    };
    Some((if nth.is_empty() { 0 } else { number(nth, 53)? }, day))
}

/// A weekday's name in English.
fn day_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn month_name(month: i8) -> Option<String> {
    Date::new(2000, month, 1).ok().map(|date| date.strftime("%B").to_string())
}

fn nth_word(nth: i8) -> Option<&'static str> {
    Some(match nth {
        1 => "first",
        2 => "second",
        3 => "third",
        4 => "fourth",
        5 => "fifth",
        -1 => "last",
        -2 => "second last",
        _ => return None,
    })
}

/// "the 1st", "the last day".
fn month_day(day: i8) -> Option<String> {
    let ending = match day {
        -1 => return Some("the last day".to_owned()),
        1 | 21 | 31 => "st",
        2 | 22 => "nd",
        3 | 23 => "rd",
        4..=30 => "th",
        _ => return None,
    };
    Some(format!("the {day}{ending}"))
}

/// "a", "a and b", "a, b and c".
pub(crate) fn join(mut words: Vec<String>) -> String {
    let Some(last) = words.pop() else { return String::new() };
    if words.is_empty() { last } else { format!("{} and {last}", words.join(", ")) }
}

#[cfg(test)]
mod tests;
