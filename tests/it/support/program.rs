//! The program itself, on the files of a test.

use std::process::Command;

use super::dovecot::PASSWORD;
use super::engine::Home;

/// What a run came to.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Writes the config of a home with one account.
pub fn configure(home: &Home) {
    let imap = &home.accounts[0].imap;
    let password = if imap.user == "dana" { "secret" } else { PASSWORD };
    let text = format!(
        "[accounts.work]\nemail = \"{0}@example.org\"\n[accounts.work.imap]\nhost = \"127.0.0.1\"\nport = {1}\n\
         security = \"none\"\nuser = \"{0}\"\npassword_command = \"echo {password}\"\n[accounts.work.cache]\n\
         prefetch = \"none\"\n",
        imap.user, imap.port
    );
    std::fs::write(home.path().join("config.toml"), text).unwrap();
}

/// The program on these files.
pub fn program(home: &Home, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_posthaste"));
    command
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("POSTHASTE_HOME", home.path())
        .env("POSTHASTE_CONFIG", home.path().join("config.toml"));
    command
}

/// Runs it with the words of this line.
pub fn run(home: &Home, line: &str) -> Ran {
    let words: Vec<&str> = line.split(' ').collect();
    let output = program(home, &words).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}
