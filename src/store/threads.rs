//! Which messages belong to one conversation: by Message-ID, In-Reply-To and References, in whatever order they arrive.

use rusqlite::{Connection, OptionalExtension as _, params};

/// Hashes Message-IDs of one account of one cache file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keys {
    seed: u64,
}

impl Keys {
    /// `generation` keeps strangers from making ids that collide.
    pub fn new(generation: i64, account: i64) -> Self {
        let seed = 0xcbf2_9ce4_8422_2325;
        Self { seed: fnv(fnv(seed, &generation.to_le_bytes()), &account.to_le_bytes()) }
    }

    /// The key of a Message-ID.
    pub fn key(self, message_id: &str) -> i64 {
        // Spread the low bits too: FNV's last step leaves short ids close together.
        let hash = fnv(self.seed, message_id.as_bytes());
        (hash ^ (hash >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15).cast_signed()
    }
}

/// FNV-1a: stable between versions of the program, unlike the standard library's hasher.
fn fnv(seed: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(seed, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

struct Known {
    thread: i64,
    copies: i64,
}

/// Finds the thread of a message, makes one if there is none, joins those that it connects, and counts the message in.
/// Copies of a message (the same Message-ID in several folders) count once.
pub(super) fn join<'a>(
    connection: &Connection,
    keys: Keys,
    message_id: &str,
    references: impl Iterator<Item = &'a str>,
) -> rusqlite::Result<i64> {
    let own = (!message_id.is_empty()).then(|| keys.key(message_id));
    let mut others: Vec<i64> = references.map(|id| keys.key(id)).filter(|key| Some(*key) != own).collect();
    others.sort_unstable();
    others.dedup();

    let own_known = own.map(|key| look_up(connection, key)).transpose()?.flatten();
    let mut roots: Vec<i64> = own_known.iter().map(|known| known.thread).collect();
    let mut unknown = Vec::new();
    for key in others {
        match look_up(connection, key)? {
            Some(known) => roots.push(known.thread),
            None => unknown.push(key),
        }
    }
    roots.sort_unstable();
    roots.dedup();

    let counts = own_known.as_ref().is_none_or(|known| known.copies == 0);
    let thread = if roots.is_empty() {
        connection.prepare_cached("INSERT INTO threads (members) VALUES (1)")?.execute([])?;
        connection.last_insert_rowid()
    } else {
        let thread = merge(connection, &roots)?;
        if counts {
            add_members(connection, thread, 1)?;
        }
        thread
    };
    let mut insert = connection.prepare_cached("INSERT INTO thread_refs (key, thread, copies) VALUES (?1, ?2, ?3)")?;
    for key in unknown {
        insert.execute([key, thread, 0])?;
    }
    match (own, own_known) {
        (Some(key), None) => drop(insert.execute([key, thread, 1])?),
        (Some(key), Some(_)) => add_copies(connection, key, 1)?,
        (None, _) => {}
    }
    Ok(thread)
}

/// Counts a message out.
pub(super) fn leave(connection: &Connection, keys: Keys, message_id: &str, thread: i64) -> rusqlite::Result<()> {
    if message_id.is_empty() {
        return add_members(connection, thread, -1);
    }
    let key = keys.key(message_id);
    add_copies(connection, key, -1)?;
    match look_up(connection, key)? {
        Some(known) if known.copies > 0 => Ok(()),
        Some(_) | None => add_members(connection, thread, -1),
    }
}

/// The thread that a key belongs to now, threads that were joined followed to the one that is left.
fn look_up(connection: &Connection, key: i64) -> rusqlite::Result<Option<Known>> {
    let found = connection
        .prepare_cached(
            "SELECT thread, copies, (SELECT merged_into FROM threads WHERE id = thread) FROM thread_refs WHERE key = ?1",
        )?
        .query_row([key], |row| Ok((Known { thread: row.get(0)?, copies: row.get(1)? }, row.get(2)?)))
        .optional()?;
    let Some((mut known, mut parent)): Option<(Known, Option<i64>)> = found else {
        return Ok(None);
    };
    let first = known.thread;
    // The bound only matters in a damaged file: a chain grows by one when a thread joins one at least as large.
    for _ in 0..64 {
        let Some(next) = parent else {
            break;
        };
        known.thread = next;
        parent = connection
            .prepare_cached("SELECT merged_into FROM threads WHERE id = ?1")?
            .query_row([next], |row| row.get(0))
            .optional()?
            .flatten();
    }
    if known.thread != first {
        connection.prepare_cached("UPDATE thread_refs SET thread = ?2 WHERE key = ?1")?.execute([key, known.thread])?;
    }
    Ok(Some(known))
}

/// Makes one thread of these: the largest takes the others' messages.
fn merge(connection: &Connection, roots: &[i64]) -> rusqlite::Result<i64> {
    let mut sizes = Vec::with_capacity(roots.len());
    if let [only] = roots {
        return Ok(*only);
    }
    let mut size = connection.prepare_cached("SELECT members FROM threads WHERE id = ?1")?;
    for root in roots {
        sizes.push((size.query_row([root], |row| row.get::<_, i64>(0)).optional()?.unwrap_or(0), *root));
    }
    let Some((_, largest)) = sizes.iter().max().copied() else {
        return Ok(0);
    };
    for (members, root) in sizes.into_iter().filter(|(_, root)| *root != largest) {
        connection.prepare_cached("UPDATE messages SET thread = ?2 WHERE thread = ?1")?.execute([root, largest])?;
        connection
            .prepare_cached("UPDATE threads SET members = 0, merged_into = ?2 WHERE id = ?1")?
            .execute([root, largest])?;
        add_members(connection, largest, members)?;
    }
    Ok(largest)
}

fn add_members(connection: &Connection, thread: i64, by: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE threads SET members = max(0, members + ?2) WHERE id = ?1")?
        .execute([thread, by])
        .map(drop)
}

fn add_copies(connection: &Connection, key: i64, by: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE thread_refs SET copies = max(0, copies + ?2) WHERE key = ?1")?
        .execute(params![key, by])
        .map(drop)
}
