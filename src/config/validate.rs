//! From the file's shape to a [`Config`]: defaults, rules between keys, paths.

use std::net::IpAddr;
use std::path::PathBuf;

use super::compose::Signature;
use super::env::Env;
use super::error::{Error, Located, Problem};
use super::{
    Account, AfterTriage, Background, CachePolicy, ClientFiles, Compress, Config, Face, FolderNames, Glyphs, Hours,
    Identity, Imap, Layout, ListOf, Pictures, Prefetch, SavedSearch, Security, SignIn, ThemeChoice, Ui, raw,
};
use crate::query::parse::{Clock, parse};
use crate::sasl::{Mechanism, Wanted};
use crate::theme::Ink;
use crate::theme::file::{Change, overrides};

mod outgoing;
mod secret;

/// Checks what serde cannot and fills in the defaults.
pub(super) fn check(file: raw::File, document: &Located<'_>, env: &Env) -> Result<Config, Error> {
    let mut warnings = Vec::new();
    let (mut accounts, mut off): (Vec<Account>, Vec<String>) = (Vec::new(), Vec::new());
    for (name, raw) in file.accounts.0 {
        if raw.enabled == Some(false) {
            off.push(name.clone());
        }
        let account = Checker { name: &name, document, env }.account(raw, &mut warnings)?;
        accounts.push(account);
    }
    let keys = super::keys::check(file.keys, document)?;
    let compose = super::compose::check(file.compose, document, env)?;
    let notices = super::notices::check(file.notices, &accounts, document)?;
    let searches = searches(file.searches, document)?;
    let downloads = match file.downloads {
        Some(text) => Some(path_of(&text, &["downloads"], document, env)?),
        None => None,
    };
    let hours = hours(&file.ui, document)?;
    let path = Some(document.path().to_path_buf());
    let index_mb = file.index_mb.unwrap_or(super::INDEX_MB);
    let ui = Ui { hours, ..ui(&file.ui, document)? };
    let (disabled, accounts) = accounts.into_iter().partition(|account| off.contains(&account.name));
    Ok(Config { accounts, disabled, ui, notices, compose, keys, searches, downloads, index_mb, path, warnings })
}

/// Checks the searches with a name: each query can be read, no name and no digit is there twice.
fn searches(raw: Vec<raw::Search>, document: &Located<'_>) -> Result<Vec<SavedSearch>, Error> {
    let mut searches: Vec<SavedSearch> = Vec::new();
    for (at, raw::Search { name, query, key }) in raw.into_iter().enumerate() {
        let wrong = |field: &str, text: String| Err(document.problem_in("searches", at, field, text).into());
        if name.trim().is_empty() || name.chars().any(char::is_control) {
            return wrong("name", "a search needs a name".to_owned());
        }
        if searches.iter().any(|other| other.name.eq_ignore_ascii_case(&name)) {
            return wrong("name", format!("there is a search \"{name}\" already"));
        }
        if key.is_some_and(|key| !(1..=9).contains(&key)) {
            return wrong("key", "a key is a digit from 1 to 9".to_owned());
        }
        if let Some(other) = searches.iter().find(|other| key.is_some() && other.key == key) {
            return wrong("key", format!("\"{}\" has this digit already", other.name));
        }
        if query.trim().is_empty() {
            return wrong("query", "there is nothing to search for".to_owned());
        }
        // What "today" is changes nothing in whether it can be read.
        if let Err(error) = parse(&query, Clock::default()) {
            return wrong("query", format!("column {} of the query: {}", error.column + 1, error.message));
        }
        searches.push(SavedSearch { name, query, key });
    }
    Ok(searches)
}

/// Checks one account; problems name its keys.
struct Checker<'c> {
    name: &'c str,
    document: &'c Located<'c>,
    env: &'c Env,
}

/// The keys of a pin.
struct PinKeys<'a> {
    pin: Option<&'a str>,
    /// Whether a root is named as well.
    ca_file: bool,
    remote: Option<bool>,
}

