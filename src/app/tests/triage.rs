//! What the user does to messages: at once, on the right ones, and taken back.

use rstest::rstest;

use super::{ARCHIVE, INBOX, STARRED, Screen, TRASH, applied, commands, message, options};
use crate::app::model::{AfterTriage, Options, Overlay, Pane};
use crate::app::msg::{Effect, Timer};
use crate::mail::flags::{FLAGGED, Flag, FlagChange, SEEN};
use crate::mail::list::Source;
use crate::mail::{AccountId, FolderId, MessageId};
use crate::protocol::{Action, Command, Event, OpId};
use crate::safe_text::SafeText;

fn flag(bit: u8, on: bool) -> Action {
    let (set, none) = (vec![Flag::System(bit)], Vec::new());
    Action::Flag(if on { FlagChange { add: set, remove: none } } else { FlagChange { add: none, remove: set } })
}

/// A key, and what it asks of the engine, on one message.
#[rstest]
#[case("e", Action::Archive)]
#[case("d", Action::Trash)]
#[case("delete", Action::Trash)]
#[case("!", Action::Junk)]
#[case("s", flag(FLAGGED, true))]
#[case("u", flag(SEEN, true))]
fn keys_act(#[case] keys: &str, #[case] expected: Action) {
    let mut screen = Screen::new(5);
    screen.press(keys);
    assert_eq!(applied(&screen.take()), [(expected, vec![1])]);
}

/// Typed fast, each `e` acts on another message, before any answer has come (P3, invariant 3): the rows stay until the
/// cache says otherwise, and the cursor passes over them.
#[test]
fn three_fast_archives() {
    let mut screen = Screen::new(10);
    screen.press("e e e");
    let effects = screen.take();
    assert_eq!(applied(&effects), [1, 2, 3].map(|id| (Action::Archive, vec![id])));
    let ops: Vec<_> = commands(&effects)
        .into_iter()
        .filter_map(|command| if let Command::Apply { op, .. } = command { Some(op.0) } else { None })
        .collect();
    assert_eq!(ops, [100, 101, 102]);
    assert_eq!((screen.cursor(), screen.model.list.rows.len()), (Some(4), 10));
    screen.press("k");
    assert_eq!(screen.cursor(), Some(4), "there is nothing above that stays");
    assert_eq!(screen.toast(), "", "nothing is said before it is in the journal");
}

/// The row goes when the folder is read again, and is then no longer waited for.
#[test]
fn row_leaves_on_reload() {
    let mut screen = Screen::new(10);
    screen.press("e");
    screen.queued(100, "Archived 1 message");
    screen.stored.remove(0);
    screen.event(Event::FolderChanged(INBOX)).answer();
    assert_eq!((screen.model.list.rows.len(), screen.cursor()), (9, Some(2)));
    assert!(screen.model.list.leaving.is_empty() && screen.model.work.leaving.is_empty());
}

/// S8: `*` marks what is not loaded too, and one action takes all of it; esc before the answer leaves nothing marked.
#[test]
fn all_means_all() {
    let mut screen = Screen::new(5_000);
    assert!(screen.model.list.rows.len() < 5_000);
    screen.press("*").press("esc").answer();
    assert!(screen.model.list.marks.is_empty());
    screen.press("*").answer();
    assert_eq!((crate::app::cursor::marked(&screen.model), screen.toast()), (5_000, "Marked 5000"));
    screen.take();
    screen.press("e");
    let applied = applied(&screen.take());
    assert_eq!(applied.len(), 1);
    assert_eq!(applied[0].1.len(), 5_000);
    assert!(screen.model.list.marks.is_empty() && screen.model.work.kept.is_empty());
}

