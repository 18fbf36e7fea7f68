//! `account import`: what other programs were told of accounts, offered one by one.

use secrecy::SecretString;
use serde::Serialize;

use super::save::{self, Candidate};
use super::{way, word};
use crate::cli::args::account::{Import, ProgramChoice};
use crate::cli::context::Context;
use crate::cli::exit::Code;
use crate::cli::output::Format;
use crate::cli::{Failure, ask};
use crate::config::Config;
use crate::config::edit::NewSecret;
use crate::config::edit::sending::NewSend;
use crate::safe_text::SafeText;
use crate::setup::import::{self, Imported, Program};
use crate::setup::plan::Way;

/// An account that was found, as JSON: never with its password.
#[derive(Serialize)]
struct Row {
    name: String,
    email: String,
    host: Option<String>,
    port: Option<u16>,
    security: &'static str,
    user: Option<String>,
    command: Option<String>,
    /// Where its password comes from: a key of the config.
    secret: Option<&'static str>,
    /// How it sends: the server's host, or a command.
    send: Option<String>,
    program: &'static str,
    file: String,
    line: usize,
    notes: Vec<String>,
    saved: bool,
    /// Why it was not saved.
    reason: Option<String>,
}

/// Runs it.
pub(in crate::cli) fn run(context: &mut Context<'_>, wanted: &Import) -> Result<Code, Failure> {
    let mut known = save::known(context)?;
    let found = import::find(wanted.program.map(Program::from), wanted.file.as_deref(), context.env);
    for note in &found.notes {
        context.out.note(note);
    }
    if found.accounts.is_empty() {
        return Err(Failure::Failed("no account was found; the program and its file can be named".to_owned()));
    }
    let (mut rows, mut code) = (Vec::new(), Code::Done);
    for mut imported in found.accounts {
        let mut row = Row::of(&imported);
        if context.out.format() == Format::Text {
            show(context, &row)?;
        }
        let reason = why_not(context, wanted, &known, &mut imported)?;
        let done = match reason {
            // What is not wanted, or is there, is no failure.
            Some(reason) => Err((Code::Done, reason)),
            None => {
                take(context, wanted, &mut known, imported).map_err(|failure| (failure.code(), failure.to_string()))
            }
        };
        let text = match done {
            Ok(name) => {
                (row.saved, row.name) = (true, name);
                format!("saved: account {}", row.name)
            }
            Err((ended, reason)) => {
                code = code.and(ended);
                let text = format!("left out: {reason}");
                row.reason = Some(reason);
                text
            }
        };
        if context.out.format() == Format::Text {
            context.out.line(&format!("  {text}"))?;
            context.out.flush()?;
        }
        rows.push(row);
    }
    end(context, wanted, &rows)?;
    Ok(code)
}

fn end(context: &mut Context<'_>, wanted: &Import, rows: &[Row]) -> Result<(), Failure> {
    let saved = rows.iter().filter(|row| row.saved).count();
    match context.out.format() {
        Format::Json => context.out.json(&rows)?,
        Format::Text if saved == 0 && !wants_all(wanted) && !ask::is_somebody_there(context) => {
            context.out.note("nothing was saved: --all takes them all");
        }
        Format::Text => context.out.note(&format!("{saved} of {} taken over", rows.len())),
    }
    Ok(())
}

fn wants_all(wanted: &Import) -> bool {
    wanted.all || wanted.yes
}

/// Why an account is not taken over: it is here, or nobody wants it. Asks where there is somebody.
fn why_not(
    context: &mut Context<'_>,
    wanted: &Import,
    known: &Config,
    imported: &mut Imported,
) -> Result<Option<String>, Failure> {
    let new = &imported.account;
    let login = new.imap.user.as_ref().unwrap_or(&new.email);
    let same = save::all(known).find(|account| {
        let host = new.imap.host.as_ref().filter(|host| !host.is_empty());
        host.is_some_and(|host| host.eq_ignore_ascii_case(&account.imap.host))
            && login.eq_ignore_ascii_case(&account.imap.user)
    });
    if let Some(same) = same {
        return Ok(Some(format!("it is here already as \"{}\"", same.name)));
    }
    let there = ask::is_somebody_there(context);
    if !wants_all(wanted) {
        if !there {
            return Ok(Some("not asked for".to_owned()));
        }
        if !ask::confirm(context, "  Take it over?", ask::Default::Yes)? {
            return Ok(Some("not wanted".to_owned()));
        }
    }
    if imported.account.email.is_empty() {
        if !there {
            let text = "its address is not in the file: \"posthaste account add ADDRESS --host …\" adds it";
            return Ok(Some(text.to_owned()));
        }
        imported.account.email = ask::line(context, "  Your address in it", None)?;
    }
    Ok(None)
}

