//! Who wrote, and who was written to: for what the reader says of a sender, and for the names that are offered while one is
//! typed.

use rusqlite::{Row, params};

use super::{Reader, Result, columns};
use crate::mail::message::Address;
use crate::mail::{FolderId, MessageId, UnixTime};

/// Folders that may still hold older mail: the usual ones, and others once they were opened.
const UNSETTLED: &str = "SELECT 1 FROM folders WHERE selectable = 1 AND complete = 0
    AND is_shown(account) AND (uid_validity IS NOT NULL OR role IN ('inbox', 'archive', 'sent', 'all'))";

const SENDERS: &str =
    "SELECT id, COALESCE(arrived, received), senders FROM messages WHERE id > ?1 ORDER BY id LIMIT ?2";

const RECIPIENTS: &str = "SELECT recipients FROM messages WHERE shown_folder = ?1 ORDER BY received DESC LIMIT ?2";

/// Folders in which people are known: sent mail first, then inboxes, then the largest. What is junk is nobody's letter, and
/// what is a draft may never have been one.
pub(super) const KNOWN_IN: &str = "SELECT id, role IS 'sent' FROM folders
    WHERE selectable = 1 AND (role IS NULL OR role NOT IN ('junk', 'trash', 'drafts')) AND is_shown(account)
    ORDER BY role IS NOT 'sent', role IS NOT 'inbox', shown_messages DESC";

/// Messages of a folder, the newest first, from one on.
pub(super) const OLDER: &str = "SELECT id, received, COALESCE(arrived, received), senders, recipients, cc FROM messages
    WHERE shown_folder = ?1 AND received <= ?2 AND (received, id) < (?2, ?3) AND id <= ?4
    ORDER BY received DESC, id DESC LIMIT ?5";

/// Messages that were stored after one, with whether they lie in sent mail, and whether nobody is known by them.
pub(super) const LATER: &str = "SELECT messages.id, messages.received, COALESCE(messages.arrived, messages.received),
        messages.senders, messages.recipients, messages.cc, folders.role IS 'sent',
        folders.id IS NULL OR COALESCE(folders.role IN ('junk', 'trash', 'drafts'), 0) OR NOT is_shown(folders.account)
    FROM messages LEFT JOIN folders ON folders.id = messages.shown_folder
    WHERE messages.id > ?1 ORDER BY messages.id LIMIT ?2";

/// Where the reading of a folder goes on: behind this message, by when it was received and by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark(i64, i64);

impl Mark {
    /// Before the newest message.
    pub const NEWEST: Self = Self(i64::MAX, i64::MAX);
}

/// Between whom a message went. Its people are read from their columns when they are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Between<'r> {
    /// When it was received.
    pub at: UnixTime,
    /// Whether it lies in a folder for sent mail.
    pub sent: bool,
    senders: &'r str,
    recipients: &'r str,
    cc: &'r str,
}

impl<'r> Between<'r> {
    fn read(row: &'r Row<'_>, sent: bool) -> rusqlite::Result<Self> {
        Ok(Self {
            at: UnixTime(row.get(2)?),
            sent,
            senders: row.get_ref(3)?.as_str()?,
            recipients: row.get_ref(4)?.as_str()?,
            cc: row.get_ref(5)?.as_str()?,
        })
    }

    /// From; not sanitised.
    pub fn senders(&self) -> Vec<Address> {
        columns::read_addresses(self.senders)
    }

    /// To and Cc; not sanitised.
    pub fn recipients(&self) -> Vec<Address> {
        let mut all = columns::read_addresses(self.recipients);
        all.append(&mut columns::read_addresses(self.cc));
        all
    }
}

/// Page cache of a connection that reads everything once, in KiB: no page is wanted twice.
const SCAN_CACHE_KIB: u32 = 256;

