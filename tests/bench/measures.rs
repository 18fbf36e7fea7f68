//! The measures S1-S7 and S10. Each gives lines of the table; none asserts a time.
#![cfg(test)]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::drain::drain;
use crate::link::{Link, bytes, turnarounds};
use crate::mailbox;
use crate::program::{Home, Panes, cpu_time, peak_memory, starved};
use crate::proxy::{Direction, Mode, Proxy};
use crate::table::{Row, Sample, by, count, size, time};
use crate::terminal::Terminal;

/// The longest that anything may take before it counts as failed.
pub const LIMIT: Duration = Duration::from_mins(5);
/// The longest that a frame may take before it counts as failed.
pub const FRAME: Duration = Duration::from_secs(5);
/// Half a round trip of the slow network.
const ONE_WAY: Duration = Duration::from_millis(25);
/// How often a start is measured.
const STARTS: usize = 11;
/// How many keys are measured.
pub const KEYS: usize = 200;
/// What stands before a query.
const PROMPT: &str = "› ";
/// After this time without a byte a first sync has ended.
pub const SYNCED: Duration = Duration::from_millis(400);
/// The same of a million.
const LONG_SYNCED: Duration = Duration::from_secs(20);
const ENTER: &str = "\r";
const ESC: &str = "\x1b";
pub const PAGE_DOWN: &str = "\x1b[6~";
pub const PAGE_UP: &str = "\x1b[5~";

/// A mailbox on a server.
#[derive(Debug, Clone, Copy)]
pub struct Mailbox {
    /// The server.
    pub server: SocketAddr,
    /// How many messages INBOX has.
    pub messages: u64,
}

impl Mailbox {
    /// What the newest row of the list shows; too short to be cut.
    fn newest(self) -> String {
        newest(self.messages)
    }
}

/// The beginning of the newest message's subject.
pub fn newest(messages: u64) -> String {
    mailbox::subject(messages - 1).chars().take(14).collect()
}

/// A line for what could not be measured.
pub fn failed(what: String, bar: &str, why: &str) -> Row {
    Row { what, bar: bar.to_owned(), measured: why.to_owned(), ratio: None }
}

/// S1: start to list painted while the server cannot be reached.
pub fn start(home: &Home, server: SocketAddr, messages: u64) -> Row {
    let nowhere = Proxy::start(server, 1);
    nowhere.set(Mode::BlackHole);
    home.configure(nowhere.addr, Panes::All);
    let what = format!("S1 start to list painted, {} cached, server unreachable", count(messages));
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let terminal = Terminal::start(home);
        let Some(took) = terminal.shows(&newest(messages), FRAME) else {
            eprintln!("{}", terminal.contents());
            return failed(what, "50 ms", "no list");
        };
        times.push(took);
    }
    let times = Sample::new(times);
    Row {
        what,
        bar: "50 ms".to_owned(),
        measured: times.text(),
        ratio: Some(by(times.median(), Duration::from_millis(50))),
    }
}

/// S2: an empty cache to the first rows over a long line. Also gives the items of the FETCH, for the yardstick.
pub fn first_rows(mailbox: Mailbox) -> (Vec<Row>, Option<String>) {
    let (mut times, mut turns, mut items) = (Vec::new(), 0, None);
    let what = "S2 empty cache to first rows, 50 ms round trip";
    for _ in 0..5 {
        let home = Home::new();
        let link = Link::start(mailbox.server, ONE_WAY);
        home.configure(link.addr, Panes::All);
        let terminal = Terminal::start(&home);
        let Some(took) = terminal.shows(&mailbox.newest(), LIMIT) else {
            eprintln!("{}", terminal.contents());
            return (vec![failed(what.to_owned(), "0.45 s", "no list")], None);
        };
        times.push(took);
        let first: Vec<_> = link.said().into_iter().filter(|said| said.connection == 0).collect();
        let fetch = first.iter().position(|said| said.direction == Direction::Up && said.text.contains("UID FETCH"));
        if let Some(fetch) = fetch {
            turns = turnarounds(&first[..=fetch]);
            let command = first[fetch].text.split("UID FETCH ").nth(1).and_then(|rest| rest.lines().next());
            items = command.and_then(|command| command.split_once(' ')).map(|(_, items)| items.to_owned());
        }
    }
    let times = Sample::new(times);
    let ratio = Some(by(times.median(), Duration::from_millis(450)));
    let seconds = Row { what: what.to_owned(), bar: "0.45 s".to_owned(), measured: times.text(), ratio };
    #[expect(clippy::cast_precision_loss, reason = "a handful")]
    let ratio = Some(turns as f64 / 6.0);
    let what = "S2 turnarounds until then".to_owned();
    (vec![seconds, Row { what, bar: "6".to_owned(), measured: turns.to_string(), ratio }], items)
}

