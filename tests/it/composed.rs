//! Mails that are written, read by others: by Python's email package, and by the reader after an answer to every mail of the
//! corpora.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail and speak as tests do")]

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};

use mail_parser::MessageParser;
use posthaste::compose::original::Original;
use posthaste::compose::{Answer, Begun, Desk, Stamp, Start, build, draft, edit_as_new, forward, recall, reply};
use posthaste::letter::style::{Identity, Style, Writer};
use posthaste::letter::{Attachment, Letter, LetterId, Mailbox};
use posthaste::mail::UnixTime;

use crate::render_corpus::{files, for_all};
use crate::support::shared;

const NOW: UnixTime = UnixTime(1_775_570_520);

fn stamp() -> Stamp {
    Stamp { now: NOW, zone: TimeZone::UTC, agent: None }
}

fn mailbox(name: &str, address: &str) -> Mailbox {
    Mailbox { name: name.into(), address: address.into() }
}

fn writers() -> Vec<Writer> {
    let identity = Identity { mailbox: mailbox("You", "you@example.test"), signature: "Me".into() };
    vec![Writer { account: "a".into(), identities: vec![identity] }]
}

fn desk<'d>(writers: &'d [Writer], style: &'d Style) -> Desk<'d> {
    let start = Start { id: LetterId(1), now: NOW, chance: 1 };
    Desk { writers, account: "a", style, zone: TimeZone::UTC, start }
}

/// The letter with its files stored.
fn stored(begun: Begun) -> (Letter, BTreeMap<String, Vec<u8>>) {
    let (mut letter, mut parts) = (begun.letter, BTreeMap::new());
    for (number, file) in begun.carried.into_iter().enumerate() {
        letter.attachments.push(Attachment {
            name: file.name,
            media_type: file.media_type,
            size: file.bytes.len() as u64,
            stored: number.to_string(),
            origin: String::new(),
            inline: file.inline,
        });
        parts.insert(number.to_string(), file.bytes);
    }
    (letter, parts)
}

/// Every line ends in CRLF, none is long, and no byte could mean something to a server.
fn check_lines(mail: &[u8], name: &str) {
    assert!(mail.ends_with(b"\r\n"), "{name}");
    for line in mail.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        assert!(line.len() <= 998, "{name}: a line of {}", line.len());
        assert!(!line.iter().any(|byte| matches!(byte, b'\r' | 0)), "{name}");
    }
    assert_eq!(memchr::memchr_iter(b'\n', mail).count(), memchr::memmem::find_iter(mail, b"\r\n").count(), "{name}");
}

/// SN01, SN02: to each of 7,400 real and hostile mails (H08, H60) an answer, a forward and a mail written anew are mails, go to those who are named, hold no field that was not meant, and come back from Drafts.
#[test]
fn every_mail_can_be_answered() {
    let (Some(mail), Some(hostile)) = (shared("corpora/mail"), shared("hostile")) else { return };
    let mut paths = files(&mail, ".eml");
    paths.extend(files(&hostile, ".eml"));
    assert!(paths.len() > 7_000, "{}", paths.len());
    let answered = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    let job = |number: usize, path: &Path| {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).unwrap();
        let (writers, style) = (writers(), Style::default());
        let desk = desk(&writers, &style);
        let original = Original::read(&bytes, None);
        let begun = reply(&original, Answer::All, &desk).unwrap();
        answered.fetch_add(usize::from(!begun.letter.to.is_empty()), Ordering::Relaxed);
        let mut letters = vec![begun];
        if number.is_multiple_of(8) || path.starts_with(&hostile) {
            letters.push(forward(&original, &bytes, &desk));
            letters.push(edit_as_new(&bytes, &desk));
        }
        for begun in letters {
            sent(begun, &name, &desk);
        }
    };
    // One that fails is not to hide the others.
    for_all(&paths, |number, path| {
        if catch_unwind(AssertUnwindSafe(|| job(number, path))).is_err() {
            wrong.lock().unwrap().push(path.to_owned());
        }
    });
    assert_eq!(wrong.into_inner().unwrap(), Vec::<PathBuf>::new());
    assert!(answered.into_inner() > 7_000);
}

/// Builds a letter, and reads it.
fn sent(begun: Begun, name: &str, desk: &Desk<'_>) {
    let (mut letter, parts) = stored(begun);
    for people in [&mut letter.to, &mut letter.cc, &mut letter.bcc] {
        people.retain(|one| posthaste::compose::address::problem(&one.address).is_none());
    }
    letter.bcc.push(mailbox("", "hidden@example.test"));
    let built = build(&letter, &parts, &stamp()).map_err(|problem| format!("{name}: {problem}")).unwrap();
    check_lines(&built.parcel.bytes, name);
    let parsed = MessageParser::default().parse(&built.parcel.bytes).unwrap();
    let once = |field: &str| parsed.headers().iter().filter(|header| header.name() == field).count();
    assert!(once("Bcc") == 0 && once("To") <= 1 && once("From") == 1 && parsed.headers().len() <= 13, "{name}");
    let people = |field: Option<&mail_parser::Address<'_>>| -> usize {
        field.into_iter().flat_map(mail_parser::Address::iter).filter(|one| one.address.is_some()).count()
    };
    assert_eq!((people(parsed.to()), people(parsed.cc())), (letter.to.len(), letter.cc.len()), "{name}");
    assert_eq!(parsed.subject().unwrap_or_default(), letter.subject.trim(), "{name}");
    let back = recall(&draft(&letter, &parts, &stamp()).unwrap(), desk);
    assert_eq!(back.carried.len(), letter.attachments.len(), "{name}");
    // What quotes the source of sixty-four messages looks to the reader's limits like that many messages (H23).
    if name.contains("H23-deep") {
        return;
    }
    // Marks of quotes come back with a blank behind them, and not more than forty of them.
    let plain = |text: &str| text.replace('>', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(plain(&back.letter.text), plain(&letter.text), "{name}");
}

