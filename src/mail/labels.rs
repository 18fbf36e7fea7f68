//! Labels: keywords that people made up, as they are shown; and how one with letters that no keyword has is written as one.
//!
//! A byte that an atom cannot hold, and `=`, is written as `=` and two hexadecimal digits: `to do` is `to=20do`. So labels
//! of Gmail (X-GM-EXT-1), which are text, and keywords of IMAP are the same thing everywhere but on the wire.

use std::fmt::Write as _;

use super::flags::{Flags, Keyword};

/// Keywords of programs that are no labels, in lower case; all that begin with `$` are none either.
const NONE: [&str; 9] =
    ["junk", "nonjunk", "notjunk", "forwarded", "redirected", "mdnsent", "old", "hasattachment", "hasnoattachment"];

/// Whether a keyword is a label.
pub fn is_label(keyword: &str) -> bool {
    !keyword.starts_with(['$', '\\']) && !NONE.iter().any(|none| none.eq_ignore_ascii_case(keyword))
}

/// The labels of a message as people read them; not sanitised.
pub fn shown(flags: &Flags) -> impl Iterator<Item = String> + '_ {
    flags.keywords.iter().map(Keyword::as_str).filter(|keyword| is_label(keyword)).map(decode)
}

/// The keyword of a label; `None` for an empty one and for one that is too long to be a keyword.
pub fn keyword(label: &str) -> Option<Keyword> {
    let mut word = String::with_capacity(label.len());
    for byte in label.trim().bytes() {
        let one = [byte];
        let plain = byte != b'=' && std::str::from_utf8(&one).is_ok_and(|letter| Keyword::new(letter).is_some());
        // A keyword of a program's would not be shown as a label again.
        let first = word.is_empty() && byte == b'$';
        if plain && !first {
            word.push(char::from(byte));
        } else {
            // Infallible: it is written into memory.
            let _infallible = write!(word, "={byte:02X}");
        }
    }
    Keyword::new(&word)
}

/// A keyword as people read it: what was escaped is text again, what cannot be stays.
pub fn decode(keyword: &str) -> String {
    if !keyword.contains('=') {
        return keyword.to_owned();
    }
    let mut bytes = Vec::with_capacity(keyword.len());
    let mut rest = keyword.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        let escaped = tail.first_chunk::<2>().filter(|_| *byte == b'=').and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            u8::from_str_radix(digits, 16).ok()
        });
        bytes.push(escaped.unwrap_or(*byte));
        rest = if escaped.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| keyword.to_owned())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{Flags, decode, is_label, keyword, shown};

    /// A label is a keyword and comes back as it was; plain words stay as they are.
    #[rstest]
    #[case("work", "work")]
    #[case("Projects/atlas", "Projects/atlas")]
    #[case("to do", "to=20do")]
    #[case("a=b", "a=3Db")]
    #[case("später", "sp=C3=A4ter")]
    #[case("100%", "100=25")]
    #[case("$money", "=24money")]
    #[case("(x)", "=28x=29")]
    fn labels_are_keywords(#[case] label: &str, #[case] word: &str) {
        let made = keyword(label).unwrap();
        assert_eq!(made.as_str(), word);
        assert_eq!(decode(made.as_str()), label);
        assert!(is_label(made.as_str()));
    }

    /// What was never escaped is left alone, and no keyword of a program's is a label.
    #[test]
    fn others_are_left_alone() {
        for word in ["a=zz", "=", "a=F", "x=FF"] {
            assert_eq!(decode(word), word);
        }
        let flags = Flags::parse(["$Junk", "NonJunk", "$SnoozedUntil-20261130T0800Z", "b", "a"]);
        assert_eq!(shown(&flags).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((keyword(""), keyword(&"x".repeat(1000))), (None, None));
    }
}
