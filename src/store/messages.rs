//! Storing messages: new ones, known ones again, ones that come back after a move, and ones that cannot be read.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension as _, Statement, ToSql, params};

use super::overlay::{Server, Stored, Times};
use super::seen::Seen;
use super::tally::{Meaning, Standing, Tally, Touched};
use super::threads::{self, Keys};
use super::{Error, PutReport, Result, Writer};
use super::{arrivals, columns, index};
use crate::mail::message::{Envelope, NewMessage};
use crate::mail::{FolderId, MessageId, Uid, UnixTime, marks};

/// The subject that stands for a message whose header could not be read (RL40).
const UNREADABLE: &str = "(this message could not be read)";

/// The folder that messages are put into.
struct Target {
    folder: i64,
    account: i64,
    keys: Keys,
    /// The writer's; it gets it back when all went well, and else begins anew.
    seen: Seen,
}

impl Writer {
    /// Stores messages of one folder in one transaction.
    ///
    /// A UID that is known gets the new flags and MODSEQ; a placeholder becomes the message. A message whose move is done
    /// but whose UID was not known (same Message-ID, same size) gets its UID and keeps its local number. What is laid over
    /// a message stays on top. Of two messages with one UID the first counts (PS34).
    ///
    /// # Errors
    /// `NoFolder`; what SQLite says: then nothing was stored.
    pub fn put_messages(&mut self, folder: FolderId, messages: &[NewMessage]) -> Result<PutReport> {
        let mut target = self.target(folder)?;
        let report = self.write("store messages", |transaction| {
            let mut tally = Tally::default();
            let mut report = PutReport::default();
            let mut known = known_uids(transaction, folder, messages.iter().map(|message| message.uid))?;
            let mut unbound = transaction
                .prepare_cached("SELECT 1 FROM messages WHERE folder = ?1 AND uid IS NULL LIMIT 1")?
                .exists([folder.0])?;
            let (mut fresh, mut again) = (Vec::with_capacity(messages.len()), Vec::new());
            for message in messages {
                if !known.insert(message.uid.0) {
                    again.push(message);
                } else if unbound && bind(transaction, &target, message, &mut tally)? {
                    unbound = transaction
                        .prepare_cached("SELECT 1 FROM messages WHERE folder = ?1 AND uid IS NULL LIMIT 1")?
                        .exists([folder.0])?;
                } else {
                    fresh.push(message);
                }
            }
            report.ids = insert(transaction, &mut target, &fresh, Kind::Message, &mut tally)?;
            let new = fresh.iter().map(|message| message.uid).zip(report.ids.iter().copied());
            arrivals::note(transaction, folder, target.account, new)?;
            for message in fresh {
                report.new += 1;
                report.new_unread += u32::from(!message.flags.seen());
            }
            // After the new ones: one of them may have come twice.
            for message in again {
                put_known(transaction, &mut target, message, &mut tally)?;
            }
            tally.write(transaction, Meaning::Learnt)?;
            Ok(report)
        })?;
        self.seen = target.seen;
        self.relieve();
        Ok(report)
    }

    /// Stores a row for each of these UIDs that has none, so that no message is silently missing (P6). It stands beside
    /// its neighbours in the list; its flags are unknown, so it counts as unread until [`Writer::put_flags`] says more.
    ///
    /// # Errors
    /// As [`Writer::put_messages`].
    pub fn put_placeholders(&mut self, folder: FolderId, uids: &[Uid]) -> Result<()> {
        let mut target = self.target(folder)?;
        self.write("store placeholders", |transaction| {
            let mut tally = Tally::default();
            let mut known = known_uids(transaction, folder, uids.iter().copied())?;
            for uid in uids {
                if known.insert(uid.0) {
                    let placeholder = placeholder(transaction, folder, *uid)?;
                    insert(transaction, &mut target, &[&placeholder], Kind::Placeholder, &mut tally)?;
                }
            }
            tally.write(transaction, Meaning::Learnt)
        })?;
        self.seen = target.seen;
        Ok(())
    }

    fn target(&mut self, folder: FolderId) -> Result<Target> {
        let account = self.read("find a folder", |connection| {
            connection
                .prepare_cached("SELECT account FROM folders WHERE id = ?1")?
                .query_row([folder.0], |row| row.get::<_, i64>(0))
                .optional()
        })?;
        let account = account.ok_or(Error::NoFolder)?;
        let keys = Keys::new(self.generation(), account);
        Ok(Target { folder: folder.0, account, keys, seen: std::mem::take(&mut self.seen) })
    }
}

