//! Operations: queueing them, how they stand, trying again, giving up, undo.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::steps::{self, stored};
use super::{Error, Journal, Later, NewOp, NewStep, Result, Step, StepId, Verb, verb};
use crate::mail::UnixTime;
use crate::protocol::{OpId, OpRow, OpState, Origin, Reversal};
use crate::safe_text::SafeText;

/// What [`read`] reads of an operation.
const ROW: &str = "SELECT op, created, summary, ended,
    (SELECT group_concat(account, ', ') FROM (SELECT DISTINCT account FROM
        (SELECT account, seq FROM steps WHERE steps.op = ops.op AND seq < 8
         UNION ALL SELECT * FROM (SELECT account, seq FROM steps WHERE steps.op = ops.op ORDER BY seq DESC LIMIT 1)
         ORDER BY seq))),
    (SELECT reason FROM steps WHERE steps.op = ops.op AND state = 4 ORDER BY id LIMIT 1),
    EXISTS (SELECT 1 FROM steps WHERE steps.op = ops.op AND state <= 1 AND state = 0),
    EXISTS (SELECT 1 FROM steps WHERE steps.op = ops.op AND state <= 1 AND state = 1),
    EXISTS (SELECT 1 FROM steps WHERE steps.op = ops.op AND state = 4),
    undoable, undone,
    undo_of IS NULL AND EXISTS (SELECT 1 FROM steps WHERE steps.op = ops.op AND state IN (0, 1, 2))
    FROM ops";

/// The operations that wait for a server or for the user, and those that ended: the newest of each.
const OPEN: &str = "ended IN (0, 2)";
const ENDED: &str = "ended IN (1, 3) AND undoable <> 2 AND undo_of IS NULL";

/// Operations of the engine have numbers below this one; a screen's are above 0, and what takes those back has theirs
/// negated (from -1 on).
const OWN: i64 = -1_000_000_000_000;
/// What takes an operation of the engine back has its number less so much.
const OWN_UNDO: i64 = 1 << 50;

/// Notes that an operation was taken back.
const UNDONE: &str = "UPDATE ops SET undone = CASE WHEN undoable = 1
    THEN 1 + (SELECT max(1, max(abs(undone))) FROM ops) ELSE 1 END WHERE op = ?1";

fn read(row: &Row<'_>) -> rusqlite::Result<OpRow> {
    let (queued, sending, failed): (bool, bool, bool) = (row.get(6)?, row.get(7)?, row.get(8)?);
    let (undoable, undone, stands): (i64, i64, bool) = (row.get(9)?, row.get(10)?, row.get(11)?);
    let dropped = row.get::<_, i64>(3)? == 3 || undone != 0;
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
    let reversal = match undone {
        0 if undoable != 0 && stands => Reversal::Undo,
        2.. => Reversal::Redo,
        _ => Reversal::None,
    };
    Ok(OpRow {
        op: OpId(row.get(0)?),
        created: UnixTime(row.get(1)?),
        summary: SafeText::new(row.get_ref(2)?.as_str()?),
        account: safe(row.get(4)?).unwrap_or_default(),
        state,
        error: safe(row.get(5)?),
        origin: match undoable {
            2 => Origin::Silent,
            3 => Origin::Engine,
            _ => Origin::User,
        },
        reversal,
    })
}

/// What the column `undoable` says.
fn undoable(op: &NewOp) -> i64 {
    match (op.undoable, op.origin) {
        (false, _) => 0,
        (true, Origin::User) => 1,
        (true, Origin::Silent) => 2,
        (true, Origin::Engine) => 3,
    }
}

impl Journal {
    /// The number of the operation that takes this one back: one that no screen gives, and taken only once.
    pub fn undo_number(op: OpId) -> OpId {
        OpId(if op.0 <= OWN { op.0.saturating_sub(OWN_UNDO) } else { op.0.saturating_neg() })
    }

    /// Whether this is an operation of the engine itself, and not what takes one back.
    pub fn is_own(op: OpId) -> bool {
        op.0 <= OWN && op.0 > OWN.saturating_sub(OWN_UNDO)
    }

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

