//! What `update` remembers from one message to the next and the screen does not show.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use crate::app::cursor::Place;
use crate::app::dividers::Hairline;
use crate::app::model::{AfterTriage, Overlay, Ticket};
use crate::app::msg::{Sheet, Timer};
use crate::app::reading::Errand;
use crate::mail::flags::Flags;
use crate::mail::list::Source;
use crate::mail::message::{MessageRow, RowKey};
use crate::mail::{AccountId, FolderId, MessageId, ThreadId, UnixTime};
use crate::protocol::{OpId, Typed};
use crate::safe_text::SafeText;

/// Bookkeeping of `update`: requests on their way, operations that have not ended, timers that run.
#[derive(Debug, Clone, Default)]
pub struct Work {
    /// The account that was added just now, whose inbox is opened once it is known.
    pub arriving: Option<String>,
    /// The password of an account that was added just now and keeps none: it is given to it once it is there.
    pub typed: Option<(String, Typed)>,
    /// Where the messages are that an action would touch, once that was asked since the last change.
    pub scope: OnceCell<Vec<Place>>,
    /// How often a key was pressed, the mouse used or something pasted: before the first time nothing is taken away from
    /// anybody's fingers.
    pub presses: u64,
    /// What the list opens once the folders are known.
    pub start: Option<Source>,
    /// What the list's window on its way is for, and around what it was cut.
    pub window: Option<(WindowPurpose, Option<RowKey>)>,
    /// Where the cursor and the top were in each source that was shown before; none where it was on the newest message.
    pub places: HashMap<Source, (RowKey, Option<RowKey>)>,
    /// Whether the list changed while a window was on its way.
    pub list_dirty: bool,
    /// The key around which the list was last extended, so that a wrong count never makes an endless loop of requests.
    pub extended: Option<RowKey>,
    /// The request for folders that is on its way, and whether they changed meanwhile.
    pub folders: Request,
    /// The request for the queue that is on its way, and whether it changed meanwhile.
    pub ops_load: Request,
    /// Operations that this screen started.
    pub ops: BTreeMap<OpId, Started>,
    /// Operations that were taken back, and the new ones by which they were done again: what the journal says of them may be
    /// older than that.
    pub taken_back: BTreeSet<OpId>,
    /// As above: those that were done again.
    pub again: BTreeMap<OpId, OpId>,
    /// The request for the rules, or for what there is of a sender, that is on its way.
    pub sweep_load: Option<Ticket>,
    /// How many messages left with an operation, and whether they count as handled: not once it was taken back.
    pub handled: BTreeMap<OpId, (u32, bool)>,
    /// The count of the action that runs, also while it asks something in a box; and that of the last one that was done.
    pub count: Option<usize>,
    /// As above.
    pub last_count: Option<usize>,
    /// Which operation makes a message leave the list.
    pub leaving: BTreeMap<MessageId, OpId>,
    /// Operations that were in the journal when the window on its way was asked for: it shows them.
    pub ripe: BTreeSet<OpId>,
    /// Flags as they will be once the operation is shown: a second `s` must undo the first.
    pub assumed: BTreeMap<MessageId, (OpId, Flags)>,
    /// Rows that are marked or in the range, as they were last seen: they may lie outside the window.
    pub kept: BTreeMap<MessageId, MessageRow>,
    /// The request for everything in the list, which is to be marked.
    pub everything: Option<Ticket>,
    /// The request for everything in the list, which is to be read.
    pub reading_all: Option<Ticket>,
    /// Where the first message was that left a list with an operation.
    pub left: BTreeMap<OpId, (Source, RowKey)>,
    /// Messages that were put back into the list that is shown, until the cache shows them there.
    pub returning: BTreeSet<MessageId>,
    /// Where the cursor goes after the action that runs, if not where the config says.
    pub way: Option<AfterTriage>,
    /// The hairline that the pointer holds, and whether it was moved.
    pub drag: Option<(Hairline, bool)>,
    /// New mail that is to be told of.
    pub news: News,
    /// How far what runs is, as the terminal's frame shows it.
    pub frame: Frame,
    /// Timers that run.
    pub timers: BTreeSet<Timer>,
    /// Accounts whose banner was sent away, until their state gets better.
    pub dismissed: BTreeSet<AccountId>,
    /// What is wrong with the config as it is on the disk now; what was read before holds.
    pub config_trouble: Option<SafeText>,
    /// The window's title as it was last set.
    pub title: Option<SafeText>,
    /// Bodies asked for in this session, so that none is asked twice in a row.
    pub wanted: VecDeque<MessageId>,
    /// Whether the reader's message was opened, not only shown beside the list.
    pub opened: bool,
    /// Messages that are being read and whose text is not here yet: they count as read once it is.
    pub unread_yet: BTreeSet<MessageId>,
    /// What the choice of a link is for.
    pub link_use: LinkUse,
    /// What is done with an attachment once the whole body is here.
    pub when_whole: Option<(MessageId, Option<usize>, Errand)>,
    /// Folders picked as targets or opened, the latest first.
    pub recent_folders: VecDeque<FolderId>,
    /// The tasks screen under the palette or the help that was opened from it.
    pub under: Option<Overlay>,
    /// How the reader's message was laid out.
    pub laid: Sheet,
    /// Texts of a conversation that are on their way.
    pub lays: BTreeMap<Ticket, MessageId>,
    /// The number of the texts that are laid out aside: those of an older one are not wanted any more.
    pub aside: u64,
    /// Whether a message is opened among those of its conversation.
    pub conversations: bool,
    /// The request for a conversation that is on its way.
    pub conversation_load: Option<Ticket>,
    /// Conversations of the list that are to be unfolded and on their way.
    pub unfolds: BTreeMap<Ticket, ThreadId>,
    /// The list whose last unread message was read on to: the next time, reading on leaves it.
    pub read_out: Option<Source>,
    /// The lists that had no unread message on the way to the next one: the first is the one it was looked for in.
    pub passed: Vec<Source>,
}

