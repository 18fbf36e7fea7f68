//! The engine in simulated time, and what was asked of it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use posthaste::config;
use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::mailbox::Change;
use posthaste::demo::server::{Options, connect_inside};
use posthaste::demo::world::World;
use posthaste::dir_lock::Access;
use posthaste::imap::connect::dialer::Dialer;
use posthaste::journal::Journal;
use posthaste::mail::flags::{Flag, FlagChange, Flags};
use posthaste::mail::list::Source;
use posthaste::mail::{FolderId, MessageId, UnixTime};
use posthaste::protocol::{Action, Command, Event, OpId, OpState, Origin};
use posthaste::store::{Cache, Reader};
use posthaste::sync::account::{Digest, Mode};
use posthaste::sync::clock::{Clock, Reading, time_of_day};
use posthaste::sync::desk::{Files, Urgency};
use posthaste::sync::{Engine, Setup};
use tokio::runtime::Runtime;

use super::steps::{FOLDERS, LOOSE, Plan, Press, Step};
use crate::support::engine::{account, all_of, mail};
use crate::support::raw_client::Found;

/// What the user is told before they send again what may be there already.
const TWICE: &str = "may be there twice";

pub(super) struct Running {
    runtime: Runtime,
    pub(super) engine: Engine,
    pub(super) reader: Reader,
}

/// What an operation wants of its messages.
pub(super) enum Want {
    Place(String),
    Word(&'static str, bool),
    /// Only conservation is judged afterwards.
    Other,
}

pub(super) struct Act {
    pub(super) op: OpId,
    pub(super) ids: Vec<String>,
    pub(super) want: Want,
}

/// What is known of a message beyond the operations.
#[derive(Default)]
pub(super) struct Note {
    /// How many copies there may be besides the one.
    pub(super) spare: usize,
    /// Somebody removed it on purpose.
    pub(super) may_vanish: bool,
    /// The other client, or an action on its folder, had a hand in where it is.
    pub(super) disturbed: bool,
    /// The machines on which something was done to it.
    hands: BTreeSet<usize>,
}

impl Note {
    /// Whether only another machine than this one had to do with it.
    pub(super) fn is_of_another(&self, machine: usize) -> bool {
        !self.hands.is_empty() && !self.hands.contains(&machine)
    }
}

/// What is known of the messages, on whichever machine.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) all: BTreeMap<String, Note>,
}

/// A user, their program on one machine, the server, another client.
pub struct Sim {
    pub(super) world: World,
    pub(super) options: Arc<Options>,
    pub(super) number: usize,
    dir: tempfile::TempDir,
    account: config::Account,
    pub(super) running: Option<Running>,
    pub(super) events: Vec<Event>,
    pub(super) acts: Vec<Act>,
    next_op: i64,
    pub(super) taken_back: BTreeSet<OpId>,
    pub(super) pressed: BTreeMap<OpId, usize>,
    /// How far the clock on the wall is ahead, in seconds.
    ahead: Arc<AtomicI64>,
    lasted: Duration,
    /// Of all machines.
    pub(super) notes: Rc<RefCell<Notes>>,
}

fn flag(word: &str) -> Flag {
    Flag::parse(word).unwrap()
}

fn name(number: usize) -> &'static str {
    FOLDERS.get(number).copied().unwrap_or_else(|| LOOSE[(number - FOLDERS.len()) % LOOSE.len()])
}

impl Sim {
    pub fn new(plan: &Plan) -> Self {
        let world = World::new();
        world.add_user("dana", "secret");
        for (folder, special) in [("Archive", "\\Archive"), ("Trash", "\\Trash"), ("Junk", "\\Junk")] {
            world.add_folder("dana", folder, Some(special));
        }
        world.add_folder("dana", "Projects", None);
        let mut sim = Self::on(world, Arc::new(plan.options.clone()), 0, Rc::default());
        for number in 0..6 {
            sim.deliver(FOLDERS[number % 3]);
        }
        sim.start();
        sim.pass(Duration::from_secs(5));
        sim
    }

