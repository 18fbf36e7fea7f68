//! How the user writes: who they are, what stands below their mails, how they quote. Plain data, made from the config.

use super::Mailbox;

/// Somebody that the user writes as.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// Name and address.
    pub mailbox: Mailbox,
    /// What stands below a mail, without the line "-- "; empty: nothing.
    pub signature: String,
}

/// An account, as the one who writes sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Writer {
    /// Its name in the config.
    pub account: String,
    /// Who the user is there, the account's own address first.
    pub identities: Vec<Identity>,
}

/// How answers are begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// Where what is answered stands.
    pub quote: Quote,
    /// The line above what is quoted, with fields in braces.
    pub attribution: String,
    /// Whether a new letter is Markdown.
    pub markdown: bool,
}

/// [`Style::attribution`], where the config says nothing.
pub const ATTRIBUTION: &str = "On {date} at {time}, {name} wrote:";

impl Default for Style {
    fn default() -> Self {
        Self { quote: Quote::default(), attribution: ATTRIBUTION.to_owned(), markdown: false }
    }
}

/// Where what is answered stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Quote {
    /// Below the answer.
    #[default]
    Below,
    /// Above the answer.
    Above,
    /// Nowhere.
    None,
}
