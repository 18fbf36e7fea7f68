//! Keys: sequences, the popup, and the way out.

use rstest::rstest;

use super::{Screen, applied, commands};
use crate::app::footer::hints;
use crate::app::model::{Overlay, Pane};
use crate::app::msg::{Effect, Msg, Timer};
use crate::mail::list::Source;

/// After a prefix key the popup shows when a quarter of a second has gone by, not before.
#[test]
fn popup_after_a_prefix() {
    let mut screen = Screen::new(5);
    screen.press("g");
    assert_eq!(screen.take(), [Effect::After(250, Timer::Prefix)]);
    assert!(screen.model.prefix.as_ref().is_some_and(|prefix| !prefix.shown && prefix.keys == "g"));
    screen.send(Msg::Timer(Timer::Prefix));
    assert!(screen.model.prefix.as_ref().is_some_and(|prefix| prefix.shown));
    screen.press("s");
    assert!(screen.model.prefix.is_none());
    assert_eq!(screen.model.list.source, Some(Source::Folder(crate::mail::FolderId(3))));
}

/// A slip after a prefix does nothing at all: `g e` must not archive.
#[rstest]
#[case("g e")]
#[case("y d")]
#[case("g esc")]
#[case("g q")]
fn slip_after_a_prefix(#[case] keys: &str) {
    let mut screen = Screen::new(5);
    screen.press("j x").press(keys);
    assert_eq!(applied(&screen.take()), []);
    assert!(screen.model.prefix.is_none() && !screen.model.quitting);
    assert_eq!(screen.model.list.marks.len(), 1, "esc leads out of the sequence alone");
}

/// Help and quit work in the middle of a sequence too.
#[test]
fn help_and_quit_in_a_sequence() {
    let mut screen = Screen::new(5);
    screen.press("g ?");
    assert!(matches!(screen.model.overlay, Some(Overlay::Help(_))));
    screen.press("esc g ctrl-c");
    assert!(screen.model.quitting);
}

/// Esc leads out step by step: what floats, the sequence, marks, the reader, and at last stays.
#[test]
fn ladder() {
    let mut screen = Screen::sized(10, (120, 40));
    screen.press("x x v enter");
    assert_eq!(screen.focus(), Pane::Reader);
    screen.press("g");
    screen.press("esc");
    assert!(screen.model.prefix.is_none() && screen.model.list.range.is_some());
    screen.press("?");
    screen.press("esc");
    assert!(screen.model.overlay.is_none() && screen.model.list.range.is_some());
    screen.press("esc");
    assert!(screen.model.list.marks.is_empty() && screen.model.list.range.is_none());
    assert_eq!(screen.focus(), Pane::Reader);
    screen.press("esc");
    assert_eq!(screen.focus(), Pane::List);
    screen.press("esc esc");
    assert!(!screen.model.quitting, "esc never quits");
    screen.press("q");
    assert!(screen.model.quitting);
    assert_eq!(screen.take().last(), Some(&Effect::Quit));
}

/// `q` is esc until the top level, where it quits.
#[test]
fn q_goes_back_first() {
    let mut screen = Screen::new(5);
    screen.press("enter q");
    assert_eq!((screen.focus(), screen.model.quitting), (Pane::List, false));
    screen.press("q");
    assert!(screen.model.quitting);
}

/// In a one-pane screen marks that nobody sees are not cleared on the way back from the reader.
#[test]
fn marks_survive_the_reader() {
    let mut screen = Screen::new(5);
    screen.press("x enter esc");
    assert_eq!((screen.focus(), screen.model.list.marks.len()), (Pane::List, 1));
    screen.press("esc");
    assert!(screen.model.list.marks.is_empty());
}

/// A key without a meaning does nothing.
#[test]
fn unknown_keys() {
    let mut screen = Screen::new(5);
    screen.press("% # ctrl-b alt-x");
    assert_eq!(screen.take(), []);
}

/// `? help` stands at the right of every width and is never dropped (check 2 of UX.md).
#[rstest]
#[case(40)]
#[case(80)]
#[case(120)]
#[case(200)]
fn help_is_pinned(#[case] width: u16) {
    for keys in ["", "x", "enter", "tab", "w", "g"] {
        let mut screen = Screen::sized(5, (width, 40));
        screen.press("j");
        if !keys.is_empty() {
            screen.press(keys);
        }
        let hints = hints(&screen.model);
        let last = hints.last().unwrap();
        assert_eq!((last.key.as_str(), last.word.as_str(), last.x + last.width()), ("?", "help", width - 1));
        for pair in hints.windows(2) {
            assert!(pair[0].x + pair[0].width() < pair[1].x, "{width} {keys} {hints:?}");
        }
    }
}

/// The footer follows the context, in the order of UX.md, section 6.
#[test]
fn footer_follows_the_context() {
    let mut screen = Screen::sized(5, (120, 40));
    let words = |screen: &Screen| {
        hints(&screen.model).iter().take(3).map(|hint| format!("{} {}", hint.key, hint.word)).collect::<Vec<_>>()
    };
    assert_eq!(words(&screen), ["enter open", "e archive", "d delete"]);
    screen.press("x");
    assert_eq!(words(&screen), [" 1 marked", "e archive", "d delete"]);
    screen.press("esc enter");
    assert_eq!(words(&screen), ["e archive", "r reply", "a reply all"]);
}

/// ctrl-z and ctrl-l reach the terminal, whatever has the keys.
#[test]
fn terminal_keys() {
    let mut screen = Screen::new(5);
    screen.press("ctrl-z ctrl-l");
    assert_eq!(screen.take(), [Effect::Suspend, Effect::Redraw]);
    assert_eq!(commands(&screen.take()), []);
}
