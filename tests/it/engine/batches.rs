//! More messages in one action than one command names: a batch is written down while the server does the next.

use std::time::Duration;

use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::server::Options;
use posthaste::mail::MessageId;
use posthaste::protocol::{Action, Connection};
use posthaste::sync::plan::batch::MAX_BATCH;
use rstest::rstest;

use super::counts::many;
use crate::support::oracle::census;

/// RL23: the connection ends at each command of an action of two batches, before the server did it and after: each
/// message is moved once, is taken back once, and is in one place.
#[rstest]
#[case(Then::Close)]
#[case(Then::DoThenClose)]
fn a_batch_is_written_down_whatever_becomes_of_the_next(#[case] then: Then) {
    let count = MAX_BATCH + 50;
    let server = many(Options::default(), u32::try_from(count).unwrap());
    let before = census(&server.all());
    let mut driver = server.home().start();
    driver.until("all of it is here", |driver| driver.all().len() == count);
    driver.online();
    // A new cache numbers them from 1.
    let all: Vec<MessageId> = (1..=i64::try_from(count).unwrap()).map(MessageId).collect();
    let mut last = None;
    // Two batches take six commands, and SELECT where another folder was open.
    for number in 1..=8 {
        server.world.arm(Fault::once(When::Command(number), then.clone()));
        let place = match last.take() {
            None => {
                last = Some(driver.act(Action::Archive, &all));
                "Archive"
            }
            Some(op) => {
                driver.undo(op);
                "INBOX"
            }
        };
        server.world.disarm();
        assert_eq!(server.world.list("dana", place).len(), count, "{place}, cut at command {number}");
        assert_eq!(census(&server.all()), before, "{place}, cut at command {number}");
    }
    driver.in_step(&|| server.all());
    driver.each_ended_once();
}

/// A batch that follows on another opens no folder and asks for no count again, and the connection that watches does not
/// follow it: between the first MOVE and the last nothing is said but what proves the next one.
#[test]
fn a_following_batch_asks_nothing_twice() {
    let count = 2 * MAX_BATCH + 50;
    let server = many(Options::default(), u32::try_from(count).unwrap());
    let mut driver = server.home().start();
    driver.until("all of it is here", |driver| driver.all().len() == count);
    driver.online();
    driver.settle();
    driver.until("it watches", |_| {
        let all = server.world.commands();
        all.iter().skip_while(|line| !line.contains(": NOTIFY SET")).any(|line| line.ends_with(": IDLE"))
    });
    // Time enough to hear of one batch while the next is moved.
    server.world.arm(Fault::always(When::Verb("UID MOVE"), Then::Delay(Duration::from_millis(300))));
    server.world.clear_commands();
    let all: Vec<MessageId> = (1..=i64::try_from(count).unwrap()).map(MessageId).collect();
    driver.act(Action::Archive, &all);
    let said = server.world.commands();
    let moves = |line: &String| line.contains(": UID MOVE");
    let (first, last) = (said.iter().position(moves).unwrap(), said.iter().rposition(moves).unwrap());
    let verb = |line: &String| line.split(": ").nth(1).unwrap().split(' ').take(2).collect::<Vec<_>>().join(" ");
    let verbs: Vec<String> = said[first..=last].iter().map(verb).collect();
    assert_eq!(verbs, ["UID MOVE", "UID FETCH", "UID MOVE", "UID FETCH", "UID MOVE"]);
}

/// What is owed is written down before a command about the same messages goes out: nothing is looked for that is known,
/// and no batch is looked at twice.
#[test]
fn one_batch_does_not_overtake_another_of_the_same_messages() {
    let server = many(Options::default(), 3);
    let before = census(&server.all());
    let mut driver = server.home().start();
    driver.online();
    let all = [MessageId(1), MessageId(2), MessageId(3)];
    let (projects, inbox) = (driver.folder("Projects"), driver.folder("INBOX"));
    driver.hurry = false;
    server.world.arm(Fault::always(When::Connect, Then::Close));
    server.world.kick();
    driver.until("the line is down", |d| d.states.values().all(|state| matches!(state, Connection::Offline { .. })));
    for action in [Action::Archive, Action::Move(projects), Action::Move(inbox), Action::Archive] {
        driver.queue(action, &all);
    }
    server.world.disarm();
    driver.hurry = true;
    driver.settle();
    assert_eq!(server.world.list("dana", "Archive").len(), 3);
    assert_eq!(census(&server.all()), before);
    let commands = ["UID MOVE", "STATUS", "UID SEARCH"].map(|verb| server.count(verb));
    assert_eq!(commands, [4, 4, 0]);
    driver.in_step(&|| server.all());
    driver.each_ended_once();
}
