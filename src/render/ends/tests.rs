//! Messages that end before their parts do.

use super::ended;
use crate::render::{Context, Document, Extent, View, parse, snippet};

const HEAD: &str = "Subject: s\r\nContent-Type: multipart/mixed; boundary=out\r\n\r\n--out\r\n";

/// "Grüße aus Köln!" in UTF-8, as base64 and as quoted-printable.
const ENCODED: [(&str, &str); 2] =
    [("base64", "R3LDvMOfZSBhdXMgS8O2bG4h"), ("quoted-printable", "Gr=C3=BC=C3=9Fe aus K=C3=B6ln!")];

fn part(encoding: &str, text: &str) -> String {
    format!("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{text}")
}

fn read(mail: &str, extent: Extent) -> (Document, String) {
    let document = parse(mail.as_bytes(), View::Best, &Context { extent, ..Context::default() });
    let text = document.blocks.iter().flat_map(|block| &block.spans).map(|span| span.text.as_str()).collect();
    (document, text)
}

/// Protects mail whose program forgot the last boundary: its text is decoded, in the list and in the reader.
#[test]
fn text_without_its_last_boundary_is_decoded() {
    for (encoding, text) in ENCODED {
        for end in ["", "\r\n", "\r\n\r\n"] {
            let mail = format!("{HEAD}{}{end}", part(encoding, text));
            let (document, shown) = read(&mail, Extent::Whole);
            assert_eq!(shown, "Grüße aus Köln!", "{encoding} {end:?}");
            assert!(
                document.notes.is_empty() && document.parts.is_empty(),
                "{:?} {:?}",
                document.notes,
                document.parts
            );
            assert_eq!(snippet(mail.as_bytes()), "Grüße aus Köln!");
        }
    }
}

/// Protects parts behind one that has no end: the next boundary around it ends it.
#[test]
fn a_boundary_around_ends_what_is_inside() {
    let (encoding, text) = ENCODED[0];
    let inner = format!(
        "Content-Type: multipart/alternative; boundary=\"in side\"\r\n\r\n--in side\r\n{}",
        part(encoding, text)
    );
    let mail = format!("{HEAD}{inner}\r\n--out\r\n{}\r\n--out--\r\n", part("7bit", "the second"));
    let (document, shown) = read(&mail, Extent::Whole);
    assert_eq!(shown, "Grüße aus Köln!the second");
    assert!(document.notes.is_empty(), "{:?}", document.notes);
}

/// Protects what is in order from being copied, and text that speaks of boundaries from being changed.
#[test]
fn nothing_is_added_where_nothing_is_missing() {
    let (encoding, text) = ENCODED[0];
    let whole = format!("{HEAD}{}\r\n--out--\r\n", part(encoding, text));
    assert_eq!(ended(whole.as_bytes()), None);
    let plain = format!("{HEAD}{}", part("7bit", "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nno end"));
    let ended_text = ended(plain.as_bytes()).unwrap();
    assert!(ended_text.ends_with(b"\r\n--x\r\nno end\r\n--out--\r\n"));
    assert_eq!(read(&plain, Extent::Whole).0.notes, []);
    assert_eq!(ended(b""), None);
}

/// Protects large messages of which the beginning is here: a text that was cut is no wrong one, and an attachment that was
/// cut has no size.
#[test]
fn a_cut_is_no_fault_of_the_message() {
    for (encoding, text) in ENCODED {
        let long = part(encoding, &format!("{text}\r\n").repeat(40));
        for cut in [150, 151, 152, 153, 154] {
            let (document, shown) = read(&format!("{HEAD}{}", long.get(..cut).unwrap()), Extent::Prefix);
            assert!(shown.starts_with("Grüße aus "), "{shown}");
            assert_eq!(document.notes.len(), 1, "{encoding} {cut}: {:?}", document.notes);
        }
    }
    let film = "Content-Type: video/mp4; name=film.mp4\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAAAAAA";
    let note = format!("{}\r\n--out\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n--out\r\n", part("7bit", "see"));
    let mail = format!("{HEAD}{note}{film}");
    let sizes = |extent| read(&mail, extent).0.parts.iter().map(|part| part.size).collect::<Vec<_>>();
    assert_eq!(sizes(Extent::Whole), [Some(4), Some(6)]);
    assert_eq!(sizes(Extent::Prefix), [Some(4), None]);
}
