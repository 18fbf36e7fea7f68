//! SASL, the client's side (RFC 4422): what a user signs in with, and the ways to prove it. Pure: no socket, no clock.
//!
//! It knows nothing of IMAP: whoever speaks a protocol sends what comes out of here, in the form that the protocol asks for.

use std::fmt;

use secrecy::SecretString;

/// What a user signs in with.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A password.
    Password(SecretString),
    /// An OAuth 2 access token (RFC 6750).
    Token(SecretString),
    /// Nothing: the certificate of the TLS connection says who it is, or the server knows already (PREAUTH).
    None,
}

impl From<SecretString> for Credential {
    /// A password.
    fn from(password: SecretString) -> Self {
        Self::Password(password)
    }
}

impl From<String> for Credential {
    /// A password.
    fn from(password: String) -> Self {
        Self::Password(password.into())
    }
}

impl From<&str> for Credential {
    /// A password.
    fn from(password: &str) -> Self {
        Self::Password(password.into())
    }
}

/// A way to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mechanism {
    /// User name and password in one message (RFC 4616).
    Plain,
    /// User name and password in two (draft-murchison-sasl-login); where it is not offered, IMAP's LOGIN command.
    Login,
    /// A proof of the password that does not tell it (RFC 5802, RFC 7677).
    ScramSha256,
    /// The same, bound to the TLS connection (RFC 5929, `tls-server-end-point`).
    ScramSha256Plus,
    /// The certificate of the TLS connection (RFC 4422, appendix A).
    External,
    /// An access token as Google and Microsoft took it first (<https://developers.google.com/workspace/gmail/imap/xoauth2-protocol>).
    XOauth2,
    /// An access token (RFC 7628).
    OAuthBearer,
}

impl Mechanism {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::ScramSha256Plus,
        Self::ScramSha256,
        Self::Plain,
        Self::Login,
        Self::External,
        Self::OAuthBearer,
        Self::XOauth2,
    ];

    /// Its registered name, as servers offer it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha256Plus => "SCRAM-SHA-256-PLUS",
            Self::External => "EXTERNAL",
            Self::XOauth2 => "XOAUTH2",
            Self::OAuthBearer => "OAUTHBEARER",
        }
    }

    /// The mechanism of this name, whatever its case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mechanism| mechanism.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which way to sign in is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Wanted {
    /// The best that both sides know.
    #[default]
    Automatic,
    /// This one and no other.
    Only(Mechanism),
}
