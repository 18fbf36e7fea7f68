//! Commands that have the terminal for themselves.

use std::path::PathBuf;

use crate::letter::LetterId;
use crate::mail::{AccountId, MessageId};

/// A command that has the terminal for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lend {
    /// For a shell; of a program that opens a file: its words, which no shell reads.
    pub command: String,
    /// The file on its standard input; of a program that opens a file: that file; of one that prints a secret it is the terminal.
    pub input: PathBuf,
    /// What for.
    pub purpose: Purpose,
}

/// What a command has the terminal for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The user gave it something; what it says is read before the screen is back.
    Pipe,
    /// The user opens a file with it.
    Open,
    /// A passphrase is typed, for this; the screen is back at once where that was right.
    Unlock(Unlock),
    /// It prints what this account signs in with, and may ask for anything before: what it prints is read, and not shown.
    Secret(AccountId),
}

/// What is waiting for a passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlock {
    /// A message that is to be read.
    Message(MessageId),
    /// A letter that is to be signed.
    Letter {
        /// Which.
        letter: LetterId,
        /// Whether it is sent then, if nothing else stands in the way.
        send: bool,
    },
}
