//! What was put off comes back when its time has come, whatever the clocks, the computer and the line did meanwhile.

use std::time::Duration;

use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::mailbox::Change;
use posthaste::demo::server::Options;
use posthaste::mail::UnixTime;
use posthaste::mail::flags::Flags;
use posthaste::protocol::{Action, Event};
use posthaste::safe_text::SafeText;
use rstest::rstest;

use crate::support::inside::Inside;
use crate::support::oracle::places;

/// 2023-11-14 22:13:20, when a test begins; an hour later is 23:13:20, whose minute began twenty seconds before.
const MORNING: i64 = 1_700_000_000;
const HOUR: Duration = Duration::from_hours(1);
/// How long after its time a message may be away: the machines of a user do not all come at once.
const SPREAD: Duration = Duration::from_secs(40);

/// An inbox in step, and one of its messages put off for an hour.
fn put_off() -> Inside {
    let mut inside = Inside::start(Options::default(), &["m1", "m2"]);
    let until = UnixTime(MORNING + 3600);
    let action = Action::Snooze { until, words: SafeText::new("then") };
    let op = inside.press(action, &[inside.message("m1")]);
    inside.within("it is put off", Duration::from_secs(10), |inside| inside.is_done(op) && inside.in_step());
    assert!(inside.shows("m1", "Snoozed"));
    inside
}

/// Passes time until so long after the beginning.
fn pass_until(inside: &mut Inside, time: Duration) {
    let now = inside.now();
    inside.pass(time.saturating_sub(now));
}

#[track_caller]
fn is_back(inside: &Inside) {
    let all = inside.there();
    assert_eq!(places(&all, "m1"), ["INBOX"], "once");
    let flags = &all.iter().find(|found| found.message_id == "m1@x").unwrap().flags;
    assert_eq!(flags, &["$SnoozedUntil-20231114T2313Z"], "unread, and it says since when");
}

/// It is back within the minute, unread, once, without a toast and without an undo; and not a moment before.
#[test]
fn it_comes_back() {
    let mut inside = put_off();
    pass_until(&mut inside, Duration::from_secs(3575));
    assert!(inside.shows("m1", "Snoozed"));
    let before = inside.count("UID MOVE");
    pass_until(&mut inside, HOUR + SPREAD);
    assert!(inside.in_step());
    is_back(&inside);
    assert_eq!(inside.count("UID MOVE"), before + 1);
    assert!(inside.told("came back: about m1"), "{}", inside.tail());
    let queued = inside.events.iter().filter(|(_, event)| matches!(event, Event::OpQueued { .. })).count();
    assert_eq!(queued, 1, "of the user's own operation alone");
    inside.pass(HOUR * 5);
    assert_eq!(inside.count("UID MOVE"), before + 1);
}

/// Without a connection it is back here all the same, and on the server when there is one again.
#[test]
fn it_comes_back_offline() {
    let mut inside = put_off();
    inside.line.reachable(false);
    pass_until(&mut inside, HOUR + SPREAD);
    assert!(inside.shows("m1", "INBOX"), "{}", inside.tail());
    assert_eq!(places(&inside.there(), "m1"), ["Snoozed"]);
    inside.line.reachable(true);
    inside.within("it is on the server", Duration::from_mins(6), Inside::in_step);
    is_back(&inside);
}

/// The computer slept over its time, the program was stopped, or the clock was set: it is back soon after.
#[rstest]
#[case::asleep(|inside: &mut Inside| inside.sleep(HOUR * 3))]
#[case::stopped(|inside: &mut Inside| inside.stopped(HOUR * 3))]
#[case::set(|inside: &mut Inside| inside.set_clock(3 * 3600))]
fn it_comes_back_after_an_absence(#[case] be_away: fn(&mut Inside)) {
    let mut inside = put_off();
    be_away(&mut inside);
    inside.within("it is back", Duration::from_secs(30), |inside| inside.shows("m1", "INBOX"));
    inside.within("in step", Duration::from_secs(30), Inside::in_step);
    is_back(&inside);
}

