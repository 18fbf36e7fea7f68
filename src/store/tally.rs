//! The counters of folders: what a change of messages does to them, gathered and written once a transaction.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use crate::mail::FolderId;
use crate::mail::flags::{FLAGGED, SEEN};

/// How a message counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// The folder it is in on the server.
    pub folder: i64,
    /// Its system flags on the server.
    pub flags: u8,
    /// The folder it is shown in, if any.
    pub shown_folder: Option<i64>,
    /// Its system flags as shown.
    pub shown_flags: u8,
}

/// What a change of the server's columns means for counts that STATUS told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// We learnt of messages that STATUS had counted already.
    Learnt,
    /// The mailbox itself changed since.
    Happened,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Delta {
    base: i64,
    base_unread: i64,
    shown: i64,
    shown_unread: i64,
    starred: i64,
    starred_unread: i64,
}

/// Changes of counters that wait to be written.
#[derive(Debug, Default)]
pub(super) struct Tally {
    deltas: BTreeMap<i64, Delta>,
}

impl Tally {
    /// A message is there that was not.
    pub fn add(&mut self, message: Standing) {
        self.count(message, 1);
    }

    /// A message is not there any more.
    pub fn remove(&mut self, message: Standing) {
        self.count(message, -1);
    }

    fn count(&mut self, message: Standing, by: i64) {
        let base = self.deltas.entry(message.folder).or_default();
        base.base += by;
        base.base_unread += if message.flags & SEEN == 0 { by } else { 0 };
        if let Some(folder) = message.shown_folder {
            let unread = if message.shown_flags & SEEN == 0 { by } else { 0 };
            let starred = message.shown_flags & FLAGGED != 0;
            let shown = self.deltas.entry(folder).or_default();
            shown.shown += by;
            shown.shown_unread += unread;
            shown.starred += if starred { by } else { 0 };
            shown.starred_unread += if starred { unread } else { 0 };
        }
    }

    /// Writes the changes.
    pub fn write(self, connection: &Connection, meaning: Meaning) -> rusqlite::Result<()> {
        let mut update = connection.prepare_cached(
            "UPDATE folders SET base_messages = base_messages + ?2, base_unread = base_unread + ?3,
                 shown_messages = shown_messages + ?4, shown_unread = shown_unread + ?5,
                 starred = starred + ?6, starred_unread = starred_unread + ?7,
                 status_messages = max(0, status_messages + ?8), status_unread = max(0, status_unread + ?9)
             WHERE id = ?1",
        )?;
        for (folder, delta) in self.deltas {
            if delta == Delta::default() {
                continue;
            }
            let (status, status_unread) = match meaning {
                Meaning::Learnt => (0, 0),
                Meaning::Happened => (delta.base, delta.base_unread),
            };
            update.execute(params![
                folder,
                delta.base,
                delta.base_unread,
                delta.shown,
                delta.shown_unread,
                delta.starred,
                delta.starred_unread,
                status,
                status_unread
            ])?;
        }
        Ok(())
    }
}

/// Folders whose list changed, each once.
#[derive(Debug, Default)]
pub(super) struct Touched(std::collections::BTreeSet<i64>);

impl Touched {
    /// The list of this folder changed, if it is one.
    pub fn note(&mut self, folder: Option<i64>) {
        self.0.extend(folder);
    }

    /// All of them.
    pub fn into_ids(self) -> Vec<FolderId> {
        self.0.into_iter().map(FolderId).collect()
    }
}
