//! The engine in simulated time, what was asked of it, and whether that is so.

use std::collections::{BTreeMap, BTreeSet};
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
use posthaste::protocol::{Action, Command, Event, OpId, OpState};
use posthaste::store::{Cache, Reader};
use posthaste::sync::account::{Digest, Mode};
use posthaste::sync::clock::{Clock, Reading, time_of_day};
use posthaste::sync::desk::{Files, Urgency};
use posthaste::sync::{Engine, Setup};
use tokio::runtime::Runtime;

use super::steps::{FOLDERS, LOOSE, OURS, Plan, Press, Step};
use crate::support::engine::{account, all_of, mail};
use crate::support::oracle::shown;
use crate::support::raw_client::Found;

/// Commands that change mail or folders.
const MUTATING: [&str; 11] = [
    "UID STORE",
    "UID COPY",
    "UID MOVE",
    "UID EXPUNGE",
    "EXPUNGE",
    "CREATE",
    "RENAME",
    "DELETE",
    "APPEND",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
];
/// Rounds of half a minute until all must be in step after the last fault.
const ROUNDS: u32 = 40;

struct Running {
    runtime: Runtime,
    engine: Engine,
    reader: Reader,
}

/// What an operation wants of its messages.
enum Want {
    Place(String),
    Word(&'static str, bool),
    /// Only conservation is judged afterwards.
    Other,
}

struct Act {
    op: OpId,
    ids: Vec<String>,
    want: Want,
}

/// What is known of a message beyond the operations.
#[derive(Default)]
struct Note {
    /// How many copies there may be besides the one.
    spare: usize,
    /// Somebody removed it on purpose.
    may_vanish: bool,
    /// The other client, or an action on its folder, had a hand in where it is.
    disturbed: bool,
}

/// A user, their program, the server, another client.
pub struct Sim {
    world: World,
    options: Arc<Options>,
    dir: tempfile::TempDir,
    account: config::Account,
    running: Option<Running>,
    events: Vec<Event>,
    acts: Vec<Act>,
    next_op: i64,
    born: usize,
    taken_back: BTreeSet<OpId>,
    pressed: BTreeMap<OpId, usize>,
    /// How far the clock on the wall is ahead, in seconds.
    ahead: Arc<AtomicI64>,
    lasted: Duration,
    notes: BTreeMap<String, Note>,
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
        let memory = std::path::Path::new("/dev/shm");
        let dir = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let mut sim = Self {
            world,
            options: Arc::new(plan.options.clone()),
            dir: dir.unwrap(),
            account: account("work", ([127, 0, 0, 1], 9).into(), "dana", "secret"),
            running: None,
            events: Vec::new(),
            acts: Vec::new(),
            next_op: 1,
            born: 0,
            taken_back: BTreeSet::new(),
            pressed: BTreeMap::new(),
            ahead: Arc::default(),
            lasted: Duration::ZERO,
            notes: BTreeMap::new(),
        };
        for number in 0..6 {
            sim.deliver(FOLDERS[number % 3]);
        }
        sim.start();
        sim.pass(Duration::from_secs(5));
        sim
    }

