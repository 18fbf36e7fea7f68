//! What real servers do in their own way, and what may happen between two of our commands, seen by the whole engine.

use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::server::{CopyUid, Options};
use posthaste::protocol::Action;
use rstest::rstest;

use crate::support::engine::Embedded;
use crate::support::oracle::{census, conserved};

/// Gmail as a mail program sees it: every message is in All Mail and once more in each folder that is a label of it.
fn gmail() -> Embedded {
    let options = Options::default().with("X-GM-EXT-1").with_copy_uid(CopyUid::Tagged);
    let server = Embedded::start(options, &["m1", "m2", "m3"]);
    server.world.delete("dana", "Trash").unwrap();
    server.world.delete("dana", "Archive").unwrap();
    server.world.add_folder("dana", "[Gmail]/All Mail", Some("\\All"));
    server.world.add_folder("dana", "[Gmail]/Trash", Some("\\Trash"));
    server.world.add_folder("dana", "Work", None);
    for id in ["m1", "m2", "m3"] {
        server.deliver("[Gmail]/All Mail", id);
    }
    server.deliver("Work", "m1");
    server
}

/// RL55: a message with labels is one row in each of its folders; to delete it is one MOVE to the Trash out of the folder
/// where it was done, with the tagged COPYUID taken; no other label is touched by us, and what Gmail then takes out of
/// All Mail and the labels goes here too. [THROTTLED] in between is waited for.
#[test]
fn gmail_is_one_message_in_many_folders() {
    let server = gmail();
    let mut driver = server.home().start();
    driver.in_step(&|| server.all());
    let mut places = driver.places("m1");
    places.sort();
    assert_eq!(places, ["INBOX", "Work", "[Gmail]/All Mail"]);
    let before = census(&server.all());
    server.world.clear_commands();
    server.world.arm(Fault::once(When::Verb("UID MOVE"), Then::No("[THROTTLED] Too many requests".to_owned())));
    let in_work = driver.in_folder("m1", "Work");
    let in_inbox = driver.in_folder("m1", "INBOX");
    driver.act(Action::Trash, &[in_inbox]);
    conserved(&before, &server.all(), &[], "a delete is a move");
    let mut places = server.places("m1");
    places.sort();
    assert_eq!(places, ["Work", "[Gmail]/All Mail", "[Gmail]/Trash"]);
    driver.in_step(&|| server.all());
    assert_eq!(driver.in_folder("m1", "Work"), in_work, "the other label's row is the one it was");
    assert_eq!(driver.in_folder("m1", "[Gmail]/Trash"), in_inbox, "COPYUID named the new place");
    let changing: Vec<String> = server
        .world
        .commands()
        .into_iter()
        .filter(|line| {
            ["UID STORE", "UID COPY", "EXPUNGE", "UID MOVE", "APPEND"].iter().any(|verb| line.contains(verb))
        })
        .collect();
    assert_eq!(changing.len(), 2, "the refused one and the one that worked: {changing:?}");
    assert!(changing.iter().all(|line| line.contains("UID MOVE 1 ")), "{changing:?}");
    // What Gmail does by itself: what is in the Trash has no other label, and is not in All Mail.
    for folder in ["Work", "[Gmail]/All Mail"] {
        server.world.remove("dana", folder, &[1]);
    }
    driver.in_step(&|| server.all());
    assert_eq!(driver.places("m1"), ["[Gmail]/Trash"]);
}

/// P1: a message that another client puts into a folder while it is deleted is not deleted with it, at whichever step it
/// comes; nor is the folder, if it came in time to be counted.
#[rstest]
fn a_late_message_saves_its_folder(
    #[values("", "UNSELECT")] without: &str,
    #[values("RENAME", "EXAMINE", "DELETE")] verb: &'static str,
) {
    let server = Embedded::start(Options::default().without(without), &["m1"]);
    let mut driver = server.home().start();
    driver.online();
    let id = driver.folder("Projects");
    server.world.arm(Fault::once(When::Verb(verb), Then::Delay(std::time::Duration::from_millis(500))));
    let before = server.count(verb);
    let op = driver.press(Action::DeleteFolder { folder: id }, &[]);
    driver.until("the folder is about to be deleted", |_| server.count(verb) > before);
    let moved = server.world.relocate("dana", "INBOX", &[1], "Projects");
    assert_eq!(moved.is_ok(), verb == "RENAME", "afterwards it has no such name");
    if moved.is_err() {
        driver.done(op);
        assert_eq!(server.places("m1"), ["INBOX"]);
        assert_eq!(named(&server), [""; 0]);
        return driver.in_step(&|| server.all());
    }
    let (reason, _) = driver.refused(op);
    assert!(reason.contains("no longer empty"), "{reason}");
    assert_eq!(server.places("m1"), ["Projects"]);
    assert_eq!(named(&server), ["Projects"]);
    driver.in_step(&|| server.all());
    // Once it is empty again it can be deleted.
    server.world.remove("dana", "Projects", &[1]);
    driver.retry(op);
    driver.until("the folder is gone", |_| named(&server).is_empty());
}

