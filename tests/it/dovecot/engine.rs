//! The sync engine against Dovecot.

use std::path::PathBuf;

use posthaste::config::{Account, Compress, Security};
use posthaste::protocol::{Action, Command};
use rstest::rstest;

use crate::engine::every_action;
use crate::support::counted;
use crate::support::dovecot::{Dovecot, Options, PASSWORD, available};
use crate::support::engine::{Driver, Home, account, mail, set};
use crate::support::oracle::census;
use crate::support::proxy::{Direction, Proxy};
use crate::support::raw_client::Found;

pub(super) const FULL: &str = "IMAP4rev1 LITERAL+ SASL-IR ID ENABLE IDLE NAMESPACE UIDPLUS MOVE ESEARCH UNSELECT SPECIAL-USE \
                    LIST-EXTENDED LIST-STATUS CHILDREN CONDSTORE QRESYNC WITHIN BINARY";

fn without(names: &[&str]) -> Options {
    let left: Vec<&str> = FULL.split(' ').filter(|name| !names.contains(name)).collect();
    Options { capability: Some(left.join(" ")), ..Options::default() }
}

fn start(options: &Options, ids: &[&str]) -> Dovecot {
    let server = Dovecot::start(options);
    for id in ids {
        server.deliver("alice", "INBOX", &mail(id), "");
    }
    server
}

pub(super) fn alice(server: &Dovecot) -> Account {
    account("work", server.addr(), "alice", PASSWORD)
}

fn all(server: &Dovecot) -> Vec<Found> {
    let mut all = server.client("alice").list_all();
    // The harness leaves out what a server may add unasked.
    for found in &mut all {
        found.flags.retain(|flag| flag != "\\Recent");
    }
    all
}

/// Every action reaches Dovecot once and can be taken back, whatever it says that it can (RL23, RL24, RL62).
#[rstest]
#[case::full(&[])]
#[case::no_move(&["MOVE"])]
#[case::no_move_no_uidplus(&["MOVE", "UIDPLUS"])]
#[case::no_modseq(&["CONDSTORE", "QRESYNC"])]
#[case::no_idle(&["IDLE"])]
#[case::old(&["ESEARCH", "LIST-STATUS", "LIST-EXTENDED", "SPECIAL-USE", "NAMESPACE", "ENABLE", "CONDSTORE", "QRESYNC"])]
fn every_action_works(#[case] missing: &[&str]) {
    if !available() {
        return;
    }
    let server = start(&without(missing), &every_action::IDS);
    server.client("alice").command("CREATE Projects").ok();
    let mut driver = Home::new(vec![alice(&server)]).start();
    every_action::walk(&mut driver, &|| all(&server), "");
}

/// NOTIFY (RFC 5465): mail and flags in a folder that nobody looks at are here long before the folders are counted again.
#[test]
fn every_folder_is_live() {
    if !available() {
        return;
    }
    let server = start(&Options::default(), &["first"]);
    server.client("alice").command("CREATE Projects").ok();
    let mut driver = Home::new(vec![alice(&server)]).start();
    driver.online();
    server.deliver("alice", "Projects", &mail("late"), "");
    driver.shows("late", "Projects");
    let mut other = server.client("alice");
    other.command("SELECT Projects").ok();
    other.command("STORE 1 +FLAGS (\\Flagged)").ok();
    driver.until("the star is here", |driver| {
        driver.all().iter().any(|found| found.message_id == "late@x" && found.flags.contains(&"\\Flagged".to_owned()))
    });
}

/// RL54: every folder below `INBOX.`, and `.` between the parts.
#[test]
fn every_action_works_below_inbox() {
    if !available() {
        return;
    }
    let namespace = "namespace inbox {\n separator = .\n prefix = INBOX.\n}";
    let server = start(&Options { extra: namespace.to_owned(), ..Options::default() }, &every_action::IDS);
    server.client("alice").command("CREATE INBOX.Projects").ok();
    let mut driver = Home::new(vec![alice(&server)]).start();
    every_action::walk(&mut driver, &|| all(&server), "INBOX.");
}

/// TLS with a root of the user's own, and STARTTLS.
#[rstest]
#[case(Security::Tls)]
#[case(Security::StartTls)]
fn it_works_over_tls(#[case] security: Security) {
    if !available() {
        return;
    }
    let server = start(&Options::default(), &["m1"]);
    let mut account = alice(&server);
    account.imap.security = security;
    account.imap.host = "localhost".to_owned();
    account.imap.ca_file = Some(PathBuf::from(&server.ca_pem));
    if security == Security::Tls {
        account.imap.port = server.tls_port;
    }
    let mut driver = Home::new(vec![account]).start();
    driver.online();
    driver.act(Action::Archive, &[driver.message("m1")]);
    driver.in_step(&|| all(&server));
}

