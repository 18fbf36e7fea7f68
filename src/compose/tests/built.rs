//! What is built is a mail as the RFCs have it, and reads back as what was typed.

use std::collections::BTreeMap;

use base64::Engine as _;
use mail_parser::{MessageParser, MimeHeaders, PartType};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::test_runner::TestCaseError;

use super::super::address::{on_the_wire, one_line, problem};
use super::super::entity::with_crlf;
use super::super::flowed::{self, Flow};
use super::super::{Built, Field, Problem, build, draft, header, markdown, resend};
use super::{apart, attachment, letter, mailbox, none, stamp};
use crate::letter::{Letter, Mailbox};

/// What servers and readers of SMTP count on: CRLF alone, no long line, no NUL (H60).
fn check_lines(bytes: &[u8]) -> Result<(), TestCaseError> {
    prop_assert!(bytes.ends_with(b"\r\n"));
    for line in String::from_utf8_lossy(bytes).split("\r\n") {
        prop_assert!(line.len() <= 998, "a line of {}", line.len());
        prop_assert!(!line.contains(['\r', '\n', '\0']), "{line:?}");
    }
    Ok(())
}

/// What people type and what attackers have them paste.
fn typed() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "\\PC{0,40}",
        "[ -~]{0,200}",
        "([a-z]{1,12} ){0,40}",
        "[a-zäöü€漢字🎉 ]{0,120}",
        "[x]{60,1200}",
        "[ \t\r\n.,<>@:;\"\\\\()=?_%*'a-c]{0,60}",
        Just("=?utf-8?Q?Bcc:_x=40y.example?=".to_owned()),
        Just("hi\r\nBcc: victim@example.test\r\n\r\nbody".to_owned()),
        Just("\r\n.\r\nMAIL FROM:<x@y>\r\n.\n.\r.\r\n".to_owned()),
        Just(format!("{}ä", "a".repeat(900))),
        Just("👩‍👩‍👧‍👦".repeat(40)),
    ]
}

fn addresses() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,20}@[a-z]{1,20}\\.example",
        "[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,60}@[a-z]{1,60}\\.example",
        "\"[a-z@.,:;]{1,30}\"@x\\.example",
        "[a-zäöü漢]{1,10}@[a-zäöü]{1,10}\\.example",
        Just("a@[192.0.2.1]".to_owned()),
    ]
    .prop_filter("an address", |address| problem(address).is_none())
}

fn mailboxes(most: usize) -> impl Strategy<Value = Vec<Mailbox>> {
    vec((typed(), addresses()).prop_map(|(name, address)| mailbox(&name, &address)), 0..=most)
}

fn wired(mailboxes: &[Mailbox]) -> Vec<(String, String)> {
    mailboxes.iter().map(|one| (one_line(&one.name), on_the_wire(&one.address).unwrap())).collect()
}

fn read(field: Option<&mail_parser::Address<'_>>) -> Vec<(String, String)> {
    let people = field.into_iter().flat_map(mail_parser::Address::iter);
    let name = |one: &mail_parser::Addr<'_>| one.name.as_deref().unwrap_or_default().to_owned();
    people.filter_map(|one| Some((name(one), one.address.as_deref()?.to_owned()))).collect()
}

/// A text as flowed text can say it: marks stand together, a blank behind them.
fn normal(text: &str) -> String {
    let line = |line: &str| {
        let bare = line.trim_start_matches('>');
        let depth = (line.len() - bare.len()).min(40);
        let text = if depth > 0 { bare.strip_prefix(' ').unwrap_or(bare) } else { bare };
        let gap = if depth > 0 && !text.is_empty() { " " } else { "" };
        format!("{}{gap}{text}", ">".repeat(depth))
    };
    flowed::tidy(&flowed::tidy(text).split('\n').map(line).collect::<Vec<_>>().join("\n"))
}

