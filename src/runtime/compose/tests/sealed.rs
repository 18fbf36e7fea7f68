//! What answers or hands on an encrypted mail is encrypted, whether that was opened or not.

use std::sync::Arc;

use rstest::rstest;

use super::Scene;
use crate::app::compose::order::{Begun, How};
use crate::compose::Answer;
use crate::config::Config;
use crate::letter::Seal;
use crate::mail::MessageId;
use crate::runtime::compose::clerk::Job;
use crate::runtime::shelf::Opened;
use crate::safe_text::SafeText;

const PGP: &str = "From: ada@x.example\r\nSubject: ...\r\nContent-Type: multipart/encrypted; boundary=b; \
                   protocol=\"application/pgp-encrypted\"\r\n\r\n--b\r\nContent-Type: application/pgp-encrypted\r\n\r\n\
                   Version: 1\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\nDATA\r\n--b--\r\n";
const ENCRYPT: Seal = Seal { sign: false, encrypt: true, smime: false, plain: false };

fn opened(scene: &Scene, message: MessageId, text: &str, encrypted: bool) {
    let inside: Arc<[u8]> = format!("Content-Type: text/plain\r\n\r\n{text}\r\n").into_bytes().into();
    scene.materials.opened.put_opened(message, Opened { words: SafeText::new("x"), inside: Some(inside), encrypted });
}

/// The beginning of a CMS object in a mail: it says that it is encrypted.
const CMS: &str = "From: ada@x.example\r\nContent-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
                   0=0B=06=09=2A=86=48=86=F7=0D=01=07=03\r\n";

/// The same, but signed alone.
fn signed() -> String {
    CMS.replace("=07=03", "=07=02")
}

/// An answer to this mail.
fn answered(mail: &str, whole: bool) -> (Scene, Begun) {
    let mut scene = Scene::new();
    let message = scene.mail();
    scene.body(message, mail, whole);
    let begun = scene.begun(How::Answer(message, Answer::Sender));
    (scene, begun)
}

/// What was encrypted to the user is quoted as it was read, and does not go on in the open by itself.
#[test]
fn an_answer_to_a_sealed_mail_is_sealed() {
    let mut scene = Scene::new();
    let message = scene.mail();
    scene.body(message, PGP, true);
    opened(&scene, message, "The secret.", true);
    let answer = scene.begun(How::Answer(message, Answer::Sender));
    assert!(answer.letter.text.contains("> The secret."), "{}", answer.letter.text);
    assert_eq!((answer.letter.seal, answer.facts.was_sealed), (ENCRYPT, true));
    assert_eq!(answer.letter.to[0].address, "ada@x.example");
    let forwarded = scene.begun(How::Forward(message));
    assert!(forwarded.letter.text.contains("The secret.") && forwarded.facts.was_sealed);
    let anew = scene.begun(How::Anew(message));
    assert_eq!((anew.letter.text.trim(), anew.letter.seal), ("The secret.", ENCRYPT));
    // It goes as it is.
    let attached = scene.begun(How::ForwardAttached(vec![message]));
    assert_eq!((attached.letter.seal, attached.facts.was_sealed), (Seal::default(), false));
    for (begun, was_sealed) in [(answer, true), (forwarded, true), (attached, false)] {
        let again = scene.begun(How::Kept(begun.letter.id));
        assert_eq!(again.facts.was_sealed, was_sealed, "{}", begun.letter.subject);
    }
}

/// Nobody needs to have opened it, and of a long one the beginning is enough.
#[rstest]
#[case::pgp(PGP, true, Some(ENCRYPT))]
#[case::cut_off(PGP.split_once("DATA").unwrap().0, false, Some(ENCRYPT))]
#[case::in_the_text(
    "Subject: s\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nhQ==\r\n-----END PGP MESSAGE-----\r\n",
    true,
    Some(ENCRYPT)
)]
#[case::signed_text(
    "Subject: s\r\n\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nHi\r\n-----BEGIN PGP SIGNATURE-----\r\n\r\n\
     hQ==\r\n-----END PGP SIGNATURE-----\r\n",
    true,
    None
)]
#[case::plain("Subject: s\r\n\r\nHi\r\n", true, None)]
#[case::smime(CMS, true, Some(Seal { smime: true, ..ENCRYPT }))]
#[case::smime_signed(&signed(), true, None)]
fn a_sealed_mail_need_not_be_opened(#[case] mail: &str, #[case] whole: bool, #[case] seal: Option<Seal>) {
    let (_scene, begun) = answered(mail, whole);
    assert_eq!((begun.letter.seal, begun.facts.was_sealed), (seal.unwrap_or_default(), seal.is_some()));
}

/// Encrypted within a signature, openly or in a CMS object, which only opening shows.
#[test]
fn a_signature_around_it_hides_nothing() {
    let inner = PGP.replace("boundary=b;", "boundary=c;").replace("--b", "--c");
    let openly = format!(
        "From: ada@x.example\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n{inner}\r\n--b\r\n\
         Content-Type: application/pgp-signature\r\n\r\nS\r\n--b--\r\n"
    );
    assert_eq!(answered(&openly, true).1.letter.seal, ENCRYPT);
    for (encrypted, seal) in [(false, Seal::default()), (true, Seal { smime: true, ..ENCRYPT })] {
        let mut scene = Scene::new();
        let message = scene.mail();
        scene.body(message, &signed(), true);
        opened(&scene, message, "Hi", encrypted);
        assert_eq!(scene.begun(How::Answer(message, Answer::Sender)).letter.seal, seal);
    }
}

/// Where everything is encrypted anyway, nobody is asked whether to.
#[test]
fn who_encrypts_all_is_not_asked() {
    let (mut scene, begun) = answered(PGP, true);
    assert!(begun.facts.was_sealed);
    let mut config = Config::clone(&scene.materials.config);
    config.compose.sealing.encrypt = crate::config::compose::Encrypt::Always;
    scene.work(Job::Config(Arc::new(config)));
    assert!(!scene.begun(How::Kept(begun.letter.id)).facts.was_sealed);
}
