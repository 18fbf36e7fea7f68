//! A pseudo-terminal with the program on it: bytes are collected, a screen is kept, every wait is bounded.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use posthaste::demo::server::{Options, Server};
use posthaste::demo::world::World;
use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{Termios, tcgetattr};
use tempfile::TempDir;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_mins(1);
const SIZE: PtySize = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };

/// A home directory with a config for a server in this process.
pub struct Home {
    /// The server's state.
    pub world: World,
    dir: TempDir,
    server: Server,
    _tokio: tokio::runtime::Runtime,
}

impl Home {
    /// One account, "work", on a server with this world.
    pub fn new(world: World) -> Self {
        let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let server = tokio.block_on(Server::start(world.clone(), Options::default())).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let home = Self { world, dir, server, _tokio: tokio };
        home.dial(home.server.addr);
        home
    }

    /// The account's server is to be reached here from now on.
    pub fn dial(&self, addr: SocketAddr) {
        let config = format!(
            "[accounts.work]\nemail = \"ada@example.org\"\n[accounts.work.imap]\nhost = \"127.0.0.1\"\nport = {}\n\
             security = \"none\"\nuser = \"ada\"\npassword = \"secret\"\n",
            addr.port()
        );
        std::fs::write(self.dir.path().join("config.toml"), config).unwrap();
    }

    /// Where the server listens.
    pub fn addr(&self) -> SocketAddr {
        self.server.addr
    }

    /// Runs a command of the program with this home to its end.
    pub fn command(&self, arguments: &[&str]) -> std::process::Output {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_posthaste"));
        command.args(arguments).env_clear().env("HOME", self.dir.path()).env("POSTHASTE_HOME", self.dir.path());
        command.env("POSTHASTE_CONFIG", self.dir.path().join("config.toml"));
        command.output().unwrap()
    }

    /// Adds these lines to the config.
    pub fn configure(&self, more: &str) {
        let path = self.dir.path().join("config.toml");
        let config = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{config}{more}")).unwrap();
    }

    /// Runs the program with this home and these variables.
    pub fn run_as(&self, variables: &[(&str, &str)]) -> Tty {
        let mut command = program(self.dir.path());
        command.env("POSTHASTE_CONFIG", self.dir.path().join("config.toml"));
        for (name, value) in variables {
            command.env(name, value);
        }
        Tty::spawn(command, None)
    }

    /// Its directory.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Runs the program with this home under another one, whose last argument is this file.
    pub fn run_under(&self, around: &[&str], file: &Path) -> Tty {
        let (first, rest) = around.split_first().unwrap();
        let mut command = clean(CommandBuilder::new(first), self.dir.path());
        command.args(rest);
        command.arg(file);
        command.arg(env!("CARGO_BIN_EXE_posthaste"));
        command.env("POSTHASTE_CONFIG", self.dir.path().join("config.toml"));
        Tty::spawn(command, None)
    }

    /// Runs the program with this home.
    pub fn run(&self) -> Tty {
        let mut command = program(self.dir.path());
        command.env("POSTHASTE_CONFIG", self.dir.path().join("config.toml"));
        Tty::spawn(command, None)
    }
}

/// A directory with a config for a server at this port.
fn configured(port: u16) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let config = format!(
        "[accounts.work]\nemail = \"ada@example.org\"\n[accounts.work.imap]\nhost = \"127.0.0.1\"\nport = {port}\n\
         security = \"none\"\nuser = \"ada\"\npassword = \"secret\"\n"
    );
    std::fs::write(dir.path().join("config.toml"), config).unwrap();
    dir
}

/// The program, in an environment of its own.
fn program(home: &Path) -> CommandBuilder {
    clean(CommandBuilder::new(env!("CARGO_BIN_EXE_posthaste")), home)
}

