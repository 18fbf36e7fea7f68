//! How a letter would be sealed, said before it is sent.

use super::super::Screen;
use super::{habits, letter, orders, reply, screen};
use crate::app::compose::Field;
use crate::app::compose::order::{Habits, News, Order, Prospect};
use crate::app::lend::Lend;
use crate::app::model::Overlay;
use crate::app::msg::{Effect, Msg};
use crate::compose::checks::{Kind, Weight};
use crate::letter::{Letter, LetterId, Seal};
use crate::safe_text::SafeText;

fn asked(screen: &mut Screen) -> Vec<Letter> {
    let letter = |order: Order| match order {
        Order::Prospect(letter) => Some(*letter),
        _ => None,
    };
    screen.ordered().into_iter().filter_map(letter).collect()
}

fn says(screen: &Screen) -> Vec<(Weight, String)> {
    let said = screen.open_letter().said().filter(|check| check.kind == Kind::Seal);
    said.map(|check| (check.weight, check.words.to_string())).collect()
}

fn prospect(words: &str, blocking: bool, unlock: Option<&str>) -> News {
    let (words, unlock) = (SafeText::new(words), unlock.map(str::to_owned));
    News::Prospect(LetterId(7), Prospect { words, blocking, unlock, ..Prospect::default() })
}

/// The seal of the letter that was sent.
fn sent(screen: &mut Screen) -> Seal {
    let seal = |order: Order| match order {
        Order::Send { letter, .. } => Some(letter.seal),
        _ => None,
    };
    screen.ordered().into_iter().find_map(seal).unwrap()
}

/// The keys are asked for when seal or people change, and not for each letter that is typed; a letter that is not sealed
/// has nothing to be told.
#[test]
fn keys_are_looked_for() {
    let mut screen = reply();
    screen.press("x").keep_timer();
    assert_eq!(asked(&mut screen), []);
    screen.press("ctrl-g").keep_timer();
    let letters = asked(&mut screen);
    assert!(letters.len() == 1 && letters[0].seal.sign && letters[0].text.is_empty(), "{letters:?}");
    screen.told(prospect("Signed as Dana", false, None));
    assert_eq!(says(&screen), [(Weight::Tells, "Signed as Dana".to_owned())]);
    screen.press("y").keep_timer();
    assert_eq!(asked(&mut screen), [], "the text says nothing of keys");
    for _ in 0..4 {
        screen.press("ctrl-g");
    }
    screen.keep_timer();
    assert_eq!((asked(&mut screen).len(), says(&screen).len()), (0, 0), "it is not sealed any more");
}

/// Where a key is missing nothing is sent, and the words say whose.
#[test]
fn a_missing_key_is_in_the_way() {
    let mut screen = reply();
    screen.press("ctrl-g ctrl-g").keep_timer();
    screen.told(prospect("There is no key of priya@x.example", true, None)).take();
    screen.press("ctrl-s ctrl-s");
    assert!(screen.ordered().iter().all(|order| !matches!(order, Order::Send { .. })));
    assert_eq!(says(&screen)[0].0, Weight::Blocks);
}

/// Who is hidden can lack a key, too: the focus goes to where he stands.
#[test]
fn the_focus_goes_to_who_has_no_key() {
    let mut screen = reply();
    screen.press("ctrl-g ctrl-g alt-C").type_text("cy@x.example").press("tab").keep_timer();
    let (words, keyless) = (SafeText::new("There is no key of cy@x.example"), Some("cy@x.example".to_owned()));
    let prospect = Prospect { words, blocking: true, keyless, ..Prospect::default() };
    screen.told(News::Prospect(LetterId(7), prospect)).press("ctrl-s");
    assert_eq!(screen.open_letter().field, Field::Bcc);
}

/// A letter that is to be signed, with what unlocks the key; gives the command that has the terminal.
fn unlocking(screen: &mut Screen, key: &str) -> Lend {
    screen.press("ctrl-g").keep_timer();
    screen.told(prospect("Signed as Dana: the passphrase is asked for", false, Some("gpg --unlock"))).take();
    lent(screen, key)
}

