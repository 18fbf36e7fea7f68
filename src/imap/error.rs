//! What can go wrong with a server, sorted by what to do next.

use std::time::Duration;

/// A failure of a connection or a command. Text from a server is raw: the caller sanitises it; at most 300 characters.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server refused the sign-in, or it could not be tried. Trying again with the same secret may lock the account.
    #[error("{}: {text}", denied.words())]
    Auth {
        /// What the server said, or our own words where nothing was sent.
        text: String,
        /// What was not taken.
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
    /// The connection is not safe: never tried again in another way.
    #[error("No safe connection to {host}: {reason}. {advice}")]
    Tls {
        /// The host of the config.
        host: String,
        /// What is wrong.
        reason: String,
        /// What the user can do.
        advice: String,
        /// The server's certificate as `imap.pin` takes it, where taking just this one would make the connection.
        certificate: Option<String>,
    },
    /// Nothing moved for too long.
    #[error("The server did not answer in time: {what}")]
    Timeout {
        /// What was waited for.
        what: &'static str,
    },
    /// The server answered NO: this command failed, the session goes on (RFC 9051, section 7.1.2).
    #[error("{verb} refused: {text}")]
    Rejected {
        /// The command.
        verb: &'static str,
        /// The response code in upper case without arguments: `TRYCREATE`, `OVERQUOTA`.
        code: Option<String>,
        /// What the server said.
        text: String,
    },
    /// The server answered BAD: it did not understand us, the session is dropped.
    #[error("{verb} not understood: {text}")]
    Bad {
        /// The command.
        verb: &'static str,
        /// What the server said.
        text: String,
    },
    /// The server wants to be left alone for a while.
    #[error("The server asks to wait: {text}")]
    Throttled {
        /// For how long, if it said so.
        wait: Option<Duration>,
        /// What the server said.
        text: String,
    },
    /// The server sent what makes no sense or more than we take.
    #[error("The server sent something wrong: {0}")]
    Protocol(String),
    /// The connection ended: EOF, BYE, reset, or an earlier error on this session.
    #[error("Connection closed: {what}")]
    Closed {
        /// How.
        what: String,
    },
}

/// What a server did not take at the sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// User name and password, or the certificate.
    Password,
    /// The access token: a new one may be taken.
    Token,
    /// Nothing was sent: there is no secret, or no way to sign in that both sides know and the config wants.
    Unsent,
}

impl Denied {
    /// The head of the sentence that says so: nobody refused what nobody was asked.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Password | Self::Token => "Sign-in refused",
            Self::Unsent => "Cannot sign in",
        }
    }
}

/// What [`Error::Closed`] calls an end without a word.
pub(crate) const ENDED: &str = "the server ended the connection";

/// What [`Error::Timeout`] calls the first answer of a server.
pub(crate) const GREETING: &str = "greeting";

/// What [`Error::Timeout`] calls the `+` that begins IDLE.
pub(crate) const UNBEGUN: &str = "the beginning of IDLE";

/// When to try again after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// On a new connection, with the caller's back-off.
    Soon,
    /// On a new connection, not before this time has passed.
    After(Duration),
    /// Only when the user asks: it would fail again or do harm.
    WhenUserAsks,
    /// Not at all for this operation; the session is fine.
    Never,
}

