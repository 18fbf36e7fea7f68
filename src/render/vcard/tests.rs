//! Tests of cards of all three versions, and of cards that are none.

use super::{MAX_CARDS, birthday, read};

fn lines(body: &str) -> Vec<(&'static str, String)> {
    read(&format!("BEGIN:VCARD\r\n{body}\r\nEND:VCARD\r\n")).list[0].lines()
}

fn text(body: &str, label: &str) -> Vec<String> {
    lines(body).into_iter().filter(|(name, _)| *name == label).map(|(_, text)| text).collect()
}

/// Guards vCard 4.0 with all that is shown, in the order of the screen.
#[test]
fn version_4() {
    let body = "VERSION:4.0\r\nFN:Ann Lee\r\nN:Lee;Ann;;Dr.;\r\nORG:Example\\, Ltd.;Research\r\nTITLE:Head\r\n\
                EMAIL;TYPE=work:ann@example.org\r\nTEL;VALUE=uri;TYPE=\"cell,home\":tel:+49-30-1\r\n\
                ADR;TYPE=home:;;Main St. 1;Berlin;;10115;Germany\r\nBDAY:--0203\r\nURL:https://example.org\r\n\
                NOTE:two\\nlines\r\nPHOTO:https://example.org/track.png\r\nKEY:x\r\nX-ODD:y";
    let expected = [
        ("Name", "Ann Lee"),
        ("Title", "Head"),
        ("Organisation", "Example, Ltd., Research"),
        ("E-mail", "ann@example.org (work)"),
        ("Phone", "+49-30-1 (home, mobile)"),
        ("Address", "Main St. 1, Berlin, 10115, Germany (home)"),
        ("Web", "https://example.org"),
        ("Birthday", "3 February"),
        ("Note", "two lines"),
        ("Not shown", "a picture and 2 more entries"),
    ];
    assert_eq!(lines(body), expected.map(|(label, text)| (label, text.to_owned())));
}

/// Guards vCard 2.1: bare words, quoted-printable with soft breaks, and a charset.
#[test]
fn version_2() {
    let body = "VERSION:2.1\r\nN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=F6rg\r\n\
                NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Gr=C3=BC=\r\n=C3=9Fe=0D=0Azwei\r\n\
                TEL;WORK;FAX:1\r\nEMAIL;INTERNET;PREF:j@example.org\r\n\
                PHOTO;ENCODING=BASE64;TYPE=GIF:\r\n R0lGODdhfgA4AOYAAAAAAK+vr62trVIxa6WlpZ+fnzEpCEpzlAha/0Kc74+PjyGM\r\n";
    assert_eq!(text(body, "Name"), ["Jörg Müller"]);
    assert_eq!(text(body, "Note"), ["Grüße zwei"]);
    assert_eq!(text(body, "Phone"), ["1 (work, fax)"]);
    assert_eq!(text(body, "E-mail"), ["j@example.org"]);
    assert_eq!(text(body, "Not shown"), ["a picture"]);
}

/// Guards vCard 3.0 as Apple writes it, with groups, and names for cards without one.
#[test]
fn version_3() {
    let body = "VERSION:3.0\r\nN:;;;;\r\nFN:\r\nORG:Example;\r\nitem1.EMAIL;type=INTERNET;type=HOME:a@example.org\r\n\
                item1.X-ABLabel:_$!<Other>!$_\r\nBDAY;value=date:1970-01-31";
    assert_eq!(text(body, "Name"), ["Example"]);
    assert!(text(body, "Organisation").is_empty());
    assert_eq!(text(body, "E-mail"), ["a@example.org (home)"]);
    assert_eq!(text(body, "Birthday"), ["31 January 1970"]);
    assert_eq!(text("EMAIL:a@example.org", "Name"), ["a@example.org"]);
    assert_eq!(text("X-A:b", "Name"), ["(no name)"]);
}

/// Guards birthdays that are dates, and that others stay as they are.
#[test]
fn birthdays() {
    for (value, expected) in [
        ("19700131", "31 January 1970"),
        ("1970-01-31T00:00:00Z", "31 January 1970"),
        ("--02-29", "29 February"),
        ("00000000", "00000000"),
        ("circa 1800", "circa 1800"),
        ("1970-13-31", "1970-13-31"),
        ("ü", "ü"),
        ("", ""),
    ] {
        assert_eq!(birthday(value), expected, "{value}");
    }
}

/// Guards that a card inside of a card does not mix its lines with the outer one.
#[test]
fn nested() {
    let cards = read("BEGIN:VCARD\nFN:outer\nAGENT:\nBEGIN:VCARD\nFN:inner\nEND:VCARD\nTEL:1\nEND:VCARD\n");
    assert_eq!(cards.list.len(), 1);
    assert_eq!((cards.list[0].name.as_str(), cards.list[0].phones.len()), ("outer", 1));
}

/// Guards the limits: many cards, many entries, long values, deep nesting, no end.
#[test]
fn hostile() {
    let cards = read(&"BEGIN:VCARD\nFN:x\nEND:VCARD\n".repeat(60));
    assert_eq!((cards.list.len(), cards.left_out), (MAX_CARDS, 10));
    let many = format!("FN:{}\r\n{}", "ü".repeat(10_000), "TEL:1\r\n".repeat(1000));
    let shown = lines(&many);
    assert!(shown.len() < 30 && shown.iter().all(|(_, text)| text.len() < 1000));
    assert_eq!(text(&many, "Not shown"), ["980 more entries"]);
    assert!(read(&"BEGIN:VCARD\n".repeat(100_000)).list.is_empty());
    assert!(read("BEGIN:VCARD\nFN:cut").list.is_empty());
    assert!(read(&"END:VCARD\n".repeat(10)).list.is_empty());
    let odd = "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=none:=ZZ=\u{1F600}\r\nN:;\\";
    assert!(!lines(odd).is_empty());
}
