//! himalaya's TOML: the flat keys of its first versions (`imap-host`), the tables of version 1 (`backend.host`) and the
//! URL of version 2 (`imap.server`).

use secrecy::SecretString;
use toml::{Table, Value};

use super::{Parsed, Raw, by_command, place};
use crate::config::Security;

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
    let flat = || {
        let flat = table.iter().filter_map(|(key, value)| Some((key.strip_prefix("imap-")?.to_owned(), value.clone())));
        flat.collect::<Table>()
    };
    let server = server.cloned().unwrap_or_else(flat);
    let Some(host) = word(&server, &["host"]) else { return false };
    let imap = &mut raw.account.imap;
    imap.host = Some(host);
    imap.port = get(&server, &["port"]).and_then(Value::as_integer).and_then(|port| port.try_into().ok());
    imap.user = word(&server, &["login"]);
    let kind = word(&server, &["encryption", "type"]).or_else(|| word(&server, &["encryption"]));
    let is = |key: &str| get(&server, &[key]).and_then(Value::as_bool);
    imap.security = Some(match kind.as_deref() {
        Some("none") => Security::None,
        Some("start-tls" | "starttls") => Security::StartTls,
        None if is("starttls") == Some(true) => Security::StartTls,
        None if is("ssl") == Some(false) => Security::None,
        Some(_) | None => Security::Tls,
    });
    secret(&server, raw);
    let old = ["passwd", "auth"].iter().any(|key| word(&server, &[key]).as_deref() == Some("oauth2"));
    if old || get(&server, &["oauth2"]).is_some() || word(&server, &["auth", "type"]).as_deref() == Some("oauth2") {
        raw.note("himalaya signs in with OAuth and keeps its tokens to itself: sign in once here");
    }
    folders(table, raw);
    true
}

/// `passwd`, `auth` or `passwd-cmd`, as each version wrote it.
fn secret(server: &Table, raw: &mut Raw) {
    let commands: [&[&str]; 5] =
        [&["passwd-cmd"], &["passwd", "cmd"], &["passwd", "command"], &["auth", "cmd"], &["auth", "command"]];
    let token = get(server, &["auth", "access-token", "cmd"]).and_then(command);
    let password = commands.iter().find_map(|path| get(server, path)).and_then(command);
    if let Some(command) = password {
        raw.account.imap.secret = by_command(&command, false);
    } else if let Some(command) = token {
        raw.account.imap.secret = by_command(&command, true);
    } else if let Some(password) = word(server, &["passwd", "raw"]).or_else(|| word(server, &["auth", "raw"])) {
        raw.password = Some(SecretString::from(password));
    } else if let Some(entry) = word(server, &["passwd", "keyring"]).or_else(|| word(server, &["auth", "keyring"])) {
        raw.note(format!("the password is himalaya's own entry \"{entry}\" of the keyring: type it once here"));
    }
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
    for mechanism in ["plain", "login", "scram-sha-256", "oauthbearer", "xoauth2"] {
        let Some(sasl) = get(table, &["imap", "sasl", mechanism]).and_then(Value::as_table) else { continue };
        imap.user = word(sasl, &["username"]).or_else(|| word(sasl, &["authcid"]));
        let token = matches!(mechanism, "oauthbearer" | "xoauth2");
        for key in ["password", "passwd", "token"] {
            if let Some(command) = get(sasl, &[key, "command"]).and_then(command) {
                imap.secret = by_command(&command, token);
            } else if let Some(password) = word(sasl, &[key, "raw"]).filter(|_| !token) {
                raw.password = Some(SecretString::from(password));
            }
        }
        break;
    }
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
