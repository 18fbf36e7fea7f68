//! Commands of a client: imap-codec reads them; what it cannot read (LIST-EXTENDED, SEARCH RETURN) is read here.

use imap_codec::CommandCodec;
use imap_codec::decode::Decoder;
use imap_codec::imap_types::IntoStatic;
use imap_codec::imap_types::command::CommandBody;
use imap_codec::imap_types::mailbox::Mailbox;

use crate::demo::command::list::ListRequest;
use crate::demo::command::notify::NotifyRequest;

pub mod list;
pub mod notify;

/// One command, read.
#[derive(Debug)]
pub struct Request {
    /// The client's tag; `*` when it has none that can be read.
    pub tag: String,
    /// In capitals, with `UID` before it where it has that: `UID FETCH`.
    pub verb: String,
    /// For the log: verb and arguments, secrets removed, literals as `{n}`.
    pub log: String,
    /// What it asks.
    pub body: Body,
    /// Labels in a STORE (X-GM-LABELS); for a FETCH: whether they are asked for.
    pub labels: Option<Vec<String>>,
}

/// What a command asks.
#[derive(Debug)]
pub enum Body {
    /// Read by imap-codec.
    Standard(Box<CommandBody<'static>>),
    /// LIST with or without its extensions.
    List(ListRequest),
    /// `SEARCH RETURN (…)`: the answer is an ESEARCH (RFC 4731).
    Esearch(Box<CommandBody<'static>>),
    /// NOTIFY (RFC 5465).
    Notify(NotifyRequest),
    /// Not understood.
    Bad,
}

/// A mailbox's raw name.
pub fn mailbox_name(mailbox: &Mailbox<'_>) -> String {
    match mailbox {
        Mailbox::Inbox => "INBOX".to_owned(),
        Mailbox::Other(other) => String::from_utf8_lossy(other.as_ref()).into_owned(),
    }
}

impl Request {
    /// Reads a command with its literals and its line end.
    pub fn parse(raw: &[u8]) -> Self {
        let text = String::from_utf8_lossy(raw);
        let line = text.trim_end_matches(['\r', '\n']);
        let (tag, rest) = line.split_once(' ').unwrap_or((line, ""));
        let mut words = rest.split(' ');
        let mut verb = words.next().unwrap_or_default().to_ascii_uppercase();
        if verb == "UID" {
            verb = format!("UID {}", words.next().unwrap_or_default().to_ascii_uppercase());
        }
        let mut labels = None;
        let body = match verb.as_str() {
            "UID FETCH" | "UID STORE" if text.contains(LABELS) => match split_labels(line) {
                Some((plain, found)) => {
                    labels = Some(found);
                    standard(format!("{plain}\r\n").as_bytes()).map_or(Body::Bad, Body::Standard)
                }
                None => Body::Bad,
            },
            "LIST" => ListRequest::parse(rest.get(4..).unwrap_or_default()).map_or(Body::Bad, Body::List),
            "NOTIFY" => NotifyRequest::parse(rest.get(6..).unwrap_or_default()).map_or(Body::Bad, Body::Notify),
            "SEARCH" | "UID SEARCH" => search(raw),
            _ => standard(raw).map_or(Body::Bad, Body::Standard),
        };
        let tag = if tag.is_empty() { "*" } else { tag };
        Self { tag: tag.to_owned(), log: redact(&verb, rest), verb, body, labels }
    }
}

/// Gmail's item for labels, which imap-codec does not know.
const LABELS: &str = "X-GM-LABELS";

/// The command as it would be without labels, and the labels: a STORE of them becomes one of no flags.
fn split_labels(line: &str) -> Option<(String, Vec<String>)> {
    let (head, tail) = line.split_once(LABELS)?;
    if head.ends_with(['+', '-']) {
        let list = tail.trim().strip_prefix('(')?.strip_suffix(')')?;
        return Some((format!("{head}FLAGS.SILENT ()"), words(list)));
    }
    Some((format!("{}{tail}", head.trim_end()), Vec::new()))
}

/// Atoms and quoted strings.
fn words(list: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for letter in list.chars() {
        match letter {
            '\\' if quoted && !escaped => escaped = true,
            '"' if !escaped => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            letter => {
                escaped = false;
                if let Some(word) = words.last_mut() {
                    word.push(letter);
                }
            }
        }
    }
    words
}

fn standard(raw: &[u8]) -> Option<Box<CommandBody<'static>>> {
    let (rest, command) = CommandCodec::default().decode(raw).ok()?;
    rest.is_empty().then(|| Box::new(command.body.into_static()))
}

/// SEARCH; a `RETURN (ALL)` is cut out first, because imap-codec does not know it.
fn search(raw: &[u8]) -> Body {
    let upper = raw.to_ascii_uppercase();
    let needle = b" RETURN (";
    let Some(at) = upper.windows(needle.len()).take(64).position(|window| window == needle) else {
        return standard(raw).map_or(Body::Bad, Body::Standard);
    };
    let (Some(head), Some(tail)) = (raw.get(..at), raw.get(at..)) else {
        return Body::Bad;
    };
    let Some(close) = tail.iter().position(|byte| *byte == b')') else {
        return Body::Bad;
    };
    let options = tail.get(needle.len()..close).unwrap_or_default().to_ascii_uppercase();
    if !options.is_empty() && options != b"ALL" {
        return Body::Bad;
    }
    let plain = [head, tail.get(close + 1..).unwrap_or_default()].concat();
    standard(&plain).map_or(Body::Bad, Body::Esearch)
}

fn redact(verb: &str, rest: &str) -> String {
    match verb {
        "LOGIN" => {
            let user = rest.split(' ').nth(1).unwrap_or_default();
            return format!("LOGIN {user} ***");
        }
        "AUTHENTICATE" => return rest.split(' ').take(2).collect::<Vec<_>>().join(" "),
        _ => {}
    }
    // A literal may hold a whole mail: the log keeps its length alone.
    match rest.split_once("}\r\n") {
        Some((head, _)) if verb == "APPEND" => format!("{head}}}"),
        Some(_) | None => rest.to_owned(),
    }
}

#[cfg(test)]
mod tests;
