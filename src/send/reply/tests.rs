//! Replies, whole and in pieces, and what is none.

use super::{Nonsense, Reply};
use crate::send::error::Status;

fn take(text: &str) -> Result<Option<Reply>, Nonsense> {
    Reply::take(&mut text.as_bytes().to_vec())
}

/// Cut anywhere it waits for the rest; whole it leaves what comes behind.
#[test]
fn a_reply_is_taken_whole() {
    let text = "250-mx.example.org at your service\r\n250-SIZE 100\r\n250 8BITMIME\r\n";
    for end in 0..text.len() {
        let mut read = text.as_bytes()[..end].to_vec();
        assert_eq!(Reply::take(&mut read), Ok(None), "{end}");
        assert_eq!(read.len(), end);
    }
    let mut read = format!("{text}220 more").into_bytes();
    let reply = Reply::take(&mut read).unwrap().unwrap();
    assert_eq!((reply.code, reply.lines.len(), read.as_slice()), (250, 3, b"220 more".as_slice()));
    assert_eq!(take("250\n").unwrap().unwrap().lines, [""]);
}

/// What no SMTP server says is known at once, without waiting for the end of a line.
#[test]
fn nonsense_is_none() {
    for text in
        ["* OK IMAP", "\r\n", "HTTP/1.1 200 OK\r\n", "\x15\x03\x01", "25x", "250_hi", "99", "620 hi\r\n", "2\r\n"]
    {
        let taken = take(text);
        assert!(matches!(taken, Err(Nonsense::NoReply)) || (text == "99" && taken == Ok(None)), "{text:?} {taken:?}");
    }
    assert_eq!(take("250-a\r\n550 b\r\n"), Err(Nonsense::Mixed));
    assert_eq!(take(&format!("250 {}", "x".repeat(20_000))), Err(Nonsense::NoReply));
    assert_eq!(take(&format!("250 {}\r\n", "x".repeat(20_000))), Err(Nonsense::TooLong));
    assert_eq!(take(&"250-x\r\n".repeat(101)), Err(Nonsense::TooLong));
}

/// The enhanced code is taken out of every line, and believed only where it is of the reply's class.
#[test]
fn enhanced_codes_are_told_apart() {
    let answer = take("550-5.1.1 The account does\r\n550-5.1.1 not exist\r\n550 5.1.1 \r\n").unwrap().unwrap().answer();
    assert_eq!(answer.status, Some(Status { class: 5, subject: 1, detail: 1 }));
    assert_eq!(answer.text, "The account does not exist");
    for text in ["550 2.1.1 x\r\n", "550 5.1 x\r\n", "550 5.1.1.1 x\r\n", "550 5.1.1234 x\r\n", "550 10.0.0.1 x\r\n"] {
        let answer = take(text).unwrap().unwrap().answer();
        assert_eq!(answer.status, None, "{text}");
        assert!(answer.text.ends_with(" x"), "{text}");
    }
}
