//! Letters to mails and back, whatever was typed.

mod begun;
mod built;
mod recalled;
mod written;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{Desk, Stamp, Start};
use crate::letter::style::{Identity, Style, Writer};
use crate::letter::{Attachment, Kin, Letter, LetterId, Mailbox, Seal};
use crate::mail::UnixTime;

pub(super) fn mailbox(name: &str, address: &str) -> Mailbox {
    Mailbox { name: name.into(), address: address.into() }
}

pub(super) fn letter() -> Letter {
    Letter {
        id: LetterId(1),
        account: "work".into(),
        from: mailbox("Dana Voss", "dana@acme.example"),
        to: vec![mailbox("Priya Raman", "priya@acme.example")],
        cc: Vec::new(),
        bcc: Vec::new(),
        reply_to: Vec::new(),
        subject: "Contract".into(),
        text: "Hi,\n\nyes.\n".into(),
        markdown: false,
        seal: Seal::default(),
        attachments: Vec::new(),
        kin: Kin::default(),
        message_id: "00ff@acme.example".into(),
        draft: None,
        resend: None,
        begun: 0,
    }
}

pub(super) fn stamp() -> Stamp {
    Stamp { now: UnixTime(1_775_570_520), zone: TimeZone::fixed(jiff::tz::offset(2)), agent: None }
}

fn none() -> BTreeMap<String, Vec<u8>> {
    BTreeMap::new()
}

pub(super) fn attachment(name: &str, media_type: &str, size: usize) -> Attachment {
    Attachment {
        name: name.into(),
        media_type: media_type.into(),
        size: size as u64,
        stored: "1".into(),
        origin: String::new(),
        inline: false,
    }
}

pub(super) fn writers() -> Vec<Writer> {
    let identity = |name: &str, address: &str, signature: &str| Identity {
        mailbox: mailbox(name, address),
        signature: signature.into(),
    };
    vec![
        Writer {
            account: "work".into(),
            identities: vec![
                identity("Dana Voss", "dana@acme.example", "Dana\nAcme"),
                identity("Support", "support@acme.example", ""),
            ],
        },
        Writer { account: "home".into(), identities: vec![identity("Dana", "Dana@home.example", "")] },
    ]
}

/// A desk in the account "work".
pub(super) fn desk<'d>(writers: &'d [Writer], style: &'d Style) -> Desk<'d> {
    let start = Start { id: LetterId(7), now: UnixTime(1_775_570_520), chance: 0xabc };
    Desk { writers, account: "work", style, zone: TimeZone::UTC, start }
}

/// The header's lines without folding, and the body.
fn apart(bytes: &[u8]) -> (Vec<String>, String) {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let (header, body) = text.split_once("\r\n\r\n").unwrap();
    let header = header.replace("\r\n ", " ").replace("\r\n\t", " ");
    (header.split("\r\n").map(str::to_owned).collect(), body.to_owned())
}
