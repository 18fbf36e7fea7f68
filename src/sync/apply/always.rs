//! All mail of somebody, now and from now on: one operation, which makes a rule too, takes it away when it is taken back,
//! and makes it once more when it is done again.

use super::{AWAY, Applied, Entry, Plan, Planner, Refusal, commit, refuse};
use crate::journal::{Step, StepState, Verb};
use crate::mail::rule::Rule;
use crate::mail::{AccountId, MessageId};
use crate::protocol::{Action, OpId};
use crate::sync::desk::Files;
use crate::sync::rules::{self, Rules};

impl From<rules::Error> for Refusal {
    fn from(error: rules::Error) -> Self {
        Self::Words(error.to_string())
    }
}

/// Does it to these messages, and to what comes. Nothing is done where the rule cannot be written.
pub fn apply(
    files: &mut Files,
    generation: i64,
    (op, account): (OpId, AccountId),
    (action, messages): (&Action, &[MessageId]),
    rule: Rule,
) -> Result<Applied, Refusal> {
    let planner = Planner::new(files.cache.reader(), generation)?;
    let owner = planner.accounts.get(&account).filter(|_| files.cache.roll().shows(account));
    let Some(owner) = owner else { return refuse(AWAY) };
    let mut plan = planner.plan(files, action, messages)?;
    plan.summary = match plan.steps.as_slice() {
        [] => format!("From now on {rule}"),
        _ => format!("{}, and from now on", plan.summary),
    };
    plan.steps.push(planner.folder_step(owner, Verb::Rule(Box::new(rule))));
    write(files, generation, Entry::of(op), plan)
}

/// Writes the rules of a plan into their file, and then the plan; where that fails they go again. One that is there already
/// is somebody else's, and stays when this is taken back.
pub(super) fn write(files: &mut Files, generation: i64, entry: Entry, mut plan: Plan) -> Result<Applied, Refusal> {
    let file = Rules::new(files.journal.dir());
    let mut made = Vec::new();
    for rule in plan.steps.iter().filter_map(|step| rule_of(&step.verb)) {
        if !file.has(rule)? {
            file.add(rule)?;
            made.push(rule.clone());
        }
    }
    let there = |step: &crate::journal::NewStep| rule_of(&step.verb).is_some_and(|rule| !made.contains(rule));
    if plan.steps.iter().all(there)
        && let Some(rule) = plan.steps.iter().find_map(|step| rule_of(&step.verb))
    {
        return refuse(format!("there is a rule already: {rule}"));
    }
    plan.steps.retain(|step| !there(step));
    let applied = commit(files, generation, entry, plan);
    if applied.is_err() {
        for rule in &made {
            file.remove(rule)?;
        }
    }
    applied
}

/// Takes the rules away that an operation made, where nobody did it before; true: it made some.
pub(super) fn forget(files: &Files, steps: &[Step]) -> Result<bool, Refusal> {
    let file = Rules::new(files.journal.dir());
    let done = |step: &&Step| step.state == StepState::Done;
    let mut any = false;
    for rule in steps.iter().filter(done).filter_map(|step| rule_of(&step.verb)) {
        any = true;
        if file.read()?.contains(rule) {
            file.remove(rule)?;
        }
    }
    Ok(any)
}

fn rule_of(verb: &Verb) -> Option<&Rule> {
    if let Verb::Rule(rule) = verb { Some(rule) } else { None }
}
