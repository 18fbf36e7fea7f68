//! kill -9 at the numbered steps of a run that writes a draft in the place of the one before, or removes it, on the real
//! program; and a cut after each byte of it (SN05).
//!
//! By default every third step and every 13th byte; `POSTHASTE_EVERY_STEP=1` and `POSTHASTE_EVERY_BYTE=1` take them all.

use std::os::unix::process::ExitStatusExt as _;

use posthaste::demo::server::Options;
use posthaste::dir_lock::Access;
use posthaste::journal::Journal;
use posthaste::letter::LetterId;
use posthaste::letters::Letters;
use posthaste::protocol::Command;
use posthaste::store::Cache;
use posthaste::sync::apply;
use posthaste::sync::desk::Files;
use rstest::rstest;

use super::steps::{configure, program, sync_well};
use crate::engine::drafts::{drafts_in, keep, retype};
use crate::engine::posting::write;
use crate::support::counted;
use crate::support::engine::{Embedded, Home};
use crate::support::proxy::{Direction, Ending, Proxy};

/// What becomes of the draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// It is written anew.
    Rewrite,
    /// Its letter is discarded.
    Discard,
}

fn poor() -> Options {
    Options::default().without("UIDPLUS").without("MOVE")
}

fn all(name: &str) -> bool {
    std::env::var(name).is_ok_and(|value| value == "1")
}

/// A home whose letter `m9` lies in Drafts as it was at first.
fn prepare(server: &Embedded) -> (Home, LetterId) {
    let home = server.home();
    configure(&home);
    let id = write(&home, "m9");
    let mut driver = home.start();
    driver.online();
    keep(&mut driver, id, "Here it is.", &|| drafts_in(server, "dana", "Drafts"));
    drop(driver);
    (home, id)
}

/// Queues that the letter is discarded, without a network.
fn discard(home: &Home, id: LetterId) {
    let cache = Cache::open(&home.cache(), Access::Owner).unwrap();
    let journal = Journal::open(&home.data(), Access::Owner).unwrap();
    let mut files = Files { cache: cache.writer().unwrap(), journal };
    let (there, _) = apply::drafts::discard(&mut files, cache.generation(), id).unwrap();
    assert!(there);
}

/// Kills a run at this step, lets another go on, and looks. False: the run ended before it came to that step.
fn killed_at(step: usize, options: &Options, work: Work) -> bool {
    let server = Embedded::start(options.clone(), &["m1"]);
    let (home, id) = prepare(&server);
    let drafts = || drafts_in(&server, "dana", "Drafts");
    match work {
        Work::Rewrite => retype(&home, id, "the second version"),
        Work::Discard => discard(&home, id),
    }
    let output = program(&home, &["sync"]).env("POSTHASTE_KILL_AT", step.to_string()).output().unwrap();
    let killed = output.status.signal() == Some(9);
    let what = format!("{}{:?}", String::from_utf8_lossy(&output.stderr).trim(), output.status);
    assert!(killed || output.status.success(), "{what}");
    let known = |text: &String| ["Here it is.", "the second version"].contains(&text.as_str());
    assert!(drafts().iter().all(known), "{:?}, {what}", drafts());
    if work == Work::Rewrite {
        assert!(!drafts().is_empty(), "there is a whole one at each moment, {what}");
        assert_eq!(Letters::of(&home.data()).load(id).unwrap().unwrap().text, "the second version\n", "{what}");
    }
    sync_well(&home, &what);
    let wanted: &[&str] = if work == Work::Rewrite { &["the second version"] } else { &[] };
    assert_eq!(drafts(), wanted, "{what}");
    assert_eq!(std::fs::read_dir(home.data().join("outbox")).unwrap().count(), 0, "{what}");
    server.world.clear_commands();
    sync_well(&home, &what);
    let changing = ["APPEND", "UID STORE", "UID EXPUNGE", "EXPUNGE", "CREATE"];
    let is_change = |line: &String| changing.iter().any(|verb| line.contains(&format!(": {verb}")));
    let changes: Vec<String> = server.world.commands().into_iter().filter(is_change).collect();
    assert_eq!(changes, Vec::<String>::new(), "a third run changes nothing, {what}");
    assert!(work == Work::Rewrite || Letters::of(&home.data()).restore(id).unwrap(), "it can be brought back, {what}");
    killed
}

/// SN05: wherever it is killed, there is a whole copy of the letter at each moment and one in the end.
#[rstest]
fn a_draft_survives_every_kill(
    #[values(Options::default(), poor())] options: Options,
    #[values(Work::Rewrite, Work::Discard)] work: Work,
) {
    let stride = if all("POSTHASTE_EVERY_STEP") { 1 } else { 3 };
    let mut kills = 0;
    for step in (1..).step_by(stride) {
        if !killed_at(step, &options, work) {
            break;
        }
        kills += 1;
    }
    counted("draft", kills);
    assert!(kills > 4, "it was not killed often enough: {kills}");
}

/// SN05: wherever the line is cut, in either direction, the draft is there once in the end and never gone.
#[rstest]
fn a_draft_survives_every_cut(
    #[values(Options::default(), poor())] options: Options,
    #[values(Direction::Up, Direction::Down)] direction: Direction,
) {
    let stride = if all("POSTHASTE_EVERY_BYTE") { 1 } else { 13 };
    let server = Embedded::start(options, &["m1"]);
    let proxy = Proxy::start(server.server.addr, 1);
    let home = Embedded::home_through(&proxy);
    let id = write(&home, "m9");
    let mut driver = home.start();
    driver.online();
    let drafts = || drafts_in(&server, "dana", "Drafts");
    keep(&mut driver, id, "Here it is.", &drafts);
    for byte in (0..).step_by(stride) {
        let text = format!("{direction:?}, byte {byte}");
        proxy.end_by(if byte % 2 == 0 { Ending::Fin } else { Ending::Reset });
        retype(&home, id, &text);
        proxy.cut_after(direction, byte);
        driver.send(Command::KeepDraft(id));
        driver.until(&text, |_| {
            let there = drafts();
            assert!(!there.is_empty(), "never none, {text}");
            there == [text.as_str()]
        });
        driver.settle();
        let unstruck = proxy.no_cut();
        assert_eq!((drafts(), driver.waiting()), (vec![text.clone()], (0, 0)));
        if unstruck {
            break;
        }
    }
    counted("cut", usize::try_from(proxy.cuts()).unwrap());
    assert!(proxy.cuts() > 10, "{} cuts", proxy.cuts());
    assert!(!driver.told("another device"), "{}", driver.tail());
}
