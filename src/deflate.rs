//! A stream whose bytes are compressed on the wire (RFC 4978, RFC 1951): for the client and for the embedded server.
//!
//! It holds 64 KiB of the wire's bytes and what a caller's buffer takes of theirs, however far these swell: what bounds
//! the answers lies above it.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes read from the wire at once, and bytes that may wait to be written.
const BUFFER: usize = 64 * 1024;

/// Why a stream cannot be read on; carried inside an [`io::Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("compressed data that cannot be read")]
pub struct Broken;

/// A compressed stream over another.
pub struct Deflated<S> {
    inner: S,
    /// What was read from the wire and not yet inflated.
    raw: Vec<u8>,
    taken: usize,
    inflater: Decompress,
    /// The inflater may hold more than it gave.
    more: bool,
    ended: bool,
    deflater: Compress,
    /// What is to be written to the wire.
    out: Vec<u8>,
    written: usize,
    /// The deflater holds bytes back.
    held: bool,
}

impl<S> Deflated<S> {
    /// Both directions are compressed from now on; `read` was read from the wire already, and is compressed.
    pub fn new(inner: S, read: Vec<u8>) -> Self {
        Self {
            inner,
            raw: read,
            taken: 0,
            inflater: Decompress::new(false),
            more: false,
            ended: false,
            deflater: Compress::new(Compression::default(), false),
            out: Vec::new(),
            written: 0,
            held: false,
        }
    }

    /// The stream beneath; what was read of it and not asked for is lost.
    pub fn into_inner(self) -> S {
        self.inner
    }

    /// Inflates into `output`; the count of bytes made.
    fn inflate(&mut self, output: &mut [u8]) -> io::Result<usize> {
        let input = self.raw.get(self.taken..).unwrap_or_default();
        let before = (self.inflater.total_in(), self.inflater.total_out());
        let status = self.inflater.decompress(input, output, FlushDecompress::None);
        let used = count(self.inflater.total_in() - before.0);
        let made = count(self.inflater.total_out() - before.1);
        self.taken += used;
        self.more = made > 0;
        match status {
            Ok(Status::StreamEnd) => self.ended = true,
            // Bytes and room, and nothing moves: such a stream never will.
            Ok(Status::Ok | Status::BufError) if used == 0 && made == 0 && !input.is_empty() => return Err(broken()),
            Ok(Status::Ok | Status::BufError) => {}
            Err(_) => return Err(broken()),
        }
        Ok(made)
    }

    /// Deflates bytes, and with [`FlushCompress::Sync`] all that was held back.
    fn deflate(&mut self, mut bytes: &[u8], flush: FlushCompress) -> io::Result<()> {
        loop {
            self.out.reserve(bytes.len() / 2 + 256);
            let before = self.deflater.total_in();
            self.deflater.compress_vec(bytes, &mut self.out, flush).map_err(io::Error::other)?;
            bytes = bytes.get(count(self.deflater.total_in() - before)..).unwrap_or_default();
            if bytes.is_empty() && self.out.len() < self.out.capacity() {
                return Ok(());
            }
        }
    }
}

fn count(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, Broken)
}

impl<S: AsyncWrite + Unpin> Deflated<S> {
    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.out.get(self.written..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.inner).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.written += written,
            }
        }
        self.out.clear();
        self.written = 0;
        Poll::Ready(Ok(()))
    }

    fn poll_sync(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.held {
            self.deflate(&[], FlushCompress::Sync)?;
            self.held = false;
        }
        self.poll_drain(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Deflated<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            if this.ended || buf.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            if this.more || this.taken < this.raw.len() {
                let made = this.inflate(buf.initialize_unfilled())?;
                buf.advance(made);
                if made > 0 {
                    return Poll::Ready(Ok(()));
                }
                continue;
            }
            this.raw.resize(BUFFER, 0);
            let mut raw = ReadBuf::new(&mut this.raw);
            let read = Pin::new(&mut this.inner).poll_read(cx, &mut raw);
            let filled = raw.filled().len();
            this.raw.truncate(filled);
            this.taken = 0;
            ready!(read)?;
            if filled == 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Deflated<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.out.len() >= BUFFER {
            ready!(this.poll_drain(cx))?;
        }
        this.deflate(buf, FlushCompress::None)?;
        this.held = true;
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_sync(cx))?;
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_sync(cx))?;
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl<S> fmt::Debug for Deflated<S> {
    /// Says nothing of what went through it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflated").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
