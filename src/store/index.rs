//! The index of words: what is written into it, and when.
//!
//! Headers are indexed in the background, a batch at a time; until then a search reads them one by one (`search::scan`), so
//! that nothing is ever missing. A body's words come with the body. What is removed goes from the index in the same
//! transaction. Rows are numbered by the hour of receipt: what is found first is what is newest.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::columns;
use super::{Reader, Result, Writer};
use crate::mail::MessageId;
use crate::priority;
use crate::words;

/// What is known of a text: more of it is on the server, or was not read.
pub(super) const PART: u8 = 4;
/// Bits of a number that count the messages of one hour.
const SLOTS: u32 = 12;
/// The last hour that has numbers: about the year 9999, as [`columns::time`].
const LAST_HOUR: i64 = 70_389_528;
/// Bytes of a text whose words are indexed.
pub const TEXT_MAX: usize = 64 * 1024;

/// What the index takes of a message's text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    /// The text as people read it, at most [`TEXT_MAX`] bytes of it.
    pub body: String,
    /// Whether there is more text than that.
    pub cut: bool,
    /// Names of attachments.
    pub files: String,
    /// Whether there is a link in it.
    pub link: bool,
    /// Whether there is an invitation in it.
    pub invite: bool,
}

/// What a batch of indexing came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Indexed {
    /// Messages that were indexed.
    pub messages: u32,
    /// Whether there may be more.
    pub more: bool,
}

/// How much of the cache the index holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IndexState {
    /// Messages in the cache.
    pub messages: u64,
    /// Messages in the index.
    pub indexed: u64,
    /// Messages whose text is in the index.
    pub texts: u64,
    /// Bytes of the words of texts that were indexed.
    pub text_bytes: u64,
    /// Bytes that the index takes on disk.
    pub bytes: u64,
}

/// The hour of a number, or of a time.
pub(super) fn hour_of(doc: i64) -> i64 {
    doc >> SLOTS
}

/// The hour in which a message was received, as numbers count.
pub(super) fn hour(received: i64) -> i64 {
    received.div_euclid(3600).clamp(0, LAST_HOUR)
}

/// The first number of an hour.
pub(super) fn first_doc(hour: i64) -> i64 {
    hour.clamp(0, LAST_HOUR * 2) << SLOTS
}

/// A number that `meta` keeps.
pub(super) fn meta(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    let value = connection
        .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    Ok(value.unwrap_or(0))
}

/// Keeps a number.
pub(super) fn set_meta(connection: &Connection, name: &str, value: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2")?
        .execute(params![name, value])
        .map(drop)
}

/// Which words were written down lately: most need no look at the table. A word too few costs a look.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    known: Vec<[u64; WAYS]>,
    /// Words that may be new, and whether they are names; written down at the end of the transaction, in their order.
    fresh: Vec<(String, bool)>,
}

/// Words that share a place; the one that was met last stands first.
const WAYS: usize = 4;
/// Places: 256 KB.
const PLACES: usize = 1 << 13;
/// Where the hashes of words and of names begin: so far apart that no letter leads from one to the other.
const WORD: u64 = 0xcbf2_9ce4_8422_2325;
const NAME: u64 = 0x8422_2325_cbf2_9ce4;

impl Vocabulary {
    /// Meets a word.
    fn meet(&mut self, word: &str, is_name: bool) {
        if self.known.is_empty() {
            self.known = vec![[0; WAYS]; PLACES];
        }
        let seed = if is_name { NAME } else { WORD };
        let hash = word.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let spread = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let place = usize::try_from(spread >> 49).unwrap_or(0) % PLACES;
        let Some(ways) = self.known.get_mut(place) else { return };
        if let Some(at) = ways.iter().position(|known| *known == spread) {
            ways.get_mut(..=at).unwrap_or_default().rotate_right(1);
            return;
        }
        // Into the middle: a word that is met once does not drive out those that are met all the time.
        let (_, later) = ways.split_at_mut(WAYS / 2);
        later.rotate_right(1);
        if let Some(way) = later.first_mut() {
            *way = spread;
        }
        self.fresh.push((word.to_owned(), is_name));
    }

    /// Writes down what may be new.
    pub fn write(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.fresh.sort_unstable();
        self.fresh.dedup();
        let mut note = connection.prepare_cached("INSERT OR IGNORE INTO search_words (word) VALUES (?1)")?;
        let mut note_name = connection.prepare_cached("INSERT OR IGNORE INTO search_names (word) VALUES (?1)")?;
        for (word, is_name) in self.fresh.drain(..) {
            note.execute([&word])?;
            if is_name {
                note_name.execute([&word])?;
            }
        }
        Ok(())
    }
}

