//! Searches as the screen knows them: the line that is typed, what was found so far, what is saved, what was typed before.
//!
//! Plain data and questions to it; `update::search`, `update::results` and `update::saved` change it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use crate::app::model::{ListPane, Ticket};
use crate::mail::list::{Arrangement, Search, Source};
use crate::mail::message::{MessageRow, RowKey};
use crate::mail::{AccountId, MessageId, SearchId};
use crate::protocol::ServerSearch;
use crate::query::parse::Error;
use crate::query::{Field, Phrase, Query};
use crate::safe_text::SafeText;

/// Queries that are remembered.
pub const HISTORY: usize = 200;

/// Everything about searches.
#[derive(Debug, Clone, Default)]
pub struct Searches {
    /// The searches that a list shows or that have a name, by number.
    pub known: BTreeMap<SearchId, Lookup>,
    /// What belongs to the line while it is typed.
    pub line: Line,
    /// What was shown before the search.
    pub origin: Option<Origin>,
    /// What was searched for before, the latest last.
    pub history: VecDeque<String>,
    /// Searches with a name, in the order in which they are shown.
    pub saved: Vec<Saved>,
    /// People and labels that are offered; `None` until they were asked for.
    pub seen: Option<Seen>,
    /// Whether results are listed as conversations.
    pub conversations: bool,
    /// The number of the newest search.
    pub last: u64,
    /// The search that the servers run.
    pub asked: Option<SearchId>,
    /// The count on its way, and of what.
    pub counting: Option<(Ticket, SearchId)>,
    /// Saved searches whose counts are to be made anew.
    pub stale: VecDeque<SearchId>,
    /// The count of a saved search on its way, and of which.
    pub saved_counting: Option<(Ticket, SearchId)>,
    /// The question for people and labels on its way.
    pub seeing: Option<Ticket>,
}

/// A search.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// As it was typed.
    pub text: String,
    /// What that means.
    pub query: Arc<Query>,
    /// Where, if not everywhere.
    pub within: Option<Source>,
    /// Whether it is a filter of what is here: no server is asked.
    pub local: bool,
    /// What servers found.
    pub hits: Arc<BTreeSet<MessageId>>,
    /// Whether of each conversation only the newest hit is listed.
    pub conversations: bool,
    /// How far each account's server is.
    pub servers: BTreeMap<AccountId, ServerSearch>,
    /// How many were found, once they were counted.
    pub tally: Option<Tally>,
}

/// How many messages were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Messages, or conversations.
    pub total: u64,
    /// Unread ones among them.
    pub unread: u64,
    /// Whether that is all: counting ends early when it takes too long.
    pub exact: bool,
}

/// The search line, beside its text.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// Only what was shown before is searched.
    pub here: bool,
    /// A filter: no server is asked.
    pub local: bool,
    /// How a filter lists what it finds: as the list is arranged that it filters, unless the user wants the other way.
    pub arrangement: Arrangement,
    /// Why the text is no query; what was found before stays.
    pub problem: Option<Error>,
    /// What could stand at the cursor.
    pub offers: Vec<Offer>,
    /// Whether the offers float below the line.
    pub popup: bool,
    /// The offer that was taken last, and the text and cursor before it.
    pub taken: Option<(usize, String, usize)>,
    /// The place in the history, and the text before it.
    pub recalled: Option<(usize, String)>,
    /// What it said when it was opened over results, and whether these were `here` and `local`.
    pub reset: Option<(String, bool, bool)>,
    /// What of the text is selected.
    pub selected: Selected,
}

/// What of the text of the line is selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Selected {
    /// Nothing: what is typed stands at the cursor.
    #[default]
    Nothing,
    /// All of it: what is typed takes its place.
    All,
}

/// Something that could stand at the cursor of the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The characters whose place it takes.
    pub replaced: Range<usize>,
    /// What is put there.
    pub insert: SafeText,
    /// What is shown.
    pub label: SafeText,
}

