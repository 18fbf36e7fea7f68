//! Mails that programs wrote: mended where they must be, and else as they were.

use super::super::{Desk, Problem, Stamp, Start, Written, narrowed, written};
use crate::letter::style::{Identity, Style, Writer};
use crate::letter::{LetterId, Mailbox};
use crate::mail::UnixTime;

use jiff::tz::TimeZone;

fn read(mail: &[u8], to: Option<&str>) -> Result<Written, Problem> {
    let mailbox = |name: &str, address: &str| Mailbox { name: name.to_owned(), address: address.to_owned() };
    let identities = vec![Identity { mailbox: mailbox("Dana", "dana@example.org"), signature: "never".to_owned() }];
    let writers = [Writer { account: "work".to_owned(), identities }];
    let style = Style::default();
    let now = UnixTime(1_790_000_000);
    let start = Start { id: LetterId(1), now, chance: 7 };
    let desk = Desk { writers: &writers, account: "work", style: &style, zone: TimeZone::UTC, start };
    let to = to.map(|to| vec![mailbox("", to)]);
    written(mail, to.as_deref(), &desk, &Stamp { now, zone: TimeZone::UTC, agent: None })
}

fn text(written: &Written) -> String {
    String::from_utf8(written.built.parcel.bytes.clone()).unwrap()
}

/// What is there and right is not touched: not a field, not a fold, not a byte of the text; what only the way adds, and Bcc,
/// is taken out with its folded lines.
#[test]
fn what_is_right_stays() {
    let mail = "From: Eve <eve@example.org>\r\nTO: ada@example.org,\r\n bob@example.org\r\nBcc: a@b.example,\r\n\tc@d.example\r\n\
        Return-Path: <x@y>\r\ndate: Mon, 1 Jan 2024 00:00:00 +0100\r\nMessage-Id: <own@x>\r\nX-Odd :  kept \r\n\
        DKIM-Signature: v=1; b=abc\r\n def\r\n\r\nbody  \r\n\r\n";
    let written = read(mail.as_bytes(), None).unwrap();
    let rest = mail.replace("Bcc: a@b.example,\r\n\tc@d.example\r\n", "").replace("Return-Path: <x@y>\r\n", "");
    assert_eq!(text(&written), rest);
    let parcel = &written.built.parcel;
    assert_eq!((parcel.from.as_str(), parcel.message_id.as_str()), ("eve@example.org", "own@x"));
    assert_eq!(parcel.to, ["ada@example.org", "bob@example.org", "a@b.example", "c@d.example"]);
    assert!(written.built.kept().starts_with(b"Bcc: "));
}

/// What is missing is added, line ends are mended whatever they were, and an mbox line goes.
#[test]
fn what_is_missing_is_added() {
    let written = read(b"From ada Mon Jan  1\nTo: ada@example.org\nMessage-ID: none\n\none\rtwo\n", None).unwrap();
    let text = text(&written);
    assert!(
        text.starts_with("Date: Mon, 21 Sep 2026 14:13:20 +0000\r\nFrom: \"Dana\" <dana@example.org>\r\n"),
        "{text}"
    );
    assert!(
        text.contains("Message-ID: <00000000000000000000000000000007@example.org>\r\nTo: ada@example.org\r\n\r\n"),
        "{text}"
    );
    assert!(text.ends_with("\r\n\r\none\r\ntwo\r\n") && text.matches("Message-ID").count() == 1, "{text}");
    assert_eq!(written.letter.text, "one\ntwo");
    let bare = read(b"To: ada@example.org", None).unwrap();
    assert!(self::text(&bare).ends_with("To: ada@example.org\r\n\r\n"), "{:?}", self::text(&bare));
}

/// People who are named apart get it, and nobody else; the user's own letter knows of them.
#[test]
fn others_may_get_it() {
    let written = read(b"From: dana@example.org\nTo: ada@example.org\n\nhi\n", Some("bob@example.org")).unwrap();
    assert_eq!(written.built.parcel.to, ["bob@example.org"]);
    assert!(!text(&written).contains("bob@") && written.letter.bcc.len() == 1);
}

