//! Tests of reading and writing content lines.

use super::{Line, escape, lines, split_escaped, unescape};

/// Guards unfolding at CRLF, LF and CR, with blanks and tabs, and that quoted separators are no separators.
#[test]
fn unfolds_and_cuts() {
    let text =
        "\u{feff}item1.Attendee;CN=\"Lee; Ann: x\";role=CHAIR:mail\r\n to:a\n\t@b\nNOTE:x\rbroken\r\n;:no name\n";
    let read: Vec<Line> = lines(text).collect();
    assert_eq!(read.len(), 2);
    assert_eq!(read[0].name, "ATTENDEE");
    assert_eq!(read[0].parameter("CN"), Some("Lee; Ann: x"));
    assert_eq!(read[0].parameter("ROLE"), Some("CHAIR"));
    assert_eq!(read[0].value, "mailto:a@b");
    assert_eq!((read[1].name.as_str(), read[1].value.as_str()), ("NOTE", "x"));
}

/// Guards the soft line breaks of quoted-printable in vCard 2.1, which no indentation marks.
#[test]
fn joins_soft_breaks() {
    let read: Vec<Line> = lines("NOTE;ENCODING=QUOTED-PRINTABLE:a=\r\nb=\r\nc\r\nFN:x\r\n").collect();
    assert_eq!(read[0].value, "abc");
    assert_eq!(read[1].value, "x");
}

/// Guards that a written line is at most 75 octets wide, cut between characters, and reads back as it was.
#[test]
fn folds_and_reads_back() {
    let line = Line {
        name: "SUMMARY".to_owned(),
        parameters: vec![("CN".to_owned(), "a \"b\"; c^n".to_owned()), ("VALUE".to_owned(), "DATE".to_owned())],
        value: "Grüße ☃ ".repeat(40).trim().to_owned(),
    };
    let mut out = String::new();
    line.write(&mut out);
    assert!(out.split("\r\n").all(|physical| physical.len() <= 75), "{out}");
    assert!(out.contains(";VALUE=DATE:"), "{out}");
    assert_eq!(lines(&out).collect::<Vec<_>>(), vec![line]);
}

/// Guards that no control in a value or a parameter can end the line that is written.
#[test]
fn writes_no_second_line() {
    let line = Line {
        name: "UID".to_owned(),
        parameters: vec![("CN".to_owned(), "x\r\nATTENDEE:evil\u{85}".to_owned())],
        value: "1\r\nMETHOD:CANCEL\n\u{2028}\0".to_owned(),
    };
    let mut out = String::new();
    line.write(&mut out);
    assert_eq!(out, "UID;CN=\"x^nATTENDEE:evil\":1METHOD:CANCEL\r\n");
}

/// Guards that escaping and unescaping are inverse, and that an escaped separator does not cut.
#[test]
fn escapes() {
    let text = "a,b;c\\d\ne";
    assert_eq!(escape(text), "a\\,b\\;c\\\\d\\ne");
    assert_eq!(unescape(&escape(text)), text);
    assert_eq!(unescape("end\\"), "end\\");
    assert_eq!(split_escaped("a\\;b;c\\\\;d", ';'), ["a\\;b", "c\\\\", "d"]);
}

/// Guards that a megabyte in one line, folded or not, is cut and does not take the rest along.
#[test]
fn endless_lines() {
    let folded = format!("NOTE:{}\r\nFN:after\r\n", "x\r\n ".repeat(300_000));
    let read: Vec<Line> = lines(&folded).collect();
    assert!(read[0].value.len() <= super::MAX_LINE);
    assert_eq!(read[1].value, "after");
    let long = format!("NOTE:{}\r\nFN:after\r\n", "ü".repeat(500_000));
    let read: Vec<Line> = lines(&long).collect();
    assert!(read[0].value.len() <= super::MAX_LINE);
    assert_eq!(read[1].value, "after");
    let parameters = format!("X{}:v\r\n", ";A=1".repeat(200_000));
    assert_eq!(lines(&parameters).next().unwrap().parameters.len(), super::MAX_PARAMETERS);
}