/// What people type, and what breaks readers of mail.
const TYPED: [&str; 14] = [
    "Hello",
    "Größe & Maß",
    "日本語の件名はとても長いので折り返さなければなりません。そうですよね、皆さん。もう少し長くします。",
    "👩‍👩‍👧‍👦 family 🎉",
    "a, b; c <d@e> \"f\" \\g (h)",
    "=?utf-8?Q?Bcc:_x=40y.example?=",
    "hi\r\nBcc: victim@example.test\r\n\r\nbody",
    "..\r\n.\r\n",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "word word word word word word word word word word word word word word word word word word word word word word word",
    "קצת טקסט בעברית",
    "100% 'quoted' *star* name.tar.gz",
    "ä",
    "a\tb",
];

/// Bytes as hex digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// What [`posthaste::compose`] makes of text in a field.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || c == ' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The letters that Python reads: each text in each place.
fn letters() -> Vec<(Letter, BTreeMap<String, Vec<u8>>)> {
    let (writers, style) = (writers(), Style::default());
    let blank = posthaste::compose::begin(&desk(&writers, &style)).letter;
    let one = |(number, text): (usize, &&str)| {
        let other = TYPED[(number + 5) % TYPED.len()];
        let file = |name: &str, media_type: &str, stored: &str| Attachment {
            name: name.into(),
            media_type: media_type.into(),
            size: 0,
            stored: stored.into(),
            origin: String::new(),
            inline: false,
        };
        let letter = Letter {
            from: mailbox(other, "you@example.test"),
            to: vec![mailbox(text, "a@bücher.example"), mailbox("", "b@x.example"), mailbox(other, "c@x.example")],
            subject: (*text).into(),
            text: format!("{text}\n\n> {other}\n-- \nMe"),
            attachments: vec![
                file(text, "application/pdf", "0"),
                file("a.txt", "text/plain; charset=iso-8859-1", "1"),
                file("m.eml", "message/rfc822", "2"),
            ],
            markdown: number % 2 == 0,
            ..blank.clone()
        };
        let inner = b"Subject: inner\r\nMIME-Version: 1.0\r\n\r\n.\r\ntext\r\n".to_vec();
        let parts = [("0", vec![0, 255, 13, 10, 46]), ("1", b"\xe4 \r\n\n\r".to_vec()), ("2", inner)];
        (letter, parts.map(|(name, bytes)| (name.to_owned(), bytes)).into())
    };
    TYPED.iter().enumerate().map(one).collect()
}

/// Protects from writing what only our own reader understands: Python's email package finds the same subject, people, text
/// and files, and nothing to complain about.
#[test]
fn python_reads_the_same() {
    let python = Command::new("python3").arg("--version").output();
    if !python.is_ok_and(|output| output.status.success()) {
        assert!(std::env::var_os("POSTHASTE_REQUIRE_PYTHON").is_none(), "there is no python3");
        println!("skipped: no python3");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let letters = letters();
    let mut paths = Vec::new();
    for (number, (letter, parts)) in letters.iter().enumerate() {
        let path = folder.path().join(format!("{number:02}.eml"));
        let mail = build(letter, parts, &stamp()).unwrap().parcel.bytes;
        check_lines(&mail, &letter.subject);
        std::fs::write(&path, mail).unwrap();
        paths.push(path);
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/composed/read.py");
    let output = Command::new("python3").arg("-I").arg(script).args(&paths).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    for ((letter, parts), found) in letters.iter().zip(&found) {
        let people = |mailboxes: &[Mailbox]| -> Vec<serde_json::Value> {
            let wire = |address: &str| address.replace("bücher", "xn--bcher-kva");
            mailboxes.iter().map(|one| serde_json::json!([one_line(&one.name), wire(&one.address)])).collect()
        };
        assert_eq!(found["subject"], one_line(&letter.subject));
        // Before 3.13 it leaves a blank between encoded words of a name, which RFC 2047, section 6.2, takes away.
        let close = |people: &[serde_json::Value]| serde_json::to_string(people).unwrap().replace(' ', "");
        let read = |field: &str| close(found[field].as_array().unwrap());
        assert_eq!(read("from"), close(&people(std::slice::from_ref(&letter.from))));
        assert_eq!(read("to"), close(&people(&letter.to)));
        let kinds = ["application/pdf", "text/plain", "message/rfc822"];
        for (number, file) in letter.attachments.iter().enumerate() {
            let sum = hex(&Sha256::digest(&parts[&file.stored]));
            assert_eq!(found["files"][number], serde_json::json!([one_line(&file.name), kinds[number], sum]));
            // As with people's names, of blanks between encoded words.
            let typed = found["types"][number].as_str().unwrap().replace(' ', "");
            assert_eq!(typed, one_line(&file.name).replace(' ', ""));
        }
        // A long line that is quoted has its mark before each of its pieces.
        let words = |text: &str| text.split_whitespace().filter(|word| *word != ">").collect::<Vec<_>>().join(" ");
        let text: String = letter.text.chars().filter(|c| !c.is_control() || c.is_whitespace()).collect();
        assert_eq!(words(found["text"].as_str().unwrap()), words(&text));
        assert_eq!(found["defects"], serde_json::json!([]), "{}", letter.subject);
        let names: Vec<&str> = found["names"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        let meant = ["Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"];
        assert_eq!(names, meant);
    }
}
