//! An editor has the terminal, and however it ends the terminal and the text are there again.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use posthaste::runtime::terminal::Screen;

use super::tty::Tty;
use super::{assert_given_back, count};

/// Set where these tests are the program on the terminal.
const CHILD: &str = "POSTHASTE_TEST_EDITS";

/// Gives the terminal to each of these scripts in turn, and says what came of them when it is given back for good.
fn edits(scripts: &[&str]) {
    let file = Path::new(&std::env::var_os("HOME").unwrap()).join("text.eml");
    let mut screen = Screen::enter(Some(true), true).unwrap();
    let mut said = Vec::new();
    for script in scripts {
        std::fs::write(&file, "One\n").unwrap();
        let arguments = ["-c", script, "sh"].map(OsString::from).into_iter().chain([file.clone().into_os_string()]);
        let trouble = screen.edit(OsStr::new("sh"), &arguments.collect::<Vec<_>>()).unwrap();
        said.push((trouble, std::fs::read_to_string(&file).unwrap()));
    }
    said.push((screen.edit(OsStr::new("no-such-editor"), &[]).unwrap(), String::new()));
    drop(screen);
    for (number, (trouble, text)) in said.iter().enumerate() {
        println!("\r\n{number}: {trouble:?} {text:?}");
    }
}

/// TM15: an editor that saves, fails, dies in the middle of its own screen, or is stopped where no shell could bring it back:
/// each time the screen is taken again, what was saved is there, and at the end the terminal is as it was.
#[test]
fn an_editor_gives_the_terminal_back() {
    if std::env::var_os(CHILD).is_some() {
        return edits(&[
            "echo Two >> \"$1\"",
            "echo Two >> \"$1\"; exit 3",
            "stty raw -echo; printf '\\033[?1h\\033[?1000h'; echo Two >> \"$1\"; kill -9 $$",
            "kill -STOP $$; echo Two >> \"$1\"",
        ]);
    }
    let mut tty = Tty::this_test("pty::editor::an_editor_gives_the_terminal_back", CHILD);
    tty.until_end();
    assert_given_back(&tty);
    let screen = tty.screen();
    for wanted in [
        "0: None \"One\\nTwo\\n\"",
        "1: Some(\"the editor ended with exit status: 3\") \"One\\nTwo\\n\"",
        "2: Some(\"the editor ended with signal: 9 (SIGKILL)\") \"One\\nTwo\\n\"",
        "3: None \"One\\nTwo\\n\"",
        "4: Some(\"no-such-editor could not be run",
    ] {
        assert!(screen.contains(wanted), "{wanted}\n{screen}");
    }
    assert_eq!(count(tty.bytes(), b"\x1b[?1049h"), 6, "taken again after each");
    assert!(count(tty.bytes(), b"\x1b[?1l") > 0, "what the dead editor left is undone");
}

/// TM15: ctrl-z in an editor stops the program with it, and the shell brings both back.
#[test]
fn an_editor_is_suspended_with_us() {
    if std::env::var_os(CHILD).is_some() {
        return edits(&["kill -STOP $$; echo Two >> \"$1\""]);
    }
    let mut tty = Tty::this_test_under_a_shell("pty::editor::an_editor_is_suspended_with_us", CHILD);
    tty.until_bytes(b"SHELL");
    assert_eq!(count(tty.bytes(), b"\x1b[?1049l"), 1, "given back while the editor has it:\n{}", tty.screen());
    tty.keys("\r").until_bytes(b"RESUMED").until("0: None \"One\\nTwo\\n\"");
}
