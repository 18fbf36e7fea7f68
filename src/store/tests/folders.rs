//! The folder pane: order, names, folders that come and go.

use super::{Fixture, message, moved, server_folder, server_folders};
use crate::mail::Uid;
use crate::mail::folder::{Namespace, Role};

fn pane(fixture: &Fixture) -> Vec<(String, String, u16)> {
    let rows = fixture.writer.folders().unwrap();
    rows.iter().map(|row| (row.path.to_string(), row.label.to_string(), row.depth)).collect()
}

fn line(path: &str, label: &str, depth: u16) -> (String, String, u16) {
    (path.to_owned(), label.to_owned(), depth)
}

/// Roles first, then names without regard to case, children after their parent, shared folders last.
#[test]
fn the_order_of_the_pane() {
    let mut fixture = Fixture::new();
    let account = fixture.account;
    let mut folders = server_folders();
    for raw in ["Projects/beta", "apples", "Projects.x", "Projects/Atlas", "Archive/2023"] {
        folders.push(server_folder(raw, None));
    }
    let mut shared = server_folder("Shared/Aa", None);
    shared.namespace = Namespace::Shared;
    folders.insert(0, shared);
    assert!(fixture.writer.put_folders(account, &folders).unwrap());
    assert!(!fixture.writer.put_folders(account, &folders).unwrap());
    assert_eq!(
        pane(&fixture),
        [
            line("INBOX", "Inbox", 0),
            line("Sent", "Sent", 0),
            line("Archive", "Archive", 0),
            line("Archive/2023", "2023", 1),
            line("Trash", "Trash", 0),
            line("apples", "apples", 0),
            line("Projects", "Projects", 0),
            line("Projects/Atlas", "Atlas", 1),
            line("Projects/beta", "beta", 1),
            line("Projects.x", "Projects.x", 0),
            line("Shared/Aa", "Shared/Aa", 0),
        ]
    );
    // Once the namespace's prefix is known it is no part of what is shown: the pane has a head for it.
    let prefixes = [(Namespace::Shared, "Shared/".to_owned())];
    assert!(fixture.writer.put_prefixes(account, &prefixes).unwrap());
    assert!(!fixture.writer.put_prefixes(account, &prefixes).unwrap());
    assert_eq!(pane(&fixture).last().unwrap(), &line("Shared/Aa", "Aa", 0));
}

/// RL54: a server that puts everything below `INBOX.` shows no useless level; roles are found wherever they lie.
#[test]
fn an_inbox_prefix_is_no_level() {
    let mut fixture = Fixture::new();
    let account = fixture.account;
    let dotted = |raw: &str, role| {
        let mut folder = server_folder(raw, role);
        folder.delimiter = Some('.');
        folder
    };
    let folders = [
        dotted("INBOX", Some(Role::Inbox)),
        dotted("INBOX.Sent", Some(Role::Sent)),
        dotted("INBOX.lists", None),
        dotted("INBOX.lists.rust", None),
    ];
    fixture.writer.put_folders(account, &folders).unwrap();
    assert_eq!(
        pane(&fixture),
        [
            line("INBOX", "Inbox", 0),
            line("INBOX/Sent", "Sent", 0),
            line("INBOX/lists", "lists", 0),
            line("INBOX/lists/rust", "rust", 1),
        ]
    );
    assert_eq!(fixture.writer.folder_by_role(account, Role::Sent).unwrap(), Some(fixture.folder("INBOX.Sent")));
}

/// A folder that another client removed goes with its messages; one shown there by a queued move goes back.
#[test]
fn folders_that_are_gone() {
    let mut fixture = Fixture::new();
    let account = fixture.account;
    let projects = fixture.folder("Projects");
    let there = fixture.put("Projects", message(1));
    let shown_there = fixture.put("INBOX", message(1));
    fixture.writer.set_overlay(&[moved(shown_there, projects)]).unwrap();
    let mut folders = server_folders();
    folders.pop();
    assert!(fixture.writer.put_folders(account, &folders).unwrap());
    assert_eq!(fixture.writer.row(there).unwrap(), None);
    assert_eq!(fixture.writer.row(shown_there).unwrap().unwrap().folder, fixture.folder("INBOX"));
    assert_eq!(fixture.counts("INBOX"), (1, 1));
    assert_eq!(fixture.writer.folder(projects).unwrap(), None);
}

