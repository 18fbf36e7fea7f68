//! Hostile mail: the criteria of the cases that rendering answers for, by their ids.

use std::collections::HashSet;
use std::fmt::Write as _;

use posthaste::render::{Context, Document, Extent, Laid, View, lay, parse, part_bytes, run, snippet};
use posthaste::safe_text::{MAX_MARKS, SafeText, is_safe_char};

use super::{check, files, for_all, lines, shared};

fn show(bytes: &[u8]) -> Laid {
    run(|| lay(parse(bytes, View::Best, &Context::default()), 80)).unwrap()
}

/// The document and the lines of a case's file, or nothing where the corpus is not there.
fn case(file: &str) -> Option<(Document, Vec<String>)> {
    let bytes = std::fs::read(shared("hostile")?.join(file)).unwrap();
    let laid = show(&bytes);
    check(&laid, 80, file);
    let lines = lines(&laid);
    Some((laid.document, lines))
}

fn notes(document: &Document) -> String {
    document.notes.iter().map(SafeText::as_str).collect::<Vec<_>>().join("; ")
}

fn html(body: &str) -> Vec<u8> {
    format!("Subject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{body}").into_bytes()
}

/// Protects the terminal and the process from every hostile file in every view (TM01-TM12, RS01-RS13, DC01-DC04):
/// no panic, no line over the width, nothing unsafe, and something to see.
#[test]
fn every_hostile_message_is_shown() {
    let Some(folder) = shared("hostile") else { return };
    let paths = files(&folder, ".eml");
    for_all(&paths, |_, path| {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).unwrap();
        for view in [View::Best, View::Plain, View::Html, View::Headers, View::Source] {
            let laid = lay(parse(&bytes, view, &Context::default()), 31);
            check(&laid, 31, &name);
            assert!(!laid.lines.is_empty(), "{name}: nothing to see");
        }
        assert!(snippet(&bytes).chars().all(is_safe_char), "{name}");
    });
}

/// Protects from escape sequences in header and text (H01, H03, H04, TM01, TM03, TM04): what stood around them is seen.
#[test]
fn escape_sequences_lose_their_escape() {
    let Some((document, lines)) = case("H01-csi-raw-subject.eml") else { return };
    assert!(document.head.subject.as_str().starts_with("before") && document.head.subject.as_str().ends_with("after"));
    assert!(lines.concat().starts_with('A') && lines.concat().ends_with('c'));
    let (_, lines) = case("H03-c1-controls.eml").unwrap();
    assert!(lines.concat().contains("end"));
    let (document, _) = case("H04-osc8-link-mask.eml").unwrap();
    assert!(document.links.iter().all(|link| link.target.as_str().bytes().all(|b| (0x21..=0x7e).contains(&b))));
}

/// Protects from OSC 52 in encoded words and controls as HTML entities (H02, H07, TM02, TM07).
#[test]
fn decoding_comes_before_cleaning() {
    let word = "=?utf-8?b?Gl01MjtjO1EwRk8HICAbXTUyO2M7Qgc=?=";
    let laid = show(format!("Subject: {word}\r\n\r\nx\r\n").as_bytes());
    assert!(laid.document.head.subject.as_str().chars().all(is_safe_char));
    let laid = show(&html("a&#27;]52;c;x&#7;b&#155;c&#8238;d"));
    check(&laid, 80, "H07");
    assert!(lines(&laid).concat().contains("]52;c;x"));
}

/// Protects one row from being two, and people from injected fields (H08, SN02).
#[test]
fn encoded_line_breaks_are_spaces() {
    let Some((document, _)) = case("H08-encoded-crlf-header-injection.eml") else { return };
    assert_eq!(document.head.subject.as_str(), "Re: hi Bcc: victim@example.test body");
    assert_eq!(document.head.from.len(), 1);
}

/// Protects the real extension of a file and the order of the row (H09, H10, TM08, TM09).
#[test]
fn bidi_controls_are_marked() {
    let Some((document, _)) = case("H09-bidi-filename-and-name.eml") else { return };
    assert_eq!(document.parts[0].name.as_str(), "invoice_\u{fffd}fdp.exe");
    let laid = show("Subject: pay\u{200b}pal\u{e0041}\u{3164}\u{feff}\r\n\r\nx".as_bytes());
    assert_eq!(laid.document.head.subject.as_str(), "paypal");
}

/// Protects cells from stacked marks and from clusters that are wider than they look (H11, H12, TM10, TM11).
#[test]
fn marks_are_limited_in_every_field() {
    let Some((document, lines)) = case("H11-zalgo.eml") else { return };
    assert_eq!(document.head.subject.as_str().chars().count(), 1 + MAX_MARKS);
    assert!(lines.concat().chars().count() < 20_000);
    let odd = "👩\u{200d}".repeat(300) + &"\u{1100}".repeat(300) + &"क\u{94d}".repeat(300) + &"🏽".repeat(300);
    check(
        &show(format!("Subject: {odd}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{odd}").as_bytes()),
        80,
        "H12",
    );
}

