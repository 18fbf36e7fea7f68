//! The guard: what it lets through, what it diverts, what it stops.

use std::sync::Arc;

use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, proptest};
use rstest::rstest;

use super::common::common_fetch;
use super::frame::{Frame, Framer};
use super::{Breach, Limits, Oversize, understood};
use crate::imap::answer::{Answer, Literal};
use crate::imap::trace::Counters;

fn framer() -> Framer {
    Framer::new(Arc::new(Counters::default()))
}

fn cut(framer: &mut Framer, pieces: &[&[u8]]) -> Result<Vec<Frame>, Breach> {
    let mut whole = Vec::new();
    for piece in pieces {
        let mut input = *piece;
        while !input.is_empty() {
            whole.extend(framer.push(&mut input)?);
        }
    }
    Ok(whole)
}

/// Lines as they are, literals as `<bytes>` in the place of their markers.
fn shown(framer: &Framer, answers: &[Frame]) -> Vec<String> {
    answers.iter().map(|frame| frame.for_trace(framer.marker())).collect()
}

const SESSION: &[u8] =
    b"* OK hi {5}\r\n* LIST () \"/\" {5}\r\na \r\nb\r\n* 1 FETCH (UID 7 BODY[] {6}\r\n) \r\n{9 X {0}\r\n)\r\n\
    p1.1 OK done {3}\r\n\r\n* SEARCH 1 2\n+ go {1}\r\n";

/// RL51: every stream, split at every byte, gives the same answers; text that looks like a literal's head is text.
#[test]
fn splitting_changes_nothing() {
    let mut whole = framer();
    let expected = cut(&mut whole, &[SESSION]).unwrap();
    let expected = shown(&whole, &expected);
    assert_eq!(expected.len(), 7);
    assert_eq!(expected[2], "* 1 FETCH (UID 7 BODY[] {6 bytes} X {0 bytes}) ");
    for at in 0..=SESSION.len() {
        let mut split = framer();
        let (left, right) = SESSION.split_at(at);
        let got = cut(&mut split, &[left, right]).unwrap();
        assert_eq!(shown(&split, &got), expected, "split at {at}");
    }
    let mut bytes = framer();
    let single: Vec<&[u8]> = SESSION.chunks(1).collect();
    let got = cut(&mut bytes, &single).unwrap();
    assert_eq!(shown(&bytes, &got), expected);
}

/// PS25-PS27: what is too long, too large or too deep ends the connection before it costs memory or stack.
#[rstest]
#[case(b"* OK ".to_vec(), b"a".repeat(2_000_000), Breach::Line)]
#[case(b"* X ".to_vec(), [b"(".repeat(65), b"\r\n".to_vec()].concat(), Breach::Nesting)]
#[case(b"* 1 FETCH (BODYSTRUCTURE ".to_vec(), [b"(".repeat(400), b"\r\n".to_vec()].concat(), Breach::Nesting)]
#[case(b"* 1 FETCH (BODY[] {99999999999}\r\n".to_vec(), vec![], Breach::Literal)]
#[case(b"* 1 FETCH (BODY[] {99999999999999999999999}\r\n".to_vec(), vec![], Breach::Literal)]
#[case(b"* LIST () \"/\" {1048577}\r\n".to_vec(), vec![], Breach::Literal)]
#[case(b"HTTP/1.1".to_vec(), vec![], Breach::Greeting)]
#[case(vec![0x15, 3, 1], vec![], Breach::Greeting)]
#[case(b"\r\n".to_vec(), vec![], Breach::Greeting)]
fn bounds_hold(#[case] start: Vec<u8>, #[case] rest: Vec<u8>, #[case] breach: Breach) {
    assert_eq!(cut(&mut framer(), &[&start, &rest]).unwrap_err(), breach);
}

/// Brackets inside strings do not nest, and a list as deep as real answers is fine.
#[test]
fn real_depth_is_fine() {
    let quoted = [b"* X \"".as_slice(), &b"(".repeat(500), b"\"\r\n"].concat();
    let flat = [b"* X ".as_slice(), &b"() ".repeat(500), b"\r\n"].concat();
    assert_eq!(cut(&mut framer(), &[&quoted, &flat]).unwrap().len(), 2);
}

