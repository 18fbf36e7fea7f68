//! The rows of the table that are about writing mail.

use super::super::argument::Argument;
use super::super::{Context, Entry, Group, Hint, Id, Needs, Place};
use super::{MAIL, TASKS, hint, row};
use crate::app::compose::editor::Edit;
use crate::app::compose::{Tool, Write};

/// What works while a letter is written, too.
pub(super) const GLOBAL: &[Context] =
    &[Context::List, Context::Reader, Context::Folders, Context::Tasks, Context::Compose];

/// Where a letter can be begun that is about no message.
const ANYWHERE: &[Context] = GLOBAL;

const COMPOSE: &[Context] = &[Context::Compose];

pub(super) const NEXT_FIELD: Hint = hint(Place::Compose, 6, "next field");

pub(super) const KEEP: Hint = hint(Place::Compose, 7, "keep draft");

const fn write(what: Write, slug: &'static str, name: &'static str, help: &'static str) -> Entry {
    row(Id::Write(what), slug, name, Group::Write, MAIL, help).needs(Needs::Message)
}

const fn tool(tool: Tool, slug: &'static str, name: &'static str, help: &'static str) -> Entry {
    row(Id::Tool(tool), slug, name, Group::Write, COMPOSE, help)
}

const fn edit(edit: Edit, slug: &'static str, name: &'static str, help: &'static str) -> Entry {
    row(Id::Edit(edit), slug, name, Group::Edit, COMPOSE, help)
}

pub(super) const NEW: Entry = row(
    Id::Write(Write::New),
    "compose",
    "Write a mail",
    Group::Write,
    ANYWHERE,
    "Begins a mail. What is typed is on the disk within a second, whatever happens.",
)
.hints(&[hint(Place::List, 5, "new"), hint(Place::Results, 6, "new")]);

pub(super) const REPLY: Entry = write(Write::Reply, "reply", "Reply", "Answers whoever wrote the message.").hints(&[
    hint(Place::List, 4, "reply"),
    hint(Place::Reader, 2, "reply"),
    hint(Place::Thread, 3, "reply"),
]);

pub(super) const REPLY_ALL: Entry =
    write(Write::ReplyAll, "reply-all", "Reply to all", "Answers everybody that the message is from or to.")
        .hints(&[hint(Place::Reader, 2, "reply all"), hint(Place::Thread, 3, "reply all")]);

pub(super) const REPLY_LIST: Entry = write(
    Write::ReplyList,
    "reply-list",
    "Reply to the list",
    "Answers the mailing list that the message came by, and nobody else.",
);

pub(super) const FORWARD: Entry = write(
    Write::Forward,
    "forward",
    "Forward",
    "Hands the message on within the text of a mail, with what is attached; several marked ones attached.",
)
.hints(&[hint(Place::Reader, 2, "forward")]);

pub(super) const FORWARD_ATTACHED: Entry = write(
    Write::ForwardAttached,
    "forward-attached",
    "Forward as attachment",
    "Hands the message, or all marked ones, on as they came, attached to a mail.",
);

pub(super) const BOUNCE: Entry = write(
    Write::Bounce,
    "bounce",
    "Send again to others",
    "Sends the message again to others, as it is: its text and its sender stay.",
);

pub(super) const ANEW: Entry =
    write(Write::Anew, "edit-as-new", "Edit as a new mail", "Begins a mail that says the same as the message.");

pub(super) const DRAFT: Entry = row(
    Id::Write(Write::Draft),
    "edit-draft",
    "Edit draft",
    Group::Write,
    GLOBAL,
    "Goes on with the draft under the cursor, whichever program wrote it; elsewhere with the letter that was closed last.",
);

pub(super) const ATTACH_TO: Entry = write(
    Write::AttachTo,
    "attach-to-draft",
    "Attach to the draft",
    "Attaches the message, or all marked ones, to the letter that was closed last, and goes on with that.",
);

pub(super) const ATTACH_PART: Entry = row(
    Id::Write(Write::AttachPart),
    "attach-part-to-draft",
    "Attach attachment to the draft…",
    Group::Write,
    MAIL,
    "Attaches what is attached to this message to the letter that was closed last, or to a new one; of several you pick one.",
)
.needs(Needs::Text);

pub(super) const SEND: Entry = tool(
    Tool::Send,
    "send",
    "Send",
    "Sends the mail: it waits in the outbox for a few seconds, so that {undo} can call it back.",
)
.hints(&[hint(Place::Compose, 1, "send")]);

pub(super) const LATER: Entry = tool(
    Tool::Later,
    "send-later",
    "Send later…",
    "Sends the mail at a time that you type: mon 8, tomorrow, 3h. Until then it can be called back.",
)
.hints(&[hint(Place::Compose, 5, "send later")]);

