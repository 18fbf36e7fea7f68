//! Tests of invitations as the usual programs write them, and as nobody should.

use std::time::{Duration, Instant};

use jiff::tz::TimeZone;

use super::person::{Attendance, Role, is_address};
use super::{Event, Invite, MAX_EVENTS, Method, Status, read};

/// Central Europe, without a look at the system's time zones.
fn home() -> TimeZone {
    TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
}

/// A calendar with a method and one event of these lines.
fn calendar(method: &str, event: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn invite(method: &str, event: &str) -> Invite {
    read(&calendar(method, event), &home()).unwrap()
}

fn event(lines: &str) -> Event {
    invite("REQUEST", lines).events.remove(0)
}

fn texts(invite: &Invite, label: &str) -> Vec<String> {
    invite.lines().into_iter().filter(|(name, _)| *name == label).map(|(_, text)| text).collect()
}

/// Guards the shape of Google Calendar: folded attendees, a conference, an alarm whose lines are not the event's.
#[test]
fn google() {
    let invite = invite(
        "REQUEST",
        "DTSTART;TZID=America/New_York:20260409T080000\r\nDTEND;TZID=America/New_York:20260409T090000\r\n\
         ORGANIZER;CN=Ann Lee:mailto:ann@example.org\r\nUID:1@google.com\r\n\
         ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=TRUE\r\n \
         ;CN=Ann Lee:mailto:ann@example.org\r\n\
         ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=NEEDS-ACTION:mailto:bob@example.org\r\n\
         ATTENDEE;PARTSTAT=DECLINED;CN=Cy:mailto:cy@example.org\r\n\
         ATTENDEE;PARTSTAT=TENTATIVE;CN=Di:MAILTO:di@example.org\r\n\
         ATTENDEE;CN=Ed:mailto:ed@example.org\r\n\
         X-GOOGLE-CONFERENCE:https://meet.example/abc\r\nLOCATION:\r\nSEQUENCE:0\r\nSTATUS:CONFIRMED\r\n\
         DESCRIPTION:Bring\\, please\\;\\nall\r\nSUMMARY:Plan ☃\r\n\
         BEGIN:VALARM\r\nDESCRIPTION:alarm\r\nSUMMARY:alarm\r\nEND:VALARM",
    );
    assert_eq!(invite.method, Method::Request);
    assert_eq!(invite.headline(), "Invitation");
    assert_eq!(
        invite.lines(),
        [
            ("What", "Plan ☃".to_owned()),
            (
                "When",
                "Thursday 9 April 2026, 14:00 to 15:00 (your time); 08:00 to 09:00 in America/New_York".to_owned()
            ),
            ("Link", "https://meet.example/abc".to_owned()),
            ("Who invites", "Ann Lee <ann@example.org>".to_owned()),
            ("Who comes", "✓ Ann Lee, bob@example.org (optional), ✗ Cy, ? Di, Ed (waiting)".to_owned()),
        ]
    );
    assert_eq!(invite.events[0].description, "Bring, please;\nall");
}

/// Guards the shape of Outlook: a zone by its Windows name with rules from 1601, a change, whole days by a flag.
#[test]
fn outlook() {
    let zone = "BEGIN:VTIMEZONE\nTZID:W. Europe Standard Time\n\
                BEGIN:STANDARD\nDTSTART:16010101T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n\
                RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\n\
                BEGIN:DAYLIGHT\nDTSTART:16010101T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n\
                RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n";
    let ics = format!(
        "BEGIN:VCALENDAR\nMETHOD:REQUEST\n{zone}BEGIN:VEVENT\nUID:040\nSUMMARY;LANGUAGE=en-US:Talk\n\
         DTSTART;TZID=W. Europe Standard Time:20260226T080000\nDTEND;TZID=W. Europe Standard Time:20260226T083000\n\
         SEQUENCE:2\nX-MICROSOFT-CDO-ALLDAYEVENT:FALSE\nEND:VEVENT\nBEGIN:VEVENT\nUID:041\nSUMMARY:Fair\n\
         DTSTART;TZID=W. Europe Standard Time:20260406T000000\nDTEND;TZID=W. Europe Standard Time:20260409T000000\n\
         X-MICROSOFT-CDO-ALLDAYEVENT:TRUE\nEND:VEVENT\nEND:VCALENDAR\n"
    );
    let invite = read(&ics, &home()).unwrap();
    assert_eq!(invite.headline(), "Changed invitation");
    assert_eq!(invite.events[0].when, "Thursday 26 February 2026, 08:00 to 08:30 (your time)");
    assert_eq!(invite.events[1].when, "Monday 6 to Wednesday 8 April 2026");
    assert!(texts(&invite, "Note").is_empty());
}

/// Guards the shape of Apple's calendar: the address of a person is a parameter, the value an id.
#[test]
fn apple() {
    let event = event(
        "DTSTART;VALUE=DATE:20260406\r\nDTEND;VALUE=DATE:20260407\r\nUID:A\r\n\
         ORGANIZER;CN=\"Lee, Ann\";EMAIL=ann@example.org:/aMTI/principal/\r\n\
         ATTENDEE;CUTYPE=ROOM;PARTSTAT=ACCEPTED;CN=Hall;EMAIL=hall@example.org:urn:uuid:1\r\nSUMMARY:Day",
    );
    assert_eq!(event.when, "Monday 6 April 2026, all day");
    let organizer = event.organizer.unwrap();
    assert_eq!((organizer.name.as_str(), organizer.address.as_str()), ("Lee, Ann", "ann@example.org"));
    assert_eq!((event.attendees[0].role, event.attendees[0].answer), (Role::Resource, Attendance::Yes));
    assert_eq!(event.attendees[0].person.address, "hall@example.org");
}

/// Guards the shape of Thunderbird's answer, with a comment.
#[test]
fn reply() {
    let invite = invite(
        "REPLY",
        "DTSTART:20260404T120000Z\r\nUID:1\r\nATTENDEE;CN=Tom Becker;PARTSTAT=ACCEPTED:mailto:tom@example.org\r\n\
         COMMENT:A bit late\r\nSUMMARY:Lunch",
    );
    assert_eq!(invite.headline(), "Tom Becker says yes");
    assert_eq!(texts(&invite, "When"), ["Saturday 4 April 2026, 14:00 (your time)"]);
    assert_eq!(texts(&invite, "Comment"), ["A bit late"]);
}

/// Guards the headline of each method, and that several people in one answer are not taken for one.
#[test]
fn headlines() {
    let who = "UID:1\r\nATTENDEE;CN=Tom;PARTSTAT=DECLINED:mailto:t@example.org";
    for (method, expected) in [
        ("REPLY", "Tom says no"),
        ("COUNTER", "Tom proposes another time"),
        ("REFRESH", "Tom asks for the newest version"),
        ("CANCEL", "Cancelled"),
        ("PUBLISH", "Event"),
        ("", "Event"),
        ("ADD", "More dates"),
        ("DECLINECOUNTER", "The other time is refused"),
        ("X-ODD", "Event"),
    ] {
        assert_eq!(invite(method, who).headline(), expected, "{method}");
    }
    let two = format!("{who}\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:u@example.org");
    assert_eq!(invite("REPLY", &two).headline(), "Somebody answers");
    assert_eq!(invite("COUNTER", &two).headline(), "Proposes another time");
    let off = invite("REQUEST", "UID:1\r\nSTATUS:CANCELLED");
    assert_eq!((off.headline().as_str(), off.events[0].status), ("Cancelled", Status::Cancelled));
}

/// Guards each way to say when: floating, with a duration, over midnight, several days, in two zones, without an end.
#[test]
fn when() {
    for (lines, expected) in [
        ("DTSTART:20260404T140000", "Saturday 4 April 2026, 14:00 wherever you are"),
        ("DTSTART:20260404T140000\r\nDURATION:PT45M", "Saturday 4 April 2026, 14:00 to 14:45 wherever you are"),
        ("DTSTART:20260404T120000Z\r\nDURATION:PT1H", "Saturday 4 April 2026, 14:00 to 15:00 (your time)"),
        ("DTSTART;VALUE=DATE:20260330\r\nDTEND;VALUE=DATE:20260402", "Monday 30 March to Wednesday 1 April 2026"),
        ("DTSTART;VALUE=DATE:20261231\r\nDURATION:P2D", "Thursday 31 December 2026 to Friday 1 January 2027"),
        ("DTSTART;VALUE=DATE:20260406", "Monday 6 April 2026, all day"),
        ("DTSTART;VALUE=DATE:20260406\r\nDTEND;VALUE=DATE:20260406", "Monday 6 April 2026, all day"),
        (
            "DTSTART:20260404T200000Z\r\nDTEND:20260404T230000Z",
            "Saturday 4 April 2026, 22:00 to Sunday 5 April 2026, 01:00 (your time)",
        ),
        (
            "DTSTART;TZID=Asia/Tokyo:20260405T040000\r\nDTEND;TZID=Asia/Tokyo:20260405T050000",
            "Saturday 4 April 2026, 21:00 to 22:00 (your time); Sunday 5 April 2026, 04:00 to 05:00 in Asia/Tokyo",
        ),
        (
            "DTSTART;TZID=Europe/Berlin:20260404T100000\r\nDTEND;TZID=America/New_York:20260404T130000",
            "Saturday 4 April 2026, 10:00 to 19:00 (your time); 10:00 in Europe/Berlin to 13:00 in America/New_York",
        ),
        // A day of the calendar, not 24 hours: the clocks change in between.
        (
            "DTSTART;TZID=Europe/Berlin:20260328T120000\r\nDURATION:P1D",
            "Saturday 28 March 2026, 12:00 to Sunday 29 March 2026, 12:00 (your time)",
        ),
        (
            "DTSTART;TZID=Europe/Berlin:20260328T120000\r\nDURATION:PT24H",
            "Saturday 28 March 2026, 12:00 to Sunday 29 March 2026, 13:00 (your time)",
        ),
        ("SUMMARY:none", ""),
    ] {
        let event = event(lines);
        assert_eq!(event.when, expected, "{lines}");
        assert_eq!(event.notes, Vec::<String>::new(), "{lines}");
    }
}

/// Guards that contradictions are said and never shown as times.
#[test]
fn doubts() {
    for (lines, when, notes) in [
        (
            "DTSTART:20260404T140000Z\r\nDTEND:20260404T130000Z",
            "Saturday 4 April 2026, 16:00 (your time)",
            vec!["The end is before the start: it is left out"],
        ),
        (
            "DTSTART;VALUE=DATE:20260404\r\nDTEND:20260404T130000Z",
            "Saturday 4 April 2026, all day",
            vec!["Start and end are of different kinds: the end is left out"],
        ),
        (
            "DTSTART;TZID=Nowhere\u{1b}[2J:20260404T140000",
            "Saturday 4 April 2026, 14:00 wherever you are",
            vec!["The time zone “Nowhere[2J” is unknown: the time is shown as it was written"],
        ),
        ("DTSTART:00000000", "", vec!["“00000000” is no date"]),
        (
            "DTSTART:20260404T120000Z\r\nSTATUS:TENTATIVE",
            "Saturday 4 April 2026, 14:00 (your time)",
            vec!["Not fixed yet (tentative)"],
        ),
        (
            "DTSTART:20260404T120000Z\r\nRECURRENCE-ID:20260403T120000Z",
            "Saturday 4 April 2026, 14:00 (your time)",
            vec!["Only the date of the series that was on Friday 3 April 2026, 14:00"],
        ),
        (
            "DTSTART:20260404T120000Z\r\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260403T120000Z",
            "Saturday 4 April 2026, 14:00 (your time)",
            vec!["From Friday 3 April 2026, 14:00 on: earlier dates of the series stay as they are"],
        ),
    ] {
        let event = event(lines);
        assert_eq!(
            (event.when.as_str(), event.notes),
            (when, notes.into_iter().map(str::to_owned).collect()),
            "{lines}"
        );
    }
}

/// Guards repeats with exceptions, the day of UNTIL by the sender's clock, and rules that have no words.
#[test]
fn repeats() {
    let start = "DTSTART;TZID=Europe/Berlin:20260105T100000\r\n";
    for (lines, expected) in [
        // 22:30 UTC is the next day in Berlin in summer, though the series began in winter.
        ("RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260531T223000Z", "every week on Monday until 1 June 2026"),
        (
            "RRULE:FREQ=WEEKLY\r\nEXDATE;TZID=Europe/Berlin:20260112T100000,20260119T100000",
            "every week, but not on Monday 12 January 2026 and Monday 19 January 2026",
        ),
        (
            "RRULE:FREQ=DAILY\r\nEXDATE;VALUE=DATE:20260106,20260107,20260108,20260109,20260110",
            "every day, but not on Tuesday 6 January 2026, Wednesday 7 January 2026, \
             Thursday 8 January 2026 and 2 more dates",
        ),
        ("RDATE;VALUE=DATE:20260201", "also on Sunday 1 February 2026"),
        ("RRULE:FREQ=DAILY;BYHOUR=9", "repeats (FREQ=DAILY;BYHOUR=9)"),
        ("RRULE:FREQ=DAILY\r\nRRULE:FREQ=YEARLY", "every day, and by further rules"),
    ] {
        assert_eq!(event(&format!("{start}{lines}")).repeats.as_deref(), Some(expected), "{lines}");
    }
    assert_eq!(event("EXDATE:20260101T000000Z").repeats, None);
    let far = event("DTSTART;TZID=Asia/Tokyo:20260106T040000\r\nRRULE:FREQ=WEEKLY;BYDAY=TU");
    assert_eq!(far.notes, ["The days on which it repeats are those in Asia/Tokyo"]);
}

/// Guards the limits on people, and that names cannot make a second line.
#[test]
fn many_people() {
    let people = "\r\nATTENDEE;CN=\"A^nB\":mailto:a@example.org".repeat(300);
    let invite = invite("REQUEST", &format!("UID:1\r\nSUMMARY:a\\nb{people}"));
    let who = &texts(&invite, "Who comes")[0];
    assert!(who.ends_with(", +288 more"), "{who}");
    assert_eq!(who.matches("A B (waiting)").count(), 12);
    assert_eq!(texts(&invite, "What"), ["a b"]);
}

/// Guards that texts without an event, unfinished events, tasks and plain text are no invitation.
#[test]
fn nothing() {
    for text in [
        "",
        "Hello",
        "BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\n",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:cut",
        "BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:x\nEND:VTODO\nEND:VCALENDAR\n",
    ] {
        assert_eq!(read(text, &home()), None, "{text}");
    }
}

/// Guards that an END that is missing does not swallow the event, and that the first calendar ends it.
#[test]
fn sloppy_ends() {
    let ics = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:a\nBEGIN:VALARM\nSUMMARY:b\nEND:VEVENT\nEND:X\n\
               BEGIN:VEVENT\nSUMMARY:c\nEND:VEVENT\nEND:VCALENDAR\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:d\nEND:VEVENT\n";
    let summaries: Vec<_> = read(ics, &home()).unwrap().events.into_iter().map(|event| event.summary).collect();
    assert_eq!(summaries, ["a", "c"]);
}

/// Guards that what stands in components of any depth is not taken for the event's own.
#[test]
fn deep_components() {
    let (begin, end) = ("BEGIN:X\n".repeat(12), "END:X\n".repeat(6));
    let event = event(&format!("{begin}SUMMARY:a\n{end}SUMMARY:b\n{end}SUMMARY:c"));
    assert_eq!(event.summary, "c");
}

/// Guards the number of events.
#[test]
fn many_events() {
    let ics = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", "BEGIN:VEVENT\nUID:1\nEND:VEVENT\n".repeat(25));
    let invite = read(&ics, &home()).unwrap();
    assert_eq!((invite.events.len(), invite.left_out), (MAX_EVENTS, 5));
    assert_eq!(texts(&invite, "Note"), ["5 more events are not shown"]);
}

/// Guards against nesting and endless lists: all are read in little time, and what is shown is bounded.
#[test]
fn hostile_sizes() {
    let many = |line: &str, count: usize| line.repeat(count);
    let zone = format!(
        "BEGIN:VTIMEZONE\nTZID:x\n{}END:VTIMEZONE\n",
        many(
            &format!(
                "BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0100\nRDATE:{}\nEND:STANDARD\n",
                many("20200101T000000,", 600)
            ),
            64
        )
    );
    let exdates =
        format!("DTSTART;TZID=x:20260101T000000\nRRULE:FREQ=DAILY\nEXDATE;TZID=x:{}", many("20260101T000000,", 1000));
    let started = Instant::now();
    for text in [
        many("BEGIN:VEVENT\n", 100_000),
        many("BEGIN:VCALENDAR\n", 100_000),
        format!("{}{}", many("BEGIN:VCALENDAR\nBEGIN:VEVENT\n", 40_000), many("END:VEVENT\nEND:VCALENDAR\n", 40_000)),
        many("END:VCALENDAR\n", 100_000),
        calendar("REQUEST", &many("ATTENDEE:mailto:a@b\n", 50_000)),
        calendar("REQUEST", &format!("SUMMARY:{}", many("x\n ", 300_000))),
        format!(
            "BEGIN:VCALENDAR\n{zone}{}END:VCALENDAR\n",
            many(&format!("BEGIN:VEVENT\n{exdates}\nEND:VEVENT\n"), 20)
        ),
        format!("BEGIN:VCALENDAR\n{}", many(&zone, 20)),
        "\u{1F600}".repeat(500_000),
    ] {
        if let Some(invite) = read(&text, &home()) {
            let size: usize = invite.lines().iter().map(|(_, text)| text.len()).sum();
            assert!(size < 500_000);
            assert!(!invite.headline().is_empty());
        }
    }
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

/// Guards the ends of the calendar in zones on both sides of the date line: dates that cannot be shown are left out.
#[test]
fn extreme_dates() {
    for (lines, expected) in [
        ("DTSTART:99991231T235959Z\nDTEND:99991231\nDURATION:P1D", ""),
        ("DTSTART;TZID=Pacific/Kiritimati:00010101T000000\nDURATION:P9D", "Monday 1 January 1,"),
        ("DTSTART;VALUE=DATE:99991231\nDURATION:P9D", "Friday 31 December 9999, all day"),
        ("DTSTART;VALUE=DATE:99991231\nDTEND;VALUE=DATE:99991231", "Friday 31 December 9999, all day"),
        ("DTSTART;TZID=America/New_York:99991231T235959\nDURATION:PT9H\nRRULE:FREQ=DAILY;UNTIL=99991231T235959Z", ""),
        ("DTSTART:20260101T060000Z\nRRULE:FREQ=SECONDLY;COUNT=999999999", "Thursday 1 January 2026, "),
        ("DTSTART:00000000\nDTEND:00000000T000000Z\nEXDATE:0", ""),
    ] {
        for zone in [home(), TimeZone::UTC, TimeZone::get("Pacific/Apia").unwrap()] {
            let when = read(&calendar("REQUEST", lines), &zone).unwrap().events.remove(0).when;
            if expected.is_empty() {
                assert_eq!(when, "", "{lines}");
            }
            assert!(when.starts_with(expected), "{lines}: {when}");
        }
    }
}

/// Guards that only plain addresses are addresses: no option, no list, no second line, no comment.
#[test]
fn addresses() {
    for good in ["a@example.org", "tom.becker+x@mail.example.org", "o'neil@a-b.example"] {
        assert!(is_address(good), "{good}");
    }
    for bad in [
        "",
        "@",
        "a",
        "a@",
        "@b",
        "a@b@c",
        "a b@c",
        "a@b\r\nBcc: x@y",
        "-oQ@b",
        "a@-b",
        "a,b@c",
        "<a@b>",
        "\"a\"@b",
        "a@b..c",
        ".a@b",
        "a@b?cc=c@d",
        "a@[1.2.3.4]",
        "ä@b",
        "a@b\0",
        "a@b;c@d",
        "(x)a@b",
    ] {
        assert!(!is_address(bad), "{bad:?}");
    }
}