/// PS25: a header that is too large is thrown away and the next message comes whole; a body is refused.
#[test]
fn oversize_costs_one_message() {
    let answers = b"* 1 FETCH (UID 1 BODY[] {9}\r\n123456789)\r\n* 2 FETCH (UID 2 BODY[] {2}\r\nab)\r\n";
    let mut skipping = framer();
    skipping.limit(Limits { literal: 5, oversize: Oversize::Skip });
    let got = cut(&mut skipping, &[answers]).unwrap();
    assert!(matches!(got[0].literals[..], [Literal::TooLong]));
    assert!(matches!(&got[1].literals[..], [Literal::Bytes(bytes)] if bytes == b"ab"));
    let mut refusing = framer();
    refusing.limit(Limits { literal: 5, oversize: Oversize::Refuse });
    assert_eq!(cut(&mut refusing, &[answers]).unwrap_err(), Breach::Literal);
}

/// A SEARCH of a million UIDs comes in pieces that lose nothing.
#[test]
fn long_searches_come_in_pieces() {
    let uids: Vec<String> = (1..=200_000).map(|uid| uid.to_string()).collect();
    let line = format!("* SEARCH {}\r\n", uids.join(" "));
    let pieces: Vec<&[u8]> = line.as_bytes().chunks(16_384).collect();
    let got = cut(&mut framer(), &pieces).unwrap();
    assert!(got.len() > 5 && got.iter().all(|frame| frame.line.len() < 100_000));
    let text: String = got
        .iter()
        .map(|frame| String::from_utf8_lossy(&frame.line).replace("* SEARCH", "").replace("\r\n", ""))
        .collect();
    assert_eq!(text.split_whitespace().collect::<Vec<_>>(), uids);
}

/// PS28, RL56: imap-proto never sees what it panics on, and what it cannot read is known beforehand.
#[rstest]
#[case("* 1 FETCH (INTERNALDATE NIL)\r\n", false)]
#[case("+ [ALERT]\u{e9}\r\n", false)]
#[case("* OK[ALERT]\u{e9}\r\n", false)]
#[case("a1 OK [ALERT]\u{e9} x\r\n", false)]
#[case("* METADATA \"\u{e9}\" (\u{e9})\r\n", false)]
#[case("* FLAGS (\"a b\")\r\n", false)]
#[case("* ESEARCH (TAG \"x\") UID ALL 1:2\r\n", false)]
#[case("* NAMESPACE NIL NIL NIL\r\n", false)]
#[case("* STATUS x (SIZE 9)\r\n", false)]
#[case("* THREAD (1)(2)\r\n", false)]
#[case("* ID (name x)\r\n", false)]
#[case("* XFOO bar\r\n", false)]
#[case("* 1 FETCH (RFC822.SIZE 99999999999)\r\n", false)]
#[case("* LIST () \"/\" \"a\\\"b\"\r\n", false)]
#[case("* 3 EXISTS\r\n", true)]
#[case("* 1 FETCH (UID 1 FLAGS (\\Seen) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")\r\n", true)]
#[case("* VANISHED (EARLIER) 1:3\r\n", true)]
#[case("* LIST (\\HasNoChildren \\Trash) \"/\" Trash\r\n", true)]
fn knows_what_imap_proto_reads(#[case] line: &str, #[case] expected: bool) {
    assert_eq!(understood(line.as_bytes(), framer().marker()).is_some(), expected);
}

/// What a server says to our FETCH of headers is read in one pass; what is written otherwise is not.
#[rstest]
#[case::dovecot(
    "* 7 FETCH (UID 9 FLAGS (\\Seen $Junk) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 44 \
    BODY[HEADER.FIELDS (DATE FROM LIST-ID)] {3}\r\na\r\n MODSEQ (5))\r\n",
    true
)]
#[case::no_flags("* 1 FETCH (FLAGS () UID 0)\r\n", true)]
#[case::two_bodies("* 1 FETCH (BODY[HEADER.FIELDS (A)] {1}\r\nx BODY[HEADER.FIELDS (B)] {1}\r\ny)\r\n", false)]
#[case::no_date("* 1 FETCH (INTERNALDATE NIL)\r\n", false)]
#[case::escaped("* 1 FETCH (INTERNALDATE \"17-Jul-1996 02:44:25 \\\"0700\")\r\n", false)]
#[case::too_large("* 1 FETCH (UID 4294967296)\r\n", false)]
#[case::empty_flag("* 1 FETCH (FLAGS (\\Seen  a))\r\n", false)]
#[case::bare_backslash("* 1 FETCH (FLAGS (\\))\r\n", false)]
#[case::unknown("* 1 FETCH (X-GM-LABELS ())\r\n", false)]
#[case::cut_short("* 1 FETCH (UID 7\r\n", false)]
#[case::more("* 1 FETCH (UID 7) \r\n", false)]
fn common_answers_are_read_in_one_pass(#[case] line: &str, #[case] expected: bool) {
    let mut framer = framer();
    let frames = cut(&mut framer, &[line.as_bytes()]).unwrap();
    assert_eq!(common_fetch(&frames[0].line, framer.marker()).is_some(), expected);
    assert!(same_as_imap_proto(&frames[0].line, &framer), "{line}");
}

