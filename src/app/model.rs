//! The state behind the screen: everything that `ui::draw` shows and nothing that it does not.
//!
//! Plain data. Only `app::update` changes it; nothing here reads a clock, a file or a socket.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::app::accounts::{self, Shelved};
use crate::app::action::argument::Call;
use crate::app::action::{Context, Id as ActionId};
use crate::app::dividers::Dividers;
use crate::app::key::Key;
use jiff::tz::TimeZone;

use crate::app::compose::Letters;
use crate::app::keymap::Keymap;
use crate::app::look::Look;
use crate::app::reading::{Conversation, Find, Selection};
use crate::app::search::Searches;
use crate::app::sign_in::SignIn;
use crate::app::sweep::Sweep;
use crate::app::wizard::Wizard;
use crate::app::work::Work;
use crate::config;
use crate::config::notices::Notices;
use crate::mail::folder::FolderRow;
use crate::mail::list::{Arrangement, Order, Source};
use crate::mail::marks::Mark;
use crate::mail::message::{MessageRow, RowKey};
use crate::mail::rule::Rule;
use crate::mail::{AccountId, FolderId, MessageId, ThreadId, UnixTime};
use crate::protocol::{Action, Connection, OpId, OpRow};
use crate::render::{Laid, Quotes, View};
use crate::safe_text::SafeText;
use crate::theme::Ink;

/// Everything the screen knows.
#[derive(Debug, Clone)]
pub struct Model {
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Columns and rows of pixels of a cell, where pictures can be shown.
    pub cell: Option<(u16, u16)>,
    /// The time now and what a day is here; comes with `Msg::Now`.
    pub clock: Clock,
    /// The time zone of this place, for times to come: the clock's offset is that of now.
    pub zone: TimeZone,
    /// Choices of the user that the screen needs.
    pub options: Options,
    /// The accounts, in the order of the config.
    pub accounts: Vec<AccountView>,
    /// Accounts that are not shown and have something on the disk.
    pub shelved: Shelved,
    /// The folder pane.
    pub folders: FolderPane,
    /// The list pane.
    pub list: ListPane,
    /// The reader pane.
    pub reader: ReaderPane,
    /// Which pane has the keys.
    pub focus: Pane,
    /// What floats above the panes; the last one has the keys.
    pub overlay: Option<Overlay>,
    /// The way to a new account, over the whole screen.
    pub wizard: Option<Box<Wizard>>,
    /// Letters that are written.
    pub letters: Letters,
    /// Keys of an unfinished sequence (`g`), and whether the popup for it is due.
    pub prefix: Option<Prefix>,
    /// The number typed before a key: how far, or how many.
    pub count: Option<usize>,
    /// "Archived 3 messages — z undo".
    pub toast: Option<Toast>,
    /// An error that waits for the user, shown above the list.
    pub banner: Option<Banner>,
    /// The tasks screen's content.
    pub tasks: Tasks,
    /// Operations of this run that `z` takes back, the newest last; those of earlier ones are among the tasks.
    pub undo: Vec<OpId>,
    /// Operations that were taken back in this run and can be done again, the last one last.
    pub redo: Vec<OpId>,
    /// The next free operation number.
    pub next_op: OpId,
    /// The last operation's action, for `.`.
    pub last_action: Option<Action>,
    /// Counts the requests to the store: a reply with an old ticket is dropped.
    pub next_ticket: u64,
    /// True once `Quit` was asked for.
    pub quitting: bool,
    /// How many messages were handled in this session, for the empty inbox.
    pub handled: u32,
    /// Counts the pictures of the spinner while something runs.
    pub spinner: u8,
    /// The keys.
    pub keymap: Arc<Keymap>,
    /// Senders whose images are loaded unasked, in lower case.
    pub image_senders: BTreeSet<String>,
    /// Searches: the line, what was found, what is saved.
    pub search: Searches,
    /// How lists are arranged for which another way was chosen, by account and folder.
    pub arrangements: BTreeMap<String, Arrangement>,
    /// Which new mail is told of.
    pub notices: Notices,
    /// Where the hairlines between the panes were moved to.
    pub dividers: Dividers,
    /// The themes, and which one is chosen.
    pub look: Look,
    /// What `update` keeps for itself.
    pub work: Work,
}

/// The time, as the loop last told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clock {
    /// Now.
    pub now: UnixTime,
    /// Seconds east of UTC, now, here.
    pub offset: i32,
}

