//! Takes out of a text whose it is: names, addresses, servers, folders, paths, secrets, exact counts.
//!
//! What is known by config and cache is looked for as it is; then whatever looks like an address, a server, a path or a
//! token goes by its shape. A word too many is no harm here, one too few is.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use secrecy::ExposeSecret;

use crate::cli::logging::SAID;
use crate::config::env::Env;
use crate::config::notices::{Place, Via};
use crate::config::oauth::ClientSecret;
use crate::config::outgoing::{Outgoing, Way};
use crate::config::paths::Paths;
use crate::config::secret::Secret;
use crate::config::{Account, Config};
use crate::dir_lock::Access;
use crate::journal::Journal;
use crate::setup::providers;
use crate::store::Cache;

/// Words of this length and more are looked for within others too.
const LONG: usize = 6;
/// What looks like a token has at least so many characters.
const TOKEN: usize = 20;
/// Names of folders that tell nothing, and words that our own sentences need.
const COMMON: [&str; 16] = [
    "inbox",
    "snoozed",
    "drafts",
    "sent",
    "archive",
    "junk",
    "trash",
    "all",
    "flagged",
    "spam",
    "starred",
    "important",
    "mail",
    "all mail",
    "sent mail",
    "[gmail]",
];
/// Files of ours, by how their names begin.
const FILES: [&str; 8] =
    ["cache.db", "journal.db", "posthaste.log", "trace.log", "config.toml", "keys.toml", "tokens", "oauth.store"];
/// What is counted: such numbers are rounded.
const COUNTED: [&str; 6] = ["message", "mail", "text", "change", "folder", "unread"];

/// Keys of the config as our sentences name them, by table: they look like names of hosts. One with an underscore does not.
const KEYS: [(&str, &[&str]); 4] = [
    (
        "imap",
        &["auth", "command", "compress", "host", "keyring", "password", "pin", "port", "prompt", "security", "user"],
    ),
    ("smtp", &["auth", "host", "password", "pin", "port", "security", "user"]),
    ("send", &["command", "notices"]),
    ("oauth", &["provider", "scopes", "store"]),
];

/// Takes out of texts whose they are.
pub(super) struct Redactor {
    accounts: Vec<String>,
    /// The longest first.
    words: Vec<Word>,
}

/// A text that is private.
struct Word {
    /// In lower case, a character for each of its own.
    chars: Vec<char>,
    /// What stands in its place.
    shown: String,
    /// Whether it is looked for within words.
    anywhere: bool,
}

/// A part of a text.
enum Piece {
    /// Not looked at yet.
    Raw(String),
    /// Stands for something private.
    Shown(String),
}

impl Redactor {
    /// Knows what config, cache and queue know. Without a config that can be read, all values in its file count as private.
    pub(super) fn new(env: &Env, paths: &Paths, config: Option<&Config>) -> Self {
        let mut new = Self { accounts: Vec::new(), words: Vec::new() };
        new.places(env, paths);
        match config {
            Some(config) => new.config(config),
            None => new.file(&paths.config),
        }
        new.disk(paths);
        new.words.sort_by_key(|word| std::cmp::Reverse(word.chars.len()));
        new
    }

    /// What an account is called in the report.
    pub(super) fn account(&self, name: &str) -> String {
        let place = self.accounts.iter().position(|known| known == name);
        place.map_or_else(|| "<account>".to_owned(), |place| format!("<account-{}>", place + 1))
    }

    /// The text without what is private.
    pub(super) fn text(&self, text: &str) -> String {
        let mut pieces = vec![Piece::Raw(until_said(text))];
        for word in &self.words {
            pieces = pieces
                .into_iter()
                .flat_map(|piece| match piece {
                    Piece::Raw(raw) => word.split(&raw),
                    Piece::Shown(_) => vec![piece],
                })
                .collect();
        }
        let mut out = String::new();
        for piece in pieces {
            match piece {
                Piece::Raw(raw) => {
                    let behind = out.ends_with(['>', '~']);
                    by_shape(&raw, behind, &mut out);
                }
                Piece::Shown(shown) => {
                    without_a_beginning(&mut out);
                    out.push_str(&shown);
                }
            }
        }
        rounded(&out)
    }

