//! RL59: a file of every version that was ever written is brought up to date with all that waits in it, killed or not.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use rusqlite::Connection;

use super::{archive, op, open, place};
use crate::journal::file::{FILE, MIGRATIONS};
use crate::journal::{Access, Journal, Step, StepState, sum};
use crate::protocol::OpId;

/// Names the directory to a child process; without it the child's test does nothing.
const CHILD: &str = "POSTHASTE_TEST_UPGRADE_CHILD";

/// A journal as the program of this version left it when it was killed: three operations, one of them done, part of them
/// in the WAL.
fn released(version: usize) -> tempfile::TempDir {
    let made = tempfile::tempdir().unwrap();
    let connection = Connection::open(made.path().join(FILE)).unwrap();
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0").unwrap();
    sum::teach(&connection).unwrap();
    for sql in MIGRATIONS.iter().take(version) {
        connection.execute_batch(sql).unwrap();
    }
    connection.pragma_update(None, "user_version", i64::try_from(version).unwrap()).unwrap();
    if version >= 2 {
        sum::keep(&connection).unwrap();
    }
    for op in 1..=3 {
        if op == 3 {
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        }
        let row = format!("({op}, {}, 'Archive 1 message', NULL, 1, 0, {})", op * 100, i64::from(op == 1));
        connection
            .execute_batch(&format!(
                "INSERT INTO ops (op, created, summary, undo_of, undoable, undone, ended) VALUES {row};
                 INSERT INTO steps (op, seq, account, verb, local, generation, prior_flags, prior_keywords, state,
                     place_folder, place_uid_validity, place_uid, place_message_id, place_size)
                 VALUES ({op}, 0, 'work', '{{\"move\":{{\"to\":\"Archive\"}}}}', {op}, 5, 4, '$Work', {},
                     'INBOX', 7, {op}, 'm@example.org', 1000);",
                if op == 1 { 2 } else { 0 }
            ))
            .unwrap();
    }
    let copy = tempfile::tempdir().unwrap();
    for name in ["journal.db", "journal.db-wal"] {
        assert!(fs::copy(made.path().join(name), copy.path().join(name)).unwrap() > 0);
    }
    copy
}

/// The fixture speaks as the program does: what it writes of a step is what `append` writes.
#[test]
fn the_fixture_is_like_the_real_thing() {
    let (_dir, mut journal) = open();
    journal.append(&op(1, &[1])).unwrap();
    let verb: String = journal.connection.query_row("SELECT verb FROM steps", [], |row| row.get(0)).unwrap();
    assert_eq!(verb, "{\"move\":{\"to\":\"Archive\"}}");
}

#[track_caller]
fn all_is_there(dir: &Path, what: &str) {
    let mut journal = Journal::open(dir, Access::Owner).unwrap();
    assert_eq!((journal.salvaged(), journal.counts().unwrap()), (None, (2, 0)), "{what}");
    let waiting = journal.pending("work", 10).unwrap();
    let fields = |step: &Step| (step.op.0, step.verb.clone(), step.place.clone(), step.state.clone());
    let wanted = |op: i64| (op, archive(), Some(place("INBOX", Some(u32::try_from(op).unwrap()))), StepState::Queued);
    assert_eq!(waiting.iter().map(fields).collect::<Vec<_>>(), [wanted(2), wanted(3)], "{what}");
    assert_eq!(journal.op(OpId(1)).unwrap().unwrap().1[0].state, StepState::Done, "{what}");
    assert_eq!(journal.next_op().unwrap(), OpId(4), "{what}");
    // And it goes on from here.
    journal.append(&op(4, &[9])).unwrap();
    drop(journal);
    let again = Journal::open(dir, Access::Owner).unwrap();
    assert_eq!((again.salvaged(), again.counts().unwrap()), (None, (3, 0)), "{what}");
}

/// RL59: from every version there was.
#[test]
fn every_version_is_brought_up_to_date() {
    for version in 1..=MIGRATIONS.len() {
        all_is_there(released(version).path(), &format!("version {version}"));
    }
}

/// RL59: a damaged file of the first version, which has no sums, is saved as it is.
#[test]
fn a_damaged_old_file_is_saved() {
    let dir = released(1);
    let connection = Connection::open(dir.path().join(FILE)).unwrap();
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); DROP INDEX steps_place").unwrap();
    drop(connection);
    let journal = Journal::open(dir.path(), Access::Owner).unwrap();
    assert_eq!(journal.salvaged().map(|saved| (saved.ops, saved.steps)), Some((3, 3)));
    assert_eq!(journal.counts().unwrap(), (2, 0));
}

/// Not a test of its own: what the killed process does.
#[test]
fn child() {
    if let Ok(dir) = std::env::var(CHILD) {
        Journal::open(Path::new(&dir), Access::Owner).unwrap();
    }
}

/// RL59: kill -9 at each step of bringing a file up to date; the next start finishes it and everything is there.
#[test]
fn a_migration_is_killed_at_each_step() {
    let mut kills = 0;
    for step in 1.. {
        let dir = released(1);
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "journal::tests::upgrade::child"])
            .env(CHILD, dir.path())
            .env("POSTHASTE_KILL_AT", step.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        all_is_there(dir.path(), &format!("killed at {step}"));
        if status.success() {
            break;
        }
        assert_eq!(status.signal(), Some(9));
        kills += 1;
    }
    assert_eq!(kills, 2 * (MIGRATIONS.len() - 1), "before and after each migration");
}
