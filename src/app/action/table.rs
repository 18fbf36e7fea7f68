//! The rows of the table of actions.

mod accounts;
mod arrange;
mod compose;
mod folders;
mod keys;
mod later;
mod look;
mod read;
mod search;
mod sweep;
mod term;
mod wizard;

use super::argument::Argument;
use super::{Context, Entry, Group, Hint, Id, Needs, Place};

const PANES: &[Context] = &[Context::List, Context::Reader, Context::Folders];
const GLOBAL: &[Context] = &[Context::List, Context::Reader, Context::Folders, Context::Tasks];
const MOVING: &[Context] =
    &[Context::List, Context::Reader, Context::Folders, Context::Tasks, Context::Picker, Context::Compose];
const STEPPING: &[Context] = wizard::STEPPING;
const SIDEWAYS: &[Context] = wizard::SIDEWAYS;
const ALL: &[Context] = &Context::ALL;
const MAIL: &[Context] = &[Context::List, Context::Reader];
const READER: &[Context] = &[Context::Reader];
const LIST: &[Context] = &[Context::List];
const FOLDERS: &[Context] = &[Context::Folders];
const TASKS: &[Context] = &[Context::Tasks];

const SWITCH: Argument = Argument::Words("on|off", &["on", "off"]);

const fn row(
    id: Id,
    slug: &'static str,
    name: &'static str,
    group: Group,
    contexts: &'static [Context],
    help: &'static str,
) -> Entry {
    Entry { id, slug, name, group, help, contexts, hints: &[], needs: Needs::Nothing, argument: Argument::None }
}

const fn account(number: u8, slug: &'static str, name: &'static str, help: &'static str) -> Entry {
    row(Id::Account(number), slug, name, Group::Go, GLOBAL, help)
}

const fn hint(place: Place, rank: u8, word: &'static str) -> Hint {
    Hint { place, rank, word }
}

impl Entry {
    const fn hints(self, hints: &'static [Hint]) -> Self {
        Self { hints, ..self }
    }

    const fn needs(self, needs: Needs) -> Self {
        Self { needs, ..self }
    }

    /// Declares what the action can be told; `update::argument` does it.
    const fn takes(self, argument: Argument) -> Self {
        Self { argument, ..self }
    }
}

/// What an id without a row would show; a test sees to it that there is none.
pub(super) const NOTHING: Entry = row(Id::Redraw, "redraw", "Redraw", Group::App, &[], "Paints the screen anew.");

