//! Status lines and response codes.

use rstest::rstest;

use super::{Answer, Status, data_line, status_line};
use crate::mail::{Uid, UidValidity};

/// Response codes of every shape are found, with and without text, with brackets inside.
#[rstest]
#[case("* OK [UIDVALIDITY 12] fine", "UIDVALIDITY", "fine")]
#[case("a1 NO [TRYCREATE] no such folder", "TRYCREATE", "no such folder")]
#[case("a1 NO [trycreate]", "TRYCREATE", "")]
#[case("* OK [PERMANENTFLAGS (OIB-Seen-[Gmail]/All \\*)] ok", "PERMANENTFLAGS", "ok")]
#[case("* OK [BADCHARSET (UTF-8)] x", "BADCHARSET", "x")]
#[case("* OK [X-UNKNOWN a b] text ] more", "X-UNKNOWN", "text ] more")]
fn reads_codes(#[case] line: &str, #[case] name: &str, #[case] text: &str) {
    let status = status_line(line.as_bytes()).unwrap();
    assert_eq!((status.code.unwrap().name.as_str(), status.text.as_str()), (name, text));
}

/// PS28: the bytes that make imap-proto panic are plain text here.
#[test]
fn survives_the_known_panics() {
    let status = status_line(b"* OK [ALERT]\xE9 x\r\n").unwrap();
    assert_eq!((status.code.unwrap().name.as_str(), status.text.as_str()), ("ALERT", "\u{fffd} x"));
    let bare = status_line(b"a1 BAD\r\n").unwrap();
    assert_eq!((bare.status, bare.text.as_str()), (Status::Bad, ""));
    assert!(matches!(data_line(b"* METADATA \"\xff\" (\xff)\r\n"), Answer::Other(_)));
    let Answer::Fetch(item) = data_line(b"* 3 FETCH (UID 9 INTERNALDATE NIL FLAGS ())\r\n") else { panic!("no FETCH") };
    assert_eq!((item.uid, item.date, item.broken), (Some(Uid(9)), None, false));
}

/// PS12: what is no IMAP is called garbage, not data.
#[rstest]
#[case("HTTP/1.1 200 OK\r\n")]
#[case("220 mail ESMTP\r\n")]
#[case("\u{15}\u{3}\u{1}\r\n")]
fn knows_garbage(#[case] line: &str) {
    assert!(status_line(line.as_bytes()).is_none_or(|status| status.tag != "*"));
    assert!(matches!(data_line(line.as_bytes()), Answer::Garbage));
}

/// RL29: COPYUID is read in order, from any place; sets that do not match prove nothing.
#[test]
fn reads_copyuid() {
    let copied = |line: &[u8]| status_line(line).and_then(|status| status.code).and_then(|code| code.copy_uid());
    let pairs = copied(b"* OK [COPYUID 7 5,1:2 20:21,30] done\r\n").unwrap();
    assert_eq!(pairs.uid_validity, UidValidity(7));
    assert_eq!(pairs.pairs, vec![(Uid(5), Uid(20)), (Uid(1), Uid(21)), (Uid(2), Uid(30))]);
    assert_eq!(copied(b"* OK [COPYUID 7 1:3 4:5] done\r\n"), None);
    assert_eq!(copied(b"* OK [COPYUID 7 1:4294967295 1:4294967295] done\r\n"), None);
    assert_eq!(copied(b"* OK [COPYUID 0 1 1] done\r\n"), None);
    assert!(matches!(data_line(b"* [COPYUID 7 1 2]\r\n"), Answer::CopyUid(_)));
    assert!(matches!(data_line(b"[COPYUID 7 1 2] moved\r\n"), Answer::CopyUid(_)));
    let append = status_line(b"a OK [APPENDUID 7 9] done").unwrap().code.unwrap().append_uid();
    assert_eq!(append, Some((UidValidity(7), Uid(9))));
}

/// RL15, RL52: numbers out of range are unknown, never wrapped.
#[test]
fn numbers_out_of_range_are_unknown() {
    for line in ["* OK [UIDVALIDITY 0]", "* OK [UIDVALIDITY 4294967296]", "* OK [UIDVALIDITY]", "* OK [UIDVALIDITY -1]"]
    {
        assert_eq!(status_line(line.as_bytes()).unwrap().code.unwrap().nonzero(), None, "{line}");
    }
    let Answer::Fetch(item) = data_line(b"* 1 FETCH (UID 4294967296 RFC822.SIZE 9999999999 FLAGS (\"a b\" \\Seen))")
    else {
        panic!("no FETCH")
    };
    assert_eq!((item.uid, item.size), (None, Some(9_999_999_999)));
    assert!(item.flags.unwrap().seen());
}

/// RL40: of a FETCH that cannot be read, the UID is saved, and never one from inside a string.
#[rstest]
#[case("* 4 FETCH (UID 17 ENVELOPE (\"a \"b\" c\" NIL)\r\n", Some(17))]
#[case("* 4 FETCH (FLAGS () UID 17 X ((\r\n", Some(17))]
#[case("* 4 FETCH (ENVELOPE (\"x UID 3 \" \" UID 17 ((\r\n", None)]
#[case("* 4 FETCH (UID x ((\r\n", None)]
fn saves_the_uid_of_a_broken_fetch(#[case] line: &str, #[case] uid: Option<u32>) {
    let Answer::Fetch(item) = data_line(line.as_bytes()) else { panic!("no FETCH") };
    assert!(item.broken);
    assert_eq!(item.uid, uid.map(Uid));
}

/// RL54, RL56: LIST with odd names, STATUS with unknown items, ESEARCH, NAMESPACE.
#[test]
fn reads_what_imap_proto_does_not() {
    let Answer::List(list) = data_line(b"* LIST (\\Noselect) NIL \"a\\\"b\\\\c\"\r\n") else { panic!("no LIST") };
    assert_eq!((list.raw.as_str(), list.delimiter, list.mangled), ("a\"b\\c", None, false));
    let Answer::List(list) = data_line(b"* LIST () \"/\" \"caf\xE9\"\r\n") else { panic!("no LIST") };
    assert!(list.mangled);
    let Answer::MailboxStatus { raw, status } = data_line(b"* STATUS x (MESSAGES 3 SIZE 99 MAILBOXID (F1))\r\n") else {
        panic!("no STATUS")
    };
    assert_eq!((raw.as_str(), status.messages), ("x", Some(3)));
    let line = b"* ESEARCH (TAG \"t1\") UID MIN 1 ALL 1:3,7\r\n";
    assert!(matches!(data_line(line), Answer::Search(all) if all.to_string() == "1:3,7"));
    assert!(matches!(data_line(b"* ESEARCH (TAG \"t1\") UID\r\n"), Answer::Search(all) if all.is_empty()));
    let line = b"* NAMESPACE ((\"\" \"/\")) ((\"~\" \"/\" \"X\" (\"a\"))) ((\"#shared/\" NIL))\r\n";
    let Answer::Namespace(namespaces) = data_line(line) else { panic!("no NAMESPACE") };
    assert_eq!(namespaces.0.len(), 3);
    assert_eq!(namespaces.0[2].prefix, "#shared/");
    assert_eq!(namespaces.0[2].delimiter, None);
}