/// How often a first sync is measured.
pub const ROUNDS: usize = 7;

/// S3: an empty cache to all headers stored, beside a client that only reads them. Leaves a full cache, and says how
/// much memory it took (S6).
pub fn first_sync(mailbox: Mailbox, items: &str, rounds: usize) -> (Vec<Row>, Home) {
    // The server makes its own indexes at the first FETCH: that is not what is measured.
    drain(mailbox.server, items);
    // The machine is now faster, now slower: each sync is held against the drains right before and after it.
    let (before, got) = drain(mailbox.server, items);
    let (mut drains, mut syncs, mut ratios, mut memory) = (vec![before], Vec::new(), Vec::new(), None);
    let mut home = Home::new();
    for _ in 0..rounds {
        let before = *drains.last().unwrap();
        home = Home::new();
        home.configure(mailbox.server, Panes::All);
        let (took, peak) = home.sync();
        assert_eq!(home.messages(), mailbox.messages, "everything was stored");
        let after = drain(mailbox.server, items).0;
        ratios.push(2.0 * took.as_secs_f64() / (before + after).as_secs_f64());
        syncs.push(took);
        drains.push(after);
        memory = peak.max(memory);
    }
    let (drains, syncs) = (Sample::new(drains), Sample::new(syncs));
    ratios.sort_by(f64::total_cmp);
    let ratio = ratios[rounds / 2];
    let (least, most) = (ratios[0], ratios[rounds - 1]);
    let stored = Row {
        what: format!("S3 empty cache to {} headers stored, threaded", count(mailbox.messages)),
        bar: format!("2x a client that only reads them ({}: {})", size(got), drains.text()),
        measured: format!("{}, {ratio:.2}x ({least:.2}x to {most:.2}x)", syncs.text()),
        ratio: Some(ratio / 2.0),
    };
    (vec![stored, memory_row("first sync", mailbox.messages, memory)], home)
}

/// S6: the most memory a process had.
fn memory_row(when: &str, messages: u64, peak: Option<u64>) -> Row {
    let bar: u64 = if messages > 100_000 { 80_000_000 } else { 40_000_000 };
    memory_within(bar, &format!("{}, {when}", count(messages)), peak)
}

/// The same with a bar of its own.
pub fn memory_within(bar: u64, what: &str, peak: Option<u64>) -> Row {
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    let ratio = peak.map(|peak| peak as f64 / bar as f64);
    let measured = peak.map_or_else(|| "this system does not say".to_owned(), size);
    let what = format!("S6 most memory, {what}");
    Row { what, bar: size(bar).replace(".0", ""), measured, ratio }
}

/// S4: what it costs to open a folder again that did not change. Over a long line: on a short one an answer that nobody
/// waits for comes before the next command, and looks like a turnaround. Without a reader beside the list, whose body would be counted too.
pub fn reopen(home: &Home, mailbox: Mailbox) -> Vec<Row> {
    let link = Link::start(mailbox.server, ONE_WAY);
    home.configure(link.addr, Panes::One);
    let terminal = Terminal::start(home);
    let what = "S4 reopening an unchanged folder, after login".to_owned();
    if terminal.shows(&mailbox.newest(), FRAME).is_none()
        || !link.wait_for_quiet("IDLE", Duration::from_secs(1), Duration::from_secs(30))
    {
        return vec![failed(what, "2 kB, 3 turnarounds", "it never came to rest")];
    }
    let said = link.after_login();
    let idle = said.iter().position(|said| said.direction == Direction::Up && said.text.contains("IDLE"));
    let until = &said[..idle.unwrap_or(said.len())];
    let (bytes, turns) = (bytes(until), turnarounds(until));
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    let ratios = (bytes as f64 / 2_000.0, turns as f64 / 3.0);
    vec![
        Row { what, bar: "2 kB".to_owned(), measured: size(bytes as u64), ratio: Some(ratios.0) },
        Row {
            what: "S4 turnarounds for that".to_owned(),
            bar: "3".to_owned(),
            measured: turns.to_string(),
            ratio: Some(ratios.1),
        },
    ]
}

