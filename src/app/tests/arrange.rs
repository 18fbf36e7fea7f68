//! Lists of conversations, other orders, and the way to unread mail elsewhere.

use std::sync::Arc;

use rstest::rstest;

use super::{HOME_INBOX, INBOX, PROJECTS, STARRED, Screen, applied, message, options};
use crate::app::lines::{ListLine, list_lines};
use crate::app::model::{ListOf, Options, Pane};
use crate::app::msg::{Effect, Msg, Query};
use crate::mail::flags::{FLAGGED, Flag, FlagChange, SEEN};
use crate::mail::list::{Arrangement, Order, Source};
use crate::mail::message::{Bundle, MessageRow};
use crate::mail::{FolderId, MessageId, ThreadId};
use crate::protocol::{Action, OpId};
use crate::safe_text::SafeText;

/// Puts a row's conversation together: the row and older messages of the list.
pub(super) fn bundle(row: i64, others: &[i64]) -> MessageRow {
    let others: Vec<MessageRow> = others.iter().copied().map(message).collect();
    let head = message(row);
    let unread = std::iter::once(&head).chain(&others).filter(|one| !one.flags.seen()).count();
    let starred = others.iter().any(|one| one.flags.flagged());
    let bundle = Bundle {
        thread: ThreadId(row * 100),
        people: SafeText::new("Ann, you"),
        unread: u32::try_from(unread).unwrap(),
        starred,
        attachments: false,
        others,
    };
    MessageRow { thread: 4, bundle: Some(Arc::new(bundle)), ..head }
}

/// A screen whose second row stands for the messages 2, 12, 13 and 14, of which 13 is unread.
fn conversations() -> Screen {
    let mut screen = Screen::with(5, (80, 24), Options { list: ListOf::Conversations, ..options() });
    screen.stored[1] = bundle(2, &[12, 13, 14]);
    screen.press("R").event(crate::protocol::Event::FolderChanged(INBOX)).answer();
    screen.press("j");
    screen.take();
    assert_eq!(screen.cursor(), Some(2));
    screen
}

/// What is asked of the cache for the list.
fn asked(screen: &mut Screen) -> Vec<Arrangement> {
    let arrangement = |query: &Query| match query {
        Query::Window { arrangement, .. } | Query::Unread { arrangement, .. } => Some(*arrangement),
        _ => None,
    };
    screen.loads().iter().filter_map(|(_, query)| arrangement(query)).collect()
}

fn unfolded(screen: &mut Screen) {
    let ticket = *screen.model.work.unfolds.keys().next().unwrap();
    screen.send(Msg::Conversation { ticket, rows: [14, 13, 22, 12, 2].map(message).to_vec() });
}

fn flag(bit: u8, on: bool) -> Action {
    let flags = vec![Flag::System(bit)];
    let none = Vec::new();
    Action::Flag(if on { FlagChange { add: flags, remove: none } } else { FlagChange { add: none, remove: flags } })
}

/// A conversation is one thing to archive, to throw away, to mark as junk, to tag: all of it that is in the list goes, in one
/// operation with one undo.
#[rstest]
#[case("e", Action::Archive)]
#[case("d", Action::Trash)]
#[case("!", Action::Junk)]
fn a_conversation_is_one_thing(#[case] key: &str, #[case] action: Action) {
    let mut screen = conversations();
    screen.press(key);
    assert_eq!(applied(&screen.take()), [(action, vec![2, 12, 13, 14])]);
    assert_eq!((screen.cursor(), screen.model.handled), (Some(3), 4));
    screen.queued(100, "done").press("z");
    assert!(screen.take().contains(&Effect::Sync(crate::protocol::Command::Undo(OpId(100)))));
}

