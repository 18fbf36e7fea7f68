//! The cache's file: locks, modes, damage, a full disk, reading while it is written.

use std::fs::{self, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Fixture, message};
use crate::mail::list::{Anchor, Source};
use crate::store::{Access, Cache, Error};

/// A cache with 500 messages that was closed, or was killed with its WAL lying beside it.
fn filled(killed: bool) -> tempfile::TempDir {
    let mut fixture = Fixture::new();
    let inbox = fixture.folder("INBOX");
    let messages: Vec<_> = (1..=500).map(message).collect();
    fixture.writer.put_messages(inbox, &messages).unwrap();
    if !killed {
        let Fixture { dir, cache, writer, .. } = fixture;
        drop((cache, writer));
        return dir;
    }
    let copy = tempfile::tempdir().unwrap();
    for name in ["cache.db", "cache.db-wal"] {
        fs::copy(fixture.dir.path().join(name), copy.path().join(name)).unwrap();
    }
    copy
}

fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

/// Opens what is there and does a round of work on it.
fn open_and_work(dir: &Path) -> Cache {
    let begun = Instant::now();
    let cache = Cache::open(dir, Access::Owner).unwrap();
    // Generous for a busy machine; a check of the whole file or a wait for a lock would take longer.
    assert!(begun.elapsed() < Duration::from_secs(5));
    let mut writer = cache.writer().unwrap();
    let account = writer.account("again").unwrap();
    writer.put_folders(account, &super::server_folders()).unwrap();
    let inbox = writer.folder_by_raw(account, "INBOX").unwrap().unwrap();
    assert_eq!(writer.put_messages(inbox, &[message(1)]).unwrap().new, 1);
    cache
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// RL36: every kind of damage that can be seen at the start gives a fresh cache, and the old file is kept aside.
#[rstest::rstest]
#[case::zero_length(&|path: &Path| fs::write(path, b"").unwrap())]
#[case::garbage(&|path: &Path| fs::write(path, [0xa5; 9_000]).unwrap())]
#[case::short_garbage(&|path: &Path| fs::write(path, b"hello").unwrap())]
#[case::header_lost(&|path: &Path| overwrite(path, 0, &[0; 100]))]
#[case::schema_lost(&|path: &Path| overwrite(path, 100, &[0xff; 3996]))]
#[case::truncated(&|path: &Path| OpenOptions::new().write(true).open(path).unwrap().set_len(9000).unwrap())]
#[case::newer_schema(&|path: &Path| overwrite(path, 60, &99_u32.to_be_bytes()))]
#[case::negative_schema(&|path: &Path| overwrite(path, 60, &(-1_i32).to_be_bytes()))]
#[case::directory(&|path: &Path| { fs::remove_file(path).unwrap(); fs::create_dir(path).unwrap(); fs::write(path.join("x"), b"x").unwrap(); })]
#[case::foreign_tables(&|path: &Path| {
    fs::remove_file(path).unwrap();
    let other = rusqlite::Connection::open(path).unwrap();
    other.execute_batch("CREATE TABLE messages (x); PRAGMA user_version = 1;").unwrap();
})]
fn damage_at_the_start(#[case] damage: &dyn Fn(&Path)) {
    let dir = filled(false);
    damage(&dir.path().join("cache.db"));
    let cache = open_and_work(dir.path());
    assert!(cache.was_rebuilt());
    assert!(names(dir.path()).contains(&"cache.db.damaged-1".to_owned()), "{:?}", names(dir.path()));
    drop(cache);
    assert!(!Cache::open(dir.path(), Access::Owner).unwrap().was_rebuilt());
}

/// RL36: a WAL that is gone or garbled costs what was in it and nothing else; the cache opens and works.
#[rstest::rstest]
#[case::deleted(&|wal: &Path| fs::remove_file(wal).unwrap())]
#[case::zeroed(&|wal: &Path| { let length = fs::metadata(wal).unwrap().len(); fs::write(wal, vec![0; usize::try_from(length).unwrap()]).unwrap(); })]
#[case::garbled(&|wal: &Path| overwrite(wal, 5000, &[0x5a; 3000]))]
#[case::cut(&|wal: &Path| OpenOptions::new().write(true).open(wal).unwrap().set_len(7777).unwrap())]
fn damage_to_the_wal(#[case] damage: &dyn Fn(&Path)) {
    let dir = filled(true);
    damage(&dir.path().join("cache.db-wal"));
    let cache = open_and_work(dir.path());
    let reader = cache.reader().unwrap();
    assert_eq!(reader.accounts().unwrap().last().unwrap().1, "again");
}

