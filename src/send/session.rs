//! One session with a submission server (RFC 6409, RFC 5321): EHLO, sign-in, one mail.
//!
//! It is everything or nothing: unless each recipient is taken, no byte of the mail is sent. Up to the last dot a broken
//! connection means that nothing was sent; from the dot on only an answer says what became of it (SN03, SN04).

use std::time::Duration;

use secrecy::SecretString;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::error::{Answer, Error, Lack, Stage, Turned};
use super::found::Found;
use super::gate::{Gate, Open};
use super::link::{Link, Shown};
use super::offer::Offer;
use super::reply::Reply;
use super::starttls::SmtpPrelude;
use super::wire::{Mail, xtext};
use super::{Accepted, Dsn, Report, Smtp};
use crate::imap::connect::dialer::Dialer;
use crate::imap::connect::{Opened, Security, Stream, boxed, open};
use crate::imap::error::Denied;
use crate::imap::trace::Trace;
use crate::sasl::{Credential, Mechanism, Peer, Wanted};

mod auth;

/// How we greet: an address that is the same for everybody, because the name or address of a computer ends up in the mail's
/// Received field (RFC 5321, sections 4.1.3 and 4.4).
pub(super) const HELLO: &str = "EHLO [127.0.0.1]";

// Limits of RFC 5321, section 4.5.3.2.
/// For the greeting, and for the answers to EHLO, AUTH, MAIL and RCPT.
const COMMAND: Duration = Duration::from_mins(5);
/// For the answer to DATA.
const DATA: Duration = Duration::from_mins(2);
/// For the answer to the last dot: a server that looks through the mail takes its time, and who gives up early sends twice.
const DOT: Duration = Duration::from_mins(10);
/// For the end: nobody waits for it.
const QUIT: Duration = Duration::from_secs(5);
/// How long the server may still object, or turn out to be gone, before the last dot is sent. Without it a short mail would
/// be all sent before a cut could be seen, and nobody would know what became of it.
const PAUSE: Duration = Duration::from_millis(100);
/// Commands that are sent at once (RFC 2920): so few that neither side waits for the other with its buffers full.
const GROUP: usize = 50;

/// A session: greeted, perhaps signed in.
#[derive(Debug)]
pub struct Session {
    link: Link,
    offer: Offer,
    peer: Peer,
    signed_in: Option<Mechanism>,
}

/// Connects, makes the connection safe and greets.
///
/// # Errors
/// [`Error::Unreachable`], [`Error::Timeout`], [`Error::Tls`], [`Error::Closed`], [`Error::Protocol`] when it is no SMTP
/// server, [`Error::Later`] and [`Error::Refused`] when it does not want to talk.
pub async fn connect(smtp: &Smtp, trace: &Trace) -> Result<Session, Error> {
    let endpoint = &smtp.endpoint;
    match &smtp.dialer {
        Dialer::Network => {
            let Opened { stream, peer, here: _ } = open(endpoint, &SmtpPrelude, trace).await?;
            match endpoint.security {
                Security::Tls | Security::None => Session::greeted(stream, peer, trace).await,
                Security::StartTls => Session::upgraded(stream, peer, trace).await,
            }
        }
        Dialer::Inside(dial) => {
            let host = endpoint.host.clone();
            let stream = dial().map_err(|error| Error::Unreachable {
                host: host.clone(),
                reason: error.to_string(),
                answered: error.kind() == std::io::ErrorKind::ConnectionRefused,
            })?;
            Session::greeted(boxed(stream), Peer { host, ..Peer::default() }, trace).await
        }
    }
}

/// Speaks SMTP over a stream that is safe already, from the server's greeting on.
///
/// # Errors
/// As [`connect`].
pub async fn greet<T>(stream: T, host: &str, trace: &Trace) -> Result<Session, Error>
where
    T: AsyncRead + AsyncWrite + Send + Sync + Unpin + 'static,
{
    Session::greeted(boxed(stream), Peer { host: host.to_owned(), ..Peer::default() }, trace).await
}

/// Speaks SMTP over a stream that STARTTLS has just made safe: there is no second greeting, and nothing that was said before
/// counts (PS04).
///
/// # Errors
/// As [`connect`].
pub async fn after_starttls<T>(stream: T, host: &str, trace: &Trace) -> Result<Session, Error>
where
    T: AsyncRead + AsyncWrite + Send + Sync + Unpin + 'static,
{
    Session::upgraded(boxed(stream), Peer { host: host.to_owned(), ..Peer::default() }, trace).await
}

impl Session {
    async fn greeted(stream: Stream, peer: Peer, trace: &Trace) -> Result<Self, Error> {
        let mut link = Link::new(stream, trace.clone());
        let greeting = link.reply("greeting", COMMAND, Shown::Open).await?;
        if greeting.code != 220 {
            return Err(unwelcome(&greeting));
        }
        Self::hello(link, peer).await
    }

    async fn upgraded(stream: Stream, peer: Peer, trace: &Trace) -> Result<Self, Error> {
        Self::hello(Link::new(stream, trace.clone()), peer).await
    }

