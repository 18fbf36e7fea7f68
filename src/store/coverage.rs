//! What the cache does not know of a folder: the messages whose text it does not have, which only a server can search.

use super::index::PART;
use super::{Reader, Result};
use crate::mail::FolderId;

/// A message without a body here whose text is not in the index either.
pub(super) const UNREAD: &str = "SELECT EXISTS (SELECT 1 FROM messages INDEXED BY messages_wanted
         WHERE folder = ?1 AND body = 0 AND uid IS NOT NULL AND NOT EXISTS
             (SELECT 1 FROM docs WHERE docs.message = messages.id AND docs.text_bytes > 0))";
/// A message whose body is here and waits to be indexed.
pub(super) const WAITING: &str =
    "SELECT EXISTS (SELECT 1 FROM unread_texts CROSS JOIN messages ON messages.id = unread_texts.message
         WHERE messages.folder = ?1)";
/// A message of whose text only the beginning is in the index.
pub(super) const BEGUN: &str =
    "SELECT EXISTS (SELECT 1 FROM docs INDEXED BY docs_part CROSS JOIN messages ON messages.id = docs.message
         WHERE (docs.inside & 4) <> 0 AND messages.folder = ?1)";

const _: () = assert!(PART == 4, "as the statement and its index say");

impl Reader {
    /// Whether the folder holds messages whose text the index does not know, or not all of it.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn has_unread_texts(&self, folder: FolderId) -> Result<bool> {
        self.read("look for texts that are not here", |connection| {
            let asks = |sql: &str| connection.prepare_cached(sql)?.query_row([folder.0], |row| row.get::<_, bool>(0));
            Ok(asks(UNREAD)? || asks(WAITING)? || asks(BEGUN)?)
        })
    }
}
