//! Labels of Gmail (X-GM-EXT-1): the same as keywords everywhere but on the wire.

use posthaste::demo::mailbox::Change;
use posthaste::demo::server::Options;
use posthaste::mail::flags::{Flag, FlagChange, Flags};
use posthaste::mail::labels;
use posthaste::protocol::Action;
use rstest::rstest;

use crate::support::engine::{Driver, Embedded};

/// As Gmail: labels apart, no QRESYNC, no NOTIFY.
fn gmail() -> Options {
    ["QRESYNC", "NOTIFY"].iter().fold(Options::default(), |options, name| options.without(name)).with("X-GM-EXT-1")
}

fn shown(driver: &Driver, id: &str) -> Vec<String> {
    let found = driver.all().into_iter().find(|found| found.message_id == format!("{id}@x"));
    found.map(|found| found.flags).unwrap_or_default()
}

fn label(text: &str) -> Flag {
    Flag::Keyword(labels::keyword(text).unwrap())
}

/// Labels come with the headers and with the flags, are set and cleared as such, letters beyond ASCII included, and undone.
#[rstest]
#[case(gmail())]
#[case(gmail().without("CONDSTORE"))]
#[case(Options::default())]
fn labels_are_seen_and_changed(#[case] options: Options) {
    let apart = options.has("X-GM-EXT-1");
    let server = Embedded::start(options, &["m1", "m2"]);
    server.world.store("dana", "INBOX", 1, Change::Add, &Flags::parse(["work", "\\Seen"]));
    let mut driver = server.home().start();
    driver.online();
    assert_eq!(shown(&driver, "m1"), ["\\Seen", "work"]);

    let change =
        FlagChange { add: vec![label("to do"), label("sp\u{e4}ter"), label("a\"b")], remove: vec![label("work")] };
    let op = driver.act(Action::Flag(change), &[driver.message("m1")]);
    let there = || -> Vec<String> {
        let row = server.world.list("dana", "INBOX").remove(0);
        labels::shown(&row.flags).collect()
    };
    let later = if apart { "sp&AOQ-ter" } else { "sp\u{e4}ter" };
    assert_eq!(there(), ["a\"b", later, "to do"]);
    driver.until("they are shown", |driver| shown(driver, "m1") == ["\\Seen", "a=22b", "sp=C3=A4ter", "to=20do"]);
    let stores = |what: &str| server.world.commands().iter().filter(|line| line.contains(what)).count();
    assert_eq!(stores("+X-GM-LABELS") > 0, apart, "{:?}", server.world.commands());
    driver.undo(op);
    driver.until("all is as it was", |driver| shown(driver, "m1") == ["\\Seen", "work"]);
    assert_eq!(there(), ["work"]);
}

/// What is told unasked comes without labels: they are not taken for gone.
#[test]
fn labels_outlast_news_of_flags() {
    let server = Embedded::start(gmail(), &["m1"]);
    server.world.store("dana", "INBOX", 1, Change::Add, &Flags::parse(["work"]));
    let mut driver = server.home().start();
    driver.online();
    for (flag, wanted) in [("\\Flagged", &["\\Flagged", "work"][..]), ("home", &["\\Flagged", "home", "work"])] {
        server.world.store("dana", "INBOX", 1, Change::Add, &Flags::parse([flag]));
        driver.until("the news is here", |driver| shown(driver, "m1").len() == wanted.len());
        assert_eq!(shown(&driver, "m1"), wanted);
    }
    driver.settle();
    assert_eq!(shown(&driver, "m1"), ["\\Flagged", "home", "work"]);
}
