//! How mail leaves the account of another program: what its file says becomes ours, and what cannot is told.

use secrecy::{ExposeSecret as _, SecretString};

use super::is_loopback;
use crate::config::Security;
use crate::config::edit::sending::{NewSend, NewSmtp};
use crate::config::edit::{NewAccount, NewSecret};
use crate::config::outgoing::Smtp;
use crate::setup::plan::name;
use crate::setup::providers;

/// The way out, as a parser found it.
#[derive(Debug)]
pub(super) enum Sending {
    /// A submission server.
    Server(Box<Submission>),
    /// A command that takes the mail on its input.
    Command(String),
}

/// A submission server, as a parser found it.
#[derive(Debug, Default)]
pub(super) struct Submission {
    pub(super) host: String,
    pub(super) port: Option<u16>,
    pub(super) security: Security,
    pub(super) user: Option<String>,
    /// Whether nobody signs in there.
    pub(super) without_sign_in: bool,
    /// A command that prints what to sign in with, where the file has one for sending.
    pub(super) secret: NewSecret,
    /// The password for sending, where it stands in the file.
    pub(super) password: Option<SecretString>,
    /// What cannot be taken over, beside the server.
    pub(super) note: Option<String>,
}

/// Gives an account its way out; what is not known of it, or cannot be written, is a note. The password is the one for
/// receiving, where it stands in the file.
pub(super) fn finish(
    sending: Option<Sending>,
    password: Option<&SecretString>,
    account: &mut NewAccount,
    notes: &mut Vec<String>,
) {
    let done = match sending {
        Some(Sending::Command(command)) if command.chars().any(char::is_control) => {
            Err("the command that sends has control characters in it: it is left out".to_owned())
        }
        Some(Sending::Command(command)) => Ok(Some(NewSend::Command(command.trim().to_owned()))),
        Some(Sending::Server(server)) => of_server(*server, password, account, notes).map(NewSend::Server).map(Some),
        None => Ok(by_table(account).map(NewSend::Server)),
    };
    match done {
        Ok(Some(send)) => account.send = Some(send),
        Ok(None) => notes.push("how it sends is not in the file: name its server with --smtp-host".to_owned()),
        Err(note) => notes.push(note),
    }
}

/// What is known to everybody of the server that mail comes from.
fn by_table(account: &NewAccount) -> Option<NewSmtp> {
    let domain = account.email.rsplit_once('@').map(|(_, domain)| domain.to_ascii_lowercase());
    let server = providers::sending(account.imap.host.as_deref()?, domain.as_deref())?;
    let signs_in = account.imap.command.is_none() || !matches!(account.imap.secret, NewSecret::None);
    signs_in.then(|| NewSmtp {
        port: Some(server.port).filter(|port| *port != Smtp::default_port(server.security)),
        security: Some(server.security).filter(|security| *security != Security::Tls),
        host: server.host,
        ..NewSmtp::default()
    })
}

fn of_server(
    server: Submission,
    received: Option<&SecretString>,
    account: &NewAccount,
    notes: &mut Vec<String>,
) -> Result<NewSmtp, String> {
    let Submission { host, port, mut security, user, without_sign_in, secret, password, note } = server;
    let odd = |text: &String| text.chars().any(char::is_control);
    let host = name::of_server(host.trim_matches(['[', ']'])).filter(|_| !user.as_ref().is_some_and(odd));
    let host = host.ok_or_else(|| "what it sends through is no server's name: it is left out".to_owned())?;
    if security == Security::None && !is_loopback(&host) {
        security = Security::StartTls;
        notes.push("it sends without TLS there; here STARTTLS takes its place".to_owned());
    }
    let imap = &account.imap;
    let login = imap.user.as_ref().unwrap_or(&account.email);
    let user = user.filter(|user| user != login && !user.is_empty() && !without_sign_in);
    let secret = if same(&secret, &imap.secret) || without_sign_in { NewSecret::None } else { secret };
    let own = password.filter(|own| {
        !without_sign_in && received.is_none_or(|received| received.expose_secret() != own.expose_secret())
    });
    let has_none = matches!(imap.secret, NewSecret::None) && imap.command.is_some();
    if matches!(secret, NewSecret::None) && !without_sign_in && has_none {
        return Err(format!(
            "it sends through {host}, but what to sign in with there cannot be taken over: see to smtp"
        ));
    }
    if own.is_some() {
        notes.push("the password for sending is another one, and stands in the file: it is not taken over".to_owned());
    }
    notes.extend(note);
    Ok(NewSmtp {
        port: port.filter(|port| *port != 0 && *port != Smtp::default_port(security)),
        security: Some(security).filter(|security| *security != Security::Tls),
        host,
        user,
        secret,
        without_sign_in,
    })
}

/// Whether two commands are the same one.
fn same(one: &NewSecret, other: &NewSecret) -> bool {
    match (one, other) {
        (NewSecret::Command(one), NewSecret::Command(other))
        | (NewSecret::TokenCommand(one), NewSecret::TokenCommand(other)) => one == other,
        (
            NewSecret::None
            | NewSecret::Plain(_)
            | NewSecret::Command(_)
            | NewSecret::TokenCommand(_)
            | NewSecret::Keyring
            | NewSecret::Prompt
            | NewSecret::OAuth(_),
            _,
        ) => false,
    }
}
