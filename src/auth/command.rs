//! A command of the user's prints a password or a token: nothing of what it prints is ever told to anybody else.

use std::process::Stdio;
use std::time::Duration;

use secrecy::SecretString;
use tokio::io::AsyncReadExt;

/// How long a command may take; long enough to type a passphrase into a pinentry.
pub const LIMIT: Duration = Duration::from_secs(30);

/// How much of a command's output is read: more than any password or token.
const OUTPUT: u64 = 64 * 1024;

/// The first line that this command for `sh -c` prints; `key` names it in errors. It runs with no standard input and is
/// killed after `limit`.
///
/// # Errors
/// A sentence with the command's exit code and the end of its stderr; not sanitised for a screen.
pub async fn run(key: &str, command: &str, limit: Duration) -> Result<SecretString, String> {
    let mut child = tokio::process::Command::new("sh")
        .arg("-c")
        .arg(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| format!("{key} could not be started: {e}"))?;
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(format!("{key} has no output to read"));
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let (mut stdout, mut stderr) = (stdout.take(OUTPUT), stderr.take(OUTPUT));
    let work = async { tokio::join!(stdout.read_to_end(&mut out), stderr.read_to_end(&mut err), child.wait()) };
    let Ok((read, _, status)) = tokio::time::timeout(limit, work).await else {
        return Err(format!("{key} gave no answer in {} seconds and was ended", limit.as_secs()));
    };
    let status = status.map_err(|e| format!("{key} could not be waited for: {e}"))?;
    if !status.success() {
        return Err(failure(key, status, &err));
    }
    read.map_err(|e| format!("{key}'s output could not be read: {e}"))?;
    first_line(key, out)
}

/// The first line without its line break; spaces may belong to the password.
fn first_line(key: &str, out: Vec<u8>) -> Result<SecretString, String> {
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
    let said = said.trim();
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
