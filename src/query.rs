//! What is searched for: one language for search, list filters, saved searches, bulk, rules and the command line.
//!
//! A leaf: a query is plain data. The store turns it into questions to its index, `sync` into SEARCH, `app` into marks.
//! What it means is said here and nowhere else:
//!
//! - A word of three letters and more also finds what begins with it; a shorter one, or one in quotes, itself alone.
//!   `word*` finds what begins with it, `*word` what ends with it, `*part*` also the middle of words. In `from:`, `to:`,
//!   `cc:`, `list:` and `file:` the middle of words is always found, unless quoted; but where a star stands, stars alone
//!   decide.
//! - What holds several words (`"two words"`, `ada@acme.example`, `東京`) is a phrase: they stand one after the other in one
//!   field.
//! - Without a field: subject, names and addresses of From, To and Cc, List-Id, names of attachments, and the text.
//! - Terms that stand beside each other must all hold; `or` binds weaker, `-` and `not` stronger; parentheses group.
//! - Trash and Junk are left out unless the query says `in:`.
//!
//! [`parse`] reads it, [`mod@write`] writes it so that it can be read again, [`complete`] helps with typing it, and [`help`] is
//! what is printed about it. The names that stand before a colon are in [`field`].

use unicode_normalization::UnicodeNormalization as _;

use crate::mail::UnixTime;

pub mod calendar;
pub mod complete;
pub mod field;
pub mod help;
pub mod parse;
pub mod simple;
pub mod write;

/// A query that was understood.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Query {
    /// What must hold of a message.
    pub root: Node,
}

/// A condition on a message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Node {
    /// Holds always: the empty query.
    All,
    /// All of these.
    And(Vec<Self>),
    /// One of these.
    Or(Vec<Self>),
    /// Not this.
    Not(Box<Self>),
    /// This.
    Term(Term),
}

/// A condition that has no others in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Term {
    /// Words in a field.
    Text(Field, Phrase),
    /// A state.
    Is(State),
    /// A thing inside.
    Has(Thing),
    /// The folder: its role, its whole path or the last part of it, without regard to case; `anywhere` is every folder.
    In(String),
    /// The account's name, without regard to case.
    Account(String),
    /// A keyword, without regard to case.
    Label(String),
    /// One message: its local number, or its Message-ID without angle brackets.
    Id(String),
    /// The conversation that this message belongs to: its local number, or its Message-ID.
    Thread(String),
    /// When the server got it: at `from` or later, before `until`.
    Received {
        /// The first second.
        from: Option<UnixTime>,
        /// The second after the last.
        until: Option<UnixTime>,
    },
    /// More bytes than this.
    Larger(u64),
    /// Fewer bytes than this.
    Smaller(u64),
}

/// Where words are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// In any of the others.
    Any,
    /// Names and addresses of From.
    From,
    /// Names and addresses of To.
    To,
    /// Names and addresses of Cc.
    Cc,
    /// The subject.
    Subject,
    /// The text.
    Body,
    /// List-Id.
    List,
    /// Names of attachments.
    File,
}

/// Words that stand one after the other, as `words` splits them; at least one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Phrase {
    /// The words.
    pub words: Vec<String>,
    /// The words with their accents, as they were typed, for servers that know no letters without; empty where that is the
    /// same.
    pub spelled: Vec<String>,
    /// Whether the first one may begin inside a word.
    pub start: Edge,
    /// Whether the last one may end inside a word.
    pub end: Edge,
}

/// How a phrase meets the word at its edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Edge {
    /// At the edge of a word.
    Whole,
    /// Anywhere.
    Part,
}

/// A state of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Without `\Seen`.
    Unread,
    /// With `\Flagged`.
    Flagged,
    /// With `\Answered`.
    Answered,
    /// With `\Draft`.
    Draft,
    /// With the keyword `$Snoozed`.
    Snoozed,
    /// With the keyword `$Muted`.
    Muted,
    /// With the keyword `$ReplyLater`.
    ReplyLater,
    /// With the keyword `$Pinned`.
    Pinned,
}

/// A thing in a message. An invitation and a link are known once the text has been here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Thing {
    /// An attachment.
    Attachment,
    /// An invitation.
    Invite,
    /// A link.
    Link,
}

