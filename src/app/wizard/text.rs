//! Lines that are typed: how one that is shown changes, and how one that is not.

use crate::app::key::{Code, Key};
use crate::app::sign_in::Hidden;
use crate::app::update::overlay::Line;

/// A line that is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// What stands there.
    pub text: String,
    /// The cursor, in characters.
    pub cursor: usize,
}

impl Text {
    /// A line with this in it, the cursor at its end.
    pub fn of(text: &str) -> Self {
        Self { text: text.to_owned(), cursor: text.chars().count() }
    }

    /// What stands there, without the space around it.
    pub fn trimmed(&self) -> &str {
        self.text.trim()
    }

    /// A key was pressed: text, or a step in the line.
    pub(crate) fn key(&mut self, key: Key) {
        self.edit(|line| line.key(key));
    }

    /// Text was pasted: what begins or ends with a line break or a space was not meant to, and one inside is a space.
    pub(crate) fn paste(&mut self, text: &str) {
        self.edit(|line| {
            for c in text.trim().chars().map(|c| if c.is_whitespace() { ' ' } else { c }) {
                line.insert(c);
            }
        });
    }

    fn edit(&mut self, change: impl FnOnce(&mut Line)) {
        let mut line = Line { chars: self.text.chars().collect(), cursor: self.cursor };
        change(&mut line);
        self.cursor = line.cursor;
        self.text = line.chars.into_iter().collect();
    }
}

/// A key for a line that is not shown: text at the end, or something is taken away. Nobody sees a cursor in dots.
pub(crate) fn hidden_key(hidden: &mut Hidden, key: Key) {
    match (key.text(), key.code) {
        (Some(c), _) => hidden.push(c),
        (None, Code::Backspace) => hidden.pop(),
        (None, Code::Char('h')) if key.ctrl => hidden.pop(),
        (None, Code::Char('u' | 'w')) if key.ctrl => hidden.clear(),
        _ => {}
    }
}

/// Text pasted into a line that is not shown: the line break at its end is none of a password.
pub(crate) fn hidden_paste(hidden: &mut Hidden, text: &str) {
    text.trim_matches(['\r', '\n']).chars().for_each(|c| hidden.push(c));
}
