//! Which thread a Message-ID belongs to, and how many stored messages bear it.
//!
//! The keys are hashes, so that each that is new lies on another page of `thread_refs`: at a million messages that would
//! be a page written for every message. New ones therefore go to a small table first, `thread_recent`, and move over a
//! range of keys at a time, many to a page. Where a key is in both, the recent row counts.

use super::seen::Seen;
use rusqlite::{Connection, OptionalExtension as _, params};

/// What the file says of a Message-ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ref {
    /// Its thread, which may have been merged into another since.
    pub thread: i64,
    /// Stored messages that bear it.
    pub copies: i64,
}

/// Threads in a file whose `thread_refs` has so few pages that a chunk of messages touches all of them anyhow.
const FEW: i64 = 1 << 16;
/// Rows of `thread_recent` after a while: as many messages pass until each key has moved over.
const RECENT: i64 = 1 << 15;
/// The keys that move over for each message that comes.
const STEP: i64 = (i64::MAX / RECENT + 1) * 2;

/// Where a Message-ID is looked up, in this order.
pub(super) const LOOKUPS: [&str; 2] = [
    "SELECT thread, copies FROM thread_recent WHERE key = ?1",
    "SELECT thread, copies FROM thread_refs WHERE key = ?1",
];

/// Copies a range of keys to where it stays.
pub(super) const MOVE: &str = "INSERT OR REPLACE INTO thread_refs (key, thread, copies)
    SELECT key, thread, copies FROM thread_recent WHERE key BETWEEN ?1 AND ?2";

/// Looks a key up.
pub(super) fn find(connection: &Connection, key: i64) -> rusqlite::Result<Option<Ref>> {
    Ok(find_all(connection, &Seen::default(), vec![key])?.pop().and_then(|(_, found)| found))
}

/// Looks keys up, each with what the file says of it.
pub(super) fn find_all(
    connection: &Connection,
    seen: &Seen,
    keys: Vec<i64>,
) -> rusqlite::Result<Vec<(i64, Option<Ref>)>> {
    let [recent, settled] = LOOKUPS;
    let (mut recent, mut settled) = (connection.prepare_cached(recent)?, connection.prepare_cached(settled)?);
    let read = |row: &rusqlite::Row<'_>| Ok(Ref { thread: row.get(0)?, copies: row.get(1)? });
    let mut all = Vec::with_capacity(keys.len());
    for key in keys {
        if !seen.may_have(key) {
            all.push((key, None));
            continue;
        }
        let found = match recent.query_row([key], read).optional()? {
            None => settled.query_row([key], read).optional()?,
            found => found,
        };
        all.push((key, found));
    }
    Ok(all)
}

/// Makes sure that few keys are looked up in vain, in a file of so many threads.
pub(super) fn learn(connection: &Connection, seen: &mut Seen, threads: i64, wanted: usize) -> rusqlite::Result<()> {
    if threads < FEW { Ok(()) } else { seen.learn(connection, wanted) }
}

/// Writes rows, in the order of their keys, in a file of so many threads, and moves others over for them.
pub(super) fn put(
    connection: &Connection,
    seen: &mut Seen,
    threads: i64,
    rows: impl Iterator<Item = (i64, Ref)>,
) -> rusqlite::Result<()> {
    let few = threads < FEW && !connection.prepare_cached("SELECT 1 FROM thread_recent LIMIT 1")?.exists([])?;
    let table = if few { "thread_refs" } else { "thread_recent" };
    let mut put = connection
        .prepare_cached(&format!("INSERT OR REPLACE INTO {table} (key, thread, copies) VALUES (?1, ?2, ?3)"))?;
    let mut count = 0;
    for (key, one) in rows {
        put.execute([key, one.thread, one.copies])?;
        seen.add(key);
        count += 1;
    }
    if few || count == 0 { Ok(()) } else { move_over(connection, count) }
}

