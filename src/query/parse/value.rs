//! What a word means in a field.

use super::lex::Word;
use super::{Clock, date, nearest, quoted};
use crate::query::field::{Key, STATES, THINGS};
use crate::query::{Edge, Field, Node, Phrase, Term};
use crate::words;

/// Letters that a word has at least, to find what begins with it without being asked to.
const BEGINNING: usize = 3;

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    /// A sentence for people.
    pub message: String,
    /// Whether it is the beginning of what would be right.
    pub beginning: bool,
}

impl Wrong {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), beginning: false }
    }
}

/// The condition. `None` if there is no word to look for.
pub(super) fn node(key: Key, word: &Word, clock: Clock) -> Result<Option<Node>, Wrong> {
    if let Key::Text(field) = key {
        return Ok(phrase(field, word)?.map(|phrase| Node::Term(Term::Text(field, phrase))));
    }
    let text = word.text.trim();
    let starred = word.star_before || word.star_behind || (!word.quoted && text.contains('*'));
    if starred {
        return Err(Wrong::new(format!("\"{}:\" takes no \"*\". To mean the sign, use quotes.", key.name())));
    }
    if text.is_empty() {
        return Ok(None);
    }
    let term = match key {
        Key::Text(_) => return Ok(None),
        Key::Is => return state(text).map(Some),
        Key::Has => thing(text)?,
        Key::In => Term::In(text.to_owned()),
        Key::Account => Term::Account(text.to_owned()),
        Key::Label => Term::Label(text.to_owned()),
        Key::Id => return Ok(id(text).map(|id| Node::Term(Term::Id(id)))),
        Key::Thread => return Ok(id(text).map(|id| Node::Term(Term::Thread(id)))),
        Key::Before | Key::After | Key::On | Key::Older | Key::Newer => date::term(key, text, clock)?,
        Key::Larger => Term::Larger(size(text)?),
        Key::Smaller => Term::Smaller(size(text)?),
    };
    Ok(Some(Node::Term(term)))
}

/// The words, and how they are looked for: as the stars say, else whole in quotes, else as the field likes it.
fn phrase(field: Field, word: &Word) -> Result<Option<Phrase>, Wrong> {
    let mut words = Vec::new();
    let mut span: Option<(usize, usize)> = None;
    words::scan(&word.text, |place, word| {
        words.push(word.to_owned());
        span = Some((span.map_or(place.start, |(start, _)| start), place.end));
    });
    let (before, behind) = if word.quoted { (word.star_before, word.star_behind) } else { stars(&word.text, span)? };
    let long = words.last().is_some_and(|word| word.chars().count() >= BEGINNING);
    let (start, end) = if before || behind {
        (before, behind)
    } else {
        (!word.quoted && field.finds_parts(), !word.quoted && (field.finds_parts() || long))
    };
    let edge = |part| if part { Edge::Part } else { Edge::Whole };
    Ok(Phrase::new(words, edge(start), edge(end)))
}

/// Whether stars stand before and behind the words of a text, which lie within the span.
fn stars(text: &str, span: Option<(usize, usize)>) -> Result<(bool, bool), Wrong> {
    let Some((start, end)) = span else { return Ok((false, false)) };
    let holds = |range: Option<&str>| range.is_some_and(|text| text.contains('*'));
    if holds(text.get(start..end)) {
        let message = "A \"*\" stands before a word or behind it, not inside. To mean the sign, use quotes.";
        return Err(Wrong::new(message));
    }
    Ok((holds(text.get(..start)), holds(text.get(end..))))
}

fn state(text: &str) -> Result<Node, Wrong> {
    let (_, state, wanted) =
        STATES.iter().find(|(word, ..)| word.eq_ignore_ascii_case(text)).ok_or_else(|| not_taken(Key::Is, text))?;
    let node = Node::Term(Term::Is(*state));
    Ok(if *wanted { node } else { node.negated() })
}

fn thing(text: &str) -> Result<Term, Wrong> {
    let found = THINGS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
    found.map(|(_, thing)| Term::Has(*thing)).ok_or_else(|| not_taken(Key::Has, text))
}

/// The field takes other words than this.
fn not_taken(key: Key, text: &str) -> Wrong {
    let values = key.values();
    let near = nearest(text, values.iter().copied()).map(|near| format!(" Did you mean \"{near}\"?"));
    let message = format!(
        "\"{}:\" does not know {}.{} It takes {}.",
        key.name(),
        quoted(text),
        near.unwrap_or_default(),
        values.join(", ")
    );
    let text = text.to_lowercase();
    Wrong { message, beginning: values.iter().any(|value| value.starts_with(&text)) }
}

/// A Message-ID without its brackets, or a number.
fn id(text: &str) -> Option<String> {
    let text = text.strip_prefix('<').unwrap_or(text);
    let text = text.strip_suffix('>').unwrap_or(text).trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Bytes: `500`, `100k`, `1.5M`, `1G`; also `5MB` and `5MiB`, which mean the same.
fn size(text: &str) -> Result<u64, Wrong> {
    let lower = text.to_lowercase();
    let number = lower.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = lower.strip_prefix(number).unwrap_or_default();
    let factor = match unit {
        "" | "b" => Some(1_u64),
        "k" | "kb" | "kib" => Some(1 << 10),
        "m" | "mb" | "mib" => Some(1 << 20),
        "g" | "gb" | "gib" => Some(1 << 30),
        _ => None,
    };
    let number = number.trim_end();
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.chars().all(|letter| letter.is_ascii_digit());
    let (Some(factor), true) = (factor, digits(whole) && digits(part) && part.len() <= 6) else {
        let message = format!("{} is no size. Sizes are 500, 100k, 1.5M and 2G.", quoted(text));
        return Err(Wrong {
            message,
            beginning: digits(whole) && (part.is_empty() || ["ki", "mi", "gi"].contains(&unit)),
        });
    };
    let scale = 10_u64.pow(u32::try_from(part.len()).unwrap_or(0));
    let part = part.parse::<u64>().unwrap_or(0) * factor / scale;
    let whole = whole.parse::<u64>().ok().and_then(|whole| whole.checked_mul(factor));
    let bytes = whole.and_then(|whole| whole.checked_add(part));
    bytes.ok_or_else(|| Wrong::new(format!("{} is more than any message has.", quoted(text))))
}
