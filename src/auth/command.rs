//! A command of the user's prints a password or a token: nothing of what it prints is ever told to anybody else.
//!
//! While the screen is drawn a command must not find the terminal: what asks for a passphrase would draw over the screen and
//! take its keys, and what is typed for it would act on mails. It then runs in a session of its own, which has no terminal.

use std::io::{self, ErrorKind};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use secrecy::SecretString;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};

/// How long a command may take; long enough to type a passphrase into a pinentry.
pub const LIMIT: Duration = Duration::from_secs(30);

/// How much of a command's output is read: more than any password or token.
pub const OUTPUT: usize = 64 * 1024;

/// How long what a command started may put its things away before it is killed.
const GRACE: Duration = Duration::from_millis(500);

/// What a command has of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terminal {
    /// All of it: nobody draws there.
    Shared,
    /// Nothing, and it is not told where one is (`GPG_TTY`): somebody draws there.
    Away,
}

/// The first line that this command for `sh -c` prints; `key` names it in errors. It runs with no standard input and is
/// ended after `limit`, without the terminal with all that it started.
///
/// # Errors
/// A sentence with the command's exit code and the end of its stderr; not sanitised for a screen.
pub async fn run(key: &str, command: &str, terminal: Terminal, limit: Duration) -> Result<SecretString, String> {
    let mut child = spawn(command, terminal).map_err(|e| format!("{key} could not be started: {e}"))?;
    let mut group = Group::of(&child, terminal);
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(format!("{key} has no output to read"));
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let (mut stdout, mut stderr) = (stdout.take(OUTPUT as u64), stderr.take(OUTPUT as u64));
    // It is waited for last: until then its number, and that of its group, is no other's.
    let work = async {
        let (read, _) = tokio::join!(stdout.read_to_end(&mut out), stderr.read_to_end(&mut err));
        (read, child.wait().await)
    };
    let Ok((read, status)) = tokio::time::timeout(limit, work).await else {
        group.end().await;
        return Err(format!("{key} gave no answer in {} seconds and was ended", limit.as_secs()));
    };
    group.is_over();
    let status = status.map_err(|e| format!("{key} could not be waited for: {e}"))?;
    if !status.success() {
        return Err(failure(key, status, &err));
    }
    read.map_err(|e| format!("{key}'s output could not be read: {e}"))?;
    first_line(key, out)
}

fn spawn(command: &str, terminal: Terminal) -> io::Result<Child> {
    let begin = |words: &[&str], group: Option<i32>| {
        let mut child = Command::new(words.first().copied().unwrap_or_default());
        child.args(words.iter().skip(1)).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if terminal == Terminal::Away {
            child.env_remove("GPG_TTY");
        }
        if let Some(group) = group {
            child.process_group(group);
        }
        child.kill_on_drop(true).spawn()
    };
    match terminal {
        Terminal::Shared => begin(&["sh", "-c", command], None),
        // It leads no group, so that `setsid` becomes the command, and does not stay before it.
        Terminal::Away => match begin(&["setsid", "sh", "-c", command], None) {
            // Not every system has the program. Who reads the terminal from the background is stopped there.
            Err(error) if error.kind() == ErrorKind::NotFound => begin(&["sh", "-c", command], Some(0)),
            started => started,
        },
    }
}

/// What a command without the terminal has started: it ends with this.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child, terminal: Terminal) -> Self {
        // On the terminal it is in our own group.
        let pid = child.id().filter(|_| terminal == Terminal::Away);
        Self(pid.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }

    /// Asks all of it to end; whoever does not is killed.
    async fn end(mut self) {
        self.signal(Signal::TERM);
        if self.0.is_some() {
            tokio::time::sleep(GRACE).await;
        }
        self.signal(Signal::KILL);
        self.is_over();
    }

    /// The command was waited for: its number may be another's.
    fn is_over(&mut self) {
        self.0 = None;
    }

    fn signal(&self, signal: Signal) {
        // An error: it has ended already.
        self.0.map(|group| kill_process_group(group, signal).ok());
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// The first line without its line break; spaces may belong to the password.
///
/// # Errors
/// A sentence that names the `key`.
pub fn first_line(key: &str, out: Vec<u8>) -> Result<SecretString, String> {
    let Ok(text) = String::from_utf8(out) else {
        return Err(format!("{key} printed something that is not UTF-8"));
    };
    // Wiped when it is dropped.
    let text = SecretString::from(text);
    let line = secrecy::ExposeSecret::expose_secret(&text).lines().next().unwrap_or_default().to_owned();
    if line.is_empty() {
        return Err(format!("{key} printed nothing: its first line is empty"));
    }
    Ok(SecretString::from(line))
}

fn failure(key: &str, status: std::process::ExitStatus, err: &[u8]) -> String {
    let said = String::from_utf8_lossy(err);
    let said = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
    // The end of what it said: programs put the reason last.
    let skip = said.chars().count().saturating_sub(300);
    let said: String = said.chars().skip(skip).collect();
    let how = match status.code() {
        Some(code) => format!("ended with exit code {code}"),
        None => "was ended by a signal".to_owned(),
    };
    if said.is_empty() { format!("{key} {how} and said nothing") } else { format!("{key} {how} and said: {said}") }
}

#[cfg(test)]
mod tests;
