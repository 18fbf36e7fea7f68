//! Windows of lists: cut by key from an index, never by offset, and never a whole folder.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Detail, Reader, Result, arranged, columns};
use crate::mail::list::{Anchor, Source, Window};
use crate::mail::marks::{self, Mark};
use crate::mail::message::{MessageRow, RowKey};
use crate::mail::{AccountId, FolderId, MessageId, UnixTime};
use crate::safe_text::SafeText;

/// Index entries that are counted to tell how many rows stand before a window.
const COUNTED: i64 = 2500;

/// Conversations before or behind a window that are counted: each costs as many questions as it has messages.
const COUNTED_HEADS: i64 = 500;

/// No newer message of the same conversation is shown in the same folder; one with the same Message-ID does not count, so
/// that nobody can hide a message behind another (DC05). It asks the index of conversations from the message's own time on,
/// so that the length of the conversation does not matter.
pub(super) const HEADS: &str = " AND NOT EXISTS (SELECT 1 FROM messages AS newer INDEXED BY messages_thread
    WHERE newer.thread = messages.thread AND newer.received >= messages.received
        AND newer.shown_folder = messages.shown_folder
        AND (newer.received > messages.received OR newer.id > messages.id)
        AND (newer.message_id <> messages.message_id OR newer.message_id = ''))";

/// Unread, and of no muted conversation. Nearly all have no keywords.
const TO_READ: &str = " AND (shown_flags & 1) = 0
    AND (shown_keywords = '' OR ' ' || shown_keywords || ' ' NOT LIKE '% $muted %')";

/// The newest message of a message's conversation in its folder.
pub(super) const HEAD_OF: &str = "SELECT newest.received, newest.id
    FROM messages, messages AS newest INDEXED BY messages_thread
    WHERE messages.id = ?1 AND newest.thread = messages.thread AND newest.shown_folder = messages.shown_folder
    ORDER BY newest.received DESC, newest.id DESC LIMIT 1";

/// A list that one index holds in order; a source is one of them, or several merged.
#[derive(Debug, Clone, Copy)]
enum Track {
    Folder(i64),
    /// `all`: every account in the cache is shown, so that the index alone answers.
    Starred {
        all: bool,
    },
    Marked(Mark),
}

/// Which way from a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Older, the key itself not included.
    Older,
    /// Older, with the key itself.
    OlderOrEqual,
    /// Newer, the key itself not included.
    Newer,
}

/// Which messages of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    All,
    Unread,
    /// Unread, and of no muted conversation.
    ToRead,
    /// The newest of each conversation in the folder.
    Heads,
}

/// Before the first row.
pub(super) const NEWEST: RowKey = RowKey { place: i64::MAX, id: MessageId(i64::MAX) };
/// Behind the last row.
pub(super) const OLDEST: RowKey = RowKey { place: i64::MIN, id: MessageId(i64::MIN) };

/// The keys on one side of a key are asked for in two steps, each of which an index answers exactly: those of the same
/// second, then those of other seconds. One comparison of both columns would walk through all messages of that second,
/// and an import can give the same one to a whole folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    SameTime,
    Beyond,
}

impl Track {
    /// The condition and order of the keys of this track on one side of a key. `?1` is the folder, `?2` the time, `?3` the
    /// local number, `?4` the limit.
    fn sql(self, columns: &str, side: Side, which: Which, step: Step) -> String {
        let track = self.condition();
        let which = match which {
            Which::All => "",
            Which::Unread => " AND (shown_flags & 1) = 0",
            Which::ToRead => TO_READ,
            Which::Heads => HEADS,
        };
        let (compare, order) = match side {
            Side::Older => ("<", "DESC"),
            Side::OlderOrEqual => ("<=", "DESC"),
            Side::Newer => (">", "ASC"),
        };
        let step = match step {
            Step::SameTime => format!("received = ?2 AND id {compare} ?3"),
            Step::Beyond => format!("received {} ?2 AND ?3 IS NOT NULL", compare.trim_end_matches('=')),
        };
        format!(
            "SELECT {columns} FROM messages WHERE {track}{which} AND {step}
             ORDER BY received {order}, id {order} LIMIT ?4"
        )
    }

