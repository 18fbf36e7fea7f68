//! Cuts a query into signs and words, one at a time, so that the first thing that is wrong is the one that is said.

use std::ops::Range;

use super::{Error, nearest, quoted};
use crate::query::Field;
use crate::query::field::{Key, NAMES};

/// A piece of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    /// Characters from 0.
    pub place: Range<usize>,
}

/// What a piece is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// `(`
    Open,
    /// `)`
    Close,
    /// The word.
    Or,
    /// The word.
    And,
    /// The word.
    Not,
    /// So many `-`, before something that can be looked for.
    Dashes(usize),
    /// A known name and its colon.
    Field(Key),
    /// Anything else.
    Word(Word),
}

/// A word, or several in quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Without its quotes, and without the stars outside of them.
    pub text: String,
    pub quoted: bool,
    /// Whether a star stands before the quotes.
    pub star_before: bool,
    /// Whether a star stands behind the quotes.
    pub star_behind: bool,
}

/// What stands before the colon of words that were never meant as a field: heads of replies, and schemes of URLs.
const NO_FIELDS: [&str; 13] = ["re", "fw", "fwd", "aw", "wg", "sv", "vs", "tr", "mailto", "tel", "urn", "mid", "cid"];

pub(super) struct Lexer<'a> {
    letters: &'a [char],
    at: usize,
}

impl<'a> Lexer<'a> {
    pub fn new(letters: &'a [char]) -> Self {
        Self { letters, at: 0 }
    }