/// The folded fields of one message, in the order of the columns.
#[derive(Debug, Default)]
struct Folded {
    subject: String,
    sender: String,
    recipients: String,
    cc: String,
    list: String,
    files: String,
    body: String,
}

impl Folded {
    fn names(&self) -> [&str; 5] {
        [&self.sender, &self.recipients, &self.cc, &self.list, &self.files]
    }
}

/// A message's header as it is stored, folded, with its time; `None` where there is no message, or one that could not be
/// read.
fn header(connection: &Connection, id: i64) -> rusqlite::Result<Option<(i64, Folded)>> {
    connection
        .prepare_cached(
            "SELECT received, subject, senders, recipients, cc, list_id FROM messages WHERE id = ?1 AND placeholder = 0",
        )?
        .query_row([id], |row| {
            let mut folded = Folded::default();
            words::fold_into(row.get_ref(1)?.as_str()?, &mut folded.subject);
            words::fold_into(&columns::plain(row.get_ref(2)?.as_str()?), &mut folded.sender);
            words::fold_into(&columns::plain(row.get_ref(3)?.as_str()?), &mut folded.recipients);
            words::fold_into(&columns::plain(row.get_ref(4)?.as_str()?), &mut folded.cc);
            words::fold_into(row.get_ref(5)?.as_str()?, &mut folded.list);
            Ok((row.get(0)?, folded))
        })
        .optional()
}

/// Puts a message into the index, or puts it there anew. Beside its text: whether that is all of it.
fn index(
    connection: &Connection,
    vocabulary: &mut Vocabulary,
    id: i64,
    text: Option<(&Text, bool)>,
) -> rusqlite::Result<()> {
    let Some((received, mut folded)) = header(connection, id)? else { return forget(connection, id) };
    let mut inside = 0;
    let mut text_bytes = 0;
    if let Some((text, whole)) = text {
        let whole = whole && !text.cut && text.body.len() <= TEXT_MAX;
        words::fold_into(columns::cut_bytes(&text.body, TEXT_MAX), &mut folded.body);
        words::fold_into(columns::cut_bytes(&text.files, TEXT_MAX), &mut folded.files);
        inside = u8::from(text.link) * super::search::plan::LINK
            + u8::from(text.invite) * super::search::plan::INVITE
            + u8::from(!whole) * PART;
        // Never 0: a text without words is known, too.
        text_bytes = columns::stored((folded.body.len() + folded.files.len()) as u64).max(1);
    }
    let number = match remove(connection, id)? {
        Some(number) if hour_of(number) == hour(received) => number,
        _ => next_number(connection, hour(received))?,
    };
    connection
        .prepare_cached("INSERT INTO docs (doc, message, inside, text_bytes) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![number, id, inside, text_bytes])?;
    connection
        .prepare_cached(
            "INSERT INTO search (rowid, subject, sender, recipients, cc, list, files, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            number,
            folded.subject,
            folded.sender,
            folded.recipients,
            folded.cc,
            folded.list,
            folded.files,
            folded.body
        ])?;
    for word in [&folded.subject, &folded.body].into_iter().flat_map(|text| text.split_ascii_whitespace()) {
        vocabulary.meet(word, false);
    }
    for word in folded.names().into_iter().flat_map(str::split_ascii_whitespace) {
        vocabulary.meet(word, true);
    }
    Ok(())
}

/// The next free number of an hour; where a crowd came in one hour, of the hours after it.
fn next_number(connection: &Connection, hour: i64) -> rusqlite::Result<i64> {
    let mut find = connection.prepare_cached("SELECT max(doc) FROM docs WHERE doc < ?1")?;
    let mut taken = hour;
    loop {
        let first = first_doc(taken);
        let last: Option<i64> = find.query_row([first_doc(taken + 1)], |row| row.get(0))?;
        let number = last.map_or(first, |last| last.saturating_add(1).max(first));
        if number < first_doc(taken + 1) {
            let spill = taken - hour;
            if spill > 0 && meta(connection, "spill")? < spill {
                set_meta(connection, "spill", spill)?;
            }
            return Ok(number);
        }
        taken += 1;
    }
}

