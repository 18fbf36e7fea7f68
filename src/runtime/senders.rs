//! Who has written before: read from the cache once, in the background, a chunk at a time, and kept up to date.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::mail::{MessageId, UnixTime};
use crate::priority;
use crate::render::facts::Acquaintance;
use crate::store::{Error, Reader};

/// Messages that are read at a time.
const CHUNK: u32 = 1_000;
/// How long the thread rests between two chunks, so that nobody waits for the disk because of it.
const REST: Duration = Duration::from_millis(1);
/// Sent messages whose recipients are known by name.
const SENT: u32 = 5_000;
/// Addresses that are kept of one name.
const ADDRESSES: usize = 20;

/// What is known of senders; cheap to share.
#[derive(Clone, Default)]
pub struct Senders(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    hasher: RandomState,
    /// The last message that was looked at.
    last: i64,
    /// When the first message of each address came, by a hash of the address.
    first: HashMap<u64, i64>,
    /// The addresses that the reader writes to, by a hash of the name there.
    names: HashMap<u64, Vec<String>>,
    /// Whether everything that was there has been read.
    ready: bool,
    /// What it is read with, while nobody reads.
    cache: Option<Reader>,
}

impl Known {
    fn key(&self, text: &str) -> u64 {
        self.hasher.hash_one(text.trim().to_lowercase())
    }

    fn add(&mut self, message: MessageId, address: &str, received: UnixTime) {
        let key = self.key(address);
        let first = self.first.entry(key).or_insert(received.0);
        *first = (*first).min(received.0);
        self.last = self.last.max(message.0);
    }

    fn add_name(&mut self, name: &str, address: String) {
        let key = self.key(name);
        let addresses = self.names.entry(key).or_default();
        if !name.trim().is_empty() && addresses.len() < ADDRESSES && !addresses.contains(&address) {
            addresses.push(address);
        }
    }

    fn acquaintance(&self, (name, address): (&str, &str), received: UnixTime) -> Acquaintance {
        if !self.ready || address.is_empty() {
            return Acquaintance::default();
        }
        let first_time = self.first.get(&self.key(address)).is_none_or(|first| *first >= received.0);
        let usual = self.names.get(&self.key(name)).filter(|_| !name.trim().is_empty());
        let others = usual.filter(|known| !known.iter().any(|known| known.eq_ignore_ascii_case(address)));
        Acquaintance { first_time, usual: others.and_then(|known| known.last().cloned()) }
    }
}

impl Senders {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody is known yet; `cache` is what they will be learnt from.
    pub fn new(cache: Reader) -> Self {
        Self(Arc::new(Mutex::new(Known { cache: Some(cache), ..Known::default() })))
    }

    /// Begins to read the cache, on a thread of its own that ends when it has; nothing if that runs, or is done, or if
    /// a first sync runs, after which it would have to be done again.
    pub fn learn(&self) -> Option<JoinHandle<()>> {
        let mut known = self.known();
        if known.ready {
            return None;
        }
        let cache = known.cache.take()?;
        if !cache.is_settled().unwrap_or(false) {
            known.cache = Some(cache);
            return None;
        }
        drop(known);
        let senders = self.clone();
        let reading = std::thread::Builder::new().name("senders".into()).spawn(move || {
            priority::step_back();
            let read = senders.read_all(&cache);
            let mut known = senders.known();
            match read {
                Ok(()) => known.ready = true,
                Err(error) => tracing::warn!("senders could not be read: {error}"),
            }
            known.cache = Some(cache);
        });
        reading.inspect_err(|error| tracing::warn!("who has written before is not known: {error}")).ok()
    }

    /// Whether the cache has been read.
    pub fn are_known(&self) -> bool {
        self.known().ready
    }

    fn read_all(&self, cache: &Reader) -> Result<(), Error> {
        for person in cache.written_to(SENT)? {
            self.known().add_name(&person.name, person.address);
        }
        while self.catch_up(cache)? {
            std::thread::sleep(REST);
        }
        Ok(())
    }

    /// Reads one chunk; whether there may be more.
    fn catch_up(&self, cache: &Reader) -> Result<bool, Error> {
        let mut known = self.known();
        let last = MessageId(known.last);
        let read =
            cache.senders_after(last, CHUNK, |message, received, address| known.add(message, address, received))?;
        Ok(read == CHUNK)
    }

    /// What is known of who sent this message (name and address); nothing while the cache is still being read, or a first
    /// sync runs.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn of(&self, cache: &Reader, from: (&str, &str), received: UnixTime) -> Result<Acquaintance, Error> {
        if !self.are_known() || !cache.is_settled()? {
            return Ok(Acquaintance::default());
        }
        if self.catch_up(cache)? {
            // Much came at once: nobody waits for that.
            self.known().ready = false;
            let _running = self.learn();
            return Ok(Acquaintance::default());
        }
        Ok(self.known().acquaintance(from, received))
    }
}

#[cfg(test)]
mod tests {
    use std::thread::JoinHandle;

