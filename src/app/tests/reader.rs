//! The reader: opening, fetching, scrolling, reading on.

use rstest::rstest;

use super::{Screen, applied, commands, laid};
use crate::app::model::{Body, Overlay, Pane, Ticket};
use crate::app::msg::{Effect, Msg, Sheet, Timer};
use crate::app::notice::notices;
use crate::app::reading::Errand;
use crate::mail::{AccountId, MessageId, UnixTime};
use crate::protocol::{Command, Connection, Event, Priority};
use crate::render::{Document, Laid, Line, Link, Part, Shape, Span, SpanRole, View};
use crate::safe_text::SafeText;
use std::sync::Arc;

fn wants(effects: &[Effect]) -> Vec<(i64, Priority)> {
    commands(effects)
        .into_iter()
        .filter_map(|command| match command {
            Command::WantBody { message, priority, .. } => Some((message.0, priority)),
            _ => None,
        })
        .collect()
}

fn document(screen: &mut Screen, document: Document, whole: bool) {
    let (ticket, message) = (screen.lay_ticket(), MessageId(screen.open().unwrap()));
    let laid = Some(Arc::new(Laid { width: 76, lines: Vec::new(), folded: 0, document }));
    screen.send(Msg::Laid { ticket, message, laid, whole });
}

/// What was asked for, timers apart.
fn asked(screen: &mut Screen) -> Vec<Effect> {
    screen.take().into_iter().filter(|effect| !matches!(effect, Effect::After(..))).collect()
}

fn link(target: &str) -> Link {
    Link { target: SafeText::new(target), ..Link::default() }
}

/// Opening: laid out from the cache at once, neighbours fetched, marked as read once it is there. What the list knows to be
/// missing is asked for before anything else, so that no neighbour is a round trip ahead of it (S10).
#[rstest]
#[case("enter")]
#[case("l")]
#[case("right")]
#[case("space")]
fn open(#[case] key: &str) {
    let mut screen = Screen::new(10);
    screen.press("j j").press(key);
    let effects = screen.take();
    assert!(matches!(
        effects[0],
        Effect::Lay {
            message: MessageId(3),
            sheet: Sheet { shape: Shape { width: 76, .. }, view: View::Best, .. },
            ..
        }
    ));
    assert_eq!(applied(&effects), [], "nothing of it is on the screen");
    assert!(matches!(commands(&effects)[0], Command::WantBody { message: MessageId(3), priority: Priority::Open, .. }));
    assert_eq!(wants(&effects)[1..], [4, 5, 2].map(|id| (id, Priority::Neighbour)));
    assert_eq!(screen.focus(), Pane::Reader);
    screen.lay(Some(10));
    assert!(matches!(screen.model.reader.body, Body::Ready(_)));
    assert_eq!(applied(&screen.take()).len(), 1, "marked as read");
    screen.press("u").take();
    screen.event(Event::BodyReady(MessageId(3))).lay(Some(10));
    assert_eq!(applied(&screen.take()), [], "marked once");
}

fn offline(screen: &mut Screen) {
    let state = Connection::Offline { since: UnixTime(0), retry: None, reason: SafeText::new("no route") };
    screen.event(Event::Connection { account: AccountId(1), state });
    screen.take();
}

/// Protects mail that nobody has seen: without a connection, a message whose text is not here stays unread, is no dead end
/// for who reads on, and counts as read when its text comes while it is shown.
#[test]
fn what_never_came_is_not_read() {
    let mut screen = Screen::new(5);
    offline(&mut screen);
    screen.press("enter").lay(None);
    screen.send(Msg::Timer(Timer::MarkSeen(MessageId(1))));
    assert_eq!(applied(&screen.take()), []);
    screen.event(Event::BodyReady(MessageId(1))).lay(Some(5));
    assert_eq!(applied(&screen.take()).len(), 1);

    let mut screen = Screen::new(5);
    offline(&mut screen);
    screen.press("enter").lay(None).press("esc");
    screen.event(Event::BodyReady(MessageId(1))).lay(Some(5));
    assert_eq!((screen.focus(), applied(&screen.take())), (Pane::List, Vec::new()), "it came behind the list");

    let mut screen = Screen::new(5);
    offline(&mut screen);
    screen.press("enter").lay(None).press("space");
    assert_eq!(screen.open(), Some(3));
}

