//! The rules for arriving mail, as a file of the user's in the data directory: read whenever mail arrives, so that what is
//! changed in it by hand or by a command holds at once. Which message a rule is about is said in [`crate::mail::rule`].
//!
//! A file with a mistake does nothing at all, and is never written over.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::mail::UnixTime;
use crate::mail::rule::{Deed, Rule, Whom};

/// Its name.
pub const NAME: &str = "rules.toml";
/// A larger file is none that people wrote.
const MAX: u64 = 1024 * 1024;
/// What a new file begins with.
const HEAD: &str = "# Rules for mail that arrives in an inbox; posthaste reads them whenever mail arrives.
# from = an address, or list = a List-Id; do = \"archive\", \"trash\", \"read\", or \"move\" with a folder.
";
const RULE: &str = "[[rule]]";

/// What can be wrong with the rules.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something in the file; nothing of it is applied.
    #[error("{NAME}, line {line}: {text}; no rule is applied until it is mended")]
    Wrong {
        /// From 1.
        line: usize,
        /// What.
        text: String,
    },
    /// The system.
    #[error("{NAME} {0}")]
    Io(#[from] io::Error),
    /// The user's doing.
    #[error("{0}")]
    Words(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    from: Option<String>,
    list: Option<String>,
    account: Option<String>,
    #[serde(rename = "do")]
    deed: String,
    folder: Option<String>,
    since: Option<String>,
}

/// The rules in the data directory.
#[derive(Debug, Clone)]
pub struct Rules {
    path: PathBuf,
}

impl Rules {
    /// Those of this data directory.
    pub fn new(data: &Path) -> Self {
        Self { path: data.join(NAME) }
    }

    /// All of them, in their order. Where there is no file there are none.
    ///
    /// # Errors
    /// `Wrong`; `Io`.
    pub fn read(&self) -> Result<Vec<Rule>, Error> {
        parse(&self.text()?)
    }

    fn text(&self) -> Result<String, Error> {
        match std::fs::metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
            Ok(meta) if meta.len() > MAX => return Err(io::Error::other("is too large").into()),
            Ok(_) | Err(_) => {}
        }
        Ok(std::fs::read_to_string(&self.path)?)
    }

    /// Adds a rule at the end; what stands in the file stays as it is.
    ///
    /// # Errors
    /// `Words` when it is there already; as [`Rules::read`].
    pub fn add(&self, rule: &Rule) -> Result<(), Error> {
        let mut text = self.text()?;
        if parse(&text)?.iter().any(|other| same(other, rule)) {
            return Err(Error::Words(format!("there is a rule already: {rule}")));
        }
        if text.is_empty() {
            HEAD.clone_into(&mut text);
        }
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&write(rule));
        // What cannot be read again is not written: an address may hold anything.
        parse(&text)?;
        self.put(&text)
    }

    /// Whether there is one that does the same, whenever it was made.
    ///
    /// # Errors
    /// As [`Rules::read`].
    pub fn has(&self, rule: &Rule) -> Result<bool, Error> {
        Ok(self.read()?.iter().any(|other| same(other, rule)))
    }

    /// Takes a rule away; the others and their comments stay.
    ///
    /// # Errors
    /// `Words` when it is not there (any more); as [`Rules::read`].
    pub fn remove(&self, rule: &Rule) -> Result<(), Error> {
        let text = self.text()?;
        let place = parse(&text)?.iter().position(|other| other == rule);
        let Some(place) = place else { return Err(Error::Words("this rule is not there any more".to_owned())) };
        self.put(&without(&text, place))
    }

    fn put(&self, text: &str) -> Result<(), Error> {
        let new = self.path.with_extension("toml.new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        Ok(std::fs::rename(&new, &self.path)?)
    }
}

fn same(one: &Rule, other: &Rule) -> bool {
    Rule { since: other.since, ..one.clone() } == *other
}

/// The beginning of the day (UTC) of a time: how rules know when they were made.
pub fn day(at: UnixTime) -> UnixTime {
    UnixTime(at.0.div_euclid(86_400).saturating_mul(86_400))
}

