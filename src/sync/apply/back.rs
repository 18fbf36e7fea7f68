//! Taking an operation back, and doing it again: both are new entries of the journal, whatever the server has done yet.
//!
//! Operations may be taken back in any order, but not under a later one that moved the same messages or changed the same
//! flags: what would be left then is what nobody asked for. The later one is named, and is to be taken back first.

use std::collections::HashMap;

use super::mute::{self, Woken};
use super::{Applied, Entry, Go, Pending, Plan, Planner, Refusal};
use super::{accounts_by_name, always, commit, here, refuse, send, show, touched, unshow_all};
use crate::imap::folder_name;
use crate::journal::gone::bare;
use crate::journal::{Journal, Later, NewStep, Step, StepState, Verb};
use crate::mail::flags::Flags;
use crate::mail::message::ServerPlace;
use crate::mail::{AccountId, MessageId};
use crate::protocol::{OpId, Origin, Reversal};
use crate::store::{Placed, Reader};
use crate::sync::desk::Files;
use crate::sync::lay::local;
use crate::sync::plan::overlay::inverse;
use crate::sync::roles;

/// The number of the operation that takes this one back: one that no screen gives, and taken only once.
pub fn undo_number(op: OpId) -> OpId {
    Journal::undo_number(op)
}

/// Takes an operation back: what was not sent is dropped, what was sent is done the other way round.
pub fn undo(files: &mut Files, generation: i64, op: OpId) -> Result<Applied, Refusal> {
    let back = undo_number(op);
    let Some((row, steps)) = files.journal.op(op)? else { return refuse("there is nothing to undo") };
    if let Some(post) = files.journal.post(op)? {
        return send::call_back(files, &post, &row.summary);
    }
    here(files, &steps)?;
    if row.reversal == Reversal::Redo {
        return refuse("this was taken back already");
    }
    if let Some(Later { summary: later, undoable }) = files.journal.in_the_way(&steps)? {
        if undoable {
            return refuse(format!("\"{later}\" came later and changed the same: take that back first"));
        }
        files.journal.no_longer_undoable(op)?;
        return refuse(format!("this can no longer be undone: \"{later}\" came later and changed the same"));
    }
    let woken = if row.origin == Origin::User { mute::wake(files, generation, &steps)? } else { Woken::default() };
    let ruled = always::forget(files, &steps)?;
    let dropped = files.journal.drop_op(op)?;
    let mut inverses = Vec::new();
    let moved = moved(&steps);
    // A folder that was made for messages stays: others may be in it by now, and it would be made again for the next.
    let for_messages = steps.iter().any(|step| step.local.is_some());
    // The last step first: what was done last is undone first.
    for step in steps.iter().rev() {
        match step.state {
            StepState::Queued | StepState::Failed { .. } | StepState::Gone | StepState::Dropped => continue,
            StepState::Sending | StepState::Done => {}
        }
        if for_messages && matches!(step.verb, Verb::CreateFolder { .. }) {
            continue;
        }
        if let Some(step) = invert(files.cache.reader(), generation, step, &moved)? {
            inverses.push(step);
        }
    }
    inverses.extend(woken.steps);
    let touched = touched(files, generation, dropped.iter().chain(&steps))?;
    unshow_all(files, &dropped)?;
    send::let_go(files, &dropped);
    if dropped.is_empty() && inverses.is_empty() && !ruled {
        files.journal.no_longer_undoable(op)?;
        return refuse("this can no longer be undone");
    }
    let summary = format!("Undone: {}", bare(row.summary.as_str()));
    if inverses.is_empty() {
        files.journal.mark_undone(op)?;
        return show(files, generation, summary, false, touched);
    }
    let plan = Plan { steps: inverses, summary, undoable: false, created: Vec::new() };
    let applied = commit(files, generation, Entry { undo_of: Some(op), ..Entry::of(back) }, plan)?;
    for op in woken.undone {
        files.journal.mark_undone(op)?;
    }
    let laid = show(files, generation, applied.summary.clone(), false, touched)?;
    Ok(Applied {
        folders: applied.folders.union(&laid.folders).copied().collect(),
        accounts: applied.accounts.union(&laid.accounts).copied().collect(),
        folders_changed: applied.folders_changed || laid.folders_changed,
        ..applied
    })
}