/// Protects from overprinting: both texts are seen, on lines of their own (H13, TM12).
#[test]
fn carriage_returns_break_lines() {
    let Some((document, lines)) = case("H13-control-mix-tabs-cr.eml") else { return };
    assert!(lines.contains(&"good text".to_owned()) && lines.contains(&"EVIL OVERWRITE".to_owned()));
    assert_eq!(document.head.subject.as_str(), "visible hidden tab ls ps");
}

/// Protects from names that pose as addresses, look-alike domains and doubled fields (H14, H16, H17, SP01, SP03, SP04).
#[test]
fn senders_are_shown_as_they_are() {
    let Some((document, _)) = case("H14-display-name-is-address.eml") else { return };
    let from: Vec<_> =
        document.head.from.iter().map(|person| (person.name.as_str(), person.address.as_str())).collect();
    assert_eq!(from, [("ceo@example.test", "eve@attacker.test"), ("", "second@attacker.test")]);
    assert!(!document.head.reply_to.is_empty());
    let (document, _) = case("H16-idn-homograph.eml").unwrap();
    assert!(document.head.from[0].address.as_str().ends_with("xn--80ak6aa92e.com"));
    let (document, _) = case("H17-duplicate-headers.eml").unwrap();
    assert!(notes(&document).contains("Duplicate From"));
}

/// Protects memory and the first frame from huge headers (H20, RS01).
#[test]
fn header_values_are_short() {
    let Some((document, _)) = case("H20-long-header-line.eml") else { return };
    assert!(document.head.subject.as_str().len() <= 1_010);
}

/// Protects the process from nesting (H22, H23, RS03, RS04), also at the scale that overflows mail-parser.
#[test]
fn nesting_is_survived() {
    let Some((_, lines)) = case("H22-deep-multipart.eml") else { return };
    assert!(lines.concat().contains("CANARY-H22"));
    let (document, _) = case("H23-deep-rfc822.eml").unwrap();
    assert_eq!(document.view, View::Source);
    assert!(notes(&document).contains("Too many messages"));
    assert_eq!(document.head.subject.as_str(), "level 0");
    case("H23-deep-rfc822-2.eml").unwrap();
    let abort = "Content-Type:message/rfc822\n\n".repeat(40_000) + "Subject: leaf\n\nx\n";
    check(&show(abort.as_bytes()), 80, "H23 full");
    let folded = "Content-Type: message\n /\n RFC822\n\n".repeat(40_000) + "x";
    check(&show(folded.as_bytes()), 80, "H23 folded");
    let mut multipart = String::new();
    for n in 0..50_000 {
        write!(multipart, "Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n").unwrap();
    }
    check(&show((multipart + "\ndeep").as_bytes()), 80, "H22 full");
}

/// Protects the list of parts: it is capped, with a count (H24, RS05).
#[test]
fn many_parts_are_counted() {
    let Some((document, _)) = case("H24-many-parts.eml") else { return };
    assert!(document.parts.len() <= 500);
    assert!(notes(&document).contains("more parts are not listed"));
    let many = "Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_owned() + &"--b\r\n\r\nx\r\n".repeat(1_000_000);
    assert!(notes(&show(many.as_bytes()).document).contains("More than 10,000 parts"));
}

/// Protects from long lines and quote bombs (H26, H28, RS07, RS09): all is there, bars are limited.
#[test]
fn long_lines_and_deep_quotes_are_wrapped() {
    let Some((_, lines)) = case("H26-long-line-body.eml") else { return };
    assert!(lines.iter().map(String::len).sum::<usize>() > 290_000);
    let (_, lines) = case("H28-quote-bomb.eml").unwrap();
    assert!(lines.iter().all(|line| line.matches('▏').count() <= 10));
}

/// Protects from HTML bombs (H29, RS10): cut or flattened with a note, the beginning is seen; also at full scale.
#[test]
fn html_bombs_are_flattened() {
    let Some((document, lines)) = case("H29-html-bomb.eml") else { return };
    assert!(lines[0].starts_with("start"));
    assert!(notes(&document).contains("Nested too deeply"));
    let deep = format!("start{}x", "<div>".repeat(200_000));
    let laid = show(&html(&deep));
    assert_eq!(super::lines(&laid), ["start", "x"]);
    let long = format!("<p>start{}", "<p>word</p>".repeat(300_000));
    let laid = show(&html(&long));
    assert!(notes(&laid.document).contains("very long"));
}

