//! A letter as a mail: header and body, for the wire and for the user's own copy.

use super::entity::Care;
use super::header::{Fields, is_message_id};
use super::{Built, Field, Parts, Problem, Stamp, address, entity, note, resend};
use crate::letter::{Letter, Mailbox, Parcel};

/// See [`super::build`].
pub(super) fn build(letter: &Letter, parts: &dyn Parts, stamp: &Stamp) -> Result<Built, Problem> {
    if let Some(stored) = &letter.resend {
        let bytes = parts.bytes(stored).ok_or_else(|| Problem::Missing("the mail itself".to_owned()))?;
        return resend::build(letter, &bytes, stamp);
    }
    if letter.seal.sign || letter.seal.encrypt {
        return Err(Problem::Unsealed);
    }
    envelop(letter, &entity::write(letter, parts, Care::Usual)?, stamp)
}

/// See [`super::envelop`].
pub(super) fn envelop(letter: &Letter, entity: &[u8], stamp: &Stamp) -> Result<Built, Problem> {
    let (from, to) = envelope(letter)?;
    if !is_message_id(&letter.message_id) {
        return Err(Problem::MessageId);
    }
    let mut bytes = header(letter, stamp);
    bytes.extend_from_slice(entity);
    let parcel = Parcel { from, to, bytes, message_id: letter.message_id.clone() };
    let mut bcc = Fields::default();
    bcc.mailboxes("Bcc", &letter.bcc);
    Ok(Built { parcel, bcc: bcc.bytes })
}

/// MAIL FROM and RCPT TO, each address once.
pub(super) fn envelope(letter: &Letter) -> Result<(String, Vec<String>), Problem> {
    let from =
        address::on_the_wire(letter.from.address.trim()).ok_or_else(|| Problem::Sender(letter.from.address.clone()))?;
    let mut to: Vec<String> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (field, mailboxes) in [(Field::To, &letter.to), (Field::Cc, &letter.cc), (Field::Bcc, &letter.bcc)] {
        for mailbox in mailboxes {
            let wrong = || Problem::Address { field, text: address::shown(mailbox) };
            let address = address::on_the_wire(&mailbox.address).ok_or_else(wrong)?;
            if seen.insert(address::folded(&address)) {
                to.push(address);
            }
        }
    }
    if let Some(wrong) = letter.reply_to.iter().find(|mailbox| address::problem(&mailbox.address).is_some()) {
        return Err(Problem::Address { field: Field::ReplyTo, text: address::shown(wrong) });
    }
    if to.is_empty() { Err(Problem::Nobody) } else { Ok((from, to)) }
}

/// The header without Bcc and without what describes the body; MIME-Version is its last field.
fn header(letter: &Letter, stamp: &Stamp) -> Vec<u8> {
    let mut fields = Fields::default();
    fields.date("Date", stamp.now, &stamp.zone);
    fields.mailboxes("From", std::slice::from_ref(&letter.from));
    fields.mailboxes("Reply-To", &letter.reply_to);
    let open = |mailboxes: &[Mailbox]| mailboxes.iter().any(|one| address::problem(&one.address).is_none());
    if !open(&letter.to) && !open(&letter.cc) {
        // Some servers want one of both.
        fields.raw("To", "undisclosed-recipients:;");
    }
    fields.mailboxes("To", &letter.to);
    fields.mailboxes("Cc", &letter.cc);
    if !address::one_line(&letter.subject).is_empty() {
        fields.text("Subject", &letter.subject);
    }
    fields.ids("Message-ID", &[&letter.message_id]);
    if let Some(id) = &letter.kin.in_reply_to {
        fields.ids("In-Reply-To", &[id]);
    }
    let references: Vec<&str> = letter.kin.references.iter().map(String::as_str).collect();
    fields.ids("References", &references);
    if let Some(agent) = &stamp.agent {
        fields.text("User-Agent", agent);
    }
    fields.raw("MIME-Version", "1.0");
    fields.bytes
}

/// See [`super::draft`].
pub(super) fn draft(letter: &Letter, parts: &dyn Parts, stamp: &Stamp) -> Result<Vec<u8>, Problem> {
    Ok(draft_of(letter, &entity::write(letter, parts, Care::Usual)?, stamp))
}

/// See [`super::draft_of`].
pub(super) fn draft_of(letter: &Letter, entity: &[u8], stamp: &Stamp) -> Vec<u8> {
    let mut fields = Fields::default();
    fields.raw(note::FIELD, &note::Note::of(letter).written());
    fields.mailboxes("Bcc", &letter.bcc);
    let mut bytes = fields.bytes;
    bytes.extend_from_slice(&header(letter, stamp));
    bytes.extend_from_slice(entity);
    bytes
}
