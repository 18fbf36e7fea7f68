//! Dates, on the local calendar of a Saturday in March.

use jiff::Timestamp;
use jiff::tz::Offset;
use rstest::rstest;

use crate::mail::UnixTime;
use crate::query::parse::{Clock, parse};
use crate::query::{Node, Term};

/// Saturday, 2026-03-14 16:09:26, one hour east of UTC.
const CLOCK: Clock = Clock { now: UnixTime(1_773_500_966), offset: 3600 };

/// From and until, as a local clock shows them; midnight is left out.
fn read(text: &str, clock: Clock) -> (String, String) {
    let query = parse(text, clock).unwrap_or_else(|error| panic!("{text}: {error}"));
    let Node::Term(Term::Received { from, until }) = query.root else { panic!("{text}: {query:?}") };
    let local = |time: UnixTime| {
        let offset = Offset::from_seconds(clock.offset).unwrap();
        let shown = offset.to_datetime(Timestamp::from_second(time.0).unwrap()).to_string();
        shown.replace("T00:00:00", "").replace('T', " ")
    };
    (from.map_or_else(String::new, local), until.map_or_else(String::new, local))
}

/// What a day, a month or a year is.
#[rstest]
#[case("2026-03-14", "2026-03-14", "2026-03-15")]
#[case("2026-3-4", "2026-03-04", "2026-03-05")]
#[case("2024-02-29", "2024-02-29", "2024-03-01")]
#[case("2025-12", "2025-12-01", "2026-01-01")]
#[case("2024", "2024-01-01", "2025-01-01")]
#[case("14.3.2026", "2026-03-14", "2026-03-15")]
#[case("04.12.1999", "1999-12-04", "1999-12-05")]
#[case("2026/3/14", "2026-03-14", "2026-03-15")]
#[case("2026/03", "2026-03-01", "2026-04-01")]
#[case("14-mar-2026", "2026-03-14", "2026-03-15")]
#[case("\"14 mar 2026\"", "2026-03-14", "2026-03-15")]
#[case("\"March 14, 2026\"", "2026-03-14", "2026-03-15")]
#[case("\"mar 2026\"", "2026-03-01", "2026-04-01")]
#[case("Sept-2025", "2025-09-01", "2025-10-01")]
#[case("2025-sep", "2025-09-01", "2025-10-01")]
// Without a year: the last one.
#[case("14-mar", "2026-03-14", "2026-03-15")]
#[case("15-mar", "2025-03-15", "2025-03-16")]
#[case("\"dec 24\"", "2025-12-24", "2025-12-25")]
#[case("29-feb", "2024-02-29", "2024-03-01")]
#[case("mar", "2026-03-01", "2026-04-01")]
#[case("april", "2025-04-01", "2025-05-01")]
#[case("today", "2026-03-14", "2026-03-15")]
#[case("Yesterday", "2026-03-13", "2026-03-14")]
#[case("saturday", "2026-03-14", "2026-03-15")]
#[case("last-saturday", "2026-03-07", "2026-03-08")]
#[case("sun", "2026-03-08", "2026-03-09")]
#[case("\"last sunday\"", "2026-03-08", "2026-03-09")]
#[case("thurs", "2026-03-12", "2026-03-13")]
#[case("this-week", "2026-03-09", "2026-03-16")]
#[case("\"last week\"", "2026-03-02", "2026-03-09")]
#[case("last_week", "2026-03-02", "2026-03-09")]
#[case("this-month", "2026-03-01", "2026-04-01")]
#[case("last-month", "2026-02-01", "2026-03-01")]
#[case("this-year", "2026-01-01", "2027-01-01")]
#[case("last-year", "2025-01-01", "2026-01-01")]
#[case("@1773500966", "2026-03-14 16:09:26", "2026-03-14 16:09:27")]
#[case("@-1", "1970-01-01 00:59:59", "1970-01-01 01:00:00")]
fn stretches(#[case] date: &str, #[case] from: &str, #[case] until: &str) {
    assert_eq!(read(&format!("on:{date}"), CLOCK), (from.to_owned(), until.to_owned()), "{date}");
    assert_eq!(read(&format!("date:{date}"), CLOCK), (from.to_owned(), until.to_owned()), "{date}");
    for after in ["after", "newer"] {
        assert_eq!(read(&format!("{after}:{date}"), CLOCK), (from.to_owned(), String::new()), "{date}");
    }
    for before in ["before", "older"] {
        assert_eq!(read(&format!("{before}:{date}"), CLOCK), (String::new(), from.to_owned()), "{date}");
    }
}