    /// Queues an operation; it is on the disk when this returns (P3), and what it takes back is noted as taken back. One without steps for a server counts as done at once.
    ///
    /// # Errors
    /// `OpExists`; `Full` and what else SQLite says: then nothing was queued and nothing may be shown as done.
    pub fn append(&mut self, op: &NewOp) -> Result<()> {
        let task = "queue an operation";
        let verbs = verbs(op, task)?;
        let queued = self.write(task, |transaction| enqueue(transaction, op, &verbs))?;
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

    /// The operations of the tasks screen: first those that wait for a server or for the user, then those that are done or
    /// were taken back; of each the newest first, at most so many. What was done silently is left out once it is done, and
    /// so is what took another one back: that one says so.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn tasks(&self, limit: u32) -> Result<Vec<OpRow>> {
        self.read("read the operations", |connection| {
            let mut rows = Vec::new();
            for which in [OPEN, ENDED] {
                // What is read of a row costs more than to choose it.
                let sql = format!(
                    "{ROW} WHERE op IN (SELECT op FROM ops WHERE {which} ORDER BY created DESC, op DESC LIMIT ?1)
                     ORDER BY created DESC, op DESC"
                );
                let mut statement = connection.prepare_cached(&sql)?;
                for row in statement.query_map([limit], read)? {
                    rows.push(row?);
                }
            }
            Ok(rows)
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
            let steps = transaction.execute(
                "UPDATE steps SET state = 0, reason = NULL WHERE op = ?1 AND state = 4 AND verb NOT LIKE '{\"rule\":%'",
                [op.0],
            )?;
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

    /// The operation that was taken back last and can be done again: nothing new was done since.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn last_undone(&self) -> Result<Option<OpId>> {
        self.read("find what can be done again", |connection| {
            connection
                .prepare_cached("SELECT op FROM ops WHERE undone > 1 ORDER BY undone DESC, op LIMIT 1")?
                .query_row([], |row| row.get(0).map(OpId))
                .optional()
        })
    }

    /// A later operation that still stands and did something of the same kind to one of these messages: it moved what is
    /// to be moved back, or set a flag that is to be cleared. One that nothing takes back before others.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn in_the_way(&self, steps: &[Step]) -> Result<Option<Later>> {
        let Some(last) = steps.iter().map(|step| step.id.0).max() else { return Ok(None) };
        self.read("look for what came later", |connection| {
            let later = "WHERE id > ?1 AND state IN (0, 1, 2) AND op IN
                (SELECT op FROM ops WHERE undone = 0 AND undo_of IS NULL AND undoable IN (0, 1))";
            let later = steps::select(connection, later, [last])?;
            if later.is_empty() {
                return Ok(None);
            }
            let mut mine: HashMap<_, Vec<&Verb>> = HashMap::new();
            for step in steps {
                mine.entry((step.account.as_str(), step.generation, step.local)).or_default().push(&step.verb);
            }
            let meets = |step: &&Step| {
                let verbs = mine.get(&(step.account.as_str(), step.generation, step.local));
                verbs.is_some_and(|verbs| verbs.iter().any(|verb| verb::meet(verb, &step.verb)))
            };
            let met = later.iter().filter(|step| step.local.is_some()).rev().filter(meets);
            let mut seen = BTreeSet::new();
            let mut find = connection.prepare_cached("SELECT summary, undoable FROM ops WHERE op = ?1")?;
            let mut newest = None;
            for op in met.map(|step| step.op.0).filter(|op| seen.insert(*op)) {
                let later = find.query_row([op], |row| Ok(Later { summary: row.get(0)?, undoable: row.get(1)? }))?;
                if !later.undoable {
                    return Ok(Some(later));
                }
                newest = newest.or(Some(later));
            }
            Ok(newest)
        })
    }

    /// What the engine did by itself after this step, and was not taken back.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn own_since(&self, last: StepId) -> Result<Vec<Step>> {
        self.read("look for what came later", |connection| {
            let later = "WHERE id > ?1 AND state IN (0, 1, 2) AND op IN
                (SELECT op FROM ops WHERE undone = 0 AND undo_of IS NULL AND undoable = 3) ORDER BY id";
            steps::select(connection, later, [last.0])
        })
    }

