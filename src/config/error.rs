//! What can be wrong with a config, and where: file, line, column, key, and the nearest word that would be right.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use crate::theme::file::Mistake;

/// Why there is no config to work with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no file.
    #[error(
        "there is no config at {}. \"posthaste config default\" prints a commented one to start from; \
         \"posthaste demo\" needs none",
        path.display()
    )]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is there and cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Something in the file is wrong.
    #[error("{0}")]
    Invalid(Box<Problem>),
    /// The system knows no home directory.
    #[error("no home directory is known: set HOME, or POSTHASTE_HOME and POSTHASTE_CONFIG")]
    NoHome,
    /// A directory could not be made.
    #[error("cannot make the directory {}: {source}", path.display())]
    Directory {
        /// Which.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// What is wrong in a config file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub path: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The key, parts joined by `.`; empty when the text is no TOML at all.
    pub key: String,
    /// What is wrong with it.
    pub text: String,
    /// The nearest word that would be right.
    pub nearest: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.path.display(), self.line, self.column)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.text)?;
        match &self.nearest {
            Some(word) => write!(f, "; did you mean \"{word}\"?"),
            None => Ok(()),
        }
    }
}

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Spot {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// A text with its path: turns keys and byte offsets into lines and columns.
#[derive(Debug)]
pub(super) struct Located<'t> {
    /// The text.
    pub(super) text: &'t str,
    path: &'t Path,
}

impl<'t> Located<'t> {
    pub(super) fn new(text: &'t str, path: &'t Path) -> Self {
        Self { text, path }
    }

    /// The file.
    pub(super) fn path(&self) -> &'t Path {
        self.path
    }

    /// A problem with the value of `key`, found by its path.
    pub(super) fn problem(&self, key: &[&str], text: impl Into<String>) -> Problem {
        self.problem_at(self.offset(key), &key.join("."), text)
    }

    /// A problem at this byte offset.
    pub(super) fn problem_at(&self, offset: usize, key: &str, text: impl Into<String>) -> Problem {
        let Spot { line, column } = self.spot(offset);
        Problem { path: self.path.to_path_buf(), line, column, key: key.to_owned(), text: text.into(), nearest: None }
    }

    fn spot(&self, offset: usize) -> Spot {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Spot { line: before.matches('\n').count() + 1, column }
    }

    /// Where the keys of the tables below this one stand: by the table's name and the key's.
    pub(super) fn key_spots(&self, root: &[&str]) -> BTreeMap<(String, String), Spot> {
        let mut spots = BTreeMap::new();
        let Ok(document) = DeTable::parse(self.text) else { return spots };
        let mut table = document.get_ref();
        for part in root {
            let Some(DeValue::Table(inner)) = table.get(*part).map(toml::Spanned::get_ref) else { return spots };
            table = inner;
        }
        for (name, value) in table {
            let DeValue::Table(inner) = value.get_ref() else { continue };
            for key in inner.keys() {
                let place = (name.get_ref().to_string(), key.get_ref().to_string());
                spots.insert(place, self.spot(key.span().start));
            }
        }
        spots
    }

    /// A problem with a key of the table at this place of a list of tables.
    pub(super) fn problem_in(&self, list: &str, at: usize, key: &str, text: impl Into<String>) -> Problem {
        self.problem_at(self.offset_in(list, at, key).unwrap_or(0), &format!("{list}.{key}"), text)
    }

    /// A mistake that the reader of themes found in this text.
    pub(super) fn mistake(&self, mistake: Mistake) -> Problem {
        let nearest = mistake.meant.and_then(|(word, known)| nearest(&word, known.iter().map(String::as_str)));
        Problem { nearest, ..self.problem_at(mistake.at, &mistake.key, mistake.text) }
    }

    /// Where the value of a key of the table at this place of a list begins; the table, when the key is not there.
    fn offset_in(&self, list: &str, at: usize, key: &str) -> Option<usize> {
        let root = DeTable::parse(self.text).ok()?;
        let DeValue::Array(tables) = root.get_ref().get(list)?.get_ref() else { return None };
        let table = tables.get(at)?;
        let DeValue::Table(inner) = table.get_ref() else { return None };
        Some(inner.get(key).map_or(table.span().start, |value| value.span().start))
    }

    /// Where the value of this key begins; the nearest table above it when the key is not there.
    fn offset(&self, key: &[&str]) -> usize {
        let Ok(root) = DeTable::parse(self.text) else { return 0 };
        let mut table = root.get_ref();
        let mut offset = 0;
        for part in key {
            let Some((_, value)) = table.iter().find(|(name, _)| name.get_ref().as_ref() == *part) else { break };
            offset = value.span().start;
            let DeValue::Table(inner) = value.get_ref() else { break };
            table = inner;
        }
        offset
    }
}

/// The candidate that is most like `word`, if any is like it at all.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<String> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&word, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate.to_owned())
}
