//! TOML to Config: validation that names file, line, column and the nearest key.
//!
//! The file's shape is `config.example.toml`; its JSON schema is [`schema::text`]. Only [`edit`] writes to the file.

use std::path::{Path, PathBuf};

pub mod compose;
pub mod edit;
pub mod env;
pub mod error;
pub mod keys;
pub mod notices;
pub mod oauth;
pub mod outgoing;
pub mod paths;
pub mod schema;
pub mod secret;
pub mod themes;

mod raw;
mod validate;

use compose::{Compose, Signature};
use env::Env;
use error::{Error, Problem};
use keys::Keys;
use notices::Notices;
use outgoing::Outgoing;
use secret::Secret;

use crate::letter::Mailbox;
use crate::sasl::{Mechanism, Wanted};
use crate::theme::Ink;
use crate::theme::file::Change;

/// The commented example: what `posthaste config default` prints.
pub const EXAMPLE: &str = include_str!("../config.example.toml");

/// What the user configured, checked: every value in here can be used as it stands.
#[derive(Debug, Clone)]
pub struct Config {
    /// The accounts that are shown and synced, in the order of the file.
    pub accounts: Vec<Account>,
    /// Accounts with `enabled = false`: neither shown nor synced, and what is on the disk of them stays.
    pub disabled: Vec<Account>,
    /// The screen.
    pub ui: Ui,
    /// Which new mail is told of, and how.
    pub notices: Notices,
    /// How mails are written.
    pub compose: Compose,
    /// The keys. Names of places and actions are checked where the action table is known, not here.
    pub keys: Keys,
    /// Searches with a name, in the order of the file.
    pub searches: Vec<SavedSearch>,
    /// Where attachments are saved; the system's download directory when `None`.
    pub downloads: Option<PathBuf>,
    /// Megabytes that the words of texts may take in the search index.
    pub index_mb: u64,
    /// The file that this came from, `None` for a config made by the program (the demo).
    pub path: Option<PathBuf>,
    /// What works and should be changed all the same, a sentence each.
    pub warnings: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            accounts: Vec::new(),
            disabled: Vec::new(),
            ui: Ui::default(),
            notices: Notices::default(),
            compose: Compose::default(),
            keys: Keys::default(),
            searches: Vec::new(),
            downloads: None,
            index_mb: INDEX_MB,
            path: None,
            warnings: Vec::new(),
        }
    }
}

/// The default of [`Config::index_mb`].
const INDEX_MB: u64 = 500;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name: the key in the file. Journal and cache know the account by it.
    pub name: String,
    /// The user's address.
    pub email: String,
    /// The user's name beside the address.
    pub display_name: Option<String>,
    /// What the account's name is written with on the screen; as everything else when `None`.
    pub color: Option<Ink>,
    /// Other addresses of the user's that mail comes to here.
    pub identities: Vec<Identity>,
    /// What stands below a mail.
    pub signature: Option<Signature>,
    /// Where mail comes from.
    pub imap: Imap,
    /// How mail leaves.
    pub outgoing: Outgoing,
    /// Folders by role, where the server's word is not wanted.
    pub folders: FolderNames,
    /// What is kept on the disk.
    pub cache: CachePolicy,
}

/// An address of the user's beside the account's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The address.
    pub email: String,
    /// The user's name beside it; the account's when `None`.
    pub name: Option<String>,
    /// What stands below a mail; the account's when `None`.
    pub signature: Option<Signature>,
}

/// A search with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSearch {
    /// Its name.
    pub name: String,
    /// Its query.
    pub query: String,
    /// The digit that opens it after `g`, from 1 to 9.
    pub key: Option<u8>,
}