/// How long ago: months and years by the calendar, and no longer than a month has days.
#[rstest]
#[case("12h", "2026-03-14 04:09:26")]
#[case("3d", "2026-03-11 16:09:26")]
#[case("3D", "2026-03-11 16:09:26")]
#[case("2w", "2026-02-28 16:09:26")]
#[case("6m", "2025-09-14 16:09:26")]
#[case("1y", "2025-03-14 16:09:26")]
#[case("0d", "2026-03-14 16:09:26")]
fn lengths(#[case] length: &str, #[case] moment: &str) {
    for after in ["after", "newer", "newer_than"] {
        assert_eq!(read(&format!("{after}:{length}"), CLOCK), (moment.to_owned(), String::new()), "{length}");
    }
    for before in ["before", "older", "older_than"] {
        assert_eq!(read(&format!("{before}:{length}"), CLOCK), (String::new(), moment.to_owned()), "{length}");
    }
}

/// From one to another, both within.
#[rstest]
#[case("2026-01..2026-02", "2026-01-01", "2026-03-01")]
#[case("2026-02-01..2026-02-01", "2026-02-01", "2026-02-02")]
#[case("14.3.2025..15.3.2025", "2025-03-14", "2025-03-16")]
#[case("\"last monday .. today\"", "2026-03-09", "2026-03-15")]
#[case("2024..last-month", "2024-01-01", "2026-03-01")]
#[case("1w..1d", "2026-03-07 16:09:26", "2026-03-13 16:09:26")]
fn ranges(#[case] range: &str, #[case] from: &str, #[case] until: &str) {
    assert_eq!(read(&format!("on:{range}"), CLOCK), (from.to_owned(), until.to_owned()), "{range}");
}

/// Today is the local day: at the same second it is another one elsewhere.
#[test]
fn days_are_local() {
    let at = |offset| read("on:today", Clock { now: UnixTime(1_773_500_966), offset }).0;
    assert_eq!(at(0), "2026-03-14");
    assert_eq!(at(9 * 3600), "2026-03-15");
    assert_eq!(at(-16 * 3600), "2026-03-13");
    let query = parse("after:today", CLOCK).unwrap();
    let from = Some(UnixTime(1_773_442_800));
    assert_eq!(query.root, Node::Term(Term::Received { from, until: None }));
}

/// The end of a month, seen from a longer one, and the edges of the calendar.
#[test]
fn the_calendar_has_edges() {
    let end_of_may = Clock { now: UnixTime(1_780_228_800), offset: 0 };
    assert_eq!(read("after:3m", end_of_may).0, "2026-02-28 12:00:00");
    assert_eq!(read("on:today", end_of_may).0, "2026-05-31");
    // 2100 has no leap day: from the January of 2104 the last is eight years away.
    let january = Clock { now: UnixTime("2104-01-15T12:00:00Z".parse::<Timestamp>().unwrap().as_second()), offset: 0 };
    assert_eq!(read("on:29-feb", january).0, "2096-02-29");
    let ever = |text: &str| parse(text, CLOCK).unwrap().root;
    assert_eq!(ever("after:999999y"), Node::Term(Term::Received { from: Some(UnixTime(i64::MIN)), until: None }));
    let Node::Term(Term::Received { until, .. }) = ever("on:9999") else { panic!() };
    assert_eq!(until, Some(UnixTime(i64::MAX)));
}
