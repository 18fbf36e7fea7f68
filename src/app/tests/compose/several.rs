//! Several letters: what is typed and sent is for the one that the user looks at.

use super::{NOW, Screen, answer, letter, orders, reply, screen};
use crate::app::action::Id;
use crate::app::compose::Write;
use crate::app::compose::order::{News, Order};
use crate::app::model::Ticket;
use crate::letter::{Letter, LetterId};
use crate::mail::UnixTime;
use crate::protocol::{Event, OpId};
use crate::safe_text::SafeText;

/// The ticket of the letter that was asked for last.
fn asked(screen: &mut Screen) -> Ticket {
    let ordered = screen.ordered();
    match ordered.last() {
        Some(Order::Begin { ticket, .. } | Order::Restore(ticket, _)) => *ticket,
        other => panic!("{other:?}"),
    }
}

fn seen(screen: &Screen) -> i64 {
    screen.open_letter().letter.id.0
}

/// The letter that is being written stays in sight, with every word; the other one is a key away.
#[track_caller]
fn is_below(screen: &mut Screen, other: i64) {
    assert_eq!(seen(screen), 8);
    assert!(screen.toast().contains("alt-n shows it"), "{}", screen.toast());
    screen.type_text(" Bob");
    assert!(screen.open_letter().lines.body.text().starts_with("Dear Bob"));
    screen.press("alt-n");
    assert_eq!(seen(screen), other);
}

/// A letter that is begun and written in.
fn written(screen: &mut Screen) {
    screen.run(Id::Write(Write::New)).begin(Letter { to: answer().to, ..letter(8) });
    screen.press("tab tab").type_text("Dear");
}

/// A letter opens below the one that was begun since it was asked for; one that is asked for from another opens over that, and
/// what was typed since is for it.
#[test]
fn nothing_opens_over_what_is_written() {
    let mut screen = screen();
    screen.press("r");
    let ticket = asked(&mut screen);
    written(&mut screen);
    screen.begun(ticket, answer());
    is_below(&mut screen, 7);

    let mut screen = screen_with_one();
    screen.run(Id::Write(Write::New));
    let ticket = asked(&mut screen);
    screen.type_text("Dan").begun(ticket, letter(9));
    assert_eq!((seen(&screen), screen.open_letter().lines.to.text().as_str()), (9, "Dan"));
    screen.press("alt-n");
    assert_eq!((seen(&screen), screen.open_letter().lines.body.text().as_str()), (8, "Dear"));
}

fn screen_with_one() -> Screen {
    let mut screen = screen();
    written(&mut screen);
    screen.take();
    screen
}

/// Sends the answer.
fn sent() -> (Screen, OpId) {
    let mut screen = reply();
    screen.type_text("Fine.");
    screen.take();
    screen.press("ctrl-s");
    let ordered = screen.ordered();
    let Some(Order::Send { op, .. }) = ordered.last() else { panic!("{ordered:?}") };
    let op = *op;
    (screen, op)
}

/// A mail that could not be made, or was called back, comes back below the one that was begun meanwhile.
#[test]
fn what_comes_back_comes_below() {
    let (mut screen, op) = sent();
    written(&mut screen);
    screen.event(Event::OpFailed { op, reason: SafeText::new("no passphrase"), kept: false });
    assert!(screen.toast().starts_with("Not sent: no passphrase"));
    is_below(&mut screen, 7);

    let (mut screen, op) = sent();
    screen.event(Event::OpQueued { op, summary: SafeText::new("Send"), undoable: true });
    screen.press("z");
    written(&mut screen);
    screen.event(Event::OpUndone(op));
    let ticket = asked(&mut screen);
    screen.begun(ticket, answer());
    is_below(&mut screen, 7);
}

/// The same for a draft that the disk did not take.
#[test]
fn what_cannot_be_kept_comes_below() {
    let mut screen = reply();
    screen.type_text("Hi").press("esc");
    written(&mut screen);
    screen.told(News::NotKept(LetterId(7), SafeText::new("disk is full")));
    is_below(&mut screen, 7);
}

/// The key that sends, pressed once too often, does not send the letter that comes up; after any other key it does.
#[test]
fn a_key_too_often_sends_one_letter() {
    let mut screen = screen_with_one();
    screen.run(Id::Write(Write::New)).begin(answer()).press("tab tab").type_text("Fine.");
    screen.take();
    screen.press("ctrl-s ctrl-s ctrl-s ctrl-s");
    let effects = screen.take();
    let letters: Vec<i64> = orders(&effects)
        .iter()
        .filter_map(|order| match order {
            Order::Send { letter, .. } => Some(letter.id.0),
            _ => None,
        })
        .collect();
    assert_eq!((letters, seen(&screen)), (vec![7], 8));
    assert!(screen.toast().contains("look at it"), "{}", screen.toast());
    screen.press("right").press("ctrl-s ctrl-s");
    let ordered = screen.ordered();
    assert!(matches!(ordered.last(), Some(Order::Send { letter, .. }) if letter.id == LetterId(8)), "{ordered:?}");
}

/// Messages are attached to the draft that was meant when it comes back from its way to the disk, and to no other.
#[test]
fn messages_go_to_their_own_draft() {
    let mut screen = reply();
    screen.type_text("Hi").press("esc");
    screen.run(Id::Write(Write::AttachTo));
    let attached = |order: &Order| matches!(order, Order::AttachMessage(LetterId(7), _));
    assert!(screen.ordered().iter().any(attached));
    screen.told(News::Kept(LetterId(7), UnixTime(NOW)));
    screen.run(Id::Write(Write::New)).begin(letter(9));
    assert_eq!(screen.ordered(), []);
}
