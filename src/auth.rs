//! Where credentials come from: what an account signs in with, got in the way that its config says, and kept in memory.
//!
//! A [`Keeper`] is shared by an account's connections. [`command`] runs programs of the user's, [`vault`] is the system's
//! keyring, [`oauth`] talks to providers, [`tokens`] keeps what lasts. Whether and when to sign in is decided by `sync`,
//! how it is said to a server by `sasl` and `imap`. No secret is in an error, a log line or a `Debug` text.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use crate::config::Account;
use crate::config::oauth::{ClientSecret, OAuth};
use crate::config::secret::Secret;
use crate::protocol::{Need, SignInWay};
use crate::sasl::Credential;
use command::Terminal;
use oauth::{Client, Grant, Tell};
use tokens::Tokens;
use vault::{Kind, Vault, apart};

pub mod command;
mod http;
pub mod oauth;
pub mod tokens;
pub mod vault;

/// An access token with less time than this is not used any more: a sign-in takes a while.
const MARGIN: Duration = Duration::from_mins(1);
/// For how long a token is taken to be good at most.
const LONGEST: Duration = Duration::from_hours(24);

/// Asks the user to type a secret; the text says which. It blocks.
pub type Ask = Arc<dyn Fn(&str) -> Result<SecretString, String> + Send + Sync>;

/// What keepers work with.
#[derive(Clone)]
pub struct Tools {
    /// The keyring.
    pub vault: Arc<dyn Vault>,
    /// The directory of refresh tokens that are kept in files.
    pub tokens: Option<PathBuf>,
    /// Asks for what must be typed, where there is somebody to ask at once: a command on a terminal. The screen is asked by
    /// the account's state instead.
    pub ask: Option<Ask>,
    /// What commands have of the terminal.
    pub terminal: Terminal,
}

impl Tools {
    /// The system's keyring, and files below this data directory. For a screen: commands do not find its terminal.
    pub fn system(data: &Path) -> Self {
        let vault = Arc::new(vault::System);
        Self { vault, tokens: Some(data.join("tokens")), ask: None, terminal: Terminal::Away }
    }

    /// The same for a command of the program: nobody draws on the terminal, and commands may ask there.
    pub fn without_screen(data: &Path) -> Self {
        Self { terminal: Terminal::Shared, ..Self::system(data) }
    }

    /// Nothing that outlasts the program.
    pub fn in_memory() -> Self {
        Self { vault: Arc::new(vault::Memory::default()), tokens: None, ask: None, terminal: Terminal::Away }
    }
}

/// Why there is no credential. The texts are sentences, not sanitised for a screen.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The user has to do something first.
    #[error("{1}")]
    Needed(Need, String),
    /// Whoever gives out tokens cannot be reached: later it may work.
    #[error("Cannot reach {host}: {reason}")]
    Unreachable {
        /// Its host.
        host: String,
        /// Why.
        reason: String,
        /// Whether somebody answered.
        answered: bool,
    },
    /// It cannot be had: a provider refuses the client, or something was never set up.
    #[error("{0}")]
    Failed(String),
}

/// Gets an account's credentials and keeps them. One for all of its connections.
pub struct Keeper {
    name: String,
    email: String,
    secret: Secret,
    tools: Tools,
    held: Mutex<Held>,
    /// Whoever gets something new holds this: the others wait for what he brings.
    turn: tokio::sync::Mutex<()>,
}

/// What is held.
#[derive(Clone, Default)]
struct Held {
    /// A password, or the token of a command.
    word: Option<SecretString>,
    /// Where that is from.
    origin: Origin,
    access: Option<Access>,
    refresh: Option<SecretString>,
    /// It could not be kept: what is kept is of no use any more.
    unkept: bool,
    /// A server refused an access token, and none was taken since.
    refused: bool,
    /// Why the user has to sign in again.
    over: Option<String>,
}

/// Where a password or the token of a command is from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Origin {
    /// It can be got anew without the user.
    #[default]
    Got,
    /// The user gave it: by typing it, or by running the command himself.
    Given,
    /// He gave it, and it is to be kept in the keyring once a server took it.
    Unsaved,
}

/// An access token.
#[derive(Clone)]
struct Access {
    token: SecretString,
    until: Option<Instant>,
}

impl Access {
    fn is_good(&self) -> bool {
        self.until.is_none_or(|until| Instant::now() + MARGIN < until)
    }
}

