//! The benchmark of search (S9): the same messages in the index and in notmuch's, in one run. It prints a table and fails
//! for no time.
//!
//! `cargo bench --bench search`. After `--`: `--messages N` takes so many (100,000 unless told), `--million` searches a
//! million headers as well. The messages are the mails of the corpora again and again, each with an id and one word of its
//! own; half of the queries have few or one to find, half nearly all.

#![cfg(test)]

#[path = "corpus.rs"]
mod corpus;
#[path = "table.rs"]
mod table;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use posthaste::journal::Journal;
use posthaste::mail::folder::{Namespace, Role, ServerFolder};
use posthaste::mail::list::{Anchor, Search};
use posthaste::mail::{FolderId, MessageId, Uid, UidValidity, UnixTime};
use posthaste::query::parse::{Clock, parse};
use posthaste::store::{Access, Arrived, Cache, SyncState, Writer};
use posthaste::sync::account::Mode;
use posthaste::sync::desk::{Desk, Files};
use posthaste::sync::indexer::Indexer;

use corpus::Corpus;
use table::{Row, Sample, by, count, markdown, size, time};

/// The queries, in both languages: ours, and notmuch's for the same.
const QUERIES: [(&str, &str); 20] = [
    ("\"the\"", "the"),
    ("\"and\"", "and"),
    ("\"to\"", "to"),
    ("\"wrote\"", "wrote"),
    ("\"python\"", "python"),
    ("\"patch\"", "patch"),
    ("\"notmuch\" \"patch\"", "notmuch and patch"),
    ("\"in the\"", "\"in the\""),
    ("\"free money\"", "\"free money\""),
    ("from:\"david\"", "from:david"),
    ("subject:\"release\"", "subject:release"),
    ("\"linux\" -\"python\"", "linux and not python"),
    ("\"linux\" or \"python\"", "linux or python"),
    ("\"mailing\" \"list\" \"software\"", "mailing and list and software"),
    ("config*", "config*"),
    ("unsub*", "unsub*"),
    ("is:unread \"the\"", "tag:unread and the"),
    ("\"only77\"", "only77"),
    ("\"only4711\"", "only4711"),
    ("\"wordthatisnowhere\"", "wordthatisnowhere"),
];

/// How often each query is asked.
const ROUNDS: usize = 9;
/// Messages that are stored at once.
const CHUNK: usize = 1_000;
/// Bodies that are stored at once.
const BODIES: usize = 25;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| words.iter().any(|word| word == name);
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = std::env::var_os("POSTHASTE_SHARED").map_or_else(beside, PathBuf::from).join("corpora/mail");
    if !has("--bench") || !folder.is_dir() {
        println!("the benchmark runs by: cargo bench --bench search, where {} is", folder.display());
        return;
    }
    let messages = words.iter().skip_while(|word| *word != "--messages").nth(1);
    let messages = messages.map_or(100_000, |number| number.parse().unwrap());
    let million = has("--million");
    let run = move || {
        let mut rows = measure(&Corpus::read(&folder), messages);
        // Before the rest, which takes a while.
        eprintln!("{}", markdown(&rows));
        if million {
            rows.extend(headers(&Corpus::read(&folder), 1_000_000));
        }
        markdown(&rows)
    };
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(run);
    println!("{}", thread.unwrap().join().unwrap());
}

fn measure(corpus: &Corpus, messages: u32) -> Vec<Row> {
    let dir = tempfile::Builder::new().prefix("posthaste-bench-").tempdir_in("/var/tmp").unwrap();
    let mut lab = Lab::new(&dir.path().join("cache"));
    let mut rows = lab.fill(corpus, messages);
    let theirs = notmuch(corpus, messages, dir.path());
    if let Some(theirs) = &theirs {
        rows.insert(0, indexing(&lab, theirs, messages));
    } else {
        eprintln!("notmuch is not installed: nothing to compare with");
    }
    let what = format!("S9 50 results, {} messages with bodies", count(u64::from(messages)));
    rows.push(lab.search(&what, Duration::from_millis(10)));
    rows.push(lab.search_while_writing(corpus, &what, Duration::from_millis(10)));
    if let Some(theirs) = theirs {
        let sample = Sample::new(theirs.searches);
        rows.push(Row {
            what: "the same by notmuch search, its start included".to_owned(),
            bar: String::new(),
            measured: sample.text(),
            ratio: None,
        });
    }
    rows
}

