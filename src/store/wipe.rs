//! What stays of an account's words when no row holds them any more: in the index, on free pages, in the WAL, in files put
//! aside. All of it goes, step by step; a program that is killed goes on at its next start.
//!
//! SQLite leaves what was deleted where it stood until something else is written there. While an account goes the writer has
//! it overwritten (`secure_delete`); at other times only where that costs no write more (`schema::configure_owner`).

use rusqlite::{Connection, params};

use super::index::{Vocabulary, meta, set_meta};
use super::{Result, Writer};

/// How far it is: the name in `meta`.
const STAGE: &str = "wiping";
/// Nothing is to be done.
const DONE: i64 = 0;
/// The index is being joined into one piece, without what was deleted: it only notes which messages went.
const INDEX: i64 = 1;
/// Words that no message has any more are looked for.
const WORDS: i64 = 2;
/// Free pages, scraps on the others, and the WAL.
const SPACE: i64 = 3;

/// Pages of the index that are written in a step.
const PAGES: i64 = 1_000;
/// Words that are looked up in a step.
const LOOKED_UP: i64 = 500;
/// Bytes up to which the file is written anew at the end: that takes as much memory, and nothing else is written meanwhile.
/// In a larger one scraps may stay on pages that other accounts use, until those are written.
const SMALL: i64 = 64 * 1024 * 1024;
/// How long the end waits for readers, before it leaves the rest to the next start.
const READERS: std::time::Duration = std::time::Duration::from_secs(1);

/// An account is gone: what its words left behind is to go too.
pub(super) fn begin(connection: &Connection) -> rusqlite::Result<()> {
    set_meta(connection, STAGE, INDEX)
}

impl Writer {
    /// Whether something of accounts that went is still to be wiped.
    pub(super) fn wipes(&self) -> Result<bool> {
        self.read("look for what is left", |connection| Ok(meta(connection, STAGE)? != DONE))
    }

    /// Has SQLite overwrite what it deletes, or not more than costs nothing.
    pub(super) fn overwrite(&self, all: bool) -> Result<()> {
        let how = if all { "ON" } else { "FAST" };
        let set = self.connection.query_row(&format!("PRAGMA secure_delete = {how}"), [], |_| Ok(()));
        set.map_err(|source| self.sorted("overwrite what is deleted", source))
    }

    /// Takes words out of the index that were of messages alone which are gone, some at a time. Returns whether that is done.
    pub(super) fn wipe_words(&mut self) -> Result<bool> {
        let stage = self.read("look for what is left", |connection| meta(connection, STAGE))?;
        match stage {
            INDEX => {
                self.write("join the index", |transaction| {
                    let before = transaction.total_changes();
                    transaction.execute("INSERT INTO search (search, rank) VALUES ('merge', ?1)", [-PAGES])?;
                    // Less than two: there was nothing to do (fts5.html, section 6.8).
                    let ended = transaction.total_changes().saturating_sub(before) < 2;
                    if ended { set_meta(transaction, STAGE, WORDS) } else { Ok(()) }
                })?;
                self.relieve();
                Ok(false)
            }
            WORDS => {
                // What it took for written down may be gone.
                self.vocabulary = Vocabulary::default();
                let after = self.wiped_to.take().unwrap_or_default();
                let last = self.write("forget words", |transaction| forget_words(transaction, &after))?;
                self.wiped_to = last;
                Ok(false)
            }
            _ => Ok(true),
        }
    }

    /// Once the free pages were given back: wipes what is left beside them, unless readers are in the way too long.
    pub(super) fn wipe_rest(&mut self) -> Result<()> {
        if !self.wipes()? {
            return Ok(());
        }
        super::cache::forget_aside(self.dir.as_deref());
        let connection = &self.connection;
        let wipe = || -> rusqlite::Result<bool> {
            let size: i64 = connection.query_row(
                "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
                [],
                |row| row.get(0),
            )?;
            if size <= SMALL {
                connection.execute_batch("VACUUM")?;
            }
            connection.busy_timeout(READERS)?;
            let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
            super::schema::be_patient(connection)?;
            busy
        };
        if wipe().map_err(|source| self.sorted("wipe what is left", source))? {
            tracing::info!("what is left of an account in the WAL is wiped at the next start");
            return Ok(());
        }
        self.write("end what was wiped", |transaction| set_meta(transaction, STAGE, DONE))
    }
}

/// Looks up the words after this one, and forgets those that no message has; the last of them, `None` at the end.
fn forget_words(connection: &Connection, after: &str) -> rusqlite::Result<Option<String>> {
    let words: Vec<String> = connection
        .prepare_cached("SELECT word FROM search_words WHERE word > ?1 ORDER BY word LIMIT ?2")?
        .query_map(params![after, LOOKED_UP], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut find = connection.prepare_cached("SELECT 1 FROM search WHERE search MATCH ?1")?;
    for word in &words {
        let phrase = format!("\"{}\"", word.replace('"', "\"\""));
        let in_names = format!("{{sender recipients cc list files}} : {phrase}");
        if !find.exists([&phrase])? {
            connection.prepare_cached("DELETE FROM search_words WHERE word = ?1")?.execute([word])?;
        }
        if connection.prepare_cached("SELECT 1 FROM search_names WHERE word = ?1")?.exists([word])?
            && !find.exists([&in_names])?
        {
            connection.prepare_cached("DELETE FROM search_names WHERE word = ?1")?.execute([word])?;
        }
    }
    if words.is_empty() {
        set_meta(connection, STAGE, SPACE)?;
    }
    Ok(words.into_iter().last())
}
