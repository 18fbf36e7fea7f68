//! STARTTLS for submission, on the raw socket, before any session sees a byte (RFC 3207; RFC 8314).
//!
//! Nothing is sent in clear but EHLO with an address that is everybody's, and STARTTLS. Nothing that was said in clear is
//! believed, kept or shown: an attacker may have written all of it.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use super::offer::Offer;
use super::reply::Reply;
use super::session::HELLO;
use crate::imap::connect::Prelude;
use crate::imap::connect::starttls::{not_safe, tampered};
use crate::imap::error::Error;
use crate::imap::trace::{Speaker, Trace};

/// Time for all of it: a server may let strangers wait with its greeting, who are in a hurry when they are no mail client.
const LIMIT: Duration = Duration::from_mins(1);

/// What submission says before TLS.
pub(super) struct SmtpPrelude;

impl Prelude for SmtpPrelude {
    async fn begin(&self, stream: &mut TcpStream, host: &str, trace: &Trace) -> Result<(), Error> {
        starttls(stream, host, trace).await
    }
}

/// Brings a fresh connection to the point where the TLS handshake begins.
///
/// # Errors
/// [`Error::Tls`] when the server does not offer or begin TLS, or sent anything that belongs behind TLS (PS04);
/// [`Error::Protocol`] when it is no SMTP server; [`Error::Closed`]; [`Error::Timeout`].
pub async fn starttls<T>(stream: &mut T, host: &str, trace: &Trace) -> Result<(), Error>
where
    T: AsyncRead + AsyncWrite + Unpin + Send,
{
    let mut talk = Talk { stream, host, read: Vec::new(), until: Instant::now() + LIMIT };
    let greeting = talk.reply().await?;
    if greeting.code != 220 {
        return Err(Error::Closed { what: "the server does not want to talk at the moment".to_owned() });
    }
    trace.line(Speaker::Client, HELLO);
    talk.ask(HELLO).await?;
    let hello = talk.reply().await?;
    if hello.code != 250 || !Offer::of(&hello).has("STARTTLS") {
        return Err(talk.missing());
    }
    trace.line(Speaker::Client, "STARTTLS");
    talk.ask("STARTTLS").await?;
    if talk.reply().await?.code != 220 {
        return Err(talk.missing());
    }
    talk.nothing_more().await?;
    trace.line(Speaker::Note, "STARTTLS accepted");
    Ok(())
}

struct Talk<'a, T> {
    stream: &'a mut T,
    host: &'a str,
    read: Vec<u8>,
    until: Instant,
}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Talk<'_, T> {
    /// An answer that came before its question was written by somebody who knew what we would ask.
    async fn ask(&mut self, line: &str) -> Result<(), Error> {
        self.nothing_more().await?;
        let line = format!("{line}\r\n");
        let sent = async {
            self.stream.write_all(line.as_bytes()).await?;
            self.stream.flush().await
        };
        let sent = timeout_at(self.until, sent).await.map_err(|_| Error::Timeout { what: "STARTTLS" })?;
        sent.map_err(|error| Error::Closed { what: error.kind().to_string() })
    }

    async fn nothing_more(&mut self) -> Result<(), Error> {
        let mut byte = [0];
        // Polls once: what is there now was sent before it was asked for, or without TLS.
        let early = timeout(Duration::ZERO, self.stream.read(&mut byte)).await;
        match early {
            _ if !self.read.is_empty() => Err(tampered(self.host)),
            Ok(Ok(0) | Err(_)) => Err(Error::Closed { what: "the server ended the connection".to_owned() }),
            Ok(Ok(_)) => Err(tampered(self.host)),
            Err(_) => Ok(()),
        }
    }

    async fn reply(&mut self) -> Result<Reply, Error> {
        loop {
            // What is odd about it is not told: it is no word of the server's.
            let taken = Reply::take(&mut self.read);
            let taken = taken.map_err(|_| Error::Protocol("this is no SMTP server".to_owned()))?;
            if let Some(reply) = taken {
                return Ok(reply);
            }
            let mut piece = [0; 1024];
            let read = timeout_at(self.until, self.stream.read(&mut piece)).await;
            let count = match read {
                Err(_) => return Err(Error::Timeout { what: "STARTTLS" }),
                Ok(Ok(0)) => return Err(Error::Closed { what: "the server ended the connection".to_owned() }),
                Ok(Ok(count)) => count,
                Ok(Err(error)) => return Err(Error::Closed { what: error.kind().to_string() }),
            };
            self.read.extend_from_slice(piece.get(..count).unwrap_or_default());
        }
    }

    fn missing(&self) -> Error {
        let mut error = not_safe(self.host, "the server does not offer STARTTLS");
        if let Error::Tls { advice, .. } = &mut error {
            "Try security = \"tls\" with port 465; nothing was sent without TLS".clone_into(advice);
        }
        error
    }
}