/// A list, as it was when a search was begun.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Its rows, its cursor, its marks.
    pub list: ListPane,
    /// The rows that were marked.
    pub kept: BTreeMap<MessageId, MessageRow>,
}

/// A search with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// Its number, as long as the program runs.
    pub id: SearchId,
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The digit that opens it after `g`.
    pub key: Option<u8>,
    /// Where it is kept.
    pub place: Kept,
    /// How many it finds, once they were counted.
    pub tally: Option<Tally>,
}

/// Where a saved search is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// In the config, which the user writes.
    Config,
    /// In a file of the program's own.
    Own,
}

/// People and labels that were seen lately.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Names and addresses.
    pub people: Vec<(String, String)>,
    /// Keywords.
    pub labels: Vec<String>,
}

/// What is asked of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// A window of its list: answered by `Window`.
    Window(crate::mail::list::Anchor, u32),
    /// The next unread message: answered by a `Window` around it, empty if there is none.
    Unread {
        /// From where, not included.
        from: Option<RowKey>,
        /// Towards older messages.
        older: bool,
        /// How many rows around it.
        reach: u32,
    },
    /// Every message that was found, without its texts: answered by `Everything`.
    Everything,
    /// How many were found: answered by `Counted`. A newer count of what is shown ends it.
    Count,
    /// As `Count`, of a search that is not shown: a count of what is shown comes first.
    CountAside,
}

impl Searches {
    /// A number that no search had before.
    pub fn next_id(&mut self) -> SearchId {
        self.last += 1;
        SearchId(self.last)
    }

    /// The search that a list shows, if it is one.
    pub fn of(&self, source: Option<Source>) -> Option<&Lookup> {
        match source {
            Some(Source::Search(id)) => self.known.get(&id),
            Some(Source::Folder(_) | Source::AllInboxes | Source::Starred | Source::Marked(_)) | None => None,
        }
    }

    /// Whether what is typed is listed as conversations.
    pub fn groups_typed(&self) -> bool {
        if self.line.local { self.line.arrangement.conversations } else { self.conversations }
    }

    /// The saved search of this number.
    pub fn saved(&self, id: SearchId) -> Option<&Saved> {
        self.saved.iter().find(|saved| saved.id == id)
    }

    /// Whether a list shows a search that has no name: the way out of it is the list from where it was begun.
    pub fn is_passing(&self, source: Option<Source>) -> bool {
        matches!(source, Some(Source::Search(id)) if self.saved(id).is_none())
    }
}

impl Lookup {
    /// The search as the cache answers it.
    pub fn search(&self) -> Search {
        Search {
            query: Arc::clone(&self.query),
            within: self.within,
            hits: Arc::clone(&self.hits),
            conversations: self.conversations,
        }
    }

    /// Whether a server found the message, and its text is not here to be searched.
    pub fn is_servers(&self, row: &MessageRow) -> bool {
        !row.cached && self.hits.contains(&row.id)
    }

    /// Whether a server is still asked.
    pub fn is_running(&self) -> bool {
        self.servers.values().any(|state| matches!(state, ServerSearch::Running { .. }))
    }
}

/// Where phrases that are looked for in one of these fields stand in a text: in bytes, in order, none within another.
pub fn places(phrases: &[(Field, &Phrase)], fields: &[Field], text: &str) -> Vec<Range<usize>> {
    let wanted = phrases.iter().filter(|(field, _)| *field == Field::Any || fields.contains(field));
    let mut all: Vec<Range<usize>> = wanted.flat_map(|(_, phrase)| phrase.places(text)).collect();
    all.sort_by_key(|place| (place.start, std::cmp::Reverse(place.end)));
    let mut places: Vec<Range<usize>> = Vec::with_capacity(all.len());
    for place in all {
        match places.last_mut() {
            Some(last) if place.start < last.end => last.end = last.end.max(place.end),
            Some(_) | None => places.push(place),
        }
    }
    places
}
