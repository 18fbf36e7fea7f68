//! Folders that people share, on Dovecot with its ACL plugin: ada looks at folders of bob.

use posthaste::mail::folder::{FolderRow, Namespace};
use posthaste::mail::rights::Rights;
use posthaste::protocol::{Action, Command};
use rstest::rstest;

use super::engine::FULL;
use crate::support::dovecot::{Dovecot, Options, PASSWORD, available};
use crate::support::engine::{Driver, End, Home, account, mail, set};
use crate::support::oracle::census;
use crate::support::raw_client::Found;

pub(super) const BOARD: &str = "shared/bob/Board";
const DESK: &str = "shared/bob/Desk";
pub(super) const TRAY: &str = "shared/bob/Tray";

/// A board that ada may read, a desk that is hers too, a tray that she may put into and mark, and what is none of hers.
const FOLDERS: [(&str, &str); 4] = [("Board", "lr"), ("Desk", "lrswipkxte"), ("Tray", "lrswi"), ("Diary", "")];

pub(super) fn start(missing: &[&str]) -> Dovecot {
    let offered = format!("{FULL} NOTIFY ACL RIGHTS=texk");
    let offered: Vec<&str> = offered.split_whitespace().filter(|name| !missing.contains(name)).collect();
    let capability = (!missing.is_empty()).then(|| offered.join(" "));
    let users = vec!["ada".to_owned(), "bob".to_owned()];
    let server = Dovecot::start(&Options { users, capability, sharing: true, ..Options::default() });
    let mut bob = server.client("bob");
    for (folder, rights) in FOLDERS {
        bob.command(&format!("CREATE {folder}")).ok();
        for number in 1..=2 {
            bob.append(folder, "", &mail(&format!("{}{number}", folder.to_lowercase()))).ok();
        }
        if !rights.is_empty() {
            bob.command(&format!("SETACL {folder} ada {rights}")).ok();
        }
    }
    for id in ["own1", "own2"] {
        server.client("ada").append("INBOX", "", &mail(id)).ok();
    }
    server
}

fn home(server: &Dovecot) -> Home {
    Home::new(vec![account("work", server.addr(), "ada", PASSWORD)])
}

fn all(server: &Dovecot) -> Vec<Found> {
    server.client("ada").list_all()
}

fn row(driver: &Driver, path: &str) -> FolderRow {
    driver.reader().folders().unwrap().into_iter().find(|row| row.path.as_str() == path).unwrap()
}

fn rights(driver: &Driver, path: &str) -> String {
    row(driver, path).rights.to_string()
}

#[track_caller]
fn until_rights(driver: &mut Driver, path: &str, letters: &str) {
    driver.until(&format!("{path} gives {letters}"), |driver| rights(driver, path) == letters);
}

/// Commands that change messages, of all that ada's clients sent.
pub(super) fn changes(server: &Dovecot) -> Vec<String> {
    let verbs = ["UID STORE", "UID MOVE", "UID COPY", "UID EXPUNGE", "EXPUNGE"];
    server.heard("ada").into_iter().filter(|line| verbs.iter().any(|verb| line.starts_with(verb))).collect()
}

/// Other users' folders stand below their owner, with what MYRIGHTS says of each; what is not shared is not there.
#[test]
fn others_folders_are_listed_with_their_rights() {
    if !available() {
        return;
    }
    let server = start(&[]);
    let mut driver = home(&server).start();
    driver.in_step(&|| all(&server));
    let rows = driver.reader().folders().unwrap();
    let others: Vec<(&str, u16, bool, String)> = rows
        .iter()
        .filter(|row| row.namespace == Namespace::Other)
        .map(|row| (row.label.as_str(), row.depth, row.selectable, row.rights.to_string()))
        .collect();
    assert_eq!(
        others,
        [
            ("bob", 0, false, Rights::ALL.to_string()),
            ("Board", 1, true, "lr".to_owned()),
            ("Desk", 1, true, "lrswipkxte".to_owned()),
            ("Tray", 1, true, "lrswi".to_owned()),
        ]
    );
    let own = rows.iter().filter(|row| row.namespace == Namespace::Personal);
    assert!(own.clone().count() >= 6 && own.clone().all(|row| row.rights == Rights::ALL));
    assert_eq!(rows.iter().map(|row| row.namespace).max(), rows.last().map(|row| row.namespace), "after one's own");
}

