//! What a look at the way out found.

use crate::sasl::Mechanism;

/// What a look at the way out found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// How we signed in.
    pub signed_in: Option<Mechanism>,
    /// The largest mail that is taken, in bytes, if the server says so.
    pub size: Option<u64>,
    /// Whether addresses may have letters beyond ASCII before the `@` (RFC 6531).
    pub utf8: bool,
    /// Whether notices of delivery can be asked for (RFC 3461).
    pub notices: bool,
    /// The command that takes the mail, where it is one.
    pub command: Option<String>,
}

impl Found {
    /// For a line of `doctor`.
    pub fn words(&self) -> String {
        if let Some(command) = &self.command {
            return format!("mail goes to a command: {command}");
        }
        let mut words = Vec::new();
        match self.size {
            Some(size) => words.push(format!("takes mails of up to {} MB", size / 1_000_000)),
            None => words.push("does not say how large a mail may be".to_owned()),
        }
        if !self.utf8 {
            words.push("no letters beyond ASCII before the @ of an address (no SMTPUTF8)".to_owned());
        }
        if !self.notices {
            words.push("no notices of delivery (no DSN)".to_owned());
        }
        words.join("; ")
    }
}
