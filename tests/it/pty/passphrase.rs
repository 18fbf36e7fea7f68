//! Passphrases that are typed at the terminal on which the screen is.

use super::tty::Home;
use crate::journeys::app::{deliver_bytes, inbox};
use crate::support::keyring::Keys;

/// What asks for passphrases where nothing but a terminal is: it writes to the one that it was told of, as `pinentry-curses`
/// does, and is as lost without.
const PROMPT: &str = r#"#!/bin/sh
tty=
echo "OK here"
while read -r line; do
  case $line in
    "OPTION ttyname="*) tty=${line#OPTION ttyname=}; echo OK ;;
    GETPIN)
      if [ -c "$tty" ] && printf 'the passphrase, please: ' >"$tty" && read -r pin <"$tty" && [ -n "$pin" ]; then
        echo "D $pin"; echo OK
      elif [ -c "$tty" ]; then
        echo "ERR 83886179 cancelled <Pinentry>"
      else
        echo "ERR 83918950 Inappropriate ioctl for device <Pinentry>"
      fi ;;
    BYE) echo OK; exit ;;
    *) echo OK ;;
  esac
done
"#;

const ASKED: &str = "the passphrase, please";

/// An encrypted mail is opened where its passphrase is typed at the terminal: nobody is asked before the key, the screen is
/// back at once, and what was not opened says so and can be tried again.
#[test]
fn a_seal_is_opened() {
    let Some(keys) = Keys::locked("open sesame", PROMPT) else { return };
    let world = inbox(&["alpha"]);
    let mail = keys.encrypted("the cover", b"Content-Type: text/plain\r\n\r\nThe secret plan\r\n");
    deliver_bytes(&world, "ada", mail.as_bytes(), 0);
    let home = Home::new(world);
    let mut tty = home.run_as(&[("GNUPGHOME", keys.home())]);
    tty.until("synced").until("the cover").keys("gg\r").until("V open");
    tty.keys("V").until_anew(ASKED).keys("\n").until("enter goes back to posthaste").keys("\n");
    tty.until("the passphrase was not given").until("V open");
    tty.keys("V").until_anew(ASKED).keys("open sesame\n").until("The secret plan").until("opened with your key");
}

/// A letter that is to be signed is sent once the passphrase was typed; where it was not, it stays, and asks again.
#[test]
fn a_letter_is_signed() {
    let Some(keys) = Keys::locked("open sesame", PROMPT) else { return };
    let home = Home::new(inbox(&["alpha"]));
    let sent = home.path().join("sent");
    home.configure(&format!(
        "[accounts.work.send]\ncommand = \"sh -c 'cat > {} && true' send\"\nundo_seconds = 0\n",
        sent.display()
    ));
    let mut tty = home.run_as(&[("GNUPGHOME", keys.home())]);
    tty.until("synced").until("alpha").keys("r").until("Re: alpha").keys("I promise.").until("I promise.");
    tty.keys("\x07").until("your passphrase will be asked for");
    tty.keys("\x13").until_anew(ASKED).keys("\n").until("enter goes back to posthaste").keys("\n").until("I promise.");
    assert!(!sent.exists());
    tty.keys("\x13").until_anew(ASKED).keys("open sesame\n").wait_for("it is sent", |_| {
        std::fs::read_to_string(&sent).is_ok_and(|mail| mail.contains("-----END PGP SIGNATURE-----"))
    });
}
