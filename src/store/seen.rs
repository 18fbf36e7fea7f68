//! Which Message-IDs the file may know: most that come are new, and in a large file to look each of them up would read
//! another page for it.

use fastbloom::BloomFilter;
use rusqlite::Connection;

/// Bits of the filter, 2 MB: of a million keys one in two thousand is looked up in vain, of four million one in seven.
const BITS: usize = 1 << 24;
/// Bits for each key.
const HASHES: u32 = 4;
/// So many keys at once are worth that all that are stored are read for the filter.
const WORTH: usize = 500;

/// The keys of `thread_refs` and `thread_recent`, or more; nothing is known until [`Seen::learn`]. It belongs to the one
/// writer of a file, and each key that is written goes through [`Seen::add`]. Keys that are taken out, or whose transaction
/// is rolled back, stay: a key too many costs a look.
#[derive(Debug, Default)]
pub(super) struct Seen(Option<Box<BloomFilter>>);

impl Seen {
    /// Reads all keys, once, if so many are to be looked up that it is worth it.
    pub fn learn(&mut self, connection: &Connection, wanted: usize) -> rusqlite::Result<()> {
        if self.0.is_some() || wanted < WORTH {
            return Ok(());
        }
        // The keys are hashes of strangers' words under a seed of our own: the filter needs no other.
        let mut filter = BloomFilter::with_num_bits(BITS).seed(&0).hashes(HASHES);
        for sql in ["SELECT key FROM thread_refs", "SELECT key FROM thread_recent"] {
            let mut statement = connection.prepare(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                filter.insert_hash(row.get::<_, i64>(0)?.cast_unsigned());
            }
        }
        self.0 = Some(Box::new(filter));
        Ok(())
    }

    /// Whether the file may have this key.
    pub fn may_have(&self, key: i64) -> bool {
        self.0.as_ref().is_none_or(|filter| filter.contains_hash(key.cast_unsigned()))
    }

    /// The file has this key from now on.
    pub fn add(&mut self, key: i64) {
        if let Some(filter) = &mut self.0 {
            filter.insert_hash(key.cast_unsigned());
        }
    }
}
