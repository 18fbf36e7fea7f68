//! Header bytes to envelopes.

use proptest::prelude::{prop_assert_eq, proptest};
use rstest::rstest;

use super::{append_date, envelope, internal_date};
use crate::mail::UnixTime;

/// Dates as servers write them; the last ones are no dates and stay unknown (RL52).
#[rstest]
#[case("17-Jul-1996 02:44:25 -0700", Some(837_596_665))]
#[case(" 1-Jan-1970 00:00:00 +0000", Some(0))]
#[case("29-feb-2024 12:00:00 +0530", Some(1_709_188_200))]
#[case("31-Dec-1969 23:59:59 +0000", Some(-1))]
#[case("", None)]
#[case("17-Jul-1996", None)]
#[case("99-Jul-1996 02:44:25 -0700", None)]
#[case("17-Foo-1996 02:44:25 -0700", None)]
#[case("17-Jul-99999999999 02:44:25 -0700", None)]
fn reads_dates(#[case] text: &str, #[case] time: Option<i64>) {
    assert_eq!(internal_date(text), time.map(UnixTime));
}

proptest! {
    /// A date that we write is read as the same second.
    #[test]
    fn dates_round_trip(seconds in 0_i64..253_402_300_799) {
        prop_assert_eq!(internal_date(&append_date(UnixTime(seconds))), Some(UnixTime(seconds)));
    }
}

/// The fields that lists and threads need are decoded.
#[test]
fn reads_a_header() {
    let header =
        b"From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r\nTo: a@b.c, \"D\" <d@e.f>\r\nSubject: =?utf-8?b?w6Q=?=\r\n\
        Message-ID: <m1@x>\r\nIn-Reply-To: <m0@x>\r\nReferences: <r@x> <m0@x>\r\nList-Id: A list <list.example.org>\r\n\
        Content-Type: multipart/mixed; boundary=b\r\nDate: Thu, 1 Jan 1970 00:00:10 +0000\r\n\r\n";
    let envelope = envelope(header);
    assert_eq!(envelope.subject, "ä");
    assert_eq!((envelope.from[0].name.as_str(), envelope.from[0].address.as_str()), ("Jürgen", "j@example.org"));
    assert_eq!(envelope.to.len(), 2);
    assert_eq!(envelope.message_id, "m1@x");
    assert_eq!(envelope.references, ["r@x", "m0@x"]);
    assert_eq!(envelope.list_id, "list.example.org");
    assert_eq!(envelope.sent, Some(UnixTime(10)));
    assert!(envelope.attachments);
}

/// Protects conversations of strangers: an address among the words of In-Reply-To, or what was typed at a question, is
/// not taken for what is answered.
#[test]
fn takes_no_address_for_an_id() {
    let references = |fields: &str| envelope(format!("{fields}\r\n\r\n").as_bytes()).references;
    let of = "In-Reply-To: Message from Bob <bob@x.example>\r\n   of \"Mon, 05 Aug 2002 21:39:59 EDT.\"";
    assert_eq!(references(&format!("{of} <i@x.example>")), ["i@x.example"]);
    assert_eq!(references(of), [""; 0]);
    assert_eq!(
        references("To: Bob <Bob@x.example>\r\nIn-Reply-To: Mail of <bob@x.example>, <i@x.example>"),
        ["i@x.example"]
    );
    assert_eq!(references("In-Reply-To: <yes>\r\nReferences: <yes> <i@x.example>"), ["i@x.example"]);
    assert_eq!(references("In-Reply-To: Bob's message of \"Mon, 5 Aug 2002\""), [""; 0]);
}

/// H37: the list shows raw 8-bit letters as the reader does.
#[test]
fn reads_raw_letters_as_the_reader_does() {
    assert_eq!(envelope(b"From: J\xfcrgen <j@example.org>\r\n\r\n").from[0].name, "Jürgen");
}

/// P6: a header of nonsense, empty or huge, costs nothing but empty fields.
#[test]
fn survives_nonsense() {
    for header in [&b""[..], b"\0\0\0", b"no colon\r\n\r\n", b": :\r\n"] {
        envelope(header);
    }
    let many = [b"To: ".as_slice(), &b"a@b.c, ".repeat(50_000), b"d@e.f\r\n\r\n"].concat();
    assert_eq!(envelope(&many).to.len(), 100);
}
