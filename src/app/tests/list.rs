//! The list: cursor, windows, tickets.

use rstest::rstest;

use super::{INBOX, PROJECTS, Screen, message};
use crate::app::lines::{ListLine, list_lines, list_top};
use crate::app::model::Ticket;
use crate::app::msg::{Effect, Msg, Query};
use crate::mail::list::{Anchor, Source, Window};
use crate::mail::message::MessageRow;
use crate::mail::{FolderId, MessageId};
use crate::protocol::Event;

/// Motions move at once within what is loaded, and stop at the ends.
#[rstest]
#[case("j", 2)]
#[case("down down", 3)]
#[case("j j k", 2)]
#[case("k", 1)]
#[case("ctrl-d", 11)]
#[case("pgdn", 21)]
#[case("pgdn pgup", 1)]
#[case("ctrl-d ctrl-u", 1)]
#[case("end", 40)]
#[case("G", 40)]
#[case("G home", 1)]
#[case("G g g", 1)]
#[case("G j", 40)]
#[case("G k", 39)]
fn motions(#[case] keys: &str, #[case] expected: i64) {
    let mut screen = Screen::new(40);
    screen.press(keys);
    assert_eq!(screen.cursor(), Some(expected));
    assert_eq!(screen.loads(), [], "motions within what is loaded ask for nothing");
}

/// Near the edge of the window more is asked for, once, and the cursor does not wait for it (S5).
#[test]
fn asks_ahead() {
    let mut screen = Screen::new(1000);
    assert_eq!(screen.model.list.rows.len(), 151);
    for _ in 0..99 {
        screen.press("j");
    }
    assert_eq!(screen.loads(), []);
    screen.press("j j j");
    let loads = screen.loads();
    assert!(
        matches!(loads[..], [(_, Query::Window { anchor: Anchor::Around(key), reach: 150, .. })] if key.id == MessageId(102)),
        "{loads:?}"
    );
    screen.press("j");
    assert_eq!((screen.cursor(), screen.loads().len()), (Some(104), 0));
    let window = screen.cut(&loads[0].1);
    screen.send(Msg::Window { ticket: loads[0].0, window });
    assert_eq!(screen.cursor(), Some(104));
    assert_eq!((screen.model.list.first, screen.model.list.rows.len()), (0, 252));
}

/// The end of a long list is one request away, and the count of rows before the window is kept.
#[test]
fn jumps_to_the_end() {
    let mut screen = Screen::new(5000);
    screen.press("G");
    assert_eq!(screen.cursor(), Some(1), "the cursor stays until the rows are here");
    screen.answer();
    assert_eq!(screen.cursor(), Some(5000));
    assert_eq!(screen.model.list.first, 4850);
    screen.press("home").answer();
    assert_eq!((screen.cursor(), screen.model.list.first), (Some(1), 0));
}

/// A window whose ticket is not the one waited for changes nothing.
#[test]
fn stale_window_is_dropped() {
    let mut screen = Screen::new(10);
    let window = Window { rows: vec![message(77)], first: 0, total: 1, messages: 1, unread: 0 };
    screen.send(Msg::Window { ticket: Ticket(1), window });
    assert_eq!(screen.model.list.rows.len(), 10);
}

/// The window of the folder that was left never shows in the one that was opened.
#[test]
fn window_of_another_folder_is_dropped() {
    let mut screen = Screen::new(10);
    screen.event(Event::FolderChanged(INBOX));
    let old = screen.loads().into_iter().find(|(_, query)| *query != Query::Folders).unwrap();
    screen.press("g s");
    let window = screen.cut(&old.1);
    screen.send(Msg::Window { ticket: old.0, window });
    assert!(screen.model.list.rows.is_empty() && screen.model.list.loading);
}

/// The selection stays on the message when mail arrives above (UX.md, rule 4), and nothing jumps once scrolled.
#[test]
fn selection_stays_on_the_message() {
    let mut screen = Screen::new(40);
    screen.press("pgdn j");
    let top = screen.model.list.rows[list_top(&screen.model)].id;
    assert_ne!(top, MessageId(1));
    screen.stored.insert(0, message(0));
    screen.event(Event::FolderChanged(INBOX)).answer();
    assert_eq!(screen.cursor(), Some(22));
    assert_eq!(screen.model.list.rows[list_top(&screen.model)].id, top);
}

