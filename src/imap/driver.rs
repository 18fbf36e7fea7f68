//! One command, one tagged answer: only the OK of our own tag completes anything (DESIGN.md, invariant 5).
//!
//! async-imap frames and parses what the guard lets through; the tags, the waiting and the judging are here, because
//! async-imap takes an EOF or a NO for success in many places. A driver that returned a fatal error is dead.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;
use std::time::Duration;

use async_imap::Client;
use secrecy::ExposeSecret;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, sleep, timeout};

use self::join::join;
use self::steps::changing;
use super::answer::Answer;
use super::capability::Capabilities;
use super::command::{Command, Piece};
use super::connect::command::Ended;
use super::connect::tls::client::{is_refusal, refused};
use super::error::{ENDED, Error, Refusal};
use super::guard::{Breach, Guard, Limits, Transport};
use super::lines::{Code, Status};
use super::session::Unsolicited;
use super::trace::{Counters, Speaker, Trace};
use crate::deflate::Broken;

mod join;
mod steps;

// async-imap logs whole LOGIN lines through `log` at trace level: that level is compiled out (PS21).
const _: () = assert!((log::STATIC_MAX_LEVEL as usize) < (log::LevelFilter::Trace as usize));

/// Silence longer than this is a dead connection.
pub(crate) const QUIET: Duration = Duration::from_mins(1);
/// More unsolicited answers than this are not kept: the folder is looked at anew instead.
const MAX_UNSOLICITED: usize = 100_000;
/// Nor are more bytes of them: names and flags may be as long as a line.
const MAX_KEPT: usize = 16 * 1024 * 1024;
/// So many answers of which none was asked for are one flood, and nothing new is learned from them: the server is left,
/// and asked anew (PS29).
const MAX_UNASKED: u32 = 300_000;

/// Connections are numbered, so that an answer can never be taken for one of an earlier connection (RL50).
static GENERATION: AtomicU32 = AtomicU32::new(1);

/// What a verb does with an untagged answer: keeps it, or gives it back as unsolicited.
pub(crate) type Take<'a> = &'a mut (dyn FnMut(Answer) -> Option<Answer> + Send);
/// Told how many bytes of the current literal are here.
pub(crate) type OnBytes<'a> = &'a mut (dyn FnMut(u64) + Send);

/// The end of a command that succeeded.
#[derive(Debug)]
pub(crate) struct Done {
    /// The response code of the tagged OK.
    pub(crate) code: Option<Code>,
}

/// A connection after TLS.
#[derive(Debug)]
pub(crate) struct Driver {
    client: Client<Guard>,
    counters: Arc<Counters>,
    generation: u32,
    commands: u32,
    state: State,
    ignored: BTreeSet<String>,
    /// A command that was sent before its turn: its text and its tag.
    ahead: Option<(String, String)>,
    /// What the server says that it switched on (RFC 5161).
    enabled: BTreeSet<String>,
    unsolicited: Vec<Unsolicited>,
    /// What they take in memory.
    kept: usize,
    /// How many answers came since the last tagged one that no verb took.
    unasked: u32,
    /// The UIDVALIDITY of the selected folder: it may not change while we act on UIDs (RL15).
    pub(crate) uid_validity: Option<u32>,
    /// How literals are sent (RFC 7888).
    pub(crate) literals: Literals,
}

/// How literals are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Literals {
    /// The server is asked first.
    Asked,
    /// LITERAL-: small ones are sent without asking.
    SmallUnasked,
    /// LITERAL+: all are sent without asking.
    Unasked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ready,
    /// A command is under way. A caller that dropped it half way leaves the driver here for ever.
    Busy,
    Dead,
}

impl Driver {
    /// Takes over a connection on which nothing of IMAP was read yet.
    pub(crate) fn new(transport: Box<dyn Transport>, trace: Trace) -> Self {
        let guard = Guard::new(transport, trace);
        Self {
            counters: Arc::clone(guard.counters()),
            client: Client::new(guard),
            generation: GENERATION.fetch_add(1, Ordering::Relaxed),
            commands: 0,
            state: State::Ready,
            ignored: BTreeSet::new(),
            ahead: None,
            enabled: BTreeSet::new(),
            unsolicited: Vec::new(),
            kept: 0,
            unasked: 0,
            uid_validity: None,
            literals: Literals::Asked,
        }
    }

