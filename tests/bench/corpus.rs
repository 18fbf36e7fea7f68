//! The mails of the corpora, again and again, each with an id and one word of its own.
#![cfg(test)]

use std::path::Path;

use posthaste::imap::convert;
use posthaste::mail::flags::{Flags, SEEN};
use posthaste::mail::message::NewMessage;
use posthaste::mail::{Uid, UnixTime};

/// When the first message came.
const FIRST: i64 = 1_300_000_000;
/// Seconds between two messages.
const BETWEEN: i64 = 3_000;

/// All mails.
pub struct Corpus {
    mails: Vec<Vec<u8>>,
}

impl Corpus {
    /// Reads the mails below a folder.
    pub fn read(folder: &Path) -> Self {
        let (mut paths, mut open) = (Vec::new(), vec![folder.to_owned()]);
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else if path.extension().is_none_or(|ending| ending != "jsonl" && ending != "md") {
                    paths.push(path);
                }
            }
        }
        paths.sort();
        let mails = paths.iter().map(|path| without_id(&std::fs::read(path).unwrap())).collect();
        Self { mails }
    }

    /// The mail with this number. Neighbours come from all over the corpora.
    pub fn mail(&self, number: u32) -> Vec<u8> {
        let place = (number as usize).wrapping_mul(7_919) % self.mails.len();
        let mail = &self.mails[place];
        let own = format!(
            "Message-ID: <{number}@bench.example>\r\nComments: own\r\nList-Id: <only{number}.bench.example>\r\n"
        );
        [own.as_bytes(), mail].concat()
    }

    /// What sync stores of it.
    pub fn header(&self, number: u32) -> NewMessage {
        let mail = self.mail(number);
        let end =
            memchr::memmem::find(&mail, b"\n\n").into_iter().chain(memchr::memmem::find(&mail, b"\r\n\r\n")).min();
        let header = &mail[..end.map_or(mail.len(), |end| end + 2)];
        let flags = Flags { system: if number.is_multiple_of(10) { 0 } else { SEEN }, ..Flags::default() };
        NewMessage {
            uid: Uid(number + 1),
            flags,
            received: UnixTime(FIRST + BETWEEN * i64::from(number)),
            size: mail.len() as u64,
            envelope: convert::envelope(header),
            modseq: None,
        }
    }
}

/// A mail without a Message-ID and a List-Id: it gets its own.
fn without_id(mail: &[u8]) -> Vec<u8> {
    let (mut out, mut body, mut dropping) = (Vec::with_capacity(mail.len()), false, false);
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        body |= line == b"\n" || line == b"\r\n";
        let folded = line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        let lower = line[..line.len().min(12)].to_ascii_lowercase();
        if !folded {
            dropping = lower.starts_with(b"message-id:") || lower.starts_with(b"list-id:");
        }
        // The line that an mbox begins a mail with.
        if body || !(dropping || lower.starts_with(b"from ")) {
            out.extend_from_slice(line);
        }
    }
    out
}