fn check(letter: &Letter, bytes: &[u8], built: &Built) -> Result<(), TestCaseError> {
    const KNOWN: [&str; 12] = [
        "Date",
        "From",
        "Reply-To",
        "To",
        "Cc",
        "Subject",
        "Message-ID",
        "In-Reply-To",
        "References",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
    ];
    let mail = &built.parcel.bytes;
    check_lines(mail)?;
    check_lines(&built.kept())?;
    let (header, _) = apart(mail);
    let mut names: Vec<&str> = header.iter().map(|line| line.split(':').next().unwrap()).collect();
    prop_assert!(names.iter().all(|name| KNOWN.contains(name)), "{names:?}");
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    prop_assert_eq!(count, names.len());
    let parsed = MessageParser::default().parse(&mail[..]).unwrap();
    prop_assert_eq!(parsed.subject().unwrap_or_default(), one_line(&letter.subject));
    prop_assert_eq!(read(parsed.from()), wired(std::slice::from_ref(&letter.from)));
    prop_assert_eq!(read(parsed.to()), wired(&letter.to));
    prop_assert_eq!(read(parsed.cc()), wired(&letter.cc));
    prop_assert_eq!(parsed.message_id(), Some(letter.message_id.as_str()));
    let text = parsed.body_text(0).unwrap_or_default();
    prop_assert_eq!(flowed::read(&text, Flow::Flowed), normal(&letter.text));
    let file = parsed.attachment(0).unwrap();
    prop_assert_eq!(file.attachment_name().unwrap_or_default(), one_line(&letter.attachments[0].name));
    prop_assert_eq!(file.contents(), bytes);
    let kept = built.kept();
    let kept = MessageParser::default().parse(&kept[..]).unwrap();
    prop_assert_eq!(read(kept.bcc()), wired(&letter.bcc));
    Ok(())
}

proptest! {
    /// Whatever is typed into any field becomes a mail that says it, and nothing else.
    #[test]
    fn a_letter_reads_back(
        from in (typed(), addresses()),
        people in (mailboxes(4), mailboxes(2), mailboxes(2)),
        subject in typed(),
        text in vec(typed(), 0..4),
        name in typed(),
        bytes in vec(any::<u8>(), 0..300),
        markdown in any::<bool>(),
    ) {
        let (to, cc, bcc) = people;
        let written = Letter {
            from: mailbox(&from.0, &from.1),
            to, cc, bcc, subject, markdown,
            text: text.join("\n"),
            attachments: vec![attachment(&name, "application/x-test", bytes.len())],
            ..letter()
        };
        let parts = BTreeMap::from([("1".to_owned(), bytes.clone())]);
        match build(&written, &parts, &stamp()) {
            Ok(built) => check(&written, &bytes, &built)?,
            Err(problem) => prop_assert_eq!(problem, Problem::Nobody),
        }
    }

    /// What is no address never gets into a mail, and is named.
    #[test]
    fn what_is_no_address_is_refused(text in typed()) {
        let address = one_line(&text);
        let written = Letter { to: vec![mailbox("", &address)], ..letter() };
        match build(&written, &none(), &stamp()) {
            Ok(built) => prop_assert!(problem(&address).is_none() && built.parcel.to.len() == 1),
            Err(problem) => prop_assert_eq!(problem, Problem::Address { field: Field::To, text: address }),
        }
    }

    /// Text attachments come out byte for byte, in whatever charset and with whatever line ends.
    #[test]
    fn text_files_stay_as_they_are(
        bytes in vec(prop_oneof![any::<u8>(), b' '..=b'z', Just(b'\n'), Just(b'\r')], 0..400),
        crlf in any::<bool>(),
        inline in any::<bool>(),
    ) {
        let bytes = if crlf { with_crlf(&bytes) } else { bytes };
        let mut file = attachment("a.txt", "Text/Plain; x=y; charset=\"iso-8859-1\"", bytes.len());
        file.inline = inline;
        let written = Letter { attachments: vec![file], ..letter() };
        let parts = BTreeMap::from([("1".to_owned(), bytes.clone())]);
        let built = build(&written, &parts, &stamp()).unwrap();
        check_lines(&built.parcel.bytes)?;
        let parsed = MessageParser::default().parse(&built.parcel.bytes).unwrap();
        let part = parsed.parts.last().unwrap();
        prop_assert_eq!(part.content_type().and_then(|kind| kind.attribute("charset")), Some("iso-8859-1"));
        let raw = &built.parcel.bytes[part.raw_body_offset() as usize..part.raw_end_offset() as usize];
        if part.content_transfer_encoding() == Some("base64") {
            let text: Vec<u8> = raw.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
            prop_assert_eq!(base64::engine::general_purpose::STANDARD.decode(text).unwrap(), bytes);
        } else {
            prop_assert!(raw.starts_with(&bytes));
        }
    }

    /// SN01: a mail that is attached or sent again has CRLF lines alone, and its Bcc stays here (H60).
    #[test]
    fn messages_go_on_whole(pieces in vec(prop_oneof![
        Just(b"Subject: x\r\n".to_vec()),
        Just(b"bcc : x@y\r".to_vec()),
        Just(b"\n.\r\n".to_vec()),
        Just(b"\r.\r".to_vec()),
        Just(b"Bcc: x@y\n hidden\n".to_vec()),
        Just(vec![b'x'; 1_000]),
        vec(any::<u8>(), 0..80),
    ], 0..12)) {
        let bytes = pieces.concat();
        let parts = BTreeMap::from([("1".to_owned(), bytes.clone())]);
        let attached = Letter { attachments: vec![attachment("a.eml", "message/rfc822", bytes.len())], ..letter() };
        let built = build(&attached, &parts, &stamp()).unwrap();
        check_lines(&built.parcel.bytes)?;
        let header = String::from_utf8_lossy(&attached_mail(&built.parcel.bytes)).replace("\r\n", "\n").replace('\r', "\n");
        let header = header.split("\n\n").next().filter(|_| !header.starts_with('\n')).unwrap_or_default();
        let hidden = |line: &str| line.get(..3).is_some_and(|name| name.eq_ignore_ascii_case("bcc"));
        prop_assert!(!header.split('\n').any(hidden), "{header}");
        let again = Letter { resend: Some("1".into()), ..letter() };
        match build(&again, &parts, &stamp()) {
            Ok(built) => {
                for line in built.parcel.bytes.strip_suffix(b"\r\n").unwrap().split(|byte| *byte == b'\n') {
                    prop_assert!(line.len() <= 999 && !line.contains(&0));
                    prop_assert!(line.iter().rev().skip(1).all(|byte| *byte != b'\r'));
                }
                let text = String::from_utf8_lossy(&built.parcel.bytes).into_owned();
                let (header, _) = text.split_once("\r\n\r\n").unwrap();
                prop_assert!(!header.split("\r\n").any(|line| line.starts_with("Bcc:")), "{header}");
            }
            Err(problem) => prop_assert_eq!(problem, Problem::Resend),
        }
    }
}