/// A reload that was on its way before the journal had the operation does not bring the message back under the cursor.
#[test]
fn early_reload_does_not_bring_it_back() {
    let mut screen = Screen::new(10);
    screen.event(Event::FolderChanged(INBOX));
    screen.press("e");
    screen.queued(100, "Archived 1 message");
    screen.model.work.list_dirty = false;
    let (ticket, query) = screen.loads().remove(1);
    let window = screen.cut(&query);
    screen.send(crate::app::msg::Msg::Window { ticket, window });
    assert!(screen.model.list.leaving.contains(&MessageId(1)));
}

/// A refused operation lets its message go: it can be acted on again, and the reason is shown.
#[test]
fn failure_gives_the_message_back() {
    let mut screen = Screen::new(3);
    screen.press("e");
    screen.event(Event::OpFailed { op: OpId(100), reason: SafeText::new("NO quota"), kept: true });
    assert!(screen.model.list.leaving.is_empty());
    assert_eq!(screen.toast(), "NO quota - w shows it");
    assert_eq!(screen.model.handled, 0);
}

/// The toast stands ten seconds with its countdown and goes; the timer runs only that long (S7).
#[test]
fn toast_counts_down() {
    let mut screen = Screen::new(3);
    screen.press("e");
    screen.queued(100, "Archived 1 message");
    assert_eq!(screen.toast(), "Archived 1 message");
    assert_eq!(screen.model.toast.as_ref().unwrap().undo, Some(OpId(100)));
    screen.take();
    for second in 1..=10 {
        screen.send(crate::app::msg::Msg::Now(crate::app::model::Clock {
            now: crate::mail::UnixTime(super::NOW + second),
            offset: 0,
        }));
        screen.send(crate::app::msg::Msg::Timer(Timer::Toast));
        let timers = screen.take().iter().filter(|effect| matches!(effect, Effect::After(_, Timer::Toast))).count();
        assert_eq!((timers, screen.model.toast.is_some()), if second < 10 { (1, true) } else { (0, false) });
    }
    assert_eq!(screen.model.undo, [OpId(100)], "the undo list stays for the session");
}

/// `z` takes back the newest, then the one before; each once.
#[test]
fn undo_goes_back_in_order() {
    let mut screen = Screen::new(5);
    screen.press("e s");
    screen.queued(100, "Archived 1 message").queued(101, "Starred 1 message");
    screen.take();
    screen.press("z z");
    assert_eq!(commands(&screen.take()), [Command::Undo(OpId(101)), Command::Undo(OpId(100))]);
    screen.press("z");
    assert_eq!(screen.toast(), "There is nothing to undo");
    screen.event(Event::OpUndone(OpId(100)));
    assert_eq!(screen.toast(), "Taken back: Archived 1 message");
    assert!(screen.model.list.leaving.is_empty());
}

/// `z` right after `e` takes it back even before the journal has answered, and its late answer shows no toast.
#[test]
fn undo_before_it_is_queued() {
    let mut screen = Screen::new(5);
    screen.press("e z");
    assert!(matches!(commands(&screen.take())[..], [Command::Apply { .. }, Command::Undo(OpId(100))]));
    screen.queued(100, "Archived 1 message");
    assert_eq!((screen.toast(), screen.model.undo.len()), ("Taking it back…", 0));
}

/// An undo leaves a number free for the engine, so that no two operations ever have the same.
#[test]
fn numbers_stay_apart() {
    let mut screen = Screen::new(5);
    screen.press("e z e");
    let ops: Vec<_> = commands(&screen.take())
        .into_iter()
        .filter_map(|command| if let Command::Apply { op, .. } = command { Some(op.0) } else { None })
        .collect();
    assert_eq!(ops, [100, 102]);
}

