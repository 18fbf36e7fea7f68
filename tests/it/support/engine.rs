//! Drives the sync engine in tests: starts it on files of its own, presses actions, hears events, kills and restarts it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use posthaste::auth::Tools;
use posthaste::config::{self, CachePolicy, FolderNames, Prefetch, Security, secret::Secret};
use posthaste::demo::server::{Options, Server};
use posthaste::demo::world::World;
use posthaste::dir_lock::Access;
use posthaste::journal::{Journal, Posting};
use posthaste::letter::LetterId;
use posthaste::mail::flags::{Flag, FlagChange, Flags};
use posthaste::mail::list::Source;
use posthaste::mail::{AccountId, FolderId, MessageId, UnixTime};
use posthaste::protocol::{Action, Command, Connection, Event, OpId, Origin};
use posthaste::store::{Cache, Detail, Reader};
use posthaste::sync::account::{Digest, Mode};
use posthaste::sync::staff::Removal;
use posthaste::sync::{Engine, Setup};
use tokio::runtime::Runtime;

use super::oracle::{places, shown, words};
use super::proxy::Proxy;
use super::raw_client::Found;

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_mins(1);

/// The name of a mail that the digester panics over.
pub const STUMBLE: &str = "stumbles";

/// A mail with this Message-ID; the id is its subject and its text too.
pub fn mail(id: &str) -> Vec<u8> {
    format!(
        "From: Ada <ada@example.org>\r\nTo: dana@example.org\r\nSubject: about {id}\r\nMessage-ID: <{id}@x>\r\n\r\n\
         body of {id}\r\n"
    )
    .into_bytes()
}

/// A change that sets these flags.
pub fn set(flags: &[&str]) -> Action {
    let add = flags.iter().map(|flag| Flag::parse(flag).unwrap()).collect();
    Action::Flag(FlagChange { add, remove: Vec::new() })
}

/// An account in clear text.
pub fn account(name: &str, addr: SocketAddr, user: &str, password: &str) -> config::Account {
    config::Account {
        name: name.to_owned(),
        email: format!("{user}@example.org"),
        display_name: None,
        color: None,
        identities: Vec::new(),
        signature: None,
        imap: config::Imap {
            host: "127.0.0.1".to_owned(),
            port: addr.port(),
            security: Security::None,
            user: user.to_owned(),
            secret: Secret::Plain(password.into()),
            ca_file: None,
            pin: None,
            compress: config::Compress::default(),
            sign_in: config::SignIn::default(),
            authserv_ids: Vec::new(),
        },
        outgoing: config::outgoing::Outgoing::default(),
        folders: FolderNames::default(),
        cache: CachePolicy { max_mb: 500, prefetch: Prefetch::None },
    }
}

/// The embedded server with one user, `dana`, on a runtime of its own.
pub struct Embedded {
    pub world: World,
    pub server: Server,
    _runtime: Runtime,
}

impl Embedded {
    /// INBOX with these mails, Archive, Trash, Junk and Projects.
    pub fn start(options: Options, ids: &[&str]) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let world = World::new();
        world.add_user("dana", "secret");
        for (folder, special) in [("Archive", "\\Archive"), ("Trash", "\\Trash"), ("Junk", "\\Junk")] {
            world.add_folder("dana", folder, Some(special));
        }
        world.add_folder("dana", "Projects", None);
        let server = runtime.block_on(Server::start(world.clone(), options)).unwrap();
        let embedded = Self { world, server, _runtime: runtime };
        for id in ids {
            embedded.deliver("INBOX", id);
        }
        embedded
    }

    pub fn deliver(&self, folder: &str, id: &str) -> u32 {
        self.world.deliver("dana", folder, &mail(id), Flags::default(), UnixTime(1_700_000_000))
    }

    pub fn account(&self) -> config::Account {
        account("work", self.server.addr, "dana", "secret")
    }

    pub fn home(&self) -> Home {
        Home::new(vec![self.account()])
    }

    /// Files whose account lies behind this proxy.
    pub fn home_through(proxy: &Proxy) -> Home {
        Home::new(vec![account("work", proxy.addr, "dana", "secret")])
    }

    /// Everything there is: the oracle.
    pub fn all(&self) -> Vec<Found> {
        all_of(&self.world)
    }

    /// The folders in which there is a message with this id, one for each copy.
    pub fn places(&self, id: &str) -> Vec<String> {
        places(&self.all(), id)
    }

    /// How many commands with this verb came.
    pub fn count(&self, verb: &str) -> usize {
        self.world.commands().iter().filter(|line| line.contains(&format!(": {verb}"))).count()
    }
}

