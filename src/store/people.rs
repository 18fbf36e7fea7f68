//! Who wrote, and who was written to: for what the reader says of a sender.

use super::{Reader, Result, columns};
use crate::mail::message::Address;
use crate::mail::{MessageId, UnixTime};

/// Folders that may still hold older mail: the usual ones, and others once they were opened.
const UNSETTLED: &str = "SELECT 1 FROM folders WHERE selectable = 1 AND complete = 0
    AND is_shown(account) AND (uid_validity IS NOT NULL OR role IN ('inbox', 'archive', 'sent', 'all'))";

const SENDERS: &str =
    "SELECT id, COALESCE(arrived, received), senders FROM messages WHERE id > ?1 ORDER BY id LIMIT ?2";

const RECIPIENTS: &str = "SELECT recipients FROM messages WHERE shown_folder = ?1 ORDER BY received DESC LIMIT ?2";

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
}