/// How to reach an account's IMAP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imap {
    /// Host name or address, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// The name to sign in with.
    pub user: String,
    /// Where the password comes from.
    pub secret: Secret,
    /// One more trusted root certificate, PEM.
    pub ca_file: Option<PathBuf>,
    /// The SHA-256 of the one certificate that is taken.
    pub pin: Option<[u8; 32]>,
    /// Whether the connection is compressed, where the server offers it.
    pub compress: Compress,
    /// The way in, besides the secret.
    pub sign_in: SignIn,
    /// The names that the server signs its Authentication-Results with (RFC 8601, section 2.5); empty: they follow from host
    /// and address.
    pub authserv_ids: Vec<String>,
}

/// The way in, besides the secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignIn {
    /// Which mechanism is wanted.
    pub auth: Wanted,
    /// The certificate that this side shows to the server.
    pub client: Option<ClientFiles>,
    /// A command for `sh -c` that is spoken to in place of a socket.
    pub command: Option<String>,
}

impl SignIn {
    /// Whether it is the certificate that signs in, with this secret.
    pub fn by_certificate(&self, secret: &Secret) -> bool {
        self.auth == Wanted::Only(Mechanism::External) || (self.client.is_some() && matches!(secret, Secret::None))
    }
}

/// A client certificate, PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientFiles {
    /// The certificate, then those of its issuers.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Whether what goes over a connection is compressed (RFC 4978).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Compress {
    /// Unless the server is on this machine.
    #[default]
    Auto,
    /// Wherever the server offers it.
    Always,
    /// Never.
    Never,
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Security {
    /// TLS from the first byte (RFC 8314, section 3).
    #[default]
    Tls,
    /// STARTTLS before anything else is sent (RFC 9051, section 6.2.1).
    StartTls,
    /// Clear text: for loopback addresses alone.
    None,
}

/// Names of folders by role, as the user wrote them, parts joined by the server's delimiter or by `/`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FolderNames {
    /// Where archived messages go.
    pub archive: Option<String>,
    /// Drafts.
    pub drafts: Option<String>,
    /// Sent messages.
    pub sent: Option<String>,
    /// Junk.
    pub junk: Option<String>,
    /// Where deleted messages go.
    pub trash: Option<String>,
    /// Where messages are until their time comes.
    pub snoozed: Option<String>,
}

/// What is kept on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CachePolicy {
    /// Bodies kept, in MB (1,000,000 bytes). The least recently read goes first.
    pub max_mb: u64,
    /// Which bodies are fetched before they are opened.
    pub prefetch: Prefetch,
}

impl Default for CachePolicy {
    fn default() -> Self {
        Self { max_mb: 500, prefetch: Prefetch::Recent }
    }
}

/// Which bodies are fetched before they are opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Prefetch {
    /// None.
    None,
    /// What a list shows on the screen.
    Visible,
    /// What is on the screen, and recent messages.
    #[default]
    Recent,
    /// All that the cache has room for.
    All,
}

/// The screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ui {
    /// Colours.
    pub theme: ThemeChoice,
    /// The theme on a dark terminal, where it is chosen by that.
    pub theme_dark: String,
    /// The theme on a light terminal, where it is chosen by that.
    pub theme_light: String,
    /// What is changed of any theme.
    pub roles: Vec<Change>,
    /// Whose background is seen.
    pub background: Background,
    /// Which characters draw marks and lines.
    pub glyphs: Glyphs,
    /// Where the cursor goes after a message left the list.
    pub after_triage: AfterTriage,
    /// Which panes are shown.
    pub layout: Layout,
    /// Whether lists show conversations or single messages, unless another way was chosen for one.
    pub list: ListOf,
    /// How pictures are drawn.
    pub pictures: Pictures,
    /// Whether links keep their trackers.
    pub links_as_sent: bool,
    /// A program that takes what is copied.
    pub copy_command: Option<String>,
    /// Whether nothing moves but what was asked for: no spinner, no line that runs down.
    pub reduced_motion: bool,
    /// When what is put off comes back.
    pub hours: Hours,
    /// What the screen is made of.
    pub face: Face,
    /// Whether the mouse is the program's; else the terminal's own selection is at hand. `None`: where the terminal can.
    pub mouse: Option<bool>,
}