    /// All of it: `?1` is the folder, `?2` the limit.
    fn everything(self) -> String {
        format!(
            "SELECT id, account, shown_folder, COALESCE(arrived, received), shown_flags, shown_keywords, received
             FROM messages
             WHERE {} ORDER BY received DESC, id DESC LIMIT ?2",
            self.condition()
        )
    }

    fn condition(self) -> &'static str {
        match self {
            Self::Folder(_) => "shown_folder = ?1",
            Self::Starred { all: true } => "(shown_flags & 4) <> 0 AND shown_folder IS NOT NULL AND ?1 = 0",
            Self::Starred { all: false } => {
                "(shown_flags & 4) <> 0 AND shown_folder IS NOT NULL AND is_shown(account) AND ?1 = 0"
            }
            // A copy that lies elsewhere has the keyword too, and nothing brings it back.
            Self::Marked(Mark::Snoozed) => {
                "(marks & 1) <> 0 AND shown_folder IS NOT NULL AND ?1 = 0
                AND +shown_folder IN (SELECT folders.id FROM folders WHERE role = 'snoozed' AND is_shown(folders.account))"
            }
            Self::Marked(Mark::ReplyLater) => "(marks & 2) <> 0 AND shown_folder IS NOT NULL AND is_shown(account) AND ?1 = 0",
            Self::Marked(Mark::Pinned) => "(marks & 4) <> 0 AND shown_folder IS NOT NULL AND is_shown(account) AND ?1 = 0",
        }
    }

    fn parameter(self) -> i64 {
        match self {
            Self::Folder(id) => id,
            Self::Starred { .. } | Self::Marked(_) => 0,
        }
    }

    /// Keys on one side of a key, the nearest first.
    fn keys(
        self,
        connection: &Connection,
        side: Side,
        which: Which,
        from: RowKey,
        limit: u32,
    ) -> rusqlite::Result<Vec<RowKey>> {
        let mut keys = Vec::new();
        for step in [Step::SameTime, Step::Beyond] {
            let left = limit.saturating_sub(u32::try_from(keys.len()).unwrap_or(u32::MAX));
            let mut find = connection.prepare_cached(&self.sql("received, id", side, which, step))?;
            let rows = find.query_map(params![self.parameter(), from.place, from.id.0, left], |row| {
                Ok(RowKey { place: row.get(0)?, id: MessageId(row.get(1)?) })
            })?;
            for row in rows {
                keys.push(row?);
            }
        }
        Ok(keys)
    }

    /// How many keys lie on one side of a key; of each step at most one more than [`Which::counted`].
    fn count(self, connection: &Connection, side: Side, which: Which, from: RowKey) -> rusqlite::Result<i64> {
        let mut sum = 0;
        for step in [Step::SameTime, Step::Beyond] {
            sum += connection
                .prepare_cached(&format!("SELECT COUNT(*) FROM ({})", self.sql("1", side, which, step)))?
                .query_row(params![self.parameter(), from.place, from.id.0, which.counted() + 1], |row| {
                    row.get::<_, i64>(0)
                })?;
        }
        Ok(sum)
    }
}

impl Which {
    /// Index entries that are counted to tell how many rows stand before a window.
    fn counted(self) -> i64 {
        match self {
            Self::All | Self::Unread | Self::ToRead => COUNTED,
            Self::Heads => COUNTED_HEADS,
        }
    }
}

