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

/// How a list shows what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Arrangement {
    /// A row stands for a conversation: for all its messages in the list, of which it shows the newest.
    pub conversations: bool,
    /// What stands first.
    pub order: Order,
}

/// What stands first in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Order {
    /// What the server got last.
    #[default]
    Newest,
    /// What it got first.
    Oldest,
    /// By name or address of the first sender, from A on.
    Sender,
    /// By subject without "Re:" and the like, from A on.
    Subject,
    /// The largest.
    Size,
    /// Unread messages, the newest of them first; then the others.
    Unread,
    /// Starred messages, the newest of them first; then the others.
    Starred,
    /// What comes back first: the order of what was put off, and of no other list.
    Return,
}

impl Order {
    /// Every order that a list can be put in.
    pub const ALL: [Self; 7] =
        [Self::Newest, Self::Oldest, Self::Sender, Self::Subject, Self::Size, Self::Unread, Self::Starred];

    /// Its name in files and arguments.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::Sender => "sender",
            Self::Subject => "subject",
            Self::Size => "size",
            Self::Unread => "unread",
            Self::Starred => "starred",
            Self::Return => "return",
        }
    }

    /// What stands first, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Newest => "newest first",
            Self::Oldest => "oldest first",
            Self::Sender => "by sender",
            Self::Subject => "by subject",
            Self::Size => "largest first",
            Self::Unread => "unread first",
            Self::Starred => "starred first",
            Self::Return => "first to return first",
        }
    }

    /// The order in which this list stands unless another was chosen.
    pub const fn of(source: Source) -> Self {
        match source {
            Source::Marked(Mark::Snoozed) => Self::Return,
            Source::Folder(_) | Source::AllInboxes | Source::Starred | Source::Marked(_) | Source::Search(_) => {
                Self::Newest
            }
        }
    }

    /// The order of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.as_str() == name)
    }

    /// Whether the rows follow the time, so that they stand under days.
    pub const fn by_time(self) -> bool {
        matches!(self, Self::Newest | Self::Oldest | Self::Return)
    }
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

impl Search {
    /// Whether what is found is listed as [`bundles`] says.
    pub fn bundles(&self) -> bool {
        bundles(self.within, self.conversations)
    }
}

/// Whether a search within this list, for conversations or not, lists what it finds as the list itself does: a row stands
/// for all that its folder has of the conversation.
pub fn bundles(within: Option<Source>, conversations: bool) -> bool {
    let whole = Source::Marked(Mark::Snoozed);
    conversations && within.is_some_and(|list| matches!(list, Source::Folder(_) | Source::AllInboxes) || list == whole)
}

/// Where a window lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// At the first row: the newest message, unless another order was asked for.
    Newest,
    /// At the last row.
    Oldest,
    /// Around this key, whether or not a message with it is still there.
    Around(RowKey),
}

/// A window of a list, as the store cut it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Window {
    /// In the order that was asked for.
    pub rows: Vec<MessageRow>,
    /// Rows of the source before the first of these.
    pub first: u64,
    /// Rows in the source: its messages. In a list of conversations what is known: more than there are in and before the
    /// window if there are more.
    pub total: u64,
    /// Messages in the source, however many rows they make.
    pub messages: u64,
    /// Unread among them.
    pub unread: u64,
}
