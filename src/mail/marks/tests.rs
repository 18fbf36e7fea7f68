//! The marks: what is written can be read, and nothing else is taken for it.

use super::{Flags, UnixTime, is_pinned, put_off, sorted_at, unpinned, until, until_keyword};

fn flags(words: &[&str]) -> Flags {
    Flags::parse(words.iter().copied())
}

/// 2026-11-30 08:00 UTC.
const THEN: UnixTime = UnixTime(1_796_025_600);

/// A time comes back from its keyword to the minute, and the keyword is an atom of upper-case digits.
#[test]
fn a_time_is_written_and_read() {
    let keyword = until_keyword(UnixTime(THEN.0 + 59)).unwrap();
    assert_eq!(keyword.as_str(), "$SnoozedUntil-20261130T0800Z");
    assert_eq!(until(&flags(&["$SnoozedUntil-20261130T0800Z"])), Some(THEN));
    assert_eq!(until(&flags(&["$snoozeduntil-20261130t0800z"])), Some(THEN), "whatever a server does to letters");
}

/// What is no time is passed over, and of two times the later counts.
#[test]
fn odd_keywords_are_passed_over() {
    for word in ["$SnoozedUntil-", "$SnoozedUntil-soon", "$SnoozedUntil-20261330T0800Z", "$Snoozed", "x"] {
        assert_eq!(until(&flags(&[word])), None, "{word}");
    }
    let two = flags(&["$SnoozedUntil-20261130T0800Z", "$SnoozedUntil-20261129T0800Z"]);
    assert_eq!(until(&two), Some(THEN));
}

/// One that is put off sorts by its receipt, one that is back by when it came, a pinned one above all; what came later than
/// the time in its keyword is not moved back.
#[test]
fn messages_are_sorted() {
    let got = UnixTime(THEN.0 - 86_400);
    let word = "$SnoozedUntil-20261130T0800Z";
    assert_eq!(sorted_at(got, &flags(&[])), got);
    assert_eq!(sorted_at(got, &flags(&["$Snoozed", word])), got);
    assert_eq!(sorted_at(got, &flags(&[word])), THEN);
    assert_eq!(sorted_at(UnixTime(THEN.0 + 1), &flags(&[word])), UnixTime(THEN.0 + 1));
    let pinned = sorted_at(got, &flags(&["$Pinned"]));
    assert!(is_pinned(pinned) && pinned > UnixTime(253_402_300_799));
    assert_eq!(unpinned(pinned), got);
    assert!(is_pinned(sorted_at(UnixTime(-62_135_596_800), &flags(&["$pinned"]))), "in the year 1");
}

/// Putting off again takes the time before away, and the same time again nothing.
#[test]
fn a_new_time_takes_the_place_of_the_old_one() {
    let before = flags(&["$SnoozedUntil-20261129T0800Z", "work"]);
    let change = put_off(&before, THEN);
    assert_eq!(before.with(&change), flags(&["$Snoozed", "$SnoozedUntil-20261130T0800Z", "work"]));
    assert!(put_off(&flags(&["$SnoozedUntil-20261130T0800Z"]), THEN).remove.is_empty());
}
