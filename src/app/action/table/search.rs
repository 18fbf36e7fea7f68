//! The rows of the table that are about searching.

use super::super::argument::Argument;
use super::super::{Context, Entry, Group, Id, Place};
use super::{GLOBAL, LIST, MAIL, hint, row};

const LISTS: &[Context] = &[Context::List, Context::Folders];
const LINE: &[Context] = &[Context::Search];
const COMPLETING: &[Context] = &[Context::Search, Context::Input];

pub(super) const NEXT: Entry = row(
    Id::FindNext,
    "find-next",
    "Next match",
    Group::Search,
    MAIL,
    "To the next place where the words stand; in a list of results: to the next one.",
);

pub(super) const PREVIOUS: Entry = row(
    Id::FindPrevious,
    "find-previous",
    "Previous match",
    Group::Search,
    MAIL,
    "To the place before where the words stand; in a list of results: to the one before.",
);

pub(super) const SEARCH: Entry = row(
    Id::Search,
    "search",
    "Search…",
    Group::Search,
    LISTS,
    "Searches all mail while you type, here and then on the servers; over results: goes on with their query.",
)
.hints(&[hint(Place::List, 5, "search"), hint(Place::Folders, 6, "search"), hint(Place::Results, 2, "search")])
.takes(Argument::Query);

pub(super) const FILTER: Entry = row(
    Id::Filter,
    "filter",
    "Filter this list…",
    Group::Search,
    LISTS,
    "Lists only what you type of what is shown; no server is asked.",
)
.takes(Argument::Query);

pub(super) const HERE: Entry = row(
    Id::SearchHere,
    "search-here",
    "This list alone, or everywhere",
    Group::Search,
    LINE,
    "Searches what was shown before alone, or all mail again.",
)
.hints(&[hint(Place::Search, 4, "this list")]);

pub(super) const COMPLETE: Entry = row(
    Id::Complete,
    "complete",
    "Complete",
    Group::Search,
    COMPLETING,
    "Completes the field, person, folder or label at the cursor; again: the next one.",
)
.hints(&[hint(Place::Search, 2, "completes")]);

pub(super) const COMPLETE_BACK: Entry = row(
    Id::CompleteBack,
    "complete-back",
    "Complete, the one before",
    Group::Search,
    LINE,
    "Completes, the other way round.",
);

pub(super) const SAVE: Entry = row(
    Id::SaveSearch,
    "save-search",
    "Save search…",
    Group::Search,
    LIST,
    "Gives the search a name: it then stands under the favourites, with its counts, and g and a digit open it.",
)
.hints(&[hint(Place::Results, 6, "save")]);

pub(super) const FORGET: Entry = row(
    Id::ForgetSearch,
    "forget-search",
    "Forget saved search",
    Group::Search,
    LISTS,
    "Takes the name of a saved search away; messages stay as they are.",
);

pub(super) const fn saved(number: u8, slug: &'static str, name: &'static str, help: &'static str) -> Entry {
    row(Id::Saved(number), slug, name, Group::Go, GLOBAL, help)
}