/// Which of these UIDs are stored: one range query for a chunk, single ones for UIDs that lie far apart.
fn known_uids(
    connection: &Connection,
    folder: FolderId,
    uids: impl Iterator<Item = Uid> + Clone,
) -> rusqlite::Result<HashSet<u32>> {
    let (Some(low), Some(high)) = (uids.clone().min(), uids.clone().max()) else {
        return Ok(HashSet::new());
    };
    let many = uids.clone().count().saturating_mul(16);
    if usize::try_from(high.0 - low.0).is_ok_and(|span| span <= many) {
        return connection
            .prepare_cached("SELECT uid FROM messages WHERE folder = ?1 AND uid BETWEEN ?2 AND ?3")?
            .query_map([folder.0, i64::from(low.0), i64::from(high.0)], |row| row.get(0))?
            .collect();
    }
    let mut known = HashSet::new();
    let mut find = connection.prepare_cached("SELECT 1 FROM messages WHERE folder = ?1 AND uid = ?2")?;
    for uid in uids {
        if find.exists([folder.0, i64::from(uid.0)])? {
            known.insert(uid.0);
        }
    }
    Ok(known)
}

/// A message in the place of one that cannot be read: as old as the next older one, else the next newer, else unknown.
fn placeholder(connection: &Connection, folder: FolderId, uid: Uid) -> rusqlite::Result<NewMessage> {
    let mut received = None;
    for sql in [
        "SELECT COALESCE(arrived, received) FROM messages WHERE folder = ?1 AND uid < ?2 ORDER BY uid DESC LIMIT 1",
        "SELECT COALESCE(arrived, received) FROM messages WHERE folder = ?1 AND uid > ?2 ORDER BY uid LIMIT 1",
    ] {
        if received.is_none() {
            received =
                connection.prepare_cached(sql)?.query_row([folder.0, i64::from(uid.0)], |row| row.get(0)).optional()?;
        }
    }
    Ok(NewMessage {
        uid,
        flags: crate::mail::flags::Flags::default(),
        received: UnixTime(received.unwrap_or(0)),
        size: 0,
        envelope: Envelope { subject: UNREADABLE.to_owned(), ..Envelope::default() },
        modseq: None,
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Message,
    Placeholder,
}

/// Rows that one statement inserts: each opens all indexes and the count of local numbers anew.
const ROWS: usize = 16;
/// The columns that a new message fills, in the order in which [`bind_row`] gives them.
const COLUMNS: &[&str] = &[
    "account",
    "folder",
    "uid",
    "flags",
    "shown_folder",
    "shown_flags",
    "received",
    "arrived",
    "marks",
    "put_off",
    "size",
    "thread",
    "attachments",
    "placeholder",
    "modseq",
    "sent",
    "keywords",
    "shown_keywords",
    "message_id",
    "subject",
    "senders",
    "reply_to",
    "list_id",
    "recipients",
    "cc",
    "refs",
];

fn insert_sql(rows: usize) -> String {
    let row = format!("({})", vec!["?"; COLUMNS.len()].join(", "));
    // A row that fails ends the transaction anyhow: what the statement did before it need not be taken back on its own.
    format!("INSERT OR FAIL INTO messages ({}) VALUES {}", COLUMNS.join(", "), vec![row; rows].join(", "))
}

/// Stores messages whose UIDs are not known, and tells their local numbers, which ascend.
fn insert(
    connection: &Connection,
    target: &mut Target,
    messages: &[&NewMessage],
    kind: Kind,
    tally: &mut Tally,
) -> rusqlite::Result<Vec<MessageId>> {
    let threads =
        threads::join_all(connection, &mut target.seen, target.keys, messages.iter().map(|message| &message.envelope))?;
    let rows: Vec<(&NewMessage, i64)> = messages.iter().copied().zip(threads).collect();
    let mut ids = Vec::with_capacity(rows.len());
    let (whole, rest) = rows.as_chunks::<ROWS>();
    for (size, batches) in [(ROWS, whole.as_flattened()), (1, rest)] {
        if batches.is_empty() {
            continue;
        }
        let mut statement = connection.prepare_cached(&insert_sql(size))?;
        for batch in batches.chunks(size) {
            let mut column = 1;
            for (message, thread) in batch {
                bind_row(&mut statement, &mut column, target, message, *thread, kind)?;
            }
            statement.raw_execute()?;
            // Local numbers are given one after the other (AUTOINCREMENT).
            let last = connection.last_insert_rowid();
            let first = last - columns::stored(batch.len() as u64) + 1;
            ids.extend((first..=last).map(MessageId));
        }
    }
    for message in messages {
        tally.add(Standing {
            folder: target.folder,
            flags: message.flags.system,
            shown_folder: Some(target.folder),
            shown_flags: message.flags.system,
        });
    }
    Ok(ids)
}

/// Binds one row of [`insert_sql`] from `column` on.
fn bind_row(
    statement: &mut Statement<'_>,
    column: &mut usize,
    target: &Target,
    message: &NewMessage,
    thread: i64,
    kind: Kind,
) -> rusqlite::Result<()> {
    let envelope = &message.envelope;
    let keywords = columns::keywords(&message.flags);
    let times = Times::of(columns::time(message.received), &message.flags);
    let values: [&dyn ToSql; COLUMNS.len()] = [
        &target.account,
        &target.folder,
        &message.uid.0,
        &message.flags.system,
        &target.folder,
        &message.flags.system,
        &times.sorted,
        &times.moved(),
        &marks::bits(&message.flags),
        &marks::until(&message.flags).map(|until| until.0),
        &columns::stored(message.size),
        &thread,
        &envelope.attachments,
        &(kind == Kind::Placeholder),
        &message.modseq.map(columns::stored),
        &envelope.sent.map(columns::time),
        &keywords,
        &keywords,
        &columns::message_id(&envelope.message_id),
        &columns::cut(&envelope.subject, columns::SUBJECT_MAX),
        &columns::addresses(&envelope.from),
        &columns::addresses(&envelope.reply_to),
        &columns::cut(&envelope.list_id, columns::SUBJECT_MAX),
        &columns::addresses(&envelope.to),
        &columns::addresses(&envelope.cc),
        &columns::text_list(columns::references(&envelope.references)),
    ];
    for value in values {
        statement.raw_bind_parameter(*column, value)?;
        *column += 1;
    }
    Ok(())
}

/// Takes the new flags of a UID that is stored; fills a placeholder.
fn put_known(
    connection: &Connection,
    target: &mut Target,
    message: &NewMessage,
    tally: &mut Tally,
) -> rusqlite::Result<()> {
    let Some(stored) = Stored::by_uid(connection, target.folder, message.uid.0)? else {
        return Ok(());
    };
    let id = stored.id;
    let server = Server {
        flags: message.flags.clone(),
        modseq: message.modseq.map(columns::stored).or(stored.server.modseq),
        ..stored.server.clone()
    };
    stored.settle(connection, server, tally, &mut Touched::default())?;
    fill_placeholder(connection, target, id, message)
}

fn fill_placeholder(
    connection: &Connection,
    target: &mut Target,
    id: i64,
    message: &NewMessage,
) -> rusqlite::Result<()> {
    let thread = connection
        .prepare_cached("SELECT thread FROM messages WHERE id = ?1 AND placeholder = 1")?
        .query_row([id], |row| row.get::<_, i64>(0))
        .optional()?;
    let Some(thread) = thread else {
        return Ok(());
    };
    let envelope = &message.envelope;
    let message_id = columns::message_id(&envelope.message_id);
    let shown = Stored::by_id(connection, id)?.map(|stored| stored.shown.flags).unwrap_or_default();
    let times = Times::of(columns::time(message.received), &shown);
    threads::leave(connection, target.keys, "", thread)?;
    let thread = threads::join(connection, &mut target.seen, target.keys, envelope)?;
    connection
        .prepare_cached(
            "UPDATE messages SET placeholder = 0, received = ?2, size = ?3, thread = ?4, attachments = ?5, sent = ?6,
                 message_id = ?7, subject = ?8, senders = ?9, reply_to = ?10, list_id = ?11, recipients = ?12, cc = ?13,
                 refs = ?14, arrived = ?15 WHERE id = ?1",
        )?
        .execute(params![
            id,
            times.sorted,
            columns::stored(message.size),
            thread,
            envelope.attachments,
            envelope.sent.map(columns::time),
            message_id,
            columns::cut(&envelope.subject, columns::SUBJECT_MAX),
            columns::addresses(&envelope.from),
            columns::addresses(&envelope.reply_to),
            columns::cut(&envelope.list_id, columns::SUBJECT_MAX),
            columns::addresses(&envelope.to),
            columns::addresses(&envelope.cc),
            columns::text_list(columns::references(&envelope.references)),
            times.moved(),
        ])?;
    index::renew(connection, id)
}

/// Messages of a folder whose UID is not known, by Message-ID. The planner would take the index of UIDs, of which NULL is
/// only one.
pub(super) const UNBOUND: &str = "SELECT id FROM messages INDEXED BY messages_unbound
    WHERE folder = ?1 AND uid IS NULL AND message_id = ?2 AND size = ?3 ORDER BY id LIMIT 1";

/// Gives its UID to a message that was moved here without anyone telling the new UID. Several that look alike (a mail to
/// oneself, sent twice) are bound one after the other, oldest local number first.
fn bind(connection: &Connection, target: &Target, message: &NewMessage, tally: &mut Tally) -> rusqlite::Result<bool> {
    let message_id = columns::message_id(&message.envelope.message_id);
    if message_id.is_empty() {
        return Ok(false);
    }
    let id = connection
        .prepare_cached(UNBOUND)?
        .query_row(params![target.folder, message_id, columns::stored(message.size)], |row| row.get(0))
        .optional()?;
    let Some(stored) = id.map(|id| Stored::by_id(connection, id)).transpose()?.flatten() else {
        return Ok(false);
    };
    let stored = stored.arrived(columns::time(message.received));
    let server = Server {
        folder: target.folder,
        uid: Some(i64::from(message.uid.0)),
        flags: message.flags.clone(),
        modseq: message.modseq.map(columns::stored),
    };
    stored.settle(connection, server, tally, &mut Touched::default())?;
    Ok(true)
}
