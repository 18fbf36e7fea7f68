//! Where a password or token comes from, as the config says it. Nothing is asked for here: that is `auth`.

use secrecy::{ExposeSecret, SecretString};

use super::oauth::{ClientSecret, OAuth};

/// Where what an account signs in with comes from.
#[derive(Debug, Clone)]
pub enum Secret {
    /// The password stands in the config file.
    Plain(SecretString),
    /// A command for `sh -c` prints the password on the first line of its output.
    Command(String),
    /// A command for `sh -c` prints an OAuth 2 access token on the first line of its output.
    TokenCommand(String),
    /// The password lies in the system's keyring.
    Keyring,
    /// The user types the password; it is kept in memory.
    Prompt,
    /// OAuth 2: a refresh token, got in a browser, gives access tokens (RFC 6749).
    OAuth(Box<OAuth>),
    /// Nothing is needed: a client certificate, or whoever opened the connection, speaks for the user.
    None,
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Plain(one), Self::Plain(other)) => one.expose_secret() == other.expose_secret(),
            (Self::Command(one), Self::Command(other)) | (Self::TokenCommand(one), Self::TokenCommand(other)) => {
                one == other
            }
            (Self::OAuth(one), Self::OAuth(other)) => one == other,
            (Self::Keyring, Self::Keyring) | (Self::Prompt, Self::Prompt) | (Self::None, Self::None) => true,
            (
                Self::Plain(_)
                | Self::Command(_)
                | Self::TokenCommand(_)
                | Self::Keyring
                | Self::Prompt
                | Self::OAuth(_)
                | Self::None,
                _,
            ) => false,
        }
    }
}

impl Eq for Secret {}

impl Secret {
    /// The command for `sh -c` that prints what the account signs in with, or a part of it.
    pub fn command(&self) -> Option<&str> {
        match self {
            Self::Command(command) | Self::TokenCommand(command) => Some(command),
            Self::OAuth(oauth) => match &oauth.client_secret {
                ClientSecret::Command(command) => Some(command),
                ClientSecret::None | ClientSecret::Plain(_) | ClientSecret::Keyring => None,
            },
            Self::Plain(_) | Self::Keyring | Self::Prompt | Self::None => None,
        }
    }

    /// Whether something secret stands in the config file itself.
    pub fn stands_in_the_file(&self) -> bool {
        match self {
            Self::Plain(_) => true,
            Self::OAuth(oauth) => matches!(oauth.client_secret, ClientSecret::Plain(_)),
            Self::Command(_) | Self::TokenCommand(_) | Self::Keyring | Self::Prompt | Self::None => false,
        }
    }
}