/// A cache that was killed with its WAL beside it has everything that was stored.
#[test]
fn a_killed_cache_has_everything() {
    let dir = filled(true);
    let cache = Cache::open(dir.path(), Access::Owner).unwrap();
    assert!(!cache.was_rebuilt());
    let window = cache.reader().unwrap().window(Source::AllInboxes, Anchor::Newest, 10).unwrap();
    assert_eq!((window.rows.len(), window.total), (10, 500));
}

/// Damage that shows only later is named as such, and the next start does not use the file again.
#[test]
fn damage_found_later_condemns_the_file() {
    let dir = filled(false);
    let path = dir.path().join("cache.db");
    // All pages between the first tables and the end: the probe at the start looks at the ends.
    let length = fs::metadata(&path).unwrap().len();
    let cache = Cache::open(dir.path(), Access::Owner).unwrap();
    let reader = cache.reader().unwrap();
    for page in 30..length / 4096 {
        overwrite(&path, page * 4096, &[0xff; 64]);
    }
    let found = (1..=500).find_map(|id| reader.detail(crate::mail::MessageId(id)).err());
    assert!(matches!(found, Some(Error::Damaged { .. })), "{found:?}");
    drop((reader, cache));
    assert!(open_and_work(dir.path()).was_rebuilt());
}

/// RL36: text whose bits were flipped until it is no text any more is damage as well.
#[test]
fn text_that_is_no_text_is_damage() {
    let dir = filled(false);
    let file = rusqlite::Connection::open(dir.path().join("cache.db")).unwrap();
    file.execute_batch("UPDATE messages SET subject = CAST(x'6fff' AS TEXT)").unwrap();
    drop(file);
    let cache = Cache::open(dir.path(), Access::Owner).unwrap();
    let found = cache.reader().unwrap().window(Source::AllInboxes, Anchor::Newest, 10);
    assert!(matches!(found, Err(Error::Damaged { .. })), "{found:?}");
    drop(cache);
    assert!(open_and_work(dir.path()).was_rebuilt());
}

/// Only the newest damaged file is kept: damage again and again does not fill the disk. Each cache has its own number.
#[test]
fn only_the_newest_damaged_file_is_kept() {
    let dir = filled(false);
    let mut generations = std::collections::HashSet::new();
    for _ in 0..3 {
        fs::write(dir.path().join("cache.db"), b"garbage").unwrap();
        generations.insert(Cache::open(dir.path(), Access::Owner).unwrap().generation());
    }
    assert_eq!(generations.len(), 3);
    let damaged: Vec<_> = names(dir.path()).into_iter().filter(|name| name.contains("damaged")).collect();
    assert_eq!(damaged, ["cache.db.damaged-3"]);
}

/// RL38: the second owner is told who has the cache; a reader gets in and sees what is written, before and after.
#[test]
fn one_owner_and_readers() {
    let mut fixture = Fixture::new();
    let second = Cache::open(fixture.dir.path(), Access::Owner);
    assert!(matches!(second, Err(Error::Locked { pid: Some(pid) }) if pid == std::process::id()));
    let looking = Cache::open(fixture.dir.path(), Access::ReadOnly).unwrap();
    assert_eq!(looking.generation(), fixture.cache.generation());
    let reader = looking.reader().unwrap();
    fixture.put("INBOX", message(1));
    assert_eq!(reader.window(Source::AllInboxes, Anchor::Newest, 10).unwrap().total, 1);
    assert!(matches!(looking.writer(), Err(Error::ReadOnly)));
    // The lock lives as long as the writer, also when the handle went before it.
    let Fixture { dir, cache, writer, .. } = fixture;
    drop(cache);
    assert!(matches!(Cache::open(dir.path(), Access::Owner), Err(Error::Locked { .. })));
    drop(writer);
    Cache::open(dir.path(), Access::Owner).unwrap();
}

