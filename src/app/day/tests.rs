//! Day groups at the edges of days, weeks and months.

use rstest::rstest;

use super::{Date, DayGroup, civil, date, group, group_ahead, until_midnight};
use crate::app::model::Clock;
use crate::mail::UnixTime;

/// Tuesday 2026-04-07 14:02 UTC.
const NOW: i64 = 1_775_570_520;

/// A message stands under the head that a person would look for it, on each side of every border.
#[rstest]
#[case(NOW, DayGroup::Today)]
#[case(NOW + 3_600, DayGroup::Today)]
#[case(NOW + 90_000, DayGroup::Future)]
#[case(NOW - 14 * 3600 - 120, DayGroup::Today)]
#[case(NOW - 14 * 3600 - 121, DayGroup::Yesterday)]
#[case(NOW - 2 * 86_400, DayGroup::LastWeek)]
#[case(NOW - 8 * 86_400, DayGroup::LastWeek)]
#[case(NOW - 9 * 86_400, DayGroup::Month { year: 2026, month: 3 })]
#[case(0, DayGroup::Month { year: 1970, month: 1 })]
#[case(-1, DayGroup::Month { year: 1969, month: 12 })]
fn groups(#[case] received: i64, #[case] expected: DayGroup) {
    let clock = Clock { now: UnixTime(NOW), offset: 0 };
    assert_eq!(group(clock, UnixTime(received)), expected);
}

/// What was put off stands under the head of when it comes back; what is overdue under that of its time.
#[rstest]
#[case(NOW - 86_400, DayGroup::Yesterday)]
#[case(NOW + 3_600, DayGroup::Today)]
#[case(NOW + 86_400, DayGroup::Tomorrow)]
#[case(NOW + 5 * 86_400, DayGroup::LaterThisWeek)]
#[case(NOW + 6 * 86_400, DayGroup::NextWeek)]
#[case(NOW + 12 * 86_400, DayGroup::NextWeek)]
#[case(NOW + 13 * 86_400, DayGroup::Month { year: 2026, month: 4 })]
fn groups_ahead(#[case] returns: i64, #[case] expected: DayGroup) {
    assert_eq!(group_ahead(Clock { now: UnixTime(NOW), offset: 0 }, UnixTime(returns)), expected);
}

/// The day is the local one: at 23:30 UTC it is tomorrow in Berlin.
#[test]
fn offset_counts() {
    let late = UnixTime(1_775_604_600);
    let berlin = Clock { now: late, offset: 7200 };
    assert_eq!(date(berlin, late), Date { year: 2026, month: 4, day: 8, weekday: 2 });
    assert_eq!(until_midnight(berlin), (22 * 3600 + 1800) * 1000);
}

/// Leap days, and nonsense from a broken server, which must not overflow.
#[test]
fn civil_days() {
    assert_eq!(civil(11_016), Date { year: 2000, month: 2, day: 29, weekday: 1 });
    assert_eq!(civil(0), Date { year: 1970, month: 1, day: 1, weekday: 3 });
    let clock = Clock { now: UnixTime(i64::MAX), offset: 1 };
    assert_eq!(group(clock, UnixTime(i64::MIN)), DayGroup::Month { year: 1, month: 1 });
    assert_eq!(DayGroup::Month { year: 2026, month: 3 }.label(), "March 2026");
}
