//! A query as the cache answers it: names of folders, accounts and messages become numbers.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::super::columns;
use crate::mail::AccountId;
use crate::mail::flags::{ANSWERED, DRAFT, FLAGGED, SEEN};
use crate::mail::folder::{FolderRow, Role};
use crate::mail::labels;
use crate::mail::list::{Search, Source};
use crate::mail::marks::Mark;
use crate::mail::message::RowKey;
use crate::query::{Field, Node, Phrase, State, Term, Thing};

/// What was seen in a text: [`Thing::Link`].
pub(in crate::store) const LINK: u8 = 1;
/// What was seen in a text: [`Thing::Invite`].
pub(in crate::store) const INVITE: u8 = 2;

/// What all but the words of a query asks of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    pub key: RowKey,
    /// When the server got it.
    pub arrived: i64,
    pub account: i64,
    pub folder: i64,
    pub thread: i64,
    pub flags: u8,
    /// In lower case, a blank before and behind each.
    pub keywords: String,
    pub size: u64,
    pub attachments: bool,
    /// [`LINK`] and [`INVITE`].
    pub inside: u8,
}

impl Facts {
    pub fn is_unread(&self) -> bool {
        self.flags & SEEN == 0
    }
}

/// A condition with numbers for names.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Check {
    Always,
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    /// The phrase with this number in [`Plan::texts`].
    Text(usize),
    Fact(Fact),
}

/// A condition that the row of a message answers.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fact {
    Flag {
        bit: u8,
        set: bool,
    },
    /// In lower case between blanks.
    Keyword(String),
    Folder(HashSet<i64>),
    Account(HashSet<i64>),
    Message(HashSet<i64>),
    Thread(HashSet<i64>),
    Received(i64, i64),
    Larger(u64),
    Smaller(u64),
    Attachment,
    Inside(u8),
}

/// A query that can be put to the cache.
pub(super) struct Plan<'s> {
    /// Whether nobody waits for the answer any more.
    pub stop: &'s dyn Fn() -> bool,
    pub root: Check,
    /// The phrases that are looked for, with their fields.
    pub texts: Vec<(Field, Phrase)>,
    /// The folders whose messages are found at all.
    pub folders: HashSet<i64>,
    /// Those of them that show messages of other folders once more (`\All`, `\Flagged`): what is found elsewhere too is
    /// listed there alone.
    pub views: HashSet<i64>,
    /// What the servers found.
    pub hits: HashSet<i64>,
    /// What must hold of those.
    of_hits: Check,
}

impl<'s> Plan<'s> {
    /// Makes a plan. `folders` are all folders, as the pane shows them.
    pub fn new(
        connection: &Connection,
        search: &Search,
        folders: &[FolderRow],
        accounts: &[(AccountId, String)],
        stop: &'s dyn Fn() -> bool,
    ) -> rusqlite::Result<Self> {
        let mut planner = Planner { connection, folders, accounts, texts: Vec::new() };
        let root = planner.node(&search.query.root)?;
        let starred = Check::Fact(Fact::Flag { bit: FLAGGED, set: true });
        let marked = |mark: Mark| Check::Fact(Fact::Keyword(format!(" {} ", mark.keyword().to_lowercase())));
        let root = match search.within {
            Some(Source::Starred) => Check::All(vec![root, starred]),
            Some(Source::Marked(mark)) => Check::All(vec![root, marked(mark)]),
            Some(Source::Folder(_) | Source::AllInboxes | Source::Search(_)) | None => root,
        };
        let root = root.flat();
        let named = search.query.names_folders();
        let admitted = |row: &&FolderRow| match search.within {
            Some(Source::Folder(id)) => row.id == id,
            Some(Source::AllInboxes) => row.role == Some(Role::Inbox),
            Some(Source::Starred | Source::Marked(_)) => true,
            Some(Source::Search(_)) | None => named || !matches!(row.role, Some(Role::Trash | Role::Junk)),
        };
        let is_view = |row: &&FolderRow| matches!(row.role, Some(Role::All | Role::Flagged)) && !named;
        let views = folders.iter().filter(is_view).map(|row| row.id.0);
        Ok(Self {
            stop,
            views: if search.within.is_none() { views.collect() } else { HashSet::new() },
            of_hits: of_hits(&root),
            root,
            texts: planner.texts,
            folders: folders.iter().filter(admitted).map(|row| row.id.0).collect(),
            hits: search.hits.iter().map(|id| id.0).collect(),
        })
    }

