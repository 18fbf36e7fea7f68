//! What is to come back to: snoozed, to be answered later, pinned, labelled.

use super::app::{App, flags, ids, inbox};

/// Protects snoozing from the keys to the server: a few letters for the time, away at once, listed with its time, back by
/// hand at the top, and all of it taken back.
#[test]
fn a_message_is_snoozed_and_comes_back() {
    let mut app = App::start(inbox(&["alpha", "beta", "gamma"]));
    app.press("jb").until("Snooze until").press("tom 9");
    app.until("09:00").press("<enter>").until("Snoozed 1 message until");
    app.wait_for("the list without it", |app| app.subjects() == ["alpha", "gamma"]);
    app.until_server("ada", "Snoozed", &["beta"]);
    assert!(flags(&app.world, "ada", "Snoozed", "beta").starts_with("($Snoozed $SnoozedUntil-"));
    app.press("gb").wait_for("the snoozed one", |app| app.subjects() == ["beta"]).until("09:00");
    app.press("b").until("back to the inbox").press("<enter>").until("Brought 1 message back");
    app.until_server("ada", "INBOX", &["alpha", "gamma", "beta"]);
    app.press("gi").wait_for("it stands at the top", |app| app.subjects() == ["beta", "alpha", "gamma"]);
    app.press("z").until_server("ada", "Snoozed", &["beta"]);
    app.press("z").until_server("ada", "INBOX", &["alpha", "gamma", "beta"]);
    app.wait_for("as it was", |app| app.subjects() == ["alpha", "beta", "gamma"]);
    app.wait_for("no keyword is left", |app| flags(&app.world, "ada", "INBOX", "beta") == "()");
}

/// Protects what cannot be understood, and what is past: said in words, and nothing happens.
#[test]
fn odd_times_are_refused() {
    let mut app = App::start(inbox(&["alpha"]));
    app.press("b").press("soon<enter>").until("is no time").press("<esc>").until_gone("Snooze until");
    app.press("b").press("2001-01-01<enter>").until("is past").press("<esc>").until_gone("Snooze until");
    assert_eq!(ids(&app.world, "ada", "INBOX"), ["alpha"]);
}

/// Protects the list of what is to be answered: on it wherever the message goes, off it with the same key.
#[test]
fn a_message_is_answered_later() {
    let mut app = App::start(inbox(&["alpha", "beta"]));
    app.press("L").wait_for("it is on the list", |app| flags(&app.world, "ada", "INBOX", "alpha") == "($ReplyLater)");
    app.press("e").until_server("ada", "Archive", &["alpha"]);
    assert_eq!(flags(&app.world, "ada", "Archive", "alpha"), "($ReplyLater)", "archived, and still to be answered");
    app.press("gr").wait_for("it is listed", |app| app.subjects() == ["alpha"]);
    app.press("L").wait_for("it is not", |app| app.subjects().is_empty());
    app.wait_for("the server agrees", |app| flags(&app.world, "ada", "Archive", "alpha") == "()");
}

/// Protects pins: the first in its folder, under a head of its own, until it is let go.
#[test]
fn a_message_is_pinned() {
    let mut app = App::start(inbox(&["alpha", "beta", "gamma"]));
    app.press("GP").until("Pinned 1 message");
    app.wait_for("it is the first", |app| app.subjects() == ["gamma", "alpha", "beta"]);
    assert_eq!(app.at(), "gamma", "the cursor stays on it");
    app.press("P").wait_for("it goes back", |app| app.subjects() == ["alpha", "beta", "gamma"]);
}

/// Protects labels: one that was used is offered and completed, shown in the row, and the same word takes it away.
#[test]
fn labels_are_completed_and_toggled() {
    let mut app = App::start(inbox(&["alpha", "beta"]));
    app.press("t").until("no labels").press("\"to do\" work<enter>").until("#to do").until("#work");
    app.wait_for("both are there", |app| flags(&app.world, "ada", "INBOX", "alpha") == "(to=20do work)");
    app.press("t").until("has").press("wo<tab><enter>");
    app.wait_for("one is gone", |app| flags(&app.world, "ada", "INBOX", "alpha") == "(to=20do)");
    app.press("/").press("label:\"to do\"<enter>").wait_for("it is found", |app| app.subjects() == ["alpha"]);
}
