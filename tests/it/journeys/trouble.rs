//! When things fail: no network, a refused operation, a refused sign-in beside a good account, keys pasted.

use posthaste::app::msg::Msg;
use posthaste::demo::faults::{Fault, Then, When};

use super::app::{App, deliver, flags, ids, inbox};

/// Protects work without a network: reading and sorting go on, and what was done lands when the server is back.
#[test]
fn offline_and_back() {
    let mut app = App::start(inbox(&["alpha", "beta", "gamma"]));
    app.press("<enter>").until("The body of alpha").press("<esc>");
    // The body comes before the mark that it was read: the network goes when both are done.
    app.wait_for("the mark", |app| flags(&app.world, "ada", "INBOX", "alpha").contains("Seen")).until_gone("queued");
    app.world.arm(Fault::always(When::Connect, Then::Close));
    app.world.kick();
    app.until("offline since");
    app.press("e").until("Archived 1 message").until("1 queued").press("d").until("2 queued");
    app.wait_for("the list without it", |app| app.subjects() == ["gamma"]);
    assert_eq!(ids(&app.world, "ada", "INBOX").len(), 3, "the server has heard nothing");
    app.world.disarm();
    app.press("R").until_server("ada", "INBOX", &["gamma"]);
    app.until_server("ada", "Archive", &["alpha"]).until_server("ada", "Trash", &["beta"]).until("✓ synced");
}

/// Protects a refused operation: it says why in the server's words, stands in the tasks, and can be tried again.
#[test]
fn a_refused_operation_is_tried_again() {
    let mut app = App::start(inbox(&["alpha"]));
    app.world.arm(Fault::always(When::Verb("UID MOVE"), Then::No("[OVERQUOTA] mailbox is full".into())));
    app.press("e").until("mailbox is full").press("w").until("refused");
    app.world.disarm();
    app.press("r").until_server("ada", "Archive", &["alpha"]).until_gone("refused");
}

/// Protects a refused operation that is given up: the message is where the server has it.
#[test]
fn a_refused_operation_is_given_up() {
    let mut app = App::start(inbox(&["alpha"]));
    app.world.arm(Fault::always(When::Verb("UID MOVE"), Then::No("[OVERQUOTA] mailbox is full".into())));
    app.press("e").until("mailbox is full").press("w").until("refused").press("x").press("<esc>");
    app.wait_for("the message", |app| app.subjects() == ["alpha"]).until_gone("refused");
    assert_eq!(ids(&app.world, "ada", "INBOX"), ["alpha"]);
}

/// Protects the good account from the bad one: a refused sign-in says so and how to repair it, and the other works.
#[test]
fn one_account_fails_beside_a_good_one() {
    let world = inbox(&["alpha"]);
    deliver(&world, "bob", "at home", 1);
    world.set_password("bob", "changed");
    let mut app = App::open(world, 2, (120, 40));
    app.until("cannot sign in").until("alpha");
    app.press("e").until_server("ada", "Archive", &["alpha"]);
    app.world.set_password("bob", "secret");
    app.press("R").until_gone("cannot sign in").until("✓ synced").press("<alt-2>").until("at home");
}

/// Protects esc on the banner: it goes away, and stays away while nothing gets better.
#[test]
fn a_banner_is_sent_away() {
    let world = inbox(&["alpha"]);
    world.set_password("ada", "changed");
    let mut app = App::open(world, 1, (80, 24));
    let banner = "can be read and sorted";
    app.until("cannot sign in").until(banner).press("<esc>").until_gone(banner).until("sign-in needed");
}

/// Protects TM16: pasted text is text where text is typed, and nothing anywhere else.
#[test]
fn pasted_keys_do_nothing() {
    let mut app = App::start(inbox(&["alpha", "beta"]));
    app.send(Msg::Paste("dd:q!\u{1b}[201~e\r".into()));
    assert_eq!(app.subjects(), ["alpha", "beta"]);
    app.press(":").until("Commands").send(Msg::Paste("arch\nive".into())).until("archive");
    app.press("<esc>").until_gone("Commands");
    assert_eq!(app.subjects(), ["alpha", "beta"]);
}
