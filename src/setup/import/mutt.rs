//! What muttrc and neomuttrc say of IMAP: settings and hooks are followed, nothing is run.
//!
//! A password in backquotes becomes a `password_command`; what a pipe would print stays unknown, and is said so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::sending::{Sending, Submission};
use super::{Parsed, Place, Raw, by_command, is_loopback, mailbox, percent_decoded, place, takes_tokens};
use crate::config::Security;
use crate::config::edit::NewSecret;
use crate::config::env::Env;
use crate::setup::plan::name;

mod command;

use command::{Cursor, Value};

/// How many files are read, the first one included.
const FILES: usize = 50;

/// How deep one file names another.
const DEPTH: usize = 10;

/// How many commands are looked at, in all files and hooks.
const COMMANDS: usize = 100_000;

/// What a hook begins without: the settings that belong to an account.
const OWN: [&str; 17] = [
    "folder",
    "spoolfile",
    "from",
    "imap_user",
    "imap_login",
    "imap_pass",
    "imap_oauth_refresh_command",
    "imap_authenticators",
    "tunnel",
    "record",
    "postponed",
    "trash",
    "smtp_url",
    "smtp_user",
    "smtp_pass",
    "smtp_oauth_refresh_command",
    "smtp_authenticators",
];

pub(super) fn parse(
    text: &str,
    file: &Path,
    env: &Env,
    read: &mut dyn FnMut(&Path) -> Result<String, String>,
) -> Parsed {
    let mut run = Run { env, read, files: 1, commands: 0, hooks: Vec::new(), notes: Vec::new() };
    let mut state = State::default();
    run.text(text, (file, 0), &mut state, 0);
    let mut accounts: Vec<Raw> = account(&state, None).into_iter().collect();
    let hooks = std::mem::take(&mut run.hooks);
    for hook in hooks {
        let mut own = state.clone();
        own.values.retain(|key, value| !(OWN.contains(&key.as_str()) || key == "sendmail" && names_account(value)));
        own.mailboxes.clear();
        run.text(&hook.commands, (&hook.file, hook.line), &mut own, 1);
        run.hooks.clear();
        if let Some(raw) = account(&own, Some(&hook)) {
            join(&mut accounts, raw);
        }
    }
    let mut taken: Vec<String> = Vec::new();
    for raw in &mut accounts {
        let domain = raw.account.email.rsplit_once('@').map(|(_, domain)| domain.to_owned());
        let domain = domain.or_else(|| raw.account.imap.host.clone()).unwrap_or_default();
        let known: Vec<&str> = taken.iter().map(String::as_str).collect();
        raw.account.name = name::for_account(&domain, None, &known);
        taken.push(raw.account.name.clone());
    }
    Parsed { accounts, notes: run.notes }
}

/// A command that runs for some folders.
struct Hook {
    pattern: String,
    commands: String,
    file: PathBuf,
    line: usize,
}

/// What is set.
#[derive(Clone, Default)]
struct State {
    values: BTreeMap<String, Value>,
    mailboxes: Vec<Value>,
}

impl State {
    fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key).filter(|value| !value.text.is_empty() || value.command.is_some())
    }

    /// What is known without running anything.
    fn text(&self, key: &str) -> Option<&str> {
        self.get(key).filter(|value| value.command.is_none()).map(|value| value.text.as_str())
    }
}

/// Files and hooks being followed.
struct Run<'r> {
    env: &'r Env,
    read: &'r mut dyn FnMut(&Path) -> Result<String, String>,
    files: usize,
    commands: usize,
    hooks: Vec<Hook>,
    notes: Vec<String>,
}

