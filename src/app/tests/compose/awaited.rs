//! A letter that was asked for and is not here yet: what is typed meanwhile is for it, and for nothing else.

use rstest::rstest;

use super::super::applied;
use super::{Screen, answer, letter, orders, screen};
use crate::app::action::Id;
use crate::app::compose::order::{News, Order};
use crate::app::compose::{Field, shown};
use crate::app::model::Ticket;
use crate::app::msg::{Mouse, Msg, Press, Timer};
use crate::letter::LetterId;
use crate::safe_text::SafeText;

/// The key of an answer was pressed, and then these; nothing but the letter was asked for. Gives its ticket.
fn asked(screen: &mut Screen, keys: &str) -> Ticket {
    screen.press(keys);
    let effects = screen.take();
    assert_eq!(applied(&effects), [], "nothing below is touched");
    assert_eq!((screen.cursor(), screen.open()), (Some(1), None));
    let ordered = orders(&effects);
    let [Order::Begin { ticket, .. }] = &ordered[..] else { panic!("{ordered:?}") };
    *ticket
}

/// What is typed and pasted before the letter is here goes into it, in its order; clicks do nothing.
#[test]
fn what_is_typed_meanwhile_is_for_the_letter() {
    let mut screen = screen();
    let ticket = asked(&mut screen, "r j j e s");
    assert_eq!(screen.toast(), "Fetching the mail… esc stops it");
    screen.send(Msg::Paste(" d\nq".into())).send(Msg::Mouse(Mouse::Click, 30, 8));
    screen.send(Msg::Press(Press::Run(Id::Archive))).press("x");
    assert_eq!((applied(&screen.take()), screen.cursor()), (vec![], Some(1)));
    screen.begun(ticket, answer());
    assert!(screen.open_letter().lines.body.text().starts_with("jjes d\nqx\n"));
    assert_eq!(screen.toast(), "");
    assert_eq!(applied(&screen.take()), []);
    let mut screen = super::screen();
    let ticket = asked(&mut screen, "f a tab S u");
    screen.begun(ticket, letter(7));
    let open = screen.open_letter();
    assert_eq!((open.lines.to.text().as_str(), open.lines.subject.text().as_str()), ("a", "Su"));
}

/// Of a letter that opens at once nothing is said; of one that takes its time it is, whatever else is to be said.
#[test]
fn waiting_is_said() {
    let mut screen = screen();
    screen.press("c");
    assert_eq!(screen.toast(), "");
    screen.send(Msg::Timer(Timer::Awaited));
    assert_eq!(screen.toast(), "Opening a new mail… esc stops it");
    screen.send(Msg::EffectDone(SafeText::new("Saved")));
    assert_eq!(screen.toast(), "Opening a new mail… esc stops it");
    screen.begin(letter(7));
    assert_eq!(screen.toast(), "Saved");
}

/// Esc calls the letter off: what was typed for it goes, the list has its keys again, and what comes of it is thrown away.
#[test]
fn esc_calls_it_off() {
    let mut screen = screen();
    let ticket = asked(&mut screen, "r e e esc");
    assert!(screen.toast().starts_with("Stopped"));
    screen.press("j");
    assert_eq!(screen.cursor(), Some(2));
    screen.begun(ticket, answer());
    assert!(shown(&screen.model).is_none());
    let effects = screen.take();
    assert_eq!((orders(&effects), applied(&effects)), (vec![Order::Discard(LetterId(7))], vec![]));
}

/// What cannot be begun gives the keys that were for it to nobody.
#[rstest]
#[case("r e e", "no such message")]
#[case("r e esc", "Stopped: no mail is opened")]
fn what_is_refused_runs_no_key(#[case] keys: &str, #[case] said: &str) {
    let mut screen = screen();
    let ticket = asked(&mut screen, keys);
    screen.told(News::NotBegun(ticket, SafeText::new("no such message")));
    assert_eq!((screen.toast(), screen.cursor()), (said, Some(1)));
    assert_eq!(applied(&screen.take()), []);
    screen.press("j");
    assert_eq!(screen.cursor(), Some(2));
}

/// Nobody sends or discards what nobody has seen: keys end there.
#[rstest]
#[case("ctrl-s")]
#[case("alt-x")]
fn nothing_is_sent_unseen(#[case] key: &str) {
    let mut screen = screen();
    let ticket = asked(&mut screen, &format!("r H i {key} {key} e"));
    screen.begun(ticket, answer());
    assert!(screen.open_letter().lines.body.text().starts_with("Hi\n"));
    assert!(screen.toast().contains("look at it"));
    let sent = |order: &Order| matches!(order, Order::Send { .. } | Order::Discard(_));
    assert!(!screen.ordered().iter().any(sent));
    assert_eq!(screen.open_letter().field, Field::Body);
}

/// More than is held is said to be missing, and nothing after the gap is put in.
#[test]
fn what_is_held_is_bounded() {
    let mut screen = screen();
    screen.press("r");
    screen.send(Msg::Paste("a".into())).send(Msg::Paste("b".repeat(70_000))).press("c");
    screen.begin(answer());
    assert!(screen.open_letter().lines.body.text().starts_with("a\n"));
    assert!(screen.toast().contains("missing"), "{}", screen.toast());
}

/// Nothing holds a key of the way out.
#[test]
fn the_program_can_be_left() {
    let mut screen = screen();
    screen.press("r ctrl-c");
    assert!(screen.model.quitting || screen.model.overlay.is_some());
}
