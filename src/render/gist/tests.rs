//! What search reads of a message.

use super::gist;

const MOST: usize = 10_000;

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_page_is_its_text() {
    let mail = "Subject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><head><title>No</title><style>p \
                {color: red}</style></head><body><p>Caf&eacute; <b>bo</b>ld</p><table><tr><td>Total</td><td>12</td>\
                </tr></table><script>alert(1)</script><!-- not this --><a href='https://example.org/a'>here</a>";
    let gist = gist(mail.as_bytes(), MOST, true);
    assert_eq!(words(&gist.body), "Café bold Total 12 here");
    assert!(gist.link && !gist.invite);
}

#[test]
fn files_are_named_and_forwarded_messages_read() {
    let mail = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee below\r\n--b\r\nContent-Type: \
                application/pdf; name=\"Q3 report.pdf\"\r\nContent-Disposition: attachment\r\n\r\nx\r\n--b\r\n\
                Content-Type: message/rfc822\r\n\r\nSubject: inner words\r\n\r\ndeep text\r\n--b--\r\n";
    let gist = gist(mail.as_bytes(), MOST, true);
    assert_eq!(words(&gist.body), "See below inner words deep text");
    assert!(gist.files.contains("Q3 report.pdf"), "{}", gist.files);
    assert!(!gist.link);
}

#[test]
fn an_invitation_is_told() {
    let mail = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nCome\r\n--b\r\nContent-Type: \
                text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\n\
                DTSTART:20260101T100000Z\r\nSUMMARY:Planning\r\nLOCATION:Lisbon\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n\
                --b--\r\n";
    let gist = gist(mail.as_bytes(), MOST, true);
    assert!(gist.invite);
    assert!(gist.body.contains("Planning") && gist.body.contains("Lisbon"), "{}", gist.body);
}

#[test]
fn a_long_text_is_cut() {
    let mail = format!("Content-Type: text/html\r\n\r\n{}", "<p>word</p>".repeat(50_000));
    let long = gist(mail.as_bytes(), MOST, true);
    assert!(long.cut && long.body.len() <= MOST + 100);
    // A letter of three bytes on the border.
    let mail = format!("Subject: x\r\n\r\n{}", "a€".repeat(MOST));
    assert!(gist(mail.as_bytes(), MOST, true).cut);
    assert!(!gist(b"Subject: x\r\n\r\nshort", MOST, true).cut);
}

/// What is read in one go is what each reading by itself says.
#[test]
fn one_reading_says_what_several_do() {
    for mail in [
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee below\r\n--b\r\nContent-Type: application/pdf; \
                  name=\"a.pdf\"\r\n\r\nx\r\n--b--\r\n",
        "Subject: x\r\n\r\n> quoted\r\nown words",
        "",
    ] {
        let gist = gist(mail.as_bytes(), MOST, true);
        assert_eq!(gist.snippet, crate::render::snippet(mail.as_bytes()));
        assert_eq!(gist.attachments, crate::render::has_attachments(mail.as_bytes()));
    }
}