/// RL19: in whatever a test made the client do, no command named a message by its place in the folder.
impl Drop for Embedded {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let by_place = |line: &&String| {
            ["FETCH", "STORE", "COPY", "MOVE", "SEARCH"].iter().any(|verb| line.contains(&format!(": {verb} ")))
        };
        let commands = self.world.commands();
        assert_eq!(commands.iter().find(by_place), None);
    }
}

/// Everything that user `dana` has on this server.
pub fn all_of(world: &World) -> Vec<Found> {
    let mut all = Vec::new();
    for folder in world.folders("dana") {
        for row in world.list("dana", &folder) {
            all.push(Found {
                folder: folder.clone(),
                message_id: row.message_id,
                size: row.size as u64,
                uid: row.uid,
                flags: words(&row.flags),
            });
        }
    }
    all
}

/// The files of one installation; they outlive the engines that work on them.
pub struct Home {
    dir: tempfile::TempDir,
    pub accounts: Vec<config::Account>,
    /// Where secrets come from: a keyring in memory, which outlives the engines as well.
    pub tools: Tools,
    /// Who carries mails.
    pub post: posthaste::sync::post::Post,
}

impl Home {
    pub fn new(accounts: Vec<config::Account>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let tools = Tools { tokens: Some(dir.path().join("data/tokens")), ..Tools::in_memory() };
        Self { dir, accounts, tools, post: posthaste::sync::post::Post::default() }
    }

    /// The directory of everything: what `POSTHASTE_HOME` names.
    pub fn path(&self) -> &std::path::Path {
        self.dir.path()
    }

    pub fn cache(&self) -> std::path::PathBuf {
        self.dir.path().join("cache")
    }

    pub fn data(&self) -> std::path::PathBuf {
        self.dir.path().join("data")
    }

    /// An engine on these files.
    #[track_caller]
    pub fn start(&self) -> Driver {
        Driver::start(self, Mode::Live)
    }

    /// An engine that ends when cache and server are in step, as `posthaste sync` runs it.
    #[track_caller]
    pub fn run_once(&self) -> Driver {
        let mut driver = Driver::start(self, Mode::Once);
        driver.hurry = false;
        driver
    }
}

/// How an operation ended, as the engine told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    Done,
    Failed { kept: bool, reason: String },
    Undone,
}

/// A running engine and what was heard of it.
pub struct Driver {
    runtime: Option<Runtime>,
    engine: Engine,
    reader: Reader,
    /// Everything it said.
    pub events: Vec<Event>,
    /// The last word about each account.
    pub states: BTreeMap<AccountId, Connection>,
    /// Whether a lost connection is made again at once, as a user in a hurry would have it.
    pub hurry: bool,
    next: i64,
    pressed: BTreeMap<OpId, usize>,
}