impl Reader {
    /// This reader, for reading all there is once and rarely again: it keeps next to no pages.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn for_scans(self) -> Result<Self> {
        let pragma = format!("PRAGMA cache_size = -{SCAN_CACHE_KIB}");
        self.read("bound the page cache", |connection| connection.execute_batch(&pragma))?;
        Ok(self)
    }

    /// Whether the headers of all folders that were opened, and of the inboxes, archives and sent mail, are here: who has
    /// never written cannot be said before.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn is_settled(&self) -> Result<bool> {
        self.read("look for folders in sync", |connection| Ok(!connection.prepare_cached(UNSETTLED)?.exists([])?))
    }

    /// Tells when and from which address messages came, by their number from this one on, at most so many; returns how
    /// many it were.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn senders_after(
        &self,
        after: MessageId,
        limit: u32,
        mut tell: impl FnMut(MessageId, UnixTime, &str),
    ) -> Result<u32> {
        self.read("read senders", |connection| {
            let mut statement = connection.prepare_cached(SENDERS)?;
            let mut rows = statement.query([after.0, i64::from(limit)])?;
            let mut count = 0;
            while let Some(row) = rows.next()? {
                let senders = columns::read_addresses(row.get_ref(2)?.as_str()?);
                let address = senders.first().map_or("", |one| one.address.as_str());
                tell(MessageId(row.get(0)?), UnixTime(row.get(1)?), address);
                count += 1;
            }
            Ok(count)
        })
    }

    /// To whom the newest messages in folders for sent mail are, in all accounts, oldest first, at most so many messages a
    /// folder.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn written_to(&self, limit: u32) -> Result<Vec<Address>> {
        self.read("read recipients", |connection| {
            let mut folders = connection.prepare_cached("SELECT id FROM folders WHERE role = 'sent'")?;
            let folders = folders.query_map([], |row| row.get::<_, i64>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
            let mut people = Vec::new();
            for folder in folders {
                let mut statement = connection.prepare_cached(RECIPIENTS)?;
                let rows = statement.query_map([folder, i64::from(limit)], |row| {
                    Ok(columns::read_addresses(row.get_ref(0)?.as_str()?))
                })?;
                people.extend(rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().rev().flatten());
            }
            Ok(people)
        })
    }

    /// Folders in which people are known, and whether each is for sent mail; in the order in which they are worth reading.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn folders_of_people(&self) -> Result<Vec<(FolderId, bool)>> {
        self.read("look for folders with people", |connection| {
            let mut folders = connection.prepare_cached(KNOWN_IN)?;
            folders.query_map([], |row| Ok((FolderId(row.get(0)?), row.get(1)?)))?.collect()
        })
    }

    /// Tells between whom the messages of a folder went, the newest first, behind a mark, at most so many, and none that was
    /// stored after this one. Gives where it goes on; `None`: that was the end.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn people_of(
        &self,
        (folder, sent): (FolderId, bool),
        after: Mark,
        (until, limit): (MessageId, u32),
        mut tell: impl FnMut(Between<'_>),
    ) -> Result<Option<Mark>> {
        self.read("read who wrote", |connection| {
            let mut statement = connection.prepare_cached(OLDER)?;
            let mut rows = statement.query(params![folder.0, after.0, after.1, until.0, limit])?;
            let (mut count, mut last) = (0, after);
            while let Some(row) = rows.next()? {
                last = Mark(row.get(1)?, row.get(0)?);
                count += 1;
                tell(Between::read(row, sent)?);
            }
            Ok((count == limit).then_some(last))
        })
    }

    /// Tells between whom messages went that were stored after this one, at most so many; gives the last of them, and whether
    /// there may be more.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn people_after(
        &self,
        after: MessageId,
        limit: u32,
        mut tell: impl FnMut(Between<'_>),
    ) -> Result<(MessageId, bool)> {
        self.read("read who wrote since", |connection| {
            let mut statement = connection.prepare_cached(LATER)?;
            let mut rows = statement.query(params![after.0, limit])?;
            let (mut count, mut last) = (0, after);
            while let Some(row) = rows.next()? {
                last = MessageId(row.get(0)?);
                count += 1;
                let unknown: bool = row.get(7)?;
                if !unknown {
                    tell(Between::read(row, row.get(6)?)?);
                }
            }
            Ok((last, count == limit))
        })
    }

    /// The message that was stored last; 0: there is none.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn last_message(&self) -> Result<MessageId> {
        self.read("look for the last message", |connection| {
            connection
                .prepare_cached("SELECT COALESCE(MAX(id), 0) FROM messages")?
                .query_row([], |row| row.get(0).map(MessageId))
        })
    }
}