/// Protects who waits on a slow line: the first kilobytes are told, and that there is no line.
#[test]
fn how_much_of_the_rest_is_here() {
    let mut screen = Screen::new(3);
    screen.press("enter").lay(Some(5));
    let told = |screen: &mut Screen, bytes| {
        screen.model.reader.fetching = Some(bytes);
        notices(&screen.model)[0].text.to_string()
    };
    assert_eq!(told(&mut screen, (120_400, 940_000)), "Fetching the rest: 120 of 940 KB");
    assert_eq!(told(&mut screen, (3_000_000, 24_500_000)), "Fetching the rest: 3 of 25 MB");
    offline(&mut screen);
    assert_eq!(told(&mut screen, (0, 940_000)), "The rest comes when work is connected");
}

/// A body that is not in the cache is asked for, shown when it is here, and its progress and failure are seen (S10).
#[test]
fn missing_body() {
    let mut screen = Screen::new(3);
    screen.press("enter");
    screen.take();
    screen.lay(None);
    assert_eq!(wants(&screen.take()), [(1, Priority::Open)]);
    screen.event(Event::BodyProgress { message: MessageId(1), done: 10, total: 100 });
    assert!(matches!(screen.model.reader.body, Body::Loading { progress: Some((10, 100)) }));
    screen.event(Event::BodyFailed { message: MessageId(1), reason: SafeText::new("gone") });
    assert!(matches!(&screen.model.reader.body, Body::Failed(reason) if reason.as_str() == "gone"));
    screen.event(Event::BodyReady(MessageId(1))).lay(Some(5));
    assert!(matches!(screen.model.reader.body, Body::Ready(_)));
}

/// News of other messages' bodies does not touch the open one, and an old layout is dropped.
#[test]
fn others_bodies() {
    let mut screen = Screen::new(3);
    screen.press("enter").lay(Some(5));
    screen.take();
    screen.event(Event::BodyReady(MessageId(2)));
    screen.event(Event::BodyFailed { message: MessageId(2), reason: SafeText::new("gone") });
    screen.send(Msg::Laid { ticket: Ticket(1), message: MessageId(1), laid: Some(laid(99)), whole: true });
    assert_eq!(screen.take(), []);
    assert!(matches!(&screen.model.reader.body, Body::Ready(laid) if laid.lines.len() == 5));
}

/// In three panes the reader follows the cursor; passing over messages marks nothing as read and fetches nothing.
#[test]
fn follows_the_cursor() {
    let mut screen = Screen::sized(10, (120, 40));
    assert_eq!(screen.open(), Some(1));
    screen.press("j j").lay(None);
    let effects = screen.take();
    assert_eq!((screen.open(), screen.focus()), (Some(3), Pane::List));
    assert_eq!(commands(&effects), []);
    assert!(effects.contains(&Effect::After(250, Timer::Rest(MessageId(3)))));
    screen.send(Msg::Timer(Timer::Rest(MessageId(2))));
    assert_eq!(commands(&screen.take()), []);
    screen.send(Msg::Timer(Timer::Rest(MessageId(3))));
    assert_eq!(wants(&screen.take())[0], (3, Priority::Open));
}

/// The reader with the keys counts a message as read after a while, unless it has gone on.
#[test]
fn read_after_a_while() {
    let mut screen = Screen::sized(10, (120, 40));
    screen.press("tab");
    assert_eq!(screen.focus(), Pane::Reader);
    assert!(screen.take().contains(&Effect::After(1500, Timer::MarkSeen(MessageId(1)))));
    screen.press("J").send(Msg::Timer(Timer::MarkSeen(MessageId(1))));
    assert_eq!(applied(&screen.take()), []);
    screen.press("K").lay(Some(5)).send(Msg::Timer(Timer::MarkSeen(MessageId(1))));
    assert_eq!(applied(&screen.take()).len(), 1);
}

