//! The mouse on a real terminal: what is reported, and what a click does where the screen says so.

use std::time::Duration;

use crate::journeys::app::{ids, inbox};
use crate::pty::count;
use crate::pty::tty::{Home, Tty};

/// Where a text stands on the screen: its column and row, from 1.
fn find(tty: &Tty, text: &str) -> (usize, usize) {
    let screen = tty.screen();
    let found = screen.lines().enumerate().find_map(|(row, line)| Some((row + 1, line.find(text)?, line)));
    let (row, byte, line) = found.unwrap_or_else(|| panic!("no {text:?} on the screen:\n{screen}"));
    (line.get(..byte).unwrap().chars().count() + 1, row)
}

/// What the terminal sends when the left button is pressed and let go there.
fn click((column, row): (usize, usize)) -> String {
    format!("\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m")
}

/// Rule 10 of UX.md: a hint of the footer is clicked, then the toast's undo; a hairline is dragged and stands there at the next
/// start; the wheel and a moving pointer without a button write nothing. The pointer's way is not even asked for.
#[test]
fn clicks_and_drags() {
    let home = Home::new(inbox(&["alpha", "beta"]));
    let mut tty = home.run();
    tty.until("The body of alpha").until("synced");
    assert_eq!(count(tty.bytes(), b"\x1b[?1003h"), 0);
    assert!(count(tty.bytes(), b"\x1b[?1006h") > 0 && count(tty.bytes(), b"\x1b[?1002h") > 0);
    let archive = find(&tty, "archive");
    tty.keys(&click(archive)).until("Archived 1 message");
    tty.wait_for("the move", |_| ids(&home.world, "ada", "Archive") == ["alpha"]);
    let undo = find(&tty, "undo");
    tty.keys(&click(undo));
    tty.wait_for("the move back", |_| ids(&home.world, "ada", "Archive").is_empty());
    tty.until("2 unread of 2");
    let (column, row) = find(&tty, "┬─ Message");
    tty.keys(&format!("\x1b[<0;{column};{row}M\x1b[<32;{};{row}M\x1b[<0;{};{row}m", column + 5, column + 9));
    tty.wait_for("the line where it was dragged", |tty| find(tty, "┬─ Message").0 == column + 5);
    tty.wait_for("its file", |_| found(home.path()));
    tty.keys("q").until_end();
    let mut tty = home.run();
    tty.until("The body of alpha");
    assert_eq!(find(&tty, "┬─ Message").0, column + 5);
}

/// Whether the file of the hairlines lies somewhere below.
fn found(home: &std::path::Path) -> bool {
    let entries = std::fs::read_dir(home).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| {
        let path = entry.path();
        path.ends_with("dividers.toml") || path.is_dir() && found(&path)
    })
}

/// TM17: what the terminal says right behind the escape key, which the event reader gives as keys, is what it is.
#[test]
fn a_click_right_behind_esc_is_a_click() {
    let home = Home::new(inbox(&["alpha", "beta"]));
    let mut tty = home.run();
    tty.until("The body of alpha").until("synced");
    let beta = find(&tty, "beta");
    tty.keys(&format!("\x1b{}", click(beta))).until("The body of beta");
    let (column, row) = beta;
    tty.keys(&format!("\x1b\x1b[<65;{column};{row}M")).quiet(Duration::from_millis(200));
    for sequence in ["[A", "[I", "[O", "[15~", "[200~dd:q!e\re"] {
        tty.keys(&format!("\x1b\x1b{sequence}")).quiet(Duration::from_millis(700));
    }
    tty.keys("w").until("nothing waits for a server").keys("\x1b").quiet(Duration::from_millis(200));
    assert_eq!(ids(&home.world, "ada", "INBOX").len(), 2);
}

/// GNU screen with a mouse to report keeps an escape back until the next byte: there the mouse is left to it, unless the config
/// asks for it.
#[test]
fn no_mouse_in_gnu_screen() {
    let home = Home::new(inbox(&["alpha"]));
    let asked = |variables: &[(&str, &str)]| {
        let mut tty = home.run_as(variables);
        tty.until("The body of alpha").keys("q").until_end();
        count(tty.bytes(), b"\x1b[?1006h") > 0
    };
    let screen = [("TERM", "screen.xterm-256color"), ("STY", "1.pts-0.host")];
    assert!(!asked(&screen));
    assert!(!asked(&[("TERM", "screen-256color")]));
    assert!(asked(&[("TERM", "screen-256color"), ("TMUX", "/tmp/tmux/default,1,0")]));
    home.configure("[ui]\nmouse = true\n");
    assert!(asked(&screen));
}

/// `[ui] mouse = false` leaves the mouse to the terminal, so that it selects text.
#[test]
fn no_mouse() {
    let home = Home::new(inbox(&["alpha"]));
    home.configure("[ui]\nmouse = false\n");
    let mut tty = home.run();
    tty.until("The body of alpha").keys("q").until_end();
    for mode in [&b"\x1b[?1000h"[..], b"\x1b[?1002h", b"\x1b[?1003h", b"\x1b[?1006h"] {
        assert_eq!(count(tty.bytes(), mode), 0, "{}", mode.escape_ascii());
    }
}
