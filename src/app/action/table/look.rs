//! The rows of the table that are about how the screen looks, and the config.

use super::super::{Entry, Group, Id};
use super::{GLOBAL, row};

pub(super) const THEME: Entry = row(
    Id::Theme,
    "theme",
    "Theme…",
    Group::App,
    GLOBAL,
    "Shows each theme as the cursor comes to it; enter keeps it for the next start too, esc brings the old one back.",
);

pub(super) const RELOAD: Entry = row(
    Id::Reload,
    "reload",
    "Reload config",
    Group::App,
    GLOBAL,
    "Reads config and themes again, as happens by itself when they are saved. Accounts come, change and go with it.",
);
