//! himalaya's TOML: the flat keys of its first versions (`imap-host`), the tables of version 1 (`backend.host`) and the
//! URL of version 2 (`imap.server`).

use secrecy::SecretString;
use toml::{Table, Value};

use super::sending::{Sending, Submission};
use super::{Parsed, Raw, by_command, place};
use crate::config::Security;
use crate::config::edit::NewSecret;

pub(super) fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let file: Table = match text.parse() {
        Ok(file) => file,
        Err(error) => {
            let error: toml::de::Error = error;
            parsed.notes.push(format!("this is no TOML: {}", error.message()));
            return parsed;
        }
    };
    let name = ["display-name", "from-name", "name"].iter().find_map(|key| word(&file, &[key]));
    // In the first versions every table of the file was an account.
    let (accounts, prefix) = match file.get("accounts").and_then(Value::as_table) {
        Some(accounts) => (accounts, "accounts."),
        None => (&file, ""),
    };
    for (key, value) in accounts {
        let Some(table) = value.as_table() else { continue };
        let line = line_of(text, &format!("{prefix}{key}"));
        let mut raw = Raw { line, ..Raw::default() };
        key.clone_into(&mut raw.account.name);
        let own = ["display-name", "from-name", "name"].iter().find_map(|key| word(table, &[key]));
        raw.account.display_name = own.or_else(|| name.clone());
        raw.account.email = word(table, &["email"]).or_else(|| word(table, &["from"])).unwrap_or_default();
        if read(table, &mut raw) {
            raw.sending = sending(table);
            parsed.accounts.push(raw);
        } else if word(table, &["email"]).is_some() {
            parsed.notes.push(format!("{key} has no IMAP server: left out"));
        }
    }
    parsed
}

/// The line of a table's header, from 1; of the first key below it where it has none.
fn line_of(text: &str, table: &str) -> usize {
    let plain = |line: &str| line.trim().trim_start_matches('[').replace(['"', '\'', ' '], "");
    let wanted = table.replace(' ', "");
    let is_it = |line: &str| {
        let line = plain(line);
        line.strip_prefix(&wanted).is_some_and(|rest| rest.starts_with([']', '.', '=']))
    };
    text.lines().position(is_it).map_or(1, |at| at + 1)
}

fn get<'t>(table: &'t Table, path: &[&str]) -> Option<&'t Value> {
    let (last, tables) = path.split_last()?;
    let mut table = table;
    for part in tables {
        table = table.get(*part)?.as_table()?;
    }
    table.get(*last)
}

fn word(table: &Table, path: &[&str]) -> Option<String> {
    get(table, path)?.as_str().map(str::to_owned).filter(|word| !word.is_empty())
}

/// A command, as one string or as its words.
fn command(value: &Value) -> Option<String> {
    match value {
        Value::String(command) => Some(command.clone()),
        Value::Array(words) => {
            let words: Option<Vec<&str>> = words.iter().map(Value::as_str).collect();
            words.map(shell_words::join)
        }
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) | Value::Table(_) => None,
    }
    .filter(|command| !command.trim().is_empty())
}

/// Fills in the server. `false`: there is none.
fn read(table: &Table, raw: &mut Raw) -> bool {
    if let Some(server) = word(table, &["imap", "server"]) {
        return second_version(table, &server, raw);
    }
    // Version 1 has one of these tables, its betas the other; before that the keys were flat.
    let backend = get(table, &["backend"]).and_then(Value::as_table);
    let is_imap = backend.is_some_and(|backend| word(backend, &["type"]).is_none_or(|kind| kind == "imap"));
    let server = backend.filter(|_| is_imap).or_else(|| get(table, &["imap"]).and_then(Value::as_table));
    let server = server.cloned().unwrap_or_else(|| flat(table, "imap-"));
    let Some(host) = word(&server, &["host"]) else { return false };
    let imap = &mut raw.account.imap;
    imap.host = Some(host);
    imap.port = port(&server);
    imap.user = word(&server, &["login"]);
    imap.security = Some(security(&server));
    let found = secret(&server);
    (imap.secret, raw.password) = (found.secret, found.password);
    raw.notes.extend(found.note);
    if signs_in_with_oauth(&server) {
        raw.oauth = true;
        raw.note("himalaya signs in with OAuth and keeps its tokens to itself: sign in once here");
    }
    folders(table, raw);
    true
}

