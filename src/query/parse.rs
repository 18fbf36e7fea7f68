//! Reads a query as people type it; what is wrong with it is said with its place.
//!
//! What stands where: [`lex`] cuts the text into signs and words, this file puts them together, [`value`] says what a word
//! means in a field, [`date`] what a date is. The meaning is in the doc of [`crate::query`].

use std::ops::Range;

use super::field::Key;
use super::{Field, Node, Query};
use crate::mail::UnixTime;
use crate::safe_text::SafeText;

mod date;
pub(super) mod lex;
mod value;

use lex::{Kind, Lexer, Token};

/// Characters that a query may have.
pub const LONGEST: usize = 4000;
/// Terms that a query may have.
pub const MOST_TERMS: usize = 200;
/// Parentheses within parentheses that a query may have.
pub const DEEPEST: usize = 100;

/// What `today` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clock {
    /// Now.
    pub now: UnixTime,
    /// Seconds east of UTC. Days of another season are counted with it as well.
    pub offset: i32,
}

/// Why a query was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// Where it goes wrong: characters from 0.
    pub column: usize,
    /// How many characters are wrong.
    pub length: usize,
    /// A sentence for people, safe to print.
    pub message: String,
    /// Whether more text can make it right: no reason to complain while somebody types.
    pub unfinished: bool,
}

impl Error {
    fn new(place: &Range<usize>, message: impl Into<String>) -> Self {
        Self { column: place.start, length: place.len(), message: message.into(), unfinished: false }
    }

    fn unfinished_if(self, unfinished: bool) -> Self {
        Self { unfinished, ..self }
    }
}

/// Reads a query. It takes time that grows with the length of the text, and no more.
pub fn parse(text: &str, clock: Clock) -> Result<Query, Error> {
    let letters: Vec<char> = text.chars().take(LONGEST + 1).collect();
    if letters.len() > LONGEST {
        return Err(Error::new(&(LONGEST..text.chars().count()), format!("A query has at most {LONGEST} characters.")));
    }
    let mut parser = Parser { lexer: Lexer::new(&letters), next: None, clock, terms: 0, depth: 0, empty: None };
    let root = parser.alternatives(Key::Text(Field::Any))?;
    if let Some(token) = parser.take()? {
        // Everything else was taken.
        return Err(Error::new(
            &token.place,
            "There is no \"(\" that belongs to this. To look for a sign, use quotes.",
        ));
    }
    match (root, parser.empty) {
        (Some(root), _) => Ok(Query { root }),
        (None, Some(place)) => Err(no_word(&letters, &place)),
        (None, None) => Ok(Query::ALL),
    }
}

/// There are letters, and none of them can be looked for.
fn no_word(letters: &[char], place: &Range<usize>) -> Error {
    let text: String = letters.get(place.clone()).unwrap_or_default().iter().collect();
    let message = format!("There is no word to look for in {}.", quoted(&text));
    Error::new(place, message).unfinished_if(place.end == letters.len())
}

/// What the user wrote, for a message: short, and without what a terminal would obey.
fn quoted(text: &str) -> String {
    format!("\"{}\"", SafeText::squeezed(text).cut(40).as_str())
}

