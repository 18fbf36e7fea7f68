//! The file's shape, as serde and the JSON schema see it; doc comments here become the schema's descriptions.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::error::{Error, Located, Problem, nearest};

pub(super) mod outgoing;

/// The configuration of posthaste.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "posthaste config")]
pub(super) struct File {
    /// The accounts by name, shown in the order of the file.
    #[schemars(with = "BTreeMap<String, Account>")]
    pub(super) accounts: InOrder<Account>,
    /// The screen.
    pub(super) ui: Ui,
    /// Keys: the preset, and by place ("global", "list", "reader" …) keys to an action, or to false for none.
    #[schemars(with = "super::keys::Shape")]
    pub(super) keys: super::keys::Raw,
    /// Notices of new mail.
    pub(super) notices: super::notices::Raw,
    /// How mails are written.
    pub(super) compose: super::compose::Raw,
    /// Searches with a name: they stand under the favourites, with their counts.
    pub(super) searches: Vec<Search>,
    /// Where attachments are saved. Default: the system's download directory.
    pub(super) downloads: Option<String>,
    /// Megabytes that the words of texts may take in the search index; of the oldest mails only the headers are searched
    /// beyond that. Default: 500.
    pub(super) index_mb: Option<u64>,
}

/// A search with a name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    /// Its name.
    pub(super) name: String,
    /// What is searched for, as in the search line.
    pub(super) query: String,
    /// The digit that opens it after "g".
    #[schemars(range(min = 1, max = 9))]
    pub(super) key: Option<u8>,
}

/// An account.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    /// Your address.
    pub(super) email: String,
    /// Your name.
    pub(super) name: Option<String>,
    /// false: the account is neither shown nor synced; its mail on the disk and what waits to be sent stay. Default: true.
    pub(super) enabled: Option<bool>,
    /// What the account's name is written with: a role of the theme that is for text ("ok", "q1" …), or "#rrggbb".
    pub(super) color: Option<String>,
    /// Your other addresses in this account: mail to and from them is yours too.
    #[serde(default)]
    pub(super) identities: Vec<Identity>,
    /// What stands below your mails: the words, or a line that is the path of a file ("~/.signature").
    pub(super) signature: Option<String>,
    /// Where mail comes from.
    pub(super) imap: Imap,
    /// Signing in with OAuth 2, in place of a password.
    pub(super) oauth: Option<OAuth>,
    /// Where mail is sent to.
    pub(super) smtp: Option<outgoing::Smtp>,
    /// How mail is sent.
    #[serde(default)]
    pub(super) send: outgoing::Send,
    /// Folders by role, where the server's word is not wanted.
    #[serde(default)]
    pub(super) folders: Folders,
    /// What is kept on the disk.
    #[serde(default)]
    pub(super) cache: Cache,
}

/// One of your other addresses.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Identity {
    /// The address.
    pub(super) email: String,
    /// Your name beside it. Default: the account's.
    pub(super) name: Option<String>,
    /// What stands below your mails. Default: the account's.
    pub(super) signature: Option<String>,
}

