//! Writes a query so that it can be read again: the same text for the same query, at any time.
//!
//! Words stand as bare as they can and mean what they mean; times are seconds, because `yesterday` is another day tomorrow.

use std::fmt::{self, Write as _};

use unicode_normalization::UnicodeNormalization as _;

use super::field::{Key, STATES, THINGS};
use super::parse::lex::{is_plain, is_quote};
use super::{Edge, Field, Node, Phrase, Query, State, Term, Thing};
use crate::mail::UnixTime;
use crate::words;

impl fmt::Display for Query {
    /// What [`super::parse::parse`] reads as this query again, if the query is one that it can make.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.root == Node::All { Ok(()) } else { write_node(f, &self.root, Place::Whole) }
    }
}

/// Where a condition stands; further down it needs parentheses sooner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// It is everything.
    Whole,
    /// Between `or`s.
    Alternative,
    /// Beside others, or behind what negates it.
    Beside,
}

fn write_node(f: &mut fmt::Formatter<'_>, node: &Node, place: Place) -> fmt::Result {
    match node {
        Node::And(nodes) if !nodes.is_empty() => {
            grouped(f, place >= Place::Beside, |f| joined(f, nodes, " ", Place::Beside))
        }
        Node::Or(nodes) if !nodes.is_empty() => {
            grouped(f, place >= Place::Alternative, |f| joined(f, nodes, " or ", Place::Alternative))
        }
        // No query that was read has these inside.
        Node::All | Node::And(_) => f.write_str("in:anywhere"),
        Node::Or(_) => f.write_str("-in:anywhere"),
        Node::Not(node) if **node == Node::Term(Term::Is(State::Unread)) => f.write_str("is:read"),
        Node::Not(node) => {
            f.write_char('-')?;
            write_node(f, node, Place::Beside)
        }
        Node::Term(term) => write_term(f, term),
    }
}

fn grouped(
    f: &mut fmt::Formatter<'_>,
    parentheses: bool,
    inside: impl Fn(&mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    if !parentheses {
        return inside(f);
    }
    f.write_char('(')?;
    inside(f)?;
    f.write_char(')')
}

fn joined(f: &mut fmt::Formatter<'_>, nodes: &[Node], between: &str, place: Place) -> fmt::Result {
    for (at, node) in nodes.iter().enumerate() {
        if at > 0 {
            f.write_str(between)?;
        }
        write_node(f, node, place)?;
    }
    Ok(())
}

fn write_term(f: &mut fmt::Formatter<'_>, term: &Term) -> fmt::Result {
    let mut named = |key: Key, value: &str| write!(f, "{}:{value}", key.name());
    match term {
        Term::Text(Field::Any, phrase) => f.write_str(&words_of(Field::Any, phrase)),
        Term::Text(field, phrase) => named(Key::Text(*field), &words_of(*field, phrase)),
        Term::Is(state) => named(Key::Is, state_name(*state)),
        Term::Has(thing) => named(Key::Has, thing_name(*thing)),
        Term::In(folder) => named(Key::In, &value(folder)),
        Term::Account(account) => named(Key::Account, &value(account)),
        Term::Label(label) => named(Key::Label, &value(label)),
        Term::Id(id) => named(Key::Id, &value(id)),
        Term::Thread(id) => named(Key::Thread, &value(id)),
        Term::Larger(bytes) => named(Key::Larger, &size(*bytes)),
        Term::Smaller(bytes) => named(Key::Smaller, &size(*bytes)),
        Term::Received { from, until } => f.write_str(&received(*from, *until)),
    }
}

fn state_name(state: State) -> &'static str {
    STATES.iter().find(|(_, known, wanted)| *known == state && *wanted).map_or("", |(name, ..)| name)
}

fn thing_name(thing: Thing) -> &'static str {
    THINGS.iter().find(|(_, known)| *known == thing).map_or("", |(name, _)| name)
}

/// A value that is taken as it is: bare, if nothing in it has a meaning.
pub fn value(text: &str) -> String {
    let has_meaning = |letter: char| !is_plain(letter) || letter.is_control() || letter == '*';
    if text.is_empty() || text.starts_with('-') || text.contains(has_meaning) { quoted(text) } else { text.to_owned() }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        if letter == '\\' || is_quote(letter) {
            quoted.push('\\');
        }
        quoted.push(letter);
    }
    quoted.push('"');
    quoted
}

/// A phrase as it is typed: bare if that means its edges, else with stars, else in quotes.
fn words_of(field: Field, phrase: &Phrase) -> String {
    let text = spaced(&phrase.words);
    let edges = (phrase.start, phrase.end);
    let bare = !text.contains(' ');
    if bare && edges == usual(field, phrase) && !is_keyword(field, &text) {
        return text;
    }
    let star = |edge| if edge == Edge::Part { "*" } else { "" };
    let stars = (star(phrase.start), star(phrase.end));
    if bare && stars != ("", "") {
        return format!("{}{text}{}", stars.0, stars.1);
    }
    format!("{}\"{text}\"{}", stars.0, stars.1)
}

/// The words as they are written: no gaps where the script has none, and syllables in one piece.
fn spaced(words: &[String]) -> String {
    let mut text = String::new();
    let mut gap = false;
    for word in words {
        let alone = words::stands_alone(word);
        if gap && !alone {
            text.push(' ');
        }
        text.push_str(word);
        gap = !alone;
    }
    text.nfc().collect()
}

/// The edges of a bare phrase in this field, as `parse` gives them.
fn usual(field: Field, phrase: &Phrase) -> (Edge, Edge) {
    let part = |part: bool| if part { Edge::Part } else { Edge::Whole };
    let long = phrase.words.last().is_some_and(|word| word.chars().count() >= 3);
    let parts = field.finds_parts();
    Phrase::new(phrase.words.clone(), part(parts), part(parts || long))
        .map_or((Edge::Whole, Edge::Whole), |usual| (usual.start, usual.end))
}

/// Directly behind a colon no word is one.
fn is_keyword(field: Field, text: &str) -> bool {
    field == Field::Any && ["or", "and", "not"].contains(&text)
}

/// Bytes, in the largest unit that leaves none over.
fn size(bytes: u64) -> String {
    let units = [(1_u64 << 30, "G"), (1 << 20, "M"), (1 << 10, "k")];
    let fits = |(unit, _): &&(u64, &str)| bytes > 0 && bytes.is_multiple_of(*unit);
    match units.iter().find(fits) {
        Some((unit, name)) => format!("{}{name}", bytes / unit),
        None => bytes.to_string(),
    }
}

fn received(from: Option<UnixTime>, until: Option<UnixTime>) -> String {
    match (from, until) {
        (Some(from), None) => format!("after:@{}", from.0),
        (None, Some(until)) => format!("before:@{}", until.0),
        // Ever.
        (None, None) => format!("after:@{}", i64::MIN),
        (Some(from), Some(until)) => match until.0.checked_sub(1) {
            Some(last) if last == from.0 => format!("on:@{last}"),
            Some(last) if last > from.0 => format!("on:@{}..@{last}", from.0),
            // Never: no query that was read asks for that.
            _ => format!("(after:@{} before:@{})", from.0, until.0),
        },
    }
}

#[cfg(test)]
mod tests;