/// What has bytes beyond ASCII is the same without them for a server that takes none, and names the version that an encoding
/// needs; what is signed, or has them in its header, is not touched.
#[test]
fn seven_bits_say_the_same() {
    let mail = "From: dana@example.org\nContent-Type: text/plain; charset=utf-8\n\nGr\u{fc}n\n";
    let narrow = String::from_utf8(narrowed(mail.as_bytes()).unwrap()).unwrap();
    assert_eq!(
        narrow,
        "MIME-Version: 1.0\r\nFrom: dana@example.org\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BCn\r\n"
    );
    let versioned = narrowed(format!("Mime-Version: 1.0\r\n{mail}").as_bytes()).unwrap();
    assert!(versioned.starts_with(b"Mime-Version: 1.0\r\nFrom"));
    let signed = "Content-Type: multipart/signed; boundary=b\n\n--b\n\n\u{fc}\n--b--\n";
    for mail in [signed, "Subject: \u{fc}\n\n\u{fc}\n"] {
        assert_eq!(narrowed(mail.as_bytes()), None, "{mail}");
    }
}

/// What has bytes beyond ASCII and does not say what they are is said to be UTF-8, also where it had to be encoded; no field
/// stands there twice.
#[test]
fn bytes_beyond_ascii_are_named() {
    let long = "x".repeat(1_200);
    let wide = format!("f\u{fc}r\r\n{long}");
    let (long, wide) = (long.as_str(), wide.as_str());
    let (typed, version) = ("Content-Type: text/plain; charset=utf-8\r\n", "MIME-Version: 1.0\r\n");
    let quoted = "Content-Transfer-Encoding: quoted-printable\r\n";
    for (own, body, expected) in [
        ("", "f\u{fc}r", [version, typed, "Content-Transfer-Encoding: 8bit\r\n"].concat()),
        (version, "f\u{fc}r", [version, typed, "Content-Transfer-Encoding: 8bit\r\n"].concat()),
        (
            "Content-Transfer-Encoding: 8bit\r\n",
            "f\u{fc}r",
            ["Content-Transfer-Encoding: 8bit\r\n", version, typed].concat(),
        ),
        ("", wide, [quoted, version, typed].concat()),
        (version, wide, [version, quoted, typed].concat()),
        (typed, wide, [typed, quoted, version].concat()),
        ("", long, [quoted, version].concat()),
        ("", "for", String::new()),
    ] {
        let head = "From: dana@example.org\r\nTo: ada@example.org\r\n";
        let written = read(format!("{head}{own}\r\n{body}\n").as_bytes(), None).unwrap();
        let text = text(&written);
        let (_, rest) = text.split_once("To: ada@example.org\r\n").unwrap();
        let (fields, sent) = rest.split_once("\r\n\r\n").map_or(("", rest), |(fields, sent)| (fields, sent));
        assert_eq!(format!("{fields}\r\n").trim_start(), expected, "{own}{body}");
        assert!(sent.contains(if expected.contains("quoted") { "xxx=" } else { body }), "{sent}");
        assert_eq!(written.letter.text.trim_end(), body.replace('\r', ""), "{own}");
    }
}

/// SN01: no line too long leaves, and no byte that no text has; what is no mail is refused, and so is one for nobody.
#[test]
fn what_no_server_takes_is_mended_or_refused() {
    let long = format!(
        "From: dana@example.org\nTo: ada@example.org\nContent-Type: text/plain; charset=utf-8\n\n{}\n",
        "x".repeat(5_000)
    );
    let written = read(long.as_bytes(), None).unwrap();
    assert!(text(&written).lines().all(|line| line.len() <= 998) && text(&written).contains("quoted-printable"));
    let header = format!("From: dana@example.org\nTo: ada@example.org\nX-Long: {}\n\n\n", "x".repeat(5_000));
    for (mail, problem) in [
        (header.as_bytes(), Problem::Line),
        (b"From: dana@example.org\nTo: ada@example.org\nX: a\0b\n\nhi\n", Problem::Line),
        (b"hello there\n\nSubject: x\n", Problem::NoMail),
        (b"\nFrom: dana@example.org\n", Problem::NoMail),
        (b"", Problem::NoMail),
        (b"From: dana@example.org\n\nhi\n", Problem::Nobody),
    ] {
        assert_eq!(read(mail, None).unwrap_err(), problem, "{}", String::from_utf8_lossy(mail));
    }
}
