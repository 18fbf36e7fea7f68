//! Snooze, reply later, pin, labels.

use super::{INBOX, NOW, Screen, applied, message};
use crate::app::lines::{ListLine, list_lines};
use crate::app::model::{ListOf, Options, Overlay, Pane};
use crate::app::msg::{Effect, Query};
use crate::mail::flags::Flags;
use crate::mail::folder::Role;
use crate::mail::list::{Arrangement, Order, Source};
use crate::mail::marks::Mark;
use crate::mail::message::MessageRow;
use crate::mail::{MessageId, UnixTime};
use crate::protocol::Action;

fn flags(words: &[&str]) -> Flags {
    Flags::parse(words.iter().copied())
}

/// Wednesday 2026-04-08 at nine: tomorrow.
const TOMORROW_9: i64 = 1_775_638_800;

/// A time is typed, and the message is gone from the list at once; the cursor goes on.
#[test]
fn a_time_is_typed() {
    let mut screen = Screen::new(3);
    screen.press("b").press("t o m space 9");
    assert!(matches!(&screen.model.overlay, Some(Overlay::Snooze { picker, .. }) if picker.text == "tom 9"));
    screen.press("enter");
    let [(Action::Snooze { until, words }, messages)] = &applied(&screen.take())[..] else { panic!("nothing snoozed") };
    assert_eq!((until, words.as_str(), messages), (&UnixTime(TOMORROW_9), "Wed 8 Apr 09:00", &vec![1]));
    assert!(screen.model.list.leaving.contains(&MessageId(1)));
    assert_eq!(screen.model.list.cursor_row().unwrap().id, MessageId(2));
}

/// The arrows reach what is offered; marked messages go together; the same again with a dot.
#[test]
fn a_choice_is_taken() {
    let mut screen = Screen::new(4);
    screen.press("x x b down down enter");
    let all = applied(&screen.take());
    let [(Action::Snooze { words, .. }, messages)] = &all[..] else { panic!("{all:?}") };
    assert_eq!((words.as_str(), messages), ("Wed 8 Apr 08:00", &vec![1, 2]));
    screen.press(".");
    assert!(matches!(&applied(&screen.take())[..], [(Action::Snooze { .. }, messages)] if *messages == [3]));
}

/// What is no time is said, and what was typed stays.
#[test]
fn a_refusal_keeps_the_text() {
    let mut screen = Screen::new(2);
    screen.press("b s o o n enter");
    assert!(screen.model.toast.as_ref().unwrap().text.as_str().contains("\"soon\" is no time"));
    assert!(matches!(&screen.model.overlay, Some(Overlay::Snooze { picker, .. }) if picker.text == "soon"));
    assert_eq!(applied(&screen.take()), []);
}

/// In the folder for it the first choice is back now; another time does not take it off the list.
#[test]
fn what_is_put_off_is_brought_back() {
    let mut screen = Screen::new(2);
    let folder = screen.model.folders.rows.iter_mut().find(|row| row.id == INBOX).unwrap();
    folder.role = Some(Role::Snoozed);
    screen.press("b enter");
    assert_eq!(applied(&screen.take()), [(Action::BringBack(UnixTime(NOW)), vec![1])]);
    assert!(screen.model.list.leaving.contains(&MessageId(1)));
    screen.press("b m o n enter");
    assert!(matches!(&applied(&screen.take())[..], [(Action::Snooze { .. }, messages)] if *messages == [2]));
    assert!(!screen.model.list.leaving.contains(&MessageId(2)));
}

/// Reply later and pin are toggled: on where one lacks it, then off; a second press undoes the first before the cache knows.
#[test]
fn marks_are_toggled() {
    for (key, mark) in [("L", Mark::ReplyLater), ("P", Mark::Pinned)] {
        let mut screen = Screen::new(2);
        screen.press(key);
        assert_eq!(applied(&screen.take()), [(Action::Flag(mark.change(true)), vec![1])]);
        screen.press(key);
        assert_eq!(applied(&screen.take()), [(Action::Flag(mark.change(false)), vec![1])]);
    }
}

/// A pinned message stands under its own head, one that came back under the day of that.
#[test]
fn heads_follow_the_order() {
    let mut screen = Screen::new(0);
    let mut rows = vec![message(100), message(200), message(1)];
    rows[0].flags = flags(&["$Pinned"]);
    rows[1].flags = flags(&["$SnoozedUntil-20260407T1400Z"]);
    for row in &mut rows {
        row.place = crate::mail::marks::sorted_at(row.received, &row.flags).0;
    }
    screen.model.list.rows = rows;
    let heads: Vec<String> = list_lines(&screen.model)
        .iter()
        .filter_map(|line| if let ListLine::Head(group) = line { Some(group.label()) } else { None })
        .collect();
    assert_eq!(heads, ["Pinned", "Today"]);
}