/// The rows of S5.
pub fn keys_rows(what: &str, keys: &Sample) -> Vec<Row> {
    let row = |name: &str, bar: &str, measured: Duration, limit: u64| Row {
        what: format!("S5 key to frame, {what}: {name} of {}", keys.len()),
        bar: bar.to_owned(),
        measured: time(measured),
        ratio: Some(by(measured, Duration::from_millis(limit))),
    };
    vec![row("median", "2 ms", keys.median(), 2), row("worst", "16 ms", keys.worst(), 16)]
}

/// S5 and S7 at rest, connected to a server that has nothing more to say; S6 with everything cached.
pub fn at_rest(home: &Home, mailbox: Mailbox) -> Vec<Row> {
    let link = Link::start(mailbox.server, Duration::ZERO);
    home.configure(link.addr, Panes::All);
    let mut terminal = Terminal::start(home);
    if terminal.shows(&mailbox.newest(), FRAME).is_none() {
        return vec![failed("S5 key to frame, idle".to_owned(), "2 ms", "no list")];
    }
    link.wait_for_quiet("IDLE", Duration::from_secs(4), Duration::from_mins(1));
    let mut rows = idle(&terminal);
    rows.extend(scroll(&mut terminal, mailbox.messages));
    rows
}

/// S5 and S6 with a server that cannot be reached.
pub fn keys(home: &Home, nowhere: SocketAddr, messages: u64) -> Vec<Row> {
    home.configure(nowhere, Panes::All);
    let mut terminal = Terminal::start(home);
    if terminal.shows(&newest(messages), FRAME).is_none() {
        return vec![failed("S5 key to frame, idle".to_owned(), "2 ms", "no list")];
    }
    scroll(&mut terminal, messages)
}

fn scroll(terminal: &mut Terminal, messages: u64) -> Vec<Row> {
    let mut times = Vec::new();
    for key in ["j", "j", "j", "j", PAGE_DOWN].iter().cycle().take(KEYS) {
        let Some(took) = terminal.move_by(key, FRAME) else {
            eprintln!("{}", terminal.contents());
            return vec![failed("S5 key to frame, idle".to_owned(), "2 ms", "a key without a frame")];
        };
        times.push(took);
    }
    let mut rows = keys_rows(&format!("{}, idle", count(messages)), &Sample::new(times));
    rows.push(memory_row("cached and scrolled", messages, peak_memory(terminal.pid())));
    rows.extend(typing(terminal, messages));
    rows
}

/// S9: each letter of a search that is typed, until the frame that shows it. What it finds comes a frame later.
fn typing(terminal: &mut Terminal, messages: u64) -> Vec<Row> {
    let what = format!("S9 key to frame while a search is typed, {}", count(messages));
    let bad = |why: &str| vec![failed(what.clone(), "16 ms", why)];
    let mut times = Vec::new();
    for query in ["quarterlyreport", "from:person", "the", "invoice*", "subject:migration", "-contract"] {
        if terminal.type_until("/", PROMPT, FRAME).is_none() {
            return bad("no line to type in");
        }
        let mut typed = PROMPT.to_owned();
        for letter in query.chars() {
            typed.push(letter);
            let Some(took) = terminal.type_until(&letter.to_string(), &typed, FRAME) else {
                eprintln!("{}", terminal.contents());
                return bad("a key without a frame");
            };
            times.push(took);
        }
        if terminal.type_until_gone(ESC, PROMPT, FRAME).is_none() {
            return bad("esc does not lead back");
        }
    }
    let times = Sample::new(times);
    let row = |name: &str, bar: u64, took: Duration| Row {
        what: format!("{what}: {name} of {}", times.len()),
        bar: format!("{bar} ms"),
        measured: time(took),
        ratio: Some(by(took, Duration::from_millis(bar))),
    };
    vec![row("median", 2, times.median()), row("worst", 16, times.worst())]
}

/// S7: nothing happens, and nothing is done.
pub fn idle(terminal: &Terminal) -> Vec<Row> {
    const WATCHED: Duration = Duration::from_secs(3);
    let (bytes, cpu) = (terminal.written(), cpu_time(terminal.pid()));
    std::thread::sleep(WATCHED);
    let bytes = terminal.written() - bytes;
    let cpu = cpu_time(terminal.pid()).zip(cpu).map(|(after, before)| after.saturating_sub(before));
    let nothing = |really: bool| Some(if really { 0.0 } else { 2.0 });
    let measured = cpu.map_or_else(|| "this system does not say".to_owned(), time);
    vec![
        Row {
            what: "S7 bytes to the terminal in 3 s at rest".to_owned(),
            bar: "0".to_owned(),
            measured: bytes.to_string(),
            ratio: nothing(bytes == 0),
        },
        Row {
            what: "S7 processor time in 3 s at rest".to_owned(),
            bar: "none (0.5 ms)".to_owned(),
            measured,
            ratio: cpu.map(|cpu| by(cpu, Duration::from_micros(500))),
        },
    ]
}

