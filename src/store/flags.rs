//! What the server says of messages that are stored: new flags, another place.

use rusqlite::{Connection, params};

use super::overlay::{Server, Stored};
use super::tally::{Meaning, Tally, Touched};
use super::threads::Keys;
use super::{Heard, Result, Writer, columns, removal};
use crate::mail::flags::Flags;
use crate::mail::{FolderId, MessageId, Uid, UidValidity};

impl Writer {
    /// Takes the flags (and MODSEQ, RFC 7162) that the server told for these UIDs; unknown UIDs are passed over. What is
    /// laid over a message stays on top. Returns how many messages have other server flags than before.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn put_flags(&mut self, folder: FolderId, changes: &[(Uid, Flags, Option<u64>)]) -> Result<u32> {
        self.write("store flags", |transaction| {
            let (mut tally, mut touched) = (Tally::default(), Touched::default());
            let mut altered = 0;
            for (uid, flags, modseq) in changes {
                let Some(stored) = Stored::by_uid(transaction, folder.0, uid.0)? else {
                    continue;
                };
                altered += u32::from(stored.server.flags != *flags);
                let modseq = modseq.map(columns::stored).or(stored.server.modseq);
                let server = Server { flags: flags.clone(), modseq, ..stored.server.clone() };
                stored.settle(transaction, server, &mut tally, &mut touched)?;
            }
            tally.write(transaction, Meaning::Happened)?;
            Ok(altered)
        })
    }

    /// Takes the flags that messages have on the server now, known by their local numbers: of a folder that was never opened
    /// no UID is known. What is laid over a message stays on top.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn put_flags_of(&mut self, changes: &[(MessageId, Flags)]) -> Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        self.write("store flags", |transaction| {
            let (mut tally, mut touched) = (Tally::default(), Touched::default());
            for (message, flags) in changes {
                let Some(stored) = Stored::by_id(transaction, message.0)? else { continue };
                let server = Server { flags: flags.clone(), ..stored.server.clone() };
                stored.settle(transaction, server, &mut tally, &mut touched)?;
            }
            tally.write(transaction, Meaning::Happened)
        })
    }

    /// Takes flags that the server told of while it was watched, beside another connection that may know more: what is
    /// older than what is stored is not taken. They are of a folder with this UIDVALIDITY.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn hear_flags(
        &mut self,
        folder: FolderId,
        uid_validity: UidValidity,
        told: &[(Uid, Flags, Option<u64>)],
    ) -> Result<Heard> {
        if self.sync_state(folder)?.uid_validity != Some(uid_validity) {
            return Ok(Heard { altered: 0, all: false });
        }
        self.write("store flags", |transaction| {
            let (mut tally, mut touched) = (Tally::default(), Touched::default());
            let mut heard = Heard { altered: 0, all: true };
            for (uid, flags, modseq) in told {
                let modseq = modseq.map(columns::stored);
                let stored = Stored::by_uid(transaction, folder.0, uid.0)?;
                let Some(stored) = stored.filter(|one| modseq.is_some() && one.server.modseq <= modseq) else {
                    // Not here yet, or in an order that nobody can tell.
                    heard.all = false;
                    continue;
                };
                if stored.server.modseq != modseq {
                    heard.altered += u32::from(stored.server.flags != *flags);
                    let server = Server { flags: flags.clone(), modseq, ..stored.server.clone() };
                    stored.settle(transaction, server, &mut tally, &mut touched)?;
                }
            }
            tally.write(transaction, Meaning::Happened)?;
            Ok(heard)
        })
    }

    /// The server moved messages: their places change, their local numbers, bodies and overlays stay. A UID is `None` when
    /// nobody told the new one: it is found when the folder is synced. If the target was synced first and the message
    /// stands there under another local number, that other row goes, and what it knew (flags, body) is taken over. A
    /// message that is not stored any more is passed over. All in one transaction.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn bind_moved(&mut self, moves: &[(MessageId, FolderId, Option<Uid>)]) -> Result<()> {
        let generation = self.generation();
        self.write("note a move", |transaction| {
            let (mut learnt, mut happened) = (Tally::default(), Tally::default());
            for (message, to, uid) in moves {
                let Some(stored) = Stored::by_id(transaction, message.0)? else { continue };
                let twin = uid.map(|uid| Stored::by_uid(transaction, to.0, uid.0)).transpose()?.flatten();
                let twin = twin.filter(|twin| twin.id != stored.id);
                // STATUS may have counted both or one of them; the next one says.
                let tally = if twin.is_some() { &mut learnt } else { &mut happened };
                let mut server = Server {
                    folder: to.0,
                    uid: uid.map(|uid| i64::from(uid.0)),
                    flags: stored.server.flags.clone(),
                    modseq: None,
                };
                if let Some(twin) = twin {
                    server.flags = twin.server.flags.clone();
                    server.modseq = twin.server.modseq;
                    take_body(transaction, twin.id, stored.id)?;
                    let account = removal::account_of(transaction, twin.id)?;
                    removal::remove(transaction, twin.id, Keys::new(generation, account), tally)?;
                }
                stored.settle(transaction, server, tally, &mut Touched::default())?;
            }
            learnt.write(transaction, Meaning::Learnt)?;
            happened.write(transaction, Meaning::Happened)
        })
    }
}

/// Gives the body of one row to another, unless that has one as good.
fn take_body(connection: &Connection, from: i64, to: i64) -> rusqlite::Result<()> {
    let state = |id: i64| -> rusqlite::Result<u8> {
        connection.prepare_cached("SELECT body FROM messages WHERE id = ?1")?.query_row([id], |row| row.get(0))
    };
    let better = state(from)?;
    if better <= state(to)? {
        return Ok(());
    }
    connection.execute("DELETE FROM bodies WHERE message = ?1", [to])?;
    connection.execute("UPDATE bodies SET message = ?2 WHERE message = ?1", [from, to])?;
    connection.execute("UPDATE messages SET body = 0 WHERE id = ?1", [from])?;
    connection
        .execute(
            "UPDATE messages SET body = ?3,
                 snippet = (SELECT snippet FROM messages WHERE id = ?1),
                 attachments = (SELECT attachments FROM messages WHERE id = ?1) WHERE id = ?2",
            params![from, to, better],
        )
        .map(drop)
}