impl Default for Ui {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::Auto,
            theme_dark: "dusk".to_owned(),
            theme_light: "paper".to_owned(),
            roles: Vec::new(),
            background: Background::default(),
            glyphs: Glyphs::default(),
            after_triage: AfterTriage::default(),
            layout: Layout::default(),
            list: ListOf::default(),
            pictures: Pictures::default(),
            links_as_sent: false,
            copy_command: None,
            reduced_motion: false,
            hours: Hours::default(),
            face: Face::default(),
            mouse: None,
        }
    }
}

/// When what is put off without an hour comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hours {
    /// The hour at which a day begins, 0-23.
    pub morning: u8,
    /// The hour at which an evening begins, 0-23.
    pub evening: u8,
}

impl Default for Hours {
    fn default() -> Self {
        Self { morning: 8, evening: 18 }
    }
}

/// What the screen is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Face {
    /// Panes.
    #[default]
    Panes,
    /// Lines of words, one thing at a time: for screen readers and braille.
    Linear,
}

impl Face {
    /// As the config says it.
    pub const fn of(linear: bool) -> Self {
        if linear { Self::Linear } else { Self::Panes }
    }

    /// Whether it is lines.
    pub const fn is_linear(self) -> bool {
        matches!(self, Self::Linear)
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        Self::of(!self.is_linear())
    }
}

/// How pictures are drawn in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Pictures {
    /// By what the terminal can do.
    #[default]
    Auto,
    /// kitty's protocol with Unicode placeholders; within tmux it needs `allow-passthrough on`.
    Kitty,
    /// iTerm2's inline images. tmux cannot place them, so there they are half blocks.
    Iterm2,
    /// Sixel. tmux draws it from 3.4 on, where it was built with it.
    Sixel,
    /// Half blocks.
    Blocks,
    /// Not at all.
    Off,
}

/// Which theme.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ThemeChoice {
    /// By the terminal's background: one for dark and one for light, 16 colours where the terminal does not say which it is.
    /// A theme that was picked on the screen comes before that.
    #[default]
    Auto,
    /// The theme of this name.
    Named(String),
}

/// Whose background is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Background {
    /// The terminal's own where the theme is made for it; else the theme's, so that no light text stands on a light ground.
    #[default]
    Auto,
    /// The terminal's own.
    Terminal,
    /// The theme's.
    Theme,
}

/// Which characters draw marks and lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Glyphs {
    /// `●`, `★`.
    #[default]
    Unicode,
    /// `N`, `*`.
    Ascii,
    /// As the first, with pictures from a font that was patched for them (nerdfonts.com).
    Nerd,
}

/// Where the cursor goes after a message left the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AfterTriage {
    /// To the message below.
    #[default]
    Next,
    /// To the message above.
    Previous,
    /// To the message below; from an open message, back to the list.
    List,
}

/// Which panes are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Layout {
    /// By the terminal's width.
    #[default]
    Auto,
    /// Folders, list and reader side by side.
    ThreePanes,
    /// The list over the reader.
    Stacked,
    /// The list alone.
    ListOnly,
    /// The reader alone.
    ReaderOnly,
}

/// What a row of a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ListOf {
    /// A conversation.
    #[default]
    Conversations,
    /// A message.
    Messages,
}

impl Config {
    /// Reads the config: `path` if given (`--config`), else what `POSTHASTE_CONFIG` names, else the default place.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is no such file, [`Error::Unreadable`] when it cannot be read,
    /// [`Error::Invalid`] when something in it is wrong.
    pub fn load(path: Option<&Path>, env: &Env) -> Result<Self, Error> {
        let path = match path {
            Some(path) => path.to_path_buf(),
            None => paths::config_file(env)?,
        };
        let text = std::fs::read_to_string(&path).map_err(|source| {
            if source.kind() == std::io::ErrorKind::NotFound {
                Error::Missing { path: path.clone() }
            } else {
                Error::Unreadable { path: path.clone(), source }
            }
        })?;
        let mut config = Self::parse_with(&text, &path, env)?;
        config.warn_of_permissions(&path);
        config.warn_of_keys();
        Ok(config)
    }