/// J and K go through the messages and stop at the ends; the cursor of the list goes along.
#[test]
fn next_and_previous() {
    let mut screen = Screen::new(3);
    screen.press("enter J");
    assert_eq!((screen.open(), screen.cursor()), (Some(2), Some(2)));
    screen.press("J J");
    assert_eq!((screen.open(), screen.toast()), (Some(3), "This is the last message"));
    screen.press("K K K esc");
    assert_eq!((screen.cursor(), screen.focus()), (Some(1), Pane::List));
}

/// After an action in the reader the next message is shown, at the end the list.
#[test]
fn triage_in_the_reader() {
    let mut screen = Screen::new(2);
    screen.press("enter e");
    assert_eq!((screen.open(), screen.focus()), (Some(2), Pane::Reader));
    screen.press("e");
    assert_eq!((screen.open(), screen.focus()), (None, Pane::List));
}

/// Space pages to the end, never past it, then goes to the next unread message; never over a text that is not here yet.
#[test]
fn read_on() {
    let mut screen = Screen::new(10);
    screen.press("enter space");
    assert_eq!(screen.open(), Some(1));
    screen.lay(Some(30));
    screen.press("space");
    assert_eq!((screen.open(), screen.model.reader.scroll), (Some(1), 12));
    screen.press("space");
    assert_eq!(screen.open(), Some(3), "2 is read");
    assert_eq!(screen.model.reader.scroll, 0);
}

/// Scrolling stays within the text.
#[rstest]
#[case("j", 1)]
#[case("j k k", 0)]
#[case("G", 82)]
#[case("G j", 82)]
#[case("ctrl-d", 9)]
#[case("G g g", 0)]
fn scroll(#[case] keys: &str, #[case] expected: usize) {
    let mut screen = Screen::new(3);
    screen.press("enter").lay(Some(100));
    screen.press(keys);
    assert_eq!(screen.model.reader.scroll, expected);
}

/// A new width means a new layout, once; the same width none.
#[test]
fn resize_lays_out_anew() {
    let mut screen = Screen::new(3);
    screen.press("enter").lay(Some(10));
    screen.take();
    screen.send(Msg::Viewport(80, 30));
    assert_eq!(screen.take(), []);
    screen.send(Msg::Viewport(60, 24));
    assert!(matches!(screen.take()[..], [Effect::Lay { sheet: Sheet { shape: Shape { width: 56, .. }, .. }, .. }]));
}

/// Views: headers and source come and go by the same key; the other form only where there is one.
#[test]
fn views() {
    let mut screen = Screen::new(3);
    screen.press("enter").lay(Some(10));
    screen.press("H");
    assert_eq!(screen.model.reader.view, View::Headers);
    screen.lay(Some(10));
    screen.press("H");
    assert_eq!(screen.model.reader.view, View::Best);
    screen.lay(Some(10));
    screen.press("T");
    assert_eq!(screen.toast(), "This message has one form only");
}

/// A long text: its first screens are shown at once, and all of it takes their place without a jump; an old glimpse is dropped.
#[test]
fn a_long_text_is_shown_from_its_beginning() {
    let mut screen = Screen::new(3);
    screen.press("enter");
    let ticket = screen.lay_ticket();
    screen.send(Msg::Glimpse { ticket: Ticket(ticket.0 + 9), laid: laid(7) });
    assert!(matches!(screen.model.reader.body, Body::Loading { .. }));
    screen.send(Msg::Glimpse { ticket, laid: laid(60) });
    screen.press("ctrl-d");
    let scroll = screen.model.reader.scroll;
    assert!(scroll > 0 && screen.model.reader.waiting == Some(ticket));
    screen.lay(Some(5_000));
    assert_eq!(screen.model.reader.scroll, scroll);
    assert!(matches!(&screen.model.reader.body, Body::Ready(laid) if laid.lines.len() == 5_000));
}

