//! A mail as a letter again: a draft of this program or of another one, or a sent mail to be sent anew.

use mail_parser::{Address, HeaderName, Message, MessageParser, MimeHeaders, PartType};

use super::address::{for_people, one_line};
use super::flowed::{self, Flow};
use super::header::is_message_id;
use super::note::{self, Note};
use super::original::Original;
use super::{Begun, Carried, Desk, Recalled};
use crate::letter::{Letter, Mailbox, Relation};
use crate::render::quotable::{self, within_limits};
use crate::render::{self, Part};

/// People of a field that are read.
const MOST: usize = 10_000;

/// See [`super::recall()`].
pub(super) fn draft(bytes: &[u8], desk: &Desk<'_>) -> Recalled {
    let (mut letter, note) = letter(bytes, desk);
    let ours = note.is_some();
    let note = note.unwrap_or_default();
    let about = match note.relation {
        Some(Relation::Forward) => letter.kin.references.last().map(|id| (id.clone(), Relation::Forward)),
        Some(Relation::Answer) | None => letter.kin.in_reply_to.clone().map(|id| (id, Relation::Answer)),
    };
    letter.markdown = note.markdown;
    letter.seal = note.seal;
    if let Some(from) = note.from {
        letter.from = from;
    }
    if let Some(subject) = note.subject {
        letter.subject = subject;
    }
    let [to, cc, bcc] = note.loose;
    letter.to.extend(to);
    letter.cc.extend(cc);
    letter.bcc.extend(bcc);
    Recalled { letter, carried: files(bytes), about, ours, formatted: !ours && is_html(bytes) }
}

/// See [`super::edit_as_new`].
pub(super) fn anew(bytes: &[u8], desk: &Desk<'_>) -> Begun {
    let (old, _) = letter(bytes, desk);
    let own = desk.is_own(&old.from.address);
    let original = Original { from: vec![old.from.clone()], ..Original::default() };
    let (account, identity) = if own { desk.identity_for(&original) } else { desk.default_identity() };
    let blank = desk.blank(&account, identity.mailbox);
    let letter = Letter {
        to: old.to,
        cc: old.cc,
        bcc: old.bcc,
        reply_to: if own { old.reply_to } else { Vec::new() },
        subject: old.subject,
        text: old.text,
        ..blank
    };
    Begun { letter, cursor: 0, hints: Vec::new(), carried: files(bytes) }
}

/// The letter in a mail, and what our field says.
pub(super) fn letter(bytes: &[u8], desk: &Desk<'_>) -> (Letter, Option<Note>) {
    let (account, identity) = desk.default_identity();
    let mut letter = desk.blank(&account, identity.mailbox);
    let readable = within_limits(bytes);
    let parsed = readable.as_ref().and_then(|readable| MessageParser::default().parse(&readable[..]));
    let Some(parsed) = parsed.filter(|parsed| !parsed.parts.is_empty()) else {
        letter.text = quotable::text_beside_files(bytes);
        return (letter, None);
    };
    if let Some(from) = mailboxes(parsed.from().into_iter()).into_iter().next() {
        letter.from = from;
    }
    letter.to = mailboxes(parsed.all_to());
    letter.cc = mailboxes(parsed.all_cc());
    letter.bcc = mailboxes(parsed.all_bcc());
    letter.reply_to = mailboxes(parsed.reply_to().into_iter());
    letter.subject = one_line(parsed.subject().unwrap_or_default());
    // Drafts and their last copy share it, so that each can be found.
    if let Some(id) = parsed.message_id().filter(|id| is_message_id(id)) {
        id.clone_into(&mut letter.message_id);
    }
    letter.kin.in_reply_to = super::original::ids(parsed.in_reply_to()).into_iter().next_back();
    letter.kin.references = super::original::ids(parsed.references());
    if let Some(date) = parsed.date() {
        letter.begun = date.to_timestamp();
    }
    letter.text = plain(&parsed).unwrap_or_else(|| from_html(bytes));
    let field = HeaderName::Other(note::FIELD.into());
    let raw = parsed.headers().iter().find(|header| header.name == field);
    let note = raw.and_then(|header| {
        let value = parsed.raw_message.get(header.offset_start as usize..header.offset_end as usize)?;
        Note::read(&String::from_utf8_lossy(value))
    });
    (letter, note)
}