impl Checker<'_> {
    fn problem(&self, key: &[&str], text: impl Into<String>) -> Problem {
        let whole: Vec<&str> = ["accounts", self.name].into_iter().chain(key.iter().copied()).collect();
        self.document.problem(&whole, text)
    }

    fn account(&self, raw: raw::Account, warnings: &mut Vec<String>) -> Result<Account, Error> {
        let fine = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+' | ' ');
        if self.name.trim().is_empty() || self.name.trim() != self.name || !self.name.chars().all(fine) {
            let text = "an account's name is made of letters, digits, spaces and - _ . @ +";
            return Err(self.problem(&[], text).into());
        }
        if !is_address(&raw.email) {
            return Err(self.problem(&["email"], NO_ADDRESS).into());
        }
        let color = match &raw.color {
            Some(text) => Some(self.color(text)?),
            None => None,
        };
        if raw.cache.max_mb == 0 {
            let text = "must be at least 1: with 0 a message could not even be shown";
            return Err(self.problem(&["cache", "max_mb"], text).into());
        }
        let imap = self.imap(raw.imap, raw.oauth, &raw.email, warnings)?;
        Ok(Account {
            outgoing: self.outgoing(raw.smtp, raw.send, (&imap, &raw.email), warnings)?,
            imap,
            name: self.name.to_owned(),
            email: raw.email,
            display_name: raw.name.filter(|name| !name.trim().is_empty()),
            color,
            identities: self.identities(raw.identities)?,
            signature: self.signature("signature", raw.signature)?,
            folders: self.folders(raw.folders)?,
            cache: CachePolicy { max_mb: raw.cache.max_mb, prefetch: prefetch(raw.cache.prefetch) },
        })
    }

    fn color(&self, text: &str) -> Result<Ink, Error> {
        if let Some(ink) = Ink::parse(text.trim()) {
            return Ok(ink);
        }
        let text = "this is no colour: it is \"#rrggbb\", or a role of the theme that is for text, such as \"accent\", \
                    \"ok\" or \"q1\"";
        Err(self.problem(&["color"], text).into())
    }

    fn signature(&self, key: &str, text: Option<String>) -> Result<Option<Signature>, Error> {
        let read = |text| super::compose::signature(text, self.document, self.env);
        text.map(read).transpose().map_err(|reason| self.problem(&[key], reason).into())
    }

    fn identities(&self, raw: Vec<raw::Identity>) -> Result<Vec<Identity>, Error> {
        let identity = |raw::Identity { email, name, signature }| {
            if !is_address(&email) {
                return Err(self.problem(&["identities"], format!("\"{email}\": {NO_ADDRESS}")).into());
            }
            let signature = self.signature("identities", signature)?;
            Ok(Identity { email, name: name.filter(|name| !name.trim().is_empty()), signature })
        };
        raw.into_iter().map(identity).collect()
    }

    fn imap(
        &self,
        mut raw: raw::Imap,
        oauth: Option<raw::OAuth>,
        email: &str,
        warnings: &mut Vec<String>,
    ) -> Result<Imap, Error> {
        let sign_in = self.sign_in(&raw)?;
        let host = match (&raw.host, &sign_in.command) {
            (Some(host), _) => self.host("imap", host)?,
            // As with a bridge on this machine, the address says who the provider is.
            (None, Some(_)) => "localhost".to_owned(),
            (None, None) => return Err(self.problem(&["imap", "host"], "this key is missing").into()),
        };
        let security = self.security("imap", raw.security, &host, sign_in.command.is_some())?;
        if raw.port == Some(0) {
            return Err(self.problem(&["imap", "port"], "a port is a number from 1 to 65535").into());
        }
        let ca_file = match &raw.ca_file {
            Some(text) => Some(self.path("ca_file", text)?),
            None => None,
        };
        let keys = PinKeys { pin: raw.pin.as_deref(), ca_file: ca_file.is_some(), remote: raw.pin_remote };
        let pin = self.pin("imap", &keys, &host, security)?;
        if raw.user.as_deref() == Some("") {
            return Err(self.problem(&["imap", "user"], "the name to sign in with is empty").into());
        }
        let port = raw.port.unwrap_or(Account::default_port(security));
        let compress = match raw.compress {
            raw::Compress::Switch(true) => Compress::Always,
            raw::Compress::Switch(false) => Compress::Never,
            raw::Compress::Word(raw::Auto::Auto) => Compress::Auto,
        };
        let authserv_ids = raw.authserv_ids.clone();
        let user = raw.user.clone();
        let secret = self.secret(&mut raw, oauth, (&sign_in, &host), warnings)?;
        // A certificate says who it is for: a name is sent beside it only where one is configured.
        let named = !sign_in.by_certificate(&secret);
        let user = user.or_else(|| named.then(|| email.to_owned())).unwrap_or_default();
        Ok(Imap { host, port, security, user, secret, ca_file, pin, compress, sign_in, authserv_ids })
    }

    /// A host's name or address, without brackets; a name beyond ASCII as it is asked for (RFC 5891, section 4).
    fn host(&self, table: &str, text: &str) -> Result<String, Error> {
        let host = text.trim_start_matches('[').trim_end_matches(']');
        let odd = |c: char| c.is_whitespace() || c.is_control() || c == '/';
        let asked = match host {
            host if host.is_empty() || host.chars().any(odd) => None,
            host if host.is_ascii() => Some(host.to_owned()),
            host => idna::domain_to_ascii(host).ok(),
        };
        asked.ok_or_else(|| {
            let text = format!("this is no host name: it should look like {table}.example.org");
            self.problem(&[table, "host"], text).into()
        })
    }

    /// How a connection is protected; `inside`: it does not leave this computer anyhow.
    fn security(&self, table: &str, raw: raw::Security, host: &str, inside: bool) -> Result<Security, Error> {
        let security = match raw {
            raw::Security::Tls => Security::Tls,
            raw::Security::StartTls => Security::StartTls,
            raw::Security::None => Security::None,
        };
        if security == Security::None && !is_loopback(host) && !inside {
            let text = format!(
                "\"none\" would send your password in clear to {host}: it is accepted for localhost, 127.0.0.0/8 \
                 and ::1 alone; use \"tls\" or \"starttls\""
            );
            return Err(self.problem(&[table, "security"], text).into());
        }
        Ok(security)
    }

    fn path(&self, key: &str, text: &str) -> Result<PathBuf, Error> {
        path_of(text, &["accounts", self.name, "imap", key], self.document, self.env)
    }

    /// The way in, besides the secret.
    fn sign_in(&self, raw: &raw::Imap) -> Result<SignIn, Error> {
        let wrong = |key: &str, text: &str| Err(self.problem(&["imap", key], text).into());
        let auth = wanted(raw.auth);
        let client = match (&raw.client_cert, &raw.client_key) {
            (Some(certificate), key) => {
                let key = key.as_ref().map(|key| self.path("client_key", key)).transpose()?;
                let certificate = self.path("client_cert", certificate)?;
                Some(ClientFiles { key: key.unwrap_or_else(|| certificate.clone()), certificate })
            }
            (None, Some(_)) => return wrong("client_key", "a key needs its certificate: add client_cert"),
            (None, None) => None,
        };
        if client.is_some() && matches!(raw.security, raw::Security::None) {
            return wrong("client_cert", "there is no certificate without TLS: use \"tls\" or \"starttls\"");
        }
        if auth == Wanted::Only(Mechanism::External) && client.is_none() && raw.command.is_none() {
            return wrong("auth", "\"external\" signs in by a certificate: add client_cert");
        }
        let Some(command) = &raw.command else { return Ok(SignIn { auth, client, command: None }) };
        if command.trim().is_empty() {
            return wrong("command", "the command is empty");
        }
        let sockets = [
            ("port", raw.port.is_some()),
            ("ca_file", raw.ca_file.is_some()),
            ("pin", raw.pin.is_some()),
            ("client_cert", client.is_some()),
        ];
        if let Some((key, _)) = sockets.into_iter().find(|(_, there)| *there) {
            let text = "a command makes the connection: keep one of the two";
            return wrong(key, text);
        }
        Ok(SignIn { auth, client: None, command: Some(command.clone()) })
    }

    /// A pin takes the place of every other check: on this computer that is what a bridge needs; elsewhere the user has to
    /// say that it is meant (PS19).
    fn pin(&self, table: &str, keys: &PinKeys<'_>, host: &str, security: Security) -> Result<Option<[u8; 32]>, Error> {
        let Some(text) = keys.pin else { return Ok(None) };
        let wrong = |why: &str| Err(self.problem(&[table, "pin"], why).into());
        let Some(pin) = fingerprint(text) else {
            return wrong("a pin is \"sha256:\" and the 64 hex digits of a certificate's SHA-256");
        };
        if security == Security::None {
            return wrong("there is no certificate without TLS: use \"tls\" or \"starttls\"");
        }
        if keys.ca_file {
            return wrong("pin and ca_file exclude each other: keep one of them");
        }
        if !is_loopback(host) && keys.remote != Some(true) {
            return wrong(
                "a pin is for a server on this computer; for another one, where its owner may change the certificate at \
                 any time, say pin_remote = true as well",
            );
        }
        Ok(Some(pin))
    }

    fn folders(&self, raw: raw::Folders) -> Result<FolderNames, Error> {
        let names = [
            ("archive", &raw.archive),
            ("drafts", &raw.drafts),
            ("sent", &raw.sent),
            ("junk", &raw.junk),
            ("trash", &raw.trash),
            ("snoozed", &raw.snoozed),
        ];
        for (at, (role, name)) in names.iter().enumerate() {
            let Some(name) = name else { continue };
            if name.is_empty() || name.chars().any(char::is_control) {
                return Err(self.problem(&["folders", role], "this is no name of a folder").into());
            }
            if name.eq_ignore_ascii_case("INBOX") {
                return Err(self.problem(&["folders", role], "the inbox cannot have a second role").into());
            }
            if let Some((other, _)) = names.iter().take(at).find(|(_, taken)| taken.as_ref() == Some(name)) {
                let text = format!("\"{name}\" is already the folder for {other}");
                return Err(self.problem(&["folders", role], text).into());
            }
        }
        let raw::Folders { archive, drafts, sent, junk, trash, snoozed } = raw;
        Ok(FolderNames { archive, drafts, sent, junk, trash, snoozed })
    }
}

