//! A command that gives the password and asks for a passphrase at the terminal on which the screen is.

use std::os::unix::fs::PermissionsExt as _;

use super::tty::Home;
use crate::journeys::app::{deliver, ids, inbox};

/// What asks where the terminal is alone, and hides what is typed; it has no other place to ask.
const ASKS: &str = r#"#!/bin/sh
exec 3<>/dev/tty || exit 2
stty -echo <&3
printf 'the master word, please: ' >&3
read -r word <&3
stty echo <&3
[ "$word" = sesame ] || { echo "that opens nothing" >&2; exit 1; }
echo secret
"#;

const ASKED: &str = "the master word, please";

/// The screen and the keys are the screen's while it is drawn: nothing asks there by itself, and what is typed is no passphrase.
/// The key that the banner names gives the command the terminal; what was wrong is told and can be tried again, and what it
/// prints at last signs in and is seen nowhere.
#[test]
fn a_command_asks_at_the_terminal() {
    let home = Home::new(inbox(&["alpha", "beta"]));
    let script = home.path().join("asks");
    std::fs::write(&script, ASKS).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
    let config = home.path().join("config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let command = format!("password_command = \"{}\"", script.display());
    std::fs::write(&config, text.replace("password = \"secret\"", &command)).unwrap();
    let mut tty = home.run();
    tty.until("waits for you to sign in").until("run it here");
    let before = tty.termios();
    assert!(!tty.screen().contains(ASKED), "{}", tty.screen());
    tty.keys("go").until_anew(ASKED).keys("wrong\n").until("that opens nothing").until("enter goes back").keys("\n");
    tty.until("waits for you to sign in").keys("go").until_anew(ASKED).keys("sesame\n").until("The body of alpha");
    tty.until("synced");
    assert_eq!(tty.termios().local_modes, before.local_modes);
    for word in ["sesame", "secret"] {
        assert!(!tty.bytes().windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
    }
    deliver(&home.world, "ada", "gamma", 0);
    tty.until("gamma");
    assert_eq!(ids(&home.world, "ada", "INBOX").len(), 3);
}
