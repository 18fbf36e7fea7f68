//! Taking back and doing again, over restarts and lost caches.

use posthaste::demo::server::Options;
use posthaste::protocol::{Action, Command, OpId};

use crate::support::engine::{Driver, Embedded, set};

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