/// Whether a mail has a text in HTML that counts before its plain one.
fn is_html(bytes: &[u8]) -> bool {
    let readable = within_limits(bytes);
    let parsed = readable.as_ref().and_then(|readable| MessageParser::default().parse(&readable[..]));
    parsed.is_some_and(|parsed| parsed.html_bodies().any(|part| matches!(part.body, PartType::Html(_))))
}

/// The text of a mail in HTML, where the blank of the line before a signature is lost as any other before a line end.
fn from_html(bytes: &[u8]) -> String {
    let text = quotable::text_beside_files(bytes);
    match text.rfind("\n--\n") {
        Some(at) => format!("{}\n-- \n{}", text.get(..at).unwrap_or_default(), text.get(at + 4..).unwrap_or_default()),
        None => text,
    }
}

/// The text of text/plain parts; `None`: there are none, or nothing stands in them.
fn plain(parsed: &Message<'_>) -> Option<String> {
    let mut texts = Vec::new();
    for part in parsed.text_bodies().take(100) {
        let PartType::Text(text) = &part.body else { continue };
        if part.attachment_name().is_some() {
            continue;
        }
        let attribute = |name: &str| part.content_type().and_then(|kind| kind.attribute(name)).unwrap_or_default();
        let flow = match (attribute("format"), attribute("delsp")) {
            (format, delsp) if format.eq_ignore_ascii_case("flowed") => {
                if delsp.eq_ignore_ascii_case("yes") {
                    Flow::DelSp
                } else {
                    Flow::Flowed
                }
            }
            _ => Flow::Hard,
        };
        texts.push(flowed::read(text, flow));
    }
    let text = texts.join("\n\n");
    let only_html = text.trim().is_empty() && parsed.html_bodies().any(|part| matches!(part.body, PartType::Html(_)));
    (!texts.is_empty() && !only_html).then_some(text)
}

fn mailboxes<'a>(fields: impl Iterator<Item = &'a Address<'a>>) -> Vec<Mailbox> {
    let people = fields.flat_map(Address::iter).take(MOST);
    let mailbox = |one: &mail_parser::Addr<'_>| Mailbox {
        name: one_line(one.name.as_deref().unwrap_or_default()),
        address: for_people(one.address.as_deref().unwrap_or_default().trim()),
    };
    people.map(mailbox).filter(|mailbox| !mailbox.address.is_empty() || !mailbox.name.is_empty()).collect()
}

/// What is attached to a mail, with names that are no paths. Text is as it was sent, in its own charset.
pub(super) fn files(bytes: &[u8]) -> Vec<Carried> {
    let readable = within_limits(bytes);
    let parsed = readable.as_ref().and_then(|readable| MessageParser::default().parse(&readable[..]));
    let carried = |(part, bytes): (Part, Vec<u8>)| {
        let mut media_type = part.media_type.as_str().to_owned();
        let charset = parsed.as_ref().filter(|_| media_type.starts_with("text/"));
        if let Some(charset) = charset.and_then(|parsed| charset_of(parsed, part.name.as_str())) {
            media_type = format!("{media_type}; charset={charset}");
        }
        Carried { name: part.name.as_str().to_owned(), media_type, inline: part.inline, bytes }
    };
    quotable::files(bytes).into_iter().map(carried).collect()
}

/// The charset of the file of this name.
fn charset_of(parsed: &Message<'_>, name: &str) -> Option<String> {
    let named = |part: &&mail_parser::MessagePart<'_>| {
        part.attachment_name().is_some_and(|other| render::safe_name(other, "", 0) == name)
    };
    let part = parsed.parts.iter().find(named)?;
    Some(part.content_type()?.attribute("charset")?.to_owned())
}