/// Whether imap-proto reads what is read in one pass, and the same way.
fn same_as_imap_proto(line: &[u8], framer: &Framer) -> bool {
    common_fetch(line, framer.marker()).is_none_or(|item| {
        let proto = understood(line, framer.marker()).map(|response| Answer::from_proto(&response));
        proto.is_some_and(|proto| format!("{proto:?}") == format!("{:?}", Answer::Fetch(item)))
    })
}

/// FETCH answers, right and nearly right.
fn fetches() -> impl Strategy<Value = String> {
    let words = [
        "UID 3",
        "UID 0",
        "UID 4294967295",
        "RFC822.SIZE 007",
        "RFC822.SIZE 4294967296",
        "MODSEQ (7)",
        "MODSEQ (18446744073709551615)",
        "MODSEQ 7",
        "FLAGS ()",
        "FLAGS (\\Seen $x)",
        "FLAGS (\\*)",
        "FLAGS (a.b \\Recent _)",
        "FLAGS ( a)",
        "FLAGS (a\\b)",
        "INTERNALDATE \" 1-Feb-2026 02:44:25 -0700\"",
        "INTERNALDATE \"nonsense\"",
        "INTERNALDATE \"\"",
        "BODY[HEADER.FIELDS (DATE FROM)] {2}\r\nab",
        "BODY[HEADER.FIELDS ()] {2}\r\nab",
        "BODY[HEADER] {2}\r\nab",
        "BODY[] NIL",
        "(",
        "",
    ];
    (any::<u32>(), proptest::collection::vec(0..words.len(), 0..6), 0..words.len() * 40).prop_map(
        move |(seq, picks, odd)| {
            let mut picked: Vec<&str> = picks.into_iter().map(|pick| words[pick]).collect();
            picked.extend(words.get(odd));
            format!("* {seq} FETCH ({})\r\n", picked.join(" "))
        },
    )
}

fn noise() -> impl Strategy<Value = Vec<u8>> {
    let words = [
        "* ",
        "1 FETCH (",
        "UID 3 ",
        "FLAGS (\\Seen)",
        "BODY[] ",
        "{3}\r\n",
        "\"a\\\"b\"",
        ")",
        "(",
        "\r\n",
        "\n",
        "OK ",
        "[ALERT]",
        "LIST () NIL x",
        "\u{e9}",
        "\0",
        "p1.1 ",
        "+ ",
        "SEARCH 1 2",
        "NIL",
        "{0}\r\n",
        "STATUS x (",
        "METADATA ",
    ];
    proptest::collection::vec((0..words.len(), any::<u8>()), 0..60).prop_map(move |picks| {
        let mut bytes = b"* ".to_vec();
        for (word, byte) in picks {
            bytes.extend_from_slice(words[word].as_bytes());
            if byte < 40 {
                bytes.push(byte);
            }
        }
        bytes
    })
}

proptest! {
    /// P10: what is read in one pass is read as imap-proto reads it, whatever it holds.
    #[test]
    fn one_pass_reads_as_imap_proto_does(line in fetches(), at in any::<proptest::sample::Index>(), byte in any::<u8>()) {
        let mut framer = framer();
        for frame in cut(&mut framer, &[line.as_bytes()]).unwrap_or_default() {
            prop_assert!(same_as_imap_proto(&frame.line, &framer), "{line}");
            let mut bent = frame.line.clone();
            let place = at.index(bent.len());
            bent[place] = byte;
            prop_assert!(same_as_imap_proto(&bent, &framer), "{}", bent.escape_ascii());
        }
    }

    /// P10: no bytes make the guard or imap-proto panic, and cutting does not depend on how they arrive.
    #[test]
    fn no_noise_breaks_it(bytes in noise(), at in any::<proptest::sample::Index>()) {
        let (mut whole, mut split) = (framer(), framer());
        let expected = cut(&mut whole, &[&bytes]);
        let (left, right) = bytes.split_at(at.index(bytes.len() + 1));
        let got = cut(&mut split, &[left, right]);
        match (expected, got) {
            (Ok(expected), Ok(got)) => {
                prop_assert_eq!(shown(&whole, &expected), shown(&split, &got));
                for frame in expected {
                    drop(understood(&frame.line, whole.marker()));
                    crate::imap::lines::status_line(&frame.line);
                    crate::imap::lines::data_line(&frame.line);
                }
            }
            (Err(expected), Err(got)) => prop_assert_eq!(expected, got),
            (expected, got) => prop_assert!(false, "{expected:?} {got:?}"),
        }
    }
}
