//! Writing accounts and folders: their list, counts, sync state, and those that exist only in the queue.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension as _, params};

use super::overlay::{self, column};
use super::tally::{Meaning, Tally};
use super::{Error, Result, SyncState, Writer, columns};
use crate::mail::folder::{Namespace, Role, ServerFolder};
use crate::mail::{AccountId, FolderId, UidValidity};

impl Writer {
    /// The number of the account of this name; it is made if there is none.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn account(&mut self, name: &str) -> Result<AccountId> {
        self.write("find an account", |transaction| {
            transaction.execute("INSERT INTO accounts (name) VALUES (?1) ON CONFLICT (name) DO NOTHING", [name])?;
            transaction.query_row("SELECT id FROM accounts WHERE name = ?1", [name], |row| row.get(0)).map(AccountId)
        })
    }

    /// Takes the list of folders as the server has it now. The raw name is the identity, so a folder that was renamed by
    /// somebody else is a new one. Folders that are not named any more go, with the messages the server had in them;
    /// messages that were only shown there go back to where the server has them. Folders that exist only in the queue
    /// stay until the server names them. Of two with one raw name the first counts (RL54). Returns whether anything
    /// changed.
    ///
    /// # Errors
    /// What SQLite says; the list is then as before, though messages of folders that are gone may be gone already.
    pub fn put_folders(&mut self, account: AccountId, folders: &[ServerFolder]) -> Result<bool> {
        let named: HashSet<&str> = folders.iter().map(|folder| folder.raw.as_str()).collect();
        let known: Vec<(i64, String, bool)> = self.read("read the folders", |connection| {
            connection
                .prepare_cached("SELECT id, raw, pending FROM folders WHERE account = ?1")?
                .query_map([account.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect()
        })?;
        let mut gone = Vec::new();
        let mut ids = HashMap::new();
        for (id, raw, pending) in known {
            if named.contains(raw.as_str()) {
                ids.insert(raw, id);
            } else if !pending {
                gone.push(FolderId(id));
            }
        }
        for folder in &gone {
            self.empty_folder(*folder)?;
        }
        let changed = self.write("store the folders", |transaction| {
            let mut changed = !gone.is_empty();
            for folder in &gone {
                delete(transaction, *folder)?;
            }
            let mut seen = HashSet::new();
            for folder in folders.iter().filter(|folder| seen.insert(folder.raw.as_str())) {
                changed |= match ids.get(&folder.raw) {
                    Some(id) => update(transaction, *id, folder)?,
                    None => insert(transaction, account, folder, false).map(|_| true)?,
                };
            }
            Ok(changed)
        })?;
        if !gone.is_empty() {
            self.give_back()?;
        }
        Ok(changed)
    }

    /// Takes what STATUS (RFC 9051, section 6.3.11) told of a folder: shown, with what is laid over it, until the folder
    /// is synced completely; from then on our own counts are. Returns whether the shown numbers changed.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn put_counts(&mut self, folder: FolderId, messages: u64, unread: u64) -> Result<bool> {
        self.write("store the counts of a folder", |transaction| {
            let complete = transaction
                .prepare_cached(
                    "SELECT complete FROM folders WHERE id = ?1 AND (status_messages <> ?2 OR status_unread <> ?3)",
                )?
                .query_row(params![folder.0, columns::stored(messages), columns::stored(unread)], |row| {
                    row.get::<_, bool>(0)
                })
                .optional()?;
            transaction
                .prepare_cached("UPDATE folders SET status_messages = ?2, status_unread = ?3 WHERE id = ?1")?
                .execute(params![folder.0, columns::stored(messages), columns::stored(unread)])?;
            Ok(complete == Some(false))
        })
    }

    /// Makes a folder that exists only in the queue, called so: its raw name, and the name decoded, with the server's
    /// `delimiter`, as in [`ServerFolder`]. One with this raw name that is there already is returned as it is; while it too
    /// is only in the queue it gets the role that it lacks.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn put_pending_folder(
        &mut self,
        account: AccountId,
        (raw, name): (&str, &str),
        delimiter: Option<char>,
        role: Option<Role>,
    ) -> Result<FolderId> {
        self.write("make a folder", |transaction| {
            let there = transaction
                .query_row("SELECT id FROM folders WHERE account = ?1 AND raw = ?2", params![account.0, raw], |row| {
                    row.get(0)
                })
                .optional()?;
            if let Some(id) = there {
                transaction
                    .prepare_cached("UPDATE folders SET role = ?2 WHERE id = ?1 AND pending = 1 AND role IS NULL")?
                    .execute(params![id, role.map(Role::as_str)])?;
                return Ok(FolderId(id));
            }
            let folder = ServerFolder {
                raw: raw.to_owned(),
                name: name.to_owned(),
                delimiter,
                role,
                selectable: true,
                subscribed: true,
                namespace: Namespace::Personal,
            };
            insert(transaction, account, &folder, true)
        })
    }

    /// Takes a folder away that exists only in the queue; messages shown in it go back to where the server has them. One
    /// that the server named meanwhile stays.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn drop_pending_folder(&mut self, folder: FolderId) -> Result<()> {
        let pending: bool = self.read("find a folder", |connection| {
            connection.prepare_cached("SELECT 1 FROM folders WHERE id = ?1 AND pending = 1")?.exists([folder.0])
        })?;
        if !pending {
            return Ok(());
        }
        self.empty_folder(folder)?;
        self.write("take a folder away", |transaction| delete(transaction, folder))
    }

    /// A folder that existed only in the queue was made, or its making is not in the queue any more: from here on it is
    /// where the server's list names it, and gone where that does not.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn pending_folder_made(&mut self, account: AccountId, raw: &str) -> Result<()> {
        self.write("note that a folder was made", |transaction| {
            transaction
                .prepare_cached("UPDATE folders SET pending = 0 WHERE account = ?1 AND raw = ?2 AND pending = 1")?
                .execute(params![account.0, raw])
                .map(drop)
        })
    }

    /// Shows a folder under another whole name (decoded, with the server's delimiter), because a rename is queued; the
    /// folders below it follow. `None` shows the server's name again.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn set_shown_name(&mut self, folder: FolderId, name: Option<&str>) -> Result<()> {
        self.write("show another folder name", |transaction| {
            transaction.execute("UPDATE folders SET shown_name = ?2 WHERE id = ?1", params![folder.0, name]).map(drop)
        })
    }

    /// The user renamed a folder and the server has done it: the folder and those below it keep their messages under the
    /// new raw names. A folder that already has the new name is left to the next LIST.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn rename_folder(&mut self, account: AccountId, from: &str, to: &str) -> Result<()> {
        self.write("rename a folder", |transaction| {
            let taken = transaction
                .prepare_cached("SELECT 1 FROM folders WHERE account = ?1 AND raw = ?2")?
                .exists(params![account.0, to])?;
            if taken {
                return Ok(());
            }
            // Names are compared by their beginning with the delimiter, so that `Work` does not take `Workshop` along.
            transaction
                .execute(
                    "UPDATE folders SET shown_name = NULL, raw = ?3 || substr(raw, length(?2) + 1)
                     WHERE account = ?1 AND (raw = ?2 OR (delimiter IS NOT NULL
                         AND substr(raw, 1, length(?2) + 1) = ?2 || delimiter))",
                    params![account.0, from, to],
                )
                .map(drop)
        })
    }

    /// How far the folder has been synced.
    ///
    /// # Errors
    /// `NoFolder`; what SQLite says.
    pub fn sync_state(&self, folder: FolderId) -> Result<SyncState> {
        let state = self.read("read how far a folder is synced", |connection| {
            connection
                .prepare_cached(
                    "SELECT uid_validity, uid_next, highest_modseq, message_count, gaps, complete, arrivals
                     FROM folders WHERE id = ?1",
                )?
                .query_row([folder.0], |row| {
                    Ok(SyncState {
                        uid_validity: columns::read_uid_validity(row.get(0)?),
                        uid_next: columns::read_uid(row.get(1)?),
                        highest_modseq: row.get::<_, Option<i64>>(2)?.map(columns::count),
                        exists: row.get(3)?,
                        gaps: columns::read_ranges(row.get_ref(4)?.as_str()?),
                        complete: row.get(5)?,
                        arrivals: columns::read_uid(row.get(6)?),
                    })
                })
                .optional()
        })?;
        state.ok_or(Error::NoFolder)
    }

    /// Stores how far the folder has been synced: after the messages, so that a cut costs work and never a message.
    ///
    /// # Errors
    /// `NoFolder`; what SQLite says.
    pub fn put_sync_state(&mut self, folder: FolderId, state: &SyncState) -> Result<()> {
        let written = self.write("store how far a folder is synced", |transaction| {
            transaction
                .prepare_cached(
                    "UPDATE folders SET uid_validity = ?2, uid_next = ?3, highest_modseq = ?4, message_count = ?5,
                         gaps = ?6, complete = ?7, arrivals = ?8 WHERE id = ?1",
                )?
                .execute(params![
                    folder.0,
                    state.uid_validity.map(|UidValidity(number)| number),
                    state.uid_next.map(|uid| uid.0),
                    state.highest_modseq.map(columns::stored),
                    state.exists,
                    columns::write_ranges(&state.gaps),
                    state.complete,
                    state.arrivals.map(|uid| uid.0),
                ])
        })?;
        if written == 0 { Err(Error::NoFolder) } else { Ok(()) }
    }
}