/// What the user chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Which glyphs to draw.
    pub glyphs: Glyphs,
    /// Whether the terminal takes UTF-8; else nothing but ASCII goes there.
    pub utf8: bool,
    /// Where the cursor goes after an action.
    pub after_triage: AfterTriage,
    /// The panes at each width.
    pub layout: Layout,
    /// What a row of a list is, unless another way was chosen for that list.
    pub list: ListOf,
    /// No actions, and why.
    pub read_only: Option<super::rights::ReadOnly>,
    /// This is the demo.
    pub demo: bool,
    /// How much moves.
    pub motion: Motion,
    /// When what is put off to a day comes back.
    pub hours: config::Hours,
    /// What the screen is made of.
    pub face: Face,
}

/// How much moves on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Motion {
    /// Spinners turn, and the line of a toast runs down.
    #[default]
    Full,
    /// Neither.
    Reduced,
}

impl Motion {
    /// As the config says it.
    pub const fn of(reduced: bool) -> Self {
        if reduced { Self::Reduced } else { Self::Full }
    }
}

/// Which glyphs to draw: UX.md, section 4.
pub type Glyphs = config::Glyphs;

/// What the screen is made of.
pub type Face = config::Face;

/// Where the cursor goes after a message left the list.
pub type AfterTriage = config::AfterTriage;

/// What a row of a list is.
pub type ListOf = config::ListOf;

/// What `\` cycles through: UX.md, section 2.
pub type Layout = config::Layout;

impl Options {
    /// How a list is arranged for which no other way was chosen.
    pub fn arrangement(&self) -> Arrangement {
        Arrangement { conversations: self.list == ListOf::Conversations, order: Order::Newest }
    }
}

/// An account on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountView {
    /// Local number.
    pub id: AccountId,
    /// Its name in the config: "work".
    pub name: SafeText,
    /// The user's address there.
    pub email: SafeText,
    /// The user's other addresses there.
    pub others: Vec<SafeText>,
    /// What its name is written with, by the user's choice.
    pub ink: Option<Ink>,
    /// How its connection stands.
    pub state: Connection,
    /// What it is doing, for the top bar and the tasks screen, by what it is ("Archive: headers").
    pub progress: BTreeMap<SafeText, (u64, u64)>,
}

/// A pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Pane {
    /// Folders.
    Folders,
    /// Messages.
    #[default]
    List,
    /// Text.
    Reader,
}

/// The folder pane.
#[derive(Debug, Clone, Default)]
pub struct FolderPane {
    /// Every folder of every account, by account, then role, then name; a child follows its parent.
    pub rows: Vec<FolderRow>,
    /// Where the cursor is: a folder, or one of the favourites. Independent of what the list shows.
    pub cursor: Option<Source>,
    /// Folders whose children are hidden.
    pub folded: BTreeSet<FolderId>,
    /// The first visible line.
    pub top: usize,
    /// Unread in all inboxes.
    pub all_unread: u64,
    /// Starred in all accounts.
    pub starred: u64,
    /// How many messages of all accounts have each mark.
    pub marked: BTreeMap<Mark, u64>,
    /// Accounts that are nearly full, and to how many percent.
    pub full: BTreeMap<AccountId, u64>,
}

/// The list pane: a window of rows around the cursor, never the whole folder.
#[derive(Debug, Clone, Default)]
pub struct ListPane {
    /// What it shows.
    pub source: Option<Source>,
    /// Whether its rows are conversations, and in which order they stand.
    pub arrangement: Arrangement,
    /// Conversations that are unfolded, and their messages in the order of their tree; none while they are on their way.
    pub unfolded: BTreeMap<ThreadId, Vec<MessageRow>>,
    /// The message below an unfolded row that the cursor is on, with the row's own: it holds while the cursor is on that row.
    pub child: Option<(MessageId, MessageId)>,
    /// The rows that are loaded, in the list's order.
    pub rows: Vec<MessageRow>,
    /// How many rows of the folder stand before `rows[0]`.
    pub first: u64,
    /// How many rows the source has; in a list of conversations, as far as is known.
    pub total: u64,
    /// How many messages the source has.
    pub messages: u64,
    /// How many of them are unread.
    pub unread: u64,
    /// The selected message. The selection stays on the message when rows come and go.
    pub cursor: Option<RowKey>,
    /// The row at the top of the pane, by key, so that nothing jumps when mail arrives above.
    pub top: Option<RowKey>,
    /// Marked messages.
    pub marks: BTreeSet<MessageId>,
    /// Where `v` began a range.
    pub range: Option<RowKey>,
    /// Messages with an action on the way to the journal: the cursor passes over them.
    pub leaving: BTreeSet<MessageId>,
    /// The ticket of the window that is on its way.
    pub waiting: Option<Ticket>,
    /// True from opening a source until its first window is here.
    pub loading: bool,
    /// True while the server may have messages that the cache has not seen yet.
    pub syncing: bool,
}

