//! Tests of password commands.

use secrecy::ExposeSecret;

use super::*;

fn resolve(command: &str) -> Result<String, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime
        .block_on(run("password_command", command, Duration::from_millis(1500)))
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