pub(super) const EDITOR: Entry =
    tool(Tool::Editor, "editor", "Edit in $EDITOR", "Gives the text of the mail to your editor, and takes it back.")
        .hints(&[hint(Place::Compose, 2, "$EDITOR")]);

pub(super) const ATTACH: Entry = tool(
    Tool::Attach,
    "attach",
    "Attach a file…",
    "Asks for the path of a file. A path that is pasted or dropped is offered, too.",
)
.hints(&[hint(Place::Compose, 3, "attach")]);

pub(super) const SEAL: Entry = tool(
    Tool::Seal,
    "seal",
    "Sign, encrypt, or neither",
    "The next of: not signed, sign, sign and encrypt, the same by S/MIME.",
)
.hints(&[hint(Place::Compose, 4, "sign/encrypt")]);

pub(super) const MARKDOWN: Entry = tool(
    Tool::Markdown,
    "markdown",
    "Markdown, or plain text",
    "Sends what is written as Markdown also as HTML, or no longer does.",
);

pub(super) const TEMPLATE: Entry = tool(
    Tool::Template,
    "template",
    "Insert a template…",
    "Puts a text of the config in where the cursor is, its fields filled in.",
)
.takes(Argument::Template);

pub(super) const CC: Entry = tool(Tool::Cc, "cc", "Cc", "Shows the field Cc, and goes there.");

pub(super) const BCC: Entry = tool(Tool::Bcc, "bcc", "Bcc", "Shows the field Bcc, and goes there.");

pub(super) const QUOTES: Entry =
    tool(Tool::Quotes, "fold-quotes", "Unfold quotes, or fold them", "Shows long quotes whole, or folds them again.");

pub(super) const DISCARD: Entry =
    tool(Tool::Discard, "discard-draft", "Discard the draft", "Throws the letter away; {undo} brings it back.");

pub(super) const NEXT: Entry =
    tool(Tool::Next, "next-letter", "Next open letter", "Shows another letter, where several are open.");

pub(super) const LINE_START: Entry =
    edit(Edit::LineStart, "line-start", "To the beginning of the line", "Of a long line: of its row first.");

pub(super) const LINE_END: Entry =
    edit(Edit::LineEnd, "line-end", "To the end of the line", "Of a long line: of its row first.");

pub(super) const WORD_LEFT: Entry = edit(Edit::WordLeft, "word-left", "A word to the left", "To the word before.");

pub(super) const WORD_RIGHT: Entry = edit(Edit::WordRight, "word-right", "A word to the right", "Behind the word.");

pub(super) const TEXT_START: Entry =
    edit(Edit::TextStart, "text-start", "To the beginning of the text", "To the first letter of the mail.");

pub(super) const TEXT_END: Entry =
    edit(Edit::TextEnd, "text-end", "To the end of the text", "Behind the last letter of the mail.");

pub(super) const KILL_LINE: Entry =
    edit(Edit::KillLine, "kill-line", "Cut to the end of the line", "What is cut in a row, {yank} puts back.");

pub(super) const KILL_BACK: Entry =
    edit(Edit::KillBack, "kill-back", "Cut to the beginning of the line", "{yank} puts it back.");

pub(super) const KILL_WORD: Entry = edit(Edit::KillWord, "kill-word", "Cut the word after", "{yank} puts it back.");

pub(super) const KILL_WORD_BACK: Entry =
    edit(Edit::KillWordBack, "kill-word-back", "Cut the word before", "{yank} puts it back.");

pub(super) const YANK: Entry = edit(Edit::Yank, "yank", "Paste what was cut", "Puts back what was cut last, here.");

pub(super) const UNDO: Entry =
    edit(Edit::Undo, "text-undo", "Undo in the text", "Takes back the last change: a word, a paste, an attachment.");

pub(super) const REDO: Entry = edit(Edit::Redo, "text-redo", "Redo in the text", "Makes the change again.");

pub(super) const SEND_NOW: Entry = row(
    Id::SendNow,
    "send-now",
    "Send now",
    Group::App,
    TASKS,
    "Sends the mail under the cursor without waiting any longer.",
)
.hints(&[hint(Place::Tasks, 3, "send now")]);

pub(super) const WAS_SENT: Entry = row(
    Id::WasSent,
    "was-sent",
    "It was sent",
    Group::App,
    TASKS,
    "Of a mail of which nobody knows whether it was sent: says that it was, so that it is not sent again.",
)
.hints(&[hint(Place::Tasks, 4, "it was sent")]);
