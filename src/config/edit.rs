//! Accounts written into the user's config: every byte that is not about them stays, and nothing wrong is ever written.
//!
//! [`apply`] is pure; [`edit`] does it to a file. What the screen and the commands change goes through here.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::env::Env;
use super::error::{Located, Problem, nearest};
use super::{Config, FolderNames, Security};

pub mod sending;

mod file;
mod layout;
mod text;

use sending::{NewSend, SendChanges};
use text::{Text, quoted};

/// A change of the accounts.
#[derive(Debug, Clone)]
pub enum Edit {
    /// One more account, behind the others.
    Add(Box<NewAccount>),
    /// Keys of an account.
    Change {
        /// Its name.
        name: String,
        /// What becomes of them.
        changes: Box<Changes>,
    },
    /// Whether an account is used.
    Enable {
        /// Its name.
        name: String,
        /// Whether it is.
        enabled: bool,
    },
    /// An account's place among the others.
    Move {
        /// Its name.
        name: String,
        /// Where it goes.
        to: Place,
    },
    /// An account is taken out of the config; nothing else is touched.
    Remove {
        /// Its name.
        name: String,
    },
}

/// Where an account goes among the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// Above the one that is above it.
    Up,
    /// Below the one that is below it.
    Down,
    /// Above all others.
    First,
    /// Below all others.
    Last,
}

/// An account as it is written; what is `None` is left out and has its default.
#[derive(Debug, Clone, Default)]
pub struct NewAccount {
    /// Its name: the key in the file.
    pub name: String,
    /// The user's address.
    pub email: String,
    /// The user's name beside the address.
    pub display_name: Option<String>,
    /// Where mail comes from.
    pub imap: NewImap,
    /// How mail leaves, if that is known.
    pub send: Option<NewSend>,
    /// Folders by role, where the server's word is not wanted.
    pub folders: FolderNames,
}

/// The IMAP server of an account that is written.
#[derive(Debug, Clone, Default)]
pub struct NewImap {
    /// Host name or address; not needed with a command.
    pub host: Option<String>,
    /// TCP port; default by security.
    pub port: Option<u16>,
    /// How the connection is protected; default TLS.
    pub security: Option<Security>,
    /// The name to sign in with; default the address.
    pub user: Option<String>,
    /// A command for `sh -c` that is spoken to in place of a socket.
    pub command: Option<String>,
    /// The SHA-256 of the one certificate that is taken, as the config writes it.
    pub pin: Option<String>,
    /// One more trusted root certificate.
    pub ca_file: Option<String>,
    /// How to sign in, as the config calls it; default the best that the server offers.
    pub auth: Option<String>,
    /// A file with the certificate that is shown to the server.
    pub client_cert: Option<String>,
    /// A file with its key; default the same.
    pub client_key: Option<String>,
    /// Where the password or the token comes from.
    pub secret: NewSecret,
}

/// Where a password or a token comes from, as it is written.
#[derive(Debug, Clone, Default)]
pub enum NewSecret {
    /// Nothing is written: none is needed.
    #[default]
    None,
    /// The password itself, in the file.
    Plain(SecretString),
    /// A command for `sh -c` prints the password.
    Command(String),
    /// A command for `sh -c` prints an access token.
    TokenCommand(String),
    /// The system's keyring holds it.
    Keyring,
    /// It is asked for, and kept in memory.
    Prompt,
    /// OAuth 2 with this provider.
    OAuth(NewOAuth),
}

/// The OAuth settings that are written.
#[derive(Debug, Clone, Default)]
pub struct NewOAuth {
    /// The provider's name in the table of them.
    pub provider: String,
    /// The user's own client id.
    pub client_id: Option<String>,
    /// A command for `sh -c` that prints the client's secret.
    pub client_secret_command: Option<String>,
    /// Whether the keyring holds the client's secret.
    pub client_secret_keyring: bool,
    /// The client's secret itself, in the file.
    pub client_secret: Option<SecretString>,
    /// Whether the refresh token is kept in a file, not in the keyring.
    pub in_file: bool,
}

/// What becomes of a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It gets this value.
    Set(T),
    /// It is taken out: the default holds.
    Unset,
}

/// What becomes of an account's keys.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The user's address.
    pub email: Option<String>,
    /// The user's name beside the address.
    pub display_name: Change<String>,
    /// The server.
    pub host: Change<String>,
    /// Its port.
    pub port: Change<u16>,
    /// How the connection is protected.
    pub security: Change<Security>,
    /// The name to sign in with.
    pub user: Change<String>,
    /// The command in place of a socket.
    pub command: Change<String>,
    /// The SHA-256 of the one certificate that is taken.
    pub pin: Change<String>,
    /// One more trusted root certificate.
    pub ca_file: Change<String>,
    /// How to sign in, as the config calls it.
    pub auth: Change<String>,
    /// A file with the certificate that is shown to the server.
    pub client_cert: Change<String>,
    /// A file with its key.
    pub client_key: Change<String>,
    /// How mail leaves.
    pub send: SendChanges,
    /// Where the password or the token comes from: takes the place of what is there.
    pub secret: Option<NewSecret>,
}

