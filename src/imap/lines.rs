//! Our own small parser: status lines with their codes, and the data lines that imap-proto cannot read. Pure.

use super::answer::{Answer, FetchItem, ListItem, Literal};
use super::capability::Capabilities;
use super::convert;
use super::error::bounded;
use super::session::{CopyUid, NamespacePrefix, Namespaces, Status as MailboxStatus};
use super::syntax::{Value, parse};
use super::uid_set::{UidSet, parse_ranges};
use crate::mail::flags::Flags;
use crate::mail::folder::Namespace;
use crate::mail::quota::{Quota, Resource};
use crate::mail::rights::Rights;
use crate::mail::{Uid, UidValidity};

/// The five conditions of a status line (RFC 9051, section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// OK.
    Ok,
    /// NO.
    No,
    /// BAD.
    Bad,
    /// BYE.
    Bye,
    /// PREAUTH.
    PreAuth,
}

/// A response code: `[NAME arguments]` (RFC 9051, section 7.1; RFC 5530).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Code {
    /// The name in upper case.
    pub(crate) name: String,
    arguments: String,
}

/// A status line: who it answers, how, and the human text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StatusLine {
    /// The tag, `*` or `+`.
    pub(crate) tag: String,
    /// The condition; OK for `+`.
    pub(crate) status: Status,
    /// The response code.
    pub(crate) code: Option<Code>,
    /// What people are meant to read.
    pub(crate) text: String,
}

impl Code {
    /// Its single number: UIDVALIDITY, UIDNEXT, HIGHESTMODSEQ.
    pub(crate) fn number(&self) -> Option<u64> {
        self.arguments.trim().parse().ok()
    }

    /// Its number where 32 bits and not 0 are asked for: a UIDVALIDITY or UID (RL15, RL52).
    pub(crate) fn nonzero(&self) -> Option<u32> {
        self.number().and_then(|number| u32::try_from(number).ok()).filter(|number| *number != 0)
    }

    /// The words of a list: PERMANENTFLAGS.
    pub(crate) fn words(&self) -> Vec<String> {
        self.arguments
            .trim()
            .trim_start_matches('(')
            .trim_end_matches(')')
            .split_ascii_whitespace()
            .map(|word| word.trim_matches('"').to_owned())
            .collect()
    }

    /// The capabilities of a CAPABILITY code.
    pub(crate) fn capabilities(&self) -> Option<Capabilities> {
        (self.name == "CAPABILITY").then(|| Capabilities::new(self.arguments.split_ascii_whitespace()))
    }

    /// The UIDs of a COPYUID code (RFC 4315, section 3).
    pub(crate) fn copy_uid(&self) -> Option<CopyUid> {
        if self.name != "COPYUID" {
            return None;
        }
        let mut words = self.arguments.split_ascii_whitespace();
        let uid_validity = words.next()?.parse().ok().filter(|validity| *validity != 0).map(UidValidity)?;
        let (from, to) = (parse_ranges(words.next()?)?, parse_ranges(words.next()?)?);
        let count = |ranges: &[(u32, u32)]| ranges.iter().map(|(a, b)| u64::from(a.abs_diff(*b)) + 1).sum::<u64>();
        // More than a server can have copied in one command, or sets that do not match, prove nothing.
        if count(&from) != count(&to) || count(&from) > 1_000_000 {
            return None;
        }
        let each = |ranges: Vec<(u32, u32)>| ranges.into_iter().flat_map(|(a, b)| a.min(b)..=a.max(b)).map(Uid);
        Some(CopyUid { uid_validity, pairs: each(from).zip(each(to)).collect() })
    }

    /// The UIDVALIDITY and UID of an APPENDUID code (RFC 4315, section 3).
    pub(crate) fn append_uid(&self) -> Option<(UidValidity, Uid)> {
        if self.name != "APPENDUID" {
            return None;
        }
        let mut words = self.arguments.split_ascii_whitespace();
        let mut number = || words.next()?.parse::<u32>().ok().filter(|number| *number != 0);
        Some((UidValidity(number()?), Uid(number()?)))
    }
}