    /// The guard, for its limits and secrets.
    pub(crate) fn guard(&mut self) -> &mut Guard {
        self.client.get_mut()
    }

    /// The byte counters.
    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What is counted while the session is at work.
    pub(crate) fn heard(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// Everything that no verb took, in order.
    pub(crate) fn take_unsolicited(&mut self) -> Vec<Unsolicited> {
        self.kept = 0;
        std::mem::take(&mut self.unsolicited)
    }

    /// Whether the server said that it switched this on.
    pub(crate) fn is_enabled(&self, name: &str) -> bool {
        self.enabled.contains(name)
    }

    /// Learns from the capabilities how literals may be sent.
    pub(crate) fn learn(&mut self, capabilities: &Capabilities) {
        self.literals = if capabilities.has("LITERAL+") {
            Literals::Unasked
        } else if capabilities.has("LITERAL-") {
            Literals::SmallUnasked
        } else {
            Literals::Asked
        };
    }

    /// Runs one command to its tagged answer.
    pub(crate) async fn run(&mut self, verb: &'static str, command: Command, take: Take<'_>) -> Result<Done, Error> {
        self.run_watched(verb, command, take, &mut |_| {}).await
    }

    /// Runs one command, and sends another after it before its answers are read, so that the server goes on without a
    /// pause: [`Driver::send_ahead`].
    pub(crate) async fn run_before(
        &mut self,
        verb: &'static str,
        command: Command,
        next: String,
        take: Take<'_>,
    ) -> Result<Done, Error> {
        self.begin()?;
        let result = async {
            let tag = self.send(verb, &command).await?;
            self.send_ahead(verb, next).await?;
            self.until_tagged(verb, &tag, take, &mut |_| {}).await
        };
        let result = result.await;
        self.end(result)
    }

    /// Runs a command whose untagged answers matter to nobody in particular.
    pub(crate) async fn run_plain(&mut self, verb: &'static str, command: Command) -> Result<Done, Error> {
        self.run(verb, command, &mut Some).await
    }

    /// Runs a command of an extension: a BAD is a refusal like a NO, and the session goes on.
    pub(crate) async fn run_optional(
        &mut self,
        verb: &'static str,
        command: Command,
        take: Take<'_>,
    ) -> Result<Done, Error> {
        self.begin()?;
        let result = self.until_answered(verb, &command, take, &mut |_| {}).await;
        self.end(result.map_err(|error| match error {
            Error::Bad { verb, text } => Error::Rejected { verb, code: None, text },
            other @ (Error::Auth { .. }
            | Error::Unreachable { .. }
            | Error::Tls { .. }
            | Error::Timeout { .. }
            | Error::Rejected { .. }
            | Error::Throttled { .. }
            | Error::Protocol(_)
            | Error::Closed { .. }) => other,
        }))
    }

    /// Runs one command and tells how its literals come in.
    pub(crate) async fn run_watched(
        &mut self,
        verb: &'static str,
        command: Command,
        take: Take<'_>,
        on_bytes: OnBytes<'_>,
    ) -> Result<Done, Error> {
        self.begin()?;
        let result = self.until_answered(verb, &command, take, on_bytes).await;
        self.end(result)
    }

    async fn until_answered(
        &mut self,
        verb: &'static str,
        command: &Command,
        take: Take<'_>,
        on_bytes: OnBytes<'_>,
    ) -> Result<Done, Error> {
        changing("to be sent:", verb);
        let tag = self.send(verb, command).await?;
        changing("sent:", verb);
        self.until_tagged(verb, &tag, take, on_bytes).await
    }

    async fn until_tagged(
        &mut self,
        verb: &'static str,
        tag: &str,
        take: Take<'_>,
        on_bytes: OnBytes<'_>,
    ) -> Result<Done, Error> {
        loop {
            let answer = self.answer(verb, QUIET, on_bytes).await?;
            if let Some(done) = self.judge(verb, tag, answer, take)? {
                changing("answered:", verb);
                return Ok(done);
            }
        }
    }

    /// Writes several commands at once and reads until each has its tagged answer; one result each, in order. A BAD is
    /// such a result too where no literal was sent: it is tagged, so that it is known which command was not understood.
    pub(crate) async fn run_all(
        &mut self,
        verb: &'static str,
        commands: Vec<Command>,
        take: Take<'_>,
    ) -> Result<Vec<Result<Done, Error>>, Error> {
        if commands.iter().any(Command::has_literal) {
            let mut results = Vec::new();
            for command in commands {
                match self.run(verb, command, take).await {
                    Err(error) if error.fatal() => return Err(error),
                    result => results.push(result),
                }
            }
            return Ok(results);
        }
        self.begin()?;
        let result = self.run_pipelined(verb, &commands, take).await;
        self.end(result)
    }

    async fn run_pipelined(
        &mut self,
        verb: &'static str,
        commands: &[Command],
        take: Take<'_>,
    ) -> Result<Vec<Result<Done, Error>>, Error> {
        let mut tags = Vec::new();
        for command in commands {
            tags.push(self.send(verb, command).await?);
        }
        let mut results: Vec<Option<Result<Done, Error>>> = tags.iter().map(|_| None).collect();
        while results.iter().any(Option::is_none) {
            let answer = self.answer(verb, QUIET, &mut |_| {}).await?;
            if let Answer::Done { tag, .. } = &answer
                && self.ignored.remove(tag)
            {
                continue;
            }
            let open = |tag: &String| tags.iter().position(|known| known == tag);
            let index = if let Answer::Done { tag, .. } = &answer {
                open(tag)
            } else {
                results.iter().position(Option::is_none)
            };
            let Some((index, tag)) = index.and_then(|index| Some((index, tags.get(index)?))) else {
                return Err(foreign_tag());
            };
            let judged = match self.judge(verb, tag, answer, take) {
                // What an extension adds behind the others is no more than refused by a BAD.
                Err(Error::Bad { verb, text }) if commands.get(index).is_some_and(Command::is_compress) => {
                    Some(Err(Error::Rejected { verb, code: None, text }))
                }
                Err(error) if error.fatal() && !matches!(error, Error::Bad { .. }) => return Err(error),
                judged => judged.transpose(),
            };
            if let (Some(result), Some(slot)) = (judged, results.get_mut(index)) {
                *slot = Some(result);
            }
        }
        Ok(results.into_iter().flatten().collect())
    }

    /// Sends a command whose outcome matters to nobody, without waiting for it (RL57: ID).
    pub(crate) async fn run_ignored(&mut self, verb: &'static str, command: Command) -> Result<(), Error> {
        self.begin()?;
        let result = self.send(verb, &command).await.map(|tag| {
            self.ignored.insert(tag);
        });
        self.end(result)
    }

    /// Sends a command whose answers the next command of the same text takes; after any other they mean nothing.
    pub(crate) async fn send_ahead(&mut self, verb: &'static str, text: String) -> Result<(), Error> {
        let tag = self.send(verb, &Command::new(text.as_str())).await?;
        self.ahead = Some((text, tag));
        Ok(())
    }

    /// Marks the driver busy. A dead one, or one whose last command was dropped half way, stays as it is.
    pub(crate) fn begin(&mut self) -> Result<(), Error> {
        match self.state {
            State::Ready => self.state = State::Busy,
            State::Busy => return Err(Error::Closed { what: "an earlier command was given up half way".to_owned() }),
            State::Dead => return Err(Error::Closed { what: "an earlier command failed".to_owned() }),
        }
        Ok(())
    }

    /// Marks the driver ready again, or dead after a fatal error.
    pub(crate) fn end<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        self.state = match &result {
            Err(error) if error.fatal() => State::Dead,
            Ok(_) | Err(_) => State::Ready,
        };
        result
    }