/// On mixed marks a toggle stars or reads all; on equal ones it takes that back.
#[rstest]
#[case(&[(1, 0), (2, STARRED)], "s", flag(FLAGGED, true))]
#[case(&[(1, STARRED), (2, STARRED)], "s", flag(FLAGGED, false))]
#[case(&[(1, 0), (2, SEEN)], "u", flag(SEEN, true))]
#[case(&[(1, SEEN), (2, SEEN)], "u", flag(SEEN, false))]
#[case(&[(1, 0), (2, 0)], "u", flag(SEEN, true))]
fn toggles_on_marks(#[case] flags: &[(i64, u8)], #[case] key: &str, #[case] expected: Action) {
    let mut screen = Screen::new(5);
    for (number, system) in flags {
        screen.flag(*number, *system);
    }
    screen.press("x x").press(key);
    assert_eq!(applied(&screen.take()), [(expected, vec![1, 2])]);
}

/// A second `s` before anything has come back undoes the first, instead of asking for the same again.
#[test]
fn toggle_twice() {
    let mut screen = Screen::new(5);
    screen.press("s s");
    assert_eq!(applied(&screen.take()), [(flag(FLAGGED, true), vec![1]), (flag(FLAGGED, false), vec![1])]);
}

/// Marks: x, a range, all; the action takes exactly those, and the marks go with the messages.
#[rstest]
#[case("x j x e", &[1, 3])]
#[case("v j j e", &[1, 2, 3])]
#[case("j j v k k e", &[1, 2, 3])]
#[case("v j v j j x d", &[1, 2, 4])]
#[case("* e", &[1, 2, 3, 4, 5, 6])]
#[case("x k x e", &[2])]
fn marks(#[case] keys: &str, #[case] expected: &[i64]) {
    let mut screen = Screen::new(6);
    screen.press(keys);
    let all = applied(&screen.take());
    let mut ids = all[0].1.clone();
    ids.sort_unstable();
    assert_eq!((all.len(), &ids[..]), (1, expected));
    assert!(screen.model.list.marks.is_empty() && screen.model.list.range.is_none());
}

/// Marks that scrolled out of the window are acted on all the same.
#[test]
fn marks_outside_the_window() {
    let mut screen = Screen::new(2000);
    screen.press("x G").answer();
    screen.press("x e");
    let mut ids = applied(&screen.take())[0].1.clone();
    ids.sort_unstable();
    assert_eq!(ids, [1, 2000]);
}

/// A range that reaches further than the window is whole.
#[test]
fn range_across_windows() {
    let mut screen = Screen::new(1000);
    screen.press("v");
    for _ in 0..30 {
        screen.press("pgdn").answer();
    }
    let cursor = screen.cursor().unwrap();
    assert!(screen.model.list.first > 0 && cursor > 400);
    screen.press("e");
    let mut ids = applied(&screen.take())[0].1.clone();
    ids.sort_unstable();
    assert_eq!(ids, (1..=cursor).collect::<Vec<_>>());
}

/// A marked message that another client removed is no longer marked, so nothing is asked for it.
#[test]
fn mark_of_a_gone_message() {
    let mut screen = Screen::new(10);
    screen.press("x x");
    screen.stored.remove(0);
    screen.event(Event::FolderChanged(INBOX)).answer();
    screen.press("e");
    assert_eq!(applied(&screen.take()), [(Action::Archive, vec![2])]);
}

/// `.` does the last action again, on what is selected now.
#[test]
fn repeat() {
    let mut screen = Screen::new(5);
    screen.press("d .");
    assert_eq!(applied(&screen.take()), [(Action::Trash, vec![1]), (Action::Trash, vec![2])]);
}

/// The cursor may go up instead (`after_triage`).
#[test]
fn after_triage_previous() {
    let mut screen = Screen::with(5, (80, 24), Options { after_triage: AfterTriage::Previous, ..options() });
    screen.press("j j e");
    assert_eq!(screen.cursor(), Some(2));
}

/// The very last message: nothing stays to act on, and a second key does nothing.
#[test]
fn last_message() {
    let mut screen = Screen::new(1);
    screen.press("e e d s");
    assert_eq!(applied(&screen.take()).len(), 1);
    assert_eq!(screen.toast(), "There is no message here");
}

