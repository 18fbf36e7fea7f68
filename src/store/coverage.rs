//! What the cache does not know of a folder: the messages whose text it does not have, which only a server can search.

use super::{Reader, Result};
use crate::mail::FolderId;

/// A message that no part of is here: the index of what may be fetched ahead answers it at once.
pub(super) const WITHOUT_BODY: &str = "SELECT EXISTS (SELECT 1 FROM messages INDEXED BY messages_wanted
         WHERE folder = ?1 AND body = 0 AND uid IS NOT NULL)";
/// A message of which a part is here, or that was moved and whose new place nobody told. Looked for only when there is none
/// of the others: then it costs a look at each message of the folder.
pub(super) const WITHOUT_WHOLE_BODY: &str = "SELECT EXISTS (SELECT 1 FROM messages WHERE folder = ?1 AND body <> 2)";

impl Reader {
    /// Whether the folder holds messages whose text the cache does not know.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn has_unread_texts(&self, folder: FolderId) -> Result<bool> {
        self.read("look for texts that are not here", |connection| {
            let asks = |sql: &str| connection.prepare_cached(sql)?.query_row([folder.0], |row| row.get::<_, bool>(0));
            Ok(asks(WITHOUT_BODY)? || asks(WITHOUT_WHOLE_BODY)?)
        })
    }
}
