//! A line of a muttrc in its commands and words: quotes, escapes, variables; backquotes are kept apart and not run.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::str::Chars;

use crate::config::env::Env;

/// The longest value: variables that name each other twice would else grow without end.
const LIMIT: usize = 10_000;

/// A word, and the program that would make a part of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Value {
    pub(super) text: String,
    /// What stood in backquotes.
    pub(super) command: Option<String>,
    /// The line that it stands in, from 1.
    pub(super) line: usize,
    /// The file that it stands in, where that is known.
    pub(super) file: Option<PathBuf>,
}

impl Value {
    /// It stands in this file.
    pub(super) fn of(self, file: &Path) -> Self {
        Self { file: Some(file.to_owned()), ..self }
    }
}

/// A line being read.
pub(super) struct Cursor<'l> {
    signs: Peekable<Chars<'l>>,
    line: usize,
}

impl<'l> Cursor<'l> {
    pub(super) fn new(line: &'l str, number: usize) -> Self {
        Self { signs: line.chars().peekable(), line: number }
    }

    /// The name of the next command; `None` at the end of the line or before a comment.
    pub(super) fn command(&mut self) -> Option<String> {
        while self.signs.next_if(|sign| sign.is_whitespace() || *sign == ';').is_some() {}
        if matches!(self.signs.peek(), None | Some('#')) {
            return None;
        }
        let mut word = String::new();
        while let Some(sign) = self.signs.next_if(|sign| !sign.is_whitespace() && *sign != ';') {
            word.push(sign);
        }
        Some(word)
    }

    /// Goes to where the next command begins.
    pub(super) fn next_command(&mut self) {
        while self.raw_token(&BTreeMap::new(), &Env::default()).is_some() {}
    }

    /// The next word of this command.
    pub(super) fn token(&mut self, values: &BTreeMap<String, Value>, env: &Env) -> Option<Value> {
        self.word(values, env, false)
    }

    /// The next word, backquotes left in it: it will be read as commands itself.
    pub(super) fn raw_token(&mut self, values: &BTreeMap<String, Value>, env: &Env) -> Option<String> {
        self.word(values, env, true).map(|value| value.text)
    }

    /// `name=value`, `name`, `noname`: the name, and its value; `None` for a value takes it away.
    pub(super) fn assignment(
        &mut self,
        values: &BTreeMap<String, Value>,
        env: &Env,
    ) -> Option<(String, Option<Value>)> {
        if !self.at_word() {
            return None;
        }
        let mut name = String::new();
        let part = |sign: &char| !sign.is_whitespace() && !matches!(sign, '=' | ';' | '#' | '+');
        while let Some(sign) = self.signs.next_if(part) {
            name.push(sign);
        }
        self.skip_spaces();
        let adds = self.signs.next_if_eq(&'+').is_some();
        if self.signs.next_if_eq(&'=').is_none() {
            let yes = |text: &str| Value { text: text.to_owned(), line: self.line, ..Value::default() };
            return Some(match name.strip_prefix("no") {
                Some(rest) => (rest.to_owned(), Some(yes("no"))),
                None => (name, Some(yes("yes"))),
            });
        }
        self.skip_spaces();
        let mut value = self.word(values, env, false).unwrap_or_default();
        value.line = self.line;
        if let Some(old) = values.get(&name).filter(|_| adds) {
            value.text = format!("{}{}", old.text, value.text).chars().take(LIMIT).collect();
        }
        // neomutt's newer name of the same.
        let name = if name == "spool_file" { "spoolfile".to_owned() } else { name };
        Some((name, Some(value)))
    }

    fn skip_spaces(&mut self) {
        while self.signs.next_if(|sign| sign.is_whitespace()).is_some() {}
    }

    /// Whether a word of this command follows.
    fn at_word(&mut self) -> bool {
        self.skip_spaces();
        !matches!(self.signs.peek(), None | Some('#' | ';'))
    }

    fn word(&mut self, values: &BTreeMap<String, Value>, env: &Env, raw: bool) -> Option<Value> {
        if !self.at_word() {
            return None;
        }
        let mut value = Value { line: self.line, ..Value::default() };
        let mut quote = None;
        while let Some(sign) = self.signs.next_if(|sign| quote.is_some() || !(sign.is_whitespace() || *sign == ';')) {
            match (sign, quote) {
                ('\'' | '"', None) => quote = Some(sign),
                (sign, Some(open)) if sign == open => quote = None,
                (sign, Some('\'')) => value.text.push(sign),
                ('\\', _) => match self.signs.next() {
                    Some('n') => value.text.push('\n'),
                    Some('t') => value.text.push('\t'),
                    Some(sign) => value.text.push(sign),
                    None => {}
                },
                ('`', _) if raw => value.text.push('`'),
                ('`', _) => value.command = Some(self.backquoted()),
                ('$', _) => self.variable(values, env, &mut value),
                (sign, _) => value.text.push(sign),
            }
            if value.text.len() > LIMIT {
                break;
            }
        }
        Some(value)
    }

    fn backquoted(&mut self) -> String {
        let mut command = String::new();
        while let Some(sign) = self.signs.next().filter(|sign| *sign != '`') {
            match sign {
                '\\' => command.extend(self.signs.next()),
                sign => command.push(sign),
            }
        }
        command
    }

    /// A setting, else a variable of the environment; nothing for one that is not known.
    fn variable(&mut self, values: &BTreeMap<String, Value>, env: &Env, into: &mut Value) {
        let braced = self.signs.next_if_eq(&'{').is_some();
        let mut name = String::new();
        while let Some(sign) = self.signs.next_if(|sign| sign.is_ascii_alphanumeric() || *sign == '_') {
            name.push(sign);
        }
        if braced {
            while self.signs.next().is_some_and(|sign| sign != '}') {}
        }
        if name.is_empty() {
            return into.text.push('$');
        }
        match values.get(&name) {
            Some(value) => {
                into.text.push_str(&value.text);
                into.command = into.command.take().or_else(|| value.command.clone());
            }
            None => into.text.push_str(&env.get(&name).and_then(|value| value.into_string().ok()).unwrap_or_default()),
        }
    }
}
