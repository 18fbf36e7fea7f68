//! What can be wrong in what the user says of keys, and where.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::app::action::{Misread, table};
use crate::config::error::Spot;
use crate::config::keys::Line;

/// Something wrong in what the user says of keys. What is right in it holds all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, where it is the user's.
    pub file: Option<PathBuf>,
    /// Where in the file.
    pub at: Option<Spot>,
    /// The place, as the file spells it.
    pub place: String,
    /// The keys, as the file spells them.
    pub keys: String,
    /// What is wrong.
    pub kind: Kind,
}

/// What is wrong with a binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The file cannot be read as TOML of the right shape.
    File(String),
    /// There is no such place.
    UnknownPlace,
    /// These are no keys.
    BadKeys,
    /// Not every terminal can send this key.
    NeedsKitty,
    /// There is no such action; the nearest one, if any is near.
    UnknownAction(String, Option<&'static str>),
    /// The action cannot be told that: why.
    Argument(&'static str, String),
    /// The action cannot be run from there.
    NotThere(&'static str),
    /// Longer sequences begin with these keys (or these keys begin with a shorter one): the others are gone.
    Hides(Vec<String>),
    /// Another line of the same file binds these keys, or keys that begin with them or that they begin with: it is gone.
    Conflict {
        /// The other line's keys.
        keys: String,
        /// Where the other line stands.
        at: Option<Spot>,
        /// In which file.
        file: Option<PathBuf>,
    },
}

impl Kind {
    /// What is wrong with the text of a binding.
    pub(super) fn of(misread: Misread) -> Self {
        match misread {
            Misread::Action(name) => {
                let near = nearest(&name);
                Self::UnknownAction(name, near)
            }
            Misread::Argument(id, reason) => Self::Argument(id.entry().slug, reason),
        }
    }
}

impl Problem {
    /// A file as a whole is wrong.
    pub fn of_file(reason: String) -> Self {
        Self { file: None, at: None, place: String::new(), keys: String::new(), kind: Kind::File(reason) }
    }

    /// A line is wrong.
    pub(super) fn of_line(line: &Line, file: Option<&Path>, kind: Kind) -> Self {
        let (place, keys) = (line.place.clone(), line.keys.clone());
        Self { file: file.map(Path::to_path_buf), at: line.at, place, keys, kind }
    }
}

/// "config.toml:12:1"
struct Where<'p>(Option<&'p PathBuf>, Option<Spot>);

impl fmt::Display for Where<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0, self.1) {
            (Some(file), Some(Spot { line, column })) => write!(f, "{}:{line}:{column}", file.display()),
            (Some(file), None) => write!(f, "{}", file.display()),
            (None, Some(Spot { line, column })) => write!(f, "line {line}, column {column}"),
            (None, None) => f.write_str("another line"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, at, place, keys, kind } = self;
        if file.is_some() || at.is_some() {
            write!(f, "{}: ", Where(file.as_ref(), *at))?;
        }
        match kind {
            Kind::File(reason) => write!(f, "The keys cannot be read: {reason}"),
            Kind::UnknownPlace => write!(f, "keys.{place}: there is no such place"),
            Kind::BadKeys => write!(f, "keys.{place}: \"{keys}\" is no key"),
            Kind::NeedsKitty => write!(f, "keys.{place}: not every terminal can send \"{keys}\""),
            Kind::UnknownAction(name, nearest) => {
                write!(f, "keys.{place}: \"{keys}\": there is no action \"{name}\"")?;
                nearest.map_or(Ok(()), |near| write!(f, ", did you mean \"{near}\"?"))
            }
            Kind::Argument(name, reason) => write!(f, "keys.{place}: \"{keys}\": \"{name}\": {reason}"),
            Kind::NotThere(name) => write!(f, "keys.{place}: \"{keys}\": \"{name}\" cannot be run there"),
            Kind::Hides(others) => {
                write!(f, "keys.{place}: \"{keys}\" takes the place of {}", others.join(", "))
            }
            Kind::Conflict { keys: other, at, file } => {
                let other_place = Where(file.as_ref(), *at);
                write!(
                    f,
                    "keys.{place}: \"{keys}\" takes the place of \"{other}\" ({other_place}): only one of them can hold"
                )
            }
        }
    }
}

fn nearest(name: &str) -> Option<&'static str> {
    let closest = table().iter().map(|entry| (strsim::damerau_levenshtein(entry.slug, name), entry.slug)).min()?;
    (closest.0 <= 3).then_some(closest.1)
}
