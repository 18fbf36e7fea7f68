//! What waits in the queue, laid over the server's columns: the shown folder and flags of a message.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::tally::{Meaning, Standing, Tally, Touched};
use super::{Overlay, Result, Writer};
use super::{columns, index};
use crate::mail::flags::{Flag, Flags};
use crate::mail::{FolderId, UnixTime, marks};

/// The columns of a message that changes of place and flags are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub id: i64,
    pub server: Server,
    pub shown: Shown,
    pub overlaid: bool,
    pub times: Times,
}

/// When it came, and by when it is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Times {
    /// INTERNALDATE.
    pub arrived: i64,
    /// `marks::sorted_at`.
    pub sorted: i64,
}

impl Times {
    /// The times of a message with these flags.
    pub fn of(arrived: i64, flags: &Flags) -> Self {
        Self { arrived, sorted: marks::sorted_at(UnixTime(arrived), flags).0 }
    }

    /// What the column `arrived` holds.
    pub fn moved(self) -> Option<i64> {
        Some(self.arrived).filter(|arrived| *arrived != self.sorted)
    }
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    pub folder: i64,
    pub uid: Option<i64>,
    pub flags: Flags,
    pub modseq: Option<i64>,
}

/// What lists show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    pub folder: Option<i64>,
    pub flags: Flags,
    pub pending: bool,
}

/// The columns that [`Stored::read`] reads.
const COLUMNS: &str =
    "id, folder, uid, flags, keywords, modseq, shown_folder, shown_flags, shown_keywords, pending, overlaid,
    received, COALESCE(arrived, received)";

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let flags = |system: usize| -> rusqlite::Result<Flags> {
            Ok(columns::read_flags(row.get(system)?, row.get_ref(system + 1)?.as_str()?))
        };
        Ok(Self {
            id: row.get(0)?,
            server: Server { folder: row.get(1)?, uid: row.get(2)?, flags: flags(3)?, modseq: row.get(5)? },
            shown: Shown { folder: row.get(6)?, flags: flags(7)?, pending: row.get(9)? },
            overlaid: row.get(10)?,
            times: Times { sorted: row.get(11)?, arrived: row.get(12)? },
        })
    }

    /// The message with this local number.
    pub fn by_id(connection: &Connection, id: i64) -> rusqlite::Result<Option<Self>> {
        connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM messages WHERE id = ?1"))?
            .query_row([id], Self::read)
            .optional()
    }

    /// The message with this UID.
    pub fn by_uid(connection: &Connection, folder: i64, uid: u32) -> rusqlite::Result<Option<Self>> {
        connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM messages WHERE folder = ?1 AND uid = ?2"))?
            .query_row([folder, i64::from(uid)], Self::read)
            .optional()
    }

    /// The server says another time of receipt; what it is sorted by now follows when it is settled.
    pub fn arrived(self, arrived: i64) -> Self {
        if arrived == self.times.arrived {
            return self;
        }
        Self { times: Times { arrived, sorted: i64::MIN }, ..self }
    }

    /// Stores what the keywords say, and by when it is sorted. The index numbers messages by the hour of that.
    fn mark(&self, connection: &Connection, sorted_before: i64) -> rusqlite::Result<()> {
        let flags = &self.shown.flags;
        connection
            .prepare_cached("UPDATE messages SET marks = ?2, put_off = ?3, received = ?4, arrived = ?5 WHERE id = ?1")?
            .execute(params![
                self.id,
                marks::bits(flags),
                marks::until(flags).map(|until| until.0),
                self.times.sorted,
                self.times.moved()
            ])?;
        if index::hour(sorted_before) == index::hour(self.times.sorted) {
            return Ok(());
        }
        index::renew(connection, self.id)
    }

    /// How it counts.
    pub fn standing(&self) -> Standing {
        Standing {
            folder: self.server.folder,
            flags: self.server.flags.system,
            shown_folder: self.shown.folder,
            shown_flags: self.shown.flags.system,
        }
    }

    /// Stores what the server says now, and what is shown with the overlay over it.
    pub fn settle(
        self,
        connection: &Connection,
        server: Server,
        tally: &mut Tally,
        touched: &mut Touched,
    ) -> rusqlite::Result<()> {
        let overlay = if self.overlaid { read_overlay(connection, self.id)? } else { None };
        self.settle_under(overlay.as_ref(), connection, server, tally, touched)
    }

    /// As [`Stored::settle`], with an overlay that is new to the message.
    fn settle_under(
        self,
        overlay: Option<&Overlay>,
        connection: &Connection,
        server: Server,
        tally: &mut Tally,
        touched: &mut Touched,
    ) -> rusqlite::Result<()> {
        let shown = lay(overlay, server.folder, &server.flags);
        let overlaid = overlay.is_some();
        let times = Times::of(self.times.arrived, &shown.flags);
        let after = Self { id: self.id, server, shown, overlaid, times };
        if after == self {
            return Ok(());
        }
        if after.shown.flags.keywords != self.shown.flags.keywords || after.times != self.times {
            after.mark(connection, self.times.sorted)?;
        }
        connection
            .prepare_cached(
                "UPDATE messages SET folder = ?2, uid = ?3, flags = ?4, keywords = ?5, modseq = ?6, shown_folder = ?7,
                     shown_flags = ?8, shown_keywords = ?9, pending = ?10, overlaid = ?11 WHERE id = ?1",
            )?
            .execute(params![
                after.id,
                after.server.folder,
                after.server.uid,
                after.server.flags.system,
                columns::keywords(&after.server.flags),
                after.server.modseq,
                after.shown.folder,
                after.shown.flags.system,
                columns::keywords(&after.shown.flags),
                after.shown.pending,
                after.overlaid,
            ])?;
        tally.remove(self.standing());
        tally.add(after.standing());
        if self.shown != after.shown {
            touched.note(self.shown.folder);
            touched.note(after.shown.folder);
        }
        Ok(())
    }
}

