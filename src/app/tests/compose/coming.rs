//! Nothing is sent without what is still to be attached, and nothing that was attached is dropped.

use std::sync::Arc;

use rstest::rstest;

use super::{NOW, Screen, answer, file, new, reply, shown};
use crate::app::action::Id;
use crate::app::compose::order::{News, Order};
use crate::app::compose::{Field, Write};
use crate::app::model::Overlay;
use crate::app::msg::{Effect, Msg};
use crate::compose::checks::{Kind, Weight};
use crate::letter::LetterId;
use crate::mail::{MessageId, UnixTime};
use crate::render::{Document, Laid, Part};
use crate::safe_text::SafeText;

const LETTER: LetterId = LetterId(7);

fn sent(orders: &[Order]) -> bool {
    orders.iter().any(|order| matches!(order, Order::Send { .. }))
}

/// What is said of it, where it is in the way.
fn words(screen: &Screen) -> Option<String> {
    let said = screen.open_letter().said().find(|check| check.kind == Kind::Coming);
    said.map(|check| {
        assert_eq!(check.weight, Weight::Blocks);
        check.words.to_string()
    })
}

fn typed_path(screen: &mut Screen) {
    screen.press("ctrl-t").type_text("/tmp/contract.pdf").press("enter");
}

fn pasted_path(screen: &mut Screen) {
    screen.send(Msg::Paste("/tmp/contract.pdf".into()));
    let path = Some("/tmp/contract.pdf".to_owned());
    screen.told(News::Dropped { letter: LETTER, text: "/tmp/contract.pdf".into(), path }).press("enter");
}

/// A file that is still being copied keeps its letter from being sent, at once and later; when it is there, the letter goes
/// with it.
#[rstest]
#[case(typed_path)]
#[case(pasted_path)]
fn a_letter_waits_for_its_file(#[case] attach: fn(&mut Screen)) {
    let mut screen = reply();
    screen.type_text("Here.");
    attach(&mut screen);
    assert_eq!(words(&screen), None, "a quick copy is not worth a word");
    screen.press("ctrl-s ctrl-s");
    assert!(!sent(&screen.ordered()));
    assert_eq!(words(&screen).as_deref(), Some("1 attachment is still being fetched or copied"));
    screen.press("ctrl-l");
    assert!(screen.model.overlay.is_none());
    screen.told(News::Attached(LETTER, file("contract.pdf")));
    assert_eq!(words(&screen), None);
    screen.press("ctrl-s");
    let ordered = screen.ordered();
    let Some(Order::Send { letter, .. }) = ordered.last() else { panic!("{ordered:?}") };
    assert_eq!(letter.attachments, [file("contract.pdf")]);
}

/// A message that is fetched to be attached, be the draft closed or still on its way to the disk when it is asked for.
#[rstest]
#[case(true)]
#[case(false)]
fn a_letter_waits_for_a_message(#[case] closed: bool) {
    let mut screen = reply();
    screen.type_text("Hi").press("esc");
    if closed {
        screen.told(News::Kept(LETTER, UnixTime(NOW)));
    }
    screen.press("j").run(Id::Write(Write::AttachTo));
    if closed {
        screen.begin(answer());
    }
    assert_eq!(screen.ordered().last(), Some(&Order::AttachMessage(LETTER, MessageId(2))));
    screen.press("ctrl-s ctrl-s");
    assert!(!sent(&screen.ordered()));
    screen.told(News::NotAttached(LETTER, SafeText::new("gone")));
    assert_eq!((words(&screen), screen.toast()), (None, "gone"));
    screen.type_text("Yes.").press("ctrl-s");
    assert!(sent(&screen.ordered()));
}