    /// The same, and without anything that stands in quotes.
    pub(super) fn without_quotes(&self, text: &str) -> String {
        let mut out = String::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            out.push(c);
            if c != '"' && c != '`' {
                continue;
            }
            out.push('…');
            while let Some(inner) = chars.next() {
                if inner == '\\' {
                    chars.next();
                } else if inner == c {
                    out.push(c);
                    break;
                }
            }
        }
        self.text(&out)
    }

    fn add(&mut self, text: &str, shown: &str, anywhere: bool) {
        let text = text.trim();
        if text.chars().count() < 2 || COMMON.iter().any(|common| text.eq_ignore_ascii_case(common)) {
            return;
        }
        self.words.push(Word { chars: lower(text), shown: shown.to_owned(), anywhere });
    }

    /// A name: as a whole word, a long one anywhere.
    fn name(&mut self, text: &str, shown: &str) {
        self.add(text, shown, text.chars().count() >= LONG);
    }

    fn places(&mut self, env: &Env, paths: &Paths) {
        let mut dir = |path: &Path, shown: &str| self.add(&path.to_string_lossy(), shown, true);
        dir(&paths.config, "<config>");
        dir(&paths.cache, "<cache>");
        dir(&paths.data, "<data>");
        dir(&paths.state, "<state>");
        if let Some(home) = env.path("HOME") {
            dir(&home, "~");
        }
        for name in ["USER", "LOGNAME"] {
            if let Some(user) = env.get(name) {
                self.name(&user.to_string_lossy(), "<user>");
            }
        }
        let machine = env.get("HOSTNAME").map(|name| name.to_string_lossy().into_owned());
        for name in machine.into_iter().chain(std::fs::read_to_string("/etc/hostname").ok()) {
            self.name(&name, "<machine>");
        }
    }

    fn config(&mut self, config: &Config) {
        for account in config.accounts.iter().chain(&config.disabled) {
            self.of_account(account);
        }
        for search in &config.searches {
            self.name(&search.name, "<search>");
            self.name(&search.query, "<search>");
        }
        for place in &config.notices.folders {
            if let Place::Folder(_, path) = place {
                self.name(path, "<folder>");
            }
        }
        for vip in &config.notices.vip {
            self.address(vip, "<address>");
        }
        if let Via::Command(words) = &config.notices.via {
            for word in words {
                self.name(word, "<command>");
            }
        }
        if let Some(command) = &config.ui.copy_command {
            self.name(command, "<command>");
        }
        if let Some(dir) = &config.downloads {
            self.name(&dir.to_string_lossy(), "<path>");
        }
    }

    fn of_account(&mut self, account: &Account) {
        self.known_account(&account.name);
        let number = self.accounts.len();
        for address in account.addresses() {
            self.address(address, &format!("<address-{number}>"));
        }
        for name in account.names() {
            self.name(name, "<name>");
            name.split_whitespace().for_each(|part| self.name(part, "<name>"));
        }
        let imap = &account.imap;
        self.address(&imap.user, "<user>");
        if !providers::knows_host(&imap.host) && !is_here(&imap.host) {
            self.name(&imap.host, &format!("<host-{number}>"));
        }
        imap.authserv_ids.iter().for_each(|id| self.name(id, "<host>"));
        if let Some(command) = &imap.sign_in.command {
            self.name(command, "<command>");
        }
        let folders = &account.folders;
        let named = [&folders.archive, &folders.drafts, &folders.sent, &folders.junk, &folders.trash, &folders.snoozed];
        named.into_iter().flatten().for_each(|folder| self.folder(folder));
        self.secret(&imap.secret);
        self.outgoing(&account.outgoing, number);
    }

    fn outgoing(&mut self, outgoing: &Outgoing, number: usize) {
        match &outgoing.way {
            Some(Way::Command(command)) => self.name(command, "<command>"),
            Some(Way::Smtp(smtp)) => {
                self.address(&smtp.user, "<user>");
                if !providers::knows_host(&smtp.host) && !is_here(&smtp.host) {
                    self.name(&smtp.host, &format!("<smtp-{number}>"));
                }
            }
            None => {}
        }
        if let Some(secret) = outgoing.own_secret() {
            self.secret(secret);
        }
    }

    fn secret(&mut self, secret: &Secret) {
        match secret {
            Secret::Plain(secret) => self.add(secret.expose_secret(), "<secret>", true),
            Secret::Command(command) | Secret::TokenCommand(command) => self.name(command, "<command>"),
            Secret::OAuth(oauth) => {
                self.add(&oauth.client_id, "<client>", true);
                match &oauth.client_secret {
                    ClientSecret::Plain(secret) => self.add(secret.expose_secret(), "<secret>", true),
                    ClientSecret::Command(command) => self.name(command, "<command>"),
                    ClientSecret::None | ClientSecret::Keyring => {}
                }
            }
            Secret::Keyring | Secret::Prompt | Secret::None => {}
        }
    }

    /// An address, and what is before and behind its `@`; a domain that everybody knows tells nothing.
    fn address(&mut self, address: &str, shown: &str) {
        self.name(address, shown);
        if let Some((local, domain)) = address.rsplit_once('@') {
            self.name(local, "<user>");
            if providers::of_domain(&domain.to_lowercase()).is_none() {
                self.name(domain, "<domain>");
            }
        }
    }

    fn folder(&mut self, path: &str) {
        // Within words it is not looked for: folders are called like anything.
        self.add(path, "<folder>", false);
        path.split(['/', '.'])
            .filter(|part| part.chars().count() > 2)
            .for_each(|part| self.add(part, "<folder>", false));
    }

    fn known_account(&mut self, name: &str) {
        if !self.accounts.iter().any(|known| known == name) {
            self.accounts.push(name.to_owned());
            let shown = self.account(name);
            self.add(name, &shown, false);
        }
    }

    /// All that a config says which is not understood: its tables' names and its values, with quotes and without.
    fn file(&mut self, path: &Path) {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        for line in text.lines() {
            let line = line.trim();
            if let Some(table) = line.strip_prefix('[') {
                table.trim_end_matches(']').split('.').skip(1).for_each(|part| self.name(part, "<private>"));
                continue;
            }
            let value = line.split_once('=').map_or(line, |(_, value)| value);
            for part in value.split(|c: char| c.is_whitespace() || "\"'[]{},#=".contains(c)) {
                self.address(part, "<private>");
            }
            value.split(['"', '\'']).for_each(|part| self.name(part, "<private>"));
        }
    }

    /// Accounts and folders of cache and queue: those that went out of the config too.
    fn disk(&mut self, paths: &Paths) {
        let cached = Cache::open(&paths.cache, Access::ReadOnly).and_then(|cache| {
            let reader = cache.reader()?;
            Ok((reader.accounts()?, reader.folders()?))
        });
        let (accounts, folders) = cached.unwrap_or_default();
        let queued = Journal::open(&paths.data, Access::ReadOnly).and_then(|journal| journal.waiting_by_account());
        let queued = queued.unwrap_or_default().into_iter().map(|(name, _)| name);
        accounts.into_iter().map(|(_, name)| name).chain(queued).for_each(|name| self.known_account(&name));
        for row in folders {
            self.folder(row.path.as_str());
        }
    }
}

