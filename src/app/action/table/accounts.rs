//! The rows of the table that are about accounts.

use super::super::argument::Argument;
use super::super::{Entry, Group, Id};
use super::{GLOBAL, row};

pub(super) const SIGN_IN: Entry = row(
    Id::SignIn,
    "sign-in",
    "Sign in…",
    Group::App,
    GLOBAL,
    "Signs in to the account that waits for it: asks for its password, runs the command that gives it, or shows where to go with a browser.",
);
pub(super) const DISABLE: Entry = row(
    Id::DisableAccount,
    "disable-account",
    "Disable account…",
    Group::App,
    GLOBAL,
    "Shows and syncs an account no more, by a line in the config. Its mail stays on the disk, and so does what waits for its server.",
)
.takes(Argument::Account);

pub(super) const ENABLE: Entry = row(
    Id::EnableAccount,
    "enable-account",
    "Enable account…",
    Group::App,
    GLOBAL,
    "Shows and syncs an account again that was disabled.",
)
.takes(Argument::Disabled);

pub(super) const REMOVE: Entry = row(
    Id::RemoveAccount,
    "remove-account",
    "Remove account…",
    Group::App,
    GLOBAL,
    "Takes an account out of the config. Of one that is not in there any more: removes its mail from the disk, and what waits for its server. Says first how much that is.",
)
.takes(Argument::AnyAccount);
