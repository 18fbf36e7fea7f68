//! A sender swept away, now and from now on; taken back and done again; a conversation muted.

use super::app::{App, deliver, deliver_bytes, ids, inbox, mail};

/// All of a sender's mail goes at once with one key, what comes from then on goes too, and one key brings the rest back
/// and takes the rule away.
#[test]
fn a_sender_is_swept_away() {
    let world = inbox(&["alpha", "beta"]);
    deliver_bytes(&world, "ada", &mail("Lena Ortiz", "other"), 60);
    let mut app = App::start(world);
    app.until("other").press("W").until("2 messages here, 2 unread").until("Inbox 2");
    app.press("A").until("Archived 2 messages, and from now on").until_server("ada", "Archive", &["alpha", "beta"]);
    app.until_server("ada", "INBOX", &["other"]);
    deliver(&app.world, "ada", "late", 0);
    app.until_server("ada", "Archive", &["alpha", "beta", "late"]);
    app.press("z").until_server("ada", "INBOX", &["other", "alpha", "beta"]);
    app.press(":rules<enter>").until("There are no rules");
    app.press("Z").until_server("ada", "INBOX", &["other"]);
    // What the rule did is taken back on the tasks screen, and the rule taken away.
    app.press("w").until("nothing waits for a server").until("taken back").until("By a rule, 1 message from");
    // What was done within one second stands in an order of its own.
    let done: Vec<String> = app.screen().lines().skip_while(|line| !line.contains("DONE")).map(str::to_owned).collect();
    let below = done.iter().skip(1).position(|line| line.contains("By a rule")).unwrap();
    app.press(&"j".repeat(below)).wait_for("the rule's work under the cursor", |app| {
        app.screen().lines().any(|line| line.contains("By a rule") && line.starts_with('▌'))
    });
    app.press("z").until_server("ada", "INBOX", &["other", "late"]);
    app.press("<esc>:rules<enter>").until("Rules for arriving mail").press("<enter>").until("taken away");
    app.press("<esc>").until_gone("Rules for arriving mail");
    deliver(&app.world, "ada", "later", 0);
    app.until("later");
    assert_eq!(ids(&app.world, "ada", "INBOX"), ["other", "late", "later"]);
}

/// What is muted leaves the inbox, is known by its sign, and is unmuted by the same key.
#[test]
fn a_conversation_is_muted() {
    let mut app = App::start(inbox(&["alpha", "beta"]));
    app.until("alpha").press("M").until("Muted 1 conversation").until_server("ada", "Archive", &["alpha"]);
    app.press("ga").until("⊘").press("M").until("Unmuted 1 conversation").until_gone("⊘");
    app.press("z").until("⊘");
}
