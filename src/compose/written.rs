//! A mail that a program wrote, made fit to be sent: what is missing is added, what must not leave is taken out, and nothing
//! else of it is changed.

use mail_parser::MessageParser;

use super::address::{folded, on_the_wire};
use super::entity::{is_short, with_crlf};
use super::header::{Fields, is_message_id};
use super::{Desk, Problem, Stamp, Written, bytes, narrow, recall, resend};
use crate::compose::Built;
use crate::letter::{Letter, Mailbox, Parcel};
use crate::render::quotable::within_limits;

/// See [`super::written()`].
pub(super) fn read(mail: &[u8], to: Option<&[Mailbox]>, desk: &Desk<'_>, stamp: &Stamp) -> Result<Written, Problem> {
    let whole = ended(without_mbox(with_crlf(mail)));
    let narrow = narrowed(&whole)?;
    let mail = narrow.as_deref().unwrap_or(&whole);
    let (_, body) = split(mail);
    let (mut letter, _) = recall::letter(&whole, desk);
    letter.begun = stamp.now.0;
    let carried = recall::files(mail);
    let clean = resend::clean(mail).map_err(|_| Problem::Line)?;
    let (clean, _) = split(&clean);
    let fields: Vec<Field<'_>> = fields(clean).collect();
    let sender = Sender::of(mail)?;
    if !is_numbered(&fields) {
        letter.message_id = desk.blank("", letter.from.clone()).message_id;
    }
    if let Sender::Nobody = sender
        && on_the_wire(&letter.from.address).is_none()
    {
        return Err(Problem::Sender(letter.from.address));
    }
    let envelope = match to {
        None => bytes::envelope(&letter)?,
        Some(to) => {
            let only = Letter { to: to.to_vec(), cc: Vec::new(), bcc: Vec::new(), ..letter.clone() };
            add_unseen(&mut letter, to);
            bytes::envelope(&only)?
        }
    };
    let mut bytes = rewritten(&fields, &sender, &letter, stamp);
    // As it was written: what was encoded since is all ASCII.
    let is_text = |body: &[u8]| !body.is_ascii() && std::str::from_utf8(body).is_ok();
    let untyped = !has(&fields, "content-type") && is_text(split(&whole).1);
    // Without it an encoding means nothing (RFC 2045, section 4).
    if (untyped || narrow.is_some()) && !has(&fields, "mime-version") {
        bytes.extend_from_slice(b"MIME-Version: 1.0\r\n");
    }
    if untyped {
        bytes.extend_from_slice(b"Content-Type: text/plain; charset=utf-8\r\n");
    }
    if untyped && !has(&fields, "content-transfer-encoding") {
        bytes.extend_from_slice(b"Content-Transfer-Encoding: 8bit\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    let mut bcc = Fields::default();
    bcc.mailboxes("Bcc", &letter.bcc);
    let (from, to) = envelope;
    let parcel = Parcel { from, to, bytes, message_id: letter.message_id.clone() };
    Ok(Written { letter, carried, built: Built { parcel, bcc: bcc.bytes } })
}

/// Whoever gets it without standing in it.
fn add_unseen(letter: &mut Letter, to: &[Mailbox]) {
    let known: Vec<String> =
        letter.to.iter().chain(&letter.cc).chain(&letter.bcc).map(|one| folded(&one.address)).collect();
    let unseen = to.iter().filter(|one| !known.contains(&folded(&one.address)));
    letter.bcc.extend(unseen.cloned());
}

/// What the mail says of who it is from.
enum Sender {
    /// Nothing: the account's own identity is put in.
    Nobody,
    /// It names somebody.
    Named,
}

impl Sender {
    fn of(mail: &[u8]) -> Result<Self, Problem> {
        let (header, _) = split(mail);
        let begins = fields(header).next().is_some_and(|field| field.name.is_some());
        if !begins {
            return Err(Problem::NoMail);
        }
        let repaired = within_limits(mail).ok_or(Problem::NoMail)?;
        let parsed = MessageParser::default().parse_headers(&repaired[..]).ok_or(Problem::NoMail)?;
        Ok(if parsed.from().is_some_and(|from| from.first().is_some()) { Self::Named } else { Self::Nobody })
    }
}

/// The fields with what was missing: a date, a number, a sender; those with letters beyond ASCII encoded where it is known
/// how (RFC 2047, section 5).
fn rewritten(fields: &[Field<'_>], sender: &Sender, letter: &Letter, stamp: &Stamp) -> Vec<u8> {
    let mut out = Fields::default();
    if !has(fields, "date") {
        out.date("Date", stamp.now, &stamp.zone);
    }
    if let Sender::Nobody = sender {
        out.mailboxes("From", std::slice::from_ref(&letter.from));
    }
    let numbered = is_numbered(fields);
    if !numbered {
        out.ids("Message-ID", &[&letter.message_id]);
    }
    for field in fields {
        let replaced = field.is("message-id") && !numbered || field.is("from") && matches!(sender, Sender::Nobody);
        match field.name {
            _ if replaced => {}
            Some(_) if field.bytes.is_ascii() => out.bytes.extend_from_slice(field.bytes),
            Some(name) if name.eq_ignore_ascii_case("subject") => out.text("Subject", &letter.subject),
            Some(name) if name.eq_ignore_ascii_case("from") => {
                out.mailboxes("From", std::slice::from_ref(&letter.from));
            }
            Some(name) if name.eq_ignore_ascii_case("to") => out.mailboxes("To", &letter.to),
            Some(name) if name.eq_ignore_ascii_case("cc") => out.mailboxes("Cc", &letter.cc),
            Some(name) if name.eq_ignore_ascii_case("reply-to") => out.mailboxes("Reply-To", &letter.reply_to),
            Some(_) => out.bytes.extend_from_slice(field.bytes),
            // What is no field would end the header for some readers.
            None => {}
        }
    }
    out.bytes
}

/// A field with its folded lines.
struct Field<'b> {
    /// `None`: it is none.
    name: Option<&'b str>,
    bytes: &'b [u8],
}

impl Field<'_> {
    fn is(&self, name: &str) -> bool {
        self.name.is_some_and(|own| own.eq_ignore_ascii_case(name))
    }

    /// What stands between angle brackets.
    fn id(&self) -> Option<&str> {
        let value = std::str::from_utf8(self.bytes).ok()?;
        Some(value.split_once('<')?.1.split_once('>')?.0.trim())
    }
}

/// Whether there is a Message-ID that is one.
fn is_numbered(fields: &[Field<'_>]) -> bool {
    fields.iter().any(|field| field.is("message-id") && field.id().is_some_and(is_message_id))
}

fn has(fields: &[Field<'_>], name: &str) -> bool {
    fields.iter().any(|field| field.is(name))
}

/// The fields of a header in CRLF lines.
fn fields(header: &[u8]) -> impl Iterator<Item = Field<'_>> {
    let mut rest = header;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = 0;
        for line in rest.split_inclusive(|byte| *byte == b'\n') {
            if end > 0 && !line.starts_with(b" ") && !line.starts_with(b"\t") {
                break;
            }
            end += line.len();
        }
        let (bytes, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        rest = after;
        let name = bytes.split(|byte| *byte == b':').next().filter(|name| name.len() < bytes.len());
        let name =
            name.map(<[u8]>::trim_ascii_end).filter(|name| !name.is_empty() && name.iter().all(u8::is_ascii_graphic));
        Some(Field { name: name.and_then(|name| std::str::from_utf8(name).ok()), bytes })
    })
}

/// The header and what follows its empty line.
fn split(mail: &[u8]) -> (&[u8], &[u8]) {
    if let Some(body) = mail.strip_prefix(b"\r\n") {
        return (&[], body);
    }
    match memchr::memmem::find(mail, b"\r\n\r\n") {
        Some(at) => {
            let (header, rest) = mail.split_at_checked(at + 2).unwrap_or((mail, &[]));
            (header, rest.strip_prefix(b"\r\n").unwrap_or(rest))
        }
        None => (mail, &[]),
    }
}

/// With an end of its last line, and an empty line behind its header.
fn ended(mut mail: Vec<u8>) -> Vec<u8> {
    if !mail.ends_with(b"\r\n") {
        mail.extend_from_slice(b"\r\n");
    }
    if !mail.starts_with(b"\r\n") && memchr::memmem::find(&mail, b"\r\n\r\n").is_none() {
        mail.extend_from_slice(b"\r\n");
    }
    mail
}

/// Without the line that stands before a mail in an mbox file.
fn without_mbox(mail: Vec<u8>) -> Vec<u8> {
    if !mail.starts_with(b"From ") {
        return mail;
    }
    let end = mail.iter().position(|byte| *byte == b'\n').map_or(mail.len(), |end| end + 1);
    mail.get(end..).unwrap_or_default().to_vec()
}

/// The mail with no line that is too long, and no byte that no mail may have; `None`: it has none.
fn narrowed(mail: &[u8]) -> Result<Option<Vec<u8>>, Problem> {
    let fine = |mail: &[u8]| !mail.contains(&0) && mail.split_inclusive(|byte| *byte == b'\n').all(is_short);
    if fine(mail) {
        return Ok(None);
    }
    narrow::narrowed(mail).filter(|mail| fine(mail)).ok_or(Problem::Line).map(Some)
}

/// See [`super::opened`].
pub(super) fn opened(around: &[u8], inside: &[u8]) -> Vec<u8> {
    let around = with_crlf(around);
    let (header, _) = split(&around);
    let of_body = |field: &Field<'_>| {
        let name = field.name.unwrap_or_default();
        name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("content-"))
    };
    let mut bytes = Vec::with_capacity(header.len() + inside.len());
    for field in fields(header).filter(|field| field.name.is_some() && !of_body(field)) {
        bytes.extend_from_slice(field.bytes);
    }
    bytes.extend_from_slice(&with_crlf(inside));
    bytes
}
