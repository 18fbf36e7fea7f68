//! Why a mail was not sent, sorted by what to do next, and in plain words.

use std::fmt;

use super::words;
use crate::imap;
use crate::imap::error::{Denied, bounded};

/// Why a mail was not taken. Text from a server is raw: the caller sanitises it; at most 300 characters a piece.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The sign-in was refused, or could not be tried. Trying it again with the same secret may lock the account.
    #[error("{}: {text}", denied.words())]
    Auth {
        /// What the server said, or our own words where nothing was sent.
        text: String,
        /// What was not taken: with [`Denied::Token`] a new token may be.
        denied: Denied,
    },
    /// No connection could be made: DNS, refused, no route.
    #[error("Cannot reach {host}: {reason}")]
    Unreachable {
        /// The host of the config.
        host: String,
        /// Why, in our own words or the system's.
        reason: String,
        /// Whether something there answered, and be it with a refusal.
        answered: bool,
    },
    /// The connection is not safe: never tried in another way.
    #[error("No safe connection to {host}: {reason}. {advice}")]
    Tls {
        /// The host of the config.
        host: String,
        /// What is wrong.
        reason: String,
        /// What the user can do.
        advice: String,
    },
    /// The server said nothing for too long, before it had all of the mail.
    #[error("The server did not answer in time: {what}")]
    Timeout {
        /// What was waited for.
        what: &'static str,
    },
    /// The connection ended before the server had all of the mail.
    #[error("Connection closed before the mail was sent: {what}")]
    Closed {
        /// How.
        what: String,
    },
    /// The server sent what makes no sense or more than we take, before it had all of the mail.
    #[error("The server sent something wrong: {0}")]
    Protocol(String),
    /// Not now (4xx): the server is busy, greylists, or wants fewer mails.
    #[error("Not now: {answer}")]
    Later {
        /// When it said so.
        stage: Stage,
        /// Its answer.
        answer: Answer,
    },
    /// For good (5xx): the same mail will be refused again.
    #[error("{}: {answer}", stage.refused())]
    Refused {
        /// When it said so.
        stage: Stage,
        /// Its answer.
        answer: Answer,
    },
    /// Some or all recipients were refused. Nothing was sent, to nobody.
    #[error("{}", recipients(refused))]
    Recipients {
        /// Who was refused, and why; the others would have been taken.
        refused: Vec<Turned>,
    },
    /// The mail is larger than the server takes.
    #[error("{}", too_large(*size, *limit, answer.as_ref()))]
    TooLarge {
        /// Its size in bytes, as it would be on the wire.
        size: u64,
        /// What the server takes at most, in bytes, if it says so.
        limit: Option<u64>,
        /// What it said, where the mail was offered to it.
        answer: Option<Answer>,
    },
    /// The server cannot carry this mail as it is.
    #[error("{0}")]
    Unable(Lack),
    /// The mail cannot be sent by anybody, or not by this way: nothing of it was.
    #[error("{0}")]
    Unsendable(String),
    /// `send.command` did not take it.
    #[error("{text}")]
    Command {
        /// How it ended, and what it wrote to its standard error.
        text: String,
        /// Whether its exit code says "not now" (sysexits.h), so that it is tried again by itself.
        later: bool,
    },
    /// The server, or the command, had all of the mail, and did not say what became of it. It may have been sent: it is not
    /// to be sent again unless the user says so (SN04).
    #[error("It is not known whether the mail was sent: {what}")]
    Unknown {
        /// What came in place of an answer.
        what: String,
    },
}

/// What is to be done after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Next {
    /// Again, with the caller's back-off: the network was to blame.
    Soon,
    /// Again, and not before some minutes have passed: the server asked for it (RFC 5321, section 4.5.4.1).
    Later,
    /// Again with a fresh access token, once; then as [`Next::SignIn`].
    Token,
    /// The user has to see to the sign-in.
    SignIn,
    /// The user has to change the mail, the config or his mind: the same would be refused again.
    Edit,
    /// Never by itself: it may have been sent.
    Ask,
}

/// How far a submission was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Greeting and EHLO.
    Hello,
    /// AUTH.
    Auth,
    /// MAIL FROM.
    Sender,
    /// DATA, and the mail itself.
    Mail,
}

impl Stage {
    fn refused(self) -> &'static str {
        match self {
            Self::Hello => "The server does not want to talk",
            Self::Auth => "Sign-in refused",
            Self::Sender => "The server does not take mail from this address",
            Self::Mail => "The server does not take this mail",
        }
    }
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The reply code (RFC 5321, section 4.2.3).
    pub code: u16,
    /// The enhanced status code (RFC 3463), where there is one.
    pub status: Option<Status>,
    /// Its text, raw, without the codes; at most 300 characters.
    pub text: String,
}