/// The keys of the first versions that begin so.
fn flat(table: &Table, prefix: &str) -> Table {
    let keys = table.iter().filter_map(|(key, value)| Some((key.strip_prefix(prefix)?.to_owned(), value.clone())));
    keys.collect()
}

fn port(server: &Table) -> Option<u16> {
    get(server, &["port"]).and_then(Value::as_integer).and_then(|port| port.try_into().ok())
}

fn security(server: &Table) -> Security {
    let kind = word(server, &["encryption", "type"]).or_else(|| word(server, &["encryption"]));
    let is = |key: &str| get(server, &[key]).and_then(Value::as_bool);
    match kind.as_deref() {
        Some("none") => Security::None,
        Some("start-tls" | "starttls") => Security::StartTls,
        None if is("starttls") == Some(true) => Security::StartTls,
        None if is("ssl") == Some(false) => Security::None,
        Some(_) | None => Security::Tls,
    }
}

fn signs_in_with_oauth(server: &Table) -> bool {
    let old = ["passwd", "auth"].iter().any(|key| word(server, &[key]).as_deref() == Some("oauth2"));
    old || get(server, &["oauth2"]).is_some() || word(server, &["auth", "type"]).as_deref() == Some("oauth2")
}

/// What to sign in with.
#[derive(Default)]
struct Found {
    secret: NewSecret,
    password: Option<SecretString>,
    note: Option<String>,
}

/// `passwd`, `auth` or `passwd-cmd`, as each version wrote it.
fn secret(server: &Table) -> Found {
    let commands: [&[&str]; 5] =
        [&["passwd-cmd"], &["passwd", "cmd"], &["passwd", "command"], &["auth", "cmd"], &["auth", "command"]];
    let token = get(server, &["auth", "access-token", "cmd"]).and_then(command);
    let password = commands.iter().find_map(|path| get(server, path)).and_then(command);
    let mut found = Found::default();
    if let Some(command) = password {
        found.secret = by_command(&command, false);
    } else if let Some(command) = token {
        found.secret = by_command(&command, true);
    } else if let Some(password) = word(server, &["passwd", "raw"]).or_else(|| word(server, &["auth", "raw"])) {
        found.password = Some(SecretString::from(password));
    } else if let Some(entry) = word(server, &["passwd", "keyring"]).or_else(|| word(server, &["auth", "keyring"])) {
        found.note =
            Some(format!("the password is himalaya's own entry \"{entry}\" of the keyring: type it once here"));
    }
    found
}

/// How mail leaves, as each version wrote it: a table of the message's own, of its betas and the second version, flat keys.
fn sending(table: &Table) -> Option<Sending> {
    if let Some(server) = word(table, &["smtp", "server"]) {
        return second_sending(table, &server);
    }
    let backend = get(table, &["message", "send", "backend"]);
    let own = backend.and_then(Value::as_table);
    let kind = own.map_or_else(|| backend.and_then(Value::as_str).map(str::to_owned), |own| word(own, &["type"]));
    let kind = kind.or_else(|| word(table, &["sender"]));
    let sendmail = || {
        let places: [&[&str]; 4] =
            [&["message", "send", "backend", "cmd"], &["sendmail", "cmd"], &["sendmail-cmd"], &["sendmail"]];
        places.iter().find_map(|path| get(table, path)).and_then(command)
    };
    if kind.as_deref() == Some("sendmail") {
        return Some(Sending::Command(sendmail().unwrap_or_else(|| "/usr/sbin/sendmail".to_owned())));
    }
    let server = own.or_else(|| get(table, &["smtp"]).and_then(Value::as_table)).cloned();
    let server = server.unwrap_or_else(|| flat(table, "smtp-"));
    let Some(host) = word(&server, &["host"]) else { return sendmail().map(Sending::Command) };
    let found = secret(&server);
    Some(Sending::Server(Box::new(Submission {
        host,
        port: port(&server),
        security: security(&server),
        user: word(&server, &["login"]),
        without_sign_in: false,
        secret: found.secret,
        password: found.password,
        // Where it is asked for once, it is the same one.
        note: None,
    })))
}

