//! What the user may do in a folder (RFC 4314), what each action needs of it, and how a refusal is said. Pure.
//!
//! Screen and engine ask the same functions, so that both refuse alike and before a server is asked.

use std::fmt;

use super::FolderId;
use super::flags::{DELETED, Flag, FlagChange, SEEN};
use super::folder::{FolderRow, Namespace};
use crate::protocol::Action;

/// A set of rights. What nobody told is allowed: then the server decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rights(u16);

/// The letters of RFC 4314, section 2.1; a letter's place is its bit.
const LETTERS: &str = "lrswipkxtea";

impl Rights {
    /// `l`: the folder is listed.
    pub const LOOKUP: Self = Self(1);
    /// `r`: its messages are read.
    pub const READ: Self = Self(1 << 1);
    /// `s`: messages are marked as read and unread.
    pub const SEEN: Self = Self(1 << 2);
    /// `w`: all other flags but `\Deleted`.
    pub const WRITE: Self = Self(1 << 3);
    /// `i`: messages are put into it.
    pub const INSERT: Self = Self(1 << 4);
    /// `k`: folders are made below it.
    pub const CREATE: Self = Self(1 << 6);
    /// `x`: it is deleted or renamed.
    pub const DELETE_FOLDER: Self = Self(1 << 7);
    /// `t`: `\Deleted`.
    pub const DELETE: Self = Self(1 << 8);
    /// `e`: messages are removed for ever.
    pub const EXPUNGE: Self = Self(1 << 9);
    /// All of them.
    pub const ALL: Self = Self((1 << 11) - 1);
    /// None.
    pub const NONE: Self = Self(0);
    /// What takes a message out of a folder: `t` and `e`.
    pub const TAKE_OUT: Self = Self::DELETE.and(Self::EXPUNGE);
    /// What changes messages. A folder without any of these is opened READ-ONLY (RFC 4314, section 5.2).
    pub const CHANGE: Self = Self::SEEN.and(Self::WRITE).and(Self::INSERT).and(Self::TAKE_OUT);

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub const fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// This without the other's.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether all of these are in it.
    pub const fn holds(self, wanted: Self) -> bool {
        self.0 & wanted.0 == wanted.0
    }

    /// Whether no message can be changed or added.
    pub const fn read_only(self) -> bool {
        self.0 & Self::CHANGE.0 == 0
    }

    /// The letters of a MYRIGHTS answer. `c` and `d` count only from servers of RFC 2086, which know none of the letters
    /// that took their place: others add them when a part of what they stood for is there (RFC 4314, section 2.1.1).
    pub fn parse(letters: &str) -> Self {
        let own = letters.chars().filter_map(|letter| LETTERS.find(letter)).fold(0, |bits, place| bits | 1 << place);
        let own = Self(own);
        let newer = Self::CREATE.and(Self::DELETE_FOLDER).and(Self::TAKE_OUT);
        if own.common(newer) != Self::NONE {
            return own;
        }
        let old = |letter: char, meaning: Self| if letters.contains(letter) { meaning } else { Self::NONE };
        own.and(old('c', Self::CREATE.and(Self::DELETE_FOLDER))).and(old('d', Self::TAKE_OUT))
    }

    /// What SELECT leaves of the rights: nothing that changes messages where it says READ-ONLY, and only flags that
    /// PERMANENTFLAGS names (RFC 9051, section 7.1). That list says nothing of moving messages. In one's own folders it
    /// does not forbid to mark as read either: a server may keep `\Seen` for the session alone, and forgets itself what it
    /// does not keep, so that nothing is promised that is not so.
    pub fn of_select(read_only: bool, permanent_flags: Option<&[String]>, whose: Namespace) -> Self {
        if read_only {
            return Self::ALL.without(Self::CHANGE);
        }
        let Some(flags) = permanent_flags else { return Self::ALL };
        let is = |flag: &String, name: &str| flag.eq_ignore_ascii_case(name);
        let seen = whose == Namespace::Personal || flags.iter().any(|flag| is(flag, "\\Seen"));
        let others = flags.iter().any(|flag| !is(flag, "\\Seen") && !is(flag, "\\Deleted"));
        let drop = |kept: bool, right: Self| if kept { Self::NONE } else { right };
        Self::ALL.without(drop(seen, Self::SEEN)).without(drop(others, Self::WRITE))
    }
}