/// S5 while a first sync runs over a line of 100 Mbit/s, and from a server on this very machine, which leaves neither of
/// two processors free.
pub fn while_syncing(mailbox: Mailbox) -> Vec<Row> {
    let many = count(mailbox.messages);
    let narrow = Link::narrow(mailbox.server, 12_500_000);
    let mut rows = typed_while_syncing(mailbox, &narrow, &format!("{many}, while syncing at 100 Mbit/s"));
    drop(narrow);
    let here = Link::start(mailbox.server, Duration::ZERO);
    rows.extend(typed_while_syncing(mailbox, &here, &format!("{many}, while syncing, the server on this machine")));
    rows
}

fn typed_while_syncing(mailbox: Mailbox, link: &Link, what: &str) -> Vec<Row> {
    let home = Home::new();
    home.configure(link.addr, Panes::All);
    let mut terminal = Terminal::start(&home);
    if terminal.shows(&mailbox.newest(), LIMIT).is_none() {
        return vec![failed(format!("S5 key to frame, {what}"), "2 ms", "no list")];
    }
    let (mut times, mut synced) = (Vec::new(), None);
    // Of a million the server thinks for seconds before it goes on.
    let quiet = if mailbox.messages > 100_000 { LONG_SYNCED } else { SYNCED };
    // Never nearer to either end than the keys before it went away from it.
    for key in ["j", "j", "j", PAGE_DOWN, "k", "k", "j", PAGE_UP].iter().cycle().take(4 * KEYS) {
        // The connection that watches says IDLE long before all has come.
        if times.len() % 8 == 0 {
            synced = link.quiet_since("IDLE", quiet);
        }
        if synced.is_some() {
            break;
        }
        let (typed, before) = (Instant::now(), starved(terminal.pid()));
        let Some(took) = terminal.move_by(key, FRAME) else {
            eprintln!("{}", terminal.contents());
            return vec![failed(format!("S5 key to frame, {what}"), "2 ms", "a key without a frame")];
        };
        let waited = starved(terminal.pid()).zip(before).map(|(after, before)| after.saturating_sub(before));
        times.push((typed, took, took.saturating_sub(waited.unwrap_or_default())));
        // A person's pace, or all keys would fall into the first seconds.
        std::thread::sleep(Duration::from_millis(if mailbox.messages > 100_000 { 80 } else { 20 }));
    }
    match synced {
        Some(synced) => times.retain(|(typed, _, _)| *typed < synced),
        // Of more than that the sync takes longer than all keys do.
        None if mailbox.messages > 100_000 => {}
        None => return vec![failed(format!("S5 key to frame, {what}"), "2 ms", "the sync does not end")],
    }
    let mut rows = keys_rows(what, &Sample::new(times.iter().map(|(_, took, _)| *took).collect()));
    // What the program itself makes a key wait for: not that others had both processors.
    let own = Sample::new(times.iter().map(|(_, _, own)| *own).collect());
    rows.extend(keys_rows(&format!("{what}, without the wait for a processor"), &own).pop());
    if synced.is_none() || link.wait_for_quiet("IDLE", Duration::from_secs(1), LIMIT) {
        let when = what.split_once(", ").map_or(what, |(_, when)| when);
        rows.push(memory_row(&format!("screen {when}"), mailbox.messages, peak_memory(terminal.pid())));
    }
    rows
}