impl Run<'_> {
    /// Follows a text; its lines are counted from behind `place`'s.
    fn text(&mut self, text: &str, place: (&Path, usize), state: &mut State, depth: usize) {
        let (file, before) = place;
        let mut lines = text.lines().enumerate();
        while let Some((at, line)) = lines.next() {
            let mut whole = line.to_owned();
            while let Some(begun) = whole.strip_suffix('\\') {
                let Some((_, next)) = lines.next() else { break };
                whole = format!("{begun}{next}");
            }
            // In a hook the line is the hook's own.
            let number = if before == 0 { at + 1 } else { before };
            self.line(&whole, (file, number), state, depth);
        }
    }

    fn line(&mut self, line: &str, place: (&Path, usize), state: &mut State, depth: usize) {
        let mut cursor = Cursor::new(line, place.1);
        while let Some(word) = cursor.command() {
            self.commands += 1;
            if self.commands > COMMANDS {
                return;
            }
            match word.as_str() {
                "set" => {
                    while let Some((key, change)) = cursor.assignment(&state.values, self.env) {
                        match change {
                            Some(value) => state.values.insert(key, value.of(place.0)),
                            None => state.values.remove(&key),
                        };
                    }
                }
                "unset" | "reset" => {
                    while let Some(key) = cursor.token(&state.values, self.env) {
                        state.values.remove(&key.text);
                    }
                }
                "mailboxes" | "named-mailboxes" => {
                    while let Some(value) = cursor.token(&state.values, self.env) {
                        state.mailboxes.push(value.of(place.0));
                    }
                }
                "source" => {
                    if let Some(path) = cursor.token(&state.values, self.env) {
                        self.source(&path, place, state, depth);
                    }
                }
                "account-hook" | "folder-hook" => {
                    let mut pattern = cursor.token(&state.values, self.env);
                    if pattern.as_ref().is_some_and(|pattern| pattern.text == "-noregex") {
                        pattern = cursor.token(&state.values, self.env);
                    }
                    if let (Some(pattern), Some(commands)) = (pattern, cursor.raw_token(&state.values, self.env)) {
                        self.hook(pattern.text, commands, place);
                    }
                }
                "macro" => {
                    let words = std::iter::from_fn(|| cursor.raw_token(&state.values, self.env)).take(4);
                    for commands in words.filter_map(|word| sourced(&word)).collect::<Vec<_>>() {
                        self.hook(String::new(), commands, place);
                    }
                }
                _ => {}
            }
            cursor.next_command();
        }
    }

    fn hook(&mut self, pattern: String, commands: String, (file, line): (&Path, usize)) {
        self.hooks.push(Hook { pattern, commands, file: file.to_owned(), line });
    }

    fn source(&mut self, path: &Value, (file, line): (&Path, usize), state: &mut State, depth: usize) {
        let text = path.text.trim();
        if path.command.is_some() || text.ends_with('|') {
            return self.notes.push(format!("line {line}: what the program behind \"source\" prints is not read"));
        }
        if depth >= DEPTH || self.files >= FILES {
            return self.notes.push(format!("line {line}: {text} is not read, too many files name each other"));
        }
        let Ok(path) = self.env.expand(text) else { return };
        let path = if path.is_relative() { file.parent().map_or(path.clone(), |dir| dir.join(&path)) } else { path };
        self.files += 1;
        match (self.read)(&path) {
            Ok(text) => self.text(&text, (&path, 0), state, depth + 1),
            Err(reason) => self.notes.push(format!("line {line}: {}: {reason}", path.display())),
        }
    }
}

/// The "source FILE" that a macro types: how many people switch accounts.
fn sourced(keys: &str) -> Option<String> {
    let (_, rest) = keys.split_once("<enter-command>")?;
    let rest = rest.trim_start();
    let (command, _) = rest.split_once("<enter>").or_else(|| rest.split_once("<Enter>"))?;
    command.starts_with("source ").then(|| command.to_owned())
}

