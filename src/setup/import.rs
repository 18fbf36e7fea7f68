//! Accounts out of the configs of other programs: aerc, mutt and neomutt, himalaya, mbsync.
//!
//! A parser a program, from text to [`Imported`]; nothing in a file is ever run, and no file is read beyond a megabyte.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::config::edit::{NewAccount, NewSecret};
use crate::config::env::Env;
use crate::config::{Account, Security};
use crate::setup::plan::Way;
use crate::setup::providers;

mod aerc;
mod himalaya;
mod mbsync;
mod mutt;
mod sending;

use sending::Sending;

/// How much of a config is read: a hundred times what people write.
const LIMIT: u64 = 1_000_000;

/// How many accounts are taken of a file.
const ACCOUNTS: usize = 100;

/// A program whose config is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Program {
    /// aerc: `accounts.conf`.
    Aerc,
    /// mutt and neomutt.
    Mutt,
    /// himalaya, from its first format to its latest.
    Himalaya,
    /// mbsync, of the package isync.
    Mbsync,
}

impl Program {
    /// All of them, in the order in which they are looked for.
    pub const ALL: [Self; 4] = [Self::Aerc, Self::Mutt, Self::Himalaya, Self::Mbsync];

    /// Its name, as it is typed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aerc => "aerc",
            Self::Mutt => "mutt",
            Self::Himalaya => "himalaya",
            Self::Mbsync => "mbsync",
        }
    }

    /// Where its config usually lies, whether or not it does.
    pub fn places(self, env: &Env) -> Vec<PathBuf> {
        let home = env.path("HOME");
        let xdg = env.path("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
        let xdg = xdg.or_else(|| home.as_ref().map(|home| home.join(".config")));
        let below: (&[&str], &[&str]) = match self {
            Self::Aerc => (&["aerc/accounts.conf"], &["Library/Preferences/aerc/accounts.conf"]),
            Self::Mutt => (
                &["neomutt/neomuttrc", "neomutt/muttrc", "mutt/muttrc"],
                &[".neomuttrc", ".neomutt/neomuttrc", ".muttrc", ".mutt/muttrc"],
            ),
            Self::Himalaya => (&["himalaya/config.toml"], &[".himalaya.toml", ".himalayarc"]),
            Self::Mbsync => (&["isyncrc"], &[".mbsyncrc"]),
        };
        let in_xdg = xdg.into_iter().flat_map(|base| below.0.iter().map(move |name| base.join(name)));
        let in_home = home.into_iter().flat_map(|base| below.1.iter().map(move |name| base.join(name)));
        in_xdg.chain(in_home).collect()
    }
}

/// An account that another program has.
#[derive(Debug, Clone)]
pub struct Imported {
    /// As it would be written. Its secret is a way to get at one, never a password that stood in the file; the address is
    /// empty where the file does not say it.
    pub account: NewAccount,
    /// Whose it is.
    pub program: Program,
    /// The file that it stands in.
    pub file: PathBuf,
    /// The line where it begins, from 1.
    pub line: usize,
    /// What was not taken over, and what is to be seen to, a sentence each.
    pub notes: Vec<String>,
    /// The password that stands in the file: taken over only when the user says so.
    pub password: Option<SecretString>,
    /// The ways to sign in that are known of its server, the one that it has there first; none where nobody knows it.
    pub ways: Vec<Way>,
    /// Whether it signs in with OAuth 2 there, by tokens that stay with the other program.
    pub oauth: bool,
}

/// What the configs of other programs hold.
#[derive(Debug, Default)]
pub struct Found {
    /// Accounts, in the order of the files; none twice.
    pub accounts: Vec<Imported>,
    /// What was left out, and files that cannot be read, a sentence each.
    pub notes: Vec<String>,
}

/// Reads the config of one program from this file, or those of all programs from their usual places.
pub fn find(program: Option<Program>, file: Option<&Path>, env: &Env) -> Found {
    let mut found = Found::default();
    let mut seen = Vec::new();
    for program in Program::ALL.into_iter().filter(|known| program.is_none_or(|wanted| wanted == *known)) {
        let places = file.map_or_else(|| program.places(env), |file| vec![file.to_owned()]);
        for place in places {
            // One file under two names is one file.
            let real = std::fs::canonicalize(&place).unwrap_or_else(|_| place.clone());
            if seen.contains(&(program, real.clone())) || (file.is_none() && !place.is_file()) {
                continue;
            }
            seen.push((program, real));
            read_file(program, &place, env, &mut found);
        }
    }
    found
}

