//! Every charset that mail uses, as text and as encoded words, by bytes that another decoder made.

use std::fmt::Write as _;

use posthaste::render::{Context, Document, View, lay, parse};

/// Label, text, and its bytes in hexadecimal.
const CHARSETS: [(&str, &str, &str); 30] = [
    ("iso-2022-jp", "日本語のメール、カタカナ", "1b2442467c4b5c386c244e2561213c256b2122252b253f252b254a1b2842"),
    ("shift_jis", "日本語のメール", "93fa967b8cea82cc8381815b838b"),
    ("euc-jp", "日本語のメール", "c6fccbdcb8eca4cea5e1a1bca5eb"),
    ("gb2312", "中文邮件", "d6d0cec4d3cabcfe"),
    ("gbk", "中文郵件", "d6d0cec4e05dbcfe"),
    ("gb18030", "中文𠀀邮件", "d6d0cec495328236d3cabcfe"),
    ("big5", "中文郵件", "a4a4a4e5b66ca5f3"),
    ("euc-kr", "한국어 메일", "c7d1b1b9beee20b8dec0cf"),
    ("ks_c_5601-1987", "한국어 메일", "c7d1b1b9beee20b8dec0cf"),
    ("koi8-r", "Привет, мир", "f0d2c9d7c5d42c20cdc9d2"),
    ("koi8-u", "Привіт, світ", "f0d2c9d7a6d42c20d3d7a6d4"),
    ("windows-1250", "Příliš žluťoučký kůň", "50f8ed6c699a209e6c759d6f75e86bfd206bf9f2"),
    ("windows-1251", "Привет, мир", "cff0e8e2e5f22c20ece8f0"),
    ("windows-1252", "“Ça coûte 5 €” – déjà", "93c76120636ffb7465203520809420962064e96ae0"),
    ("windows-1253", "Καλημέρα κόσμε", "cae1ebe7ecddf1e120eafcf3ece5"),
    ("windows-1254", "Günaydın şehir İğde", "47fc6e617964fd6e20fe6568697220ddf06465"),
    ("windows-1255", "שלום עולם", "f9ece5ed20f2e5eced"),
    ("windows-1256", "مرحبا بالعالم", "e3d1cdc8c720c8c7e1dac7e1e3"),
    ("windows-1257", "Labdien, pasaule ķļņ", "4c61626469656e2c2070617361756c6520edeff2"),
    ("iso-8859-1", "Grüße, façade", "4772fcdf652c206661e7616465"),
    ("iso-8859-2", "Zażółć gęślą jaźń", "5a61bff3b3e62067eab66cb1206a61bcf1"),
    ("iso-8859-5", "Привет", "bfe0d8d2d5e2"),
    ("iso-8859-7", "Καλημέρα", "cae1ebe7ecddf1e1"),
    ("iso-8859-8", "שלום", "f9ece5ed"),
    ("iso-8859-9", "Günaydın", "47fc6e617964fd6e"),
    ("iso-8859-15", "Œuvre à 5 €", "bc7576726520e0203520a4"),
    ("tis-620", "สวัสดี", "cac7d1cab4d5"),
    ("utf-8", "Grüße 日本 🌷", "4772c3bcc39f6520e697a5e69cac20f09f8cb7"),
    ("utf-7", "Grüße aus 日本", "47722b4150774133772d6520617573202b5a65566e4c412d"),
    ("macintosh", "Café – “oui”", "4361668e20d020d26f7569d3"),
];

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn shown(mail: &[u8]) -> (Document, String) {
    let laid = lay(parse(mail, View::Best, &Context::default()), 80);
    let lines = laid.lines.iter().map(|line| line.spans.iter().map(|span| span.text.as_str()).collect::<String>());
    let text = lines.collect::<Vec<_>>().join("\n");
    (laid.document, text)
}

/// DC01: the text, the subject and the sender's name are read in each of them; as raw bytes, as base64 and as quoted-printable.
#[test]
fn every_charset_is_read() {
    use base64::Engine as _;
    for (label, text, hex) in CHARSETS {
        let raw = bytes(hex);
        let coded = base64::engine::general_purpose::STANDARD.encode(&raw);
        let quoted = raw.iter().fold(String::new(), |mut out, byte| {
            write!(out, "={byte:02X}").unwrap();
            out
        });
        let word = format!("=?{label}?B?{coded}?=");
        let head = format!("Subject: {word}\r\nFrom: =?{label}?Q?{quoted}?= <a@b.example>\r\nMIME-Version: 1.0\r\n");
        for (encoding, body) in
            [("8bit", raw.clone()), ("base64", coded.clone().into_bytes()), ("quoted-printable", quoted.into_bytes())]
        {
            let kind =
                format!("Content-Type: text/plain; charset={label}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n");
            let mail = [head.as_bytes(), kind.as_bytes(), &body, b"\r\n"].concat();
            let (document, lines) = shown(&mail);
            assert_eq!(lines, text, "{label}, {encoding}");
            assert_eq!(document.head.subject.as_str(), text, "{label}");
            assert_eq!(document.head.from[0].name.as_str(), text, "{label}");
        }
    }
}

