//! What is told in words, as the reader sees it.

use jiff::tz::TimeZone;

use crate::render::facts::Answer;
use crate::render::{Context, Document, View, answer, lay, parse};

const INVITATION: &str = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1@x\r\nSUMMARY:Team lunch\r\n\
    DTSTART:20260404T120000Z\r\nDTEND:20260404T130000Z\r\nLOCATION:Canteen\r\n\
    DESCRIPTION:Menu: https://menu.example/today\r\n\
    ORGANIZER;CN=Tom Becker:mailto:tom@acme.example\r\n\
    ATTENDEE;CN=Dana;PARTSTAT=NEEDS-ACTION:mailto:dana@acme.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn mail(kind: &str, body: &str) -> Vec<u8> {
    format!(
        "From: Tom <tom@acme.example>\r\nSubject: x\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n\
         --b\r\nContent-Type: {kind}\r\n\r\n{body}\r\n--b--\r\n"
    )
    .into_bytes()
}

fn read(bytes: &[u8]) -> (Document, Vec<String>) {
    let context = Context { zone: Some(TimeZone::fixed(jiff::tz::offset(2))), ..Context::default() };
    let laid = lay(parse(bytes, View::Best, &context), 70);
    let line = |line: &crate::render::Line| line.spans.iter().map(|span| span.text.as_str()).collect::<String>();
    let lines = laid.lines.iter().map(line).map(|line| line.trim_end().to_owned()).collect();
    (laid.document, lines)
}

/// Protects invitations: what, when in the reader's own time, where and who, above the text; the file is still listed.
#[test]
fn invitations_are_told_in_words() {
    let (document, lines) = read(&mail("text/calendar; method=REQUEST", INVITATION));
    assert_eq!(lines[0], "Invitation");
    assert!(lines.contains(&"What          Team lunch".to_owned()), "{lines:#?}");
    assert!(
        lines.iter().any(|line| line.starts_with("When          Saturday 4 April 2026, 14:00 to 15:00")),
        "{lines:#?}"
    );
    assert!(lines.contains(&"Where         Canteen".to_owned()), "{lines:#?}");
    assert!(lines.contains(&"Hello".to_owned()));
    assert!(document.invitation && document.links.iter().any(|link| link.host.as_str() == "menu.example"));
    assert_eq!(document.parts.len(), 1);
}

/// Protects the head from a calendar that is a card below it already: only the file beside it is listed there, and what is
/// no invitation.
#[test]
fn an_invitation_is_no_second_attachment() {
    let file = format!(
        "text/calendar; method=REQUEST\r\n\r\n{INVITATION}\r\n--b\r\nContent-Type: application/ics; name=invite.ics\r\n\
        Content-Disposition: attachment; filename=invite.ics"
    );
    let (document, _) = read(&mail(&file, INVITATION));
    let listed = document.parts.iter().filter(|part| !part.inline).map(|part| part.name.as_str());
    assert_eq!((listed.collect::<Vec<_>>(), document.parts.len()), (vec!["invite.ics"], 2));
    let (document, _) = read(&mail("text/calendar", "no calendar"));
    assert_eq!(document.parts.iter().filter(|part| !part.inline).count(), 1);
}

/// Protects the answer: to the organizer, by whichever own address was invited, with the calendar's reply written anew;
/// nothing for who was never asked.
#[test]
fn an_answer_is_by_who_was_invited() {
    let bytes = mail("text/calendar; method=REQUEST", INVITATION);
    let own = |addresses: &[&str]| addresses.iter().map(|&address| address.to_owned()).collect::<Vec<_>>();
    let both = own(&["d@home.example", "Dana@acme.example"]);
    let answered = answer(&bytes, &both, Answer::Yes, 1_775_000_000).unwrap();
    assert_eq!((answered.from.as_str(), answered.to.as_str()), ("Dana@acme.example", "tom@acme.example"));
    assert!(answered.subject.contains("Team lunch") && answered.ics.contains("PARTSTAT=ACCEPTED"), "{answered:?}");
    let other = answer(&bytes, &own(&["d@home.example"]), Answer::No, 0).unwrap();
    assert_eq!(other.from, "d@home.example");
    let reply = INVITATION.replace("REQUEST", "REPLY");
    assert_eq!(answer(&mail("text/calendar", &reply), &both, Answer::No, 0), None);
}

/// Protects business cards.
#[test]
fn business_cards_are_told_in_words() {
    let card = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada Lovelace\r\nEMAIL:ada@engine.example\r\nEND:VCARD\r\n";
    let (_, lines) = read(&mail("text/vcard", card));
    assert!(lines.contains(&"Name          Ada Lovelace".to_owned()), "{lines:#?}");
    assert!(lines.contains(&"E-mail        ada@engine.example".to_owned()), "{lines:#?}");
}

/// Protects from content elsewhere (H42, FL03): where it is is said, nothing of it is a link, and a piece of a message says
/// which piece it is.
#[test]
fn content_elsewhere_is_explained() {
    let body = "Content-Type: text/plain\r\n\r\n";
    let (document, lines) = read(&mail("message/external-body; access-type=URL; URL=\"http://evil.example/x\"", body));
    assert!(lines.iter().any(|line| line.contains("nothing is fetched")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("http://evil.example/x")), "{lines:#?}");
    assert!(document.links.is_empty());
    let (_, lines) = read(&mail("message/partial; id=\"a\"; number=2; total=3", "rest"));
    assert!(lines.iter().any(|line| line.contains("2 of 3")), "{lines:#?}");
}