    /// Reads the config from its text; `path` is named in errors and is the base of relative paths. `~` and variables
    /// are expanded by the environment of this process.
    ///
    /// # Errors
    /// [`Error::Invalid`] when something in it is wrong.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        Self::parse_with(text, path, &Env::process())
    }

    /// [`Config::parse`] with `~` and variables expanded by `env`.
    ///
    /// # Errors
    /// [`Error::Invalid`] when something in it is wrong.
    pub fn parse_with(text: &str, path: &Path, env: &Env) -> Result<Self, Error> {
        let document = error::Located::new(text, path);
        let raw = raw::read(&document)?;
        validate::check(raw, &document, env)
    }

    /// The account of this name, if it is not disabled.
    pub fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name == name)
    }

    /// Whether a password stands in the file itself.
    pub fn holds_password(&self) -> bool {
        self.accounts.iter().chain(&self.disabled).any(|account| {
            let own = account.outgoing.own_secret().is_some_and(Secret::stands_in_the_file);
            account.imap.secret.stands_in_the_file() || own
        })
    }

    /// Warns when others may read a file with a password in it (RELIABILITY FL07).
    fn warn_of_permissions(&mut self, path: &Path) {
        if self.holds_password() {
            self.warnings.extend(readable_by_others(path, "a password"));
        }
    }

    /// Warns when others may read the private key of a client certificate.
    fn warn_of_keys(&mut self) {
        let mut keys: Vec<&Path> = Vec::new();
        for client in self.accounts.iter().filter_map(|account| account.imap.sign_in.client.as_ref()) {
            if !keys.contains(&client.key.as_path()) {
                keys.push(&client.key);
            }
        }
        let warnings: Vec<String> =
            keys.into_iter().filter_map(|key| readable_by_others(key, "a private key")).collect();
        self.warnings.extend(warnings);
    }
}

/// The warning of a file with something secret in it that others may read.
fn readable_by_others(path: &Path, what: &str) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then(|| {
        format!(
            "{path} holds {what} and others may read it (mode {mode:04o}): run chmod 600 {path}",
            path = path.display()
        )
    })
}

impl Account {
    /// The user's own addresses here, the account's first.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.email.as_str()).chain(self.identities.iter().map(|one| one.email.as_str()))
    }

    /// Whom the user writes as here, the account's own address first.
    pub fn mailboxes(&self) -> impl Iterator<Item = Mailbox> {
        let own = self.display_name.clone().unwrap_or_default();
        let others = self.identities.iter().map({
            let own = own.clone();
            move |one| Mailbox { name: one.name.clone().unwrap_or_else(|| own.clone()), address: one.email.clone() }
        });
        std::iter::once(Mailbox { name: own, address: self.email.clone() }).chain(others)
    }

    /// The user's own names here.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let others = self.identities.iter().filter_map(|one| one.name.as_deref());
        self.display_name.as_deref().into_iter().chain(others)
    }

    /// Whether another one is synced in the same way: what connections and the cache go by is the same.
    pub fn syncs_as(&self, other: &Self) -> bool {
        (&self.name, &self.imap, &self.outgoing) == (&other.name, &other.imap, &other.outgoing)
            && (&self.folders, self.cache) == (&other.folders, other.cache)
    }

    /// The port that a server listens on when the file names none (RFC 8314, section 3.2; RFC 9051, section 2.1).
    pub(crate) const fn default_port(security: Security) -> u16 {
        match security {
            Security::Tls => 993,
            Security::StartTls | Security::None => 143,
        }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Invalid(Box::new(problem))
    }
}

#[cfg(test)]
mod tests;
