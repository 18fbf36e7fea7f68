//! Operations: queueing them, how they stand, trying again, giving up, undo.

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::steps::{self, stored};
use super::{Error, Journal, NewOp, NewStep, Result, Step, Verb, verb};
use crate::protocol::{OpId, OpRow, OpState};
use crate::safe_text::SafeText;

/// What [`read`] reads of an operation.
const ROW: &str = "SELECT op, created, summary, ended,
    (SELECT account FROM steps WHERE steps.op = ops.op ORDER BY seq LIMIT 1),
    (SELECT reason FROM steps WHERE steps.op = ops.op AND state = 4 ORDER BY id LIMIT 1),
    EXISTS (SELECT 1 FROM steps WHERE steps.op = ops.op AND state <= 1 AND state = 0),
    EXISTS (SELECT 1 FROM steps WHERE steps.op = ops.op AND state <= 1 AND state = 1),
    EXISTS (SELECT 1 FROM steps WHERE steps.op = ops.op AND state = 4)
    FROM ops";

fn read(row: &Row<'_>) -> rusqlite::Result<OpRow> {
    let (queued, sending, failed): (bool, bool, bool) = (row.get(6)?, row.get(7)?, row.get(8)?);
    let dropped = row.get::<_, i64>(3)? == 3;
    let state = if sending {
        OpState::Sending
    } else if queued {
        OpState::Queued
    } else if failed {
        OpState::Failed
    } else if dropped {
        OpState::Dropped
    } else {
        OpState::Done
    };
    let safe = |text: Option<String>| text.map(|text| SafeText::new(&text));
    Ok(OpRow {
        op: OpId(row.get(0)?),
        created: crate::mail::UnixTime(row.get(1)?),
        summary: SafeText::new(row.get_ref(2)?.as_str()?),
        account: safe(row.get(4)?).unwrap_or_default(),
        state,
        error: safe(row.get(5)?),
    })
}

impl Journal {
    /// A number that no operation of this journal has, or had.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn next_op(&self) -> Result<OpId> {
        self.read("number an operation", |connection| {
            // The row of `sqlite_sequence` has no sum: should it be damaged, the operations themselves are looked at.
            let last: Option<i64> = connection
                .prepare_cached(
                    "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'ops'), 0),
                         coalesce((SELECT max(op) FROM ops), 0))",
                )?
                .query_row([], |row| row.get(0))
                .optional()?;
            Ok(OpId(last.unwrap_or(0).saturating_add(1)))
        })
    }

    /// The lowest number that an operation of this journal has.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn lowest_op(&self) -> Result<Option<OpId>> {
        self.read("number an operation", |connection| {
            let lowest: Option<i64> =
                connection.prepare_cached("SELECT min(op) FROM ops")?.query_row([], |row| row.get(0))?;
            Ok(lowest.map(OpId))
        })
    }

    /// Queues an operation; it is on the disk when this returns (P3). One without steps counts as done at once.
    ///
    /// # Errors
    /// `OpExists`; `Full` and what else SQLite says: then nothing was queued and nothing may be shown as done.
    pub fn append(&mut self, op: &NewOp) -> Result<()> {
        let task = "queue an operation";
        let mut verbs = Vec::with_capacity(op.steps.len());
        for step in &op.steps {
            let json = verb::write(&step.verb)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
                .map_err(|source| Error::Sqlite { task, source })?;
            verbs.push(json);
        }
        let queued = self.write(task, |transaction| {
            let there = transaction.prepare_cached("SELECT 1 FROM ops WHERE op = ?1")?.exists([op.op.0])?;
            if there {
                return Ok(false);
            }
            transaction
                .prepare_cached(
                    "INSERT INTO ops (op, created, summary, undo_of, undoable, ended) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    op.op.0,
                    op.created.0,
                    op.summary,
                    op.undo_of.map(|op| op.0),
                    op.undoable,
                    op.steps.is_empty()
                ])?;
            for ((step, verb), seq) in op.steps.iter().zip(&verbs).zip(0_u32..) {
                insert(transaction, op.op, seq, step, verb)?;
            }
            if op.steps.iter().any(|step| matches!(step.verb, Verb::Move { .. })) {
                take_over(transaction, op.op)?;
            }
            Ok(true)
        })?;
        if queued { Ok(()) } else { Err(Error::OpExists { op: op.op }) }
    }

    /// An operation with its steps in order.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn op(&self, op: OpId) -> Result<Option<(OpRow, Vec<Step>)>> {
        self.read("read an operation", |connection| {
            let row = connection.prepare_cached(&format!("{ROW} WHERE op = ?1"))?.query_row([op.0], read).optional()?;
            let Some(row) = row else {
                return Ok(None);
            };
            Ok(Some((row, steps::select(connection, "WHERE op = ?1 ORDER BY seq", [op.0])?)))
        })
    }

    /// The newest operations, newest first: for the tasks screen.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn rows(&self, limit: u32) -> Result<Vec<OpRow>> {
        self.read("read the operations", |connection| {
            connection
                .prepare_cached(&format!("{ROW} ORDER BY created DESC, op DESC LIMIT ?1"))?
                .query_map([limit], read)?
                .collect()
        })
    }

    /// Operations that wait or are being sent, and operations that failed and wait for the user.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn counts(&self) -> Result<(u32, u32)> {
        self.read("count the operations", |connection| {
            connection
                .prepare_cached(
                    "SELECT (SELECT COUNT(*) FROM ops WHERE ended = 0), (SELECT COUNT(*) FROM ops WHERE ended = 2)",
                )?
                .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        })
    }

    /// Queues the failed steps of an operation again; it will end once more. Returns how many there are.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn requeue(&mut self, op: OpId) -> Result<u32> {
        self.write("queue an operation again", |transaction| {
            let steps =
                transaction.execute("UPDATE steps SET state = 0, reason = NULL WHERE op = ?1 AND state = 4", [op.0])?;
            if steps > 0 {
                transaction.execute("UPDATE ops SET ended = 0 WHERE op = ?1", [op.0])?;
            }
            Ok(u32::try_from(steps).unwrap_or(u32::MAX))
        })
    }

    /// Gives up what has not been done of an operation: its queued and failed steps are dropped and returned, as they
    /// were. Steps whose answer is not known stay. When none stays, this is the operation's end (`Dropped`), and no other
    /// function tells of it any more; else it ends with the last of those.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn drop_op(&mut self, op: OpId) -> Result<Vec<Step>> {
        self.write("give an operation up", |transaction| {
            let dropped = steps::select(transaction, "WHERE op = ?1 AND state IN (0, 4) ORDER BY seq", [op.0])?;
            if dropped.is_empty() {
                return Ok(dropped);
            }
            transaction.execute("UPDATE steps SET state = 5 WHERE op = ?1 AND state IN (0, 4)", [op.0])?;
            transaction.execute(
                "UPDATE ops SET ended = 3
                 WHERE op = ?1 AND NOT EXISTS (SELECT 1 FROM steps WHERE op = ?1 AND state <= 1 AND state = 1)",
                [op.0],
            )?;
            Ok(dropped)
        })
    }

    /// The newest operation that can be taken back: undoable, not taken back yet, itself not the undoing of another, and
    /// with something of it done or still to come.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn last_undoable(&self) -> Result<Option<OpId>> {
        self.read("find what can be undone", |connection| {
            connection
                .prepare_cached(
                    "SELECT op FROM ops WHERE undoable = 1 AND undone = 0 AND undo_of IS NULL AND EXISTS
                         (SELECT 1 FROM steps WHERE steps.op = ops.op AND state IN (0, 1, 2))
                     ORDER BY op DESC LIMIT 1",
                )?
                .query_row([], |row| row.get(0).map(OpId))
                .optional()
        })
    }

    /// Notes that an operation was taken back.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn mark_undone(&mut self, op: OpId) -> Result<()> {
        self.write("note an undo", |transaction| {
            transaction.execute("UPDATE ops SET undone = 1 WHERE op = ?1", [op.0]).map(drop)
        })
    }

    /// Whether an operation can be taken back, and what it takes back itself.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn undo_state(&self, op: OpId) -> Result<Option<(bool, Option<OpId>)>> {
        self.read("read an operation", |connection: &Connection| {
            connection
                .prepare_cached("SELECT undoable AND NOT undone, undo_of FROM ops WHERE op = ?1")?
                .query_row([op.0], |row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?.map(OpId))))
                .optional()
        })
    }
}

