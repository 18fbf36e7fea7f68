//! Accounts that go, and what there is of accounts at all: a large one goes in small steps, between which others write.
//!
//! From its first step on an account that goes has a name that no config can give, so that nobody finds it; whoever is
//! called so is gone on with, also after the program was killed. One that comes under the old name meanwhile is a new one.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::overlay::column;
use super::tally::Meaning;
use super::{Reader, Result, Writer, columns, folders, removal, wipe};
use crate::mail::{AccountId, FolderId};

/// What the name of an account that goes begins with; no name in a config has a slash.
const LEAVING: &str = "/";
/// Pages that are given back to the disk at a time.
const PAGES: u32 = 2000;

/// What there is of an account on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnDisk {
    /// Which.
    pub id: AccountId,
    /// Its name in the config.
    pub name: String,
    /// Messages whose headers are here.
    pub messages: u64,
    /// Bytes of bodies that are here.
    pub bytes: u64,
}

/// How far the accounts that go are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// So many messages are still here.
    Messages(u64),
    /// Words of theirs may still be in the index.
    Words,
    /// So many pages of the file are still to be given back.
    Pages(u64),
    /// Nothing is left.
    Gone,
}

impl Reader {
    /// What there is of each account in the cache, shown or not.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn on_disk(&self) -> Result<Vec<OnDisk>> {
        self.read("measure the accounts", |connection| {
            connection
                .prepare_cached(
                    "SELECT id, name, body_bytes,
                         (SELECT COALESCE(SUM(base_messages), 0) FROM folders WHERE account = accounts.id)
                     FROM accounts WHERE substr(name, 1, 1) <> '/' ORDER BY id",
                )?
                .query_map([], |row| {
                    Ok(OnDisk {
                        id: AccountId(row.get(0)?),
                        name: row.get(1)?,
                        bytes: columns::count(row.get(2)?),
                        messages: columns::count(row.get(3)?),
                    })
                })?
                .collect()
        })
    }
}

impl Writer {
    /// Lets an account go: from now on it is not there, and [`Writer::remove_some`] takes what is left of it. False: there
    /// is none of this name.
    ///
    /// # Errors
    /// What SQLite says; then the account is there as before.
    pub fn drop_account(&mut self, name: &str) -> Result<bool> {
        self.write("let an account go", |transaction| {
            let renamed = transaction.execute(
                "UPDATE accounts SET name = ?2 || id WHERE name = ?1 AND substr(name, 1, 1) <> ?2",
                params![name, LEAVING],
            )?;
            Ok(renamed > 0)
        })
    }

    /// Removes up to so many messages of the accounts that were let go, with all that hangs on them; of one without any, the
    /// account itself; and then wipes what they left in the file, and gives the space back.
    ///
    /// # Errors
    /// What SQLite says; what was removed before stays so.
    pub fn remove_some(&mut self, most: u32) -> Result<Leaving> {
        self.overwrite(true)?;
        let left = self.take_some(most);
        self.overwrite(false)?;
        left
    }

    fn take_some(&mut self, most: u32) -> Result<Leaving> {
        let generation = self.generation();
        let left = self.write("remove an account", |transaction| {
            let account: Option<i64> = transaction
                .prepare_cached("SELECT id FROM accounts WHERE substr(name, 1, 1) = ?1 ORDER BY id LIMIT 1")?
                .query_row([LEAVING], |row| row.get(0))
                .optional()?;
            let Some(account) = account else { return Ok(None) };
            let mut room = i64::from(most.max(1));
            for folder in column(transaction, "SELECT id FROM folders WHERE account = ?1", [account])? {
                let ids = column(transaction, "SELECT id FROM messages WHERE folder = ?1 LIMIT ?2", [folder, room])?;
                removal::remove_all(transaction, generation, folder, &ids, Meaning::Learnt)?;
                room -= columns::stored(ids.len() as u64);
                if room <= 0 {
                    break;
                }
                folders::delete(transaction, FolderId(folder))?;
            }
            if room > 0 {
                forget(transaction, account)?;
            }
            let left = transaction
                .prepare_cached("SELECT COALESCE(SUM(base_messages), 0) FROM folders WHERE account = ?1")?
                .query_row([account], |row| row.get(0))?;
            Ok(Some(columns::count(left)))
        })?;
        if let Some(left) = left {
            return Ok(Leaving::Messages(left));
        }
        self.clear_what_is_shared()?;
        if !self.wipe_words()? {
            return Ok(Leaving::Words);
        }
        let pages = self.give_back_some(PAGES)?;
        if pages > 0 {
            return Ok(Leaving::Pages(pages));
        }
        self.wipe_rest()?;
        Ok(Leaving::Gone)
    }

    /// Once no message is left: forgets conversations and words, which belong to no single account.
    fn clear_what_is_shared(&mut self) -> Result<()> {
        let left: bool = self.write("look for what is left", |transaction| {
            let sql = "SELECT NOT EXISTS (SELECT 1 FROM messages)
                           AND (EXISTS (SELECT 1 FROM threads) OR EXISTS (SELECT 1 FROM search_words))";
            transaction.prepare_cached(sql)?.query_row([], |row| row.get(0))
        })?;
        if !left {
            return Ok(());
        }
        self.rebuild_index()?;
        self.write("forget conversations", |transaction| {
            transaction.execute_batch(
                "DELETE FROM strays; DELETE FROM thread_recent; DELETE FROM thread_refs; DELETE FROM threads;",
            )
        })
    }

    /// Removes an account with its folders, messages and bodies, all of it at once. One that is not there is no error.
    ///
    /// # Errors
    /// What SQLite says; the next start goes on with it.
    pub fn remove_account(&mut self, name: &str) -> Result<()> {
        if self.drop_account(name)? {
            while self.remove_some(removal::CHUNK)? != Leaving::Gone {}
        }
        Ok(())
    }
}

/// Removes what there is of an account beside folders and messages.
fn forget(connection: &Connection, account: i64) -> rusqlite::Result<()> {
    for table in ["quotas", "prefixes", "unfiled"] {
        connection.execute(&format!("DELETE FROM {table} WHERE account = ?1"), [account])?;
    }
    connection.execute("DELETE FROM accounts WHERE id = ?1", [account])?;
    wipe::begin(connection)
}