/// Why a config was not changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// What is in the file is wrong already.
    #[error("{0}; nothing was changed")]
    Invalid(Box<Problem>),
    /// With the change the file would be wrong.
    #[error("{}: {}; nothing was changed", .0.key, .0.text)]
    Refused(Box<Problem>),
    /// The file changed while the change was made.
    #[error("{} was changed by somebody else just now; nothing was written, try again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// There is an account of this name.
    #[error("there is an account \"{name}\" already")]
    Exists {
        /// The name.
        name: String,
    },
    /// There is no account of this name.
    #[error("there is no account \"{name}\"{}", nearest.as_ref().map(|name| format!("; did you mean \"{name}\"?")).unwrap_or_default())]
    Unknown {
        /// The name.
        name: String,
        /// The nearest one that is there.
        nearest: Option<String>,
    },
    /// The accounts are written in a way that this change cannot keep.
    #[error("the way in which account \"{name}\" is written does not allow this change; make it by hand in the config")]
    Shape {
        /// The account.
        name: String,
    },
    /// The file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// Makes these changes in the config at `path`, all or none. A file that is not there is made, readable by its owner alone,
/// and its directory; a link stays one. Gives the config as it is then.
///
/// # Errors
/// Why nothing was written.
pub fn edit(path: &Path, env: &Env, changes: &[Edit]) -> Result<Config, Error> {
    file::edit_between(path, env, changes, || ())
}

/// The text with this change in it, and every other byte as it was; `path` is named in errors. Whether the result is a
/// right config is for [`edit`] to check.
///
/// # Errors
/// [`Error::Invalid`] when the text is no TOML, [`Error::Exists`], [`Error::Unknown`], [`Error::Shape`].
pub fn apply(text: &str, path: &Path, change: &Edit) -> Result<String, Error> {
    const BOM: char = '\u{feff}';
    let (mark, text) = text.strip_prefix(BOM).map_or(("", text), |rest| ("\u{feff}", rest));
    let before = parse(text, path)?;
    let mut out = Text::new(text);
    let name = change.name();
    let names = out.accounts();
    let known = names.iter().any(|other| other == name);
    match change {
        Edit::Add(_) if known => return Err(Error::Exists { name: name.to_owned() }),
        Edit::Add(account) => out.add_account(name, &account.tables()),
        Edit::Change { .. } | Edit::Enable { .. } | Edit::Move { .. } | Edit::Remove { .. } if !known => {
            let nearest = nearest(name, names.iter().map(String::as_str));
            return Err(Error::Unknown { name: name.to_owned(), nearest });
        }
        Edit::Change { changes, .. } => changes.write(name, &mut out),
        Edit::Enable { enabled, .. } => out.set(&["accounts", name, "enabled"], &enabled.to_string()),
        Edit::Move { to, .. } => move_to(&mut out, name, *to)?,
        Edit::Remove { .. } => out.remove_account(name),
    }
    let out = out.into_string();
    // What was to stay has stayed: a way of writing that was not thought of is refused, not spoilt.
    let after = parse(&out, path).map_err(|_| Error::Shape { name: name.to_owned() })?;
    let meant = match change {
        Edit::Move { .. } => before == after,
        Edit::Add(_) | Edit::Change { .. } | Edit::Enable { .. } | Edit::Remove { .. } => {
            let has = has(&after, name);
            without(before, name) == without(after, name) && has != matches!(change, Edit::Remove { .. })
        }
    };
    if meant { Ok(format!("{mark}{out}")) } else { Err(Error::Shape { name: name.to_owned() }) }
}

impl Edit {
    /// The account that it is about.
    pub fn name(&self) -> &str {
        match self {
            Self::Add(account) => &account.name,
            Self::Change { name, .. } | Self::Enable { name, .. } | Self::Move { name, .. } | Self::Remove { name } => {
                name
            }
        }
    }
}

fn parse(text: &str, path: &Path) -> Result<toml::Table, Error> {
    text.parse().map_err(|error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start);
        Error::Invalid(Box::new(Located::new(text, path).problem_at(at, "", error.message())))
    })
}

/// The config without this account.
fn without(mut config: toml::Table, name: &str) -> toml::Table {
    if let Some(toml::Value::Table(accounts)) = config.get_mut("accounts") {
        accounts.remove(name);
        if accounts.is_empty() {
            config.remove("accounts");
        }
    }
    config
}