/// Another machine was first: nothing is moved a second time, and nothing is missed.
#[test]
fn another_machine_was_first() {
    let mut inside = put_off();
    inside.line.hole(crate::support::inside::Hole::Both);
    let uid = inside.world.list("dana", "Snoozed")[0].uid;
    let gone = Flags::parse(["$Snoozed"]);
    inside.world.store("dana", "Snoozed", uid, Change::Remove, &gone);
    inside.world.relocate("dana", "Snoozed", &[uid], "INBOX").unwrap();
    pass_until(&mut inside, HOUR + SPREAD);
    inside.line.hole(crate::support::inside::Hole::None);
    inside.within("in step", Duration::from_mins(6), Inside::in_step);
    is_back(&inside);
}

/// Brought back here while there was no line, and put off anew by another device meanwhile: that counts, and it comes back
/// when that is over.
#[test]
fn a_later_time_of_another_machine_counts() {
    let mut inside = put_off();
    inside.line.reachable(false);
    pass_until(&mut inside, HOUR + SPREAD);
    assert!(inside.shows("m1", "INBOX"), "{}", inside.tail());
    let uid = inside.world.list("dana", "Snoozed")[0].uid;
    let change = |change, word: &str| inside.world.store("dana", "Snoozed", uid, change, &Flags::parse([word]));
    change(Change::Remove, "$SnoozedUntil-20231114T2313Z");
    change(Change::Add, "$SnoozedUntil-20231115T0113Z");
    inside.line.reachable(true);
    inside.within("it stays put off", Duration::from_mins(6), |inside| {
        inside.in_step() && inside.shows("m1", "Snoozed") && inside.waiting() == (0, 0)
    });
    assert_eq!(places(&inside.there(), "m1"), ["Snoozed"]);
    assert!(inside.there().iter().any(|found| found.flags.contains(&"$Snoozed".to_owned())));
    pass_until(&mut inside, HOUR * 3 + SPREAD);
    assert!(inside.in_step());
    assert_eq!(places(&inside.there(), "m1"), ["INBOX"]);
}

/// A machine that took the keyword away and then went silent does not keep the message for ever.
#[test]
fn a_half_wake_of_another_machine_is_ended() {
    let mut inside = put_off();
    let uid = inside.world.list("dana", "Snoozed")[0].uid;
    let gone = Flags::parse(["$Snoozed"]);
    inside.world.store("dana", "Snoozed", uid, Change::Remove, &gone);
    pass_until(&mut inside, HOUR + SPREAD);
    assert!(inside.shows("m1", "Snoozed"), "the other one may still come to it");
    inside.pass(Duration::from_mins(11));
    assert!(inside.in_step());
    is_back(&inside);
}

/// A server that has no room for the time keeps the message where it is: nothing would bring it back.
#[test]
fn without_its_time_nothing_is_put_off() {
    let mut inside = Inside::start(Options::default(), &["m1", "m2"]);
    inside.world.arm(Fault::always(When::Verb("UID STORE"), Then::No("[CANNOT] no room for keywords".to_owned())));
    let action = Action::Snooze { until: UnixTime(MORNING + 3600), words: SafeText::new("then") };
    inside.press(action, &[inside.message("m1"), inside.message("m2")]);
    inside.within("it is refused", Duration::from_secs(10), |inside| inside.waiting() == (0, 1));
    assert!(inside.shows("m1", "INBOX") && inside.shows("m2", "INBOX"));
    assert_eq!((places(&inside.there(), "m1"), inside.count("UID MOVE")), (vec!["INBOX".to_owned()], 0));
    assert_eq!(inside.count("CREATE"), 0, "nothing goes there");
}

/// A server that refuses is not asked again and again.
#[test]
fn a_refusal_is_no_storm() {
    let mut inside = put_off();
    let before = inside.count("UID MOVE");
    inside.world.arm(Fault::always(When::Verb("UID MOVE"), Then::No("[OVERQUOTA] no room".to_owned())));
    pass_until(&mut inside, HOUR * 12);
    assert!(inside.count("UID MOVE") <= before + 2, "{}", inside.tail());
    assert_eq!(inside.waiting(), (0, 1), "it waits for the user");
    assert_eq!(places(&inside.there(), "m1"), ["Snoozed"]);
}