    async fn hello(mut link: Link, peer: Peer) -> Result<Self, Error> {
        link.command(HELLO, None).await?;
        let reply = link.reply("EHLO", COMMAND, Shown::Open).await?;
        if reply.code != 250 {
            return Err(unwelcome(&reply));
        }
        Ok(Self { link, offer: Offer::of(&reply), peer, signed_in: None })
    }

    /// Signs in, by the mechanism that is wanted or the best that both sides know.
    ///
    /// # Errors
    /// [`Error::Auth`] when the server refuses, when there is no way that both sides know, and for what cannot be sent, before
    /// a byte of it is; [`Error::Later`] when sign-ins do not work at the moment; [`Error::Tls`] when a server that has to
    /// know the password does not.
    pub async fn sign_in(&mut self, user: &str, credential: &Credential, want: Wanted) -> Result<Mechanism, Error> {
        let mechanism = auth::sign_in(self, user, credential, want).await?;
        self.signed_in = Some(mechanism);
        Ok(mechanism)
    }

    /// What the server said that it can do.
    pub fn found(&self) -> Found {
        Found {
            signed_in: self.signed_in,
            size: self.offer.size(),
            utf8: self.offer.has("SMTPUTF8"),
            notices: self.offer.has("DSN"),
            command: None,
        }
    }

    /// Sends one mail, to everybody or to nobody.
    ///
    /// # Errors
    /// See [`Error`]. Unless it is [`Error::Unknown`], the mail was not sent.
    pub async fn deliver(&mut self, mail: &Mail, dsn: Option<Dsn>) -> Result<Report, Error> {
        self.deliver_through(&Open, mail, dsn).await
    }

    /// As [`Session::deliver`], through a gate.
    ///
    /// # Errors
    /// As [`super::submit_through`].
    pub async fn deliver_through(&mut self, gate: &dyn Gate, mail: &Mail, dsn: Option<Dsn>) -> Result<Report, Error> {
        self.fits(mail)?;
        let dsn = dsn.filter(|_| self.offer.has("DSN"));
        let accepted = self.envelope(mail, dsn).await?;
        self.link.command("DATA", None).await?;
        let go = self.link.reply("DATA", DATA, Shown::Open).await?;
        if go.code != 354 {
            return Err(self.not_taken(Stage::Mail, mail, &go));
        }
        if let Err(error) = self.link.mail(&mail.body).await {
            // A server that has had enough says so and hangs up, while we are still sending.
            let words = self.link.last_words().await.filter(|reply| reply.code >= 400);
            return Err(words.map_or(error, |reply| self.not_taken(Stage::Mail, mail, &reply)));
        }
        if let Some(early) = self.link.listen(PAUSE).await? {
            // The server is in the middle of a mail: whatever is said now would be a part of it.
            self.link.give_up();
            return Err(self.not_taken(Stage::Mail, mail, &early));
        }
        gate.pass().await.map_err(super::shut)?;
        let said = self.dot(mail).await?;
        Ok(Report { accepted, said, notices: dsn.is_some() })
    }

