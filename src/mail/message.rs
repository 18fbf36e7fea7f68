//! Messages: the envelope that sync stores and the row that a list shows.

use std::sync::Arc;

use super::{AccountId, FolderId, MessageId, ThreadId, Uid, UidValidity, UnixTime};
use crate::mail::flags::Flags;
use crate::safe_text::SafeText;

/// A name and an address of a From, To or Cc field, decoded, not yet sanitised.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// The display name, empty when there is none.
    pub name: String,
    /// `local@domain`, empty when there is none (an empty group).
    pub address: String,
}

/// The header fields that sync keeps of a message, decoded to Unicode by mail-parser, not yet sanitised.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Envelope {
    /// Message-ID without angle brackets, empty when there is none.
    pub message_id: String,
    /// In-Reply-To and References together, oldest first, without angle brackets, at most 100.
    pub references: Vec<String>,
    /// Subject.
    pub subject: String,
    /// From; the first few when there are many.
    pub from: Vec<Address>,
    /// Reply-To.
    pub reply_to: Vec<Address>,
    /// To; at most 100.
    pub to: Vec<Address>,
    /// Cc; at most 100.
    pub cc: Vec<Address>,
    /// The Date field, if it can be read.
    pub sent: Option<UnixTime>,
    /// List-Id without angle brackets, empty when there is none.
    pub list_id: String,
    /// Whether the Content-Type speaks of attachments (multipart/mixed and the like): a guess until the body is here.
    pub attachments: bool,
}

/// A message as one FETCH answer described it: what sync hands to the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Its UID in the folder that was selected.
    pub uid: Uid,
    /// Its flags.
    pub flags: Flags,
    /// INTERNALDATE: when the server got it; lists are sorted by it, but for marks ([`super::marks::sorted_at`]). The Date field, else 0, if the server sent none.
    pub received: UnixTime,
    /// RFC822.SIZE in bytes.
    pub size: u64,
    /// Its header.
    pub envelope: Envelope,
    /// MODSEQ (RFC 7162) where the server sends it.
    pub modseq: Option<u64>,
}

/// A message as a list shows it, with the user's pending actions laid over what the server last said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// Local number.
    pub id: MessageId,
    /// The account it belongs to.
    pub account: AccountId,
    /// The folder it is shown in (where it will be once the queue is done).
    pub folder: FolderId,
    /// Who it is from, for a list: names without addresses, "you" for the account's own address, joined by ", ".
    /// In Sent and Drafts: who it is to.
    pub from: SafeText,
    /// The bare address of the first From.
    pub address: SafeText,
    /// Subject.
    pub subject: SafeText,
    /// The first words of the body, empty until the body has been here.
    pub snippet: SafeText,
    /// When the server got it.
    pub received: UnixTime,
    /// Where the order of its list puts it: what has the greater number stands higher up. In a list that has the newest
    /// first, the seconds of `received`.
    pub place: i64,
    /// Bytes.
    pub size: u64,
    /// Flags with pending changes made.
    pub flags: Flags,
    /// Whether it has attachments.
    pub attachments: bool,
    /// How many messages its conversation has in this account, itself included; 1 when alone.
    pub thread: u32,
    /// Whether an action on it waits in the queue.
    pub pending: bool,
    /// Whether the whole body is in the cache.
    pub cached: bool,
    /// The message of its conversation that it answers, where conversations are read; else `None`.
    pub parent: Option<MessageId>,
    /// The conversation that the row stands for, in a list of conversations; `None` where there is no other message.
    pub bundle: Option<Arc<Bundle>>,
}

/// What a row of a list of conversations stands for, beside the message that it shows: the newest one in that list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The conversation's number in the cache.
    pub thread: ThreadId,
    /// The other messages in the same list, newest first, without their texts: what is done to the row is done to them.
    pub others: Vec<MessageRow>,
    /// Who wrote, the first one first, the user last: "Lena Ortiz, you".
    pub people: SafeText,
    /// Unread messages in the list, the row's own among them.
    pub unread: u32,
    /// Whether one in the list is starred.
    pub starred: bool,
    /// Whether one of the conversation has attachments.
    pub attachments: bool,
}

impl MessageRow {
    /// Where the row stands in its list.
    pub fn key(&self) -> RowKey {
        RowKey { place: self.place, id: self.id }
    }

    /// The row and what it stands for: the messages that an action on the row is about.
    pub fn all(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.bundle.iter().flat_map(|bundle| &bundle.others))
    }

    /// Whether this message is the row's own, or one that it stands for.
    pub fn holds(&self, id: MessageId) -> bool {
        self.all().any(|row| row.id == id)
    }

    /// The row for its own message alone.
    #[must_use]
    pub fn alone(&self) -> Self {
        Self { bundle: None, ..self.clone() }
    }
}

/// The sort key of a list, the greatest first: a window is asked for by key, never by offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    /// Where the list's order puts it; see [`MessageRow::place`].
    pub place: i64,
    /// Local number: makes the key unique.
    pub id: MessageId,
}

/// Where a message is on the server, and what proves that it is the one meant (DESIGN.md, invariant 6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerPlace {
    /// Name of the account in the config.
    pub account: String,
    /// Raw name of the folder.
    pub folder: String,
    /// The folder's UIDVALIDITY when the UID was learnt.
    pub uid_validity: UidValidity,
    /// Its UID; `None` after a move whose new UID nobody told: it is then searched by Message-ID.
    pub uid: Option<Uid>,
    /// Message-ID without brackets, may be empty.
    pub message_id: String,
    /// RFC822.SIZE in bytes.
    pub size: u64,
}