impl Reader {
    /// A part of a list, newest first: up to `reach` rows from the newest or the oldest end, or `reach` newer ones, the
    /// key itself and `reach` older ones. Costs the same in a folder of a million.
    ///
    /// `total` and `unread` are what is stored (and so can be scrolled to), not what STATUS promises: for that see
    /// [`crate::mail::folder::FolderRow`]. `first` is exact when the window is within 2,500 rows of either end, else
    /// estimated from the dates.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn window(&self, source: Source, anchor: Anchor, reach: u32) -> Result<Window> {
        self.read("read a list", |connection| {
            let tracks = tracks(connection, source)?;
            let (total, unread) = totals(connection, source)?;
            let keys = cut(connection, &tracks, Which::All, anchor, reach)?;
            let first = match anchor {
                Anchor::Newest => 0,
                Anchor::Oldest => total.saturating_sub(columns::stored(keys.len() as u64).unsigned_abs()),
                Anchor::Around(_) => rank(connection, &tracks, Which::All, &keys, total)?,
            };
            let mut rows = Vec::with_capacity(keys.len());
            for key in keys {
                rows.extend(self.row_in(connection, key.id)?);
            }
            Ok(Window { rows, first, total, messages: total, unread })
        })
    }

    /// The next unread message, older or newer than `from`; without `from`: the newest (`older`) or the oldest of all. What
    /// is muted is passed over.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn next_unread(&self, source: Source, from: Option<RowKey>, older: bool) -> Result<Option<RowKey>> {
        let (side, start) = if older { (Side::Older, NEWEST) } else { (Side::Newer, OLDEST) };
        self.read("find the next unread message", |connection| {
            let tracks = tracks(connection, source)?;
            let keys = merged(connection, &tracks, side, Which::ToRead, from.unwrap_or(start), 1)?;
            Ok(keys.first().copied())
        })
    }

    /// Every message of a list, the newest first, at most `limit`: where it is and how it is marked, without its texts.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn everything(&self, source: Source, limit: u32) -> Result<Vec<MessageRow>> {
        self.read("read all of a list", |connection| {
            let mut rows: Vec<MessageRow> = Vec::new();
            for track in tracks(connection, source)? {
                let mut all = connection.prepare_cached(&track.everything())?;
                let found = all.query_map(params![track.parameter(), limit], |row| {
                    Ok(MessageRow {
                        id: MessageId(row.get(0)?),
                        account: AccountId(row.get(1)?),
                        folder: FolderId(row.get(2)?),
                        received: UnixTime(row.get(3)?),
                        place: row.get(6)?,
                        flags: columns::read_flags(row.get(4)?, row.get_ref(5)?.as_str()?),
                        from: SafeText::default(),
                        address: SafeText::default(),
                        subject: SafeText::default(),
                        snippet: SafeText::default(),
                        size: 0,
                        attachments: false,
                        thread: 1,
                        pending: false,
                        cached: false,
                        parent: None,
                        bundle: None,
                    })
                })?;
                for row in found {
                    rows.push(row?);
                }
            }
            rows.sort_by_key(|row| std::cmp::Reverse(row.key()));
            rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            Ok(rows)
        })
    }

    /// How many messages of all accounts have each mark, as shown.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn marked(&self) -> Result<Vec<(Mark, u64)>> {
        self.read("count the marked messages", |connection| {
            let count = |mark: Mark| Ok((mark, totals(connection, Source::Marked(mark))?.0));
            Mark::ALL.into_iter().map(count).collect()
        })
    }

    /// The newest messages of a list with all that commands print.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn list(&self, source: Source, limit: u32) -> Result<Vec<Detail>> {
        self.read("read a list", |connection| {
            let tracks = tracks(connection, source)?;
            let keys = merged(connection, &tracks, Side::OlderOrEqual, Which::All, NEWEST, limit)?;
            keys.iter().filter_map(|key| self.detail_in(connection, key.id).transpose()).collect()
        })
    }
}

