//! `read`: one message as text, from the cache, or fetched once when its body is not there.

use serde::Serialize;

use super::args::{Read, ViewChoice};
use super::context::Context;
use super::exit::Code;
use super::files::{self, Files};
use super::list::{local_time, rfc3339};
use super::output::Format;
use super::{Failure, terminal};
use crate::mail::MessageId;
use crate::render::facts::Seal;
use crate::render::{self, Document, Extent, Part, Person, View};
use crate::store::{Body, Detail};

/// How wide the text is where there is no terminal.
const COLUMNS: u16 = 80;

/// A message, as JSON.
#[derive(Serialize)]
struct MessageJson<'m> {
    id: i64,
    headers: HeadersJson<'m>,
    text: String,
    parts: Vec<PartJson<'m>>,
    partial: bool,
    notes: Vec<String>,
}

/// The header fields that matter to a reader.
#[derive(Serialize)]
struct HeadersJson<'m> {
    subject: &'m str,
    from: Vec<PersonJson<'m>>,
    reply_to: Vec<PersonJson<'m>>,
    to: Vec<PersonJson<'m>>,
    cc: Vec<PersonJson<'m>>,
    date: Option<String>,
    message_id: Option<&'m str>,
}

/// A name and an address.
#[derive(Serialize)]
struct PersonJson<'m> {
    name: &'m str,
    address: &'m str,
}

/// An attachment or another part.
#[derive(Serialize)]
struct PartJson<'m> {
    #[serde(rename = "type")]
    media_type: &'m str,
    name: &'m str,
    /// Bytes; nothing where only its beginning is here.
    size: Option<u64>,
}

/// Prints a message. Does not mark it as read: `posthaste flag ID +seen` does.
pub(super) fn run(context: &mut Context<'_>, wanted: &Read) -> Result<Code, Failure> {
    let config = context.config()?;
    let id = MessageId(wanted.id);
    let (detail, body) = match look_up(context, &config, id)? {
        (_, None) if !context.args.offline => {
            context.engine(&config)?.fetch(id)?;
            look_up(context, &config, id)?
        }
        found => {
            files::note_cached(context);
            found
        }
    };
    let Some(body) = body else {
        let text = format!("the text of message {id} is not in the cache; without --offline it is fetched", id = id.0);
        return Err(Failure::Unreachable(text));
    };
    let own_addresses = config.accounts.iter().flat_map(|account| account.addresses().map(str::to_owned)).collect();
    let extent = if body.whole { Extent::Whole } else { Extent::Prefix };
    let zone = Some(jiff::tz::TimeZone::system());
    let about = render::Context { own_addresses, extent, zone, ..render::Context::default() };
    let view = view(wanted.view);
    let width = terminal::size().map_or(COLUMNS, |(columns, _)| columns);
    // A known, large stack: a hostile mail must not end the program.
    let lay = || render::run(|| render::lay(render::parse(&body.bytes, view, &about), width));
    // Nor one that no limit foresaw.
    let laid = std::panic::catch_unwind(std::panic::AssertUnwindSafe(lay)).unwrap_or_else(|_| {
        Err(std::io::Error::other("this message could not be laid out; --view source shows its source"))
    })?;
    let lines = laid.lines.iter().map(|line| line.spans.iter().map(|span| span.text.as_str()).collect::<String>());
    let text: Vec<String> = lines.map(|line| line.trim_end().to_owned()).collect();
    match context.out.format() {
        Format::Json => context.out.json(&json(&detail, &laid.document, text.join("\n")))?,
        Format::Text => {
            for line in head(&detail, &laid.document).iter().chain(&text) {
                context.out.line(line)?;
            }
        }
    }
    Ok(Code::Done)
}

/// The message and its body, if that is in the cache. The cache is closed again, so that the engine can own it.
fn look_up(
    context: &Context<'_>,
    config: &crate::config::Config,
    id: MessageId,
) -> Result<(Detail, Option<Body>), Failure> {
    let files = Files::open(context, config)?;
    let detail = files.reader.detail(id)?.filter(|detail| files.account_name(detail.row.account).is_some());
    let detail = detail.ok_or_else(|| Failure::Failed(format!("there is no message {} in the cache", id.0)))?;
    Ok((detail, files.reader.body(id)?))
}

fn view(choice: ViewChoice) -> View {
    match choice {
        ViewChoice::Best => View::Best,
        ViewChoice::Plain => View::Plain,
        ViewChoice::Html => View::Html,
        ViewChoice::Headers => View::Headers,
        ViewChoice::Source => View::Source,
    }
}

/// The lines above the text: fields by name, as a screen reader wants them.
fn head(detail: &Detail, document: &Document) -> Vec<String> {
    let head = &document.head;
    let mut lines = vec![format!("Subject: {}", head.subject)];
    let people = [("From", &head.from), ("Reply-To", &head.reply_to), ("To", &head.to), ("Cc", &head.cc)];
    for (name, list) in people {
        if !list.is_empty() {
            lines.push(format!("{name}: {}", list.iter().map(person).collect::<Vec<_>>().join(", ")));
        }
    }
    lines.push(format!("Date: {}", local_time(head.sent.unwrap_or(detail.row.received))));
    for part in &document.parts {
        lines.push(format!("Attachment: {}", part_words(part)));
    }
    lines.extend(notes(document).iter().map(|note| format!("Note: {note}")));
    lines.push(String::new());
    lines
}

/// What a reader should know, a sentence each.
fn notes(document: &Document) -> Vec<String> {
    let seal = match document.seal {
        Seal::None => None,
        Seal::Signed => Some("Signed: the signature was not checked".to_owned()),
        Seal::Encrypted => Some("Encrypted: not opened here".to_owned()),
    };
    let notes = document.notes.iter().map(ToString::to_string);
    notes.chain(seal).chain(document.remote.words()).collect()
}

fn person(person: &Person) -> String {
    match (person.name.as_str(), person.address.as_str()) {
        ("", address) => address.to_owned(),
        (name, "") => name.to_owned(),
        (name, address) => format!("{name} <{address}>"),
    }
}

fn part_words(part: &Part) -> String {
    match part.size {
        Some(size) => format!("{} ({}, {size} bytes)", part.name, part.media_type),
        None => format!("{} ({}, not all of it is here)", part.name, part.media_type),
    }
}

fn json<'m>(detail: &'m Detail, document: &'m Document, text: String) -> MessageJson<'m> {
    let head = &document.head;
    MessageJson {
        id: detail.row.id.0,
        headers: HeadersJson {
            subject: head.subject.as_str(),
            from: people(&head.from),
            reply_to: people(&head.reply_to),
            to: people(&head.to),
            cc: people(&head.cc),
            date: head.sent.map(rfc3339),
            message_id: Some(head.message_id.as_str()).filter(|id| !id.is_empty()),
        },
        text,
        parts: document
            .parts
            .iter()
            .map(|part| PartJson { media_type: part.media_type.as_str(), name: part.name.as_str(), size: part.size })
            .collect(),
        partial: document.partial,
        notes: notes(document),
    }
}

fn people(list: &[Person]) -> Vec<PersonJson<'_>> {
    list.iter().map(|person| PersonJson { name: person.name.as_str(), address: person.address.as_str() }).collect()
}
