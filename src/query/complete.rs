//! What could stand where the cursor is, while a query is typed.
//!
//! It reads the text more kindly than [`super::parse`] does, because half of it is not there yet.

use std::ops::Range;

use super::field::{Key, NAMES};
use super::parse::LONGEST;
use super::parse::lex::{is_plain, is_quote};
use super::{Field, write};
use crate::mail::folder::Role;
use crate::words;

/// How many are offered at most.
pub const MOST: usize = 8;

/// What there is to be found, as the caller knows it; what stands first is offered first.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// Paths of folders.
    pub folders: &'a [String],
    /// Names of accounts.
    pub accounts: &'a [String],
    /// Keywords.
    pub labels: &'a [String],
    /// Name and address; the name may be empty.
    pub people: &'a [(String, String)],
}

/// Something that could stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What it replaces: characters from 0.
    pub replaced: Range<usize>,
    /// What is put there.
    pub insert: String,
    /// What is shown. Names in it come from mail: it is no safe text yet.
    pub label: String,
}

/// What could stand where the cursor is, the best first. The cursor stands before the character with its number.
pub fn complete(text: &str, cursor: usize, known: &Known<'_>) -> Vec<Completion> {
    let letters: Vec<char> = text.chars().take(LONGEST + 1).collect();
    if letters.len() > LONGEST {
        return Vec::new();
    }
    let spot = spot(&letters, cursor.min(letters.len()));
    let there: String = letters.get(spot.replaced.clone()).unwrap_or_default().iter().collect();
    let mut best = Best::new(&spot.typed);
    offer(&mut best, spot.key, known);
    let found = best.take().into_iter().filter(|(insert, _)| *insert != there);
    found.take(MOST).map(|(insert, label)| Completion { replaced: spot.replaced.clone(), insert, label }).collect()
}

/// Puts in everything that this field could take.
fn offer(best: &mut Best, key: Key, known: &Known<'_>) {
    match key {
        Key::Text(Field::Any) => names(best),
        Key::Text(Field::From | Field::To | Field::Cc) => people(best, known.people),
        Key::Is | Key::Has => key.values().into_iter().for_each(|word| best.add_word(word, word)),
        Key::In => {
            for role in ROLES {
                best.add_word(role.as_str(), role.as_str());
            }
            best.add_word("anywhere", "anywhere");
            values(best, known.folders);
        }
        Key::Account => values(best, known.accounts),
        Key::Label => values(best, known.labels),
        Key::Before | Key::After | Key::On => DAYS.iter().for_each(|day| best.add_word(day, day)),
        Key::Older | Key::Newer => LENGTHS.iter().for_each(|(short, long)| best.add_word(short, long)),
        Key::Text(Field::Subject | Field::Body | Field::List | Field::File)
        | Key::Id
        | Key::Thread
        | Key::Larger
        | Key::Smaller => {}
    }
}

/// Folders that are known by what they are for.
const ROLES: [Role; 6] = [Role::Inbox, Role::Archive, Role::Sent, Role::Drafts, Role::Junk, Role::Trash];