/// A path that was typed is not attached before enter; it stays under the cursor.
#[test]
fn a_typed_path_is_not_forgotten() {
    let mut screen = reply();
    screen.press("ctrl-t").type_text("/tmp/a.pdf").press("ctrl-s ctrl-s");
    assert!(!sent(&screen.ordered()));
    let open = screen.open_letter();
    assert_eq!((open.field, open.lines.path.text().as_str()), (Field::Path, "/tmp/a.pdf"));
    assert!(words(&screen).is_some_and(|words| words.contains("enter attaches it")));
    screen.press("esc");
    assert_eq!(words(&screen), None);
    screen.type_text("Fine.").press("ctrl-s");
    assert!(sent(&screen.ordered()));
}

/// A draft that is closed waits for its file, and is let go with it, or when it does not come; quitting asks before that.
#[rstest]
#[case(true)]
#[case(false)]
fn a_closed_draft_waits_for_its_file(#[case] comes: bool) {
    let mut screen = new();
    typed_path(&mut screen);
    screen.press("esc esc");
    assert!(shown(&screen.model).is_none());
    let closed = Order::Closed(LETTER);
    assert!(!screen.ordered().iter().any(|order| matches!(order, Order::Discard(_)) || *order == closed));
    screen.press("q");
    assert!(matches!(screen.model.overlay, Some(Overlay::Confirm { .. })));
    screen.press("esc");
    assert!(!screen.take().contains(&Effect::Quit));
    if comes {
        screen.told(News::Attached(LETTER, file("contract.pdf")));
        let ordered = screen.ordered();
        assert!(matches!(&ordered[..], [Order::Keep(letter)] if letter.attachments.len() == 1), "{ordered:?}");
        screen.told(News::Kept(LETTER, UnixTime(NOW)));
    } else {
        screen.told(News::NotAttached(LETTER, SafeText::new("no such file")));
    }
    assert_eq!(screen.ordered(), [closed]);
    screen.press("q");
    assert!(screen.take().contains(&Effect::Quit));
}

/// What is attached to another mail goes into the letter that was closed last, or into a new one; of several one is picked,
/// and the letter does not go without it.
#[test]
fn attachments_of_others_come_along() {
    let mut screen = reply();
    screen.type_text("Hi").press("esc");
    screen.told(News::Kept(LETTER, UnixTime(NOW)));
    screen.press("j enter");
    let part = |name: &str| Part { name: SafeText::new(name), ..Part::default() };
    read(&mut screen, vec![part("a.pdf"), part("b.pdf")]);
    screen.take();
    screen.press("ctrl-t");
    assert!(matches!(&screen.model.overlay, Some(Overlay::Links(picker)) if picker.of == 2));
    screen.press("down enter").begin(answer());
    assert_eq!(screen.ordered(), [Order::AttachPart(LETTER, MessageId(2), 1)]);
    screen.press("ctrl-s");
    assert_eq!(words(&screen).as_deref(), Some("1 attachment is still being fetched or copied"));
    assert!(!sent(&screen.ordered()));
    screen.told(News::Attached(LETTER, file("b.pdf"))).press("ctrl-s");
    assert!(sent(&screen.ordered()));
}

/// Without a letter one is begun for it; without an attachment nothing is.
#[test]
fn an_attachment_begins_a_letter() {
    let mut screen = super::screen();
    screen.press("enter");
    read(&mut screen, Vec::new());
    screen.take();
    screen.press("ctrl-t");
    assert_eq!((screen.ordered(), screen.toast()), (Vec::new(), "Nothing is attached to this message"));
    let mut screen = super::screen();
    screen.press("enter");
    read(&mut screen, vec![Part::default()]);
    screen.take();
    screen.press("ctrl-t").begin(super::letter(7));
    assert_eq!(screen.ordered(), [Order::AttachPart(LETTER, MessageId(1), 0)]);
}

/// The layout of the open message comes, with these attachments.
fn read(screen: &mut Screen, parts: Vec<Part>) {
    let (ticket, message) = (screen.lay_ticket(), MessageId(screen.open().unwrap()));
    let document = Document { parts, ..Document::default() };
    let laid = Some(Arc::new(Laid { width: 76, document, ..Laid::default() }));
    screen.send(Msg::Laid { ticket, message, laid, whole: true });
}
