//! Folders (IMAP: mailboxes): names, roles, counts.

use super::rights::Rights;
use super::{AccountId, FolderId};
use crate::safe_text::SafeText;

/// What a folder is for: SPECIAL-USE (RFC 6154) where the server says it, else a well-known name, or the config.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// The inbox: the name `INBOX`, whatever its case.
    Inbox,
    /// `\Snoozed` (IANA's list of mailbox name attributes): what is put off.
    Snoozed,
    /// `\Drafts`.
    Drafts,
    /// `\Sent`.
    Sent,
    /// `\Archive`.
    Archive,
    /// `\Junk`.
    Junk,
    /// `\Trash`.
    Trash,
    /// `\All`: holds a copy of every message (Gmail's All Mail).
    All,
    /// `\Flagged`: a view of starred messages.
    Flagged,
}

impl Role {
    /// Every role, in the order in which a folder pane shows them.
    pub const ORDER: [Self; 9] = [
        Self::Inbox,
        Self::Snoozed,
        Self::Drafts,
        Self::Sent,
        Self::Archive,
        Self::Junk,
        Self::Trash,
        Self::All,
        Self::Flagged,
    ];

    /// The word that config, JSON and database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Snoozed => "snoozed",
            Self::Drafts => "drafts",
            Self::Sent => "sent",
            Self::Archive => "archive",
            Self::Junk => "junk",
            Self::Trash => "trash",
            Self::All => "all",
            Self::Flagged => "flagged",
        }
    }

    /// The role of this word, as [`Role::as_str`] writes it.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ORDER.into_iter().find(|role| role.as_str() == word)
    }
}

/// Which of RFC 2342's namespaces a folder lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Namespace {
    /// One's own.
    #[default]
    Personal,
    /// Another user's.
    Other,
    /// Shared by everybody.
    Shared,
}

/// A folder as LIST named it, merged with the user's config: what the sync task writes to the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerFolder {
    /// The name on the wire, byte for byte (RFC 9051 5.1: mUTF-7, or UTF-8 where the server sends it): for commands.
    pub raw: String,
    /// The name decoded to Unicode, for people; not yet sanitised.
    pub name: String,
    /// The hierarchy delimiter, if the server has one.
    pub delimiter: Option<char>,
    /// What it is for.
    pub role: Option<Role>,
    /// False for `\Noselect` and `\NonExistent`.
    pub selectable: bool,
    /// Whether the user subscribed to it.
    pub subscribed: bool,
    /// Whose it is.
    pub namespace: Namespace,
}

/// A folder as the folder pane shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderRow {
    /// Local number.
    pub id: FolderId,
    /// The account it belongs to.
    pub account: AccountId,
    /// The whole name, parts joined by `/` whatever the server's delimiter: `Projects/atlas`.
    pub path: SafeText,
    /// The last part of the name, for people ("Inbox" for INBOX).
    pub label: SafeText,
    /// How deep it lies below the top: 0 for `Projects`, 1 for `Projects/atlas`.
    pub depth: u16,
    /// What it is for.
    pub role: Option<Role>,
    /// False for a folder that only holds folders.
    pub selectable: bool,
    /// Whose it is.
    pub namespace: Namespace,
    /// What the user may do in it, as far as the server said.
    pub rights: Rights,
    /// Messages in it, by the server's last word with the queue laid over it.
    pub messages: u64,
    /// Unread ones among them.
    pub unread: u64,
    /// True while the folder exists only in the queue (created, not yet on the server).
    pub pending: bool,
}