impl Answer {
    /// What it means, in a plain sentence, where its codes are known.
    pub fn plain(&self) -> Option<&'static str> {
        words::plain(self.code, self.status)
    }

    /// Whether it says "not now".
    pub fn is_transient(&self) -> bool {
        (400..500).contains(&self.code)
    }

    /// Whether it is about the number of recipients: the same mail will be refused again, whatever the code says.
    pub(super) fn is_too_many(&self) -> bool {
        self.status.is_some_and(|status| (status.subject, status.detail) == (5, 3))
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codes = match self.status {
            Some(status) => format!("{} {status}", self.code),
            None => self.code.to_string(),
        };
        match (self.plain(), self.text.as_str()) {
            (Some(plain), "") => write!(f, "{plain} ({codes})"),
            (Some(plain), text) => write!(f, "{plain} ({codes}: {text})"),
            (None, "") => f.write_str(&codes),
            (None, text) => write!(f, "{text} ({codes})"),
        }
    }
}

/// An enhanced status code (RFC 3463).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Status {
    /// 2: done, 4: not now, 5: for good.
    pub class: u8,
    /// What it is about.
    pub subject: u16,
    /// What of it.
    pub detail: u16,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// A recipient that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turned {
    /// As the parcel has it.
    pub address: String,
    /// The server's answer.
    pub answer: Answer,
}

/// What a server cannot do, and this mail needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lack {
    /// SMTPUTF8 (RFC 6531): an address, or the header, has letters beyond ASCII that cannot be written in another way.
    Utf8,
    /// 8BITMIME (RFC 6152).
    EightBit,
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => {
                "The server takes no letters beyond ASCII before the @ of an address or in a header (SMTPUTF8); nothing was \
                 sent"
            }
            Self::EightBit => {
                "The server takes no mail with bytes beyond ASCII as they are (8BITMIME); nothing was sent. What cannot be written \
                 in another way, because it is signed, can be forwarded as an attachment"
            }
        })
    }
}

impl Error {
    /// What is to be done.
    pub fn next(&self) -> Next {
        match self {
            Self::Auth { denied: Denied::Token, .. } => Next::Token,
            Self::Auth { denied: Denied::Password | Denied::Unsent, .. } => Next::SignIn,
            // A captive portal goes away; nothing was sent, and nothing will be to anybody but the right one (RL13).
            Self::Unreachable { .. }
            | Self::Tls { .. }
            | Self::Timeout { .. }
            | Self::Closed { .. }
            | Self::Protocol(_) => Next::Soon,
            Self::Later { .. } | Self::Command { later: true, .. } => Next::Later,
            Self::Recipients { refused } => {
                let waits = |turned: &Turned| turned.answer.is_transient() && !turned.answer.is_too_many();
                if refused.iter().all(waits) { Next::Later } else { Next::Edit }
            }
            Self::Refused { .. }
            | Self::TooLarge { .. }
            | Self::Unable(_)
            | Self::Unsendable(_)
            | Self::Command { later: false, .. } => Next::Edit,
            Self::Unknown { .. } => Next::Ask,
        }
    }

    /// The error that an answer means, where it is no answer to the sign-in or to a recipient.
    pub(super) fn of(stage: Stage, answer: Answer) -> Self {
        if answer.is_transient() { Self::Later { stage, answer } } else { Self::Refused { stage, answer } }
    }
}

impl From<imap::error::Error> for Error {
    /// What connecting can come to is the same for every protocol.
    fn from(error: imap::error::Error) -> Self {
        match error {
            imap::error::Error::Auth { text, denied } => Self::Auth { text, denied },
            imap::error::Error::Unreachable { host, reason, answered } => Self::Unreachable { host, reason, answered },
            imap::error::Error::Tls { host, reason, advice, certificate: _ } => {
                Self::Tls { host, reason, advice: for_smtp(&advice) }
            }
            imap::error::Error::Timeout { what } => Self::Timeout { what },
            imap::error::Error::Closed { what } => Self::Closed { what },
            imap::error::Error::Protocol(what) => Self::Protocol(what),
            other @ (imap::error::Error::Rejected { .. }
            | imap::error::Error::Bad { .. }
            | imap::error::Error::Throttled { .. }) => Self::Closed { what: bounded(&other.to_string()) },
        }
    }
}

/// Advice that names keys of the config and ports, with those of SMTP.
fn for_smtp(advice: &str) -> String {
    advice.replace("imap.", "smtp.").replace("993 is \"tls\", 143 is", "465 is \"tls\", 587 is")
}

/// Who was refused, and why.
fn recipients(refused: &[Turned]) -> String {
    let each: Vec<String> =
        refused.iter().take(NAMED).map(|turned| format!("{}: {}", turned.address, turned.answer)).collect();
    let more = refused.len().saturating_sub(NAMED);
    let rest = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!("Nothing was sent, because not everybody can get it. {}{rest}", each.join("; "))
}

/// Recipients that are named in one sentence.
const NAMED: usize = 5;

fn too_large(size: u64, limit: Option<u64>, answer: Option<&Answer>) -> String {
    let size = megabytes(size);
    match (limit, answer) {
        // What it says of its limit is one thing, what it takes another.
        (_, Some(answer)) => format!("The mail is too large with {size} MB: {answer}"),
        (Some(limit), None) => format!("The mail has {size} MB, and the server takes {} MB at most", megabytes(limit)),
        (None, None) => format!("The mail is too large with {size} MB"),
    }
}

/// With one digit behind the point, rounded up: what is said to be too large must not look as if it fitted.
fn megabytes(bytes: u64) -> String {
    let tenths = bytes.div_ceil(100_000);
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests;
