//! Another process holds a file (RL37).

use std::time::{Duration, Instant};

use rstest::rstest;
use rusqlite::Connection;

use crate::journeys::app::{App, ids, inbox};

/// Longer than the five seconds for which a program waits that does not mind.
const HELD: Duration = Duration::from_secs(7);

/// RL37, P3, P11: while another process holds the cache or the queue, the screen answers each key; an action leaves the list
/// and is not said to be done. It is, and reaches the server, when the file is free.
#[rstest]
#[case("cache/cache.db")]
#[case("data/journal.db")]
fn a_held_file_is_waited_for(#[case] file: &str) {
    let mut app = App::start(inbox(&["alpha", "beta", "gamma"]));
    let other = Connection::open(app.home().join(file)).unwrap();
    other.busy_timeout(Duration::from_secs(10)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let began = Instant::now();
    app.press("e");
    // A message that is opened is marked as read: more for the queue.
    let mut slowest = Duration::ZERO;
    while began.elapsed() < HELD {
        let at = Instant::now();
        let screen = app.press("jk").screen();
        slowest = slowest.max(at.elapsed());
        assert_eq!(app.subjects(), ["beta", "gamma"], "{screen}");
        assert_ne!(app.at(), "alpha");
        assert!(!screen.contains("Archived") && !screen.contains("locked"), "{screen}");
    }
    println!("the slowest of two keys and a frame: {slowest:?}");
    // Far from the time for which the file is held, on a busy machine too.
    assert!(slowest < HELD / 3, "{slowest:?}");
    assert!(ids(&app.world, "ada", "Archive").is_empty() || file.starts_with("cache"));
    other.execute_batch("COMMIT").unwrap();
    app.until("Archived 1 message");
    app.until_server("ada", "Archive", &["alpha"]).until_server("ada", "INBOX", &["beta", "gamma"]);
}
