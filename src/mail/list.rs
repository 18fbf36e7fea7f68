//! What a list shows and how a window of it is asked for: by key, never by offset, never the whole folder.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::marks::Mark;
use super::message::{MessageRow, RowKey};
use super::{FolderId, MessageId, SearchId};
use crate::query::Query;

/// What a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// One folder.
    Folder(FolderId),
    /// The inboxes of all accounts together.
    AllInboxes,
    /// Starred messages of all accounts.
    Starred,
    /// Messages of all accounts with this mark.
    Marked(Mark),
    /// What a search found.
    Search(SearchId),
}

/// A search as the store answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// What is searched for.
    pub query: Arc<Query>,
    /// Where, if not everywhere; never another search.
    pub within: Option<Source>,
    /// Messages that a server found: they are in, whatever the cache knows of their texts. What the query says of their
    /// place and flags must hold all the same.
    pub hits: Arc<BTreeSet<MessageId>>,
    /// Whether of each conversation only the newest message that was found is listed.
    pub conversations: bool,
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
