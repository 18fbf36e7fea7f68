//! Where a password comes from, and how it is asked for: never logged, never in an error.

use std::process::Stdio;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::io::AsyncReadExt;

use crate::sasl::Credential;

/// Where a password comes from.
#[derive(Debug, Clone)]
pub enum Secret {
    /// It stands in the config file.
    Plain(SecretString),
    /// A command for `sh -c` prints it on the first line of its output.
    Command(String),
    /// Nothing is needed: a client certificate, or whoever opened the connection, speaks for the user.
    None,
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Plain(one), Self::Plain(other)) => one.expose_secret() == other.expose_secret(),
            (Self::Command(one), Self::Command(other)) => one == other,
            (Self::None, Self::None) => true,
            (Self::Plain(_) | Self::Command(_) | Self::None, _) => false,
        }
    }
}

impl Eq for Secret {}

/// How long a password command may take; long enough to type a passphrase into a pinentry.
const LIMIT: Duration = Duration::from_secs(30);

/// How much of a command's output is read: more than any password or token.
const OUTPUT: u64 = 64 * 1024;

impl Secret {
    /// What to sign in with. A command runs with no standard input and is killed after 30 seconds.
    ///
    /// # Errors
    /// A sentence with the command's exit code and the end of its stderr; not sanitised for a screen.
    pub async fn resolve(&self) -> Result<Credential, String> {
        match self {
            Self::Plain(password) => Ok(Credential::Password(password.clone())),
            Self::Command(command) => run(command, LIMIT).await.map(Credential::Password),
            Self::None => Ok(Credential::None),
        }
    }
}

async fn run(command: &str, limit: Duration) -> Result<SecretString, String> {
    let mut child = tokio::process::Command::new("sh")
        .arg("-c")
        .arg(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| format!("password_command could not be started: {e}"))?;
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err("password_command has no output to read".to_owned());
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let (mut stdout, mut stderr) = (stdout.take(OUTPUT), stderr.take(OUTPUT));
    let work = async { tokio::join!(stdout.read_to_end(&mut out), stderr.read_to_end(&mut err), child.wait()) };
    let Ok((read, _, status)) = tokio::time::timeout(limit, work).await else {
        return Err(format!("password_command gave no answer in {} seconds and was ended", limit.as_secs()));
    };
    let status = status.map_err(|e| format!("password_command could not be waited for: {e}"))?;
    if !status.success() {
        return Err(failure(status, &err));
    }
    read.map_err(|e| format!("password_command's output could not be read: {e}"))?;
    first_line(out)
}

/// The first line without its line break; spaces may belong to the password.
fn first_line(out: Vec<u8>) -> Result<SecretString, String> {
    let Ok(text) = String::from_utf8(out) else {
        return Err("password_command printed something that is not UTF-8".to_owned());
    };
    let text = zeroized(text);
    let line = text.expose_secret().lines().next().unwrap_or_default().to_owned();
    if line.is_empty() {
        return Err("password_command printed no password: its first line is empty".to_owned());
    }
    Ok(zeroized(line))
}

/// A string that is wiped when it is dropped.
fn zeroized(text: String) -> SecretString {
    SecretString::from(text)
}

fn failure(status: std::process::ExitStatus, err: &[u8]) -> String {
    let said = String::from_utf8_lossy(err);
    let said = said.trim();
    // The end of what it said: programs put the reason last.
    let skip = said.chars().count().saturating_sub(300);
    let said: String = said.chars().skip(skip).collect();
    let how = match status.code() {
        Some(code) => format!("ended with exit code {code}"),
        None => "was ended by a signal".to_owned(),
    };
    if said.is_empty() {
        format!("password_command {how} and said nothing")
    } else {
        format!("password_command {how} and said: {said}")
    }
}

#[cfg(test)]
mod tests;
