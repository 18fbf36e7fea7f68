//! A line that passes nothing: found in time, told as it is, and taken up again when it is back (RL08, RL09).

use std::time::Duration;

use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::server::Options;
use posthaste::protocol::{Action, Connection, Event};
use posthaste::sync::account::Mode;
use rstest::rstest;

use crate::support::engine::set;
use crate::support::inside::{Hole, Inside};

const MINUTE: Duration = Duration::from_mins(1);
/// How soon a line that is gone is told (RL08).
const FOUND: Duration = Duration::from_secs(90);
/// How soon new mail is shown after the way is back (RL08).
const HEALED: Duration = Duration::from_secs(10);

/// How a line is lost.
#[derive(Debug, Clone, Copy)]
enum Loss {
    /// Connections open and pass nothing.
    Hole,
    /// No connection can be made.
    NoWay,
}

fn lose(inside: &Inside, loss: Loss) {
    match loss {
        Loss::Hole => inside.line.hole(Hole::Both),
        Loss::NoWay => inside.line.reachable(false),
    }
}

fn find(inside: &Inside, loss: Loss) {
    match loss {
        Loss::Hole => inside.line.hole(Hole::None),
        Loss::NoWay => inside.line.reachable(true),
    }
}

/// RL08, P12, P13: nothing passes any more while all is quiet. That is told within 90 seconds and stays told; the mail that
/// came meanwhile is shown within 10 seconds after the way is back, however long it was away and whenever it comes back;
/// the server is not stormed.
#[rstest]
fn a_silent_line_is_found_and_healed(#[values(Loss::Hole, Loss::NoWay)] loss: Loss, #[values(true, false)] idle: bool) {
    for seconds in [100, 127, 301, 1_203, 7_205] {
        lose_for(loss, idle, seconds);
    }
}

fn lose_for(loss: Loss, idle: bool, seconds: u64) {
    let options = if idle { Options::default() } else { Options::default().without("IDLE") };
    let mut inside = Inside::start(options, &["m1"]);
    let before = inside.line.dialled().len();
    let silent_from = inside.now();
    lose(&inside, loss);
    inside.within("it is found", FOUND, Inside::is_offline);
    let found = inside.now();
    inside.deliver("new");
    inside.pass((silent_from + Duration::from_secs(seconds)).saturating_sub(found));
    let told: Vec<Connection> =
        inside.states().into_iter().filter(|(at, _)| *at >= found).map(|(_, state)| state).collect();
    assert!(told.iter().all(|state| matches!(state, Connection::Offline { .. })), "{told:?}");
    if matches!(loss, Loss::Hole) {
        let dialled = inside.line.dialled().split_off(before);
        let most = dialled.iter().filter(|at| **at < found + 10 * MINUTE).count();
        assert!(most <= 10, "{dialled:?}");
    }
    find(&inside, loss);
    inside.within("new mail is shown", HEALED, |inside| inside.shows("new", "INBOX"));
    inside.within("it says so", HEALED, Inside::is_online);
    inside.pass(MINUTE);
    let most = inside.line.dialled().iter().filter(|at| **at + 2 * MINUTE > inside.now()).count();
    assert!(most <= 12, "{:?}", inside.line.dialled());
}

/// RL08: the connection that watches is gone while the others live: mail for the inbox is seen within six minutes.
#[rstest]
#[case(1)]
#[case(2)]
fn one_dead_connection_is_found(#[case] number: usize) {
    let mut inside = Inside::start(Options::default(), &["m1"]);
    inside.send(posthaste::protocol::Command::Open(inside.folder("Projects")));
    inside.pass(MINUTE);
    inside.line.forget(number);
    inside.deliver("new");
    inside.within("new mail is shown", 6 * MINUTE, |inside| inside.shows("new", "INBOX"));
    // All connections are there again.
    inside.pass(6 * MINUTE);
    inside.deliver("newer");
    inside.within("newer mail is shown", HEALED, |inside| inside.shows("newer", "INBOX"));
    assert!(inside.line.most_in_ten_minutes() <= 6, "{:?}", inside.line.dialled());
}

/// RL09: a server that does not answer one command is left within a minute, whichever it is; all that was asked for is
/// done afterwards, once.
#[rstest]
fn each_command_is_given_up_within_a_minute(
    #[values(
        "LOGIN",
        "AUTHENTICATE",
        "LIST",
        "SELECT",
        "STATUS",
        "UID FETCH",
        "UID SEARCH",
        "UID STORE",
        "UID MOVE",
        "UID COPY",
        "UID EXPUNGE",
        "IDLE",
        "NOOP"
    )]
    verb: &'static str,
    #[values(Then::Hang, Then::Delay(Duration::from_secs(58)))] then: Then,
) {
    for without in ["", "MOVE", "IDLE"] {
        strike(verb, then.clone(), without);
    }
}