/// Takes a message out of the index and tells its number.
fn remove(connection: &Connection, id: i64) -> rusqlite::Result<Option<i64>> {
    let known: Option<i64> = connection
        .prepare_cached("SELECT doc FROM docs WHERE message = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    let Some(number) = known else { return Ok(None) };
    connection.prepare_cached("DELETE FROM search WHERE rowid = ?1")?.execute([number])?;
    connection.prepare_cached("DELETE FROM docs WHERE doc = ?1")?.execute([number])?;
    Ok(Some(number))
}

/// A message is gone: it goes from the index.
pub(super) fn forget(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    remove(connection, id)?;
    no_longer_waits(connection, id)
}

fn no_longer_waits(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM unindexed WHERE message = ?1")?.execute([id])?;
    connection.prepare_cached("DELETE FROM unread_texts WHERE message = ?1")?.execute([id]).map(drop)
}

/// The header or the time of a message changed: it is indexed anew, and its text with it if that is here.
pub(super) fn renew(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    remove(connection, id)?;
    if id <= meta(connection, "indexed")? {
        connection.prepare_cached("INSERT OR IGNORE INTO unindexed (message) VALUES (?1)")?.execute([id])?;
    }
    connection
        .prepare_cached("INSERT OR IGNORE INTO unread_texts (message) SELECT message FROM bodies WHERE message = ?1")?
        .execute([id])
        .map(drop)
}

/// The body of a message is here, and its text waits to be read.
pub(super) fn wait(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("INSERT OR IGNORE INTO unread_texts (message) VALUES (?1)")?.execute([id]).map(drop)
}

/// The text of a message is here; beside it, whether all of it is.
pub(super) fn put_text(
    connection: &Connection,
    vocabulary: &mut Vocabulary,
    id: i64,
    text: (&Text, bool),
) -> rusqlite::Result<()> {
    index(connection, vocabulary, id, Some(text))?;
    no_longer_waits(connection, id)
}

/// Bytes of the words of all texts.
const TEXT_BYTES: &str = "SELECT COALESCE(SUM(text_bytes), 0) FROM docs WHERE text_bytes > 0";
/// Messages whose text is in the index, the oldest first.
const OLDEST: &str = "SELECT message, text_bytes FROM docs WHERE text_bytes > 0 ORDER BY doc LIMIT ?1";

/// Messages whose text waits to be read.
const UNREAD: &str = "SELECT message FROM unread_texts WHERE message < ?1 ORDER BY message DESC LIMIT ?2";

/// The next messages whose headers are to be indexed: those that were put off, then the others.
const NEXT: &str = "SELECT id FROM messages WHERE id > ?1 ORDER BY id LIMIT ?2";

impl Writer {
    /// Indexes the headers of up to `most` messages that are not in the index, in one transaction.
    ///
    /// # Errors
    /// What SQLite says; then nothing was indexed.
    pub fn index_headers(&mut self, most: u32) -> Result<Indexed> {
        let mut vocabulary = std::mem::take(&mut self.vocabulary);
        let done = self.write("index headers", |transaction| {
            let put_off = super::overlay::column(transaction, "SELECT message FROM unindexed LIMIT ?1", [most])?;
            for id in &put_off {
                index(transaction, &mut vocabulary, *id, None)?;
                transaction.prepare_cached("DELETE FROM unindexed WHERE message = ?1")?.execute([id])?;
            }
            let rest = i64::from(most) - columns::stored(put_off.len() as u64);
            let upto = meta(transaction, "indexed")?;
            let fresh = super::overlay::column(transaction, NEXT, [upto, rest])?;
            for id in &fresh {
                // Its text may have come before its turn.
                let known = transaction.prepare_cached("SELECT 1 FROM docs WHERE message = ?1")?.exists([id])?;
                if !known {
                    index(transaction, &mut vocabulary, *id, None)?;
                    priority::let_pass();
                }
            }
            if let Some(last) = fresh.last() {
                set_meta(transaction, "indexed", *last)?;
            }
            vocabulary.write(transaction)?;
            let messages = put_off.len() + fresh.len();
            Ok(Indexed {
                messages: u32::try_from(messages).unwrap_or(u32::MAX),
                more: u32::try_from(messages).unwrap_or(u32::MAX) >= most,
            })
        })?;
        self.vocabulary = vocabulary;
        self.relieve();
        Ok(done)
    }

    /// Indexes the texts of these messages, in one transaction. With each, whether it is of all of the message; `None`: it
    /// cannot be had. A text that does not wait to be read any more is passed over.
    ///
    /// # Errors
    /// What SQLite says; then nothing was indexed.
    pub fn put_texts(&mut self, texts: &[(MessageId, Option<(Text, bool)>)]) -> Result<()> {
        let mut vocabulary = std::mem::take(&mut self.vocabulary);
        self.write("index texts", |transaction| {
            for (id, text) in texts {
                // More of it may have come, and be indexed, while this was read.
                let waits =
                    transaction.prepare_cached("SELECT 1 FROM unread_texts WHERE message = ?1")?.exists([id.0])?;
                match text {
                    Some((text, whole)) if waits => {
                        put_text(transaction, &mut vocabulary, id.0, (text, *whole))?;
                        priority::let_pass();
                    }
                    _ => {
                        transaction.prepare_cached("DELETE FROM unread_texts WHERE message = ?1")?.execute([id.0])?;
                    }
                }
            }
            vocabulary.write(transaction)
        })?;
        self.vocabulary = vocabulary;
        self.relieve();
        Ok(())
    }

    /// Takes the oldest texts out of the index until their words are at most `max_bytes`; their headers stay. At most so
    /// many at once. Returns whether there may be more to take out.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn trim_index(&mut self, max_bytes: u64, most: u32) -> Result<bool> {
        let mut vocabulary = std::mem::take(&mut self.vocabulary);
        let more = self.write("make the index smaller", |transaction| {
            let stored = columns::count(transaction.prepare_cached(TEXT_BYTES)?.query_row([], |row| row.get(0))?);
            let mut excess = stored.saturating_sub(max_bytes);
            let mut victims = Vec::new();
            {
                let mut oldest = transaction.prepare_cached(OLDEST)?;
                let mut rows = oldest.query([most])?;
                while excess > 0
                    && let Some(row) = rows.next()?
                {
                    victims.push(row.get::<_, i64>(0)?);
                    excess = excess.saturating_sub(columns::count(row.get(1)?));
                }
            }
            for victim in victims {
                index(transaction, &mut vocabulary, victim, None)?;
                // Its text is to be asked of the server, though the body may be here.
                transaction
                    .prepare_cached("UPDATE docs SET inside = inside | ?2 WHERE message = ?1")?
                    .execute(params![victim, PART])?;
            }
            vocabulary.write(transaction)?;
            Ok(excess > 0)
        })?;
        self.vocabulary = vocabulary;
        Ok(more)
    }

    /// Empties the index, to be filled anew by [`Writer::index_headers`] and [`Writer::put_texts`]; until then headers are
    /// read one by one.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn rebuild_index(&mut self) -> Result<()> {
        self.vocabulary = Vocabulary::default();
        self.write("begin the index anew", |transaction| {
            transaction.execute_batch(
                "INSERT INTO search (search) VALUES ('delete-all');
                 DELETE FROM docs; DELETE FROM unindexed; DELETE FROM search_words; DELETE FROM search_names;
                 UPDATE meta SET value = 0 WHERE name IN ('indexed', 'spill');
                 INSERT OR IGNORE INTO unread_texts (message) SELECT message FROM bodies;",
            )
        })
    }
}

