//! What is checked before any parser sees the bytes, and the thread with a known stack that parsing runs on.

use std::borrow::Cow;
use std::io;
use std::panic::resume_unwind;
use std::thread;

use crate::header_repair;
use crate::render::ends;

/// Messages inside of messages that are parsed; mail-parser overflows a small stack at some 35,000 levels.
pub(crate) const MAX_NESTED_MESSAGES: usize = 64;

/// Parts of a message that are parsed: mail-parser takes 160 bytes for each.
pub(crate) const MAX_PARTS: usize = 10_000;

/// Different boundaries that are told apart; a message that names more has all that look like one counted.
const MAX_BOUNDARIES: usize = 64;

/// Bytes of a boundary, with room: RFC 2046, section 5.1.1, allows 70.
const MAX_BOUNDARY: usize = 200;

/// Bytes of HTML that are read.
pub(crate) const MAX_HTML: usize = 2 << 20;

/// Bytes of plain text that are shown.
pub(crate) const MAX_TEXT: usize = 2 << 20;

/// Bytes of a text that are read for its first screens.
pub(crate) const GLIMPSE: usize = 48 << 10;

/// Bytes of HTML that are looked at to see whether it says more than the text beside it.
pub(crate) const MAX_COMPARED: usize = 128 << 10;

/// Stack of the thread that parses.
const STACK: usize = 64 << 20;

/// Runs a job on a thread with a stack of 64 MiB and waits for it: for every call of [`super::parse`] and its kin that
/// is not on such a thread already. A panic of the job is passed on to the caller, who runs under a supervisor.
///
/// # Errors
/// The system gave no thread.
pub(crate) fn run<T: Send>(job: impl FnOnce() -> T + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let handle = thread::Builder::new().name("render".to_owned()).stack_size(STACK).spawn_scoped(scope, job)?;
        match handle.join() {
            Ok(result) => Ok(result),
            Err(panic) => resume_unwind(panic),
        }
    })
}

/// What of a message goes to the parser: no more than [`MAX_PARTS`], its header lines repaired and its last parts ended.
/// `None`: it names more nested messages than are parsed.
pub(crate) fn readable(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    if too_nested(bytes) {
        return None;
    }
    let repaired = header_repair::repaired(first_parts(bytes));
    Some(match ends::ended(&repaired) {
        Some(ended) => Cow::Owned(ended),
        None => repaired,
    })
}

/// The bytes before the end of part [`MAX_PARTS`]; nearly always all of them.
pub(crate) fn first_parts(bytes: &[u8]) -> &[u8] {
    // A base64 body has no two hyphens: nearly every message is done after this.
    if hyphens(bytes).nth(MAX_PARTS).is_none() {
        return bytes;
    }
    let declared = boundaries(bytes);
    // The parser finds a boundary anywhere in a line, whatever comes behind it.
    let is_boundary = |at: &usize| {
        let after = bytes.get(at + 2..).unwrap_or_default();
        declared.as_ref().is_none_or(|all| all.iter().any(|boundary| after.starts_with(boundary)))
    };
    let end = hyphens(bytes).filter(is_boundary).nth(MAX_PARTS);
    end.and_then(|end| bytes.get(..end)).unwrap_or(bytes)
}

/// Where two hyphens stand together.
pub(super) fn hyphens(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    memchr::memchr_iter(b'-', bytes).filter(|at| bytes.get(at + 1) == Some(&b'-'))
}

/// The boundaries that header lines declare, wherever they stand (RFC 2046, section 5.1.1). `None`: too many of them, or
/// one that is written in a way that only a parser can read.
pub(super) fn boundaries(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut all: Vec<&[u8]> = Vec::new();
    for equals in memchr::memchr_iter(b'=', bytes) {
        let (before, after) = bytes.split_at(equals);
        let name = trim_end(before);
        // boundary*=, boundary*0= and boundary(with a comment)=
        let odd = [&b"boundary*"[..], b"boundary*0", b"boundary*0*"].iter().any(|end| ends_with(name, end))
            || name.ends_with(b")");
        if odd {
            return None;
        }
        if !ends_with(name, b"boundary") {
            continue;
        }
        let value = after.get(1..).unwrap_or_default().trim_ascii_start();
        let (value, end): (&[u8], fn(&u8) -> bool) = match value.split_first() {
            Some((b'"', quoted)) => (quoted, |byte| *byte == b'"'),
            _ => (value, |byte| byte.is_ascii_whitespace() || *byte == b';'),
        };
        let length = value.iter().take(MAX_BOUNDARY).position(end).unwrap_or(MAX_BOUNDARY);
        let value = value.get(..length).unwrap_or(value);
        if value.is_empty() || value.contains(&b'\\') || length == MAX_BOUNDARY || all.len() == MAX_BOUNDARIES {
            return None;
        }
        if !all.contains(&value) {
            all.push(value);
        }
    }
    Some(all)
}

