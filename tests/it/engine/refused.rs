//! What the server refuses, and what is not there any more.

use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::server::Options;
use posthaste::mail::UnixTime;
use posthaste::mail::flags::Flags;
use posthaste::protocol::{Action, Command};
use rstest::rstest;

use crate::support::engine::{Driver, Embedded, End, mail, set};

fn offline(driver: &mut Driver, server: &Embedded) {
    driver.hurry = false;
    server.world.arm(Fault::always(When::Connect, Then::Close));
    server.world.kick();
    driver.until("the line is down", |driver| {
        driver.states.values().all(|state| matches!(state, posthaste::protocol::Connection::Offline { .. }))
    });
}

fn online(driver: &mut Driver, server: &Embedded) {
    server.world.disarm();
    driver.hurry = true;
    driver.send(Command::Refresh(None));
}

/// RL28: a refused move is kept and shown where the message is; a retry does it, a discard forgets it.
#[rstest]
#[case("UID MOVE", Options::default(), "[OVERQUOTA] the folder is full")]
#[case("UID MOVE", Options::default(), "[TRYCREATE] no such folder")]
#[case("UID MOVE", Options::default(), "[NOPERM] you may not")]
#[case("UID COPY", Options::default().without("MOVE"), "[OVERQUOTA] the folder is full")]
#[case("UID STORE", Options::default().without("MOVE").without("UIDPLUS"), "[NOPERM] you may not")]
fn a_refused_move_waits_for_the_user(#[case] verb: &'static str, #[case] options: Options, #[case] text: &str) {
    let server = Embedded::start(options, &["m1", "m2"]);
    let mut driver = server.home().start();
    driver.online();
    for (id, retry) in [("m1", true), ("m2", false)] {
        server.world.arm(Fault::once(When::Verb(verb), Then::No(text.to_owned())));
        let op = driver.press(Action::Archive, &[driver.message(id)]);
        let (reason, kept) = driver.refused(op);
        assert!(kept && reason.contains(text.split("] ").last().unwrap()), "{reason}");
        assert!(driver.places(id).contains(&"INBOX".to_owned()), "it is shown where it is");
        assert_eq!(driver.waiting().1, 1);
        if retry {
            driver.retry(op);
            driver.until("it is done", |driver| driver.ends(op).last() == Some(&End::Done));
            assert_eq!(server.places(id), ["Archive"]);
        } else {
            driver.send(Command::Discard(op));
            driver.until("it is given up", |driver| driver.ends(op).last() == Some(&End::Undone));
            assert!(server.places(id).contains(&"INBOX".to_owned()));
        }
        assert_eq!(driver.waiting(), (0, 0));
    }
    driver.in_step(&|| server.all());
}

/// RL24, P2: a move that stopped after its copy was made and is pressed again, not retried, makes no second copy; and
/// neither does the first, retried after that.
#[rstest]
#[case(Options::default().without("MOVE"))]
#[case(Options::default().without("MOVE").without("UIDPLUS"))]
fn a_half_move_that_is_pressed_again_makes_no_second_copy(#[case] options: Options) {
    let server = Embedded::start(options, &["m1", "m2"]);
    let mut driver = server.home().start();
    driver.online();
    server.world.arm(Fault::once(When::Verb("UID STORE"), Then::No("[SERVERBUG] not now".to_owned())));
    let message = driver.message("m1");
    let half = driver.press(Action::Archive, &[message]);
    driver.refused(half);
    assert_eq!(server.places("m1"), ["Archive", "INBOX"]);
    driver.act(Action::Archive, &[message, driver.message("m2")]);
    driver.retry(half);
    driver.until("the first is done", |driver| driver.ends(half).last() == Some(&End::Done));
    for id in ["m1", "m2"] {
        assert_eq!(server.places(id), ["Archive"]);
    }
    driver.in_step(&|| server.all());
}

/// Invariants 8 and 9: a command that the server never understands, or that ends the connection each time, is refused in
/// the end, and what waits behind it is sent.
#[rstest]
#[case(Then::Bad("what?".to_owned()))]
#[case(Then::Close)]
fn a_poisonous_operation_does_not_block_the_queue(#[case] then: Then) {
    let server = Embedded::start(Options::default(), &["m1", "m2"]);
    let mut driver = server.home().start();
    driver.online();
    server.world.arm(Fault::always(When::Verb("UID STORE"), then));
    let bad = driver.press(set(&["\\Flagged"]), &[driver.message("m1")]);
    let good = driver.press(Action::Archive, &[driver.message("m2")]);
    assert!(driver.refused(bad).1, "kept for a retry");
    driver.done(good);
    assert!(server.count("LOGIN") + server.count("AUTHENTICATE") <= 12);
    server.world.disarm();
    driver.retry(bad);
    driver.until("it is done", |driver| driver.ends(bad).last() == Some(&End::Done));
    driver.in_step(&|| server.all());
}

