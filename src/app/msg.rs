//! What comes into `update` (`Msg`) and what goes out of it (`Effect`).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::app::accounts::{Change, Stock};
use crate::app::action::Id;
use crate::app::compose::order as letters;
use crate::app::dividers::Dividers;
use crate::app::key::Key;
use crate::app::keymap::Keymap;
use crate::app::lend::Lend;
use crate::app::look::Fresh;
use crate::app::model::{AccountView, Clock, Ticket};
use crate::app::reading::{Errand, Places};
use crate::app::rights::ReadOnly;
use crate::app::search::{Saved, Seen, Tally, Want};
use crate::app::wizard::Field;
use crate::app::wizard::order::{News, Order};
use crate::config::keys::Line;
use crate::letter::LetterId;
use crate::mail::folder::FolderRow;
use crate::mail::list::{Anchor, Arrangement, Search, Source, Window};
use crate::mail::marks::Mark;
use crate::mail::message::{MessageRow, RowKey};
use crate::mail::rule::Rule;
use crate::mail::sweep::Swept;
use crate::mail::{AccountId, FolderId, MessageId, SearchId, UnixTime};
use crate::protocol::{Command, Event, OpId, OpRow, Typed};
use crate::render::facts::Answer;
use crate::render::unsubscribe::{Mailto, Unsubscribe};
use crate::render::{Laid, Shape, View};
use crate::safe_text::SafeText;

