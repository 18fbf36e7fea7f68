//! The terminal is closed under the program, with keys on their way.

use std::time::{Duration, Instant};

use super::tty::Home;
use crate::journeys::app::{ids, inbox};

/// How long the program may take to end: it waits for its connections for a second, and the machine may be busy.
const SOON: Duration = Duration::from_secs(15);

/// TM15: keys are typed and the terminal is closed at once, at whatever moment of reading them: the program ends, and neither
/// it nor its lock is left behind.
#[test]
fn the_program_ends_with_its_terminal() {
    let home = Home::new(inbox(&["alpha", "beta", "gamma"]));
    for keys in
        ["jjjjjjjj", "\x1b[O", "jkjkjkjk", "", "jjjjjjjj", "\x1b[O", "jkjkjkjk", "gggggggg", "jjjjjjjj", "\x1b[O"]
    {
        let mut tty = home.run();
        tty.until("synced").quiet(Duration::from_millis(200));
        tty.hang_up(keys);
        let closed = Instant::now();
        tty.until_end();
        assert!(closed.elapsed() < SOON, "{keys:?}: {:?}", closed.elapsed());
    }
}

/// What was typed and done before the terminal was closed is kept: the letter on the disk, the action in the journal.
#[test]
fn nothing_is_lost_with_the_terminal() {
    let home = Home::new(inbox(&["alpha", "beta"]));
    let mut tty = home.run();
    tty.until("synced").until("alpha").keys("e").until("Archived 1 message").keys("r").until("Re: ");
    tty.keys("Not yet kept").until("Not yet kept");
    tty.hang_up(" nor this");
    tty.until_end();
    let mut tty = home.run();
    tty.until("synced").wait_for("the draft is on the server", |_| home.world.list("ada", "Drafts").len() == 1);
    tty.wait_for("the archived message", |_| ids(&home.world, "ada", "Archive").len() == 1);
    tty.keys("w").until("DRAFTS").keys("\r").until("Not yet kept");
    tty.keys("\x03");
    tty.until_end();
}
