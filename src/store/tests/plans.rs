//! Query plans: an index answers each query, and nothing that grows with a folder is scanned or sorted. The hot ones are
//! named here; beyond them, whatever statement any test of the cache runs is looked at ([`watch`]).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use super::Fixture;
use crate::store::roll::Roll;
use crate::store::{bodies, find, messages, refs, schema, window};

/// Tables with a row for each message, or more.
const GROWING: [&str; 7] = ["messages", "overlays", "bodies", "threads", "thread_refs", "thread_recent", "docs"];

/// Beginnings of statements that may read all of a table, and why.
const MAY_SCAN: [(&str, &str); 21] = [
    ("SELECT EXISTS (SELECT 1 FROM docs INDEXED BY docs_part", "large messages of which the beginning was read: few"),
    ("SELECT message, text_bytes FROM docs WHERE text_bytes > 0 ORDER BY doc LIMIT", "the first rows of an index"),
    ("SELECT COALESCE(SUM(text_bytes), 0) FROM docs", "once after new mail: an index of two numbers a message"),
    ("INSERT INTO unread_texts (message) SELECT", "once, when a file gets its index"),
    ("INSERT OR IGNORE INTO unread_texts (message) SELECT message FROM bodies;", "when the index is built anew"),
    ("SELECT COUNT(*) FROM docs", "when somebody asks how large the index is"),
    ("SELECT COUNT(*) FROM messages", "the tests' own checks"),
    ("SELECT COUNT(*) FROM overlays", "the tests' own checks"),
    ("SELECT COUNT(*) FROM bodies", "the tests' own checks"),
    ("SELECT COUNT(*) FROM threads", "the tests' own checks"),
    ("SELECT COUNT(*) FROM thread_re", "the tests' own checks"),
    ("SELECT NOT EXISTS (SELECT 1 FROM messages)", "the first row of each, when an account goes"),
    ("SELECT length(subject)", "the tests' own checks"),
    ("SELECT message FROM overlays", "when a folder goes, and at the start: as many as wait to be sent"),
    ("UPDATE overlays SET folder = NULL WHERE folder", "when a folder goes: as many as wait to be sent"),
    ("SELECT key FROM thread_re", "once in a run, when hundreds of headers are stored among very many"),
    (
        "SELECT id FROM messages WHERE (shown_flags & 4)",
        "at the start: the first row of an index, to see that it is sound",
    ),
    (
        "SELECT id FROM messages WHERE shown_keywords LIKE",
        "once, when the file comes from a program that knew no marks",
    ),
    ("SELECT COUNT(*), COALESCE(SUM((shown_flags & 1) = 0), 0) FROM messages INDEXED", "as many as the user marked"),
    ("SELECT id, account, put_off", "an index of what the user put off"),
    ("SELECT 1 FROM messages INDEXED BY messages_arrived", "the first row of an index"),
];

/// What was run so far, and the plans that are not as they should be.
static RUN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
static BAD: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// Has the plan of each statement looked at that this connection runs.
pub(in crate::store) fn watch(connection: &Connection) {
    connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note));
}

#[expect(clippy::needless_pass_by_value, reason = "so rusqlite calls it")]
fn note(event: TraceEvent<'_>) {
    if let TraceEvent::Stmt(_, sql) = event
        && RUN.lock().unwrap_or_else(PoisonError::into_inner).insert(sql.to_owned())
        && let Some(plan) = bad_plan(sql)
    {
        BAD.lock().unwrap_or_else(PoisonError::into_inner).insert(sql.to_owned(), plan);
    }
}

/// The plan of a statement that reads all of a table which grows.
fn bad_plan(sql: &str) -> Option<String> {
    let reads = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].iter().any(|verb| sql.trim_start().starts_with(verb));
    // The first row in the order of a key.
    let first = sql.ends_with("LIMIT 1") && !sql.contains("WHERE");
    if !reads || first || MAY_SCAN.iter().any(|(beginning, _)| sql.trim_start().starts_with(beginning)) {
        return None;
    }
    let mut connection = Connection::open_in_memory().unwrap();
    schema::migrate(&mut connection).unwrap();
    Roll::default().join(&connection).unwrap();
    let plan = explain(&connection, sql).unwrap_or_else(|error| error.to_string());
    let scans = |table: &&str| plan.split("; ").any(|step| step.split(' ').take(2).eq(["SCAN", table]));
    GROWING.iter().any(scans).then_some(plan)
}

/// When it goes, all that was run reads no whole table.
pub(super) struct Watched;

impl Drop for Watched {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let bad = BAD.lock().unwrap_or_else(PoisonError::into_inner);
            assert!(bad.is_empty(), "these read whole tables: {bad:#?}");
        }
    }
}

fn explain(connection: &Connection, sql: &str) -> rusqlite::Result<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    let parameters = vec![1_i64; statement.parameter_count()];
    let steps = statement.query_map(rusqlite::params_from_iter(parameters), |row| row.get::<_, String>(3))?;
    Ok(steps.collect::<rusqlite::Result<Vec<_>>>()?.join("; "))
}

pub(super) fn plan(fixture: &Fixture, sql: &str) -> String {
    explain(&fixture.writer.reader.connection, sql).unwrap()
}

/// P11: a query without an index is found, whatever it is called.
#[test]
fn a_scan_is_noticed() {
    assert!(bad_plan("SELECT id FROM messages WHERE subject = 'x'").is_some());
    assert!(bad_plan("UPDATE messages SET flags = 0 WHERE size = 3").is_some());
    assert_eq!(bad_plan("SELECT id FROM messages WHERE folder = 1 AND uid = 2"), None);
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
            (false, _) if sql.contains("marks & 1") => "messages_snoozed (received",
            (false, _) if sql.contains("marks & 2") => "messages_reply_later (received",
            (false, _) if sql.contains("marks & 4") => "messages_pinned (received",
            (false, _) => "messages_starred (received",
        };
        // What newer messages of a conversation are asked for is another test's.
        let own = sql.replace(window::HEADS, "");
        let sign = if own.contains("id >") || own.contains("received > ") { ">" } else { "<" };
        let bound = if own.contains("received = ") { format!("=? AND rowid{sign}?)") } else { format!("{sign}?)") };
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
        let index = match (sql.contains("shown_folder = ?1"), sql.contains("marks & 2")) {
            (true, _) => "messages_shown (shown_folder=?)",
            (false, true) => "messages_reply_later",
            (false, false) => "messages_starred",
        };
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
