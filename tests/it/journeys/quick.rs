//! P11, O6: whatever the line or the disk does, a key is on the screen within a frame.

use std::process::Command;

use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::world::World;
use posthaste::mail::UnixTime;
use posthaste::mail::flags::Flags;

use super::app::{App, inbox, mail, world};
use crate::support::proxy::{Direction, Mode, Proxy, Trouble};

/// Up and down, into a message and out of it, a star, to the end and back; a folder and its neighbour.
const KEYS: &str = "jjkj\n\u{1b}sjGkgguj";
/// How many are pressed: enough for a 99th of a hundred that is not the worst.
const COUNT: usize = 300;
/// Set in the process in which writes fail.
const FULL: &str = "POSTHASTE_FAIL_WRITES";

fn many(count: usize) -> World {
    let subjects: Vec<String> = (0..count).map(|number| format!("subject {number}")).collect();
    inbox(&subjects.iter().map(String::as_str).collect::<Vec<_>>())
}

/// In step, over a line that can be hurt.
fn behind_a_proxy() -> (App, Proxy) {
    let mut proxy = None;
    let mut app = App::open_through(many(60), 1, (120, 40), |server| proxy.insert(Proxy::start(server, 1)).addr);
    app.until("✓ synced");
    (app, proxy.unwrap())
}

/// What the others are measured against: no fault at all.
#[test]
fn nothing_is_wrong() {
    App::start(many(60)).type_keys(KEYS, COUNT).hold("no fault");
}

/// RL09: a command is never answered, and no other either.
#[test]
fn a_black_hole_in_a_command() {
    let (mut app, proxy) = behind_a_proxy();
    proxy.set(Mode::BlackHole);
    app.press("s");
    let passed = proxy.passed(Direction::Down);
    app.type_keys(KEYS, COUNT).hold("black hole");
    assert_eq!(proxy.passed(Direction::Down), passed, "the line was not dead");
}

/// RL10: a line that lets a hundred bytes through in a second.
#[test]
fn a_trickle() {
    let (mut app, proxy) = behind_a_proxy();
    proxy.trouble(1_000, &[Trouble::Trickle(100)]);
    proxy.cut_now();
    let passed = proxy.passed(Direction::Down);
    app.type_keys(KEYS, COUNT).hold("trickle");
    app.wait_for("the trickle", |_| proxy.passed(Direction::Down) > passed);
}

/// RL20: ten thousand messages come during the first sync.
#[test]
fn a_flood_of_mail() {
    let world = world();
    let mut app = App::start(world.clone());
    world.change(|state| {
        let inbox = state.tree_mut("ada").and_then(|tree| tree.get_mut("INBOX")).unwrap();
        for number in 0..10_000 {
            let bytes = mail("Tom Becker", &format!("flood {number}"));
            inbox.add(bytes.into(), Flags::default(), UnixTime(1_700_000_000));
        }
    });
    app.type_keys(KEYS, COUNT).hold("ten thousand mails");
}

/// PS29: a server that never stops talking.
#[test]
fn a_flood_of_words() {
    let mut app = App::start(many(60));
    let words = [b"* OK still here\r\n".repeat(50_000), b"* 60 EXISTS\r\n".repeat(50_000)].concat();
    for verb in ["IDLE", "NOOP", "STATUS", "UID STORE", "UID FETCH"] {
        app.world.arm(Fault::always(When::Verb(verb), Then::Say(words.clone())));
    }
    app.type_keys(KEYS, COUNT).hold("flood of words");
    let asked = |app: &mut App| app.world.commands().iter().any(|line| line.contains(": UID STORE"));
    app.wait_for("a command that is answered with a flood", asked);
}

/// RL37: another process holds the write lock of cache and journal.
#[test]
fn the_write_lock_is_held() {
    let mut app = App::start(many(60));
    let held: Vec<_> = ["cache/cache.db", "data/journal.db"]
        .map(|file| {
            let connection = rusqlite::Connection::open(app.home().join(file)).unwrap();
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            connection
        })
        .into();
    app.type_keys(KEYS, COUNT).hold("write lock held");
    drop(held);
}

/// P11 on a full disk: each write fails, in a process of its own.
#[test]
fn a_full_disk() {
    if std::env::var_os(FULL).is_none() {
        let name = "journeys::quick::a_full_disk";
        let mut child = Command::new(std::env::current_exe().unwrap());
        let run = child.args(["--exact", name, "--nocapture"]).env(FULL, "150..").output().unwrap();
        let said = String::from_utf8_lossy(&run.stdout) + String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    let mut app = App::start(many(60));
    for _ in 0..200 {
        if app.screen().contains("disk") {
            break;
        }
        app.press("sj");
    }
    app.until("disk");
    app.type_keys(KEYS, COUNT).hold("full disk");
}
