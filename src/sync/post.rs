//! Who makes mails of letters, who carries them, and who leaves mailings: what the engine is given from outside.

use std::borrow::Cow;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::auth::Failure;
use crate::compose::{self, Built, Stamp};
use crate::config;
use crate::config::outgoing::{Notices, SentCopy, Way};
use crate::imap::error::Denied;
use crate::letter::{Letter, Parcel};
use crate::letters::Parts;
use crate::mail::UnixTime;
use crate::sasl::Credential;
use crate::send::error::{Error, Lack, Next};
use crate::send::gate::Gate;
use crate::send::{Dsn, Outlet, SignIn, not_set_up, submit_through};
use crate::sync::account::Account;
use crate::sync::way_out::way_out;

/// Where Gmail takes what its users send.
const GMAIL: [&str; 2] = ["smtp.gmail.com", "smtp.googlemail.com"];

/// Makes mails of letters. Called on a thread where it may take its time: what signs may ask for a passphrase.
pub trait Scribe: Send + Sync {
    /// The mail of a letter, as it is sent and as it is kept.
    ///
    /// # Errors
    /// Why it is no mail yet, in a sentence.
    fn mail(&self, letter: &Letter, parts: &Parts, now: UnixTime) -> Result<Built, String>;

    /// A letter as it lies in the server's Drafts. One that is to be encrypted is encrypted to the user alone, or stays on
    /// this disk.
    ///
    /// # Errors
    /// Why it cannot lie there, in a sentence.
    fn draft(&self, letter: &Letter, parts: &Parts, now: UnixTime) -> Result<Vec<u8>, String> {
        if letter.seal.encrypt {
            return Err("it is to be encrypted, and stays on this disk until it is sent".to_owned());
        }
        compose::draft(letter, &Files(parts), &stamp(now)).map_err(|problem| problem.to_string())
    }
}

/// Hands mails over.
pub trait Carrier: Send + Sync {
    /// Hands a mail over to everybody or to nobody, and passes the gate before its end goes out. Gives the server's last word.
    fn carry<'a>(
        &'a self,
        account: &'a Account,
        parcel: &'a Parcel,
        gate: &'a dyn Gate,
    ) -> Pin<Box<dyn Future<Output = Result<String, Error>> + Send + 'a>>;
}

/// Leaves mailings by a click (RFC 8058).
pub trait Clicker: Send + Sync {
    /// Posts to this link. Blocks, for some seconds at most: it belongs on a thread where that is allowed.
    ///
    /// # Errors
    /// Why the click was not taken.
    fn click(&self, url: &str) -> Result<(), Missed>;
}

/// Why a click was not taken, in words that may hold what a server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missed {
    /// Its server was not reached: there may be no network.
    Unreached(String),
    /// Its server cannot take it now.
    Busy(String),
    /// It will not be taken later either.
    Refused(String),
}

/// What the engine is given.
#[derive(Clone)]
pub struct Post {
    /// Makes mails.
    pub scribe: Arc<dyn Scribe>,
    /// Hands them over.
    pub carrier: Arc<dyn Carrier>,
    /// Leaves mailings.
    pub clicker: Arc<dyn Clicker>,
}

impl Default for Post {
    /// Plain mails, by the way that the config says; no click is taken.
    fn default() -> Self {
        Self { scribe: Arc::new(Plain), carrier: Arc::new(Network), clicker: Arc::new(NoClick) }
    }
}

/// Where nothing can be posted.
pub struct NoClick;

impl Clicker for NoClick {
    fn click(&self, _: &str) -> Result<(), Missed> {
        Err(Missed::Refused("nothing is posted from here".to_owned()))
    }
}

/// By the way out that the config of the account says.
pub struct Network;

impl Carrier for Network {
    fn carry<'a>(
        &'a self,
        account: &'a Account,
        parcel: &'a Parcel,
        gate: &'a dyn Gate,
    ) -> Pin<Box<dyn Future<Output = Result<String, Error>> + Send + 'a>> {
        Box::pin(hand_over(account, parcel, gate))
    }
}

/// A token that was not taken is got anew, once; a mail with bytes beyond ASCII is written without them for a server that takes
/// none.
async fn hand_over(account: &Account, parcel: &Parcel, gate: &dyn Gate) -> Result<String, Error> {
    let Some(outlet) = way_out(&account.config, &account.dialer) else {
        let (words, next) = not_set_up(&account.config.name);
        return Err(Error::Unsendable(format!("{words}: {next}")));
    };
    let signs_in = matches!(&outlet, Outlet::Smtp(smtp) if matches!(smtp.sign_in, SignIn::Auth(_)));
    let keeper = account.sending.as_ref().unwrap_or(&account.keeper);
    let mut again = signs_in;
    let wish = wish(account.config.outgoing.notices);
    let mut narrow: Option<Parcel> = None;
    loop {
        let parcel = narrow.as_ref().unwrap_or(parcel);
        let credential = if signs_in { keeper.credential().await.map_err(unsigned)? } else { Credential::None };
        match submit_through(gate, &outlet, &credential, parcel, wish, &account.trace("mail")).await {
            Ok(report) => {
                if signs_in {
                    keeper.accepted().await;
                }
                return Ok(report.said);
            }
            // Before the gate: nothing of it was sent.
            Err(error @ Error::Unable(Lack::EightBit)) if narrow.is_none() => {
                narrow = Some(narrowed(parcel).await.ok_or(error)?);
            }
            Err(error) => {
                if let Error::Auth { denied: Denied::Password | Denied::Token, .. } = error {
                    if account.sending.is_some() {
                        keeper.refused();
                    } else {
                        // What this server does not take may be good for reading: that is not signed out for it.
                        keeper.refused_aside(&credential);
                    }
                }
                if error.next() != Next::Token || !std::mem::take(&mut again) {
                    return Err(error);
                }
            }
        }
    }
}

