//! The conversation view: what is open, where the keys go, what stays in place.

use super::{Screen, applied, commands, laid, message};
use crate::app::model::Body;
use crate::app::msg::{Effect, Msg, Query, Timer};
use crate::app::reading::Places;
use crate::mail::MessageId;
use crate::protocol::{Action, Command, Event};
use crate::render::{Hit, Piece};

/// A screen with message 4 open among 6, 5, 4, 3 (oldest first; odd ones are unread), each text of `lines` lines.
fn conversation(lines: usize) -> Screen {
    let mut screen = Screen::new(10);
    for row in &mut screen.model.list.rows {
        row.thread = 4;
    }
    screen.press("j j j enter").lay(Some(lines)).press("O");
    let ticket = screen.conversation_ticket();
    let rows = [6, 5, 4, 3].map(message).to_vec();
    screen.send(Msg::Conversation { ticket, rows });
    screen
}

impl Screen {
    fn conversation_ticket(&mut self) -> crate::app::model::Ticket {
        let load = |effect: &Effect| match effect {
            Effect::Load(ticket, Query::Conversation(_)) => Some(*ticket),
            _ => None,
        };
        self.effects.iter().rev().find_map(load).unwrap()
    }

    fn sections(&self) -> Vec<(i64, bool)> {
        let conversation = self.model.reader.conversation.as_ref().unwrap();
        conversation.sections.iter().map(|section| (section.row.id.0, section.open)).collect()
    }

    /// Answers every layout of a text beside the focused one.
    fn lay_sections(&mut self, lines: usize) -> Vec<i64> {
        let mut asked = Vec::new();
        for effect in self.take() {
            if let Effect::Lay { ticket, message, aside: Some(_), .. } = effect {
                asked.push(message.0);
                self.send(Msg::Laid { ticket, message, laid: Some(laid(lines)), whole: true });
            }
        }
        asked
    }
}

/// Protects the view: the read messages are a line each, the unread ones and the opened one are open, and the opened one
/// stays at the top of the pane when the texts above it come.
#[test]
fn unread_messages_are_open() {
    let mut screen = conversation(30);
    assert_eq!(screen.sections(), [(6, false), (5, true), (4, true), (3, true)]);
    assert_eq!(screen.open(), Some(4));
    assert_eq!(screen.model.reader.scroll, 1 + 4, "a folded line, a text on its way");
    assert_eq!(screen.lay_sections(10), [5, 3]);
    assert_eq!(screen.model.reader.scroll, 1 + 13);
}

/// Protects the keys: j and k go by message, enter folds and opens, actions touch the focused message alone, and what is
/// looked at for a while counts as read.
#[test]
fn keys_go_by_message() {
    let mut screen = conversation(30);
    screen.lay_sections(10);
    screen.press("j");
    assert_eq!(screen.open(), Some(3));
    assert!(screen.take().contains(&Effect::After(1500, Timer::MarkSeen(MessageId(3)))));
    assert!(matches!(screen.model.reader.body, Body::Ready(_)));
    assert_eq!(screen.cursor(), Some(3), "the list goes along");
    screen.press("s");
    assert!(matches!(&applied(&screen.take())[..], [(Action::Flag(_), messages)] if *messages == [3]));
    screen.press("k k k k k");
    assert_eq!(screen.open(), Some(6));
    screen.take();
    screen.press("enter");
    assert_eq!(screen.sections()[0], (6, true));
    screen.lay(Some(5)).press("enter");
    assert_eq!(screen.sections()[0], (6, false));
}

/// Protects what is not in the cache: it is asked for, shown when it comes, and its failure is said in its place.
#[test]
fn missing_texts_are_fetched() {
    let mut screen = conversation(30);
    let lays: Vec<_> = screen
        .take()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Lay { ticket, message, aside: Some(_), .. } => Some((ticket, message)),
            _ => None,
        })
        .collect();
    for (ticket, message) in lays {
        screen.send(Msg::Laid { ticket, message, laid: None, whole: false });
    }
    let wanted = |command: &Command| matches!(command, Command::WantBody { message: MessageId(3 | 5), .. });
    assert_eq!(commands(&screen.take()).iter().filter(|command| wanted(command)).count(), 2);
    screen.event(Event::BodyReady(MessageId(5)));
    assert_eq!(screen.lay_sections(10), [5]);
    screen.event(Event::BodyFailed { message: MessageId(3), reason: crate::safe_text::SafeText::new("gone") });
    let conversation = screen.model.reader.conversation.as_ref().unwrap();
    assert!(matches!(conversation.sections[3].body, Body::Failed(_)));
}

/// Protects the way back: O shows the message alone; the next one that is opened comes with its conversation while that is
/// wished, and alone when nothing belongs to it.
#[test]
fn the_view_stays_as_chosen() {
    let mut screen = conversation(30);
    screen.take();
    screen.press("J");
    assert!(screen.take().iter().any(|effect| matches!(effect, Effect::Load(_, Query::Conversation(MessageId(5))))));
    screen.lay(Some(3)).press("O");
    assert!(screen.model.reader.conversation.is_none());
    screen.take();
    screen.press("J");
    assert!(!screen.take().iter().any(|effect| matches!(effect, Effect::Load(_, Query::Conversation(_)))));
}

/// Protects words that stand in another message: with enter the view goes there, though that message is folded.
#[test]
fn words_are_found_in_the_other_messages() {
    let mut screen = conversation(30);
    screen.lay_sections(10);
    let asked = |screen: &mut Screen| {
        let find =
            |effect| if let Effect::Find { ticket, others, .. } = effect { Some((ticket, others)) } else { None };
        screen.take().into_iter().filter_map(find).next_back().unwrap()
    };
    screen.press("/").type_text("x");
    let (ticket, others) = asked(&mut screen);
    assert_eq!(others, [], "nothing moves while one types");
    screen.send(Msg::Found { ticket, places: Places::default() });
    screen.press("enter");
    let (ticket, others) = asked(&mut screen);
    assert_eq!(others, [3, 6, 5].map(MessageId));
    screen.send(Msg::Found { ticket, places: Places { elsewhere: Some(MessageId(6)), ..Places::default() } });
    assert_eq!((screen.open(), screen.sections()[0]), (Some(6), (6, true)));
    screen.lay(Some(30));
    let (ticket, _) = asked(&mut screen);
    let hits = vec![Hit { pieces: vec![Piece { line: 20, from: 0, to: 1 }] }];
    screen.send(Msg::Found { ticket, places: Places { hits, ..Places::default() } });
    let scroll = screen.model.reader.scroll;
    assert!((22 - 20..=22).contains(&scroll) && scroll > 0, "{scroll}");
}

/// Protects what is shown from news: messages that come while it is open are added, and the others stay as they are.
#[test]
fn news_are_added() {
    let mut screen = conversation(30);
    screen.lay_sections(10);
    screen.press("k enter").take();
    assert_eq!(screen.sections()[1], (5, false));
    screen.event(Event::FolderChanged(super::INBOX));
    let ticket = screen.conversation_ticket();
    screen.send(Msg::Conversation { ticket, rows: [6, 5, 4, 3, 1].map(message).to_vec() });
    assert_eq!(screen.sections(), [(6, false), (5, false), (4, true), (3, true), (1, true)]);
    assert_eq!(screen.lay_sections(4), [1]);
}
