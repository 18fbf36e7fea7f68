//! Finding messages by what the server calls them, and telling what the server calls them.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::threads::Keys;
use super::{Placed, Reader, Result, columns, refs};
use crate::mail::message::ServerPlace;
use crate::mail::{AccountId, FolderId, MessageId, Uid, UidValidity};

/// Where messages are on the server.
pub(super) const PLACE: &str =
    "SELECT accounts.name, folders.raw, folders.uid_validity, messages.uid, messages.message_id,
        messages.size, messages.folder, messages.flags, messages.keywords, messages.account,
        COALESCE(messages.shown_folder, messages.folder), messages.shown_flags, messages.shown_keywords
    FROM messages JOIN folders ON folders.id = messages.folder JOIN accounts ON accounts.id = messages.account
    WHERE messages.id = ?1";

/// UIDs of a folder in order.
pub(super) const UIDS: &str = "SELECT uid FROM messages WHERE folder = ?1 AND uid IS NOT NULL ORDER BY uid";
/// Those of them in a range.
pub(super) const UIDS_WITHIN: &str =
    "SELECT uid FROM messages WHERE folder = ?1 AND uid BETWEEN ?2 AND ?3 ORDER BY uid";

impl Reader {
    /// Where these messages are, on the server and as they are shown, in this order; for the journal. Those that are not
    /// stored any more are left out. A message that was moved into a folder which was never opened has no UID yet and
    /// UIDVALIDITY 0: only Message-ID and size name it.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn places(&self, ids: &[MessageId]) -> Result<Vec<Placed>> {
        self.read("find messages", |connection| {
            let mut find = connection.prepare_cached(PLACE)?;
            let mut places = Vec::with_capacity(ids.len());
            for id in ids {
                let place = find.query_row([id.0], |row| {
                    let uid_validity = columns::read_uid_validity(row.get(2)?);
                    let place = ServerPlace {
                        account: row.get(0)?,
                        folder: row.get(1)?,
                        uid_validity: uid_validity.unwrap_or(UidValidity(0)),
                        // A UID means nothing without its UIDVALIDITY.
                        uid: uid_validity.and(columns::read_uid(row.get(3)?)),
                        message_id: row.get(4)?,
                        size: columns::count(row.get(5)?),
                    };
                    Ok(Placed {
                        id: *id,
                        account: AccountId(row.get(9)?),
                        place,
                        server_folder: FolderId(row.get(6)?),
                        server_flags: columns::read_flags(row.get(7)?, row.get_ref(8)?.as_str()?),
                        folder: FolderId(row.get(10)?),
                        flags: columns::read_flags(row.get(11)?, row.get_ref(12)?.as_str()?),
                    })
                });
                places.extend(place.optional()?);
            }
            Ok(places)
        })
    }

    /// The message with this UID under this UIDVALIDITY.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn find(
        &self,
        account: AccountId,
        raw_folder: &str,
        uid_validity: UidValidity,
        uid: Uid,
    ) -> Result<Option<MessageId>> {
        self.read("find a message", |connection| {
            connection
                .prepare_cached(
                    "SELECT messages.id FROM folders JOIN messages ON messages.folder = folders.id
                     WHERE folders.account = ?1 AND folders.raw = ?2 AND folders.uid_validity = ?3
                         AND messages.uid = ?4",
                )?
                .query_row(params![account.0, raw_folder, uid_validity.0, uid.0], |row| row.get(0).map(MessageId))
                .optional()
        })
    }

    /// The message with this Message-ID and size that the server has in this folder; the newest of several. Found
    /// through the conversation it belongs to, which is indexed.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn find_by_message_id(
        &self,
        account: AccountId,
        folder: FolderId,
        message_id: &str,
        size: u64,
    ) -> Result<Option<MessageId>> {
        let message_id = columns::message_id(message_id);
        if message_id.is_empty() {
            return Ok(None);
        }
        self.read("find a message", |connection| {
            let Some(thread) = thread_of(connection, account.0, message_id)? else {
                return Ok(None);
            };
            connection
                .prepare_cached(BY_MESSAGE_ID)?
                .query_row(params![thread, folder.0, message_id, columns::stored(size)], |row| {
                    Ok(row.get::<_, Option<i64>>(0)?.map(MessageId))
                })
        })
    }

    /// The newest message of an account that is shown somewhere and has this Message-ID.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn by_message_id(&self, account: AccountId, message_id: &str) -> Result<Option<MessageId>> {
        let message_id = columns::message_id(message_id);
        if message_id.is_empty() {
            return Ok(None);
        }
        self.read("find a message", |connection| {
            let Some(thread) = thread_of(connection, account.0, message_id)? else {
                return Ok(None);
            };
            connection
                .prepare_cached(NAMED)?
                .query_row(params![thread, message_id], |row| Ok(row.get::<_, Option<i64>>(0)?.map(MessageId)))
        })
    }

    /// UIDs that are stored of a folder, as inclusive ranges in order.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn uids(&self, folder: FolderId) -> Result<Vec<(u32, u32)>> {
        self.read("read the UIDs of a folder", |connection| {
            let mut find = connection.prepare_cached(UIDS)?;
            let mut ranges: Vec<(u32, u32)> = Vec::new();
            for uid in find.query_map([folder.0], |row| row.get::<_, u32>(0))? {
                lengthen(&mut ranges, uid?);
            }
            Ok(ranges)
        })
    }

    /// The UIDs of a folder that lie in these ranges, which are sorted and apart: costs what is found, not what there is.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn uids_within(&self, folder: FolderId, within: &[(u32, u32)]) -> Result<Vec<(u32, u32)>> {
        self.read("read UIDs of a folder", |connection| {
            let mut find = connection.prepare_cached(UIDS_WITHIN)?;
            let mut ranges: Vec<(u32, u32)> = Vec::new();
            for (low, high) in within {
                for uid in find.query_map([folder.0, i64::from(*low), i64::from(*high)], |row| row.get::<_, u32>(0))? {
                    lengthen(&mut ranges, uid?);
                }
            }
            Ok(ranges)
        })
    }

    /// How many messages of a folder are stored, as the server has them; from a counter.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn stored(&self, folder: FolderId) -> Result<u64> {
        self.read("count a folder", |connection| {
            let count = connection
                .prepare_cached("SELECT base_messages FROM folders WHERE id = ?1")?
                .query_row([folder.0], |row| row.get(0))
                .optional()?;
            Ok(columns::count(count.unwrap_or(0)))
        })
    }

    /// The UIDs of those of these messages that the server has in this folder.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn uids_in(&self, folder: FolderId, ids: &[MessageId]) -> Result<Vec<(MessageId, Uid)>> {
        self.read("read UIDs", |connection| {
            let mut find = connection
                .prepare_cached("SELECT uid FROM messages WHERE id = ?1 AND folder = ?2 AND uid IS NOT NULL")?;
            let mut uids = Vec::with_capacity(ids.len());
            for id in ids {
                let uid = find.query_row([id.0, folder.0], |row| row.get::<_, u32>(0)).optional()?;
                uids.extend(uid.map(|uid| (*id, Uid(uid))));
            }
            Ok(uids)
        })
    }

    /// Whether every message of a folder is stored.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn is_complete(&self, folder: FolderId) -> Result<bool> {
        self.read("read how far a folder is synced", |connection| {
            connection.prepare_cached("SELECT 1 FROM folders WHERE id = ?1 AND complete = 1")?.exists([folder.0])
        })
    }
}

