//! What an action can be told: the folder of a move, the words of a search. Declared in the table of actions, asked for in
//! the palette, written behind the action's name in the config (`move Work/Done`).

use std::fmt;

use super::Id;

/// What an action can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// Nothing.
    None,
    /// A folder, by its name.
    Folder,
    /// Keywords to set and to clear: `work -later`.
    Keywords,
    /// What to search for.
    Query,
    /// An account, by its name.
    Account,
    /// An account that the config disables, by its name.
    Disabled,
    /// An account of the config, disabled or not, or one of which something is left on the disk, by its name.
    AnyAccount,
    /// A saved search, by its name.
    Saved,
    /// A time, as the box of snoozing takes it: `tomorrow`, `fri 9:00`.
    Time,
    /// A text of the config to be put into a mail, by its name.
    Template,
    /// One of these words; first how it is written in help texts.
    Words(&'static str, &'static [&'static str]),
    /// Any text; how it is written in help texts.
    Text(&'static str),
}

impl Argument {
    /// How it is written in help texts: `FOLDER`; empty for none.
    pub const fn placeholder(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Folder => "FOLDER",
            Self::Keywords => "LABELS",
            Self::Query => "QUERY",
            Self::Account | Self::Disabled | Self::AnyAccount => "ACCOUNT",
            Self::Saved | Self::Template => "NAME",
            Self::Time => "TIME",
            Self::Words(placeholder, _) | Self::Text(placeholder) => placeholder,
        }
    }

    /// Whether it can be told this at all, as far as that is known without folders and accounts.
    ///
    /// # Errors
    /// Why not, in a sentence.
    pub fn check(self, text: &str) -> Result<(), String> {
        match self {
            Self::None => Err("it takes nothing behind its name".to_owned()),
            Self::Words(_, words) if !words.contains(&text) => Err(format!("it takes one of {}", words.join(", "))),
            Self::Folder
            | Self::Keywords
            | Self::Query
            | Self::Account
            | Self::Disabled
            | Self::AnyAccount
            | Self::Saved
            | Self::Template
            | Self::Time
            | Self::Words(..)
            | Self::Text(_) => Ok(()),
        }
    }
}

/// An action, and what it is told.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Call {
    /// The action.
    pub id: Id,
    /// What it is told.
    pub argument: Option<String>,
}

impl Call {
    /// An action that is told nothing.
    pub const fn plain(id: Id) -> Self {
        Self { id, argument: None }
    }

    /// Its words for people: "Move to folder: Work/Done".
    pub fn name(&self) -> String {
        let name = self.id.entry().name;
        match &self.argument {
            Some(text) => format!("{}: {text}", name.trim_end_matches('…')),
            None => name.to_owned(),
        }
    }
}

/// Words for people for several actions, one after the other.
pub fn names(calls: &[Call]) -> String {
    calls.iter().map(Call::name).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Call {
    /// Writes it as the config does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id.entry().slug)?;
        self.argument.as_ref().map_or(Ok(()), |text| write!(f, " {text}"))
    }
}
