//! A second program beside the first: it only looks, at what the first does, and hears that the first has ended.

use super::tty::Home;
use crate::journeys::app::inbox;

/// What the first archives leaves the second's list, nothing is written while nothing happens, and when the first has ended
/// the second says so, and what to do.
#[test]
fn a_second_program_follows_the_first() {
    let home = Home::new(inbox(&["alpha", "beta"]));
    let mut first = home.run();
    first.until("synced").until("alpha").until("beta");
    let mut second = home.run();
    second.until("Open it read-only?").keys("\r").until("read only").until("alpha").until("beta");
    second.keys("R").until("Another posthaste is running");
    first.keys("gg").keys("e").until("Archived 1 message");
    second.wait_for("one message left", |tty| {
        let screen = tty.screen();
        screen.contains("alpha") != screen.contains("beta")
    });
    first.keys("\x03");
    first.until_end();
    second.until("the other posthaste has ended").keys("R").until("quit and start again");
    second.keys("q").until_end();
    let mut third = home.run();
    third.until("synced").keys("q").until_end();
}