/// Of a new account the first rows come before the counts, for which the server looks into every folder.
#[test]
fn the_first_rows_come_before_the_counts() {
    if !available() {
        return;
    }
    let server = start(&[]);
    let mut driver = home(&server).start();
    driver.until("the board is counted", |driver| {
        driver.reader().folders().unwrap().iter().any(|row| row.path.as_str() == BOARD && row.messages == 2)
    });
    let said = server.heard("ada");
    let counts = |index: &usize| said[*index].contains("STATUS");
    let lists: Vec<usize> = (0..said.len()).filter(|index| said[*index].starts_with("LIST \"\" \"*\"")).collect();
    assert!(!counts(&lists[0]) && counts(&lists[1]), "{said:#?}");
    assert!(said[lists[0]..lists[1]].iter().any(|line| line.starts_with("UID FETCH")), "{said:#?}");
}

/// What rights do not allow is refused with the reason, and nothing of it is sent; what they allow is done.
#[test]
fn what_is_not_allowed_is_refused_unsent() {
    if !available() {
        return;
    }
    let server = start(&[]);
    let mut driver = home(&server).start();
    driver.in_step(&|| all(&server));
    let (board, tray) = (driver.folder(BOARD), driver.folder(TRAY));
    let read_only = "Board is read-only for you: you may not";
    let account = driver.id();
    let below = |path: &str| Action::CreateFolder { account, path: path.to_owned() };
    for (action, id, words) in [
        (set(&["\\Seen"]), Some("board1"), format!("{read_only} mark messages as read or unread")),
        (set(&["\\Flagged"]), Some("board1"), format!("{read_only} star or tag messages")),
        (Action::Trash, Some("board1"), format!("{read_only} delete here")),
        (Action::Move(tray), Some("board2"), format!("{read_only} move messages out of it")),
        (Action::Move(board), Some("own1"), format!("{read_only} put messages into it")),
        (Action::Copy(board), Some("own1"), format!("{read_only} put messages into it")),
        (Action::Archive, Some("tray1"), "Tray does not give you that right: you may not archive here".to_owned()),
        (Action::DeleteForever, Some("tray1"), "Tray does not give you that right: you may not delete here".to_owned()),
        (
            below("shared/bob/Tray/new"),
            None,
            "Tray does not give you that right: you may not make folders in it".into(),
        ),
        (
            Action::DeleteFolder { folder: tray },
            None,
            "Tray does not give you that right: you may not delete it".into(),
        ),
    ] {
        let messages: Vec<_> = id.map(|id| driver.message(id)).into_iter().collect();
        let op = driver.press(action.clone(), &messages);
        assert_eq!(driver.refused(op), (words, false), "{action:?}");
    }
    driver.act(set(&["\\Flagged"]), &[driver.message("tray1")]);
    driver.act(Action::Copy(tray), &[driver.message("board1")]);
    driver.in_step(&|| all(&server));
    // The log of the wire is in order: what came after the refusals is in it, and nothing of them before it.
    driver.until("the wire is written down", |_| changes(&server).len() >= 2);
    assert_eq!(changes(&server), ["UID STORE 1 +FLAGS.SILENT (\\Flagged)", "UID COPY 1 \"shared/bob/Tray\""]);
    driver.each_ended_once();
}

