//! Searches that take long: given up in time, never in the way of what the user does, and told as they are.

use std::time::Duration;

use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::server::Options;
use posthaste::mail::flags::Flags;
use posthaste::mail::{MessageId, UnixTime};
use posthaste::protocol::{Command, Connection, Event, Priority, ServerSearch};
use posthaste::query::Field;
use rstest::rstest;

use crate::support::inside::Inside;
use crate::support::searches::{ends, hits, look_for, saying, told, words_in};

const SEARCH: When = When::Verb("UID SEARCH");

fn deliver(inside: &Inside, folder: &str, id: &str) {
    inside.world.deliver("dana", folder, &saying(id, "a needle"), Flags::default(), UnixTime(1_699_000_000));
}

fn states(inside: &Inside, search: u64) -> Vec<ServerSearch> {
    told(inside.events.iter().map(|(_, event)| event), search, None)
}

fn found(inside: &Inside, search: u64) -> Vec<MessageId> {
    hits(inside.events.iter().map(|(_, event)| event), search)
}

fn has_ended(inside: &Inside, search: u64) -> bool {
    !ends(states(inside, search)).is_empty()
}

fn seek(inside: &Inside, search: u64) {
    inside.send(look_for(search, words_in(Field::Body, "needle")));
}

/// An engine in step with a needle in three folders.
fn with_needles() -> Inside {
    let mut inside = Inside::open(Options::default(), &["m1"], |inside| {
        for (folder, id) in [("INBOX", "n1"), ("Projects", "n2"), ("Archive", "n3")] {
            deliver(inside, folder, id);
        }
    });
    inside.within("all is in step", Duration::from_mins(1), Inside::is_online);
    inside.pass(Duration::from_secs(10));
    inside
}

fn was_offline_since(inside: &Inside, from: Duration) -> bool {
    inside.states().iter().any(|(at, state)| *at > from && matches!(state, Connection::Offline { .. }))
}

/// A folder that was never opened is brought in step first; what is found far below the headers that are here is fetched
/// before the rest, and the rest comes all the same.
#[test]
fn old_messages_of_a_folder_that_was_never_opened_are_found() {
    let mut inside = Inside::open(Options::default(), &["m1"], |inside| {
        for number in 0..600 {
            if [5, 7, 590].contains(&number) {
                deliver(inside, "Projects", &format!("p{number}"));
            } else {
                let bytes = crate::support::engine::mail(&format!("p{number}"));
                inside.world.deliver("dana", "Projects", &bytes, Flags::default(), UnixTime(1_699_000_000));
            }
        }
    });
    seek(&inside, 1);
    inside.within("it is found", Duration::from_mins(1), |inside| has_ended(inside, 1));
    assert!(matches!(ends(states(&inside, 1))[..], [ServerSearch::Done { folders: 3 }]), "{}", inside.tail());
    let wanted: Vec<MessageId> = ["p590", "p7", "p5"].map(|id| inside.message(id)).to_vec();
    assert_eq!(found(&inside, 1), wanted, "the newest first");
    let commands = inside.world.commands();
    assert_eq!(commands.iter().filter(|line| line.contains("SELECT \"Archive\"")).count(), 1, "{commands:?}");
    let at = |text: &str| commands.iter().position(|line| line.contains(text));
    let (hit, rest) = (at("UID FETCH 6,8 (UID FLAGS"), at("UID FETCH 1:400 (UID FLAGS"));
    assert!(hit.is_some() && rest.is_none_or(|rest| Some(rest) > hit), "{commands:?}");
    inside.within("the rest is here", Duration::from_mins(1), Inside::in_step);
}

/// The next key cancels: an answer that is long in coming is not waited for, nobody is told of a lost connection, and the
/// new search is done on a new one.
#[test]
fn a_search_that_is_replaced_is_given_up() {
    let mut inside = with_needles();
    inside.world.arm(Fault::once(SEARCH, Then::Hang));
    let before = inside.now();
    seek(&inside, 1);
    inside.pass(Duration::from_secs(5));
    seek(&inside, 2);
    let took = inside.within("the new one is done", Duration::from_secs(3), |inside| has_ended(inside, 2));
    assert!(took >= Duration::from_secs(1), "an answer is waited for a little: {took:?}");
    assert_eq!(found(&inside, 2).len(), 3);
    assert!(ends(states(&inside, 1)).is_empty());
    assert!(!was_offline_since(&inside, before), "{}", inside.tail());
    inside.deliver("new");
    inside.within("all goes on", Duration::from_secs(10), |inside| inside.shows("new", "INBOX"));
}

