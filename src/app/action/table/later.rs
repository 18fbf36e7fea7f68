//! The rows of the table that are about messages to come back to: snoozed, to be answered later, pinned.

use super::super::argument::Argument;
use super::super::{Entry, Group, Id, Needs, Place};
use super::{GLOBAL, MAIL, hint, row};

pub(super) const SNOOZE: Entry = row(
    Id::Snooze,
    "snooze",
    "Snooze…",
    Group::Triage,
    MAIL,
    "Puts the message, or all marked ones, off until a time that you type; then it is back in the inbox, unread and at the \
     top. In Snoozed: another time, or back now. On the server, for all your devices; works offline; {undo} undoes it.",
)
.hints(&[hint(Place::List, 6, "snooze"), hint(Place::Marked, 7, "snooze"), hint(Place::Reader, 6, "snooze")])
.needs(Needs::Messages)
.takes(Argument::Time);

pub(super) const REPLY_LATER: Entry = row(
    Id::ReplyLater,
    "reply-later",
    "Reply later, or not",
    Group::Triage,
    MAIL,
    "Puts the message, or all marked ones, on the list of what is to be answered, wherever it lies; again: takes it off. \
     {undo} undoes it.",
)
.needs(Needs::Messages);

pub(super) const PIN: Entry = row(
    Id::Pin,
    "pin",
    "Pin, or unpin",
    Group::Triage,
    MAIL,
    "Keeps the message, or all marked ones, at the top of the list; again: lets it go. {undo} undoes it.",
)
.needs(Needs::Messages);

pub(super) const GO_SNOOZED: Entry =
    row(Id::GoSnoozed, "snoozed", "Snoozed", Group::Go, GLOBAL, "To the snoozed messages of all accounts.");

pub(super) const GO_REPLY_LATER: Entry = row(
    Id::GoReplyLater,
    "go-reply-later",
    "Reply later",
    Group::Go,
    GLOBAL,
    "To the messages of all accounts that are to be answered.",
);

pub(super) const GO_PINNED: Entry =
    row(Id::GoPinned, "pinned", "Pinned", Group::Go, GLOBAL, "To the pinned messages of all accounts.");
