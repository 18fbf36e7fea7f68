//! Rows for the screen, and details for commands: made from columns, every text made safe.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::bodies::WHOLE;
use super::{Detail, Reader, Result, columns};
use crate::mail::message::{Address, Envelope, MessageRow};
use crate::mail::{AccountId, FolderId, MessageId, UnixTime};
use crate::safe_text::SafeText;

/// Names in the From column; more do not fit a row.
const NAMES_MAX: usize = 10;

/// The columns of a row. Long ones are not touched but for the first that matters: To only in Sent and Drafts. A message
/// that is shown nowhere is still found: a command may ask for it; its folder is then the server's.
const ROW: &str = "SELECT id, account, COALESCE(shown_folder, folder), COALESCE(arrived, received), size, shown_flags, shown_keywords,
    attachments, pending, body, snippet, subject, senders,
    CASE WHEN (SELECT role FROM folders WHERE folders.id = shown_folder) IN ('sent', 'drafts') THEN recipients END,
    COALESCE((SELECT members FROM threads WHERE threads.id = thread), 1), received
    FROM messages WHERE id = ?1";

/// The message itself first, so that of its copies it is the one that stays.
const CONVERSATION: &str = "SELECT id, message_id, refs FROM messages
    WHERE thread = (SELECT thread FROM messages WHERE id = ?1) AND (id = ?1 OR shown_folder IN
        (SELECT folders.id FROM folders WHERE folders.account = messages.account AND role IS NOT 'trash' AND role IS NOT 'junk'))
    ORDER BY id <> ?1, COALESCE(arrived, received) DESC LIMIT 200";

/// The latest by the server's numbers: what has arrived last, whatever its date. Flags are looked at in a few alone.
const LATEST_UNREAD: &str = "SELECT id FROM
    (SELECT id, shown_flags, shown_folder FROM messages WHERE folder = ?1 AND uid IS NOT NULL ORDER BY uid DESC LIMIT 200)
    WHERE (shown_flags & 1) = 0 AND shown_folder = ?1 LIMIT ?2";

const DETAIL: &str =
    "SELECT folder, uid, flags, keywords, sent, message_id, subject, senders, reply_to, recipients, cc,
    refs, list_id, attachments, (SELECT uid_validity FROM folders WHERE folders.id = folder)
    FROM messages WHERE id = ?1";