    fn on(world: World, options: Arc<Options>, number: usize, notes: Rc<RefCell<Notes>>) -> Self {
        let memory = std::path::Path::new("/dev/shm");
        let dir = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        Self {
            world,
            options,
            number,
            dir: dir.unwrap(),
            account: account("work", ([127, 0, 0, 1], 9).into(), "dana", "secret"),
            running: None,
            events: Vec::new(),
            acts: Vec::new(),
            next_op: 1,
            taken_back: BTreeSet::new(),
            pressed: BTreeMap::new(),
            ahead: Arc::default(),
            lasted: Duration::ZERO,
            notes,
        }
    }

    /// Another machine of the same user. It has its own clock: while one has its turn, the other stands still.
    pub fn beside(&self, number: usize) -> Self {
        let mut sim = Self::on(self.world.clone(), Arc::clone(&self.options), number, Rc::clone(&self.notes));
        sim.start();
        sim.pass(Duration::from_secs(5));
        sim
    }

    pub(super) fn start(&mut self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let cache = Cache::open(&self.dir.path().join("cache"), Access::Owner).unwrap();
        let journal = Journal::open(&self.dir.path().join("data"), Access::Owner).unwrap();
        let reader = cache.reader().unwrap();
        let setup = Setup {
            accounts: vec![self.account.clone()],
            cache,
            journal,
            digester: Arc::new(|_| Digest::default()),
            index_mb: 100,
            text_reader: posthaste::runtime::launch::text_reader(),
            tools: posthaste::auth::Tools::in_memory(),
            trace: None,
            mode: Mode::Live,
        };
        let (world, options) = (self.world.clone(), Arc::clone(&self.options));
        let dialer = Dialer::Inside(Arc::new(move || Ok(connect_inside(&world, &options))));
        let ahead = Arc::clone(&self.ahead);
        let wall = move || UnixTime(time_of_day().0 + ahead.load(Ordering::Relaxed));
        let clock = Clock::Told(Arc::new(move || Reading { wall: wall(), since_boot: None }));
        let engine = runtime.block_on(Engine::start_at(setup, dialer, clock)).unwrap();
        self.running = Some(Running { runtime, engine, reader });
    }

    /// Every task stops where it stands, the server's sessions too.
    pub(super) fn kill(&mut self) {
        self.hear();
        self.running = None;
    }

    pub(super) fn run(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    fn hear(&mut self) {
        let events = self.run().engine.outlet().take();
        self.events.extend(events);
    }

    /// Sets the clock on the wall by so many seconds.
    pub fn set_clock(&self, seconds: i64) {
        self.ahead.fetch_add(seconds, Ordering::Relaxed);
    }

    /// How much simulated time has passed.
    pub fn lasted(&self) -> Duration {
        self.lasted
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.lasted += time;
        self.run().runtime.block_on(async { tokio::time::sleep(time).await });
        self.hear();
    }

    fn turns(&mut self, turns: u32) {
        self.run().runtime.block_on(async {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
        });
        self.hear();
    }

    pub(super) fn send(&self, command: Command) {
        self.run().engine.send(command);
    }

    pub(super) fn desk<R: Send + 'static>(&self, job: impl FnOnce(&mut Files) -> R + Send + 'static) -> R {
        let running = self.run();
        running.runtime.block_on(running.engine.desk().run(Urgency::Now, job)).unwrap()
    }

    fn deliver(&mut self, folder: &str) {
        let id = format!("m{}", self.born());
        self.world.deliver("dana", folder, &mail(&id), Flags::default(), UnixTime(1_700_000_000));
        self.notes.borrow_mut().all.insert(id, Note::default());
    }

    /// How many messages there ever were.
    fn born(&self) -> usize {
        self.notes.borrow().all.len()
    }

    /// The messages among these that the cache shows, by their Message-IDs.
    fn shown(&self, ids: Vec<String>) -> Vec<(String, MessageId)> {
        let reader = &self.run().reader;
        let folders = reader.folders().unwrap();
        let details = folders.iter().flat_map(|row| reader.list(Source::Folder(row.id), 1000).unwrap());
        let mut first = BTreeMap::new();
        for detail in details {
            first.entry(detail.envelope.message_id.clone()).or_insert(detail.row.id);
        }
        let known = |id: String| first.get(&format!("{id}@x")).map(|message| (id, *message));
        ids.into_iter().filter_map(known).collect()
    }

    pub(super) fn folder(&self, path: &str) -> Option<FolderId> {
        let folders = self.run().reader.folders().unwrap();
        folders.iter().find(|row| row.path.as_str() == path).map(|row| row.id)
    }

