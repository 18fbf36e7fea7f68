//! Signed and encrypted mail in the whole program, with the real gpg and a keyring that is thrown away.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use super::app::{App, deliver_bytes, world};

/// A keyring with a key of ada's.
struct Keys {
    dir: tempfile::TempDir,
}

impl Keys {
    /// `None`: gpg is not installed, and the test is skipped; where it must be (CI), it fails.
    fn new() -> Option<Self> {
        let there = Command::new("gpg").arg("--version").output().is_ok_and(|output| output.status.success());
        if !there {
            assert!(std::env::var_os("CI").is_none(), "gpg is not installed");
            println!("SKIPPED: gpg is not installed");
            return None;
        }
        let dir = tempfile::Builder::new().permissions(std::fs::Permissions::from_mode(0o700)).tempdir().unwrap();
        let keys = Self { dir };
        let id = "Ada Lovelace <ada@example.org>";
        keys.gpg(&["--passphrase", "", "--quick-gen-key", id, "future-default", "default", "0"], b"");
        Some(keys)
    }

    fn gpg(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
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

    fn app(&self, mail: &[u8]) -> App {
        let world = world();
        deliver_bytes(&world, "ada", mail, 1);
        App::start_in(world, &[("GNUPGHOME", self.dir.path().to_str().unwrap())])
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        let home = self.dir.path().to_str().unwrap().to_owned();
        Command::new("gpgconf").args(["--homedir", &home, "--kill", "all"]).status().unwrap();
    }
}

/// PV02, H51: an encrypted page is opened on its key alone, below the header of the mail around it, and nothing on the net is
/// offered to be loaded for it.
#[test]
fn an_encrypted_page_fetches_nothing() {
    let Some(keys) = Keys::new() else { return };
    let page =
        b"Content-Type: text/html\r\n\r\n<p>The secret plan</p><img src=\"https://leak.example/x.png\" alt=pic>\r\n";
    let arguments = ["--armor", "--trust-model", "always", "--encrypt", "--recipient", "ada@example.org"];
    let armour = String::from_utf8(keys.gpg(&arguments, page)).unwrap();
    let mail = format!(
        "From: Ada <ada@example.org>\r\nSubject: the cover\r\nMIME-Version: 1.0\r\nContent-Type: multipart/encrypted; \
         protocol=\"application/pgp-encrypted\"; boundary=b\r\n\r\n--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\
         --b\r\nContent-Type: application/octet-stream\r\n\r\n{armour}\r\n--b--\r\n"
    );
    let mut app = keys.app(mail.as_bytes());
    app.press("<enter>").until_read().until("Encrypted").until("V open");
    assert!(!app.screen().contains("The secret plan"));
    app.press("V").until("The secret plan").until("the cover");
    let screen = app.screen();
    assert!(!screen.contains("i show") && screen.contains("Remote content blocked"), "{screen}");
    app.press("i").until("no images that are blocked");
}

/// SP06, H54: a signature is spoken of beside the header alone, by what gpg says: who signed, and that a changed text is not
/// what was signed.
#[test]
fn a_signature_is_checked_on_its_key() {
    let Some(keys) = Keys::new() else { return };
    let part = "Content-Type: text/plain\r\n\r\nI owe you 10.\r\n";
    let arguments = ["--armor", "--detach-sign", "--local-user", "ada@example.org"];
    let signature = String::from_utf8(keys.gpg(&arguments, part.as_bytes())).unwrap();
    let mail = |part: &str| {
        format!(
            "From: Ada <ada@example.org>\r\nSubject: a promise\r\nMIME-Version: 1.0\r\nContent-Type: multipart/signed; \
             micalg=pgp-sha512; protocol=\"application/pgp-signature\"; boundary=b\r\n\r\n--b\r\n{part}\r\n--b\r\n\
             Content-Type: application/pgp-signature\r\n\r\n{signature}\r\n--b--\r\n"
        )
    };
    let mut app = keys.app(mail(part).as_bytes());
    app.press("<enter>").until_read().until("Signed, not checked yet").until("I owe you 10.");
    app.press("V").until("Signed by Ada Lovelace");
    drop(app);
    let mut app = keys.app(mail(&part.replace("10", "1000")).as_bytes());
    app.press("<enter>").until_read().press("V").until("BAD");
}
