//! Tests of time zones that agree, disagree or make no sense.

use jiff::civil::{DateTime, datetime};
use jiff::tz::Offset;

use super::{Place, Zones, parse_offset};
use crate::render::invite::calendar;

/// The zones of a calendar with one event and one VTIMEZONE.
fn zones(tzid: &str, parts: &str) -> Zones {
    let ics = format!(
        "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:{tzid}\n{parts}END:VTIMEZONE\n\
         BEGIN:VEVENT\nUID:1\nEND:VEVENT\nEND:VCALENDAR\n"
    );
    Zones::new(&calendar::read(&ics).unwrap().zones)
}

/// Summer time as Outlook writes it, with the given offsets of winter and summer.
fn outlook(winter: &str, summer: &str) -> String {
    format!(
        "BEGIN:STANDARD\nDTSTART:16010101T030000\nTZOFFSETFROM:{summer}\nTZOFFSETTO:{winter}\n\
         RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\n\
         BEGIN:DAYLIGHT\nDTSTART:16010101T020000\nTZOFFSETFROM:{winter}\nTZOFFSETTO:{summer}\n\
         RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\n"
    )
}

fn hours(place: &Place) -> i32 {
    place.offset.seconds() / 3600
}

const SUMMER: DateTime = datetime(2026, 7, 1, 12, 0, 0, 0);
const WINTER: DateTime = datetime(2026, 1, 1, 12, 0, 0, 0);

/// Guards names of the IANA, of Windows and behind prefixes of vendors; unknown names are unknown.
#[test]
fn names() {
    let zones = Zones::default();
    for tzid in [
        "Europe/Berlin",
        "europe/berlin",
        "\"Europe/Berlin\"",
        "/freeassociation.sourceforge.net/Europe/Berlin",
        "/citadel.org/20190914_1/Europe/Berlin",
        "W. Europe Standard Time",
    ] {
        let place = zones.place(tzid, SUMMER).unwrap();
        assert_eq!((hours(&place), place.name.as_str()), (2, "Europe/Berlin"), "{tzid}");
        assert!(place.notes.is_empty(), "{tzid}");
    }
    assert_eq!(zones.place("tzone://Microsoft/Utc", SUMMER).unwrap().offset, Offset::UTC);
    for tzid in
        ["", "/", "Customized Time Zone", "../../etc/passwd", "local", "Europe\u{1b}/Berlin", "Europe/", "////////"]
    {
        assert_eq!(zones.place(tzid, SUMMER), None, "{tzid:?}");
    }
}

/// Guards that a VTIMEZONE alone places times in summer and in winter, in the first minute of each too.
#[test]
fn own_rules() {
    let zones = zones("Customized Time Zone", &outlook("+0100", "+0200"));
    for (at, expected) in [
        (SUMMER, 2),
        (WINTER, 1),
        (datetime(2026, 3, 29, 1, 59, 59, 0), 1),
        (datetime(2026, 3, 29, 2, 0, 0, 0), 2),
        (datetime(2026, 10, 25, 2, 59, 59, 0), 2),
        (datetime(2026, 10, 25, 3, 0, 0, 0), 1),
    ] {
        let place = zones.place("Customized Time Zone", at).unwrap();
        assert_eq!(hours(&place), expected, "{at}");
        assert!(place.notes.is_empty());
    }
    assert_eq!(zones.place("Customized Time Zone", SUMMER).unwrap().name, "“Customized Time Zone” (UTC+02:00)");
}

/// Guards that the sender's own rules win over the IANA zone of that name, and that the reader is told.
#[test]
fn own_rules_win() {
    let same = zones("W. Europe Standard Time", &outlook("+0100", "+0200"));
    assert_eq!(same.place("W. Europe Standard Time", SUMMER).unwrap().notes, Vec::<String>::new());
    let other = zones("Europe/Berlin", &outlook("+0100", "+0300"));
    let place = other.place("Europe/Berlin", SUMMER).unwrap();
    assert_eq!(hours(&place), 3);
    assert_eq!(
        place.notes,
        ["The mail says UTC+03:00 for “Europe/Berlin”, where Europe/Berlin has UTC+02:00: the mail's own is used"]
    );
    assert!(other.place("Europe/Berlin", WINTER).unwrap().notes.is_empty());
    // In the hour that is left out both offsets are right, whichever the mail's rules give.
    let same = zones("Europe/Berlin", &outlook("+0100", "+0200"));
    let gap = same.place("Europe/Berlin", datetime(2026, 3, 29, 2, 30, 0, 0)).unwrap();
    assert_eq!((hours(&gap), gap.notes.len()), (1, 1));
}

