//! Connections that fail: alone, politely, and without harm to others.

use posthaste::config::secret::Secret;
use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::server::Options;
use posthaste::protocol::{Action, Command, Connection, Event, Need, Typed};

use crate::support::engine::{Driver, Embedded, Home, account};

fn sign_ins(server: &Embedded) -> usize {
    server.count("LOGIN") + server.count("AUTHENTICATE")
}

/// RL45: a refused password is tried twice at most; then the user is asked, and a new one works.
#[test]
fn a_refused_password_is_not_tried_on_and_on() {
    let server = Embedded::start(Options::default(), &["m1"]);
    server.world.set_password("dana", "another");
    let mut driver = server.home().start();
    driver.until("the user is asked", |d| d.states.values().any(|s| matches!(s, Connection::SignInRefused { .. })));
    assert!(sign_ins(&server) <= 2, "{:?}", server.world.commands());
    server.world.set_password("dana", "secret");
    driver.send(Command::Reconnect(driver.id()));
    driver.online();
    driver.shows("m1", "INBOX");
}

/// A command that gives no password is no server that is away: the account says what the command said and waits for the user,
/// and does not run it on and on. What it printed at the terminal signs in; the user's own new try runs it again.
#[test]
fn a_command_that_fails_waits_for_the_user() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let dir = tempfile::tempdir().unwrap();
    let (runs, good) = (dir.path().join("runs"), dir.path().join("good"));
    let ran = || std::fs::read_to_string(&runs).unwrap_or_default().lines().count();
    let command =
        format!("echo x >> {}; cat {} || {{ echo 'no terminal' >&2; exit 2; }}", runs.display(), good.display());
    let mut account = server.account();
    account.imap.secret = Secret::Command(command);
    let mut driver = Home::new(vec![account]).start();
    let waits = |driver: &mut Driver| {
        driver.states.values().any(|state| {
            let Connection::SignInNeeded { need: Need::Command, reason } = state else { return false };
            let reason = reason.as_str();
            assert!(reason.starts_with("password_command ended with exit code 2") && reason.ends_with("no terminal"));
            true
        })
    };
    driver.until("it waits", waits);
    assert_eq!((ran(), sign_ins(&server)), (1, 0));
    driver.send(Command::Reconnect(driver.id()));
    driver.until("it runs again", |_| ran() == 2);
    driver.until("it waits again", waits);
    driver.send(Command::Secret { account: driver.id(), secret: Typed("secret".into()) });
    driver.online();
    driver.shows("m1", "INBOX");
    assert_eq!(ran(), 2);
    assert!(!driver.events.iter().any(|event| {
        matches!(event, Event::Connection { state: Connection::Offline { .. } | Connection::SignInRefused { .. }, .. })
    }));
}

/// A run that ends by itself tries such a command once, and says that it failed: the server was not away.
#[test]
fn a_single_run_tries_a_command_once() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let dir = tempfile::tempdir().unwrap();
    let runs = dir.path().join("runs");
    let mut account = server.account();
    account.imap.secret = Secret::Command(format!("echo x >> {}; exit 2", runs.display()));
    let mut driver = Home::new(vec![account]).run_once();
    driver.until("it waits", |driver| {
        let mut states = driver.states.values();
        states.any(|state| matches!(state, Connection::SignInNeeded { need: Need::Command, .. }))
    });
    driver.until("it ends", |driver| driver.events.contains(&Event::Stopped));
    assert_eq!(std::fs::read_to_string(&runs).unwrap(), "x\n");
}

