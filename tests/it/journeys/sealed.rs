//! Signed and encrypted mail in the whole program, with the real gpg and a keyring that is thrown away.

use super::app::{App, deliver_bytes, world};
use crate::support::keyring::Keys;

fn opened(keys: &Keys, mail: &[u8]) -> App {
    let world = world();
    deliver_bytes(&world, "ada", mail, 1);
    App::start_in(world, &[("GNUPGHOME", keys.home())])
}

/// PV02, H51: an encrypted page is opened on its key alone, below the header of the mail around it, and nothing on the net is
/// offered to be loaded for it.
#[test]
fn an_encrypted_page_fetches_nothing() {
    let Some(keys) = Keys::new() else { return };
    let page =
        b"Content-Type: text/html\r\n\r\n<p>The secret plan</p><img src=\"https://leak.example/x.png\" alt=pic>\r\n";
    let mail = keys.encrypted("the cover", page);
    let mut app = opened(&keys, mail.as_bytes());
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
    let mut app = opened(&keys, mail(part).as_bytes());
    app.press("<enter>").until_read().until("Signed, not checked yet").until("I owe you 10.");
    app.press("V").until("Signed by Ada Lovelace");
    drop(app);
    let mut app = opened(&keys, mail(&part.replace("10", "1000")).as_bytes());
    app.press("<enter>").until_read().press("V").until("BAD");
}
