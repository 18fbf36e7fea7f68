//! Searching: what the index and the rows of the cache answer of a query.

use rusqlite::Connection;

use super::{Detail, Reader, Result};
use crate::mail::list::{Anchor, Search, Window};
use crate::mail::message::{MessageRow, RowKey};

mod plan;
mod scan;

use plan::Plan;

/// How many messages were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Found {
    /// Messages, or conversations if the search lists those.
    pub total: u64,
    /// Unread ones among them.
    pub unread: u64,
    /// Whether that is all: counting ends early when it takes too long.
    pub exact: bool,
}

impl Reader {
    /// A part of what a search found, newest first, as [`Reader::window`] cuts a list. `total` is what is known so far:
    /// the rows before and in the window, and one more if there are more; [`Reader::count_found`] tells the rest.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn found(&self, search: &Search, anchor: Anchor, reach: u32) -> Result<Window> {
        let plan = self.plan(search)?;
        self.read("search", |connection| {
            let keys = keys(connection, search, &plan)?;
            let reach = usize::try_from(reach).unwrap_or(usize::MAX);
            let (first, end) = match anchor {
                Anchor::Newest => (0, reach),
                Anchor::Oldest => (keys.len().saturating_sub(reach), keys.len()),
                Anchor::Around(key) => {
                    let at = keys.partition_point(|other| *other > key);
                    (at.saturating_sub(reach), at.saturating_add(reach).saturating_add(1))
                }
            };
            let end = end.min(keys.len());
            let mut rows = Vec::new();
            for key in keys.get(first..end).unwrap_or_default() {
                rows.extend(self.row_in(connection, key.id)?);
            }
            let unread = rows.iter().filter(|row| !row.flags.seen()).count() as u64;
            Ok(Window { rows, first: first as u64, total: keys.len() as u64, unread })
        })
    }

    /// Counts what a search finds, until `stop` says so.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn count_found(&self, search: &Search, stop: &dyn Fn() -> bool) -> Result<Found> {
        let plan = self.plan(search)?;
        self.read("count what a search finds", |connection| {
            let mut found = Found { exact: true, ..Found::default() };
            for key in keys(connection, search, &plan)? {
                if stop() {
                    found.exact = false;
                    break;
                }
                found.total += 1;
                let row = self.row_in(connection, key.id)?;
                found.unread += u64::from(row.is_some_and(|row| !row.flags.seen()));
            }
            Ok(found)
        })
    }

    /// Every message that a search finds, the newest first, at most `limit`; without their texts. Of conversations all
    /// messages that were found.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn everything_found(&self, search: &Search, limit: u32) -> Result<Vec<MessageRow>> {
        let plan = self.plan(search)?;
        self.read("read all that a search finds", |connection| {
            let all = Search { conversations: false, ..search.clone() };
            let keys = keys(connection, &all, &plan)?;
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            keys.iter().take(limit).filter_map(|key| self.row_in(connection, key.id).transpose()).collect()
        })
    }

    /// The next unread message that a search finds, older or newer than `from`, as [`Reader::next_unread`].
    ///
    /// # Errors
    /// What SQLite says.
    pub fn next_unread_found(&self, search: &Search, from: Option<RowKey>, older: bool) -> Result<Option<RowKey>> {
        let plan = self.plan(search)?;
        self.read("find the next unread message", |connection| {
            let keys = keys(connection, search, &plan)?;
            let beyond = |key: &&RowKey| from.is_none_or(|from| if older { **key < from } else { **key > from });
            let unread = |key: &RowKey| -> rusqlite::Result<bool> {
                Ok(self.row_in(connection, key.id)?.is_some_and(|row| !row.flags.seen()))
            };
            let mut sides: Vec<&RowKey> = keys.iter().filter(beyond).collect();
            if !older {
                sides.reverse();
            }
            for key in sides {
                if unread(key)? {
                    return Ok(Some(*key));
                }
            }
            Ok(None)
        })
    }

    /// The newest messages that a search finds with all that commands print.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn list_found(&self, search: &Search, limit: u32) -> Result<Vec<Detail>> {
        let plan = self.plan(search)?;
        self.read("search", |connection| {
            let keys = keys(connection, search, &plan)?;
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            keys.iter().take(limit).filter_map(|key| self.detail_in(connection, key.id).transpose()).collect()
        })
    }
}

impl Reader {
    /// The plan of a search.
    fn plan(&self, search: &Search) -> Result<Plan> {
        let (folders, accounts) = (self.folders()?, self.accounts()?);
        self.read("read a query", |connection| Plan::new(connection, search, &folders, &accounts))
    }
}

/// Everything that is found, newest first.
fn keys(connection: &Connection, search: &Search, plan: &Plan) -> rusqlite::Result<Vec<RowKey>> {
    let mut found: Vec<(RowKey, i64)> = Vec::new();
    scan::all(connection, |message, fields| {
        let mut text =
            |number: usize| Ok(plan.texts.get(number).is_some_and(|(field, phrase)| fields.hold(*field, phrase)));
        if plan.admits(message, &mut text)? {
            found.push((message.key, message.thread));
        }
        Ok(())
    })?;
    found.sort_unstable_by_key(|(key, _)| std::cmp::Reverse(*key));
    if search.conversations {
        let mut seen = std::collections::HashSet::new();
        found.retain(|(_, thread)| seen.insert(*thread));
    }
    Ok(found.into_iter().map(|(key, _)| key).collect())
}