/// What is said of what is no address.
const NO_ADDRESS: &str = "this is no address: it should look like ada@example.org";

fn is_address(text: &str) -> bool {
    let shaped = text.rsplit_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    shaped && !text.chars().any(|c| c.is_control() || c.is_whitespace())
}

fn wanted(auth: raw::Auth) -> Wanted {
    match auth {
        raw::Auth::Auto => Wanted::Automatic,
        raw::Auth::Plain => Wanted::Only(Mechanism::Plain),
        raw::Auth::Login => Wanted::Only(Mechanism::Login),
        raw::Auth::ScramSha256 => Wanted::Only(Mechanism::ScramSha256),
        raw::Auth::ScramSha256Plus => Wanted::Only(Mechanism::ScramSha256Plus),
        raw::Auth::External => Wanted::Only(Mechanism::External),
        raw::Auth::Xoauth2 => Wanted::Only(Mechanism::XOauth2),
        raw::Auth::Oauthbearer => Wanted::Only(Mechanism::OAuthBearer),
    }
}

/// Expands a path; a relative one starts at the config file.
fn path_of(text: &str, key: &[&str], document: &Located<'_>, env: &Env) -> Result<PathBuf, Error> {
    let path = env.expand(text).map_err(|reason| document.problem(key, reason))?;
    match document.path().parent() {
        Some(directory) if path.is_relative() => Ok(directory.join(path)),
        Some(_) | None => Ok(path),
    }
}

