//! The rows of the table that are about keys, arguments, and going on after an action.

use super::super::argument::Argument;
use super::super::{Context, Entry, Group, Id, Needs};
use super::{GLOBAL, MAIL, row};

const PICKER: &[Context] = &[Context::Picker];

pub(super) const ARCHIVE_NEXT: Entry = row(
    Id::ArchiveNext,
    "archive-next",
    "Archive, then next",
    Group::Triage,
    MAIL,
    "Archives as {archive} does, and goes to the message below, whatever after_triage says; an open message is followed by it.",
)
.needs(Needs::Messages);

pub(super) const ARCHIVE_PREVIOUS: Entry = row(
    Id::ArchivePrevious,
    "archive-previous",
    "Archive, then previous",
    Group::Triage,
    MAIL,
    "Archives as {archive} does, and goes to the message above, whatever after_triage says; an open message is followed by it.",
)
.needs(Needs::Messages);

pub(super) const ACCOUNT: Entry =
    row(Id::GoAccount, "account", "Account…", Group::Go, GLOBAL, "To the inbox of an account that you pick by name.")
        .takes(Argument::Account);

pub(super) const SAVED: Entry =
    row(Id::GoSaved, "saved", "Saved search…", Group::Go, GLOBAL, "To a saved search that you pick by name.")
        .takes(Argument::Saved);

pub(super) const ARGUMENT: Entry = row(
    Id::EditArgument,
    "edit-argument",
    "Tell the command more",
    Group::App,
    PICKER,
    "Among the commands: asks for what the chosen one can be told, then completes it. In other lists: down.",
);

pub(super) const REBIND: Entry = row(
    Id::Rebind,
    "rebind",
    "Change the key",
    Group::App,
    PICKER,
    "Among the keys ({help}): asks for another key for the chosen row, which holds at once and at the next start.",
);

pub(super) const UNBIND: Entry = row(
    Id::Unbind,
    "unbind",
    "Take the key away, or back",
    Group::App,
    PICKER,
    "Among the keys ({help}): takes the keys of the chosen row away; where they were changed, gives the old ones back.",
);
