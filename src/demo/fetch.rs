//! FETCH: the items of one message as bytes (RFC 9051, section 7.5.2).

use imap_codec::imap_types::core::{AString, Vec1};
use imap_codec::imap_types::fetch::{MacroOrMessageDataItemNames, MessageDataItemName, Section};

use crate::demo::header;
use crate::demo::mailbox::Message;
use crate::mail::UnixTime;
use crate::mail::flags::Flags;
use crate::mail::labels;

/// The items that a FETCH asks, or `None` when there is one this server does not make (ENVELOPE, BODYSTRUCTURE, parts).
pub fn items<'a>(asked: &'a MacroOrMessageDataItemNames<'a>) -> Option<Vec<MessageDataItemName<'a>>> {
    let items = match asked {
        MacroOrMessageDataItemNames::Macro(all) => all.expand(),
        MacroOrMessageDataItemNames::MessageDataItemNames(items) => items.clone(),
    };
    items.iter().all(is_made).then_some(items)
}

fn is_made(item: &MessageDataItemName<'_>) -> bool {
    match item {
        MessageDataItemName::Flags
        | MessageDataItemName::InternalDate
        | MessageDataItemName::Rfc822
        | MessageDataItemName::Rfc822Header
        | MessageDataItemName::Rfc822Size
        | MessageDataItemName::Rfc822Text
        | MessageDataItemName::ModSeq
        | MessageDataItemName::Uid => true,
        MessageDataItemName::BodyExt { section, .. } => match section {
            None
            | Some(
                Section::Header(None)
                | Section::Text(None)
                | Section::HeaderFields(None, _)
                | Section::HeaderFieldsNot(None, _),
            ) => true,
            Some(
                Section::Part(_)
                | Section::Mime(_)
                | Section::Header(Some(_))
                | Section::Text(Some(_))
                | Section::HeaderFields(Some(_), _)
                | Section::HeaderFieldsNot(Some(_), _),
            ) => false,
        },
        MessageDataItemName::Body
        | MessageDataItemName::BodyStructure
        | MessageDataItemName::Envelope
        | MessageDataItemName::Binary { .. }
        | MessageDataItemName::BinarySize { .. } => false,
    }
}

/// Whether this item marks the message as read (RFC 9051, section 6.4.5).
pub fn marks_seen(item: &MessageDataItemName<'_>) -> bool {
    matches!(
        item,
        MessageDataItemName::BodyExt { peek: false, .. }
            | MessageDataItemName::Rfc822
            | MessageDataItemName::Rfc822Text
    )
}

/// `(\Seen $Forwarded)`.
pub fn flag_list(flags: &Flags) -> String {
    let words: Vec<String> = flags.iter().map(|flag| flag.to_string()).collect();
    format!("({})", words.join(" "))
}

/// Flags without labels, which Gmail tells apart.
pub fn without_labels(flags: &Flags) -> Flags {
    let mut flags = flags.clone();
    flags.keywords.retain(|keyword| !labels::is_label(keyword.as_str()));
    flags
}

/// `(\Inbox work "to do")`, as Gmail writes labels: quoted where they are no atoms.
pub fn label_list(flags: &Flags, folder: &str) -> String {
    let inbox = (folder != "INBOX").then(|| "\"\\\\Inbox\"".to_owned());
    let plain = |label: &String| label.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let labels = labels::shown(flags).map(|label| if plain(&label) { label } else { format!("\"{label}\"") });
    format!("({})", inbox.into_iter().chain(labels).collect::<Vec<_>>().join(" "))
}

/// `"05-Nov-2026 10:00:00 +0000"`, quotes included.
pub fn internal_date(date: UnixTime) -> String {
    let at = jiff::Timestamp::from_second(date.0).unwrap_or_default();
    format!("\"{}\"", at.strftime("%d-%b-%Y %H:%M:%S +0000"))
}

/// How labels are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Labels {
    /// Among the flags, as the keywords that they are.
    #[default]
    Flags,
    /// Not among the flags (X-GM-EXT-1), and not asked for.
    Apart,
    /// Not among the flags, and asked for (X-GM-LABELS).
    Asked,
}