    /// Writes a command, unless it was sent ahead of its turn, and returns its tag.
    pub(crate) async fn send(&mut self, verb: &'static str, command: &Command) -> Result<String, Error> {
        if let Some((text, tag)) = self.ahead.take() {
            if matches!(command.pieces(), [Piece::Text(asked)] if *asked == text) {
                return Ok(tag);
            }
            self.ignored.insert(tag);
        }
        self.commands += 1;
        let tag = format!("p{}.{}", self.generation, self.commands);
        let mut line = format!("{tag} ").into_bytes();
        let mut shown = format!("{tag} ");
        for piece in command.pieces() {
            match piece {
                Piece::Text(text) => {
                    line.extend_from_slice(text.as_bytes());
                    shown.push_str(text);
                }
                Piece::Secret(secret) => {
                    line.extend_from_slice(secret.expose_secret().as_bytes());
                    shown.push_str("***");
                }
                Piece::Literal(bytes) => {
                    shown.push_str("{literal}");
                    line = self.send_literal(verb, &tag, line, bytes).await?;
                }
                Piece::SecretLiteral(secret) => {
                    shown.push_str("***");
                    line = self.send_literal(verb, &tag, line, secret.expose_secret().as_bytes()).await?;
                }
            }
        }
        line.extend_from_slice(b"\r\n");
        if command.is_compress() {
            self.guard().expect_compress(&tag);
        }
        // The trace says what is sent before it is: a server may answer a command that we are still writing.
        self.guard().trace().line(Speaker::Client, &shown);
        self.write(&line).await?;
        self.flush().await?;
        Ok(tag)
    }

