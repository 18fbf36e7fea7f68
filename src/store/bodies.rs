//! Bodies: storing, reading, which are wanted, and which go when there are too many.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Arrived, Body, Reader, Result, Writer, columns, index};
use crate::mail::folder::Role;
use crate::mail::{AccountId, FolderId, MessageId, Uid, UnixTime};

/// `messages.body`: only the first part of the body is here.
const PART: u8 = 1;
/// `messages.body`: all of it is here.
pub(super) const WHOLE: u8 = 2;
/// Characters of a snippet that are kept.
const SNIPPET_MAX: usize = 500;
/// How long a body that could not be had is left alone: an hour after the first failure, then a day.
const FIRST_PAUSE: i64 = 3600;
const LATER_PAUSE: i64 = 86_400;

impl Writer {
    /// Stores a body, or the first part of one, and what was seen in it. A part never takes the place of a whole one, nor
    /// a shorter part that of a longer. A message that is not stored any more is passed over. Its words wait to be indexed.
    ///
    /// # Errors
    /// What SQLite says; then nothing was stored.
    pub fn put_body(
        &mut self,
        message: MessageId,
        bytes: &[u8],
        whole: bool,
        snippet: Option<&str>,
        attachments: Option<bool>,
    ) -> Result<()> {
        self.write("store a body", |transaction| {
            if store(transaction, message, (bytes, whole), (snippet, attachments))? {
                index::wait(transaction, message.0)?;
            }
            Ok(())
        })
    }

    /// Stores bodies with all that was seen in them, their words in the index, in one transaction.
    ///
    /// # Errors
    /// What SQLite says; then nothing was stored.
    pub fn keep_bodies(&mut self, bodies: &[Arrived]) -> Result<()> {
        let mut vocabulary = std::mem::take(&mut self.vocabulary);
        self.write("store bodies", |transaction| {
            for Arrived { message, bytes, whole, digest } in bodies {
                let seen = (Some(digest.snippet.as_str()), Some(digest.attachments));
                if store(transaction, *message, (bytes, *whole), seen)? {
                    index::put_text(transaction, &mut vocabulary, message.0, (&digest.text, *whole))?;
                }
            }
            vocabulary.write(transaction)
        })?;
        self.vocabulary = vocabulary;
        self.relieve();
        Ok(())
    }

    /// Removes the bodies that were read longest ago until the account's bodies are at most `max_bytes`. Snippets stay.
    /// Returns the bytes that went.
    ///
    /// # Errors
    /// What SQLite says; then nothing was removed.
    pub fn evict(&mut self, account: AccountId, max_bytes: u64) -> Result<u64> {
        let evicted = self.write("make room for bodies", |transaction| {
            let stored: Option<i64> = transaction
                .prepare_cached("SELECT body_bytes FROM accounts WHERE id = ?1")?
                .query_row([account.0], |row| row.get(0))
                .optional()?;
            let mut excess = columns::count(stored.unwrap_or(0)).saturating_sub(max_bytes);
            let mut evicted = 0_u64;
            let mut victims = Vec::new();
            {
                let mut find = transaction
                    .prepare_cached("SELECT message, size FROM bodies WHERE account = ?1 ORDER BY read_at, size")?;
                let mut rows = find.query([account.0])?;
                while excess > 0
                    && let Some(row) = rows.next()?
                {
                    let size = columns::count(row.get(1)?);
                    victims.push(row.get::<_, i64>(0)?);
                    excess = excess.saturating_sub(size);
                    evicted = evicted.saturating_add(size);
                }
            }
            for message in victims {
                transaction.prepare_cached("DELETE FROM bodies WHERE message = ?1")?.execute([message])?;
                transaction.prepare_cached("UPDATE messages SET body = 0 WHERE id = ?1")?.execute([message])?;
            }
            Ok(evicted)
        })?;
        if evicted > 0 {
            self.give_back()?;
        }
        Ok(evicted)
    }

    /// Notes that a body was read, so that it goes later.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn touch_body(&mut self, message: MessageId, at: UnixTime) -> Result<()> {
        self.write("note that a body was read", |transaction| {
            transaction
                .prepare_cached("UPDATE bodies SET read_at = ?2 WHERE message = ?1")?
                .execute([message.0, at.0])
                .map(drop)
        })
    }

    /// Notes that a body could not be had: prefetch leaves it alone for an hour, then for a day (RL40, RL41).
    ///
    /// # Errors
    /// What SQLite says.
    pub fn note_body_failure(&mut self, message: MessageId, reason: &str, at: UnixTime) -> Result<()> {
        self.write("note that a body cannot be had", |transaction| {
            transaction
                .prepare_cached(
                    "UPDATE messages SET body_failures = body_failures + 1, body_error = ?2,
                         body_retry = ?3 + CASE body_failures WHEN 0 THEN ?4 ELSE ?5 END WHERE id = ?1",
                )?
                .execute(params![
                    message.0,
                    columns::cut(reason, SNIPPET_MAX),
                    columns::time(at),
                    FIRST_PAUSE,
                    LATER_PAUSE
                ])
                .map(drop)
        })
    }
}

