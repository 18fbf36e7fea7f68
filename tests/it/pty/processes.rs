//! The program as a process among others: stopped and continued, started twice.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::tty::Home;
use crate::journeys::app::{deliver, ids, inbox};
use crate::support::proxy::{Mode, Proxy};

/// RL11, P2: the program is stopped for ten seconds just after a key, and what it had open passes nothing any more. It
/// notices when it goes on, connects anew, and the move is done once, though the network delivers the old one at last.
#[test]
fn a_stopped_program_finds_its_way() {
    let home = Home::new(inbox(&["alpha", "beta"]));
    let proxy = Proxy::start(home.addr(), 1);
    home.dial(proxy.addr);
    let mut tty = home.run();
    tty.until("The body of alpha").until("synced");
    // The connections beside the working one are made a little later.
    tty.watch(Duration::from_secs(4));
    proxy.set(Mode::BlackHole);
    let before = proxy.connections();
    tty.keys("e").until("Archived 1 message").signal(Signal::STOP);
    tty.watch(Duration::from_secs(10));
    deliver(&home.world, "ada", "gamma", 0);
    tty.signal(Signal::CONT);
    let continued = Instant::now();
    tty.wait_for("a new connection", |_| proxy.connections() > before);
    // Without a notice IDLE would have gone on for the rest of a minute, and for half a minute without an answer.
    assert!(continued.elapsed() < Duration::from_secs(25), "{:?}", continued.elapsed());
    proxy.set(Mode::Pass);
    tty.until("gamma").until("synced");
    tty.wait_for("the archived message", |_| ids(&home.world, "ada", "Archive") == ["alpha"]);
    assert_eq!(ids(&home.world, "ada", "INBOX"), ["beta", "gamma"]);
}

/// RL38: a second program is told which process has the files, and may look; a third owns them as soon as the first was
/// killed, though nobody tidied up.
#[test]
fn one_program_writes_at_a_time() {
    let home = Home::new(inbox(&["alpha", "beta"]));
    let mut first = home.run();
    first.until("The body of alpha").until("synced");
    let pid = first.pid();
    let refused = home.command(&["sync"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(75), "{said}");
    assert!(said.contains(&pid.to_string()), "{said}");
    let mut second = home.run();
    second.until(&format!("process {pid} holds the mail")).keys("y\n").until("read only").until("beta");
    second.keys("e").until("beta");
    assert!(ids(&home.world, "ada", "Archive").is_empty());
    first.signal(Signal::KILL).until_end();
    let synced = home.command(&["sync"]);
    assert!(synced.status.success(), "{}", String::from_utf8_lossy(&synced.stderr));
    let mut third = home.run();
    third.until("synced").keys("e").until("Archived 1 message");
    third.wait_for("the archived message", |_| ids(&home.world, "ada", "Archive") == ["alpha"]);
}