/// Everything that can happen to the screen.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted: it is text, never keys (TM16).
    Paste(String),
    /// The mouse was used at this column and row.
    Mouse(Mouse, u16, u16),
    /// Something on the screen was clicked.
    Press(Press),
    /// The program ends without having been told to: by a signal, or with its terminal.
    Leave,
    /// The terminal has this many columns and rows.
    Viewport(u16, u16),
    /// The terminal got (true) or lost the focus.
    Focus(bool),
    /// The time; comes before any other message whose handling needs it, and when a timer is due.
    Now(Clock),
    /// The sync engine says something.
    Sync(Event),
    /// The folders of all accounts.
    Folders {
        /// Which request this answers.
        ticket: Ticket,
        /// Sorted as the pane shows them.
        rows: Vec<FolderRow>,
        /// Starred messages in all accounts.
        starred: u64,
        /// Accounts that are nearly full, and to how many percent.
        full: Vec<(AccountId, u64)>,
        /// How many messages of all accounts have each mark.
        marked: Vec<(Mark, u64)>,
    },
    /// A window of a list.
    Window {
        /// Which request this answers.
        ticket: Ticket,
        /// The rows.
        window: Window,
    },
    /// All messages of a list, to be marked.
    Everything {
        /// Which request this answers.
        ticket: Ticket,
        /// The rows, without their texts.
        rows: Vec<MessageRow>,
    },
    /// How many a search finds.
    Counted {
        /// Which request this answers.
        ticket: Ticket,
        /// The number.
        tally: Tally,
    },
    /// People and labels that were seen lately.
    Seen {
        /// Which request this answers.
        ticket: Ticket,
        /// They.
        seen: Seen,
    },
    /// A message was laid out for the reader.
    Laid {
        /// Which request this answers.
        ticket: Ticket,
        /// Which message.
        message: MessageId,
        /// `None`: its body is not in the cache.
        laid: Option<Arc<Laid>>,
        /// Whether the whole body was there.
        whole: bool,
    },
    /// The first screens of a long message were laid out; all of it comes with `Laid`.
    Glimpse {
        /// Which request this answers in part.
        ticket: Ticket,
        /// Its beginning.
        laid: Arc<Laid>,
    },
    /// Where a text stands in a message.
    Found {
        /// Which request this answers.
        ticket: Ticket,
        /// Where.
        places: Places,
    },
    /// The messages of a conversation, oldest first.
    Conversation {
        /// Which request this answers.
        ticket: Ticket,
        /// The rows.
        rows: Vec<MessageRow>,
    },
    /// These are the accounts from now on, in the order of the config.
    Accounts(Vec<AccountView>),
    /// What is on the disk of accounts that are not shown.
    Stock(Vec<Stock>),
    /// The queue, for the tasks screen.
    Ops {
        /// Which request this answers.
        ticket: Ticket,
        /// Those that wait first, then those that are done or were taken back; of each the newest first.
        rows: Vec<OpRow>,
        /// The one that was taken back last and can be done again.
        last_undone: Option<OpId>,
    },
    /// The rules for arriving mail, or why they cannot be read.
    Rules {
        /// Which request this answers.
        ticket: Ticket,
        /// They.
        rules: Result<Vec<Rule>, SafeText>,
    },
    /// What there is of a sender, and of a list.
    Swept {
        /// Which request this answers.
        ticket: Ticket,
        /// The sender first.
        swept: Vec<Swept>,
    },
    /// How one gets off a mailing.
    WaysOut {
        /// By which message.
        message: MessageId,
        /// The ways; `None`: its header is not here.
        ways: Option<Unsubscribe>,
    },
    /// Unread mail that has arrived.
    News {
        /// Which request this answers.
        ticket: Ticket,
        /// By folder: how many have arrived, and the latest of them, the latest first.
        news: Vec<(FolderId, u32, Vec<MessageRow>)>,
    },
    /// How much the search index holds, in words.
    Index(SafeText),
    /// A timer that `Effect::After` started is due.
    Timer(Timer),
    /// A load or a layout failed: the request with this ticket will not be answered.
    LoadFailed {
        /// Which request.
        ticket: Ticket,
        /// Why, in a sentence.
        reason: SafeText,
    },
    /// The images of a message are here, as far as they could be loaded, or it was opened: it looks different now.
    Changed {
        /// Which message.
        message: MessageId,
        /// What did not work.
        failed: Option<SafeText>,
    },
    /// A picture is ready to be drawn.
    PictureReady,
    /// A command is ready to have the terminal, its file is there.
    Ready(Lend),
    /// A passphrase was typed at the terminal, or was not.
    Unlocked {
        /// What asked for it.
        lend: Lend,
        /// Whether the command came to a good end.
        done: bool,
        /// The secret that it printed, where it was run for one.
        said: Option<Typed>,
    },
    /// The config was read again, and holds.
    Configured(Box<Fresh>),
    /// The keys that were changed on the screen were read again, and what is wrong with them.
    Rebound(Arc<Keymap>, Option<SafeText>),
    /// The config was read again and has a mistake, told with its place.
    ConfigRefused(SafeText),
    /// The user asked for the config, and nothing changed.
    ConfigSame,
    /// Another program changed what the cache holds.
    ChangedElsewhere,
    /// Why only looking is possible is another reason now.
    ReadOnly(ReadOnly),
    /// There is no account: one is added.
    AddAccount,
    /// Something came for the wizard.
    Wizard(News),
    /// Something came for the composer.
    Letters(letters::News),
    /// A letter is on the disk that was not written in the composer, to be sent not before this time; or why it is not.
    Written {
        /// The operation that sends it.
        op: OpId,
        /// The letter.
        outcome: Result<(LetterId, UnixTime), SafeText>,
    },
    /// Any other effect failed; the text says what, for people.
    EffectFailed(SafeText),
    /// An effect that the user asked for is done: "Copied", "Saved as …".
    EffectDone(SafeText),
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mouse {
    /// The left button was pressed.
    Click,
    /// The left button was pressed twice.
    DoubleClick,
    /// The left button was pressed together with ctrl.
    CtrlClick,
    /// The pointer was moved with the left button down.
    Drag,
    /// The left button was let go.
    Release,
    /// The wheel was turned up.
    WheelUp,
    /// The wheel was turned down.
    WheelDown,
}