/// The longest part of a sign-in that is taken from a server: base64, which nobody is ever shown.
const MAX_CHALLENGE: usize = 16 * 1024;

/// Reads a status line or continuation; `None` for data and for what is no IMAP.
pub(crate) fn status_line(line: &[u8]) -> Option<StatusLine> {
    let line = trim(line);
    if let Some(rest) = line.strip_prefix(b"+") {
        let text = String::from_utf8_lossy(rest).trim().chars().take(MAX_CHALLENGE).collect();
        return Some(StatusLine { tag: "+".to_owned(), status: Status::Ok, code: None, text });
    }
    let (tag, rest) = split_word(line);
    let (word, rest) = split_word(rest);
    let status = status_word(word)?;
    let sound = tag == b"*" || (!tag.is_empty() && tag.len() <= 64 && tag.iter().all(|b| is_tag_byte(*b)));
    if !sound || (tag != b"*" && matches!(status, Status::Bye | Status::PreAuth)) {
        return None;
    }
    let (code, text) = code_and_text(rest);
    let text = bounded(&String::from_utf8_lossy(text));
    Some(StatusLine { tag: String::from_utf8_lossy(tag).into_owned(), status, code, text })
}

/// The condition that a word names.
pub(crate) fn status_word(word: &[u8]) -> Option<Status> {
    let known: [(&[u8], Status); 5] = [
        (b"OK", Status::Ok),
        (b"NO", Status::No),
        (b"BAD", Status::Bad),
        (b"BYE", Status::Bye),
        (b"PREAUTH", Status::PreAuth),
    ];
    known.into_iter().find(|(name, _)| word.eq_ignore_ascii_case(name)).map(|(_, status)| status)
}

fn is_tag_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'(' | b')' | b'{' | b'%' | b'*' | b'"' | b'\\' | b'+')
}

fn code_and_text(rest: &[u8]) -> (Option<Code>, &[u8]) {
    let Some(inner) = rest.strip_prefix(b"[") else { return (None, rest) };
    // A list of flags may hold brackets itself: `[PERMANENTFLAGS (OIB-Seen-[Gmail]/All \*)]`.
    let listed = inner.split(|b| *b == b' ').nth(1).is_some_and(|word| word.starts_with(b"("));
    let end = if listed { inner.windows(2).position(|pair| pair == b")]").map(|at| at + 1) } else { None };
    let Some(end) = end.or_else(|| inner.iter().position(|b| *b == b']')) else { return (None, rest) };
    let (code, after) = inner.split_at(end);
    let (name, arguments) = split_word(code);
    let code = Code {
        name: String::from_utf8_lossy(name).to_ascii_uppercase(),
        arguments: String::from_utf8_lossy(arguments).into_owned(),
    };
    (Some(code), after.get(1..).unwrap_or_default())
}

/// Reads a line of data that imap-proto does not; whatever it is, the connection goes on.
pub(crate) fn data_line(line: &[u8]) -> Answer {
    let Some(rest) = trim(line).strip_prefix(b"*") else { return bare_code(trim(line)).unwrap_or(Answer::Garbage) };
    let rest = trim(rest);
    if let Some(answer) = bare_code(rest) {
        return answer;
    }
    let Some(values) = parse(rest) else { return broken(rest) };
    let answer = match values.as_slice() {
        [number, verb, arguments @ ..] if number.number().is_some() => numbered(number, verb, arguments),
        [verb, arguments @ ..] => verb.text().and_then(|verb| named(&verb.to_ascii_uppercase(), arguments)),
        [] => None,
    };
    answer.unwrap_or_else(|| Answer::Other(bounded(&String::from_utf8_lossy(rest))))
}

fn bare_code(rest: &[u8]) -> Option<Answer> {
    let (code, _) = code_and_text(rest);
    let code = code?;
    Some(code.copy_uid().map_or_else(|| Answer::Other(code.name.clone()), Answer::CopyUid))
}

