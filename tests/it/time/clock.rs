//! The clock on the wall is set while the program runs (RL12).

use std::time::Duration;

use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::server::Options;
use posthaste::protocol::{Command, Connection, Event};
use rstest::rstest;

use crate::support::inside::Inside;
use crate::support::proxy::random;

const HOUR: i64 = 3_600;
const YEARS: i64 = 10 * 365 * 86_400;
const MINUTE: Duration = Duration::from_mins(1);

/// Sets the clock at random moments of these minutes.
fn jump_about(inside: &mut Inside, seed: u64, minutes: u64) {
    let mut state = seed;
    let end = inside.now() + Duration::from_mins(minutes);
    while inside.now() < end {
        inside.pass(Duration::from_millis(random(&mut state) % 40_000));
        inside.set_clock([HOUR, -HOUR, YEARS, -YEARS][usize::try_from(random(&mut state) % 4).unwrap()]);
    }
}

/// RL12, P12: an hour and ten years to and fro, at random moments of half an hour: no connection is made anew, the account
/// stays online, and mail that comes is shown.
#[rstest]
fn the_clock_jumps(#[values(1, 2)] seed: u64, #[values(true, false)] idle: bool) {
    let options = if idle { Options::default() } else { Options::default().without("IDLE") };
    let mut inside = Inside::start(options, &["m1"]);
    let before = inside.line.dialled();
    for number in 0..6 {
        jump_about(&mut inside, seed * 100 + number, 5);
        let id = format!("new{number}");
        inside.deliver(&id);
        inside.within("new mail is shown", Duration::from_secs(61), |inside| inside.shows(&id, "INBOX"));
    }
    assert_eq!(inside.line.dialled(), before);
    let wrong = |state: &Connection| matches!(state, Connection::Offline { .. } | Connection::Connecting);
    let later: Vec<_> =
        inside.states().into_iter().skip_while(|(_, state)| !matches!(state, Connection::Online { .. })).collect();
    assert!(!later.iter().any(|(_, state)| wrong(state)), "{later:?}");
    assert!(inside.in_step());
}

/// When connections are asked for while the server refuses them, with the clock jumping about or not.
fn tries(jumps: bool, then: &Then) -> Vec<Duration> {
    let mut inside = Inside::start(Options::default(), &["m1"]);
    inside.world.arm(Fault::always(When::Connect, then.clone()));
    inside.world.kick();
    if jumps {
        jump_about(&mut inside, 7, 30);
    } else {
        inside.pass(30 * MINUTE);
    }
    assert!(inside.line.most_in_ten_minutes() <= 10 + 3, "{:?}", inside.line.dialled());
    let tries = inside.line.dialled().into_iter().filter(|at| *at < 30 * MINUTE).collect();
    inside.world.disarm();
    inside.within("it is online", 6 * MINUTE, Inside::is_online);
    // What is said of the time that passed is true (P12).
    let said: Vec<i64> = inside
        .events
        .iter()
        .filter_map(|(_, event)| {
            let Event::Activity { text, .. } = event else { return None };
            text.as_str().strip_prefix("reconnected after ")?.split(' ').next()?.parse().ok()
        })
        .collect();
    assert!(said.iter().all(|seconds| (0..=2_400).contains(seconds)) && !said.is_empty(), "{said:?}");
    tries
}

/// RL12, RL43, RL44, P13: waits and limits go by a clock that nobody sets.
#[rstest]
#[case(Then::Close)]
#[case(Then::No("[UNAVAILABLE] later".to_owned()))]
#[case(Then::No("is throttled. Suggested Backoff Time: 299961 milliseconds".to_owned()))]
fn waits_do_not_know_the_clock(#[case] then: Then) {
    assert_eq!(tries(true, &then), tries(false, &then));
}

/// RL12, RL45: a refused password is not tried again because the clock was set.
#[test]
fn a_refused_password_stays_refused() {
    let mut inside = Inside::start(Options::default(), &["m1"]);
    inside.world.set_password("dana", "another");
    inside.world.kick();
    inside.pass(MINUTE);
    assert!(matches!(inside.state(), Connection::SignInRefused { .. }), "{}", inside.tail());
    let before = inside.line.dialled();
    jump_about(&mut inside, 3, 20);
    assert_eq!(inside.line.dialled(), before);
}

/// RL12, RL40: a message that could not be read was noted by a clock ten years ahead, or ten years behind. When the clock is
/// right again, it is read again as soon as any other.
#[rstest]
#[case(YEARS)]
#[case(-YEARS)]
#[case(0)]
fn no_message_is_hidden_for_ever(#[case] wrong: i64) {
    let mut inside = Inside::open(Options::default(), &["m1", "m2", "m3"], |inside| {
        inside.set_clock(wrong);
        inside.world.arm(Fault::always(When::Header(2), Then::No("[SERVERBUG] FETCH failed".to_owned())));
    });
    inside.within("all are here", 2 * MINUTE, |inside| inside.here().len() == 3);
    inside.within("all is in step", MINUTE, Inside::is_online);
    assert!(!inside.shows("m2", "INBOX"));
    // It is asked for once more after two minutes: a server may have had a bad moment.
    inside.pass(5 * MINUTE);
    inside.world.disarm();
    inside.pass(MINUTE);
    inside.set_clock(-wrong);
    let inbox = inside.folder("INBOX");
    inside.send(Command::Open(inbox));
    if wrong == 0 {
        // Not before an hour has passed (RL40).
        inside.pass(30 * MINUTE);
        assert!(!inside.shows("m2", "INBOX"));
        inside.pass(35 * MINUTE);
        inside.send(Command::Open(inbox));
    }
    inside.within("it can be read", 2 * MINUTE, |inside| inside.shows("m2", "INBOX"));
}
