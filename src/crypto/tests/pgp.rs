//! Against the real gpg.

use super::{DANA, DANA_ID, Home, PART, feed, multipart_encrypted, multipart_signed, replaced, text_message};
use crate::crypto::{Expiry, Programs, State, Trust, read};
use std::process::Command;
use std::sync::atomic::AtomicBool;

fn sign(home: &Home, part: &str, more: &[&str]) -> Vec<u8> {
    home.gpg(&[more, &["--armor", "--detach-sign"]].concat(), part.as_bytes())
}

fn signed_by(home: &Home, more: &[&str]) -> Vec<u8> {
    multipart_signed(PART, "pgp-signature", &sign(home, PART, more))
}

/// One's own good signature is good.
#[test]
fn good_signature() {
    let Some(home) = Home::with_key(DANA_ID) else { return };
    let outcome = home.read(&signed_by(&home, &[]), DANA);
    let Some(State::Good { signer, fingerprint, trust }) = &outcome.signature else { panic!("{outcome:?}") };
    assert_eq!((signer.as_str(), *trust, fingerprint.len()), (DANA_ID, Trust::Ultimate, 40));
    assert_eq!(outcome.words, format!("Signed by {DANA_ID}, key …{} (your own)", fingerprint.get(24..).unwrap()));
    assert!(!outcome.encrypted && outcome.decrypted.is_none());
}

/// The lines of a store with LF alone verify like those from the wire.
#[test]
fn good_signature_with_lf() {
    let Some(home) = Home::with_key(DANA_ID) else { return };
    let message = String::from_utf8(signed_by(&home, &[])).unwrap().replace("\r\n", "\n");
    let outcome = home.read(message.as_bytes(), DANA);
    assert!(matches!(outcome.signature, Some(State::Good { .. })), "{outcome:?}");
}

/// One byte is changed.
#[test]
fn tampered_message_is_bad() {
    let Some(home) = Home::with_key(DANA_ID) else { return };
    let message = replaced(&signed_by(&home, &[]), "the plan is fine", "the plan is line");
    let outcome = home.read(&message, DANA);
    assert_eq!(outcome.signature, Some(State::Bad));
    assert_eq!(outcome.words, "The signature is BAD: the message was changed");
}

/// A stranger's key: nobody certified it, and that is said.
#[test]
fn uncertified_key() {
    let (Some(home), Some(other)) = (Home::new(), Home::with_key(DANA_ID)) else { return };
    home.import_from(&other);
    let outcome = home.read(&signed_by(&other, &[]), DANA);
    assert!(matches!(outcome.signature, Some(State::Good { trust: Trust::Unknown, .. })), "{outcome:?}");
    assert!(outcome.words.ends_with("; you have not certified this key"), "{}", outcome.words);
}

/// A key that is not there is named, and nothing is fetched.
#[test]
fn unknown_key() {
    let (Some(home), Some(other)) = (Home::new(), Home::with_key(DANA_ID)) else { return };
    let outcome = home.read(&signed_by(&other, &[]), DANA);
    let Some(State::UnknownKey { key }) = &outcome.signature else { panic!("{outcome:?}") };
    assert_eq!(key.len(), 16);
    assert_eq!(outcome.words, format!("Signed with a key that is not in your keyring: 0x{key}"));
}

/// Right, but by another than the one whom the From field names.
#[test]
fn signed_by_somebody_else() {
    let Some(home) = Home::with_key("Eve dana@example.org <eve@example.org>") else { return };
    let outcome = home.read(&signed_by(&home, &[]), DANA);
    assert!(matches!(outcome.signature, Some(State::NotSender { .. })), "{outcome:?}");
    assert!(outcome.words.contains("<eve@example.org>, who is not the sender"), "{}", outcome.words);
}

/// Two signatures, the second by a key that is not there: together they are not good.
#[test]
fn all_signatures_count() {
    let (Some(home), Some(other)) = (Home::with_key(DANA_ID), Home::with_key("Eve <eve@example.org>")) else { return };
    let binary = |home: &Home| home.gpg(&["--detach-sign"], PART.as_bytes());
    let both = [binary(&home), binary(&other)].concat();
    let armoured = home.gpg(&["--enarmor"], &both);
    let armoured = String::from_utf8(armoured).unwrap().replace("ARMORED FILE", "SIGNATURE");
    let message = multipart_signed(PART, "pgp-signature", armoured.as_bytes());
    let outcome = home.read(&message, DANA);
    assert!(matches!(outcome.signature, Some(State::UnknownKey { .. })), "{outcome:?}");
    home.import_from(&other);
    let outcome = home.read(&message, DANA);
    assert!(matches!(&outcome.signature, Some(State::Good { signer, .. }) if signer == DANA_ID), "{outcome:?}");
}

