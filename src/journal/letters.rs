//! Mails on their way out, as the journal knows them: each change is on the disk before the step on the wire that it allows.
//!
//! ```text
//!             begin               dot                    sent
//!   queued ----------> sending 0 -----> sending 1 ----------------> done
//!     ^                    |                | answer lost, killed
//!     |  later, killed     |                v
//!     +--------------------+            unknown (failed, 1 or 2) ---> sent, or queued again: the user says which
//!     |                    | refused
//!     +----- retry ----- failed 0
//! ```
//!
//! The number is the phase of [`super::SentMark`]: 1 from the moment on at which the end of the mail may have gone out, 2
//! when it was looked for among what was sent and not found. A try bears a number, and an earlier one changes nothing.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::ops::{enqueue, verbs};
use super::steps::{ended, select};
use super::{Click, Ended, Journal, NewOp, Outgoing, Post, Posting, Result, Step, StepId, StepState, Try, Verb};
use super::{drafts, verb};
use crate::letter::LetterId;
use crate::mail::UnixTime;
use crate::protocol::OpId;

/// Steps that send.
const SENDS: &str = "verb LIKE '{\"send\":%'";
/// Steps that keep a copy of what was sent.
const KEEPS: &str = "verb LIKE '{\"keep\":%'";

/// A step that sends, as a mail.
fn post(step: Step) -> Option<Post> {
    let Verb::Send(mail) = step.verb else { return None };
    let phase = step.sent.map_or(0, |mark| mark.phase);
    let posting = match step.state {
        StepState::Queued => Posting::Waits { why: None },
        StepState::Sending if phase == 0 => Posting::Begun,
        StepState::Sending => Posting::Ending,
        StepState::Done | StepState::Gone => Posting::Sent { said: String::new() },
        StepState::Failed { reason } if phase == 0 => Posting::Refused { why: reason },
        StepState::Failed { reason } => Posting::Unknown { why: reason, looked: phase > 1 },
        StepState::Dropped => Posting::CalledBack,
    };
    Some(Post {
        step: step.id,
        op: step.op,
        account: step.account,
        mail: *mail,
        generation: step.generation,
        posting,
        tries: step.attempts,
    })
}

/// The mails that this condition finds, with what was said to them.
fn posts(connection: &Connection, condition: &str, parameters: impl rusqlite::Params) -> rusqlite::Result<Vec<Post>> {
    let mut all: Vec<Post> = select(connection, condition, parameters)?.into_iter().filter_map(post).collect();
    let mut said = connection.prepare_cached("SELECT reason FROM steps WHERE id = ?1")?;
    for post in &mut all {
        let words: Option<String> = said.query_row([post.step.0], |row| row.get(0))?;
        match &mut post.posting {
            Posting::Waits { why } => *why = words,
            Posting::Sent { said } => *said = words.unwrap_or_default(),
            Posting::Begun
            | Posting::Ending
            | Posting::Unknown { .. }
            | Posting::Refused { .. }
            | Posting::CalledBack => {}
        }
    }
    Ok(all)
}

/// The file and the letter of a mail that is to be sent or kept.
fn named(verb: &Verb) -> Option<(&str, LetterId)> {
    if let Verb::Send(mail) = verb {
        return Some((&mail.file, mail.letter));
    }
    if let Verb::Keep { file, letter, .. } = verb { Some((file, *letter)) } else { None }
}

