//! The rows of the table that are about accounts.

use super::super::{Entry, Group, Id};
use super::{GLOBAL, row};

pub(super) const SIGN_IN: Entry = row(
    Id::SignIn,
    "sign-in",
    "Sign in…",
    Group::App,
    GLOBAL,
    "Signs in to the account that waits for it: asks for its password, or shows where to go with a browser.",
);
