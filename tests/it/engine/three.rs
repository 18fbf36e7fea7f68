//! An account's three connections: one works, one watches, one fetches what nobody waits for.

use std::time::Duration;

use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::server::Options;
use posthaste::protocol::{Action, Command, Event, Priority};

use crate::support::engine::Embedded;

/// More than the working connection fetches by itself.
const MANY: usize = 4_500;

fn large() -> Embedded {
    let ids: Vec<String> = (0..MANY).map(|number| format!("m{number}")).collect();
    Embedded::start(Options::default(), &ids.iter().map(String::as_str).collect::<Vec<_>>())
}

/// P13: a large folder is fetched by a connection of its own, all of it; "online" means that all is here; never more
/// than three.
#[test]
fn old_headers_come_over_a_connection_of_their_own() {
    let server = large();
    let mut driver = server.home().start();
    driver.online();
    assert_eq!(driver.all().len(), MANY);
    assert!(server.count("AUTHENTICATE") >= 2, "{:?}", server.world.commands());
    driver.act(Action::Archive, &[driver.message("m7")]);
    driver.in_step(&|| server.all());
    assert!(server.count("AUTHENTICATE") <= 3, "{:?}", server.world.commands());
}

/// P13: where the server allows one connection, that one does all, and the others are not asked for again.
#[test]
fn one_connection_is_enough() {
    let server = large();
    let mut driver = server.home().start();
    driver.until("it is signed in", |_| server.count("AUTHENTICATE") > 0);
    server.world.arm(Fault::always(When::Connect, Then::No("[LIMIT] one is enough".to_owned())));
    driver.online();
    driver.in_step(&|| server.all());
    driver.act(Action::Archive, &[driver.message("m7")]);
    driver.in_step(&|| server.all());
    assert_eq!(server.count("AUTHENTICATE"), 1);
}

/// RL02: the connection that fetches old headers is cut again and again: nothing is missing in the end.
#[test]
fn a_cut_backfill_is_gone_on_with() {
    let server = large();
    let mut driver = server.home().start();
    for bytes in [400_000, 900_000] {
        server.world.arm(Fault::once(When::Sent(bytes), Then::Close));
    }
    driver.in_step(&|| server.all());
    driver.each_ended_once();
}

/// P11: what the user opens during a first sync is fetched at once, over the connection that works.
#[test]
fn an_opened_message_goes_before_the_backfill() {
    let server = large();
    let mut driver = server.home().start();
    driver.until("the first rows are here", |driver| driver.try_message(&format!("m{}", MANY - 1)).is_some());
    let message = driver.message(&format!("m{}", MANY - 1));
    driver.send(Command::WantBody { message, priority: Priority::Open, whole: false });
    driver.until("the body is here", |driver| driver.events.contains(&Event::BodyReady(message)));
    driver.online();
    assert_eq!(driver.all().len(), MANY);
}

/// P11: a folder on its way to being in step gives way to what the user opens, and is gone on with: opened anew, a large
/// folder would be read anew by the server, and the next message waits for that.
#[test]
fn a_folder_that_gave_way_is_not_opened_anew() {
    let server = Embedded::start(Options::default(), &["m1", "m2"]);
    let mut driver = server.home().start();
    driver.until("it is watched", |_| server.count("IDLE") > 0);
    driver.online();
    let message = driver.message("m1");
    server.world.clear_commands();
    server.world.arm(Fault::always(When::Verb("SELECT"), Then::Delay(Duration::from_millis(300))));
    server.deliver("INBOX", "m3");
    driver.until("the folder is being opened", |_| server.count("SELECT \"INBOX\"") > 0);
    driver.send(Command::WantBody { message, priority: Priority::Open, whole: false });
    driver.until("the body is here", |driver| driver.events.contains(&Event::BodyReady(message)));
    driver.shows("m3", "INBOX");
    driver.online();
    assert_eq!(server.count("SELECT \"INBOX\""), 1, "{:?}", server.world.commands());
}
