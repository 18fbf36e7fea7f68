//! Letters on their way into Drafts, and out of it: of one letter the last wish counts, so that what waits for a link is one
//! step and not one for each time that the letter was kept.

use rusqlite::{Connection, Transaction, params};

use super::ops::{enqueue, verbs};
use super::steps::select;
use super::{Error, Journal, NewOp, Result, Step, StepId, StepState, Verb};
use crate::letter::LetterId;
use crate::protocol::OpId;

/// Steps about drafts.
const DRAFTS: &str = "(verb LIKE '{\"draft\":%' OR verb LIKE '{\"undraft\":%')";
/// Steps that wait or are on their way, and steps that wait for the user.
const OPEN: [&str; 2] = ["INDEXED BY steps_pending WHERE state <= 1", "INDEXED BY steps_failed WHERE state = 4"];

/// The letter whose draft a step is about.
pub(super) fn drafted(verb: &Verb) -> Option<LetterId> {
    match verb {
        Verb::Draft(draft) => Some(draft.letter),
        Verb::Undraft(draft) => Some(draft.letter),
        Verb::Flag(_)
        | Verb::Move { .. }
        | Verb::Copy { .. }
        | Verb::Append { .. }
        | Verb::Send(_)
        | Verb::Click(_)
        | Verb::Rule(_)
        | Verb::Keep { .. }
        | Verb::Delete
        | Verb::CreateFolder { .. }
        | Verb::RenameFolder { .. }
        | Verb::DeleteFolder { .. } => None,
    }
}

/// The steps about the drafts of any letter that have not ended, or wait for the user.
pub(super) fn open(connection: &Connection) -> rusqlite::Result<Vec<Step>> {
    let mut all = Vec::new();
    for index in OPEN {
        all.extend(select(connection, &format!("{index} AND {DRAFTS}"), [])?);
    }
    all.sort_unstable_by_key(|step| step.id);
    Ok(all)
}

/// Drops what waits about the draft of a letter, and what was refused of it, but for this operation. What is on its way
/// stays.
fn drop_waiting(transaction: &Transaction<'_>, letter: LetterId, but: Option<OpId>) -> rusqlite::Result<Vec<Step>> {
    let waits = |step: &Step| drafted(&step.verb) == Some(letter) && step.state != StepState::Sending;
    let mut dropped = open(transaction)?;
    dropped.retain(|step| waits(step) && Some(step.op) != but);
    for step in &dropped {
        let of_op = select(transaction, "WHERE op = ?1 AND state IN (0, 4)", [step.op.0])?;
        // The folder that it would have gone to need not be made for it. Of what follows from a mail that was sent, this is
        // but a part.
        let made_for_it = |other: &&Step| matches!(other.verb, Verb::CreateFolder { .. });
        let alone = of_op.iter().all(|other| other.id == step.id || made_for_it(&other));
        for other in of_op.iter().filter(|other| other.id == step.id || alone) {
            transaction.prepare_cached("UPDATE steps SET state = 5 WHERE id = ?1")?.execute([other.id.0])?;
        }
        transaction
            .prepare_cached(
                "UPDATE ops SET ended = CASE WHEN EXISTS (SELECT 1 FROM steps WHERE op = ?1 AND state = 4) THEN 2
                     WHEN EXISTS (SELECT 1 FROM steps WHERE op = ?1 AND state IN (2, 3)) THEN 1 ELSE 3 END
                 WHERE op = ?1 AND NOT EXISTS (SELECT 1 FROM steps WHERE op = ?1 AND state <= 1)",
            )?
            .execute([step.op.0])?;
    }
    Ok(dropped)
}

impl Journal {
    /// The steps about the draft of a letter that wait, are on their way, or wait for the user, in their order.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn drafts_of(&self, letter: LetterId) -> Result<Vec<Step>> {
        self.read("look for drafts", |connection| {
            Ok(open(connection)?.into_iter().filter(|step| drafted(&step.verb) == Some(letter)).collect())
        })
    }

    /// Queues what is to become of the draft of a letter, in the place of what waits. Returns the steps that were dropped for
    /// it: whoever has their files removes them.
    ///
    /// # Errors
    /// `OpExists`; `Full` and what else SQLite says: then nothing was changed.
    pub fn replace_draft(&mut self, letter: LetterId, new: &NewOp) -> Result<Vec<Step>> {
        let task = "queue a draft";
        let json = verbs(new, task)?;
        let queued = self.write(task, |transaction| {
            if !enqueue(transaction, new, &json)? {
                return Ok(None);
            }
            drop_waiting(transaction, letter, Some(new.op)).map(Some)
        })?;
        queued.ok_or(Error::OpExists { op: new.op })
    }

    /// Nothing is to become of the draft of a letter any more. Returns the steps that were dropped.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn drop_drafts(&mut self, letter: LetterId) -> Result<Vec<Step>> {
        self.write("drop what waits of a draft", |transaction| drop_waiting(transaction, letter, None))
    }

    /// Whether something was asked for later of the draft of a letter in this account, and was not taken back or refused.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn is_overtaken(&self, account: &str, letter: LetterId, step: StepId) -> Result<bool> {
        self.read("look for drafts", |connection| {
            let later = format!("WHERE id > ?1 AND account = ?2 AND state IN (0, 1, 2) AND {DRAFTS}");
            let later = select(connection, &later, params![step.0, account])?;
            Ok(later.iter().any(|step| drafted(&step.verb) == Some(letter)))
        })
    }
}
