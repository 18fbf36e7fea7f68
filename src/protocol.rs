//! All that the screen and the sync engine say to each other: commands one way, events the other.
//!
//! A leaf. Events carry ids only: what changed is read from the cache (DESIGN.md, invariant 2).

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use crate::letter::LetterId;
use crate::mail::flags::FlagChange;
use crate::mail::rule::Rule;
use crate::mail::{AccountId, FolderId, MessageId, SearchId, UnixTime};
use crate::query::Query;
use crate::safe_text::SafeText;

/// The number of a user's operation: unique for the life of the journal, given by whoever starts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpId(pub i64);

/// What the user wants done. Every one of them goes through the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Set and clear flags.
    Flag(FlagChange),
    /// Move to this folder of the same account.
    Move(FolderId),
    /// Copy to this folder of the same account.
    Copy(FolderId),
    /// Move to the folder with role archive of the message's account.
    Archive,
    /// Move to the folder with role trash.
    Trash,
    /// Move to the folder with role junk, and set `$Junk`.
    Junk,
    /// Move from junk to the inbox, and set `$NotJunk`.
    NotJunk,
    /// Set `$Muted` on every message of their conversations in their accounts, and move those that are in the inbox to the
    /// archive. What arrives in a conversation with a muted message goes the same way, on every device that knows it.
    Mute,
    /// Clear `$Muted` on every message of their conversations.
    Unmute,
    /// Put off: to the folder with role snoozed, with the keywords that say until when ([`crate::mail::marks`]).
    Snooze {
        /// Until when.
        until: UnixTime,
        /// That time as people read it here: "Mon 30 Nov 08:00".
        words: SafeText,
    },
    /// Back to the inbox, unread, as if its time had come at this moment.
    BringBack(UnixTime),
    /// Remove for ever: accepted only for messages shown in Trash or Junk. Cannot be undone.
    DeleteForever,
    /// Create a folder. `path` has its parts joined by `/`.
    CreateFolder {
        /// In which account.
        account: AccountId,
        /// Unicode name with `/` between the parts.
        path: String,
    },
    /// Rename or move a folder.
    RenameFolder {
        /// Which.
        folder: FolderId,
        /// The new whole name, with `/` between the parts.
        path: String,
    },
    /// Delete a folder: an empty one is deleted, one with messages is moved into Trash, so that it can come back.
    DeleteFolder {
        /// Which.
        folder: FolderId,
    },
}

/// Why a body is wanted; the first is served first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// The user opened it and looks at an empty pane.
    Open,
    /// It is next to the one that is open.
    Neighbour,
    /// It is on the screen in a list.
    Visible,
    /// The account's prefetch policy wants it.
    Policy,
}

