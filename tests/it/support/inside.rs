//! The engine in simulated time: its server in this process, behind a line that the test breaks, with clocks that it sets.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use posthaste::demo::server::{Options, connect_inside};
use posthaste::demo::world::World;
use posthaste::dir_lock::Access;
use posthaste::imap::connect::dialer::Dialer;
use posthaste::journal::Journal;
use posthaste::mail::flags::Flags;
use posthaste::mail::list::Source;
use posthaste::mail::{FolderId, MessageId, UnixTime};
use posthaste::protocol::{Action, Command, Connection, Event, OpId, Origin};
use posthaste::store::{Cache, Reader};
use posthaste::sync::account::{Digest, Mode};
use posthaste::sync::clock::{Clock, Reading};
use posthaste::sync::desk::Urgency;
use posthaste::sync::{Engine, Setup};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex, split};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::time::Instant;

use super::engine::{account, all_of, mail};
use super::oracle::{places, shown, sorted};
use super::raw_client::Found;

/// How far time goes on between two looks.
const LOOK: Duration = Duration::from_millis(100);
/// The time of day when a test begins.
const MORNING: i64 = 1_700_000_000;

/// Which way nothing passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hole {
    None,
    /// What the server says is kept back.
    Down,
    Both,
}

#[derive(Debug, Clone)]
struct State {
    hole: Hole,
    /// Connections that pass nothing any more, by their numbers from 1.
    dead: BTreeSet<usize>,
    reachable: bool,
}

/// The line to the server.
pub struct Line {
    state: watch::Sender<State>,
    /// When each connection was asked for, made or not.
    dialled: Mutex<Vec<Duration>>,
    made: Mutex<usize>,
}

impl Line {
    fn new() -> Self {
        let state = State { hole: Hole::None, dead: BTreeSet::new(), reachable: true };
        Self { state: watch::Sender::new(state), dialled: Mutex::default(), made: Mutex::default() }
    }

    /// Nothing passes this way from now on; connections stay open, and new ones open.
    pub fn hole(&self, hole: Hole) {
        self.state.send_modify(|state| state.hole = hole);
    }

    /// There is no way to the server, or there is again. What is open passes nothing any more.
    pub fn reachable(&self, reachable: bool) {
        self.forget_all();
        self.state.send_modify(|state| state.reachable = reachable);
    }

    /// The connection with this number passes nothing any more, and nobody is told.
    pub fn forget(&self, number: usize) {
        self.state.send_modify(|state| state.dead.extend([number]));
    }

    /// No connection that is open passes anything any more.
    pub fn forget_all(&self) {
        let made = *self.made.lock().unwrap_or_else(PoisonError::into_inner);
        self.state.send_modify(|state| state.dead.extend(1..=made));
    }

    /// When connections were asked for, since the beginning.
    pub fn dialled(&self) -> Vec<Duration> {
        self.dialled.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The most connections that were asked for in any ten minutes.
    pub fn most_in_ten_minutes(&self) -> usize {
        let dialled = self.dialled();
        let within = |first: &Duration| {
            dialled.iter().filter(|at| *at >= first && at.saturating_sub(*first) < Duration::from_mins(10)).count()
        };
        dialled.iter().map(within).max().unwrap_or(0)
    }

    fn open(&self, now: Duration, world: &World, options: &Arc<Options>) -> io::Result<DuplexStream> {
        self.dialled.lock().unwrap_or_else(PoisonError::into_inner).push(now);
        if !self.state.borrow().reachable {
            return Err(io::Error::from(io::ErrorKind::NetworkUnreachable));
        }
        let number = {
            let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            *made += 1;
            *made
        };
        let (ours, client) = duplex(64 * 1024);
        let (from_client, to_client) = split(client);
        let (from_server, to_server) = split(connect_inside(world, options));
        tokio::spawn(relay(from_client, to_server, self.state.subscribe(), number, Hole::Both));
        tokio::spawn(relay(from_server, to_client, self.state.subscribe(), number, Hole::Down));
        Ok(ours)
    }
}

/// Passes bytes on while the line passes anything; `least` is the smallest hole that stops this direction.
async fn relay(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut state: watch::Receiver<State>,
    number: usize,
    least: Hole,
) {
    let mut bytes = vec![0; 16 * 1024];
    let passes = |state: &State| match state.hole {
        Hole::None => !state.dead.contains(&number),
        Hole::Down => !state.dead.contains(&number) && least == Hole::Both,
        Hole::Both => false,
    };
    while let Ok(count) = from.read(&mut bytes).await {
        if state.wait_for(passes).await.is_err() || count == 0 || to.write_all(&bytes[..count]).await.is_err() {
            break;
        }
    }
    to.shutdown().await.ok();
}

/// Clocks: they go with simulated time, and are set and stopped by the test.
#[derive(Default)]
struct Clocks {
    set: Mutex<(i64, Duration)>,
}

impl Clocks {
    fn read(&self, elapsed: Duration) -> Reading {
        let (ahead, slept) = *self.set.lock().unwrap_or_else(PoisonError::into_inner);
        let since = i64::try_from((elapsed + slept).as_secs()).unwrap();
        Reading { wall: UnixTime(MORNING + since + ahead), since_boot: Some(elapsed + slept) }
    }
}

/// A user, their program, the server and all that lies between.
pub struct Inside {
    pub world: World,
    pub line: Arc<Line>,
    /// Everything the engine said, with the time since the beginning.
    pub events: Vec<(Duration, Event)>,
    runtime: Option<Runtime>,
    engine: Option<Engine>,
    reader: Reader,
    clocks: Arc<Clocks>,
    began: Instant,
    next: i64,
    _dir: tempfile::TempDir,
}

impl Inside {
    /// An inbox with these mails, and an engine that is in step with it.
    pub fn start(options: Options, ids: &[&str]) -> Self {
        let mut inside = Self::open(options, ids, |_| {});
        inside.within("all is in step", Duration::from_mins(1), Self::is_online);
        // The other connections are made, if there is use for them.
        inside.pass(Duration::from_secs(10));
        inside
    }

