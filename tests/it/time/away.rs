//! The computer sleeps, or the program is stopped, and what was open is gone (RL11).

use std::time::Duration;

use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::server::Options;
use posthaste::protocol::Action;
use rstest::rstest;

use crate::support::inside::{Hole, Inside};

const TEN_MINUTES: Duration = Duration::from_mins(10);
/// How soon the return is noticed.
const NOTICED: Duration = Duration::from_secs(5);
/// How soon there is a sound connection after that.
const CONNECTED: Duration = Duration::from_secs(10);

/// How ten minutes pass without the program.
#[derive(Debug, Clone, Copy)]
enum Absence {
    /// The computer sleeps: the clock by which the program waits stands still.
    Asleep,
    /// The program alone is stopped: every timer fires late.
    Stopped,
}

fn be_away(inside: &Inside, absence: Absence) {
    match absence {
        Absence::Asleep => inside.sleep(TEN_MINUTES),
        Absence::Stopped => inside.stopped(TEN_MINUTES),
    }
}

/// RL11: every flow was dropped meanwhile. The return is noticed within 5 seconds, and within 10 more the mail that came
/// is shown over new connections.
#[rstest]
fn a_return_is_noticed(
    #[values(Absence::Asleep, Absence::Stopped)] absence: Absence,
    #[values(true, false)] idle: bool,
    #[values(0, 7, 31, 59)] into: u64,
) {
    let options = if idle { Options::default() } else { Options::default().without("IDLE") };
    let mut inside = Inside::start(options, &["m1"]);
    inside.pass(Duration::from_secs(into));
    inside.line.forget_all();
    inside.deliver("new");
    be_away(&inside, absence);
    inside.within("it is noticed", NOTICED, |inside| inside.told("the computer was away for"));
    inside.within("new mail is shown", CONNECTED, |inside| inside.shows("new", "INBOX"));
    inside.within("it says so", CONNECTED, Inside::is_online);
    inside.pass(Duration::from_mins(1));
    assert!(inside.line.dialled().len() <= 6, "{:?}", inside.line.dialled());
}

/// RL11: connections that outlasted the sleep are kept, and asked at once what came meanwhile.
#[rstest]
#[case(Options::default())]
#[case(Options::default().without("IDLE"))]
fn a_connection_that_lasts_is_kept(#[case] options: Options) {
    let mut inside = Inside::start(options, &["m1"]);
    let before = inside.line.dialled();
    inside.deliver("new");
    be_away(&inside, Absence::Asleep);
    inside.within("it is noticed", NOTICED, |inside| inside.told("the computer was away for 600 s"));
    inside.within("new mail is shown", CONNECTED, |inside| inside.shows("new", "INBOX"));
    inside.pass(Duration::from_mins(2));
    assert_eq!(inside.line.dialled(), before, "no connection was made anew");
    assert!(inside.is_online());
}

/// RL11, P1, P2: a move was on its way as the computer fell asleep, before or after the server had it: done once.
#[rstest]
fn a_move_on_its_way_is_done_once(
    #[values(Absence::Asleep, Absence::Stopped)] absence: Absence,
    #[values(Hole::Down, Hole::Both)] hole: Hole,
    #[values("", "MOVE", "UIDPLUS")] without: &str,
) {
    for turns in [1, 3, 5, 40] {
        move_and_be_away(absence, hole, without, turns);
    }
}

fn move_and_be_away(absence: Absence, hole: Hole, without: &str, turns: u64) {
    let mut inside = Inside::start(Options::default().without(without), &["m1", "m2"]);
    // The connection waits in IDLE: after the hole opens, nothing that it is told arrives.
    let op = inside.press(Action::Archive, &[inside.message("m1")]);
    inside.turns(turns);
    inside.line.hole(hole);
    inside.pass(Duration::from_millis(20));
    inside.line.forget_all();
    inside.line.hole(Hole::None);
    be_away(&inside, absence);
    inside.within("it is done", NOTICED + CONNECTED, |inside| inside.is_done(op));
    inside.within("in step", CONNECTED, Inside::in_step);
    assert!(inside.shows("m1", "Archive") && inside.shows("m2", "INBOX"), "{:?}", inside.here());
    let moves = inside.count("UID MOVE") + inside.count("UID COPY");
    assert!(moves <= 2, "{:?}", inside.world.commands());
    assert_eq!(inside.there().len(), 2, "{:?}", inside.there());
}

/// RL11: a wait for the next try is over when the computer is back; ten sign-ins before the sleep are no reason to wait.
#[test]
fn a_wait_does_not_outlast_the_sleep() {
    let mut inside = Inside::start(Options::default(), &["m1"]);
    inside.world.arm(Fault::always(When::Connect, Then::No("[UNAVAILABLE] later".to_owned())));
    inside.world.kick();
    inside.pass(Duration::from_mins(9));
    assert!(inside.is_offline());
    inside.world.disarm();
    be_away(&inside, Absence::Asleep);
    inside.within("it is online again", NOTICED + CONNECTED, Inside::is_online);
}

/// RL11: a connection that was being made as the computer fell asleep is not waited for.
#[test]
fn a_connection_on_its_way_is_made_anew() {
    let mut inside = Inside::start(Options::default(), &["m1"]);
    inside.world.arm(Fault::once(When::Connect, Then::Hang));
    inside.world.kick();
    inside.pass(Duration::from_secs(5));
    assert!(!inside.is_online());
    be_away(&inside, Absence::Asleep);
    inside.within("it is online again", NOTICED + CONNECTED, Inside::is_online);
}
