//! The rows of the table that are about the open message.

use super::super::{Entry, Group, Id, Needs};
use super::{MAIL, READER, row};

pub(super) const READ_ALL: Entry = row(
    Id::ReadAll,
    "mark-all-read",
    "Mark all as read",
    Group::Triage,
    MAIL,
    "Marks every unread message of the list as read, those that are not loaded yet too. {undo} undoes it.",
)
.needs(Needs::Writing);

pub(super) const HEADERS: Entry =
    row(Id::Headers, "headers", "All headers", Group::Read, READER, "Shows all header fields, or hides them again.")
        .needs(Needs::Text);

pub(super) const ALTERNATIVE: Entry = row(
    Id::Alternative,
    "text-or-html",
    "Text or HTML",
    Group::Read,
    READER,
    "Shows the other form of the message, where it has one.",
)
.needs(Needs::Text);

pub(super) const SOURCE: Entry =
    row(Id::Source, "source", "Source", Group::Read, READER, "Shows the message as it came, or its text again.")
        .needs(Needs::Text);

pub(super) const SAVE: Entry = row(
    Id::Save,
    "save",
    "Save attachment…",
    Group::Read,
    MAIL,
    "Saves the attachment to the download folder; of several you pick one. Without one, the message.",
)
.needs(Needs::Text);

pub(super) const SAVE_MESSAGE: Entry = row(
    Id::SaveMessage,
    "save-message",
    "Save message",
    Group::Read,
    MAIL,
    "Saves the whole message as it came, byte for byte, to the download folder.",
)
.needs(Needs::Text);

pub(super) const OPEN_WITH: Entry = row(
    Id::OpenWith,
    "open-with",
    "Open attachment with…",
    Group::Read,
    MAIL,
    "Gives the attachment, or the message, to a program that you name, as a file.",
)
.needs(Needs::Text);

pub(super) const PIPE: Entry = row(
    Id::Pipe,
    "pipe",
    "Pipe attachment…",
    Group::Read,
    MAIL,
    "Gives the attachment, or the message, to a command that you type, on its standard input.",
)
.needs(Needs::Text);

pub(super) const IMAGES: Entry = row(
    Id::Images,
    "images",
    "Show images",
    Group::Read,
    READER,
    "Loads the images of this message from the net, over TLS, without cookies or referrer, and says from where first.",
)
.needs(Needs::Text);

pub(super) const IMAGES_ALWAYS: Entry = row(
    Id::ImagesAlways,
    "images-always",
    "Always show images of this sender",
    Group::Read,
    READER,
    "Loads the images of this sender from now on without being asked; again: not any more.",
)
.needs(Needs::Text);

pub(super) const UNSEAL: Entry = row(
    Id::Unseal,
    "unseal",
    "Check signature, or decrypt",
    Group::Read,
    READER,
    "Checks the signature of the message, or opens what is encrypted, through gpg or gpgsm.",
)
.needs(Needs::Text);

pub(super) const ANSWER_INVITATION: Entry = row(
    Id::AnswerInvitation,
    "answer-invitation",
    "Answer invitation…",
    Group::Read,
    READER,
    "Prepares the answer to an invitation: yes, maybe or no.",
)
.needs(Needs::Text);

pub(super) const LOAD_WHOLE: Entry = row(
    Id::LoadWhole,
    "load-whole",
    "Load the whole message",
    Group::Read,
    READER,
    "Fetches the rest of a large message, attachments included.",
)
.needs(Needs::Message);

pub(super) const QUOTES: Entry =
    row(Id::Quotes, "quotes", "Quotes", Group::Read, READER, "Shows long quotes whole, or folds them again.")
        .needs(Needs::Text);