/// What a click is for where the screen shows something to click: drawing says where that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Press {
    /// This action.
    Run(Id),
    /// The rest of a sequence of keys that was begun.
    Keys(String),
    /// This list.
    Open(Source),
    /// To fold this folder, or unfold it.
    FoldFolder(FolderId),
    /// To fold the conversation of this row, or unfold it.
    FoldRow(RowKey),
    /// This link or attachment of the open message, by its place in the list of both.
    Entry(usize),
    /// This offer of the search line.
    Offer(usize),
    /// This field of the wizard.
    Field(Field),
    /// This field of the letter.
    Line(crate::app::compose::Field),
    /// This offer of the list below a field of the letter.
    Person(usize),
    /// To select this line of the tasks screen.
    Task(usize),
    /// Nothing: something that floats lies here.
    Nothing,
}

/// Timers of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Timer {
    /// The popup after a prefix key (250 ms).
    Prefix,
    /// The toast counts down (once a second) and goes.
    Toast,
    /// The open message has been looked at long enough to count as read.
    MarkSeen(MessageId),
    /// The cursor has rested on a message that is shown beside the list: its body is wanted now.
    Rest(MessageId),
    /// Nothing was typed into the search line for a while: the servers are asked.
    AskServers(SearchId),
    /// The results changed: they are counted anew.
    Recount,
    /// The counts of saved searches may be made anew.
    SavedCounts,
    /// What has arrived may be told of.
    News,
    /// What runs has run for a second.
    Progress,
    /// The spinner's next picture.
    Spinner,
    /// What was typed into a letter is kept.
    KeepLetter,
    /// A letter was asked for and is not here yet: that is said.
    Awaited,
    /// Midnight has passed: day groups change.
    Midnight,
}

/// What `update` asks the runtime to do. About ten, coarse.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Read from the cache.
    Load(Ticket, Query),
    /// Tell the sync engine.
    Sync(Command),
    /// Parse and wrap a message off the loop.
    Lay {
        /// Ties the answer to this request.
        ticket: Ticket,
        /// Which message.
        message: MessageId,
        /// How.
        sheet: Sheet,
        /// For one of several texts: it is laid out though another is asked for meanwhile, until a later number comes.
        aside: Option<u64>,
    },
    /// Find a text in a message as it is laid out: answered by `Found`.
    Find {
        /// Ties the answer to this request.
        ticket: Ticket,
        /// Which message.
        message: MessageId,
        /// How it is laid out.
        sheet: Sheet,
        /// What to find.
        text: SafeText,
        /// What to find instead: the phrases of a search.
        query: Option<Arc<crate::query::Query>>,
        /// Where to look, in this order, if it stands nowhere in the message.
        others: Vec<MessageId>,
    },
    /// Send `Msg::Timer` in this many milliseconds.
    After(u64, Timer),
    /// Open this link with the system's program, because the user asked for this very thing.
    OpenLink(SafeText),
    /// Do this with a part of a message, or with the message itself.
    Take {
        /// Which message.
        message: MessageId,
        /// Which part, by its place in the document's parts; `None`: the message, as it came.
        part: Option<usize>,
        /// What is done with it.
        errand: Errand,
    },
    /// Load these images of a message from the net, because the user asked for this very thing.
    LoadImages {
        /// Which message.
        message: MessageId,
        /// Their URLs.
        urls: Vec<SafeText>,
    },
    /// Load the images of this sender unasked from now on, or not any more.
    TrustImages {
        /// The sender's address, in lower case.
        sender: String,
        /// From now on, or not any more.
        on: bool,
    },
    /// Keep what was searched for, the latest last.
    KeepHistory(Vec<String>),
    /// Keep the saved searches that are not in the config.
    KeepSearches(Vec<Saved>),
    /// Keep how lists are arranged.
    KeepArrangements(BTreeMap<String, Arrangement>),
    /// Keep where the hairlines between the panes are.
    KeepDividers(Dividers),
    /// Keep the theme of this name for the next start.
    KeepTheme(String),
    /// Change the accounts in the config's file, which is read again then.
    EditAccounts(Change),
    /// Remove what is on the disk of an account that is in the config no more.
    RemoveAccount {
        /// Its name.
        name: String,
        /// Whether what waits for its server is given up.
        discard: bool,
    },
    /// Read the config again where it changed.
    ReadConfig {
        /// Whether the user asked for it, and so wants an answer in any case.
        asked: bool,
    },
    /// Keep what was changed of the keys on the screen.
    KeepKeys(Vec<Line>),
    /// Read how one gets off the mailing of this message: answered by `WaysOut`.
    WaysOut(MessageId),
    /// Check the signature of this message, or open what is encrypted.
    Unseal {
        /// Of which message.
        message: MessageId,
        /// Whether its passphrase was asked for at the terminal already: that is done once.
        asked: bool,
    },
    /// Write the answer to the invitation in this message: answered by `Written`.
    Answer {
        /// The operation that sends it.
        op: OpId,
        /// The message.
        message: MessageId,
        /// What is said.
        said: Answer,
    },
    /// Write the mail that leaves a mailing, because the user asked for this very thing: answered by `Written`.
    Leave {
        /// The operation that sends it.
        op: OpId,
        /// From this account.
        account: AccountId,
        /// A message of the mailing: the letter is from whom that came to.
        message: MessageId,
        /// The mail.
        mail: Mailto,
    },
    /// Run this command with the terminal for itself.
    Run(Lend),
    /// Run the command that prints what this account signs in with, with the terminal for itself: answered by `Unlocked`.
    RunSecret(AccountId),
    /// Do this for the wizard: answered by `Wizard`.
    Wizard(Order),
    /// Do this for the composer: answered by `Letters`.
    Letters(letters::Order),
    /// Copy to the clipboard.
    Copy(SafeText),
    /// Copy lines to the clipboard.
    CopyLines(Vec<SafeText>),
    /// Set the window's title.
    Title(SafeText),
    /// Tell of new mail outside of the screen.
    Notify(Notice),
    /// Show in the terminal's frame how far something is, in percent; `None`: nothing runs any more.
    Progress(Option<u8>),
    /// Ring the bell.
    Bell,
    /// Paint everything anew.
    Redraw,
    /// Suspend (`ctrl-z`).
    Suspend,
    /// End.
    Quit,
}

