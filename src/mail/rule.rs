//! Rules: what is done with mail that arrives from somebody, or through a list.

use std::fmt;

use crate::mail::UnixTime;

/// A rule for mail that arrives in an inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Whose mail.
    pub whom: Whom,
    /// In which account, by its name in the config; `None`: in each.
    pub account: Option<String>,
    /// What is done with it.
    pub deed: Deed,
    /// The day (its beginning, UTC) that it holds from: mail that was received before it is left alone.
    pub since: UnixTime,
}

/// Whose mail a rule is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Whom {
    /// Mail with this address in From.
    From(String),
    /// Mail of the list with this List-Id (RFC 2919), without angle brackets.
    List(String),
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Moves it to the archive.
    Archive,
    /// Moves it to Trash.
    Trash,
    /// Marks it as read.
    Read,
    /// Moves it to the folder of this path, with `/` between the names.
    Move(String),
}

impl Whom {
    /// Whether a message with these From addresses and this List-Id is meant. Case does not count: no provider tells
    /// addresses apart by it.
    pub fn is<'a>(&self, mut from: impl Iterator<Item = &'a str>, list: &str) -> bool {
        match self {
            Self::From(address) => from.any(|one| one.trim().to_lowercase() == address.to_lowercase()),
            Self::List(id) => list.trim().to_lowercase() == id.to_lowercase(),
        }
    }

    /// The address, or the List-Id.
    pub fn name(&self) -> &str {
        match self {
            Self::From(name) | Self::List(name) => name,
        }
    }
}

impl Deed {
    /// "archive": as the file and the command line write it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Archive => "archive",
            Self::Trash => "trash",
            Self::Read => "read",
            Self::Move(_) => "move",
        }
    }
}

impl fmt::Display for Whom {
    /// "from news@shop.example", "of the list rust-dev.example.org".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::From(address) => write!(f, "from {address}"),
            Self::List(id) => write!(f, "of the list {id}"),
        }
    }
}

impl fmt::Display for Deed {
    /// "is archived".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Archive => f.write_str("is archived"),
            Self::Trash => f.write_str("goes to Trash"),
            Self::Read => f.write_str("is marked as read"),
            Self::Move(folder) => write!(f, "goes to {folder}"),
        }
    }
}

impl fmt::Display for Rule {
    /// "mail from news@shop.example is archived (work)".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mail {} {}", self.whom, self.deed)?;
        match &self.account {
            Some(account) => write!(f, " ({account})"),
            None => Ok(()),
        }
    }
}