/// An answer that comes while it is waited for a little costs no connection.
#[test]
fn an_answer_that_comes_soon_saves_the_connection() {
    let mut inside = with_needles();
    let dialled = inside.line.dialled().len();
    inside.world.arm(Fault::once(SEARCH, Then::Delay(Duration::from_millis(800))));
    seek(&inside, 1);
    inside.pass(Duration::from_millis(300));
    inside.send(Command::EndSearch);
    inside.pass(Duration::from_secs(20));
    assert_eq!(inside.line.dialled().len(), dialled);
    assert!(ends(states(&inside, 1)).is_empty() && found(&inside, 1).is_empty());
    assert!(inside.is_online());
}

/// Whoever types fast at a slow server does not lock himself out of it (RL44).
#[test]
fn many_searches_cost_few_connections() {
    let mut inside = with_needles();
    let dialled = inside.line.dialled().len();
    inside.world.arm(Fault::always(SEARCH, Then::Delay(Duration::from_secs(20))));
    for search in 1..=30 {
        seek(&inside, search);
        inside.pass(Duration::from_secs(2));
    }
    inside.world.disarm();
    inside.within("the last one is done", Duration::from_mins(1), |inside| has_ended(inside, 30));
    assert_eq!(found(&inside, 30).len(), 3);
    assert!(inside.line.dialled().len() - dialled <= 4, "{:?}", inside.line.dialled());
    assert!(!was_offline_since(&inside, Duration::from_secs(20)), "{}", inside.tail());
}

/// Half a minute a folder: the one that takes longer is told of, the others are searched all the same.
#[test]
fn a_folder_that_takes_too_long_is_left_out() {
    let mut inside = with_needles();
    let before = inside.now();
    inside.world.arm(Fault::once(SEARCH, Then::Hang));
    seek(&inside, 1);
    let took = inside.within("it ends", Duration::from_secs(40), |inside| has_ended(inside, 1));
    assert!(took >= Duration::from_secs(30), "{took:?}");
    let ends = ends(states(&inside, 1));
    assert!(
        matches!(&ends[..], [ServerSearch::Failed { left: 1, reason }] if reason.as_str().contains("INBOX")),
        "{ends:?}"
    );
    assert_eq!(found(&inside, 1).len(), 2);
    assert!(!was_offline_since(&inside, before), "{}", inside.tail());
}

/// Two minutes in all: then what is left is told.
#[test]
fn a_server_that_is_slow_everywhere_is_given_up() {
    let mut inside = Inside::open(Options::default(), &["m1"], |inside| {
        for number in 0..10 {
            inside.world.add_folder("dana", &format!("F{number}"), None);
            deliver(inside, &format!("F{number}"), &format!("n{number}"));
        }
    });
    inside.within("all is in step", Duration::from_mins(1), Inside::is_online);
    inside.pass(Duration::from_secs(10));
    inside.world.arm(Fault::always(SEARCH, Then::Delay(Duration::from_secs(25))));
    seek(&inside, 1);
    let took = inside.within("it ends", Duration::from_secs(130), |inside| has_ended(inside, 1));
    assert!(took > Duration::from_secs(115), "{took:?}");
    let ends = ends(states(&inside, 1));
    let [ServerSearch::Failed { left, .. }] = ends[..] else { panic!("{ends:?}") };
    // The inbox and three of the others were searched.
    assert_eq!((left, found(&inside, 1).len()), (7, 3));
}

