//! The stream beneath async-imap: bounds what the server sends, and hands over only what imap-proto can parse.
//!
//! It cuts the stream into whole answers (`frame`). For each it decides: async-imap gets the answer as it came; or
//! without its text, for a status line; or without its literals; or a bare `* OK` in its place, for a FETCH, which is
//! parsed here, and for what imap-proto cannot parse. What was kept back lies in a queue with exactly one entry for every answer that
//! async-imap will return, so that the driver joins both again in order, whatever a server writes.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};

use async_imap::imap_proto::{AttributeValue, Response};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use self::common::common_fetch;
use self::frame::{Frame, Framer};
pub(crate) use self::frame::{Limits, Marker, Oversize};
use super::answer::{Answer, Literal};
use super::lines::{Code, Status, StatusLine, data_line, status_line};
use super::trace::{Counters, Speaker, Trace};
use crate::deflate::Deflated;
use counted::Counted;

mod common;
mod counted;
mod frame;

/// A connection to a server: TCP, TLS over it, or a test's pipe.
pub(crate) trait Transport: AsyncRead + AsyncWrite + Send + Sync + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Transport for T {}

/// Why the guard ended a connection. It is carried through async-imap inside an [`io::Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Breach {
    /// A line longer than a MiB.
    #[error("a line longer than 1 MiB")]
    Line,
    /// A literal longer than this command takes.
    #[error("a literal longer than asked for or allowed")]
    Literal,
    /// Lists nested deeper than any real answer.
    #[error("lists nested too deeply")]
    Nesting,
    /// The first byte of a connection was no greeting's.
    #[error("this is no IMAP server")]
    Greeting,
}

/// What the guard kept back of one answer that async-imap returns.
#[derive(Debug)]
pub(crate) enum Aside {
    /// Nothing.
    Nothing,
    /// The code and text of a status line.
    Status(Option<Code>, String),
    /// The literals of a FETCH.
    Literals(Vec<Literal>),
    /// The whole answer: async-imap only saw a placeholder.
    Whole(Box<Answer>, Vec<Literal>),
}

impl Aside {
    fn of_literals(literals: Vec<Literal>) -> Self {
        if literals.is_empty() { Self::Nothing } else { Self::Literals(literals) }
    }
}

/// See the module's text.
pub(crate) struct Guard {
    inner: Box<dyn Transport>,
    input: Box<[u8]>,
    read: usize,
    filled: usize,
    framer: Framer,
    output: Vec<u8>,
    given: usize,
    breach: Option<Breach>,
    aside: VecDeque<Aside>,
    counters: Arc<Counters>,
    trace: Trace,
    hidden: Vec<SecretString>,
    /// Whether a sign-in is under way.
    veiled: bool,
    /// The tag of COMPRESS, while it is not answered.
    compress: Option<String>,
}

/// Bytes read from the socket at once.
const INPUT: usize = 64 * 1024;
/// What async-imap gets in place of an answer that it cannot parse.
const PLACEHOLDER: &[u8] = b"* OK\r\n";
/// Buffers that are read in one go while no answer gets whole: then somebody else has a turn, whatever a bomb swells to.
const ROUNDS: usize = 16;

impl Guard {
    pub(crate) fn new(inner: Box<dyn Transport>, trace: Trace) -> Self {
        let counters = Arc::new(Counters::default());
        Self {
            inner: Box::new(Counted::new(inner, Arc::clone(&counters))),
            input: vec![0; INPUT].into_boxed_slice(),
            read: 0,
            filled: 0,
            framer: Framer::new(Arc::clone(&counters)),
            output: Vec::new(),
            given: 0,
            breach: None,
            aside: VecDeque::new(),
            counters,
            trace,
            hidden: Vec::new(),
            veiled: false,
            compress: None,
        }
    }

    /// COMPRESS was sent under this tag: what follows the OK to it is compressed (RFC 4978, section 3).
    pub(crate) fn expect_compress(&mut self, tag: &str) {
        self.compress = Some(tag.to_owned());
    }

    /// What was kept back of the answer that async-imap returned last.
    pub(crate) fn take_aside(&mut self) -> Option<Aside> {
        self.aside.pop_front()
    }

    /// Says that the server will not speak first.
    pub(crate) fn expect_no_greeting(&mut self) {
        self.framer.expect_no_greeting();
    }

