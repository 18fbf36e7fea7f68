//! RTF cut into its tokens, each byte looked at once (RTF 1.9.1, "Basic Entities").

/// A piece of RTF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `{`.
    Open,
    /// `}`.
    Close,
    /// `\` and letters, with the number after them. The bytes after `\bin` are left out already.
    Word {
        /// The letters.
        name: &'a [u8],
        /// The number.
        number: Option<i32>,
    },
    /// `\` and another character.
    Symbol(u8),
    /// `\'` and two hexadecimal digits: a byte of text.
    Hex(u8),
    /// Bytes of text.
    Text(&'a [u8]),
}

/// The tokens of RTF bytes.
pub(super) struct Tokens<'a> {
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    pub(super) fn new(rtf: &'a [u8]) -> Self {
        Self { rest: rtf }
    }

    /// The bytes up to the first that is not wanted.
    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let count = self.rest.iter().position(|byte| !wanted(*byte)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(count).unwrap_or_default();
        self.rest = rest;
        taken
    }

    fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    /// What follows a backslash.
    fn control(&mut self) -> Option<Token<'a>> {
        let first = *self.rest.first()?;
        if first.is_ascii_alphabetic() {
            return Some(self.word());
        }
        self.skip(1);
        if first != b'\'' {
            return Some(Token::Symbol(first));
        }
        let digits = self.rest.first_chunk::<2>().and_then(|[high, low]| Some((digit(*high)?, digit(*low)?)));
        // Without its digits it stands for nothing.
        let Some((high, low)) = digits else { return Some(Token::Symbol(first)) };
        self.skip(2);
        Some(Token::Hex((high << 4) | low))
    }

    fn word(&mut self) -> Token<'a> {
        let name = self.take_while(|byte| byte.is_ascii_alphabetic());
        let number = self.number();
        if self.rest.first() == Some(&b' ') {
            self.skip(1);
        }
        if name == b"bin" {
            self.skip(number.and_then(|number| usize::try_from(number).ok()).unwrap_or(0));
        }
        Token::Word { name, number }
    }

    fn number(&mut self) -> Option<i32> {
        let (negative, first) = match self.rest {
            [b'-', first, ..] => (true, first),
            [first, ..] => (false, first),
            [] => return None,
        };
        if !first.is_ascii_digit() {
            return None;
        }
        self.skip(usize::from(negative));
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        let number =
            digits.iter().fold(0_i32, |sum, byte| sum.saturating_mul(10).saturating_add(i32::from(byte - b'0')));
        Some(if negative { -number } else { number })
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        // Line ends are the writer's own and say nothing.
        self.take_while(|byte| matches!(byte, b'\r' | b'\n' | 0));
        match *self.rest.first()? {
            b'{' => {
                self.skip(1);
                Some(Token::Open)
            }
            b'}' => {
                self.skip(1);
                Some(Token::Close)
            }
            b'\\' => {
                self.skip(1);
                self.control()
            }
            _ => Some(Token::Text(self.take_while(|byte| !matches!(byte, b'{' | b'}' | b'\\' | b'\r' | b'\n' | 0)))),
        }
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
