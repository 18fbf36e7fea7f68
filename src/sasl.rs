//! SASL, the client's side (RFC 4422): what a user signs in with, and the ways to prove it. Pure: no socket, no clock.
//!
//! It knows nothing of IMAP: whoever speaks a protocol sends what comes out of here, in the form that the protocol asks for.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use scram::{Binding, Scram};

pub mod choice;

mod oauth;
mod scram;

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

/// What an exchange knows of the other side.
#[derive(Debug, Clone, Default)]
pub struct Peer {
    /// The host of the config.
    pub host: String,
    /// Its port, if it has one.
    pub port: Option<u16>,
    /// What of the TLS connection a proof can be bound to.
    pub binding: Option<Vec<u8>>,
}

/// What goes to the server next, before the protocol's own encoding.
#[derive(Debug)]
pub struct Response {
    /// The bytes, which are text in every mechanism; may be empty.
    pub text: SecretString,
    /// Whether it tells something that must not be shown when the server repeats it.
    pub secret: bool,
}

impl Response {
    fn open(text: impl Into<String>) -> Self {
        Self { text: text.into().into(), secret: false }
    }

    fn secret(text: impl Into<String>) -> Self {
        Self { text: text.into().into(), secret: true }
    }
}

/// Why an exchange ends on this side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// What was to be sent cannot be: nothing of it was.
    #[error("{0}")]
    Unsendable(&'static str),
    /// The server said what makes no sense here.
    #[error("{0}")]
    Senseless(&'static str),
    /// The server does not know the password itself, or somebody changed what was said.
    #[error("{0}")]
    Impostor(&'static str),
}

/// One sign-in under way.
#[derive(Debug)]
pub struct Exchange {
    mechanism: Mechanism,
    state: State,
    said: Option<String>,
}

#[derive(Debug)]
enum State {
    /// One message, which is all there is to say.
    Once(Response),
    /// LOGIN: the name, then the password.
    Name(Response, SecretString),
    Password(Response),
    Scram(Box<Scram>),
    /// An access token; an answer to it tells why it was refused.
    Token(Response),
    Told,
    Over,
}

impl Exchange {
    /// Begins one. `nonce` is fresh, printable and without commas; only SCRAM needs it. `offers_plus` says whether the server
    /// offers the bound kind of SCRAM: where it does not and we could, SCRAM asks whether somebody took the offer away.
    ///
    /// # Errors
    /// [`Error::Unsendable`] for a name or secret that the mechanism cannot carry.
    pub fn new(
        mechanism: Mechanism,
        user: &str,
        credential: &Credential,
        peer: &Peer,
        (nonce, offers_plus): (&str, bool),
    ) -> Result<Self, Error> {
        if user.contains(char::is_control) {
            return Err(Error::Unsendable("The user name has a control character in it"));
        }
        let state = match (mechanism, credential) {
            (Mechanism::External, _) => State::Once(Response::open(user)),
            (Mechanism::Plain, Credential::Password(password)) => {
                let password = sendable(password)?;
                State::Once(Response::secret(format!("\0{user}\0{password}")))
            }
            (Mechanism::Login, Credential::Password(password)) => {
                sendable(password)?;
                State::Name(Response::open(user), password.clone())
            }
            (Mechanism::ScramSha256 | Mechanism::ScramSha256Plus, Credential::Password(password)) => {
                sendable(password)?;
                let binding = match (mechanism, &peer.binding) {
                    (Mechanism::ScramSha256Plus, Some(data)) => Binding::EndPoint(data.clone()),
                    (Mechanism::ScramSha256Plus, None) => {
                        return Err(Error::Unsendable("This connection has nothing to bind a proof to"));
                    }
                    (_, Some(_)) if !offers_plus => Binding::NotOffered,
                    (_, Some(_) | None) => Binding::None,
                };
                State::Scram(Box::new(Scram::new(user, password, nonce, binding)))
            }
            (Mechanism::XOauth2, Credential::Token(token)) => State::Token(oauth::xoauth2(user, token)?),
            (Mechanism::OAuthBearer, Credential::Token(token)) => State::Token(oauth::bearer(user, token, peer)?),
            (Mechanism::XOauth2 | Mechanism::OAuthBearer, Credential::Password(_) | Credential::None) => {
                return Err(Error::Unsendable("There is no access token"));
            }
            (_, Credential::Token(_) | Credential::None) => return Err(Error::Unsendable("There is no password")),
        };
        Ok(Self { mechanism, state, said: None })
    }

    /// The mechanism.
    pub fn mechanism(&self) -> Mechanism {
        self.mechanism
    }

    /// What the client says first, if the mechanism lets it speak first. To be asked once.
    pub fn initial(&mut self) -> Option<Response> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Once(response) => Some(response),
            State::Token(response) => {
                self.state = State::Told;
                Some(response)
            }
            State::Scram(mut scram) => {
                let first = scram.first();
                self.state = State::Scram(scram);
                Some(Response::open(first))
            }
            state @ (State::Name(..) | State::Password(_) | State::Told | State::Over) => {
                self.state = state;
                None
            }
        }
    }

    /// What the client answers. SCRAM works hard here, by as many rounds as the server asks for: up to a second.
    ///
    /// # Errors
    /// [`Error::Senseless`], and [`Error::Impostor`] when the server's own proof is wrong.
    pub fn respond(&mut self, challenge: &[u8]) -> Result<Response, Error> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Name(name, password) => {
                self.state = State::Password(Response::secret(password.expose_secret()));
                Ok(name)
            }
            State::Password(password) => Ok(password),
            State::Scram(mut scram) => {
                let response = scram.respond(challenge);
                self.said = scram.refused();
                self.state = State::Scram(scram);
                response
            }
            State::Told => {
                self.said = Some(oauth::status(challenge));
                Ok(oauth::acknowledge(self.mechanism))
            }
            State::Once(_) | State::Token(_) | State::Over => {
                Err(Error::Senseless("the server asks for more than the sign-in has"))
            }
        }
    }

    /// To be asked when the server says that the sign-in is done: whether it may be believed.
    ///
    /// # Errors
    /// [`Error::Impostor`] when a server that had to prove that it knows the password did not.
    pub fn finish(&self) -> Result<(), Error> {
        match &self.state {
            State::Scram(scram) => scram.finish(),
            State::Once(_) | State::Name(..) | State::Password(_) | State::Token(_) | State::Told | State::Over => {
                Ok(())
            }
        }
    }

    /// Why the server refuses, if it said so within the exchange: in plain words, with server text that is not sanitised.
    pub fn said(&self) -> Option<&str> {
        self.said.as_deref()
    }
}

/// The password, unless no mechanism can carry it.
fn sendable(password: &SecretString) -> Result<&str, Error> {
    let password = password.expose_secret();
    if password.contains(['\r', '\n', '\0']) {
        return Err(Error::Unsendable("The password has a line break or a NUL in it"));
    }
    Ok(password)
}

#[cfg(test)]
mod tests;
