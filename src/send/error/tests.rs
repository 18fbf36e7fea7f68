//! What an answer is called, and what is done about it.

use super::{Answer, Denied, Error, Next, Stage, Status, Turned};

fn answer(code: u16, status: Option<(u8, u16, u16)>, text: &str) -> Answer {
    let status = status.map(|(class, subject, detail)| Status { class, subject, detail });
    Answer { code, status, text: text.to_owned() }
}

fn turned(code: u16, status: (u8, u16, u16)) -> Turned {
    Turned { address: "bob@example.org".to_owned(), answer: answer(code, Some(status), "no") }
}

/// Plain words first, then the codes and the server's own words, which say which it was.
#[test]
fn answers_are_in_plain_words() {
    let said = |code, status, text| answer(code, status, text).to_string();
    assert_eq!(said(550, Some((5, 1, 1)), "Who?"), "There is no such address (550 5.1.1: Who?)");
    assert_eq!(said(552, Some((5, 2, 2)), ""), "The mailbox is full (552 5.2.2)");
    assert!(
        said(451, Some((4, 7, 1)), "Greylisted").starts_with("The server does not take it now; some want a second")
    );
    assert!(said(550, Some((5, 7, 26)), "x").contains("SPF, DKIM or DMARC"));
    assert_eq!(said(535, None, "no"), "User name or password is not right (535: no)");
    assert_eq!(said(571, Some((5, 0, 0)), "Blocked"), "Blocked (571 5.0.0)");
    assert_eq!(said(599, None, ""), "599");
}

/// SN06: what is tried again by itself, and what is not.
#[test]
fn the_next_step_follows_from_the_answer() {
    let later = Error::of(Stage::Mail, answer(451, None, "busy"));
    let refused = Error::of(Stage::Mail, answer(554, None, "spam"));
    assert_eq!((later.next(), refused.next()), (Next::Later, Next::Edit));
    let recipients = |refused| Error::Recipients { refused }.next();
    assert_eq!(recipients(vec![turned(450, (4, 7, 1))]), Next::Later);
    assert_eq!(recipients(vec![turned(450, (4, 7, 1)), turned(550, (5, 1, 1))]), Next::Edit);
    // Otherwise it would be tried for ever: the next time there are as many.
    assert_eq!(recipients(vec![turned(452, (4, 5, 3))]), Next::Edit);
    let auth = |denied| Error::Auth { text: String::new(), denied }.next();
    assert_eq!((auth(Denied::Token), auth(Denied::Password)), (Next::Token, Next::SignIn));
    assert_eq!(Error::Unknown { what: "cut".to_owned() }.next(), Next::Ask);
}

/// What is too large does not look as if it fitted.
#[test]
fn sizes_are_rounded_up() {
    let error = Error::TooLarge { size: 25_000_001, limit: Some(25_000_000), answer: None };
    assert_eq!(error.to_string(), "The mail has 25.1 MB, and the server takes 25.0 MB at most");
}

/// The keys and ports in the advice are those of SMTP.
#[test]
fn advice_is_about_smtp() {
    let error = crate::imap::error::Error::Tls {
        host: "h".to_owned(),
        reason: "r".to_owned(),
        advice: "Check imap.port and imap.security: 993 is \"tls\", 143 is \"starttls\"".to_owned(),
        certificate: None,
    };
    let text = Error::from(error).to_string();
    assert!(text.ends_with("Check smtp.port and smtp.security: 465 is \"tls\", 587 is \"starttls\""), "{text}");
}
