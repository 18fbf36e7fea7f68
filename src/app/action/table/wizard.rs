//! The rows of the table that are about adding an account.

use super::super::{Context, Entry, Group, Hint, Id, Place};
use super::{hint, row};

/// Where the cursor goes up and down.
pub(super) const STEPPING: &[Context] = &[
    Context::List,
    Context::Reader,
    Context::Folders,
    Context::Tasks,
    Context::Picker,
    Context::Search,
    Context::Wizard,
    Context::Compose,
];

/// Where it goes sideways.
pub(super) const SIDEWAYS: &[Context] =
    &[Context::List, Context::Reader, Context::Folders, Context::Wizard, Context::Compose];

/// What works while an account is added, too.
pub(super) const GLOBAL: &[Context] =
    &[Context::List, Context::Reader, Context::Folders, Context::Tasks, Context::Wizard, Context::Compose];

const WIZARD: &[Context] = &[Context::Wizard];

pub(super) const NEXT_FIELD: &[Hint] = &[
    hint(Place::Address, 2, "next field"),
    hint(Place::Servers, 2, "next field"),
    hint(Place::SignIn, 2, "next field"),
    super::compose::NEXT_FIELD,
];

pub(super) const ADD: Entry = row(
    Id::AddAccount,
    "add-account",
    "Account: add…",
    Group::App,
    GLOBAL,
    "Adds an account: finds its servers, tries it, and writes it into the config.",
)
.hints(&[hint(Place::Saved, 2, "add another")]);

pub(super) const EDIT: Entry = row(
    Id::EditField,
    "edit-field",
    "Edit this field",
    Group::App,
    WIZARD,
    "While an account is added: changes the field by hand.",
)
.hints(&[hint(Place::Servers, 3, "edit")]);

pub(super) const OTHER_WAY: Entry = row(
    Id::OtherWay,
    "other-way",
    "Other way to sign in",
    Group::App,
    WIZARD,
    "While an account is added: the next way to sign in that there is.",
)
.hints(&[hint(Place::Servers, 5, "other way"), hint(Place::SignIn, 3, "other way")]);

pub(super) const GUIDE: Entry = row(
    Id::Guide,
    "guide",
    "Open the provider's help",
    Group::App,
    WIZARD,
    "While an account is added: opens the page where the provider says what it needs.",
)
.hints(&[hint(Place::Servers, 6, "provider's help"), hint(Place::SignIn, 4, "provider's help")]);

pub(super) const DEMO: Entry = row(
    Id::Demo,
    "demo",
    "Try the demo mailbox",
    Group::App,
    WIZARD,
    "While an account is added: opens a built-in mailbox to play with; leaving it leads back.",
)
.hints(&[hint(Place::Address, 4, "try the demo mailbox"), hint(Place::Servers, 4, "try the demo mailbox")]);