fn tracks(connection: &Connection, source: Source) -> rusqlite::Result<Vec<Track>> {
    Ok(match source {
        Source::Folder(FolderId(id)) => vec![Track::Folder(id)],
        Source::Starred => {
            let hidden = connection.prepare_cached("SELECT 1 FROM accounts WHERE NOT is_shown(id)")?.exists([])?;
            vec![Track::Starred { all: !hidden }]
        }
        Source::Marked(mark) => vec![Track::Marked(mark)],
        // A search is answered by `Reader::found`.
        Source::Search(_) => Vec::new(),
        Source::AllInboxes => connection
            .prepare_cached("SELECT id FROM folders WHERE role = 'inbox' AND is_shown(account)")?
            .query_map([], |row| row.get(0).map(Track::Folder))?
            .collect::<rusqlite::Result<_>>()?,
    })
}

/// Messages and unread ones of a source, from the counters.
pub(super) fn totals(connection: &Connection, source: Source) -> rusqlite::Result<(u64, u64)> {
    let (sql, parameter) = match source {
        Source::Search(_) => return Ok((0, 0)),
        Source::Marked(mark) => (marked(mark), 0),
        Source::Folder(FolderId(id)) => ("SELECT shown_messages, shown_unread FROM folders WHERE id = ?1", id),
        Source::AllInboxes => (
            "SELECT COALESCE(SUM(shown_messages), 0), COALESCE(SUM(shown_unread), 0) FROM folders
             WHERE role = 'inbox' AND is_shown(account) AND ?1 = 0",
            0,
        ),
        Source::Starred => (
            "SELECT COALESCE(SUM(starred), 0), COALESCE(SUM(starred_unread), 0) FROM folders
                 WHERE is_shown(account) AND ?1 = 0",
            0,
        ),
    };
    let counts = connection
        .prepare_cached(sql)?
        .query_row([parameter], |row| Ok((columns::count(row.get(0)?), columns::count(row.get(1)?))))
        .optional()?;
    Ok(counts.unwrap_or_default())
}

/// Messages with a mark, and unread ones among them. There are few: what is marked is to be done.
pub(super) const fn marked(mark: Mark) -> &'static str {
    match mark {
        Mark::Snoozed => {
            "SELECT COUNT(*), COALESCE(SUM((shown_flags & 1) = 0), 0) FROM messages INDEXED BY messages_snoozed
             WHERE (marks & 1) <> 0 AND shown_folder IS NOT NULL AND ?1 = 0
                AND +shown_folder IN (SELECT folders.id FROM folders WHERE role = 'snoozed' AND is_shown(folders.account))"
        }
        Mark::ReplyLater => {
            "SELECT COUNT(*), COALESCE(SUM((shown_flags & 1) = 0), 0) FROM messages INDEXED BY messages_reply_later
             WHERE (marks & 2) <> 0 AND shown_folder IS NOT NULL AND is_shown(account) AND ?1 = 0"
        }
        Mark::Pinned => {
            "SELECT COUNT(*), COALESCE(SUM((shown_flags & 1) = 0), 0) FROM messages INDEXED BY messages_pinned
             WHERE (marks & 4) <> 0 AND shown_folder IS NOT NULL AND is_shown(account) AND ?1 = 0"
        }
    }
}