/// Guards that an older rule that ended does not win over the newer, and that RDATE counts.
#[test]
fn ended_rules() {
    let parts = "BEGIN:DAYLIGHT\nDTSTART:19870405T020000\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0400\n\
                 RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU;UNTIL=20060402T070000Z\nEND:DAYLIGHT\n\
                 BEGIN:STANDARD\nDTSTART:20061029T020000\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\n\
                 RDATE:20061029T020000,20071104T020000\nEND:STANDARD\n";
    let zones = zones("x", parts);
    let place = |at| hours(&zones.place("x", at).unwrap());
    assert_eq!(place(datetime(2006, 7, 1, 0, 0, 0, 0)), -4);
    assert_eq!(place(datetime(2005, 7, 1, 0, 0, 0, 0)), -4);
    assert_eq!(place(datetime(2026, 7, 1, 0, 0, 0, 0)), -5);
    assert_eq!(zones.place("x", datetime(1980, 1, 1, 0, 0, 0, 0)), None);
}

/// Guards the year in which a rule ended: what would have come after its end does not.
#[test]
fn last_year_of_a_rule() {
    let parts = "BEGIN:DAYLIGHT\nDTSTART:19870405T020000\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0400\n\
                 RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU;UNTIL=20060101T000000Z\nEND:DAYLIGHT\n\
                 BEGIN:STANDARD\nDTSTART:20051030T020000\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\nEND:STANDARD\n";
    let zones = zones("x", parts);
    assert_eq!(hours(&zones.place("x", datetime(2006, 7, 1, 0, 0, 0, 0)).unwrap()), -5);
    assert_eq!(hours(&zones.place("x", datetime(2005, 7, 1, 0, 0, 0, 0)).unwrap()), -4);
}

/// Guards the rule "Sunday on or after the 8th" and that an unknown kind of rule is doubted.
#[test]
fn other_rules() {
    let part = |rule: &str| {
        format!(
            "BEGIN:STANDARD\nDTSTART:20000101T000000\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0000\nEND:STANDARD\n\
             BEGIN:DAYLIGHT\nDTSTART:20070311T020000\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0100\nRRULE:{rule}\nEND:DAYLIGHT\n\
             BEGIN:STANDARD\nDTSTART:20070101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0000\n\
             RRULE:FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1\nEND:STANDARD\n"
        )
    };
    let older = zones("x", &part("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=8,9,10,11,12,13,14;BYDAY=SU"));
    assert_eq!(hours(&older.place("x", datetime(2026, 3, 8, 1, 59, 0, 0)).unwrap()), 0);
    assert_eq!(hours(&older.place("x", datetime(2026, 3, 8, 2, 0, 0, 0)).unwrap()), 1);
    let odd = zones("x", &part("FREQ=YEARLY;BYWEEKNO=20"));
    assert_eq!(odd.place("x", SUMMER).unwrap().notes.len(), 1);
}

/// Guards the notes on times that do not exist or exist twice, with the offset that RFC 5545 asks for.
#[test]
fn changed_clocks() {
    let zones = Zones::default();
    let gap = zones.place("Europe/Berlin", datetime(2026, 3, 29, 2, 30, 0, 0)).unwrap();
    assert_eq!(hours(&gap), 1);
    assert_eq!(gap.notes, ["02:30 does not exist that day in Europe/Berlin: the clocks go forward"]);
    let fold = zones.place("Europe/Berlin", datetime(2026, 10, 25, 2, 30, 0, 0)).unwrap();
    assert_eq!(hours(&fold), 2);
    assert_eq!(fold.notes, ["02:30 comes twice that day in Europe/Berlin: the first is meant"]);
}

/// Guards that offsets out of range or malformed are none, and that half hours below zero are right.
#[test]
fn offsets() {
    assert_eq!(parse_offset("-0330").map(Offset::seconds), Some(-12600));
    assert_eq!(parse_offset("+013015").map(Offset::seconds), Some(5415));
    for text in ["", "0100", "+1", "+9900", "+0160", "+01:00", "+0x00", "−0100"] {
        assert_eq!(parse_offset(text), None, "{text}");
    }
}