/// Days by their names.
const DAYS: [&str; 15] = [
    "today",
    "yesterday",
    "this-week",
    "last-week",
    "this-month",
    "last-month",
    "this-year",
    "last-year",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Lengths of time.
const LENGTHS: [(&str, &str); 7] = [
    ("1d", "1d: one day"),
    ("3d", "3d: three days"),
    ("1w", "1w: one week"),
    ("2w", "2w: two weeks"),
    ("1m", "1m: one month"),
    ("6m", "6m: six months"),
    ("1y", "1y: one year"),
];

/// Names of fields: only once one of their letters is there, and only what begins with it.
fn names(best: &mut Best) {
    if best.typed.is_empty() {
        return;
    }
    let begun: Vec<_> = NAMES.iter().filter(|name| name.name.starts_with(&best.typed)).collect();
    for name in begun {
        best.add(&[name.name], &format!("{}:", name.name), &format!("{}: {}", name.name, name.hint));
    }
}

fn people(best: &mut Best, people: &[(String, String)]) {
    for (name, address) in people {
        if name.is_empty() {
            best.add(&[address], &write::value(address), address);
        } else {
            best.add(&[name, address], &write::value(address), &format!("{name} <{address}>"));
        }
    }
}

fn values(best: &mut Best, values: &[String]) {
    for value in values {
        best.add(&[value], &write::value(value), value);
    }
}

/// The best of what was put in: what begins as was typed, then what has a word that does, then what has it inside.
struct Best {
    /// What was typed, in lower case.
    typed: String,
    /// Its words, a blank before each.
    folded: String,
    ranks: [Vec<(String, String)>; 3],
}

impl Best {
    fn new(typed: &str) -> Self {
        let mut folded = String::new();
        words::fold_into(typed, &mut folded);
        Self { typed: typed.to_lowercase(), folded: folded.trim_end().to_owned(), ranks: Default::default() }
    }

    /// Puts in a word of ours, if it fits: nobody looks for the middle of one.
    fn add_word(&mut self, word: &str, label: &str) {
        if let Some(rank) = self.rank(word).filter(|rank| *rank < 2) {
            self.put(rank, word, label);
        }
    }

    /// Puts in what to insert and what to show, if one of the texts fits.
    fn add(&mut self, texts: &[&str], insert: &str, label: &str) {
        if let Some(rank) = texts.iter().filter_map(|text| self.rank(text)).min() {
            self.put(rank, insert, label);
        }
    }

    fn put(&mut self, rank: usize, insert: &str, label: &str) {
        // One more than is offered: what stands there already is not offered.
        if self.ranks.get(rank).is_none_or(|found| found.len() > MOST) {
            return;
        }
        let same = |(known, _): &(String, String)| known.to_lowercase() == insert.to_lowercase();
        if self.ranks.iter().flatten().any(same) {
            return;
        }
        if let Some(found) = self.ranks.get_mut(rank) {
            found.push((insert.to_owned(), label.to_owned()));
        }
    }

    fn rank(&self, text: &str) -> Option<usize> {
        let lower = text.to_lowercase();
        if lower.starts_with(&self.typed) {
            return Some(0);
        }
        if self.folded.is_empty() {
            return lower.contains(&self.typed).then_some(2);
        }
        let mut folded = String::new();
        words::fold_into(text, &mut folded);
        if folded.starts_with(&self.folded) {
            Some(0)
        } else if folded.contains(&self.folded) {
            Some(1)
        } else {
            folded.contains(self.folded.trim_start()).then_some(2)
        }
    }

    fn take(self) -> Vec<(String, String)> {
        self.ranks.into_iter().flatten().collect()
    }
}

/// What is being typed.
#[derive(Debug, PartialEq, Eq)]
struct Spot {
    /// The field that it is in.
    key: Key,
    replaced: Range<usize>,
    /// What stands before the cursor, without quotes.
    typed: String,
}

fn spot(letters: &[char], cursor: usize) -> Spot {
    let mut reader = Reader { letters, cursor, at: 0, groups: Vec::new(), field: None };
    while reader.at < cursor {
        if let Some(spot) = reader.step() {
            return spot;
        }
    }
    let end = cursor + count(letters, cursor, is_plain);
    Spot { key: reader.key(), replaced: cursor..end, typed: String::new() }
}

/// Reads up to the cursor.
struct Reader<'a> {
    letters: &'a [char],
    cursor: usize,
    at: usize,
    /// The fields that open parentheses belong to.
    groups: Vec<Key>,
    /// The field whose value comes next.
    field: Option<Key>,
}

impl Reader<'_> {
    fn key(&self) -> Key {
        self.field.or_else(|| self.groups.last().copied()).unwrap_or(Key::Text(Field::Any))
    }

    /// Reads a piece; says what it is if the cursor is in it.
    fn step(&mut self) -> Option<Spot> {
        match self.letters.get(self.at).copied().unwrap_or(' ') {
            '(' => {
                self.groups.push(self.key());
                self.field = None;
                self.at += 1;
            }
            ')' => {
                self.groups.pop();
                self.field = None;
                self.at += 1;
            }
            '-' if self.field.is_none() => self.at += 1,
            letter if letter.is_whitespace() => self.at += 1,
            letter if is_quote(letter) => return self.quotes(),
            _ => return self.word(),
        }
        None
    }

    fn quotes(&mut self) -> Option<Spot> {
        let start = self.at;
        let mut end = start + 1;
        while let Some(letter) = self.letters.get(end).filter(|letter| !is_quote(**letter)) {
            end += if *letter == '\\' { 2 } else { 1 };
        }
        let closed = end < self.letters.len();
        let end = (end + 1).min(self.letters.len());
        if self.cursor < end || !closed {
            let typed: String = self.letters.get(start + 1..self.cursor).unwrap_or_default().iter().collect();
            return Some(Spot { key: self.key(), replaced: start..end, typed });
        }
        self.field = None;
        self.at = end;
        None
    }

    fn word(&mut self) -> Option<Spot> {
        let start = self.at;
        let mut end = start + count(self.letters, start, is_plain);
        if self.field.is_none() {
            let colon = start + count(self.letters, start, |letter| letter.is_ascii_alphabetic() || letter == '_');
            let name: String = self.letters.get(start..colon).unwrap_or_default().iter().collect();
            let key = Key::named(&name).filter(|_| self.letters.get(colon) == Some(&':'));
            if key.is_some() && colon < self.cursor {
                self.field = key;
                self.at = colon + 1;
                return None;
            }
            if key.is_some() {
                end = colon + 1;
            }
        }
        if self.cursor <= end {
            let typed = self.letters.get(start..self.cursor).unwrap_or_default().iter().collect();
            return Some(Spot { key: self.key(), replaced: start..end, typed });
        }
        self.field = None;
        self.at = end;
        None
    }
}

/// How many characters there are from `at` for which this holds.
fn count(letters: &[char], at: usize, wanted: impl Fn(char) -> bool) -> usize {
    letters.get(at..).unwrap_or_default().iter().take_while(|letter| wanted(**letter)).count()
}

#[cfg(test)]
mod tests;
