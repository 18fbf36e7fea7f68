//! Messages whose headers could not be read: when each is tried again (RL40).

use rusqlite::{OptionalExtension as _, params};

use super::{Reader, Result, Writer, columns};
use crate::mail::{FolderId, MessageId, Uid, UnixTime};

/// How long such a message is left alone: an hour after the first failure, then a day.
const FIRST_PAUSE: i64 = 3600;
const LATER_PAUSE: i64 = 86_400;

impl Writer {
    /// Notes that the headers of these UIDs could not be had. Only placeholders count: see
    /// [`Writer::put_placeholders`].
    ///
    /// # Errors
    /// What SQLite says; then nothing was noted.
    pub fn note_poison(&mut self, folder: FolderId, uids: &[Uid], at: UnixTime) -> Result<()> {
        self.write("note messages that cannot be read", |transaction| {
            // Few rows, and only here: what was read since, or is gone, needs no note.
            transaction.execute(
                "DELETE FROM poison WHERE NOT EXISTS
                     (SELECT 1 FROM messages WHERE id = poison.message AND placeholder = 1)",
                [],
            )?;
            for uid in uids {
                let message = transaction
                    .prepare_cached("SELECT id FROM messages WHERE folder = ?1 AND uid = ?2 AND placeholder = 1")?
                    .query_row([folder.0, i64::from(uid.0)], |row| row.get::<_, i64>(0))
                    .optional()?;
                let Some(message) = message else { continue };
                transaction
                    .prepare_cached(
                        "INSERT INTO poison (message, retry) VALUES (?1, ?2 + ?3)
                         ON CONFLICT (message) DO UPDATE SET retry = ?2 + ?4",
                    )?
                    .execute(params![message, columns::time(at), FIRST_PAUSE, LATER_PAUSE])?;
            }
            Ok(())
        })
    }
}

impl Reader {
    /// Whether this message is shown without a header, which could not be had.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn is_placeholder(&self, message: MessageId) -> Result<bool> {
        self.read("look whether a message could be read", |connection| {
            connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM messages WHERE id = ?1 AND placeholder = 1)")?
                .query_row([message.0], |row| row.get(0))
        })
    }

    /// UIDs of this folder whose headers could not be had and are to be tried again by now, at most `limit`. A time that
    /// lies further ahead than any is ever set was noted by a clock that was wrong (RL12).
    ///
    /// # Errors
    /// What SQLite says.
    pub fn poison_due(&self, folder: FolderId, at: UnixTime, limit: u32) -> Result<Vec<Uid>> {
        self.read("find messages to be read again", |connection| {
            connection
                .prepare_cached(
                    "SELECT messages.uid FROM poison CROSS JOIN messages ON messages.id = poison.message
                     WHERE (poison.retry <= ?2 OR poison.retry > ?2 + ?4) AND messages.folder = ?1 AND placeholder = 1 AND uid IS NOT NULL
                     ORDER BY uid DESC LIMIT ?3",
                )?
                .query_map(params![folder.0, columns::time(at), limit, LATER_PAUSE], |row| row.get(0).map(Uid))?
                .collect()
        })
    }
}