/// Where rights allow it every action works in others' folders as in one's own, with and without MOVE, and can be undone.
#[rstest]
#[case(&[])]
#[case(&["MOVE"])]
#[case(&["CONDSTORE", "QRESYNC", "NOTIFY"])]
fn what_is_allowed_works(#[case] missing: &[&str]) {
    if !available() {
        return;
    }
    let server = start(missing);
    let mut driver = home(&server).start();
    driver.in_step(&|| all(&server));
    let (desk, tray) = (driver.folder(DESK), driver.folder(TRAY));
    driver.act(set(&["\\Flagged", "\\Seen"]), &[driver.message("desk1")]);
    let archive = driver.act(Action::Archive, &[driver.message("desk1")]);
    driver.act(Action::Move(desk), &[driver.message("own1")]);
    driver.act(Action::Move(tray), &[driver.message("desk2")]);
    driver.act(Action::Copy(desk), &[driver.message("board1")]);
    driver.in_step(&|| all(&server));
    assert_eq!(driver.places("desk1"), ["Archive"]);
    assert_eq!((driver.places("own1"), driver.places("desk2")), (vec![DESK.to_owned()], vec![TRAY.to_owned()]));
    driver.undo(archive);
    driver.in_step(&|| all(&server));
    assert_eq!(driver.places("desk1"), [DESK]);
    driver.each_ended_once();
}

/// What another person does in a folder that is open shows by itself: new mail, flags, removals.
#[rstest]
#[case(&[])]
#[case(&["NOTIFY", "CONDSTORE", "QRESYNC"])]
fn an_open_folder_of_another_is_live(#[case] missing: &[&str]) {
    if !available() {
        return;
    }
    let server = start(missing);
    let mut driver = home(&server).start();
    driver.in_step(&|| all(&server));
    driver.send(Command::Open(driver.folder(BOARD)));
    driver.online();
    let mut bob = server.client("bob");
    bob.append("Board", "", &mail("news")).ok();
    driver.shows("news", BOARD);
    bob.select("Board");
    bob.command("UID STORE 1 +FLAGS (\\Flagged $Done)").ok();
    bob.command("UID STORE 2 +FLAGS (\\Deleted)").ok();
    bob.command("UID EXPUNGE 2").ok();
    // Nobody asks for it: no refresh is sent.
    driver.until("flags and removal are shown", |driver| driver.all() == all(&server));
    assert_eq!(driver.places("board2"), Vec::<String>::new());
}

/// RL28: a right that is taken away while we run. The server refuses, the operation stays in sight with its reason, the
/// rights are asked for again, and the next action is refused before it is sent. A retry after it was given back works.
#[test]
fn a_right_that_is_taken_away_is_noticed() {
    if !available() {
        return;
    }
    let server = start(&[]);
    let mut driver = home(&server).start();
    driver.in_step(&|| all(&server));
    driver.send(Command::Open(driver.folder(DESK)));
    driver.online();
    let mut bob = server.client("bob");
    bob.command("SETACL Desk ada lrs").ok();
    let op = driver.press(Action::Archive, &[driver.message("desk1")]);
    let (reason, kept) = driver.refused(op);
    assert!(kept && reason.contains("Permission denied"), "{reason}");
    assert_eq!((driver.waiting(), driver.places("desk1")), ((0, 1), vec![DESK.to_owned()]));
    until_rights(&mut driver, DESK, "lrs");
    let next = driver.press(Action::Archive, &[driver.message("desk2")]);
    let words = "Desk does not give you that right: you may not archive here".to_owned();
    assert_eq!(driver.refused(next), (words, false));
    bob.command("SETACL Desk ada lrswite").ok();
    driver.send(Command::Refresh(None));
    until_rights(&mut driver, DESK, "lrswite");
    driver.retry(op);
    driver.until("it is done", |driver| driver.ends(op).last() == Some(&End::Done));
    driver.in_step(&|| all(&server));
    assert_eq!((driver.places("desk1"), driver.waiting()), (vec!["Archive".to_owned()], (0, 0)));
}