/// Does an operation that was taken back once more, as a new one: the same to the same messages, wherever they are now.
pub fn redo(files: &mut Files, generation: i64, op: OpId, of: OpId) -> Result<Applied, Refusal> {
    let Some((row, steps)) = files.journal.op(of)? else { return refuse("there is nothing to do again") };
    here(files, &steps)?;
    if row.reversal != Reversal::Redo {
        return refuse("this cannot be done again: something else was done since");
    }
    let undone = files.journal.op(undo_number(of))?.map(|(_, steps)| steps).unwrap_or_default();
    let planner = Planner::new(files.cache.reader(), generation)?;
    let mut plan =
        Plan { steps: Vec::new(), summary: bare(row.summary.as_str()).to_owned(), undoable: true, created: Vec::new() };
    let found = places(files.cache.reader(), generation, &steps, &undone)?;
    if steps.iter().any(mute::mutes) {
        // With what came to the conversation since.
        let messages: Vec<MessageId> = found.values().map(|place| place.id).collect();
        let whole = planner.mute(files, &messages)?;
        (plan.steps, plan.created) = (whole.steps, whole.created);
    }
    let each = plan.steps.is_empty();
    for step in steps.iter().filter(|_| each) {
        match step.state {
            StepState::Failed { .. } | StepState::Gone => {}
            StepState::Queued | StepState::Sending | StepState::Done | StepState::Dropped => {
                planner.again(&mut plan, step, found.get(&step.id))?;
            }
        }
    }
    if plan.steps.is_empty() {
        return refuse("this cannot be done again: the messages are gone, or it is so already");
    }
    always::write(files, generation, Entry { redo_of: Some(of), ..Entry::of(op) }, plan)
}

/// Where the messages of these steps are now; those of another cache are found where they were put back.
fn places(
    cache: &Reader,
    generation: i64,
    steps: &[Step],
    undone: &[Step],
) -> Result<HashMap<crate::journal::StepId, Placed>, Refusal> {
    let accounts = accounts_by_name(cache)?;
    let put_back: HashMap<_, _> = undone.iter().map(|step| ((step.generation, step.local), step)).collect();
    let mut found = HashMap::with_capacity(steps.len());
    for step in steps {
        let Some(account) = accounts.get(&step.account).copied() else { continue };
        let back = put_back.get(&(step.generation, step.local)).filter(|_| step.generation != generation);
        let message = match back {
            Some(back) => put_back_to(cache, account, back)?,
            None => local(cache, account, generation, step)?,
        };
        if let Some(message) = message
            && let Some(place) = cache.places(&[message])?.into_iter().next()
        {
            found.insert(step.id, place);
        }
    }
    Ok(found)
}

fn put_back_to(cache: &Reader, account: AccountId, back: &Step) -> Result<Option<MessageId>, Refusal> {
    let Some(place) = back.result.as_ref().or(back.place.as_ref()) else { return Ok(None) };
    let Some(uid) = place.uid else { return Ok(None) };
    Ok(cache.find(account, &place.folder, place.uid_validity, uid)?)
}