    /// Whether the server can carry this mail, by what it says of itself.
    fn fits(&self, mail: &Mail) -> Result<(), Error> {
        if mail.utf8 && !self.offer.has("SMTPUTF8") {
            return Err(Error::Unable(Lack::Utf8));
        }
        if mail.eight_bit && !self.offer.has("8BITMIME") {
            return Err(Error::Unable(Lack::EightBit));
        }
        match self.offer.size() {
            Some(limit) if mail.size > limit => {
                Err(Error::TooLarge { size: mail.size, limit: Some(limit), answer: None })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// MAIL and RCPT; each recipient was taken.
    async fn envelope(&mut self, mail: &Mail, dsn: Option<Dsn>) -> Result<Vec<Accepted>, Error> {
        let mut commands = vec![self.sender(mail, dsn)];
        commands.extend(mail.to.iter().map(|(sent, _)| recipient(sent, dsn)));
        let mut replies: Vec<Reply> = Vec::new();
        let group = if self.offer.has("PIPELINING") { GROUP } else { 1 };
        'groups: for group in commands.chunks(group) {
            self.link.commands(group).await?;
            for _ in group {
                let what = if replies.is_empty() { "MAIL" } else { "RCPT" };
                let reply = self.link.reply(what, COMMAND, Shown::Open).await?;
                let goodbye = reply.code == 421;
                replies.push(reply);
                if goodbye {
                    self.link.give_up();
                    break 'groups;
                }
            }
            // Without its sender the rest makes no sense.
            if replies.first().is_none_or(|reply| !reply.is_done()) {
                break;
            }
        }
        let mut replies = replies.into_iter();
        let Some(sender) = replies.next().filter(Reply::is_done_or_refused) else { return Err(senseless("MAIL")) };
        if !sender.is_done() {
            return Err(self.not_taken(Stage::Sender, mail, &sender));
        }
        taken(mail, replies)
    }

    fn sender(&self, mail: &Mail, dsn: Option<Dsn>) -> String {
        let mut command = format!("MAIL FROM:<{}>", mail.from);
        if self.offer.has("SIZE") {
            command = format!("{command} SIZE={}", mail.size);
        }
        if mail.eight_bit {
            command.push_str(" BODY=8BITMIME");
        }
        if mail.utf8 {
            command.push_str(" SMTPUTF8");
        }
        if let Some(dsn) = dsn {
            command.push_str(if dsn.whole { " RET=FULL" } else { " RET=HDRS" });
            // RFC 3461, section 4.4: at most 100 characters.
            let id = xtext(&mail.id);
            if !id.is_empty() && id.len() <= 100 {
                command = format!("{command} ENVID={id}");
            }
        }
        command
    }

    /// The last dot, and what becomes of the mail. From here on silence is not "no".
    async fn dot(&mut self, mail: &Mail) -> Result<String, Error> {
        let unknown = |error: Error| {
            // Their own words say that it was not sent.
            let what = if let Error::Closed { what } = &error {
                format!("the connection ended before the server answered ({what})")
            } else if matches!(error, Error::Timeout { .. }) {
                "the server did not say in time what became of it".to_owned()
            } else {
                error.to_string()
            };
            Error::Unknown { what }
        };
        self.link.command(".", None).await.map_err(unknown)?;
        let reply = self.link.reply("what became of the mail", DOT, Shown::Open).await.map_err(unknown)?;
        match reply.code {
            200..300 => Ok(said(&reply)),
            400..600 => Err(self.not_taken(Stage::Mail, mail, &reply)),
            _ => Err(Error::Unknown { what: format!("the server answered {}", reply.answer()) }),
        }
    }

    /// The error of an answer that is not the one that was hoped for.
    fn not_taken(&self, stage: Stage, mail: &Mail, reply: &Reply) -> Error {
        let answer = reply.answer();
        if reply.code < 400 {
            return Error::Protocol(format!("an answer that does not fit: {answer}"));
        }
        let too_large = match answer.status {
            Some(status) => (status.class, status.subject, status.detail) == (5, 3, 4),
            None => matches!(reply.code, 552 | 523),
        };
        if too_large {
            return Error::TooLarge { size: mail.size, limit: self.offer.size(), answer: Some(answer) };
        }
        if reply.code == 530 {
            return Error::Auth { text: answer.to_string(), denied: Denied::Unsent };
        }
        Error::of(stage, answer)
    }

    /// Says goodbye, where there is somebody to say it to; nobody waits for it.
    pub fn leave(mut self) {
        if self.link.is_broken() {
            return;
        }
        tokio::spawn(async move {
            let goodbye = async {
                self.link.command("QUIT", None).await?;
                self.link.reply("QUIT", QUIT, Shown::Open).await
            };
            drop(timeout(QUIT, goodbye).await);
        });
    }

    /// What must be seen nowhere.
    fn hide(&mut self, secret: SecretString) {
        self.link.hide(secret);
    }
}

fn recipient(address: &str, dsn: Option<Dsn>) -> String {
    let Some(dsn) = dsn else { return format!("RCPT TO:<{address}>") };
    let notify = if dsn.success { "SUCCESS,FAILURE,DELAY" } else { "FAILURE,DELAY" };
    // Beyond ASCII it would need another type of address (RFC 6533), which few know: the server makes its own.
    let original = if address.is_ascii() { format!(" ORCPT=rfc822;{}", xtext(address)) } else { String::new() };
    format!("RCPT TO:<{address}> NOTIFY={notify}{original}")
}

/// Everybody, or why not.
fn taken(mail: &Mail, replies: impl Iterator<Item = Reply>) -> Result<Vec<Accepted>, Error> {
    let (mut accepted, mut refused) = (Vec::new(), Vec::new());
    for ((_, address), reply) in mail.to.iter().zip(replies) {
        let address = address.clone();
        match reply.code {
            200..300 => accepted.push(Accepted { address, said: said(&reply) }),
            421 => return Err(Error::Later { stage: Stage::Sender, answer: reply.answer() }),
            400..600 => refused.push(Turned { address, answer: reply.answer() }),
            _ => return Err(senseless("RCPT")),
        }
    }
    if !refused.is_empty() {
        return Err(Error::Recipients { refused });
    }
    if accepted.len() != mail.to.len() {
        return Err(senseless("RCPT"));
    }
    Ok(accepted)
}

fn senseless(verb: &str) -> Error {
    Error::Protocol(format!("an answer to {verb} that does not fit"))
}

fn said(reply: &Reply) -> String {
    let Answer { text, .. } = reply.answer();
    text
}

/// The error of a server that does not want to talk.
fn unwelcome(reply: &Reply) -> Error {
    match reply.code {
        400..600 => Error::of(Stage::Hello, reply.answer()),
        _ => Error::Protocol("this is no SMTP server".to_owned()),
    }
}
