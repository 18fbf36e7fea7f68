//! Words as FTS5 is asked for them (<https://www.sqlite.org/fts5.html>, section 3).

use rusqlite::{Connection, OptionalExtension as _};

use super::plan::{Check, Plan};
use crate::query::{Edge, Field, Phrase};
use crate::words;

/// Words that a beginning may stand for to be asked for one by one: FTS5 reads what it finds of each of them as far as is
/// needed, while of a prefix it first reads everything.
const MANY: usize = 400;
/// Words that a part of a word may stand for at all: more would take seconds, and find nearly everything.
const MOST: usize = 20_000;

/// What the index is asked, and what is left to ask of each message that it names.
pub(super) struct Asked {
    /// The words that must be there; `None`: no words must be, and the index cannot lead.
    pub expression: Option<String>,
    /// What else must hold.
    pub rest: Vec<Check>,
    /// Whether nothing can be found: a word that must be there is nowhere.
    pub hopeless: bool,
}

/// Splits a plan into what the index answers and what the rows do.
pub(super) fn ask(connection: &Connection, plan: &Plan<'_>) -> rusqlite::Result<Asked> {
    let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
    let mut asked = Asked { expression: None, rest: Vec::new(), hopeless: false };
    for part in plan.root.parts() {
        let inside = if let Check::Not(inside) = part { inside } else { part };
        if !is_words(inside) {
            asked.rest.push(part.clone());
            continue;
        }
        let words = words_of(connection, plan, inside)?;
        if !matches!(part, Check::Not(_)) {
            asked.hopeless |= words.is_none();
            wanted.extend(words);
        } else if let Some(words) = words {
            unwanted.push((words, part));
        }
    }
    if wanted.is_empty() {
        asked.rest.extend(unwanted.into_iter().map(|(_, part)| part.clone()));
        return Ok(asked);
    }
    let mut expression = wanted.join(" AND ");
    for (other, _) in unwanted {
        expression = format!("({expression}) NOT {other}");
    }
    asked.expression = Some(expression);
    Ok(asked)
}

/// Whether the index alone answers this: words that are wanted, all or one of them.
fn is_words(check: &Check) -> bool {
    match check {
        Check::Text(_) => true,
        Check::All(checks) | Check::Any(checks) => !checks.is_empty() && checks.iter().all(is_words),
        Check::Not(_) | Check::Always | Check::Fact(_) => false,
    }
}

/// The expression for words; `None`: they are nowhere.
fn words_of(connection: &Connection, plan: &Plan<'_>, check: &Check) -> rusqlite::Result<Option<String>> {
    let parts = |checks: &[Check]| -> rusqlite::Result<Vec<Option<String>>> {
        checks.iter().map(|check| words_of(connection, plan, check)).collect()
    };
    match check {
        Check::Text(number) => match plan.texts.get(*number) {
            Some((field, phrase)) => text(connection, *field, phrase),
            None => Ok(None),
        },
        Check::All(checks) => {
            let all: Option<Vec<String>> = parts(checks)?.into_iter().collect();
            Ok(all.map(|all| format!("({})", all.join(" AND "))))
        }
        Check::Any(checks) => {
            let some: Vec<String> = parts(checks)?.into_iter().flatten().collect();
            Ok((!some.is_empty()).then(|| format!("({})", some.join(" OR "))))
        }
        Check::Not(_) | Check::Always | Check::Fact(_) => Ok(None),
    }
}

/// The expression for one phrase in one field; `None`: one of its words is nowhere.
pub(in crate::store) fn text(
    connection: &Connection,
    field: Field,
    phrase: &Phrase,
) -> rusqlite::Result<Option<String>> {
    let column = match field {
        Field::Any => "",
        Field::From => "sender : ",
        Field::To => "recipients : ",
        Field::Cc => "cc : ",
        Field::Subject => "subject : ",
        Field::Body => "body : ",
        Field::List => "list : ",
        Field::File => "files : ",
    };
    let Some(inside) = alternatives(connection, field, phrase)? else { return Ok(None) };
    Ok(Some(format!("{column}({inside})")))
}

fn alternatives(connection: &Connection, field: Field, phrase: &Phrase) -> rusqlite::Result<Option<String>> {
    let (Some(first), Some(last)) = (phrase.words.first(), phrase.words.last()) else { return Ok(None) };
    let single = phrase.words.len() == 1;
    // Inside the one letter of a script without gaps there is nothing.
    let open_start = phrase.start == Edge::Part && !words::stands_alone(first);
    let open_end = phrase.end == Edge::Part && !words::stands_alone(last);
    let table = match field {
        Field::From | Field::To | Field::Cc | Field::List | Field::File => "search_names",
        Field::Any | Field::Subject | Field::Body => "search_words",
    };
    if open_start {
        let found = if single && open_end {
            column(connection, &format!("SELECT word FROM {table} WHERE instr(word, ?1) > 0 LIMIT {MOST}"), first)?
        } else {
            column(
                connection,
                &format!("SELECT word FROM {table} WHERE substr(word, -length(?1)) = ?1 LIMIT {MOST}"),
                first,
            )?
        };
        return Ok(one_of(found.iter().map(|word| {
            let rest = phrase.words.iter().skip(1).map(String::as_str);
            quoted(std::iter::once(word.as_str()).chain(rest), open_end && !single)
        })));
    }
    if open_end && single {
        let found = column(
            connection,
            &format!(
                "SELECT word FROM search_words WHERE word >= ?1 AND word < ?1 || char(1114111) LIMIT {}",
                MANY + 1
            ),
            first,
        )?;
        if found.len() <= MANY {
            return Ok(one_of(found.iter().map(|word| quoted([word.as_str()], false))));
        }
    }
    let known = connection
        .prepare_cached("SELECT 1 FROM search_words WHERE word >= ?1 AND (word = ?1 OR ?2) LIMIT 1")?
        .query_row(rusqlite::params![first, open_end && single], |_| Ok(()))
        .optional()?;
    Ok(known.map(|()| quoted(phrase.words.iter().map(String::as_str), open_end)))
}

fn one_of(alternatives: impl Iterator<Item = String>) -> Option<String> {
    let all: Vec<String> = alternatives.collect();
    (!all.is_empty()).then(|| all.join(" OR "))
}

/// A phrase in quotes. Words are letters and digits: none of them can end the quotes.
fn quoted<'w>(words: impl IntoIterator<Item = &'w str>, open_end: bool) -> String {
    let mut phrase = "\"".to_owned();
    for (number, word) in words.into_iter().enumerate() {
        if number > 0 {
            phrase.push(' ');
        }
        phrase.extend(word.chars().filter(|letter| *letter != '"'));
    }
    phrase.push('"');
    if open_end {
        phrase.push_str(" *");
    }
    phrase
}

fn column(connection: &Connection, sql: &str, word: &str) -> rusqlite::Result<Vec<String>> {
    connection.prepare_cached(sql)?.query_map([word], |row| row.get(0))?.collect()
}
