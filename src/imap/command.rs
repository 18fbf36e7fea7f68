//! Writing a command: words, quoted strings and literals, so that no argument can ever become a second line (PS24).

use secrecy::{ExposeSecret, SecretString};

use super::error::{Denied, Error};

/// One command without its tag.
#[derive(Debug)]
pub(crate) struct Command {
    pieces: Vec<Piece>,
}

/// What a command is made of.
#[derive(Debug)]
pub(crate) enum Piece {
    /// Text that goes out as it is.
    Text(String),
    /// Text that goes out as it is and never reaches a trace.
    Secret(SecretString),
    /// Bytes that go out as a literal (RFC 9051, section 4.3).
    Literal(Vec<u8>),
    /// A literal that never reaches a trace.
    SecretLiteral(SecretString),
}

const COMPRESS: &str = "COMPRESS DEFLATE";

impl Command {
    /// Starts a command with words that hold no argument from outside.
    pub(crate) fn new(words: impl Into<String>) -> Self {
        Self { pieces: vec![Piece::Text(words.into())] }
    }

    /// Adds text that is known to be safe: numbers, sets, our own words.
    #[must_use]
    pub(crate) fn word(mut self, text: &str) -> Self {
        match self.pieces.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            Some(_) | None => self.pieces.push(Piece::Text(text.to_owned())),
        }
        self
    }

    /// Adds a space and a string of any origin, quoted or as a literal.
    ///
    /// # Errors
    /// [`Error::Rejected`] for a NUL, which IMAP cannot carry.
    pub(crate) fn string(self, verb: &'static str, text: &str) -> Result<Self, Error> {
        if text.contains('\0') {
            return Err(Error::Rejected { verb, code: None, text: "A NUL character cannot be sent".to_owned() });
        }
        if let Some(quoted) = quoted(text) {
            return Ok(self.word(" ").word(&quoted));
        }
        Ok(self.word(" ").literal(text.as_bytes().to_vec()))
    }

    /// Adds a space and a secret string.
    ///
    /// # Errors
    /// [`Error::Auth`] for a secret with CR, LF or NUL, before any byte of it is sent (PS23).
    pub(crate) fn secret(self, secret: &SecretString) -> Result<Self, Error> {
        if secret.expose_secret().contains(['\r', '\n', '\0']) {
            let text = "The password has a line break or a NUL in it".to_owned();
            return Err(Error::Auth { text, denied: Denied::Unsent });
        }
        let mut command = self.word(" ");
        command.pieces.push(match quoted(secret.expose_secret()) {
            Some(quoted) => Piece::Secret(quoted.into()),
            None => Piece::SecretLiteral(secret.clone()),
        });
        Ok(command)
    }

    /// Adds a secret as it is: base64 for a SASL exchange.
    #[must_use]
    pub(crate) fn raw_secret(mut self, secret: SecretString) -> Self {
        self.pieces.push(Piece::Secret(secret));
        self
    }

    /// Adds bytes as a literal.
    #[must_use]
    pub(crate) fn literal(mut self, bytes: Vec<u8>) -> Self {
        self.pieces.push(Piece::Literal(bytes));
        self
    }

    /// Whether the server has to be waited for before the command is out.
    pub(crate) fn has_literal(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Literal(_) | Piece::SecretLiteral(_)))
    }

    /// COMPRESS (RFC 4978). Nothing may be sent after it before it is answered.
    pub(crate) fn compress() -> Self {
        Self::new(COMPRESS)
    }

    /// Whether it is COMPRESS.
    pub(crate) fn is_compress(&self) -> bool {
        matches!(self.pieces.as_slice(), [Piece::Text(text)] if text == COMPRESS)
    }

    /// What it is made of.
    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }
}

/// The text as a quoted string (RFC 3501, section 9, `quoted`); `None` if only a literal can carry it.
fn quoted(text: &str) -> Option<String> {
    if text.len() > 1_000 || !text.bytes().all(|byte| (0x20..0x7F).contains(&byte)) {
        return None;
    }
    Some(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

#[cfg(test)]
mod tests;
