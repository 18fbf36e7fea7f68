//! Tests of reading times and durations.

use jiff::civil::{date, datetime};

use super::{Duration, Value};

/// Guards the three forms, and that what is no date is none.
#[test]
fn values() {
    assert_eq!(Value::parse("20260404"), Some(Value::Day(date(2026, 4, 4))));
    assert_eq!(Value::parse(" 20260404T140000 "), Some(Value::Local(datetime(2026, 4, 4, 14, 0, 0, 0))));
    assert_eq!(Value::parse("20260404T1400Z"), Some(Value::Utc(datetime(2026, 4, 4, 14, 0, 0, 0))));
    assert_eq!(Value::parse("20261231T235960"), Some(Value::Local(datetime(2026, 12, 31, 23, 59, 59, 0))));
    for text in [
        "",
        "00000000",
        "20260230",
        "20261301",
        "2026-4-4",
        "20260404T",
        "20260404T250000",
        "20260404T14:000",
        "+2260404",
        "2026040４",
        "20260404T140000+0100",
        "ü0260404T140000",
        "99991231T990000",
    ] {
        assert_eq!(Value::parse(text), None, "{text}");
    }
    assert!(Value::parse("99991231").is_some());
}

/// Guards that durations are read, and that negative, endless and malformed ones are not.
#[test]
fn durations() {
    assert_eq!(Duration::parse("PT1H30M"), Some(Duration { days: 0, seconds: 5400 }));
    assert_eq!(Duration::parse("p1w"), Some(Duration { days: 7, seconds: 0 }));
    assert_eq!(Duration::parse("P1DT12H0M5S"), Some(Duration { days: 1, seconds: 43205 }));
    for text in ["", "P", "PT", "-PT1H", "1H", "P99999999999999999999D", "P9999999999999999W", "PT999999999999H"] {
        assert_eq!(Duration::parse(text), None, "{text}");
    }
}