impl Planner {
    /// Adds what a step did, where it is not so already.
    fn again(&self, plan: &mut Plan, step: &Step, item: Option<&Placed>) -> Result<(), Refusal> {
        let known = |raw: &str| {
            let account = self.accounts.iter().find(|(_, name)| **name == step.account).map(|(id, _)| *id);
            let mine = |id| self.folders.get(id).map(|row| row.account) == account;
            self.raws.iter().find(|(id, (name, _))| name == raw && mine(id)).map(|(id, _)| *id)
        };
        let planned = |plan: &Plan, raw: &str| plan.created.iter().any(|pending| pending.raw == raw);
        match &step.verb {
            Verb::Flag(change) => {
                if let Some(item) = item {
                    self.flag(plan, item, change);
                }
            }
            Verb::Move { to } | Verb::Copy { to } => {
                let Some(item) = item else { return Ok(()) };
                let go = if matches!(step.verb, Verb::Copy { .. }) { Go::Copy } else { Go::Move };
                match known(to) {
                    Some(folder) => self.to_folder(plan, std::slice::from_ref(item), folder, go)?,
                    None if planned(plan, to) => plan.steps.push(self.step(item, step.verb.clone())),
                    None => return refuse("this cannot be done again: the folder is gone"),
                }
            }
            Verb::CreateFolder { raw } => {
                let account = self.accounts.iter().find(|(_, name)| **name == step.account).map(|(id, _)| *id);
                let Some(account) = account.filter(|_| known(raw).is_none()) else { return Ok(()) };
                let mine = |id| self.folders.get(id).is_some_and(|row| row.account == account);
                let delimiter = self.raws.iter().find_map(|(id, (_, delimiter))| delimiter.filter(|_| mine(id)));
                plan.steps.push(self.folder_step(&step.account, step.verb.clone()));
                let name = folder_name::decode(raw);
                let role = roles::by_name(&name, delimiter).filter(|role| self.role_folder(account, *role).is_none());
                plan.created.push(Pending { account, raw: raw.clone(), name, delimiter, role });
            }
            Verb::RenameFolder { from: raw, .. } | Verb::DeleteFolder { raw } => {
                if known(raw).is_some() {
                    plan.steps.push(self.folder_step(&step.account, step.verb.clone()));
                }
            }
            Verb::Append { to, .. } => {
                if known(to).is_some() || planned(plan, to) {
                    plan.steps.push(self.folder_step(&step.account, step.verb.clone()));
                }
            }
            Verb::Rule(_) => plan.steps.push(self.folder_step(&step.account, step.verb.clone())),
            // Nothing takes it back, so nothing does it again.
            Verb::Delete | Verb::Send(_) | Verb::Click(_) | Verb::Keep { .. } | Verb::Draft(_) | Verb::Undraft(_) => {}
        }
        Ok(())
    }
}

/// Where the moves of an operation that are done took its messages; the journal follows them from there.
pub(super) fn moved(steps: &[Step]) -> HashMap<MessageId, ServerPlace> {
    let done = |step: &&Step| step.state == StepState::Done && matches!(step.verb, Verb::Move { .. });
    steps.iter().filter(done).filter_map(|step| Some((step.local?, step.result.clone()?))).collect()
}

/// The step that takes a sent one back.
pub(super) fn invert(
    cache: &Reader,
    generation: i64,
    step: &Step,
    moved: &HashMap<MessageId, ServerPlace>,
) -> Result<Option<NewStep>, Refusal> {
    let from = step.place.as_ref().map(|place| place.folder.as_str());
    let Some(verb) = inverse(&step.verb, from, &step.prior) else { return Ok(None) };
    let copy = matches!(step.verb, Verb::Copy { .. } | Verb::Append { .. });
    let local = if copy { None } else { step.local };
    let place = match (&step.verb, &step.state) {
        // The copy is what goes; where nobody told its place it stays, and the user sees it.
        (Verb::Copy { .. } | Verb::Append { .. }, _) => match step.result.clone() {
            Some(place) => Some(place),
            None => return Ok(None),
        },
        // A move that is on its way is followed: its place is written anew when it arrives.
        (Verb::Move { .. }, StepState::Done) => step.result.clone().or_else(|| step.place.clone()),
        _ => step.place.clone(),
    };
    // The journal follows the result of a move that is done. Of other steps it follows nothing once they are done: where
    // the message is now, the cache knows.
    let followed = matches!((&step.verb, &step.state), (Verb::Move { .. }, StepState::Done)) && step.result.is_some();
    let now = match local.filter(|_| step.generation == generation && !followed) {
        // A folder that was made for the move may not have been looked into yet: the cache knows no UID there, and the
        // journal does.
        Some(message) => match moved.get(&message) {
            Some(place) => Some(place.clone()),
            None => cache.places(&[message])?.into_iter().next().map(|placed| placed.place),
        },
        None => None,
    };
    let now = now.filter(|now| now.uid.is_some() || place.as_ref().is_none_or(|place| place.uid.is_none()));
    Ok(Some(NewStep {
        account: step.account.clone(),
        verb,
        local,
        generation: step.generation,
        place: now.or(place),
        prior: Flags::default(),
    }))
}
