//! Commands in place of a socket: what is taken from them, and that they end.

#[cfg(target_os = "linux")]
use std::time::Duration;

use crate::imap::connect::{Compress, Endpoint, Greeted, Security, connect};
use crate::imap::error::Error;
use crate::imap::trace::Trace;
use crate::sasl::{Credential, Wanted};

async fn behind(command: &str) -> Result<Greeted, Error> {
    let command = Some(command.to_owned());
    let endpoint = Endpoint { command, compress: Compress::Always, ..Endpoint::new("localhost", 993, Security::Tls) };
    connect(&endpoint, &Trace::default()).await
}

/// PREAUTH is believed from a command, and nothing of a sign-in is sent; with OK it is signed in as ever.
#[tokio::test]
async fn preauth_and_ok() {
    let welcome = "echo '* PREAUTH [CAPABILITY IMAP4rev1] welcome'; read line; echo \"$line\" >&2; exit 3";
    let greeted = behind(welcome).await.unwrap();
    assert!(greeted.is_signed_in());
    let mut session = greeted.login("ada", &Credential::None, Wanted::Automatic).await.unwrap();
    let error = session.noop().await.unwrap_err().to_string();
    assert!(error.contains("imap.command ended with exit code 3 and said: p") && error.ends_with(" NOOP"), "{error}");
    let hello =
        "echo '* OK [CAPABILITY IMAP4rev1] hello'; read tag rest; echo \"$tag OK [CAPABILITY IMAP4rev1] in\"; cat";
    let greeted = behind(hello).await.unwrap();
    assert!(!greeted.is_signed_in());
    greeted.login("ada", &"secret".into(), Wanted::Automatic).await.unwrap();
}

/// What a command that fails said is the error; what it prints that is no IMAP is none.
#[tokio::test]
async fn failures_have_words() {
    for (command, words) in [
        ("echo 'ssh: no route to host' >&2; exit 255", "exit code 255 and said: ssh: no route to host"),
        ("exit 1", "imap.command ended with exit code 1"),
        ("kill -9 $$", "imap.command was ended by a signal"),
        ("posthaste-no-such-program", "exit code 127 and said: "),
        ("echo '* BYE over quota'", "over quota"),
    ] {
        let error = behind(command).await.unwrap_err();
        assert!(matches!(error, Error::Unreachable { answered: true, .. }), "{command}: {error:?}");
        assert!(error.to_string().contains(words), "{command}: {error}");
    }
    let long = behind("i=0; while [ $i -lt 500 ]; do echo 0123456789 >&2; i=$((i+1)); done; exit 1").await.unwrap_err();
    assert!(long.to_string().len() < 400, "{long}");
    assert!(matches!(behind("echo Welcome to example.org; sleep 5").await, Err(Error::Protocol(_))));
}

/// RL44: a command that waits for a passphrase, which it cannot get here, is given up, and the error says what it asked.
#[test]
fn a_silent_command_is_given_up() {
    let complaints = super::Complaints::default();
    complaints.add("Enter passphrase: ");
    let error = super::in_words(Error::Timeout { what: crate::imap::error::GREETING }, &complaints).to_string();
    assert!(error.contains("Enter passphrase") && error.contains("a key or an agent"), "{error}");
}

/// With the connection ends the command, and what it started: the first signal is enough for most, the second for all.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_command_ends_with_its_connection() {
    let dir = tempfile::tempdir().unwrap();
    for (trap, limit) in [("", 2), ("trap '' TERM; ", 10)] {
        let file = dir.path().join("pid");
        let command = format!(
            "{trap}echo '* PREAUTH [CAPABILITY IMAP4rev1] welcome'; sh -c '{trap}echo $$ > {0}.new; mv {0}.new {0}; while :; do sleep 1; done' & wait",
            file.display()
        );
        let greeted = behind(&command).await.unwrap();
        let pid = until(|| std::fs::read_to_string(&file).ok(), 10).await.trim().to_owned();
        assert!(lives(&pid));
        drop(greeted);
        until(|| (!lives(&pid)).then_some(()), limit + 5).await;
        std::fs::remove_file(&file).unwrap();
    }
}

#[cfg(target_os = "linux")]
/// Whether a process is there and is no mere entry of a table.
fn lives(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

#[cfg(target_os = "linux")]
/// Looks again and again: another process tells nobody what it does.
async fn until<T>(mut look: impl FnMut() -> Option<T>, seconds: u64) -> T {
    let look = async {
        loop {
            if let Some(seen) = look() {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(seconds), look).await.expect("in time")
}