    use super::{CHUNK, Known, Senders};
    use crate::mail::flags::Flags;
    use crate::mail::folder::{Namespace, Role, ServerFolder};
    use crate::mail::message::{Address, Envelope, NewMessage};
    use crate::mail::{FolderId, MessageId, Uid, UidValidity, UnixTime};
    use crate::render::facts::Acquaintance;
    use crate::store::{Access, Cache, Reader, SyncState, Writer};

    /// Protects the word "first mail": it is said of the first message of an address alone, in whatever order they are read,
    /// and of nobody while the cache has not been read.
    #[test]
    fn the_first_message_is_the_first() {
        let mut known = Known::default();
        known.add(MessageId(7), "Ada@example.org", UnixTime(200));
        known.add(MessageId(3), "ada@example.org", UnixTime(100));
        assert_eq!(known.last, 7);
        assert_eq!(known.acquaintance(("", "new@x"), UnixTime(1)), Acquaintance::default());
        known.ready = true;
        let first = |known: &Known, address: &str, at: i64| known.acquaintance(("", address), UnixTime(at)).first_time;
        assert!(first(&known, "ada@example.org", 100) && !first(&known, "ADA@example.org", 200));
        assert!(first(&known, "new@x", 1));
    }

    /// A cache with an inbox; `put` adds mail to it.
    struct Inbox {
        dir: tempfile::TempDir,
        cache: Cache,
        writer: Writer,
        folder: FolderId,
    }

    impl Inbox {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let cache = Cache::open(dir.path(), Access::Owner).unwrap();
            let mut writer = cache.writer().unwrap();
            let account = writer.account("work").unwrap();
            let inbox = ServerFolder {
                raw: "INBOX".into(),
                name: "INBOX".into(),
                delimiter: Some('/'),
                role: Some(Role::Inbox),
                selectable: true,
                subscribed: true,
                namespace: Namespace::Personal,
            };
            writer.put_folders(account, &[inbox]).unwrap();
            let folder = writer.folder_by_raw(account, "INBOX").unwrap().unwrap();
            Self { dir, cache, writer, folder }
        }

        fn settle(&mut self, complete: bool) {
            let state = SyncState { uid_validity: Some(UidValidity(7)), complete, ..SyncState::default() };
            self.writer.put_sync_state(self.folder, &state).unwrap();
        }

        /// Mail of this address, received at these times.
        fn put(&mut self, from: &str, times: std::ops::Range<u32>) {
            let mail = |at: u32| NewMessage {
                uid: Uid(at),
                flags: Flags::default(),
                received: UnixTime(i64::from(at)),
                size: 100,
                envelope: Envelope {
                    from: vec![Address { name: String::new(), address: from.to_owned() }],
                    ..Envelope::default()
                },
                modseq: None,
            };
            let mail: Vec<NewMessage> = times.map(mail).collect();
            self.writer.put_messages(self.folder, &mail).unwrap();
        }

        fn reader(&self) -> Reader {
            assert!(self.dir.path().exists());
            self.cache.reader().unwrap()
        }
    }

    /// Protects the word "first mail" from a first sync, and from much mail that came at once: nothing is said of anybody
    /// before all of it has been read.
    #[test]
    fn nothing_is_said_before_all_is_read() {
        let mut inbox = Inbox::new();
        let cache = inbox.reader();
        let senders = Senders::new(inbox.reader().for_scans().unwrap());
        let first = |address: &str, at: i64| senders.of(&cache, ("", address), UnixTime(at)).unwrap().first_time;
        inbox.put("ada@x", 10..20);
        inbox.settle(false);
        assert!(senders.learn().is_none());
        inbox.settle(true);
        assert!(!first("ada@x", 10));
        senders.learn().unwrap().join().unwrap();
        assert!(first("ada@x", 10) && !first("ada@x", 11) && first("new@x", 11));

        inbox.put("dana@x", 100..100 + 2 * CHUNK);
        inbox.put("late@x", 20..30);
        // The chunk that is read now does not reach them.
        assert!(!first("late@x", 29));
        while !senders.are_known() {
            std::thread::yield_now();
            drop(senders.learn().map(JoinHandle::join));
        }
        assert!(first("late@x", 20) && !first("late@x", 29));
        inbox.settle(false);
        assert!(!first("late@x", 20));
    }

    /// Protects people that the reader writes to from others with their name; each of their own addresses is theirs.
    #[test]
    fn names_have_usual_addresses() {
        let mut known = Known { ready: true, ..Known::default() };
        known.add_name("Ada Lovelace", "ada@work.example".into());
        known.add_name("ada lovelace", "ada@home.example".into());
        known.add_name(" ", "x@y".into());
        let usual = |name: &str, address: &str| known.acquaintance((name, address), UnixTime(0)).usual;
        assert_eq!(usual("Ada Lovelace", "ada@evil.example").as_deref(), Some("ada@home.example"));
        assert_eq!(usual("Ada Lovelace", "ADA@work.example"), None);
        assert_eq!(usual("", "z@y"), None);
    }
}
