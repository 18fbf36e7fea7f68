//! Steps: reading them, and what happens to them on their way to the server.

use std::collections::BTreeSet;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Ended, Journal, Result, SentMark, Step, StepId, StepState, Verb, verb};
use crate::mail::flags::{Flags, Keyword};
use crate::mail::message::ServerPlace;
use crate::mail::{MessageId, Uid, UidValidity, UnixTime};
use crate::protocol::{OpId, OpState};

/// The columns that [`read`] reads.
pub(super) const COLUMNS: &str =
    "id, op, seq, account, verb, local, generation, prior_flags, prior_keywords, state, reason,
    attempts, sent, sent_uid_next, sent_uid_validity, sent_phase,
    place_folder, place_uid_validity, place_uid, place_message_id, place_size,
    result_folder, result_uid_validity, result_uid, result_message_id, result_size";

/// The steps of an account that wait, in order.
pub(super) const PENDING: &str = "WHERE account = ?1 AND state <= 1 ORDER BY id LIMIT ?2";
/// As [`PENDING`], of all accounts.
pub(super) const ALL_PENDING: &str = "INDEXED BY steps_pending WHERE state <= 1 ORDER BY id";
/// Those of an account that wait for a message known by its local number.
pub(super) const OF_MESSAGE: &str =
    "INDEXED BY steps_message WHERE account = ?1 AND generation = ?2 AND local = ?3 AND state <= 1 ORDER BY id";
/// Those of an account that wait for messages that are to be found by their places: named by another cache, or by none.
pub(super) const OF_OTHERS: [&str; 3] = [
    "INDEXED BY steps_message WHERE account = ?1 AND generation = ?2 AND local IS NULL AND state <= 1",
    "INDEXED BY steps_message WHERE account = ?1 AND generation < ?2 AND state <= 1",
    "INDEXED BY steps_message WHERE account = ?1 AND generation > ?2 AND state <= 1",
];
/// Those that failed and wait for the user.
pub(super) const FAILED: &str = "INDEXED BY steps_failed WHERE state = 4";

/// A step from its row.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Step> {
    let account: String = row.get(3)?;
    let verb = verb::read(row.get_ref(4)?.as_str()?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(4, Type::Text, Box::new(error)))?;
    let state = match row.get::<_, i64>(9)? {
        0 => StepState::Queued,
        1 => StepState::Sending,
        2 => StepState::Done,
        3 => StepState::Gone,
        4 => StepState::Failed { reason: row.get::<_, Option<String>>(10)?.unwrap_or_default() },
        5 => StepState::Dropped,
        other => return Err(rusqlite::Error::IntegralValueOutOfRange(9, other)),
    };
    let sent = SentMark {
        to_uid_next: row.get::<_, Option<u32>>(13)?.map(Uid),
        to_uid_validity: row.get::<_, Option<u32>>(14)?.map(UidValidity),
        phase: row.get(15)?,
    };
    Ok(Step {
        id: StepId(row.get(0)?),
        op: OpId(row.get(1)?),
        seq: row.get(2)?,
        verb,
        local: row.get::<_, Option<i64>>(5)?.map(MessageId),
        generation: row.get(6)?,
        place: read_place(row, 16, &account)?,
        prior: Flags {
            system: row.get(7)?,
            keywords: row.get_ref(8)?.as_str()?.split_ascii_whitespace().filter_map(Keyword::new).collect(),
        },
        state,
        attempts: row.get(11)?,
        sent: row.get::<_, bool>(12)?.then_some(sent),
        result: read_place(row, 21, &account)?,
        account,
    })
}

/// A place from five columns.
fn read_place(row: &Row<'_>, first: usize, account: &str) -> rusqlite::Result<Option<ServerPlace>> {
    let Some(folder) = row.get::<_, Option<String>>(first)? else {
        return Ok(None);
    };
    Ok(Some(ServerPlace {
        account: account.to_owned(),
        folder,
        uid_validity: UidValidity(row.get(first + 1)?),
        uid: row.get::<_, Option<u32>>(first + 2)?.map(Uid),
        message_id: row.get::<_, Option<String>>(first + 3)?.unwrap_or_default(),
        size: u64::try_from(row.get::<_, Option<i64>>(first + 4)?.unwrap_or(0)).unwrap_or(0),
    }))
}

/// The steps that this condition finds.
pub(super) fn select(
    connection: &Connection,
    condition: &str,
    parameters: impl rusqlite::Params,
) -> rusqlite::Result<Vec<Step>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM steps {condition}"))?
        .query_map(parameters, read)?
        .collect()
}

