//! Servers that count wrongly, say too little, or have more mail at the end of a sync than at its beginning.

use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::server::Options;
use posthaste::mail::UnixTime;
use posthaste::mail::flags::Flags;
use posthaste::protocol::{Connection, Event};
use rstest::rstest;

use crate::support::engine::{Driver, Embedded, mail};

pub(super) fn many(options: Options, count: u32) -> Embedded {
    let server = Embedded::start(options, &[]);
    fill(&server, "m", count);
    server
}

fn fill(server: &Embedded, name: &str, count: u32) {
    server.world.change(|state| {
        let inbox = state.tree_mut("dana").and_then(|tree| tree.get_mut("INBOX")).unwrap();
        for number in 1..=count {
            inbox.add(mail(&format!("{name}{number}")).into(), Flags::default(), UnixTime(1_700_000_000));
        }
    });
}

fn says(text: &str) -> Then {
    Then::Say(text.as_bytes().to_vec())
}

/// Nothing that happened was taken for a fault of the server or of the line.
#[track_caller]
fn no_error(driver: &Driver) {
    let bad = |event: &&Event| {
        matches!(event, Event::Connection { state: Connection::Offline { .. }, .. } | Event::OpFailed { .. })
    };
    assert_eq!(driver.events.iter().find(bad), None, "{}", driver.tail());
    assert!(!driver.told("refused"), "{}", driver.tail());
}

/// RL17: a second client removes part of a range while its headers are on their way: no error, and what is left is shown.
#[test]
fn a_range_shrinks_while_it_is_fetched() {
    let server = many(Options::default(), 1_000);
    server.world.arm(Fault::once(When::Header(700), Then::Delay(std::time::Duration::from_millis(300))));
    let mut driver = server.home().start();
    driver.until("the range is asked for", |_| {
        server.world.commands().iter().any(|line| line.contains("HEADER.FIELDS (DATE") && !line.contains(":1000 "))
    });
    server.world.remove("dana", "INBOX", &(500..700).collect::<Vec<_>>());
    driver.in_step(&|| server.all());
    no_error(&driver);
}

/// RL17: an answer leaves a message out that is there: it is asked for once more before it counts as gone, and stays. What
/// is gone goes.
#[test]
fn a_missing_message_is_asked_for_once_more() {
    let server = Embedded::start(Options::default().without("QRESYNC").without("CONDSTORE"), &[]);
    fill(&server, "m", 30);
    let mut driver = server.home().start();
    driver.online();
    server.world.arm(Fault::once(When::Text("* 5 FETCH (UID 5 FLAGS ())\r\n"), says("")));
    server.world.clear_commands();
    server.world.remove("dana", "INBOX", &[9]);
    server.world.kick();
    driver.until("what is gone goes", |driver| driver.places("m9").is_empty());
    assert!(server.count("UID FETCH 5,9 (UID FLAGS)") > 0, "{:?}", server.world.commands());
    assert_eq!(driver.places("m5"), ["INBOX"]);
    driver.in_step(&|| server.all());
}

/// RL19: a count that shrinks without a word, and numbers that no message can have: the folder is looked at anew by UID,
/// nothing is removed that is there, and what is gone goes.
#[rstest]
#[case("* 2 EXISTS\r\n")]
#[case("* 0 EXISTS\r\n")]
#[case("* 0 EXPUNGE\r\n")]
#[case("* 6 EXPUNGE\r\n* 99 EXPUNGE\r\n")]
#[case("* 4294967295 EXPUNGE\r\n")]
#[case("* 4294967296 EXPUNGE\r\n* -1 EXISTS\r\n")]
#[case("* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n")]
fn counts_that_cannot_be(#[case] text: &str) {
    let server = many(Options::default(), 5);
    let mut driver = server.home().start();
    driver.online();
    server.world.arm(Fault::once(When::Verb("IDLE"), says(text)));
    server.deliver("INBOX", "one");
    driver.shows("one", "INBOX");
    driver.in_step(&|| server.all());
    // From now on the server tells of no removal but by a count.
    server.world.arm(Fault::always(When::Text(" EXPUNGE\r\n"), says(" EXISTS\r\n")));
    server.world.remove("dana", "INBOX", &[2, 3]);
    driver.until("they are gone", |driver| driver.all().len() == 4);
    driver.in_step(&|| server.all());
    no_error(&driver);
}

/// RL20: ten thousand messages arrive while two thousand are fetched for the first time: each is shown once.
#[test]
fn a_flood_of_mail_during_the_first_sync() {
    let server = many(Options::default(), 2_000);
    let mut driver = server.home().start();
    for part in 0..20 {
        driver.until("the sync goes on", |driver| driver.all().len() > part * 50);
        fill(&server, &format!("late{part}x"), 500);
    }
    driver.until("all of it is here", |driver| driver.all().len() == 12_000);
    driver.in_step(&|| server.all());
    no_error(&driver);
}

/// RL52: sizes and counts that are no numbers for anybody, and a server that tells no UIDNEXT (163, Winmail): rows are
/// shown, nothing overflows, and it ends.
#[rstest]
#[case("RFC822.SIZE ", "RFC822.SIZE 99999999")]
#[case("RFC822.SIZE ", "RFC822.SIZE -")]
#[case("RFC822.SIZE ", "RFC822.SIZE 184467440737095516")]
#[case("RFC822.SIZE ", "X-SIZE ")]
#[case("UIDNEXT ", "X-NEXT ")]
#[case("UIDNEXT ", "UIDNEXT 0")]
#[case("UIDNEXT ", "UIDNEXT 4294967296")]
#[case("* 3 EXISTS", "* 4294967295 EXISTS")]
#[case("* 3 EXISTS", "* 4294967296 EXISTS")]
fn numbers_at_the_edge(#[case] text: &'static str, #[case] instead: &str) {
    let server = many(Options::default(), 3);
    server.world.arm(Fault::always(When::Text(text), says(instead)));
    let mut driver = server.home().start();
    driver.until("the rows are shown", |driver| driver.all().len() == 3);
    server.deliver("INBOX", "new");
    driver.shows("new", "INBOX");
    driver.online();
    assert_eq!(driver.all().len(), 4);
    no_error(&driver);
}

/// RL52: the highest UID that there is, alone far above the others: found, and not by walking through four thousand
/// million UIDs. One that is higher still is nobody's.
#[rstest]
#[case::told(None)]
#[case::not_told(Some("X-NEXT "))]
fn the_last_uid_of_all(#[case] uid_next: Option<&str>) {
    let server = many(Options::default(), 3);
    server.world.set_uid_next("dana", "INBOX", u32::MAX);
    server.deliver("INBOX", "last");
    if let Some(instead) = uid_next {
        server.world.arm(Fault::always(When::Text("UIDNEXT "), says(instead)));
    }
    let mut driver = server.home().start();
    driver.in_step(&|| server.all());
    assert_eq!(driver.all().iter().map(|found| found.uid).max(), Some(u32::MAX));
    assert!(server.count("UID FETCH") < 20, "{:?}", server.world.commands());
    server.world.arm(Fault::always(When::Text("(UID 3 "), says("(UID 4294967296 ")));
    server.world.store("dana", "INBOX", 1, posthaste::demo::mailbox::Change::Add, &Flags::parse(["\\Seen"]));
    driver.until("the flag is shown", |driver| driver.all().iter().any(|found| found.flags == ["\\Seen"]));
}
