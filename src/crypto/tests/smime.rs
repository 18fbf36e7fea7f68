//! Against the real gpgsm, with certificates that openssl makes.

use super::{DANA, Home, PART, feed, has, replaced};
use crate::crypto::{Expiry, Outcome, State, Trust, check};
use crate::render::protected::Covers;
use crate::render::protected::Protected;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

/// A keyring with a certificate of Dana's, and the files to sign with it.
pub(crate) struct Dana {
    pub(crate) home: Home,
    pub(crate) files: TempDir,
}

impl Dana {
    pub(crate) fn new(secret: bool) -> Option<Self> {
        if !has("gpgsm", "--version") || !has("openssl", "version") {
            return None;
        }
        let dana = Self { home: Home::new()?, files: tempfile::tempdir().unwrap() };
        // Of a hundred keys gpgsm 2.2 cannot read one out of its bundle, however often it is asked.
        let made = (0..5).any(|_| {
            dana.make();
            !secret || dana.takes_the_key()
        });
        assert!(made, "gpgsm took none of five keys");
        Some(dana)
    }

    /// Makes the certificate and its key.
    fn make(&self) {
        let options = "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 30";
        let mut arguments: Vec<&str> = options.split(' ').collect();
        arguments.extend(["-subj", "/CN=Dana Whitfield", "-addext", "subjectAltName=email:dana@example.org"]);
        arguments.extend(["-addext", "keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign"]);
        self.openssl(&arguments, b"");
    }

    /// Gives the key to the keyring; false where that cannot read it.
    fn takes_the_key(&self) -> bool {
        // Old ciphers: all that some versions of gpgsm read.
        let options = "pkcs12 -export -in cert.pem -inkey key.pem -passout pass: -macalg sha1 \
                       -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES";
        let bundle = self.openssl(&options.split_whitespace().collect::<Vec<_>>(), b"");
        let path = self.files.path().join("bundle");
        std::fs::write(&path, bundle).unwrap();
        let mut command = Command::new("gpgsm");
        command.env("GNUPGHOME", self.home.dir.path());
        command.args(["--batch", "--pinentry-mode", "loopback", "--passphrase-fd", "0", "--disable-dirmngr"]);
        let (success, _, errors) = feed(command.arg("--import").arg(&path), b"\n");
        assert!(success || errors.contains("decryption failed"), "{errors}");
        success
    }

    pub(crate) fn openssl(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut command = Command::new("openssl");
        let (success, output, errors) = feed(command.current_dir(self.files.path()).args(arguments), input);
        assert!(success, "openssl {arguments:?}: {errors}");
        output
    }

    fn sign(&self, content: &[u8], more: &[&str]) -> Vec<u8> {
        let options = ["cms", "-sign", "-binary", "-signer", "cert.pem", "-inkey", "key.pem", "-outform", "DER"];
        self.openssl(&[options.as_slice(), more].concat(), content)
    }

    fn encrypt(&self, content: &[u8]) -> Vec<u8> {
        self.openssl(&["cms", "-encrypt", "-binary", "-aes256", "-outform", "DER", "cert.pem"], content)
    }

    /// Marks the certificate as a root that is trusted.
    pub(crate) fn trust(&self) {
        let text = self.openssl(&["x509", "-in", "cert.pem", "-noout", "-fingerprint", "-sha1"], b"");
        let text = String::from_utf8(text).unwrap();
        let line = format!("{} S relax\n", text.trim().rsplit_once('=').unwrap().1);
        std::fs::write(self.home.dir.path().join("trustlist.txt"), line).unwrap();
        self.home.run("gpgconf", &["--kill", "gpg-agent"], b"");
    }

    fn check(&self, protected: &Protected) -> Outcome {
        check(&self.home.programs(), protected, DANA, &AtomicBool::new(false))
    }
}

fn detached(signature: Vec<u8>) -> Protected {
    Protected::SmimeSigned { signed: PART.into(), signature, covers: Covers::All }
}

fn opaque(der: Vec<u8>) -> Protected {
    Protected::SmimeOpaque { der, covers: Covers::All }
}

