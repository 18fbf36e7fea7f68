//! Palette, help, pickers, lines to type, tasks.

use rstest::rstest;

use super::{ATLAS, PROJECTS, Screen, applied, commands};
use crate::app::action::{Id, table};
use crate::app::cursor::context;
use crate::app::model::{Overlay, Picker};
use crate::app::msg::{Effect, Msg, Query};
use crate::mail::flags::{Flag, FlagChange, Keyword};
use crate::mail::list::Source;
use crate::mail::{AccountId, UnixTime};
use crate::protocol::{Action, Command, OpId, OpRow, OpState, Origin, Reversal};
use crate::safe_text::SafeText;

fn picker(screen: &Screen) -> &Picker {
    match &screen.model.overlay {
        Some(Overlay::Palette(picker) | Overlay::Help(picker) | Overlay::Folders { picker, .. }) => picker,
        other => panic!("no picker: {other:?}"),
    }
}

fn first_hit(screen: &Screen) -> SafeText {
    screen.model.folders.rows[picker(screen).hits[0]].path.clone()
}

/// Check 1 of UX.md: every action is in the palette.
#[rstest]
#[case(":")]
#[case("ctrl-p")]
fn palette_has_everything(#[case] keys: &str) {
    let mut screen = Screen::new(3);
    screen.press(keys);
    assert_eq!((picker(&screen).hits.len(), picker(&screen).of), (table().len(), table().len()));
}

/// Typing narrows, the best first; enter runs it where the cursor was before.
#[test]
fn palette_runs() {
    let mut screen = Screen::new(3);
    screen.press("j :").type_text("archve").press("backspace backspace").type_text("ive");
    assert_eq!(table()[picker(&screen).hits[0]].id, Id::Archive);
    screen.press("enter");
    assert_eq!(applied(&screen.take()), [(Action::Archive, vec![2])]);
    assert!(screen.model.overlay.is_none());
}

/// What the config calls an action finds it too, behind those whose names are like it.
#[test]
fn palette_knows_the_words_of_the_config() {
    let mut screen = Screen::new(3);
    for entry in table() {
        screen.press(":").type_text(entry.slug);
        let found: Vec<Id> = picker(&screen).hits.iter().map(|hit| table()[*hit].id).collect();
        assert!(found.contains(&entry.id), "{}", entry.slug);
        screen.press("esc");
    }
    screen.press(":").type_text("add-acc");
    assert_eq!(table()[picker(&screen).hits[0]].id, Id::AddAccount);
}

/// An action that cannot run says why when it is chosen.
#[test]
fn palette_says_why_not() {
    let mut screen = Screen::new(3);
    screen.press(":").type_text("delete for ever").press("enter");
    assert!(screen.toast().starts_with("Only what is in Trash"), "{}", screen.toast());
}

/// Letters are text in a picker: typing "q" or "e" there neither quits nor archives.
#[test]
fn letters_are_text() {
    let mut screen = Screen::new(3);
    screen.press(":").type_text("qe?z");
    assert_eq!(picker(&screen).text, "qe?z");
    assert!(!screen.model.quitting);
    assert_eq!(commands(&screen.take()), []);
}

/// The help lists what has a key here, and runs it.
#[test]
fn help() {
    let mut screen = Screen::new(3);
    screen.press("?");
    let list = picker(&screen).of;
    assert!(list > 40 && list < table().len());
    screen.type_text("archive").press("enter");
    assert_eq!(applied(&screen.take()).len(), 1);
}

/// Move: folders of the message's account without its own, by fuzzy match; the picked one comes first the next time.
#[test]
fn move_to_folder() {
    let mut screen = Screen::new(3);
    screen.press("m");
    assert_eq!(picker(&screen).of, 7);
    screen.type_text("atl");
    assert_eq!(first_hit(&screen).as_str(), "Projects/atlas");
    screen.press("enter");
    assert_eq!(applied(&screen.take()), [(Action::Move(ATLAS), vec![1])]);
    screen.press("m");
    assert_eq!(first_hit(&screen).as_str(), "Projects/atlas");
    screen.press("enter C enter");
    assert_eq!(applied(&screen.take()), [(Action::Move(ATLAS), vec![2]), (Action::Copy(ATLAS), vec![3])]);
    assert_eq!(screen.cursor(), Some(3), "a copy leaves the message where it is");
}

/// A picker without a hit stays open on enter, so that nothing is moved to a place nobody saw.
#[test]
fn move_without_a_hit() {
    let mut screen = Screen::new(3);
    screen.press("m").type_text("zzzz").press("enter");
    assert!(matches!(screen.model.overlay, Some(Overlay::Folders { .. })));
    assert_eq!(applied(&screen.take()), []);
}

/// New folders under an open picker: the cursor stays on its folder, so enter moves where the eye was.
#[test]
fn folders_change_under_the_picker() {
    let mut screen = Screen::new(3);
    screen.press("m").type_text("projects").press("down");
    let before = screen.model.folders.rows[picker(&screen).hits[picker(&screen).cursor]].id;
    screen.event(crate::protocol::Event::FoldersChanged(AccountId(1)));
    let (ticket, _) = screen.loads()[0];
    let mut rows = super::folders();
    rows.remove(2);
    screen.send(Msg::Folders { ticket, rows, starred: 0, full: Vec::new(), marked: Vec::new() });
    screen.press("enter");
    assert_eq!(applied(&screen.take()), [(Action::Move(before), vec![1])]);
}