impl Driver {
    #[track_caller]
    fn start(home: &Home, mode: Mode) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let cache = Cache::open(&home.cache(), Access::Owner).unwrap();
        let journal = Journal::open(&home.data(), Access::Owner).unwrap();
        let next = journal.next_op().unwrap().0;
        let reader = cache.reader().unwrap();
        let setup = Setup {
            accounts: home.accounts.clone(),
            cache,
            journal,
            digester: Arc::new(|bytes| {
                assert!(memchr::memmem::find(bytes, STUMBLE.as_bytes()).is_none(), "what no reader foresaw");
                Digest { snippet: format!("{} bytes", bytes.len()), ..Digest::default() }
            }),
            index_mb: 100,
            text_reader: posthaste::runtime::launch::text_reader(),
            tools: home.tools.clone(),
            post: home.post.clone(),
            trace: None,
            mode,
        };
        let engine = runtime.block_on(Engine::start(setup)).unwrap();
        Self {
            runtime: Some(runtime),
            engine,
            reader,
            events: Vec::new(),
            states: BTreeMap::new(),
            hurry: true,
            next,
            pressed: BTreeMap::new(),
        }
    }

    /// Ends it as a kill would: every task stops where it stands.
    pub fn kill(mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(10));
        }
    }

    /// Ends it as the program does when its user quits, and takes what was heard last.
    pub fn stop(mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.block_on(posthaste::runtime::launch::stop(&self.engine));
            runtime.shutdown_timeout(Duration::from_millis(200));
        }
    }

    pub fn send(&self, command: Command) {
        self.engine.send(command);
    }

    /// Tells the engine which accounts there are now, and waits until it knows them; gives their numbers.
    #[track_caller]
    pub fn set_accounts(&mut self, accounts: Vec<config::Account>) -> Vec<AccountId> {
        let told = |driver: &Self| {
            let lists = driver.events.iter().filter_map(|event| {
                let Event::Accounts(ids) = event else { return None };
                Some(ids.iter().map(|(id, _)| *id).collect())
            });
            lists.collect::<Vec<Vec<AccountId>>>()
        };
        self.hear();
        let before = told(self).len();
        self.engine.set_accounts(accounts);
        self.until("the accounts are known", |driver| told(driver).len() > before);
        told(self).pop().unwrap_or_default()
    }

    /// Has what is left of an account removed, and waits for the answer.
    #[track_caller]
    pub fn remove(&mut self, name: &str, discard: bool) -> Result<(), String> {
        let told = |driver: &Self| {
            let answers = driver.events.iter().filter_map(|event| {
                let Event::AccountRemoved { outcome, .. } = event else { return None };
                Some(outcome.clone().map_err(|reason| reason.to_string()))
            });
            answers.collect::<Vec<_>>()
        };
        let before = told(self).len();
        self.engine.remove_account(Removal { name: name.to_owned(), discard });
        self.until("the removal is answered", |driver| told(driver).len() > before);
        told(self).pop().unwrap()
    }

    pub fn id(&self) -> AccountId {
        self.engine.accounts()[0].0
    }

    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Waits until this holds; it is asked again after each event.
    #[track_caller]
    pub fn until(&mut self, what: &str, mut holds: impl FnMut(&mut Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.hear();
            if holds(self) {
                return;
            }
            let late = Instant::now() >= deadline;
            assert!(!late, "waited in vain: {what}\n{}\n{:?}", self.tail(), self.states);
            self.next_events();
        }
    }

    fn next_events(&mut self) {
        let outlet = self.engine.outlet().clone();
        let runtime = self.runtime.as_ref().unwrap();
        // What the server has changes without an event of ours: looked at ten times a second.
        let next = runtime.block_on(async { tokio::time::timeout(Duration::from_millis(100), outlet.next()).await });
        self.note(next.unwrap_or_default());
    }

    fn hear(&mut self) {
        let events = self.engine.outlet().take();
        self.note(events);
    }

    fn note(&mut self, events: Vec<Event>) {
        for event in events {
            if let Event::Connection { account, state } = &event {
                self.states.insert(*account, state.clone());
                if self.hurry && matches!(state, Connection::Offline { .. }) {
                    self.engine.send(Command::Refresh(Some(*account)));
                }
            }
            self.events.push(event);
        }
    }

    /// What was heard last, for failure messages.
    pub fn tail(&self) -> String {
        let from = self.events.len().saturating_sub(40);
        self.events[from..].iter().map(|event| format!("{event:?}")).collect::<Vec<_>>().join("\n")
    }

    /// Presses an action.
    pub fn press(&mut self, action: Action, messages: &[MessageId]) -> OpId {
        self.ask(|op| Command::Apply { op, action, messages: messages.to_vec(), origin: Origin::User })
    }

    /// Has a letter sent.
    pub fn post(&mut self, letter: LetterId, at: Option<UnixTime>) -> OpId {
        self.ask(|op| Command::Send { op, letter, at })
    }

    /// Sends a command with a number of its own.
    pub fn ask(&mut self, command: impl FnOnce(OpId) -> Command) -> OpId {
        let op = OpId(self.next);
        self.next += 1;
        self.pressed.insert(op, 1);
        self.send(command(op));
        op
    }

    /// How a mail stands.
    pub fn posting(&self, op: OpId) -> Posting {
        let desk = self.engine.desk().clone();
        let runtime = self.runtime.as_ref().unwrap();
        let urgency = posthaste::sync::desk::Urgency::Now;
        let post = runtime.block_on(desk.run(urgency, move |files| files.journal.post(op))).unwrap().unwrap();
        post.unwrap().posting
    }

    /// Presses an action and waits until it is in the journal.
    #[track_caller]
    pub fn queue(&mut self, action: Action, messages: &[MessageId]) -> OpId {
        let op = self.press(action, messages);
        self.until("an operation is queued", |driver| {
            driver.events.iter().any(|event| matches!(event, Event::OpQueued { op: told, .. } if *told == op))
        });
        op
    }

    /// Presses an action and waits until the server has done it.
    #[track_caller]
    pub fn act(&mut self, action: Action, messages: &[MessageId]) -> OpId {
        let op = self.press(action, messages);
        self.done(op);
        op
    }

    /// Waits until an operation is done.
    #[track_caller]
    pub fn done(&mut self, op: OpId) {
        self.until("an operation ends", |driver| driver.ends(op).iter().any(|end| *end != End::Undone));
        assert_eq!(self.ends(op).last(), Some(&End::Done), "{}", self.tail());
    }

    /// Waits until an operation is refused; gives the reason.
    #[track_caller]
    pub fn refused(&mut self, op: OpId) -> (String, bool) {
        self.until("an operation is refused", |driver| matches!(driver.ends(op).last(), Some(End::Failed { .. })));
        match self.ends(op).pop() {
            Some(End::Failed { kept, reason }) => (reason, kept),
            other => panic!("{other:?}"),
        }
    }

    /// Takes an operation back and waits until that is written down, and, where it was sent, until it is done.
    #[track_caller]
    pub fn undo(&mut self, op: OpId) {
        self.send(Command::Undo(op));
        self.until("an operation is taken back", |driver| driver.ends(op).contains(&End::Undone));
        self.settle();
    }

    /// Does an operation that was taken back once more, and waits until the server has done it.
    #[track_caller]
    pub fn redo(&mut self, of: OpId) -> OpId {
        let op = OpId(self.next);
        self.next += 1;
        self.pressed.insert(op, 1);
        self.send(Command::Redo { op, of });
        self.done(op);
        op
    }

    /// Takes an operation back and waits until that is written down.
    #[track_caller]
    pub fn undo_here(&mut self, op: OpId) {
        self.send(Command::Undo(op));
        self.until("an operation is taken back", |driver| driver.ends(op).contains(&End::Undone));
    }

    /// Sends a refused operation again.
    pub fn retry(&mut self, op: OpId) {
        *self.pressed.entry(op).or_default() += 1;
        self.send(Command::Retry(op));
    }

    /// Every end of an operation that was told.
    pub fn ends(&self, op: OpId) -> Vec<End> {
        let end = |event: &Event| {
            if let Event::OpDone(told) = event {
                return (*told == op).then_some(End::Done);
            }
            if let Event::OpFailed { op: told, kept, reason } = event {
                let failed = End::Failed { kept: *kept, reason: reason.as_str().to_owned() };
                return (*told == op).then_some(failed);
            }
            matches!(event, Event::OpUndone(told) if *told == op).then_some(End::Undone)
        };
        self.events.iter().filter_map(end).collect()
    }

    /// Invariant 9: each operation that was pressed ended once; one that was taken back before it was sent, never.
    #[track_caller]
    pub fn each_ended_once(&self) {
        for (op, times) in &self.pressed {
            let ends = self.ends(*op);
            let ended = ends.iter().filter(|end| **end != End::Undone).count();
            let taken_back = ends.contains(&End::Undone);
            assert!(ended == *times || (taken_back && ended < *times), "{op:?}: {ends:?}");
        }
    }

    /// Operations that wait, and operations that were refused.
    pub fn waiting(&self) -> (u32, u32) {
        let desk = self.engine.desk().clone();
        let runtime = self.runtime.as_ref().unwrap();
        let urgency = posthaste::sync::desk::Urgency::Now;
        runtime.block_on(desk.run(urgency, |files| files.journal.counts())).unwrap().unwrap()
    }

    /// The newest operation that was refused.
    pub fn failed_op(&self) -> OpId {
        let desk = self.engine.desk().clone();
        let runtime = self.runtime.as_ref().unwrap();
        let urgency = posthaste::sync::desk::Urgency::Now;
        let rows = runtime.block_on(desk.run(urgency, |files| files.journal.rows(100))).unwrap().unwrap();
        rows.into_iter().find(|row| row.state == posthaste::protocol::OpState::Failed).unwrap().op
    }

    /// Waits until the queue is empty.
    #[track_caller]
    pub fn settle(&mut self) {
        self.until("the queue is empty", |driver| driver.waiting().0 == 0);
    }

    /// Waits until every account is in step.
    #[track_caller]
    pub fn online(&mut self) {
        let accounts: Vec<AccountId> = self.engine.accounts().iter().map(|(id, _)| *id).collect();
        self.until("every account is online", |driver| {
            accounts.iter().all(|id| matches!(driver.states.get(id), Some(Connection::Online { .. })))
        });
    }

    /// Everything that the cache shows.
    pub fn all(&self) -> Vec<Found> {
        shown(&self.reader)
    }

    fn list(&self, folder: FolderId) -> Vec<Detail> {
        self.reader.list(Source::Folder(folder), 100_000).unwrap()
    }

    /// The folders in which the cache shows a message with this id.
    pub fn places(&self, id: &str) -> Vec<String> {
        places(&self.all(), id)
    }

    /// The folder of this path.
    #[track_caller]
    pub fn folder(&self, path: &str) -> FolderId {
        let folders = self.reader.folders().unwrap();
        let found = folders.iter().find(|row| row.path.as_str() == path);
        found.unwrap_or_else(|| panic!("no folder {path} among {folders:?}")).id
    }

    /// The paths of all folders.
    pub fn folders(&self) -> Vec<String> {
        self.reader.folders().unwrap().iter().map(|row| row.path.as_str().to_owned()).collect()
    }

    /// The message with this id, where the cache shows it first.
    #[track_caller]
    pub fn message(&self, id: &str) -> MessageId {
        self.try_message(id).unwrap_or_else(|| panic!("no message {id} in {:?}", self.all()))
    }

    /// The message with this id in this folder, named by its path.
    #[track_caller]
    pub fn in_folder(&self, id: &str, path: &str) -> MessageId {
        let name = format!("{id}@x");
        let found = self.list(self.folder(path)).into_iter().find(|detail| detail.envelope.message_id == name);
        found.unwrap_or_else(|| panic!("no {id} in {path}: {:?}", self.all())).row.id
    }

    /// The message with this id, if the cache shows it.
    pub fn try_message(&self, id: &str) -> Option<MessageId> {
        let name = format!("{id}@x");
        let folders = self.reader.folders().unwrap();
        folders
            .iter()
            .flat_map(|row| self.list(row.id))
            .find(|detail| detail.envelope.message_id == name)
            .map(|detail| detail.row.id)
    }

    /// Waits until the cache shows a message with this id in this folder (raw name) and nowhere else.
    #[track_caller]
    pub fn shows(&mut self, id: &str, folder: &str) {
        self.until(&format!("{id} is shown in {folder}"), |driver| driver.places(id) == [folder]);
    }

    /// Whether a line of the activity log has this in it.
    pub fn told(&self, part: &str) -> bool {
        self.events.iter().any(|event| matches!(event, Event::Activity { text, .. } if text.as_str().contains(part)))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(10));
        }
    }
}
