//! A key press, free of the terminal library: what the keymap is written in.

use std::fmt;

/// A key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Which key.
    pub code: Code,
    /// Ctrl was held.
    pub ctrl: bool,
    /// Alt was held.
    pub alt: bool,
    /// Shift was held; false for characters, which say it themselves (`G`).
    pub shift: bool,
}

/// Which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// A character as typed.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab; with `shift` the other way.
    Tab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Arrow.
    Up,
    /// Arrow.
    Down,
    /// Arrow.
    Left,
    /// Arrow.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
}

const NAMES: [(Code, &str); 14] = [
    (Code::Char(' '), "space"),
    (Code::Enter, "enter"),
    (Code::Esc, "esc"),
    (Code::Tab, "tab"),
    (Code::Backspace, "backspace"),
    (Code::Delete, "delete"),
    (Code::Up, "up"),
    (Code::Down, "down"),
    (Code::Left, "left"),
    (Code::Right, "right"),
    (Code::Home, "home"),
    (Code::End, "end"),
    (Code::PageUp, "pgup"),
    (Code::PageDown, "pgdn"),
];

impl Key {
    /// This key without modifiers.
    pub const fn plain(code: Code) -> Self {
        Self { code, ctrl: false, alt: false, shift: false }
    }

    /// This character, as typed.
    pub const fn char(c: char) -> Self {
        Self::plain(Code::Char(c))
    }

    /// Whether it takes the place of a text that is selected: text, or what deletes.
    pub fn replaces(self) -> bool {
        let deletes = matches!(self.code, Code::Backspace | Code::Delete) || self.ctrl && self.code == Code::Char('h');
        deletes || self.text().is_some()
    }

    /// Reads a key as the keymap writes it: `j`, `G`, `ctrl-d`, `alt-1`, `shift-tab`, `pgdn`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut key = Self::plain(Code::Esc);
        let mut rest = text;
        loop {
            let mut chars = rest.chars();
            if let (Some(only), None) = (chars.next(), chars.next()) {
                key.code = Code::Char(only);
                break;
            }
            if let Some((code, _)) = NAMES.iter().find(|(_, name)| rest.eq_ignore_ascii_case(name)) {
                key.code = *code;
                break;
            }
            let (modifier, after) = rest.split_once('-')?;
            match modifier.to_ascii_lowercase().as_str() {
                "ctrl" => key.ctrl = true,
                "alt" => key.alt = true,
                "shift" => key.shift = true,
                _ => return None,
            }
            rest = after;
        }
        if let Code::Char(c) = key.code {
            // A terminal sends the same byte for ctrl with either case, and says shift by the character itself.
            if key.shift || c.is_control() || c.is_whitespace() && c != ' ' {
                return None;
            }
            if key.ctrl {
                key.code = Code::Char(c.to_ascii_lowercase());
            }
        }
        Some(key)
    }

    /// Whether a terminal without the kitty protocol can send this key and tell it from every other.
    pub fn is_legacy(self) -> bool {
        match self.code {
            Code::Char(c) if self.ctrl => !self.alt && c.is_ascii_lowercase() && !matches!(c, 'i' | 'm' | 'h' | 'j'),
            Code::Char(_) => true,
            Code::Tab => !self.ctrl && !self.alt,
            Code::Enter
            | Code::Esc
            | Code::Backspace
            | Code::Delete
            | Code::Up
            | Code::Down
            | Code::Left
            | Code::Right
            | Code::Home
            | Code::End
            | Code::PageUp
            | Code::PageDown => !self.ctrl && !self.alt && !self.shift,
        }
    }

    /// The character that this key writes into a line of text.
    pub fn text(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.ctrl && !self.alt => Some(c),
            Code::Char(_)
            | Code::Enter
            | Code::Esc
            | Code::Tab
            | Code::Backspace
            | Code::Delete
            | Code::Up
            | Code::Down
            | Code::Left
            | Code::Right
            | Code::Home
            | Code::End
            | Code::PageUp
            | Code::PageDown => None,
        }
    }
}

impl fmt::Display for Key {
    /// Writes the key as [`Key::parse`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [(self.ctrl, "ctrl-"), (self.alt, "alt-"), (self.shift, "shift-")] {
            if held {
                f.write_str(name)?;
            }
        }
        match (NAMES.iter().find(|(code, _)| *code == self.code), self.code) {
            (Some((_, name)), _) => f.write_str(name),
            (None, Code::Char(c)) => write!(f, "{c}"),
            (None, _) => Ok(()),
        }
    }
}

/// Reads a sequence of keys as the keymap writes it: keys with spaces between (`g i`). Not empty.
pub fn parse_sequence(text: &str) -> Option<Vec<Key>> {
    let keys: Option<Vec<_>> = text.split_whitespace().map(Key::parse).collect();
    keys.filter(|keys| !keys.is_empty())
}

/// Writes a sequence as [`parse_sequence`] reads it.
pub fn write_sequence(keys: &[Key]) -> String {
    keys.iter().map(Key::to_string).collect::<Vec<_>>().join(" ")
}