/// The reader pane.
#[derive(Debug, Clone, Default)]
pub struct ReaderPane {
    /// The message that it shows or waits for.
    pub message: Option<MessageRow>,
    /// How far that is.
    pub body: Body,
    /// The view asked for.
    pub view: View,
    /// Whether long quotes are shown whole.
    pub quotes: Quotes,
    /// How often its images were loaded, or what was sealed opened.
    pub turn: u32,
    /// The first visible line.
    pub scroll: usize,
    /// The ticket of the layout that is on its way.
    pub waiting: Option<Ticket>,
    /// What is searched for in the text.
    pub find: Option<Find>,
    /// The selected lines.
    pub selection: Option<Selection>,
    /// The messages that this one is shown among.
    pub conversation: Option<Conversation>,
    /// How many bytes of a message that is fetched whole are here, and of how many.
    pub fetching: Option<(u64, u64)>,
    /// What runs for the open message: images on their way, a signature that is checked.
    pub busy: Option<SafeText>,
}

/// How far the body of the reader's message is.
#[derive(Debug, Clone, Default)]
pub enum Body {
    /// No message.
    #[default]
    None,
    /// Asked of the cache or the server.
    Loading {
        /// Bytes here and in all, when the server is sending it.
        progress: Option<(u64, u64)>,
    },
    /// Here.
    Ready(Arc<Laid>),
    /// It cannot be had; the reason in a sentence.
    Failed(SafeText),
}

/// A number that ties a reply to its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// What floats above the panes.
#[derive(Debug, Clone)]
pub enum Overlay {
    /// `?`: the keys of the context below; typing filters, enter runs.
    Help(Picker),
    /// Other keys are pressed for a row of the help.
    Rebind(Box<Rebind>),
    /// `:`: every action, by fuzzy match.
    Palette(Picker),
    /// A folder for a move, a copy or to go to.
    Folders {
        /// What the choice is for.
        purpose: FolderPurpose,
        /// Text and cursor.
        picker: Picker,
    },
    /// One line to type: a folder's name, a keyword.
    Input {
        /// What it is for.
        purpose: InputPurpose,
        /// The text so far.
        text: String,
        /// The cursor, in characters.
        cursor: usize,
    },
    /// A question before something that cannot be undone: `y` or esc.
    Confirm {
        /// The question.
        question: SafeText,
        /// What `y` does.
        deed: Deed,
    },
    /// One of a few answers, by typing its first letters.
    Choose {
        /// The question.
        question: SafeText,
        /// The answers.
        answers: Vec<SafeText>,
        /// Text and cursor.
        picker: Picker,
    },
    /// The rules for arriving mail; true: taken away just now, so that it can be put back.
    Rules {
        /// The rules.
        rules: Vec<(Rule, bool)>,
        /// Text and cursor.
        picker: Picker,
    },
    /// `W`: what there is of a sender, and what can be done with all of it.
    Sweep(Box<Sweep>),
    /// A time to put these messages off to.
    Snooze {
        /// Which.
        messages: Vec<MessageId>,
        /// Whether they are put off already, and can be brought back.
        back: bool,
        /// Text and cursor.
        picker: Picker,
    },
    /// A time for the letter to be sent.
    SendLater(Picker),
    /// A password is asked for, or where to sign in with a browser is shown.
    SignIn(Box<SignIn>),
    /// `o`: links and attachments of the open message.
    Links(Picker),
    /// The themes; the one under the cursor is seen at once.
    Themes(Picker),
    /// `w`: sync and tasks, over the whole screen.
    Tasks {
        /// The selected line.
        cursor: usize,
        /// The first visible line.
        top: usize,
    },
    /// Folders over the list, below 100 columns.
    FolderDrawer,
}

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// This action on these messages.
    Act(Action, Vec<MessageId>),
    /// The accounts in the config's file are changed.
    EditAccounts(accounts::Change),
    /// What is left of an account on the disk goes.
    RemoveAccount {
        /// Its name.
        name: String,
        /// Whether what waits for its server is given up.
        discard: bool,
    },
    /// The program ends though a mail is on its way.
    Quit,
    /// A mail that may have been sent is tried again, or opened to be written on.
    Mail(ActionId, OpId),
    /// Images of a message are loaded; from now on those of its sender too, if wished.
    Images {
        /// Which message.
        message: MessageId,
        /// Their URLs, as they were told.
        urls: Vec<SafeText>,
        /// From now on, too.
        always: bool,
    },
}