fn read_file(program: Program, file: &Path, env: &Env, found: &mut Found) {
    let text = match read(file) {
        Ok(text) => text,
        Err(reason) => return found.notes.push(format!("{}: {reason}", file.display())),
    };
    let mut read = parse(program, &text, file, env, &mut |path| read(path));
    found.notes.append(&mut read.notes);
    for account in read.accounts {
        let same = |other: &Imported| {
            let (one, other) = (&account.account, &other.account);
            one.imap.host == other.imap.host
                && one.imap.command == other.imap.command
                && login(one).eq_ignore_ascii_case(login(other))
        };
        if !found.accounts.iter().any(same) {
            found.accounts.push(account);
        }
    }
}

/// The name that an account signs in with.
fn login(account: &NewAccount) -> &str {
    account.imap.user.as_deref().unwrap_or(&account.email)
}

/// Reads a config from its text; `read` gives the files that a muttrc names.
pub fn parse(
    program: Program,
    text: &str,
    file: &Path,
    env: &Env,
    read: &mut dyn FnMut(&Path) -> Result<String, String>,
) -> Found {
    let mut found = match program {
        Program::Aerc => aerc::parse(text),
        Program::Mutt => mutt::parse(text, file, env, read),
        Program::Himalaya => himalaya::parse(text),
        Program::Mbsync => mbsync::parse(text),
    };
    if found.accounts.len() > ACCOUNTS {
        found.notes.push(format!("only the first {ACCOUNTS} accounts were read"));
        found.accounts.truncate(ACCOUNTS);
    }
    let place = |note: String| format!("{}: {note}", file.display());
    let mut whole = Found { notes: found.notes.into_iter().map(place).collect(), ..Found::default() };
    for raw in found.accounts {
        match raw.finish(program, file) {
            Ok(account) => whole.accounts.push(account),
            Err(note) => whole.notes.push(place(note)),
        }
    }
    whole
}

