//! What was put off and lies in a folder for that: what is due, and when the next is.

use rusqlite::params;

use super::{Due, Reader, Result};
use crate::mail::{AccountId, MessageId, UnixTime};

/// A message that has lost `$Snoozed` and still lies there is on its way back from another machine. When that has not come
/// to it in so many seconds, it is brought back here.
const GRACE: i64 = 600;

/// The first by time of those that were put off. What another client took elsewhere is passed over.
pub(super) const PUT_OFF: &str =
    "SELECT id, account, put_off + CASE WHEN (marks & 1) = 0 THEN ?1 ELSE 0 END, subject, put_off
    FROM messages INDEXED BY messages_put_off
    WHERE put_off IS NOT NULL AND shown_folder IN (SELECT folders.id FROM folders WHERE role = 'snoozed')
    ORDER BY put_off, id LIMIT ?2 OFFSET ?3";

impl Reader {
    /// Messages in folders for what is put off, by the time at which they are to come back: `limit` of them, after the first
    /// `skipped`.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn put_off(&self, limit: u32, skipped: u32) -> Result<Vec<Due>> {
        self.read("look for what is due", |connection| {
            connection
                .prepare_cached(PUT_OFF)?
                .query_map(params![GRACE, limit, skipped], |row| {
                    Ok(Due {
                        id: MessageId(row.get(0)?),
                        account: AccountId(row.get(1)?),
                        at: UnixTime(row.get(2)?),
                        subject: row.get(3)?,
                        until: UnixTime(row.get(4)?),
                    })
                })?
                .collect()
        })
    }
}
