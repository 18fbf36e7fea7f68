//! The user's own command for addresses (`compose.address_command`), as mutt's `query_command` is answered: a line with a
//! message, then lines of address, tab, name, tab, and whatever else.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt as _;

use crate::compose::address::problem;
use crate::letter::Mailbox;

/// How long it may take.
const LIMIT: Duration = Duration::from_secs(2);
/// How long the hand rests before it is asked: not for each letter of a word.
const REST: Duration = Duration::from_millis(120);
/// Letters that it is asked from on.
const LEAST: usize = 2;
/// Bytes that are read of what it prints, and people that are taken.
const MOST: (u64, usize) = (1 << 20, 500);

/// Whether the command is asked about this.
pub(super) fn is_worth_it(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphanumeric()).count() >= LEAST
}

/// Runs the command. It is killed with all that it started when it takes too long, and when nobody waits any more.
pub(super) async fn run(command: &str, text: &str) -> Vec<Mailbox> {
    tokio::time::sleep(REST).await;
    match tokio::time::timeout(LIMIT, ask(&line(command, text))).await {
        Ok(Ok(said)) => read(&said),
        Ok(Err(error)) => {
            tracing::warn!("compose.address_command could not be run: {error}");
            Vec::new()
        }
        Err(_) => {
            tracing::warn!("compose.address_command took too long");
            Vec::new()
        }
    }
}

/// The line for the shell: what was typed is one word of it, whatever stands in it.
fn line(command: &str, text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    let word = shell_words::quote(text.trim());
    if command.contains("%s") { command.replace("%s", &word) } else { format!("{command} {word}") }
}

/// The command's own processes.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may have ended.
            kill_process_group(group, Signal::KILL).ok();
        }
    }
}

async fn ask(line: &str) -> std::io::Result<String> {
    let mut child = tokio::process::Command::new("sh")
        .arg("-c")
        .arg(line)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let _group = Group(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw));
    let (most, _) = MOST;
    let mut said = Vec::new();
    if let Some(out) = child.stdout.take() {
        out.take(most).read_to_end(&mut said).await?;
    }
    Ok(String::from_utf8_lossy(&said).into_owned())
}

/// Who stands in it. A line that does not begin with an address is a message.
fn read(said: &str) -> Vec<Mailbox> {
    let (_, most) = MOST;
    let person = |line: &str| {
        let mut fields = line.split('\t');
        let address = fields.next()?.trim().to_owned();
        if problem(&address).is_some() {
            return None;
        }
        Some(Mailbox { name: fields.next().unwrap_or_default().trim().to_owned(), address })
    };
    said.lines().filter_map(person).take(most).collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{line, read, run};

    /// What was typed is one word to the shell, and stands where the command says.
    #[test]
    fn what_was_typed_is_one_word() {
        assert_eq!(line("khard email --parsable %s", "ada lo"), "khard email --parsable 'ada lo'");
        assert_eq!(
            line("abook --mutt-query", "x'; rm -rf \"$HOME\" #\n"),
            "abook --mutt-query 'x'\\''; rm -rf \"$HOME\" #'"
        );
    }

    /// Mutt's form is read, with its message and without.
    #[test]
    fn the_answer_is_read() {
        let said = "searching…\nada@x.example\tAda Lovelace\twork\nbob@x.example\nnobody\tX\n";
        let found: Vec<_> = read(said).into_iter().map(|one| (one.name, one.address)).collect();
        let is = |name: &str, address: &str| (name.to_owned(), address.to_owned());
        assert_eq!(found, [is("Ada Lovelace", "ada@x.example"), is("", "bob@x.example")]);
    }

    /// The command is asked, gets what was typed, and one that hangs is ended with what it started.
    #[tokio::test]
    async fn the_command_is_asked_and_bounded() {
        let command = r#"f() { echo searching; printf '%b' "$1@x.example\tAda\n"; }; f"#;
        assert!(run(command, "$HOME `id`").await.is_empty());
        let found = run(command, "ada").await;
        assert_eq!(found.first().map(|one| one.address.as_str()), Some("ada@x.example"));
        let begun = Instant::now();
        assert!(run("sleep 60 & sleep 60", "ada").await.is_empty());
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
}
