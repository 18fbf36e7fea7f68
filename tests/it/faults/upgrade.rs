//! RL59: files of an older program with a full queue, killed on their way to this one; files of a newer one, untouched.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;

use posthaste::demo::server::Options;
use posthaste::dir_lock::Access;
use posthaste::journal::Journal;
use rusqlite::Connection;

use super::steps::{IDS, as_asked, configure, prepare, program, sync_well};
use crate::support::counted;
use crate::support::engine::{Embedded, Home};
use crate::support::oracle::{census, conserved, converged};

/// What the migrations since the first version added is taken away again.
fn to_the_first_version(home: &Home) {
    let journal = Connection::open(home.data().join("journal.db")).unwrap();
    journal
        .execute_batch(
            "DROP INDEX steps_message; DROP INDEX steps_open; DROP INDEX steps_failed; CREATE INDEX steps_state ON steps (op, state);
             ALTER TABLE ops DROP COLUMN sum; ALTER TABLE steps DROP COLUMN sum; PRAGMA user_version = 1",
        )
        .unwrap();
    let cache = Connection::open(home.cache().join("cache.db")).unwrap();
    cache
        .execute_batch(
            "INSERT OR REPLACE INTO thread_refs SELECT * FROM thread_recent; DROP TABLE thread_recent;
             DELETE FROM meta WHERE name = 'thread_refs_next'; DROP TABLE poison; DROP TABLE prefixes; DROP TABLE quotas; ALTER TABLE folders DROP COLUMN rights;
             ALTER TABLE folders DROP COLUMN select_rights; DROP TABLE search; DROP TABLE docs;
             DROP TABLE unindexed; DROP TABLE unread_texts; DROP TABLE search_words; DROP TABLE search_names;
             DELETE FROM meta WHERE name IN ('indexed', 'spill');
             DROP INDEX messages_snoozed; DROP INDEX messages_reply_later; DROP INDEX messages_pinned;
             DROP INDEX messages_put_off; DROP INDEX messages_arrived; ALTER TABLE messages DROP COLUMN marks;
             ALTER TABLE messages DROP COLUMN put_off; ALTER TABLE messages DROP COLUMN arrived;
             DROP TABLE unfiled; ALTER TABLE folders DROP COLUMN arrivals;
             DROP TABLE strays; DELETE FROM meta WHERE name = 'adopted';
             DROP INDEX messages_thread; CREATE INDEX messages_thread ON messages (thread); PRAGMA user_version = 1",
        )
        .unwrap();
}

/// RL59: a full queue of the first version is sent by this program, which is killed at each step of its start and of the
/// first commands; the queue does what was asked, once, and the cache is not made anew.
#[test]
fn an_older_queue_is_replayed_whenever_it_is_killed() {
    // Both files are up to date after sixteen steps; the replay itself is the subject of another test.
    for step in 1..=18 {
        let server = Embedded::start(Options::default(), &IDS);
        let home = server.home();
        configure(&home);
        prepare(&home);
        to_the_first_version(&home);
        let before = census(&server.all());
        let killed = program(&home, &["sync"]).env("POSTHASTE_KILL_AT", step.to_string()).output().unwrap();
        let what = format!("step {step}, {}", String::from_utf8_lossy(&killed.stderr).trim());
        assert_eq!(killed.status.signal(), Some(9), "{what}");
        sync_well(&home, &what);
        let all = server.all();
        conserved(&before, &all, &[("m2", 1), ("m3", -1)], &what);
        as_asked(&all, &what);
        converged(&home.cache(), &home.data(), all, &what);
        assert!(names(&home.cache()).iter().all(|name| !name.contains("damaged")), "{what}");
        assert!(names(&home.data()).iter().all(|name| !name.contains("damaged")), "{what}");
    }
    counted("older", 18);
}

fn names(dir: &Path) -> Vec<String> {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

/// Cache and journal with all their bytes, without locks and indexes of WALs.
fn bytes(home: &Home) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for dir in [home.cache(), home.data()] {
        for name in names(&dir).into_iter().filter(|name| name.contains(".db") && !name.ends_with("-shm")) {
            all.insert(name.clone(), fs::read(dir.join(&name)).unwrap());
        }
    }
    all
}

/// RL59: this program is an old one for files of a newer: it refuses, says that it has to be updated, and leaves queue
/// and cache as they are, whatever it is asked to do.
#[test]
fn a_newer_queue_is_refused_and_nothing_touched() {
    let server = Embedded::start(Options::default(), &IDS);
    let home = server.home();
    configure(&home);
    prepare(&home);
    for file in [home.data().join("journal.db"), home.cache().join("cache.db")] {
        Connection::open(file).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    }
    let before = bytes(&home);
    server.world.clear_commands();
    for arguments in [&["sync"][..], &["undo"], &["undo", "--offline"]] {
        let output = program(&home, arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(said.contains("newer posthaste") && said.contains("update posthaste"), "{arguments:?}: {said}");
        assert!(bytes(&home) == before, "{arguments:?}");
    }
    assert_eq!(server.world.commands(), Vec::<String>::new());
}

/// RL59: a cache alone that is newer can be had again from the server: it is put aside whole and made anew, and the queue
/// is sent.
#[test]
fn a_newer_cache_is_put_aside() {
    let server = Embedded::start(Options::default(), &IDS);
    let home = server.home();
    configure(&home);
    prepare(&home);
    let file = home.cache().join("cache.db");
    Connection::open(&file).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    let newer = fs::read(&file).unwrap();
    sync_well(&home, "newer cache");
    assert!(fs::read(home.cache().join("cache.db.damaged-1")).unwrap() == newer);
    as_asked(&server.all(), "newer cache");
    converged(&home.cache(), &home.data(), server.all(), "newer cache");
    assert_eq!(Journal::open(&home.data(), Access::ReadOnly).unwrap().counts().unwrap(), (0, 0));
}