/// Where mail comes from.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Imap {
    /// Host name or address. Not needed with `command`.
    pub(super) host: Option<String>,
    /// TCP port. Default: 993 for "tls", 143 otherwise.
    pub(super) port: Option<u16>,
    /// How the connection is protected. "none" is accepted for loopback addresses alone.
    #[serde(default)]
    pub(super) security: Security,
    /// The name to sign in with. Default: the address.
    pub(super) user: Option<String>,
    /// A command for "sh -c"; the first line that it prints is the password.
    pub(super) password_command: Option<String>,
    /// The password itself. Works, and warns: prefer `password_command`.
    #[schemars(with = "Option<String>")]
    pub(super) password: Option<SecretString>,
    /// A command for "sh -c"; the first line that it prints is an OAuth 2 access token. It is run again when the token is
    /// refused.
    pub(super) token_command: Option<String>,
    /// true takes the password from the system's keyring; "posthaste account login" puts it there.
    pub(super) keyring: Option<bool>,
    /// true has posthaste ask for the password, and keep it in memory alone.
    pub(super) prompt: Option<bool>,
    /// One more trusted root certificate (PEM). Certificates are always verified.
    pub(super) ca_file: Option<String>,
    /// The one certificate that is taken, whoever signed it and for whichever name: "sha256:" and 64 hex digits. For
    /// loopback addresses.
    pub(super) pin: Option<String>,
    /// true allows a pin for a host that is not this computer.
    pub(super) pin_remote: Option<bool>,
    /// How to sign in. "auto": the best that the server offers.
    #[serde(default)]
    pub(super) auth: Auth,
    /// A client certificate (PEM): it, then its issuers'. With it, `auth = "external"` needs no password.
    pub(super) client_cert: Option<String>,
    /// The private key of `client_cert` (PEM, PKCS #8, without a passphrase). Default: it stands in the same file.
    pub(super) client_key: Option<String>,
    /// A command for "sh -c" that is spoken to in place of a server's port, as "ssh HOST doveadm exec imap". No password is
    /// needed where it says that you are signed in.
    pub(super) command: Option<String>,
    /// Whether what goes over the connection is compressed, where the server offers it (COMPRESS=DEFLATE): true, false,
    /// or "auto": unless the server is on this machine or behind a command.
    #[serde(default)]
    pub(super) compress: Compress,
    /// The names with which your server signs its results in Authentication-Results (its authserv-id). Not needed for most
    /// servers. Name one only if the server takes forged fields with that name out of mail that comes in.
    #[serde(default)]
    pub(super) authserv_ids: Vec<String>,
}

/// Signing in with OAuth 2: "posthaste account login" opens the browser.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OAuth {
    /// Whose endpoints: google, microsoft, yahoo, aol, fastmail, yandex, mail.ru. Default: by imap.host.
    pub(super) provider: Option<String>,
    /// The id of a client that you registered with the provider.
    pub(super) client_id: String,
    /// Its secret, if it has one.
    #[schemars(with = "Option<String>")]
    pub(super) client_secret: Option<SecretString>,
    /// A command for "sh -c"; the first line that it prints is the client's secret.
    pub(super) client_secret_command: Option<String>,
    /// true takes the client's secret from the system's keyring; "posthaste account login --client-secret" puts it there.
    pub(super) client_secret_keyring: Option<bool>,
    /// Where you say yes in a browser. Default: by the provider.
    pub(super) auth_url: Option<String>,
    /// Where tokens are given out. Default: by the provider.
    pub(super) token_url: Option<String>,
    /// Where a sign-in on another device begins. Default: by the provider.
    pub(super) device_url: Option<String>,
    /// What is asked for. Default: by the provider.
    pub(super) scopes: Option<Vec<String>>,
    /// Where the refresh token is kept: in the keyring, or in a file that you alone may read.
    #[serde(default)]
    pub(super) store: TokenStore,
}

/// Where a refresh token is kept.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum TokenStore {
    /// In the system's keyring.
    #[default]
    Keyring,
    /// In a file below the data directory: for servers, which have no keyring.
    File,
}

/// Whether the connection is compressed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "true, false or \"auto\"")]
pub(super) enum Compress {
    /// Always or never.
    Switch(bool),
    /// By where the server is.
    Word(Auto),
}

/// By where the server is.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Auto {
    /// Unless the server is on this machine.
    Auto,
}

impl Default for Compress {
    fn default() -> Self {
        Self::Word(Auto::Auto)
    }
}

/// How to sign in.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Auth {
    /// The best that the server offers: scram-sha-256-plus, scram-sha-256, plain, login; for an access token oauthbearer,
    /// xoauth2; with neither, external.
    #[default]
    Auto,
    /// User name and password in one message.
    Plain,
    /// User name and password in two, or by IMAP's own command.
    Login,
    /// A proof of the password that does not tell it.
    #[serde(rename = "scram-sha-256")]
    ScramSha256,
    /// The same, bound to the server's certificate.
    #[serde(rename = "scram-sha-256-plus")]
    ScramSha256Plus,
    /// The client certificate.
    External,
    /// An access token, as Google and Microsoft take it.
    Xoauth2,
    /// An access token, as RFC 7628 has it.
    Oauthbearer,
}