/// `sha256:` and 64 hex digits, with or without colons between the bytes, as `openssl x509 -fingerprint` prints them.
fn fingerprint(text: &str) -> Option<[u8; 32]> {
    let digits: String = text.trim().to_ascii_lowercase().strip_prefix("sha256:")?.replace(':', "");
    if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut pin = [0; 32];
    for (byte, digits) in pin.iter_mut().zip(digits.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(pin)
}

/// Whether clear text to this host stays on this machine.
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn ui(raw: &raw::Ui, document: &Located<'_>) -> Result<Ui, Error> {
    let theme = |name: &Option<String>, key: &str, default: &str| match name.as_deref().map(str::trim) {
        None => Ok(default.to_owned()),
        Some("" | "auto") => Err(document.problem(&["ui", key], "this must be the name of a theme")),
        Some(name) => Ok(name.to_owned()),
    };
    // The table was read once to see whether it is TOML; the reader of themes knows what a role is and where it stands.
    let roles = if raw.roles.is_empty() { Vec::new() } else { roles(document)? };
    Ok(Ui {
        theme: match raw.theme.as_deref() {
            None | Some("auto") => ThemeChoice::Auto,
            Some(name) => ThemeChoice::Named(name.trim().to_owned()),
        },
        theme_dark: theme(&raw.theme_dark, "theme_dark", "dusk")?,
        theme_light: theme(&raw.theme_light, "theme_light", "paper")?,
        roles,
        background: match raw.background {
            raw::Background::Auto => Background::Auto,
            raw::Background::Terminal => Background::Terminal,
            raw::Background::Theme => Background::Theme,
        },
        glyphs: match raw.glyphs {
            raw::Glyphs::Unicode => Glyphs::Unicode,
            raw::Glyphs::Ascii => Glyphs::Ascii,
            raw::Glyphs::Nerd => Glyphs::Nerd,
        },
        after_triage: match raw.after_triage {
            raw::AfterTriage::Next => AfterTriage::Next,
            raw::AfterTriage::Previous => AfterTriage::Previous,
            raw::AfterTriage::List => AfterTriage::List,
        },
        layout: match raw.layout {
            raw::Layout::Auto => Layout::Auto,
            raw::Layout::Three => Layout::ThreePanes,
            raw::Layout::Stacked => Layout::Stacked,
            raw::Layout::List => Layout::ListOnly,
            raw::Layout::Reader => Layout::ReaderOnly,
        },
        list: match raw.list {
            raw::ListOf::Conversations => ListOf::Conversations,
            raw::ListOf::Messages => ListOf::Messages,
        },
        pictures: match raw.pictures {
            raw::Pictures::Auto => Pictures::Auto,
            raw::Pictures::Kitty => Pictures::Kitty,
            raw::Pictures::Iterm2 => Pictures::Iterm2,
            raw::Pictures::Sixel => Pictures::Sixel,
            raw::Pictures::Blocks => Pictures::Blocks,
            raw::Pictures::Off => Pictures::Off,
        },
        links_as_sent: raw.clean_links == Some(false),
        copy_command: raw.copy_command.clone().filter(|command| !command.trim().is_empty()),
        reduced_motion: raw.reduced_motion,
        hours: Hours::default(),
        face: Face::of(raw.linear),
        mouse: raw.mouse,
    })
}

/// What is changed of any theme; where a role stands is kept out, so that two readings can be compared.
fn roles(document: &Located<'_>) -> Result<Vec<Change>, Error> {
    let changes = overrides(document.text, &["ui", "roles"]).map_err(|mistake| document.mistake(mistake))?;
    Ok(changes.into_iter().map(|change| Change { at: 0, ..change }).collect())
}

/// Checks the hours at which what is put off comes back.
fn hours(raw: &raw::Ui, document: &Located<'_>) -> Result<Hours, Error> {
    let default = Hours::default();
    let hour = |key: &str, hour: Option<u8>, default: u8| match hour {
        Some(24..) => Err(Error::from(document.problem(&["ui", key], "an hour is a number from 0 to 23"))),
        Some(hour) => Ok(hour),
        None => Ok(default),
    };
    let morning = hour("morning", raw.morning, default.morning)?;
    let evening = hour("evening", raw.evening, default.evening)?;
    if evening <= morning {
        return Err(document.problem(&["ui", "evening"], "the evening comes after the morning").into());
    }
    Ok(Hours { morning, evening })
}

fn prefetch(raw: raw::Prefetch) -> Prefetch {
    match raw {
        raw::Prefetch::None => Prefetch::None,
        raw::Prefetch::Visible => Prefetch::Visible,
        raw::Prefetch::Recent => Prefetch::Recent,
        raw::Prefetch::All => Prefetch::All,
    }
}