/// What is one more thing to look at is set on the message that is shown; what is one less, on all.
#[test]
fn flags_of_a_conversation() {
    let mut screen = conversations();
    screen.press("s");
    assert_eq!(applied(&screen.take()), [(flag(FLAGGED, true), vec![2])]);
    // 13 is unread: all of it becomes read, and of what is read already only the row's own message is named.
    let mut screen = conversations();
    screen.press("u");
    assert_eq!(applied(&screen.take()), [(flag(SEEN, true), vec![2, 13])]);
    let mut screen = conversations();
    let row = &mut screen.model.list.rows[1];
    let mut all = (**row.bundle.as_ref().unwrap()).clone();
    all.others[1].flags.system = STARRED;
    row.bundle = Some(Arc::new(all));
    screen.press("s");
    assert_eq!(applied(&screen.take()), [(flag(FLAGGED, false), vec![2, 13])]);
}

/// Marks count messages, and an action on them is one operation.
#[test]
fn marks_count_messages() {
    let mut screen = conversations();
    screen.press("x x");
    assert_eq!(crate::app::cursor::marked(&screen.model), 5);
    screen.press("e");
    assert_eq!(applied(&screen.take()), [(Action::Archive, vec![2, 12, 13, 14, 3])]);
}

/// What comes into a marked conversation was not seen when it was marked: it stays.
#[test]
fn a_mark_holds_what_was_seen() {
    let mut screen = conversations();
    screen.press("x");
    let newer = MessageRow { place: message(2).place + 1, ..bundle(40, &[2, 12, 13, 14]) };
    screen.stored[1] = newer;
    screen.event(crate::protocol::Event::FolderChanged(INBOX)).answer();
    assert!(screen.model.list.shows_mark(&screen.model.list.rows[1]));
    screen.take();
    screen.press("e");
    assert_eq!(applied(&screen.take()), [(Action::Archive, vec![2, 12, 13, 14])]);
}

/// The cursor stays on the conversation when a newer message stands for it.
#[test]
fn the_cursor_stays_on_the_conversation() {
    let mut screen = conversations();
    screen.stored.remove(1);
    let newest = MessageRow { place: message(1).place + 1, ..bundle(40, &[2, 12, 13, 14]) };
    screen.stored.insert(0, newest);
    screen.event(crate::protocol::Event::FolderChanged(INBOX)).answer();
    assert_eq!(screen.cursor(), Some(40));
}

/// l shows the messages of a conversation below its row, the keys then are about the one that the cursor is on; h hides
/// them, and leads out only then.
#[test]
fn unfolding() {
    let mut screen = conversations();
    screen.press("l");
    unfolded(&mut screen);
    let children = |screen: &Screen| {
        list_lines(&screen.model).into_iter().filter(|line| matches!(line, ListLine::Child(1, _))).count()
    };
    assert_eq!(children(&screen), 5);
    screen.press("j j");
    assert_eq!((screen.cursor(), screen.model.list.cursor_row().map(|row| row.id.0)), (Some(2), Some(13)));
    screen.take();
    screen.press("d");
    assert_eq!(applied(&screen.take()), [(Action::Trash, vec![13])]);
    assert_eq!(screen.model.list.cursor_row().map(|row| row.id.0), Some(22), "on to the next message of it");
    screen.press("k k k");
    assert_eq!(screen.model.list.cursor_row().map(|row| row.id.0), Some(1));
    screen.press("j h");
    assert_eq!((children(&screen), screen.focus(), screen.cursor()), (0, Pane::List, Some(2)));
    screen.press("h");
    assert_eq!(screen.focus(), Pane::Folders);
}

/// Protects who reads on below an unfolded row: the row's line and those below it are passed one by one in both directions.
#[test]
fn the_cursor_passes_every_line() {
    let mut screen = conversations();
    screen.press("l");
    unfolded(&mut screen);
    let mut down = vec![];
    for _ in 0..7 {
        down.push(screen.model.list.cursor_row().map(|row| row.id.0).unwrap());
        screen.press("j");
    }
    assert_eq!(down, [2, 14, 13, 22, 12, 2, 3]);
    screen.press("k");
    let mut up = vec![];
    for _ in 0..7 {
        up.push(screen.model.list.cursor_row().map(|row| row.id.0).unwrap());
        screen.press("k");
    }
    assert_eq!(up, [3, 2, 12, 22, 13, 14, 2]);
}