/// What the user looks at goes before a first sync: a message opened meanwhile, over a long line.
pub fn open_while_syncing(mailbox: Mailbox) -> Vec<Row> {
    let home = Home::new();
    let link = Link::start(mailbox.server, ONE_WAY);
    home.configure(link.addr, Panes::One);
    let mut terminal = Terminal::start(&home);
    let what = "S10 not cached, while a first sync runs".to_owned();
    let bar = "one turnaround more than at rest";
    if terminal.shows(&mailbox.newest(), LIMIT).is_none() {
        return vec![failed(what, bar, "no list")];
    }
    let (mut times, mut turns) = (Vec::new(), Vec::new());
    for _ in 0..8 {
        if terminal.move_by(PAGE_DOWN, FRAME).is_none() {
            return vec![failed(what, bar, "a key without a frame")];
        }
        let before = link.said().len();
        let Some(took) = terminal.type_until(ENTER, mailbox::IN_EVERY_BODY, FRAME) else {
            eprintln!("{}", terminal.contents());
            return vec![failed(what, bar, "no body")];
        };
        let during: Vec<_> = link.said().into_iter().skip(before).collect();
        let asked = during.iter().find(|said| said.direction == Direction::Up && said.text.contains("BODY.PEEK[]"));
        // What else this connection was asked before it, and had to answer.
        let Some(asked) = asked else { return vec![failed(what, bar, "it was there already")] };
        let mine: Vec<_> =
            during.iter().filter(|said| said.connection == asked.connection && said.at <= asked.at).cloned().collect();
        turns.push(turnarounds(&mine));
        times.push(took);
        if terminal.type_until_gone(ESC, mailbox::IN_EVERY_BODY, FRAME).is_none() {
            return vec![failed(what, bar, "esc does not lead back")];
        }
    }
    if link.quiet_since("IDLE", SYNCED).is_some() {
        return vec![failed(what, bar, "the sync was over before")];
    }
    let (times, most) = (Sample::new(times), turns.iter().max().copied().unwrap_or_default());
    #[expect(clippy::cast_precision_loss, reason = "a handful")]
    let ratio = Some(most as f64 / 2.0);
    vec![Row { what, bar: bar.to_owned(), measured: format!("{}, at most {most} turnarounds", times.text()), ratio }]
}

/// S10: opening a message that is cached, and one that is not, over a long line.
pub fn open(home: &Home, mailbox: Mailbox) -> Vec<Row> {
    let link = Link::start(mailbox.server, ONE_WAY);
    home.configure(link.addr, Panes::One);
    let mut terminal = Terminal::start(home);
    let list = mailbox.newest();
    let bad = |why: &str| vec![failed("S10 open a message".to_owned(), "10 ms", why)];
    if terminal.shows(&list, FRAME).is_none() {
        return bad("no list");
    }
    link.wait_for_quiet("IDLE", Duration::from_secs(4), Duration::from_mins(1));
    let (mut cached, mut fetched, mut turns) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..10 {
        // Far from those whose bodies came along.
        for _ in 0..2 {
            if terminal.move_by(PAGE_DOWN, FRAME).is_none() {
                return bad("a key without a frame");
            }
        }
        let before = link.said().len();
        let Some(took) = terminal.type_until(ENTER, mailbox::IN_EVERY_BODY, FRAME) else {
            eprintln!("{}", terminal.contents());
            return bad("no body");
        };
        let here = Instant::now();
        let during: Vec<_> =
            link.said().into_iter().skip(before).filter(|said| said.connection == 0 && said.at < here).collect();
        let body = during.iter().position(|said| said.direction == Direction::Up && said.text.contains("BODY.PEEK[]"));
        turns.push(body.map_or(0, |body| turnarounds(&during[..=body])));
        fetched.push(took);
        for _ in 0..2 {
            if terminal.type_until_gone(ESC, mailbox::IN_EVERY_BODY, FRAME).is_none() {
                return bad("esc does not lead back");
            }
            let Some(took) = terminal.type_until(ENTER, mailbox::IN_EVERY_BODY, FRAME) else {
                return bad("no body the second time");
            };
            cached.push(took);
        }
        if terminal.type_until_gone(ESC, mailbox::IN_EVERY_BODY, FRAME).is_none() {
            return bad("esc does not lead back");
        }
        // Until what was read is marked as read.
        link.wait_for_quiet("IDLE", Duration::from_millis(1500), Duration::from_secs(10));
    }
    let (cached, fetched) = (Sample::new(cached), Sample::new(fetched));
    let trip = ONE_WAY * 2;
    let most = turns.iter().max().copied().unwrap_or_default();
    vec![
        Row {
            what: "S10 open a message, cached".to_owned(),
            bar: "10 ms".to_owned(),
            measured: cached.text(),
            ratio: Some(by(cached.median(), Duration::from_millis(10))),
        },
        Row {
            what: format!("S10 not cached, {} round trip", time(trip)),
            bar: "one round trip and 10 ms".to_owned(),
            measured: format!("{}, at most {most} turnarounds", fetched.text()),
            ratio: Some(by(fetched.median(), trip + Duration::from_millis(10))),
        },
    ]
}