/// DC01, DC04: bytes without a charset, or with a wrong one, are read as what they most likely are; nothing is lost in silence.
#[test]
fn wrong_labels_are_survived() {
    let german = b"Gr\xfc\xdfe";
    for charset in
        ["", "; charset=us-ascii", "; charset=utf-8", "; charset=x-unknown", "; charset=\"\"", "; charset=8bit"]
    {
        let mail = [format!("Content-Type: text/plain{charset}\r\n\r\n").as_bytes(), german].concat();
        assert_eq!(shown(&mail).1, "Grüße", "{charset}");
    }
    for charset in ["", "; charset=us-ascii", "; charset=x-unknown"] {
        let mail = [format!("Content-Type: text/plain{charset}\r\n\r\n").as_bytes(), "Grüße 日本".as_bytes()].concat();
        assert_eq!(shown(&mail).1, "Grüße 日本", "{charset}");
    }
}

/// Encoded words in the forms that programs break them in: without blanks between, in quotes, in comments, split within a
/// character, of an unknown charset, not closed (RFC 2047).
#[test]
fn broken_encoded_words_are_read() {
    for (raw, expected) in [
        ("=?utf-8?Q?Gr=C3=BC?= =?utf-8?Q?=C3=9Fe?=", "Grüße"),
        ("=?utf-8?Q?Gr=C3=BC?=\r\n =?utf-8?Q?=C3=9Fe?=", "Grüße"),
        ("=?utf-8?B?R3LDvMOfZQ==?=", "Grüße"),
        ("=?UTF-8?b?R3LDvMOfZQ?=", "Grüße"),
        ("=?utf-8?Q?a_b?=", "a b"),
        ("=?utf-8*de?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("Re: =?iso-8859-1?Q?Gr=FC=DFe?=", "Re: Grüße"),
        ("=?utf-8?Q?Gr=C3=BC=C3=9Fe?", "=?utf-8?Q?Gr=C3=BC=C3=9Fe?"),
    ] {
        let (document, _) = shown(format!("Subject: {raw}\r\n\r\nx").as_bytes());
        assert_eq!(document.head.subject.as_str(), expected, "{raw}");
    }
}

/// RFC 2231 names of files: charset and language, pieces, pieces of both kinds, and encoded words where they should not be.
#[test]
fn names_of_files_are_read() {
    for (raw, expected) in [
        ("filename*=utf-8''%e2%82%ac%20rates.pdf", "€ rates.pdf"),
        ("filename*=iso-8859-1'de'Gr%FC%DFe.pdf", "Grüße.pdf"),
        ("filename*0=\"a very \"; filename*1=\"long name.pdf\"", "a very long name.pdf"),
        ("filename*0*=utf-8''Gr%C3%BC; filename*1*=%C3%9Fe; filename*2=\".pdf\"", "Grüße.pdf"),
        ("filename=\"=?utf-8?Q?Gr=C3=BC=C3=9Fe.pdf?=\"", "Grüße.pdf"),
    ] {
        let mail = format!(
            "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nx\r\n\
             --b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; {raw}\r\n\r\nx\r\n--b--\r\n"
        );
        let (document, _) = shown(mail.as_bytes());
        assert_eq!(document.parts[0].name.as_str(), expected, "{raw}");
    }
}

/// SMTPUTF8 and IDN (RFC 6532, RFC 5891): addresses in other letters are read as they are, unless their letters could pose as
/// others; a name in punycode stays what it is.
#[test]
fn international_addresses_are_read() {
    for (raw, expected) in [
        ("Jörg <jörg@bücher.example>", "jörg@bücher.example"),
        ("<用户@例子.example>", "用户@例子.example"),
        ("<a@xn--bcher-kva.example>", "a@xn--bcher-kva.example"),
        ("<a@\u{430}pple.example>", "a@xn--pple-43d.example"),
    ] {
        let (document, _) = shown(format!("From: {raw}\r\n\r\nx").as_bytes());
        assert_eq!(document.head.from[0].address.as_str(), expected, "{raw}");
    }
}

/// Right-to-left and CJK text is as wide as the terminal draws it, is wrapped where it may be, and cut without half a letter.
#[test]
fn wide_and_right_to_left_text_is_cut_cleanly() {
    let text = "日本語の長い文章がここにあります。".repeat(6)
        + "\r\n\r\n"
        + &"مرحبا بالعالم ".repeat(20)
        + "\r\n\r\n"
        + &"שלום עולם ".repeat(20);
    let mail = format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{text}");
    for width in 10..60 {
        let laid = lay(parse(mail.as_bytes(), View::Best, &Context::default()), width);
        for line in &laid.lines {
            let columns: usize = line.spans.iter().map(|span| span.text.width()).sum();
            assert!(columns <= usize::from(width), "{columns} of {width}");
        }
        let letters: String = laid.lines.iter().flat_map(|line| &line.spans).map(|span| span.text.as_str()).collect();
        let count = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
        assert_eq!(count(&letters), count(&text), "{width}");
    }
    let cut = posthaste::safe_text::SafeText::new("日本語").cut(4);
    assert_eq!((cut.as_str(), cut.width()), ("日…", 3));
}
