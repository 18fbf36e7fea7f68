//! Lists of conversations, and lists in another order than the newest first.
//!
//! A conversation stands where its newest message in the folder stands. No list of conversations is kept: a message is the
//! newest of its own if the index of conversations has none after it in the same folder, and that is asked of each message
//! on the way through the list of the folder. So nothing is written when mail comes, and a window costs as many questions as
//! it has messages.
//!
//! Other orders have no index. The list is read, put in order in memory and cut; it costs what the folder is large, off the
//! screen's loop.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use rusqlite::Connection;

use super::window::{self, Side, Which, keys_from};
use super::{Reader, Result, columns};
use crate::mail::flags::{FLAGGED, SEEN};
use crate::mail::list::{Anchor, Arrangement, Order, Source, Window};
use crate::mail::marks::Mark;
use crate::mail::message::{Bundle, MessageRow, RowKey};
use crate::mail::subject::Subject;
use crate::mail::{AccountId, FolderId, MessageId, ThreadId, UnixTime};
use crate::safe_text::SafeText;

/// Names of a conversation; between the first and the last ones others are left out.
const NAMES: usize = 4;
/// The newest messages of a conversation whose senders are read for that.
const PEOPLE: usize = 500;
/// How far the next conversation with an unread message is looked for.
pub(super) struct Reach {
    /// With more unread messages in a folder it is near: it is looked for row by row first.
    pub few: u64,
    /// Rows that are looked at so.
    pub rows: usize,
    /// Unread messages that are looked at beyond, on either side: beyond those, one of which newer ones were read is passed
    /// over.
    pub unread: u32,
}

/// What a key press may cost.
const REACH: Reach = Reach { few: 2000, rows: 2000, unread: 2000 };
/// Keys that are walked through at a time.
const PAGE: u32 = 200;

/// The messages of a conversation that are shown somewhere, newest first.
pub(super) const MEMBERS: &str =
    "SELECT id, shown_folder, received, size, shown_flags, shown_keywords, attachments, pending,
    message_id, senders, COALESCE(arrived, received) FROM messages INDEXED BY messages_thread
    WHERE thread = ?1 AND shown_folder IS NOT NULL ORDER BY received DESC, id DESC";

/// What the order of a folder is made of: all of it.
pub(super) const SORTED: &str = "SELECT id, received, thread, size, shown_flags, senders, subject, message_id,
    COALESCE(arrived, received), shown_keywords FROM messages WHERE shown_folder = ?1";
/// As [`SORTED`], of all starred messages.
pub(super) const SORTED_STARRED: &str = "SELECT id, received, thread, size, shown_flags, senders, subject, message_id,
    COALESCE(arrived, received), shown_keywords FROM messages WHERE (shown_flags & 4) <> 0 AND shown_folder IS NOT NULL
    AND is_shown(account) AND ?1 = 0";

/// As [`SORTED`], of all messages with a mark.
pub(super) const fn sorted_marked(mark: Mark) -> &'static str {
    match mark {
        Mark::Snoozed => {
            "SELECT id, received, thread, size, shown_flags, senders, subject, message_id, COALESCE(arrived, received),
                shown_keywords, put_off
             FROM messages WHERE (marks & 1) <> 0 AND shown_folder IS NOT NULL AND ?1 = 0
                AND +shown_folder IN (SELECT folders.id FROM folders WHERE role = 'snoozed' AND is_shown(folders.account))"
        }
        Mark::ReplyLater => {
            "SELECT id, received, thread, size, shown_flags, senders, subject, message_id, COALESCE(arrived, received),
                shown_keywords
             FROM messages WHERE (marks & 2) <> 0 AND shown_folder IS NOT NULL AND is_shown(account) AND ?1 = 0"
        }
        Mark::Pinned => {
            "SELECT id, received, thread, size, shown_flags, senders, subject, message_id, COALESCE(arrived, received),
                shown_keywords
             FROM messages WHERE (marks & 4) <> 0 AND shown_folder IS NOT NULL AND is_shown(account) AND ?1 = 0"
        }
    }
}

