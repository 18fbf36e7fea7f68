//! The index of words, filled behind the sync's back.

use std::collections::BTreeSet;
use std::sync::Arc;

use posthaste::demo::server::Options;
use posthaste::mail::MessageId;
use posthaste::mail::list::{Anchor, Search};
use posthaste::protocol::{Command, Priority};
use posthaste::query::{Field, Query};
use posthaste::store::Reader;

use crate::engine::search::deliver;
use crate::support::engine::{Driver, Embedded};
use crate::support::searches::words_in;

fn found(reader: &Reader, field: Field, text: &str) -> Vec<MessageId> {
    let query = Arc::new(Query { root: words_in(field, text) });
    let search = Search { query, within: None, hits: Arc::new(BTreeSet::new()), conversations: false };
    reader.found(&search, Anchor::Newest, 10).unwrap().rows.iter().map(|row| row.id).collect()
}

fn indexed(driver: &Driver) -> (u64, u64) {
    let state = driver.reader().index_state().unwrap();
    (state.indexed, state.texts)
}

/// Headers are indexed when it is quiet. What is built anew holds the texts of all bodies that are here, though none of them
/// is read again from the server, and everything is found all along.
#[test]
fn the_index_is_filled_and_filled_anew() {
    let server = Embedded::start(Options::default(), &["m1"]);
    deliver(&server, "INBOX", "m2", "a needle");
    let mut driver = server.home().start();
    driver.online();
    let m2 = driver.message("m2");
    assert_eq!(found(driver.reader(), Field::Subject, "m2"), [m2], "before it is indexed, too");
    driver.until("all headers are indexed", |driver| indexed(driver).0 == 2);
    driver.send(Command::WantBody { message: m2, priority: Priority::Open, whole: true });
    driver.until("the body is here", |driver| driver.reader().row(m2).unwrap().unwrap().cached);
    assert_eq!(found(driver.reader(), Field::Body, "needle"), [], "this engine reads nothing of what comes");
    driver.send(Command::RebuildIndex);
    driver.until("the text is indexed", |driver| found(driver.reader(), Field::Body, "needle") == [m2]);
    driver.until("and all headers", |driver| indexed(driver) == (2, 1));
    assert_eq!(found(driver.reader(), Field::Subject, "m1"), [driver.message("m1")]);
    let fetched = server.world.commands().iter().filter(|line| line.contains("BODY.PEEK[]")).count();
    assert_eq!(fetched, 1, "nothing was asked for again");
}
