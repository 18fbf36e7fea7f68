//! What of a query is asked of a server, and in which folders. Pure.
//!
//! A server compares text in its own way: parts of words, without regard to case, seldom without regard to accents. So what
//! must hold is asked for so that the server finds all of it and perhaps more, and what must not hold so that it leaves out
//! too little and never too much; [`verdict`] then takes out what the cache knows better. What cannot be asked for at all is
//! left out of the question.
//!
//! Two limits are known and stay. A word that was typed without its accents is asked for without them, and a server that
//! does not take `u` for `ü` does not find `Müller` by `muller`: Dovecot 2.3 finds it by `Müller` and `MÜLLER` alone
//! (November 2026); so with accents both are asked for. And letters of scripts without gaps are asked for in one piece, so
//! that a text that breaks its line within them is not found.

use std::cmp::Reverse;

use unicode_normalization::UnicodeNormalization as _;

use crate::imap::session::{Place, Search};
use crate::mail::flags::{Flag, Keyword};
use crate::mail::folder::Role;
use crate::mail::labels;
use crate::mail::{FolderId, UnixTime};
use crate::query::{Edge, Field, Node, Phrase, Query, State, Term, Thing};
use crate::words;

pub mod verdict;

/// A day and a bit: no zone is further from UTC.
const DAY: i64 = 86_400;

/// A folder, as far as a search has to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    /// Which.
    pub id: FolderId,
    /// What it is for.
    pub role: Option<Role>,
    /// Its whole path, parts joined by `/`.
    pub path: String,
    /// Messages in it.
    pub messages: u64,
    /// Whether the cache has every header of it.
    pub headers: bool,
    /// Whether the cache knows the text of every message that it has of it.
    pub texts: bool,
}

/// What a server understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tongue {
    /// SEARCH as RFC 9051 has it.
    Standard,
    /// X-GM-RAW too (X-GM-EXT-1): the same words as in Gmail's own search line, which knows words, not parts of them.
    Gmail,
}

/// What a server is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Nothing: the cache knows it all.
    Needless,
    /// Nothing, though the cache does not know it all: there is no way to ask for it.
    Impossible,
    /// Something in these folders, in this order; at least one.
    Folders(Vec<FolderId>),
}

/// A query on its way to one account.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// What is searched for.
    pub query: &'a Query,
    /// The account's name in the config.
    pub account: &'a str,
    /// In this folder alone.
    pub within: Option<FolderId>,
    /// What the server understands.
    pub tongue: Tongue,
}

/// In which folders the server is asked: those whose headers are not all here, and, where the query speaks of texts, those
/// whose texts are not. The inbox first, then the open one, then the largest.
pub fn scope(question: &Question<'_>, open: Option<FolderId>, shelves: &[Shelf]) -> Scope {
    let texts = speaks_of_texts(question.query);
    let mut asked = Vec::new();
    let mut impossible = false;
    for shelf in candidates(question, shelves) {
        if shelf.headers && (shelf.texts || !texts) {
            continue;
        }
        match compile(question, shelf) {
            Wanted::Never => {}
            Wanted::Always => impossible |= has_conditions(question.query),
            Wanted::Key(_) => asked.push(shelf),
        }
    }
    asked.sort_by_key(|shelf| {
        (shelf.role != Some(Role::Inbox), Some(shelf.id) != open, Reverse(shelf.messages), shelf.id)
    });
    match asked.is_empty() {
        true if impossible => Scope::Impossible,
        true => Scope::Needless,
        false => Scope::Folders(asked.into_iter().map(|shelf| shelf.id).collect()),
    }
}

/// What the server is asked in a folder; `None`: nothing, either because no message there can answer the query or because
/// there is no way to ask.
pub fn criteria(question: &Question<'_>, shelf: &Shelf) -> Option<Search> {
    match compile(question, shelf) {
        Wanted::Key(key) => Some(key),
        Wanted::Always | Wanted::Never => None,
    }
}