    /// How large literals may be from now on.
    pub(crate) fn limit(&mut self, limits: Limits) {
        self.framer.limit(limits);
    }

    /// What stands in a FETCH in the place of its literals.
    pub(crate) fn marker(&self) -> &Marker {
        self.framer.marker()
    }

    /// The byte counters.
    pub(crate) fn counters(&self) -> &Arc<Counters> {
        &self.counters
    }

    /// The trace.
    pub(crate) fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Replaces this secret in everything that is traced or shown: servers echo what they did not understand (PS21).
    pub(crate) fn hide(&mut self, secret: SecretString) {
        if !secret.expose_secret().is_empty() {
            self.hidden.push(secret);
        }
    }

    /// From here on the server's part of a sign-in is not traced: with what SCRAM says, passwords can be guessed at leisure.
    pub(crate) fn veil(&mut self) {
        self.veiled = true;
    }

    /// The sign-in is over.
    pub(crate) fn unveil(&mut self) {
        self.veiled = false;
    }

    /// The text without secrets.
    pub(crate) fn without_secrets(&self, text: &str) -> String {
        self.hidden.iter().fold(text.to_owned(), |text, secret| text.replace(secret.expose_secret(), "***"))
    }

    fn accept(&mut self, frame: Frame) {
        if frame.is_blank() {
            return;
        }
        if self.trace.is_on() {
            let veiled = self.veiled && frame.line.starts_with(b"+");
            let text = if veiled { "+ ***".to_owned() } else { frame.for_trace(self.framer.marker()) };
            self.trace.line(Speaker::Server, &self.without_secrets(&text));
        }
        if let Some(status) = frame.is_status().then(|| status_line(&frame.line)).flatten() {
            self.watch_for_compress(&status);
            let aside = self.pass_status(status);
            self.aside.push_back(aside);
            return;
        }
        if let Some(fetch) = common_fetch(&frame.line, self.framer.marker()) {
            self.keep_whole(Answer::Fetch(fetch), frame.literals);
            return;
        }
        let answer = match understood(&frame.line, self.framer.marker()) {
            // There are many of these, and they have been read here: async-imap need not read them once more.
            Some(fetch @ Response::Fetch(..)) => Answer::from_proto(&fetch),
            Some(_) => {
                self.output.extend_from_slice(&frame.line);
                self.aside.push_back(Aside::of_literals(frame.literals));
                return;
            }
            None => data_line(&frame.line),
        };
        self.keep_whole(answer, frame.literals);
    }

    /// Keeps an answer of which async-imap only sees that there is one.
    fn keep_whole(&mut self, answer: Answer, literals: Vec<Literal>) {
        self.output.extend_from_slice(PLACEHOLDER);
        self.aside.push_back(Aside::Whole(Box::new(answer), literals));
    }

    /// Begins to inflate and to deflate with the byte after the OK to COMPRESS. The limits of this guard lie above: what
    /// is inflated meets them as if it had come in plain (PS30).
    fn watch_for_compress(&mut self, status: &StatusLine) {
        if self.compress.as_ref() != Some(&status.tag) {
            return;
        }
        self.compress = None;
        if status.status != Status::Ok {
            return;
        }
        let read = self.input.get(self.read..self.filled).unwrap_or_default().to_vec();
        (self.read, self.filled) = (0, 0);
        let inner = std::mem::replace(&mut self.inner, Box::new(tokio::io::empty()));
        self.inner = Box::new(Deflated::new(inner, read));
        self.trace.line(Speaker::Note, "compressed from here on");
    }

    /// Hands on who is answered and how. The text stays here: imap-proto panics on some of it and drops most codes.
    fn pass_status(&mut self, status: StatusLine) -> Aside {
        if status.tag == "+" {
            self.output.extend_from_slice(b"+ \r\n");
            // It is a part of a sign-in if it is anything, and shown to nobody: it stays as it came.
            return Aside::Status(None, status.text);
        }
        let text = self.without_secrets(&status.text);
        let line = format!("{} {}\r\n", status.tag, format!("{:?}", status.status).to_ascii_uppercase());
        if understood(line.as_bytes(), self.framer.marker()).is_none() {
            self.output.extend_from_slice(PLACEHOLDER);
            return Aside::Whole(Box::new(Answer::Garbage), Vec::new());
        }
        self.output.extend_from_slice(line.as_bytes());
        Aside::Status(status.code, text)
    }