fn has(config: &toml::Table, name: &str) -> bool {
    config.get("accounts").and_then(toml::Value::as_table).is_some_and(|accounts| accounts.contains_key(name))
}

fn move_to(text: &mut Text, name: &str, to: Place) -> Result<(), Error> {
    let shape = || Error::Shape { name: name.to_owned() };
    let mut names = text.accounts();
    let last = names.len().saturating_sub(1);
    let at = names.iter().position(|other| other == name).ok_or_else(shape)?;
    let goal = match to {
        Place::Up => at.saturating_sub(1),
        Place::Down => (at + 1).min(last),
        Place::First => 0,
        Place::Last => last,
    };
    let moved = names.remove(at);
    names.insert(goal, moved);
    // Step by step: going down is the next one's going up.
    let mut now = at;
    while now != goal {
        let next = if goal < now { now - 1 } else { now + 1 };
        let lifted = if goal < now { Some(name.to_owned()) } else { text.accounts().get(next).cloned() };
        if !lifted.is_some_and(|lifted| text.lift(&lifted)) {
            return Err(shape());
        }
        now = next;
    }
    if text.accounts() == names { Ok(()) } else { Err(shape()) }
}

impl NewAccount {
    /// Its keys, by table.
    fn tables(&self) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
        let imap = &self.imap;
        let mut own = vec![("email", quoted(&self.email))];
        own.extend(self.display_name.as_deref().map(|name| ("name", quoted(name))));
        let mut server = Vec::new();
        server.extend(imap.command.as_deref().map(|command| ("command", quoted(command))));
        server.extend(imap.host.as_deref().map(|host| ("host", quoted(host))));
        server.extend(imap.port.map(|port| ("port", port.to_string())));
        server.extend(imap.security.map(|security| ("security", quoted(word(security)))));
        server.extend(imap.user.as_deref().map(|user| ("user", quoted(user))));
        server.extend(imap.secret.key());
        server.extend(imap.ca_file.as_deref().map(|file| ("ca_file", quoted(file))));
        server.extend(imap.pin.as_deref().map(|pin| ("pin", quoted(pin))));
        server.extend(imap.auth.as_deref().map(|auth| ("auth", quoted(auth))));
        server.extend(imap.client_cert.as_deref().map(|file| ("client_cert", quoted(file))));
        server.extend(imap.client_key.as_deref().map(|file| ("client_key", quoted(file))));
        let (smtp, send) = self.send.as_ref().map(|send| send.tables(imap)).unwrap_or_default();
        let names = &self.folders;
        let folders = [
            ("archive", &names.archive),
            ("drafts", &names.drafts),
            ("sent", &names.sent),
            ("junk", &names.junk),
            ("trash", &names.trash),
            ("snoozed", &names.snoozed),
        ];
        let folders = folders.into_iter().filter_map(|(role, name)| Some((role, quoted(name.as_deref()?)))).collect();
        let oauth = imap.secret.oauth();
        vec![("", own), ("imap", server), ("smtp", smtp), ("send", send), ("oauth", oauth), ("folders", folders)]
    }
}

impl NewSecret {
    /// The key of the config that says it; `None` where nothing is written.
    pub fn key_name(&self) -> Option<&'static str> {
        match self {
            Self::OAuth(_) => Some("oauth"),
            Self::None | Self::Plain(_) | Self::Command(_) | Self::TokenCommand(_) | Self::Keyring | Self::Prompt => {
                self.key().map(|(key, _)| key)
            }
        }
    }

    /// The key in the table of the server, if there is one.
    fn key(&self) -> Option<(&'static str, String)> {
        match self {
            Self::None | Self::OAuth(_) => None,
            Self::Plain(password) => Some(("password", quoted(password.expose_secret()))),
            Self::Command(command) => Some(("password_command", quoted(command))),
            Self::TokenCommand(command) => Some(("token_command", quoted(command))),
            Self::Keyring => Some(("keyring", "true".to_owned())),
            Self::Prompt => Some(("prompt", "true".to_owned())),
        }
    }

    /// The keys of the table `oauth`.
    fn oauth(&self) -> Vec<(&'static str, String)> {
        let Self::OAuth(oauth) = self else { return Vec::new() };
        let mut keys = vec![("provider", quoted(&oauth.provider))];
        keys.extend(oauth.client_id.as_deref().map(|id| ("client_id", quoted(id))));
        keys.extend(oauth.client_secret_command.as_deref().map(|command| ("client_secret_command", quoted(command))));
        keys.extend(oauth.client_secret_keyring.then(|| ("client_secret_keyring", "true".to_owned())));
        keys.extend(oauth.client_secret.as_ref().map(|secret| ("client_secret", quoted(secret.expose_secret()))));
        keys.extend(oauth.in_file.then(|| ("store", quoted("file"))));
        keys
    }
}

