//! Runs `gpg` and `gpgsm`: fixed options, a clean environment, bounded time and output.
//!
//! Status lines come on a pipe of their own, the child's descriptor 0, opened for writing: neither what a message holds
//! (descriptor 1) nor what is logged (descriptor 2, thrown away) can get in between. Input is in files of a private
//! directory; `gpgsm` has no other channel left.

use std::ffi::{OsStr, OsString};
use std::fs::{OpenOptions, Permissions};
use std::io::{self, ErrorKind, PipeWriter, Read, Write, pipe};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

use super::status::is_hex;
use super::{Kind, Programs};

/// Bytes of status lines that one run may give out.
const MAX_STATUS: usize = 1 << 20;

/// How often it is looked whether the reader has given up.
const TICK: Duration = Duration::from_millis(20);

/// Time for a program to put its lock files away before it is killed.
const GRACE: Duration = Duration::from_millis(500);

/// For every run of both programs: no questions, no terminal, no photo viewer, no verbose lines.
const BOTH: [&str; 6] = ["--batch", "--no-tty", "--no-verbose", "--status-fd", "0", "--disable-dirmngr"];

/// `gpg` fetches nothing and changes no keyring.
pub(super) const GPG: [&str; 7] = [
    "--no-auto-key-retrieve",
    "--no-auto-key-locate",
    "--no-auto-key-import",
    "--verify-options",
    "no-show-photos",
    "--list-options",
    "no-show-photos",
];

/// Revocation lists would have to be fetched.
pub(super) const GPGSM: [&str; 2] = ["--disable-crl-checks", "--disable-ocsp"];

/// What of the environment the programs and the passphrase prompt need.
const ENVIRONMENT: [&str; 15] = [
    "HOME",
    "GNUPGHOME",
    "PATH",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "TERM",
    "DISPLAY",
    "XAUTHORITY",
    "WAYLAND_DISPLAY",
    "XDG_RUNTIME_DIR",
    "XDG_SESSION_TYPE",
    "XDG_CURRENT_DESKTOP",
    "DBUS_SESSION_BUS_ADDRESS",
    "PINENTRY_USER_DATA",
];

/// What one run gave out.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) output: Vec<u8>,
    pub(super) status: Vec<u8>,
    /// Whether the program ended with 0.
    pub(super) success: bool,
}

/// Why a run came to nothing.
#[derive(Debug)]
pub(super) enum Stop {
    NotInstalled,
    TimedOut,
    Cancelled,
    TooLarge,
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Runs the programs for one message.
pub(super) struct Runner<'a> {
    pub(super) programs: &'a Programs,
    pub(super) cancel: &'a AtomicBool,
}