/// The parcel with a mail of seven bits, where it can be one.
async fn narrowed(parcel: &Parcel) -> Option<Parcel> {
    let Parcel { from, to, bytes, message_id } = parcel.clone();
    let bytes = tokio::task::spawn_blocking(move || compose::narrowed(&bytes)).await.ok()??;
    Some(Parcel { from, to, bytes, message_id })
}

/// The notices of delivery that are asked for.
const fn wish(notices: Notices) -> Option<Dsn> {
    match notices {
        Notices::Server => None,
        Notices::Failure => Some(Dsn { success: false, whole: false }),
        Notices::Always => Some(Dsn { success: true, whole: false }),
    }
}

/// What a mail ends with that there is nothing to sign in with for.
fn unsigned(failure: Failure) -> Error {
    match failure {
        Failure::Unreachable { host, reason, answered } => Error::Unreachable { host, reason, answered },
        Failure::Needed(_, text) | Failure::Failed(text) => Error::Auth { text, denied: Denied::Unsent },
    }
}

/// Whether the server of this account puts what it sends into Sent itself. Gmail does, of what this very user signed in to
/// send: what goes by its relay for companies, or as another user, is not there.
pub fn makes_copies(account: &config::Account, gmail: bool) -> bool {
    let Some(Way::Smtp(smtp)) = &account.outgoing.way else { return false };
    let at_gmail = GMAIL.iter().any(|host| smtp.host.eq_ignore_ascii_case(host));
    let same = smtp.auth.is_some() && smtp.user.eq_ignore_ascii_case(&account.imap.user);
    gmail && at_gmail && same && account.outgoing.sent_copy == SentCopy::Auto
}

/// Letters that are neither signed nor encrypted.
pub struct Plain;

impl Scribe for Plain {
    fn mail(&self, letter: &Letter, parts: &Parts, now: UnixTime) -> Result<Built, String> {
        compose::build(letter, &Files(parts), &stamp(now)).map_err(|problem| problem.to_string())
    }
}

fn stamp(now: UnixTime) -> Stamp {
    Stamp { now, zone: TimeZone::system(), agent: None }
}

/// The files of a letter as [`compose`] wants them.
pub struct Files<'a>(pub &'a Parts);

impl compose::Parts for Files<'_> {
    fn bytes(&self, stored: &str) -> Option<Cow<'_, [u8]>> {
        self.0.read(stored).map(Cow::Owned)
    }
}

/// A file below the data directory with what it holds before the mail itself.
#[derive(Debug, Clone)]
pub struct Frozen {
    /// Where it is.
    pub path: PathBuf,
    /// Bytes before the mail.
    pub skip: u64,
}

impl Frozen {
    /// The mail.
    ///
    /// # Errors
    /// When it is gone or cannot be read.
    pub fn read(&self) -> std::io::Result<Vec<u8>> {
        let mut bytes = std::fs::read(&self.path)?;
        let skip = usize::try_from(self.skip).unwrap_or(usize::MAX);
        if skip > bytes.len() {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        bytes.drain(..skip);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::makes_copies;
    use crate::config::Config;
    use crate::config::env::Env;

    /// Gmail keeps what its user sends by it. What goes by its relay, without a sign-in or as somebody else is kept in no folder
    /// of the account unless it is put there.
    #[test]
    fn gmail_keeps_its_users_mail_alone() {
        for (smtp, kept) in [
            ("host = \"smtp.gmail.com\"", true),
            ("host = \"SMTP.googlemail.com\"\nuser = \"Ada@gmail.com\"", true),
            ("host = \"smtp-relay.gmail.com\"", false),
            ("host = \"smtp.evilgmail.com\"", false),
            ("host = \"smtp.gmail.com\"\nuser = \"grace@gmail.com\"", false),
            ("host = \"smtp.gmail.com\"\nauth = \"none\"", false),
        ] {
            let text = format!(
                "[accounts.a]\nemail = \"ada@gmail.com\"\n[accounts.a.imap]\nhost = \"imap.gmail.com\"\n\
                 password_command = \"p\"\n[accounts.a.smtp]\n{smtp}\n"
            );
            let config =
                Config::parse_with(&text, "/c/config.toml".as_ref(), &Env::from(&[("HOME", "/h")][..])).unwrap();
            assert_eq!(makes_copies(&config.accounts[0], true), kept, "{smtp}");
            assert!(!makes_copies(&config.accounts[0], false), "{smtp}");
        }
    }
}
