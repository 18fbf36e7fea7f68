//! The rows of the table that are about the terminal: how its columns and rows are divided.

use super::super::argument::Argument;
use super::super::{Entry, Group, Id};
use super::{GLOBAL, row};

pub(super) const LAYOUT: Entry = row(
    Id::Layout,
    "layout",
    "Layout",
    Group::App,
    GLOBAL,
    "Goes through the layouts, or to one: by width, three panes, list over reader, list only, reader only.",
)
.takes(Argument::Words("auto|three|stacked|list|reader", &["auto", "three", "stacked", "list", "reader"]));

pub(super) const BACK: Entry = row(
    Id::DividerBack,
    "divider-back",
    "Divider left, or up",
    Group::App,
    GLOBAL,
    "Makes the list smaller and the reader larger, in the folders the folders smaller; kept for screens of this width.",
);

pub(super) const ON: Entry = row(
    Id::DividerOn,
    "divider-on",
    "Divider right, or down",
    Group::App,
    GLOBAL,
    "Makes the list larger and the reader smaller, in the folders the folders larger; kept for screens of this width.",
);

pub(super) const RESET: Entry = row(
    Id::DividersReset,
    "dividers-reset",
    "Dividers back to their places",
    Group::App,
    GLOBAL,
    "Puts the dividers back where they are without your doing, for screens of this width.",
);

pub(super) const LINEAR: Entry = row(
    Id::Linear,
    "linear",
    "Linear screen",
    Group::App,
    GLOBAL,
    "One thing at a time in lines of words, for screen readers and braille; again: panes. The config and --linear begin with it.",
);