fn strike(verb: &'static str, then: Then, without: &str) {
    let hangs = then == Then::Hang;
    let mut inside = Inside::open(Options::default().without(without), &["m1", "m2", "m3"], |inside| {
        inside.world.arm(Fault::once(When::Verb(verb), then));
    });
    let limit = MINUTE + Duration::from_secs(15);
    // A copy may be made late, and is not asked for a second time before that cannot be any more (P2).
    let done = if hangs && verb == "UID COPY" { limit + 3 * MINUTE } else { limit };
    let mut longest = inside.within("the inbox is here", limit, |inside| inside.shows("m3", "INBOX"));
    inside.within("all is in step", limit, Inside::is_online);
    let archive = inside.press(Action::Archive, &[inside.message("m1")]);
    longest = longest.max(inside.within("archived", done, |inside| inside.is_done(archive)));
    let flag = inside.press(set(&["\\Flagged"]), &[inside.message("m2")]);
    longest = longest.max(inside.within("flagged", limit, |inside| inside.is_done(flag)));
    let moved = inside.press(Action::Move(inside.folder("Projects")), &[inside.message("m2"), inside.message("m3")]);
    longest = longest.max(inside.within("moved", done, |inside| inside.is_done(moved)));
    inside.within("in step", 5 * MINUTE, Inside::in_step);
    for (id, folder) in [("m1", "Archive"), ("m2", "Projects"), ("m3", "Projects")] {
        assert!(inside.shows(id, folder), "{id} {:?}", inside.here());
    }
    if !hangs {
        // Slow is not dead (RL10): what comes within the minute is waited for.
        assert!(longest < limit && inside.line.dialled().len() <= 3, "{:?}", inside.line.dialled());
    }
}

/// P2, RL24: a copy that is not answered in time may be made all the same, later: it is not sent again before that, and is
/// there once. What the user reads meanwhile does not wait for it.
#[rstest]
fn a_copy_that_begins_late_is_made_once(#[values(70, 120, 170)] seconds: u64) {
    let mut inside = Inside::start(Options::default(), &["m1", "m2"]);
    inside.within("all is in step", MINUTE, Inside::is_online);
    inside.world.arm(Fault::once(When::Verb("UID COPY"), Then::Delay(Duration::from_secs(seconds))));
    let op = inside.press(Action::Copy(inside.folder("Projects")), &[inside.message("m1")]);
    inside.within("it is given up", MINUTE + Duration::from_secs(15), Inside::is_offline);
    inside.deliver("m3");
    inside.within("new mail is shown", MINUTE, |inside| inside.shows("m3", "INBOX"));
    inside.within("it is done", 5 * MINUTE, |inside| inside.is_done(op));
    inside.pass(5 * MINUTE);
    inside.within("in step", 5 * MINUTE, Inside::in_step);
    let copies = inside.there().iter().filter(|found| found.message_id == "m1@x" && found.folder == "Projects").count();
    assert_eq!(copies, 1, "{:?}", inside.there());
}

/// P12, RL44: a good line that is cut over and over under connections that work keeps nobody away from the server.
#[test]
fn cuts_of_a_good_line_cost_no_places() {
    let mut inside = Inside::start(Options::default(), &["m1"]);
    for _ in 0..6 {
        inside.pass(Duration::from_secs(20));
        inside.world.kick();
        inside.within("the cut is heard", Duration::from_secs(20), Inside::is_offline);
        inside.within("it is there again", 2 * MINUTE, Inside::is_online);
    }
    assert!(inside.line.most_in_ten_minutes() > 10, "{:?}", inside.line.dialled());
}

/// A server that accepts and never greets is tried twice by a run that ends by itself: then it says so, and ends.
#[test]
fn a_single_run_ends_where_nobody_greets() {
    let hangs = Fault::always(When::Connect, Then::Hang);
    let mut inside = Inside::open_for(Mode::Once, Options::default(), &["m1"], |inside| inside.world.arm(hangs));
    let ended = |inside: &Inside| inside.events.iter().any(|(_, event)| *event == Event::Stopped);
    inside.within("it ends", Duration::from_mins(4), ended);
    assert!(inside.is_offline() && inside.line.dialled().len() == 2, "{}", inside.tail());
    assert!(inside.events.iter().any(|(_, event)| matches!(event, Event::Ended(_))), "{}", inside.tail());
}