/// Going to a folder of any account.
#[test]
fn go_to_folder() {
    let mut screen = Screen::new(3);
    screen.press("g f").type_text("home sent").press("enter");
    assert_eq!(screen.model.list.source, Some(Source::Folder(crate::mail::FolderId(13))));
}

/// Tags: words set labels, `-word` clears one; what is too long to be one is refused and the line stays.
#[test]
fn tag() {
    let mut screen = Screen::new(3);
    screen.press("t").type_text("work -later").press("enter");
    let keyword = |word| Flag::Keyword(Keyword::new(word).unwrap());
    let change = FlagChange { add: vec![keyword("work")], remove: vec![keyword("later")] };
    assert_eq!(applied(&screen.take()), [(Action::Flag(change), vec![1])]);
    screen.press("t").type_text(&"a".repeat(300)).press("enter");
    assert!(matches!(screen.model.overlay, Some(Overlay::Input { .. })));
    assert_eq!(applied(&screen.take()), []);
}

/// Editing of a line.
#[rstest]
#[case("a b left backspace", "b", 0)]
#[case("a b c home delete end x", "bcx", 3)]
#[case("a b ctrl-u c", "c", 1)]
#[case("a b space c d ctrl-w", "ab ", 3)]
#[case("a space space ctrl-w", "", 0)]
#[case("ä ö left left delete right right right", "ö", 1)]
fn line_editing(#[case] keys: &str, #[case] expected: &str, #[case] at: usize) {
    let mut screen = Screen::new(3);
    screen.press("t").press(keys);
    assert!(
        matches!(&screen.model.overlay, Some(Overlay::Input { text, cursor, .. }) if text == expected && *cursor == at),
        "{:?}",
        screen.model.overlay
    );
}

/// A paste is text and never keys (TM16): outside a line it does nothing, inside its line breaks and controls are harmless.
#[test]
fn paste_is_text() {
    let mut screen = Screen::new(3);
    screen.send(Msg::Paste("edq\u{1b}[A".into()));
    assert_eq!(screen.take(), []);
    screen.press("t").take();
    screen.send(Msg::Paste("one\r\ntwo\u{1b}\u{3}".into()));
    assert!(matches!(&screen.model.overlay, Some(Overlay::Input { text, .. }) if text == "one  two"));
    assert_eq!(screen.take(), []);
}

/// Folders: created in the account that is shown, renamed from their name, needed ones left alone.
#[test]
fn folder_actions() {
    let mut screen = Screen::new(3);
    screen.press("h c").type_text("Projects/new").press("enter");
    assert_eq!(
        applied(&screen.take()),
        [(Action::CreateFolder { account: AccountId(1), path: "Projects/new".into() }, vec![])]
    );
    screen.press("r");
    assert_eq!(screen.toast(), "A folder that the account needs stays as it is");
    screen.press("j j j j j j r").type_text("2").press("enter");
    assert_eq!(
        applied(&screen.take()),
        [(Action::RenameFolder { folder: PROJECTS, path: "Projects2".into() }, vec![])]
    );
    screen.press("d");
    assert_eq!(applied(&screen.take()), [(Action::DeleteFolder { folder: PROJECTS }, vec![])]);
    screen.press("c").type_text("Projects").press("enter");
    assert_eq!(screen.toast(), "There is a folder Projects already");
    assert_eq!(applied(&screen.take()), []);
}

pub(super) fn op(number: i64, state: OpState) -> OpRow {
    OpRow {
        op: OpId(number),
        created: UnixTime(0),
        summary: SafeText::new("Archive 1 message"),
        account: SafeText::new("work"),
        state,
        error: None,
        origin: Origin::User,
        reversal: Reversal::None,
    }
}

/// The tasks screen: the queue is read, a refused operation can be tried again or discarded, others not; the cursor stays on
/// its operation when the queue changes.
#[test]
fn tasks() {
    let mut screen = Screen::new(3);
    screen.press("w");
    let (ticket, query) = screen.loads()[0].clone();
    assert_eq!(query, Query::Ops);
    screen.send(Msg::Ops { ticket, rows: vec![op(9, OpState::Queued), op(8, OpState::Failed)], last_undone: None });
    assert_eq!((screen.model.tasks.queued, screen.model.tasks.failed), (1, 1));
    screen.press("r");
    assert_eq!(commands(&screen.take()), []);
    screen.press("j r x enter");
    assert_eq!(commands(&screen.take()), [Command::Retry(OpId(8)), Command::Discard(OpId(8)), Command::Retry(OpId(8))]);
    screen.event(crate::protocol::Event::OpDone(OpId(1)));
    let (ticket, _) = screen.loads()[0];
    screen.send(Msg::Ops {
        ticket,
        rows: vec![op(10, OpState::Queued), op(9, OpState::Queued), op(8, OpState::Failed)],
        last_undone: None,
    });
    assert!(matches!(screen.model.overlay, Some(Overlay::Tasks { cursor: 2, .. })));
    screen.press(":").type_text("discard").press("enter");
    assert_eq!(commands(&screen.take()), [Command::Discard(OpId(8))]);
    assert_eq!(context(&screen.model), crate::app::action::Context::Tasks, "the palette leads back to the tasks");
    screen.press("w");
    assert!(screen.model.overlay.is_none());
    assert!(!screen.take().contains(&Effect::Quit));
}
