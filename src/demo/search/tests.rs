//! Sets of numbers mean what RFC 9051, section 9 (`sequence-set`) says; texts are searched as they are read.

use imap_codec::imap_types::sequence::SequenceSet;

use super::ranges;
use super::text::{body, header_value, holds};

/// Ranges in any order and direction, overlapping ones, and `*` beyond the end.
#[test]
fn sets_become_ranges() {
    let of = |text: &str, last| ranges(&SequenceSet::try_from(text).unwrap(), last);
    assert_eq!(of("7,3:1,2:5", 9), [(1, 5), (7, 7)]);
    assert_eq!(of("12:*", 9), [(9, 12)], "n:* names the last one however large n is");
    assert_eq!(of("*", 9), [(9, 9)]);
    assert!(of("1:*", 0).is_empty());
}

/// RFC 2047: words in both encodings, one behind the other, and what only looks like one.
#[test]
fn fields_are_searched_as_they_are_read() {
    assert_eq!(
        header_value("=?utf-8?q?Gr=C3=BC=C3=9Fe_von?= =?iso-8859-1?B?TfxsbGVy?= <m@x>"),
        "Grüße vonMüller <m@x>"
    );
    assert_eq!(header_value("a =?b?c =?utf-8?q?d?= e"), "a =?b?c d e");
    assert_eq!(header_value("=?utf-8?x?d?="), "=?utf-8?x?d?=");
}

/// RFC 2045, RFC 2046: text of every part in its charset; what is no text is not looked at.
#[test]
fn bodies_are_searched_as_they_are_read() {
    let mail = "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\nnot a part\r\n--b\r\n\
        Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
        M=FCl=\r\nler=ZZ\r\n--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\nplain\r\n--c\r\n\
        Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nR3LD\r\nvMOfZQ==\r\n--c--\r\n--b\r\n\
        Content-Type: image/png\r\n\r\npicture\r\n--b--\r\nbehind\r\n";
    let text = body(mail.as_bytes());
    for part in ["Müller=ZZ", "plain", "Grüße"] {
        assert!(text.contains(part), "{text}");
    }
    for other in ["not a part", "picture", "behind"] {
        assert!(!text.contains(other), "{text}");
    }
}

/// Case, accents and signs between words do not matter; which words, and their order, does.
#[test]
fn a_text_is_found_by_its_words() {
    for wanted in ["MÜLLER", "muller", "von müll", "from x@y", "<x@y>", "ller"] {
        assert!(holds("Grüße von Müller, from: <x@y>", wanted), "{wanted}");
    }
    for wanted in ["müller von", "mueller", "xy"] {
        assert!(!holds("Grüße von Müller, from: <x@y>", wanted), "{wanted}");
    }
}