/// A reader is not held up by a transaction that is being written, and sees the state before it (P11).
#[test]
fn a_reader_never_waits_for_the_writer() {
    let mut fixture = Fixture::new();
    fixture.put("INBOX", message(1));
    let inbox = fixture.folder("INBOX");
    let reader = fixture.cache.reader().unwrap();
    let seen = fixture.writer.write("hold the file", |transaction| {
        transaction.execute("DELETE FROM messages", [])?;
        Ok(reader.window(Source::Folder(inbox), Anchor::Newest, 10).unwrap().rows.len())
    });
    assert_eq!(seen.unwrap(), 1);
    assert!(reader.connection.execute("DELETE FROM messages", []).is_err());
}

/// Somebody who only reads before the first sync sees an empty mailbox and makes no file.
#[test]
fn reading_a_cache_that_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("none");
    let cache = Cache::open(&missing, Access::ReadOnly).unwrap();
    let reader = cache.reader().unwrap();
    assert!(reader.folders().unwrap().is_empty());
    assert_eq!(reader.window(Source::AllInboxes, Anchor::Newest, 10).unwrap().total, 0);
    assert!(!missing.exists());
    let owner = open_and_work(&missing);
    assert_eq!(cache.reader().unwrap().window(Source::AllInboxes, Anchor::Newest, 10).unwrap().total, 1);
    drop(owner);
}

/// Somebody who only reads never replaces a file: damage and foreign versions are errors.
#[test]
fn readers_replace_nothing() {
    let dir = filled(false);
    let path = dir.path().join("cache.db");
    overwrite(&path, 60, &99_u32.to_be_bytes());
    let opened = Cache::open(dir.path(), Access::ReadOnly);
    assert!(matches!(opened, Err(Error::OtherSchema { found: 99, .. })));
    fs::write(&path, [7; 9999]).unwrap();
    assert!(matches!(Cache::open(dir.path(), Access::ReadOnly), Err(Error::Damaged { .. })));
    assert!(!names(dir.path()).iter().any(|name| name.contains("damaged")));
}

/// FL07: files are for the user alone, whatever the umask.
#[test]
fn modes_with_an_open_umask() {
    let before = rustix::process::umask(rustix::fs::Mode::empty());
    let dir = tempfile::tempdir().unwrap();
    let nested = dir.path().join("a/b");
    let cache = open_and_work(&nested);
    let reader = cache.reader().unwrap();
    let writer = cache.writer().unwrap();
    rustix::process::umask(before);
    for path in [nested.clone(), dir.path().join("a")] {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700, "{}", path.display());
    }
    for name in ["cache.db", "cache.db-wal", "cache.db-shm", "lock"] {
        assert_eq!(fs::metadata(nested.join(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
    drop((reader, writer, cache));
    fs::set_permissions(nested.join("cache.db"), fs::Permissions::from_mode(0o644)).unwrap();
    drop(Cache::open(&nested, Access::Owner).unwrap());
    assert_eq!(fs::metadata(nested.join("cache.db")).unwrap().permissions().mode() & 0o777, 0o600);
}

/// RL35: a full disk is an error that changes nothing, and when there is space again it works again.
#[test]
fn a_full_disk_changes_nothing() {
    let mut fixture = Fixture::new();
    let inbox = fixture.folder("INBOX");
    let id = fixture.put("INBOX", message(1));
    let limit = |fixture: &Fixture, pages: i64| {
        let sql = format!("PRAGMA max_page_count = {pages}");
        fixture.writer.reader.connection.query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap();
    };
    limit(&fixture, fixture.number("PRAGMA page_count") + 3);
    let messages: Vec<_> = (2..=2000).map(message).collect();
    assert!(matches!(fixture.writer.put_messages(inbox, &messages), Err(Error::Full { .. })));
    assert!(matches!(fixture.writer.put_body(id, &vec![0; 100_000], true, Some("x"), None), Err(Error::Full { .. })));
    assert_eq!(fixture.counts("INBOX"), (1, 1));
    assert_eq!(fixture.number("SELECT COUNT(*) FROM messages"), 1);
    assert_eq!(fixture.writer.body(id).unwrap(), None);
    assert_eq!(fixture.writer.row(id).unwrap().unwrap().snippet.as_str(), "");
    limit(&fixture, 1_000_000);
    assert_eq!(fixture.writer.put_messages(inbox, &messages).unwrap().new, 1999);
}