    /// Cuts what was read into answers, until there is enough for `wanted` bytes of output.
    fn cut(&mut self, wanted: usize) {
        while self.breach.is_none() && self.output.len() < wanted {
            let Some(mut input) = self.input.get(self.read..self.filled).filter(|input| !input.is_empty()) else {
                return;
            };
            let before = input.len();
            let framed = self.framer.push(&mut input);
            self.read += before - input.len();
            match framed {
                Ok(Some(frame)) => self.accept(frame),
                Ok(None) => {}
                Err(breach) => self.breach = Some(breach),
            }
        }
    }
}

/// This answer, if imap-proto takes exactly it, and understands all that we want of it.
fn understood<'a>(line: &'a [u8], marker: &Marker) -> Option<Response<'a>> {
    if hazardous(line) {
        return None;
    }
    let (rest, response) = Response::parse(line).ok()?;
    let known = |attribute: &AttributeValue<'_>| {
        if let AttributeValue::BodySection { data: Some(data), .. } = attribute {
            // A body in a quoted string keeps its backslashes in imap-proto.
            return marker.index(data).is_some();
        }
        // imap-proto keeps the escapes of labels, and knows no literals among them.
        !matches!(attribute, AttributeValue::Unknown | AttributeValue::GmailLabels(_))
    };
    if let Response::Fetch(_, attributes) = &response
        && !attributes.iter().all(known)
    {
        return None;
    }
    rest.is_empty().then_some(response)
}

/// Lines on which imap-proto 0.17 panics, or whose strings it does not unescape.
fn hazardous(line: &[u8]) -> bool {
    // A response code followed by a byte that is no ASCII ends imap-proto, after `+` and a tag as after `*`.
    let Some(data) = line.strip_prefix(b"* ") else { return !line.is_ascii() };
    let starts = |word: &[u8]| data.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    if [&b"OK"[..], b"NO", b"BAD", b"BYE", b"PREAUTH"].into_iter().any(starts) && !data.is_ascii() {
        return true;
    }
    // imap-proto makes LIST of LSUB, CAPABILITY of ENABLED, and leaves the escapes in the names of MYRIGHTS and QUOTA.
    if [&b"METADATA"[..], b"LSUB", b"ENABLED", b"MYRIGHTS", b"QUOTA"].into_iter().any(starts) {
        return true;
    }
    if starts(b"LIST") || starts(b"STATUS") {
        return data.windows(2).any(|pair| pair == b"\\\"" || pair == b"\\\\") || !data.is_ascii();
    }
    data.first().is_some_and(u8::is_ascii_digit) && has_nil_date(data)
}

/// Whether a FETCH says `INTERNALDATE NIL`. Every header passes here: only words that begin with N are looked at.
fn has_nil_date(data: &[u8]) -> bool {
    let ends_with_name = |at: usize| {
        let name = b"INTERNALDATE";
        at.checked_sub(name.len())
            .and_then(|from| data.get(from..at))
            .is_some_and(|word| word.eq_ignore_ascii_case(name))
    };
    data.windows(2).enumerate().any(|(at, pair)| matches!(pair, b" N" | b" n") && ends_with_name(at))
}

impl AsyncRead for Guard {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        for _ in 0..ROUNDS {
            if let Some(rest) = this.output.get(this.given..).filter(|rest| !rest.is_empty()) {
                let count = rest.len().min(buf.remaining());
                buf.put_slice(rest.get(..count).unwrap_or_default());
                this.given += count;
                return Poll::Ready(Ok(()));
            }
            this.output.clear();
            this.given = 0;
            this.cut(buf.remaining());
            if !this.output.is_empty() {
                continue;
            }
            if let Some(breach) = this.breach {
                return Poll::Ready(Err(io::Error::other(breach)));
            }
            let mut input = ReadBuf::new(&mut this.input);
            ready!(Pin::new(&mut this.inner).poll_read(cx, &mut input))?;
            (this.read, this.filled) = (0, input.filled().len());
            if this.filled == 0 {
                return Poll::Ready(Ok(()));
            }
            this.counters.plain_received.fetch_add(this.filled as u64, Ordering::Relaxed);
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl AsyncWrite for Guard {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.inner).poll_write(cx, buf))?;
        self.counters.plain_sent.fetch_add(count as u64, Ordering::Relaxed);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl fmt::Debug for Guard {
    /// Says nothing of what went through it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