/// Keys of all tracks on one side of a key, the nearest first.
fn merged(
    connection: &Connection,
    tracks: &[Track],
    side: Side,
    which: Which,
    from: RowKey,
    limit: u32,
) -> rusqlite::Result<Vec<RowKey>> {
    let mut keys = Vec::new();
    for track in tracks {
        keys.extend(track.keys(connection, side, which, from, limit)?);
    }
    if tracks.len() > 1 {
        keys.sort_unstable();
        if side != Side::Newer {
            keys.reverse();
        }
        keys.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    Ok(keys)
}

/// The keys of a window, newest first.
fn cut(
    connection: &Connection,
    tracks: &[Track],
    which: Which,
    anchor: Anchor,
    reach: u32,
) -> rusqlite::Result<Vec<RowKey>> {
    let newer = |from: RowKey| -> rusqlite::Result<Vec<RowKey>> {
        let mut keys = merged(connection, tracks, Side::Newer, which, from, reach)?;
        keys.reverse();
        Ok(keys)
    };
    match anchor {
        Anchor::Newest => merged(connection, tracks, Side::OlderOrEqual, which, NEWEST, reach),
        Anchor::Oldest => newer(OLDEST),
        Anchor::Around(key) => {
            let mut keys = newer(key)?;
            let older = merged(connection, tracks, Side::OlderOrEqual, which, key, reach.saturating_add(1))?;
            keys.extend(older);
            Ok(keys)
        }
    }
}

/// Keys of several folders on one side of a key, or from the end, the nearest first.
pub(super) fn keys_of(
    connection: &Connection,
    folders: &[i64],
    older: bool,
    unread: bool,
    from: Option<RowKey>,
    limit: u32,
) -> rusqlite::Result<Vec<RowKey>> {
    let tracks: Vec<Track> = folders.iter().copied().map(Track::Folder).collect();
    let (side, end) = if older { (Side::Older, NEWEST) } else { (Side::Newer, OLDEST) };
    let which = if unread { Which::Unread } else { Which::All };
    merged(connection, &tracks, side, which, from.unwrap_or(end), limit)
}

/// A window of keys of a list of conversations, with how many stand before it, and how many there are as far as is known.
pub(super) struct HeadCut {
    pub keys: Vec<RowKey>,
    pub first: u64,
    pub total: u64,
}

/// As [`cut`], of conversations in a source that has so many messages.
pub(super) fn cut_heads(
    connection: &Connection,
    source: Source,
    anchor: Anchor,
    reach: u32,
    messages: u64,
) -> rusqlite::Result<HeadCut> {
    let tracks = tracks(connection, source)?;
    let keys = cut(connection, &tracks, Which::Heads, anchor, reach)?;
    let more = match anchor {
        Anchor::Oldest => false,
        Anchor::Newest | Anchor::Around(_) => match keys.last() {
            Some(last) => !merged(connection, &tracks, Side::Older, Which::Heads, *last, 1)?.is_empty(),
            None => false,
        },
    };
    let first = match anchor {
        Anchor::Newest => 0,
        Anchor::Oldest | Anchor::Around(_) => rank_of_head(connection, &tracks, &keys, messages)?,
    };
    let known = first.saturating_add(keys.len() as u64);
    let total = if more { messages.max(known.saturating_add(1)) } else { known };
    Ok(HeadCut { keys, first, total })
}

/// How many conversations stand before these: counted near the top, else as many as there are messages at most.
fn rank_of_head(connection: &Connection, tracks: &[Track], keys: &[RowKey], messages: u64) -> rusqlite::Result<u64> {
    let Some(first) = keys.first() else { return Ok(0) };
    let mut sum = 0;
    for track in tracks {
        sum += track.count(connection, Side::Newer, Which::Heads, *first)?;
        if sum > COUNTED_HEADS {
            return Ok(columns::count(sum).max(messages.saturating_sub(keys.len() as u64) / 2));
        }
    }
    Ok(columns::count(sum))
}

/// The place of the conversation of this message in the list of its folder.
pub(super) fn head_of(connection: &Connection, id: MessageId) -> rusqlite::Result<Option<RowKey>> {
    let own = format!("SELECT received, id FROM messages WHERE id = ?1{HEADS}");
    for sql in [own.as_str(), HEAD_OF] {
        let key = connection
            .prepare_cached(sql)?
            .query_row([id.0], |row| Ok(RowKey { place: row.get(0)?, id: MessageId(row.get(1)?) }))
            .optional()?;
        if key.is_some() {
            return Ok(key);
        }
    }
    Ok(None)
}

/// Keys of a source on one side of a key, or from the end, the nearest first.
pub(super) fn keys_from(
    connection: &Connection,
    source: Source,
    side: Side,
    which: Which,
    from: Option<RowKey>,
    limit: u32,
) -> rusqlite::Result<Vec<RowKey>> {
    let end = if side == Side::Newer { OLDEST } else { NEWEST };
    merged(connection, &tracks(connection, source)?, side, which, from.unwrap_or(end), limit)
}

/// What reads all of a source to put it in order, track by track, with its parameter.
pub(super) fn whole(connection: &Connection, source: Source) -> rusqlite::Result<Vec<(&'static str, i64)>> {
    let all = tracks(connection, source)?;
    Ok(all
        .into_iter()
        .map(|track| match track {
            Track::Folder(id) => (arranged::SORTED, id),
            Track::Starred { .. } => (arranged::SORTED_STARRED, 0),
            Track::Marked(mark) => (arranged::sorted_marked(mark), 0),
        })
        .collect())
}

/// How many rows stand before these.
fn rank(connection: &Connection, tracks: &[Track], which: Which, keys: &[RowKey], total: u64) -> rusqlite::Result<u64> {
    let (Some(first), Some(last)) = (keys.first(), keys.last()) else {
        return Ok(0);
    };
    let count = |side: Side, from: RowKey| -> rusqlite::Result<Option<u64>> {
        let mut sum = 0;
        for track in tracks {
            sum += track.count(connection, side, which, from)?;
            if sum > which.counted() {
                return Ok(None);
            }
        }
        Ok(Some(columns::count(sum)))
    };
    if let Some(before) = count(Side::Newer, *first)? {
        return Ok(before);
    }
    let rows = keys.len() as u64;
    if let Some(after) = count(Side::Older, *last)? {
        return Ok(total.saturating_sub(after).saturating_sub(rows));
    }
    // Pinned ones stand first, at a time that tells nothing of when mail came.
    let unpinned = RowKey { place: marks::FIRST_PINNED.0, id: MessageId(i64::MIN) };
    let newest = merged(connection, tracks, Side::Older, Which::All, unpinned, 1)?;
    let oldest = merged(connection, tracks, Side::Newer, Which::All, OLDEST, 1)?;
    let (Some(newest), Some(oldest)) = (newest.first(), oldest.first()) else {
        return Ok(0);
    };
    // As if mail had come evenly. 128 bits hold any product of two.
    let span = i128::from(newest.place) - i128::from(oldest.place);
    let passed = i128::from(newest.place) - i128::from(first.place);
    let estimate = i128::from(total) * passed / span.max(1);
    let counted = columns::count(which.counted());
    let most = total.saturating_sub(counted).saturating_sub(rows).max(counted);
    Ok(u64::try_from(estimate).unwrap_or(0).clamp(counted, most))
}

/// Statements of [`Reader::everything`], whose query plans are tested.
#[cfg(test)]
pub(super) fn everything_statements() -> [String; 3] {
    [
        Track::Folder(1).everything(),
        Track::Starred { all: true }.everything(),
        Track::Marked(Mark::ReplyLater).everything(),
    ]
}

/// Statements whose query plans are tested.
#[cfg(test)]
pub(super) fn statements() -> Vec<String> {
    let mut all = Vec::new();
    let marked = Mark::ALL.map(Track::Marked);
    for track in
        [Track::Folder(1), Track::Starred { all: true }, Track::Starred { all: false }].into_iter().chain(marked)
    {
        for side in [Side::Older, Side::OlderOrEqual, Side::Newer] {
            for step in [Step::SameTime, Step::Beyond] {
                for which in [Which::All, Which::Unread, Which::ToRead, Which::Heads] {
                    all.push(track.sql("received, id", side, which, step));
                }
                all.push(format!("SELECT COUNT(*) FROM ({})", track.sql("1", side, Which::All, step)));
            }
        }
    }
    all
}