/// Opened from a list of conversations, a message opens among its own, reading begins at the first unread one, and what is
/// shown open counts as read.
#[test]
fn a_conversation_opens_as_one() {
    let mut screen = conversations();
    screen.press("enter");
    let load = |effect: &Effect| match effect {
        Effect::Load(ticket, Query::Conversation(MessageId(2))) => Some(*ticket),
        _ => None,
    };
    let ticket = screen.take().iter().find_map(load).unwrap();
    screen.send(Msg::Conversation { ticket, rows: [14, 13, 12, 2].map(message).to_vec() });
    assert_eq!(screen.open(), Some(13));
    assert_eq!(applied(&screen.take()), [(flag(SEEN, true), vec![13])]);
    // The whole conversation goes, whichever message is looked at.
    screen.press("e");
    assert_eq!(applied(&screen.take()), [(Action::Archive, vec![2, 12, 13, 14])]);
    assert_eq!(screen.open(), Some(3));
}

/// One's own reply in Sent is read as part of the conversation: the keys still take what is in the list, and the reader goes
/// on with it. What came while it was read, and was not looked at, stays.
#[test]
fn the_reader_acts_on_what_was_opened() {
    let mut screen = conversations();
    screen.press("enter");
    let load = |effects: &[Effect]| {
        let ticket = |effect: &Effect| match effect {
            Effect::Load(ticket, Query::Conversation(_)) => Some(*ticket),
            _ => None,
        };
        effects.iter().rev().find_map(ticket).unwrap()
    };
    let ticket = load(&screen.take());
    let sent = MessageRow { folder: FolderId(3), ..message(50) };
    let rows = [14, 13, 12, 2].map(message).to_vec();
    screen.send(Msg::Conversation { ticket, rows: [rows.clone(), vec![sent.clone()]].concat() });
    screen.press("j j j j");
    assert_eq!(screen.open(), Some(50));
    let news = MessageRow { place: message(1).place + 1, ..bundle(60, &[2, 12, 13, 14]) };
    screen.stored[1] = news;
    screen.event(crate::protocol::Event::FolderChanged(INBOX));
    let ticket = load(&screen.effects);
    screen.answer();
    screen.send(Msg::Conversation { ticket, rows: [rows, vec![sent, message(60)]].concat() });
    screen.take();
    screen.press("e");
    assert_eq!(applied(&screen.take()), [(Action::Archive, vec![2, 12, 13, 14])]);
}

/// The cursor below a row stays on its message whichever message stands for the conversation now; where its own is gone it
/// goes to the next one there, never to the whole conversation.
#[test]
fn the_cursor_stays_below_its_row() {
    let mut screen = conversations();
    screen.press("l");
    unfolded(&mut screen);
    screen.press("j j");
    assert_eq!(screen.model.list.cursor_row().map(|row| row.id.0), Some(13));
    screen.stored[1] = MessageRow { place: message(1).place + 1, ..bundle(40, &[2, 12, 13, 14]) };
    screen.stored[1].bundle = screen.stored[1].bundle.take().map(|bundle| {
        let mut bundle = (*bundle).clone();
        bundle.thread = ThreadId(200);
        Arc::new(bundle)
    });
    screen.event(crate::protocol::Event::FolderChanged(INBOX)).answer();
    assert_eq!(screen.model.list.cursor_row().map(|row| row.id.0), Some(13));
    let ticket = *screen.model.work.unfolds.keys().next().unwrap();
    screen.send(Msg::Conversation { ticket, rows: [14, 22, 12, 2, 40].map(message).to_vec() });
    assert_eq!(screen.model.list.cursor_row().map(|row| row.id.0), Some(22));
    screen.take();
    screen.press("d");
    assert_eq!(applied(&screen.take()), [(Action::Trash, vec![22])]);
}

