//! `account list`; signing in lies in `login`.

use serde::Serialize;

use super::Failure;
use super::context::Context;
use super::exit::Code;
use super::output::Format;
use crate::config::Security;

pub(super) mod login;

/// An account, as JSON: never with its password.
#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    email: &'a str,
    host: &'a str,
    port: u16,
    security: &'static str,
    user: &'a str,
}

/// Prints the accounts of the config.
pub(super) fn list(context: &mut Context<'_>) -> Result<Code, Failure> {
    let config = context.config()?;
    let rows: Vec<Row<'_>> = config
        .accounts
        .iter()
        .map(|account| Row {
            name: &account.name,
            email: &account.email,
            host: &account.imap.host,
            port: account.imap.port,
            security: match account.imap.security {
                Security::Tls => "tls",
                Security::StartTls => "starttls",
                Security::None => "none",
            },
            user: &account.imap.user,
        })
        .collect();
    match context.out.format() {
        Format::Json => context.out.json(&rows)?,
        Format::Text => {
            for row in &rows {
                let server = format!("{}:{}", row.host, row.port);
                context.out.fields([row.name, row.email, server.as_str(), row.security, row.user])?;
            }
        }
    }
    Ok(Code::Done)
}