    /// Notes that nothing takes this operation of the user back any more: it is not offered again, and stands.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn no_longer_undoable(&mut self, op: OpId) -> Result<()> {
        self.write("note that an operation stands", |transaction| {
            transaction.execute("UPDATE ops SET undoable = 0 WHERE op = ?1 AND undoable = 1", [op.0]).map(drop)
        })
    }

    /// A number for an operation of the engine itself, that neither a screen gives nor another operation of it had.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn next_own(&self, now: UnixTime) -> Result<OpId> {
        let least: Option<i64> = self.read("number an operation", |connection| {
            connection
                .prepare_cached("SELECT min(op) FROM ops WHERE op <= ?1 AND op > ?2")?
                .query_row([OWN, OWN.saturating_sub(OWN_UNDO)], |row| row.get(0))
        })?;
        // By the time, so that numbers of operations that were forgotten do not come again.
        let by_time = now.0.saturating_mul(1000).saturating_neg().min(OWN);
        Ok(OpId(least.map_or(by_time, |least| least.saturating_sub(1).min(by_time))))
    }

    /// Those of these messages (Message-ID and size) that the engine itself did something to before, in this account.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn filed(&self, account: &str, messages: &BTreeSet<(String, u64)>) -> Result<BTreeSet<(String, u64)>> {
        self.read("look for what was filed", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT place_message_id, place_size FROM ops JOIN steps ON steps.op = ops.op
                 WHERE ops.op <= ?1 AND undo_of IS NULL AND account = ?2",
            )?;
            let mut filed = BTreeSet::new();
            let place = |row: &Row<'_>| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, Option<i64>>(1)?));
            for one in statement.query_map(params![OWN, account], place)? {
                if let (Some(id), size) = one? {
                    let one = (id, u64::try_from(size.unwrap_or(0)).unwrap_or(0));
                    filed.extend(Some(one).filter(|one| messages.contains(one)));
                }
            }
            Ok(filed)
        })
    }

    /// Notes that an operation was taken back without another one: none of it had been sent. What the user himself had done can be done again until he does something
    /// new, unless nothing could have taken it back.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn mark_undone(&mut self, op: OpId) -> Result<()> {
        self.write("note an undo", |transaction| transaction.execute(UNDONE, [op.0]).map(drop))
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

/// The verbs of an operation as they are written.
pub(super) fn verbs(op: &NewOp, task: &'static str) -> Result<Vec<String>> {
    op.steps
        .iter()
        .map(|step| {
            verb::write(&step.verb)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
                .map_err(|source| Error::Sqlite { task, source })
        })
        .collect()
}

/// Writes an operation down. False: it is there already.
pub(super) fn enqueue(transaction: &Transaction<'_>, op: &NewOp, verbs: &[String]) -> rusqlite::Result<bool> {
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
            undoable(op),
            op.steps.iter().all(|step| at_once(&step.verb))
        ])?;
    if let Some(back) = op.undo_of {
        // With it: a kill in between would leave an operation that is offered again and can never be taken back.
        transaction.execute(UNDONE, [back.0])?;
    }
    if let Some(again) = op.redo_of {
        transaction.execute("UPDATE ops SET undone = -undone WHERE op = ?1 AND undone > 1", [again.0])?;
    } else if op.undo_of.is_none() && op.origin == Origin::User {
        // Something new was done: what was taken back before it stays so.
        transaction.execute("UPDATE ops SET undone = -undone WHERE undone > 1", [])?;
    }
    for ((step, verb), seq) in op.steps.iter().zip(verbs).zip(0_u32..) {
        insert(transaction, op.op, seq, step, verb)?;
    }
    if op.steps.iter().any(|step| matches!(step.verb, Verb::Move { .. })) {
        take_over(transaction, op.op)?;
    }
    Ok(true)
}

fn insert(transaction: &Transaction<'_>, op: OpId, seq: u32, step: &NewStep, verb: &str) -> rusqlite::Result<()> {
    let place = step.place.as_ref();
    let keywords: Vec<&str> = step.prior.keywords.iter().map(crate::mail::flags::Keyword::as_str).collect();
    transaction
        .prepare_cached(
            "INSERT INTO steps (op, seq, account, verb, local, generation, prior_flags, prior_keywords, place_folder,
                 place_uid_validity, place_uid, place_message_id, place_size, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
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
            if at_once(&step.verb) { 2 } else { 0 },
        ])
        .map(drop)
}

/// Whether a step is done with its writing: no server is asked.
fn at_once(verb: &Verb) -> bool {
    matches!(verb, Verb::Rule(_))
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
