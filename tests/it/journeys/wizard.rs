//! From nothing to the first mail.

use std::os::unix::fs::PermissionsExt as _;

use super::app::{App, inbox};

/// Without an account the wizard is there; address, server, password, and the mail is read without a new start. What is on
/// the disk then is the user's alone, and before that there was nothing.
#[test]
fn from_nothing_to_the_first_mail() {
    let mut app = App::start_empty(inbox(&["alpha", "beta"]), (80, 24));
    app.until("Let us add your first account");
    let (directory, file) = (app.home().join("config"), app.home().join("config").join("config.toml"));
    // An address, three lines to agree with, a password, and the mail is opened: enter six times.
    app.press("ada@example.org<enter>").until("127.0.0.1:");
    app.press("<enter>").until("Nothing is saved before it works");
    app.press("secret");
    assert!(!directory.exists(), "nothing is made before it works");
    app.press("<enter>").until("is saved in");
    app.press("<enter>").until("alpha");
    app.press("<enter>").until("The body of alpha");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&directory), mode(&file)), (0o700, 0o600));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("prompt = true") && !text.contains("secret") && text.contains("[accounts.example"), "{text}");
}

/// A wrong password is told in the server's words, saves nothing, and the right one goes on from there; a second account
/// is added while the first one is at work.
#[test]
fn a_wrong_password_and_a_second_account() {
    let mut app = App::start_empty(inbox(&["alpha"]), (120, 40));
    app.press("ada@example.org<enter>").until("127.0.0.1:");
    app.press("<enter>wrong<enter>").until("Try again");
    assert!(!app.home().join("config").exists());
    app.press("secret<enter>").until("is saved in");
    app.press("a").until("Let us add an account");
    app.press("bob@example.org<enter>").until("127.0.0.1:");
    app.press("<enter>secret<enter>").until("is saved in").press("<enter>");
    app.until("Example2").until("alpha");
}