    fn apply(&mut self, action: Action, shown: Vec<(String, MessageId)>, want: Want) {
        let (ids, messages): (Vec<String>, Vec<MessageId>) = shown.into_iter().unzip();
        let op = OpId(self.next_op);
        self.next_op += 1;
        self.pressed.insert(op, 1);
        self.acts.push(Act { op, ids, want });
        self.send(Command::Apply { op, action, messages, origin: Origin::User });
    }

    fn note(&self, id: &str, change: impl FnOnce(&mut Note)) {
        change(self.notes.borrow_mut().all.get_mut(id).unwrap());
    }

    /// The user does something to a message on this machine. What they did to it on another one is the work of another
    /// client, seen from here.
    fn touch(&self, id: &str) {
        let by_copy = !self.options.has("MOVE");
        self.note(id, |note| {
            note.hands.insert(self.number);
            if note.hands.len() > 1 {
                note.disturbed = true;
                note.spare += usize::from(by_copy);
            }
        });
    }

    fn press(&mut self, press: Press, numbers: &[usize]) {
        let unique: BTreeSet<usize> = numbers.iter().map(|number| number % self.born()).collect();
        let ids: Vec<String> = unique.into_iter().map(|number| format!("m{number}")).collect();
        let shown = self.shown(ids);
        for (id, _) in &shown {
            self.touch(id);
        }
        let place = |to: &str| Want::Place(to.to_owned());
        let (action, want) = match press {
            Press::Flag { word, on } => {
                let (add, remove) = if on { (vec![flag(word)], Vec::new()) } else { (Vec::new(), vec![flag(word)]) };
                (Action::Flag(FlagChange { add, remove }), Want::Word(word, on))
            }
            Press::Move(to) | Press::Copy(to) => {
                let Some(folder) = self.folder(name(to)) else { return };
                let copy = matches!(press, Press::Copy(_));
                for (id, _) in &shown {
                    self.note(id, |note| {
                        note.spare += usize::from(copy);
                        note.disturbed |= copy || to >= FOLDERS.len();
                    });
                }
                if copy { (Action::Copy(folder), Want::Other) } else { (Action::Move(folder), place(name(to))) }
            }
            Press::Archive => (Action::Archive, place("Archive")),
            Press::Trash => (Action::Trash, place("Trash")),
            Press::Junk => (Action::Junk, place("Junk")),
            Press::NotJunk => (Action::NotJunk, place("INBOX")),
            Press::Delete => {
                for (id, _) in &shown {
                    self.note(id, |note| (note.may_vanish, note.disturbed) = (true, true));
                }
                (Action::DeleteForever, Want::Other)
            }
        };
        self.apply(action, shown, want);
    }

    /// Where the server has a message first, if it does.
    fn there(&self, number: usize) -> Option<(String, Found)> {
        let id = format!("m{}", number % self.born());
        let found = all_of(&self.world).into_iter().find(|found| found.message_id == format!("{id}@x"))?;
        Some((id, found))
    }

