//! Searching: found while it is typed, dealt with like any list, saved and opened again.

use super::app::{App, ids, inbox};

/// From the first letter to the undo: results come while one types, all of them go to the archive at once, and come back
/// with one key; esc leads to where one was.
#[test]
fn found_archived_and_undone() {
    let mut app = App::start(inbox(&["lunch today", "invoice march", "your order", "invoice april", "a question"]));
    app.press("jj").press("/inv");
    app.until("2 found");
    assert_eq!(app.subjects(), ["invoice march", "invoice april"]);
    app.press("oice apr");
    app.until("1 found");
    app.press("<ctrl-w>").until("2 found");
    app.press("<enter>*").until("2 marked").press("e");
    app.until_server("ada", "Archive", &["invoice march", "invoice april"]);
    assert_eq!(app.subjects(), ["invoice march", "invoice april"], "they are found where they are now");
    app.press("z");
    app.until_server("ada", "Archive", &[]);
    assert_eq!(ids(&app.world, "ada", "INBOX").len(), 5);
    app.press("<esc>").press("<esc>").until("Inbox");
    assert_eq!(app.at(), "your order");
}

/// A search that was saved has its place among the favourites, its count, and a key, and is there at the next start.
#[test]
fn saved_and_opened_again() {
    let mut app = App::start(inbox(&["lunch today", "invoice march", "invoice april"]));
    app.press("/invoice<enter>").until("2 found");
    app.press("BBills<enter>").until("Saved as Bills");
    app.press("gi").until("Inbox");
    app.press("g1").until("Bills");
    assert_eq!(app.subjects(), ["invoice march", "invoice april"]);
    let files = ["search-history", "searches.toml"].map(|name| app.home().join("data").join(name));
    app.wait_for("the files", |_| files.iter().all(|file| file.exists()));
    let text = std::fs::read_to_string(app.home().join("data/searches.toml")).unwrap();
    assert!(text.contains("name = \"Bills\"") && text.contains("query = \"invoice\""), "{text}");
}

/// What the message was found by is marked when it is opened; n shows it, and the next result is one key away.
#[test]
fn hits_are_marked_in_the_message() {
    let mut app = App::start(inbox(&["lunch today", "invoice march", "invoice april"]));
    app.press("/invoice<enter>").until("2 found");
    app.press("<enter>").until_read();
    app.until("1 found, n shows");
    app.press("n").until("1 of 1 found");
    app.press("<esc>n");
    assert_eq!(app.at(), "invoice april");
}

/// A mistake is said where it is, and what was found stays.
#[test]
fn a_mistake_is_said() {
    let mut app = App::start(inbox(&["lunch today", "invoice march"]));
    app.press("/invoice ").until("1 found");
    app.press("larger:lots ").until("! ");
    assert_eq!(app.subjects(), ["invoice march"]);
    app.press("<esc>").until("Inbox");
    assert_eq!(app.subjects(), ["lunch today", "invoice march"]);
}

/// Each key of a query is on the screen within a frame, whatever is being found.
#[test]
fn typing_is_quick() {
    let subjects: Vec<String> = (0..200).map(|number| format!("subject {number}")).collect();
    let mut app = App::start(inbox(&subjects.iter().map(String::as_str).collect::<Vec<_>>()));
    app.type_keys("/subj 1\u{1b}", 200).hold("a query that is typed");
}