/// One link is copied at once, several are listed; opening and saving happen only on this choice (invariant 10).
#[test]
fn links_and_attachments() {
    let mut screen = Screen::new(3);
    screen.press("enter");
    let part = Part { name: SafeText::new("a.pdf"), ..Part::default() };
    let links = vec![link("https://a.example"), link("https://b.example")];
    document(&mut screen, Document { links, parts: vec![part], ..Document::default() }, true);
    screen.take();
    screen.press("o");
    assert!(matches!(&screen.model.overlay, Some(Overlay::Links(picker)) if picker.of == 3));
    screen.press("down enter");
    assert_eq!(screen.take(), [Effect::OpenLink(SafeText::new("https://b.example"))]);
    let take = |errand: Errand| Effect::Take { message: MessageId(1), part: Some(0), errand };
    screen.press("o").type_text("pdf").press("enter");
    assert_eq!(screen.take(), [take(Errand::Open)]);
    screen.press("y y enter");
    assert_eq!(asked(&mut screen), [Effect::Copy(SafeText::new("https://a.example"))]);
    screen.press("y a y s S");
    assert_eq!(
        asked(&mut screen),
        [Effect::Copy(SafeText::new("s1@x.example")), Effect::Copy(SafeText::new("Subject 1")), take(Errand::Save)]
    );
}

/// Protects the number that the text shows: typed into the list, it is that link and no other; words of a link find it.
#[rstest]
#[case("o", "7", Effect::OpenLink(SafeText::new("https://n7.example/")))]
#[case("o", "12", Effect::OpenLink(SafeText::new("https://n12.example/")))]
#[case("y y", "7", Effect::Copy(SafeText::new("https://n7.example/")))]
#[case("o", "unsub", Effect::OpenLink(SafeText::new("https://n3.example/")))]
fn a_number_is_that_link(#[case] keys: &str, #[case] typed: &str, #[case] wanted: Effect) {
    let mut screen = Screen::new(3);
    screen.press("enter");
    // The targets before and behind it have the digits where the letters are hit first.
    let target = |number: usize| match number {
        8 | 13 | 14 => link(&format!("https://7.12.example/{number}")),
        _ => link(&format!("https://n{number}.example/")),
    };
    let span = Span { text: SafeText::new("unsubscribe"), role: SpanRole::Link, link: Some(2), ..Span::default() };
    let lines = vec![Line { spans: vec![span], picture: None }];
    let document = Document { links: (1..=20).map(target).collect(), ..Document::default() };
    let laid = Some(Arc::new(Laid { width: 76, lines, folded: 0, document }));
    let ticket = screen.lay_ticket();
    screen.send(Msg::Laid { ticket, message: MessageId(1), laid, whole: true });
    screen.take();
    screen.press(keys).type_text(typed).press("enter");
    assert_eq!(asked(&mut screen), [wanted]);
}

/// An attachment of a message that is here only in part is fetched first and saved when all of it is here, once.
#[test]
fn save_fetches_the_rest() {
    let mut screen = Screen::new(3);
    screen.press("enter");
    let parts = vec![Part::default()];
    document(&mut screen, Document { parts: parts.clone(), partial: true, ..Document::default() }, false);
    screen.take();
    screen.press("S");
    let whole = Command::WantBody { message: MessageId(1), priority: Priority::Open, whole: true };
    assert_eq!(commands(&screen.take()), [whole]);
    screen.event(Event::BodyReady(MessageId(1)));
    document(&mut screen, Document { parts, ..Document::default() }, true);
    let save = Effect::Take { message: MessageId(1), part: Some(0), errand: Errand::Save };
    assert!(screen.take().contains(&save));
    screen.event(Event::BodyReady(MessageId(1)));
    document(&mut screen, Document::default(), true);
    assert!(!screen.take().contains(&save));
}