    pub fn step(&mut self, step: &Step) {
        if self.running.is_none() {
            self.start();
        }
        match step {
            Step::Press(press, numbers) => self.press(*press, numbers),
            Step::Create(number) => {
                let account = self.run().engine.accounts()[0].0;
                let path = LOOSE[*number].to_owned();
                self.apply(Action::CreateFolder { account, path }, Vec::new(), Want::Other);
            }
            Step::Rename(from, to) => {
                let Some(folder) = self.folder(LOOSE[*from]) else { return };
                let path = LOOSE[*to].to_owned();
                self.apply(Action::RenameFolder { folder, path }, Vec::new(), Want::Other);
            }
            Step::DeleteFolder(number) => {
                let Some(folder) = self.folder(LOOSE[*number]) else { return };
                self.apply(Action::DeleteFolder { folder }, Vec::new(), Want::Other);
            }
            Step::Undo(back) => {
                let Some(at) = self.acts.len().checked_sub(back + 1) else { return };
                let op = self.acts[at].op;
                self.taken_back.insert(op);
                self.give_up(op);
                self.send(Command::Undo(op));
            }
            Step::Retry => {
                if let Some(op) = self.failed().pop() {
                    self.retry(op);
                }
            }
            Step::Discard => {
                if let Some(op) = self.failed().pop() {
                    self.discard(op);
                }
            }
            Step::Open(number) => {
                if let Some(folder) = self.folder(FOLDERS[*number]) {
                    self.send(Command::Open(folder));
                }
            }
            Step::Deliver(number) => self.deliver(FOLDERS[*number]),
            Step::TheirFlag(number, word) => {
                let Some((_, found)) = self.there(*number) else { return };
                self.world.store("dana", &found.folder, found.uid, Change::Add, &Flags::parse([*word]));
            }
            Step::TheirMove(number, to) => {
                let Some((id, found)) = self.there(*number) else { return };
                self.disturb(&id);
                self.world.relocate("dana", &found.folder, &[found.uid], FOLDERS[*to]).unwrap();
            }
            Step::TheirExpunge(number) => {
                let Some((id, found)) = self.there(*number) else { return };
                self.disturb(&id);
                self.note(&id, |note| note.may_vanish = true);
                self.world.remove("dana", &found.folder, &[found.uid]);
            }
            // A name that is taken or missing is refused to them too.
            Step::TheirRename(from, to) => drop(self.world.rename("dana", LOOSE[*from], LOOSE[*to])),
            Step::Fault(verb, then, times) => {
                self.world.arm(Fault { when: When::Verb(verb), then: then.clone(), times: *times });
            }
            Step::Refuse(times) => {
                self.world.arm(Fault { when: When::Connect, then: Then::Close, times: *times });
            }
            Step::Cut(bytes) => self.world.arm(Fault::once(When::Sent(*bytes), Then::Close)),
            Step::Kick => self.world.kick(),
            Step::Turns(turns) => self.turns(*turns),
            Step::Wait(time) => self.pass(*time),
            Step::Kill => self.kill(),
            Step::LoseCache => {
                self.kill();
                std::fs::remove_dir_all(self.dir.path().join("cache")).unwrap();
            }
        }
    }

    /// The other client had its hand on a message. Where a move is made of copies, one that is under way may find its
    /// copy elsewhere and make another: at most one (P2).
    fn disturb(&mut self, id: &str) {
        let by_copy = !self.options.has("MOVE");
        self.note(id, |note| {
            note.disturbed = true;
            note.spare += usize::from(by_copy);
        });
    }

    /// The messages of an operation, or of its undo.
    fn ids_of(&self, op: OpId) -> Vec<String> {
        self.acts.iter().filter(|act| act.op.0 == op.0.abs()).flat_map(|act| act.ids.clone()).collect()
    }

    /// Half of a move that is made of copies may be left by an operation that is given up after it failed: shown (P2).
    fn give_up(&mut self, op: OpId) {
        if self.options.has("MOVE") || !self.failed_ever(op) {
            return;
        }
        for id in self.ids_of(op) {
            self.note(&id, |note| {
                note.spare += 1;
                note.disturbed = true;
            });
        }
    }

    /// The user sends again what failed. Where they were told that it may be there twice then, it may (P2).
    pub(super) fn retry(&mut self, op: OpId) {
        let told = |event: &Event| matches!(event, Event::OpFailed { op: told, reason, .. } if *told == op && reason.as_str().contains(TWICE));
        let warned =
            self.events.iter().rev().find(|event| matches!(event, Event::OpFailed { op: told, .. } if *told == op));
        if warned.is_some_and(told) {
            for id in self.ids_of(op) {
                self.note(&id, |note| note.spare += 1);
            }
        }
        *self.pressed.entry(op).or_insert(1) += 1;
        self.send(Command::Retry(op));
    }

    pub(super) fn discard(&mut self, op: OpId) {
        self.taken_back.insert(op);
        self.give_up(op);
        self.send(Command::Discard(op));
    }

    /// Operations that wait for the user.
    pub(super) fn failed(&self) -> Vec<OpId> {
        let rows = self.desk(|files| files.journal.rows(1000).unwrap());
        rows.into_iter().filter(|row| row.state == OpState::Failed).map(|row| row.op).collect()
    }

    pub(super) fn failed_ever(&self, op: OpId) -> bool {
        self.events.iter().any(|event| matches!(event, Event::OpFailed { op: told, kept: true, .. } if *told == op))
    }
}