/// A file's text, if it is one and not too long.
fn read(path: &Path) -> Result<String, String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    if !file.metadata().is_ok_and(|meta| meta.is_file()) {
        return Err("this is no file".to_owned());
    }
    let mut bytes = Vec::new();
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LIMIT {
        return Err("this is too long for a config".to_owned());
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// An account as a parser found it.
#[derive(Debug, Default)]
struct Raw {
    account: NewAccount,
    line: usize,
    file: Option<PathBuf>,
    notes: Vec<String>,
    password: Option<SecretString>,
    sending: Option<Sending>,
    /// Whether it signs in with OAuth 2 by tokens that stay with the other program.
    oauth: bool,
}

/// What a parser found.
#[derive(Debug, Default)]
struct Parsed {
    accounts: Vec<Raw>,
    notes: Vec<String>,
}

impl Raw {
    fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Makes it an account of ours: defaults left out, nothing that the config would refuse.
    fn finish(mut self, program: Program, file: &Path) -> Result<Imported, String> {
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+' | ' ');
        let name: String = self.account.name.chars().map(|c| if allowed(c) { c } else { '-' }).take(60).collect();
        let name = name.trim().to_owned();
        name.clone_into(&mut self.account.name);
        if name.is_empty() {
            "imported".clone_into(&mut self.account.name);
        }
        let account = &mut self.account;
        let imap = &mut account.imap;
        if imap.host.as_deref().is_none_or(str::is_empty) && imap.command.is_none() {
            return Err(format!("{name}: no server is named, left out"));
        }
        let texts = [Some(&account.email), imap.host.as_ref(), imap.user.as_ref(), imap.command.as_ref()];
        if texts.into_iter().flatten().any(|text| text.chars().any(char::is_control)) {
            return Err(format!("{name}: there are control characters in it, left out"));
        }
        if account.email.is_empty() {
            match imap.user.clone().filter(|user| user.contains('@')) {
                Some(user) => account.email = user,
                None => self.notes.push("the address is not in the file".to_owned()),
            }
        }
        if imap.user.as_ref() == Some(&account.email) {
            imap.user = None;
        }
        // What a command speaks to is reached by it: its host, port and TLS are its own.
        if imap.command.is_some() {
            (imap.port, imap.security) = (None, None);
        }
        let loopback = imap.host.as_deref().is_some_and(is_loopback);
        if imap.security == Some(Security::None) && !loopback {
            imap.security = Some(Security::StartTls);
            self.notes.push("it goes without TLS there; here STARTTLS takes its place".to_owned());
        }
        let security = imap.security.unwrap_or_default();
        if imap.port == Some(0) || imap.port == Some(Account::default_port(security)) {
            imap.port = None;
        }
        if security == Security::Tls {
            imap.security = None;
        }
        account.display_name = account.display_name.take().filter(|name| !name.trim().is_empty());
        if self.password.is_some() {
            self.notes.push("the password stands in the file: it is not taken over unless you say so".to_owned());
        }
        let Self { mut account, line, mut notes, password, file: own, sending, oauth } = self;
        sending::finish(sending, password.as_ref(), &mut account, &mut notes);
        let domain = account.email.rsplit_once('@').map(|(_, domain)| domain.to_ascii_lowercase());
        let host = account.imap.host.as_deref();
        let mut ways = host.map(|host| providers::ways(host, domain.as_deref())).unwrap_or_default();
        if oauth {
            ways.sort_by_key(|way| !matches!(way, Way::OAuth { .. }));
        }
        let file = own.unwrap_or_else(|| file.to_owned());
        Ok(Imported { account, program, file, line, notes, password, ways, oauth })
    }
}

/// Whether a server is on this machine.
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// `Ada Lovelace <ada@example.org>` in its name and its address.
fn mailbox(text: &str) -> (Option<String>, String) {
    let text = text.trim();
    match text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
        Some((name, address)) => {
            let name = name.trim().trim_matches('"').trim().replace("\\\"", "\"");
            (Some(name).filter(|name| !name.is_empty()), address.trim().to_owned())
        }
        None => (None, text.to_owned()),
    }
}

/// The way to a secret that a command prints: a token where the account signs in with one.
fn by_command(command: &str, token: bool) -> NewSecret {
    let command = command.trim().to_owned();
    if token { NewSecret::TokenCommand(command) } else { NewSecret::Command(command) }
}

/// `%40` and its like as what they stand for.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        if let Some(byte) = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(b'%');
            rest = after;
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A server's URL in its parts.
struct Place {
    scheme: String,
    user: Option<String>,
    password: Option<SecretString>,
    host: String,
    port: Option<u16>,
    query: Option<String>,
}

/// Takes `imaps://user:password@host:993/…` apart.
fn place(text: &str) -> Option<Place> {
    let (scheme, rest) = text.trim().split_once("://")?;
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query.to_owned())));
    // A name may hold an "@" that was not encoded; a host never does.
    let (who, server) = match rest.rsplit_once('@') {
        Some((who, server)) => (Some(who), server),
        None => (None, rest),
    };
    let server = server.split('/').next().unwrap_or_default();
    let (host, port) = match server.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => server.split_once(':').map_or((server, None), |(host, port)| (host, Some(port))),
    };
    let (user, password) = match who.map(|who| who.split_once(':').map_or((who, None), |(a, b)| (a, Some(b)))) {
        Some((user, password)) => {
            let password = password.filter(|text| !text.is_empty());
            (Some(percent_decoded(user)), password.map(|text| percent_decoded(text).into()))
        }
        None => (None, None),
    };
    Some(Place {
        scheme: scheme.to_ascii_lowercase(),
        user: user.filter(|user| !user.is_empty()),
        password,
        host: host.to_owned(),
        port: port.and_then(|port| port.parse().ok()),
        query,
    })
}

/// Whether a list of SASL mechanisms has one for access tokens in it.
fn takes_tokens<'n>(mut mechanisms: impl Iterator<Item = &'n str>) -> bool {
    mechanisms.any(|name| matches!(name.to_ascii_lowercase().as_str(), "oauthbearer" | "xoauth2"))
}

#[cfg(test)]
mod tests;
