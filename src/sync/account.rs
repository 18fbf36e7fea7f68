//! An account as its connections share it: the config, the ways to disk and screen, and what is wanted of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use crate::auth::{Keeper, Tools};
use crate::config;
use crate::imap::connect::dialer::Dialer;
use crate::imap::trace::{Sink, Trace};
use crate::journal::StepId;
use crate::letter::LetterId;
use crate::mail::{AccountId, FolderId, MessageId, Uid, UnixTime};
use crate::protocol::{Connection, Event, Need};
use crate::safe_text::SafeText;
use crate::store::Error as StoreError;
use crate::store::index::Text;
use crate::sync::bodies::WantList;
use crate::sync::clock::{Clock, time_of_day};
use crate::sync::desk::{Desk, Files, Gone, Urgency};
use crate::sync::links::Links;
use crate::sync::outlet::Outlet;
use crate::sync::plan::limit::SignIns;
use crate::sync::plan::poison::Poison;
use crate::sync::post::Post;
use crate::sync::search::Wanted;

/// What list and index show of a body, made from its bytes by whoever starts the engine: sync itself renders nothing.
pub type Digest = crate::store::Digest;

/// Makes a [`Digest`] of a message's bytes.
pub type Digester = Arc<dyn Fn(&[u8]) -> Digest + Send + Sync>;

/// Reads the texts of messages for the index, some at a time, in their order.
pub type TextReader = Arc<dyn Fn(&[&[u8]]) -> Vec<Text> + Send + Sync>;

/// How long the engine works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Until `Shutdown`: it watches, polls and reconnects.
    Live,
    /// Until cache and server are in step once.
    Once,
    /// Until the journal is empty.
    Outbox,
}

/// What is wanted of an account; the connections look at it between tasks.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a wish of its own")]
pub struct Desires {
    /// The folder that the user looks at, if it is this account's.
    pub open: Option<FolderId>,
    /// Bodies.
    pub wants: WantList,
    /// The journal may hold something to send.
    pub outbox: bool,
    /// Folders in which something changed.
    pub dirty: BTreeSet<FolderId>,
    /// The folders are to be listed and counted anew.
    pub refresh: bool,
    /// The user asked for a connection now.
    pub reconnect: bool,
    /// The user did something that a server is to hear of, and no connection was made since.
    pub acted: bool,
    /// The computer came back from where no time passed for us: what waits for the next try is not to wait longer.
    pub returned: bool,
    /// A connection that has nothing to say is to make sure that its server is still there.
    pub probe: bool,
    /// It has been in step, or has no connection, since the start or since the computer was away.
    pub stood: bool,
    /// The engine is to end.
    pub stop: bool,
    /// The end of a mail may have gone out, and its answer is waited for.
    pub posting: bool,
    /// There is a connection again: mails whose last try failed need not wait for the next.
    pub hurry: bool,
    /// The same of clicks.
    pub hurry_clicks: bool,
    /// How often work in a folder ended the connection, and when it last did (RL42).
    pub deadly: BTreeMap<FolderId, (u32, Instant)>,
    /// How many headers come in good time, as the line was the last time.
    pub pace: Option<u32>,
    /// The hunt for messages whose headers the server cannot send: it outlives the connections that they end (RL40).
    pub poison: BTreeMap<FolderId, Poison>,
    /// Messages whose headers were refused, and when each is asked for once more.
    pub soon: BTreeMap<FolderId, Vec<(Uid, Instant)>>,
    /// How often fetching a body ended the connection.
    pub deadly_bodies: BTreeMap<MessageId, u32>,
    /// How often fetching bodies ahead ended the connection.
    pub deadly_prefetch: u32,
    /// The first step of the batch under way, and how much speaks for its being what ends the connection.
    pub stuck: Option<(StepId, u32)>,
    /// Until when nothing is sent, because a copy was not answered in time: the server may make it yet, and it is not to
    /// be there twice (P2).
    pub late: Option<Instant>,
    /// The server refuses to IDLE, whatever it offers (RL47).
    pub idle_refused: bool,
    /// How often in a row it took IDLE of the working connection and never began.
    pub idle_unbegun: u32,
    /// UID ranges whose flags are still to be compared, the newest last.
    pub sweeps: BTreeMap<FolderId, Vec<(u32, u32)>>,
    /// How often the password was refused in a row, over all connections (RL45).
    pub refused: u32,
    /// What the user has to do before the account can sign in, as the last try found.
    pub need: Option<Need>,
    /// When connections signed in (RL44).
    pub sign_ins: SignIns,
    /// What the user searches for.
    pub search: Option<Wanted>,
    /// There is no connection, as the screen was told last.
    pub down: bool,
    /// There is none, and there will be none.
    pub closed: bool,
    /// The working connection is being left on purpose, to be made anew at once.
    pub leaving: bool,
    /// When it was left so, lately.
    pub left: Vec<Instant>,
}

