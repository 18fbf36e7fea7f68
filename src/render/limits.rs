//! What is checked before any parser sees the bytes, and the thread with a known stack that parsing runs on.

use std::io;
use std::panic::resume_unwind;
use std::thread;

/// Messages inside of messages that are parsed; mail-parser overflows a small stack at some 35,000 levels.
pub(crate) const MAX_NESTED_MESSAGES: usize = 64;

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
