//! Messages that arrived in an inbox: until rules have looked at them, in whatever run, they are noted.

use rusqlite::{Connection, OptionalExtension as _};

use super::{Reader, Result, Writer};
use crate::mail::{AccountId, FolderId, MessageId, Uid};

/// Keywords of conversations that are muted, as a row has them: each between two spaces, in lower case.
const MUTED: &str = "% $muted %";

/// The Message-IDs of other messages of the same conversation that are muted, as they are shown, without what lies in Trash
/// and Junk.
pub(super) const MUTED_BESIDE: &str = "SELECT message_id FROM messages
    WHERE thread = (SELECT thread FROM messages WHERE id = ?1) AND id <> ?1
        AND (' ' || lower(shown_keywords) || ' ') LIKE ?2 AND shown_folder IN
        (SELECT folders.id FROM folders WHERE folders.account = messages.account AND role IS NOT 'trash' AND role IS NOT 'junk')";

/// The messages of a conversation, without what lies in Trash and Junk, or is shown nowhere.
pub(super) const MEMBERS: &str = "SELECT id, thread FROM messages
    WHERE thread = (SELECT thread FROM messages WHERE id = ?1) AND (id = ?1 OR shown_folder IN
        (SELECT folders.id FROM folders WHERE folders.account = messages.account AND role IS NOT 'trash' AND role IS NOT 'junk'))";

/// Notes those of these new messages of a folder that are arrivals in an inbox.
pub(super) fn note(
    connection: &Connection,
    folder: FolderId,
    account: i64,
    messages: impl Iterator<Item = (Uid, MessageId)>,
) -> rusqlite::Result<()> {
    let from: Option<u32> = connection
        .prepare_cached("SELECT arrivals FROM folders WHERE id = ?1 AND role = 'inbox' AND arrivals IS NOT NULL")?
        .query_row([folder.0], |row| row.get(0))
        .optional()?;
    let Some(from) = from else { return Ok(()) };
    let mut insert = connection.prepare_cached("INSERT OR IGNORE INTO unfiled (message, account) VALUES (?1, ?2)")?;
    for (_, message) in messages.filter(|(uid, _)| uid.0 >= from) {
        insert.execute([message.0, account])?;
    }
    Ok(())
}

impl Reader {
    /// Messages that arrived in the inbox of an account and that no rule has looked at yet.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn unfiled(&self, account: AccountId) -> Result<Vec<MessageId>> {
        self.read("read what arrived", |connection| {
            connection
                .prepare_cached("SELECT message FROM unfiled WHERE account = ?1 ORDER BY message")?
                .query_map([account.0], |row| row.get(0).map(MessageId))?
                .collect()
        })
    }

    /// Whether one of these, which a message answers (its References and In-Reply-To), is muted, with what waits in the
    /// queue laid over. That another message of the conversation is muted does not count: who names a muted conversation
    /// and another one makes them one, and would silence the other.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn answers_muted(&self, message: MessageId, references: &[String]) -> Result<bool> {
        self.read("read a conversation", |connection| {
            let mut find = connection.prepare_cached(MUTED_BESIDE)?;
            let mut found = find.query(rusqlite::params![message.0, MUTED])?;
            while let Some(row) = found.next()? {
                let message_id = row.get_ref(0)?.as_str()?;
                if !message_id.is_empty() && references.iter().any(|one| one == message_id) {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }

    /// The messages of the conversations that these belong to, each once, and how many conversations those are. What lies
    /// in Trash or Junk is left out, but for these themselves.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn conversations_of(&self, messages: &[MessageId]) -> Result<(Vec<MessageId>, usize)> {
        self.read("read conversations", |connection| {
            let mut members = std::collections::BTreeSet::new();
            let mut threads = std::collections::BTreeSet::new();
            let mut find = connection.prepare_cached(MEMBERS)?;
            for message in messages {
                if members.contains(message) {
                    continue;
                }
                let found = find.query_map([message.0], |row| Ok((MessageId(row.get(0)?), row.get::<_, i64>(1)?)))?;
                for one in found {
                    let (id, thread) = one?;
                    members.insert(id);
                    threads.insert(thread);
                }
            }
            Ok((members.into_iter().collect(), threads.len()))
        })
    }
}

impl Writer {
    /// Rules have looked at these.
    ///
    /// # Errors
    /// What SQLite says; then they are looked at once more.
    pub fn filed(&mut self, messages: &[MessageId]) -> Result<()> {
        self.write("note what was looked at", |transaction| {
            let mut delete = transaction.prepare_cached("DELETE FROM unfiled WHERE message = ?1")?;
            for message in messages {
                delete.execute([message.0])?;
            }
            Ok(())
        })
    }
}
