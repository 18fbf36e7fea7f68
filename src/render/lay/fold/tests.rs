//! Which lines stay when quotes are folded.

use crate::render::{Context, Laid, Quotes, Shape, View, lay_with, parse};

fn laid(subject: &str, body: &str) -> Laid {
    let bytes = format!("From: a@example.org\r\nSubject: {subject}\r\n\r\n{body}");
    let shape = Shape { width: 60, quotes: Quotes::Folded, cell: None };
    lay_with(parse(bytes.as_bytes(), View::Best, &Context::default()), shape)
}

fn lines(laid: &Laid) -> Vec<String> {
    laid.lines.iter().map(|line| line.spans.iter().map(|span| span.text.as_str()).collect()).collect()
}

fn quoted(count: usize) -> String {
    (1..=count).fold(String::new(), |text, n| text + &format!("> line {n}\n"))
}

/// Protects the answer from what it answers: the quote below it keeps two lines and says how many went.
#[test]
fn a_quote_below_the_answer_is_folded() {
    let laid = laid("Re: x", &format!("Yes.\n\nAda wrote:\n{}", quoted(20)));
    assert_eq!(lines(&laid), ["Yes.", "", "Ada wrote:", "▏ line 1", "▏ line 2", "▏ … 18 quoted lines"]);
    assert_eq!(laid.folded, 18);
}

/// Protects answers between the lines: the end of a long passage stays above what answers it, a short one stays whole.
#[test]
fn an_answered_passage_keeps_its_end() {
    let laid = laid("Re: x", &format!("{}\nNo.\n\n{}\nYes.\n", quoted(20), quoted(5)));
    let lines = lines(&laid);
    assert_eq!(lines[..3], ["▏ line 1", "▏ … 13 quoted lines", "▏ line 15"]);
    assert_eq!(laid.folded, 13);
    assert!(lines.contains(&"▏ line 3".to_owned()) && lines.contains(&"No.".to_owned()));
}

/// Protects what is meant to be read: a forwarded message, and a mail that is nothing but a quote.
#[test]
fn what_is_meant_to_be_read_stays() {
    assert_eq!(laid("Fwd: x", &format!("FYI\n\n{}", quoted(30))).folded, 0);
    assert_eq!(laid("Re: x", &format!("Ada wrote:\n{}", quoted(30))).folded, 0);
    assert_eq!(laid("Re: x", &format!("Ada wrote:\n{}-- \nBob\n", quoted(30))).folded, 0);
    assert_eq!(laid("Re: x", &format!("Yes.\n{}", quoted(6))).folded, 0);
}

/// Protects the answer from the mails that Outlook leaves below it without a mark; forwarding looks the same and is not.
#[test]
fn earlier_messages_without_marks_are_folded() {
    let earlier = "From: Ada\nSent: Monday\nTo: Bob\nSubject: x\n\n";
    let body: String = (1..=12).fold(String::new(), |text, n| text + &format!("sentence {n}.\n\n"));
    let answer = laid("RE: x", &format!("Fine with me.\n\n{earlier}{body}"));
    let lines = lines(&answer);
    assert!(lines.contains(&"From: Ada".to_owned()), "{lines:?}");
    assert!(lines.last().unwrap().ends_with(" earlier lines") && answer.folded > 10, "{lines:?}");
    assert_eq!(laid("FW: x", &format!("See below.\n\n{earlier}{body}")).folded, 0);
    assert_eq!(laid("RE: x", &format!("{earlier}{body}")).folded, 0);
    let german = laid("AW: x", &format!("Gut.\n\n-----Ursprüngliche Nachricht-----\n{earlier}{body}"));
    assert!(german.folded > 10);
}
