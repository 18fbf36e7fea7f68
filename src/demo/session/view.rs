//! What a session has told its client of the selected mailbox: sequence numbers live here.

use std::fmt::Write as _;

use imap_codec::imap_types::sequence::SequenceSet;

use super::Expunges;
use super::condstore::{Enabled, modseq_of};
use super::messages::set_of;
use crate::demo::fetch::{Labels, flag_list, without_labels};
use crate::demo::mailbox::Mailbox;
use crate::demo::search::ranges;
use crate::mail::flags::Flags;

/// How a client names messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// By sequence number.
    Sequence,
    /// By UID.
    Uid,
}

impl Numbers {
    /// UID for a command with `UID` before it.
    pub fn new(uid: bool) -> Self {
        if uid { Self::Uid } else { Self::Sequence }
    }
}

/// The selected mailbox as the client knows it.
#[derive(Debug)]
pub struct View {
    /// Its name.
    pub folder: String,
    /// Its UIDVALIDITY.
    pub uid_validity: u32,
    /// Whether it was opened by EXAMINE.
    pub read_only: bool,
    /// How labels are told.
    pub labels: Labels,
    rows: Vec<(u32, Flags)>,
    last_uid: u32,
}

impl View {
    /// The mailbox as it is now.
    pub fn new(folder: String, mailbox: &Mailbox, read_only: bool) -> Self {
        let rows: Vec<(u32, Flags)> = mailbox.messages.iter().map(|m| (m.uid, m.flags.clone())).collect();
        let last_uid = mailbox.uid_next.saturating_sub(1);
        Self { folder, uid_validity: mailbox.uid_validity, read_only, labels: Labels::default(), rows, last_uid }
    }

    /// The sequence number of a UID.
    pub fn sequence(&self, uid: u32) -> Option<usize> {
        self.rows.binary_search_by_key(&uid, |row| row.0).ok().map(|at| at + 1)
    }

    /// How many messages the client knows of.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The largest UID that the client knows of.
    pub fn last(&self) -> u32 {
        self.rows.last().map_or(0, |row| row.0)
    }

    /// The UIDs that a set names, ascending.
    pub fn resolve(&self, set: &SequenceSet, numbers: Numbers) -> Vec<u32> {
        let last = match numbers {
            Numbers::Sequence => u32::try_from(self.rows.len()).unwrap_or(u32::MAX),
            Numbers::Uid => self.last(),
        };
        let ranges = ranges(set, last);
        let named = |number: u32| {
            let at = ranges.partition_point(|range| range.1 < number);
            ranges.get(at).is_some_and(|range| range.0 <= number)
        };
        (1_u32..)
            .zip(&self.rows)
            .filter(|(sequence, (uid, _))| match numbers {
                Numbers::Sequence => named(*sequence),
                Numbers::Uid => named(*uid),
            })
            .map(|(_, (uid, _))| *uid)
            .collect()
    }

    /// Notes that the client knows these flags, so that they are not told again.
    pub fn note_flags(&mut self, uid: u32, flags: &Flags) {
        if let Ok(at) = self.rows.binary_search_by_key(&uid, |row| row.0)
            && let Some(row) = self.rows.get_mut(at)
        {
            row.1 = flags.clone();
        }
    }

    /// The untagged lines that bring the client from what it knows to what is.
    ///
    /// With QRESYNC what is gone is told by UID (RFC 7162, section 3.2.10), with CONDSTORE flags have their MODSEQ.
    pub fn news(&mut self, mailbox: &Mailbox, expunges: Expunges, enabled: Enabled) -> String {
        let mut text = String::new();
        if expunges == Expunges::Told {
            let gone: Vec<usize> = (0..self.rows.len())
                .filter(|at| self.rows.get(*at).is_some_and(|(uid, _)| mailbox.get(*uid).is_none()))
                .collect();
            if enabled == Enabled::Qresync && !gone.is_empty() {
                let uids: Vec<u32> = gone.iter().filter_map(|at| self.rows.get(*at)).map(|row| row.0).collect();
                // Writing to a String cannot fail.
                write!(text, "* VANISHED {}\r\n", set_of(&uids)).ok();
            }
            for at in gone.into_iter().rev() {
                if enabled != Enabled::Qresync {
                    write!(text, "* {} EXPUNGE\r\n", at + 1).ok();
                }
                self.rows.remove(at);
            }
        }
        for (at, (uid, known)) in self.rows.iter_mut().enumerate() {
            if let Some(message) = mailbox.get(*uid)
                && message.flags != *known
            {
                known.clone_from(&message.flags);
                let modseq = modseq_of(message, enabled);
                let told = if self.labels == Labels::Flags { known.clone() } else { without_labels(known) };
                write!(text, "* {} FETCH (UID {uid} FLAGS {}{modseq})\r\n", at + 1, flag_list(&told)).ok();
            }
        }
        let before = self.rows.len();
        let last = self.last_uid;
        self.rows.extend(mailbox.messages.iter().filter(|m| m.uid > last).map(|m| (m.uid, m.flags.clone())));
        self.last_uid = self.last_uid.max(mailbox.uid_next.saturating_sub(1));
        if self.rows.len() > before {
            write!(text, "* {} EXISTS\r\n* 0 RECENT\r\n", self.rows.len()).ok();
        }
        text
    }
}
