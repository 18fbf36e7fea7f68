//! What the queue holds of an account, and how all of it goes with the account.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension as _, params};

use super::{Journal, Result};
use crate::protocol::OpId;

/// The operations of an account that wait for its server or for the user.
const WAITING: &str = "SELECT DISTINCT op FROM steps WHERE account = ?1 AND state <= 1
    UNION SELECT op FROM steps WHERE account = ?1 AND state = 4";

impl Journal {
    /// How many operations of this account wait, for its server or for the user.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn waiting(&self, account: &str) -> Result<u32> {
        self.read("count what waits", |connection| {
            connection
                .prepare_cached(&format!("SELECT COUNT(*) FROM ({WAITING})"))?
                .query_row([account], |row| row.get(0))
        })
    }

    /// The accounts of which operations wait, and how many.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn waiting_by_account(&self) -> Result<Vec<(String, u32)>> {
        self.read("count what waits", |connection| {
            connection
                .prepare_cached(
                    "SELECT account, COUNT(DISTINCT op) FROM
                         (SELECT account, op FROM steps WHERE state <= 1
                          UNION ALL SELECT account, op FROM steps WHERE state = 4)
                     GROUP BY account",
                )?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }

    /// Removes all that the queue holds of an account, in one transaction. Where something of it waits nothing is removed,
    /// unless it is to be discarded. What an operation did in other accounts stays. Returns the operations that ended by it;
    /// `None`: something waits.
    ///
    /// # Errors
    /// What SQLite says; then nothing was removed.
    pub fn remove_account(&mut self, account: &str, discard: bool) -> Result<Option<Vec<OpId>>> {
        self.write("remove an account", |transaction| {
            let ops = |sql: &str| -> rusqlite::Result<BTreeSet<i64>> {
                transaction.prepare_cached(sql)?.query_map([account], |row| row.get(0))?.collect()
            };
            let waiting = ops(WAITING)?;
            if !waiting.is_empty() && !discard {
                return Ok(None);
            }
            let all = ops("SELECT DISTINCT op FROM steps WHERE account = ?1")?;
            transaction.execute("DELETE FROM steps WHERE account = ?1", [account])?;
            for op in &all {
                // How it stands by what is left of it: the worst that is.
                let left: Option<(bool, bool)> = transaction
                    .prepare_cached("SELECT max(state <= 1), max(state = 4) FROM steps WHERE op = ?1 GROUP BY op")?
                    .query_row([op], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()?;
                let ended = match left {
                    None => {
                        transaction.execute("DELETE FROM ops WHERE op = ?1", [op])?;
                        continue;
                    }
                    Some((true, _)) => 0,
                    Some((false, true)) => 2,
                    Some((false, false)) => 1,
                };
                if waiting.contains(op) {
                    transaction.execute("UPDATE ops SET ended = ?2 WHERE op = ?1", params![op, ended])?;
                }
            }
            let mut still = transaction.prepare_cached("SELECT 1 FROM ops WHERE op = ?1 AND ended IN (0, 2)")?;
            let mut over = Vec::new();
            for op in waiting {
                if !still.exists([op])? {
                    over.push(OpId(op));
                }
            }
            Ok(Some(over))
        })
    }
}