/// Whether the bytes name more nested messages than are parsed. Counts `message/rfc822`, `message/global` and
/// `multipart/digest` in any case, with white space around the slash, wherever they stand.
pub(crate) fn too_nested(bytes: &[u8]) -> bool {
    let mut count = 0;
    let mut rest = bytes;
    while let Some(slash) = rest.iter().position(|b| *b == b'/') {
        let (before, after) = rest.split_at(slash);
        let after = after.get(1..).unwrap_or_default();
        let word = trim_end(before);
        let next = after.trim_ascii_start();
        let nests = ends_with(word, b"message") && (starts_with(next, b"rfc822") || starts_with(next, b"global"))
            || ends_with(word, b"multipart") && starts_with(next, b"digest");
        if nests {
            count += 1;
            if count > MAX_NESTED_MESSAGES {
                return true;
            }
        }
        rest = after;
    }
    false
}

/// White space is looked for in the last bytes only: a body of blanks must not be walked again and again.
fn trim_end(bytes: &[u8]) -> &[u8] {
    let from = bytes.len().saturating_sub(32);
    bytes.get(from..).unwrap_or_default().trim_ascii_end()
}

fn ends_with(bytes: &[u8], word: &[u8]) -> bool {
    bytes
        .len()
        .checked_sub(word.len())
        .and_then(|from| bytes.get(from..))
        .is_some_and(|end| end.eq_ignore_ascii_case(word))
}

fn starts_with(bytes: &[u8], word: &[u8]) -> bool {
    bytes.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// The beginning of a text in at most `limit` bytes, and whether it was cut.
pub(crate) fn cut_text(text: &str, limit: usize) -> (&str, bool) {
    if text.len() <= limit {
        return (text, false);
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    (text.get(..end).unwrap_or(""), true)
}

#[cfg(test)]
mod tests {
    use super::{MAX_PARTS, first_parts};

    /// As many lines with a boundary as wished.
    fn parts(boundary: &str, line: &str, count: usize) -> Vec<u8> {
        (format!("Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n") + &line.repeat(count)).into_bytes()
    }

    /// Protects from a million parts (RS05), however their boundary is written and wherever in a line it stands.
    #[test]
    fn a_message_is_cut_behind_its_ten_thousandth_part() {
        for (boundary, line) in [
            ("b", "--b\n\n"),
            ("\"b c\"", "--b c\n\n"),
            ("\"\\b\"", "--b\n\n"),
            ("b", "x--bx"),
            ("-", "---\n"),
            ("\r\n b", "--b\n\n"),
        ] {
            let many = parts(boundary, line, MAX_PARTS + 5);
            let cut = first_parts(&many);
            let left = (many.len() - cut.len()) / line.len();
            assert!((4..=5).contains(&left), "{boundary} {line:?}: {left}");
            let few = parts(boundary, line, MAX_PARTS / 2);
            assert_eq!(first_parts(&few).len(), few.len(), "{boundary}");
        }
        let odd = parts("b", "--b\n\n", MAX_PARTS + 5);
        let odd = String::from_utf8(odd).unwrap().replace("boundary=", "boundary*0=");
        assert!(first_parts(odd.as_bytes()).len() < odd.len());
    }

    /// Protects what is attached: hyphens that are no boundary cut nothing off.
    #[test]
    fn a_long_dump_of_a_database_is_whole() {
        let mut dump = parts("=_b", "-- Name: accounts; Type: TABLE\n--\nCREATE TABLE x (a=b);\n", MAX_PARTS * 3);
        dump.extend_from_slice(b"--=_b--\r\n");
        assert_eq!(first_parts(&dump).len(), dump.len());
    }
}
