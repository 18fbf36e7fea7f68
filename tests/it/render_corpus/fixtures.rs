//! Our own small messages, laid out and kept as snapshots; each with LF and with CR LF.

use std::path::Path;

use posthaste::render::{Context, View, has_attachments, lay, parse, part_bytes, run, snippet};

use super::{check, lines, with_line_ends};

fn read(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/eml").join(name)).unwrap()
}

/// Everything that a reader sees of a message, at a width.
fn shown(bytes: &[u8], view: View, width: u16) -> String {
    let context = Context { own_addresses: vec!["ada@example.org".to_owned()], ..Context::default() };
    let laid = run(|| lay(parse(bytes, view, &context), width)).unwrap();
    check(&laid, width, "fixture");
    let document = &laid.document;
    let people = |list: &[posthaste::render::Person]| {
        list.iter().map(|person| format!("{} <{}>", person.name, person.address)).collect::<Vec<_>>().join(", ")
    };
    let head = &document.head;
    let mut out = vec![
        format!("subject {}", head.subject),
        format!("from {} | reply to {}", people(&head.from), people(&head.reply_to)),
        format!("to {} | cc {}", people(&head.to), people(&head.cc)),
        format!("sent {:?} | id {}", head.sent.map(|sent| sent.0), head.message_id),
    ];
    out.extend(document.notes.iter().map(|note| format!("note {note}")));
    out.extend(document.remote.words().map(|words| format!("remote {words}")));
    out.extend(
        document.parts.iter().map(|part| format!("part {} {} {}", part.media_type, part.name, part.size.unwrap())),
    );
    out.push(format!("snippet {}", snippet(bytes)));
    out.push(format!("attachments {}", has_attachments(bytes)));
    out.extend(lines(&laid).into_iter().map(|line| format!("|{line}")));
    out.join("\n")
}

/// Protects what a newsletter, a reply, a patch and a mail with attachments look like, whatever their line ends.
#[test]
fn messages_look_like_this() {
    for (name, view, width) in [
        ("newsletter", View::Best, 60),
        ("newsletter", View::Plain, 60),
        ("reply-flowed", View::Best, 40),
        ("attachments", View::Best, 60),
        ("attachments", View::Headers, 40),
        ("patch", View::Best, 60),
    ] {
        let unix = with_line_ends(&read(&format!("{name}.eml")), b"\n");
        let text = shown(&unix, view, width);
        insta::assert_snapshot!(format!("{name}-{view:?}-{width}").to_lowercase(), text);
        let network = shown(&with_line_ends(&unix, b"\r\n"), view, width);
        let without_sizes =
            |text: &str| text.lines().filter(|line| !line.starts_with("part ")).collect::<Vec<_>>().join("\n");
        assert_eq!(without_sizes(&text), without_sizes(&network), "{name}");
    }
}

/// Protects saved attachments: bytes as they were sent, text in its own charset.
#[test]
fn attachments_keep_their_bytes() {
    let bytes = with_line_ends(&read("attachments.eml"), b"\n");
    assert_eq!(part_bytes(&bytes, 0), Some(("authorized_keys".to_owned(), b"%PDF-1.4\n".to_vec())));
    assert_eq!(part_bytes(&bytes, 1), Some(("notes.txt".to_owned(), b"\xfcber".to_vec())));
    let (name, inner) = part_bytes(&bytes, 2).unwrap();
    assert_eq!(name, "forwarded - mail.eml");
    assert!(inner.starts_with(b"From: old@example.org"), "{}", String::from_utf8_lossy(&inner));
}

/// Protects against cut bodies: every prefix of a message gives a document.
#[test]
fn every_prefix_is_shown() {
    let bytes = read("newsletter.eml");
    run(|| {
        for end in 0..bytes.len() {
            let laid = lay(parse(&bytes[..end], View::Best, &Context::default()), 40);
            check(&laid, 40, "prefix");
            assert!(!laid.lines.is_empty());
        }
    })
    .unwrap();
}

/// Protects forwarded mail: a message inside of another, or one that is nothing else, is read in place.
#[test]
fn inner_messages_are_read_in_place() {
    let inner = "From: Old <old@example.org>\r\nSubject: inner\r\n\r\nthe old words\r\n";
    let only = format!("Subject: outer\r\nContent-Type: message/rfc822\r\n\r\n{inner}");
    let laid = run(|| lay(parse(only.as_bytes(), View::Best, &Context::default()), 40)).unwrap();
    assert_eq!(lines(&laid), ["From: Old <old@example.org>", "Subject: inner", "", "the old words"]);
    let mixed = format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee below\r\n--b\r\n\
        Content-Type: message/rfc822\r\n\r\n{inner}\r\n--b--\r\n"
    );
    let laid = run(|| lay(parse(mixed.as_bytes(), View::Best, &Context::default()), 40)).unwrap();
    let rule = "─".repeat(40);
    let expected = ["see below", "", &rule, "", "From: Old <old@example.org>", "Subject: inner", "", "the old words"];
    assert_eq!(lines(&laid), expected);
    assert_eq!(snippet(mixed.as_bytes()), "see below");
}