    fn start(&mut self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let cache = Cache::open(&self.dir.path().join("cache"), Access::Owner).unwrap();
        let journal = Journal::open(&self.dir.path().join("data"), Access::Owner).unwrap();
        let reader = cache.reader().unwrap();
        let setup = Setup {
            accounts: vec![self.account.clone()],
            cache,
            journal,
            digester: Arc::new(|_| Digest::default()),
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
    fn kill(&mut self) {
        self.hear();
        self.running = None;
    }

    fn run(&self) -> &Running {
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

    fn pass(&mut self, time: Duration) {
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

    fn send(&self, command: Command) {
        self.run().engine.send(command);
    }

    fn desk<R: Send + 'static>(&self, job: impl FnOnce(&mut Files) -> R + Send + 'static) -> R {
        let running = self.run();
        running.runtime.block_on(running.engine.desk().run(Urgency::Now, job)).unwrap()
    }

    fn deliver(&mut self, folder: &str) {
        let id = format!("m{}", self.born);
        self.born += 1;
        self.world.deliver("dana", folder, &mail(&id), Flags::default(), UnixTime(1_700_000_000));
        self.notes.insert(id, Note::default());
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

    fn folder(&self, path: &str) -> Option<FolderId> {
        let folders = self.run().reader.folders().unwrap();
        folders.iter().find(|row| row.path.as_str() == path).map(|row| row.id)
    }

    fn apply(&mut self, action: Action, shown: Vec<(String, MessageId)>, want: Want) {
        let (ids, messages): (Vec<String>, Vec<MessageId>) = shown.into_iter().unzip();
        let op = OpId(self.next_op);
        self.next_op += 1;
        self.pressed.insert(op, 1);
        self.acts.push(Act { op, ids, want });
        self.send(Command::Apply { op, action, messages });
    }

    fn note(&mut self, id: &str) -> &mut Note {
        self.notes.get_mut(id).unwrap()
    }

    fn press(&mut self, press: Press, numbers: &[usize]) {
        let unique: BTreeSet<usize> = numbers.iter().map(|number| number % self.born).collect();
        let ids: Vec<String> = unique.into_iter().map(|number| format!("m{number}")).collect();
        let shown = self.shown(ids);
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
                    let note = self.note(id);
                    note.spare += usize::from(copy);
                    note.disturbed |= copy || to >= FOLDERS.len();
                }
                if copy { (Action::Copy(folder), Want::Other) } else { (Action::Move(folder), place(name(to))) }
            }
            Press::Archive => (Action::Archive, place("Archive")),
            Press::Trash => (Action::Trash, place("Trash")),
            Press::Junk => (Action::Junk, place("Junk")),
            Press::NotJunk => (Action::NotJunk, place("INBOX")),
            Press::Delete => {
                for (id, _) in &shown {
                    let note = self.note(id);
                    note.may_vanish = true;
                    note.disturbed = true;
                }
                (Action::DeleteForever, Want::Other)
            }
        };
        self.apply(action, shown, want);
    }

    /// Where the server has a message first, if it does.
    fn there(&self, number: usize) -> Option<(String, Found)> {
        let id = format!("m{}", number % self.born);
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
                self.note(&id).may_vanish = true;
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
        let note = self.note(id);
        note.disturbed = true;
        note.spare += usize::from(by_copy);
    }

    /// Half of a move that is made of copies may be left by an operation that is given up after it failed: shown (P2).
    fn give_up(&mut self, op: OpId) {
        if self.options.has("MOVE") || !self.failed_ever(op) {
            return;
        }
        let ids: Vec<String> =
            self.acts.iter().filter(|act| act.op.0 == op.0.abs()).flat_map(|act| act.ids.clone()).collect();
        for id in ids {
            let note = self.note(&id);
            note.spare += 1;
            note.disturbed = true;
        }
    }

    fn retry(&mut self, op: OpId) {
        *self.pressed.entry(op).or_insert(1) += 1;
        self.send(Command::Retry(op));
    }

    fn discard(&mut self, op: OpId) {
        self.taken_back.insert(op);
        self.give_up(op);
        self.send(Command::Discard(op));
    }

    /// Operations that wait for the user.
    fn failed(&self) -> Vec<OpId> {
        let rows = self.desk(|files| files.journal.rows(1000).unwrap());
        rows.into_iter().filter(|row| row.state == OpState::Failed).map(|row| row.op).collect()
    }

    fn failed_ever(&self, op: OpId) -> bool {
        self.events.iter().any(|event| matches!(event, Event::OpFailed { op: told, kept: true, .. } if *told == op))
    }

    /// What the cache shows, without what is only marked as deleted.
    fn here(&self) -> Vec<Found> {
        alive(shown(&self.run().reader))
    }

    /// The faults end; the user sends again what was refused, and gives it up where that does not help. O2.
    pub fn finish(&mut self) -> Result<(), String> {
        self.world.disarm();
        if self.running.is_none() {
            self.start();
        }
        for round in 0..ROUNDS {
            if round % 5 == 0 {
                self.world.kick();
            }
            let account = self.run().engine.accounts()[0].0;
            self.send(Command::Reconnect(account));
            self.send(Command::Refresh(None));
            // Flags that another client sets are told of by no count: a folder is looked at whole when it is opened.
            if round > 0 {
                for folder in FOLDERS.iter().chain(&LOOSE).filter_map(|path| self.folder(path)) {
                    self.send(Command::Open(folder));
                }
            }
            self.pass(Duration::from_secs(30));
            let failed = self.failed();
            for op in &failed {
                if round < 6 { self.retry(*op) } else { self.discard(*op) }
            }
            let waiting = self.desk(|files| files.journal.counts().unwrap());
            if waiting == (0, 0) && failed.is_empty() && self.here() == alive(all_of(&self.world)) {
                return Ok(());
            }
        }
        let (here, there) = (self.here(), alive(all_of(&self.world)));
        let only = |these: &[Found], those: &[Found]| -> Vec<String> {
            these.iter().filter(|one| !those.contains(one)).map(|one| format!("{one:?}")).collect()
        };
        let waiting = self.desk(|files| files.journal.rows(1000).unwrap());
        let waiting: Vec<_> = waiting.into_iter().filter(|row| row.state != OpState::Done).collect();
        Err(format!(
            "not in step; only here: {:?}; only there: {:?}; {waiting:?}",
            only(&here, &there),
            only(&there, &here)
        ))
    }

    /// O1, invariant 9, and the model of what was asked for.
    pub fn judge(&self) -> Result<(), String> {
        let all = alive(all_of(&self.world));
        for (id, note) in &self.notes {
            let copies: Vec<&Found> = all.iter().filter(|found| found.message_id == format!("{id}@x")).collect();
            if copies.is_empty() && !note.may_vanish {
                return Err(format!("{id} is lost"));
            }
            if copies.len() > 1 + note.spare {
                return Err(format!("{id} is there {} times: {copies:?}", copies.len()));
            }
            let ([found], false) = (copies.as_slice(), note.disturbed) else { continue };
            self.wanted(id, found)?;
        }
        for (op, times) in &self.pressed {
            // Not kept: no end, but the answer to a command that was not taken, such as an undo of nothing.
            let end = |event: &&Event| {
                matches!(event, Event::OpDone(told) if told == op)
                    || matches!(event, Event::OpFailed { op: told, kept: true, .. } if told == op)
            };
            let ends: Vec<&Event> = self.events.iter().filter(end).collect();
            if ends.len() > *times {
                return Err(format!("{op:?} was pressed {times} times and ended as {ends:?}"));
            }
        }
        Ok(())
    }

    /// An undisturbed message is where its operations put it and has the flags that they gave it.
    fn wanted(&self, id: &str, found: &Found) -> Result<(), String> {
        let number: usize = id.trim_start_matches('m').parse().unwrap();
        let mut places: Option<BTreeSet<String>> =
            (number < 6).then(|| BTreeSet::from([FOLDERS[number % 3].to_owned()]));
        let mut flags: BTreeMap<&str, BTreeSet<bool>> =
            OURS.iter().map(|word| (*word, BTreeSet::from([false]))).collect();
        let mine: Vec<&Act> =
            self.acts.iter().filter(|act| act.ids.iter().any(|one| one == id) && self.is_queued(act.op)).collect();
        for (at, act) in mine.iter().enumerate() {
            let back = OpId(-act.op.0);
            let failed = self.failed_ever(act.op) || self.failed_ever(back);
            let asked = self.taken_back.contains(&act.op) || self.taken_back.contains(&back);
            if (failed || asked) && at + 1 < mine.len() {
                return Ok(());
            }
            let undone = self.events.iter().any(|event| matches!(event, Event::OpUndone(told) if *told == act.op));
            if undone && !failed {
                continue;
            }
            let sure = !failed && !asked;
            match &act.want {
                Want::Place(to) => match &mut places {
                    Some(places) if !sure => drop(places.insert(to.clone())),
                    Some(_) => places = Some(BTreeSet::from([to.clone()])),
                    None if sure => places = Some(BTreeSet::from([to.clone()])),
                    None => {}
                },
                Want::Word(word, on) => {
                    let values = flags.get_mut(word).unwrap();
                    if sure {
                        values.clear();
                    }
                    values.insert(*on);
                }
                Want::Other => return Ok(()),
            }
        }
        if let Some(places) = places
            && !places.contains(&found.folder)
        {
            return Err(format!("{id} is in {}, not in {places:?}", found.folder));
        }
        for (word, values) in flags {
            let has = found.flags.iter().any(|flag| flag == word);
            if !values.contains(&has) {
                return Err(format!("{id} has flags {:?}, but {word} should be {values:?}", found.flags));
            }
        }
        Ok(())
    }

    fn is_queued(&self, op: OpId) -> bool {
        self.desk(move |files| files.journal.op(op).unwrap()).is_some()
    }

    /// One more start sends nothing that changes anything.
    pub fn once_more(&mut self) -> Result<(), String> {
        let before = self.here();
        self.kill();
        self.world.clear_commands();
        self.start();
        self.pass(Duration::from_mins(5));
        let log = self.world.commands();
        let changing = |line: &&String| {
            line.split_once(": ").is_some_and(|(_, verb)| MUTATING.iter().any(|name| verb.starts_with(name)))
        };
        let changes: Vec<&String> = log.iter().filter(changing).collect();
        if !changes.is_empty() {
            return Err(format!("one more start sends {changes:?}"));
        }
        if self.here() != before {
            return Err(format!("one more start shows {:?} after {before:?}", self.here()));
        }
        Ok(())
    }
}

/// Without what is marked as deleted: on a server without UIDPLUS an original may stay so (RL25).
fn alive(mut all: Vec<Found>) -> Vec<Found> {
    all.retain(|found| !found.flags.iter().any(|flag| flag == "\\Deleted"));
    all.sort();
    all
}