/// S9 with headers alone.
fn headers(corpus: &Corpus, messages: u32) -> Vec<Row> {
    let dir = tempfile::Builder::new().prefix("posthaste-bench-").tempdir_in("/var/tmp").unwrap();
    let mut lab = Lab::new(&dir.path().join("cache"));
    lab.store(corpus, messages);
    let what = format!("S9 50 results, {} headers", count(u64::from(messages)));
    let unindexed =
        row_of(&format!("{what}, none of them indexed yet"), Duration::from_millis(20), &ask_all(&lab.cache, 1));
    let began = Instant::now();
    while lab.writer.index_headers(250).unwrap().more {}
    let took = began.elapsed();
    let each = took / messages;
    vec![
        Row { ratio: None, bar: String::new(), ..unindexed },
        Row {
            what: format!("indexing {} headers", count(u64::from(messages))),
            bar: String::new(),
            measured: format!("{}, {} each", time(took), table::micros(each)),
            ratio: None,
        },
        lab.search(&what, Duration::from_millis(20)),
    ]
}

/// A cache under measure.
struct Lab {
    cache: Cache,
    writer: Writer,
    folder: FolderId,
    ids: Vec<MessageId>,
    /// In all, and of processors.
    indexing: (Duration, Duration),
    dir: PathBuf,
}

impl Lab {
    fn new(dir: &Path) -> Self {
        std::fs::create_dir_all(dir).unwrap();
        let cache = Cache::open(dir, Access::Owner).unwrap();
        let mut writer = cache.writer().unwrap();
        let account = writer.account("bench").unwrap();
        let folder = |raw: &str, role| ServerFolder {
            raw: raw.to_owned(),
            name: raw.to_owned(),
            delimiter: Some('/'),
            role,
            selectable: true,
            subscribed: true,
            namespace: Namespace::Personal,
        };
        writer.put_folders(account, &[folder("INBOX", Some(Role::Inbox)), folder("Other", None)]).unwrap();
        let folder = writer.reader().folder_by_raw(account, "INBOX").unwrap().unwrap();
        let state = SyncState { uid_validity: Some(UidValidity(1)), complete: true, ..SyncState::default() };
        writer.put_sync_state(folder, &state).unwrap();
        Self { cache, writer, folder, ids: Vec::new(), indexing: Default::default(), dir: dir.to_owned() }
    }

    /// Stores the headers, the newest first, as sync does.
    fn store(&mut self, corpus: &Corpus, messages: u32) {
        let numbers: Vec<u32> = (0..messages).collect();
        for chunk in numbers.rchunks(CHUNK) {
            let headers: Vec<_> = chunk.iter().map(|number| corpus.header(*number)).collect();
            self.ids.extend(self.writer.put_messages(self.folder, &headers).unwrap().ids.into_iter().rev());
        }
        self.ids.reverse();
    }

    /// Stores headers and bodies; what is measured is what the index adds to that.
    fn fill(&mut self, corpus: &Corpus, messages: u32) -> Vec<Row> {
        self.store(corpus, messages);
        let mut everything = Duration::ZERO;
        let numbers: Vec<u32> = (0..messages).collect();
        for chunk in numbers.rchunks(BODIES) {
            let mails: Vec<Vec<u8>> = chunk.iter().map(|number| corpus.mail(*number)).collect();
            let began = Instant::now();
            let ids = chunk.iter().map(|number| self.ids[*number as usize]);
            let arrived: Vec<Arrived> = ids.zip(mails).map(|(id, mail)| arrive(id, mail)).collect();
            self.writer.keep_bodies(&arrived).unwrap();
            everything += began.elapsed();
        }
        while self.writer.index_headers(250).unwrap().more {}
        let state = self.writer.reader().index_state().unwrap();
        assert_eq!((state.indexed, state.texts), (u64::from(messages), u64::from(messages)));
        self.rebuild();
        let row =
            |what: &str, measured: String| Row { what: what.to_owned(), bar: String::new(), measured, ratio: None };
        let each = state.bytes / u64::from(messages.max(1));
        vec![
            row(
                "bodies stored, with list and index",
                format!("{}, {} each", time(everything), table::micros(everything / messages)),
            ),
            row("size of the index", format!("{}, {} a message", size(state.bytes), size(each))),
        ]
    }

