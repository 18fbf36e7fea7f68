//! A server behind a command of the user's own, spoken to over its input and output: `ssh HOST doveadm exec imap`.
//!
//! The command ends with the connection: it and what it started get a signal, and a harder one if they stay.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::imap::error::Error;
use crate::imap::trace::{Speaker, Trace};

/// How long a command may take to end by itself after it was asked to.
const GRACE: Duration = Duration::from_secs(2);
/// How long the last words of a command that has ended are waited for.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// Characters of its complaints that are kept: the last ones, because programs put the reason last.
const KEPT: usize = 300;

/// How a command ended, in a sentence. It is carried through async-imap inside an [`io::Error`].
#[derive(Debug, Clone)]
pub(in crate::imap) struct Ended(pub(in crate::imap) String);

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Ended {}

/// What a command wrote to its standard error.
#[derive(Debug, Clone, Default)]
pub(super) struct Complaints(Arc<Mutex<String>>);

impl Complaints {
    fn add(&self, text: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_str(text);
        let skip = kept.chars().count().saturating_sub(KEPT);
        *kept = kept.chars().skip(skip).collect();
    }

    /// As the end of a sentence.
    fn said(&self) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.trim() {
            "" => String::new(),
            text => format!(" and said: {text}"),
        }
    }
}

/// A running command as a stream.
pub(super) struct Piped {
    input: ChildStdin,
    output: ChildStdout,
    /// How it ended; asked for once, at the end of its output.
    ended: Option<Pin<Box<dyn Future<Output = String> + Send + Sync>>>,
    group: Option<Pid>,
    /// Whether it has ended and its number may be another's.
    gone: Arc<AtomicBool>,
    /// Its end ends the command.
    _stop: oneshot::Sender<()>,
}

/// Starts the command with `sh -c`, in a process group of its own: a key pressed here is not for it.
///
/// # Errors
/// [`Error::Unreachable`] when there is no `sh`, or no room for one more process.
pub(super) fn start(command: &str, trace: &Trace) -> Result<(Piped, Complaints), Error> {
    let failed = |reason: String| unreachable(format!("imap.command could not be started: {reason}"));
    let mut child = tokio::process::Command::new("sh")
        .arg("-c")
        .arg(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let (Some(input), Some(output), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(failed("it has no input and output".to_owned()));
    };
    trace.line(Speaker::Note, "imap.command started");
    let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    let complaints = Complaints::default();
    let gone = Arc::new(AtomicBool::new(false));
    let (tell, told) = oneshot::channel();
    let (stop, stopped) = oneshot::channel();
    let listening = tokio::spawn(listen(stderr, complaints.clone(), trace.clone()));
    let watched = Watched { child, group, gone: Arc::clone(&gone), complaints: complaints.clone() };
    tokio::spawn(watched.watch(listening, tell, stopped));
    let ended = async move {
        let told = timeout(GRACE, told).await.ok().and_then(Result::ok);
        told.unwrap_or_else(|| "imap.command closed its output".to_owned())
    };
    Ok((Piped { input, output, ended: Some(Box::pin(ended)), group, gone, _stop: stop }, complaints))
}

/// The error of a connection that a command did not bring to its greeting.
pub(super) fn in_words(error: Error, complaints: &Complaints) -> Error {
    match error {
        Error::Closed { what } => unreachable(what),
        Error::Timeout { .. } => unreachable(format!(
            "imap.command gave no greeting in time{}. It cannot ask for anything here: give it a key or an agent",
            complaints.said()
        )),
        other @ (Error::Auth { .. }
        | Error::Unreachable { .. }
        | Error::Tls { .. }
        | Error::Rejected { .. }
        | Error::Bad { .. }
        | Error::Throttled { .. }
        | Error::Protocol(_)) => other,
    }
}

fn unreachable(reason: String) -> Error {
    // It counts as an answer: whatever the command does, it is not started every few seconds.
    Error::Unreachable { host: "the server".to_owned(), reason, answered: true }
}

async fn listen(mut stderr: ChildStderr, complaints: Complaints, trace: Trace) {
    let mut piece = [0; 1024];
    while let Ok(count) = stderr.read(&mut piece).await {
        if count == 0 {
            return;
        }
        let text = String::from_utf8_lossy(piece.get(..count).unwrap_or_default());
        trace.line(Speaker::Note, &format!("imap.command says: {text}"));
        complaints.add(&text);
    }
}

struct Watched {
    child: Child,
    group: Option<Pid>,
    gone: Arc<AtomicBool>,
    complaints: Complaints,
}

impl Watched {
    async fn watch(
        mut self,
        listening: tokio::task::JoinHandle<()>,
        tell: oneshot::Sender<String>,
        stopped: oneshot::Receiver<()>,
    ) {
        tokio::select! {
            status = self.child.wait() => {
                self.gone.store(true, Ordering::Relaxed);
                drop(timeout(LAST_WORDS, listening).await);
                drop(tell.send(format!("{}{}", how(status.ok()), self.complaints.said())));
            }
            _ = stopped => self.end().await,
        }
    }

    /// The first signal was sent when the stream was dropped.
    async fn end(&mut self) {
        if timeout(GRACE, self.child.wait()).await.is_err() {
            // The child is not waited for yet: the number is still its own.
            self.group.map(|group| kill_process_group(group, Signal::KILL).ok());
            drop(self.child.wait().await);
        }
    }
}

fn how(status: Option<ExitStatus>) -> String {
    match status.map(|status| status.code()) {
        Some(Some(code)) => format!("imap.command ended with exit code {code}"),
        Some(None) => "imap.command was ended by a signal".to_owned(),
        None => "imap.command ended".to_owned(),
    }
}

impl Drop for Piped {
    fn drop(&mut self) {
        if let Some(group) = self.group
            && !self.gone.load(Ordering::Relaxed)
        {
            // An error: it has ended already.
            kill_process_group(group, Signal::TERM).ok();
        }
    }
}

impl AsyncRead for Piped {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.output).poll_read(cx, buf))?;
        if buf.filled().len() > before || buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let Some(ended) = &mut self.ended else { return Poll::Ready(Ok(())) };
        let words = ready!(ended.as_mut().poll(cx));
        self.ended = None;
        Poll::Ready(Err(io::Error::new(io::ErrorKind::ConnectionAborted, Ended(words))))
    }
}

impl AsyncWrite for Piped {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.input).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
