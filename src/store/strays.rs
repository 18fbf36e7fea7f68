//! Replies that do not say what they reply to: programs that write neither References nor In-Reply-To.
//!
//! Their subject is the last resort. Such a stray belongs to the conversation with the same subject, if that is not long past
//! and the two have to do with each other: one wrote to the other, or both were on one list. That is looked at behind
//! everything else, after the words of the headers are in the index: the index tells who has the same subject, and a stray
//! is remembered by its subject for what it answers to come, which may be stored later (the newest mail comes first).

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::threads::{self, Keys};
use super::{Result, Writer, columns, index, search};
use crate::mail::FolderId;
use crate::mail::subject::Subject;
use crate::query::{Edge, Field, Phrase};

/// How long after the message that it answers a stray may come, in seconds.
const LATE: i64 = 30 * 86_400;
/// How much earlier it may seem to come, since clocks differ.
const EARLY: i64 = 86_400;
/// Messages with the words of its subject that are looked at.
const LOOKED_AT: u32 = 50;
/// Strays with one subject that are looked at.
const STRAYS: u32 = 100;

/// The next messages to look at.
pub(super) const NEXT: &str = "SELECT id FROM messages WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3";
/// Strays of one subject.
pub(super) const STRAYS_OF: &str = "SELECT message FROM strays WHERE subject = ?1 ORDER BY message DESC LIMIT ?2";

/// What came of looking at messages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Adopted {
    /// Conversations that were joined.
    pub joined: u32,
    /// Folders that show one of them.
    pub folders: Vec<FolderId>,
    /// Whether there are more messages to look at.
    pub more: bool,
}

/// What counts of a message.
struct Letter {
    id: i64,
    account: i64,
    thread: i64,
    received: i64,
    subject: String,
    reply: bool,
    says: bool,
    list: String,
    from: BTreeSet<String>,
    to: BTreeSet<String>,
}

impl Letter {
    fn read(connection: &Connection, id: i64) -> rusqlite::Result<Option<Self>> {
        connection
            .prepare_cached(
                "SELECT account, thread, COALESCE(arrived, received), subject, refs, list_id, senders, recipients, cc FROM messages
                 WHERE id = ?1 AND placeholder = 0",
            )?
            .query_row([id], |row| {
                let subject = Subject::of(row.get_ref(3)?.as_str()?);
                let people = |column: usize| -> rusqlite::Result<BTreeSet<String>> {
                    let list = columns::read_addresses(row.get_ref(column)?.as_str()?);
                    Ok(list.into_iter().map(|one| one.address.to_lowercase()).filter(|one| !one.is_empty()).collect())
                };
                let mut to = people(7)?;
                to.append(&mut people(8)?);
                Ok(Self {
                    id,
                    account: row.get(0)?,
                    thread: row.get(1)?,
                    received: row.get(2)?,
                    subject: subject.folded(),
                    reply: subject.reply && !subject.forward,
                    says: !row.get_ref(4)?.as_str()?.is_empty(),
                    list: row.get(5)?,
                    from: people(6)?,
                    to,
                })
            })
            .optional()
    }

    /// Whether it claims to be a reply and does not say to what.
    fn is_stray(&self) -> bool {
        self.reply && !self.says && !self.subject.is_empty()
    }

    /// Whether `stray` answers this one, or what this one answers.
    fn is_answered_by(&self, stray: &Self) -> bool {
        let time = self.received.saturating_sub(EARLY)..=self.received.saturating_add(LATE);
        let one_list = !self.list.is_empty() && self.list == stray.list;
        let known = stray.from.iter().any(|who| self.to.contains(who) || self.from.contains(who))
            || self.from.iter().any(|who| stray.to.contains(who));
        self.id != stray.id
            && self.account == stray.account
            && self.subject == stray.subject
            && time.contains(&stray.received)
            && (one_list || known)
    }
}

