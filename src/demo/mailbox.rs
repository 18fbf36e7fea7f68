//! One mailbox of the embedded server: messages under ascending UIDs. Pure data, no I/O.

use std::sync::Arc;

use crate::demo::header;
use crate::mail::UnixTime;
use crate::mail::flags::Flags;

/// A message as the server holds it.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its UID in this mailbox.
    pub uid: u32,
    /// Its flags.
    pub flags: Flags,
    /// INTERNALDATE.
    pub date: UnixTime,
    /// The whole message, lines ended by CRLF.
    pub bytes: Arc<[u8]>,
    /// The mod-sequence of its last change (RFC 7162, section 3.1).
    pub modseq: u64,
}

impl Message {
    /// Message-ID without angle brackets, empty when there is none.
    pub fn message_id(&self) -> String {
        header::value(&self.bytes, "Message-ID")
            .unwrap_or_default()
            .trim_start_matches('<')
            .trim_end_matches('>')
            .to_owned()
    }
}

/// The source and destination UIDs of a copy, pairwise, and the destination's UIDVALIDITY (RFC 4315, section 3).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Copied {
    /// UIDVALIDITY of the mailbox that was copied to.
    pub uid_validity: u32,
    /// `(from, to)`, ascending by `from`.
    pub pairs: Vec<(u32, u32)>,
}

/// How STORE changes flags (RFC 9051, section 6.4.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// `FLAGS`.
    Replace,
    /// `+FLAGS`.
    Add,
    /// `-FLAGS`.
    Remove,
}

/// A mailbox: its messages by ascending UID, and what LIST says of it.
#[derive(Debug, Clone)]
pub struct Mailbox {
    /// UIDVALIDITY.
    pub uid_validity: u32,
    /// The UID that the next message gets.
    pub uid_next: u32,
    /// Ascending by UID.
    pub messages: Vec<Message>,
    /// Whether a client subscribed to it.
    pub subscribed: bool,
    /// Its SPECIAL-USE attribute with the backslash (RFC 6154).
    pub special: Option<String>,
    /// `false`: only a name with children under it (`\Noselect`).
    pub selectable: bool,
    /// HIGHESTMODSEQ: it goes up with each change of a message (RFC 7162, section 3.1.2.1).
    pub modseq: u64,
    /// Whether it has mod-sequences at all; one without says NOMODSEQ (RFC 7162, section 3.1.2.2).
    pub counts_changes: bool,
    /// UIDs that are gone, each with the mod-sequence of its end, ascending by that.
    pub vanished: Vec<(u64, u32)>,
}

impl Mailbox {
    /// An empty mailbox that can be selected.
    pub fn new(uid_validity: u32) -> Self {
        Self {
            uid_validity,
            uid_next: 1,
            messages: Vec::new(),
            subscribed: true,
            special: None,
            selectable: true,
            modseq: 1,
            counts_changes: true,
            vanished: Vec::new(),
        }
    }

    fn next_modseq(&mut self) -> u64 {
        self.modseq = self.modseq.saturating_add(1);
        self.modseq
    }

    /// Adds a message and returns its UID.
    pub fn add(&mut self, bytes: Arc<[u8]>, flags: Flags, date: UnixTime) -> u32 {
        let uid = self.uid_next;
        self.uid_next = uid.saturating_add(1);
        let modseq = self.next_modseq();
        self.messages.push(Message { uid, flags, date, bytes, modseq });
        uid
    }

    /// The message with this UID.
    pub fn get(&self, uid: u32) -> Option<&Message> {
        let at = self.messages.binary_search_by_key(&uid, |message| message.uid).ok()?;
        self.messages.get(at)
    }

    /// Changes the flags of one message; `false` when it is gone.
    pub fn store(&mut self, uid: u32, change: Change, flags: &Flags) -> bool {
        let Ok(at) = self.messages.binary_search_by_key(&uid, |message| message.uid) else {
            return false;
        };
        let Some(message) = self.messages.get_mut(at) else {
            return false;
        };
        let before = message.flags.clone();
        match change {
            Change::Replace => message.flags = flags.clone(),
            Change::Add => flags.iter().for_each(|flag| message.flags.set(&flag, true)),
            Change::Remove => flags.iter().for_each(|flag| message.flags.set(&flag, false)),
        }
        if message.flags != before {
            self.modseq = self.modseq.saturating_add(1);
            message.modseq = self.modseq;
        }
        true
    }

    /// Takes these messages out; what is not there is passed over.
    pub fn take(&mut self, uids: &[u32]) -> Vec<Message> {
        let wanted: std::collections::BTreeSet<u32> = uids.iter().copied().collect();
        let (taken, kept): (Vec<Message>, _) =
            std::mem::take(&mut self.messages).into_iter().partition(|m| wanted.contains(&m.uid));
        self.messages = kept;
        for message in &taken {
            let modseq = self.next_modseq();
            self.vanished.push((modseq, message.uid));
        }
        taken
    }

    /// Gives every message a new UID under a new UIDVALIDITY, as a server does that lost its index.
    pub fn renumber(&mut self, uid_validity: u32) {
        self.uid_validity = uid_validity;
        self.uid_next = 1;
        self.vanished.clear();
        let modseq = self.next_modseq();
        for message in &mut self.messages {
            message.uid = self.uid_next;
            message.modseq = modseq;
            self.uid_next = self.uid_next.saturating_add(1);
        }
    }

    /// Sets the mod-sequence, as a server does that lost what it knew of changes, or counts by another clock.
    pub fn set_modseq(&mut self, modseq: u64) {
        self.modseq = modseq;
        self.vanished.retain(|(at, _)| *at <= modseq);
        for message in &mut self.messages {
            message.modseq = message.modseq.min(modseq);
        }
    }

    /// How many messages have not been read.
    pub fn unseen(&self) -> usize {
        self.messages.iter().filter(|message| !message.flags.seen()).count()
    }
}