fn clean(mut command: CommandBuilder, home: &Path) -> CommandBuilder {
    command.env_clear();
    for (name, value) in [("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("LANG", "C.UTF-8"), ("TZ", "UTC")] {
        command.env(name, value);
    }
    for (name, value) in [("HOME", home), ("POSTHASTE_HOME", home), ("TMPDIR", home)] {
        command.env(name, value);
    }
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.cwd(home);
    command
}

/// The line discipline of this terminal.
fn discipline(master: &dyn MasterPty) -> Termios {
    let tty = rustix::fs::open(master.tty_name().unwrap(), OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    tcgetattr(tty).unwrap()
}

/// The program on its terminal.
pub struct Tty {
    child: Box<dyn Child + Send + Sync>,
    /// `None`: it was closed.
    master: Option<Box<dyn MasterPty + Send>>,
    first_termios: Termios,
    writer: Option<Box<dyn Write + Send>>,
    /// Who reads it is to let go.
    closing: Arc<AtomicBool>,
    output: Receiver<Vec<u8>>,
    bytes: Vec<u8>,
    /// How much of it was there when something was typed last.
    typed: usize,
    screen: vt100::Parser,
    ended: bool,
    home: Option<TempDir>,
}

impl Tty {
    /// The demo, on a terminal that answers no query.
    pub fn demo() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = program(home.path());
        command.arg("demo");
        Self::spawn(command, Some(home))
    }

    /// `keys --test`, which names what is pressed.
    pub fn naming_keys() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = program(home.path());
        command.args(["keys", "--test"]);
        Self::spawn(command, Some(home))
    }

    /// A test of this very binary, with this variable set, instead of the program.
    pub fn this_test(name: &str, variable: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = clean(CommandBuilder::new(std::env::current_exe().unwrap()), home.path());
        command.args(["--exact", name, "--nocapture"]);
        command.env(variable, "1");
        command.env("RUST_BACKTRACE", "full");
        Self::spawn(command, Some(home))
    }

    /// As [`Tty::this_test`], as a job of a shell that says `SHELL` when it is stopped and brings it back on enter.
    pub fn this_test_under_a_shell(name: &str, variable: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = clean(CommandBuilder::new("bash"), home.path());
        let script = "\"$PROGRAM\" --exact \"$TEST\" --nocapture; echo SHELL; read -r; echo RESUMED; fg >/dev/null";
        command.args(["--norc", "-mc", script]);
        command.env("PROGRAM", std::env::current_exe().unwrap());
        command.env("TEST", name);
        command.env(variable, "1");
        Self::spawn(command, Some(home))
    }

    /// With one account on a server at this port of the loopback.
    pub fn at(port: u16) -> Self {
        let home = configured(port);
        let mut command = program(home.path());
        command.env("POSTHASTE_CONFIG", home.path().join("config.toml"));
        Self::spawn(command, Some(home))
    }

    /// The demo as a job of a shell that says `SHELL` when it is stopped and brings it back on enter.
    pub fn under_a_shell() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = clean(CommandBuilder::new("bash"), home.path());
        let script = "\"$PROGRAM\" demo; echo SHELL; read -r; echo RESUMED; fg >/dev/null";
        command.args(["--norc", "-mc", script]);
        command.env("PROGRAM", env!("CARGO_BIN_EXE_posthaste"));
        Self::spawn(command, Some(home))
    }

    fn spawn(command: CommandBuilder, home: Option<TempDir>) -> Self {
        let pair = native_pty_system().openpty(SIZE).unwrap();
        let first_termios = discipline(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let (send, output) = channel();
        let closing = Arc::new(AtomicBool::new(false));
        let closed = Arc::clone(&closing);
        std::thread::spawn(move || {
            let mut buffer = [0; 16 * 1024];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                let unheard = send.send(buffer.get(..count).unwrap_or_default().to_vec()).is_err();
                if unheard || closed.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        let screen = vt100::Parser::new(SIZE.rows.try_into().unwrap(), SIZE.cols.try_into().unwrap(), 0);
        let (master, writer, bytes) = (Some(pair.master), Some(writer), Vec::new());
        Self { child, master, first_termios, writer, closing, output, bytes, typed: 0, screen, ended: false, home }
    }

    /// The home that was made for it alone.
    pub fn home(&self) -> &Path {
        self.home.as_ref().unwrap().path()
    }

    /// Types this.
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        self.typed = self.bytes.len();
        let writer = self.writer.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
        self
    }

    /// Types this and closes the terminal behind it at once.
    pub fn hang_up(&mut self, keys: &str) {
        let (master, mut writer) = (self.master.take().unwrap(), self.writer.take().unwrap());
        let slave = rustix::fs::open(master.tty_name().unwrap(), OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        drop(master);
        self.closing.store(true, Ordering::SeqCst);
        writer.write_all(keys.as_bytes()).unwrap();
        // It types an end of the file of its own as it goes.
        drop(writer);
        // Who reads the terminal holds it as well, and lets go with the next byte.
        rustix::io::write(slave, b" ").ok();
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Sends the program a signal.
    pub fn signal(&mut self, signal: Signal) -> &mut Self {
        let pid = Pid::from_raw(i32::try_from(self.pid()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
        self
    }

    /// Everything that was written so far.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The screen's text.
    pub fn screen(&self) -> String {
        self.screen.screen().contents()
    }

    /// The background of the window: of a cell in the middle of the list's last rows.
    pub fn background(&self) -> vt100::Color {
        self.screen.screen().cell(36, 60).map_or(vt100::Color::Default, vt100::Cell::bgcolor)
    }

    /// The terminal's line discipline.
    pub fn termios(&self) -> Termios {
        discipline(&**self.master.as_ref().unwrap())
    }

    /// The terminal's line discipline before the program had it.
    pub fn first_termios(&self) -> &Termios {
        &self.first_termios
    }

    /// Takes what comes within this time; false when nothing came.
    fn take(&mut self, within: Duration) -> bool {
        match self.output.recv_timeout(within) {
            Ok(bytes) => {
                self.screen.process(&bytes);
                self.bytes.extend(bytes);
                true
            }
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => {
                self.ended = true;
                false
            }
        }
    }

    /// Waits until nothing has come for this long.
    pub fn quiet(&mut self, pause: Duration) -> &mut Self {
        let until = Instant::now() + PATIENCE;
        while self.take(pause) {
            assert!(Instant::now() < until, "it never falls silent:\n{}", self.screen());
        }
        self
    }

    /// Collects for this long.
    pub fn watch(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|_| !self.ended) {
            self.take(left);
        }
    }

    /// Waits until the screen says this.
    #[track_caller]
    pub fn until(&mut self, text: &str) -> &mut Self {
        self.wait_for(&format!("{text:?} on the screen"), |tty| tty.screen().contains(text))
    }

    /// Waits until this was written behind the last keys. What stands on the screen under ours may be from long before.
    #[track_caller]
    pub fn until_anew(&mut self, text: &str) -> &mut Self {
        self.wait_for(&format!("{text:?} behind the last keys"), |tty| {
            tty.bytes
                .get(tty.typed..)
                .is_some_and(|new| new.windows(text.len()).any(|window| window == text.as_bytes()))
        })
    }

    /// Waits until these bytes were written.
    #[track_caller]
    pub fn until_bytes(&mut self, wanted: &[u8]) -> &mut Self {
        self.wait_for(&wanted.escape_ascii().to_string(), |tty| {
            tty.bytes.windows(wanted.len()).any(|window| window == wanted)
        })
    }

    /// Waits until this holds.
    #[track_caller]
    pub fn wait_for(&mut self, what: &str, holds: impl Fn(&Self) -> bool) -> &mut Self {
        let until = Instant::now() + PATIENCE;
        while !holds(self) {
            assert!(Instant::now() < until && !self.ended, "waited in vain for {what}; the screen:\n{}", self.screen());
            self.take(Duration::from_millis(100));
        }
        self
    }

    /// Waits until the program has ended and everything it wrote is here.
    #[track_caller]
    pub fn until_end(&mut self) {
        let until = Instant::now() + PATIENCE;
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < until, "it does not end; the screen:\n{}", self.screen());
            if !self.take(Duration::from_millis(20)) && self.ended {
                // Where the terminal was closed nothing comes, at once.
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        while self.take(Duration::from_millis(100)) {}
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
