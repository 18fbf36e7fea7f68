//! One message at a time: archive, delete, star, move, tag, undo.

use posthaste::demo::faults::{Fault, Then, When};

use super::app::{App, flags, ids, inbox};

/// The story the program is for: an inbox cleared with single keys, and every one of them on the server.
#[test]
fn an_inbox_is_cleared() {
    let mut app = App::start(inbox(&["alpha", "beta", "gamma"]));
    assert_eq!(app.at(), "alpha");
    app.press("e");
    assert_eq!(app.at(), "beta", "the cursor goes on");
    app.press("s").press("d").press("e").until("Nothing left to do here");
    app.until_server("ada", "INBOX", &[]);
    app.until_server("ada", "Archive", &["alpha", "gamma"]).until_server("ada", "Trash", &["beta"]);
    assert!(flags(&app.world, "ada", "Trash", "beta").contains("\\Flagged"), "a star goes along");
}

/// Protects undo before the server has heard of the action: nothing is ever sent.
#[test]
fn undo_before_the_server_knows() {
    let mut app = App::start(inbox(&["alpha", "beta"]));
    app.world.arm(Fault::always(When::Connect, Then::Close));
    app.world.kick();
    app.until("offline").press("e").until("Archived 1 message");
    app.wait_for("the list without it", |app| app.subjects() == ["beta"]);
    app.press("z").until("Taken back").wait_for("both rows", |app| app.subjects() == ["alpha", "beta"]);
    app.world.disarm();
    app.press("R").until("✓ synced");
    assert_eq!(ids(&app.world, "ada", "Archive"), [""; 0]);
}

/// Protects undo after the server has done it: the message comes back to where it was.
#[test]
fn undo_after_the_server_did_it() {
    let mut app = App::start(inbox(&["alpha", "beta"]));
    app.press("e").until_server("ada", "Archive", &["alpha"]);
    app.press("z").until_server("ada", "INBOX", &["alpha", "beta"]);
    app.wait_for("both rows", |app| app.subjects() == ["alpha", "beta"]);
}

/// Protects the star and unread toggles: the second press undoes the first, and the server agrees.
#[test]
fn toggles_toggle() {
    let mut app = App::start(inbox(&["alpha"]));
    app.press("s").wait_for("a star", |app| flags(&app.world, "ada", "INBOX", "alpha").contains("\\Flagged"));
    app.press("s").wait_for("no star", |app| !flags(&app.world, "ada", "INBOX", "alpha").contains("\\Flagged"));
    app.press("u").wait_for("read", |app| flags(&app.world, "ada", "INBOX", "alpha").contains("\\Seen"));
    app.press("u").wait_for("unread", |app| !flags(&app.world, "ada", "INBOX", "alpha").contains("\\Seen"));
}

/// Protects moving by the folder picker: a few letters find the folder.
#[test]
fn a_message_is_moved_by_a_few_letters() {
    let mut app = App::start(inbox(&["alpha", "beta"]));
    app.press("m").until("Move 1 message to").press("atl<enter>");
    app.until_server("ada", "Projects/atlas", &["alpha"]);
    app.wait_for("the list without it", |app| app.subjects() == ["beta"]);
    app.press("m").until("Move 1 message to").press("<esc>");
    assert_eq!(app.at(), "beta", "esc moves nothing");
}

/// Protects keywords: set and cleared in one line.
#[test]
fn a_message_is_tagged() {
    let mut app = App::start(inbox(&["alpha"]));
    app.press("t").until("Label").press("urgent todo<enter>");
    app.wait_for("both tags", |app| {
        let flags = flags(&app.world, "ada", "INBOX", "alpha");
        flags.contains("urgent") && flags.contains("todo")
    });
    app.press("t").press("-todo<enter>");
    app.wait_for("one tag", |app| {
        let flags = flags(&app.world, "ada", "INBOX", "alpha");
        flags.contains("urgent") && !flags.contains("todo")
    });
}

/// Protects deleting for ever: only in the trash, only after a yes.
#[test]
fn the_trash_is_emptied_only_after_a_question() {
    let mut app = App::start(inbox(&["alpha", "beta"]));
    app.press("d").until_server("ada", "Trash", &["alpha"]);
    app.press("gt").wait_for("the trash", |app| app.subjects() == ["alpha"]);
    app.press("D").until("for ever?").press("n").until_gone("for ever?");
    assert_eq!(ids(&app.world, "ada", "Trash"), ["alpha"]);
    app.press("D").until("for ever?").press("y").until_server("ada", "Trash", &[]);
}