/// The mail that is the last part, as it is read at the other end.
fn attached_mail(bytes: &[u8]) -> Vec<u8> {
    let parsed = MessageParser::default().parse(bytes).unwrap();
    let part = parsed.parts.last().unwrap();
    if let PartType::Message(_) = part.body {
        return bytes[part.raw_body_offset() as usize..part.raw_end_offset() as usize].to_vec();
    }
    part.contents().to_vec()
}

/// The header of an attached mail ends where it ended, however its lines do, when its last field stays here.
#[test]
fn the_header_ends_where_it_ended() {
    let mail = b"Subject: x\rBcc: x@y\n hidden\n\n.\r\nBcc: is a word\r".to_vec();
    let attached = Letter { attachments: vec![attachment("a.eml", "message/rfc822", mail.len())], ..letter() };
    let built = build(&attached, &BTreeMap::from([("1".to_owned(), mail)]), &stamp()).unwrap();
    let text = String::from_utf8(attached_mail(&built.parcel.bytes)).unwrap();
    assert_eq!(text.split_once("\r\n\r\n").unwrap().0, "Subject: x", "{text:?}");
    assert!(!text.contains("x@y"), "{text:?}");
}

/// Our own copies of mails and drafts say who gets them unseen, and what was half typed: whoever gets one attached does not
/// read that, whether it can go as a message or only as a file.
#[test]
fn what_is_the_writers_own_is_not_handed_on() {
    let header = "X-Posthaste-Draft: 1.2\nBcc: Boss <boss@acme.example>,\n\tchief@acme.example\nX-Posthaste-Letter: e30=\n e30=\n\
                  Subject: Plan\nRESENT-BCC : boss@acme.example\nTo: a@x.example\n";
    for body in ["\nBcc: is a word\n", "", "\nContent-Type: multipart/signed\n\n\u{fc}\n"] {
        for end in ["\n", "\r\n", "\r"] {
            for signed in ["", "Content-Type: multipart/signed; boundary=b\n"] {
                let mail = format!("{signed}{header}{body}").replace('\n', end).into_bytes();
                let parts = BTreeMap::from([("1".to_owned(), mail)]);
                let attachments = vec![attachment("a.eml", "message/rfc822", 1)];
                let built = build(&Letter { attachments, ..letter() }, &parts, &stamp()).unwrap();
                let mail = String::from_utf8(attached_mail(&built.parcel.bytes)).unwrap();
                let own = ["boss@", "chief@", "X-Posthaste", "e30="].iter().any(|own| mail.contains(own));
                assert!(!own && mail.contains("Subject: Plan") && mail.contains("To: a@x.example"), "{mail:?}");
                assert_eq!(mail.contains("Bcc: is a word"), body.contains("a word"));
            }
        }
    }
    assert_eq!(resend::without_own(b"To: a@x.example\nBcc: b@x.example,\n c@x.example"), b"To: a@x.example\n");
}