impl Query {
    /// The query that every message answers.
    pub const ALL: Self = Self { root: Node::All };

    /// Every term, also of what must not hold; the flag says whether it is wanted.
    pub fn terms(&self) -> Vec<(&Term, bool)> {
        let mut terms = Vec::new();
        collect(&self.root, true, &mut terms);
        terms
    }

    /// Whether the query itself says in which folders: then Trash and Junk are not left out.
    pub fn names_folders(&self) -> bool {
        self.terms().iter().any(|(term, _)| matches!(term, Term::In(_)))
    }

    /// What is to be marked on the screen: the phrases that are looked for, with their fields.
    pub fn phrases(&self) -> Vec<(Field, &Phrase)> {
        let wanted = self.terms().into_iter().filter(|(_, wanted)| *wanted);
        wanted
            .filter_map(|(term, _)| if let Term::Text(field, phrase) = term { Some((*field, phrase)) } else { None })
            .collect()
    }
}

fn collect<'a>(node: &'a Node, wanted: bool, terms: &mut Vec<(&'a Term, bool)>) {
    match node {
        Node::All => {}
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().for_each(|node| collect(node, wanted, terms)),
        Node::Not(node) => collect(node, !wanted, terms),
        Node::Term(term) => terms.push((term, wanted)),
    }
}

impl Phrase {
    /// A phrase of these words; `None` without any. There is no inside of a letter that is a word of its own.
    pub fn new(words: Vec<String>, start: Edge, end: Edge) -> Option<Self> {
        let edge = |word: &String, edge| if crate::words::stands_alone(word) { Edge::Whole } else { edge };
        let start = edge(words.first()?, start);
        let end = edge(words.last()?, end);
        Some(Self { words, spelled: Vec::new(), start, end })
    }

    /// The phrase of a text; `None` where there is no word in it.
    pub fn of(text: &str, start: Edge, end: Edge) -> Option<Self> {
        let (mut words, mut spelled) = (Vec::new(), Vec::new());
        crate::words::scan(text, |place, word| {
            let typed = text.get(place).filter(|_| !crate::words::stands_alone(word)).unwrap_or(word);
            spelled.push(typed.nfc().collect::<String>().to_lowercase());
            words.push(word.to_owned());
        });
        let plain = spelled == words;
        let phrase = Self::new(words, start, end)?;
        Some(if plain { phrase } else { Self { spelled, ..phrase } })
    }

    /// The words as they were typed.
    pub fn typed(&self) -> &[String] {
        if self.spelled.is_empty() { &self.words } else { &self.spelled }
    }

    /// What stands in a text as [`crate::words::fold_into`] writes it exactly if the phrase stands in the text.
    pub fn needle(&self) -> String {
        let edge = |edge: Edge| if edge == Edge::Whole { " " } else { "" };
        format!("{}{}{}", edge(self.start), self.words.join(" "), edge(self.end))
    }

    /// Where the phrase stands in a text, in bytes, from its beginning.
    pub fn places(&self, text: &str) -> Vec<std::ops::Range<usize>> {
        let mut tokens: Vec<(std::ops::Range<usize>, String)> = Vec::new();
        crate::words::scan(text, |place, word| tokens.push((place, word.to_owned())));
        let last = self.words.len().saturating_sub(1);
        let meets = |(at, wanted): (usize, &String), word: &str| match (at == 0, at == last) {
            (true, true) => match (self.start, self.end) {
                (Edge::Whole, Edge::Whole) => word == wanted,
                (Edge::Whole, Edge::Part) => word.starts_with(wanted.as_str()),
                (Edge::Part, Edge::Whole) => word.ends_with(wanted.as_str()),
                (Edge::Part, Edge::Part) => word.contains(wanted.as_str()),
            },
            (true, false) if self.start == Edge::Part => word.ends_with(wanted.as_str()),
            (false, true) if self.end == Edge::Part => word.starts_with(wanted.as_str()),
            _ => word == wanted,
        };
        tokens
            .windows(self.words.len().max(1))
            .filter(|window| self.words.iter().enumerate().zip(*window).all(|(wanted, (_, word))| meets(wanted, word)))
            .filter_map(|window| Some(window.first()?.0.start..window.last()?.0.end))
            .collect()
    }
}
