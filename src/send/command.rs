//! A command of the user's own that takes the mail on its input: `msmtp`, `sendmail -oi`, `ssh HOST sendmail -oi -t`.

use std::io::ErrorKind;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr};
use tokio::time::timeout;

use super::error::Error;
use super::found::Found;
use super::wire::{Mail, address, fields, is_field, unsendable};
use super::{Accepted, Report};
use crate::imap::trace::{Speaker, Trace};
use crate::letter::Parcel;

/// Time for a command: as much as for a server's answer to a whole mail.
const LIMIT: Duration = Duration::from_mins(10);
/// How long a command may take to end by itself after it was asked to.
const GRACE: Duration = Duration::from_secs(2);
/// Characters of its complaints that are kept: the last ones, because programs put the reason last.
const KEPT: usize = 300;
/// Bytes of its complaints that are read; the rest is thrown away.
const HEARD: usize = 64 * 1024;
/// Programs that have a shell read their arguments joined.
const JOINERS: [&str; 7] = ["ssh", "autossh", "dbclient", "plink", "rsh", "slogin", "eval"];
/// "Not now" (sysexits.h): no such host, which is what a computer without a network has of every server; nobody answers, or
/// not with a yes, where msmtp does not tell a 4xx from a 5xx; the system has no room; reading or writing went wrong; try again
/// later. What lies in the mail or in the setup (65, 67, 77, 78) is not among them: it would be the same the next time.
const NOT_NOW: [i32; 5] = [68, 69, 71, 74, 75];

/// Hands the mail to the command.
pub(super) async fn submit(command: &str, parcel: &Parcel, trace: &Trace) -> Result<Report, Error> {
    let mail = Mail::of(parcel)?;
    let (input, arguments) = if reads_recipients(command) {
        (with_bcc(&mail)?, Vec::new())
    } else {
        if let Some((sent, _)) = mail.to.iter().find(|(sent, _)| reads_again(command) && !is_safe(sent)) {
            return Err(unsendable(format!(
                "send.command hands the recipients to a shell once more, for which \"{sent}\" is more than a word: let it read \
                 them from the mail (-t)"
            )));
        }
        (unstuffed(&mail.body), mail.to.iter().map(|(sent, _)| sent.as_str()).collect())
    };
    trace.line(Speaker::Note, &format!("send.command gets {} bytes", input.len()));
    let mut running = Running::start(command, &arguments, &mail.from)?;
    // Lines as programs on this side write them.
    let input = unix(&input);
    let ended = timeout(LIMIT, running.feed(&input)).await;
    let Ok((status, whole, complaints)) = ended else {
        running.end().await;
        return Err(Error::Unknown { what: "send.command did not end in ten minutes and was stopped".to_owned() });
    };
    trace.line(Speaker::Note, &format!("send.command ended: {status:?} {complaints}"));
    verdict(status, whole, &complaints)?;
    let accepted = mail.to.into_iter().map(|(_, address)| Accepted { address, said: String::new() }).collect();
    Ok(Report { accepted, said: String::new(), notices: false })
}

/// Whether the command's program is there; it is not run.
pub(super) async fn find(command: &str) -> Result<Found, Error> {
    let program = shell_words::split(command).ok().and_then(|words| words.into_iter().next());
    let Some(program) = program else {
        return Err(Error::Command { text: "send.command is no command".to_owned(), later: false });
    };
    let found = tokio::process::Command::new("sh")
        .args(["-c", "command -v -- \"$1\"", "sh", &program])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await;
    // Assignments and braces of a shell stand for themselves: what cannot be looked up is not said to be missing.
    let is_name = program.chars().all(|c| c.is_ascii_alphanumeric() || "-_./+".contains(c));
    match found {
        Ok(status) if !status.success() && is_name => Err(missing(&program)),
        Ok(_) => Ok(Found { command: Some(command.to_owned()), ..Found::default() }),
        Err(error) => Err(Error::Command { text: format!("sh could not be started: {error}"), later: false }),
    }
}

fn missing(program: &str) -> Error {
    Error::Command { text: format!("send.command: there is no program \"{program}\""), later: false }
}

/// Whether it takes the recipients from the mail: `-t`, alone or among other letters (`-oi -t`, `-it`).
fn reads_recipients(command: &str) -> bool {
    let words = shell_words::split(command).unwrap_or_default();
    words.iter().any(|word| word.starts_with("-t") || matches!(word.as_str(), "-it" | "--read-recipients"))
}

/// Whether a word of it is a program that joins its arguments and has a shell read them, on another machine mostly. Of an address
/// that a stranger chose, as Reply-To, that would make a command.
fn reads_again(command: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    command.split(|c| !is_name(c)).any(|word| JOINERS.contains(&word))
}

/// Whether an address is a plain word to any shell: a part of what may stand in one is not (RFC 5322, section 3.2.3).
fn is_safe(address: &str) -> bool {
    address.chars().all(|c| !c.is_ascii() || c.is_ascii_alphanumeric() || "@%+-_./:".contains(c))
}

