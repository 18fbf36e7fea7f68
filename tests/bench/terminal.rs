//! The program on a pseudo-terminal: keys go in, frames come out, each with the time at which it was whole.
#![cfg(test)]

use std::io::{Read, Write};
use std::num::NonZero;
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::program::{Home, PROGRAM};

/// Set where the server and the measure have one processor and the program all of them.
pub const APART: &str = "POSTHASTE_BENCH_APART";

/// Columns and rows.
const SIZE: (u16, u16) = (120, 40);
/// What ends a frame: the end of a synchronised update.
const FRAME_END: &[u8] = b"\x1b[?2026l";
/// The question where the cursor is, and what a terminal says.
const WHERE: (&[u8], &[u8]) = (b"\x1b[6n", b"\x1b[1;1R");
/// What stands left of the selected row.
const BAR: char = '▌';

/// Looks at a whole frame.
type Watch = Box<dyn FnMut(&vt100::Screen) -> bool + Send>;

struct State {
    parser: vt100::Parser,
    rest: Vec<u8>,
    bytes: u64,
    watch: Option<Watch>,
    seen: Option<Instant>,
    ended: bool,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// Typed by the benchmark, and by the terminal when it is asked something.
type Keys = Arc<Mutex<Box<dyn Write + Send>>>;

/// The running program.
pub struct Terminal {
    shared: Arc<Shared>,
    keys: Keys,
    child: Box<dyn Child + Send + Sync>,
    started: Instant,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Starts the program's screen.
    pub fn start(home: &Home) -> Self {
        let (cols, rows) = SIZE;
        let pair = native_pty_system().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
        let apart = std::env::var_os(APART).is_some();
        let mut command = CommandBuilder::new(if apart { "taskset" } else { PROGRAM });
        if apart {
            command.args(["-c", "0-1023", PROGRAM]);
        }
        for (name, value) in home.env() {
            command.env(name, value);
        }
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        let reader = pair.master.try_clone_reader().unwrap();
        let keys: Keys = Arc::new(Mutex::new(pair.master.take_writer().unwrap()));
        let answers = Arc::clone(&keys);
        let state = State {
            parser: vt100::Parser::new(NonZero::new(rows).unwrap(), NonZero::new(cols).unwrap(), 0),
            rest: Vec::new(),
            bytes: 0,
            watch: None,
            seen: None,
            ended: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let mine = Arc::clone(&shared);
        thread::spawn(move || read(reader, &mine, &answers));
        go_first();
        let started = Instant::now();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        Self { shared, keys, child, started, _master: pair.master }
    }

    /// Waits for a frame that shows this; the time since the start of the program.
    pub fn shows(&self, text: &str, limit: Duration) -> Option<Duration> {
        let text = text.to_owned();
        self.watch(Box::new(move |screen| screen.contents().contains(&text)));
        self.wait(limit).map(|at| at.saturating_duration_since(self.started))
    }

    /// Types keys and waits for the first frame in which the selected row is another one.
    pub fn move_by(&mut self, keys: &str, limit: Duration) -> Option<Duration> {
        let before = selected(self.shared.state.lock().unwrap().parser.screen());
        self.type_and_wait(keys, Box::new(move |screen| selected(screen) != before), limit)
    }

    /// Types keys and waits for the first frame that shows this.
    pub fn type_until(&mut self, keys: &str, text: &str, limit: Duration) -> Option<Duration> {
        let text = text.to_owned();
        self.type_and_wait(keys, Box::new(move |screen| screen.contents().contains(&text)), limit)
    }

    /// Types keys and waits for the first frame that does not show this.
    pub fn type_until_gone(&mut self, keys: &str, text: &str, limit: Duration) -> Option<Duration> {
        let text = text.to_owned();
        self.type_and_wait(keys, Box::new(move |screen| !screen.contents().contains(&text)), limit)
    }

    fn type_and_wait(&mut self, keys: &str, watch: Watch, limit: Duration) -> Option<Duration> {
        self.shared.state.lock().unwrap().watch = Some(watch);
        self.shared.state.lock().unwrap().seen = None;
        let typed = Instant::now();
        type_in(&self.keys, keys.as_bytes());
        self.wait(limit).map(|at| at.saturating_duration_since(typed))
    }

    /// Watches frames from now on; one that is there already counts from now.
    fn watch(&self, mut watch: Watch) {
        let mut state = self.shared.state.lock().unwrap();
        state.seen = watch(state.parser.screen()).then(Instant::now);
        state.watch = Some(watch);
    }

    fn wait(&self, limit: Duration) -> Option<Instant> {
        let state = self.shared.state.lock().unwrap();
        let waiting = |state: &mut State| state.seen.is_none() && !state.ended;
        let (mut state, _) = self.shared.changed.wait_timeout_while(state, limit, waiting).unwrap();
        state.watch = None;
        state.seen.take()
    }

    /// Bytes that the program wrote so far.
    pub fn written(&self) -> u64 {
        self.shared.state.lock().unwrap().bytes
    }

    /// What is on the screen, for messages about failures.
    pub fn contents(&self) -> String {
        let state = self.shared.state.lock().unwrap();
        // An error is told outside of any frame.
        state.parser.screen().contents() + "\n" + &String::from_utf8_lossy(&state.rest)
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The rows that are selected, with where they stand.
fn selected(screen: &vt100::Screen) -> Vec<(usize, String)> {
    screen.rows(0, SIZE.0).enumerate().filter(|(_, row)| row.contains(BAR)).collect()
}

fn type_in(keys: &Keys, bytes: &[u8]) {
    let mut keys = keys.lock().unwrap();
    // A program that has ended reads nothing: the frame that does not come tells it.
    keys.write_all(bytes).and_then(|()| keys.flush()).ok();
}

/// Who types has a processor, and a terminal when bytes come, whatever else this machine does: the calling thread goes before
/// the server and the program, where the system allows that. What it starts does not.
fn go_first() {
    let thread = std::fs::read_link("/proc/thread-self").unwrap_or_default();
    let thread = thread.file_name().unwrap_or_default();
    let done = Command::new("chrt")
        .args(["--fifo", "--reset-on-fork", "--pid", "1"])
        .arg(thread)
        .stderr(Stdio::null())
        .status();
    if !done.is_ok_and(|status| status.success()) {
        eprintln!("the terminal of the measure waits for a processor as everybody does: chrt says no");
    }
}

fn read(mut reader: Box<dyn Read + Send>, shared: &Shared, keys: &Keys) {
    go_first();
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = reader.read(&mut buffer) {
        let at = Instant::now();
        if buffer[..read].windows(WHERE.0.len()).any(|window| window == WHERE.0) {
            type_in(keys, WHERE.1);
        }
        let mut state = shared.state.lock().unwrap();
        state.bytes += read as u64;
        state.rest.extend_from_slice(&buffer[..read]);
        while let Some(end) = state.rest.windows(FRAME_END.len()).position(|window| window == FRAME_END) {
            let frame: Vec<u8> = state.rest.drain(..end + FRAME_END.len()).collect();
            state.parser.process(&frame);
            let state = &mut *state;
            if state.seen.is_none()
                && let Some(watch) = &mut state.watch
                && watch(state.parser.screen())
            {
                state.seen = Some(at);
            }
        }
        drop(state);
        shared.changed.notify_all();
    }
    shared.state.lock().unwrap().ended = true;
    shared.changed.notify_all();
}