/// One untagged FETCH line with the items asked, of a message in this folder.
pub fn line(
    sequence: usize,
    message: &Message,
    items: &[MessageDataItemName<'_>],
    (labels, folder): (Labels, &str),
) -> Vec<u8> {
    let (all, apart) = (&message.flags, Message { flags: without_labels(&message.flags), ..message.clone() });
    let message = if labels == Labels::Flags { message } else { &apart };
    let mut out = format!("* {sequence} FETCH (").into_bytes();
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        push_item(&mut out, message, item);
    }
    if labels == Labels::Asked {
        out.extend(format!(" X-GM-LABELS {}", label_list(all, folder)).into_bytes());
    }
    out.extend_from_slice(b")\r\n");
    out
}

fn push_item(out: &mut Vec<u8>, message: &Message, item: &MessageDataItemName<'_>) {
    let (head, body) = header::split(&message.bytes);
    match item {
        MessageDataItemName::Flags => out.extend(format!("FLAGS {}", flag_list(&message.flags)).into_bytes()),
        MessageDataItemName::ModSeq => out.extend(format!("MODSEQ ({})", message.modseq).into_bytes()),
        MessageDataItemName::Uid => out.extend(format!("UID {}", message.uid).into_bytes()),
        MessageDataItemName::Rfc822Size => out.extend(format!("RFC822.SIZE {}", message.bytes.len()).into_bytes()),
        MessageDataItemName::InternalDate => {
            out.extend(format!("INTERNALDATE {}", internal_date(message.date)).into_bytes());
        }
        MessageDataItemName::Rfc822 => push_literal(out, "RFC822", &message.bytes),
        MessageDataItemName::Rfc822Header => push_literal(out, "RFC822.HEADER", head),
        MessageDataItemName::Rfc822Text => push_literal(out, "RFC822.TEXT", body),
        MessageDataItemName::BodyExt { section, partial, .. } => {
            let (name, content) = section_of(message, section.as_ref());
            let (label, content) = match partial {
                None => (format!("BODY[{name}]"), content.as_slice()),
                Some((from, length)) => {
                    let from = *from as usize;
                    let to = from.saturating_add(length.get() as usize).min(content.len());
                    (format!("BODY[{name}]<{from}>"), content.get(from..to).unwrap_or_default())
                }
            };
            push_literal(out, &label, content);
        }
        // `items` lets none of these through.
        MessageDataItemName::Body
        | MessageDataItemName::BodyStructure
        | MessageDataItemName::Envelope
        | MessageDataItemName::Binary { .. }
        | MessageDataItemName::BinarySize { .. } => {}
    }
}

fn push_literal(out: &mut Vec<u8>, label: &str, content: &[u8]) {
    out.extend(format!("{label} {{{}}}\r\n", content.len()).into_bytes());
    out.extend_from_slice(content);
}

fn section_of(message: &Message, section: Option<&Section<'_>>) -> (String, Vec<u8>) {
    let (head, body) = header::split(&message.bytes);
    match section {
        Some(Section::Header(None)) => ("HEADER".to_owned(), head.to_vec()),
        Some(Section::Text(None)) => ("TEXT".to_owned(), body.to_vec()),
        Some(Section::HeaderFields(None, names)) => {
            let (label, wanted) = names_of(names);
            (format!("HEADER.FIELDS ({label})"), pick(head, |name| wanted.iter().any(|w| w.eq_ignore_ascii_case(name))))
        }
        Some(Section::HeaderFieldsNot(None, names)) => {
            let (label, wanted) = names_of(names);
            let content = pick(head, |name| !wanted.iter().any(|w| w.eq_ignore_ascii_case(name)));
            (format!("HEADER.FIELDS.NOT ({label})"), content)
        }
        // `items` lets none of the sections of single parts through.
        None
        | Some(
            Section::Part(_)
            | Section::Mime(_)
            | Section::Header(Some(_))
            | Section::Text(Some(_))
            | Section::HeaderFields(Some(_), _)
            | Section::HeaderFieldsNot(Some(_), _),
        ) => (String::new(), message.bytes.to_vec()),
    }
}

fn names_of(names: &Vec1<AString<'_>>) -> (String, Vec<Vec<u8>>) {
    let wanted: Vec<Vec<u8>> = names.as_ref().iter().map(|name| name.as_ref().to_ascii_uppercase()).collect();
    let label: Vec<String> = wanted.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    (label.join(" "), wanted)
}

fn pick(head: &[u8], keep: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut found: Vec<u8> = header::fields(head)
        .into_iter()
        .filter(|(name, _)| keep(name))
        .flat_map(|(_, raw)| raw.iter().copied())
        .collect();
    found.extend_from_slice(b"\r\n");
    found
}