/// The folders whose names begin with that of the one that is deleted.
fn named(server: &Embedded) -> Vec<String> {
    let mut names = server.world.folders("dana");
    names.retain(|name| name.starts_with("Projects"));
    names
}

/// P1: a folder whose name is taken while it is deleted keeps the other name, with what is in it.
#[test]
fn a_folder_whose_name_is_taken_meanwhile_keeps_its_mail() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let mut driver = server.home().start();
    driver.online();
    let id = driver.folder("Projects");
    server.world.arm(Fault::once(When::Verb("EXAMINE"), Then::Delay(std::time::Duration::from_millis(500))));
    let before = server.count("EXAMINE");
    let op = driver.press(Action::DeleteFolder { folder: id }, &[]);
    driver.until("it is renamed", |_| server.count("EXAMINE") > before);
    server.world.relocate("dana", "INBOX", &[1], "Projects (being deleted)").unwrap();
    server.world.add_folder("dana", "Projects", None);
    let (reason, _) = driver.refused(op);
    assert!(reason.contains("no longer empty"), "{reason}");
    assert_eq!(server.places("m1"), ["Projects (being deleted)"]);
    driver.in_step(&|| server.all());
}

/// P1, P2: cut at each step of its deletion, a folder is deleted all the same, and nothing of it is left.
#[rstest]
fn a_folder_is_deleted_whatever_is_cut(
    #[values("STATUS", "RENAME", "EXAMINE", "DELETE", "UNSUBSCRIBE")] verb: &'static str,
    #[values(Then::Close, Then::DoThenClose, Then::No("[NOPERM] no".to_owned()))] then: Then,
) {
    let server = Embedded::start(Options::default(), &["m1"]);
    let mut driver = server.home().start();
    driver.online();
    let id = driver.folder("Projects");
    server.world.arm(Fault::once(When::Verb(verb), then.clone()));
    let op = driver.press(Action::DeleteFolder { folder: id }, &[]);
    if matches!((verb, &then), ("EXAMINE" | "DELETE", Then::No(_))) {
        driver.refused(op);
        assert_eq!(named(&server), ["Projects"], "it is as it was");
        driver.retry(op);
    }
    driver.until("the folder is gone", |driver| named(&server).is_empty() && driver.waiting() == (0, 0));
    driver.in_step(&|| server.all());
}

/// P1, RL24: cut after the original was marked, and another client took the copy on: the second copy does not carry the
/// mark, by which anybody would expunge it.
#[rstest]
#[case(Options::default().without("MOVE"), "UID EXPUNGE")]
#[case(Options::default().without("MOVE").without("UIDPLUS"), "EXPUNGE")]
fn a_second_copy_is_not_marked_as_deleted(#[case] options: Options, #[case] verb: &'static str) {
    let server = Embedded::start(options, &["m1", "m2"]);
    let mut driver = server.home().start();
    driver.online();
    driver.hurry = false;
    server.world.arm(Fault::once(When::Verb(verb), Then::Close));
    let op = driver.press(Action::Archive, &[driver.message("m1")]);
    driver.until("the connection is cut", |_| server.count(verb) > 0);
    server.world.relocate("dana", "Archive", &[1], "Projects").unwrap();
    driver.hurry = true;
    driver.send(posthaste::protocol::Command::Refresh(None));
    driver.done(op);
    driver.in_step(&|| server.all());
    let marked = |found: &&crate::support::raw_client::Found| {
        found.folder != "INBOX" && found.flags.contains(&"\\Deleted".to_owned())
    };
    assert_eq!(server.all().iter().find(marked), None, "{:?}", server.all());
    assert!(server.places("m1").contains(&"Projects".to_owned()));
}