/// Whether a row was changed by a statement about this try alone.
fn of_try(
    transaction: &Transaction<'_>,
    sql: &str,
    of: Try,
    values: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<bool> {
    let mut all: Vec<&dyn rusqlite::ToSql> = vec![&of.step.0, &of.number];
    all.extend(values);
    Ok(transaction.prepare_cached(sql)?.execute(all.as_slice())? > 0)
}

fn op_of(transaction: &Transaction<'_>, step: StepId) -> rusqlite::Result<BTreeSet<i64>> {
    let op = transaction.prepare_cached("SELECT op FROM steps WHERE id = ?1")?.query_row([step.0], |row| row.get(0));
    Ok(op.optional()?.into_iter().collect())
}

impl Journal {
    /// The mails of an account that wait or are on their way, in the order in which they were queued.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn outgoing(&self, account: &str) -> Result<Vec<Post>> {
        self.read("read what is to be sent", |connection| {
            posts(connection, &format!("WHERE account = ?1 AND state <= 1 AND {SENDS} ORDER BY id"), [account])
        })
    }

    /// The mails of all accounts that wait, are on their way, or wait for the user: for the screen.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn posts(&self) -> Result<Vec<Post>> {
        self.read("read what is to be sent", |connection| {
            let mut all = posts(connection, &format!("INDEXED BY steps_pending WHERE state <= 1 AND {SENDS}"), [])?;
            all.extend(posts(connection, &format!("INDEXED BY steps_failed WHERE state = 4 AND {SENDS}"), [])?);
            all.sort_unstable_by_key(|post| post.step);
            Ok(all)
        })
    }

    /// The mails of an account that are remembered, whatever became of them.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn posts_of(&self, account: &str) -> Result<Vec<Post>> {
        self.read("read what was sent", |connection| {
            posts(connection, &format!("WHERE account = ?1 AND {SENDS} ORDER BY id"), [account])
        })
    }

    /// The mail that an operation sends, whatever became of it.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn post(&self, op: OpId) -> Result<Option<Post>> {
        self.read("read what is to be sent", |connection| {
            Ok(posts(connection, &format!("WHERE op = ?1 AND {SENDS}"), [op.0])?.into_iter().next())
        })
    }

    /// The newest mail that was made of this letter, whatever became of it. Looks at all mails that are remembered.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn post_by_letter(&self, letter: LetterId) -> Result<Option<Post>> {
        self.read("look for a letter", |connection| {
            let all = posts(connection, &format!("WHERE {SENDS} ORDER BY id"), [])?;
            Ok(all.into_iter().rfind(|post| post.mail.letter == letter))
        })
    }

    /// The mail that is made of this letter and is not sent, or whose copy is not kept, yet: while there is one the letter
    /// is nobody's to change.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn post_of(&self, letter: LetterId) -> Result<Option<OpId>> {
        self.read("look for a letter", |connection| {
            for index in ["INDEXED BY steps_pending WHERE state <= 1", "INDEXED BY steps_failed WHERE state = 4"] {
                for step in select(connection, &format!("{index} AND ({SENDS} OR {KEEPS})"), [])? {
                    if named(&step.verb).is_some_and(|(_, of)| of == letter) {
                        return Ok(Some(step.op));
                    }
                }
            }
            Ok(None)
        })
    }

    /// The files of mails and drafts that are still needed, and the letters that mails were made of.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn mails(&self) -> Result<(BTreeSet<String>, BTreeSet<LetterId>)> {
        self.read("look for mails", |connection| {
            let (mut files, mut letters) = (BTreeSet::new(), BTreeSet::new());
            for index in ["INDEXED BY steps_pending WHERE state <= 1", "INDEXED BY steps_failed WHERE state = 4"] {
                for step in select(connection, &format!("{index} AND ({SENDS} OR {KEEPS})"), [])? {
                    let Some((file, letter)) = named(&step.verb) else { continue };
                    files.insert(file.to_owned());
                    letters.insert(letter);
                }
            }
            for step in drafts::open(connection)? {
                if let Verb::Draft(draft) = step.verb {
                    files.insert(draft.file);
                }
            }
            Ok((files, letters))
        })
    }

    /// The letters of mails that were sent, as far as is remembered.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn sent_letters(&self) -> Result<BTreeSet<LetterId>> {
        self.read("look for letters that were sent", |connection| {
            let all = posts(connection, &format!("WHERE state = 2 AND {SENDS}"), [])?;
            Ok(all.into_iter().map(|post| post.mail.letter).collect())
        })
    }

    /// A try begins: from now on it cannot be called back. `None`: it does not wait any more.
    ///
    /// # Errors
    /// What SQLite says; then it must not be sent.
    pub fn begin_try(&mut self, step: StepId) -> Result<Option<Try>> {
        self.write("note that a mail is being sent", |transaction| {
            let number = transaction
                .prepare_cached(
                    "UPDATE steps SET attempts = attempts + 1, state = 1, sent = 1, sent_phase = 0
                     WHERE id = ?1 AND state = 0 RETURNING attempts",
                )?
                .query_row([step.0], |row| row.get(0))
                .optional()?;
            let Some(number) = number else { return Ok(None) };
            transaction
                .prepare_cached("UPDATE ops SET undoable = 0 WHERE op = (SELECT op FROM steps WHERE id = ?1)")?
                .execute([step.0])?;
            Ok(Some(Try { step, number }))
        })
    }

    /// The end of the mail is about to go out. False: it must not, because this try is not the last one any more, or is
    /// over.
    ///
    /// # Errors
    /// What SQLite says; then the end must not go out.
    pub fn dot(&mut self, of: Try) -> Result<bool> {
        self.write("note that a mail's end goes out", |transaction| {
            let sql =
                "UPDATE steps SET sent_phase = 1 WHERE id = ?1 AND attempts = ?2 AND state = 1 AND sent_phase = 0";
            of_try(transaction, sql, of, &[])
        })
    }

    /// The mail was sent, by the server's word or the user's; what follows from it is queued in the same transaction.
    /// Nothing is changed where it had been noted before, or was called back.
    ///
    /// # Errors
    /// What SQLite says; then nothing was noted.
    pub fn sent(&mut self, of: Try, said: &str, follows: Option<&NewOp>) -> Result<Vec<Ended>> {
        let task = "note that a mail was sent";
        let json = follows.map(|op| verbs(op, task)).transpose()?.unwrap_or_default();
        self.write(task, |transaction| {
            let sql = "UPDATE steps SET state = 2, reason = ?3 WHERE id = ?1 AND attempts = ?2 AND state IN (1, 4)";
            if !of_try(transaction, sql, of, &[&said])? {
                return Ok(Vec::new());
            }
            let ops = op_of(transaction, of.step)?;
            for op in &ops {
                transaction.prepare_cached("UPDATE ops SET ended = 0 WHERE op = ?1")?.execute([op])?;
            }
            if let Some(follows) = follows {
                enqueue(transaction, follows, &json)?;
            }
            ended(transaction, &ops)
        })
    }

    /// The try failed and nothing was sent: it waits until then for the next, and can be called back again.
    ///
    /// # Errors
    /// What SQLite says; then nothing was noted.
    pub fn not_yet(&mut self, of: Try, why: &str, next: UnixTime) -> Result<()> {
        self.waits(of, why, (next, false))
    }

    /// As [`Journal::not_yet`], where the server was not reached: the mail is tried earlier if it can be.
    ///
    /// # Errors
    /// What SQLite says; then nothing was noted.
    pub fn unreached(&mut self, of: Try, why: &str, next: UnixTime) -> Result<()> {
        self.waits(of, why, (next, true))
    }

    fn waits(&mut self, of: Try, why: &str, next: (UnixTime, bool)) -> Result<()> {
        self.write("note why a mail was not sent", |transaction| {
            let sql = "UPDATE steps SET state = 0, sent = 0, sent_phase = 0, reason = ?3
                       WHERE id = ?1 AND attempts = ?2 AND state = 1";
            if of_try(transaction, sql, of, &[&why])? {
                put_off(transaction, of.step, next)?;
                may_be_called_back(transaction, of.step)?;
            }
            Ok(())
        })
    }

    /// The mail was not sent, and will not be by itself.
    ///
    /// # Errors
    /// What SQLite says; then nothing was noted.
    pub fn refuse_mail(&mut self, of: Try, why: &str) -> Result<Vec<Ended>> {
        self.give_to_the_user(of, why, 0)
    }

    /// The mail may have been sent.
    ///
    /// # Errors
    /// What SQLite says; then it counts as on its way, which a restart takes for the same.
    pub fn unknown(&mut self, of: Try, why: &str) -> Result<Vec<Ended>> {
        self.give_to_the_user(of, why, 1)
    }

    fn give_to_the_user(&mut self, of: Try, why: &str, phase: u8) -> Result<Vec<Ended>> {
        self.write("note why a mail was not sent", |transaction| {
            let sql = "UPDATE steps SET state = 4, sent_phase = ?4, reason = ?3
                       WHERE id = ?1 AND attempts = ?2 AND state = 1";
            of_try(transaction, sql, of, &[&why, &phase])?;
            ended(transaction, &op_of(transaction, of.step)?)
        })
    }

    /// What a run that ended in the middle left of an account: where the end cannot have gone out the mail waits again,
    /// else it may have been sent. Called when no try can be under way. The words say why it waits, and why it may have been
    /// sent. Returns the operations that ended by it.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn recover_mails(&mut self, account: &str, (waits, unknown): (&str, &str)) -> Result<Vec<Ended>> {
        self.write("look what became of mails", |transaction| {
            let mut ops = BTreeSet::new();
            let left = format!("WHERE account = ?1 AND state <= 1 AND state = 1 AND {SENDS}");
            for post in posts(transaction, &left, [account])? {
                ops.insert(post.op.0);
                let (sql, why) = if post.posting == Posting::Ending {
                    ("UPDATE steps SET state = 4, reason = ?2 WHERE id = ?1", unknown)
                } else {
                    ("UPDATE steps SET state = 0, sent = 0, reason = ?2 WHERE id = ?1", waits)
                };
                transaction.prepare_cached(sql)?.execute(params![post.step.0, why])?;
                if post.posting != Posting::Ending {
                    may_be_called_back(transaction, post.step)?;
                }
            }
            ended(transaction, &ops)
        })
    }

    /// The mails of an account that may have been sent and were not looked for yet.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn not_looked_for(&self, account: &str) -> Result<Vec<Post>> {
        self.read("read what may have been sent", |connection| {
            let sql = format!(
                "INDEXED BY steps_failed WHERE state = 4 AND account = ?1 AND sent = 1 AND sent_phase = 1 AND {SENDS}"
            );
            posts(connection, &sql, [account])
        })
    }

    /// It was looked for among what was sent, and is not there.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn looked_for(&mut self, of: Try) -> Result<()> {
        self.write("note that a mail was looked for", |transaction| {
            let sql =
                "UPDATE steps SET sent_phase = 2 WHERE id = ?1 AND attempts = ?2 AND state = 4 AND sent_phase = 1";
            of_try(transaction, sql, of, &[]).map(drop)
        })
    }

    /// A mail that waits is due at this time. False: it does not wait.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn send_at(&mut self, op: OpId, at: UnixTime) -> Result<bool> {
        self.write("note when a mail is to be sent", |transaction| {
            let found = posts(transaction, &format!("WHERE op = ?1 AND state = 0 AND {SENDS}"), [op.0])?;
            for post in &found {
                put_off(transaction, post.step, (at, false))?;
            }
            Ok(!found.is_empty())
        })
    }
}

fn put_off(transaction: &Transaction<'_>, step: StepId, (at, unreached): (UnixTime, bool)) -> rusqlite::Result<()> {
    let Some(found) = select(transaction, "WHERE id = ?1", [step.0])?.into_iter().next() else { return Ok(()) };
    let later = if let Verb::Click(click) = &found.verb {
        Verb::Click(Click { at: at.0, ..click.clone() })
    } else if let Verb::Send(mail) = found.verb {
        Verb::Send(Box::new(Outgoing { at: at.0, unreached, ..*mail }))
    } else {
        return Ok(());
    };
    let json = verb::write(&later).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    transaction.prepare_cached("UPDATE steps SET verb = ?2 WHERE id = ?1")?.execute(params![step.0, json]).map(drop)
}

pub(super) fn may_be_called_back(transaction: &Transaction<'_>, step: StepId) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("UPDATE ops SET undoable = 1 WHERE undone = 0 AND op = (SELECT op FROM steps WHERE id = ?1)")?
        .execute([step.0])
        .map(drop)
}
