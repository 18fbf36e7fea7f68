//! kill -9 at the numbered steps of a first sync and of a full queue's replay, on the real program (RL33).
//!
//! By default every seventh step, begun at another one for each kind of server; `POSTHASTE_EVERY_STEP=1` takes them all.

use std::os::unix::process::ExitStatusExt;
use std::process::Output;

use posthaste::demo::server::Options;
use posthaste::dir_lock::Access;
use posthaste::journal::Journal;
use posthaste::mail::UnixTime;
use posthaste::mail::flags::Flags;
use posthaste::protocol::Action;
use posthaste::store::Cache;
use posthaste::sync::apply;
use posthaste::sync::desk::Files;
use rstest::rstest;

use crate::engine::every_action::{SNOOZED, until_2099};
use crate::support::counted;
use crate::support::dovecot::{self, Dovecot, PASSWORD, available};
use crate::support::engine::{Embedded, Home, account, mail, set};
use crate::support::oracle::{census, conserved, converged, places, sorted};
pub(super) use crate::support::program::{configure, program};
use crate::support::raw_client::Found;

pub(super) const IDS: [&str; 7] = ["m0", "m1", "m2", "m3", "m4", "m5", "m6"];
/// Commands that change something on the server.
const CHANGING: [&str; 9] =
    ["UID STORE", "UID MOVE", "UID COPY", "UID EXPUNGE", "EXPUNGE", "APPEND", "CREATE", "RENAME", "DELETE"];

/// Every how many steps the program is killed.
fn stride() -> usize {
    if std::env::var("POSTHASTE_EVERY_STEP").is_ok_and(|value| value == "1") { 1 } else { 7 }
}

/// Runs `posthaste sync` on these files, killed at a step or not at all.
fn sync(home: &Home, kill_at: Option<usize>) -> Output {
    let mut command = program(home, &["sync"]);
    if let Some(step) = kill_at {
        command.env("POSTHASTE_KILL_AT", step.to_string());
    }
    command.output().unwrap()
}

#[track_caller]
pub(super) fn sync_well(home: &Home, what: &str) {
    let output = sync(home, None);
    assert!(output.status.success(), "{what}: {output:?}");
}

/// Fills the cache, has one message archived, and queues, without a network: its undo, a move, a flag, a copy, a delete,
/// a flag and a move of one message.
pub(super) fn prepare(home: &Home) {
    let mut driver = home.start();
    driver.online();
    let archived = driver.act(Action::Archive, &[driver.message("m4")]);
    // What is deleted for ever has to lie in the trash.
    driver.act(Action::Trash, &[driver.message("m3")]);
    driver.online();
    let ids = IDS.map(|id| driver.message(id));
    let projects = driver.folder("Projects");
    drop(driver);
    let cache = Cache::open(&home.cache(), Access::Owner).unwrap();
    let journal = Journal::open(&home.data(), Access::Owner).unwrap();
    let mut files = Files { cache: cache.writer().unwrap(), journal };
    let generation = cache.generation();
    apply::back::undo(&mut files, generation, archived).unwrap();
    for (action, message) in [
        (Action::Archive, ids[0]),
        (set(&["\\Flagged"]), ids[1]),
        (Action::Copy(projects), ids[2]),
        (Action::DeleteForever, ids[3]),
        (set(&["\\Seen"]), ids[5]),
        (Action::Move(projects), ids[5]),
        (until_2099(), ids[6]),
    ] {
        let op = files.journal.next_op().unwrap();
        apply::apply(&mut files, generation, op, &action, &[message]).unwrap();
    }
}

/// What the queue of [`prepare`] comes to.
#[track_caller]
pub(super) fn as_asked(all: &[Found], what: &str) {
    let wanted: [(&str, &[&str]); 7] = [
        ("m0", &["Archive"]),
        ("m1", &["INBOX"]),
        ("m2", &["INBOX", "Projects"]),
        ("m3", &[]),
        ("m4", &["INBOX"]),
        ("m5", &["Projects"]),
        ("m6", &["Snoozed"]),
    ];
    for (id, folders) in wanted {
        let mut found = places(all, id);
        found.sort();
        assert_eq!(found, folders, "{id}, {what}");
    }
    let flags = |id: &str| -> Vec<String> {
        let name = format!("{id}@x");
        all.iter().find(|found| found.message_id == name).map(|found| found.flags.clone()).unwrap_or_default()
    };
    assert_eq!((flags("m1"), flags("m5")), (vec!["\\Flagged".to_owned()], vec!["\\Seen".to_owned()]), "{what}");
    assert_eq!(flags("m6"), SNOOZED, "{what}");
}