/// Another client's new mail, flags, moves and folders show by themselves or at the next look.
#[rstest]
#[case(&[])]
#[case(&["CONDSTORE", "QRESYNC"])]
fn another_clients_changes_are_shown(#[case] missing: &[&str]) {
    if !available() {
        return;
    }
    let server = start(&without(missing), &["m1", "m2", "m3"]);
    let mut other = server.client("alice");
    let mut driver = Home::new(vec![alice(&server)]).start();
    driver.online();
    other.append("INBOX", "", &mail("pushed"));
    driver.shows("pushed", "INBOX");
    other.select("INBOX");
    other.command("UID STORE 1 +FLAGS (\\Seen $Later)").ok();
    other.command("UID MOVE 2 Archive").ok();
    driver.until("flags and move are shown", |driver| {
        driver.all() == all(&server) || {
            // The archive is not watched: it is counted when somebody asks.
            driver.send(Command::Refresh(None));
            false
        }
    });
    other.command("CREATE &ZeVnLIqe-").ok();
    other.append("&ZeVnLIqe-", "", &mail("japanese"));
    other.command("RENAME Archive Attic").ok();
    driver.in_step(&|| all(&server));
    assert!(driver.folders().contains(&"日本語".to_owned()), "{:?}", driver.folders());
    other.select("INBOX");
    other.command("DELETE &ZeVnLIqe-").ok();
    other.command("CREATE &ZeVnLIqe-").ok();
    other.append("&ZeVnLIqe-", "", &mail("anew"));
    driver.in_step(&|| all(&server));
    assert_eq!((driver.places("japanese").len(), driver.places("anew").len()), (0, 1));
}

/// Two devices: what one puts off the other sees, and brings back when the time has come; the first sees that, and nothing
/// is there twice.
#[test]
fn another_device_wakes_what_was_snoozed() {
    if !available() {
        return;
    }
    let server = start(&Options::default(), &["m1", "m2"]);
    let homes = [(); 2].map(|()| Home::new(vec![alice(&server)]));
    let mut first = homes[0].start();
    first.online();
    first.act(every_action::until_2099(), &[first.message("m1")]);
    let mut second = homes[1].start();
    second.shows("m1", "Snoozed");
    first.kill();
    // As if that time had come.
    let mut time = server.client("alice");
    time.select("Snoozed");
    time.command("UID STORE 1 +FLAGS.SILENT ($SnoozedUntil-20200101T0000Z)").ok();
    time.command(&format!("UID STORE 1 -FLAGS.SILENT ({})", every_action::SNOOZED[1])).ok();
    second.shows("m1", "INBOX");
    second.settle();
    let mut first = homes[0].start();
    first.in_step(&|| all(&server));
    let there = all(&server);
    assert_eq!(there.len(), 2, "{there:?}");
    let woken = there.iter().find(|found| found.message_id == "m1@x").unwrap();
    assert_eq!((woken.folder.as_str(), &woken.flags), ("INBOX", &vec!["$SnoozedUntil-20200101T0000Z".to_owned()]));
    second.each_ended_once();
}

struct Dice(u64);

impl Dice {
    fn throw(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below.max(1)
    }
}

fn random_action(driver: &mut Driver, dice: &mut Dice) {
    let folders = ["INBOX", "Archive", "Trash", "Junk"];
    let here: Vec<_> = driver.all().into_iter().map(|found| found.message_id).collect();
    if here.is_empty() {
        return;
    }
    let id = here[dice.throw(here.len())].trim_end_matches("@x").to_owned();
    // It may have gone meanwhile.
    let Some(message) = driver.try_message(&id) else { return };
    let action = match dice.throw(5) {
        0 => set(&["\\Flagged"]),
        1 => set(&["\\Seen"]),
        2 => Action::Archive,
        3 => Action::Trash,
        _ => Action::Move(driver.folder(folders[dice.throw(4)])),
    };
    let op = driver.press(action, &[message]);
    if dice.throw(4) == 0 {
        driver.send(Command::Undo(op));
    }
}

/// RL39, RL61: two installations on one account act at random while the line of each is cut: nothing lost, nothing
/// doubled, and all three sides end alike.
#[rstest]
#[case(1)]
#[case(2)]
#[case(3)]
fn two_clients_and_a_bad_line_converge(#[case] seed: u64) {
    if available() {
        converge(seed);
        counted("clients", 1);
    }
}