/// Protects sorting and dates (H33, DC: RS13): an absurd date is none, a real one is right.
#[test]
fn absurd_dates_are_none() {
    let Some(folder) = shared("hostile") else { return };
    for path in files(&folder, ".eml").iter().filter(|path| path.to_string_lossy().contains("H33")) {
        let document = show(&std::fs::read(path).unwrap()).document;
        assert!(document.head.sent.is_none_or(|sent| sent.0 >= 0 && sent.0 < 253_402_300_800), "{path:?}");
    }
}

/// Protects from wrong charsets and encodings (H34, H35, H37, DC01, DC02, DC04): nothing is silently empty.
#[test]
fn undecodable_text_is_shown_with_a_note() {
    let Some((document, lines)) = case("H34-bad-charsets.eml") else { return };
    assert!(lines.concat().contains("abc") && lines.concat().contains("esc charset"));
    assert!(notes(&document).contains("Unknown charset"));
    let (document, lines) = case("H35-bad-cte.eml").unwrap();
    assert!(notes(&document).contains("not encoded as it says"), "{}", notes(&document));
    assert!(lines.concat().contains("This is not base64 at all! CANARY-H35"));
    let (document, _) = case("H37-raw-8bit-headers.eml").unwrap();
    assert!(document.head.subject.as_str().contains("CANARY-H37"));
    assert_eq!(document.head.from[0].name.as_str(), "Jürgen Müller");
}

/// Protects from degenerate files (H36, DC03): each shows something.
#[test]
fn degenerate_files_show_something() {
    for bytes in
        [&b""[..], b"\0", b"Subject", b"Subject: only", b"\r\n\r\n", b"just a body", b"From x\nSubject: a\n\nb"]
    {
        let laid = show(bytes);
        assert!(lines(&laid).iter().any(|line| !line.trim().is_empty()), "{bytes:?}");
    }
    assert_eq!(lines(&show(b"")), ["(empty message)"]);
}

/// Protects the disk (H40, FL01): 21 hostile names are 21 different names that are no paths; bytes are as sent.
#[test]
fn attachment_names_are_safe_and_different() {
    let Some(folder) = shared("hostile") else { return };
    let bytes = std::fs::read(folder.join("H40-attachment-names.eml")).unwrap();
    let (document, _) = case("H40-attachment-names.eml").unwrap();
    assert_eq!(document.parts.len(), 21);
    let mut names = HashSet::new();
    for index in 0..21 {
        let (name, content) = part_bytes(&bytes, index).unwrap();
        assert_eq!(name, document.parts[index].name.as_str());
        assert!(name.len() <= 200 && !name.starts_with(['.', '-']) && !name.contains(['/', '\\', '\0']), "{name}");
        assert!(name.chars().all(|c| is_safe_char(c) && !"`$;|&<>%".contains(c)), "{name}");
        assert!(names.insert(name.to_lowercase()));
        assert_eq!(Some(content.len() as u64), document.parts[index].size);
    }
    assert_eq!(part_bytes(&bytes, 21), None);
}

/// Protects privacy and files (H42, H44, H50, PV01, FL03): named in words, nothing fetched or opened.
#[test]
fn outside_content_is_named_only() {
    let Some((document, _)) = case("H42-external-body.eml") else { return };
    assert!(notes(&document).contains("not fetched"));
    assert_eq!(document.parts.len(), 3);
    let (document, _) = case("H44-tnef.eml").unwrap();
    assert_eq!(document.parts[0].name.as_str(), "winmail.dat");
    let (document, _) = case("H50-remote-content.eml").unwrap();
    assert!(document.remote.words().unwrap().contains("blocked"));
}

/// Protects from links that do more than open a page (H53, PV04).
#[test]
fn odd_schemes_are_no_links() {
    let Some((document, _)) = case("H53-mailto-attach.eml") else { return };
    let web = |target: &str| ["http://", "https://", "mailto:"].iter().any(|scheme| target.starts_with(scheme));
    assert!(document.links.iter().all(|link| web(link.target.as_str())));
}

/// Protects from claims about signatures (H54, SP06): a signed part inside of an unsigned message claims nothing.
#[test]
fn no_signature_is_vouched_for() {
    let Some((document, _)) = case("H54-signature-spoof.eml") else { return };
    assert!(!notes(&document).to_lowercase().contains("signed"), "{}", notes(&document));
}

/// Protects large messages that are here in part: the beginning is shown, and said to be one.
#[test]
fn a_prefix_says_so() {
    let own_addresses = vec!["Me@Example.org".to_owned()];
    let context = Context { extent: Extent::Prefix, own_addresses, ..Context::default() };
    let document = parse(b"To: Me <me@example.org>\r\nSubject: s\r\n\r\nhello wor", View::Best, &context);
    assert!(document.partial && notes(&document).contains("beginning"));
    assert_eq!(document.head.to[0].name.as_str(), "you");
}
