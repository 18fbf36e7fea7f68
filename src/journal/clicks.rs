//! Clicks that leave mailings (RFC 8058). Their tries are written down as those of mails are ([`super::letters`]); but a click
//! does no harm twice, so one whose answer was lost simply waits again.

use rusqlite::params;

use super::letters::may_be_called_back;
use super::steps::select;
use super::{Journal, Result, StepState, Verb, WaitingClick};

/// Steps that click.
const CLICKS: &str = "verb LIKE '{\"click\":%'";

impl Journal {
    /// The clicks of an account that wait, in the order in which they were queued.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn clicks(&self, account: &str) -> Result<Vec<WaitingClick>> {
        self.read("read which mailings are to be left", |connection| {
            let steps =
                select(connection, &format!("WHERE account = ?1 AND state <= 1 AND {CLICKS} ORDER BY id"), [account])?;
            let waits = steps.into_iter().filter(|step| step.state == StepState::Queued);
            Ok(waits
                .filter_map(|step| {
                    let Verb::Click(click) = step.verb else { return None };
                    Some(WaitingClick { step: step.id, op: step.op, click, tries: step.attempts })
                })
                .collect())
        })
    }

    /// What a run that ended in the middle left of an account waits again. Called when no try can be under way.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn recover_clicks(&mut self, account: &str) -> Result<()> {
        self.write("look which mailings are to be left", |transaction| {
            let left = format!("WHERE account = ?1 AND state <= 1 AND state = 1 AND {CLICKS}");
            for step in select(transaction, &left, [account])? {
                transaction
                    .prepare_cached("UPDATE steps SET state = 0, sent = 0 WHERE id = ?1")?
                    .execute(params![step.id.0])?;
                may_be_called_back(transaction, step.id)?;
            }
            Ok(())
        })
    }
}