/// The candidate that differs in a letter or two.
fn nearest(word: &str, candidates: impl IntoIterator<Item = &'static str>) -> Option<&'static str> {
    // Longer than any candidate by more than what may differ: not even looked at, however long it is.
    if word.len() > 16 {
        return None;
    }
    let word = word.to_lowercase();
    let most = if word.len() < 5 { 1 } else { 2 };
    let near = |candidate| (strsim::osa_distance(&word, candidate), candidate);
    candidates.into_iter().map(near).filter(|(distance, _)| *distance <= most).min().map(|(_, candidate)| candidate)
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    /// The token that was looked at and not taken.
    next: Option<Token>,
    clock: Clock,
    terms: usize,
    depth: usize,
    /// Where something stands that holds no word.
    empty: Option<Range<usize>>,
}

impl Parser<'_> {
    fn peek(&mut self) -> Result<Option<&Token>, Error> {
        if self.next.is_none() {
            self.next = self.lexer.next()?;
        }
        Ok(self.next.as_ref())
    }

    fn take(&mut self) -> Result<Option<Token>, Error> {
        match self.next.take() {
            Some(token) => Ok(Some(token)),
            None => self.lexer.next(),
        }
    }

    /// Takes the next token if it is this one; says where it stood.
    fn take_if(&mut self, wanted: impl Fn(&Kind) -> bool) -> Result<Option<Range<usize>>, Error> {
        match self.peek()? {
            Some(token) if wanted(&token.kind) => Ok(self.take()?.map(|token| token.place)),
            _ => Ok(None),
        }
    }

    /// What stands between `or`s. `None` if there is nothing to look for.
    fn alternatives(&mut self, key: Key) -> Result<Option<Node>, Error> {
        let mut nodes = Vec::new();
        let mut before: Option<Range<usize>> = None;
        loop {
            let node = self.together(key)?;
            let after = self.take_if(|kind| *kind == Kind::Or)?;
            match (node, &before, &after) {
                (Some(node), ..) => nodes.push(node),
                (None, Some(or), _) => return Err(self.nothing_after(or, "or")?),
                (None, None, Some(or)) => return Err(Error::new(or, "Nothing stands before \"or\".")),
                (None, None, None) => return Ok(None),
            }
            if after.is_none() {
                return Ok(Some(Node::any_of(nodes)));
            }
            before = after;
        }
    }

    /// What stands beside each other. `None` if there is nothing to look for.
    fn together(&mut self, key: Key) -> Result<Option<Node>, Error> {
        let mut nodes = Vec::new();
        loop {
            match self.peek()?.map(|token| &token.kind) {
                None | Some(Kind::Close | Kind::Or) => break,
                Some(Kind::And) => self.next = None,
                Some(Kind::Open | Kind::Not | Kind::Dashes(_) | Kind::Field(_) | Kind::Word(_)) => {
                    nodes.extend(self.negatable(key)?);
                }
            }
        }
        Ok(if nodes.is_empty() { None } else { Some(Node::all_of(nodes)) })
    }

    /// One condition, with what negates it before it. `None` if it is a sign that has no meaning.
    fn negatable(&mut self, key: Key) -> Result<Option<Node>, Error> {
        let mut negated = false;
        let mut sign: Option<(Range<usize>, &str)> = None;
        loop {
            let (place, times, name) = match self.peek()? {
                Some(Token { kind: Kind::Not, place }) => (place.clone(), 1, "not"),
                Some(Token { kind: Kind::Dashes(times), place }) => (place.clone(), *times, "-"),
                _ => break,
            };
            self.next = None;
            negated ^= times % 2 == 1;
            sign = Some((place, name));
        }
        match (self.condition(key)?, sign) {
            (Some(node), _) => Ok(Some(if negated { node.negated() } else { node })),
            (None, Some((place, name))) => Err(self.nothing_after(&place, name)?),
            (None, None) => Ok(None),
        }
    }

    /// A group, a field with its value, or words. `None` if there is nothing to look for.
    fn condition(&mut self, key: Key) -> Result<Option<Node>, Error> {
        if !matches!(self.peek()?.map(|token| &token.kind), Some(Kind::Open | Kind::Field(_) | Kind::Word(_))) {
            return Ok(None);
        }
        let Some(Token { kind, place }) = self.take()? else { return Ok(None) };
        match kind {
            Kind::Open => self.group(key, &place),
            Kind::Field(field) => self.value(field, &place).map(Some),
            Kind::Word(word) => {
                let node = self.term(key, &word, &place)?;
                if node.is_none() {
                    self.empty = Some(place);
                }
                Ok(node)
            }
            Kind::Close | Kind::Or | Kind::And | Kind::Not | Kind::Dashes(_) => Ok(None),
        }
    }

    /// What stands in parentheses, the first of which is taken.
    fn group(&mut self, key: Key, open: &Range<usize>) -> Result<Option<Node>, Error> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Error::new(open, format!("There are at most {DEEPEST} parentheses in parentheses.")));
        }
        let node = self.alternatives(key)?;
        // It ends at a closing one or at the end.
        if self.take()?.is_none() {
            return Err(Error::new(open, "This parenthesis is not closed.").unfinished_if(true));
        }
        self.depth -= 1;
        Ok(node)
    }

    /// What stands behind the colon of a field.
    fn value(&mut self, key: Key, field: &Range<usize>) -> Result<Node, Error> {
        let name = format!("{}:", key.name());
        let Some(Token { kind, place }) = self.lexer.value(key, field)? else {
            return Err(Error::new(field, format!("Nothing follows \"{name}\".")).unfinished_if(true));
        };
        match kind {
            Kind::Open => match self.group(key, &place)? {
                Some(node) => Ok(node),
                None => Err(Error::new(field, format!("Nothing stands in the parentheses after \"{name}\"."))),
            },
            Kind::Word(word) => match self.term(key, &word, &place)? {
                Some(node) => Ok(node),
                None => Err(no_word(self.lexer.letters(), &place)),
            },
            Kind::Close | Kind::Or | Kind::And | Kind::Not | Kind::Dashes(_) | Kind::Field(_) => {
                Err(Error::new(field, format!("Nothing follows \"{name}\".")))
            }
        }
    }

    /// What a word means in this field.
    fn term(&mut self, key: Key, word: &lex::Word, place: &Range<usize>) -> Result<Option<Node>, Error> {
        self.terms += 1;
        if self.terms > MOST_TERMS {
            return Err(Error::new(place, format!("A query has at most {MOST_TERMS} terms.")));
        }
        let last = place.end == self.lexer.letters().len();
        value::node(key, word, self.clock)
            .map_err(|wrong| Error::new(place, wrong.message).unfinished_if(wrong.beginning && last && !word.quoted))
    }

    fn nothing_after(&mut self, place: &Range<usize>, name: &str) -> Result<Error, Error> {
        let at_end = self.peek()?.is_none();
        Ok(Error::new(place, format!("Nothing follows \"{name}\".")).unfinished_if(at_end))
    }
}

#[cfg(test)]
mod tests;
