//! The journal's file: locks, modes, damage, newer versions, a full disk.

use std::fs::{self, OpenOptions};
use std::hash::{Hash as _, Hasher as _};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{op, open};
use crate::journal::{Access, Error, Journal, StepState};
use crate::protocol::{OpId, OpState};

const OPS: i64 = 200;

/// A reader that looks at the journal as it is now, and so keeps what is written after this in the WAL.
fn pin(dir: &Path) -> rusqlite::Connection {
    let reader = rusqlite::Connection::open(dir.join("journal.db")).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    reader.query_row("SELECT COUNT(*) FROM ops", [], |row| row.get::<_, i64>(0)).unwrap();
    reader
}

/// A journal with 200 operations of 2 steps, most of them open, closed or as a kill leaves it: some of it in the WAL.
fn filled(killed: bool) -> tempfile::TempDir {
    let (dir, mut journal) = open();
    for number in 1..OPS {
        journal.append(&op(number, &[1, 2])).unwrap();
    }
    let reader = pin(dir.path());
    journal.append(&op(OPS, &[1, 2])).unwrap();
    let done: Vec<_> = journal.op(OpId(3)).unwrap().unwrap().1.iter().map(|step| (step.id, None)).collect();
    journal.mark_done(&done).unwrap();
    if !killed {
        drop(reader);
        return dir;
    }
    let copy = tempfile::tempdir().unwrap();
    for name in ["journal.db", "journal.db-wal"] {
        assert!(fs::copy(dir.path().join(name), copy.path().join(name)).unwrap() > 0, "{name}");
    }
    copy
}

fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

/// Every file of a directory with a hash of its bytes, but the lock.
fn contents(dir: &Path) -> Vec<(String, u64)> {
    let mut all: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), hash(&fs::read(entry.path()).unwrap())))
        .filter(|(name, _)| name != "lock" && !name.ends_with("-shm"))
        .collect();
    all.sort();
    all
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// What a damaged journal must give: most of the operations, each whole enough to go on, a number that is new, and the old
/// file kept. Returns how many operations were saved.
fn salvaged(dir: &Path) -> u32 {
    let mut journal = Journal::open(dir, Access::Owner).unwrap();
    let saved = journal.salvaged().unwrap();
    assert!(dir.join("journal.db.damaged").exists());
    let rows = journal.rows(u32::MAX).unwrap();
    assert_eq!(rows.len(), usize::try_from(saved.ops).unwrap());
    for step in journal.all_pending().unwrap() {
        assert_eq!((step.state, step.account.as_str()), (StepState::Queued, "work"));
    }
    let next = journal.next_op().unwrap();
    assert!(rows.iter().all(|row| row.op < next));
    journal.append(&op(next.0, &[1])).unwrap();
    drop(journal);
    let again = Journal::open(dir, Access::Owner).unwrap();
    assert_eq!(again.salvaged(), None);
    assert!(again.op(next).unwrap().is_some());
    saved.ops
}

/// RL36: header, table of contents or a page in the middle are lost: the rest of the queue goes on.
#[rstest::rstest]
#[case::header(&|path: &Path| overwrite(path, 0, &[0; 100]), 200)]
#[case::first_page(&|path: &Path| overwrite(path, 0, &[0xa5; 4096]), 200)]
#[case::middle(&|path: &Path| overwrite(path, 4096 * 15, &[0xff; 4096]), 150)]
#[case::cut_off(&|path: &Path| { let length = fs::metadata(path).unwrap().len(); OpenOptions::new().write(true).open(path).unwrap().set_len(length / 2 + 100).unwrap(); }, 1)]
fn damage_is_salvaged(#[case] damage: &dyn Fn(&Path), #[case] at_least: u32) {
    let dir = filled(false);
    damage(&dir.path().join("journal.db"));
    let saved = salvaged(dir.path());
    assert!(saved >= at_least, "{saved}");
}

/// RL36: nothing readable is left: the queue begins anew, says so, and the old file is kept.
#[rstest::rstest]
#[case::garbage(&|path: &Path| fs::write(path, [0xa5; 9_000]).unwrap())]
#[case::directory(&|path: &Path| { fs::remove_file(path).unwrap(); fs::create_dir(path).unwrap(); })]
fn nothing_to_salvage(#[case] damage: &dyn Fn(&Path)) {
    let dir = filled(false);
    damage(&dir.path().join("journal.db"));
    assert_eq!(salvaged(dir.path()), 0);
}

/// A file that was emptied while its WAL was not: the operations in the WAL are saved.
#[test]
fn operations_in_the_wal_are_saved() {
    let (dir, mut journal) = open();
    let reader = pin(dir.path());
    for number in 1..=20 {
        journal.append(&op(number, &[1, 2])).unwrap();
    }
    drop(reader);
    let copy = tempfile::tempdir().unwrap();
    fs::copy(dir.path().join("journal.db-wal"), copy.path().join("journal.db-wal")).unwrap();
    fs::write(copy.path().join("journal.db"), b"").unwrap();
    assert_eq!(salvaged(copy.path()), 20);
}

