//! The connection ends before, in and after the commands that change mail.

use std::time::Duration;

use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::server::{CopyUid, Options};
use posthaste::mail::FolderId;
use posthaste::protocol::{Action, Command};
use rstest::rstest;

use crate::support::engine::{Driver, Embedded, End, set};
use crate::support::oracle::census;

/// How long a command is on its way: long enough for a key to be pressed meanwhile.
const DELAY: Duration = Duration::from_millis(400);

fn no_move() -> Options {
    Options::default().without("MOVE")
}

fn poorest() -> Options {
    no_move().without("UIDPLUS")
}

/// RL23, RL24: a cut before the server did it and after, for each command that a move is made of: one message, one place.
#[rstest]
#[case(Options::default(), &["UID MOVE"])]
#[case(Options::default().with_copy_uid(CopyUid::Absent), &["UID MOVE"])]
#[case(no_move(), &["UID COPY", "UID STORE", "UID EXPUNGE"])]
#[case(no_move().with_copy_uid(CopyUid::Absent), &["UID COPY", "UID STORE", "UID EXPUNGE"])]
#[case(poorest(), &["UID COPY", "UID STORE", "UID SEARCH", "EXPUNGE"])]
fn a_move_is_made_once(#[case] options: Options, #[case] verbs: &[&'static str]) {
    let server = Embedded::start(options, &["m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7"]);
    let before = census(&server.all());
    let mut driver = server.home().start();
    driver.online();
    let cuts = verbs.iter().flat_map(|verb| [(*verb, Then::Close), (*verb, Then::DoThenClose)]);
    for (number, (verb, then)) in cuts.enumerate() {
        let id = format!("m{number}");
        server.world.arm(Fault::once(When::Verb(verb), then.clone()));
        let op = driver.act(Action::Archive, &[driver.message(&id)]);
        assert_eq!(server.places(&id), ["Archive"], "{verb} {then:?}");
        assert_eq!(census(&server.all()), before, "{verb} {then:?}");
        driver.shows(&id, "Archive");
        if number % 2 == 1 {
            driver.undo(op);
            assert_eq!(server.places(&id), ["INBOX"], "{verb} {then:?}");
        }
    }
    driver.in_step(&|| server.all());
    driver.each_ended_once();
}

/// RL01, RL23, RL24: the same at many bytes of the server's side of the whole dialogue.
#[rstest]
#[case(Options::default(), 29)]
#[case(no_move(), 37)]
#[case(poorest(), 41)]
fn a_cut_at_any_byte_neither_loses_nor_doubles(#[case] options: Options, #[case] step: u64) {
    let server = Embedded::start(options, &["m"]);
    let before = census(&server.all());
    let mut driver = server.home().start();
    driver.online();
    for number in 0..30 {
        server.world.arm(Fault::once(When::Sent(number * step), Then::Close));
        let (action, place) = if number % 2 == 0 { (Action::Archive, "Archive") } else { (Action::NotJunk, "INBOX") };
        driver.act(action, &[driver.message("m")]);
        server.world.disarm();
        assert_eq!((server.places("m"), census(&server.all())), (vec![place.to_owned()], before.clone()), "{number}");
        driver.shows("m", place);
    }
    driver.in_step(&|| server.all());
    driver.each_ended_once();
}

/// RL24: a copy and flags, cut before and after: one copy, the flags set.
#[rstest]
#[case(Then::Close)]
#[case(Then::DoThenClose)]
fn copies_and_flags_are_made_once(#[case] then: Then) {
    let server = Embedded::start(Options::default(), &["m"]);
    let mut driver = server.home().start();
    driver.online();
    let message = driver.message("m");
    server.world.arm(Fault::once(When::Verb("UID COPY"), then.clone()));
    driver.act(Action::Copy(driver.folder("Projects")), &[message]);
    server.world.arm(Fault::once(When::Verb("UID STORE"), then.clone()));
    driver.act(set(&["\\Flagged"]), &[message]);
    assert_eq!(server.places("m"), ["INBOX", "Projects"]);
    assert!(server.world.list("dana", "INBOX")[0].flags.flagged());
    for verb in ["CREATE", "RENAME", "DELETE"] {
        server.world.arm(Fault::once(When::Verb(verb), then.clone()));
    }
    driver.act(Action::CreateFolder { account: driver.id(), path: "New".to_owned() }, &[]);
    driver.until("it is there", |driver| {
        server.world.folders("dana").contains(&"New".to_owned()) && driver.waiting().0 == 0
    });
    driver.act(Action::RenameFolder { folder: driver.folder("New"), path: "Newer".to_owned() }, &[]);
    driver.until("it is listed", |driver| driver.folders().contains(&"Newer".to_owned()));
    driver.act(Action::DeleteFolder { folder: driver.folder("Newer") }, &[]);
    assert!(server.world.folders("dana").iter().all(|name| !name.starts_with("New")));
    driver.in_step(&|| server.all());
    driver.each_ended_once();
}