/// Screen to engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The user looks at this folder: sync it first and watch it.
    Open(FolderId),
    /// Sync now: this account, or all.
    Refresh(Option<AccountId>),
    /// Fetch the body of this message. Small ones arrive whole. A large one arrives as a prefix first, unless `whole`.
    WantBody {
        /// Which message.
        message: MessageId,
        /// Why.
        priority: Priority,
        /// True when all of a large message is wanted, attachments included.
        whole: bool,
    },
    /// The rest of this body is not wanted any more; what is here of it stays.
    Unwant(MessageId),
    /// Ask the servers for what the cache cannot answer of this query; takes the place of the search before.
    Search {
        /// The search's number.
        search: SearchId,
        /// What is searched for.
        query: Arc<Query>,
        /// In this folder alone.
        within: Option<FolderId>,
    },
    /// Nobody looks at the search any more: what runs is given up.
    EndSearch,
    /// Empty the search index and fill it anew, behind everything else.
    RebuildIndex,
    /// Do this to these messages (none for actions on folders).
    Apply {
        /// The operation's number.
        op: OpId,
        /// What to do.
        action: Action,
        /// To which messages.
        messages: Vec<MessageId>,
        /// Whether the user asked for it, or it follows from what he did.
        origin: Origin,
    },
    /// Do this to these messages, and by a rule to what comes: one operation, so that what takes it back takes the rule away.
    Always {
        /// The operation's number.
        op: OpId,
        /// What to do.
        action: Action,
        /// To which messages; none: the rule alone.
        messages: Vec<MessageId>,
        /// The account that it was asked in.
        account: AccountId,
        /// The rule.
        rule: Rule,
    },
    /// Take this operation back, whether or not the server has done it yet.
    Undo(OpId),
    /// Do an operation that was taken back once more, as a new one: the same on the same messages, wherever they are.
    Redo {
        /// The new operation's number.
        op: OpId,
        /// The one that was taken back.
        of: OpId,
    },
    /// Send a refused operation again.
    Retry(OpId),
    /// Give up a refused operation: what it wanted is dropped and the server's state shows again.
    Discard(OpId),
    /// Make a mail of this letter as it is on the disk, and send it; answered like an action. Until it is being sent `Undo`
    /// calls it back.
    Send {
        /// The operation's number.
        op: OpId,
        /// Which letter.
        letter: LetterId,
        /// Not before this time.
        at: Option<UnixTime>,
    },
    /// Leave a mailing by a POST to this link, because the user asked for this very thing (RFC 8058); answered like an action.
    /// It waits for the network, and for as long as a mail that can be called back does: until then `Undo` takes it back.
    Click {
        /// The operation's number.
        op: OpId,
        /// The account that the mailing came to.
        account: AccountId,
        /// The link.
        url: String,
        /// Its host, for people.
        host: String,
    },
    /// Do not wait any longer with a mail that is to be sent later.
    SendNow(OpId),
    /// The user says that a mail of which nobody knows whether it was sent was sent.
    WasSent(OpId),
    /// This letter was kept on the disk: have it in the account's Drafts as it is there. Answered by `DraftKept`.
    KeepDraft(LetterId),
    /// The user does not want this letter any more; it can be brought back.
    DiscardLetter(LetterId),
    /// Bring back a letter that was discarded.
    RestoreLetter(LetterId),
    /// Add this rule for arriving mail, or take it away; answered by `RulesChanged`.
    Rule {
        /// Which.
        rule: Rule,
        /// Whether it is added.
        on: bool,
    },
    /// The user typed the password that this account waits for.
    Secret {
        /// Which account.
        account: AccountId,
        /// What was typed.
        secret: Typed,
    },
    /// The user signs in to this account anew, with OAuth 2: answered by `SignIn` events. A sign-in under way ends.
    SignIn {
        /// Which account.
        account: AccountId,
        /// How.
        way: SignInWay,
    },
    /// The sign-in under way is called off.
    EndSignIn(AccountId),
    /// Try to connect now, after an error that waits for the user (a refused sign-in) or during a back-off.
    Reconnect(AccountId),
    /// Close the connections and end; what is queued stays queued.
    Shutdown,
}

/// A secret that was typed: it is wiped when it is dropped, and its `Debug` text hides it.
#[derive(Debug, Clone)]
pub struct Typed(pub SecretString);

impl PartialEq for Typed {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Eq for Typed {}

/// What the user has to do before an account can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Need {
    /// Type the password.
    Password,
    /// Sign in with a browser (OAuth 2).
    SignIn,
    /// Run the command that prints the secret at the terminal, where it can ask: by itself it failed.
    Command,
    /// Unlock the keyring, or mend what else keeps the secret, and have it tried again.
    Unlock,
}

/// How the user signs in with OAuth 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignInWay {
    /// With a browser on this computer (RFC 8252).
    Browser,
    /// With a browser anywhere, where a code is typed (RFC 8628).
    Device,
}

