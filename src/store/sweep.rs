//! Everything that there is of a sender or of a list, found by the index of words and looked at once more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Reader, Result, columns};
use crate::mail::folder::Role;
use crate::mail::list::Search;
use crate::mail::rule::Whom;
use crate::mail::sweep::Swept;
use crate::mail::{FolderId, MessageId, UnixTime};
use crate::query::{Edge, Field, Node, Phrase, Query, Term};

/// Whose a message is.
const WHOSE: &str = "SELECT senders, list_id FROM messages WHERE id = ?1";

impl Reader {
    /// What there is of the sender of this message, and of its list if it came through one; at most so many messages of each.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn sweep(&self, message: MessageId, limit: u32) -> Result<Vec<Swept>> {
        let Some(detail) = self.detail(message)? else { return Ok(Vec::new()) };
        let envelope = &detail.envelope;
        let address =
            envelope.from.first().map(|one| one.address.trim().to_lowercase()).filter(|one| one.contains('@'));
        let list = Some(envelope.list_id.trim().to_lowercase()).filter(|id| !id.is_empty());
        let all = address.map(Whom::From).into_iter().chain(list.map(Whom::List));
        all.map(|whom| self.swept(whom, limit)).collect()
    }

    fn swept(&self, whom: Whom, limit: u32) -> Result<Swept> {
        let roles: BTreeMap<FolderId, Option<Role>> =
            self.folders()?.into_iter().map(|row| (row.id, row.role)).collect();
        let mut folders: BTreeMap<FolderId, u64> = BTreeMap::new();
        let mut swept = Swept {
            folders: Vec::new(),
            unread: 0,
            since: UnixTime(i64::MAX),
            inbox: Vec::new(),
            all: Vec::new(),
            total: 0,
            whom,
        };
        let Some(search) = search(&swept.whom) else { return Ok(swept) };
        let rows = self.everything_found(&search, limit)?;
        let meant = self.meant(&swept.whom, rows.iter().map(|row| row.id))?;
        for row in rows.into_iter().filter(|row| meant.contains(&row.id)) {
            *folders.entry(row.folder).or_default() += 1;
            swept.total += 1;
            swept.unread += u64::from(!row.flags.seen());
            swept.since = swept.since.min(row.received);
            let role = roles.get(&row.folder).copied().flatten();
            if role == Some(Role::Inbox) {
                swept.inbox.push(row.id);
            }
            if !matches!(role, Some(Role::Sent | Role::Drafts)) {
                swept.all.push(row.id);
            }
        }
        swept.folders = folders.into_iter().collect();
        swept.folders.sort_by_key(|(id, count)| (std::cmp::Reverse(*count), *id));
        Ok(swept)
    }

    /// Those of these messages that are really theirs: words alone do not tell a@b.example from x-a@b.example.
    fn meant(&self, whom: &Whom, ids: impl Iterator<Item = MessageId>) -> Result<BTreeSet<MessageId>> {
        self.read("read senders", |connection| {
            let mut find = connection.prepare_cached(WHOSE)?;
            let mut meant = BTreeSet::new();
            for id in ids {
                let mut rows = find.query([id.0])?;
                if let Some(row) = rows.next()? {
                    let senders = columns::read_addresses(row.get_ref(0)?.as_str()?);
                    if whom.is(senders.iter().map(|one| one.address.as_str()), row.get_ref(1)?.as_str()?) {
                        meant.insert(id);
                    }
                }
            }
            Ok(meant)
        })
    }
}

/// The search that finds all of it, and perhaps more.
fn search(whom: &Whom) -> Option<Search> {
    let (field, text) = match whom {
        Whom::From(address) => (Field::From, address),
        Whom::List(id) => (Field::List, id),
    };
    let phrase = Phrase::of(text, Edge::Whole, Edge::Whole)?;
    let query = Arc::new(Query { root: Node::Term(Term::Text(field, phrase)) });
    Some(Search { query, within: None, hits: Arc::default(), conversations: false })
}