/// The marks in the shown keywords of what was stored before there were any.
pub(super) fn read_marks(connection: &Connection) -> rusqlite::Result<()> {
    let sql = "SELECT id FROM messages WHERE shown_keywords LIKE '%$snoozed%' OR shown_keywords LIKE '%$replylater%'
        OR shown_keywords LIKE '%$pinned%'";
    for id in column(connection, sql, [])? {
        if let Some(stored) = Stored::by_id(connection, id)? {
            let before = stored.times.sorted;
            let times = Times::of(stored.times.arrived, &stored.shown.flags);
            Stored { times, ..stored }.mark(connection, before)?;
        }
    }
    Ok(())
}

/// What is shown of a message.
fn lay(overlay: Option<&Overlay>, folder: i64, flags: &Flags) -> Shown {
    match overlay {
        None => Shown { folder: Some(folder), flags: flags.clone(), pending: false },
        Some(overlay) => Shown {
            folder: (!overlay.gone).then(|| overlay.folder.map_or(folder, |folder| folder.0)),
            flags: flags.clone().with(&overlay.flags),
            pending: overlay.pending,
        },
    }
}

fn read_overlay(connection: &Connection, message: i64) -> rusqlite::Result<Option<Overlay>> {
    connection
        .prepare_cached(
            "SELECT folder, gone, pending, add_flags, add_keywords, remove_flags, remove_keywords
             FROM overlays WHERE message = ?1",
        )?
        .query_row([message], |row| {
            let list = |system: usize| -> rusqlite::Result<Vec<Flag>> {
                Ok(columns::read_flags(row.get(system)?, row.get_ref(system + 1)?.as_str()?).iter().collect())
            };
            Ok(Overlay {
                message: crate::mail::MessageId(message),
                folder: row.get::<_, Option<i64>>(0)?.map(FolderId),
                gone: row.get(1)?,
                pending: row.get(2)?,
                flags: crate::mail::flags::FlagChange { add: list(3)?, remove: list(5)? },
            })
        })
        .optional()
}