/// `smtp.server` and `smtp.sasl`.
fn second_sending(table: &Table, server: &str) -> Option<Sending> {
    let url = if server.contains("://") { server.to_owned() } else { format!("smtps://{server}") };
    let place = place(&url).filter(|place| place.scheme.starts_with("smtp"))?;
    let starttls = get(table, &["smtp", "starttls"]).and_then(Value::as_bool) == Some(true);
    let security = match (place.scheme.as_str(), starttls) {
        ("smtps", _) => Security::Tls,
        (_, true) => Security::StartTls,
        (_, false) => Security::None,
    };
    let (user, found) = sasl(table, "smtp");
    Some(Sending::Server(Box::new(Submission {
        host: place.host,
        port: place.port,
        security,
        user,
        without_sign_in: false,
        secret: found.secret,
        password: found.password,
        note: None,
    })))
}

/// Who signs in, and with what, by a table `sasl` of the second version.
fn sasl(table: &Table, protocol: &str) -> (Option<String>, Found) {
    let mut found = Found::default();
    for mechanism in ["plain", "login", "scram-sha-256", "oauthbearer", "xoauth2"] {
        let Some(sasl) = get(table, &[protocol, "sasl", mechanism]).and_then(Value::as_table) else { continue };
        let token = matches!(mechanism, "oauthbearer" | "xoauth2");
        for key in ["password", "passwd", "token"] {
            if let Some(command) = get(sasl, &[key, "command"]).and_then(command) {
                found.secret = by_command(&command, token);
            } else if let Some(password) = word(sasl, &[key, "raw"]).filter(|_| !token) {
                found.password = Some(SecretString::from(password));
            }
        }
        return (word(sasl, &["username"]).or_else(|| word(sasl, &["authcid"])), found);
    }
    (None, found)
}

/// `imap.server` and `imap.sasl`.
fn second_version(table: &Table, server: &str, raw: &mut Raw) -> bool {
    let url = if server.contains("://") { server.to_owned() } else { format!("imaps://{server}") };
    let Some(place) = place(&url).filter(|place| place.scheme.starts_with("imap")) else { return false };
    let starttls = get(table, &["imap", "starttls"]).and_then(Value::as_bool) == Some(true);
    let imap = &mut raw.account.imap;
    imap.security = Some(match (place.scheme.as_str(), starttls) {
        ("imaps", _) => Security::Tls,
        (_, true) => Security::StartTls,
        (_, false) => Security::None,
    });
    imap.host = Some(place.host);
    imap.port = place.port;
    imap.ca_file = word(table, &["imap", "tls", "cert"]);
    let (user, found) = sasl(table, "imap");
    (imap.user, imap.secret, raw.password) = (user, found.secret, found.password);
    folders(table, raw);
    true
}

/// Names of folders by role.
fn folders(table: &Table, raw: &mut Raw) {
    let alias = |role: &str| {
        let tables: [&[&str]; 4] = [
            &["mailbox", "alias", role],
            &["folder", "aliases", role],
            &["folder", "alias", role],
            &["folder-aliases", role],
        ];
        tables.iter().find_map(|path| word(table, path)).filter(|name| !name.eq_ignore_ascii_case("inbox"))
    };
    let names = &mut raw.account.folders;
    names.sent = alias("sent");
    names.drafts = alias("drafts");
    names.trash = alias("trash");
    names.archive = alias("archive");
}
