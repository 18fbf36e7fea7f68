//! S5, S6 and S7 with ten accounts at once: all of them syncing, then at rest; keys in the inbox of them all.
#![cfg(test)]

use std::time::{Duration, Instant};

use crate::dovecot::{Dovecot, Options};
use crate::drain::drain_as;
use crate::link::Link;
use crate::mailbox;
use crate::measures::{FRAME, KEYS, LIMIT, PAGE_DOWN, PAGE_UP, SYNCED, failed, idle, keys_rows, memory_within};
use crate::program::{Home, USER, cpu_time, peak_memory, starved};
use crate::table::{Row, Sample, by, count, time};
use crate::terminal::Terminal;

/// How many accounts.
const ACCOUNTS: u64 = 10;
/// What they may take together.
const BAR: u64 = 80_000_000;

/// Ten accounts with so many messages each.
pub fn measure(each: u64) -> Vec<Row> {
    let (server, newest) = serve(each);
    let link = Link::start(server.addr(), Duration::ZERO);
    let home = Home::new();
    home.configure_many(link.addr, ACCOUNTS);
    let what = format!("{ACCOUNTS} accounts of {}", count(each));
    let bad = |why: &str| vec![failed(format!("S5 key to frame, {what}"), "2 ms", why)];
    let mut terminal = Terminal::start(&home);
    // The first account's inbox is there first; the inbox of them all is a key away.
    if terminal.type_until("gu", &newest, LIMIT).is_none() {
        eprintln!("{}", terminal.contents());
        return bad("no list");
    }
    let mut rows = match typed_while_syncing(&mut terminal, &link) {
        Ok((keys, own)) => {
            let when = format!("{what}, while syncing");
            let mut rows = keys_rows(&when, &keys);
            rows.extend(keys_rows(&format!("{when}, without the wait for a processor"), &own));
            rows
        }
        Err(why) => return bad(why),
    };
    if !link.wait_for_quiet("IDLE", Duration::from_secs(4), LIMIT) {
        link.tell();
        return bad("they never come to rest");
    }
    let synced = home.messages();
    assert_eq!(synced, ACCOUNTS * each, "everything was stored");
    rows.push(memory_within(BAR, &format!("{what}, syncing"), peak_memory(terminal.pid())));
    let cpu = cpu_time(terminal.pid());
    rows.extend(idle(&terminal).into_iter().map(|row| Row { what: format!("{}, {what}", row.what), ..row }));
    rows.extend(cpu.map(|cpu| Row {
        what: format!("S3 processor time until then, {what}"),
        bar: "-".to_owned(),
        measured: time(cpu),
        ratio: None,
    }));
    drop(terminal);
    rows.extend(at_rest(&home, &link, &newest, &what));
    rows
}

/// A server with the accounts; and what shows that the newest message is there.
fn serve(each: u64) -> (Dovecot, String) {
    let users: Vec<String> = (0..ACCOUNTS).map(|number| format!("{USER}{number}")).collect();
    let extra = "default_client_limit = 2000\ndefault_process_limit = 500".to_owned();
    let server = Dovecot::start(&Options { users: users.clone(), extra, ..Options::default() });
    for (number, user) in (0..).zip(&users) {
        // Each has other mail, and by its dates all of it lies mixed.
        server.deliver_all(user, "INBOX", (0..each).map(|place| mailbox::message(place * ACCOUNTS + number)));
        mailbox::date_files(&server.dir.join("mail").join(user).join("Maildir/cur"));
        drain_as(server.addr(), user, "(UID)");
    }
    mailbox::written();
    let newest = mailbox::subject((each - 1) * ACCOUNTS).chars().take(14).collect();
    (server, newest)
}

/// Keys while all accounts sync, as long as they do: how long each took, and that without the wait for a processor.
fn typed_while_syncing(terminal: &mut Terminal, link: &Link) -> Result<(Sample, Sample), &'static str> {
    let (mut times, mut synced) = (Vec::new(), None);
    for key in ["j", "j", "j", PAGE_DOWN, "k", "k", "j", PAGE_UP].iter().cycle().take(20 * KEYS) {
        if times.len() % 8 == 0 {
            synced = link.quiet_since("IDLE", SYNCED);
        }
        if synced.is_some() {
            break;
        }
        let (typed, before) = (Instant::now(), starved(terminal.pid()));
        let Some(took) = terminal.move_by(key, FRAME) else {
            eprintln!("{}", terminal.contents());
            return Err("a key without a frame");
        };
        let waited = starved(terminal.pid()).zip(before).map(|(after, before)| after.saturating_sub(before));
        times.push((typed, took, took.saturating_sub(waited.unwrap_or_default())));
        // A person's pace.
        std::thread::sleep(Duration::from_millis(20));
    }
    let synced = synced.ok_or("the sync does not end")?;
    times.retain(|(typed, _, _)| *typed < synced);
    let keys = Sample::new(times.iter().map(|(_, took, _)| *took).collect());
    Ok((keys, Sample::new(times.iter().map(|(_, _, own)| *own).collect())))
}

/// The next start, with everything cached: the list, the keys once all are connected, and what it takes in memory.
fn at_rest(home: &Home, link: &Link, newest: &str, what: &str) -> Vec<Row> {
    let bad = |why: &str| vec![failed(format!("S5 key to frame, {what}, idle"), "2 ms", why)];
    let before = link.said().len();
    let mut terminal = Terminal::start(home);
    let Some(shown) = terminal.shows(newest, FRAME) else {
        eprintln!("{}", terminal.contents());
        return bad("no list");
    };
    let mut rows = vec![Row {
        what: format!("S1 start to list painted, {what}"),
        bar: "50 ms".to_owned(),
        measured: time(shown),
        ratio: Some(by(shown, Duration::from_millis(50))),
    }];
    if terminal.type_until("gu", newest, FRAME).is_none() {
        return bad("no inbox of all accounts");
    }
    // IDLE of the run before does not count: something has to be said first.
    let until = Instant::now() + LIMIT;
    while link.said().len() == before && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    link.wait_for_quiet("IDLE", Duration::from_secs(4), LIMIT);
    let mut times = Vec::new();
    for key in ["j", "j", "j", "j", PAGE_DOWN].iter().cycle().take(KEYS) {
        let Some(took) = terminal.move_by(key, FRAME) else {
            eprintln!("{}", terminal.contents());
            return bad("a key without a frame");
        };
        times.push(took);
    }
    rows.extend(keys_rows(&format!("{what}, idle"), &Sample::new(times)));
    rows.push(memory_within(BAR, &format!("{what}, cached and scrolled"), peak_memory(terminal.pid())));
    rows
}