/// New mail on its way to a notice, and whether anybody looks.
#[derive(Debug, Clone, Default)]
pub struct News {
    /// How many have arrived, by folder.
    pub counts: BTreeMap<FolderId, u32>,
    /// How often more of them were waited for.
    pub turns: u8,
    /// Requests that are on their way.
    pub waiting: BTreeSet<Ticket>,
    /// What was told of, the latest first: when it was received, from whom, what about.
    pub told: VecDeque<(UnixTime, SafeText, SafeText)>,
    /// Whether the terminal has the focus, where it says so.
    pub focused: Option<bool>,
    /// Since when it has not.
    pub away: Option<UnixTime>,
    /// When a key was pressed last, or the mouse used.
    pub last_key: UnixTime,
}

/// What the terminal's frame shows of what runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Frame {
    /// Whether it has run for a second.
    pub due: bool,
    /// The percentage that is shown.
    pub shown: Option<u8>,
}

/// What a chosen link is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LinkUse {
    /// It is opened.
    #[default]
    Open,
    /// Its target is copied.
    Copy,
    /// It is saved: an attachment.
    Save,
    /// It is opened with a program that is named next.
    OpenWith,
    /// It is given to a command that is named next.
    Pipe,
    /// It is attached to a letter.
    Attach,
}

/// A load that is asked for again when it comes and something changed in between.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Request {
    /// The ticket on its way.
    pub waiting: Option<Ticket>,
    /// Whether to ask again.
    pub dirty: bool,
    /// Whether one was answered already.
    pub answered: bool,
}

/// Why a window of the list was asked for: it decides where the cursor goes when it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowPurpose {
    /// A source was opened: the cursor goes to the first row.
    Open,
    /// Something changed, or the cursor came near the edge: the cursor stays.
    Refresh,
    /// To the newest row.
    Newest,
    /// To the oldest row.
    Oldest,
    /// Messages were put back: to the first one of them.
    Back,
    /// To the next unread row, and open it if `open`; in a list that was just opened, to the first one.
    Unread {
        /// Towards older messages.
        older: bool,
        /// Whether the reader goes along.
        open: bool,
    },
}

/// An operation of this screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// To which messages.
    pub messages: Vec<MessageId>,
    /// Whether `z` can take it back.
    pub undoable: bool,
    /// Whether it is shown: marking a message as read by reading it is not, and `z` passes over it.
    pub shown: Shown,
    /// How far it is.
    pub stage: Stage,
    /// Its words, once the journal has it.
    pub summary: Option<SafeText>,
    /// For how many seconds it waits for second thoughts, where that is not as with every action.
    pub seconds: Option<u16>,
}

/// Whether an operation has a toast and an undo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Yes.
    Toast,
    /// No.
    Silent,
}

/// How far an operation is, as far as the screen cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// On its way to the journal.
    Sent,
    /// In the journal.
    Queued,
    /// `z` was pressed.
    Undoing,
}
