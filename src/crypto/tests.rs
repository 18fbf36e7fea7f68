//! The real programs with keyrings that are thrown away, and false programs that misbehave.

mod fake;
mod pgp;
pub(crate) mod smime;

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::*;

pub(crate) const DANA: &str = "dana@example.org";
const DANA_ID: &str = "Dana Whitfield <dana@example.org>";

/// Whether a program is there; where it must be (CI), its lack is a failure.
pub(crate) fn has(program: &str, version: &str) -> bool {
    let output = Command::new(program).arg(version).output();
    let there = output.is_ok_and(|output| output.status.success());
    assert!(there || std::env::var_os("CI").is_none(), "{program} is not installed");
    if !there {
        println!("SKIPPED: {program} is not installed");
    }
    there
}

/// A keyring of its own; its agent is ended with it.
pub(crate) struct Home {
    pub(crate) dir: TempDir,
}

impl Home {
    /// `None`: gpg is not installed, and the test is skipped.
    pub(crate) fn new() -> Option<Self> {
        let mut builder = tempfile::Builder::new();
        builder.permissions(Permissions::from_mode(0o700));
        has("gpg", "--version").then(|| Self { dir: builder.tempdir().unwrap() })
    }

    pub(crate) fn with_key(id: &str) -> Option<Self> {
        let home = Self::new()?;
        home.add_key(id, &[]);
        Some(home)
    }

    /// A key that signs and a key below it that decrypts, both without a passphrase.
    pub(crate) fn add_key(&self, id: &str, more: &[&str]) {
        let mut arguments = more.to_vec();
        arguments.extend(["--passphrase", "", "--quick-gen-key", id, "future-default", "default", "0"]);
        self.gpg(&arguments, b"");
    }

    pub(crate) fn gpg(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        self.run("gpg", &[&["--batch", "--quiet", "--trust-model", "pgp"], arguments].concat(), input)
    }

    pub(crate) fn run(&self, program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut command = Command::new(program);
        command.env("GNUPGHOME", self.dir.path()).args(arguments);
        let (success, output, errors) = feed(&mut command, input);
        assert!(success, "{program} {arguments:?}: {errors}");
        output
    }

    pub(crate) fn programs(&self) -> Programs {
        Programs { home: Some(self.dir.path().to_path_buf()), ..Programs::default() }
    }

    pub(crate) fn read(&self, message: &[u8], from: &str) -> Outcome {
        read(&self.programs(), message, from, &AtomicBool::new(false)).expect("nothing protected in the message")
    }

    /// The key of another keyring, public part.
    pub(crate) fn import_from(&self, other: &Self) {
        self.gpg(&["--import"], &other.gpg(&["--export"], b""));
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let mut command = Command::new("gpgconf");
        command.env("GNUPGHOME", self.dir.path()).args(["--kill", "all"]).status().ok();
    }
}

/// Runs a command to its end; whether it was successful, what it printed, and its errors.
fn feed(command: &mut Command, input: &[u8]) -> (bool, Vec<u8>, String) {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.success(), output.stdout, String::from_utf8_lossy(&output.stderr).into_owned())
}

const PART: &str = "Content-Type: text/plain; charset=utf-8\r\n\r\nHello Robin,\r\nthe plan is fine.\r\n";

/// A `multipart/signed` message.
fn multipart_signed(part: &str, kind: &str, signature: &[u8]) -> Vec<u8> {
    let head = format!(
        "From: Dana <dana@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=\"bb\"\r\n\r\n\
         --bb\r\n{part}\r\n--bb\r\nContent-Type: application/{kind}\r\n\r\n"
    );
    [head.as_bytes(), signature, b"\r\n--bb--\r\n"].concat()
}

fn multipart_encrypted(data: &[u8]) -> Vec<u8> {
    let head = "From: Dana <dana@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/encrypted; boundary=ee\r\n\
        \r\n--ee\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--ee\r\n\
        Content-Type: application/octet-stream\r\n\r\n";
    [head.as_bytes(), data, b"\r\n--ee--\r\n"].concat()
}

fn text_message(text: &[u8]) -> Vec<u8> {
    [b"From: Dana <dana@example.org>\r\nContent-Type: text/plain\r\n\r\n".as_slice(), text].concat()
}

fn replaced(bytes: &[u8], what: &str, with: &str) -> Vec<u8> {
    let text = std::str::from_utf8(bytes).unwrap();
    assert!(text.contains(what));
    text.replacen(what, with, 1).into_bytes()
}

/// Writes a program through a child process: a descriptor of ours that is open for writing while another test starts a
/// program would make the system refuse to run it.
pub(crate) fn script(path: &Path, text: &str) {
    let mut command = Command::new("sh");
    command.args(["-c", "cat > \"$0\" && chmod 700 \"$0\""]).arg(path);
    let (success, _, errors) = feed(&mut command, text.as_bytes());
    assert!(success, "{errors}");
}

/// Only the address counts, whatever its letters' case; nobody is the sender when there are several.
#[test]
fn signer_must_be_the_sender() {
    let ids = ["Work <w@example.org>".to_owned(), "Dana <Dana@Example.org>".to_owned()];
    assert_eq!(check_signer(&ids, DANA), Some(&ids[1]));
    assert_eq!(check_signer(&ids, " w@example.org "), Some(&ids[0]));
    assert_eq!(check_signer(&ids, "ana@example.org"), None);
    assert_eq!(check_signer(&ids, ""), None);
    assert_eq!(check_signer(&[String::new()], ""), None);
}