impl Word {
    /// The text with something else in the place of this word, wherever it stands.
    fn split(&self, text: &str) -> Vec<Piece> {
        let (own, folded): (Vec<char>, Vec<char>) = (text.chars().collect(), lower(text));
        let (mut pieces, mut raw, mut at) = (Vec::new(), String::new(), 0);
        while let Some(c) = own.get(at) {
            if self.stands_at(&folded, at) {
                pieces.push(Piece::Raw(std::mem::take(&mut raw)));
                pieces.push(Piece::Shown(self.shown.clone()));
                at += self.chars.len();
            } else {
                raw.push(*c);
                at += 1;
            }
        }
        pieces.push(Piece::Raw(raw));
        pieces
    }

    fn stands_at(&self, text: &[char], at: usize) -> bool {
        let edge = |place: Option<&char>| place.is_none_or(|c| !c.is_alphanumeric());
        text.get(at..).is_some_and(|rest| rest.starts_with(&self.chars))
            && (self.anywhere
                || (edge(at.checked_sub(1).and_then(|before| text.get(before)))
                    && edge(text.get(at + self.chars.len()))))
    }
}

/// Without what a command of the user's said, which is the end of a text: nobody knows what is in it, a person's name or a
/// token.
fn until_said(text: &str) -> String {
    text.split_once(SAID).map_or_else(|| text.to_owned(), |(before, _)| format!("{before}{SAID} …"))
}

/// In lower case, a character for each: places stay what they are.
fn lower(text: &str) -> Vec<char> {
    text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect()
}

/// Whether what stands last is a key of the config up to an account's name.
fn is_key(text: &str) -> bool {
    text.rsplit_once("accounts.<account-")
        .is_some_and(|(_, rest)| rest.ends_with('>') && rest.matches('>').count() == 1)
}

