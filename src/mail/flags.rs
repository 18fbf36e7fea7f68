//! System flags and keywords of a message (RFC 9051, section 2.3.2).

use std::collections::BTreeSet;
use std::fmt;

/// The system flags that IMAP defines, as bits, and the keywords that people and servers made up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flags {
    /// Union of the `SEEN` … `DRAFT` bits.
    pub system: u8,
    /// Keywords as the server spells them; equal without regard to case (RFC 9051, section 2.3.2).
    pub keywords: BTreeSet<Keyword>,
}

/// The message has been read.
pub const SEEN: u8 = 1;
/// The message has been answered.
pub const ANSWERED: u8 = 2;
/// The message is "flagged": starred.
pub const FLAGGED: u8 = 4;
/// The message is marked for removal by a later EXPUNGE.
pub const DELETED: u8 = 8;
/// The message is a draft.
pub const DRAFT: u8 = 16;

/// The keyword of a message whose conversation is muted.
///
/// It is no standard's; other clients have used it for years, and one that does not know it shows the conversation as it
/// always did.
pub const MUTED: &str = "$Muted";

/// A keyword: an IMAP atom such as `$Forwarded`. Compared without regard to ASCII case.
#[derive(Debug, Clone)]
pub struct Keyword(Box<str>);

/// One flag, for actions and commands that name one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flag {
    /// A system flag: one of the bits.
    System(u8),
    /// A keyword.
    Keyword(Keyword),
}

impl Keyword {
    /// Takes a word as a keyword if it is an IMAP atom of at most 250 bytes (RFC 9051, section 9, `flag-keyword`).
    pub fn new(word: &str) -> Option<Self> {
        let fine = !word.is_empty()
            && word.len() <= 250
            && word
                .bytes()
                .all(|b| b.is_ascii_graphic() && !matches!(b, b'(' | b')' | b'{' | b'%' | b'*' | b'"' | b'\\' | b']'));
        fine.then(|| Self(word.into()))
    }

    /// The keyword as it was spelled.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Keyword {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}
impl Eq for Keyword {}
impl PartialOrd for Keyword {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Keyword {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let lower = |word: &str| word.bytes().map(|b| b.to_ascii_lowercase()).collect::<Vec<_>>();
        lower(&self.0).cmp(&lower(&other.0))
    }
}

impl Flag {
    /// Reads a flag as IMAP writes it (`\Seen`, `$Forwarded`); `None` for `\Recent`, `\*` and what is no flag.
    pub fn parse(text: &str) -> Option<Self> {
        let Some(name) = text.strip_prefix('\\') else {
            return Keyword::new(text).map(Self::Keyword);
        };
        let known =
            [("seen", SEEN), ("answered", ANSWERED), ("flagged", FLAGGED), ("deleted", DELETED), ("draft", DRAFT)];
        known.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, bit)| Self::System(*bit))
    }

    /// Reads a flag as people write it on a command line: `seen`, `flagged`, `answered`, `draft`, else a keyword.
    pub fn from_user(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "seen" | "read" => Some(Self::System(SEEN)),
            "flagged" | "starred" => Some(Self::System(FLAGGED)),
            "answered" => Some(Self::System(ANSWERED)),
            "draft" => Some(Self::System(DRAFT)),
            "deleted" => None,
            _ => Self::parse(text),
        }
    }
}

impl fmt::Display for Flag {
    /// Writes the flag as IMAP does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(SEEN) => f.write_str("\\Seen"),
            Self::System(ANSWERED) => f.write_str("\\Answered"),
            Self::System(FLAGGED) => f.write_str("\\Flagged"),
            Self::System(DELETED) => f.write_str("\\Deleted"),
            Self::System(_) => f.write_str("\\Draft"),
            Self::Keyword(keyword) => f.write_str(keyword.as_str()),
        }
    }
}

impl Flags {
    /// The flags that this list of IMAP words names; words that are no flags are left out.
    pub fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut flags = Self::default();
        for flag in words.into_iter().filter_map(Flag::parse) {
            flags.set(&flag, true);
        }
        flags
    }

    /// Whether this flag is set.
    pub fn has(&self, flag: &Flag) -> bool {
        match flag {
            Flag::System(bit) => self.system & bit != 0,
            Flag::Keyword(keyword) => self.keywords.contains(keyword),
        }
    }

    /// Sets or clears one flag.
    pub fn set(&mut self, flag: &Flag, on: bool) {
        match (flag, on) {
            (Flag::System(bit), true) => self.system |= bit,
            (Flag::System(bit), false) => self.system &= !bit,
            (Flag::Keyword(keyword), true) => {
                self.keywords.insert(keyword.clone());
            }
            (Flag::Keyword(keyword), false) => {
                self.keywords.remove(keyword);
            }
        }
    }

    /// The flags with `change` made.
    #[must_use]
    pub fn with(mut self, change: &FlagChange) -> Self {
        for flag in &change.add {
            self.set(flag, true);
        }
        for flag in &change.remove {
            self.set(flag, false);
        }
        self
    }

    /// Whether `change` is made in them.
    pub fn show(&self, change: &FlagChange) -> bool {
        change.add.iter().all(|flag| self.has(flag)) && !change.remove.iter().any(|flag| self.has(flag))
    }

    /// Every flag that is set.
    pub fn iter(&self) -> impl Iterator<Item = Flag> + '_ {
        [SEEN, ANSWERED, FLAGGED, DELETED, DRAFT]
            .into_iter()
            .filter(|bit| self.system & bit != 0)
            .map(Flag::System)
            .chain(self.keywords.iter().cloned().map(Flag::Keyword))
    }

    /// Whether the message has been read.
    pub fn seen(&self) -> bool {
        self.system & SEEN != 0
    }

    /// Whether the message is starred.
    pub fn flagged(&self) -> bool {
        self.system & FLAGGED != 0
    }

    /// Whether its conversation is muted.
    pub fn muted(&self) -> bool {
        self.keywords.iter().any(|keyword| keyword.as_str().eq_ignore_ascii_case(MUTED))
    }
}

/// A change of flags as a difference, never as a whole set, so that other clients' flags survive (RL30).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlagChange {
    /// Flags to set.
    pub add: Vec<Flag>,
    /// Flags to clear.
    pub remove: Vec<Flag>,
}

#[cfg(test)]
mod tests;
