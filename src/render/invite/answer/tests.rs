//! Tests of the answer that goes back.

use jiff::tz::TimeZone;

use super::{Answer, answer};
use crate::render::invite::person::Attendance;
use crate::render::invite::{Method, read};

const NOW: i64 = 1_775_000_000;

const ZONE: &str = "BEGIN:VTIMEZONE\r\nTZID:Mine\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\n\
                    TZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n\
                    BEGIN:VTIMEZONE\r\nTZID:Unused\r\nEND:VTIMEZONE\r\n";

fn request(event: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\n{ZONE}\
         BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

const LUNCH: &str = "UID:abc\\,1@example.org\r\nSEQUENCE:3\r\nDTSTART;TZID=Mine:20260404T140000\r\n\
                     DTEND;TZID=Mine:20260404T150000\r\nSUMMARY:Lunch\\, at noon\r\n\
                     ORGANIZER;CN=\"Lee, Ann\":mailto:ann@example.org\r\n\
                     ATTENDEE;CN=Me;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:Me@Example.org\r\n\
                     ATTENDEE;CN=Bob:mailto:bob@example.org";

/// Guards the whole answer, line by line: what an organizer's calendar needs to find its event.
#[test]
fn whole_answer() {
    let reply = answer(&request(LUNCH), "me@example.org", Answer::Yes, NOW).unwrap();
    assert_eq!(reply.to, "ann@example.org");
    assert_eq!(reply.subject, "Accepted: Lunch, at noon");
    assert_eq!(
        reply.text,
        "me@example.org accepts the invitation.\n\nWhat: Lunch, at noon\n\
         When: Saturday 4 April 2026, 14:00 to 15:00 in “Mine” (UTC+01:00)\n"
    );
    let expected = [
        "BEGIN:VCALENDAR",
        "PRODID:-//posthaste//posthaste//EN",
        "VERSION:2.0",
        "METHOD:REPLY",
        "BEGIN:VTIMEZONE",
        "TZID:Mine",
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0100",
        "END:STANDARD",
        "END:VTIMEZONE",
        "BEGIN:VEVENT",
        "DTSTAMP:20260331T233320Z",
        "UID:abc\\,1@example.org",
        "SEQUENCE:3",
        "DTSTART;TZID=Mine:20260404T140000",
        "DTEND;TZID=Mine:20260404T150000",
        "SUMMARY:Lunch\\, at noon",
        "ORGANIZER;CN=\"Lee, Ann\":mailto:ann@example.org",
        "ATTENDEE;CN=Me;PARTSTAT=ACCEPTED:mailto:Me@Example.org",
        "REQUEST-STATUS:2.0;Success",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ];
    assert_eq!(reply.ics.split("\r\n").collect::<Vec<_>>(), expected);
}

/// Guards that the answer reads back as an answer of the one person, in each of the three ways.
#[test]
fn reads_back() {
    for (given, attendance, subject) in [
        (Answer::Yes, Attendance::Yes, "Accepted: Lunch, at noon"),
        (Answer::Maybe, Attendance::Maybe, "Tentative: Lunch, at noon"),
        (Answer::No, Attendance::No, "Declined: Lunch, at noon"),
    ] {
        let reply = answer(&request(LUNCH), "ME@example.org", given, NOW).unwrap();
        assert_eq!(reply.subject, subject);
        let invite = read(&reply.ics, &TimeZone::UTC).unwrap();
        assert_eq!(invite.method, Method::Reply);
        assert_eq!(invite.events[0].attendees.len(), 1);
        assert_eq!(invite.events[0].attendees[0].answer, attendance);
        assert_eq!((invite.events[0].uid.as_str(), invite.events[0].sequence), ("abc,1@example.org", 3));
    }
}

/// Guards that who is not invited may answer under their own address.
#[test]
fn uninvited() {
    let reply = answer(&request(LUNCH), "new@example.org", Answer::No, NOW).unwrap();
    assert!(reply.ics.contains("\r\nATTENDEE;PARTSTAT=DECLINED:mailto:new@example.org\r\n"), "{}", reply.ics);
}

/// Guards that a changed date of a series goes back with its id, and that an event with another UID does not.
#[test]
fn series() {
    let two = format!(
        "{LUNCH}\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\n{LUNCH}\r\nRECURRENCE-ID;TZID=Mine:20260411T140000\r\nEND:VEVENT\r\n\
         BEGIN:VEVENT\r\nUID:other"
    );
    let reply = answer(&request(&two), "me@example.org", Answer::Yes, NOW).unwrap();
    assert_eq!(reply.ics.matches("BEGIN:VEVENT").count(), 2);
    assert!(reply.ics.contains("\r\nRECURRENCE-ID;TZID=Mine:20260411T140000\r\n"));
    assert!(!reply.ics.contains("UID:other"));
    let broken = format!("{LUNCH}\r\nRECURRENCE-ID:tomorrow");
    assert_eq!(answer(&request(&broken), "me@example.org", Answer::Yes, NOW), None);
}

/// Guards that there is no answer to what is no request, to nobody, to oneself, or to an address that is none.
#[test]
fn refuses() {
    let me = "me@example.org";
    for ics in [
        request(LUNCH).replace("METHOD:REQUEST", "METHOD:PUBLISH"),
        request(LUNCH).replace("METHOD:REQUEST\r\n", ""),
        request(LUNCH).replace("UID:abc\\,1@example.org\r\n", ""),
        request(LUNCH).replace("mailto:ann@example.org", "mailto:me@example.org"),
        request(LUNCH).replace("mailto:ann@example.org", "mailto:ann@example.org,x@example.org"),
        request(LUNCH).replace("mailto:ann@example.org", "mailto:ann@example.org?bcc=x@example.org"),
        request(LUNCH).replace("mailto:ann@example.org", "mailto:-oProxy@example.org"),
        request(LUNCH).replace("mailto:ann@example.org", "http://example.org"),
        "x".to_owned(),
    ] {
        assert_eq!(answer(&ics, me, Answer::Yes, NOW), None, "{ics}");
    }
    for me in ["", "Me <me@example.org>", "me@example.org\r\nBcc: x@example.org"] {
        assert_eq!(answer(&request(LUNCH), me, Answer::Yes, NOW), None, "{me:?}");
    }
    assert_eq!(answer(&request(LUNCH), me, Answer::Yes, i64::MAX), None);
}

/// Guards that no field of an invitation can add a header, a property or a second attendee to the answer.
#[test]
fn no_injection() {
    let event = "UID:1\\nATTENDEE:x\r\nSEQUENCE:1\\nMETHOD:CANCEL\r\n\
                 SUMMARY:a\\nBcc: evil@example.org\\r\u{85}\u{2028}END:VEVENT\u{b}\u{1b}[2J\r\n\
                 DTSTART;TZID=\"x^nEND:VEVENT\":20260404T140000\r\n\
                 ORGANIZER;CN=\"^'^nATTENDEE;PARTSTAT=ACCEPTED:mailto:x@example.org\":mailto:ann@example.org\r\n\
                 ATTENDEE;CN=\"x^nEND:VCALENDAR\u{c}\":mailto:me@example.org";
    let reply = answer(&request(event), "me@example.org", Answer::Yes, NOW).unwrap();
    assert!(!reply.subject.chars().any(char::is_control), "{:?}", reply.subject);
    assert!(!reply.to.chars().any(char::is_control));
    assert!(!reply.text.chars().any(|c| c.is_control() && c != '\n'), "{:?}", reply.text);
    let lines: Vec<&str> = reply.ics.split("\r\n").collect();
    assert!(lines.iter().all(|line| line.len() <= 75 && !line.chars().any(char::is_control)), "{lines:?}");
    for (name, count) in
        [("ATTENDEE", 1), ("METHOD", 1), ("END:VEVENT", 1), ("END:VCALENDAR", 1), ("UID", 1), ("Bcc", 0)]
    {
        assert_eq!(lines.iter().filter(|line| line.starts_with(name)).count(), count, "{name} in {lines:?}");
    }
    assert_eq!(lines.iter().filter(|line| **line == "SEQUENCE:0").count(), 1);
}

/// Guards the size of an answer to a huge request.
#[test]
fn huge_request() {
    let event = format!("{LUNCH}\r\nDESCRIPTION:{}", "x\r\n ".repeat(100_000));
    let many = format!("{event}\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\n{}", "UID:abc\\,1@example.org\r\n".repeat(10_000));
    let reply = answer(&request(&many), "me@example.org", Answer::Yes, NOW);
    assert!(reply.is_none_or(|reply| reply.ics.len() < 100_000));
}