/// The account that these settings make.
fn account(state: &State, hook: Option<&Hook>) -> Option<Raw> {
    let named = ["folder", "spoolfile"].iter().filter_map(|key| state.get(key));
    let named = named.chain(&state.mailboxes).find_map(|value| Some((server(&value.text)?, value)));
    let command = named.as_ref().and_then(|(_, url)| password_of(url));
    let (place, line, file, root) = match (named, hook) {
        (Some((place, value)), _) => (place, value.line, value.file.clone(), path_of(&value.text)),
        (None, Some(hook)) => (server(&hook.pattern)?, hook.line, Some(hook.file.clone()), None),
        (None, None) => return None,
    };
    let mut raw = Raw { line, file, ..Raw::default() };
    let starttls = state.text("ssl_starttls").is_none_or(|value| value != "no");
    let imap = &mut raw.account.imap;
    imap.security = Some(match (place.scheme.as_str(), starttls) {
        ("imaps", _) => Security::Tls,
        (_, true) => Security::StartTls,
        (_, false) => Security::None,
    });
    imap.host = Some(place.host);
    imap.port = place.port;
    let user = state.text("imap_login").or_else(|| state.text("imap_user")).map(str::to_owned);
    imap.user = place.user.or(user);
    imap.command = state.text("tunnel").map(str::to_owned);
    if let Some(Value { command: Some(command), .. }) = state.get("imap_user") {
        raw.notes.push(format!("the name to sign in with is what \"{command}\" prints: write it yourself"));
    }
    let found = secret(state, "imap", (place.password, command));
    (imap.secret, raw.password) = (found.secret, found.password);
    raw.notes.extend(found.note);
    raw.sending = sending(state, starttls);
    if let Some(from) = state.text("from") {
        (raw.account.display_name, raw.account.email) = mailbox(from);
    }
    raw.account.display_name = raw.account.display_name.take().or_else(|| state.text("realname").map(str::to_owned));
    let folder = |key: &str| folder_name(state.text(key)?, root.as_deref());
    raw.account.folders.sent = folder("record");
    raw.account.folders.drafts = folder("postponed");
    raw.account.folders.trash = folder("trash");
    Some(raw)
}

/// What to sign in with.
#[derive(Default)]
struct Found {
    secret: NewSecret,
    password: Option<secrecy::SecretString>,
    note: Option<String>,
}

/// What to sign in with for "imap" or "smtp"; a URL may hold a password, or what a program prints in its place.
fn secret(state: &State, protocol: &str, in_url: (Option<secrecy::SecretString>, Option<&str>)) -> Found {
    let key = |rest: &str| format!("{protocol}_{rest}");
    let token = state.text(&key("authenticators")).is_some_and(|list| takes_tokens(list.split(':')));
    let pass = state.get(&key("pass"));
    let mut found = Found::default();
    if let Some(refresh) = state.get(&key("oauth_refresh_command")).filter(|_| token || pass.is_none()) {
        match &refresh.command {
            None => found.secret = by_command(&refresh.text, true),
            Some(_) => {
                found.note = Some(format!("{protocol}_oauth_refresh_command is made by a program: write it yourself"));
            }
        }
        return found;
    }
    match pass {
        Some(Value { command: Some(command), text, .. }) if text.is_empty() => {
            found.secret = by_command(command, false);
        }
        Some(Value { command: Some(_), .. }) => {
            found.note = Some(format!("{protocol}_pass is put together from what a program prints"));
        }
        Some(password) => found.password = Some(password.text.clone().into()),
        None => match in_url {
            (_, Some(command)) => found.secret = by_command(command, false),
            (password, None) => found.password = password,
        },
    }
    found
}

/// The program that prints the password of this URL, `imaps://ada:$imap_pass@host`: nothing else stands in its place.
fn password_of(url: &Value) -> Option<&str> {
    let (who, _) = url.text.rsplit_once('@')?;
    url.command.as_deref().filter(|_| who.ends_with(':'))
}

/// How mail leaves: by `smtp_url`, else by `sendmail`.
fn sending(state: &State, starttls: bool) -> Option<Sending> {
    let Some(url) = state.get("smtp_url") else {
        return state.text("sendmail").map(|command| Sending::Command(command.to_owned()));
    };
    let place = place(&url.text).filter(|place| matches!(place.scheme.as_str(), "smtp" | "smtps"))?;
    let user = place.user.or_else(|| state.text("smtp_user").map(str::to_owned));
    // Without a name mutt signs in nowhere.
    let without_sign_in = user.is_none() && state.get("smtp_authenticators").is_none();
    let security = match place.scheme.as_str() {
        "smtps" => Security::Tls,
        _ if !starttls || (without_sign_in && is_loopback(&place.host)) => Security::None,
        _ => Security::StartTls,
    };
    let found = secret(state, "smtp", (place.password, password_of(url)));
    Some(Sending::Server(Box::new(Submission {
        host: place.host,
        // The port of mutt, which is not that of submission.
        port: place.port.or_else(|| (place.scheme == "smtp").then_some(25)),
        security,
        user,
        without_sign_in,
        secret: found.secret,
        password: found.password,
        note: found.note,
    })))
}