fn insert(transaction: &Transaction<'_>, op: OpId, seq: u32, step: &NewStep, verb: &str) -> rusqlite::Result<()> {
    let place = step.place.as_ref();
    let keywords: Vec<&str> = step.prior.keywords.iter().map(crate::mail::flags::Keyword::as_str).collect();
    transaction
        .prepare_cached(
            "INSERT INTO steps (op, seq, account, verb, local, generation, prior_flags, prior_keywords, place_folder,
                 place_uid_validity, place_uid, place_message_id, place_size)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            op.0,
            seq,
            step.account,
            verb,
            step.local.map(|id| id.0),
            step.generation,
            step.prior.system,
            keywords.join(" "),
            place.map(|place| place.folder.as_str()),
            place.map(|place| place.uid_validity.0),
            place.and_then(|place| place.uid).map(|uid| uid.0),
            place.map(|place| place.message_id.as_str()),
            place.map(|place| stored(place.size)),
        ])
        .map(drop)
}

/// A move that was refused half-way and is asked for once more, in a new operation, goes on where it stopped: it looks for
/// its copy before it makes one.
fn take_over(connection: &Connection, op: OpId) -> rusqlite::Result<()> {
    let failed = "FROM ops CROSS JOIN steps AS half ON half.op = ops.op
                  WHERE ops.ended IN (0, 2) AND half.state = 4 AND half.sent = 1 AND half.sent_uid_next IS NOT NULL";
    if !connection.prepare_cached(&format!("SELECT 1 {failed}"))?.exists([])? {
        return Ok(());
    }
    connection
        .prepare_cached(&format!(
            "UPDATE steps SET sent = 1, sent_uid_next = halves.sent_uid_next,
                 sent_uid_validity = halves.sent_uid_validity, sent_phase = halves.sent_phase
             FROM (SELECT half.* {failed}) AS halves
             WHERE steps.op = ?1 AND steps.account = halves.account AND steps.verb = halves.verb
                 AND steps.place_folder = halves.place_folder AND steps.place_uid = halves.place_uid
                 AND steps.place_uid_validity = halves.place_uid_validity"
        ))?
        .execute([op.0])
        .map(drop)
}
