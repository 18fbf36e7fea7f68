//! RTF as Outlook and Word write it, and as nobody should.

use proptest::prelude::{ProptestConfig, Strategy};
use proptest::sample::select;
use proptest::{collection, proptest};

use super::{MAX_DEPTH, RtfBody, rtf_text};

fn text(rtf: &str) -> String {
    match rtf_text(rtf.as_bytes()) {
        RtfBody::Text(text) => text,
        RtfBody::Html(html) => panic!("no HTML was wrapped: {html}"),
    }
}

fn html(rtf: &str) -> String {
    match rtf_text(rtf.as_bytes()) {
        RtfBody::Html(html) => html,
        RtfBody::Text(text) => panic!("no HTML was found: {text}"),
    }
}

/// Protects the reader from font names, colours, styles, pictures and fields between the words.
#[test]
fn only_the_text_is_text() {
    let rtf = r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1{\*\panose 02}\fnil Courier;}}
{\colortbl;\red0\green0\blue255;}{\stylesheet{\s0 Normal;}}{\info{\author Eve}}{\*\generator Riched20 10.0;}
\viewkind4\uc1\pard\f0\fs20 Dear {\b bold} reader,\par
{\pict\wmetafile8\bin5 }}}}}00ff}{\field{\*\fldinst{HYPERLINK x}}{\fldrslt a link}}\tab end\line\emdash\{\\\}{\v secret}\par}
trailing";
    assert_eq!(text(rtf), "Dear bold reader,\na link\tend\n\u{2014}{\\}\n");
}

/// Protects every language but English: code pages of the document and of its fonts, characters over two tokens, and
/// Unicode with its stand-ins.
#[test]
fn characters_are_decoded() {
    let cases = [
        (r"{\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8\'e2\'e5\'f2}", "Привет"),
        (r"{\rtf1\ansi caf\'e9 \'80}", "café €"),
        (r"{\rtf1{\fonttbl{\f0 A;}{\f5\fcharset128 M;}}\f5\'93\'fa\b\'96\'7b{\f0 \'e9}\'93\'fa\plain\'e9}", "日本é日é"),
        (r"{\rtf1{\fonttbl{\f3\fcharset204 A;}}\deff3\'cf}", "П"),
        // A second byte that is a letter of ASCII as it stands.
        (r"{\rtf1\ansicpg932 \'83A\'83\\}", "アソ"),
        (r"{\rtf1\uc1\u8364?\u-10179\'3f\u-8704?x}", "€😀x"),
        (r"{\rtf1\uc2\u8364 ab\uc0\u8364 c{\uc3\u8364 abcd}\u8364 e}", "€€c€d€e"),
        (r"{\rtf1\u8364\'80{x}\u8364{x}\u8364\tab x}", "€x€x€x"),
        (r"{\rtf1\u-10179?a\u-8704?}", "\u{fffd}a\u{fffd}"),
        (r"{\rtf1 a\~b\_c\'zz\'4}", "a\u{a0}b\u{2011}czz4"),
    ];
    for (rtf, expected) in cases {
        assert_eq!(text(rtf), expected, "{rtf}");
    }
}

/// Protects HTML mail that went through Exchange: the tags and the text are there, the made-up RTF is not.
#[test]
fn wrapped_html_is_unwrapped() {
    let rtf = r#"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0
{\fonttbl{\f0\fswiss Arial;}{\f4\fcharset204 Arial;}}
{\*\htmltag18 <html>}{\*\htmltag50 <body>}
{\*\htmltag64}\htmlrtf {\htmlrtf0{\*\htmltag148 <a href="x\'e9?a=\{1\}">}\htmlrtf \b\f4 \htmlrtf0 \'cf{\*\mhtmltag148 <a href="cid:1">}
\htmlrtf\par {\pntext 1.}\htmlrtf0{\*\htmltag84 &lt;}{\pntext 2.}\rquote\htmlrtf }\htmlrtf0{\*\htmltag156 </a>\par
}\htmlrtf1 lost{ lost\htmlrtf0  kept}\~lost\htmlrtf0{\*\other no}\htmlrtf}\htmlrtf0 end{\*\htmltag58 </body>}}"#;
    let expected = "<html><body><a href=\"xé?a={1}\">П&lt;\u{2019}</a>\n kept";
    assert!(html(rtf).starts_with(expected), "{}", html(rtf));
}