/// The folders that a query may be about. Trash and Junk only if it names folders; views of other folders never, but for
/// the one that Gmail calls All Mail: there it holds everything but Trash and Junk, and is asked instead of the others.
fn candidates<'a>(question: &Question<'_>, shelves: &'a [Shelf]) -> Vec<&'a Shelf> {
    if let Some(within) = question.within {
        return shelves.iter().filter(|shelf| shelf.id == within).collect();
    }
    let named = question.query.names_folders();
    let terms = question.query.terms();
    let called: Vec<&str> = terms
        .iter()
        .filter_map(|(term, _)| if let Term::In(name) = term { Some(name.as_str()) } else { None })
        .filter(|name| !is_anywhere(name))
        .collect();
    let named_itself = |shelf: &Shelf| called.iter().any(|name| is_named(shelf, name));
    let put_away = |shelf: &Shelf| matches!(shelf.role, Some(Role::Trash | Role::Junk));
    let all_mail = shelves.iter().any(|shelf| shelf.role == Some(Role::All));
    let one_for_all = question.tongue == Tongue::Gmail && all_mail && called.is_empty();
    let wanted = |shelf: &&Shelf| {
        if put_away(shelf) {
            return named;
        }
        match shelf.role {
            Some(Role::All) => one_for_all || named_itself(shelf),
            Some(Role::Flagged) => named_itself(shelf),
            Some(
                Role::Inbox | Role::Snoozed | Role::Drafts | Role::Sent | Role::Archive | Role::Junk | Role::Trash,
            )
            | None => !one_for_all,
        }
    };
    shelves.iter().filter(wanted).collect()
}

/// Whether the query speaks of what may stand in a text.
pub fn speaks_of_texts(query: &Query) -> bool {
    query.terms().iter().any(|(term, _)| matches!(term, Term::Text(Field::Any | Field::Body | Field::File, _)))
}

/// Whether the query asks for more than folders and accounts.
fn has_conditions(query: &Query) -> bool {
    query.terms().iter().any(|(term, _)| !matches!(term, Term::In(_) | Term::Account(_)))
}

/// Whether a word means every folder.
fn is_anywhere(name: &str) -> bool {
    name.eq_ignore_ascii_case("anywhere")
}

/// Whether `in:` with this name means this folder: its role, its whole path, or the last part of it.
fn is_named(shelf: &Shelf, name: &str) -> bool {
    let (wanted, path) = (name.to_lowercase(), shelf.path.to_lowercase());
    is_anywhere(name)
        || shelf.role.is_some_and(|role| role.as_str() == wanted)
        || path == wanted
        || path.rsplit('/').next() == Some(wanted.as_str())
}

/// A condition in one folder.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    Always,
    Never,
    Key(Search),
}

/// Which way a condition may be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// It holds for all that are meant, and perhaps for more.
    Over,
    /// It holds for none but what is meant, and perhaps not for all of it.
    Under,
}

impl Side {
    fn other(self) -> Self {
        match self {
            Self::Over => Self::Under,
            Self::Under => Self::Over,
        }
    }

    /// What stands for a condition that cannot be asked for.
    fn unknown(self) -> Wanted {
        match self {
            Self::Over => Wanted::Always,
            Self::Under => Wanted::Never,
        }
    }
}

fn compile(question: &Question<'_>, shelf: &Shelf) -> Wanted {
    node(&question.query.root, Side::Over, question, shelf)
}

fn node(one: &Node, side: Side, question: &Question<'_>, shelf: &Shelf) -> Wanted {
    match one {
        Node::All => Wanted::Always,
        Node::And(nodes) => all(nodes.iter().map(|one| node(one, side, question, shelf))),
        Node::Or(nodes) => any(nodes.iter().map(|one| node(one, side, question, shelf))),
        Node::Not(one) => not(node(one, side.other(), question, shelf)),
        Node::Term(one) => term(one, side, question, shelf),
    }
}

fn all(parts: impl Iterator<Item = Wanted>) -> Wanted {
    let mut keys = Vec::new();
    for part in parts {
        match part {
            Wanted::Never => return Wanted::Never,
            Wanted::Always => {}
            Wanted::Key(Search::And(more)) => keys.extend(more),
            Wanted::Key(key) => keys.push(key),
        }
    }
    let (gmail, mut rest): (Vec<Search>, Vec<Search>) =
        keys.into_iter().partition(|key| matches!(key, Search::Gmail(_)));
    if !gmail.is_empty() {
        rest.insert(0, Search::Gmail(joined(&gmail, " ")));
    }
    match rest.pop() {
        None => Wanted::Always,
        Some(one) if rest.is_empty() => Wanted::Key(one),
        Some(last) => {
            rest.push(last);
            Wanted::Key(Search::And(rest))
        }
    }
}

