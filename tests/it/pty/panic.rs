//! A panic gives the terminal back like every other end.

use posthaste::runtime::terminal::Screen;
use posthaste::safe_text::SafeText;

use super::tty::Tty;
use super::{assert_given_back, count};

/// Set where this test is the program on the terminal.
const CHILD: &str = "POSTHASTE_TEST_PANICS";

/// What panics: the screen's own thread, with everything taken that can be.
fn panics() {
    let main = std::thread::Builder::new().name("main".to_owned());
    let thread = main.spawn(|| {
        let mut screen = Screen::enter(Some(true), true).unwrap();
        screen.title(&SafeText::from_static("posthaste (3)")).unwrap();
        screen.progress(Some(40)).unwrap();
        panic!("a bug with \u{1b}[2J in its words");
    });
    thread.unwrap().join().unwrap_err();
}

/// TM15, check 6 of UX.md: a panic gives back raw mode, screen, mouse, paste, focus, title and progress before it speaks.
#[test]
fn a_panic_gives_the_terminal_back() {
    if std::env::var_os(CHILD).is_some() {
        return panics();
    }
    let mut tty = Tty::this_test("pty::panic::a_panic_gives_the_terminal_back", CHILD);
    tty.until_end();
    assert_given_back(&tty);
    let at = |wanted: &[u8]| tty.bytes().windows(wanted.len()).rposition(|window| window == wanted);
    assert!(at(b"]9;4;1;40") < at(b"]9;4;0;0") && at(b"]9;4;0;0").is_some(), "the progress is taken back");
    assert!(at(b"a bug with") > at(b"\x1b[?1049l"), "it speaks afterwards");
    assert_eq!(count(tty.bytes(), b"\x1b[2J in"), 0);
}
