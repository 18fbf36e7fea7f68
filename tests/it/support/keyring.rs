//! A keyring of the real gpg that is thrown away.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

/// A keyring with a key of ada's.
pub struct Keys {
    dir: tempfile::TempDir,
}

impl Keys {
    /// `None`: gpg is not installed, and the test is skipped; where it must be (CI), it fails.
    pub fn new() -> Option<Self> {
        Self::with("")
    }

    /// As [`Keys::new`], with a passphrase that this prompt asks for, a script.
    pub fn locked(passphrase: &str, prompt: &str) -> Option<Self> {
        let keys = Self::with(passphrase)?;
        let program = keys.dir.path().join("pinentry");
        std::fs::write(&program, prompt).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        let agent = format!("pinentry-program {}\n", program.display());
        std::fs::write(keys.dir.path().join("gpg-agent.conf"), agent).unwrap();
        keys.forget();
        Some(keys)
    }

    fn with(passphrase: &str) -> Option<Self> {
        let there = Command::new("gpg").arg("--version").output().is_ok_and(|output| output.status.success());
        if !there {
            assert!(std::env::var_os("CI").is_none(), "gpg is not installed");
            println!("SKIPPED: gpg is not installed");
            return None;
        }
        let dir = tempfile::Builder::new().permissions(std::fs::Permissions::from_mode(0o700)).tempdir().unwrap();
        let keys = Self { dir };
        let id = "Ada Lovelace <ada@example.org>";
        keys.gpg(
            &[
                "--pinentry-mode",
                "loopback",
                "--passphrase",
                passphrase,
                "--quick-gen-key",
                id,
                "future-default",
                "default",
                "0",
            ],
            b"",
        );
        Some(keys)
    }

    /// What `gpg` makes of this.
    pub fn gpg(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut child = Command::new("gpg")
            .args(["--batch", "--quiet", "--homedir", self.dir.path().to_str().unwrap()])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "gpg {arguments:?}");
        output.stdout
    }

    /// Where it lies, for GNUPGHOME.
    pub fn home(&self) -> &str {
        self.dir.path().to_str().unwrap()
    }

    /// Has gpg-agent forget what it remembers.
    pub fn forget(&self) {
        Command::new("gpgconf").args(["--homedir", self.home(), "--kill", "all"]).status().unwrap();
    }

    /// A mail to ada that holds this part, encrypted.
    pub fn encrypted(&self, subject: &str, part: &[u8]) -> String {
        let arguments = ["--armor", "--trust-model", "always", "--encrypt", "--recipient", "ada@example.org"];
        let armour = String::from_utf8(self.gpg(&arguments, part)).unwrap();
        format!(
            "From: Ada <ada@example.org>\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/encrypted; \
             protocol=\"application/pgp-encrypted\"; boundary=b\r\n\r\n--b\r\n\
             Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\
             --b\r\nContent-Type: application/octet-stream\r\n\r\n{}\r\n--b--\r\n",
            armour.replace('\n', "\r\n")
        )
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.forget();
    }
}
