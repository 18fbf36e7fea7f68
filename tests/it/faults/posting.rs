//! kill -9 at the numbered steps of a run that hands a mail over and keeps its copy, on the real program (SN05).
//!
//! By default every third step; `POSTHASTE_EVERY_STEP=1` takes them all.

use std::os::unix::process::ExitStatusExt as _;

use posthaste::config::outgoing::Way;
use posthaste::demo::server::Options;
use posthaste::dir_lock::Access;
use posthaste::journal::{Journal, Posting};
use posthaste::letter::LetterId;
use posthaste::letters::Letters;
use posthaste::mail::UnixTime;
use posthaste::protocol::{Command, OpId};

use super::steps::{configure, program};
use crate::engine::posting::write;
use crate::support::counted;
use crate::support::engine::{Embedded, Home};

/// A home with a mail that is due, and with a command for sending that adds a line to `sink` for each mail it had whole.
fn prepare(server: &Embedded) -> (Home, OpId, LetterId) {
    let mut home = server.home();
    let sink = home.path().join("sink");
    let command = format!("cat > '{0}.mail' && echo sent >> '{0}'", sink.display());
    home.accounts[0].outgoing.way = Some(Way::Command(command.clone()));
    configure(&home);
    let config = home.path().join("config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(config, format!("{text}[accounts.work.send]\ncommand = \"{command}\"\n")).unwrap();
    let letter = write(&home, "m9");
    let mut driver = home.start();
    driver.online();
    let op = driver.post(letter, Some(UnixTime(i64::MAX / 2)));
    driver.until("it is queued", |driver| driver.waiting().0 == 1);
    drop(driver);
    let mut journal = Journal::open(&home.data(), Access::Owner).unwrap();
    assert!(journal.send_at(op, UnixTime(0)).unwrap());
    (home, op, letter)
}

fn sink(home: &Home) -> usize {
    std::fs::read_to_string(home.path().join("sink")).map_or(0, |text| text.lines().count())
}

fn posting(home: &Home, op: OpId) -> Posting {
    Journal::open(&home.data(), Access::ReadOnly).unwrap().post(op).unwrap().unwrap().posting
}

/// Kills a run at this step, lets another go on, and looks. False: the run ended before it came to that step.
fn killed_at(step: usize) -> bool {
    let server = Embedded::start(Options::default(), &["m1"]);
    server.world.add_folder("dana", "Sent", Some("\\Sent"));
    let (home, op, letter) = prepare(&server);
    let output = program(&home, &["sync"]).env("POSTHASTE_KILL_AT", step.to_string()).output().unwrap();
    let killed = output.status.signal() == Some(9);
    let what = format!("{}{:?}", String::from_utf8_lossy(&output.stderr).trim(), output.status);
    assert!(killed || output.status.success(), "{what}");
    // The command ends by itself when its input does.
    let before = posting(&home, op);
    if !matches!(before, Posting::Sent { .. }) {
        assert!(Letters::of(&home.data()).load(letter).unwrap().is_some(), "the letter is there, {what}");
    }
    let again = program(&home, &["sync"]).output().unwrap();
    let what = format!("{what}; then {}{:?}", String::from_utf8_lossy(&again.stderr).trim(), again.status);
    assert!(sink(&home) <= 1, "{what}");
    match posting(&home, op) {
        Posting::Sent { .. } => assert_eq!(sink(&home), 1, "{what}"),
        Posting::Unknown { looked: true, .. } => {
            assert!(Letters::of(&home.data()).load(letter).unwrap().is_some(), "{what}");
            let was_sent = sink(&home) == 1;
            let mut driver = home.start();
            driver.online();
            driver.send(if was_sent { Command::WasSent(op) } else { Command::Retry(op) });
            driver.until("the user has decided", |driver| driver.waiting() == (0, 0));
        }
        other @ (Posting::Waits { .. }
        | Posting::Begun
        | Posting::Ending
        | Posting::Unknown { .. }
        | Posting::Refused { .. }
        | Posting::CalledBack) => panic!("{other:?}, {what}"),
    }
    assert_eq!((sink(&home), server.places("m9")), (1, vec!["Sent".to_owned()]), "{what}");
    assert!(!Letters::of(&home.data()).place(letter).exists(), "{what}");
    assert_eq!(std::fs::read_dir(home.data().join("outbox")).unwrap().count(), 0, "{what}");
    killed
}

/// SN05: wherever it is killed, a mail is sent once or visibly unknown, its letter is not lost, and there is one copy.
#[test]
fn a_mail_survives_every_kill() {
    let stride = if std::env::var("POSTHASTE_EVERY_STEP").is_ok_and(|value| value == "1") { 1 } else { 3 };
    let mut step = 1;
    while killed_at(step) {
        step += stride;
    }
    assert!(step > 10, "it was not killed often enough: {step}");
    counted("posting", step / stride);
}