    /// As [`Inside::start`], with something done to the world first, and nothing waited for.
    pub fn open(options: Options, ids: &[&str], before: impl FnOnce(&Self)) -> Self {
        Self::open_for(Mode::Live, options, ids, before)
    }

    /// As [`Inside::open`], with an engine that works for as long as `mode` says.
    pub fn open_for(mode: Mode, options: Options, ids: &[&str], before: impl FnOnce(&Self)) -> Self {
        let world = World::new();
        world.add_user("dana", "secret");
        for (folder, special) in [("Archive", "\\Archive"), ("Trash", "\\Trash"), ("Junk", "\\Junk")] {
            world.add_folder("dana", folder, Some(special));
        }
        world.add_folder("dana", "Projects", None);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(&dir.path().join("cache"), Access::Owner).unwrap();
        let journal = Journal::open(&dir.path().join("data"), Access::Owner).unwrap();
        let mut inside = Self {
            world,
            line: Arc::new(Line::new()),
            events: Vec::new(),
            reader: cache.reader().unwrap(),
            clocks: Arc::default(),
            began: runtime.block_on(async { Instant::now() }),
            runtime: Some(runtime),
            engine: None,
            next: 1,
            _dir: dir,
        };
        for id in ids {
            inside.deliver(id);
        }
        before(&inside);
        let (world, line, began) = (inside.world.clone(), Arc::clone(&inside.line), inside.began);
        let options = Arc::new(options);
        let dialer = Dialer::Inside(Arc::new(move || line.open(began.elapsed(), &world, &options)));
        let clocks = Arc::clone(&inside.clocks);
        let clock = Clock::Told(Arc::new(move || clocks.read(began.elapsed())));
        let setup = Setup {
            accounts: vec![account("work", ([127, 0, 0, 1], 9).into(), "dana", "secret")],
            cache,
            journal,
            digester: Arc::new(|_| Digest::default()),
            index_mb: 100,
            text_reader: posthaste::runtime::launch::text_reader(),
            tools: posthaste::auth::Tools::in_memory(),
            post: posthaste::sync::post::Post::default(),
            trace: None,
            mode,
        };
        let engine = inside.runtime().block_on(Engine::start_at(setup, dialer, clock)).unwrap();
        inside.engine = Some(engine);
        inside
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().unwrap()
    }

    fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    /// The time since the beginning.
    pub fn now(&self) -> Duration {
        self.runtime().block_on(async { self.began.elapsed() })
    }

    /// So much time passes.
    pub fn pass(&mut self, time: Duration) {
        self.runtime().block_on(async { tokio::time::sleep(time).await });
        self.hear();
    }

    /// Other tasks have this many turns.
    pub fn turns(&mut self, turns: u64) {
        self.runtime().block_on(async {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
        });
        self.hear();
    }

    fn hear(&mut self) {
        let now = self.now();
        let told = self.engine().outlet().take();
        self.events.extend(told.into_iter().map(|event| (now, event)));
    }

