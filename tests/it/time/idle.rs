//! IDLE that does not work: refused, never begun, silent, or the end of the connection (RL47-RL49).

use std::time::Duration;

use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::server::Options;
use rstest::rstest;

use crate::support::inside::Inside;

const MINUTE: Duration = Duration::from_mins(1);

/// RL47: whatever becomes of IDLE, new mail is shown within five minutes, and nothing hangs.
#[rstest]
fn new_mail_is_polled_for(
    #[values(
        Then::No("not here".to_owned()),
        Then::Bad("what?".to_owned()),
        Then::Hang,
        Then::Say(b"* OK Still here\r\n".to_vec())
    )]
    then: Then,
    #[values("", "NOTIFY")] without: &str,
) {
    let options = Options::default().with_silent_idle().without(without);
    let mut inside = Inside::open(options, &["m1"], |inside| {
        inside.world.arm(Fault::always(When::Verb("IDLE"), then));
    });
    inside.within("the inbox is here", MINUTE, |inside| inside.shows("m1", "INBOX"));
    for id in ["m2", "m3"] {
        inside.pass(3 * MINUTE);
        inside.deliver(id);
        inside.within("new mail is shown", 5 * MINUTE, |inside| inside.shows(id, "INBOX"));
    }
    assert!(inside.line.most_in_ten_minutes() <= 10, "{:?}", inside.line.dialled());
}

/// RL48: the end of the connection at each of fifty IDLEs: no more than one try a second for each connection, then fewer;
/// what comes meanwhile is shown, and in the end all is in step.
#[test]
fn the_end_in_idle_is_borne() {
    let mut inside = Inside::start(Options::default(), &["m1"]);
    inside.world.kick();
    inside.world.arm(Fault { when: When::Verb("IDLE"), then: Then::Close, times: 50 });
    inside.deliver("m2");
    inside.within("new mail is shown", MINUTE, |inside| inside.shows("m2", "INBOX"));
    inside.within("all fifty are used up", 240 * MINUTE, |inside| inside.count("IDLE") > 50);
    inside.within("in step", 10 * MINUTE, Inside::in_step);
    let dialled = inside.line.dialled();
    let in_a_second = |first: &Duration| {
        dialled.iter().filter(|at| *at >= first && at.saturating_sub(*first) < Duration::from_secs(1)).count()
    };
    assert!(dialled.iter().map(in_a_second).max() <= Some(2), "{dialled:?}");
    assert!(inside.line.most_in_ten_minutes() <= 10, "{dialled:?}");
}

/// RL49: a server that takes IDLE and never tells of anything in it: new mail is seen within ten minutes all the same.
#[rstest]
fn a_server_that_never_pushes_is_asked(#[values("", "NOTIFY", "QRESYNC")] without: &str) {
    let options = Options::default().with_silent_idle().without(without);
    let mut inside = Inside::start(options, &["m1"]);
    for id in ["m2", "m3"] {
        inside.pass(7 * MINUTE);
        inside.deliver(id);
        inside.within("new mail is shown", 10 * MINUTE, |inside| inside.shows(id, "INBOX"));
    }
    assert!(inside.line.dialled().len() <= 3, "{:?}", inside.line.dialled());
}
