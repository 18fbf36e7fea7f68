//! S8: ten thousand messages archived in one action, and taken back.
#![cfg(test)]

use std::time::{Duration, Instant};

use crate::dovecot::{Dovecot, Options};
use crate::link::{Link, Said};
use crate::mailbox;
use crate::measures::newest;
use crate::program::{Home, Panes, USER};
use crate::proxy::Direction;
use crate::table::{Row, by, count, time};
use crate::terminal::Terminal;

/// How many messages are archived.
const MESSAGES: u64 = 10_000;
/// The longest that anything may take before it counts as failed.
const LIMIT: Duration = Duration::from_mins(2);
/// How long it must be silent before all is done.
const QUIET: Duration = Duration::from_secs(2);
/// The key after which all messages are marked, and what the screen says then.
const MARK_ALL: (&str, &str) = ("*", "10000 marked");
const ARCHIVE: &str = "e";
const UNDO: &str = "z";

/// Archives them from the screen; beside it a client that only says UID MOVE.
pub fn archive() -> Vec<Row> {
    let server = Dovecot::start(&Options { users: vec![USER.to_owned()], ..Options::default() });
    server.deliver_all(USER, "INBOX", (0..MESSAGES).map(mailbox::message));
    mailbox::date_files(&server.dir.join("mail").join(USER).join("Maildir/cur"));
    let home = Home::new();
    home.configure(server.addr(), Panes::All);
    home.sync();
    let link = Link::start(server.addr(), Duration::ZERO);
    home.configure(link.addr, Panes::All);
    let mut terminal = Terminal::start(&home);
    let list = newest(MESSAGES);
    if terminal.shows(&list, LIMIT).is_none() {
        eprintln!("{}", terminal.contents());
        return failed("no list");
    }
    if !link.wait_for_quiet("IDLE", QUIET, LIMIT) {
        link.tell();
        return failed("it never came to rest");
    }
    if terminal.type_until(MARK_ALL.0, MARK_ALL.1, LIMIT).is_none() {
        eprintln!("{}", terminal.contents());
        return failed("not all were marked");
    }
    let (before, typed) = (link.said().len(), Instant::now());
    // The marks go and the rows fade at once; the rows themselves go when the journal has it all (P3).
    let Some(frame) = terminal.type_until_gone(ARCHIVE, MARK_ALL.1, LIMIT) else { return failed("the marks stayed") };
    if terminal.type_until_gone("", &list, LIMIT).is_none() {
        return failed("the list stayed");
    }
    let safe = typed.elapsed();
    if !until(|| messages(&server, "Archive") == MESSAGES) || !link.wait_for_quiet("IDLE", QUIET, LIMIT) {
        return failed("not all were archived");
    }
    let said: Vec<Said> = link.said().into_iter().skip(before).collect();
    let (commands, took) = moved(&said, typed);
    if terminal.type_until(UNDO, &list, LIMIT).is_none() {
        return failed("undo did not bring the list back");
    }
    if !until(|| messages(&server, "INBOX") == MESSAGES) || !link.wait_for_quiet("IDLE", QUIET, LIMIT) {
        return failed("undo did not bring all back");
    }
    drop(terminal);
    rows((frame, safe), commands, took, alone(&server))
}

fn rows((frame, safe): (Duration, Duration), commands: usize, took: Duration, alone: Duration) -> Vec<Row> {
    let what = |what: &str| format!("S8 archive {} messages: {what}", count(MESSAGES));
    #[expect(clippy::cast_precision_loss, reason = "a handful")]
    let commands_by = commands as f64 / 20.0;
    let row = |what: String, bar: &str, measured: String, ratio: f64| Row {
        what,
        bar: bar.to_owned(),
        measured,
        ratio: Some(ratio),
    };
    let bar = format!("2x what the server needs ({})", time(alone));
    vec![
        row(what("key to frame"), "16 ms", time(frame), by(frame, Duration::from_millis(16))),
        Row {
            what: what("key to all safe in the journal, and off the list"),
            bar: "none".to_owned(),
            measured: time(safe),
            ratio: None,
        },
        row(what("commands until the last is moved"), "20", commands.to_string(), commands_by),
        row(what("until the last is moved"), &bar, time(took), by(took, alone) / 2.0),
        row(what("undone"), "all back", "all back".to_owned(), 0.0),
    ]
}

/// How many commands were sent until the last message was moved, and when the server had answered that.
fn moved(said: &[Said], since: Instant) -> (usize, Duration) {
    let moves = |one: &Said| one.direction == Direction::Up && one.text.contains("UID MOVE");
    let Some(last) = said.iter().rposition(moves) else { return (0, Duration::ZERO) };
    let Some(connection) = said.get(last).map(|one| one.connection) else { return (0, Duration::ZERO) };
    let sent = said.iter().take(last + 1).filter(|one| one.direction == Direction::Up);
    let commands = sent.flat_map(|one| one.text.lines()).filter(|line| is_command(line)).count();
    let answer = said.iter().skip(last).find(|one| one.connection == connection && one.direction == Direction::Down);
    (commands, answer.map_or(Duration::ZERO, |answer| answer.at.saturating_duration_since(since)))
}

/// Whether a line of the client begins a command of its own; to go in and out of IDLE is none.
fn is_command(line: &str) -> bool {
    let mut words = line.split(' ');
    let tagged = words.next().is_some_and(|tag| tag.starts_with('p') && tag.contains('.'));
    tagged && words.next().is_some_and(|verb| verb.trim() != "IDLE")
}

/// How long the server takes to move them for a client that does nothing else.
fn alone(server: &Dovecot) -> Duration {
    let mut client = server.client(USER);
    client.select("INBOX");
    let began = Instant::now();
    client.command("UID MOVE 1:* Archive").ok();
    began.elapsed()
}

fn messages(server: &Dovecot, folder: &str) -> u64 {
    let answer = server.client(USER).command(&format!("STATUS {folder} (MESSAGES)")).ok();
    let line = answer.line("MESSAGES");
    line.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0)
}

fn until(holds: impl Fn() -> bool) -> bool {
    let end = Instant::now() + LIMIT;
    while Instant::now() < end {
        if holds() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    false
}

fn failed(why: &str) -> Vec<Row> {
    let what = format!("S8 archive {} messages", count(MESSAGES));
    vec![Row { what, bar: "one frame".to_owned(), measured: why.to_owned(), ratio: None }]
}