/// P2, RL24: a copy whose answer was lost, and which another client took on or removed before it was looked for, is not
/// made again: the user is told and decides. Sent again, it is made once.
#[rstest]
#[case(Options::default(), Action::Copy)]
#[case(no_move(), Action::Move)]
#[case(poorest(), Action::Move)]
fn a_copy_that_was_taken_on_is_not_made_again(
    #[case] options: Options,
    #[case] action: fn(FolderId) -> Action,
    #[values(true, false)] kept: bool,
) {
    let server = Embedded::start(options, &["m1", "m2"]);
    let mut driver = server.home().start();
    driver.online();
    driver.hurry = false;
    server.world.arm(Fault::once(When::Verb("UID COPY"), Then::DoThenClose));
    let op = driver.press(action(driver.folder("Projects")), &[driver.message("m1")]);
    driver.until("the copy is there", |_| !server.world.list("dana", "Projects").is_empty());
    if kept {
        server.world.relocate("dana", "Projects", &[1], "Junk").unwrap();
    } else {
        server.world.remove("dana", "Projects", &[1]);
    }
    driver.hurry = true;
    driver.send(Command::Refresh(None));
    let (reason, waits) = driver.refused(op);
    assert!(waits && reason.contains("may be there twice"), "{reason}");
    assert!(!server.places("m1").contains(&"Projects".to_owned()));
    driver.in_step(&|| server.all());
    // What arrives meanwhile is no reason to ask once more.
    server.deliver("Projects", "other");
    server.world.arm(Fault::once(When::Verb("UID COPY"), Then::Close));
    driver.retry(op);
    driver.until("it is done", |driver| driver.ends(op).last() == Some(&End::Done));
    let there = server.places("m1").iter().filter(|place| *place == "Projects").count();
    assert_eq!(there, 1, "{:?}", server.places("m1"));
    driver.in_step(&|| server.all());
}

/// P2, RL24: a copy that was never made is made, whatever else came to its folder meanwhile.
#[rstest]
#[case(Options::default(), Action::Copy)]
#[case(no_move(), Action::Move)]
fn a_copy_that_was_never_made_is_made(#[case] options: Options, #[case] action: fn(FolderId) -> Action) {
    let server = Embedded::start(options, &["m1", "m2"]);
    let mut driver = server.home().start();
    driver.online();
    driver.hurry = false;
    server.world.arm(Fault::once(When::Verb("UID COPY"), Then::Close));
    let op = driver.press(action(driver.folder("Projects")), &[driver.message("m1")]);
    driver.until("it was sent", |_| server.count("UID COPY") > 0);
    server.deliver("Projects", "other");
    driver.hurry = true;
    driver.send(Command::Refresh(None));
    driver.done(op);
    assert!(server.places("m1").contains(&"Projects".to_owned()));
    driver.in_step(&|| server.all());
}

/// Has the working connection open another folder than the inbox.
fn work_elsewhere(server: &Embedded, driver: &mut Driver) {
    server.deliver("Projects", "elsewhere");
    driver.until("it is seen", |driver| driver.try_message("elsewhere").is_some());
    driver.act(set(&["$Next"]), &[driver.message("elsewhere")]);
    driver.online();
}

/// RL62: an undo that comes while the first commands of its operation are on their way: it stays where it was.
#[rstest]
#[case("SELECT")]
#[case("UID FETCH")]
#[case("STATUS")]
#[case("UID MOVE")]
fn an_undo_in_flight_ends_where_it_began(#[case] verb: &'static str) {
    let server = Embedded::start(Options::default(), &["m", "next"]);
    let mut driver = server.home().start();
    driver.online();
    driver.until("it watches", |_| server.count("IDLE") > 0);
    work_elsewhere(&server, &mut driver);
    server.world.arm(Fault::once(When::Verb(verb), Then::Delay(DELAY)));
    server.world.clear_commands();
    let op = driver.queue(Action::Archive, &[driver.message("m")]);
    driver.until("the command is sent", |_| server.count(verb) > 0);
    driver.undo(op);
    // What waits behind it is done: the delayed command has come to its end.
    driver.act(set(&["$Next"]), &[driver.message("next")]);
    driver.in_step(&|| server.all());
    assert_eq!(server.places("m"), ["INBOX"]);
    assert_eq!(driver.places("m"), ["INBOX"]);
    let moves = server.count("UID MOVE");
    assert_eq!(moves, if verb == "UID MOVE" { 2 } else { 0 }, "what was taken back before it was sent is not sent");
    driver.each_ended_once();
}

/// RL62: the same for a flag.
#[rstest]
#[case("SELECT")]
#[case("UID STORE")]
fn a_flag_taken_back_in_flight_is_not_set(#[case] verb: &'static str) {
    let server = Embedded::start(Options::default(), &["m", "next"]);
    let mut driver = server.home().start();
    driver.online();
    driver.until("it watches", |_| server.count("IDLE") > 0);
    work_elsewhere(&server, &mut driver);
    server.world.clear_commands();
    server.world.arm(Fault::once(When::Verb(verb), Then::Delay(DELAY)));
    let op = driver.queue(set(&["\\Flagged"]), &[driver.message("m")]);
    driver.until("the command is sent", |_| server.count(verb) > 0);
    driver.undo(op);
    // What waits behind it is done: the delayed command has come to its end.
    driver.act(set(&["$Next"]), &[driver.message("next")]);
    driver.in_step(&|| server.all());
    assert!(!server.world.list("dana", "INBOX")[0].flags.flagged());
    driver.each_ended_once();
}