/// What the user opens does not wait for a search, and the search is gone on with.
#[test]
fn a_message_that_is_opened_goes_first() {
    let mut inside = with_needles();
    inside.world.arm(Fault::once(SEARCH, Then::Delay(Duration::from_secs(25))));
    seek(&inside, 1);
    inside.pass(Duration::from_secs(1));
    let message = inside.message("m1");
    inside.send(Command::WantBody { message, priority: Priority::Open, whole: false });
    let ready = |inside: &Inside| inside.events.iter().any(|(_, event)| *event == Event::BodyReady(message));
    inside.within("it is here", Duration::from_secs(4), ready);
    inside.within("the search is done", Duration::from_secs(5), |inside| has_ended(inside, 1));
    assert!(matches!(ends(states(&inside, 1))[..], [ServerSearch::Done { folders: 3 }]), "{}", inside.tail());
    assert_eq!(found(&inside, 1).len(), 3);
}

/// Without a connection it is said at once; when it is there again, what is still wanted is done.
#[rstest]
fn a_search_offline_is_done_later(#[values(true, false)] still_wanted: bool) {
    let mut inside = with_needles();
    inside.line.reachable(false);
    inside.within("it is found", Duration::from_secs(90), Inside::is_offline);
    seek(&inside, 1);
    inside.turns(20);
    assert_eq!(states(&inside, 1), [ServerSearch::Offline]);
    if !still_wanted {
        inside.send(Command::EndSearch);
    }
    inside.pass(Duration::from_mins(2));
    assert_eq!(states(&inside, 1), [ServerSearch::Offline], "said once");
    inside.line.reachable(true);
    inside.within("it is there again", Duration::from_secs(10), Inside::is_online);
    inside.pass(Duration::from_secs(5));
    let all = states(&inside, 1);
    if still_wanted {
        assert!(
            matches!(
                all[..],
                [ServerSearch::Offline, ServerSearch::Running { .. }, .., ServerSearch::Done { folders: 3 }]
            ),
            "{all:?}"
        );
        assert_eq!(found(&inside, 1).len(), 3);
    } else {
        assert_eq!(all, [ServerSearch::Offline]);
    }
}

/// A search that loses its connection on the way is gone on with, however long that was away.
#[test]
fn a_search_goes_on_after_the_line_was_away() {
    let mut inside = with_needles();
    inside.world.arm(Fault::once(SEARCH, Then::Hang));
    seek(&inside, 1);
    inside.pass(Duration::from_secs(1));
    inside.line.reachable(false);
    inside.within("it is found", Duration::from_secs(90), Inside::is_offline);
    inside.pass(Duration::from_mins(5));
    assert!(matches!(ends(states(&inside, 1))[..], [ServerSearch::Offline]), "{}", inside.tail());
    inside.line.reachable(true);
    inside.within("it ends", Duration::from_secs(15), |inside| ends(states(inside, 1)).len() > 1);
    // The inbox had its half minute.
    let ends = ends(states(&inside, 1));
    assert!(matches!(ends[..], [ServerSearch::Offline, ServerSearch::Failed { left: 1, .. }]), "{ends:?}");
    assert_eq!(found(&inside, 1).len(), 2);
}

/// The newest two thousand of a folder are enough, and that there are more is said.
#[test]
fn very_many_hits_are_bounded() {
    let mut inside = Inside::open(Options::default(), &[], |inside| {
        for number in 0..2_150 {
            deliver(inside, "Projects", &format!("p{number}"));
        }
    });
    seek(&inside, 1);
    inside.within("it ends", Duration::from_mins(2), |inside| has_ended(inside, 1));
    assert_eq!(found(&inside, 1).len(), 2_000);
    assert!(inside.told("2150 messages were found"), "{}", inside.tail());
    inside.within("all is here", Duration::from_mins(2), Inside::in_step);
}

/// Invariant 8: one header that the server refuses costs one message of what was found, not the search.
#[test]
fn a_header_that_is_refused_costs_one_hit() {
    let mut inside = Inside::open(Options::default(), &[], |inside| {
        for number in 0..300 {
            deliver(inside, "Projects", &format!("p{number}"));
        }
        inside.world.arm(Fault::always(When::Header(40), Then::No("[SERVERBUG] cannot".to_owned())));
    });
    seek(&inside, 1);
    inside.within("it ends", Duration::from_mins(2), |inside| has_ended(inside, 1));
    assert!(matches!(ends(states(&inside, 1))[..], [ServerSearch::Done { .. }]), "{}", inside.tail());
    assert_eq!(found(&inside, 1).len(), 299);
}
