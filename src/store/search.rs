//! Searching: what the index and the rows of the cache answer of a query.

use std::collections::HashSet;
use std::ops::ControlFlow;

use rusqlite::Connection;

use super::columns;
use super::{Detail, Error, Reader, Result};
use crate::mail::list::{Anchor, Search, Window};
use crate::mail::message::{MessageRow, RowKey};
use crate::mail::{AccountId, FolderId, MessageId, UnixTime};
use crate::safe_text::SafeText;

pub(super) mod expression;
pub(super) mod plan;
mod scan;
pub(super) mod walk;

use plan::{Facts, Plan};
use walk::{Way, walk};

/// Rows before a window that are counted to tell where it lies.
const COUNTED: usize = 2500;

/// How many messages were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Found {
    /// Messages, or conversations if the search lists those.
    pub total: u64,
    /// Unread ones among them.
    pub unread: u64,
    /// Whether that is all: counting ends early when it is told to.
    pub exact: bool,
}

impl Reader {
    /// A part of what a search found, newest first, as [`Reader::window`] cuts a list. `total` is what is known so far:
    /// the rows before and in the window, and one more if there are more; [`Reader::count_found`] tells the rest. `unread`
    /// is that of the window.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn found(&self, search: &Search, anchor: Anchor, reach: u32) -> Result<Window> {
        self.found_unless(search, anchor, reach, &|| false)
    }

    /// As [`Reader::found`], given up as soon as `stop` says so.
    ///
    /// # Errors
    /// `Stopped`; what SQLite says.
    pub fn found_unless(&self, search: &Search, anchor: Anchor, reach: u32, stop: &dyn Fn() -> bool) -> Result<Window> {
        let plan = self.plan(search, stop)?;
        let reach = usize::try_from(reach).unwrap_or(usize::MAX);
        self.read("search", |connection| {
            let cut = if search.conversations {
                by_conversation(connection, &plan, anchor, reach)?
            } else {
                by_message(connection, &plan, anchor, reach)?
            };
            let mut rows = Vec::with_capacity(cut.keys.len());
            for key in &cut.keys {
                rows.extend(self.row_in(connection, key.id)?);
            }
            if search.bundles() {
                self.bundle_found(connection, &mut rows)?;
            }
            let unread = rows.iter().filter(|row| !row.flags.seen()).count() as u64;
            let total = (cut.first + cut.keys.len() + usize::from(cut.more)) as u64;
            Ok(Window { rows, first: cut.first as u64, total, messages: total, unread })
        })
    }

    /// Counts what a search finds, until `stop` says so.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn count_found(&self, search: &Search, stop: &dyn Fn() -> bool) -> Result<Found> {
        let plan = self.plan(search, stop)?;
        let mut found = Found { exact: true, ..Found::default() };
        let mut threads = HashSet::new();
        let counted = self.read("count what a search finds", |connection| {
            walk(connection, &plan, Way::Older, None, &mut |facts| {
                if !search.conversations || threads.insert(facts.thread) {
                    found.total += 1;
                    found.unread += u64::from(facts.is_unread());
                }
                Ok(ControlFlow::Continue(()))
            })
        });
        match counted {
            Err(Error::Stopped) => Ok(Found { exact: false, ..found }),
            other => other.map(|()| found),
        }
    }

    /// Every message that a search finds, the newest first, at most `limit`; without their texts. Of conversations all
    /// messages that were found.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn everything_found(&self, search: &Search, limit: u32) -> Result<Vec<MessageRow>> {
        let plan = self.plan(search, &|| false)?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        self.read("read all that a search finds", |connection| {
            let mut rows = Vec::new();
            walk(connection, &plan, Way::Older, None, &mut |facts| {
                rows.push(light_row(facts));
                Ok(if rows.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
            })?;
            Ok(rows)
        })
    }

    /// The next unread message that a search finds, older or newer than `from`, as [`Reader::next_unread`].
    ///
    /// # Errors
    /// `Stopped` when `stop` says so; what SQLite says.
    pub fn next_unread_found(
        &self,
        search: &Search,
        from: Option<RowKey>,
        older: bool,
        stop: &dyn Fn() -> bool,
    ) -> Result<Option<RowKey>> {
        let plan = self.plan(search, stop)?;
        self.read("find the next unread message", |connection| {
            let mut next = None;
            let way = if older { Way::Older } else { Way::Newer };
            walk(connection, &plan, way, from, &mut |facts| {
                if !facts.is_unread() || columns::is_muted(&facts.keywords) {
                    return Ok(ControlFlow::Continue(()));
                }
                next = Some(facts.key);
                Ok(ControlFlow::Break(()))
            })?;
            Ok(next)
        })
    }

    /// The newest messages that a search finds with all that commands print.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn list_found(&self, search: &Search, limit: u32) -> Result<Vec<Detail>> {
        let plan = self.plan(search, &|| false)?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        self.read("search", |connection| {
            let cut = if search.conversations {
                by_conversation(connection, &plan, Anchor::Newest, limit)?
            } else {
                by_message(connection, &plan, Anchor::Newest, limit)?
            };
            cut.keys.iter().filter_map(|key| self.detail_in(connection, key.id).transpose()).collect()
        })
    }

    /// The plan of a search.
    fn plan<'s>(&self, search: &Search, stop: &'s dyn Fn() -> bool) -> Result<Plan<'s>> {
        let (folders, accounts) = (self.folders()?, self.accounts()?);
        self.read("read a query", |connection| Plan::new(connection, search, &folders, &accounts, stop))
    }
}

