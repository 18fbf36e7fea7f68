//! Dates relative to now, so that the sample mailbox always shows Today, Yesterday and Last week.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use crate::mail::UnixTime;

/// When today is this old, mails of "today" keep their distance; earlier in the day they draw together.
const FULL_DAY: i64 = 6 * 3600;

/// Reads `now-2h15m` (exactly so long ago), `today-2h15m` (the same, but never before midnight) and `day-1@18:00`
/// (local time, so many days ago). What cannot be read is now.
pub fn resolve(text: &str, now: UnixTime, zone: &TimeZone) -> UnixTime {
    exact(text, now, zone).unwrap_or(now)
}

fn exact(text: &str, now: UnixTime, zone: &TimeZone) -> Option<UnixTime> {
    if let Some(back) = text.strip_prefix("now-") {
        return Some(UnixTime(now.0 - seconds(back)?));
    }
    let local = Timestamp::from_second(now.0).ok()?.to_zoned(zone.clone());
    if let Some(back) = text.strip_prefix("today-") {
        let since_midnight = now.0 - local.start_of_day().ok()?.timestamp().as_second();
        let back = seconds(back)?;
        let back = if since_midnight < FULL_DAY { back * since_midnight / FULL_DAY } else { back };
        return Some(UnixTime(now.0 - back));
    }
    let (days, at) = text.strip_prefix("day-")?.split_once('@')?;
    let (hour, minute) = at.split_once(':')?;
    let time = Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()?;
    let day = local.date().checked_sub(Span::new().try_days(days.parse::<i64>().ok()?).ok()?).ok()?;
    Some(UnixTime(day.to_datetime(time).to_zoned(zone.clone()).ok()?.timestamp().as_second()))
}

/// `2d3h15m` in seconds.
fn seconds(text: &str) -> Option<i64> {
    let mut total = SignedDuration::ZERO;
    let mut number = 0_i64;
    for letter in text.chars() {
        let unit = match letter {
            'd' => 86_400,
            'h' => 3_600,
            'm' => 60,
            's' => 1,
            digit => {
                number = number.checked_mul(10)?.checked_add(i64::from(digit.to_digit(10)?))?;
                continue;
            }
        };
        total = total.checked_add(SignedDuration::from_secs(number.checked_mul(unit)?))?;
        number = 0;
    }
    (number == 0).then(|| total.as_secs())
}

/// A date as a Date field writes it (RFC 5322, section 3.3).
pub fn date_field(date: UnixTime, zone: &TimeZone) -> String {
    let at = Timestamp::from_second(date.0).unwrap_or_default().to_zoned(zone.clone());
    at.strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}
