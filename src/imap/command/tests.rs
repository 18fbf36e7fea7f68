//! Commands as they go out: quoting and literals.

use rstest::rstest;

use super::{Command, Piece};
use crate::imap::error::Error;

/// PS24: whatever the text, the wire has one string: quoted with its specials escaped, or a literal.
#[rstest]
#[case("INBOX", Some("X \"INBOX\""))]
#[case("a\"b\\c", Some("X \"a\\\"b\\\\c\""))]
#[case("{5}", Some("X \"{5}\""))]
#[case("a\r\nA1 LOGOUT", None)]
#[case("é", None)]
#[case("\u{7f}", None)]
fn strings_stay_strings(#[case] text: &str, #[case] wire: Option<&str>) {
    let command = Command::new("X").string("X", text).unwrap();
    match wire {
        Some(wire) => assert!(matches!(command.pieces(), [Piece::Text(sent)] if sent == wire)),
        None => assert!(matches!(command.pieces(), [Piece::Text(_), Piece::Literal(b)] if b == text.as_bytes())),
    }
    assert!(matches!(Command::new("X").string("X", "a\0b"), Err(Error::Rejected { .. })));
}

/// PS23: a password with CR, LF or NUL is refused here; any other is quoted or goes as a literal.
#[test]
fn passwords_are_checked_before_they_are_sent() {
    for bad in ["a\rb", "a\nb", "a\0b"] {
        assert!(matches!(Command::new("LOGIN").secret(&bad.into()), Err(Error::Auth { .. })));
    }
    let quoted = Command::new("LOGIN").secret(&"a \"b\\".into()).unwrap();
    assert!(matches!(quoted.pieces(), [Piece::Text(_), Piece::Secret(_)]));
    let literal = Command::new("LOGIN").secret(&"pässword".into()).unwrap();
    assert!(matches!(literal.pieces(), [Piece::Text(_), Piece::SecretLiteral(_)]));
}