impl Default for Rights {
    fn default() -> Self {
        Self::ALL
    }
}

impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = LETTERS.chars().enumerate().filter(|(place, _)| self.0 & (1 << place) != 0);
        held.map(|(_, letter)| letter).try_for_each(|letter| write!(f, "{letter}"))
    }
}

/// What an action needs of a folder, and what it does there in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// All of these.
    pub rights: Rights,
    /// "delete": what the user may not do where one of them is missing.
    pub word: &'static str,
}

impl Need {
    const fn new(rights: Rights, word: &'static str) -> Self {
        Self { rights, word }
    }
}

/// Messages are put into a folder.
pub const PUT_IN: Need = Need::new(Rights::INSERT, "put messages into it");
/// A folder is made below.
pub const CREATE_BELOW: Need = Need::new(Rights::CREATE, "make folders in it");
/// A folder is renamed.
pub const RENAME: Need = Need::new(Rights::DELETE_FOLDER, "rename it");
/// A folder is deleted.
pub const REMOVE: Need = Need::new(Rights::DELETE_FOLDER, "delete it");

/// What an action needs of the folder that a message lies in. A copy needs to read it alone.
pub fn needs(action: &Action) -> Vec<Need> {
    match action {
        Action::Flag(change) => flag_needs(change),
        Action::Mute | Action::Unmute => vec![Need::new(Rights::WRITE, "mute conversations")],
        Action::Move(_) => vec![Need::new(Rights::TAKE_OUT, "move messages out of it")],
        Action::Archive => vec![Need::new(Rights::TAKE_OUT, "archive here")],
        Action::Trash | Action::DeleteForever => vec![Need::new(Rights::TAKE_OUT, "delete here")],
        Action::Snooze { .. } | Action::BringBack(_) => {
            vec![Need::new(Rights::TAKE_OUT, "snooze here"), Need::new(Rights::WRITE, "snooze here")]
        }
        Action::Junk | Action::NotJunk => vec![Need::new(Rights::TAKE_OUT, "sort out junk here")],
        Action::Copy(_) | Action::CreateFolder { .. } | Action::RenameFolder { .. } | Action::DeleteFolder { .. } => {
            Vec::new()
        }
    }
}

fn flag_needs(change: &FlagChange) -> Vec<Need> {
    let need = |flag: &Flag| match flag {
        Flag::System(SEEN) => Need::new(Rights::SEEN, "mark messages as read or unread"),
        Flag::System(DELETED) => Need::new(Rights::DELETE, "delete here"),
        Flag::System(_) | Flag::Keyword(_) => Need::new(Rights::WRITE, "star or tag messages"),
    };
    change.add.iter().chain(&change.remove).map(need).collect()
}

/// Why the folder does not allow this, in a sentence; `None` if it does.
pub fn refusal(folder: &FolderRow, needs: &[Need]) -> Option<String> {
    let missing = needs.iter().find(|need| !folder.rights.holds(need.rights))?;
    let why = if folder.rights.read_only() { "is read-only for you" } else { "does not give you that right" };
    Some(format!("{} {why}: you may not {}", folder.label, missing.word))
}

/// The same for messages in several folders (a folder for each message): says how many of them are refused. All of them
/// stay then, so that nothing is done by halves.
pub fn refusal_of_many<'f>(
    folders: impl IntoIterator<Item = FolderId>,
    needs: &[Need],
    find: impl Fn(FolderId) -> Option<&'f FolderRow>,
) -> Option<String> {
    if needs.is_empty() {
        return None;
    }
    let (mut all, mut refused, mut first, mut last) = (0_usize, 0_usize, None, None);
    for id in folders {
        all += 1;
        // Messages come folder by folder: a folder is asked once, not once a message.
        let verdict = match last {
            Some((known, verdict)) if known == id => verdict,
            _ => find(id).is_some_and(|folder| needs.iter().any(|need| !folder.rights.holds(need.rights))),
        };
        last = Some((id, verdict));
        if verdict {
            refused += 1;
            first = first.or(Some(id));
        }
    }
    let reason = refusal(find(first?)?, needs)?;
    Some(if refused == all { reason } else { format!("{reason} ({refused} of {all} messages; all stay as they are)") })
}

#[cfg(test)]
mod tests;
