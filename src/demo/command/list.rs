//! LIST with its extensions (RFC 5258, RFC 5819, RFC 6154), read by hand.

/// What STATUS tells of a mailbox (RFC 9051, section 6.3.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusItem {
    /// MESSAGES.
    Messages,
    /// RECENT.
    Recent,
    /// UIDNEXT.
    UidNext,
    /// UIDVALIDITY.
    UidValidity,
    /// UNSEEN.
    Unseen,
    /// HIGHESTMODSEQ (RFC 7162, section 3.1.7).
    HighestModSeq,
}

/// Which mailboxes LIST is to tell of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Only {
    /// Every one.
    All,
    /// `(SUBSCRIBED)`.
    Subscribed,
    /// `(SPECIAL-USE)`.
    SpecialUse,
}

/// A LIST command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRequest {
    /// Which ones.
    pub only: Only,
    /// Put before each pattern.
    pub reference: String,
    /// Patterns; at least one.
    pub patterns: Vec<String>,
    /// Whether the answer marks subscribed mailboxes.
    pub returns_subscribed: bool,
    /// Whether an extended form was used.
    pub extended: bool,
    /// STATUS items to answer after each mailbox; empty: none.
    pub status: Vec<StatusItem>,
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Word(String),
}

impl StatusItem {
    /// The item of this name.
    pub fn parse(word: &str) -> Option<Self> {
        match word.to_ascii_uppercase().as_str() {
            "MESSAGES" => Some(Self::Messages),
            "RECENT" => Some(Self::Recent),
            "UIDNEXT" => Some(Self::UidNext),
            "UIDVALIDITY" => Some(Self::UidValidity),
            "UNSEEN" => Some(Self::Unseen),
            "HIGHESTMODSEQ" => Some(Self::HighestModSeq),
            _ => None,
        }
    }
}

/// Words, quoted strings, literals and brackets; `None` when a string has no end.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(' ');
        let Some(first) = rest.chars().next() else {
            return Some(found);
        };
        let after = rest.strip_prefix(first).unwrap_or_default();
        match first {
            '(' => {
                found.push(Token::Open);
                rest = after;
            }
            ')' => {
                found.push(Token::Close);
                rest = after;
            }
            '"' => {
                let (word, tail) = quoted(after)?;
                found.push(Token::Word(word));
                rest = tail;
            }
            '{' => {
                let (length, tail) = after.split_once("}\r\n")?;
                let length: usize = length.trim_end_matches('+').parse().ok()?;
                let (word, tail) = tail.split_at_checked(length)?;
                found.push(Token::Word(word.to_owned()));
                rest = tail;
            }
            _ => {
                let end = rest.find([' ', '(', ')']).unwrap_or(rest.len());
                let (word, tail) = rest.split_at_checked(end)?;
                found.push(Token::Word(word.to_owned()));
                rest = tail;
            }
        }
    }
}

fn quoted(text: &str) -> Option<(String, &str)> {
    let mut word = String::new();
    let mut chars = text.char_indices();
    while let Some((at, letter)) = chars.next() {
        match letter {
            '"' => return Some((word, text.get(at + 1..)?)),
            '\\' => word.push(chars.next()?.1),
            other => word.push(other),
        }
    }
    None
}

/// The words of a bracket that has just been opened, nested ones flattened behind the word they belong to.
fn words(tokens: &mut impl Iterator<Item = Token>) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut depth = 1_u32;
    loop {
        match tokens.next()? {
            Token::Open => depth += 1,
            Token::Close => {
                depth -= 1;
                if depth == 0 {
                    return Some(found);
                }
            }
            Token::Word(word) => found.push(word),
        }
    }
}

impl ListRequest {
    /// Reads the arguments of LIST; `None` when they make no sense.
    pub fn parse(arguments: &str) -> Option<Self> {
        let mut tokens = tokens(arguments)?.into_iter().peekable();
        let mut request = Self {
            only: Only::All,
            reference: String::new(),
            patterns: Vec::new(),
            returns_subscribed: false,
            extended: false,
            status: Vec::new(),
        };
        if tokens.peek() == Some(&Token::Open) {
            tokens.next();
            request.extended = true;
            for option in words(&mut tokens)? {
                match option.to_ascii_uppercase().as_str() {
                    "SUBSCRIBED" => {
                        request.only = Only::Subscribed;
                        request.returns_subscribed = true;
                    }
                    "SPECIAL-USE" => request.only = Only::SpecialUse,
                    "REMOTE" | "RECURSIVEMATCH" => {}
                    _ => return None,
                }
            }
        }
        let Token::Word(reference) = tokens.next()? else {
            return None;
        };
        request.reference = reference;
        match tokens.next()? {
            Token::Word(pattern) => request.patterns.push(pattern),
            Token::Open => {
                request.extended = true;
                request.patterns = words(&mut tokens)?;
            }
            Token::Close => return None,
        }
        if let Some(token) = tokens.next() {
            let is_return = matches!(&token, Token::Word(word) if word.eq_ignore_ascii_case("RETURN"));
            if !is_return || tokens.next()? != Token::Open {
                return None;
            }
            request.extended = true;
            request.read_returns(words(&mut tokens)?)?;
        }
        (tokens.next().is_none() && !request.patterns.is_empty()).then_some(request)
    }

    fn read_returns(&mut self, options: Vec<String>) -> Option<()> {
        let mut in_status = false;
        for option in options {
            match option.to_ascii_uppercase().as_str() {
                "SUBSCRIBED" => self.returns_subscribed = true,
                "SPECIAL-USE" | "CHILDREN" => {}
                "STATUS" => in_status = true,
                word if in_status => self.status.push(StatusItem::parse(word)?),
                _ => return None,
            }
        }
        Some(())
    }
}
