//! The command line of what is sent: `send`, `compose`, `outbox`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

/// `send`.
#[derive(Debug, ClapArgs)]
pub struct Send {
    /// The file that holds the mail, header and all; -: standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// By this account, whoever the mail is from; else From says which
    #[arg(short, long, value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// As it is, though your config encrypts all mails and this one is not encrypted
    #[arg(long)]
    pub clear: bool,
    /// To these people, and not to those in To, Cc and Bcc
    #[arg(long, value_name = "ADDRESS")]
    pub to: Vec<String>,
    /// Not before this time: 3h, "tomorrow 9", mon, 18:30
    #[arg(long, value_name = "WHEN")]
    pub at: Option<String>,
}

/// `compose`.
#[derive(Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Compose {
    /// A mailto: link
    #[arg(value_name = "MAILTO")]
    pub link: Option<String>,
    /// From this account; else the first one
    #[arg(short, long, value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// As this identity of yours
    #[arg(long, value_name = "ADDRESS")]
    pub from: Option<String>,
    /// To these people
    #[arg(long, value_name = "ADDRESS")]
    pub to: Vec<String>,
    /// Copies to these
    #[arg(long, value_name = "ADDRESS")]
    pub cc: Vec<String>,
    /// Copies to these, unseen by the others
    #[arg(long, value_name = "ADDRESS")]
    pub bcc: Vec<String>,
    /// The subject
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    pub subject: Option<String>,
    /// The text; -: standard input
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    pub body: Option<String>,
    /// Attach this file
    #[arg(long, value_name = "FILE")]
    pub attach: Vec<PathBuf>,
    /// Sign it
    #[arg(long)]
    pub sign: bool,
    /// Encrypt it to everybody who gets it
    #[arg(long)]
    pub encrypt: bool,
    /// Sign and encrypt by S/MIME in place of PGP
    #[arg(long)]
    pub smime: bool,
    /// Send it, without showing it first
    #[arg(long)]
    pub send: bool,
    /// Not before this time: 3h, "tomorrow 9", mon, 18:30
    #[arg(long, value_name = "WHEN", requires = "send")]
    pub at: Option<String>,
}

/// `outbox`.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum OutboxCommand {
    /// List them
    List,
    /// Something about one.
    #[command(flatten)]
    Decide(Decision),
}

/// What becomes of a mail on its way.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum Decision {
    /// Try again to send a mail that was refused
    Retry {
        /// Which
        #[command(flatten)]
        change: Change,
        /// Also one of which nobody knows whether it was sent: it may arrive twice
        #[arg(long)]
        anyway: bool,
    },
    /// Do not wait any longer with a mail that is to be sent later
    SendNow(Change),
    /// A mail of which nobody knows whether it was sent was sent
    WasSent(Change),
    /// Do not send a mail; its letter is kept among the drafts
    Discard(Change),
}

/// A mail on its way.
#[derive(Debug, Clone, Copy, ClapArgs)]
pub struct Change {
    /// Its number, as outbox prints it
    #[arg(value_name = "CHANGE", allow_negative_numbers = true)]
    pub op: i64,
}