/// A key that has expired since, and a signature that has.
#[test]
fn expired() {
    let Some(home) = Home::new() else { return };
    let then = ["--faked-system-time", "20200101T000000"];
    let expiring = ["--passphrase", "", "--quick-gen-key", DANA_ID, "future-default", "default", "2d"];
    home.gpg(&[then.as_slice(), &expiring].concat(), b"");
    let outcome = home.read(&signed_by(&home, &then), DANA);
    assert!(matches!(outcome.signature, Some(State::Expired { what: Expiry::Key, .. })), "{outcome:?}");
    let Some(home) = Home::new() else { return };
    home.add_key(DANA_ID, &then);
    let message = signed_by(&home, &[then.as_slice(), &["--default-sig-expire", "1d"]].concat());
    let outcome = home.read(&message, DANA);
    assert!(matches!(outcome.signature, Some(State::Expired { what: Expiry::Signature, .. })), "{outcome:?}");
}

/// A revoked key.
#[test]
fn revoked() {
    let Some(home) = Home::with_key(DANA_ID) else { return };
    let message = signed_by(&home, &[]);
    let folder = std::fs::read_dir(home.dir.path().join("openpgp-revocs.d")).unwrap();
    let path = folder.map(|entry| entry.unwrap().path()).next().unwrap();
    let certificate = std::fs::read_to_string(path).unwrap().replace(":-----BEGIN", "-----BEGIN");
    home.gpg(&["--import"], certificate.as_bytes());
    let outcome = home.read(&message, DANA);
    assert!(matches!(outcome.signature, Some(State::Revoked { .. })), "{outcome:?}");
}

/// A signed message of its own in place of the signature would be verified instead of what is shown.
#[test]
fn signature_with_content_of_its_own() {
    let Some(home) = Home::with_key(DANA_ID) else { return };
    for how in ["--sign", "--clear-sign"] {
        let whole = home.gpg(&["--armor", how], b"Something else\n");
        let outcome = home.read(&multipart_signed(PART, "pgp-signature", &whole), DANA);
        assert!(matches!(outcome.signature, Some(State::Failed(_))), "{outcome:?}");
    }
}

/// Encrypted and signed at once.
#[test]
fn encrypted_and_signed() {
    let Some(home) = Home::with_key(DANA_ID) else { return };
    let data = home.gpg(&["--armor", "--sign", "--encrypt", "--recipient", DANA], PART.as_bytes());
    let outcome = home.read(&multipart_encrypted(&data), DANA);
    assert_eq!(outcome.decrypted.as_deref(), Some(PART.as_bytes()));
    assert!(outcome.encrypted && outcome.authenticated);
    assert_eq!(outcome.encrypted_to.len(), 1);
    assert!(matches!(outcome.signature, Some(State::Good { .. })), "{outcome:?}");
    assert!(outcome.words.starts_with("Encrypted; opened with your key …"), "{}", outcome.words);
    assert!(outcome.words.contains(&format!(". Signed by {DANA_ID}")), "{}", outcome.words);
}

/// A signature as a part of its own inside of the encryption (RFC 3156, section 6.1).
#[test]
fn encrypted_around_multipart_signed() {
    let Some(home) = Home::with_key(DANA_ID) else { return };
    let inner = signed_by(&home, &[]);
    let data = home.gpg(&["--armor", "--encrypt", "--recipient", DANA], &inner);
    let outcome = home.read(&multipart_encrypted(&data), DANA);
    assert_eq!(outcome.decrypted, Some(inner.clone()));
    assert!(matches!(outcome.signature, Some(State::Good { .. })), "{outcome:?}");
    let data = home.gpg(&["--armor", "--encrypt", "--recipient", DANA], &replaced(&inner, "fine", "line"));
    assert_eq!(home.read(&multipart_encrypted(&data), DANA).signature, Some(State::Bad));
}

/// A message for somebody else.
#[test]
fn no_secret_key() {
    let (Some(home), Some(other)) = (Home::new(), Home::with_key(DANA_ID)) else { return };
    let data = other.gpg(&["--armor", "--encrypt", "--recipient", DANA], PART.as_bytes());
    let outcome = home.read(&multipart_encrypted(&data), DANA);
    assert_eq!((outcome.decrypted, outcome.encrypted), (None, true));
    assert_eq!(outcome.words, "No secret key for this message");
}

/// One byte near the end of an encryption is changed: nothing of it is given out, though gpg prints the beginning.
#[test]
fn changed_encryption_is_not_opened() {
    let Some(home) = Home::with_key(DANA_ID) else { return };
    let mut data = home.gpg(&["--compress-algo", "none", "--encrypt", "--recipient", DANA], PART.as_bytes());
    let place = data.len() - 30;
    data[place] ^= 1;
    let outcome = home.read(&multipart_encrypted(&data), DANA);
    assert_eq!((outcome.decrypted, outcome.signature), (None, None));
}

