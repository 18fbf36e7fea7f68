//! RFC 3676.

use rstest::rstest;

use super::{Flow, own_words, quoted, read, tidy, without_signature, write};

#[rstest]
#[case::short("Hi,\n\nyes.", "Hi,\r\n\r\nyes.\r\n")]
#[case::stuffed(" a\nFrom here\n>q", " ")]
#[case::signature("a\n-- \nDana", "a\r\n-- \r\nDana\r\n")]
fn text_is_flowed(#[case] text: &str, #[case] expected: &str) {
    if expected == " " {
        assert_eq!(write(text), "  a\r\n From here\r\n> q\r\n");
    } else {
        assert_eq!(write(text), expected);
    }
}

/// A long paragraph is broken behind blanks, a quoted one with its marks before each line, a word never.
#[test]
fn long_lines_are_broken() {
    let text =
        format!(">> {}\n{}\n{}", "word ".repeat(40).trim_end(), "x".repeat(300), "a > b From ".repeat(20).trim_end());
    let wire = write(&text);
    for line in wire.split_terminator("\r\n").filter(|line| !line.starts_with('x')) {
        assert!(line.len() <= 80, "{line}");
        assert!(!line.starts_with("From "), "{line}");
    }
    assert_eq!(wire.matches(">> word").count(), 3, "{wire}");
    assert_eq!(read(&wire, Flow::Flowed), text);
}

/// The line above a signature goes on nowhere, and what is broken never looks like it.
#[test]
fn a_signature_is_no_paragraph() {
    assert_eq!(read("a \r\n-- \r\nb\r\n", Flow::Flowed), "a\n-- \nb");
    let text = format!("-- {}", "word ".repeat(30).trim_end());
    assert_eq!(read(&write(&tidy(&text)), Flow::Flowed), text);
    assert_eq!(read("a \r\nb\r\n", Flow::DelSp), "ab");
    assert_eq!(without_signature("a\n\n-- \nDana\nAcme"), "a");
    assert_eq!(without_signature("a\n-- \nDana\n> quoted"), "a\n-- \nDana\n> quoted");
    assert_eq!(without_signature("-- \nDana"), "");
}

#[test]
fn quotes_and_own_words_are_told_apart() {
    assert_eq!(quoted("a\n\n> b\n>> c"), "> a\n>\n>> b\n>>> c");
    let text = "attached\n> see attachment\nmore\n-- \nanhang";
    assert_eq!(own_words(text), "attached\nmore");
    assert_eq!(own_words("x\n\n---------- Forwarded message ----------\nFrom: a\n\nattached"), "x\n");
}
