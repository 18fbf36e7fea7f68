//! The names of days and months, as they are typed in searches and in times to come: three letters of each are enough.

use jiff::civil::Weekday;

/// January first.
pub const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Monday first.
pub const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// The day of this name, in lower case.
pub fn weekday(name: &str) -> Option<Weekday> {
    let named = |(full, _): &&(&str, Weekday)| name.len() >= 3 && full.starts_with(name);
    WEEKDAYS.iter().find(named).map(|(_, weekday)| *weekday)
}

/// The month of this name, in lower case; 1 is January.
pub fn month_named(name: &str) -> Option<i8> {
    let at = MONTHS.iter().position(|full| name.len() >= 3 && full.starts_with(name))?;
    i8::try_from(at + 1).ok()
}