pub(super) fn namespace(namespace: Namespace) -> i64 {
    match namespace {
        Namespace::Personal => 0,
        Namespace::Other => 1,
        Namespace::Shared => 2,
    }
}

fn insert(
    connection: &Connection,
    account: AccountId,
    folder: &ServerFolder,
    pending: bool,
) -> rusqlite::Result<FolderId> {
    connection
        .prepare_cached(
            "INSERT INTO folders (account, raw, name, delimiter, role, selectable, subscribed, namespace, pending)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            account.0,
            folder.raw,
            folder.name,
            folder.delimiter.map(String::from),
            folder.role.map(Role::as_str),
            folder.selectable,
            folder.subscribed,
            namespace(folder.namespace),
            pending,
        ])?;
    Ok(FolderId(connection.last_insert_rowid()))
}

/// Takes what the server says of a known folder; whether that was something new.
fn update(connection: &Connection, id: i64, folder: &ServerFolder) -> rusqlite::Result<bool> {
    let changed = connection
        .prepare_cached(
            "UPDATE folders SET name = ?2, delimiter = ?3, role = ?4, selectable = ?5, subscribed = ?6, namespace = ?7,
                 pending = 0
             WHERE id = ?1 AND (name IS NOT ?2 OR delimiter IS NOT ?3 OR role IS NOT ?4 OR selectable <> ?5
                 OR subscribed <> ?6 OR namespace <> ?7 OR pending <> 0)",
        )?
        .execute(params![
            id,
            folder.name,
            folder.delimiter.map(String::from),
            folder.role.map(Role::as_str),
            folder.selectable,
            folder.subscribed,
            namespace(folder.namespace),
        ])?;
    Ok(changed > 0)
}

/// Removes a folder that has been emptied.
pub(super) fn delete(connection: &Connection, folder: FolderId) -> rusqlite::Result<()> {
    let mut tally = Tally::default();
    overlay::forsake(connection, folder, &mut tally)?;
    tally.write(connection, Meaning::Learnt)?;
    debug_assert!(
        column(connection, "SELECT id FROM messages WHERE folder = ?1 LIMIT 1", [folder.0])?.is_empty(),
        "a folder is emptied before it goes"
    );
    connection.execute("DELETE FROM folders WHERE id = ?1", [folder.0]).map(drop)
}
