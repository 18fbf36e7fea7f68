//! The table of actions: one place that feeds keys, footer, help, palette, prefix popup, man page and docs.

use std::fmt;

use crate::app::compose::editor::Edit;
use crate::app::compose::{Tool, Write};
use crate::mail::list::Order;

pub mod argument;
pub mod available;
mod table;

use argument::{Argument, Call};

/// Which action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the table says what each one does, in words that the screen shows")]
pub enum Id {
    Down,
    Up,
    HalfDown,
    HalfUp,
    PageDown,
    PageUp,
    Top,
    Bottom,
    Left,
    Right,
    NextPane,
    PreviousPane,
    Open,
    ReadOn,
    Back,
    Close,
    Archive,
    ArchiveNext,
    ArchivePrevious,
    Trash,
    Junk,
    Star,
    Unread,
    /// Everything in the list is read.
    ReadAll,
    Move,
    Copy,
    Tag,
    Mute,
    Sweep,
    Rules,
    /// A letter is begun.
    Write(Write),
    /// Something is done with the letter that is shown.
    Tool(Tool),
    /// Something is done to its text.
    Edit(Edit),
    SendNow,
    WasSent,
    Snooze,
    ReplyLater,
    Pin,
    DeleteForever,
    Undo,
    Redo,
    Repeat,
    Mark,
    Range,
    MarkAll,
    NextMessage,
    PreviousMessage,
    Links,
    Headers,
    Alternative,
    Source,
    Save,
    SaveMessage,
    OpenWith,
    Pipe,
    LoadWhole,
    Images,
    ImagesAlways,
    Unseal,
    AnswerInvitation,
    Quotes,
    Conversation,
    Find,
    FindNext,
    FindPrevious,
    Select,
    CopyText,
    CopyLink,
    CopyAddress,
    CopySubject,
    CopyMessageId,
    CopyError,
    Search,
    Filter,
    SearchHere,
    Complete,
    CompleteBack,
    GroupResults,
    /// Another order of the list.
    Sort(Order),
    SaveSearch,
    ForgetSearch,
    /// To the saved search of this digit.
    Saved(u8),
    GoInbox,
    GoAllInboxes,
    GoStarred,
    GoSnoozed,
    GoReplyLater,
    GoPinned,
    GoSent,
    GoDrafts,
    GoArchive,
    GoTrash,
    GoJunk,
    GoFolder,
    NextUnread,
    PreviousUnread,
    /// To the inbox of the n-th account, counted from 1.
    Account(u8),
    /// To the inbox of the account of this name.
    GoAccount,
    /// Show and sync an account no more, by the config.
    DisableAccount,
    /// Show and sync an account again.
    EnableAccount,
    /// Take an account out of the config, or what is left of one from the disk.
    RemoveAccount,
    /// To the saved search of this name.
    GoSaved,
    Fold,
    CreateFolder,
    RenameFolder,
    DeleteFolder,
    Retry,
    Discard,
    Yes,
    Palette,
    EditArgument,
    Help,
    Rebind,
    Unbind,
    Tasks,
    SyncNow,
    SignIn,
    RebuildIndex,
    Theme,
    Reload,
    Layout,
    DividerBack,
    DividerOn,
    DividersReset,
    Linear,
    AddAccount,
    EditField,
    OtherWay,
    Guide,
    Demo,
    Suspend,
    Redraw,
    Quit,
}

/// The heading under which help and palette list an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Move the cursor.
    Move,
    /// Open and close.
    Open,
    /// Deal with messages.
    Triage,
    /// Write mail.
    Write,
    /// In the text of a mail.
    Edit,
    /// Pick several messages.
    Select,
    /// In the open message.
    Read,
    /// Find messages.
    Search,
    /// To another folder.
    Go,
    /// Make, rename and delete folders.
    Folder,
    /// The program.
    App,
}

/// Where keys are pressed: each context has its own keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// The list.
    List,
    /// The reader.
    Reader,
    /// The folders.
    Folders,
    /// The tasks screen.
    Tasks,
    /// A list to pick from by typing: palette, help, folder picker, links.
    Picker,
    /// One line to type.
    Input,
    /// The search line.
    Search,
    /// A question.
    Confirm,
    /// An account is added.
    Wizard,
    /// A letter.
    Compose,
}

/// Where the footer shows a hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// The list.
    List,
    /// The list with marked messages.
    Marked,
    /// The reader.
    Reader,
    /// The reader with a conversation.
    Thread,
    /// The reader with lines selected.
    Selected,
    /// The folders.
    Folders,
    /// The tasks screen.
    Tasks,
    /// A picker.
    Picker,
    /// A line to type.
    Input,
    /// The search line.
    Search,
    /// What a search found.
    Results,
    /// A question.
    Confirm,
    /// An account is added: its address.
    Address,
    /// Its servers.
    Servers,
    /// Its sign-in.
    SignIn,
    /// It is saved.
    Saved,
    /// A letter.
    Compose,
}