    /// Whether this message is found; `text` answers for the phrases.
    pub fn admits(
        &self,
        message: &Facts,
        text: &mut dyn FnMut(usize) -> rusqlite::Result<bool>,
    ) -> rusqlite::Result<bool> {
        if !self.folders.contains(&message.folder) {
            return Ok(false);
        }
        if self.admits_hit(message)? {
            return Ok(true);
        }
        self.root.holds(message, text)
    }

    /// Whether a message can be listed in the stead of its copy, which was found.
    pub fn admits_copy(&self, message: &Facts) -> rusqlite::Result<bool> {
        self.of_hits.holds(message, &mut |_| Ok(true))
    }

    /// Whether a server found this message, and nothing that is known here speaks against it.
    pub fn admits_hit(&self, message: &Facts) -> rusqlite::Result<bool> {
        Ok(self.hits.contains(&message.key.id.0)
            && self.folders.contains(&message.folder)
            && self.of_hits.holds(message, &mut |_| Ok(true))?)
    }
}

impl Check {
    /// Whether it holds of a message.
    pub fn holds(
        &self,
        message: &Facts,
        text: &mut dyn FnMut(usize) -> rusqlite::Result<bool>,
    ) -> rusqlite::Result<bool> {
        Ok(match self {
            Self::Always => true,
            Self::All(checks) => {
                for check in checks {
                    if !check.holds(message, text)? {
                        return Ok(false);
                    }
                }
                true
            }
            Self::Any(checks) => {
                for check in checks {
                    if check.holds(message, text)? {
                        return Ok(true);
                    }
                }
                false
            }
            Self::Not(check) => !check.holds(message, text)?,
            Self::Text(number) => text(*number)?,
            Self::Fact(fact) => fact.holds(message),
        })
    }

    /// Whether words of the message are asked for.
    pub fn has_text(&self) -> bool {
        match self {
            Self::Text(_) => true,
            Self::All(checks) | Self::Any(checks) => checks.iter().any(Self::has_text),
            Self::Not(check) => check.has_text(),
            Self::Always | Self::Fact(_) => false,
        }
    }

    /// What must hold together, one by one.
    pub fn parts(&self) -> &[Self] {
        if let Self::All(parts) = self { parts } else { std::slice::from_ref(self) }
    }

    /// Joins conditions within conditions of the same kind.
    fn flat(self) -> Self {
        match self {
            Self::All(checks) => {
                let mut parts = Vec::with_capacity(checks.len());
                for check in checks {
                    match check.flat() {
                        Self::All(inner) => parts.extend(inner),
                        Self::Always => {}
                        other @ (Self::Any(_) | Self::Not(_) | Self::Text(_) | Self::Fact(_)) => parts.push(other),
                    }
                }
                Self::All(parts)
            }
            Self::Any(checks) => Self::Any(checks.into_iter().map(Self::flat).collect()),
            Self::Not(check) => Self::Not(Box::new(check.flat())),
            other @ (Self::Always | Self::Text(_) | Self::Fact(_)) => other,
        }
    }
}

impl Fact {
    fn holds(&self, message: &Facts) -> bool {
        match self {
            Self::Flag { bit, set } => (message.flags & bit != 0) == *set,
            Self::Keyword(keyword) => message.keywords.contains(keyword.as_str()),
            Self::Folder(ids) => ids.contains(&message.folder),
            Self::Account(ids) => ids.contains(&message.account),
            Self::Message(ids) => ids.contains(&message.key.id.0),
            Self::Thread(ids) => ids.contains(&message.thread),
            Self::Received(from, until) => (*from..*until).contains(&message.arrived),
            Self::Larger(bytes) => message.size > *bytes,
            Self::Smaller(bytes) => message.size < *bytes,
            Self::Attachment => message.attachments,
            Self::Inside(bits) => message.inside & bits != 0,
        }
    }
}

/// What must hold of a message that a server found: it was asked for the words, but what it knows of flags and places may
/// be older than what the user did here.
fn of_hits(root: &Check) -> Check {
    Check::All(root.parts().iter().filter(|part| !part.has_text()).cloned().collect())
}

struct Planner<'a> {
    connection: &'a Connection,
    folders: &'a [FolderRow],
    accounts: &'a [(AccountId, String)],
    texts: Vec<(Field, Phrase)>,
}