/// A self-made certificate proves nothing until its owner's root is trusted; its signature is right all the same.
#[test]
fn detached_signature() {
    let Some(dana) = Dana::new(false) else { return };
    let signature = dana.sign(PART.as_bytes(), &[]);
    let outcome = dana.check(&detached(signature.clone()));
    assert!(matches!(outcome.signature, Some(State::Good { trust: Trust::Unknown, .. })), "{outcome:?}");
    assert!(outcome.words.ends_with("; you do not trust who issued this certificate"), "{}", outcome.words);
    dana.trust();
    let outcome = dana.check(&detached(signature.clone()));
    let Some(State::Good { signer, trust, .. }) = &outcome.signature else { panic!("{outcome:?}") };
    assert_eq!((signer.as_str(), *trust), ("CN=Dana Whitfield <dana@example.org>", Trust::Full));
    let eve = check(&dana.home.programs(), &detached(signature), "eve@example.org", &AtomicBool::new(false));
    assert!(matches!(eve.signature, Some(State::NotSender { .. })), "{eve:?}");
}

/// One byte is changed, or the signature holds a content of its own.
#[test]
fn tampered() {
    let Some(dana) = Dana::new(false) else { return };
    let other = dana.sign(replaced(PART.as_bytes(), "fine", "line").as_slice(), &[]);
    assert_eq!(dana.check(&detached(other)).signature, Some(State::Bad));
    let whole = dana.sign(b"Something else", &["-nodetach"]);
    let outcome = dana.check(&detached(whole));
    assert!(matches!(outcome.signature, Some(State::Failed(_))), "{outcome:?}");
}

/// Signed in one piece: the content comes out, unless it was changed.
#[test]
fn opaque_signature() {
    let Some(dana) = Dana::new(false) else { return };
    dana.trust();
    let mut whole = dana.sign(PART.as_bytes(), &["-nodetach"]);
    let outcome = dana.check(&opaque(whole.clone()));
    assert!(matches!(outcome.signature, Some(State::Good { trust: Trust::Full, .. })), "{outcome:?}");
    assert_eq!((outcome.decrypted.as_deref(), outcome.encrypted), (Some(PART.as_bytes()), false));
    let place = whole.windows(4).position(|window| window == b"fine").unwrap();
    whole[place] = b'l';
    let outcome = dana.check(&opaque(whole));
    assert_eq!((outcome.signature, outcome.decrypted), (Some(State::Bad), None));
}

/// A certificate that has expired, though its root is trusted.
#[test]
fn expired_certificate() {
    let Some(dana) = Dana::new(false) else { return };
    let request = dana.openssl(&["req", "-new", "-key", "key.pem", "-subj", "/CN=Dana Whitfield"], b"");
    let options = ["x509", "-req", "-signkey", "key.pem", "-days", "-1", "-out", "cert.pem"];
    dana.openssl(&options, &request);
    dana.trust();
    let outcome = dana.check(&detached(dana.sign(PART.as_bytes(), &[])));
    assert!(matches!(outcome.signature, Some(State::Expired { what: Expiry::Key, .. })), "{outcome:?}");
}

/// The certificate neither came along nor is known.
#[test]
fn unknown_certificate() {
    let Some(dana) = Dana::new(false) else { return };
    let outcome = dana.check(&detached(dana.sign(PART.as_bytes(), &["-nocerts"])));
    assert!(matches!(outcome.signature, Some(State::UnknownKey { .. })), "{outcome:?}");
}

/// Encrypted around a signature, as S/MIME programs do it, in a whole message.
#[test]
fn encrypted_around_signed() {
    let Some(dana) = Dana::new(true) else { return };
    dana.trust();
    let inner = [
        b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n\r\n".as_slice(),
        &dana.sign(PART.as_bytes(), &["-nodetach"]),
    ]
    .concat();
    let head =
        b"From: Dana <dana@example.org>\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\n";
    let message = [head.as_slice(), &dana.encrypt(&inner)].concat();
    let outcome = dana.home.read(&message, DANA);
    assert_eq!(outcome.decrypted.as_deref(), Some(PART.as_bytes()));
    assert!(matches!(outcome.signature, Some(State::Good { .. })), "{outcome:?}");
    assert!(outcome.encrypted && !outcome.authenticated);
    assert!(outcome.words.starts_with("Encrypted; opened with your key "), "{}", outcome.words);
}

/// Encrypted for somebody else, and what is no CMS object at all.
#[test]
fn cannot_be_opened() {
    let Some(dana) = Dana::new(false) else { return };
    let outcome = dana.check(&opaque(dana.encrypt(PART.as_bytes())));
    assert_eq!((outcome.decrypted, outcome.encrypted), (None, true));
    assert!(outcome.words.contains("o secret key for this message"), "{}", outcome.words);
    let outcome = dana.check(&opaque(b"junk".to_vec()));
    assert_eq!((outcome.decrypted, outcome.signature), (None, None));
}
