//! What there is of a sender, or of a list: to be swept away at once.

use super::rule::Whom;
use super::{FolderId, MessageId, UnixTime};

/// What there is of somebody's mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swept {
    /// Whose.
    pub whom: Whom,
    /// In which folders, and how many; the fullest first. Trash and Junk are left out.
    pub folders: Vec<(FolderId, u64)>,
    /// How many are unread.
    pub unread: u64,
    /// When the oldest came.
    pub since: UnixTime,
    /// Those in inboxes.
    pub inbox: Vec<MessageId>,
    /// All of them but those in Sent and Drafts.
    pub all: Vec<MessageId>,
    /// How many there are, those in Sent and Drafts included.
    pub total: u64,
}