/// A list to pick from by typing.
#[derive(Debug, Clone, Default)]
pub struct Picker {
    /// What was typed.
    pub text: String,
    /// The selected hit.
    pub cursor: usize,
    /// The hits, best first: places in the list that the overlay is about.
    pub hits: Vec<usize>,
    /// How many entries there are to choose from.
    pub of: usize,
    /// In the palette: the action whose argument is typed.
    pub argument: Option<Argued>,
}

/// An action in the palette that is told something.
#[derive(Debug, Clone)]
pub struct Argued {
    /// The action.
    pub id: ActionId,
    /// Whether the whole text is what it is told; else the text begins with the action's name.
    pub asked: bool,
    /// What there is to choose from; nothing where any text is taken.
    pub offers: Vec<SafeText>,
}

/// Keys that are being changed.
#[derive(Debug, Clone)]
pub struct Rebind {
    /// What the new keys shall run.
    pub calls: Arc<[Call]>,
    /// The keys whose place they take.
    pub old: Option<String>,
    /// Where they shall hold.
    pub contexts: Vec<Context>,
    /// What was pressed so far.
    pub keys: Vec<Key>,
    /// Whether the old keys stay.
    pub beside: bool,
    /// Why the last press, or what was pressed, is not taken.
    pub refused: Option<SafeText>,
    /// The help below.
    pub help: Picker,
}

/// Why a folder is picked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FolderPurpose {
    /// Open it.
    Go,
    /// Move these there.
    Move(Vec<MessageId>),
    /// Copy these there.
    Copy(Vec<MessageId>),
}

/// The messages that labels are typed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    /// Which.
    pub messages: Vec<MessageId>,
    /// The labels that they had when the line was opened, each with whether all of them had it: there may be a hundred
    /// thousand, and they are not looked through at each key.
    pub labels: Vec<(String, bool)>,
}

/// Why a line is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputPurpose {
    /// A new folder's name, in this account.
    CreateFolder(AccountId),
    /// Another name for this folder.
    RenameFolder(FolderId),
    /// Keywords to set (`work`) and clear (`-work`) on these messages.
    Tag(Tagged),
    /// Text to find in the open message, found while it is typed.
    Find,
    /// What to search for, listed while it is typed.
    Search,
    /// A name for the search with this text.
    SaveSearch(String),
    /// A program for this part of this message: it is given a file, or the bytes on its standard input.
    Program {
        /// Which message.
        message: MessageId,
        /// Which part, by its place in the document; `None`: the message.
        part: Option<usize>,
        /// Whether it reads its standard input.
        pipe: bool,
    },
}

/// Keys of an unfinished sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix {
    /// The keys so far, as the keymap writes them: "g".
    pub keys: String,
    /// Whether 250 ms have gone by, so that the popup shows.
    pub shown: bool,
}

/// A short message at the bottom right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// What happened.
    pub text: SafeText,
    /// The operation that `z` takes back.
    pub undo: Option<OpId>,
    /// When it goes away.
    pub until: UnixTime,
    /// How many seconds it stands in all.
    pub seconds: u16,
    /// Good or bad news.
    pub tone: Tone,
}

/// Good or bad news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Done.
    Ok,
    /// To know.
    Info,
    /// Failed or refused.
    Warn,
}

/// An error above the list: what failed, what still works, what to press.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Banner {
    /// Which account it is about.
    pub account: Option<AccountId>,
    /// What failed.
    pub title: SafeText,
    /// What still works.
    pub detail: SafeText,
    /// What to press: key and word, in order.
    pub keys: Vec<(ActionId, SafeText)>,
}

/// The tasks screen's content.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    /// What waits and what was refused, then what is done or was taken back, as the journal has it; of each the newest first.
    pub ops: Vec<OpRow>,
    /// The operation that was taken back last and can be done again.
    pub last_undone: Option<OpId>,
    /// What just happened, newest first, at most 100.
    pub recent: VecDeque<Activity>,
    /// How many operations wait for the server.
    pub queued: u32,
    /// How many were refused.
    pub failed: u32,
    /// How much the search index holds, once that is known.
    pub index: Option<SafeText>,
}

/// A line of the activity log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// When.
    pub at: UnixTime,
    /// Which account.
    pub account: Option<AccountId>,
    /// What happened.
    pub text: SafeText,
}