/// A size that SQLite cannot hold becomes the largest that it can.
pub(super) fn stored(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// Tells which of these operations have ended by what was just done, and notes that it was told.
pub(super) fn ended(connection: &Connection, ops: &BTreeSet<i64>) -> rusqlite::Result<Vec<Ended>> {
    let mut all = Vec::new();
    for op in ops {
        let over = connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM steps WHERE op = ?1 AND state = 4) FROM ops WHERE op = ?1 AND ended = 0
                     AND NOT EXISTS (SELECT 1 FROM steps WHERE op = ?1 AND state <= 1)",
            )?
            .query_row([op], |row| row.get::<_, bool>(0))
            .optional()?;
        let Some(failed) = over else {
            continue;
        };
        connection
            .prepare_cached("UPDATE ops SET ended = ?2 WHERE op = ?1")?
            .execute([*op, if failed { 2 } else { 1 }])?;
        all.push(Ended { op: OpId(*op), state: if failed { OpState::Failed } else { OpState::Done } });
    }
    Ok(all)
}

impl Journal {
    /// Steps of an account that wait or whose answer is not known, in the order in which they are to be done.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn pending(&self, account: &str, limit: u32) -> Result<Vec<Step>> {
        self.read("read what is queued", |connection| select(connection, PENDING, params![account, limit]))
    }

    /// Whether nothing of an account waits.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn is_idle(&self, account: &str) -> Result<bool> {
        self.read("read what is queued", |connection| {
            connection
                .prepare_cached(&format!("SELECT 1 FROM steps {PENDING}"))?
                .exists(params![account, 1])
                .map(|any| !any)
        })
    }

    /// The steps of an account that wait for these messages of the cache with this number, in their order; and those whose
    /// message has to be found by its place.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn pending_of(
        &self,
        account: &str,
        generation: i64,
        messages: &BTreeSet<MessageId>,
    ) -> Result<(Vec<Step>, Vec<Step>)> {
        self.read("read what is queued", |connection| {
            let (mut here, mut elsewhere) = (Vec::new(), Vec::new());
            for message in messages {
                here.extend(select(connection, OF_MESSAGE, params![account, generation, message.0])?);
            }
            for condition in OF_OTHERS {
                elsewhere.extend(select(connection, condition, params![account, generation])?);
            }
            Ok((here, elsewhere))
        })
    }

    /// As [`Journal::pending`], of all accounts: to lay the overlay at start.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn all_pending(&self) -> Result<Vec<Step>> {
        self.read("read what is queued", |connection| select(connection, ALL_PENDING, []))
    }

    /// The folders that are still to be made, each with its account: queued, on their way, or refused and kept.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn folders_to_make(&self) -> Result<Vec<(String, String)>> {
        self.read("read what is queued", |connection| {
            let mut steps = select(connection, ALL_PENDING, [])?;
            steps.extend(select(connection, FAILED, [])?);
            let folder = |step: Step| {
                let Verb::CreateFolder { raw } = step.verb else { return None };
                Some((step.account, raw))
            };
            Ok(steps.into_iter().filter_map(folder).collect())
        })
    }

    /// Notes what is known, before a command with these steps goes out. Returns those that may go out: what has ended or
    /// was taken back meanwhile is passed over.
    ///
    /// # Errors
    /// What SQLite says: then the command must not be sent.
    pub fn mark_sending(&mut self, steps: &[StepId], mark: &SentMark) -> Result<Vec<StepId>> {
        self.write("note what is sent", |transaction| {
            let mut update = transaction.prepare_cached(
                "UPDATE steps SET attempts = attempts + (state = 0), state = 1, sent = 1, sent_uid_next = ?2,
                     sent_uid_validity = ?3, sent_phase = ?4 WHERE id = ?1 AND state IN (0, 1)",
            )?;
            let mut marked = Vec::with_capacity(steps.len());
            for step in steps {
                let there = update.execute(params![
                    step.0,
                    mark.to_uid_next.map(|uid| uid.0),
                    mark.to_uid_validity.map(|number| number.0),
                    mark.phase
                ])?;
                if there > 0 {
                    marked.push(*step);
                }
            }
            Ok(marked)
        })
    }

    /// The server did these; with the place where the message is now, if it has another one. Steps that have ended are
    /// passed over. Returns the operations that ended by it: `Failed` if another of their steps had failed before.
    ///
    /// # Errors
    /// What SQLite says; then nothing was noted.
    pub fn mark_done(&mut self, steps: &[(StepId, Option<ServerPlace>)]) -> Result<Vec<Ended>> {
        self.finish(steps, &[])
    }

    /// As [`Journal::mark_done`], together with [`Journal::relocate`] for everything else that names the old places: one
    /// transaction, so that no cut comes between.
    ///
    /// # Errors
    /// What SQLite says; then nothing was noted.
    pub fn finish(
        &mut self,
        steps: &[(StepId, Option<ServerPlace>)],
        moves: &[(ServerPlace, ServerPlace)],
    ) -> Result<Vec<Ended>> {
        self.write("note what is done", |transaction| {
            let mut ops = BTreeSet::new();
            let mut update = transaction.prepare_cached(
                "UPDATE steps SET state = 2, reason = NULL, result_folder = ?2, result_uid_validity = ?3, result_uid = ?4,
                     result_message_id = ?5, result_size = ?6 WHERE id = ?1 AND state IN (0, 1) RETURNING op",
            )?;
            for (step, place) in steps {
                let place = place.as_ref();
                let op = update.query_row(
                    params![
                        step.0,
                        place.map(|place| place.folder.as_str()),
                        place.map(|place| place.uid_validity.0),
                        place.and_then(|place| place.uid).map(|uid| uid.0),
                        place.map(|place| place.message_id.as_str()),
                        place.map(|place| stored(place.size)),
                    ],
                    |row| row.get::<_, i64>(0),
                );
                ops.extend(op.optional()?);
            }
            relocate_all(transaction, moves)?;
            ended(transaction, &ops)
        })
    }

    /// The messages of these steps do not exist any more: that counts as done.
    ///
    /// # Errors
    /// What SQLite says; then nothing was noted.
    pub fn mark_gone(&mut self, steps: &[StepId]) -> Result<Vec<Ended>> {
        self.close(steps, 3, None)
    }

    /// These are not wanted any more: that counts as done, and their messages need not be gone.
    ///
    /// # Errors
    /// What SQLite says; then nothing was noted.
    pub fn mark_moot(&mut self, steps: &[StepId]) -> Result<Vec<Ended>> {
        self.close(steps, 3, Some("not wanted any more"))
    }

    /// The server refused these, in these words. Returns the operations whose last open step this was.
    ///
    /// # Errors
    /// What SQLite says; then nothing was noted.
    pub fn mark_failed(&mut self, steps: &[StepId], reason: &str) -> Result<Vec<Ended>> {
        self.close(steps, 4, Some(reason))
    }

    fn close(&mut self, steps: &[StepId], state: i64, reason: Option<&str>) -> Result<Vec<Ended>> {
        self.write("note what ended", |transaction| {
            let mut ops = BTreeSet::new();
            let mut update = transaction.prepare_cached(
                "UPDATE steps SET state = ?2, reason = ?3 WHERE id = ?1 AND state IN (0, 1) RETURNING op",
            )?;
            for step in steps {
                let op = update.query_row(params![step.0, state, reason], |row| row.get::<_, i64>(0));
                ops.extend(op.optional()?);
            }
            ended(transaction, &ops)
        })
    }

    /// These were sent, but it is certain that the server did not do them: they wait again. What was noted of a copy that
    /// the server did make (phase 1 and 2) stays.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn put_back(&mut self, steps: &[StepId]) -> Result<()> {
        self.write("queue again what was not done", |transaction| {
            let mut update = transaction
                .prepare_cached("UPDATE steps SET state = 0, sent = (sent_phase > 0) WHERE id = ?1 AND state = 1")?;
            for step in steps {
                update.execute([step.0])?;
            }
            Ok(())
        })
    }

    /// Messages moved on the server: steps that have not been done, refused ones included, and results that name the old
    /// place name the new one. A Message-ID that is known is not overwritten by none.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn relocate(&mut self, moves: &[(ServerPlace, ServerPlace)]) -> Result<()> {
        self.write("note a move", |transaction| relocate_all(transaction, moves))
    }

    /// A folder was renamed on the server by the step `by`: what waits behind it for this folder, or for messages in it,
    /// goes on under the new name.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn rename_folder(&mut self, account: &str, from: &str, to: &str, by: StepId) -> Result<()> {
        self.write("note a renamed folder", |transaction| {
            let later = "WHERE account = ?1 AND id > ?2 AND state IN (0, 4) ORDER BY id";
            for step in select(transaction, later, params![account, by.0])? {
                let renamed = verb::renamed(&step.verb, from, to);
                if renamed != step.verb {
                    let text =
                        verb::write(&renamed).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
                    transaction
                        .prepare_cached("UPDATE steps SET verb = ?2 WHERE id = ?1")?
                        .execute(params![step.id.0, text])?;
                }
            }
            for column in ["place_folder", "result_folder"] {
                transaction.execute(
                    &format!("UPDATE steps SET {column} = ?3 WHERE account = ?1 AND {column} = ?2"),
                    params![account, from, to],
                )?;
            }
            Ok(())
        })
    }

    /// Forgets operations that were asked for before this time and are done or dropped. Refused ones wait for the user.
    /// Returns how many went.
    ///
    /// # Errors
    /// What SQLite says; then nothing was removed.
    pub fn prune(&mut self, older_than: UnixTime) -> Result<u32> {
        self.write("forget old operations", |transaction| {
            transaction.execute(
                "DELETE FROM steps WHERE op IN (SELECT op FROM ops WHERE ended IN (1, 3) AND created < ?1)",
                [older_than.0],
            )?;
            let pruned =
                transaction.execute("DELETE FROM ops WHERE ended IN (1, 3) AND created < ?1", [older_than.0])?;
            Ok(u32::try_from(pruned).unwrap_or(u32::MAX))
        })
    }
}

