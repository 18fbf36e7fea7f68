//! A mail that is sent again to others as it is (RFC 5322, section 3.6.6): "bounce", "redirect", "resend".

use super::bytes::envelope;
use super::entity::{is_short, with_crlf};
use super::header::{Fields, is_message_id};
use super::{Built, Problem, Stamp};
use crate::letter::{Letter, Parcel};

/// Fields that do not go on: what a server on the way would take for a loop or a length, whoever is in Bcc, and ours.
const STAYS: [&str; 8] = [
    "Bcc",
    "Resent-Bcc",
    "Delivered-To",
    "Return-Path",
    "Content-Length",
    "Lines",
    "X-Posthaste-Letter",
    "X-Posthaste-Draft",
];

/// Fields that stand in the copies of their writer alone, in Sent and in Drafts: who gets a mail unseen, and what was half typed.
const OWN: [&str; 4] = ["Bcc", "Resent-Bcc", "X-Posthaste-Letter", "X-Posthaste-Draft"];

/// The mail with a block of Resent fields before it. Its signatures (DKIM) hold: none of the fields they cover is changed.
pub(super) fn build(letter: &Letter, mail: &[u8], stamp: &Stamp) -> Result<Built, Problem> {
    let (from, to) = envelope(letter)?;
    if !is_message_id(&letter.message_id) {
        return Err(Problem::MessageId);
    }
    let mail = clean(mail)?;
    let mut fields = Fields::default();
    fields.date("Resent-Date", stamp.now, &stamp.zone);
    fields.mailboxes("Resent-From", std::slice::from_ref(&letter.from));
    fields.mailboxes("Resent-To", &letter.to);
    fields.mailboxes("Resent-Cc", &letter.cc);
    fields.ids("Resent-Message-ID", &[&letter.message_id]);
    let mut bytes = fields.bytes;
    bytes.extend_from_slice(&mail);
    let mut bcc = Fields::default();
    bcc.mailboxes("Resent-Bcc", &letter.bcc);
    Ok(Built { parcel: Parcel { from, to, bytes, message_id: letter.message_id.clone() }, bcc: bcc.bytes })
}

/// The mail with CRLF lines, without the fields that stay here.
pub(super) fn clean(mail: &[u8]) -> Result<Vec<u8>, Problem> {
    let mail = with_crlf(mail);
    let mut out = Vec::with_capacity(mail.len() + 2);
    let (mut in_header, mut drop) = (true, false);
    for (number, line) in mail.split_inclusive(|byte| *byte == b'\n').enumerate() {
        if !is_short(line) || line.contains(&0) {
            return Err(Problem::Resend);
        }
        if in_header {
            in_header = line != b"\r\n";
            let goes_on = line.starts_with(b" ") || line.starts_with(b"\t");
            if in_header && !goes_on {
                // The line before a mail in an mbox file.
                drop = stays(line) || number == 0 && (line.starts_with(b"From ") || line.starts_with(b">From "));
            }
            if in_header && drop {
                continue;
            }
        }
        out.extend_from_slice(line);
    }
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    if in_header {
        out.extend_from_slice(b"\r\n");
    }
    Ok(out)
}

/// Whether a line begins a field that does not go on.
fn stays(line: &[u8]) -> bool {
    begins(line, &STAYS)
}

/// A mail, whatever ends its lines, without what is for its writer alone: that may be read by nobody to whom it is handed on.
/// Nothing else of it is changed.
pub(super) fn without_own(mail: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(mail.len());
    let (mut rest, mut drop) = (mail, false);
    while !rest.is_empty() {
        let end = match memchr::memchr2(b'\r', b'\n', rest) {
            // The body.
            Some(0) => break,
            Some(at) if rest.get(at..).is_some_and(|end| end.starts_with(b"\r\n")) => at + 2,
            Some(at) => at + 1,
            None => rest.len(),
        };
        let (line, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            drop = begins(line, &OWN);
        }
        if !drop {
            out.extend_from_slice(line);
        }
        rest = after;
    }
    // What stood between them is gone: together they would be the end of one line, and the header would not end there.
    if out.ends_with(b"\r") && rest.starts_with(b"\n") {
        out.push(b'\n');
    }
    out.extend_from_slice(rest);
    out
}

/// Whether a line begins one of these fields.
fn begins(line: &[u8], names: &[&str]) -> bool {
    let name = line.split(|byte| *byte == b':').next().unwrap_or_default().trim_ascii_end();
    names.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}