fn numbered(number: &Value, verb: &Value, arguments: &[Value]) -> Option<Answer> {
    let seq = number.number().and_then(|number| u32::try_from(number).ok())?;
    if verb.is("FETCH") {
        return arguments.first()?.list().map(|list| Answer::Fetch(fetch(seq, list)));
    }
    if verb.is("EXISTS") {
        return Some(Answer::Exists(seq));
    }
    verb.is("EXPUNGE").then_some(Answer::Expunge(seq))
}

fn fetch(seq: u32, list: &[Value]) -> FetchItem {
    let mut item = FetchItem { seq, ..FetchItem::default() };
    for pair in list.chunks(2) {
        let [name, value] = pair else { continue };
        let name = name.lossy().unwrap_or_default().to_ascii_uppercase();
        match name.as_str() {
            "UID" => item.uid = value.number().and_then(|n| u32::try_from(n).ok()).filter(|n| *n != 0).map(Uid),
            "FLAGS" => {
                let words = value.list().unwrap_or_default().iter().filter_map(Value::text);
                item.flags = Some(Flags::parse(words));
            }
            "X-GM-LABELS" => {
                let words = value.list().unwrap_or_default().iter().filter_map(Value::lossy);
                item.labels = Some(words.collect());
            }
            "INTERNALDATE" => item.date = value.text().and_then(convert::internal_date),
            "RFC822.SIZE" => item.size = value.number(),
            "MODSEQ" => item.modseq = value.list().and_then(|list| list.first()).and_then(Value::number),
            name if name.starts_with("BODY[") => {
                item.body = value.bytes().map(|bytes| Literal::Bytes(bytes.to_vec()));
            }
            _ => {}
        }
    }
    item
}

/// A line that is no well-formed data: if it is a FETCH, its UID is all that can be saved of it (RL40).
fn broken(rest: &[u8]) -> Answer {
    let (number, after) = split_word(rest);
    let seq = std::str::from_utf8(number).ok().and_then(|text| text.parse::<u32>().ok());
    let (verb, attributes) = split_word(after);
    let Some(seq) = seq.filter(|_| verb.eq_ignore_ascii_case(b"FETCH")) else {
        return Answer::Other(bounded(&String::from_utf8_lossy(rest)));
    };
    // Only as the first attribute or before any string: a UID inside a subject is none.
    let head = attributes.split(|b| *b == b'"').next().unwrap_or_default();
    let mut words = head.split(|b| matches!(b, b' ' | b'(' | b')'));
    words.by_ref().find(|word| word.eq_ignore_ascii_case(b"UID"));
    let uid = words.next().and_then(|word| std::str::from_utf8(word).ok()).and_then(|text| text.parse().ok());
    Answer::Fetch(FetchItem { seq, uid: uid.filter(|uid| *uid != 0).map(Uid), broken: true, ..FetchItem::default() })
}

fn named(verb: &str, arguments: &[Value]) -> Option<Answer> {
    match verb {
        "LIST" | "LSUB" => list(arguments, verb == "LSUB"),
        "STATUS" => mailbox_status(arguments),
        "SEARCH" => {
            let uids = arguments.iter().filter_map(Value::number).filter_map(|n| u32::try_from(n).ok()).map(Uid);
            Some(Answer::Search(uids.collect()))
        }
        "ESEARCH" => Some(esearch(arguments)),
        "NAMESPACE" => Some(Answer::Namespace(namespaces(arguments))),
        "MYRIGHTS" => {
            let [name, letters, ..] = arguments else { return None };
            Some(Answer::MyRights { raw: name.lossy()?, rights: Rights::parse(letters.text()?) })
        }
        "QUOTA" => quota(arguments),
        "QUOTAROOT" => Some(Answer::QuotaRoot),
        "CAPABILITY" => Some(Answer::Capability(Capabilities::new(arguments.iter().filter_map(Value::text)))),
        "ENABLED" => {
            let names = arguments.iter().filter_map(Value::text).take(100).map(str::to_ascii_uppercase);
            Some(Answer::Enabled(names.collect()))
        }
        "VANISHED" => {
            let (earlier, set) = match arguments {
                [_, set] => (true, set),
                [set] => (false, set),
                _ => return None,
            };
            Some(Answer::Vanished { earlier, uids: UidSet::parse(set.text()?)? })
        }
        _ => None,
    }
}

