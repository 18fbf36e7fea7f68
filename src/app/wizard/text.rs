//! Lines that are typed: one that is shown, and one that is not.

use secrecy::{ExposeSecret, SecretString};

use crate::app::key::{Code, Key};
use crate::app::update::overlay::Line;

/// The longest secret that can be typed, in bytes; tokens are long.
const LONGEST: usize = 4096;

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

/// A line that is typed and not shown. Each text that it ever held is wiped; it is in no `Debug` text.
#[derive(Debug, Clone, Default)]
pub struct Hidden(SecretString);

impl Hidden {
    /// A key was pressed: text at the end, or something is taken away. Nobody sees a cursor in dots.
    pub(crate) fn key(&mut self, key: Key) {
        match (key.text(), key.code) {
            (Some(c), _) => self.push(c),
            (None, Code::Backspace) => self.pop(),
            (None, Code::Char('h')) if key.ctrl => self.pop(),
            (None, Code::Char('u' | 'w')) if key.ctrl => self.clear(),
            _ => {}
        }
    }

    /// Text was pasted: the line break at its end is none of a password, and app passwords are shown in groups with spaces,
    /// which no server minds.
    pub(crate) fn paste(&mut self, text: &str) {
        text.trim_matches(['\r', '\n']).chars().for_each(|c| self.push(c));
    }

    /// Adds a character at the end; controls are none of a password.
    fn push(&mut self, c: char) {
        let old = self.0.expose_secret();
        if c.is_control() || old.len() + c.len_utf8() > LONGEST {
            return;
        }
        // Just as large as it has to be: a text that grows leaves its beginning behind in memory.
        let mut text = String::with_capacity(old.len() + c.len_utf8());
        text.push_str(old);
        text.push(c);
        self.0 = SecretString::from(text);
    }

    fn pop(&mut self) {
        let mut rest = self.0.expose_secret().chars();
        rest.next_back();
        self.0 = SecretString::from(rest.as_str().to_owned());
    }

    /// Takes all away.
    pub fn clear(&mut self) {
        self.0 = SecretString::default();
    }

    /// How many characters it has.
    pub fn count(&self) -> usize {
        self.0.expose_secret().chars().count()
    }

    /// What was typed.
    pub fn secret(&self) -> Typed {
        Typed(self.0.clone())
    }
}

/// A secret on its way: wiped when it is dropped, hidden in `Debug` texts.
#[derive(Debug, Clone, Default)]
pub struct Typed(pub SecretString);

impl PartialEq for Typed {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Eq for Typed {}
