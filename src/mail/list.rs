//! What a list shows and how a window of it is asked for: by key, never by offset, never the whole folder.

use super::FolderId;
use super::message::{MessageRow, RowKey};

/// What a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// One folder.
    Folder(FolderId),
    /// The inboxes of all accounts together.
    AllInboxes,
    /// Starred messages of all accounts.
    Starred,
}

/// Where a window lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// At the newest message.
    Newest,
    /// At the oldest.
    Oldest,
    /// Around this key, whether or not a message with it is still there.
    Around(RowKey),
}

/// A window of a list, as the store cut it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Window {
    /// Newest first.
    pub rows: Vec<MessageRow>,
    /// Rows of the source before the first of these.
    pub first: u64,
    /// Messages in the source.
    pub total: u64,
    /// Unread among them.
    pub unread: u64,
}