/// RL43: the time that a server names is waited, and shown.
#[test]
fn a_throttle_hint_is_heeded() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let text = "Request is throttled. Suggested Backoff Time: 299961 milliseconds";
    server.world.arm(Fault::once(When::Verb("SELECT"), Then::Bad(text.to_owned())));
    let mut driver = server.home().start();
    driver.hurry = false;
    driver.until("it waits", |d| d.states.values().any(|s| matches!(s, Connection::Offline { .. })));
    let Some(Connection::Offline { since, retry: Some(retry), .. }) = driver.states.values().next() else {
        panic!("{:?}", driver.states);
    };
    assert!(retry.0 - since.0 >= 299, "{:?}", driver.states);
    driver.send(Command::Reconnect(driver.id()));
    driver.in_step(&|| server.all());
}

/// One account without a server does not disturb the other.
#[test]
fn a_failing_account_is_alone() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let home = Home::new(vec![account("broken", closed, "dana", "secret"), server.account()]);
    let mut driver = home.start();
    driver.hurry = false;
    driver.shows("m1", "INBOX");
    driver.act(Action::Archive, &[driver.message("m1")]);
    driver.until("the other says why", |d| d.states.values().any(|s| matches!(s, Connection::Offline { .. })));
    assert!(driver.states.values().any(|state| !matches!(state, Connection::Offline { .. })));
}

/// RL07: a goodbye instead of a greeting, and one in the middle, cost a new connection.
#[test]
fn a_goodbye_is_no_end() {
    let server = Embedded::start(Options::default(), &["m1"]);
    server.world.arm(Fault::once(When::Connect, Then::No("[UNAVAILABLE] later".to_owned())));
    server.world.arm(Fault::once(When::Verb("UID FETCH"), Then::Say(b"* BYE tired\r\n".to_vec())));
    let mut driver = server.home().start();
    driver.in_step(&|| server.all());
}

/// RL42: a folder that ends the connection each time is left alone, the others sync; Reconnect tries it again.
#[test]
fn a_deadly_folder_is_left_alone() {
    let server = Embedded::start(Options::default(), &["m1"]);
    server.deliver("Archive", "a1");
    // The inbox comes first: the first three that are opened are it.
    server.world.arm(Fault { when: When::Verb("SELECT"), then: Then::Close, times: 3 });
    let mut driver = server.home().start();
    driver.shows("a1", "Archive");
    driver.until("it is told", |driver| driver.told("left alone"));
    driver.online();
    assert!(driver.places("m1").is_empty());
    driver.send(Command::Reconnect(driver.id()));
    driver.shows("m1", "INBOX");
}

/// RL47: a server that offers IDLE and refuses it is asked instead, on the same connection.
#[test]
fn a_refused_idle_does_not_end_the_connection() {
    for then in [Then::No("not now".to_owned()), Then::Bad("what?".to_owned())] {
        let server = Embedded::start(Options::default(), &["m1"]);
        server.world.arm(Fault::always(When::Verb("IDLE"), then));
        let mut driver = server.home().start();
        driver.until("it is told", |driver| driver.told("does not push"));
        driver.online();
        server.deliver("INBOX", "new");
        driver.in_step(&|| server.all());
        driver.act(Action::Archive, &[driver.message("new")]);
        assert!(sign_ins(&server) <= 3, "{:?}", server.world.commands());
    }
}

/// Whether an account stays away from its server because it signed in too often.
fn stays_away(driver: &Driver) -> bool {
    driver
        .states
        .values()
        .any(|state| matches!(state, Connection::Offline { reason, .. } if reason.as_str().starts_with("ten sign-ins")))
}

/// Where only the line was in the way of signing in, what the user does is reason enough to try once more.
#[test]
fn an_action_is_reason_enough_to_try() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let mut driver = server.home().start();
    driver.online();
    let message = driver.message("m1");
    for verb in ["LOGIN", "AUTHENTICATE"] {
        server.world.arm(Fault::always(When::Verb(verb), Then::Close));
    }
    server.world.kick();
    driver.until("ten in vain", |_| sign_ins(&server) > 12);
    driver.hurry = false;
    driver.until("it stays away", |driver| stays_away(driver));
    server.world.disarm();
    driver.act(Action::Archive, &[message]);
    driver.in_step(&|| server.all());
}