/// How far a sign-in with OAuth 2 is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInStep {
    /// The browser has to open this address.
    Browser {
        /// The address.
        url: SafeText,
    },
    /// The user has to open this address anywhere and type this code there.
    Device {
        /// The address.
        url: SafeText,
        /// The code.
        code: SafeText,
    },
    /// Signed in: the account connects.
    Done,
    /// It did not work; why, in a sentence.
    Failed {
        /// Why.
        reason: SafeText,
    },
}

/// How an account stands. Every text is for people and already sanitised.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Connection {
    /// Not tried yet.
    #[default]
    Starting,
    /// A connection is being made.
    Connecting,
    /// Signed in and up to date since this time.
    Online {
        /// When everything was in step the last time.
        synced: UnixTime,
    },
    /// Signed in, work under way.
    Syncing,
    /// No connection.
    Offline {
        /// When it was lost, or the first try failed.
        since: UnixTime,
        /// When the next try is due.
        retry: Option<UnixTime>,
        /// What failed, in a sentence.
        reason: SafeText,
    },
    /// The server refused the sign-in; nothing is tried until the user asks.
    SignInRefused {
        /// Why: the server's words, or what hinders, without a head that says what happened.
        reason: SafeText,
    },
    /// The account cannot sign in before the user did something; nothing is tried until then.
    SignInNeeded {
        /// What.
        need: Need,
        /// Why, in a sentence.
        reason: SafeText,
    },
    /// A certificate or what the server sends stands in the way. A certificate is looked at again by the back-off, as a
    /// captive portal goes away; the rest waits for the user.
    Blocked {
        /// What, and what to do.
        reason: SafeText,
    },
}

/// How far the search on one server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerSearch {
    /// The cache knows everything that the query asks of this account: the server is not asked.
    Needless,
    /// The server is asked folder by folder.
    Running {
        /// Folders that were searched.
        done: u32,
        /// Of so many.
        of: u32,
    },
    /// The server has searched these folders.
    Done {
        /// How many.
        folders: u32,
    },
    /// What the query asks for cannot be asked of a server (tags of ours, links): the cache alone was searched.
    Impossible,
    /// There is no connection: the cache alone was searched.
    Offline,
    /// It was given up; why, in a sentence, and how many folders were not searched.
    Failed {
        /// Why.
        reason: SafeText,
        /// Folders that were not searched.
        left: u32,
    },
}