impl Reader {
    /// Messages whose text is here and not in the index, the newest numbers first, below this one; at most `limit`.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn unread_texts(&self, below: Option<MessageId>, limit: u32) -> Result<Vec<MessageId>> {
        let below = below.map_or(i64::MAX, |id| id.0);
        self.read("find texts to index", |connection| {
            let ids = super::overlay::column(connection, UNREAD, params![below, limit])?;
            Ok(ids.into_iter().map(MessageId).collect())
        })
    }

    /// How many messages wait to be indexed, as far as their numbers tell: those that are read one by one meanwhile.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn unindexed(&self) -> Result<u64> {
        self.read("count what is not indexed", |connection| {
            let last: Option<i64> = connection.query_row("SELECT max(id) FROM messages", [], |row| row.get(0))?;
            Ok(columns::count(last.unwrap_or(0).saturating_sub(meta(connection, "indexed")?)))
        })
    }

    /// How much of the cache the index holds. Counts: a few milliseconds for each hundred thousand messages.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn index_state(&self) -> Result<IndexState> {
        self.read("look at the index", |connection| {
            let count = |sql: &str| -> rusqlite::Result<u64> {
                connection.query_row(sql, [], |row| row.get(0).map(columns::count))
            };
            let indexed = count("SELECT COUNT(*) FROM docs")?;
            // As they were measured: pages of the index, a number with its two indexes, a word with its length.
            let bytes = count("SELECT COUNT(*) * 4096 FROM search_data")?
                + indexed * 40
                + count("SELECT COUNT(*) * 14 FROM search_words")?;
            Ok(IndexState {
                messages: count("SELECT COALESCE(SUM(base_messages), 0) FROM folders")?,
                indexed,
                texts: count("SELECT COUNT(*) FROM docs WHERE text_bytes > 0")?,
                text_bytes: count(TEXT_BYTES)?,
                bytes,
            })
        })
    }
}