    /// Fills the index anew as the engine does, and says how long that took in all, and of a processor.
    fn rebuild(&mut self) {
        self.writer.rebuild_index().unwrap();
        let files = Files {
            cache: self.cache.writer().unwrap(),
            journal: Journal::open(&self.dir.join("data"), Access::Owner).unwrap(),
        };
        let indexer = Indexer {
            desk: Desk::open(files, Mode::Once).unwrap(),
            text_reader: posthaste::runtime::launch::text_reader(),
            outlet: posthaste::sync::outlet::Outlet::default(),
            stored: Arc::default(),
            max_bytes: u64::MAX,
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let (began, before) = (Instant::now(), processor());
        runtime.block_on(indexer.index_all()).unwrap();
        self.indexing = (began.elapsed(), processor().saturating_sub(before));
        let state = self.cache.reader().unwrap().index_state().unwrap();
        assert_eq!((state.indexed, state.texts), (self.ids.len() as u64, self.ids.len() as u64));
        drop(indexer);
        // The one before knows words that are no longer written down.
        self.writer = self.cache.writer().unwrap();
    }

    /// Every query several times; the median over all of them.
    fn search(&self, what: &str, bar: Duration) -> Row {
        row_of(what, bar, &ask_all(&self.cache, ROUNDS))
    }

    /// The same while headers and bodies come into another folder.
    fn search_while_writing(&mut self, corpus: &Corpus, what: &str, bar: Duration) -> Row {
        let stop = AtomicBool::new(false);
        let account = self.writer.reader().accounts().unwrap()[0].0;
        let other = self.writer.reader().folder_by_raw(account, "Other").unwrap().unwrap();
        let (writer, stop) = (&mut self.writer, &stop);
        let asked = std::thread::scope(|scope| {
            scope.spawn(move || {
                let mut number = 0;
                while !stop.load(Ordering::Relaxed) {
                    come(writer, other, corpus, number);
                    number += 25;
                }
            });
            let asked = ask_all(&self.cache, ROUNDS);
            stop.store(true, Ordering::Relaxed);
            asked
        });
        row_of(&format!("{what}, while a sync writes"), bar, &asked)
    }
}

/// Twenty-five messages come, with their bodies.
fn come(writer: &mut Writer, folder: FolderId, corpus: &Corpus, number: u32) {
    let mut headers: Vec<_> = (number..number + 25).map(|number| corpus.header(number)).collect();
    for header in &mut headers {
        header.uid = Uid(header.uid.0 + 10_000_000);
    }
    let ids = writer.put_messages(folder, &headers).unwrap().ids;
    let arrived: Vec<Arrived> = ids.iter().zip(number..).map(|(id, number)| arrive(*id, corpus.mail(number))).collect();
    writer.keep_bodies(&arrived).unwrap();
}

fn arrive(message: MessageId, bytes: Vec<u8>) -> Arrived {
    let digest = posthaste::runtime::launch::digest(&bytes);
    Arrived { message, bytes, whole: true, digest }
}

/// The medians of the queries, and the one that takes longest.
fn ask_all(cache: &Cache, rounds: usize) -> (Sample, &'static str) {
    let reader = cache.reader().unwrap();
    let mut medians = Vec::new();
    let mut slowest = ("", Duration::ZERO);
    for (query, _) in QUERIES {
        let parsed = parse(query, Clock { now: UnixTime(1_700_000_000), offset: 0 }).unwrap();
        let search =
            Search { query: Arc::new(parsed), within: None, hits: Arc::new(BTreeSet::new()), conversations: false };
        let times = (0..rounds).map(|_| {
            let began = Instant::now();
            reader.found(&search, Anchor::Newest, 50).unwrap();
            began.elapsed()
        });
        let median = Sample::new(times.collect()).median();
        if median > slowest.1 {
            slowest = (query, median);
        }
        medians.push(median);
    }
    (Sample::new(medians), slowest.0)
}

fn row_of(what: &str, bar: Duration, (sample, slowest): &(Sample, &str)) -> Row {
    Row {
        what: what.to_owned(),
        bar: time(bar),
        measured: format!("{}; {} queries, the longest is `{slowest}`", sample.text(), sample.len()),
        ratio: Some(by(sample.median(), bar)),
    }
}

/// What notmuch came to.
struct Notmuch {
    processor: Duration,
    wall: Duration,
    bytes: u64,
    searches: Vec<Duration>,
}

/// The same messages in notmuch's index.
fn notmuch(corpus: &Corpus, messages: u32, dir: &Path) -> Option<Notmuch> {
    let config = dir.join("notmuch-config");
    let mail = dir.join("mail");
    let text = format!(
        "[database]\npath={}\n[user]\nprimary_email=alice@example.org\n[new]\ntags=unread;inbox\n",
        mail.display()
    );
    std::fs::write(&config, text).unwrap();
    let command = |words: &[&str]| {
        let mut command = Command::new("notmuch");
        command
            .args(words)
            .env("NOTMUCH_CONFIG", &config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    };
    command(&["--version"]).status().ok()?;
    for sub in ["cur", "new", "tmp"] {
        std::fs::create_dir_all(mail.join(sub)).unwrap();
    }
    for number in 0..messages {
        std::fs::write(mail.join("cur").join(format!("{number}.x:2,")), corpus.mail(number)).unwrap();
    }
    let (began, before) = (Instant::now(), children());
    assert!(command(&["new"]).status().unwrap().success(), "notmuch new");
    let (wall, processor) = (began.elapsed(), children().saturating_sub(before));
    let searches = QUERIES.iter().map(|(_, query)| {
        let times = (0..ROUNDS).map(|_| {
            let began = Instant::now();
            command(&["search", "--limit=50", "--output=messages", query]).status().unwrap();
            began.elapsed()
        });
        Sample::new(times.collect()).median()
    });
    Some(Notmuch { processor, wall, bytes: size_of(&mail.join(".notmuch")), searches: searches.collect() })
}

/// The processor time of this process.
fn processor() -> Duration {
    ticks(11)
}

/// The processor time of the processes that were started and have ended.
fn children() -> Duration {
    ticks(13)
}

/// A time of `/proc/self/stat` and the one behind it, together (proc(5), fields 14 to 17).
fn ticks(place: usize) -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let hundredths = |place: usize| fields.get(place).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    Duration::from_millis((hundredths(place) + hundredths(place + 1)) * 10)
}

fn size_of(path: &Path) -> u64 {
    let Ok(meta) = std::fs::symlink_metadata(path) else { return 0 };
    if !meta.is_dir() {
        return meta.len();
    }
    std::fs::read_dir(path).unwrap().flatten().map(|entry| size_of(&entry.path())).sum()
}

/// How much faster than notmuch the index is filled, from bodies that are stored.
fn indexing(lab: &Lab, theirs: &Notmuch, messages: u32) -> Row {
    let (wall, processor) = lab.indexing;
    let ratio = theirs.wall.as_secs_f64() / wall.as_secs_f64();
    let of_processor = theirs.processor.as_secs_f64() / processor.as_secs_f64();
    Row {
        what: format!("S9 indexing {} messages with bodies", count(u64::from(messages))),
        bar: format!(
            "10x notmuch new ({}, {} of processor time, {})",
            time(theirs.wall),
            time(theirs.processor),
            size(theirs.bytes)
        ),
        measured: format!("{}, {ratio:.1}x; {} of processor time, {of_processor:.1}x", time(wall), time(processor)),
        ratio: Some(10.0 / ratio),
    }
}
