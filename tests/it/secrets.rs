//! PS21: no secret in anything that the program leaves behind or shows, with everything written down that can be.
#![cfg(test)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use posthaste::demo::server::Options;
use rstest::rstest;

use crate::support::engine::Embedded;
use crate::support::provider::{CLIENT_SECRET, Provider};
use crate::support::secrets::{assert_hidden, assert_hidden_below};

/// With a character for each encoding.
const PASSWORD: &str = "p4 \"ss\\w\u{f6}rd=+/%{}";

/// A home whose secrets lie outside of it.
struct Home {
    dir: tempfile::TempDir,
    outside: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), outside: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    /// A command that prints this secret, and writes down what it can see: its environment, and how its parent was called.
    fn command(&self, name: &str, secret: &str) -> String {
        let file = self.outside.path().join(name);
        std::fs::write(&file, secret).unwrap();
        let seen = self.path().join(format!("seen-by-{name}"));
        format!(
            "cat /proc/self/environ /proc/$PPID/cmdline /proc/$PPID/environ >> {} 2>/dev/null; cat {}",
            seen.display(),
            file.display()
        )
    }

    fn configure(&self, port: u16, lines: &str) {
        let text = format!(
            "[accounts.work]\nemail = \"dana@example.org\"\n[accounts.work.imap]\nhost = \"127.0.0.1\"\nport = {port}\n\
             security = \"none\"\nuser = \"dana\"\n{lines}\n"
        );
        std::fs::write(self.path().join("config.toml"), text).unwrap();
    }

    fn run(&self, line: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_posthaste"))
            .args(line.split(' '))
            .env_clear()
            .env("HOME", self.path())
            .env("POSTHASTE_HOME", self.path())
            .env("POSTHASTE_CONFIG", self.path().join("config.toml"))
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("POSTHASTE_LOG", "trace")
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "full")
            .output()
            .unwrap()
    }

    /// Runs these one after another; nothing of them shows a secret, and no file has one, but for these.
    #[track_caller]
    fn oracle(&self, secrets: &[String], lines: &[&str], but: &[&Path]) -> String {
        let mut all = String::new();
        for line in lines {
            let ran = self.run(line);
            assert_hidden(secrets, &format!("what {line} says"), &[ran.stdout.clone(), ran.stderr.clone()].concat());
            let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
            all.extend([line, ": ", &out, &err]);
        }
        let files = assert_hidden_below(secrets, self.path(), but);
        assert!(files >= 4, "{files}");
        assert!(self.path().join("state/trace.log").exists() && self.path().join("state/posthaste.log").exists());
        all
    }
}

/// PS21: a password: taken, refused, and repeated by a server that did not understand it.
#[rstest]
#[case::plain(true)]
#[case::login(false)]
fn a_password_is_nowhere(#[case] plain: bool) {
    let server = Embedded::start(Options::default(), &["m1"]);
    let home = Home::new();
    let command = home.command("password", PASSWORD);
    if !plain {
        server.world.arm(posthaste::demo::faults::Fault::once(
            posthaste::demo::faults::When::Verb("AUTHENTICATE"),
            posthaste::demo::faults::Then::Bad(format!("what is {PASSWORD}?")),
        ));
    }
    home.configure(
        server.server.addr.port(),
        &format!("password_command = {}", serde_json::to_string(&command).unwrap()),
    );
    server.world.set_password("dana", PASSWORD);
    let secrets = [PASSWORD.to_owned()];
    let lines = ["sync", "account check work", "doctor", "list --json", "log --trace -n 500"];
    let said = home.oracle(&secrets, &lines, &[]);
    assert!(said.contains("work: synced"), "{said}");
    server.world.set_password("dana", "another");
    let said = home.oracle(&secrets, &["sync", "account check work", "log -n 500"], &[]);
    assert!(said.contains("efused"), "{said}");
    assert!(home.path().join("seen-by-password").exists());
}

/// PS21: tokens and the client's secret: refreshed, taken back, and repeated by a provider that refuses them.
#[test]
fn tokens_are_nowhere() {
    let provider = Provider::start();
    let server = Embedded::start(Options::default(), &["m1"]);
    let home = Home::new();
    let command = home.command("client-secret", CLIENT_SECRET);
    let lines = format!(
        "[accounts.work.oauth]\nclient_id = \"test-client\"\nclient_secret_command = {}\nauth_url = \"{}\"\n\
         token_url = \"{}\"\nscopes = [\"mail\"]\nstore = \"file\"",
        serde_json::to_string(&command).unwrap(),
        provider.url("/authorize"),
        provider.url("/token")
    );
    home.configure(server.server.addr.port(), &lines);
    let kept: PathBuf = home.path().join("data/tokens/work.token");
    std::fs::create_dir_all(kept.parent().unwrap()).unwrap();
    std::fs::write(&kept, provider.grant()).unwrap();
    let lines = ["sync", "account check work", "doctor", "log --trace -n 500"];
    home.run("sync");
    let secrets = |provider: &Provider| [provider.secrets(), vec![CLIENT_SECRET.to_owned()]].concat();
    home.oracle(&secrets(&provider), &lines, &[&kept]);
    assert!(provider.asked("refresh_token") >= 2, "the provider was asked");
    provider.revoke();
    let said = home.oracle(&secrets(&provider), &["sync", "account check work", "log -n 500"], &[&kept]);
    assert!(said.contains("*** was revoked") && said.contains("posthaste account login"), "{said}");
    provider
        .state()
        .instead
        .push_back((401, format!("{{\"error\": \"x\", \"error_description\": \"{CLIENT_SECRET}\"}}")));
    home.oracle(&secrets(&provider), &["sync"], &[&kept]);
}