/// Whether this command sends as one account of its program: `msmtp -a work`.
fn names_account(command: &Value) -> bool {
    let mut words = command.text.split_whitespace();
    words.any(|word| word == "-a" || word == "-C" || word.starts_with("--account") || word.starts_with("--file"))
}

/// The server of an IMAP URL, of mutt's old `{user@host:port/ssl}`, or of a pattern that begins like one.
fn server(text: &str) -> Option<Place> {
    let text = text.trim_start_matches('^').replace('\\', "");
    if let Some((inside, _)) = text.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        let (server, flags) = inside.split_once('/').unwrap_or((inside, ""));
        let scheme = if flags.split('/').any(|flag| flag == "ssl") { "imaps" } else { "imap" };
        return place(&format!("{scheme}://{server}/"));
    }
    let place = place(&text).filter(|place| matches!(place.scheme.as_str(), "imap" | "imaps"))?;
    let fine = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | ':');
    (!place.host.is_empty() && place.host.chars().all(fine)).then_some(place)
}

/// What stands behind the host.
fn path_of(url: &str) -> Option<String> {
    let rest = match url.split_once("://") {
        Some((_, rest)) => rest.rsplit_once('@').map_or(rest, |(_, rest)| rest).split_once('/')?.1,
        None => url.split_once('}')?.1,
    };
    Some(percent_decoded(rest.trim_matches('/'))).filter(|path| !path.is_empty())
}

/// A folder's whole name: `=Sent` and `+Sent` lie below the root, a URL says it itself, a file's path is none.
fn folder_name(text: &str, root: Option<&str>) -> Option<String> {
    let name = match text.strip_prefix(['=', '+']) {
        Some(name) => match root {
            Some(root) => format!("{root}/{name}"),
            None => name.to_owned(),
        },
        None if server(text).is_some() => path_of(text)?,
        None => return None,
    };
    let name = name.trim_matches('/').to_owned();
    (!name.is_empty() && !name.eq_ignore_ascii_case("inbox")).then_some(name)
}

/// Adds an account, or what a second hook knows of one that is there.
fn join(accounts: &mut Vec<Raw>, raw: Raw) {
    let user = |raw: &Raw| raw.account.imap.user.clone();
    let same = |other: &&mut Raw| {
        other.account.imap.host == raw.account.imap.host
            && (user(other) == user(&raw) || user(other).is_none() || user(&raw).is_none())
    };
    let Some(known) = accounts.iter_mut().find(same) else { return accounts.push(raw) };
    let (one, other) = (&mut known.account, raw.account);
    one.imap.user = one.imap.user.take().or(other.imap.user);
    one.imap.command = one.imap.command.take().or(other.imap.command);
    one.display_name = one.display_name.take().or(other.display_name);
    if one.email.is_empty() {
        one.email = other.email;
    }
    let (names, others) = (&mut one.folders, other.folders);
    names.sent = names.sent.take().or(others.sent);
    names.drafts = names.drafts.take().or(others.drafts);
    names.trash = names.trash.take().or(others.trash);
    let server = |sending: &Option<Sending>| matches!(sending, Some(Sending::Server(_)));
    if known.sending.is_none() || (server(&raw.sending) && !server(&known.sending)) {
        known.sending = raw.sending;
    }
    if matches!(one.imap.secret, NewSecret::None) && known.password.is_none() {
        one.imap.secret = other.imap.secret;
        known.password = raw.password;
    }
    known.notes.extend(raw.notes);
}