/// A notice of new mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Who wrote, or how many have arrived where.
    pub title: SafeText,
    /// What about; of several, who and what about one of them.
    pub text: SafeText,
    /// Who wrote the one that is named.
    pub sender: SafeText,
    /// Its subject.
    pub subject: SafeText,
    /// Where it is.
    pub folder: SafeText,
    /// How many have arrived.
    pub count: u32,
}

/// How a message is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Sheet {
    /// Which view.
    pub view: View,
    /// Columns, quotes and cells.
    pub shape: Shape,
}

/// What the screen asks of the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// All folders of all accounts.
    Folders,
    /// A window of a list.
    Window {
        /// Of what.
        source: Source,
        /// How that is arranged.
        arrangement: Arrangement,
        /// Around what.
        anchor: Anchor,
        /// How many rows before and after the anchor.
        reach: u32,
    },
    /// Every message of a list, without its texts: answered by `Everything`.
    Everything(Source),
    /// Something of a search.
    Search(Search, Want),
    /// People and labels that were seen lately: answered by `Seen`.
    Seen,
    /// The messages of the conversation that this one belongs to, oldest first: answered by `Conversation`.
    Conversation(MessageId),
    /// The queue.
    Ops,
    /// The rules for arriving mail: answered by `Rules`.
    Rules,
    /// What there is of the sender of this message, and of its list: answered by `Swept`.
    Sweep(MessageId),
    /// The latest unread messages of these folders, of which so many have arrived: answered by `News`.
    News(Vec<(FolderId, u32)>),
    /// How much the search index holds.
    Index,
    /// What is on the disk of accounts that are not shown.
    Stock,
    /// The next or previous unread message from a row on, in this source: answered by a `Window` around it, empty if none.
    Unread {
        /// Of what.
        source: Source,
        /// How that is arranged.
        arrangement: Arrangement,
        /// From where, not included.
        from: Option<RowKey>,
        /// Towards older messages.
        older: bool,
        /// How many rows around it.
        reach: u32,
    },
}