/// A read-only screen refuses every change and says why; moving and reading work.
#[rstest]
#[case("e")]
#[case("s")]
#[case("m")]
#[case("z")]
#[case("R")]
fn read_only(#[case] keys: &str) {
    let mut screen =
        Screen::with(5, (80, 24), Options { read_only: Some(crate::app::rights::ReadOnly::Another), ..options() });
    screen.press(keys);
    assert_eq!(commands(&screen.take()), []);
    assert!(screen.toast().contains("nother posthaste"), "{}", screen.toast());
    screen.press("j enter");
    assert_eq!((screen.focus(), screen.cursor()), (Pane::Reader, Some(2)));
    assert!(applied(&screen.take()).is_empty(), "reading marks nothing as read");
}

/// Delete for ever: only in Trash and Junk, only after a yes, and never undone.
#[test]
fn delete_for_ever() {
    let mut screen = Screen::new(3);
    screen.press("D");
    assert!(screen.toast().starts_with("Only what is in Trash"));
    assert!(screen.model.overlay.is_none());
    for row in &mut screen.stored {
        row.folder = TRASH;
    }
    screen.press("g t").answer();
    screen.take();
    screen.press("D");
    assert!(matches!(screen.model.overlay, Some(Overlay::Confirm { .. })));
    screen.press("enter x e");
    assert_eq!(applied(&screen.take()), [], "only y is a yes");
    screen.press("y");
    assert_eq!(applied(&screen.take()), [(Action::DeleteForever, vec![1])]);
    screen.press("z");
    assert_eq!(screen.toast(), "There is nothing to undo");
    screen.press("D esc");
    assert_eq!(applied(&screen.take()), []);
    screen.press("d");
    assert_eq!(screen.toast(), "This is in Trash already; D deletes it for ever");
}

/// In Junk, `!` is "not junk".
#[test]
fn not_junk() {
    let mut screen = Screen::new(2);
    for row in &mut screen.stored {
        row.folder = FolderId(5);
    }
    screen.press("g j").answer();
    screen.press("!");
    assert_eq!(applied(&screen.take()), [(Action::NotJunk, vec![1])]);
}

/// All inboxes: archive takes messages of several accounts, a move to one folder is refused with the reason.
#[test]
fn several_accounts() {
    let mut screen = Screen::new(4);
    for row in screen.stored.iter_mut().filter(|row| row.id.0 % 2 == 0) {
        (row.account, row.folder) = (AccountId(2), super::HOME_INBOX);
    }
    screen.press("g u").answer();
    screen.press("x x m");
    assert_eq!(screen.toast(), "These messages are in several accounts, and a folder is in one");
    screen.press("e");
    assert_eq!(applied(&screen.take()), [(Action::Archive, vec![1, 2])]);
}

/// In the list of starred messages an archived one stays, and an unstarred one goes.
#[test]
fn starred_list() {
    let mut screen = Screen::new(4);
    for number in 1..=4 {
        screen.flag(number, STARRED);
    }
    screen.press("g x").answer();
    assert_eq!(screen.model.list.source, Some(Source::Starred));
    screen.press("e");
    assert_eq!((screen.cursor(), screen.model.list.leaving.len()), (Some(1), 0));
    screen.press("s");
    assert_eq!((screen.cursor(), screen.model.list.leaving.len()), (Some(2), 1));
}

/// Archiving what is in the archive is refused with a reason, not queued.
#[test]
fn archive_in_the_archive() {
    let mut screen = Screen::new(2);
    for row in &mut screen.stored {
        row.folder = ARCHIVE;
    }
    screen.press("g a").answer();
    screen.press("e");
    assert_eq!(applied(&screen.take()), []);
    assert_eq!(screen.toast(), "This is in the archive already");
}

/// An account without the folder that an action needs says what to configure.
#[test]
fn missing_role() {
    let mut screen = Screen::new(2);
    screen.model.folders.rows.retain(|row| row.id != ARCHIVE);
    screen.press("e");
    assert!(screen.toast().starts_with("work has no folder for archive"), "{}", screen.toast());
}

