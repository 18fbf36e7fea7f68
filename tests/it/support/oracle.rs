//! The oracles of RELIABILITY.md, for any test: O1, nothing lost and nothing doubled; O2, cache and server agree. O6, key
//! to frame, is in `latency.rs`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use posthaste::dir_lock::Access;
use posthaste::journal::Journal;
use posthaste::mail::flags::Flags;
use posthaste::mail::list::Source;
use posthaste::protocol::Command;
use posthaste::store::{Cache, Reader};

use super::engine::Driver;
use super::raw_client::Found;

/// How often each message is there, by what identifies it: Message-ID and size.
pub type Census = BTreeMap<(String, u64), usize>;

/// Counts messages over all folders.
pub fn census(all: &[Found]) -> Census {
    all.iter().fold(BTreeMap::new(), |mut census, found| {
        *census.entry((found.message_id.clone(), found.size)).or_default() += 1;
        census
    })
}

/// O1: what each message was there before is there now, and `asked` of them (by Message-ID without its host) as often
/// more; what a delete was asked for is named with a negative number.
#[track_caller]
pub fn conserved(before: &Census, now: &[Found], asked: &[(&str, i64)], what: &str) {
    let mut wanted = before.clone();
    for (id, more) in asked {
        let name = format!("{id}@x");
        let count = wanted.iter_mut().find(|((message_id, _), _)| *message_id == name).map(|(_, count)| count);
        let count = count.unwrap_or_else(|| panic!("{id} was not there before"));
        *count = usize::try_from(i64::try_from(*count).unwrap() + more).unwrap();
    }
    wanted.retain(|_, count| *count > 0);
    assert_eq!(census(now), wanted, "O1, {what}: {now:?}");
}

/// The folders in which there is a message with this id.
pub fn places(all: &[Found], id: &str) -> Vec<String> {
    all.iter().filter(|found| found.message_id == format!("{id}@x")).map(|found| found.folder.clone()).collect()
}

/// Flags as words, sorted.
pub fn words(flags: &Flags) -> Vec<String> {
    let mut words: Vec<String> = flags.iter().map(|flag| flag.to_string()).collect();
    words.sort();
    words
}

/// In one order, so that two listings can be compared.
pub fn sorted(mut all: Vec<Found>) -> Vec<Found> {
    all.sort();
    all
}

/// Everything that a cache shows.
pub fn shown(reader: &Reader) -> Vec<Found> {
    let mut all = Vec::new();
    for row in reader.folders().unwrap() {
        let Some(info) = reader.folder(row.id).unwrap() else { continue };
        for detail in reader.list(Source::Folder(row.id), 100_000).unwrap() {
            all.push(Found {
                folder: info.raw.clone(),
                message_id: detail.envelope.message_id.clone(),
                size: detail.row.size,
                uid: detail.uid.map_or(0, |uid| uid.0),
                flags: words(&detail.row.flags),
            });
        }
    }
    sorted(all)
}

/// O2 of files that no program works on: rows equal the server's, and nothing waits or was refused.
#[track_caller]
pub fn converged(cache: &Path, data: &Path, server: Vec<Found>, what: &str) {
    let journal = Journal::open(data, Access::ReadOnly).unwrap();
    assert_eq!(journal.counts().unwrap(), (0, 0), "O2, {what}: the queue");
    let here = shown(&Cache::open(cache, Access::ReadOnly).unwrap().reader().unwrap());
    assert_eq!(here, sorted(server), "O2, {what}");
}

impl Driver {
    /// O2: what is here equals what the server has, and the queue is empty.
    #[track_caller]
    pub fn in_step(&mut self, server: &dyn Fn() -> Vec<Found>) {
        let mut asked = Instant::now();
        self.send(Command::Refresh(None));
        self.until("cache and server are in step", |driver| {
            if asked.elapsed() > Duration::from_secs(1) {
                asked = Instant::now();
                driver.send(Command::Refresh(None));
            }
            let same = driver.waiting().0 == 0 && driver.all() == sorted(server());
            same || {
                if asked.elapsed() > Duration::from_millis(900) {
                    driver.explain(server);
                }
                false
            }
        });
    }

    fn explain(&self, server: &dyn Fn() -> Vec<Found>) {
        let (here, there) = (self.all(), sorted(server()));
        for one in here.iter().filter(|one| !there.contains(one)) {
            println!("only here: {one:?}");
        }
        for one in there.iter().filter(|one| !here.contains(one)) {
            println!("only there: {one:?}");
        }
    }
}