impl Error {
    /// When it makes sense to try again.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Auth { .. } => Retry::WhenUserAsks,
            Self::Throttled { wait: Some(wait), .. } => Retry::After(*wait),
            Self::Rejected { .. } => Retry::Never,
            // A captive portal goes away; nothing was sent, and nothing will be to anybody but the right one (RL13).
            Self::Tls { .. }
            | Self::Unreachable { .. }
            | Self::Timeout { .. }
            | Self::Bad { .. }
            | Self::Throttled { wait: None, .. }
            | Self::Protocol(_)
            | Self::Closed { .. } => Retry::Soon,
        }
    }

    /// Whether nothing was heard of the server: no way to it, or no greeting. It was not bothered.
    pub fn is_silence(&self) -> bool {
        match self {
            Self::Unreachable { answered, .. } => !answered,
            Self::Timeout { what } => *what == GREETING,
            Self::Auth { .. }
            | Self::Tls { .. }
            | Self::Rejected { .. }
            | Self::Bad { .. }
            | Self::Throttled { .. }
            | Self::Protocol(_)
            | Self::Closed { .. } => false,
        }
    }

    /// Whether the line ended the connection, as far as that can be told: nobody said a word of it.
    pub fn is_cut(&self) -> bool {
        use std::io::ErrorKind;
        let Self::Closed { what } = self else { return false };
        let kinds = [
            ErrorKind::BrokenPipe,
            ErrorKind::ConnectionAborted,
            ErrorKind::ConnectionReset,
            ErrorKind::TimedOut,
            ErrorKind::UnexpectedEof,
        ];
        what == ENDED || kinds.iter().any(|kind| *what == kind.to_string())
    }

    /// Whether the session must be dropped: all but a plain NO.
    pub fn fatal(&self) -> bool {
        !matches!(self, Self::Rejected { .. })
    }

    /// The error that a NO or BAD with this code and text means (RFC 9051, section 7.1; RFC 5530).
    pub(crate) fn refused(verb: &'static str, refusal: Refusal, code: Option<String>, text: &str) -> Self {
        let text = bounded(text);
        if let Some(pause) = throttled(code.as_deref(), &text) {
            return Self::Throttled { wait: pause.hint(), text };
        }
        match refusal {
            Refusal::No => Self::Rejected { verb, code, text },
            Refusal::Bad => Self::Bad { verb, text },
        }
    }

    /// The error that a BYE with this code and text means.
    pub(crate) fn bye(code: Option<&str>, text: &str) -> Self {
        let text = bounded(text);
        match throttled(code, &text) {
            Some(pause) => Self::Throttled { wait: pause.hint(), text },
            None if text.is_empty() => Self::Closed { what: "the server said goodbye".to_owned() },
            None => Self::Closed { what: text },
        }
    }
}

/// Which of the two refusals the server chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// NO.
    No,
    /// BAD.
    Bad,
}

/// How long a server wants to be left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pause {
    /// It named a time.
    For(Duration),
    /// It named none: the caller's back-off decides.
    AsLongAsItTakes,
}

impl Pause {
    fn hint(self) -> Option<Duration> {
        match self {
            Self::For(wait) => Some(wait),
            Self::AsLongAsItTakes => None,
        }
    }
}

/// At most 300 characters of server text: no more is ever shown, and a hostile server must not fill the log.
pub(crate) fn bounded(text: &str) -> String {
    text.trim().chars().take(300).collect()
}

/// Whether this refusal asks for patience, and for how long (RL43).
///
/// Exchange Online says `BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds`, and
/// `BAD User is authenticated but not connected` while its back end is away. Gmail says in plain words, with no code but
/// ALERT, that the day's bytes are used up or that fifteen connections are enough.
pub(crate) fn throttled(code: Option<&str>, text: &str) -> Option<Pause> {
    let lower = text.to_ascii_lowercase();
    let hint = backoff_hint(&lower);
    let asks = matches!(code, Some("LIMIT" | "INUSE" | "UNAVAILABLE" | "THROTTLED"))
        || lower.contains("is throttled")
        || lower.contains("[throttled]")
        || lower.contains("authenticated but not connected")
        || lower.contains("exceeded command or bandwidth limits")
        || lower.contains("too many simultaneous connections");
    hint.map(Pause::For).or(asks.then_some(Pause::AsLongAsItTakes))
}

/// At most a day: a server's typing error must not switch an account off.
fn backoff_hint(lower: &str) -> Option<Duration> {
    let (_, after) = lower.split_once("backoff time:")?;
    let mut words = after.split_whitespace();
    let number: u64 = words.next()?.trim_end_matches('.').parse().ok()?;
    let unit = words.next().unwrap_or("milliseconds");
    let wait = if unit.starts_with("sec") { Duration::from_secs(number) } else { Duration::from_millis(number) };
    Some(wait.min(Duration::from_hours(24)))
}

#[cfg(test)]
mod tests;