/// A window of keys, newest first.
struct Cut {
    keys: Vec<RowKey>,
    /// Keys before them.
    first: usize,
    /// Whether there are more behind them.
    more: bool,
}

/// Keys on one side, the nearest first; at most `limit`.
fn side(
    connection: &Connection,
    plan: &Plan<'_>,
    way: Way,
    from: Option<RowKey>,
    limit: usize,
) -> rusqlite::Result<Vec<RowKey>> {
    let mut keys = Vec::new();
    if limit == 0 {
        return Ok(keys);
    }
    walk(connection, plan, way, from, &mut |facts| {
        keys.push(facts.key);
        Ok(if keys.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    Ok(keys)
}

fn by_message(connection: &Connection, plan: &Plan<'_>, anchor: Anchor, reach: usize) -> rusqlite::Result<Cut> {
    // One more than is wanted tells whether there are more.
    let older = |from: Option<RowKey>, limit: usize| -> rusqlite::Result<(Vec<RowKey>, bool)> {
        let mut keys = side(connection, plan, Way::Older, from, limit.saturating_add(1))?;
        let more = keys.len() > limit;
        keys.truncate(limit);
        Ok((keys, more))
    };
    match anchor {
        Anchor::Newest => {
            let (keys, more) = older(None, reach)?;
            Ok(Cut { keys, first: 0, more })
        }
        Anchor::Oldest => {
            // Where it ends is known once all are counted.
            let mut keys = side(connection, plan, Way::Newer, None, usize::MAX)?;
            let first = keys.len().saturating_sub(reach);
            keys.truncate(reach);
            keys.reverse();
            Ok(Cut { keys, first, more: false })
        }
        Anchor::Around(key) => {
            let mut keys = side(connection, plan, Way::Newer, Some(key), reach.saturating_add(COUNTED))?;
            let first = keys.len().saturating_sub(reach);
            keys.truncate(reach);
            keys.reverse();
            let with_it = RowKey { id: MessageId(key.id.0.saturating_add(1)), ..key };
            let (rest, more) = older(Some(with_it), reach.saturating_add(1))?;
            keys.extend(rest);
            Ok(Cut { keys, first, more })
        }
    }
}

/// As [`by_message`], of each conversation the newest: which that is, only the way from the newest end tells.
fn by_conversation(connection: &Connection, plan: &Plan<'_>, anchor: Anchor, reach: usize) -> rusqlite::Result<Cut> {
    let mut keys: Vec<RowKey> = Vec::new();
    let mut threads = HashSet::new();
    let (mut beyond, mut more) = (0, false);
    walk(connection, plan, Way::Older, None, &mut |facts| {
        if !threads.insert(facts.thread) {
            return Ok(ControlFlow::Continue(()));
        }
        beyond += match anchor {
            Anchor::Newest => 1,
            Anchor::Oldest => 0,
            Anchor::Around(key) => usize::from(facts.key < key),
        };
        if beyond > reach {
            more = true;
            return Ok(ControlFlow::Break(()));
        }
        keys.push(facts.key);
        Ok(ControlFlow::Continue(()))
    })?;
    let first = match anchor {
        Anchor::Newest => 0,
        Anchor::Oldest => keys.len().saturating_sub(reach),
        Anchor::Around(key) => keys.partition_point(|other| *other > key).saturating_sub(reach),
    };
    Ok(Cut { keys: keys.split_off(first), first, more })
}

/// A row without its texts.
fn light_row(facts: &Facts) -> MessageRow {
    MessageRow {
        id: facts.key.id,
        account: AccountId(facts.account),
        folder: FolderId(facts.folder),
        received: UnixTime(facts.arrived),
        place: facts.key.place,
        flags: columns::read_flags(facts.flags, &facts.keywords),
        from: SafeText::default(),
        address: SafeText::default(),
        subject: SafeText::default(),
        snippet: SafeText::default(),
        size: facts.size,
        attachments: facts.attachments,
        thread: 1,
        pending: false,
        cached: false,
        parent: None,
        bundle: None,
    }
}