/// Each mark has its list, reached by keys; what loses the mark leaves it.
#[test]
fn marks_have_lists() {
    for (keys, mark) in [("g b", Mark::Snoozed), ("g r", Mark::ReplyLater), ("g P", Mark::Pinned)] {
        let mut screen = Screen::new(3);
        screen.press(keys).answer();
        assert_eq!(screen.model.list.source, Some(Source::Marked(mark)));
        assert_eq!(screen.model.focus, Pane::List);
    }
    let mut screen = Screen::new(3);
    screen.stored.iter_mut().for_each(|row| row.flags = flags(&["$ReplyLater"]));
    screen.press("g r").answer().press("L");
    assert!(screen.model.list.leaving.contains(&MessageId(1)));
    screen.press("e");
    assert!(!screen.model.list.leaving.contains(&MessageId(2)), "archived, and still to be answered");
}

/// Conversations that were put off come back, or go, as one; they are asked for as what returns first, and stand under the
/// day of that.
#[test]
fn what_is_put_off_is_one_thing() {
    let options = Options { list: ListOf::Conversations, ..super::options() };
    let mut screen = Screen::with(5, (80, 24), options);
    let wakes = |row: &mut MessageRow, at: i64| {
        let until = crate::mail::marks::until_keyword(UnixTime(at)).unwrap();
        (row.flags, row.place) = (flags(&["$Snoozed", until.as_str()]), -at);
        let others = row.bundle.as_mut().map(|bundle| &mut std::sync::Arc::make_mut(bundle).others);
        others.into_iter().flatten().for_each(|one| one.flags = row.flags.clone());
    };
    screen.stored = vec![super::arrange::bundle(2, &[12, 13]), message(1)];
    wakes(&mut screen.stored[0], NOW + 86_400);
    wakes(&mut screen.stored[1], NOW + 86_400 * 7);
    screen.press("g b");
    let wanted = Arrangement { conversations: true, order: Order::Return };
    let asks = |effect: &Effect| matches!(effect, Effect::Load(_, Query::Window { arrangement, .. }) if *arrangement == wanted);
    assert!(screen.effects.iter().any(asks));
    screen.answer().take();
    let heads: Vec<String> = list_lines(&screen.model)
        .iter()
        .filter_map(|line| if let ListLine::Head(group) = line { Some(group.label()) } else { None })
        .collect();
    assert_eq!(heads, ["Tomorrow", "Next week"]);
    screen.press("b enter");
    assert_eq!(applied(&screen.take()), [(Action::BringBack(UnixTime(NOW)), vec![2, 12, 13])]);
    // By date is this list's own order, and nothing of its own is kept for it.
    screen.press(", n");
    assert_eq!((screen.model.list.arrangement, screen.model.arrangements.len()), (wanted, 0));
    screen.press("ctrl-o");
    assert_eq!(screen.model.list.arrangement, Arrangement { conversations: false, order: Order::Return });
}

/// A word sets a label or clears one that all have; signs say which; tab completes what was seen lately.
#[test]
fn labels_are_toggled_and_completed() {
    let mut screen = Screen::new(2);
    screen.stored[0].flags = flags(&["work", "to=20do"]);
    screen.press("g i").answer().take();
    screen.press("t").answer();
    screen.press("w o r k space n e w space + w o r k 2 space - o l d enter");
    let all = applied(&screen.take());
    let [(Action::Flag(change), _)] = &all[..] else { panic!("{all:?}") };
    let words = |list: &[crate::mail::flags::Flag]| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    assert_eq!((words(&change.add).as_str(), words(&change.remove).as_str()), ("new work2", "work old"));
    screen.press("t").answer();
    screen.model.search.seen = Some(crate::app::search::Seen { people: vec![], labels: vec!["to read".into()] });
    screen.press("t o tab");
    assert!(matches!(&screen.model.overlay, Some(Overlay::Input { text, .. }) if text == "\"to read\" "));
    screen.press("- t o space space").press("enter");
    let all = applied(&screen.take());
    assert!(matches!(&all[..], [(Action::Flag(change), _)] if words(&change.add) == "to=20read"), "{all:?}");
}
