//! Query plans of the hot queries: an index answers each, nothing is scanned and nothing is sorted.

use super::Fixture;
use crate::store::{bodies, find, messages, refs, window};

fn plan(fixture: &Fixture, sql: &str) -> String {
    let connection = &fixture.writer.reader.connection;
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let parameters = vec![1_i64; statement.parameter_count()];
    let steps: Vec<String> = statement
        .query_map(rusqlite::params_from_iter(parameters), |row| row.get::<_, String>(3))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    steps.join("; ")
}

/// P11: lists are cut from an index by key at both ends and in the middle, also by unread, whatever the folder's size.
#[test]
fn windows_search_an_index_and_sort_nothing() {
    let fixture = Fixture::new();
    for sql in window::statements() {
        let plan = plan(&fixture, &sql);
        let index = match (sql.contains("shown_folder = ?1"), sql.contains("shown_flags & 1")) {
            (true, true) => "messages_unread (shown_folder=? AND received",
            (true, false) => "messages_shown (shown_folder=? AND received",
            (false, _) => "messages_starred (received",
        };
        let sign = if sql.contains("id >") || sql.contains("received > ") { ">" } else { "<" };
        let bound = if sql.contains("received = ") { format!("=? AND rowid{sign}?)") } else { format!("{sign}?)") };
        let wanted = format!("{index}{bound}");
        assert!(plan.contains(&wanted), "{sql}\n{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
        let scans_messages = plan.contains("SCAN messages");
        assert!(!scans_messages, "{sql}\n{plan}");
    }
}

/// P11: all of a list, to be marked, is read in the order of an index.
#[test]
fn everything_sorts_nothing() {
    let fixture = Fixture::new();
    for sql in window::everything_statements() {
        let plan = plan(&fixture, &sql);
        let index =
            if sql.contains("shown_folder = ?1") { "messages_shown (shown_folder=?)" } else { "messages_starred" };
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
    }
}

/// P11: what sync and journal ask for all the time comes from an index.
#[test]
fn lookups_search_an_index() {
    let fixture = Fixture::new();
    for (sql, wanted) in [
        (find::UIDS, "COVERING INDEX messages_uid (folder=? AND uid>?)"),
        (find::UIDS_WITHIN, "COVERING INDEX messages_uid (folder=? AND uid>? AND uid<?)"),
        (find::PLACE, "messages USING INTEGER PRIMARY KEY"),
        (find::BY_MESSAGE_ID, "messages_thread (thread=?)"),
        (bodies::WANTED, "messages_wanted (folder=? AND received>?)"),
        ("SELECT id FROM messages WHERE folder = ?1 AND uid = ?2", "messages_uid (folder=? AND uid=?)"),
        (refs::LOOKUPS[0], "thread_recent USING INTEGER PRIMARY KEY"),
        (refs::LOOKUPS[1], "thread_refs USING INTEGER PRIMARY KEY"),
        (refs::MOVE, "thread_recent USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
        (messages::UNBOUND, "messages_unbound (folder=? AND message_id=?)"),
        ("SELECT message, size FROM bodies WHERE account = ?1 ORDER BY read_at, size", "COVERING INDEX bodies_read"),
    ] {
        let plan = plan(&fixture, sql);
        assert!(plan.contains(wanted), "{sql}\n{plan}");
        assert!(!plan.contains("SCAN"), "{sql}\n{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
    }
}