/// O1, O2: Dovecot answers OK to STORE where the right is missing and changes nothing. Nothing is shown as done that is
/// not, and no message is lost.
#[rstest]
#[case::star(set(&["\\Flagged"]), &[], "you may lack that right")]
#[case::unread(set(&["\\Seen"]), &["CONDSTORE", "QRESYNC"], "you may lack that right")]
#[case::copied(Action::Archive, &["MOVE"], "it was copied, but the original could not be removed")]
fn an_ok_that_changed_nothing_is_no_success(#[case] action: Action, #[case] missing: &[&str], #[case] words: &str) {
    if !available() {
        return;
    }
    let server = start(missing);
    let before = census(&all(&server));
    let mut driver = home(&server).start();
    driver.in_step(&|| all(&server));
    server.client("bob").command("SETACL Desk ada lri").ok();
    let op = driver.press(action, &[driver.message("desk1")]);
    let (reason, kept) = driver.refused(op);
    assert!(kept && reason.contains(words), "{reason}");
    assert_eq!(driver.waiting(), (0, 1));
    until_rights(&mut driver, DESK, "lri");
    driver.in_step(&|| all(&server));
    assert!(driver.places("desk1").contains(&DESK.to_owned()));
    let after = census(&all(&server));
    for (identity, count) in &before {
        assert!(after.get(identity) >= Some(count), "lost: {identity:?}");
    }
}

/// A right that is given while we run counts as soon as the folder is opened: SELECT says other terms than before.
#[test]
fn a_right_that_is_given_is_noticed_when_the_folder_is_opened() {
    if !available() {
        return;
    }
    let server = start(&[]);
    let mut driver = home(&server).start();
    driver.in_step(&|| all(&server));
    driver.send(Command::Open(driver.folder(BOARD)));
    driver.online();
    driver.send(Command::Open(driver.folder("INBOX")));
    driver.online();
    assert_eq!(rights(&driver, BOARD), "lr");
    server.client("bob").command("SETACL Board ada lrsw").ok();
    driver.send(Command::Open(driver.folder(BOARD)));
    until_rights(&mut driver, BOARD, "lrsw");
    driver.act(set(&["\\Flagged"]), &[driver.message("board1")]);
    driver.in_step(&|| all(&server));
}

/// A folder that is shared no longer is gone at the next look, and one that is shared anew is there.
#[test]
fn what_is_shared_no_longer_is_gone() {
    if !available() {
        return;
    }
    let server = start(&[]);
    let home = home(&server);
    let mut driver = home.start();
    driver.in_step(&|| all(&server));
    let mut bob = server.client("bob");
    bob.command("DELETEACL Board ada").ok();
    driver.in_step(&|| all(&server));
    bob.command("SETACL Diary ada lr").ok();
    // A session of Dovecot may know the old list for as long as it lasts.
    driver.kill();
    let mut driver = home.start();
    driver.in_step(&|| all(&server));
    assert!(!driver.folders().contains(&BOARD.to_owned()));
    assert_eq!(rights(&driver, "shared/bob/Diary"), "lr");
    assert_eq!((driver.places("board1"), driver.places("diary1").len()), (vec![], 1));
}

/// RFC 9051, section 7.1: PERMANENTFLAGS without \Seen in a folder of one's own is no reason to refuse. Dovecot says OK here
/// and keeps nothing: what is shown is what the server has, and nothing is left for the user to decide.
#[test]
fn an_own_folder_that_keeps_no_seen_flag() {
    if !available() {
        return;
    }
    let server = start(&[]);
    let mut ada = server.client("ada");
    ada.command("CREATE Plain").ok();
    ada.append("Plain", "", &mail("plain")).ok();
    ada.command("SETACL Plain ada lrwikxtea").ok();
    assert!(
        ada.select("Plain").line("PERMANENTFLAGS").contains("\\Flagged")
            && !ada.select("Plain").line("PERMANENTFLAGS").contains("\\Seen")
    );
    let mut driver = home(&server).start();
    driver.in_step(&|| all(&server));
    driver.act(set(&["\\Seen"]), &[driver.message("plain")]);
    driver.act(set(&["\\Flagged"]), &[driver.message("plain")]);
    driver.in_step(&|| all(&server));
    assert_eq!(driver.waiting(), (0, 0));
    let flags: Vec<_> =
        driver.all().into_iter().filter(|one| one.message_id == "plain@x").map(|one| one.flags).collect();
    assert_eq!(flags, [["\\Flagged"]]);
}
