//! Keys: counts, several at once, arguments, and other ones.

use super::app::{App, ids, inbox};

/// A number before a key takes so many messages, as one operation that one undo takes back, and the server agrees.
#[test]
fn several_are_archived_by_a_number() {
    let mut app = App::start(inbox(&["alpha", "beta", "gamma", "delta"]));
    app.press("j3").until("3 …").press("e").until("Archived 3 messages");
    app.until_server("ada", "Archive", &["beta", "gamma", "delta"]).until_server("ada", "INBOX", &["alpha"]);
    app.press("z").until_server("ada", "INBOX", &["alpha", "beta", "gamma", "delta"]);
    assert_eq!(ids(&app.world, "ada", "Archive"), [""; 0]);
}

/// `]` clears the inbox from inside an open message.
#[test]
fn archived_from_message_to_message() {
    let mut app = App::start(inbox(&["alpha", "beta", "gamma"]));
    app.press("<enter>").until("The body of alpha").press("]").until("The body of beta");
    app.press("]").until("The body of gamma");
    app.until_server("ada", "Archive", &["alpha", "beta"]);
}

/// The palette runs what is typed with what is typed behind it.
#[test]
fn a_command_is_told_where_to() {
    let mut app = App::start(inbox(&["alpha", "beta"]));
    app.press(":move atl").until("Projects/atlas").press("<enter>");
    app.until_server("ada", "Projects/atlas", &["alpha"]);
}

/// A key that is changed on the screen holds at once, and at the next start: it is in a file beside the config.
#[test]
fn a_key_is_changed() {
    let mut app = App::start(inbox(&["alpha", "beta"]));
    app.press("?arch<ctrl-r>s").until("now: Star, or unstar (list, reader)");
    app.press("<backspace>Y").until("free").press("<enter>").until("changed");
    let file = app.home().join("keys.toml");
    app.wait_for("the file", |_| file.exists());
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("Y = \"archive\"") && text.contains("e = false"), "{text}");
    app.press("<esc>e").press("Y").until_server("ada", "Archive", &["alpha"]);
}
