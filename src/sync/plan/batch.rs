//! Which steps of the journal go out in one command. Pure.

use crate::journal::{Step, Verb};
use crate::mail::UidValidity;

/// How many messages one command may name: few enough that one batch is soon written down while the server does the next,
/// and that 10,000 need less than 20 commands.
pub const MAX_BATCH: usize = 2_500;

/// What the steps of a batch have in common besides their verb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Raw name of the folder where the messages are.
    pub folder: String,
    /// Its UIDVALIDITY when their UIDs were learnt.
    pub uid_validity: UidValidity,
}

/// The first steps that can go out together: same verb, same folder, in their order, so that no later step of a message
/// overtakes an earlier one. A step without a place (an action on a folder) goes alone.
pub fn next_batch(steps: &[Step]) -> &[Step] {
    let Some(first) = steps.first() else { return &[] };
    let Some(place) = place(first) else { return steps.get(..1).unwrap_or_default() };
    let alike = |step: &&Step| {
        self::place(step).is_some_and(|other| other == place)
            && same(&step.verb, &first.verb)
            && step.state == first.state
            && step.sent == first.sent
    };
    let length = steps.iter().take(MAX_BATCH).take_while(alike).count();
    // A message twice in one batch (star, unstar, star) would hide the order: the second waits for its turn.
    let mut seen = std::collections::HashSet::new();
    let unique = steps.iter().take(length).take_while(|step| seen.insert((step.local, uid(step)))).count();
    steps.get(..unique.max(1)).unwrap_or_default()
}

fn uid(step: &Step) -> Option<u32> {
    step.place.as_ref().and_then(|place| place.uid).map(|uid| uid.0)
}

/// Where the message of a step is.
pub fn place(step: &Step) -> Option<Place> {
    step.place.as_ref().map(|place| Place { folder: place.folder.clone(), uid_validity: place.uid_validity })
}

fn same(a: &Verb, b: &Verb) -> bool {
    match (a, b) {
        (Verb::Flag(x), Verb::Flag(y)) => x == y,
        (Verb::Move { to: x }, Verb::Move { to: y }) | (Verb::Copy { to: x }, Verb::Copy { to: y }) => x == y,
        (Verb::Delete, Verb::Delete) => true,
        _ => false,
    }
}