impl Runner<'_> {
    /// Checks a signature that stands apart from what it signs.
    pub(super) fn verify_detached(&self, kind: Kind, signed: &[u8], signature: &[u8]) -> Result<Run, Stop> {
        let scratch = scratch()?;
        let signature = write(&scratch, "signature", signature)?;
        let signed = write(&scratch, "signed", signed)?;
        let mut command = self.command(kind);
        no_prompt(&mut command, kind);
        command.arg("--verify").arg("--").arg(signature).arg(signed);
        self.run(command)
    }

    /// Checks a CMS signature that holds what it signs, and gives that out.
    pub(super) fn verify_opaque(&self, der: &[u8]) -> Result<Run, Stop> {
        let scratch = scratch()?;
        let der = write(&scratch, "message", der)?;
        let mut command = self.command(Kind::Smime);
        no_prompt(&mut command, Kind::Smime);
        command.args(["--output", "-", "--verify", "--"]).arg(der);
        self.run(command)
    }

    /// Decrypts, and checks signatures inside; `gpg` takes a message that is signed alone as well.
    pub(super) fn open(&self, kind: Kind, data: &[u8]) -> Result<Run, Stop> {
        let scratch = scratch()?;
        let data = write(&scratch, "message", data)?;
        let mut command = self.command(kind);
        command.args(["--output", "-", "--decrypt", "--"]).arg(data);
        self.run(command)
    }

    /// Lists the user ids of a key or certificate.
    pub(super) fn list(&self, kind: Kind, fingerprint: &str) -> Result<Run, Stop> {
        if !is_hex(fingerprint) {
            return Err(Stop::Io(ErrorKind::InvalidInput.into()));
        }
        let mut command = self.command(kind);
        if kind == Kind::Smime {
            // Certificates that came with a signature are kept as ephemeral ones.
            command.arg("--with-ephemeral-keys");
        }
        command.args(["--with-colons", "--list-keys", "--"]).arg(format!("0x{fingerprint}"));
        self.run(command)
    }

    /// Lists the keys or certificates that bear this address, with their secret parts alone or not.
    pub(super) fn find(&self, kind: Kind, address: &str, secret: bool) -> Result<Run, Stop> {
        let mut command = self.command(kind);
        let list = if secret { "--list-secret-keys" } else { "--list-keys" };
        if kind == Kind::Pgp {
            // gpgsm always says it.
            command.arg("--with-keygrip");
        }
        command.args(["--with-colons", list, "--"]).arg(format!("<{address}>"));
        self.run(command)
    }

    /// Signs, apart from the data.
    pub(super) fn sign(&self, kind: Kind, key: &str, data: &[u8]) -> Result<Run, Stop> {
        let key = by_fingerprint(key)?;
        let scratch = scratch()?;
        let data = write(&scratch, "data", data)?;
        let mut command = self.command(kind);
        match kind {
            Kind::Pgp => command.arg("--armor"),
            // All of the chain: who signed for himself is its root, and nobody could check it otherwise.
            Kind::Smime => command.args(["--include-certs", "-1"]),
        };
        command.args(["--local-user", &key, "--detach-sign", "--output", "-", "--"]).arg(data);
        self.run(command)
    }

    /// Encrypts, and signs inside.
    pub(super) fn encrypt(
        &self,
        kind: Kind,
        (shown, hidden): (&[String], &[String]),
        signer: Option<&str>,
        data: &[u8],
    ) -> Result<Run, Stop> {
        let scratch = scratch()?;
        let data = write(&scratch, "data", data)?;
        let mut command = self.command(kind);
        if kind == Kind::Pgp {
            // Whom a key belongs to was looked at before it was chosen.
            command.args(["--armor", "--trust-model", "always"]);
        }
        if let Some(signer) = signer {
            command.args(["--sign", "--local-user", &by_fingerprint(signer)?]);
        }
        for key in shown {
            command.args(["--recipient", &by_fingerprint(key)?]);
        }
        for key in hidden {
            command.args(["--hidden-recipient", &by_fingerprint(key)?]);
        }
        command.args(["--encrypt", "--output", "-", "--"]).arg(data);
        self.run(command)
    }

    /// What gpg-agent knows of a secret key.
    pub(super) fn key_info(&self, grip: &str) -> Result<Run, Stop> {
        if !is_hex(grip) {
            return Err(Stop::Io(ErrorKind::InvalidInput.into()));
        }
        let mut command = Command::new("gpg-connect-agent");
        self.environment(&mut command);
        command.arg(format!("KEYINFO {grip}")).arg("/bye");
        self.run(command)
    }

    fn command(&self, kind: Kind) -> Command {
        let (program, own): (&Path, &[&str]) = match kind {
            Kind::Pgp => (&self.programs.gpg, &GPG),
            Kind::Smime => (&self.programs.gpgsm, &GPGSM),
        };
        let mut command = Command::new(program);
        command.args(BOTH).args(own);
        self.environment(&mut command);
        command
    }

    fn environment(&self, command: &mut Command) {
        command.env_clear().env("LANG", "C");
        for name in ENVIRONMENT {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        if let Some(terminal) = terminal().filter(|_| self.programs.terminal) {
            command.env("GPG_TTY", terminal);
        }
        if let Some(home) = &self.programs.home {
            command.env("GNUPGHOME", home);
        }
    }

    fn run(&self, mut command: Command) -> Result<Run, Stop> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(Stop::Cancelled);
        }
        let (status, writer) = pipe()?;
        let mut child = spawn(&mut command, writer)?;
        // The command holds the other end of the status pipe, which would never end.
        drop(command);
        let (sender, events) = channel();
        let output = child.stdout.take();
        let pipes = output.ok_or(Stop::Io(ErrorKind::BrokenPipe.into())).and_then(|output| {
            gather(Stream::Output, output, self.programs.output, sender.clone())?;
            gather(Stream::Status, status, MAX_STATUS, sender)?;
            Ok(())
        });
        let done = pipes.and_then(|()| self.wait(&mut child, &events));
        if done.is_err() {
            kill(&mut child, &events);
        }
        done
    }

    /// Waits for both streams to end, then for the program.
    fn wait(&self, child: &mut Child, events: &Receiver<Event>) -> Result<Run, Stop> {
        let until = Instant::now() + self.programs.time;
        let (mut output, mut status) = (None, None);
        loop {
            if self.cancel.load(Ordering::Relaxed) {
                return Err(Stop::Cancelled);
            }
            if Instant::now() >= until {
                return Err(Stop::TimedOut);
            }
            if output.is_some() && status.is_some() {
                if let Some(code) = child.try_wait()? {
                    let (output, status) = (output.unwrap_or_default(), status.unwrap_or_default());
                    return ended(code, output, status);
                }
                thread::sleep(TICK / 4);
                continue;
            }
            match events.recv_timeout(TICK) {
                Ok((Stream::Output, bytes)) => output = Some(bytes?),
                Ok((Stream::Status, bytes)) => status = Some(bytes?),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(Stop::Io(ErrorKind::BrokenPipe.into())),
            }
        }
    }
}

