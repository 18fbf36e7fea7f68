//! Removing messages: expunged ones, whole folders. What hangs on a row goes with it.

use rusqlite::{Connection, OptionalExtension as _};

use super::index;
use super::overlay::{self, Stored, column};
use super::tally::{Meaning, Tally};
use super::threads::{self, Keys};
use super::{Result, Writer};
use crate::mail::{FolderId, Uid, UidValidity};

/// Rows of a large folder that go in one transaction, so that none grows without bound.
pub(super) const CHUNK: u32 = 10_000;

impl Writer {
    /// Messages that were expunged on the server: their rows go, with bodies and what was laid over them. Returns how
    /// many there were.
    ///
    /// # Errors
    /// What SQLite says; then nothing was removed.
    pub fn remove_uids(&mut self, folder: FolderId, uids: &[Uid]) -> Result<u32> {
        let generation = self.generation();
        self.write("remove messages", |transaction| {
            let mut ids = Vec::with_capacity(uids.len());
            let mut find = transaction.prepare_cached("SELECT id FROM messages WHERE folder = ?1 AND uid = ?2")?;
            for uid in uids {
                ids.extend(find.query_row([folder.0, i64::from(uid.0)], |row| row.get::<_, i64>(0)).optional()?);
            }
            ids.sort_unstable();
            ids.dedup();
            remove_all(transaction, generation, folder.0, &ids, Meaning::Happened)
        })
    }

    /// The folder has a new UIDVALIDITY (RFC 9051, section 2.3.1.1): every UID that is stored means nothing any more. The
    /// rows go, and the folder is to be synced from the start.
    ///
    /// # Errors
    /// What SQLite says. A large folder is emptied in several transactions: when one fails the folder keeps the old
    /// UIDVALIDITY, so that the next sync resets it again.
    pub fn reset_folder(&mut self, folder: FolderId, uid_validity: UidValidity) -> Result<()> {
        self.empty_folder(folder)?;
        self.write("reset a folder", |transaction| {
            transaction
                .execute(
                    "UPDATE folders SET uid_validity = ?2, uid_next = NULL, highest_modseq = NULL, message_count = NULL,
                         gaps = '', complete = 0 WHERE id = ?1",
                    [folder.0, i64::from(uid_validity.0)],
                )
                .map(drop)
        })?;
        self.give_back()
    }

    /// Removes every message that the server has in this folder, as far as we know, a chunk at a time.
    pub(super) fn empty_folder(&mut self, folder: FolderId) -> Result<()> {
        let generation = self.generation();
        loop {
            let removed = self.write("empty a folder", |transaction| {
                let ids = column(
                    transaction,
                    "SELECT id FROM messages WHERE folder = ?1 LIMIT ?2",
                    [folder.0, i64::from(CHUNK)],
                )?;
                // What STATUS counts is not touched: we forget, the mailbox stays as it is.
                remove_all(transaction, generation, folder.0, &ids, Meaning::Learnt)
            })?;
            if removed == 0 {
                return Ok(());
            }
        }
    }
}

/// Which account a message belongs to.
pub(super) fn account_of(connection: &Connection, message: i64) -> rusqlite::Result<i64> {
    connection.prepare_cached("SELECT account FROM messages WHERE id = ?1")?.query_row([message], |row| row.get(0))
}

/// Removes these messages of a folder, whose counts follow. Returns how many there were.
pub(super) fn remove_all(
    connection: &Connection,
    generation: i64,
    folder: i64,
    ids: &[i64],
    meaning: Meaning,
) -> rusqlite::Result<u32> {
    let account = connection
        .prepare_cached("SELECT account FROM folders WHERE id = ?1")?
        .query_row([folder], |row| row.get::<_, i64>(0))
        .optional()?;
    let Some(account) = account else {
        return Ok(0);
    };
    let keys = Keys::new(generation, account);
    let mut tally = Tally::default();
    for id in ids {
        remove(connection, *id, keys, &mut tally)?;
    }
    tally.write(connection, meaning)?;
    Ok(u32::try_from(ids.len()).unwrap_or(u32::MAX))
}

/// Removes one row with all that hangs on it.
pub(super) fn remove(connection: &Connection, id: i64, keys: Keys, tally: &mut Tally) -> rusqlite::Result<()> {
    let Some(stored) = Stored::by_id(connection, id)? else {
        return Ok(());
    };
    let (message_id, thread, body) = connection
        .prepare_cached("SELECT message_id, thread, body FROM messages WHERE id = ?1")?
        .query_row([id], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get::<_, i64>(2)?)))?;
    threads::leave(connection, keys, &message_id, thread)?;
    if stored.overlaid {
        overlay::forget(connection, id)?;
    }
    if body != 0 {
        connection.prepare_cached("DELETE FROM bodies WHERE message = ?1")?.execute([id])?;
    }
    index::forget(connection, id)?;
    connection.prepare_cached("DELETE FROM strays WHERE message = ?1")?.execute([id])?;
    connection.prepare_cached("DELETE FROM messages WHERE id = ?1")?.execute([id])?;
    tally.remove(stored.standing());
    Ok(())
}
