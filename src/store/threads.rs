//! Which messages belong to one conversation: by Message-ID, In-Reply-To and References, in whatever order they arrive.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _};

use super::columns;
use super::refs;
use super::seen::Seen;
use crate::mail::message::Envelope;

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

/// What a message says of its conversation: keys of its own Message-ID and of those that it answers.
struct Links {
    own: Option<i64>,
    others: Vec<i64>,
}

impl Links {
    fn of(keys: Keys, envelope: &Envelope) -> Self {
        let message_id = columns::message_id(&envelope.message_id);
        let own = (!message_id.is_empty()).then(|| keys.key(message_id));
        let references = columns::references(&envelope.references).map(|id| keys.key(id));
        Self { own, others: references.filter(|key| Some(*key) != own).collect() }
    }

    fn all(&self) -> impl Iterator<Item = i64> {
        self.own.into_iter().chain(self.others.iter().copied())
    }
}

/// Finds the thread of each of these messages, makes one where there is none, joins those that a message connects, and
/// counts the messages in. Copies of a message (the same Message-ID in several folders) count once.
///
/// Every Message-ID is looked up and written once for all of them, in the order of the index: its keys are hashes, so
/// message by message each would touch another page.
pub(super) fn join_all<'a>(
    connection: &Connection,
    seen: &mut Seen,
    keys: Keys,
    envelopes: impl Iterator<Item = &'a Envelope>,
) -> rusqlite::Result<Vec<i64>> {
    let links: Vec<Links> = envelopes.map(|envelope| Links::of(keys, envelope)).collect();
    let mut weave = Weave::read(connection, seen, &links)?;
    let threads: Vec<i64> = links.iter().map(|links| weave.join(links)).collect();
    weave.write(connection, seen)?;
    Ok(threads.into_iter().map(|thread| weave.root(thread)).collect())
}

/// [`join_all`] of one.
pub(super) fn join(connection: &Connection, seen: &mut Seen, keys: Keys, envelope: &Envelope) -> rusqlite::Result<i64> {
    let threads = join_all(connection, seen, keys, std::iter::once(envelope))?;
    threads.first().copied().ok_or(rusqlite::Error::QueryReturnedNoRows)
}

/// What is known of a Message-ID, as it is to be, and as it is stored.
#[derive(Default)]
struct Ref {
    thread: Option<i64>,
    copies: i64,
    stored: Option<refs::Ref>,
}

/// A row of `threads`, as it is to be.
struct Thread {
    members: i64,
    merged_into: Option<i64>,
    /// What the file has of it.
    stored: Stored,
}

/// Whether a thread has a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stored {
    No,
    /// With so many members.
    Root(i64),
    Merged,
}

/// The part of all conversations that some messages touch, changed in memory and then written.
struct Weave {
    refs: BTreeMap<i64, Ref>,
    threads: BTreeMap<i64, Thread>,
    /// The number of the next new thread.
    next: i64,
}

impl Weave {
    fn read(connection: &Connection, seen: &mut Seen, links: &[Links]) -> rusqlite::Result<Self> {
        let mut keys: Vec<i64> = links.iter().flat_map(Links::all).collect();
        keys.sort_unstable();
        keys.dedup();
        let next = connection
            .prepare_cached("SELECT COALESCE(MAX(id), 0) + 1 FROM threads")?
            .query_row([], |row| row.get(0))?;
        let mut weave = Self { refs: BTreeMap::new(), threads: BTreeMap::new(), next };
        let read = |(key, stored): (i64, Option<refs::Ref>)| {
            (key, stored.map_or_else(Ref::default, |one| Ref { thread: Some(one.thread), copies: one.copies, stored }))
        };
        refs::learn(connection, seen, next, keys.len())?;
        weave.refs = refs::find_all(connection, seen, keys)?.into_iter().map(read).collect();
        weave.read_threads(connection)?;
        Ok(weave)
    }

    /// Reads the threads of the references, and those that they were merged into.
    fn read_threads(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut find = connection.prepare_cached("SELECT members, merged_into FROM threads WHERE id = ?1")?;
        let mut wanted: Vec<i64> = self.refs.values().filter_map(|one| one.thread).collect();
        wanted.sort_unstable();
        while let Some(id) = wanted.pop() {
            if self.threads.contains_key(&id) {
                continue;
            }
            let found: Option<(i64, Option<i64>)> =
                find.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            let (members, merged_into) = found.unwrap_or((0, None));
            let stored = if merged_into.is_some() { Stored::Merged } else { Stored::Root(members) };
            self.threads.insert(id, Thread { members, merged_into, stored });
            wanted.extend(merged_into);
        }
        Ok(())
    }

    /// The thread that is left of this one.
    fn root(&self, mut thread: i64) -> i64 {
        // The bound only matters in a damaged file: a chain grows by one when a thread joins one at least as large.
        for _ in 0..64 {
            let Some(next) = self.threads.get(&thread).and_then(|one| one.merged_into) else {
                break;
            };
            thread = next;
        }
        thread
    }

