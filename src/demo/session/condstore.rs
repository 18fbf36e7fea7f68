//! Quick resynchronisation (RFC 7162): ENABLE, mod-sequences, and what changed since a client was here last.

use std::fmt::Write as _;

use imap_codec::imap_types::command::{FetchModifier, SelectParameter};
use imap_codec::imap_types::extensions::enable::CapabilityEnable;
use imap_codec::imap_types::fetch::MessageDataItemName;

use super::messages::set_of;
use super::{Reply, Session};
use crate::demo::command::list::StatusItem;
use crate::demo::fetch::flag_list;
use crate::demo::mailbox::{Mailbox, Message};
use crate::demo::search::ranges;

/// What the client switched on; each holds what stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Enabled {
    /// Nothing.
    Nothing,
    /// MODSEQ is told with flags (RFC 7162, section 3.1).
    Condstore,
    /// What is gone is told by UID (RFC 7162, section 3.2).
    Qresync,
}

/// What a client that opens a mailbox knows of it (RFC 7162, section 3.2.5).
#[derive(Debug)]
pub(super) struct Since {
    uid_validity: u32,
    modseq: u64,
    /// The UIDs that it knows, as ranges; `None`: all up to the last.
    known: Option<Vec<(u32, u32)>>,
}

/// ` MODSEQ (n)`, for a client that understands it.
pub(super) fn modseq_of(message: &Message, enabled: Enabled) -> String {
    if enabled == Enabled::Nothing { String::new() } else { format!(" MODSEQ ({})", message.modseq) }
}

/// What SELECT says of mod-sequences, and what changed since then.
pub(super) fn told(mailbox: &Mailbox, since: Option<&Since>) -> String {
    if !mailbox.counts_changes {
        return "* OK [NOMODSEQ] No permanent mod-sequences\r\n".to_owned();
    }
    let mut text = format!("* OK [HIGHESTMODSEQ {}] Highest\r\n", mailbox.modseq);
    let Some(since) = since.filter(|since| since.uid_validity == mailbox.uid_validity) else { return text };
    let known = |uid: u32| {
        let within = |ranges: &Vec<(u32, u32)>| ranges.iter().any(|range| (range.0..=range.1).contains(&uid));
        since.known.as_ref().is_none_or(within)
    };
    let mut gone: Vec<u32> = mailbox
        .vanished
        .iter()
        .filter(|(modseq, uid)| *modseq > since.modseq && known(*uid))
        .map(|(_, uid)| *uid)
        .collect();
    gone.sort_unstable();
    if !gone.is_empty() {
        // Writing to a String cannot fail.
        write!(text, "* VANISHED (EARLIER) {}\r\n", set_of(&gone)).ok();
    }
    for (at, message) in mailbox.messages.iter().enumerate() {
        if message.modseq > since.modseq && known(message.uid) {
            let (sequence, uid, modseq) = (at + 1, message.uid, message.modseq);
            let flags = flag_list(&message.flags);
            write!(text, "* {sequence} FETCH (UID {uid} FLAGS {flags} MODSEQ ({modseq}))\r\n").ok();
        }
    }
    text
}

impl Session {
    /// ENABLE (RFC 5161): what the server knows of it and offers.
    pub(super) fn enable(&mut self, names: &[CapabilityEnable<'_>]) -> Reply {
        let mut text = "* ENABLED".to_owned();
        for name in names {
            let name = name.to_string().to_ascii_uppercase();
            let meant = match name.as_str() {
                "QRESYNC" => Enabled::Qresync,
                "CONDSTORE" => Enabled::Condstore,
                _ => continue,
            };
            if self.options.has(&name) {
                self.enabled = self.enabled.max(meant);
                text.push(' ');
                text.push_str(&name);
            }
        }
        self.wire.say(format!("{text}\r\n"));
        Reply::done("Enable")
    }

    /// Takes the parameters of SELECT; a wrong one is refused.
    pub(super) fn since(&mut self, parameters: &[SelectParameter]) -> Result<Option<Since>, Reply> {
        let mut since = None;
        for parameter in parameters {
            if !self.options.counts_changes() {
                return Err(Reply::Bad("Unknown parameter.".to_owned()));
            }
            self.enabled = self.enabled.max(Enabled::Condstore);
            match parameter {
                SelectParameter::CondStore => {}
                SelectParameter::QResync { .. } if self.enabled != Enabled::Qresync => {
                    return Err(Reply::Bad("QRESYNC is not enabled.".to_owned()));
                }
                SelectParameter::QResync { uid_validity, mod_sequence_value, known_uids, seq_match_data: _ } => {
                    since = Some(Since {
                        uid_validity: uid_validity.get(),
                        modseq: mod_sequence_value.get(),
                        known: known_uids.as_ref().map(|set| ranges(set, u32::MAX)),
                    });
                }
            }
        }
        Ok(since)
    }

    /// Takes the modifiers of FETCH: the mod-sequence above which messages are told, `None` for all.
    pub(super) fn changed_since(
        &mut self,
        modifiers: &[FetchModifier],
        items: &mut Vec<MessageDataItemName<'_>>,
    ) -> Result<Option<u64>, Reply> {
        let mut since = None;
        for modifier in modifiers {
            match modifier {
                FetchModifier::ChangedSince(modseq) => since = Some(modseq.get()),
                FetchModifier::Vanished => return Err(Reply::Bad("This server tells VANISHED by SELECT.".to_owned())),
            }
        }
        let asked = items.contains(&MessageDataItemName::ModSeq);
        if (asked || !modifiers.is_empty()) && !self.options.counts_changes() {
            return Err(Reply::Bad("Unknown parameter.".to_owned()));
        }
        if asked || !modifiers.is_empty() {
            self.enabled = self.enabled.max(Enabled::Condstore);
        }
        let tells_flags = items.contains(&MessageDataItemName::Flags) && self.enabled != Enabled::Nothing;
        if !asked && (tells_flags || !modifiers.is_empty()) {
            items.push(MessageDataItemName::ModSeq);
        }
        Ok(since)
    }

    /// Notes that the client asks for mod-sequences; `false`: they are not offered.
    pub(super) fn notes_changes(&mut self, items: &[StatusItem]) -> bool {
        if !items.contains(&StatusItem::HighestModSeq) {
            return true;
        }
        if self.options.counts_changes() {
            self.enabled = self.enabled.max(Enabled::Condstore);
        }
        self.options.counts_changes()
    }
}