/// More of the same: `POSTHASTE_SEEDS=100..200` runs these seeds.
#[test]
fn two_clients_converge_for_the_seeds_that_are_asked_for() {
    let Ok(seeds) = std::env::var("POSTHASTE_SEEDS") else { return };
    let (from, to) = seeds.split_once("..").expect("POSTHASTE_SEEDS=FROM..TO");
    for seed in from.parse().unwrap()..to.parse().unwrap() {
        println!("seed {seed}");
        converge(seed);
        counted("clients", 1);
    }
}

fn converge(seed: u64) {
    let missing: &[&str] = if seed.is_multiple_of(2) { &["MOVE", "CONDSTORE", "QRESYNC"] } else { &[] };
    let ids: Vec<String> = (0..12).map(|number| format!("m{number}")).collect();
    let names: Vec<&str> = ids.iter().map(String::as_str).collect();
    let server = start(&Options { tells_expunges: true, ..without(missing) }, &names);
    let before = census(&all(&server));
    let proxies = [Proxy::start(server.addr(), seed), Proxy::start(server.addr(), seed + 100)];
    let homes = proxies.each_ref().map(|proxy| Home::new(vec![account("work", proxy.addr, "alice", PASSWORD)]));
    let mut drivers = homes.each_ref().map(Home::start);
    for driver in &mut drivers {
        driver.online();
    }
    let mut dice = Dice(seed);
    for turn in 0..30 {
        let which = dice.throw(2);
        if dice.throw(3) == 0 {
            let direction = if dice.throw(2) == 0 { Direction::Up } else { Direction::Down };
            proxies[which].cut_somewhere(direction, 900);
        }
        random_action(&mut drivers[which], &mut dice);
        if turn % 6 == 5 {
            for driver in &mut drivers {
                driver.settle();
            }
        }
    }
    for driver in &mut drivers {
        driver.settle();
    }
    for driver in &mut drivers {
        // A folder in which the line broke three times in a row is left alone for a while, or until the user asks.
        driver.send(Command::Reconnect(driver.id()));
        // Without mod-sequences the counts do not tell of a star in a folder that nobody looks at.
        for folder in ["Archive", "Trash", "Junk", "INBOX"] {
            driver.send(Command::Open(driver.folder(folder)));
        }
        driver.in_step(&|| all(&server));
    }
    let after = census(&all(&server));
    for (identity, count) in &before {
        let there = after.get(identity).copied().unwrap_or(0);
        assert!(there >= *count, "lost: {identity:?} (seed {seed})");
        // Two clients that copy one message at the same time both succeed where there is no MOVE.
        if there > *count && missing.is_empty() {
            let what = format!("doubled: {identity:?} (seed {seed})");
            drivers[0].until(&what, |_| there - count <= moved_twice(&server, &identity.0));
        }
    }
}

/// How often Dovecot took a message out of its folder that was taken out already: its MOVE is a copy and an expunge, and of
/// two that come at the same moment both make a copy. No client can do anything about that.
fn moved_twice(server: &Dovecot, message_id: &str) -> usize {
    let log = std::fs::read_to_string(server.dir.join("dovecot.log")).unwrap();
    let named = format!("msgid=<{message_id}>");
    let taken: Vec<&str> = log
        .lines()
        .filter_map(|line| line.split_once("expunge: "))
        .map(|(_, what)| what)
        .filter(|what| what.contains(&named))
        .collect();
    let places: std::collections::BTreeSet<&str> = taken.iter().copied().collect();
    taken.len() - places.len()
}

/// COMPRESS: the same rows as without, and a fraction of the bytes on the wire.
#[test]
fn compressed_is_the_same_and_less() {
    if !available() {
        return;
    }
    let server = Dovecot::start(&Options { compress: true, ..Options::default() });
    server.deliver_all("alice", "INBOX", (0..500).map(|number| (mail(&format!("m{number}")), String::new())));
    let bytes = [Compress::Never, Compress::Always].map(|compress| {
        let proxy = Proxy::start(server.addr(), 1);
        let mut account = account("work", proxy.addr, "alice", PASSWORD);
        account.imap.compress = compress;
        let mut driver = Home::new(vec![account]).start();
        driver.in_step(&|| all(&server));
        proxy.passed(Direction::Down)
    });
    assert!(bytes[1] * 4 < bytes[0], "{bytes:?}");
}
