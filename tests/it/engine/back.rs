//! Taking back and doing again, over restarts and lost caches.

use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::server::Options;
use posthaste::dir_lock::Access;
use posthaste::journal::Journal;
use posthaste::protocol::{Action, Command, Event, OpId};

use crate::support::engine::{Driver, Embedded, Home, set};

fn refusal(driver: &mut Driver, command: Command, op: OpId) -> String {
    driver.send(command);
    driver.refused(op).0
}

/// What an earlier run did is taken back and done again, also where the cache was thrown away in between.
#[test]
fn earlier_runs_are_taken_back() {
    for lose in [false, true] {
        let server = Embedded::start(Options::default(), &["m1", "m2", "m3"]);
        let home = server.home();
        let mut driver = home.start();
        driver.online();
        let op = driver.act(Action::Archive, &[driver.message("m1"), driver.message("m2")]);
        let next = |driver: Driver| {
            driver.kill();
            if lose {
                std::fs::remove_dir_all(home.cache()).unwrap();
            }
            let mut driver = home.start();
            driver.online();
            driver.until("all is here again", |driver| driver.all().len() == 3);
            driver
        };
        let mut driver = next(driver);
        driver.undo(op);
        assert_eq!((server.places("m1"), server.places("m2")), (vec!["INBOX".into()], vec!["INBOX".into()]), "{lose}");
        let mut driver = next(driver);
        let again = driver.redo(op);
        assert_eq!(
            (server.places("m1"), server.places("m2")),
            (vec!["Archive".into()], vec!["Archive".into()]),
            "{lose}"
        );
        let mut driver = next(driver);
        driver.undo(again);
        assert_eq!(server.places("m2"), ["INBOX"]);
        driver.in_step(&|| server.all());
    }
}

/// An operation is not taken back under a later one that moved the same messages: that one is named. One of another kind is
/// not in the way, and neither is a flag that reading set.
#[test]
fn later_ones_first() {
    let server = Embedded::start(Options::default(), &["m1", "m2"]);
    let mut driver = server.home().start();
    driver.online();
    let m1 = driver.message("m1");
    let star = driver.act(set(&["\\Flagged"]), &[m1]);
    let archive = driver.act(Action::Archive, &[m1]);
    let projects = driver.folder("Projects");
    let moved = driver.act(Action::Move(projects), &[m1]);
    let reason = refusal(&mut driver, Command::Undo(archive), archive);
    assert_eq!(reason, "\"Moved 1 message to Projects\" came later and changed the same: take that back first");
    driver.undo(star);
    driver.undo(moved);
    driver.undo(archive);
    assert_eq!(server.places("m1"), ["INBOX"]);
    assert_eq!(refusal(&mut driver, Command::Undo(archive), archive), "this was taken back already");
    driver.act(set(&["$Later"]), &[driver.message("m2")]);
    let redo = OpId(1_000);
    let reason = refusal(&mut driver, Command::Redo { op: redo, of: archive }, redo);
    assert_eq!(reason, "this cannot be done again: something else was done since");
    driver.in_step(&|| server.all());
}

/// The last word about messages that were gone, and how the tasks tell of the operation.
fn told(driver: &mut Driver, home: &Home, op: OpId) -> (String, String) {
    driver.settle();
    let words = driver.events.iter().rev().find_map(|event| {
        let Event::OpGone { words, .. } = event else { return None };
        Some(words.to_string())
    });
    let journal = Journal::open(&home.data(), Access::ReadOnly).unwrap();
    let row = journal.tasks(100).unwrap().into_iter().find(|row| row.op == op).unwrap();
    (words.unwrap_or_default(), row.summary.to_string())
}

/// What another client took away in the meantime does not come back, and nobody says that it did: neither the toast nor the
/// tasks. The same of a move that finds less than was meant.
#[test]
fn what_was_taken_away_is_not_said_to_be_back() {
    let server = Embedded::start(Options::default(), &["m1", "m2", "m3", "m4", "m5", "m6", "m7"]);
    let home = server.home();
    let mut driver = home.start();
    driver.online();
    let ids = |driver: &Driver, ids: &[&str]| ids.iter().map(|id| driver.message(id)).collect::<Vec<_>>();
    let uid = |folder: &str, id: &str| {
        let all = server.all();
        all.iter().find(|one| one.folder == folder && one.message_id == format!("{id}@x")).unwrap().uid
    };
    // One alone.
    let op = driver.act(Action::Archive, &ids(&driver, &["m1"]));
    server.world.remove("dana", "Archive", &[uid("Archive", "m1")]);
    driver.undo(op);
    let expected = ("Not taken back: the message is no longer in Archive", "Archived 1 message; it did not come back");
    assert_eq!(told(&mut driver, &home, op), (expected.0.into(), expected.1.into()));
    // One of four.
    let op = driver.act(Action::Archive, &ids(&driver, &["m2", "m3", "m4", "m5"]));
    server.world.remove("dana", "Archive", &[uid("Archive", "m3")]);
    driver.undo(op);
    let expected = ("3 of 4 taken back; 1 is no longer in Archive", "Archived 4 messages; 1 of them did not come back");
    assert_eq!(told(&mut driver, &home, op), (expected.0.into(), expected.1.into()));
    assert_eq!(server.places("m2"), ["INBOX"]);
    // A move comes too late for one that another client expunged and that is still shown here.
    driver.hurry = false;
    server.world.arm(Fault::always(When::Connect, Then::Close));
    server.world.kick();
    let projects = driver.folder("Projects");
    let op = driver.queue(Action::Move(projects), &ids(&driver, &["m6"]));
    server.world.remove("dana", "INBOX", &[uid("INBOX", "m6")]);
    server.world.disarm();
    driver.hurry = true;
    driver.send(Command::Refresh(None));
    driver.done(op);
    let expected = "Moved 1 message to Projects; it was gone";
    assert_eq!(told(&mut driver, &home, op), (expected.into(), expected.into()));
    driver.in_step(&|| server.all());
}