impl Reader {
    /// [`Reader::window`] of a list as it is arranged. In a list of conversations, `total` counts those that are known, and
    /// `first` is exact near the top.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn arranged(&self, source: Source, arrangement: Arrangement, anchor: Anchor, reach: u32) -> Result<Window> {
        let arrangement = sane(source, arrangement);
        if arrangement == Arrangement::default() {
            return self.window(source, anchor, reach);
        }
        self.read("read a list", |connection| {
            let (messages, unread) = window::totals(connection, source)?;
            let mut window = Window { messages, unread, ..Window::default() };
            let keys = if arrangement.order == Order::Newest {
                let cut = window::cut_heads(connection, source, anchor, reach, messages)?;
                (window.first, window.total) = (cut.first, cut.total);
                cut.keys
            } else {
                let all = sorted(connection, source, arrangement)?;
                let range = around(&all, anchor, reach);
                (window.first, window.total) = (range.start as u64, all.len() as u64);
                all.get(range).unwrap_or_default().iter().map(|entry| entry.key).collect()
            };
            window.rows = self.rows_at(connection, &keys, arrangement.conversations)?;
            Ok(window)
        })
    }

    /// [`Reader::next_unread`] of a list as it is arranged: the row that holds an unread message, further down (`older`) or
    /// further up.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn next_unread_arranged(
        &self,
        source: Source,
        arrangement: Arrangement,
        from: Option<RowKey>,
        older: bool,
    ) -> Result<Option<RowKey>> {
        let arrangement = sane(source, arrangement);
        if arrangement == Arrangement::default() {
            return self.next_unread(source, from, older);
        }
        self.read("find the next unread message", |connection| {
            if arrangement.order == Order::Newest {
                return next_head(connection, source, from, older, &REACH);
            }
            let all = sorted(connection, source, arrangement)?;
            let place = from.map(|from| place_of(&all, from));
            let found = match (older, place) {
                (true, place) => all.iter().skip(place.map_or(0, |at| at + 1)).find(|entry| entry.to_read),
                (false, place) => all.iter().take(place.unwrap_or(all.len())).rev().find(|entry| entry.to_read),
            };
            Ok(found.map(|entry| entry.key))
        })
    }

    /// Rows at these keys, as conversations if wished.
    fn rows_at(
        &self,
        connection: &Connection,
        keys: &[RowKey],
        conversations: bool,
    ) -> rusqlite::Result<Vec<MessageRow>> {
        let hidden = if conversations { hidden_folders(connection)? } else { BTreeSet::new() };
        let mut rows = Vec::with_capacity(keys.len());
        for key in keys {
            let Some(mut row) = self.row_in(connection, key.id)? else { continue };
            row.place = key.place;
            if conversations {
                self.bundle(connection, &mut row, &hidden, false)?;
            }
            rows.push(row);
        }
        Ok(rows)
    }

    /// Makes rows of which a search found one message stand for their conversations.
    pub(super) fn bundle_found(&self, connection: &Connection, rows: &mut [MessageRow]) -> rusqlite::Result<()> {
        let hidden = hidden_folders(connection)?;
        rows.iter_mut().try_for_each(|row| self.bundle(connection, row, &hidden, true))
    }

    /// Makes a row stand for its conversation, if there is more of it: a row that was `found` whichever message it shows, any
    /// other one if that is the newest.
    fn bundle(
        &self,
        connection: &Connection,
        row: &mut MessageRow,
        hidden: &BTreeSet<i64>,
        found: bool,
    ) -> rusqlite::Result<()> {
        let thread = thread_of(connection, row.id)?;
        let mut members = connection.prepare_cached(MEMBERS)?;
        let mut all = members.query([thread])?;
        let mut run = Run::default();
        let (mut others, mut people, mut seen) = (Vec::new(), Vec::new(), BTreeMap::new());
        let (mut count, mut attachments, mut leads) = (0_u32, false, found);
        while let Some(member) = all.next()? {
            let (id, folder): (i64, i64) = (member.get(0)?, member.get(1)?);
            let here = folder == row.folder.0;
            let message_id = member.get_ref(8)?.as_str()?;
            if found {
                if here && id != row.id.0 {
                    others.push(light(member, row.account)?);
                }
            } else if here && run.begins(message_id) {
                leads |= id == row.id.0;
            } else if here && !run.goes_on(message_id) {
                others.push(light(member, row.account)?);
            }
            if !here && hidden.contains(&folder) {
                continue;
            }
            // Of copies in several folders one counts.
            if message_id.is_empty() || *seen.entry(message_id.to_owned()).or_insert(folder) == folder {
                count += 1;
                attachments |= member.get::<_, bool>(6)?;
                if people.len() < PEOPLE {
                    people.push(columns::read_addresses(member.get_ref(9)?.as_str()?));
                }
            }
        }
        row.thread = count.max(1);
        if !leads || (others.is_empty() && count < 2) {
            return Ok(());
        }
        people.reverse();
        let unread = std::iter::once(&*row).chain(&others).filter(|one| !one.flags.seen()).count();
        let starred = row.flags.flagged() || others.iter().any(|one| one.flags.flagged());
        row.pending |= others.iter().any(|one| one.pending);
        row.bundle = Some(Arc::new(Bundle {
            thread: ThreadId(thread),
            people: SafeText::new(&self.participants(row.account, &people)),
            unread: u32::try_from(unread).unwrap_or(u32::MAX),
            starred,
            attachments,
            others,
        }));
        Ok(())
    }

    /// Who wrote the messages of a conversation, each once, the first one first; the user, who knows that, last.
    fn participants(&self, account: AccountId, messages: &[Vec<crate::mail::message::Address>]) -> String {
        let mut names: Vec<String> = Vec::new();
        for senders in messages {
            for sender in senders {
                let name = self.names(account, std::slice::from_ref(sender));
                if !name.is_empty() && !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        if let Some(own) = names.iter().position(|name| name == "you") {
            let own = names.remove(own);
            names.push(own);
        }
        if names.len() > NAMES {
            let last = names.split_off(names.len() - (NAMES - 1));
            names.truncate(1);
            names.push("…".to_owned());
            names.extend(last);
            return names.join(", ").replace(", …, ", " … ");
        }
        names.join(", ")
    }
}

/// What this list can be: what several folders share has no conversations of its own, and a search orders for itself. What was
/// put off lies in one folder of each account; there are few, and the first to come back stands first.
fn sane(source: Source, arrangement: Arrangement) -> Arrangement {
    let order = match (source, arrangement.order) {
        (Source::Marked(Mark::Snoozed), Order::Newest) => Order::Return,
        (Source::Marked(Mark::Snoozed), order) => order,
        (_, Order::Return) => Order::Newest,
        (_, order) => order,
    };
    match source {
        Source::Folder(_) | Source::AllInboxes | Source::Marked(Mark::Snoozed) => Arrangement { order, ..arrangement },
        Source::Starred | Source::Marked(_) => Arrangement { conversations: false, order },
        Source::Search(_) => Arrangement::default(),
    }
}

/// Folders whose messages are not counted in conversations elsewhere.
fn hidden_folders(connection: &Connection) -> rusqlite::Result<BTreeSet<i64>> {
    connection
        .prepare_cached("SELECT id FROM folders WHERE role IN ('trash', 'junk')")?
        .query_map([], |row| row.get(0))?
        .collect()
}

/// A row without its texts.
fn light(row: &rusqlite::Row<'_>, account: AccountId) -> rusqlite::Result<MessageRow> {
    let received: i64 = row.get(2)?;
    Ok(MessageRow {
        id: MessageId(row.get(0)?),
        account,
        folder: FolderId(row.get(1)?),
        from: SafeText::default(),
        address: SafeText::default(),
        subject: SafeText::default(),
        snippet: SafeText::default(),
        received: UnixTime(row.get(10)?),
        place: received,
        size: columns::count(row.get(3)?),
        flags: columns::read_flags(row.get(4)?, row.get_ref(5)?.as_str()?),
        attachments: row.get(6)?,
        thread: 1,
        pending: row.get(7)?,
        cached: false,
        parent: None,
        bundle: None,
    })
}

fn thread_of(connection: &Connection, id: MessageId) -> rusqlite::Result<i64> {
    connection.prepare_cached("SELECT thread FROM messages WHERE id = ?1")?.query_row([id.0], |found| found.get(0))
}

/// The newest messages of a conversation in a folder, as long as they share one Message-ID: each of them has a row of its own,
/// of which the first stands for what follows them.
#[derive(Debug, Default)]
struct Run {
    message_id: Option<String>,
    over: bool,
}

impl Run {
    /// Whether this is the very newest.
    fn begins(&mut self, message_id: &str) -> bool {
        let first = self.message_id.is_none();
        if first {
            self.message_id = Some(message_id.to_owned());
        }
        first
    }

    /// Whether this one, older than those before, has a row of its own.
    fn goes_on(&mut self, message_id: &str) -> bool {
        self.over |= message_id.is_empty() || self.message_id.as_deref() != Some(message_id);
        !self.over
    }
}

/// Whether the row of this message, the first of its conversation or one with a row of its own, holds an unread message that is
/// not muted.
fn is_unread(connection: &Connection, id: MessageId) -> rusqlite::Result<bool> {
    let folder: i64 = connection
        .prepare_cached("SELECT shown_folder FROM messages WHERE id = ?1 AND shown_folder IS NOT NULL")?
        .query_row([id.0], |row| row.get(0))?;
    let mut members = connection.prepare_cached(MEMBERS)?;
    let mut found = members.query([thread_of(connection, id)?])?;
    let (mut run, mut leads) = (Run::default(), false);
    while let Some(member) = found.next()? {
        if member.get::<_, i64>(1)? != folder {
            continue;
        }
        let unread = member.get::<_, u8>(4)? & SEEN == 0 && !columns::is_muted(member.get_ref(5)?.as_str()?);
        let own = member.get::<_, i64>(0)? == id.0;
        let message_id = member.get_ref(8)?.as_str()?;
        let (first, single) = (run.begins(message_id), run.message_id.is_some());
        leads |= first && own;
        let single = first || (single && run.goes_on(message_id));
        if unread && (own || (leads && !single)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The nearest conversation with an unread message, further down or further up than `from`.
pub(super) fn next_head(
    connection: &Connection,
    source: Source,
    from: Option<RowKey>,
    older: bool,
    reach: &Reach,
) -> rusqlite::Result<Option<RowKey>> {
    let (_, unread) = window::totals(connection, source)?;
    let side = if older { Side::Older } else { Side::Newer };
    if unread <= reach.few {
        // Each unread message says where its conversation stands.
        let keys = keys_from(connection, source, Side::Older, Which::ToRead, None, u32::MAX)?;
        let mut heads = BTreeSet::new();
        for key in keys {
            heads.extend(window::head_of(connection, key.id)?);
        }
        let start = from.unwrap_or(if older { window::NEWEST } else { window::OLDEST });
        let next =
            if older { heads.range(..start).next_back() } else { heads.range(start..).find(|key| **key != start) };
        return Ok(next.copied());
    }
    let mut from = from;
    let mut left = reach.rows;
    while left > 0 {
        let page = PAGE.min(u32::try_from(left).unwrap_or(u32::MAX));
        let keys = keys_from(connection, source, side, Which::Heads, from, page)?;
        let Some(last) = keys.last().copied() else { return Ok(None) };
        left = left.saturating_sub(keys.len());
        for key in keys {
            if is_unread(connection, key.id)? {
                return Ok(Some(key));
            }
        }
        from = Some(last);
    }
    far_head(connection, source, from, older, reach.unread)
}

/// As [`next_head`], from the unread messages nearest to `from`: of their conversations the nearest that stands on the side.
fn far_head(
    connection: &Connection,
    source: Source,
    from: Option<RowKey>,
    older: bool,
    most: u32,
) -> rusqlite::Result<Option<RowKey>> {
    let start = from.unwrap_or(if older { window::NEWEST } else { window::OLDEST });
    // A conversation stands at its newest message: one further up may have its unread messages further down.
    let sides: &[Side] = if older { &[Side::Older] } else { &[Side::Newer, Side::Older] };
    let mut nearest: Option<RowKey> = None;
    for side in sides {
        for key in keys_from(connection, source, *side, Which::ToRead, Some(start), most)? {
            let Some(head) = window::head_of(connection, key.id)? else { continue };
            let beyond = if older { head < start } else { head > start };
            if beyond && nearest.is_none_or(|nearest| if older { head > nearest } else { head < nearest }) {
                nearest = Some(head);
            }
        }
    }
    Ok(nearest)
}

/// A row of a list in order.
#[derive(Debug, Clone, Copy)]
struct Entry {
    key: RowKey,
    /// Whether it holds an unread message that is not muted.
    to_read: bool,
}

/// What is known of a message before it has its place.
struct Sortable {
    id: i64,
    /// By which lists sort.
    received: i64,
    arrived: i64,
    /// When it comes back, in the list of what was put off.
    returns: Option<i64>,
    size: i64,
    unread: bool,
    to_read: bool,
    starred: bool,
    text: String,
    message_id: String,
}

/// All rows of a list in its order.
fn sorted(connection: &Connection, source: Source, arrangement: Arrangement) -> rusqlite::Result<Vec<Entry>> {
    let mut rows: Vec<Sortable> = Vec::new();
    for (sql, parameter) in window::whole(connection, source)? {
        let mut all = Vec::new();
        let mut statement = connection.prepare_cached(sql)?;
        let mut found = statement.query([parameter])?;
        while let Some(row) = found.next()? {
            all.push((sortable(row, arrangement.order)?, row.get::<_, i64>(2)?));
            if arrangement.conversations
                && let Some((one, _)) = all.last_mut()
            {
                one.message_id = row.get(7)?;
            }
        }
        if arrangement.conversations {
            rows.extend(conversations(all));
        } else {
            rows.extend(all.into_iter().map(|(one, _)| one));
        }
    }
    Ok(in_order(rows, arrangement.order))
}

/// Of messages of one folder, with their conversations: a row for each conversation, and one for each message that shares a
/// Message-ID with the newest.
fn conversations(mut all: Vec<(Sortable, i64)>) -> Vec<Sortable> {
    all.sort_by_key(|(one, _)| std::cmp::Reverse((one.received, one.id)));
    let mut rows: Vec<Sortable> = Vec::new();
    let mut heads: HashMap<i64, (usize, Run)> = HashMap::new();
    for (one, thread) in all {
        let (head, run) = heads.entry(thread).or_insert_with(|| (rows.len(), Run::default()));
        if run.begins(&one.message_id) || run.goes_on(&one.message_id) {
            rows.push(one);
        } else if let Some(row) = rows.get_mut(*head) {
            row.unread |= one.unread;
            row.to_read |= one.to_read;
            row.starred |= one.starred;
        }
    }
    rows
}

fn sortable(row: &rusqlite::Row<'_>, order: Order) -> rusqlite::Result<Sortable> {
    let flags: u8 = row.get(4)?;
    let text = match order {
        Order::Sender => {
            let senders = columns::read_addresses(row.get_ref(5)?.as_str()?);
            let first = senders.first();
            let name = first.map(|sender| if sender.name.trim().is_empty() { &sender.address } else { &sender.name });
            name.map(|name| name.trim().to_lowercase()).unwrap_or_default()
        }
        Order::Subject => Subject::of(row.get_ref(6)?.as_str()?).folded(),
        Order::Newest | Order::Oldest | Order::Size | Order::Unread | Order::Starred | Order::Return => String::new(),
    };
    let unread = flags & SEEN == 0;
    Ok(Sortable {
        id: row.get(0)?,
        received: row.get(1)?,
        arrived: row.get(8)?,
        returns: if order == Order::Return { row.get(10)? } else { None },
        size: row.get(3)?,
        unread,
        to_read: unread && !columns::is_muted(row.get_ref(9)?.as_str()?),
        starred: flags & FLAGGED != 0,
        text,
        message_id: String::new(),
    })
}

/// More than any second that mail could come in.
const ABOVE: i64 = 1 << 56;

fn in_order(mut rows: Vec<Sortable>, order: Order) -> Vec<Entry> {
    if matches!(order, Order::Sender | Order::Subject) {
        rows.sort_by(|a, b| a.text.cmp(&b.text).then_with(|| (b.received, b.id).cmp(&(a.received, a.id))));
    }
    let place = |(rank, row): (usize, &Sortable)| match order {
        Order::Newest => row.received,
        Order::Oldest => row.arrived.saturating_neg(),
        Order::Return => row.returns.unwrap_or(row.arrived).saturating_neg(),
        Order::Size => row.size,
        Order::Unread => row.received.saturating_add(if row.unread { ABOVE } else { 0 }),
        Order::Starred => row.received.saturating_add(if row.starred { ABOVE } else { 0 }),
        Order::Sender | Order::Subject => columns::stored(rank as u64).saturating_neg(),
    };
    let entry = |(rank, row): (usize, &Sortable)| Entry {
        key: RowKey { place: place((rank, row)), id: MessageId(row.id) },
        to_read: row.to_read,
    };
    let mut entries: Vec<Entry> = rows.iter().enumerate().map(entry).collect();
    entries.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.key));
    entries
}

/// Where this row stands, or would stand.
fn place_of(all: &[Entry], key: RowKey) -> usize {
    // By name its place may be another by now.
    let exact = all.iter().position(|entry| entry.key.id == key.id);
    exact.unwrap_or_else(|| all.partition_point(|entry| entry.key > key))
}

fn around(all: &[Entry], anchor: Anchor, reach: u32) -> std::ops::Range<usize> {
    let reach = usize::try_from(reach).unwrap_or(usize::MAX);
    match anchor {
        Anchor::Newest => 0..reach.min(all.len()),
        Anchor::Oldest => all.len().saturating_sub(reach)..all.len(),
        Anchor::Around(key) => {
            let at = place_of(all, key);
            at.saturating_sub(reach)..at.saturating_add(reach).saturating_add(1).min(all.len())
        }
    }
}
