//! How mail leaves an account, as the config says it. How it is done is in `send`.

use std::path::PathBuf;

use super::secret::Secret;
use super::{ClientFiles, Security};
use crate::sasl::Wanted;

/// How mail leaves an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The way out; without one nothing can be sent.
    pub way: Option<Way>,
    /// How long a mail can be called back after it was sent, in seconds.
    pub undo_seconds: u16,
    /// Whether a copy of what was sent is put into the folder for it.
    pub sent_copy: SentCopy,
    /// Which notices of delivery are asked for.
    pub notices: Notices,
}

impl Default for Outgoing {
    fn default() -> Self {
        Self { way: None, undo_seconds: 10, sent_copy: SentCopy::Auto, notices: Notices::Server }
    }
}

impl Outgoing {
    /// What sending signs in with, where it is something else than what receiving does.
    pub fn own_secret(&self) -> Option<&Secret> {
        match &self.way {
            Some(Way::Smtp(smtp)) => smtp.secret.as_ref(),
            Some(Way::Command(_)) | None => None,
        }
    }
}

/// The way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// A submission server.
    Smtp(Box<Smtp>),
    /// A command for `sh -c`.
    Command(String),
}

/// A submission server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smtp {
    /// Host name or address, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// The name to sign in with.
    pub user: String,
    /// How to sign in; `None`: not at all.
    pub auth: Option<Wanted>,
    /// What to sign in with; `None`: with what the account receives mail.
    pub secret: Option<Secret>,
    /// One more trusted root certificate, PEM.
    pub ca_file: Option<PathBuf>,
    /// The SHA-256 of the one certificate that is taken.
    pub pin: Option<[u8; 32]>,
    /// The certificate that this side shows to the server.
    pub client: Option<ClientFiles>,
}

impl Smtp {
    /// The port that a server listens on when the file names none (RFC 8314, section 3.3; RFC 6409, section 3.1; without
    /// protection it is a relay on this computer: RFC 5321, section 4.5.4.2).
    pub const fn default_port(security: Security) -> u16 {
        match security {
            Security::Tls => 465,
            Security::StartTls => 587,
            Security::None => 25,
        }
    }
}

/// Whether a copy of what was sent is put into the folder for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SentCopy {
    /// Unless the server is known to make one of its own, as Gmail does.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Which notices of delivery are asked for, of a server that takes the wish (RFC 3461).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Notices {
    /// None: the server tells by itself of what could not be delivered.
    #[default]
    Server,
    /// Of what is late and what could not be delivered.
    Failure,
    /// Also of what arrived.
    Always,
}

#[cfg(test)]
mod tests;