fn write_overlay(connection: &Connection, overlay: &Overlay) -> rusqlite::Result<()> {
    // Removing comes after adding (`Flags::with`), so a flag in both lists is removed: the sets lose no order that counts.
    let set = |list: &[Flag]| {
        let mut flags = Flags::default();
        for flag in list {
            flags.set(flag, true);
        }
        flags
    };
    let (add, remove) = (set(&overlay.flags.add), set(&overlay.flags.remove));
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO overlays
                 (message, folder, gone, pending, add_flags, add_keywords, remove_flags, remove_keywords)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            overlay.message.0,
            overlay.folder.map(|folder| folder.0),
            overlay.gone,
            overlay.pending,
            add.system,
            columns::keywords(&add),
            remove.system,
            columns::keywords(&remove),
        ])
        .map(drop)
}

/// Takes the overlay of a message away; what is shown is not touched.
pub(super) fn forget(connection: &Connection, message: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM overlays WHERE message = ?1")?.execute([message]).map(drop)
}

/// Lays new overlays, or takes old ones away, and shows the result.
pub(super) fn replace(
    connection: &Connection,
    entries: &[Overlay],
    tally: &mut Tally,
    touched: &mut Touched,
) -> rusqlite::Result<()> {
    // Ten thousand go to one folder.
    let mut known: HashMap<FolderId, bool> = HashMap::new();
    for entry in entries {
        let Some(stored) = Stored::by_id(connection, entry.message.0)? else {
            continue;
        };
        let mut entry = entry.clone();
        if let Some(folder) = entry.folder {
            let exists = match known.get(&folder) {
                Some(exists) => *exists,
                None => *known.entry(folder).or_insert(folder_exists(connection, folder)?),
            };
            // Shown nowhere would be worse than shown where the server has it.
            entry.folder = Some(folder).filter(|_| exists);
        }
        let server = stored.server.clone();
        if entry == Overlay::none(entry.message) {
            forget(connection, stored.id)?;
            stored.settle_under(None, connection, server, tally, touched)?;
        } else {
            write_overlay(connection, &entry)?;
            stored.settle_under(Some(&entry), connection, server, tally, touched)?;
        }
    }
    Ok(())
}

fn folder_exists(connection: &Connection, folder: FolderId) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM folders WHERE id = ?1")?.exists([folder.0])
}

/// Messages whose overlay shows them in this folder go back to where the server has them.
pub(super) fn forsake(connection: &Connection, folder: FolderId, tally: &mut Tally) -> rusqlite::Result<()> {
    let ids = column(connection, "SELECT message FROM overlays WHERE folder = ?1", [folder.0])?;
    connection.execute("UPDATE overlays SET folder = NULL WHERE folder = ?1", [folder.0])?;
    for id in ids {
        if let Some(stored) = Stored::by_id(connection, id)? {
            let server = stored.server.clone();
            stored.settle(connection, server, tally, &mut Touched::default())?;
        }
    }
    Ok(())
}

/// The numbers that a statement finds.
pub(super) fn column(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
) -> rusqlite::Result<Vec<i64>> {
    connection.prepare_cached(sql)?.query_map(parameters, |row| row.get(0))?.collect()
}

impl Writer {
    /// Lays these over what the server says, each in place of the message's old one; all in one transaction. Messages
    /// that are not there are passed over. Returns the folders whose list changed.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn set_overlay(&mut self, entries: &[Overlay]) -> Result<Vec<FolderId>> {
        self.write("lay pending actions over the lists", |transaction| {
            let (mut tally, mut touched) = (Tally::default(), Touched::default());
            replace(transaction, entries, &mut tally, &mut touched)?;
            tally.write(transaction, Meaning::Learnt)?;
            Ok(touched.into_ids())
        })
    }

    /// Takes every overlay away, also those of folders' names: done at start, before the queue is laid anew.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn clear_overlays(&mut self) -> Result<()> {
        self.write("take pending actions off the lists", |transaction| {
            let (mut tally, mut touched) = (Tally::default(), Touched::default());
            let ids = column(transaction, "SELECT message FROM overlays", [])?;
            transaction.execute("DELETE FROM overlays", [])?;
            for id in ids {
                if let Some(stored) = Stored::by_id(transaction, id)? {
                    let server = stored.server.clone();
                    stored.settle(transaction, server, &mut tally, &mut touched)?;
                }
            }
            transaction.execute("UPDATE folders SET shown_name = NULL WHERE shown_name IS NOT NULL", [])?;
            tally.write(transaction, Meaning::Learnt)
        })
    }
}
