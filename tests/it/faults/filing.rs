//! kill -9 at each step of a sync in which rules are applied: nothing is filed twice, nothing is forgotten (RL33, RL35).

use std::os::unix::process::ExitStatusExt as _;

use posthaste::demo::server::Options;
use posthaste::dir_lock::Access;
use posthaste::journal::Journal;
use posthaste::mail::UnixTime;
use posthaste::mail::flags::Flags;
use posthaste::protocol::{Action, Origin};

use super::steps::{configure, program, sync_well};
use crate::engine::filing::{ARCHIVE, answer, flags, rules};
use crate::support::counted;
use crate::support::engine::Embedded;
use crate::support::oracle::{census, conserved, converged};

/// A rule and a muted conversation, killed at every third step and gone on with.
#[test]
fn killed_while_it_files() {
    let mut killed = 0;
    for step in (1..).step_by(3) {
        let server = Embedded::start(Options::default(), &["m1", "old"]);
        let home = server.home();
        configure(&home);
        let mut driver = home.start();
        driver.online();
        driver.act(Action::Mute, &[driver.message("old")]);
        driver.online();
        driver.settle();
        drop(driver);
        rules(&home, ARCHIVE);
        server.deliver("INBOX", "m2");
        server.world.deliver("dana", "INBOX", &answer("m3", "old"), Flags::default(), UnixTime(1_700_000_000));
        let before = census(&server.all());
        let output = program(&home, &["sync"]).env("POSTHASTE_KILL_AT", step.to_string()).output().unwrap();
        let what = format!("step {step}, {}", String::from_utf8_lossy(&output.stderr).trim());
        sync_well(&home, &what);
        let all = server.all();
        conserved(&before, &all, &[], &what);
        converged(&home.cache(), &home.data(), all, &what);
        for (id, folder, wanted) in
            [("m1", "INBOX", &[][..]), ("m2", "Archive", &[]), ("m3", "Archive", &["$Muted", "\\Seen"])]
        {
            assert_eq!(
                (server.places(id), flags(&server, id)),
                (vec![folder.to_owned()], wanted.iter().map(ToString::to_string).collect()),
                "{id}, {what}"
            );
        }
        let journal = Journal::open(&home.data(), Access::ReadOnly).unwrap();
        let own = journal.tasks(100).unwrap().into_iter().filter(|row| row.origin == Origin::Engine).count();
        assert_eq!(own, 2, "each is filed by one operation, {what}");
        if output.status.signal() != Some(9) {
            break;
        }
        killed += 1;
    }
    assert!(killed > 5, "{killed}");
    counted("killed while filing", killed);
}