/// The columns that name a place, and the states in which they follow the message.
const FOLLOWING: [(&str, &[i64]); 2] = [("place", &[0, 1, 4]), ("result", &[2])];

fn relocate_all(connection: &Connection, moves: &[(ServerPlace, ServerPlace)]) -> rusqlite::Result<()> {
    for (column, states) in FOLLOWING {
        let named = Named::read(connection, column, states, moves)?;
        for (from, to) in moves.iter().filter(|(from, _)| named.may_be(from)) {
            relocate(connection, column, states, (from, to))?;
        }
    }
    Ok(())
}

/// Which of many places are named at all. Ten thousand messages moved in one action are named by no other step, as a rule:
/// two looks at an index show it instead of twenty thousand.
enum Named<'a> {
    /// These UIDs of this folder of this account, and every place elsewhere.
    These(&'a ServerPlace, BTreeSet<u32>),
    /// Not known: few places, or more rows between them than there are places.
    Any,
}

impl<'a> Named<'a> {
    fn read(
        connection: &Connection,
        column: &str,
        states: &[i64],
        moves: &'a [(ServerPlace, ServerPlace)],
    ) -> rusqlite::Result<Self> {
        let uids = moves.iter().filter_map(|(from, _)| from.uid).map(|uid| uid.0);
        let (Some((first, _)), Some(least), Some(most)) = (moves.first(), uids.clone().min(), uids.max()) else {
            return Ok(Self::Any);
        };
        let limit = moves.len() * 2;
        if limit < 16 {
            return Ok(Self::Any);
        }
        let mut named = connection.prepare_cached(&format!(
            "SELECT {column}_uid, state FROM steps WHERE account = ?1 AND {column}_folder = ?2
                 AND {column}_uid BETWEEN ?3 AND ?4 LIMIT ?5"
        ))?;
        let rows: Vec<(u32, i64)> = named
            .query_map(params![first.account, first.folder, least, most, stored(limit as u64)], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        if rows.len() == limit {
            return Ok(Self::Any);
        }
        Ok(Self::These(
            first,
            rows.into_iter().filter(|(_, state)| states.contains(state)).map(|(uid, _)| uid).collect(),
        ))
    }

    fn may_be(&self, place: &ServerPlace) -> bool {
        match self {
            Self::These(of, uids) => {
                let here = place.account == of.account && place.folder == of.folder;
                !here || place.uid.is_none_or(|uid| uids.contains(&uid.0))
            }
            Self::Any => true,
        }
    }
}

fn relocate(
    connection: &Connection,
    column: &str,
    states: &[i64],
    (from, to): (&ServerPlace, &ServerPlace),
) -> rusqlite::Result<()> {
    let states = states.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    connection
        .prepare_cached(&format!(
            "UPDATE steps SET {column}_folder = ?7, {column}_uid_validity = ?8, {column}_uid = ?9,
                 {column}_message_id = CASE WHEN ?10 = '' THEN {column}_message_id ELSE ?10 END,
                 {column}_size = CASE WHEN ?10 = '' THEN {column}_size ELSE ?11 END
             WHERE account = ?1 AND {column}_folder = ?2 AND {column}_uid IS ?4 AND {column}_uid_validity = ?3
                 AND (?4 IS NOT NULL OR ({column}_message_id = ?5 AND {column}_size = ?6))
                 AND state IN ({states})"
        ))?
        .execute(params![
            from.account,
            from.folder,
            from.uid_validity.0,
            from.uid.map(|uid| uid.0),
            from.message_id,
            stored(from.size),
            to.folder,
            to.uid_validity.0,
            to.uid.map(|uid| uid.0),
            to.message_id,
            stored(to.size),
        ])
        .map(drop)
}
