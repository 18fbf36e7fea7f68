//! Messages that were gone when it came to them: an operation that found fewer than were meant says so in its words.

use rusqlite::OptionalExtension as _;

use super::{Journal, Result, Step, Verb, steps};
use crate::protocol::OpId;

/// What an operation came to that found fewer messages than were meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Short {
    /// Its words, with what was missing.
    pub summary: String,
    /// How many messages it was about.
    pub of: u32,
    /// How many of them were gone.
    pub gone: u32,
    /// Whether it took another one back.
    pub back: bool,
    /// Whether the user asked for it, and not the engine.
    pub asked: bool,
    /// The account and the raw name of the folder that they are gone from, where it is one.
    pub from: Option<(String, String)>,
}

impl Short {
    /// For the toast; `folder`: what the folder is called.
    pub fn words(&self, folder: Option<&str>) -> String {
        if !self.back {
            return self.summary.clone();
        }
        let folder = folder.map_or_else(|| "where they were".to_owned(), |name| format!("in {name}"));
        let (done, of, gone) = (self.of.saturating_sub(self.gone), self.of, self.gone);
        match (done, gone) {
            (0, 1) => format!("Not taken back: the message is no longer {folder}"),
            (0, _) => format!("Not taken back: the messages are no longer {folder}"),
            (_, 1) => format!("{done} of {of} taken back; 1 is no longer {folder}"),
            (..) => format!("{done} of {of} taken back; {gone} are no longer {folder}"),
        }
    }
}

/// The words of an operation without what [`Journal::note_gone`] added.
pub fn bare(summary: &str) -> &str {
    match summary.rsplit_once("; ") {
        Some((words, tail)) if tail.ends_with(" gone") || tail.ends_with(" not come back") => words,
        Some(_) | None => summary,
    }
}

/// "1 of them was gone"
fn missing(of: u32, gone: u32, back: bool) -> String {
    let whom = match (of, gone) {
        (1, _) => "it".to_owned(),
        (of, gone) if gone == of => "they".to_owned(),
        (_, gone) => format!("{gone} of them"),
    };
    let was = if gone == 1 { "was" } else { "were" };
    if back { format!("{whom} did not come back") } else { format!("{whom} {was} gone") }
}

impl Journal {
    /// Looks at an operation that has ended: where messages of it were gone, the words of it, or of the one that it took
    /// back, say so from now on. `None`: none was.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn note_gone(&mut self, op: OpId) -> Result<Option<Short>> {
        let about = |step: &Step| matches!(step.verb, Verb::Move { .. } | Verb::Copy { .. } | Verb::Flag(_));
        let found = self.read("look for what was gone", |connection| {
            let gone = steps::select(connection, "WHERE op = ?1 AND state = 3 AND reason IS NULL", [op.0])?;
            let gone: Vec<Step> = gone.into_iter().filter(about).collect();
            if gone.is_empty() {
                return Ok(None);
            }
            let sql = "SELECT summary, undoable < 2, (SELECT count(DISTINCT coalesce(local, -id)) FROM steps
                           WHERE op = ?1 AND place_folder IS NOT NULL) FROM ops WHERE op = coalesce(
                           (SELECT undo_of FROM ops WHERE op = ?1), ?1)";
            let row = connection
                .prepare_cached(sql)?
                .query_row([op.0], |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?, row.get::<_, u32>(2)?)));
            let back = connection
                .prepare_cached("SELECT undo_of FROM ops WHERE op = ?1")?
                .query_row([op.0], |row| row.get::<_, Option<i64>>(0))
                .optional()?
                .flatten();
            Ok(row.optional()?.map(|row| (gone, row, back)))
        })?;
        let Some((gone, (summary, own, of), back)) = found else { return Ok(None) };
        let mut messages: Vec<i64> = gone.iter().map(|step| step.local.map_or(-step.id.0, |id| id.0)).collect();
        messages.sort_unstable();
        messages.dedup();
        let count = u32::try_from(messages.len()).unwrap_or(u32::MAX).min(of);
        let summary = format!("{}; {}", bare(&summary), missing(of, count, back.is_some()));
        let place = |step: &Step| step.place.as_ref().map(|place| (step.account.clone(), place.folder.clone()));
        let first = gone.first().and_then(place);
        let from = first.filter(|first| gone.iter().all(|step| place(step).as_ref() == Some(first)));
        self.write("note what was gone", |transaction| {
            transaction.execute("UPDATE ops SET summary = ?2 WHERE op = ?1", (back.unwrap_or(op.0), &summary))
        })?;
        Ok(Some(Short { summary, of, gone: count, back: back.is_some(), asked: own || back.is_some(), from }))
    }
}
