//! Going through what a search finds, in the order of a list, no further than somebody wants to know.
//!
//! Four springs feed it: the index, where words lead; the lists of folders, where no words do; the messages that the index
//! does not hold yet; and what servers found.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::super::index;
use super::expression::{self, Asked};
use super::plan::{Check, Fact, Facts, Plan};
use super::scan::{self, Fields};
use crate::mail::message::RowKey;

/// Which way through the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// From newer to older.
    Older,
    /// From older to newer.
    Newer,
}

/// Whether any message is sorted by another time than that of its receipt.
pub(in crate::store) const MOVED: &str =
    "SELECT 1 FROM messages INDEXED BY messages_arrived WHERE arrived IS NOT NULL LIMIT 1";

/// Messages of folders that are read at a time.
const PAGE: u32 = 500;

const BY_DOC: &str = "FROM docs JOIN messages ON messages.id = docs.message
    WHERE docs.doc = ?1 AND messages.shown_folder IS NOT NULL";

/// The other copies of a message, and where they are shown.
pub(in crate::store) const COPIES: &str = "SELECT id, shown_folder FROM messages
    WHERE thread = ?1 AND id <> ?2 AND shown_folder IS NOT NULL AND message_id <> ''
        AND message_id = (SELECT message_id FROM messages WHERE id = ?2)";

/// Whether all of a message's text is in the index.
const KNOWN: &str = "SELECT 1 FROM docs WHERE message = ?1 AND text_bytes > 0 AND (inside & 4) = 0";

fn by_id() -> String {
    format!(
        "SELECT {} FROM messages LEFT JOIN docs ON docs.message = messages.id
         WHERE messages.id = ?1 AND messages.shown_folder IS NOT NULL",
        scan::facts_with("COALESCE(docs.inside, 0)")
    )
}

/// A walk through what is found.
pub(super) struct Walk<'a> {
    connection: &'a Connection,
    plan: &'a Plan<'a>,
    asked: Asked,
    /// The rows of the index that hold a phrase, where it stands beside other conditions.
    sets: HashMap<usize, HashSet<i64>>,
    /// Messages that were found and wait for their turn.
    waiting: BTreeMap<RowKey, Facts>,
    /// What has waited, where there are views: a message and its copy are one.
    taken: HashSet<i64>,
    way: Way,
    from: Option<RowKey>,
}

/// What hears of each message.
pub(super) type Each<'e> = &'e mut dyn FnMut(&Facts) -> rusqlite::Result<ControlFlow<()>>;

/// Goes through what is found, from beyond `from` on or from the end; each message once, in order, until `each` breaks.
pub(super) fn walk(
    connection: &Connection,
    plan: &Plan<'_>,
    way: Way,
    from: Option<RowKey>,
    each: Each<'_>,
) -> rusqlite::Result<()> {
    let asked = expression::ask(connection, plan)?;
    let mut walk = Walk {
        connection,
        plan,
        asked,
        sets: HashMap::new(),
        waiting: BTreeMap::new(),
        taken: HashSet::new(),
        way,
        from,
    };
    walk.fill_sets()?;
    walk.take_hits()?;
    walk.take_unindexed()?;
    let ended = if walk.asked.hopeless {
        ControlFlow::Continue(())
    } else if let Some(expression) = walk.asked.expression.clone() {
        walk.through_index(&expression, each)?
    } else {
        walk.through_folders(each)?
    };
    match ended {
        ControlFlow::Continue(()) => walk.release(|_| true, each).map(drop),
        ControlFlow::Break(()) => Ok(()),
    }
}