impl Reader {
    /// A message as a list shows it.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn row(&self, id: MessageId) -> Result<Option<MessageRow>> {
        self.read("read a message", |connection| self.row_in(connection, id))
    }

    /// Messages as a list shows them, in this order; those that are not there any more are left out.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn rows(&self, ids: &[MessageId]) -> Result<Vec<MessageRow>> {
        self.read("read messages", |connection| {
            ids.iter().filter_map(|id| self.row_in(connection, *id).transpose()).collect()
        })
    }

    /// The unread messages that arrived in a folder last, the latest first, at most `limit`, of its last 200.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn latest_unread(&self, folder: FolderId, limit: u32) -> Result<Vec<MessageRow>> {
        self.read("read new messages", |connection| {
            let mut statement = connection.prepare_cached(LATEST_UNREAD)?;
            let ids = statement.query_map((folder.0, limit), |row| row.get(0).map(MessageId))?;
            let ids = ids.collect::<rusqlite::Result<Vec<_>>>()?;
            ids.into_iter().filter_map(|id| self.row_in(connection, id).transpose()).collect()
        })
    }

    /// The messages of the conversation that this one belongs to, oldest first, at most 200; of copies in several
    /// folders one, this one before others. Each says which of them it answers, by its last reference that is among them
    /// (RFC 5256, section 2.2). What is shown nowhere is left out, and others in Trash and Junk.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn conversation(&self, id: MessageId) -> Result<Vec<MessageRow>> {
        self.read("read a conversation", |connection| {
            let mut statement = connection.prepare_cached(CONVERSATION)?;
            let found = statement.query_map([id.0], |row| {
                let refs = columns::read_text_list(row.get_ref(2)?.as_str()?);
                Ok((MessageId(row.get(0)?), row.get::<_, String>(1)?, refs))
            })?;
            let mut seen = std::collections::HashMap::new();
            let mut rows = Vec::new();
            let mut named = std::collections::HashMap::new();
            for (message, message_id, refs) in found.collect::<rusqlite::Result<Vec<_>>>()? {
                let Some(row) = self.row_in(connection, message)? else { continue };
                // In one folder two messages are two, whatever they call themselves.
                if message_id.is_empty() || *seen.entry(message_id.clone()).or_insert(row.folder) == row.folder {
                    named.entry(message_id).or_insert(row.id);
                    rows.push((row, refs));
                }
            }
            let parent = |refs: &[String]| refs.iter().rev().find_map(|one| named.get(one)).copied();
            let mut rows: Vec<MessageRow> =
                rows.into_iter().map(|(row, refs)| MessageRow { parent: parent(&refs), ..row }).collect();
            rows.sort_by_key(|row| (row.received, row.id));
            Ok(rows)
        })
    }

    /// Everything about a message but its body.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn detail(&self, id: MessageId) -> Result<Option<Detail>> {
        self.read("read a message", |connection| self.detail_in(connection, id))
    }

    /// [`Reader::row`] within other reads.
    pub(super) fn row_in(&self, connection: &Connection, id: MessageId) -> rusqlite::Result<Option<MessageRow>> {
        connection.prepare_cached(ROW)?.query_row([id.0], |row| self.build_row(row)).optional()
    }

    /// [`Reader::detail`] within other reads.
    pub(super) fn detail_in(&self, connection: &Connection, id: MessageId) -> rusqlite::Result<Option<Detail>> {
        let Some(shown) = self.row_in(connection, id)? else {
            return Ok(None);
        };
        connection.prepare_cached(DETAIL)?.query_row([id.0], |row| build_detail(row, shown)).optional()
    }

    fn build_row(&self, row: &Row<'_>) -> rusqlite::Result<MessageRow> {
        let account = AccountId(row.get(1)?);
        let senders = columns::read_addresses(row.get_ref(12)?.as_str()?);
        let recipients: Option<String> = row.get(13)?;
        let people = recipients.as_deref().map(columns::read_addresses);
        let address = senders.first().map_or("", |sender| sender.address.as_str());
        let thread: i64 = row.get(14)?;
        let (received, place) = (UnixTime(row.get(3)?), row.get(15)?);
        Ok(MessageRow {
            id: MessageId(row.get(0)?),
            account,
            folder: FolderId(row.get(2)?),
            from: SafeText::new(&self.names(account, people.as_deref().unwrap_or(&senders))),
            address: SafeText::new(address),
            subject: SafeText::new(row.get_ref(11)?.as_str()?),
            snippet: SafeText::new(row.get_ref(10)?.as_str()?),
            received,
            place,
            size: columns::count(row.get(4)?),
            flags: columns::read_flags(row.get(5)?, row.get_ref(6)?.as_str()?),
            attachments: row.get(7)?,
            thread: u32::try_from(thread).unwrap_or(u32::MAX).max(1),
            pending: row.get(8)?,
            cached: row.get::<_, u8>(9)? == WHOLE,
            parent: None,
            bundle: None,
        })
    }

    /// Names without addresses, "you" for the account's own.
    pub(super) fn names(&self, account: AccountId, people: &[Address]) -> String {
        let mut names = String::new();
        for person in people.iter().take(NAMES_MAX) {
            let own = self.roll.is_own(account, &person.address);
            let name = match person.name.trim() {
                _ if own => "you",
                "" => person.address.as_str(),
                name => name,
            };
            if name.is_empty() {
                continue;
            }
            if !names.is_empty() {
                names.push_str(", ");
            }
            names.push_str(name);
        }
        names
    }
}

fn build_detail(row: &Row<'_>, shown: MessageRow) -> rusqlite::Result<Detail> {
    let people = |column: usize| -> rusqlite::Result<Vec<Address>> {
        Ok(columns::read_addresses(row.get_ref(column)?.as_str()?))
    };
    Ok(Detail {
        row: shown,
        folder: FolderId(row.get(0)?),
        uid: columns::read_uid(row.get(1)?),
        server_flags: columns::read_flags(row.get(2)?, row.get_ref(3)?.as_str()?),
        uid_validity: columns::read_uid_validity(row.get(14)?),
        envelope: Envelope {
            sent: row.get::<_, Option<i64>>(4)?.map(UnixTime),
            message_id: row.get(5)?,
            subject: row.get(6)?,
            from: people(7)?,
            reply_to: people(8)?,
            to: people(9)?,
            cc: people(10)?,
            references: columns::read_text_list(row.get_ref(11)?.as_str()?),
            list_id: row.get(12)?,
            attachments: row.get(13)?,
        },
    })
}
