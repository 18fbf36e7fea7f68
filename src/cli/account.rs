//! `account list`; the other commands on accounts lie below.

use serde::Serialize;

use super::Failure;
use super::context::Context;
use super::exit::Code;
use super::output::Format;
use crate::config::{Account, Security};
use disk::Disk;

pub(super) mod add;
pub(super) mod change;
pub(super) mod import;
pub(super) mod login;
pub(super) mod remove;

pub(in crate::cli) mod disk;

mod save;
mod way;

/// An account, as JSON: never with its password.
#[derive(Serialize)]
struct Row {
    name: String,
    email: String,
    /// Empty where a command makes the connection, as are port (0) and security.
    host: String,
    port: u16,
    security: &'static str,
    /// What makes the connection in place of a server's name.
    command: Option<String>,
    user: String,
    enabled: bool,
    /// "enabled", "disabled", or "left behind": in the config no more, and still on the disk.
    state: &'static str,
    messages: u64,
    bytes: u64,
    /// Changes that wait for its server.
    waiting: u32,
}

impl Row {
    fn of(account: &Account, disk: &Disk, enabled: bool) -> Self {
        let (messages, bytes) = disk.of(&account.name);
        let imap = &account.imap;
        let (host, port, security) = match imap.sign_in.command {
            Some(_) => (String::new(), 0, ""),
            None => (imap.host.clone(), imap.port, word(imap.security)),
        };
        Self {
            name: account.name.clone(),
            email: account.email.clone(),
            host,
            port,
            security,
            command: imap.sign_in.command.clone(),
            user: account.imap.user.clone(),
            enabled,
            state: if enabled { "enabled" } else { "disabled" },
            messages,
            bytes,
            waiting: disk.waiting(&account.name),
        }
    }

    fn left(name: &str, disk: &Disk) -> Self {
        let (messages, bytes) = disk.of(name);
        Self {
            name: name.to_owned(),
            email: String::new(),
            host: String::new(),
            port: 0,
            security: "",
            command: None,
            user: String::new(),
            enabled: false,
            state: "left behind",
            messages,
            bytes,
            waiting: disk.waiting(name),
        }
    }
}

/// Prints the accounts: those of the config in its order, the disabled ones, and what is left on the disk of others.
pub(super) fn list(context: &mut Context<'_>) -> Result<Code, Failure> {
    let config = context.config()?;
    // A cache that cannot be read says nothing of the accounts.
    let disk = Disk::read(&context.paths()?).unwrap_or_default();
    let mut rows: Vec<Row> = config.accounts.iter().map(|account| Row::of(account, &disk, true)).collect();
    rows.extend(config.disabled.iter().map(|account| Row::of(account, &disk, false)));
    let known: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
    let left = disk.names().into_iter().filter(|name| !known.iter().any(|known| known == name));
    rows.extend(left.map(|name| Row::left(name, &disk)));
    match context.out.format() {
        Format::Json => context.out.json(&rows)?,
        Format::Text => {
            for row in &rows {
                let (server, security) = match &row.command {
                    Some(command) => (command.clone(), "command"),
                    None if row.host.is_empty() => (String::new(), ""),
                    None => (format!("{}:{}", row.host, row.port), row.security),
                };
                let kept = disk::words((row.messages, row.bytes), row.waiting);
                let state = format!("{}, {kept}", row.state);
                let fields = [row.name.as_str(), &row.email, &server, security, &row.user, &state];
                context.out.fields(fields)?;
            }
        }
    }
    Ok(Code::Done)
}

/// As the config says it.
const fn word(security: Security) -> &'static str {
    match security {
        Security::Tls => "tls",
        Security::StartTls => "starttls",
        Security::None => "none",
    }
}
