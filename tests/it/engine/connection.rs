//! Connections that fail: alone, politely, and without harm to others.

use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::server::Options;
use posthaste::protocol::{Action, Command, Connection};

use crate::support::engine::{Embedded, Home, account};

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
