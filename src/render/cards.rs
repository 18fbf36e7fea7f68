//! Parts of a message that are told in words instead of being shown: invitations, business cards, content elsewhere.

use jiff::tz::TimeZone;
use mail_parser::{ContentType, Message, MessagePart, MimeHeaders as _, PartType};

use crate::render::facts::{Answer, Answered};
use crate::render::link::Links;
use crate::render::part::{contents, media_type};
use crate::render::{Block, BlockKind, Span, SpanRole, invite, vcard};
use crate::safe_text::SafeText;

/// Parts of each kind that are told; more are still listed.
const MAX_TOLD: usize = 20;

/// The invitations of a message as blocks, and whether one of them asks for an answer.
pub(crate) fn invitations(message: &Message<'_>, zone: Option<&TimeZone>, links: &mut Links) -> (Vec<Block>, bool) {
    let (mut blocks, mut is_asked) = (Vec::new(), false);
    for invite in read_invitations(message, zone) {
        is_asked |= invite.method == invite::Method::Request;
        blocks.push(heading(&invite.headline()));
        blocks.extend(invite.lines().iter().map(|(label, text)| field(label, text, links)));
        for event in &invite.events {
            blocks.extend(prose(&event.description, links));
        }
    }
    (blocks, is_asked)
}

/// The invitations of a message for a mail that quotes it: by the sender's own clock, without our words on them.
pub(crate) fn quoted_invitations(message: &Message<'_>) -> Vec<Block> {
    let links = &mut Links::default();
    let mut blocks = Vec::new();
    for mut invite in read_invitations(message, None) {
        for event in &mut invite.events {
            event.when.clone_from(&event.own_when);
        }
        let fields = invite.lines().into_iter().filter(|(label, _)| *label != "Note");
        blocks.extend(fields.map(|(label, text)| field(label, &text, links)));
        for event in &invite.events {
            blocks.extend(prose(&event.description, links));
        }
    }
    blocks
}

/// Programs send the same calendar twice, as a part and as a file: each is there once.
fn read_invitations(message: &Message<'_>, zone: Option<&TimeZone>) -> Vec<invite::Invite> {
    let (mut invites, mut told, utc) = (Vec::new(), Vec::new(), TimeZone::UTC);
    for part in message.parts.iter().filter(|part| is_calendar(part)).take(MAX_TOLD) {
        let Some(invite) = invite::read(&text_of(message, part), zone.unwrap_or(&utc)) else { continue };
        let fields = invite.lines();
        if !told.contains(&fields) {
            told.push(fields);
            invites.push(invite);
        }
    }
    invites
}

/// The answer to the first invitation of a message that one of `own` (addresses) can answer: as the one who was invited, else
/// as the first. `now` is in seconds since 1970.
pub(crate) fn answer(message: &Message<'_>, own: &[String], said: Answer, now: i64) -> Option<Answered> {
    let said = match said {
        Answer::Yes => invite::Answer::Yes,
        Answer::Maybe => invite::Answer::Maybe,
        Answer::No => invite::Answer::No,
    };
    let calendars = message.parts.iter().filter(|part| is_calendar(part)).take(MAX_TOLD);
    calendars.map(|part| text_of(message, part)).find_map(|ics| {
        let me = own.iter().find(|own| invite::invites(&ics, own)).or(own.first())?;
        let reply = invite::answer(&ics, me, said, now)?;
        let subject = SafeText::squeezed(&reply.subject).to_string();
        Some(Answered { from: me.clone(), to: reply.to, subject, text: reply.text, ics: reply.ics })
    })
}

/// The business cards of a message as blocks.
pub(crate) fn business_cards(message: &Message<'_>, links: &mut Links) -> Vec<Block> {
    let is_card = |part: &&MessagePart<'_>| {
        matches!(media_type(part).as_str(), "text/vcard" | "text/x-vcard" | "text/directory" | "application/vcard")
    };
    let mut blocks = Vec::new();
    for part in message.parts.iter().filter(is_card).take(MAX_TOLD) {
        let cards = vcard::read(&text_of(message, part));
        for card in &cards.list {
            blocks.push(heading("Business card"));
            blocks.extend(card.lines().iter().map(|(label, text)| field(label, text, links)));
        }
        if cards.left_out > 0 {
            blocks.push(field("Not shown", &format!("{} more cards", cards.left_out), links));
        }
    }
    blocks
}

