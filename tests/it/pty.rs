//! The real program on a pseudo-terminal: what it writes, what it leaves behind, what it survives.
#![cfg(test)]

mod beside;
mod command;
mod editor;
mod floods;
mod hangup;
mod keys;
mod look;
mod mouse;
mod panic;
mod passphrase;
mod processes;
mod secrets;
mod sequences;
mod tty;
mod watched;
mod wizard;
mod writing;

use std::time::Duration;

use posthaste::demo::faults::{Fault, Then, When};
use rustix::process::Signal;

use crate::journeys::app::{deliver, deliver_bytes, ids, inbox, world};
use crate::support::shared;
use sequences::foreign;
use tty::{Home, Tty};

/// What gives a terminal back: mouse, focus, paste and alternate screen off, cursor on, and the title that was there.
const GIVEN_BACK: [&[u8]; 6] =
    [b"\x1b[?1000l", b"\x1b[?1004l", b"\x1b[?2004l", b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[23;2t"];

fn count(haystack: &[u8], needle: &[u8]) -> usize {
    haystack.windows(needle.len()).filter(|window| *window == needle).count()
}

/// The terminal is as it was before the program.
#[track_caller]
fn assert_given_back(tty: &Tty) {
    for mode in GIVEN_BACK {
        assert!(count(tty.bytes(), mode) > 0, "{} is missing", mode.escape_ascii());
    }
    let end = |mode: &[u8]| tty.bytes().windows(mode.len()).rposition(|window| window == mode);
    assert!(end(b"\x1b[?1049l") > end(b"\x1b[?1049h"), "the alternate screen was left last");
    let (before, after) = (tty.first_termios(), tty.termios());
    assert_eq!(after.local_modes, before.local_modes, "raw mode is off");
    assert_eq!(after.input_modes, before.input_modes);
    assert_eq!(after.output_modes, before.output_modes);
}

/// Check 7 of UX.md: a terminal that answers no query gets its screen all the same, and the demo is what it shows.
#[test]
fn a_silent_terminal_gets_its_frame() {
    let mut tty = Tty::demo();
    tty.until("Q3 numbers");
    assert!(tty.screen().contains("? help"), "{}", tty.screen());
}

/// S7, check 5 of UX.md: once everything is in step and read, two seconds pass without a byte.
#[test]
fn idle_writes_nothing() {
    let home = Home::new(inbox(&["alpha", "beta"]));
    let mut tty = home.run();
    tty.until("synced").until("The body of alpha");
    tty.quiet(Duration::from_millis(2500));
    let written = tty.bytes().len();
    tty.watch(Duration::from_secs(2));
    let late = tty.bytes().get(written..).unwrap_or_default();
    assert!(late.is_empty(), "{}", late.escape_ascii());
}

/// TM15, check 6 of UX.md: quitting, SIGTERM and SIGHUP give the terminal back.
#[test]
fn the_terminal_comes_back() {
    for end in [None, Some(Signal::TERM), Some(Signal::HUP), Some(Signal::INT)] {
        let mut tty = Tty::demo();
        tty.until("Q3 numbers");
        match end {
            None => tty.keys("q"),
            Some(signal) => tty.signal(signal),
        };
        tty.until_end();
        assert_given_back(&tty);
    }
}

/// TM15, check 6 of UX.md: ctrl-z gives the terminal back and stops the program; it comes back with its screen, its mouse and
/// its title.
#[test]
fn suspended_and_continued() {
    let mut tty = Tty::under_a_shell();
    tty.until("Q3 numbers").until("synced").keys("\x1a");
    tty.until_bytes(b"SHELL");
    let (left, entered) = (count(tty.bytes(), b"\x1b[?1049l"), count(tty.bytes(), b"\x1b[?1049h"));
    assert_eq!((left, entered), (1, 1), "given back while it is stopped");
    tty.keys("\r").until_bytes(b"RESUMED");
    tty.wait_for("the screen again", |tty| count(tty.bytes(), b"\x1b[?1049h") == 2);
    tty.wait_for("the mouse and the title again", |tty| {
        let again = tty.bytes().windows(8).rposition(|window| window == b"\x1b[?1049h").unwrap_or_default();
        let since = tty.bytes().get(again..).unwrap_or_default();
        count(since, b"\x1b[?1006h") == 1 && count(since, b"\x1b]0;posthaste") > 0
    });
    tty.until("Q3 numbers").keys("q");
    tty.wait_for("the end", |tty| count(tty.bytes(), b"\x1b[?1049l") == 2);
}

/// Check 8 of UX.md, O3 with TM01 to TM13: a mailbox of hostile mail is listed, opened, and shown with headers and source, and nothing but the
/// program's own few sequences reaches the terminal; the window's title says only the program's own words.
#[test]
fn hostile_mail_writes_no_sequence() {
    let world = world();
    let Some(mails) = hostile() else { return };
    for (minutes, (_, bytes)) in (1..).zip(&mails) {
        deliver_bytes(&world, "ada", bytes, minutes);
    }
    let home = Home::new(world);
    let mut tty = home.run();
    tty.until("Today").until("synced").keys("\r").quiet(Duration::from_millis(500));
    for (name, _) in &mails {
        for keys in ["H", "H", "U", "U", "T", "o"] {
            tty.keys(keys).quiet(Duration::from_millis(25));
        }
        tty.keys("\x1b").quiet(Duration::from_millis(60));
        let foreign = foreign(tty.bytes());
        assert!(foreign.is_empty(), "{name}: {foreign:?}");
        tty.keys("J").quiet(Duration::from_millis(25));
    }
    tty.keys("q").quiet(Duration::from_millis(100)).keys("G").quiet(Duration::from_millis(100));
    let foreign = foreign(tty.bytes());
    assert!(foreign.is_empty(), "{foreign:?}");
}

/// The hostile mails by their names, where they are.
pub(crate) fn hostile() -> Option<Vec<(String, Vec<u8>)>> {
    let entries = std::fs::read_dir(shared("hostile")?).unwrap();
    let files = entries.flatten().map(|entry| entry.path());
    let mut mails: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    mails.sort();
    Some(mails)
}

/// A mail with a picture of its own.
fn with_picture() -> Vec<u8> {
    use base64::Engine as _;
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_fn(160, 96, |x, y| image::Rgb([u8::try_from(x).unwrap(), u8::try_from(y).unwrap(), 90]))
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    let coded = base64::engine::general_purpose::STANDARD.encode(png.into_inner());
    format!(
        "From: Mum <mum@home.example>\r\nSubject: tulips\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nThe tulips are out.\r\n--b\r\nContent-Type: image/png; name=tulips.png\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{coded}\r\n--b--\r\n"
    )
    .into_bytes()
}

/// Pictures of the mail: kitty is given the picture once and placeholders in the text, and it is taken away at the end; iTerm2
/// gets its own sequence, sixel its own, a terminal that says nothing half blocks, and none where the config says so.
#[test]
fn pictures_are_drawn_as_the_terminal_can() {
    let world = world();
    deliver_bytes(&world, "ada", &with_picture(), 1);
    let home = Home::new(world);
    let drawn = |variables: &[(&str, &str)], mark: &[u8]| {
        let mut tty = home.run_as(variables);
        tty.until("synced").keys("\r").until("The tulips are out.").until("tulips.png");
        tty.until_bytes(mark).quiet(Duration::from_millis(200));
        tty
    };
    let mut tty = drawn(&[("TERM", "xterm-kitty")], b"\x1b_Ga=T,U=1");
    assert_eq!(count(tty.bytes(), b"\x1b_Ga=T,U=1"), 1, "sent once");
    assert!(count(tty.bytes(), "\u{10eeee}".as_bytes()) > 4, "placed in the text");
    tty.keys("q").quiet(Duration::from_millis(100)).keys("q").until_end();
    assert!(count(tty.bytes(), b"\x1b_Ga=d") > 0, "taken away");
    drop(drawn(&[("TERM_PROGRAM", "iTerm.app"), ("LC_TERMINAL", "iTerm2")], b"\x1b]1337;File="));
    drop(drawn(&[("TERM", "foot")], b"\x1bP"));
    drop(drawn(&[], "▀".as_bytes()));
    home.configure("[ui]\npictures = \"off\"\n");
    let mut tty = home.run_as(&[("TERM", "xterm-kitty")]);
    tty.until("synced").keys("\r").until("[tulips.png").quiet(Duration::from_millis(200));
    assert_eq!(count(tty.bytes(), b"\x1b_G"), 0);
}

/// TM17: what a terminal answers to the questions that it was asked at the start, late and a byte at a time, is no key: nothing
/// is deleted, archived or quit.
#[test]
fn late_answers_of_the_terminal_are_no_keys() {
    let home = Home::new(inbox(&["alpha", "beta"]));
    let mut tty = home.run();
    tty.until("The body of alpha").until("synced");
    let answers = [
        "\x1b]11;rgb:dddd/eeee/dddd\x1b\\",
        "\x1b]10;rgb:eded/dede/eded\x07",
        "\x1b[?62;22;4c",
        "\x1b[1;1R",
        "\x1b[?1u",
        "\x1bP>|tmux 3.4 de\x1b\\",
        "\x1b[I",
    ];
    for answer in answers {
        for byte in answer.bytes() {
            tty.keys(&char::from(byte).to_string()).watch(Duration::from_millis(20));
        }
        tty.watch(Duration::from_millis(100));
    }
    tty.keys("j").until("The body of beta");
    assert_eq!(ids(&home.world, "ada", "INBOX").len(), 2);
}

/// TM19: a terminal with few or no abilities gets plain text: no byte beyond ASCII in the C locale, whatever the mail says, no
/// colours that it has not, no clipboard and no pictures.
#[test]
fn a_poor_terminal_gets_plain_text() {
    let home = Home::new(inbox(&["alpha", "Grüße \u{65e5}\u{672c}"]));
    let mut tty = home.run_as(&[("LANG", "C.UTF-8")]);
    tty.until("Grüße \u{65e5}\u{672c}").keys("q").until_end();
    for (term, colours) in [("dumb", ""), ("linux", ""), ("screen", ""), ("tmux-256color", "")] {
        let mut tty = home.run_as(&[("TERM", term), ("COLORTERM", colours), ("LANG", "C")]);
        tty.until("The body of alpha").until("Gr??e ?").until("synced").quiet(Duration::from_millis(200));
        assert!(tty.bytes().is_ascii(), "{term}");
        let truecolour = count(tty.bytes(), b"38;2;") + count(tty.bytes(), b"48;2;");
        assert_eq!(truecolour, 0, "{term}");
        assert_eq!(count(tty.bytes(), b"\x1b]52;") + count(tty.bytes(), b"\x1b_G") + count(tty.bytes(), b"\x1bP"), 0);
        tty.keys("q").until_end();
    }
}

/// PS33: what a server says in a refusal reaches the screen as words, never as a sequence.
#[test]
fn a_hostile_server_writes_no_sequence() {
    let home = Home::new(inbox(&["alpha"]));
    let words = "over \x1b[2J\x1b]52;c;ZXZpbA==\x07 quota \u{9b}2J\u{202e}";
    home.world.arm(Fault::always(When::Verb("UID MOVE"), Then::No(words.to_owned())));
    let mut tty = home.run();
    tty.until("The body of alpha")
        .until("synced")
        .keys("e")
        .until("quota")
        .keys("w")
        .until("refused")
        .quiet(Duration::from_millis(100));
    let foreign = foreign(tty.bytes());
    assert!(foreign.is_empty(), "{foreign:?}");
}

/// TM16: a paste that carries its own end mark acts on nothing, neither in the list nor in a line that is typed.
#[test]
fn a_paste_with_an_end_mark_acts_on_nothing() {
    let home = Home::new(inbox(&["alpha", "beta"]));
    let mut tty = home.run();
    tty.until("The body of alpha")
        .until("synced")
        .keys("\x1b[200~dd:q!\x1b[201~dd:q!e\r\x1b[201~")
        .quiet(Duration::from_millis(500));
    tty.keys("w").until("nothing waits for a server");
    assert_eq!(ids(&home.world, "ada", "INBOX").len(), 2);
}

/// P3, RL34: what the screen showed as done is done after a kill -9, though the server had not heard of it.
#[test]
fn a_killed_program_keeps_its_word() {
    let home = Home::new(inbox(&["alpha", "beta"]));
    let mut tty = home.run();
    tty.until("The body of alpha").until("synced");
    home.world.arm(Fault::always(When::Verb("UID MOVE"), Then::Hang));
    tty.keys("e").until("Archived 1 message").signal(Signal::KILL);
    tty.until_end();
    home.world.disarm();
    assert_eq!(ids(&home.world, "ada", "Archive").len(), 0);
    deliver(&home.world, "ada", "gamma", 0);
    let mut tty = home.run();
    tty.until("gamma").until("synced");
    tty.wait_for("the archived message", |_| ids(&home.world, "ada", "Archive") == ["alpha"]);
}