/// A host that is this machine.
fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Takes off what is joined to a private word that follows: `mail2.` before a domain.
fn without_a_beginning(out: &mut String) {
    let at = out.rfind(|c: char| !c.is_alphanumeric() && !".-_".contains(c));
    let from = at.map_or(0, |at| at + out.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
    let joined = out.get(from..).unwrap_or_default();
    if joined.len() > 1 && joined.ends_with(['.', '-', '_']) && joined != "accounts." {
        out.truncate(from);
        out.push_str("<…>");
    }
}

/// What has the shape of something private goes; `behind`: something private stands before it.
fn by_shape(text: &str, behind: bool, out: &mut String) {
    let divides = |c: char| c.is_whitespace() || "\"'`(),;<>[]{}=|…".contains(c);
    let mut first = behind;
    for part in text.split_inclusive(divides) {
        let token = part.trim_end_matches(divides);
        let end = part.strip_prefix(token).unwrap_or_default();
        let core = token.trim_end_matches(['.', ':', '!', '?']);
        let tail = token.strip_prefix(core).unwrap_or_default();
        // Of a key of the config the account's name is in the middle.
        let joined = core.len() > 1 && core.starts_with(['.', '-', '_']) && !is_key(out);
        out.push_str(&if first && joined { "<…>".to_owned() } else { shape(core, first) });
        out.extend([tail, end]);
        first = false;
    }
}

fn shape(token: &str, behind: bool) -> String {
    let is_ours = |name: &str| !name.contains('/') && FILES.iter().any(|file| name.starts_with(file));
    let (host, port) = match token.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()) => {
            (host, format!(":{port}"))
        }
        Some(_) | None => (token, String::new()),
    };
    let known = names_key(host) || providers::knows_host(host) || (behind && token.starts_with('.'));
    let address = token.parse::<IpAddr>().ok().or_else(|| token.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    if address.is_some_and(|address| !address.is_loopback()) {
        "<ip>".to_owned()
    } else if address.is_some() || is_ours(token) || token.starts_with("src/") {
        token.to_owned()
    } else if is_fingerprint(token) {
        "<fingerprint>".to_owned()
    } else if token.contains("://") {
        "<url>".to_owned()
    } else if token.chars().count() > 2 && token.contains('@') {
        "<address>".to_owned()
    } else if let Some(name) = token.strip_prefix('/').filter(|name| !name.is_empty() && behind) {
        if is_ours(name) { token.to_owned() } else { "/<path>".to_owned() }
    } else if token.chars().count() > 1 && token.contains('/') {
        "<path>".to_owned()
    } else if is_host(host) && !known {
        format!("<host>{port}")
    } else if is_token(token) {
        "<token>".to_owned()
    } else {
        token.to_owned()
    }
}

/// Whether this is a name with dots that ends as domains do. A key of the config has an underscore at its end, or more.
fn is_host(text: &str) -> bool {
    let labels: Vec<&str> = text.trim_start_matches('.').split('.').collect();
    let fine = |label: &&str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    let ends = |label: &&str| label.chars().count() > 1 && label.chars().all(|c| c.is_alphabetic() || c == '-');
    labels.len() > 1 && labels.iter().all(fine) && labels.last().is_some_and(ends)
}

/// Whether this is a key of the config, as `smtp.host`.
fn names_key(text: &str) -> bool {
    let of = |(table, keys): &(&str, &[&str])| {
        let key = text.strip_prefix(table).and_then(|rest| rest.strip_prefix('.'));
        key.is_some_and(|key| keys.contains(&key))
    };
    KEYS.iter().any(of)
}

/// Whether this is the fingerprint of a certificate or a key, by which it can be looked up: `sha256:` or `SHA256:` before
/// it, or colons between its bytes.
fn is_fingerprint(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let bytes: Vec<&str> = lower.split(':').collect();
    lower.starts_with("sha256:")
        || (bytes.len() >= 16
            && bytes.iter().all(|byte| byte.len() == 2 && byte.chars().all(|c| c.is_ascii_hexdigit())))
}

/// Whether this is long, and of letters and digits without a word in it: a token, a fingerprint, an identity.
fn is_token(text: &str) -> bool {
    text.len() >= TOKEN
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+/_-.~%".contains(c))
        && text.chars().any(|c| c.is_ascii_digit())
        && text.chars().any(|c| c.is_ascii_alphabetic())
        // A time of the log.
        && !text.starts_with("20")
}

/// Counts of mail to one digit: an exact one may tell whose it is.
fn rounded(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let counts = |place: usize| {
        words
            .get(place)
            .is_some_and(|word| COUNTED.iter().any(|counted| word.trim_start_matches('(').starts_with(counted)))
    };
    let one = |(place, word): (usize, &&str)| -> String {
        // "9210 messages", "9210 of 9310 messages".
        let of = words.get(place + 1) == Some(&"of") && counts(place + 3);
        let plain = word.trim_start_matches('(');
        match plain.parse::<u64>() {
            Ok(number) if number >= 10 && (counts(place + 1) || of) => {
                let before = word.strip_suffix(plain).unwrap_or_default();
                format!("{before}~{}", to_one_digit(number))
            }
            Ok(_) | Err(_) => (*word).to_owned(),
        }
    };
    words.iter().enumerate().map(one).collect::<Vec<_>>().join(" ")
}

fn to_one_digit(number: u64) -> u64 {
    let unit = 10_u64.saturating_pow(number.checked_ilog10().unwrap_or(0));
    number / unit * unit
}

#[cfg(test)]
mod tests;