/// The terminal at which a passphrase can be typed: as the user says, else the one that we were started at.
fn terminal() -> Option<OsString> {
    std::env::var_os("GPG_TTY").filter(|name| !name.is_empty()).or_else(|| {
        let name = rustix::termios::ttyname(io::stderr(), Vec::new()).or_else(|_| {
            // Output and errors may go into files.
            rustix::termios::ttyname(io::stdin(), Vec::new())
        });
        name.ok().map(|name| OsString::from_vec(name.into_bytes()))
    })
}

/// A key as the programs take it.
fn by_fingerprint(fingerprint: &str) -> Result<String, Stop> {
    if is_hex(fingerprint) { Ok(format!("0x{fingerprint}")) } else { Err(Stop::Io(ErrorKind::InvalidInput.into())) }
}

/// A program that was ended by a signal has said nothing that counts.
fn ended(code: std::process::ExitStatus, output: Vec<u8>, status: Vec<u8>) -> Result<Run, Stop> {
    match code.code() {
        Some(_) => Ok(Run { output, status, success: code.success() }),
        None => Err(Stop::Io(io::Error::other("it was ended by a signal"))),
    }
}

/// Verifying needs no secret: a stranger's certificate must not bring up the question whether to trust its issuer.
fn no_prompt(command: &mut Command, kind: Kind) {
    if kind == Kind::Smime {
        command.args(["--pinentry-mode", "cancel"]);
    }
}

fn spawn(command: &mut Command, status: PipeWriter) -> Result<Child, Stop> {
    command.stdin(status).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
    command.spawn().map_err(
        |error| {
            if error.kind() == ErrorKind::NotFound { Stop::NotInstalled } else { Stop::Io(error) }
        },
    )
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stream {
    Output,
    Status,
}

type Event = (Stream, Result<Vec<u8>, Stop>);

/// Reads a stream to its end on a thread of its own. The thread is not waited for: a program that the child left behind
/// may hold the stream open.
fn gather(stream: Stream, from: impl Read + Send + 'static, limit: usize, sender: Sender<Event>) -> io::Result<()> {
    let job = move || {
        let mut bytes = Vec::new();
        let bounded = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        let read = from.take(bounded).read_to_end(&mut bytes);
        let result = match read {
            Ok(read) if read > limit => Err(Stop::TooLarge),
            Ok(_) => Ok(bytes),
            Err(error) => Err(Stop::Io(error)),
        };
        // Nobody listens any more when the run was ended.
        sender.send((stream, result)).ok();
    };
    thread::Builder::new().name("gpg".to_owned()).spawn(job).map(drop)
}

/// Ends the program and all that it started in its process group. The child is waited for last: until then its number
/// belongs to no other process.
fn kill(child: &mut Child, events: &Receiver<Event>) {
    let group = Pid::from_child(child);
    // Errors: it has ended already.
    kill_process_group(group, Signal::TERM).ok();
    let until = Instant::now() + GRACE;
    // Both readers end when the program ends, and with them the channel.
    while events.recv_timeout(until.saturating_duration_since(Instant::now())).is_ok() {}
    kill_process_group(group, Signal::KILL).ok();
    child.kill().ok();
    child.wait().ok();
}

/// A directory for the reader alone, in memory where the system has such a place: what was decrypted once may be written
/// there to check a signature inside.
fn scratch() -> io::Result<TempDir> {
    let private = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
    let mut builder = tempfile::Builder::new();
    builder.prefix("posthaste-").permissions(Permissions::from_mode(0o700));
    if let Some(made) = private.and_then(|path| builder.tempdir_in(path).ok()) {
        return Ok(made);
    }
    builder.tempdir()
}

fn write(scratch: &TempDir, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    let path = std::path::absolute(scratch.path().join(OsStr::new(name)))?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(bytes)?;
    Ok(path)
}