/// Kills a sync at this step, lets another one go on, and looks: O1, O2, and a third changes nothing. False: the sync
/// ended before it came to that step.
fn killed_at(
    step: usize,
    home: &Home,
    server: &dyn Fn() -> Vec<Found>,
    queued: bool,
    forget: &dyn Fn(),
    changed: &dyn Fn() -> Vec<String>,
) -> bool {
    let before = census(&server());
    let output = sync(home, Some(step));
    let killed = output.status.signal() == Some(9);
    let what = format!("{}{:?}", String::from_utf8_lossy(&output.stderr).trim(), output.status);
    assert!(killed || output.status.success(), "{what}");
    sync_well(home, &what);
    let all = server();
    let asked: &[(&str, i64)] = if queued { &[("m2", 1), ("m3", -1)] } else { &[] };
    conserved(&before, &all, asked, &what);
    if queued {
        as_asked(&all, &what);
    }
    converged(&home.cache(), &home.data(), all.clone(), &what);
    forget();
    sync_well(home, &what);
    assert_eq!(changed(), Vec::<String>::new(), "a third run changes nothing, {what}");
    assert_eq!(sorted(server()), sorted(all), "{what}");
    killed
}

fn no_move() -> Options {
    Options::default().without("MOVE")
}

fn poorest() -> Options {
    no_move().without("UIDPLUS")
}

/// RL33: a full queue is sent, killed at each step, on the embedded server.
#[rstest]
#[case(Options::default(), 1)]
#[case(no_move(), 3)]
#[case(poorest(), 5)]
fn a_replay_is_killed_at_each_step(#[case] options: Options, #[case] first: usize) {
    let mut kills = 0;
    for step in (if stride() == 1 { 1 } else { first }..).step_by(stride()) {
        let server = Embedded::start(options.clone(), &IDS);
        let home = server.home();
        configure(&home);
        prepare(&home);
        let changed = || {
            let changing = |line: &String| CHANGING.iter().any(|verb| line.contains(&format!(": {verb}")));
            server.world.commands().into_iter().filter(changing).collect()
        };
        let forget = || server.world.clear_commands();
        if !killed_at(step, &home, &|| server.all(), true, &forget, &changed) {
            break;
        }
        kills += 1;
    }
    counted("kill", kills);
    assert!(kills > 8, "killed {kills} times");
}

/// RL33: a first sync, killed at each step.
#[test]
fn a_first_sync_is_killed_at_each_step() {
    let server = Embedded::start(Options::default(), &IDS);
    let mut kills = 0;
    for step in (1..).step_by(stride().min(2)) {
        let home = server.home();
        configure(&home);
        server.world.clear_commands();
        if !killed_at(step, &home, &|| server.all(), false, &|| {}, &Vec::new) {
            break;
        }
        kills += 1;
    }
    counted("kill", kills);
    assert!(kills > 8, "killed {kills} times");
}

/// RL33: what was put off is due, and the program is killed at each step of bringing it back: it is back, once.
#[rstest]
#[case(Options::default())]
#[case(no_move())]
#[case(poorest())]
fn waking_is_killed_at_each_step(#[case] options: Options) {
    let mut kills = 0;
    for step in (1..).step_by(stride().min(3)) {
        let server = Embedded::start(options.clone(), &["m0", "m1"]);
        server.world.add_folder("dana", "Snoozed", None);
        let flags = Flags::parse(["$Snoozed", "$SnoozedUntil-20200101T0000Z", "\\Seen"]);
        server.world.deliver("dana", "Snoozed", &mail("late"), flags, UnixTime(1_500_000_000));
        let home = server.home();
        configure(&home);
        let killed = sync(&home, Some(step)).status.signal() == Some(9);
        let what = format!("step {step}");
        sync_well(&home, &what);
        let all = server.all();
        assert_eq!(places(&all, "late"), ["INBOX"], "{what}");
        let late = all.iter().find(|found| found.message_id == "late@x").unwrap();
        assert_eq!(late.flags, ["$SnoozedUntil-20200101T0000Z"], "{what}");
        converged(&home.cache(), &home.data(), all, &what);
        kills += usize::from(killed);
        if !killed {
            break;
        }
    }
    counted("kill", kills);
    assert!(kills > 8, "killed {kills} times");
}

/// RL33: the same replay on Dovecot, with MOVE, without it, and without UIDPLUS; a user for each kill.
#[rstest]
#[case("MOVE UIDPLUS", 2)]
#[case("UIDPLUS", 4)]
#[case("", 6)]
fn dovecot_is_left_at_each_step(#[case] offered: &str, #[case] first: usize) {
    if !available() {
        return;
    }
    let stride = if stride() == 1 { 1 } else { 3 * stride() };
    let users: Vec<String> = (0..300).map(|number| format!("user{number}")).collect();
    let capability = Some(format!("IMAP4rev1 LITERAL+ IDLE NAMESPACE UNSELECT SPECIAL-USE LIST-STATUS {offered}"));
    let server = Dovecot::start(&dovecot::Options { users: users.clone(), capability, ..dovecot::Options::default() });
    let mut kills = 0;
    for (user, step) in users.iter().zip((if stride == 1 { 1 } else { first }..).step_by(stride)) {
        for id in IDS {
            server.deliver(user, "INBOX", &mail(id), "");
        }
        server.client(user).command("CREATE Projects").ok();
        let home = Home::new(vec![account("work", server.addr(), user, PASSWORD)]);
        configure(&home);
        prepare(&home);
        if !killed_at(step, &home, &|| server.client(user).list_all(), true, &|| {}, &Vec::new) {
            break;
        }
        kills += 1;
    }
    counted("kill", kills);
    assert!(kills > 3, "killed {kills} times");
}