/// Protects the end of the document: the state of `\htmlrtf` is that of its group.
#[test]
fn made_up_rtf_ends_with_its_group() {
    assert_eq!(html(r"{\rtf1\fromhtml1 a{\htmlrtf x{\htmlrtf0 b}x}c\htmlrtf x\htmlrtf0 d}"), "abcd");
}

/// Protects text about RTF, and RTF that only says so late or says no, from being taken for HTML.
#[test]
fn html_must_be_announced_in_the_header() {
    assert_eq!(text(r"{\rtf1 hello\fromhtml1{\*\htmltag <b>}}"), "hello");
    assert_eq!(text(r"{\rtf1\fromhtml0 hello{\*\htmltag <b>}}"), "hello");
    assert_eq!(text(r"{\rtf1\fromtext hello\par}"), "hello\n");
    assert_eq!(text("plain words"), "");
    assert_eq!(text(""), "");
}

/// Protects the stack and the memory: groups too deep are left out, and what follows them is read.
#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("{{\\rtf1 a{}b{}c}}", "{".repeat(depth), "}".repeat(depth));
    assert_eq!(text(&nested(MAX_DEPTH - 1)), "abc");
    assert_eq!(text(&nested(MAX_DEPTH)), "ac");
    assert_eq!(text(&nested(1 << 20)), "ac");
    assert_eq!(text(&format!("{{\\rtf1 a{}", "{".repeat(1 << 20))), "a");
}

/// Protects from numbers that overflow and from lengths that reach over the end.
#[test]
fn forged_numbers_are_survived() {
    assert_eq!(text(r"{\rtf1 a\bin99999999999999999999 b}"), "a");
    assert_eq!(text(r"{\rtf1 a\bin-5 b}"), "ab");
    assert_eq!(text(r"{\rtf1\uc99999999999\u65 bcd}e"), "A");
    assert_eq!(text(r"{\rtf1\uc-1\u66 ?\u99999999999 ?\ansicpg-1\f-7\'e9}"), "B\u{ffff}é");
    assert_eq!(text("{\\rtf1 a\\"), "a");
    assert_eq!(text("{\\rtf1 a\\'"), "a");
    assert_eq!(text("{\\rtf1 a\\u-"), "a-");
}

/// Pieces of which tokens are made.
fn soup() -> impl Strategy<Value = String> {
    let pieces = vec![
        "{",
        "}",
        "\\",
        "\\*",
        "\\'",
        "8",
        "-",
        " ",
        "a",
        "\\u",
        "\\uc",
        "55357",
        "\\f1",
        "\\fcharset128",
        "\\par",
        "{\\fonttbl",
        "{\\*\\htmltag",
        "\\htmlrtf",
        "0",
        "\\bin",
        "\\'93",
        "\\'fa",
        "é",
        "\r\n",
        "\\pict",
        "\\deff",
    ];
    collection::vec(select(pieces), 0..200).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Protects from panics and from more text coming out than three times what went in.
    #[test]
    fn any_tokens_are_survived(soup in soup()) {
        for head in ["{\\rtf1\\fromhtml1 ", "{\\rtf1 "] {
            let rtf = format!("{head}{soup}");
            let (RtfBody::Html(out) | RtfBody::Text(out)) = rtf_text(rtf.as_bytes());
            assert!(out.len() <= 3 * rtf.len(), "{rtf}");
        }
    }
}
