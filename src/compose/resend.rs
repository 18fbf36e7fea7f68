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
    let name = line.split(|byte| *byte == b':').next().unwrap_or_default().trim_ascii_end();
    STAYS.iter().any(|stays| name.eq_ignore_ascii_case(stays.as_bytes()))
}