/// A killed process leaves a WAL: everything in it is there, and no damage is seen.
#[test]
fn a_wal_is_read() {
    let dir = filled(true);
    let journal = Journal::open(dir.path(), Access::Owner).unwrap();
    assert_eq!((journal.salvaged(), journal.rows(u32::MAX).unwrap().len()), (None, 200));
    assert_eq!(journal.op(OpId(3)).unwrap().unwrap().0.state, OpState::Done);
}

/// RL33: a rescue that was killed between its renames is finished at the next start.
#[test]
fn a_rescue_goes_on_after_a_kill() {
    for renamed in [false, true] {
        let dir = filled(false);
        let sound = filled(false);
        fs::copy(sound.path().join("journal.db"), dir.path().join("journal.db.ready")).unwrap();
        fs::write(dir.path().join("journal.db.building"), b"half").unwrap();
        if renamed {
            fs::rename(dir.path().join("journal.db"), dir.path().join("journal.db.damaged")).unwrap();
        } else {
            fs::write(dir.path().join("journal.db"), b"garbage").unwrap();
        }
        let journal = Journal::open(dir.path(), Access::Owner).unwrap();
        assert_eq!(journal.salvaged().unwrap().ops, 200);
        assert!(dir.path().join("journal.db.damaged").exists());
        assert!(!dir.path().join("journal.db.building").exists());
    }
}

/// RL59: a journal of a newer program is refused and keeps every byte, its WAL too.
#[test]
fn a_newer_journal_is_not_touched() {
    for killed in [false, true] {
        let dir = filled(killed);
        if killed {
            let newer = rusqlite::Connection::open(dir.path().join("journal.db")).unwrap();
            newer.execute_batch("PRAGMA wal_autocheckpoint = 0; PRAGMA user_version = 99").unwrap();
            let copy = tempfile::tempdir().unwrap();
            for name in ["journal.db", "journal.db-wal"] {
                fs::copy(dir.path().join(name), copy.path().join(name)).unwrap();
            }
            refused(copy.path());
        } else {
            overwrite(&dir.path().join("journal.db"), 60, &99_u32.to_be_bytes());
            refused(dir.path());
        }
    }
}

fn refused(dir: &Path) {
    let before = contents(dir);
    for access in [Access::Owner, Access::ReadOnly] {
        let opened = Journal::open(dir, access);
        assert!(matches!(opened, Err(Error::NewerSchema { found: 99, known: 4 })), "{opened:?}");
    }
    assert_eq!(contents(dir), before);
}

/// RL38: the second owner is told who has the journal; a reader gets in, sees what is queued and can change nothing.
#[test]
fn one_owner_and_readers() {
    let (dir, mut journal) = open();
    let second = Journal::open(dir.path(), Access::Owner);
    assert!(matches!(second, Err(Error::Locked { pid: Some(pid) }) if pid == std::process::id()));
    let mut looking = Journal::open(dir.path(), Access::ReadOnly).unwrap();
    journal.append(&op(1, &[1])).unwrap();
    assert_eq!(looking.counts().unwrap(), (1, 0));
    assert!(matches!(looking.append(&op(2, &[1])), Err(Error::ReadOnly)));
    drop(journal);
    Journal::open(dir.path(), Access::Owner).unwrap();
    let missing = dir.path().join("none");
    assert!(Journal::open(&missing, Access::ReadOnly).unwrap().rows(9).unwrap().is_empty());
    assert!(!missing.exists());
}

/// FL07: files are for the user alone, whatever the umask.
#[test]
fn modes_with_an_open_umask() {
    let before = rustix::process::umask(rustix::fs::Mode::empty());
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("data");
    let mut journal = Journal::open(&dir, Access::Owner).unwrap();
    journal.append(&op(1, &[1])).unwrap();
    rustix::process::umask(before);
    assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
    for name in ["journal.db", "journal.db-wal", "journal.db-shm", "lock"] {
        assert_eq!(fs::metadata(dir.join(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
}

/// RL35: a full disk refuses the operation whole, keeps what is queued, and works again when there is space.
#[test]
fn a_full_disk_queues_nothing() {
    let (_dir, mut journal) = open();
    journal.append(&op(1, &[1])).unwrap();
    let limit = |journal: &Journal, pages: i64| {
        let sql = format!("PRAGMA max_page_count = {pages}");
        journal.connection.query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap();
    };
    let pages: i64 = journal.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    limit(&journal, pages + 1);
    let large: Vec<u32> = (1..=1000).collect();
    assert!(matches!(journal.append(&op(2, &large)), Err(Error::Full { .. })));
    assert_eq!((journal.counts().unwrap(), journal.op(OpId(2)).unwrap()), ((1, 0), None));
    limit(&journal, 1_000_000);
    journal.append(&op(2, &large)).unwrap();
    assert_eq!(journal.pending("work", 5000).unwrap().len(), 1001);
}
