//! Without a server, killed and started again.

use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::server::Options;
use posthaste::dir_lock::Access;
use posthaste::mail::UnixTime;
use posthaste::protocol::{Action, Command, Connection};
use posthaste::safe_text::SafeText;
use posthaste::store::Cache;
use rstest::rstest;

use crate::support::engine::{Embedded, set};
use crate::support::oracle::census;

/// RL23, RL33, RL34: twenty actions without a server, a kill, a start: each is done once.
#[rstest]
#[case(Options::default())]
#[case(Options::default().without("MOVE").without("UIDPLUS"))]
fn what_was_done_offline_is_done_once(#[case] options: Options) {
    let ids: Vec<String> = (0..20).map(|number| format!("m{number}")).collect();
    let names: Vec<&str> = ids.iter().map(String::as_str).collect();
    let server = Embedded::start(options, &names);
    let before = census(&server.all());
    let home = server.home();
    let mut driver = home.start();
    driver.online();
    driver.hurry = false;
    server.world.arm(Fault::always(When::Connect, Then::Close));
    server.world.kick();
    driver.until("the line is down", |d| d.states.values().all(|state| matches!(state, Connection::Offline { .. })));
    for (number, id) in names.iter().enumerate() {
        let message = driver.message(id);
        match number % 5 {
            0 => driver.queue(Action::Archive, &[message]),
            1 => driver.queue(set(&["\\Flagged"]), &[message]),
            2 => driver.queue(Action::Move(driver.folder("Projects")), &[message]),
            3 => {
                // A, B and back: it ends where it began.
                let op = driver.queue(Action::Trash, &[message]);
                driver.undo_here(op);
                op
            }
            _ => driver.queue(Action::Junk, &[message]),
        };
    }
    let shown = driver.all();
    driver.kill();
    let mut driver = home.start();
    let again: Vec<_> = driver.all().into_iter().map(|found| (found.folder, found.message_id, found.flags)).collect();
    let before_kill: Vec<_> = shown.into_iter().map(|found| (found.folder, found.message_id, found.flags)).collect();
    assert_eq!(again, before_kill, "what was shown is shown");
    server.world.disarm();
    driver.send(Command::Refresh(None));
    driver.in_step(&|| server.all());
    assert_eq!(census(&server.all()), before);
    for (number, id) in names.iter().enumerate() {
        let place = ["Archive", "INBOX", "Projects", "INBOX", "Junk"][number % 5];
        assert_eq!(server.places(id), [place], "{id}");
    }
    // RL33: a third run changes nothing.
    driver.kill();
    server.world.clear_commands();
    let mut driver = home.start();
    driver.online();
    let changing = ["STORE", "MOVE", "COPY", "EXPUNGE", "CREATE", "DELETE", "RENAME", "APPEND"];
    let commands = server.world.commands();
    assert!(
        commands.iter().all(|line| !changing.iter().any(|verb| line.contains(&format!(" {verb}")))),
        "{commands:?}"
    );
}

/// A folder that an account lacks is made by the first of two actions that need it, and used by the second, before there is a
/// server; taken back, the first takes the folder from nobody. What is put off so comes back so too.
#[rstest]
#[case(false)]
#[case(true)]
fn a_folder_that_waits_to_be_made_is_used(#[case] back: bool) {
    let server = Embedded::start(Options::default(), &["m1", "m2"]);
    let home = server.home();
    let mut driver = home.start();
    driver.online();
    driver.hurry = false;
    server.world.arm(Fault::always(When::Connect, Then::Close));
    server.world.kick();
    driver.until("the line is down", |d| d.states.values().all(|state| matches!(state, Connection::Offline { .. })));
    let later = || Action::Snooze { until: UnixTime(4_070_908_800), words: SafeText::new("2099") };
    let (m1, m2) = (driver.message("m1"), driver.message("m2"));
    let first = driver.queue(later(), &[m1]);
    driver.queue(later(), &[m2]);
    driver.shows("m2", "Snoozed");
    let waiting: Vec<_> = driver.reader().put_off(10, 0).unwrap().into_iter().map(|due| due.id).collect();
    assert_eq!(waiting, [m1, m2], "the alarm knows of both");
    if back {
        driver.undo_here(first);
        driver.shows("m2", "Snoozed");
    }
    server.world.disarm();
    driver.send(Command::Refresh(None));
    driver.in_step(&|| server.all());
    assert_eq!(
        (server.places("m1"), server.places("m2")),
        (vec![if back { "INBOX" } else { "Snoozed" }.to_owned()], vec!["Snoozed".to_owned()])
    );
}

/// RL23, RL24, RL33: killed while the command is out, before and after the server did it.
#[rstest]
#[case(Options::default(), "UID MOVE")]
#[case(Options::default().without("MOVE"), "UID COPY")]
#[case(Options::default().without("MOVE"), "UID STORE")]
#[case(Options::default().without("MOVE"), "UID EXPUNGE")]
#[case(Options::default().without("MOVE").without("UIDPLUS"), "UID COPY")]
#[case(Options::default().without("MOVE").without("UIDPLUS"), "EXPUNGE")]
fn a_kill_in_the_middle_of_a_move(#[case] options: Options, #[case] verb: &'static str) {
    for then in [Then::Close, Then::DoThenClose] {
        let server = Embedded::start(options.clone(), &["m1", "m2", "m3"]);
        let before = census(&server.all());
        let home = server.home();
        let mut driver = home.start();
        driver.online();
        driver.hurry = false;
        server.world.arm(Fault::once(When::Verb(verb), then.clone()));
        server.world.clear_commands();
        let messages: Vec<_> = ["m1", "m2", "m3"].map(|id| driver.message(id)).into();
        driver.queue(Action::Archive, &messages);
        driver.until("the command is sent", |_| server.count(verb) > 0);
        driver.kill();
        let mut driver = home.start();
        assert_eq!(driver.places("m1"), ["Archive"], "it was on disk before it was shown (P3)");
        driver.in_step(&|| server.all());
        assert_eq!(census(&server.all()), before, "{then:?}");
        assert!(server.all().iter().all(|found| found.folder == "Archive"), "{then:?}");
    }
}

/// RL38: a second instance on the same files is told who has them.
#[test]
fn the_files_have_one_owner() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let home = server.home();
    let mut driver = home.start();
    driver.online();
    let second = Cache::open(&home.cache(), Access::Owner);
    assert!(matches!(second, Err(posthaste::store::Error::Locked { pid }) if pid == Some(std::process::id())));
    let journal = posthaste::journal::Journal::open(&home.data(), Access::Owner);
    assert!(matches!(journal, Err(posthaste::journal::Error::Locked { .. })));
    driver.kill();
    home.start().online();
}

/// P15: the cache is thrown away under a full queue: what waits is found again and done.
#[test]
fn the_queue_outlives_the_cache() {
    let server = Embedded::start(Options::default(), &["m1", "m2"]);
    let home = server.home();
    let mut driver = home.start();
    driver.online();
    driver.hurry = false;
    server.world.arm(Fault::always(When::Connect, Then::Close));
    server.world.kick();
    driver.until("the line is down", |d| d.states.values().all(|state| matches!(state, Connection::Offline { .. })));
    driver.queue(Action::Archive, &[driver.message("m1")]);
    driver.kill();
    std::fs::remove_dir_all(home.cache()).unwrap();
    server.world.disarm();
    let mut driver = home.start();
    driver.in_step(&|| server.all());
    assert_eq!((server.places("m1"), server.places("m2")), (vec!["Archive".to_owned()], vec!["INBOX".to_owned()]));
}
