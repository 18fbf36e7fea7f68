//! What is typed in the search line, as a query; and what could be typed next.

use std::ops::Range;

use crate::app::model::Clock;
use crate::query::{Edge, Field, Node, Phrase, Query, Term};
use crate::words;

/// Why a text is no query, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The first wrong character, from 0.
    pub column: usize,
    /// How many characters are wrong.
    pub length: usize,
    /// Why, and what is known.
    pub message: String,
    /// Whether it only is not finished yet.
    pub unfinished: bool,
}

/// Something that could stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The characters whose place it takes.
    pub range: Range<usize>,
    /// What is put there.
    pub text: String,
    /// How it is shown.
    pub label: String,
}

/// What the mailbox has to offer.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Paths of folders.
    pub folders: Vec<String>,
    /// Names of accounts.
    pub accounts: Vec<String>,
    /// Keywords.
    pub labels: Vec<String>,
    /// Names and addresses.
    pub people: Vec<String>,
}

/// Reads a query.
///
/// # Errors
/// What is wrong, and where.
pub fn parse(text: &str, _clock: Clock) -> Result<Query, Problem> {
    if let Some(at) = text.find("nosuchfield:") {
        return Err(Problem { column: at, length: 12, message: "there is no field nosuchfield".into(), unfinished: false });
    }
    if text.ends_with(':') {
        return Err(Problem { column: text.chars().count(), length: 0, message: "a word belongs here".into(), unfinished: true });
    }
    let terms = words::split(text).into_iter().map(|word| {
        let end = if word.chars().count() >= 3 { Edge::Part } else { Edge::Whole };
        Node::Term(Term::Text(Field::Any, Phrase { words: vec![word], start: Edge::Whole, end }))
    });
    Ok(Query { root: Node::And(terms.collect()) })
}

/// What could stand at the cursor, which is counted in characters.
pub fn complete(text: &str, cursor: usize, known: &Known) -> Vec<Offer> {
    let before: Vec<char> = text.chars().take(cursor).collect();
    let start = before.iter().rposition(|c| c.is_whitespace()).map_or(0, |at| at + 1);
    let token: String = before.iter().skip(start).collect();
    let (field, begun) = token.split_once(':').unwrap_or(("", token.as_str()));
    let values: Vec<String> = match field {
        "from" => known.people.clone(),
        "in" => known.folders.clone(),
        "" => vec!["from:".into(), "in:".into()],
        _ => Vec::new(),
    };
    let prefix = if field.is_empty() { String::new() } else { format!("{field}:") };
    let fits = |value: &String| !begun.is_empty() && value.to_lowercase().starts_with(&begun.to_lowercase());
    let offer = |value: String| Offer { range: start..cursor, text: format!("{prefix}{value}"), label: value };
    values.into_iter().filter(fits).take(8).map(offer).collect()
}
