//! Keys on a real terminal: named one by one, changed, and the same at the next start.

use rustix::termios::LocalModes;

use super::tty::{Home, Tty};
use crate::journeys::app::{ids, inbox};

/// `keys --test` names what is pressed and says what it does, and leaves the terminal as it was.
#[test]
fn keys_are_named() {
    let mut tty = Tty::naming_keys();
    tty.until("ctrl-c twice ends").keys("e").until("e  archive: Archive");
    tty.keys("g").until("begins").keys("i").until("g i  inbox: Inbox");
    tty.keys("\u{1b}[5~").until("pgup  page-up").keys("\u{1b}v").until("alt-v  nothing");
    tty.keys("\u{3}").until("ctrl-c  quit").keys("\u{3}").until_end();
    assert!(tty.termios().local_modes.contains(LocalModes::ICANON | LocalModes::ECHO), "raw mode is off");
}

/// Protects what was changed on the screen: it holds at the next start over the preset, and wrong keys of the config are told
/// and hold nothing up.
#[test]
fn changed_keys_are_there_at_the_next_start() {
    let home = Home::new(inbox(&["alpha", "beta"]));
    home.configure("[keys]\npreset = \"mutt\"\n[keys.list]\n\"Z Z\" = \"archive\"\n\"Z Z x\" = \"delete\"\n");
    let mut tty = home.run();
    tty.until("Wrong keys in config.toml, line ").until("synced");
    tty.keys("?").until("Keys in: message list").keys("arch").until("Archive folder");
    tty.keys("\u{12}").until("press the new keys").keys("\u{c}").until("now: Redraw").keys("\u{7f}%").until("free");
    tty.keys("\r").until("changed").keys("\u{3}").until_end();
    let mut tty = home.run();
    tty.until("synced").keys("2%").until("Archived 2 messages");
    tty.wait_for("both in the archive", |_| ids(&home.world, "ada", "Archive").len() == 2);
    tty.keys("u").wait_for("both back", |_| ids(&home.world, "ada", "INBOX").len() == 2);
}