/// The conversation that messages with this Message-ID belong to.
pub(super) fn thread_of(connection: &Connection, account: i64, message_id: &str) -> rusqlite::Result<Option<i64>> {
    let generation = connection
        .prepare_cached("SELECT value FROM meta WHERE name = 'generation'")?
        .query_row([], |row| row.get(0))?;
    let key = Keys::new(generation, account).key(message_id);
    let mut thread = refs::find(connection, key)?.map(|one| one.thread);
    // Threads that were joined lead to the one that is left.
    for _ in 0..64 {
        let Some(current) = thread else {
            return Ok(None);
        };
        let next: Option<i64> = connection
            .prepare_cached("SELECT merged_into FROM threads WHERE id = ?1")?
            .query_row([current], |row| row.get(0))
            .optional()?
            .flatten();
        if next.is_none() {
            break;
        }
        thread = next;
    }
    Ok(thread)
}

/// A message of one conversation by its Message-ID; of several the one that came last.
pub(super) const BY_MESSAGE_ID: &str = "SELECT MAX(id) FROM messages
    WHERE thread = ?1 AND folder = ?2 AND message_id = ?3 AND size = ?4";

/// As above, wherever it is shown.
pub(super) const NAMED: &str =
    "SELECT MAX(id) FROM messages WHERE thread = ?1 AND message_id = ?2 AND shown_folder IS NOT NULL";

/// Adds the next UID to ranges in order.
fn lengthen(ranges: &mut Vec<(u32, u32)>, uid: u32) {
    match ranges.last_mut() {
        Some((_, last)) if last.checked_add(1) == Some(uid) => *last = uid,
        _ => ranges.push((uid, uid)),
    }
}