fn any(parts: impl Iterator<Item = Wanted>) -> Wanted {
    let mut keys = Vec::new();
    for part in parts {
        match part {
            Wanted::Always => return Wanted::Always,
            Wanted::Never => {}
            Wanted::Key(Search::Or(more)) => keys.extend(more),
            Wanted::Key(key) => keys.push(key),
        }
    }
    if keys.len() > 1 && keys.iter().all(|key| matches!(key, Search::Gmail(_))) {
        return Wanted::Key(Search::Gmail(format!("({})", joined(&keys, " OR "))));
    }
    match keys.pop() {
        None => Wanted::Never,
        Some(one) if keys.is_empty() => Wanted::Key(one),
        Some(last) => {
            keys.push(last);
            Wanted::Key(Search::Or(keys))
        }
    }
}

fn not(part: Wanted) -> Wanted {
    match part {
        Wanted::Always => Wanted::Never,
        Wanted::Never => Wanted::Always,
        Wanted::Key(Search::Not(key)) => Wanted::Key(*key),
        Wanted::Key(key) => Wanted::Key(Search::Not(Box::new(key))),
    }
}

/// Texts for Gmail in one: each of them is a group by itself where it is more than a word.
fn joined(keys: &[Search], between: &str) -> String {
    let texts: Vec<&str> =
        keys.iter().filter_map(|key| if let Search::Gmail(text) = key { Some(text.as_str()) } else { None }).collect();
    let grouped = texts
        .iter()
        .map(|text| if between != " " && text.contains(' ') { format!("({text})") } else { (*text).to_owned() });
    grouped.collect::<Vec<_>>().join(between)
}

fn term(one: &Term, side: Side, question: &Question<'_>, shelf: &Shelf) -> Wanted {
    let holds = |holds: bool| if holds { Wanted::Always } else { Wanted::Never };
    match one {
        Term::Text(field, phrase) => match question.tongue {
            Tongue::Standard => text(*field, phrase, side),
            Tongue::Gmail => gmail_text(*field, phrase, side),
        },
        Term::Is(state) => state_key(*state).map_or_else(|| side.unknown(), Wanted::Key),
        Term::Has(Thing::Attachment) if question.tongue == Tongue::Gmail && side == Side::Over => {
            Wanted::Key(Search::Gmail("has:attachment".to_owned()))
        }
        // The cache knows them, as far as they are known.
        Term::Has(_) | Term::Id(_) | Term::Thread(_) => side.unknown(),
        Term::In(name) => holds(is_named(shelf, name)),
        Term::Account(name) => holds(name.to_lowercase() == question.account.to_lowercase()),
        // Gmail's own search line knows labels with a hyphen for what is no letter.
        Term::Label(word) if question.tongue == Tongue::Gmail && side == Side::Over => {
            let letters = word.to_lowercase().replace(|letter: char| !letter.is_alphanumeric(), "-");
            Wanted::Key(Search::Gmail(format!("label:{letters}")))
        }
        Term::Label(_) if question.tongue == Tongue::Gmail => side.unknown(),
        Term::Label(word) => label(word).map_or_else(|| side.unknown(), Wanted::Key),
        Term::Received { from, until } => {
            let since = from.map(|time| since(time, side));
            let before = until.map(|time| before(time, side));
            all(since.into_iter().chain(before).map(Wanted::Key))
        }
        Term::Larger(bytes) => match (u32::try_from(*bytes), side) {
            (Ok(bytes), _) => Wanted::Key(Search::Larger(bytes)),
            // More than SEARCH can say.
            (Err(_), Side::Over) => Wanted::Key(Search::Larger(u32::MAX)),
            (Err(_), Side::Under) => Wanted::Never,
        },
        Term::Smaller(bytes) => match (u32::try_from(*bytes), side) {
            (Ok(bytes), _) => Wanted::Key(Search::Smaller(bytes)),
            (Err(_), Side::Over) => Wanted::Always,
            (Err(_), Side::Under) => Wanted::Key(Search::Smaller(u32::MAX)),
        },
    }
}

fn state_key(state: State) -> Option<Search> {
    match state {
        State::Unread => Some(Search::Unseen),
        State::Flagged => Some(Search::Flagged),
        State::Answered => Some(Search::Answered),
        State::Draft => Some(Search::Draft),
        State::Snoozed => keyword("$Snoozed"),
        State::ReplyLater => keyword("$ReplyLater"),
        State::Pinned => keyword("$Pinned"),
        State::Muted => keyword("$Muted"),
    }
}

/// A label, as the keyword that it is.
fn label(word: &str) -> Option<Search> {
    keyword(labels::keyword(word)?.as_str())
}

