//! SEARCH: which messages meet the criteria (RFC 9051, section 6.4.4).

use imap_codec::imap_types::core::AString;
use imap_codec::imap_types::search::SearchKey;
use imap_codec::imap_types::sequence::{Sequence, SequenceSet};

use crate::demo::header;
use crate::demo::mailbox::Message;
use crate::mail::flags::{ANSWERED, DELETED, DRAFT, FLAGGED, Flag, SEEN};

mod text;

/// A message with its sequence number, and the largest numbers in the mailbox, which `*` stands for.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// The message.
    pub message: &'a Message,
    /// Its sequence number in the session that asks.
    pub sequence: u32,
    /// The largest sequence number.
    pub last_sequence: u32,
    /// The largest UID.
    pub last_uid: u32,
}

/// A set of numbers as ascending ranges that do not overlap; `*` stands for `last`, so that `n:*` always names `last`.
/// Empty when there is nothing, and so no `last`.
pub fn ranges(set: &SequenceSet, last: u32) -> Vec<(u32, u32)> {
    let Some(largest) = std::num::NonZeroU32::new(last) else {
        return Vec::new();
    };
    let mut parts: Vec<(u32, u32)> = set
        .0
        .as_ref()
        .iter()
        .map(|part| match part {
            Sequence::Single(one) => (one.expand(largest).get(), one.expand(largest).get()),
            Sequence::Range(from, to) => {
                let (from, to) = (from.expand(largest).get(), to.expand(largest).get());
                (from.min(to), from.max(to))
            }
        })
        .collect();
    parts.sort_unstable();
    let mut merged: Vec<(u32, u32)> = Vec::new();
    for (from, to) in parts {
        match merged.last_mut() {
            Some(before) if from <= before.1 => before.1 = before.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

fn covers(set: &SequenceSet, number: u32, last: u32) -> bool {
    ranges(set, last).iter().any(|range| (range.0..=range.1).contains(&number))
}

fn holds(value: &str, wanted: &AString<'_>) -> bool {
    text::holds(value, &String::from_utf8_lossy(wanted.as_ref()))
}

/// Whether a field holds a text. An empty one is in each that is there (RFC 9051, section 6.4.4).
fn field(message: &Message, name: &str, wanted: &AString<'_>) -> bool {
    header::value(&message.bytes, name).is_some_and(|value| holds(&text::header_value(&value), wanted))
}

/// The day of a message in days since 1970, for SINCE and BEFORE; the time zone is UTC.
fn day(message: &Message) -> i64 {
    message.date.0.div_euclid(86_400)
}

fn days(date: &imap_codec::imap_types::datetime::NaiveDate) -> i64 {
    date.as_ref().and_hms_opt(0, 0, 0).map_or(0, |at| at.and_utc().timestamp().div_euclid(86_400))
}

/// Whether a message meets the criteria. Sent dates are taken for received ones, as small servers do.
pub fn matches(key: &SearchKey<'_>, candidate: Candidate<'_>) -> bool {
    let message = candidate.message;
    let has = |bit| message.flags.has(&Flag::System(bit));
    let keyword = |atom: &imap_codec::imap_types::core::Atom<'_>| {
        Flag::parse(atom.as_ref()).is_some_and(|f| message.flags.has(&f))
    };
    match key {
        SearchKey::And(keys) => keys.as_ref().iter().all(|key| matches(key, candidate)),
        SearchKey::Or(left, right) => matches(left, candidate) || matches(right, candidate),
        SearchKey::Not(key) => !matches(key, candidate),
        SearchKey::SequenceSet(set) => covers(set, candidate.sequence, candidate.last_sequence),
        SearchKey::Uid(set) => covers(set, message.uid, candidate.last_uid),
        SearchKey::All | SearchKey::Old => true,
        SearchKey::New | SearchKey::Recent => false,
        SearchKey::Answered => has(ANSWERED),
        SearchKey::Unanswered => !has(ANSWERED),
        SearchKey::Deleted => has(DELETED),
        SearchKey::Undeleted => !has(DELETED),
        SearchKey::Draft => has(DRAFT),
        SearchKey::Undraft => !has(DRAFT),
        SearchKey::Flagged => has(FLAGGED),
        SearchKey::Unflagged => !has(FLAGGED),
        SearchKey::Seen => has(SEEN),
        SearchKey::Unseen => !has(SEEN),
        SearchKey::Keyword(atom) => keyword(atom),
        SearchKey::Unkeyword(atom) => !keyword(atom),
        SearchKey::Larger(size) => message.bytes.len() > *size as usize,
        SearchKey::Smaller(size) => message.bytes.len() < *size as usize,
        SearchKey::Before(date) | SearchKey::SentBefore(date) => day(message) < days(date),
        SearchKey::On(date) | SearchKey::SentOn(date) => day(message) == days(date),
        SearchKey::Since(date) | SearchKey::SentSince(date) => day(message) >= days(date),
        SearchKey::From(word) => field(message, "From", word),
        SearchKey::To(word) => field(message, "To", word),
        SearchKey::Cc(word) => field(message, "Cc", word),
        SearchKey::Bcc(word) => field(message, "Bcc", word),
        SearchKey::Subject(word) => field(message, "Subject", word),
        SearchKey::Header(name, word) => field(message, &String::from_utf8_lossy(name.as_ref()), word),
        SearchKey::Body(word) => holds(&text::body(&message.bytes), word),
        SearchKey::ModSequence { modseq, .. } => message.modseq >= *modseq,
        SearchKey::Text(word) => {
            let (head, _) = header::split(&message.bytes);
            let head = text::header_value(&String::from_utf8_lossy(head));
            holds(&head, word) || holds(&text::body(&message.bytes), word)
        }
    }
}

#[cfg(test)]
mod tests;
