//! The rows of the table that are about accounts.

use super::super::argument::Argument;
use super::super::{Entry, Group, Id, Place};
use super::{GLOBAL, hint, row};

pub(super) const SIGN_IN: Entry = row(
    Id::SignIn,
    "sign-in",
    "Sign in…",
    Group::App,
    GLOBAL,
    "Signs in to the account that waits for it: asks for its password, or shows where to go with a browser.",
)
.hints(&[hint(Place::Tasks, 7, "sign in")]);

pub(super) const REMOVE: Entry = row(
    Id::RemoveAccount,
    "remove-account",
    "Remove account from disk…",
    Group::App,
    GLOBAL,
    "Removes the mail of an account that is in the config no more, and what waits for its server; says first how much that is.",
)
.takes(Argument::LeftBehind);