    fn join(&mut self, links: &Links) -> i64 {
        let threads = links.all().filter_map(|key| self.refs.get(&key).and_then(|one| one.thread));
        let mut roots: Vec<i64> = threads.map(|thread| self.root(thread)).collect();
        roots.sort_unstable();
        roots.dedup();
        let thread = self.merged(&roots);
        for key in links.all() {
            self.refs.entry(key).or_default().thread = Some(thread);
        }
        let own = links.own.and_then(|key| self.refs.get_mut(&key));
        let copies = own.map_or(0, |own| {
            own.copies += 1;
            own.copies - 1
        });
        if copies == 0
            && let Some(thread) = self.threads.get_mut(&thread)
        {
            thread.members += 1;
        }
        thread
    }

    /// Makes one thread of these: the largest takes the others' messages. A new one of none.
    fn merged(&mut self, roots: &[i64]) -> i64 {
        let members = |root: &i64| self.threads.get(root).map_or(0, |thread| thread.members);
        let Some((_, largest)) = roots.iter().map(|root| (members(root), *root)).max() else {
            let thread = self.next;
            self.next += 1;
            self.threads.insert(thread, Thread { members: 0, merged_into: None, stored: Stored::No });
            return thread;
        };
        let mut sum = 0;
        for root in roots.iter().filter(|root| **root != largest) {
            if let Some(thread) = self.threads.get_mut(root) {
                sum += std::mem::take(&mut thread.members);
                thread.merged_into = Some(largest);
            }
        }
        if let Some(thread) = self.threads.get_mut(&largest) {
            thread.members += sum;
        }
        largest
    }

    fn write(&self, connection: &Connection, seen: &mut Seen) -> rusqlite::Result<()> {
        let mut insert = connection.prepare_cached("INSERT INTO threads (id, members) VALUES (?1, ?2)")?;
        let mut update = connection.prepare_cached("UPDATE threads SET members = ?2 WHERE id = ?1")?;
        for (id, thread) in &self.threads {
            match (thread.stored, thread.merged_into) {
                (Stored::No, None) => drop(insert.execute([*id, thread.members])?),
                (Stored::Root(members), None) if members != thread.members => {
                    update.execute([*id, thread.members])?;
                }
                (Stored::Root(_), Some(_)) => {
                    let root = self.root(*id);
                    connection.prepare_cached(MERGE_MESSAGES)?.execute([*id, root])?;
                    connection
                        .prepare_cached("UPDATE threads SET members = 0, merged_into = ?2 WHERE id = ?1")?
                        .execute([*id, root])?;
                }
                // Nobody has heard of a new one that was merged at once.
                (Stored::No, Some(_)) | (Stored::Root(_), None) | (Stored::Merged, _) => {}
            }
        }
        let changed = self.refs.iter().filter_map(|(key, one)| {
            let row = refs::Ref { thread: self.root(one.thread?), copies: one.copies };
            (one.stored != Some(row)).then_some((*key, row))
        });
        refs::put(connection, seen, self.next, changed)
    }
}

/// Gives a conversation's messages to another.
pub(super) const MERGE_MESSAGES: &str = "UPDATE messages SET thread = ?2 WHERE thread = ?1";

/// Makes one conversation of these two; the larger takes the other's messages. Tells which it is; `None` if they are one.
pub(super) fn merge(connection: &Connection, one: i64, other: i64) -> rusqlite::Result<Option<i64>> {
    let (one, other) = (root_of(connection, one)?, root_of(connection, other)?);
    if one.0 == other.0 {
        return Ok(None);
    }
    let (small, large) = if one.1 < other.1 { (one.0, other.0) } else { (other.0, one.0) };
    connection.prepare_cached(MERGE_MESSAGES)?.execute([small, large])?;
    connection
        .prepare_cached("UPDATE threads SET members = members + ?2 WHERE id = ?1")?
        .execute([large, one.1.min(other.1)])?;
    connection
        .prepare_cached("UPDATE threads SET members = 0, merged_into = ?2 WHERE id = ?1")?
        .execute([small, large])?;
    Ok(Some(large))
}

/// The conversation that is left of this one, and its members.
fn root_of(connection: &Connection, mut thread: i64) -> rusqlite::Result<(i64, i64)> {
    let mut find = connection.prepare_cached("SELECT members, merged_into FROM threads WHERE id = ?1")?;
    for _ in 0..64 {
        let found: Option<(i64, Option<i64>)> =
            find.query_row([thread], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        match found {
            Some((_, Some(next))) => thread = next,
            Some((members, None)) => return Ok((thread, members)),
            None => break,
        }
    }
    Ok((thread, 0))
}

/// Counts a message out.
pub(super) fn leave(connection: &Connection, keys: Keys, message_id: &str, thread: i64) -> rusqlite::Result<()> {
    if message_id.is_empty() {
        return add_members(connection, thread, -1);
    }
    let stays = refs::add_copies(connection, keys.key(message_id), -1)?;
    if stays { Ok(()) } else { add_members(connection, thread, -1) }
}

fn add_members(connection: &Connection, thread: i64, by: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE threads SET members = max(0, members + ?2) WHERE id = ?1")?
        .execute([thread, by])
        .map(drop)
}
