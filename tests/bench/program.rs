//! The program under measure: its home, its config, its runs without a screen, and what the system says of a process.
#![cfg(test)]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::dovecot::PASSWORD;

/// The program as this run built it.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_posthaste");
/// The one user.
pub const USER: &str = "alice";
/// The account's name in the config.
pub const ACCOUNT: &str = "bench";

/// Which panes the screen shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Panes {
    /// Folders, list and reader, as is the default on a screen of this width.
    All,
    /// The list or a message.
    One,
}

/// A home of the program: config, cache, journal.
pub struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    /// An empty one. The cache is made on disk, where a user's is, not in memory.
    pub fn new() -> Self {
        Self { dir: tempfile::Builder::new().prefix("posthaste-bench-").tempdir_in("/var/tmp").unwrap() }
    }

    /// Says where the server is and how the screen looks.
    pub fn configure(&self, server: SocketAddr, panes: Panes) {
        let layout = match panes {
            Panes::All => "auto",
            Panes::One => "list",
        };
        let text = format!(
            "[accounts.{ACCOUNT}]\nemail = \"{USER}@example.org\"\n\n[accounts.{ACCOUNT}.imap]\nhost = \"{}\"\nport = {}\n\
             security = \"none\"\nuser = \"{USER}\"\npassword = \"{PASSWORD}\"\n\n[accounts.{ACCOUNT}.cache]\n\
             prefetch = \"none\"\n\n[ui]\nlayout = \"{layout}\"\n",
            server.ip(),
            server.port(),
        );
        fs::write(self.config(), text).unwrap();
        fs::set_permissions(self.config(), fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Says where so many accounts are, all on one server: `alice0`, `alice1` and so on.
    pub fn configure_many(&self, server: SocketAddr, accounts: u64) {
        let one = |number: u64| {
            format!(
                "[accounts.{ACCOUNT}{number}]\nemail = \"{USER}{number}@example.org\"\n[accounts.{ACCOUNT}{number}.imap]\n\
                 host = \"{}\"\nport = {}\nsecurity = \"none\"\nuser = \"{USER}{number}\"\npassword = \"{PASSWORD}\"\n\
                 [accounts.{ACCOUNT}{number}.cache]\nprefetch = \"none\"\n",
                server.ip(),
                server.port(),
            )
        };
        fs::write(self.config(), (0..accounts).map(one).collect::<String>()).unwrap();
        fs::set_permissions(self.config(), fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn config(&self) -> PathBuf {
        self.dir.path().join("config.toml")
    }

    /// The environment that leads here.
    pub fn env(&self) -> Vec<(&'static str, PathBuf)> {
        vec![
            ("POSTHASTE_HOME", self.dir.path().to_path_buf()),
            ("POSTHASTE_CONFIG", self.config()),
            ("POSTHASTE_NO_PROBE", PathBuf::from("1")),
        ]
    }

    /// The cache's directory.
    pub fn cache(&self) -> PathBuf {
        self.dir.path().join("cache")
    }

    /// How many messages the cache holds.
    pub fn messages(&self) -> u64 {
        let cache = posthaste::store::Cache::open(&self.cache(), posthaste::store::Access::ReadOnly).unwrap();
        cache.reader().unwrap().folders().unwrap().iter().map(|folder| folder.messages).sum()
    }

    /// Runs `posthaste sync`: how long it took until everything was stored and found, and the most memory it had (in bytes, where that is known).
    pub fn sync(&self) -> (Duration, Option<u64>) {
        let started = Instant::now();
        let mut command = Command::new(PROGRAM);
        command.arg("sync").envs(self.env()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut memory = None;
        // It reports before it fills its index, which a search does not wait for.
        let mut report = BufReader::new(child.stdout.take().unwrap());
        let reported = std::thread::spawn(move || {
            report.read_line(&mut String::new()).unwrap();
            let at = Instant::now();
            std::io::copy(&mut report, &mut std::io::sink()).unwrap();
            at
        });
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            memory = peak_memory(child.id()).or(memory);
            std::thread::sleep(Duration::from_millis(5));
        };
        let took = reported.join().unwrap() - started;
        assert!(status.success(), "posthaste sync: {status}");
        (took, memory)
    }
}

/// The most memory that a process had resident so far, in bytes; `None` where the system does not say.
pub fn peak_memory(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// For how long the threads that read keys and paint could have run and had no processor, because others had them all;
/// `None` where the system does not say.
pub fn starved(pid: u32) -> Option<Duration> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let waited = tasks.flatten().filter_map(|task| {
        // The others have names of their own.
        let name = fs::read_to_string(task.path().join("comm")).ok()?;
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        let waited = text.split_whitespace().nth(1)?.parse::<u64>().ok()?;
        (name.trim_end() == "posthaste").then_some(waited)
    });
    Some(Duration::from_nanos(waited.sum()))
}

/// The processor time that a process has used in all its threads; `None` where the system does not say.
pub fn cpu_time(pid: u32) -> Option<Duration> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let nanoseconds = tasks.flatten().filter_map(|task| {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    });
    Some(Duration::from_nanos(nanoseconds.sum()))
}