impl Reader {
    /// The body, or the part of it that is here.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn body(&self, id: MessageId) -> Result<Option<Body>> {
        self.read("read a body", |connection| {
            connection
                .prepare_cached("SELECT bytes, whole FROM bodies WHERE message = ?1")?
                .query_row([id.0], |row| Ok(Body { bytes: row.get(0)?, whole: row.get(1)? }))
                .optional()
        })
    }

    /// Why the body of a message could not be had the last time, in the words given to
    /// [`Writer::note_body_failure`]; not sanitised.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn body_failure(&self, id: MessageId) -> Result<Option<String>> {
        self.read("read why a body cannot be had", |connection| {
            connection
                .prepare_cached("SELECT body_error FROM messages WHERE id = ?1")?
                .query_row([id.0], |row| row.get(0))
                .optional()
                .map(Option::flatten)
        })
    }

    /// Bytes of all bodies of an account.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn body_bytes(&self, account: AccountId) -> Result<u64> {
        self.read("count the bytes of bodies", |connection| {
            let bytes = connection
                .prepare_cached("SELECT body_bytes FROM accounts WHERE id = ?1")?
                .query_row([account.0], |row| row.get(0))
                .optional()?;
            Ok(columns::count(bytes.unwrap_or(0)))
        })
    }

    /// Messages whose body is worth fetching ahead, newest first: no part of it here, received at `newer_than` or later,
    /// at most `max_size` bytes, no recent failure, not shown as gone, not in Junk or Trash. With folder, UID and size.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn wanted_bodies(
        &self,
        account: AccountId,
        newer_than: UnixTime,
        max_size: u64,
        limit: u32,
    ) -> Result<Vec<(MessageId, FolderId, Uid, u64)>> {
        self.read("find bodies worth fetching", |connection| {
            let mut folders = connection.prepare_cached(
                "SELECT id FROM folders WHERE account = ?1 AND (role IS NULL OR role NOT IN (?2, ?3))",
            )?;
            let folders = folders
                .query_map(params![account.0, Role::Junk.as_str(), Role::Trash.as_str()], |row| row.get::<_, i64>(0))?;
            let mut wanted = Vec::new();
            for folder in folders {
                let folder = folder?;
                let mut find = connection.prepare_cached(WANTED)?;
                let rows = find
                    .query_map(params![folder, columns::time(newer_than), columns::stored(max_size), limit], |row| {
                        Ok((row.get::<_, i64>(3)?, row.get(0)?, row.get(1)?, row.get(2)?))
                    })?;
                for row in rows {
                    let (received, id, uid, size): (i64, i64, u32, i64) = row?;
                    wanted.push((received, (MessageId(id), FolderId(folder), Uid(uid), columns::count(size))));
                }
            }
            wanted.sort_by_key(|(received, (id, ..))| std::cmp::Reverse((*received, *id)));
            wanted.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            Ok(wanted.into_iter().map(|(_, message)| message).collect())
        })
    }
}

/// Stores a body unless there is a better one, and what was seen in it. Returns whether it was stored.
fn store(
    transaction: &Connection,
    message: MessageId,
    (bytes, whole): (&[u8], bool),
    (snippet, attachments): (Option<&str>, Option<bool>),
) -> rusqlite::Result<bool> {
    let account: Option<i64> = transaction
        .prepare_cached("SELECT account FROM messages WHERE id = ?1")?
        .query_row([message.0], |row| row.get(0))
        .optional()?;
    let Some(account) = account else {
        return Ok(false);
    };
    let size = columns::stored(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    let better = transaction
        .prepare_cached(
            "SELECT 1 FROM bodies WHERE message = ?1 AND (whole > ?2 OR (whole = ?2 AND NOT ?2 AND size > ?3))",
        )?
        .exists(params![message.0, whole, size])?;
    if !better {
        transaction.prepare_cached("DELETE FROM bodies WHERE message = ?1")?.execute([message.0])?;
        transaction
            .prepare_cached(
                "INSERT INTO bodies (message, account, read_at, size, whole, bytes)
                 VALUES (?1, ?2, unixepoch(), ?3, ?4, ?5)",
            )?
            .execute(params![message.0, account, size, whole, bytes])?;
        transaction
            .prepare_cached("UPDATE messages SET body = ?2 WHERE id = ?1")?
            .execute(params![message.0, if whole { WHOLE } else { PART }])?;
    }
    transaction
        .prepare_cached(
            "UPDATE messages SET snippet = COALESCE(?2, snippet), attachments = COALESCE(?3, attachments),
                 body_failures = 0, body_retry = 0, body_error = NULL WHERE id = ?1",
        )?
        .execute(params![message.0, snippet.map(|text| columns::cut(text, SNIPPET_MAX)), attachments])?;
    Ok(!better)
}

/// The bodies of one folder that are worth fetching. A retry that lies more than a day ahead was noted by a clock that was
/// wrong (RL12).
pub(super) const WANTED: &str = "SELECT id, uid, size, received FROM messages
    WHERE folder = ?1 AND received >= ?2 AND size <= ?3 AND body = 0 AND uid IS NOT NULL
        AND (body_retry <= unixepoch() OR body_retry > unixepoch() + 86400) AND shown_folder IS NOT NULL
    ORDER BY received DESC LIMIT ?4";