impl Planner<'_> {
    fn node(&mut self, node: &Node) -> rusqlite::Result<Check> {
        Ok(match node {
            Node::All => Check::Always,
            Node::And(nodes) => Check::All(self.nodes(nodes)?),
            Node::Or(nodes) => Check::Any(self.nodes(nodes)?),
            Node::Not(node) => Check::Not(Box::new(self.node(node)?)),
            Node::Term(term) => self.term(term)?,
        })
    }

    fn nodes(&mut self, nodes: &[Node]) -> rusqlite::Result<Vec<Check>> {
        nodes.iter().map(|node| self.node(node)).collect()
    }

    fn term(&mut self, term: &Term) -> rusqlite::Result<Check> {
        let keyword = |word: &str| Fact::Keyword(format!(" {} ", word.to_lowercase()));
        Ok(Check::Fact(match term {
            Term::Text(field, phrase) => {
                self.texts.push((*field, phrase.clone()));
                return Ok(Check::Text(self.texts.len() - 1));
            }
            Term::Is(State::Unread) => Fact::Flag { bit: SEEN, set: false },
            Term::Is(State::Flagged) => Fact::Flag { bit: FLAGGED, set: true },
            Term::Is(State::Answered) => Fact::Flag { bit: ANSWERED, set: true },
            Term::Is(State::Draft) => Fact::Flag { bit: DRAFT, set: true },
            Term::Is(State::Snoozed) => keyword(Mark::Snoozed.keyword()),
            Term::Is(State::ReplyLater) => keyword(Mark::ReplyLater.keyword()),
            Term::Is(State::Pinned) => keyword(Mark::Pinned.keyword()),
            Term::Is(State::Muted) => keyword("$Muted"),
            Term::Has(Thing::Attachment) => Fact::Attachment,
            Term::Has(Thing::Invite) => Fact::Inside(INVITE),
            Term::Has(Thing::Link) => Fact::Inside(LINK),
            Term::In(name) if name.eq_ignore_ascii_case("anywhere") => return Ok(Check::Always),
            Term::In(name) => Fact::Folder(self.folders_named(name)),
            Term::Account(name) => {
                let named = |(_, known): &&(AccountId, String)| known.to_lowercase() == name.to_lowercase();
                Fact::Account(self.accounts.iter().filter(named).map(|(id, _)| id.0).collect())
            }
            Term::Label(word) => match labels::keyword(word) {
                Some(word) => keyword(word.as_str()),
                None => return Ok(Check::Not(Box::new(Check::Always))),
            },
            Term::Id(id) => Fact::Message(self.messages(id)?),
            Term::Thread(id) => {
                let mut threads = HashSet::new();
                for message in self.messages(id)? {
                    let mut find = self.connection.prepare_cached("SELECT thread FROM messages WHERE id = ?1")?;
                    threads.extend(find.query_row([message], |row| row.get::<_, i64>(0)).optional()?);
                }
                Fact::Thread(threads)
            }
            Term::Received { from, until } => {
                Fact::Received(from.map_or(i64::MIN, |time| time.0), until.map_or(i64::MAX, |time| time.0))
            }
            Term::Larger(bytes) => Fact::Larger(*bytes),
            Term::Smaller(bytes) => Fact::Smaller(*bytes),
        }))
    }

    /// Folders with this role, or this path, or this last part of it.
    fn folders_named(&self, name: &str) -> HashSet<i64> {
        let wanted = name.to_lowercase();
        let named = |row: &&FolderRow| {
            let path = row.path.as_str().to_lowercase();
            row.role.is_some_and(|role| role.as_str() == wanted)
                || path == wanted
                || path.rsplit('/').next() == Some(wanted.as_str())
        };
        self.folders.iter().filter(named).map(|row| row.id.0).collect()
    }

    /// Messages with this local number, or this Message-ID, in any account.
    fn messages(&self, id: &str) -> rusqlite::Result<HashSet<i64>> {
        if let Ok(number) = id.parse::<i64>() {
            return Ok(HashSet::from([number]));
        }
        let mut found = HashSet::new();
        let id = columns::message_id(id);
        for (account, _) in self.accounts {
            let Some(thread) = super::super::find::thread_of(self.connection, account.0, id)? else { continue };
            let mut find =
                self.connection.prepare_cached("SELECT id FROM messages WHERE thread = ?1 AND message_id = ?2")?;
            for message in find.query_map(params![thread, id], |row| row.get::<_, i64>(0))? {
                found.insert(message?);
            }
        }
        Ok(found)
    }
}
