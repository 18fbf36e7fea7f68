//! Numbers, sizes and dates as the screen writes them.

use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::app::model::Clock;
use crate::mail::UnixTime;

/// A number with a space between thousands: `4 821`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A size in bytes: `512 B`, `84 KB`, `1.2 MB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000)];
    let Some((unit, one)) = UNITS.into_iter().find(|(_, one)| bytes >= *one) else {
        return format!("{bytes} B");
    };
    let tenths = bytes / (one / 10);
    if tenths < 100 && unit != "KB" {
        format!("{}.{} {unit}", tenths / 10, tenths % 10)
    } else {
        format!("{} {unit}", count(bytes / one))
    }
}

/// A part of a whole in percent.
pub fn percent(done: u64, total: u64) -> u64 {
    done.min(total).saturating_mul(100).checked_div(total).unwrap_or_default()
}

/// A date in a list: the time today and yesterday, the weekday within a week, `14 Mar` this year, else `2024-03-14`.
/// At most 10 columns; at most 6 within a year.
pub fn list_date(time: UnixTime, clock: Clock) -> String {
    let (Some(then), Some(now)) = (civil(time, clock), civil(clock.now, clock)) else {
        return String::new();
    };
    match days_before(then, now) {
        0 | 1 => clock_time(then),
        2..=6 => weekday(then).to_owned(),
        _ if then.year() == now.year() => day_month(then),
        _ => iso(then),
    }
}

/// Whether the list writes this date with its year, which takes a wider column.
pub fn has_year(time: UnixTime, clock: Clock) -> bool {
    list_date(time, clock).len() > 6
}

/// A date above a message: `Today 09:05`, `Yesterday 16:47`, `Mon 16:40`, `14 Mar 16:40`, `2024-03-14 16:40`.
pub fn long_date(time: UnixTime, clock: Clock) -> String {
    let (Some(then), Some(now)) = (civil(time, clock), civil(clock.now, clock)) else {
        return String::new();
    };
    let day = match days_before(then, now) {
        0 => "Today".to_owned(),
        1 => "Yesterday".to_owned(),
        2..=6 => weekday(then).to_owned(),
        _ if then.year() == now.year() => day_month(then),
        _ => iso(then),
    };
    format!("{day} {}", clock_time(then))
}

/// Hours, minutes and seconds: `14:02:11`.
pub fn time_with_seconds(time: UnixTime, clock: Clock) -> String {
    civil(time, clock).map(|at| format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())).unwrap_or_default()
}

/// When something happened that need not be today: `13:57`, or with the day when it was another one.
pub fn moment(at: UnixTime, clock: Clock) -> String {
    match (civil(at, clock), civil(clock.now, clock)) {
        (Some(then), Some(now)) if days_before(then, now) == 0 => clock_time(then),
        _ => long_date(at, clock),
    }
}

/// A time to wait: `42 s`, `5 min`, `3 h`.
pub fn wait(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ 0..=119 => format!("{seconds} s"),
        seconds @ 120..=7199 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}

/// The calendar date and time here; `None` for a time that no calendar has.
fn civil(time: UnixTime, clock: Clock) -> Option<DateTime> {
    let stamp = jiff::Timestamp::from_second(time.0).ok()?;
    Some(Offset::from_seconds(clock.offset).ok()?.to_datetime(stamp))
}

/// Midnights between the two; negative for the future.
fn days_before(then: DateTime, now: DateTime) -> i64 {
    let day = |at: DateTime| Offset::UTC.to_timestamp(at.date().to_datetime(jiff::civil::Time::midnight()));
    match (day(then), day(now)) {
        (Ok(then), Ok(now)) => (now.as_second() - then.as_second()) / 86_400,
        _ => i64::MAX,
    }
}

fn clock_time(at: DateTime) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

fn day_month(at: DateTime) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = usize::try_from(at.month() - 1).ok().and_then(|place| MONTHS.get(place)).copied().unwrap_or_default();
    format!("{} {month}", at.day())
}

fn iso(at: DateTime) -> String {
    format!("{:04}-{:02}-{:02}", at.year(), at.month(), at.day())
}

fn weekday(at: DateTime) -> &'static str {
    match at.weekday() {
        jiff::civil::Weekday::Monday => "Mon",
        jiff::civil::Weekday::Tuesday => "Tue",
        jiff::civil::Weekday::Wednesday => "Wed",
        jiff::civil::Weekday::Thursday => "Thu",
        jiff::civil::Weekday::Friday => "Fri",
        jiff::civil::Weekday::Saturday => "Sat",
        jiff::civil::Weekday::Sunday => "Sun",
    }
}

#[cfg(test)]
mod tests;
