//! The folder pane and moving between panes.

use rstest::rstest;

use super::{ATLAS, INBOX, PROJECTS, Screen, folders};
use crate::app::lines::{FolderLine, folder_lines};
use crate::app::model::{Overlay, Pane};
use crate::app::msg::Msg;
use crate::mail::list::Source;
use crate::mail::marks::Mark;
use crate::mail::{AccountId, FolderId};
use crate::protocol::Event;

/// Go keys, in the account that is shown.
#[rstest]
#[case("g i", 1)]
#[case("g s", 3)]
#[case("g d", 2)]
#[case("g a", 4)]
#[case("g t", 6)]
#[case("g j", 5)]
#[case("alt-2", 11)]
#[case("alt-2 g s", 13)]
fn go(#[case] keys: &str, #[case] expected: i64) {
    let mut screen = Screen::new(3);
    screen.press(keys);
    assert_eq!(screen.model.list.source, Some(Source::Folder(FolderId(expected))));
}

/// An account that is not there, a folder that is not there: a reason, and nothing changes.
#[test]
fn go_nowhere() {
    let mut screen = Screen::new(3);
    screen.press("alt-7");
    assert_eq!(screen.toast(), "There is no account 7");
    screen.model.folders.rows.retain(|row| row.id != FolderId(3));
    screen.press("g s");
    assert_eq!(screen.toast(), "work has no sent folder");
    assert_eq!(screen.model.list.source, Some(Source::Folder(INBOX)));
}

/// Tab goes round the panes that are there; with one pane at a time the folders come as a drawer.
#[test]
fn tab() {
    let mut screen = Screen::sized(3, (120, 40));
    for pane in [Pane::Reader, Pane::Folders, Pane::List] {
        screen.press("tab");
        assert_eq!(screen.focus(), pane);
    }
    screen.press("shift-tab");
    assert_eq!(screen.focus(), Pane::Folders);
    let mut small = Screen::new(3);
    small.press("tab");
    assert!(matches!(small.model.overlay, Some(Overlay::FolderDrawer)));
    small.press("esc");
    assert_eq!((small.focus(), small.model.overlay.is_none()), (Pane::List, true));
    small.press("tab").send(Msg::Viewport(120, 40));
    assert!(small.model.overlay.is_none(), "the drawer is a pane where there is room");
    assert_eq!(small.focus(), Pane::Folders);
}

/// h and l lead out and in, folding and unfolding on the way.
#[test]
fn fold_and_unfold() {
    let mut screen = Screen::new(3);
    screen.press("h");
    screen.model.folders.cursor = Some(Source::Folder(ATLAS));
    screen.press("h");
    assert_eq!(screen.model.folders.cursor, Some(Source::Folder(PROJECTS)));
    let lines = folder_lines(&screen.model).len();
    screen.press("h");
    assert_eq!(folder_lines(&screen.model).len(), lines - 1);
    screen.press("l");
    assert_eq!(folder_lines(&screen.model).len(), lines);
    screen.press("space space l");
    assert_eq!((screen.model.list.source, screen.focus()), (Some(Source::Folder(PROJECTS)), Pane::List));
}

/// A folder that only holds folders unfolds and never opens.
#[test]
fn unselectable() {
    let mut screen = Screen::new(3);
    screen.model.folders.rows[6].selectable = false;
    screen.press("h");
    screen.model.folders.cursor = Some(Source::Folder(PROJECTS));
    screen.press("enter");
    assert_eq!(screen.model.list.source, Some(Source::Folder(INBOX)));
    assert!(screen.model.folders.folded.contains(&PROJECTS));
}

/// Favourites first, then each account with its folders; one account has no "all inboxes".
#[test]
fn lines() {
    let mut screen = Screen::new(3);
    let lines = folder_lines(&screen.model);
    assert_eq!(
        lines[..3],
        [FolderLine::Favourites, FolderLine::Favourite(Source::AllInboxes), FolderLine::Favourite(Source::Starred)]
    );
    assert_eq!(lines[3], FolderLine::Favourite(Source::Marked(Mark::Snoozed)), "the other marks where there are any");
    assert_eq!(lines.len(), 4 + 2 * (2 + 8));
    screen.model.accounts.truncate(1);
    assert_eq!(folder_lines(&screen.model).len(), 3 + 2 + 8);
}

/// A folder that another client removes while it is shown: the list goes to the inbox of its account and says so.
#[test]
fn shown_folder_goes() {
    let mut screen = Screen::new(3);
    screen.press("alt-2").answer();
    screen.press("g s").answer();
    screen.event(Event::FoldersChanged(AccountId(2)));
    let (ticket, _) = screen.loads()[0];
    let rows = folders().into_iter().filter(|row| row.id != FolderId(13)).collect();
    screen.send(Msg::Folders { ticket, rows, starred: 0, full: Vec::new(), marked: Vec::new() });
    assert_eq!(screen.model.list.source, Some(Source::Folder(FolderId(11))));
    assert_eq!(screen.toast(), "The folder Sent is gone");
}

/// A pane that comes onto a narrow screen shows its beginning, with the heads and what they warn of, where all of it fits;
/// where it does not, the cursor's line is on it. The same for one that a wider window brings.
#[test]
fn a_pane_that_comes_is_scrolled_for_what_it_is() {
    let mut screen = Screen::sized(3, (80, 40));
    screen.event(Event::FoldersChanged(AccountId(1))).answer();
    screen.press("h");
    assert_eq!((screen.focus(), screen.model.folders.top), (Pane::Folders, 0));
    let mut low = Screen::sized(3, (80, 12));
    low.press("alt-2").answer();
    low.event(Event::FoldersChanged(AccountId(2))).answer();
    low.press("h");
    let line =
        |screen: &Screen| folder_lines(&screen.model).iter().position(|line| *line == FolderLine::Folder(8)).unwrap();
    let shown = |screen: &Screen| {
        let height = usize::from(crate::app::geometry::panes(&screen.model).content(Pane::Folders).height);
        (screen.model.folders.top..screen.model.folders.top + height).contains(&line(screen))
    };
    assert!(shown(&low), "{}", low.model.folders.top);
    let mut wide = Screen::sized(3, (80, 16));
    wide.model.folders.cursor = Some(Source::Folder(FolderId(11)));
    wide.send(Msg::Viewport(130, 16)).answer();
    assert!(shown(&wide), "{}", wide.model.folders.top);
}
