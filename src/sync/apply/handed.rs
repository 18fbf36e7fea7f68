//! Mails that another process handed over ([`crate::letters::handed`]): queued here, once.

use super::send::queue_as;
use super::{Applied, Refusal, accounts_by_name, refuse};
use crate::compose::Built;
use crate::letter::{LetterId, Parcel};
use crate::letters::Letters;
use crate::letters::handed::Handed;
use crate::mail::UnixTime;
use crate::protocol::Origin;
use crate::sync::account::now;
use crate::sync::desk::Files;

/// A mail that was taken in: its letter, and what became of it.
pub type Taken = (LetterId, Result<Applied, String>);

/// Queues what was handed over. What the disk keeps from being queued, or that its account is not here, is left for the next
/// time; what never can be is a letter that was not sent. Gives also whether something was left because of the disk.
pub fn take_in(files: &mut Files, generation: i64) -> (Vec<Taken>, bool) {
    let letters = Letters::of(files.journal.dir());
    let (mut all, mut left) = (Vec::new(), false);
    for handed in letters.handed() {
        let outcome = match queue(files, generation, &letters, &handed) {
            Ok(Done::Queued(applied)) => Some(Ok(*applied)),
            Ok(Done::Before) => None,
            Ok(Done::Away) => continue,
            Err(Refusal::Words(words)) => Some(Err(words)),
            Err(Refusal::Trouble(trouble)) => {
                tracing::warn!("a mail that was handed over waits: {trouble}");
                left = true;
                continue;
            }
        };
        // A kill before this is found out by the letter, which is in the journal.
        if let Err(error) = letters.taken(handed.letter) {
            tracing::warn!("a mail that was handed over is still in its tray: {error}");
        }
        all.extend(outcome.map(|outcome| (handed.letter, outcome)));
    }
    (all, left)
}

/// What became of one.
enum Done {
    /// It is in the journal.
    Queued(Box<Applied>),
    /// It was before.
    Before,
    /// Its account is none of this run's.
    Away,
}

fn queue(files: &mut Files, generation: i64, letters: &Letters, handed: &Handed) -> Result<Done, Refusal> {
    if files.journal.post_by_letter(handed.letter)?.is_some() {
        return Ok(Done::Before);
    }
    let Some(letter) = letters.load(handed.letter)? else {
        return refuse("its letter is not on the disk any more");
    };
    let account = accounts_by_name(files.cache.reader())?.get(&letter.account).copied();
    if !account.is_some_and(|account| files.cache.roll().shows(account)) {
        return Ok(Done::Away);
    }
    let mut bytes = letters.handed_mail(handed.letter)?;
    let skip = usize::try_from(handed.skip).unwrap_or(usize::MAX);
    if skip > bytes.len() {
        return refuse("the mail is cut short");
    }
    let wire = bytes.split_off(skip);
    let parcel =
        Parcel { from: handed.from.clone(), to: handed.to.clone(), bytes: wire, message_id: handed.message_id.clone() };
    let op = files.journal.next_own(now())?;
    let (built, at) = (Built { parcel, bcc: bytes }, handed.at.map(UnixTime));
    queue_as(files, generation, (op, Origin::Engine), &letter, &built, at).map(Box::new).map(Done::Queued)
}