/// How a connection is protected.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Security {
    /// TLS from the first byte.
    #[default]
    Tls,
    /// STARTTLS before anything else is sent.
    StartTls,
    /// Clear text; loopback alone.
    None,
}

/// Folders by role.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Folders {
    /// Where archived messages go.
    pub(super) archive: Option<String>,
    /// Drafts.
    pub(super) drafts: Option<String>,
    /// Sent messages.
    pub(super) sent: Option<String>,
    /// Junk.
    pub(super) junk: Option<String>,
    /// Where deleted messages go.
    pub(super) trash: Option<String>,
    /// Where messages are until their time comes.
    pub(super) snoozed: Option<String>,
}

/// What is kept on the disk.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Cache {
    /// Bodies kept, in MB; the least recently read goes first.
    #[schemars(range(min = 1))]
    pub(super) max_mb: u64,
    /// Which bodies are fetched before they are opened.
    pub(super) prefetch: Prefetch,
}

impl Default for Cache {
    fn default() -> Self {
        Self { max_mb: super::CachePolicy::default().max_mb, prefetch: Prefetch::Recent }
    }
}

/// Which bodies are fetched before they are opened.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Prefetch {
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
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Ui {
    /// "auto" (by the terminal's background), or the name of a theme, as "posthaste theme list" lists them.
    pub(super) theme: Option<String>,
    /// The theme on a dark terminal, for "auto". Default: "dusk".
    pub(super) theme_dark: Option<String>,
    /// The theme on a light terminal, for "auto". Default: "paper".
    pub(super) theme_light: Option<String>,
    /// Changes over any theme, by role: a colour, or a table.
    #[schemars(with = "BTreeMap<String, Role>")]
    pub(super) roles: toml::Table,
    /// Whose background is seen.
    pub(super) background: Background,
    /// Which characters draw marks and lines.
    pub(super) glyphs: Glyphs,
    /// Where the cursor goes after a message left the list.
    pub(super) after_triage: AfterTriage,
    /// Which panes are shown.
    pub(super) layout: Layout,
    /// What a row of a list is, unless another way was chosen for that list.
    pub(super) list: ListOf,
    /// How pictures are drawn in the text.
    pub(super) pictures: Pictures,
    /// false shows and opens links with their trackers, as they were sent.
    pub(super) clean_links: Option<bool>,
    /// A program that takes what is copied on its standard input. Default: the terminal (OSC 52), and where a desktop is
    /// here its own program too.
    pub(super) copy_command: Option<String>,
    /// true: no spinner turns and no line runs down.
    pub(super) reduced_motion: bool,
    /// The hour at which what is snoozed to a day comes back; default 8.
    #[schemars(range(max = 23))]
    pub(super) morning: Option<u8>,
    /// The hour of "this evening"; default 18.
    #[schemars(range(max = 23))]
    pub(super) evening: Option<u8>,
    /// true: one thing at a time, as lines of words without columns, for screen readers and braille.
    pub(super) linear: bool,
    /// false leaves the mouse to the terminal, for its own selection; with true, shift selects in most. Unset, it is true, and
    /// false in GNU screen.
    pub(super) mouse: Option<bool>,
}

/// What a role is painted with. Read by the reader of themes; this is for editors.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "its shape goes into the schema, its values are read elsewhere")]
enum Role {
    /// "#rrggbb", or one of a terminal's sixteen: "blue", "bright black".
    Color(String),
    /// Colours for each kind of terminal, and modifiers.
    Paint(Paint),
}

/// Colours for each kind of terminal, and modifiers; what is left out stays as it is.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its shape goes into the schema, its values are read elsewhere")]
struct Paint {
    /// "#rrggbb".
    rgb: Option<String>,
    /// Of xterm's 256. Default: the nearest.
    index: Option<u8>,
    /// Of the sixteen: "blue", "bright black".
    color: Option<String>,
    /// "bold", "dim", "italic", "underline", "reverse".
    modifiers: Option<Vec<String>>,
}

