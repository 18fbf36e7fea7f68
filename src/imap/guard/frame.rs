//! Cuts a byte stream into whole answers: lines with their literals, bounded. Pure.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rand::RngExt;

use super::Breach;
use crate::imap::answer::Literal;
use crate::imap::lines::status_word;
use crate::imap::syntax::{MAX_DEPTH, literal_size};
use crate::imap::trace::Counters;

/// The longest line, and the most that all literals of an answer that is no FETCH may hold.
const MAX_LINE: usize = 1024 * 1024;
/// No word by which answers are told apart ends later than this.
const MAX_HEAD: usize = 64;
/// A SEARCH answer longer than this is handed on in pieces: a million UIDs make a line of eight megabytes.
const SEARCH_PIECE: usize = 64 * 1024;
/// The longest SEARCH answer in all: more than seven million UIDs.
const MAX_SEARCH: usize = 64 * 1024 * 1024;
/// Memory that is set aside for a literal before its bytes are here (PS25).
const AHEAD: usize = 256 * 1024;
/// The longest literal that is read only to be thrown away.
const MAX_SKIPPED: u64 = 64 * 1024 * 1024;
/// Literals in one FETCH: we never ask for more than one.
const MAX_LITERALS: usize = 64;

/// How large the literals of a FETCH may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Bytes of one literal.
    pub(crate) literal: u64,
    /// What happens to a larger one.
    pub(crate) oversize: Oversize,
}

/// What happens to a literal that is too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Oversize {
    /// It is thrown away and its message becomes a placeholder.
    Skip,
    /// The connection ends.
    Refuse,
}

impl Default for Limits {
    fn default() -> Self {
        Self { literal: 1024 * 1024, oversize: Oversize::Skip }
    }
}

/// One whole answer.
#[derive(Debug)]
pub(super) struct Frame {
    /// The line with its end; in a FETCH a marker stands for each literal.
    pub(super) line: Vec<u8>,
    /// The literals that were lifted out of a FETCH.
    pub(super) literals: Vec<Literal>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A tagged or untagged status line, or a continuation: text to its end, without literals.
    Status,
    /// FETCH: its literals are lifted out, so that bodies are stored once and never parsed.
    Fetch,
    /// SEARCH.
    Search,
    /// Other data: its literals stay in the line.
    Data,
}

/// What stands for the literals of a FETCH: nobody can guess it, so no server can write it.
#[derive(Debug)]
pub(crate) struct Marker {
    secret: String,
    /// What stands for the only literal of an answer, as most have one.
    first: String,
}

impl Marker {
    fn new() -> Self {
        let mut marker = Self { secret: format!("{:016x}", rand::rng().random::<u64>()), first: String::new() };
        marker.first = marker.literal(0);
        marker
    }

    /// A literal of the line, with the length before it.
    fn literal(&self, index: usize) -> String {
        let text = format!("{}{index:02}", self.secret);
        format!("{{{}}}\r\n{text}", text.len())
    }

    /// The first literal of an answer, with its length.
    pub(super) fn first(&self) -> &[u8] {
        self.first.as_bytes()
    }

    /// What the first literal of an answer consists of.
    pub(super) fn first_text(&self) -> &[u8] {
        self.first.get(self.first.len() - self.secret.len() - 2..).unwrap_or_default().as_bytes()
    }

    /// Which literal these bytes stand for.
    pub(crate) fn index(&self, bytes: &[u8]) -> Option<usize> {
        let digits = bytes.strip_prefix(self.secret.as_bytes())?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    }
}

/// The cutter.
#[derive(Debug)]
pub(super) struct Framer {
    line: Vec<u8>,
    /// How much of this SEARCH answer was handed on already.
    handed: usize,
    segment: usize,
    kind: Kind,
    state: State,
    literals: Vec<Literal>,
    inline: usize,
    greeted: bool,
    limits: Limits,
    marker: Marker,
    counters: Arc<Counters>,
}

#[derive(Debug)]
enum State {
    Line,
    /// Bytes of a literal that stays in the line.
    Inline(usize),
    /// Bytes of a literal that is lifted out.
    Lift(usize, Vec<u8>),
    /// Bytes of a literal that is thrown away.
    Skip(u64),
}