impl Walk<'_> {
    /// Reads the rows of phrases that stand beside other conditions: `a or is:unread`.
    fn fill_sets(&mut self) -> rusqlite::Result<()> {
        let mut numbers = Vec::new();
        self.asked.rest.iter().for_each(|check| texts_in(check, &mut numbers));
        for number in numbers {
            let Some((field, phrase)) = self.plan.texts.get(number) else { continue };
            let mut set = HashSet::new();
            if let Some(expression) = expression::text(self.connection, *field, phrase)? {
                let mut find = self.connection.prepare_cached("SELECT rowid FROM search WHERE search MATCH ?1")?;
                for doc in find.query_map([expression], |row| row.get::<_, i64>(0))? {
                    set.insert(doc?);
                }
            }
            self.sets.insert(number, set);
        }
        Ok(())
    }

    /// What servers found and the cache still shows.
    fn take_hits(&mut self) -> rusqlite::Result<()> {
        let mut read = self.connection.prepare_cached(&by_id())?;
        let mut known = self.connection.prepare_cached(KNOWN)?;
        for id in &self.plan.hits {
            // Where the whole text is in the index, that knows better: servers find parts of words, and words apart.
            if let Some(facts) = read.query_row([id], scan::facts).optional()?
                && self.plan.admits_hit(&facts)?
                && !known.exists([id])?
            {
                self.wait(facts)?;
            }
        }
        Ok(())
    }

    /// Messages that the index does not hold: their headers are read.
    fn take_unindexed(&mut self) -> rusqlite::Result<()> {
        let upto = index::meta(self.connection, "indexed")?;
        let plan = self.plan;
        let mut found = Vec::new();
        scan::unindexed(self.connection, upto, |facts, fields: &Fields| {
            if (plan.stop)() {
                return Err(interrupted());
            }
            let mut text =
                |number: usize| Ok(plan.texts.get(number).is_some_and(|(field, phrase)| fields.hold(*field, phrase)));
            if plan.admits(facts, &mut text)? {
                found.push(facts.clone());
            }
            Ok(())
        })?;
        found.into_iter().try_for_each(|facts| self.wait(facts))
    }

    /// Ends the walk with an error where nobody waits for what it finds.
    fn go_on(&self) -> rusqlite::Result<()> {
        if (self.plan.stop)() {
            return Err(interrupted());
        }
        Ok(())
    }

    /// The copy of a message of a view (Gmail's All Mail) in its own folder, where one may be listed in its stead.
    fn elsewhere(&self, facts: &Facts) -> rusqlite::Result<Option<Facts>> {
        let mut others = self.connection.prepare_cached(COPIES)?;
        let mut copies = others.query([facts.thread, facts.key.id.0])?;
        while let Some(row) = copies.next()? {
            let (id, folder): (i64, i64) = (row.get(0)?, row.get(1)?);
            if !self.plan.folders.contains(&folder) || self.plan.views.contains(&folder) {
                continue;
            }
            let mut read = self.connection.prepare_cached(&by_id())?;
            // The words are the same; the flags, and what is laid over them, may not be.
            if let Some(copy) = read.query_row([id], scan::facts).optional()?
                && self.plan.admits_copy(&copy)?
            {
                return Ok(Some(copy));
            }
        }
        Ok(None)
    }

    /// Puts a message where it waits for its turn, unless it lies behind us.
    fn wait(&mut self, mut facts: Facts) -> rusqlite::Result<()> {
        if self.plan.views.contains(&facts.folder)
            && let Some(copy) = self.elsewhere(&facts)?
        {
            facts = copy;
        }
        let ahead = match (self.way, self.from) {
            (_, None) => true,
            (Way::Older, Some(from)) => facts.key < from,
            (Way::Newer, Some(from)) => facts.key > from,
        };
        // Only a copy can come when its own turn is over.
        if ahead && (self.plan.views.is_empty() || self.taken.insert(facts.key.id.0)) {
            self.waiting.insert(facts.key, facts);
        }
        Ok(())
    }

    /// Tells of those that wait, in order, as long as it is their turn.
    fn release(&mut self, due: impl Fn(RowKey) -> bool, each: Each<'_>) -> rusqlite::Result<ControlFlow<()>> {
        loop {
            let next = match self.way {
                Way::Older => self.waiting.last_entry(),
                Way::Newer => self.waiting.first_entry(),
            };
            let Some(entry) = next.filter(|entry| due(*entry.key())) else { return Ok(ControlFlow::Continue(())) };
            if each(&entry.remove())?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }

    /// Follows the index. Its numbers ascend with the hour, but a message may have one of a later hour than its own.
    fn through_index(&mut self, expression: &str, each: Each<'_>) -> rusqlite::Result<ControlFlow<()>> {
        let spill = index::meta(self.connection, "spill")?;
        let (mut low, mut high) = (0, i64::MAX);
        if let Some((from, until)) = received(&self.asked.rest) {
            low = index::first_doc(index::hour(from));
            // Numbers follow the time by which lists sort, and that may be long after the receipt.
            if !self.connection.prepare_cached(MOVED)?.exists([])? {
                high = index::first_doc(index::hour(until).saturating_add(spill).saturating_add(1));
            }
        }
        match (self.way, self.from) {
            (_, None) => {}
            (Way::Older, Some(from)) => {
                high = high.min(index::first_doc(index::hour(from.place).saturating_add(spill).saturating_add(1)));
            }
            (Way::Newer, Some(from)) => low = low.max(index::first_doc(index::hour(from.place))),
        }
        let order = if self.way == Way::Older { "DESC" } else { "ASC" };
        let connection = self.connection;
        let mut find = connection.prepare_cached(&format!(
            "SELECT rowid FROM search WHERE search MATCH ?1 AND rowid >= ?2 AND rowid <= ?3 ORDER BY rowid {order}"
        ))?;
        let mut read = connection.prepare_cached(&format!("SELECT {} {BY_DOC}", scan::facts_with("docs.inside")))?;
        let mut rows = find.query(params![expression, low, high])?;
        let (mut at, way) = (None, self.way);
        while let Some(row) = rows.next()? {
            self.go_on()?;
            let doc: i64 = row.get(0)?;
            let hour = index::hour_of(doc);
            if at != Some(hour) {
                at = Some(hour);
                // Nothing that is still to come is newer than this hour; older it may be by the spill.
                let passed = |key: RowKey| match way {
                    Way::Older => index::hour(key.place) > hour,
                    Way::Newer => index::hour(key.place) < hour.saturating_sub(spill),
                };
                if self.release(passed, each)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            if let Some(facts) = read.query_row([doc], scan::facts).optional()? {
                self.consider(facts, Some(doc))?;
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// A message that has the words: whether the rest holds of it.
    fn consider(&mut self, facts: Facts, doc: Option<i64>) -> rusqlite::Result<()> {
        // What a server found waits already.
        if !self.plan.folders.contains(&facts.folder) || self.waiting.contains_key(&facts.key) {
            return Ok(());
        }
        let sets = &self.sets;
        let mut text =
            |number: usize| Ok(doc.is_some_and(|doc| sets.get(&number).is_some_and(|set| set.contains(&doc))));
        for check in &self.asked.rest {
            if !check.holds(&facts, &mut text)? {
                return Ok(());
            }
        }
        self.wait(facts)
    }

    /// Follows the lists of the folders, page by page.
    fn through_folders(&mut self, each: Each<'_>) -> rusqlite::Result<ControlFlow<()>> {
        let folders = self.folders();
        let way = self.way;
        let mut from = self.from;
        let upto = index::meta(self.connection, "indexed")?;
        let connection = self.connection;
        let mut read = connection.prepare_cached(&format!(
            "SELECT {}, docs.doc FROM messages LEFT JOIN docs ON docs.message = messages.id
             WHERE messages.id = ?1 AND messages.shown_folder IS NOT NULL AND messages.placeholder = 0",
            scan::facts_with("COALESCE(docs.inside, 0)")
        ))?;
        let unread = self.asked.rest.contains(&Check::Fact(Fact::Flag { bit: crate::mail::flags::SEEN, set: false }));
        loop {
            let keys = super::super::window::keys_of(connection, &folders, self.way == Way::Older, unread, from, PAGE)?;
            let Some(last) = keys.last().copied() else { return Ok(ControlFlow::Continue(())) };
            for key in keys {
                self.go_on()?;
                let found = read.query_row([key.id.0], |row| Ok((scan::facts(row)?, row.get(11)?))).optional()?;
                let Some((facts, doc)) = found else { continue };
                let doc: Option<i64> = doc;
                // What the index does not hold was read before.
                if doc.is_some() || (key.id.0 <= upto && !is_put_off(connection, key.id.0)?) {
                    self.consider(facts, doc)?;
                }
            }
            let passed = |key: RowKey| if way == Way::Older { key >= last } else { key <= last };
            if self.release(passed, each)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            from = Some(last);
        }
    }

    /// The folders that can hold what is found.
    fn folders(&self) -> Vec<i64> {
        let mut folders = self.plan.folders.clone();
        for check in &self.asked.rest {
            if let Check::Fact(Fact::Folder(ids)) = check {
                folders.retain(|id| ids.contains(id));
            }
        }
        let mut folders: Vec<i64> = folders.into_iter().collect();
        folders.sort_unstable();
        folders
    }
}

/// As if somebody had interrupted SQLite.
fn interrupted() -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_INTERRUPT);
    rusqlite::Error::SqliteFailure(code, None)
}

fn is_put_off(connection: &Connection, id: i64) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM unindexed WHERE message = ?1")?.exists([id])
}

/// The time that all must have been received in.
fn received(rest: &[Check]) -> Option<(i64, i64)> {
    let times = rest.iter().filter_map(|check| {
        if let Check::Fact(Fact::Received(from, until)) = check { Some((*from, *until)) } else { None }
    });
    times.reduce(|(from, until), (other_from, other_until)| (from.max(other_from), until.min(other_until)))
}

/// The phrases in a condition.
fn texts_in(check: &Check, numbers: &mut Vec<usize>) {
    match check {
        Check::Text(number) => numbers.push(*number),
        Check::All(checks) | Check::Any(checks) => checks.iter().for_each(|check| texts_in(check, numbers)),
        Check::Not(check) => texts_in(check, numbers),
        Check::Always | Check::Fact(_) => {}
    }
}
