//! STARTTLS on the raw socket, before any parser sees a byte (RFC 9051, section 6.2.1; RFC 8314).
//!
//! Nothing is sent in clear but the STARTTLS command. Nothing that was said in clear is believed, kept or shown: an
//! attacker may have written all of it.

use std::time::Duration;

use rand::RngExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};

use crate::imap::error::{ENDED, Error};
use crate::imap::lines::{Status, StatusLine, status_line};
use crate::imap::trace::{Speaker, Trace};

/// Time for all of it.
const LIMIT: Duration = Duration::from_secs(30);
/// The longest line, and the most lines, before TLS.
const MAX_LINE: usize = 8 * 1024;
const MAX_LINES: usize = 50;

/// Brings a fresh connection to the point where the TLS handshake begins.
///
/// # Errors
/// [`Error::Tls`] when the server does not offer or begin TLS, greets with PREAUTH, or sent anything that belongs
/// behind TLS (PS01-PS07); [`Error::Protocol`] when it is no IMAP server; [`Error::Closed`]; [`Error::Timeout`].
pub async fn starttls<T>(stream: &mut T, host: &str, trace: &Trace) -> Result<(), Error>
where
    T: AsyncRead + AsyncWrite + Unpin + Send,
{
    let mut prelude = Prelude { stream, host, read: Vec::new(), until: Instant::now() + LIMIT };
    prelude.greeting().await?;
    // A tag that nobody can guess: an answer to it cannot have been written before the command.
    let tag = format!("s{:08x}", rand::rng().random::<u32>());
    trace.line(Speaker::Client, "STARTTLS");
    prelude.send(&format!("{tag} STARTTLS\r\n")).await?;
    prelude.begin(&tag).await?;
    trace.line(Speaker::Note, "STARTTLS accepted");
    Ok(())
}

struct Prelude<'a, T> {
    stream: &'a mut T,
    host: &'a str,
    read: Vec<u8>,
    until: Instant,
}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Prelude<'_, T> {
    async fn greeting(&mut self) -> Result<(), Error> {
        let line = self.line().await?;
        let Some(StatusLine { tag, status, code, .. }) = status_line(&line) else { return Err(no_imap()) };
        if tag != "*" {
            return Err(no_imap());
        }
        match status {
            Status::Ok => {}
            Status::PreAuth => return Err(self.unsafe_because("the server skips the sign-in (PREAUTH) before TLS")),
            Status::Bye | Status::No | Status::Bad => {
                return Err(Error::Closed { what: "the server refused the connection".to_owned() });
            }
        }
        match code.and_then(|code| code.capabilities()) {
            Some(capabilities) if !capabilities.has("STARTTLS") => Err(self.missing()),
            Some(_) | None => Ok(()),
        }
    }

    /// Waits for the OK. Whatever came with it or is here before our handshake was not sent under TLS.
    async fn begin(&mut self, tag: &str) -> Result<(), Error> {
        for _ in 0..MAX_LINES {
            let line = self.line().await?;
            if line.get(..13).is_some_and(|start| start.eq_ignore_ascii_case(b"* CAPABILITY ")) {
                continue;
            }
            match status_line(&line) {
                Some(StatusLine { tag: answered, status, .. }) if answered == tag => {
                    return if status == Status::Ok { self.nothing_more().await } else { Err(self.missing()) };
                }
                Some(StatusLine { tag: answered, status, .. }) if answered == "*" => match status {
                    Status::Ok | Status::No | Status::Bad => {}
                    Status::Bye => return Err(Error::Closed { what: "the server refused STARTTLS".to_owned() }),
                    Status::PreAuth => return Err(self.injected()),
                },
                Some(_) | None => return Err(self.injected()),
            }
        }
        Err(self.injected())
    }

    async fn nothing_more(&mut self) -> Result<(), Error> {
        let mut byte = [0];
        // Polls once: what is there now was sent in clear, and a server has to wait for us after its OK.
        let early = timeout(Duration::ZERO, self.stream.read(&mut byte)).await;
        match early {
            _ if !self.read.is_empty() => Err(self.injected()),
            Ok(Ok(0) | Err(_)) => Err(Error::Closed { what: ENDED.to_owned() }),
            Ok(Ok(_)) => Err(self.injected()),
            Err(_) => Ok(()),
        }
    }

    async fn send(&mut self, line: &str) -> Result<(), Error> {
        let sent = async {
            self.stream.write_all(line.as_bytes()).await?;
            self.stream.flush().await
        };
        let sent = timeout_at(self.until, sent).await.map_err(|_| Error::Timeout { what: "STARTTLS" })?;
        sent.map_err(|error| Error::Closed { what: error.kind().to_string() })
    }

    async fn line(&mut self) -> Result<Vec<u8>, Error> {
        loop {
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let rest = self.read.split_off(end + 1);
                return Ok(std::mem::replace(&mut self.read, rest));
            }
            let odd = self.read.first().is_some_and(|byte| !byte.is_ascii_graphic());
            if odd || self.read.len() > MAX_LINE {
                return Err(no_imap());
            }
            let mut piece = [0; 1024];
            let read = timeout_at(self.until, self.stream.read(&mut piece)).await;
            let count = match read {
                Err(_) => return Err(Error::Timeout { what: "STARTTLS" }),
                Ok(Ok(0)) => return Err(Error::Closed { what: ENDED.to_owned() }),
                Ok(Ok(count)) => count,
                Ok(Err(error)) => return Err(Error::Closed { what: error.kind().to_string() }),
            };
            self.read.extend_from_slice(piece.get(..count).unwrap_or_default());
        }
    }

    fn missing(&self) -> Error {
        let mut error = self.unsafe_because("the server does not offer STARTTLS");
        if let Error::Tls { advice, .. } = &mut error {
            "Try security = \"tls\" with port 993; nothing was sent without TLS".clone_into(advice);
        }
        error
    }

    fn injected(&self) -> Error {
        tampered(self.host)
    }

    fn unsafe_because(&self, reason: &str) -> Error {
        not_safe(self.host, reason)
    }
}

/// The error when there is in clear what belongs behind TLS: here, or in place of the handshake.
pub(crate) fn tampered(host: &str) -> Error {
    not_safe(host, "data came before TLS that belongs behind it: somebody may be tampering with the connection")
}

/// The error of a connection on which TLS was not begun.
pub(crate) fn not_safe(host: &str, reason: &str) -> Error {
    Error::Tls {
        host: host.to_owned(),
        reason: reason.to_owned(),
        advice: "Nothing was sent without TLS. Use security = \"tls\", or another network".to_owned(),
        certificate: None,
    }
}

fn no_imap() -> Error {
    Error::Protocol("this is no IMAP server".to_owned())
}
