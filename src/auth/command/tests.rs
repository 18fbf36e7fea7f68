//! Tests of password commands.

use std::io::Read as _;

use rustix::fs::{Mode, OFlags};
use secrecy::ExposeSecret;

use super::*;

fn resolve(command: &str) -> Result<String, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime
        .block_on(run("password_command", command, Terminal::Away, Duration::from_millis(1500)))
        .map(|secret| secret.expose_secret().to_owned())
}

/// Only the first line counts: `pass` prints notes below it. Spaces may belong to the password.
#[test]
fn takes_the_first_line() {
    assert_eq!(resolve("printf ' se cret \\nuser: ada\\n'").unwrap(), " se cret ");
    assert_eq!(resolve("printf 'crlf\\r\\n'").unwrap(), "crlf");
}

/// A failing command is told with its exit code and its own words; what it printed on stdout is not told.
#[test]
fn quotes_stderr_and_never_stdout() {
    let error = resolve("echo hunter2; echo 'gpg: no secret key' >&2; exit 2").unwrap_err();
    assert_eq!(error, "password_command ended with exit code 2 and said: gpg: no secret key");
    assert_eq!(resolve("exit 1").unwrap_err(), "password_command ended with exit code 1 and said nothing");
    assert_eq!(resolve("true").unwrap_err(), "password_command printed nothing: its first line is empty");
    assert_eq!(resolve("echo; echo x").unwrap_err(), "password_command printed nothing: its first line is empty");
}

/// A command that hangs must not keep an account from saying what is wrong.
#[test]
fn ends_a_command_that_hangs() {
    let error = resolve("exec sleep 600").unwrap_err();
    assert_eq!(error, "password_command gave no answer in 1 seconds and was ended");
}

/// What a command says in several lines is one line for a banner.
#[test]
fn what_it_said_is_one_line() {
    let error = resolve("printf 'gpg: no terminal\\n\\n  gpg: no key\\n' >&2; exit 2").unwrap_err();
    assert_eq!(error, "password_command ended with exit code 2 and said: gpg: no terminal; gpg: no key");
}

/// While a screen is drawn a command finds no terminal, and leads a session of its own; it is no job of ours that could read
/// the keys. Without a screen it is as we are.
#[tokio::test]
async fn finds_no_terminal() {
    let sessions = "echo $(ps -o sid= -p $$) $$ $(ps -o sid= -p $PPID) \"${GPG_TTY:-untold}\"";
    let words = |terminal| async move {
        let said = run("password_command", sessions, terminal, LIMIT).await.unwrap();
        said.expose_secret().split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let [session, own, ours, told] = &words(Terminal::Away).await[..] else { panic!() };
    assert_eq!((session, told.as_str()), (own, "untold"));
    assert_ne!(session, ours);
    let [session, own, ours, _] = &words(Terminal::Shared).await[..] else { panic!() };
    assert_eq!(session, ours);
    assert_ne!(session, own);
    assert!(run("password_command", "echo x; : </dev/tty", Terminal::Away, LIMIT).await.is_err());
}

/// What hangs is ended with all that it started, also what would not end.
#[test]
fn ends_all_that_it_started() {
    let dir = tempfile::tempdir().unwrap();
    let fifo = dir.path().join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let mut reader = std::fs::File::from(rustix::fs::open(&fifo, OFlags::NONBLOCK, Mode::empty()).unwrap());
    let command = format!("exec 3>{}; echo begun >&3; trap '' TERM; sleep 600 & sleep 600; wait", fifo.display());
    assert!(resolve(&command).unwrap_err().ends_with("was ended"));
    rustix::fs::fcntl_setfl(&reader, OFlags::empty()).unwrap();
    let (sender, ended) = std::sync::mpsc::channel();
    // It comes to its end when the last one is gone that holds the other side.
    std::thread::spawn(move || {
        let mut said = String::new();
        reader.read_to_string(&mut said).unwrap();
        sender.send(said).unwrap();
    });
    assert_eq!(ended.recv_timeout(LIMIT).unwrap(), "begun\n");
}
