//! The protocol trace, with secrets removed, and the byte counters.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where one line of a trace goes.
pub type Sink = Arc<dyn Fn(&str) + Send + Sync>;

/// A protocol trace: off unless it was given a sink.
///
/// What passes here never holds a password, a token or a mail's text: secrets are `***`, literals `{1234 bytes}`.
/// Server text is otherwise raw: whoever shows it sanitises it.
#[derive(Clone, Default)]
pub struct Trace(Option<(Sink, Arc<str>)>);

impl Trace {
    /// A trace whose lines go to `sink`, each starting with `label`.
    pub fn to(sink: Sink, label: String) -> Self {
        Self(Some((sink, label.into())))
    }

    /// Whether anybody listens: nothing is formatted otherwise.
    pub(crate) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Writes one line of what the client or the server said.
    pub(crate) fn line(&self, speaker: Speaker, text: &str) {
        let Some((sink, label)) = &self.0 else { return };
        let speaker = match speaker {
            Speaker::Client => "C",
            Speaker::Server => "S",
            Speaker::Note => "-",
        };
        let text: String = text.trim_end().chars().take(2_000).collect();
        sink(&format!("{label} {speaker}: {text}"));
    }
}

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaker {
    /// We.
    Client,
    /// The server.
    Server,
    /// Nobody: a step of connecting.
    Note,
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_on() { "Trace(on)" } else { "Trace(off)" })
    }
}

/// Bytes that went over a connection, TLS not counted.
#[derive(Debug, Default)]
pub struct Counters {
    /// Bytes sent, as they are on the wire.
    pub sent: AtomicU64,
    /// Bytes received, as they are on the wire.
    pub received: AtomicU64,
    /// Bytes sent, before they were compressed.
    pub plain_sent: AtomicU64,
    /// Bytes received, after they were inflated.
    pub plain_received: AtomicU64,
    /// Bytes of the literal that is coming in.
    pub(crate) literal: AtomicU64,
}

impl Counters {
    /// Bytes sent and received so far on the wire.
    pub fn get(&self) -> (u64, u64) {
        (self.sent.load(Ordering::Relaxed), self.received.load(Ordering::Relaxed))
    }

    /// Bytes sent and received so far, as they would be on the wire without compression.
    pub fn plain(&self) -> (u64, u64) {
        (self.plain_sent.load(Ordering::Relaxed), self.plain_received.load(Ordering::Relaxed))
    }
}
