//! Finding words in the open message, selecting lines and copying them.

use std::sync::Arc;

use super::Screen;
use crate::app::model::Body;
use crate::app::msg::{Effect, Msg};
use crate::app::reading::{Places, Selection};
use crate::mail::MessageId;
use crate::render::{Document, Hit, Laid, Line, Piece, Quotes, Span, SpanRole};
use crate::safe_text::SafeText;

/// A screen of 80x24 with a message of these lines open.
fn reading(lines: usize) -> Screen {
    let mut screen = Screen::new(3);
    screen.press("enter");
    let (ticket, message) = (screen.lay_ticket(), MessageId(1));
    let line = |number: usize| Line {
        spans: vec![
            Span { text: SafeText::new("▏"), role: SpanRole::Bar(1), ..Span::default() },
            Span { text: SafeText::new(&format!(" line {number}")), ..Span::default() },
        ],
        picture: None,
    };
    let lines = (0..lines).map(line).collect();
    let laid = Some(Arc::new(Laid { width: 76, lines, folded: 3, document: Document::default() }));
    screen.send(Msg::Laid { ticket, message, laid, whole: true });
    screen.take();
    screen
}

fn hit(line: usize) -> Hit {
    Hit { pieces: vec![Piece { line, from: 0, to: 4 }] }
}

/// What the layout thread was asked to find, and its answer.
fn answer(screen: &mut Screen, lines: &[usize]) -> Vec<String> {
    let mut asked = Vec::new();
    for effect in screen.take() {
        if let Effect::Find { ticket, text, .. } = effect {
            asked.push(text.to_string());
            let hits = lines.iter().copied().map(hit).collect();
            screen.send(Msg::Found { ticket, places: Places { hits, ..Places::default() } });
        }
    }
    asked
}

/// Protects the search in a message: it runs with every letter, goes to the first place below the top of the view, and n
/// and N go round; esc leads out of the search before it leads out of the message.
#[test]
fn words_are_found_while_typing() {
    let mut screen = reading(100);
    screen.press("/").type_text("li");
    assert_eq!(answer(&mut screen, &[2, 50, 80]), ["l", "li"]);
    screen.press("enter n");
    assert_eq!(screen.model.reader.find.as_ref().unwrap().at, 1);
    let top = screen.model.reader.scroll;
    assert!(top <= 50 && top > 50 - 20, "{top}");
    screen.press("n n");
    assert_eq!((screen.model.reader.find.as_ref().unwrap().at, screen.toast()), (0, "From the top again"));
    assert!(screen.model.reader.scroll <= 2);
    screen.press("N");
    assert_eq!(screen.model.reader.find.as_ref().unwrap().at, 2);
    screen.press("esc");
    assert!(screen.model.reader.find.is_none() && screen.model.reader.message.is_some());
}

/// Answers the search on its way.
fn tell(screen: &mut Screen, places: Places) {
    let ticket = screen.model.reader.find.as_ref().unwrap().waiting.unwrap();
    screen.send(Msg::Found { ticket, places });
}

fn places(lines: &[usize], folded: usize) -> Places {
    Places { hits: lines.iter().copied().map(hit).collect(), folded, elsewhere: None }
}

/// Protects words in a folded quote: it is opened where they stand nowhere else, and with enter for all of them; it is
/// folded again when the search ends, unless the user has opened or folded it since.
#[test]
fn quotes_open_for_what_is_found_in_them() {
    let mut screen = reading(40);
    screen.press("/").type_text("x");
    tell(&mut screen, places(&[], 1));
    assert_eq!(screen.model.reader.quotes, Quotes::Open);
    screen.lay(Some(90));
    tell(&mut screen, places(&[70], 0));
    let scroll = screen.model.reader.scroll;
    assert!(scroll <= 70 && scroll > 70 - 20, "{scroll}");
    screen.press("enter esc");
    assert_eq!((screen.model.reader.quotes, screen.model.reader.find.is_none()), (Quotes::Folded, true));

    let mut screen = reading(40);
    screen.press("/").type_text("x");
    tell(&mut screen, places(&[2], 1));
    assert_eq!(screen.model.reader.quotes, Quotes::Folded, "there is something to show while one types");
    screen.press("enter");
    assert_eq!(screen.model.reader.quotes, Quotes::Open);
    screen.lay(Some(90));
    tell(&mut screen, places(&[2, 70], 0));
    assert_eq!(screen.model.reader.find.as_ref().unwrap().hits.len(), 2);
    screen.press("Q").lay(Some(40));
    tell(&mut screen, places(&[2], 1));
    assert_eq!(screen.model.reader.quotes, Quotes::Folded, "it was folded by hand");
}

/// Protects from an answer to an older search, and from a search that is given up while it is typed.
#[test]
fn only_the_latest_search_counts() {
    let mut screen = reading(100);
    screen.press("/").type_text("ab");
    let tickets: Vec<_> = screen
        .take()
        .into_iter()
        .filter_map(|effect| if let Effect::Find { ticket, .. } = effect { Some(ticket) } else { None })
        .collect();
    let places = Places { hits: vec![hit(9)], ..Places::default() };
    screen.send(Msg::Found { ticket: tickets[0], places });
    assert!(screen.model.reader.find.as_ref().unwrap().hits.is_empty());
    screen.press("esc");
    assert!(screen.model.reader.find.is_none() && screen.model.overlay.is_none());
    screen.press("n");
    assert_eq!(screen.toast(), "Nothing was found here; / finds words in the message");
}

/// Protects what is copied: the selected lines with their quote marks, the whole text without a selection.
#[test]
fn lines_are_selected_and_copied() {
    let mut screen = reading(40);
    screen.press("ctrl-d v j j k");
    let half = screen.model.reader.scroll;
    assert_eq!(screen.model.reader.selection, Some(Selection { anchor: half, head: half + 1 }));
    screen.press("y y");
    let lines = vec![SafeText::new(&format!("> line {half}")), SafeText::new(&format!("> line {}", half + 1))];
    assert_eq!(screen.take().pop(), Some(Effect::CopyLines(lines)));
    assert_eq!(screen.model.reader.selection, None);
    screen.press("v G");
    assert_eq!(screen.model.reader.selection.unwrap().head, 39);
    assert_eq!(screen.model.reader.scroll, 40 - screen.page());
    screen.press("esc y t");
    let Some(Effect::CopyLines(all)) = screen.take().pop() else { panic!() };
    assert_eq!(all.len(), 40);
}

/// Protects folded quotes: Q unfolds and folds them, and says where there is nothing to unfold.
#[test]
fn quotes_unfold() {
    let mut screen = reading(40);
    screen.press("Q");
    assert!(matches!(screen.take()[..], [Effect::Lay { sheet, .. }] if sheet.shape.quotes == Quotes::Open));
    screen.lay(Some(50)).press("Q");
    assert!(matches!(screen.take()[..], [Effect::Lay { sheet, .. }] if sheet.shape.quotes == Quotes::Folded));
    screen.lay(Some(50)).press("Q");
    assert_eq!(screen.toast(), "No quote of this message is folded");
    assert!(matches!(screen.model.reader.body, Body::Ready(_)));
}
