//! Numbers, sizes and dates as the screen writes them.

use super::*;

/// 2026-03-31 14:02:11 at two hours east.
const CLOCK: Clock = Clock { now: UnixTime(1_774_958_531), offset: 7200 };
const DAY: i64 = 86_400;

fn ago(seconds: i64) -> UnixTime {
    UnixTime(CLOCK.now.0 - seconds)
}

/// Protects the counts: thousands are set apart by a space.
#[test]
fn counts_are_spaced() {
    assert_eq!(count(0), "0");
    assert_eq!(count(999), "999");
    assert_eq!(count(4821), "4 821");
    assert_eq!(count(1_234_567), "1 234 567");
}

/// Protects the sizes in reader and tasks.
#[test]
fn sizes_are_short() {
    assert_eq!(size(512), "512 B");
    assert_eq!(size(84_200), "84 KB");
    assert_eq!(size(1_250_000), "1.2 MB");
    assert_eq!(size(29_000_000), "29 MB");
    assert_eq!(size(3_000_000_000), "3.0 GB");
}

/// Protects the date column: what a person needs to know at each distance, and no more.
#[test]
fn dates_by_distance() {
    assert_eq!(list_date(ago(60), CLOCK), "14:01");
    assert_eq!(list_date(ago(DAY), CLOCK), "14:02");
    assert_eq!(list_date(ago(2 * DAY), CLOCK), "Sun");
    assert_eq!(list_date(ago(6 * DAY), CLOCK), "Wed");
    assert_eq!(list_date(ago(17 * DAY), CLOCK), "14 Mar");
    assert_eq!(list_date(ago(748 * DAY), CLOCK), "2024-03-13");
    assert_eq!(list_date(ago(-3 * DAY), CLOCK), "3 Apr", "a date in the future is never a weekday");
    assert_eq!(long_date(ago(DAY), CLOCK), "Yesterday 14:02");
    assert_eq!(long_date(ago(17 * DAY), CLOCK), "14 Mar 14:02");
    assert!(has_year(ago(748 * DAY), CLOCK) && !has_year(ago(17 * DAY), CLOCK));
}

/// Protects against absurd dates (H33): nothing panics, nothing is drawn.
#[test]
fn absurd_dates_are_empty() {
    for second in [i64::MIN, i64::MAX] {
        assert_eq!(list_date(UnixTime(second), CLOCK), "");
        assert_eq!(long_date(UnixTime(second), CLOCK), "");
    }
    assert_eq!(list_date(UnixTime(0), Clock { now: UnixTime(i64::MAX), offset: i32::MAX }), "");
}
