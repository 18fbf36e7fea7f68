//! The log: to a file alone, readable by its owner alone, bounded in size, without the parser's secrets.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tracing::{Level, Metadata};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;

use super::args::{Args, Command};
use super::output::{Format, Output};
use crate::config::env::Env;
use crate::config::paths::Paths;

/// Bytes after which a log file is put aside; the one before it is kept, so that log and its past stay under 10 MB.
const LIMIT: u64 = 4_900_000;
/// Lines that may wait for the disk. Their places are made at the start: by default there are 128,000, which take 4 MB.
const QUEUE: usize = 2_048;

/// What stands before a command's own words, in `auth::command`, `imap::connect` and `send::command`.
pub const SAID: &str = "and said:";

/// Keeps the log's writing thread alive: what is in its queue is written when this is dropped.
#[must_use]
pub struct Log {
    _guard: WorkerGuard,
}

/// Writes a line of the protocol trace.
pub type TraceSink = Arc<dyn Fn(&str) + Send + Sync>;

/// Starts the log in `paths.log()`, at the level that `POSTHASTE_LOG` names (default `info`). Called once.
///
/// The `log` crate is not bridged: async-imap and imap-proto write LOGIN lines and tokens to it (STACK.md). Their
/// targets are capped here as well, should they ever write to `tracing`; so are those of the way to the keyring.
///
/// # Errors
/// When the file cannot be opened, or a log runs already.
pub fn start(paths: &Paths, env: &Env) -> io::Result<Log> {
    let level = env.get("POSTHASTE_LOG").and_then(|level| level.into_string().ok());
    let (filter, wrong) = filter(level.as_deref());
    let file = Rotating::open(&paths.log(), LIMIT)?;
    // A full queue drops lines rather than make the screen wait for the disk.
    let (writer, guard) = NonBlockingBuilder::default().buffered_lines_limit(QUEUE).finish(Discreet(file));
    let layer = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(false);
    let subscriber = tracing_subscriber::registry().with(filter).with(filter_fn(harmless)).with(layer);
    tracing::subscriber::set_global_default(subscriber).map_err(io::Error::other)?;
    if let Some(wrong) = wrong {
        tracing::warn!("POSTHASTE_LOG is not understood, info is used: {wrong}");
    }
    Ok(Log { _guard: guard })
}

/// The log for a command that reaches a server or changes something; `None` for the others, which leave no file behind,
/// and, with a word on stderr, when the log cannot be written: no command fails for that.
pub fn for_command(args: &Args, env: &Env) -> Option<Log> {
    let wanted = match &args.command {
        None
        | Some(
            Command::Sync(_)
            | Command::Flag(_)
            | Command::Move(_)
            | Command::Archive(_)
            | Command::Trash(_)
            | Command::Snooze(_)
            | Command::Undo(_)
            | Command::Send(_)
            | Command::Compose(_)
            | Command::Outbox { .. }
            | Command::Read(_)
            | Command::Search(_),
        ) => true,
        // The demo's files lie in its own temporary directory.
        Some(
            Command::Demo
            | Command::Folders(_)
            | Command::List(_)
            | Command::Rule { .. }
            | Command::Account { .. }
            | Command::Config { .. }
            | Command::Doctor(_)
            | Command::Keys(_)
            | Command::Theme { .. }
            | Command::Log(_)
            | Command::Completions { .. }
            | Command::Man,
        ) => false,
    };
    if !wanted {
        return None;
    }
    let started = Paths::find(args.config.as_deref(), env)
        .and_then(|paths| paths.create().map(|()| paths))
        .map_err(|e| e.to_string())
        .and_then(|paths| start(&paths, env).map_err(|e| format!("{}: {e}", paths.log().display())));
    match started {
        Ok(log) => Some(log),
        Err(reason) => {
            Output::process(Format::Text).note(&format!("warning: no log is written: {reason}"));
            None
        }
    }
}

/// The sink for the protocol trace in `paths.trace()`. The trace's secrets are removed before they come here.
///
/// # Errors
/// When the file cannot be opened.
pub fn trace_sink(paths: &Paths) -> io::Result<TraceSink> {
    let file = Mutex::new(Rotating::open(&paths.trace(), LIMIT)?);
    Ok(Arc::new(move |line: &str| {
        if let Ok(mut file) = file.lock() {
            let text = crate::safe_text::SafeText::new(line);
            let now = jiff::Timestamp::now();
            // A full disk must not stop the mail: the line is lost.
            drop(file.write_all(format!("{now:.3} {text}\n").as_bytes()));
        }
    }))
}

/// Whether the protocol trace was asked for: `POSTHASTE_LOG` is `trace`.
pub fn wants_trace(env: &Env) -> bool {
    env.get("POSTHASTE_LOG").is_some_and(|level| level.eq_ignore_ascii_case("trace"))
}

/// The filter, and why the user's was not understood.
fn filter(level: Option<&str>) -> (EnvFilter, Option<String>) {
    let Some(level) = level else { return (EnvFilter::new("info"), None) };
    match EnvFilter::try_new(level) {
        Ok(filter) => (filter, None),
        Err(e) => (EnvFilter::new("info"), Some(e.to_string())),
    }
}

/// Below info, these targets may write secrets.
fn harmless(meta: &Metadata<'_>) -> bool {
    allowed(meta.target(), *meta.level())
}

fn allowed(target: &str, level: Level) -> bool {
    let capped = ["async_imap", "imap_proto", "zbus", "zvariant", "secret_service"]
        .iter()
        .any(|crate_name| target.starts_with(crate_name));
    !capped || level <= Level::INFO
}

/// Writes lines without what a command of the user's said, which the screen tells: a program that looks for a password may
/// say it, or whose it is.
#[derive(Debug)]
struct Discreet<W>(W);

impl<W: Write> Write for Discreet<W> {
    /// Is given a whole event at a time.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match bytes.windows(SAID.len()).position(|window| window == SAID.as_bytes()) {
            Some(at) => {
                self.0.write_all(bytes.get(..at).unwrap_or_default())?;
                self.0.write_all(format!("{SAID} …\n").as_bytes())?;
            }
            None => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A file that is put aside as `NAME.1` when it is full.
#[derive(Debug)]
struct Rotating {
    path: PathBuf,
    file: File,
    size: u64,
    limit: u64,
}

impl Rotating {
    fn open(path: &Path, limit: u64) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        let size = file.metadata()?.len();
        Ok(Self { path: path.to_path_buf(), file, size, limit })
    }

    fn rotate(&mut self) -> io::Result<()> {
        let mut aside = self.path.clone().into_os_string();
        aside.push(".1");
        std::fs::rename(&self.path, aside)?;
        *self = Self::open(&self.path, self.limit)?;
        Ok(())
    }
}

impl Write for Rotating {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.size > 0 && self.size.saturating_add(bytes.len() as u64) > self.limit {
            self.rotate()?;
        }
        let written = self.file.write(bytes)?;
        self.size = self.size.saturating_add(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests;