/// RL27, RL31: what was removed elsewhere is no failure, is said once, and the rest goes on.
#[test]
fn a_message_that_is_gone_is_passed_over() {
    let server = Embedded::start(Options::default(), &["m1", "m2", "m3"]);
    let mut driver = server.home().start();
    driver.online();
    offline(&mut driver, &server);
    let messages: Vec<_> = ["m1", "m2", "m3"].map(|id| driver.message(id)).into();
    let archive = driver.queue(Action::Archive, &messages);
    let star = driver.queue(set(&["\\Flagged"]), &messages);
    server.world.remove("dana", "INBOX", &[2]);
    online(&mut driver, &server);
    driver.done(archive);
    driver.done(star);
    assert!(driver.told("already gone"), "{}", driver.tail());
    driver.in_step(&|| server.all());
    assert_eq!(
        (server.places("m1"), server.places("m2"), server.places("m3")),
        (vec!["Archive".into()], vec![], vec!["Archive".into()])
    );
    driver.each_ended_once();
}

/// RL16: other messages under the same UIDs and the same UIDVALIDITY: none of them is moved.
#[test]
fn a_stranger_under_the_uid_is_left_alone() {
    let server = Embedded::start(Options::default(), &["m1", "m2"]);
    let mut driver = server.home().start();
    driver.online();
    offline(&mut driver, &server);
    let op = driver.queue(Action::Trash, &[driver.message("m1")]);
    server.world.change(|state| {
        let inbox = state.tree_mut("dana").and_then(|tree| tree.get_mut("INBOX")).unwrap();
        inbox.messages.clear();
        inbox.uid_next = 1;
        inbox.add(mail("stranger").into(), Flags::default(), UnixTime(1_700_000_001));
    });
    online(&mut driver, &server);
    assert!(driver.refused(op).1);
    assert_eq!(server.places("stranger"), ["INBOX"]);
    driver.in_step(&|| server.all());
}

/// RL14: the folder was numbered anew under queued operations: each finds its message, and no other is touched.
#[test]
fn a_renumbered_folder_does_not_mislead_the_queue() {
    let server = Embedded::start(Options::default(), &["gone", "m1", "m2", "m3", "m4"]);
    let mut driver = server.home().start();
    driver.online();
    offline(&mut driver, &server);
    let [one, two, gone] = ["m1", "m2", "gone"].map(|id| driver.message(id));
    let archive = driver.queue(Action::Archive, &[one, two]);
    let star = driver.queue(set(&["\\Flagged"]), &[driver.message("m3")]);
    let trash = driver.queue(Action::Trash, &[gone]);
    server.world.remove("dana", "INBOX", &[1]);
    server.world.set_uid_validity("dana", "INBOX", 77);
    online(&mut driver, &server);
    driver.done(archive);
    driver.done(star);
    assert!(driver.refused(trash).1, "what cannot be told from others waits for the user");
    driver.in_step(&|| server.all());
    assert_eq!(
        (server.places("m1"), server.places("m2"), server.places("m4")),
        (vec!["Archive".into()], vec!["Archive".into()], vec!["INBOX".into()])
    );
    let starred: Vec<String> = server
        .world
        .list("dana", "INBOX")
        .into_iter()
        .filter(|row| row.flags.flagged())
        .map(|row| row.message_id)
        .collect();
    assert_eq!(starred, ["m3@x"]);
    driver.each_ended_once();
}

/// RL25: a server without UIDPLUS, and mail beside ours that another client marked: it stays.
#[test]
fn anothers_marked_mail_is_not_expunged() {
    let server = Embedded::start(Options::default().without("MOVE").without("UIDPLUS"), &["m1", "theirs"]);
    let mut driver = server.home().start();
    driver.online();
    server.world.store("dana", "INBOX", 2, posthaste::demo::mailbox::Change::Add, &Flags::parse(["\\Deleted"]));
    driver.act(Action::Archive, &[driver.message("m1")]);
    assert_eq!(server.count("EXPUNGE"), 0);
    assert!(server.places("theirs") == ["INBOX"] && server.places("m1").contains(&"Archive".to_owned()));
    driver.shows("m1", "Archive");
    assert!(driver.told("stay marked"));
}

/// RL26: UIDPLUS is offered and UID EXPUNGE refused: moved all the same, and no loop.
#[test]
fn a_refused_uid_expunge_falls_back() {
    let server = Embedded::start(Options::default().without("MOVE"), &["m1"]);
    let mut driver = server.home().start();
    driver.online();
    server.world.arm(Fault::always(When::Verb("UID EXPUNGE"), Then::No("not today".to_owned())));
    driver.act(Action::Archive, &[driver.message("m1")]);
    assert_eq!(server.places("m1"), ["Archive"]);
    driver.in_step(&|| server.all());
}

/// A folder that does not exist on the server any more is made again for what was moved into it.
#[test]
fn a_message_moves_on_from_a_folder_that_was_never_opened() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let mut driver = server.home().start();
    driver.online();
    offline(&mut driver, &server);
    let message = driver.message("m1");
    let create = driver.queue(Action::CreateFolder { account: driver.id(), path: "Box".to_owned() }, &[]);
    let to = driver.queue(Action::Move(driver.folder("Box")), &[message]);
    driver.shows("m1", "Box");
    let on = driver.queue(Action::Archive, &[message]);
    driver.shows("m1", "Archive");
    online(&mut driver, &server);
    for op in [create, to, on] {
        driver.done(op);
    }
    assert_eq!(server.places("m1"), ["Archive"]);
    driver.undo(on);
    assert_eq!(server.places("m1"), ["Box"]);
    driver.in_step(&|| server.all());
    driver.each_ended_once();
}
