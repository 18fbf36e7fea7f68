//! What people type for a time, and what it means: on Saturday, 28 November 2026, 10:20 in Berlin.

use rstest::rstest;

use super::{Hours, Now, TimeZone, Timestamp, UnixTime, choices, distance, read, short, words_of};

/// 2026-11-28 09:20 UTC.
const NOW: UnixTime = UnixTime(1_795_857_600);

/// Berlin, without a database of zones: one hour east, in summer two.
fn berlin() -> TimeZone {
    TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
}

fn local(at: UnixTime, zone: &TimeZone) -> String {
    zone.to_datetime(Timestamp::from_second(at.0).unwrap()).strftime("%Y-%m-%d %H:%M").to_string()
}

fn meant(text: &str) -> Result<String, String> {
    let zone = berlin();
    read(text, Now { now: NOW, zone: &zone, hours: Hours::default() }).map(|at| local(at, &zone))
}

/// Each form means this.
#[rstest]
#[case("3h", "2026-11-28 13:20")]
#[case("in 3 hours", "2026-11-28 13:20")]
#[case("1h30m", "2026-11-28 11:50")]
#[case("45m", "2026-11-28 11:05")]
#[case("2d", "2026-11-30 08:00")]
#[case("2 days 14:00", "2026-11-30 14:00")]
#[case("1w", "2026-12-05 08:00")]
#[case("2 months", "2027-01-28 08:00")]
#[case("tomorrow", "2026-11-29 08:00")]
#[case("Tomorrow 8", "2026-11-29 08:00")]
#[case("tom 8:30", "2026-11-29 08:30")]
#[case("tomorrow evening", "2026-11-29 18:00")]
#[case("mon", "2026-11-30 08:00")]
#[case("monday 9", "2026-11-30 09:00")]
#[case("on monday at 9pm", "2026-11-30 21:00")]
#[case("sat", "2026-12-05 08:00")]
#[case("next fri", "2026-12-04 08:00")]
#[case("18", "2026-11-28 18:00")]
#[case("18:30", "2026-11-28 18:30")]
#[case("9", "2026-11-29 09:00")]
#[case("8am", "2026-11-29 08:00")]
#[case("12am", "2026-11-29 00:00")]
#[case("12:30pm", "2026-11-28 12:30")]
#[case("8 pm", "2026-11-28 20:00")]
#[case("1830", "2026-11-28 18:30")]
#[case("noon", "2026-11-28 12:00")]
#[case("evening", "2026-11-28 18:00")]
#[case("tonight", "2026-11-28 18:00")]
#[case("later today", "2026-11-28 13:00")]
#[case("weekend", "2026-12-05 08:00")]
#[case("this weekend", "2026-12-05 08:00")]
#[case("next week", "2026-11-30 08:00")]
#[case("next month", "2026-12-01 08:00")]
#[case("30 nov", "2026-11-30 08:00")]
#[case("nov 30 14:15", "2026-11-30 14:15")]
#[case("1 march", "2027-03-01 08:00")]
#[case("28 nov 12", "2026-11-28 12:00")]
#[case("28 nov 9", "2027-11-28 09:00")]
#[case("29 feb", "2028-02-29 08:00")]
#[case("30.11.", "2026-11-30 08:00")]
#[case("30.11 7", "2026-11-30 07:00")]
#[case("1.2.2027", "2027-02-01 08:00")]
#[case("2026-12-01 10:00", "2026-12-01 10:00")]
#[case("today 20", "2026-11-28 20:00")]
fn times_are_read(#[case] text: &str, #[case] wanted: &str) {
    assert_eq!(meant(text).as_deref(), Ok(wanted), "{text}");
}

/// What is past or means nothing is refused in words.
#[rstest]
#[case("today 8", "Sat 28 Nov 08:00 is past")]
#[case("2025-12-01", "Mon 1 Dec 2025 08:00 is past")]
#[case("0m", "is past")]
#[case("", "Type a time")]
#[case("soon", "\"soon\" is no time")]
#[case("30 feb", "is no time")]
#[case("25:00", "is no time")]
#[case("13pm", "is no time")]
#[case("mon 9 9", "is no time")]
#[case("99999999999999999999d", "is no time")]
#[case("9999999999999999h", "is no time")]
#[case("é", "is no time")]
fn others_are_refused(#[case] text: &str, #[case] words: &str) {
    let refusal = meant(text).unwrap_err();
    assert!(refusal.contains(words), "{text}: {refusal}");
}

/// Eight in the morning stays eight in the morning when the clocks change, and an hour that is left out is the next.
#[test]
fn clocks_may_change() {
    let zone = berlin();
    // Saturday, 27 March 2027, 12:00 in Berlin.
    let now = Now { now: UnixTime(1_806_145_200), zone: &zone, hours: Hours::default() };
    assert_eq!(local(now.now, &zone), "2027-03-27 12:00");
    let at = read("tomorrow", now).unwrap();
    assert_eq!((local(at, &zone).as_str(), at.0 - now.now.0), ("2027-03-28 08:00", 19 * 3600));
    assert_eq!(local(read("tomorrow 2:30", now).unwrap(), &zone), "2027-03-28 03:30");
}

/// What is offered lies ahead, in order and each once; in the evening nothing of today is left.
#[test]
fn choices_lie_ahead() {
    let zone = berlin();
    let names = |seconds: i64| -> Vec<&str> {
        let now = Now { now: UnixTime(NOW.0 + seconds), zone: &zone, hours: Hours::default() };
        let choices = choices(now);
        assert!(choices.iter().all(|choice| choice.at > now.now));
        choices.iter().map(|choice| choice.name).collect()
    };
    // Monday.
    assert_eq!(names(2 * 86_400), ["later today", "this evening", "tomorrow", "this weekend", "next week"]);
    // Saturday, at night; Sunday, when tomorrow is next week.
    assert_eq!(names(12 * 3600), ["tomorrow", "next week"]);
    assert_eq!(names(86_400), ["later today", "this evening", "tomorrow"]);
}

/// Times are written as short as they can be understood.
#[test]
fn times_are_written() {
    let zone = berlin();
    let now = Now { now: NOW, zone: &zone, hours: Hours::default() };
    let written = |text: &str| {
        let at = read(text, now).unwrap();
        [words_of(at, now), short(at, now), distance(at, now)]
    };
    assert_eq!(written("18"), ["Sat 28 Nov 18:00", "18:00", "in 8 hours"]);
    assert_eq!(written("40m"), ["Sat 28 Nov 11:00", "11:00", "in 40 min"]);
    assert_eq!(written("mon"), ["Mon 30 Nov 08:00", "Mon 08:00", "in 2 days"]);
    assert_eq!(written("28 dec"), ["Mon 28 Dec 08:00", "28 Dec", "in 4 weeks"]);
    assert_eq!(written("1 march"), ["Mon 1 Mar 2027 08:00", "2027-03-01", "in 3 months"]);
}