/// Every action.
pub(super) const TABLE: &[Entry] = &[
    row(Id::Down, "down", "Down", Group::Move, STEPPING, "Moves the cursor down a row, or the text up a line.")
        .hints(&[hint(Place::Thread, 2, "next")]),
    row(Id::Up, "up", "Up", Group::Move, STEPPING, "Moves the cursor up a row, or the text down a line.")
        .hints(&[hint(Place::Search, 5, "history")]),
    row(Id::HalfDown, "half-page-down", "Half a page down", Group::Move, MOVING, "Moves half a page down."),
    row(Id::HalfUp, "half-page-up", "Half a page up", Group::Move, MOVING, "Moves half a page up."),
    row(Id::PageDown, "page-down", "Page down", Group::Move, MOVING, "Moves a page down."),
    row(Id::PageUp, "page-up", "Page up", Group::Move, MOVING, "Moves a page up."),
    row(Id::Top, "top", "To the top", Group::Move, MOVING, "To the newest message, or the beginning of the text."),
    row(Id::Bottom, "bottom", "To the bottom", Group::Move, MOVING, "To the oldest message, or the end of the text."),
    row(
        Id::Left,
        "left",
        "Out, or fold",
        Group::Move,
        SIDEWAYS,
        "To the pane on the left; in the folders: folds, then to the folder above.",
    ),
    row(
        Id::Right,
        "right",
        "In, or unfold",
        Group::Move,
        SIDEWAYS,
        "To the pane on the right: opens what the cursor is on; in the folders: unfolds first.",
    ),
    row(Id::NextPane, "next-pane", "Next pane", Group::Move, SIDEWAYS, "Gives the keys to the next pane, or to the next field.")
        .hints(wizard::NEXT_FIELD),
    row(Id::PreviousPane, "previous-pane", "Previous pane", Group::Move, SIDEWAYS, "Gives the keys to the pane before, or to the field before."),
    row(
        Id::Open,
        "open",
        "Open",
        Group::Open,
        ALL,
        "Opens the message or folder, or runs what is chosen; in a conversation: folds the message, or opens it.",
    )
    .hints(&[
        hint(Place::Thread, 1, "fold"),
        hint(Place::List, 1, "open"),
        hint(Place::Folders, 1, "open"),
        hint(Place::Picker, 1, "choose"),
        hint(Place::Input, 1, "done"),
        hint(Place::Search, 1, "results"),
        hint(Place::Results, 1, "open"),
        hint(Place::Address, 1, "find servers"),
        hint(Place::Servers, 1, "connect"),
        hint(Place::SignIn, 1, "sign in"),
        hint(Place::Saved, 1, "read mail"),
        hint(Place::Tasks, 1, "edit"),
    ]),
    row(
        Id::ReadOn,
        "read-on",
        "Read on",
        Group::Open,
        MAIL,
        "A page down in the text; at its end, on to the next unread message.",
    )
    .hints(&[hint(Place::Reader, 7, "read on")])
    .needs(Needs::Message),
    row(
        Id::Back,
        "back",
        "Back",
        Group::Open,
        ALL,
        "Leads out: closes what floats, clears marks, goes back to the list.",
    )
    .hints(&[
        hint(Place::Marked, 6, "clear"),
        hint(Place::Tasks, 5, "close"),
        hint(Place::Picker, 2, "close"),
        hint(Place::Input, 2, "cancel"),
        hint(Place::Search, 3, "back"),
        hint(Place::Results, 5, "back"),
        hint(Place::Confirm, 2, "no"),
        hint(Place::Folders, 4, "back"),
        hint(Place::Reader, 11, "back"),
        hint(Place::Thread, 9, "back"),
        hint(Place::Selected, 2, "clear"),
        hint(Place::Address, 5, "leave"),
        hint(Place::Servers, 7, "back"),
        hint(Place::SignIn, 5, "back"),
        compose::KEEP,
    ]),
    row(Id::Close, "close", "Back, or quit", Group::Open, GLOBAL, "As esc; on the top level it quits."),
    row(
        Id::Archive,
        "archive",
        "Archive",
        Group::Triage,
        MAIL,
        "Moves the message, or all marked ones, to the Archive folder of its account. Works offline; {undo} undoes it.",
    )
    .hints(&[hint(Place::List, 2, "archive"), hint(Place::Results, 3, "archive"), hint(Place::Marked, 1, "archive"), hint(Place::Reader, 1, "archive"), hint(Place::Thread, 3, "archive")])
    .needs(Needs::Messages),
    keys::ARCHIVE_NEXT,
    keys::ARCHIVE_PREVIOUS,
    row(
        Id::Trash,
        "delete",
        "Delete (to Trash)",
        Group::Triage,
        MAIL,
        "Moves the message, or all marked ones, to Trash. Works offline; {undo} undoes it.",
    )
    .hints(&[hint(Place::List, 3, "delete"), hint(Place::Results, 4, "delete"), hint(Place::Marked, 2, "delete"), hint(Place::Reader, 3, "delete"), hint(Place::Thread, 4, "delete")])
    .needs(Needs::Messages),
    row(
        Id::Junk,
        "junk",
        "Junk, or not junk",
        Group::Triage,
        MAIL,
        "Moves the message, or all marked ones, to Junk; in Junk: back to the inbox. Works offline; {undo} undoes it.",
    )
    .needs(Needs::Messages),
    row(
        Id::Star,
        "star",
        "Star, or unstar",
        Group::Triage,
        MAIL,
        "Stars the message, or all marked ones; takes the star away when all have one. {undo} undoes it.",
    )
    .hints(&[hint(Place::List, 7, "star"), hint(Place::Reader, 5, "star")])
    .takes(SWITCH)
    .needs(Needs::Messages),
    row(
        Id::Unread,
        "unread",
        "Unread, or read",
        Group::Triage,
        MAIL,
        "Marks the message, or all marked ones, as read if one is unread; as unread when all are read. {undo} undoes it.",
    )
    .hints(&[hint(Place::Marked, 5, "unread"), hint(Place::List, 8, "unread"), hint(Place::Reader, 10, "unread")])
    .takes(SWITCH)
    .needs(Needs::Messages),
    read::READ_ALL,
    row(
        Id::Move,
        "move",
        "Move to folder…",
        Group::Triage,
        MAIL,
        "Moves the message, or all marked ones, to a folder that you pick by name. Works offline; {undo} undoes it.",
    )
    .hints(&[hint(Place::List, 7, "move"), hint(Place::Marked, 3, "move"), hint(Place::Reader, 5, "move")])
    .takes(Argument::Folder)
    .needs(Needs::Messages),
    row(
        Id::Copy,
        "copy",
        "Copy to folder…",
        Group::Triage,
        MAIL,
        "Copies the message, or all marked ones, to a folder that you pick by name. Works offline; {undo} undoes it.",
    )
    .takes(Argument::Folder)
    .needs(Needs::Messages),
    row(
        Id::Tag,
        "tag",
        "Label…",
        Group::Triage,
        MAIL,
        "Sets and clears labels: work sets one, or clears it where all have it; +work sets it, -work clears it; tab completes. \
         Works offline; {undo} undoes it.",
    )
    .hints(&[hint(Place::Marked, 4, "label")])
    .takes(Argument::Keywords)
    .needs(Needs::Messages),
    compose::NEW,
    compose::REPLY,
    compose::REPLY_ALL,
    compose::REPLY_LIST,
    compose::FORWARD,
    compose::FORWARD_ATTACHED,
    compose::BOUNCE,
    compose::ANEW,
    compose::DRAFT,
    compose::ATTACH_TO,
    compose::ATTACH_PART,
    compose::SEND,
    compose::LATER,
    compose::EDITOR,
    compose::ATTACH,
    compose::SEAL,
    compose::MARKDOWN,
    compose::TEMPLATE,
    compose::CC,
    compose::BCC,
    compose::QUOTES,
    compose::DISCARD,
    compose::NEXT,
    compose::LINE_START,
    compose::LINE_END,
    compose::WORD_LEFT,
    compose::WORD_RIGHT,
    compose::TEXT_START,
    compose::TEXT_END,
    compose::KILL_LINE,
    compose::KILL_BACK,
    compose::KILL_WORD,
    compose::KILL_WORD_BACK,
    compose::YANK,
    compose::UNDO,
    compose::REDO,
    sweep::MUTE,
    sweep::SWEEP,
    later::SNOOZE,
    later::REPLY_LATER,
    later::PIN,
    row(
        Id::DeleteForever,
        "delete-for-ever",
        "Delete for ever…",
        Group::Triage,
        MAIL,
        "Removes messages that are in Trash or Junk from the server. Asks first, because nothing brings them back.",
    )
    .needs(Needs::Messages),
    sweep::UNDO,
    sweep::REDO,
    row(
        Id::Repeat,
        "repeat",
        "Repeat",
        Group::Triage,
        MAIL,
        "Does the last action again, to this message or all marked ones.",
    )
    .needs(Needs::Messages),
    row(
        Id::Mark,
        "mark",
        "Mark",
        Group::Select,
        LIST,
        "Marks the message, or takes the mark away, and goes to the next one.",
    )
    .needs(Needs::Message),
    row(
        Id::Range,
        "range",
        "Mark a range",
        Group::Select,
        LIST,
        "Begins a range that follows the cursor; again: keeps its messages marked.",
    )
    .needs(Needs::Message),
    row(
        Id::MarkAll,
        "mark-all",
        "Mark all shown",
        Group::Select,
        LIST,
        "Marks all messages of the list, those that are not loaded yet too.",
    )
    .needs(Needs::Message),
    row(Id::NextMessage, "next-message", "Next message", Group::Read, MAIL, "Shows the message below.")
        .hints(&[hint(Place::Reader, 6, "next")])
        .needs(Needs::Message),
    row(Id::PreviousMessage, "previous-message", "Previous message", Group::Read, MAIL, "Shows the message above.")
        .needs(Needs::Message),
    row(
        Id::Links,
        "links",
        "Links and attachments…",
        Group::Read,
        MAIL,
        "Lists links and attachments of the message, to open or save.",
    )
    .hints(&[hint(Place::Reader, 4, "links")])
    .needs(Needs::Text),
    read::HEADERS,
    read::ALTERNATIVE,
    read::SOURCE,
    read::SAVE,
    read::SAVE_MESSAGE,
    read::OPEN_WITH,
    read::PIPE,
    read::IMAGES,
    read::IMAGES_ALWAYS,
    read::UNSEAL,
    read::ANSWER_INVITATION,
    read::LOAD_WHOLE,
    read::QUOTES,
    row(
        Id::Conversation,
        "conversation",
        "Conversation",
        Group::Read,
        MAIL,
        "Shows the message among those that it answers and that answer it; again: alone.",
    )
    .hints(&[hint(Place::Thread, 5, "one message")])
    .needs(Needs::Message),
    row(
        Id::Find,
        "find",
        "Find in the message…",
        Group::Read,
        READER,
        "Finds words in the open message while you type; {find-next} and {find-previous} go through them.",
    )
    .hints(&[hint(Place::Reader, 9, "find"), hint(Place::Thread, 6, "find")])
    .needs(Needs::Text),
    search::NEXT,
    search::PREVIOUS,
    row(
        Id::Select,
        "select",
        "Select lines",
        Group::Read,
        READER,
        "Begins a selection of lines that follows the cursor keys; again: ends it.",
    )
    .needs(Needs::Text),
    row(
        Id::CopyText,
        "copy-text",
        "Copy text",
        Group::Read,
        READER,
        "Copies the selected lines; without a selection, the whole text.",
    )
    .hints(&[hint(Place::Selected, 1, "copy")])
    .needs(Needs::Text),
    row(
        Id::CopyLink,
        "copy-link",
        "Copy link…",
        Group::Read,
        MAIL,
        "Copies the target of the first link; of several you pick one.",
    )
    .needs(Needs::Text),
    row(Id::CopyAddress, "copy-address", "Copy address", Group::Read, MAIL, "Copies the address of the sender.")
        .needs(Needs::Message),
    row(Id::CopySubject, "copy-subject", "Copy subject", Group::Read, MAIL, "Copies the subject.")
        .needs(Needs::Message),
    row(Id::CopyMessageId, "copy-message-id", "Copy message id", Group::Read, MAIL, "Copies the Message-ID.")
        .needs(Needs::Text),
    row(Id::CopyError, "copy-error", "Copy error", Group::Read, PANES, "Copies the words of the error above the list."),
    search::SEARCH,
    search::FILTER,
    search::HERE,
    search::COMPLETE,
    search::COMPLETE_BACK,
    arrange::GROUP,
    arrange::NEWEST,
    arrange::OLDEST,
    arrange::SENDER,
    arrange::SUBJECT,
    arrange::SIZE,
    arrange::UNREAD,
    arrange::STARRED,
    search::SAVE,
    search::FORGET,
    search::saved(1, "saved-1", "Saved search 1", "To the saved search of digit 1."),
    search::saved(2, "saved-2", "Saved search 2", "To the saved search of digit 2."),
    search::saved(3, "saved-3", "Saved search 3", "To the saved search of digit 3."),
    search::saved(4, "saved-4", "Saved search 4", "To the saved search of digit 4."),
    search::saved(5, "saved-5", "Saved search 5", "To the saved search of digit 5."),
    search::saved(6, "saved-6", "Saved search 6", "To the saved search of digit 6."),
    search::saved(7, "saved-7", "Saved search 7", "To the saved search of digit 7."),
    search::saved(8, "saved-8", "Saved search 8", "To the saved search of digit 8."),
    search::saved(9, "saved-9", "Saved search 9", "To the saved search of digit 9."),
    row(Id::GoInbox, "inbox", "Inbox", Group::Go, GLOBAL, "To the inbox of this account."),
    row(Id::GoAllInboxes, "all-inboxes", "All inboxes", Group::Go, GLOBAL, "To the inboxes of all accounts together."),
    row(Id::GoStarred, "starred", "Starred", Group::Go, GLOBAL, "To the starred messages of all accounts."),
    later::GO_SNOOZED,
    later::GO_REPLY_LATER,
    later::GO_PINNED,
    row(Id::GoSent, "sent", "Sent", Group::Go, GLOBAL, "To the Sent folder of this account."),
    row(Id::GoDrafts, "drafts", "Drafts", Group::Go, GLOBAL, "To the Drafts folder of this account."),
    row(Id::GoArchive, "go-archive", "Archive folder", Group::Go, GLOBAL, "To the Archive folder of this account."),
    row(Id::GoTrash, "trash", "Trash folder", Group::Go, GLOBAL, "To the Trash folder of this account."),
    row(Id::GoJunk, "go-junk", "Junk folder", Group::Go, GLOBAL, "To the Junk folder of this account."),
    row(Id::GoFolder, "folder", "Folder…", Group::Go, GLOBAL, "To a folder that you pick by name.")
        .takes(Argument::Folder),
    keys::ACCOUNT,
    keys::SAVED,
    row(Id::NextUnread, "next-unread", "Next unread", Group::Go, MAIL, "To the next unread message below."),
    row(Id::PreviousUnread, "previous-unread", "Previous unread", Group::Go, MAIL, "To the unread message above."),
    account(1, "account-1", "Account 1", "To the inbox of account 1, in the order of the config."),
    account(2, "account-2", "Account 2", "To the inbox of account 2, in the order of the config."),
    account(3, "account-3", "Account 3", "To the inbox of account 3, in the order of the config."),
    account(4, "account-4", "Account 4", "To the inbox of account 4, in the order of the config."),
    account(5, "account-5", "Account 5", "To the inbox of account 5, in the order of the config."),
    account(6, "account-6", "Account 6", "To the inbox of account 6, in the order of the config."),
    account(7, "account-7", "Account 7", "To the inbox of account 7, in the order of the config."),
    account(8, "account-8", "Account 8", "To the inbox of account 8, in the order of the config."),
    account(9, "account-9", "Account 9", "To the inbox of account 9, in the order of the config."),
    arrange::FOLD,
    folders::CREATE,
    folders::RENAME,
    folders::DELETE,
    row(Id::Retry, "retry", "Try again", Group::App, TASKS, "Tries at once again what was refused, or failed and waits.")
        .hints(&[hint(Place::Tasks, 1, "try again")])
        .needs(Needs::Refused),
    row(
        Id::Discard,
        "discard",
        "Discard",
        Group::App,
        TASKS,
        "Gives the action up: what the server has shows again; a mail is a draft again.",
    )
    .hints(&[hint(Place::Tasks, 2, "discard")])
    .needs(Needs::Refused),
    compose::SEND_NOW,
    compose::WAS_SENT,
    row(Id::Yes, "yes", "Yes", Group::App, &[Context::Confirm], "Does what the question asks.")
        .hints(&[hint(Place::Confirm, 1, "yes")])
        .needs(Needs::Overlay),
    sweep::RULES,
    row(Id::Palette, "commands", "Commands", Group::App, compose::GLOBAL, "Finds any action by its name.")
        .hints(&[hint(Place::List, 6, "commands"), hint(Place::Folders, 7, "commands"), hint(Place::Results, 8, "commands")]),
    keys::ARGUMENT,
    row(Id::Help, "help", "Keys", Group::App, wizard::GLOBAL, "Shows the keys of where you are; typing filters, enter runs."),
    keys::REBIND,
    keys::UNBIND,
    row(
        Id::Tasks,
        "tasks",
        "Sync and tasks",
        Group::App,
        compose::GLOBAL,
        "Shows every account, what waits for the server, what was refused and what just happened.",
    ),
    row(
        Id::SyncNow,
        "sync",
        "Sync now",
        Group::App,
        compose::GLOBAL,
        "Asks all servers for news, and signs in again where that failed.",
    )
    .hints(&[hint(Place::Tasks, 6, "sync now")]),
    accounts::SIGN_IN,
    row(
        Id::RebuildIndex,
        "rebuild-index",
        "Fill the search index anew",
        Group::App,
        GLOBAL,
        "Empties the index of words and fills it again from what is on disk, in the background. {tasks} shows how far it is.",
    ),
    wizard::ADD,
    wizard::EDIT,
    wizard::OTHER_WAY,
    wizard::GUIDE,
    wizard::DEMO,
    look::THEME,
    look::RELOAD,
    accounts::DISABLE,
    accounts::ENABLE,
    accounts::REMOVE,
    term::LAYOUT,
    term::BACK,
    term::ON,
    term::RESET,
    term::LINEAR,
    row(Id::Suspend, "suspend", "Suspend", Group::App, wizard::GLOBAL, "Puts the program to sleep; fg in the shell wakes it."),
    row(Id::Redraw, "redraw", "Redraw", Group::App, wizard::GLOBAL, "Paints the screen anew."),
    row(
        Id::Quit,
        "quit",
        "Quit",
        Group::App,
        ALL,
        "Ends the program. What waits for the server is kept and sent at the next start.",
    ),
];