fn lent(screen: &mut Screen, key: &str) -> Lend {
    let effects = screen.press(key).take();
    assert!(orders(&effects).iter().all(|order| !matches!(order, Order::Send { .. })), "{effects:?}");
    let taken = effects.into_iter().find_map(|effect| if let Effect::Run(lend) = effect { Some(lend) } else { None });
    let lend = taken.expect("the terminal is asked for");
    assert_eq!(lend.command, "gpg --unlock");
    lend
}

/// A passphrase is typed before the mail is made, since then nobody looks; then it is sent without another key. Where it was
/// not typed, the next key asks again.
#[test]
fn a_passphrase_is_typed_first() {
    let mut screen = reply();
    screen.type_text("Fine.");
    let lend = unlocking(&mut screen, "ctrl-s");
    screen.send(Msg::Unlocked { lend, done: false, said: None });
    assert!(screen.ordered().iter().all(|order| !matches!(order, Order::Send { .. })));
    let lend = lent(&mut screen, "ctrl-s");
    screen.send(Msg::Unlocked { lend, done: true, said: None });
    assert!(screen.ordered().iter().any(|order| matches!(order, Order::Send { .. })));
}

/// One that is to be sent later waits for its time, and one with more to be looked at for another key.
#[test]
fn a_passphrase_alone_sends_nothing() {
    let mut screen = reply();
    screen.type_text("Fine.");
    let lend = unlocking(&mut screen, "ctrl-l");
    screen.send(Msg::Unlocked { lend, done: true, said: None });
    assert!(screen.ordered().iter().all(|order| !matches!(order, Order::Send { .. })));
    assert!(screen.model.overlay.is_none());
    screen.press("ctrl-l");
    assert!(matches!(screen.model.overlay, Some(Overlay::SendLater(_))));

    let mut screen = reply();
    screen.type_text("See what is attached.");
    let lend = unlocking(&mut screen, "ctrl-s");
    screen.send(Msg::Unlocked { lend, done: true, said: None });
    assert!(screen.ordered().iter().all(|order| !matches!(order, Order::Send { .. })));
    screen.press("ctrl-s");
    assert!(screen.ordered().iter().any(|order| matches!(order, Order::Send { .. })));
}

/// What was said to be encrypted bears that when it is sent: whoever makes the mail does not look for himself whether that is
/// possible, be it that somebody without a key came in since. Another seal that the user chose since is the user's.
#[test]
fn what_was_said_is_what_is_sent() {
    let both = Seal { sign: true, encrypt: true, smime: false, plain: false };
    let nothing: fn(&mut Screen) = |_| {};
    let somebody: fn(&mut Screen) = |screen| {
        screen.press("alt-c").type_text("cy@x.example");
    };
    let seal: fn(&mut Screen) = |screen| {
        screen.press("ctrl-g");
    };
    for (change, seal) in [(nothing, both), (somebody, both), (seal, Seal { encrypt: false, ..both })] {
        let mut screen = reply();
        screen.told(News::Desk(Box::new(Habits { seals: true, ..habits() })));
        screen.press("x").keep_timer();
        let Order::Prospect(letter) = screen.ordered().pop().unwrap() else { panic!() };
        assert_eq!(letter.seal, Seal::default());
        let words = SafeText::new("Signed as Dana, encrypted to 1 person and to you");
        let prospect = Prospect { words, seal: both, ..Prospect::default() };
        screen.told(News::Prospect(LetterId(7), prospect));
        change(&mut screen);
        screen.press("ctrl-s");
        assert_eq!(sent(&mut screen), seal);
    }
    let mut screen = reply();
    screen.press("x ctrl-s");
    assert_eq!(sent(&mut screen), Seal::default(), "of which nothing was said");
}

/// Who has all letters sealed by the config is told of it without a key.
#[test]
fn the_config_seals() {
    let mut screen = screen();
    screen.told(News::Desk(Box::new(Habits { seals: true, ..habits() })));
    screen.press("c").begin(letter(7));
    screen.press("a").keep_timer();
    assert_eq!(asked(&mut screen).len(), 1);
}
