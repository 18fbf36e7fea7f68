//! Taking back and doing again: in this run, after a restart, and one by one on the tasks screen.

use super::overlay::op;
use super::{Screen, commands};
use crate::app::msg::{Msg, Query};
use crate::mail::MessageId;
use crate::protocol::{Action, Command, Event, OpId, OpRow, OpState, Origin, Reversal};
use crate::safe_text::SafeText;

fn row(number: i64, state: OpState, reversal: Reversal) -> OpRow {
    OpRow { reversal, ..op(number, state) }
}

/// A screen to which the journal tells these.
fn with(rows: Vec<OpRow>, last_undone: Option<i64>) -> Screen {
    let mut screen = Screen::new(5);
    tell(&mut screen, rows, last_undone);
    screen
}

fn tell(screen: &mut Screen, rows: Vec<OpRow>, last_undone: Option<i64>) {
    screen.event(Event::OpDone(OpId(1)));
    let loads = screen.loads();
    let (ticket, _) = loads.iter().find(|(_, query)| *query == Query::Ops).unwrap();
    screen.send(Msg::Ops { ticket: *ticket, rows, last_undone: last_undone.map(OpId) });
    screen.take();
}

/// After a restart `z` takes back what the journal knows of earlier runs, the newest first and each once; what was done
/// silently or by a rule is passed over.
#[test]
fn earlier_runs_are_taken_back() {
    let rows = vec![
        OpRow { origin: Origin::Engine, ..row(99, OpState::Done, Reversal::Undo) },
        OpRow { origin: Origin::Silent, ..row(98, OpState::Done, Reversal::Undo) },
        row(97, OpState::Done, Reversal::Undo),
        row(96, OpState::Done, Reversal::None),
        row(95, OpState::Done, Reversal::Undo),
    ];
    let mut screen = with(rows, None);
    screen.press("z z z");
    assert_eq!(commands(&screen.take()), [Command::Undo(OpId(97)), Command::Undo(OpId(95))]);
    assert_eq!(screen.toast(), "There is nothing to undo");
    screen.event(Event::OpUndone(OpId(97)));
    assert_eq!(screen.toast(), "Taken back: Archive 1 message");
}

/// What was said to be taken back, and was not there any more, is said not to be, once that is known.
#[test]
fn what_did_not_come_back_is_said() {
    let mut screen = Screen::new(5);
    screen.press("e");
    screen.queued(100, "Archived 1 message").press("z").event(Event::OpUndone(OpId(100)));
    assert_eq!(screen.toast(), "Taken back: Archived 1 message");
    let words = "Not taken back: the message is no longer in Archive";
    screen.event(Event::OpGone { op: OpId(-100), words: SafeText::new(words) });
    assert_eq!(screen.toast(), words);
}

/// `Z` does again what `z` took back, in the order of a stack, each as a new operation that `z` takes back in turn; even
/// before anything was answered.
#[test]
fn redo_is_a_stack() {
    let mut screen = Screen::new(5);
    screen.press("e s");
    screen.queued(100, "Archived 1 message").queued(101, "Starred 1 message");
    screen.take();
    screen.press("z z Z Z Z");
    let redo = |op, of| Command::Redo { op: OpId(op), of: OpId(of) };
    let undo = |op| Command::Undo(OpId(op));
    assert_eq!(commands(&screen.take()), [undo(101), undo(100), redo(104, 100), redo(105, 101)]);
    assert_eq!(screen.toast(), "There is nothing to redo");
    screen.press("z");
    assert_eq!(commands(&screen.take()), [undo(105)]);
    screen.press("Z");
    assert_eq!(commands(&screen.take()), [redo(107, 105)]);
    screen.queued(107, "Starred 1 message");
    assert_eq!(screen.model.toast.as_ref().unwrap().undo, Some(OpId(107)));
}

/// Something new clears what could be done again; reading does not.
#[test]
fn something_new_ends_redo() {
    let mut screen = with(vec![row(99, OpState::Dropped, Reversal::Redo)], Some(99));
    screen.press("Z");
    assert!(matches!(commands(&screen.take())[..], [Command::Redo { of: OpId(99), .. }]));
    screen.press("Z");
    assert_eq!(screen.toast(), "There is nothing to redo", "once, although the journal has not told yet");

    let mut screen = Screen::new(5);
    screen.press("e");
    screen.queued(100, "Archived 1 message");
    screen.press("z J").send(Msg::Timer(crate::app::msg::Timer::MarkSeen(MessageId(3))));
    screen.press("s Z");
    assert_eq!(screen.toast(), "There is nothing to redo");
}

/// A redo that is refused can be tried again: the journal still has it.
#[test]
fn refused_redo() {
    let rows = || vec![row(99, OpState::Dropped, Reversal::Redo)];
    let mut screen = with(rows(), Some(99));
    screen.press("Z").take();
    screen.event(Event::OpFailed { op: OpId(100), reason: SafeText::new("no space"), kept: false });
    assert_eq!(screen.toast(), "Archive 1 message: no space");
    tell(&mut screen, rows(), Some(99));
    screen.press("Z");
    assert!(matches!(commands(&screen.take())[..], [Command::Redo { of: OpId(99), .. }]));
}

/// On the tasks screen `z`, `Z` and enter are about the selected operation, wherever it stands in the order.
#[test]
fn one_by_one() {
    let mut screen = with(
        vec![
            row(9, OpState::Queued, Reversal::Undo),
            row(8, OpState::Done, Reversal::Undo),
            row(7, OpState::Dropped, Reversal::Redo),
            row(6, OpState::Done, Reversal::None),
            OpRow { origin: Origin::Engine, ..row(5, OpState::Done, Reversal::Undo) },
        ],
        Some(7),
    );
    screen.press("w").take();
    screen.press("j z z");
    assert_eq!(commands(&screen.take()), [Command::Undo(OpId(8))]);
    assert_eq!(screen.toast(), "This cannot be taken back");
    screen.press("j enter");
    assert!(matches!(commands(&screen.take())[..], [Command::Redo { of: OpId(7), .. }]));
    screen.press("j z Z");
    assert_eq!(commands(&screen.take()), []);
    screen.press("j enter");
    assert_eq!(commands(&screen.take()), [Command::Undo(OpId(5))]);
    assert_eq!(screen.model.redo, [OpId(8)], "what a rule did is not done again");
}

/// Everything marked is one operation, and so one undo and one redo: nothing is kept or sent for each message (S8).
#[test]
fn bulk_is_one() {
    let mut screen = Screen::new(10_000);
    screen.press("*").answer();
    screen.take();
    screen.press("e");
    assert!(
        matches!(&commands(&screen.take())[..], [Command::Apply { action: Action::Archive, messages, .. }] if messages.len() == 10_000)
    );
    screen.queued(100, "Archived 10000 messages");
    screen.take();
    screen.press("z Z");
    assert_eq!(commands(&screen.take()), [Command::Undo(OpId(100)), Command::Redo { op: OpId(102), of: OpId(100) }]);
}