/// Content that a message refers to instead of holding it (RFC 2046, sections 5.2.2 and 5.2.3): named, never fetched.
pub(crate) fn elsewhere(message: &Message<'_>, links: &mut Links) -> Vec<Block> {
    let mut blocks = Vec::new();
    for part in message.parts.iter().take(1_000) {
        let kind = media_type(part);
        let attribute =
            |name: &str| part.content_type().and_then(|field| field.attribute(name)).unwrap_or("").trim().to_owned();
        match kind.as_str() {
            "message/external-body" if blocks.len() < MAX_TOLD * 5 => {
                blocks.push(heading("Content that is not in this message"));
                let how = attribute("access-type").to_ascii_lowercase();
                let how = match how.as_str() {
                    "local-file" => "a file on the sender's computer",
                    "url" => "a page on the web",
                    "mail-server" => "a mail server that would send it",
                    "ftp" | "anon-ftp" | "tftp" => "a server for files",
                    _ => "an unknown place",
                };
                blocks.push(field("Where", &format!("{how}; nothing is fetched or opened"), links));
                for (label, name) in [
                    ("Name", "name"),
                    ("Address", "url"),
                    ("Server", "site"),
                    ("Server", "server"),
                    ("Folder", "directory"),
                ] {
                    let value = attribute(name);
                    if !value.is_empty() {
                        // Words, not links: what it names is nothing to be opened.
                        blocks.push(plain_field(label, &value));
                    }
                }
            }
            "message/partial" => {
                let (number, total) = (attribute("number"), attribute("total"));
                let of = if total.is_empty() { "several".to_owned() } else { total };
                blocks.push(heading("A piece of a longer message"));
                let text = format!("{number} of {of}; the pieces are not put together");
                blocks.push(plain_field("Piece", &text));
            }
            _ => {}
        }
    }
    blocks
}

pub(crate) fn is_calendar(part: &MessagePart<'_>) -> bool {
    matches!(media_type(part).as_str(), "text/calendar" | "application/ics" | "text/x-vcalendar")
}

/// Whether a part that is no attachment of its own is told as an invitation.
pub(crate) fn tells(message: &Message<'_>, part: &MessagePart<'_>) -> bool {
    is_calendar(part)
        && !part.content_disposition().is_some_and(ContentType::is_attachment)
        && invite::read(&text_of(message, part), &TimeZone::UTC).is_some()
}

/// The text of a part, whatever the parser took it for.
fn text_of(message: &Message<'_>, part: &MessagePart<'_>) -> String {
    match &part.body {
        PartType::Text(text) | PartType::Html(text) => text.to_string(),
        PartType::Binary(_) | PartType::InlineBinary(_) | PartType::Message(_) | PartType::Multipart(_) => {
            crate::render::source::decode(&contents(message, part))
        }
    }
}

fn heading(text: &str) -> Block {
    let span = Span { text: SafeText::squeezed(text), ..Span::default() };
    Block { kind: BlockKind::Heading, spans: vec![span], quote: 0, indent: 0, tight: false, page: None }
}

fn field(label: &str, text: &str, links: &mut Links) -> Block {
    let mut spans = vec![Span { text: SafeText::squeezed(label), ..Span::default() }];
    crate::render::plain::linked(&SafeText::squeezed(text).to_string(), SpanRole::Text, links, &mut spans);
    Block { kind: BlockKind::Field, spans, quote: 0, indent: 0, tight: true, page: None }
}

fn plain_field(label: &str, text: &str) -> Block {
    let span = |text: &str| Span { text: SafeText::squeezed(text), ..Span::default() };
    Block { kind: BlockKind::Field, spans: vec![span(label), span(text)], quote: 0, indent: 0, tight: true, page: None }
}

fn prose(text: &str, links: &mut Links) -> Vec<Block> {
    crate::render::plain::blocks(text, crate::render::plain::Flow::Hard, links)
        .into_iter()
        .enumerate()
        .map(|(number, block)| Block { tight: block.tight && number > 0, ..block })
        .collect()
}

#[cfg(test)]
mod tests;