/// A folder made offline is there at once, stays until the server names it, and can be taken back.
#[test]
fn folders_that_only_the_queue_knows() {
    let mut fixture = Fixture::new();
    let account = fixture.account;
    let id = fixture.put("INBOX", message(1));
    let new = fixture.writer.put_pending_folder(account, ("Projects/new", "Projects/new"), Some('/'), None).unwrap();
    fixture.writer.set_overlay(&[moved(id, new)]).unwrap();
    fixture.writer.put_folders(account, &server_folders()).unwrap();
    assert!(fixture.writer.folder(new).unwrap().unwrap().row.pending);
    fixture.writer.drop_pending_folder(new).unwrap();
    assert_eq!(fixture.writer.folder(new).unwrap(), None);
    assert_eq!(fixture.counts("INBOX"), (1, 1));

    let new = fixture.writer.put_pending_folder(account, ("Later", "Later"), Some('/'), None).unwrap();
    let role = Some(Role::Snoozed);
    assert_eq!(fixture.writer.put_pending_folder(account, ("Later", "Later"), Some('/'), role).unwrap(), new);
    assert_eq!(fixture.writer.folder(new).unwrap().unwrap().row.role, role);
    let mut folders = server_folders();
    folders.push(server_folder("Later", None));
    assert!(fixture.writer.put_folders(account, &folders).unwrap());
    assert!(!fixture.writer.folder(new).unwrap().unwrap().row.pending);
    fixture.writer.drop_pending_folder(new).unwrap();
    assert!(fixture.writer.folder(new).unwrap().is_some());
}

/// A queued rename shows at once, also in the names of the folders below.
#[test]
fn a_queued_rename_takes_children_along() {
    let mut fixture = Fixture::new();
    let account = fixture.account;
    let mut folders = server_folders();
    folders.push(server_folder("Projects/a", None));
    folders.push(server_folder("Projectsx", None));
    fixture.writer.put_folders(account, &folders).unwrap();
    let projects = fixture.folder("Projects");
    fixture.writer.set_shown_name(projects, Some("Work")).unwrap();
    let paths: Vec<_> = pane(&fixture).into_iter().map(|(path, ..)| path).collect();
    assert_eq!(paths[4..], ["Projectsx", "Work", "Work/a"]);
    assert_eq!(fixture.writer.folder(projects).unwrap().unwrap().raw, "Projects");
    fixture.writer.clear_overlays().unwrap();
    assert_eq!(pane(&fixture)[4].0, "Projects");
}

/// Hostile folder names are only keys and texts (PS31, TM13), and two with one raw name are one folder.
#[test]
fn hostile_folder_names() {
    let mut fixture = Fixture::new();
    let account = fixture.account;
    let mut folders = server_folders();
    for raw in ["../../x", "/etc", "", "a\0b\u{1b}[2J", "//", &"d/".repeat(300), &"n".repeat(10_000), "INBOX"] {
        folders.push(server_folder(raw, None));
    }
    fixture.writer.put_folders(account, &folders).unwrap();
    let rows = fixture.writer.folders().unwrap();
    assert_eq!(rows.len(), 12);
    assert!(rows.iter().all(|row| row.path.as_str().chars().count() <= 1000));
    assert!(rows.iter().all(|row| !row.label.as_str().contains('\u{1b}')));
    assert_eq!(std::fs::read_dir(fixture.dir.path()).unwrap().count(), 4);
}

/// An account that was taken out of the config leaves nothing behind, and another is not touched.
#[test]
fn an_account_goes_with_all_it_has() {
    let mut fixture = Fixture::new();
    let home = fixture.writer.account("home").unwrap();
    assert_eq!(fixture.writer.account("home").unwrap(), home);
    fixture.writer.put_folders(home, &server_folders()).unwrap();
    let inbox = fixture.writer.folder_by_raw(home, "INBOX").unwrap().unwrap();
    let id = fixture.writer.put_messages(inbox, &[message(1)]).unwrap().ids[0];
    fixture.writer.put_body(id, b"body", true, None, None).unwrap();
    let kept = fixture.put("INBOX", message(1));
    fixture.writer.remove_account("home").unwrap();
    fixture.writer.remove_account("nobody").unwrap();
    assert_eq!(fixture.writer.accounts().unwrap(), [(fixture.account, "work".to_owned())]);
    assert_eq!(fixture.number("SELECT COUNT(*) FROM messages"), 1);
    assert_eq!(fixture.number("SELECT COUNT(*) FROM bodies"), 0);
    assert_eq!(fixture.writer.uids_in(fixture.folder("INBOX"), &[kept]).unwrap(), [(kept, Uid(1))]);
}
