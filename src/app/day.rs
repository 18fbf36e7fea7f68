//! Day groups of the list: "Today", "Yesterday", "Last week", "March 2026"; arithmetic on the clock, no clock read.

use crate::app::model::Clock;
use crate::mail::{UnixTime, marks};

/// The head under which a message stands in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DayGroup {
    /// Kept at the top.
    Pinned,
    /// After today: a clock was wrong, or somebody wants to stay on top.
    Future,
    /// Tomorrow; this and the next two only of what is to come back.
    Tomorrow,
    /// Later in this week.
    LaterThisWeek,
    /// The week after.
    NextWeek,
    /// Today.
    Today,
    /// Yesterday.
    Yesterday,
    /// Earlier in this week, which begins on Monday.
    ThisWeek,
    /// The week before.
    LastWeek,
    /// A month; 1 is January.
    Month {
        /// The year.
        year: i64,
        /// 1-12.
        month: u8,
    },
}

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Date {
    /// The year.
    pub year: i64,
    /// 1-12.
    pub month: u8,
    /// 1-31.
    pub day: u8,
    /// 0 is Monday.
    pub weekday: u8,
}

const DAY: i64 = 86_400;
/// About the year 9999: what lies beyond comes from a broken server.
const LAST_DAY: i64 = 2_932_896;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The local day of this time, counted from 1970-01-01.
pub fn day_number(clock: Clock, time: UnixTime) -> i64 {
    time.0.saturating_add(i64::from(clock.offset)).div_euclid(DAY).clamp(-719_162, LAST_DAY)
}

/// The local date of this time.
pub fn date(clock: Clock, time: UnixTime) -> Date {
    civil(day_number(clock, time))
}

/// Days since 1970-01-01 to a date of the Gregorian calendar.
fn civil(day: i64) -> Date {
    // Years are counted from the first of March of year 0, so that the leap day is the last of its year.
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Date {
        year,
        month: small(month),
        day: small(day_of_year - (153 * from_march + 2) / 5 + 1),
        // The first of January 1970 was a Thursday.
        weekday: small((day + 3).rem_euclid(7)),
    }
}

fn small(number: i64) -> u8 {
    u8::try_from(number).unwrap_or(1)
}

/// The group of a message that a list sorts by this time.
pub fn group(clock: Clock, received: UnixTime) -> DayGroup {
    let today = day_number(clock, clock.now);
    if marks::is_pinned(received) {
        return DayGroup::Pinned;
    }
    let day = day_number(clock, received);
    let monday = today - i64::from(civil(today).weekday);
    if day > today {
        DayGroup::Future
    } else if day == today {
        DayGroup::Today
    } else if day == today - 1 {
        DayGroup::Yesterday
    } else if day >= monday {
        DayGroup::ThisWeek
    } else if day >= monday - 7 {
        DayGroup::LastWeek
    } else {
        let Date { year, month, .. } = civil(day);
        DayGroup::Month { year, month }
    }
}

/// The group of a message that comes back at this time.
pub fn group_ahead(clock: Clock, returns: UnixTime) -> DayGroup {
    let (today, day) = (day_number(clock, clock.now), day_number(clock, returns));
    let monday = today - i64::from(civil(today).weekday);
    if day <= today {
        group(clock, returns)
    } else if day == today + 1 {
        DayGroup::Tomorrow
    } else if day < monday + 7 {
        DayGroup::LaterThisWeek
    } else if day < monday + 14 {
        DayGroup::NextWeek
    } else {
        let Date { year, month, .. } = civil(day);
        DayGroup::Month { year, month }
    }
}

/// Milliseconds until the next local midnight, when the groups change.
pub fn until_midnight(clock: Clock) -> u64 {
    let into = clock.now.0.saturating_add(i64::from(clock.offset)).rem_euclid(DAY);
    u64::try_from(DAY - into).unwrap_or(1).saturating_mul(1000)
}

impl DayGroup {
    /// The words of the head.
    pub fn label(self) -> String {
        match self {
            Self::Pinned => "Pinned".into(),
            Self::Future => "In the future".into(),
            Self::Tomorrow => "Tomorrow".into(),
            Self::LaterThisWeek => "Later this week".into(),
            Self::NextWeek => "Next week".into(),
            Self::Today => "Today".into(),
            Self::Yesterday => "Yesterday".into(),
            Self::ThisWeek => "This week".into(),
            Self::LastWeek => "Last week".into(),
            Self::Month { year, month } => {
                let name = MONTHS.get(usize::from(month).saturating_sub(1)).unwrap_or(&"");
                format!("{name} {year}")
            }
        }
    }
}

#[cfg(test)]
mod tests;