impl Writer {
    /// Looks at up to `most` messages whose headers are in the index and that were not looked at yet, in one transaction:
    /// joins strays to the conversations they belong to.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn adopt_strays(&mut self, most: u32) -> Result<Adopted> {
        let generation = self.generation();
        self.write("find conversations by subject", |transaction| {
            let (done, upto) = (index::meta(transaction, "adopted")?, index::meta(transaction, "indexed")?);
            let ids = super::overlay::column(transaction, NEXT, params![done, upto, most])?;
            let mut adopted = Adopted::default();
            let mut touched = BTreeSet::new();
            for id in &ids {
                let Some(letter) = Letter::read(transaction, *id)? else { continue };
                if letter.subject.is_empty() {
                    continue;
                }
                let key = Keys::new(generation, letter.account).key(&format!("subject {}", letter.subject));
                let mut others = waiting(transaction, key, &letter)?;
                if letter.is_stray() {
                    others.extend(answered(transaction, &letter)?);
                    transaction
                        .prepare_cached("INSERT OR IGNORE INTO strays (message, subject) VALUES (?1, ?2)")?
                        .execute([*id, key])?;
                }
                for other in others {
                    if let Some(thread) = threads::merge(transaction, letter.thread, other)? {
                        adopted.joined += 1;
                        touched.extend(super::overlay::column(transaction, FOLDERS, [thread])?);
                    }
                }
            }
            if let Some(last) = ids.last() {
                index::set_meta(transaction, "adopted", *last)?;
            }
            adopted.more = u32::try_from(ids.len()).unwrap_or(u32::MAX) >= most;
            adopted.folders = touched.into_iter().map(FolderId).collect();
            Ok(adopted)
        })
    }
}

/// Folders that show a conversation.
pub(super) const FOLDERS: &str =
    "SELECT DISTINCT shown_folder FROM messages WHERE thread = ?1 AND shown_folder IS NOT NULL";

/// The conversations of strays that wait for this message.
fn waiting(connection: &Connection, key: i64, letter: &Letter) -> rusqlite::Result<Vec<i64>> {
    let mut found = Vec::new();
    for id in super::overlay::column(connection, STRAYS_OF, params![key, STRAYS])? {
        if let Some(stray) = Letter::read(connection, id)?
            && letter.is_answered_by(&stray)
        {
            found.push(stray.thread);
        }
    }
    Ok(found)
}

/// The conversations of what a stray may answer. All of them, so that it does not matter what came first.
fn answered(connection: &Connection, stray: &Letter) -> rusqlite::Result<Vec<i64>> {
    let Some(phrase) = Phrase::of(&stray.subject, Edge::Whole, Edge::Whole) else { return Ok(Vec::new()) };
    let Some(words) = search::expression::text(connection, Field::Subject, &phrase)? else { return Ok(Vec::new()) };
    let low = index::first_doc(index::hour(stray.received.saturating_sub(LATE)));
    // Numbers follow the time by which lists sort, and that may be long after the receipt.
    let moved = connection.prepare_cached(search::walk::MOVED)?.exists([])?;
    let high = if moved { i64::MAX } else { index::first_doc(index::hour(stray.received.saturating_add(EARLY)) + 1) };
    let mut find = connection.prepare_cached(
        "SELECT docs.message FROM search JOIN docs ON docs.doc = search.rowid
         WHERE search MATCH ?1 AND search.rowid >= ?2 AND search.rowid < ?3 ORDER BY search.rowid DESC LIMIT ?4",
    )?;
    let ids = find.query_map(params![words, low, high, LOOKED_AT], |row| row.get::<_, i64>(0))?;
    let mut found = Vec::new();
    for id in ids.collect::<rusqlite::Result<Vec<_>>>()? {
        if let Some(letter) = Letter::read(connection, id)?
            && letter.is_answered_by(stray)
        {
            found.push(letter.thread);
        }
    }
    Ok(found)
}
