//! Damaged files: the cache is rebuilt and the journal kept; the journal is salvaged, never silently empty (RL36).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use posthaste::demo::server::Options;
use posthaste::dir_lock::Access;
use posthaste::journal::Journal;
use posthaste::mail::list::Source;
use posthaste::store::{Cache, Error};
use rstest::rstest;

use crate::support::engine::{Embedded, set};
use crate::support::proxy::{Mode, Proxy, random};

/// The files of a directory as they lie on the disk while a program works on them: with WAL and shm.
type Picture = BTreeMap<String, Vec<u8>>;

fn picture(dir: &Path) -> Picture {
    let files = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().contains(".db")))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .collect()
}

/// A cache with 30 messages and a journal with an action that waits, as a crash leaves them.
fn pictures() -> (Picture, Picture) {
    let ids: Vec<String> = (0..30).map(|number| format!("m{number}")).collect();
    let server = Embedded::start(Options::default(), &ids.iter().map(String::as_str).collect::<Vec<_>>());
    let proxy = Proxy::start(server.server.addr, 1);
    let home = Embedded::home_through(&proxy);
    let mut driver = home.start();
    driver.online();
    driver.hurry = false;
    proxy.set(Mode::Refuse);
    driver.queue(set(&["\\Flagged"]), &[driver.message("m3")]);
    (picture(&home.cache()), picture(&home.data()))
}

fn lay_out(dir: &Path, picture: &Picture) {
    fs::create_dir_all(dir).unwrap();
    for (name, bytes) in picture {
        fs::write(dir.join(name), bytes).unwrap();
    }
}

/// Damages one of the files; gives what was done, for the failure message.
fn damage(dir: &Path, file: &str, seed: u64) -> String {
    let mut state = seed;
    let mut dice = |below: usize| usize::try_from(random(&mut state) % (below.max(1) as u64)).unwrap();
    let (main, wal, shm) = (dir.join(file), dir.join(format!("{file}-wal")), dir.join(format!("{file}-shm")));
    let target = if dice(3) == 0 && wal.exists() { &wal } else { &main };
    let mut bytes = fs::read(target).unwrap_or_default();
    let kind = dice(10);
    match kind {
        0 => {
            bytes.truncate(dice(bytes.len()));
            fs::write(target, &bytes).unwrap();
        }
        1 => fs::write(target, vec![0; bytes.len()]).unwrap(),
        2 => drop(fs::remove_file(&wal)),
        3 => drop(fs::remove_file(&shm)),
        4 => fs::write(&main, b"").unwrap(),
        5 => {
            fs::remove_file(&main).unwrap();
            fs::create_dir(&main).unwrap();
        }
        _ => {
            for _ in 0..=dice(40) {
                let at = dice(bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= u8::try_from(1 + dice(255)).unwrap();
                }
            }
            fs::write(target, &bytes).unwrap();
        }
    }
    format!("seed {seed}, kind {kind}, {}", target.display())
}

/// What a start does with a cache: opens it, reads what the screen shows, writes.
fn use_cache(dir: &Path) -> Result<usize, Error> {
    let cache = Cache::open(dir, Access::Owner)?;
    let mut writer = cache.writer()?;
    let reader = cache.reader()?;
    let account = writer.account("work")?;
    writer.clear_overlays()?;
    let mut seen = 0;
    for row in reader.folders()? {
        reader.folder(row.id)?;
        seen += reader.list(Source::Folder(row.id), 1000)?.len();
        let state = writer.sync_state(row.id)?;
        reader.uids(row.id)?;
        writer.put_sync_state(row.id, &state)?;
    }
    writer.put_folders(account, &[])?;
    Ok(seen)
}

/// RL36: 1,000 damaged caches: each start takes less than five seconds, what is damaged is found by then or at the first
/// use and is gone at the next start, and the journal is as it was.
#[rstest]
fn a_damaged_cache_is_rebuilt(#[values(0, 250, 500, 750)] first: u64) {
    let (cache, data) = pictures();
    let mut rebuilt = 0;
    for seed in first..first + 250 {
        let home = tempfile::tempdir().unwrap();
        let (cache_dir, data_dir) = (home.path().join("cache"), home.path().join("data"));
        lay_out(&cache_dir, &cache);
        lay_out(&data_dir, &data);
        let what = damage(&cache_dir, "cache.db", seed);
        let began = Instant::now();
        match use_cache(&cache_dir) {
            Ok(_) => {}
            Err(Error::Damaged { .. }) => {
                rebuilt += 1;
                use_cache(&cache_dir).unwrap_or_else(|error| panic!("{what}: {error:?}"));
            }
            Err(error) => panic!("{what}: {error:?}"),
        }
        assert!(began.elapsed() < Duration::from_secs(5), "{what}: {:?}", began.elapsed());
        let journal = Journal::open(&data_dir, Access::Owner).unwrap();
        assert_eq!((journal.counts().unwrap(), journal.salvaged()), ((1, 0), None), "{what}");
    }
    println!("{rebuilt} were found damaged at first use");
}

/// RL36: 200 damaged journals: each can be opened, and one that lost its operation says so and keeps the old file. Damage
/// in the WAL is left out of the latter: SQLite takes it for a write that the power cut short, and so do we.
#[test]
fn a_damaged_journal_is_never_silently_empty() {
    let (_, data) = pictures();
    for seed in 5000..5200 {
        let home = tempfile::tempdir().unwrap();
        lay_out(home.path(), &data);
        let what = damage(home.path(), "journal.db", seed);
        let look = || -> Result<(u32, bool), posthaste::journal::Error> {
            let journal = Journal::open(home.path(), Access::Owner)?;
            let (waiting, _) = journal.counts()?;
            journal.rows(100)?;
            journal.all_pending()?;
            Ok((waiting, journal.salvaged().is_some()))
        };
        // Damage that shows at the first use is mended by the next start.
        let (waiting, salvaged) = look().or_else(|_| look()).unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let kept = fs::read_dir(home.path())
            .unwrap()
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with("journal.db.damaged"));
        let of_wal = what.contains("kind 2") || what.ends_with("-wal");
        assert!(waiting == 1 || salvaged || kept || of_wal, "{what}: silently empty");
    }
}