/// How often work in a folder may end the connection before it is left alone (RL42).
pub const MAX_DEATHS: u32 = 3;
/// For how long it is left alone: a bad line ends connections too, and is not the folder's fault for ever.
const LEFT_ALONE: Duration = Duration::from_mins(10);

/// For how long after a silent connection a server may still begin with what it was sent.
const LATE: Duration = Duration::from_mins(2);

impl Desires {
    /// Whether what waits in the journal may be sent now.
    pub fn may_send(&self) -> bool {
        self.outbox && self.late.is_none_or(|until| until <= Instant::now())
    }

    /// The server did not say in time whether it made a copy.
    pub fn await_late(&mut self) {
        self.late = Some(Instant::now() + LATE);
    }

    /// Whether this folder ended the connection so often that it is left alone for now.
    pub fn is_deadly(&self, folder: FolderId) -> bool {
        self.deadly.get(&folder).is_some_and(|(times, at)| *times >= MAX_DEATHS && at.elapsed() < LEFT_ALONE)
    }

    /// Messages of this folder whose headers are to be asked for once more by now, at most so many. They are forgotten.
    pub fn take_soon(&mut self, folder: FolderId, most: u32) -> Vec<Uid> {
        let Some(all) = self.soon.get_mut(&folder) else { return Vec::new() };
        let now = Instant::now();
        let due: Vec<Uid> = all.iter().filter(|(_, at)| *at <= now).map(|(uid, _)| *uid).take(most as usize).collect();
        all.retain(|(uid, _)| !due.contains(uid));
        due
    }

    /// Counts work in this folder as deadly until it has ended well; gives how often it was.
    pub fn suspect(&mut self, folder: FolderId) -> u32 {
        let entry = self.deadly.entry(folder).or_insert((0, Instant::now()));
        *entry = (entry.0 + 1, Instant::now());
        entry.0
    }
}

/// One account. Cheap to share.
pub struct Account {
    /// Its number in the cache.
    pub id: AccountId,
    /// Its part of the config.
    pub config: config::Account,
    /// The way to disk.
    pub desk: Desk,
    /// The way to the screen.
    pub outlet: Outlet,
    /// Makes of a body what list and index show.
    pub digester: Digester,
    /// Told when something was stored that is to be indexed.
    pub stored: Arc<Notify>,
    /// Told when something happened that may be about what was put off.
    pub alarm: Arc<Notify>,
    /// The way to the server.
    pub dialer: Dialer,
    /// Where the time comes from.
    pub clock: Clock,
    /// Where the protocol is written down, if anywhere.
    trace: Option<Sink>,
    /// How long to work.
    pub mode: Mode,
    /// Wakes the working connection.
    pub wake: Notify,
    /// Wakes the mailer.
    pub mail: Notify,
    /// Wakes who leaves mailings.
    pub clicks: Notify,
    /// Who carries mails.
    pub post: Post,
    /// Tells the coordinator of a letter that has copies left on the servers of other accounts.
    pub errands: UnboundedSender<LetterId>,
    /// What the other connections do.
    pub links: Links,
    /// Gets what it signs in with.
    pub keeper: Keeper,
    /// As it, for sending, where that signs in with something of its own.
    pub sending: Option<Keeper>,
    desires: Mutex<Desires>,
}

