//! The words of an IMAP answer: atoms, strings, literals and lists (RFC 9051, section 4). Pure, bounded in depth.

/// How deep lists may nest, as in the guard: real answers stay below ten.
pub(crate) const MAX_DEPTH: usize = 64;

/// One word or list of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// An atom, a number, a flag or `BODY[…]<…>`, as it was written.
    Atom(String),
    /// A quoted string without its quotes and escapes, or a literal.
    Text(Vec<u8>),
    /// A parenthesised list.
    List(Vec<Value>),
}

impl Value {
    /// The text of an atom or string; `None` for a list and for bytes that are no UTF-8.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Atom(atom) => Some(atom),
            Self::Text(bytes) => std::str::from_utf8(bytes).ok(),
            Self::List(_) => None,
        }
    }

    /// The text, with the replacement character for what is no UTF-8.
    pub(crate) fn lossy(&self) -> Option<String> {
        match self {
            Self::Atom(atom) => Some(atom.clone()),
            Self::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            Self::List(_) => None,
        }
    }

    /// The bytes of a string; `None` for NIL and everything else.
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Text(bytes) => Some(bytes),
            Self::Atom(_) | Self::List(_) => None,
        }
    }

    /// The members of a list.
    pub(crate) fn list(&self) -> Option<&[Value]> {
        match self {
            Self::List(values) => Some(values),
            Self::Atom(_) | Self::Text(_) => None,
        }
    }

    /// The number that an atom writes.
    pub(crate) fn number(&self) -> Option<u64> {
        self.text()?.parse().ok()
    }

    /// Whether it is this atom, whatever its case.
    pub(crate) fn is(&self, atom: &str) -> bool {
        matches!(self, Self::Atom(word) if word.eq_ignore_ascii_case(atom))
    }
}

/// All words of a line; `None` if it is no well-formed IMAP data.
pub(crate) fn parse(line: &[u8]) -> Option<Vec<Value>> {
    let mut reader = Reader { rest: line };
    let values = reader.values(0)?;
    reader.rest.is_empty().then_some(values)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn values(&mut self, depth: usize) -> Option<Vec<Value>> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut values = Vec::new();
        loop {
            match self.peek() {
                None => return Some(values),
                Some(b' ' | b'\r' | b'\n') => {
                    self.next();
                }
                Some(b')') => return (depth > 0).then_some(values),
                Some(b'(') => {
                    self.next();
                    let list = self.values(depth + 1)?;
                    (self.next() == Some(b')')).then_some(())?;
                    values.push(Value::List(list));
                }
                Some(b'"') => {
                    self.next();
                    values.push(Value::Text(self.quoted()?));
                }
                Some(b'{') => values.push(Value::Text(self.literal()?)),
                Some(_) => values.push(Value::Atom(self.atom())),
            }
        }
    }

    fn quoted(&mut self) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        loop {
            match self.next()? {
                b'"' => return Some(text),
                b'\\' => text.push(self.next()?),
                b'\r' | b'\n' => return None,
                byte => text.push(byte),
            }
        }
    }

    fn literal(&mut self) -> Option<Vec<u8>> {
        let end = self.rest.iter().position(|byte| *byte == b'\n')?;
        let (head, data) = self.rest.split_at(end + 1);
        let size = literal_size(head)?;
        let (literal, rest) = data.split_at_checked(usize::try_from(size).ok()?)?;
        self.rest = rest;
        Some(literal.to_vec())
    }

    /// An atom ends at a space or a bracket of a list; within `[…]` it may hold both (`BODY[HEADER.FIELDS (TO)]`).
    fn atom(&mut self) -> String {
        let mut section = false;
        let end = self.rest.iter().position(|byte| match byte {
            b'[' => {
                section = true;
                false
            }
            b']' => {
                section = false;
                false
            }
            b'\r' | b'\n' => true,
            b' ' | b'(' | b')' => !section,
            _ => false,
        });
        let (atom, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        String::from_utf8_lossy(atom).into_owned()
    }
}

/// The size that a literal's head at the end of a line announces: `… {12}\r\n`, `{12+}`, `~{12}` (RFC 9051, section
/// 4.3; RFC 7888). A number too large for any message is `u64::MAX`.
pub(crate) fn literal_size(line: &[u8]) -> Option<u64> {
    let line = line.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_suffix(b"}")?;
    let line = line.strip_suffix(b"+").unwrap_or(line);
    let digits = line.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (before, digits) = line.split_at(line.len() - digits);
    if digits.is_empty() || before.last() != Some(&b'{') {
        return None;
    }
    Some(std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
