//! O6 of RELIABILITY.md, for any test: how long a key is on its way to its frame, through the loop of the real screen.
//!
//! What counts is what the loop does and what it waits for. The time for which it could run and had no processor, because
//! the machine is busy with other tests, is taken off: the scheduler tells it (`/proc/…/schedstat`, in nanoseconds).
//! A loop that sleeps, waits for a lock or reads a disk gets nothing off. Where it already waited for a processor when
//! the key came, that is taken off as well: on a busy machine a latency is told too short rather than too long.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use futures::stream::poll_fn;
use posthaste::app::model::Model;
use posthaste::runtime::screen::{Surface, turns};
use posthaste::runtime::{Request, Runtime};
use posthaste::ui;
use posthaste::ui::theme::Theme;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::sync::{mpsc, oneshot};

use super::counted;

/// How long after a key the next one is pressed.
const PACE: Duration = Duration::from_millis(5);
/// How long all of it may take.
const PATIENCE: Duration = Duration::from_mins(2);
/// What O6 allows 99 of 100 keys. A build without optimisation draws several times as slowly.
const MOST: Duration = Duration::from_millis(if cfg!(debug_assertions) { 48 } else { 16 });
/// What it allows each key.
const WORST: Duration = Duration::from_millis(100);

/// How long keys were on their way.
#[derive(Debug)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// O6: 99 of 100 within a frame, each within what a person does not notice.
    #[track_caller]
    pub fn hold(mut self, what: &str) {
        self.0.sort();
        assert!(self.0.len() >= 100, "too few keys to judge: {}", self.0.len());
        let (p99, worst) = (self.0[self.0.len() * 99 / 100], self.0[self.0.len() - 1]);
        println!("{what}: median {:?}, p99 {p99:?}, worst {worst:?}", self.0[self.0.len() / 2]);
        assert!(p99 <= MOST && worst <= WORST, "O6, {what}: p99 {p99:?}, worst {worst:?}");
        counted("key", self.0.len());
    }
}

/// When a key was pressed, and for how long the loop had waited for a processor until then.
#[derive(Clone, Copy)]
struct Stamp {
    at: Instant,
    starved: Duration,
}

/// The thread of the loop, as the scheduler knows it.
#[derive(Clone)]
struct Thread(PathBuf);

impl Thread {
    fn this() -> Self {
        let name = std::fs::read_link("/proc/thread-self").unwrap_or_default();
        Self(PathBuf::from("/proc").join(name).join("schedstat"))
    }

    fn stamp(&self) -> Stamp {
        // The second number: nanoseconds on a run queue. Where nobody tells it, nothing is taken off.
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        let starved = text.split(' ').nth(1).and_then(|number| number.parse().ok()).unwrap_or(0);
        Stamp { at: Instant::now(), starved: Duration::from_nanos(starved) }
    }
}

/// A screen in memory that looks at the clock after each frame.
struct Watched {
    terminal: Terminal<TestBackend>,
    thread: Thread,
    pressed: Arc<Mutex<VecDeque<Stamp>>>,
    /// Keys that the loop has taken and not painted.
    taken: Arc<AtomicUsize>,
    latencies: Vec<Duration>,
    wanted: usize,
    end: Option<oneshot::Sender<Infallible>>,
}

impl Surface for Watched {
    fn draw(&mut self, model: &Model, theme: &Theme) -> std::io::Result<()> {
        let Ok(_) = self.terminal.draw(|frame| ui::draw(model, theme, frame));
        let now = self.thread.stamp();
        let taken = self.taken.swap(0, Ordering::SeqCst);
        for stamp in self.pressed.lock().unwrap().drain(..taken) {
            self.latencies.push((now.at - stamp.at).saturating_sub(now.starved.saturating_sub(stamp.starved)));
        }
        if self.latencies.len() >= self.wanted {
            self.end = None;
        }
        Ok(())
    }

    fn serve(&mut self, _: &Request) -> std::io::Result<Option<(u16, u16)>> {
        Ok(None)
    }
}

/// Types these keys into the screen's loop, on the thread that calls, and measures each until its frame is painted.
#[track_caller]
pub fn type_into(
    tokio: &tokio::runtime::Runtime,
    runtime: &mut Runtime,
    size: (u16, u16),
    keys: impl Iterator<Item = char>,
) -> Latencies {
    let keys: Vec<char> = keys.collect();
    let (pressed, taken) = (Arc::new(Mutex::new(VecDeque::new())), Arc::new(AtomicUsize::new(0)));
    let (end, ended) = oneshot::channel();
    let mut watched = Watched {
        terminal: Terminal::new(TestBackend::new(size.0, size.1)).unwrap(),
        thread: Thread::this(),
        pressed: Arc::clone(&pressed),
        taken: Arc::clone(&taken),
        latencies: Vec::new(),
        wanted: keys.len(),
        end: Some(end),
    };
    let (hand, mut keyboard) = mpsc::unbounded_channel();
    let thread = watched.thread.clone();
    tokio.spawn(async move {
        let mut pace = tokio::time::interval(PACE);
        for key in keys {
            pace.tick().await;
            pressed.lock().unwrap().push_back(thread.stamp());
            let code = match key {
                '\n' => KeyCode::Enter,
                '\u{1b}' => KeyCode::Esc,
                other => KeyCode::Char(other),
            };
            if hand.send(Event::Key(KeyEvent::new(code, KeyModifiers::NONE))).is_err() {
                return;
            }
        }
        // The keyboard stays until the last frame is painted.
        hand.closed().await;
    });
    let mut events = poll_fn(move |context| {
        let event = keyboard.poll_recv(context);
        taken.fetch_add(usize::from(matches!(event, std::task::Poll::Ready(Some(_)))), Ordering::SeqCst);
        event.map(|event| event.map(Ok))
    });
    let ended = async { drop(ended.await) };
    let whole = tokio
        .block_on(async { tokio::time::timeout(PATIENCE, turns(runtime, &mut events, ended, &mut watched)).await });
    whole
        .unwrap_or_else(|_| panic!("O6: {} of {} keys were painted", watched.latencies.len(), watched.wanted))
        .unwrap();
    assert_eq!(watched.latencies.len(), watched.wanted, "the loop ended before the last key");
    Latencies(watched.latencies)
}