/// A keyword, if it is one that IMAP can write.
fn keyword(word: &str) -> Option<Search> {
    Keyword::new(word).map(|word| Search::Keyword(Flag::Keyword(word)))
}

/// A server counts days in its own zone and asks for whole ones: a day more at this side, or less.
fn since(from: UnixTime, side: Side) -> Search {
    Search::Since(match side {
        Side::Over => UnixTime(from.0.saturating_sub(DAY)),
        // The first day that begins a whole day later.
        Side::Under => UnixTime(from.0.saturating_add(2 * DAY - 1)),
    })
}

fn before(until: UnixTime, side: Side) -> Search {
    Search::Before(match side {
        // The day behind the last one that may hold the second before.
        Side::Over => UnixTime(until.0.saturating_add(2 * DAY - 1)),
        Side::Under => UnixTime(until.0.saturating_sub(DAY)),
    })
}

fn place(field: Field) -> Option<Place> {
    match field {
        Field::Any => Some(Place::Anywhere),
        Field::From => Some(Place::From),
        Field::To => Some(Place::To),
        Field::Cc => Some(Place::Cc),
        Field::Subject => Some(Place::Subject),
        Field::Body => Some(Place::Body),
        Field::List => Some(Place::List),
        // Names of attachments stand in the headers of parts, which BODY does not look at everywhere.
        Field::File => None,
    }
}

/// Words in a field. A server finds parts of words: each word of the phrase by itself, so that nothing is missed whatever
/// stands between them. What must not be found is asked for only where parts of words are meant.
fn text(field: Field, phrase: &Phrase, side: Side) -> Wanted {
    let Some(place) = place(field) else { return side.unknown() };
    match side {
        Side::Over => all(pieces(phrase).into_iter().map(|word| {
            let plain = without_accents(&word).map(|word| Search::Text(place, word));
            let key = Search::Text(place, word);
            // An index of words knows no middles of words; in the header there is none.
            let loose = matches!(place, Place::Anywhere | Place::Body) && phrase.start == Edge::Whole;
            let fuzzy = |key| if loose { Search::Fuzzy(Box::new(key)) } else { key };
            Wanted::Key(match plain {
                Some(plain) => Search::Or(vec![fuzzy(key), fuzzy(plain)]),
                None => fuzzy(key),
            })
        })),
        Side::Under => {
            let parts = phrase.start == Edge::Part && phrase.end == Edge::Part;
            // TEXT and BODY look at more than the query means: other fields, marks of HTML.
            let same = !matches!(place, Place::Anywhere | Place::Body);
            match phrase.words.as_slice() {
                [word] if parts && same => Wanted::Key(Search::Text(place, word.clone())),
                _ => Wanted::Never,
            }
        }
    }
}

/// The same for Gmail, which finds whole words and what comes of them.
fn gmail_text(field: Field, phrase: &Phrase, side: Side) -> Wanted {
    if side == Side::Under {
        return Wanted::Never;
    }
    let words = pieces(phrase);
    let operator = match field {
        Field::Any | Field::Body => return Wanted::Key(Search::Gmail(words.join(" "))),
        Field::From => "from",
        Field::To => "to",
        Field::Cc => "cc",
        Field::Subject => "subject",
        Field::List => "list",
        Field::File => "filename",
    };
    Wanted::Key(Search::Gmail(match words.as_slice() {
        [word] => format!("{operator}:{word}"),
        words => format!("{operator}:({})", words.join(" ")),
    }))
}

/// The words of a phrase as they were typed; letters of a script without gaps in one piece, as one letter stands in nearly
/// every text. Composed, as mails are written: a syllable of Hangul is three letters to us, and one to a server.
fn pieces(phrase: &Phrase) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut open = false;
    for word in phrase.typed() {
        let gapless = words::stands_alone(word);
        match pieces.last_mut().filter(|_| open && gapless) {
            Some(last) => last.push_str(word),
            None => pieces.push(word.clone()),
        }
        open = gapless;
    }
    pieces.into_iter().map(|piece| piece.nfc().collect()).collect()
}

/// The word without its accents, where it was typed with some: mails are written both ways.
fn without_accents(piece: &str) -> Option<String> {
    let folded = words::split(piece).concat();
    let composed: String = folded.nfc().collect();
    (composed != piece && !words::stands_alone(&folded)).then_some(composed)
}

#[cfg(test)]
mod tests;