impl Keeper {
    /// The keeper of this account.
    pub fn new(account: &Account, tools: Tools) -> Self {
        Self {
            name: account.name.clone(),
            email: account.email.clone(),
            secret: account.imap.secret.clone(),
            tools,
            held: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// The keeper for sending, where sending signs in with something of its own; else the account's is for both.
    pub fn for_sending(account: &Account, tools: Tools) -> Option<Self> {
        let secret = account.outgoing.own_secret()?.clone();
        Some(Self { secret, ..Self::new(account, tools) })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What to sign in with now. It may take as long as a command, a keyring, a provider or a user takes.
    ///
    /// # Errors
    /// As [`Failure`] says.
    pub async fn credential(&self) -> Result<Credential, Failure> {
        let _turn = self.turn.lock().await;
        match &self.secret {
            Secret::Plain(password) => Ok(Credential::Password(password.clone())),
            Secret::Command(command) => Ok(Credential::Password(self.run("password_command", command).await?)),
            Secret::TokenCommand(command) => Ok(Credential::Token(self.run("token_command", command).await?)),
            Secret::Keyring => self.kept_word().await.map(Credential::Password),
            Secret::Prompt => self.typed_word().await.map(Credential::Password),
            Secret::OAuth(oauth) => self.access(oauth).await.map(Credential::Token),
            Secret::None => Ok(Credential::None),
        }
    }

    async fn run(&self, key: &str, command: &str) -> Result<SecretString, Failure> {
        if let Some(word) = self.held().word.clone() {
            return Ok(word);
        }
        let word = self.print(key, command).await?;
        self.held().word = Some(word.clone());
        Ok(word)
    }

    async fn print(&self, key: &str, command: &str) -> Result<SecretString, Failure> {
        let printed = command::run(key, command, self.tools.terminal, command::LIMIT).await;
        printed.map_err(|reason| Failure::Needed(Need::Command, reason))
    }

    async fn kept_word(&self) -> Result<SecretString, Failure> {
        if let Some(word) = self.held().word.clone() {
            return Ok(word);
        }
        let account = self.name.clone();
        let found = apart(&self.tools.vault, move |vault| vault.get(&account, Kind::Password)).await;
        let Some(word) = found.map_err(locked)? else {
            let text = format!("the keyring has no password of {}", self.name);
            return self.ask(text, true).await;
        };
        self.held().word = Some(word.clone());
        Ok(word)
    }

    async fn typed_word(&self) -> Result<SecretString, Failure> {
        if let Some(word) = self.held().word.clone() {
            return Ok(word);
        }
        self.ask("the password has to be typed".to_owned(), false).await
    }

    /// Asks the user at once where that is possible; else says what is needed.
    async fn ask(&self, why: String, keep: bool) -> Result<SecretString, Failure> {
        let Some(ask) = self.tools.ask.clone() else { return Err(Failure::Needed(Need::Password, why)) };
        let question = format!("Password of {}: ", self.name);
        // It is for the user to end it.
        let typed = vault::off_the_loop(Duration::from_hours(1), move || ask(&question)).await;
        let typed = typed.unwrap_or_else(|| Err("nobody typed a password".to_owned()));
        let typed = typed.map_err(|reason| Failure::Needed(Need::Password, format!("{why}, and {reason}")))?;
        let mut held = self.held();
        (held.word, held.origin) = (Some(typed.clone()), if keep { Origin::Unsaved } else { Origin::Given });
        Ok(typed)
    }

    /// The user gave what was asked for: what he typed, or what the account's command printed for him.
    pub fn answer(&self, secret: SecretString) {
        let keep = matches!(self.secret, Secret::Keyring);
        let mut held = self.held();
        (held.word, held.origin) = (Some(secret), if keep { Origin::Unsaved } else { Origin::Given });
    }

    /// A server refused what it was given. What the user has to do before the next try, if it is clear already that the
    /// same would be refused again.
    pub fn refused(&self) -> Option<Need> {
        let mut held = self.held();
        match &self.secret {
            Secret::Plain(_) | Secret::None => None,
            Secret::Command(_) | Secret::TokenCommand(_) | Secret::Keyring => {
                (held.word, held.origin) = (None, Origin::Got);
                None
            }
            Secret::Prompt => {
                (held.word, held.origin) = (None, Origin::Got);
                Some(Need::Password)
            }
            Secret::OAuth(_) => {
                held.access = None;
                // One new token is tried; whoever refuses that as well wants something else (PS22).
                if !std::mem::replace(&mut held.refused, true) {
                    return None;
                }
                held.over = Some("the server refuses a new token as well".to_owned());
                Some(Need::SignIn)
            }
        }
    }

    /// A server refused this beside the connection that works, which may well go on with it: what is got anew without the
    /// user is not given out again, what was typed stays. How often something was refused is for the working one to count.
    pub fn refused_aside(&self, credential: &Credential) {
        let (Credential::Token(refused) | Credential::Password(refused)) = credential else { return };
        let mut held = self.held();
        let same = |other: &SecretString| other.expose_secret() == refused.expose_secret();
        if held.access.as_ref().is_some_and(|access| same(&access.token)) {
            held.access = None;
        }
        if held.origin == Origin::Got && held.word.as_ref().is_some_and(same) {
            held.word = None;
        }
    }

    /// What the keeper before it held holds for this one, if it comes from the same place: what was typed is not asked for
    /// again because something else of the account changed.
    pub fn inherit(&self, before: &Self) {
        if self.secret == before.secret && self.name == before.name {
            let held = before.held().clone();
            *self.held() = held;
        }
    }

    /// The computer slept, and the clock that tokens are kept by stood still.
    pub fn slept(&self) {
        self.held().access = None;
    }

    /// A server took it: what was typed is kept where the config says so.
    pub async fn accepted(&self) {
        let kept = {
            let mut held = self.held();
            held.refused = false;
            let unsaved = held.origin == Origin::Unsaved;
            if unsaved {
                // The keyring has it from now on.
                held.origin = Origin::Got;
            }
            held.word.clone().filter(|_| unsaved)
        };
        let Some(word) = kept else { return };
        let account = self.name.clone();
        let set = apart(&self.tools.vault, move |vault| vault.set(&account, Kind::Password, &word)).await;
        if let Err(reason) = set {
            tracing::warn!(account = self.name, "the password is not kept: {reason}");
        }
    }

    /// What the user can do about sign-ins that are refused.
    pub fn remedy(&self) -> Option<Need> {
        match &self.secret {
            Secret::Plain(_) | Secret::Command(_) | Secret::TokenCommand(_) | Secret::None => None,
            Secret::Keyring | Secret::Prompt => Some(Need::Password),
            Secret::OAuth(_) => Some(Need::SignIn),
        }
    }

    /// The user asks for a new try: what may have changed meanwhile is asked for again. What was typed stays.
    pub fn look_again(&self) {
        let mut held = self.held();
        match &self.secret {
            Secret::Plain(_) | Secret::Prompt | Secret::None => {}
            Secret::Command(_) | Secret::TokenCommand(_) | Secret::Keyring => {
                if held.origin == Origin::Got {
                    held.word = None;
                }
            }
            Secret::OAuth(_) => {
                (held.over, held.refused) = (None, false);
                if !held.unkept {
                    // Another process may have signed in.
                    held.refresh = None;
                }
            }
        }
    }

    async fn access(&self, oauth: &OAuth) -> Result<SecretString, Failure> {
        {
            let held = self.held();
            if let Some(access) = held.access.as_ref().filter(|access| access.is_good()) {
                return Ok(access.token.clone());
            }
            if let Some(why) = &held.over {
                return Err(Failure::Needed(Need::SignIn, why.clone()));
            }
        }
        let tokens = self.tokens(oauth);
        let known = self.held().refresh.clone();
        let token = match known {
            Some(token) => token,
            None => tokens
                .get()
                .await
                .map_err(locked)?
                .ok_or_else(|| Failure::Needed(Need::SignIn, "nobody has signed in yet".to_owned()))?,
        };
        let secret = self.client_secret(oauth).await?;
        let client = Client { id: &oauth.client_id, secret: secret.as_ref(), endpoints: &oauth.endpoints };
        let mut got = oauth::refresh(&client, &token).await;
        if matches!(got, Err(oauth::Error::Over(_))) {
            // Another process may have used it, and kept the one that took its place.
            let other = tokens.get().await.ok().flatten();
            if let Some(other) = other.filter(|other| other.expose_secret() != token.expose_secret()) {
                self.held().refresh = Some(other.clone());
                got = oauth::refresh(&client, &other).await;
            }
        }
        match got {
            Ok(mut grant) => {
                grant.refresh.get_or_insert(self.held().refresh.clone().unwrap_or(token));
                Ok(self.take(&tokens, grant).await)
            }
            Err(oauth::Error::Over(why)) => {
                let mut held = self.held();
                (held.over, held.refresh, held.access) = (Some(why.clone()), None, None);
                held.unkept = false;
                Err(Failure::Needed(Need::SignIn, why))
            }
            Err(oauth::Error::Unreachable { host, reason, answered }) => {
                Err(Failure::Unreachable { host, reason, answered })
            }
            Err(error @ (oauth::Error::Refused(_) | oauth::Error::NotGranted(_))) => {
                // The client secret may be wrong that the user gave.
                self.held().word = None;
                Err(Failure::Failed(error.to_string()))
            }
        }
    }

    /// Keeps what was granted; a refresh token is on disk before the access token is used (RFC 6749, section 6: the one
    /// before may be of no use any more).
    async fn take(&self, tokens: &Tokens, grant: Grant) -> SecretString {
        if let Some(token) = &grant.refresh {
            let known = self.held().refresh.as_ref().is_some_and(|old| old.expose_secret() == token.expose_secret());
            if !known {
                let set = tokens.set(token).await;
                if let Err(reason) = &set {
                    tracing::warn!(account = self.name, "the refresh token holds for this run alone: {reason}");
                }
                self.held().unkept = set.is_err();
            }
        }
        // A server may say anything of how long that is.
        let until = grant.lasts.map(|lasts| Instant::now() + lasts.min(LONGEST));
        let mut held = self.held();
        if grant.refresh.is_some() {
            held.refresh = grant.refresh;
        }
        held.over = None;
        held.access = Some(Access { token: grant.access.clone(), until });
        grant.access
    }

    fn tokens(&self, oauth: &OAuth) -> Tokens {
        Tokens::new(&self.name, oauth.store, Arc::clone(&self.tools.vault), self.tools.tokens.as_deref())
    }

    async fn client_secret(&self, oauth: &OAuth) -> Result<Option<SecretString>, Failure> {
        match &oauth.client_secret {
            ClientSecret::None => Ok(None),
            ClientSecret::Plain(secret) => Ok(Some(secret.clone())),
            ClientSecret::Command(command) => {
                // Where the user ran the command himself it was this that it printed.
                let given = self.held().word.clone();
                if given.is_some() {
                    return Ok(given);
                }
                self.print("client_secret_command", command).await.map(Some)
            }
            ClientSecret::Keyring => {
                let account = self.name.clone();
                let found = apart(&self.tools.vault, move |vault| vault.get(&account, Kind::ClientSecret)).await;
                let none = || {
                    let name = &self.name;
                    format!(
                        "the keyring has no client secret of {name}: run posthaste account login {} --client-secret",
                        shell_words::quote(name)
                    )
                };
                found.map_err(locked)?.ok_or_else(|| Failure::Failed(none())).map(Some)
            }
        }
    }

    /// How this account can sign in with OAuth 2, if it does.
    pub fn oauth(&self) -> Option<&OAuth> {
        match &self.secret {
            Secret::OAuth(oauth) => Some(oauth),
            Secret::Plain(_)
            | Secret::Command(_)
            | Secret::TokenCommand(_)
            | Secret::Keyring
            | Secret::Prompt
            | Secret::None => None,
        }
    }

    /// Has the user sign in anew, and keeps what was granted; `tell` is told of each step. Dropping it ends it.
    ///
    /// # Errors
    /// A sentence: no OAuth, refused, too late, nowhere to keep the token.
    pub async fn sign_in(&self, way: SignInWay, tell: Tell<'_>) -> Result<(), String> {
        let Some(oauth) = self.oauth() else { return Err(format!("{} does not sign in with OAuth 2", self.name)) };
        let secret = self.client_secret(oauth).await.map_err(|failure| failure.to_string())?;
        let client = Client { id: &oauth.client_id, secret: secret.as_ref(), endpoints: &oauth.endpoints };
        let grant = match way {
            SignInWay::Browser => oauth::loopback::sign_in(&client, &self.email, tell).await,
            SignInWay::Device => oauth::device::sign_in(&client, tell).await,
        };
        self.granted(oauth, grant).await
    }

    /// As [`Keeper::sign_in`] with a browser, which may be on another computer: `typed` is the address that it ended at.
    ///
    /// # Errors
    /// As [`Keeper::sign_in`].
    pub async fn sign_in_with(&self, tell: Tell<'_>, typed: impl Future<Output = SecretString>) -> Result<(), String> {
        let Some(oauth) = self.oauth() else { return Err(format!("{} does not sign in with OAuth 2", self.name)) };
        let secret = self.client_secret(oauth).await.map_err(|failure| failure.to_string())?;
        let client = Client { id: &oauth.client_id, secret: secret.as_ref(), endpoints: &oauth.endpoints };
        let grant = oauth::loopback::sign_in_or_typed(&client, &self.email, tell, typed).await;
        self.granted(oauth, grant).await
    }

    async fn granted(&self, oauth: &OAuth, grant: Result<Grant, oauth::Error>) -> Result<(), String> {
        let grant = grant.map_err(|error| error.to_string())?;
        let _turn = self.turn.lock().await;
        let tokens = self.tokens(oauth);
        if let Some(token) = &grant.refresh {
            let kept = tokens.set(token).await;
            kept.map_err(|reason| format!("signed in, and the refresh token could not be kept: {reason}"))?;
        } else {
            tracing::warn!(account = self.name, "no refresh token came: this sign-in ends with its access token");
        }
        {
            let mut held = self.held();
            (held.refresh, held.refused, held.over) = (grant.refresh.clone(), false, None);
            held.unkept = false;
        }
        self.take(&tokens, grant).await;
        Ok(())
    }

    /// Keeps a secret of this account in the keyring, in the place of what was there.
    ///
    /// # Errors
    /// A sentence.
    pub async fn keep(&self, kind: Kind, secret: SecretString) -> Result<(), String> {
        let account = self.name.clone();
        apart(&self.tools.vault, move |vault| vault.set(&account, kind, &secret)).await
    }

    /// Whether the user has signed in with OAuth 2, as far as anybody has said.
    pub fn is_signed_in(&self) -> bool {
        let held = self.held();
        held.over.is_none() && (held.refresh.is_some() || held.access.as_ref().is_some_and(Access::is_good))
    }

    /// Keeps for good what this keeper has in memory: where the account's config says, under its name. For an account that
    /// was tried before it was saved.
    ///
    /// # Errors
    /// A sentence: nowhere to keep it.
    pub async fn hand_over(&self, account: &Account, tools: &Tools) -> Result<(), String> {
        let (Some(own), Secret::OAuth(oauth)) = (self.oauth(), &account.imap.secret) else { return Ok(()) };
        let heir = Self::new(account, tools.clone());
        if matches!(oauth.client_secret, ClientSecret::Keyring) {
            let secret = self.client_secret(own).await.map_err(|failure| failure.to_string())?;
            if let Some(secret) = secret {
                heir.keep(Kind::ClientSecret, secret).await?;
            }
        }
        let refresh = self.held().refresh.clone();
        match refresh {
            Some(token) => heir.tokens(oauth).set(&token).await,
            None => Ok(()),
        }
    }

    /// Where the refresh token is kept, in words.
    pub fn place(&self) -> Option<String> {
        let oauth = self.oauth()?;
        Some(match oauth.store {
            crate::config::oauth::Store::Keyring => "the system's keyring".to_owned(),
            crate::config::oauth::Store::File => {
                self.tokens(oauth).file().map(|file| file.display().to_string()).unwrap_or_default()
            }
        })
    }
}

/// What is kept cannot be had now.
fn locked(reason: String) -> Failure {
    Failure::Needed(Need::Unlock, reason)
}

/// Forgets everything that is kept under this name: for when the account is removed. The account, where it is known, says
/// whether the keyring has something of it; a keyring that is not there has nothing of the others. It blocks.
///
/// # Errors
/// What could not be removed, in a sentence.
pub fn forget(name: &str, account: Option<&Account>, tools: &Tools) -> Result<(), String> {
    if let Some(dir) = &tools.tokens {
        tokens::remove(dir, name).map_err(|error| format!("the refresh token is still there: {error}"))?;
    }
    // It may have been kept there before the config said otherwise.
    let forgotten = Kind::ALL.into_iter().try_for_each(|kind| tools.vault.remove(name, kind));
    match forgotten {
        Err(reason) if account.is_some_and(is_in_keyring) => Err(format!("what the keyring has of {name}: {reason}")),
        Err(reason) => {
            tracing::debug!("the keyring cannot say whether it has anything of {name}: {reason}");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Whether something of an account lies in the keyring.
pub fn is_in_keyring(account: &Account) -> bool {
    match &account.imap.secret {
        Secret::Keyring => true,
        Secret::OAuth(oauth) => {
            oauth.store == crate::config::oauth::Store::Keyring || matches!(oauth.client_secret, ClientSecret::Keyring)
        }
        Secret::Plain(_) | Secret::Command(_) | Secret::TokenCommand(_) | Secret::Prompt | Secret::None => false,
    }
}

#[cfg(test)]
mod tests;