/// Where the reader fills the screen, the list comes back as it was, and scrolls only for a cursor that was moved out of it.
#[rstest]
#[case("enter esc", 6, 0)]
#[case("enter J J esc", 8, 0)]
#[case("pgdn enter esc", 26, 7)]
#[case("pgdn enter J esc", 27, 8)]
fn reader_leaves_the_list_alone(#[case] keys: &str, #[case] cursor: i64, #[case] scrolled: usize) {
    let mut screen = Screen::new(100);
    screen.press("5 j").press(keys);
    assert_eq!((screen.cursor(), list_top(&screen.model)), (Some(cursor), scrolled));
    let on = |line: &ListLine| matches!(line, ListLine::Row(row, _) if screen.model.list.cursor_index() == Some(*row));
    assert!(list_lines(&screen.model).iter().any(on), "the cursor is in sight");
}

/// At the top of the list new mail shows at once, the cursor on its message a row further down.
#[test]
fn new_mail_shows_at_the_top() {
    let mut screen = Screen::new(40);
    screen.stored.insert(0, message(0));
    screen.event(Event::NewMail { folder: INBOX, count: 1 }).answer();
    assert_eq!((screen.cursor(), list_top(&screen.model)), (Some(1), 0));
}

/// When another client takes the selected message away, the cursor goes to the one below, at the end to the one above.
#[rstest]
#[case("j j", 3, 4)]
#[case("G", 10, 9)]
fn cursor_survives_removal(#[case] keys: &str, #[case] gone: i64, #[case] expected: i64) {
    let mut screen = Screen::new(10);
    screen.press(keys);
    assert_eq!(screen.cursor(), Some(gone));
    screen.stored.retain(|row| row.id.0 != gone);
    screen.event(Event::FolderChanged(INBOX)).answer();
    assert_eq!(screen.cursor(), Some(expected));
}

/// A burst of changes is one request, and one more when it has come: never a queue of them.
#[test]
fn bursts_are_merged() {
    let mut screen = Screen::new(10);
    for _ in 0..50 {
        screen.event(Event::FolderChanged(INBOX));
    }
    let loads = screen.loads();
    assert_eq!(loads.len(), 2, "one for the list, one for the folders");
    for (ticket, query) in loads {
        if query == Query::Folders {
            screen.send(Msg::Folders {
                ticket,
                rows: super::folders(),
                starred: 0,
                full: Vec::new(),
                marked: Vec::new(),
            });
        } else {
            let window = screen.cut(&query);
            screen.send(Msg::Window { ticket, window });
        }
    }
    assert_eq!(screen.loads().len(), 2);
    screen.answer();
    assert_eq!(screen.loads(), []);
}

/// A change elsewhere does not read the list again.
#[test]
fn other_folders_do_not_matter() {
    let mut screen = Screen::new(10);
    screen.event(Event::FolderChanged(FolderId(3)));
    assert!(screen.loads().iter().all(|(_, query)| *query == Query::Folders));
}

/// A load that failed is said and does not leave the list waiting for ever: the next change reads again.
#[test]
fn failed_load_is_not_for_ever() {
    let mut screen = Screen::new(10);
    screen.event(Event::FolderChanged(INBOX));
    for (ticket, _) in screen.loads() {
        screen.send(Msg::LoadFailed { ticket, reason: crate::safe_text::SafeText::new("disk error") });
    }
    assert_eq!(screen.toast(), "disk error");
    screen.take();
    screen.event(Event::FolderChanged(INBOX));
    assert_eq!(screen.loads().len(), 2);
}

/// A wrong count of the cache never makes an endless loop of requests.
#[test]
fn wrong_counts_do_not_loop() {
    let mut screen = Screen::new(10);
    screen.model.list.total = 5000;
    screen.press("j");
    for _ in 0..5 {
        for (ticket, query) in screen.loads() {
            let window = Window { total: 5000, ..screen.cut(&query) };
            screen.send(Msg::Window { ticket, window });
        }
    }
    assert_eq!(screen.loads(), []);
}

