//! Bodies: what is opened first, prefixes, slices, refusals, the bound of the cache, the prefetch policy.

use posthaste::config::{CachePolicy, Prefetch};
use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::server::Options;
use posthaste::mail::flags::Flags;
use posthaste::mail::{MessageId, UnixTime};
use posthaste::protocol::{Action, Command, Event, Priority};
use posthaste::sync::account::now;
use rstest::rstest;

use crate::support::engine::{Driver, Embedded, Home, STUMBLE, mail};

fn large(id: &str, bytes: usize) -> Vec<u8> {
    let mut text = mail(id);
    let line = format!("{}\r\n", "x".repeat(70));
    while text.len() < bytes {
        text.extend_from_slice(line.as_bytes());
    }
    text
}

fn want(driver: &Driver, message: MessageId, whole: bool) {
    driver.send(Command::WantBody { message, priority: Priority::Open, whole });
}

fn ready(driver: &mut Driver, message: MessageId) {
    driver.until("a body is here", |driver| driver.events.contains(&Event::BodyReady(message)));
}

fn failed(driver: &mut Driver, message: MessageId) {
    driver.until("a body is given up", |driver| {
        driver.events.iter().any(|event| matches!(event, Event::BodyFailed { message: told, .. } if *told == message))
    });
}

/// A small body comes whole, a large one by its beginning, and the rest with progress when it is asked for.
#[test]
fn bodies_come_whole_or_in_pieces() {
    let server = Embedded::start(Options::default(), &["small"]);
    let bytes = large("large", 1_500_000);
    server.world.deliver("dana", "INBOX", &bytes, Flags::default(), UnixTime(1_700_000_000));
    let mut driver = server.home().start();
    driver.online();
    let (small, big) = (driver.message("small"), driver.message("large"));
    want(&driver, small, false);
    ready(&mut driver, small);
    let body = driver.reader().body(small).unwrap().unwrap();
    assert_eq!((body.bytes, body.whole), (mail("small"), true));
    want(&driver, big, false);
    ready(&mut driver, big);
    let body = driver.reader().body(big).unwrap().unwrap();
    assert!(!body.whole && body.bytes.len() < 200_000 && bytes.starts_with(&body.bytes));
    driver.events.clear();
    want(&driver, big, true);
    ready(&mut driver, big);
    let body = driver.reader().body(big).unwrap().unwrap();
    assert!(body.whole && body.bytes == bytes);
    assert!(driver.events.iter().any(|event| matches!(event, Event::BodyProgress { .. })));
    assert!(server.all().iter().all(|found| found.flags.is_empty()), "reading here does not mark as read there");
}

/// A body that its reader stumbles over is kept, and costs itself alone: others come, opened or fetched ahead.
#[rstest]
#[case::opened(Prefetch::None)]
#[case::ahead(Prefetch::All)]
fn a_body_that_cannot_be_read_is_kept(#[case] prefetch: Prefetch) {
    let server = Embedded::start(Options::default(), &["good", STUMBLE]);
    let mut home = server.home();
    home.accounts[0].cache = CachePolicy { prefetch, ..home.accounts[0].cache };
    let mut driver = home.start();
    driver.online();
    for id in [STUMBLE, "good"] {
        let message = driver.message(id);
        if prefetch == Prefetch::None {
            want(&driver, message, false);
            ready(&mut driver, message);
        } else {
            driver.until("it was fetched", |driver| driver.reader().body(message).unwrap().is_some());
        }
        let body = driver.reader().body(message).unwrap().unwrap();
        assert_eq!((body.bytes, body.whole), (mail(id), true));
    }
    let (bad, good) = (driver.message(STUMBLE), driver.message("good"));
    let snippet = |message| driver.reader().detail(message).unwrap().unwrap().row.snippet.as_str().to_owned();
    assert_eq!((snippet(bad).as_str(), snippet(good).ends_with(" bytes")), ("", true));
}

/// RL41 and invariant 8: a body that is refused, or that ends the connection, is given up; others come.
#[rstest]
#[case(Then::No("UID FETCH Server error".to_owned()))]
#[case(Then::Close)]
fn a_bad_body_is_given_up(#[case] then: Then) {
    let server = Embedded::start(Options::default(), &["bad", "good"]);
    let mut driver = server.home().start();
    driver.online();
    let (bad, good) = (driver.message("bad"), driver.message("good"));
    server.world.arm(Fault::always(When::Verb("UID FETCH"), then));
    want(&driver, bad, false);
    failed(&mut driver, bad);
    server.world.disarm();
    want(&driver, good, false);
    ready(&mut driver, good);
    driver.act(Action::Archive, &[bad]);
}

/// A body cut in the middle is asked for again and arrives.
#[test]
fn a_cut_body_arrives() {
    let server = Embedded::start(Options::default(), &[]);
    let bytes = large("large", 1_200_000);
    server.world.deliver("dana", "INBOX", &bytes, Flags::default(), UnixTime(1_700_000_000));
    let mut driver = server.home().start();
    driver.online();
    let big = driver.message("large");
    server.world.arm(Fault::once(When::Sent(700_000), Then::Close));
    want(&driver, big, true);
    driver.until("it is whole", |driver| {
        driver.reader().body(big).unwrap().is_some_and(|body| body.whole && body.bytes == bytes)
    });
}

/// The bound of the cache holds: what was read least recently goes.
#[test]
fn the_cache_keeps_its_bound() {
    let server = Embedded::start(Options::default(), &[]);
    for number in 0..6 {
        let bytes = large(&format!("b{number}"), 250_000);
        server.world.deliver("dana", "INBOX", &bytes, Flags::default(), UnixTime(1_700_000_000));
    }
    let mut account = server.account();
    account.cache = CachePolicy { max_mb: 1, prefetch: Prefetch::None };
    let home = Home::new(vec![account]);
    let mut driver = home.start();
    driver.online();
    for number in 0..6 {
        let message = driver.message(&format!("b{number}"));
        want(&driver, message, false);
        ready(&mut driver, message);
    }
    driver.online();
    let id = driver.id();
    driver.until("the bound holds", |driver| driver.reader().body_bytes(id).unwrap() <= 1024 * 1024);
    let last = driver.message("b5");
    assert!(driver.reader().body(last).unwrap().is_some(), "what was read last stays");
}

/// The policy decides what is fetched ahead: nothing, what is recent outside of trash and junk, or all that is small.
#[rstest]
#[case(Prefetch::None, &[])]
#[case(Prefetch::Recent, &["fresh"])]
#[case(Prefetch::All, &["fresh", "old"])]
fn the_policy_is_followed(#[case] prefetch: Prefetch, #[case] expected: &[&str]) {
    let server = Embedded::start(Options::default(), &["old"]);
    server.world.deliver("dana", "INBOX", &mail("fresh"), Flags::default(), now());
    server.world.deliver("dana", "Trash", &mail("rubbish"), Flags::default(), now());
    server.world.deliver("dana", "INBOX", &large("large", 300_000), Flags::default(), now());
    let mut account = server.account();
    account.cache = CachePolicy { max_mb: 50, prefetch };
    let mut driver = Home::new(vec![account]).start();
    driver.online();
    let here: Vec<&str> = ["fresh", "old", "rubbish", "large"]
        .into_iter()
        .filter(|id| driver.reader().body(driver.message(id)).unwrap().is_some())
        .collect();
    assert_eq!(here, expected);
}
