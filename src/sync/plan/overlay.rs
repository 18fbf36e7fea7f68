//! What waits in the journal, laid over what the server last said; and how an operation is taken back. Pure.

use crate::journal::{Step, StepState, Verb};
use crate::mail::flags::{Flag, FlagChange, Flags};

/// What the waiting steps make of one message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Laid {
    /// Raw name of the folder it is shown in; `None`: where the server has it.
    pub folder: Option<String>,
    /// Hidden everywhere.
    pub gone: bool,
    /// Flags to set and clear.
    pub flags: FlagChange,
    /// Whether anything waits at all.
    pub pending: bool,
}

/// Lays the steps of one message over each other, in their order. Refused and finished ones count no more.
pub fn lay<'a>(steps: impl IntoIterator<Item = &'a Step>) -> Laid {
    let waits = |step: &&Step| match step.state {
        StepState::Queued | StepState::Sending => true,
        StepState::Done | StepState::Gone | StepState::Failed { .. } | StepState::Dropped => false,
    };
    lay_verbs(steps.into_iter().filter(waits).map(|step| &step.verb))
}

/// As [`lay`], of what is to be done and waits, all of it.
pub fn lay_verbs<'a>(verbs: impl IntoIterator<Item = &'a Verb>) -> Laid {
    let mut laid = Laid::default();
    for verb in verbs {
        laid.pending = true;
        match verb {
            Verb::Flag(change) => merge(&mut laid.flags, change),
            Verb::Move { to } => laid.folder = Some(to.clone()),
            Verb::Delete => laid.gone = true,
            Verb::Copy { .. }
            | Verb::Append { .. }
            | Verb::Send(_)
            | Verb::Click(_)
            | Verb::Rule(_)
            | Verb::Keep { .. }
            | Verb::Draft(_)
            | Verb::Undraft(_)
            | Verb::CreateFolder { .. }
            | Verb::RenameFolder { .. }
            | Verb::DeleteFolder { .. } => {}
        }
    }
    laid
}

/// Adds a later change to an earlier one: the later one wins, flag by flag.
pub fn merge(earlier: &mut FlagChange, later: &FlagChange) {
    let named = |flag: &Flag| later.add.contains(flag) || later.remove.contains(flag);
    earlier.add.retain(|flag| !named(flag));
    earlier.remove.retain(|flag| !named(flag));
    earlier.add.extend(later.add.iter().cloned());
    earlier.remove.extend(later.remove.iter().cloned());
}

/// What takes a step back, given the flags that its message had before; `None` if nothing can or need be done.
pub fn inverse(verb: &Verb, from: Option<&str>, prior: &Flags) -> Option<Verb> {
    match verb {
        Verb::Flag(change) => {
            let back = FlagChange {
                add: change.remove.iter().filter(|flag| prior.has(flag)).cloned().collect(),
                remove: change.add.iter().filter(|flag| !prior.has(flag)).cloned().collect(),
            };
            (!back.add.is_empty() || !back.remove.is_empty()).then_some(Verb::Flag(back))
        }
        Verb::Move { .. } => from.map(|from| Verb::Move { to: from.to_owned() }),
        // The copy itself is what goes: its place is the step's result.
        Verb::Copy { .. } | Verb::Append { .. } => Some(Verb::Delete),
        // What was sent was sent; and a rule is a file of this device, and nothing that a server takes back.
        Verb::Delete
        | Verb::Send(_)
        | Verb::Click(_)
        | Verb::Rule(_)
        | Verb::Keep { .. }
        | Verb::Draft(_)
        | Verb::Undraft(_) => None,
        Verb::CreateFolder { raw } => Some(Verb::DeleteFolder { raw: raw.clone() }),
        Verb::RenameFolder { from, to } => Some(Verb::RenameFolder { from: to.clone(), to: from.clone() }),
        Verb::DeleteFolder { raw } => Some(Verb::CreateFolder { raw: raw.clone() }),
    }
}