/// The keys of the table `oauth`.
const OAUTH: [&str; 10] = [
    "provider",
    "client_id",
    "client_secret",
    "client_secret_command",
    "client_secret_keyring",
    "auth_url",
    "token_url",
    "device_url",
    "scopes",
    "store",
];

impl Changes {
    fn write(&self, name: &str, text: &mut Text) {
        let account = |key| ["accounts", name, key];
        let imap = |key| ["accounts", name, "imap", key];
        if let Some(email) = &self.email {
            text.set(&account("email"), &quoted(email));
        }
        put(text, &account("name"), &self.display_name, |name| quoted(name));
        self.one_way_in(name, text);
        put(text, &imap("host"), &self.host, |host| quoted(host));
        put(text, &imap("port"), &self.port, u16::to_string);
        put(text, &imap("security"), &self.security, |security| quoted(word(*security)));
        put(text, &imap("user"), &self.user, |user| quoted(user));
        put(text, &imap("command"), &self.command, |command| quoted(command));
        put(text, &imap("pin"), &self.pin, |pin| quoted(pin));
        put(text, &imap("ca_file"), &self.ca_file, |file| quoted(file));
        put(text, &imap("auth"), &self.auth, |auth| quoted(auth));
        put(text, &imap("client_cert"), &self.client_cert, |file| quoted(file));
        put(text, &imap("client_key"), &self.client_key, |file| quoted(file));
        self.send.write(name, text);
        let Some(secret) = &self.secret else { return };
        let kept = secret.key();
        for key in ["password", "password_command", "token_command", "keyring", "prompt"] {
            if kept.as_ref().is_none_or(|(kept, _)| *kept != key) {
                text.remove(&imap(key));
            }
        }
        if let Some((key, value)) = kept {
            text.set(&imap(key), &value);
        }
        let keys = secret.oauth();
        if keys.is_empty() {
            text.remove(&account("oauth"));
        }
        // What was there is about another provider or client.
        for key in OAUTH.iter().filter(|key| keys.iter().all(|(kept, _)| kept != *key)) {
            text.remove(&["accounts", name, "oauth", key]);
        }
        for (key, value) in keys {
            text.set(&["accounts", name, "oauth", key], &value);
        }
    }

    /// A server takes the place of the command, or that of the server with all that is about its socket.
    fn one_way_in(&self, name: &str, text: &mut Text) {
        let gone: &[&str] = match (&self.command, &self.host) {
            (Change::Set(_), Change::Set(_)) => &["port", "ca_file", "pin", "client_cert", "client_key"],
            (Change::Set(_), _) => &["host", "port", "security", "ca_file", "pin", "client_cert", "client_key"],
            (_, Change::Set(_)) => &["command"],
            (Change::Keep | Change::Unset, Change::Keep | Change::Unset) => &[],
        };
        for key in gone {
            text.remove(&["accounts", name, "imap", key]);
        }
    }
}

fn put<T>(text: &mut Text, path: &[&str], change: &Change<T>, write: impl Fn(&T) -> String) {
    match change {
        Change::Keep => {}
        Change::Set(value) => text.set(path, &write(value)),
        Change::Unset => text.remove(path),
    }
}

/// As the config says it.
const fn word(security: Security) -> &'static str {
    match security {
        Security::Tls => "tls",
        Security::StartTls => "starttls",
        Security::None => "none",
    }
}

/// What the result is checked with before it is written.
fn check(old: &str, new: &str, path: &Path, env: &Env) -> Result<Config, Error> {
    let problem = |error: super::error::Error| match error {
        super::error::Error::Invalid(problem) => Some(problem),
        super::error::Error::Missing { .. }
        | super::error::Error::Unreadable { .. }
        | super::error::Error::NoHome
        | super::error::Error::Directory { .. } => None,
    };
    match Config::parse_with(new, path, env) {
        Ok(config) => Ok(config),
        Err(error) => {
            let new = problem(error);
            let old = Config::parse_with(old, path, env).err().and_then(problem);
            let unknown = || Problem {
                text: "the config would be wrong".to_owned(),
                ..Located::new("", path).problem_at(0, "", "")
            };
            Err(match (old, new) {
                (Some(old), Some(new)) if old.key == new.key && old.text == new.text => Error::Invalid(old),
                (_, new) => Error::Refused(new.unwrap_or_else(|| Box::new(unknown()))),
            })
        }
    }
}

#[cfg(test)]
mod tests;