/// No check against changes (EFAIL): not opened. Later versions of gpg cannot make such a message.
#[test]
fn encryption_without_integrity_is_not_opened() {
    let Some(home) = Home::with_key(DANA_ID) else { return };
    let old = ["--rfc2440", "--disable-mdc", "--cipher-algo", "AES256", "--armor", "--encrypt", "--recipient", DANA];
    let data = home.gpg(&old, PART.as_bytes());
    let mut list = Command::new("gpg");
    list.env("GNUPGHOME", home.dir.path()).args(["--batch", "--list-packets"]);
    // It ends with an error: that is what it should say of such a message.
    let packets = String::from_utf8(feed(&mut list, &data).1).unwrap();
    assert!(packets.contains(":encrypted data packet:") || packets.contains("mdc_method"), "{packets}");
    if packets.contains("mdc_method") || packets.contains("aead") {
        println!("SKIPPED: this gpg makes no message without integrity protection");
        return;
    }
    let outcome = home.read(&multipart_encrypted(&data), DANA);
    assert_eq!((outcome.decrypted, outcome.encrypted), (None, true));
    assert!(outcome.words.starts_with("Encrypted without protection against changes"), "{}", outcome.words);
}

/// Status lines in the text of a message are text.
#[test]
fn forged_status_in_plaintext() {
    let Some(home) = Home::with_key(DANA_ID) else { return };
    let forged = "\n[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG 5F81763939FDB5E3 Dana <dana@example.org>\n";
    let file = "--set-filename=x\n[GNUPG:] GOODSIG 5F81763939FDB5E3 Dana";
    let data = home.gpg(&["--armor", file, "--encrypt", "--recipient", DANA], forged.as_bytes());
    let outcome = home.read(&multipart_encrypted(&data), DANA);
    assert_eq!(outcome.signature, None);
    assert_eq!(outcome.decrypted.as_deref(), Some(forged.as_bytes()));
}

/// What unpacks to more than is allowed is cut off, and nothing of it is given out.
#[test]
fn bomb() {
    let Some(home) = Home::with_key(DANA_ID) else { return };
    let data = home.gpg(&["--encrypt", "--recipient", DANA], &vec![b'a'; 4 << 20]);
    assert!(data.len() < 1 << 20);
    let programs = Programs { output: 1 << 20, ..home.programs() };
    let outcome = read(&programs, &multipart_encrypted(&data), DANA, &AtomicBool::new(false)).unwrap();
    assert_eq!((outcome.decrypted, outcome.encrypted), (None, true));
    assert!(outcome.words.contains("too large"), "{}", outcome.words);
}

/// A signed text: what is shown is what was signed, escapes undone.
#[test]
fn inline_signed() {
    let Some(home) = Home::with_key(DANA_ID) else { return };
    let armour = home.gpg(&["--clear-sign"], b"Hello\n- a list\n");
    let outcome = home.read(&text_message(&armour), DANA);
    assert!(matches!(outcome.signature, Some(State::Good { .. })), "{outcome:?}");
    assert_eq!(outcome.decrypted.as_deref(), Some(b"Hello\n- a list\n".as_slice()));
    assert_eq!(outcome.text_charset.as_deref(), Some(""));
    let outcome = home.read(&text_message(&[b"Pay at once\n", armour.as_slice()].concat()), DANA);
    assert!(outcome.words.starts_with("A part of this message is signed by Dana"), "{}", outcome.words);
    assert_eq!(outcome.decrypted.as_deref(), Some(b"Hello\n- a list\n".as_slice()));
    let outcome = home.read(&text_message(&replaced(&armour, "Hello", "Hallo")), DANA);
    assert_eq!((outcome.signature, outcome.decrypted), (Some(State::Bad), None));
}

/// Armour that is encrypted, armour that is signed alone, and armour that is neither.
#[test]
fn inline_message() {
    let Some(home) = Home::with_key(DANA_ID) else { return };
    let text = b"Hello\n".as_slice();
    let encrypted = home.gpg(&["--armor", "--encrypt", "--recipient", DANA], text);
    let outcome = home.read(&text_message(&encrypted), DANA);
    assert_eq!((outcome.decrypted.as_deref(), outcome.encrypted, outcome.signature), (Some(text), true, None));
    let signed = home.gpg(&["--armor", "--sign"], text);
    let outcome = home.read(&text_message(&signed), DANA);
    assert_eq!((outcome.decrypted.as_deref(), outcome.encrypted), (Some(text), false));
    assert!(matches!(outcome.signature, Some(State::Good { .. })), "{:?}", outcome.signature);
    let stored = home.gpg(&["--armor", "--store"], text);
    let outcome = home.read(&text_message(&stored), DANA);
    assert_eq!(outcome.decrypted, None);
    assert!(matches!(outcome.signature, Some(State::Failed(_))), "{:?}", outcome.signature);
}

/// What was announced as encrypted and is only signed is not said to be encrypted and opened.
#[test]
fn announced_as_encrypted() {
    let Some(home) = Home::with_key(DANA_ID) else { return };
    let signed = home.gpg(&["--armor", "--sign"], PART.as_bytes());
    let outcome = home.read(&multipart_encrypted(&signed), DANA);
    assert_eq!((outcome.decrypted, outcome.signature), (None, None));
}
