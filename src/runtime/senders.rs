//! Who has written before: read from the cache once, in the background, a chunk at a time, and kept up to date.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::mail::{MessageId, UnixTime};
use crate::priority;
use crate::render::facts::Acquaintance;
use crate::store::{Error, Reader};

/// Messages that are read at a time.
const CHUNK: u32 = 5_000;
/// How long the thread rests between two chunks, so that nobody waits for the disk because of it.
const REST: Duration = Duration::from_millis(5);
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

    /// Begins to read the cache, on a thread of its own that ends when it has.
    ///
    /// # Errors
    /// The system gave no thread.
    pub fn learn(&self, cache: Reader) -> std::io::Result<()> {
        let senders = self.clone();
        std::thread::Builder::new().name("senders".into()).spawn(move || {
            priority::step_back();
            match senders.read_all(&cache) {
                Ok(()) => senders.known().ready = true,
                Err(error) => tracing::warn!("senders could not be read: {error}"),
            }
        })?;
        Ok(())
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
        let last = self.known().last;
        let rows = cache.senders_after(MessageId(last), CHUNK)?;
        let mut known = self.known();
        for (message, received, address) in &rows {
            known.add(*message, address, *received);
        }
        Ok(rows.len() == usize::try_from(CHUNK).unwrap_or(usize::MAX))
    }

    /// What is known of who sent this message (name and address); nothing while the cache is still being read.
    pub fn of(&self, cache: &Reader, from: (&str, &str), received: UnixTime) -> Acquaintance {
        if !self.known().ready || self.catch_up(cache).is_err() {
            return Acquaintance::default();
        }
        self.known().acquaintance(from, received)
    }
}

#[cfg(test)]
mod tests {
    use super::Known;
    use crate::mail::{MessageId, UnixTime};
    use crate::render::facts::Acquaintance;

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