/// The header says when, from whom, to whom and what, and nothing of this computer; Bcc is in the user's own copy alone.
#[test]
fn a_mail_is_plain() {
    let written = Letter {
        cc: vec![mailbox("Voß, Jo", "jo@bücher.example")],
        bcc: vec![mailbox("", "boss@acme.example"), mailbox("", "PRIYA@acme.example")],
        subject: "Größe".into(),
        ..letter()
    };
    let built = build(&written, &none(), &stamp()).unwrap();
    let (header, body) = apart(&built.parcel.bytes);
    assert_eq!(
        header,
        [
            "Date: Tue, 07 Apr 2026 16:02:00 +0200",
            "From: \"Dana Voss\" <dana@acme.example>",
            "To: \"Priya Raman\" <priya@acme.example>",
            "Cc: =?utf-8?B?Vm/DnywgSm8=?= <jo@xn--bcher-kva.example>",
            "Subject: =?utf-8?B?R3LDtsOfZQ==?=",
            "Message-ID: <00ff@acme.example>",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=\"utf-8\"; format=\"flowed\"",
            "Content-Transfer-Encoding: 7bit",
        ]
    );
    assert_eq!(body, "Hi,\r\n\r\nyes.\r\n");
    assert_eq!(built.parcel.to, ["priya@acme.example", "jo@xn--bcher-kva.example", "boss@acme.example"]);
    let kept = String::from_utf8(built.kept()).unwrap();
    assert!(kept.starts_with("Bcc: <boss@acme.example>, <PRIYA@acme.example>\r\nDate: "), "{kept}");
}

/// Fields that old programs read too: a name in one parameter, and in encoded words in the type; a long subject folded at its
/// blanks, and encoded only where a word of it is longer than a line.
#[test]
fn fields_are_as_plain_as_they_can_be() {
    let mail = |subject: &str, name: &str| {
        let written =
            Letter { subject: subject.into(), attachments: vec![attachment(name, "application/pdf", 1)], ..letter() };
        let parts = BTreeMap::from([("1".to_owned(), b"x".to_vec())]);
        let mail = build(&written, &parts, &stamp()).unwrap().parcel.bytes;
        let parsed = MessageParser::default().parse(&mail).unwrap();
        assert_eq!((parsed.subject(), parsed.attachment(0).unwrap().attachment_name()), (Some(subject), Some(name)));
        String::from_utf8(mail).unwrap()
    };
    let long =
        "Minutes of the meeting of the committee for the naming of committees on the seventh of April, second draft";
    let text = mail(long, "Bericht f\u{fc}r Q3.pdf");
    let folded = long.replace(" on the seventh", "\r\n on the seventh");
    assert!(text.contains(&format!("\r\nSubject: {folded}\r\n")), "{text}");
    assert!(text.contains(" filename*=UTF-8''Bericht%20f%C3%BCr%20Q3.pdf\r\n"), "{text}");
    assert!(text.contains("name=\"=?utf-8?B?QmVyaWNodCBmw7xyIFEzLnBkZg==?=\"\r\n"), "{text}");
    let name = "\u{6f22}".repeat(400);
    let text = mail(&format!("a {}", "x".repeat(1_000)), &name);
    assert!(text.contains("Subject: =?") && text.contains("filename*0*=UTF-8''"), "{text}");
    let text = mail(&format!("a {} b", "x".repeat(800)), "a.pdf");
    assert!(text.contains(&format!("\r\nSubject: a\r\n {}\r\n b\r\n", "x".repeat(800))), "{text}");
}