/// A hint of the footer: where, how early (1 is first), and its short word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hint {
    /// Where.
    pub place: Place,
    /// 1 is first.
    pub rank: u8,
    /// "archive".
    pub word: &'static str,
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Which action.
    pub id: Id,
    /// Its name in the config and in `posthaste keys`: "archive".
    pub slug: &'static str,
    /// Its name for people: "Move to folder…".
    pub name: &'static str,
    /// Its heading.
    pub group: Group,
    /// What it does, in one or two sentences.
    pub help: &'static str,
    /// The contexts in which a key can be bound to it.
    pub contexts: &'static [Context],
    /// Its hints in the footer.
    pub hints: &'static [Hint],
    /// What must be there for it to run.
    pub needs: Needs,
    /// What it can be told.
    pub argument: Argument,
}

/// What must be there for an action to run; [`available::available`] checks it and says what is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// A message under the cursor.
    Message,
    /// Messages, and the right to change them.
    Messages,
    /// A message whose text is here.
    Text,
    /// A folder under the cursor of the folder pane, or the one that is shown.
    Folder,
    /// The right to change things.
    Writing,
    /// A refused operation under the cursor of the tasks screen.
    Refused,
    /// An overlay.
    Overlay,
}

impl Id {
    /// Its row of the table.
    pub fn entry(self) -> &'static Entry {
        table::TABLE.iter().find(|entry| entry.id == self).unwrap_or(&table::NOTHING)
    }

    /// The action of this name, as the config writes it.
    pub fn parse(slug: &str) -> Option<Self> {
        table::TABLE.iter().find(|entry| entry.slug == slug).map(|entry| entry.id)
    }
}

impl Call {
    /// Reads what a binding runs: the name of an action, and behind it what the action is told.
    ///
    /// # Errors
    /// The name, where there is no such action; the action and what is wrong, where it cannot be told that.
    pub fn parse(text: &str) -> Result<Self, Misread> {
        let (slug, rest) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
        let id = Id::parse(slug).ok_or_else(|| Misread::Action(slug.to_owned()))?;
        let rest = rest.trim();
        if rest.is_empty() {
            return Ok(Self::plain(id));
        }
        let fits = id.entry().argument.check(rest);
        fits.map(|()| Self { id, argument: Some(rest.to_owned()) }).map_err(|reason| Misread::Argument(id, reason))
    }
}

/// Why the text of a binding runs nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misread {
    /// There is no action of this name.
    Action(String),
    /// This action cannot be told that: why.
    Argument(Id, String),
}

/// Every action, in the order in which help and palette list them.
pub fn table() -> &'static [Entry] {
    table::TABLE
}

impl Group {
    /// Every group in the order of the table.
    pub const ORDER: [Self; 11] = [
        Self::Move,
        Self::Open,
        Self::Triage,
        Self::Write,
        Self::Edit,
        Self::Select,
        Self::Read,
        Self::Search,
        Self::Go,
        Self::Folder,
        Self::App,
    ];

    /// The heading.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Open => "Open",
            Self::Triage => "Triage",
            Self::Write => "Write",
            Self::Edit => "Text",
            Self::Select => "Select",
            Self::Read => "Read",
            Self::Search => "Search",
            Self::Go => "Go",
            Self::Folder => "Folders",
            Self::App => "App",
        }
    }
}

impl Context {
    /// Every context.
    pub const ALL: [Self; 10] = [
        Self::List,
        Self::Reader,
        Self::Folders,
        Self::Tasks,
        Self::Picker,
        Self::Input,
        Self::Search,
        Self::Confirm,
        Self::Wizard,
        Self::Compose,
    ];

    /// Its name in the config.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Reader => "reader",
            Self::Folders => "folders",
            Self::Tasks => "tasks",
            Self::Picker => "picker",
            Self::Input => "input",
            Self::Search => "search",
            Self::Confirm => "confirm",
            Self::Wizard => "wizard",
            Self::Compose => "compose",
        }
    }

    /// Whether the section `global` of the keys holds here: not where keys are text.
    pub const fn takes_global(self) -> bool {
        match self {
            Self::List | Self::Reader | Self::Folders | Self::Tasks => true,
            Self::Picker | Self::Input | Self::Search | Self::Confirm | Self::Wizard | Self::Compose => false,
        }
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