/// Below an unfolded row one message is one: to mark, and to count from. A range goes over rows.
#[test]
fn single_messages_below_a_row() {
    let unfold = || {
        let mut screen = conversations();
        screen.press("l");
        unfolded(&mut screen);
        screen.press("j j j j j");
        assert_eq!(screen.model.list.cursor_row().map(|row| row.id.0), Some(2));
        screen.take();
        screen
    };
    let mut screen = unfold();
    screen.press("x e");
    assert_eq!(applied(&screen.take()), [(Action::Archive, vec![2])]);
    let mut screen = unfold();
    screen.press("k 3 d");
    assert_eq!(applied(&screen.take()), [(Action::Trash, vec![12, 2, 3])]);
    let mut screen = unfold();
    screen.press("v e");
    assert_eq!(applied(&screen.take()), [(Action::Archive, vec![2, 12, 13, 14])]);
}

/// A second press on the row takes the marks of all its messages away; a count never marks back and forth.
#[test]
fn marks_of_a_row_go_together() {
    let mut screen = conversations();
    screen.press("x k x");
    assert_eq!(crate::app::cursor::marked(&screen.model), 0);
    screen.press("G 9 x");
    assert_eq!(crate::app::cursor::marked(&screen.model), 1);
}

/// Marks stay where the window moves on, whatever the order: there keys do not tell what is gone.
#[test]
fn marks_stay_in_every_order() {
    for keys in [", s", ", z", ", f", "ctrl-o"] {
        let mut screen = Screen::new(1000);
        screen.press(keys).answer().press("*").answer();
        assert_eq!(crate::app::cursor::marked(&screen.model), 1000, "{keys}");
        screen.event(crate::protocol::Event::FolderChanged(INBOX)).answer();
        assert_eq!(crate::app::cursor::marked(&screen.model), 1000, "{keys}");
    }
}

/// Protects the promise of `.`: what is done again is what the key did.
#[test]
fn repeating_on_a_conversation() {
    let mut screen = conversations();
    screen.press("k s j .");
    let stars: Vec<_> = applied(&screen.take());
    assert_eq!(stars, [(flag(FLAGGED, true), vec![1]), (flag(FLAGGED, true), vec![2])]);
}

/// The cursor is always on the screen below a row of more messages than fit.
#[test]
fn a_long_conversation_scrolls() {
    let mut screen = conversations();
    screen.press("l");
    let ticket = *screen.model.work.unfolds.keys().next().unwrap();
    screen.send(Msg::Conversation { ticket, rows: (100..160).map(message).collect() });
    for _ in 0..61 {
        let child = screen.model.list.cursor_child();
        let on_screen = |line: &ListLine| match (line, child) {
            (ListLine::Row(1, 0), None) => true,
            (ListLine::Child(1, place), Some(child)) => *place == child,
            _ => false,
        };
        assert!(list_lines(&screen.model).iter().any(on_screen), "{child:?}");
        screen.press("j");
    }
    assert_eq!(screen.cursor(), Some(3));
}

/// The switch and the order are asked of the cache, kept for the list, and there when it is opened again.
#[test]
fn an_arrangement_is_kept_for_its_list() {
    let mut screen = Screen::new(5);
    screen.press("ctrl-o");
    let kept = screen.effects.iter().find_map(|effect| match effect {
        Effect::KeepArrangements(all) => Some(all.clone()),
        _ => None,
    });
    let conversations = Arrangement { conversations: true, order: Order::Newest };
    assert_eq!(kept.unwrap().into_iter().collect::<Vec<_>>(), [("work/Inbox".to_owned(), conversations)]);
    assert_eq!(asked(&mut screen), [conversations]);
    screen.press("R").press(", s");
    let by_subject = Arrangement { conversations: true, order: Order::Subject };
    assert_eq!(asked(&mut screen), [by_subject]);
    screen.press("g d");
    assert_eq!(asked(&mut screen), [Arrangement::default()]);
    screen.press("g i");
    assert_eq!(asked(&mut screen), [by_subject]);
    // The same order again: the usual one.
    screen.press(", s ctrl-o");
    assert_eq!(screen.model.arrangements.len(), 0);
}