/// Tries an account and saves it; gives the name that it got.
fn take(context: &mut Context<'_>, wanted: &Import, known: &mut Config, imported: Imported) -> Result<String, Failure> {
    let mut new = imported.account;
    let used = save::used(context, known);
    let taken = |name: &str| used.iter().any(|used| used.eq_ignore_ascii_case(name));
    if taken(&new.name) {
        let mut numbered = (2..=used.len() + 2).map(|number| format!("{}{number}", new.name));
        new.name = numbered.find(|name| !taken(name)).unwrap_or(new.name);
    }
    let mut password = None;
    if matches!(new.imap.secret, NewSecret::None) && new.imap.command.is_none() {
        if imported.oauth && !takes_password(wanted, &imported.ways) {
            return Err(Failure::Usage(by_oauth(&new.email, &imported.ways)));
        }
        (new.imap.secret, password) = secret(context, wanted, imported.password, &new.email)?;
    }
    let candidate = Candidate { new, password, device: false };
    let saved = candidate.save(context, !wanted.no_check).map_err(|(_, failure)| failure)?;
    *known = save::known(context)?;
    Ok(saved.name)
}

/// Whether a password can be what the user wants for an account that signs in with OAuth 2 elsewhere.
fn takes_password(wanted: &Import, ways: &[Way]) -> bool {
    let says = wanted.keyring || wanted.plain || wanted.prompt;
    says && (ways.is_empty() || ways.iter().any(|way| matches!(way, Way::Password | Way::AppPassword)))
}

/// What adds an account that signs in with OAuth 2.
fn by_oauth(email: &str, ways: &[Way]) -> String {
    let provider = ways.iter().find_map(|way| match way {
        Way::OAuth { provider } => Some(provider.as_str()),
        Way::Password | Way::AppPassword => None,
    });
    let email = shell_words::quote(email);
    let provider = provider.unwrap_or("PROVIDER");
    format!(
        "it signs in with OAuth 2, by a client of your own: \
         \"posthaste account add {email} --oauth {provider} --client-id ID\" adds it"
    )
}

/// The way to the password of an account that brings none, or one that stands in its file.
fn secret(
    context: &mut Context<'_>,
    wanted: &Import,
    found: Option<SecretString>,
    who: &str,
) -> Result<(NewSecret, Option<SecretString>), Failure> {
    let says = wanted.keyring || wanted.plain || wanted.prompt;
    if !says && !ask::is_somebody_there(context) {
        let text = match found {
            Some(_) => {
                "its password stands in the file: say --keyring or --plain to take it over, or --prompt to type it"
            }
            None => "its password is not in the file: say --prompt to type it when it is needed",
        };
        return Err(Failure::Usage(text.to_owned()));
    }
    // One that stands in the file serves to try the account, wherever it goes.
    let password = match found {
        Some(found) => Some(found),
        None if wanted.prompt && wanted.no_check => None,
        None => Some(way::typed(context, false, who)?),
    };
    let secret = match &password {
        Some(password) if wanted.plain => NewSecret::Plain(password.clone()),
        _ if wanted.prompt || !(wanted.keyring || way::has_keyring(context)?) => NewSecret::Prompt,
        _ => NewSecret::Keyring,
    };
    Ok((secret, password))
}

impl Row {
    fn of(imported: &Imported) -> Self {
        let (new, imap) = (&imported.account, &imported.account.imap);
        Self {
            name: new.name.clone(),
            email: new.email.clone(),
            host: imap.host.clone(),
            port: imap.port,
            security: word(imap.security.unwrap_or_default()),
            user: imap.user.clone(),
            command: imap.command.clone(),
            secret: imap.secret.key_name(),
            send: new.send.as_ref().map(|send| match send {
                NewSend::Server(smtp) => smtp.host.clone(),
                NewSend::Command(command) => command.clone(),
            }),
            program: imported.program.as_str(),
            file: imported.file.display().to_string(),
            line: imported.line,
            notes: imported.notes.clone(),
            saved: false,
            reason: None,
        }
    }
}

/// "work  ada@example.org  imap.example.org  aerc, ~/…:2", and what is to be known.
fn show(context: &mut Context<'_>, row: &Row) -> Result<(), Failure> {
    let server = match (&row.host, row.port) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.clone(),
        (None, _) => row.command.clone().unwrap_or_default(),
    };
    let place = format!("{}:{}", row.file, row.line);
    context.out.fields([row.name.as_str(), row.email.as_str(), server.as_str(), row.program, place.as_str()])?;
    if let Some(send) = &row.send {
        context.out.line(&format!("  sends by {}", SafeText::new(send)))?;
    }
    for note in &row.notes {
        context.out.line(&format!("  note: {note}"))?;
    }
    context.out.flush()?;
    Ok(())
}

impl From<ProgramChoice> for Program {
    fn from(choice: ProgramChoice) -> Self {
        match choice {
            ProgramChoice::Aerc => Self::Aerc,
            ProgramChoice::Mutt => Self::Mutt,
            ProgramChoice::Himalaya => Self::Himalaya,
            ProgramChoice::Mbsync => Self::Mbsync,
        }
    }
}