/// Ids that an attacker made, and a very long line of them, do not get into an answer.
#[test]
fn ids_are_checked() {
    let mut written = letter();
    written.kin.in_reply_to = Some("a@b>\r\nBcc: x@y".into());
    written.kin.references = vec!["ok@x".into(), "a b".into(), "ä@x".into(), "<c@d>".into(), "e".repeat(500)];
    let (fields, _) = apart(&build(&written, &none(), &stamp()).unwrap().parcel.bytes);
    assert!(fields.contains(&"References: <ok@x>".to_owned()), "{fields:?}");
    assert!(!fields.iter().any(|line| line.starts_with("In-Reply-To")), "{fields:?}");
    let long: Vec<String> = (0..100).map(|number| format!("{number}@x")).collect();
    let kept = header::references(&long, "5@x");
    assert_eq!((kept.len(), kept[0].as_str(), kept[1].as_str(), kept[39].as_str()), (40, "0@x", "62@x", "5@x"));
}

/// A letter to nobody but Bcc names nobody; one that is to be sealed is not sent open; a file that is gone is named.
#[test]
fn what_is_not_ready_is_not_sent() {
    let hidden = Letter { to: Vec::new(), bcc: vec![mailbox("", "a@x.example")], ..letter() };
    let (fields, _) = apart(&build(&hidden, &none(), &stamp()).unwrap().parcel.bytes);
    assert!(fields.contains(&"To: undisclosed-recipients:;".to_owned()), "{fields:?}");
    let mut sealed = letter();
    sealed.seal.encrypt = true;
    assert_eq!(build(&sealed, &none(), &stamp()), Err(Problem::Unsealed));
    let gone = Letter { attachments: vec![attachment("a.pdf", "application/pdf", 3)], ..letter() };
    assert_eq!(build(&gone, &none(), &stamp()), Err(Problem::Missing("a.pdf".into())));
    let nobody = Letter { from: mailbox("", "dana"), ..letter() };
    assert_eq!(build(&nobody, &none(), &stamp()), Err(Problem::Sender("dana".into())));
    assert!(draft(&Letter { to: vec![mailbox("", "half")], ..nobody }, &none(), &stamp()).is_ok());
}

/// Types that are none, or would begin parts of their own, are bytes.
#[test]
fn a_type_is_a_type() {
    for (given, written) in [
        ("application/pdf", "application/pdf"),
        ("multipart/mixed; boundary=x", "application/octet-stream"),
        ("message/partial", "application/octet-stream"),
        ("text/x\r\nBcc: a@b", "application/octet-stream"),
        ("", "application/octet-stream"),
    ] {
        let file = Letter { attachments: vec![attachment("f", given, 1)], ..letter() };
        let parts = BTreeMap::from([("1".to_owned(), b"x".to_vec())]);
        let mail = String::from_utf8(build(&file, &parts, &stamp()).unwrap().parcel.bytes).unwrap();
        assert!(mail.contains(&format!("Content-Type: {written}; name=\"f\"\r\n")), "{mail}");
    }
}

/// A text that goes with the mail says in which letters it is written, where that can be known.
#[test]
fn a_text_file_says_its_letters() {
    let cyrillic = [0xc4, 0xe0, b'\r', b'\n'];
    for (name, kind, bytes, written) in [
        ("a.txt", "text/plain", "h\u{e9}llo".as_bytes(), "text/plain; charset=\"utf-8\"; name=\"a.txt\""),
        ("M\u{e4}rz.txt", "text/plain", "h\u{e9}llo".as_bytes(), "text/plain; charset=\"utf-8\"; name=\"=?"),
        ("a.txt", "text/plain; charset=koi8-r", "h\u{e9}llo".as_bytes(), "text/plain; charset=\"koi8-r\"; name"),
        ("a.txt", "text/plain", b"hello", "text/plain; name"),
        ("a.txt", "text/plain", &cyrillic, "text/plain; name"),
        ("a.bin", "application/octet-stream", "h\u{e9}llo".as_bytes(), "application/octet-stream; name"),
    ] {
        let file = Letter { attachments: vec![attachment(name, kind, bytes.len())], ..letter() };
        let parts = BTreeMap::from([("1".to_owned(), bytes.to_vec())]);
        let mail = String::from_utf8(build(&file, &parts, &stamp()).unwrap().parcel.bytes).unwrap();
        let unfolded = mail.replace("\r\n ", " ").replace("\r\n\t", " ").replace("  ", " ");
        assert!(unfolded.contains(&format!("Content-Type: {written}")), "{mail}");
    }
}

