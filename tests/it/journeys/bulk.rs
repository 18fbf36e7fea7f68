//! Many messages at once: marks, ranges, all; one action and one undo.

use super::app::{App, inbox};

const SIX: [&str; 6] = ["one", "two", "three", "four", "five", "six"];

/// Protects marks and range: both together are archived at once, and one undo brings all of them back.
#[test]
fn marks_and_a_range_are_one_action() {
    let mut app = App::start(inbox(&SIX));
    app.press("xjvj").until("3 marked").press("e").until("Archived 3 messages");
    app.until_server("ada", "Archive", &["one", "three", "four"]);
    app.wait_for("the list without it", |app| app.subjects() == ["two", "five", "six"]);
    app.press("z").until_server("ada", "INBOX", &SIX).until_server("ada", "Archive", &[]);
    app.wait_for("all rows", |app| app.subjects() == SIX);
}

/// Protects "all": everything that is loaded goes, in few commands.
#[test]
fn all_of_them() {
    let mut app = App::start(inbox(&SIX));
    app.world.clear_commands();
    app.press("*").until("6 marked").press("d").until("Nothing left to do here");
    app.until_server("ada", "Trash", &SIX);
    let moves = app.world.commands().iter().filter(|line| line.contains("UID MOVE")).count();
    assert_eq!(moves, 1, "{:?}", app.world.commands());
}

/// Protects esc: it clears marks and acts on nothing.
#[test]
fn esc_clears_marks() {
    let mut app = App::start(inbox(&SIX));
    app.press("xx").until("2 marked").press("<esc>").until_gone("marked");
    assert_eq!(app.subjects(), SIX);
}
