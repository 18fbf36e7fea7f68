//! The benchmark of how fast it all goes: a mailbox in a private Dovecot, the real program on a pseudo-terminal, and a
//! yardstick beside it in the same run. It prints a table and fails for no time.
//!
//! `cargo bench --bench speed` measures 100,000 messages. After `--`: `--quick` takes 10,000, `--million` measures
//! the screen with 1,000,000 as well, and `S3 S5` runs these measures alone; `accounts` is S5, S6 and S7 with ten accounts of
//! 10,000 messages each (with `--quick` 1,000), alone. `--million-server` is a run of its own, of
//! some minutes and 5 GB: a first sync of 1,000,000; with `S5`, the keys during one alone. `--apart` gives the server a
//! processor of its own, as if it were another machine. `--serve` only makes the mailbox and serves it until a line is
//! typed, for a profiler.

#![cfg(test)]

mod accounts;
mod archive;
#[path = "../it/support/dovecot.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod dovecot;
mod drain;
mod link;
mod mailbox;
mod measures;
mod program;
#[path = "../it/support/proxy.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod proxy;
#[path = "../it/support/raw_client.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod raw_client;
mod seed;
mod table;
mod terminal;

use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use dovecot::{Dovecot, Options};
use measures::Mailbox;
use program::{Home, USER};
use table::Row;

/// The many messages of `--million`.
const MILLION: u64 = 1_000_000;

/// What the command line asks for.
struct Wanted {
    messages: u64,
    million: bool,
    accounts: bool,
    only: Vec<String>,
}

impl Wanted {
    fn read() -> Self {
        let words: Vec<String> = std::env::args().skip(1).collect();
        let has = |name: &str| words.iter().any(|word| word == name);
        let messages = if has("--quick") { 10_000 } else { 100_000 };
        let million = has("--million");
        let accounts = has("accounts");
        let only = words.into_iter().filter(|word| word.starts_with('S')).collect();
        Self { messages, million, accounts, only }
    }

    /// Whether one of these measures is wanted.
    fn any(&self, names: &[&str]) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| names.contains(&only.as_str()))
    }
}

/// With `--apart` the server and the measure have one processor, as if they were another machine; the program may use all
/// of them ([`terminal::Terminal`] sees to that).
fn stand_apart() {
    let asked = std::env::args().any(|word| word == "--apart");
    if asked && std::env::var_os(terminal::APART).is_none() {
        let mut alone = Command::new("taskset");
        let error = alone.args(["-c", "0"]).args(std::env::args_os()).env(terminal::APART, "1").exec();
        panic!("taskset cannot be run: {error}");
    }
}

fn main() {
    // What cargo's own test run starts is no benchmark: it goes on with `--bench` alone.
    if !std::env::args().any(|word| word == "--bench") || !dovecot::available() {
        println!("the benchmark runs by: cargo bench --bench speed");
        return;
    }
    stand_apart();
    let wanted = Wanted::read();
    let began = Instant::now();
    let say = |what: &str| eprintln!("{:6.1} s  {what}", began.elapsed().as_secs_f64());
    if std::env::args().any(|word| word == "--million-server") {
        say("a server with a million");
        println!("{}\n\n{}", machine(), table::markdown(&million_on_the_line(&wanted)));
        return;
    }
    if wanted.accounts {
        say("ten accounts");
        println!("{}\n\n{}", machine(), table::markdown(&accounts::measure(wanted.messages / 10)));
        return;
    }
    say("making the mailbox");
    let (_server, mailbox) = serve(wanted.messages);
    if std::env::args().any(|word| word == "--serve") {
        println!("{USER} at {}, password {:?}; return ends it", mailbox.server, dovecot::PASSWORD);
        drop(std::io::stdin().read_line(&mut String::new()));
        return;
    }

    say("S2");
    let (rows, items) = measures::first_rows(mailbox);
    let mut all = rows;
    let Some(items) = items else {
        println!("{}", table::markdown(&all));
        return;
    };
    say("S3, S6");
    let (rows, home) = measures::first_sync(mailbox, &items, measures::ROUNDS);
    all.extend(rows);
    if wanted.any(&["S4"]) {
        say("S4");
        all.extend(measures::reopen(&home, mailbox));
    }
    if wanted.any(&["S1"]) {
        say("S1");
        all.push(measures::start(&home, mailbox.server, wanted.messages));
    }
    if wanted.any(&["S5", "S6", "S7"]) {
        say("S5, S6, S7");
        all.extend(measures::at_rest(&home, mailbox));
        all.extend(measures::while_syncing(mailbox));
    }
    if wanted.any(&["S10"]) {
        say("S10");
        all.extend(measures::open(&home, mailbox));
        all.extend(measures::open_while_syncing(mailbox));
    }
    if wanted.any(&["S8"]) {
        say("S8");
        all.extend(archive::archive());
    }
    if wanted.only.is_empty() {
        say("ten accounts");
        all.extend(accounts::measure(wanted.messages / 10));
    }
    if wanted.million {
        say("a cache of a million");
        all.extend(million(mailbox));
    }
    say("done");
    all.sort_by_key(|row| number(&row.what));
    println!("{}\n\n{}", machine(), table::markdown(&all));
}

