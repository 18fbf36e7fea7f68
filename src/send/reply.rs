//! A reply of a server, cut from what came in (RFC 5321, section 4.2). Bounded: a hostile server can say little and nothing
//! odd.

use super::error::{Answer, Status};
use crate::imap::error::bounded;

/// The longest line: a part of a sign-in may have 12,288 bytes (RFC 4954, section 4).
const MAX_LINE: usize = 12 * 1024 + 512;
/// Most lines of one reply.
const MAX_LINES: usize = 100;

/// A whole reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    /// Its code, 200-599.
    pub(super) code: u16,
    /// The texts of its lines, without the code.
    pub(super) lines: Vec<String>,
}

/// What makes no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Nonsense {
    /// It does not begin with a code.
    #[error("this is no answer of an SMTP server")]
    NoReply,
    /// Lines of one reply have different codes.
    #[error("an answer that contradicts itself")]
    Mixed,
    /// A line or a reply is too long.
    #[error("an answer that is too long")]
    TooLong,
}

impl Reply {
    /// Takes the first reply out of what was read; `None` while it is not whole.
    pub(super) fn take(read: &mut Vec<u8>) -> Result<Option<Self>, Nonsense> {
        let (mut lines, mut code, mut at) = (Vec::new(), None, 0);
        loop {
            let rest = read.get(at..).unwrap_or_default();
            let Some(end) = memchr::memchr(b'\n', rest) else {
                return if could_begin(rest) { Ok(None) } else { Err(Nonsense::NoReply) };
            };
            if end > MAX_LINE || lines.len() == MAX_LINES {
                return Err(Nonsense::TooLong);
            }
            let line = rest.get(..end).unwrap_or_default();
            let (here, more, text) = split(line.strip_suffix(b"\r").unwrap_or(line)).ok_or(Nonsense::NoReply)?;
            if code.is_some_and(|code| code != here) {
                return Err(Nonsense::Mixed);
            }
            code = Some(here);
            lines.push(text);
            at += end + 1;
            if !more {
                drop(read.drain(..at));
                return Ok(Some(Self { code: here, lines }));
            }
        }
    }

    /// Whether it says that all is well.
    pub(super) fn is_done(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// Whether it says yes or no, and not something in between.
    pub(super) fn is_done_or_refused(&self) -> bool {
        !(300..400).contains(&self.code)
    }

    /// As an answer to be shown: the texts of the lines without what stands in each of them.
    pub(super) fn answer(&self) -> Answer {
        let mut status = None;
        let texts: Vec<&str> = self
            .lines
            .iter()
            .map(|line| {
                let (found, text) = enhanced(line, self.code);
                status = status.or(found);
                text.trim()
            })
            .filter(|text| !text.is_empty())
            .collect();
        Answer { code: self.code, status, text: bounded(&texts.join(" ")) }
    }
}

/// Whether this may be the beginning of a line.
fn could_begin(line: &[u8]) -> bool {
    line.len() <= MAX_LINE
        && line.iter().take(3).all(u8::is_ascii_digit)
        && line.get(3).is_none_or(|byte| matches!(byte, b' ' | b'-' | b'\r'))
}

/// The code, whether more lines follow, and the text.
fn split(line: &[u8]) -> Option<(u16, bool, String)> {
    let digits = line.get(..3)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    let more = match line.get(3) {
        None | Some(b' ') => false,
        Some(b'-') => true,
        Some(_) => return None,
    };
    let text = String::from_utf8_lossy(line.get(4..).unwrap_or_default()).into_owned();
    (200..600).contains(&code).then_some((code, more, text))
}

/// The enhanced status code that a text begins with, and the rest (RFC 2034). One of another class than the reply's is none.
fn enhanced(text: &str, code: u16) -> (Option<Status>, &str) {
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    let mut parts = first.split('.');
    let mut number = || parts.next().filter(|part| (1..=3).contains(&part.len())).and_then(|part| part.parse().ok());
    let (Some(class), Some(subject), Some(detail)) = (number(), number(), number()) else { return (None, text) };
    if parts.next().is_some() || class != code / 100 {
        return (None, text);
    }
    (u8::try_from(class).ok().map(|class| Status { class, subject, detail }), rest)
}

#[cfg(test)]
mod tests;
