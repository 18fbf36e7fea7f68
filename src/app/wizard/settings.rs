//! An account as the wizard would save it: plain data without a secret.

use secrecy::SecretString;

use crate::config::edit::sending::{NewSend, NewSmtp};
use crate::config::edit::{NewAccount, NewImap, NewOAuth, NewSecret};
use crate::config::outgoing::Smtp;
use crate::config::{FolderNames, Security};
use crate::safe_text::SafeText;
use crate::setup::plan::Server;

/// Where a password is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Keep {
    /// In the system's keyring.
    Keyring,
    /// Nowhere: it is asked for at each start.
    Ask,
    /// Somewhere else: a command of the user's prints it.
    Command,
    /// In the config file, for everybody to read who can read that.
    File,
}

impl Keep {
    /// For a line of the screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Keyring => "password in the system's keyring",
            Self::Ask => "password asked for at each start",
            Self::Command => "password from a command",
            Self::File => "password in the config file",
        }
    }
}

/// How the account is signed in to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Method {
    /// With the mailbox's password.
    Password,
    /// With a password made for this program.
    AppPassword,
    /// With OAuth 2, at this provider.
    OAuth(String),
    /// With an access token that a command of the user's prints.
    Token,
    /// By a command in place of a socket, which is signed in already or asks for nothing: `ssh host … imap`.
    Tunnel,
}

impl Method {
    /// For a line of the screen.
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::AppPassword => "app password",
            Self::OAuth(_) => "OAuth 2 in your browser",
            Self::Token => "a token from a command",
            Self::Tunnel => "a command (ssh)",
        }
    }

    /// Whether a password is needed.
    pub const fn takes_password(&self) -> bool {
        match self {
            Self::Password | Self::AppPassword => true,
            Self::OAuth(_) | Self::Token | Self::Tunnel => false,
        }
    }
}

/// Where what the account signs in with comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SecretFrom {
    /// Nothing is needed.
    #[default]
    Nowhere,
    /// A password that was typed, and where it is kept.
    Typed(Kept),
    /// A command prints it.
    Command(String),
    /// A command prints an access token.
    TokenCommand(String),
    /// OAuth 2.
    OAuth {
        /// The provider's key.
        provider: String,
        /// The user's own client id.
        client: Option<String>,
        /// Whether that client has a secret.
        has_secret: bool,
        /// Where tokens, and the client's secret, are kept.
        kept: Kept,
    },
}

/// Where a password that was typed is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kept {
    /// In the keyring.
    Keyring,
    /// Nowhere.
    Nowhere,
    /// In the config file.
    File,
}

/// How mail leaves an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sending {
    /// Through a submission server.
    Server(Submission),
    /// By a command that takes the mail on its input.
    Command(String),
}

/// A submission server, and what is said there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Where it is.
    pub server: Server,
    /// The name to sign in with, where it is not the one for receiving.
    pub user: Option<String>,
    /// A command that prints what to sign in with, where it is not what receiving has.
    pub from: SecretFrom,
    /// Whether nobody signs in.
    pub without_sign_in: bool,
}

impl Sending {
    /// Through this server, signed in as for receiving.
    pub fn through(server: Server) -> Self {
        Self::Server(Submission { server, user: None, from: SecretFrom::Nowhere, without_sign_in: false })
    }

    /// For a line of the screen: the server's name, or the command.
    pub fn place(&self) -> SafeText {
        match self {
            Self::Server(submission) => SafeText::new(&submission.server.host),
            Self::Command(command) => SafeText::new(command),
        }
    }

    /// As the config's writer takes it.
    fn written(&self) -> NewSend {
        let Submission { server, user, from, without_sign_in } = match self {
            Self::Server(submission) => submission,
            Self::Command(command) => return NewSend::Command(command.clone()),
        };
        NewSend::Server(NewSmtp {
            host: server.host.clone(),
            port: Some(server.port).filter(|port| *port != Smtp::default_port(server.security)),
            security: Some(server.security).filter(|security| *security != Security::Tls),
            user: user.clone(),
            secret: match from {
                SecretFrom::Command(command) => NewSecret::Command(command.clone()),
                SecretFrom::TokenCommand(command) => NewSecret::TokenCommand(command.clone()),
                SecretFrom::Nowhere | SecretFrom::Typed(_) | SecretFrom::OAuth { .. } => NewSecret::None,
            },
            without_sign_in: *without_sign_in,
        })
    }
}

/// An account as it would be saved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// Its name in the config.
    pub name: String,
    /// The address.
    pub email: String,
    /// The user's name beside it.
    pub display_name: Option<String>,
    /// Where mail is received; `None` with a command.
    pub receive: Option<Server>,
    /// How mail leaves, if that is known.
    pub send: Option<Sending>,
    /// The name to sign in with, where it is not the address.
    pub user: Option<String>,
    /// A command in place of a socket.
    pub command: Option<String>,
    /// Where what it signs in with comes from.
    pub from: SecretFrom,
    /// The one certificate that is taken, as another program had it.
    pub pin: Option<String>,
    /// One more trusted root certificate, as another program had it.
    pub ca_file: Option<String>,
    /// Folders by role, as another program had them.
    pub folders: FolderNames,
}

impl Settings {
    /// As the config's writer takes it; the secret for where it is to stand in the file.
    pub fn account(&self, secret: Option<&SecretString>) -> NewAccount {
        let security = self.receive.as_ref().map(|server| server.security);
        let secret = match (&self.from, secret) {
            (SecretFrom::Typed(Kept::File), Some(password)) => NewSecret::Plain(password.clone()),
            (SecretFrom::Typed(Kept::Keyring), _) => NewSecret::Keyring,
            (SecretFrom::Typed(Kept::Nowhere | Kept::File), _) => NewSecret::Prompt,
            (SecretFrom::Nowhere, _) => NewSecret::None,
            (SecretFrom::Command(command), _) => NewSecret::Command(command.clone()),
            (SecretFrom::TokenCommand(command), _) => NewSecret::TokenCommand(command.clone()),
            (SecretFrom::OAuth { provider, client, has_secret, kept }, secret) => NewSecret::OAuth(NewOAuth {
                provider: provider.clone(),
                client_id: client.clone(),
                client_secret_command: None,
                client_secret_keyring: *has_secret && *kept == Kept::Keyring,
                client_secret: secret.cloned().filter(|_| *has_secret && *kept != Kept::Keyring),
                in_file: *kept != Kept::Keyring,
            }),
        };
        let default = security.map(default_port);
        NewAccount {
            name: self.name.clone(),
            email: self.email.clone(),
            display_name: self.display_name.clone(),
            imap: NewImap {
                host: self.receive.as_ref().map(|server| server.host.clone()),
                // Defaults are not written.
                port: self.receive.as_ref().map(|server| server.port).filter(|port| Some(*port) != default),
                security: security.filter(|security| *security != Security::Tls),
                user: self.user.clone(),
                command: self.command.clone(),
                pin: self.pin.clone(),
                ca_file: self.ca_file.clone(),
                secret,
                ..NewImap::default()
            },
            send: self.send.as_ref().map(Sending::written),
            folders: self.folders.clone(),
        }
    }
}

/// The port that the config takes where none is written.
pub const fn default_port(security: Security) -> u16 {
    match security {
        Security::Tls => 993,
        Security::StartTls | Security::None => 143,
    }
}
