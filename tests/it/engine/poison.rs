//! Messages whose headers a server cannot send: one placeholder each, and nothing else is late (P6).

use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::server::Options;
use posthaste::mail::UnixTime;
use posthaste::mail::flags::Flags;
use rstest::rstest;

use crate::support::counted;
use crate::support::engine::{Driver, Embedded, mail};

fn crowd(count: u32) -> Embedded {
    let server = Embedded::start(Options::default(), &[]);
    server.world.change(|state| {
        let inbox = state.tree_mut("dana").and_then(|tree| tree.get_mut("INBOX")).unwrap();
        for number in 1..=count {
            inbox.add(mail(&format!("m{number}")).into(), Flags::default(), UnixTime(1_700_000_000));
        }
    });
    server
}

/// How often headers of the inbox were asked for.
fn asked(server: &Embedded) -> usize {
    server.world.commands().iter().filter(|line| line.contains("HEADER.FIELDS (DATE")).count()
}

/// The UIDs that are shown without a header.
fn placeholders(driver: &Driver) -> Vec<u32> {
    driver.all().iter().filter(|found| found.message_id.is_empty()).map(|found| found.uid).collect()
}

/// RL40, P6: one message among 1,000 that the server refuses, or that ends the connection, wherever it lies: 999 rows, one
/// placeholder, at most 22 commands and one sign-in for each death more; a new sync does not ask for it again.
#[rstest]
#[case::refused(Then::No("[SERVERBUG] FETCH failed".to_owned()), 700)]
#[case::refused_in_the_first_chunk(Then::No("FETCH failed".to_owned()), 1_000)]
#[case::not_understood(Then::Bad("Internal error".to_owned()), 801)]
#[case::senseless(Then::Say(b"* 1 FETCH (BODY[] {99999999999}\r\n".to_vec()), 500)]
#[case::deadly(Then::Close, 400)]
fn a_bad_row_costs_one_placeholder(#[case] then: Then, #[case] bad: u32) {
    let server = crowd(1_000);
    server.world.arm(Fault::always(When::Header(bad), then));
    let mut driver = server.home().start();
    driver.until("all is here", |driver| driver.all().len() == 1_000);
    driver.online();
    assert_eq!(placeholders(&driver), [bad]);
    // Two chunks bring them all where nothing is wrong; the flags of the bad one are asked for too.
    assert!(asked(&server) <= 2 + 21, "{}", asked(&server));
    assert!(driver.told("cannot send one message"));
    server.world.clear_commands();
    server.deliver("INBOX", "late");
    driver.until("new mail comes", |driver| driver.try_message("late").is_some());
    driver.online();
    let again = server.world.commands().iter().any(|line| line.contains(&format!("UID FETCH {bad} (")));
    assert!(!again, "{:?}", server.world.commands());
    counted("poison", 1);
}

/// P6: several bad ones, the newest and neighbours among them; each is given up, and an action on one still works.
#[test]
fn bad_rows_side_by_side() {
    let server = crowd(60);
    for bad in [1, 30, 31, 60] {
        server.world.arm(Fault::always(When::Header(bad), Then::No("FETCH failed".to_owned())));
    }
    let mut driver = server.home().start();
    driver.until("all is here", |driver| driver.all().len() == 60);
    driver.online();
    assert_eq!(placeholders(&driver), [1, 30, 31, 60]);
    // New mail that is bad from the start.
    server.world.arm(Fault::always(When::Header(61), Then::No("FETCH failed".to_owned())));
    server.deliver("INBOX", "new");
    driver.until("it has a placeholder", |driver| placeholders(driver) == [1, 30, 31, 60, 61]);
}

/// P6: seven neighbours that are bad, at the top of the folder: each is given up, all others come, and so does what lies
/// below them.
#[test]
fn many_bad_rows_side_by_side() {
    let server = crowd(300);
    for bad in 290..297 {
        server.world.arm(Fault::always(When::Header(bad), Then::No("FETCH failed".to_owned())));
    }
    let mut driver = server.home().start();
    driver.until("all is here", |driver| driver.all().len() == 300);
    driver.online();
    assert_eq!(placeholders(&driver), (290..297).collect::<Vec<_>>());
}

/// RL40, P6: a run that ends by itself finds the message that ends its connections, within that run.
#[test]
fn a_single_run_finds_the_deadly_row() {
    let server = crowd(60);
    server.world.arm(Fault::always(When::Header(20), Then::Close));
    let mut driver = server.home().run_once();
    driver.until("all is here", |driver| driver.all().len() == 60);
    driver.online();
    assert_eq!(placeholders(&driver), [20]);
    assert!(server.count("AUTHENTICATE") <= 10, "{}", server.count("AUTHENTICATE"));
}

/// RL40, RL43: Yahoo says [UNAVAILABLE] of one message for ever: it costs one placeholder, not the folder.
#[test]
fn a_row_that_is_never_available() {
    let server = crowd(40);
    let text = "[UNAVAILABLE] UID FETCH Server error, please try again later";
    server.world.arm(Fault::always(When::Header(7), Then::No(text.to_owned())));
    let mut driver = server.home().start();
    driver.until("all is here", |driver| driver.all().len() == 40);
    driver.online();
    assert_eq!(placeholders(&driver), [7]);
}

/// RL04, P6: a server that refuses every header is left alone; no message becomes a placeholder for good.
#[test]
fn a_server_without_headers_is_not_poison() {
    let server = crowd(50);
    server.world.arm(Fault::always(When::Verb("UID FETCH"), Then::No("[SERVERBUG] no".to_owned())));
    let mut driver = server.home().start();
    driver.until("it is told", |driver| driver.told("refused"));
    driver.online();
    assert!(driver.all().is_empty());
    server.world.disarm();
    driver.send(posthaste::protocol::Command::Reconnect(driver.id()));
    server.world.kick();
    driver.in_step(&|| server.all());
}