/// The next unread message is found at once where it is loaded, else the cache is asked; at the end a toast says so.
#[test]
fn next_unread() {
    let mut screen = Screen::new(1000);
    screen.press("g n");
    assert_eq!((screen.cursor(), screen.loads().len()), (Some(3), 0));
    screen.press("g p");
    assert_eq!(screen.cursor(), Some(1));
    for number in 2..900 {
        screen.flag(number, crate::mail::flags::SEEN);
    }
    screen.press("g n").answer();
    assert_eq!(screen.cursor(), Some(901));
    for number in 900..=1000 {
        screen.flag(number, crate::mail::flags::SEEN);
    }
    for row in &mut screen.model.folders.rows {
        row.unread = 0;
    }
    screen.press("g n").answer();
    assert_eq!((screen.cursor(), screen.toast()), (Some(901), "No more unread messages"));
}

/// What is muted is passed over; a folder that has nothing else that is unread is passed too, and in the end the list is the one
/// where the key was pressed.
#[test]
fn muted_mail_is_no_next_one() {
    let mut screen = Screen::new(7);
    let muted = |number: i64, rows: &mut Vec<MessageRow>| {
        let row = rows.iter_mut().find(|row| row.id.0 == number).unwrap();
        row.flags.keywords = crate::mail::flags::Flags::parse(["$muted"]).keywords;
    };
    muted(3, &mut screen.model.list.rows);
    screen.press("g n");
    assert_eq!(screen.cursor(), Some(5));
    muted(7, &mut screen.model.list.rows);
    for row in &mut screen.model.folders.rows {
        row.unread = u64::from([PROJECTS.0, 8].contains(&row.id.0));
    }
    let none = |screen: &mut Screen| {
        let (ticket, query) = screen.loads().pop().unwrap();
        assert!(matches!(query, Query::Unread { .. }));
        screen.send(Msg::Window { ticket, window: Window::default() });
    };
    screen.press("g n");
    assert_eq!(screen.model.list.source, Some(Source::Folder(PROJECTS)));
    none(&mut screen);
    assert_eq!(screen.model.list.source, Some(Source::Folder(FolderId(8))));
    none(&mut screen);
    assert_eq!((screen.model.list.source, screen.toast()), (Some(Source::Folder(INBOX)), "No more unread messages"));
    screen.answer();
    assert_eq!(screen.cursor(), Some(5));
}

/// The row under the cursor is always whole on the screen, at one row a message and at two.
#[rstest]
#[case((80, 24))]
#[case((120, 40))]
#[case((200, 50))]
#[case((80, 12))]
#[case((80, 50))]
fn cursor_is_visible(#[case] size: (u16, u16)) {
    let mut screen = Screen::sized(200, size);
    for keys in ["pgdn", "pgdn", "j", "j", "ctrl-d", "G", "pgup", "k", "k", "home", "pgdn"] {
        screen.press(keys).answer();
        let cursor = screen.model.list.cursor_index().unwrap();
        let lines = list_lines(&screen.model);
        let shown = lines.iter().filter(|line| matches!(line, ListLine::Row(index, _) if *index == cursor)).count();
        let rows = crate::app::geometry::rows_per_message(crate::app::geometry::panes(&screen.model).class);
        assert_eq!(shown, usize::from(rows), "{size:?} {keys}");
    }
}

/// The first line is the head of the group below it, and each group has one head; a short screen has none.
#[test]
fn heads() {
    let screen = Screen::new(60);
    let lines = list_lines(&screen.model);
    assert_eq!(lines.len(), 21);
    assert!(matches!(lines[0], ListLine::Head(_)));
    assert_eq!(lines.iter().filter(|line| matches!(line, ListLine::Head(_))).count(), 2);
    let short = Screen::sized(60, (80, 12));
    assert!(!list_lines(&short.model).iter().any(|line| matches!(line, ListLine::Head(_))));
}

/// Opening a folder tells the engine, and starts at its newest message without a mark of the old one.
#[test]
fn opening_a_source() {
    let mut screen = Screen::new(10);
    screen.press("x x j g u");
    let effects = screen.take();
    assert_eq!(
        super::commands(&effects),
        [INBOX, super::HOME_INBOX].map(crate::protocol::Command::Open),
        "all inboxes are watched"
    );
    assert!(effects.iter().any(|effect| matches!(
        effect,
        Effect::Load(_, Query::Window { source: Source::AllInboxes, anchor: Anchor::Newest, .. })
    )));
    assert!(screen.model.list.marks.is_empty());
}
