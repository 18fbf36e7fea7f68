//! Folders and accounts: new mail, other clients, all inboxes, folders made and removed, the place in each of them.

use posthaste::demo::mailbox::Change;
use posthaste::mail::flags::Flags;

use super::app::{App, deliver, flags, inbox};

/// Protects stillness: mail arrives above and the cursor stays on its message.
#[test]
fn new_mail_does_not_move_the_cursor() {
    let mut app = App::start(inbox(&["alpha", "beta", "gamma"]));
    app.press("j");
    assert_eq!(app.at(), "beta");
    deliver(&app.world, "ada", "fresh", 0);
    app.until("fresh");
    assert_eq!(app.at(), "beta");
    assert_eq!(app.subjects(), ["fresh", "alpha", "beta", "gamma"]);
}

/// Protects agreement with other clients: flags, moves and deletions made elsewhere show up here without a key.
#[test]
fn another_client_works_in_the_same_inbox() {
    let mut app = App::start(inbox(&["alpha", "beta", "gamma", "delta"]));
    let uid = |app: &App, subject: &str| {
        app.world.list("ada", "INBOX").into_iter().find(|row| row.message_id.starts_with(subject)).unwrap().uid
    };
    app.press("j");
    let (alpha, gamma, delta) = (uid(&app, "alpha"), uid(&app, "gamma"), uid(&app, "delta"));
    app.world.store("ada", "INBOX", gamma, Change::Add, &Flags::parse(["\\Flagged"]));
    app.until("★");
    app.world.relocate("ada", "INBOX", &[alpha], "Archive").unwrap();
    app.world.remove("ada", "INBOX", &[delta]);
    app.wait_for("two rows", |app| app.subjects() == ["beta", "gamma"]);
    assert_eq!(app.at(), "beta");
}

/// Protects "all inboxes": both accounts in one list, each action on the account of its message.
#[test]
fn all_inboxes_act_on_the_right_account() {
    let world = inbox(&["at work"]);
    deliver(&world, "bob", "at home", 1);
    let mut app = App::start_with(world, 2, (120, 40));
    app.press("gu").wait_for("both", |app| app.subjects() == ["at home", "at work"]);
    app.press("e").until_server("bob", "Archive", &["at home"]);
    app.press("d").until_server("ada", "Trash", &["at work"]).until("Nothing left to do here");
    app.until_server("bob", "Trash", &[]).until_server("ada", "Archive", &[]);
}

/// Protects the starred list across accounts.
#[test]
fn starred_of_all_accounts() {
    let world = inbox(&["at work", "other"]);
    deliver(&world, "bob", "at home", 1);
    let mut app = App::start_with(world, 2, (120, 40));
    app.press("gu").wait_for("all", |app| app.subjects().len() == 3);
    app.press("sjs").wait_for("stars", |app| {
        flags(&app.world, "bob", "INBOX", "at home").contains("\\Flagged")
            && flags(&app.world, "ada", "INBOX", "at work").contains("\\Flagged")
    });
    app.press("gx").wait_for("the starred ones", |app| app.subjects() == ["at home", "at work"]);
}

/// Protects folders as a person makes, renames and removes them, each on the server.
#[test]
fn a_folder_is_made_renamed_and_deleted() {
    let mut app = App::start(inbox(&["alpha"]));
    let has = |app: &App, name: &str| app.world.folders("ada").iter().any(|folder| folder == name);
    app.press("h").press("c").until("New folder in Work").press("Travel<enter>");
    app.wait_for("the folder", |app| has(app, "Travel")).until("Travel");
    app.press("gf").until("Go to folder").press("travel<enter>").until("nothing in Travel");
    app.press("hr").until("Rename Travel").press("<ctrl-u>Trips<enter>");
    app.wait_for("the new name", |app| has(app, "Trips") && !has(app, "Travel")).until("Trips");
    let done = |line: &str| line.contains("Renamed folder to Trips") && line.contains("z undo");
    app.press("w").wait_for("the end of the renaming", |app| app.screen().lines().any(done)).press("<esc>");
    app.press("d").wait_for("no folder", |app| !has(app, "Trips")).until_gone(" Trips ");
}

/// Protects the place in each folder: who comes back finds the cursor where it was; who was at the top finds the newest.
#[test]
fn each_folder_keeps_its_place() {
    let mut app = App::start(inbox(&["alpha", "beta", "gamma"]));
    app.press("jj");
    assert_eq!(app.at(), "gamma");
    app.press("ga").until("nothing in Archive").press("gi");
    app.wait_for("the place", |app| app.at() == "gamma");
    app.press("gg").press("ga").until("nothing in Archive");
    deliver(&app.world, "ada", "fresh", 0);
    app.until("Inbox            4").press("gi").wait_for("the newest", |app| app.at() == "fresh");
}
