//! The config changes while the program runs: accounts come, are written in colour, are disabled, and go.

use super::app::{App, deliver, ids, world};

/// Protects the user from a restart for each change of his accounts: what the file says holds at once, and what is in the
/// cache and the queue of an account that is disabled stays until it is there again.
#[test]
fn accounts_follow_the_file() {
    let world = world();
    deliver(&world, "ada", "for ada", 5);
    deliver(&world, "bob", "for bob", 9);
    let mut app = App::start_written(world, &[("work", "ada", "")], (120, 40));
    app.until("for ada");
    assert!(!app.screen().contains("Home"));
    app.rewrite(&[("work", "ada", ""), ("home", "bob", "color = \"q1\"")]);
    app.until("Home 1").press("gu").until("for bob").until("for ada");
    // Told which is whose, since one has a colour.
    assert!(app.screen().contains("Home") && app.at() == "for ada");
    app.press("j<enter>").until_read();
    app.press(":disable-account home<enter>");
    app.until("home is disabled; its message was closed").until_gone("for bob");
    assert!(app.config().contains("enabled = false"), "{}", app.config());
    assert_eq!(app.at(), "for ada");
    app.press("w").until("disabled").press("<esc>");
    app.press(":enable-account home<enter>");
    app.until("for bob").press("je");
    app.wait_for("bob's mail is archived", |app| ids(&app.world, "bob", "Archive") == ["for bob"]);
    app.press(":remove-account home<enter>").until("Take home out of the config?").press("y");
    app.until("home is not in the config any more");
    app.press(":remove-account home<enter>").until("Remove 1 message").press("y");
    app.until("home is removed from this disk");
    assert!(!app.config().contains("home") && app.config().contains("accounts.work"), "{}", app.config());
}
