//! What the rights in a folder do not allow: its key says why and asks nothing of the engine, the footer leaves it out, the
//! palette gives the reason, and folders that take no messages are not offered for a move.

use rstest::rstest;

use super::{INBOX, Screen, applied, folders, message};
use crate::app::action::Id;
use crate::app::action::available::available;
use crate::app::footer::hints;
use crate::app::model::{Overlay, Pane};
use crate::app::msg::Msg;
use crate::mail::folder::Namespace;
use crate::mail::list::Source;
use crate::mail::rights::Rights;
use crate::mail::{AccountId, FolderId};
use crate::protocol::Action;

/// A screen whose first folder gives these rights.
fn screen(letters: &str) -> Screen {
    let mut screen = Screen::new(4);
    give(&mut screen, INBOX, letters);
    screen
}

fn give(screen: &mut Screen, id: FolderId, letters: &str) {
    let row = screen.model.folders.rows.iter_mut().find(|row| row.id == id).unwrap();
    row.rights = Rights::parse(letters);
}

/// Each key of triage without its right: nothing is asked of the engine, nothing opens, and the toast says what is missing.
#[rstest]
#[case("e", "lrswip", "archive here")]
#[case("d", "lrswit", "delete here")]
#[case("!", "lrswie", "sort out junk here")]
#[case("m", "lrswi", "move messages out of it")]
#[case("s", "lrsite", "star or tag messages")]
#[case("t", "lrsite", "star or tag messages")]
#[case("u", "lrwite", "mark messages as read or unread")]
fn keys_say_why(#[case] key: &str, #[case] letters: &str, #[case] word: &str) {
    let mut screen = screen(letters);
    screen.press(key);
    assert_eq!(applied(&screen.take()), []);
    assert_eq!(screen.toast(), format!("Inbox does not give you that right: you may not {word}"));
    assert!(screen.model.overlay.is_none());
    give(&mut screen, INBOX, "lr");
    screen.press(key);
    assert_eq!(
        (applied(&screen.take()), screen.toast()),
        (vec![], format!("Inbox is read-only for you: you may not {word}").as_str())
    );
}

/// The same keys with just the rights that they need.
#[rstest]
#[case("e", "lrte")]
#[case("d", "lrte")]
#[case("!", "lrte")]
#[case("s", "lrw")]
#[case("u", "lrs")]
fn keys_work_with_their_rights(#[case] key: &str, #[case] letters: &str) {
    let mut screen = screen(letters);
    screen.press(key);
    assert_eq!(applied(&screen.take()).len(), 1, "{}", screen.toast());
}

/// The palette shows every action, and of one that the rights rule out the reason; the footer leaves it out.
#[test]
fn footer_and_palette_agree() {
    let offered =
        |screen: &Screen| -> Vec<Id> { hints(&screen.model).into_iter().filter_map(|hint| hint.action).collect() };
    let ruled = [Id::Archive, Id::Trash, Id::Move, Id::Star, Id::Unread];
    let free = Screen::sized(4, (200, 50));
    let all = offered(&free);
    assert!(ruled.iter().filter(|id| all.contains(id)).count() >= 4, "{all:?}");
    let mut read_only = Screen::sized(4, (200, 50));
    give(&mut read_only, INBOX, "lr");
    for id in ruled {
        assert_eq!(available(&free.model, id), Ok(()));
        let reason = available(&read_only.model, id).unwrap_err();
        assert!(reason.as_str().starts_with("Inbox is read-only for you: you may not "), "{reason}");
    }
    assert!(!offered(&read_only).iter().any(|id| ruled.contains(id)), "{:?}", offered(&read_only));
    assert!(offered(&read_only).contains(&Id::Open) && offered(&read_only).contains(&Id::Help));
    assert_eq!(available(&read_only.model, Id::Copy), Ok(()), "a copy changes nothing there");
}

/// Reading marks as read where that is allowed, and says nothing where it is not.
#[rstest]
#[case("lr", 0)]
#[case("lrs", 1)]
fn reading_marks_what_may_be_marked(#[case] letters: &str, #[case] marked: usize) {
    let mut screen = screen(letters);
    screen.press("enter").lay(Some(3));
    let read: Vec<_> =
        applied(&screen.take()).into_iter().filter(|(action, _)| matches!(action, Action::Flag(_))).collect();
    assert_eq!((read.len(), screen.toast()), (marked, ""));
}

/// Marked messages of several folders: one that may not be touched holds all of them, and the toast counts.
#[test]
fn marks_are_refused_together() {
    let mut screen = Screen::new(4);
    for row in screen.stored.iter_mut().filter(|row| row.id.0 < 3) {
        row.folder = FolderId(7);
    }
    screen.press("g x").answer();
    give(&mut screen, FolderId(7), "lrsw");
    screen.press("* e");
    assert_eq!(applied(&screen.take()), []);
    assert_eq!(
        screen.toast(),
        "Projects does not give you that right: you may not archive here (2 of 4 messages; all stay as they are)"
    );
    screen.press("s");
    assert_eq!(applied(&screen.take()).len(), 1, "stars are allowed in both");
}

/// A folder that takes no messages is not among those that a message can be moved or copied to; to go there is offered.
#[rstest]
#[case("m", false)]
#[case("C", false)]
#[case("g f", true)]
fn folders_that_take_nothing_are_not_offered(#[case] keys: &str, #[case] offered: bool) {
    let mut screen = Screen::new(2);
    give(&mut screen, FolderId(8), "lrsw");
    screen.press(keys);
    let Some(Overlay::Folders { picker, .. }) = &screen.model.overlay else { panic!("{keys}: {}", screen.toast()) };
    let place = screen.model.folders.rows.iter().position(|row| row.id == FolderId(8)).unwrap();
    assert_eq!(picker.hits.contains(&place), offered);
}

/// A folder is renamed and deleted only where its rights allow that.
#[rstest]
#[case("r", "rename it")]
#[case("d", "delete it")]
fn folders_of_others_stay(#[case] key: &str, #[case] word: &str) {
    let mut screen = Screen::sized(2, (120, 40));
    give(&mut screen, FolderId(7), "lrswite");
    screen.model.focus = Pane::Folders;
    screen.model.folders.cursor = Some(Source::Folder(FolderId(7)));
    assert!(!hints(&screen.model).iter().any(|hint| hint.action == Some(Id::RenameFolder)));
    screen.press(key);
    assert_eq!(applied(&screen.take()), []);
    assert_eq!(screen.toast(), format!("Projects does not give you that right: you may not {word}"));
}

/// Rights that come while the list is open count at once: no key has to be pressed for it.
#[test]
fn new_rights_count_at_once() {
    let mut screen = Screen::new(3);
    assert!(available(&screen.model, Id::Archive).is_ok());
    screen.event(crate::protocol::Event::FoldersChanged(AccountId(1)));
    let (ticket, _) = screen.loads().into_iter().next().unwrap();
    let mut rows = folders();
    (rows[0].rights, rows[0].namespace) = (Rights::parse("lrs"), Namespace::Shared);
    screen.send(Msg::Folders { ticket, rows, starred: 0, full: vec![(AccountId(1), 92)], marked: Vec::new() });
    assert!(available(&screen.model, Id::Archive).is_err());
    assert_eq!(screen.model.folders.full.get(&AccountId(1)), Some(&92));
    assert_eq!(screen.stored[0].id, message(1).id);
}
