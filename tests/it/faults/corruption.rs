//! Damaged files: the cache is rebuilt and the journal kept; the journal is salvaged, never silently empty (RL36).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use posthaste::demo::server::Options;
use posthaste::dir_lock::Access;
use posthaste::journal::{self, Journal, Step};
use posthaste::mail::list::Source;
use posthaste::store::{Cache, Error};
use rstest::rstest;

use crate::support::counted;
use crate::support::engine::{Embedded, set};
use crate::support::proxy::{Mode, Proxy, random};

/// The files of a directory as they lie on the disk while a program works on them: with WAL and shm.
type Picture = BTreeMap<String, Vec<u8>>;

fn picture(dir: &Path) -> Picture {
    let files = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.is_file() && path.file_name().is_some_and(|name| name.to_string_lossy().contains(".db")))
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
    // What was acknowledged stands in the file: no byte of the WAL may be missed.
    assert_eq!(fs::metadata(home.data().join("journal.db-wal")).unwrap().len(), 0);
    (picture(&home.cache()), picture(&home.data()))
}

fn lay_out(dir: &Path, picture: &Picture) {
    fs::create_dir_all(dir).unwrap();
    for (name, bytes) in picture {
        fs::write(dir.join(name), bytes).unwrap();
    }
}

/// The version of the journal's schema.
const VERSION: i32 = 4;

fn version(file: &Path, version: i32) {
    let mut bytes = fs::read(file).unwrap();
    bytes[60..64].copy_from_slice(&version.to_be_bytes());
    fs::write(file, bytes).unwrap();
}

/// Damages one of the files; gives what was done, for the failure message.
fn damage(dir: &Path, file: &str, seed: u64) -> String {
    let mut state = seed;
    let mut dice = |below: usize| usize::try_from(random(&mut state) % (below.max(1) as u64)).unwrap();
    let (main, wal, shm) = (dir.join(file), dir.join(format!("{file}-wal")), dir.join(format!("{file}-shm")));
    let target = if dice(3) == 0 && wal.exists() { &wal } else { &main };
    let mut bytes = fs::read(target).unwrap_or_default();
    let kind = dice(13);
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
        // The schema's version, bytes 60 to 63 of the header: none, an older one, a newer one.
        6 => version(&main, -1),
        7 => version(&main, i32::try_from(dice(3)).unwrap()),
        8 => version(&main, 4 + i32::try_from(dice(1_000_000)).unwrap()),
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
    counted("cache", 250);
}

/// What a start finds in a journal: what waits, and whether the file was found damaged, now or at the start before.
fn use_journal(dir: &Path) -> Result<(Vec<Step>, bool), journal::Error> {
    let look = || -> Result<(Vec<Step>, bool), journal::Error> {
        let journal = Journal::open(dir, Access::Owner)?;
        journal.rows(100)?;
        let (steps, (waiting, _)) = (journal.all_pending()?, journal.counts()?);
        assert_eq!(waiting, u32::try_from(steps.len()).unwrap());
        Ok((steps, journal.salvaged().is_some()))
    };
    match look() {
        // Damage that shows at the first use is mended by the next start.
        Err(journal::Error::Damaged { .. }) => look(),
        other => other,
    }
}

/// A journal is kept whole, or its old file is and the user is told; or it is one of a newer program, which is refused
/// and not touched (RL59).
#[track_caller]
fn never_silent(dir: &Path, whole: &[Step], what: &str) {
    let before = picture(dir);
    let header = before.get("journal.db").filter(|bytes| bytes.starts_with(b"SQLite format 3\0"));
    let version = header.and_then(|bytes| Some(i32::from_be_bytes(bytes.get(60..64)?.try_into().unwrap())));
    let newer = version.is_some_and(|version| version > VERSION);
    let began = Instant::now();
    let found = use_journal(dir);
    assert!(began.elapsed() < Duration::from_secs(5), "{what}: {:?}", began.elapsed());
    if newer {
        assert!(matches!(found, Err(journal::Error::NewerSchema { .. })), "{what}: {found:?}");
        let after = picture(dir);
        assert!(after.get("journal.db") == before.get("journal.db"), "{what}");
        return;
    }
    let (steps, salvaged) = found.unwrap_or_else(|error| panic!("{what}: {error:?}"));
    let kept = fs::read_dir(dir)
        .unwrap()
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().starts_with("journal.db.damaged"));
    assert!(steps == whole || (salvaged && kept), "{what}: silently changed to {steps:?}");
    // What is acted upon is what was asked, or nothing: what can be read only in doubt waits for the user.
    assert!(steps == whole || steps.is_empty(), "{what}: changed to {steps:?}");
}

fn undamaged(data: &Picture) -> Vec<Step> {
    let home = tempfile::tempdir().unwrap();
    lay_out(home.path(), data);
    let (steps, salvaged) = use_journal(home.path()).unwrap();
    assert!(steps.len() == 1 && !salvaged);
    steps
}

/// RL36, P15: 500 damaged journals of every kind, the WAL among them: what was acknowledged stands in the file itself.
#[rstest]
fn a_damaged_journal_is_never_silently_empty(#[values(5000, 5125, 5250, 5375)] first: u64) {
    let (_, data) = pictures();
    let whole = undamaged(&data);
    for seed in first..first + 125 {
        let home = tempfile::tempdir().unwrap();
        lay_out(home.path(), &data);
        let what = damage(home.path(), "journal.db", seed);
        never_silent(home.path(), &whole, &what);
    }
    counted("journal", 125);
}

/// RL36: each byte of the journal that is not zero, changed by itself: in a header, in a table of contents, in a row.
/// Every twentieth by default, all with `POSTHASTE_EVERY_STEP=1`.
#[rstest]
fn a_flipped_byte_of_the_journal_is_seen(#[values(0x01, 0x80, 0xff)] mask: u8) {
    let (_, data) = pictures();
    let whole = undamaged(&data);
    let bytes = data.get("journal.db").unwrap();
    let stride = if std::env::var("POSTHASTE_EVERY_STEP").is_ok_and(|value| value == "1") { 1 } else { 20 };
    let used = bytes.iter().enumerate().filter(|(_, byte)| **byte != 0).map(|(at, _)| at);
    let mut flips = 0;
    for at in used.skip(usize::from(mask) % stride).step_by(stride) {
        let home = tempfile::tempdir().unwrap();
        lay_out(home.path(), &data);
        let mut flipped = bytes.clone();
        flipped[at] ^= mask;
        fs::write(home.path().join("journal.db"), &flipped).unwrap();
        never_silent(home.path(), &whole, &format!("byte {at} ^ {mask}"));
        flips += 1;
    }
    counted("journal", flips);
}