/// Engine to screen: ids only, merged by key when the screen is slow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// An account's state changed.
    Connection {
        /// Which account.
        account: AccountId,
        /// Its new state.
        state: Connection,
    },
    /// How far a sign-in with OAuth 2 is.
    SignIn {
        /// Which account.
        account: AccountId,
        /// How far.
        step: SignInStep,
    },
    /// The account's list of folders changed (or counts in it).
    FoldersChanged(AccountId),
    /// Messages in this folder were added, changed or removed, or actions laid over them.
    FolderChanged(FolderId),
    /// Something that takes over a second goes on; `done == total` ends it.
    Progress {
        /// Which account.
        account: AccountId,
        /// What is being done: "Archive: headers".
        what: SafeText,
        /// Done so far.
        done: u64,
        /// Of how many.
        total: u64,
    },
    /// More of this body is in the cache.
    BodyReady(MessageId),
    /// The bytes of a body that have arrived so far.
    BodyProgress {
        /// Which message.
        message: MessageId,
        /// Bytes here.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// The body cannot be had.
    BodyFailed {
        /// Which message.
        message: MessageId,
        /// Why, in a sentence.
        reason: SafeText,
    },
    /// A server found these messages, whose headers are in the cache.
    SearchHits {
        /// By which search.
        search: SearchId,
        /// The messages.
        messages: Vec<MessageId>,
    },
    /// How far the search on an account's server is.
    SearchProgress {
        /// Which search.
        search: SearchId,
        /// On whose server.
        account: AccountId,
        /// How far.
        state: ServerSearch,
    },
    /// Unread messages arrived in a folder since the last sync.
    NewMail {
        /// Where.
        folder: FolderId,
        /// How many.
        count: u32,
    },
    /// The operation is in the journal, on disk: it may be shown as done (P3).
    OpQueued {
        /// Which.
        op: OpId,
        /// "Archived 3 messages": for the toast.
        summary: SafeText,
        /// Whether `z` can take it back.
        undoable: bool,
    },
    /// The operation has ended, and messages that it was about were gone by then. Comes before its `OpDone` or `OpFailed`.
    OpGone {
        /// Which; of what took another one back, its own number.
        op: OpId,
        /// What it came to, in a sentence.
        words: SafeText,
    },
    /// The operation is done on the server. Comes once.
    OpDone(OpId),
    /// The operation could not be queued, or the server refused it. Comes once; it waits for retry or discard.
    OpFailed {
        /// Which.
        op: OpId,
        /// Why, in the server's words where it spoke.
        reason: SafeText,
        /// True when it stands in the journal and can be tried again or discarded.
        kept: bool,
    },
    /// The operation was taken back.
    OpUndone(OpId),
    /// Mails of this account that are to be sent stand differently: read them from the journal.
    Outbox(AccountId),
    /// The engine did something to this letter: made a mail of it, let go of it, discarded it or brought it back.
    Letter(LetterId),
    /// The copy of this letter on the server is as new as the letter was at this time, or waits in the journal to be.
    DraftKept {
        /// Which letter.
        letter: LetterId,
        /// When it was so.
        at: UnixTime,
    },
    /// A rule was added or taken away, or why it was not.
    RulesChanged(Result<SafeText, SafeText>),
    /// These are the accounts from now on, in the order of the config, with their names there.
    Accounts(Vec<(AccountId, String)>),
    /// What there was on the disk of an account that is in the config no more was let go, or why not, in a sentence.
    AccountRemoved {
        /// Its name.
        name: String,
        /// What came of it.
        outcome: Result<(), SafeText>,
    },
    /// So many messages of accounts that were let go are still on the disk.
    Leaving {
        /// How many.
        messages: u64,
    },
    /// A line for the activity log: "reconnected after 12 s offline".
    Activity {
        /// When.
        at: UnixTime,
        /// Which account.
        account: Option<AccountId>,
        /// What happened.
        text: SafeText,
    },
    /// In a run that ends by itself: this account is done, in step or not. Told again, where something of it came due since.
    Ended(AccountId),
    /// The engine ends after `Shutdown`, and waits for this first: a sentence that says for what.
    Ending(SafeText),
    /// The engine has ended after `Shutdown`.
    Stopped,
}

/// An operation as the tasks screen lists it; read from the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpRow {
    /// Which.
    pub op: OpId,
    /// When the user asked for it.
    pub created: UnixTime,
    /// "Archive 3 messages".
    pub summary: SafeText,
    /// The account's name in the config; of several accounts their names, with commas between them.
    pub account: SafeText,
    /// How it stands.
    pub state: OpState,
    /// Why it was refused.
    pub error: Option<SafeText>,
    /// Who asked for it.
    pub origin: Origin,
    /// Whether it can be taken back, or done again.
    pub reversal: Reversal,
}

/// Who asked for an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Origin {
    /// The user, by a key or a command: `z` takes it back.
    #[default]
    User,
    /// It follows from what the user did, and `z` passes over it: a message is read by reading it.
    Silent,
    /// A rule for arriving mail. `z` passes over it; on the tasks screen it can be taken back.
    Engine,
}

/// Whether an operation can be taken back, or done again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Reversal {
    /// Neither.
    #[default]
    None,
    /// It can be taken back.
    Undo,
    /// It was taken back, and nothing was done since but taking back: it can be done again.
    Redo,
}

/// How an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OpState {
    /// Waits in the queue.
    Queued,
    /// A command with it has been sent and not been answered yet.
    Sending,
    /// Done on the server.
    Done,
    /// Refused: waits for retry or discard.
    Failed,
    /// Taken back or discarded.
    Dropped,
}
