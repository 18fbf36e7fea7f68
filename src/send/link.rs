//! A connection to a submission server: lines out, replies in, each with a limit; traced, with secrets hidden.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};

use super::error::Error;
use super::reply::Reply;
use crate::imap::connect::Stream;
use crate::imap::trace::{Speaker, Trace};

/// Bytes that are read at once.
const PIECE: usize = 4 * 1024;
/// Bytes of a mail that are written at once, each with a limit of its own.
const BLOCK: usize = 64 * 1024;
/// Time for a block, or for a command, to be taken by the network (RFC 5321, section 4.5.3.2.5).
const WRITE: Duration = Duration::from_mins(3);
/// How long words of a server that broke off are waited for.
const LAST_WORDS: Duration = Duration::from_secs(1);

pub(super) struct Link {
    stream: Stream,
    read: Vec<u8>,
    trace: Trace,
    hidden: Vec<SecretString>,
    broken: bool,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("broken", &self.broken).finish_non_exhaustive()
    }
}

/// What stands in the trace for what is sent or heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Itself.
    Open,
    /// Stars: it is a part of a sign-in.
    Veiled,
}

impl Link {
    pub(super) fn new(stream: Stream, trace: Trace) -> Self {
        Self { stream, read: Vec::new(), trace, hidden: Vec::new(), broken: false }
    }

    /// From here on this is neither in the trace nor in an error, whoever says it.
    pub(super) fn hide(&mut self, secret: SecretString) {
        if !secret.expose_secret().is_empty() {
            self.hidden.push(secret);
        }
    }

    fn without_secrets(&self, text: &str) -> String {
        self.hidden.iter().fold(text.to_owned(), |text, secret| text.replace(secret.expose_secret(), "***"))
    }

    /// Whether nothing more can be said over it.
    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    /// Says nothing more over it.
    pub(super) fn give_up(&mut self) {
        self.broken = true;
    }

    /// Sends a command; `secret` is the end of it, which must not be seen.
    pub(super) async fn command(&mut self, line: &str, secret: Option<&SecretString>) -> Result<(), Error> {
        self.expect_silence()?;
        let shown = if secret.is_some() { format!("{line}***") } else { line.to_owned() };
        self.trace.line(Speaker::Client, &shown);
        let end = secret.map(ExposeSecret::expose_secret).unwrap_or_default();
        self.write(format!("{line}{end}\r\n").as_bytes(), "command").await
    }

    /// Sends several commands at once (RFC 2920).
    pub(super) async fn commands(&mut self, lines: &[String]) -> Result<(), Error> {
        self.expect_silence()?;
        for line in lines {
            self.trace.line(Speaker::Client, line);
        }
        let text: String = lines.iter().flat_map(|line| [line.as_str(), "\r\n"]).collect();
        self.write(text.as_bytes(), "commands").await
    }

    /// Sends a mail's bytes, up to the last dot and without it.
    pub(super) async fn mail(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.trace.line(Speaker::Client, &format!("{{{} bytes}}", bytes.len()));
        for block in bytes.chunks(BLOCK) {
            self.write(block, "the mail").await?;
        }
        Ok(())
    }

    /// Whether the server has said anything, or is gone, by the end of this time.
    pub(super) async fn listen(&mut self, pause: Duration) -> Result<Option<Reply>, Error> {
        if let Some(reply) = self.buffered(Shown::Open)? {
            return Ok(Some(reply));
        }
        match timeout(pause, self.fill()).await {
            Err(_) => Ok(None),
            Ok(Err(error)) => Err(error),
            Ok(Ok(())) => self.reply("an answer", LAST_WORDS, Shown::Open).await.map(Some),
        }
    }

    /// The next reply, whole by the end of this time.
    pub(super) async fn reply(&mut self, what: &'static str, limit: Duration, shown: Shown) -> Result<Reply, Error> {
        let until = Instant::now() + limit;
        loop {
            if let Some(reply) = self.buffered(shown)? {
                return Ok(reply);
            }
            match timeout_at(until, self.fill()).await {
                Err(_) => {
                    self.broken = true;
                    return Err(Error::Timeout { what });
                }
                Ok(filled) => filled?,
            }
        }
    }

    fn buffered(&mut self, shown: Shown) -> Result<Option<Reply>, Error> {
        let taken = Reply::take(&mut self.read).map_err(|nonsense| {
            self.broken = true;
            Error::Protocol(nonsense.to_string())
        })?;
        let Some(mut reply) = taken else { return Ok(None) };
        for line in &mut reply.lines {
            *line = self.without_secrets(line);
        }
        self.show(&reply, shown);
        Ok(Some(reply))
    }

    fn show(&self, reply: &Reply, shown: Shown) {
        if !self.trace.is_on() {
            return;
        }
        // With what SCRAM says, passwords can be guessed at leisure.
        if shown == Shown::Veiled && reply.code == 334 {
            return self.trace.line(Speaker::Server, "334 ***");
        }
        for line in &reply.lines {
            self.trace.line(Speaker::Server, &format!("{} {line}", reply.code));
        }
    }

    /// An answer that is there before its question was not made for it: somebody may have put it there (PS11).
    fn expect_silence(&mut self) -> Result<(), Error> {
        if self.read.is_empty() {
            return Ok(());
        }
        self.broken = true;
        Err(Error::Protocol("an answer came before its question".to_owned()))
    }

    async fn fill(&mut self) -> Result<(), Error> {
        let mut piece = [0; PIECE];
        let read = self.stream.read(&mut piece).await;
        let count = match read {
            Ok(0) => return Err(self.closed("the server ended the connection")),
            Ok(count) => count,
            Err(error) => return Err(self.closed(&error.kind().to_string())),
        };
        self.read.extend_from_slice(piece.get(..count).unwrap_or_default());
        Ok(())
    }

    async fn write(&mut self, bytes: &[u8], what: &'static str) -> Result<(), Error> {
        let sent = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        let sent = timeout(WRITE, sent).await;
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.closed(&error.kind().to_string())),
            Err(_) => {
                self.broken = true;
                Err(Error::Timeout { what })
            }
        }
    }

    fn closed(&mut self, what: &str) -> Error {
        self.broken = true;
        Error::Closed { what: what.to_owned() }
    }

    /// What the server said before it broke off, if it said anything.
    pub(super) async fn last_words(&mut self) -> Option<Reply> {
        if let Ok(Some(reply)) = self.buffered(Shown::Open) {
            return Some(reply);
        }
        self.reply("last words", LAST_WORDS, Shown::Open).await.ok()
    }
}
