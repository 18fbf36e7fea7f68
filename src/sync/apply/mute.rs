//! Muting conversations: `$Muted` on each of their messages, kept by the server, so that every device knows of it.

use std::collections::{BTreeMap, BTreeSet};

use super::back::{invert, moved};
use super::{Plan, Planner, Refusal};
use crate::journal::{NewStep, Step, StepState, Verb};
use crate::mail::MessageId;
use crate::mail::flags::{Flag, FlagChange, Keyword, MUTED};
use crate::mail::folder::Role;
use crate::protocol::OpId;
use crate::store::Placed;
use crate::sync::desk::Files;

/// `$Muted` set, or cleared.
pub(super) fn muted(on: bool) -> FlagChange {
    let flags: Vec<Flag> = Keyword::new(MUTED).map(Flag::Keyword).into_iter().collect();
    if on { FlagChange { add: flags, remove: Vec::new() } } else { FlagChange { add: Vec::new(), remove: flags } }
}

fn conversations(count: usize) -> String {
    if count == 1 { "1 conversation".to_owned() } else { format!("{count} conversations") }
}

impl Planner {
    /// Mutes the conversations of these messages.
    pub(super) fn mute(&self, files: &Files, messages: &[MessageId]) -> Result<Plan, Refusal> {
        let (members, count) = files.cache.reader().conversations_of(messages)?;
        let items = files.cache.reader().places(&members)?;
        let mut plan = Plan {
            steps: Vec::new(),
            summary: format!("Muted {}", conversations(count)),
            undoable: true,
            created: Vec::new(),
        };
        self.set_muted(&mut plan, &items, true);
        let here: Vec<Placed> = items.into_iter().filter(|item| self.is_in_inbox(item)).collect();
        self.to_role(&mut plan, &here, Role::Archive, "Archive")?;
        Ok(plan)
    }

    /// Ends it. What was archived stays there.
    pub(super) fn unmute(&self, files: &Files, messages: &[MessageId]) -> Result<Plan, Refusal> {
        let (members, count) = files.cache.reader().conversations_of(messages)?;
        let items = files.cache.reader().places(&members)?;
        let summary = format!("Unmuted {}", conversations(count));
        let mut plan = Plan { steps: Vec::new(), summary, undoable: true, created: Vec::new() };
        self.set_muted(&mut plan, &items, false);
        Ok(plan)
    }

    fn set_muted(&self, plan: &mut Plan, items: &[Placed], on: bool) {
        let change = muted(on);
        for item in items.iter().filter(|item| self.may_flag(item)) {
            self.flag(plan, item, &change);
        }
    }

    /// Whether a message is shown in an inbox.
    pub(super) fn is_in_inbox(&self, item: &Placed) -> bool {
        self.folders.get(&item.folder).and_then(|folder| folder.role) == Some(Role::Inbox)
    }
}

/// What has to be done beside a mute's own steps to take it back: what came since was silenced, by operations of its own.
#[derive(Default)]
pub(super) struct Woken {
    /// The steps, which go to the server.
    pub steps: Vec<NewStep>,
    /// Operations of which nothing is left by these.
    pub undone: Vec<OpId>,
}

/// Whether this is the step of a mute.
pub(super) fn mutes(step: &Step) -> bool {
    let stands = !matches!(step.state, StepState::Failed { .. } | StepState::Gone);
    stands && matches!(&step.verb, Verb::Flag(change) if muted(true).add.iter().all(|flag| change.add.contains(flag)))
}

/// Wakes what these steps of a mute silenced since: nothing of the conversation stays muted, and what was archived by itself
/// comes back as it came, unless the user did something else with it.
pub(super) fn wake(files: &Files, generation: i64, steps: &[Step]) -> Result<Woken, Refusal> {
    let mine: Vec<MessageId> = steps
        .iter()
        .filter(|step| step.generation == generation && mutes(step))
        .filter_map(|step| step.local)
        .collect();
    let (Some(last), false) = (steps.iter().map(|step| step.id).max(), mine.is_empty()) else {
        return Ok(Woken::default());
    };
    let cache = files.cache.reader();
    let (mut members, _) = cache.conversations_of(&mine)?;
    members.retain(|member| !mine.contains(member));
    let mut since: BTreeMap<OpId, Vec<Step>> = BTreeMap::new();
    for step in files.journal.own_since(last)?.into_iter().filter(|step| step.generation == generation) {
        since.entry(step.op).or_default().push(step);
    }
    since.retain(|_, steps| steps.iter().any(mutes));
    let planner = Planner::new(cache, generation)?;
    let mut plan = Plan { steps: Vec::new(), summary: String::new(), undoable: false, created: Vec::new() };
    let mut woken = BTreeSet::new();
    for item in cache.places(&members)? {
        let about = |step: &&Step| step.local == Some(item.id);
        let done: Vec<Step> = since.values().flatten().filter(about).cloned().collect();
        if done.is_empty() || files.journal.in_the_way(&done)?.is_some() {
            planner.set_muted(&mut plan, std::slice::from_ref(&item), false);
            continue;
        }
        let went = moved(&done);
        for step in done.iter().rev() {
            plan.steps.extend(invert(cache, generation, step, &went)?);
        }
        woken.insert(item.id);
    }
    let gone = |steps: &[Step]| steps.iter().filter_map(|step| step.local).all(|local| woken.contains(&local));
    let undone = since.iter().filter(|(_, steps)| gone(steps)).map(|(op, _)| *op).collect();
    Ok(Woken { steps: plan.steps, undone })
}