/// A server with so many messages in INBOX.
fn serve(messages: u64) -> (Dovecot, Mailbox) {
    // Its index of a million messages does not fit into what Dovecot allows a process by default.
    let extra = "default_vsz_limit = 4G".to_owned();
    let server = Dovecot::start(&Options { users: vec![USER.to_owned()], extra, ..Options::default() });
    server.deliver_all(USER, "INBOX", (0..messages).map(mailbox::message));
    mailbox::date_files(&server.dir.join("mail").join(USER).join("Maildir/cur"));
    // The server takes stock of the files.
    drain::drain(server.addr(), "(UID)");
    mailbox::written();
    let mailbox = Mailbox { server: server.addr(), messages };
    (server, mailbox)
}

/// S2, S3, S4, S5, S6, S7 and S10 with a million messages on a real server; or, asked for S5, that one while syncing.
fn million_on_the_line(wanted: &Wanted) -> Vec<Row> {
    let (_server, mailbox) = serve(MILLION);
    let mut rows = measures::while_syncing(mailbox);
    if !wanted.any(&["S2", "S3", "S4", "S6", "S7", "S10"]) {
        return rows;
    }
    let (first, items) = measures::first_rows(mailbox);
    rows.extend(first);
    let Some(items) = items else { return rows };
    let (synced, home) = measures::first_sync(mailbox, &items, 1);
    rows.extend(synced);
    rows.extend(measures::reopen(&home, mailbox));
    rows.extend(measures::at_rest(&home, mailbox));
    rows.extend(measures::open(&home, mailbox));
    rows
}

/// S1, S5 and S6 again with a million in the cache. And what it costs to store a message (of S3 the part that could
/// grow), beside what it costs among a hundred thousand.
fn million(mailbox: Mailbox) -> Vec<Row> {
    // The machine is now faster, now slower: few before, between and after many.
    let (mut few, mut many, mut home) = (Vec::new(), Vec::new(), Home::new());
    for round in 0..5 {
        few.push(seed::seed(&Home::new(), mailbox.messages));
        if round % 2 == 1 {
            home = Home::new();
            many.push(seed::seed(&home, MILLION));
        }
    }
    few.sort_unstable();
    let few = few[few.len() / 2];
    let many = many.iter().sum::<Duration>() / u32::try_from(many.len()).unwrap();
    let mut rows = vec![Row {
        what: format!("S3 store one message, {}", table::count(MILLION)),
        bar: format!("as among {}: {}", table::count(mailbox.messages), table::micros(few)),
        measured: table::micros(many),
        ratio: Some(many.as_secs_f64() / few.as_secs_f64()),
    }];
    seed::index(&home);
    rows.push(measures::start(&home, mailbox.server, MILLION));
    let nowhere = proxy::Proxy::start(mailbox.server, 1);
    nowhere.set(proxy::Mode::BlackHole);
    rows.extend(measures::keys(&home, nowhere.addr, MILLION));
    rows
}

/// The number of a measure.
fn number(what: &str) -> u32 {
    what.trim_start_matches('S').chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or(99)
}

/// What it ran on.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let version = |program: &str| {
        let output = Command::new(program).arg("--version").output();
        output.ok().map(|output| String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned())
    };
    let dovecot = version("dovecot").or_else(|| version("/usr/sbin/dovecot")).unwrap_or_default();
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    let program = version(program::PROGRAM).unwrap_or_default();
    format!("{program}, Dovecot {dovecot}, {system}, {cores} cores")
}