/// The mail with a Bcc field for whoever stands in no other, for a command that reads the recipients there and takes the
/// field out. What it would send to anybody who is not meant to get it is not handed to it.
fn with_bcc(mail: &Mail) -> Result<Vec<u8>, Error> {
    let text = unstuffed(&mail.body);
    let fields = fields(&text);
    if fields.iter().any(|field| is_field(field, &["resent-to", "resent-cc"])) {
        return Err(unsendable("send.command reads the recipients from the mail (-t), so that it cannot bounce one"));
    }
    let named: Vec<String> = fields
        .iter()
        .filter(|field| is_field(field, &["to", "cc"]))
        .flat_map(|field| addresses(&String::from_utf8_lossy(field)))
        .collect();
    let meant: Vec<String> = mail.to.iter().map(|(sent, _)| sent.to_lowercase()).collect();
    if let Some(stranger) = named.iter().find(|address| !meant.contains(address)) {
        return Err(unsendable(format!(
            "send.command reads the recipients from the mail (-t), and would send it to {stranger} as well"
        )));
    }
    let hidden: Vec<&str> = mail
        .to
        .iter()
        .filter(|(sent, _)| !named.contains(&sent.to_lowercase()))
        .map(|(sent, _)| sent.as_str())
        .collect();
    if hidden.is_empty() {
        return Ok(text);
    }
    let mut out = format!("Bcc: {}\r\n", hidden.join(",\r\n ")).into_bytes();
    out.extend_from_slice(&text);
    Ok(out)
}

/// The addresses in a field of addresses, in lower case, as they are sent: what has an `@` and stands outside of quoted
/// names and comments (RFC 5322, section 3.4).
fn addresses(field: &str) -> Vec<String> {
    let (_, value) = field.split_once(':').unwrap_or_default();
    let (mut bare, mut depth, mut quoted, mut chars) = (String::new(), 0_usize, false, value.chars());
    while let Some(c) = chars.next() {
        match c {
            '\\' if quoted || depth > 0 => drop(chars.next()),
            '"' if depth == 0 => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ if quoted || depth > 0 => {}
            c => bare.push(c),
        }
    }
    bare.split(|c: char| c.is_whitespace() || "<>,;:".contains(c))
        .filter(|word| word.contains('@'))
        .map(|word| address(word).unwrap_or_else(|_| word.to_owned()).to_lowercase())
        .collect()
}

/// The dots of the wire, taken back.
fn unstuffed(body: &[u8]) -> Vec<u8> {
    let lines = body.split_inclusive(|byte| *byte == b'\n');
    lines.map(|line| line.strip_prefix(b".").unwrap_or(line)).collect::<Vec<_>>().concat()
}

fn unix(lines: &[u8]) -> Vec<u8> {
    let lines = lines.split_inclusive(|byte| *byte == b'\n');
    lines.flat_map(|line| [line.strip_suffix(b"\r\n").unwrap_or(line), b"\n"]).collect::<Vec<_>>().concat()
}

struct Running {
    child: Child,
    group: Option<Pid>,
}

impl Running {
    /// Starts it with `sh -c`, in a process group of its own: a key pressed here is not for it.
    fn start(command: &str, arguments: &[&str], from: &str) -> Result<Self, Error> {
        let script = if arguments.is_empty() { command.to_owned() } else { format!("{command} \"$@\"") };
        let mut shell = tokio::process::Command::new("sh");
        shell.arg("-c").arg(script).arg("sh");
        if !arguments.is_empty() {
            shell.arg("--").args(arguments);
        }
        let child = shell
            .env("POSTHASTE_FROM", from)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Error::Command {
                text: format!("send.command could not be started: {error}"),
                later: false,
            })?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Ok(Self { child, group })
    }

    /// Gives it the mail and waits for its end: exit code, whether it took all of the mail, and what it complained of.
    async fn feed(&mut self, mail: &[u8]) -> (Option<i32>, bool, String) {
        let (input, stderr) = (self.child.stdin.take(), self.child.stderr.take());
        let write = async move {
            let Some(mut input) = input else { return false };
            let written = async {
                input.write_all(mail).await?;
                input.shutdown().await
            };
            match written.await {
                Ok(()) => true,
                Err(error) => error.kind() != ErrorKind::BrokenPipe,
            }
        };
        let (whole, complaints, status) = tokio::join!(write, listen(stderr), self.child.wait());
        (status.ok().and_then(|status| status.code()), whole, complaints)
    }

    async fn end(&mut self) {
        self.signal(Signal::TERM);
        if timeout(GRACE, self.child.wait()).await.is_err() {
            self.signal(Signal::KILL);
            drop(self.child.wait().await);
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group
            && self.child.id().is_some()
        {
            // An error: it has ended already.
            kill_process_group(group, signal).ok();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.signal(Signal::TERM);
    }
}

async fn listen(stderr: Option<ChildStderr>) -> String {
    let Some(mut stderr) = stderr else { return String::new() };
    let (mut heard, mut piece) = (Vec::new(), [0; 1024]);
    while let Ok(count @ 1..) = stderr.read(&mut piece).await {
        heard.extend_from_slice(piece.get(..count).unwrap_or_default());
        let more = heard.len().saturating_sub(HEARD);
        drop(heard.drain(..more));
    }
    let text = String::from_utf8_lossy(&heard);
    let text = text.trim();
    text.chars().skip(text.chars().count().saturating_sub(KEPT)).collect()
}

/// What an exit code means: 0 is "sent".
fn verdict(status: Option<i32>, whole: bool, complaints: &str) -> Result<(), Error> {
    let said = if complaints.is_empty() { String::new() } else { format!(" and said: {complaints}") };
    match status {
        Some(0) if whole => Ok(()),
        Some(0) => {
            Err(Error::Unknown { what: format!("send.command ended well and did not read all of the mail{said}") })
        }
        Some(127) => {
            Err(Error::Command { text: format!("send.command could not be run (exit code 127){said}"), later: false })
        }
        Some(code) => Err(Error::Command {
            text: format!("send.command failed with exit code {code}{said}"),
            later: NOT_NOW.contains(&code),
        }),
        None => Err(Error::Unknown { what: format!("send.command was ended by a signal{said}") }),
    }
}

#[cfg(test)]
mod tests;