/// A filter keeps the conversations of its list, and ctrl-o is its own; over a list of messages it finds messages.
#[test]
fn a_filter_keeps_the_arrangement() {
    let grouped = |screen: &mut Screen| {
        let search = |(_, query): (_, Query)| if let Query::Search(search, _) = query { Some(search) } else { None };
        screen.loads().into_iter().filter_map(search).last().unwrap().conversations
    };
    let mut screen = conversations();
    screen.press("F").type_text("a");
    assert!(grouped(&mut screen) && screen.model.list.arrangement.conversations);
    screen.press("x enter").answer().press("j e");
    assert_eq!(applied(&screen.take()), [(Action::Archive, vec![2, 12, 13, 14])]);
    screen.press("ctrl-o");
    assert!(!grouped(&mut screen) && !screen.model.list.arrangement.conversations);
    screen.press("F").type_text("b");
    assert!(!grouped(&mut screen), "it goes on as it was");
    screen.press("esc esc").answer().press("F").type_text("a");
    assert!(grouped(&mut screen));
    let mut screen = Screen::new(5);
    screen.press("F").type_text("a");
    assert!(!grouped(&mut screen));
    let mut screen = conversations();
    screen.press("/").type_text("a");
    assert!(!grouped(&mut screen), "a search is no filter");
}

/// Days stand above rows only where the rows follow the time.
#[test]
fn other_orders_have_no_days() {
    let mut screen = Screen::new(60);
    screen.press(", z").answer();
    assert!(!list_lines(&screen.model).iter().any(|line| matches!(line, ListLine::Head(_))));
    screen.press(", o").answer();
    assert!(list_lines(&screen.model).iter().any(|line| matches!(line, ListLine::Head(_))));
}

/// Where nothing is unread any more, the next folder with unread mail is opened at its newest, in the order of the pane and
/// across accounts; backwards the one before, at its oldest.
#[test]
fn unread_mail_elsewhere() {
    let mut screen = Screen::new(4);
    for number in 1..=4 {
        screen.flag(number, SEEN);
    }
    for row in &mut screen.model.folders.rows {
        row.unread = u64::from([PROJECTS, HOME_INBOX, INBOX].contains(&row.id));
    }
    screen.press("g n");
    assert_eq!(screen.model.list.source, Some(Source::Folder(PROJECTS)));
    let unread = |screen: &mut Screen| {
        screen.loads().into_iter().find_map(|(_, query)| match query {
            Query::Unread { from, older, .. } => Some((from.is_none(), older)),
            _ => None,
        })
    };
    assert_eq!(unread(&mut screen), Some((true, true)));
    let mut screen = Screen::new(4);
    for number in 1..=4 {
        screen.flag(number, SEEN);
    }
    for row in &mut screen.model.folders.rows {
        row.unread = u64::from([PROJECTS, HOME_INBOX, INBOX].contains(&row.id));
    }
    screen.press("g p");
    assert_eq!(screen.model.list.source, Some(Source::Folder(HOME_INBOX)));
    assert_eq!(unread(&mut screen), Some((true, false)));
}

/// Reading on says where it would go, and goes there when it is asked again.
#[test]
fn reading_on_leaves_the_list_when_asked_twice() {
    let mut screen = Screen::new(2);
    screen.flag(1, SEEN).flag(2, SEEN);
    for row in &mut screen.model.folders.rows {
        row.unread = u64::from(row.id == PROJECTS);
    }
    screen.press("enter").lay(Some(3)).press("space");
    assert_eq!(screen.model.list.source, Some(Source::Folder(INBOX)));
    assert_eq!(screen.toast(), "No more unread messages here; again: on to Projects (work)");
    screen.press("space");
    assert_eq!(screen.model.list.source, Some(Source::Folder(PROJECTS)));
}
