//! The bytes of one connection: commands in, answers out, and the faults that cut them.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

use crate::deflate::Deflated;
use crate::demo::world::World;

/// The longest command line, without its literals.
const LINE_LIMIT: usize = 256 * 1024;
/// The largest literal: larger than any mail that a client of this server has reason to append.
const LITERAL_LIMIT: u64 = 64 * 1024 * 1024;
/// Answers are sent once this much has gathered.
const FLUSH_AT: usize = 64 * 1024;

/// Bytes read at once.
const INPUT: usize = 16 * 1024;

/// Whether the answers still reach the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Voice {
    Heard,
    Lost,
}

/// What a connection runs over: a socket, or a stream inside this process.
pub trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin + std::fmt::Debug {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin + std::fmt::Debug> Stream for T {}

/// One connection.
#[derive(Debug)]
pub struct Wire {
    stream: BufReader<Box<dyn Stream>>,
    line: Vec<u8>,
    out: Vec<u8>,
    world: World,
    voice: Voice,
}

fn ended() -> io::Error {
    io::Error::from(io::ErrorKind::UnexpectedEof)
}

/// The length that a line announces at its end, and whether the client waits for a go-ahead.
fn literal(line: &[u8]) -> Option<(u64, bool)> {
    let inside = line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n"))?.strip_suffix(b"}")?;
    let open = inside.iter().rposition(|byte| *byte == b'{')?;
    let number = std::str::from_utf8(inside.get(open + 1..)?).ok()?;
    match number.strip_suffix('+') {
        Some(number) => Some((number.parse().ok()?, false)),
        None => Some((number.parse().ok()?, true)),
    }
}

impl Wire {
    /// Takes a connection over.
    pub fn new(stream: Box<dyn Stream>, world: World) -> Self {
        let stream = BufReader::with_capacity(INPUT, stream);
        Self { stream, line: Vec::new(), out: Vec::new(), world, voice: Voice::Heard }
    }

    /// From now on both directions are compressed (RFC 4978).
    pub fn deflate(&mut self) {
        let nothing: Box<dyn Stream> = Box::new(tokio::io::empty());
        let plain = std::mem::replace(&mut self.stream, BufReader::new(nothing));
        let read = plain.buffer().to_vec();
        self.stream = BufReader::with_capacity(INPUT, Box::new(Deflated::new(plain.into_inner(), read)));
    }

    /// Reads one line with its line end. Cancel-safe: what was read stays for the next call.
    pub async fn read_line(&mut self) -> io::Result<Vec<u8>> {
        loop {
            let available = self.stream.fill_buf().await?;
            if available.is_empty() {
                return Err(ended());
            }
            let (used, whole) = match available.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (available.len(), false),
            };
            self.line.extend_from_slice(available.get(..used).unwrap_or_default());
            self.stream.consume(used);
            if self.line.len() > LINE_LIMIT {
                return Err(io::Error::from(io::ErrorKind::InvalidData));
            }
            if whole {
                return Ok(std::mem::take(&mut self.line));
            }
        }
    }

    /// Reads one command with its literals, asking for each that waits to be asked (RFC 9051, section 4.3; RFC 7888).
    pub async fn read_command(&mut self) -> io::Result<Vec<u8>> {
        let mut command = self.read_line().await?;
        let mut last = command.clone();
        while let Some((length, waits)) = literal(&last) {
            if length > LITERAL_LIMIT {
                self.say("* BYE [TOOBIG] Literal too large\r\n");
                self.flush().await?;
                return Err(io::Error::from(io::ErrorKind::InvalidData));
            }
            if waits {
                self.say("+ OK\r\n");
                self.flush().await?;
            }
            let got = (&mut self.stream).take(length).read_to_end(&mut command).await?;
            if got as u64 != length {
                return Err(ended());
            }
            last = self.read_line().await?;
            command.extend_from_slice(&last);
            if command.len() as u64 > LITERAL_LIMIT + LINE_LIMIT as u64 {
                return Err(io::Error::from(io::ErrorKind::InvalidData));
            }
        }
        Ok(command)
    }

    /// Adds text to the answer.
    pub fn say(&mut self, text: impl AsRef<[u8]>) {
        self.out.extend_from_slice(text.as_ref());
    }

    /// From now on nothing reaches the client.
    pub fn lose_voice(&mut self) {
        self.voice = Voice::Lost;
        self.out.clear();
    }

    /// Sends the answer so far if there is much of it.
    pub async fn flush_if_large(&mut self) -> io::Result<()> {
        if self.out.len() < FLUSH_AT { Ok(()) } else { self.flush().await }
    }

    /// Sends the answer so far; an error when a fault closes the connection here.
    pub async fn flush(&mut self) -> io::Result<()> {
        let out = std::mem::take(&mut self.out);
        if self.voice == Voice::Lost || out.is_empty() {
            return Ok(());
        }
        let (out, allowed) = {
            let mut state = self.world.lock();
            let out = state.faults.rewrite(out);
            let allowed = state.faults.allow(out.len());
            (out, allowed)
        };
        self.stream.write_all(out.get(..allowed).unwrap_or(&out)).await?;
        self.stream.flush().await?;
        if allowed < out.len() { Err(ended()) } else { Ok(()) }
    }

    /// Says nothing more until the client gives up.
    pub async fn hang(&mut self) {
        while let Ok(available) = self.stream.fill_buf().await {
            let used = available.len();
            if used == 0 {
                return;
            }
            self.stream.consume(used);
        }
    }

    /// Waits on tokio's clock.
    pub async fn wait(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}
