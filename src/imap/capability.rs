//! What a server says it can do (RFC 9051, section 6.1.1).

use std::collections::BTreeSet;

/// The capabilities of a server, compared without regard to case: some servers write them in lower case (RL26).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capabilities(BTreeSet<String>);

impl Capabilities {
    /// Takes the words of a CAPABILITY answer.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        Self(words.into_iter().take(1_000).map(str::to_ascii_uppercase).collect())
    }

    /// Whether the server has this capability, whatever its case: `has("move")`, `has("AUTH=PLAIN")`.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(&name.to_ascii_uppercase())
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every capability in upper case, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The names of the SASL mechanisms offered.
    pub fn mechanisms(&self) -> Vec<&str> {
        self.iter().filter_map(|name| name.strip_prefix("AUTH=")).collect()
    }
}
