//! What goes over the wire, held against a receiver that is written from the RFC alone.

use proptest::{prop_assert_eq, proptest};

use super::{Error, Mail, address, lines, xtext};
use crate::letter::Parcel;

fn parcel(bytes: &[u8]) -> Parcel {
    Parcel {
        from: "ada@example.org".to_owned(),
        to: vec!["bob@example.org".to_owned()],
        bytes: bytes.to_vec(),
        message_id: "1@example.org".to_owned(),
    }
}

/// The mails that a receiver takes out of what stands behind DATA, one after the other (RFC 5321, section 4.5.2): it knows
/// CR LF alone for the end of a line.
fn received(mut wire: &[u8]) -> Vec<Vec<u8>> {
    let (mut mails, mut mail) = (Vec::new(), Vec::new());
    while !wire.is_empty() {
        let end = wire.windows(2).position(|two| two == b"\r\n").map_or(wire.len(), |at| at + 2);
        let (line, rest) = wire.split_at(end);
        wire = rest;
        if line == b".\r\n" {
            mails.push(std::mem::take(&mut mail));
            continue;
        }
        mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
    }
    mails
}

fn sent(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mail = Mail::of(&parcel(bytes)).unwrap();
    received(&[mail.body.as_slice(), b".\r\n"].concat())
}

/// SN01: lone dots, bare CR and LF, and what could end a mail early for one server or another.
#[test]
fn a_mail_is_one_mail() {
    for text in [
        ".",
        "..",
        "\r\n.\r\n",
        "a\n.\nMAIL FROM:<evil@example.org>\n",
        "a\r.\r",
        "a\r\n.\nb",
        "a\n.\r\nb",
        "a\r\r\n.\r\r\n",
        "a\r\n.\r\n.\r\nQUIT\r\n",
        "",
        "\n",
        "a\r",
    ] {
        let bytes = format!("Subject: x\r\n\r\n{text}");
        let mails = sent(bytes.as_bytes());
        assert_eq!(mails, [lines(bytes.as_bytes())], "{text:?}");
        assert!(!mails[0].windows(2).any(|two| (two[1] == b'\n') != (two[0] == b'\r')), "{text:?}");
    }
}

proptest! {
    /// SN01: whatever a mail is made of, what is received is what was sent, and it is one mail.
    #[test]
    fn what_is_received_is_what_was_sent(body in "[a.\r\n]{0,60}|(\\.|\r\n|\n|\r|é|text ){0,40}") {
        let bytes = format!("Subject: x\r\n\r\n{body}");
        let mails = sent(bytes.as_bytes());
        prop_assert_eq!(&mails, &[lines(bytes.as_bytes())]);
        // Where the mail is right already nothing changes but the end of the last line.
        let plain = bytes.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
        let ended = if plain.ends_with("\r\n") { plain } else { format!("{plain}\r\n") };
        prop_assert_eq!(&sent(ended.as_bytes())[0], &ended.into_bytes());
    }
}

/// Fields that name hidden recipients do not leave, folded, in odd writing or not; the text may speak of them.
#[test]
fn bcc_never_leaves() {
    let mail = "To: bob@example.org\r\nBcc: eve@example.org,\r\n\tmallory@example.org\r\nBCC : x@example.org\r\n\
                Resent-Bcc: y@example.org\r\nBcc-Note: kept\r\nSubject: x\r\n y\r\n\r\nBcc: in the text\r\n";
    let expected = "To: bob@example.org\r\nBcc-Note: kept\r\nSubject: x\r\n y\r\n\r\nBcc: in the text\r\n";
    assert_eq!(String::from_utf8(sent(mail.as_bytes()).remove(0)).unwrap(), expected);
    let bare = "Bcc: eve@example.org\nSubject: x\n\nhi";
    assert_eq!(sent(bare.as_bytes()), [b"Subject: x\r\n\r\nhi\r\n"]);
}

/// What no server takes is not offered to any.
#[test]
fn what_cannot_be_sent_is_said() {
    let why = |bytes: &[u8]| Mail::of(&parcel(bytes)).unwrap_err().to_string();
    let line = |length: usize| format!("Subject: x\r\n\r\n{}\r\n", "x".repeat(length)).into_bytes();
    assert!(Mail::of(&parcel(&line(998))).is_ok());
    assert_eq!(why(&line(999)), "A line of this mail has 999 bytes, and servers take 998 at most");
    assert!(why(b"Subject: x\r\n\r\n\0").contains("NUL"));
    let nobody = Parcel { to: Vec::new(), ..parcel(b"x") };
    assert!(matches!(Mail::of(&nobody), Err(Error::Unsendable(text)) if text.contains("Nobody")));
}

/// A domain goes as A-labels; a local part beyond ASCII needs SMTPUTF8, and so does a header beyond it.
#[test]
fn letters_beyond_ascii_are_counted() {
    let mail = |to: &str, bytes: &str| {
        let parcel = Parcel { to: vec![to.to_owned()], ..parcel(bytes.as_bytes()) };
        let mail = Mail::of(&parcel).unwrap();
        (mail.to[0].0.clone(), mail.utf8, mail.eight_bit)
    };
    let ascii = "Subject: x\r\n\r\nhi\r\n";
    assert_eq!(mail("bob@bücher.example", ascii), ("bob@xn--bcher-kva.example".to_owned(), false, false));
    assert_eq!(mail("böb@bücher.example", ascii), ("böb@xn--bcher-kva.example".to_owned(), true, false));
    assert_eq!(mail("bob@example.org", "Subject: ü\r\n\r\nhi\r\n"), ("bob@example.org".to_owned(), true, true));
    assert_eq!(mail("bob@example.org", "Subject: x\r\n\r\nü\r\n"), ("bob@example.org".to_owned(), false, true));
}

/// Nothing in an address can become a command or a parameter.
#[test]
fn addresses_carry_no_command() {
    for good in
        ["a@b.example", "a+b@b.example", "\"a b\"@b.example", "\"a\\\"b\"@b.example", "a@[127.0.0.1]", "o'x@b.example"]
    {
        assert_eq!(address(good).unwrap(), good);
    }
    for bad in [
        "a@b\r\nRCPT TO:<eve@example.org>",
        "a\r\n@b.example",
        "a@b> NOTIFY=NEVER",
        "a>@b.example",
        "<a@b.example>",
        "a b@b.example",
        "\"a\"b\"@b.example",
        "\"a\\\"@b.example",
        "\"a\r\nb\"@b.example",
        "a@b example",
        "a@",
        "@b.example",
        "a",
        "",
        "a@b@c.example",
        "a@[1> x]",
        "a@b.example\0",
    ] {
        assert!(address(bad).is_err(), "{bad:?}");
    }
    assert!(address(&format!("{}@b.example", "x".repeat(300))).is_err());
}

/// RFC 3461, section 4.
#[test]
fn xtext_hides_what_it_must() {
    assert_eq!(xtext("a+b=c d@é"), "a+2Bb+3Dc+20d@+C3+A9");
}