/// How pictures are drawn.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Pictures {
    /// By what the terminal can do.
    #[default]
    Auto,
    /// kitty's protocol.
    Kitty,
    /// iTerm2's protocol.
    Iterm2,
    /// Sixel.
    Sixel,
    /// Half blocks.
    Blocks,
    /// Not at all.
    Off,
}

/// Whose background is seen.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Background {
    /// The terminal's own where the theme is made for it, else the theme's.
    #[default]
    Auto,
    /// The terminal's own.
    Terminal,
    /// The theme's.
    Theme,
}

/// Which characters draw marks and lines.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Glyphs {
    /// Characters beyond ASCII.
    #[default]
    Unicode,
    /// ASCII alone.
    Ascii,
    /// As "unicode", with pictures from a font that was patched for them (nerdfonts.com).
    Nerd,
}

/// Where the cursor goes after a message left the list.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum AfterTriage {
    /// To the message below.
    #[default]
    Next,
    /// To the message above.
    Previous,
    /// To the message below; from an open message, back to the list.
    List,
}

/// Which panes are shown.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Layout {
    /// By the terminal's width.
    #[default]
    Auto,
    /// Folders, list and reader side by side.
    Three,
    /// The list over the reader.
    Stacked,
    /// The list alone.
    List,
    /// The reader alone.
    Reader,
}

/// What a row of a list is.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ListOf {
    /// A conversation.
    #[default]
    Conversations,
    /// A message.
    Messages,
}

/// A table whose entries keep the order of the file.
#[derive(Debug)]
pub(super) struct InOrder<T>(pub(super) Vec<(String, T)>);

impl<T> Default for InOrder<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for InOrder<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = InOrder<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(InOrder(entries))
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

/// Reads the file's shape.
pub(super) fn read(document: &Located<'_>) -> Result<File, Error> {
    read_as(document)
}

/// Reads a file of any shape, with mistakes in our words.
pub(super) fn read_as<T: serde::de::DeserializeOwned>(document: &Located<'_>) -> Result<T, Error> {
    let syntax = |e: &toml::de::Error| problem(document, "", e);
    let deserializer = toml::Deserializer::parse(document.text).map_err(|e| syntax(&e))?;
    serde_path_to_error::deserialize(deserializer)
        .map_err(|e| problem(document, &e.path().to_string(), e.inner()).into())
}

/// Turns serde's words into ours. Only `message()` is used: the error's own display quotes the line of the file, which
/// may be the one with the password.
fn problem(document: &Located<'_>, path: &str, error: &toml::de::Error) -> Problem {
    let offset = error.span().map_or(0, |span| span.start);
    let message = error.message();
    let key = if path == "." { "" } else { path };
    let joined = |word: &str| match key {
        "" => word.to_owned(),
        parent if parent == word || parent.ends_with(&format!(".{word}")) => parent.to_owned(),
        parent => format!("{parent}.{word}"),
    };
    if let Some(quoted) = message.strip_prefix("unknown field `") {
        let mut words = quoted.split('`').step_by(2);
        let found = words.next().unwrap_or_default();
        let known: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let mut problem = document.problem_at(offset, &joined(found), "there is no such key here");
        problem.nearest = nearest(found, known.iter().copied());
        if problem.nearest.is_none() && !known.is_empty() {
            problem.text = format!("there is no such key here; known are {}", known.join(", "));
        }
        return problem;
    }
    if let Some(quoted) = message.strip_prefix("unknown variant `") {
        let mut words = quoted.split('`').step_by(2);
        let found = words.next().unwrap_or_default();
        let known: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let list = known.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        let mut problem = document.problem_at(offset, key, format!("\"{found}\" is none of {list}"));
        problem.nearest = nearest(found, known.iter().copied());
        return problem;
    }
    if let Some(name) = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        return document.problem_at(offset, &joined(name), "this key is missing");
    }
    if key.ends_with(".password") {
        return document.problem_at(offset, key, "the password must be a string in quotes");
    }
    if key.ends_with(".client_secret") {
        return document.problem_at(offset, key, "the secret must be a string in quotes");
    }
    document.problem_at(offset, key, message)
}