    /// The whole query.
    pub fn letters(&self) -> &'a [char] {
        self.letters
    }

    fn rest(&self) -> &'a [char] {
        self.letters.get(self.at..).unwrap_or_default()
    }

    fn first(&self) -> Option<char> {
        self.rest().first().copied()
    }

    /// How many characters there are from here for which this holds.
    fn count(&self, wanted: impl Fn(char) -> bool) -> usize {
        self.rest().iter().take_while(|letter| wanted(**letter)).count()
    }

    fn skip_blanks(&mut self) -> bool {
        let blanks = self.count(char::is_whitespace);
        self.at += blanks;
        blanks > 0
    }

    /// Takes so many characters.
    fn take(&mut self, count: usize, kind: impl FnOnce(&[char]) -> Kind) -> Token {
        let (taken, _) = self.rest().split_at_checked(count).unwrap_or((self.rest(), &[]));
        let place = self.at..self.at + taken.len();
        self.at = place.end;
        Token { kind: kind(taken), place }
    }

    /// The next piece, `None` at the end.
    pub fn next(&mut self) -> Result<Option<Token>, Error> {
        self.skip_blanks();
        let Some(first) = self.first() else { return Ok(None) };
        match first {
            '(' => return Ok(Some(self.take(1, |_| Kind::Open))),
            ')' => return Ok(Some(self.take(1, |_| Kind::Close))),
            '-' => {
                if let Some(dashes) = self.dashes()? {
                    return Ok(Some(dashes));
                }
            }
            _ => {}
        }
        if let Some(field) = self.field()? {
            return Ok(Some(field));
        }
        let mut token = self.word()?;
        if let Kind::Word(word) = &token.kind
            && !word.quoted
            && let Some(keyword) = keyword(&word.text)
        {
            token.kind = keyword;
        }
        Ok(Some(token))
    }

    /// The value of a field whose colon was just taken, `None` at the end. Directly behind the colon no word has a meaning
    /// of its own; behind a blank it does.
    pub fn value(&mut self, key: Key, field: &Range<usize>) -> Result<Option<Token>, Error> {
        if self.first() == Some('-') {
            let name = key.name();
            let place = field.start..self.at + self.count(is_plain);
            let message =
                format!("To leave something out, write the \"-\" before \"{name}:\". To look for a \"-\", use quotes.");
            return Err(Error::new(&place, message));
        }
        match self.first() {
            Some('(' | ')') => self.next(),
            Some(letter) if !letter.is_whitespace() => self.word().map(Some),
            _ => self.next(),
        }
    }

    /// Dashes that negate what follows them; `None` for those that stand for themselves, as in `a - b` and `->`.
    fn dashes(&mut self) -> Result<Option<Token>, Error> {
        let dashes = self.count(|letter| letter == '-');
        let behind = self.rest().get(dashes..).unwrap_or_default();
        let mut plain = behind.iter().take_while(|letter| is_plain(**letter));
        let open =
            behind.iter().find(|letter| **letter != '*').is_some_and(|letter| *letter == '(' || is_quote(*letter));
        if behind.is_empty() {
            let place = self.at..self.letters.len();
            return Err(Error::new(&place, "Nothing follows \"-\".").unfinished_if(true));
        }
        let negates = open || plain.any(|letter| letter.is_alphanumeric());
        Ok(negates.then(|| self.take(dashes, |_| Kind::Dashes(dashes))))
    }

    /// A known name and its colon; `None` if this is none.
    fn field(&mut self) -> Result<Option<Token>, Error> {
        let length = self.count(|letter| letter.is_ascii_alphabetic() || letter == '-' || letter == '_');
        let (name, behind) = self.rest().split_at_checked(length).unwrap_or_default();
        let [':', behind @ ..] = behind else { return Ok(None) };
        if !name.first().is_some_and(char::is_ascii_alphabetic) {
            return Ok(None);
        }
        let name: String = name.iter().collect();
        let url = matches!(behind, ['/'] | ['/', '/', ..]);
        // `file://` is the only name that is a scheme as well.
        if let Some(key) = Key::named(&name).filter(|key| !url || *key != Key::Text(Field::File)) {
            return Ok(Some(self.take(length + 1, |_| Kind::Field(key))));
        }
        let value = behind.first().copied().filter(|letter| !letter.is_whitespace() && *letter != ')');
        let drive = length == 1 && matches!(value, Some('\\' | '/'));
        let prose = NO_FIELDS.iter().any(|word| word.eq_ignore_ascii_case(&name));
        // `Re: budget`, `std::vec`, `C:\new`, `http://` and `mailto:ada@acme.example` are words.
        if value.is_none_or(|letter| letter == ':') || url || drive || prose {
            return Ok(None);
        }
        Err(unknown(&name, self.at..self.at + length))
    }

    /// Words in quotes, or everything up to a blank.
    fn word(&mut self) -> Result<Token, Error> {
        let first = self.at;
        let before = self.count(|letter| letter == '*');
        if self.rest().get(before).copied().is_some_and(is_quote) {
            self.at += before;
            let text = self.quotes()?;
            let behind = self.count(|letter| letter == '*');
            self.at += behind;
            let word = Word { text, quoted: true, star_before: before > 0, star_behind: behind > 0 };
            return Ok(Token { kind: Kind::Word(word), place: first..self.at });
        }
        Ok(self.take(self.count(is_plain).max(1), |letters| {
            let text = letters.iter().collect();
            Kind::Word(Word { text, quoted: false, star_before: false, star_behind: false })
        }))
    }

    /// What stands in quotes, the first of which is next. `\"` is a quote inside, `\\` a backslash; any other backslash
    /// stands for itself, as it does in names of folders.
    fn quotes(&mut self) -> Result<String, Error> {
        let mut text = String::new();
        let mut letters = self.rest().iter().copied().enumerate().skip(1).peekable();
        while let Some((at, letter)) = letters.next() {
            if is_quote(letter) {
                self.at += at + 1;
                return Ok(text);
            }
            let escaped = letters.next_if(|(_, next)| letter == '\\' && (is_quote(*next) || *next == '\\'));
            text.push(escaped.map_or(letter, |(_, next)| next));
        }
        Err(Error::new(&(self.at..self.letters.len()), "This quote is not closed.").unfinished_if(true))
    }
}

/// Quotes, also as typographers and telephones write them.
pub(in crate::query) fn is_quote(letter: char) -> bool {
    matches!(letter, '"' | '“' | '”' | '„')
}

/// What a word without quotes may hold.
pub(in crate::query) fn is_plain(letter: char) -> bool {
    !letter.is_whitespace() && !matches!(letter, '(' | ')') && !is_quote(letter)
}

/// The sign that a word is.
fn keyword(word: &str) -> Option<Kind> {
    [("or", Kind::Or), ("and", Kind::And), ("not", Kind::Not)]
        .into_iter()
        .find(|(name, _)| word.eq_ignore_ascii_case(name))
        .map(|(_, kind)| kind)
}

fn unknown(name: &str, place: Range<usize>) -> Error {
    let known: Vec<&str> = NAMES.iter().filter(|known| !known.alias).map(|known| known.name).collect();
    let near = nearest(name, NAMES.iter().map(|known| known.name));
    let near = near.map(|near| format!(" Did you mean \"{near}:\"?")).unwrap_or_default();
    let message = format!(
        "There is no field {}.{near} There are {}. To look for the words themselves, use quotes.",
        quoted(&format!("{name}:")),
        known.join(", "),
    );
    Error::new(&place, message)
}