/// Reading marks as read without a toast and without a place in the undo list.
#[test]
fn seen_by_reading_is_silent() {
    let mut screen = Screen::new(3);
    screen.press("e enter").lay(Some(5));
    assert_eq!(applied(&screen.take()).len(), 1, "message 2 is read already");
    screen.press("J").lay(Some(5)).send(crate::app::msg::Msg::Timer(Timer::MarkSeen(MessageId(3))));
    assert_eq!(applied(&screen.take()), [(flag(SEEN, true), vec![3])]);
    screen.queued(101, "Marked 1 message as read");
    assert_eq!((screen.toast(), screen.model.undo.len()), ("", 0));
    screen.press("z");
    assert_eq!(commands(&screen.take()), [Command::Undo(OpId(100))]);
}

/// A message of a list that no longer has it is never acted on twice: the same id cannot be in two operations that move it.
#[test]
fn leaving_is_not_acted_on() {
    let mut screen = Screen::new(2);
    screen.press("x e k e e");
    let ids: Vec<_> = applied(&screen.take()).into_iter().flat_map(|(_, ids)| ids).collect();
    assert_eq!(ids, [1, 2]);
    assert_eq!(message(1).id, MessageId(1));
}

/// `.` does as many as the action did, from where the cursor is now; another count takes its place.
#[test]
fn repeat_keeps_the_count() {
    let mut screen = Screen::new(20);
    screen.press("3 e . 2 . .");
    let ids: Vec<_> = applied(&screen.take()).into_iter().map(|(_, ids)| ids).collect();
    assert_eq!(ids, [vec![1, 2, 3], vec![4, 5, 6], vec![7, 8], vec![9, 10]]);
    screen.press("e .");
    let ids: Vec<_> = applied(&screen.take()).into_iter().map(|(_, ids)| ids).collect();
    assert_eq!(ids, [vec![11], vec![12]]);
    // What was chosen in a box had the count of the key that opened it.
    screen.press("2 m").type_text("atlas").press("enter .");
    let ids: Vec<_> = applied(&screen.take()).into_iter().map(|(_, ids)| ids).collect();
    assert_eq!(ids, [vec![13, 14], vec![15, 16]]);
}

/// An action and its undo come to nothing, whether or not the server did it in between; done again it counts again.
#[test]
fn handled_is_what_stayed_done() {
    let mut screen = Screen::new(10);
    screen.press("3 e");
    screen.queued(100, "Archived 3 messages");
    screen.stored.drain(..3);
    screen.event(Event::FolderChanged(INBOX)).answer();
    screen.event(Event::OpDone(OpId(100)));
    assert_eq!((screen.model.work.leaving.len(), screen.model.handled), (0, 3));
    screen.press("z").event(Event::OpUndone(OpId(100)));
    assert_eq!(screen.model.handled, 0);
    screen.press("Z");
    assert_eq!(screen.model.handled, 3);
    screen.press("z").event(Event::OpUndone(OpId(102)));
    assert_eq!(screen.model.handled, 0);
}

/// `M` mutes, and where all is muted it ends that, also before anything has come back; what is muted leaves the inbox.
#[test]
fn mute() {
    let mut screen = Screen::new(5);
    screen.press("M");
    assert_eq!(applied(&screen.take()), [(Action::Mute, vec![1])]);
    assert_eq!((screen.cursor(), screen.model.list.leaving.len()), (Some(2), 1));
    for row in &mut screen.stored {
        row.folder = ARCHIVE;
    }
    screen.press("g a").answer();
    screen.press("j M M");
    assert_eq!(applied(&screen.take()), [(Action::Mute, vec![2]), (Action::Unmute, vec![2])]);
}

