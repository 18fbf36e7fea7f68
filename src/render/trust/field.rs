//! One Authentication-Results field taken apart (RFC 8601, section 2.2).
//!
//! Nothing here recurses, and a field that breaks a limit or the grammar counts as a whole for nothing: half a
//! field could say "pass" where the other half says "fail".

use std::iter::Peekable;
use std::str::Chars;

/// Longer fields are not read: a server writes some hundred bytes, a few thousand for many signatures.
const MAX_FIELD: usize = 64 * 1024;

/// How deep comments may nest.
const MAX_DEPTH: usize = 32;

/// How many statements a field may make, and how many properties a statement may have.
const MAX_STATEMENTS: usize = 100;

/// How many bytes of a statement's comments are kept.
const MAX_COMMENTS: usize = 1_000;

/// A field: who says it, and what.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// The authserv-id in lower case; `None` for servers that leave it out.
    pub(super) id: Option<String>,
    /// The results in their order.
    pub(super) statements: Vec<Statement>,
}

/// `method=result reason="…" ptype.property=value …`.
#[derive(Debug, PartialEq, Eq, Clone, Default)]
pub(super) struct Statement {
    /// `dkim`, in lower case and without a version.
    pub(super) method: String,
    /// `pass`, in lower case.
    pub(super) result: String,
    /// What stands in parentheses, in lower case: servers put the domain's policy there.
    pub(super) comments: String,
    properties: Vec<(String, String)>,
}

impl Statement {
    /// The value of a property such as `header.d`.
    pub(super) fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Takes a field's value apart; `None` when it is malformed or beyond the limits.
pub(super) fn parse(value: &str) -> Option<Field> {
    if value.len() > MAX_FIELD || value.contains(|c: char| c.is_control() && !matches!(c, '\t' | '\r' | '\n')) {
        return None;
    }
    let mut cursor = Cursor { chars: value.chars().peekable() };
    cursor.blanks()?;
    let first = cursor.word(Stop::Equals)?;
    cursor.blanks()?;
    if first.is_empty() {
        return None;
    }
    let mut field = Field { id: None, statements: Vec::new() };
    if cursor.chars.peek() == Some(&'=') {
        cursor.statement(&first, &mut field.statements)?;
    } else {
        field.id = Some(first.to_lowercase());
        let version = cursor.word(Stop::Equals)?;
        cursor.blanks()?;
        if !version.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
    }
    while let Some(c) = cursor.chars.next() {
        if c != ';' || field.statements.len() >= MAX_STATEMENTS {
            return None;
        }
        cursor.blanks()?;
        let method = cursor.word(Stop::Equals)?;
        cursor.statement(&method, &mut field.statements)?;
    }
    Some(field)
}

/// Where a word ends besides at blanks, `;` and a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// A name ends at `=` too.
    Equals,
    /// A value may hold `=`: base64, and addresses that carry another one.
    Never,
}

struct Cursor<'a> {
    chars: Peekable<Chars<'a>>,
}

impl Cursor<'_> {
    /// Skips white space and comments; gives what the comments say.
    fn blanks(&mut self) -> Option<String> {
        let mut said = String::new();
        while let Some(c) = self.chars.peek() {
            match c {
                ' ' | '\t' | '\r' | '\n' => {
                    self.chars.next();
                }
                '(' => self.comment(&mut said)?,
                _ => break,
            }
        }
        Some(said)
    }

    /// One comment with the comments within it.
    fn comment(&mut self, said: &mut String) -> Option<()> {
        let mut depth = 0_usize;
        while let Some(c) = self.chars.next() {
            match c {
                '\\' => {
                    self.chars.next()?;
                }
                '(' => depth += 1,
                ')' => depth -= 1,
                _ if said.len() < MAX_COMMENTS => said.extend(c.to_lowercase()),
                _ => {}
            }
            if depth > MAX_DEPTH {
                return None;
            }
            if depth == 0 {
                said.push(' ');
                return Some(());
            }
        }
        None
    }

    /// A word; quoted strings in it lose their quotes but never end it.
    fn word(&mut self, stop: Stop) -> Option<String> {
        let mut word = String::new();
        while let Some(c) = self.chars.peek().copied() {
            match c {
                ' ' | '\t' | '\r' | '\n' | ';' | '(' => break,
                '=' if stop == Stop::Equals => break,
                '"' => {
                    self.chars.next();
                    self.quoted(&mut word)?;
                }
                _ => {
                    self.chars.next();
                    word.push(c);
                }
            }
        }
        Some(word)
    }

    /// The rest of a quoted string; an open one makes the field malformed.
    fn quoted(&mut self, word: &mut String) -> Option<()> {
        loop {
            match self.chars.next()? {
                '"' => return Some(()),
                '\\' => word.push(self.chars.next()?),
                c => word.push(c),
            }
        }
    }

    /// The statement that begins with this method, up to `;` or the end. The keyword `none` adds nothing to the list.
    fn statement(&mut self, method: &str, list: &mut Vec<Statement>) -> Option<()> {
        let mut comments = self.blanks()?;
        let stated = self.chars.next_if_eq(&'=').is_some();
        comments.push_str(&self.blanks()?);
        let result = self.word(if stated { Stop::Never } else { Stop::Equals })?;
        let method = method.split('/').next().unwrap_or_default().to_lowercase();
        let mut statement = Statement { method, result: result.to_lowercase(), ..Statement::default() };
        loop {
            comments.push_str(&self.blanks()?);
            if matches!(self.chars.peek(), None | Some(';')) {
                break;
            }
            let name = self.word(Stop::Equals)?;
            comments.push_str(&self.blanks()?);
            if self.chars.next_if_eq(&'=').is_none() {
                continue;
            }
            comments.push_str(&self.blanks()?);
            if statement.properties.len() >= MAX_STATEMENTS {
                return None;
            }
            statement.properties.push((name.to_lowercase(), self.word(Stop::Never)?));
        }
        statement.comments = comments;
        list.extend(stated.then_some(statement));
        Some(())
    }
}

#[cfg(test)]
mod tests;