impl Framer {
    pub(super) fn new(counters: Arc<Counters>) -> Self {
        Self {
            line: Vec::new(),
            handed: 0,
            segment: 0,
            kind: Kind::Data,
            state: State::Line,
            literals: Vec::new(),
            inline: 0,
            greeted: false,
            limits: Limits::default(),
            marker: Marker::new(),
            counters,
        }
    }

    pub(super) fn expect_no_greeting(&mut self) {
        self.greeted = true;
    }

    pub(super) fn limit(&mut self, limits: Limits) {
        self.limits = limits;
    }

    pub(super) fn marker(&self) -> &Marker {
        &self.marker
    }

    /// Takes bytes from `input` until an answer is whole; `None` when more bytes are needed.
    pub(super) fn push(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, Breach> {
        if !self.greeted {
            // Whatever speaks first with another byte is no IMAP server: do not wait for a line that may never end.
            match input.first() {
                Some(b'*') => self.greeted = true,
                Some(_) => return Err(Breach::Greeting),
                None => return Ok(None),
            }
        }
        while !input.is_empty() {
            match &mut self.state {
                State::Line => {
                    if let Some(frame) = self.take_line(input)? {
                        return Ok(Some(frame));
                    }
                }
                State::Inline(left) => {
                    let bytes = take(input, *left);
                    self.line.extend_from_slice(bytes);
                    *left -= bytes.len();
                    if *left == 0 {
                        self.next_segment();
                    }
                }
                State::Lift(left, data) => {
                    let bytes = take(input, *left);
                    data.extend_from_slice(bytes);
                    *left -= bytes.len();
                    self.counters.literal.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                    if *left == 0 {
                        let data = std::mem::take(data);
                        self.end_lifted(Literal::Bytes(data));
                    }
                }
                State::Skip(left) => {
                    let bytes = take(input, usize::try_from(*left).unwrap_or(usize::MAX));
                    *left -= bytes.len() as u64;
                    if *left == 0 {
                        self.end_lifted(Literal::TooLong);
                    }
                }
            }
        }
        Ok(None)
    }

    fn take_line(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, Breach> {
        let end = input.iter().position(|byte| *byte == b'\n');
        let bytes = take(input, end.map_or(input.len(), |end| end + 1));
        let before = self.line.len();
        self.line.extend_from_slice(bytes);
        // A line that comes byte by byte is not looked at from its start for each of them (PS26).
        if self.segment == 0 && before < MAX_HEAD {
            self.kind = kind(self.line.get(..MAX_HEAD).unwrap_or(&self.line));
        }
        if end.is_none() {
            if self.kind == Kind::Search
                && self.line.len() > SEARCH_PIECE
                && let Some(piece) = self.search_piece()
            {
                self.handed += piece.line.len();
                return if self.handed > MAX_SEARCH { Err(Breach::Line) } else { Ok(Some(piece)) };
            }
            return if self.line.len() > MAX_LINE { Err(Breach::Line) } else { Ok(None) };
        }
        if self.line.len() > MAX_LINE + self.inline {
            return Err(Breach::Line);
        }
        self.end_with_crlf();
        match literal_size(self.line.get(self.segment..).unwrap_or_default()) {
            Some(size) if self.kind != Kind::Status => self.begin_literal(size).map(|()| None),
            Some(_) | None => self.finish().map(Some),
        }
    }

    /// imap-proto wants CR LF; some servers end a line with LF alone.
    fn end_with_crlf(&mut self) {
        if self.line.len() < 2 || self.line.get(self.line.len() - 2) != Some(&b'\r') {
            self.line.pop();
            self.line.extend_from_slice(b"\r\n");
        }
    }

    fn begin_literal(&mut self, size: u64) -> Result<(), Breach> {
        if self.kind != Kind::Fetch {
            let size = usize::try_from(size).map_err(|_| Breach::Literal)?;
            self.inline = self.inline.saturating_add(size);
            if self.inline > MAX_LINE {
                return Err(Breach::Literal);
            }
            self.state = State::Inline(size);
            if size == 0 {
                self.next_segment();
            }
            return Ok(());
        }
        if self.literals.len() >= MAX_LITERALS {
            return Err(Breach::Literal);
        }
        self.counters.literal.store(0, Ordering::Relaxed);
        let fits = size <= self.limits.literal;
        match (fits, self.limits.oversize) {
            (true, _) => {
                let size = usize::try_from(size).map_err(|_| Breach::Literal)?;
                self.state = State::Lift(size, Vec::with_capacity(size.min(AHEAD)));
            }
            (false, Oversize::Skip) if size <= MAX_SKIPPED => self.state = State::Skip(size),
            (false, Oversize::Skip | Oversize::Refuse) => return Err(Breach::Literal),
        }
        if size == 0 {
            self.end_lifted(Literal::Bytes(Vec::new()));
        }
        Ok(())
    }

    fn end_lifted(&mut self, literal: Literal) {
        let head = self.line.iter().rposition(|byte| *byte == b'{').unwrap_or(self.line.len());
        self.line.truncate(head);
        match self.literals.len() {
            0 => self.line.extend_from_slice(self.marker.first.as_bytes()),
            more => self.line.extend_from_slice(self.marker.literal(more).as_bytes()),
        }
        self.literals.push(literal);
        self.next_segment();
    }

    fn next_segment(&mut self) {
        self.segment = self.line.len();
        self.state = State::Line;
    }

    fn finish(&mut self) -> Result<Frame, Breach> {
        if self.kind != Kind::Status && too_deep(&self.line) {
            return Err(Breach::Nesting);
        }
        self.segment = 0;
        self.inline = 0;
        self.handed = 0;
        let room = self.line.len().min(4096);
        let line = std::mem::replace(&mut self.line, Vec::with_capacity(room));
        Ok(Frame { line, literals: std::mem::take(&mut self.literals), kind: self.kind })
    }

    fn search_piece(&mut self) -> Option<Frame> {
        // A number has ten digits: what has no space so near its end is no list of numbers.
        let tail = self.line.len().saturating_sub(MAX_HEAD);
        let cut = tail + self.line.get(tail..)?.iter().rposition(|byte| *byte == b' ')?;
        let rest = self.line.split_off(cut);
        let mut line = std::mem::replace(&mut self.line, b"* SEARCH".to_vec());
        self.line.extend_from_slice(&rest);
        line.extend_from_slice(b"\r\n");
        Some(Frame { line, literals: Vec::new(), kind: Kind::Search })
    }
}

impl Frame {
    pub(super) fn is_blank(&self) -> bool {
        self.line.trim_ascii().is_empty()
    }

    pub(super) fn is_status(&self) -> bool {
        self.kind == Kind::Status
    }

    /// The answer on one line, with `{1234 bytes}` in the place of what people wrote.
    pub(super) fn for_trace(&self, marker: &Marker) -> String {
        let mut text = String::from_utf8_lossy(&self.line).into_owned();
        for (index, literal) in self.literals.iter().enumerate() {
            let shown = match literal {
                Literal::Bytes(bytes) => format!("{{{} bytes}}", bytes.len()),
                Literal::TooLong => "{too long}".to_owned(),
            };
            text = text.replace(&marker.literal(index), &shown);
        }
        text.replace("\r\n", " ")
    }
}

fn take<'a>(input: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (head, rest) = input.split_at(count.min(input.len()));
    *input = rest;
    head
}

fn kind(line: &[u8]) -> Kind {
    let Some(data) = line.strip_prefix(b"* ") else {
        // A tagged answer or a continuation has no literals; nor has garbage.
        return Kind::Status;
    };
    let mut words = data.splitn(3, |byte| *byte == b' ');
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if status_word(first.trim_ascii_end()).is_some() || first.starts_with(b"[") {
        return Kind::Status;
    }
    if first.trim_ascii_end().eq_ignore_ascii_case(b"SEARCH") {
        return Kind::Search;
    }
    let fetch = first.iter().all(u8::is_ascii_digit) && second.eq_ignore_ascii_case(b"FETCH");
    if fetch { Kind::Fetch } else { Kind::Data }
}

/// Whether lists nest deeper than the parser's stack allows. Brackets within quoted strings do not count.
fn too_deep(line: &[u8]) -> bool {
    if line.iter().fold(0, |count, byte| count + usize::from(*byte == b'(')) <= MAX_DEPTH {
        return false;
    }
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in line {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'(' if !quoted => depth += 1,
            b')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return true;
        }
    }
    false
}