/// `u` reads what is unread: only where all are read it takes that back. Of single messages, of marked ones, of all.
#[rstest]
#[case("u", true, vec![1])]
#[case("j u", false, vec![2])]
#[case("x x u", true, vec![1, 2])]
#[case("* u", true, vec![1, 2, 3, 4, 5])]
#[case("j x k j j x u", false, vec![2, 4])]
fn unread_are_read_first(#[case] keys: &str, #[case] seen: bool, #[case] messages: Vec<i64>) {
    let mut screen = Screen::new(5);
    if keys.contains("j x k") {
        screen.flag(3, SEEN);
    }
    screen.press(keys).answer();
    assert_eq!(applied(&screen.take()), [(flag(SEEN, seen), messages)]);
}

/// Everything unread of the list is read by one action, what is not loaded too; it says how many before, and goes back as one.
#[test]
fn the_whole_list_is_read() {
    let read = |screen: &mut Screen| {
        screen.press(":").type_text("mark all as read").press("enter").answer();
        applied(&screen.take())
    };
    let mut screen = Screen::new(1_000);
    assert!(screen.model.list.rows.len() < 1_000);
    let done = read(&mut screen);
    assert_eq!(done, [(flag(SEEN, true), (1..=1_000).step_by(2).collect::<Vec<_>>())]);
    assert_eq!(screen.toast(), "Marking 500 messages as read");
    screen.queued(100, "Marked 500 messages as read").press("z");
    assert_eq!(commands(&screen.take()), [Command::Undo(OpId(100))]);
    // All are loaded, and what is marked on the way is not marked again.
    let mut screen = Screen::new(3);
    assert_eq!(read(&mut screen), [(flag(SEEN, true), vec![1, 3])]);
    assert_eq!(read(&mut screen), []);
    assert_eq!(screen.toast(), "There is nothing unread here that could be marked");
}

/// What comes back is seen to: the cursor goes to it, and the list is scrolled to it. Another list is left alone, and a reader.
#[test]
fn what_comes_back_has_the_cursor() {
    let undone = |screen: &mut Screen, back: &[i64]| {
        screen.queued(100, "Moved 1 message to Trash");
        let gone: Vec<_> =
            back.iter().map(|id| screen.stored.iter().position(|row| row.id.0 == *id).unwrap()).collect();
        let rows: Vec<_> = gone.iter().rev().map(|place| screen.stored.remove(*place)).collect();
        screen.event(Event::FolderChanged(INBOX)).answer();
        screen.press("z");
        for row in rows {
            let place = screen.stored.partition_point(|other| other.key() > row.key());
            screen.stored.insert(place, row);
        }
    };
    let back = |screen: &mut Screen| {
        screen.event(Event::OpUndone(OpId(100))).event(Event::FolderChanged(INBOX)).answer();
    };
    let mut screen = Screen::new(300);
    screen.press("5 0 j");
    let top = crate::app::lines::list_top(&screen.model);
    let first = screen.model.list.rows[top].id.0;
    for _ in 0..(screen.cursor().unwrap() - first) {
        screen.press("k");
    }
    screen.press("d").answer();
    undone(&mut screen, &[first]);
    assert_eq!(screen.cursor(), Some(first + 1));
    back(&mut screen);
    assert_eq!(screen.cursor(), Some(first));
    assert!(crate::app::lines::list_top(&screen.model) <= top);
    // From far away, several, of which the first does not come back.
    let mut screen = Screen::new(1_000);
    screen.press("3 d").answer();
    undone(&mut screen, &[1, 2, 3]);
    screen.stored.remove(0);
    screen.press("G").answer();
    assert_eq!(screen.cursor(), Some(1_000));
    back(&mut screen);
    assert_eq!(screen.cursor(), Some(2));
    // The list is not the one that it left.
    let mut screen = Screen::new(300);
    screen.press("d").answer();
    undone(&mut screen, &[1]);
    screen.press("g s").answer().press("j j");
    back(&mut screen);
    assert_eq!(screen.cursor(), Some(3));
}