/// HTML that was typed is text, and no link leads to a script.
#[test]
fn markdown_is_tame() {
    let text = "# Hi <script>alert(1)</script>\n\n<img src=x onerror=y>\n\n[a](javascript:alert(1)) [b](https://x.example) \
                ![c](http://t.example/p.gif)\n- *one*\n\n-- \nDana";
    let page = markdown::page(text);
    for harmful in ["<script", "<img", "javascript:"] {
        assert!(!page.contains(harmful), "{page}");
    }
    for there in ["<h1>", "<em>one</em>", "href=\"https://x.example\"", "href=\"#\"", "--<br />\nDana"] {
        assert!(page.contains(there), "{there}: {page}");
    }
    let mail = build(&Letter { markdown: true, text: text.into(), ..letter() }, &none(), &stamp()).unwrap();
    let parsed = MessageParser::default().parse(&mail.parcel.bytes).unwrap();
    let kinds: Vec<bool> = parsed.parts.iter().map(|part| matches!(part.body, PartType::Html(_))).collect();
    assert_eq!(kinds, [false, false, true]);
}

/// A mail that is sent again keeps each of its own lines, below the fields that say who did so.
#[test]
fn a_mail_is_sent_again() {
    let mail = b"From x Tue\nReceived: by a\nDelivered-To: dana@acme.example\nBcc: z@x\n more\n\
                 Subject: =?utf-8?Q?a?=\n\nBcc: stays\n";
    let again = Letter { resend: Some("1".into()), bcc: vec![mailbox("", "b@x.example")], ..letter() };
    let parts = BTreeMap::from([("1".to_owned(), mail.to_vec())]);
    let built = build(&again, &parts, &stamp()).unwrap();
    let (fields, body) = apart(&built.parcel.bytes);
    assert_eq!(
        fields,
        [
            "Resent-Date: Tue, 07 Apr 2026 16:02:00 +0200",
            "Resent-From: \"Dana Voss\" <dana@acme.example>",
            "Resent-To: \"Priya Raman\" <priya@acme.example>",
            "Resent-Message-ID: <00ff@acme.example>",
            "Received: by a",
            "Subject: =?utf-8?Q?a?=",
        ]
    );
    assert_eq!(body, "Bcc: stays\r\n");
    assert_eq!(with_crlf(b"a\rb\nc\r\n\r\r\n"), b"a\r\nb\r\nc\r\n\r\n\r\n");
}

/// A message with letters of eight bits stays a message when it is attached: its texts are encoded, all else is as it was.
#[test]
fn an_attached_message_is_of_seven_bits() {
    let long = "x".repeat(1_200);
    let mail = format!(
        "Subject: a\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 8bit\n\n--b\n\
         Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding:\n 8bit\n\nGrüße = \n{long}\n--b\n\
         Content-Type: text/csv\nContent-Transfer-Encoding: base64\n\nw7w=\n--b--\n"
    );
    let attached = Letter { attachments: vec![attachment("a.eml", "message/rfc822", mail.len())], ..letter() };
    let parts = BTreeMap::from([("1".to_owned(), mail.into_bytes())]);
    let built = build(&attached, &parts, &stamp()).unwrap();
    check_lines(&built.parcel.bytes).unwrap();
    assert!(built.parcel.bytes.is_ascii());
    let parsed = MessageParser::default().parse(&built.parcel.bytes).unwrap();
    let PartType::Message(inner) = &parsed.parts.last().unwrap().body else { panic!("no message") };
    assert_eq!(inner.body_text(0).unwrap().trim_end(), format!("Grüße = \r\n{long}"));
    assert_eq!(inner.attachment(0).unwrap().contents(), "ü".as_bytes());
    let signed = b"Content-Type: multipart/signed; boundary=b\n\n--b\n\n\xc3\xbc\n--b--\n".to_vec();
    let parts = BTreeMap::from([("1".to_owned(), signed.clone())]);
    let built = build(&attached, &parts, &stamp()).unwrap();
    let parsed = MessageParser::default().parse(&built.parcel.bytes).unwrap();
    assert_eq!(parsed.attachment(0).unwrap().contents(), signed);
}