/// Moves the next keys over to `thread_refs`, as many as make room for `count` new ones.
fn move_over(connection: &Connection, count: i64) -> rusqlite::Result<()> {
    let from = connection
        .prepare_cached("SELECT value FROM meta WHERE name = 'thread_refs_next'")?
        .query_row([], |row| row.get::<_, i64>(0))
        .optional()?
        .unwrap_or(i64::MIN);
    // At the last key it begins anew.
    let next = STEP.checked_mul(count).and_then(|width| from.checked_add(width));
    let to = next.map_or(i64::MAX, |next| next - 1);
    connection.prepare_cached(MOVE)?.execute([from, to])?;
    connection.prepare_cached("DELETE FROM thread_recent WHERE key BETWEEN ?1 AND ?2")?.execute([from, to])?;
    connection
        .prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES ('thread_refs_next', ?1)")?
        .execute([next.unwrap_or(i64::MIN)])
        .map(drop)
}

/// Counts copies of a Message-ID in or out, and tells whether any are left.
pub(super) fn add_copies(connection: &Connection, key: i64, by: i64) -> rusqlite::Result<bool> {
    for sql in [
        "UPDATE thread_recent SET copies = max(0, copies + ?2) WHERE key = ?1 RETURNING copies",
        "UPDATE thread_refs SET copies = max(0, copies + ?2) WHERE key = ?1 RETURNING copies",
    ] {
        let left: Option<i64> =
            connection.prepare_cached(sql)?.query_row(params![key, by], |row| row.get(0)).optional()?;
        if let Some(left) = left {
            return Ok(left > 0);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rusqlite::Connection;

    use super::{FEW, RECENT, Ref, add_copies, find, find_all, put};
    use crate::store::schema;
    use crate::store::seen::Seen;
    use crate::store::threads::Keys;

    fn count(connection: &Connection, table: &str) -> i64 {
        connection.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }

    /// Protects threads: whichever table a Message-ID is in, and however often it changed, the newest word counts; and
    /// the small table stays small, also when messages come one by one.
    #[test]
    fn the_newest_word_counts_in_either_table() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        let keys = Keys::new(1, 1);
        let key = |number: i64| keys.key(&format!("{number}@example.org"));
        let mut known: BTreeMap<i64, Ref> = BTreeMap::new();
        let mut seen = Seen::default();
        seen.learn(&connection, usize::MAX).unwrap();
        let mut number = 0;
        for size in std::iter::repeat_n(2_000, 24).chain(std::iter::repeat_n(1, 2_000)).chain([40_000, 2_000]) {
            let fresh = (number..number + size).map(|number| (key(number), Ref { thread: number, copies: 1 }));
            let again = (number - 5_000..number).step_by(97).filter(|number| *number >= 0);
            let again = again.map(|number| (key(number), Ref { thread: number + 1, copies: 2 }));
            let rows: BTreeMap<i64, Ref> = again.chain(fresh).collect();
            let threads = if number < 10_000 { number } else { FEW + number };
            put(&connection, &mut seen, threads, rows.clone().into_iter()).unwrap();
            known.extend(rows);
            number += size;
            let recent = count(&connection, "thread_recent");
            assert!(recent <= RECENT + size * 2 && (recent == 0) == (number <= 10_000), "{number}: {recent}");
        }
        for gone in (0..number).step_by(11) {
            let one = known.get_mut(&key(gone)).unwrap();
            one.copies -= 1;
            assert_eq!(add_copies(&connection, key(gone), -1).unwrap(), one.copies > 0);
        }
        assert!(count(&connection, "thread_recent") > 0 && count(&connection, "thread_refs") > 0);
        assert_eq!(find(&connection, key(-1)).unwrap(), None);
        let strangers = (1..=number).filter(|number| !seen.may_have(key(-number))).count();
        assert!(i64::try_from(strangers).unwrap() > number * 99 / 100, "{strangers} of {number}");
        assert!(!add_copies(&connection, key(-1), -1).unwrap());
        let mut late = Seen::default();
        late.learn(&connection, usize::MAX).unwrap();
        for seen in [Seen::default(), seen, late] {
            let found = find_all(&connection, &seen, known.keys().copied().collect()).unwrap();
            assert!(found.into_iter().eq(known.iter().map(|(key, one)| (*key, Some(*one)))));
        }
    }
}
