//! How mail leaves an account, as it is written: through a server or a command, never both.

use super::text::{Text, quoted};
use super::{Change, NewImap, NewSecret, put, word};
use crate::config::Security;

/// The way out of an account that is written.
#[derive(Debug, Clone)]
pub enum NewSend {
    /// A submission server.
    Server(NewSmtp),
    /// A command for `sh -c`.
    Command(String),
}

/// The submission server of an account that is written; it signs in as the IMAP server does, where nothing else is said.
#[derive(Debug, Clone, Default)]
pub struct NewSmtp {
    /// Host name or address.
    pub host: String,
    /// TCP port; default by security.
    pub port: Option<u16>,
    /// How the connection is protected; default TLS.
    pub security: Option<Security>,
    /// The name to sign in with; default as for IMAP.
    pub user: Option<String>,
    /// A command that prints what to sign in with; default as for IMAP. What the table cannot say is not written.
    pub secret: NewSecret,
    /// Whether nobody signs in: a relay on this computer.
    pub without_sign_in: bool,
}

/// What becomes of the way out of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SendChanges {
    /// The server; without one the whole table goes.
    pub host: Change<String>,
    /// Its port.
    pub port: Change<u16>,
    /// How the connection is protected.
    pub security: Change<Security>,
    /// The name to sign in with.
    pub user: Change<String>,
    /// The command in place of a server.
    pub command: Change<String>,
}

/// The keys of the tables `smtp` and `send`.
pub(super) type Tables = (Vec<(&'static str, String)>, Vec<(&'static str, String)>);

impl NewSend {
    /// Its keys, beside this server of the same account.
    pub(super) fn tables(&self, imap: &NewImap) -> Tables {
        match self {
            Self::Server(smtp) => (smtp.keys(imap), Vec::new()),
            Self::Command(command) => (Vec::new(), vec![("command", quoted(command))]),
        }
    }
}

impl NewSmtp {
    fn keys(&self, imap: &NewImap) -> Vec<(&'static str, String)> {
        let mut keys = vec![("host", quoted(&self.host))];
        keys.extend(self.port.map(|port| ("port", port.to_string())));
        keys.extend(self.security.map(|security| ("security", quoted(word(security)))));
        keys.extend(self.user.as_deref().map(|user| ("user", quoted(user))));
        keys.extend(self.without_sign_in.then(|| ("auth", quoted("none"))));
        keys.extend(match self.secret {
            NewSecret::Plain(_) | NewSecret::Command(_) | NewSecret::TokenCommand(_) => self.secret.key(),
            NewSecret::None | NewSecret::Keyring | NewSecret::Prompt | NewSecret::OAuth(_) => None,
        });
        // A bridge has one certificate for both.
        let same = imap.host.as_deref() == Some(&self.host) && self.security != Some(Security::None);
        keys.extend(imap.pin.as_deref().filter(|_| same).map(|pin| ("pin", quoted(pin))));
        keys
    }
}

impl SendChanges {
    /// Whether nothing changes.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// The new way takes the place of the old one.
    pub(super) fn write(&self, name: &str, text: &mut Text) {
        let smtp = |key| ["accounts", name, "smtp", key];
        let command = ["accounts", name, "send", "command"];
        if matches!(self.command, Change::Set(_)) || self.host == Change::Unset {
            text.remove(&["accounts", name, "smtp"]);
        } else if matches!(self.host, Change::Set(_)) {
            text.remove(&command);
        }
        put(text, &command, &self.command, |command| quoted(command));
        if self.host != Change::Unset {
            put(text, &smtp("host"), &self.host, |host| quoted(host));
        }
        put(text, &smtp("port"), &self.port, u16::to_string);
        put(text, &smtp("security"), &self.security, |security| quoted(word(*security)));
        put(text, &smtp("user"), &self.user, |user| quoted(user));
    }
}