    /// The computer sleeps for so long: the clock by which the program waits stands still.
    pub fn sleep(&self, time: Duration) {
        self.clocks.set.lock().unwrap_or_else(PoisonError::into_inner).1 += time;
    }

    /// The program is stopped for so long.
    pub fn stopped(&self, time: Duration) {
        self.runtime().block_on(tokio::time::advance(time));
    }

    /// The clock on the wall is set by so many seconds.
    pub fn set_clock(&self, seconds: i64) {
        self.clocks.set.lock().unwrap_or_else(PoisonError::into_inner).0 += seconds;
    }

    /// Waits until this holds, at most so long; says how long it took.
    #[track_caller]
    pub fn within(&mut self, what: &str, most: Duration, mut holds: impl FnMut(&Self) -> bool) -> Duration {
        let began = self.now();
        loop {
            self.hear();
            if holds(self) {
                return self.now().saturating_sub(began);
            }
            assert!(self.now().saturating_sub(began) < most, "not within {most:?}: {what}\n{}", self.tail());
            self.pass(LOOK);
        }
    }

    /// What was heard last, for failure messages.
    pub fn tail(&self) -> String {
        let from = self.events.len().saturating_sub(30);
        let lines: Vec<String> = self.events[from..].iter().map(|(at, event)| format!("{at:?} {event:?}")).collect();
        format!("{}\n{:?}\n{:?}", lines.join("\n"), self.line.dialled(), self.world.commands())
    }

    /// How the account stands, as the screen was told, and when.
    pub fn states(&self) -> Vec<(Duration, Connection)> {
        let states = self.events.iter().filter_map(|(at, event)| {
            if let Event::Connection { state, .. } = event { Some((*at, state.clone())) } else { None }
        });
        states.collect()
    }

    pub fn state(&self) -> Connection {
        self.states().pop().unwrap_or_default().1
    }

    pub fn is_online(&self) -> bool {
        matches!(self.state(), Connection::Online { .. })
    }

    pub fn is_offline(&self) -> bool {
        matches!(self.state(), Connection::Offline { .. })
    }

    /// Whether a line of the activity log has this in it.
    pub fn told(&self, part: &str) -> bool {
        self.events
            .iter()
            .any(|(_, event)| matches!(event, Event::Activity { text, .. } if text.as_str().contains(part)))
    }

    pub fn deliver(&self, id: &str) -> u32 {
        self.world.deliver("dana", "INBOX", &mail(id), Flags::default(), UnixTime(MORNING - 1000))
    }

    pub fn send(&self, command: Command) {
        self.engine().send(command);
    }

    /// Presses an action.
    pub fn press(&mut self, action: Action, messages: &[MessageId]) -> OpId {
        let op = OpId(self.next);
        self.next += 1;
        self.send(Command::Apply { op, action, messages: messages.to_vec(), origin: Origin::User });
        op
    }

    pub fn is_done(&self, op: OpId) -> bool {
        self.events.iter().any(|(_, event)| matches!(event, Event::OpDone(told) if *told == op))
    }

    /// How many operations wait, and how many were refused.
    pub fn waiting(&self) -> (u32, u32) {
        let desk = self.engine().desk().clone();
        self.runtime().block_on(desk.run(Urgency::Now, |files| files.journal.counts())).unwrap().unwrap()
    }

    /// Everything that the cache shows.
    pub fn here(&self) -> Vec<Found> {
        shown(&self.reader)
    }

    /// Everything that the server has.
    pub fn there(&self) -> Vec<Found> {
        sorted(all_of(&self.world))
    }

    /// O2.
    pub fn in_step(&self) -> bool {
        self.waiting() == (0, 0) && self.here() == self.there()
    }

    /// Whether the cache shows a message with this id in this folder and nowhere else.
    pub fn shows(&self, id: &str, folder: &str) -> bool {
        places(&self.here(), id) == [folder]
    }

    pub fn folder(&self, path: &str) -> FolderId {
        self.reader.folders().unwrap().iter().find(|row| row.path.as_str() == path).unwrap().id
    }

    pub fn message(&self, id: &str) -> MessageId {
        let folders = self.reader.folders().unwrap();
        let details = folders.iter().flat_map(|row| self.reader.list(Source::Folder(row.id), 1000).unwrap());
        details.into_iter().find(|detail| detail.envelope.message_id == format!("{id}@x")).unwrap().row.id
    }

    /// How many commands with this verb came.
    pub fn count(&self, verb: &str) -> usize {
        self.world.commands().iter().filter(|line| line.contains(&format!(": {verb}"))).count()
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        // The engine's tasks end with their runtime.
        self.runtime = None;
        self.engine = None;
    }
}
