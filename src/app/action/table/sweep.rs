//! The rows of the table that are about taking back, muting, sweeping and rules.

use super::super::{Entry, Group, Id, Needs, Place};
use super::{GLOBAL, MAIL, hint, row};

pub(super) const UNDO: Entry = row(
    Id::Undo,
    "undo",
    "Undo",
    Group::Triage,
    GLOBAL,
    "Takes the newest action back, also one of an earlier run; press again for the one before. On the tasks screen: the selected one.",
)
.hints(&[hint(Place::Tasks, 3, "undo")]);

pub(super) const MUTE: Entry = row(
    Id::Mute,
    "mute",
    "Mute conversation",
    Group::Triage,
    MAIL,
    "Archives the conversation, and whatever comes in it from now on; again: ends that. The server keeps it for all devices.",
)
.needs(Needs::Messages);

pub(super) const SWEEP: Entry = row(
    Id::Sweep,
    "sweep",
    "Sweep sender…",
    Group::Triage,
    MAIL,
    "Counts what there is of the sender, or of the list; then archives or trashes all of it, now or from now on, or unsubscribes.",
)
.needs(Needs::Message);

pub(super) const RULES: Entry = row(
    Id::Rules,
    "rules",
    "Rules…",
    Group::App,
    GLOBAL,
    "Lists the rules for arriving mail, which W and posthaste rule make; enter takes one away, and puts it back.",
);

pub(super) const REDO: Entry = row(
    Id::Redo,
    "redo",
    "Redo",
    Group::Triage,
    GLOBAL,
    "Does what was taken back last once more; press again for the one before. On the tasks screen: the selected one.",
)
.hints(&[hint(Place::Tasks, 4, "redo")]);
