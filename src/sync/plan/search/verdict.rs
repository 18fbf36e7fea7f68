//! Whether a message that a server found answers the query, as far as its header and flags tell. Pure.

use super::{Question, Shelf, is_named};
use crate::mail::flags::{ANSWERED, DRAFT, FLAGGED, Flag, Flags, Keyword};
use crate::mail::labels;
use crate::mail::message::{Address, Envelope};
use crate::mail::{MessageId, UnixTime};
use crate::query::{Field, Node, Phrase, State, Term};

/// More addresses of a field are not kept.
const MAX_ADDRESSES: usize = 100;

/// What the cache knows of a message.
#[derive(Debug, Clone, Copy)]
pub struct Hit<'a> {
    /// Its local number.
    pub id: MessageId,
    /// The folder it is shown in, if that is known.
    pub shelf: Option<&'a Shelf>,
    /// When the server got it.
    pub received: UnixTime,
    /// Bytes.
    pub size: u64,
    /// Its flags.
    pub flags: &'a Flags,
    /// Its header.
    pub envelope: &'a Envelope,
}

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It does not.
    No,
    /// Only the server can tell.
    Open,
    /// It does.
    Yes,
}

/// Whether a message answers a query.
pub fn verdict(question: &Question<'_>, hit: &Hit<'_>) -> Verdict {
    of_node(&question.query.root, question, hit)
}

fn of_node(node: &Node, question: &Question<'_>, hit: &Hit<'_>) -> Verdict {
    let each = |node: &Node| of_node(node, question, hit);
    match node {
        Node::All => Verdict::Yes,
        Node::And(nodes) => nodes.iter().map(each).min().unwrap_or(Verdict::Yes),
        Node::Or(nodes) => nodes.iter().map(each).max().unwrap_or(Verdict::No),
        Node::Not(node) => match each(node) {
            Verdict::No => Verdict::Yes,
            Verdict::Open => Verdict::Open,
            Verdict::Yes => Verdict::No,
        },
        Node::Term(term) => of_term(term, question, hit),
    }
}

fn of_term(term: &Term, question: &Question<'_>, hit: &Hit<'_>) -> Verdict {
    match term {
        Term::Text(field, phrase) => of_text(*field, phrase, hit.envelope),
        Term::Is(state) => sure(is_in(*state, hit.flags)),
        Term::In(name) => hit.shelf.map_or(Verdict::Open, |shelf| sure(is_named(shelf, name))),
        Term::Account(name) => sure(name.to_lowercase() == question.account.to_lowercase()),
        Term::Label(word) => sure(labels::keyword(word).is_some_and(|word| has_keyword(word.as_str(), hit.flags))),
        Term::Id(id) => {
            let number = id.parse().ok().map(MessageId);
            sure(number == Some(hit.id) || (number.is_none() && *id == hit.envelope.message_id))
        }
        Term::Has(_) | Term::Thread(_) => Verdict::Open,
        Term::Received { from, until } => {
            sure(from.is_none_or(|from| hit.received >= from) && until.is_none_or(|until| hit.received < until))
        }
        Term::Larger(bytes) => sure(hit.size > *bytes),
        Term::Smaller(bytes) => sure(hit.size < *bytes),
    }
}

fn sure(holds: bool) -> Verdict {
    if holds { Verdict::Yes } else { Verdict::No }
}

fn is_in(state: State, flags: &Flags) -> bool {
    match state {
        State::Unread => !flags.seen(),
        State::Flagged => flags.has(&Flag::System(FLAGGED)),
        State::Answered => flags.has(&Flag::System(ANSWERED)),
        State::Draft => flags.has(&Flag::System(DRAFT)),
        State::Snoozed => has_keyword("$Snoozed", flags),
        State::ReplyLater => has_keyword("$ReplyLater", flags),
        State::Pinned => has_keyword("$Pinned", flags),
        State::Muted => has_keyword("$Muted", flags),
    }
}

fn has_keyword(word: &str, flags: &Flags) -> bool {
    Keyword::new(word).is_some_and(|word| flags.has(&Flag::Keyword(word)))
}

fn of_text(field: Field, phrase: &Phrase, envelope: &Envelope) -> Verdict {
    match field {
        Field::Subject => sure(stands_in(phrase, &envelope.subject)),
        Field::List => sure(stands_in(phrase, &envelope.list_id)),
        Field::From => in_addresses(phrase, &envelope.from),
        Field::To => in_addresses(phrase, &envelope.to),
        Field::Cc => in_addresses(phrase, &envelope.cc),
        Field::Body | Field::File => Verdict::Open,
        Field::Any => {
            let header = [Field::Subject, Field::List, Field::From, Field::To, Field::Cc];
            let found = header.into_iter().any(|field| of_text(field, phrase, envelope) == Verdict::Yes);
            if found { Verdict::Yes } else { Verdict::Open }
        }
    }
}

fn in_addresses(phrase: &Phrase, addresses: &[Address]) -> Verdict {
    let texts: Vec<String> = addresses.iter().map(|one| format!("{} {}", one.name, one.address)).collect();
    match stands_in(phrase, &texts.join(" ")) {
        true => Verdict::Yes,
        false if addresses.len() >= MAX_ADDRESSES => Verdict::Open,
        false => Verdict::No,
    }
}

fn stands_in(phrase: &Phrase, text: &str) -> bool {
    !phrase.places(text).is_empty()
}