fn list(arguments: &[Value], lsub: bool) -> Option<Answer> {
    let [attributes, delimiter, name, ..] = arguments else { return None };
    let raw = name.lossy()?;
    Some(Answer::List(ListItem {
        attributes: attributes.list()?.iter().filter_map(Value::lossy).collect(),
        delimiter: if delimiter.is("NIL") { None } else { delimiter.text().and_then(|text| text.chars().next()) },
        mangled: name.text().is_none(),
        raw,
        lsub,
    }))
}

fn mailbox_status(arguments: &[Value]) -> Option<Answer> {
    let [name, list, ..] = arguments else { return None };
    let mut status = MailboxStatus::default();
    for pair in list.list()?.chunks(2) {
        let [name, value] = pair else { continue };
        let number = value.number();
        let small = number.and_then(|number| u32::try_from(number).ok());
        match name.lossy().unwrap_or_default().to_ascii_uppercase().as_str() {
            "MESSAGES" => status.messages = small,
            "UNSEEN" => status.unseen = small,
            "UIDNEXT" => status.uid_next = small.filter(|n| *n != 0).map(Uid),
            "UIDVALIDITY" => status.uid_validity = small.filter(|n| *n != 0).map(UidValidity),
            "HIGHESTMODSEQ" => status.highest_modseq = number,
            _ => {}
        }
    }
    Some(Answer::MailboxStatus { raw: name.lossy()?, status })
}

/// QUOTA: triples of a resource, what is used, what may be (RFC 9208, section 4.2.1). Storage counts in KiB. A limit of 0
/// is none: some servers write it so.
fn quota(arguments: &[Value]) -> Option<Answer> {
    let [root, resources, ..] = arguments else { return None };
    let root = root.lossy()?;
    let one = |triple: &[Value]| {
        let [name, used, limit] = triple else { return None };
        let resource = Resource::parse(name.text()?)?;
        let unit = if resource == Resource::Storage { 1024 } else { 1 };
        let (used, limit) = (used.number()?.saturating_mul(unit), limit.number()?.saturating_mul(unit));
        (limit > 0).then(|| Quota { root: root.clone(), resource, used, limit })
    };
    Some(Answer::Quota(resources.list()?.chunks(3).filter_map(one).collect()))
}

fn esearch(arguments: &[Value]) -> Answer {
    let after = arguments.iter().skip_while(|word| !word.is("ALL")).nth(1);
    Answer::Search(after.and_then(Value::text).and_then(UidSet::parse).unwrap_or_default())
}

fn namespaces(arguments: &[Value]) -> Namespaces {
    let kinds = [Namespace::Personal, Namespace::Other, Namespace::Shared];
    let mut namespaces = Namespaces::default();
    for (kind, value) in kinds.into_iter().zip(arguments) {
        for entry in value.list().unwrap_or_default().iter().filter_map(Value::list) {
            let [prefix, delimiter, ..] = entry else { continue };
            let Some(prefix) = prefix.text() else { continue };
            let delimiter = delimiter.bytes().and_then(|_| delimiter.text()).and_then(|text| text.chars().next());
            namespaces.0.push(NamespacePrefix { kind, prefix: prefix.to_owned(), delimiter });
        }
    }
    namespaces
}

fn split_word(line: &[u8]) -> (&[u8], &[u8]) {
    let end = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
    let (word, rest) = line.split_at(end);
    (word, rest.strip_prefix(b" ").unwrap_or(rest))
}

fn trim(line: &[u8]) -> &[u8] {
    line.trim_ascii()
}

#[cfg(test)]
mod tests;
