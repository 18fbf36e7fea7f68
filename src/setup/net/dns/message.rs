//! DNS messages (RFC 1035, section 4): one question, and the SRV or MX records of its answer. Pure, and read with distrust.

use std::io;

use crate::setup::services::Service;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// RFC 2782.
    Srv,
    /// RFC 1035, section 3.3.9.
    Mx,
}

impl Kind {
    const fn number(self) -> u16 {
        match self {
            Self::Srv => 33,
            Self::Mx => 15,
        }
    }
}

/// A record's data. A name that cannot be a host's is left out with its record; "." is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Data {
    /// A service.
    Srv(Service),
    /// Preference and host.
    Mx(u16, String),
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply {
    /// Its records; none where the name has none.
    All(Vec<Data>),
    /// It did not fit.
    Truncated,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Wrong {
    /// There is no such name (RFC 1035, section 4.1.1: RCODE 3).
    #[error("no such name")]
    NoSuchName,
    /// It answers something else.
    #[error("an answer to another question")]
    Foreign,
    /// It cannot be read.
    #[error("the name server's answer makes no sense")]
    Nonsense,
    /// The server does not want to, or cannot.
    #[error("the name server refuses to answer")]
    Refused,
    /// It was not reached.
    #[error("the name server cannot be reached")]
    Unreached(#[from] io::Error),
}

/// Records that are looked at; no domain has so many.
const RECORDS: usize = 64;
/// Bytes of a name (RFC 1035, section 2.3.4).
const NAME: usize = 255;
/// Jumps in a compressed name: more than it can have labels.
const JUMPS: usize = 127;
/// The class of the Internet.
const IN: u16 = 1;
const HEADER: usize = 12;

/// A message that asks for records of this name, with recursion. `None` for a name that no question can hold.
pub(super) fn question(id: u16, name: &str, kind: Kind) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(HEADER + name.len() + 17);
    // Recursion desired; one question, and one additional record.
    for word in [id, 0x0100, 1, 0, 0, 1] {
        bytes.extend_from_slice(&word.to_be_bytes());
    }
    for label in name.split('.') {
        let length = u8::try_from(label.len()).ok().filter(|length| (1..=63).contains(length))?;
        bytes.push(length);
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.push(0);
    if bytes.len() > HEADER + NAME {
        return None;
    }
    for word in [kind.number(), IN] {
        bytes.extend_from_slice(&word.to_be_bytes());
    }
    // EDNS: datagrams of 1232 bytes pass everywhere (RFC 6891, section 6.1.2).
    bytes.push(0);
    for word in [41_u16, 1232, 0, 0, 0] {
        bytes.extend_from_slice(&word.to_be_bytes());
    }
    Some(bytes)
}

/// Reads an answer to a question that [`question`] made.
pub(super) fn read(bytes: &[u8], question: &[u8], id: u16, kind: Kind) -> Result<Reply, Wrong> {
    let word = |at: usize| word(bytes, at).ok_or(Wrong::Foreign);
    let (flags, questions, answers) = (word(2)?, word(4)?, word(6)?);
    // The question's own part: it ends before the additional record.
    let asked = question.get(HEADER..question.len().saturating_sub(11)).unwrap_or_default();
    let echoed = bytes.get(HEADER..HEADER + asked.len()).unwrap_or_default();
    if word(0)? != id || flags & 0x8000 == 0 || questions != 1 || !echoed.eq_ignore_ascii_case(asked) {
        return Err(Wrong::Foreign);
    }
    match flags & 0x000f {
        0 => {}
        3 => return Err(Wrong::NoSuchName),
        _ => return Err(Wrong::Refused),
    }
    if flags & 0x0200 != 0 {
        return Ok(Reply::Truncated);
    }
    let (mut at, mut found) = (HEADER + asked.len(), Vec::new());
    for _ in 0..usize::from(answers).min(RECORDS) {
        let (data, next) = record(bytes, at, kind).ok_or(Wrong::Nonsense)?;
        found.extend(data);
        at = next;
    }
    Ok(Reply::All(found))
}

/// A record and where the next one begins. Aliases (CNAME) and whatever else stands there are passed over.
fn record(bytes: &[u8], at: usize, kind: Kind) -> Option<(Option<Data>, usize)> {
    let (_, at) = name(bytes, at)?;
    let (is, class, length) = (word(bytes, at)?, word(bytes, at + 2)?, usize::from(word(bytes, at + 8)?));
    let (data, end) = (at + 10, at + 10 + length);
    bytes.get(data..end)?;
    if is != kind.number() || class != IN {
        return Some((None, end));
    }
    let host = |at: usize| name(bytes, at).filter(|(_, after)| *after == end).and_then(|(host, _)| host);
    let data = match kind {
        Kind::Mx => word(bytes, data).zip(host(data + 2)).map(|(preference, host)| Data::Mx(preference, host)),
        Kind::Srv => {
            let service = |target| {
                let (priority, weight, port) = (word(bytes, data)?, word(bytes, data + 2)?, word(bytes, data + 4)?);
                Some(Data::Srv(Service { priority, weight, port, target }))
            };
            host(data + 6).and_then(service)
        }
    };
    Some((data, end))
}

/// A name in lower case, and where it ends. The inner `None`: it is one, but holds what no host's name does.
fn name(bytes: &[u8], start: usize) -> Option<(Option<String>, usize)> {
    let (mut at, mut after, mut jumps, mut plain) = (start, None, 0, true);
    let mut text = String::new();
    loop {
        let length = *bytes.get(at)?;
        match length {
            0 => break,
            1..=63 => {
                let label = bytes.get(at + 1..at + 1 + usize::from(length))?;
                plain &= label.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
                if !text.is_empty() {
                    text.push('.');
                }
                text.extend(label.iter().map(|byte| char::from(byte.to_ascii_lowercase())));
                at += 1 + usize::from(length);
                if text.len() > 2 * NAME {
                    return None;
                }
            }
            // A pointer, backwards alone (RFC 1035, section 4.1.4).
            192.. => {
                let target = usize::from(word(bytes, at)? & 0x3fff);
                after = after.or(Some(at + 2));
                jumps += 1;
                if target >= at || jumps > JUMPS {
                    return None;
                }
                at = target;
            }
            64..=191 => return None,
        }
    }
    let host = (plain && text.len() <= NAME).then_some(text);
    Some((host, after.unwrap_or(at + 1)))
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(pair.try_into().ok()?))
}
