//! Looks: a theme is seen before it is picked, and is there at the next start.

use super::app::{App, inbox};

/// Protects the choice of a theme: seen at once while the cursor moves, taken back by esc, kept by enter in the state
/// directory; the config is never written.
#[test]
fn a_theme_is_picked() {
    let variables = [("TERM", "xterm-256color"), ("COLORTERM", "truecolor")];
    let mut app = App::start_in(inbox(&["alpha", "beta"]), &variables);
    assert_eq!(app.theme(), "terminal", "nothing is known of the terminal");
    app.press(":theme<enter>nord");
    assert!(app.screen().contains("enter keep") && app.screen().contains("Tom Becker"), "{}", app.screen());
    assert_eq!(app.theme(), "nord");
    app.press("<esc>");
    assert_eq!(app.theme(), "terminal");
    app.press(":theme<enter>nord<enter>").until("Theme: nord");
    assert_eq!(app.theme(), "nord");
    let kept = app.home().join("state").join("theme");
    app.wait_for("the file", |_| std::fs::read_to_string(&kept).is_ok_and(|text| text == "nord\n"));
    assert!(!app.home().join("config.toml").exists());
}
