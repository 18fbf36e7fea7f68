//! The rows of the table that are about how a list is arranged.

use super::super::{Context, Entry, Group, Id, Place};
use super::{LIST, hint, row};
use crate::mail::list::Order;

const FOLDING: &[Context] = &[Context::List, Context::Folders];
const GROUPING: &[Context] = &[Context::List, Context::Search];

pub(super) const FOLD: Entry = row(
    Id::Fold,
    "fold",
    "Fold, or unfold",
    Group::Open,
    FOLDING,
    "Shows the messages of the conversation below its row, or the folders below a folder; again: hides them.",
)
.hints(&[hint(Place::Folders, 5, "fold")]);

pub(super) const GROUP: Entry = row(
    Id::GroupResults,
    "list-conversations",
    "List conversations, or messages",
    Group::Move,
    GROUPING,
    "Lists conversations, each in one row, or every message; kept for each list.",
)
.hints(&[hint(Place::Results, 7, "conversations")]);

const fn sort(order: Order, slug: &'static str, name: &'static str, help: &'static str) -> Entry {
    row(Id::Sort(order), slug, name, Group::Move, LIST, help)
}

pub(super) const NEWEST: Entry =
    sort(Order::Newest, "sort-newest", "Newest first", "Sorts the list by date; kept for each list.");
pub(super) const OLDEST: Entry =
    sort(Order::Oldest, "sort-oldest", "Oldest first", "Sorts the list by date, the oldest first; again: the newest.");
pub(super) const SENDER: Entry =
    sort(Order::Sender, "sort-sender", "By sender", "Sorts the list by the sender's name; again: by date.");
pub(super) const SUBJECT: Entry = sort(
    Order::Subject,
    "sort-subject",
    "By subject",
    "Sorts the list by subject, without Re: and the like; again: by date.",
);
pub(super) const SIZE: Entry =
    sort(Order::Size, "sort-size", "Largest first", "Sorts the list by size; again: by date.");
pub(super) const UNREAD: Entry =
    sort(Order::Unread, "sort-unread", "Unread first", "Lists unread mail before the rest; again: by date.");
pub(super) const STARRED: Entry =
    sort(Order::Starred, "sort-starred", "Starred first", "Lists starred mail before the rest; again: by date.");