/// What stands in the way of a task; the connection decides what comes next.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The server or the way to it.
    #[error(transparent)]
    Imap(#[from] crate::imap::error::Error),
    /// The cache.
    #[error("the cache: {0}")]
    Store(#[from] StoreError),
    /// The journal.
    #[error("the journal: {0}")]
    Journal(#[from] crate::journal::Error),
    /// The letters, and the mails beside them.
    #[error(transparent)]
    Letters(crate::letters::Error),
    /// The program is ending.
    #[error(transparent)]
    Gone(#[from] Gone),
}

impl Account {
    /// An account at rest.
    pub fn new(id: AccountId, config: config::Account, office: Office, mode: Mode) -> Self {
        let sending = Keeper::for_sending(&config, office.tools.clone());
        let keeper = Keeper::new(&config, office.tools);
        Self {
            id,
            config,
            desk: office.desk,
            outlet: office.outlet,
            digester: office.digester,
            stored: office.stored,
            alarm: office.alarm,
            dialer: office.dialer,
            clock: office.clock,
            trace: office.trace,
            mode,
            wake: Notify::new(),
            mail: Notify::new(),
            clicks: Notify::new(),
            post: office.post,
            errands: office.errands,
            links: Links::default(),
            keeper,
            sending,
            desires: Mutex::default(),
        }
    }

    /// Takes over what is wanted of an account that this one takes the place of, because its config changed.
    pub fn take_over(&self, before: &Self) {
        let old = before.desires().clone();
        let mut mine = self.desires();
        (mine.open, mine.wants, mine.search) = (old.open, old.wants, old.search.map(Wanted::anew));
        (mine.dirty, mine.sweeps) = (old.dirty, old.sweeps);
        (mine.outbox, mine.refresh) = (true, true);
        if before.config.imap.host == self.config.imap.host {
            (mine.late, mine.sign_ins) = (old.late, old.sign_ins);
            if before.config.imap.user == self.config.imap.user {
                self.keeper.inherit(&before.keeper);
            }
        }
    }

    /// The protocol trace of one of its connections.
    pub fn trace(&self, connection: &str) -> Trace {
        match &self.trace {
            Some(sink) => Trace::to(Arc::clone(sink), format!("{}/{connection}", self.config.name)),
            None => Trace::default(),
        }
    }

    /// What is wanted; never held over an await.
    pub fn desires(&self) -> MutexGuard<'_, Desires> {
        self.desires.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is wanted and wakes the working connection.
    pub fn want(&self, change: impl FnOnce(&mut Desires)) {
        change(&mut self.desires());
        self.wake.notify_one();
    }

    /// Wakes who works off what waits beside the connections: mails and clicks.
    pub fn ring(&self) {
        self.mail.notify_one();
        self.clicks.notify_one();
    }

    /// There is a connection again: what waits after a try that failed is tried at once.
    pub fn hurry(&self) {
        {
            let mut desires = self.desires();
            (desires.hurry, desires.hurry_clicks) = (true, true);
        }
        self.ring();
    }

    /// The time of day.
    pub fn now(&self) -> UnixTime {
        self.clock.now()
    }

    /// The account's name in the config.
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// Tells the screen how the connection stands.
    pub fn state(&self, state: Connection) {
        self.note_standing(&state);
        let stands = match state {
            Connection::Starting | Connection::Connecting | Connection::Syncing => false,
            Connection::Online { .. }
            | Connection::Offline { .. }
            | Connection::SignInRefused { .. }
            | Connection::SignInNeeded { .. }
            | Connection::Blocked { .. } => true,
        };
        if stands && !std::mem::replace(&mut self.desires().stood, true) {
            self.alarm.notify_one();
        }
        self.outlet.send(Event::Connection { account: self.id, state });
    }

    /// Writes a line into the activity log.
    pub fn activity(&self, text: &str) {
        tracing::info!(account = self.name(), "{text}");
        self.outlet.send(Event::Activity { at: self.now(), account: Some(self.id), text: SafeText::new(text) });
    }

    /// Tells the screen that a folder and the counts changed.
    pub fn folder_changed(&self, folder: FolderId) {
        self.stored.notify_one();
        self.alarm.notify_one();
        self.outlet.send(Event::FolderChanged(folder));
        self.outlet.send(Event::FoldersChanged(self.id));
    }

    /// Tells of letters whose drafts another device removed.
    pub fn letters_left(&self, letters: Vec<LetterId>) {
        for letter in letters {
            self.outlet.send(Event::Letter(letter));
        }
    }

    /// Tells how far something is.
    pub fn progress(&self, what: &str, done: u64, total: u64) {
        self.outlet.send(Event::Progress { account: self.id, what: SafeText::new(what), done, total });
    }

    /// Does a job on the desk. The job's own error and the desk's end come back as one.
    pub async fn on_desk<R, E, F>(&self, urgency: Urgency, job: F) -> Result<R, Trouble>
    where
        R: Send + 'static,
        E: Send + 'static,
        Trouble: From<E>,
        F: FnOnce(&mut Files) -> Result<R, E> + Send + 'static,
    {
        Ok(self.desk.run(urgency, job).await??)
    }
}

/// What all accounts share.
#[derive(Clone)]
pub struct Office {
    /// The way to disk.
    pub desk: Desk,
    /// The way to the screen.
    pub outlet: Outlet,
    /// Makes of a body what list and index show.
    pub digester: Digester,
    /// Told when something was stored that is to be indexed.
    pub stored: Arc<Notify>,
    /// Told when something happened that may be about what was put off.
    pub alarm: Arc<Notify>,
    /// The way to the servers.
    pub dialer: Dialer,
    /// What secrets are got with.
    pub tools: Tools,
    /// Who makes mails and carries them.
    pub post: Post,
    /// Tells the coordinator of a letter that has copies left on the servers of other accounts.
    pub errands: UnboundedSender<LetterId>,
    /// Where the time comes from.
    pub clock: Clock,
    /// Where the protocol is written down, if anywhere.
    pub trace: Option<Sink>,
}

/// The system's time of day.
pub fn now() -> UnixTime {
    time_of_day()
}
