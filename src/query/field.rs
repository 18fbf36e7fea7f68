//! The names that stand before a colon, and the words that some of them take.

use super::{Field, State, Thing};

/// What a name before a colon asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// Words.
    Text(Field),
    /// A state.
    Is,
    /// A thing inside.
    Has,
    /// The folder.
    In,
    /// The account.
    Account,
    /// A keyword.
    Label,
    /// One message.
    Id,
    /// Its conversation.
    Thread,
    /// Received before this begins.
    Before,
    /// Received when this begins, or later.
    After,
    /// Received within this.
    On,
    /// Received longer ago than this.
    Older,
    /// Received not longer ago than this.
    Newer,
    /// More bytes than this.
    Larger,
    /// Fewer bytes than this.
    Smaller,
}

/// A name, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name {
    /// Without the colon, in lower case.
    pub name: &'static str,
    /// What it asks for.
    pub key: Key,
    /// What it is for, in few words.
    pub hint: &'static str,
    /// Whether another name is the one to learn: people know this one from elsewhere.
    pub alias: bool,
}

const fn name(name: &'static str, key: Key, hint: &'static str) -> Name {
    Name { name, key, hint, alias: false }
}

const fn alias(name: &'static str, key: Key, hint: &'static str) -> Name {
    Name { name, key, hint, alias: true }
}

/// Every name, in the order in which they are offered.
pub const NAMES: [Name; 27] = [
    name("from", Key::Text(Field::From), "who sent it"),
    name("to", Key::Text(Field::To), "who got it"),
    name("cc", Key::Text(Field::Cc), "who got a copy"),
    name("subject", Key::Text(Field::Subject), "words of the subject"),
    name("body", Key::Text(Field::Body), "words of the text"),
    name("list", Key::Text(Field::List), "mailing list"),
    name("file", Key::Text(Field::File), "name of an attachment"),
    name("is", Key::Is, "unread, flagged, …"),
    name("has", Key::Has, "attachment, invite, link"),
    name("in", Key::In, "folder"),
    name("account", Key::Account, "account"),
    name("label", Key::Label, "label"),
    name("before", Key::Before, "before a day"),
    name("after", Key::After, "since a day"),
    name("on", Key::On, "on a day, in a month"),
    name("older", Key::Older, "longer ago than"),
    name("newer", Key::Newer, "not longer ago than"),
    name("larger", Key::Larger, "bigger than"),
    name("smaller", Key::Smaller, "smaller than"),
    name("id", Key::Id, "one message"),
    name("thread", Key::Thread, "one conversation"),
    alias("tag", Key::Label, "label"),
    alias("folder", Key::In, "folder"),
    alias("filename", Key::Text(Field::File), "name of an attachment"),
    alias("date", Key::On, "on a day, in a month"),
    alias("older_than", Key::Older, "longer ago than"),
    alias("newer_than", Key::Newer, "not longer ago than"),
];

/// What `is:` takes; the flag says whether the state is wanted or its opposite. The first of a kind is written.
pub const STATES: [(&str, State, bool); 11] = [
    ("unread", State::Unread, true),
    ("read", State::Unread, false),
    ("flagged", State::Flagged, true),
    ("answered", State::Answered, true),
    ("draft", State::Draft, true),
    ("snoozed", State::Snoozed, true),
    ("muted", State::Muted, true),
    ("replylater", State::ReplyLater, true),
    ("pinned", State::Pinned, true),
    ("unflagged", State::Flagged, false),
    ("starred", State::Flagged, true),
];

/// What `has:` takes.
pub const THINGS: [(&str, Thing); 3] =
    [("attachment", Thing::Attachment), ("invite", Thing::Invite), ("link", Thing::Link)];

impl Key {
    /// The key with this name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|known| known.name.eq_ignore_ascii_case(name)).map(|known| known.key)
    }

    /// Its name; empty for words without a field.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|known| known.key == self).map_or("", |known| known.name)
    }

    /// The words that it takes, if it takes no others.
    pub fn values(self) -> Vec<&'static str> {
        match self {
            Self::Is => STATES.iter().map(|(word, ..)| *word).collect(),
            Self::Has => THINGS.iter().map(|(word, _)| *word).collect(),
            Self::Text(_)
            | Self::In
            | Self::Account
            | Self::Label
            | Self::Id
            | Self::Thread
            | Self::Before
            | Self::After
            | Self::On
            | Self::Older
            | Self::Newer
            | Self::Larger
            | Self::Smaller => Vec::new(),
        }
    }
}

impl Field {
    /// Whether the middle of a word is found without being asked for: names and addresses are known by halves.
    pub fn finds_parts(self) -> bool {
        match self {
            Self::From | Self::To | Self::Cc | Self::List | Self::File => true,
            Self::Any | Self::Subject | Self::Body => false,
        }
    }
}