fn parse(text: &str) -> Result<Vec<Rule>, Error> {
    let file: File = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        Error::Wrong { line: before.matches('\n').count() + 1, text: error.message().to_owned() }
    })?;
    let rule = |(place, entry): (usize, Entry)| {
        understand(entry).map_err(|text_of| Error::Wrong { line: line_of(text, place), text: text_of })
    };
    file.rule.into_iter().enumerate().map(rule).collect()
}

fn understand(entry: Entry) -> Result<Rule, String> {
    let whom = match (entry.from, entry.list) {
        (Some(address), None) if address.contains('@') => Whom::From(address.trim().to_lowercase()),
        (Some(address), None) => return Err(format!("\"{address}\" is no address")),
        (None, Some(list)) if !list.trim().is_empty() => Whom::List(list.trim().to_lowercase()),
        (None, _) => return Err("whose mail? It needs from = \"an address\" or list = \"a List-Id\"".to_owned()),
        (Some(_), Some(_)) => return Err("from or list, not both".to_owned()),
    };
    let deed = match (entry.deed.as_str(), entry.folder) {
        ("archive", None) => Deed::Archive,
        ("trash", None) => Deed::Trash,
        ("read", None) => Deed::Read,
        ("move", Some(folder)) if !folder.trim().is_empty() => Deed::Move(folder.trim().to_owned()),
        ("move", _) => return Err("where to? do = \"move\" needs a folder".to_owned()),
        ("archive" | "trash" | "read", Some(_)) => return Err("a folder goes with do = \"move\" alone".to_owned()),
        (other, _) => return Err(format!("do = \"{other}\" is not known: archive, trash, read or move")),
    };
    let since = match &entry.since {
        None => UnixTime(0),
        Some(text) => date(text).ok_or_else(|| format!("since = \"{text}\" is no date: write 2026-11-28"))?,
    };
    Ok(Rule { whom, account: entry.account, deed, since })
}

fn date(text: &str) -> Option<UnixTime> {
    let date: jiff::civil::Date = text.trim().parse().ok()?;
    let zoned = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(UnixTime(zoned.timestamp().as_second()))
}

/// A rule as the file has it.
fn write(rule: &Rule) -> String {
    let string = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut lines = vec![String::new(), RULE.to_owned()];
    match &rule.whom {
        Whom::From(address) => lines.push(format!("from = {}", string(address))),
        Whom::List(id) => lines.push(format!("list = {}", string(id))),
    }
    lines.extend(rule.account.iter().map(|name| format!("account = {}", string(name))));
    lines.push(format!("do = \"{}\"", rule.deed.word()));
    if let Deed::Move(folder) = &rule.deed {
        lines.push(format!("folder = {}", string(folder)));
    }
    if let Ok(time) = jiff::Timestamp::from_second(rule.since.0) {
        lines.push(format!("since = \"{}\"", time.to_zoned(jiff::tz::TimeZone::UTC).date()));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn is_head(line: &str) -> bool {
    line.split('#').next().unwrap_or_default().split_whitespace().collect::<String>() == RULE
}

/// The line of the n-th rule, from 1.
fn line_of(text: &str, place: usize) -> usize {
    text.lines().enumerate().filter(|(_, line)| is_head(line)).nth(place).map_or(1, |(line, _)| line + 1)
}

/// The text without its n-th rule. What stands above the head of the next one belongs to that.
fn without(text: &str, place: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let heads: Vec<usize> = lines.iter().enumerate().filter(|(_, line)| is_head(line)).map(|(at, _)| at).collect();
    let Some(&begin) = heads.get(place) else { return text.to_owned() };
    let mut end = heads.get(place + 1).copied().unwrap_or(lines.len());
    let loose = |line: &&str| line.trim().is_empty() || line.trim_start().starts_with('#');
    while heads.len() > place + 1 && end > begin + 1 && lines.get(end - 1).is_some_and(loose) {
        end -= 1;
    }
    let kept = lines.iter().take(begin).chain(lines.iter().skip(end));
    kept.flat_map(|line| [*line, "\n"]).collect()
}

#[cfg(test)]
mod tests;