    /// Writes what there is of a line, then a literal; returns the start of what follows it.
    async fn send_literal(
        &mut self,
        verb: &'static str,
        tag: &str,
        mut line: Vec<u8>,
        bytes: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let unasked = match self.literals {
            Literals::Asked => false,
            Literals::SmallUnasked => bytes.len() <= 4096,
            Literals::Unasked => true,
        };
        let plus = if unasked { "+" } else { "" };
        line.extend_from_slice(format!("{{{}{plus}}}\r\n", bytes.len()).as_bytes());
        self.write(&line).await?;
        if !unasked {
            self.flush().await?;
            self.wait_for_continue(verb, tag, QUIET).await?;
        }
        self.write(bytes).await?;
        Ok(Vec::new())
    }

    /// Reads until the server asks for more. Untagged answers before it are kept; a tagged one ends the command.
    pub(crate) async fn wait_for_continue(
        &mut self,
        verb: &'static str,
        tag: &str,
        limit: Duration,
    ) -> Result<(), Error> {
        let deadline = Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let mut deaf = |_| {};
            let answer = timeout(left, self.answer(verb, limit, &mut deaf));
            let answer = answer.await.map_err(|_| Error::Timeout { what: verb })??;
            if let Answer::Continue(_) = answer {
                return Ok(());
            }
            if self.judge(verb, tag, answer, &mut Some)?.is_some() {
                return Err(Error::Protocol(format!("{verb} was finished before it was sent")));
            }
        }
    }

    /// Writes bytes in pieces, each within the time limit.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        for piece in bytes.chunks(64 * 1024) {
            let written = timeout(QUIET, self.client.get_mut().write_all(piece)).await;
            written.map_err(|_| Error::Timeout { what: "sending" })?.map_err(|error| lost(&error))?;
        }
        Ok(())
    }

    /// Sends what is still held back.
    pub(crate) async fn flush(&mut self) -> Result<(), Error> {
        let flushed = timeout(QUIET, self.client.get_mut().flush()).await;
        flushed.map_err(|_| Error::Timeout { what: "sending" })?.map_err(|error| lost(&error))
    }

    /// The next answer. `limit` is the longest silence: bytes that flow, however slowly, reset it (RL09, RL10).
    ///
    /// Dropping the future loses nothing: what was read stays in the stream.
    pub(crate) async fn answer(
        &mut self,
        what: &'static str,
        limit: Duration,
        on_bytes: OnBytes<'_>,
    ) -> Result<Answer, Error> {
        let counters = Arc::clone(&self.counters);
        let mut received = counters.received.load(Ordering::Relaxed);
        let mut literal = counters.literal.load(Ordering::Relaxed);
        let response = {
            let mut read = pin!(self.client.read_response());
            let mut quiet = pin!(sleep(limit));
            poll_fn(|cx| {
                let polled = read.as_mut().poll(cx);
                let now = counters.literal.load(Ordering::Relaxed);
                if now != literal {
                    literal = now;
                    on_bytes(now);
                }
                if let Poll::Ready(response) = polled {
                    return Poll::Ready(Some(response));
                }
                let now = counters.received.load(Ordering::Relaxed);
                if now != received {
                    received = now;
                    quiet.as_mut().reset(Instant::now() + limit);
                }
                quiet.as_mut().poll(cx).map(|()| None)
            })
            .await
        };
        let response = match response {
            None => return Err(Error::Timeout { what }),
            Some(Err(error)) => return Err(unreadable(&error)),
            Some(Ok(None)) => return Err(Error::Closed { what: ENDED.to_owned() }),
            Some(Ok(Some(response))) => response,
        };
        let guard = self.client.get_mut();
        // The guard has kept an entry for each answer it let through; without one we are out of step.
        let Some(aside) = guard.take_aside() else { return Err(Error::Protocol("answers out of step".to_owned())) };
        let answer = join(response.parsed(), aside, guard);
        answer.ok_or_else(|| Error::Protocol("answers out of step".to_owned()))
    }

    /// Looks at one answer while `tag` is under way: `Some` when the command succeeded.
    pub(crate) fn judge(
        &mut self,
        verb: &'static str,
        tag: &str,
        answer: Answer,
        take: Take<'_>,
    ) -> Result<Option<Done>, Error> {
        if let Answer::Done { tag: done, outcome, code, text } = answer {
            if done != tag {
                return if self.ignored.remove(&done) { Ok(None) } else { Err(foreign_tag()) };
            }
            self.unasked = 0;
            let refusal = match outcome {
                Status::Ok => return Ok(Some(Done { code })),
                Status::No => Refusal::No,
                Status::Bad | Status::Bye | Status::PreAuth => Refusal::Bad,
            };
            return Err(Error::refused(verb, refusal, code.map(|code| code.name), &text));
        }
        if let Answer::Continue(_) = answer {
            return Err(Error::Protocol(format!("more was asked for than {verb} has")));
        }
        if let Answer::Garbage = answer {
            return Err(Error::Protocol("an answer that is no IMAP".to_owned()));
        }
        if let Answer::Enabled(names) = answer {
            self.enabled.extend(names);
            return Ok(None);
        }
        match take(answer) {
            Some(answer) => self.keep(answer).map(|()| None),
            None => Ok(None),
        }
    }

    /// Keeps an answer that no verb took.
    pub(crate) fn keep(&mut self, answer: Answer) -> Result<(), Error> {
        self.unasked += 1;
        if self.unasked > MAX_UNASKED {
            return Err(Error::Protocol("a flood of answers to no question".to_owned()));
        }
        let Some(event) = Unsolicited::from_answer(answer, self.uid_validity)? else { return Ok(()) };
        if self.unsolicited.last() == Some(&Unsolicited::Overflow) {
            return Ok(());
        }
        self.kept = self.kept.saturating_add(event.weight());
        let full = self.unsolicited.len() >= MAX_UNSOLICITED || self.kept > MAX_KEPT;
        self.unsolicited.push(if full { Unsolicited::Overflow } else { event });
        Ok(())
    }

    /// Sets how large the literals of the next command may be.
    pub(crate) fn limit(&mut self, limits: Limits) {
        self.guard().limit(limits);
    }
}

fn foreign_tag() -> Error {
    Error::Protocol("an answer to a command that was not sent".to_owned())
}

fn lost(error: &std::io::Error) -> Error {
    let ended = error.get_ref().and_then(|inner| inner.downcast_ref::<Ended>());
    Error::Closed { what: ended.map_or_else(|| error.kind().to_string(), |Ended(words)| words.clone()) }
}

/// The error text of async-imap holds the whole buffer: it is never shown.
fn unreadable(error: &std::io::Error) -> Error {
    if let Some(breach) = error.get_ref().and_then(|inner| inner.downcast_ref::<Breach>()) {
        return Error::Protocol(breach.to_string());
    }
    if let Some(broken) = error.get_ref().and_then(|inner| inner.downcast_ref::<Broken>()) {
        return Error::Protocol(broken.to_string());
    }
    // With TLS 1.3 the server looks at our certificate when we take the handshake for done.
    if is_refusal(&error.to_string()) {
        return refused("the server");
    }
    if error.kind() == std::io::ErrorKind::Other {
        return Error::Protocol("an answer that cannot be read".to_owned());
    }
    lost(error)
}
