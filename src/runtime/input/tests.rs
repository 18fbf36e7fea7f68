//! Sequences that lost their escape.

use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::Input;
use super::torn::{Taken, Torn};
use crate::app::key::{Code, Key};
use crate::app::msg::{Mouse, Msg};

fn key(letter: char) -> Key {
    Key::plain(Code::Char(letter))
}

/// What the keys are, the escape key first, when each comes so many milliseconds after the one before.
fn taken(keys: &str, gap: u64) -> Vec<Taken> {
    let mut torn = Torn::default();
    let mut now = Instant::now();
    let keys = std::iter::once(Key::plain(Code::Esc)).chain(keys.chars().map(key));
    keys.map(|key| {
        now += Duration::from_millis(gap);
        torn.take(key, now)
    })
    .skip(1)
    .collect()
}

/// The last that the keys are; nothing came out before it.
fn last(keys: &str) -> Taken {
    let mut all = taken(keys, 1);
    let last = all.pop().unwrap();
    assert!(all.iter().all(|taken| *taken == Taken::Nothing), "{keys}: {all:?}");
    last
}

fn mouse(kind: MouseEventKind, modifiers: KeyModifiers) -> Taken {
    Taken::Event(Event::Mouse(MouseEvent { kind, column: 49, row: 9, modifiers }))
}

/// TM17: what the terminal reports right behind the escape key is what it is: the mouse, the focus, an arrow; what is not known
/// is nothing.
#[test]
fn a_torn_sequence_is_no_key() {
    let none = KeyModifiers::NONE;
    assert_eq!(last("[<0;50;10M"), mouse(MouseEventKind::Down(MouseButton::Left), none));
    assert_eq!(last("[<0;50;10m"), mouse(MouseEventKind::Up(MouseButton::Left), none));
    assert_eq!(last("[<32;50;10M"), mouse(MouseEventKind::Drag(MouseButton::Left), none));
    assert_eq!(last("[<16;50;10M"), mouse(MouseEventKind::Down(MouseButton::Left), KeyModifiers::CONTROL));
    assert_eq!(last("[<64;50;10M"), mouse(MouseEventKind::ScrollUp, none));
    assert_eq!(last("[<65;50;10M"), mouse(MouseEventKind::ScrollDown, none));
    assert_eq!(last("[I"), Taken::Event(Event::FocusGained));
    assert_eq!(last("[O"), Taken::Event(Event::FocusLost));
    assert_eq!(last("[A"), Taken::Event(Event::Key(KeyCode::Up.into())));
    assert_eq!(last("OB"), Taken::Event(Event::Key(KeyCode::Down.into())));
    assert_eq!(last("[200~"), Taken::Paste);
    for nothing in
        ["[3~", "[15~", "[1;5A", "[?62;22;4c", "[1;1R", "[<0;0;0M", "[<99;1;1M", "[<0;5;x", "[M !!", "OP", "[[A"]
    {
        assert_eq!(last(nothing), Taken::Nothing, "{nothing}");
        let mut with_key = taken(&format!("{nothing}e"), 1);
        assert_eq!(with_key.pop(), Some(Taken::Keys(vec![key('e')])), "{nothing} is over");
    }
}

/// Keys that a hand types behind the escape key are keys, in their order, and none waits for a key that never comes.
#[test]
fn typed_keys_stay_keys() {
    let keys = |letters: &str| Taken::Keys(letters.chars().map(key).collect());
    assert_eq!(taken("[e", 1), [Taken::Nothing, keys("[e")]);
    assert_eq!(taken("[<e", 1), [Taken::Nothing, Taken::Nothing, keys("[<e")]);
    assert_eq!(taken("Oe", 1), [Taken::Nothing, keys("Oe")]);
    assert_eq!(taken("e[<0;", 1), ["e", "[", "<", "0", ";"].map(keys), "not right behind it");
    assert_eq!(
        taken("[<0;50;10M", 80),
        "[<0;50;10M".split("").filter(|key| !key.is_empty()).map(keys).collect::<Vec<_>>()
    );
    let mut torn = Torn::default();
    let now = Instant::now();
    torn.take(Key::plain(Code::Esc), now);
    assert!(!torn.is_waiting());
    torn.take(key('['), now);
    assert!(torn.is_waiting() && torn.until() > Some(now));
    assert_eq!(torn.release(), [key('[')]);
    assert!(!torn.is_waiting());
    torn.take(Key::plain(Code::Esc), now);
    torn.take(key('['), now);
    assert_eq!(torn.take(key('e'), now + Duration::from_secs(1)), keys("[e"), "late, and in order");
}

/// The escape key and the click behind it are both seen, and text whose begin was torn is no key.
#[test]
fn input_goes_on_behind_a_torn_sequence() {
    let press = |input: &mut Input, keys: &str| -> Vec<Msg> {
        let code = |letter| if letter == '\x1b' { KeyCode::Esc } else { KeyCode::Char(letter) };
        keys.chars().flat_map(|letter| input.messages(Event::Key(code(letter).into()))).collect()
    };
    let mut input = Input::default();
    let esc = Key::plain(Code::Esc);
    let told = press(&mut input, "\x1b[<0;50;10M");
    assert!(matches!(&told[..], [Msg::Key(key), Msg::Mouse(Mouse::Click, 49, 9)] if *key == esc), "{told:?}");
    assert!(matches!(press(&mut input, "\x1b[200~dd:q!e")[..], [Msg::Key(_)]));
}
