//! A mail on its way out: submission by SMTP (RFC 6409) or by a command of the user's own. What becomes of the mail on this
//! side (outbox, copy in Sent) is not here.
//!
//! The client is our own: a session is a dozen verbs, and what matters is what a library would hide: that nothing of what was
//! said in clear is kept (lettre keeps it across STARTTLS, async-smtp leaves the handshake to its caller and knows neither
//! SCRAM nor how far a mail had come when the connection was cut), and that no secret is in a trace.

use crate::imap::connect::Endpoint;
use crate::imap::connect::dialer::Dialer;
use crate::imap::trace::Trace;
use crate::letter::Parcel;
use crate::sasl::{Credential, Wanted};
use error::Error;
use found::Found;
use gate::{Gate, Open};
use session::Session;
use wire::Mail;

pub mod error;
pub mod found;
pub mod gate;
pub mod session;
pub mod starttls;
pub mod wire;

mod command;
mod link;
mod offer;
mod reply;
mod words;

/// What is said where the account of this name has no way out: what is the matter, and what to do.
pub fn not_set_up(account: &str) -> (&'static str, String) {
    let account = shell_words::quote(account);
    let next =
        format!("\"posthaste account change {account} --smtp-host HOST\" names a server, --send-command a program");
    ("sending is not set up for this account", next)
}

/// The way out of an account.
#[derive(Debug, Clone)]
pub enum Outlet {
    /// A submission server.
    Smtp(Box<Smtp>),
    /// A command for `sh -c` that takes the mail on its input and hands it on: `msmtp`, `sendmail -oi`.
    ///
    /// It gets the recipients as arguments behind `--`, so that Bcc need not stand in the mail, and the sender as
    /// `$POSTHASTE_FROM`. If one of its words is `-t` or `--read-recipients` it reads them from the mail instead: then
    /// there are no arguments, those who stand in no field are added as Bcc, and a mail whose fields name anybody else is
    /// not sent.
    Command(String),
}

/// A submission server, and who we are there.
#[derive(Debug, Clone)]
pub struct Smtp {
    /// Where it is. Its `compress` and `command` are not looked at.
    pub endpoint: Endpoint,
    /// The name to sign in with.
    pub user: String,
    /// How we sign in.
    pub sign_in: SignIn,
    /// Through the network, or within this process.
    pub dialer: Dialer,
}

/// How we sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignIn {
    /// Not at all: a relay on this computer, or one that knows us by our address.
    Not,
    /// By AUTH (RFC 4954).
    Auth(Wanted),
}

/// Which notices of delivery are asked for (RFC 3461), where the server takes the wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Dsn {
    /// Also of what arrived: of what could not be delivered, and what is late, there is one anyhow.
    pub success: bool,
    /// The notice holds the whole mail, not its header alone.
    pub whole: bool,
}

/// A mail that was taken, by the server's word or the command's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Each recipient, with what the server said to it (raw text: the caller sanitises it; empty for a command).
    pub accepted: Vec<Accepted>,
    /// The server's last word, raw: often the number that the mail has in its queue.
    pub said: String,
    /// Whether the wish for notices of delivery was handed on.
    pub notices: bool,
}

/// A recipient that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// As the parcel has it.
    pub address: String,
    /// The server's words, raw.
    pub said: String,
}

/// Hands a mail over: to everybody or to nobody. A server that refuses one recipient gets no mail, since half of a sending
/// cannot be taken back (SN06).
///
/// It is returned as soon as the server has said that the mail is its own: what is left to say is said later. If the future
/// is dropped before it ends, whether the mail was sent is unknown.
///
/// # Errors
/// See [`Error`]; [`Error::next`] says what to do. [`Error::Unknown`] alone means that the mail may have been sent: everything
/// else says that it was not.
pub async fn submit(
    outlet: &Outlet,
    credential: &Credential,
    parcel: &Parcel,
    dsn: Option<Dsn>,
    trace: &Trace,
) -> Result<Report, Error> {
    submit_through(&Open, outlet, credential, parcel, dsn, trace).await
}

/// As [`submit`], through a gate: it is passed before the end of the mail goes out, or before the command is started, and
/// once at most.
///
/// # Errors
/// As [`submit`]; [`Error::Closed`] where the gate stayed shut: then the mail was not sent.
pub async fn submit_through(
    gate: &dyn Gate,
    outlet: &Outlet,
    credential: &Credential,
    parcel: &Parcel,
    dsn: Option<Dsn>,
    trace: &Trace,
) -> Result<Report, Error> {
    match outlet {
        Outlet::Smtp(smtp) => {
            let mail = Mail::of(parcel)?;
            let mut session = open(smtp, credential, trace).await?;
            let report = session.deliver_through(gate, &mail, dsn).await;
            session.leave();
            report
        }
        Outlet::Command(command) => {
            gate.pass().await.map_err(shut)?;
            command::submit(command, parcel, trace).await
        }
    }
}

/// What a mail ends with that the gate kept back.
fn shut(what: String) -> Error {
    Error::Closed { what }
}

/// Tries the way out and sends nothing: connection, TLS, sign-in, what the server can do.
///
/// # Errors
/// As [`submit`], but nothing is unknown.
pub async fn check(outlet: &Outlet, credential: &Credential, trace: &Trace) -> Result<Found, Error> {
    match outlet {
        Outlet::Smtp(smtp) => {
            let session = open(smtp, credential, trace).await?;
            let found = session.found();
            session.leave();
            Ok(found)
        }
        Outlet::Command(command) => command::find(command).await,
    }
}

/// A session that is signed in.
async fn open(smtp: &Smtp, credential: &Credential, trace: &Trace) -> Result<Session, Error> {
    let mut session = session::connect(smtp, trace).await?;
    match smtp.sign_in {
        SignIn::Not => {}
        SignIn::Auth(want) => {
            session.sign_in(&smtp.user, credential, want).await?;
        }
    }
    Ok(session)
}
